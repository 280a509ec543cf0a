"""Asks TensorFlow's placer itself about the graphs of placement_worlds.py, and writes vectors/placementWorlds.json.gz.

    python placement_world_vectors.py [--count N] [--seed S] [--out FILE] [--oracle LIBRARY]

placement_oracle.cc, which hands the placer its devices, is compiled against the headers of the wheel (about a minute, g++ with C++17) unless
LIBRARY is there. An answer is the log of log_device_placement, in its order, or the error with its text. README.md describes the file.
"""

import argparse
import collections
import ctypes
import gzip
import json
import os
import re
import subprocess
import tempfile

from quiet_tensorflow import tf

from google.protobuf import json_format
from tensorflow.core.framework import kernel_def_pb2, types_pb2
from tensorflow.core.protobuf import error_codes_pb2
from tensorflow.python.framework import kernels as registered

import placement_worlds as worlds
from captured_stdout import Stdout

HERE = os.path.dirname(os.path.abspath(__file__))


def compiled(path):
    if os.path.exists(path):
        return path
    # (NDEBUG, as the wheel has it: the layouts of some classes depend on it.)
    subprocess.run(["g++", "-O0", "-w", "-shared", "-fPIC", "-DNDEBUG", "-o", path, os.path.join(HERE, "placement_oracle.cc"), *tf.sysconfig.get_compile_flags(),
                    *tf.sysconfig.get_link_flags(), f"-Wl,-rpath,{tf.sysconfig.get_lib()}"], check=True)
    return path


class Oracle:
    def __init__(self, library):
        self.library = ctypes.CDLL(library)
        self.library.place_graph.restype = ctypes.c_char_p
        for type, rank in worlds.TYPES.items():
            if type != "CPU":
                self.library.define_type(type.encode(), rank)
        for op in worlds.ops():
            bytes = op.SerializeToString()
            self.library.define_op(bytes, ctypes.c_size_t(len(bytes)))
        self.kernels = collections.defaultdict(dict)
        for op, type, spec in worlds.kernels():
            self.define(op, type, spec)
        for op in worlds.REAL:
            there = {kernel.device_type for kernel in registered.get_registered_kernels_for_op(op).kernel}
            for type in worlds.TYPES:
                if type in there or "DEFAULT" in there:
                    self.kernels[op][type] = True
                else:
                    self.define(op, type, True)

    def define(self, op, type, spec):
        kernel = kernel_def_pb2.KernelDef(op=op, device_type=type)
        if spec is not True:
            kernel.priority = spec.get("priority", 0)
            if "dtypes" in spec:
                constraint = kernel.constraint.add(name="T")
                constraint.allowed_values.list.type.extend(types_pb2.DataType.Value(name) for name in spec["dtypes"])
        bytes = kernel.SerializeToString()
        self.library.define_kernel(bytes, ctypes.c_size_t(len(bytes)))
        self.kernels[op][type] = spec

    def ask(self, case):
        bytes = case.graph.SerializeToString()
        lines = lambda pairs: "".join(f"{a}\t{b}\n" for a, b in pairs).encode()
        with Stdout() as out:
            answer = self.library.place_graph(bytes, ctypes.c_size_t(len(bytes)), lines(case.devices), lines(case.assigned.items()), case.client.encode(), case.is_default,
                                              case.soft, case.isolate).decode()
        if answer.startswith("!"):
            code, message = answer[1:].split(" ", 1)
            op = re.search("^Op: (.*)$", message, re.M)
            if op and op[1] in worlds.REAL:
                # Those that TensorFlow has of it need not be known.
                message = re.sub("(?<=Registered kernels:\n)(  .*\n)*", "".join(f"  device='{type}'\n" for type in self.kernels[op[1]]), message)
            return {"error": error_codes_pb2.Code.Name(int(code)), "message": message}
        log = re.findall(r"^(\S+): \(\S+\): (\S+)$", out.text, re.M)
        assert dict(log) == dict(line.split("\t") for line in answer.splitlines())
        return {"placed": " ".join(f"{name}@{[each for each, _ in case.devices].index(device)}" for name, device in log)}


def depends_on_order(graph):
    """Calls that the placer looks into stand in a set of pointers: of several conflicts, it finds one or another."""
    bodies = [graph.node, *(function.node_def for function in graph.library.function)]
    return any(sum("PartitionedCall" in node.op and worlds.RESOURCE in node.attr["Tout"].list.type for node in nodes) > 1 for nodes in bodies)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=900)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default=os.path.join(HERE, "vectors", "placementWorlds.json.gz"))
    parser.add_argument("--oracle", default=os.path.join(tempfile.gettempdir(), "placement_oracle.so"))
    options = parser.parse_args()
    oracle = Oracle(compiled(options.oracle))
    cases, outcomes = [], collections.Counter()
    for seed in range(options.seed, options.seed + options.count):
        case = worlds.Case(seed)
        answer = oracle.ask(case)
        outcomes[answer.get("error", "placed")] += 1
        if depends_on_order(case.graph) and not answer.get("message", "Cannot assign").startswith(("Cannot assign", "Assigned")):
            answer = {"error": "ANY"}
        given = {"devices": [name for name, _ in case.devices], "soft": case.soft, "isolate": case.isolate, "assigned": case.assigned, "default": case.client if case.is_default else None}
        cases.append({"seed": seed, **{key: value for key, value in given.items() if value}, "graph": json_format.MessageToDict(case.graph), **answer})
    head = {"format": "sessionflow placement vectors 2", "made": {"tensorflow": tf.__version__, "script": "tooling/golden/placement_world_vectors.py"}, "types": worlds.TYPES,
            "kernels": oracle.kernels, "opDefs": [json_format.MessageToDict(op) for op in worlds.ops()]}
    with gzip.GzipFile(options.out, "wb", mtime=0) as file:
        file.write(json.dumps({**head, "cases": cases}, separators=(",", ":")).encode())
    print(f"{len(cases)} cases, {dict(outcomes)}, {os.path.getsize(options.out) // 1024} KB")


if __name__ == "__main__":
    main()
