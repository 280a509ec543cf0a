/** Python functions made of several ops: `tf.norm`, `tf.tensordot`, `tf.meshgrid`, `tf.sort`, … */
import { dtypeInfo, limitsOf, type DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { HostTensor } from '../hostTensor.js';
import type { OpOptions } from '../ops/apply.js';
import { ownDType, type TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { isFullyKnown } from '../shape.js';
import { type Axis, checkOptions, graphOf, inScope, isOptions, toTensor, withPositional } from './arguments.js';
import { matmul } from './arithmetic.js';
import { transpose } from './arrays.js';
import { reduceMax, reduceSum } from './reductions.js';

/** Exactly one of two. */
export function logicalXor(x: TensorLike<'bool'>, y: TensorLike<'bool'>, options: OpOptions = {}): Tensor<'bool'> {
  checkOptions('logicalXor', options);
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
  const all = withPositional<NormOptions, 'ord'>('norm', ['ord', 'axis', 'keepdims'], ord, options);
  const { ord: order = 'euclidean', axis, keepdims = false, name } = all;
  return inScope(graphOf(tensor, axis), name, 'norm', () => {
    const x = toTensor(tensor, 'tensor', axis);
    if (order !== 'euclidean' && !(order > 0)) {
      throw new ValueError(`'ord' must be a supported vector norm: 'euclidean' or a number above 0, got ${order}`);
    }
    const lengths = pNorm(x, order === 'euclidean' ? 2 : order, axis);
    if (keepdims) return lengths;
    if (axis === undefined || axis === null) return ops.squeeze(lengths);
    const dims = typeof axis === 'number' ? [axis] : axis;
    if (!Array.isArray(dims)) throw new ValueError('norm: axis must be numbers unless keepdims is true.');
    return ops.squeeze(lengths, { squeezeDims: dims as readonly number[] });
  });
}

/** (Σ |x|ᵖ)^(1/p), with the dimensions that it sums over kept. */
function pNorm<D extends DType>(x: Tensor<D>, p: number, axis: Axis | null | undefined): Tensor<D> {
  const along = { axis, keepdims: true };
  if (p === 2) return ops.sqrt(reduceSum(ops.mul(x, x, { name: 'mul' }), along));
  if (p === 1) return reduceSum(ops.abs(x), along);
  if (p === Infinity) return reduceMax(ops.abs(x), along);
  return ops.pow(reduceSum(ops.pow(ops.abs(x), p), along), 1 / p);
}

/** scalar · x. */
export function scalarMul<D extends DType>(scalar: TensorLike<D>, x: TensorLike<D>, options?: OpOptions): Tensor<D> {
  return ops.mul(scalar, x, options);
}

/** The value as another dtype, limited to what that can hold. */
export function saturateCast<D extends DType>(value: TensorLike, dtype: D, options: OpOptions = {}): Tensor<D> {
  checkOptions('saturateCast', options);
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
  const { kind } = dtypeInfo[dtype];
  if (kind === 'float' && dtype !== 'float16') return [-Infinity, Infinity];
  if (kind !== 'int' && kind !== 'uint' && kind !== 'float') return undefined;
  const { lowest, highest } = limitsOf(dtype);
  return [Number(lowest), Number(highest)];
}

export interface SortOptions extends OpOptions {
  /** Default −1: the last. */
  readonly axis?: number;
  readonly direction?: 'ASCENDING' | 'DESCENDING';
}

/** The values sorted along an axis. */
export function sort<D extends DType>(values: TensorLike<D>, axis?: number | SortOptions, options?: SortOptions): Tensor<D> {
  return sorted(values, axis, options, 'sort', ({ values: result }) => result);
}

/** The indices that sort the values along an axis; equal values keep their order. */
export function argsort(values: TensorLike, axis?: number | SortOptions, options?: SortOptions): Tensor<'int32'> {
  return sorted(values, axis, options, 'argsort', ({ indices }) => indices);
}

function sorted<D extends DType, R extends Tensor>(
  values: TensorLike<D>,
  at: number | SortOptions | undefined,
  options: SortOptions | undefined,
  what: string,
  pick: (result: { readonly values: Tensor<D>; readonly indices: Tensor<'int32'> }) => R,
): R {
  const { axis = -1, direction = 'ASCENDING', name } = withPositional<SortOptions, 'axis'>(what, ['axis', 'direction'], at, options);
  if (direction !== 'ASCENDING' && direction !== 'DESCENDING') throw new ValueError(`${what}: unknown direction ${String(direction)}; it is 'ASCENDING' or 'DESCENDING'.`);
  return inScope(graphOf(values), name, what, () => {
    const x = toTensor(values, 'values');
    const rank = x.shape?.length;
    const isLast = axis === -1 || (rank !== undefined && axis === rank - 1);
    if (!isLast && rank === undefined) throw new ValueError(`${what}: axis ${axis} needs values of known rank.`);
    if (rank !== undefined && (axis < -rank || axis >= rank)) throw new ValueError(`${what}: axis ${axis} is out of range for ${x.toString()}.`);
    const dim = axis < 0 ? axis + (rank ?? 0) : axis;
    const perm = isLast ? undefined : Array.from({ length: rank! }, (_, i) => (i === dim ? rank! - 1 : i === rank! - 1 ? dim : i));
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
  checkOptions('tensordot', options);
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

export interface MeshgridOptions extends OpOptions {
  readonly indexing?: 'xy' | 'ij';
}

/** For vectors, given one by one or as a list, their grid: one tensor per vector, of all their lengths, constant along the others' axes. */
export function meshgrid<D extends DType>(vectors: readonly TensorLike<D>[], options?: MeshgridOptions): Tensor<D>[];
export function meshgrid<D extends DType>(...vectors: readonly [Tensor<D>, ...(Tensor<D> | MeshgridOptions)[]]): Tensor<D>[];
export function meshgrid<D extends DType>(...given: readonly (TensorLike<D> | readonly TensorLike<D>[] | MeshgridOptions | undefined)[]): Tensor<D>[] {
  const rest = given.filter((value) => value !== undefined);
  const options = isOptions<MeshgridOptions>(rest.at(-1)) ? (rest.at(-1) as MeshgridOptions) : {};
  const values = rest.filter((value) => !isOptions(value));
  const vectors = (values.length === 1 && Array.isArray(values[0]) ? values[0] : values) as readonly TensorLike<D>[];
  checkOptions('meshgrid', options, ['indexing']);
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

/** For each length a row of that many true, then false, `maxlen` wide (default: the largest length); or of ones and zeros of a dtype. */
export function sequenceMask<D extends DType = 'bool'>(
  lengths: TensorLike<'int32' | 'int64'>,
  maxlen?: TensorLike<'int32' | 'int64'> | null | SequenceMaskOptions<D>,
  options?: SequenceMaskOptions<D>,
): Tensor<D> {
  const all = withPositional<SequenceMaskOptions<D>, 'maxlen'>('sequenceMask', ['maxlen', 'dtype'], maxlen, options);
  return inScope(graphOf(lengths, all.maxlen), all.name, 'SequenceMask', () => {
    const counts =
      typeof lengths === 'object' && 'op' in lengths
        ? lengths
        : toTensor(HostTensor.from(lengths as readonly number[], { dtype: 'int32' }), 'lengths');
    const zero = HostTensor.from(0, { dtype: counts.dtype });
    const one = HostTensor.from(1, { dtype: counts.dtype });
    // No length at all: the largest of nothing is the lowest number.
    const most = all.maxlen ?? ops.maximum(zero, reduceMax(counts));
    const mask: Tensor = ops.less(ops.range(zero, most, one), ops.expandDims(counts, -1));
    return all.dtype === undefined || all.dtype === 'bool' ? (mask as Tensor<D>) : ops.cast(mask, all.dtype);
  });
}

export interface SequenceMaskOptions<D extends DType> extends OpOptions {
  readonly maxlen?: TensorLike<'int32' | 'int64'> | null;
  readonly dtype?: D;
}

export interface BincountOptions<D extends DType> extends OpOptions {
  /** Added up instead of ones; of the shape of arr. */
  readonly weights?: TensorLike<D>;
  /** Sizes of the result: at least, at most. */
  readonly minlength?: TensorLike<'int32'>;
  readonly maxlength?: TensorLike<'int32'>;
  /** Of the result without weights. */
  readonly dtype?: D;
}

/** How often each number from 0 to the largest one occurs. */
export function bincount<D extends DType = 'int32'>(arr: TensorLike<'int32'>, options: BincountOptions<D> = {}): Tensor<D> {
  checkOptions('bincount', options, ['weights', 'minlength', 'maxlength', 'dtype']);
  const { weights, minlength, maxlength, dtype = 'int32' as D, name } = options;
  return inScope(graphOf(arr, weights, minlength, maxlength), name, 'bincount', () => {
    const values = toTensor<'int32'>(ownDType(arr) === undefined ? HostTensor.from(arr as readonly number[], { dtype: 'int32' }) : arr, 'arr', weights);
    const flat = ops.reshape(values, HostTensor.from([-1], { dtype: 'int32' }));
    // One zero more: there may be no value at all.
    const largest = reduceMax(ops.concatV2([flat, HostTensor.from([-1], { dtype: 'int32' })], 0));
    let size = ops.addV2(largest, 1);
    if (minlength !== undefined) size = ops.maximum(size, minlength);
    if (maxlength !== undefined) size = ops.minimum(size, maxlength);
    return ops.bincount(values, size, weights ?? (HostTensor.from([], { dtype, shape: [0] }) as TensorLike<D>));
  });
}

/** How many values fall into each of `nbins` intervals of the range; those beyond it count in the first or last. */
export function histogramFixedWidth<D extends DType, Out extends 'int32' | 'int64' = 'int32'>(
  values: TensorLike<D>, valueRange: TensorLike<D>, options: OpOptions & { readonly nbins?: TensorLike<'int32'>; readonly dtype?: Out } = {},
): Tensor<Out> {
  checkOptions('histogramFixedWidth', options, ['nbins', 'dtype']);
  const { nbins = 100, dtype, name = 'histogram_fixed_width' } = options;
  return ops.histogramFixedWidth<D, Out>(values, valueRange, nbins, { dtype, name });
}

/** Of each slice along batchAxis the first seqLengths[i] elements along seqAxis in reverse. */
export function reverseSequence<D extends DType>(
  input: TensorLike<D>, seqLengths: TensorLike<'int32' | 'int64'>, seqAxis: number | ReverseSequenceOptions, options?: ReverseSequenceOptions,
): Tensor<D> {
  const all = withPositional<ReverseSequenceOptions, 'seqAxis'>('reverseSequence', ['seqAxis', 'batchAxis'], seqAxis, options);
  if (all.seqAxis === undefined) throw new ValueError('reverseSequence: seqAxis is missing: the dimension that is reversed.');
  const lengths = ownDType(seqLengths) === undefined ? HostTensor.from(seqLengths as readonly number[], { dtype: 'int32' }) : seqLengths;
  return ops.reverseSequence(input, lengths, all.seqAxis, { batchDim: all.batchAxis, name: all.name });
}

interface ReverseSequenceOptions extends OpOptions {
  readonly seqAxis?: number;
  /** Default 0. */
  readonly batchAxis?: number;
}

/** The values of x that are not in y, and where in x they are. */
export function setdiff1d<D extends DType, Index extends 'int32' | 'int64' = 'int32'>(
  x: TensorLike<D>, y: TensorLike<D>, options: OpOptions & { readonly indexDtype?: Index } = {},
): { readonly out: Tensor<D>; readonly idx: Tensor<Index> } {
  checkOptions('setdiff1d', options, ['indexDtype']);
  return ops.listDiff<D, Index>(x, y, { outIdx: options.indexDtype, name: options.name });
}

/** log Γ of the last dimension's numbers, summed, less log Γ of their sum: the logarithm of the multivariate beta function. */
export function lbeta<D extends DType>(x: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  checkOptions('lbeta', options);
  return inScope(graphOf(x), options.name, 'lbeta', () => {
    const input = toTensor(x, 'x');
    return ops.sub(reduceSum(ops.lgamma(input), [-1]), ops.lgamma(reduceSum(input, [-1])));
  });
}

/** log σ(x), without overflow. */
export function logSigmoid<D extends DType>(x: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  checkOptions('logSigmoid', options);
  return inScope(graphOf(x), options.name, 'LogSigmoid', (scope) => ops.neg(ops.softplus(ops.neg(toTensor(x, 'x'))), { name: scope }));
}
