// A small network as image models have them, and a page's program that reads it from a file and runs it.
import * as tf from '@sessionflow/core';
import { frozenGraphBytes } from '@sessionflow/io';

const weights = (...shape: number[]): tf.Tensor => tf.constant(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i) / 4), { dtype: 'float32', shape });

/** Convolutions of three kinds with biases and relu6, a sum, a pool, a mean, a layer and softmax: a frozen graph from `image` to `classes`. */
export function convolutionsGraph(): Uint8Array {
  const graph = new tf.Graph();
  graph.asDefault(() => {
    const image = tf.placeholder('float32', [1, 32, 32, 3], { name: 'image' });
    const first = tf.nn.relu6(tf.nn.biasAdd(tf.nn.conv2d(image, weights(3, 3, 3, 16), 2, 'SAME'), weights(16)));
    const depthwise = tf.nn.relu6(tf.nn.biasAdd(tf.nn.depthwiseConv2d(first, weights(3, 3, 16, 1), [1, 1, 1, 1], 'SAME'), weights(16)));
    const sum = tf.add(first, tf.nn.biasAdd(tf.nn.conv2d(depthwise, weights(1, 1, 16, 16), 1, 'SAME'), weights(16)));
    const features = tf.reduceMean(tf.nn.maxPool(sum, 2, 2, 'VALID'), [1, 2]);
    tf.nn.softmax(tf.add(tf.matMul(features, weights(16, 10)), weights(10)), { name: 'classes' });
  });
  return frozenGraphBytes(graph.asGraphDef(), 'pb');
}

/** Prints the sum of the classes' probabilities. `file` lies beside the program, which runs in Node in the place of a page. */
export const convolutionsProgram = (file: string): string => `import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { loadModel } from '@sessionflow/io';
const files = { read: async (name) => process.getBuiltinModule('node:fs').readFileSync(name) };
const { graphDef } = await loadModel('${file}', files);
const graph = new tf.Graph();
tf.importGraphDef(graphDef, { name: '', graph });
const session = new tf.Session({ graph, backends: [cpuWasm()] });
const image = tf.HostTensor.from(new Float32Array(3072).fill(0.5), { dtype: 'float32', shape: [1, 32, 32, 3] });
const classes = await session.run('classes:0', new Map([['image:0', image]]));
console.log(classes.data.reduce((sum, share) => sum + share, 0).toFixed(4));
await session.close();
`;
