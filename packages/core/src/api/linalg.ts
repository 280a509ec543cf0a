/** `tf.linalg`: matrices in the last two dimensions, by Python's names. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import type { OpOptions } from '../ops/apply.js';
import type { TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { checkOptions, graphOf, inScope, toTensor } from './arguments.js';
import { matmul } from './arithmetic.js';
import { matrixTranspose } from './arrays.js';
import { reduceSum } from './reductions.js';

export {
  cholesky, cross, lu, matrixBandPart as bandPart, matrixDeterminant as det, matrixDiag as diag, matrixDiagPart as diagPart, matrixExponential as expm,
  matrixInverse as inv, matrixLogarithm as logm, matrixSetDiag as setDiag, matrixSolve as solve, matrixSquareRoot as sqrtm,
  matrixTriangularSolve as triangularSolve, qr, diag as tensorDiag, diagPart as tensorDiagPart, tridiagonalMatMul as tridiagonalMatmul, tridiagonalSolve,
} from '../ops/families.js';
export { einsum, matmul } from './arithmetic.js';
export { matrixTranspose, matrixTranspose as transpose } from './arrays.js';
export { globalNorm } from './clipping.js';
export { norm, tensordot } from './derived.js';
export { l2Normalize } from './nn.js';
export { eye } from './values.js';

/** Transposed and conjugated. */
export function adjoint<D extends DType>(matrix: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  checkOptions('adjoint', options);
  return inScope(graphOf(matrix), options.name, 'adjoint', () => {
    const tensor = toTensor(matrix, 'matrix');
    return matrixTranspose(tensor.dtype === 'complex64' || tensor.dtype === 'complex128' ? ops.conj(tensor) : tensor);
  });
}

/** Eigenvalues, upwards, and eigenvectors, in columns, of self-adjoint matrices. */
export function eigh<D extends DType>(tensor: TensorLike<D>, options: OpOptions = {}): { readonly e: Tensor<D>; readonly v: Tensor<D> } {
  checkOptions('eigh', options);
  return ops.selfAdjointEigV2(tensor, options);
}

/** The logarithm of the determinant of Hermitian positive definite matrices: twice the sum of those on the diagonal of their Cholesky factor. */
export function logdet<D extends DType>(matrix: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  checkOptions('logdet', options);
  return inScope(graphOf(matrix), options.name, 'logdet', () => {
    const diagonal = ops.matrixDiagPart(ops.cholesky(toTensor(matrix, 'matrix')));
    return ops.mul(reduceSum(ops.log(diagonal), { axis: [-1] }), 2);
  });
}

/** The sign of determinants and the logarithm of their magnitude. */
export function slogdet<D extends DType>(input: TensorLike<D>, options: OpOptions = {}): { readonly sign: Tensor<D>; readonly logAbsDeterminant: Tensor<D> } {
  checkOptions('slogdet', options);
  return ops.logMatrixDeterminant(input, options);
}

/** Singular values, downwards, and the vectors: a = u · diag(s) · vᴴ. */
export function svd<D extends DType>(
  tensor: TensorLike<D>, options: OpOptions & { readonly fullMatrices?: boolean; readonly computeUv?: boolean } = {},
): { readonly s: Tensor<D>; readonly u: Tensor<D>; readonly v: Tensor<D> } {
  checkOptions('svd', options, ['fullMatrices', 'computeUv']);
  return ops.svd(tensor, options);
}

/** Products of matrices and vectors: a · b. */
export function matvec<D extends DType>(
  a: TensorLike<D>, b: TensorLike<D>, options: OpOptions & { readonly transposeA?: boolean; readonly adjointA?: boolean } = {},
): Tensor<D> {
  checkOptions('matvec', options, ['transposeA', 'adjointA']);
  const { transposeA, adjointA, name } = options;
  return inScope(graphOf(a, b), name, 'MatVec', () =>
    ops.squeeze(matmul(a, ops.expandDims(toTensor(b, 'b', a), -1), { transposeA, adjointA }), { squeezeDims: [-1] }));
}

/** Sums of the diagonals. */
export function trace<D extends DType>(x: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  checkOptions('trace', options);
  return inScope(graphOf(x), options.name, 'Trace', (scope) => reduceSum(ops.matrixDiagPart(toTensor(x, 'x')), { axis: [-1], name: scope }));
}
