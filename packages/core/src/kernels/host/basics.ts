/** Shapes as values, ranges, fills, and the choice between two tensors. */
import { dtypeInfo, hasBytes } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import { allocateData } from '../../hostValue.js';
import { broadcastShapes, compatible, type PartialShape, type Shape as Dims, shapeText, sizeOf } from '../../shape.js';
import { rounder } from './arithmetic.js';
import { copyElements, filled, gathered, zeros } from './copy.js';
import { host } from './define.js';
import { broadcastStrides } from './evaluate/evaluate.js';
import { Optional } from './optionalValue.js';
import { TensorList } from './tensorList.js';
import {
  bigintsOf, intsOf, intTensor, invalid, isInteger, reshaped, scalarOf, tensorOfBigints, tensorOfNumbers, tensorOver, unitsOf,
} from './tensors.js';

export const Fill = host(([dims, value]) => {
  if (dims!.shape.length > 1) invalid(`dims must represent a vector, got shape ${shapeText(dims!.shape)}`);
  if (value!.shape.length !== 0) invalid(`value must represent a scalar, got shape ${shapeText(value!.shape)}`);
  const shape = intsOf(dims!);
  shape.forEach((dim, i) => dim < 0 && invalid(`Dimension ${i} must be >= 0, got ${dim}`));
  return [filled(value!, shape)];
});

export const Empty = host(([dims], { attrs }) => [zeros(attrs.type('dtype'), intsOf(dims!))]);
/** Zeros of a list or of an optional are those of what is in it. */
function zerosLike(x: HostTensor): HostTensor {
  if (x.dtype !== 'variant') return zeros(x.dtype, x.shape);
  const values = (x.data as unknown[]).map((value) => {
    if (value instanceof TensorList) return value.with(value.items.map((item) => (item === undefined ? undefined : zerosLike(item))));
    if (value instanceof Optional) return new Optional(value.components?.map(zerosLike));
    return invalid('ZerosLike takes variants that hold lists or optionals.');
  });
  return tensorOver('variant', x.shape, values);
}

export const ZerosLike = host(([x]) => [zerosLike(x!)], {
  supports: ({ inputDtypes }) => inputDtypes[0] !== 'resource' || 'no zeros of resources',
});
export const OnesLike = host(([x]) => [filled(tensorOfNumbers(x!.dtype, [], dtypeInfo[x!.dtype].kind === 'complex' ? [1, 0] : [1]), x!.shape)], {
  supports: ({ inputDtypes }) => inputDtypes.every(hasBytes) || 'no ones of strings, resources and variants',
});

export const Range = host(([start, limit, delta]) => {
  const { dtype } = start!;
  for (const [name, arg] of [['start', start], ['limit', limit], ['delta', delta]] as const) {
    if (arg!.shape.length !== 0) invalid(`${name} must be a scalar, not shape ${shapeText(arg!.shape)}`);
  }
  if (isInteger(dtype)) {
    const [from, to, by] = [bigintsOf(start!)[0]!, bigintsOf(limit!)[0]!, bigintsOf(delta!)[0]!];
    if (by === 0n) invalid(`Requires delta != 0: ${by}`);
    if (by > 0n && from > to) invalid(`Requires start <= limit when delta > 0: ${from}/${to}`);
    if (by < 0n && from < to) invalid(`Requires start >= limit when delta < 0: ${from}/${to}`);
    const span = by > 0n ? to - from : from - to;
    const step = by > 0n ? by : -by;
    const count = Number((span + step - 1n) / step);
    const data = allocateData(dtype, [count]);
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) for (let i = 0; i < count; i++) data[i] = from + BigInt(i) * by;
    else for (let i = 0; i < count; i++) data[i] = Number(from) + i * Number(by);
    return [tensorOver(dtype, [count], data)];
  }
  const [from, to, by] = [scalarOf(start!), scalarOf(limit!), scalarOf(delta!)];
  if (by === 0) invalid(`Requires delta != 0: ${by}`);
  if (!(by < 0 || from <= to)) invalid(`Requires start <= limit when delta > 0: ${from}/${to}`);
  if (!(by > 0 || from >= to)) invalid(`Requires start >= limit when delta < 0: ${from}/${to}`);
  const count = Math.ceil(Math.abs((to - from) / by));
  if (!Number.isFinite(count)) invalid(`Requires ((limit - start) / delta) <= ${2n ** 63n - 1n}`);
  const values = new Float64Array(count);
  const round = dtype === 'float32' ? Math.fround : rounder(dtype);
  // TensorFlow adds the step again and again in the dtype itself.
  let value = from;
  for (let i = 0; i < count; i++) {
    values[i] = value;
    value = round(value + by);
  }
  return [tensorOfNumbers(dtype, [count], values)];
});

