"""Sessions: what may be fetched and fed, in which order it is checked, steps in parts, callables, misuse."""

import collections

import numpy as np

from program_case import error_of, plain, program, text_of, tf


@program
def names_as_fetches(say):
    a, b = tf.split(tf.constant([1.0, 2.0], name="values"), 2, name="parts")
    with tf.Session() as sess:
        say(sess.run("parts:1"), sess.run(["parts:0", "values", "values:0"]), sess.run({"op": "parts", "again": ["parts:0", b]}))
        for name in ("gone", "gone:0", "parts:2", "parts:-1", "parts:x", "parts:0:0", "^values", "", ":0", "parts:"):
            say(name, error_of(lambda: sess.run(name)))


@program
def fetches_that_are_none(say):
    a = tf.constant(1.0, name="a")
    with tf.Graph().as_default():
        other = tf.constant(2.0, name="other")
    with tf.Session() as sess:
        say([error_of(lambda f=f: sess.run(f)) for f in (None, [None], {"k": None}, 3, 2.5, [a, 3], other, other.op, [a, [other]])])
        say(sess.run([]), sess.run(()) == (), sess.run({}), sess.run([[], {}, [{}]]), sess.run([a.op]), sess.run({"a": a.op, "b": [a.op, a]}))


@program
def orders_of_checks(say):
    graph = tf.get_default_graph()
    with tf.Session() as sess:
        say(error_of(lambda: sess.run([])), error_of(lambda: sess.run(None)), error_of(lambda: sess.run("a:0", {"b:0": 1})))
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.multiply(x, 2.0, name="y")
    graph.prevent_feeding(y)
    sess = tf.Session()
    say(error_of(lambda: sess.run("gone:0", {"also_gone:0": 1})), error_of(lambda: sess.run("gone:0", {x: [1, 2, 3]})), error_of(lambda: sess.run("gone:0", {x: [1, 2]})))
    say(error_of(lambda: sess.run(y, {x: "text"})), error_of(lambda: sess.run(y, {x: ["a", "b", "c"]})), error_of(lambda: sess.run(y, {x: [1, 2], y: [1, 2, 3]})))
    say(error_of(lambda: sess.run(y, {y: [1, 2]})), error_of(lambda: sess.run(y, {x: x})), error_of(lambda: sess.run(y, {"x": [1, 2]})), error_of(lambda: sess.run(y, {y.op: [1, 2]})))
    say(text_of(lambda: sess.run(y, {"x": [1, 2]})), text_of(lambda: sess.run(y, {"gone:0": 1})), text_of(lambda: sess.run(y, {x.op: 1}))[:50])
    sess.close()
    say(text_of(lambda: sess.run(None)), text_of(lambda: sess.run("gone:0", {"gone": 1})), text_of(lambda: sess.partial_run_setup([y], [x])), text_of(lambda: sess.partial_run("h", y)))


@program
def integers_as_feeds(say):
    with tf.Session() as sess:
        for kind, values in ((tf.int8, (127, 128, -128, -129)), (tf.uint8, (255, 256, -1)), (tf.int16, (32767, 40000)), (tf.uint16, (65535, 65536)), (tf.int32, (2**31 - 1, 2**31)),
                             (tf.int64, (2**53, -2**63)), (tf.float32, (16777216, 2**31)), (tf.float16, (2048, 65504)), (tf.float64, (2**53,)), (tf.bool, (0, 1, 2)),
                             (tf.string, (1,)), (tf.complex64, (3,))):
            x = tf.placeholder(kind, [])
            y = tf.identity(x)
            for value in values:
                error = error_of(lambda: sess.run(y, {x: value}))
                say(kind.name, str(value), error)


