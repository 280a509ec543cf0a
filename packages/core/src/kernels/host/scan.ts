/** Running sums and products along an axis, and reductions over segments of rows. */
import { type DType, dtypeInfo, limitsOf } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import { shapeText, sizeOf } from '../../shape.js';
import { type Folding, type Fold, fillRegister, foldOf } from './arithmetic.js';
import { host, type HostCode } from './define.js';
import { decode, encode, newRegister, type Register, registerClass } from './evaluate/registers.js';
import { axisOf, intsOf, invalid, numbersOf, scalarOf, sizeBetween, tensorOfNumbers, tensorOver } from './tensors.js';

/** Elements along an axis in scan order: first to last, or backwards. */
interface Lines {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  at(outer: number, step: number, inner: number): number;
}

function linesOf(tensor: HostTensor, axisArg: HostTensor, reverse: boolean): Lines {
  const { shape } = tensor;
  const given = scalarOf(axisArg);
  if (given < -shape.length || given >= shape.length) {
    invalid(`ScanOp: Expected scan axis in the range [${-shape.length}, ${shape.length}), but got ${given}`);
  }
  const axis = axisOf(given, shape.length);
  const [outer, length, inner] = [sizeBetween(shape, 0, axis), shape[axis]!, sizeBetween(shape, axis + 1, shape.length)];
  return { outer, length, inner, at: (o, step, i) => (o * length + (reverse ? length - 1 - step : step)) * inner + i };
}

function one(register: Register, dtype: DType): Register {
  if (registerClass(dtype) === 'complex') (register as Float64Array)[0] = 1;
  else fillRegister(register, 1);
  return register;
}

const scan = (op: 'add' | 'mul'): HostCode => host(([x, axis], { attrs }) => {
  const { dtype, shape } = x!;
  const lines = linesOf(x!, axis!, attrs.bool('reverse'));
  const exclusive = attrs.bool('exclusive');
  const [fold, set] = [foldOf(op, dtype), foldOf('update', dtype)];
  const from = decode(dtype, x!.data);
  const out = newRegister(dtype, sizeOf(shape));
  const running = newRegister(dtype, 1);
  for (let o = 0; o < lines.outer; o++) {
    for (let i = 0; i < lines.inner; i++) {
      if (op === 'mul') one(running, dtype);
      else fillRegister(running, 0);
      for (let step = 0; step < lines.length; step++) {
        const place = lines.at(o, step, i);
        if (exclusive) set(out, place, running, 0);
        fold(running, 0, from, place);
        if (!exclusive) set(out, place, running, 0);
      }
    }
  }
  return [tensorOver(dtype, shape, encode(dtype, out))];
});

export const Cumsum = scan('add');
export const Cumprod = scan('mul');

/** log Σ e^x, running. */
export const CumulativeLogsumexp = host(([x, axis], { attrs }) => {
  const lines = linesOf(x!, axis!, attrs.bool('reverse'));
  const exclusive = attrs.bool('exclusive');
  const from = numbersOf(x!);
  const out = new Float64Array(from.length);
  for (let o = 0; o < lines.outer; o++) {
    for (let i = 0; i < lines.inner; i++) {
      let running = -Infinity;
      for (let step = 0; step < lines.length; step++) {
        const place = lines.at(o, step, i);
        if (exclusive) out[place] = running;
        const [high, low] = [Math.max(running, from[place]!), Math.min(running, from[place]!)];
        running = high === -Infinity ? high : high + Math.log1p(Math.exp(low - high));
        if (!exclusive) out[place] = running;
      }
    }
  }
  return [tensorOfNumbers(x!.dtype, x!.shape, out)];
});

/** The value a segment starts from; `empty` is what a segment without rows gets. */
function startOf(op: Folding, dtype: DType): number | bigint {
  switch (op) {
    case 'mul': return 1;
    case 'min': return dtypeInfo[dtype].kind === 'float' ? Infinity : limitsOf(dtype).highest;
    case 'max': return dtypeInfo[dtype].kind === 'float' ? -Infinity : limitsOf(dtype).lowest;
    default: return 0;
  }
}

/** Folds rows of `inner` elements into their segments. Floats are summed in float64 and rounded once. */
function foldRows(data: HostTensor, op: Folding, segments: readonly number[], count: number, inner: number, empty: number | bigint | undefined): Register {
  const { dtype } = data;
  const isFloat = dtypeInfo[dtype].kind === 'float';
  const working: DType = isFloat ? 'float64' : dtype;
  const out = newRegister(working, count * inner);
  const fold: Fold = foldOf(op, working);
  if (registerClass(dtype) === 'complex') {
    if (op === 'mul') for (let i = 0; i < count * inner; i++) (out as Float64Array)[2 * i] = 1;
  } else fillRegister(out, startOf(op, dtype));
  const from = decode(dtype, data.data);
  const filled = new Uint8Array(count);
  segments.forEach((segment, row) => {
    if (segment < 0) return;
    filled[segment] = 1;
    for (let i = 0; i < inner; i++) fold(out, segment * inner + i, from, row * inner + i);
  });
  if (empty !== undefined) {
    filled.forEach((isFilled, segment) => {
      if (isFilled === 0) fillRegister(out.subarray(segment * inner, (segment + 1) * inner), empty);
    });
  }
  return out;
}

