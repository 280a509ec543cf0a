"""Arrays of tensors, and functions applied to element after element."""

from program_case import error_of, program, tf


@program
def arrays_of_tensors(say):
    x = tf.placeholder(tf.float32, [3, 2], name="x")
    rows = tf.TensorArray(tf.float32, size=3, clear_after_read=False).unstack(x)
    first = rows.read(0)
    growing = tf.TensorArray(tf.float32, size=0, dynamic_size=True).write(0, x[0]).write(3, x[1])
    parts = tf.TensorArray(tf.float32, size=2, infer_shape=False, clear_after_read=False).split(tf.reshape(x, [6]), tf.constant([2, 4], tf.int64))
    placed = tf.TensorArray(tf.float32, size=4, element_shape=[2]).scatter([3, 1, 0, 2], tf.concat([x, x[:1]], 0))
    say(rows.stack().shape.as_list(), first.shape.as_list(), growing.size().name, placed.gather([1, 3]).shape.as_list(), placed.dtype.name)
    with tf.Session() as sess:
        feeds = {x: [[1, 2], [3, 4], [5, 6]]}
        say(sess.run([rows.stack(), first, rows.gather([2, 0]), growing.size(), growing.read(3), growing.read(1)], feeds))
        say(sess.run([parts.concat(), parts.read(1), placed.stack(), placed.size()], feeds))
        say(error_of(lambda: tf.TensorArray(tf.float32, size=2).write(0, [1.0, 2.0]).write(1, [1.0])), error_of(lambda: sess.run(rows.read(7), feeds)))


@program
def arrays_in_loops(say):
    n = tf.placeholder(tf.int32, [], name="n")
    start = tf.TensorArray(tf.int32, size=n, clear_after_read=False)
    once = tf.TensorArray(tf.int32, size=1).write(0, 4)
    _, squares = tf.while_loop(lambda i, array: i < n, lambda i, array: (i + 1, array.write(i, i * i)), (tf.constant(0), start))
    picked = tf.cond(n > 3, lambda: squares.stack(), lambda: -squares.stack())
    with tf.Session() as sess:
        say(sess.run([squares.stack(), picked], {n: 5}), sess.run([squares.stack(), picked], {n: 2}), sess.run(squares.size(), {n: 0}))
        say(error_of(lambda: sess.run([once.read(0), once.stack()])))


@program
def mapped(say):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    i = tf.constant([3, 1, 2])
    doubled = tf.map_fn(lambda row: row * 2.0, x)
    sums = tf.map_fn(lambda row: tf.reduce_sum(row), x)
    pairs = tf.map_fn(lambda pair: (pair[0] + 1, pair[1] * 2), (i, tf.constant([1.0, 2.0, 3.0])))
    typed = tf.map_fn(lambda row: {"sum": tf.reduce_sum(row), "positive": row[0] > 0}, x, dtype={"sum": tf.float32, "positive": tf.bool})
    nested = tf.map_fn(lambda row: tf.map_fn(lambda value: value * value, row), x)
    say(doubled.shape.as_list(), sums.shape.as_list(), pairs[0].shape.as_list(), nested.shape.as_list())
    with tf.Session() as sess:
        feeds = {x: [[1, 2], [-3, 4], [5, 6]]}
        say(sess.run([doubled, sums, pairs, typed, nested], feeds))
        say(sess.run([doubled, sums], {x: [[7, 8]]}))
    say(error_of(lambda: tf.map_fn(lambda value: value, tf.constant(1.0))), error_of(lambda: tf.map_fn(lambda value: (value, value), i)))


@program
def folded(say):
    x = tf.placeholder(tf.float32, [None], name="x")
    texts = [tf.foldl(lambda a, v: a * 10.0 + v, x), tf.foldr(lambda a, v: a * 10.0 + v, x)]
    begun = [tf.foldl(lambda a, v: a - v, x, initializer=100.0), tf.foldr(lambda a, v: a - v, x, initializer=tf.constant(100.0))]
    two = tf.foldl(lambda a, v: (a[0] + v[0], tf.maximum(a[1], v[1])), (x, -x), initializer=(0.0, -9.0))
    with tf.Session() as sess:
        say(sess.run([texts, begun, two], {x: [1, 2, 3]}), sess.run([texts, begun], {x: [4]}), sess.run(begun, {x: []}))


@program
def scanned(say):
    x = tf.placeholder(tf.float32, [4], name="x")
    sums = tf.scan(lambda a, v: a + v, x)
    backwards = tf.scan(lambda a, v: a + v, x, reverse=True)
    begun = tf.scan(lambda a, v: a * v, x, initializer=2.0)
    fibonacci = tf.scan(lambda a, _: (a[1], a[0] + a[1]), tf.zeros([6]), initializer=(0, 1))
    rows = tf.scan(lambda a, row: a * 0.5 + row, tf.reshape(x, [2, 2]), reverse=True)
    say(sums.shape.as_list(), begun.shape.as_list(), fibonacci[0].shape.as_list())
    with tf.Session() as sess:
        say(sess.run([sums, backwards, begun, fibonacci, rows], {x: [1, 2, 3, 4]}))
