/**
 * Data movement as copies of boxes: a box has sizes, and a place with strides on either side (0 repeats an element, negative turns round).
 * Slices, transposes, padding, concatenation, tiling and the block ops are lists of boxes; backends run them.
 */
import type { HostTensor } from '../../../hostTensor.js';
import { stridesOf, type Shape } from '../../../shape.js';
import type { HostArgs, OpCall, SupportQuery } from '../../kernel.js';

/** One copy. Offsets and strides are in elements. */
export interface Box {
  /** Buffer number among the program's inputs; 'fill': the source is the launch's fill value. */
  readonly from: number | 'fill';
  /** Output number. */
  readonly to: number;
  readonly shape: readonly number[];
  readonly fromOffset: number;
  readonly toOffset: number;
  readonly fromStrides: readonly number[];
  readonly toStrides: readonly number[];
}

/** One dimension of a box, on both sides. */
export interface BoxDim {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** The dimensions of a box, strides times `scale`: neighbours that lie one in the other on both sides are joined, those of size 1 are gone. */
export function boxDims(box: Box, scale = 1): BoxDim[] {
  return joinDims(box.shape.map((size, axis) => ({ size, from: box.fromStrides[axis]! * scale, to: box.toStrides[axis]! * scale })));
}

export function joinDims(dims: readonly BoxDim[]): BoxDim[] {
  const out: BoxDim[] = [];
  for (const dim of dims) {
    if (dim.size === 1) continue;
    const last = out.at(-1);
    if (last !== undefined && last.from === dim.from * dim.size && last.to === dim.to * dim.size) {
      out[out.length - 1] = { size: last.size * dim.size, from: dim.from, to: dim.to };
    } else out.push(dim);
  }
  return out;
}

export interface Movement {
  readonly boxes: readonly Box[];
  /** Signature inputs that the boxes copy from, in the order of `Box.from`. */
  readonly inputs: readonly number[];
  /** One element: the fill value of boxes that copy from 'fill'; zeros where left out. */
  readonly fill?: Uint8Array | undefined;
}

/** Values of host arguments. `ints` of one that is not known yet is undefined (only `'value'` arguments, before the launch). */
export interface HostValues {
  readonly ints: (input: number) => readonly number[] | undefined;
  readonly bytes: (input: number) => Uint8Array | undefined;
}

export interface MovementOp {
  readonly op: string;
  /** The input whose elements are moved: its dtype is the op's. Negative counts from the end. */
  readonly data: number;
  readonly hostArgs?: (query: SupportQuery) => HostArgs;
  /** Whether there are `'value'` arguments. */
  readonly atLaunch?: boolean;
  /** Undefined: this call has no such form. Sizes and strides must not depend on `'value'` arguments, only offsets and the fill. */
  readonly plan: (call: OpCall, values: HostValues) => Movement | undefined;
}

export function intsOf(value: HostTensor | undefined): readonly number[] | undefined {
  return value === undefined ? undefined : Array.from(value.data as ArrayLike<number | bigint>, Number);
}

/** Elements before a place. */
export const offsetOf = (
  place: readonly number[], strides: readonly number[],
): number => place.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);

/** The boxes of `shape` around the inner box [begin, begin + size): two slabs for each axis, each slab inside those of the axes before. */
export function fillAround(
  shape: Shape, begin: readonly number[], size: Shape, offset = 0, strides: readonly number[] = stridesOf(shape),
): Box[] {
  const boxes: Box[] = [];
  const slab = (axis: number, from: number, length: number): void => {
    if (length <= 0) return;
    const sizes = shape.map((all, i) => (i < axis ? size[i]! : i === axis ? length : all));
    const place = shape.map((_, i) => (i < axis ? begin[i]! : i === axis ? from : 0));
    boxes.push({
      from: 'fill', to: 0, shape: sizes, fromOffset: 0, toOffset: offset + offsetOf(place, strides), fromStrides: shape.map(() => 0),
      toStrides: strides,
    });
  };
  shape.forEach((all, axis) => {
    slab(axis, 0, begin[axis]!);
    slab(axis, begin[axis]! + size[axis]!, all - begin[axis]! - size[axis]!);
  });
  return boxes;
}
