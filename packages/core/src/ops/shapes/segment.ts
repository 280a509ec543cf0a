/** Shapes of segment ops: rows that share an id are reduced to one. */
import { type PartialShape } from '../../shape.js';
import type { ShapeContext, ShapeFunction } from '../opDef.js';
import { joinShapes, merge, mergeDim, rankAtLeast, rankIs, sizeValue, valuesOf, type Dim } from './common.js';

/** What follows the first dimension. */
const rowOf = (shape: PartialShape): PartialShape => (shape === null ? null : shape.slice(1));

/** Sorted ids in input 1, one per row: as many segments as the last id says. */
export const segments: ShapeFunction = (c) => {
  const data = rankAtLeast(c, 0, 1, 'data');
  const [count] = rankIs(c, 1, 1, 'segment_ids');
  if (data !== null) mergeDim(c, data[0] ?? null, count ?? null, 'rows of data and segment_ids');
  const ids = valuesOf(c, 1, false);
  const rows = ids === undefined ? null : ids.length === 0 ? 0 : (ids.at(-1) ?? 0) + 1;
  return [joinShapes([rows], rowOf(data))];
};

/** The number of segments in input 2; ids have the first dimensions of data. */
export const numberedSegments: ShapeFunction = (c) => {
  rankIs(c, 2, 0, 'num_segments');
  const rows = sizeValue(c, 2, 'num_segments');
  const [data, ids] = [c.shape(0), c.shape(1)];
  if (data === null || ids === null) return [null];
  if (ids.length > data.length) c.fail(`segment_ids must have at most the rank of data, but have ${ids.length} and ${data.length}.`);
  merge(c, data.slice(0, ids.length), ids, 'the start of data.shape and segment_ids.shape');
  return [[rows, ...data.slice(ids.length)]];
};

/** Rows of data chosen by indices (1), reduced by ids (2); `count` is the input with the number of segments, if there is one. */
export const sparseSegments = (count?: number): ShapeFunction => (c) => {
  const data = rankAtLeast(c, 0, 1, 'data');
  mergeDim(c, rankIs(c, 1, 1, 'indices')[0] ?? null, rankIs(c, 2, 1, 'segment_ids')[0] ?? null, 'indices and segment_ids');
  let rows: Dim = null;
  if (count !== undefined) {
    rankIs(c, count, 0, 'num_segments');
    rows = sizeValue(c, count, 'num_segments');
  }
  else {
    const ids = valuesOf(c, 2, false);
    if (ids !== undefined) rows = ids.length === 0 ? 0 : (ids.at(-1) ?? 0) + 1;
  }
  return [joinShapes([rows], rowOf(data))];
};

/** Counts of ints in [0, size). */
export const counted: ShapeFunction = (c) => {
  rankIs(c, 1, 0, 'size');
  const values: PartialShape = c.shape(0);
  const weights = c.shape(2);
  if (weights !== null && weights[0] !== 0) merge(c, values, weights, 'arr and weights');
  return [[sizeValue(c, 1, 'size')]];
};

/** Counts per row of a matrix, or of a vector. */
export const countedRows: ShapeFunction = (c) => {
  rankIs(c, 1, 0, 'size');
  const size = sizeValue(c, 1, 'size');
  const input = c.shape(0);
  if (input === null) return [null];
  if (input.length > 2) c.fail(`input must have rank 2 or less, but has ${input.length}.`);
  return [input.length === 2 ? [input[0] ?? null, size] : [size]];
};

/** The shape of a scatter into rows: updates are indices.shape + ref.shape[1:] (or a scalar). */
export function checkRowUpdates(c: ShapeContext, ref: PartialShape, indices: PartialShape, updates: PartialShape): void {
  if (updates !== null && updates.length === 0) return;
  merge(c, joinShapes(indices, rowOf(ref)), updates, 'updates and indices.shape + ref.shape[1:]');
}
