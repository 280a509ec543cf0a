"""What surrounds the making of operations: names, devices, control dependencies, collections, variable scopes."""

from program_case import error_of, nodes, program, text_of, tf


@program
def names_of_operations(say):
    graph = tf.get_default_graph()
    for name in ("a", "a", "A", "a_1", "b/c", "b/c", "b", "x.y-z", "9", ".dot", "trailing/"):
        say(name, text_of(lambda: say(tf.constant(1.0, name=name).op.name)))
    for name in ("_a", "-a", "a b", "a:0", "", "/", "\u00e9", "a//b", "a$"):
        say(name, error_of(lambda: tf.constant(1.0, name=name)))
    say(graph.unique_name("a"), graph.unique_name("a", mark_as_used=False), graph.unique_name("a"), graph.unique_name("fresh", mark_as_used=False), graph.unique_name("fresh"), graph.unique_name("B/C"))
    say(graph.version == len(graph.get_operations()), [op.name for op in graph.get_operations()])


@program
def name_scopes_in_all_forms(say):
    def made(name="c"):
        return tf.constant(1.0, name=name).op.name

    with tf.name_scope("s") as s:
        say(s, made(), made("d/e"))
        with tf.name_scope("") as root:
            say(root, made())
        with tf.name_scope("s") as inner:
            say(inner, made())
        with tf.name_scope("other/") as other:
            say(other, made())
        with tf.name_scope("deep/er") as deeper:
            say(deeper, made(), tf.get_default_graph().get_name_scope())
        with tf.name_scope(s):
            say(made())
    with tf.name_scope("s") as s:
        say(s, made())
    with tf.name_scope("S") as s:
        say(s, made())
    with tf.name_scope("s/") as s:
        say(s, made())
    say([error_of(lambda n=n: tf.name_scope(n).__enter__()) for n in ("_x", "a b", "-", "a:b", "x?")])
    with tf.name_scope("ok"):
        say([error_of(lambda n=n: tf.name_scope(n).__enter__()) for n in ("a b", "x?")])
    with tf.name_scope(None, "fallback") as s:
        say(s, made())
    with tf.name_scope(None, "fallback", [tf.constant(1.0)]) as s:
        say(s, made())
    say(error_of(lambda: tf.name_scope(None, values=[1]).__enter__()), error_of(lambda: tf.name_scope(None, default_name=3)), tf.get_default_graph().get_name_scope())


@program
def names_of_functions(say):
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    with tf.name_scope("layer"):
        y = tf.nn.softmax(tf.matmul(x, x) + 1.0)
        z = tf.reduce_mean(y, axis=0)
        w = tf.reduce_sum(tf.square(z - tf.reduce_max(z)), name="loss")
    tf.stack([w, w])
    tf.concat([x, x], 0)
    tf.zeros([2])
    tf.expand_dims(x, 0)
    tf.identity(x, name="layer/extra")
    say([name for name in [op.name for op in tf.get_default_graph().get_operations()]])


@program
def waits_in_all_forms(say):
    graph = tf.get_default_graph()
    a, b, c = [tf.constant(1.0, name=name) for name in "abc"]
    v = tf.Variable(1.0, name="v")
    with tf.control_dependencies([a, b.op, v.op]):
        one = tf.no_op(name="one")
        with tf.control_dependencies([c, a]):
            two = tf.no_op(name="two")
            three = tf.add(c, 1.0, name="three")
            four = tf.add(one_inside := tf.identity(c, name="inside"), 1.0, name="four")
            with tf.control_dependencies(None):
                five = tf.no_op(name="five")
                with tf.control_dependencies([two]):
                    six = tf.no_op(name="six")
            seven = tf.no_op(name="seven")
        with tf.control_dependencies([]):
            eight = tf.no_op(name="eight")
    nine = tf.add(a, b, name="nine")
    for x in (one, two, three.op, four.op, one_inside.op, five, six, seven, eight, nine.op):
        say(x.name, sorted(op.name for op in x.control_inputs))
    say([error_of(lambda i=i: graph.control_dependencies(i).__enter__()) for i in ([3], [None], ["gone"], 5)], error_of(lambda: tf.control_dependencies([tf.Graph()]).__enter__()))
    with tf.Graph().as_default():
        other = tf.constant(1.0)
    say(error_of(lambda: graph.control_dependencies([other]).__enter__()))


@program
def groups_and_tuples(say):
    a, b = tf.constant(1.0, name="a"), tf.constant([2.0], name="b")
    with tf.device("/cpu:1"):
        c = tf.constant(3.0, name="c")
    say(tf.group(a, b).name, tf.group().name, tf.group(a, [b, [a.op]], name="mine").name, tf.group(a, c, name="apart").name)
    x, y = tf.tuple([a, b], control_inputs=[c], name="both")
    say(x.name, y.name, tf.tuple([a, None])[1] is None, error_of(lambda: tf.tuple([])), error_of(lambda: tf.tuple([None])), error_of(lambda: tf.group(3)))
    say(nodes())


