/** `@sessionflow/cuda-native`: device type GPU on NVIDIA, by the CUDA driver and the libraries beside it, opened at run time. */
export { cudaNative } from './backend.js';
export type { CudaNativeOptions } from './options.js';
export type { CudaInfo, Float32Math } from './info.js';
export type { CudaSource } from './source.js';
