/** What runs in the page: a model on the CPU, or with all that can on WebGPU, fed from .npy files of the same server. */
import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { loadModel, readNpy } from '@sessionflow/io';
import { webgpu } from '@sessionflow/webgpu';

export interface PageResult {
  /** `info.details` of the CPU device. */
  readonly device: Readonly<Record<string, unknown>>;
  /** Nodes on each device. */
  readonly placed: Readonly<Record<string, number>>;
  readonly outputs: readonly { readonly dtype: tf.DType; readonly shape: readonly number[]; readonly values: readonly number[] }[];
  readonly ms: readonly number[];
}

declare global {
  var runModel: (model: string, feeds: Readonly<Record<string, string>>, fetches: readonly string[], on: 'cpu' | 'gpu', runs?: number) => Promise<PageResult>;
}

globalThis.runModel = async (model, feeds, fetches, on, runs = 5) => {
  const { graphDef } = await loadModel(model);
  const fed = new Map<string, tf.HostTensor>();
  for (const [name, file] of Object.entries(feeds)) fed.set(name, readNpy(new Uint8Array(await (await fetch(file)).arrayBuffer()), file));
  const graph = new tf.Graph();
  graph.asDefault(() => tf.device(on === 'gpu' ? '/gpu:0' : '', () => tf.importGraphDef(graphDef, { name: '' })));
  await using session = new tf.Session({ graph, backends: on === 'gpu' ? [cpuWasm(), webgpu()] : [cpuWasm()], config: { allowSoftPlacement: on === 'gpu' } });
  const ms: number[] = [];
  let values: readonly tf.HostTensor[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    values = await session.run(fetches, fed) as readonly tf.HostTensor[];
    ms.push(performance.now() - start);
  }
  const [report] = await session.devices();
  const { devices } = await session.explainPlacement(fetches);
  const outputs = values.map((value) => ({ dtype: value.dtype, shape: value.shape, values: Array.from(value.data as ArrayLike<number>) }));
  return { device: report?.devices[0]?.info.details ?? {}, placed: Object.fromEntries(devices.map(({ name, nodes }) => [name.replace(/^.*\/device:/, ''), nodes])), outputs, ms };
};
