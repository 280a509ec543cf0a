/** The one loop behind every op that only moves elements: copies a box of elements between two strided places. */
import { type DType, newData } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import { type Shape, sizeOf, stridesOf } from '../../shape.js';
import { tensorOver, type Units, unitsOf } from './tensors.js';

type Slots = Record<number, unknown>;

/** An element's offset and the steps along each axis, in elements. */
export interface Place {
  readonly units: Units;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** Copies the elements of a box of `shape` from one place to another. Strides may be 0 or negative. */
export function copyBox(to: Place, from: Place, shape: Shape): void {
  if (sizeOf(shape) === 0) return;
  const box = merged(to.strides, from.strides, shape);
  const rank = box.shape.length;
  const inner = box.shape[rank - 1] ?? 1;
  const toStep = box.to[rank - 1] ?? 1;
  const fromStep = box.from[rank - 1] ?? 1;
  const outer = rank - 1;
  const index = new Int32Array(Math.max(outer, 0));
  let [t, f] = [to.offset, from.offset];
  for (;;) {
    copyRun(to.units, t, toStep, from.units, f, fromStep, inner);
    let axis = outer - 1;
    for (; axis >= 0; axis--) {
      t += box.to[axis]!;
      f += box.from[axis]!;
      if (++index[axis]! < box.shape[axis]!) break;
      t -= box.to[axis]! * box.shape[axis]!;
      f -= box.from[axis]! * box.shape[axis]!;
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/** The same box with axes of size 1 dropped and neighbours that lie one after the other merged. */
function merged(to: readonly number[], from: readonly number[], shape: Shape): { to: number[]; from: number[]; shape: number[] } {
  const box = { to: [] as number[], from: [] as number[], shape: [] as number[] };
  shape.forEach((dim, axis) => {
    if (dim === 1) return;
    const last = box.shape.length - 1;
    if (last >= 0 && box.to[last] === to[axis]! * dim && box.from[last] === from[axis]! * dim) {
      box.shape[last]! *= dim;
      box.to[last] = to[axis]!;
      box.from[last] = from[axis]!;
    } else {
      box.shape.push(dim);
      box.to.push(to[axis]!);
      box.from.push(from[axis]!);
    }
  });
  return box;
}

function copyRun(to: Units, toStart: number, toStep: number, from: Units, fromStart: number, fromStep: number, count: number): void {
  const { width } = to;
  if (toStep === 1 && fromStep === 1 && count > 8 && !Array.isArray(to.array)) {
    to.array.set((from.array as Uint8Array).subarray(fromStart * width, (fromStart + count) * width), toStart * width);
    return;
  }
  const target: Slots = to.array;
  const source: Slots = from.array;
  for (let i = 0; i < count; i++) {
    const t = (toStart + i * toStep) * width;
    const f = (fromStart + i * fromStep) * width;
    for (let lane = 0; lane < width; lane++) target[t + lane] = source[f + lane];
  }
}

/** A tensor as a place: row-major from its first element. */
export function placeOf(tensor: HostTensor): Place {
  return { units: unitsOf(tensor), offset: 0, strides: stridesOf(tensor.shape) };
}

/** A new tensor of zeros (empty strings). */
export function zeros(dtype: DType, shape: Shape): HostTensor {
  return tensorOver(dtype, shape, newData(dtype, sizeOf(shape)));
}

/** A new tensor whose elements are all the one element of `value`. */
export function filled(value: HostTensor, shape: Shape): HostTensor {
  const out = zeros(value.dtype, shape);
  copyBox(placeOf(out), { units: unitsOf(value), offset: 0, strides: shape.map(() => 0) }, shape);
  return out;
}

/** A new tensor of `shape` read from `tensor` at `offset` with `strides`. */
export function gathered(tensor: HostTensor, shape: Shape, offset: number, strides: readonly number[]): HostTensor {
  const out = zeros(tensor.dtype, shape);
  copyBox(placeOf(out), { units: unitsOf(tensor), offset, strides }, shape);
  return out;
}

/** `tensor` with its axes in another order. */
export function transposed(tensor: HostTensor, order: readonly number[]): HostTensor {
  const strides = stridesOf(tensor.shape);
  return gathered(tensor, order.map((axis) => tensor.shape[axis]!), 0, order.map((axis) => strides[axis]!));
}

/** Copies element runs: `count` elements from one tensor's units to another's. */
export function copyElements(to: Units, toStart: number, from: Units, fromStart: number, count: number): void {
  copyRun(to, toStart, 1, from, fromStart, 1, count);
}

/** A copy that may be written. */
export function cloned(tensor: HostTensor): HostTensor {
  return tensorOver(tensor.dtype, tensor.shape, tensor.data.slice());
}
