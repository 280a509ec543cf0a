/**
 * Windows over images and volumes where nothing is tiled: 3D convolutions and pools, dilation, and the gradients of convolutions and pools. Images
 * are volumes of depth 1. A thread makes one element: forward, by walking over its window; backward, over the windows that hold it.
 */
import type { PassBuilder } from '../../codegen/grid/builder.js';
import { int, type Value } from '../../codegen/grid/value.js';
import { AttrReader } from '../../graph/attrs.js';
import type { Shape } from '../../shape.js';
import { axesOf, layoutOf, shapeChannelsLast, spatialOf, type Triple, type WindowAxes } from '../host/windows.js';
import type { OpCall, Support, SupportQuery } from '../kernel.js';

export interface Volume {
  readonly images: number;
  readonly channels: number;
  readonly axes: WindowAxes;
}

/** The windows over images of this shape: `window` as (depth, height, width); `strides` where no attribute says them. */
export function volumeOf({ attrs, op }: OpCall, image: Shape, window: Triple, strides?: readonly number[]): Volume {
  const layout = layoutOf(attrs, image.length);
  const [images, d, h, w, channels] = shapeChannelsLast(image, layout);
  const own = strides === undefined ? attrs : new AttrReader({ ...attrs.attrs, strides: { kind: 'list', of: 'int', value: strides } }, op);
  return { images, channels, axes: axesOf(own, layout, [d, h, w], window) };
}

/** A list with a number for each dimension of the image, as (depth, height, width). */
export const spatial = (call: OpCall, list: readonly number[]): Triple => spatialOf(list, layoutOf(call.attrs, list.length));

/** A filter's window: the dimensions before the last two. */
export const windowOf = (filter: Shape): Triple => (filter.length === 5 ? [filter[0]!, filter[1]!, filter[2]!] : [1, filter[0]!, filter[1]!]);

const names = ['D', 'H', 'W'] as const;
type Axis = (typeof names)[number];

export function volumeParams({ axes, channels }: Volume): Record<string, number> {
  const params: Record<string, number> = { channels };
  names.forEach((name, i) => {
    const { input, output, window, stride, dilation, before } = axes[i]!;
    Object.assign(params, { [`in${name}`]: input, [`out${name}`]: output, [`window${name}`]: window, [`stride${name}`]: stride, [`dilation${name}`]: dilation, [`before${name}`]: before });
  });
  return params;
}

const size = (pass: PassBuilder, side: 'in' | 'out' | 'window', axis: Axis): Value => pass.param(`${side}${axis}`);

/** The number of a pixel from its place. */
const pixelOf = (pass: PassBuilder, side: 'in' | 'out', image: Value, [d, h, w]: readonly Value[]): Value =>
  pass.let('pixel', image.mul(size(pass, side, 'D')).add(d!).mul(size(pass, side, 'H')).add(h!).mul(size(pass, side, 'W')).add(w!));

/** A pixel's image and place from its number. */
export function placeOf(pass: PassBuilder, side: 'in' | 'out', pixel: Value): { image: Value; place: readonly [Value, Value, Value] } {
  let rest = pixel;
  const take = (axis: Axis): Value => {
    const outer = pass.let('outer', rest.div(size(pass, side, axis)));
    const at = pass.let('at', rest.sub(outer.mul(size(pass, side, axis))));
    rest = outer;
    return at;
  };
  const [w, h, d] = [take('W'), take('H'), take('D')];
  return { image: rest, place: [d, h, w] };
}

/** What lies across from a pixel: the pixel's number and place there, and the place in the window. */
export interface Across {
  readonly pixel: Value;
  readonly place: readonly Value[];
  readonly tap: Value;
}

/** Nested loops over a window, `found` telling where each place leads and whether there is something. */
function loopWindow(pass: PassBuilder, found: (axis: Axis, index: number, tap: Value) => { at: Value; isThere: Value }, body: (place: readonly Value[], tap: Value) => void): void {
  const loop = (i: number, place: readonly Value[], tap: Value): void => {
    const axis = names[i];
    if (axis === undefined) {
      body(place, tap);
      return;
    }
    pass.for(`tap${axis}`, 0, size(pass, 'window', axis), (at) => {
      const { at: where, isThere } = found(axis, i, at);
      pass.if(isThere, () => loop(i + 1, [...place, where], i === 0 ? at : pass.let('tap', tap.mul(size(pass, 'window', axis)).add(at))));
    });
  };
  loop(0, [], int(0));
}

/** The pixels of the input in the window of an output pixel, in order. */
export function walkInputs(pass: PassBuilder, outPixel: Value, each: (across: Across) => void): void {
  const { image, place } = placeOf(pass, 'out', outPixel);
  walkInputsFrom(pass, image, place, each);
}

export function walkInputsFrom(pass: PassBuilder, image: Value, place: readonly Value[], each: (across: Across) => void): void {
  loopWindow(pass, (axis, i, tap) => {
    const at = pass.let('at', place[i]!.mul(pass.param(`stride${axis}`)).sub(pass.param(`before${axis}`)).add(tap.mul(pass.param(`dilation${axis}`))));
    return { at, isThere: at.ge(0).and(at.lt(size(pass, 'in', axis))) };
  }, (across, tap) => each({ pixel: pixelOf(pass, 'in', image, across), place: across, tap }));
}

/** The pixels of the output whose windows hold an input pixel. */
export function walkOutputs(pass: PassBuilder, inPixel: Value, each: (across: Across, image: Value) => void): void {
  const { image, place } = placeOf(pass, 'in', inPixel);
  loopWindow(pass, (axis, i, tap) => {
    const from = pass.let('from', place[i]!.add(pass.param(`before${axis}`)).sub(tap.mul(pass.param(`dilation${axis}`))));
    const at = pass.let('at', from.div(pass.param(`stride${axis}`)));
    return { at, isThere: from.ge(0).and(at.mul(pass.param(`stride${axis}`)).eq(from)).and(at.lt(size(pass, 'out', axis))) };
  }, (across, tap) => each({ pixel: pixelOf(pass, 'out', image, across), place: across, tap }, image));
}

/** How many pixels of the input a window holds. */
export function pixelsInWindow(pass: PassBuilder, outPlace: readonly Value[]): Value {
  return names.reduce<Value>((product, axis, i) => {
    const start = pass.let('start', outPlace[i]!.mul(pass.param(`stride${axis}`)).sub(pass.param(`before${axis}`)));
    const end = start.add(size(pass, 'window', axis)).min(size(pass, 'in', axis));
    return i === 0 ? end.sub(start.max(0)) : product.mul(end.sub(start.max(0)));
  }, int(1));
}

/** Only channels last: the others have bodies that transpose around the op, or none. */
export function supportsLast({ attrs, op }: SupportQuery): Support {
  const format = attrs.has('data_format') ? attrs.string('data_format') : 'NHWC';
  return format === 'NHWC' || format === 'NDHWC' || `${op} of ${format} has no kernel; only channels last has`;
}
