/** Python functions made of several ops: `tf.norm`, `tf.tensordot`, `tf.meshgrid`, `tf.sort`, … */
import { dtypeInfo, type DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { HostTensor } from '../hostTensor.js';
import type { OpOptions } from '../ops/apply.js';
import type { TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { isFullyKnown } from '../shape.js';
import { graphOf, inScope, toTensor, withPositional, type Axis } from './arguments.js';
import { matmul } from './arithmetic.js';
import { transpose } from './arrays.js';
import { reduceMax, reduceSum } from './reductions.js';

/** Exactly one of two. */
export function logicalXor(x: TensorLike<'bool'>, y: TensorLike<'bool'>, options: OpOptions = {}): Tensor<'bool'> {
  const [a, b] = [toTensor(x, 'x', y), toTensor(y, 'y', x)];
  return ops.logicalAnd(ops.logicalOr(a, b), ops.logicalNot(ops.logicalAnd(a, b)), { name: options.name ?? 'LogicalXor' });
}

export interface NormOptions extends OpOptions {
  /** 'euclidean', 1, 2, Infinity or another p. */
  readonly ord?: 'euclidean' | number;
  readonly axis?: Axis | null;
  readonly keepdims?: boolean;
}

/** The length of vectors along axes (by default of everything as one vector). */
export function norm<D extends DType>(tensor: TensorLike<D>, ord?: 'euclidean' | number | NormOptions, options?: NormOptions): Tensor<D> {
  const { ord: order = 'euclidean', axis, keepdims, name } = withPositional<NormOptions, 'ord'>('ord', ord, options);
  return inScope(graphOf(tensor, axis), name, 'norm', () => {
    const x = toTensor(tensor, 'tensor', axis);
    if (order !== 'euclidean' && !(order > 0)) {
      throw new ValueError(`'ord' must be a supported vector norm: 'euclidean' or a number above 0, got ${order}`);
    }
    const along = { axis, keepdims };
    if (order === 'euclidean' || order === 2) return ops.sqrt(reduceSum(ops.mul(x, x, { name: 'mul' }), along));
    if (order === 1) return reduceSum(ops.abs(x), along);
    if (order === Infinity) return reduceMax(ops.abs(x), along);
    return ops.pow(reduceSum(ops.pow(ops.abs(x), order), along), 1 / order);
  });
}

/** t scaled down where its length along axes exceeds clipNorm. */
export function clipByNorm<D extends DType>(
  t: TensorLike<D>,
  clipNorm: TensorLike<D>,
  options: OpOptions & { readonly axes?: Axis } = {},
): Tensor<D> {
  return inScope(graphOf(t, clipNorm), options.name, 'clip_by_norm', (scope) => {
    const x = toTensor(t, 't', clipNorm);
    const squares = reduceSum(ops.square(x), { axis: options.axes, keepdims: true });
    const isPositive = ops.greater(squares, HostTensor.from(0, { dtype: x.dtype }));
    // The square root of zero has no gradient; one stands in for it.
    const lengths = ops.selectV2(isPositive, ops.sqrt(ops.selectV2(isPositive, squares, ops.onesLike(squares))), squares);
    return ops.realDiv(ops.mul(x, clipNorm), ops.maximum(lengths, clipNorm), { name: scope });
  });
}

/** Each element, but at least the minimum and at most the maximum; the limits broadcast. */
export function clipByValue<D extends DType>(
  t: TensorLike<D>,
  clipValueMin: TensorLike<D>,
  clipValueMax: TensorLike<D>,
  options: OpOptions = {},
): Tensor<D> {
  return inScope(graphOf(t, clipValueMin, clipValueMax), options.name, 'clip_by_value', (scope) =>
    ops.maximum(ops.minimum(t, clipValueMax), clipValueMin, { name: scope }),
  );
}

/** scalar · x. */
export function scalarMul<D extends DType>(scalar: TensorLike<D>, x: TensorLike<D>, options?: OpOptions): Tensor<D> {
  return ops.mul(scalar, x, options);
}

/** The value as another dtype, limited to what that can hold. */
export function saturateCast<D extends DType>(value: TensorLike, dtype: D, options: OpOptions = {}): Tensor<D> {
  return inScope(graphOf(value), options.name, 'saturate_cast', (scope) => {
    let x = toTensor(value, 'value');
    const [from, to] = [rangeOf(x.dtype), rangeOf(dtype)];
    if (from !== undefined && to !== undefined) {
      if (from[0] < to[0]) x = ops.maximum(x, HostTensor.from(to[0], { dtype: x.dtype }));
      if (from[1] > to[1]) x = ops.minimum(x, HostTensor.from(to[1], { dtype: x.dtype }));
    }
    return ops.cast(x, dtype, { name: scope });
  });
}

/** The smallest and largest value of a real dtype. */
function rangeOf(dtype: DType): readonly [number, number] | undefined {
  const { kind, bytes } = dtypeInfo[dtype];
  if (kind === 'int') return [-(2 ** (8 * bytes - 1)), 2 ** (8 * bytes - 1) - 1];
  if (kind === 'uint') return [0, 2 ** (8 * bytes) - 1];
  if (dtype === 'float16') return [-65504, 65504];
  return kind === 'float' ? [-Infinity, Infinity] : undefined;
}

/** The values sorted along an axis (default −1). */
export function sort<D extends DType>(
  values: TensorLike<D>,
  options: OpOptions & { readonly axis?: number; readonly direction?: 'ASCENDING' | 'DESCENDING' } = {},
): Tensor<D> {
  return sorted(values, options, 'sort', ({ values: result }) => result);
}

/** The indices that sort the values along an axis (default −1). */
export function argsort(
  values: TensorLike,
  options: OpOptions & { readonly axis?: number; readonly direction?: 'ASCENDING' | 'DESCENDING' } = {},
): Tensor<'int32'> {
  return sorted(values, options, 'argsort', ({ indices }) => indices);
}

function sorted<D extends DType, R extends Tensor>(
  values: TensorLike<D>,
  options: OpOptions & { readonly axis?: number; readonly direction?: 'ASCENDING' | 'DESCENDING' },
  what: string,
  pick: (result: { readonly values: Tensor<D>; readonly indices: Tensor<'int32'> }) => R,
): R {
  const { axis = -1, direction = 'ASCENDING', name } = options;
  return inScope(graphOf(values), name, what, () => {
    const x = toTensor(values, 'values');
    const rank = x.shape?.length;
    const isLast = axis === -1 || (rank !== undefined && axis === rank - 1);
    if (!isLast && rank === undefined) throw new ValueError(`${what}: axis ${axis} needs values of known rank.`);
    const at = axis < 0 ? axis + (rank ?? 0) : axis;
    const perm = isLast ? undefined : Array.from({ length: rank! }, (_, i) => (i === at ? rank! - 1 : i === rank! - 1 ? at : i));
    const turn = <T extends DType>(tensor: Tensor<T>): Tensor<T> => (perm === undefined ? tensor : transpose(tensor, perm));
    const last = turn(x);
    const size = ops.stridedSlice(ops.shape(last), [-1], [0], [1], { shrinkAxisMask: 1 });
    // TopK sorts downwards: upwards is downwards of the negated values.
    const isUp = direction === 'ASCENDING';
    const found = ops.topKV2(isUp ? ops.neg(last) : last, size);
    const result = { values: isUp ? ops.neg(found.values) : found.values, indices: found.indices };
    return pick({ values: turn(result.values), indices: turn(result.indices) });
  });
}

/** Products summed over axes: the last `axes` of a with the first of b, or [axes of a, axes of b]. */
export function tensordot<D extends DType>(
  a: TensorLike<D>,
  b: TensorLike<D>,
  axes: number | readonly [number | readonly number[], number | readonly number[]],
  options: OpOptions = {},
): Tensor<D> {
  return inScope(graphOf(a, b), options.name, 'Tensordot', (scope) => {
    const [x, y] = [toTensor(a, 'a', b), toTensor(b, 'b', a)];
    if (!isFullyKnown(x.shape) || !isFullyKnown(y.shape)) {
      throw new ValueError(`tensordot: the shapes of both tensors must be known, but they are ${x.toString()} and ${y.toString()}.`);
    }
    const [ofX, ofY] = [x.shape, y.shape];
    const list = (value: number | readonly number[], rank: number): number[] =>
      (typeof value === 'number' ? [value] : value).map((axis) => (axis < 0 ? axis + rank : axis));
    const axesX = typeof axes === 'number' ? ofX.map((_, i) => i).slice(ofX.length - axes) : list(axes[0], ofX.length);
    const axesY = typeof axes === 'number' ? ofY.map((_, i) => i).slice(0, axes) : list(axes[1], ofY.length);
    if (axesX.length !== axesY.length || axesX.some((axis, i) => ofX[axis] !== ofY[axesY[i]!])) {
      throw new ValueError(
        `tensordot: axes [${axesX.join(', ')}] of [${ofX.join(', ')}] do not match axes [${axesY.join(', ')}] of [${ofY.join(', ')}].`,
      );
    }
    const freeX = ofX.map((_, i) => i).filter((i) => !axesX.includes(i));
    const freeY = ofY.map((_, i) => i).filter((i) => !axesY.includes(i));
    const product = (dims: readonly number[]): number => dims.reduce((size, dim) => size * dim, 1);
    const shared = product(axesX.map((axis) => ofX[axis]!));
    const sizesX = freeX.map((i) => ofX[i]!);
    const sizesY = freeY.map((i) => ofY[i]!);
    const vector = (sizes: readonly number[]): HostTensor<'int32'> => HostTensor.from(sizes, { dtype: 'int32', shape: [sizes.length] });
    const rows = ops.reshape(ops.transpose(x, vector([...freeX, ...axesX])), vector([product(sizesX), shared]));
    const columns = ops.reshape(ops.transpose(y, vector([...axesY, ...freeY])), vector([shared, product(sizesY)]));
    return ops.reshape(matmul(rows, columns), vector([...sizesX, ...sizesY]), { name: scope });
  });
}

/** For vectors their grid: one tensor per vector, of all their lengths, constant along the others' axes. */
export function meshgrid<D extends DType>(
  vectors: readonly TensorLike<D>[],
  options: OpOptions & { readonly indexing?: 'xy' | 'ij' } = {},
): Tensor<D>[] {
  const { indexing = 'xy', name } = options;
  if (indexing !== 'xy' && indexing !== 'ij') throw new ValueError("indexing parameter must be either 'xy' or 'ij'");
  return inScope(graphOf(vectors), name, 'meshgrid', () => {
    const inputs = vectors.map((vector) => toTensor(vector, 'vector', vectors));
    const rank = inputs.length;
    // 'xy': the first vector runs along the second axis, the second along the first.
    const axisOf = (i: number): number => (indexing === 'xy' && rank > 1 && i < 2 ? 1 - i : i);
    const order = inputs.map((_, axis) => inputs.findIndex((__, i) => axisOf(i) === axis));
    const shape = ops.pack(order.map((i) => ops.size(inputs[i]!)));
    return inputs.map((input, i) => {
      const sizes = Array.from({ length: rank }, (_, axis) => (axis === axisOf(i) ? -1 : 1));
      return ops.broadcastTo(ops.reshape(input, HostTensor.from(sizes, { dtype: 'int32' })), shape);
    });
  });
}

/** For each length a row of that many true, then false, `maxlen` wide (default: the largest length). */
export function sequenceMask(
  lengths: TensorLike<'int32' | 'int64'>,
  maxlen?: TensorLike<'int32' | 'int64'> | null,
  options: OpOptions = {},
): Tensor<'bool'> {
  return inScope(graphOf(lengths, maxlen), options.name, 'SequenceMask', () => {
    const counts =
      typeof lengths === 'object' && 'op' in lengths
        ? lengths
        : toTensor(HostTensor.from(lengths as readonly number[], { dtype: 'int32' }), 'lengths');
    const most = maxlen ?? reduceMax(counts);
    const zero = HostTensor.from(0, { dtype: counts.dtype });
    const one = HostTensor.from(1, { dtype: counts.dtype });
    return ops.less(ops.range(zero, most, one), ops.expandDims(counts, -1));
  });
}
