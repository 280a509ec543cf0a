/** What a program with a GPU looks like: one graph on WebGPU and, for what that has no kernel for, on the CPU. Runs in Node and in a page. */
export const webgpuProgram = `import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { webgpu } from '@sessionflow/webgpu';

interface Outcome { readonly reason?: string | undefined; readonly y?: unknown; readonly exact?: unknown; readonly placed?: readonly string[] }

async function main(): Promise<Outcome> {
  const gpu = webgpu();
  const { devices, reason } = await gpu.discover({});
  if (devices.length === 0) return { reason };
  const graph = new tf.Graph();
  const fetches = graph.asDefault(() => tf.device('/gpu:0', () => {
    const x = tf.placeholder('float32', [null, 2], { name: 'x' });
    const y = tf.relu(tf.matMul(x, tf.constant([[2], [-3]], { dtype: 'float32' })), { name: 'y' });
    // WGSL has no float64: soft placement puts this on the CPU.
    return { y, exact: tf.mul(tf.cast(y, 'float64'), tf.constant(0.1, { dtype: 'float64' }), { name: 'exact' }) };
  }));
  await using session = new tf.Session({ graph, backends: [cpuWasm(), gpu], config: { allowSoftPlacement: true } });
  const { y, exact } = await session.run(fetches, { 'x:0': [[5, 1], [1, 5]] });
  const { nodes } = await session.explainPlacement();
  const placed = ['y', 'exact'].map((name) => nodes.find((node) => node.name === name)!.device.slice(-5));
  return { y: y.toArray(), exact: exact.toArray(), placed };
}

const outcome = await main();
console.log(JSON.stringify(outcome));
`;

/** What it prints where there is an adapter. */
export const webgpuOutcome = { y: [[7], [0]], exact: [[7 * 0.1], [0]], placed: ['GPU:0', 'CPU:0'] };
