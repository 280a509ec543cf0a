/**
 * The functions that build graphs. Every op is here under its op type in camelCase (`matMul`, `mul`, `neg`); where Python's public name
 * differs it is here too (`matmul`, `multiply`, `negative`), and where one name means both, Python's arguments hold
 * (`concat(values, axis)`, `split(value, n, { axis })`, `transpose(a, perm?)`); the op itself is then in `rawOps`.
 */
export * from '../ops/families.js';
export * as rawOps from '../ops/families.js';

export * from './arithmetic.js';
export * from './arrays.js';
export * from './clipping.js';
export * from './derived.js';
export * from './random.js';
export * from './reductions.js';
export * from './scopes.js';
export * from './values.js';
export { cond, type Branch, type CondOptions } from './controlFlow/cond.js';
export { foldl, foldr, mapFn, scan, type FoldOptions, type MapOptions, type ScanOptions } from './controlFlow/functional.js';
export type { Structure, Tensors } from './controlFlow/structure.js';
export { TensorArray, type TensorArrayOptions } from './controlFlow/tensorArray.js';
export { whileLoop, type ShapeInvariants, type WhileLoopOptions } from './controlFlow/whileLoop.js';
export { group, tuple } from './control.js';

// Where Python's name is an op type too, Python's function is meant.
export { abs, addN, cast, conj, div, einsum, mod } from './arithmetic.js';
export {
  concat,
  expandDims,
  gather,
  oneHot,
  pad,
  reverse,
  slice,
  split,
  squeeze,
  stack,
  stridedSlice,
  transpose,
  where,
} from './arrays.js';
export { multinomial, randomGamma, randomPoisson, randomShuffle, randomUniform, truncatedNormal } from './random.js';
export { cumprod, cumsum } from './reductions.js';
export { clipByValue } from './clipping.js';
export { bincount, histogramFixedWidth, reverseSequence } from './derived.js';
export { reduceJoin } from './strings.js';
export { fill, onesLike, placeholder, placeholderWithDefault, range, rank, shape, size, zerosLike } from './values.js';

export { batchToSpaceND as batchToSpaceNd, spaceToBatchND as spaceToBatchNd } from '../ops/families.js';
export { addN as accumulateN } from './arithmetic.js';

export * as bitwise from './bitwise.js';
export * as image from './image.js';
export * as linalg from './linalg.js';
export * as math from './math.js';
export * as nn from './nn.js';
export * as audio from './audio.js';
export * as signal from './signal.js';
export * as spectral from './signal.js';
export * as strings from './strings.js';
