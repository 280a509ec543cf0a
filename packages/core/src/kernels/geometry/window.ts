/** The window of a convolution or pooling over NHWC images: sizes, strides, dilations and the padding that TensorFlow's words mean. */
import type { AttrReader } from '../../graph/attrs.js';
import type { Shape } from '../../shape.js';

/** One spatial dimension. */
export interface WindowAxis {
  readonly input: number;
  readonly output: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  /** Positions of padding before the first element. */
  readonly before: number;
}

export interface WindowGeometry {
  readonly images: number;
  readonly y: WindowAxis;
  readonly x: WindowAxis;
  readonly channels: number;
}

function axis(
  input: number, output: number, window: number, stride: number, dilation: number, padding: string, explicit: readonly number[], at: number,
): WindowAxis {
  let before = 0;
  if (padding === 'SAME') before = Math.max(0, (output - 1) * stride + (window - 1) * dilation + 1 - input) >> 1;
  else if (padding === 'EXPLICIT') before = explicit[2 * at] ?? 0;
  return { input, output, window, stride, dilation, before };
}

/** The geometry of an op with `strides`, `padding` and maybe `dilations` and `explicit_paddings`. */
export function windowGeometry(attrs: AttrReader, input: Shape, window: readonly [number, number], output: Shape): WindowGeometry {
  const strides = attrs.ints('strides');
  const dilations = attrs.has('dilations') ? attrs.ints('dilations') : [1, 1, 1, 1];
  const explicit = attrs.has('explicit_paddings') ? attrs.ints('explicit_paddings') : [];
  const padding = attrs.string('padding');
  const make = (at: number): WindowAxis =>
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
export function neverPads({ y, x }: WindowGeometry): boolean {
  const inside = (a: WindowAxis): boolean => a.before === 0 && (a.output - 1) * a.stride + (a.window - 1) * a.dilation < a.input;
  return inside(y) && inside(x);
}
