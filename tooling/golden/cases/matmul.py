"""Products of matrices: MatMul, the BatchMatMuls, Einsum, and products with vectors spelled as matrices."""

import numpy as np

from case import ACCUMULATED, case
from values import NUMBERS, f32, sample

SIZES = [(1, 1, 1), (2, 3, 4), (1, 7, 5), (5, 1, 3), (4, 8, 1), (4, 4, 4), (8, 16, 8), (3, 17, 9), (7, 5, 33), (13, 11, 17), (6, 64, 10), (33, 3, 31)]
EQUATIONS = [
    ("ij,jk->ik", [(2, 3), (3, 4)]), ("ij->ji", [(2, 3)]), ("ij->i", [(2, 3)]), ("ii->i", [(3, 3)]), ("i,i->", [(4,), (4,)]),
    ("i,j->ij", [(3,), (4,)]), ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]), ("bhqd,bhkd->bhqk", [(2, 2, 3, 4), (2, 2, 5, 4)]),
    ("...ij,...jk->...ik", [(2, 1, 3, 4), (5, 4, 2)]), ("abc,cd->abd", [(2, 3, 4), (4, 5)]), ("abc,abd->cd", [(2, 3, 4), (2, 3, 5)]),
    ("ijk->kij", [(2, 3, 4)]), ("ij,ij->ij", [(2, 3), (2, 3)]), ("aij,jk->aik", [(2, 3, 4), (4, 2)]), ("ij,->ij", [(2, 2), ()]),
]


def cases():
    for m, k, n in SIZES:
        yield case("MatMul", sample("float32", (m, k), 1), sample("float32", (k, n), 2), tolerance=ACCUMULATED)
    for transpose_a in (False, True):
        for transpose_b in (False, True):
            for m, k, n in [(2, 3, 4), (5, 9, 17), (1, 4, 6), (6, 4, 1)]:
                left, right = ((k, m) if transpose_a else (m, k)), ((n, k) if transpose_b else (k, n))
                yield case("MatMul", sample("float32", left, 1), sample("float32", right, 2), tolerance=ACCUMULATED,
                           label=f"{m}x{k}x{n} transpose {transpose_a} {transpose_b}", transpose_a=transpose_a, transpose_b=transpose_b)
    for dtype in NUMBERS:
        yield case("MatMul", sample(dtype, (3, 4), 1), sample(dtype, (4, 5), 2), label="3x4x5", tolerance=ACCUMULATED)
    yield case("MatMul", np.zeros((0, 3), np.float32), sample("float32", (3, 4)), label="no rows")
    yield case("MatMul", np.zeros((2, 0), np.float32), np.zeros((0, 4), np.float32), label="no inner size")
    yield case("MatMul", sample("float32", (2, 3)), np.zeros((3, 0), np.float32), label="no columns")
    yield case("MatMul", f32([[1, np.inf], [np.nan, 1]]), f32([[1, 0], [0, 1]]), label="not finite")
    yield case("MatMul", np.array([[2**31 - 1, 1]], np.int32), np.array([[1], [1]], np.int32), label="overflow")
    yield case("MatMul", sample("float32", (2, 3)), sample("float32", (2, 3)), label="inner sizes differ", error=True)
    yield case("MatMul", sample("float32", (2, 3)), sample("float32", (3,)), label="vector", error=True)
    yield case("MatMul", sample("float32", (1, 2, 3)), sample("float32", (3, 2)), label="rank 3", error=True)
    yield from batched()
    yield from einsums()


def batched():
    for op in ("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"):
        extra = {"Tout": "float32"} if op == "BatchMatMulV3" else {}
        for adj_x in (False, True):
            for adj_y in (False, True):
                left, right = ((4, 3) if adj_x else (3, 4)), ((5, 4) if adj_y else (4, 5))
                yield case(op, sample("float32", (2, *left), 1), sample("float32", (2, *right), 2), tolerance=ACCUMULATED,
                           label=f"adjoint {adj_x} {adj_y}", adj_x=adj_x, adj_y=adj_y, **extra)
        yield case(op, sample("float32", (2, 3, 7, 9), 1), sample("float32", (2, 3, 9, 5), 2), label="rank 4", tolerance=ACCUMULATED, **extra)
        yield case(op, np.zeros((0, 2, 3), np.float32), np.zeros((0, 3, 4), np.float32), label="empty batch", **extra)
        yield case(op, np.zeros((2, 2, 0), np.float32), np.zeros((2, 0, 4), np.float32), label="no inner size", **extra)
        yield case(op, sample("float32", (2, 2, 3)), sample("float32", (2, 4, 5)), label="inner sizes differ", error=True, **extra)
    for dtype in NUMBERS:
        yield case("BatchMatMulV2", sample(dtype, (2, 2, 3), 1), sample(dtype, (2, 3, 2), 2), label="batch", tolerance=ACCUMULATED)
    for left, right in [((2, 1, 3, 4), (5, 4, 2)), ((3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)), ((1, 2, 3), (4, 3, 2)), ((7, 1, 2, 2), (1, 3, 2, 2))]:
        yield case("BatchMatMulV2", sample("float32", left, 1), sample("float32", right, 2), tolerance=ACCUMULATED)
    yield case("BatchMatMulV2", sample("complex64", (2, 2, 3), 1), sample("complex64", (2, 2, 3), 2), label="adjoint", tolerance=ACCUMULATED, adj_y=True)
    yield case("BatchMatMulV2", sample("float32", (2, 2, 3)), sample("float32", (3, 3, 2)), label="batches differ", error=True)
    yield case("BatchMatMulV3", sample("int8", (2, 3, 4), 1), sample("int8", (2, 4, 2), 2), label="to int32", Tout="int32")


def einsums():
    for equation, shapes in EQUATIONS:
        inputs = [sample("float32", shape, seed) for seed, shape in enumerate(shapes, 1)]
        yield case("Einsum", *inputs, label=equation, tolerance=ACCUMULATED, equation=equation)
    yield case("Einsum", sample("float64", (2, 3), 1), sample("float64", (3, 2), 2), label="ij,jk->ik", tolerance=ACCUMULATED, equation="ij,jk->ik")
    yield case("Einsum", sample("int32", (2, 3), 1), sample("int32", (3, 2), 2), label="ij,jk->ik", equation="ij,jk->ik")
    yield case("Einsum", sample("float32", (2, 3)), sample("float32", (4, 2)), label="sizes differ", error=True, equation="ij,jk->ik")
    yield case("Einsum", sample("float32", (2, 3)), label="unknown letter", error=True, equation="ij->ik")
