/** The backend: what there is to discover, what it can run, how it opens. */
import { UnavailableError, type Backend } from '@sessionflow/core/device';
import { discoverAdapter, requestAdapter, requestDevice } from './adapter.js';
import { WebGpuDevice } from './device.js';
import { findGpu, type FoundGpu } from './gpu.js';
import type { WebGpuInfo } from './info.js';
import type { WgslSource } from './source.js';
import { webgpuTable } from './table.js';

/** Where the GPU comes from. */
export interface WebGpuOptions {
  /** WebGPU's entry point. Absent: `navigator.gpu`, or in Node what the npm package `webgpu` (Dawn) gives. */
  readonly gpu?: GPU;
  /** Which adapter is wished for, where a machine has several. Absent: the platform's choice. */
  readonly powerPreference?: GPUPowerPreference;
}

/**
 * Device type GPU on WebGPU. Where no adapter is found, `discover` says why; nothing throws. Kernels compute in float32, float16, int32,
 * uint32 and bool; what WGSL lacks (64-bit and 8-bit numbers, strings) the kernel table refuses, and soft placement puts it elsewhere.
 */
export function webgpu(options: WebGpuOptions = {}): Backend<WgslSource, WebGpuInfo> {
  const { gpu, powerPreference } = options;
  // Dawn's instance has to outlive its adapters.
  let found: Promise<FoundGpu> | undefined;
  const entry = (): Promise<FoundGpu> => (found ??= findGpu(gpu));
  return {
    name: 'webgpu',
    deviceType: 'GPU',
    priority: 10,
    kernels: webgpuTable,
    async discover(config) {
      const source = await entry();
      // What was missing may be there the next time.
      if ('reason' in source) found = undefined;
      return discoverAdapter(source, powerPreference, config);
    },
    async open(info) {
      const source = await entry();
      // An adapter gives one device; the one that discover saw may be used up.
      if ('reason' in source) throw new UnavailableError(`The WebGPU adapter is gone: ${source.reason}.`);
      const adapter = await requestAdapter(source.gpu, powerPreference);
      if (adapter === null) throw new UnavailableError('The WebGPU adapter is gone: none is found any more.');
      return new WebGpuDevice(info, await requestDevice(adapter), source.gpu);
    },
  };
}
