"""Runs one op in TensorFlow: a graph of placeholders and the node, in a TF1 session without the graph optimizer."""

import numpy as np

from quiet_tensorflow import tf, session
from tensorflow.core.framework import attr_value_pb2, graph_pb2
from tensorflow.python.framework import op_def_registry
from typed_json import dtype_name


class NoKernel(Exception):
    """TensorFlow has no CPU kernel for this op with these dtypes."""


class NotAllowed(Exception):
    """The op's definition does not allow one of these dtypes."""


class Refused(Exception):
    """TensorFlow answered with an error: .code, .message."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


def definition_of(op):
    definition = op_def_registry.get(op)
    if definition is None:
        raise ValueError(f"no op {op}")
    return definition


def attributes_of(definition, inputs, given):
    """{name: (kind, value)}: those given, and the types and counts that follow from the inputs."""
    kinds = {attr.name: attr.type for attr in definition.attr}
    unknown = set(given) - set(kinds)
    if unknown:
        raise ValueError(f"{definition.name} has no attribute {unknown}")
    result = {name: (kinds[name], value) for name, value in given.items()}
    lists = [arg for arg in definition.input_arg if arg.number_attr or arg.type_list_attr]
    at = 0
    for arg in definition.input_arg:
        count = 1
        if arg.number_attr or arg.type_list_attr:
            count = (len(inputs) - (len(definition.input_arg) - len(lists))) // len(lists)
        dtypes = [dtype_name(value) for value in inputs[at:at + count]]
        if arg.number_attr and arg.number_attr not in result:
            result[arg.number_attr] = ("int", count)
        if arg.type_attr and arg.type_attr not in result:
            result[arg.type_attr] = ("type", dtypes[0])
        if arg.type_list_attr and arg.type_list_attr not in result:
            result[arg.type_list_attr] = ("list(type)", dtypes)
        at += count
    return result


def check_allowed(definition, attributes):
    for attr in definition.attr:
        if attr.type == "type" and attr.name in attributes and attr.allowed_values.list.type:
            dtype = tf.dtypes.as_dtype(attributes[attr.name][1]).as_datatype_enum
            if dtype not in attr.allowed_values.list.type:
                raise NotAllowed(f"{definition.name}: {attr.name} = {attributes[attr.name][1]}")


def attribute_value(kind, value):
    result = attr_value_pb2.AttrValue()
    if kind.startswith("list("):
        result.list.SetInParent()
        for item in value:
            single = attribute_value(kind[5:-1], item)
            field = single.WhichOneof("value")
            target = getattr(result.list, field)
            target.add().CopyFrom(getattr(single, field)) if field in ("shape", "tensor") else target.append(getattr(single, field))
    elif kind == "int":
        result.i = value
    elif kind == "float":
        result.f = value
    elif kind == "bool":
        result.b = value
    elif kind == "string":
        result.s = value.encode()
    elif kind == "type":
        result.type = tf.dtypes.as_dtype(value).as_datatype_enum
    elif kind == "shape":
        result.shape.CopyFrom(tf.TensorShape(None if value is None else [None if size < 0 else size for size in value]).as_proto())
    elif kind == "tensor":
        result.tensor.CopyFrom(tf.make_tensor_proto(value))
    return result


def run(op, inputs, given, shapes_known=True):
    """(outputs, attributes). Without static shapes of the placeholders it is the kernel that checks the input.

    The feeds are copies: TensorFlow's Inplace… ops write into them.
    """
    definition = definition_of(op)
    attributes = attributes_of(definition, inputs, given)
    check_allowed(definition, attributes)
    graph_def = graph_pb2.GraphDef()
    graph_def.versions.producer = tf.version.GRAPH_DEF_VERSION if not definition.HasField("deprecation") else max(0, definition.deprecation.version - 1)
    for number, value in enumerate(inputs):
        placeholder = graph_def.node.add(name=f"input{number}", op="Placeholder")
        placeholder.attr["dtype"].type = tf.dtypes.as_dtype(dtype_name(value)).as_datatype_enum
        placeholder.attr["shape"].CopyFrom(attribute_value("shape", value.shape if shapes_known else None))
    node = graph_def.node.add(name="node", op=op)
    node.input.extend(f"input{number}" for number in range(len(inputs)))
    for name, (kind, value) in attributes.items():
        node.attr[name].CopyFrom(attribute_value(kind, value))
    return run_graph(graph_def, {f"input{number}:0": value.copy() for number, value in enumerate(inputs)}), attributes


def run_graph(graph_def, feeds):
    try:
        with tf.Graph().as_default() as graph:
            tf.import_graph_def(graph_def, name="")
        outputs = graph.get_operation_by_name("node").outputs
        with session(graph, optimize=False) as sess:
            return [typed(value, output.dtype) for value, output in zip(sess.run(outputs, feeds), outputs)]
    except tf.errors.OpError as error:
        if "No OpKernel was registered" in error.message:
            raise NoKernel(error.message) from None
        raise Refused(code_name(error), essence(error.message)) from None
    except ValueError as error:
        raise Refused("INVALID_ARGUMENT", essence(str(error))) from None


def typed(value, dtype):
    """TensorFlow gives numbers of quantized dtypes as bare integers; NumPy's own texts lose zeros at their end."""
    array = np.asarray(value, object if dtype == tf.string else None)
    return array.view(dtype.as_numpy_dtype) if dtype.is_quantized else array


def essence(message):
    """The one line that tells what is wrong, without Python's preface and the node's print."""
    lines = [line for line in message.split("\n") if line.strip() and not line.startswith("\t")]
    after = [number for number, line in enumerate(lines) if line.startswith("Node: ")]
    return lines[after[0] + 1 if after and after[0] + 1 < len(lines) else 0]


CODES = {3: "INVALID_ARGUMENT", 5: "NOT_FOUND", 8: "RESOURCE_EXHAUSTED", 9: "FAILED_PRECONDITION", 11: "OUT_OF_RANGE", 12: "UNIMPLEMENTED", 13: "INTERNAL"}


def code_name(error):
    return CODES.get(error.error_code, str(error.error_code))
