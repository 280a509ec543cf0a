/** Ops that put elements into another order: transposes, tiles, reversals, rolls, pads, joins and splits. */
import { dtypeInfo, hasBytes } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import { broadcastShapes, sameShape, type Shape, shapeText, stridesOf } from '../../shape.js';
import { cloned, copyBox, filled, gathered, placeOf, transposed, zeros } from './copy.js';
import { host } from './define.js';
import { broadcastStrides } from './evaluate/evaluate.js';
import { axisOf, intsOf, invalid, reshaped, scalarOf, tensorOver, unitsOf } from './tensors.js';

function transpose(input: HostTensor, order: HostTensor): HostTensor {
  const rank = input.shape.length;
  const axes = intsOf(order).map((axis) => (axis < 0 ? axis + rank : axis));
  if (axes.length !== rank) invalid(`transpose expects a vector of size ${rank}. But input(1) is a vector of size ${axes.length}`);
  axes.forEach((axis, i) => {
    if (axis < 0 || axis >= rank) invalid(`${intsOf(order)[i]} is out of range [0 .. ${rank})`);
  });
  for (let axis = 0; axis < rank; axis++) if (!axes.includes(axis)) invalid(`${axis} is missing from {${axes.join(',')}}.`);
  return transposed(input, axes);
}

export const Transpose = host(([input, order]) => [transpose(input!, order!)]);

export const ConjugateTranspose = host(([input, order]) => {
  const out = transpose(input!, order!);
  if (dtypeInfo[out.dtype].kind === 'complex') {
    const pairs = out.data as Float64Array;
    for (let i = 1; i < pairs.length; i += 2) pairs[i] = -pairs[i]!;
  }
  return [out];
});

export const Tile = host(([input, multiples]) => {
  const times = intsOf(multiples!);
  const { shape } = input!;
  if (times.length !== shape.length) {
    invalid(`Expected multiples argument to be a vector of length ${shape.length} but got length ${times.length}`);
  }
  times.forEach((n, i) => n < 0 && invalid(`Expected multiples[${i}] >= 0, but got ${n}`));
  const out = zeros(input!.dtype, shape.map((dim, axis) => dim * times[axis]!));
  // Each axis is read as (times, dim): the first repeats.
  const strides = stridesOf(shape);
  const outStrides = stridesOf(out.shape);
  copyBox(
    { units: unitsOf(out), offset: 0, strides: shape.flatMap((dim, axis) => [dim * outStrides[axis]!, outStrides[axis]!]) },
    { units: unitsOf(input!), offset: 0, strides: shape.flatMap((_, axis) => [0, strides[axis]!]) },
    shape.flatMap((dim, axis) => [times[axis]!, dim]),
  );
  return [out];
});

export const BroadcastTo = host(([input, shapeArg]) => {
  const shape = intsOf(shapeArg!);
  const both = broadcastShapes(input!.shape, shape);
  if (both === undefined || !sameShape(both, shape)) invalid(`Incompatible shapes: ${shapeText(input!.shape)} vs. ${shapeText(shape)}`);
  return [gathered(input!, shape, 0, broadcastStrides(input!.shape, shape))];
});

function reverse(input: HostTensor, flags: readonly boolean[]): HostTensor {
  const strides = stridesOf(input.shape);
  let offset = 0;
  input.shape.forEach((dim, axis) => {
    if (flags[axis]) offset += (dim - 1) * strides[axis]!;
  });
  return gathered(input, input.shape, offset, strides.map((stride, axis) => (flags[axis] ? -stride : stride)));
}

export const Reverse = host(([input, dims]) => {
  if (dims!.size !== input!.shape.length) {
    invalid(`'dims' must have the same number of values as 'tensor' has dimensions. 'tensor' has ${input!.shape.length}'dims' has ${dims!.size} values`);
  }
  return [reverse(input!, intsOf(dims!).map((flag) => flag !== 0))];
});

export const ReverseV2 = host(([input, axesArg]) => {
  if (input!.shape.length === 0) return [input!];
  const flags = input!.shape.map(() => false);
  for (const given of intsOf(axesArg!)) {
    const axis = given < 0 ? given + flags.length : given;
    if (axis < 0 || axis >= flags.length) invalid(`'axis'[0] = ${given} is out of valid range [0, ${flags.length - 1}`);
    if (flags[axis]) invalid(`axis ${axis} specified more than once.`);
    flags[axis] = true;
  }
  return [reverse(input!, flags)];
});

