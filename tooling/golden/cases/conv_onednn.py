"""Forms that only TensorFlow's oneDNN kernels run on a CPU: dilated depthwise convolution and NCHW."""

from case import ACCUMULATED, case
from values import sample

NEEDS_ONEDNN = True


def image(shape):
    return sample("float32", shape, 11, -2, 2)


def kernel(shape):
    return sample("float32", shape, 12, -2, 2)


def cases():
    for padding in ("SAME", "VALID"):
        for dilation in ((2, 2), (3, 1), (1, 2)):
            yield case("DepthwiseConv2dNative", image((1, 9, 8, 3)), kernel((3, 3, 3, 1)), label=f"{padding} dilation {dilation}", tolerance=ACCUMULATED,
                       strides=[1, 1, 1, 1], padding=padding, dilations=[1, *dilation, 1])
        for stride in (1, 2):
            nchw = {"tolerance": ACCUMULATED, "strides": [1, 1, stride, stride], "padding": padding, "data_format": "NCHW"}
            yield case("Conv2D", image((1, 3, 6, 5)), kernel((3, 3, 3, 4)), label=f"NCHW {padding} stride {stride}", **nchw)
            yield case("DepthwiseConv2dNative", image((1, 3, 6, 5)), kernel((3, 3, 3, 1)), label=f"NCHW {padding} stride {stride}", **nchw)
            for op in ("MaxPool", "AvgPool"):
                yield case(op, image((1, 3, 6, 5)), label=f"NCHW {padding} stride {stride}", tolerance=ACCUMULATED, ksize=[1, 1, 2, 2],
                           strides=[1, 1, stride, stride], padding=padding, data_format="NCHW")
    channels = (3,)
    yield case("FusedBatchNormV3", image((2, 3, 4, 5)), sample("float32", channels, 2, 0.5, 2), sample("float32", channels, 3), sample("float32", channels, 4),
               sample("float32", channels, 5, 0.5, 2), label="NCHW inference", tolerance=ACCUMULATED, unspecified=(3, 4, 5), is_training=False, data_format="NCHW")
