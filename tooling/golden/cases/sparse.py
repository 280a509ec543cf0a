"""Sparse tensors as their three parts: reorder, reshape, fill, concatenate, multiply, reduce."""

import numpy as np

from case import ACCUMULATED, FUNCTION, case
from values import f32, i32, i64, sample

INDICES, VALUES, SHAPE = i64([0, 1], [1, 0], [1, 3], [3, 2]), f32([1, 2, 3, 4]), i64(4, 5)


def cases():
    yield case("SparseReorder", INDICES[::-1].copy(), VALUES, SHAPE, label="backwards")
    yield case("SparseReshape", INDICES, SHAPE, i64(2, -1), label="two rows")
    yield case("SparseReshape", INDICES, SHAPE, i64(3, 5), label="sizes differ", error=True)
    yield case("SparseFillEmptyRows", INDICES, VALUES, SHAPE, np.float32(-1), label="one empty row")
    yield case("SparseFillEmptyRows", np.zeros((2, 0), np.int64), f32([1, 2]), i64(), np.float32(-1), label="no shape", error=True)
    yield case("SparseFillEmptyRows", INDICES, VALUES[:1], SHAPE, np.float32(-1), label="values too few", error=True)
    yield case("SparseConcat", INDICES, INDICES, VALUES, VALUES * 2, SHAPE, SHAPE, label="columns", concat_dim=1, T="float32")
    yield case("SparseConcat", INDICES, INDICES, VALUES, VALUES * 2, SHAPE, SHAPE, label="rows", concat_dim=0, T="float32")
    yield case("SparseSplit", np.int64(1), INDICES, VALUES, SHAPE, label="columns", num_split=2)
    yield case("SparseSlice", INDICES, VALUES, SHAPE, i64(1, 0), i64(3, 3), label="corner")
    yield case("SparseSlice", INDICES, VALUES, SHAPE, i64(1, 0), i64(3, 3, 3), label="size too long", error=True)
    yield case("SparseSlice", INDICES, VALUES, SHAPE, i64(1), i64(3, 3), label="start too short", error=True)
    for adjoint in (False, True):
        dense = sample("float32", (4 if adjoint else 5, 3), 2)
        yield case("SparseTensorDenseMatMul", INDICES, VALUES, SHAPE, dense, label=f"adjoint {adjoint}", tolerance=ACCUMULATED, adjoint_a=adjoint)
    yield case("SparseTensorDenseAdd", INDICES, VALUES, SHAPE, sample("float32", (4, 5), 2), label="matrix")
    yield case("SparseAdd", INDICES, VALUES, SHAPE, INDICES[:2], VALUES[:2], SHAPE, np.float32(0), label="overlapping", tolerance=ACCUMULATED)
    for op in ("SparseReduceSum", "SparseReduceMax"):
        yield case(op, INDICES, VALUES, SHAPE, i32(1), label="rows", tolerance=ACCUMULATED)
        yield case(op, INDICES, VALUES, SHAPE, i32(0), label="columns keep", tolerance=ACCUMULATED, keep_dims=True)
    yield case("SparseSoftmax", INDICES, VALUES, SHAPE, label="rows", tolerance=FUNCTION)
    for op in ("SparseDenseCwiseMul", "SparseDenseCwiseAdd", "SparseDenseCwiseDiv"):
        yield case(op, INDICES, VALUES, SHAPE, sample("float32", (5,), 3, 1, 4), label="row", tolerance=ACCUMULATED)
    for op in ("SparseSparseMaximum", "SparseSparseMinimum"):
        yield case(op, INDICES, VALUES, SHAPE, INDICES[1:3], f32([9, -9]), SHAPE, label="overlapping")
    yield case("DenseToDenseSetOperation", i32([1, 2, 3], [4, 5, 6]), i32([3, 1], [7, 4]), label="intersection", set_operation="intersection")
    yield case("SparseTensorDenseMatMul", i64([4, 0]), f32([1]), SHAPE, sample("float32", (5, 2)), label="index out of range", error=True)
    yield from gradients()


def gradients():
    grad = sample("float32", (3, 2), 4)
    for dtype in ("float32", "float64", "float16", "bfloat16"):
        for op in ("SparseSegmentSumGrad", "SparseSegmentMeanGrad", "SparseSegmentSqrtNGrad"):
            yield case(op, sample(dtype, (3, 2), 4), i32(0, 3, 1, 3), i32(0, 0, 2, 2), np.int32(5), label="rows", tolerance=ACCUMULATED)
    yield case("SparseSegmentSumGrad", grad, i32(0, 5), i32(0, 1), np.int32(5), label="index out of range", error=True)
    yield case("SparseSegmentSumGrad", grad, i32(0, 1), i32(0, 3), np.int32(5), label="segment out of range", error=True)
    yield case("SparseFillEmptyRowsGrad", i64(0, 2, 4), f32([1, 2, 4, 8, 16]), label="two filled", tolerance=ACCUMULATED)
    yield case("SparseFillEmptyRowsGrad", i64(), f32([1, 2]), label="all filled", tolerance=ACCUMULATED)
    yield case("SparseFillEmptyRowsGrad", i64(5), f32([1, 2]), label="out of range", error=True)
    both = i64([0, 1], [1, 0], [2, 2], [3, 2])
    yield case("SparseAddGrad", f32([1, 2, 3, 4]), both[:3], both[2:], both, label="overlapping", tolerance=ACCUMULATED)
    yield case("SparseAddGrad", f32([1, 2, 3]), both[:3], both[2:], both[1:], label="one cancelled", tolerance=ACCUMULATED)
    yield case("SparseAddGrad", f32([1, 2]), both, both, both, label="sizes differ", error=True)
    yield case("SparseSliceGrad", f32([1, 2]), both, i64(1, 0), i64([0, 0], [1, 2]), label="corner", tolerance=ACCUMULATED)
    yield case("SparseSliceGrad", f32([]), both, i64(1, 0), both[:0], label="nothing", tolerance=ACCUMULATED)
    yield case("SparseSliceGrad", f32([1]), both, i64(1, 0), both, label="sizes differ", error=True)
