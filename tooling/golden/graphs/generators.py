"""Random numbers from a generator that is a variable: draws of every kind, one after another, and what they do to its state."""

import numpy as np

from graph_case import Run, build
from quiet_tensorflow import tf

PHILOX = 1


def cases():
    yield build("a generator in a variable", draws)
    yield build("a generator that is none", refused)


def generator(shape, dtype=tf.int64):
    handle = tf.raw_ops.VarHandleOp(dtype=dtype, shape=shape, shared_name="generator")
    state = tf.compat.v1.placeholder(dtype, shape, name="state")
    tf.raw_ops.AssignVariableOp(resource=handle, value=state, name="init")
    tf.raw_ops.ReadVariableOp(resource=handle, dtype=dtype, name="read")
    return handle


def draws():
    handle = generator([3])
    algorithm, shape = tf.constant(PHILOX, tf.int64), tf.constant([2, 3])
    for dtype in (tf.float16, tf.bfloat16, tf.float32, tf.float64):
        for kind in ("Uniform", "StandardNormalV2", "TruncatedNormal"):
            getattr(tf.raw_ops, f"Stateful{kind}")(resource=handle, algorithm=algorithm, shape=shape, dtype=dtype, name=f"{kind}_{dtype.name}")
    for dtype in (tf.int32, tf.int64):
        tf.raw_ops.StatefulUniformInt(resource=handle, algorithm=algorithm, shape=shape, minval=tf.constant(-5, dtype), maxval=tf.constant(90, dtype), name=f"int_{dtype.name}")
    for dtype in (tf.int32, tf.int64, tf.uint32, tf.uint64):
        tf.raw_ops.StatefulUniformFullInt(resource=handle, algorithm=algorithm, shape=shape, dtype=dtype, name=f"full_{dtype.name}")
    tf.raw_ops.RngSkip(resource=handle, algorithm=algorithm, delta=tf.constant(3, tf.int64), name="skip")
    tf.raw_ops.RngReadAndSkip(resource=handle, alg=tf.constant(PHILOX), delta=tf.constant(5, tf.uint64), name="read_and_skip")
    names = [op.name for op in tf.compat.v1.get_default_graph().get_operations() if op.type.startswith("Stateful")]
    feeds = {"state:0": np.array([5, 6, 77], np.int64)}
    runs = [Run(targets=["init"], feeds=feeds)]
    for name in names:
        runs += [Run(fetches=[f"{name}:0"]), Run(fetches=["read:0"])]
    runs += [Run(targets=["skip"]), Run(fetches=["read:0"]), Run(fetches=["read_and_skip:0"]), Run(fetches=["read:0"])]
    full = {"state:0": np.array([-1, 7, -9], np.int64)}
    return runs + [Run(targets=["init"], feeds=full), Run(fetches=["Uniform_float32:0"]), Run(fetches=["read:0"])]


def refused():
    handle = generator([2])
    algorithm = tf.compat.v1.placeholder(tf.int64, [], name="algorithm")
    tf.raw_ops.StatefulUniform(resource=handle, algorithm=algorithm, shape=tf.constant([2]), dtype=tf.float32, name="draw")
    draw = {"fetches": ["draw:0"], "error": True}
    return [
        Run(feeds={"algorithm:0": np.int64(PHILOX)}, **draw),
        Run(targets=["init"], feeds={"state:0": np.array([5, 6], np.int64)}),
        Run(feeds={"algorithm:0": np.int64(PHILOX)}, **draw), Run(feeds={"algorithm:0": np.int64(9)}, **draw),
    ]
