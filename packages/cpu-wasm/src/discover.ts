/** The device type: what it can run, what there is to discover, how it opens. Loaded when a session is made (backend.ts). */
import type { ByteDType, DiscoverConfig, Discovery, StorageForm } from '@sessionflow/core/device';
import { combineTables, hostTable, type KernelTable } from '@sessionflow/core/kernels';
import type { WasmSource } from './abi.js';
import type { CpuWasmOptions } from './backend.js';
import { hardwareThreads, hasRelaxedSimd, hasSimd, whyNotShared } from './features.js';
import type { WasmInfo } from './info.js';
import { fastestTile } from './kernels/index.js';
import { wasmTable } from './table.js';
import { heapBytes } from './memory.js';

export { openDevice } from './device.js';

/** The device's own kernels, and core's host kernels behind them. */
export const kernels: KernelTable<WasmSource, WasmInfo> = combineTables<WasmSource, WasmInfo>(wasmTable, hostTable);

/** Every dtype that is bytes lies in memory as it does on the host. */
const byteDTypes = [
  'float32', 'float64', 'int32', 'uint8', 'int16', 'int8', 'complex64', 'int64', 'bool', 'qint8', 'quint8', 'qint32', 'bfloat16', 'qint16',
  'quint16', 'uint16', 'complex128', 'float16', 'uint32', 'uint64',
] as const satisfies readonly ByteDType[];
const storage: WasmInfo['storage'] = Object.fromEntries(byteDTypes.map((as): [ByteDType, StorageForm] => [as, { as, grade: 'arithmetic' }]));

/** What this machine has, by the backend's options and the session's. */
export function discover({ threads = 0, memoryLimit = 0 }: CpuWasmOptions, { deviceCount }: DiscoverConfig): Discovery<WasmInfo> {
  if (!hasSimd()) return { devices: [], reason: 'this JavaScript engine has no WebAssembly SIMD' };
  if (deviceCount === 0) return { devices: [], reason: 'device_count allows no CPU device' };
  const why = whyNotShared();
  const used = why === undefined ? threads || hardwareThreads() : 1;
  const relaxedSimd = hasRelaxedSimd();
  const features = { relaxedSimd, sharedMemory: why === undefined };
  const bytes = Math.min(memoryLimit || Infinity, heapBytes);
  const infoOf = (ordinal: number): WasmInfo => ({
    deviceType: 'CPU',
    ordinal,
    description: '',
    memoryLimit: bytes,
    storage,
    limits: { alignment: 64, bufferBytes: bytes, bindings: 4096, sharedBuffers: true },
    controlFlow: true,
    hostVisible: true,
    details: {
      simd: relaxedSimd ? '128-bit, relaxed' : '128-bit',
      'relaxed SIMD': relaxedSimd,
      threads: used,
      get 'matmul tile'() {
        const { rows, columns } = fastestTile(features);
        return `${rows}x${columns}`;
      },
      'shared memory': why === undefined,
      ...(why === undefined ? {} : { 'no threads because': why }),
    },
    features,
    threads: used,
    gemmTile: (flops) => fastestTile(features, flops),
  });
  return { devices: Array.from({ length: deviceCount ?? 1 }, (_, ordinal) => infoOf(ordinal)) };
}
