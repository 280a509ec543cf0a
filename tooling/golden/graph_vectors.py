"""Runs the graphs of graphs/ in TensorFlow and writes ../conformance/cases/graphs.json.

    python graph_vectors.py

One session per case, oneDNN and the graph optimizer off; README.md describes the file.
"""

import importlib
import json
import os
import pkgutil

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np
from google.protobuf import text_format

from quiet_tensorflow import tf, import_graph, session
import graphs
from graph_case import LAYERS
from one_node import code_name, essence
from typed_json import tensor_json

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.join(HERE, "..", "conformance", "cases", "graphs.json")


def judge(item):
    entry = {"name": item.name, "graph": text_format.MessageToString(item.graph_def, as_one_line=True), "runs": []}
    with session(import_graph(item.graph_def), optimize=False) as sess:
        for run in item.runs:
            entry["runs"].append(judge_run(item.name, run, sess))
    return entry


def judge_run(name, run, sess):
    entry = {"feeds": {key: tensor_json(value) for key, value in run.feeds.items()}, "fetches": run.fetches, "targets": run.targets}
    try:
        values = sess.run([run.fetches, run.targets], run.feeds)[0]
    except tf.errors.OpError as error:
        if not run.error:
            raise
        return {**entry, "error": code_name(error), "tensorflowSays": essence(error.message)}
    if run.error:
        raise ValueError(f"{name}: an error was expected, TensorFlow answered {values}")
    return {**entry, "outputs": {key: output_json(np.asarray(value)) for key, value in zip(run.fetches, values)}}


def output_json(value):
    tolerance = LAYERS.of(value)
    return {**tensor_json(value), **({"tolerance": tolerance} if tolerance else {})}


def main():
    entries = []
    for module in pkgutil.iter_modules(graphs.__path__):
        for item in importlib.import_module(f"graphs.{module.name}").cases():
            entries.append(judge(item))
    names = [entry["name"] for entry in entries]
    assert len(set(names)) == len(names), "two graphs share a name"
    head = {"format": "sessionflow conformance graphs 1", "family": "graphs",
            "made": {"tensorflow": tf.__version__, "script": "tooling/golden/graph_vectors.py", "list": "tooling/golden/graphs"}}
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries)
    with open(TARGET, "w") as file:
        file.write(json.dumps(head)[:-1] + ',\n"cases":[\n' + lines + "\n]}\n")
    print(f"graphs: {len(entries)} cases, {os.path.getsize(TARGET) // 1024} KB")


if __name__ == "__main__":
    main()
