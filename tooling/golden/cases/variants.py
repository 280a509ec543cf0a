"""Older and rarer spellings of ops, one case each: edge_vectors.py makes of them what the dtypes and edges need."""

import numpy as np

from case import ACCUMULATED, ARITHMETIC, SPECIAL, case
from values import f32, i32, i32_scalar, i64, sample, strings

X = sample("float32", (1, 4, 4, 2), 3)
CUBE = sample("float32", (1, 4, 4, 4, 2), 4)
SQUARE = sample("float32", (2, 3, 3), 5) + 4 * np.eye(3, dtype=np.float32)
POSITIVE = np.matmul(SQUARE, SQUARE.transpose(0, 2, 1)).round(2)
MATRIX = sample("float32", (3, 5), 6)


def cases():
    yield from movements()
    yield from matrices()
    yield from pools()
    yield from transforms()
    yield from others()


def movements():
    yield case("ScatterNdNonAliasingAdd", sample("float32", (5, 3)), i32([0], [3]), sample("float32", (2, 3), 2))
    yield case("MatrixSetDiagV2", MATRIX, f32([7, 8, 9]), i32_scalar(0))
    yield case("MatrixDiagV2", f32([1, 2, 3]), i32_scalar(1), i32_scalar(-1), i32_scalar(-1), np.float32(9))
    yield case("MatrixDiagPartV2", MATRIX, i32_scalar(1), np.float32(9))
    yield case("BatchMatrixSetDiag", MATRIX, f32([7, 8, 9]))
    yield case("BatchMatrixDiag", f32([1, 2, 3]))
    yield case("BatchMatrixDiagPart", MATRIX)
    yield case("BatchMatrixBandPart", MATRIX, np.int64(1), np.int64(0))
    yield case("ParallelConcat", f32([[1, 2, 3]]), f32([[4, 5, 6]]), shape=[2, 3])
    yield case("PlaceholderWithDefault", sample("float32", (5,)), shape=[5])
    yield case("IdentityN", sample("float32", (5,)), sample("int32", (3,)))
    yield case("Assert", np.bool_(True), f32([1, 2, 3]))
    for op in ("Rank", "Size", "Shape"):
        yield case(op, MATRIX)
    yield case("DynamicStitch", i32(0, 2), i32(1, 3), sample("float32", (2, 3)), sample("float32", (2, 3), 2))
    yield case("ParallelDynamicStitch", i32(0, 2), i32(1, 3), sample("float32", (2, 3)), sample("float32", (2, 3), 2))
    yield case("Reverse", MATRIX, np.array([False, True]))
    yield case("SpaceToBatch", X, i64([0, 0], [0, 0]), block_size=2)
    yield case("BatchToSpace", sample("float32", (4, 2, 3, 1)), i64([0, 1], [1, 0]), block_size=2)
    yield case("Fingerprint", MATRIX, strings("farmhash64"))


def matrices():
    for op in ("BatchMatrixInverse", "BatchMatrixDeterminant", "LogMatrixDeterminant"):
        yield case(op, SQUARE, tolerance=ACCUMULATED)
    yield case("BatchCholesky", POSITIVE, tolerance=ACCUMULATED)
    for op in ("BatchMatrixSolve", "BatchMatrixTriangularSolve"):
        yield case(op, SQUARE, sample("float32", (2, 3, 2), 7), tolerance=ACCUMULATED)
    yield case("TridiagonalMatMul", sample("float32", (1, 5), 1), sample("float32", (1, 5), 2), sample("float32", (1, 5), 3), sample("float32", (5, 3), 4),
               tolerance=ACCUMULATED)
    yield case("SparseMatMul", MATRIX, sample("float32", (5, 3), 8), tolerance=ACCUMULATED)
    yield case("BatchMatMulV3", MATRIX, sample("float32", (5, 3), 8), Tout="float32", tolerance=ACCUMULATED)
    yield case("Bincount", i32(1, 2, 2, 0, 4), i32_scalar(5), f32([1, 2, 3, 4, 5]))
    yield case("LinSpace", np.float32(1), np.float32(3), i32_scalar(5), tolerance=ARITHMETIC)


