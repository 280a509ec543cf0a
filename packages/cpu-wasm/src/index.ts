/** `@sessionflow/cpu-wasm`: device type CPU, by WebAssembly SIMD and worker threads. */
export { cpuWasm, type CpuWasmOptions } from './backend.js';
export type { GemmTile, WasmFeatures, WasmInfo } from './info.js';
export { peakLoop, type PeakLoop } from './kernels/gemm/peakLoop.js';
