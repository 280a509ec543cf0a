"""Networks in small, built with the v1 API and frozen by the v1 exporter."""

from quiet_tensorflow import tf
from graph_case import Run, frozen, weights
from values import sample

v1 = tf.compat.v1


def cases():
    yield frozen("conv net with batch norm", conv_net)
    yield frozen("depthwise separable block", separable_block)
    yield frozen("residual block with padding", residual_block)
    yield frozen("LSTM cell, three steps", lstm)
    yield frozen("GRU cell, two steps", gru)
    yield frozen("attention block", attention)
    yield frozen("layer norm and gelu", layer_norm)
    yield frozen("dense autoencoder", autoencoder)
    yield frozen("upsampling decoder", decoder)
    yield frozen("embedding and mean", embedding)


def variable(name, value):
    return v1.get_variable(name, initializer=tf.constant(value), use_resource=False)


def resource(name, value):
    return v1.get_variable(name, initializer=tf.constant(value), use_resource=True)


def batch_norm(x, name, channels):
    """Spelled as Keras spells it in a frozen graph: Rsqrt, Mul, Sub, AddV2."""
    mean, variance = variable(f"{name}/mean", weights((channels,), 1)), variable(f"{name}/variance", weights((channels,), 2) ** 2 + 0.5)
    gamma, beta = variable(f"{name}/gamma", weights((channels,), 3) + 1), variable(f"{name}/beta", weights((channels,), 4))
    return tf.nn.batch_normalization(x, mean, variance, beta, gamma, 1e-3, name=name)


def conv_net():
    x = v1.placeholder(tf.float32, [None, 12, 10, 3], "x")
    y = tf.nn.conv2d(x, variable("conv1", weights((3, 3, 3, 8), 11)), [1, 2, 2, 1], "SAME")
    y = tf.nn.relu6(batch_norm(y, "bn1", 8))
    y = tf.nn.conv2d(y, variable("conv2", weights((3, 3, 8, 5), 12)), [1, 1, 1, 1], "VALID")
    y = tf.nn.relu(tf.nn.bias_add(y, variable("bias2", weights((5,), 13))))
    y = tf.nn.max_pool2d(y, 2, 2, "SAME")
    y = tf.reduce_mean(y, [1, 2])
    logits = tf.add(tf.matmul(y, variable("dense", weights((5, 4), 14))), variable("dense_bias", weights((4,), 15)), name="logits")
    tf.nn.softmax(logits, name="probabilities")
    fetches = ["probabilities:0", "logits:0", "Relu6:0"]
    return [Run(fetches, {"x:0": sample("float32", (batch, 12, 10, 3), batch, 0, 1)}) for batch in (1, 2, 5)], ["probabilities"]


def separable_block():
    x = v1.placeholder(tf.float32, [1, 9, 9, 6], "x")
    y = tf.nn.conv2d(x, resource("expand", weights((1, 1, 6, 12), 1)), 1, "SAME")
    y = tf.nn.relu6(batch_norm(y, "bn1", 12))
    y = tf.nn.depthwise_conv2d(y, resource("depthwise", weights((3, 3, 12, 1), 2)), [1, 1, 1, 1], "SAME")
    y = tf.nn.relu6(batch_norm(y, "bn2", 12))
    y = batch_norm(tf.nn.conv2d(y, resource("project", weights((1, 1, 12, 6), 3)), 1, "SAME"), "bn3", 6)
    tf.add(x, y, name="out")
    return [Run(["out:0"], {"x:0": sample("float32", (1, 9, 9, 6), 3, -1, 1)})], ["out"]


def residual_block():
    x = v1.placeholder(tf.float32, [None, None, None, 4], "x")
    y = tf.nn.conv2d(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), variable("w1", weights((3, 3, 4, 4), 1)), [1, 2, 2, 1], "VALID")
    y = tf.nn.leaky_relu(tf.nn.bias_add(y, variable("b1", weights((4,), 2))), 0.1)
    y = tf.nn.conv2d(y, variable("w2", weights((2, 3, 4, 4), 3)), [1, 1, 1, 1], "SAME", dilations=[1, 2, 1, 1])
    tf.nn.elu(y + tf.nn.avg_pool2d(x, 2, 2, "SAME"), name="out")
    return [Run(["out:0"], {"x:0": sample("float32", (1, height, width, 4), 3, -1, 1)}) for height, width in ((8, 8), (6, 10))], ["out"]


def lstm():
    x = v1.placeholder(tf.float32, [None, 3, 4], "x")
    w, b = variable("kernel", weights((4 + 5, 20), 1)), variable("bias", weights((20,), 2))
    batch = tf.shape(x)[0]
    h, c = tf.zeros([batch, 5]), tf.zeros([batch, 5])
    for step in range(3):
        i, g, f, o = tf.split(tf.nn.bias_add(tf.matmul(tf.concat([x[:, step], h], 1), w), b), 4, 1)
        c = c * tf.sigmoid(f + 1.0) + tf.sigmoid(i) * tf.tanh(g)
        h = tf.tanh(c) * tf.sigmoid(o)
    tf.identity(h, "h")
    tf.identity(c, "c")
    return [Run(["h:0", "c:0"], {"x:0": sample("float32", (batch, 3, 4), 3, -1, 1)}) for batch in (1, 3)], ["h", "c"]


