/**
 * Sliding windows: output sizes and paddings of convolution and pooling, and the places of batch, space and channels in each data format.
 * TensorFlow's rules (GetWindowedOutputSize), for any number of spatial dimensions.
 */
import type { ShapeContext } from '../opDef.js';
import type { Dim } from './common.js';

/** Where a data format has its dimensions. */
export interface DataFormat {
  readonly batch: number;
  readonly channel: number;
  readonly space: readonly number[];
}

/** `NHWC`, `NCHW`, `NDHWC`, `NCDHW`: the letters N and C, everything else is space. */
export function dataFormat(text: string): DataFormat {
  const letters = Array.from(text.replace('_VECT_C', ''));
  return {
    batch: letters.indexOf('N'),
    channel: letters.indexOf('C'),
    space: letters.flatMap((letter, axis) => (letter === 'N' || letter === 'C' ? [] : [axis])),
  };
}

/** One spatial dimension of a window op. `explicit` are the paddings before and after for padding EXPLICIT. */
export interface Window {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: string;
  readonly explicit: readonly [number, number];
}

/** Extent of a dilated window. */
const extent = (window: Window): number => (window.size - 1) * window.dilation + 1;

/** Output size; negative when the window does not fit at all. */
export function windowOutput(input: number, window: Window): number {
  if (window.padding === 'SAME') return Math.ceil(input / window.stride);
  const padded = window.padding === 'EXPLICIT' ? input + window.explicit[0] + window.explicit[1] : input;
  return Math.trunc((padded + window.stride - extent(window)) / window.stride);
}

/** Paddings before and after. SAME puts the odd one after. */
export function windowPadding(input: number, window: Window): readonly [before: number, after: number] {
  if (window.padding === 'EXPLICIT') return window.explicit;
  if (window.padding === 'VALID') return [0, 0];
  const total = Math.max(0, (windowOutput(input, window) - 1) * window.stride + extent(window) - input);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

/** Output size for dimensions that may be unknown; the window's own size may be, too. */
export function windowDim(c: ShapeContext, input: Dim, size: Dim, window: Omit<Window, 'size'>, what: string): Dim {
  if (window.stride <= 0) c.fail(`${what}: stride must be positive, but is ${window.stride}.`);
  if (window.dilation <= 0) c.fail(`${what}: dilation must be positive, but is ${window.dilation}.`);
  if (input === null) return null;
  if (window.padding === 'SAME') return windowOutput(input, { ...window, size: 1 });
  if (size === null) return null;
  const output = windowOutput(input, { ...window, size });
  if (output < 0) {
    c.fail(`${what}: Computed output size would be negative: ${output} [input_size: ${input}, window size: ${size}, stride: ${window.stride}, ` +
      `dilation: ${window.dilation}, padding: ${window.padding}].`);
  }
  return output;
}

/** The strides (or ksize, dilations) attribute: one number per dimension of the format; batch (and, if asked, channel) must be 1. */
export function perDimension(c: ShapeContext, values: readonly number[], rank: number, format: DataFormat, what: string, onlySpace = true): readonly number[] {
  if (values.length !== rank) c.fail(`${what} must have ${rank} numbers, but is [${values.join(', ')}].`);
  if (values[format.batch] !== 1) c.fail(`${what}: no window over the batch dimension is supported: [${values.join(', ')}].`);
  if (onlySpace && values[format.channel] !== 1) c.fail(`${what}: must be 1 in the channel dimension: [${values.join(', ')}].`);
  return values;
}

/** The explicit paddings of dimension `axis`; checks that they go with padding EXPLICIT. */
export function explicitPaddings(c: ShapeContext, padding: string, values: readonly number[], rank: number, format: DataFormat): readonly (readonly [number, number])[] {
  const none: readonly [number, number] = [0, 0];
  if (padding !== 'EXPLICIT') {
    if (values.length > 0) c.fail(`explicit_paddings must be empty unless padding is EXPLICIT, but padding is ${padding}.`);
    return new Array<readonly [number, number]>(rank).fill(none);
  }
  if (values.length !== 2 * rank) c.fail(`explicit_paddings must have ${2 * rank} numbers for padding EXPLICIT, but is [${values.join(', ')}].`);
  if (values.some((value) => value < 0)) c.fail(`explicit_paddings must not be negative: [${values.join(', ')}].`);
  const pairs = Array.from({ length: rank }, (_, axis): readonly [number, number] => [values[2 * axis] ?? 0, values[2 * axis + 1] ?? 0]);
  for (const axis of [format.batch, format.channel]) {
    if (pairs[axis]?.some((value) => value !== 0)) c.fail(`explicit_paddings must be 0 in the batch and channel dimensions: [${values.join(', ')}].`);
  }
  return pairs;
}
