/** Reductions of rows by segment, partitions and their inverse, counting. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { dynamicPartitionShape, dynamicStitchShape } from './shapes/gather.js';
import { counted, countedRows, numberedSegments, segments, sparseSegments } from './shapes/segment.js';

/** Sums of rows with equal (sorted) ids. */
export const segmentSum = defineOp<
  <D extends DType>(data: TensorLike<D>, segmentIds: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'SegmentSum(data: T, segment_ids: Tindices) -> (output: T) | T: type in $number; Tindices: type in $index',
  shape: segments,
  isDataShaped: true,
});

/** Products of rows with equal (sorted) ids. */
export const segmentProd = defineOp<
  <D extends DType>(data: TensorLike<D>, segmentIds: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'SegmentProd(data: T, segment_ids: Tindices) -> (output: T) | T: type in $number; Tindices: type in $index',
  shape: segments,
  isDataShaped: true,
});

/** Means of rows with equal (sorted) ids. */
export const segmentMean = defineOp<
  <D extends DType>(data: TensorLike<D>, segmentIds: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'SegmentMean(data: T, segment_ids: Tindices) -> (output: T) | T: type in $number; Tindices: type in $index',
  shape: segments,
  isDataShaped: true,
});

/** The largest elements of rows with equal (sorted) ids. */
export const segmentMax = defineOp<
  <D extends DType>(data: TensorLike<D>, segmentIds: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'SegmentMax(data: T, segment_ids: Tindices) -> (output: T) | T: type in $real; Tindices: type in $index',
  shape: segments,
  isDataShaped: true,
});

/** The smallest elements of rows with equal (sorted) ids. */
export const segmentMin = defineOp<
  <D extends DType>(data: TensorLike<D>, segmentIds: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'SegmentMin(data: T, segment_ids: Tindices) -> (output: T) | T: type in $real; Tindices: type in $index',
  shape: segments,
  isDataShaped: true,
});

/** SegmentSum for a number of segments that is given. */
export const segmentSumV2 = defineOp<
  <D extends DType>(
    data: TensorLike<D>, segmentIds: TensorLike<'int32' | 'int64'>, numSegments: TensorLike<'int32' | 'int64'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'SegmentSumV2(data: T, segment_ids: Tindices, num_segments: Tnumsegments) -> (output: T) | T: type in $number; ' +
    'Tindices: type in $index; Tnumsegments: type in $index = int32',
  shape: numberedSegments,
});

/** SegmentProd for a number of segments that is given. */
export const segmentProdV2 = defineOp<
  <D extends DType>(
    data: TensorLike<D>, segmentIds: TensorLike<'int32' | 'int64'>, numSegments: TensorLike<'int32' | 'int64'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'SegmentProdV2(data: T, segment_ids: Tindices, num_segments: Tnumsegments) -> (output: T) | T: type in $number; ' +
    'Tindices: type in $index; Tnumsegments: type in $index = int32',
  shape: numberedSegments,
});

/** SegmentMax for a number of segments that is given. */
export const segmentMaxV2 = defineOp<
  <D extends DType>(
    data: TensorLike<D>, segmentIds: TensorLike<'int32' | 'int64'>, numSegments: TensorLike<'int32' | 'int64'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'SegmentMaxV2(data: T, segment_ids: Tindices, num_segments: Tnumsegments) -> (output: T) | T: type in $real; ' +
    'Tindices: type in $index; Tnumsegments: type in $index = int32',
  shape: numberedSegments,
});

/** SegmentMin for a number of segments that is given. */
export const segmentMinV2 = defineOp<
  <D extends DType>(
    data: TensorLike<D>, segmentIds: TensorLike<'int32' | 'int64'>, numSegments: TensorLike<'int32' | 'int64'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'SegmentMinV2(data: T, segment_ids: Tindices, num_segments: Tnumsegments) -> (output: T) | T: type in $real; ' +
    'Tindices: type in $index; Tnumsegments: type in $index = int32',
  shape: numberedSegments,
});

