"""Random graphs for the placer, over CPUs and an XLA_CPU: devices in every spelling, colocation, references, resources, calls, loops, control edges."""

import random

from quiet_tensorflow import tf

FLOAT, INT, STRING, RESOURCE, BOOL = (tf.dtypes.as_dtype(name).as_datatype_enum for name in ("float32", "int32", "string", "resource", "bool"))
TASK = "/job:localhost/replica:0/task:0"
# A graph keeps to one family of names. In each, of two names one says all that the other says, or they contradict each other: about names that
# do neither (/job:localhost and /cpu:0), TensorFlow 1 and 2 differ.
FAMILIES = [
    {"names": ["/cpu:0", "/cpu:1", "/cpu:2", "/CPU:3", "/device:CPU:0", "/device:CPU:1", "/device:CPU:2", "/device:CPU:*", "/device:CPU", "/cpu:*"],
     "typed": ["/cpu:0", "/cpu:1", "/device:CPU:*"],
     "other": ["/device:XLA_CPU:0", "/device:XLA_CPU:*"],
     "odd": ["/device:XLA_CPU:1", "/gpu:0", "/device:GPU:*", "/cpu:7", "/device:cpu:0", "/device:TPU:0", "/cpu", "foobar", "/cpu:x"]},
    {"names": ["/job:localhost", "/job:localhost/replica:0", TASK, f"{TASK}/device:CPU:*", *[f"{TASK}/device:CPU:{i}" for i in range(4)],
               f"/device:CPU:2{TASK}", f"{TASK}/cpu:1", "/job:*"],
     "typed": [f"{TASK}/cpu:0", f"{TASK}/device:CPU:1", f"{TASK}/device:CPU:*"],
     "other": [f"{TASK}/device:XLA_CPU:0", f"{TASK}/device:XLA_CPU"],
     "odd": ["/job:worker", "/job:worker/replica:0/task:0/device:CPU:0", "/job:localhost/replica:1", f"{TASK}/device:GPU:0", f"{TASK}/device:CPU:9", "/job:1"]},
]


