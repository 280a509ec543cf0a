"""The first programs: graphs, variables, queues, scopes, feeds, fetches, default sessions."""

import threading

import numpy as np

from program_case import error_of, program, tf


@program
def affine(say):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    w = tf.constant([[1.0, 2.0], [3.0, 4.0]], name="w")
    b = tf.constant([0.5, -0.5], name="b")
    y = tf.nn.relu(tf.matmul(x, w) + b, name="y")
    say(y.name, y.op.type, y.shape.as_list(), [op.name for op in tf.get_default_graph().get_operations()])
    with tf.Session() as sess:
        say(sess.run(y, {x: [[1, 1], [-1, -1]]}), sess.run([y, x], feed_dict={"x:0": [[0.5, 0.25]]}))


@program
def counter(say):
    count = tf.Variable(0, name="count")
    step = tf.assign_add(count, 1)
    init = tf.global_variables_initializer()
    say(count.name, count.op.type, init.name, step.op.name, [op.name for op in tf.get_default_graph().get_operations()])
    with tf.Session() as sess:
        say(error_of(lambda: sess.run(count)))
        sess.run(init)
        say([sess.run(step) for _ in range(3)], sess.run(count))
    with tf.Session() as sess:
        say(error_of(lambda: sess.run(step)))


@program
def shared_variables(say):
    def layer(x):
        with tf.variable_scope("layer", reuse=tf.AUTO_REUSE):
            w = tf.get_variable("w", [2, 2], initializer=tf.constant_initializer(2.0))
            return tf.matmul(x, w)

    y = layer(layer(tf.constant([[1.0, 2.0]])))
    say([v.name for v in tf.global_variables()], [v.name for v in tf.trainable_variables()], y.name)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        say(sess.run(y))


@program
def ordered_by_control_dependencies(say):
    v = tf.Variable(1.0, name="v")
    double = v.assign(v * 2.0)
    with tf.control_dependencies([double]):
        after = tf.identity(v.read_value(), name="after")
        outside = None
        with tf.control_dependencies(None):
            outside = tf.constant(1.0, name="outside")
    say([op.name for op in after.op.control_inputs], [op.name for op in outside.op.control_inputs])
    with tf.Session() as sess:
        sess.run(v.initializer)
        say(sess.run(after), sess.run(after), sess.run(v))


@program
def producer_and_consumer(say):
    queue = tf.FIFOQueue(3, [tf.float32], shapes=[[]], name="queue")
    put = queue.enqueue_many([[1.0, 2.0, 3.0, 4.0, 5.0]])
    take = queue.dequeue()
    rest = queue.dequeue_up_to(10)
    close = queue.close()
    say(put.name, take.name, rest.name, close.name, queue.size().name)
    with tf.Session() as sess:
        thread = threading.Thread(target=lambda: sess.run(put))
        thread.start()
        say([sess.run(take) for _ in range(3)])
        thread.join()
        sess.run(close)
        say(sess.run(rest), error_of(lambda: sess.run(take)), error_of(lambda: sess.run(put)))


@program
def a_step_in_parts(say):
    a, b, c = [tf.placeholder(tf.float32, [], name=name) for name in "abc"]
    r1 = a + b
    r2 = r1 * c
    with tf.Session() as sess:
        h = sess.partial_run_setup([r1, r2], [a, b, c])
        first = sess.partial_run(h, r1, {a: 1, b: 2})
        say(first, sess.partial_run(h, r2, {c: first * 17}))
        say(error_of(lambda: sess.partial_run(h, r2, {c: 1})))


@program
def scopes_of_names(say):
    names = []
    with tf.name_scope("a") as a:
        names.append(tf.constant(1.0, name="x").op.name)
        with tf.name_scope("b") as b:
            names.append(tf.constant(1.0).op.name)
        with tf.name_scope("b"):
            names.append(tf.constant(1.0).op.name)
        with tf.name_scope(a):
            names.append(tf.constant(1.0, name="x").op.name)
    with tf.name_scope("a"):
        names.append(tf.constant(1.0, name="x").op.name)
    say(a, b, names, tf.get_default_graph().unique_name("a"))


