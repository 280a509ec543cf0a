"""Quantized dtypes: floats to numbers and back, over one range or one for each slice; numbers over another range."""

import numpy as np

from case import ARITHMETIC, case
from values import QUANTIZED, f32, quantized, sample

X = f32([-3, -1.2, -0.5, -0.25, 0, 0.3, 1.5, 2.5, 6, 7])
MODES = ("MIN_COMBINED", "MIN_FIRST", "SCALED")
# The largest qint32 is beyond float32: what a conversion makes of it is the processor's.
LOW, HIGH = np.float32(-2), np.float32(6)
INT32 = [-2**31, -5_000_000, -70_000, -1, 0, 1, 100, 7_000_000, 2**30, 2**31 - 1]


def cases():
    for dtype in QUANTIZED:
        yield from quantize_cases(dtype)
        yield from dequantize_cases(dtype)
    yield from quantize_refusals()
    yield from simulated_cases()
    yield from requantize_cases()


def quantize_cases(dtype):
    values = X[X < 6] if dtype == "qint32" else X
    for mode in MODES:
        yield case("QuantizeV2", values, LOW, HIGH, label=f"{dtype} {mode}", T=dtype, mode=mode)
    yield case("QuantizeV2", values, LOW, HIGH, label=f"{dtype} SCALED narrow to even", T=dtype, mode="SCALED", narrow_range=True,
               round_mode="HALF_TO_EVEN")
    if dtype == "qint32":
        return
    matrix = sample("float32", (2, 3, 2), 3)
    for mode in ("MIN_COMBINED", "SCALED"):
        yield case("QuantizeV2", matrix, f32([-1, 0, -4]), f32([1, 3, 2]), label=f"{dtype} {mode} slices", T=dtype, mode=mode, axis=1)
    yield case("QuantizeV2", f32(0.5).reshape(()), LOW, HIGH, label=f"{dtype} scalar", T=dtype)
    yield case("QuantizeV2", X[:0], LOW, HIGH, label=f"{dtype} empty", T=dtype)
    for mode in MODES:
        yield case("QuantizeV2", X, np.float32(1), np.float32(1), label=f"{dtype} {mode} narrow range", T=dtype, mode=mode)
        yield case("QuantizeV2", X, np.float32(3), np.float32(400), label=f"{dtype} {mode} above zero", T=dtype, mode=mode, ensure_minimum_range=0.5)


def quantize_refusals():
    two = f32([-1, -1])
    yield case("QuantizeV2", X, HIGH, LOW, label="range upside down", T="qint8", error=True)
    yield case("QuantizeV2", X, two, HIGH, label="two minima", T="qint8", error=True)
    yield case("QuantizeV2", X, two, -two, label="two slices of ten", T="qint8", axis=0, error=True)
    yield case("QuantizeV2", X, LOW, HIGH, label="axis out of range", T="qint8", axis=3, error=True)
    yield case("QuantizeV2", X, LOW, HIGH, label="to even but not SCALED", T="qint8", round_mode="HALF_TO_EVEN", error=True)
    yield case("Dequantize", quantized("qint8", [1, 2]), LOW, HIGH, label="axis out of range", axis=1, error=True)
    yield case("Dequantize", quantized("qint8", [1, 2]), LOW, HIGH, label="one range for two", axis=0, error=True)
    yield case("Dequantize", quantized("qint8", [1, 2]), LOW, HIGH, label="bfloat16 SCALED", dtype="bfloat16", mode="SCALED", error=True)


def dequantize_cases(dtype):
    info = np.iinfo(QUANTIZED[dtype])
    most = [100, 2**30] if dtype == "qint32" else [info.max - 1, info.max]
    values = quantized(dtype, [info.min, info.min + 1, 0, 1, 100, *most])
    for mode in MODES:
        yield case("Dequantize", values, LOW, HIGH, label=mode, mode=mode, tolerance=ARITHMETIC)
        yield case("Dequantize", values, f32(1.5).reshape(()), f32(1.5).reshape(()), label=f"{mode} no range", mode=mode, tolerance=ARITHMETIC)
    yield case("Dequantize", values, LOW, HIGH, label="SCALED narrow", mode="SCALED", narrow_range=True, tolerance=ARITHMETIC)
    yield case("Dequantize", values, LOW, HIGH, label="to bfloat16", dtype="bfloat16", tolerance=ARITHMETIC)
    yield case("Dequantize", values[:0], LOW, HIGH, label="empty", tolerance=ARITHMETIC)
    yield case("Dequantize", values[2], LOW, HIGH, label="scalar", tolerance=ARITHMETIC)
    for mode in ("MIN_COMBINED", "SCALED"):
        yield case("Dequantize", values[:6].reshape(1, 3, 2), f32([-1, 0, -4]), f32([1, 3, 2]), label=f"{mode} slices", mode=mode, axis=1,
                   tolerance=ARITHMETIC)


