"""Brings shapes.jsonl up to date: every line is [op, attributes, inputs, outputs], and outputs is what TensorFlow says.

    python shape_facts.py     (in an environment with tensorflow 2.21)

Inputs are [dtype, shape] or [dtype, shape, values]; without values, ints are zeros and floats lie between 0.5 and 1.5. Outputs are the
shapes of a run, or "fails". A new case is a line with null for its outputs.
"""
import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from tensorflow.python.eager import context, execute  # noqa: E402
from tensorflow.python.framework import op_def_registry  # noqa: E402

tf.constant(0.0)  # starts the eager context


def tensor(dtype, shape, values=None):
    if dtype == "string":
        return tf.constant(values if values is not None else [""] * int(np.prod(shape)), shape=shape)
    if values is None:
        values = np.linspace(0.5, 1.5, max(1, int(np.prod(shape))))[: int(np.prod(shape))]
        values = values if tf.as_dtype(dtype).is_floating or tf.as_dtype(dtype).is_complex else np.zeros(len(values))
    return tf.cast(tf.constant(np.array(values).reshape(shape)), dtype)


def encoded(kind, value):
    if kind == "type":
        return tf.as_dtype(value).as_datatype_enum
    if kind == "string":
        return value.encode()
    if kind == "float":
        return float(value)
    if kind == "shape":
        return [-1 if size is None else size for size in value]
    return value


def attributes(definition, given, inputs):
    """All attributes as the eager runtime wants them: given ones, those the inputs tell, defaults."""
    inferred = {}
    at = 0
    for arg in definition.input_arg:
        others = sum(1 for other in definition.input_arg if not (other.number_attr or other.type_list_attr))
        lists = len(definition.input_arg) - others
        count = (len(inputs) - others) // max(1, lists) if arg.number_attr or arg.type_list_attr else 1
        if arg.number_attr:
            count = given.get(arg.number_attr, count)
            inferred[arg.number_attr] = count
        dtypes = [value.dtype.name for value in inputs[at : at + count]]
        at += count
        if arg.type_list_attr:
            inferred[arg.type_list_attr] = dtypes
        elif arg.type_attr and dtypes:
            inferred.setdefault(arg.type_attr, dtypes[0])
    flat = []
    for attr in definition.attr:
        if attr.name in given or attr.name in inferred:
            value = given.get(attr.name, inferred.get(attr.name))
            is_list = attr.type.startswith("list(")
            kind = attr.type[5:-1] if is_list else attr.type
            flat += [attr.name, [encoded(kind, item) for item in value] if is_list else encoded(kind, value)]
        else:
            default = attr.default_value
            which = default.WhichOneof("value")
            if which == "list":
                numbers = default.list
                value = [*numbers.i, *numbers.f, *numbers.type, *numbers.s, *numbers.b]
            elif which == "shape":
                value = None if default.shape.unknown_rank else [dim.size for dim in default.shape.dim]
            else:
                value = getattr(default, which)
            flat += [attr.name, value]
    return tuple(flat)


def output_count(definition, attrs):
    pairs = dict(zip(attrs[::2], attrs[1::2]))
    count = 0
    for arg in definition.output_arg:
        count += pairs[arg.number_attr] if arg.number_attr else len(pairs[arg.type_list_attr]) if arg.type_list_attr else 1
    return count


def outputs(op, given, inputs):
    definition = op_def_registry.get(op)
    try:
        values = [tensor(*value) for value in inputs]
        attrs = attributes(definition, given, values)
        results = execute.execute(op.encode(), output_count(definition, attrs), values, attrs, context.context())
    except tf.errors.OpError:
        return "fails"
    return [result.shape.as_list() for result in results]


path = pathlib.Path(__file__).parent / "shapes.jsonl"
cases = [json.loads(line) for line in path.read_text().splitlines()]
lines = [json.dumps([op, given, inputs, outputs(op, given, inputs)], separators=(",", ":")) for op, given, inputs, _ in cases]
path.write_text("\n".join(lines) + "\n")
