"""Strings as code points and back: every encoding, what is malformed, control characters."""

from case import case
from values import i32, i64, strings

TEXTS = [b"a\xc3\xa9\xff", b"", b"\xe2\x82", b"\x01b\n", "日本語 и 😀".encode(), b"\xed\xa0\x80\xf5\x80\xc0\x80\xf0\x80\x80\x80z\xf4\x90\x80\x80\xe2\x28\xa1"]
WIDE = [b"\x00a\xd8\x00\x00b\x00", b"\xd8\x3d\xde\x00", b"\xdc\x00\x00x", b""]
WIDEST = [b"\x00\x00\x00a\x00\x11\x00\x00", b"\x00\x01\xf6\x00\x00\x00\xd8\x00", b"\x00\x00\x00b"]


def cases():
    for encoding, texts in (("UTF-8", TEXTS), ("UTF-16-BE", WIDE), ("UTF-32-BE", WIDEST), ("US-ASCII", TEXTS[:2]), ("latin1", TEXTS[:2])):
        for errors in ("replace", "ignore"):
            for op in ("UnicodeDecode", "UnicodeDecodeWithOffsets"):
                yield case(op, strings(texts), label=f"{encoding} {errors}", input_encoding=encoding, errors=errors)
            yield case("UnicodeTranscode", strings(texts), label=f"{encoding} {errors}", input_encoding=encoding, output_encoding="UTF-8", errors=errors)
    for output in ("UTF-8", "UTF-16-BE", "UTF-32-BE"):
        yield case("UnicodeTranscode", strings(TEXTS), label=f"to {output}", input_encoding="UTF-8", output_encoding=output, replacement_char=63)
        yield case("UnicodeEncode", i32(97, 233, 0x1F600, 0xD800, 0x110000, 1), i64(0, 2, 2, 6), label=output, output_encoding=output)
    for errors in ("replace", "ignore"):
        controls = {"errors": errors, "replace_control_characters": True, "replacement_char": 32}
        yield case("UnicodeDecode", strings([b"\x01b\n\x1f\x7f", b"x"]), label=f"controls {errors}", input_encoding="UTF-8", **controls)
        yield case("UnicodeTranscode", strings([b"\x01b\n\x1f\x7f", b"x"]), label=f"controls {errors}", input_encoding="UTF-8", output_encoding="UTF-8", **controls)
    yield case("UnicodeDecode", strings([b"ab"]).reshape(()), label="scalar", input_encoding="UTF-8", Tsplits="int32")
    yield case("UnicodeDecode", strings([b"ab", b"c", b"", b"d"]).reshape(2, 2), label="matrix", input_encoding="UTF-8")
    yield case("UnicodeDecode", strings([]), label="empty", input_encoding="UTF-8")
    yield case("UnicodeDecode", strings([b"a\xff"]), label="strict", input_encoding="UTF-8", errors="strict", error=True)
    yield case("UnicodeDecode", strings([b"a"]), label="no such encoding", input_encoding="bogus", error=True)
    yield case("UnicodeDecode", strings([b"a"]), label="replacement is no code point", input_encoding="UTF-8", replacement_char=0x110000, error=True)
    yield case("UnicodeTranscode", strings([b"\x01b", b"x"]), label="strict controls", input_encoding="UTF-8", output_encoding="UTF-8", errors="strict",
               replace_control_characters=True, error=True)
    yield case("UnicodeTranscode", strings([b"a\xff"]), label="strict", input_encoding="UTF-8", output_encoding="UTF-8", errors="strict", error=True)
    yield case("UnicodeEncode", i32(97, 0xD800, 98), i64(0, 3), label="ignore", output_encoding="UTF-8", errors="ignore")
    yield case("UnicodeEncode", i32(97, 0xD800), i64(0, 2), label="strict", output_encoding="UTF-8", errors="strict", error=True)
    yield case("UnicodeEncode", i32(), i64(0), label="no rows", output_encoding="UTF-8")
    yield case("UnicodeEncode", i32(97), i32(0, 1), label="int32 splits", output_encoding="UTF-8")
    for label, splits in (("too long", i64(0, 3)), ("not from zero", i64(1, 2)), ("descending", i64(0, 2, 1, 2)), ("none", i64())):
        yield case("UnicodeEncode", i32(97, 98), splits, label=label, output_encoding="UTF-8", error=True)
    yield case("UnicodeScript", i32(97, 0x3B1, 0x5D0, 0x4E00, 32, -1, 0x110000, 0x1F600, 0x300, 0, 0x10FFFF, 0xE0001, 0xFFFF), label="scripts")
    yield case("UnicodeScript", i32(), label="empty")
