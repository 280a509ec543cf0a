/** Bodies of ops that join, cut and repeat, in Reshape, Transpose, Slice, ConcatV2 and broadcasting. */
import type { DType } from '../dtypes.js';
import { InternalError } from '../errors.js';
import { HostTensor } from '../hostTensor.js';
import type { Shape } from '../shape.js';
import { attr, inputOf, int32, int32Matrix, int32s, known, number, one, reshape, transpose } from './bodies.js';
import type { BodyBuilder, BodyValue, OpBody } from './opDef.js';
import { numbersOf } from './shapes/common.js';
import { denseSlice, masksOf } from './shapes/stridedSlice.js';

/** A value broadcast to a known shape: elementwise code that fuses with its neighbours. */
export function broadcastTo(b: BodyBuilder, x: BodyValue, shape: Shape): BodyValue {
  return one(b, '_Broadcast', [x], { shape: attr.shape(shape) });
}

/** The numbers in input i, where they are known. */
const numbersAt = (b: BodyBuilder, inputs: readonly BodyValue[], i: number): number[] | undefined => {
  const value = b.valueOf(inputOf(inputs, i));
  return value === undefined ? undefined : numbersOf(value);
};

const isNumeric = (dtype: DType): boolean => dtype !== 'string' && dtype !== 'resource' && dtype !== 'variant';

/** The shape wanted is the output's; the value is input `i`. */
export const fillBody = (i: number, shapeInput: number): OpBody => (b, inputs) => {
  const shape = numbersAt(b, inputs, shapeInput);
  const value = inputOf(inputs, i);
  return shape === undefined || !isNumeric(value.dtype) ? undefined : [broadcastTo(b, value, shape)];
};

/** Tiling is broadcasting along a new axis before each one: [d] → [1, d] → [m, d] → [m·d]. */
export const tileBody: OpBody = (b, inputs) => {
  const x = inputOf(inputs, 0);
  const shape = known(x);
  const multiples = numbersAt(b, inputs, 1);
  if (shape === undefined || multiples === undefined || !isNumeric(x.dtype)) return undefined;
  const result = shape.map((dim, axis) => dim * (multiples[axis] ?? 1));
  if (shape.every((dim, axis) => dim === 1 || multiples[axis] === 1)) return [broadcastTo(b, x, result)];
  const spread = reshape(b, x, shape.flatMap((dim) => [1, dim]));
  return [reshape(b, broadcastTo(b, spread, shape.flatMap((dim, axis) => [multiples[axis] ?? 1, dim])), result)];
};

export const packBody: OpBody = (b, inputs) => {
  const axis = int32(b, b.attrs.int('axis'));
  const rows = inputs.map((value) => one(b, 'ExpandDims', [value, axis]));
  return rows.length === 1 ? rows : [one(b, 'ConcatV2', [...rows, axis])];
};

/** Pieces of these sizes along an axis. */
function pieces(b: BodyBuilder, value: BodyValue, axis: number, sizes: readonly number[]): BodyValue[] | undefined {
  const shape = known(value);
  if (shape === undefined) return undefined;
  let start = 0;
  return sizes.map((size) => {
    const begin = shape.map((_, at) => (at === axis ? start : 0));
    start += size;
    return one(b, 'Slice', [value, int32s(b, begin), int32s(b, shape.with(axis, size))]);
  });
}

const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

export const splitBody: OpBody = (b, inputs) => {
  const value = inputOf(inputs, 1);
  const shape = known(value);
  const [asked] = numbersAt(b, inputs, 0) ?? [];
  if (shape === undefined || asked === undefined) return undefined;
  const axis = axisOf(asked, shape.length);
  const count = b.attrs.int('num_split');
  return pieces(b, value, axis, new Array<number>(count).fill((shape[axis] ?? 0) / count));
};

export const splitVBody: OpBody = (b, inputs) => {
  const value = inputOf(inputs, 0);
  const shape = known(value);
  const sizes = numbersAt(b, inputs, 1);
  const [asked] = numbersAt(b, inputs, 2) ?? [];
  if (shape === undefined || asked === undefined || sizes === undefined) return undefined;
  const axis = axisOf(asked, shape.length);
  const rest = sizes.reduce((left, size) => (size === -1 ? left : left - size), shape[axis] ?? 0);
  return pieces(b, value, axis, sizes.map((size) => (size === -1 ? rest : size)));
};

