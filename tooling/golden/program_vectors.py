"""Runs short TensorFlow 1 programs and writes what they print to vectors/programs.json; src/programs has the same programs in TypeScript.

    python program_vectors.py

A program prints with `say`: names, texts, and values, which are written as JSON with floats rounded to six digits.
"""

import json
import os

import programs  # noqa: F401  registers them
from program_case import PROGRAMS, plain, tf
from quiet_tensorflow import tf as tf2


def main():
    outputs = {}
    for name, run in PROGRAMS.items():
        lines = []
        tf.reset_default_graph()
        run(lambda *values: lines.append(json.dumps([plain(value) for value in values], separators=(",", ":"))))
        outputs[name] = lines
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors", "programs.json"), "w") as file:
        json.dump({"made": {"tensorflow": tf2.__version__, "script": "program_vectors.py"}, "outputs": outputs}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
