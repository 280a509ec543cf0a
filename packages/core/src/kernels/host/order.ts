/** Ops that compare elements with each other: largest and smallest, sorting, searching, counting, distinct values. */
import { type DType, limitsOf } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import { type Shape, shapeText, sizeOf, stridesOf } from '../../shape.js';
import { copyElements, zeros } from './copy.js';
import { host, type HostCode } from './define.js';
import {
  axisOf, intsOf, intTensor, invalid, isInteger, numbersOf, scalarOf, sizeBetween, tensorOfNumbers, tensorOver, unitsOf,
} from './tensors.js';

/** Elements that compare with < and ===: numbers, or bigints for 64-bit integers. */
type Comparable = ArrayLike<number> | ArrayLike<bigint>;

function comparableOf(tensor: HostTensor): Comparable {
  return tensor.dtype === 'int64' || tensor.dtype === 'uint64' ? tensor.data as BigInt64Array : numbersOf(tensor);
}

const argExtreme = (isLess: boolean): HostCode => host(([input, dimension], { outputDtypes }) => {
  const { shape } = input!;
  const rank = shape.length;
  const given = scalarOf(dimension!);
  if (given < -rank || given >= rank) invalid(`Expected dimension in the range [${-rank}, ${rank}), but got ${given}`);
  const axis = given < 0 ? given + rank : given;
  const length = shape[axis]!;
  if (length === 0) invalid(`Reduction axis ${given} is empty in shape ${shapeText(shape)}`);
  const x = comparableOf(input!);
  const { lowest, highest } = limitsOf(input!.dtype);
  const [outer, inner] = [sizeBetween(shape, 0, axis), sizeBetween(shape, axis + 1, rank)];
  const out: number[] = [];
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      // NaN is no better than what TensorFlow starts from.
      let [best, current] = [0, isLess ? highest : lowest];
      for (let k = 0; k < length; k++) {
        const candidate = x[(o * length + k) * inner + i]!;
        if (isLess ? candidate < current : candidate > current) [best, current] = [k, candidate];
      }
      out.push(best);
    }
  }
  return [intTensor(outputDtypes[0] ?? 'int64', out, shape.filter((_, a) => a !== axis))];
});

export const ArgMax = argExtreme(false);
export const ArgMin = argExtreme(true);

/** The k largest of each row, largest first, the first of equals first. */
function topK(input: HostTensor, k: number, indexDtype: DType): HostTensor[] {
  const { shape } = input;
  if (k < 0) invalid(`Need k >= 0, got ${k}`);
  if (shape.length < 1) invalid(`input must be >= 1-D, got shape ${shapeText(shape)}`);
  const columns = shape[shape.length - 1]!;
  if (columns < k) invalid(`input must have at least k columns. Had ${columns}, needed ${k}`);
  const rows = sizeOf(shape.slice(0, -1));
  const x = comparableOf(input);
  const outShape: Shape = [...shape.slice(0, -1), k];
  const values = zeros(input.dtype, outShape);
  const [to, from] = [unitsOf(values), unitsOf(input)];
  const indices: number[] = [];
  for (let row = 0; row < rows; row++) {
    const order = Array.from({ length: columns }, (_, i) => i).sort((a, b) => {
      const [p, q] = [x[row * columns + a]!, x[row * columns + b]!];
      return p > q ? -1 : p < q ? 1 : a - b;
    });
    for (let i = 0; i < k; i++) {
      copyElements(to, row * k + i, from, row * columns + order[i]!, 1);
      indices.push(order[i]!);
    }
  }
  return [values, intTensor(indexDtype, indices, outShape)];
}

export const TopK = host(([input], { attrs }) => topK(input!, attrs.int('k'), 'int32'));
export const TopKV2 = host(([input, k], { outputDtypes }) => topK(input!, scalarOf(k!), outputDtypes[1] ?? 'int32'));