export const unpackBody: OpBody = (b, inputs) => {
  const value = inputOf(inputs, 0);
  const shape = known(value);
  if (shape === undefined) return undefined;
  const axis = axisOf(b.attrs.int('axis'), shape.length);
  const rest = shape.filter((_, at) => at !== axis);
  return pieces(b, value, axis, new Array<number>(b.attrs.int('num')).fill(1))?.map((piece) => reshape(b, piece, rest));
};

/** A strided slice whose strides are all 1 is a Slice and a Reshape. */
export const stridedSliceBody: OpBody = (b, inputs) => {
  const value = inputOf(inputs, 0);
  const shape = known(value);
  const [begin, end, strides] = [numbersAt(b, inputs, 1), numbersAt(b, inputs, 2), numbersAt(b, inputs, 3)];
  if (shape === undefined || begin === undefined || end === undefined || strides === undefined) return undefined;
  const fail = (message: string): never => {
    throw new InternalError(`internal: the body of StridedSlice: ${message}`);
  };
  const dense = denseSlice(shape, { begin, end, strides, masks: masksOf(b.attrs) }, fail);
  if (dense.axes.some((axis) => axis.stride !== 1)) return undefined;
  const result = dense.shape.map((dim) => dim ?? 0);
  const sizes = dense.axes.map((axis) => axis.size ?? 0);
  const isWhole = sizes.every((size, axis) => size === shape[axis]);
  const part = isWhole ? value : one(b, 'Slice', [value, int32s(b, dense.axes.map((axis) => axis.begin ?? 0)), int32s(b, sizes)]);
  return [reshape(b, part, result)];
};

/** Reversal is a strided slice backwards. */
function reversed(b: BodyBuilder, value: BodyValue, axes: ReadonlySet<number>): BodyValue {
  const rank = value.shape?.length ?? 0;
  const all = Array.from({ length: rank }, (_, axis) => axis);
  const mask = attr.int(2 ** rank - 1);
  const zeros = int32s(b, all.map(() => 0));
  const strides = int32s(b, all.map((axis) => (axes.has(axis) ? -1 : 1)));
  return one(b, 'StridedSlice', [value, zeros, zeros, strides], { begin_mask: mask, end_mask: mask });
}

export const reverseV2Body: OpBody = (b, inputs) => {
  const value = inputOf(inputs, 0);
  const axes = numbersAt(b, inputs, 1);
  if (value.shape === null || axes === undefined) return undefined;
  const rank = value.shape.length;
  return axes.length === 0 ? b.op('Identity', [value]) : [reversed(b, value, new Set(axes.map((axis) => axisOf(axis, rank))))];
};

/** Which axes to reverse as a vector of bools. */
export const reverseBody: OpBody = (b, inputs) => {
  const value = inputOf(inputs, 0);
  const flags = numbersAt(b, inputs, 1);
  if (value.shape === null || flags === undefined) return undefined;
  return [reversed(b, value, new Set(flags.flatMap((flag, axis) => (flag === 0 ? [] : [axis]))))];
};

/** Rolling along an axis swaps the two parts of a cut. */
export const rollBody: OpBody = (b, inputs) => {
  const [shifts, axes] = [numbersAt(b, inputs, 1), numbersAt(b, inputs, 2)];
  let value = inputOf(inputs, 0);
  const shape = known(value);
  if (shape === undefined || shifts === undefined || axes === undefined) return undefined;
  for (const [i, asked] of axes.entries()) {
    const axis = axisOf(asked, shape.length);
    const size = shape[axis] ?? 0;
    const shift = size === 0 ? 0 : (((shifts[i] ?? 0) % size) + size) % size;
    if (shift === 0) continue;
    const [head, tail] = pieces(b, value, axis, [size - shift, shift]) ?? [];
    if (head === undefined || tail === undefined) return undefined;
    value = one(b, 'ConcatV2', [tail, head, int32(b, axis)]);
  }
  return [value];
};

