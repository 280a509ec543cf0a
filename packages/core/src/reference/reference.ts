/**
 * The reference backend: every op in plain TypeScript on a device of its own. Obviously correct rather than fast; what other backends are
 * held against, and what core is tested on.
 */
import type { Backend, Discovery } from '../device/device.js';
import type { DeviceInfo, StorageForm } from '../device/info.js';
import { allDTypes, hasBytes } from '../dtypes.js';
import { hostKernels, hostTable } from '../kernels/host/index.js';
import { structural } from '../kernels/host/structural.js';
import { combineTables, type Kernel, type KernelTable } from '../kernels/kernel.js';
import type { ReferenceSource } from './code.js';
import { ReferenceDevice } from './device.js';
import { deviceKernel, deviceMap, deviceReduce, sliceKernel } from './programs.js';

export type { ReferenceSource } from './code.js';

/** What a reference backend may pretend to be. */
export interface ReferenceOptions {
  /** 'reference' by default; a registry takes each name once. */
  readonly name?: string;
  /** 'CPU' by default. */
  readonly deviceType?: string;
  /** Below any real CPU backend by default. */
  readonly priority?: number;
  /** How many devices it finds where `device_count` says nothing; 1 by default. */
  readonly devices?: number;
  /** Bytes that one device may hold; 4 GiB by default. */
  readonly memoryLimit?: number;
  /** Whether sequences may hold loops; true by default. */
  readonly controlFlow?: boolean;
}

const storage: DeviceInfo['storage'] = Object.fromEntries(allDTypes.filter(hasBytes).map((as): [string, StorageForm] => [as, { as, grade: 'arithmetic' }]));

/** Device programs for everything that is a function of bytes, host programs for the rest. */
export const referenceTable: KernelTable<ReferenceSource> = combineTables<ReferenceSource, DeviceInfo>(
  { ops: deviceOps(), map: [deviceMap], reduce: [deviceReduce] },
  hostTable,
);

function deviceOps(): Record<string, readonly Kernel<ReferenceSource>[]> {
  const ops: Record<string, readonly Kernel<ReferenceSource>[]> = {};
  for (const [op, kernels] of Object.entries(hostKernels)) {
    const [host] = kernels;
    if (host?.nature !== 'pure' || Object.hasOwn(structural.ops, op)) continue;
    ops[op] = op === 'Slice' ? [sliceKernel(host), deviceKernel(host)] : [deviceKernel(host)];
  }
  return ops;
}

/** A backend whose devices compute everything in plain TypeScript. */
export function reference(options: ReferenceOptions = {}): Backend<ReferenceSource> {
  const { name = 'reference', deviceType = 'CPU', priority = -100, devices = 1, memoryLimit = 2 ** 32, controlFlow = true } = options;
  const infoOf = (ordinal: number, limit: number): DeviceInfo => ({
    deviceType, ordinal, description: '', memoryLimit: limit, storage,
    limits: { alignment: 16, bufferBytes: limit, bindings: 4096, sharedBuffers: true },
    controlFlow, hostVisible: true, details: { language: 'TypeScript' },
  });
  return {
    name,
    deviceType,
    priority,
    kernels: referenceTable,
    async discover({ deviceCount, memoryFraction = 1 }): Promise<Discovery> {
      const count = deviceCount ?? devices;
      return count > 0
        ? { devices: Array.from({ length: count }, (_, ordinal) => infoOf(ordinal, Math.floor(memoryLimit * memoryFraction))) }
        : { devices: [], reason: `device_count allows no ${deviceType} device` };
    },
    open: async (info) => new ReferenceDevice(info),
  };
}
