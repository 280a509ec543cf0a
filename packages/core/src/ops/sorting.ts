/** Sorting, searching and sets. */
import type { DType } from '../dtypes.js';
import type { PartialShape } from '../shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { attr, inputOf, int32 } from './bodies.js';
import type { ShapeContext } from './opDef.js';
import { axisIn, dimIs, mergeDim, rankAtLeast, rankIs, scalars, sizeValue, valuesOf, withDim } from './shapes/common.js';
import { topKByInput, topKShape } from './shapes/gather.js';

/** The k largest elements of the last dimension and their indices; of equal ones the first. */
export const topKV2 = defineOp<
  <D extends DType, D2 extends DType = 'int32'>(
    input: TensorLike<D>, k: TensorLike<'int16' | 'int32' | 'int64'>,
    options?: OpOptions & { sorted?: boolean; indexType?: D2 },
  ) => Outputs<{ values: Tensor<D>; indices: Tensor<D2> }>
>({
  signature: 'TopKV2(input: T, k: Tk) -> (values: T, indices: index_type) | sorted: bool = true; T: type in $real; Tk: type in ' +
    '[$index, int16] = int32; index_type: type in [$index, int16] = int32',
  shape: topKByInput,
});

/** TopKV2 with k as an attribute. */
export const topK = defineOp<
  <D extends DType>(
    input: TensorLike<D>, k: number,
    options?: OpOptions & { sorted?: boolean },
  ) => Outputs<{ values: Tensor<D>; indices: Tensor<'int32'> }>
>({
  signature: 'TopK(input: T) -> (values: T, indices: int32) | k: int >= 0; sorted: bool = true; T: type in $real | deprecated at 7',
  shape: (c) => topKShape(c, c.attrs.int('k')),
  body: (b, inputs) => b.op('TopKV2', [inputOf(inputs, 0), int32(b, b.attrs.int('k'))], { sorted: attr.bool(b.attrs.bool('sorted')) }),
});

/** The n-th smallest (or largest) element of the last dimension. */
export const nthElement = defineOp<
  <D extends DType>(input: TensorLike<D>, n: TensorLike<'int32'>, options?: OpOptions & { reverse?: boolean }) => Tensor<D>
>({
  signature: 'NthElement(input: T, n: int32) -> (values: T) | reverse: bool = false; T: type in $real',
  shape: (c) => {
    rankIs(c, 1, 0, 'n');
    const input = rankAtLeast(c, 0, 1, 'input');
    const n = sizeValue(c, 1, 'n', false);
    const last = input?.at(-1) ?? null;
    if (n !== null && last !== null && n >= last) c.fail(`input must have last dimension > n = ${n} but is ${last}.`);
    return [input === null ? null : input.slice(0, -1)];
  },
});

/** The distinct elements of a vector in order of appearance, and for each element which one it is. */
export const unique = defineOp<
  <D extends DType, Out extends DType = 'int32'>(
    x: TensorLike<D>,
    options?: OpOptions & { outIdx?: Out },
  ) => Outputs<{ y: Tensor<D>; idx: Tensor<Out> }>
>({
  signature: 'Unique(x: T) -> (y: T, idx: out_idx) | T: type; out_idx: type in $index = int32',
  shape: (c) => [[null], rankIs(c, 0, 1, 'x')],
  isDataShaped: true,
});

/** Unique, and how often each element occurs. */
export const uniqueWithCounts = defineOp<
  <D extends DType, Out extends DType = 'int32'>(
    x: TensorLike<D>,
    options?: OpOptions & { outIdx?: Out },
  ) => Outputs<{ y: Tensor<D>; idx: Tensor<Out>; count: Tensor<Out> }>
>({
  signature: 'UniqueWithCounts(x: T) -> (y: T, idx: out_idx, count: out_idx) | T: type; out_idx: type in $index = int32',
  shape: (c) => [[null], rankIs(c, 0, 1, 'x'), [null]],
  isDataShaped: true,
});

/** The distinct slices along an axis (all elements of a vector when axis is empty). */
export const uniqueV2 = defineOp<
  <D extends DType, Out extends DType = 'int32'>(
    x: TensorLike<D>, axis: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { outIdx?: Out },
  ) => Outputs<{ y: Tensor<D>; idx: Tensor<Out> }>
>({
  signature: 'UniqueV2(x: T, axis: Taxis) -> (y: T, idx: out_idx) | T: type; Taxis: type in $index = int64; out_idx: type in $index = int32',
  shape: (c) => uniqueShape(c),
  isDataShaped: true,
});

/** UniqueV2, and how often each slice occurs. */
export const uniqueWithCountsV2 = defineOp<
  <D extends DType, Out extends DType = 'int32'>(
    x: TensorLike<D>, axis: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { outIdx?: Out },
  ) => Outputs<{ y: Tensor<D>; idx: Tensor<Out>; count: Tensor<Out> }>
