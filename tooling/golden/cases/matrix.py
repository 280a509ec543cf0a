"""Parts of matrices and small linear algebra: diagonals, bands, Cross, Cholesky, inverses, solves, FFTs."""

import numpy as np

from case import ACCUMULATED, SPECIAL, case
from values import ALL, COMPLEXES, f32, i32, sample

SQUARE = f32([[4, 1, 0.5], [1, 3, -1], [0.5, -1, 2]])


def cases():
    yield from diagonals()
    yield from bands()
    yield from algebra()
    yield from decompositions()
    yield from fourier()


def diagonals():
    for dtype in ALL:
        yield case("MatrixDiag", sample(dtype, (2, 3)), label="batch")
        yield case("MatrixDiagPart", sample(dtype, (2, 3, 3)), label="batch")
        yield case("MatrixSetDiag", sample(dtype, (2, 3)), sample(dtype, (2,), 2), label="wide")
        yield case("Diag", sample(dtype, (3,)), label="vector")
        yield case("DiagPart", sample(dtype, (3, 3)), label="matrix")
    yield case("Diag", sample("float32", (2, 2)), label="matrix")
    yield case("DiagPart", sample("float32", (2, 3, 2, 3)), label="rank 4")
    yield case("MatrixDiagPart", sample("float32", (3, 5)), label="wide")
    yield case("MatrixDiag", np.zeros((0,), np.float32), label="empty")
    zero = np.float32(9)
    for k in ((0,), (1,), (-1,), (-1, 1)):
        shape = (3,) if len(k) == 1 else (3, 3)
        yield case("MatrixDiagV3", sample("float32", shape), i32(*k), np.int32(-1), np.int32(-1), zero, label=f"k {list(k)}")
        for align in ("RIGHT_LEFT", "LEFT_RIGHT", "LEFT_LEFT", "RIGHT_RIGHT"):
            yield case("MatrixDiagPartV3", sample("float32", (2, 3, 4)), i32(*k), zero, label=f"k {list(k)} {align}", align=align)
    yield case("MatrixSetDiagV3", sample("float32", (3, 4)), sample("float32", (3,), 2), i32(1), label="above", align="RIGHT_LEFT")
    yield case("DiagPart", sample("float32", (2, 3)), label="not square", error=True)


def bands():
    for dtype in ALL:
        yield case("MatrixBandPart", sample(dtype, (3, 4), 2, 1, 9), np.int64(1), np.int64(0), label="lower 1")
    for lower, upper in ((0, 0), (-1, 0), (0, -1), (-1, -1), (1, 2), (2, 1)):
        yield case("MatrixBandPart", sample("float32", (2, 4, 5), 2), np.int64(lower), np.int64(upper), label=f"{lower} {upper}")
    yield case("MatrixBandPart", sample("float32", (3, 3)), np.int64(4), np.int64(0), label="too many", error=True)


def algebra():
    for dtype in ("float32", "float64", "complex64"):
        square = SQUARE.astype(dtype)
        yield case("Cross", sample(dtype, (2, 3), 1), sample(dtype, (2, 3), 2), label="batch", tolerance=ACCUMULATED)
        yield case("Cholesky", square, label="matrix", tolerance=SPECIAL)
        yield case("MatrixInverse", square, label="matrix", tolerance=SPECIAL)
        yield case("MatrixInverse", np.stack([square, square * 2]), label="batch adjoint", tolerance=SPECIAL, adjoint=True)
        yield case("MatrixDeterminant", square, label="matrix", tolerance=SPECIAL)
        yield case("MatrixSolve", square, sample(dtype, (3, 2), 2), label="matrix", tolerance=SPECIAL)
        for lower in (False, True):
            yield case("MatrixTriangularSolve", square, sample(dtype, (3, 2), 2), label=f"lower {lower}", tolerance=SPECIAL, lower=lower)
    yield case("MatrixInverse", f32([[1, 2], [2, 4]]), label="singular", error=True)
    yield case("MatrixInverse", sample("float32", (2, 3)), label="not square", error=True)
    yield case("TridiagonalSolve", f32([[1, 2, 0], [4, 5, 6], [0, 1, 2]]), f32([[1], [2], [3]]), label="three", tolerance=SPECIAL)


def fourier():
    for dtype in COMPLEXES:
        for op in ("FFT", "IFFT"):
            for size in (1, 4, 5, 8):
                yield case(op, sample(dtype, (2, size), 3), label=f"size {size}", tolerance=ACCUMULATED)
        yield case("FFT2D", sample(dtype, (3, 4), 3), label="3x4", tolerance=ACCUMULATED)
        yield case("IFFT2D", sample(dtype, (4, 3), 3), label="4x3", tolerance=ACCUMULATED)
    for size, length in ((8, 8), (9, 8), (9, 6)):
        yield case("RFFT", sample("float32", (2, size), 3), i32(length), label=f"{size} to {length}", tolerance=ACCUMULATED)
    yield case("RFFT", sample("float32", (2, 5), 3), i32(8), label="too short", error=True)
    for length in (8, 7):
        yield case("IRFFT", sample("complex64", (2, 5), 3), i32(length), label=f"to {length}", tolerance=ACCUMULATED)


def decompositions():
    """Vectors whose sign is free are left to TensorFlow's own tests; of them only the values are asked here."""
    for dtype in ("float32", "float64", "complex64", "complex128"):
        for shape in ((3, 3), (4, 2), (2, 4), (2, 3, 3), (1, 1)):
            for full in (False, True):
                yield case("Qr", sample(dtype, shape, 5), label=f"{shape} full {full}", full_matrices=full, tolerance=ACCUMULATED)
            yield case("Svd", sample(dtype, shape, 6), label=f"{shape}", compute_uv=False, unspecified=(1, 2), tolerance=ACCUMULATED)
        for shape in ((3, 3), (2, 4, 4), (1, 1)):
            yield case("Lu", sample(dtype, shape, 7), label=f"{shape}", tolerance=ACCUMULATED)
            yield case("SelfAdjointEigV2", sample(dtype, shape, 8), label=f"{shape}", compute_v=False, unspecified=(1,), tolerance=ACCUMULATED)
    yield case("Svd", f32([[1, 2], [2, 4], [3, 6]]), label="of rank one", compute_uv=False, unspecified=(1, 2), tolerance=ACCUMULATED)
    yield case("Lu", f32([[1, 2], [2, 4]]), label="singular", error=True)
    yield case("Qr", np.zeros((0, 3), np.float32), label="no rows")
    yield case("SelfAdjointEigV2", f32([[1, 2]]), label="not square", error=True)
    for dtype in ("float32", "float64"):
        yield case("BatchMatrixDeterminant", sample(dtype, (2, 3, 3), 5), label="two", tolerance=ACCUMULATED)
        yield case("BatchSelfAdjointEigV2", sample(dtype, (2, 3, 3), 8), label="values", compute_v=False, unspecified=(1,), tolerance=ACCUMULATED)
        yield case("BatchSvd", sample(dtype, (2, 3, 2), 6), label="values", compute_uv=False, unspecified=(1, 2), tolerance=ACCUMULATED)
