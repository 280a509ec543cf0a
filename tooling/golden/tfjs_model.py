"""Reads a TensorFlow.js graph model: model.json and its weight shards, decoded exactly as tfjs decodes them.

tfjs rule (tfjs-core io_utils decodeWeights): float16 widens to float32; uint8 and uint16 become
value = q * scale + min, computed in double and rounded once to float32 (int32: rounded to the nearest integer).
"""

import hashlib
import json
import os

import numpy as np

PLAIN = {"float32": "<f4", "int32": "<i4", "bool": "u1", "uint8": "u1", "complex64": "<c8", "float16": "<f2"}


class TfjsModel:
    """topology: the GraphDef as proto3 JSON; weights: name → array; signature: {inputs, outputs} or {}; files: path list."""

    def __init__(self, path):
        path = model_file(path)
        with open(path, "rb") as file:
            data = json.load(file)
        if "modelTopology" not in data or "node" not in data["modelTopology"]:
            raise ValueError(f"{path}: not a tfjs graph model: modelTopology.node is missing")
        self.path = path
        self.name = model_name(path)
        self.topology = data["modelTopology"]
        self.signature = data.get("signature") or (data.get("userDefinedMetadata") or {}).get("signature") or {}
        self.weights = {}
        self.files = [path]
        for group in data.get("weightsManifest", []):
            shards = [os.path.join(os.path.dirname(path), shard) for shard in group["paths"]]
            self.files += shards
            self.weights.update(decode_group(group["weights"], b"".join(read_bytes(shard) for shard in shards)))

    def hashes(self):
        return {os.path.basename(file): hashlib.sha256(read_bytes(file)).hexdigest() for file in self.files}


def model_file(path):
    """A folder stands for the model.json in it."""
    return os.path.join(path, "model.json") if os.path.isdir(path) else path


def model_name(path):
    """blazeface.json → blazeface; basic-pitch/model/model.json → basic-pitch."""
    stem = os.path.splitext(os.path.basename(path))[0]
    if stem != "model":
        return stem
    folders = os.path.abspath(path).split(os.sep)[:-1]
    return next(folder for folder in reversed(folders) if folder != "model")


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def decode_group(specs, data):
    """Weights of one manifest group, by name; they lie one after another in the joined shards."""
    weights, at = {}, 0
    for spec in specs:
        values, at = decode_weight(spec, data, at)
        weights[spec["name"]] = values
    if at != len(data):
        raise ValueError(f"weight shards hold {len(data)} bytes, the manifest describes {at}")
    return weights


def decode_weight(spec, data, at):
    shape, dtype = spec["shape"], spec["dtype"]
    count = int(np.prod(shape, dtype=np.int64))
    if dtype == "string":
        return decode_strings(data, at, count, shape)
    quantization = spec.get("quantization")
    stored = np.dtype(PLAIN[quantization["dtype"]] if quantization and quantization["dtype"] != "uint16" else "<u2" if quantization else PLAIN[dtype])
    raw = np.frombuffer(data, stored, count, at)
    at += count * stored.itemsize
    if quantization and quantization["dtype"] != "float16":
        exact = raw.astype(np.float64) * quantization["scale"] + quantization["min"]
        values = np.floor(exact + 0.5).astype(np.int32) if dtype == "int32" else exact.astype(np.float32)
    elif dtype == "bool":
        values = raw != 0
    else:
        values = raw.astype(PLAIN[dtype])
    return values.reshape(shape), at


def decode_strings(data, at, count, shape):
    """tfjs strings: a little-endian uint32 length before each."""
    values = []
    for _ in range(count):
        length = int.from_bytes(data[at:at + 4], "little")
        values.append(data[at + 4:at + 4 + length])
        at += 4 + length
    return np.array(values, dtype=object).reshape(shape), at
