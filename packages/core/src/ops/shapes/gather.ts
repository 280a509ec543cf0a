/** Shapes of ops that pick or place elements by index. */
import { shapeText, type PartialShape } from '../../shape.js';
import type { ShapeContext, ShapeFunction } from '../opDef.js';
import { axisIn, joinShapes, merge, mergeDim, rankAtLeast, rankIs, scalarOf, shapeVector, sizeValue, valuesOf, type Dim } from './common.js';

export const gatherShape: ShapeFunction = (c) => {
  const params = rankAtLeast(c, 0, 1, 'params');
  return [joinShapes(c.shape(1), params === null ? null : params.slice(1))];
};

export const gatherV2Shape: ShapeFunction = (c) => {
  rankIs(c, 2, 0, 'axis');
  const params = rankAtLeast(c, 0, 1, 'params');
  const indices = c.shape(1);
  const given = scalarOf(c, 2);
  if (params === null || indices === null) return [null];
  let batch = c.attrs.int('batch_dims');
  if (batch < 0) batch += indices.length;
  if (batch < 0 || batch > indices.length) c.fail(`batch_dims ${c.attrs.int('batch_dims')} is out of range for indices of shape ${shapeText(indices)}.`);
  if (given === undefined) return [new Array<Dim>(params.length - 1 + indices.length - batch).fill(null)];
  const axis = axisIn(c, given, params.length);
  if (batch > axis) c.fail(`batch_dims (${batch}) must be less than or equal to axis (${axis}).`);
  const shared = params.slice(0, batch).map((dim, at) => mergeDim(c, dim, indices[at] ?? null, `batch dimension ${at} of params and indices`));
  return [[...shared, ...params.slice(batch, axis), ...indices.slice(batch), ...params.slice(axis + 1)]];
};

export const gatherNdShape: ShapeFunction = (c) => {
  const params = rankAtLeast(c, 0, 1, 'params');
  const indices = rankAtLeast(c, 1, 1, 'indices');
  const depth = indices?.at(-1) ?? null;
  if (params === null || indices === null || depth === null) return [null];
  if (depth > params.length) c.fail(`indices.shape[-1] must be <= params rank, but saw indices shape ${shapeText(indices)} and params shape ${shapeText(params)}.`);
  return [[...indices.slice(0, -1), ...params.slice(depth)]];
};

/** Checks updates against indices and the shape that they go into: updates.shape = indices.shape[:-1] + shape[depth:]. */
function checkScatter(c: ShapeContext, shape: PartialShape, indices: PartialShape, updates: PartialShape): void {
  if (indices !== null && indices.length === 0) c.fail('indices must have rank 1 or more.');
  const depth = indices?.at(-1) ?? null;
  if (shape === null || indices === null || depth === null) return;
  if (depth > shape.length) c.fail(`indices.shape[-1] must be <= the rank of the shape ${shapeText(shape)}, but indices have shape ${shapeText(indices)}.`);
  merge(c, [...indices.slice(0, -1), ...shape.slice(depth)], updates, 'updates and indices.shape[:-1] + shape[indices.shape[-1]:]');
}

export const scatterNdShape: ShapeFunction = (c) => {
  const shape = shapeVector(c, 2, 'shape');
  checkScatter(c, shape, c.shape(0), c.shape(1));
  return [shape];
};

/** A tensor in input 0 with updates (2) scattered at indices (1). */
export const scatterUpdateShape: ShapeFunction = (c) => {
  checkScatter(c, c.shape(0), c.shape(1), c.shape(2));
  return [c.shape(0)];
};

export const sparseToDenseShape: ShapeFunction = (c) => {
  const indices = c.shape(0);
  if (indices !== null && indices.length > 2) c.fail(`sparse_indices should be a scalar, vector, or matrix, got shape ${shapeText(indices)}.`);
  const shape = shapeVector(c, 1, 'output_shape');
  const width = indices?.length === 2 ? (indices[1] ?? null) : indices === null ? null : 1;
  if (width !== null && shape !== null && shape.length !== width) c.fail(`output_shape has incorrect number of elements: ${shape.length} should be: ${width}.`);
  rankIs(c, 3, 0, 'default_value');
  const values = c.shape(2);
  if (values !== null && values.length > 1) c.fail(`sparse_values must be a scalar or a vector, got shape ${shapeText(values)}.`);
  const count = indices?.length === 0 ? 1 : (indices?.[0] ?? null);
  if (values?.length === 1) mergeDim(c, values[0] ?? null, indices === null ? null : count, 'sparse_values and sparse_indices');
  return [shape];
};

export const topKShape = (c: ShapeContext, k: Dim): PartialShape[] => {
  const input = rankAtLeast(c, 0, 1, 'input');
  if (input === null) return [null, null];
  const last = input.at(-1) ?? null;
  if (last !== null && k !== null && last < k) c.fail(`input must have last dimension >= k = ${k} but is ${last}: ${shapeText(input)}.`);
  const shape = [...input.slice(0, -1), k];
  return [shape, shape];
};

export const topKByInput: ShapeFunction = (c) => {
  rankIs(c, 1, 0, 'k');
  return topKShape(c, sizeValue(c, 1, 'k'));
};

/** Outputs of a partition: of unknown length, then what follows the partitions' dimensions. */
export const dynamicPartitionShape: ShapeFunction = (c) => {
  const [data, partitions] = [c.shape(0), c.shape(1)];
  if (data === null || partitions === null) return c.outputDtypes.map(() => null);
  if (partitions.length > data.length) c.fail(`data.shape must start with partitions.shape, got ${shapeText(data)} and ${shapeText(partitions)}.`);
  merge(c, data.slice(0, partitions.length), partitions, 'the start of data.shape and partitions.shape');
  return c.outputDtypes.map(() => [null, ...data.slice(partitions.length)]);
};

/** As many rows as the largest index says, each of what follows the indices' dimensions. */
export const dynamicStitchShape: ShapeFunction = (c) => {
  const count = c.attrs.int('N');
  let rest: PartialShape = null;
  let rows: Dim = 0;
  for (let i = 0; i < count; i++) {
    const [indices, data] = [c.shape(i), c.shape(count + i)];
    if (indices !== null && data !== null) {
      if (indices.length > data.length) c.fail(`data[${i}].shape must start with indices[${i}].shape, got ${shapeText(data)} and ${shapeText(indices)}.`);
      merge(c, data.slice(0, indices.length), indices, `the start of data[${i}].shape and indices[${i}].shape`);
      rest = merge(c, rest, data.slice(indices.length), 'what follows the indices in each data.shape');
    }
    const values = valuesOf(c, i, false);
    if (rows !== null) rows = values === undefined ? null : Math.max(rows, ...values.map((index) => index + 1));
  }
  return [rest === null ? null : [rows, ...rest]];
};
