/** Values and gradients kept within limits: `tf.clipByValue`, `tf.clipByNorm`, `tf.clipByGlobalNorm`, … */
import type { DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { HostTensor } from '../hostTensor.js';
import type { OpOptions } from '../ops/apply.js';
import { type TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { type Axis, checkOptions, graphOf, inScope, toTensor } from './arguments.js';
import { reduceSum } from './reductions.js';
import { size } from './values.js';

/** Each element, but at least the minimum and at most the maximum; the limits broadcast. */
export function clipByValue<D extends DType>(
  t: TensorLike<D>, clipValueMin: TensorLike<D>, clipValueMax: TensorLike<D>, options: OpOptions = {},
): Tensor<D> {
  checkOptions('clipByValue', options);
  return inScope(graphOf(t, clipValueMin, clipValueMax), options.name, 'clip_by_value', (scope) =>
    ops.maximum(ops.minimum(t, clipValueMax), clipValueMin, { name: scope }));
}

/** t scaled down where its length along axes exceeds clipNorm. */
export function clipByNorm<D extends DType>(t: TensorLike<D>, clipNorm: TensorLike<D>, options: OpOptions & { readonly axes?: Axis } = {}): Tensor<D> {
  checkOptions('clipByNorm', options, ['axes']);
  return inScope(graphOf(t, clipNorm), options.name, 'clip_by_norm', (scope) => {
    const x = toTensor(t, 't', clipNorm);
    const squares = reduceSum(ops.mul(x, x, { name: 'mul' }), { axis: options.axes, keepdims: true });
    const isPositive = ops.greater(squares, HostTensor.from(0, { dtype: x.dtype }));
    // The square root of zero has no gradient; one stands in for it.
    const lengths = ops.selectV2(isPositive, ops.sqrt(ops.selectV2(isPositive, squares, ops.onesLike(squares))), squares);
    return ops.realDiv(ops.mul(x, clipNorm), ops.maximum(lengths, clipNorm), { name: scope });
  });
}

/** t scaled down where the length of all of it, over its number of elements, exceeds clipNorm. */
export function clipByAverageNorm<D extends DType>(t: TensorLike<D>, clipNorm: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  checkOptions('clipByAverageNorm', options);
  return inScope(graphOf(t, clipNorm), options.name, 'clip_by_average_norm', (scope) => {
    const x = toTensor(t, 't', clipNorm);
    const count = ops.cast(size(x), x.dtype);
    const inverse = ops.mul(count, ops.rsqrt(reduceSum(ops.mul(x, x))));
    const scale = ops.minimum(inverse, ops.realDiv(HostTensor.from(1, { dtype: x.dtype }), clipNorm));
    return ops.identity(ops.mul(ops.mul(x, clipNorm), scale), { name: scope });
  });
}

/** The length of all tensors as one vector. Entries that are null are left out. */
export function globalNorm<D extends DType>(tList: readonly (Tensor<D> | null)[], options: OpOptions = {}): Tensor<D> {
  checkOptions('globalNorm', options);
  const given = tList.filter((tensor) => tensor !== null);
  const [first] = given;
  if (first === undefined) throw new ValueError('globalNorm: there is no tensor in the list.');
  return inScope(first.graph, options.name, 'global_norm', () => {
    const halves = ops.pack(given.map((tensor) => ops.l2Loss(tensor)), { name: 'stack' });
    return ops.sqrt(ops.mul(reduceSum(halves), HostTensor.from(2, { dtype: first.dtype }), { name: 'mul' }), { name: 'global_norm' });
  });
}

/**
 * All tensors scaled by one number so that their length as one vector, `globalNorm`, is at most clipNorm; NaN where that length is not finite.
 * Entries that are null stay null.
 */
export function clipByGlobalNorm<D extends DType>(
  tList: readonly (Tensor<D> | null)[], clipNorm: TensorLike<D>, options: OpOptions & { readonly useNorm?: Tensor<D> } = {},
): { readonly listClipped: (Tensor<D> | null)[]; readonly globalNorm: Tensor<D> } {
  checkOptions('clipByGlobalNorm', options, ['useNorm']);
  const length = options.useNorm ?? globalNorm(tList);
  return inScope(length.graph, options.name, 'clip_by_global_norm', () => {
    const one = HostTensor.from(1, { dtype: length.dtype });
    const scale = ops.mul(clipNorm, ops.minimum(ops.realDiv(one, length), ops.realDiv(one, clipNorm)));
    // Infinity less itself is NaN, and says that no scale helps.
    const finite = ops.addV2(scale, ops.sub(length, length));
    return { listClipped: tList.map((tensor) => (tensor === null ? null : ops.mul(tensor, finite))), globalNorm: length };
  });
}