function tensorOfWorking(dtype: DType, shape: readonly number[], out: Register): HostTensor {
  return dtypeInfo[dtype].kind === 'float' ? tensorOfNumbers(dtype, shape, out as Float64Array) : tensorOver(dtype, shape, encode(dtype, out));
}

/** Segment numbers that must not fall. */
function sortedSegments(data: HostTensor, ids: HostTensor): number[] {
  if (ids.shape.length !== 1) invalid('segment_ids should be a vector.');
  if (data.shape.length < 1) invalid('input must be at least rank 1');
  if (ids.size !== data.shape[0]) invalid('segment_ids should be the same size as dimension 0 of input.');
  const segments = intsOf(ids);
  const count = segments.length === 0 ? 0 : segments[segments.length - 1]! + 1;
  segments.forEach((segment, i) => {
    if (segment < 0) invalid(`Segment id ${segment} out of range [0, ${count}), possibly because 'segment_ids' input is not sorted.`);
    if (i > 0 && segment < segments[i - 1]!) invalid('segment ids are not increasing');
  });
  return segments;
}

/** Segments that sorted ids name; ids that are skipped get `empty`. */
const segment = (op: Folding, isMean = false): HostCode => host(([data, ids]) => {
  const segments = sortedSegments(data!, ids!);
  const count = segments.length === 0 ? 0 : segments[segments.length - 1]! + 1;
  const { dtype, shape } = data!;
  const inner = sizeOf(shape.slice(1));
  const out = foldRows(data!, op, segments, count, inner, registerClass(dtype) === 'complex' ? undefined : op === 'mul' ? 1 : 0);
  if (isMean) divideRows(out, dtype, segments, count, inner, (rows) => rows);
  return [tensorOfWorking(dtype, [count, ...shape.slice(1)], out)];
});

/** Divides each segment by a function of its number of rows. */
function divideRows(out: Register, dtype: DType, segments: readonly number[], count: number, inner: number, by: (rows: number) => number): void {
  const rows = new Float64Array(count);
  for (const id of segments) rows[id]!++;
  const width = registerClass(dtype) === 'complex' ? 2 : 1;
  for (let i = 0; i < count * inner * width; i++) {
    const n = rows[Math.floor(i / (inner * width))]!;
    if (n === 0) continue;
    if (out instanceof BigInt64Array || out instanceof BigUint64Array) out[i] = out[i]! / BigInt(by(n));
    else out[i] = out[i]! / by(n);
  }
}

export const SegmentSum = segment('add');
export const SegmentMean = segment('add', true);
export const SegmentProd = segment('mul');
export const SegmentMin = segment('min');
export const SegmentMax = segment('max');

/** Ids in any order, of any rank; negative ones are dropped. */
const unsortedSegment = (op: Folding): HostCode => host(([data, ids, countArg]) => {
  const { dtype, shape } = data!;
  const count = scalarOf(countArg!);
  if (count < 0) invalid(`num_segments must be non-negative, got ${count}`);
  const lead = ids!.shape.length;
  if (ids!.shape.some((dim, axis) => dim !== shape[axis])) {
    invalid(`data.shape = ${shapeText(shape)} does not start with segment_ids.shape = ${shapeText(ids!.shape)}`);
  }
  const segments = intsOf(ids!);
  segments.forEach((id, i) => id >= count && invalid(`segment_ids[${i}] = ${id} is out of range [0, ${count})`));
  const inner = sizeOf(shape.slice(lead));
  const { lowest, highest } = registerClass(dtype) === 'complex' ? { lowest: 0, highest: 0 } : limitsOf(dtype);
  const empty = op === 'min' ? highest : op === 'max' ? lowest : undefined;
  return [tensorOfWorking(dtype, [count, ...shape.slice(lead)], foldRows(data!, op, segments, count, inner, empty))];
});

export const UnsortedSegmentSum = unsortedSegment('add');
export const UnsortedSegmentProd = unsortedSegment('mul');
export const UnsortedSegmentMin = unsortedSegment('min');
export const UnsortedSegmentMax = unsortedSegment('max');

export const SegmentSumV2 = unsortedSegment('add');
export const SegmentProdV2 = unsortedSegment('mul');
export const SegmentMinV2 = unsortedSegment('min');
export const SegmentMaxV2 = unsortedSegment('max');

