/** Shapes of random tensors: what they are asked for, beside the seed. */
import type { ShapeFunction } from '../opDef.js';
import { dimIs, rankIs, shapeVector } from './common.js';

/** A shape in input 0, a seed of two numbers in input 1. */
export const seeded: ShapeFunction = (c) => {
  dimIs(c, rankIs(c, 1, 1, 'seed')[0] ?? null, 2, 'seed.shape[0]');
  rankIs(c, 0, 1, 'shape');
  return [shapeVector(c, 0, 'shape')];
};

/** A shape in input 0, then key [1], counter and algorithm. */
export const keyed: ShapeFunction = (c) => {
  dimIs(c, rankIs(c, 1, 1, 'key')[0] ?? null, 1, 'key.shape[0]');
  rankIs(c, 2, 1, 'counter');
  rankIs(c, 3, 0, 'alg');
  rankIs(c, 0, 1, 'shape');
  return [shapeVector(c, 0, 'shape')];
};
