/** The backend: its settings, and the code of its devices when it is needed. */
import { type Backend, InternalError, LazyModule } from '@sessionflow/core/device';
import type { KernelTable } from '@sessionflow/core/kernels';
import type { WasmSource } from './abi.js';
import type { WasmInfo } from './info.js';

/** Settings of the wasm CPU device. */
export interface CpuWasmOptions {
  /** Threads that share the work of one launch; 0 or absent: one for each hardware thread. A session may use fewer. */
  readonly threads?: number;
  /** Bytes that buffers may take on one device; 0 or absent: what a wasm memory holds, nearly 4 GiB. */
  readonly memoryLimit?: number;
}

const devices = new LazyModule('the wasm CPU device', () => import('./discover.js'));

/** The kernel table, which is there when the code is: a backend may be copied before. */
const kernels: KernelTable<WasmSource, WasmInfo> = {
  get ops() { return loadedTable().ops; },
  get map() { return loadedTable().map; },
  get reduce() { return loadedTable().reduce; },
};

function loadedTable(): KernelTable<WasmSource, WasmInfo> {
  if (devices.code === undefined) throw new InternalError('internal: what devices of cpu-wasm run is known when load() has ended');
  return devices.code.kernels;
}

/**
 * The CPU by WebAssembly SIMD: kernels assembled at plan time, run by worker threads over one shared memory where the platform allows it.
 * Every op that core knows runs here, since core's host kernels stand behind the device's own.
 */
export function cpuWasm(options: CpuWasmOptions = {}): Backend<WasmSource, WasmInfo> {
  const { threads = 0, memoryLimit = 0 } = options;
  if (!Number.isInteger(threads) || threads < 0) throw new RangeError(`cpuWasm: threads is ${threads}. Give a whole number, 0 for one per hardware thread.`);
  if (!(memoryLimit >= 0)) throw new RangeError(`cpuWasm: memoryLimit is ${memoryLimit}. Give a number of bytes, 0 for all there is.`);
  return {
    name: 'cpu-wasm',
    deviceType: 'CPU',
    priority: 10,
    kernels,
    load: () => devices.load(),
    discover: async (config) => (await devices.load()).discover(options, config),
    open: async (info) => (await devices.load()).openDevice(info),
  };
}
