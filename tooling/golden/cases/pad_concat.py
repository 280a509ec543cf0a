"""Putting together and taking apart: Pad, MirrorPad, Concat, Split, Pack, Unpack."""

import numpy as np

from case import case
from values import ALL, array, f32, i32, i64, sample

PADDINGS = [[[0, 0], [0, 0]], [[1, 0], [0, 2]], [[2, 3], [1, 1]], [[0, 1], [0, 0]]]


def cases():
    yield from pads()
    yield from concats()
    yield from splits()
    yield from packs()


def pads():
    for paddings in PADDINGS:
        pairs = np.array(paddings, np.int32)
        yield case("Pad", sample("float32", (2, 3)), pairs, label=name_of(pairs))
        yield case("PadV2", sample("float32", (2, 3)), pairs, np.float32(-np.inf), label=name_of(pairs))
        yield case("Pad", sample("int32", (2, 3)), pairs.astype(np.int64), label=f"{name_of(pairs)} int64 paddings")
    for dtype in ALL:
        yield case("Pad", sample(dtype, (3,)), i32([1, 2]), label="vector")
        yield case("PadV2", sample(dtype, (3,)), i32([1, 2]), array(dtype, 1), label="vector")
        for mode in ("REFLECT", "SYMMETRIC"):
            yield case("MirrorPad", sample(dtype, (3,)), i32([1, 2]), label=f"vector {mode}", mode=mode)
    yield case("Pad", np.zeros((0, 2), np.float32), i32([1, 1], [0, 1]), label="empty")
    yield case("Pad", np.float32(1), np.zeros((0, 2), np.int32), label="scalar")
    yield case("Pad", sample("float32", (1, 2, 3, 2)), i32([0, 0], [1, 1], [1, 2], [0, 0]), label="image")
    yield case("Pad", sample("float32", (1, 2, 2, 3)), i32([0, 0], [0, 0], [0, 0], [0, 5]), label="channels")
    yield case("Pad", sample("float32", (2, 1, 2, 1, 2)), i32([1, 0], [0, 1], [0, 0], [1, 1], [2, 0]), label="rank 5")
    yield case("Pad", sample("float32", (2, 3)), i32([1, 1]), label="too few paddings", error=True)
    yield case("Pad", sample("float32", (2,)), i32([-1, 1]), label="negative", error=True)
    for mode in ("REFLECT", "SYMMETRIC"):
        for paddings in PADDINGS[:2] + [[[1, 1], [2, 2]]]:
            pairs = np.array(paddings, np.int32)
            yield case("MirrorPad", sample("float32", (2, 3)), pairs, label=f"{name_of(pairs)} {mode}", mode=mode)
        yield case("MirrorPad", sample("float32", (1, 4, 5, 2)), i32([0, 0], [2, 3], [1, 1], [0, 0]), label=f"image {mode}", mode=mode)
    yield case("MirrorPad", f32([1, 2]), i32([2, 0]), label="REFLECT too far", error=True, mode="REFLECT")
    yield case("MirrorPad", f32([1, 2]), i32([3, 0]), label="SYMMETRIC too far", error=True, mode="SYMMETRIC")


def name_of(pairs):
    return str(pairs.tolist()).replace(" ", "")


