/** What runs in the page: a model on cpu-wasm, fed from .npy files of the same server. */
import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { loadModel, readNpy } from '@sessionflow/io';

export interface PageResult {
  /** `info.details` of the device that ran it. */
  readonly device: Readonly<Record<string, unknown>>;
  readonly outputs: readonly { readonly dtype: tf.DType; readonly shape: readonly number[]; readonly values: readonly number[] }[];
  readonly ms: readonly number[];
}

declare global {
  var runModel: (model: string, feeds: Readonly<Record<string, string>>, fetches: readonly string[]) => Promise<PageResult>;
}

globalThis.runModel = async (model, feeds, fetches) => {
  const { graphDef } = await loadModel(model);
  const fed = new Map<string, tf.HostTensor>();
  for (const [name, file] of Object.entries(feeds)) fed.set(name, readNpy(new Uint8Array(await (await fetch(file)).arrayBuffer()), file));
  const graph = new tf.Graph();
  graph.asDefault(() => { tf.importGraphDef(graphDef, { name: '' }); });
  await using session = new tf.Session({ graph, backends: [cpuWasm()] });
  const ms: number[] = [];
  let values: readonly tf.HostTensor[] = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    values = await session.run(fetches, fed) as readonly tf.HostTensor[];
    ms.push(performance.now() - start);
  }
  const [report] = await session.devices();
  const outputs = values.map((value) => ({ dtype: value.dtype, shape: value.shape, values: Array.from(value.data as ArrayLike<number>) }));
  return { device: report?.devices[0]?.info.details ?? {}, outputs, ms };
};
