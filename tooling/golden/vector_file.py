"""Reads the golden vectors of a model and compares results with them; the counterpart of model_vectors.py."""

import gzip
import json
import os

import numpy as np

import mulberry32

TOLERANCE = 1e-4    # of the output's scale
SPREADS = 3         # times TensorFlow's own spread, where that is more


class VectorFile:
    def __init__(self, path):
        with open(path) as file:
            self.data = json.load(file)
        with gzip.open(os.path.join(os.path.dirname(path), self.data["binary"])) as file:
            self.binary = file.read()

    def section(self, where):
        dtype = np.dtype(where["dtype"]).newbyteorder("<")
        return np.frombuffer(self.binary, dtype, where["count"], where["offset"])

    def feed(self, description):
        """The feed description with its pixels in place, as model_inputs.value_of takes it."""
        if "binary" not in description:
            return description
        return {**description, "binary": self.section(description["binary"]).reshape(description["shape"])}

    def deviation(self, entry, value):
        """(largest difference, allowed difference) of an output; the difference is inf for a wrong dtype or shape."""
        scale = entry["scale"]
        allowed = max(TOLERANCE * scale, SPREADS * (entry["spread"] or 0))
        if value.dtype.name != entry["dtype"] or list(value.shape) != entry["shape"]:
            return np.inf, allowed
        flat = value.reshape(-1).astype(np.float64)
        if "data" in entry:
            return largest(flat - self.section(entry["data"])), allowed
        sample = entry["sample"]
        difference = largest(flat[mulberry32.indices(sample["seed"], sample["count"], flat.size)] - self.section(sample))
        size = entry["blocks"]["size"]
        sums = np.add.reduceat(flat, np.arange(0, flat.size, size))
        return max(difference, largest(sums - self.section(entry["blocks"])) / size), allowed


def largest(difference):
    """NaN counts as infinitely far."""
    magnitude = np.abs(difference.astype(np.float64))
    return float(np.max(np.where(np.isnan(magnitude), np.inf, magnitude), initial=0))
