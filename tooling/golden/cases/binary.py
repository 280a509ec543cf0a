"""Elementwise ops of two inputs: edge values in all pairs, broadcasting, overflow, division by zero, refused shapes."""

import numpy as np

from case import ARITHMETIC, FUNCTION, SPECIAL, case
from values import ALL, COMPLEXES, FLOATS, INTS, NUMBERS, SIGNED, array, edges, few, f32, pairs, sample, strings

ARITHMETIC_OPS = ["Add", "AddV2", "Sub", "Mul", "SquaredDifference", "MulNoNan"]
EXTREMES = ["Maximum", "Minimum"]
COMPARISONS = ["Less", "LessEqual", "Greater", "GreaterEqual"]
EQUALITIES = ["Equal", "NotEqual"]
BITWISE = ["BitwiseAnd", "BitwiseOr", "BitwiseXor"]
DIVISIONS = ["Div", "FloorDiv", "TruncateDiv", "Mod", "FloorMod", "TruncateMod"]
SHAPE_PAIRS = [((), ()), ((0,), ()), ((0,), (0,)), ((1,), (5,)), ((5,), ()), ((3, 1), (1, 4)), ((2, 3), (3,)), ((2, 1, 3), (4, 1)),
               ((2, 3, 4), (2, 1, 4)), ((0, 3), (1, 3)), ((3, 7), (3, 7)), ((2, 1, 3, 1, 2), (1, 4, 1, 5, 2)), ((1, 1, 1), (2, 1, 9))]


def cases():
    for op in ARITHMETIC_OPS:
        for dtype in NUMBERS:
            left, right = pairs(dtype)
            yield case(op, left, right, label="pairs", tolerance=ARITHMETIC)
    for op in EXTREMES + COMPARISONS:
        for dtype in FLOATS + INTS:
            yield case(op, *pairs(dtype), label="pairs")
    for op in EQUALITIES:
        for dtype in ALL:
            yield case(op, *pairs(dtype), label="pairs")
        yield case(op, strings(["a", "b", "", "é"]), strings(["a", "c", "", "e"]))
        yield case(op, strings(["a", "b"]), np.array("b", object), label="broadcast")
        yield case(op, f32([1, 2]), f32([1, 2, 3]), label="incompatible as false", incompatible_shape_error=False)
    for op in BITWISE:
        for dtype in INTS:
            yield case(op, *pairs(dtype), label="pairs")
    for op in ("LogicalAnd", "LogicalOr"):
        yield case(op, *pairs("bool"))
        yield case(op, np.array([True, False]), np.array([[True], [False], [True]]), label="broadcast")
    yield from shifts()
    yield from divisions()
    yield from functions()
    yield from broadcasts()
    yield from refusals()


