/** Sparse tensors as triples of indices [n, rank], values [n] and a dense shape. */
import type { HostTensor } from '../../hostTensor.js';
import { type Shape, shapeText, sizeOf, stridesOf } from '../../shape.js';
import { type Folding, foldOf } from './arithmetic.js';
import { cloned, copyElements, zeros } from './copy.js';
import { host, type HostCode } from './define.js';
import { broadcastStrides } from './evaluate/evaluate.js';
import { decode, encode, newRegister } from './evaluate/registers.js';
import { axisOf, intsOf, intTensor, invalid, numbersOf, scalarOf, tensorOfNumbers, tensorOver, unitsOf } from './tensors.js';

/** One element: its index, and where its value stands among the values of some tensor. */
export interface Entry {
  readonly index: readonly number[];
  readonly value: number;
}

export function entriesOf(indices: HostTensor): Entry[] {
  const [count, rank] = indices.shape as [number, number];
  const flat = intsOf(indices);
  return Array.from({ length: count }, (_, i) => ({ index: flat.slice(i * rank, (i + 1) * rank), value: i }));
}

/** Row-major order. */
function compare(a: Entry, b: Entry): number {
  for (let axis = 0; axis < a.index.length; axis++) if (a.index[axis] !== b.index[axis]) return a.index[axis]! - b.index[axis]!;
  return 0;
}

/** Throws where an index lies outside of a shape. */
export function needInside(entries: readonly Entry[], shape: readonly number[], say: (entry: Entry, axis: number) => string): void {
  for (const entry of entries) {
    const axis = entry.index.findIndex((i, at) => i < 0 || i >= shape[at]!);
    if (axis >= 0) invalid(say(entry, axis));
  }
}

function indexTensor(entries: readonly Entry[], rank: number): HostTensor {
  return intTensor('int64', entries.flatMap(({ index }) => index), [entries.length, rank]);
}

/** The values at the entries' places. */
function picked(values: HostTensor, entries: readonly Entry[]): HostTensor {
  const out = zeros(values.dtype, [entries.length]);
  const [to, from] = [unitsOf(out), unitsOf(values)];
  entries.forEach(({ value }, i) => copyElements(to, i, from, value, 1));
  return out;
}


export const SparseReorder = host(([indices, values, shape]) => {
  const entries = entriesOf(indices!).sort(compare);
  return [indexTensor(entries, shape!.size), picked(values!, entries)];
});

export const SparseReshape = host(([indices, shapeArg, newShapeArg]) => {
  const shape = intsOf(shapeArg!);
  const given = intsOf(newShapeArg!);
  const size = sizeOf(shape);
  const open = given.indexOf(-1);
  const known = sizeOf(given.filter((dim) => dim !== -1));
  const result = given.map((dim) => (dim === -1 ? size / known : dim));
  if (given.filter((dim) => dim === -1).length > 1) invalid(`only one output dimension may be -1, not both ${open} and ${given.lastIndexOf(-1)}`);
  if (sizeOf(result) !== size || !result.every(Number.isInteger)) {
    invalid(open >= 0
      ? `reshape cannot infer the missing input size for a tensor with ${size} dense values and requested shape ${shapeText(given)}`
      : `Input to reshape is a tensor with ${size} dense values, but the requested shape has ${known}. input_shape=${shapeText(shape)} output_shape=${shapeText(given)}`);
  }
  const [from, to] = [stridesOf(shape), stridesOf(result)];
  const entries = entriesOf(indices!).map(({ index, value }) => {
    const flat = index.reduce((sum, i, axis) => sum + i * from[axis]!, 0);
    return { index: result.map((dim, axis) => Math.floor(flat / to[axis]!) % dim), value };
  });
  return [indexTensor(entries, result.length), intTensor('int64', result)];
});

