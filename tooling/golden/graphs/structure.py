"""The graph itself: control dependencies, several outputs, state over runs, feeds in the middle, node order, spellings of inputs."""

import numpy as np

from quiet_tensorflow import tf
from graph_case import GraphCase, Run, build
from values import f32, i32, sample, strings

v1 = tf.compat.v1


def cases():
    for name, make in (("control dependencies order state", ordered), ("assert passes and fails", asserted), ("every output of ops with several", several),
                       ("a feed in the middle", middle), ("placeholder with default", default), ("shapes as values", shapes),
                       ("sizes born from data", data_sized), ("boxes, scores, gather", detections), ("same node fetched and fed", fetched_and_fed),
                       ("counter variable", counter), ("resource variables", resources), ("gradient descent", training), ("adam", adam),
                       ("scatter into a variable", scattered), ("hash table", table), ("queue", queue), ("padding queue", padding_queue), ("slices of a reference", sliced), ("mixed dtypes", mixed), ("strings through arrays", texts),
                       ("list of tensors", lists), ("long elementwise chain", chain), ("diamonds with shared parts", diamonds)):
        yield build(name, make)
    yield scrambled()


def ordered():
    """The read sees both writes, in order, only because of control edges."""
    state = v1.get_variable("state", initializer=1.0, use_resource=True)
    with tf.control_dependencies([state.assign(state * 3.0)]):
        second = state.assign_add(5.0)
    with tf.control_dependencies([second]):
        tf.identity(state.read_value(), "after")
    v1.global_variables_initializer()
    return [Run(targets=["init"]), Run(["after:0"]), Run(["after:0"]), Run(targets=["init"]), Run(["after:0"])]


def asserted():
    x = v1.placeholder(tf.float32, [None], "x")
    with tf.control_dependencies([v1.Assert(tf.reduce_all(x > 0), ["not positive:", x], name="check")]):
        tf.sqrt(x, "root")
    return [Run(["root:0"], {"x:0": f32([4, 9])}), Run(["root:0"], {"x:0": f32([4, -9])}, error=True), Run(["root:0"], {"x:0": f32([])})]


def several():
    x = v1.placeholder(tf.float32, [2, 6], "x")
    v1.split(x, 3, 1, name="split")
    tf.unstack(x, axis=0, name="rows")
    tf.nn.top_k(x, 2, name="top")
    tf.unique(tf.cast(tf.reshape(x, [-1]), tf.int32), name="unique")
    tf.raw_ops.IdentityN(input=[x, tf.shape(x)], name="both")
    fetches = ["split:2", "split:0", "rows:1", "top:1", "top:0", "unique:0", "unique:1", "both:1", "both:0", "split:2"]
    return [Run(fetches[:-1], {"x:0": sample("float32", (2, 6), 2)}), Run(["split:1"], {"x:0": sample("float32", (2, 6), 3)})]


def middle():
    x = v1.placeholder(tf.float32, [2], "x")
    middle = tf.add(x, 1.0, name="middle")
    tf.multiply(middle, 10.0, name="out")
    return [Run(["out:0"], {"x:0": f32([1, 2])}), Run(["out:0"], {"middle:0": f32([7, 8])}), Run(["out:0", "x:0"], {"x:0": f32([3, 4])}), Run(["out:0"], error=True)]


def default():
    x = v1.placeholder_with_default(tf.constant([1.0, 2.0]), [None], "x")
    tf.reduce_sum(x, name="sum")
    return [Run(["sum:0"]), Run(["sum:0"], {"x:0": f32([5, 6, 7])})]


