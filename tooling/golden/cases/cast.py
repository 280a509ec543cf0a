"""Cast between all dtypes, and Bitcast.

Floats that do not fit an integer dtype (NaN and infinities included) are left out: the result is the processor's, not TensorFlow's.
"""

import numpy as np

from case import case
from values import ALL, COMPLEXES, FLOATS, INTS, array, edges, f32, sample

IN_RANGE = [0.0, 0.4, 0.5, 1.0, 1.5, 2.5, 2.7, 99.9, 127.0]


def cases():
    for source in ALL:
        for target in ALL:
            yield case("Cast", values_to_cast(source, target), label=f"to {target}", DstT=target)
    yield case("Cast", np.float32(2.9), label="scalar to int32", DstT="int32")
    yield case("Cast", np.zeros((0, 3), np.float32), label="empty to int64", DstT="int64")
    yield case("Cast", sample("float32", (3, 7), 2), label="matrix to int32", DstT="int32")
    yield case("Cast", f32([2049, 2051, 65519, 65520, -65520, 1e-8, 3e-8, 6e-8]), label="halfway to float16", DstT="float16")
    yield case("Cast", f32([1.00390625, 1.01171875, 257, 259, 3.4e38, 1e-30]), label="halfway to bfloat16", DstT="bfloat16")
    yield case("Cast", f32([1.00390625, 1.01171875, 257, 259, -1.0117]), label="truncated to bfloat16", DstT="bfloat16", Truncate=True)
    yield case("Cast", np.array([16777217.0, 16777219.0, 1e39, -1e39, 0.1]), label="halfway to float32", DstT="float32")
    yield case("Cast", np.array([16777217, 16777219, 2**31 - 1, -2**31], np.int32), label="halfway to float32", DstT="float32")
    yield case("Cast", np.array([2**53 + 1, 2**63 - 1, -2**63], np.int64), label="halfway to float64", DstT="float64")
    yield case("Cast", np.array([2**64 - 1, 2**63 + 1025], np.uint64), label="halfway to float64", DstT="float64")
    yield from bitcasts()


def values_to_cast(source, target):
    if source in FLOATS:
        if target in INTS:
            return array(source, IN_RANGE + ([] if target.startswith("u") else [-0.0, -0.5, -1.7, -100.2, -127.0]))
        return edges(source)
    if source in COMPLEXES:
        if target in INTS:
            return array(source, [0, 1.5 + 2j, 99.9 - 1j])
        return edges(source)
    return edges(source)


def bitcasts():
    wide = np.array([1.0, -2.5, 0.1, np.inf], np.float32)
    for target in ("int32", "uint32"):
        yield case("Bitcast", wide, label=f"to {target}", type=target)
    for target in ("uint8", "int16", "float16", "bfloat16"):
        yield case("Bitcast", wide, label=f"to narrower {target}", type=target)
    yield case("Bitcast", np.array([[1, 2], [3, 4]], np.int32), label="to wider int64", type="int64")
    yield case("Bitcast", np.arange(16, dtype=np.uint8).reshape(2, 2, 4), label="to wider float32", type="float32")
    yield case("Bitcast", np.array([1 + 2j], np.complex64), label="to float32", type="float32")
    yield case("Bitcast", sample("float64", (3,)), label="to int64", type="int64")
    yield case("Bitcast", edges("uint8"), label="to int8", type="int8")
    yield case("Bitcast", np.zeros((0, 2), np.float32), label="empty", type="int32")
    yield case("Bitcast", np.zeros((2, 3), np.uint8), label="last size does not divide", type="float32", error=True)