export const SparseFillEmptyRows = host(([indices, values, shapeArg, fallback]) => {
  const shape = intsOf(shapeArg!);
  if (shape.length === 0) invalid('Dense shape cannot be empty.');
  if (values!.size !== indices!.shape[0]) invalid(`The length of \`values\` (${values!.size}) must match the first dimension of \`indices\` (${indices!.shape[0]}).`);
  const rows = shape[0]!;
  const byRow = Array.from({ length: rows }, (): Entry[] => []);
  entriesOf(indices!).forEach((entry) => {
    const row = entry.index[0]!;
    if (row < 0 || row >= rows) invalid(`indices(${entry.value}, 0) is invalid: ${row} >= ${rows}`);
    byRow[row]!.push(entry);
  });
  const isEmpty = Uint8Array.from(byRow, (row) => (row.length === 0 ? 1 : 0));
  const places = new Array<number>(indices!.shape[0]).fill(0);
  const all = byRow.flatMap((row, i) => (row.length > 0 ? row : [{ index: [i, ...shape.slice(1).map(() => 0)], value: -1 }]));
  all.forEach(({ value }, i) => {
    if (value >= 0) places[value] = i;
  });
  const out = zeros(values!.dtype, [all.length]);
  const [to, from, rest] = [unitsOf(out), unitsOf(values!), unitsOf(fallback!)];
  all.forEach(({ value }, i) => copyElements(to, i, value < 0 ? rest : from, Math.max(value, 0), 1));
  return [indexTensor(all, shape.length), out, tensorOver('bool', [rows], isEmpty), intTensor('int64', places)];
});

export const SparseConcat = host((inputs, { attrs }) => {
  const count = attrs.int('N');
  const [indices, values, shapes] = [inputs.slice(0, count), inputs.slice(count, 2 * count), inputs.slice(2 * count).map(intsOf)];
  const rank = shapes[0]!.length;
  const axis = axisOf(attrs.int('concat_dim'), rank, 'Concat dimension');
  shapes.forEach((shape, i) => shape.forEach((dim, a) => a !== axis && dim !== shapes[0]![a] &&
    invalid(`Input shapes must match: expected ${shapes[0]![a]} for dimension ${a} but got ${dim} at position ${i}`)));
  let start = 0;
  const all = indices.flatMap((tensor, i) => {
    const shift = start;
    start += shapes[i]![axis]!;
    return entriesOf(tensor).map(({ index, value }) => ({ index: index.map((x, a) => (a === axis ? x + shift : x)), value, tensor: i }));
  }).sort(compare);
  const out = zeros(values[0]!.dtype, [all.length]);
  const to = unitsOf(out);
  const from = values.map(unitsOf);
  all.forEach(({ value, tensor }, i) => copyElements(to, i, from[tensor]!, value, 1));
  return [indexTensor(all, rank), out, intTensor('int64', shapes[0]!.map((dim, a) => (a === axis ? start : dim)))];
});

/** The part of a sparse tensor inside a box, counted from its corner. */
function boxed(indices: HostTensor, values: HostTensor, start: readonly number[], size: readonly number[]): HostTensor[] {
  const inside = entriesOf(indices).filter(({ index }) => index.every((i, axis) => i >= start[axis]! && i < start[axis]! + size[axis]!));
  const moved = inside.map(({ index, value }) => ({ index: index.map((i, axis) => i - start[axis]!), value }));
  return [indexTensor(moved, start.length), picked(values, moved), intTensor('int64', size)];
}

export const SparseSlice = host(([indices, values, shapeArg, startArg, sizeArg]) => {
  const [shape, start] = [intsOf(shapeArg!), intsOf(startArg!)];
  for (const [name, arg] of [['start', startArg!], ['size', sizeArg!]] as const) {
    if (arg.size !== shape.length) invalid(`Expected ${name} to be a vector of length ${shape.length} but got length ${arg.size}`);
  }
  const size = intsOf(sizeArg!).map((length, axis) => Math.max(0, Math.min(length, shape[axis]! - start[axis]!)));
  return boxed(indices!, values!, start, size);
});

export const SparseSplit = host(([axisArg, indices, values, shapeArg], { attrs }) => {
  const shape = intsOf(shapeArg!);
  const axis = axisOf(scalarOf(axisArg!), shape.length, 'Input split_dim');
  const count = attrs.int('num_split');
  if (count > shape[axis]!) invalid(`Input num_split should be between 1 and the splitting dimension size (${shape[axis]}), got ${count}`);
  // The first parts take what is left over, one each.
  const [each, rest] = [Math.floor(shape[axis]! / count), shape[axis]! % count];
  let start = 0;
  const parts = Array.from({ length: count }, (_, i) => {
    const length = each + (i < rest ? 1 : 0);
    const part = boxed(indices!, values!, shape.map((__, a) => (a === axis ? start : 0)), shape.map((dim, a) => (a === axis ? length : dim)));
    start += length;
    return part;
  });
  return [0, 1, 2].flatMap((output) => parts.map((part) => part[output]!));
});

