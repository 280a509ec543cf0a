"""Random graphs for the placer over made-up device types and ops: kernel priorities and dtypes, several tasks, functions, references, resources.

The universe is fixed: `TYPES`, `ops()` and `kernels()` say what there is. `Case(seed)` is a graph with a device set and options.
"""

import random

from quiet_tensorflow import tf

from tensorflow.core.framework import op_def_pb2

from placement_graphs import BOOL, FLOAT, RESOURCE, boolean, flag_value, function, integer, kind, kinds, text

HALF = tf.float16.as_datatype_enum

# Ranks are TensorFlow's where it has the type.
TYPES = {"GPU": 210, "CPU": 60, "ODD": 50, "TWIN": 50}

ALL = {type: True for type in TYPES}
# What the letter after an op's name says of its kernels.
FLAVOURS = {
    "": ALL,
    "C": {"CPU": True},
    "G": {"GPU": True},
    "O": {"CPU": True, "ODD": True, "TWIN": True},
    "P": {**ALL, "CPU": {"priority": 50}},
    "Q": {**ALL, "GPU": {"priority": 20}, "ODD": {"priority": 30}},
    "R": {"GPU": {"priority": 10}, "CPU": {"priority": 40}, "TWIN": {"priority": -5}},
    "S": {**ALL, "ODD": {"priority": -1}, "GPU": {"priority": -2}},
    "T": {**ALL, "GPU": {"dtypes": ["DT_FLOAT"]}, "TWIN": {"dtypes": ["DT_HALF"], "priority": 3}},
    "N": {},
}
# Inputs and outputs: f a value of dtype T, i an int32, r a reference to one, h a handle.
BASES = {
    "Make": ("", "f"), "Make2": ("", "ff"), "Map": ("f", "f"), "Zip": ("ff", "f"), "Drop": ("f", ""),
    "Var": ("", "r"), "Set": ("rf", "r"), "Move": ("r", "r"), "Get": ("r", "f"),
    "Own": ("", "h"), "OwnBoth": ("", "hf"), "Load": ("h", "f"), "Save": ("hf", ""), "Join": ("hh", "h"), "Pass": ("h", "h"), "Swap": ("rh", "hr"),
}
REAL = ["Shape", "Size", "Rank", "Identity", "IdentityN", "PartitionedCall", "StatefulPartitionedCall", "If", "StatelessIf", "While", "_Arg", "_Retval", "NextIteration", "Merge",
        "Enter", "Exit", "Switch", "LoopCond", "NoOp", "Const"]


def op_name(base, flavour):
    return f"Test{base}{flavour}"


def ops():
    """An OpDef for each made-up op."""
    for base, (inputs, outputs) in BASES.items():
        for flavour in FLAVOURS:
            op = op_def_pb2.OpDef(name=op_name(base, flavour))
            for prefix, args, letters in (("i", op.input_arg, inputs), ("o", op.output_arg, outputs)):
                for at, letter in enumerate(letters):
                    arg = args.add(name=f"{prefix}{at}")
                    if letter == "h":
                        arg.type = RESOURCE
                    else:
                        arg.type_attr = "T"
                        arg.is_ref = letter == "r"
            attr = op.attr.add(name="T", type="type")
            attr.default_value.type = FLOAT
            yield op


def kernels():
    """Each made-up kernel: op, type, KernelSpec."""
    for base in BASES:
        for flavour, table in FLAVOURS.items():
            for type, spec in table.items():
                yield op_name(base, flavour), type, spec


TASK = "/job:a/replica:0/task:0"
SETS = [
    [(TASK, ["CPU:0", "CPU:1", "GPU:0", "GPU:2", "GPU:10"])],
    [(TASK, ["CPU:0", "GPU:0", "ODD:0", "TWIN:0"])],
    [(TASK, ["ODD:1", "TWIN:0", "ODD:0", "CPU:0"])],
    [(TASK, ["CPU:0"])],
    [(TASK, ["GPU:0", "GPU:1"])],
    [(TASK, ["CPU:0", "GPU:0"]), ("/job:a/replica:0/task:1", ["CPU:0", "GPU:0", "GPU:1"])],
    [(TASK, ["CPU:0"]), ("/job:b/replica:0/task:0", ["CPU:0", "GPU:0"]), ("/job:b/replica:1/task:0", ["CPU:0", "ODD:0"])],
]


