/** Who works, and who does not: the threads that a stream may use, and workers that have nothing to do. */
import { expect, it } from 'vitest';
import type { DeviceProgram } from '@sessionflow/core/kernels';
import type { WasmSource } from '../abi.js';
import { i32 } from '../asm/index.js';
import type { WasmDevice } from '../device.js';
import { withDevice } from '../testing/onDevice.js';
import { toy } from '../testing/toyPrograms.js';

const items = 400;

/** Notes for each item which thread computed it (plus one), and takes its time. */
const noteThreads = (turns: number): DeviceProgram<WasmSource> => toy({
  key: 'toy:threads', inputs: 0, launch: { words: Int32Array.of(turns), grid: [items, 1] }, flops: items * turns,
  build: (f, block, forEach) => forEach((item) => {
    const left = f.let(i32.load(block, 4));
    const sum = f.let(i32.const(1));
    f.repeat(left, () => f.set(sum, i32.add(i32.mul(sum, 1664525), 1013904223)));
    f.do(i32.store(i32.add(i32.load(block), i32.mul(item, 4)), i32.add(i32.add(f.param('i32', 3), 1), i32.and(i32.eqz(sum), 0))));
  }),
});

/** The threads that took part in some of a number of runs. */
async function threadsOf(device: WasmDevice, threads: number, turns: number, runs: number): Promise<Set<number>> {
  const program = noteThreads(turns);
  const [executable] = await device.prepare([program]);
  const buffer = device.allocate(4 * items);
  const range = { buffer, offset: 0, bytes: 4 * items };
  const sequence = device.sequence([{ kind: 'launch', program, executable: executable!, slots: [0], nodes: ['node'] }], [4 * items], { timed: false });
  const bound = device.bind(sequence, [range]);
  const stream = device.stream({ threads, memoryLimit: 0 });
  const seen = new Set<number>();
  for (let run = 0; run < runs; run++) {
    device.view(range).fill(0);
    await stream.run(bound).done;
    const view = device.view(range);
    for (const noted of new Int32Array(view.buffer, view.byteOffset, items)) seen.add(noted - 1);
    // A turn of the event loop, in which workers say that they are there.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await stream.close();
  bound.release();
  sequence.release();
  device.release(buffer);
  return seen;
}

it.each([['long', 60_000], ['short', 600]])('a stream uses as many threads as it was given for %s work, and no others', (_, turns) => withDevice(async (device) => {
  expect([...await threadsOf(device, 1, turns, 12)]).toEqual([0]);
  const two = await threadsOf(device, 2, turns, 200_000 / turns + 12);
  for (const thread of two) expect(thread).toBeLessThan(2);
  expect(two.size).toBe(2);
}, { threads: 3 }));

it('workers that have nothing to do take no processor time', () => withDevice(async (device) => {
  await threadsOf(device, 3, 60_000, 6);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const before = process.cpuUsage();
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000 / (performance.now() - start)).toBeLessThan(0.5);
}, { threads: 3 }));