@program
def feeds_are_converted(say):
    f, i, b = tf.placeholder(tf.float32, None), tf.placeholder(tf.int32, None), tf.placeholder(tf.bool, None)
    outs = {"f": f + 0.0, "i": i + 0, "b": tf.logical_not(b)}
    with tf.Session() as sess:
        say(sess.run(outs["i"], {i: 2.75}), sess.run(outs["i"], {i: [-2.75, 2.75]}), sess.run(outs["i"], {i: True}), sess.run(outs["f"], {f: [True, False]}))
        say(sess.run(outs["f"], {f: [[1], [2]]}), sess.run(outs["f"], {f: []}).tolist(), sess.run(outs["f"], {f: [[], []]}).shape == (2, 0), sess.run(outs["b"], {b: [0, 3]}), sess.run(outs["b"], {b: 0.5}))
        say(error_of(lambda: sess.run(outs["f"], {f: [[1, 2], [3]]})), error_of(lambda: sess.run(outs["f"], {f: [1, [2]]})), error_of(lambda: sess.run(outs["i"], {i: "a"})))
        say(sess.run(outs["f"], {f: np.arange(4, dtype=np.int32).reshape(2, 2)}), sess.run(outs["i"], {i: np.float64(3.9)}), sess.run(outs["f"], {f: np.array(3, np.int64)}))
        say(sess.run([f, f], {f: 7})[1].dtype.name, sess.run(f, {f: [1, 2]}), sess.run({"x": f, "y": outs["f"]}, {f: 4}))


@program
def strings_as_feeds(say):
    s = tf.placeholder(tf.string, None)
    y = tf.string_join([s, "!"])
    fixed = tf.placeholder(tf.string, [2])
    with tf.Session() as sess:
        say(sess.run(y, {s: "a"}), sess.run(y, {s: ["a", "bc"]}), sess.run(y, {s: [["x"], ["\u00e9"]]}), sess.run(y, {s: b"bytes"}), sess.run(y, {s: ""}))
        say(sess.run(tf.strings.length(s), {s: ["\x00\x01", "\u00e9", ""]}), sess.run(s, {s: ["a\x00", "b"]}))
        say(error_of(lambda: sess.run(y, {s: 1})), error_of(lambda: sess.run(fixed, {fixed: ["a"]})), sess.run(tf.identity(fixed), {fixed: ["a", "b"]}))


@program
def shapes_of_feeds(say):
    some = tf.placeholder(tf.float32, [None, 3], name="some")
    scalar = tf.placeholder(tf.float32, [], name="scalar")
    anything = tf.placeholder(tf.float32, name="anything")
    known = tf.constant([1.0, 2.0], name="known")
    y = [some + 0.0, scalar + 0.0, anything + 0.0, known + 0.0]
    with tf.Session() as sess:
        for key, value in ((some, [[1, 2, 3]]), (some, [1, 2, 3]), (some, np.zeros([0, 3])), (some, np.zeros([2, 2])), (scalar, [1]), (scalar, 1), (anything, [[[1]]]), (known, [3, 4]), (known, [3, 4, 5]), (known, 3)):
            say(key.op.name, np.shape(value), error_of(lambda: sess.run(y[[some, scalar, anything, known].index(key)], {key: value})))
        reshaped = tf.reshape(anything, [2, -1])
        say(reshaped.shape.as_list(), sess.run(reshaped, {anything: [1, 2, 3, 4]}), error_of(lambda: sess.run(reshaped, {anything: [1, 2, 3]})), sess.run(reshaped + 1.0, {reshaped: [[5], [6]]}))


@program
def inner_tensors_as_feeds(say):
    x = tf.placeholder(tf.float32, [], name="x")
    a = tf.multiply(x, 2.0, name="a")
    parts = tf.split(tf.fill([2], a), 2, name="parts")
    total = tf.add_n([parts[0], parts[1], tf.reshape(a, [1])], name="total")
    v = tf.Variable(5.0, name="v")
    read = v + 1.0
    with tf.Session() as sess:
        say(sess.run(total, {a: 10}), sess.run(total, {parts[0]: [100], x: 1}), sess.run(total, {"parts:1": [7], "parts:0": [8], "a:0": 1}))
        say(sess.run(read, {v: 4}), error_of(lambda: sess.run(read)), sess.run(total, {total: [3]}), sess.run([total, a], {total: [3], x: 2}))
        say(error_of(lambda: sess.run(total, {parts[0]: [1]})), error_of(lambda: sess.run([a, total], {total: [0]})))


@program
def control_dependencies_of_fed_nodes(say):
    counter = tf.Variable(0, name="counter")
    bump = tf.assign_add(counter, 1)
    with tf.control_dependencies([bump]):
        a = tf.identity(tf.constant(1.0), name="a")
    b = tf.add(a, 1.0, name="b")
    with tf.control_dependencies([a]):
        c = tf.constant(9.0, name="c")
    with tf.Session() as sess:
        sess.run(counter.initializer)
        say(sess.run(b), sess.run(counter), sess.run(b, {a: 5}), sess.run(counter), sess.run(c, {a: 5}), sess.run(counter), sess.run(a, {a: 3}), sess.run(counter))