@program
def devices_in_all_forms(say):
    made = []

    def make(name):
        made.append(tf.constant(1.0, name=name))

    with tf.device("/job:worker/task:1"):
        make("a")
        with tf.device("/device:GPU:1"):
            make("b")
            with tf.device("/cpu:0"):
                make("c")
            with tf.device("/job:ps"):
                make("d")
            with tf.device(""):
                make("e")
            with tf.device(None):
                make("f")
                with tf.device("/gpu:2"):
                    make("g")
        with tf.device(lambda op: "/gpu:3"):
            make("h")
            with tf.device("/cpu:0"):
                make("i")
        with tf.device("/device:TPU:*"):
            make("j")
    say([[t.op.name, t.device] for t in made])
    say([error_of(lambda d=d: tf.device(d).__enter__()) for d in ("/cpu:x", "gpu:0", "/foo:1", "/job:a/job:b", "/device:GPU", "/replica:0", "cpu")])
    with tf.colocate_with(made[1].op):
        with tf.device("/cpu:0"):
            x = tf.constant(1.0, name="x")
    y = tf.constant(1.0, name="y")
    with tf.device("/cpu:0"):
        with tf.colocate_with(y.op, ignore_existing=True):
            z = tf.constant(1.0, name="z")
        with tf.colocate_with(x.op):
            with tf.colocate_with(y.op):
                w = tf.constant(1.0, name="w")
    say([[t.op.name, t.device, sorted(g.decode() for g in t.op.colocation_groups())] for t in (x, y, z, w)])


@program
def collections_in_all_forms(say):
    graph = tf.get_default_graph()
    a, b = tf.constant(1.0, name="scope/a"), tf.constant(1.0, name="other/b")
    graph.add_to_collections(["one", "two", "one"], a)
    graph.add_to_collections("three", 7)
    graph.add_to_collection("one", b)
    graph.add_to_collection("one", "text")
    copy = graph.get_collection("one")
    copy.append(1)
    say(len(graph.get_collection("one")), [t.name for t in graph.get_collection("one", "scope")], [t.name for t in graph.get_collection("one", "cope")], len(graph.get_collection("one", ".*")), graph.get_collection("three"))
    live = graph.get_collection_ref("one")
    live.append(9)
    graph.get_collection_ref("fresh").append(1)
    say(len(graph.get_collection("one")), graph.get_collection("fresh"), sorted(graph.collections), True)
    graph.clear_collection("one")
    graph.clear_collection("never")
    say(graph.get_collection("one"), sorted(graph.collections))
    v = tf.Variable(1.0, name="v")
    w = tf.Variable(2.0, name="w", trainable=False)
    x = tf.get_variable("x", [], collections=["mine", tf.GraphKeys.LOCAL_VARIABLES])
    say([[name, [item.name for item in tf.get_collection(name)]] for name in ("variables", "trainable_variables", "local_variables", "mine")])
    say([[variable.name for variable in variables] for variables in (tf.global_variables(), tf.trainable_variables(), tf.local_variables(), tf.global_variables("w"), tf.trainable_variables("x"))])
    graph.finalize()
    graph.finalize()
    say(error_of(lambda: graph.add_to_collection("one", 1)), error_of(lambda: graph.add_to_collections(["one"], 1)), error_of(lambda: graph.clear_collection("one")), error_of(lambda: graph.get_collection_ref("one").append(1)), graph.get_collection("one"), graph.finalized)
    with tf.Session() as sess:
        say(text_of(lambda: tf.constant(1.0)), sess.run(a), text_of(lambda: a + b))


@program
def elements_by_name(say):
    graph = tf.get_default_graph()
    a = tf.constant(1.0, name="s/a")
    parts = tf.split(tf.constant([1.0, 2.0]), 2, name="parts")
    say(graph.get_tensor_by_name("parts:1") is parts[1], graph.get_operation_by_name("s/a") is a.op, graph.as_graph_element("s/a") is a.op, graph.as_graph_element("s/a:0") is a, graph.as_graph_element(a) is a)
    for asked in ("gone", "gone:0", "parts:2", "s/a:x", "s/a:0:0", "s/a:", "", ":"):
        say(asked, error_of(lambda: graph.get_tensor_by_name(asked)), error_of(lambda: graph.get_operation_by_name(asked)), error_of(lambda: graph.as_graph_element(asked)), error_of(lambda: graph.as_graph_element(asked, allow_tensor=False)))
    say(error_of(lambda: graph.get_tensor_by_name(a)), error_of(lambda: graph.get_operation_by_name(3)), error_of(lambda: graph.as_graph_element(3)), error_of(lambda: graph.as_graph_element(a, allow_tensor=False)), error_of(lambda: graph.as_graph_element(a.op, allow_operation=False)), error_of(lambda: graph.as_graph_element(a, False, False)))
    with tf.Graph().as_default() as other:
        b = tf.constant(1.0, name="b")
    say(error_of(lambda: graph.as_graph_element(b)), error_of(lambda: graph.as_graph_element(b.op)), error_of(lambda: a + b), error_of(lambda: other.get_tensor_by_name("s/a:0")))


