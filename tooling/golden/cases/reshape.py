"""Moving elements without changing them: Reshape, Squeeze, ExpandDims, Transpose, Tile, Reverse, Roll, BroadcastTo."""

import itertools

import numpy as np

from case import case
from values import ALL, i32, i64, sample


def cases():
    yield from reshapes()
    yield from transposes()
    yield from repeats()
    yield from reversals()


def reshapes():
    for dtype in [*ALL, "string"]:
        yield case("Reshape", sample(dtype, (2, 3)), i32(3, 2), label="dtype")
        yield case("Squeeze", sample(dtype, (1, 2, 1)), label="dtype")
        yield case("ExpandDims", sample(dtype, (2,)), np.int32(0), label="dtype")
    for target in ((6,), (-1,), (3, -1), (1, 6, 1), (2, 3), (-1, 1, 2)):
        yield case("Reshape", sample("float32", (2, 3)), i64(*target), label=f"to {list(target)}")
    yield case("Reshape", np.float32(3), i32(1, 1), label="scalar to matrix")
    yield case("Reshape", sample("float32", (1, 1)), i32(), label="to scalar")
    yield case("Reshape", np.zeros((0, 3), np.float32), i32(3, 0), label="empty")
    yield case("Reshape", np.zeros((0, 3), np.float32), i32(-1, 3), label="empty unknown")
    yield case("Reshape", np.zeros((0, 3), np.float32), i32(-1, 0), label="unknown beside 0")
    yield case("Reshape", sample("float32", (2, 3)), i32(4, 2), label="sizes differ", error=True)
    yield case("Reshape", sample("float32", (2, 3)), i32(-1, 4), label="not divisible", error=True)
    yield case("Reshape", sample("float32", (2, 3)), i32(-1, -1), label="two unknown", error=True)
    yield case("Reshape", sample("float32", (2, 3)), i32(-2, 3), label="negative", error=True)
    for dims in ([0], [2], [0, 2], [-2], [-4, 2]):
        yield case("Squeeze", sample("float32", (1, 3, 1, 2)), label=str(dims), squeeze_dims=dims)
    yield case("Squeeze", np.float32(1), label="scalar")
    yield case("Squeeze", np.zeros((1, 0), np.float32), label="empty")
    yield case("Squeeze", sample("float32", (1, 3)), label="size 3", error=True, squeeze_dims=[1])
    yield case("Squeeze", sample("float32", (1, 3)), label="out of range", error=True, squeeze_dims=[2])
    for axis in (0, 1, 2, -1, -3):
        yield case("ExpandDims", sample("float32", (2, 3)), np.int32(axis), label=f"axis {axis}")
    yield case("ExpandDims", np.float32(1), np.int64(0), label="scalar")
    yield case("ExpandDims", sample("float32", (2, 3)), np.int32(3), label="out of range", error=True)
    yield case("EnsureShape", sample("float32", (2, 3)), label="partly known", shape=[-1, 3])
    yield case("EnsureShape", sample("float32", (2, 3)), label="refused", error=True, shape=[3, 3])


def transposes():
    for dtype in [*ALL, "string"]:
        yield case("Transpose", sample(dtype, (2, 3)), i32(1, 0), label="dtype")
    for order in itertools.permutations(range(3)):
        yield case("Transpose", sample("float32", (2, 3, 4)), i32(*order), label=f"order {list(order)}")
    for order in ((0, 3, 1, 2), (0, 2, 3, 1), (3, 2, 1, 0), (0, 2, 1, 3), (1, 0, 3, 2)):
        yield case("Transpose", sample("float32", (2, 3, 4, 5)), i64(*order), label=f"order {list(order)}")
    yield case("Transpose", sample("float32", (2, 1, 3, 2, 2)), i32(4, 2, 0, 3, 1), label="rank 5")
    yield case("Transpose", sample("float32", (1, 2, 1, 3, 1, 2)), i32(5, 0, 3, 2, 1, 4), label="rank 6")
    for rows, columns in ((1, 5), (4, 4), (5, 7), (8, 8), (9, 17), (33, 3)):
        yield case("Transpose", sample("float32", (rows, columns)), i32(1, 0), label=f"{rows}x{columns}")
    yield case("Transpose", np.float32(1), i32(), label="scalar")
    yield case("Transpose", sample("float32", (4,)), i32(0), label="vector")
    yield case("Transpose", np.zeros((0, 3), np.float32), i32(1, 0), label="empty")
    yield case("Transpose", sample("float32", (2, 3)), i32(0, 0), label="axis twice", error=True)
    yield case("Transpose", sample("float32", (2, 3)), i32(0), label="too few", error=True)
    yield case("Transpose", sample("float32", (2, 3)), i32(0, 2), label="out of range", error=True)
    yield case("ConjugateTranspose", sample("complex64", (2, 3)), i32(1, 0), label="complex")


