import { CancelledError, InternalError, InvalidArgumentError, ResourceExhaustedError, type BufferRange, type SequenceItem } from '@sessionflow/core/device';
import type { DeviceProgram } from '@sessionflow/core/kernels';
import { describe, expect, it } from 'vitest';
import type { WasmSource } from './abi.js';
import type { WasmDevice } from './device.js';
import { addWord, busy, countUp, faulty, toy, trapping } from './testing/toyPrograms.js';
import { withDevice } from './testing/onDevice.js';
import { i32 } from './asm/index.js';

type Item = readonly [program: DeviceProgram<WasmSource>, ...slots: number[]];

/** A sequence of launches over buffers of the given sizes, bound and ready. */
async function prepared(device: WasmDevice, items: readonly Item[], sizes: readonly number[], timed = false) {
  const executables = await device.prepare(items.map(([program]) => program));
  const launches = items.map(([program, ...slots], i): SequenceItem<WasmSource> => ({
    kind: 'launch', program, executable: executables[i]!, slots, nodes: [`node${i}`],
  }));
  return bindAll(device, launches, sizes, timed);
}

function bindAll(device: WasmDevice, items: readonly SequenceItem<WasmSource>[], sizes: readonly number[], timed = false) {
  const buffers = sizes.map((bytes) => device.allocate(bytes));
  const ranges = buffers.map((buffer): BufferRange => ({ buffer, offset: 0, bytes: buffer.bytes }));
  for (const range of ranges) device.view(range).fill(0);
  const sequence = device.sequence(items, sizes, { timed });
  const bound = device.bind(sequence, ranges);
  return {
    bound, ranges, sequence,
    ints: (slot: number): Int32Array => {
      const view = device.view(ranges[slot]!);
      return new Int32Array(view.buffer, view.byteOffset, view.byteLength >> 2);
    },
    floats: (slot: number): Float32Array => {
      const view = device.view(ranges[slot]!);
      return new Float32Array(view.buffer, view.byteOffset, view.byteLength >> 2);
    },
    free: () => {
      bound.release();
      sequence.release();
      for (const buffer of buffers) device.release(buffer);
    },
  };
}

const anyThreads = { threads: 0, memoryLimit: 0 };
/** Some hundred milliseconds of work on one thread. */
const long = (): DeviceProgram<WasmSource> => busy(2000, 100_000);
const modes: readonly (readonly [string, { readonly threads?: number }, { readonly sharedMemory?: boolean }])[] = [
  ['two workers', { threads: 2 }, {}], ['four workers', { threads: 4 }, {}], ['one worker', { threads: 1 }, {}], ['no shared memory', {}, { sharedMemory: false }],
];

