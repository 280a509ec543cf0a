/** Arrays as lines along one dimension. */
import { sizeOf } from '../../shape.js';
import type { OpCall } from '../kernel.js';
import { intsOf } from './movement/boxes.js';

/** Lines along one dimension: element i of line (o, n) lies at (o · length + i) · inner + n. */
export interface Lines {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** Of input 0 along the dimension in input 1; undefined where that is not known. */
export function linesOf(call: OpCall): Lines | undefined {
  const { shape } = call.inputs[0]!;
  const given = intsOf(call.inputs[1]!.constant)?.[0];
  if (given === undefined) return undefined;
  const axis = given < 0 ? given + shape.length : given;
  return { outer: sizeOf(shape.slice(0, axis)), length: shape[axis]!, inner: sizeOf(shape.slice(axis + 1)) };
}