def gru():
    x = v1.placeholder(tf.float32, [2, 2, 3], "x")
    w, u = resource("w", weights((3 + 4, 8), 1)), resource("u", weights((3 + 4, 4), 2))
    h = tf.fill([2, 4], 0.1)
    for value in tf.unstack(x, axis=1):
        z, r = tf.split(tf.sigmoid(tf.matmul(tf.concat([value, h], 1), w)), 2, 1)
        h = z * h + (1 - z) * tf.tanh(tf.matmul(tf.concat([value, r * h], 1), u))
    tf.identity(h, "h")
    return [Run(["h:0"], {"x:0": sample("float32", (2, 2, 3), 5, -1, 1)})], ["h"]


def attention():
    x = v1.placeholder(tf.float32, [None, 5, 8], "x")
    mask = v1.placeholder(tf.bool, [None, 5], "mask")

    def heads(name, seed):
        y = tf.tensordot(x, variable(name, weights((8, 8), seed)), [[2], [0]])
        return tf.transpose(tf.reshape(y, [-1, 5, 2, 4]), [0, 2, 1, 3])

    scores = tf.matmul(heads("q", 1), heads("k", 2), transpose_b=True) / tf.sqrt(4.0)
    scores += (1.0 - tf.cast(mask, tf.float32))[:, tf.newaxis, tf.newaxis, :] * -1e9
    context = tf.matmul(tf.nn.softmax(scores, name="weights"), heads("v", 3))
    y = tf.reshape(tf.transpose(context, [0, 2, 1, 3]), [-1, 5, 8])
    tf.identity(x + tf.tensordot(y, variable("o", weights((8, 8), 4)), 1), "out")
    masks = sample("bool", (2, 5), 6)
    masks[:, 0] = True
    return [Run(["out:0", "weights:0"], {"x:0": sample("float32", (2, 5, 8), 7, -1, 1), "mask:0": masks})], ["out", "weights"]


def layer_norm():
    x = v1.placeholder(tf.float32, [None, 4, 6], "x")
    mean, variance = tf.nn.moments(x, [-1], keepdims=True)
    y = (x - mean) * tf.math.rsqrt(variance + 1e-6) * variable("gamma", weights((6,), 1)) + variable("beta", weights((6,), 2))
    tf.identity(0.5 * y * (1.0 + tf.math.erf(y / tf.sqrt(2.0))), "gelu")
    tf.identity(y * 0.5 * (1.0 + tf.tanh(0.7978846 * (y + 0.044715 * tf.pow(y, 3.0)))), "gelu_tanh")
    return [Run(["gelu:0", "gelu_tanh:0"], {"x:0": sample("float32", (2, 4, 6), 8)})], ["gelu", "gelu_tanh"]


def autoencoder():
    x = v1.placeholder(tf.float32, [None, 16], "x")
    code = tf.nn.selu(v1.nn.xw_plus_b(x, variable("w1", weights((16, 3), 1)), variable("b1", weights((3,), 2))), name="code")
    y = tf.nn.softplus(v1.nn.xw_plus_b(code, variable("w2", weights((3, 16), 3)), variable("b2", weights((16,), 4))))
    tf.reduce_mean(tf.math.squared_difference(x, tf.sigmoid(y)), 1, name="loss")
    return [Run(["code:0", "loss:0"], {"x:0": sample("float32", (batch, 16), 9, 0, 1)}) for batch in (4, 0, 1)], ["code", "loss"]


def decoder():
    x = v1.placeholder(tf.float32, [1, 3, 4, 6], "x")
    y = tf.nn.conv2d_transpose(x, variable("w1", weights((3, 3, 5, 6), 1)), [1, 6, 8, 5], [1, 2, 2, 1])
    y = tf.nn.relu(y)
    y = v1.image.resize_bilinear(y, tf.shape(y)[1:3] * 2, align_corners=True)
    y = tf.concat([y, v1.image.resize_nearest_neighbor(x, [12, 16], half_pixel_centers=True)], -1)
    y = tf.nn.depth_to_space(tf.nn.conv2d(y, variable("w2", weights((1, 1, 11, 8), 2)), 1, "SAME"), 2)
    tf.argmax(y, -1, name="classes")
    tf.reduce_max(y, [1, 2], name="peaks")
    return [Run(["classes:0", "peaks:0"], {"x:0": sample("float32", (1, 3, 4, 6), 4, -1, 1)})], ["classes", "peaks"]


def embedding():
    ids = v1.placeholder(tf.int64, [None, None], "ids")
    table = variable("table", weights((7, 4), 1))
    used = tf.cast(tf.not_equal(ids, 0), tf.float32)[..., tf.newaxis]
    total = tf.reduce_sum(tf.nn.embedding_lookup(table, ids) * used, 1)
    tf.math.divide_no_nan(total, tf.reduce_sum(used, 1), name="mean")
    return [Run(["mean:0"], {"ids:0": sample("int64", (2, length), 3, 0, 6)}) for length in (3, 1, 0)], ["mean"]
