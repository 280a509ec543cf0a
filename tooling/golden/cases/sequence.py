"""Sequences of symbols: edit distances, greedy CTC decoding and CTC losses, sets; tensors as bytes."""

import numpy as np

from case import ARITHMETIC, IN_FLOAT32, case
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
    yield from beams()
    yield from ctc_losses()
    yield from sets()


def beams():
    for dtype in ("float32", "float64"):
        x = sample(dtype, (7, 2, 5), 12)
        for merge in (True, False):
            yield case("CTCBeamSearchDecoder", x, i32(7, 4), label=f"merge {merge}", merge_repeated=merge, beam_width=6, top_paths=3, tolerance=IN_FLOAT32)
        yield case("CTCBeamSearchDecoder", x, i32(7, 4), label="wide", merge_repeated=False, beam_width=100, top_paths=2, tolerance=IN_FLOAT32)
        yield case("CTCBeamSearchDecoder", x, i32(5, 1), label="narrow", merge_repeated=False, beam_width=1, top_paths=1, tolerance=IN_FLOAT32)
    x = sample("float32", (5, 2, 4), 3)
    yield case("CTCBeamSearchDecoder", x, i32(6, 3), label="too long", beam_width=2, top_paths=1, error=True)
    yield case("CTCBeamSearchDecoder", x, i32(3), label="one length for two", beam_width=2, top_paths=1, error=True)
    yield case("CTCBeamSearchDecoder", x, i32(3, 3), label="more paths than beams", beam_width=2, top_paths=3, error=True)
    yield case("CTCBeamSearchDecoder", x, i32(0, 0), label="too few sequences", beam_width=3, top_paths=2, error=True)


def ctc_losses():
    places, labels, lengths = i64([0, 0], [0, 1], [1, 0]), i32(0, 1, 0), i32(4, 3)
    for dtype in ("float32", "float64"):
        x = sample(dtype, (4, 2, 3), 5)
        yield case("CTCLoss", x, places, labels, lengths, label=dtype, tolerance=IN_FLOAT32)
        yield case("CTCLoss", x * 30, places, labels, lengths, label=f"{dtype} steep", tolerance=IN_FLOAT32)
    for repeats in ({}, {"preprocess_collapse_repeated": True}, {"ctc_merge_repeated": False}):
        yield case("CTCLoss", x, places, i32(0, 0, 1), lengths, label=f"repeated {list(repeats)}", tolerance=IN_FLOAT32, **repeats)
    yield case("CTCLoss", x, places, i32(0, 0, 1), i32(2, 3), label="no path", tolerance=IN_FLOAT32)
    yield case("CTCLoss", x, places, i32(0, 2, 0), lengths, label="blanks at the end", tolerance=IN_FLOAT32)
    yield case("CTCLoss", x, places, labels, i32(1, 3), label="too long, ignored", tolerance=IN_FLOAT32, ignore_longer_outputs_than_inputs=True)
    yield case("CTCLoss", x, i64([0, 0], [0, 2], [1, 0]), labels, lengths, label="gaps", tolerance=IN_FLOAT32)
    many = sample("float32", (9, 1, 6), 8)
    yield case("CTCLoss", many, i64([0, 0], [0, 1], [0, 2], [0, 3]), i32(1, 4, 4, 0), i32(9), label="one batch", tolerance=IN_FLOAT32)
    refused = {
        "too long": (x, places, labels, i32(1, 3)), "past the end": (x, places, labels, i32(5, 3)), "negative label": (x, places, i32(0, -1, 0), lengths),
        "no such batch": (x, i64([0, 0], [0, 1], [2, 0]), labels, lengths), "one length for two": (x, places, labels, i32(4)),
        "rows differ": (x, places, i32(0, 1), lengths), "out of order": (x, i64([1, 0], [0, 0], [0, 1]), labels, lengths),
        "no labels": (x, places[:2], labels[:2], lengths), "negative length": (x, places, labels, i32(4, -1)), "no batches": (x[:, :0], places, labels, lengths),
        "label after blank": (x, places, i32(2, 1, 0), lengths),
    }
    for label, inputs in refused.items():
        yield case("CTCLoss", *inputs, label=label, error=True)


def sets():
    def sparse(places, values, shape):
        return i64(*places).reshape(-1, 2), values, i64(*shape)
    for dtype in ("int32", "int8", "string"):
        def of(numbers):
            return strings([f"s{x}" for x in numbers]) if dtype == "string" else np.array(numbers, dtype)
        dense = of([1, 2, 2, 3, 4, 5]).reshape(2, 3)
        one, other = sparse([(0, 1), (0, 3), (1, 0)], of([2, 5, 3]), (2, 4)), sparse([(0, 0), (0, 1), (1, 2)], of([5, 7, 9]), (2, 3))
        for operation in ("a-b", "b-a", "union", "intersection"):
            yield case("DenseToSparseSetOperation", dense, *one, label=f"{dtype} {operation}", set_operation=operation)
            yield case("SparseToSparseSetOperation", *one, *other, label=f"{dtype} {operation}", set_operation=operation)
    jumbled = sparse([(0, 1), (0, 0), (1, 0)], of([2, 5, 3]), (2, 4))
    yield case("DenseToSparseSetOperation", dense, *jumbled, label="out of order, unchecked", set_operation="union", validate_indices=False)
    yield case("DenseToSparseSetOperation", dense, *jumbled, label="out of order", set_operation="union", error=True)
    yield case("SparseToSparseSetOperation", *sparse([(0, 1), (2, 0)], of([2, 7]), (3, 2)), *sparse([(1, 1)], of([9]), (3, 4)), label="other groups", set_operation="union")
    none = sparse([], of([]), (3, 2))
    yield case("SparseToSparseSetOperation", *none, *none, label="empty", set_operation="union")
    yield case("SparseToSparseSetOperation", *one, *none, label="group shapes differ", set_operation="union", error=True)
    yield case("SparseToSparseSetOperation", *one, *one, label="no such operation", set_operation="bogus", error=True)
    yield case("DenseToSparseSetOperation", dense, *sparse([(3, 0)], of([2]), (2, 4)), label="no such group", set_operation="union", error=True)
