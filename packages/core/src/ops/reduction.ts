/** Reductions over axes, and what else looks at whole axes at once. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ReductionMeaning } from './opDef.js';
import * as e from './expressions.js';
import { argReduced, cumulative, reduced } from './shapes/reduction.js';

/** Sums of 16-bit floats are kept in float32 until the end. */
const widened = (x: e.Expr): e.Expr => (x.dtype === 'float16' || x.dtype === 'bfloat16' ? e.cast(x, 'float32') : x);

/** An integer mean adds up in 64 bits and truncates, as TensorFlow's does. */
const averaging: ReductionMeaning = {
  reducer: 'add',
  before: (x) => (e.isInteger(x.dtype) && x.dtype !== 'uint64' ? e.cast(x, 'int64') : widened(x)),
  after: (sum, count, dtype) => e.cast(count === 0 && e.isInteger(dtype) ? sum : e.div(sum, e.like(count, sum)), dtype),
};

/** √Σ|x|². The sum of ints wraps at their width; the root of an int is cut off. */
const rootOfSquares: ReductionMeaning = {
  reducer: 'add',
  before: (x) => {
    const magnitude = e.isComplex(x.dtype) ? e.abs(x) : x;
    return widened(e.mul(magnitude, magnitude));
  },
  after: (sum, _count, dtype) => e.cast(e.sqrt(e.isInteger(sum.dtype) ? e.cast(sum, 'float64') : sum), dtype),
};

const sumOrProduct = (reducer: 'add' | 'mul'): ReductionMeaning => ({ reducer, before: widened, after: (x, _count, dtype) => e.cast(x, dtype) });

/** The sum over `axis` (all axes of input 1; negative ones count from the end); 0 of nothing. */
export const sum = defineOp<
  <D extends DType>(
    input: TensorLike<D>, reductionIndices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { keepDims?: boolean },
  ) => Tensor<D>
>({
  signature: 'Sum(input: T, reduction_indices: Tidx) -> (output: T) | keep_dims: bool = false; T: type in $number; Tidx: type ' +
    'in $index = int32',
  shape: reduced,
  reduction: sumOrProduct('add'),
});

/** The product over axes; 1 of nothing. */
export const prod = defineOp<
  <D extends DType>(
    input: TensorLike<D>, reductionIndices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { keepDims?: boolean },
  ) => Tensor<D>
>({
  signature: 'Prod(input: T, reduction_indices: Tidx) -> (output: T) | keep_dims: bool = false; T: type in $number; Tidx: type ' +
    'in $index = int32',
  shape: reduced,
  reduction: sumOrProduct('mul'),
});

/** The largest element over axes; NaN if there is one; the lowest value (-∞) of nothing. */
export const max = defineOp<
  <D extends DType>(
    input: TensorLike<D>, reductionIndices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { keepDims?: boolean },
  ) => Tensor<D>
>({
  signature: 'Max(input: T, reduction_indices: Tidx) -> (output: T) | keep_dims: bool = false; T: type in [$real, $quantized]; ' +
    'Tidx: type in $index = int32',
  shape: reduced,
  reduction: { reducer: 'max' },
});

/** The smallest element over axes; NaN if there is one; the highest value (∞) of nothing. */
export const min = defineOp<
  <D extends DType>(
    input: TensorLike<D>, reductionIndices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { keepDims?: boolean },
  ) => Tensor<D>
>({
  signature: 'Min(input: T, reduction_indices: Tidx) -> (output: T) | keep_dims: bool = false; T: type in [$real, $quantized]; ' +
    'Tidx: type in $index = int32',
  shape: reduced,
  reduction: { reducer: 'min' },
});

/** The mean over axes; NaN of nothing (0 for ints). */
export const mean = defineOp<
  <D extends DType>(
    input: TensorLike<D>, reductionIndices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { keepDims?: boolean },
  ) => Tensor<D>
>({
  signature: 'Mean(input: T, reduction_indices: Tidx) -> (output: T) | keep_dims: bool = false; T: type in $number; Tidx: type ' +
    'in $index = int32',
  shape: reduced,
  reduction: averaging,
});