@program
def default_graphs(say):
    outer = tf.get_default_graph()
    graph = tf.Graph()
    with graph.as_default() as same:
        say(same is graph, tf.get_default_graph() is graph, error_of(tf.reset_default_graph))
        with outer.as_default():
            say(tf.get_default_graph() is outer)
        say(tf.get_default_graph() is graph)
    say(tf.get_default_graph() is outer)


@program
def containers(say):
    graph = tf.get_default_graph()
    with graph.container("c1"):
        v = tf.Variable(1.0, name="v")
        q = tf.FIFOQueue(2, [tf.float32], shapes=[[]], name="q")
        plain_op = tf.constant(1.0)
        with graph.container("c2"):
            w = tf.Variable(2.0, name="w")
        with graph.container(""):
            x = tf.Variable(3.0, name="x")
    say([op.get_attr("container").decode() for op in (v.op, q.queue_ref.op, w.op, x.op)], "container" in plain_op.op.node_def.attr)


@program
def variables_by_scope(say):
    def names(*variables):
        return [v.name for v in variables]

    with tf.variable_scope("a") as a:
        v = tf.get_variable("v", [])
        c = tf.constant(1.0, name="c")
        with tf.variable_scope("b", reuse=tf.AUTO_REUSE) as b:
            w = tf.get_variable("w", [2])
            again = tf.get_variable("w", [2])
            with tf.variable_scope("inner") as inner:
                say(inner.name, inner.original_name_scope, inner.reuse is tf.AUTO_REUSE)
        say(names(v, w), c.name, w is again, a.name, a.original_name_scope, b.original_name_scope, a.reuse)
    with tf.variable_scope("a", reuse=True) as again_a:
        say(tf.get_variable("v") is v, tf.get_variable("v", []) is v, again_a.original_name_scope, tf.constant(1.0, name="c").name, text_of(lambda: tf.get_variable("gone", [])))
        with tf.variable_scope("b", reuse=False):
            say(tf.get_variable_scope().reuse, tf.get_variable("w") is w)
        with tf.variable_scope("auto", reuse=tf.AUTO_REUSE):
            say(tf.get_variable_scope().reuse is tf.AUTO_REUSE, error_of(lambda: tf.get_variable("new", [])))
    with tf.variable_scope(a):
        say(error_of(lambda: tf.get_variable("v", [])), tf.constant(1.0, name="d").name)
    with tf.variable_scope("x"):
        with tf.variable_scope(a, reuse=True) as jumped:
            say(jumped.name, jumped.original_name_scope, tf.get_variable("v") is v, tf.constant(1.0, name="e").name)
    with tf.variable_scope(a, auxiliary_name_scope=False):
        say(tf.constant(1.0, name="f").name)
    with tf.name_scope("outside"):
        say(names(tf.get_variable("plain", []), tf.Variable(1.0, name="old")))
        with tf.variable_scope("vs"):
            say(names(tf.get_variable("plain", []), tf.Variable(1.0, name="old")), tf.constant(1.0, name="op").name)
        with tf.variable_scope(""):
            say(names(tf.get_variable("bare", [])), tf.constant(1.0, name="in_bare").name)
    with tf.variable_scope(""):
        say(names(tf.get_variable("empty", [])), tf.constant(1.0, name="in_empty").name)
    say([op.name for op in tf.get_default_graph().get_operations() if op.type == "VariableV2"])


