/** All op families. The namespace of this module is the registry of ops, and `rawOps` of the public API. */
export * from './activations.js';
export * from './arithmetic.js';
export * from './array.js';
export * from './bitwise.js';
export * from './cast.js';
export * from './comparison.js';
export * from './constants.js';
export * from './conv.js';
export * from './image.js';
export * from './indexing.js';
export * from './logic.js';
export * from './math.js';
export * from './matmul.js';
export * from './matrix.js';
export * from './nn.js';
export * from './normalization.js';
export * from './pool.js';
export * from './reduction.js';
export * from './segment.js';
export * from './shapeOps.js';
export * from './sorting.js';
export * from './special.js';
/** Ops that only tfjs's converter writes. */
export * as tfjs from './tfjs.js';
