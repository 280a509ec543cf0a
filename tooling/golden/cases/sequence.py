"""Sequences of symbols: edit distances, greedy CTC decoding, sizes of sets; tensors as bytes."""

import numpy as np

from case import ARITHMETIC, case
from values import f32, i32, i64, sample, strings

GUESS = i64([0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 0, 1], [1, 0, 2])
TRUTH = i64([0, 0, 0], [0, 0, 1], [0, 0, 2], [1, 0, 0], [1, 0, 1], [1, 1, 0])


def cases():
    for dtype in ("int32", "int64", "float32", "string"):
        texts = dtype == "string"
        guess, truth = (strings([f"s{x}" for x in part]) if texts else np.array(part, dtype) for part in ([1, 2, 3, 4, 5, 6], [1, 3, 2, 5, 4, 1]))
        for normalize in (True, False):
            yield case("EditDistance", GUESS, guess, i64(2, 2, 3), TRUTH, truth, i64(2, 3, 3), label=f"{dtype} normalize {normalize}", normalize=normalize,
                       tolerance=ARITHMETIC)
    guess = i32(1, 2, 3, 4, 5, 6)
    yield case("EditDistance", GUESS[:0], guess[:0], i64(2, 2, 3), TRUTH[:0], guess[:0], i64(2, 2, 3), label="empty", tolerance=ARITHMETIC)
    yield case("EditDistance", GUESS, guess, i64(2, 2, 3), TRUTH, guess, i64(2, 3), label="ranks differ", error=True)
    yield case("EditDistance", GUESS, guess[1:], i64(2, 2, 3), TRUTH, guess, i64(2, 3, 3), label="values missing", error=True)
    for dtype in ("float32", "float64"):
        x = sample(dtype, (5, 2, 4), 3)
        x[1], x[3, 0, 3] = x[0], 9
        for merge in (False, True):
            yield case("CTCGreedyDecoder", x, i32(5, 3), label=f"merge {merge}", merge_repeated=merge, tolerance=ARITHMETIC)
        yield case("CTCGreedyDecoder", x, i32(5, 5), label="blank first", blank_index=0, tolerance=ARITHMETIC)
        yield case("CTCGreedyDecoder", x, i32(0, 0), label="no steps", tolerance=ARITHMETIC)
    yield case("CTCGreedyDecoder", sample("float32", (5, 2, 4), 3), i32(6, 3), label="too long", error=True)
    yield case("CTCGreedyDecoder", sample("float32", (5, 2, 4), 3), i32(3), label="one length for two", error=True)
    for dtype in ("int8", "int64", "string"):
        values = strings(["a", "b", "a", "c", "c", "c"]) if dtype == "string" else np.array([1, 2, 1, 3, 3, 3], dtype)
        yield case("SetSize", TRUTH, values, i64(2, 2, 3), label=dtype)
    yield case("SetSize", TRUTH[:0], i32(), i64(2, 2, 3), label="empty")
    yield case("SetSize", i64([0], [1], [2]), i32(4, 4, 5), i64(3), label="one row", error=True)
    for dtype in ("float32", "bfloat16", "int64", "bool", "complex64", "string"):
        yield case("SerializeTensor", sample(dtype, (2, 3), 2), label=dtype)
    yield case("SerializeTensor", np.float32(3), label="scalar")
    yield case("SerializeTensor", sample("int32", (0, 3)), label="empty")
    two = strings(b"\x08\x01\x12\x04\x12\x02\x08\x02\x22\x08\x00\x00\x80\x3f\x00\x00\x00\x40").reshape(())
    yield case("ParseTensor", two, label="two floats", out_type="float32")
    yield case("ParseTensor", two, label="floats as ints", out_type="int32", error=True)
    yield case("ParseTensor", strings(b"\xff\xff").reshape(()), label="no tensor", out_type="int32", error=True)
    yield case("ParseTensor", strings(["", ""]), label="two texts", out_type="int32", error=True)
