"""Reductions over axes, and cumulative sums and products."""

import numpy as np

from case import ACCUMULATED, FUNCTION, case
from values import ALL, FLOATS, INTS, NUMBERS, array, edges, f32, i32, i64, sample

AXES = [i32(), i32(0), i32(1), i32(2), i32(-1), i32(0, 1), i32(0, 2), i32(-1, 0), i32(0, 1, 2), np.int32(1)]
SUMMING = ["Sum", "Mean", "Prod", "EuclideanNorm"]
CHOOSING = ["Max", "Min"]


def cases():
    for op in SUMMING + CHOOSING:
        tolerance = ACCUMULATED if op in SUMMING else None
        for axes in AXES:
            for keep_dims in (False, True):
                yield case(op, sample("float32", (2, 3, 5), 3), axes, label=f"{name_of(axes)} keep {keep_dims}", tolerance=tolerance, keep_dims=keep_dims)
        for dtype in NUMBERS:
            yield case(op, sample(dtype, (3, 4), 5, -3, 3), i32(1), label="rows", tolerance=tolerance)
            yield case(op, sample(dtype, (3, 4), 5, -3, 3), i64(0), label="columns", tolerance=tolerance)
        yield from shapes(op, tolerance)
    for op in CHOOSING:
        for dtype in INTS:
            yield case(op, edges(dtype), i32(0), label="edges")
        for dtype in FLOATS:
            yield case(op, edges(dtype, finite=True), i32(0), label="edges")
            yield case(op, array(dtype, [[np.inf, 1], [-np.inf, 2]]), i32(0), label="infinite")
        for dtype in FLOATS:
            rows = [[np.nan, 1, 3, 2], [1, np.nan, 3, np.nan], [np.nan] * 4, [np.nan, -np.inf, np.inf, 0], [np.inf] * 4, [-np.inf, np.nan, -np.inf, -np.inf]]
            yield case(op, array(dtype, rows), np.int32(1), label="not numbers")
    yield case("Sum", array("int8", [127, 1, 1]), i32(0), label="overflow")
    yield case("Sum", array("uint8", [255, 2]), i32(0), label="overflow")
    yield case("Sum", array("int32", [2**31 - 1, 1]), i32(0), label="overflow")
    yield case("Prod", array("int32", [2**20, 2**20]), i32(0), label="overflow")
    yield case("Mean", array("int32", [7, -2, 0]), i32(0), label="rounds toward zero")
    yield case("Mean", array("int32", [-7, 2, 0]), i32(0), label="negative rounds toward zero")
    yield case("Sum", f32([1, np.inf, np.nan]), i32(0), label="NaN")
    yield case("Mean", f32([np.inf, -np.inf]), i32(0), label="infinite")
    yield from logical()
    yield from arguments()
    yield from cumulative()


def name_of(axes):
    return "axis " + str(axes.tolist()).replace(" ", "")


def shapes(op, tolerance):
    yield case(op, np.float32(3), i32(), label="scalar", tolerance=tolerance)
    yield case(op, np.zeros((0,), np.float32), i32(0), label="empty")
    yield case(op, np.zeros((2, 0, 3), np.float32), i32(1), label="empty axis")
    yield case(op, np.zeros((2, 0, 3), np.float32), i32(0), label="empty other axis")
    yield case(op, np.zeros((0, 3), np.float32), i32(0, 1), label="empty to scalar")
    for size in (1, 4, 7, 8, 9, 16, 33, 100):
        yield case(op, sample("float32", (size,), 7, 0.5, 1.5), i32(0), tolerance=tolerance)
        yield case(op, sample("float32", (3, size), 7, 0.5, 1.5), i32(1), label=f"rows of {size}", tolerance=tolerance)
        yield case(op, sample("float32", (size, 3), 7, 0.5, 1.5), i32(0), label=f"columns of {size}", tolerance=tolerance)
    yield case(op, sample("float32", (2, 3, 2, 3), 8), i32(1, 3), label="alternating", tolerance=tolerance)
    yield case(op, sample("float32", (2, 3, 2, 3), 8), i32(0, 2), label="alternating first", tolerance=tolerance)
    yield case(op, sample("float32", (2, 3)), i32(2), label="axis too large", error=True)
    yield case(op, sample("float32", (2, 3)), i32(-3), label="axis too small", error=True)
    yield case(op, sample("float32", (2, 3)), i32(0, 0), label="axis twice", error=True)


def logical():
    values = np.array([[True, True, False], [True, True, True]])
    for op in ("All", "Any"):
        for axes in (i32(), i32(0), i32(1), i32(-1), i32(0, 1)):
            yield case(op, values, axes, label=name_of(axes))
        yield case(op, values, i32(0), label="keep", keep_dims=True)
        yield case(op, np.zeros((0,), bool), i32(0), label="empty")
        yield case(op, np.zeros((2, 0), bool), i64(1), label="empty rows")


def arguments():
    for op in ("ArgMax", "ArgMin"):
        for dtype in ALL:
            yield case(op, sample(dtype, (4, 5), 9, -3, 3), np.int32(1), label="rows")
            yield case(op, sample(dtype, (4, 5), 9, -3, 3), np.int32(0), label="columns", output_type="int32")
        yield case(op, sample("float32", (2, 3, 4), 9), np.int64(-1), label="last")
        yield case(op, sample("float32", (2, 3, 4), 9), np.int32(1), label="middle")
        yield case(op, f32([2, 5, 5, 1, 1]), np.int32(0), label="ties take the first")
        yield case(op, f32([[np.inf, -np.inf, 0]]), np.int32(1), label="infinite")
        yield case(op, sample("float32", (33,), 9), np.int32(0), label="33")
        yield case(op, np.zeros((2, 0), np.float32), np.int32(0), label="no columns")
        yield case(op, np.zeros((2, 0), np.float32), np.int32(1), label="empty axis", error=True)
        yield case(op, np.zeros((0, 0), np.float32), np.int32(0), label="empty axis, no results", error=True)
        yield case(op, sample("float32", (2, 3)), np.int32(2), label="axis too large", error=True)
    yield case("ArgMax", sample("float32", (4, 5), 9), np.int32(1), label="uint16 result", output_type="uint16")


def cumulative():
    for op in ("Cumsum", "Cumprod"):
        for exclusive in (False, True):
            for reverse in (False, True):
                for axis in (0, 1, -1):
                    yield case(op, sample("float32", (3, 4), 3, -2, 2), np.int32(axis), tolerance=ACCUMULATED,
                               label=f"axis {axis} exclusive {exclusive} reverse {reverse}", exclusive=exclusive, reverse=reverse)
        for dtype in NUMBERS:
            yield case(op, sample(dtype, (5,), 4, -2, 2), np.int32(0), label="vector", tolerance=ACCUMULATED)
        yield case(op, np.zeros((0, 2), np.float32), np.int32(0), label="empty")
        yield case(op, sample("float32", (2, 3, 5), 6), np.int64(1), label="middle", tolerance=ACCUMULATED)
        yield case(op, sample("float32", (3,)), np.int32(1), label="axis too large", error=True)
    for exclusive in (False, True):
        for reverse in (False, True):
            yield case("CumulativeLogsumexp", sample("float32", (3, 4), 3), np.int32(1), tolerance=FUNCTION,
                       label=f"exclusive {exclusive} reverse {reverse}", exclusive=exclusive, reverse=reverse)
