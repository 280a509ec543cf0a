/** Sparse tensors, as indices [n, rank], values [n] and a dense shape [rank]. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeFunction } from './opDef.js';
import { addDims, merge, mergeDim, rankIs, shapeVector, type Dim } from './shapes/common.js';

/** Checks indices, values and shape in inputs `first` to `first + 2`; gives the number of values and the rank. */
function sparseInput(c: Parameters<ShapeFunction>[0], first: number): { count: Dim; rank: Dim } {
  const indices = rankIs(c, first, 2, 'indices');
  const count = mergeDim(c, indices[0] ?? null, rankIs(c, first + 1, 1, 'values')[0] ?? null, 'rows of indices and values');
  const rank = mergeDim(c, indices[1] ?? null, rankIs(c, first + 2, 1, 'shape')[0] ?? null, 'columns of indices and shape');
  return { count, rank };
}

/** A sparse result of unknown size and the rank of the first argument. */
const anySparse: ShapeFunction = (c) => {
  const { rank } = sparseInput(c, 0);
  return [[null, rank], [null], [rank]];
};

/** Two sparse tensors of one rank, and a scalar. */
const summed: ShapeFunction = (c) => {
  const [a, b] = [sparseInput(c, 0), sparseInput(c, 3)];
  rankIs(c, 6, 0, 'thresh');
  const rank = mergeDim(c, a.rank, b.rank, 'ranks of a and b');
  return [[null, rank], [null], [rank]];
};

/** What is left of a sparse tensor when axes are reduced is told by values. */
const reducedSparse: ShapeFunction = (c) => {
  sparseInput(c, 0);
  return [null];
};

/** The same tensor with its indices in row-major order. */
export const sparseReorder = defineOp<
  <D extends DType>(
    inputIndices: TensorLike<'int64'>, inputValues: TensorLike<D>, inputShape: TensorLike<'int64'>,
    options?: OpOptions,
  ) => Outputs<{ outputIndices: Tensor<'int64'>; outputValues: Tensor<D> }>
>({
  signature: 'SparseReorder(input_indices: int64, input_values: T, input_shape: int64) -> (output_indices: int64, ' +
    'output_values: T) | T: type',
  shape: (c) => {
    const { count, rank } = sparseInput(c, 0);
    return [[count, rank], [count]];
  },
});

/** The same values at the indices of another dense shape; one size may be -1. */
export const sparseReshape = defineOp<
  (
    inputIndices: TensorLike<'int64'>, inputShape: TensorLike<'int64'>, newShape: TensorLike<'int64'>,
    options?: OpOptions,
  ) => Outputs<{ outputIndices: Tensor<'int64'>; outputShape: Tensor<'int64'> }>
>({
  signature: 'SparseReshape(input_indices: int64, input_shape: int64, new_shape: int64) -> (output_indices: int64, output_shape: int64)',
  shape: (c) => {
    const indices = rankIs(c, 0, 2, 'input_indices');
    mergeDim(c, indices[1] ?? null, rankIs(c, 1, 1, 'input_shape')[0] ?? null, 'Input tensor rank must match input shape length');
    const [rank] = rankIs(c, 2, 1, 'new_shape');
    return [[indices[0] ?? null, rank ?? null], [rank ?? null]];
  },
});

/** The matrix with default_value in the first column of every empty row. */
export const sparseFillEmptyRows = defineOp<
  <D extends DType>(
    indices: TensorLike<'int64'>, values: TensorLike<D>, denseShape: TensorLike<'int64'>, defaultValue: TensorLike<D>,
    options?: OpOptions,
  ) => Outputs<{ outputIndices: Tensor<'int64'>; outputValues: Tensor<D>; emptyRowIndicator: Tensor<'bool'>; reverseIndexMap: Tensor<'int64'> }>
>({
  signature: 'SparseFillEmptyRows(indices: int64, values: T, dense_shape: int64, default_value: T) -> (output_indices: int64, ' +
    'output_values: T, empty_row_indicator: bool, reverse_index_map: int64) | T: type',
  shape: (c) => {
    const { rank } = sparseInput(c, 0);
    rankIs(c, 3, 0, 'default_value');
    const rows = c.shapeValue(2)?.[0] ?? null;
    return [[null, rank], [null], [rows], [rankIs(c, 0, 2, 'indices')[0] ?? null]];
  },
  isDataShaped: true,
});

/** a + b; sums smaller than thresh are dropped. */
export const sparseAdd = defineOp<
  <D extends DType>(
    aIndices: TensorLike<'int64'>, aValues: TensorLike<D>, aShape: TensorLike<'int64'>, bIndices: TensorLike<'int64'>,
    bValues: TensorLike<D>, bShape: TensorLike<'int64'>, thresh: TensorLike,
    options?: OpOptions,
  ) => Outputs<{ sumIndices: Tensor<'int64'>; sumValues: Tensor<D>; sumShape: Tensor<'int64'> }>
