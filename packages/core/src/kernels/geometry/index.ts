/** Shapes boiled down to what kernels loop over: the same for every backend. */
export * from './collapse.js';
export * from './reduction.js';
export * from './movement/boxes.js';
export * as movements from './movement/index.js';
export * from './window.js';
export * from './epilogue.js';
export * from './matrix.js';
export * from './gather.js';
export * from './lines.js';
