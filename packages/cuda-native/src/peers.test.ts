/** A graph over two GPUs: values go from one to the other without the host. */
import * as tf from '@sessionflow/core';
import { afterEach, describe, expect, it } from 'vitest';
import { cudaNative } from './backend.js';
import { fakeCuda, whyNoFake, type FakeSettings } from './testing/fake.js';
import { held } from './testing/onDevice.js';

const reason = whyNoFake();

describe.skipIf(reason !== undefined)(`two GPUs${reason === undefined ? '' : `: ${reason}`}`, () => {
  afterEach(() => { fakeCuda().configure({}); });

  /** y = relu(x · a) on the one, z = y · b + y on the other, back to the first for the sum. */
  function crossing(): { graph: tf.Graph; x: tf.Tensor; sum: tf.Tensor } {
    const graph = new tf.Graph();
    return graph.asDefault(() => {
      const x = graph.device('/gpu:0', () => tf.placeholder('float32', [4, 8], { name: 'x' }));
      const y = graph.device('/gpu:0', () => tf.relu(tf.matmul(x, tf.fill([8, 8], 0.5))));
      const z = graph.device('/gpu:1', () => tf.add(tf.matmul(y, tf.fill([8, 8], 0.25)), y));
      const sum = graph.device('/gpu:0', () => tf.reduceSum(z, [1]));
      return { graph, x, sum };
    });
  }

  async function run(settings: FakeSettings, config: tf.ConfigProto = {}): Promise<{ values: number[]; peer: number; host: number; plan: string }> {
    fakeCuda().configure({ devices: 2, ...settings });
    const before = fakeCuda().counts();
    const { graph, x, sum } = crossing();
    const feeds = [[x, tf.HostTensor.from(Array.from({ length: 32 }, (_, i) => i), { dtype: 'float32', shape: [4, 8] })]] as const;
    const session = new tf.Session({ graph, backends: [tf.reference(), cudaNative(fakeCuda().options)], config: { allowSoftPlacement: true, ...config } });
    try {
      await session.run(sum, feeds);
      const start = fakeCuda().counts();
      const result = await session.run(sum, feeds);
      const end = fakeCuda().counts();
      const plan = await session.explain([sum], feeds);
      return { values: [...(result as tf.HostTensor<'float32'>).data], peer: end.peerCopies - start.peerCopies, host: end.hostCopies - start.hostCopies, plan };
    } finally {
      await session.close();
      expect(held(fakeCuda().counts())).toEqual(held(before));
    }
  }

  // Rows of x sum to 28, 92, 156, 220; y is half of that everywhere; z = 8 · y/4 + y; eight of those.
  const expected = [28, 92, 156, 220].map((sum) => 8 * 3 * (sum / 2));

  it('copies from device to device, and only feeds and fetches by the host', async () => {
    const { values, peer, host, plan } = await run({});
    expect(values).toEqual(expected);
    expect(plan).toContain('move ');
    expect(peer).toBe(2);
    // The feed goes up, the result comes down, and each GPU tells its faults in memory of its own.
    expect(host).toBe(2);
  });

  it('goes by the host where the two do not reach each other', async () => {
    const { values, peer, host } = await run({ hasPeers: false });
    expect(values).toEqual(expected);
    expect([peer, host]).toEqual([0, 6]);
  });

  it('copies between the halves of one GPU', async () => {
    const { values, peer } = await run({ devices: 1 }, { gpuOptions: { experimental: { virtualDevices: [{ memoryLimitMb: [128, 128] }] } } });
    expect(values).toEqual(expected);
    expect(peer).toBe(2);
  });
});
