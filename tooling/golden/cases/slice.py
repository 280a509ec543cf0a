"""Slice and StridedSlice with every mask, and their assigning and gradient forms."""

import numpy as np

from case import case
from values import ALL, i32, i64, sample

# (label, begin, end, strides, masks) on an input of shape [3, 4, 5]
SPECS = [
    ("plain", [0, 1, 2], [2, 3, 5], [1, 1, 1], {}),
    ("strides", [0, 0, 0], [3, 4, 5], [2, 3, 2], {}),
    ("negative begin and end", [-2, -3, -4], [-1, 4, -1], [1, 1, 1], {}),
    ("backwards", [2, 3, 4], [0, 0, 0], [-1, -2, -3], {}),
    ("backwards to the start", [-1, -1, -1], [0, 0, 0], [-1, -1, -1], {"end_mask": 7}),
    ("begin mask", [9, 9, 1], [2, 2, 3], [1, 1, 1], {"begin_mask": 3}),
    ("end mask", [1, 1, 1], [0, 0, 2], [1, 1, 1], {"end_mask": 3}),
    ("both masks", [5, 5, 5], [0, 0, 0], [1, 2, 1], {"begin_mask": 7, "end_mask": 7}),
    ("backwards with begin mask", [0, 0, 0], [0, 1, 1], [-1, -1, -1], {"begin_mask": 7}),
    ("out of range is clipped", [-9, 0, 3], [9, 2, 99], [1, 1, 1], {}),
    ("empty", [2, 0, 0], [1, 4, 5], [1, 1, 1], {}),
    ("fewer than the rank", [1], [2], [1], {}),
    ("nothing", [], [], [], {}),
    ("shrink first", [1, 0, 0], [2, 4, 5], [1, 1, 1], {"shrink_axis_mask": 1}),
    ("shrink last", [0, 0, -1], [3, 4, 0], [1, 1, 1], {"shrink_axis_mask": 4}),
    ("shrink all", [1, 2, 3], [2, 3, 4], [1, 1, 1], {"shrink_axis_mask": 7}),
    ("shrink ignores end", [1, 0], [0, 2], [1, 1], {"shrink_axis_mask": 1}),
    ("new axis first", [0, 1], [0, 3], [1, 1], {"new_axis_mask": 1}),
    ("new axis last", [0, 0, 0, 0], [3, 4, 5, 0], [1, 1, 1, 1], {"new_axis_mask": 8}),
    ("new axis twice", [0, 1, 0], [0, 2, 0], [1, 1, 1], {"new_axis_mask": 5}),
    ("ellipsis first", [0, 1], [0, 3], [1, 1], {"ellipsis_mask": 1}),
    ("ellipsis middle", [1, 0, 2], [2, 0, 4], [1, 1, 1], {"ellipsis_mask": 2}),
    ("ellipsis last", [1, 0], [3, 0], [1, 1], {"ellipsis_mask": 2}),
    ("ellipsis over nothing", [0, 0, 1, 2], [2, 0, 2, 4], [1, 1, 1, 1], {"ellipsis_mask": 2}),
    ("ellipsis and new axis", [0, 0, 1], [0, 0, 2], [1, 1, 1], {"ellipsis_mask": 1, "new_axis_mask": 2}),
    ("ellipsis and shrink", [0, -1], [0, 0], [1, 1], {"ellipsis_mask": 1, "shrink_axis_mask": 2}),
    ("all masks", [1, 0, 0, 1, 0], [2, 0, 0, 3, 9], [1, 1, 1, 1, 2], {"shrink_axis_mask": 1, "new_axis_mask": 2, "ellipsis_mask": 4, "begin_mask": 16, "end_mask": 16}),
]
ERRORS = [
    ("too many", [0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1], {}),
    ("stride 0", [0], [1], [0], {}),
    ("shrink out of range", [3], [4], [1], {"shrink_axis_mask": 1}),
    ("shrink below range", [-4], [4], [1], {"shrink_axis_mask": 1}),
    ("shrink backwards", [1], [0], [-1], {"shrink_axis_mask": 1}),
    ("two ellipses", [0, 0], [0, 0], [1, 1], {"ellipsis_mask": 3}),
    ("sizes differ", [0, 0], [1], [1], {}),
]


def cases():
    for label, begin, end, strides, masks in SPECS:
        yield case("StridedSlice", sample("float32", (3, 4, 5)), i32(*begin), i32(*end), i32(*strides), label=label, **masks)
    for label, begin, end, strides, masks in ERRORS:
        yield case("StridedSlice", sample("float32", (3, 4, 5)), i32(*begin), i32(*end), i32(*strides), label=label, error=True, **masks)
    for dtype in [*ALL, "string"]:
        yield case("StridedSlice", sample(dtype, (4, 3)), i64(1, 0), i64(4, 2), i64(2, 1), label="dtype")
        yield case("Slice", sample(dtype, (4, 3)), i32(1, 0), i32(2, -1), label="dtype")
    yield case("StridedSlice", sample("int32", (4,)), i32(1), i32(2), i32(1), label="of a shape", shrink_axis_mask=1)
    yield case("StridedSlice", np.float32(3), i32(), i32(), i32(), label="scalar")
    yield case("StridedSlice", np.float32(3), i32(0), i32(0), i32(1), label="scalar new axis", new_axis_mask=1)
    yield case("StridedSlice", sample("float32", (17,)), i32(1), i32(16), i32(1), label="vector")
    yield case("StridedSlice", sample("float32", (17,)), i32(16), i32(0), i32(-5), label="vector backwards")
    yield case("StridedSlice", np.zeros((0, 3), np.float32), i32(0, 0), i32(0, 2), i32(1, 1), label="of nothing")
    yield from slices()
    yield from others()


def slices():
    for begin, size in [((0, 0, 0), (3, 4, 5)), ((1, 2, 3), (2, 1, 2)), ((0, 0, 0), (-1, -1, -1)), ((2, 0, 4), (-1, 4, 1)), ((0, 4, 0), (3, 0, 5)), ((3, 0, 0), (0, -1, -1))]:
        yield case("Slice", sample("float32", (3, 4, 5)), i32(*begin), i32(*size), label=f"{list(begin)} {list(size)}")
    yield case("Slice", np.float32(2), i32(), i32(), label="scalar")
    yield case("Slice", sample("float32", (2, 3, 1, 2, 2)), i32(0, 1, 0, 0, 1), i32(2, 2, 1, 1, 1), label="rank 5")
    yield case("Slice", sample("float32", (3, 4)), i32(0, 2), i32(1, 3), label="too large", error=True)
    yield case("Slice", sample("float32", (3, 4)), i32(-1, 0), i32(1, 1), label="negative begin", error=True)
    yield case("Slice", sample("float32", (3, 4)), i32(0), i32(1), label="too few", error=True)


def others():
    gradient = sample("float32", (2, 2), 5)
    yield case("StridedSliceGrad", i32(4, 3), i32(1, 0), i32(4, 2), i32(2, 1), gradient, label="plain")
    yield case("TensorStridedSliceUpdate", sample("float32", (4, 3)), i32(1, 0), i32(4, 2), i32(2, 1), gradient, label="plain")
