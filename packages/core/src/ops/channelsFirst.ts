/** Ops with channels before space, as their channels-last form between transposes. */
import type { Attrs, AttrValue } from '../graph/attrs.js';
import { HostTensor } from '../hostTensor.js';
import { attr, inputOf, transpose } from './bodies.js';
import type { BodyBuilder, BodyValue, OpBody } from './opDef.js';
import { numbersOf } from './shapes/common.js';

const channelsLast: Readonly<Record<string, string>> = { NCHW: 'NHWC', NCDHW: 'NDHWC' };

/** Axes in the order that moves channels (axis 1) to the end, and back. */
export const toLast = (rank: number): number[] => [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
export const fromLast = (rank: number): number[] => [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];

/** A list with one number (or a pair) per dimension, in channels-last order. */
function permuted(value: AttrValue | undefined, rank: number): AttrValue | undefined {
  if (value?.kind !== 'list' || value.of !== 'int') return undefined;
  const width = value.value.length / rank;
  if (!Number.isInteger(width) || width === 0) return undefined;
  return { kind: 'list', of: 'int', value: toLast(rank).flatMap((axis) => value.value.slice(axis * width, (axis + 1) * width)) };
}

/** The attributes of the channels-last form. */
function lastAttrs(attrs: Attrs, rank: number, format: string): Attrs {
  const changed: Record<string, AttrValue> = { ...attrs, data_format: attr.string(format) };
  for (const name of ['strides', 'dilations', 'ksize', 'explicit_paddings']) {
    const list = permuted(attrs[name], rank);
    if (list !== undefined) changed[name] = list;
  }
  return changed;
}

/** A constant vector of one size per dimension, in channels-last order. */
function permutedSizes(b: BodyBuilder, value: BodyValue, rank: number): BodyValue | undefined {
  const sizes = b.valueOf(value);
  if (sizes === undefined) return undefined;
  if (sizes.size !== rank) return value;
  const numbers = numbersOf(sizes);
  const turned = toLast(rank).map((axis) => numbers[axis] ?? 0);
  return b.constant(HostTensor.from(turned, { dtype: sizes.dtype, shape: [rank] }));
}

/**
 * The body for channels-first formats: inputs named in `images` and every output are transposed, inputs in `sizes`
 * are constant vectors with one number per dimension. No body in channels-last formats.
 */
export function channelsFirst(type: string, rank: number, options: { images: readonly number[]; sizes?: readonly number[] }): OpBody {
  return (b, inputs) => {
    const format = channelsLast[b.attrs.string('data_format')];
    if (format === undefined) return undefined;
    const turned: BodyValue[] = [];
    for (const [i, input] of inputs.entries()) {
      const value = options.sizes?.includes(i) === true ? permutedSizes(b, input, rank) : input;
      if (value === undefined) return undefined;
      turned.push(options.images.includes(i) ? transpose(b, inputOf(inputs, i), toLast(rank)) : value);
    }
    return b.op(type, turned, lastAttrs(b.attrs.attrs, rank, format)).map((output) => transpose(b, output, fromLast(rank)));
  };
}