/** Sums of slices with equal ids, in any order; negative ids are dropped, 0 for no slice. */
export const unsortedSegmentSum = defineOp<
  <D extends DType>(
    data: TensorLike<D>, segmentIds: TensorLike<'int16' | 'int32' | 'int64'>, numSegments: TensorLike<'int32' | 'int64'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'UnsortedSegmentSum(data: T, segment_ids: Tindices, num_segments: Tnumsegments) -> (output: T) | T: type in ' +
    '$number; Tindices: type in [$index, int16]; Tnumsegments: type in $index = int32',
  shape: numberedSegments,
});

/** Products of slices with equal ids; 1 for no slice. */
export const unsortedSegmentProd = defineOp<
  <D extends DType>(
    data: TensorLike<D>, segmentIds: TensorLike<'int32' | 'int64'>, numSegments: TensorLike<'int32' | 'int64'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'UnsortedSegmentProd(data: T, segment_ids: Tindices, num_segments: Tnumsegments) -> (output: T) | T: type in ' +
    '$number; Tindices: type in $index; Tnumsegments: type in $index = int32',
  shape: numberedSegments,
});

/** The largest elements of slices with equal ids; the lowest value for no slice. */
export const unsortedSegmentMax = defineOp<
  <D extends DType>(
    data: TensorLike<D>, segmentIds: TensorLike<'int32' | 'int64'>, numSegments: TensorLike<'int32' | 'int64'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'UnsortedSegmentMax(data: T, segment_ids: Tindices, num_segments: Tnumsegments) -> (output: T) | T: type in ' +
    '$real; Tindices: type in $index; Tnumsegments: type in $index = int32',
  shape: numberedSegments,
});

/** The smallest elements of slices with equal ids; the highest value for no slice. */
export const unsortedSegmentMin = defineOp<
  <D extends DType>(
    data: TensorLike<D>, segmentIds: TensorLike<'int32' | 'int64'>, numSegments: TensorLike<'int32' | 'int64'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'UnsortedSegmentMin(data: T, segment_ids: Tindices, num_segments: Tnumsegments) -> (output: T) | T: type in ' +
    '$real; Tindices: type in $index; Tnumsegments: type in $index = int32',
  shape: numberedSegments,
});

/** Sums of the rows at indices, by (sorted) ids. */
export const sparseSegmentSum = defineOp<
  <D extends DType>(
    data: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>, segmentIds: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { sparseGradient?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseSegmentSum(data: T, indices: Tidx, segment_ids: Tsegmentids) -> (output: T) | T: type in $real; Tidx: type ' +
    'in $index = int32; Tsegmentids: type in $index = int32; sparse_gradient: bool = false',
  shape: sparseSegments(),
  isDataShaped: true,
});

/** Means of the rows at indices, by (sorted) ids. */
export const sparseSegmentMean = defineOp<
  <D extends DType>(
    data: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>, segmentIds: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { sparseGradient?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseSegmentMean(data: T, indices: Tidx, segment_ids: Tsegmentids) -> (output: T) | T: type in $float; Tidx: ' +
    'type in $index = int32; Tsegmentids: type in $index = int32; sparse_gradient: bool = false',
  shape: sparseSegments(),
  isDataShaped: true,
});

/** Sums of the rows at indices, by (sorted) ids, divided by the root of their number. */
export const sparseSegmentSqrtN = defineOp<
  <D extends DType>(
    data: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>, segmentIds: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { sparseGradient?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseSegmentSqrtN(data: T, indices: Tidx, segment_ids: Tsegmentids) -> (output: T) | T: type in $float; Tidx: ' +
    'type in $index = int32; Tsegmentids: type in $index = int32; sparse_gradient: bool = false',
  shape: sparseSegments(),
  isDataShaped: true,
});

/** SparseSegmentSum for a number of segments that is given. */
export const sparseSegmentSumWithNumSegments = defineOp<
  <D extends DType>(
    data: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>, segmentIds: TensorLike<'int32' | 'int64'>,
    numSegments: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { sparseGradient?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseSegmentSumWithNumSegments(data: T, indices: Tidx, segment_ids: Tsegmentids, num_segments: Tnumsegments) -> ' +
    '(output: T) | T: type in $real; Tidx: type in $index = int32; Tnumsegments: type in $index = int32; Tsegmentids: ' +
    'type in $index = int32; sparse_gradient: bool = false',
  shape: sparseSegments(3),
});

