/** What the WebGPU device runs: the kernel library, printed as WGSL, and the ops that compute nothing. */
import type { GridTarget } from '@sessionflow/core/codegen';
import { combineTables, gridTable, structuralOver, type KernelTable } from '@sessionflow/core/kernels';
import { storageOf } from './adapter.js';
import type { WebGpuInfo } from './info.js';
import type { WgslSource } from './source.js';
import { printWgsl } from './wgsl/printWgsl.js';

/** What every WebGPU device has, by the specification's default limits. One storage binding is kept for faults. */
const anyDevice: GridTarget = {
  storage: storageOf(false), values: new Set(['bool', 'int32', 'uint32', 'float32']), workgroupThreads: 256, workgroupBytes: 16384, workgroups: 65535,
  bindings: 7, vectors: true, inPlace: false, floatAtomics: false, faults: true,
};

function targetOf(info: WebGpuInfo): GridTarget {
  return {
    ...anyDevice, storage: info.storage, workgroupThreads: info.workgroupThreads, workgroupBytes: info.workgroupBytes,
    workgroups: info.workgroupsPerAxis, bindings: info.limits.bindings,
    ...(info.features.software ? { threadResults: 16, sharing: false } : {}),
  };
}

export const webgpuTable: KernelTable<WgslSource, WebGpuInfo> = combineTables<WgslSource, WebGpuInfo>(
  gridTable<WgslSource, WebGpuInfo>({ target: anyDevice, targetOf, render: printWgsl }),
  structuralOver(storageOf(false)),
);
