/** What the WebGPU device runs. */
import { combineTables, structural, type KernelTable } from '@sessionflow/core/kernels';
import type { WebGpuInfo } from './info.js';
import type { WgslSource } from './source.js';

export const webgpuTable: KernelTable<WgslSource, WebGpuInfo> = combineTables<WgslSource, WebGpuInfo>({ ops: {}, map: [], reduce: [] }, structural);