/** Compares indices with 0 … depth-1 laid along the new axis. */
export const oneHotBody: OpBody = (b, inputs) => {
  const [indices, on, off] = [inputOf(inputs, 0), inputOf(inputs, 2), inputOf(inputs, 3)];
  const [depth] = numbersAt(b, inputs, 1) ?? [];
  if (depth === undefined || indices.shape === null || !isNumeric(on.dtype)) return undefined;
  const rank = indices.shape.length;
  const asked = b.attrs.int('axis');
  const axis = asked === -1 ? rank : asked;
  const limit = { uint8: 256, int8: 128 }[indices.dtype as string] ?? Infinity;
  if (depth > limit) return undefined;
  const counted = HostTensor.from(Array.from({ length: depth }, (_, i) => i), {
    dtype: indices.dtype, shape: Array.from({ length: rank + 1 }, (_, at) => (at === axis ? depth : 1)),
  });
  const isOn = one(b, 'Equal', [one(b, 'ExpandDims', [indices, int32(b, axis)]), b.constant(counted)]);
  return [one(b, 'SelectV2', [isOn, on, off])];
};

/** Pads, then moves each block's offsets to the front of the batch. */
export const spaceToBatchBody: OpBody = (b, inputs) => {
  const value = inputOf(inputs, 0);
  const shape = known(value);
  const [blocks, paddings] = [numbersAt(b, inputs, 1), numbersAt(b, inputs, 2)];
  if (shape === undefined || blocks === undefined || paddings === undefined) return undefined;
  const count = blocks.length;
  const margins = shape.map((_, axis): [number, number] =>
    axis >= 1 && axis <= count ? [paddings[2 * (axis - 1)] ?? 0, paddings[2 * (axis - 1) + 1] ?? 0] : [0, 0]);
  const padded = shape.map((dim, axis) => dim + margins[axis]![0] + margins[axis]![1]);
  const input = margins.every(([before, after]) => before + after === 0) ? value : one(b, 'Pad', [value, int32Matrix(b, margins, 2)]);
  const cells = blocks.map((block, at) => (padded[at + 1] ?? 0) / block);
  const rest = shape.slice(count + 1);
  const split = reshape(b, input, [padded[0] ?? 0, ...blocks.flatMap((block, at) => [cells[at] ?? 0, block]), ...rest]);
  const order = [
    ...blocks.map((_, at) => 2 + 2 * at), 0, ...blocks.map((_, at) => 1 + 2 * at), ...rest.map((_, at) => 1 + 2 * count + at),
  ];
  const batch = blocks.reduce((product, block) => product * block, padded[0] ?? 0);
  return [reshape(b, transpose(b, split, order), [batch, ...cells, ...rest])];
};

/** The way back: offsets from the batch into the blocks, then crop. */
export const batchToSpaceBody: OpBody = (b, inputs) => {
  const value = inputOf(inputs, 0);
  const shape = known(value);
  const [blocks, crops] = [numbersAt(b, inputs, 1), numbersAt(b, inputs, 2)];
  if (shape === undefined || blocks === undefined || crops === undefined) return undefined;
  const count = blocks.length;
  const batch = blocks.reduce((rest, block) => rest / block, shape[0] ?? 0);
  const cells = shape.slice(1, count + 1);
  const rest = shape.slice(count + 1);
  const split = reshape(b, value, [...blocks, batch, ...cells, ...rest]);
  const order = [count, ...blocks.flatMap((_, at) => [count + 1 + at, at]), ...rest.map((_, at) => 2 * count + 1 + at)];
  const whole = [batch, ...cells.map((cell, at) => cell * (blocks[at] ?? 1)), ...rest];
  const merged = reshape(b, transpose(b, split, order), whole);
  if (crops.every((crop) => crop === 0)) return [merged];
  const begin = whole.map((_, axis) => (axis >= 1 && axis <= count ? (crops[2 * (axis - 1)] ?? 0) : 0));
  const size = whole.map((dim, axis) => (axis >= 1 && axis <= count ? dim - (crops[2 * (axis - 1)] ?? 0) - (crops[2 * (axis - 1) + 1] ?? 0) : dim));
  return [one(b, 'Slice', [merged, int32s(b, begin), int32s(b, size)])];
};

