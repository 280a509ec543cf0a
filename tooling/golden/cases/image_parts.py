"""Patches of volumes, glimpses, gradients by boxes and of dilations, pools of alternating windows, second gradients of pools."""

import numpy as np

from case import ACCUMULATED, ARITHMETIC, case
from values import FLOATS, INTS, f32, i32, i64, sample


def cases():
    yield from volumes()
    yield from glimpses()
    yield from boxes()
    yield from dilations()
    yield from fractional()
    yield from second_gradients()


def volumes():
    for dtype in ("float32", "float16", "int8", "int64", "uint16"):
        yield case("ExtractVolumePatches", sample(dtype, (1, 3, 4, 5, 2), 2), label=dtype, ksizes=[1, 2, 2, 3, 1], strides=[1, 1, 2, 2, 1], padding="VALID")
    for padding in ("SAME", "VALID"):
        yield case("ExtractVolumePatches", sample("float64", (2, 3, 3, 3, 1), 2), label=padding, ksizes=[1, 2, 3, 2, 1], strides=[1, 2, 1, 2, 1], padding=padding)
    yield case("ExtractVolumePatches", sample("float32", (0, 3, 3, 3, 1)), label="no volumes", ksizes=[1, 2, 2, 2, 1], strides=[1, 1, 1, 1, 1], padding="VALID")
    yield case("ExtractVolumePatches", sample("float32", (1, 3, 3, 3)), label="rank 4", ksizes=[1, 2, 2, 2, 1], strides=[1, 1, 1, 1, 1], padding="VALID", error=True)


def glimpses():
    x = np.arange(48, dtype=np.float32).reshape(2, 4, 6, 1)
    for op in ("ExtractGlimpse", "ExtractGlimpseV2"):
        for centered in (True, False):
            for normalized in (True, False):
                for offsets in ([[0.1, 0.5], [-0.9, 0.9]], [[1, 2], [-3, 1]]):
                    yield case(op, x, i32(2, 3), f32(offsets), label=f"{centered} {normalized} {offsets[0]}", centered=centered, normalized=normalized,
                               uniform_noise=False, noise="zero")
        yield case(op, x, i32(5, 8), f32([[0, 0], [0, 0]]), label="larger than the image", uniform_noise=False, noise="zero")
        yield case(op, x, i32(2, 3), f32([[0, 0], [0, 0]]), label="inside, uniform noise")
        yield case(op, x, i32(2, 3), f32([[0, 0]]), label="one offset for two", error=True)


def boxes():
    image = sample("float32", (2, 5, 6, 2), 3)
    four = f32([[0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], [0.7, 0.9, 0.2, 0.1], [-0.5, 0.2, 1.5, 0.4]])
    for size in ((3, 4), (1, 1), (1, 3)):
        grads = sample("float32", (4, *size, 2), 4)
        yield case("CropAndResizeGradBoxes", grads, image, four, i32(0, 1, 1, 0), label=f"{size}", tolerance=ACCUMULATED)
    for dtype in ("uint8", "float64", "int16"):
        yield case("CropAndResizeGradBoxes", sample("float32", (4, 2, 2, 2), 4), sample(dtype, (2, 5, 6, 2), 3, 0, 9), four, i32(0, 1, 1, 0), label=dtype, tolerance=ACCUMULATED)
    yield case("CropAndResizeGradBoxes", sample("float32", (0, 2, 2, 2)), image, four[:0], i32(), label="no boxes", tolerance=ACCUMULATED)
    yield case("CropAndResizeGradBoxes", sample("float32", (4, 2, 2, 2)), image, four, i32(0, 1, 2, 0), label="no such image", error=True)


