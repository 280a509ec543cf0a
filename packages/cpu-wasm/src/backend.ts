/** The backend: what there is to discover, what it can run, how it opens. */
import type { Backend, ByteDType, Discovery, StorageForm } from '@sessionflow/core/device';
import { combineTables, hostTable, type KernelTable } from '@sessionflow/core/kernels';
import type { WasmSource } from './abi.js';
import { openDevice } from './device.js';
import { hardwareThreads, hasRelaxedSimd, hasSimd, whyNotShared } from './features.js';
import type { WasmInfo } from './info.js';
import { fastestTile } from './kernels/index.js';
import { wasmTable } from './table.js';
import { heapBytes } from './memory.js';

/** Settings of the wasm CPU device. */
export interface CpuWasmOptions {
  /** Threads that share the work of one launch; 0 or absent: one for each hardware thread. A session may use fewer. */
  readonly threads?: number;
  /** Bytes that buffers may take on one device; 0 or absent: what a wasm memory holds, nearly 4 GiB. */
  readonly memoryLimit?: number;
}

/** Every dtype that is bytes lies in memory as it does on the host. */
const byteDTypes = [
  'float32', 'float64', 'int32', 'uint8', 'int16', 'int8', 'complex64', 'int64', 'bool', 'qint8', 'quint8', 'qint32', 'bfloat16', 'qint16',
  'quint16', 'uint16', 'complex128', 'float16', 'uint32', 'uint64',
] as const satisfies readonly ByteDType[];
const storage: WasmInfo['storage'] = Object.fromEntries(byteDTypes.map((as): [ByteDType, StorageForm] => [as, { as, grade: 'arithmetic' }]));

/**
 * The CPU by WebAssembly SIMD: kernels assembled at plan time, run by worker threads over one shared memory where the platform allows it.
 * Every op that core knows runs here, since core's host kernels stand behind the device's own.
 */
export function cpuWasm(options: CpuWasmOptions = {}): Backend<WasmSource, WasmInfo> {
  const { threads = 0, memoryLimit = 0 } = options;
  if (!Number.isInteger(threads) || threads < 0) throw new RangeError(`cpuWasm: threads is ${threads}. Give a whole number, 0 for one per hardware thread.`);
  if (!(memoryLimit >= 0)) throw new RangeError(`cpuWasm: memoryLimit is ${memoryLimit}. Give a number of bytes, 0 for all there is.`);
  const kernels: KernelTable<WasmSource, WasmInfo> = combineTables<WasmSource, WasmInfo>(wasmTable, hostTable);
  return {
    name: 'cpu-wasm',
    deviceType: 'CPU',
    priority: 10,
    kernels,
    async discover({ deviceCount }): Promise<Discovery<WasmInfo>> {
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
    },
    open: openDevice,
  };
}
