"""Sound: WAV files, spectrograms, mel-frequency cepstral coefficients."""

import struct

import numpy as np

from case import ACCUMULATED, case
from values import f32, i32, sample


def cases():
    yield from decoding()
    yield from encoding()
    yield from spectrograms()
    yield from coefficients()


def wav(channels=1, rate=8000, bits=16, data=struct.pack("<4h", 256, -3, 32767, -32768), kind=1, riff=b"RIFF", wave=b"WAVE", first=b"fmt ",
        format_bytes=16, between=b"", name=b"data", size=None, sample_bytes=None, second_bytes=None):
    sample_bytes = channels * bits // 8 if sample_bytes is None else sample_bytes
    second_bytes = sample_bytes * rate if second_bytes is None else second_bytes
    fields = struct.pack("<HHIIHH", kind, channels, rate, second_bytes, sample_bytes, bits) + bytes(format_bytes - 16)
    body = wave + first + struct.pack("<I", format_bytes) + fields + between + name + struct.pack("<I", len(data) if size is None else size) + data
    return np.array(riff + struct.pack("<I", len(body)) + body, object)


def chunk(name, data):
    return name + struct.pack("<I", len(data)) + data


def decoding():
    yield case("DecodeWav", wav(), label="mono")
    yield case("DecodeWav", wav(channels=2, rate=44100), label="stereo")
    yield case("DecodeWav", wav(channels=3, data=struct.pack("<6h", *range(6))), label="two of three channels", desired_channels=2)
    yield case("DecodeWav", wav(channels=2), label="more channels", desired_channels=3)
    yield case("DecodeWav", wav(), label="more samples", desired_samples=6)
    yield case("DecodeWav", wav(), label="fewer samples", desired_samples=2)
    yield case("DecodeWav", wav(), label="no samples wanted", desired_samples=0)
    yield case("DecodeWav", wav(), label="no channels wanted", desired_channels=0)
    yield case("DecodeWav", wav(data=b""), label="empty")
    yield case("DecodeWav", wav(format_bytes=18), label="long format")
    yield case("DecodeWav", wav(between=chunk(b"LIST", b"abcd")), label="other chunk")
    for label, contents in {
        "not RIFF": wav(riff=b"RIFX"), "not WAVE": wav(wave=b"WAVX"), "no format": wav(first=b"fmx "), "8 bits": wav(bits=8), "floats": wav(kind=3),
        "no channels": wav(channels=0), "format of 20 bytes": wav(format_bytes=20), "cut off": np.array(wav().item()[:-3], object), "header cut off": np.array(wav().item()[:30], object),
        "nothing": np.array(b"", object), "no data": wav(name=b"junk"), "bytes of a sample": wav(sample_bytes=3), "bytes of a second": wav(second_bytes=7),
        "odd data": wav(data=b"\0\1\2"), "too long": wav(size=100), "two data chunks": np.array(wav().item() + chunk(b"data", b"\0\1"), object),
        "vector": np.array([wav().item()], object),
    }.items():
        yield case("DecodeWav", contents, label=label, error=True)
    yield case("DecodeWav", wav(), label="channels", desired_channels=-2, error=True)
    yield case("DecodeWav", wav(), label="samples", desired_samples=-2, error=True)


def encoding():
    rate = np.int32(8000)
    halves = f32([[0.5], [-1], [1], [2], [1 / 65536], [-1 / 65536], [np.nan], [np.inf], [-np.inf]])
    yield case("EncodeWav", halves, rate, label="mono")
    yield case("EncodeWav", f32([[0.1, 0.2], [0.3, -0.4]]), np.int32(44100), label="stereo")
    yield case("EncodeWav", np.zeros((0, 1), np.float32), rate, label="empty")
    yield case("EncodeWav", f32([0.1]), rate, label="vector", error=True)
    yield case("EncodeWav", np.zeros((3, 0), np.float32), rate, label="no channels", error=True)
    for wrong in (0, -5):
        yield case("EncodeWav", f32([[0.1]]), np.int32(wrong), label=f"rate {wrong}", error=True)
    yield case("EncodeWav", f32([[0.1]]), i32(8000), label="rates", error=True)


def spectrograms():
    for size, stride in ((2, 1), (5, 3), (8, 4), (12, 20)):
        for squared in (False, True):
            yield case("AudioSpectrogram", sample("float32", (21, 2), size), label=f"{size} every {stride}{' squared' if squared else ''}",
                       window_size=size, stride=stride, magnitude_squared=squared, tolerance=ACCUMULATED)
    yield case("AudioSpectrogram", sample("float32", (2, 1)), label="too short", window_size=3, stride=1)
    yield case("AudioSpectrogram", sample("float32", (9,)), label="vector", window_size=3, stride=1, error=True)
    yield case("AudioSpectrogram", sample("float32", (9, 1)), label="window of 1", window_size=1, stride=1, error=True)
    yield case("AudioSpectrogram", sample("float32", (9, 1)), label="no stride", window_size=2, stride=0, error=True)


def coefficients():
    spectrogram = np.abs(sample("float32", (2, 3, 33), 5)) ** 2
    rate = np.int32(8000)
    yield case("Mfcc", spectrogram, rate, label="defaults", tolerance=ACCUMULATED)
    yield case("Mfcc", spectrogram, np.int32(16000), label="narrow", tolerance=ACCUMULATED, upper_frequency_limit=3000.0, lower_frequency_limit=100.0,
               filterbank_channel_count=10, dct_coefficient_count=10)
    yield case("Mfcc", np.zeros((1, 1, 17), np.float32), rate, label="silence", tolerance=ACCUMULATED)
    yield case("Mfcc", spectrogram, np.int32(7000), label="does not reach the upper limit")
    yield case("Mfcc", spectrogram[0], rate, label="matrix", error=True)
    yield case("Mfcc", spectrogram, i32(8000), label="rates", error=True)
    for name, value in {"filterbank_channel_count": 0, "dct_coefficient_count": 0, "upper_frequency_limit": 10.0, "lower_frequency_limit": -1.0}.items():
        yield case("Mfcc", spectrogram, rate, label=f"{name} {value}", error=True, **{name: value})
    yield case("Mfcc", spectrogram, rate, label="more coefficients than channels", error=True, dct_coefficient_count=50)
    yield case("Mfcc", spectrogram, np.int32(0), label="rate 0", error=True)
    yield case("Mfcc", spectrogram[:, :, :1], rate, label="one frequency", error=True)