@program
def devices_of_operations(say):
    with tf.device("/cpu:0"):
        a = tf.constant(1.0, name="a")
        with tf.device("/gpu:1"):
            b = tf.constant(1.0, name="b")
        with tf.device("/job:worker"):
            c = tf.constant(1.0, name="c")
        with tf.device(None):
            d = tf.constant(1.0, name="d")
        with tf.device(lambda op: "/gpu:7" if op.name == "e" else ""):
            e = tf.constant(1.0, name="e")
            f = tf.constant(1.0, name="f")
    say([x.device for x in (a, b, c, d, e, f)])


@program
def copied_graph(say):
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.add(x, 1.0, name="y")
    graph_def = tf.get_default_graph().as_graph_def()
    graph = tf.Graph()
    with graph.as_default():
        z = tf.constant([10.0, 20.0], name="z")
        y, op = tf.import_graph_def(graph_def, input_map={"x:0": z}, return_elements=["y:0", "y"], name="copy")
    say(y.name, op.name, [op.name for op in graph.get_operations()])
    with tf.Session(graph=graph) as sess:
        say(sess.run(y), error_of(lambda: sess.run(x)))


@program
def defaults_and_feeds(say):
    x = tf.placeholder_with_default([1.0, 2.0], [2], name="x")
    c = tf.constant(3.0)
    y = x * c
    with tf.Session() as sess:
        say(sess.run(y), sess.run(y, {x: [5, 6]}), sess.run(y, {c: 10}), sess.run([x, y], {x: [7, 8]}))
        say(error_of(lambda: sess.run(y, {x: [1, 2, 3]})), error_of(lambda: sess.run(y, {x: "a"})), error_of(lambda: sess.run(y, {"nothing:0": 1})),
            error_of(lambda: sess.run(y, {c: c})), error_of(lambda: sess.run("nothing:0")), error_of(lambda: sess.run(None)), error_of(lambda: sess.run(3)))


@program
def conversions_of_feeds(say):
    kinds = [tf.float32, tf.int32, tf.uint8, tf.bool, tf.int64, tf.float64]
    holders = [tf.placeholder(kind, None) for kind in kinds]
    with tf.Session() as sess:
        for holder in holders:
            say(holder.dtype.name, *[sess.run(holder, {holder: value}) if error_of(lambda v=value: sess.run(holder, {holder: v})) == "none"
                else error_of(lambda v=value: sess.run(holder, {holder: v})) for value in (1, 0, 300, [1, 0], [2.5, -1.5], True, [True, False], 2.5)])


@program
def callables(say):
    a = tf.placeholder(tf.float32, [], name="a")
    b = tf.placeholder(tf.float32, [], name="b")
    c = a - b
    d = tf.constant(4.0)
    with tf.Session() as sess:
        minus = sess.make_callable(c, feed_list=[a, b])
        say(minus(5, 3), sess.make_callable([d, {"d": d}])(), sess.make_callable(d.op)())
        closed = sess.make_callable(d)
    say(error_of(closed), error_of(lambda: minus(1, 2)))


@program
def named_collections(say):
    graph = tf.get_default_graph()
    one = tf.constant(1.0, name="scope/one")
    two = tf.constant(2.0, name="other/two")
    tf.add_to_collection("mine", one)
    tf.add_to_collection("mine", two)
    say([t.name for t in tf.get_collection("mine")], [t.name for t in tf.get_collection("mine", scope="scope")], tf.get_collection("none"), graph.version)
    graph.finalize()
    say(error_of(lambda: tf.constant(3.0)), error_of(lambda: tf.add_to_collection("mine", 1)))


@program
def static_shapes(say):
    x = tf.placeholder(tf.float32, [None, 4, 3], name="x")
    tensors = [x, tf.reshape(x, [-1, 12]), tf.transpose(x, [0, 2, 1]), tf.reduce_sum(x, axis=1), tf.expand_dims(x, 0), tf.concat([x, x], axis=2), x[:, 1:3], x[0],
               tf.stack([x, x], axis=1), tf.tile(x, [1, 2, 1]), tf.shape(x)]
    say([t.shape.as_list() for t in tensors])
    with tf.Session() as sess:
        say([list(v.shape) for v in sess.run(tensors, {x: np.zeros([2, 4, 3], np.float32)})])


