/**
 * What a strided slice means: TensorFlow's ValidateStridedSliceOp. The sparse form (one entry per index the program wrote, with masks
 * for ellipsis, new axes and single indices) becomes a dense one with a begin, an end and a stride per input axis.
 */
import { shapeText } from '../../shape.js';
import type { ShapeContext, ShapeFunction } from '../opDef.js';
import { merge, rankIs, valuesOf, type Dim, type KnownRank } from './common.js';
import type { PartialShape } from '../../shape.js';

export interface SliceMasks {
  readonly begin: number;
  readonly end: number;
  readonly ellipsis: number;
  readonly newAxis: number;
  readonly shrinkAxis: number;
}

/** Begin and end may be unknown; they are told by their number then. */
export interface SparseSlice {
  readonly begin: readonly number[] | undefined;
  readonly end: readonly number[] | undefined;
  readonly strides: readonly number[];
  readonly masks: SliceMasks;
}

/** One input axis: elements begin, begin + stride, … (`size` of them). Begin is `null` while it is not known. */
export interface SliceAxis {
  readonly begin: number | null;
  readonly stride: number;
  readonly size: Dim;
}

export interface DenseSlice {
  /** One per input axis; their sizes are the shape before new axes are added and single indices dropped. */
  readonly axes: readonly SliceAxis[];
  /** The output's shape. */
  readonly shape: readonly Dim[];
}

/** An entry of the dense form before sizes are looked at; indices are as written. */
interface Entry {
  readonly begin: number | null;
  readonly end: number | null;
  readonly stride: number;
  readonly beginMasked: boolean;
  readonly endMasked: boolean;
  readonly shrinks: boolean;
}

/** Where each dimension of the output comes from: an input axis, or a new axis. Axes that shrink are absent. */
type Source = number | 'new';

type Fail = (message: string) => never;

const has = (mask: number, bit: number): boolean => bit < 31 && (mask & (1 << bit)) !== 0;

function densify(rank: number, slice: SparseSlice, fail: Fail): { entries: Entry[]; sources: Source[] } {
  const { masks, strides } = slice;
  const count = strides.length;
  const bits = Array.from({ length: count }, (_, i) => i);
  const ellipses = bits.filter((bit) => has(masks.ellipsis, bit));
  if (ellipses.length > 1) fail('Multiple ellipses in slice spec not allowed.');
  const at = ellipses[0] ?? count;
  const newAfter = bits.filter((bit) => bit > at && has(masks.newAxis, bit)).length;
  // The entries at and after the ellipsis that take an input axis each.
  const takenAfter = Math.max(0, count - at - 1 - newAfter);

  const entries: Entry[] = [];
  const sources: Source[] = [];
  const fill = (until: number): void => {
    while (entries.length < until) {
      sources.push(entries.length);
      entries.push({ begin: 0, end: 0, stride: 1, beginMasked: true, endMasked: true, shrinks: false });
    }
  };
  for (const bit of bits) {
    if (bit === at) fill(Math.min(rank, rank - takenAfter));
    else if (has(masks.newAxis, bit)) sources.push('new');
    else {
      if (entries.length >= rank) fail(`Index out of range using input dim ${entries.length}; input has only ${rank} dims.`);
      const shrinks = has(masks.shrinkAxis, bit);
      if (!shrinks) sources.push(entries.length);
      entries.push({
        begin: slice.begin?.[bit] ?? null, end: slice.end?.[bit] ?? null, stride: strides[bit] ?? 1,
        beginMasked: has(masks.begin, bit), endMasked: has(masks.end, bit), shrinks,
      });
    }
  }
  fill(rank);
  return { entries, sources };
}

