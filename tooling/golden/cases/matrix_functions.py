"""Functions of square matrices, least squares, eigenvalues of any square matrix, the gradient of Cholesky's factor."""

import numpy as np

from case import SPECIAL, Tolerance, case
from values import f32, sample

LOOSE = Tolerance((2e-2, 1e-3), (6e-2, 1e-2), (3e-4, 1e-4), (1e-9, 1e-10), of_scale=True)
FIXED = np.array([[4, 1, 0.5], [2, 3, 1], [0, 1, 5]])


def batch(dtype):
    """Two well-behaved matrices."""
    more = sample("complex128" if "complex" in dtype else "float64", (3, 3), 5, -1, 1)
    return np.stack([FIXED.astype(dtype), (more + 3 * np.eye(3)).astype(dtype)])


def cases():
    for dtype in ("float32", "float64", "complex64", "complex128"):
        for op in ("MatrixSquareRoot", "MatrixLogarithm", "MatrixExponential"):
            yield case(op, batch(dtype), label=dtype, tolerance=LOOSE)
        tout = "complex64" if dtype in ("float32", "complex64") else "complex128"
        yield case("Eig", batch(dtype), label=f"{dtype} values", tolerance=LOOSE, unspecified=(1,), Tout=tout, compute_v=False)
        yield case("Eig", batch(dtype), label=f"{dtype} both", tolerance=LOOSE, unspecified=(1,), Tout=tout)
    for op in ("MatrixSquareRoot", "MatrixExponential", "MatrixLogarithm"):
        dtype = "complex128" if op == "MatrixLogarithm" else "float64"
        yield case(op, np.zeros((0, 3, 3), dtype), label="no matrices", tolerance=LOOSE)
        yield case(op, np.zeros((0, 0), dtype), label="no rows", tolerance=LOOSE)
        yield case(op, np.full((1, 1), 2.25, dtype), label="one number", tolerance=SPECIAL)
        yield case(op, np.array([[1, np.nan], [0, 1]], dtype), label="not a number", tolerance=SPECIAL)
        yield case(op, np.zeros((2, 3), dtype), label="not square", error=True)
        yield case(op, np.zeros(3, dtype), label="vector", error=True)
    yield case("MatrixSquareRoot", np.array([[-1.0, 0], [0, 4]]), label="no real root", tolerance=SPECIAL)
    yield case("MatrixSquareRoot", np.zeros((2, 2)), label="zeros", tolerance=SPECIAL)
    yield case("MatrixLogarithm", np.array([[-1.0, 0], [0, 4]], np.complex128), label="negative", tolerance=SPECIAL)
    yield case("MatrixExponential", np.array([[0.0, 30], [-30, 0]]), label="turning", tolerance=LOOSE)
    yield case("MatrixExponential", np.zeros((2, 2)), label="zeros", tolerance=SPECIAL)
    yield case("Eig", np.array([[0.0, 2], [-0.5, 0.1]]), label="complex pair", tolerance=LOOSE, unspecified=(0, 1), Tout="complex128")
    yield case("Eig", np.array([[1.0, np.inf], [0, 1]]), label="infinite", error=True, Tout="complex128")
    yield case("Eig", np.zeros((0, 2, 2)), label="no matrices", Tout="complex128")
    for dtype in ("float32", "float64"):
        lower = np.linalg.cholesky(FIXED @ FIXED.T).astype(dtype)
        yield case("CholeskyGrad", lower, sample(dtype, (3, 3), 7), label=dtype, tolerance=LOOSE)
    yield case("CholeskyGrad", np.stack([lower, 2 * lower]), sample("float64", (2, 3, 3), 7), label="two", tolerance=LOOSE)
    yield from least_squares()


def least_squares():
    tall, wide = (7, 3), (3, 7)
    for dtype in ("float32", "float64", "complex64", "complex128"):
        for shape in (tall, wide, (3, 3)):
            a, b = sample(dtype, shape, 3), sample(dtype, (shape[0], 2), 4)
            for fast in (True, False):
                for weight in (0.0, 0.5):
                    if not fast and weight:
                        continue
                    yield case("MatrixSolveLs", a, b, np.float64(weight), label=f"{dtype} {shape} {weight} fast {fast}", tolerance=LOOSE, fast=fast)
    ones = np.ones((3, 2))
    yield case("MatrixSolveLs", ones, np.arange(3.0).reshape(3, 1), np.float64(0), label="rank one", tolerance=LOOSE, fast=False)
    yield case("MatrixSolveLs", np.zeros((2, 2)), np.ones((2, 1)), np.float64(0), label="rank deficient", error=True)
    yield case("MatrixSolveLs", ones, np.ones((2, 1)), np.float64(0), label="rows differ", error=True)
    yield case("MatrixSolveLs", ones, np.ones((3, 1)), np.zeros(1), label="weights", error=True)
    yield case("MatrixSolveLs", f32(np.zeros((0, 3, 2))), f32(np.zeros((0, 3, 1))), np.float64(0), label="no matrices", tolerance=LOOSE)