@program
def structures_of_all_kinds(say):
    Pair = collections.namedtuple("Pair", ["left", "right"])
    a, b = tf.constant(1, name="a"), tf.constant([True, False], name="b")
    s = tf.SparseTensor([[0]], [2.0], [3])
    with tf.Session() as sess:
        out = sess.run(Pair(a, {"b": b, "list": [a, Pair(b, a.op)]}))
        say(out.left, out.right["b"], out.right["list"][0], out.right["list"][1].left, out.right["list"][1].right)
        out = sess.run(collections.OrderedDict([("z", a), ("a", [s, (a, b)])]))
        say(list(out), out["a"][0].values, out["a"][0].dense_shape, out["a"][1])
        say(sess.run([a, a, [a]]), sess.run({"x": "a:0", "y": "a"}), sess.run((a, (b,))))


@program
def sparse_feeds(say):
    free = tf.sparse_placeholder(tf.float32)
    fixed = tf.sparse_placeholder(tf.float32, shape=[2, 3])
    partly = tf.sparse_placeholder(tf.float32, shape=[None, 3])
    value = tf.SparseTensorValue(np.array([[0, 1]]), np.array([5.0], np.float32), np.array([2, 3]))
    with tf.Session() as sess:
        for holder in (free, fixed, partly):
            out = sess.run(holder, {holder: value})
            say(out.indices, out.values, out.dense_shape, holder.dense_shape.op.type)
            dense = tf.sparse_tensor_to_dense(holder)
            say(sess.run(dense, {holder: value}), sess.run(dense, {holder: ([[1, 2]], [4.0], [2, 3])}))
        say(sess.run(fixed, {fixed: ([[1, 1]], [1.0])}).values, error_of(lambda: sess.run(free, {free: 1})), error_of(lambda: sess.run(free, {free: ([[1, 1]], [1.0])})))
        slices = tf.IndexedSlices(tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.int32, [None]), tf.placeholder(tf.int32, [2]))
        out = sess.run(slices, {slices: ([[1.0, 2.0]], [3], [5, 2])})
        say(out.values, out.indices, out.dense_shape)
        bare = tf.IndexedSlices(tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.int32, [None]))
        out = sess.run(bare, {bare: ([[1.0, 2.0]], [3])})
        say(out.values, out.indices, out.dense_shape is None)


@program
def keys_that_nest(say):
    a, b, c = [tf.placeholder(tf.float32, [], name=name) for name in "abc"]
    y = a + 10.0 * b + 100.0 * c
    with tf.Session() as sess:
        say(sess.run(y, {(a, b): (1, 2), c: 3}), sess.run(y, {(a, (b, c)): (1, (2, 3))}), sess.run(y, {(a, b, c): [4, 5, 6]}))
        say(error_of(lambda: sess.run(y, {(a, b): (1,), c: 3})), error_of(lambda: sess.run(y, {(a, b): (1, 2), a: 3})), error_of(lambda: sess.run(y, {(a, "gone:0"): (1, 2)})), error_of(lambda: sess.run(y, [1])))
        say(sess.run(y, {a: 1, b: 1, c: 1, "a:0": 2}))


