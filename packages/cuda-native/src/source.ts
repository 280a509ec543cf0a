/** What a program's source is on this backend: kernels as CUDA C, or a call of a library. */
import type { LaunchParams } from '@sessionflow/core/kernels';
import type { ConvolutionRequest, MatmulRequest } from './addon/driver.js';

/** One kernel of a launch. */
export interface CudaPass {
  readonly entry: string;
  /** Threads of a block along x, y, z. */
  readonly block: readonly [number, number, number];
}

/** Every kernel takes: a pointer per slot of the launch, a pointer to two int32 for a fault, and the launch's words as one struct if there are any. */
export interface CudaKernels {
  readonly kind: 'kernels';
  readonly text: string;
  readonly passes: readonly CudaPass[];
  /** How many slots they take: a launch may have one more, which only a library would use. */
  readonly buffers: number;
  readonly words: number;
  readonly hasFault: boolean;
}

/** Slots: a, b, the bias if there is one, the result, scratch. */
export interface CudaMatmul {
  readonly kind: 'matmul';
  readonly request: MatmulRequest;
  readonly hasBias: boolean;
  /** For shapes that the library has no algorithm for; the same slots. */
  readonly fallback: CudaKernels;
}

/** Slots: x, filter, the bias if there is one, the result, scratch: the workspace, and from `filterOffset` on the filter as cuDNN wants it. */
export interface CudaConvolution {
  readonly kind: 'convolution';
  readonly request: ConvolutionRequest;
  readonly hasBias: boolean;
  readonly filterOffset: number;
  /** Lays the filter out: from its slot to scratch. */
  readonly layFilter: { readonly kernels: CudaKernels; readonly launch: LaunchParams };
  /** For shapes that the library has no algorithm for; the same slots. */
  readonly fallback: CudaKernels;
}

export type CudaSource = CudaKernels | CudaMatmul | CudaConvolution;