export const ReverseSequence = host(([input, lengthsArg], { attrs }) => {
  const { shape } = input!;
  const rank = shape.length;
  const batchDim = axisOf(attrs.int('batch_dim'), rank, 'batch_dim');
  const seqDim = axisOf(attrs.int('seq_dim'), rank, 'seq_dim');
  if (batchDim === seqDim) invalid(`batch_dim == seq_dim == ${seqDim}`);
  const lengths = intsOf(lengthsArg!);
  if (lengths.length !== shape[batchDim]) {
    invalid(`Length of seq_lengths != input.dims(${batchDim}), (${lengths.length} vs. ${shape[batchDim]})`);
  }
  const out = cloned(input!);
  const strides = stridesOf(shape);
  lengths.forEach((length, batch) => {
    if (length < 0) invalid(`seq_lengths(${batch}) < 0`);
    if (length > shape[seqDim]!) invalid(`seq_lengths(${batch}) > input.dims(${seqDim})`);
    const box = shape.map((dim, axis) => (axis === batchDim ? 1 : axis === seqDim ? length : dim));
    const start = batch * strides[batchDim]!;
    copyBox(
      { units: unitsOf(out), offset: start, strides },
      { units: unitsOf(input!), offset: start + (length - 1) * strides[seqDim]!, strides: strides.map((s, axis) => (axis === seqDim ? -s : s)) },
      box,
    );
  });
  return [out];
});

export const Roll = host(([input, shiftArg, axisArg]) => {
  const { shape } = input!;
  const shifts = intsOf(shiftArg!);
  const axes = intsOf(axisArg!);
  if (shape.length < 1) invalid('input must be 1-D or higher');
  if (shifts.length !== axes.length) invalid('shift and axis must have the same size');
  const by = shape.map(() => 0);
  axes.forEach((given, i) => {
    const axis = given < 0 ? given + shape.length : given;
    if (axis < 0 || axis >= shape.length) invalid('axis is out of range');
    const dim = Math.max(shape[axis]!, 1);
    by[axis] = (((by[axis]! + shifts[i]!) % dim) + dim) % dim;
  });
  // Each axis falls into two runs: the one that stays in range and the one that wraps.
  let out = input!;
  shape.forEach((dim, axis) => {
    const shift = by[axis]!;
    if (shift === 0 || out.size === 0) return;
    const next = zeros(out.dtype, shape);
    const strides = stridesOf(shape);
    const part = (from: number, to: number, count: number): void => copyBox(
      { units: unitsOf(next), offset: to * strides[axis]!, strides },
      { units: unitsOf(out), offset: from * strides[axis]!, strides },
      shape.map((size, a) => (a === axis ? count : size)),
    );
    part(0, shift, dim - shift);
    part(dim - shift, 0, shift);
    out = next;
  });
  return [out];
});

/** The (before, after) pairs of a paddings argument. */
function paddingsOf(input: HostTensor, paddings: HostTensor): [number, number][] {
  const rank = input.shape.length;
  if (paddings.shape.length !== 2 || paddings.shape[1] !== 2) {
    invalid(`paddings must be a matrix with 2 columns: ${shapeText(paddings.shape)}`);
  }
  if (paddings.shape[0] !== rank) {
    invalid(`The first dimension of paddings must be the rank of inputs${shapeText(paddings.shape)} ${shapeText(input.shape)}`);
  }
  const values = intsOf(paddings);
  return input.shape.map((_, axis) => [values[2 * axis]!, values[2 * axis + 1]!]);
}

function pad(input: HostTensor, paddings: HostTensor, value: HostTensor | undefined): HostTensor {
  const pairs = paddingsOf(input, paddings);
  for (const [before, after] of pairs) if (before < 0 || after < 0) invalid(`Paddings must be non-negative: ${before} ${after}`);
  const shape = input.shape.map((dim, axis) => dim + pairs[axis]![0] + pairs[axis]![1]);
  const out = value === undefined ? zeros(input.dtype, shape) : filled(value, shape);
  const strides = stridesOf(shape);
  const offset = pairs.reduce((sum, [before], axis) => sum + before * strides[axis]!, 0);
  copyBox({ units: unitsOf(out), offset, strides }, placeOf(input), input.shape);
  return out;
}

export const Pad = host(([input, paddings]) => [pad(input!, paddings!, undefined)]);
export const PadV2 = host(([input, paddings, value]) => {
  if (value!.shape.length !== 0) invalid(`constant_values must be a scalar. Found: ${shapeText(value!.shape)}`);
  return [pad(input!, paddings!, value)];
});