/** The same with one block size for height and width and 2×2 margins in input 1. */
export const withBlockShape = (type: string): OpBody => (b, inputs) => {
  const block = b.attrs.int('block_size');
  return b.op(type, [inputOf(inputs, 0), int32s(b, [block, block]), inputOf(inputs, 1)]);
};

/** Blocks of space to channels: the offset in the block is the slower part of the new channel. */
export const spaceToDepthBody: OpBody = (b, inputs) => {
  const value = inputOf(inputs, 0);
  const shape = known(value);
  const format = b.attrs.string('data_format');
  const block = b.attrs.int('block_size');
  if (shape === undefined || format === 'NCHW_VECT_C') return undefined;
  if (format === 'NCHW') {
    const [n = 0, c = 0, h = 0, w = 0] = shape;
    const split = reshape(b, value, [n, c, h / block, block, w / block, block]);
    return [reshape(b, transpose(b, split, [0, 3, 5, 1, 2, 4]), [n, c * block * block, h / block, w / block])];
  }
  const [n = 0, h = 0, w = 0, c = 0] = shape;
  const split = reshape(b, value, [n, h / block, block, w / block, block, c]);
  return [reshape(b, transpose(b, split, [0, 1, 3, 2, 4, 5]), [n, h / block, w / block, c * block * block])];
};

export const depthToSpaceBody: OpBody = (b, inputs) => {
  const value = inputOf(inputs, 0);
  const shape = known(value);
  const format = b.attrs.string('data_format');
  const block = b.attrs.int('block_size');
  if (shape === undefined || format === 'NCHW_VECT_C') return undefined;
  if (format === 'NCHW') {
    const [n = 0, c = 0, h = 0, w = 0] = shape;
    const depth = c / (block * block);
    const split = reshape(b, value, [n, block, block, depth, h, w]);
    return [reshape(b, transpose(b, split, [0, 3, 4, 1, 5, 2]), [n, depth, h * block, w * block])];
  }
  const [n = 0, h = 0, w = 0, c = 0] = shape;
  const depth = c / (block * block);
  const split = reshape(b, value, [n, h, w, block, block, depth]);
  return [reshape(b, transpose(b, split, [0, 1, 3, 2, 4, 5]), [n, h * block, w * block, depth])];
};

/** Keeps num_lower diagonals below and num_upper above the main one (negative: all). */
export const bandPartBody: OpBody = (b, inputs) => {
  const x = inputOf(inputs, 0);
  const shape = known(x);
  const [lower] = numbersAt(b, inputs, 1) ?? [];
  const [upper] = numbersAt(b, inputs, 2) ?? [];
  if (shape === undefined || lower === undefined || upper === undefined || !isNumeric(x.dtype)) return undefined;
  const [rows = 0, columns = 0] = shape.slice(-2);
  // More diagonals than there are is an error, which the kernel knows how to say.
  if (lower > rows || upper > columns) return undefined;
  const kept = Array.from({ length: rows * columns }, (_, i) => {
    const offset = (i % columns) - Math.floor(i / columns);
    return (lower < 0 || -offset <= lower) && (upper < 0 || offset <= upper);
  });
  const mask = b.constant(HostTensor.from(kept, { dtype: 'bool', shape: [rows, columns] }));
  return [one(b, 'SelectV2', [mask, x, number(b, 0, x.dtype)])];
};

/** Rows of x at indices i changed by v: a scatter of index vectors of length 1. */
export const rowsBody = (type: string): OpBody => (b, inputs) => {
  const [x, given, v] = [inputOf(inputs, 0), inputOf(inputs, 1), inputOf(inputs, 2)];
  // Indices wrap around.
  const rows = x.shape?.[0] ?? 1;
  const i = one(b, 'FloorMod', [given, int32(b, Math.max(1, rows))]);
  if (i.shape?.length === 0) return b.op(type, [x, reshape(b, i, [1, 1]), one(b, 'ExpandDims', [v, int32(b, 0)])]);
  if ((given.shape !== null && given.shape.length !== 1) || rows < 0) return undefined;
  return b.op(type, [x, one(b, 'ExpandDims', [i, int32(b, 1)]), v]);
};
