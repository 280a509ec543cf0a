/** `@sessionflow/core/kernels`: what a kernel is asked and what it yields. */
export * from './kernel.js';
export * from './program.js';
export * from './hostContext.js';
export { AttrReader, type AttrValue, type Attrs } from '../graph/attrs.js';
export type { AttrKind, FunctionRef } from '../graph/attrs.js';
export { hostKernels, hostTable, structural, structuralOver } from './host/index.js';
export { supportOf } from './findKernel.js';
export * from './geometry/index.js';
export * from './grid/index.js';
