/** The backend: which GPUs there are or why there are none, what they can run, how they open. */
import type { Backend, DiscoverConfig, Discovery } from '@sessionflow/core/device';
import { loadAddon } from './addon/load.js';
import type { Driver, PhysicalDevice } from './addon/driver.js';
import { Completions } from './completions.js';
import { CudaDevice } from './device.js';
import type { CudaInfo } from './info.js';
import { KernelCache } from './kernelCache.js';
import { cudaTable } from './kernels/table.js';
import { bindings, storage } from './kernels/target.js';
import { checkOptions, type CheckedOptions, type CudaNativeOptions } from './options.js';
import type { CudaSource } from './source.js';

/** The driver of a backend, or why there is none. */
type Opened = { readonly driver: Driver; readonly completions: Completions } | { readonly reason: string };

function openDriver({ folders }: CheckedOptions): Opened {
  const loaded = loadAddon();
  if ('reason' in loaded) return loaded;
  const completions = new Completions();
  const driver = new loaded.addon.Driver({ folders }, completions.onTag);
  const { cuda, nvrtc } = driver.report();
  if (cuda.reason !== undefined) return { reason: /cannot open shared object/.test(cuda.reason) ? `no NVIDIA driver: ${cuda.reason}` : cuda.reason };
  if (nvrtc.reason !== undefined) return { reason: `NVRTC missing: ${nvrtc.reason}` };
  return { driver, completions };
}

/**
 * NVIDIA GPUs: kernels written in CUDA C when a plan is made and compiled by NVRTC, sequences replayed as CUDA graphs. The driver, NVRTC, cuBLASLt and
 * cuDNN are opened when somebody looks for devices; a machine without them has no device, and the reason says what is missing.
 */
export function cudaNative(options: CudaNativeOptions = {}): Backend<CudaSource, CudaInfo> {
  const checked = checkOptions(options);
  let opened: Opened | undefined;
  return {
    name: 'cuda-native',
    deviceType: 'GPU',
    priority: 20,
    kernels: cudaTable,
    async discover(config): Promise<Discovery<CudaInfo>> {
      if (config.deviceCount === 0) return { devices: [], reason: 'device_count allows no GPU' };
      opened ??= openDriver(checked);
      if ('reason' in opened) {
        const { reason } = opened;
        // What is missing now may be there later: it is looked for again.
        opened = undefined;
        return { devices: [], reason };
      }
      return discoverDevices(opened.driver, config, checked);
    },
    async open(info) {
      opened ??= openDriver(checked);
      if ('reason' in opened) throw new Error(opened.reason);
      return new CudaDevice(info, { ...opened, cache: new KernelCache(checked.kernelCache), graphs: checked.graphs });
    },
  };
}

function discoverDevices(driver: Driver, config: DiscoverConfig, options: CheckedOptions): Discovery<CudaInfo> {
  const all = driver.devices();
  if (all.length === 0) return { devices: [], reason: 'the driver is here but finds no GPU' };
  const has = (name: 'cublasLt' | 'cudnn'): string | undefined => (options.libraries ? driver.loadLibrary(name).reason : 'cudaNative() was told to use no libraries');
  const missing = { cublasLt: has('cublasLt'), cudnn: has('cudnn') };
  const parts = all.slice(0, config.deviceCount ?? all.length);
  return { devices: parts.map((device, ordinal) => infoOf(device, ordinal, driver, missing, config, options)) };
}

function infoOf(
  device: PhysicalDevice, ordinal: number, driver: Driver, missing: Readonly<Record<'cublasLt' | 'cudnn', string | undefined>>, config: DiscoverConfig, options: CheckedOptions,
): CudaInfo {
  const { name, memory, major, minor, multiprocessors, hasPools, bus } = device;
  const { cuda, nvrtc } = driver.report();
  const memoryLimit = Math.floor(memory * (config.memoryFraction ?? 1));
  return {
    deviceType: 'GPU',
    ordinal,
    identity: { name, bus },
    // TensorFlow's form of it.
    description: `device: ${device.ordinal}, name: ${name}, pci bus id: ${bus}, compute capability: ${major}.${minor}`,
    memoryLimit,
    storage,
    limits: { alignment: 256, bufferBytes: memoryLimit, bindings, sharedBuffers: true },
    controlFlow: false,
    hostVisible: false,
    peers: 'cuda',
    details: {
      'compute capability': `${major}.${minor}`,
      multiprocessors,
      driver: cuda.version ?? '?',
      NVRTC: nvrtc.version ?? '?',
      'memory pools': hasPools,
      cuBLASLt: missing.cublasLt ?? true,
      cuDNN: missing.cudnn ?? true,
      'float32 products': options.float32Math,
    },
    physical: device.ordinal,
    capability: 10 * major + minor,
    hasPools,
    reserves: config.reserve === true && hasPools,
    cublasLt: missing.cublasLt === undefined,
    cudnn: missing.cudnn === undefined,
    float32Math: options.float32Math,
    workspaceLimit: options.workspaceLimit,
  };
}
