// Medians of Sessionflow on /gpu:0, as JSON: { name: milliseconds }. Needs a build (pnpm build). Values stay in the graph: each measured step reads one
// number, so that what is timed is the work and not the copy of its result.
import { performance } from 'node:perf_hooks';
import * as tf from '@sessionflow/core';
import { cudaNative } from '@sessionflow/cuda-native';

const repeat = 30;
const random = (shape) => {
  let state = 1;
  const data = Float32Array.from({ length: shape.reduce((product, dim) => product * dim, 1) }, () => (state = (state * 16807) % 2147483647) / 2147483647 - 0.5);
  return tf.constant(new tf.HostTensor('float32', shape, data));
};

const works = {
  ...Object.fromEntries([1024, 2048, 4096, 8192].map((n) => [`matmul ${n}`, () => tf.matMul(random([n, n]), random([n, n]))])),
  'conv 3x3 64 → 64, 56 × 56, batch 32': () => tf.conv2D(random([32, 56, 56, 64]), random([3, 3, 64, 64]), [1, 1, 1, 1], 'SAME'),
  'softmax 4096 × 4096': () => tf.softmax(random([4096, 4096])),
  'relu(a · b + a), 16M': () => {
    const a = random([4096, 4096]);
    return tf.relu(tf.add(tf.mul(a, random([4096, 4096])), a));
  },
};

const results = {};
for (const float32Math of ['exact', 'tf32', 'bfloat16']) {
  for (const [name, build] of Object.entries(works)) {
    if (float32Math !== 'exact' && !/^(matmul|conv)/.test(name)) continue;
    const graph = new tf.Graph();
    // Through a placeholder, or all of it would be folded when the plan is made.
    const [gate, result] = graph.asDefault(() => tf.device('/gpu:0', () => {
      const given = tf.placeholder('float32', { shape: [] });
      return [given, tf.mul(tf.reduceMax(tf.add(build(), given)), 1)];
    }));
    await using session = new tf.Session({ graph, backends: [cudaNative({ float32Math })], config: { graphOptions: { optimizerOptions: { optLevel: 'L0' } } } });
    const times = [];
    for (let i = 0; i < repeat + 5; i++) {
      const start = performance.now();
      await session.run(result, { [gate.name]: i });
      if (i >= 5) times.push(performance.now() - start);
    }
    results[`${name}${float32Math === 'exact' ? '' : `, ${float32Math}`}`] = times.sort((a, b) => a - b)[repeat >> 1];
  }
}
console.log(JSON.stringify(results, undefined, 2));