function axisOf(entry: Entry, dim: Dim, axis: number, fail: Fail): SliceAxis {
  const { stride } = entry;
  if (stride === 0) fail(`strides[${axis}] must be non-zero.`);
  if (entry.shrinks) {
    if (stride <= 0) fail('only stride 1 allowed on non-range indexing.');
    if (dim === null || entry.begin === null) return { begin: null, stride: 1, size: 1 };
    const begin = entry.begin < 0 ? dim + entry.begin : entry.begin;
    if (begin < 0 || begin >= dim) fail(`slice index ${entry.begin} of dimension ${axis} out of bounds.`);
    return { begin, stride: 1, size: 1 };
  }
  const isForward = stride > 0;
  if (dim === null) return { begin: entry.beginMasked && isForward ? 0 : null, stride, size: null };
  const [low, high] = isForward ? [0, dim] : [-1, dim - 1];
  const limit = (index: number | null, isMasked: boolean, masked: number): number | null => {
    if (isMasked) return masked;
    if (index === null) return null;
    return Math.min(Math.max(index < 0 ? dim + index : index, low), high);
  };
  const begin = limit(entry.begin, entry.beginMasked, isForward ? low : high);
  const end = limit(entry.end, entry.endMasked, isForward ? high : low);
  if (begin === null || end === null) return { begin, stride, size: null };
  return { begin, stride, size: Math.max(0, Math.ceil((end - begin) / stride)) };
}

/** The dense form over an input of this shape. */
export function denseSlice(input: KnownRank, slice: SparseSlice, fail: Fail): DenseSlice {
  const { entries, sources } = densify(input.length, slice, fail);
  const axes = entries.map((entry, axis) => axisOf(entry, input[axis] ?? null, axis, fail));
  return { axes, shape: sources.map((source) => (source === 'new' ? 1 : (axes[source]?.size ?? null))) };
}

/** The masks of the node. */
export function masksOf(attrs: ShapeContext['attrs']): SliceMasks {
  return {
    begin: attrs.int('begin_mask'), end: attrs.int('end_mask'), ellipsis: attrs.int('ellipsis_mask'),
    newAxis: attrs.int('new_axis_mask'), shrinkAxis: attrs.int('shrink_axis_mask'),
  };
}

/** Whether the sizes depend on begin (or end): not where an entry is a single index, or goes from the start (to the end). */
function isNeeded(masks: SliceMasks, count: Dim, masked: number): boolean {
  const ranges = Array.from({ length: count ?? 0 }, (_, bit) => bit)
    .filter((bit) => !has(masks.ellipsis, bit) && !has(masks.newAxis, bit) && !has(masks.shrinkAxis, bit));
  return ranges.some((bit) => !has(masked, bit));
}

/** The slice of an input of this shape by begin, end and strides in inputs `first`, `first + 1`, `first + 2`. */
function sliceShape(c: ShapeContext, input: PartialShape, first: number, isChecked = false): PartialShape {
  const vectors = [first, first + 1, first + 2].map((i) => rankIs(c, i, 1, ['begin', 'end', 'strides'][i - first])[0] ?? null);
  const sizes = vectors.filter((size): size is number => size !== null);
  if (sizes.some((size) => size !== sizes[0])) c.fail(`begin, end and strides must have one size, but have ${sizes.join(', ')}.`);
  const masks = masksOf(c.attrs);
  const count = sizes[0] ?? null;
  const strides = valuesOf(c, first + 2, !isChecked);
  if (input === null || strides === undefined) return null;
  const slice = {
    begin: valuesOf(c, first, !isChecked && isNeeded(masks, count, masks.begin)),
    end: valuesOf(c, first + 1, !isChecked && isNeeded(masks, count, masks.end)),
    strides,
    masks,
  };
  return denseSlice(input, slice, (message) => c.fail(`${message} Input shape ${shapeText(input)}.`)).shape;
}

export const stridedSliceShape: ShapeFunction = (c) => [sliceShape(c, c.shape(0), 1)];

/** The gradient of a strided slice has the shape in input 0; dy must be the slice of it. */
export const stridedSliceGradShape: ShapeFunction = (c) => {
  const shape = c.shapeValue(0);
  merge(c, sliceShape(c, shape, 1, true), c.shape(4), 'dy and the slice');
  return [shape];
};

/** An input of which a slice is replaced: the value must broadcast into it. */
export const slicedUpdateShape: ShapeFunction = (c) => {
  sliceShape(c, c.shape(0), 1, true);
  return [c.shape(0)];
};
