"""Order, sets and searching: TopKV2, Unique, Where, ListDiff, bounds, bincounts."""

import numpy as np

from case import case
from values import ALL, FLOATS, INTS, array, edges, f32, i32, i64, sample, strings


def cases():
    yield from tops()
    yield from uniques()
    yield from wheres()
    yield from searches()


def tops():
    for dtype in FLOATS + INTS:
        yield case("TopKV2", sample(dtype, (3, 7), 2, -50, 50), np.int32(3), label="rows")
    for k in (0, 1, 4, 9):
        yield case("TopKV2", sample("float32", (9,), 3), np.int32(k), label=f"{k} of 9")
    yield case("TopKV2", f32([3, 1, 3, 3, 1, 2]), np.int32(4), label="ties take the lower index")
    yield case("TopKV2", f32([1, np.inf, -np.inf, 0]), np.int32(4), label="infinite")
    yield case("TopKV2", sample("float32", (2, 2, 5), 3), np.int32(2), label="rank 3")
    yield case("TopKV2", sample("float32", (2, 33), 3), np.int32(10), label="33")
    yield case("TopKV2", np.zeros((0, 4), np.float32), np.int32(2), label="empty")
    yield case("TopKV2", f32([1, 2]), np.int32(3), label="k too large", error=True)
    yield case("TopKV2", np.float32(1), np.int32(1), label="scalar", error=True)
    for reverse in (False, True):
        yield case("NthElement", sample("float32", (2, 7), 3), np.int32(2), label=f"reverse {reverse}", reverse=reverse)
    for dtype in ("int32", "int64"):
        predictions = f32([[0.1, 0.6, 0.3], [0.5, 0.2, 0.3]])
        yield case("InTopK", predictions, array(dtype, [2, 1]), label=dtype, k=2)
        yield case("InTopKV2", predictions, array(dtype, [0, 0]), array(dtype, 1), label=dtype)


def uniques():
    for dtype in [*ALL, "string"]:
        values = strings(["b", "a", "b", "", "a"]) if dtype == "string" else sample(dtype, (9,), 4, 0, 3)
        yield case("Unique", values, label="vector")
        yield case("UniqueWithCounts", values, label="vector")
    yield case("Unique", i32(), label="empty")
    yield case("Unique", i32(3, 3, 1), label="int64 index", out_idx="int64")
    yield case("Unique", sample("int32", (2, 2)), label="matrix", error=True)
    for axis in (0, 1):
        yield case("UniqueV2", np.array([[1, 0, 1], [2, 2, 2], [1, 0, 1]], np.int32), i64(axis), label=f"axis {axis}")
    yield case("UniqueWithCountsV2", i32(4, 4, 2), i64(0), label="vector")
    for dtype in ("int32", "int64", "float32", "string"):
        left = strings(["a", "b", "a", "c"]) if dtype == "string" else array(dtype, [3, 1, 3, 2])
        right = strings(["b"]) if dtype == "string" else array(dtype, [1, 5])
        yield case("ListDiff", left, right, label="vector")
    yield case("ListDiff", i32(1, 2), i32(), label="nothing to remove", out_idx="int64")


def wheres():
    for dtype in ALL:
        yield case("Where", sample(dtype, (2, 5), 5, -1, 1), label="matrix")
    yield case("Where", np.array([True, False, True]), label="vector")
    yield case("Where", np.bool_(True), label="scalar", error=True)
    yield case("Where", np.zeros((3,), bool), label="none")
    yield case("Where", np.zeros((0, 2), bool), label="empty")
    yield case("Where", sample("bool", (2, 2, 2, 2), 6), label="rank 4")
    yield case("Where", f32([0.0, -0.0, np.nan, np.inf]), label="NaN counts")
    yield case("Where", sample("bool", (33,), 6), label="33")


def searches():
    table = f32([[0, 1, 1, 4, 9], [-3, 0, 2, 2, 5]])
    for op in ("LowerBound", "UpperBound"):
        yield case(op, table, f32([[1, 5, -1], [2, 9, -3]]), label="float32")
        yield case(op, i32([1, 3, 5]), i32([0, 3, 6]), label="int32", out_type="int64")
    yield case("Bincount", i32(1, 1, 4, 0, 9), np.int32(6), np.zeros((0,), np.float32), label="counts")
    yield case("Bincount", i32(1, 1, 2), np.int32(3), f32([0.5, 1, 2]), label="weights")
    yield case("DenseBincount", i32([1, 1], [2, 0]), np.int32(3), np.zeros((0,), np.float32), label="rows")
    yield case("DenseBincount", i32(1, 2, 1), np.int32(3), np.zeros((0,), np.float32), label="binary", binary_output=True)
    yield case("HistogramFixedWidth", f32([-1, 0, 1.5, 2, 5, 15]), f32([0, 5]), np.int32(5), label="five")
    yield case("Bucketize", edges("float32", finite=True), label="floats", boundaries=[0, 1.5, 10])
    yield case("Bucketize", i32(-5, 0, 5, 10), label="ints", boundaries=[0, 10])
