"""What a kernel's elementwise followers may do that it does not: change the dtype. Values are whole numbers, so that no rounding decides a cast."""

import numpy as np

from quiet_tensorflow import tf
from graph_case import Run, build

v1 = tf.compat.v1


def cases():
    for dtype in ("float32", "float16", "bfloat16"):
        yield build(f"products and windows of {dtype}, cast", lambda dtype=dtype: casts(dtype))


def whole(shape, seed):
    return np.random.default_rng(seed).integers(-3, 4, shape).astype(np.float32)


def casts(dtype):
    image = tf.cast(v1.placeholder(tf.float32, [1, 6, 6, 4], "image"), dtype)
    matrix = tf.cast(v1.placeholder(tf.float32, [5, 4], "matrix"), dtype)
    weights = tf.cast(tf.constant(whole((4, 4), 1)), dtype)
    makers = {
        "product": lambda: tf.matmul(matrix, weights),
        "bias": lambda: tf.nn.relu(tf.nn.bias_add(tf.matmul(matrix, weights), tf.cast(tf.constant(whole((4,), 2)), dtype))),
        "conv": lambda: tf.nn.conv2d(image, tf.cast(tf.constant(whole((3, 3, 4, 4), 3)), dtype), 1, "SAME"),
        "max": lambda: tf.nn.max_pool2d(image, 2, 2, "VALID"),
    }
    if dtype == "float32":
        makers["depthwise"] = lambda: tf.nn.depthwise_conv2d(image, tf.constant(whole((3, 3, 4, 1), 4)), [1, 1, 1, 1], "SAME")
        makers["resized"] = lambda: tf.raw_ops.ResizeBilinear(images=image, size=[12, 12], align_corners=False, half_pixel_centers=False) * 4
    names = []
    for name, make in makers.items():
        for to in ("float32", "float16", "bfloat16", "int32", "uint8", "bool"):
            if to != dtype:
                # uint8 of a negative number is nobody's promise.
                tf.cast(tf.abs(make()) if to == "uint8" else make(), to, name=f"{name}_{to}")
                names.append(f"{name}_{to}:0")
    return [Run(names, {"image:0": whole((1, 6, 6, 4), 5), "matrix:0": whole((5, 4), 6)})]
