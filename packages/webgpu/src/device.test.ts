import { CancelledError, InternalError, InvalidArgumentError, ResourceExhaustedError, UnavailableError } from '@sessionflow/core/device';
import { describe, expect, it } from 'vitest';
import { discoverAdapter, requestAdapter, requestDevice } from './adapter.js';
import { WebGpuDevice } from './device.js';
import { findGpu } from './gpu.js';
import { asFloats, floats, held, isMissing, recorded, withDevice } from './testing/onDevice.js';
import { addWord, busy, faulty, nonsense, words } from './testing/toyPrograms.js';

describe.skipIf(isMissing)('replay', () => {
  it('runs launches in order, with their words, and reads back', async () => {
    await withDevice(async (device) => {
      using x = held(device, 12);
      using y = held(device, 12);
      using z = held(device, 12);
      const stream = device.stream();
      const sequence = await recorded(device, [{ program: addWord(3, 10), slots: [0, 1] }, { program: addWord(3, 100), slots: [1, 2] }], [12, 12, 12]);
      const bound = device.bind(sequence, [x, y, z]);
      const out = new Uint8Array(12);
      stream.upload(x, floats(1, 2, 3));
      stream.run(bound);
      await stream.download(z, out).done;
      expect(asFloats(out)).toEqual([111, 112, 113]);
      stream.upload(x, floats(5, 6, 7));
      const run = stream.run(bound);
      stream.upload(x, floats(0, 0, 0));
      const ticket = stream.download(z, out);
      expect(run.settled).toBe(false);
      await ticket.done;
      expect(asFloats(out), 'the later upload came later').toEqual([115, 116, 117]);
      expect(run.settled).toBe(true);
      await stream.close();
      bound.release();
      sequence.release();
    });
  });

  it('replaces words for one run only', async () => {
    await withDevice(async (device) => {
      using x = held(device, 8);
      using y = held(device, 8);
      const stream = device.stream();
      const bound = device.bind(await recorded(device, [{ program: addWord(2, 1), slots: [0, 1] }], [8, 8]), [x, y]);
      const after = async (overrides?: Parameters<typeof stream.run>[1]): Promise<number[]> => {
        const out = new Uint8Array(8);
        stream.run(bound, overrides);
        await stream.download(y, out).done;
        return asFloats(out);
      };
      stream.upload(x, floats(1, 2));
      expect(await after()).toEqual([2, 3]);
      expect(await after(new Map([[0, words(2, 50)]]))).toEqual([51, 52]);
      expect(await after(new Map([[0, words(1, 7)]])), 'one item only').toEqual([8, 52]);
      expect(await after()).toEqual([2, 3]);
      await stream.close();
      bound.release();
    });
  });

  it('moves sizes that are no multiple of four, and copies within and between buffers', async () => {
    await withDevice(async (device) => {
      using a = held(device, 600);
      using b = held(device, 6);
      const stream = device.stream();
      const data = Uint8Array.from({ length: 6 }, (_, i) => i + 1);
      const out = new Uint8Array(6);
      stream.upload({ ...a, bytes: 6 }, data);
      stream.copy({ ...a, bytes: 6 }, { ...a, offset: 512, bytes: 6 });
      stream.copy({ ...a, offset: 512, bytes: 6 }, b);
      await stream.download(b, out).done;
      expect([...out]).toEqual([...data]);
      await stream.close();
    });
  });

  it.each([{ title: 'timestamp queries', timestamps: undefined }, { title: 'submissions', timestamps: false }])('tells each launch\'s time by $title', async ({ timestamps }) => {
    await withDevice(async (opened) => {
      const { features } = opened.info;
      const device = timestamps === undefined ? opened : Object.assign(opened, { info: { ...opened.info, features: { ...features, timestamps } } });
      using count = held(device, 4);
      const stream = device.stream();
      const bound = device.bind(await recorded(device, [{ program: busy(1000), slots: [0], node: 'short' }, { program: busy(3_000_000), slots: [0], node: 'long' }], [4], true), [count]);
      stream.upload(count, new Uint8Array(4));
      const began = performance.now() * 1000;
      const ticket = stream.run(bound);
      await ticket.done;
      const [short, long] = ticket.times!;
      expect([short!.nodes, long!.nodes]).toEqual([['short'], ['long']]);
      expect(long!.end - long!.start).toBeGreaterThan(short!.end - short!.start);
      expect(long!.start).toBeGreaterThanOrEqual(short!.start);
      expect(short!.start).toBeGreaterThan(began - 1000);
      expect(long!.end).toBeLessThanOrEqual(performance.now() * 1000);
      await stream.close();
      bound.release();
    });
  });

  it('keeps the lines of two streams apart and in order', async () => {
    await withDevice(async (device) => {
      using x = held(device, 4);
      using y = held(device, 4);
      const [first, second] = [device.stream(), device.stream()];
      const bound = device.bind(await recorded(device, [{ program: addWord(1, 1), slots: [0, 1] }], [4, 4]), [x, y]);
      const out = new Uint8Array(4);
      first.upload(x, floats(1));
      const run = second.run(bound);
      first.upload(x, floats(9));
      await second.download(y, out).done;
      await run.done;
      expect(asFloats(out)).toEqual([2]);
      await Promise.all([first.close(), second.close()]);
      bound.release();
    });
  });
});

