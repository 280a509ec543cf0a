/** What the backend knows of one device. */
import type { DeviceInfo } from '@sessionflow/core/device';

/** In what precision a library multiplies float32 matrices. Sums are always float32. */
export type Float32Math = 'exact' | 'tf32' | 'float16' | 'bfloat16';

/** What programs are made by: facts of a device and choices of the backend's options, nothing that lives. */
export interface CudaInfo extends DeviceInfo {
  /** The driver's number of the GPU. Several virtual devices may share one. */
  readonly physical: number;
  /** Compute capability, major · 10 + minor. */
  readonly capability: number;
  readonly hasPools: boolean;
  /** Whether the pool takes all of `memoryLimit` when the device opens. */
  readonly reserves: boolean;
  /** Which libraries programs may call. */
  readonly cublasLt: boolean;
  readonly cudnn: boolean;
  readonly float32Math: Float32Math;
  /** Bytes that a library call may have as workspace. */
  readonly workspaceLimit: number;
}