export const SparseTensorDenseMatMul = host(([indices, values, shapeArg, dense], { attrs }) => {
  const shape = intsOf(shapeArg!);
  if (shape.length !== 2 || dense!.shape.length !== 2) invalid(`Tensor 'a_shape' must have 2 elements and 'b' must be a matrix`);
  const [adjointA, adjointB] = [attrs.bool('adjoint_a'), attrs.bool('adjoint_b')];
  const [rows, inner] = adjointA ? [shape[1]!, shape[0]!] : [shape[0]!, shape[1]!];
  const [given, columns] = adjointB ? [dense!.shape[1]!, dense!.shape[0]!] : [dense!.shape[0]!, dense!.shape[1]!];
  if (given !== inner) invalid(`Cannot multiply A and B because inner dimension does not match: ${inner} vs. ${given}.  Did you forget a transpose?  ` +
    `Dimensions of A: ${shapeText(shape)}.  Dimensions of B: ${shapeText(dense!.shape)}`);
  const [a, b] = [numbersOf(values!), numbersOf(dense!)];
  const out = new Float64Array(rows * columns);
  for (const { index, value } of entriesOf(indices!)) {
    const [row, k] = adjointA ? [index[1]!, index[0]!] : [index[0]!, index[1]!];
    if (row < 0 || row >= rows) invalid(`m (${row}) from index[${value},${adjointA ? 1 : 0}] out of bounds (>=${rows})`);
    if (k < 0 || k >= inner) invalid(`k (${k}) from index[${value},${adjointA ? 0 : 1}] out of bounds (>=${inner})`);
    for (let c = 0; c < columns; c++) out[row * columns + c]! += a[value]! * b[adjointB ? c * inner + k : k * columns + c]!;
  }
  return [tensorOfNumbers(values!.dtype, [rows, columns], out)];
});

export const SparseTensorDenseAdd = host(([indices, values, shapeArg, dense]) => {
  const out = decode(dense!.dtype, cloned(dense!).data);
  const from = decode(values!.dtype, values!.data);
  const add = foldOf('add', values!.dtype);
  const strides = stridesOf(intsOf(shapeArg!));
  needInside(entriesOf(indices!), dense!.shape, ({ index, value }, axis) =>
    `Sparse tensor has an invalid index on dimension ${axis}: a_indices(${value},${axis}) = ${index[axis]}, dense tensor shape: ${dense!.shape.join(' ')}`);
  for (const { index, value } of entriesOf(indices!)) add(out, index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0), from, value);
  return [tensorOver(dense!.dtype, dense!.shape, encode(dense!.dtype, out))];
});

/** Elements of either tensor, by their union of indices: `combine` gets the two values, 0 for one that is not there. */
function union(inputs: readonly (HostTensor | undefined)[], op: Folding): { entries: Entry[]; values: HostTensor } {
  const [ai, av, , bi, bv] = inputs;
  const byKey = new Map<string, { index: readonly number[]; a: number; b: number }>();
  for (const { index, value } of entriesOf(ai!)) byKey.set(index.join(), { index, a: value, b: -1 });
  for (const { index, value } of entriesOf(bi!)) byKey.set(index.join(), { index, a: byKey.get(index.join())?.a ?? -1, b: value });
  const all = [...byKey.values()].sort((x, y) => compare({ index: x.index, value: 0 }, { index: y.index, value: 0 }));
  const { dtype } = av!;
  const out = newRegister(dtype, all.length);
  const [a, b] = [decode(dtype, av!.data), decode(dtype, bv!.data)];
  const [set, fold] = [foldOf('update', dtype), foldOf(op, dtype)];
  const nothing = newRegister(dtype, 1);
  all.forEach((entry, i) => {
    set(out, i, entry.a < 0 ? nothing : a, Math.max(entry.a, 0));
    fold(out, i, entry.b < 0 ? nothing : b, Math.max(entry.b, 0));
  });
  return { entries: all.map(({ index }, value) => ({ index, value })), values: tensorOver(dtype, [all.length], encode(dtype, out)) };
}

/** The sum; elements of at most `thresh` are dropped. */
export const SparseAdd = host((inputs) => {
  needSameShape(inputs);
  const { entries, values } = union(inputs, 'add');
  const limit = scalarOf(inputs[6]!);
  const sizes = numbersOf(values);
  const width = sizes.length / Math.max(values.size, 1);
  // NaN reaches no limit.
  const kept = entries.filter(({ value }) =>
    (width === 2 ? Math.hypot(sizes[2 * value]!, sizes[2 * value + 1]!) : Math.abs(sizes[value]!)) >= limit);
  return [indexTensor(kept, inputs[2]!.size), picked(values, kept), inputs[2]!];
});

