"""Choosing and summing elementwise: Select, SelectV2, ClipByValue, AddN, AccumulateNV2."""

import numpy as np

from case import ACCUMULATED, case
from values import ALL, FLOATS, INTS, NUMBERS, array, edges, f32, sample


def cases():
    for dtype in [*ALL, "string"]:
        condition = np.array([[True, False, True], [False, True, False]])
        yield case("Select", condition, sample(dtype, (2, 3), 1), sample(dtype, (2, 3), 2), label=dtype)
        yield case("SelectV2", condition, sample(dtype, (2, 3), 1), sample(dtype, (3,), 2), label=dtype)
    yield case("Select", np.array([True, False]), sample("float32", (2, 3), 1), sample("float32", (2, 3), 2), label="rows")
    yield case("Select", np.bool_(True), sample("float32", (2, 3), 1), sample("float32", (2, 3), 2), label="scalar condition")
    yield case("Select", np.bool_(False), np.float32(1), np.float32(2), label="scalars")
    yield case("Select", np.zeros((0,), bool), np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32), label="empty")
    yield case("Select", np.array([True]), f32([1, 2]), f32([1, 2]), label="condition too short", error=True)
    yield case("Select", np.array([True, False]), f32([1, 2]), f32([1, 2, 3]), label="incompatible", error=True)
    for shapes in [((), (3,), (3,)), ((3,), (), ()), ((2, 1), (3,), (2, 3)), ((0,), (1,), ()), ((2, 1, 3), (4, 1), (1,)), ((5, 1), (1, 7), (5, 7))]:
        condition, left, right = shapes
        yield case("SelectV2", sample("bool", condition, 3), sample("float32", left, 1), sample("float32", right, 2))
    yield case("SelectV2", np.array([True, False]), f32([np.nan, 1]), f32([2, np.nan]), label="NaN only where chosen")
    yield case("SelectV2", np.array([True, False]), f32([1, 2, 3]), f32([1]), label="incompatible", error=True)
    yield from clips()
    yield from sums()


def clips():
    for dtype in FLOATS + INTS:
        yield case("ClipByValue", edges(dtype), array(dtype, 1), array(dtype, 6), label="scalars")
    yield case("ClipByValue", sample("float32", (2, 3)), sample("float32", (2, 3), 2, -3, -1), sample("float32", (2, 3), 3, 0, 2), label="same shapes")
    yield case("ClipByValue", f32([-5, 0, 5]), np.float32(2), np.float32(1), label="crossed limits")
    yield case("ClipByValue", np.zeros((0,), np.float32), np.float32(0), np.float32(1), label="empty")


def sums():
    for dtype in NUMBERS:
        yield case("AddN", sample(dtype, (2, 3), 1), sample(dtype, (2, 3), 2), sample(dtype, (2, 3), 3), tolerance=ACCUMULATED, label="three")
    for count in (1, 2, 8, 9, 10):
        yield case("AddN", *[sample("float32", (5,), seed) for seed in range(1, count + 1)], label=str(count), tolerance=ACCUMULATED)
    yield case("AddN", np.zeros((0,), np.float32), np.zeros((0,), np.float32), label="empty")
    yield case("AddN", np.float32(1), np.float32(2), label="scalars")
    yield case("AddN", f32([1, 2]), f32([1, 2, 3]), label="incompatible", error=True)
    yield case("AddN", array("int8", [127]), array("int8", [1]), label="overflow")
