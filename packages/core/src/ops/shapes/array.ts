/** Shapes of ops that move elements without computing: reshape, transpose, join, cut, pad, repeat. */
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../../half.js';
import { broadcastShapes, isFullyKnown, shapeText, type PartialShape } from '../../shape.js';
import type { ShapeContext, ShapeFunction } from '../opDef.js';
import { addDims, axisIn, dimIs, merge, mergeDim, mulDims, product, rankAtLeast, rankIs, scalarOf, shapeVector, sizeValue, unknownDims, valuesOf, withDim, type Dim, type KnownRank } from './common.js';

export const reshapeShape: ShapeFunction = (c) => {
  const input = c.shape(0);
  rankIs(c, 1, 1, 'shape');
  const wanted = valuesOf(c, 1) ?? c.shapeValue(1);
  if (wanted === null) return [null];
  wanted.forEach((dim, axis) => {
    if (dim !== null && dim < -1) c.fail(`Size ${axis} must be non-negative, not ${dim}.`);
  });
  const free = wanted.flatMap((dim, axis) => (dim === -1 ? [axis] : []));
  if (free.length > 1) c.fail(`Only one input size may be -1, not both ${free[0]} and ${free[1]}.`);
  const shape = wanted.map((dim): Dim => (dim === -1 ? null : dim));
  const open = shape.flatMap((dim, axis) => (dim === null ? [axis] : []));
  if (input === null || !isFullyKnown(input) || open.length > 1) return [shape];
  const size = product(input) ?? 0;
  const sizes = shape.filter((dim) => dim !== null);
  const text = `Input to reshape is a tensor with ${size} values (shape ${shapeText(input)}), but the requested shape`;
  const [axis] = open;
  if (axis === undefined) {
    if (product(sizes) !== size) c.fail(`${text} has ${product(sizes)}: ${shapeText(shape)}.`);
    return [shape];
  }
  // With a size of 0 asked for, TensorFlow infers the free size from the dimensions that are not 0.
  const isEmpty = sizes.includes(0);
  if (isEmpty && free.length === 0) return [shape];
  const rest = product(sizes.filter((dim) => dim !== 0)) ?? 1;
  const elements = isEmpty ? (product(input.filter((dim) => dim !== 0)) ?? 1) : size;
  if (elements % rest !== 0 && !(isEmpty && input.includes(0))) c.fail(`${text} requires a multiple of ${rest}: [${wanted.map((dim) => dim ?? '?').join(',')}].`);
  if (isEmpty && !input.includes(0)) c.fail(`${text} has 0: [${wanted.join(',')}].`);
  return [withDim(shape, axis, Math.floor(elements / rest))];
};

export const squeezeShape: ShapeFunction = (c) => {
  const input = c.shape(0);
  if (input === null) return [null];
  const asked = c.attrs.ints('squeeze_dims');
  if (asked.length === 0) return [input.includes(null) ? null : input.filter((dim) => dim !== 1)];
  const gone = new Set(asked.map((axis) => axisIn(c, axis, input.length, 'squeeze_dims')));
  for (const axis of gone) {
    const dim = input[axis] ?? null;
    if (dim !== null && dim !== 1) c.fail(`Can not squeeze dim[${axis}], expected a dimension of 1, got ${dim}. Input shape ${shapeText(input)}.`);
  }
  return [input.filter((_, axis) => !gone.has(axis))];
};

export const expandDimsShape: ShapeFunction = (c) => {
  const input = c.shape(0);
  if (input === null) return [null];
  const dim = scalarOf(c, 1);
  if (dim === undefined) return [unknownDims(input.length + 1)];
  const axis = dim < 0 ? dim + input.length + 1 : dim;
  if (axis < 0 || axis > input.length) c.fail(`Tried to expand dim index ${dim} for tensor with ${input.length} dimensions.`);
  return [[...input.slice(0, axis), 1, ...input.slice(axis)]];
};

export const transposeShape: ShapeFunction = (c) => {
  const [length] = rankIs(c, 1, 1, 'perm');
  const permutation = valuesOf(c, 1);
  const given = c.shape(0);
  const rank = given?.length ?? length ?? null;
  if (rank === null) return [null];
  const input = given ?? unknownDims(rank);
  if (length !== null && length !== undefined && length !== rank) {
    c.fail(`transpose expects a vector of size ${rank}. But input(1) is a vector of size ${length}. Input shape ${shapeText(input)}.`);
  }
  if (permutation === undefined) return [unknownDims(rank)];
  const axes = permutation.map((axis) => axisIn(c, axis, rank, 'perm'));
  for (let axis = 0; axis < rank; axis++) if (!axes.includes(axis)) c.fail(`${axis} is missing from {${permutation.join(',')}}.`);
  return [axes.map((axis) => input[axis] ?? null)];
};