def simulated_cases():
    for dtype in ("float32", "float64", "float16"):
        x = X.astype(dtype)
        zero, low, high = (np.array(value, dtype) for value in (0, -1.5, 2.3))
        for op in ("QuantizeAndDequantizeV2", "QuantizeAndDequantizeV4"):
            yield case(op, x, zero, zero, label="own range", tolerance=ARITHMETIC)
            yield case(op, x, low, high, label="given range", range_given=True, tolerance=ARITHMETIC)
            yield case(op, x, low, high, label="unsigned", range_given=True, signed_input=False, num_bits=4, tolerance=ARITHMETIC)
            yield case(op, x, low, high, label="narrow half up", range_given=True, narrow_range=True, round_mode="HALF_UP", num_bits=3, tolerance=ARITHMETIC)
            yield case(op, x[:0], low, high, label="empty", range_given=True, tolerance=ARITHMETIC)
            yield case(op, x.reshape(5, 2), x[:2], x[:2], label="slices' own ranges", axis=1, tolerance=ARITHMETIC)
            yield case(op, x, high, low, label="range upside down", range_given=True, error=True)
            yield case(op, x, zero, zero, label="no bits", num_bits=0, error=True)
            yield case(op, x, zero, zero, label="axis out of range", axis=1, error=True)
        for bits in (1, 2, 8, 17):
            yield case("QuantizeAndDequantizeV3", x, zero, zero, np.int32(bits), label=f"{bits} bits", range_given=False, tolerance=ARITHMETIC)
        yield case("QuantizeAndDequantizeV3", x, low, high, np.int32(5), label="given range", tolerance=ARITHMETIC)
        # TensorFlow 2.21 takes given ranges of slices here, and in V2 and V4 refuses them.
        yield case("QuantizeAndDequantizeV3", x.reshape(5, 2), x[:2], -x[:2], np.int32(8), label="slices", axis=1, tolerance=ARITHMETIC)
        yield case("QuantizeAndDequantizeV3", x, low, high, np.int32(63), label="63 bits", error=True)
        yield case("QuantizeAndDequantizeV4Grad", x, x, low, high, label="vector", tolerance=ARITHMETIC)
        yield case("QuantizeAndDequantizeV4Grad", x.reshape(5, 2), x.reshape(5, 2), x[:2], -x[:2], label="slices", axis=1, tolerance=ARITHMETIC)
        yield case("QuantizeAndDequantizeV4Grad", x, x[1:], low, high, label="sizes differ", error=True)


def requantize_cases():
    values = quantized("qint32", INT32)
    low, high, minus, plus, zero = f32(-200), f32(300), f32(-1.5), f32(2), f32(0)
    for count in (0, 1, 10):
        for target in ("quint8", "qint8"):
            yield case("Requantize", values[:count], low, high, minus, plus, label=f"{target} {count}", out_type=target)
            yield case("Requantize", values[:count], low * 1e5, high * 1e5, minus, plus * 1e6, label=f"{target} {count} wide", out_type=target)
            yield case("Requantize", values[:count], low, high, zero, zero, label=f"{target} {count} no range", out_type=target)
        if count:
            yield case("QuantizeDownAndShrinkRange", values[:count], low, high, label=str(count), out_type="quint8", tolerance=ARITHMETIC)
            yield case("RequantizationRange", values[:count], low, high, label=str(count), tolerance=ARITHMETIC)
    middle = quantized("qint32", [3000, 1000, 0, 7000, 2500])
    yield case("QuantizeDownAndShrinkRange", middle, low, high, label="small", out_type="quint8", tolerance=ARITHMETIC)
    yield case("RequantizationRange", middle, low, high, label="small", tolerance=ARITHMETIC)
    yield case("Requantize", values, low, high, plus, plus, label="minimum above zero", out_type="quint8", error=True)
    yield case("Requantize", values, f32([1, 2]), high, minus, plus, label="two minima", out_type="quint8", error=True)
