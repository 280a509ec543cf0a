"""Blocks of space moved into depth or batch, and back."""

from case import case
from values import ALL, i32, i64, sample


def cases():
    for dtype in ALL:
        yield case("SpaceToDepth", sample(dtype, (1, 2, 4, 1)), label="dtype", block_size=2)
        yield case("DepthToSpace", sample(dtype, (1, 1, 2, 4)), label="dtype", block_size=2)
        yield case("SpaceToBatchND", sample(dtype, (1, 2, 2, 1)), i32(2, 2), i32([0, 0], [0, 0]), label="dtype")
        yield case("BatchToSpaceND", sample(dtype, (4, 1, 1, 1)), i32(2, 2), i32([0, 0], [0, 0]), label="dtype")
    for block in (2, 3):
        yield case("SpaceToDepth", sample("float32", (2, 6, 6, 3)), label=f"block {block}", block_size=block)
        yield case("DepthToSpace", sample("float32", (2, 2, 3, 2 * block * block)), label=f"block {block}", block_size=block)
    yield case("SpaceToDepth", sample("float32", (1, 3, 4, 1)), label="not divisible", error=True, block_size=2)
    yield case("DepthToSpace", sample("float32", (1, 2, 2, 3)), label="not divisible", error=True, block_size=2)
    yield case("SpaceToDepth", sample("float32", (1, 4, 4, 1)), label="block 1", error=True, block_size=1)
    yield from batches()


def batches():
    image = sample("float32", (2, 4, 6, 3))
    for paddings in ([[0, 0], [0, 0]], [[1, 1], [0, 0]], [[0, 2], [2, 1]]):
        block = (2, 3) if paddings[1][1] != 2 else (2, 2)
        yield case("SpaceToBatchND", image, i64(*block), i64(*paddings), label=f"{list(block)} {paddings}".replace(" ", ""))
    blocks = sample("float32", (12, 2, 3, 2))
    for crops in ([[0, 0], [0, 0]], [[1, 0], [2, 1]], [[0, 3], [0, 0]]):
        yield case("BatchToSpaceND", blocks, i32(2, 3), i32(*crops), label=f"crops {crops}".replace(" ", ""))
    yield case("SpaceToBatchND", sample("float32", (1, 6)), i32(3), i32([0, 0]), label="one dimension")
    yield case("BatchToSpaceND", sample("float32", (3, 2, 4)), i32(3), i32([1, 2]), label="one dimension")
    yield case("SpaceToBatch", sample("float32", (1, 4, 4, 1)), i32([0, 0], [0, 0]), label="block 2", block_size=2)
    yield case("BatchToSpace", sample("float32", (4, 2, 2, 1)), i32([0, 0], [0, 0]), label="block 2", block_size=2)
    yield case("BatchToSpace", sample("float32", (4, 2, 2, 1)), i32([5, 5], [0, 0]), label="crops too large", error=True, block_size=2)
    yield case("SpaceToBatchND", sample("float32", (1, 3, 4, 1)), i32(2, 2), i32([0, 0], [0, 0]), label="not divisible", error=True)
    yield case("BatchToSpaceND", sample("float32", (3, 1, 1, 1)), i32(2, 2), i32([0, 0], [0, 0]), label="not divisible", error=True)
    yield case("BatchToSpaceND", sample("float32", (4, 1, 1, 1)), i32(2, 2), i32([1, 2], [0, 0]), label="crops too much", error=True)
