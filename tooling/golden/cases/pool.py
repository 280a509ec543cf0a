"""Pooling in NHWC: windows, strides, paddings, NaN, the versions with argmax, and gradients."""

import numpy as np

from case import ACCUMULATED, case
from values import FLOATS, INTS, f32, i32, sample

WINDOWS = [((2, 2), (2, 2)), ((3, 3), (2, 2)), ((3, 3), (1, 1)), ((2, 3), (1, 2)), ((1, 1), (2, 2)), ((5, 5), (3, 3)), ((7, 1), (1, 1))]


def image(shape, dtype="float32"):
    return sample(dtype, shape, 21, -9, 9)


def cases():
    for op in ("MaxPool", "AvgPool"):
        tolerance = ACCUMULATED if op == "AvgPool" else None
        for padding in ("SAME", "VALID"):
            for window, strides in WINDOWS:
                for size in ((7, 7), (8, 9)):
                    yield pool(op, image((1, *size, 3)), f"{padding} window {window} stride {strides} size {size}", window, strides, padding, tolerance)
        for channels in (1, 2, 4, 5, 8, 16, 17):
            yield pool(op, image((2, 5, 4, channels)), f"channels {channels}", (2, 2), (2, 2), "SAME", tolerance)
        for dtype in FLOATS + INTS:
            yield pool(op, image((1, 5, 5, 2), dtype), "dtype", (3, 3), (2, 2), "SAME", tolerance)
        yield pool(op, np.zeros((0, 4, 4, 2), np.float32), "empty batch", (2, 2), (2, 2), "SAME", tolerance)
        yield pool(op, image((1, 4, 4, 2)), "whole image", (4, 4), (1, 1), "VALID", tolerance)
        yield pool(op, image((1, 1, 1, 3)), "single pixel", (3, 3), (2, 2), "SAME", tolerance)
        yield pool(op, f32([[1, np.inf, -3, -np.inf]]).reshape(1, 2, 2, 1), "infinite", (2, 1), (1, 1), "VALID", tolerance)
        yield case(op, image((1, 1, 1, 1)), label="window larger than image", error=True, ksize=[1, 3, 3, 1], strides=[1, 1, 1, 1], padding="VALID")
        yield case(op, image((2, 2, 1)), label="rank 3", error=True, ksize=[1, 2, 2, 1], strides=[1, 1, 1, 1], padding="VALID")
    yield case("MaxPool", image((1, 5, 5, 2)), label="explicit", ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="EXPLICIT",
               explicit_paddings=[0, 0, 1, 1, 0, 2, 0, 0])
    yield case("MaxPool", image((2, 3, 3, 4)), label="over channels", ksize=[1, 1, 1, 2], strides=[1, 1, 1, 2], padding="VALID")
    yield case("MaxPoolV2", image((1, 7, 7, 3)), i32(1, 3, 3, 1), i32(1, 2, 2, 1), label="SAME", padding="SAME")
    yield from others()


def pool(op, x, label, window, strides, padding, tolerance):
    return case(op, x, label=label, tolerance=tolerance, ksize=[1, *window, 1], strides=[1, *strides, 1], padding=padding)


def others():
    for padding in ("SAME", "VALID"):
        for include_batch in (False, True):
            yield case("MaxPoolWithArgmax", image((2, 5, 4, 2)), label=f"{padding} batch in index {include_batch}", ksize=[1, 3, 2, 1],
                       strides=[1, 2, 2, 1], padding=padding, include_batch_in_index=include_batch)
        x = image((1, 6, 6, 2))
        size = 3 if padding == "SAME" else 2
        maximum = np.zeros((1, size, size, 2), np.float32)
        for row in range(size):
            for column in range(size):
                maximum[0, row, column] = x[0, 2 * row:2 * row + 3, 2 * column:2 * column + 3].max((0, 1))
        gradient = sample("float32", maximum.shape, 22)
        yield case("MaxPoolGrad", x, maximum, gradient, label=padding, tolerance=ACCUMULATED, ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding=padding)
        yield case("AvgPoolGrad", i32(1, 6, 6, 2), gradient, label=padding, tolerance=ACCUMULATED, ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding=padding)
        for op in ("MaxPool3D", "AvgPool3D"):
            yield case(op, image((1, 4, 5, 4, 2)), label=padding, tolerance=ACCUMULATED if op == "AvgPool3D" else None, ksize=[1, 2, 3, 2, 1],
                       strides=[1, 2, 2, 1, 1], padding=padding)
