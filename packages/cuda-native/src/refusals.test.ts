/**
 * Every call of the driver that makes or enqueues something is refused once: the run says which call it was, and nothing stays behind. The graph has
 * each kind of step: feeds, constants, kernels, library calls, a copy from GPU to GPU, a loop, a fetch.
 */
import * as tf from '@sessionflow/core';
import { afterEach, describe, expect, it } from 'vitest';
import { cudaNative } from './backend.js';
import { fakeCuda, whyNoFake, type FakeSettings } from './testing/fake.js';
import { held } from './testing/onDevice.js';

const reason = whyNoFake();

function everyStep(): { graph: tf.Graph; x: tf.Tensor; result: tf.Tensor } {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const x = tf.placeholder('float32', [1, 6, 6, 2], { name: 'x' });
    const y = graph.device('/gpu:0', () => tf.relu(tf.conv2D(x, tf.fill([3, 3, 2, 4], 0.25), [1, 1, 1, 1], 'SAME')));
    const z = graph.device('/gpu:1', () => tf.matMul(tf.reshape(y, [36, 4]), tf.fill([4, 4], 0.5)));
    const [, looped] = graph.device('/gpu:0', () => tf.whileLoop(
      (i) => tf.less(i, 3), (i, value) => [tf.add(i, 1), tf.add(tf.mul(value, 0.5), 1)], [tf.constant(0), z],
    )) as [tf.Tensor, tf.Tensor];
    return { graph, x, result: tf.reduceSum(looped) };
  });
}

const fed = tf.HostTensor.from(Array.from({ length: 72 }, (_, i) => i % 7), { dtype: 'float32', shape: [1, 6, 6, 2] });

/** What the graph gives with these failures: its number, or its error. Afterwards the driver holds what it held before. */
async function outcome(settings: FakeSettings): Promise<{ value: number | undefined; error: Error | undefined; refused: number }> {
  const fake = fakeCuda();
  fake.configure({ devices: 2 });
  const before = fake.counts();
  const { graph, x, result } = everyStep();
  const session = new tf.Session({ graph, backends: [tf.reference(), cudaNative(fake.options)], config: { allowSoftPlacement: true } });
  let value: number | undefined;
  let error: Error | undefined;
  fake.configure({ devices: 2, ...settings });
  try {
    value = (await session.run(result, [[x, fed]])).toArray() as number;
  } catch (thrown) {
    error = thrown as Error;
  }
  fake.configure({ devices: 2 });
  await session.close();
  const after = fake.counts();
  expect(held(after), `${JSON.stringify(settings)}: ${String(error)}`).toEqual(held(before));
  return { value, error, refused: after.refusedCalls - before.refusedCalls };
}

describe.skipIf(reason !== undefined)(`refused calls${reason === undefined ? '' : `: ${reason}`}`, () => {
  afterEach(() => { fakeCuda().configure({}); });

  it.each([['an invalid value', 1, tf.InternalError], ['no memory', 2, tf.OpError], ['an error after which the context is of no use', 719, tf.UnavailableError]] as const)(
    'of each, with %s', { timeout: 120_000 }, async (_, code, kind) => {
      const { value: right } = await outcome({});
      expect(right).toBeGreaterThan(0);
      const calls = new Set<string>();
      for (let n = 1; ; n++) {
        const { value, error, refused } = await outcome({ failCall: n, failCallWith: code });
        if (refused === 0) {
          expect(value).toBe(right);
          break;
        }
        // Where something stands behind what was refused (a kernel behind a library call), the run goes on.
        if (error === undefined) {
          expect(value, `${fakeCuda().refused()} was refused, call ${n}`).toBe(right);
          continue;
        }
        expect(error, `call ${n}`).toBeInstanceOf(kind);
        // An error that stays with its context is said by whichever call meets it first; any other by the call that was refused.
        if (code >= 700) expect(String(error)).toMatch(/cu[A-Z]\w+ failed: CUDA_ERROR_LAUNCH_FAILED/);
        else expect(String(error), fakeCuda().refused()).toContain(fakeCuda().refused().replace(/(_v2|WithFlags)$/, ''));
        calls.add(fakeCuda().refused());
      }
      expect(calls.size).toBeGreaterThan(8);
      expect((await outcome({})).value).toBe(right);
    });
});
