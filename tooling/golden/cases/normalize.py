"""Biases, batch normalization, softmax, local response normalization, losses."""

import numpy as np

from case import ACCUMULATED, EXPONENTIAL, FUNCTION, case
from values import FLOATS, NUMBERS, f32, sample

# Batch norm at inference leaves its reserved outputs unwritten.
RESERVED = (3, 4, 5)


def cases():
    yield from biases()
    yield from batch_norms()
    yield from softmaxes()
    for dtype in FLOATS:
        yield case("L2Loss", sample(dtype, (3, 5), 2), tolerance=ACCUMULATED)
        yield case("LRN", sample(dtype, (1, 2, 2, 7), 3), label="default", tolerance=FUNCTION)
    yield case("L2Loss", np.zeros((0,), np.float32), label="empty")
    yield case("L2Loss", np.float32(3), label="scalar")
    for radius in (1, 2, 8):
        yield case("LRN", sample("float32", (2, 2, 3, 6), 3), label=f"radius {radius}", tolerance=FUNCTION, depth_radius=radius, bias=1.5, alpha=0.2, beta=0.75)
    labels = f32([[0.2, 0.8, 0], [1, 0, 0]])
    for dtype in FLOATS:
        yield case("SoftmaxCrossEntropyWithLogits", sample(dtype, (2, 3), 5), labels.astype(sample(dtype, (1,)).dtype), tolerance=FUNCTION)
        yield case("SparseSoftmaxCrossEntropyWithLogits", sample(dtype, (3, 4), 5), np.array([0, 3, 1], np.int32), tolerance=FUNCTION)


def biases():
    for dtype in NUMBERS:
        yield case("BiasAdd", sample(dtype, (2, 3), 1), sample(dtype, (3,), 2), label="matrix", tolerance=ACCUMULATED)
    for shape in ((1, 4, 5, 3), (2, 2, 2, 2, 5), (3, 1), (0, 4), (2, 3, 7), (1, 2, 2, 17)):
        yield case("BiasAdd", sample("float32", shape, 1), sample("float32", shape[-1:], 2), tolerance=ACCUMULATED)
    yield case("BiasAdd", sample("float32", (1, 3, 4, 5), 1), sample("float32", (3,), 2), label="NCHW", tolerance=ACCUMULATED, data_format="NCHW")
    yield case("BiasAddV1", sample("float32", (2, 3), 1), sample("float32", (3,), 2), label="matrix", tolerance=ACCUMULATED)
    yield case("BiasAddGrad", sample("float32", (2, 3, 4), 1), label="rank 3", tolerance=ACCUMULATED)
    yield case("BiasAdd", sample("float32", (2, 3)), sample("float32", (2,)), label="sizes differ", error=True)
    yield case("BiasAdd", sample("float32", (3,)), sample("float32", (3,)), label="vector", error=True)


def batch_norms():
    for op in ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"):
        for channels in (1, 3, 8, 17):
            yield batch_norm(op, channels, f"inference {channels}", is_training=False)
        yield batch_norm(op, 3, "inference epsilon 0.1", is_training=False, epsilon=0.1)
    x = sample("float32", (2, 3, 2, 4), 1)
    scale, offset = sample("float32", (4,), 2, 0.5, 2), sample("float32", (4,), 3)
    empty = np.zeros((0,), np.float32)
    yield case("FusedBatchNorm", x, scale, offset, empty, empty, label="training", tolerance=ACCUMULATED, is_training=True)
    for dtype in ("float16", "bfloat16"):
        mean, variance = sample("float32", (4,), 4), sample("float32", (4,), 5, 0.5, 2)
        yield case("FusedBatchNormV3", x.astype(sample(dtype, (1,)).dtype), scale, offset, mean, variance, label="inference", tolerance=ACCUMULATED, unspecified=RESERVED,
                   is_training=False)
    mean, variance = sample("float32", (4,), 4), sample("float32", (4,), 5, 0.5, 2)
    yield case("BatchNormWithGlobalNormalization", x, mean, variance, offset, scale, tolerance=FUNCTION, variance_epsilon=0.001, scale_after_normalization=True)


def batch_norm(op, channels, label, **more):
    size = (channels,)
    return case(op, sample("float32", (1, 2, 3, channels), 1), sample("float32", size, 2, 0.5, 2), sample("float32", size, 3), sample("float32", size, 4),
                sample("float32", size, 5, 0.5, 2), label=label, tolerance=ACCUMULATED, unspecified=RESERVED, **more)


def softmaxes():
    for op, tolerance in (("Softmax", EXPONENTIAL), ("LogSoftmax", FUNCTION)):
        for dtype in FLOATS:
            yield case(op, sample(dtype, (3, 5), 7), label="matrix", tolerance=tolerance)
        for shape in ((4,), (1, 1), (2, 3, 4), (2, 2, 1, 7), (3, 17), (2, 64), (0, 3), (2, 0)):
            yield case(op, sample("float32", shape, 7), tolerance=tolerance)
        yield case(op, f32([[1000, 1001, -1000], [-1e30, 0, 1e30]]), label="large", tolerance=tolerance)
        yield case(op, f32([[0, np.nan, 1], [0, -np.inf, 1]]), label="NaN and infinity", tolerance=tolerance)
        yield case(op, np.float32(1), label="scalar", error=True)
