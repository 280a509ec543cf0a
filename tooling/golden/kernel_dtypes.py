"""Writes ../conformance/kernelDtypes.json: of every op of core's signature facts, the types that TensorFlow's CPU kernels are registered for.

    python kernel_dtypes.py

{ OP: [{ ATTRIBUTE: "float32 float64 …" }, …] }: a kernel an entry; attributes that are not named may have any type. Kernels that differ in one
attribute alone are joined.
"""

import json
import os

from quiet_tensorflow import tf  # noqa: F401  (fills the registry)
from tensorflow.python.framework import kernels
from typed_json import DATA_TYPES

HERE = os.path.dirname(os.path.abspath(__file__))
FACTS = os.path.join(HERE, "..", "..", "packages", "core", "src", "ops", "facts")
TARGET = os.path.join(HERE, "..", "conformance", "kernelDtypes.json")
NAMES = {tf.dtypes.as_dtype(name).as_datatype_enum: name for name in DATA_TYPES}


def constraints_of(kernel):
    return {constraint.name: {NAMES[number] for number in constraint.allowed_values.list.type if number in NAMES} for constraint in kernel.constraint}


def joined(found):
    """Entries that differ in the types of one attribute, as one."""
    result = []
    for entry in found:
        for other in result:
            differing = [name for name in entry if entry[name] != other.get(name)]
            if set(entry) == set(other) and len(differing) <= 1:
                for name in differing:
                    other[name] |= entry[name]
                break
        else:
            result.append({name: set(types) for name, types in entry.items()})
    return result if len(result) == len(found) else joined(result)


def main():
    ops = set()
    for file in ("ops.txt", "moreOps.txt"):
        with open(os.path.join(FACTS, file)) as lines:
            ops |= {line.split("(")[0] for line in lines if "(" in line and " " not in line.split("(")[0]}
    result = {}
    for op in sorted(ops):
        found = [kernel for kernel in kernels.get_registered_kernels_for_op(op).kernel if kernel.device_type in ("CPU", "DEFAULT") and not kernel.label]
        entries = [entry for entry in map(constraints_of, found) if all(entry.values())]
        if entries:
            result[op] = [{name: " ".join(sorted(types)) for name, types in sorted(entry.items())} for entry in joined(entries)]
    with open(TARGET, "w") as file:
        file.write("{\n" + ",\n".join(f"{json.dumps(op)}:{json.dumps(entries, separators=(',', ':'))}" for op, entries in result.items()) + "\n}\n")
    print(f"{len(result)} ops, {os.path.getsize(TARGET) // 1024} KB")


main()
