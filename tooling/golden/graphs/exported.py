"""Keras models frozen by TensorFlow's v2 exporter: the node names, Identities and functional control flow that it really writes."""

import numpy as np

from quiet_tensorflow import tf
from graph_case import frozen_function, weights
from values import sample

layers = tf.keras.layers


def cases():
    yield exported("Keras conv net", [(8, 8, 3)], conv_net, [(1,), (3,)])
    yield exported("Keras separable net", [(9, 10, 4)], separable, [(1,)])
    yield exported("Keras LSTM", [(None, 3)], lambda x: layers.LSTM(4, return_sequences=True)(x), [(2, 5), (1, 1)])
    yield exported("Keras GRU, both directions", [(None, 3)], lambda x: layers.Bidirectional(layers.GRU(3))(x), [(2, 4)])
    yield exported("Keras transformer block", [(4, 6)], transformer, [(1,), (2,)])
    yield exported("Keras upsampling net", [(4, 4, 3)], upsampling, [(1,)])
    yield exported("Keras normalizations", [(6, 6, 4)], normalizations, [(2,)])
    yield exported("Keras one dimension", [(12, 3)], one_dimension, [(2,)])
    yield autograph()


def exported(name, shapes, make, sizes):
    """sizes: per run the batch and then what else is unknown."""
    tf.keras.utils.set_random_seed(1)
    inputs = [tf.keras.Input(shape, dtype="float32") for shape in shapes]
    model = tf.keras.Model(inputs, make(*inputs))
    for number, variable in enumerate(model.weights):
        value = weights(variable.shape, number + 1, 0.7)
        if "variance" in variable.path or "gamma" in variable.path:
            value = np.abs(value) + np.float32(0.5)
        if variable.dtype == "float32":
            variable.assign(value)
    signature = [tf.TensorSpec([None, *shape], tf.float32) for shape in shapes]
    feeds = []
    for size in sizes:
        unknown = iter(size)
        feeds.append([sample("float32", tuple(dim if dim is not None else next(unknown) for dim in (None, *shape)), 3, -1, 1) for shape in shapes])
    return frozen_function(name, lambda *values: model(list(values) if len(values) > 1 else values[0], training=False), signature, feeds)


def conv_net(x):
    x = layers.Conv2D(6, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.Conv2D(4, 3, activation="relu", dilation_rate=1)(layers.ZeroPadding2D(1)(x))
    x = layers.MaxPooling2D()(x)
    return layers.Dense(5, activation="softmax")(layers.Flatten()(layers.Dropout(0.5)(x)))


def separable(x):
    y = layers.SeparableConv2D(4, 3, padding="same", activation="swish")(x)
    y = layers.BatchNormalization()(layers.DepthwiseConv2D(3, padding="same")(y))
    y = layers.add([x, layers.Conv2D(4, 1, activation="hard_sigmoid")(y)])
    squeeze = layers.Dense(4, activation="sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(y))
    return layers.PReLU(shared_axes=[1, 2])(layers.multiply([y, squeeze]))


def transformer(x):
    y = layers.LayerNormalization(epsilon=1e-5)(x)
    x = layers.add([x, layers.MultiHeadAttention(2, 3)(y, y)])
    y = layers.Dense(8, activation="gelu")(layers.LayerNormalization()(x))
    return layers.add([x, layers.Dense(6)(y)])


def upsampling(x):
    y = layers.Conv2DTranspose(4, 3, strides=2, padding="same", activation="elu")(x)
    y = layers.concatenate([y, layers.UpSampling2D(2, interpolation="bilinear")(x)])
    return layers.Cropping2D(((1, 0), (0, 1)))(layers.Conv2DTranspose(2, 2, strides=2, padding="valid")(y))


def normalizations(x):
    y = layers.GroupNormalization(groups=2)(x)
    y = layers.UnitNormalization()(layers.LeakyReLU(0.1)(y))
    return layers.Softmax(axis=[1, 2])(layers.AveragePooling2D(2, 1, "same")(y))


def one_dimension(x):
    y = layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="tanh")(x)
    y = layers.Conv1D(4, 3, strides=2, padding="same")(layers.MaxPooling1D(2)(y))
    return layers.GlobalMaxPooling1D()(layers.Permute((2, 1))(y))


def autograph():
    """Python control flow over tensors: a while loop with an if inside, frozen with its functions."""
    def steps(x, limit):
        total = tf.zeros_like(x)
        i = 0
        while i < limit:
            if tf.reduce_sum(total) > 3.0:
                total -= x
            else:
                total += tf.cast(i, tf.float32) * x
            i += 1
        return total

    signature = [tf.TensorSpec([None], tf.float32), tf.TensorSpec([], tf.int32)]
    feeds = [[sample("float32", (3,), 2, 0, 1), np.int32(limit)] for limit in (6, 0)]
    return frozen_function("AutoGraph loop and branch", steps, signature, feeds)
