/** What runs in the page: a model on the CPU, or with all that can on WebGPU, fed from .npy files of the same server. */
import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { loadModel, readNpy, writeNpy } from '@sessionflow/io';
import { webgpu } from '@sessionflow/webgpu';

export interface PageResult {
  /** `info.details` of the CPU device. */
  readonly device: Readonly<Record<string, unknown>>;
  /** Nodes on each device. */
  readonly placed: Readonly<Record<string, number>>;
  /** As .npy files in base64: what leaves a page number by number takes its time. */
  readonly outputs: readonly string[];
}

declare global {
  var runModel: (model: string, feeds: Readonly<Record<string, string>>, fetches: readonly string[], on: 'cpu' | 'gpu', runs: number) => Promise<PageResult>;
}

globalThis.runModel = async (model, feeds, fetches, on, runs) => {
  const { graphDef } = await loadModel(model);
  const fed = new Map<string, tf.HostTensor>();
  for (const [name, file] of Object.entries(feeds)) fed.set(name, readNpy(new Uint8Array(await (await fetch(file)).arrayBuffer()), file));
  const graph = new tf.Graph();
  graph.asDefault(() => tf.device(on === 'gpu' ? '/gpu:0' : '', () => tf.importGraphDef(graphDef, { name: '' })));
  await using session = new tf.Session({ graph, backends: on === 'gpu' ? [cpuWasm(), webgpu()] : [cpuWasm()], config: { allowSoftPlacement: on === 'gpu' } });
  let values: readonly tf.HostTensor[] = [];
  for (let i = 0; i < runs; i++) values = await session.run(fetches, fed) as readonly tf.HostTensor[];
  const [report] = await session.devices();
  const { devices } = await session.explainPlacement(fetches);
  return {
    device: report?.devices[0]?.info.details ?? {}, placed: Object.fromEntries(devices.map(({ name, nodes }) => [name.replace(/^.*\/device:/, ''), nodes])),
    outputs: values.map((value) => base64(writeNpy(value))),
  };
};

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 1 << 15) text += String.fromCharCode(...bytes.subarray(at, at + (1 << 15)));
  return btoa(text);
}