/** The root of the sum of squared magnitudes over axes. */
export const euclideanNorm = defineOp<
  <D extends DType>(
    input: TensorLike<D>, reductionIndices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { keepDims?: boolean },
  ) => Tensor<D>
>({
  signature: 'EuclideanNorm(input: T, reduction_indices: Tidx) -> (output: T) | keep_dims: bool = false; T: type in $number; ' +
    'Tidx: type in $index = int32',
  shape: reduced,
  reduction: rootOfSquares,
});

/** Whether any element is true. */
export const any = defineOp<
  (
    input: TensorLike<'bool'>, reductionIndices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { keepDims?: boolean },
  ) => Tensor<'bool'>
>({
  signature: 'Any(input: bool, reduction_indices: Tidx) -> (output: bool) | keep_dims: bool = false; Tidx: type in $index = int32',
  shape: reduced,
  reduction: { reducer: 'or' },
});

/** Whether every element is true. */
export const all = defineOp<
  (
    input: TensorLike<'bool'>, reductionIndices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { keepDims?: boolean },
  ) => Tensor<'bool'>
>({
  signature: 'All(input: bool, reduction_indices: Tidx) -> (output: bool) | keep_dims: bool = false; Tidx: type in $index = int32',
  shape: reduced,
  reduction: { reducer: 'and' },
});

/** Index of the first largest element along `dimension`. */
export const argMax = defineOp<
  <Out extends DType = 'int64'>(
    input: TensorLike, dimension: TensorLike<'int16' | 'int32' | 'int64'>,
    options?: OpOptions & { outputType?: Out },
  ) => Tensor<Out>
>({
  signature: 'ArgMax(input: T, dimension: Tidx) -> (output: output_type) | T: type in [$real, $quantized, bool]; Tidx: type in ' +
    '[$index, int16] = int32; output_type: type in [$index, int16, uint16] = int64',
  shape: argReduced,
});

/** Index of the first smallest element along `dimension`. */
export const argMin = defineOp<
  <Out extends DType = 'int64'>(
    input: TensorLike, dimension: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { outputType?: Out },
  ) => Tensor<Out>
>({
  signature: 'ArgMin(input: T, dimension: Tidx) -> (output: output_type) | T: type in [$real, $quantized, bool]; Tidx: type in ' +
    '$index = int32; output_type: type in $index = int64',
  shape: argReduced,
});

/** Running sums along `axis`; `exclusive` starts at 0, `reverse` runs backwards. */
export const cumsum = defineOp<
  <D extends DType>(
    x: TensorLike<D>, axis: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { exclusive?: boolean; reverse?: boolean },
  ) => Tensor<D>
>({
  signature: 'Cumsum(x: T, axis: Tidx) -> (out: T) | exclusive: bool = false; reverse: bool = false; T: type in $number; Tidx: ' +
    'type in $index = int32',
  shape: cumulative,
});

/** Running products along `axis`; `exclusive` starts at 1, `reverse` runs backwards. */
export const cumprod = defineOp<
  <D extends DType>(
    x: TensorLike<D>, axis: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { exclusive?: boolean; reverse?: boolean },
  ) => Tensor<D>
>({
  signature: 'Cumprod(x: T, axis: Tidx) -> (out: T) | exclusive: bool = false; reverse: bool = false; T: type in $number; ' +
    'Tidx: type in $index = int32',
  shape: cumulative,
});

/** Running log of the sum of exponentials along `axis`. */
export const cumulativeLogsumexp = defineOp<
  <D extends DType>(
    x: TensorLike<D>, axis: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { exclusive?: boolean; reverse?: boolean },
  ) => Tensor<D>
>({
  signature: 'CumulativeLogsumexp(x: T, axis: Tidx) -> (out: T) | exclusive: bool = false; reverse: bool = false; T: type in ' +
    '$float; Tidx: type in $index = int32',
  shape: cumulative,
});