/** Concatenation of `inputs` along an axis that may not be known yet. */
export function concatShape(c: ShapeContext, inputs: readonly PartialShape[], axis: number | undefined): PartialShape {
  const rank = inputs.find((shape) => shape !== null)?.length;
  if (rank === undefined) return null;
  if (rank === 0) c.fail("Can't concatenate scalars (use stack, op Pack, instead).");
  inputs.forEach((shape, i) => {
    if (shape !== null && shape.length !== rank) {
      c.fail(`Ranks of all input tensors should match: shape[0] = ${shapeText(inputs[0] ?? null)} vs. shape[${i}] = ${shapeText(shape)}.`);
    }
  });
  if (axis === undefined) return unknownDims(rank);
  if (axis < -rank || axis >= rank) c.fail(`Expected concatenating dimensions in the range [${-rank}, ${rank}), but got ${axis}.`);
  const along = axis < 0 ? axis + rank : axis;
  let result: readonly Dim[] | undefined;
  inputs.forEach((given, i) => {
    const shape = given ?? unknownDims(rank);
    result = result === undefined ? shape : result.map((dim, at) => {
      const other = shape[at] ?? null;
      if (at === along) return addDims(dim, other);
      if (dim !== null && other !== null && dim !== other) {
        c.fail(`Dimension ${at} in both shapes must be equal: shape[0] = ${shapeText(inputs[0] ?? null)} vs. shape[${i}] = ${shapeText(given)}.`);
      }
      return dim ?? other;
    });
  });
  return result ?? null;
}

export const splitShape: ShapeFunction = (c) => {
  const input = rankAtLeast(c, 1, 1, 'value');
  const axis = scalarOf(c, 0);
  const pieces = c.outputDtypes.length;
  if (input === null) return c.outputDtypes.map(() => null);
  if (axis === undefined) return c.outputDtypes.map(() => unknownDims(input.length));
  const along = axisIn(c, axis, input.length, 'split_dim');
  const size = input[along] ?? null;
  if (size !== null && size % pieces !== 0) {
    c.fail(`Number of ways to split should evenly divide the split dimension, but got split_dim ${along} (size = ${size}) and num_split ${pieces}.`);
  }
  return c.outputDtypes.map(() => withDim(input, along, size === null ? null : size / pieces));
};

export const splitVShape: ShapeFunction = (c) => {
  const axes = product(c.shape(2) ?? [null]);
  if (axes !== null && axes !== 1) c.fail('split_dim_tensor must have exactly one element.');
  const input = rankAtLeast(c, 0, 1, 'value');
  const pieces = c.outputDtypes.length;
  mergeDim(c, rankIs(c, 1, 1, 'size_splits')[0] ?? null, pieces, 'size_splits and num_split');
  if (input === null) return c.outputDtypes.map(() => null);
  const axis = scalarOf(c, 2);
  if (axis === undefined) return c.outputDtypes.map(() => unknownDims(input.length));
  const along = axisIn(c, axis, input.length, 'split_dim');
  const total = input[along] ?? null;
  const sizes = valuesOf(c, 1);
  if (sizes === undefined) return c.outputDtypes.map(() => withDim(input, along, pieces === 1 ? total : null));
  return splitSizes(c, sizes, total).map((size) => withDim(input, along, size));
};

/** The sizes with a -1 replaced by what is left of `total`. */
function splitSizes(c: ShapeContext, sizes: readonly number[], total: Dim): readonly Dim[] {
  const free = sizes.flatMap((size, i) => (size === -1 ? [i] : []));
  if (free.length > 1) c.fail('There can only be one -1 in size_splits.');
  if (sizes.some((size) => size < -1)) c.fail(`size_splits must not be negative, but is [${sizes.join(', ')}].`);
  const known = sizes.reduce((sum, size) => (size === -1 ? sum : sum + size), 0);
  if (total !== null && (free.length === 0 ? known !== total : known > total)) {
    c.fail(`Determined shape must either match input shape along split_dim exactly if fully specified, or be less than the size of the input along ` +
      `split_dim if not fully specified. Got: ${known} of ${total}, size_splits [${sizes.join(', ')}].`);
  }
  return sizes.map((size) => (size === -1 ? (total === null ? null : total - known) : size));
}

