"""Reading and writing by index: Gather, GatherNd, ScatterNd, OneHot, TensorScatter…, InvertPermutation, DynamicPartition and -Stitch."""

import numpy as np

from case import ACCUMULATED, case
from values import ALL, NUMBERS, array, f32, i32, i64, sample


def cases():
    yield from gathers()
    yield from gather_nds()
    yield from scatters()
    yield from one_hots()
    yield from partitions()


def gathers():
    for dtype in [*ALL, "string"]:
        yield case("GatherV2", sample(dtype, (4, 3)), i32(3, 0, 0), np.int32(0), label="rows")
        yield case("Gather", sample(dtype, (4, 3)), i32(3, 0, 0), label="rows")
    for axis in (0, 1, 2, -1):
        yield case("GatherV2", sample("float32", (3, 4, 5)), i64(2, 0), np.int64(axis), label=f"axis {axis}")
        yield case("GatherV2", sample("float32", (3, 4, 5)), np.array([[0, 1], [2, 0]], np.int32), np.int32(axis), label=f"matrix of indices axis {axis}")
    yield case("GatherV2", sample("float32", (4, 3)), np.int32(2), np.int32(0), label="scalar index")
    yield case("GatherV2", sample("float32", (4, 3)), i32(), np.int32(0), label="no index")
    yield case("GatherV2", np.zeros((3, 0), np.float32), i32(1, 2), np.int32(0), label="empty rows")
    yield case("GatherV2", sample("float32", (2, 3, 4)), np.array([[0, 2], [1, 1]], np.int32), np.int32(1), label="batch", batch_dims=1)
    yield case("GatherV2", sample("float32", (2, 3, 4)), np.array([[[0, 3]] * 3, [[1, 1]] * 3], np.int32), np.int32(2), label="batch 2", batch_dims=2)
    yield case("GatherV2", sample("float32", (2, 3, 4)), np.array([[1], [0]], np.int32), np.int32(2), label="batch 1 axis 2", batch_dims=1)
    yield case("GatherV2", sample("float32", (4, 3)), i32(4), np.int32(0), label="index too large", error=True)
    yield case("GatherV2", sample("float32", (4, 3)), i32(-1), np.int32(0), label="negative index", error=True)
    yield case("GatherV2", sample("float32", (4, 3)), i32(0), np.int32(2), label="axis too large", error=True)
    yield case("InvertPermutation", i32(2, 0, 3, 1), label="int32")
    yield case("InvertPermutation", i64(1, 0), label="int64")
    yield case("InvertPermutation", i32(), label="empty")
    yield case("InvertPermutation", i32(0, 0), label="repeated", error=True)
    yield case("InvertPermutation", i32(0, 2), label="out of range", error=True)
    yield case("UnravelIndex", i32(0, 7, 22), i32(3, 4, 2), label="three")


def gather_nds():
    for dtype in [*ALL, "string"]:
        yield case("GatherNd", sample(dtype, (3, 4)), i32([0, 1], [2, 3]), label="elements")
    yield case("GatherNd", sample("float32", (3, 4)), i64([2], [0]), label="rows")
    yield case("GatherNd", sample("float32", (3, 4, 2)), i32([[0, 1]], [[2, 3]]), label="inner rows")
    yield case("GatherNd", sample("float32", (3, 4)), i32(1, 2), label="one")
    yield case("GatherNd", sample("float32", (3,)), np.zeros((2, 0), np.int32), label="whole")
    yield case("GatherNd", sample("float32", (3, 4)), np.zeros((0, 2), np.int32), label="none")
    yield case("GatherNd", sample("float32", (2, 2, 2, 2, 2)), i32([0, 1, 0, 1, 1]), label="rank 5")
    yield case("GatherNd", sample("float32", (3, 4)), i32([3, 0]), label="out of range", error=True)
    yield case("GatherNd", sample("float32", (3,)), i32([0, 0]), label="too deep", error=True)


