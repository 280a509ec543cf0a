/** Sets in the last axis of dense and sparse tensors. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { rankIs } from './shapes/common.js';

type SetOutputs<D extends DType> = Outputs<{ resultIndices: Tensor<'int64'>; resultValues: Tensor<D>; resultShape: Tensor<'int64'> }>;

/** Union, intersection or difference of the sets in the last dimension, as a sparse tensor. */
export const denseToDenseSetOperation = defineOp<
  <D extends DType>(
    set1: TensorLike<D>, set2: TensorLike<D>, setOperation: string,
    options?: OpOptions & { validateIndices?: boolean },
  ) => SetOutputs<D>
>({
  signature: 'DenseToDenseSetOperation(set1: T, set2: T) -> (result_indices: int64, result_values: T, result_shape: int64) | ' +
    'set_operation: string; validate_indices: bool = true; T: type in [$signed, uint8, uint16, string]',
  shape: (c) => {
    const rank = c.shape(0)?.length ?? c.shape(1)?.length ?? null;
    return [[null, rank], [null], [rank]];
  },
  isDataShaped: true,
});

/** A set operation of a dense and a sparse tensor. */
export const denseToSparseSetOperation = defineOp<
  <D extends DType>(
    set1: TensorLike<D>, set2Indices: TensorLike<'int64'>, set2Values: TensorLike<D>, set2Shape: TensorLike<'int64'>, setOperation: string,
    options?: OpOptions & { validateIndices?: boolean },
  ) => SetOutputs<D>
>({
  signature: 'DenseToSparseSetOperation(set1: T, set2_indices: int64, set2_values: T, set2_shape: int64) -> (result_indices: int64, ' +
    'result_values: T, result_shape: int64) | set_operation: string; validate_indices: bool = true; T: type in [$signed, uint8, uint16, string]',
  shape: (c) => {
    rankIs(c, 1, 2, 'set2_indices');
    const [rank = null] = rankIs(c, 3, 1, 'set2_shape');
    return [[null, rank], [null], [rank]];
  },
  isDataShaped: true,
});

/** A set operation of two sparse tensors. */
export const sparseToSparseSetOperation = defineOp<
  <D extends DType>(
    set1Indices: TensorLike<'int64'>, set1Values: TensorLike<D>, set1Shape: TensorLike<'int64'>, set2Indices: TensorLike<'int64'>,
    set2Values: TensorLike<D>, set2Shape: TensorLike<'int64'>, setOperation: string,
    options?: OpOptions & { validateIndices?: boolean },
  ) => SetOutputs<D>
>({
  signature: 'SparseToSparseSetOperation(set1_indices: int64, set1_values: T, set1_shape: int64, set2_indices: int64, set2_values: T, ' +
    'set2_shape: int64) -> (result_indices: int64, result_values: T, result_shape: int64) | set_operation: string; validate_indices: bool = ' +
    'true; T: type in [$signed, uint8, uint16, string]',
  shape: (c) => {
    rankIs(c, 0, 2, 'set1_indices');
    rankIs(c, 3, 2, 'set2_indices');
    const [rank = null] = rankIs(c, 2, 1, 'set1_shape');
    rankIs(c, 5, 1, 'set2_shape');
    return [[null, rank], [null], [rank]];
  },
  isDataShaped: true,
});
