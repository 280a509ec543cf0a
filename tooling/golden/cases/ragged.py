"""Ragged tensors: ranges, rows filled up to a dense tensor, rows picked."""

import numpy as np

from case import ARITHMETIC, case
from values import f32, i32, i64, sample, strings

SPLITS, VALUES = i64(0, 2, 2, 5, 6), i32(1, 2, 3, 4, 5, 6)
OUTER = i64(0, 1, 3, 4)


def cases():
    yield from ranges()
    yield from dense()
    yield from gathers()


def ranges():
    for dtype in ("int32", "int64", "float32", "float64"):
        yield case("RaggedRange", *(np.array(part, dtype) for part in ([0, 5, 8, 3], [3, 7, 2, 3], [1, 3, -2, 1])), label="vectors", tolerance=ARITHMETIC)
        yield case("RaggedRange", np.array(2, dtype), np.array([3, 7, 2], dtype), np.array(2, dtype), label="scalars and a vector", tolerance=ARITHMETIC)
        yield case("RaggedRange", *(np.array(part, dtype) for part in (1, 6, 2)), label="scalars", tolerance=ARITHMETIC, Tsplits="int32")
        yield case("RaggedRange", *(np.array([], dtype) for _ in range(3)), label="empty", tolerance=ARITHMETIC)
    yield case("RaggedRange", f32([0, 1]), f32([1, 0]), f32([0.3, -0.25]), label="fractions", tolerance=ARITHMETIC)
    yield case("RaggedRange", i32(0), i32(1), i32(0), label="no step", error=True)
    yield case("RaggedRange", i32(0), i32(1, 2), i32(1), label="sizes differ", error=True)


def dense():
    def to_dense(shape, values, default, partitions, types, label, **options):
        return case("RaggedTensorToTensor", shape, values, default, *partitions, label=label, T=values.dtype.name if values.dtype != object else "string",
                    Tshape=shape.dtype.name, Tindex="int64", num_row_partition_tensors=len(partitions), row_partition_types=types, **options)

    one = ["ROW_SPLITS"]
    # A scalar shape (of unknown rank) TensorFlow takes as a constant only.
    any_shape, any_cube = i64(-1, -1), i64(-1, -1, -1)
    yield to_dense(any_shape, VALUES, np.int32(-1), [SPLITS], one, "rows")
    yield to_dense(i64(-1, 2), VALUES, np.int32(-1), [SPLITS], one, "cut off")
    yield to_dense(i64(5, 4), VALUES, np.int32(-1), [SPLITS], one, "wider")
    yield to_dense(i64(2, -1), VALUES, np.int32(-1), [SPLITS], one, "fewer rows")
    yield to_dense(any_shape, VALUES, np.int32(-1), [np.int64(4), i64(0, 0, 2, 2, 2, 3)], ["FIRST_DIM_SIZE", "VALUE_ROWIDS"], "row ids")
    yield to_dense(any_cube, sample("float32", (6, 2), 2), np.float32(9), [SPLITS], one, "rows of vectors")
    yield to_dense(any_cube, sample("float32", (6, 2), 2), f32([8, 9]), [SPLITS], one, "default of vectors")
    yield to_dense(any_cube, VALUES, np.int32(0), [OUTER, SPLITS], one * 2, "two levels")
    yield to_dense(i64(-1, 1, 2), VALUES, np.int32(0), [OUTER, SPLITS], one * 2, "two levels cut off")
    yield to_dense(any_shape, strings(["a", "bc", "d", "e", "f", "g"]), strings("?").reshape(()), [SPLITS], one, "strings")
    yield to_dense(any_shape, VALUES[:0], np.int32(0), [i64(0, 0, 0)], one, "empty rows")
    yield to_dense(any_shape, VALUES[:0], np.int32(0), [i64(0)], one, "no rows")
    yield to_dense(any_cube, VALUES, np.int32(0), [SPLITS], one, "another rank", error=True)


def gathers():
    def gather(splits, values, indices, label, **options):
        ranks = dict(PARAMS_RAGGED_RANK=len(splits), OUTPUT_RAGGED_RANK=len(splits) + indices.ndim - 1)
        return case("RaggedGather", *splits, values, indices, label=label, Tvalues=values.dtype.name, Tindices=indices.dtype.name, Tsplits="int64", **ranks, **options)

    yield gather([SPLITS], VALUES, i32(3, 0, 2, 1, 0), "rows")
    yield gather([SPLITS], sample("float32", (6, 2), 2), i64(2, 2), "rows of vectors")
    yield gather([OUTER, SPLITS], VALUES, i32(1, 0, 2, 1), "two levels")
    yield gather([SPLITS], VALUES, np.array([[3, 0], [1, 2], [0, 0]], np.int32), "matrix of indices")
    yield gather([SPLITS], VALUES, np.int32([]), "nothing")
    yield gather([SPLITS], VALUES, i32(4), "out of range", error=True)
    yield gather([i64(0, 3, 1, 6)], VALUES, i32(0), "splits not sorted", error=True)
    yield gather([i64(0, 3, 5, 99)], VALUES, i32(0), "splits past the values", error=True)
