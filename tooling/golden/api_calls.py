"""What public functions give: the same calls in TensorFlow and here. src/apiCalls.test.ts makes them by their names in camelCase.

    python api_calls.py

Writes vectors/apiCalls.json: for each call its arguments, and of each result the name, dtype, static shape and value. Names are left out
where TensorFlow 2.21 builds the function of other ops than TensorFlow 1.15, or where Sessionflow needs fewer: OTHER_OPS.
"""

import json
import os

import numpy as np

from quiet_tensorflow import tf as tf2, session

tf = tf2.compat.v1
tf.disable_eager_execution()
TARGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors", "apiCalls.json")

OTHER_OPS = {
    "einsum", "tensordot", "linalg.transpose", "linspace", "eye", "meshgrid", "sequence_mask", "sort", "argsort", "math.bincount",
    "matrix_diag", "matrix_diag_part", "matrix_set_diag", "nn.swish", "nn.softmax", "nn.zero_fraction", "nn.atrous_conv2d",
    "nn.fused_batch_norm", "nn.softmax_cross_entropy_with_logits", "nn.dropout", "nn.embedding_lookup", "nn.log_poisson_loss", "image.rot90",
    "reduce_join", "linalg.adjoint", "linalg.logdet", "linalg.diag_part", "linalg.matvec", "image.flip_left_right", "image.flip_up_down",
    "image.crop_to_bounding_box", "image.pad_to_bounding_box", "image.central_crop", "image.adjust_brightness", "image.adjust_contrast",
    "image.adjust_saturation", "image.adjust_hue", "image.non_max_suppression_padded", "image.transpose_image", "strings.regex_replace",
    "random_uniform", "lbeta", "clip_by_global_norm",
}
# Their shape is told here where TensorFlow finds it only later, or the other way round.
OTHER_SHAPES = {"sequence_mask", "math.bincount", "segment_sum", "image.rot90"}


class T:
    """A constant tensor."""

    def __init__(self, value, dtype=None):
        array = np.array(value, dtype=object if dtype == "string" else dtype)
        self.value = array.astype(np.float32) if dtype is None and array.dtype == np.float64 else array
        self.value = self.value.astype(np.int32) if dtype is None and array.dtype == np.int64 else self.value
        self.dtype = dtype or self.value.dtype.name


class D:
    """A dtype."""

    def __init__(self, name):
        self.name = name


