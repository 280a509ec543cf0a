"""Runs the case lists of cases/ through TensorFlow and writes ../conformance/cases/<family>.json.

    python op_vectors.py [FAMILY…]        without arguments: all families

oneDNN is off (its kernels answer some illegal inputs by ending the process), but for families that say NEEDS_ONEDNN.
A dtype that the op's definition does not allow is passed over; a combination without a CPU kernel in TensorFlow is left out
and printed. README.md describes the files.
"""

import collections
import importlib
import json
import os
import pkgutil
import subprocess
import sys

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

from quiet_tensorflow import tf
import cases
from one_node import NoKernel, NotAllowed, Refused, attributes_of, definition_of, run
from typed_json import attribute_json, tensor_json

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.join(HERE, "..", "conformance", "cases")
NOT_ALLOWED = {}


class Unexpected(Exception):
    """The case list and TensorFlow disagree on whether a case is an error."""


def judge(item):
    """The json entry of a case; None where TensorFlow has no kernel; NOT_ALLOWED where the op does not know the dtype."""
    try:
        outputs, attributes = run_for(item)
    except NotAllowed:
        return NOT_ALLOWED
    except NoKernel:
        return None
    except Refused as refused:
        if refused.code == "UNIMPLEMENTED" and not item.error:
            return None
        if not item.error:
            raise Unexpected(f"{item.name}: TensorFlow refuses it: {refused.code} {refused.message}") from None
        entry = describe(item, attributes_of(definition_of(item.op), item.inputs, item.attributes))
        return {**entry, "error": refused.code, "tensorflowSays": refused.message}
    if item.error:
        raise Unexpected(f"{item.name}: an error was expected, TensorFlow answered {outputs}")
    values = [None if number in item.unspecified else value for number, value in enumerate(outputs)]
    entry = {**describe(item, attributes), "outputs": [None if value is None else tensor_json(value) for value in values]}
    tolerances = [item.tolerance.of(value) for value in values if value is not None] if item.tolerance else []
    if any(tolerances):
        known = [tolerance for tolerance in tolerances if tolerance]
        entry["tolerance"] = {"rel": max(t["rel"] for t in known), "abs": max(t["abs"] for t in known)}
    return entry


def run_for(item):
    """A case that must be refused first asks the kernel, then, if the kernel lets it pass, the shape function too."""
    if item.error:
        run(item.op, item.inputs, item.attributes, shapes_known=False)
    return run(item.op, item.inputs, item.attributes)


def describe(item, attributes):
    attrs = {name: attribute_json(kind, value) for name, (kind, value) in attributes.items()}
    return {"name": item.name, "op": item.op, "attrs": attrs, "inputs": [tensor_json(value) for value in item.inputs]}


def write_family(family):
    module = importlib.import_module(f"cases.{family}")
    needed = "1" if getattr(module, "NEEDS_ONEDNN", False) else "0"
    if os.environ["TF_ENABLE_ONEDNN_OPTS"] != needed:
        subprocess.run([sys.executable, __file__, family], env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": needed}, check=True)
        return
    entries, missing, names, problems = [], collections.defaultdict(set), set(), []
    for item in module.cases():
        if item.name in names:
            raise ValueError(f"{family}: two cases are called '{item.name}'")
        names.add(item.name)
        try:
            entry = judge(item)
        except Unexpected as problem:
            problems.append(str(problem))
            continue
        if entry is NOT_ALLOWED:
            continue
        if entry:
            entries.append(entry)
        else:
            missing[item.op].add(item.name.split(" ")[1])
    if problems:
        sys.exit("\n".join(problems))
    head = {"format": "sessionflow conformance cases 1", "family": family,
            "made": {"tensorflow": tf.__version__, "script": "tooling/golden/op_vectors.py", "list": f"tooling/golden/cases/{family}.py"}}
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries)
    path = os.path.join(TARGET, f"{family}.json")
    with open(path, "w") as file:
        file.write(json.dumps(head)[:-1] + ',\n"cases":[\n' + lines + "\n]}\n")
    print(f"{family}: {len(entries)} cases, {os.path.getsize(path) // 1024} KB", flush=True)
    for op, dtypes in sorted(missing.items()):
        print(f"  no CPU kernel: {op} {' '.join(sorted(dtypes))}")


def main(families):
    os.makedirs(TARGET, exist_ok=True)
    for family in families or [module.name for module in pkgutil.iter_modules(cases.__path__)]:
        write_family(family)


if __name__ == "__main__":
    main(sys.argv[1:])