export const LinSpace = host(([start, stop, num]) => {
  const { dtype } = start!;
  const count = scalarOf(num!);
  if (start!.shape.length !== 0) invalid(`start must be a scalar, not shape ${shapeText(start!.shape)}`);
  if (stop!.shape.length !== 0) invalid(`stop must be a scalar, not shape ${shapeText(stop!.shape)}`);
  if (count <= 0) invalid(`Requires num > 0: ${count}`);
  const round = dtype === 'float32' ? Math.fround : rounder(dtype);
  const [from, to] = [scalarOf(start!), scalarOf(stop!)];
  const values = new Float64Array(count).fill(from);
  if (count > 1) {
    const step = round(round(to - from) / (count - 1));
    for (let i = 1; i < count - 1; i++) values[i] = round(from + round(step * i));
    values[count - 1] = to;
  }
  return [tensorOfNumbers(dtype, [count], values)];
});

/** A shape as the vector that Shape gives. */
function shapeVector(x: HostTensor, dtype: 'int32' | 'int64'): HostTensor {
  return intTensor(dtype, x.shape);
}

const outType = (dtype: string | undefined): 'int32' | 'int64' => (dtype === 'int64' ? 'int64' : 'int32');

export const Shape = host(([x], { outputDtypes }) => [shapeVector(x!, outType(outputDtypes[0]))]);
export const ShapeN = host((inputs, { outputDtypes }) => inputs.map((x) => shapeVector(x, outType(outputDtypes[0]))));
export const Size = host(([x], { outputDtypes }) => [intTensor(outType(outputDtypes[0]), [sizeOf(x!.shape)], [])]);
export const Rank = host(([x]) => [intTensor('int32', [x!.shape.length], [])]);

export const Reshape = host(([x, shapeArg]) => {
  const given = intsOf(shapeArg!);
  const open = given.indexOf(-1);
  let known = 1;
  given.forEach((dim, i) => {
    if (dim === -1 && i !== open) invalid(`Only one input size may be -1, not both ${open} and ${i}`);
    if (dim < -1) invalid(`Size ${i} must be non-negative, not ${dim}`);
    if (dim !== -1) known *= dim;
  });
  const size = sizeOf(x!.shape);
  const shape = [...given];
  if (open >= 0) {
    // Of an empty tensor the sizes that are not 0 tell the missing one.
    const whole = (dims: readonly number[]): number => sizeOf(dims.filter((dim) => dim > 0));
    if (known === 0 && whole(x!.shape) % whole(given) !== 0) {
      invalid('Reshape cannot infer the missing input size for an empty tensor unless all specified input sizes are non-zero');
    }
    if (known === 0 && size === 0) shape[open] = whole(x!.shape) / whole(given);
    else if (size % known !== 0) invalid(`Input to reshape is a tensor with ${size} values, but the requested shape requires a multiple of ${known}`);
    else shape[open] = size / known;
  } else if (known !== size) {
    invalid(`Input to reshape is a tensor with ${size} values, but the requested shape has ${known}`);
  }
  return [reshaped(x!, shape)];
});

