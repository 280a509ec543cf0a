"""Runs tfjs graph models in TensorFlow and writes golden vectors: vectors/models/<model>.json and <model>.bin.gz.

    python model_vectors.py                        the 12 models of @vladmandic/human and @spotify/basic-pitch
    python model_vectors.py --out DIR MODEL...     any models (a model.json, or a folder of model files)
    options: --samples JPG   the photograph (default: assets/samples.jpg of @vladmandic/human)

README.md describes the files. For every output the script also measures TensorFlow's own spread: the model is run again
with every float weight moved by one rounding (up or down by a seeded sign), and the largest change of any element is noted.
And it measures TensorFlow's own rounding: the same graph is run in float64, where it has only ops that TensorFlow can run there.
"""

import argparse
import glob
import gzip
import json
import os

import numpy as np

from quiet_tensorflow import tf, import_graph, session
from model_inputs import feeds_of_cases, read_photograph, value_of
from packages import find_package, package_of
from tfjs_model import TfjsModel
from tfjs_to_graphdef import graph_def_of, input_names, output_names
import mulberry32

HERE = os.path.dirname(os.path.abspath(__file__))
WHOLE = 50_000      # outputs of more elements are stored as a sample and block sums
SAMPLE = 20_000
BLOCK = 4096
SPREAD_SEEDS = [101, 102, 103]


def default_models():
    models = sorted(glob.glob(os.path.join(find_package("@vladmandic/human"), "models", "*.json")))
    models = [path for path in models if os.path.basename(path) != "models.json"]
    return models + [os.path.join(find_package("@spotify/basic-pitch"), "model", "model.json")]


def expand(path):
    """A folder without a model.json stands for all models in it."""
    if os.path.isdir(path) and not os.path.exists(os.path.join(path, "model.json")):
        return [file for file in sorted(glob.glob(os.path.join(path, "*.json"))) if is_graph_model(file)]
    return [path]


def is_graph_model(path):
    with open(path) as file:
        data = json.load(file)
    return isinstance(data, dict) and "modelTopology" in data


def nudged(graph_def, seed):
    """A copy with every element of every float weight moved to the next float up or down.

    Constants of one element are left alone: they are factors of formulae, some of which compute shapes.
    """
    copy = type(graph_def)()
    copy.CopyFrom(graph_def)
    for number, node in enumerate(node for node in copy.node if node.op == "Const"):
        tensor = node.attr["value"].tensor
        values = tf.make_ndarray(tensor)
        if values.dtype != np.float32 or values.size < 2:
            continue
        direction = mulberry32.signs(seed * 65537 + number, values.size).reshape(values.shape).astype(np.float32)
        moved = np.nextafter(values, direction * np.float32(np.inf))
        tensor.CopyFrom(tf.make_tensor_proto(moved, shape=values.shape))
    return copy


def widened(graph_def):
    """A copy that computes in float64; constants keep their float32 values."""
    copy = type(graph_def)()
    copy.CopyFrom(graph_def)
    for attr in (attr for node in copy.node for attr in node.attr.values()):
        if attr.type == tf.float32:
            attr.type = tf.float64.as_datatype_enum
        for place, dtype in enumerate(attr.list.type):
            if dtype == tf.float32:
                attr.list.type[place] = tf.float64.as_datatype_enum
        if attr.HasField("tensor") and attr.tensor.dtype == tf.float32:
            values = tf.make_ndarray(attr.tensor)
            attr.tensor.CopyFrom(tf.make_tensor_proto(values.astype(np.float64), shape=values.shape))
    return copy


def run_all(graph_def, outputs, cases):
    graph = import_graph(graph_def)
    with session(graph, optimize=False) as sess:
        return [sess.run(outputs, {name: fed(graph, name, feed) for name, feed in feeds.items()}) for _, feeds in cases]


def fed(graph, name, feed):
    return value_of(feed).astype(graph.get_tensor_by_name(name).dtype.as_numpy_dtype)


def run_widened(graph_def, outputs, cases):
    """Results in float64, None for each case where an op of the graph takes no float64."""
    try:
        return run_all(widened(graph_def), outputs, cases)
    except (ValueError, tf.errors.OpError):
        return [None] * len(cases)


