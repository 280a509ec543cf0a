/** Ragged tensors: values, and splits that say which of them make up a row. */
import type { DType } from '../dtypes.js';
import type { PartialShape } from '../shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeContext } from './opDef.js';
import { addDims, type Dim, mergeDim, rankAtMost } from './shapes/common.js';

/** The number of ranges: that of what is no scalar, else one. */
function rows(c: ShapeContext): Dim {
  const vectors = [0, 1, 2].map((i) => rankAtMost(c, i, 1, 'starts, limits and deltas'));
  if (vectors.includes(null)) return null;
  const counts = vectors.flatMap((shape) => (shape?.length === 1 ? [shape[0] ?? null] : []));
  return counts.length === 0 ? 1 : counts.reduce((all, count) => mergeDim(c, all, count, 'starts, limits and deltas'));
}

/** Any number of values, each as they were. */
function gatheredValues(c: ShapeContext): PartialShape {
  const values = c.shape(c.attrs.int('PARAMS_RAGGED_RANK'));
  return values === null ? null : [null, ...values.slice(1)];
}

/** Ranges of numbers as the rows of a ragged tensor. */
export const raggedRange = defineOp<
  <D extends DType, Splits extends DType = 'int64'>(
    starts: TensorLike<D>, limits: TensorLike<D>, deltas: TensorLike<D>,
    options?: OpOptions & { tsplits?: Splits },
  ) => Outputs<{ rtNestedSplits: Tensor<Splits>; rtDenseValues: Tensor<D> }>
>({
  signature: 'RaggedRange(starts: T, limits: T, deltas: T) -> (rt_nested_splits: Tsplits, rt_dense_values: T) | T: type in [$index, ' +
    'bfloat16, float, double] = int32; Tsplits: type in $index = int64',
  shape: (c) => [[addDims(rows(c), 1)], [null]],
  isDataShaped: true,
});

/** A ragged tensor, its rows filled up with the default. */
export const raggedTensorToTensor = defineOp<
  <Shape extends DType, D extends DType, Index extends DType>(
    shape: TensorLike<Shape>, values: TensorLike<D>, defaultValue: TensorLike<D>, rowPartitionTensors: readonly
    TensorLike<Index>[], rowPartitionTypes: readonly string[],
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'RaggedTensorToTensor(shape: Tshape, values: T, default_value: T, row_partition_tensors: num_row_partition_tensors*Tindex) -> ' +
    '(result: T) | T: type; Tindex: type in $index; Tshape: type in $index; num_row_partition_tensors: int >= 1; ' +
    'row_partition_types: list(string)',
  shape: () => [null],
  isDataShaped: true,
});

/** Rows of a ragged tensor. */
export const raggedGather = defineOp<
  <Splits extends DType, Values extends DType, Indices extends DType>(
    paramsNestedSplits: readonly TensorLike<Splits>[], paramsDenseValues: TensorLike<Values>, indices: TensorLike<Indices>,
    outputRAGGEDRANK: number,
    options?: OpOptions,
  ) => Outputs<{ outputNestedSplits: Tensor<Splits>[]; outputDenseValues: Tensor<Values> }>
>({
  signature: 'RaggedGather(params_nested_splits: PARAMS_RAGGED_RANK*Tsplits, params_dense_values: Tvalues, indices: Tindices) -> ' +
    '(output_nested_splits: OUTPUT_RAGGED_RANK*Tsplits, output_dense_values: Tvalues) | Tvalues: type; Tindices: type in $index; ' +
    'Tsplits: type in $index = int64; PARAMS_RAGGED_RANK: int >= 1; OUTPUT_RAGGED_RANK: int >= 0',
  shape: (c) => c.outputDtypes.map((_, i) => (i + 1 < c.outputDtypes.length ? [null] : gatheredValues(c))),
  isDataShaped: true,
});
