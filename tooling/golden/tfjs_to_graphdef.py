"""tfjs graph model → frozen GraphDef of TensorFlow's own ops.

    python tfjs_to_graphdef.py MODEL OUT.pb        MODEL: a model.json, or a folder that holds one

The steps: model.json's topology is parsed as the proto3 JSON that it is, every Const takes its decoded weight,
tfjs-only ops are spelled in standard ones (standard_ops.py), and attributes that the tfjs converter left out
(the T of a Prelu, say) are inferred from the inputs.
"""

import sys

from quiet_tensorflow import tf
from google.protobuf import json_format
from tensorflow.core.framework import graph_pb2
from tensorflow.python.framework import op_def_registry
from standard_ops import spell_standard
from tfjs_model import TfjsModel


def graph_def_of(model):
    """The GraphDef of a TfjsModel; node names are those of the model."""
    topology = {key: model.topology[key] for key in ("node", "versions", "library") if key in model.topology}
    graph = json_format.ParseDict(topology, graph_pb2.GraphDef(), ignore_unknown_fields=True)
    if graph.versions.producer == 0:
        graph.versions.producer = tf.version.GRAPH_DEF_VERSION
    for node in graph.node:
        node.device = ""
        if node.op == "Const":
            set_value(node, model.weights)
    graph = spell_standard(graph)
    infer_attributes(graph)
    return graph


def set_value(node, weights):
    """The weight in the dtype the node declares: tfjs stores int64 constants as int32."""
    if node.name not in weights:
        raise ValueError(f"Const '{node.name}' has no weight in the manifest")
    value = weights[node.name]
    declared = tf.dtypes.as_dtype(node.attr["dtype"].type)
    if declared != tf.string:
        value = value.astype(declared.as_numpy_dtype)
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value, dtype=declared, shape=value.shape))


def infer_attributes(graph):
    """Fills missing type and number attributes from the inputs, until nothing changes (loops refer backwards)."""
    by_name = {node.name: node for node in graph.node}
    changed = True
    while changed:
        changed = False
        for node in graph.node:
            definition = op_definition(node.op)
            missing = {attr.name for attr in definition.attr if attr.name not in node.attr and not attr.HasField("default_value")}
            if missing and fill_missing(node, definition, missing, by_name):
                changed = True
    for node in graph.node:
        for attr in op_definition(node.op).attr:
            if attr.name not in node.attr and not attr.HasField("default_value"):
                raise ValueError(f"{node.op} '{node.name}': attribute {attr.name} is missing and cannot be inferred")


def op_definition(op):
    definition = op_def_registry.get(op)
    if definition is None:
        raise ValueError(f"op {op} is not in TensorFlow's registry")
    return definition


def fill_missing(node, definition, missing, by_name):
    data = [name for name in node.input if not name.startswith("^")]
    numbered = [arg for arg in definition.input_arg if arg.number_attr]
    changed = False
    at = 0
    for arg in definition.input_arg:
        count = len(data) - (len(definition.input_arg) - 1) if arg.number_attr and len(numbered) == 1 else 1
        if arg.number_attr in missing:
            node.attr[arg.number_attr].i = count
            changed = True
        if arg.type_attr in missing and arg.type_attr not in node.attr:
            dtype = output_dtype(by_name, data[at])
            if dtype is not None:
                node.attr[arg.type_attr].type = dtype
                changed = True
        at += count
    return changed


def output_dtype(by_name, reference):
    """The dtype of `node:port`, or None while the node's own attributes are not known."""
    name, _, port = reference.partition(":")
    node = by_name[name]
    flat = []
    for arg in op_definition(node.op).output_arg:
        dtype = arg.type or (node.attr[arg.type_attr].type if arg.type_attr in node.attr else None)
        flat += [dtype] * (node.attr[arg.number_attr].i if arg.number_attr else 1)
    return flat[int(port or 0)]


def input_names(graph):
    return [f"{node.name}:0" for node in graph.node if node.op in ("Placeholder", "PlaceholderWithDefault")]


def output_names(model, graph):
    """The signature's outputs in its order, else every node that nobody consumes."""
    outputs = [info.get("name") or key for key, info in (model.signature.get("outputs") or {}).items()]
    if not outputs:
        consumed = {name.lstrip("^").partition(":")[0] for node in graph.node for name in node.input}
        outputs = [node.name for node in graph.node if node.name not in consumed and node.op not in ("Const", "NoOp", "Placeholder")]
    return [name if ":" in name else f"{name}:0" for name in outputs]


def main(arguments):
    if len(arguments) != 2:
        sys.exit(__doc__.strip())
    graph = graph_def_of(TfjsModel(arguments[0]))
    with open(arguments[1], "wb") as file:
        file.write(graph.SerializeToString(deterministic=True))
    print(f"{arguments[1]}: {len(graph.node)} nodes")


if __name__ == "__main__":
    main(sys.argv[1:])