describe.each(modes)('the device with %s', (_, options, features) => {
  const on = (use: (device: WasmDevice) => Promise<void>): Promise<void> => withDevice(use, options, features);

  it('runs short work at once', () => on(async (device) => {
    const stream = device.stream(anyThreads);
    const run = await prepared(device, [[addWord(5, 2), 0, 1], [addWord(5, 3), 1, 1]], [20, 20]);
    stream.upload(run.ranges[0]!, new Uint8Array(Float32Array.of(1, 2, 3, 4, 5).buffer));
    const ticket = stream.run(run.bound);
    expect(ticket.settled).toBe(true);
    const out = new Float32Array(5);
    expect(stream.download(run.ranges[1]!, new Uint8Array(out.buffer)).settled).toBe(true);
    expect([...out]).toEqual([6, 7, 8, 9, 10]);
    run.free();
    await stream.close();
  }));

  it('runs long work without holding up the event loop', () => on(async (device) => {
    const stream = device.stream(anyThreads);
    const run = await prepared(device, [[long(), 0], [busy(100, 10), 0], [long(), 0]], [8000]);
    // Turns of the event loop, not their length: this machine may be busy with other things.
    let turns = 0;
    const timer = setInterval(() => { turns++; }, 1);
    const ticket = stream.run(run.bound);
    expect(ticket.settled).toBe(false);
    await ticket.done;
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
    expect(run.ints(0).every((count, i) => count === (i < 100 ? 3 : 2))).toBe(true);
    run.free();
    await stream.close();
  }));

  it('runs the same list again and again', () => on(async (device) => {
    const stream = device.stream(anyThreads);
    const items = Array.from({ length: 20 }, (__, i): Item => [busy(64, 300, i % 3 === 0 ? 64 : 4), 0]);
    const run = await prepared(device, [...items, [busy(64, 40_000, 1), 0]], [256]);
    for (let i = 0; i < 100; i++) await stream.run(run.bound).done;
    expect(run.ints(0).every((count) => count === 2100)).toBe(true);
    run.free();
    await stream.close();
  }));

  it('runs grids that change from run to run, and those of very many calls', () => on(async (device) => {
    const stream = device.stream(anyThreads);
    const items = 70_000;
    const run = await prepared(device, [[busy(items, 1), 0], [{ ...busy(64, 1000, 4), flops: 1e7 }, 1]], [4 * items, 256]);
    let all = 0;
    let first = 0;
    for (let round = 0; round < 60; round++) {
      const calls = [64, 32, 8][round % 3]!;
      const overrides = round % 4 === 0 ? undefined : new Map([[1, { words: Int32Array.of(500), grid: [calls, 4] }]]);
      if (round % 4 === 0 || calls === 64) all++;
      first++;
      await stream.run(run.bound, overrides).done;
    }
    expect(run.ints(0).every((count) => count === 60)).toBe(true);
    expect([run.ints(1)[0], run.ints(1)[63]]).toEqual([first, all]);
    run.free();
    await stream.close();
  }));

  it('gives the event loop turns between short runs that follow each other', () => on(async (device) => {
    const stream = device.stream(anyThreads);
    const run = await prepared(device, [[busy(64, 200, 64), 0]], [256]);
    let turns = 0;
    const timer = setInterval(() => { turns++; }, 1);
    const end = performance.now() + 150;
    let runs = 0;
    for (; performance.now() < end; runs++) await stream.run(run.bound).done;
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
    expect(run.ints(0)[63]).toBe(runs);
    run.free();
    await stream.close();
  }));

  it('keeps the order of a stream', () => on(async (device) => {
    const stream = device.stream(anyThreads);
    const run = await prepared(device, [[long(), 0]], [8000]);
    const seen = new Int32Array(2000);
    const first = stream.run(run.bound);
    const copied = stream.download(run.ranges[0]!, new Uint8Array(seen.buffer));
    const cleared = stream.upload(run.ranges[0]!, new Uint8Array(8000));
    expect([first, copied, cleared].map(({ settled }) => settled)).toEqual([false, false, false]);
    await cleared.done;
    expect(first.settled && copied.settled).toBe(true);
    expect(seen.every((count) => count === 1)).toBe(true);
    expect(run.ints(0).every((count) => count === 0)).toBe(true);
    run.free();
    await stream.close();
  }));

  it('copies large ranges in pieces, in order', () => on(async (device) => {
    const stream = device.stream(anyThreads);
    const bytes = (40 << 20) + 3;
    const [a, b] = [device.allocate(bytes), device.allocate(bytes)].map((buffer): BufferRange => ({ buffer, offset: 0, bytes })) as [BufferRange, BufferRange];
    const from = Uint8Array.from({ length: bytes }, (__, i) => i * 7);
    const to = new Uint8Array(bytes);
    const tickets = [stream.upload(a, from), stream.copy(a, b), stream.copy({ ...b, bytes: bytes - 5 }, { ...b, offset: 5, bytes: bytes - 5 }), stream.download(b, to)];
    expect(tickets.some(({ settled }) => settled)).toBe(false);
    await tickets[3]!.done;
    expect(Buffer.compare(to.subarray(5), from.subarray(0, bytes - 5))).toBe(0);
    expect(Buffer.compare(to.subarray(0, 5), from.subarray(0, 5))).toBe(0);
    device.release(a.buffer);
    device.release(b.buffer);
    await stream.close();
  }));

  it('takes two streams in turn', () => on(async (device) => {
    const streams = [device.stream(anyThreads), device.stream({ threads: 1, memoryLimit: 0 })];
    const runs = await Promise.all(streams.map(() => prepared(device, [[busy(500, 20_000), 0]], [2000])));
    await Promise.all(streams.flatMap((stream, i) => [stream.run(runs[i]!.bound).done]));
    const both = streams[0]!.run(runs[0]!.bound);
    streams[1]!.wait?.(both);
    const after = streams[1]!.run(runs[1]!.bound);
    await after.done;
    expect(both.settled).toBe(true);
    for (const run of runs) {
      expect(run.ints(0).every((count) => count === 2)).toBe(true);
      run.free();
    }
    await Promise.all(streams.map((stream) => stream.close()));
  }));

  it('cancels what waits and what runs', () => on(async (device) => {
    const stream = device.stream(anyThreads);
    const run = await prepared(device, [[long(), 0], [long(), 0], [long(), 0]], [8000]);
    const other = await prepared(device, [[busy(500, 20_000), 0]], [2000]);
    const first = stream.run(run.bound);
    const second = stream.run(other.bound);
    second.cancel();
    await expect(second.done).rejects.toThrow(CancelledError);
    await new Promise((resolve) => setTimeout(resolve, 20));
    first.cancel();
    await expect(first.done).rejects.toThrow(CancelledError);
    expect(run.ints(0)[1999]).toBeLessThan(3);
    // The list is as good as new.
    run.ints(0).fill(0);
    await stream.run(run.bound).done;
    expect(run.ints(0).every((count) => count === 3)).toBe(true);
    expect(other.ints(0).every((count) => count === 0)).toBe(true);
    run.free();
    other.free();
    await stream.close();
  }));

  it.each([['a short', 0], ['a long', 1e9]])('names the node of a fault in %s run', (__, flops) => on(async (device) => {
    const stream = device.stream(anyThreads);
    const run = await prepared(device, [[busy(100, 1), 0], [faulty(50, 20, 5, flops), 0], [busy(100, 1), 0]], [400]);
    for (let i = 0; i < 3; i++) {
      const ticket = stream.run(run.bound);
      expect(ticket.settled).toBe(false);
      await expect(ticket.done).rejects.toThrow('fault 7 with detail 20\n\t [[{{node node1}}]]');
      await expect(ticket.done).rejects.toThrow(InvalidArgumentError);
    }
    expect(run.ints(0)[0]).toBe(3);
    run.free();
    await stream.close();
  }));

  it.each([['a short', 0], ['a long', 1e9]])('survives a trap in %s run', (__, flops) => on(async (device) => {
    const stream = device.stream(anyThreads);
    const run = await prepared(device, [[busy(100, 1), 0], [trapping(50, 20, 5, flops), 0]], [400]);
    const good = await prepared(device, [[busy(500, 20_000), 0]], [2000]);
    for (let i = 0; i < 3; i++) {
      const { done } = stream.run(run.bound);
      await expect(done).rejects.toThrow(InternalError);
      await expect(done).rejects.toThrow(/trapped: .*unreachable[^]*node1/);
      await stream.run(good.bound).done;
    }
    expect(good.ints(0).every((count) => count === 3)).toBe(true);
    run.free();
    good.free();
    await stream.close();
  }));

  it('overrides params for one run', () => on(async (device) => {
    const stream = device.stream(anyThreads);
    const run = await prepared(device, [[addWord(8, 1), 0, 1], [busy(300, 30_000), 2]], [32, 32, 1200]);
    const overrides = new Map([[0, { words: Int32Array.of(10), grid: [4, 1] }], [1, { words: Int32Array.of(5), grid: [300, 7] }]]);
    await stream.run(run.bound, overrides).done;
    expect([...run.floats(1)]).toEqual([10, 10, 10, 10, 0, 0, 0, 0]);
    await stream.run(run.bound).done;
    expect([...run.floats(1)]).toEqual(Array(8).fill(1));
    expect(run.ints(2).every((count) => count === 2)).toBe(true);
    const none = new Map([[0, { words: Int32Array.of(99), grid: [0, 1] }]]);
    await stream.run(run.bound, none).done;
    expect([...run.floats(1)]).toEqual(Array(8).fill(1));
    run.free();
    await stream.close();
  }));

  it('loops on the device', () => on(async (device) => {
    const stream = device.stream(anyThreads);
    const [count, wide, narrow] = await device.prepare([countUp(50), busy(200, 500, 8), addWord(4, 1)]);
    const launch = (program: DeviceProgram<WasmSource>, executable: typeof count, slots: number[]): SequenceItem<WasmSource> =>
      ({ kind: 'launch', program, executable: executable!, slots, nodes: ['loop'] });
    const run = bindAll(device, [{
      kind: 'loop', condition: [launch(countUp(50), count, [0, 1])], test: 1,
      body: [launch(busy(200, 500, 8), wide, [2]), launch(addWord(4, 1), narrow, [3, 3])],
    }, launch(addWord(4, 100), narrow, [3, 3])], [4, 1, 800, 16]);
    for (let i = 1; i <= 3; i++) {
      run.ints(0).fill(0);
      await stream.run(run.bound).done;
      expect(run.ints(0)[0]).toBe(50);
      expect(run.ints(2).every((n) => n === 49 * i)).toBe(true);
      expect([...run.floats(3)]).toEqual(Array(4).fill(149 * i));
    }
    run.free();
    await stream.close();
  }));

  it('goes on after faults, traps and cancelled runs of work that this thread helps with', () => on(async (device) => {
    const stream = device.stream(anyThreads);
    const items = 64;
    const work = (): Item => [busy(items, 400, 4), 0];
    const flops = 3e6;
    const good = await prepared(device, [work(), work(), [{ ...busy(items, 3000, 4), flops }, 0], work()], [4 * items]);
    const bad = await prepared(device, [work(), [faulty(items, 37, 4, flops), 0], work()], [4 * items]);
    const trap = await prepared(device, [work(), [trapping(items, 21, 4, flops), 0], work()], [4 * items]);
    for (let round = 1; round <= 40; round++) {
      await stream.run(good.bound).done;
      await expect(stream.run(bad.bound).done).rejects.toThrow('fault 7 with detail 37');
      await expect(stream.run(trap.bound).done).rejects.toThrow(/trapped: .*unreachable[^]*node1/);
      const ticket = stream.run(good.bound);
      ticket.cancel();
      await ticket.done.catch((error: unknown) => expect(error).toBeInstanceOf(CancelledError));
      if (!ticket.settled) good.ints(0).fill(round * 8);
      expect(good.ints(0).every((count) => count === round * 8)).toBe(true);
      // Workers say in a turn of the event loop that they are there.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    for (const run of [good, bad, trap]) run.free();
    await stream.close();
  }));

  it('times launches', () => on(async (device) => {
    const stream = device.stream(anyThreads);
    const run = await prepared(device, [[long(), 0], [busy(10, 1), 0], [long(), 0]], [8000], true);
    const ticket = stream.run(run.bound);
    await ticket.done;
    const times = ticket.times!;
    expect(times.map(({ nodes }) => nodes)).toEqual([['node0'], ['node1'], ['node2']]);
    for (const { start, end } of times) expect(end).toBeGreaterThanOrEqual(start);
    expect(times[1]!.start).toBeGreaterThanOrEqual(times[0]!.end - 100);
    expect(times[0]!.end - times[0]!.start).toBeGreaterThan(times[1]!.end - times[1]!.start);
    run.free();
    await stream.close();
  }));

  it('closes while it runs', async () => {
    let done: Promise<void>[] = [];
    await on(async (device) => {
      const stream = device.stream(anyThreads);
      const run = await prepared(device, [[long(), 0], [long(), 0], [long(), 0], [long(), 0]], [8000]);
      done = [stream.run(run.bound).done];
      await new Promise((resolve) => setTimeout(resolve, 5));
      const closing = device.close();
      await expect(done[0]).rejects.toThrow(CancelledError);
      await closing;
      run.free();
      expect(() => device.allocate(4)).toThrow('after its close');
    });
  });
});

describe('memory', () => {
  it('ends with ResourceExhausted, and counts', () => withDevice(async (device) => {
    const a = device.allocate(600_000);
    expect(() => device.allocate(600_000)).toThrow(ResourceExhaustedError);
    const b = device.allocate(300_000);
    expect(device.memory()).toEqual({ buffers: 2, bytes: 900_000, peakBytes: 900_000 });
    device.release(a);
    const c = device.allocate(600_000);
    device.release(b);
    device.release(c);
    expect(() => device.release(c)).toThrow('released twice');
  }, { memoryLimit: 1_000_000 }));

  it('reaches addresses above 2 GiB', () => withDevice(async (device) => {
    const low = device.allocate(2 ** 31);
    const stream = device.stream(anyThreads);
    const run = await prepared(device, [[addWord(8, 1), 0, 1], [busy(300, 30_000), 2]], [32, 32, 1200]);
    await stream.run(run.bound).done;
    expect([...run.floats(1)]).toEqual(Array(8).fill(1));
    expect(run.ints(2).every((count) => count === 1)).toBe(true);
    run.free();
    device.release(low);
    await stream.close();
  }));

  it('keeps views through growth', () => withDevice(async (device) => {
    const small = device.allocate(16);
    const view = device.view({ buffer: small, offset: 4, bytes: 8 });
    const large = device.allocate(64 << 20);
    view.fill(7);
    expect([...device.view({ buffer: small, offset: 4, bytes: 8 })]).toEqual(Array(8).fill(7));
    device.release(large);
    device.release(small);
  }));
});

describe('programs', () => {
  it('are compiled once per key', () => withDevice(async (device) => {
    let assembled = 0;
    const program = toy({ key: 'once', inputs: 0, launch: { words: new Int32Array(), grid: [1, 1] }, build: () => { assembled++; } });
    const [a, b] = await Promise.all([device.prepare([program, program]), device.prepare([program])]);
    const [c] = await device.prepare([program]);
    expect(new Set([...a, ...b, c]).size).toBe(1);
    expect(assembled).toBe(1);
  }));

  it('that are no code are refused with their keys', () => withDevice(async (device) => {
    const broken = toy({ key: 'broken', inputs: 0, launch: { words: new Int32Array(), grid: [1, 1] }, build: (f) => f.result(i32.const(3)) });
    await expect(device.prepare([broken])).rejects.toThrow(/'broken'/);
    await expect(device.prepare([addWord(1, 1)])).resolves.toHaveLength(1);
  }));

  it('arrive at workers that run already', () => withDevice(async (device) => {
    const stream = device.stream(anyThreads);
    const first = await prepared(device, [[long(), 0]], [8000]);
    await stream.run(first.bound).done;
    const running = stream.run(first.bound);
    const second = await prepared(device, [[busy(500, 20_000), 0], [faulty(10, 99), 0], [trapping(10, 99), 0]], [2000]);
    await stream.run(second.bound).done;
    await running.done;
    expect(second.ints(0).every((count) => count === 1)).toBe(true);
    first.free();
    second.free();
    await stream.close();
  }));
});
