/** What the wasm CPU device runs itself. */
import type { KernelTable } from '@sessionflow/core/kernels';
import type { WasmSource } from './abi.js';
import type { WasmInfo } from './info.js';
import { wasmKernels } from './kernels/index.js';
import { wasmMap } from './map/mapKernel.js';
import { wasmReduce } from './reduce/reduceKernel.js';

export const wasmTable: KernelTable<WasmSource, WasmInfo> = { ops: wasmKernels, map: [wasmMap], reduce: [wasmReduce] };