export const MirrorPad = host(([input, paddings], { attrs }) => {
  const reflect = attrs.string('mode') === 'REFLECT' ? 1 : 0;
  const pairs = paddingsOf(input!, paddings!);
  let current = input!;
  // Axis by axis: the middle, then the two mirrored margins.
  pairs.forEach(([before, after], axis) => {
    const dim = current.shape[axis]!;
    if (before < 0 || after < 0) invalid(`paddings must be non-negative: ${before} ${after}`);
    if (before > dim - reflect || after > dim - reflect) {
      invalid(reflect === 1
        ? `paddings must be less than the dimension size: ${before}, ${after} not less than ${dim}`
        : `paddings must be no greater than the dimension size: ${before}, ${after} greater than ${dim}`);
    }
    const shape = current.shape.map((size, a) => (a === axis ? size + before + after : size));
    const out = zeros(current.dtype, shape);
    const [to, from] = [stridesOf(shape), stridesOf(current.shape)];
    const part = (toStart: number, fromStart: number, count: number, step: 1 | -1): void => copyBox(
      { units: unitsOf(out), offset: toStart * to[axis]!, strides: to },
      { units: unitsOf(current), offset: fromStart * from[axis]!, strides: from.map((s, a) => (a === axis ? s * step : s)) },
      shape.map((size, a) => (a === axis ? count : size)),
    );
    part(before, 0, dim, 1);
    part(0, before - 1 + reflect, before, -1);
    part(before + dim, dim - 1 - reflect, after, -1);
    current = out;
  });
  return [current];
});

/** Joins tensors along an axis. */
export function concatenated(parts: readonly HostTensor[], given: number): HostTensor {
  const first = parts[0]!;
  const rank = first.shape.length;
  if (rank === 0 && parts.length > 1) invalid('Expected \'concat_dim\' to be a scalar tensor with inputs of rank at least 1, got rank 0');
  const axis = given < 0 ? given + rank : given;
  if (axis < 0 || axis >= Math.max(rank, 1)) invalid(`ConcatOp : Expected concatenating dimensions in the range [${-rank}, ${rank}), but got ${given}`);
  let total = 0;
  parts.forEach((part, i) => {
    if (part.shape.length !== rank) {
      invalid(`ConcatOp : Ranks of all input tensors should match: shape[0] = ${shapeText(first.shape)} vs. shape[${i}] = ${shapeText(part.shape)}`);
    }
    part.shape.forEach((dim, a) => {
      if (a !== axis && dim !== first.shape[a]) {
        invalid(`ConcatOp : Dimension ${a} in both shapes must be equal: shape[0] = ${shapeText(first.shape)} vs. shape[${i}] = ${shapeText(part.shape)}`);
      }
    });
    total += part.shape[axis] ?? 1;
  });
  const shape = first.shape.map((dim, a) => (a === axis ? total : dim));
  const out = zeros(first.dtype, shape);
  const strides = stridesOf(shape);
  let start = 0;
  for (const part of parts) {
    copyBox({ units: unitsOf(out), offset: start * (strides[axis] ?? 1), strides }, placeOf(part), part.shape);
    start += part.shape[axis] ?? 1;
  }
  return out;
}

export const Concat = host(([axis, ...parts]) => [concatenated(parts, scalarOf(axis!))]);
export const ConcatV2 = host((inputs) => [concatenated(inputs.slice(0, -1), scalarOf(inputs[inputs.length - 1]!))]);

export const ConcatOffset = host(([axisArg, ...shapes]) => {
  const axis = axisOf(scalarOf(axisArg!), shapes[0]!.size, 'concat_dim');
  let start = 0;
  const first = intsOf(shapes[0]!);
  return shapes.map((shape, i) => {
    const values = intsOf(shape);
    if (values.some((dim, a) => a !== axis && dim !== first[a])) {
      invalid(`All dimensions except ${axis} must match. Input ${i} has shape [${values.join(' ')}] and doesn't match input 0 with shape [${first.join(' ')}].`);
    }
    const offsets = values.map((_, a) => (a === axis ? start : 0));
    start += values[axis]!;
    return tensorOver(shape.dtype, shape.shape, shape.dtype === 'int64' ? BigInt64Array.from(offsets, BigInt) : Int32Array.from(offsets));
  });
});

/** Cuts `input` along an axis into pieces of the given sizes. */
export function pieces(input: HostTensor, axis: number, sizes: readonly number[]): HostTensor[] {
  const strides = stridesOf(input.shape);
  let start = 0;
  return sizes.map((size) => {
    const piece = gathered(input, input.shape.map((dim, a) => (a === axis ? size : dim)), start * strides[axis]!, strides);
    start += size;
    return piece;
  });
}