def listed():
    """Each call as (path below tf, arguments, keyword arguments)."""
    found = []
    rng = np.random.default_rng(1)

    def call(path, *args, **kwargs):
        found.append((path, args, kwargs))

    def f(*shape):
        return T(np.round(rng.standard_normal(shape), 2).astype(np.float32))

    def unit(*shape):
        return T(rng.random(shape).astype(np.float32))

    x, y, v, sq = f(2, 3), f(2, 3), f(4), f(3, 3)
    pos = T([[0.5, 1.5, 2.5], [3.0, 0.25, 4.0]])
    i, j = T([[7, -7, 3], [2, -5, 9]]), T([[2, 2, -2], [5, 3, 4]])
    b = T([[True, False, True], [False, False, True]])
    s = T(["ab", "Cd", ""], "string")
    img, k = f(1, 6, 6, 4), f(3, 3, 4, 2)
    im, ims = unit(4, 5, 3), unit(1, 4, 5, 3)

    for name in "abs acos asin atan ceil cos cosh sin sinh tan tanh exp expm1 floor log log1p negative math.reciprocal rint round rsqrt sigmoid sign sqrt square digamma erf erfc lgamma asinh atanh".split():
        call(name, T([[0.1, 0.25, 0.9], [0.3, 0.5, 0.75]]))
    call("acosh", T([[1.5, 2.5], [3.0, 4.0]]))
    for name in "subtract multiply divide truediv maximum minimum squared_difference floordiv floormod mod div atan2 equal not_equal less less_equal greater greater_equal realdiv".split():
        call(name, x, y)
    call("pow", pos, y)
    for name in "subtract multiply divide truediv maximum minimum squared_difference floordiv floormod mod div truncatediv truncatemod equal less".split():
        call(name, i, j)
    for name in ("logical_and", "logical_or", "logical_xor"):
        call(name, b, T([True, False, False]))
    for name in "reduce_sum reduce_mean reduce_max reduce_min reduce_prod reduce_logsumexp math.reduce_std math.reduce_variance math.reduce_euclidean_norm".split():
        call(name, x)
        call(name, x, 1)
        call(name, x, [0, 1])
        call(name, x, -1, keepdims=True)
        call(name, x, axis=0)
    for name in ("reduce_all", "reduce_any"):
        call(name, b)
        call(name, b, 1, keepdims=True)
    for name in ("argmax", "argmin"):
        call(name, x)
        call(name, x, 1)
        call(name, x, axis=1, output_type=D("int32"))
    call("logical_not", b)
    call("add", x, 1.5)
    call("multiply", 2.0, x)
    call("add_n", [x, y, x])
    call("accumulate_n", [x, y])
    call("cast", x, D("int32"))
    call("cast", b, D("float32"))
    call("saturate_cast", T([300.0, -5.0, 3.7]), D("uint8"))
    call("to_float", i)
    call("to_int32", x)
    call("to_int64", x)
    call("to_double", x)
    call("count_nonzero", T([[0.0, 1.0, 2.0], [0.0, 0.0, 3.0]]))
    call("count_nonzero", T([[0.0, 1.0, 2.0], [0.0, 0.0, 3.0]]), 1)
    call("cumsum", x)
    call("cumsum", x, 1, exclusive=True)
    call("cumsum", x, axis=1, reverse=True)
    call("cumprod", x, 1)
    call("matmul", x, f(3, 2))
    call("matmul", x, y, transpose_b=True)
    call("matmul", x, y, transpose_a=True)
    call("matmul", f(2, 3, 4), f(2, 4, 2))
    call("matmul", f(2, 3, 4), f(2, 3, 4), transpose_b=True)
    call("einsum", "ij,kj->ik", x, y)
    call("tensordot", x, y, [[0, 1], [0, 1]])
    call("tensordot", x, f(3, 2), 1)
    call("norm", x)
    call("norm", x, 1)
    call("norm", x, "euclidean", axis=1)
    call("concat", [x, y], 0)
    call("concat", [x, y], 1)
    call("stack", [x, y])
    call("stack", [x, y], 1)
    call("stack", [x, y], axis=2)
    call("unstack", x)
    call("unstack", x, axis=1)
    call("split", f(4, 6), 2)
    call("split", f(4, 6), 3, 1)
    call("split", f(4, 6), [1, 2, 3], axis=1)
    call("gather", x, T([2, 0]), axis=1)
    call("gather", x, T([1, 1]))
    call("gather_nd", x, T([[0, 1], [1, 2]]))
    call("where", b)
    call("where", b, x, y)
    call("one_hot", T([0, 2, 1]), 3)
    call("one_hot", T([0, 2, 1]), 3, 5.0, -1.0)
    call("one_hot", T([0, 2, 1]), 3, axis=0)
    call("one_hot", T([0, 2, 1]), 4, dtype=D("int32"))
    call("expand_dims", x, 0)
    call("expand_dims", x, -1)
    call("squeeze", f(1, 3, 1))
    call("squeeze", f(1, 3, 1), axis=[2])
    call("squeeze", f(1, 3, 1), [0])
    call("transpose", x)
    call("transpose", f(2, 3, 4), [2, 0, 1])
    call("linalg.transpose", f(2, 3, 4))
    call("reverse", x, [1])
    call("pad", x, [[1, 0], [2, 1]])
    call("pad", f(3, 3), [[1, 1], [0, 2]], mode="REFLECT")
    call("pad", x, [[1, 0], [0, 1]], constant_values=7.0)
    call("slice", f(4, 5), [1, 2], [2, -1])
    call("strided_slice", f(4, 5), [0, 4], [4, 0], [2, -1])
    call("boolean_mask", x, b)
    call("reshape", x, [3, -1])
    call("tile", x, [2, 1])
    call("fill", [2, 2], 7.0)
    call("range", 5)
    call("range", 1, 10, 3)
    call("range", 0.0, 1.0, 0.25)
    call("linspace", 0.0, 1.0, 5)
    call("eye", 3)
    call("eye", 2, num_columns=4)
    call("eye", 2, batch_shape=[2])
    call("zeros", [2, 2])
    call("ones", [3], D("int32"))
    call("zeros_like", x)
    call("ones_like", i)
    call("zeros_like", i, dtype=D("float32"))
    call("shape", x)
    call("size", x)
    call("rank", x)
    call("shape_n", [x, v])
    call("broadcast_to", v, [2, 4])
    call("meshgrid", T([1.0, 2.0]), T([3.0, 4.0, 5.0]))
    call("meshgrid", T([1.0, 2.0]), T([3.0, 4.0, 5.0]), indexing="ij")
    call("sequence_mask", T([1, 3, 2]))
    call("sequence_mask", T([1, 3]), 5)
    call("sequence_mask", T([1, 3]), 4, dtype=D("float32"))
    call("sort", x)
    call("sort", x, direction="DESCENDING")
    call("sort", x, 0)
    call("argsort", x)
    call("argsort", x, axis=0, direction="DESCENDING")
    call("clip_by_value", x, -0.5, 0.5)
    call("clip_by_norm", x, 1.0)
    call("clip_by_norm", x, 1.0, axes=[1])
    call("scalar_mul", 3.0, x)
    call("identity", x)
    call("stop_gradient", x)
    call("invert_permutation", T([2, 0, 1]))
    call("unique", T([1, 1, 2, 4, 2]))
    call("unique_with_counts", T([1, 1, 2, 4, 2]))
    call("math.bincount", T([1, 1, 2, 3]))
    call("setdiff1d", T([1, 2, 3, 4]), T([2, 4]))
    call("dynamic_partition", v, T([0, 1, 0, 1]), 2)
    call("dynamic_stitch", [T([0, 2]), T([1, 3])], [T([1.0, 2.0]), T([3.0, 4.0])])
    call("segment_sum", f(4, 2), T([0, 0, 1, 2]))
    call("math.unsorted_segment_sum", f(4, 2), T([0, 2, 1, 2]), 3)
    call("scatter_nd", T([[1], [3]]), T([9.0, 8.0]), [5])
    call("space_to_depth", f(1, 4, 4, 1), 2)
    call("depth_to_space", f(1, 2, 2, 4), 2)
    call("batch_to_space_nd", f(4, 1, 1, 1), [2, 2], [[0, 0], [0, 0]])
    call("space_to_batch_nd", f(1, 2, 2, 1), [2, 2], [[0, 0], [0, 0]])
    call("matrix_band_part", sq, 1, 0)
    call("diag", v)
    call("diag_part", sq)
    call("matrix_diag", x)
    call("matrix_diag_part", sq)
    call("matrix_inverse", sq)
    call("matrix_determinant", sq)
    call("cross", T([1.0, 2.0, 3.0]), T([3.0, 2.0, 5.0]))
    call("cholesky", T([[4.0, 2.0], [2.0, 5.0]]))
    call("matrix_solve", sq, f(3, 1))
    call("matrix_set_diag", sq, f(3))
    call("reverse_sequence", f(2, 4), T([2, 3]), seq_axis=1)
    call("nn.relu", x)
    call("nn.relu6", x)
    call("nn.elu", x)
    call("nn.selu", x)
    call("nn.leaky_relu", x)
    call("nn.leaky_relu", x, alpha=0.3)
    call("nn.crelu", x)
    call("nn.swish", x)
    call("nn.softplus", x)
    call("nn.softsign", x)
    call("nn.softmax", x)
    call("nn.softmax", x, 0)
    call("nn.softmax", x, axis=0)
    call("nn.log_softmax", x)
    call("nn.bias_add", x, f(3))
    call("nn.l2_loss", x)
    call("nn.l2_normalize", x, 1)
    call("nn.l2_normalize", x, axis=0, epsilon=0.001)
    call("nn.zero_fraction", T([0.0, 1.0, 0.0]))
    call("nn.moments", x, [0])
    call("nn.top_k", x, 2)
    call("nn.top_k", v)
    call("nn.in_top_k", x, T([1, 2]), 2)
    call("nn.xw_plus_b", x, f(3, 2), f(2))
    call("nn.conv2d", img, k, [1, 1, 1, 1], "SAME")
    call("nn.conv2d", img, k, [1, 2, 2, 1], "VALID")
    call("nn.conv2d", img, k, 1, "SAME", dilations=[1, 2, 2, 1])
    call("nn.depthwise_conv2d", img, f(3, 3, 4, 2), [1, 1, 1, 1], "SAME")
    call("nn.separable_conv2d", img, f(3, 3, 4, 1), f(1, 1, 4, 3), [1, 1, 1, 1], "SAME")
    call("nn.conv2d_transpose", f(1, 3, 3, 2), k, [1, 6, 6, 4], [1, 2, 2, 1])
    call("nn.atrous_conv2d", img, k, 2, "SAME")
    call("nn.conv1d", f(1, 6, 4), f(3, 4, 2), 1, "SAME")
    call("nn.conv3d", f(1, 3, 4, 4, 2), f(2, 2, 2, 2, 3), [1, 1, 1, 1, 1], "SAME")
    call("nn.max_pool", img, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    call("nn.avg_pool", img, [1, 3, 3, 1], [1, 2, 2, 1], "VALID")
    call("nn.max_pool3d", f(1, 4, 4, 4, 2), [1, 2, 2, 2, 1], [1, 2, 2, 2, 1], "SAME")
    call("nn.avg_pool3d", f(1, 4, 4, 4, 2), [1, 2, 2, 2, 1], [1, 2, 2, 2, 1], "SAME")
    call("nn.max_pool_with_argmax", img, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    call("nn.lrn", img)
    call("nn.batch_normalization", x, f(3), T([1.0, 2.0, 3.0]), f(3), f(3), 0.001)
    call("nn.fused_batch_norm", img, f(4), f(4))
    call("nn.sigmoid_cross_entropy_with_logits", labels=T([[1.0, 0, 1.0], [0, 0, 1.0]]), logits=x)
    call("nn.softmax_cross_entropy_with_logits", labels=T([[1.0, 0, 0], [0, 0, 1.0]]), logits=x)
    call("nn.sparse_softmax_cross_entropy_with_logits", labels=T([1, 2]), logits=x)
    call("math.log_sigmoid", x)
    call("nn.embedding_lookup", f(4, 2), T([1, 3]))
    call("nn.dropout", x, rate=0.4, seed=3)
    call("nn.dropout", x, rate=0.5, noise_shape=[2, 1], seed=4)
    call("nn.embedding_lookup", [f(3, 2), f(2, 2)], T([[0, 3], [4, 1]]))
    call("nn.log_poisson_loss", x, T([[0.5, 2.0, 3.0], [1.0, 4.0, 0.2]]), compute_full_loss=True)
    call("image.rot90", im, 3)
    call("image.adjust_brightness", T([[[1, 128, 255]]], "uint8"), 0.1)
    call("image.adjust_contrast", T([[[1, 128, 255], [9, 8, 7]]], "uint8"), 2.0)
    call("reduce_join", T([["a", "b"], ["c", "d"]], "string"))
    call("reduce_join", T([["a", "b"], ["c", "d"]], "string"), 1, separator="-")
    call("reduce_join", T([["a", "b"], ["c", "d"]], "string"), [0, 1])
    call("math.bincount", T([1, 1, 5]), weights=T([0.5, 1.0, 2.0]), minlength=8)
    call("math.bincount", T([1, 1, 5]), maxlength=3)
    call("linalg.trace", sq)
    call("linalg.matvec", sq, f(3))
    call("linalg.det", sq)
    call("linalg.inv", sq)
    call("linalg.adjoint", T([[1 + 2j, 3], [2j, 1]], "complex64"))
    call("linalg.logdet", T([[4.0, 1.0], [1.0, 3.0]]))
    call("linalg.slogdet", sq)
    call("linalg.band_part", sq, 1, 0)
    call("linalg.diag_part", sq)
    call("linalg.eigh", T([[4.0, 1.0], [1.0, 3.0]]))
    call("signal.rfft", v, [6])
    call("signal.rfft", v, [3])
    call("signal.irfft", T([1 + 2j, 3, 4j], "complex64"))
    call("signal.irfft", T([1 + 2j, 3, 4j], "complex64"), [8])
    call("signal.rfft2d", sq)
    call("signal.irfft2d", T([[1 + 2j, 3], [4j, 1]], "complex64"))
    call("signal.fft2d", T([[1 + 2j, 3], [4j, 1]], "complex64"))
    call("random_gamma", [2], T([1.5, 2.0]), beta=T([2.0, 0.5]), seed=3)
    call("random_poisson", T([1.0, 2.0]), [2], seed=1)
    call("sort", f(2, 3, 2), 1, direction="DESCENDING")
    call("argsort", f(2, 3, 2), -2)
    call("norm", f(2, 3), 3.0)
    call("norm", f(2, 3), axis=1, keepdims=True)
    call("image.resize_images", ims, [3, 7])
    call("image.resize_bilinear", ims, [3, 7])
    call("image.resize_nearest_neighbor", ims, [8, 8], align_corners=True)
    call("image.resize_bicubic", ims, [6, 6])
    call("image.resize_area", ims, [2, 2])
    call("image.flip_left_right", im)
    call("image.flip_up_down", im)
    call("image.rgb_to_grayscale", im)
    call("image.grayscale_to_rgb", unit(2, 2, 1))
    call("image.convert_image_dtype", T([[[1, 128, 255]]], "uint8"), D("float32"))
    call("image.convert_image_dtype", im, D("uint8"))
    call("image.per_image_standardization", im)
    call("image.crop_to_bounding_box", im, 1, 1, 2, 3)
    call("image.pad_to_bounding_box", im, 1, 2, 8, 9)
    call("image.central_crop", im, 0.5)
    call("image.adjust_brightness", im, 0.1)
    call("image.adjust_contrast", im, 2.0)
    call("image.adjust_saturation", im, 0.5)
    call("image.adjust_hue", im, 0.1)
    call("image.rgb_to_hsv", im)
    call("image.hsv_to_rgb", im)
    call("image.crop_and_resize", ims, T([[0.0, 0.0, 1.0, 1.0], [0.2, 0.2, 0.8, 0.6]]), T([0, 0]), [3, 3])
    call("image.non_max_suppression", T([[0.0, 0, 1, 1], [0, 0, 1, 1.1], [0, 2.0, 1, 3]]), T([0.9, 0.8, 0.7]), 3)
    call("image.non_max_suppression", T([[0.0, 0, 1, 1], [0, 0, 1, 1.1], [0, 2.0, 1, 3]]), T([0.9, 0.8, 0.7]), 3, iou_threshold=0.95, score_threshold=0.75)
    call("image.non_max_suppression_padded", T([[0.0, 0, 1, 1], [0, 0, 1, 1.1], [0, 2.0, 1, 3]]), T([0.9, 0.8, 0.7]), 4, pad_to_max_output_size=True)
    call("image.draw_bounding_boxes", ims, T([[[0.1, 0.1, 0.8, 0.7]]]))
    call("image.extract_image_patches", ims, ksizes=[1, 2, 2, 1], strides=[1, 2, 2, 1], rates=[1, 1, 1, 1], padding="VALID")
    call("image.transpose_image", im)
    call("image.rot90", im)
    call("strings.join", [s, s], separator="-")
    call("strings.length", s)
    call("strings.lower", s)
    call("strings.upper", s)
    call("strings.substr", s, 0, 1)
    call("strings.strip", T([" a ", "b "], "string"))
    call("strings.regex_replace", s, "[a-c]", "x")
    call("strings.to_number", T(["1.5", "-2"], "string"))
    call("strings.to_number", T(["15", "-2"], "string"), D("int32"))
    call("reduce_join", s)
    call("as_string", x)
    call("as_string", i)
    call("strings.to_hash_bucket_fast", s, 10)
    call("bitwise.bitwise_and", i, j)
    call("bitwise.bitwise_or", i, j)
    call("bitwise.bitwise_xor", i, j)
    call("bitwise.invert", i)
    call("bitwise.left_shift", T([1, 2]), T([3, 1]))
    call("bitcast", x, D("int32"))
    call("complex", x, y)
    call("real", T([1 + 2j], "complex64"))
    call("imag", T([1 + 2j], "complex64"))
    call("conj", T([1 + 2j], "complex64"))
    call("angle", T([1 + 2j], "complex64"))
    call("fft", T([1 + 2j, 3, 4j, 1], "complex64"))
    call("signal.rfft", v)
    call("is_nan", x)
    call("is_inf", x)
    call("is_finite", x)
    call("betainc", T([1.0, 2.0]), T([2.0, 3.0]), T([0.3, 0.6]))
    call("igamma", T([1.0, 2.0]), T([2.0, 3.0]))
    call("zeta", T([2.0, 3.0]), T([2.0, 3.0]))
    call("polygamma", T([1.0, 2.0]), T([2.0, 3.0]))
    call("floor_div", i, j)
    call("ensure_shape", x, [None, 3])
    call("placeholder_with_default", x, [None, 3])
    call("constant", [1.0, 2.0], dtype=D("float64"))
    call("identity_n", [x, i])
    call("group")
    call("tuple", [x, i])
    call("check_numerics", x, "bad")
    call("histogram_fixed_width", x, [-2.0, 2.0], nbins=4)
    call("unravel_index", T([5, 7]), T([3, 4]))
    call("random_uniform", [3], seed=5)
    call("random_normal", [3], seed=5)
    call("truncated_normal", [3], seed=5)
    call("random_shuffle", v, seed=3)
    call("multinomial", T([[0.1, 0.9]]), 5, seed=2)
    call("random_gamma", [2], 1.5, seed=3)
    call("no_op")
    call("realdiv", x, y)
    call("nn.relu_layer", x, f(3, 2), f(2))
    call("nn.log_poisson_loss", x, y)
    call("lbeta", pos)
    call("global_norm", [x, v])
    call("clip_by_global_norm", [x, v], 1.0)
    call("clip_by_average_norm", x, 0.1)
    return found


def written(argument):
    """An argument as JSON."""
    if isinstance(argument, T):
        values = argument.value
        if values.dtype.kind == "c":
            values = np.stack([values.real, values.imag], -1)
        return {"tensor": values.tolist(), "dtype": argument.dtype, "shape": list(argument.value.shape)}
    if isinstance(argument, D):
        return {"dtype": argument.name}
    if isinstance(argument, (list, tuple)):
        return [written(item) for item in argument]
    return argument


def made(argument):
    """An argument as TensorFlow takes it."""
    if isinstance(argument, T):
        return tf.constant(argument.value, dtype=argument.dtype)
    if isinstance(argument, D):
        return tf.as_dtype(argument.name)
    if isinstance(argument, (list, tuple)):
        return [made(item) for item in argument]
    return argument


def number(value):
    """NaN and infinities have no JSON."""
    value = float(value)
    return value if np.isfinite(value) else str(value)


def result(path, tensor, value):
    if isinstance(tensor, tf.Operation):
        return {"name": tensor.name}
    value = np.asarray(value)
    if value.dtype.kind == "c":
        values = np.stack([value.real, value.imag], -1).reshape(-1)
    else:
        values = value.reshape(-1)
    entry = {"name": tensor.name, "dtype": tensor.dtype.base_dtype.name, "shape": list(value.shape), "static": tensor.shape.as_list(),
             "value": [item.decode() for item in values] if value.dtype.kind in "OS" else [number(item) for item in values]}
    if path in OTHER_OPS:
        del entry["name"]
    if path in OTHER_SHAPES:
        del entry["static"]
    return entry


def main():
    entries = []
    for path, args, kwargs in listed():
        with tf.Graph().as_default() as graph:
            function = tf
            for part in path.split("."):
                function = getattr(function, part)
            given = function(*[made(item) for item in args], **{key: made(item) for key, item in kwargs.items()})
            tensors = tf2.nest.flatten(given)
            with session(graph) as sess:
                results = [result(path, tensor, sess.run(tensor)) for tensor in tensors]
        entries.append({"path": path, "args": written(args), "kwargs": {key: written(item) for key, item in kwargs.items()}, "results": results})
    with open(TARGET, "w") as file:
        head = {"made": {"tensorflow": tf2.__version__, "script": "tooling/golden/api_calls.py"}}
        file.write(json.dumps(head)[:-1] + ', "calls": [\n' + ",\n".join(json.dumps(entry) for entry in entries) + "\n]}\n")
    print(f"{len(entries)} calls")


if __name__ == "__main__":
    main()
