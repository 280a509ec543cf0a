/**
 * The engine's own limit for one thread: a wasm loop that does nothing but multiply and add vectors of four floats, in as many independent
 * sums as hide the latency. Kernels are held against it, since a 128-bit engine cannot reach the processor's peak.
 */
import type { Contender } from './measure.js';

const sums = 12;
const loops = 20_000;

/** Floating-point operations of one run. */
export const peakFlops = loops * sums * 4 * 2;

export function peakLoop(): Contender {
  const relaxed = buildModule(true);
  const module = new WebAssembly.Module(WebAssembly.validate(relaxed) ? relaxed : buildModule(false));
  const run = new WebAssembly.Instance(module).exports['run'] as (loops: number) => number;
  return { name: 'multiply-add peak, 1 thread', run: () => run(loops) };
}

/** `run(loops: i32): f32`; by relaxed multiply-add, or by a product and a sum. */
function buildModule(relaxed: boolean): Uint8Array<ArrayBuffer> {
  const [x, y] = [1, 2];
  const sum = (i: number): number => 3 + i;
  const simd = (code: number): number[] => [0xfd, ...leb(code)];
  const [splat, multiply, add, multiplyAdd, lane] = [simd(0x13), simd(0xe6), simd(0xe4), simd(0x105), simd(0x1f)];
  const get = (local: number): number[] => [0x20, local];
  const set = (local: number): number[] => [0x21, local];
  const all = (each: (i: number) => number[]): number[] => Array.from({ length: sums }, (_, i) => each(i)).flat();
  const start = (local: number, value: readonly number[]): number[] => [0x43, ...value, ...splat, ...set(local)];
  // 0.5 and 1: sums that stay finite.
  const [half, one] = [[0, 0, 0, 0x3f], [0, 0, 0x80, 0x3f]];
  const body = [
    ...start(x, half), ...start(y, one), ...all((i) => start(sum(i), one)),
    0x03, 0x40,
    ...all((i) => (relaxed
      ? [...get(x), ...get(sum(i)), ...get(y), ...multiplyAdd, ...set(sum(i))]
      : [...get(x), ...get(sum(i)), ...multiply, ...get(y), ...add, ...set(sum(i))])),
    ...get(0), 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b,
    ...all((i) => [...get(sum(i)), ...(i === 0 ? [] : add)]), ...lane, 0,
    0x0b,
  ];
  const code = [1, ...leb(2 + sums), 0x7b, ...body];
  const section = (id: number, content: readonly number[]): number[] => [id, ...leb(content.length), ...content];
  return Uint8Array.from([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7d]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, ...new TextEncoder().encode('run'), 0, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ]);
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}
