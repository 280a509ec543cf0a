"""Convolutions in NHWC: every padding, strides, dilations, groups, channel multipliers, odd sizes, and the transposed forms."""

import numpy as np

from case import ACCUMULATED, case
from values import i32, sample


def image(shape, dtype="float32"):
    return sample(dtype, shape, 11, -2, 2)


def kernel(shape, dtype="float32"):
    return sample(dtype, shape, 12, -2, 2)


def cases():
    yield from plain()
    yield from depthwise()
    yield from backwards()
    yield from volumes()
    yield from refusals()


def conv(x, w, label, strides=(1, 1), padding="SAME", op="Conv2D", **more):
    return case(op, x, w, label=label, tolerance=ACCUMULATED, strides=[1, *strides, 1], padding=padding, **more)


def plain():
    for padding in ("SAME", "VALID"):
        for strides in ((1, 1), (2, 2), (3, 3), (1, 2), (2, 1)):
            for size in ((5, 5), (6, 7), (4, 9)):
                yield conv(image((1, *size, 2)), kernel((3, 3, 2, 3)), f"{padding} stride {strides} size {size}", strides, padding)
        for window in ((1, 1), (2, 2), (1, 5), (5, 1), (4, 3), (7, 7)):
            yield conv(image((1, 8, 7, 3)), kernel((*window, 3, 2)), f"{padding} window {window}", (1, 1), padding)
            yield conv(image((1, 8, 7, 3)), kernel((*window, 3, 2)), f"{padding} window {window} stride 2", (2, 2), padding)
        for dilation in ((2, 2), (3, 1), (1, 2)):
            yield conv(image((1, 9, 8, 2)), kernel((3, 3, 2, 2)), f"{padding} dilation {dilation}", (1, 1), padding, dilations=[1, *dilation, 1])
        yield conv(image((1, 11, 10, 2)), kernel((3, 3, 2, 2)), f"{padding} dilation 2 stride 2", (2, 2), padding, dilations=[1, 2, 2, 1])
    for channels_in, channels_out in ((1, 1), (1, 8), (3, 16), (4, 4), (5, 7), (8, 9), (16, 5), (17, 33)):
        yield conv(image((1, 4, 5, channels_in)), kernel((3, 3, channels_in, channels_out)), f"channels {channels_in} to {channels_out}")
        yield conv(image((1, 4, 5, channels_in)), kernel((1, 1, channels_in, channels_out)), f"pointwise {channels_in} to {channels_out}")
    for batch in (2, 3):
        yield conv(image((batch, 5, 4, 2)), kernel((3, 3, 2, 3)), f"batch {batch}", (2, 2))
    yield conv(image((0, 5, 5, 2)), kernel((3, 3, 2, 3)), "empty batch")
    yield conv(image((1, 1, 1, 3)), kernel((3, 3, 3, 2)), "single pixel")
    for pads in ([0, 0, 1, 1, 1, 1, 0, 0], [0, 0, 0, 2, 1, 0, 0, 0], [0, 0, 3, 3, 3, 3, 0, 0]):
        yield conv(image((1, 5, 6, 2)), kernel((3, 3, 2, 3)), f"explicit {pads[2:6]}", (1, 1), "EXPLICIT", explicit_paddings=pads)
        yield conv(image((1, 5, 6, 2)), kernel((3, 3, 2, 3)), f"explicit {pads[2:6]} stride 2", (2, 2), "EXPLICIT", explicit_paddings=pads)
    for groups in (2, 4):
        yield conv(image((1, 5, 5, 4)), kernel((3, 3, 4 // groups, 8)), f"groups {groups}")
    for dtype in ("float16", "bfloat16", "float64", "int32"):
        yield conv(image((1, 5, 5, 2), dtype), kernel((3, 3, 2, 3), dtype), "dtype", (2, 2))


def depthwise():
    op = "DepthwiseConv2dNative"
    for padding in ("SAME", "VALID"):
        for stride in (1, 2, 3):
            for size in ((5, 5), (6, 7)):
                yield conv(image((1, *size, 3)), kernel((3, 3, 3, 1)), f"{padding} stride {stride} size {size}", (stride, stride), padding, op)
        for multiplier in (2, 3):
            yield conv(image((1, 5, 6, 3)), kernel((3, 3, 3, multiplier)), f"{padding} multiplier {multiplier}", (1, 1), padding, op)
        for window in ((1, 1), (2, 2), (5, 5), (7, 7), (1, 3)):
            yield conv(image((1, 8, 7, 4)), kernel((*window, 4, 1)), f"{padding} window {window}", (1, 1), padding, op)
            yield conv(image((1, 8, 7, 4)), kernel((*window, 4, 1)), f"{padding} window {window} stride 2", (2, 2), padding, op)
    for channels in (1, 2, 4, 5, 8, 15, 16, 17, 33):
        yield conv(image((1, 4, 5, channels)), kernel((3, 3, channels, 1)), f"channels {channels}", op=op)
    yield conv(image((2, 5, 4, 3)), kernel((3, 3, 3, 2)), "batch 2", (2, 2), op=op)
    yield conv(image((0, 5, 5, 2)), kernel((3, 3, 2, 1)), "empty batch", op=op)
    yield conv(image((1, 5, 6, 2)), kernel((3, 3, 2, 1)), "explicit", (1, 1), "EXPLICIT", op, explicit_paddings=[0, 0, 1, 2, 0, 1, 0, 0])
    yield conv(image((1, 5, 6, 2)), kernel((3, 3, 2, 1)), "explicit stride 2", (2, 2), "EXPLICIT", op, explicit_paddings=[0, 0, 1, 1, 1, 1, 0, 0])
    for dtype in ("float16", "bfloat16", "float64"):
        yield conv(image((1, 5, 5, 2), dtype), kernel((3, 3, 2, 2), dtype), "dtype", (2, 2), op=op)


def backwards():
    for padding in ("SAME", "VALID"):
        for stride in (1, 2, 3):
            for height, width in ((6, 6), (7, 9)):
                rows, columns = output_size(height, 3, stride, padding), output_size(width, 3, stride, padding)
                gradient = sample("float32", (1, rows, columns, 4), 13, -2, 2)
                label = f"{padding} stride {stride} size {height}x{width}"
                more = {"tolerance": ACCUMULATED, "strides": [1, stride, stride, 1], "padding": padding}
                yield case("Conv2DBackpropInput", i32(1, height, width, 3), kernel((3, 3, 3, 4)), gradient, label=label, **more)
                yield case("Conv2DBackpropFilter", image((1, height, width, 3)), i32(3, 3, 3, 4), gradient, label=label, **more)
        yield case("Conv2DBackpropInput", i32(2, 8, 8, 2), kernel((2, 2, 2, 3)), sample("float32", (2, 4, 4, 3), 13), label=f"{padding} window 2",
                   tolerance=ACCUMULATED, strides=[1, 2, 2, 1], padding=padding)
    yield case("Conv2DBackpropInput", i32(1, 9, 8, 2), kernel((4, 4, 2, 3)), sample("float32", (1, 5, 4, 3), 13), label="window 4 of size 9",
               tolerance=ACCUMULATED, strides=[1, 2, 2, 1], padding="SAME")
    yield case("Conv2DBackpropInput", i32(1, 6, 6, 3), kernel((3, 3, 3, 4), "float64"), sample("float64", (1, 6, 6, 4), 13), label="float64",
               tolerance=ACCUMULATED, strides=[1, 1, 1, 1], padding="SAME")
    yield case("Conv2DBackpropInput", i32(6, 6), kernel((3, 3, 3, 4)), sample("float32", (2, 6, 6, 4), 13), label="two sizes",
               tolerance=ACCUMULATED, strides=[1, 1, 1, 1], padding="SAME")
    for padding in ("SAME", "VALID"):
        for stride in (1, 2):
            size = output_size(7, 3, stride, padding)
            gradient = sample("float32", (1, size, size, 4), 13)
            more = {"tolerance": ACCUMULATED, "strides": [1, stride, stride, 1], "padding": padding, "label": f"{padding} stride {stride}"}
            yield case("DepthwiseConv2dNativeBackpropInput", i32(1, 7, 7, 2), kernel((3, 3, 2, 2)), gradient, **more)
            yield case("DepthwiseConv2dNativeBackpropFilter", image((1, 7, 7, 2)), i32(3, 3, 2, 2), gradient, **more)


def output_size(size, window, stride, padding):
    return -(-size // stride) if padding == "SAME" else -(-(size - window + 1) // stride)


def volumes():
    for padding in ("SAME", "VALID"):
        for stride in (1, 2):
            yield case("Conv3D", image((1, 4, 5, 4, 2)), kernel((2, 3, 2, 2, 3)), label=f"{padding} stride {stride}", tolerance=ACCUMULATED,
                       strides=[1, stride, stride, stride, 1], padding=padding)
        yield case("Dilation2D", image((1, 6, 5, 2)), kernel((3, 2, 2)), label=padding, strides=[1, 1, 2, 1], rates=[1, 2, 1, 1], padding=padding)


def refusals():
    yield case("Conv2D", image((1, 5, 5, 2)), kernel((3, 3, 3, 3)), label="channels differ", error=True, strides=[1, 1, 1, 1], padding="SAME")
    yield case("Conv2D", image((5, 5, 2)), kernel((3, 3, 2, 3)), label="rank 3", error=True, strides=[1, 1, 1, 1], padding="SAME")
    yield case("Conv2D", image((1, 5, 5, 2)), kernel((3, 3, 2, 3)), label="batch stride", error=True, strides=[2, 1, 1, 1], padding="SAME")
    yield case("Conv2D", image((1, 1, 1, 2)), kernel((3, 3, 2, 3)), label="window larger than image", error=True, strides=[1, 1, 1, 1], padding="VALID")
    yield case("Conv2D", image((1, 5, 5, 2)), kernel((3, 3, 2, 3)), label="unknown padding", error=True, strides=[1, 1, 1, 1], padding="WIDE")
    yield case("Conv2D", image((1, 5, 5, 2)), kernel((3, 3, 2, 3)), label="stride 0", error=True, strides=[1, 0, 1, 1], padding="SAME")
    yield case("DepthwiseConv2dNative", image((1, 5, 5, 2)), kernel((3, 3, 3, 1)), label="channels differ", error=True, strides=[1, 1, 1, 1], padding="SAME")
    yield case("Conv2DBackpropInput", i32(1, 6, 6, 3), kernel((3, 3, 3, 4)), np.zeros((1, 4, 6, 4), np.float32), label="wrong gradient size", error=True,
               strides=[1, 1, 1, 1], padding="SAME")