def shifts():
    for op in ("LeftShift", "RightShift"):
        for dtype in INTS:
            bits = np.iinfo(dtype).bits
            values = np.repeat(few(dtype), 4)
            amounts = np.tile(np.array([0, 1, bits // 2, bits - 1], dtype), len(few(dtype)))
            yield case(op, values, amounts, label="pairs")
            yield case(op, few(dtype), np.full(few(dtype).shape, bits + 1).astype(dtype), label="beyond the width")


def divisions():
    for op in DIVISIONS:
        for dtype in NUMBERS:
            left, right = pairs(dtype)
            if dtype in INTS:
                keep = (right != 0) & ~((left == np.iinfo(dtype).min) & (right.astype(np.float64) == -1))
                left, right = left[keep], right[keep]
                yield case(op, array(dtype, [1, 2]), array(dtype, [1, 0]), label="by zero", error=True)
            if dtype in COMPLEXES:
                keep = right != 0
                left, right = left[keep], right[keep]
            yield case(op, left, right, label="pairs", tolerance=ARITHMETIC)
        signs = [7, -7, 7, -7, 6, -6, 5.5, -5.5], [2, 2, -2, -2, 3, -3, 2, -2]
        yield case(op, f32(signs[0]), f32(signs[1]), label="signs", tolerance=ARITHMETIC)
        yield case(op, np.array(signs[0][:6], np.int32), np.array(signs[1][:6], np.int32), label="signs")
        yield case(op, sample("int64", (2, 3), 3, 1, 90), sample("int64", (3,), 4, 1, 9), label="broadcast")
    for dtype in FLOATS + COMPLEXES:
        left, right = pairs(dtype)
        keep = slice(None) if dtype in FLOATS else right != 0
        yield case("RealDiv", left[keep], right[keep], label="pairs", tolerance=ARITHMETIC)
        yield case("DivNoNan", left, right, label="pairs", tolerance=ARITHMETIC)


def functions():
    for dtype in FLOATS:
        base, power = pairs(dtype, array(dtype, [0, 0.5, 1, 2, 3, -1, -2, 1.5, np.inf, np.nan]))
        yield case("Pow", base, power, label="pairs", tolerance=FUNCTION)
        y, x = pairs(dtype, array(dtype, [0.0, -0.0, 1, -1, 0.3, -4]))
        yield case("Atan2", y, x, label="pairs", tolerance=FUNCTION)
        left, right = pairs(dtype, array(dtype, [0, 0.5, 1, 2, 7]))
        for op in ("Xlogy", "Xlog1py", "Xdivy"):
            yield case(op, left, right, label="pairs", tolerance=FUNCTION)
        positive = pairs(dtype, array(dtype, [0.5, 1, 2.5, 6]))
        for op in ("Igamma", "Igammac"):
            yield case(op, *positive, label="pairs", tolerance=SPECIAL)
        yield case("Zeta", *pairs(dtype, array(dtype, [1.5, 2, 3.5, 6])), label="pairs", tolerance=SPECIAL)
        yield case("Polygamma", array(dtype, [1, 2, 3]), array(dtype, [0.5, 2, 4]), tolerance=SPECIAL)
        yield case("NextAfter", *pairs(dtype, array(dtype, [1, -1, 2])), label="pairs")
    for dtype in INTS:
        yield case("Pow", array(dtype, [0, 1, 2, 3, 5, 2, 7]), array(dtype, [0, 5, 6, 4, 2, 0, 1]), label="small")
    for dtype in SIGNED:
        yield case("Pow", array(dtype, [-1, -2, -3]), array(dtype, [3, 5, 2]), label="negative base")
        yield case("Pow", array(dtype, [2]), array(dtype, [-1]), label="negative power", error=True)
    for dtype in COMPLEXES:
        yield case("Pow", sample(dtype, (5,), 3), sample(dtype, (5,), 4, -2, 2), tolerance=FUNCTION)
        half = {"complex64": "float32", "complex128": "float64"}[dtype]
        yield case("Complex", sample(half, (2, 3)), sample(half, (3,), 2), Tout=dtype)
    for dtype in FLOATS:
        yield case("ApproximateEqual", array(dtype, [1, 1, 1]), array(dtype, [1, 1.001, 2]))


def broadcasts():
    for op, tolerance in [("AddV2", ARITHMETIC), ("Mul", ARITHMETIC), ("Sub", ARITHMETIC), ("RealDiv", ARITHMETIC), ("Maximum", None), ("Less", None),
                          ("Equal", None), ("SquaredDifference", ARITHMETIC)]:
        for left, right in SHAPE_PAIRS:
            yield case(op, sample("float32", left, 3), sample("float32", right, 4, 1, 5), tolerance=tolerance)
    for dtype in ("int32", "float64", "int64"):
        for left, right in SHAPE_PAIRS[:8]:
            yield case("AddV2", sample(dtype, left, 3), sample(dtype, right, 4))
    yield case("Add", strings(["a", ""]), np.array("z", object), label="strings")
    for size in (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33):
        yield case("Mul", sample("float32", (size,), 5), sample("float32", (size,), 6), tolerance=ARITHMETIC)
        yield case("AddV2", sample("float32", (2, size), 5), sample("float32", (size,), 6), label=f"row of {size}", tolerance=ARITHMETIC)
        yield case("AddV2", sample("float32", (size, 3), 5), sample("float32", (size, 1), 6), label=f"column of {size}", tolerance=ARITHMETIC)


def refusals():
    for op in ("AddV2", "Mul", "Maximum", "Less", "Equal", "FloorDiv"):
        yield case(op, f32([1, 2]), f32([1, 2, 3]), label="incompatible", error=True)
    yield case("LogicalAnd", np.ones((2, 3), bool), np.ones((3, 2), bool), label="incompatible", error=True)
    yield case("RealDiv", f32([1.0, -1.0, 0.0]), f32([0.0, 0.0, 0.0]), label="by zero")
    yield case("Maximum", edges("float32"), np.float32(np.nan), label="with NaN")
    yield case("Minimum", np.float32(np.nan), edges("float32"), label="with NaN")
