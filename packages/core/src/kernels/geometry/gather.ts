/** What the gather ops pick. */
import { sizeOf, stridesOf, type Shape } from '../../shape.js';
import type { OpCall } from '../kernel.js';
import { intsOf } from './movement/boxes.js';

/** A gather as runs: for each batch and outer place, `picks` of `limit` runs of `inner` elements. */
export interface GatherSizes {
  readonly limit: number;
  readonly batches: number;
  readonly outer: number;
  readonly picks: number;
  readonly inner: number;
}

/** Undefined where the axis is not known. */
export function gatherSizes(call: OpCall): GatherSizes | undefined {
  const params = call.inputs[0]!.shape;
  const indices = call.inputs[1]!.shape;
  const given = call.op === 'Gather' ? 0 : intsOf(call.inputs[2]!.constant)?.[0];
  if (given === undefined) return undefined;
  const axis = given < 0 ? given + params.length : given;
  const batchGiven = call.attrs.has('batch_dims') ? call.attrs.int('batch_dims') : 0;
  const batchDims = batchGiven < 0 ? batchGiven + indices.length : batchGiven;
  return {
    limit: params[axis]!, batches: sizeOf(params.slice(0, batchDims)), outer: sizeOf(params.slice(batchDims, axis)),
    picks: sizeOf(indices.slice(batchDims)), inner: sizeOf(params.slice(axis + 1)),
  };
}

/** `[1,2]`: the place of a flat index in a shape; nothing in a scalar. */
export function placeText(flat: number, shape: Shape): string {
  let rest = flat;
  const place = stridesOf(shape).map((stride) => {
    const at = Math.floor(rest / stride);
    rest -= at * stride;
    return at;
  });
  return place.length === 0 ? '' : `[${place.join(',')}]`;
}