/** Rows picked by indices, then folded into sorted segments. */
const sparseSegment = (by: (rows: number) => number, hasCount: boolean): HostCode => host(([data, indices, ids, countArg]) => {
  const { dtype, shape } = data!;
  const places = intsOf(indices!);
  const segments = intsOf(ids!);
  if (places.length !== segments.length) invalid('segment_ids and indices should have same size.');
  const last = segments.length === 0 ? 0 : segments[segments.length - 1]! + 1;
  const count = hasCount ? scalarOf(countArg!) : last;
  if (last > count) invalid(`segment ids must be < num_segments`);
  places.forEach((place, i) => {
    if (place < 0 || place >= shape[0]!) invalid(`Bad: indices[${i}] == ${place} out of range [0, ${shape[0]})`);
    if (segments[i]! < 0) invalid('segment ids must be >= 0');
    if (i > 0 && segments[i]! < segments[i - 1]!) invalid('segment ids are not increasing');
  });
  const inner = sizeOf(shape.slice(1));
  const isWide = dtype === 'int64' || dtype === 'uint64';
  const [from, out] = isWide ? [decode(dtype, data!.data), newRegister(dtype, count * inner)] : [numbersOf(data!), newRegister('float64', count * inner)];
  const add = foldOf('add', isWide ? dtype : 'float64');
  places.forEach((place, row) => {
    for (let i = 0; i < inner; i++) add(out, segments[row]! * inner + i, from, place * inner + i);
  });
  divideRows(out, dtype, segments, count, inner, by);
  const to = [count, ...shape.slice(1)];
  return [isWide ? tensorOver(dtype, to, encode(dtype, out)) : tensorOfNumbers(dtype, to, out as Float64Array)];
});

export const SparseSegmentSum = sparseSegment(() => 1, false);
export const SparseSegmentMean = sparseSegment((rows) => rows, false);
export const SparseSegmentSqrtN = sparseSegment(Math.sqrt, false);
export const SparseSegmentSumWithNumSegments = sparseSegment(() => 1, true);
export const SparseSegmentMeanWithNumSegments = sparseSegment((rows) => rows, true);
export const SparseSegmentSqrtNWithNumSegments = sparseSegment(Math.sqrt, true);

/** A dense tensor from indices and values. */
export const SparseToDense = host(([indices, shapeArg, values, fallback], { attrs }) => {
  const shape = intsOf(shapeArg!);
  const rank = shape.length;
  const rows = indices!.shape.length === 2 ? indices!.shape[0]! : indices!.shape.length === 1 && rank === 1 ? indices!.size : indices!.shape.length === 0 ? 1 : indices!.shape[0]!;
  const at = intsOf(indices!);
  const size = sizeOf(shape);
  const chosen = new Int32Array(size).fill(-1);
  let previous = -1;
  for (let row = 0; row < rows; row++) {
    let flat = 0;
    const index = at.slice(row * rank, (row + 1) * rank);
    index.forEach((i, axis) => {
      if (i < 0 || i >= shape[axis]!) invalid(`indices[${row}] = [${index.join(',')}] is out of bounds: need 0 <= index < [${shape.join(',')}]`);
      flat = flat * shape[axis]! + i;
    });
    if (attrs.bool('validate_indices')) {
      if (flat === previous) invalid(`indices[${row}] = [${index.join(',')}] is repeated`);
      if (flat < previous) invalid(`indices[${row}] = [${index.join(',')}] is out of order. Many sparse ops require sorted indices.
    Use \`tf.sparse.reorder\` to create a correctly ordered copy.

`);
      previous = flat;
    }
    chosen[flat] = row;
  }
  return [choose(chosen, shape, values!, fallback!)];
});

/** values[chosen[i]], or the fallback where nothing was chosen. */
function choose(chosen: Int32Array, shape: readonly number[], values: HostTensor, fallback: HostTensor): HostTensor {
  const isScalar = values.shape.length === 0;
  if (Array.isArray(values.data)) {
    const [list, rest] = [values.data as Uint8Array[], (fallback.data as Uint8Array[])[0]!];
    return tensorOver(values.dtype, shape, Array.from(chosen, (row) => (row < 0 ? rest : list[isScalar ? 0 : row]!)));
  }
  const { dtype } = values;
  const out = newRegister(dtype, chosen.length);
  const set = foldOf('update', dtype);
  const [from, rest] = [decode(dtype, values.data), decode(dtype, fallback.data)];
  chosen.forEach((row, i) => (row < 0 ? set(out, i, rest, 0) : set(out, i, from, isScalar ? 0 : row)));
  return tensorOver(dtype, shape, encode(dtype, out));
}
