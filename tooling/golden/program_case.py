"""What the short TensorFlow 1 programs share: TensorFlow as a program of version 1 has it, and how values are written."""

import numpy as np

from quiet_tensorflow import tf as tf2

tf = tf2.compat.v1
tf.disable_eager_execution()
tf.disable_resource_variables()
tf.disable_control_flow_v2()
PROGRAMS = {}


def program(run):
    """Registers a program under its function's name."""
    PROGRAMS[run.__name__] = run
    return run


def plain(value):
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float):
        return float(f"{value:.6g}")
    return value


def error_of(run):
    """The class of what a call raises."""
    try:
        run()
    except Exception as error:  # the class is what is compared
        return type(error).__name__
    return "none"


def text_of(run):
    """The class and the first line of what a call raises, without what Python's own types add to it."""
    try:
        run()
    except Exception as error:
        message = error.message if isinstance(error, tf.errors.OpError) else str(error.args[0]) if error.args else ""
        return type(error).__name__ + ": " + message.split("\n")[0]
    return "none"


def nodes():
    """Every operation of the default graph with its inputs and controls; additions by the name that TensorFlow 1 gave them."""
    return [[op.name, op.type.replace("AddV2", "Add"), [t.name for t in op.inputs], sorted(c.name for c in op.control_inputs)] for op in tf.get_default_graph().get_operations()]
