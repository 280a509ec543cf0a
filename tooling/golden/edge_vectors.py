"""Derives edge cases from the cases in ../conformance/cases, asks TensorFlow for their results and writes ../conformance/edges.json.gz.

    python edge_vectors.py [OP…]          without arguments: all ops; with: those anew, the others as they are in the file

For each op and each dtype that TensorFlow has a CPU kernel for: special values, no elements, one element, scalars, a broadcast (edge_rows.py). The
first candidate that TensorFlow computes is the case; where it refuses them all, its refusal is. What ends TensorFlow's process or takes it more
than TIMEOUT seconds is no case, and what it answers differently the second time neither. README.md describes the file.
"""

import gzip
import json
import os
import signal
import sys

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np

import edge_rows
from case import Tolerance
from json_case import array_of, attribute_of
from one_node import NoKernel, NotAllowed, Refused, attributes_of, definition_of, run
from op_vectors import TARGET as CASES
from quiet_tensorflow import tf
from typed_json import attribute_json, tensor_json
from values import ALL, INTS

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.join(HERE, "..", "conformance", "edges.json.gz")
TIMEOUT = 20
# Characters of a case: what is longer shows no more.
LONGEST = 8000
# What a result may differ by where the seed says that it is not exact.
LOOSE = Tolerance((8e-3, 1e-4), (6e-2, 1e-3), (1e-4, 2e-5), (1e-9, 1e-10), of_scale=True)


def seeds():
    """{op: its cases that are no errors}, the families that need oneDNN left out."""
    result = {}
    for name in sorted(os.listdir(CASES)):
        with open(os.path.join(CASES, name)) as file:
            data = json.load(file)
        if data["format"].startswith("sessionflow conformance cases") and data["family"] != "conv_onednn":
            for entry in data["cases"]:
                if "outputs" in entry and all(np.prod(tensor["shape"]) <= 400 for tensor in entry["inputs"]):
                    result.setdefault(entry["op"], []).append(entry)
    return result


def main_attribute(definition):
    """The type attribute that the op is asked about: that of its first argument that has one, as in docs/ops.md."""
    for argument in [*definition.input_arg, *definition.output_arg]:
        if argument.type_attr or argument.type_list_attr:
            return argument.type_attr or argument.type_list_attr
    return None


def dtypes_of(op, attribute, kernels):
    allowed = next(attr for attr in definition_of(op).attr if attr.name == attribute).allowed_values.list.type
    known = {name for entry in kernels.get(op, []) if attribute in entry for name in entry[attribute].split()} or set(ALL)
    return [name for name in [*ALL, "string"] if name in known and (not allowed or tf.dtypes.as_dtype(name).as_datatype_enum in allowed)]


def arguments(definition, entry):
    """Of each input, its argument in the definition."""
    result = []
    for argument in definition.input_arg:
        count = 1
        if argument.number_attr:
            count = entry["attrs"][argument.number_attr]["i"]
        elif argument.type_list_attr:
            count = len(entry["attrs"][argument.type_list_attr]["list"]["type"])
        result += [argument] * count
    return result


