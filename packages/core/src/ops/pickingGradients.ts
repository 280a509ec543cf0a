/** Gradients of ops that pick or merge elements. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeFunction } from './opDef.js';
import { rankAtLeast, rankIs, sizeValue } from './shapes/common.js';

/** As many rows as output_dim0 says. */
const pickedRows: ShapeFunction = (c) => {
  const grad = rankAtLeast(c, 0, 1, 'grad');
  rankIs(c, 1, 1, 'indices');
  rankIs(c, 2, 1, 'segment_ids');
  rankIs(c, 3, 0, 'output_dim0');
  const rows = sizeValue(c, 3, 'output_dim0');
  return [grad === null ? null : [rows, ...grad.slice(1)]];
};

/** Gradient of SparseSegmentSum: each picked row gets its segment's. */
export const sparseSegmentSumGrad = defineOp<
  <D extends DType, Idx extends DType, Segmentids extends DType>(
    grad: TensorLike<D>, indices: TensorLike<Idx>, segmentIds: TensorLike<Segmentids>, outputDim0: TensorLike<'int32'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'SparseSegmentSumGrad(grad: T, indices: Tidx, segment_ids: Tsegmentids, output_dim0: int32) -> (output: T) | T: type in ' +
    '$float; Tidx: type in $index = int32; Tsegmentids: type in $index = int32',
  shape: pickedRows,
});

/** Gradient of SparseSegmentMean. */
export const sparseSegmentMeanGrad = defineOp<
  <D extends DType, Idx extends DType, Segmentids extends DType>(
    grad: TensorLike<D>, indices: TensorLike<Idx>, segmentIds: TensorLike<Segmentids>, outputDim0: TensorLike<'int32'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'SparseSegmentMeanGrad(grad: T, indices: Tidx, segment_ids: Tsegmentids, output_dim0: int32) -> (output: T) | T: type in ' +
    '$float; Tidx: type in $index = int32; Tsegmentids: type in $index = int32',
  shape: pickedRows,
});

/** Gradient of SparseSegmentSqrtN. */
export const sparseSegmentSqrtNGrad = defineOp<
  <D extends DType, Idx extends DType, Segmentids extends DType>(
    grad: TensorLike<D>, indices: TensorLike<Idx>, segmentIds: TensorLike<Segmentids>, outputDim0: TensorLike<'int32'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'SparseSegmentSqrtNGrad(grad: T, indices: Tidx, segment_ids: Tsegmentids, output_dim0: int32) -> (output: T) | T: type in ' +
    '$float; Tidx: type in $index = int32; Tsegmentids: type in $index = int32',
  shape: pickedRows,
});

/** Gradient of SparseFillEmptyRows: for the values that were there, and the sum for the default. */
export const sparseFillEmptyRowsGrad = defineOp<
  <D extends DType>(
    reverseIndexMap: TensorLike<'int64'>, gradValues: TensorLike<D>,
    options?: OpOptions,
  ) => Outputs<{ dValues: Tensor<D>; dDefaultValue: Tensor<D> }>
>({
  signature: 'SparseFillEmptyRowsGrad(reverse_index_map: int64, grad_values: T) -> (d_values: T, d_default_value: T) | T: type',
  shape: (c) => {
    rankIs(c, 1, 1, 'grad_values');
    return [rankIs(c, 0, 1, 'reverse_index_map'), []];
  },
});

/** Gradient of SparseAdd: what each operand's values had part in. */
export const sparseAddGrad = defineOp<
  <D extends DType>(
    backpropValGrad: TensorLike<D>, aIndices: TensorLike<'int64'>, bIndices: TensorLike<'int64'>, sumIndices: TensorLike<'int64'>,
    options?: OpOptions,
  ) => Outputs<{ aValGrad: Tensor<D>; bValGrad: Tensor<D> }>
>({
  signature: 'SparseAddGrad(backprop_val_grad: T, a_indices: int64, b_indices: int64, sum_indices: int64) -> (a_val_grad: T, b_val_grad: T) ' +
    '| T: type in $number',
  shape: (c) => [[rankIs(c, 1, 2, 'a_indices')[0] ?? null], [rankIs(c, 2, 2, 'b_indices')[0] ?? null]],
});

/** Gradient of SparseSlice: zero for the values outside of the slice. */
export const sparseSliceGrad = defineOp<
  <D extends DType>(
    backpropValGrad: TensorLike<D>, inputIndices: TensorLike<'int64'>, inputStart: TensorLike<'int64'>, outputIndices:
    TensorLike<'int64'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'SparseSliceGrad(backprop_val_grad: T, input_indices: int64, input_start: int64, output_indices: int64) -> (val_grad: T) | T: ' +
    'type in $number',
  shape: (c) => {
    rankIs(c, 0, 1, 'backprop_val_grad');
    return [[rankIs(c, 1, 2, 'input_indices')[0] ?? null]];
  },
});
