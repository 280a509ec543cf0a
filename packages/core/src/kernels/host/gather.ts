/** Gathers and scatters. Indices out of range are errors with TensorFlow's text. */
import { dtypeInfo } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import { type Shape, shapeText, sizeOf, stridesOf } from '../../shape.js';
import { type Folding, foldOf } from './arithmetic.js';
import { cloned, copyElements, filled, zeros } from './copy.js';
import { host, type HostDefinition } from './define.js';
import { decode, encode } from './evaluate/registers.js';
import { axisOf, intsOf, invalid, numbersOf, scalarOf, sizeBetween, tensorOver, unitsOf } from './tensors.js';

/** Indices along `axis` of `params`, sharing the first `batchDims` axes. */
export function gather(params: HostTensor, indices: HostTensor, givenAxis: number, givenBatch: number): HostTensor {
  const rank = params.shape.length;
  const axis = axisOf(givenAxis, rank);
  const batchDims = givenBatch < 0 ? givenBatch + indices.shape.length : givenBatch;
  if (batchDims < 0 || batchDims > indices.shape.length) {
    invalid(`Expected batch_dims in the range [${-indices.shape.length}, ${indices.shape.length}], but got ${givenBatch}`);
  }
  if (batchDims > axis) invalid(`batch_dims (${batchDims}) must be less than or equal to axis (${axis}).`);
  for (let i = 0; i < batchDims; i++) {
    if (params.shape[i] !== indices.shape[i]) {
      invalid(`params.shape[${i}]: ${params.shape[i]} should be equal to indices.shape[${i}]: ${indices.shape[i]}`);
    }
  }
  const { shape } = params;
  const limit = shape[axis]!;
  const batches = sizeBetween(shape, 0, batchDims);
  const outer = sizeBetween(shape, batchDims, axis);
  const inner = sizeBetween(shape, axis + 1, rank);
  const picks = sizeBetween(indices.shape, batchDims, indices.shape.length);
  const at = numbersOf(indices);
  const out = zeros(params.dtype, [...shape.slice(0, axis), ...indices.shape.slice(batchDims), ...shape.slice(axis + 1)]);
  for (let i = 0; i < at.length; i++) if (!(at[i]! >= 0 && at[i]! < limit)) outOfRange(indices, i, at[i]!, limit);
  if (out.size === 0) return out;
  const [to, from] = [unitsOf(out), unitsOf(params)];
  let place = 0;
  for (let batch = 0; batch < batches; batch++) {
    for (let o = 0; o < outer; o++) {
      const start = (batch * outer + o) * limit;
      for (let pick = 0; pick < picks; pick++) {
        copyElements(to, place, from, (start + at[batch * picks + pick]!) * inner, inner);
        place += inner;
      }
    }
  }
  return out;
}

function outOfRange(indices: HostTensor, flat: number, value: number, limit: number): never {
  let rest = flat;
  const index = stridesOf(indices.shape).map((stride) => {
    const i = Math.floor(rest / stride);
    rest -= i * stride;
    return i;
  });
  invalid(`indices${index.length === 0 ? '' : `[${index.join(',')}]`} = ${value} is not in [0, ${limit})`);
}

export const Gather = host(([params, indices]) => [gather(params!, indices!, 0, 0)]);
export const GatherV2 = host(([params, indices, axis], { attrs }) => [
  gather(params!, indices!, scalarOf(axis!), attrs.has('batch_dims') ? attrs.int('batch_dims') : 0),
]);

/** Offsets, in slices, that rows of an index matrix point at; -1 for a row that is out of range. */
function sliceOffsets(indices: HostTensor, shape: Shape): { offsets: Float64Array; depth: number } {
  const depth = indices.shape[indices.shape.length - 1]!;
  const at = numbersOf(indices);
  const rows = sizeBetween(indices.shape, 0, indices.shape.length - 1);
  const strides = stridesOf(shape.slice(0, depth));
  const offsets = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let offset = 0;
    for (let d = 0; d < depth; d++) {
      const index = at[row * depth + d]!;
      if (!(index >= 0 && index < shape[d]!)) {
        offset = -1;
        break;
      }
      offset += index * strides[d]!;
    }
    offsets[row] = offset;
  }
  return { offsets, depth };
}

function badRow(indices: HostTensor, row: number, depth: number, what: (rowIndex: string, values: string) => string): never {
  const at = intsOf(indices).slice(row * depth, (row + 1) * depth);
  let rest = row;
  const index = stridesOf(indices.shape.slice(0, -1)).map((stride) => {
    const i = Math.floor(rest / stride);
    rest -= i * stride;
    return i;
  });
  invalid(what(index.join(','), at.join(', ')));
}

