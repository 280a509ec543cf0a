"""Non-maximum suppression in all its versions."""

import numpy as np

from case import ARITHMETIC, case
from values import f32, sample

BOXES = f32([[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, -0.1, 1, 0.9], [0, 10, 1, 11], [0, 10.1, 1, 11.1], [0, 100, 1, 101]])
SCORES = f32([0.9, 0.75, 0.6, 0.95, 0.5, 0.3])
FLIPPED = f32([[1, 1, 0, 0], [0, 0.1, 1, 1.1], [0, 0.9, 1, -0.1], [0, 10, 1, 11], [1, 10.1, 0, 11.1], [1, 101, 0, 100]])
THRESHOLD, LOW = np.float32(0.5), np.float32(0.4)


def cases():
    for label, boxes, scores in [("three clusters", BOXES, SCORES), ("flipped corners", FLIPPED, SCORES), ("scores mixed", BOXES, SCORES[::-1].copy()),
                                 ("one box", BOXES[:1], SCORES[:1]), ("no box", BOXES[:0], SCORES[:0]), ("identical boxes", f32([[0, 0, 1, 1]] * 6), SCORES),
                                 ("random", random_boxes(40), random_scores(40)), ("empty area", f32([[0, 0, 0, 0]] * 3), SCORES[:3]),
                                 ("tied scores", BOXES, f32([0.5] * 6))]:
        for limit in (2, 3, 30):
            yield from all_versions(f"{label} at most {limit}", boxes, scores, limit)
    yield from options()
    yield from refusals()


def random_boxes(count):
    corner = sample("float32", (count, 2), 41, 0, 10)
    return np.concatenate([corner, corner + sample("float32", (count, 2), 42, 0.5, 5)], 1)


def random_scores(count):
    return f32(np.random.RandomState(3).permutation(count) / count)


def all_versions(label, boxes, scores, limit):
    yield case("NonMaxSuppression", boxes, scores, np.int32(limit), label=label, iou_threshold=0.5)
    yield case("NonMaxSuppressionV2", boxes, scores, np.int32(limit), THRESHOLD, label=label)
    yield case("NonMaxSuppressionV3", boxes, scores, np.int32(limit), THRESHOLD, LOW, label=label)
    yield case("NonMaxSuppressionV4", boxes, scores, np.int32(limit), THRESHOLD, LOW, label=label)
    yield case("NonMaxSuppressionV4", boxes, scores, np.int32(min(limit, 8)), THRESHOLD, LOW, label=f"{label} padded", pad_to_max_output_size=True)
    yield case("NonMaxSuppressionV5", boxes, scores, np.int32(limit), THRESHOLD, LOW, np.float32(0), label=label)


def options():
    for sigma in (0.1, 0.5, 1.0):
        yield case("NonMaxSuppressionV5", BOXES, SCORES, np.int32(6), np.float32(1), np.float32(0), np.float32(sigma), label=f"soft {sigma}", tolerance=ARITHMETIC)
        yield case("NonMaxSuppressionV5", random_boxes(20), random_scores(20), np.int32(12), THRESHOLD, np.float32(0.1), np.float32(sigma),
                   label=f"soft {sigma} random", tolerance=ARITHMETIC)
    yield case("NonMaxSuppressionV5", BOXES, SCORES, np.int32(8), THRESHOLD, LOW, np.float32(0), label="padded", pad_to_max_output_size=True)
    for threshold in (0.0, 1.0):
        yield case("NonMaxSuppressionV3", BOXES, SCORES, np.int32(6), np.float32(threshold), np.float32(0), label=f"threshold {threshold}")
    for low in (-np.inf, 0.6, 0.95, 2.0):
        yield case("NonMaxSuppressionV3", BOXES, SCORES, np.int32(6), THRESHOLD, np.float32(low), label=f"score above {low}")
    yield case("NonMaxSuppressionV3", BOXES, SCORES, np.int32(0), THRESHOLD, LOW, label="at most 0")
    # The least number is a score of no box where no threshold is given.
    least = f32([0.5, -np.inf, np.finfo(np.float32).min, -1, np.nan, np.inf])
    yield case("NonMaxSuppression", BOXES, least, np.int32(6), label="least scores", iou_threshold=1.0)
    yield case("NonMaxSuppressionV2", BOXES, least, np.int32(6), np.float32(1), label="least scores")
    yield case("NonMaxSuppressionV3", BOXES, least, np.int32(6), np.float32(1), np.float32(-np.inf), label="least scores")
    yield case("NonMaxSuppressionV2", BOXES.astype(np.float16), np.float16([0.5, -np.inf, np.finfo(np.float16).min, -1, 0, 2]), np.int32(6), np.float16(1), label="least scores")
    yield case("NonMaxSuppressionV3", random_boxes(700), random_scores(700), np.int32(100), np.float32(0.05), LOW, label="many boxes")
    yield case("NonMaxSuppressionV3", BOXES.astype(np.float16), SCORES.astype(np.float16), np.int32(3), np.float16(0.5), np.float16(0.4), label="plain")
    overlaps = f32([[1, 0.9, 0.1], [0.9, 1, 0.2], [0.1, 0.2, 1]])
    yield case("NonMaxSuppressionWithOverlaps", overlaps, f32([0.5, 0.9, 0.7]), np.int32(3), THRESHOLD, np.float32(0), label="three")
    scores = np.stack([SCORES, SCORES[::-1]], 1)[None]
    for padded in (False, True):
        yield case("CombinedNonMaxSuppression", BOXES[None, :, None], scores, np.int32(2), np.int32(5), THRESHOLD, LOW, label=f"two classes padded {padded}",
                   pad_per_class=padded, clip_boxes=False)


def refusals():
    yield case("NonMaxSuppressionV3", BOXES, SCORES[:2], np.int32(3), THRESHOLD, LOW, label="counts differ", error=True)
    yield case("NonMaxSuppressionV3", BOXES[:, :3], SCORES, np.int32(3), THRESHOLD, LOW, label="three coordinates", error=True)
    yield case("NonMaxSuppressionV3", BOXES, SCORES, np.int32(3), np.float32(1.5), LOW, label="threshold above 1", error=True)
