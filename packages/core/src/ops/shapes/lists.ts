/** Shapes around lists and tensor arrays. */
import { mergeShapes, type PartialShape } from '../../shape.js';
import type { ShapeContext, ShapeFunction } from '../opDef.js';
import { rankAtLeast, rankIs, valuesOf, type Dim } from './common.js';

/** The element shape in input i: a vector of sizes (-1: any), or the scalar -1 for any shape. */
export function elementShape(c: ShapeContext, i: number): PartialShape {
  const shape = c.shape(i);
  if (shape === null || shape.length === 0) return null;
  const values = valuesOf(c, i);
  return values === undefined ? c.shapeValue(i) : values.map((size) => (size < 0 ? null : size));
}

/** Element 0 is followed by what the elements have. */
export const stacked = (count: Dim, element: PartialShape): PartialShape => (element === null ? null : [count, ...element]);

/** A tensor whose rows are the list's elements: the row shape must fit input `i`. */
export const listFromRows = (i: number): ShapeFunction => (c) => {
  const tensor = rankAtLeast(c, 0, 1, 'tensor');
  const element = elementShape(c, i);
  if (tensor !== null && mergeShapes(tensor.slice(1), element) === undefined) {
    c.fail(`the rows of the tensor must have the element shape: given [${tensor.join(',')}], element shape [${element?.join(',') ?? ''}].`);
  }
  return [[]];
};

/** Gathered elements: one per index. */
export const gathered = (indices: number, element: (c: ShapeContext) => PartialShape): ShapeFunction => (c) => {
  const [count] = rankIs(c, indices, 1, 'indices');
  return [stacked(count ?? null, element(c))];
};
