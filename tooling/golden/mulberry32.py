"""The one random generator of the golden data: mulberry32.

It is small enough to be written again in any language, so random inputs are stored as a seed. In TypeScript:

    const mulberry32 = (seed: number) => () => {
      seed = (seed + 0x6d2b79f5) | 0;
      let t = Math.imul(seed ^ (seed >>> 15), seed | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };

Draw i of a seed depends on i alone, so numpy makes a whole array at once.
"""

import numpy as np


def uniform(seed, count):
    """`count` draws in [0, 1), as float64, exactly those of the function above."""
    with np.errstate(over="ignore"):
        step = np.arange(1, count + 1, dtype=np.uint32)
        state = np.uint32(seed) + step * np.uint32(0x6D2B79F5)
        t = (state ^ (state >> np.uint32(15))) * (state | np.uint32(1))
        t ^= t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61))
        t ^= t >> np.uint32(14)
    return t.astype(np.float64) / 4294967296.0


def fill(seed, shape, dtype, lo, hi):
    """Row-major array. Floats: lo + (hi - lo) * u in double, rounded once to dtype. Integers: lo + floor((hi - lo + 1) * u)."""
    count = int(np.prod(shape, dtype=np.int64))
    u = uniform(seed, count)
    dtype = np.dtype(dtype)
    if dtype.kind in "iu":
        values = lo + np.floor((hi - lo + 1) * u)
    else:
        values = lo + (hi - lo) * u
    return values.astype(dtype).reshape(shape)


def signs(seed, count):
    """`count` seeded signs: -1 where the draw is below one half, else +1."""
    return np.where(uniform(seed, count) < 0.5, -1, 1)


def indices(seed, count, size):
    """`count` seeded indices into an array of `size` elements (floor(size * u); repeats are possible)."""
    return np.floor(size * uniform(seed, count)).astype(np.int64)