export const Squeeze = host(([x], { attrs }) => {
  const rank = x!.shape.length;
  const dims = attrs.ints('squeeze_dims');
  const axes = dims.map((dim) => {
    if (dim < -rank || dim >= rank) invalid(`Tried to squeeze dim index ${dim} for tensor with ${rank} dimensions.`);
    return dim < 0 ? dim + rank : dim;
  });
  for (const axis of axes) {
    if (x!.shape[axis] !== 1) invalid(`Can not squeeze dim[${axis}], expected a dimension of 1, got ${x!.shape[axis]}`);
  }
  return [reshaped(x!, x!.shape.filter((dim, axis) => (axes.length > 0 ? !axes.includes(axis) : dim !== 1)))];
});

export const ExpandDims = host(([x, dimArg]) => {
  const rank = x!.shape.length;
  const given = scalarOf(dimArg!);
  if (given < -1 - rank || given > rank) {
    invalid(`Tried to expand dim index ${given} for tensor with ${rank} dimensions.`);
  }
  const axis = given < 0 ? given + rank + 1 : given;
  return [reshaped(x!, [...x!.shape.slice(0, axis), 1, ...x!.shape.slice(axis)])];
});

export const EnsureShape = host(([x], { attrs }) => {
  const shape: PartialShape = attrs.shape('shape');
  if (!compatible(x!.shape, shape)) invalid(`Shape of tensor ${shapeText(x!.shape)} is not compatible with expected shape ${shapeText(shape)}.`);
  return [x!];
});

/** Select: a condition of the operands' shape, a scalar, or a vector that picks whole rows. */
export const Select = host(([condition, x, y]) => {
  const [c, shape] = [condition!, x!.shape];
  if (!sameDims(shape, y!.shape)) invalid(`'then' and 'else' must have the same size.  but received: ${shapeText(shape)} vs. ${shapeText(y!.shape)}`);
  if (c.shape.length === 0) return [scalarOf(c) === 0 ? y! : x!];
  const isRows = c.shape.length === 1 && shape.length > 1;
  if (isRows && c.shape[0] !== shape[0]) invalid(`Number of batches of 'then' must match size of 'cond', but saw: ${shape[0]} vs. ${c.shape[0]}`);
  if (!isRows && !sameDims(c.shape, shape)) {
    invalid(`'cond' must have the same shape as 'then' ${shapeText(shape)}, but saw: ${shapeText(c.shape)}`);
  }
  return [choose(c, x!, y!, shape, isRows ? sizeOf(shape.slice(1)) : 1)];
});

function sameDims(a: Dims, b: Dims): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** Runs of `run` elements of `x` where the flag is set, of `y` elsewhere. */
function choose(condition: HostTensor, x: HostTensor, y: HostTensor, shape: Dims, run: number): HostTensor {
  const out = zeros(x.dtype, shape);
  const [to, yes, no] = [unitsOf(out), unitsOf(x), unitsOf(y)];
  const flags = condition.data as Uint8Array;
  for (let i = 0; i < flags.length; i++) copyElements(to, i * run, flags[i] === 0 ? no : yes, i * run, run);
  return out;
}

/** SelectV2 for dtypes that are not bytes: the others are expressions. */
export const SelectV2 = host((inputs) => {
  let shape: Dims = [];
  for (const input of inputs) {
    const both = broadcastShapes(shape, input.shape);
    if (both == null) invalid(`Incompatible shapes: ${inputs.map((i) => shapeText(i.shape)).join(' vs. ')}`);
    shape = both.map((dim) => dim ?? 0);
  }
  const [c, x, y] = inputs.map((input) => gathered(input, shape, 0, broadcastStrides(input.shape, shape)));
  return [choose(c!, x!, y!, shape, 1)];
});

