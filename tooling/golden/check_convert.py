"""Loads a GraphDef in TensorFlow and compares its results with a model's golden vectors.

    python check_convert.py MODEL.pb vectors/models/MODEL.json

MODEL.pb (or .pbtxt) is what `sessionflow convert` wrote. Exit code 0: every output of every case within tolerance.
"""

import sys

from google.protobuf import text_format
from tensorflow.core.framework import graph_pb2

from quiet_tensorflow import import_graph, session
from model_inputs import value_of
from vector_file import VectorFile


def read_graph(path):
    graph = graph_pb2.GraphDef()
    with open(path, "rb") as file:
        data = file.read()
    if path.endswith(".pbtxt"):
        text_format.Parse(data.decode(), graph)
    else:
        graph.ParseFromString(data)
    return graph


def check(graph_def, vectors):
    """Prints one line per output; True when all are within tolerance."""
    good = True
    with session(import_graph(graph_def), optimize=False) as sess:
        for case in vectors.data["cases"]:
            names = list(case["outputs"])
            feeds = {name: value_of(vectors.feed(description)) for name, description in case["feeds"].items()}
            for name, value in zip(names, sess.run(names, feeds)):
                difference, allowed = vectors.deviation(case["outputs"][name], value)
                good = good and difference <= allowed
                verdict = "ok" if difference <= allowed else "WRONG"
                print(f"{verdict} {case['name']} {name}: differs by {difference:.3g}, allowed {allowed:.3g}")
    return good


def main(arguments):
    if len(arguments) != 2:
        sys.exit(__doc__.strip())
    sys.exit(0 if check(read_graph(arguments[0]), VectorFile(arguments[1])) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
