/** What no kernel can pass on one thread: the engine's multiply-adds, and the copies of its memory. Measured in turn with what is held against them. */
import type { WasmInfo } from '@sessionflow/cpu-wasm';
import { cpuWasm, peakLoop } from '@sessionflow/cpu-wasm';
import type { Contender } from './measure.js';

export interface Peak extends Contender {
  /** Floating-point operations of one run. */
  readonly flops: number;
}

/** Vector multiply-adds in registers, by the instruction that this engine's kernels use. */
export async function multiplyAddPeak(): Promise<Peak> {
  const { devices } = await cpuWasm().discover({});
  const { flops, run } = peakLoop((devices[0] as WasmInfo).features);
  return { name: 'multiply-add peak, 1 thread', flops, run };
}

/** One array to another, by the engine's own copy; `bytes` are read and as many written. */
export function copy(bytes: number): Contender {
  const [from, to] = [new Uint8Array(bytes).fill(1), new Uint8Array(bytes).fill(2)];
  return { name: 'copy', run: () => to.set(from) };
}