class Builder:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.graph = tf.compat.v1.GraphDef()
        self.graph.versions.producer = 1482
        self.floats, self.refs, self.handles, self.queues = [], [], [], []
        # How much of each is in this graph.
        self.other_share = self.random.choice([0, 0, 0.3, 0.6])
        self.family = self.random.choice(FAMILIES)
        self.device_share = self.random.choice([0.1, 0.3, 0.6])
        self.odd_share = self.random.choice([0, 0, 0, 0.02, 0.1])
        self.class_share = self.random.choice([0, 0.1, 0.3])
        self.control_share = self.random.choice([0, 0.1])
        self.functions = []

    def chance(self, share):
        return self.random.random() < share

    def device(self):
        if self.chance(self.odd_share):
            return self.random.choice(self.family["odd"])
        if self.chance(self.device_share * self.other_share):
            return self.random.choice(self.family["other"])
        return self.random.choice(self.family["names"]) if self.chance(self.device_share) else ""

    def node(self, op, inputs=(), device=None, nodes=None, name=None, **attrs):
        nodes = self.graph.node if nodes is None else nodes
        if device is None and self.other_share > 0 and all(each.startswith("^") for each in inputs):
            # TensorFlow 2 puts nothing on an XLA device that did not ask for one: generators and Shape would follow
            # their neighbours there. So there, generators ask, are in no group, and there is no Shape.
            device = self.random.choice(self.random.choice([self.family["typed"], self.family["other"]]))
        node = nodes.add()
        node.name, node.op = name or f"n{len(self.graph.node)}", op
        node.input.extend(inputs)
        node.device = self.device() if device is None else device
        for key, value in attrs.items():
            node.attr[key].CopyFrom(value)
        if nodes is self.graph.node:
            self.decorate(node)
        return node

    def decorate(self, node):
        others = [other.name for other in self.graph.node if other is not node]
        is_free = lambda other: self.other_share == 0 or any(not each.startswith("^") for each in other.input)
        if is_free(node) and self.chance(self.class_share):
            # As clients write it, a class is the name of a node that has none of its own: TensorFlow 1 and 2 differ about others.
            heads = [other.name for other in self.graph.node if "_class" not in other.attr and other is not node and is_free(other)]
            groups = [self.random.choice([*heads, "nowhere", "elsewhere", node.name]) for _ in range(self.random.choice([1, 1, 2]))]
            node.attr["_class"].list.s.extend(f"loc:@{group}".encode() for group in groups)
        if others and self.chance(self.control_share):
            node.input.append("^" + self.random.choice(others))

    def some_float(self):
        return self.random.choice(self.floats)

    # ---- one step each --------------------------------------------------------------------------------------------------

    def constant(self):
        self.floats.append(self.node("Const", dtype=kind(FLOAT), value=scalar(1.0)).name)

    def placeholder(self):
        self.floats.append(self.node("Placeholder", dtype=kind(FLOAT), shape=no_shape()).name)

    def compute(self):
        op = self.random.choice(["AddV2", "Mul", "Neg", "Abs"])
        inputs = [self.some_float() for _ in range(2 if op in ("AddV2", "Mul") else 1)]
        self.floats.append(self.node(op, inputs, T=kind(FLOAT)).name)

    def generator_chain(self):
        self.constant()
        self.floats.append(self.node("Neg", [self.floats[-1]], T=kind(FLOAT)).name)

    def metadata(self):
        op = self.random.choice(["Shape", "Size", "Rank"])
        source = self.random.choice(self.floats + [name for name in self.refs])
        attrs = {"T": kind(FLOAT), **({} if op == "Rank" else {"out_type": kind(INT)})}
        name = self.node(op, [source], **attrs).name
        self.floats.append(self.node("Cast", [name], SrcT=kind(INT), DstT=kind(FLOAT)).name)

    def variable(self):
        self.refs.append(self.node("VariableV2", dtype=kind(FLOAT), shape=no_dims(), container=text(""), shared_name=text("")).name)

    def assign(self):
        if not self.refs:
            self.variable()
        op = self.random.choice(["Assign", "AssignAdd", "AssignSub"])
        self.refs.append(self.node(op, [self.random.choice(self.refs), self.some_float()], T=kind(FLOAT)).name)

    def reference(self):
        if not self.refs:
            self.variable()
        ref = self.random.choice(self.refs)
        if self.chance(0.3):
            self.refs.append(self.node("RefIdentity", [ref], T=kind(FLOAT)).name)
        elif self.chance(0.3):
            other = self.random.choice(self.refs)
            self.refs.append(self.node("RefMerge", [ref, other], T=kind(FLOAT), N=integer(2)).name)
        else:
            # Not by an Identity, which TensorFlow 2 puts beside its input.
            self.floats.append(self.node("Neg", [ref], T=kind(FLOAT)).name)

    def handle(self):
        name = f"h{len(self.graph.node)}"
        self.handles.append(self.node("VarHandleOp", dtype=kind(FLOAT), shape=no_dims(), container=text(""), shared_name=text(name)).name)

    def use_handle(self):
        if not self.handles:
            self.handle()
        handle = self.random.choice(self.handles)
        what = self.random.random()
        if what < 0.35:
            self.floats.append(self.node("ReadVariableOp", [handle], dtype=kind(FLOAT)).name)
        elif what < 0.6:
            self.node(self.random.choice(["AssignVariableOp", "AssignAddVariableOp"]), [handle, self.some_float()], dtype=kind(FLOAT))
        elif what < 0.8:
            self.handles.append(self.node("Identity", [handle], T=kind(RESOURCE)).name)
        else:
            other = self.random.choice(self.handles)
            name = self.node("IdentityN", [handle, other, self.some_float()], T=kinds([RESOURCE, RESOURCE, FLOAT])).name
            self.handles += [name, f"{name}:1"]
            self.floats.append(f"{name}:2")

    def queue(self):
        if not self.queues or self.chance(0.4):
            old = self.chance(0.4)
            attrs = dict(component_types=kinds([FLOAT]), shapes=no_list(), capacity=integer(1), container=text(""), shared_name=text(""))
            self.queues.append((self.node("FIFOQueue" if old else "FIFOQueueV2", **attrs).name, old))
        name, old = self.random.choice(self.queues)
        suffix = "" if old else "V2"
        if self.chance(0.5):
            self.node(f"QueueEnqueue{suffix}", [name, self.some_float()], Tcomponents=kinds([FLOAT]), timeout_ms=integer(-1))
        else:
            self.node(f"QueueSize{suffix}", [name])

    def no_op(self):
        self.node("NoOp", ["^" + self.some_float().split(":")[0]])

    def branch(self):
        flag = self.node("Const", dtype=kind(BOOL), value=flag_value()).name
        if self.refs and self.chance(0.3):
            name = self.node("RefSwitch", [self.random.choice(self.refs), flag], T=kind(FLOAT)).name
            self.refs += [name, f"{name}:1"]
            return
        name = self.node("Switch", [self.some_float(), flag], T=kind(FLOAT)).name
        merged = self.node("Merge", [name, f"{name}:1"], T=kind(FLOAT), N=integer(2)).name
        self.floats.append(merged)

    def loop(self):
        at = len(self.graph.node)
        frame = dict(frame_name=text(f"frame{at}"), is_constant=boolean(False), parallel_iterations=integer(10))
        enter = self.node("Enter", [self.some_float()], T=kind(FLOAT), **frame).name
        merge = self.node("Merge", [enter, f"next{at}"], T=kind(FLOAT), N=integer(2)).name
        limit = self.node("Const", [f"^{merge}"], dtype=kind(FLOAT), value=scalar(3.0)).name
        test = self.node("LoopCond", [self.node("Less", [merge, limit], T=kind(FLOAT)).name]).name
        switch = self.node("Switch", [merge, test], T=kind(FLOAT)).name
        self.floats.append(self.node("Exit", [switch], T=kind(FLOAT)).name)
        body = self.node("Mul", [f"{switch}:1", f"{switch}:1"], T=kind(FLOAT)).name
        self.node("NextIteration", [body], name=f"next{at}", T=kind(FLOAT))

    def function_call(self):
        """A call of a function that takes two handles and gives one or two."""
        while len(self.handles) < 2:
            self.handle()
        if not self.functions or self.chance(0.4):
            self.functions.append(self.function())
        name, results = self.random.choice(self.functions)
        inputs = [self.random.choice(self.handles), self.random.choice(self.handles)]
        op = self.random.choice(["PartitionedCall", "StatefulPartitionedCall", "StatefulPartitionedCall"])
        call = self.call(op, inputs, name, results)
        self.handles += [call.name if index == 0 else f"{call.name}:{index}" for index in range(results)]

    def call(self, op, inputs, name, results, *where):
        return self.node(op, inputs, *where, Tin=kinds([RESOURCE, RESOURCE]), Tout=kinds([RESOURCE] * results), f=function(name))

    def function(self):
        name = f"F{len(self.functions)}"
        definition = self.graph.library.function.add()
        definition.signature.name = name
        definition.signature.is_stateful = True
        for arg in ("a", "b"):
            definition.signature.input_arg.add(name=arg, type=RESOURCE)
        body = definition.node_def
        self.node("ReadVariableOp", ["a"], self.device() if self.chance(0.4) else "", body, "read", dtype=kind(FLOAT))
        shapes = {"first": ["a"], "both": ["b", "a"], "same": ["a", "a"], "own": ["own:resource:0"], "glued": ["pair:output:0"]}
        if self.functions:
            shapes["nested"] = ["inner:output:0"]
        shape = self.random.choice(list(shapes))
        if shape == "own":
            self.node("VarHandleOp", [], self.device(), body, "own", dtype=kind(FLOAT), shape=no_dims(), container=text(""), shared_name=text(name))
        elif shape == "glued":
            self.node("IdentityN", ["a", "b"], "", body, "pair", T=kinds([RESOURCE, RESOURCE]))
        elif shape == "nested":
            other, results = self.random.choice(self.functions)
            self.call("StatefulPartitionedCall", ["b", "a"], other, results, self.device() if self.chance(0.2) else "", body, "inner")
        for index, source in enumerate(shapes[shape]):
            definition.signature.output_arg.add(name=f"h{index}", type=RESOURCE)
            definition.ret[f"h{index}"] = source
        return name, len(shapes[shape])

    def shuffle(self):
        """Another order of the nodes: the importer sorts them."""
        nodes = [tf.compat.v1.NodeDef.FromString(node.SerializeToString()) for node in self.graph.node]
        self.random.shuffle(nodes)
        del self.graph.node[:]
        self.graph.node.extend(nodes)


