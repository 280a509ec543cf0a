"""Control flow of TensorFlow 1 that is no plain loop and no plain branch: what only the rules of frames, iterations and dead values explain."""

import numpy as np

from quiet_tensorflow import tf
from graph_case import Run, build
from values import f32

v1 = tf.compat.v1
raw = tf.raw_ops
FLAGS = [(first, second) for first in (True, False) for second in (True, False)]


def cases():
    for name, make in (("effects of a branch by control edges", assertions), ("exclusive case", exclusive), ("assignment in a branch", assigned),
                       ("merge of two predicates", two_predicates), ("merge of three", three), ("dead value behind two switches", both),
                       ("control edge from a switch", controlled), ("switch without merge as target", target), ("merge waits for control edges", waiting),
                       ("loop with two ways out", two_exits), ("loop with a second test", skipping), ("exit of a computed value", computed_exit),
                       ("loop in a branch not taken", dead_loop), ("loop from a dead value", loop_of_dead), ("loops share a body value", shared),
                       ("nested frames by hand", nested), ("merge index of a loop", loop_index), ("stack through a loop", stacked),
                       ("effects in a loop body by control edges", loop_effects)):
        yield build(name, make)


def flags():
    return v1.placeholder(tf.bool, [], "p"), v1.placeholder(tf.bool, [], "q"), v1.placeholder(tf.float32, [2], "x")


def fed(p, q=True, x=(1, 3)):
    return {"p:0": np.bool_(p), "q:0": np.bool_(q), "x:0": f32(x)}


def assertions():
    x = v1.placeholder(tf.float32, [None], "x")
    check = v1.assert_less(x, 5.0, message="too large")
    with tf.control_dependencies([check]):
        tf.add(x, 1.0, "out")
    return [Run(["out:0"], {"x:0": f32([1, 2])}), Run(["out:0"], {"x:0": f32([1, 9])}, error=True)]


def exclusive():
    x = v1.placeholder(tf.float32, [None], "x")
    out = v1.case([(x[0] > 5, lambda: tf.constant(1)), (x[0] > 0, lambda: tf.constant(2))], default=lambda: tf.constant(3), exclusive=True)
    tf.identity(out, "out")
    return [Run(["out:0"], {"x:0": f32([value])}, error=value > 5) for value in (3, -1, 7, 2)]


def assigned():
    flag = v1.placeholder(tf.bool, [], "flag")
    for name, use_resource in (("by_reference", False), ("by_handle", True)):
        state = v1.get_variable(name, initializer=f32([1, 2]), use_resource=use_resource)
        v1.cond(flag, lambda: v1.assign_add(state, [10.0, 10.0]), lambda: tf.identity(state) * 1.0, name=f"{name}_cond")
        tf.identity(state.read_value(), f"{name}_read")
    v1.global_variables_initializer()
    both_read = ["by_reference_read:0", "by_handle_read:0"]
    merged = ["by_reference_cond/Merge:0", "by_handle_cond/Merge:0"]
    return [Run(targets=["init"]), *[step for flag in (True, False, True) for step in (Run(merged, {"flag:0": np.bool_(flag)}), Run(both_read))]]


def two_predicates():
    """One of the inputs is alive when p and q are alike."""
    p, q, x = flags()
    first = raw.Switch(data=x, pred=p)[1]
    second = raw.Switch(data=x * 10, pred=q)[0]
    merged = raw.Merge(inputs=[tf.square(first), second + 1], name="joined")
    tf.identity(merged.output, "out")
    return [Run(["out:0", "joined:1"], fed(p, q), error=q and not p) for p, q in FLAGS if p == q or q]


def three():
    p, q, x = flags()
    no, yes = raw.Switch(data=x, pred=p)
    switched = raw.Switch(data=q, pred=p)[1]
    inner = raw.Switch(data=yes, pred=switched)
    merged = raw.Merge(inputs=[no + 1, inner[0] * 2, inner[1] * 3], name="joined")
    return [Run(["joined:0", "joined:1"], fed(p, q)) for p, q in FLAGS]


def both():
    p, q, x = flags()
    out = raw.Switch(data=x, pred=p)[1] + raw.Switch(data=x * 2, pred=q)[1]
    tf.identity(out, "out")
    return [Run(["out:0"], fed(p, q), error=not (p and q)) for p, q in FLAGS]


