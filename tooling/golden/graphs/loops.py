"""Loops and branches in both spellings: Switch, Merge, Enter, Exit, NextIteration; and functional While, If, Case."""

import numpy as np

from quiet_tensorflow import tf
from graph_case import Run, build, weights
from values import f32, sample

v1 = tf.compat.v1


def cases():
    for functional, spelling in ((False, "frames"), (True, "functional")):
        for name, make in (("counting loop", counting), ("Newton's square root", newton), ("nested loops", nested), ("loop that never runs", never),
                           ("loop over rows into a list", rows), ("growing accumulator", growing), ("recurrent loop", recurrent),
                           ("branch on a feed", branch), ("branch inside a loop", branch_in_loop), ("loop inside a branch", loop_in_branch),
                           ("loop of several dtypes", dtypes), ("parallel loops", parallel), ("loop with matmul and invariants", invariants),
                           ("chosen of three", switch_case), ("error only in the branch not taken", untaken), ("loop that ends with an error", failing)):
            yield build(f"{name}, {spelling}", make, functional)
    yield build("dead branch and merge index", raw_switch_merge)


def counting():
    limit = v1.placeholder(tf.int32, [], "limit")
    i, total = tf.while_loop(lambda i, total: i < limit, lambda i, total: (i + 1, total + i), (0, 0))
    tf.identity(i, "i")
    tf.identity(total, "total")
    return [Run(["i:0", "total:0"], {"limit:0": np.int32(limit)}) for limit in (5, 0, 100)]


def newton():
    x = v1.placeholder(tf.float32, [None], "x")
    root, steps = tf.while_loop(lambda root, steps: tf.reduce_max(tf.abs(root * root - x)) > 1e-4,
                                lambda root, steps: (0.5 * (root + x / root), steps + 1), (tf.maximum(x, 1.0), 0), maximum_iterations=50)
    tf.identity(root, "root")
    tf.identity(steps, "steps")
    return [Run(["root:0", "steps:0"], {"x:0": f32(values)}) for values in ([2, 9, 0.25], [1])]


def nested():
    n = v1.placeholder(tf.int32, [], "n")

    def outer(i, total):
        _, inner = tf.while_loop(lambda j, part: j <= i, lambda j, part: (j + 1, part + j * i), (0, 0))
        return i + 1, total + inner

    _, total = tf.while_loop(lambda i, total: i < n, outer, (0, 0))
    tf.identity(total, "total")
    return [Run(["total:0"], {"n:0": np.int32(n)}) for n in (4, 1, 0)]


def never():
    x = v1.placeholder(tf.float32, [2], "x")
    out = tf.while_loop(lambda y: tf.reduce_sum(y) > 1e6, lambda y: y * 2.0, [x])
    tf.identity(out, "out")
    return [Run(["out:0"], {"x:0": f32([1, 2])})]


def rows():
    x = v1.placeholder(tf.float32, [None, 3], "x")
    count = tf.shape(x)[0]
    source = tf.TensorArray(tf.float32, count, element_shape=[3]).unstack(x)
    target = tf.TensorArray(tf.float32, count, element_shape=[3])
    _, target = tf.while_loop(lambda i, target: i < count, lambda i, target: (i + 1, target.write(i, source.read(count - 1 - i) * tf.cast(i, tf.float32))), (0, target))
    tf.identity(target.stack(), "out")
    return [Run(["out:0"], {"x:0": sample("float32", (size, 3), 2)}) for size in (4, 1)]


def growing():
    start = tf.zeros([0], tf.int32)
    n = v1.placeholder(tf.int32, [], "n")
    _, grown = tf.while_loop(lambda i, grown: i < n, lambda i, grown: (i + 1, tf.concat([grown, [i * i]], 0)), (0, start),
                             shape_invariants=(tf.TensorShape([]), tf.TensorShape([None])))
    tf.identity(grown, "grown")
    return [Run(["grown:0"], {"n:0": np.int32(n)}) for n in (4, 0)]


def recurrent():
    x = v1.placeholder(tf.float32, [None, None, 3], "x")
    w, u = tf.constant(weights((3, 4), 1)), tf.constant(weights((4, 4), 2))
    steps = tf.shape(x)[1]
    values = tf.TensorArray(tf.float32, steps).unstack(tf.transpose(x, [1, 0, 2]))
    outputs = tf.TensorArray(tf.float32, steps)
    start = tf.zeros([tf.shape(x)[0], 4])

    def body(t, h, outputs):
        h = tf.tanh(tf.matmul(values.read(t), w) + tf.matmul(h, u))
        return t + 1, h, outputs.write(t, h)

    _, last, outputs = tf.while_loop(lambda t, h, outputs: t < steps, body, (0, start, outputs))
    tf.identity(last, "last")
    tf.transpose(outputs.stack(), [1, 0, 2], name="all")
    return [Run(["last:0", "all:0"], {"x:0": sample("float32", (batch, length, 3), 3, -1, 1)}) for batch, length in ((2, 5), (1, 1))]