def random_graph(seed):
    builder = Builder(seed)
    builder.constant()
    builder.placeholder()
    steps = [(builder.compute, 8), (builder.constant, 2), (builder.generator_chain, 1), (builder.no_op, 1)]
    optional = [[(builder.variable, 2), (builder.assign, 3), (builder.reference, 3)], [(builder.handle, 1), (builder.use_handle, 4)], [(builder.queue, 2)],
                [(builder.branch, 1)], [(builder.loop, 1)]]
    if builder.other_share == 0:
        steps.append((builder.metadata, 2))
        optional.append([(builder.function_call, 3)])
    for some in optional:
        if builder.chance(0.4):
            steps += some
    for _ in range(builder.random.choice([4, 10, 25])):
        builder.random.choices([step for step, _ in steps], [weight for _, weight in steps])[0]()
    if builder.chance(0.3):
        builder.shuffle()
    return builder.graph


# ---- attributes -------------------------------------------------------------------------------------------------------------


def passages():
    """Nodes that a session puts around and into functions that return resources."""
    for op in ("_Arg", "_Retval", "Identity"):
        node = tf.compat.v1.NodeDef(op=op)
        node.attr["T"].CopyFrom(kind(RESOURCE))
        yield node


def attr(**fields):
    return tf.compat.v1.AttrValue(**fields)


def kind(dtype):
    return attr(type=dtype)


def kinds(dtypes):
    return attr(list=attr().ListValue(type=dtypes))


def no_list():
    return attr(list=attr().ListValue())


def integer(value):
    return attr(i=value)


def boolean(value):
    return attr(b=value)


def text(value):
    return attr(s=value.encode())


def no_shape():
    return attr(shape=tf.TensorShape(None).as_proto())


def no_dims():
    return attr(shape=tf.TensorShape([]).as_proto())


def scalar(value):
    return attr(tensor=tf.make_tensor_proto(value, tf.float32))


def flag_value():
    return attr(tensor=tf.make_tensor_proto(True))


def function(name):
    value = attr()
    value.func.name = name
    return value