/** Throws where the dense shapes of two sparse operands differ. */
function needSameShape(inputs: readonly (HostTensor | undefined)[]): void {
  const [a, b] = [intsOf(inputs[2]!), intsOf(inputs[5]!)];
  a.forEach((dim, axis) => dim !== b[axis] && invalid(`Operands' shapes do not match: got ${dim} and ${b[axis]} for dimension ${axis}`));
}

const extreme = (op: Folding): HostCode => host((inputs) => {
  needSameShape(inputs);
  for (const at of [0, 3]) {
    needInside(entriesOf(inputs[at]!), intsOf(inputs[at + 2]!), ({ index, value }) => `Sparse index tuple indices[${value}, :] = [${index.join(', ')}] is out of bounds`);
  }
  const { entries, values } = union(inputs, op);
  return [indexTensor(entries, inputs[2]!.size), values];
});

export const SparseSparseMaximum = extreme('max');
export const SparseSparseMinimum = extreme('min');

const reduction = (op: Folding): HostCode => host(([indices, values, shapeArg, axesArg], { attrs }) => {
  const shape = intsOf(shapeArg!);
  const axes = new Set(intsOf(axesArg!).map((axis) => axisOf(axis, shape.length)));
  const isReduced = (axis: number): boolean => axes.has(axis);
  const kept = shape.map((dim, axis) => (isReduced(axis) ? 1 : dim));
  const strides = stridesOf(kept);
  const { dtype } = values!;
  const out = newRegister(dtype, sizeOf(kept));
  const from = decode(dtype, values!.data);
  const [set, fold] = [foldOf('update', dtype), foldOf(op, dtype)];
  const isFilled = new Uint8Array(sizeOf(kept));
  shape.forEach((dim) => dim < 0 && invalid(`Expected shape dimensions to be non-negative, got ${dim}`));
  for (const { index, value } of entriesOf(indices!)) {
    const to = index.reduce((sum, i, axis) => (isReduced(axis) ? sum : sum + i * strides[axis]!), 0);
    (isFilled[to] === 0 ? set : fold)(out, to, from, value);
    isFilled[to] = 1;
  }
  const outShape: Shape = attrs.bool('keep_dims') ? kept : shape.filter((_, axis) => !isReduced(axis));
  return [tensorOver(dtype, outShape, encode(dtype, out))];
});

export const SparseReduceSum = reduction('add');
export const SparseReduceMax = reduction('max');

/** Softmax over the elements that are there of each row of the last axis. */
export const SparseSoftmax = host(([indices, values]) => {
  const rows = new Map<string, number[]>();
  for (const { index, value } of entriesOf(indices!)) {
    const key = index.slice(0, -1).join();
    rows.set(key, [...(rows.get(key) ?? []), value]);
  }
  const x = numbersOf(values!);
  const out = new Float64Array(x.length);
  for (const places of rows.values()) {
    const largest = places.reduce((most, place) => Math.max(most, x[place]!), -Infinity);
    const sum = places.reduce((total, place) => total + Math.exp(x[place]! - largest), 0);
    for (const place of places) out[place] = Math.exp(x[place]! - largest) / sum;
  }
  return [tensorOfNumbers(values!.dtype, values!.shape, out)];
});

/** Whether a shape becomes another by repeating what is 1. */
function broadcastsTo(from: Shape, to: Shape): boolean {
  return from.length <= to.length && from.every((dim, axis) => dim === 1 || dim === to[to.length - from.length + axis]);
}

/** The sparse values combined with a dense tensor that broadcasts to them. */
const withDense = (op: Folding): HostCode => host(([indices, values, shapeArg, dense]) => {
  const shape = intsOf(shapeArg!);
  const { dtype } = values!;
  const out = decode(dtype, cloned(values!).data);
  const from = decode(dtype, dense!.data);
  const fold = foldOf(op, dtype);
  if (!broadcastsTo(dense!.shape, shape)) {
    invalid(`SparseDenseBinaryOpShared broadcasts dense to sparse only; got incompatible shapes: [${shape.join(',')}] vs. [${dense!.shape.join(',')}]`);
  }
  needInside(entriesOf(indices!), shape, () => 'Provided indices are out-of-bounds w.r.t. dense side with broadcasted shape');
  const strides = broadcastStrides(dense!.shape, shape);
  for (const { index, value } of entriesOf(indices!)) fold(out, value, from, index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0));
  return [tensorOver(dtype, values!.shape, encode(dtype, out))];
});

export const SparseDenseCwiseMul = withDense('mul');
export const SparseDenseCwiseAdd = withDense('add');
export const SparseDenseCwiseDiv = withDense('div');
