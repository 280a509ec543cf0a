"""A whole graph as a case: a GraphDef and the runs that one session makes of it, one after another."""

from dataclasses import dataclass, field

import numpy as np

from quiet_tensorflow import tf
from case import Tolerance
import mulberry32

# A few layers of float arithmetic in any order.
LAYERS = Tolerance((1e-2, 1e-3), (5e-2, 1e-2), (2e-5, 1e-7), (1e-12, 1e-14), of_scale=True)


@dataclass
class Run:
    """feeds: tensor name → array; fetches: tensor names; targets: operation names; error: TensorFlow must refuse."""

    fetches: list = field(default_factory=list)
    feeds: dict = field(default_factory=dict)
    targets: list = field(default_factory=list)
    error: bool = False


@dataclass
class GraphCase:
    name: str
    graph_def: object
    runs: list


def build(name, make, functional=False):
    """A GraphCase from a function that builds into a fresh graph and returns its runs.

    functional=True lets tf.while_loop and tf.cond make While and If nodes, else they make Switch, Merge and the rest.
    """
    switch = tf.compat.v1.enable_control_flow_v2 if functional else tf.compat.v1.disable_control_flow_v2
    switch()
    try:
        with tf.Graph().as_default() as graph:
            runs = make()
            return GraphCase(name, clean(graph.as_graph_def()), runs)
    finally:
        tf.compat.v1.enable_control_flow_v2()


def frozen(name, make):
    """As build, but the variables become constants as TensorFlow's v1 exporter makes them; make returns (runs, output operation names)."""
    tf.compat.v1.disable_control_flow_v2()
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as sess:
        runs, outputs = make()
        sess.run(tf.compat.v1.global_variables_initializer())
        graph_def = tf.compat.v1.graph_util.convert_variables_to_constants(sess, graph.as_graph_def(), outputs)
    tf.compat.v1.enable_control_flow_v2()
    return GraphCase(name, clean(graph_def), runs)


def frozen_function(name, function, signature, feeds):
    """A tf.function frozen as TensorFlow's v2 exporter does it; feeds: one list of arrays per run."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
    concrete = convert_variables_to_constants_v2(tf.function(function).get_concrete_function(*signature), lower_control_flow=False)
    graph_def = clean(concrete.graph.as_graph_def())
    inputs = [tensor.name for tensor in concrete.inputs]
    fetches = [tensor.name for tensor in concrete.outputs]
    return GraphCase(name, graph_def, [Run(fetches, dict(zip(inputs, values))) for values in feeds])


def clean(graph_def):
    """Without what only tells where a node came from."""
    for function in graph_def.library.function:
        function.ClearField("arg_attr")
        for node in function.node_def:
            node.ClearField("experimental_debug_info")
    for node in graph_def.node:
        node.ClearField("experimental_debug_info")
    return graph_def


def weights(shape, seed, spread=1.0):
    """Small reproducible float32 weights of few digits."""
    return np.round(mulberry32.fill(seed, shape, "float64", -1, 1) * spread, 2).astype(np.float32)
