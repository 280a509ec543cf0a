/** Linear algebra on matrices in the last two dimensions. */
import type { DType } from '../dtypes.js';
import type { PartialShape } from '../shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeFunction } from './opDef.js';
import { merge, mergeDim, rankAtLeast, rankIs, type Dim } from './shapes/common.js';
import { squareMatrices } from './shapes/matrix.js';

const square: ShapeFunction = (c) => [squareMatrices(c, 0)];

/** What stands before the two dimensions of the matrices. */
const batchOf = (shape: readonly Dim[] | null): PartialShape => (shape === null ? null : shape.slice(0, -2));

/** Solutions have the shape of the right-hand sides; the rows of both must agree. */
const solved: ShapeFunction = (c) => {
  const matrix = squareMatrices(c, 0);
  const right = rankAtLeast(c, 1, 2, 'rhs');
  if (matrix === null || right === null) return [right];
  const rows = mergeDim(c, matrix.at(-1) ?? null, right.at(-2) ?? null, 'rows of matrix and rhs');
  return [[...matrix.slice(0, -2), rows, right.at(-1) ?? null]];
};

/** The smaller of rows and columns. */
const smaller = (rows: Dim, columns: Dim): Dim => (rows === null || columns === null ? null : Math.min(rows, columns));

/** The lower triangular factor L of L·Lᴴ. */
export const cholesky = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Cholesky(input: T) -> (output: T) | T: type in [$oldFloat, $complex]',
  shape: square,
});

/** Gradient of Cholesky. */
export const choleskyGrad = defineOp<<D extends DType>(l: TensorLike<D>, grad: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'CholeskyGrad(l: T, grad: T) -> (output: T) | T: type in $oldFloat',
  shape: square,
});

/** The inverse, or that of the adjoint. */
export const matrixInverse = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions & { adjoint?: boolean }) => Tensor<D>>({
  signature: 'MatrixInverse(input: T) -> (output: T) | adjoint: bool = false; T: type in [$oldFloat, $complex]',
  shape: square,
});

/** The determinant. */
export const matrixDeterminant = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'MatrixDeterminant(input: T) -> (output: T) | T: type in [$oldFloat, $complex]',
  shape: (c) => [batchOf(squareMatrices(c, 0))],
});

/** The sign of the determinant and the logarithm of its magnitude. */
export const logMatrixDeterminant = defineOp<
  <D extends DType>(input: TensorLike<D>, options?: OpOptions) => Outputs<{ sign: Tensor<D>; logAbsDeterminant: Tensor<D> }>
>({
  signature: 'LogMatrixDeterminant(input: T) -> (sign: T, log_abs_determinant: T) | T: type in [$oldFloat, $complex]',
  shape: (c) => {
    const batch = batchOf(squareMatrices(c, 0));
    return [batch, batch];
  },
});

/** X with matrix · X = rhs. */
export const matrixSolve = defineOp<
  <D extends DType>(matrix: TensorLike<D>, rhs: TensorLike<D>, options?: OpOptions & { adjoint?: boolean }) => Tensor<D>
>({
  signature: 'MatrixSolve(matrix: T, rhs: T) -> (output: T) | adjoint: bool = false; T: type in [$oldFloat, $complex]',
  shape: solved,
});

/** X with matrix · X = rhs, for a triangular matrix. */
export const matrixTriangularSolve = defineOp<
  <D extends DType>(matrix: TensorLike<D>, rhs: TensorLike<D>, options?: OpOptions & { lower?: boolean; adjoint?: boolean }) => Tensor<D>
>({
  signature: 'MatrixTriangularSolve(matrix: T, rhs: T) -> (output: T) | lower: bool = true; adjoint: bool = false; T: type in $inexact',
  shape: solved,
});

/** e to the matrix. */
export const matrixExponential = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'MatrixExponential(input: T) -> (output: T) | T: type in [$oldFloat, $complex] | deprecated at 27',
  shape: square,
});

/** The logarithm of the matrix. */
export const matrixLogarithm = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'MatrixLogarithm(input: T) -> (output: T) | T: type in $complex',
  shape: square,
});

/** A matrix whose square this is. */
export const matrixSquareRoot = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'MatrixSquareRoot(input: T) -> (output: T) | T: type in [$oldFloat, $complex]',
  shape: square,
});

/** Eigenvalues and eigenvectors of self-adjoint matrices. */
export const selfAdjointEigV2 = defineOp<
  <D extends DType>(input: TensorLike<D>, options?: OpOptions & { computeV?: boolean }) => Outputs<{ e: Tensor<D>; v: Tensor<D> }>
