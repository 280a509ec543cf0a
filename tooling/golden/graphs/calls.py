"""Functions in the library: calls, functions calling functions, stateful branches and loops, lists and arrays with all their ops."""

import numpy as np

from quiet_tensorflow import tf
from graph_case import Run, build
from values import f32, sample

v1 = tf.compat.v1


def cases():
    for name, make in (("function called twice", twice), ("functions calling functions", nested), ("stateful branch", stateful_branch),
                       ("stateful loop over a variable", stateful_loop), ("function with several results", several), ("all list ops", list_ops)):
        yield build(name, make, functional=True)
    yield build("all array ops", array_ops)


def twice():
    @tf.function
    def affine(x, scale):
        return x * scale + 1.0

    x = v1.placeholder(tf.float32, [None], "x")
    tf.identity(affine(affine(x, 2.0), tf.reduce_sum(x)), "out")
    return [Run(["out:0"], {"x:0": f32([1, 2, 3])}), Run(["out:0"], {"x:0": f32([])})]


def nested():
    @tf.function
    def inner(a, b):
        return tf.matmul(a, b, transpose_b=True)

    @tf.function
    def outer(a):
        return tf.nn.softmax(inner(a, a) + inner(a, tf.ones_like(a)))

    x = v1.placeholder(tf.float32, [None, 3], "x")
    tf.identity(outer(x), "out")
    return [Run(["out:0"], {"x:0": sample("float32", (rows, 3), 3, -1, 1)}) for rows in (2, 4)]


def stateful_branch():
    count = v1.get_variable("count", initializer=0, use_resource=True)
    flag = v1.placeholder(tf.bool, [], "flag")

    def add():
        with tf.control_dependencies([count.assign_add(10)]):
            return tf.identity(count.read_value())

    tf.identity(tf.cond(flag, add, lambda: tf.constant(-1)), "out")
    tf.identity(count.read_value(), "now")
    v1.global_variables_initializer()
    yes, no = ({"flag:0": np.bool_(flag)} for flag in (True, False))
    return [Run(targets=["init"]), Run(["out:0"], yes), Run(["out:0"], no), Run(["out:0"], yes), Run(["now:0"])]


def stateful_loop():
    total = v1.get_variable("total", initializer=0.0, use_resource=True)
    n = v1.placeholder(tf.int32, [], "n")

    def body(i):
        with tf.control_dependencies([total.assign_add(tf.cast(i, tf.float32))]):
            return i + 1

    tf.identity(tf.while_loop(lambda i: i < n, body, [0]), "steps")
    tf.identity(total.read_value(), "now")
    v1.global_variables_initializer()
    return [Run(targets=["init"]), Run(["steps:0"], {"n:0": np.int32(4)}), Run(["now:0"]), Run(["steps:0"], {"n:0": np.int32(3)}), Run(["now:0"])]


def several():
    @tf.function
    def statistics(x):
        values, at = tf.nn.top_k(x, 2)
        return {"mean": tf.reduce_mean(x), "top": values, "at": at, "x": x}

    result = statistics(v1.placeholder(tf.float32, [None], "x"))
    for name, value in result.items():
        tf.identity(value, f"{name}_out")
    return [Run([f"{name}_out:0" for name in ("top", "at", "mean", "x")], {"x:0": f32([3, 1, 4, 1, 5])})]


def list_ops():
    x = v1.placeholder(tf.float32, [None, 2], "x")
    ops, shape = tf.raw_ops, [2]
    handle = ops.TensorListReserve(element_shape=shape, num_elements=3, element_dtype=tf.float32)
    for at in range(3):
        handle = ops.TensorListSetItem(input_handle=handle, index=at, item=x[at] * 2.0)
    ops.TensorListGetItem(input_handle=handle, index=1, element_shape=shape, element_dtype=tf.float32, name="item")
    ops.TensorListConcatV2(input_handle=handle, element_shape=shape, leading_dims=tf.constant([], tf.int64), element_dtype=tf.float32, name="joined")
    parts = ops.TensorListSplit(tensor=x, element_shape=[-1, 2], lengths=tf.constant([1, 2], tf.int64))
    ops.TensorListGetItem(input_handle=parts, index=1, element_shape=[-1, 2], element_dtype=tf.float32, name="part")
    longer = ops.TensorListResize(input_handle=handle, size=5)
    ops.TensorListStack(input_handle=longer, element_shape=shape, element_dtype=tf.float32, name="zeros_at_end")
    spread = ops.TensorListScatterV2(tensor=x, indices=[2, 0, 4], element_shape=shape, num_elements=5)
    ops.TensorListStack(input_handle=spread, element_shape=shape, element_dtype=tf.float32, name="scattered")
    both = ops.TensorListConcatLists(input_a=handle, input_b=spread, element_dtype=tf.float32)
    ops.TensorListLength(input_handle=both, name="length")
    ops.TensorListElementShape(input_handle=handle, shape_type=tf.int32, name="shape")
    fetches = ["item:0", "joined:0", "joined:1", "part:0", "zeros_at_end:0", "scattered:0", "length:0", "shape:0"]
    return [Run(fetches, {"x:0": sample("float32", (3, 2), 3)})]


def array_ops():
    x = v1.placeholder(tf.float32, [None, 2], "x")
    array = tf.TensorArray(tf.float32, 3, clear_after_read=False, element_shape=[2], infer_shape=True).unstack(x)
    tf.identity(array.read(2), "item")
    tf.identity(array.size(), "size")
    tf.identity(array.gather([2, 0]), "gathered")
    tf.identity(array.concat(), "joined")
    growing = tf.TensorArray(tf.float32, 0, dynamic_size=True, infer_shape=False)
    growing = growing.write(0, x[0]).write(1, x[1, :1]).write(2, x[2])
    tf.identity(growing.concat(), "ragged")
    tf.identity(tf.TensorArray(tf.float32, 2, infer_shape=False).split(x, [1, 2]).read(1), "part")
    tf.identity(tf.TensorArray(tf.float32, 5).scatter([4, 2, 1, 0, 3], tf.concat([x, x[:2]], 0)).stack(), "scattered")
    fetches = ["item:0", "size:0", "gathered:0", "joined:0", "ragged:0", "part:0", "scattered:0"]
    return [Run(fetches, {"x:0": sample("float32", (3, 2), 3)})]
