"""Times the zoo's graphs in TensorFlow's CPU build, and converts them for ONNX Runtime: the native columns of `pnpm bench:zoo`.

    python zoo_native.py OUT.json [--threads N] [--onnx DIR] [--model NAME]... [--seconds 0.4]

OUT.json holds {"tensorflow": {model: {threads: median ms}}}, and what it held before; call once for each number of threads, since TensorFlow
makes its threads once in a process. Give it to `pnpm bench:zoo --tensorflow OUT.json`. With --onnx each graph is
also written to DIR/<model>.onnx by tf2onnx, where it can; `pnpm bench:zoo --onnx DIR` measures those in onnxruntime-node, in turn with
tfjs-wasm. Graphs and feeds are those of the golden vectors' first case. Needs tooling/golden/requirements.txt, and tf2onnx for --onnx.
"""

import argparse
import glob
import json
import os
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "..", "golden")
sys.path.insert(0, GOLDEN)

from quiet_tensorflow import tf, import_graph  # noqa: E402
from model_inputs import value_of  # noqa: E402
from packages import find_package  # noqa: E402
from tfjs_model import TfjsModel  # noqa: E402
from tfjs_to_graphdef import graph_def_of  # noqa: E402


def described_models(wanted):
    for path in sorted(glob.glob(os.path.join(GOLDEN, "vectors", "models", "*.json")) + glob.glob(os.path.join(GOLDEN, "vectors", "zoo", "*.json"))):
        with open(path) as file:
            description = json.load(file)
        if not wanted or description["model"] in wanted:
            yield description


def model_file(description):
    package = find_package(description["source"]["package"], GOLDEN)
    return next(path for path in (os.path.join(package, "models", description["model"] + ".json"), os.path.join(package, "model", "model.json"))
                if os.path.exists(path))


def median_ms(graph, outputs, feeds, threads, seconds):
    """At least five runs, after as many that count for nothing."""
    config = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=1, use_per_session_threads=True)
    with tf.compat.v1.Session(graph=graph, config=config) as session:
        run = session.make_callable(outputs, feed_list=list(feeds))
        values = list(feeds.values())
        times = []
        for phase in range(2):
            times.clear()
            end = time.perf_counter() + seconds
            while len(times) < 5 or time.perf_counter() < end:
                start = time.perf_counter()
                run(*values)
                times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def to_onnx(graph_def, inputs, outputs, path):
    import tf2onnx
    model, _ = tf2onnx.convert.from_graph_def(graph_def, input_names=inputs, output_names=outputs, opset=18)
    with open(path, "wb") as file:
        file.write(model.SerializeToString())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--onnx")
    parser.add_argument("--model", action="append")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.4)
    options = parser.parse_args()
    if options.onnx:
        os.makedirs(options.onnx, exist_ok=True)
    measured = {}
    if os.path.exists(options.out):
        with open(options.out) as file:
            measured = json.load(file)["tensorflow"]
    for description in described_models(options.model):
        name, outputs = description["model"], description["outputs"]
        feeds = {tensor: value_of(feed) for tensor, feed in description["cases"][0]["feeds"].items()}
        graph_def = graph_def_of(TfjsModel(model_file(description)))
        graph = import_graph(graph_def)
        times = measured.setdefault(name, {})
        times[str(options.threads)] = median_ms(graph, outputs, feeds, options.threads, options.seconds)
        print(name, measured[name], file=sys.stderr, flush=True)
        if options.onnx:
            try:
                to_onnx(graph_def, list(feeds), outputs, os.path.join(options.onnx, f"{name}.onnx"))
            except Exception as error:  # tf2onnx raises many kinds
                print(f"{name}: not converted: {str(error).splitlines()[0] if str(error) else type(error).__name__}", file=sys.stderr, flush=True)
        with open(options.out, "w") as file:
            json.dump({"tensorflow": measured}, file, indent=1)


if __name__ == "__main__":
    main()