def scatters():
    for dtype in ALL:
        yield case("ScatterNd", i32([1], [3]), sample(dtype, (2, 2)), i32(4, 2), label=f"rows {dtype}")
    for dtype in NUMBERS:
        yield case("ScatterNd", i32([1], [1], [0]), sample(dtype, (3,)), i32(3), label=f"repeated {dtype}", tolerance=ACCUMULATED)
        for op in ("TensorScatterUpdate", "TensorScatterAdd", "TensorScatterSub", "TensorScatterMax", "TensorScatterMin"):
            yield case(op, sample(dtype, (4, 2)), i32([3], [0]), sample(dtype, (2, 2), 2), label="rows", tolerance=ACCUMULATED)
    yield case("ScatterNd", i64([0, 1], [1, 1]), f32([5, 6]), i64(2, 3), label="elements")
    yield case("ScatterNd", np.zeros((0, 1), np.int32), np.zeros((0, 2), np.float32), i32(3, 2), label="no update")
    yield case("ScatterNd", i32([3]), f32([1]), i32(3), label="out of range", error=True)
    yield case("ScatterNd", i32([0], [1]), f32([1, 2, 3]), i32(4), label="sizes differ", error=True)
    yield case("TensorScatterUpdate", sample("string", (3,)), i32([1]), sample("string", (1,), 2), label="strings")
    yield case("TensorScatterUpdate", f32([1, 2]), i32([2]), f32([1]), label="out of range", error=True)
    for dtype in ("float32", "int32", "string"):
        yield case("SparseToDense", i32(0, 2), i32(4), sample(dtype, (2,)), sample(dtype, (), 2), label=f"vector {dtype}")
    yield case("SparseToDense", i32([0, 1], [2, 0]), i32(3, 2), np.float32(7), np.float32(0), label="matrix of one value")
    yield case("SparseToDense", np.int32(1), i32(3), np.float32(7), np.float32(1), label="scalar index")
    yield case("SparseToDense", i32(5), i32(3), f32([7]), np.float32(1), label="out of range", error=True)


def one_hots():
    for dtype in [*ALL, "string"]:
        on, off = sample(dtype, (), 3), sample(dtype, (), 4)
        yield case("OneHot", i32(0, 2, 1), np.int32(3), on, off, label=f"last {dtype}", axis=-1)
    for indices in ("uint8", "int8", "int32", "int64"):
        yield case("OneHot", array(indices, [[0, 1], [2, 3]]), np.int32(3), np.float32(1), np.float32(0), label=f"beyond the depth {indices}", axis=0)
    yield case("OneHot", i32(-1, 1), np.int32(2), np.float32(1), np.float32(0), label="negative index", axis=-1)
    yield case("OneHot", i64([0, 1]), np.int32(2), np.float32(5), np.float32(-1), label="middle", axis=1)
    yield case("OneHot", np.int32(1), np.int32(3), np.float32(1), np.float32(0), label="scalar", axis=-1)
    yield case("OneHot", i32(), np.int32(3), np.float32(1), np.float32(0), label="empty", axis=-1)
    yield case("OneHot", i32(0, 1), np.int32(0), np.float32(1), np.float32(0), label="depth 0", axis=-1)
    yield case("OneHot", i32(0, 1), np.int32(-1), np.float32(1), np.float32(0), label="negative depth", error=True, axis=-1)


def partitions():
    for dtype in ("float32", "int32", "bool", "string"):
        yield case("DynamicPartition", sample(dtype, (5,)), i32(0, 1, 0, 2, 1), label="vector", num_partitions=4)
    yield case("DynamicPartition", sample("float32", (3, 2)), i32(1, 0, 1), label="rows", num_partitions=2)
    yield case("DynamicPartition", sample("float32", (2, 2)), i32([0, 1], [1, 0]), label="elements", num_partitions=2)
    yield case("DynamicPartition", sample("float32", (2,)), i32(0, 2), label="out of range", error=True, num_partitions=2)
    for op in ("DynamicStitch", "ParallelDynamicStitch"):
        yield case(op, i32(0, 2), i32(1, 3), f32([1, 2]), f32([3, 4]), label="vectors", T="float32")
        yield case(op, np.int32(1), i32(0, 2), f32([5, 6]), f32([[1, 2], [3, 4]]), label="rows", T="float32")
    yield case("DynamicStitch", i32(0, 1), i32(1), f32([1, 2]), f32([9]), label="later wins", T="float32")
