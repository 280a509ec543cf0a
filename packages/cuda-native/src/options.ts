/** Settings of the CUDA backend. */
import { usualFolders } from './addon/folders.js';
import type { Float32Math } from './info.js';
import { defaultCacheFolder } from './kernelCache.js';

export interface CudaNativeOptions {
  /**
   * Folders that hold the libraries of the driver and the toolkit, with colons between them; an empty one stands for the system's own way. By default that
   * is the environment variable SESSIONFLOW_CUDA_LIBRARY_PATH; else the system's way, then where toolkits, conda and Python's nvidia-… packages keep them.
   */
  readonly libraryPath?: string;
  /** Folder for compiled kernels, shared by processes; false: nothing is kept. By default SESSIONFLOW_CUDA_CACHE, else `sessionflow/cuda` in the user's cache folder. */
  readonly kernelCache?: string | false;
  /**
   * How libraries multiply float32: 'exact' (the default) rounds to float32 only, 'tf32' rounds factors to 10 bits of mantissa, 'float16' and 'bfloat16'
   * to those dtypes. Sums are float32 in every case. float16 and bfloat16 tensors are always summed in float32.
   */
  readonly float32Math?: Float32Math;
  /** Whether matrix products and convolutions go to cuBLASLt and cuDNN where those are there; true by default. */
  readonly libraries?: boolean;
  /** Bytes that one library call may have as workspace; 32 MiB by default. */
  readonly workspaceLimit?: number;
  /** Whether a sequence is replayed as one CUDA graph; true by default. Without, launches go out one by one, and an error names its own launch. */
  readonly graphs?: boolean;
}

export interface CheckedOptions {
  /** Where libraries are looked for, in this order. */
  readonly folders: readonly string[];
  readonly kernelCache: string | undefined;
  readonly float32Math: Float32Math;
  readonly libraries: boolean;
  readonly workspaceLimit: number;
  readonly graphs: boolean;
}

const maths: readonly string[] = ['exact', 'tf32', 'float16', 'bfloat16'] satisfies Float32Math[];

/** RangeError for values that cannot be. */
export function checkOptions(options: CudaNativeOptions): CheckedOptions {
  const { libraries = true, graphs = true, float32Math = 'exact', workspaceLimit = 32 << 20 } = options;
  if (!maths.includes(float32Math)) throw new RangeError(`cudaNative: float32Math is '${float32Math}'. Give one of ${maths.join(', ')}.`);
  if (!(Number.isSafeInteger(workspaceLimit) && workspaceLimit >= 0)) throw new RangeError(`cudaNative: workspaceLimit is ${workspaceLimit}. Give a whole number of bytes.`);
  const { kernelCache = process.env['SESSIONFLOW_CUDA_CACHE'] ?? defaultCacheFolder() } = options;
  const { libraryPath = process.env['SESSIONFLOW_CUDA_LIBRARY_PATH'] ?? '' } = options;
  return {
    folders: libraryPath === '' ? ['', ...usualFolders()] : libraryPath.split(':'),
    kernelCache: kernelCache === false || kernelCache === '' ? undefined : kernelCache,
    float32Math, libraries, workspaceLimit, graphs,
  };
}
