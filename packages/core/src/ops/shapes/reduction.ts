/** Shapes of reductions and scans. */
import { shapeText } from '../../shape.js';
import type { ShapeFunction } from '../opDef.js';
import { axisIn, rankAtMost, rankIs, scalarOf, unknownDims, valuesOf } from './common.js';

/** Input 0 reduced over the axes in input 1; `keep_dims` keeps them as 1. */
export const reduced: ShapeFunction = (c) => {
  const shape = c.shape(0);
  const keepDims = c.attrs.bool('keep_dims');
  rankAtMost(c, 1, 1, 'reduction axes');
  if (shape === null) return [null];
  const axes = valuesOf(c, 1);
  if (axes === undefined) return [keepDims ? unknownDims(shape.length) : null];
  const gone = new Set<number>();
  for (const axis of axes) {
    if (axis < -shape.length || axis >= shape.length) {
      c.fail(`Invalid reduction dimension ${axis} for input of shape ${shapeText(shape)}. Expected one in [${-shape.length}, ${shape.length}).`);
    }
    const at = axis < 0 ? axis + shape.length : axis;
    if (gone.has(at)) c.fail(`Invalid reduction arguments: Axes contains duplicate dimension: ${at}.`);
    gone.add(at);
  }
  return [keepDims ? shape.map((dim, at) => (gone.has(at) ? 1 : dim)) : shape.filter((_, at) => !gone.has(at))];
};

/** Input 0 without the axis in input 1, which must not be empty. */
export const argReduced: ShapeFunction = (c) => {
  rankIs(c, 1, 0, 'dimension');
  const shape = c.shape(0);
  if (shape === null) return [null];
  if (shape.length === 0) c.fail('input must have rank 1 or more, but is a scalar.');
  const dimension = scalarOf(c, 1);
  if (dimension === undefined) return [unknownDims(shape.length - 1)];
  const axis = axisIn(c, dimension, shape.length, 'dimension');
  const rest = shape.filter((_, at) => at !== axis);
  if (shape[axis] === 0) c.fail(`Reduction axis ${axis} is empty in shape ${shapeText(shape)}.`);
  return [rest];
};

/** A scan along the axis in input 1 (a scalar). */
export const cumulative: ShapeFunction = (c) => {
  rankIs(c, 1, 0, 'axis');
  const shape = c.shape(0);
  const axis = scalarOf(c, 1, false);
  if (shape !== null && axis !== undefined) axisIn(c, axis, shape.length, 'scan axis');
  return [shape];
};