@program
def mistakes_with_variables(say):
    v = tf.get_variable("v", [2], dtype=tf.float32)
    with tf.variable_scope(tf.get_variable_scope(), reuse=True):
        say(error_of(lambda: tf.get_variable("v", [3])), error_of(lambda: tf.get_variable("v", [2], tf.int32)), error_of(lambda: tf.get_variable("V", [2])), tf.get_variable("v", [None]) is v, tf.get_variable("v") is v)
        say(text_of(lambda: tf.get_variable("v", [3])), text_of(lambda: tf.get_variable("gone", [2])))
    say(error_of(lambda: tf.get_variable("v", [2])), error_of(lambda: tf.get_variable("w")), error_of(lambda: tf.get_variable("w", [None])), error_of(lambda: tf.get_variable("w", [2], initializer=tf.constant([1.0, 2.0]))))
    say(error_of(lambda: tf.get_variable("a b", [2])), error_of(lambda: tf.variable_scope(None).__enter__()), error_of(lambda: tf.variable_scope("a b").__enter__()), error_of(lambda: tf.get_variable("s", [], tf.string)))
    say(error_of(lambda: tf.Variable(None)), error_of(lambda: tf.Variable(tf.placeholder(tf.float32))), error_of(lambda: tf.Variable([1, 2], dtype=tf.string)), error_of(lambda: v.assign([1.0, 2.0, 3.0])), error_of(lambda: v.assign_add(1)))
    made = tf.get_variable("constant", initializer=tf.constant([1, 2]))
    number = tf.get_variable("number", initializer=3.0)
    say(made.dtype.base_dtype.name, made.shape.as_list(), number.dtype.base_dtype.name, number.shape.as_list(), tf.get_variable("ints", [2], tf.int32).initial_value.op.type)
    say([op.name for op in tf.get_default_graph().get_operations() if op.name.startswith(("v", "w", "constant", "number", "ints"))])


@program
def default_names_of_variable_scopes(say):
    def made(name=None, default="layer", **options):
        with tf.variable_scope(name, default, **options) as scope:
            return [scope.name, tf.get_variable("w", []).name, tf.constant(1.0, name="c").name]

    say(made(), made(), made(default="other"), made("layer_2"), made(), made("given"))
    with tf.variable_scope("outer"):
        say(made(), made())
    with tf.variable_scope("outer", reuse=tf.AUTO_REUSE) as outer:
        say(made(), made())
        with tf.variable_scope(outer):
            say(made())
        say(made())
    with tf.variable_scope("outer", reuse=tf.AUTO_REUSE):
        say(made())
    say(error_of(lambda: made(reuse=True)))


@program
def shapes_of_assignments(say):
    v = tf.Variable([1.0, 2.0], name="v")
    r = tf.Variable([1.0, 2.0], name="r", use_resource=True)
    free = tf.placeholder(tf.float32, None)
    sets = [v.assign(free), r.assign(free), tf.assign(v, free, validate_shape=False)]
    say([s.shape.rank is None for s in sets], v.shape.as_list(), r.shape.as_list())
    with tf.Session() as sess:
        sess.run([v.initializer, r.initializer])
        say(sess.run(sets[0], {free: [3, 4]}), sess.run(sets[1], {free: [5, 6]}), error_of(lambda: sess.run(sets[0], {free: [1]})), error_of(lambda: sess.run(sets[1], {free: [1]})), sess.run([v, r]))
        say(sess.run(sets[2], {free: [1, 2, 3]}), sess.run(v), sess.run(tf.is_variable_initialized(v)), sess.run(tf.report_uninitialized_variables()))


@program
def imports_into_scopes(say):
    source = tf.Graph()
    with source.as_default():
        a = tf.placeholder(tf.float32, [], name="a")
        with tf.device("/gpu:0"):
            b = tf.add(a, 1.0, name="s/b")
        with tf.control_dependencies([a]):
            tf.multiply(b, 2.0, name="c")
    graph_def = source.as_graph_def()
    with tf.name_scope("outer"):
        with tf.device("/job:worker"):
            with tf.control_dependencies([tf.constant(1.0, name="first")]):
                c, again = tf.import_graph_def(graph_def, return_elements=["c:0", "c"], name="copy")
    say(c.name, again is c.op, [[op.name, op.device, sorted(x.name for x in op.control_inputs)] for op in tf.get_default_graph().get_operations()])
    say(tf.import_graph_def(graph_def), tf.import_graph_def(graph_def, name="copy2", return_elements=[]), [op.name for op in tf.get_default_graph().get_operations() if op.name.endswith("/c")])
    x = tf.constant(5.0, name="x")
    out, = tf.import_graph_def(graph_def, {"a": x}, ["c:0"], name="mapped")
    inner, = tf.import_graph_def(graph_def, {"s/b:0": x}, ["c:0"], name="inner")
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as sess:
        say(error_of(lambda: sess.run(out)))
    say(error_of(lambda: tf.import_graph_def(graph_def, {"gone:0": x})), error_of(lambda: tf.import_graph_def(graph_def, {"a:1": x})), error_of(lambda: tf.import_graph_def(graph_def, return_elements=["gone"])), error_of(lambda: tf.import_graph_def("text")), error_of(lambda: tf.import_graph_def(graph_def, {"a": tf.constant(1)})))
