"""Asks TensorFlow's placer about random graphs over four CPUs and an XLA_CPU, and writes vectors/placement.json.gz.

    python placement_vectors.py [--count N] [--seed S] [--out FILE]

Graphs are imported by TensorFlow's C++ importer alone (the Python one moves colocated nodes), and placed by a session that runs nothing. An
answer is the log of log_device_placement, in its order, or the error with its text. README.md describes the file.
"""

import argparse
import collections
import gzip
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
# A second type of device, with kernels for some ops only.
os.environ["TF_XLA_FLAGS"] = "--tf_xla_enable_xla_devices"

from google.protobuf import json_format
from tensorflow.python.client import pywrap_tf_session as c_api
from tensorflow.python.framework import c_api_util, kernels

from captured_stdout import Stdout
from one_node import code_name
from placement_graphs import passages, random_graph
from quiet_tensorflow import tf

HERE = os.path.dirname(os.path.abspath(__file__))
CPUS = 4


def raw_graph(graph_def):
    """The graph as the C++ importer makes it. Colocation with nodes that are not there is the placer's business."""
    graph = tf.Graph()
    options = c_api_util.ScopedTFImportGraphDefOptions()
    c_api.TF_ImportGraphDefOptionsSetPrefix(options.options, "")
    c_api.TF_ImportGraphDefOptionsSetValidateColocationConstraints(options.options, False)
    with graph._c_graph.get() as c_graph, c_api_util.tf_buffer(graph_def.SerializeToString()) as serialized:
        c_api.TF_GraphImportGraphDefWithResults(c_graph, serialized, options.options)
    return graph


def ask(graph_def, soft):
    config = tf.compat.v1.ConfigProto(device_count={"CPU": CPUS}, allow_soft_placement=soft, log_device_placement=True)
    graph = raw_graph(graph_def)
    with Stdout() as out:
        error = None
        session = tf.compat.v1.Session(graph=graph, config=config)
        try:
            session._extend_graph()
        except tf.errors.OpError as raised:
            error = raised
        session.close()
    if error is not None:
        return {"error": code_name(error), "message": error.message}
    lines = [line.split(": ") for line in out.text.splitlines() if ": (" in line]
    return {"placed": " ".join(f"{name}@{device.rsplit('/device:', 1)[1]}".replace("@CPU:", "@") for name, _, device in lines)}


class Kernels:
    """Which of the two device types have a kernel for each op, with the dtypes that the graphs use."""

    def __init__(self):
        self.types = {}
        # XLA registers its kernels when its first device is made.
        tf.compat.v1.Session(graph=tf.Graph()).close()
        for node in passages():
            self.note(node)

    def note(self, node):
        types = [device for device in ("CPU", "XLA_CPU") if self.has(node, device)]
        assert self.types.setdefault(node.op, types) == types, f"{node.op}: kernels for some dtypes only"

    @staticmethod
    def has(node, device):
        registered = kernels.get_registered_kernels_for_op(node.op).kernel
        matches = lambda kernel: all(allows(constraint, node) for constraint in kernel.constraint)
        return any(kernel.device_type in (device, "DEFAULT") and not kernel.label and matches(kernel) for kernel in registered)


def allows(constraint, node):
    value = node.attr[constraint.name]
    types = value.list.type if value.WhichOneof("value") == "list" else [value.type]
    return all(dtype in constraint.allowed_values.list.type for dtype in types)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=700)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default=os.path.join(HERE, "vectors", "placement.json.gz"))
    options = parser.parse_args()
    cases, refused, outcomes, table = [], 0, collections.Counter(), Kernels()
    for seed in range(options.seed, options.seed + options.count):
        graph_def = random_graph(seed)
        for nodes in [graph_def.node, *(function.node_def for function in graph_def.library.function)]:
            for node in nodes:
                table.note(node)
        for soft in (False, True):
            try:
                answer = ask(graph_def, soft)
            except (ValueError, tf.errors.OpError) as error:
                refused += 1  # by the importer, before any placement
                print(f"seed {seed}: {error}", file=sys.stderr)
                break
            outcomes[answer.get("error", "placed")] += 1
            cases.append({"seed": seed, "soft": soft, **answer})
            if not soft:
                cases[-1]["graph"] = json_format.MessageToDict(graph_def)
    head = {"format": "sessionflow placement vectors 1", "made": {"tensorflow": tf.__version__, "script": "tooling/golden/placement_vectors.py"}, "cpus": CPUS, "kernels": table.types}
    with gzip.GzipFile(options.out, "wb", mtime=0) as file:
        file.write(json.dumps({**head, "cases": cases}, separators=(",", ":")).encode())
    print(f"{len(cases)} cases, {dict(outcomes)}, {refused} graphs refused, {os.path.getsize(options.out) // 1024} KB")


if __name__ == "__main__":
    main()
