"""Spells the tfjs-only ops in TensorFlow's standard ones.

_FusedConv2D, FusedDepthwiseConv2dNative and _FusedMatMul become the plain op, BiasAdd and the activation named in
fused_ops; Prelu(x, a) becomes Relu(x) + a * Minimum(x, 0), which equals x for x >= 0 and a * x below, with one rounding.
The last node of a chain keeps the name of the fused node, so every consumer and every fetch stays valid.
"""

from tensorflow.core.framework import graph_pb2

PLAIN_OF_FUSED = {"_FusedConv2D": "Conv2D", "FusedDepthwiseConv2dNative": "DepthwiseConv2dNative", "_FusedMatMul": "MatMul"}
ATTRIBUTES = {
    "Conv2D": ["T", "strides", "use_cudnn_on_gpu", "padding", "explicit_paddings", "data_format", "dilations"],
    "DepthwiseConv2dNative": ["T", "strides", "padding", "explicit_paddings", "data_format", "dilations"],
    "MatMul": ["T", "transpose_a", "transpose_b"],
}
DT_FLOAT = 1


def spell_standard(graph):
    """A new GraphDef in which every node is an op of TensorFlow's own registry."""
    result = graph_pb2.GraphDef()
    result.versions.CopyFrom(graph.versions)
    result.library.CopyFrom(graph.library)
    for node in graph.node:
        if node.op in PLAIN_OF_FUSED:
            spell_fused(result, node)
        elif node.op == "Prelu":
            data, control = split_inputs(node)
            prelu(result, node.name, data[0], data[1], dtype_of(node), control)
        else:
            result.node.add().CopyFrom(node)
    return result


def split_inputs(node):
    data = [name for name in node.input if not name.startswith("^")]
    return data, [name for name in node.input if name.startswith("^")]


def dtype_of(node):
    return node.attr["T"].type if "T" in node.attr else DT_FLOAT


def add_node(graph, name, op, inputs, dtype, control=()):
    node = graph.node.add(name=name, op=op)
    node.input.extend([*inputs, *control])
    node.attr["T"].type = dtype
    return node


def spell_fused(graph, node):
    data, control = split_inputs(node)
    plain_op = PLAIN_OF_FUSED[node.op]
    dtype = dtype_of(node)
    steps = [step.decode() for step in node.attr["fused_ops"].list.s]
    arguments = data[2:]
    names = [f"{node.name}/{plain_op}"] + [f"{node.name}/{step}" for step in steps]
    names[-1] = node.name
    plain = add_node(graph, names[0], plain_op, data[:2], dtype, control)
    for key in ATTRIBUTES[plain_op]:
        if key in node.attr:
            plain.attr[key].CopyFrom(node.attr[key])
    for step, before, name in zip(steps, names, names[1:]):
        if step == "BiasAdd":
            bias = add_node(graph, name, "BiasAdd", [before, arguments.pop(0)], dtype)
            if "data_format" in node.attr and plain_op != "MatMul":
                bias.attr["data_format"].CopyFrom(node.attr["data_format"])
        elif step == "Prelu":
            prelu(graph, name, before, arguments.pop(0), dtype)
        elif step == "LeakyRelu":
            leaky = add_node(graph, name, "LeakyRelu", [before], dtype)
            leaky.attr["alpha"].f = node.attr["leakyrelu_alpha"].f if "leakyrelu_alpha" in node.attr else 0.2
        elif step in ("Relu", "Relu6", "Elu", "Tanh", "Sigmoid"):
            add_node(graph, name, step, [before], dtype)
        else:
            raise ValueError(f"{node.op} '{node.name}': fused op {step} has no spelling here")


def prelu(graph, name, x, slope, dtype, control=()):
    zero = graph.node.add(name=f"{name}/zero", op="Const")
    zero.attr["dtype"].type = dtype
    zero.attr["value"].tensor.dtype = dtype
    zero.attr["value"].tensor.tensor_shape.SetInParent()
    zero.attr["value"].tensor.float_val.append(0.0)
    add_node(graph, f"{name}/positive", "Relu", [x], dtype, control)
    add_node(graph, f"{name}/negative", "Minimum", [x, f"{name}/zero"], dtype)
    add_node(graph, f"{name}/scaled", "Mul", [slope, f"{name}/negative"], dtype)
    add_node(graph, name, "AddV2", [f"{name}/positive", f"{name}/scaled"], dtype)