def controlled():
    """A node without data inputs is dead with what it waits for."""
    p, _, x = flags()
    no, yes = raw.Switch(data=x, pred=p)
    with tf.control_dependencies([tf.identity(yes)]):
        first = tf.constant(f32([7, 8]))
    with tf.control_dependencies([tf.identity(no)]):
        second = x * 5
    tf.identity(raw.Merge(inputs=[first, second]).output, "out")
    return [Run(["out:0"], fed(p)) for p in (True, False)]


def target():
    """An effect guarded by a Switch alone: run as a target, it happens only where its side is taken."""
    p, _, x = flags()
    state = v1.get_variable("state", initializer=f32([0, 0]), use_resource=True)
    yes = raw.Switch(data=x, pred=p)[1]
    added = state.assign_add(yes)
    tf.group(added, name="add")
    tf.identity(state.read_value(), "seen")
    v1.global_variables_initializer()
    return [Run(targets=["init"]), *[step for p in (True, False, True) for step in (Run(targets=["add"], feeds=fed(p)), Run(["seen:0"]))]]


def waiting():
    p, _, x = flags()
    state = v1.get_variable("state", initializer=1.0, use_resource=True)
    no, yes = raw.Switch(data=x, pred=p)
    added = state.assign_add(tf.reduce_sum(yes), read_value=False)
    with tf.control_dependencies([added]):
        merged = raw.Merge(inputs=[no, yes]).output
    with tf.control_dependencies([merged]):
        tf.identity(state.read_value(), "seen")
    tf.identity(merged, "out")
    v1.global_variables_initializer()
    return [Run(targets=["init"]), *[Run(["out:0", "seen:0"], fed(p)) for p in (True, False, True)]]


def back_edge(merge, value):
    merge.op._update_input(1, raw.NextIteration(data=value))


def enter(value, frame, constant=False):
    return raw.Enter(data=value, frame_name=frame, is_constant=constant)


def within(tensor, value):
    """A constant in the frame of a tensor."""
    with tf.control_dependencies([tensor]):
        return tf.constant(value)


def loop_merge(value, frame):
    entered = enter(value, frame)
    return raw.Merge(inputs=[entered, entered]).output


def two_exits():
    """Counts up; leaves by the first test at the limit, by the second at a multiple of seven."""
    limit = v1.placeholder(tf.int32, [], "limit")
    start = v1.placeholder(tf.int32, [], "start")
    i = loop_merge(start, "frame")
    bound = enter(limit, "frame", True)
    out, inside = raw.Switch(data=i, pred=raw.LoopCond(input=i < bound))
    again, found = raw.Switch(data=inside, pred=tf.equal(inside % within(inside, 7), within(inside, 0)))
    back_edge(i, again + within(again, 1))
    raw.Exit(data=out, name="at_limit")
    raw.Exit(data=found, name="at_seven")
    feeds = [{"start:0": np.int32(start), "limit:0": np.int32(10)} for start in (5, 8, 12)]
    return [Run(["at_seven:0"], feeds[0]), Run(["at_limit:0"], feeds[1]), Run(["at_limit:0"], feeds[2]), Run(["at_seven:0"], feeds[1], error=True)]


def skipping():
    """Adds the odd numbers below the limit: the sum takes one of two ways round."""
    limit = v1.placeholder(tf.int32, [], "limit")
    i, total = loop_merge(0, "frame"), loop_merge(0, "frame")
    bound = enter(limit, "frame", True)
    test = raw.LoopCond(input=i < bound)
    i_out, i_in = raw.Switch(data=i, pred=test)
    total_out, total_in = raw.Switch(data=total, pred=test)
    is_odd = tf.equal(i_in % within(i_in, 2), within(i_in, 1))
    even, odd = raw.Switch(data=total_in, pred=is_odd)
    number = raw.Switch(data=i_in, pred=is_odd)[1]
    back_edge(i, i_in + within(i_in, 1))
    back_edge(total, raw.Merge(inputs=[even, odd + number]).output)
    raw.Exit(data=i_out, name="count")
    raw.Exit(data=total_out, name="total")
    return [Run(["total:0", "count:0"], {"limit:0": np.int32(limit)}) for limit in (6, 0, 1)]


def computed_exit():
    x = v1.placeholder(tf.float32, [None], "x")
    y = loop_merge(x, "frame")
    test = raw.LoopCond(input=tf.reduce_sum(y, within(y, 0)) < within(y, 100.0))
    out, inside = raw.Switch(data=y, pred=test)
    back_edge(y, inside * within(inside, 2.0))
    tf.identity(raw.Exit(data=tf.reduce_max(out, within(out, 0)) + within(out, 0.5)), "out")
    return [Run(["out:0"], {"x:0": f32(values)}) for values in ([1, 2], [200], [7, 7, 7])]


