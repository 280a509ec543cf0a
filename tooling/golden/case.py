"""What a case list is written in: one Case is one op, its attributes and its input values.

    from case import case, FUNCTION
    def cases():
        yield case("Exp", floats("float32", (5,)), tolerance=FUNCTION)

Type and number attributes (T, N, …) follow from the inputs; others that are not given keep their default.
The expected results are TensorFlow's, added by op_vectors.py.
"""

from dataclasses import dataclass

import numpy as np

from typed_json import dtype_name


@dataclass
class Tolerance:
    """By kind of number: relative and absolute; of_scale adds that part of the output's largest magnitude to the absolute one."""

    float16: tuple
    bfloat16: tuple
    float32: tuple
    float64: tuple
    of_scale: bool = False

    def of(self, array):
        """{rel, abs} for one output, or None where the result must be exact."""
        kind = {"complex64": "float32", "complex128": "float64"}.get(array.dtype.name, array.dtype.name)
        if kind not in ("float16", "bfloat16", "float32", "float64"):
            return None
        rel, absolute = getattr(self, kind)
        if self.of_scale:
            magnitudes = np.abs(array.astype(np.complex128 if array.dtype.kind == "c" else np.float64))
            finite = magnitudes[np.isfinite(magnitudes)]
            absolute += rel * float(np.max(finite, initial=0))
        return {"rel": rel, "abs": float(f"{absolute:.3g}")}


# One correctly rounded operation, or a few.
ARITHMETIC = Tolerance((1e-3, 1e-7), (8e-3, 1e-37), (1e-6, 1e-37), (1e-14, 1e-300))
# A library function: exp, log, tanh, sin…
FUNCTION = Tolerance((2e-3, 1e-6), (1.6e-2, 1e-30), (5e-6, 1e-7), (1e-12, 1e-14))
# Functions whose small results matter relative to themselves; a GPU's exp loses some bits for large arguments.
EXPONENTIAL = Tolerance((4e-3, 1e-6), (4e-2, 1e-37), (2e-5, 1e-37), (1e-12, 1e-300))
# Functions with steep or cancelling places: lgamma, digamma, erfinv, zeta…
SPECIAL = Tolerance((4e-3, 1e-4), (3e-2, 1e-3), (5e-5, 2e-5), (1e-9, 1e-10))
# Sums in any order: reductions, products of matrices, convolutions.
ACCUMULATED = Tolerance((4e-3, 1e-6), (3e-2, 1e-30), (1e-5, 1e-30), (1e-13, 1e-300), of_scale=True)
# What TensorFlow computes in float32 whatever the dtype is.
IN_FLOAT32 = Tolerance((4e-3, 1e-6), (3e-2, 1e-30), (1e-5, 1e-30), (1e-5, 1e-30), of_scale=True)


@dataclass
class Case:
    op: str
    inputs: list
    attributes: dict
    label: str = ""
    tolerance: Tolerance = None
    error: bool = False
    unspecified: tuple = ()
    name: str = ""

    def __post_init__(self):
        self.inputs = [np.asarray(value) for value in self.inputs]
        dtype = dtype_name(self.inputs[0]) if self.inputs else ""
        self.name = " ".join(part for part in (self.op, dtype, self.label or shapes_of(self.inputs)) if part)


def shapes_of(inputs):
    return " ".join("[" + ",".join(map(str, value.shape)) + "]" for value in inputs)


def case(op, *inputs, label="", tolerance=None, error=False, unspecified=(), **attributes):
    """error=True: TensorFlow must refuse the case, its error code is the expected result. unspecified: outputs that may hold anything."""
    return Case(op, list(inputs), attributes, label, tolerance, error, unspecified)
