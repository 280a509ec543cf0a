"""Elementwise gradients that frozen training graphs hold: of activations, roots and reciprocals."""

from case import ARITHMETIC, FUNCTION, case
from values import FLOATS, edges, sample, spaced

# name → which input is the forward value: gradients come first in the Relu family, second in the others
GRADIENTS_FIRST = ["ReluGrad", "Relu6Grad", "SoftplusGrad", "SoftsignGrad"]
OUTPUT_GRADIENTS = ["EluGrad", "SeluGrad"]
VALUES_FIRST = ["SigmoidGrad", "TanhGrad", "SqrtGrad", "RsqrtGrad", "ReciprocalGrad", "InvGrad"]


def cases():
    for dtype in FLOATS:
        features = edges(dtype, finite=True)
        gradients = sample(dtype, features.shape, 7)
        for op in GRADIENTS_FIRST:
            if op == "SoftsignGrad":
                features = spaced(dtype, -6, 6, len(gradients))
            yield case(op, gradients, features, tolerance=FUNCTION)
        outputs = spaced(dtype, -0.9, 4, 13)
        for op in OUTPUT_GRADIENTS:
            yield case(op, sample(dtype, (13,), 8), outputs, tolerance=FUNCTION)
        for op in VALUES_FIRST:
            yield case(op, spaced(dtype, 0.1, 0.9, 13), sample(dtype, (13,), 9), tolerance=FUNCTION)
        yield case("LeakyReluGrad", sample(dtype, (7,), 8), sample(dtype, (7,), 9), tolerance=ARITHMETIC, alpha=0.1)
    for op in ("ReluGrad", "TanhGrad", "EluGrad"):
        yield case(op, sample("float32", (0, 4)), sample("float32", (0, 4)), label="empty")
        yield case(op, sample("float32", ()), sample("float32", (), 2), label="scalar", tolerance=FUNCTION)
