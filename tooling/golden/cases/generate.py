"""Tensors from sizes: Fill, Range, LinSpace, Shape, Size, Rank, Diag, and constants."""

import numpy as np

from case import ARITHMETIC, case
from values import ALL, FLOATS, SIGNED, array, i32, i64, sample


def cases():
    for dtype in [*ALL, "string"]:
        yield case("Fill", i32(2, 3), sample(dtype, (), 3), label=dtype)
        yield case("ZerosLike", sample(dtype, (2,)), label="vector")
        yield case("OnesLike", sample(dtype, (2,)), label="vector")
        for op in ("Shape", "Size", "Rank"):
            yield case(op, sample(dtype, (2, 0, 3)), label="dtype")
        yield case("Const", label=dtype, dtype=dtype, value=sample(dtype, (2, 2), 3))
    yield case("Fill", i32(), np.float32(2), label="scalar")
    yield case("Fill", i64(0, 3), np.float32(2), label="empty")
    yield case("Fill", i32(17), np.float32(2), label="17")
    yield case("Fill", i32(-1), np.float32(2), label="negative", error=True)
    yield case("Fill", np.array([[1]], np.int32), np.float32(2), label="shape is a matrix", error=True)
    for out_type in ("int32", "int64"):
        yield case("Shape", sample("float32", (1, 2, 3)), label=f"as {out_type}", out_type=out_type)
        yield case("Shape", np.float32(1), label=f"scalar as {out_type}", out_type=out_type)
        yield case("Size", sample("float32", (2, 3)), label=f"as {out_type}", out_type=out_type)
        yield case("ShapeN", sample("float32", (2,)), sample("float32", (1, 3)), label=f"as {out_type}", out_type=out_type)
    yield case("Rank", np.float32(1), label="scalar")
    yield from ranges()
    yield from spaces()


def ranges():
    for dtype in ("int32", "int64", *SIGNED[:2], "uint16", "uint32", "uint64", *FLOATS):
        yield case("Range", array(dtype, 1), array(dtype, 8), array(dtype, 3), label="up")
    for dtype in ("int32", "float32", "float64"):
        yield case("Range", array(dtype, 5), array(dtype, -2), array(dtype, -2), label="down")
        yield case("Range", array(dtype, 3), array(dtype, 3), array(dtype, 1), label="empty")
        yield case("Range", array(dtype, 0), array(dtype, 5), array(dtype, 0), label="no step", error=True)
        yield case("Range", array(dtype, 5), array(dtype, 0), array(dtype, 1), label="wrong direction", error=True)
    yield case("Range", np.float32(0), np.float32(1), np.float32(0.1), label="tenths", tolerance=ARITHMETIC)
    for label, values in {"to nowhere": (0, np.nan, 1), "from nowhere": (np.nan, 1, 1), "by nothing": (0, 1, np.nan)}.items():
        yield case("Range", *map(np.float32, values), label=label, error=True)
    yield case("Range", np.float64(0), np.float64(1), np.float64(0.1), label="tenths", tolerance=ARITHMETIC)
    yield case("Range", np.float32(-1.5), np.float32(2.2), np.float32(0.75), label="fractions", tolerance=ARITHMETIC)
    yield case("Range", np.int32(0), np.int32(33), np.int32(1), label="33")


def spaces():
    for dtype in FLOATS:
        yield case("LinSpace", array(dtype, -1), array(dtype, 2), np.int32(7), label="seven", tolerance=ARITHMETIC)
    yield case("LinSpace", np.float32(3), np.float32(9), np.int32(1), label="one")
    yield case("LinSpace", np.float32(9), np.float32(3), np.int64(4), label="down", tolerance=ARITHMETIC)
    yield case("LinSpace", np.float32(2), np.float32(2), np.int32(3), label="equal ends")
    yield case("LinSpace", np.float32(1), np.float32(2), np.int32(0), label="none", error=True)
