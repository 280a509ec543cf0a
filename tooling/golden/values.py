"""Input values for cases: small reproducible arrays and the edge values of every dtype."""

import ml_dtypes
import numpy as np

import mulberry32

FLOATS = ["float16", "bfloat16", "float32", "float64"]
COMPLEXES = ["complex64", "complex128"]
SIGNED = ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
INTS = SIGNED + UNSIGNED
NUMBERS = FLOATS + INTS + COMPLEXES
ALL = NUMBERS + ["bool"]


QUANTIZED = {"qint8": "int8", "quint8": "uint8", "qint16": "int16", "quint16": "uint16", "qint32": "int32"}


def quantized(dtype, values):
    """An array of a quantized dtype, which NumPy has as a record of one integer."""
    return np.array(values, QUANTIZED[dtype]).view([(dtype, QUANTIZED[dtype])])


def dtype_of(name):
    return np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(object if name == "string" else name)


def array(dtype, values):
    return np.array(values, dtype=dtype_of(dtype))


def i32(*values):
    """A vector: i32(1, 2); a scalar: i32_scalar(1)."""
    return np.array(values, np.int32)


def i32_scalar(value):
    return np.int32(value)


def i64(*values):
    return np.array(values, np.int64)


def f32(values):
    return np.array(values, np.float32)


def strings(values):
    return np.array(values, dtype=object)


def sample(dtype, shape, seed=1, lo=-4, hi=4):
    """Uniform values of few digits (so that the json stays short); integers cover lo..hi inclusive, clipped to the dtype."""
    count = int(np.prod(shape, dtype=np.int64))
    u = mulberry32.uniform(seed, count * (2 if dtype in COMPLEXES else 1))
    if dtype == "bool":
        return (u < 0.5).reshape(shape)
    if dtype == "string":
        return strings([f"s{int(draw * 1000)}" for draw in u]).reshape(shape)
    if dtype in INTS:
        info = np.iinfo(dtype)
        low = max(lo, info.min)
        return (low + np.floor((min(hi, info.max) - low + 1) * u)).astype(dtype).reshape(shape)
    digits = 1 if dtype in ("bfloat16", "float16") else 2
    values = np.round(lo + (hi - lo) * u, digits)
    if dtype in COMPLEXES:
        return (values[:count] + 1j * values[count:]).astype(dtype).reshape(shape)
    return values.astype(dtype_of(dtype)).reshape(shape)


def spaced(dtype, lo, hi, count):
    return np.round(np.linspace(lo, hi, count), 3).astype(dtype_of(dtype))


PLAIN_EDGES = [0.0, -0.0, 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 2, -2, 3.7, -3.7, 0.001, -0.001, 10, -10]
NOT_FINITE = [np.nan, np.inf, -np.inf]


def edges(dtype, finite=False):
    """Every value that tends to go wrong: zeros of both signs, halves, extremes, NaN and infinities."""
    if dtype == "bool":
        return np.array([True, False, True])
    if dtype in INTS:
        info = np.iinfo(dtype)
        values = [0, 1, 2, 3, 7, 8, 100, info.max, info.max - 1, info.min, info.min + 1]
        return np.array(values + ([-1, -2, -7, -100] if info.min < 0 else [200]), dtype=dtype)
    if dtype in COMPLEXES:
        parts = [0, 1, -1, 0.5, -2.5, 3]
        values = [complex(a, b) for a in parts for b in parts[:4]]
        return np.array(values, dtype)
    info = ml_dtypes.finfo(dtype_of(dtype))
    values = PLAIN_EDGES + [float(info.max), -float(info.max), float(info.smallest_normal)]
    return np.array(values + ([] if finite else NOT_FINITE)).astype(dtype_of(dtype))


def pairs(dtype, values=None):
    """Two vectors that meet in every combination of a few values."""
    if values is None:
        values = few(dtype)
    left = np.repeat(values, len(values))
    return left, np.tile(values, len(values))


def few(dtype):
    if dtype == "bool":
        return np.array([False, True])
    if dtype in INTS:
        info = np.iinfo(dtype)
        values = [0, 1, 2, 3, 7, info.max, info.min] + ([-1, -3] if info.min < 0 else [])
        return np.unique(np.array(values, dtype=dtype))
    if dtype in COMPLEXES:
        return np.array([0, 1, -1, 2 + 3j, -0.5j, 1.5 - 2j], dtype)
    return np.array([0.0, -0.0, 1, -1.5, 3, 0.25, np.nan, np.inf, -np.inf]).astype(dtype_of(dtype))