>({
  signature: 'SelfAdjointEigV2(input: T) -> (e: T, v: T) | compute_v: bool = true; T: type in [$oldFloat, $complex]',
  shape: (c) => {
    const input = squareMatrices(c, 0);
    return [input === null ? null : input.slice(0, -1), c.attrs.bool('compute_v') ? input : []];
  },
});

/** Eigenvalues and eigenvectors. */
export const eig = defineOp<
  <Out extends DType>(
    input: TensorLike<'float32' | 'float64' | 'complex64' | 'complex128'>, tout: Out,
    options?: OpOptions & { computeV?: boolean },
  ) => Outputs<{ e: Tensor<Out>; v: Tensor<Out> }>
>({
  signature: 'Eig(input: T) -> (e: Tout, v: Tout) | compute_v: bool = true; T: type in [$complex, float, double]; Tout: type in $complex',
  shape: (c) => {
    const input = squareMatrices(c, 0);
    return [input === null ? null : input.slice(0, -1), c.attrs.bool('compute_v') ? input : []];
  },
});

/** x with least |matrix·x - rhs|² + l2_regularizer·|x|². */
export const matrixSolveLs = defineOp<
  <D extends DType>(
    matrix: TensorLike<D>, rhs: TensorLike<D>, l2Regularizer: TensorLike<'float64'>,
    options?: OpOptions & { fast?: boolean },
  ) => Tensor<D>
>({
  signature: 'MatrixSolveLs(matrix: T, rhs: T, l2_regularizer: double) -> (output: T) | T: type in [$oldFloat, $complex]; fast: bool = true',
  shape: (c) => {
    rankIs(c, 2, 0, 'l2_regularizer');
    const [matrix, right] = [rankAtLeast(c, 0, 2, 'matrix'), rankAtLeast(c, 1, 2, 'rhs')];
    if (matrix === null || right === null) return [null];
    const batch = merge(c, matrix.slice(0, -2), right.slice(0, -2), 'batch of matrix and rhs');
    mergeDim(c, matrix.at(-2) ?? null, right.at(-2) ?? null, 'rows of matrix and rhs');
    return [[...(batch ?? []), matrix.at(-1) ?? null, right.at(-1) ?? null]];
  },
});

/** The LU decomposition and its permutation. */
export const lu = defineOp<
  <D extends DType, D2 extends DType = 'int32'>(
    input: TensorLike<D>,
    options?: OpOptions & { outputIdxType?: D2 },
  ) => Outputs<{ lu: Tensor<D>; p: Tensor<D2> }>
>({
  signature: 'Lu(input: T) -> (lu: T, p: output_idx_type) | T: type in [$oldFloat, $complex]; output_idx_type: type in $index = int32',
  shape: (c) => {
    const input = squareMatrices(c, 0);
    return [input, input === null ? null : input.slice(0, -1)];
  },
});

/** The QR decomposition. */
export const qr = defineOp<
  <D extends DType>(input: TensorLike<D>, options?: OpOptions & { fullMatrices?: boolean }) => Outputs<{ q: Tensor<D>; r: Tensor<D> }>
>({
  signature: 'Qr(input: T) -> (q: T, r: T) | full_matrices: bool = false; T: type in [$oldFloat, $complex]',
  shape: (c) => {
    const input = rankAtLeast(c, 0, 2, 'input');
    if (input === null) return [null, null];
    const batch = input.slice(0, -2);
    const [rows, columns] = [input.at(-2) ?? null, input.at(-1) ?? null];
    const inner = c.attrs.bool('full_matrices') ? rows : smaller(rows, columns);
    return [[...batch, rows, inner], [...batch, inner, columns]];
  },
});

/** Singular values and vectors. */
export const svd = defineOp<
  <D extends DType>(
    input: TensorLike<D>,
    options?: OpOptions & { computeUv?: boolean; fullMatrices?: boolean },
  ) => Outputs<{ s: Tensor<D>; u: Tensor<D>; v: Tensor<D> }>
>({
  signature: 'Svd(input: T) -> (s: T, u: T, v: T) | compute_uv: bool = true; full_matrices: bool = false; T: type in [$oldFloat, $complex]',
  shape: (c) => {
    const input = rankAtLeast(c, 0, 2, 'input');
    if (input === null) return [null, null, null];
    const batch = input.slice(0, -2);
    const [rows, columns] = [input.at(-2) ?? null, input.at(-1) ?? null];
    const values = smaller(rows, columns);
    if (!c.attrs.bool('compute_uv')) return [[...batch, values], [], []];
    const isFull = c.attrs.bool('full_matrices');
    return [[...batch, values], [...batch, rows, isFull ? rows : values], [...batch, columns, isFull ? columns : values]];
  },
});