export const Split = host(([axisArg, input], { attrs }) => {
  const count = attrs.int('num_split');
  const given = scalarOf(axisArg!);
  const rank = input!.shape.length;
  if (given < -rank || given >= rank) invalid(`-input rank(-${rank}) <= split_dim < input rank (${rank}), but got ${given}`);
  const axis = given < 0 ? given + rank : given;
  const dim = input!.shape[axis]!;
  if (dim % count !== 0) {
    invalid(`Number of ways to split should evenly divide the split dimension, but got split_dim ${axis} (size = ${dim}) and num_split ${count}`);
  }
  return pieces(input!, axis, new Array<number>(count).fill(dim / count));
});

export const SplitV = host(([input, sizesArg, axisArg]) => {
  if (axisArg!.size !== 1) invalid('split_dim_tensor must have exactly one element.');
  const given = scalarOf(axisArg!);
  const rank = input!.shape.length;
  if (given < -rank || given >= rank) invalid(`-input rank(-${rank}) <= split_dim < input rank (${rank}), but got ${given}`);
  const axis = given < 0 ? given + rank : given;
  const dim = input!.shape[axis]!;
  const sizes = intsOf(sizesArg!);
  const open = sizes.indexOf(-1);
  const known = sizes.reduce((sum, size) => (size === -1 ? sum : sum + size), 0);
  if (sizes.filter((size) => size === -1).length > 1) invalid('There can only be one -1 in the input.');
  sizes.forEach((size) => size < -1 && invalid(`Split size at index ${sizes.indexOf(size)} must be >= 0. Got: ${size}`));
  if (open >= 0 && known <= dim) sizes[open] = dim - known;
  else if (open >= 0 || known !== dim) {
    invalid(`Determined shape must either match input shape along split_dim exactly if fully specified, or be less than the size of the input along ` +
      `split_dim if not fully specified.  Got: ${known}`);
  }
  return pieces(input!, axis, sizes);
});

/** Stacks tensors of one shape along a new axis. */
export function packed(parts: readonly HostTensor[], given: number): HostTensor {
  const first = parts[0]!;
  const rank = first.shape.length + 1;
  if (given < -rank || given >= rank) invalid(`axis = ${given} not in [${-rank}, ${rank})`);
  const axis = given < 0 ? given + rank : given;
  parts.forEach((part, i) => {
    if (!sameShape(part.shape, first.shape)) {
      invalid(`Shapes of all inputs must match: values[0].shape = ${shapeText(first.shape)} != values[${i}].shape = ${shapeText(part.shape)}`);
    }
  });
  const widen = (shape: Shape): number[] => [...shape.slice(0, axis), 1, ...shape.slice(axis)];
  return concatenated(parts.map((part) => reshaped(part, widen(part.shape))), axis);
}

export const Pack = host((parts, { attrs }) => [packed(parts, attrs.int('axis'))]);

export const Unpack = host(([input], { attrs }) => {
  const rank = input!.shape.length;
  const given = attrs.int('axis');
  if (given < -rank || given >= rank) invalid(`axis = ${given} not in [${-rank}, ${rank})`);
  const axis = given < 0 ? given + rank : given;
  const count = attrs.int('num');
  const dim = input!.shape[axis]!;
  if (count !== dim) invalid(`Input shape axis ${axis} must equal ${count}, got shape ${shapeText(input!.shape)}`);
  const shape = input!.shape.filter((_, a) => a !== axis);
  return pieces(input!, axis, new Array<number>(count).fill(1)).map((piece) => reshaped(piece, shape));
});

/** Same bytes, another dtype: a wider one swallows the last axis, a narrower one adds one. */
export const Bitcast = host(([input], { attrs }) => {
  const to = attrs.type('type');
  const [from, wide] = [dtypeInfo[input!.dtype].bytes, dtypeInfo[to].bytes];
  let shape: Shape = input!.shape;
  if (wide < from) shape = [...shape, from / wide];
  else if (wide > from) {
    if (shape[shape.length - 1] !== wide / from) {
      invalid(`Cannot bitcast from ${dtypeInfo[input!.dtype].tfName} to ${dtypeInfo[to].tfName}: ${shapeText(shape)}`);
    }
    shape = shape.slice(0, -1);
  }
  const out = zeros(to, shape);
  if (!Array.isArray(out.data) && !Array.isArray(input!.data)) {
    const [target, source] = [out.data, input!.data];
    new Uint8Array(target.buffer).set(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
  }
  return [out];
}, { supports: ({ inputDtypes }) => inputDtypes.every(hasBytes) || 'only dtypes made of bytes can be bitcast' });