class Derivation:
    """One op in one dtype: its seed, converted."""

    def __init__(self, op, entry, attribute, dtype):
        definition = definition_of(op)
        kinds = {attr.name: attr.type for attr in definition.attr}
        found = arguments(definition, entry)
        follows = {name for argument in definition.input_arg for name in (argument.type_attr, argument.number_attr, argument.type_list_attr)}
        self.op, self.dtype = op, dtype
        self.positions = [number for number, argument in enumerate(found) if attribute and attribute in (argument.type_attr, argument.type_list_attr)]
        arrays = [array_of(tensor) for tensor in entry["inputs"]]
        self.inputs = [edge_rows.converted(value, dtype) if number in self.positions else value for number, value in enumerate(arrays)]
        self.attributes = {name: attribute_of(kinds[name], value) for name, value in entry["attrs"].items() if name not in follows}
        for argument in definition.output_arg:      # Tout of Real, RFFT…: the type that belongs to the input's
            partner = {"complex64": "float32", "complex128": "float64", "float32": "complex64", "float64": "complex128"}.get(dtype)
            if self.positions and argument.type_attr in ("Tout", "Tcomplex") and argument.type_attr != attribute and argument.type_attr in self.attributes:
                if partner and self.attributes[argument.type_attr] in ("float32", "float64", "complex64", "complex128"):
                    self.attributes[argument.type_attr] = partner
        self.exact = "tolerance" not in entry
        self.unspecified = [number for number, value in enumerate(entry["outputs"]) if value is None]

    def judged(self, label, inputs):
        """A case; TensorFlow's errors are raised."""
        outputs, attributes = run(self.op, inputs, self.attributes)
        again, _ = run(self.op, inputs, self.attributes)
        unspecified = {number for number, (one, other) in enumerate(zip(outputs, again)) if not same(one, other)} | set(self.unspecified)
        if len(unspecified) == len(outputs) and outputs:
            raise Unsettled
        case = self.described(label, inputs, attributes)
        case["outputs"] = [None if number in unspecified else tensor_json(value) for number, value in enumerate(outputs)]
        tolerances = [] if self.exact else [LOOSE.of(value) for number, value in enumerate(outputs) if number not in unspecified]
        if any(tolerances):
            case["tolerance"] = {key: max(tolerance[key] for tolerance in tolerances if tolerance) for key in ("rel", "abs")}
        return case

    def refused(self, label, inputs, refusal):
        attributes = attributes_of(definition_of(self.op), inputs, self.attributes)
        return {**self.described(label, inputs, attributes), "error": refusal.code, "tensorflowSays": refusal.message}

    def described(self, label, inputs, attributes):
        return {"name": f"{self.op} {self.dtype} {label}".replace("  ", " "), "op": self.op,
                "attrs": {name: attribute_json(kind, value) for name, (kind, value) in attributes.items()},
                "inputs": [tensor_json(value) for value in inputs]}

    def rows(self):
        """{label: candidates}."""
        plain = {"plain": [self.inputs]}
        if not self.positions or self.dtype in ("bool", "string"):
            special = {}
        else:
            special = {label: [inputs] for label, inputs in edge_rows.value_rows(self.inputs, self.positions, self.dtype)}
        if not self.positions:
            return plain
        shapes = {"empty": edge_rows.shorter(self.inputs, self.positions, 0), "size 1": edge_rows.shorter(self.inputs, self.positions, 1),
                  "scalar": edge_rows.scalars(self.inputs, self.positions), "odd": edge_rows.odd(self.inputs, self.positions)}
        if len(self.positions) > 1:
            shapes["broadcast"] = edge_rows.broadcasts(self.inputs, self.positions)
        return {**(special or plain), **shapes}


class Unsettled(Exception):
    """TensorFlow answers differently each time."""


def same(one, other):
    return one.dtype == other.dtype and one.shape == other.shape and (one.tobytes() == other.tobytes() or one.dtype == object and one.tolist() == other.tolist())


def seed_for(op, entries, attribute, dtype):
    """The seed with most to show: of this dtype if there is one, room for special values in every input, an odd count of elements."""
    definition = definition_of(op)

    def fitness(entry):
        types = [tensor["dtype"] for tensor, argument in zip(entry["inputs"], arguments(definition, entry)) if attribute in (argument.type_attr, argument.type_list_attr)]
        sizes = [int(np.prod(tensor["shape"])) for tensor in entry["inputs"]]
        largest = max(sizes, default=0)
        smallest = min((size for size, tensor in zip(sizes, entry["inputs"]) if tensor["dtype"] in types), default=0)
        return (dtype in types, smallest > 3, largest % 2 == 1, 16 < largest <= 64, 5 <= largest <= 100, smallest > 0, -largest)
    return max(entries, key=fitness)


