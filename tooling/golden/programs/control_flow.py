"""Branches and loops."""

from program_case import error_of, nodes, program, tf


@program
def branches(say):
    p = tf.placeholder(tf.bool, [], name="p")
    x = tf.placeholder(tf.float32, [2], name="x")
    c = tf.constant(10.0, name="c")
    y = tf.cond(p, lambda: tf.add(x, c, name="plus"), lambda: tf.constant([1.0, 2.0], name="other"))
    say(y.name, y.shape.as_list(), nodes())
    with tf.Session() as sess:
        say(sess.run(y, {p: True, x: [1, 2]}), sess.run(y, {p: False, x: [1, 2]}))
        say(error_of(lambda: sess.run("cond/plus:0", {p: True, x: [1, 2]})), error_of(lambda: sess.run(y.op.inputs[1], {p: True, x: [1, 2]})))


@program
def branches_of_structures(say):
    p = tf.placeholder(tf.bool, [], name="p")
    x = tf.placeholder(tf.float32, [], name="x")
    pair = tf.cond(p, lambda: (x, {"b": x + 1.0, "a": -x}), lambda: (x * 2.0, {"b": x, "a": tf.constant(7.0)}))
    single = tf.cond(p, lambda: [x], lambda: [x + 1.0])
    strict = tf.cond(p, lambda: [x], lambda: [x + 1.0], strict=True, name="strict")
    passed = tf.cond(p, lambda: x, lambda: 5.0)
    say(pair[0].name, pair[1]["a"].name, pair[1]["b"].name, single.name, [t.name for t in strict], passed.name)
    with tf.Session() as sess:
        for value in (True, False):
            say(sess.run([pair[0], pair[1], single, strict, passed], {p: value, x: 3}))


@program
def branches_with_effects(say):
    p = tf.placeholder(tf.bool, [], name="p")
    v = tf.Variable(1.0, name="v")
    w = tf.Variable(1.0, name="w", use_resource=True)
    changed = tf.cond(p, lambda: v.assign_add(10.0), lambda: v.assign(tf.constant(-1.0)))
    grouped = tf.cond(p, lambda: tf.group(w.assign_add(5.0)), lambda: tf.no_op())
    reads = tf.cond(p, lambda: v * 2.0, lambda: w * 3.0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        say(sess.run(changed, {p: True}), sess.run(v), sess.run(changed, {p: False}), sess.run(v))
        say(sess.run(grouped, {p: True}), sess.run(w), sess.run(grouped, {p: False}), sess.run(w))
        say(sess.run(reads, {p: True}), sess.run(reads, {p: False}))


@program
def branches_in_branches(say):
    p = tf.placeholder(tf.bool, [], name="p")
    q = tf.placeholder(tf.bool, [], name="q")
    x = tf.placeholder(tf.float32, [], name="x")

    def inner():
        return tf.cond(q, lambda: x * 2.0, lambda: x + tf.constant(100.0))

    y = tf.cond(p, inner, lambda: -x)
    say(nodes())
    with tf.Session() as sess:
        say([sess.run(y, {p: a, q: b, x: 3}) for a in (True, False) for b in (True, False)])


@program
def branches_that_do_not_fit(say):
    p = tf.placeholder(tf.bool, [], name="p")
    x = tf.constant(1.0)
    say(error_of(lambda: tf.cond(True, lambda: x, lambda: x)), error_of(lambda: tf.cond(p, x, lambda: x)), error_of(lambda: tf.cond(p, lambda: None, lambda: x)),
        error_of(lambda: tf.cond(p, lambda: (x, x), lambda: (x, x, x))), error_of(lambda: tf.cond(p, lambda: x, lambda: tf.constant(1))),
        error_of(lambda: tf.cond(p, lambda: [], lambda: [])), error_of(lambda: tf.cond(x, lambda: x, lambda: x)))


@program
def loops(say):
    n = tf.placeholder(tf.int32, [], name="n")
    step = tf.constant(2.0, name="step")
    i, total = tf.while_loop(lambda i, total: tf.less(i, n, name="below"), lambda i, total: (tf.add(i, 1, name="next"), tf.add(total, step, name="more")), [tf.constant(0, name="i0"), tf.constant(0.0, name="t0")])
    say(i.name, total.name, nodes())
    say([[op.name, op.get_attr("frame_name"), op.get_attr("is_constant"), op.get_attr("parallel_iterations")] for op in tf.get_default_graph().get_operations() if op.type == "Enter"])
    with tf.Session() as sess:
        say(sess.run([i, total], {n: 5}), sess.run([i, total], {n: 0}))
        say(error_of(lambda: sess.run("while/more:0", {n: 5})), error_of(lambda: sess.run(total, {n: 5, "while/more:0": 1})))


@program
def loops_of_structures(say):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    single = tf.while_loop(lambda a: tf.reduce_sum(a) < 100.0, lambda a: a * 2.0, [x])
    same = tf.while_loop(lambda a: tf.reduce_sum(a) < 100.0, lambda a: [a * 3.0], [x], return_same_structure=True)
    nested = tf.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, {"a": s["a"] + s["b"], "b": s["b"]}), (tf.constant(0), {"a": x, "b": tf.ones_like(x)}))
    grows = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, tf.concat([a, a], 0)), (tf.constant(0), x), shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, 2])), parallel_iterations=1)
    capped = tf.while_loop(lambda i: True, lambda i: i + 1, [tf.constant(0)], maximum_iterations=4)
    say(single.shape.as_list(), len(same), grows[1].shape.as_list(), capped.name)
    with tf.Session() as sess:
        say(sess.run([single, same, nested[0], nested[1], capped], {x: [[1, 2], [3, 4]]}))
        say(sess.run(grows, {x: [[1, 2]]}))


