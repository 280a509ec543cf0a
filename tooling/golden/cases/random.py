"""Random numbers from given seeds: TensorFlow's Philox streams, bit for bit where the arithmetic is exact."""

import numpy as np

from case import FUNCTION, case
from values import f32, i32, i64, sample

SEED = i64(12, 34)


def cases():
    yield from stateless()
    yield from seeded()


def stateless():
    for dtype in ("float16", "bfloat16", "float32", "float64"):
        yield case("StatelessRandomUniform", i32(3, 5), SEED, label=dtype, dtype=dtype)
        yield case("StatelessRandomNormal", i32(3, 5), SEED, label=dtype, dtype=dtype, tolerance=FUNCTION)
        yield case("StatelessTruncatedNormal", i32(3, 5), SEED, label=dtype, dtype=dtype, tolerance=FUNCTION)
    for dtype in ("int32", "int64"):
        low, high = np.array(-5, dtype), np.array(90, dtype)
        yield case("StatelessRandomUniformInt", i32(3, 5), SEED, low, high, label=dtype)
    for dtype in ("int32", "int64", "uint32", "uint64"):
        yield case("StatelessRandomUniformFullInt", i32(7), SEED, label=dtype, dtype=dtype)
    for seed in (i32(0, 0), i32(-1, 7), i64(1 << 40, 3)):
        yield case("StatelessRandomUniform", i32(5), seed, label=f"seed {seed.tolist()}", dtype="float32")
    yield case("StatelessRandomUniform", i32(0, 3), SEED, label="empty", dtype="float32")
    yield case("StatelessRandomUniform", i32(), SEED, label="scalar", dtype="float32")
    yield case("StatelessRandomUniform", i32(301), SEED, label="301", dtype="float32")
    key, counter = np.array([77], np.uint64), np.array([5, 6], np.uint64)
    for op in ("StatelessRandomUniformV2", "StatelessRandomNormalV2", "StatelessTruncatedNormalV2"):
        yield case(op, i32(9), key, counter, np.int32(1), label="Philox", dtype="float32", tolerance=FUNCTION)
    yield case("StatelessRandomUniformIntV2", i32(9), key, counter, np.int32(1), np.int32(0), np.int32(10), label="Philox")
    yield case("StatelessRandomGetKeyCounter", SEED, label="two")
    yield case("StatelessMultinomial", f32([[0, 0, 0], [5, 0, -5]]), np.int32(8), SEED, label="two rows")
    for dtype in ("float16", "float32", "float64"):
        shapes = np.array([0.3, 1, 2.5], dtype)
        yield case("StatelessRandomGammaV2", i32(40, 3), SEED, shapes, label=dtype, tolerance=FUNCTION)
        yield case("StatelessRandomPoisson", i32(40, 3), SEED, np.array([0.5, 8, 30], dtype), label=dtype, dtype=dtype)
    yield case("StatelessRandomGammaV3", i32(7), key, counter, np.int32(1), np.float32(1.5), label="Philox", tolerance=FUNCTION)
    yield case("StatelessShuffle", sample("int32", (10,), 3, 0, 99), key, counter, np.int32(1), label="ten")
    yield case("StatelessShuffle", sample("string", (5, 2), 3), key, counter, np.int32(1), label="rows of text")
    yield case("StatelessShuffle", np.float32(3), key, counter, np.int32(1), label="scalar")
    yield case("StatelessShuffle", sample("bool", (0, 2)), key, counter, np.int32(1), label="empty")
    yield case("StatelessRandomPoisson", i32(2, 5), SEED, np.float32(12), label="one rate", dtype="int64")
    yield case("StatelessRandomGammaV2", i32(4, 3), SEED, f32([1, 2]), label="shapes that do not end alike", error=True)


def seeded():
    """The first run of a session, with both seeds set."""
    seeds = {"seed": 87654321, "seed2": 42}
    for dtype in ("float32", "float64", "float16", "bfloat16"):
        yield case("RandomUniform", i32(3, 5), label=dtype, dtype=dtype, **seeds)
        yield case("RandomStandardNormal", i32(3, 5), label=dtype, dtype=dtype, tolerance=FUNCTION, **seeds)
        yield case("TruncatedNormal", i32(3, 5), label=dtype, dtype=dtype, tolerance=FUNCTION, **seeds)
    for dtype in ("int32", "int64"):
        yield case("RandomUniformInt", i32(9), np.array(0, dtype), np.array(100, dtype), label=dtype, **seeds)
    yield case("RandomUniform", i32(301), label="301", dtype="float32", **seeds)
    yield case("RandomUniform", i32(5), label="seed only", dtype="float32", seed=3)
    yield case("RandomShuffle", sample("int32", (10,), 3, 0, 99), label="ten", **seeds)
    yield case("RandomShuffle", sample("float32", (5, 2), 3), label="rows", **seeds)
    yield case("Multinomial", f32([[0, 0, 0], [5, 0, -5]]), np.int32(8), label="two rows", **seeds)
    for dtype in ("float16", "float32", "float64"):
        yield case("RandomGamma", i32(20, 2), np.array([0.3, 1, 2.5], dtype), label=dtype, tolerance=FUNCTION, **seeds)
        yield case("RandomPoissonV2", i32(20, 2), np.array([0.5, 8, 30], dtype), label=dtype, dtype=dtype, **seeds)
    yield case("RandomPoissonV2", i32(9), np.float64(3), label="integers", **seeds)
    yield case("RandomGamma", i32(0), f32([1, 2]), label="none", **seeds)
