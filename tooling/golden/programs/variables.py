"""Variables and queues."""

from program_case import error_of, nodes, program, text_of, tf


@program
def reads_of_resource_variables(say):
    v = tf.Variable([1.0, 2.0], name="v", use_resource=True)
    change = v.assign_add([1.0, 1.0])
    with tf.control_dependencies([change]):
        product = tf.multiply(v, 2.0, name="product")
        value = tf.identity(v, name="value")
    before = tf.multiply(v, 2.0, name="before")
    say([op.name for op in product.op.control_inputs], product.op.inputs[0].name, value.op.inputs[0].name, before.op.inputs[0].name, v.value().name, v.value().name)
    with tf.Session() as sess:
        sess.run(v.initializer)
        say(sess.run(before), sess.run(product), sess.run(value), sess.run(v))


@program
def initialized_values(say):
    v = tf.Variable(3.0, name="v")
    w = tf.Variable(v.initialized_value() * 2.0, name="w")
    say(nodes())
    with tf.Session() as sess:
        sess.run(w.initializer)
        say(sess.run(w), error_of(lambda: sess.run(v)))
        sess.run(v.initializer)
        sess.run(v.assign(10.0))
        sess.run(w.initializer)
        say(sess.run(w))


@program
def initial_values_from_variables(say):
    v = tf.Variable(3.0, name="v")
    w = tf.Variable(tf.add(tf.multiply(v, 2.0, name="twice"), 1.0, name="more"), name="w")
    say([op.name for op in tf.get_default_graph().get_operations()], w.initializer.inputs[1].name, w.initial_value.name)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        say(sess.run([v, w]))
    with tf.Session() as sess:
        sess.run(w.initializer)
        say(sess.run(w), error_of(lambda: sess.run(v)))


@program
def variables_in_branches(say):
    p = tf.placeholder(tf.bool, [], name="p")
    kept = []

    def make():
        kept.append(tf.Variable(lambda: tf.constant(4.0), name="inner"))
        return kept[0] + 1.0

    y = tf.cond(p, make, lambda: tf.constant(0.0))
    say(kept[0].name, kept[0].initializer.name, kept[0].op.control_inputs == [])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        say(sess.run(y, {p: True}), sess.run(y, {p: False}), sess.run(kept[0]))
    x = tf.constant(1.0)
    say(text_of(lambda: tf.while_loop(lambda i: i < 1.0, lambda i: i + tf.Variable(i + 1.0, name="bad"), [x])))


@program
def named_components(say):
    queue = tf.FIFOQueue(4, [tf.int32, tf.float32], shapes=[[], [2]], names=["number", "pair"], name="queue")
    put = queue.enqueue({"pair": [1.0, 2.0], "number": 7})
    many = queue.enqueue_many({"number": [8, 9], "pair": [[3.0, 4.0], [5.0, 6.0]]})
    one = queue.dequeue()
    rest = queue.dequeue_many(2)
    say(sorted(one), one["pair"].name, one["number"].name, rest["pair"].shape.as_list(), queue.names)
    plain_queue = tf.FIFOQueue(4, [tf.int32])
    say(error_of(lambda: tf.FIFOQueue(4, [tf.int32], names=["a", "b"])), error_of(lambda: queue.enqueue([1, [1.0, 2.0]])), error_of(lambda: queue.enqueue({"number": 1})),
        error_of(lambda: queue.enqueue({"number": 1, "pair": [1.0, 2.0], "more": 1})), error_of(lambda: plain_queue.enqueue({"a": 1})))
    with tf.Session() as sess:
        sess.run([put])
        sess.run(many)
        say(sess.run(one), sess.run(rest))


@program
def queues_in_loops(say):
    queue = tf.FIFOQueue(10, [tf.float32], shapes=[[]], name="queue")
    fill = queue.enqueue_many([[1.0, 2.0, 3.0, 4.0]])
    total = tf.while_loop(lambda i, s: i < 4, lambda i, s: (i + 1, s + queue.dequeue()), [tf.constant(0), tf.constant(0.0)])

    def put(i):
        with tf.control_dependencies([queue.enqueue(tf.cast(i, tf.float32) * 10.0)]):
            return i + 1

    puts = tf.while_loop(lambda i: i < 3, put, [tf.constant(0)])
    with tf.control_dependencies([puts]):
        size = queue.size()
    with tf.Session() as sess:
        sess.run(fill)
        say(sess.run(total), sess.run(size), [sess.run(queue.dequeue()) for _ in range(3)])


@program
def a_loop_fed_by_its_own_run(say):
    queue = tf.FIFOQueue(1, [tf.float32], shapes=[[]], name="queue")
    total = tf.while_loop(lambda i, s: i < 4, lambda i, s: (i + 1, s + queue.dequeue()), [tf.constant(0), tf.constant(0.0)])

    def put(i):
        with tf.control_dependencies([queue.enqueue(tf.cast(i, tf.float32))]):
            return i + 1

    puts = tf.while_loop(lambda i: i < 4, put, [tf.constant(0)])
    single = queue.dequeue()
    later = queue.enqueue(5.0)
    with tf.Session() as sess:
        say(sess.run([total, puts]), sess.run([puts, total]))
        say(sess.run([single, later]), sess.run([later, single]))