export const unpackShape: ShapeFunction = (c) => {
  const input = rankAtLeast(c, 0, 1, 'value');
  if (input === null) return c.outputDtypes.map(() => null);
  const axis = axisIn(c, c.attrs.int('axis'), input.length);
  const size = input[axis] ?? null;
  if (size !== null && size !== c.attrs.int('num')) c.fail(`Input shape axis ${axis} must equal ${c.attrs.int('num')}, got shape ${shapeText(input)}.`);
  const rest = input.filter((_, at) => at !== axis);
  return c.outputDtypes.map(() => rest);
};

export const sliceShape: ShapeFunction = (c) => {
  const [count] = rankIs(c, 1, 1, 'begin');
  mergeDim(c, count ?? null, rankIs(c, 2, 1, 'size')[0] ?? null, 'begin and size');
  const size = valuesOf(c, 2);
  // Where every size is given, a slice that starts elsewhere has the same shape.
  const begin = valuesOf(c, 1, size === undefined || size.includes(-1));
  const rank = c.shape(0)?.length ?? count ?? begin?.length ?? size?.length;
  if (rank === undefined) return [null];
  const input = c.shape(0) ?? unknownDims(rank);
  if (count !== null && count !== undefined && count !== rank) c.fail(`Expected begin and size arguments to be 1-D tensors of size ${rank}, but got ${count}. Input shape ${shapeText(input)}.`);
  return [input.map((dim, axis): Dim => sliceDim(c, dim, begin?.[axis], size?.[axis] ?? c.shapeValue(2)?.[axis] ?? undefined, axis))];
};

function sliceDim(c: ShapeContext, dim: Dim, begin: number | undefined, size: number | undefined, axis: number): Dim {
  if (begin !== undefined && (begin < 0 || (dim !== null && begin > dim))) c.fail(`Expected begin[${axis}] in [0, ${dim ?? '?'}], but got ${begin}.`);
  if (size === undefined) return null;
  if (size === -1) return dim === null || begin === undefined ? null : dim - begin;
  const left = dim === null || begin === undefined ? null : dim - begin;
  if (size < -1 || (left !== null && size > left)) c.fail(`Expected size[${axis}] in [0, ${left ?? '?'}], but got ${size}.`);
  return size;
}

/** Padding by the [rank, 2] matrix in input 1. `limit` says how much of a dimension a mirror may show. */
export const padShape = (limit?: (c: ShapeContext, dim: number) => number): ShapeFunction => (c) => {
  const paddings = rankIs(c, 1, 2, 'paddings');
  dimIs(c, paddings[1] ?? null, 2, 'paddings.shape[1]');
  const rank = c.shape(0)?.length ?? paddings[0] ?? null;
  if (rank === null) return [null];
  if (paddings[0] !== null && paddings[0] !== rank) {
    c.fail(`The first dimension of paddings must be the rank of inputs: paddings ${shapeText(paddings)}, inputs ${shapeText(c.shape(0))}.`);
  }
  const input = c.shape(0) ?? unknownDims(rank);
  const values = valuesOf(c, 1);
  if (values === undefined) return [unknownDims(rank)];
  return [input.map((dim, axis): Dim => {
    const [before, after] = [values[2 * axis] ?? 0, values[2 * axis + 1] ?? 0];
    if (before < 0 || after < 0) c.fail(`Paddings must be non-negative: ${before} ${after} in dimension ${axis}.`);
    if (dim !== null && limit !== undefined && Math.max(before, after) > limit(c, dim)) {
      c.fail(`paddings must be no greater than ${limit(c, dim)} for dimension ${axis} of size ${dim}: ${before}, ${after}.`);
    }
    return dim === null ? null : dim + before + after;
  })];
};

/** How far a mirror may reach: REFLECT leaves the border out. */
export const mirrorLimit = (c: ShapeContext, dim: number): number => (c.attrs.string('mode') === 'REFLECT' ? dim - 1 : dim);

export const tileShape: ShapeFunction = (c) => {
  const [count] = rankIs(c, 1, 1, 'multiples');
  const input = c.shape(0) ?? (count === null || count === undefined ? null : unknownDims(count));
  if (input === null) return [null];
  if (count !== null && count !== undefined && count !== input.length) {
    c.fail(`Expected multiples argument to be a vector of length ${input.length} but got length ${count}. Input shape ${shapeText(input)}.`);
  }
  const multiples = c.shapeValue(1);
  for (const [i, value] of (valuesOf(c, 1) ?? []).entries()) if (value < 0) c.fail(`Expected multiples[${i}] >= 0, but got ${value}.`);
  return [input.map((dim, axis) => mulDims(dim, multiples?.[axis] ?? null))];
};