def dilations():
    for dtype in [*FLOATS, "int32", "uint8", "int64"]:
        x, kernel = sample(dtype, (1, 5, 6, 2), 3), sample(dtype, (2, 3, 2), 5)
        for padding, shape in (("SAME", (1, 5, 3, 2)), ("VALID", (1, 3, 2, 2))):
            for op in ("Dilation2DBackpropInput", "Dilation2DBackpropFilter"):
                yield case(op, x, kernel, sample(dtype, shape, 6), label=f"{dtype} {padding}", strides=[1, 1, 2, 1], rates=[1, 2, 1, 1], padding=padding,
                           tolerance=ACCUMULATED)
    yield case("Dilation2DBackpropInput", sample("float32", (1, 5, 6, 2)), sample("float32", (2, 3, 2)), sample("float32", (1, 4, 4, 2)), label="wrong size",
               strides=[1, 1, 1, 1], rates=[1, 1, 1, 1], padding="SAME", error=True)


def fractional():
    seeds = {"deterministic": True, "seed": 7, "seed2": 9}
    for op in ("FractionalMaxPool", "FractionalAvgPool"):
        for dtype in ("float32", "float64", "int32", "int64"):
            yield case(op, sample(dtype, (1, 7, 9, 2), 3, -20, 20), label=dtype, pooling_ratio=[1, 1.44, 1.73, 1], tolerance=ARITHMETIC, **seeds)
        for pseudo in (True, False):
            for overlapping in (True, False):
                yield case(op, sample("float32", (2, 10, 13, 1), 3), label=f"pseudo random {pseudo} overlapping {overlapping}", pooling_ratio=[1, 1.5, 1.9, 1],
                           pseudo_random=pseudo, overlapping=overlapping, tolerance=ACCUMULATED, **seeds)
        yield case(op, sample("float32", (1, 6, 4, 1), 3), label="whole windows", pooling_ratio=[1, 2, 2, 1], tolerance=ARITHMETIC)
        yield case(op, sample("float32", (1, 6, 4, 2), 3), label="over channels", pooling_ratio=[1, 1.5, 1.5, 1.5], error=True)
        yield case(op, sample("float32", (1, 6, 4, 1), 3), label="seeds unasked for", pooling_ratio=[1, 1.5, 1.5, 1], seed=3, error=True)
    rows, columns = i64(0, 2, 3, 5), i64(0, 1, 3, 4)
    for overlapping in (True, False):
        for dtype in ("float32", "float64"):
            x, g = sample(dtype, (1, 5, 4, 2), 3), sample(dtype, (1, 3, 3, 2), 4)
            yield case("FractionalAvgPoolGrad", i64(1, 5, 4, 2), g, rows, columns, label=f"{dtype} overlapping {overlapping}", overlapping=overlapping, tolerance=ACCUMULATED)
            reach = 1 if overlapping else 0
            out = np.stack([np.stack([x[:, a:b + reach, c:d + reach].max((1, 2)) for c, d in zip(columns, columns[1:])], 1) for a, b in zip(rows, rows[1:])], 1)
            yield case("FractionalMaxPoolGrad", x, out, g, rows, columns, label=f"{dtype} overlapping {overlapping}", overlapping=overlapping, tolerance=ACCUMULATED)


def second_gradients():
    for dtype in [*FLOATS, *INTS]:
        x = np.arange(36)[::-1].reshape(1, 6, 6, 1).astype(np.float32)
        x = np.concatenate([x % 7, x % 5], 3).astype("float32").astype(sample(dtype, (1,)).dtype)
        out = x.reshape(1, 3, 2, 3, 2, 2).max((2, 4))
        yield case("MaxPoolGradGrad", x, out, sample(dtype, x.shape, 3), label=dtype, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID")
    yield case("MaxPoolGradGradV2", x, out, sample(dtype, x.shape, 3), i32(1, 2, 2, 1), i32(1, 2, 2, 1), label="V2", padding="VALID")
    volume = sample("float32", (1, 2, 4, 4, 2), 5)
    out = volume.reshape(1, 1, 2, 2, 2, 2, 2, 2).max((2, 4, 6))
    yield case("MaxPool3DGradGrad", volume, out, sample("float32", volume.shape, 3), label="volume", ksize=[1, 2, 2, 2, 1], strides=[1, 2, 2, 2, 1], padding="VALID")
