/** Reductions by Python's names: `tf.reduceSum(x, { axis: 1, keepdims: true })` or `tf.reduceSum(x, 1)`; without axis, of everything. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { HostTensor } from '../hostTensor.js';
import type { OpOptions } from '../ops/apply.js';
import { addConst, tensorsIn, type TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { graphOf, inScope, toTensor, withPositional, type Axis } from './arguments.js';

export interface ReduceOptions extends OpOptions {
  /** The dimensions to reduce, negative ones from the end; by default all. */
  readonly axis?: Axis | null;
  /** Keeps reduced dimensions with size 1. */
  readonly keepdims?: boolean;
}

type RawReduction = <D extends DType>(
  input: TensorLike<D>,
  axes: TensorLike<'int32' | 'int64'>,
  options?: OpOptions & { keepDims?: boolean },
) => Tensor<D>;

/** The axes to reduce: those given, else 0 … rank − 1, as a constant where the rank is known. */
function axesOf(x: TensorLike, axis: Axis | null | undefined): Axis {
  if (axis !== undefined && axis !== null) return axis;
  const graph = graphOf(x);
  const shape = tensorsIn(x)[0] === x || x instanceof HostTensor ? (x).shape : null;
  if (shape === null) return graph.asDefault(() => ops.range(0, ops.rank(x), 1));
  const axes = HostTensor.from(Array.from(shape.keys()), { dtype: 'int32', shape: [shape.length] });
  return addConst(graph, axes, 'Const') as Tensor<'int32'>;
}

function reduce<D extends DType>(
  what: string,
  raw: RawReduction,
  x: TensorLike<D>,
  axis: Axis | null | ReduceOptions | undefined,
  options: ReduceOptions | undefined,
): Tensor<D> {
  const { axis: along, keepdims = false, name } = withPositional<ReduceOptions, 'axis'>(what, ['axis', 'keepdims'], axis, options);
  const result = raw(x, axesOf(x, along), { keepDims: keepdims, name });
  if ((along === undefined || along === null) && !keepdims) result.setShape([]);
  return result;
}

/** The sum. */
export function reduceSum<D extends DType>(x: TensorLike<D>, axis?: Axis | null | ReduceOptions, options?: ReduceOptions): Tensor<D> {
  return reduce('reduceSum', ops.sum, x, axis, options);
}
/** The mean; of ints rounded towards zero. */
export function reduceMean<D extends DType>(x: TensorLike<D>, axis?: Axis | null | ReduceOptions, options?: ReduceOptions): Tensor<D> {
  return reduce('reduceMean', ops.mean, x, axis, options);
}
/** The largest element. */
export function reduceMax<D extends DType>(x: TensorLike<D>, axis?: Axis | null | ReduceOptions, options?: ReduceOptions): Tensor<D> {
  return reduce('reduceMax', ops.max, x, axis, options);
}
/** The smallest element. */
export function reduceMin<D extends DType>(x: TensorLike<D>, axis?: Axis | null | ReduceOptions, options?: ReduceOptions): Tensor<D> {
  return reduce('reduceMin', ops.min, x, axis, options);
}
/** The product. */
export function reduceProd<D extends DType>(x: TensorLike<D>, axis?: Axis | null | ReduceOptions, options?: ReduceOptions): Tensor<D> {
  return reduce('reduceProd', ops.prod, x, axis, options);
}
/** Whether all are true. */
export function reduceAll(x: TensorLike<'bool'>, axis?: Axis | null | ReduceOptions, options?: ReduceOptions): Tensor<'bool'> {
  return reduce('reduceAll', ops.all as RawReduction, x, axis, options);
}
/** Whether any is true. */
export function reduceAny(x: TensorLike<'bool'>, axis?: Axis | null | ReduceOptions, options?: ReduceOptions): Tensor<'bool'> {
  return reduce('reduceAny', ops.any as RawReduction, x, axis, options);
}
/** The square root of the sum of squares. */
export function reduceEuclideanNorm<D extends DType>(
  x: TensorLike<D>,
  axis?: Axis | null | ReduceOptions,
  options?: ReduceOptions,
): Tensor<D> {
  return reduce('reduceEuclideanNorm', ops.euclideanNorm, x, axis, options);
}

/** The mean of the squared distances from the mean. */
export function reduceVariance<D extends DType>(x: TensorLike<D>, axis?: Axis | null | ReduceOptions, options?: ReduceOptions): Tensor<D> {
  const all = withPositional<ReduceOptions, 'axis'>('reduceVariance', ['axis', 'keepdims'], axis, options);
  return inScope(graphOf(x, all.axis), all.name, 'reduce_variance', () => {
    const input = toTensor(x, 'input', all.axis);
    const means = reduceMean(input, { axis: all.axis, keepdims: true });
    return reduceMean(ops.square(ops.sub(input, means)), { axis: all.axis, keepdims: all.keepdims });
  });
}

