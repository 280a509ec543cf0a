"""What each model is fed: natural ranges, sizes for dynamic dims, and the region of the photograph it is meant to see.

Ranges are those of the programs that ship the models (@vladmandic/human src/, @spotify/basic-pitch src/inference.ts).
A pixel p becomes p * multiplier + add, in double, rounded once to the input's dtype.
Regions are (x, y, width, height) in the 1280 x 1158 pixels of @vladmandic/human's assets/samples.jpg.
"""

import numpy as np

from quiet_tensorflow import tf
import mulberry32

UNIT = {"lo": 0.0, "hi": 1.0, "multiplier": 1 / 255, "add": 0.0}
SIGNED = {"lo": -1.0, "hi": 1.0, "multiplier": 1 / 127.5, "add": -1.0}
BYTES = {"lo": 0, "hi": 255, "multiplier": 1, "add": 0}

FACE = (417, 6, 62, 68)
MODELS = {
    "antispoof": {"range": UNIT, "region": FACE},
    "blazeface": {"range": SIGNED, "region": (230, 430, 300, 300)},
    "centernet": {"range": BYTES, "region": (0, 196, 1280, 962)},
    "emotion": {"range": SIGNED, "region": FACE, "batch": 3},
    "facemesh": {"range": UNIT, "region": FACE},
    "faceres": {"range": BYTES, "region": FACE},
    "handlandmark-lite": {"range": UNIT, "region": (255, 820, 90, 90)},
    "handtrack": {"range": BYTES, "region": (333, 0, 196, 158), "sizes": [(1, 320, 320, 3), (1, 240, 400, 3)]},
    "iris": {"range": UNIT, "region": (440, 25, 20, 20), "batch": 2},
    "liveness": {"range": UNIT, "region": FACE, "batch": 3},
    "movenet-lightning": {"range": BYTES, "region": (0, 0, 157, 157)},
    "basic-pitch": {"range": {"lo": -1.0, "hi": 1.0}, "sines": True},
    "rvm": {"range": UNIT, "scalars": {"downsample_ratio": 0.5, "r1i": 0.0, "r2i": 0.0, "r3i": 0.0, "r4i": 0.0}},
}
DEFAULT = {"range": UNIT}

# Notes that enter one after another, over faint noise: pure tones leave bins of nothing but rounding, whose logarithm basic-pitch takes.
SINES = {"rate": 22050, "noise": {"seed": 2, "amplitude": 0.003}, "tones": [
    {"frequency": 261.6255653005986, "amplitude": 0.3, "start": 2205, "end": 40000},
    {"frequency": 329.6275569128699, "amplitude": 0.25, "start": 8820, "end": 40000},
    {"frequency": 391.99543598174927, "amplitude": 0.2, "start": 15435, "end": 35000},
    {"frequency": 880.0, "amplitude": 0.15, "start": 26460, "end": 42000},
]}


def about(name):
    return MODELS.get(name, DEFAULT)


def feeds_of_cases(name, placeholders, photograph):
    """[(case name, {tensor name: feed description})]; a description and its binary part become an array by `value_of`."""
    info = about(name)
    cases = []
    for number, size in enumerate(info.get("sizes") or [None]):
        cases.append(("random" if number == 0 else f"random-{size[1]}x{size[2]}", random_feeds(info, placeholders, size, 1 + number, 1)))
    if "batch" in info:
        cases.append((f"random-batch-{info['batch']}", random_feeds(info, placeholders, None, 11, info["batch"])))
    if "region" in info and photograph is not None:
        cases.append(("photograph", pixel_feeds(info, placeholders, photograph)))
    if info.get("sines"):
        cases.append(("chord", {tensor.name: {"dtype": "float32", "shape": fixed_shape(tensor, 1), "kind": "sines", **SINES} for tensor in placeholders}))
    return cases


def fixed_shape(tensor, batch):
    """Unknown batch becomes `batch`, any other unknown dim 256; an unknown rank becomes a scalar."""
    dims = tensor.shape.as_list() if tensor.shape.rank is not None else []
    return [(batch if axis == 0 else 256) if dim is None else dim for axis, dim in enumerate(dims)]


def random_feeds(info, placeholders, size, seed, batch):
    feeds = {}
    for tensor in placeholders:
        shape = list(size) if size else fixed_shape(tensor, batch)
        plain_name = tensor.name.partition(":")[0]
        if plain_name in info.get("scalars", {}):
            feeds[tensor.name] = {"dtype": "float32", "shape": [], "kind": "scalar", "value": info["scalars"][plain_name]}
        else:
            lo, hi = (0, 255) if tensor.dtype.is_integer else (info["range"]["lo"], info["range"]["hi"])
            feeds[tensor.name] = {"dtype": tensor.dtype.name, "shape": shape, "kind": "mulberry32", "seed": seed, "lo": lo, "hi": hi}
    return feeds


def pixel_feeds(info, placeholders, photograph):
    tensor = placeholders[0]
    shape = list((info.get("sizes") or [fixed_shape(tensor, 1)])[0])
    pixels = region_pixels(photograph, info["region"], shape)
    scaling = {"multiplier": info["range"]["multiplier"], "add": info["range"]["add"]}
    return {tensor.name: {"dtype": tensor.dtype.name, "shape": shape, "kind": "pixels", **scaling, "region": list(info["region"]), "binary": pixels}}


def read_photograph(path):
    return tf.io.decode_jpeg(tf.io.read_file(path), dct_method="INTEGER_ACCURATE").numpy()


def region_pixels(photograph, region, shape):
    x, y, width, height = region
    crop = photograph[y:y + height, x:x + width].astype(np.float32)
    if shape[3] == 1:
        crop = crop @ np.array([[0.2989], [0.587], [0.114]], np.float32)
    resized = tf.image.resize(crop, shape[1:3], antialias=True).numpy()
    return np.clip(np.round(resized), 0, 255).astype(np.uint8).reshape(shape)


def value_of(feed):
    """The array that a feed description stands for."""
    shape, dtype = feed["shape"], feed["dtype"]
    if feed["kind"] == "mulberry32":
        return mulberry32.fill(feed["seed"], shape, dtype, feed["lo"], feed["hi"])
    if feed["kind"] == "pixels":
        return (feed["binary"].astype(np.float64) * feed["multiplier"] + feed["add"]).astype(dtype)
    if feed["kind"] == "sines":
        return sines(feed).astype(dtype).reshape(shape)
    return np.full(shape, feed["value"], dtype)


def sines(feed):
    """noise.amplitude * (2 u - 1) + the sum over tones of amplitude * sin(2 pi frequency n / rate) for start <= n < end, in double."""
    n = np.arange(int(np.prod(feed["shape"])), dtype=np.float64)
    total = feed["noise"]["amplitude"] * (2 * mulberry32.uniform(feed["noise"]["seed"], n.size) - 1)
    for tone in feed["tones"]:
        wave = tone["amplitude"] * np.sin(2 * np.pi * tone["frequency"] * n / feed["rate"])
        total += np.where((n >= tone["start"]) & (n < tone["end"]), wave, 0.0)
    return total