export const broadcastToShape: ShapeFunction = (c) => {
  const shape = shapeVector(c, 1, 'shape');
  const input = c.shape(0);
  if (shape === null || input === null) return [shape];
  if (input.length > shape.length) c.fail(`Rank of input (${input.length}) must be no greater than rank of output shape (${shape.length}).`);
  const both = broadcastShapes(input, shape);
  if (both === undefined || (isFullyKnown(shape) && both !== null && both.some((dim, axis) => dim !== null && dim !== shape[axis]))) {
    c.fail(`Incompatible shapes: ${shapeText(input)} vs. ${shapeText(shape)}. The input must broadcast to exactly the shape asked for.`);
  }
  return [shape];
};

/** Two shape vectors broadcast to a third. */
export const broadcastArgsShape: ShapeFunction = (c) => {
  const [a, b] = [rankIs(c, 0, 1, 's0')[0] ?? null, rankIs(c, 1, 1, 's1')[0] ?? null];
  const [x, y] = [valuesOf(c, 0, false), valuesOf(c, 1, false)];
  if (x !== undefined && y !== undefined && broadcastShapes(x, y) === undefined) c.fail(`Incompatible shapes: ${shapeText(x)} vs. ${shapeText(y)}.`);
  return [[a === null || b === null ? null : Math.max(a, b)]];
};

/** A shape in input i that is filled with something. */
export const filled = (i: number): ShapeFunction => (c) => {
  rankIs(c, i, 1, 'dims');
  return [shapeVector(c, i, 'dims')];
};

/** TensorFlow counts a float range in the range's own dtype: 0.6f / 0.1f is exactly 6 there. */
const rounding: Readonly<Record<string, (value: number) => number>> = {
  float32: Math.fround,
  float16: (value) => fromFloat16(toFloat16(value)),
  bfloat16: (value) => fromBfloat16(toBfloat16(value)),
};

export const rangeShape: ShapeFunction = (c) => {
  for (const i of [0, 1, 2]) rankIs(c, i, 0, ['start', 'limit', 'delta'][i]);
  const [start, limit, delta] = [scalarOf(c, 0), scalarOf(c, 1), scalarOf(c, 2)];
  if (delta === 0) c.fail('Requires delta != 0: 0.');
  if (Number.isNaN(start) || Number.isNaN(limit)) c.fail(`Requires start <= limit when delta > 0: ${start}/${limit}`);
  if (start === undefined || limit === undefined || delta === undefined) return [[null]];
  if (delta > 0 && start > limit) c.fail(`Requires start <= limit when delta > 0: ${start}/${limit}.`);
  if (delta < 0 && start < limit) c.fail(`Requires start >= limit when delta < 0: ${start}/${limit}.`);
  const rounded = rounding[c.inputDtypes[0] ?? 'int32'] ?? ((value: number): number => value);
  return [[Math.ceil(Math.abs(rounded(rounded(limit - start) / delta)))]];
};

export const linSpaceShape: ShapeFunction = (c) => {
  for (const i of [0, 1, 2]) rankIs(c, i, 0, ['start', 'stop', 'num'][i]);
  const num = scalarOf(c, 2);
  if (num !== undefined && num <= 0) c.fail(`Requires num > 0: ${num}.`);
  return [[num ?? null]];
};

export const oneHotShape: ShapeFunction = (c) => {
  for (const i of [1, 2, 3]) rankIs(c, i, 0, ['', 'depth', 'on_value', 'off_value'][i]);
  const depth = sizeValue(c, 1, 'depth');
  const indices = c.shape(0);
  if (indices === null) return [null];
  const asked = c.attrs.int('axis');
  if (asked < -1 || asked > indices.length) c.fail(`Expected axis to be -1 or between [0, ${indices.length + 1}). But received: ${asked}.`);
  const axis = asked === -1 ? indices.length : asked;
  return [[...indices.slice(0, axis), depth, ...indices.slice(axis)]];
};

/** Reversal along the axes in input 1, which must be distinct. */
export const reverseShape: ShapeFunction = (c) => {
  rankIs(c, 1, 1, 'axis');
  const input: KnownRank | null = c.shape(0);
  const axes = valuesOf(c, 1, false);
  if (input === null || axes === undefined) return [input];
  const seen = new Set<number>();
  for (const given of axes) {
    const axis = axisIn(c, given, input.length);
    if (seen.has(axis)) c.fail(`axis ${axis} specified more than once.`);
    seen.add(axis);
  }
  return [input];
};

/** The input with what is known of it in attribute `shape`. */
export const ensuredShape: ShapeFunction = (c) => [merge(c, c.shape(0), c.attrs.shape('shape'), 'the tensor and the shape that it must have')];
