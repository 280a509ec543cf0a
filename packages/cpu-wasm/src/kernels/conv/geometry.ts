/** The window of a convolution or pooling over NHWC images: sizes, strides, dilations and the padding that TensorFlow's words mean. */
import type { Shape } from '@sessionflow/core/device';
import type { AttrReader } from '@sessionflow/core/kernels';

/** One spatial dimension. */
export interface Axis {
  readonly input: number;
  readonly output: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  /** Positions of padding before the first element. */
  readonly before: number;
}

export interface Geometry {
  readonly images: number;
  readonly y: Axis;
  readonly x: Axis;
  readonly channels: number;
}

function axis(
  input: number, output: number, window: number, stride: number, dilation: number, padding: string, explicit: readonly number[], at: number,
): Axis {
  let before = 0;
  if (padding === 'SAME') before = Math.max(0, (output - 1) * stride + (window - 1) * dilation + 1 - input) >> 1;
  else if (padding === 'EXPLICIT') before = explicit[2 * at] ?? 0;
  return { input, output, window, stride, dilation, before };
}

/** The geometry of an op with `strides`, `padding` and maybe `dilations` and `explicit_paddings`. */
export function geometry(attrs: AttrReader, input: Shape, window: readonly [number, number], output: Shape): Geometry {
  const strides = attrs.ints('strides');
  const dilations = attrs.has('dilations') ? attrs.ints('dilations') : [1, 1, 1, 1];
  const explicit = attrs.has('explicit_paddings') ? attrs.ints('explicit_paddings') : [];
  const padding = attrs.string('padding');
  const make = (at: number): Axis =>
    axis(input[at]!, output[at]!, window[at - 1]!, strides[at]!, dilations[at] ?? 1, padding, explicit, at);
  return { images: input[0]!, y: make(1), x: make(2), channels: input[3]! };
}

/** Whether the op works on NHWC and moves over neither images nor channels. */
export function isPlainNhwc(attrs: AttrReader): boolean {
  const outer = (list: readonly number[]): boolean => list.length === 0 || (list[0] === 1 && list[3] === 1);
  const dilations = attrs.has('dilations') ? attrs.ints('dilations') : [];
  return attrs.string('data_format') === 'NHWC' && outer(attrs.ints('strides')) && outer(dilations);
}

/** Whether a window's every position lies inside the image. */
export function neverPads({ y, x }: Geometry): boolean {
  const inside = (a: Axis): boolean => a.before === 0 && (a.output - 1) * a.stride + (a.window - 1) * a.dilation < a.input;
  return inside(y) && inside(x);
}

/** The image's lines with the columns that windows need, in bytes: zeros, a copy of what there is, zeros. */
export function padLines({
  x, channels,
}: Geometry): { readonly needed: boolean; readonly bytes: number; readonly left: number; readonly copy: number; readonly right: number } {
  const width = (x.output - 1) * x.stride + (x.window - 1) * x.dilation + 1;
  const copied = Math.max(0, Math.min(x.input, width - x.before));
  const pixel = 4 * channels;
  return {
    needed: x.before > 0 || width > x.input, bytes: width * pixel, left: Math.min(x.before, width) * pixel, copy: copied * pixel,
    right: Math.max(0, width - x.before - copied) * pixel,
  };
}