export const NthElement = host(([input, nArg], { attrs }) => {
  const n = scalarOf(nArg!);
  const { shape } = input!;
  if (n < 0) invalid(`n must be non-negative but got ${n}`);
  if (shape.length < 1) invalid(`input must be at least rank 1 but is rank ${shape.length}`);
  const columns = shape[shape.length - 1]!;
  if (columns <= n) invalid(`input must have last dimension > n = ${n}`);
  const place = attrs.bool('reverse') ? columns - 1 - n : n;
  const x = comparableOf(input!);
  const out = zeros(input!.dtype, shape.slice(0, -1));
  const [to, from] = [unitsOf(out), unitsOf(input!)];
  for (let row = 0; row < out.size; row++) {
    const order = Array.from({ length: columns }, (_, i) => i).sort((a, b) => {
      const [p, q] = [x[row * columns + a]!, x[row * columns + b]!];
      return p < q ? -1 : p > q ? 1 : 0;
    });
    copyElements(to, row, from, row * columns + order[place]!, 1);
  }
  return [out];
});

/** Where values would stand in sorted rows: before equals (lower) or after them (upper). */
const bound = (isUpper: boolean): HostCode => host(([sorted, values], { outputDtypes }) => {
  const [rows, columns] = sorted!.shape as [number, number];
  if (rows !== values!.shape[0]) invalid('Leading dim_size of both tensors must match.');
  const [x, y] = [comparableOf(sorted!), comparableOf(values!)];
  const width = values!.shape[1]!;
  const out: number[] = [];
  for (let i = 0; i < rows * width; i++) {
    const row = Math.floor(i / width);
    let [low, high] = [0, columns];
    while (low < high) {
      const middle = (low + high) >> 1;
      const element = x[row * columns + middle]!;
      if (element < y[i]! || (isUpper && element === y[i])) low = middle + 1;
      else high = middle;
    }
    out.push(low);
  }
  return [intTensor(outputDtypes[0] ?? 'int32', out, values!.shape)];
});

export const LowerBound = bound(false);
export const UpperBound = bound(true);

/** Elements as map keys: numbers and bigints stand for themselves, strings by their bytes. NaNs differ from each other. */
function keysOf(tensor: HostTensor): readonly unknown[] {
  if (tensor.dtype === 'string') return (tensor.data as Uint8Array[]).map((bytes) => bytes.join(','));
  return Array.from(comparableOf(tensor) as ArrayLike<number>, (x) => (Number.isNaN(x) ? Symbol('NaN') : x));
}

interface Distinct {
  /** The first place of each distinct key, and each key's number. */
  readonly firsts: number[];
  readonly numbers: number[];
  readonly counts: number[];
}

function distinct(keys: readonly unknown[]): Distinct {
  const known = new Map<unknown, number>();
  const result: Distinct = { firsts: [], numbers: [], counts: [] };
  keys.forEach((key, i) => {
    let number = known.get(key);
    if (number === undefined) {
      number = result.firsts.length;
      known.set(key, number);
      result.firsts.push(i);
      result.counts.push(0);
    }
    result.numbers.push(number);
    result.counts[number]!++;
  });
  return result;
}

/** Slices of a tensor along an axis. */
function pick(tensor: HostTensor, axis: number, places: readonly number[]): HostTensor {
  const { shape } = tensor;
  const [outer, inner, length] = [sizeBetween(shape, 0, axis), sizeBetween(shape, axis + 1, shape.length), shape[axis]!];
  const out = zeros(tensor.dtype, shape.map((dim, a) => (a === axis ? places.length : dim)));
  const [to, from] = [unitsOf(out), unitsOf(tensor)];
  for (let o = 0; o < outer; o++) {
    places.forEach((place, i) => copyElements(to, (o * places.length + i) * inner, from, (o * length + place) * inner, inner));
  }
  return out;
}

function unique(input: HostTensor, axis: number, dtype: DType): { values: HostTensor; numbers: HostTensor; counts: HostTensor } {
  const keys = keysOf(input);
  const { shape } = input;
  const [outer, inner, length] = [sizeBetween(shape, 0, axis), sizeBetween(shape, axis + 1, shape.length), shape[axis]!];
  const slices = shape.length === 1 ? keys : Array.from({ length }, (_, i) => {
    const parts: unknown[] = [];
    for (let o = 0; o < outer; o++) parts.push(...keys.slice((o * length + i) * inner, (o * length + i + 1) * inner));
    return parts.map(String).join(';');
  });
  const { firsts, numbers, counts } = distinct(slices);
  return { values: pick(input, axis, firsts), numbers: intTensor(dtype, numbers), counts: intTensor(dtype, counts) };
}


