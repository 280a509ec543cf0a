/** From an adapter to what core must know of it, and to a device. */
import { UnavailableError } from '@sessionflow/core/device';
import type { DiscoverConfig, Discovery, StorageForm } from '@sessionflow/core/device';
import type { FoundGpu } from './gpu.js';
import type { WebGpuInfo } from './info.js';

/** Limits that are asked for as large as the adapter has them. */
const wantedLimits = [
  'maxBufferSize', 'maxStorageBufferBindingSize', 'maxStorageBuffersPerShaderStage', 'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup', 'maxComputeWorkgroupSizeX', 'maxComputeWorkgroupSizeY', 'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension', 'maxUniformBufferBindingSize',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** Features that are used where the adapter has them. Subgroups are told of, and not used: no kernel is written for them yet. */
const wantedFeatures = ['shader-f16', 'timestamp-query'] as const;

/** WebGPU does not say how much memory there is: without a better word, this much may be taken. */
const assumedBytes = 4 * 2 ** 30;

export async function requestAdapter(gpu: GPU, powerPreference: GPUPowerPreference | undefined): Promise<GPUAdapter | null> {
  return gpu.requestAdapter(powerPreference === undefined ? {} : { powerPreference });
}

/** A device with everything of the adapter that is used here. UnavailableError where the platform gives none. */
export async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  try {
    return await adapter.requestDevice({
      label: 'sessionflow',
      requiredFeatures: wantedFeatures.filter((feature) => adapter.features.has(feature)),
      requiredLimits: Object.fromEntries(wantedLimits.map((limit) => [limit, adapter.limits[limit]])),
    });
  } catch (error) {
    throw new UnavailableError(`The WebGPU adapter gave no device: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

export async function discoverAdapter(
  found: FoundGpu, powerPreference: GPUPowerPreference | undefined, { deviceCount, memoryFraction }: DiscoverConfig,
): Promise<Discovery<WebGpuInfo>> {
  if (deviceCount === 0) return { devices: [], reason: 'device_count allows no GPU device' };
  if ('reason' in found) return { devices: [], reason: found.reason };
  let adapter: GPUAdapter | null;
  try {
    adapter = await requestAdapter(found.gpu, powerPreference);
  } catch (error) {
    return { devices: [], reason: `WebGPU gave no adapter: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (adapter === null) return { devices: [], reason: 'WebGPU found no adapter: no driver for a GPU, or it is on the platform\'s blocklist' };
  return { devices: [infoOf(adapter, memoryFraction ?? 1)] };
}

function infoOf(adapter: GPUAdapter, memoryFraction: number): WebGpuInfo {
  const { info, limits } = adapter;
  const has = (name: (typeof wantedFeatures)[number] | 'subgroups'): boolean => adapter.features.has(name);
  const features = { software: info.isFallbackAdapter, f16: has('shader-f16'), subgroups: has('subgroups'), timestamps: has('timestamp-query') };
  const bufferBytes = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
  const memory = heapBytes(info) ?? Math.max(assumedBytes, limits.maxBufferSize);
  const name = info.description !== '' ? info.description : [info.vendor, info.device !== '' ? info.device : info.architecture].filter((part) => part !== '').join(' ');
  return {
    deviceType: 'GPU',
    ordinal: 0,
    // Browsers keep the name to themselves, and a software adapter is no hardware that others see.
    ...(info.description === '' || info.isFallbackAdapter ? {} : { identity: { name: info.description } }),
    description: `device: 0, name: ${name === '' ? 'WebGPU adapter' : name}, type: WebGPU`,
    memoryLimit: Math.floor(memory * memoryFraction),
    storage: storageOf(features.f16),
    // One binding is kept for faults. A buffer cannot be read and written by one dispatch.
    limits: { alignment: 256, bufferBytes, bindings: limits.maxStorageBuffersPerShaderStage - 1, sharedBuffers: false },
    controlFlow: false,
    hostVisible: false,
    details: {
      adapter: name, vendor: info.vendor, architecture: info.architecture, software: info.isFallbackAdapter,
      f16: features.f16, subgroups: features.subgroups, 'timestamp queries': features.timestamps,
      'largest buffer': bufferBytes, 'workgroup threads': limits.maxComputeInvocationsPerWorkgroup, 'workgroup memory': limits.maxComputeWorkgroupStorageSize,
    },
    features,
    workgroupThreads: limits.maxComputeInvocationsPerWorkgroup,
    workgroupBytes: limits.maxComputeWorkgroupStorageSize,
    workgroupsPerAxis: limits.maxComputeWorkgroupsPerDimension,
    bindingBytes: limits.maxStorageBufferBindingSize,
  };
}

/** Chromium tells the heaps to pages that may know (GPUAdapterInfo.memoryHeaps). */
function heapBytes(info: GPUAdapterInfo & { readonly memoryHeaps?: readonly { readonly size: number }[] }): number | undefined {
  const sizes = info.memoryHeaps?.map(({ size }) => size) ?? [];
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}

/**
 * WGSL computes and stores in 32 bits, and stores f16 where the adapter has it. Narrower numbers and bools lie in memory as 32-bit ones; their own
 * ranges and roundings are kept by the kernels.
 */
export function storageOf(f16: boolean): WebGpuInfo['storage'] {
  const as = (stored: StorageForm['as']): StorageForm => ({ as: stored, grade: 'arithmetic' });
  return {
    float32: as('float32'), int32: as('int32'), uint32: as('uint32'), bool: as('int32'), float16: as(f16 ? 'float16' : 'float32'), bfloat16: as('float32'),
    int8: as('int32'), uint8: as('int32'), int16: as('int32'), uint16: as('int32'),
  };
}
