/** Ops that newer ones have replaced, in the newer ones' words. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { shapeText, type PartialShape } from '../shape.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { Outputs } from './callTypes.js';
import { int32 } from './bodies.js';
import { matrixDeterminant, selfAdjointEigV2, svd } from './linalg.js';
import type { OpBody } from './opDef.js';
import { dimIs, merge, mergeDim, rankAtLeast, rankIs, scalarOutputs, unchanged } from './shapes/common.js';
import { matrixDiag, matrixDiagPart, matrixSetDiag, squareMatrices } from './shapes/matrix.js';

/** The same op under its later name. */
const renamed = (type: string, attrs: readonly string[] = []): OpBody => (b, inputs) => {
  const kept = attrs.flatMap((name) => {
    const value = b.attrs.attrs[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return b.op(type, inputs, Object.fromEntries(kept));
};

/** MatrixBandPart. */
export const batchMatrixBandPart = defineOp<
  <D extends DType>(input: TensorLike<D>, numLower: TensorLike<'int64'>, numUpper: TensorLike<'int64'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'BatchMatrixBandPart(input: T, num_lower: int64, num_upper: int64) -> (band: T) | T: type | deprecated at 14',
  shape: unchanged,
  body: renamed('MatrixBandPart'),
});

/** MatrixDiag. */
export const batchMatrixDiag = defineOp<<D extends DType>(diagonal: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BatchMatrixDiag(diagonal: T) -> (output: T) | T: type | deprecated at 14',
  shape: matrixDiag,
  body: renamed('MatrixDiag'),
});

/** MatrixDiagPart. */
export const batchMatrixDiagPart = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BatchMatrixDiagPart(input: T) -> (diagonal: T) | T: type | deprecated at 14',
  shape: matrixDiagPart(false),
  body: renamed('MatrixDiagPart'),
});

/** MatrixSetDiag. */
export const batchMatrixSetDiag = defineOp<
  <D extends DType>(input: TensorLike<D>, diagonal: TensorLike<D>, options?: OpOptions) => Tensor<D>
>({
  signature: 'BatchMatrixSetDiag(input: T, diagonal: T) -> (output: T) | T: type | deprecated at 14',
  shape: matrixSetDiag(false),
  body: renamed('MatrixSetDiag'),
});

/** Cholesky. */
export const batchCholesky = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BatchCholesky(input: T) -> (output: T) | T: type in [double, float] | deprecated at 13',
  shape: (c) => [squareMatrices(c, 0)],
  body: renamed('Cholesky'),
});

/** MatrixInverse. */
export const batchMatrixInverse = defineOp<
  <D extends DType>(input: TensorLike<D>, options?: OpOptions & { adjoint?: boolean }) => Tensor<D>
>({
  signature: 'BatchMatrixInverse(input: T) -> (output: T) | adjoint: bool = false; T: type in [double, float] | deprecated at 13',
  shape: (c) => [squareMatrices(c, 0)],
  body: renamed('MatrixInverse', ['adjoint']),
});

/** MatrixSolve. */
export const batchMatrixSolve = defineOp<
  <D extends DType>(matrix: TensorLike<D>, rhs: TensorLike<D>, options?: OpOptions & { adjoint?: boolean }) => Tensor<D>
>({
  signature: 'BatchMatrixSolve(matrix: T, rhs: T) -> (output: T) | adjoint: bool = false; T: type in [double, float] | deprecated at 13',
  shape: (c) => [c.shape(1)],
  body: renamed('MatrixSolve', ['adjoint']),
});

/** MatrixTriangularSolve. */
export const batchMatrixTriangularSolve = defineOp<
  <D extends DType>(matrix: TensorLike<D>, rhs: TensorLike<D>, options?: OpOptions & { lower?: boolean; adjoint?: boolean }) => Tensor<D>
>({
  signature: 'BatchMatrixTriangularSolve(matrix: T, rhs: T) -> (output: T) | lower: bool = true; adjoint: bool = false; T: ' +
    'type in [double, float] | deprecated at 13',
  shape: (c) => [c.shape(1)],
  body: renamed('MatrixTriangularSolve', ['lower', 'adjoint']),
});