class Case:
    """`graph`, `devices` (name, type), `assigned`, `client`, `is_default`, `soft`, `isolate`."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        chance, choice = self.chance, self.random.choice
        tasks = choice(SETS)
        self.devices = [(f"{task}/device:{local}", local.split(":")[0]) for task, locals_ in tasks for local in locals_]
        if chance(0.3):
            self.random.shuffle(self.devices)
        self.names, self.odd = self.requests(tasks)
        self.soft, self.isolate, self.is_default = chance(0.5), chance(0.6), chance(0.2)
        cpus = [name for name, type in self.devices if name.endswith("CPU:0")]
        self.client = choice([name for name, _ in self.devices]) if self.is_default else cpus[0] if cpus else ""
        self.device_share, self.class_share = choice([0, 0.15, 0.4]), choice([0, 0, 0.1, 0.3])
        self.odd_share, self.assigned_share = choice([0, 0, 0, 0.05]), choice([0, 0, 0.1, 0.3])
        self.flavours = choice([["", "P", "Q", "R", "S"], ["", "", "C", "G", "O"], [*FLAVOURS, "", "", "", ""], [""], ["", "", "", "T", "C"]])
        if chance(0.9):
            there = {type for _, type in self.devices}
            self.flavours = [flavour for flavour in self.flavours if there & set(FLAVOURS[flavour])]
        self.control_share, self.dtype = choice([0, 0.1]), choice([FLOAT, FLOAT, HALF])
        self.graph = tf.compat.v1.GraphDef()
        self.graph.versions.producer = 1482
        # `functions`: name, arguments, results; `generic`: what a call of some of them binds.
        self.functions, self.generic = [], {}
        self.build()
        self.assigned = self.assign() if self.assigned_share > 0 else {}
        if chance(0.25):
            nodes = [tf.compat.v1.NodeDef.FromString(node.SerializeToString()) for node in self.graph.node]
            self.random.shuffle(nodes)
            del self.graph.node[:]
            self.graph.node.extend(nodes)

    def chance(self, share):
        return self.random.random() < share

    def requests(self, tasks):
        """Names of which any two contradict each other, or one says all that the other says: about others, TensorFlow 1 and 2 differ."""
        if len(tasks) == 1 and self.chance(0.6):
            names = ["/cpu:0", "/gpu:0", "/device:GPU:2", "/device:GPU:*", "/device:GPU", "/device:CPU:*", "/CPU:1", "/device:ODD:0", "/device:TWIN:*", "/device:GPU:10"]
            return names, ["/device:GPU:7", "/device:TPU:0", "/cpu", "nonsense", "/device:cpu:0", "/gpu:", "/cpu:x"]
        names = []
        for task, _ in tasks:
            names += [task, f"{task}/device:GPU:*", f"{task}/cpu:0", f"{task}/device:CPU:*", f"{task}/gpu:0", f"/device:ODD:0{task}", f"{task}/device:TWIN:0", f"{task}/device:GPU:1"]
            names += [task.rsplit("/", 1)[0], task.split("/replica")[0]]
        return names, ["/job:nowhere", "/job:a/replica:0/task:7/device:GPU:0", "/job:a/replica:3", f"{TASK}/device:TPU:0", "/9", "//"]

    def device(self):
        if self.chance(self.odd_share):
            return self.random.choice(self.odd)
        return self.random.choice(self.names) if self.chance(self.device_share) else ""

    # ---- nodes --------------------------------------------------------------------------------------------------------------

    def node(self, op, inputs=(), nodes=None, name=None, device=None, **attrs):
        nodes = self.graph.node if nodes is None else nodes
        node = nodes.add(name=name or f"n{len(nodes)}", op=op, device=self.device() if device is None else device)
        node.input.extend(inputs)
        for key, value in attrs.items():
            node.attr[key].CopyFrom(value)
        others = [other for other in nodes if other.name != node.name]
        if self.chance(self.class_share):
            heads = [other.name for other in others if "_class" not in other.attr]
            groups = [self.random.choice([*heads, *heads, "nowhere", node.name]) for _ in range(self.random.choice([1, 1, 2]))]
            node.attr["_class"].list.s.extend(f"loc:@{group}".encode() for group in groups)
        if others and nodes is self.graph.node and self.chance(self.control_share):
            # One from a NextIteration to a Merge never comes in TensorFlow's count.
            node.input.append("^" + self.random.choice([other for other in others if other.op != "NextIteration"]).name)
        return node.name

    def own(self, base, inputs=(), scope=None, **more):
        flavour = self.random.choice(self.flavours)
        if self.dtype != FLOAT or self.chance(0.5):
            more["T"] = kind(self.dtype)
        return self.node(op_name(base, flavour), inputs, **more)

    def step(self, scope):
        """One node over what there is: lists of names by what they are."""
        pick = lambda what: self.random.choice(scope[what])
        nodes, spell = scope["nodes"], scope["spell"]
        usable = [base for base, (inputs, _) in BASES.items() if all(scope["f" if letter == "f" else letter] for letter in inputs) and (scope["refs"] or not set("r") & set("".join(BASES[base])))]
        base = self.random.choice(usable)
        inputs, outputs = BASES[base]
        # A value may come from a reference.
        sources = [pick(letter) if letter != "f" or not scope["r"] or self.chance(0.7) else pick("r") for letter in inputs]
        name = self.own(base, sources, nodes=nodes)
        for at, letter in enumerate(outputs):
            scope[letter].append(spell(name, at, f"o{at}", 0))

    def scope(self, nodes, in_function):
        spell = (lambda name, flat, output, at: f"{name}:{output}:{at}") if in_function else (lambda name, flat, output, at: name if flat == 0 else f"{name}:{flat}")
        return {"nodes": nodes, "spell": spell, "f": [], "r": [], "h": [], "refs": not in_function}

    def build(self):
        top = self.scope(self.graph.node, False)
        steps = [(self.step, 6)]
        for some in ([(self.call, 3)], [(self.direct, 1)], [(self.metadata, 1)], [(self.branch, 1)], [(self.identities, 1)], [(self.loop, 1)]):
            if self.chance(0.4):
                steps += some
        for _ in range(self.random.choice([3, 8, 20, 35])):
            self.random.choices([step for step, _ in steps], [weight for _, weight in steps])[0](top)

    def metadata(self, scope):
        plain = [name for name in scope["f"] + scope["r"] if not name.startswith("c")]
        if scope["refs"] and plain:
            op = self.random.choice(["Shape", "Size", "Rank"])
            self.node(op, [self.random.choice(plain)], T=kind(self.dtype))

    def identities(self, scope):
        if not scope["h"] or not scope["refs"]:
            return
        a, b = self.random.choice(scope["h"]), self.random.choice(scope["h"])
        # TensorFlow 2 puts an Identity beside its input; only where both must be together is that the same.
        if self.chance(0.5) and not a.startswith("c"):
            scope["h"].append(self.node("Identity", [a], T=kind(RESOURCE)))
            return
        name = self.node("IdentityN", [a, b], T=kinds([RESOURCE, RESOURCE]))
        scope["h"] += [name, f"{name}:1"]

    def loop(self, scope):
        if not scope["f"] or not scope["refs"]:
            return
        at = len(self.graph.node)
        frame = dict(frame_name=text(f"frame{at}"), is_constant=boolean(False), parallel_iterations=integer(10), T=kind(self.dtype))
        enter = self.node("Enter", [self.random.choice(scope["f"])], **frame)
        merge = self.node("Merge", [enter, f"next{at}"], T=kind(self.dtype), N=integer(2))
        test = self.node("LoopCond", [self.node("Const", [f"^{merge}"], dtype=kind(BOOL), value=flag_value())])
        switch = self.node("Switch", [merge, test], T=kind(self.dtype))
        scope["f"].append(self.node("Exit", [switch], T=kind(self.dtype)))
        body = self.own("Map", [f"{switch}:1"], T=kind(self.dtype))
        self.node("NextIteration", [body], name=f"next{at}", T=kind(self.dtype))

    # ---- functions ----------------------------------------------------------------------------------------------------------

    def branch(self, scope):
        """If and While over handles: ordinary ops, whatever their functions do."""
        if not scope["h"] or not scope["refs"]:
            return
        flag = self.node("Const", [], dtype=kind(BOOL), value=flag_value())
        name, args, results = self.some_function()
        handle = self.random.choice(scope["h"])
        if self.chance(0.6):
            attrs = dict(Tcond=kind(BOOL), Tin=kinds([RESOURCE]), Tout=kinds([self.dtype, RESOURCE]), then_branch=function(name), else_branch=function(name))
            made = self.node("If", [flag, handle], **attrs)
            scope["h"].append(f"{made}:1")
        else:
            made = self.node("While", [handle, handle], T=kinds([RESOURCE, RESOURCE]), cond=function(name), body=function(name))
            scope["h"] += [made, f"{made}:1"]

    def some_function(self):
        if not self.functions or self.chance(0.35):
            self.function()
        return self.random.choice(self.functions)

    def call(self, scope, only=None):
        name, args, results = only or self.some_function()
        bound = self.generic.get(name, {})
        if any(not scope[letter] for letter in args):
            return None
        inputs = [self.random.choice(scope[letter]) for letter in args]
        of = lambda letters: kinds([RESOURCE if letter == "h" else self.dtype for letter in letters])
        op = self.random.choice(["PartitionedCall", "StatefulPartitionedCall"])
        called = function("Nowhere" if self.chance(0.005) else name)
        for key, value in bound.items():
            called.func.attr[key].CopyFrom(value)
        made = self.node(op, inputs, scope["nodes"], name=f"c{len(scope['nodes'])}", Tin=of(args), Tout=of(results), f=called)
        for at, letter in enumerate(results):
            scope[letter].append(scope["spell"](made, at, "output", at))
        return made

    def direct(self, scope):
        name, args, results = self.some_function()
        if any(not scope[letter] for letter in args) or (not args and not results) or name in self.generic:
            return
        made = self.node(name, [self.random.choice(scope[letter]) for letter in args], scope["nodes"], name=f"c{len(scope['nodes'])}")
        for at, letter in enumerate(results):
            scope[letter].append(scope["spell"](made, at, f"r{at}", 0))

    def function(self):
        name = f"F{len(self.graph.library.function)}"
        definition = self.graph.library.function.add()
        definition.signature.name = name
        definition.signature.is_stateful = True
        if self.chance(0.15):
            return self.generic_function(definition)
        args = self.random.choice(["h", "h", "hh", "hf", "fh", "hhh", "f", ""])
        results_wanted = self.random.choice(["h", "h", "hh", "fh", "hf", "f", "fhh"])
        scope = self.scope(definition.node_def, True)
        for at, letter in enumerate(args):
            definition.signature.input_arg.add(name=f"a{at}", type=RESOURCE if letter == "h" else self.dtype)
            scope[letter].append(f"a{at}")
        for _ in range(self.random.choice([0, 1, 2, 4])):
            if self.functions and self.chance(0.35):
                (self.call if self.chance(0.7) else self.direct)(scope)
            else:
                self.step(scope)
        if self.chance(0.03):
            self.call(scope, (name, args, results_wanted))
        for letter, base in (("h", "Own"), ("f", "Make")):
            if letter in results_wanted and not scope[letter]:
                scope[letter].append(f"{self.own(base, nodes=definition.node_def)}:o0:0")
        for at, letter in enumerate(results_wanted):
            definition.signature.output_arg.add(name=f"r{at}", type=RESOURCE if letter == "h" else self.dtype)
            definition.ret[f"r{at}"] = self.random.choice(scope[letter][-3:])
        self.functions.append((name, args, results_wanted))

    def generic_function(self, definition):
        """Over a type and a list of N, both bound by the call: a handle and N handles in, two of them out."""
        signature = definition.signature
        for key, what in (("T", "type"), ("N", "int")):
            signature.attr.add(name=key, type=what)
        for args, name in ((signature.input_arg, "a0"), (signature.output_arg, "r0"), (signature.output_arg, "r1")):
            args.add(name=name, type_attr="T")
        signature.input_arg.add(name="a1", type_attr="T", number_attr="N")
        count = self.random.choice([1, 2, 3])
        for at, source in enumerate(["a0", f"a1:{count - 1}"]):
            node = definition.node_def.add(name=f"i{at}", op="Identity", input=[source], device=self.device())
            node.attr["T"].placeholder = "T"
        definition.ret["r0"] = self.random.choice(["a0", "i0:output:0", "i1:output:0"])
        definition.ret["r1"] = self.random.choice(["a1:0", "i1:output:0"])
        self.generic[signature.name] = {"T": kind(RESOURCE), "N": integer(count)}
        self.functions.append((signature.name, "h" * (count + 1), "hh"))

    def assign(self):
        assigned = {}
        table = {(op, type) for op, type, _ in kernels()}
        for node in self.graph.node:
            if not self.chance(self.assigned_share):
                continue
            able = [name for name, type in self.devices if (node.op, type) in table or node.op in REAL]
            if able and not self.chance(0.02):
                assigned[node.name] = self.random.choice(able)
            elif self.chance(0.3):
                assigned[node.name] = self.random.choice([*(name for name, _ in self.devices), "/job:a", f"{TASK}/device:GPU:77", "nonsense"])
        return assigned
