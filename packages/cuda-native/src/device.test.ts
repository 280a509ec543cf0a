import { CancelledError, InternalError, InvalidArgumentError, ResourceExhaustedError, UnavailableError, type BufferRange } from '@sessionflow/core/device';
import { describe, expect, it } from 'vitest';
import type { CudaNativeOptions } from './options.js';
import { fakeCuda, whyNoFake, type FakeSettings } from './testing/fake.js';
import { bytesOf, held, prepared, withDevice } from './testing/onDevice.js';
import { addNumber, blockSums, countUp, faulty, toy } from './testing/toyKernels.js';

const reason = whyNoFake();
const any = { threads: 0, memoryLimit: 0 };
const rangeOf = (buffer: BufferRange['buffer']): BufferRange => ({ buffer, offset: 0, bytes: buffer.bytes });

describe.skipIf(reason !== undefined)(`a CUDA device${reason === undefined ? '' : `: ${reason}`}`, () => {
  const counts = () => fakeCuda().counts();

  it.each<[string, CudaNativeOptions, FakeSettings]>([
    ['as a graph', {}, {}], ['launch by launch', { graphs: false }, {}], ['without pools', {}, { hasPools: false }],
  ])('runs a sequence %s', (_, options, settings) => withDevice(async (device) => {
    const run = await prepared(device, [[addNumber(70, 2), 0, 1], [addNumber(70, 3), 1, 1]], [280, 280]);
    const stream = device.stream(any);
    const before = counts();
    stream.upload(run.ranges[0]!, bytesOf(Float32Array.from({ length: 70 }, (__, i) => i)));
    const ticket = stream.run(run.bound);
    expect(ticket.settled).toBe(false);
    const out = new Float32Array(70);
    await stream.download(run.ranges[1]!, bytesOf(out)).done;
    expect(ticket.settled).toBe(true);
    expect([...out]).toEqual(Array.from({ length: 70 }, (__, i) => i + 5));
    const after = counts();
    expect([after.kernels - before.kernels, after.graphLaunches - before.graphLaunches]).toEqual([2, 'graphs' in options ? 0 : 1]);
    run.free();
    await stream.close();
  }, options, settings));

  it('meets at barriers', () => withDevice(async (device) => {
    const run = await prepared(device, [[blockSums(3), 0, 1]], [4 * 192, 12]);
    const stream = device.stream(any);
    stream.upload(run.ranges[0]!, bytesOf(Float32Array.from({ length: 192 }, (__, i) => i)));
    stream.run(run.bound);
    const out = new Float32Array(3);
    await stream.download(run.ranges[1]!, bytesOf(out)).done;
    expect([...out]).toEqual([2016, 2016 + 64 * 64, 2016 + 128 * 64]);
    run.free();
    await stream.close();
  }));

  it('gives a graph new addresses instead of making another', () => withDevice(async (device) => {
    const items = [[addNumber(32, 1), 0, 1], [addNumber(32, 1), 1, 0]] as const;
    const first = await prepared(device, items, [128, 128]);
    const stream = device.stream(any);
    await stream.run(first.bound).done;
    const execs = counts().execs;
    const buffers = [device.allocate(128), device.allocate(128)];
    first.bound.release();
    const second = device.bind(first.sequence, buffers.map(rangeOf));
    stream.upload(rangeOf(buffers[0]!), bytesOf(new Float32Array(32).fill(5)));
    const updates = counts().graphUpdates;
    stream.run(second);
    const out = new Float32Array(32);
    await stream.download(rangeOf(buffers[0]!), bytesOf(out)).done;
    expect([...out]).toEqual(Array(32).fill(7));
    expect([counts().execs, counts().graphUpdates]).toEqual([execs, updates + 2]);
    // Nothing has changed: nothing is replaced.
    await stream.run(second).done;
    expect(counts().graphUpdates).toBe(updates + 2);
    second.release();
    for (const buffer of buffers) device.release(buffer);
    first.free();
    await stream.close();
  }));

  it('takes params that one run alone has, with and without work', () => withDevice(async (device) => {
    const run = await prepared(device, [[addNumber(32, 1), 0, 1], [addNumber(32, 1), 1, 1]], [128, 128]);
    const stream = device.stream(any);
    stream.upload(run.ranges[0]!, bytesOf(new Float32Array(32)));
    const out = new Float32Array(32);
    const once = async (words: readonly number[] | undefined, blocks = 1): Promise<number> => {
      stream.run(run.bound, words === undefined ? undefined : new Map([[1, { words: Int32Array.from(words), grid: [blocks, 1, 1] }]]));
      await stream.download(run.ranges[1]!, bytesOf(out)).done;
      return out[0]!;
    };
    expect([await once(undefined), await once([32, 10]), await once([32, 20], 0), await once(undefined), await once([32, -1])]).toEqual([2, 11, 1, 2, 0]);
    run.free();
    await stream.close();
  }));

  it('tells when each launch ran', () => withDevice(async (device) => {
    const run = await prepared(device, [[countUp(64, 1000), 0], [countUp(64, 10), 0]], [256], true);
    const stream = device.stream(any);
    const ticket = stream.run(run.bound);
    expect(ticket.times).toBeUndefined();
    await ticket.done;
    const times = ticket.times!;
    expect(times.map(({ nodes }) => nodes)).toEqual([['node0'], ['node1']]);
    for (const { start, end } of times) expect(end).toBeGreaterThanOrEqual(start);
    expect(times[1]!.start).toBeGreaterThanOrEqual(times[0]!.end);
    run.free();
    await stream.close();
  }));

  it('names the node of a fault, every time', () => withDevice(async (device) => {
    const run = await prepared(device, [[faulty(40, 99), 0], [faulty(40, 20), 0], [faulty(40, 10), 0]], [160]);
    const stream = device.stream(any);
    for (let i = 0; i < 3; i++) {
      const ticket = stream.run(run.bound);
      await expect(ticket.done).rejects.toThrow('fault 7 with detail 20\n\t [[{{node node1}}]]');
      await expect(ticket.done).rejects.toThrow(InvalidArgumentError);
      expect(ticket.settled).toBe(false);
    }
    run.free();
    await stream.close();
  }));

  it('copies large arrays in pieces, and within the device', () => withDevice(async (device) => {
    const stream = device.stream(any);
    const bytes = (40 << 20) + 3;
    const [a, b] = [device.allocate(bytes), device.allocate(bytes)];
    const from = Uint8Array.from({ length: bytes }, (__, i) => i * 7);
    const to = new Uint8Array(bytes);
    stream.upload(rangeOf(a), from);
    stream.copy(rangeOf(a), rangeOf(b));
    await stream.download(rangeOf(b), to).done;
    expect(Buffer.compare(to, from)).toBe(0);
    // What the caller does with a small array afterwards is no concern of the copy.
    const small = Uint8Array.of(1, 2, 3);
    stream.upload({ buffer: a, offset: 256, bytes: 3 }, small);
    small.fill(9);
    const seen = new Uint8Array(3);
    await stream.download({ buffer: a, offset: 256, bytes: 3 }, seen).done;
    expect([...seen]).toEqual([1, 2, 3]);
    device.release(a);
    device.release(b);
    await stream.close();
  }));

  it('leaves the event loop alone while it works, and cancels late', () => withDevice(async (device) => {
    const run = await prepared(device, [[countUp(512, 100_000), 0], [countUp(512, 100_000), 0]], [2048]);
    const stream = device.stream(any);
    let turns = 0;
    const timer = setInterval(() => { turns++; }, 1);
    const ticket = stream.run(run.bound);
    await ticket.done;
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
    const cancelled = stream.run(run.bound);
    cancelled.cancel();
    await expect(cancelled.done).rejects.toThrow(CancelledError);
    run.free();
    await stream.close();
  }));

  it('keeps two streams apart, and makes one wait for what the other uploads', () => withDevice(async (device) => {
    const [a, b] = [device.stream(any), device.stream(any)];
    const run = await prepared(device, [[addNumber(32, 1), 0, 1]], [128, 128]);
    a.upload(run.ranges[0]!, bytesOf(new Float32Array(32).fill(4)));
    b.run(run.bound);
    const out = new Float32Array(32);
    await b.download(run.ranges[1]!, bytesOf(out)).done;
    expect(out[31]).toBe(5);
    run.free();
    await Promise.all([a.close(), b.close()]);
    expect(() => a.copy(run.ranges[0]!, run.ranges[1]!)).toThrow(InternalError);
  }));

  it('refuses what is not its own or out of bounds', () => withDevice(async (device) => {
    const run = await prepared(device, [[addNumber(32, 1), 0, 1]], [128, 128]);
    const buffer = device.allocate(64);
    expect(() => device.bind(run.sequence, [rangeOf(buffer), rangeOf(buffer)])).toThrow('slot 0 needs 128 bytes');
    expect(() => device.bind(run.sequence, [{ ...run.ranges[0]!, offset: 4 }, run.ranges[1]!])).toThrow('not a multiple of 256');
    device.release(buffer);
    expect(() => device.release(buffer)).toThrow('released twice');
    const stream = device.stream(any);
    expect(() => stream.download({ buffer, offset: 0, bytes: 64 }, new Uint8Array(64))).toThrow('after its release');
    expect(() => stream.upload({ ...run.ranges[0]!, bytes: 4 }, new Uint8Array(8))).toThrow('8 bytes are uploaded to a range of 4');
    await withDevice(async (other) => { expect(() => other.bind(run.sequence, run.ranges)).toThrow('another device'); });
    run.free();
    await stream.close();
  }));

  it('refuses code that is none, with its text, and compiles each key once', () => withDevice(async (device) => {
    const broken = toy({ key: 'broken', params: 'int* out', body: 'no such thing;', inputs: 0, words: [0], blocks: 1 });
    await expect(device.prepare([broken])).rejects.toThrow(/NVRTC refuses the program 'broken'[^]*no such thing;/);
    const program = addNumber(32, 1);
    const [x, y] = await Promise.all([device.prepare([program, program]), device.prepare([program])]);
    expect(new Set([...x, ...y]).size).toBe(1);
  }));

  it('counts its memory and keeps to its limit', () => withDevice(async (device) => {
    const a = device.allocate(600_000);
    expect(() => device.allocate(600_000)).toThrow(ResourceExhaustedError);
    expect(() => device.allocate(600_000)).toThrow('OOM when allocating 600000 bytes on GPU 0: 600000 of 1000000 bytes are in use');
    const b = device.allocate(0);
    expect(device.memory()).toEqual({ buffers: 2, bytes: 600_000, peakBytes: 600_000 });
    device.release(a);
    device.release(b);
    expect(device.memory()).toEqual({ buffers: 0, bytes: 0, peakBytes: 600_000 });
  }, {}, { memory: 1_000_000 }));

  it('says what the driver says when it has no memory', () => withDevice(async (device) => {
    fakeCuda().configure({ failAllocation: 1 });
    expect(() => device.allocate(100)).toThrow('OOM when allocating 100 bytes on GPU 0: cuMemAllocFromPoolAsync failed: CUDA_ERROR_OUT_OF_MEMORY (2): out of memory');
    device.release(device.allocate(100));
  }));

  it.each([['as a graph', {}, "running 2 nodes as one, from 'node0' to 'node1'", 'cuGraphLaunch'], ['launch by launch', { graphs: false }, 'running', 'cuLaunchKernel']])(
    'fails one run whose launch is refused %s, and goes on', (_, options, doing, call) => withDevice(async (device) => {
      const run = await prepared(device, [[addNumber(32, 1), 0, 1], [addNumber(32, 1), 1, 1]], [128, 128]);
      const stream = device.stream(any);
      fakeCuda().configure({ failLaunch: 1 });
      const ticket = stream.run(run.bound);
      await expect(ticket.done).rejects.toThrow(`GPU 0: ${doing}: ${call} failed`);
      await expect(ticket.done).rejects.toThrow('[[{{node node0}}]]');
      await stream.run(run.bound).done;
      run.free();
      await stream.close();
    }, options));

  it.each([['reads where it must not', { faultKernel: 2 }, 'CUDA_ERROR_ILLEGAL_ADDRESS'], ['disappears', { loseDevice: 2 }, 'CUDA_ERROR_DEVICE_UNAVAILABLE']])(
    'is lost when it %s: everything in flight fails, nothing stays behind', (_, settings, name) => withDevice(async (device) => {
      const run = await prepared(device, [[addNumber(32, 1), 0, 1], [faulty(32, 99), 1]], [128, 128]);
      const other = await prepared(device, [[countUp(32, 10), 0]], [128]);
      const stream = device.stream(any);
      await stream.run(run.bound).done;
      fakeCuda().configure(settings);
      const tickets = [stream.run(run.bound), stream.run(other.bound), stream.download(run.ranges[1]!, new Uint8Array(128))];
      const errors = await Promise.all(tickets.map((ticket) => ticket.done.then(() => undefined, (error: unknown) => error)));
      for (const error of errors) expect(error).toBeInstanceOf(UnavailableError);
      expect((errors[0] as Error).message).toMatch(new RegExp(`GPU 0 failed while running: .*${name}[^]*node node0`));
      expect(await device.lost).toContain(name);
      await expect(stream.run(other.bound).done).rejects.toThrow(UnavailableError);
      expect(held(counts())).toMatchObject({ allocations: 0, graphs: 0, execs: 0, contexts: 0, streams: 0, pinned: 0, modules: 0 });
      run.free();
      other.free();
      await stream.close();
    }));
});
