"""Sums and other reductions over segments of rows."""

import numpy as np

from case import ACCUMULATED, case
from values import FLOATS, INTS, NUMBERS, f32, i32, i64, sample

SORTED = ["SegmentSum", "SegmentMean", "SegmentProd", "SegmentMax", "SegmentMin"]
UNSORTED = ["UnsortedSegmentSum", "UnsortedSegmentProd", "UnsortedSegmentMax", "UnsortedSegmentMin"]


def cases():
    for op in SORTED:
        for dtype in NUMBERS if op in ("SegmentSum", "SegmentMean", "SegmentProd") else FLOATS + INTS:
            yield case(op, sample(dtype, (4, 2), 2, -3, 3), i32(0, 0, 1, 3), label="with a gap", tolerance=ACCUMULATED)
        yield case(op, f32([1, 2, 3]), i64(0, 1, 1), label="vector", tolerance=ACCUMULATED)
        yield case(op, sample("float32", (3, 2, 5), 2), i32(0, 0, 0), label="one segment", tolerance=ACCUMULATED)
        yield case(op, np.zeros((0, 2), np.float32), i32(), label="empty")
        yield case(op, f32([1, 2]), i32(1, 0), label="not sorted", error=True)
        yield case(op, f32([1, 2]), i32(-1, 0), label="negative", error=True)
        yield case(op, f32([1, 2]), i32(0), label="counts differ", error=True)
    for op in UNSORTED:
        for dtype in NUMBERS if op in UNSORTED[:2] else FLOATS + INTS:
            yield case(op, sample(dtype, (4, 2), 2, -3, 3), i32(2, 0, 2, 0), np.int32(4), label="with gaps", tolerance=ACCUMULATED)
        yield case(op, f32([1, 2, 3]), i64(1, -1, 1), np.int32(2), label="negative is dropped", tolerance=ACCUMULATED)
        yield case(op, sample("float32", (2, 2, 3), 2), i32([0, 1], [1, 0]), np.int32(2), label="matrix of ids", tolerance=ACCUMULATED)
        yield case(op, np.zeros((0,), np.float32), i32(), np.int32(2), label="empty")
        yield case(op, f32([1, 2]), i32(0, 2), np.int32(2), label="out of range", error=True)
        yield case(op, f32([1, 2]), i32(0), np.int32(2), label="counts differ", error=True)
    data, indices = sample("float32", (4, 3), 2), i32(3, 0, 1, 3)
    for op in ("SparseSegmentSum", "SparseSegmentMean", "SparseSegmentSqrtN"):
        yield case(op, data, indices, i32(0, 0, 2, 2), label="with a gap", tolerance=ACCUMULATED)
        yield case(f"{op}WithNumSegments", data, indices, i32(0, 0, 2, 2), np.int32(4), label="four", tolerance=ACCUMULATED)
        yield case(op, data, i32(4), i32(0), label="out of range", error=True)
