"""Gradients as tf.gradients builds them: through layers, loops (TensorFlow 1's with stacks, functional ones with lists) and branches."""

import numpy as np

from quiet_tensorflow import tf
from graph_case import Run, build, weights
from values import f32, sample

v1 = tf.compat.v1


def cases():
    for functional, spelling in ((False, "frames"), (True, "functional")):
        for name, make in (("loop", loop), ("nested loops", nested), ("loop over rows", rows), ("recurrent loop", recurrent), ("branch", branch),
                           ("branch inside a loop", branch_in_loop)):
            yield build(f"gradient of a {name}, {spelling}", make, functional)
    yield build("gradients of layers", layers)
    yield build("gradients of array ops", arrays)


def loop():
    x = v1.placeholder(tf.float32, [2], "x")
    n = v1.placeholder(tf.int32, [], "n")
    _, y = tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, tf.sin(y) * y + x), (0, x))
    tf.identity(v1.gradients(y, x)[0], "dx")
    return [Run(["dx:0"], {"x:0": f32([0.5, -1.5]), "n:0": np.int32(n)}) for n in (3, 0, 1)]


def nested():
    x = v1.placeholder(tf.float32, [], "x")

    def outer(i, y):
        _, z = tf.while_loop(lambda j, z: j <= i, lambda j, z: (j + 1, z * x + tf.cast(j, tf.float32)), (0, y))
        return i + 1, z * y

    _, y = tf.while_loop(lambda i, y: i < 3, outer, (0, x))
    tf.identity(v1.gradients(y, x)[0], "dx")
    return [Run(["dx:0"], {"x:0": np.float32(value)}) for value in (0.5, 1.1)]


def rows():
    x = v1.placeholder(tf.float32, [None, 2], "x")
    count = tf.shape(x)[0]
    source = tf.TensorArray(tf.float32, count, element_shape=[2]).unstack(x)
    target = tf.TensorArray(tf.float32, count, element_shape=[2])
    _, target = tf.while_loop(lambda i, _: i < count, lambda i, target: (i + 1, target.write(i, tf.square(source.read(i)) * tf.cast(i + 1, tf.float32))),
                              (0, target))
    tf.identity(v1.gradients(target.stack() ** 2, x)[0], "dx")
    return [Run(["dx:0"], {"x:0": sample("float32", (size, 2), 2)}) for size in (3, 1)]


def recurrent():
    x = v1.placeholder(tf.float32, [4, None, 3], "x")
    w, u = tf.constant(weights((3, 5), 3)), tf.constant(weights((5, 5), 4, 0.5))
    _, state = tf.while_loop(lambda t, _: t < 4, lambda t, state: (t + 1, tf.tanh(tf.matmul(x[t], w) + tf.matmul(state, u))), (0, tf.zeros([tf.shape(x)[1], 5])),
                             shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, 5])))
    for name, gradient in zip(("dx", "dw", "du"), v1.gradients(tf.reduce_sum(state ** 2), [x, w, u])):
        tf.identity(gradient, name)
    return [Run(["dx:0", "dw:0", "du:0"], {"x:0": sample("float32", (4, 2, 3), 7, -1, 1)})]


def branch():
    x = v1.placeholder(tf.float32, [3], "x")
    y = tf.cond(tf.reduce_sum(x) > 0, lambda: tf.exp(x) * 2.0, lambda: x * x)
    tf.identity(v1.gradients(y, x)[0], "dx")
    return [Run(["dx:0"], {"x:0": f32(values)}) for values in ([1, 2, -1], [-1, -2, 0.5])]


def branch_in_loop():
    x = v1.placeholder(tf.float32, [], "x")
    _, y = tf.while_loop(lambda i, y: i < 4, lambda i, y: (i + 1, tf.cond(y > 1.0, lambda: y * 0.5 * x, lambda: y + x * x)), (0, x))
    tf.identity(v1.gradients(y, x)[0], "dx")
    return [Run(["dx:0"], {"x:0": np.float32(value)}) for value in (0.4, 1.5)]


def layers():
    x = v1.placeholder(tf.float32, [2, 6, 6, 3], "x")
    w, k = tf.constant(weights((3, 3, 3, 4), 1)), tf.constant(weights((16, 5), 2))
    y = tf.nn.max_pool2d(tf.nn.relu(tf.nn.conv2d(x, w, 1, "SAME")), 3, 3, "VALID")
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[1, 3], logits=tf.matmul(tf.reshape(y, [2, -1]), k))
    for name, gradient in zip(("dx", "dw", "dk"), v1.gradients(loss, [x, w, k])):
        tf.identity(gradient, name)
    return [Run(["dx:0", "dw:0", "dk:0"], {"x:0": sample("float32", (2, 6, 6, 3), 5)})]


def arrays():
    x = v1.placeholder(tf.float32, [3, 4], "x")
    y = tf.concat([tf.tile(x, [1, 2]), tf.gather(x, [2, 0, 1]), tf.pad(x[:, 1:3], [[0, 0], [1, 1]])], 1)
    loss = tf.reduce_sum(tf.math.segment_sum(tf.transpose(y) ** 2, [0] * 5 + [1] * 11) * tf.math.top_k(x, 3).values[:2])
    tf.identity(v1.gradients(loss, x)[0], "dx")
    return [Run(["dx:0"], {"x:0": sample("float32", (3, 4), 6)})]