/** SparseSegmentMean for a number of segments that is given. */
export const sparseSegmentMeanWithNumSegments = defineOp<
  <D extends DType>(
    data: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>, segmentIds: TensorLike<'int32' | 'int64'>,
    numSegments: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { sparseGradient?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseSegmentMeanWithNumSegments(data: T, indices: Tidx, segment_ids: Tsegmentids, num_segments: Tnumsegments) ' +
    '-> (output: T) | T: type in $float; Tidx: type in $index = int32; Tnumsegments: type in $index = int32; ' +
    'Tsegmentids: type in $index = int32; sparse_gradient: bool = false',
  shape: sparseSegments(3),
});

/** SparseSegmentSqrtN for a number of segments that is given. */
export const sparseSegmentSqrtNWithNumSegments = defineOp<
  <D extends DType>(
    data: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>, segmentIds: TensorLike<'int32' | 'int64'>,
    numSegments: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { sparseGradient?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseSegmentSqrtNWithNumSegments(data: T, indices: Tidx, segment_ids: Tsegmentids, num_segments: Tnumsegments) ' +
    '-> (output: T) | T: type in $float; Tidx: type in $index = int32; Tnumsegments: type in $index = int32; ' +
    'Tsegmentids: type in $index = int32; sparse_gradient: bool = false',
  shape: sparseSegments(3),
});

/** Slices of data sorted into `num_partitions` tensors by number. */
export const dynamicPartition = defineOp<
  <D extends DType>(data: TensorLike<D>, partitions: TensorLike<'int32'>, numPartitions: number, options?: OpOptions) => Tensor<D>[]
>({
  signature: 'DynamicPartition(data: T, partitions: int32) -> (outputs: num_partitions*T) | num_partitions: int >= 1; T: type',
  shape: dynamicPartitionShape,
  isDataShaped: true,
});

/** Slices put at their indices in one tensor; later ones win. */
export const dynamicStitch = defineOp<
  <D extends DType>(indices: readonly TensorLike<'int32'>[], data: readonly TensorLike<D>[], options?: OpOptions) => Tensor<D>
>({
  signature: 'DynamicStitch(indices: N*int32, data: N*T) -> (merged: T) | N: int >= 1; T: type',
  shape: dynamicStitchShape,
  isDataShaped: true,
});

/** DynamicStitch, in any order. */
export const parallelDynamicStitch = defineOp<
  <D extends DType>(indices: readonly TensorLike<'int32'>[], data: readonly TensorLike<D>[], options?: OpOptions) => Tensor<D>
>({
  signature: 'ParallelDynamicStitch(indices: N*int32, data: N*T) -> (merged: T) | N: int >= 1; T: type',
  shape: dynamicStitchShape,
  isDataShaped: true,
});

/** How often each int in [0, size) occurs, or the sum of its weights. */
export const bincount = defineOp<
  <D extends DType>(arr: TensorLike<'int32'>, size: TensorLike<'int32'>, weights: TensorLike<D>, options?: OpOptions) => Tensor<D>
>({
  signature: 'Bincount(arr: int32, size: int32, weights: T) -> (bins: T) | T: type in [$index, float, double]',
  shape: counted,
});

/** Bincount of a vector, or of each row of a matrix. */
export const denseBincount = defineOp<
  <Idx extends DType, D extends DType>(
    input: TensorLike<Idx>, size: TensorLike<Idx>, weights: TensorLike<D>,
    options?: OpOptions & { binaryOutput?: boolean },
  ) => Tensor<D>
>({
  signature: 'DenseBincount(input: Tidx, size: Tidx, weights: T) -> (output: T) | Tidx: type in $index; T: type in [$index, ' +
    'float, double]; binary_output: bool = false',
  shape: countedRows,
});
