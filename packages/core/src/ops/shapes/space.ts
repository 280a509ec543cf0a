/** Shapes of space ↔ batch and space ↔ depth. */
import { shapeText } from '../../shape.js';
import type { ShapeFunction } from '../opDef.js';
import { addDims, dimIs, divideDim, mergeDim, mulDims, product, rankAtLeast, rankIs, unknownDims, valuesOf, type Dim } from './common.js';
import { inFormat } from './conv.js';
import { dataFormat } from './window.js';

/** SpaceToBatchND (`toBatch`) or BatchToSpaceND: blocks in input 1, paddings or crops [blocks, 2] in input 2. */
export const spaceAndBatch = (toBatch: boolean): ShapeFunction => (c) => {
  const what = toBatch ? 'paddings' : 'crops';
  const [count] = rankIs(c, 1, 1, 'block_shape');
  const margins = rankIs(c, 2, 2, what);
  const blocks = mergeDim(c, count ?? null, margins[0] ?? null, `rows of block_shape and ${what}`);
  mergeDim(c, margins[1] ?? null, 2, `${what}.shape[1] and 2`);
  if (blocks === null) return [null];
  const input = rankAtLeast(c, 0, blocks + 1, 'input');
  if (input === null) return [null];
  const [sizes, cuts] = [valuesOf(c, 1), valuesOf(c, 2)];
  for (const size of sizes ?? []) if (size < 1) c.fail(`block_shape must be positive, but is [${sizes?.join(', ')}].`);
  for (const cut of cuts ?? []) if (cut < 0) c.fail(`${what} must not be negative, but are [${cuts?.join(', ')}].`);
  const total = sizes === undefined ? null : (product(sizes) ?? 1);
  const batch = input[0] ?? null;
  const space = input.slice(1, blocks + 1).map((dim, at): Dim => {
    const size = sizes?.[at];
    if (size === undefined || cuts === undefined) return null;
    const margin = (cuts[2 * at] ?? 0) + (cuts[2 * at + 1] ?? 0);
    if (toBatch) return divideDim(c, addDims(dim, margin), size, `padded dimension ${at + 1} by block_shape[${at}]`);
    const cropped = addDims(mulDims(dim, size), -margin);
    if (cropped !== null && cropped < 0) c.fail(`cropped size of dimension ${at + 1} must not be negative: ${cropped}, input ${shapeText(input)}.`);
    return cropped;
  });
  const newBatch = total === null ? null : toBatch ? mulDims(batch, total) : divideDim(c, batch, total, 'batch by the product of block_shape');
  return [[newBatch, ...space, ...input.slice(blocks + 1)]];
};

/** SpaceToBatch or BatchToSpace, with one block size and margins [2, 2] in input 1. */
export const spaceAndBatch2d = (toBatch: boolean): ShapeFunction => (c) => {
  const input = rankIs(c, 0, 4, 'input');
  const rows = rankIs(c, 1, 2, toBatch ? 'paddings' : 'crops');
  dimIs(c, rows[0] ?? null, 2, `${toBatch ? 'paddings' : 'crops'}.shape[0]`);
  dimIs(c, rows[1] ?? null, 2, `${toBatch ? 'paddings' : 'crops'}.shape[1]`);
  const block = c.attrs.int('block_size');
  const margins = valuesOf(c, 1);
  if (margins === undefined) return [[...unknownDims(3), input[3] ?? null]];
  for (const margin of margins) if (margin < 0) c.fail(`${toBatch ? 'Paddings' : 'Crops'} must be non-negative, but are [${margins.join(', ')}].`);
  const space = [0, 1].map((at): Dim => {
    const margin = (margins[2 * at] ?? 0) + (margins[2 * at + 1] ?? 0);
    const dim = input[at + 1] ?? null;
    return toBatch ? divideDim(c, addDims(dim, margin), block, `padded dimension ${at + 1} by block_size`) : addDims(mulDims(dim, block), -margin);
  });
  const batch = toBatch ? mulDims(input[0] ?? null, block * block) : divideDim(c, input[0] ?? null, block * block, 'batch by block_size²');
  return [[batch, ...space, input[3] ?? null]];
};

/** SpaceToDepth (`toDepth`) or DepthToSpace. */
export const spaceAndDepth = (toDepth: boolean): ShapeFunction => (c) => {
  const format = dataFormat(c.attrs.string('data_format'));
  const input = rankIs(c, 0, 4, 'input');
  const block = c.attrs.int('block_size');
  const channel = input[format.channel] ?? null;
  const space = format.space.map((axis) => {
    const dim = input[axis] ?? null;
    return toDepth ? divideDim(c, dim, block, `dimension ${axis} by block_size`) : mulDims(dim, block);
  });
  const depth = toDepth ? mulDims(channel, block * block) : divideDim(c, channel, block * block, 'depth by block_size²');
  return [inFormat(format, input[format.batch] ?? null, space, depth)];
};
