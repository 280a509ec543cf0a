"""Resizing and cropping images, colour conversion."""

import numpy as np

from case import ACCUMULATED, FUNCTION, IN_FLOAT32, case
from values import f32, i32, sample

SIZES = [((2, 3), (4, 6)), ((4, 5), (2, 2)), ((3, 3), (7, 5)), ((5, 4), (5, 4)), ((1, 1), (3, 2)), ((6, 7), (1, 1)), ((4, 4), (3, 9))]
CENTERS = [{}, {"align_corners": True}, {"half_pixel_centers": True}]


def image(shape, dtype="float32"):
    return sample(dtype, shape, 31, 0, 200)


def cases():
    for op in ("ResizeBilinear", "ResizeNearestNeighbor", "ResizeBicubic"):
        tolerance = None if op == "ResizeNearestNeighbor" else ACCUMULATED
        for source, target in SIZES:
            for centers in CENTERS:
                label = " ".join([f"{source} to {target}", *centers])
                yield case(op, image((1, *source, 2)), i32(*target), label=label, tolerance=tolerance, **centers)
        for dtype in ("float16", "bfloat16", "float64", "uint8", "int8", "uint16", "int16", "int32", "int64"):
            yield case(op, image((1, 3, 4, 2), dtype), i32(5, 2), label="dtype", tolerance=tolerance, half_pixel_centers=True)
        for channels in (1, 3, 4, 5, 16, 17):
            yield case(op, image((2, 2, 3, channels)), i32(3, 5), label=f"channels {channels}", tolerance=tolerance)
        yield case(op, np.zeros((0, 2, 2, 1), np.float32), i32(3, 3), label="empty batch")
        yield case(op, image((1, 2, 2, 1)), i32(0, 3), label="no rows", error=True)
        yield case(op, image((2, 2, 1)), i32(3, 3), label="rank 3", error=True)
    for align_corners in (False, True):
        yield case("ResizeArea", image((1, 5, 6, 2)), i32(2, 3), label=f"align {align_corners}", tolerance=ACCUMULATED, align_corners=align_corners)
    yield from gradients()
    yield from crops()
    yield from colours()
    yield from projections()


def gradients():
    for centers in CENTERS:
        label = " ".join(centers) or "plain"
        yield case("ResizeBilinearGrad", sample("float32", (1, 4, 6, 2)), image((1, 2, 3, 2)), label=label, tolerance=ACCUMULATED, **centers)
        yield case("ResizeNearestNeighborGrad", sample("float32", (1, 4, 6, 2)), i32(2, 3), label=label, tolerance=ACCUMULATED, **centers)


def crops():
    boxes = f32([[0, 0, 1, 1], [0.25, 0.1, 0.75, 0.6], [0.8, 0.9, 0.2, 0.1], [-0.5, -0.2, 1.4, 1.2]])
    owners = i32(0, 1, 0, 1)
    for method in ("bilinear", "nearest"):
        for size in ((3, 4), (1, 1), (7, 2)):
            yield case("CropAndResize", image((2, 5, 6, 3)), boxes, owners, i32(*size), label=f"{method} {size}", tolerance=ACCUMULATED,
                       method=method, extrapolation_value=-1.0)
        yield case("CropAndResize", image((1, 4, 4, 2), "uint8"), boxes[:1], owners[:1], i32(2, 2), label=f"{method}", tolerance=ACCUMULATED, method=method)
    yield case("CropAndResize", image((2, 5, 6, 3)), np.zeros((0, 4), np.float32), i32(), i32(2, 2), label="no box")
    yield case("CropAndResize", image((2, 5, 6, 3)), boxes[:1], i32(2), i32(2, 2), label="no such image", error=True)
    yield case("CropAndResize", image((2, 5, 6, 3)), boxes[:2], i32(0), i32(2, 2), label="owners too few", error=True)


def colours():
    pixels = f32([[[0, 0, 0], [1, 1, 1], [1, 0, 0]], [[0.2, 0.7, 0.4], [0.9, 0.3, 0.8], [0.1, 0.1, 0.6]]])
    yield case("RGBToHSV", pixels, label="pixels", tolerance=FUNCTION)
    yield case("HSVToRGB", pixels, label="pixels", tolerance=FUNCTION)
    yield case("AdjustContrastv2", pixels, np.float32(1.5), label="pixels", tolerance=FUNCTION)
    yield case("AdjustHue", pixels, np.float32(0.2), label="pixels", tolerance=FUNCTION)
    yield case("AdjustSaturation", pixels, np.float32(0.5), label="pixels", tolerance=FUNCTION)
    for stride in (1, 2):
        yield case("ExtractImagePatches", image((1, 4, 5, 2)), label=f"stride {stride}", ksizes=[1, 2, 3, 1], strides=[1, stride, stride, 1],
                   rates=[1, 1, 1, 1], padding="VALID")
    boxes = f32([[[0.1, 0.2, 0.7, 0.9]]])
    yield case("DrawBoundingBoxes", image((1, 5, 6, 3)), boxes, label="one box")


def projections():
    """Turned, moved, in perspective; some far outside of the image."""
    turned = f32([[1, 0.2, -1, 0.1, 0.9, 0.5, 0.01, 0], [-2, 0, 9, 0, 3, -7, 0, 0.02]])
    for interpolation in ("NEAREST", "BILINEAR"):
        for mode in ("CONSTANT", "REFLECT", "WRAP", "NEAREST"):
            yield case("ImageProjectiveTransformV3", image((2, 5, 6, 3)), turned, i32(7, 4), np.float32(-3), label=f"{interpolation} {mode}",
                       interpolation=interpolation, fill_mode=mode, tolerance=IN_FLOAT32)
        for dtype in ("uint8", "int32", "int64", "float16", "float64"):
            yield case("ImageProjectiveTransformV2", image((1, 4, 4, 1), dtype), turned[:1], i32(4, 5), label=interpolation, interpolation=interpolation,
                       tolerance=IN_FLOAT32)
    yield case("ImageProjectiveTransformV3", image((1, 1, 1, 1)), turned[:1], i32(3, 3), np.float32(0), label="one pixel", interpolation="BILINEAR",
               fill_mode="REFLECT", tolerance=IN_FLOAT32)
    yield case("ImageProjectiveTransformV3", image((3, 4, 4, 1)), turned, i32(3, 3), np.float32(0), label="transforms too few", interpolation="BILINEAR", error=True)
    yield case("ImageProjectiveTransformV3", image((1, 4, 4, 1)), turned[:1], i32(0, 3), np.float32(0), label="no rows", interpolation="BILINEAR", error=True)