@program
def loops_in_loops(say):
    n = tf.placeholder(tf.int32, [], name="n")

    def outer(i, total):
        row = tf.while_loop(lambda j, t: j < i, lambda j, t: (j + 1, t + tf.cast(i * j, tf.float32)), [tf.constant(0), total])
        return i + 1, row[1]

    result = tf.while_loop(lambda i, t: i < n, outer, [tf.constant(0), tf.constant(0.0)])
    with_branch = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, tf.cond(tf.equal(i % 2, 0), lambda: a + 10.0, lambda: a * 2.0)), [tf.constant(0), tf.constant(1.0)])
    in_branch = tf.cond(n > 2, lambda: tf.while_loop(lambda i: i < n * 2, lambda i: i + n, [tf.constant(0)]), lambda: tf.constant(-1))
    with tf.Session() as sess:
        for value in (0, 1, 2, 5):
            say(sess.run([result, with_branch, in_branch], {n: value}))


@program
def loops_over_variables(say):
    v = tf.Variable(0.0, name="v")
    w = tf.Variable([1.0, 1.0], name="w", use_resource=True)

    def body(i):
        with tf.control_dependencies([v.assign_add(2.0), w.assign_add([1.0, 2.0])]):
            return i + 1

    loop = tf.while_loop(lambda i: i < 4, body, [tf.constant(0)])
    reads = tf.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, s + v + w), [tf.constant(0), tf.zeros([2])])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        say(sess.run(loop), sess.run(v), sess.run(w), sess.run(reads))


@program
def loops_that_wait(say):
    a = tf.Variable(1.0, name="a")
    set_a = a.assign(5.0)
    with tf.control_dependencies([set_a]):
        loop = tf.while_loop(lambda i, s: i < 2, lambda i, s: (i + 1, s + tf.constant(1.0)), [tf.constant(0), tf.constant(0.0)])
    out = [op for op in tf.get_default_graph().get_operations() if op.type == "Enter"]
    say([[op.name, [c.name for c in op.control_inputs]] for op in out])
    with tf.Session() as sess:
        sess.run(a.initializer)
        say(sess.run(loop), sess.run(a))
    outside = tf.constant(3.0, name="outside")
    inside = []

    def body(i):
        with tf.control_dependencies([outside.op, set_a.op]):
            inside.append(tf.identity(i, name="kept"))
        return inside[0] + 1

    loop = tf.while_loop(lambda i: i < 2, body, [tf.constant(0)], name="again")
    say([[op.name, op.type, [c.name for c in op.control_inputs]] for op in inside[0].op.control_inputs])
    with tf.Session() as sess:
        sess.run(a.initializer)
        say(sess.run(loop), sess.run(a))


@program
def loops_that_do_not_fit(say):
    zero, x = tf.constant(0), tf.placeholder(tf.float32, [None], name="x")
    say(error_of(lambda: tf.while_loop(lambda: True, lambda: 1, [])), error_of(lambda: tf.while_loop(zero, lambda i: i, [zero])),
        error_of(lambda: tf.while_loop(lambda i: i < 1, zero, [zero])), error_of(lambda: tf.while_loop(lambda i: i < 1, lambda i: i, [zero], parallel_iterations=0)),
        error_of(lambda: tf.while_loop(lambda i: i < 1, lambda i: (i, i), [zero])),
        error_of(lambda: tf.while_loop(lambda i, a: i < 1, lambda i, a: (i + 1, tf.concat([a, a], 0)), [zero, tf.zeros([2])])),
        error_of(lambda: tf.while_loop(lambda i, a: i < 1, lambda i, a: (i + 1, a), [zero, tf.zeros([2])], shape_invariants=[tf.TensorShape([]), tf.TensorShape([3])])),
        error_of(lambda: tf.while_loop(lambda i: i < 1, lambda i: i, [zero], maximum_iterations=[1, 2])))
    kept = []
    tf.while_loop(lambda i: i < 1, lambda i: kept.append(i + 1) or kept[0], [zero])
    say(error_of(lambda: kept[0] + 1), error_of(lambda: tf.while_loop(lambda i: i < 1, lambda i: i + kept[0], [zero])))
    say(error_of(lambda: tf.while_loop(lambda i: i < 1, lambda i: i + tf.Variable(i), [zero])))


@program
def an_imported_loop(say):
    n = tf.placeholder(tf.int32, [], name="n")
    tf.while_loop(lambda i, s: i < n, lambda i, s: (i + 1, tf.cond(i > 1, lambda: s * 2.0, lambda: s + 1.0)), [tf.constant(0), tf.constant(0.0)], name="loop")
    graph_def = tf.get_default_graph().as_graph_def()
    with tf.Graph().as_default(), tf.Session() as sess:
        size, = tf.import_graph_def(graph_def, return_elements=["loop/Exit_1:0"])
        say([sess.run(size, {"import/n:0": value}) for value in (0, 1, 4)])