class Binary:
    """The sections of the .bin.gz: little-endian arrays, one after another, each starting at a multiple of 8."""

    def __init__(self):
        self.data = bytearray()

    def add(self, array):
        self.data += b"\0" * (-len(self.data) % 8)
        offset = len(self.data)
        self.data += np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
        return {"dtype": array.dtype.name, "offset": offset, "count": int(array.size)}


def describe_output(value, moved, exact, binary, seed):
    """The json entry of one output; `moved` are its values under nudged weights, `exact` is that in float64 or None."""
    entry = {"dtype": value.dtype.name, "shape": list(value.shape)}
    flat = value.reshape(-1)
    wide = flat.astype(np.float64)
    entry["scale"] = float(np.max(np.abs(wide), initial=0))
    if all(other.shape == value.shape for other in moved):
        spreads = [float(np.max(np.abs(other.reshape(-1).astype(np.float64) - wide), initial=0)) for other in moved]
        entry["spread"], entry["spreads"] = sorted(spreads)[len(spreads) // 2], spreads
    else:
        entry["spread"] = None
    if exact is not None and exact.shape == value.shape:
        entry["rounding"] = float(np.max(np.abs(exact.reshape(-1).astype(np.float64) - wide), initial=0))
    else:
        entry["rounding"] = None
    if flat.size <= WHOLE:
        entry["data"] = binary.add(flat)
    else:
        entry["sample"] = {"seed": seed, **binary.add(flat[mulberry32.indices(seed, SAMPLE, flat.size)])}
        sums = np.add.reduceat(wide, np.arange(0, flat.size, BLOCK))
        entry["blocks"] = {"size": BLOCK, **binary.add(sums)}
    return entry


def vectors_of(path, photograph):
    model = TfjsModel(path)
    graph_def = graph_def_of(model)
    graph = import_graph(graph_def)
    placeholders = [graph.get_tensor_by_name(name) for name in input_names(graph_def)]
    outputs = output_names(model, graph_def)
    cases = feeds_of_cases(model.name, placeholders, photograph)
    results = run_all(graph_def, outputs, cases)
    moved = [run_all(nudged(graph_def, seed), outputs, cases) for seed in SPREAD_SEEDS]
    exact = run_widened(graph_def, outputs, cases)
    binary = Binary()
    package, version = package_of(model.path)
    data = {
        "format": "sessionflow model vectors 1",
        "model": model.name,
        "made": {"tensorflow": tf.__version__, "script": "tooling/golden/model_vectors.py", "threads": 1, "graphOptimizer": False},
        "source": {"package": package, "version": version, "sha256": model.hashes()},
        "binary": f"{model.name}.bin.gz",
        "inputs": [{"name": tensor.name, "dtype": tensor.dtype.name, "shape": declared_shape(tensor)} for tensor in placeholders],
        "outputs": outputs,
        "cases": [],
    }
    for number, (name, feeds) in enumerate(cases):
        described = {key: {**feed, "binary": binary.add(feed["binary"])} if "binary" in feed else feed for key, feed in feeds.items()}
        data["cases"].append({"name": name, "feeds": described, "outputs": {
            output: describe_output(results[number][at], [run[number][at] for run in moved], exact[number] and exact[number][at], binary, 1000 * number + at + 1)
            for at, output in enumerate(outputs)}})
    return data, bytes(binary.data)


def declared_shape(tensor):
    """Dims with null where unknown; null for an unknown rank."""
    return tensor.shape.as_list() if tensor.shape.rank is not None else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*")
    parser.add_argument("--out", default=os.path.join(HERE, "vectors", "models"))
    parser.add_argument("--samples")
    options = parser.parse_args()
    samples = options.samples or os.path.join(find_package("@vladmandic/human"), "assets", "samples.jpg")
    photograph = read_photograph(samples)
    os.makedirs(options.out, exist_ok=True)
    for path in [file for model in options.models or default_models() for file in expand(model)]:
        data, binary = vectors_of(path, photograph)
        target = os.path.join(options.out, data["model"])
        with open(f"{target}.json", "w") as file:
            json.dump(data, file, indent=1)
            file.write("\n")
        with open(f"{target}.bin.gz", "wb") as file:
            file.write(gzip.compress(binary, 9, mtime=0))
        for case in data["cases"]:
            worst = max((entry["spread"] or 0) / (entry["scale"] or 1) for entry in case["outputs"].values())
            print(f"{data['model']} {case['name']}: {len(data['outputs'])} outputs, largest spread {worst:.1e} of scale", flush=True)


if __name__ == "__main__":
    main()
