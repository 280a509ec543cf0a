"""Writes moreOps.txt: ops of TensorFlow's registry that ops.txt leaves out, in the grammar of ops.txt.

    python more_ops.py > moreOps.txt     (in an environment with tensorflow 2.21)
"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf  # noqa: E402  (fills the registry)
from tensorflow.core.framework import types_pb2  # noqa: E402
from tensorflow.python.framework import op_def_registry  # noqa: E402

OPS = [
    "AnonymousHashTable", "AnonymousMutableHashTable", "AudioSpectrogram", "CTCBeamSearchDecoder", "CTCGreedyDecoder",
    "DebugIdentity", "DecodeBase64", "DecodeRaw", "DecodeWav", "EncodeBase64", "EncodeWav", "FIFOQueue", "FakeParam",
    "FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel",
    "HashTable", "HashTableV2", "ImageProjectiveTransformV2", "ImageProjectiveTransformV3",
    "LookupTableExportV2", "LookupTableFind", "LookupTableFindV2", "LookupTableImport",
    "LookupTableImportV2", "LookupTableInsertV2", "LookupTableRemoveV2", "LookupTableSize",
    "LookupTableSizeV2", "Mfcc", "MutableHashTable", "MutableHashTableOfTensorsV2",
    "MutableHashTableV2", "OptionalFromValue", "OptionalGetValue", "OptionalHasValue",
    "OptionalNone", "QuantizeAndDequantize", "QuantizeAndDequantizeV2",
    "QuantizeAndDequantizeV3", "QuantizeAndDequantizeV4", "QuantizeAndDequantizeV4Grad",
    "QuantizeDownAndShrinkRange", "QuantizeV2", "QueueClose", "QueueDequeue",
    "QueueDequeueMany", "QueueDequeueUpTo", "QueueEnqueue", "QueueEnqueueMany", "QueueIsClosed",
    "QueueSize", "RaggedBincount", "RaggedCountSparseOutput", "RaggedCross",
    "RaggedFillEmptyRows", "RaggedFillEmptyRowsGrad", "RaggedGather", "RaggedRange",
    "RaggedTensorFromVariant", "RaggedTensorToSparse", "RaggedTensorToTensor",
    "RaggedTensorToVariant", "RandomShuffleQueue", "RandomShuffleQueueV2", "RefEnter",
    "RefExit", "RefIdentity", "RefMerge", "RefNextIteration", "RefSelect", "RefSwitch",
    "UnicodeDecode", "UnicodeDecodeWithOffsets", "UnicodeEncode", "UnicodeScript",
    "UnicodeTranscode",
]


def dtype(number):
    return types_pb2.DataType.Name(number).removeprefix("DT_").lower()


def argument(arg):
    kind = f"list({arg.type_list_attr})" if arg.type_list_attr else arg.type_attr or dtype(arg.type)
    if arg.number_attr:
        kind = f"{arg.number_attr}*{kind}"
    return f"{arg.name}: {'ref ' if arg.is_ref else ''}{kind}"


def default(value):
    which = value.WhichOneof("value")
    if which == "b":
        return "true" if value.b else "false"
    if which == "s":
        return repr(value.s.decode())
    if which == "type":
        return dtype(value.type)
    if which in ("i", "f"):
        return f"{getattr(value, which):g}"
    if which == "list":
        numbers = value.list
        return f"[{', '.join(str(item) for item in [*numbers.i, *numbers.f, *map(dtype, numbers.type)])}]"
    if which == "shape":
        return "?" if value.shape.unknown_rank else f"[{', '.join(str(dim.size) for dim in value.shape.dim)}]"
    raise NotImplementedError(which)


def attribute(attr):
    text = f"{attr.name}: {attr.type}"
    if attr.has_minimum:
        text += f" >= {attr.minimum}"
    if attr.allowed_values.list.type:
        text += f" in [{', '.join(dtype(number) for number in attr.allowed_values.list.type)}]"
    if attr.allowed_values.list.s:
        text += f" in [{', '.join(item.decode() for item in attr.allowed_values.list.s)}]"
    if attr.HasField("default_value"):
        text += f" = {default(attr.default_value)}"
    return text


def line(op):
    parts = [f"{op.name}({', '.join(map(argument, op.input_arg))}) -> ({', '.join(map(argument, op.output_arg))})"]
    if op.attr:
        parts.append("; ".join(map(attribute, op.attr)))
    flags = [
        name
        for name, is_set in [
            ("stateful", op.is_stateful),
            ("commutative", op.is_commutative),
            ("aggregate", op.is_aggregate),
            ("uninitialized input ok", op.allows_uninitialized_input),
        ]
        if is_set
    ]
    if flags:
        parts.append(", ".join(flags))
    if op.HasField("deprecation"):
        parts.append(f"deprecated at {op.deprecation.version}")
    return " | ".join(parts)


print(f"TensorFlow {tf.__version__}'s op registry: ops that ops.txt leaves out, in its grammar. Written by more_ops.py.")
for name in OPS:
    print(line(op_def_registry.get(name)))