@program
def callables_of_all_kinds(say):
    x, y = tf.placeholder(tf.float32, [], name="x"), tf.placeholder(tf.float32, [], name="y")
    c = tf.constant(3.0, name="c")
    v = tf.Variable(1.0, name="v")
    bump = v.assign_add(2.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        say(sess.make_callable(c)(), sess.make_callable([c, "c:0"])(), sess.make_callable({"k": c, "op": bump.op})(), sess.make_callable(bump.op)(), sess.run(v), sess.make_callable(v)())
        say(error_of(sess.make_callable([])), error_of(lambda: sess.make_callable("gone:0")), error_of(lambda: sess.make_callable(None)), error_of(lambda: sess.make_callable(c, feed_list=3)))
        both = sess.make_callable([x - y, x], [x, y])
        say(both(5, 3), both(5, 3, 99), error_of(lambda: both(5)), error_of(lambda: both(5, "a")), error_of(lambda: both([1, 2], 3)))
        say(sess.make_callable(c, [])(), sess.make_callable(x * 2.0, ["x:0"])(4), error_of(lambda: sess.make_callable(x * 2.0)()), error_of(sess.make_callable(c, ["gone:0"])), error_of(lambda: sess.make_callable(c, ["gone:0"])(1)))
        metadata = tf.RunMetadata()
        sess.make_callable(c + 1.0, accept_options=True)(options=tf.RunOptions(trace_level=tf.RunOptions.SOFTWARE_TRACE), run_metadata=metadata)
        say(len(metadata.step_stats.dev_stats) > 0)
        metadata = tf.RunMetadata()
        say(sess.make_callable(x * 3.0, [x])(2, options=tf.RunOptions(trace_level=tf.RunOptions.SOFTWARE_TRACE), run_metadata=metadata), len(metadata.step_stats.dev_stats) > 0)


@program
def callables_and_a_growing_graph(say):
    c = tf.constant(3.0, name="c")
    with tf.Session() as sess:
        call = sess.make_callable(c)
        d = c * 2.0
        say(call(), sess.run(d), call(), sess.make_callable(d)())
        feed = tf.placeholder(tf.float32, [])
        later = sess.make_callable("later:0", [feed])
        say(error_of(lambda: later(1)))
        tf.add(feed, 1.0, name="later")
        say(later(1))


@program
def parts_of_steps(say):
    x, y = tf.placeholder(tf.float32, [], name="x"), tf.placeholder(tf.float32, [], name="y")
    counter = tf.Variable(0.0, name="counter")
    a = tf.add(counter.assign_add(1.0), x, name="a")
    b = tf.multiply(a, y, name="b")
    with tf.Session() as sess:
        sess.run(counter.initializer)
        h = sess.partial_run_setup([a, b, b.op], [x, y])
        say(error_of(lambda: sess.partial_run(h, b, {x: 1})), sess.partial_run(h, a, {x: 10}), sess.partial_run(h, [], {y: 3}), sess.partial_run(h, [b]), sess.run(counter))
        say(error_of(lambda: sess.partial_run(h, b)), error_of(lambda: sess.partial_run("nothing", b)))
        h = sess.partial_run_setup([a, b], [x, y])
        say(sess.partial_run(h, {"b": b, "l": [a]}, {x: 1, y: 2}), error_of(lambda: sess.partial_run(h, a)))
        h = sess.partial_run_setup([b], ["a:0", y])
        say(sess.partial_run(h, b, {"a:0": 5, y: 5}))
        say(error_of(lambda: sess.partial_run_setup([], [x])), error_of(lambda: sess.partial_run_setup(None, [x])))
        h = sess.partial_run_setup([a, b], [x, y])
        say(error_of(lambda: sess.partial_run(h, a.op)), error_of(lambda: sess.partial_run(h, "a")), sess.partial_run(h, a, {x: 1}) > 0.0, sess.partial_run(h, []))
        h = sess.partial_run_setup([b], [])
        say(error_of(lambda: sess.partial_run(h, b)), error_of(lambda: sess.partial_run(h, b)))


@program
def sessions_left_and_entered(say):
    a = tf.constant(1.0)
    sess = tf.Session()
    with sess:
        say(tf.get_default_session() is sess, sess.graph is tf.get_default_graph(), text_of(sess.__enter__))
    say(text_of(lambda: sess.run(a)), tf.get_default_session() is None)
    with sess.as_default():
        say(text_of(lambda: a.eval()), text_of(lambda: a.op.run()))
    sess.close()

    def failing():
        with tf.Session() as inner:
            kept.append(inner)
            raise ValueError("mine")

    kept = []
    say(text_of(failing), error_of(lambda: kept[0].run(a)))
    with tf.Session() as first:
        with tf.Session() as second:
            say(tf.get_default_session() is second, a.eval(), a.eval(session=first))
        say(tf.get_default_session() is first, error_of(lambda: a.eval(session=second)), a.eval())


@program
def graphs_of_sessions(say):
    graph = tf.Graph()
    with graph.as_default():
        inside = tf.constant(2.0, name="c")
    outside = tf.constant(3.0, name="c")
    with tf.Session(graph=graph) as sess:
        made = tf.constant(4.0, name="made")
        say(made.graph is graph, inside.eval(), error_of(lambda: outside.eval()), sess.run("c:0"), sess.run("made:0"))
    with tf.Session() as sess:
        say(sess.run("c:0"), error_of(lambda: sess.run(inside)), [node.name for node in sess.graph_def.node])
        tf.constant(5.0, name="later")
        say([node.name for node in sess.graph_def.node], sess.run("later:0"))
    say(text_of(lambda: tf.Session("nowhere"))[:45], error_of(lambda: tf.Session(graph=3)), error_of(lambda: tf.Session(target=3)), error_of(lambda: tf.Session(config=3)))
    say(text_of(lambda: outside.eval(session=tf.Session(graph=graph))), text_of(lambda: outside.op.run(session=tf.Session(graph=graph))))


@program
def interactive_sessions(say):
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.multiply(x, 2.0, name="y")
    with tf.device("/gpu:7"):
        tf.constant(1.0, name="unplaceable")
    with tf.Session() as sess:
        say(error_of(lambda: sess.run(y, {x: 1})))
    config = tf.ConfigProto(log_device_placement=False)
    shell = tf.InteractiveSession(config=config)
    say(config.graph_options.place_pruned_graph, y.eval({x: 4}), error_of(lambda: tf.get_default_graph().get_tensor_by_name("unplaceable:0").eval()))
    with tf.Graph().as_default():
        z = tf.constant(1.0)
        say(error_of(lambda: z.eval()), tf.get_default_session() is shell)
    shell.close()
    shell.close()
    say(tf.get_default_session() is None, text_of(lambda: shell.run(y, {x: 1})))


@program
def interactive_sessions_closed_in_the_wrong_order(say):
    tf.constant(1.0)
    first = tf.InteractiveSession()
    second = tf.InteractiveSession()
    say(tf.get_default_session() is second, error_of(first.close), tf.get_default_session() is second, error_of(lambda: first.run([])), error_of(second.close), tf.get_default_session() is first)
    say(error_of(first.close))


@program
def marked_operations(say):
    graph = tf.get_default_graph()
    x = tf.constant(1.0, name="x")
    parts = tf.split(tf.constant([1.0, 2.0]), 2, name="parts")
    y = tf.add(x, 1.0, name="y")
    graph.prevent_fetching(y.op)
    graph.prevent_fetching(parts[0].op)
    graph.prevent_feeding(x)
    with tf.Session() as sess:
        say(error_of(lambda: sess.run(y)), error_of(lambda: sess.run(y.op)), error_of(lambda: sess.run({"k": [parts[1]]})), sess.run(tf.identity(y)))
        say(error_of(lambda: sess.run(x, {x: 1})), error_of(lambda: sess.run(x, {x: [1, 2]})), graph.is_feedable(x), graph.is_feedable(y), graph.is_fetchable(y), graph.is_fetchable(parts[1]), graph.is_fetchable(x))
        say(error_of(lambda: sess.make_callable(y)), error_of(lambda: sess.partial_run_setup([y])))


@program
def errors_name_their_operation(say):
    x = tf.placeholder(tf.float32, [2, 3], name="in/x")
    i = tf.placeholder(tf.int32, [], name="i")
    picked = tf.gather([1.0, 2.0], i, name="picked")
    other = tf.Variable(1.0, name="handle", use_resource=True)
    with tf.Session() as sess:
        for fetch, feeds in ((x + 1.0, {}), (picked, {i: 5}), (other, {}), (tf.floordiv(i, 0, name="quotient"), {i: 1}), (tf.reshape(x, tf.stack([i, 3]), name="shaped"), {x: np.zeros([2, 3]), i: 3})):
            try:
                sess.run(fetch, feeds)
            except tf.errors.OpError as error:
                say(type(error).__name__, error.error_code, error.op.name if error.op is not None else None, error.op.type if error.op is not None else None, error.node_def.name if error.node_def is not None else None)


@program
def assigning_what_is_fed(say):
    v = tf.Variable(1.0, name="v")
    w = tf.Variable(1.0, name="w", use_resource=True)
    sets = [v.assign(2.0), v.assign_add(1.0), w.assign(2.0)]
    read = w.value()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        say([error_of(lambda s=s: sess.run(s, {v: 5})) for s in sets], sess.run([v, w]))
        say(sess.run(v, {v: 5}), sess.run(v + 1.0, {v: 5}), sess.run(read + 1.0, {read: 5}), sess.run([v, w]))