>({
  signature: 'SparseAdd(a_indices: int64, a_values: T, a_shape: int64, b_indices: int64, b_values: T, b_shape: int64, thresh: ' +
    'Treal) -> (sum_indices: int64, sum_values: T, sum_shape: int64) | T: type in $number; Treal: type in $real',
  shape: summed,
  isDataShaped: true,
});

/** The part of a sparse tensor from start on, of a size. */
export const sparseSlice = defineOp<
  <D extends DType>(
    indices: TensorLike<'int64'>, values: TensorLike<D>, shape: TensorLike<'int64'>, start: TensorLike<'int64'>,
    size: TensorLike<'int64'>,
    options?: OpOptions,
  ) => Outputs<{ outputIndices: Tensor<'int64'>; outputValues: Tensor<D>; outputShape: Tensor<'int64'> }>
>({
  signature: 'SparseSlice(indices: int64, values: T, shape: int64, start: int64, size: int64) -> (output_indices: int64, ' +
    'output_values: T, output_shape: int64) | T: type',
  shape: anySparse,
  isDataShaped: true,
});

/** Softmax over the values that are there, along the last dimension. */
export const sparseSoftmax = defineOp<
  <D extends DType>(
    spIndices: TensorLike<'int64'>, spValues: TensorLike<D>, spShape: TensorLike<'int64'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'SparseSoftmax(sp_indices: int64, sp_values: T, sp_shape: int64) -> (output: T) | T: type in $oldFloat',
  shape: (c) => [[sparseInput(c, 0).count]],
});

/** The values plus the dense tensor's elements at their places. */
export const sparseDenseCwiseAdd = defineOp<
  <D extends DType>(
    spIndices: TensorLike<'int64'>, spValues: TensorLike<D>, spShape: TensorLike<'int64'>, dense: TensorLike<D>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'SparseDenseCwiseAdd(sp_indices: int64, sp_values: T, sp_shape: int64, dense: T) -> (output: T) | T: type in $number',
  shape: (c) => [[sparseInput(c, 0).count]],
});

/** The values times the dense tensor's elements at their places. */
export const sparseDenseCwiseMul = defineOp<
  <D extends DType>(
    spIndices: TensorLike<'int64'>, spValues: TensorLike<D>, spShape: TensorLike<'int64'>, dense: TensorLike<D>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'SparseDenseCwiseMul(sp_indices: int64, sp_values: T, sp_shape: int64, dense: T) -> (output: T) | T: type in $number',
  shape: (c) => [[sparseInput(c, 0).count]],
});

/** The values divided by the dense tensor's elements at their places. */
export const sparseDenseCwiseDiv = defineOp<
  <D extends DType>(
    spIndices: TensorLike<'int64'>, spValues: TensorLike<D>, spShape: TensorLike<'int64'>, dense: TensorLike<D>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'SparseDenseCwiseDiv(sp_indices: int64, sp_values: T, sp_shape: int64, dense: T) -> (output: T) | T: type in $number',
  shape: (c) => [[sparseInput(c, 0).count]],
});

/** a + b, where b is dense. */
export const sparseTensorDenseAdd = defineOp<
  <D extends DType, Indices extends DType>(
    aIndices: TensorLike<Indices>, aValues: TensorLike<D>, aShape: TensorLike<Indices>, b: TensorLike<D>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'SparseTensorDenseAdd(a_indices: Tindices, a_values: T, a_shape: Tindices, b: T) -> (output: T) | T: type in ' +
    '$number; Tindices: type in $index',
  shape: (c) => {
    const { rank } = sparseInput(c, 0);
    return [rank === null ? c.shape(3) : merge(c, rankIs(c, 3, rank, 'b'), c.shapeValue(2), 'shapes of a and b')];
  },
});

/** A sparse matrix times a dense one. */
export const sparseTensorDenseMatMul = defineOp<
  <D extends DType>(
    aIndices: TensorLike<'int32' | 'int64'>, aValues: TensorLike<D>, aShape: TensorLike<'int64'>, b: TensorLike<D>,
    options?: OpOptions & { adjointA?: boolean; adjointB?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseTensorDenseMatMul(a_indices: Tindices, a_values: T, a_shape: int64, b: T) -> (product: T) | T: type; ' +
    'Tindices: type in $index = int64; adjoint_a: bool = false; adjoint_b: bool = false',
  shape: (c) => {
    sparseInput(c, 0);
    const a = shapeVector(c, 2, 'a_shape');
    const b = rankIs(c, 3, 2, 'b');
    const rows = a?.[c.attrs.bool('adjoint_a') ? 1 : 0] ?? null;
    return [[rows, b[c.attrs.bool('adjoint_b') ? 0 : 1] ?? null]];
  },
});

/** Sums over axes, as a dense tensor. */
export const sparseReduceSum = defineOp<
  <D extends DType>(
    inputIndices: TensorLike<'int64'>, inputValues: TensorLike<D>, inputShape: TensorLike<'int64'>,
    reductionAxes: TensorLike<'int32'>,
    options?: OpOptions & { keepDims?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseReduceSum(input_indices: int64, input_values: T, input_shape: int64, reduction_axes: int32) -> (output: T) ' +
    '| keep_dims: bool = false; T: type in $number',
  shape: reducedSparse,
  isDataShaped: true,
});