/** FFT. */
export const batchFFT = defineOp<(input: TensorLike<'complex64'>, options?: OpOptions) => Tensor<'complex64'>>({
  signature: 'BatchFFT(input: complex64) -> (output: complex64) | deprecated at 15',
  shape: unchanged,
  body: renamed('FFT'),
});

/** FFT2D. */
export const batchFFT2D = defineOp<(input: TensorLike<'complex64'>, options?: OpOptions) => Tensor<'complex64'>>({
  signature: 'BatchFFT2D(input: complex64) -> (output: complex64) | deprecated at 15',
  shape: unchanged,
  body: renamed('FFT2D'),
});

/** FFT3D. */
export const batchFFT3D = defineOp<(input: TensorLike<'complex64'>, options?: OpOptions) => Tensor<'complex64'>>({
  signature: 'BatchFFT3D(input: complex64) -> (output: complex64) | deprecated at 15',
  shape: unchanged,
  body: renamed('FFT3D'),
});

/** IFFT. */
export const batchIFFT = defineOp<(input: TensorLike<'complex64'>, options?: OpOptions) => Tensor<'complex64'>>({
  signature: 'BatchIFFT(input: complex64) -> (output: complex64) | deprecated at 15',
  shape: unchanged,
  body: renamed('IFFT'),
});

/** IFFT2D. */
export const batchIFFT2D = defineOp<(input: TensorLike<'complex64'>, options?: OpOptions) => Tensor<'complex64'>>({
  signature: 'BatchIFFT2D(input: complex64) -> (output: complex64) | deprecated at 15',
  shape: unchanged,
  body: renamed('IFFT2D'),
});

/** IFFT3D. */
export const batchIFFT3D = defineOp<(input: TensorLike<'complex64'>, options?: OpOptions) => Tensor<'complex64'>>({
  signature: 'BatchIFFT3D(input: complex64) -> (output: complex64) | deprecated at 15',
  shape: unchanged,
  body: renamed('IFFT3D'),
});

/** Rows joined along axis 0; every value has one row. */
export const parallelConcat = defineOp<
  <D extends DType>(values: readonly TensorLike<D>[], shape: PartialShape, options?: OpOptions) => Tensor<D>
>({
  signature: 'ParallelConcat(values: N*T) -> (output: T) | N: int >= 1; T: type; shape: shape',
  shape: (c) => [c.attrs.shape('shape')],
  body: (b, inputs) => (inputs.length === 1 ? b.op('Identity', inputs) : b.op('ConcatV2', [...inputs, int32(b, 0)])),
});

/** The input, shown to a debugger. */
export const debugIdentity = defineOp<
  <D extends DType>(
    input: TensorLike<D>,
    options?: OpOptions & { deviceName?: string; tensorName?: string; debugUrls?: readonly string[]; gatedGrpc?: boolean },
  ) => Tensor<D>
>({
  signature: "DebugIdentity(input: T) -> (output: T) | T: type; device_name: string = ''; tensor_name: string = ''; " +
    "debug_urls: list(string) = []; gated_grpc: bool = false | uninitialized input ok",
  shape: unchanged,
});

/** Axes of one data format as axes of another. */
export const dataFormatDimMap = defineOp<
  <D extends DType>(x: TensorLike<D>, options?: OpOptions & { srcFormat?: string; dstFormat?: string }) => Tensor<D>
>({
  signature: "DataFormatDimMap(x: T) -> (y: T) | T: type in $index = int32; src_format: string = 'NHWC'; dst_format: string = 'NCHW'",
  shape: unchanged,
});

/** A vector (or rows of pairs) per dimension in the order of another data format. */
export const dataFormatVecPermute = defineOp<
  <D extends DType>(x: TensorLike<D>, options?: OpOptions & { srcFormat?: string; dstFormat?: string }) => Tensor<D>
