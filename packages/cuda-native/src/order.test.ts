/** The device is behind the host, and does first what it was told last: whoever forgets to wait for another stream, or reads too early, has other values. */
import * as tf from '@sessionflow/core';
import { afterEach, describe, expect, it } from 'vitest';
import { cudaNative } from './backend.js';
import { fakeCuda, whyNoFake } from './testing/fake.js';
import { held } from './testing/onDevice.js';

const reason = whyNoFake();

describe.skipIf(reason !== undefined)(`a device that is behind${reason === undefined ? '' : `: ${reason}`}`, () => {
  afterEach(() => { fakeCuda().configure({}); });

  it('gives sessions, streams and GPUs beside each other the values that they have alone', { timeout: 60_000 }, async () => {
    fakeCuda().configure({ devices: 2, slow: 100 });
    const before = held(fakeCuda().counts());
    const backend = cudaNative(fakeCuda().options);
    const graph = new tf.Graph();
    const { x, y } = graph.asDefault(() => {
      const given = tf.placeholder('float32', { shape: [4, 4], name: 'x' });
      const first = graph.device('/gpu:0', () => tf.relu(tf.matMul(given, tf.fill([4, 4], 0.5))));
      const second = graph.device('/gpu:1', () => tf.add(tf.matMul(first, tf.fill([4, 4], 0.25)), first));
      const [, looped] = graph.device('/gpu:0', () => tf.whileLoop((i) => tf.less(i, 3), (i, value) => [tf.add(i, 1), tf.add(value, second)], [tf.constant(0), second])) as [tf.Tensor, tf.Tensor];
      return { x: given, y: graph.device('/gpu:0', () => tf.reduceSum(looped, [1])) };
    });
    const sessions = [0, 1].map(() => new tf.Session({ graph, backends: [tf.reference(), backend], config: { allowSoftPlacement: true } }));
    const runs = Array.from({ length: 24 }, async (_, i) => {
      const result = await sessions[i % 2]!.run(y, { [x.name]: tf.HostTensor.from(Array.from({ length: 16 }, (__, at) => at + i), { dtype: 'float32', shape: [4, 4] }) });
      // A row's sum s gives s/2 everywhere, then 4 · s/2 · 0.25 + s/2 = s; four of those, four columns.
      const sums = [0, 1, 2, 3].map((row) => 4 * i + 16 * row + 6);
      expect([...(result as tf.HostTensor<'float32'>).data], `run ${i}`).toEqual(sums.map((sum) => 16 * sum));
    });
    await Promise.all(runs);
    await Promise.all(sessions.map((session) => session.close()));
    expect(held(fakeCuda().counts())).toEqual(before);
  });
});
