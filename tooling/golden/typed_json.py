"""Tensors and attributes as JSON that loses nothing.

A tensor is { dtype, shape, values }, values flat and row-major:
  floats    numbers, the shortest decimal that reads back as the same value after rounding to the dtype;
            "NaN", "Infinity" and "-Infinity" as strings; -0.0 is written as such
  complex   [re, im], each as above
  integers  numbers, but int64 and uint64 as decimal strings
  bool      true, false
  string    UTF-8 text, or { "base64": … } for bytes that are none
"""

import base64
import math

import numpy as np

DATA_TYPES = {
    "float32": "DT_FLOAT", "float64": "DT_DOUBLE", "float16": "DT_HALF", "bfloat16": "DT_BFLOAT16", "int8": "DT_INT8", "int16": "DT_INT16",
    "int32": "DT_INT32", "int64": "DT_INT64", "uint8": "DT_UINT8", "uint16": "DT_UINT16", "uint32": "DT_UINT32", "uint64": "DT_UINT64",
    "bool": "DT_BOOL", "string": "DT_STRING", "complex64": "DT_COMPLEX64", "complex128": "DT_COMPLEX128", "resource": "DT_RESOURCE", "variant": "DT_VARIANT",
    "qint8": "DT_QINT8", "quint8": "DT_QUINT8", "qint16": "DT_QINT16", "quint16": "DT_QUINT16", "qint32": "DT_QINT32",
}


def dtype_name(array):
    if array.dtype.names:    # a quantized dtype is a record of one integer that bears its name
        return array.dtype.names[0]
    return "string" if array.dtype.kind in "OSU" else array.dtype.name


def tensor_json(array):
    array = np.asarray(array)
    dtype = dtype_name(array)
    return {"dtype": dtype, "shape": list(array.shape), "values": [value_json(dtype, value) for value in array.reshape(-1)]}


def value_json(dtype, value):
    if dtype == "bool":
        return bool(value)
    if dtype == "string":
        return string_json(value)
    if dtype in ("int64", "uint64"):
        return str(int(value))
    if "int" in dtype:
        return int(value[0] if value.dtype.names else value)
    if dtype.startswith("complex"):
        part = "float32" if dtype == "complex64" else "float64"
        return [float_json(part, value.real), float_json(part, value.imag)]
    return float_json(dtype, value)


def string_json(value):
    data = value.encode() if isinstance(value, str) else bytes(value)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def float_json(dtype, value):
    number = float(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if dtype == "float64":
        return short_number(number)
    shortest = float(str(np.float32(value))) if dtype == "float32" else float(f"{number:.5g}")
    reads_back = type(value)(shortest) == value
    return short_number(shortest if reads_back else number)


def short_number(number):
    """An integer where the text stays the same number, so that 1.0 is written 1; -0.0 stays."""
    if number == int(number) and abs(number) < 1e15 and not (number == 0 and math.copysign(1, number) < 0):
        return int(number)
    return number


def attribute_json(kind, value):
    """kind: the type that the op's definition gives the attribute."""
    if kind.startswith("list("):
        tagged = [attribute_json(kind[5:-1], item) for item in value]
        tag = {"int": "i", "float": "f", "bool": "b", "string": "s"}.get(kind[5:-1], kind[5:-1])
        return {"list": {tag: [item[tag] for item in tagged]}}
    if kind == "int":
        return {"i": int(value)}
    if kind == "float":
        return {"f": float_json("float32", np.float32(value))}
    if kind == "bool":
        return {"b": bool(value)}
    if kind == "string":
        return {"s": value}
    if kind == "type":
        return {"type": DATA_TYPES[value]}
    if kind == "shape":
        return {"shape": {"unknownRank": True} if value is None else {"dim": [{"size": size} for size in value]}}
    if kind == "tensor":
        return {"tensor": tensor_json(value)}
    raise ValueError(f"attribute kind {kind} has no JSON form here")
