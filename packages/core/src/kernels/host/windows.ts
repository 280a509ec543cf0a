/** Windows that slide over space: the geometry that convolutions and pools of two and three dimensions share. Two dimensions are three with a depth of 1. */
import type { AttrReader } from '../../graph/attrs.js';
import { UnimplementedError } from '../../errors.js';
import type { HostTensor } from '../../hostTensor.js';
import { type Shape, shapeText } from '../../shape.js';
import type { WindowAxis } from '../geometry/window.js';
import { transposed } from './copy.js';
import { invalid, reshaped } from './tensors.js';

export type Triple = readonly [number, number, number];
/** Axes D, H, W. */
export type WindowAxes = readonly [WindowAxis, WindowAxis, WindowAxis];

/** TensorFlow's GetWindowedOutputSize. */
export function windowAxis(
  input: number, window: number, stride: number, dilation: number, padding: string, explicit: readonly [number, number] = [0, 0],
): WindowAxis {
  const reach = (window - 1) * dilation + 1;
  let output: number;
  let before: number;
  if (padding === 'SAME') {
    output = Math.ceil(input / stride);
    before = Math.floor(Math.max((output - 1) * stride + reach - input, 0) / 2);
  } else {
    const [left, right] = padding === 'EXPLICIT' ? explicit : [0, 0];
    output = Math.floor((input + left + right - reach + stride) / stride);
    before = left;
  }
  if (output < 0) {
    invalid(`Computed output size would be negative: ${output} [input_size: ${input}, effective_filter_size: ${reach}, stride: ${stride}]`);
  }
  return { input, output, window, stride, dilation, before };
}

/** How a node lays out its images. */
export interface Layout {
  readonly format: string;
  /** Position of C in the format, and of the spatial axes. */
  readonly channel: number;
  readonly spatial: readonly number[];
}

export function layoutOf(attrs: AttrReader, rank: number): Layout {
  const fallback = rank === 5 ? 'NDHWC' : 'NHWC';
  const format = attrs.has('data_format') ? attrs.string('data_format') : fallback;
  const isFirst = format === 'NCHW' || format === 'NCDHW';
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i + (isFirst ? 2 : 1));
  return { format, channel: isFirst ? 1 : rank - 1, spatial };
}

/** The spatial entries of a per-axis attribute as (D, H, W); `fill` stands for a missing depth. */
export function spatialOf(values: readonly number[], layout: Layout, fill = 1): Triple {
  const picked = layout.spatial.map((axis) => values[axis] ?? fill);
  return picked.length === 3 ? [picked[0]!, picked[1]!, picked[2]!] : [fill, picked[0]!, picked[1]!];
}

/** An image batch as [N, D, H, W, C]. */
export function toChannelsLast(tensor: HostTensor, layout: Layout): HostTensor {
  const rank = tensor.shape.length;
  const last = layout.channel === rank - 1 ? tensor : transposed(tensor, [0, ...layout.spatial, 1]);
  if (rank === 5) return last;
  const [n, h, w, c] = last.shape as [number, number, number, number];
  return reshaped(last, [n, 1, h, w, c]);
}

/** The way back from [N, D, H, W, C]. */
export function fromChannelsLast(tensor: HostTensor, layout: Layout): HostTensor {
  const rank = layout.spatial.length + 2;
  const [n, , h, w, c] = tensor.shape as [number, number, number, number, number];
  const flat = rank === 5 ? tensor : reshaped(tensor, [n, h, w, c]);
  if (layout.channel === rank - 1) return flat;
  return transposed(flat, [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)]);
}

/** A shape in the node's layout as [N, D, H, W, C]. */
export function shapeChannelsLast(shape: Shape, layout: Layout): [number, number, number, number, number] {
  const [d, h, w] = spatialOf(shape, layout);
  return [shape[0]!, d, h, w, shape[layout.channel]!];
}

/** The axes of a node with `strides`, `padding` and, where it has them, `dilations` and `explicit_paddings`. */
export function axesOf(attrs: AttrReader, layout: Layout, input: Triple, window: Triple): WindowAxes {
  const given = attrs.ints('strides');
  if (given[0] !== 1 || given[layout.channel] !== 1) throw new UnimplementedError('Current implementation does not yet support strides in the batch and depth dimensions.');
  if (given.some((stride) => stride <= 0)) invalid('Spatial strides should be larger than 0.');
  const strides = spatialOf(given, layout);
  const dilations = spatialOf(attrs.has('dilations') ? attrs.ints('dilations') : [], layout);
  const padding = attrs.string('padding');
  const explicit = attrs.has('explicit_paddings') ? attrs.ints('explicit_paddings') : [];
  const pairs = layout.spatial.map((axis): [number, number] => [explicit[2 * axis] ?? 0, explicit[2 * axis + 1] ?? 0]);
  while (pairs.length < 3) pairs.unshift([0, 0]);
  const axis = (i: 0 | 1 | 2): WindowAxis => windowAxis(input[i], window[i], strides[i], dilations[i], padding, pairs[i]);
  return [axis(0), axis(1), axis(2)];
}

/** Fails where a tensor does not have the rank its op needs. */
export function needRank(tensor: HostTensor, rank: number, what: string): void {
  if (tensor.shape.length !== rank) invalid(`${what} must be ${rank}-dimensional: ${shapeText(tensor.shape)}`);
}
