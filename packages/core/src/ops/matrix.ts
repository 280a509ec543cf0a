/** Diagonals of matrices, which stand in the last two dimensions. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import * as shapes from './shapes/matrix.js';

/** Square matrices with the given main diagonals. */
export const matrixDiag = defineOp<<D extends DType>(diagonal: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'MatrixDiag(diagonal: T) -> (output: T) | T: type',
  shape: shapes.matrixDiag,
});

/** Matrices with the given diagonals k, padding_value elsewhere. */
export const matrixDiagV2 = defineOp<
  <D extends DType>(
    diagonal: TensorLike<D>, k: TensorLike<'int32'>, numRows: TensorLike<'int32'>, numCols: TensorLike<'int32'>,
    paddingValue: TensorLike<D>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'MatrixDiagV2(diagonal: T, k: int32, num_rows: int32, num_cols: int32, padding_value: T) -> (output: T) | T: type',
  shape: shapes.matrixDiagV2,
});

/** Matrices with the given diagonals k, aligned as `align` says, padding_value elsewhere. */
export const matrixDiagV3 = defineOp<
  <D extends DType>(
    diagonal: TensorLike<D>, k: TensorLike<'int32'>, numRows: TensorLike<'int32'>, numCols: TensorLike<'int32'>,
    paddingValue: TensorLike<D>,
    options?: OpOptions & { align?: 'LEFT_RIGHT' | 'RIGHT_LEFT' | 'LEFT_LEFT' | 'RIGHT_RIGHT' },
  ) => Tensor<D>
>({
  signature: "MatrixDiagV3(diagonal: T, k: int32, num_rows: int32, num_cols: int32, padding_value: T) -> (output: T) | T: " +
    "type; align: string in [LEFT_RIGHT, RIGHT_LEFT, LEFT_LEFT, RIGHT_RIGHT] = 'RIGHT_LEFT'",
  shape: shapes.matrixDiagV2,
});

/** The main diagonals of matrices. */
export const matrixDiagPart = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'MatrixDiagPart(input: T) -> (diagonal: T) | T: type',
  shape: shapes.matrixDiagPart(false),
});

/** The diagonals k of matrices, shorter ones padded. */
export const matrixDiagPartV2 = defineOp<
  <D extends DType>(input: TensorLike<D>, k: TensorLike<'int32'>, paddingValue: TensorLike<D>, options?: OpOptions) => Tensor<D>
>({
  signature: 'MatrixDiagPartV2(input: T, k: int32, padding_value: T) -> (diagonal: T) | T: type',
  shape: shapes.matrixDiagPart(true),
});

/** The diagonals k of matrices, shorter ones padded as `align` says. */
export const matrixDiagPartV3 = defineOp<
  <D extends DType>(
    input: TensorLike<D>, k: TensorLike<'int32'>, paddingValue: TensorLike<D>,
    options?: OpOptions & { align?: 'LEFT_RIGHT' | 'RIGHT_LEFT' | 'LEFT_LEFT' | 'RIGHT_RIGHT' },
  ) => Tensor<D>
>({
  signature: "MatrixDiagPartV3(input: T, k: int32, padding_value: T) -> (diagonal: T) | T: type; align: string in [LEFT_RIGHT, " +
    "RIGHT_LEFT, LEFT_LEFT, RIGHT_RIGHT] = 'RIGHT_LEFT'",
  shape: shapes.matrixDiagPart(true),
});

/** The matrices with another main diagonal. */
export const matrixSetDiag = defineOp<<D extends DType>(input: TensorLike<D>, diagonal: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'MatrixSetDiag(input: T, diagonal: T) -> (output: T) | T: type',
  shape: shapes.matrixSetDiag(false),
});

/** The matrices with other diagonals k. */
export const matrixSetDiagV2 = defineOp<
  <D extends DType>(input: TensorLike<D>, diagonal: TensorLike<D>, k: TensorLike<'int32'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'MatrixSetDiagV2(input: T, diagonal: T, k: int32) -> (output: T) | T: type',
  shape: shapes.matrixSetDiag(true),
});

/** The matrices with other diagonals k, aligned as `align` says. */
export const matrixSetDiagV3 = defineOp<
  <D extends DType>(
    input: TensorLike<D>, diagonal: TensorLike<D>, k: TensorLike<'int32'>,
    options?: OpOptions & { align?: 'LEFT_RIGHT' | 'RIGHT_LEFT' | 'LEFT_LEFT' | 'RIGHT_RIGHT' },
  ) => Tensor<D>
>({
  signature: "MatrixSetDiagV3(input: T, diagonal: T, k: int32) -> (output: T) | T: type; align: string in [LEFT_RIGHT, " +
    "RIGHT_LEFT, LEFT_LEFT, RIGHT_RIGHT] = 'RIGHT_LEFT'",
  shape: shapes.matrixSetDiag(true),
});

/** A tensor of twice the rank with the given diagonal. */
export const diag = defineOp<<D extends DType>(diagonal: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Diag(diagonal: T) -> (output: T) | T: type in [$inexact, $index]',
  shape: shapes.diag,
});

/** The diagonal of a tensor whose shape is twice the same. */
export const diagPart = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'DiagPart(input: T) -> (diagonal: T) | T: type in [$inexact, $index]',
  shape: shapes.diagPart,
});