/** The largest values over axes, as a dense tensor. */
export const sparseReduceMax = defineOp<
  <D extends DType>(
    inputIndices: TensorLike<'int64'>, inputValues: TensorLike<D>, inputShape: TensorLike<'int64'>,
    reductionAxes: TensorLike<'int32'>,
    options?: OpOptions & { keepDims?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseReduceMax(input_indices: int64, input_values: T, input_shape: int64, reduction_axes: int32) -> (output: T) ' +
    '| keep_dims: bool = false; T: type in $real',
  shape: reducedSparse,
  isDataShaped: true,
});

/** Sparse tensors joined along a dimension. */
export const sparseConcat = defineOp<
  <D extends DType>(
    indices: readonly TensorLike<'int64'>[], values: readonly TensorLike<D>[], shapes: readonly TensorLike<'int64'>[],
    concatDim: number,
    options?: OpOptions,
  ) => Outputs<{ outputIndices: Tensor<'int64'>; outputValues: Tensor<D>; outputShape: Tensor<'int64'> }>
>({
  signature: 'SparseConcat(indices: N*int64, values: N*T, shapes: N*int64) -> (output_indices: int64, output_values: T, ' +
    'output_shape: int64) | concat_dim: int; N: int >= 2; T: type',
  shape: (c) => {
    const count = c.attrs.int('N');
    let values: Dim = 0;
    let rank: Dim = null;
    for (let i = 0; i < count; i++) {
      const indices = rankIs(c, i, 2, `indices ${i}`);
      values = addDims(values, mergeDim(c, indices[0] ?? null, rankIs(c, count + i, 1, `values ${i}`)[0] ?? null, 'rows of indices and values'));
      const own = mergeDim(c, indices[1] ?? null, rankIs(c, 2 * count + i, 1, `shapes ${i}`)[0] ?? null, 'columns of indices and shape');
      rank = mergeDim(c, rank, own, 'ranks');
    }
    return [[values, rank], [values], [rank]];
  },
});

/** A sparse tensor cut into num_split parts along a dimension. */
export const sparseSplit = defineOp<
  <D extends DType>(
    splitDim: TensorLike<'int64'>, indices: TensorLike<'int64'>, values: TensorLike<D>, shape: TensorLike<'int64'>, numSplit: number,
    options?: OpOptions,
  ) => Outputs<{ outputIndices: Tensor<'int64'>[]; outputValues: Tensor<D>[]; outputShape: Tensor<'int64'>[] }>
>({
  signature: 'SparseSplit(split_dim: int64, indices: int64, values: T, shape: int64) -> (output_indices: num_split*int64, ' +
    'output_values: num_split*T, output_shape: num_split*int64) | num_split: int >= 1; T: type',
  shape: (c) => {
    const { rank } = sparseInput(c, 1);
    rankIs(c, 0, 0, 'split_dim');
    const count = c.attrs.int('num_split');
    return c.outputDtypes.map((_, i) => (i < count ? [null, rank] : i < 2 * count ? [null] : [rank]));
  },
  isDataShaped: true,
});

/** The larger values of two sparse tensors, 0 where one has none. */
export const sparseSparseMaximum = defineOp<
  <D extends DType>(
    aIndices: TensorLike<'int64'>, aValues: TensorLike<D>, aShape: TensorLike<'int64'>, bIndices: TensorLike<'int64'>,
    bValues: TensorLike<D>, bShape: TensorLike<'int64'>,
    options?: OpOptions,
  ) => Outputs<{ outputIndices: Tensor<'int64'>; outputValues: Tensor<D> }>
>({
  signature: 'SparseSparseMaximum(a_indices: int64, a_values: T, a_shape: int64, b_indices: int64, b_values: T, b_shape: ' +
    'int64) -> (output_indices: int64, output_values: T) | T: type in $real',
  shape: (c) => {
    const { rank } = sparseInput(c, 0);
    const other = sparseInput(c, 3);
    return [[null, mergeDim(c, rank, other.rank, 'ranks of a and b')], [null]];
  },
  isDataShaped: true,
});

/** The smaller values of two sparse tensors, 0 where one has none. */
export const sparseSparseMinimum = defineOp<
  <D extends DType>(
    aIndices: TensorLike<'int64'>, aValues: TensorLike<D>, aShape: TensorLike<'int64'>, bIndices: TensorLike<'int64'>,
    bValues: TensorLike<D>, bShape: TensorLike<'int64'>,
    options?: OpOptions,
  ) => Outputs<{ outputIndices: Tensor<'int64'>; outputValues: Tensor<D> }>
>({
  signature: 'SparseSparseMinimum(a_indices: int64, a_values: T, a_shape: int64, b_indices: int64, b_values: T, b_shape: ' +
    'int64) -> (output_indices: int64, output_values: T) | T: type in $number',
  shape: (c) => {
    const { rank } = sparseInput(c, 0);
    const other = sparseInput(c, 3);
    return [[null, mergeDim(c, rank, other.rank, 'ranks of a and b')], [null]];
  },
  isDataShaped: true,
});
