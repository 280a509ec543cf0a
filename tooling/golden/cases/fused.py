"""Large ops that frozen graphs hold whole: LSTM and GRU blocks, padding fused with convolution, a few gradients, data formats."""

import numpy as np

from case import ACCUMULATED, FUNCTION, SPECIAL, case
from values import array, i32, pairs, sample


def cases():
    yield from recurrent()
    yield from convolutions()
    yield from gradients()
    for dtype in ("int32", "int64"):
        yield case("DataFormatDimMap", array(dtype, [0, 1, 2, 3, -1, -2]), label="NHWC to NCHW")
        yield case("DataFormatVecPermute", array(dtype, [10, 20, 30, 40]), label="NHWC to NCHW")
    yield case("DataFormatVecPermute", i32([1, 2], [3, 4], [5, 6], [7, 8]), label="NCHW to NHWC", src_format="NCHW", dst_format="NHWC")
    yield case("DataFormatVecPermute", i32(7, 8), label="two", src_format="NHWC", dst_format="NCHW")
    for dtype in ("float32", "float64"):
        left, right = pairs(dtype, array(dtype, [0.5, 1, 3]))
        yield case("Betainc", left, right, np.full(left.shape, 0.3, left.dtype), label="pairs", tolerance=SPECIAL)
    for dtype in ("float32", "float64", "int32", "bool", "string"):
        yield case("ToBool", sample(dtype, (), 3), label="scalar")
    yield case("ToBool", np.zeros((0,), np.float32), label="empty")
    yield case("InplaceAdd", sample("float32", (4, 2)), i32(0, 2), sample("float32", (2, 2), 2), label="rows")
    yield case("InplaceUpdate", sample("float32", (4, 2)), i32(0, 2), sample("float32", (2, 2), 2), label="rows")
    for dtype in ("float32", "int64", "string"):
        yield case("SerializeTensor", sample(dtype, (2,)), label="vector")


def recurrent():
    batch, inputs, units, steps = 2, 3, 4, 3
    x, state, cell = sample("float32", (batch, inputs), 1, -1, 1), sample("float32", (batch, units), 2, -1, 1), sample("float32", (batch, units), 3, -1, 1)
    kernel, bias = sample("float32", (inputs + units, 4 * units), 4, -1, 1), sample("float32", (4 * units,), 5, -1, 1)
    peepholes = [sample("float32", (units,), seed, -1, 1) for seed in (6, 7, 8)]
    sequence = sample("float32", (steps, batch, inputs), 9, -1, 1)
    for use_peephole in (False, True):
        label = f"peephole {use_peephole}"
        yield case("LSTMBlockCell", x, cell, state, kernel, *peepholes, bias, label=label, tolerance=FUNCTION, use_peephole=use_peephole)
        yield case("BlockLSTM", np.int64(steps), sequence, cell, state, kernel, *peepholes, bias, label=label, tolerance=FUNCTION, use_peephole=use_peephole)
        yield case("BlockLSTMV2", np.int64(steps), sequence, cell, state, kernel, *peepholes, bias, label=label, tolerance=FUNCTION, use_peephole=use_peephole)
    yield case("LSTMBlockCell", x, cell, state, kernel, *peepholes, bias, label="clipped", tolerance=FUNCTION, cell_clip=0.3, forget_bias=0.0)
    gates, candidate = sample("float32", (inputs + units, 2 * units), 10, -1, 1), sample("float32", (inputs + units, units), 11, -1, 1)
    yield case("GRUBlockCell", x, state, gates, candidate, sample("float32", (2 * units,), 12, -1, 1), sample("float32", (units,), 13, -1, 1), label="step",
               tolerance=FUNCTION)


def convolutions():
    image, kernel = sample("float32", (1, 4, 5, 2), 1, -2, 2), sample("float32", (3, 3, 2, 3), 2, -2, 2)
    paddings = i32([0, 0], [1, 1], [2, 0], [0, 0])
    for mode in ("REFLECT", "SYMMETRIC"):
        yield case("FusedPadConv2D", image, paddings, kernel, label=mode, tolerance=ACCUMULATED, mode=mode, strides=[1, 1, 1, 1], padding="VALID")
    yield case("FusedResizeAndPadConv2D", image, i32(7, 6), i32([0, 0], [1, 1], [1, 1], [0, 0]), kernel, label="resized", tolerance=ACCUMULATED, mode="REFLECT",
               strides=[1, 1, 1, 1], padding="VALID")
    gradient = sample("float32", (1, 3, 3, 3, 2), 3)
    yield case("Conv3DBackpropInputV2", i32(1, 5, 5, 5, 2), sample("float32", (2, 2, 2, 2, 2), 4), gradient, label="VALID stride 2", tolerance=ACCUMULATED,
               strides=[1, 2, 2, 2, 1], padding="SAME")
    for kernel_type in ("lanczos3", "triangle", "box", "gaussian"):
        for antialias in (False, True):
            yield case("ScaleAndTranslate", image, i32(3, 7), np.array([0.7, 1.3], np.float32), np.array([0.5, -0.25], np.float32),
                       label=f"{kernel_type} antialias {antialias}", tolerance=SPECIAL, kernel_type=kernel_type, antialias=antialias)


def gradients():
    x, y = sample("float32", (2, 3, 2, 4), 1), sample("float32", (2, 3, 2, 4), 2)
    scale, mean, variance = sample("float32", (4,), 3, 0.5, 2), sample("float32", (4,), 4), sample("float32", (4,), 5, 0.5, 2)
    yield case("FusedBatchNormGrad", y, x, scale, mean, variance, label="inference", tolerance=SPECIAL, unspecified=(3, 4), is_training=False)
    for mode in ("REFLECT", "SYMMETRIC"):
        yield case("MirrorPadGrad", sample("float32", (4, 5), 2), i32([1, 0], [1, 1]), label=mode, mode=mode, tolerance=ACCUMULATED)
    image = sample("float32", (1, 2, 3, 5), 6)
    yield case("LRNGrad", sample("float32", (1, 2, 3, 5), 7), image, image / 2, label="default", tolerance=SPECIAL)
    yield case("CropAndResizeGradImage", sample("float32", (1, 2, 2, 1), 8), np.array([[0.1, 0.1, 0.8, 0.9]], np.float32), i32(0), i32(1, 4, 5, 1), label="one box",
               tolerance=ACCUMULATED, T="float32")
    yield case("ResizeBicubicGrad", sample("float32", (1, 4, 6, 2), 9), sample("float32", (1, 2, 3, 2), 10), label="plain", tolerance=ACCUMULATED)
