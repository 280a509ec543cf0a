"""Elementwise ops of one input: every dtype that has a kernel, edge values, and shapes that do not fill a vector register."""

import numpy as np

from case import ARITHMETIC, EXPONENTIAL, FUNCTION, SPECIAL, case
from values import COMPLEXES, FLOATS, INTS, edges, f32, sample, spaced

EXACT = ["Ceil", "Floor", "Rint", "Round", "Sign", "Neg", "Abs", "Relu", "Relu6", "ZerosLike", "OnesLike", "Identity", "Snapshot",
         "StopGradient", "PreventGradient", "GuaranteeConst", "DeepCopy"]
SIMPLE = ["Square", "Sqrt", "Rsqrt", "Reciprocal", "Inv"]
# Functions and the interval in which values matter; edge values are added to each.
INTERVALS = {
    "Exp": (-80, 80), "Expm1": (-20, 20), "Log": (0, 50), "Log1p": (-1, 50), "Sigmoid": (-20, 20), "Tanh": (-10, 10), "Softplus": (-40, 40),
    "Softsign": (-10, 10), "Elu": (-10, 10), "Selu": (-10, 10), "Sin": (-30, 30), "Cos": (-30, 30), "Tan": (-1.5, 1.5), "Sinh": (-10, 10),
    "Cosh": (-10, 10), "Asinh": (-50, 50), "Acosh": (1, 50), "Atanh": (-1, 1), "Asin": (-1, 1), "Acos": (-1, 1), "Atan": (-20, 20),
    "Erf": (-4, 4), "Erfc": (-4, 4),
}
RELATIVE = {"Exp", "Sigmoid", "Softplus", "Cosh", "Sinh", "Erfc"}
SPECIAL_INTERVALS = {
    "Erfinv": (-1, 1), "Ndtri": (0, 1), "Lgamma": (0.1, 30), "Digamma": (0.1, 30), "BesselI0": (-5, 5), "BesselI0e": (-5, 5), "BesselI1": (-5, 5),
    "BesselI1e": (-5, 5), "BesselJ0": (0.1, 10), "BesselJ1": (0.1, 10), "BesselK0": (0.1, 5), "BesselK0e": (0.1, 5), "BesselK1": (0.1, 5),
    "BesselK1e": (0.1, 5), "BesselY0": (0.2, 10), "BesselY1": (0.2, 10), "Dawsn": (-5, 5), "Expint": (0.1, 10), "FresnelCos": (-4, 4),
    "FresnelSin": (-4, 4), "Spence": (0, 10),
}
# Values at which these answer differently from one library to the next (huge arguments, overflow to a signed zero).
NO_EXTREMES = {"Sin", "Cos", "Tan", "Sinh", "Cosh", "Softplus", "Asinh", "Acosh", "Reciprocal", "Inv", "Rsqrt", "Square", "Sigmoid"}
SHAPES = [(0,), (), (1,), (3,), (2, 0, 3), (3, 5), (2, 3, 1, 7)]


def cases():
    for op in EXACT + SIMPLE:
        yield from all_dtypes(op, edge_input, None if op in EXACT else ARITHMETIC)
    for op, interval in INTERVALS.items():
        yield from all_dtypes(op, interval_input(op, interval), EXPONENTIAL if op in RELATIVE else FUNCTION)
    for op, (lo, hi) in SPECIAL_INTERVALS.items():
        for dtype in FLOATS:
            yield case(op, spaced(dtype, lo, hi, 23), label="interval", tolerance=SPECIAL)
        yield case(op, np.zeros((0, 2), np.float32), label="empty")
    for op in [*EXACT, *SIMPLE, *INTERVALS]:
        yield from shapes(op)
    for op in ("IsNan", "IsInf", "IsFinite"):
        for dtype in FLOATS:
            yield case(op, edges(dtype))
    for dtype in INTS:
        yield case("Invert", edges(dtype))
        yield case("PopulationCount", edges(dtype))
    yield case("LogicalNot", edges("bool"))
    yield case("LogicalNot", np.zeros((0, 3), bool))
    for dtype in [*INTS, "bool", "string"]:
        yield case("Identity", sample(dtype, (2, 3)), label="matrix")
    yield from complexes()
    yield from large_arguments()
    yield from leaky()


