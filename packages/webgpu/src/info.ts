/** What the WebGPU device says of itself, beside what every device says. Kernels read it when they choose and render code. */
import type { DeviceInfo } from '@sessionflow/core/device';

export interface WebGpuFeatures {
  /** WGSL's f16. Without it float16 is kept as float32 and rounded after every operation. */
  readonly f16: boolean;
  /** The adapter has them; no kernel uses them. */
  readonly subgroups: boolean;
  /** The adapter computes on the CPU. */
  readonly software: boolean;
  /** Timed sequences take the device's own time. */
  readonly timestamps: boolean;
}

export interface WebGpuInfo extends DeviceInfo {
  readonly features: WebGpuFeatures;
  /** Threads of one workgroup. */
  readonly workgroupThreads: number;
  /** Bytes of a workgroup's own memory. */
  readonly workgroupBytes: number;
  /** Workgroups along one axis of a dispatch. */
  readonly workgroupsPerAxis: number;
  /** Bytes of one storage binding. */
  readonly bindingBytes: number;
}