def concats():
    for dtype in [*ALL, "string"]:
        yield case("ConcatV2", sample(dtype, (2, 2), 1), sample(dtype, (1, 2), 2), np.int32(0), label="rows")
        yield case("ConcatV2", sample(dtype, (2, 2), 1), sample(dtype, (2, 3), 2), np.int32(1), label="columns")
    for axis in (0, 1, 2, -1, -3):
        yield case("ConcatV2", *[sample("float32", (2, 3, 2), seed) for seed in (1, 2, 3)], np.int32(axis), label=f"axis {axis}")
        if axis >= 0:
            yield case("Concat", np.int32(axis), sample("float32", (2, 3, 2), 1), sample("float32", (2, 3, 2), 2), label=f"axis {axis}")
    yield case("ConcatV2", sample("float32", (2, 0), 1), sample("float32", (2, 3), 2), np.int64(1), label="one empty")
    yield case("ConcatV2", np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32), np.int32(0), label="all empty")
    yield case("ConcatV2", *[sample("float32", (1, 1, 1, 5), seed) for seed in range(1, 12)], np.int32(3), label="eleven")
    yield case("ConcatV2", sample("float32", (1, 3, 3, 7), 1), sample("float32", (1, 3, 3, 9), 2), np.int32(3), label="channels")
    yield case("ConcatV2", sample("float32", (2, 3)), sample("float32", (2, 4)), np.int32(0), label="incompatible", error=True)
    yield case("ConcatV2", sample("float32", (2, 3)), sample("float32", (2, 3)), np.int32(2), label="axis too large", error=True)
    yield case("ConcatV2", sample("float32", (2,)), np.float32(1), np.int32(0), label="ranks differ", error=True)
    yield case("ConcatOffset", np.int32(1), i32(2, 3), i32(2, 5), i32(2, 1), label="axis 1")


def splits():
    for dtype in [*ALL, "string"]:
        yield case("Split", np.int32(0), sample(dtype, (4, 2)), label=f"halves {dtype}", num_split=2)
    for axis in (0, 1, -1):
        yield case("Split", np.int32(axis), sample("float32", (4, 6, 2)), label=f"axis {axis}", num_split=2)
        yield case("SplitV", sample("float32", (4, 6, 5)), i32(1, -1), np.int32(axis), label=f"axis {axis} rest", num_split=2)
    yield case("Split", np.int32(0), sample("float32", (3, 2)), label="one part", num_split=1)
    yield case("Split", np.int32(1), np.zeros((0, 4), np.float32), label="empty", num_split=4)
    yield case("Split", np.int32(0), sample("float32", (5,)), label="not divisible", error=True, num_split=2)
    yield case("Split", np.int32(2), sample("float32", (4, 4)), label="axis too large", error=True, num_split=2)
    yield case("SplitV", sample("float32", (2, 7)), i32(3, 0, 4), np.int32(1), label="with an empty part", num_split=3)
    yield case("SplitV", sample("int64", (7,)), i64(2, 5), np.int32(0), label="vector", num_split=2)
    yield case("SplitV", sample("float32", (7,)), i32(2, 4), np.int32(0), label="wrong sum", error=True, num_split=2)
    yield case("SplitV", sample("float32", (7,)), i32(3, 4), np.zeros((0,), np.int32), label="no axis", error=True, num_split=2)
    yield case("SplitV", sample("float32", (7,)), i32(-1, -1), np.int32(0), label="two unknown", error=True, num_split=2)


def packs():
    for dtype in [*ALL, "string"]:
        yield case("Pack", sample(dtype, (3,), 1), sample(dtype, (3,), 2), label="vectors", axis=0)
        yield case("Unpack", sample(dtype, (2, 3), 1), label="rows", num=2, axis=0)
    for axis in (0, 1, 2, -1, -3):
        yield case("Pack", sample("float32", (2, 3), 1), sample("float32", (2, 3), 2), label=f"axis {axis}", axis=axis)
    for axis in (0, 1, 2, -1, -2):
        yield case("Unpack", sample("float32", (2, 3, 4)), label=f"axis {axis}", num=(2, 3, 4)[axis], axis=axis)
    yield case("Pack", np.float32(1), np.float32(2), np.float32(3), label="scalars", axis=0)
    yield case("Pack", np.float32(1), label="one", axis=0)
    yield case("Pack", np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32), label="empty", axis=1)
    yield case("Unpack", np.zeros((2, 0), np.float32), label="empty parts", num=2, axis=0)
    yield case("Unpack", np.zeros((0, 2), np.float32), label="no parts", num=0, axis=0)
    yield case("Pack", f32([1]), f32([1, 2]), label="incompatible", error=True, axis=0)
    yield case("Pack", f32([1]), f32([2]), label="axis too large", error=True, axis=2)
    yield case("Unpack", sample("float32", (2, 3)), label="wrong count", error=True, num=3, axis=0)