export const Unique = host(([x], { outputDtypes }) => {
  if (x!.shape.length !== 1) invalid('unique expects a 1D vector.');
  const { values, numbers } = unique(x!, 0, outputDtypes[1] ?? 'int32');
  return [values, numbers];
});

export const UniqueWithCounts = host(([x], { outputDtypes }) => {
  if (x!.shape.length !== 1) invalid('unique expects a 1D vector.');
  const { values, numbers, counts } = unique(x!, 0, outputDtypes[1] ?? 'int32');
  return [values, numbers, counts];
});

function uniqueAxis(x: HostTensor, axis: HostTensor): number {
  if (axis.shape.length !== 1) invalid('axis expects a 1D vector.');
  if (axis.size === 0) {
    if (x.shape.length !== 1) invalid('unique expects a 1D vector.');
    return 0;
  }
  if (axis.size !== 1) invalid(`axis does not support input tensors larger than 1 elements`);
  return axisOf(scalarOf(axis), x.shape.length);
}

export const UniqueV2 = host(([x, axis], { outputDtypes }) => {
  const { values, numbers } = unique(x!, uniqueAxis(x!, axis!), outputDtypes[1] ?? 'int32');
  return [values, numbers];
});

export const UniqueWithCountsV2 = host(([x, axis], { outputDtypes }) => {
  const { values, numbers, counts } = unique(x!, uniqueAxis(x!, axis!), outputDtypes[1] ?? 'int32');
  return [values, numbers, counts];
});

export const ListDiff = host(([x, y], { outputDtypes }) => {
  if (x!.shape.length !== 1) invalid('x should be a 1D vector.');
  if (y!.shape.length !== 1) invalid('y should be a 1D vector.');
  const known = new Set(keysOf(y!));
  const places = keysOf(x!).flatMap((key, i) => (known.has(key) ? [] : [i]));
  return [pick(x!, 0, places), intTensor(outputDtypes[1] ?? 'int32', places)];
});

export const Where = host(([input]) => {
  const { shape } = input!;
  if (shape.length === 0) invalid('WhereOp : Unhandled input dimensions: 0');
  const x = numbersOf(input!);
  const width = input!.size === 0 ? 1 : x.length / input!.size;
  const strides = stridesOf(shape);
  const out: number[] = [];
  for (let i = 0; i < input!.size; i++) {
    let isSet = false;
    for (let lane = 0; lane < width; lane++) isSet ||= x[i * width + lane] !== 0;
    if (isSet) shape.forEach((dim, axis) => out.push(Math.floor(i / strides[axis]!) % dim));
  }
  return [intTensor('int64', out, [out.length / shape.length, shape.length])];
});

export const Bincount = host(([arr, sizeArg, weights]) => {
  const size = scalarOf(sizeArg!);
  if (size < 0) invalid(`size (${size}) must be non-negative`);
  const out = new Float64Array(size);
  const w = weights!.size === 0 ? undefined : numbersOf(weights!);
  numbersOf(arr!).forEach((value: number, i: number) => {
    if (value < 0) invalid('Input arr must be non-negative!');
    if (value < size) out[value]! += w?.[i] ?? 1;
  });
  return [tensorOfNumbers(weights!.dtype, [size], out)];
});

export const DenseBincount = host(([input, sizeArg, weights], { attrs }) => {
  const size = scalarOf(sizeArg!);
  if (size < 0) invalid(`size (${size}) must be non-negative`);
  if (input!.shape.length > 2) invalid('Shape must be at most rank 2 but is rank ' + String(input!.shape.length));
  const isBinary = attrs.bool('binary_output');
  const rows = input!.shape.length === 2 ? input!.shape[0]! : 1;
  const columns = input!.size / Math.max(rows, 1);
  const out = new Float64Array(rows * size);
  const w = weights!.size === 0 ? undefined : numbersOf(weights!);
  numbersOf(input!).forEach((value: number, i: number) => {
    if (value < 0) invalid('Input arr must be non-negative!');
    if (value >= size) return;
    const to = Math.floor(i / columns) * size + value;
    out[to] = isBinary ? 1 : out[to]! + (w?.[i] ?? 1);
  });
  return [tensorOfNumbers(weights!.dtype, input!.shape.length === 2 ? [rows, size] : [size], out)];
});