def repeats():
    for dtype in [*ALL, "string"]:
        yield case("Tile", sample(dtype, (2, 2)), i32(1, 2), label="dtype")
        yield case("BroadcastTo", sample(dtype, (2,)), i32(2, 2), label="dtype")
    for multiples in ((1, 1), (2, 1), (3, 2), (0, 1), (1, 5)):
        yield case("Tile", sample("float32", (2, 3)), i64(*multiples), label=str(list(multiples)))
    yield case("Tile", np.float32(1), i32(), label="scalar")
    yield case("Tile", sample("float32", (1, 2, 1, 3)), i32(2, 1, 3, 2), label="rank 4")
    yield case("Tile", sample("float32", (2, 3)), i32(2), label="too few", error=True)
    yield case("Tile", sample("float32", (2,)), i32(-1), label="negative", error=True)
    for source, target in (((), (2, 3)), ((3,), (2, 3)), ((2, 1), (2, 5)), ((1, 1), (4, 4)), ((2, 3), (2, 3)), ((1, 3), (0, 3)), ((2, 1, 3), (4, 2, 5, 3)), ((1,), (17,))):
        yield case("BroadcastTo", sample("float32", source), i32(*target), label=f"{list(source)} to {list(target)}")
    yield case("BroadcastTo", sample("float32", (2,)), i32(3), label="incompatible", error=True)
    yield case("BroadcastTo", sample("float32", (2, 2)), i32(2), label="lower rank", error=True)
    yield case("BroadcastArgs", i32(2, 1, 3), i32(4, 1), label="shapes")
    yield case("BroadcastGradientArgs", i32(2, 1, 3), i32(4, 1), label="shapes")


def reversals():
    for dtype in [*ALL, "string"]:
        yield case("ReverseV2", sample(dtype, (2, 3)), i32(1), label="dtype")
    for axes in ((), (0,), (2,), (-1,), (0, 1), (0, -1), (0, 1, 2)):
        yield case("ReverseV2", sample("float32", (2, 3, 5)), i32(*axes), label=str(list(axes)))
    yield case("ReverseV2", sample("float32", (1, 3, 4, 3)), i32(2), label="image left to right")
    yield case("ReverseV2", np.zeros((0, 2), np.float32), i32(1), label="empty")
    yield case("ReverseV2", sample("float32", (2, 3)), i32(0, 0), label="axis twice", error=True)
    yield case("ReverseV2", sample("float32", (2, 3)), i32(2), label="out of range", error=True)
    yield case("Reverse", sample("float32", (2, 3)), np.array([True, False]), label="flags")
    yield case("ReverseSequence", sample("float32", (3, 4)), i64(2, 4, 0), label="rows", seq_dim=1, batch_dim=0)
    yield case("ReverseSequence", sample("float32", (4, 3, 2)), i32(1, 3, 4), label="columns", seq_dim=0, batch_dim=1)
    yield case("ReverseSequence", sample("float32", (3, 4)), i64(2, 5, 0), label="too long", error=True, seq_dim=1, batch_dim=0)
    for shifts, axes in (((1,), (0,)), ((-1,), (1,)), ((2, 7), (0, 1)), ((1, 1), (0, 0))):
        yield case("Roll", sample("float32", (3, 4)), i32(*shifts), i32(*axes), label=f"{list(shifts)} {list(axes)}")
    yield case("Roll", sample("int32", (5,)), np.int32(2), np.int32(0), label="scalar")