>({
  signature: 'UniqueWithCountsV2(x: T, axis: Taxis) -> (y: T, idx: out_idx, count: out_idx) | T: type; Taxis: type in $index = ' +
    'int64; out_idx: type in $index = int32',
  shape: (c) => [...uniqueShape(c), [null]],
  isDataShaped: true,
});

/** The elements of x that are not in y, and where they are. */
export const listDiff = defineOp<
  <D extends DType, Out extends DType = 'int32'>(
    x: TensorLike<D>, y: TensorLike<D>,
    options?: OpOptions & { outIdx?: Out },
  ) => Outputs<{ out: Tensor<D>; idx: Tensor<Out> }>
>({
  signature: 'ListDiff(x: T, y: T) -> (out: T, idx: out_idx) | T: type; out_idx: type in $index = int32',
  shape: (c) => {
    rankIs(c, 0, 1, 'x');
    rankIs(c, 1, 1, 'y');
    return [[null], [null]];
  },
  isDataShaped: true,
});

/** The index vectors of the elements that are true (or not zero), in row-major order. */
export const where = defineOp<(input: TensorLike, options?: OpOptions) => Tensor<'int64'>>({
  signature: 'Where(input: T) -> (index: int64) | T: type in [$number, bool] = bool',
  shape: (c) => [[null, c.shape(0)?.length ?? null]],
  isDataShaped: true,
});

/** y[x[i]] = i. */
export const invertPermutation = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'InvertPermutation(x: T) -> (y: T) | T: type in $index = int32',
  shape: (c) => [rankIs(c, 0, 1, 'x')],
});

/** For each value the first place in its sorted row where it could stand. */
export const lowerBound = defineOp<
  <D extends DType, Out extends DType = 'int32'>(
    sortedInputs: TensorLike<D>, values: TensorLike<D>,
    options?: OpOptions & { outType?: Out },
  ) => Tensor<Out>
>({
  signature: 'LowerBound(sorted_inputs: T, values: T) -> (output: out_type) | T: type; out_type: type in $index = int32',
  shape: (c) => searchShape(c),
});

/** For each value the last place in its sorted row where it could stand. */
export const upperBound = defineOp<
  <D extends DType, Out extends DType = 'int32'>(
    sortedInputs: TensorLike<D>, values: TensorLike<D>,
    options?: OpOptions & { outType?: Out },
  ) => Tensor<Out>
>({
  signature: 'UpperBound(sorted_inputs: T, values: T) -> (output: out_type) | T: type; out_type: type in $index = int32',
  shape: (c) => searchShape(c),
});

/** Which of the buckets between sorted boundaries each element falls into. */
export const bucketize = defineOp<
  (input: TensorLike<'int32' | 'int64' | 'float32' | 'float64'>, boundaries: readonly number[], options?: OpOptions) => Tensor<'int32'>
>({
  signature: 'Bucketize(input: T) -> (output: int32) | T: type in [$index, float, double]; boundaries: list(float)',
  shape: (c) => [c.shape(0)],
});

/** Counts of values in `nbins` bins of equal width over value_range. */
export const histogramFixedWidth = defineOp<
  <D extends DType, D2 extends DType = 'int32'>(
    values: TensorLike<D>, valueRange: TensorLike<D>, nbins: TensorLike<'int32'>,
    options?: OpOptions & { dtype?: D2 },
  ) => Tensor<D2>
>({
  signature: 'HistogramFixedWidth(values: T, value_range: T, nbins: int32) -> (out: dtype) | T: type in [$index, float, ' +
    'double]; dtype: type in $index = int32',
  shape: (c) => {
    dimIs(c, rankIs(c, 1, 1, 'value_range')[0] ?? null, 2, 'value_range.shape[0]');
    scalars(c, 2);
    return [[sizeValue(c, 2, 'nbins')]];
  },
});

function uniqueShape(c: ShapeContext): PartialShape[] {
  rankIs(c, 1, 1, 'axis');
  const x = c.shape(0);
  const axes = valuesOf(c, 1);
  if (x === null || axes === undefined) return [x === null ? null : x.map(() => null), [null]];
  const [given] = axes;
  if (given === undefined) {
    if (x.length !== 1) c.fail(`x must be a vector when axis is empty, but has rank ${x.length}.`);
    return [[null], [x[0] ?? null]];
  }
  const axis = axisIn(c, given, x.length);
  return [withDim(x, axis, null), [x[axis] ?? null]];
}

function searchShape(c: ShapeContext): PartialShape[] {
  const sorted = rankIs(c, 0, 2, 'sorted_inputs');
  const values = rankIs(c, 1, 2, 'values');
  mergeDim(c, sorted[0] ?? null, values[0] ?? null, 'rows of sorted_inputs and values');
  return [values];
}
