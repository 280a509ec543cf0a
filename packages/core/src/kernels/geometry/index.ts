/** Shapes boiled down to what kernels loop over: the same for every backend. */
export * from './collapse.js';
export * from './reduction.js';
