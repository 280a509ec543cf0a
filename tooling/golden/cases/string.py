"""Ops on strings: joining, splitting, conversion, hashing."""

import numpy as np

from case import FUNCTION, case
from values import ALL, edges, f32, i32, sample, strings

WORDS = strings(["hello", "", "Grüße", "a b  c"])


def cases():
    for separator in ("", ", "):
        yield case("StringJoin", WORDS, strings(["x", "y", "z", ""]), label=f"separator '{separator}'", separator=separator)
    yield case("StringJoin", np.array("all", object), WORDS, label="scalar joins each")
    yield case("StringJoin", strings(["a"]), strings(["b"]), strings(["c"]), label="three")
    yield case("StringJoin", strings(["a", "b"]), strings(["c"]), label="incompatible", error=True)
    for unit in ("BYTE", "UTF8_CHAR"):
        yield case("StringLength", WORDS, label=unit, unit=unit)
        yield case("Substr", strings(["hello", "Grüße"]), i32(1, 2), i32(3, 9), label=unit, unit=unit)
    yield case("Substr", strings(["hello", "world"]), np.int32(-3), np.int32(2), label="from the end")
    yield case("Substr", strings(["hi"]), np.int32(5), np.int32(1), label="out of range", error=True)
    for encoding in ("", "utf-8"):
        yield case("StringLower", strings(["ABC é É"]), label=encoding or "bytes", encoding=encoding)
        yield case("StringUpper", strings(["abc é É"]), label=encoding or "bytes", encoding=encoding)
    yield case("StringStrip", strings(["  a b ", "\tx\n", ""]), label="spaces")
    yield from joins_and_splits()
    yield from conversions()
    yield from patterns()


def joins_and_splits():
    matrix = strings(["a", "b", "c", "d"]).reshape(2, 2)
    for axes in ((0,), (1,), (0, 1), (1, 0), (-1,)):
        yield case("ReduceJoin", matrix, i32(*axes), label=str(list(axes)), separator="-")
    yield case("ReduceJoin", matrix, i32(1), label="keep", keep_dims=True)
    yield case("StringSplit", strings(["a b", "", "c  d"]), np.array(" ", object), label="spaces")
    yield case("StringSplit", strings(["a,b,,c"]), np.array(",", object), label="keep empty", skip_empty=False)
    yield case("StringSplitV2", strings(["a b ", " c"]), np.array("", object), label="white space")
    yield case("StringSplitV2", strings(["a,,b", "c"]), np.array(",", object), label="commas")
    yield case("StringSplitV2", strings(["a,b,c"]), np.array(",", object), label="at most one", maxsplit=1)
    yield case("UnsortedSegmentJoin", strings(["a", "b", "c"]), i32(1, 0, 1), np.int32(2), label="colon", separator=":")
    yield case("StringNGrams", strings(["a", "b", "c", "d"]), i32(0, 3, 4).astype(np.int64), label="two", separator=" ", ngram_widths=[2], left_pad="", right_pad="",
               pad_width=0, preserve_short_sequences=True)


def conversions():
    for dtype in ALL:
        if dtype not in ("complex64", "complex128", "float16", "bfloat16"):
            yield case("AsString", sample(dtype, (4,), 5), label="plain")
    yield case("AsString", edges("float32"), label="edges")
    yield case("AsString", edges("float64"), label="edges")
    yield case("AsString", edges("int64"), label="edges")
    yield case("AsString", f32([1.5, -2.25, 1e10]), label="precision 2", precision=2)
    yield case("AsString", f32([1.5, 1e10]), label="scientific", scientific=True)
    yield case("AsString", f32([1.5, 1e10, 1e-5]), label="shortest", shortest=True)
    yield case("AsString", i32(5, -42), label="width 6 filled", width=6, fill="0")
    for dtype in ("float32", "float64", "int32", "int64"):
        texts = ["1", "-7", "  42 "] + (["1.5e3", "-0.25", "inf", "nan"] if dtype.startswith("f") else [])
        yield case("StringToNumber", strings(texts), label=dtype, out_type=dtype, tolerance=FUNCTION)
        yield case("StringToNumber", strings(["x1"]), label=f"not a number {dtype}", error=True, out_type=dtype)
    for op, extra in (("StringToHashBucketFast", {}), ("StringToHashBucketStrong", {"key": [11, 22]}), ("StringToHashBucket", {})):
        yield case(op, WORDS, label="seven", num_buckets=7, **extra)
        yield case(op, WORDS, label="many", num_buckets=1 << 40, **extra)
    yield case("EncodeBase64", WORDS, label="words")
    yield case("EncodeBase64", WORDS, label="padded", pad=True)
    yield case("DecodeBase64", strings(["aGVsbG8", "", "YQ"]), label="words")
    yield case("DecodeBase64", strings(["a?b"]), label="malformed", error=True)
    yield case("DecodeRaw", np.array([b"\x01\x02\x03\x04", b"\xff\x00\x00\x80"], object), label="to int16", out_type="int16")
    yield case("DecodeRaw", np.array([b"\x00\x00\x80\x3f"], object), label="to float32", out_type="float32")
    yield case("DecodeRaw", np.array([b"\x01\x02"], object), label="big endian", out_type="uint16", little_endian=False)
    yield case("DecodeRaw", np.array([b"\x01\x02\x03"], object), label="size does not divide", error=True, out_type="int16")
    yield case("Fingerprint", np.arange(8, dtype=np.uint8).reshape(2, 4), np.array("farmhash64", object), label="farmhash64")


def patterns():
    yield case("RegexReplace", WORDS, np.array("[aeiou]", object), np.array("_", object), label="vowels")
    yield case("RegexReplace", WORDS, np.array("l(.)", object), np.array("<\\1>", object), label="group first only", replace_global=False)
    yield case("StaticRegexReplace", WORDS, label="spaces", pattern=" +", rewrite=" ")
    yield case("RegexFullMatch", WORDS, np.array("h.*o", object), label="h to o")
    yield case("StaticRegexFullMatch", WORDS, label="empty", pattern="")
    yield case("RegexReplace", WORDS, np.array("(", object), np.array("", object), label="malformed", error=True)
    yield case("StringFormat", i32(1, 2), strings(["x"]), label="two", template="a {} b {}", placeholder="{}")