@program
def reductions(say):
    x = tf.constant([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])
    with tf.Session() as sess:
        say(sess.run({"sum": tf.reduce_sum(x), "mean": tf.reduce_mean(x, axis=0), "max": tf.reduce_max(x, axis=1, keepdims=True), "arg": tf.argmax(x, 1),
                      "any": tf.reduce_any(x > 4.0), "prod": tf.reduce_prod(x, [0, 1]), "softmax": tf.nn.softmax(x), "norm": tf.norm(x)}))


@program
def strings(say):
    words = tf.constant(["alpha", "beta"])
    with tf.Session() as sess:
        say(sess.run([tf.string_join([words, words], separator="-"), tf.strings.length(words), tf.strings.substr(words, 1, 2), tf.as_string(tf.constant([1, 2])),
                      tf.strings.upper(words)]))


@program
def structures(say):
    a, b = tf.constant(1.0), tf.constant([2.0, 3.0])
    with tf.Session() as sess:
        say(sess.run([a, [b, [a]], {"k": b, "l": [a]}]), sess.run([]), sess.run({}), sess.run([[], {}]), sess.run(a.op), sess.run([a.op, a, a]))


@program
def sparse(say):
    holder = tf.sparse_placeholder(tf.float32)
    fixed = tf.SparseTensor([[0, 1], [2, 0]], [5.0, 6.0], [3, 4])
    with tf.Session() as sess:
        value = sess.run(holder, {holder: ([[0, 0]], [1.0], [2, 2])})
        say(value.indices, value.values, value.dense_shape)
        value = sess.run([fixed])[0]
        say(value.indices, value.values, value.dense_shape)


@program
def interactive(say):
    sess = tf.InteractiveSession()
    x = tf.placeholder(tf.float32, [])
    y = x * x
    v = tf.Variable(3.0)
    v.initializer.run()
    say(y.eval({x: 3}), v.eval(), tf.get_default_session() is sess)
    sess.close()
    say(tf.get_default_session() is None, error_of(lambda: y.eval({x: 1})), error_of(lambda: sess.run(y, {x: 1})))


@program
def default_sessions(say):
    a = tf.constant(1.0)
    sess = tf.Session()
    say(error_of(lambda: a.eval()), error_of(lambda: a.op.run()))
    with sess.as_default():
        say(a.eval(), tf.get_default_session() is sess)
        with tf.Graph().as_default():
            other = tf.constant(2.0)
            say(error_of(lambda: other.eval()), error_of(lambda: other.eval(session=sess)))
    with sess:
        say(a.eval(), error_of(sess.__enter__))
    say(error_of(lambda: sess.run(a)))


@program
def checks(say):
    x = tf.placeholder(tf.float32, [2], name="x")
    ok = tf.Assert(tf.reduce_all(x > 0), [x])
    with tf.control_dependencies([ok]):
        y = tf.log(x)
    with tf.Session() as sess:
        say(sess.run(y, {x: [1, 1]}), error_of(lambda: sess.run(y, {x: [1, -1]})), error_of(lambda: sess.run(y)))
        z = tf.gather([1.0, 2.0], tf.placeholder(tf.int32, [], name="i"))
        say(sess.run(z, {"i:0": 1}), error_of(lambda: sess.run(z, {"i:0": 2})))
        say(error_of(lambda: tf.matmul(tf.zeros([2, 3]), tf.zeros([2, 3]))), error_of(lambda: tf.reshape(tf.zeros([4]), [3])), error_of(lambda: tf.constant(1.0) + tf.constant(1)))


@program
def seeds(say):
    tf.set_random_seed(7)
    u = tf.random_uniform([3], seed=3)
    n = tf.random_normal([2], seed=1)
    with tf.Session() as sess:
        say(sess.run(u), sess.run(u), sess.run(n))
    with tf.Session() as sess:
        say(sess.run(u), sess.run(n))


@program
def kept_on_the_device(say):
    a = tf.constant([1.0, 2.0])
    handle = tf.get_session_handle(a * 3.0)
    with tf.Session() as sess:
        h = sess.run(handle)
        holder, value = tf.get_session_tensor(h.handle, tf.float32)
        say(sess.run(value + 1.0, {holder: h.handle}), h.eval())
        h.delete()
        say(error_of(lambda: sess.run(value, {holder: h.handle})))
