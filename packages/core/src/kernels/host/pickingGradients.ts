/** Gradients of ops that pick or merge elements. */
import type { HostTensor } from '../../hostTensor.js';
import { sizeOf } from '../../shape.js';
import { copyElements, zeros } from './copy.js';
import { host, type HostCode } from './define.js';
import { intsOf, invalid, numbersOf, scalarOf, tensorOfNumbers, unitsOf } from './tensors.js';

const sparseSegmentGrad = (by: (rows: number) => number): HostCode => host(([grad, indices, ids, countArg]) => {
  const [places, segments] = [intsOf(indices!), intsOf(ids!)];
  if (places.length !== segments.length) invalid('segment_ids and indices should have same size.');
  const rows = scalarOf(countArg!);
  if (rows < 0) invalid(`output_dim0 must be non-negative, but is ${rows}`);
  const [count = 0, ...rest] = grad!.shape;
  const inner = sizeOf(rest);
  const sizes = new Float64Array(count);
  segments.forEach((segment) => {
    if (segment < 0 || segment >= count) invalid(`Segment id ${segment} out of range [0, ${count}).`);
    sizes[segment]!++;
  });
  const out = new Float64Array(rows * inner);
  const x = numbersOf(grad!);
  places.forEach((place, i) => {
    if (place < 0 || place >= rows) invalid(`Index ${place} out of range [0, ${rows}).`);
    const segment = segments[i]!;
    const divisor = by(sizes[segment]!);
    for (let j = 0; j < inner; j++) out[place * inner + j]! += x[segment * inner + j]! / divisor;
  });
  return [tensorOfNumbers(grad!.dtype, [rows, ...rest], out)];
});

export const SparseSegmentSumGrad = sparseSegmentGrad(() => 1);
export const SparseSegmentMeanGrad = sparseSegmentGrad((rows) => rows);
export const SparseSegmentSqrtNGrad = sparseSegmentGrad(Math.sqrt);

export const SparseFillEmptyRowsGrad = host(([map, grad]) => {
  const places = intsOf(map!);
  const x = numbersOf(grad!);
  const isVisited = new Uint8Array(x.length);
  const values = places.map((place, i) => {
    if (place < 0 || place >= x.length) invalid(`Elements in reverse index must be in [0, ${x.length}) but got ${place} at ${i}`);
    isVisited[place] = 1;
    return x[place]!;
  });
  let rest = 0;
  for (let i = 0; i < x.length; i++) if (isVisited[i] === 0) rest += x[i]!;
  return [tensorOfNumbers(grad!.dtype, [places.length], values), tensorOfNumbers(grad!.dtype, [], [rest])];
});

/** Index vectors as text, row by row. */
function rowsOf(indices: HostTensor, offset: readonly number[] = []): string[] {
  const [count = 0, rank = 0] = indices.shape;
  const flat = intsOf(indices);
  return Array.from({ length: count }, (_, i) => flat.slice(i * rank, (i + 1) * rank).map((index, axis) => index + (offset[axis] ?? 0)).join());
}

/** For each key the value that stands under it, zero where none does. */
function pickedBy(keys: readonly string[], among: readonly string[], values: HostTensor): HostTensor {
  const places = new Map(among.map((key, i) => [key, i]));
  const out = zeros(values.dtype, [keys.length]);
  const [to, from] = [unitsOf(out), unitsOf(values)];
  keys.forEach((key, i) => {
    const place = places.get(key);
    if (place !== undefined) copyElements(to, i, from, place, 1);
  });
  return out;
}

export const SparseAddGrad = host(([grad, a, b, sum]) => {
  const keys = rowsOf(sum!);
  if (keys.length !== grad!.size) invalid(`# elements in backprop_val_grad and # rows in sum_indices should match; got ${grad!.size} and ${keys.length}`);
  return [a!, b!].map((indices) => {
    if (indices.shape[1] !== sum!.shape[1]) invalid(`The densified operands should have the same ndims; got ${indices.shape[1]} and ${sum!.shape[1]}`);
    return pickedBy(rowsOf(indices), keys, grad!);
  });
});

export const SparseSliceGrad = host(([grad, inputIndices, start, outputIndices]) => {
  const keys = rowsOf(outputIndices!, intsOf(start!));
  if (inputIndices!.shape[1] !== outputIndices!.shape[1]) {
    invalid(`The input and output should have the same ndims: got: ${inputIndices!.shape[1]} and ${outputIndices!.shape[1]}`);
  }
  if (keys.length !== grad!.size) invalid(`# elements in backprop_val_grad and # rows in output_indices should match; got ${grad!.size} and ${keys.length}`);
  return [pickedBy(rowsOf(inputIndices!), keys, grad!)];
});