def dead_loop():
    p, _, x = flags()
    v1.cond(p, lambda: tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * 2), (0, x))[1], lambda: x - 1, name="cond")
    return [Run(["cond/Merge:0"], fed(p)) for p in (True, False)]


def loop_of_dead():
    """The loop as a whole is dead when what it starts from is."""
    p, _, x = flags()
    no, yes = raw.Switch(data=x, pred=p)
    y = loop_merge(yes, "frame")
    out, inside = raw.Switch(data=y, pred=raw.LoopCond(input=tf.reduce_sum(y, within(y, 0)) < within(y, 50.0)))
    back_edge(y, inside + within(inside, 10.0))
    merged = raw.Merge(inputs=[no, raw.Exit(data=out)], name="joined")
    tf.identity(merged.output, "out")
    return [Run(["out:0", "joined:1"], fed(p)) for p in (True, False)]


def shared():
    """Two variables of one frame whose next values come from one product."""
    x = v1.placeholder(tf.float32, [], "x")
    a, b = loop_merge(x, "frame"), loop_merge(x + 1, "frame")
    test = raw.LoopCond(input=a + b < within(a, 100.0))
    (a_out, a_in), (b_out, b_in) = raw.Switch(data=a, pred=test), raw.Switch(data=b, pred=test)
    product = a_in * b_in
    back_edge(a, product)
    back_edge(b, product - a_in)
    raw.Exit(data=a_out, name="a")
    raw.Exit(data=b_out, name="b")
    return [Run(["a:0", "b:0"], {"x:0": np.float32(x)}) for x in (2, 60)]


def nested():
    """An inner frame that is entered anew in every iteration, its result leaving by a switch in the outer one."""
    n = v1.placeholder(tf.int32, [], "n")
    i, total = loop_merge(0, "outer"), loop_merge(0, "outer")
    test = raw.LoopCond(input=i < enter(n, "outer", True))
    i_in = raw.Switch(data=i, pred=test)[1]
    total_out, total_in = raw.Switch(data=total, pred=test)
    j = loop_merge(i_in, "inner")
    bound = enter(i_in * i_in, "inner", True)
    j_out, j_in = raw.Switch(data=j, pred=raw.LoopCond(input=j < bound))
    back_edge(j, j_in + within(j_in, 3))
    back_edge(i, i_in + within(i_in, 1))
    back_edge(total, total_in + raw.Exit(data=j_out))
    raw.Exit(data=total_out, name="total")
    return [Run(["total:0"], {"n:0": np.int32(n)}) for n in (5, 1, 0)]


def loop_index():
    """What the Merge of a loop says of its input, summed over the iterations."""
    i, total = loop_merge(0, "frame"), loop_merge(0, "frame")
    came = i.op.outputs[1]
    test = raw.LoopCond(input=i < within(i, 4))
    i_in = raw.Switch(data=i, pred=test)[1]
    total_out, total_in = raw.Switch(data=total, pred=test)
    back_edge(i, i_in + within(i_in, 1))
    back_edge(total, total_in + raw.Switch(data=came, pred=test)[1])
    raw.Exit(data=total_out, name="total")
    return [Run(["total:0"])]


def stacked():
    """What one loop pushes, the next one pops: how TensorFlow 1 differentiates a loop."""
    x = v1.placeholder(tf.float32, [2], "x")
    y = v1.while_loop(lambda i, y: i < 4, lambda i, y: (i + 1, tf.tanh(y) * 1.5), (0, x))[1]
    tf.identity(tf.gradients(tf.reduce_sum(y), x)[0], "gradient")
    tf.identity(y, "out")
    return [Run(["gradient:0", "out:0"], {"x:0": f32(values)}) for values in ([0.5, -1], [2, 0])]


def loop_effects():
    n = v1.placeholder(tf.int32, [], "n")
    state = v1.get_variable("state", initializer=0, use_resource=True)

    def body(i):
        with tf.control_dependencies([state.assign_add(i, read_value=False)]):
            return i + 1

    out = v1.while_loop(lambda i: i < n, body, [0])
    with tf.control_dependencies([out]):
        tf.identity(state.read_value(), "seen")
    v1.global_variables_initializer()
    return [Run(targets=["init"]), Run(["seen:0"], {"n:0": np.int32(4)}), Run(["seen:0"], {"n:0": np.int32(0)})]
