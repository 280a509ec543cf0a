/** `tf.math`. */
export * from '../ops/activations.js';
export * from '../ops/arithmetic.js';
export * from '../ops/comparison.js';
export * from '../ops/logic.js';
export * from '../ops/math.js';
export * from '../ops/segment.js';
export * from '../ops/special.js';
export { angle, complex, imag, real } from '../ops/families.js';
export * from './arithmetic.js';
export * from './clipping.js';
export * from './derived.js';
export * from './reductions.js';
export { softmax, logSoftmax, l2Normalize, topK, zeroFraction, inTopK } from './nn.js';
export { clipByValue } from './clipping.js';
export { bincount } from './derived.js';
export { abs, addN, div, mod } from './arithmetic.js';