export const HistogramFixedWidth = host(([values, rangeArg, binsArg], { outputDtypes }) => {
  const bins = scalarOf(binsArg!);
  const [low = 0, high = 0] = numbersOf(rangeArg!);
  if (bins <= 0) invalid(`nbins should be a positive number, but got '${bins}'`);
  if (!(low < high)) invalid(`value_range should satisfy value_range[0] < value_range[1], but got '[${low}, ${high}]'`);
  const x = numbersOf(values!);
  if (x.some((value: number) => Number.isNaN(value))) invalid('Histogram values must not contain NaN');
  const step = (high - low) / bins;
  const out = new Array<number>(bins).fill(0);
  for (const value of x) out[Math.min(Math.max(Math.floor((value - low) / step), 0), bins - 1)]!++;
  return [intTensor(outputDtypes[0] ?? 'int32', out)];
});

export const Bucketize = host(([input], { attrs }) => {
  const limits = attrs.floats('boundaries');
  limits.forEach((limit, i) => i > 0 && limit < limits[i - 1]! && invalid('Expected sorted boundaries'));
  return [intTensor('int32', Array.from(numbersOf(input!), (value) => limits.filter((limit) => limit <= value).length), input!.shape)];
});

/** Sends rows of `data` to outputs by number. */
export const DynamicPartition = host(([input, partitions], { attrs }) => {
  const count = attrs.int('num_partitions');
  const numbers = intsOf(partitions!);
  const { shape } = input!;
  const lead = partitions!.shape.length;
  if (partitions!.shape.some((dim, axis) => dim !== shape[axis])) {
    invalid(`data.shape must start with partitions.shape, got data.shape = ${shapeText(shape)}, partitions.shape = ${shapeText(partitions!.shape)}`);
  }
  const inner = sizeBetween(shape, lead, shape.length);
  const rows = Array.from({ length: count }, (): number[] => []);
  numbers.forEach((number, i) => {
    if (number < 0 || number >= count) invalid(`partitions[${i}] = ${number} is not in [0, ${count})`);
    rows[number]!.push(i);
  });
  const from = unitsOf(input!);
  return rows.map((places) => {
    const out = zeros(input!.dtype, [places.length, ...shape.slice(lead)]);
    const to = unitsOf(out);
    places.forEach((place, i) => copyElements(to, i * inner, from, place * inner, inner));
    return out;
  });
});

const stitch = (): HostCode => host((inputs) => {
  const count = inputs.length / 2;
  const [indices, parts] = [inputs.slice(0, count), inputs.slice(count)];
  const tail = parts[0]!.shape.slice(indices[0]!.shape.length);
  const inner = sizeOf(tail);
  let rows = 0;
  indices.forEach((index, i) => {
    const expected = [...index.shape, ...tail];
    if (expected.join() !== parts[i]!.shape.join()) {
      invalid(`Need data[${i}].shape to start with indices[${i}].shape, got data[${i}].shape = ${shapeText(parts[i]!.shape)}, ` +
        `indices[${i}].shape = ${shapeText(index.shape)}`);
    }
    for (const row of intsOf(index)) {
      if (row < 0) invalid(`indices[${i}] is out of range`);
      rows = Math.max(rows, row + 1);
    }
  });
  const out = zeros(parts[0]!.dtype, [rows, ...tail]);
  const to = unitsOf(out);
  indices.forEach((index, i) => {
    const from = unitsOf(parts[i]!);
    intsOf(index).forEach((row, k) => copyElements(to, row * inner, from, k * inner, inner));
  });
  return [out];
});

export const DynamicStitch = stitch();
export const ParallelDynamicStitch = stitch();

/** The number of bits that are set. */
export const PopulationCount = host(([x]) => {
  const bits = isInteger(x!.dtype) && (x!.dtype === 'int64' || x!.dtype === 'uint64')
    ? Array.from(x!.data as BigInt64Array, (value) => BigInt.asUintN(64, value).toString(2).replaceAll('0', '').length)
    : Array.from(numbersOf(x!), (value) => {
      const width = x!.data instanceof Int8Array ? 0xff : x!.data instanceof Int16Array ? 0xffff : 0xffffffff;
      return ((value & width) >>> 0).toString(2).replaceAll('0', '').length;
    });
  return [tensorOver('uint8', x!.shape, Uint8Array.from(bits))];
});
