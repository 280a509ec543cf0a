/** `@sessionflow/webgpu`: device type GPU, on any WebGPU. */
export { webgpu, type WebGpuOptions } from './backend.js';
export type { WebGpuFeatures, WebGpuInfo } from './info.js';