def branch():
    x = v1.placeholder(tf.float32, [None], "x")
    flag = v1.placeholder(tf.bool, [], "flag")
    doubled, name = tf.cond(flag, lambda: (x * 2.0, tf.constant("double")), lambda: (tf.reverse(x, [0]), tf.constant("reverse")))
    tf.identity(doubled, "out")
    tf.identity(name, "name")
    return [Run(["out:0", "name:0"], {"x:0": f32([1, 2, 3]), "flag:0": np.bool_(flag)}) for flag in (True, False)]


def branch_in_loop():
    """The Collatz sequence."""
    start = v1.placeholder(tf.int64, [], "start")

    def step(value, count):
        value = tf.cond(tf.equal(value % 2, 0), lambda: value // 2, lambda: 3 * value + 1)
        return value, count + 1

    value, count = tf.while_loop(lambda value, count: value > 1, step, (start, 0))
    tf.identity(count, "count")
    return [Run(["count:0"], {"start:0": np.int64(start)}) for start in (6, 7, 1)]


def loop_in_branch():
    n = v1.placeholder(tf.int32, [], "n")

    def factorial():
        return tf.while_loop(lambda i, product: i <= n, lambda i, product: (i + 1, product * i), (1, 1))[1]

    tf.identity(tf.cond(n > 3, factorial, lambda: -n), "out")
    return [Run(["out:0"], {"n:0": np.int32(n)}) for n in (5, 2)]


def dtypes():
    def body(i, flag, word, number):
        return i + 1, tf.logical_not(flag), tf.strings.join([word, tf.strings.as_string(i)]), number * 1j

    i = v1.placeholder(tf.int32, [], "i")
    results = tf.while_loop(lambda i, flag, word, number: i < 5, body, (i, tf.constant(True), tf.constant(">"), tf.constant(1 + 2j, tf.complex64)))
    for name, value in zip(("last", "flag", "word", "number"), results):
        tf.identity(value, name)
    return [Run(["last:0", "flag:0", "word:0", "number:0"], {"i:0": np.int32(0)})]


def parallel():
    x = v1.placeholder(tf.float32, [3], "x")
    first = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y + x), (0, x))[1]
    second = tf.while_loop(lambda i, y: i < 4, lambda i, y: (i + 1, y * x), (0, x))[1]
    tf.add(first, second, name="sum")
    return [Run(["sum:0"], {"x:0": f32([1, 2, -0.5])})]


def invariants():
    x = v1.placeholder(tf.float32, [2, 2], "x")
    m = v1.placeholder(tf.float32, [2, 2], "m")
    power = tf.while_loop(lambda i, y: i < 6, lambda i, y: (i + 1, tf.matmul(y, m) / tf.norm(m)), (0, x))[1]
    tf.identity(power, "power")
    return [Run(["power:0"], {"x:0": f32([[1, 0], [0, 1]]), "m:0": f32([[0.5, 1], [2, -1]])})]


def switch_case():
    index = v1.placeholder(tf.int32, [], "index")
    x = v1.placeholder(tf.float32, [2], "x")
    tf.identity(tf.switch_case(index, [lambda: x + 1.0, lambda: x * 10.0, lambda: -x]), "out")
    return [Run(["out:0"], {"index:0": np.int32(index), "x:0": f32([1, 2])}) for index in (0, 1, 2, 7)]


def untaken():
    x = v1.placeholder(tf.int32, [], "x")
    tf.identity(tf.cond(tf.equal(x, 0), lambda: 0, lambda: 12 // x), "out")
    return [Run(["out:0"], {"x:0": np.int32(x)}) for x in (0, 4)]


def failing():
    x = v1.placeholder(tf.int32, [], "x")
    out = tf.while_loop(lambda i, y: i >= x, lambda i, y: (i - 1, 60 // i), (3, 0))[1]
    tf.identity(out, "out")
    return [Run(["out:0"], {"x:0": np.int32(1)}), Run(["out:0"], {"x:0": np.int32(0)}, error=True), Run(["out:0"], {"x:0": np.int32(2)})]


def raw_switch_merge():
    x = v1.placeholder(tf.float32, [2], "x")
    flag = v1.placeholder(tf.bool, [], "flag")
    no, yes = tf.raw_ops.Switch(data=x, pred=flag, name="switch")
    merged = tf.raw_ops.Merge(inputs=[tf.square(no), tf.negative(yes)], name="merge")
    tf.identity(merged.output, "out")
    feeds = [{"x:0": f32([1, 3]), "flag:0": np.bool_(flag)} for flag in (True, False)]
    return [Run(["out:0", "merge:1"], feed) for feed in feeds] + [Run(["switch:1"], feeds[1], error=True)]


