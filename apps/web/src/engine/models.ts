/** Models as graphs: a task's, or one from files that somebody chose. */
import { Graph, importGraphDef, InvalidArgumentError, type HostTensor, type Tensor } from '@sessionflow/core';
import { chosenFiles, fetchFiles, loadModel } from '@sessionflow/io';
import { tasks, type Finding } from '@sessionflow/vision';
import type { DeviceChoice, ModelInfo, ModelSource } from './protocol.js';

export interface OpenModel {
  readonly graph: Graph;
  readonly info: ModelInfo;
  readonly fetches: Readonly<Record<string, Tensor>>;
  /** A task's picture: where it goes, and what its results say, as parts of the square. */
  readonly task: { readonly image: Tensor; readonly side: number; readonly read: (values: Readonly<Record<string, HostTensor>>) => Finding } | undefined;
}

export async function openModel(source: ModelSource, devices: DeviceChoice, models: string): Promise<OpenModel> {
  const device = devices === 'cpu' ? undefined : '/device:GPU:0';
  return source.kind === 'task' ? openTask(source.id, device, models) : openFiles(source.files, source.main, device);
}

async function openTask(id: string, device: string | undefined, models: string): Promise<OpenModel> {
  const task = tasks.find((candidate) => candidate.id === id);
  if (task === undefined) throw new InvalidArgumentError(`There is no task '${id}'. Tasks: ${tasks.map((candidate) => candidate.id).join(', ')}.`);
  const files = fetchFiles(models);
  const loaded = await Promise.all(task.files.map((name) => loadModel(`${name}.json`, files)));
  const { graph, image, results } = task.build(loaded.map(({ graphDef }) => graphDef), device);
  return {
    graph, fetches: results,
    info: { title: task.title, nodes: graph.getOperations().length, inputs: [], outputs: Object.values(results).map(portOf) },
    task: { image, side: task.side, read: (values) => task.read(values) },
  };
}

async function openFiles(files: readonly File[], main: string, device: string | undefined): Promise<OpenModel> {
  const { graphDef, inputs, outputs } = await loadModel(main, chosenFiles(files));
  const graph = new Graph();
  const nodes = device === undefined ? graphDef.nodes : graphDef.nodes.map((node) => (node.device === '' ? { ...node, device } : node));
  graph.asDefault(() => { importGraphDef({ ...graphDef, nodes }, { name: '' }); });
  const tensor = (name: string): Tensor => graph.getTensorByName(name.includes(':') ? name : `${name}:0`);
  return {
    graph, fetches: Object.fromEntries(outputs.map((name) => [name, tensor(name)])), task: undefined,
    info: { title: main, nodes: graph.getOperations().length, inputs: inputs.map((name) => portOf(tensor(name))), outputs: outputs.map((name) => portOf(tensor(name))) },
  };
}

function portOf({ name, dtype, shape }: Tensor): ModelInfo['outputs'][number] {
  return { name, dtype, shape };
}
