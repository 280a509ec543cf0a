/** What happens where workers, or Atomics.waitAsync, are missing. */
import { describe, expect, it, vi } from 'vitest';
import type { FromWorker, ToWorker } from './protocol.js';
import type { WorkerEvents, WorkerHandle } from './spawn.js';
import { busy } from '../testing/toyPrograms.js';
import { withDevice } from '../testing/onDevice.js';
import type { WasmDevice } from '../device.js';

const spawn = vi.hoisted(() => ({ refuse: undefined as undefined | 'at once' | 'later' }));

vi.mock('./spawn.js', async (original) => {
  const real = await original<typeof import('./spawn.js')>();
  return {
    spawnWorker(events: WorkerEvents): WorkerHandle {
      if (spawn.refuse === 'at once') throw new Error('SecurityError: no workers here');
      if (spawn.refuse === undefined) return real.spawnWorker(events);
      setTimeout(() => events.onError('blocked by content security policy'), 5);
      return { post: (_: ToWorker): FromWorker | undefined => undefined, hold: () => undefined, terminate: async () => undefined };
    },
  };
});

async function runTwice(device: WasmDevice): Promise<void> {
  const program = busy(500, 50_000);
  const [executable] = await device.prepare([program]);
  const buffer = device.allocate(2000);
  device.view({ buffer, offset: 0, bytes: 2000 }).fill(0);
  const sequence = device.sequence([{ kind: 'launch', program, executable: executable!, slots: [0], nodes: ['node'] }], [2000], { timed: false });
  const bound = device.bind(sequence, [{ buffer, offset: 0, bytes: 2000 }]);
  const stream = device.stream({ threads: 0, memoryLimit: 0 });
  await stream.run(bound).done;
  const more = await device.prepare([busy(1, 1), { ...busy(1, 1), key: 'another' }]);
  expect(more).toHaveLength(2);
  await stream.run(bound).done;
  const view = device.view({ buffer, offset: 0, bytes: 2000 });
  expect(new Int32Array(view.buffer, view.byteOffset, 500).every((count) => count === 2)).toBe(true);
  await stream.close();
  bound.release();
  sequence.release();
  device.release(buffer);
}

describe('without workers', () => {
  it.each([['at once', 'no workers here'], ['later', 'content security policy']] as const)('refused %s, the device goes on in slices and says why', async (when, reason) => {
    spawn.refuse = when;
    try {
      await withDevice(async (device) => {
        expect(device.info.details['threads']).toBe(3);
        await runTwice(device);
        expect(device.info.details['no workers because']).toMatch(reason);
        expect(device.info.details['threads']).toBe(1);
      }, { threads: 3 });
    } finally {
      spawn.refuse = undefined;
    }
  });
});

it('hears the end of a run by message where Atomics.waitAsync is missing', async () => {
  const real = Object.getOwnPropertyDescriptor(Atomics, 'waitAsync')!;
  Object.defineProperty(Atomics, 'waitAsync', { ...real, value: undefined });
  try {
    await withDevice(runTwice, { threads: 3 });
  } finally {
    Object.defineProperty(Atomics, 'waitAsync', real);
  }
});