def pools():
    output = X.reshape(1, 2, 2, 2, 2, 2).max((2, 4))
    deep_output = CUBE.reshape(1, 2, 2, 2, 2, 2, 2, 2).max((2, 4, 6))
    window = dict(ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID")
    deep = dict(ksize=[1, 2, 2, 2, 1], strides=[1, 2, 2, 2, 1], padding="VALID")
    yield case("MaxPoolGradV2", X, output, output, i32(1, 2, 2, 1), i32(1, 2, 2, 1), padding="VALID")
    yield case("MaxPoolGradWithArgmax", X, output, i64(*range(8)).reshape(1, 2, 2, 2), **window)
    yield case("MaxPool3DGrad", CUBE, deep_output, CUBE[:, ::2, ::2, ::2], **deep)
    yield case("AvgPool3DGrad", i32(1, 4, 4, 4, 2), CUBE[:, ::2, ::2, ::2], tolerance=ACCUMULATED, **deep)
    yield case("Conv3DBackpropFilterV2", CUBE, i32(2, 2, 2, 2, 3), sample("float32", (1, 4, 4, 4, 3), 9), strides=[1, 1, 1, 1, 1], padding="SAME",
               tolerance=ACCUMULATED)
    yield case("Conv3DBackpropInputV2", i32(1, 4, 4, 4, 2), sample("float32", (2, 2, 2, 2, 3), 9), sample("float32", (1, 4, 4, 4, 3), 9), strides=[1, 1, 1, 1, 1],
               padding="SAME", tolerance=ACCUMULATED)


def transforms():
    complex_cube = sample("complex64", (2, 3, 4), 2)
    for op in ("FFT3D", "IFFT3D", "BatchFFT3D", "BatchIFFT3D", "BatchFFT2D", "BatchIFFT2D", "BatchFFT", "BatchIFFT"):
        yield case(op, complex_cube, tolerance=ACCUMULATED)
    yield case("RFFT2D", sample("float32", (3, 5)), i32(3, 5), Tcomplex="complex64", tolerance=ACCUMULATED)
    yield case("RFFT3D", sample("float32", (2, 3, 5)), i32(2, 3, 5), Tcomplex="complex64", tolerance=ACCUMULATED)
    yield case("IRFFT2D", sample("complex64", (3, 3)), i32(3, 4), Treal="float32", tolerance=ACCUMULATED)
    yield case("IRFFT3D", sample("complex64", (2, 3, 3)), i32(2, 3, 4), Treal="float32", tolerance=ACCUMULATED)


def others():
    yield case("CheckNumericsV2", sample("float32", (5,)), message="checked")
    yield case("DrawBoundingBoxesV2", sample("float32", (1, 6, 7, 3)), f32([[[0.1, 0.1, 0.9, 0.8], [0, 0, 1, 1]]]), f32([[1, 0, 0], [0, 1, 0.5]]))
    channels = [f32([1, 2]), f32([0.1, 0.2]), f32([1.5, 0.5])]
    yield case("FusedBatchNormGradV2", X, X[:, ::-1].copy(), *channels, is_training=False, tolerance=SPECIAL, unspecified=(3, 4))
    yield case("FusedBatchNormGradV3", X, X[:, ::-1].copy(), *channels, f32([]), is_training=False, tolerance=SPECIAL, unspecified=(3, 4))
    yield case("Empty", i32(0, 3), dtype="float32")
    yield case("BatchSelfAdjointEigV2", POSITIVE, compute_v=False, tolerance=ACCUMULATED, unspecified=(1,))
    yield case("ScaleAndTranslateGrad", sample("float32", (1, 3, 5, 2)), X, f32([0.7, 1.3]), f32([0.2, -0.5]), tolerance=ACCUMULATED)
    yield case("ScaleAndTranslateGrad", sample("float32", (1, 3, 5, 2)), X, f32([0.7, 1.3]), f32([0.2, -0.5]), label="box", kernel_type="box", tolerance=ACCUMULATED)
    yield case("RandomPoisson", i32(3), f32([1.5, 20]), seed=3, seed2=4)
    yield case("StatelessRandomGetAlg")
    yield case("ShardedFilename", strings("model"), i32_scalar(1), i32_scalar(3))
    yield case("ShardedFilespec", strings("model"), i32_scalar(3))