/** The square root of the variance. */
export function reduceStd<D extends DType>(x: TensorLike<D>, axis?: Axis | null | ReduceOptions, options?: ReduceOptions): Tensor<D> {
  const all = withPositional<ReduceOptions, 'axis'>('reduceStd', ['axis', 'keepdims'], axis, options);
  return inScope(graphOf(x, all.axis), all.name, 'reduce_std', () =>
    ops.sqrt(reduceVariance(x, { axis: all.axis, keepdims: all.keepdims })),
  );
}

/** log Σ exp(x), without overflow. */
export function reduceLogsumexp<D extends DType>(x: TensorLike<D>, axis?: Axis | null | ReduceOptions, options?: ReduceOptions): Tensor<D> {
  const all = withPositional<ReduceOptions, 'axis'>('reduceLogsumexp', ['axis', 'keepdims'], axis, options);
  return inScope(graphOf(x, all.axis), all.name, 'ReduceLogSumExp', (scope) => {
    const input = toTensor(x, 'input', all.axis);
    const largest = reduceMax(input, { axis: all.axis, keepdims: true });
    const untyped: Tensor = largest;
    const shift = ops.stopGradient(ops.selectV2(ops.isFinite(untyped as Tensor<'float32'>), largest, ops.zerosLike(largest)));
    const kept = ops.log(reduceSum(ops.exp(ops.sub(input, shift)), { axis: all.axis, keepdims: all.keepdims }));
    const base = all.keepdims === true ? shift : ops.reshape(shift, ops.shape(kept));
    return ops.addV2(kept, base, { name: scope });
  });
}

/** How many elements are not zero. */
export function countNonzero(x: TensorLike, axis?: Axis | null | ReduceOptions, options?: ReduceOptions): Tensor<'int64'> {
  const all = withPositional<ReduceOptions, 'axis'>('countNonzero', ['axis', 'keepdims'], axis, options);
  return inScope(graphOf(x, all.axis), all.name, 'count_nonzero', () => {
    const input = toTensor(x, 'input', all.axis);
    const zero = HostTensor.from(input.dtype === 'string' ? '' : input.dtype === 'bool' ? false : 0, { dtype: input.dtype });
    return reduceSum(ops.cast(ops.notEqual(input, zero), 'int64'), { axis: all.axis, keepdims: all.keepdims });
  });
}

export interface ArgOptions<Out extends DType> extends OpOptions {
  readonly axis?: Axis;
  readonly outputType?: Out;
}

/** The index of the largest element along an axis (default 0). */
export function argmax<Out extends DType = 'int64'>(x: TensorLike, axis?: Axis | ArgOptions<Out>, options?: ArgOptions<Out>): Tensor<Out> {
  const { axis: along = 0, ...rest } = withPositional<ArgOptions<Out>, 'axis'>('argmax', ['axis', 'outputType'], axis, options);
  return ops.argMax(x, along, rest);
}
/** The index of the smallest element along an axis (default 0). */
export function argmin<Out extends DType = 'int64'>(x: TensorLike, axis?: Axis | ArgOptions<Out>, options?: ArgOptions<Out>): Tensor<Out> {
  const { axis: along = 0, ...rest } = withPositional<ArgOptions<Out>, 'axis'>('argmin', ['axis', 'outputType'], axis, options);
  return ops.argMin(x, along, rest);
}

export interface CumulativeOptions extends OpOptions {
  readonly axis?: Axis;
  /** Leaves the element itself out. */
  readonly exclusive?: boolean;
  /** From the end. */
  readonly reverse?: boolean;
}

/** Running sums along an axis (default 0). */
export function cumsum<D extends DType>(x: TensorLike<D>, axis?: Axis | CumulativeOptions, options?: CumulativeOptions): Tensor<D> {
  const { axis: along = 0, ...rest } = withPositional<CumulativeOptions, 'axis'>('cumsum', ['axis', 'exclusive', 'reverse'], axis, options);
  return ops.cumsum(x, along, rest);
}
/** Running products along an axis (default 0). */
export function cumprod<D extends DType>(x: TensorLike<D>, axis?: Axis | CumulativeOptions, options?: CumulativeOptions): Tensor<D> {
  const { axis: along = 0, ...rest } = withPositional<CumulativeOptions, 'axis'>('cumprod', ['axis', 'exclusive', 'reverse'], axis, options);
  return ops.cumprod(x, along, rest);
}