def shapes():
    """Reshapes by arithmetic on Shape, as exporters write for unknown batch sizes."""
    x = v1.placeholder(tf.float32, [None, 4, 6], "x")
    batch, _, width = tf.unstack(tf.shape(x))
    y = tf.reshape(x, tf.stack([batch * 4, width // 2, 2]))
    tf.transpose(y, [0, 2, 1], name="y")
    tf.tile(tf.range(batch)[:, tf.newaxis], tf.stack([1, tf.size(x) // tf.maximum(batch, 1)]), name="tiled")
    tf.fill(tf.concat([tf.shape(x)[:1], [tf.rank(x)]], 0), 2.5, name="filled")
    return [Run(["y:0", "tiled:0", "filled:0"], {"x:0": sample("float32", (batch, 4, 6), 2)}) for batch in (2, 1, 0)]


def data_sized():
    x = v1.placeholder(tf.float32, [None, 3], "x")
    keep = tf.where(tf.reduce_sum(x, 1) > 0, name="keep")
    kept = tf.gather_nd(x, keep, name="kept")
    tf.boolean_mask(x, x[:, 0] > 1, name="masked")
    tf.reduce_max(tf.concat([kept, tf.zeros([1, 3])], 0), 0, name="max")
    parts = tf.dynamic_partition(kept, tf.cast(kept[:, 1] > 0, tf.int32), 2)
    tf.concat([parts[1] * 2.0, parts[0]], 0, name="reordered")
    values, _, counts = tf.unique_with_counts(tf.cast(tf.reshape(kept, [-1]), tf.int32))
    tf.identity(values[::-1], "values")
    tf.cumsum(counts, name="counts")
    fetches = ["keep:0", "kept:0", "masked/GatherV2:0", "max:0", "reordered:0", "values:0", "counts:0"]
    return [Run(fetches, {"x:0": value}) for value in (sample("float32", (7, 3), 2), -np.ones((2, 3), np.float32), np.zeros((0, 3), np.float32))]


def detections():
    boxes = v1.placeholder(tf.float32, [None, 4], "boxes")
    scores = v1.placeholder(tf.float32, [None, 3], "scores")
    best = tf.reduce_max(scores, 1)
    chosen = tf.image.non_max_suppression(boxes, best, 5, 0.5, 0.2)
    tf.gather(boxes, chosen, name="kept")
    tf.gather(tf.argmax(scores, 1), chosen, name="classes")
    tf.pad(tf.gather(best, chosen), [[0, 5 - tf.size(chosen)]], name="padded")
    corner = sample("float32", (12, 2), 4, 0, 6)
    feeds = [np.concatenate([corner, corner + 2], 1), sample("float32", (12, 3), 5, 0, 1)]
    return [Run(["kept:0", "classes:0", "padded:0"], {"boxes:0": feeds[0][:size], "scores:0": feeds[1][:size]}) for size in (12, 1, 0)]


def fetched_and_fed():
    x = v1.placeholder(tf.int32, [None], "x")
    tf.identity(x * 2, "y")
    return [Run(["x:0", "y:0", "x:0"][:2], {"x:0": i32(1, 2)}), Run(["y:0"], {"y:0": i32(9)})]


def counter():
    """Reference variables: VariableV2, Assign, AssignAdd."""
    count = v1.get_variable("count", initializer=tf.constant([0, 10]), use_resource=False)
    v1.assign(count, count.initial_value, name="reset")
    v1.assign_add(count, [1, 2], name="step")
    v1.assign_sub(count, [0, 1], name="back")
    return [Run(["count:0"], error=True), Run(targets=["reset"]), Run(["step:0"]), Run(["step:0"]), Run(["back:0"]), Run(["count:0"]), Run(targets=["reset"]), Run(["count:0"])]


def resources():
    first = v1.get_variable("first", initializer=tf.constant([[1.0, 2.0]]), use_resource=True)
    second = v1.get_variable("second", initializer=tf.constant([0, 0], tf.int64), use_resource=True)
    x = v1.placeholder(tf.float32, [None, 1], "x")
    tf.matmul(x, first.read_value(), name="product")
    first.assign_sub([[0.5, 0.5]], name="less")
    with tf.control_dependencies([second.assign_add([1, 2])]):
        tf.identity(second.read_value(), "second_now")
    tf.raw_ops.VarIsInitializedOp(resource=first.handle, name="ready")
    v1.global_variables_initializer()
    return [Run(["ready:0"]), Run(["product:0"], {"x:0": f32([[1]])}, error=True), Run(targets=["init"]), Run(["ready:0"]), Run(["product:0"], {"x:0": f32([[2], [3]])}),
            Run(targets=["less"]), Run(["product:0"], {"x:0": f32([[2]])}), Run(["second_now:0"]), Run(["second_now:0"])]


def training():
    x, y = v1.placeholder(tf.float32, [None, 2], "x"), v1.placeholder(tf.float32, [None, 1], "y")
    w1 = v1.get_variable("w1", initializer=tf.constant([[0.5, -0.3, 0.2], [0.1, 0.4, -0.6]]), use_resource=False)
    w2 = v1.get_variable("w2", initializer=tf.constant([[0.3], [-0.2], [0.7]]), use_resource=True)
    hidden = tf.tanh(tf.matmul(x, w1))
    loss = tf.reduce_mean(tf.square(tf.matmul(hidden, w2) - y), name="loss")
    v1.train.GradientDescentOptimizer(0.1).minimize(loss, name="train")
    v1.global_variables_initializer()
    feeds = {"x:0": f32([[0, 0], [0, 1], [1, 0], [1, 1]]), "y:0": f32([[0], [1], [1], [0]])}
    return [Run(targets=["init"]), *[Run(["loss:0"], feeds, ["train"]) for _ in range(3)], Run(["loss:0", "w1:0"], feeds)]


def adam():
    w = v1.get_variable("w", initializer=tf.constant([1.0, -2.0]), use_resource=True)
    loss = tf.reduce_sum(tf.square(w) * [1.0, 0.1], name="loss")
    v1.train.AdamOptimizer(0.1).minimize(loss, name="train")
    tf.identity(w.read_value(), "now")
    v1.global_variables_initializer()
    return [Run(targets=["init"]), Run(targets=["train"]), Run(targets=["train"]), Run(["now:0", "loss:0"])]


def scattered():
    table = v1.get_variable("table", initializer=tf.zeros([4, 2]), use_resource=False)
    at = v1.placeholder(tf.int32, [None], "at")
    v1.scatter_add(table, at, tf.ones([tf.size(at), 2]), name="add")
    v1.scatter_update(table, at, tf.fill([tf.size(at), 2], 7.0), name="update")
    v1.assign(table, tf.zeros([4, 2]), name="reset")
    return [Run(targets=["reset"]), Run(["add:0"], {"at:0": i32(1, 1, 3)}), Run(["update:0"], {"at:0": i32(0)}), Run(["add:0"], {"at:0": i32(4)}, error=True), Run(["table:0"])]


def table():
    handle = tf.raw_ops.HashTableV2(key_dtype=tf.string, value_dtype=tf.int64, shared_name="words_to_numbers")
    words = v1.placeholder(tf.string, [None], "words")
    tf.raw_ops.InitializeTableV2(table_handle=handle, keys=["a", "b", "c"], values=tf.constant([10, 20, 30], tf.int64), name="fill")
    tf.raw_ops.LookupTableFindV2(table_handle=handle, keys=words, default_value=tf.constant(-1, tf.int64), name="found")
    tf.raw_ops.LookupTableSizeV2(table_handle=handle, name="size")
    return [Run(["found:0"], {"words:0": strings(["a"])}, error=True), Run(targets=["fill"]), Run(["found:0", "size:0"], {"words:0": strings(["b", "z", "a"])})]


def queue():
    line = v1.FIFOQueue(3, [tf.float32], shapes=[[2]], name="line")
    x = v1.placeholder(tf.float32, [2], "x")
    line.enqueue([x], name="put")
    line.dequeue(name="take")
    line.size(name="length")
    line.close(name="shut")
    put = [Run(feeds={"x:0": f32([value, value])}, targets=["put"]) for value in (1, 2)]
    return [*put, Run(["length:0"]), Run(["take:0"]), Run(targets=["shut"]), Run(["take:0"]), Run(["take:0"], error=True)]


def padding_queue():
    line = v1.PaddingFIFOQueue(9, [tf.float32, tf.int32], shapes=[[None, 2], []], name="line")
    x, n = v1.placeholder(tf.float32, [None, 2], "x"), v1.placeholder(tf.int32, [], "n")
    line.enqueue([x, n], name="put")
    for name, components in (("two", line.dequeue_many(2)), ("rest", line.dequeue_up_to(5))):
        for i, component in enumerate(components):
            tf.identity(component, f"{name}_{i}")
    line.close(name="shut")
    put = [Run(feeds={"x:0": sample("float32", (rows, 2), rows + 1), "n:0": np.int32(rows)}, targets=["put"]) for rows in (1, 3, 0, 2)]
    return [*put, Run(["two_0:0", "two_1:0"]), Run(targets=["shut"]), Run(["rest_0:0", "rest_1:0"]), Run(["rest_0:0"], error=True)]


def sliced():
    state = v1.Variable(np.arange(12, dtype=np.float32).reshape(3, 4), use_resource=False, name="state")
    v1.global_variables_initializer()
    value = v1.placeholder(tf.float32, [None], "value")
    with tf.control_dependencies([state[1, 1:3].assign(value)]):
        tf.identity(state.read_value(), "after")
    highest = tf.raw_ops.ScatterNdMax(ref=state._variable, indices=[[0, 0], [2, 1]], updates=[5.0, 5.0])
    tf.raw_ops.ScatterNdMin(ref=highest, indices=[[0, 3], [2, 2]], updates=[2.0, 20.0], name="lowest")
    return [Run(targets=["init"]), Run(["after:0"], {"value:0": f32([-1, -2])}), Run(["lowest:0"]), Run(["after:0"], {"value:0": f32([1, 2, 3])}, error=True)]


def mixed():
    x = v1.placeholder(tf.uint8, [None, 4], "x")
    wide = tf.cast(x, tf.int32) * 300 - 7
    tf.cast(wide, tf.int8, name="narrow")
    tf.divide(tf.cast(x, tf.float16), 3, name="half")
    tf.bitcast(tf.cast(x, tf.float32), tf.int32, name="bits")
    tf.cast(tf.cast(wide, tf.bfloat16), tf.float32, name="rounded")
    tf.reduce_sum(tf.bitwise.left_shift(tf.cast(x, tf.int64), 33), 1, name="long")
    tf.math.logical_xor(x > 100, tf.cast(wide % 2, tf.bool), name="odd")
    return [Run(["narrow:0", "half:0", "bits:0", "rounded:0", "long:0", "odd:0"], {"x:0": sample("uint8", (2, 4), 3, 0, 255)})]


def texts():
    words = v1.placeholder(tf.string, [None], "words")
    longer = tf.boolean_mask(words, tf.strings.length(words) > 1)
    tf.strings.join([longer, tf.strings.as_string(tf.range(tf.size(longer)))], "-", name="numbered")
    tf.identity(tf.strings.reduce_join(tf.reverse(words, [0]), separator=" "), "sentence")
    tf.equal(words, "a", name="is_a")
    tf.where(tf.equal(words, ""), tf.fill(tf.shape(words), "empty"), words, name="filled")
    return [Run(["numbered:0", "sentence:0", "is_a:0", "filled:0"], {"words:0": value}) for value in (strings(["abc", "a", "", "zz"]), strings([]))]


def lists():
    x = v1.placeholder(tf.float32, [None, 2], "x")
    handle = tf.raw_ops.TensorListFromTensor(tensor=x, element_shape=[2])
    handle = tf.raw_ops.TensorListPushBack(input_handle=handle, tensor=[9.0, 9.0])
    handle = tf.raw_ops.TensorListSetItem(input_handle=handle, index=0, item=[-1.0, -1.0])
    rest, last = tf.raw_ops.TensorListPopBack(input_handle=handle, element_shape=[2], element_dtype=tf.float32)
    tf.raw_ops.TensorListStack(input_handle=rest, element_shape=[2], element_dtype=tf.float32, name="stacked")
    tf.identity(last, "last")
    tf.raw_ops.TensorListLength(input_handle=handle, name="length")
    tf.raw_ops.TensorListGather(input_handle=handle, indices=[1, 0], element_shape=[2], element_dtype=tf.float32, name="gathered")
    return [Run(["stacked:0", "last:0", "length:0", "gathered:0"], {"x:0": sample("float32", (3, 2), 3)})]


def chain():
    x = v1.placeholder(tf.float32, [None, 5], "x")
    row = tf.constant([0.5, -1.0, 2.0, 0.1, 3.0])
    y = tf.sigmoid(x * row + 1.0) - tf.tanh(x)[:, ::-1]
    y = tf.where(y > 0, tf.sqrt(tf.abs(y)), tf.math.softplus(y)) / (tf.reduce_max(tf.abs(x), 1, keepdims=True) + 1.0)
    y = tf.clip_by_value(tf.minimum(y, row) * tf.maximum(x, -1.0) + tf.math.floormod(x, 0.7), -2.0, 2.0)
    tf.reduce_sum(tf.exp(-y) * tf.math.rsqrt(tf.square(x) + 0.1), 0, name="columns")
    tf.identity(y, "y")
    return [Run(["y:0", "columns:0"], {"x:0": sample("float32", (rows, 5), 3)}) for rows in (3, 8, 1)]


def diamonds():
    x = v1.placeholder(tf.float32, [4, 4], "x")
    a = tf.matmul(x, x, name="a")
    b, c = tf.nn.relu(a), tf.nn.relu(-a)
    d = tf.matmul(b, c, transpose_b=True) + a
    tf.concat([b - c, d, x], 1, name="joined")
    tf.reduce_mean(tf.transpose(d) * b, name="mean")
    tf.multiply(tf.matmul(x, x), 2.0, name="same_again")
    return [Run(["joined:0", "mean:0", "same_again:0", "a:0"], {"x:0": sample("float32", (4, 4), 3, -1, 1)})]


def scrambled():
    """Nodes in an order that is not topological, inputs spelled with and without port, default attributes left out."""
    item = build("nodes in any order", diamonds)
    nodes = list(item.graph_def.node)[::-1]
    item.graph_def.ClearField("node")
    for number, node in enumerate(nodes):
        copy = item.graph_def.node.add()
        copy.CopyFrom(node)
        for at, name in enumerate(copy.input):
            if number % 2 and ":" not in name and not name.startswith("^"):
                copy.input[at] = f"{name}:0"
        for key in ("transpose_a", "transpose_b", "_output_shapes"):
            if key in copy.attr and not copy.attr[key].b:
                del copy.attr[key]
    return GraphCase(item.name, item.graph_def, item.runs)
