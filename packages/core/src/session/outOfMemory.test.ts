/** What does not fit: the error's class, the node that it names, and that the session goes on. */
import { describe, expect, it } from 'vitest';
import * as tf from '../index.js';
import { outOfMemory, ResourceExhaustedError } from '../errors.js';
import { reference } from '../reference/reference.js';

const small = reference({ memoryLimit: 1 << 20 });

describe('out of memory', () => {
  it('on a device names the node that makes the largest value, and the session goes on', async () => {
    const graph = new tf.Graph();
    const { n, total } = graph.asDefault(() => {
      const n = tf.placeholder('float32', [null, 1], { name: 'n' });
      return { n, total: tf.reduceSum(tf.matMul(tf.identity(n), tf.transpose(n), { name: 'outer' })) };
    });
    await using session = new tf.Session({ graph, backends: [small] });
    const run = (size: number): Promise<tf.HostTensor> => session.run(total, new Map([[n, tf.HostTensor.full([size, 1], 1, 'float32')]]));
    await expect(run(1024)).rejects.toMatchObject({ name: 'ResourceExhaustedError', op: { name: 'outer' }, message: expect.stringMatching(/^OOM when allocating 4\d{6} bytes[^]*\[\[node outer /) as string });
    expect((await run(3)).item()).toBe(9);
  });

  it('is not met while a plan is made: what is too large to fold is computed when it runs', async () => {
    const graph = new tf.Graph();
    const { dims, count } = graph.asDefault(() => {
      const dims = tf.placeholder('int32', [2], { name: 'dims' });
      return { dims, count: tf.shape(tf.multiply(tf.fill(dims, 1, { name: 'large' }), 2)) };
    });
    await using session = new tf.Session({ graph, backends: [small] });
    expect((await session.run(count, new Map([[dims, [100_000, 100_000]]]))).toArray()).toEqual([100_000, 100_000]);
  });

  it("of the engine's own arrays is TensorFlow's error; other errors stay what they are", () => {
    const thrown = (make: () => unknown): unknown => {
      try {
        return make();
      } catch (error) {
        return outOfMemory(error);
      }
    };
    const error = thrown(() => new Float64Array(2 ** 52));
    expect(error).toBeInstanceOf(ResourceExhaustedError);
    expect((error as ResourceExhaustedError).message).toBe('OOM when allocating memory on the host: Invalid typed array length: 4503599627370496.');
    expect(thrown(() => (1).toFixed(101))).toBeInstanceOf(RangeError);
  });
});