>({
  signature: "DataFormatVecPermute(x: T) -> (y: T) | T: type in $index = int32; src_format: string = 'NHWC'; dst_format: string = 'NCHW'",
  shape: (c) => {
    const x = c.shape(0);
    if (x === null) return [x];
    const spatial = c.attrs.string('src_format').length - 2;
    if (x.length !== 1 && x.length !== 2) c.fail(`input must be a vector or 2D tensor, but got shape ${shapeText(x)}`);
    const size = x[0] ?? spatial + 2;
    if (size !== spatial + 2 && size !== spatial) {
      c.fail(`${x.length === 1 ? '1D input must be' : 'First dimension of 2D input must be'} of size ${spatial} or ${spatial + 2}, but got shape ${shapeText(x)}`);
    }
    if (x.length === 2 && x[1] !== null && x[1] !== 2) c.fail(`Second dimension of 2D input must be of size 2, but got shape ${shapeText(x)}`);
    return [x];
  },
});

/** X with tridiagonal · X = rhs, for diagonals [3, n]. */
export const tridiagonalSolve = defineOp<
  <D extends DType>(
    diagonals: TensorLike<D>, rhs: TensorLike<D>,
    options?: OpOptions & { partialPivoting?: boolean; perturbSingular?: boolean },
  ) => Tensor<D>
>({
  signature: 'TridiagonalSolve(diagonals: T, rhs: T) -> (output: T) | partial_pivoting: bool = true; perturb_singular: bool = ' +
    'false; T: type in [$complex, double, float]',
  shape: (c) => {
    const rhs = rankAtLeast(c, 1, 2, 'rhs');
    const diagonals = rhs === null ? rankAtLeast(c, 0, 2, 'diagonals') : rankIs(c, 0, rhs.length, 'diagonals');
    if (rhs === null || diagonals === null) return [rhs];
    merge(c, diagonals.slice(0, -2), rhs.slice(0, -2), 'batch of diagonals and rhs');
    dimIs(c, diagonals.at(-2) ?? null, 3, 'Expected diagonals to be provided as a matrix with 3 rows');
    mergeDim(c, diagonals.at(-1) ?? null, rhs.at(-2) ?? null, 'lengths of diagonals and rows of rhs');
    return [rhs];
  },
});

/** MatrixDeterminant. */
export const batchMatrixDeterminant = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BatchMatrixDeterminant(input: T) -> (output: T) | T: type in [float, double, $complex] | deprecated at 13',
  shape: matrixDeterminant.definition.shape,
  body: renamed('MatrixDeterminant'),
});

/** SelfAdjointEigV2. */
export const batchSelfAdjointEigV2 = defineOp<
  <D extends DType>(input: TensorLike<D>, options?: OpOptions & { computeV?: boolean }) => Outputs<{ e: Tensor<D>; v: Tensor<D> }>
>({
  signature: 'BatchSelfAdjointEigV2(input: T) -> (e: T, v: T) | compute_v: bool = true; T: type in [double, float] | deprecated at 13',
  shape: selfAdjointEigV2.definition.shape,
  body: renamed('SelfAdjointEigV2', ['compute_v']),
});

/** Svd. */
export const batchSvd = defineOp<
  <D extends DType>(
    input: TensorLike<D>, options?: OpOptions & { computeUv?: boolean; fullMatrices?: boolean },
  ) => Outputs<{ s: Tensor<D>; u: Tensor<D>; v: Tensor<D> }>
>({
  signature: 'BatchSvd(input: T) -> (s: T, u: T, v: T) | compute_uv: bool = true; full_matrices: bool = false; T: type in [double, float, ' +
    '$complex] | deprecated at 13',
  shape: svd.definition.shape,
  body: renamed('Svd', ['compute_uv', 'full_matrices']),
});

/** A tridiagonal matrix times a matrix. */
export const tridiagonalMatMul = defineOp<
  <D extends DType>(
    superdiag: TensorLike<D>, maindiag: TensorLike<D>, subdiag: TensorLike<D>, rhs: TensorLike<D>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'TridiagonalMatMul(superdiag: T, maindiag: T, subdiag: T, rhs: T) -> (output: T) | T: type in [$complex, double, float]',
  shape: (c) => [rankAtLeast(c, 3, 2, 'rhs')],
});

/** The version of the graph's producer. */
export const graphDefVersion = defineOp<(options?: OpOptions) => Tensor<'int32'>>({
  signature: 'GraphDefVersion() -> (version: int32) | stateful',
  shape: scalarOutputs,
});
