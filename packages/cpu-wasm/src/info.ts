/** What the wasm device says of itself, beside what every device says. Kernels read it when they choose and emit code. */
import type { DeviceInfo } from '@sessionflow/core/device';

export interface WasmFeatures {
  /** The relaxed SIMD instructions (fused multiply-add, relaxed min/max and lane selection) are there. */
  readonly relaxedSimd: boolean;
  /** Memory is shared between threads: modules import it as shared. */
  readonly sharedMemory: boolean;
}

/** Rows and columns of the f32 matmul tile that the running engine keeps in registers. */
export interface GemmTile {
  readonly rows: number;
  readonly columns: number;
}

export interface WasmInfo extends DeviceInfo {
  readonly features: WasmFeatures;
  /** Most threads that work on one launch; at least 1. Scratch that is divided by thread needs this many parts. */
  readonly threads: number;
  /** The tile for a product of so many floating-point operations. */
  readonly gemmTile: (flops: number) => GemmTile;
}