def cases_of(op, entries, kernels, skipped, tell):
    """Tells of each case; `skipped` are the candidates that ended the process before."""
    attribute = main_attribute(definition_of(op))
    for dtype in dtypes_of(op, attribute, kernels) if attribute else [""]:
        usable = [entry for entry in entries if attribute is None or takes(op, entry, attribute, dtype)]
        if not usable:
            continue
        derivation = Derivation(op, seed_for(op, usable, attribute, dtype), attribute, dtype)
        for label, candidates in derivation.rows().items():
            refusal, ended = None, False
            for number, inputs in enumerate(candidates):
                identity = f"{dtype}/{label}/{number}"
                if identity in skipped:
                    ended = True
                    continue
                tell({"trying": identity})
                signal.alarm(TIMEOUT)
                try:
                    tell({"case": derivation.judged(label, inputs)})
                    refusal = None
                    break
                except Refused as error:
                    kept = refusal or error
                    if refusal is None and label not in ("broadcast", "odd"):
                        refusal, refused_inputs = kept, inputs
                except (NoKernel, NotAllowed, Unsettled):
                    break
            else:
                if refusal is not None:
                    tell({"case": derivation.refused(label, refused_inputs, refusal)})
                elif ended:
                    tell({"ended": f"{op} {dtype} {label}"})


def takes(op, entry, attribute, dtype):
    """Whether the seed can be made one of this dtype: where no input has the attribute, it must be of the dtype already."""
    if op == "Cast" and dtype not in INTS and "INT" in entry["attrs"]["DstT"]["type"]:
        return False    # what becomes of NaN there is the processor's
    if any(attribute in (argument.type_attr, argument.type_list_attr) for argument in definition_of(op).input_arg):
        return True
    return attribute_of("type", entry["attrs"][attribute]) == dtype if attribute in entry["attrs"] else False


def asked(op, entries, kernels):
    """The cases of an op, made in a process of its own, which TensorFlow may end."""
    skipped, ended = set(), []
    while True:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            with os.fdopen(writer, "w") as pipe:
                def tell(fact):
                    pipe.write(json.dumps(fact, ensure_ascii=False, separators=(",", ":")) + "\n")
                    pipe.flush()
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
                try:
                    cases_of(op, entries, kernels, skipped, tell)
                    tell({"done": True})
                except Exception as error:
                    tell({"broken": f"{op}: {type(error).__name__}: {error}"})
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            facts = [json.loads(line) for line in pipe]
        os.waitpid(child, 0)
        for fact in facts:
            if "broken" in fact:
                print(fact["broken"], flush=True)
        if facts and ("done" in facts[-1] or "broken" in facts[-1]):
            return [fact["case"] for fact in facts if "case" in fact], [fact["ended"] for fact in facts if "ended" in fact]
        tried = [fact["trying"] for fact in facts if "trying" in fact]
        if not tried or tried[-1] in skipped:
            raise RuntimeError(f"{op}: the process ends before it tries anything")
        print(f"{op} {tried[-1]}: TensorFlow ends the process", flush=True)
        skipped.add(tried[-1])


def main(chosen):
    with open(os.path.join(HERE, "..", "conformance", "kernelDtypes.json")) as file:
        kernels = json.load(file)
    found = seeds()
    known = {}
    if chosen:
        with gzip.open(TARGET, "rt") as file:
            for entry in json.load(file)["cases"]:
                known.setdefault(entry["op"], []).append(entry)
    result, ends = [], []
    for op in sorted(found):
        if chosen and op not in chosen:
            result += known.get(op, [])
            continue
        cases, ended = asked(op, found[op], kernels)
        result += cases
        ends += ended
        print(f"{op}: {len(cases)}", flush=True)
    head = {"format": "sessionflow conformance cases 1", "family": "edges",
            "made": {"tensorflow": tf.__version__, "script": "tooling/golden/edge_vectors.py"}}
    lines = ",\n".join(line for line in (json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in result) if len(line) <= LONGEST)
    text = json.dumps(head)[:-1] + ',\n"cases":[\n' + lines + "\n]}\n"
    with open(TARGET, "wb") as file, gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as packed:
        packed.write(text.encode())
    print(f"{len(result)} cases, {os.path.getsize(TARGET) // 1024} KB; without: {', '.join(ends) or 'none'}")


if __name__ == "__main__":
    main(sys.argv[1:])