export const BroadcastArgs = host(([a, b]) => {
  const both = broadcastShapes(intsOf(a!), intsOf(b!));
  if (both == null) invalid(`Incompatible shapes: ${shapeText(intsOf(a!))} vs. ${shapeText(intsOf(b!))}`);
  // Sizes as they came, which may be more than a number holds.
  const [x, y] = [bigintsOf(a!), bigintsOf(b!)];
  const at = (dims: ArrayLike<bigint>, axis: number): bigint => dims[dims.length - both.length + axis] ?? 1n;
  return [tensorOfBigints(a!.dtype, [both.length], both.map((_, axis) => (at(x, axis) === 1n ? at(y, axis) : at(x, axis))))];
});

/** The axes along which each of two shapes was repeated: those a gradient must be summed over. */
export const BroadcastGradientArgs = host(([a, b]) => {
  const [x, y] = [intsOf(a!), intsOf(b!)];
  const both = broadcastShapes(x, y);
  if (both == null) invalid(`Incompatible shapes: ${shapeText(x)} vs. ${shapeText(y)}`);
  const rank = both.length;
  const axesOf = (shape: readonly number[], other: readonly number[]): number[] => both.flatMap((_, axis) => {
    const own = shape[axis - (rank - shape.length)] ?? 1;
    const its = other[axis - (rank - other.length)] ?? 1;
    // TensorFlow sums over axes of size 1 on both sides only when the shapes differ.
    return own === 1 && (its !== 1 || !sameDims(shape, other)) ? [axis] : [];
  });
  return [intTensor(a!.dtype, axesOf(x, y)), intTensor(a!.dtype, axesOf(y, x))];
});

export const DataFormatVecPermute = host(([x], { attrs }) => {
  const [from, to] = [attrs.string('src_format'), attrs.string('dst_format')];
  const isPairs = x!.shape.length === 2;
  const rows = x!.shape[0]!;
  // A vector of the spatial dimensions alone is permuted as if N and C were not there.
  const keep = (format: string): string => (rows === format.length ? format : format.replace(/[NC]/g, ''));
  const [source, target] = [keep(from), keep(to)];
  const width = isPairs ? 2 : 1;
  if (Array.from(source).sort().join('') !== Array.from(target).sort().join('')) {
    invalid(`Destination and source format must determine a permutation, got ${source} and ${target}`);
  }
  const out = zeros(x!.dtype, x!.shape);
  const [into, given] = [unitsOf(out), unitsOf(x!)];
  Array.from(target).forEach((letter, row) => copyElements(into, row * width, given, source.indexOf(letter) * width, width));
  return [out];
});

export const DataFormatDimMap = host(([x], { attrs }) => {
  const [from, to] = [attrs.string('src_format'), attrs.string('dst_format')];
  for (const [what, which, format] of [['Source', 'src', from], ['Destination', 'dst', to]] as const) {
    if (format.length !== 4 && format.length !== 5) invalid(`${what} format must be of length 4 or 5, received ${which}_format = ${format}`);
  }
  if (Array.from(from).sort().join('') !== Array.from(to).sort().join('')) {
    invalid(`Destination and source format must determine a permutation, got ${from} and ${to}`);
  }
  // No axis is out of range: TensorFlow wraps them all.
  const rank = BigInt(from.length);
  return [intTensor(x!.dtype, Array.from(bigintsOf(x!), (axis) => to.indexOf(from[Number(((axis % rank) + rank) % rank)]!)), x!.shape)];
});

export const UnravelIndex = host(([indices, dims]) => {
  const shape = intsOf(dims!);
  const size = sizeOf(shape);
  const flat = intsOf(indices!);
  if (indices!.size === 0) invalid('received empty tensor indices');
  for (const index of flat) if (index >= size) invalid(`index is out of bound as with dims`);
  const out: number[] = [];
  let inner = size;
  for (const dim of shape) {
    inner /= dim;
    for (const index of flat) out.push(Math.trunc(index / inner) % dim);
  }
  return [intTensor(indices!.dtype, out, indices!.shape.length === 0 ? [shape.length] : [shape.length, flat.length])];
});