export const GatherNd = host(([params, indices]) => {
  const { shape } = params!;
  if (indices!.shape.length < 1) invalid('indices must be at least a vector');
  const width = indices!.shape[indices!.shape.length - 1]!;
  if (width > shape.length) invalid(`index innermost dimension length must be <= params rank; saw: ${width} vs. ${shape.length}`);
  const { offsets, depth } = sliceOffsets(indices!, shape);
  const inner = sizeBetween(shape, depth, shape.length);
  const out = zeros(params!.dtype, [...indices!.shape.slice(0, -1), ...shape.slice(depth)]);
  const [to, from] = [unitsOf(out), unitsOf(params!)];
  offsets.forEach((offset, row) => {
    if (offset < 0) badRow(indices!, row, depth, (at, values) => `indices[${at}] = [${values}] does not index into param shape ${shapeText(shape)}`);
    copyElements(to, row * inner, from, offset * inner, inner);
  });
  return [out];
});

/** Applies rows of `updates` to the slices of `out` that `indices` name. */
export function scatterInto(out: HostTensor, indices: HostTensor, updates: HostTensor, op: Folding): HostTensor {
  const { shape } = out;
  if (indices.shape.length < 1 || updates.shape.length < 0) invalid('Indices and Updates specified for an empty output');
  const width = indices.shape[indices.shape.length - 1]!;
  const expected = [...indices.shape.slice(0, -1), ...shape.slice(width)];
  if (updates.size !== sizeOf(expected) && updates.size !== 1) {
    invalid(`Dimensions [0,${indices.shape.length - 1}) of indices[shape=${shapeText(indices.shape)}] must match dimensions ` +
      `[0,${indices.shape.length - 1}) of updates[shape=${shapeText(updates.shape)}]`);
  }
  const { offsets, depth } = sliceOffsets(indices, shape);
  const inner = sizeBetween(shape, depth, shape.length);
  const isScalar = updates.size === 1 && sizeOf(expected) !== 1;
  const bad = (row: number): never =>
    badRow(indices, row, depth, (at, values) => `indices[${at}] = [${values}] does not index into shape ${shapeText(shape)}`);
  if (op === 'update' || dtypeInfo[out.dtype].kind === 'object' || dtypeInfo[out.dtype].kind === 'bool') {
    const [to, from] = [unitsOf(out), unitsOf(updates)];
    offsets.forEach((offset, row) => {
      if (offset < 0) bad(row);
      for (let i = 0; i < inner; i++) copyElements(to, offset * inner + i, from, isScalar ? 0 : row * inner + i, 1);
    });
    return out;
  }
  const fold = foldOf(op, out.dtype);
  const to = decode(out.dtype, out.data);
  const from = decode(updates.dtype, updates.data);
  offsets.forEach((offset, row) => {
    if (offset < 0) bad(row);
    for (let i = 0; i < inner; i++) fold(to, offset * inner + i, from, isScalar ? 0 : row * inner + i);
  });
  return tensorOver(out.dtype, shape, encode(out.dtype, to));
}

export const ScatterNd = host(([indices, updates, shape]) => [scatterInto(zeros(updates!.dtype, intsOf(shape!)), indices!, updates!, 'add')]);

const tensorScatter = (op: Folding): HostDefinition => host(([input, indices, updates]) => [scatterInto(cloned(input!), indices!, updates!, op)]);

export const TensorScatterUpdate = tensorScatter('update');
export const TensorScatterAdd = tensorScatter('add');
export const TensorScatterSub = tensorScatter('sub');
export const TensorScatterMin = tensorScatter('min');
export const TensorScatterMax = tensorScatter('max');
export const ScatterNdNonAliasingAdd = tensorScatter('add');

export const OneHot = host(([indices, depthArg, on, off], { attrs }) => {
  const depth = scalarOf(depthArg!);
  if (depth < 0) invalid(`depth must be non-negative, got: ${depth}`);
  const { shape } = indices!;
  const given = attrs.int('axis');
  const axis = given === -1 ? shape.length : given;
  if (axis < 0 || axis > shape.length) invalid(`Expected axis to be -1 or between [0, ${shape.length + 1}).  But received: ${given}`);
  const out = filled(off!, [...shape.slice(0, axis), depth, ...shape.slice(axis)]);
  const inner = sizeBetween(shape, axis, shape.length);
  const [to, from] = [unitsOf(out), unitsOf(on!)];
  numbersOf(indices!).forEach((index: number, i: number) => {
    if (index >= 0 && index < depth) copyElements(to, (Math.floor(i / inner) * depth + index) * inner + (i % inner), from, 0, 1);
  });
  return [out];
});

export const InvertPermutation = host(([x]) => {
  const values = intsOf(x!);
  const inverse = new Array<number>(values.length).fill(-1);
  values.forEach((value, i) => {
    if (value < 0 || value >= values.length) invalid(`${value} is not between 0 and ${values.length}`);
    if (inverse[value] !== -1) invalid(`${value} is duplicated in the input.`);
    inverse[value] = i;
  });
  return [tensorOver(x!.dtype, x!.shape, x!.dtype === 'int64' ? BigInt64Array.from(inverse, BigInt) : Int32Array.from(inverse))];
});
