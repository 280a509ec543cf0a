/** Boxes are chosen on the device: what comes to the host is how many they are. */
import * as tf from '@sessionflow/core';
import { describe, expect, it } from 'vitest';
import { cudaNative } from './backend.js';
import { fakeCuda, whyNoFake } from './testing/fake.js';
import { held } from './testing/onDevice.js';

const reason = whyNoFake();

/** So many boxes in a row, each half over the one before it: every second one is kept, the best first. */
function row(count: number): { boxes: tf.HostTensor; scores: tf.HostTensor; kept: number[] } {
  const boxes = tf.HostTensor.from(Float32Array.from({ length: 4 * count }, (_, i) => [0, i >> 2, 1, (i >> 2) + 2][i % 4]!), { dtype: 'float32', shape: [count, 4] });
  const scores = tf.HostTensor.from(Float32Array.from({ length: count }, (_, i) => 1 / (i + 1)), { dtype: 'float32', shape: [count] });
  return { boxes, scores, kept: Array.from({ length: Math.ceil(count / 2) }, (_, i) => 2 * i) };
}

describe.skipIf(reason !== undefined)(`non-maximum suppression${reason === undefined ? '' : `: ${reason}`}`, () => {
  it('stands on the GPU with what reads it, and only a number comes to the host', async () => {
    fakeCuda().configure({});
    const before = held(fakeCuda().counts());
    const graph = new tf.Graph();
    const { boxes, scores, best } = graph.asDefault(() => {
      const [boxes, scores] = [tf.placeholder('float32', { shape: [null, 4], name: 'boxes' }), tf.placeholder('float32', { shape: [null], name: 'scores' })];
      const found = tf.rawOps.nonMaxSuppressionV3(boxes, scores, tf.placeholder('int32', { shape: [], name: 'most' }), 0.3, 0.01, { name: 'suppress' });
      return { boxes, scores, best: tf.mul(tf.gather(boxes, found), 10, { name: 'best' }) };
    });
    {
      await using session = new tf.Session({ graph, backends: [cudaNative(fakeCuda().options)] });
      const run = async (count: number, most: number): Promise<number> => {
        const made = row(count);
        const { hostCopies } = fakeCuda().counts();
        const value = await session.run(best, { [boxes.name]: made.boxes, [scores.name]: made.scores, 'most:0': most });
        expect(value.toArray()).toEqual(made.kept.slice(0, most).map((box) => [0, 10 * box, 10, 10 * (box + 2)]));
        return fakeCuda().counts().hostCopies - hostCopies;
      };
      for (const [count, most] of [[9, 100], [40, 5], [9, 2], [1, 1]] as const) await run(count, most);
      // Boxes and scores go up; the number of boxes, the result and Gather's fault words come down.
      expect(await run(40, 5)).toBe(5);
      const plan = await session.plan(best, { [boxes.name]: row(9).boxes, [scores.name]: row(9).scores, 'most:0': 2 });
      expect(plan.steps.flatMap((step) => (step.kind === 'download' ? [step.name] : []))).toEqual(['suppress/0:2']);
      const { placement } = await session.placement();
      expect(placement.get('suppress')).toMatch(/GPU:0$/);
    }
    expect(held(fakeCuda().counts())).toEqual(before);
  });
});