describe.skipIf(isMissing)('failures', () => {
  it('reports a fault with the node, and runs again', async () => {
    await withDevice(async (device) => {
      using y = held(device, 4);
      const stream = device.stream();
      const bound = device.bind(await recorded(device, [{ program: faulty(0), slots: [0], node: 'good' }, { program: faulty(42), slots: [0], node: 'bad' }], [4]), [y]);
      const failed = stream.run(bound);
      await expect(failed.done).rejects.toThrow(new InvalidArgumentError('fault 7 with detail 42\n\t [[{{node bad}}]]', { node: 'bad' }));
      expect(failed.settled).toBe(false);
      await stream.run(bound, new Map([[1, words(1, 0)]])).done;
      await stream.close();
      bound.release();
    });
  });

  it('gives a fault to the run that reported it, and to no other that was asked for at the same time', async () => {
    await withDevice(async (device) => {
      using y = held(device, 4);
      using z = held(device, 4);
      const stream = device.stream();
      const bad = device.bind(await recorded(device, [{ program: faulty(42), slots: [0], node: 'bad' }], [4]), [y]);
      const good = device.bind(await recorded(device, [{ program: faulty(0), slots: [0], node: 'good' }], [4]), [z]);
      const out = new Uint8Array(4);
      for (let i = 0; i < 2; i++) {
        const ends = [stream.run(good), stream.run(bad), stream.run(good), stream.download(z, out)].map(({ done }) => done.then(() => 'done', (error: unknown) => (error as Error).message));
        expect(await Promise.all(ends)).toEqual(['done', 'fault 7 with detail 42\n\t [[{{node bad}}]]', 'done', 'done']);
        expect(asFloats(out)).toEqual([1]);
      }
      await stream.close();
      bad.release();
      good.release();
    });
  });

  it('names the node whose program WebGPU refuses, with the compiler\'s words', async () => {
    await withDevice(async (device) => {
      const refused = recorded(device, [{ program: nonsense(), slots: [0], node: 'layer/nonsense' }], [4]);
      await expect(refused).rejects.toThrow(InternalError);
      await expect(refused).rejects.toThrow(/refused the program 'toy:nonsense': 1:.*\[\[\{\{node layer\/nonsense\}\}\]\]/s);
    });
  });

  it('says at once that the budget is full, and reuses what was released', async () => {
    await withDevice(async (device) => {
      {
        using _first = held(device, 3000);
        expect(() => device.allocate(2000)).toThrow(ResourceExhaustedError);
        expect(() => device.allocate(2000)).toThrow(/OOM when allocating 2000 bytes on the WebGPU device: 3072 of 4096 bytes are in use by 1 buffers/);
      }
      using again = held(device, 4000);
      expect(device.memory()).toMatchObject({ buffers: 1, bytes: again.bytes, peakBytes: 4000 });
      expect(() => device.allocate(2 ** 40)).toThrow(/a buffer of this adapter holds at most/);
    }, { memoryLimit: 4096 });
  });

  it('gives a run the GPU\'s own out of memory, with the first node that touches the buffer', async () => {
    await withGpu(async (device, gpu) => {
      // Memory of the GPU itself runs out: the next buffer is one that WebGPU refuses.
      const createBuffer = gpu.createBuffer.bind(gpu);
      gpu.createBuffer = (descriptor) => createBuffer({ ...descriptor, size: Math.max(descriptor.size, 2 ** 50) });
      using y = held(device, 4);
      gpu.createBuffer = createBuffer;
      using x = held(device, 4);
      const stream = device.stream();
      const bound = device.bind(await recorded(device, [{ program: addWord(1, 1), slots: [0, 0 + 1], node: 'first' }], [4, 4]), [x, y]);
      using z = held(device, 4);
      const sound = device.bind(await recorded(device, [{ program: addWord(1, 1), slots: [0, 1], node: 'sound' }], [4, 4]), [x, z]);
      stream.upload(x, floats(1));
      const run = stream.run(bound).done;
      const touching = stream.download(y, new Uint8Array(4)).done;
      const out = new Uint8Array(4);
      const others = Promise.all([stream.run(sound).done, stream.download(z, out).done]);
      await expect(run).rejects.toThrow(ResourceExhaustedError);
      await expect(run).rejects.toThrow(/OOM when allocating 4 bytes.*\[\[\{\{node first\}\}\]\]/s);
      await expect(touching).rejects.toThrow(/OOM when allocating 4 bytes/);
      await others;
      expect(asFloats(out), 'a run beside it is none of its business').toEqual([2]);
      await stream.close();
      bound.release();
      sound.release();
    });
  });

  it('gives a run its validation error, with the node', async () => {
    await withDevice(async (device) => {
      using x = held(device, 4);
      const stream = device.stream();
      // One buffer is read and written by the second launch, which WebGPU forbids.
      using y = held(device, 4);
      const bound = device.bind(await recorded(device, [
        { program: addWord(1, 1), slots: [0, 1], node: 'good' }, { program: addWord(1, 1), slots: [1, 1], node: 'layer/bad' },
      ], [4, 4]), [x, y]);
      const run = stream.run(bound).done;
      await expect(run).rejects.toThrow(InternalError);
      await expect(run).rejects.toThrow(/WebGPU says: .*\[\[\{\{node layer\/bad\}\}\]\]/s);
      await stream.close();
      bound.release();
    });
  });

  it('cancels what has not begun, and tells of the rest when it is over', async () => {
    await withDevice(async (device) => {
      using count = held(device, 4);
      const stream = device.stream();
      const bound = device.bind(await recorded(device, [{ program: busy(10), slots: [0] }], [4]), [count]);
      await stream.run(bound).done;
      stream.upload(count, new Uint8Array(4));
      const early = stream.run(bound);
      early.cancel();
      await expect(early.done).rejects.toThrow(CancelledError);
      const late = stream.run(bound);
      const out = new Uint8Array(4);
      const download = stream.download(count, out);
      await Promise.resolve();
      await Promise.resolve();
      late.cancel();
      await expect(late.done).rejects.toThrow(CancelledError);
      await download.done;
      expect([...out], 'the cancelled one never ran').toEqual([1, 0, 0, 0]);
      await stream.close();
      bound.release();
    });
  });

  it('fails running and later work when the device is lost', async () => {
    await withGpu(async (device, gpu) => {
      using count = held(device, 4);
      const stream = device.stream();
      const bound = device.bind(await recorded(device, [{ program: busy(50_000_000), slots: [0], node: 'long' }], [4]), [count]);
      await stream.run(bound).done;
      const running = stream.run(bound).done;
      const heard = expect(running).rejects.toThrow(/The WebGPU device was lost: .*\[\[\{\{node long\}\}\]\]/s);
      await Promise.resolve();
      await Promise.resolve();
      gpu.destroy();
      await heard;
      await expect(running).rejects.toThrow(UnavailableError);
      expect(await device.lost).toMatch('destroyed');
      await expect(stream.run(bound).done).rejects.toThrow(UnavailableError);
      await expect(stream.download(count, new Uint8Array(4)).done).rejects.toThrow(UnavailableError);
      await stream.close();
      bound.release();
    });
  });

  it('listens once for the loss of its device, however many calls there are', async () => {
    let listeners = 0;
    class Counted<T> extends Promise<T> {
      override then<A = T, B = never>(done?: ((value: T) => A | PromiseLike<A>) | null, failed?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<A | B> {
        listeners++;
        return super.then(done, failed);
      }
    }
    await withGpu(async (device) => {
      using x = held(device, 4);
      using y = held(device, 4);
      const stream = device.stream();
      const bound = device.bind(await recorded(device, [{ program: addWord(1, 1), slots: [0, 1] }], [4, 4]), [x, y]);
      await stream.run(bound).done;
      const before = listeners;
      for (let i = 0; i < 5; i++) await Promise.all([stream.upload(x, floats(i)), stream.run(bound), stream.download(y, new Uint8Array(4))].map(({ done }) => done));
      expect(before).toBeGreaterThan(0);
      expect(listeners).toBe(before);
      await stream.close();
      bound.release();
    }, (gpu) => Object.defineProperty(gpu, 'lost', { value: new Counted((resolve) => { void gpu.lost.then(resolve); }) }));
  });

  it('refuses what is no business of this device', async () => {
    await withDevice(async (device) => {
      using x = held(device, 4);
      const stream = device.stream();
      expect(() => stream.upload({ ...x, bytes: 400 }, new Uint8Array(400))).toThrow(/bytes 0 to 400 were asked of a buffer of 4 bytes/);
      expect(() => stream.upload({ buffer: { bytes: 4 }, offset: 0, bytes: 4 }, new Uint8Array(4))).toThrow(/of another device/);
      expect(() => device.sequence([{ kind: 'loop', condition: [], test: 0, body: [] }], [4], { timed: false })).toThrow(/a loop was recorded/);
      await stream.close();
      expect(() => stream.upload(x, new Uint8Array(4))).toThrow(/a stream was used after its close/);
    });
  });
});

/** A device whose GPUDevice the test holds, too. */
async function withGpu(use: (device: WebGpuDevice, gpu: GPUDevice) => Promise<void>, prepare: (gpu: GPUDevice) => void = () => {}): Promise<void> {
  const found = await findGpu(undefined);
  if ('reason' in found) throw new Error(found.reason);
  const { devices } = await discoverAdapter(found, undefined, {});
  const gpu = await requestDevice((await requestAdapter(found.gpu, undefined))!);
  prepare(gpu);
  const device = new WebGpuDevice(devices[0]!, gpu, found.gpu);
  try {
    await use(device, gpu);
    expect(device.memory()).toMatchObject({ buffers: 0, bytes: 0 });
  } finally {
    await device.close();
  }
}
