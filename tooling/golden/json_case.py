"""The way back of typed_json: arrays and attributes of the conformance cases' JSON."""

import base64

import numpy as np

from typed_json import DATA_TYPES
from values import COMPLEXES, QUANTIZED, dtype_of, quantized

NAMES = {text: name for name, text in DATA_TYPES.items()}


def array_of(tensor):
    dtype, shape, values = tensor["dtype"], tensor["shape"], tensor["values"]
    if dtype == "string":
        result = np.empty(len(values), object)
        result[:] = [base64.b64decode(value["base64"]) if isinstance(value, dict) else value.encode() for value in values]
        return result.reshape(shape)
    if dtype in COMPLEXES:
        return np.array([complex(float(real), float(imaginary)) for real, imaginary in values], dtype).reshape(shape)
    if dtype in QUANTIZED:
        return quantized(dtype, values).reshape(shape)
    if "int" in dtype:
        return np.array([int(value) for value in values], dtype).reshape(shape)
    return np.array([float(value) if isinstance(value, str) else value for value in values]).astype(dtype_of(dtype)).reshape(shape)


def attribute_of(kind, entry):
    """The value of an attribute whose definition has this kind; a list as a list."""
    if "list" in entry:
        tag = {"int": "i", "float": "f", "bool": "b", "string": "s"}.get(kind[5:-1], kind[5:-1])
        return [attribute_of(kind[5:-1], {tag: item}) for item in entry["list"].get(tag, [])]
    if kind == "type":
        return NAMES[entry["type"]]
    if kind == "shape":
        return None if entry["shape"].get("unknownRank") else [dim["size"] for dim in entry["shape"].get("dim", [])]
    if kind == "tensor":
        return array_of(entry["tensor"])
    value = next(iter(entry.values()))
    return float(value) if kind == "float" else value