def all_dtypes(op, make, tolerance):
    for dtype in FLOATS:
        yield case(op, make(dtype), label="edges", tolerance=tolerance)
    for dtype in INTS:
        values = edges(dtype)
        yield case(op, values[values != 0] if op in ("Reciprocal", "Inv") else values, label="edges")
    for dtype in COMPLEXES:
        yield case(op, complex_input(dtype), label="sample", tolerance=FUNCTION)


def edge_input(dtype):
    return edges(dtype)


def interval_input(op, interval):
    """Values over the interval and the edges; float16 cannot hold much, so its interval shrinks."""
    def make(dtype):
        lo, hi = interval
        shrink = 10 if dtype == "float16" and op in ("Exp", "Expm1") else 1
        finite = edges(dtype)
        if op in NO_EXTREMES:
            finite = finite[np.abs(np.nan_to_num(finite.astype(np.float64), posinf=0, neginf=0)) < 100]
        if op in ("Tan", "Atanh", "Asin", "Acos"):
            finite = finite[~np.isinf(finite.astype(np.float64))]
        return np.concatenate([spaced(dtype, lo / shrink, hi / shrink, 22), finite])
    return make


def complex_input(dtype):
    """Off the branch cuts."""
    return (sample(dtype, (7,), 3, -2, 2) + np.array(0.13 + 0.21j)).astype(dtype)


def shapes(op):
    tolerance = None if op in EXACT else FUNCTION
    lo = 1.1 if op == "Acosh" else 0.1
    hi = 0.9 if op in ("Atanh", "Asin", "Acos") else 3
    for shape in SHAPES:
        yield case(op, sample("float32", shape, 5, lo, hi), tolerance=tolerance)


def complexes():
    for dtype in COMPLEXES:
        tout = {"complex64": "float32", "complex128": "float64"}[dtype]
        values = edges(dtype)
        for op in ("Real", "Imag"):
            yield case(op, values, Tout=tout)
        yield case("Angle", sample(dtype, (9,), 4), tolerance=FUNCTION, Tout=tout)
        yield case("ComplexAbs", values, tolerance=FUNCTION, Tout=tout)
        yield case("Conj", values)
    yield case("Conj", np.zeros((0,), np.complex64))


def large_arguments():
    for op in ("Sin", "Cos", "Tan"):
        yield case(op, f32([100, 1000.5, 12345.678, -99999.5]), label="large", tolerance=FUNCTION)
        yield case(op, np.array([1e5, -1e7, 123456789.0]), label="large", tolerance=FUNCTION)
        yield case(op, f32([np.inf, -np.inf, np.nan]), label="not finite")
    for op in ("Exp", "Sigmoid", "Tanh", "Softplus", "Elu", "Sinh", "Cosh"):
        yield case(op, f32([-1e4, -200, -104, 104, 200, 1e4, np.inf, -np.inf, np.nan]), label="saturated", tolerance=FUNCTION)
    for op in ("Reciprocal", "Rsqrt", "Sqrt", "Log"):
        yield case(op, f32([0.0, 1e-30, 1e30, np.inf, np.nan]), label="limits", tolerance=FUNCTION)
        yield case(op, f32([-1.0, -np.inf]), label="negative", tolerance=FUNCTION)
    for op in ("Asin", "Acos", "Atanh", "Acosh"):
        yield case(op, f32([1.0, -1.0, 2.0, -2.0, np.nan]), label="outside", tolerance=FUNCTION)


def leaky():
    for dtype in FLOATS:
        yield case("LeakyRelu", edges(dtype), label="default", tolerance=ARITHMETIC)
        yield case("LeakyRelu", edges(dtype), label="alpha 0.01", tolerance=ARITHMETIC, alpha=0.01)
    yield case("LeakyRelu", f32([-2, 3]), label="alpha 2", tolerance=ARITHMETIC, alpha=2.0)
    yield case("LeakyRelu", sample("float32", (3, 0)), label="empty")
    for dtype in ("float32", "float64"):
        yield case("CheckNumerics", sample(dtype, (5,)), label="fine", message="checked")
        yield case("CheckNumerics", edges(dtype), label="not finite", message="checked", error=True)
