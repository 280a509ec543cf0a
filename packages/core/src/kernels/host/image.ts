/** Colours, patches and boxes of images. */
import type { HostTensor } from '../../hostTensor.js';
import { cloned, copyElements, zeros } from './copy.js';
import { host, type HostCode } from './define.js';
import { invalid, numbersOf, scalarOf, tensorOfNumbers, unitsOf } from './tensors.js';
import { windowAxis } from './windows.js';

type Colour = readonly [number, number, number];

function toHsv([r, g, b]: Colour): Colour {
  const value = Math.max(r, g, b);
  const range = value - Math.min(r, g, b);
  const saturation = value > 0 ? range / value : 0;
  if (range <= 0) return [0, saturation, value];
  let hue: number;
  if (r === value) hue = (g - b) / range / 6;
  else if (g === value) hue = (b - r) / range / 6 + 2 / 6;
  else hue = (r - g) / range / 6 + 4 / 6;
  return [hue < 0 ? hue + 1 : hue, saturation, value];
}

function toRgb([h, s, v]: Colour): Colour {
  const turn = h * 6;
  const ramp = (x: number): number => Math.min(Math.max(x, 0), 1);
  const channel = (x: number): number => (1 - s + s * ramp(x)) * v;
  return [channel(Math.abs(turn - 3) - 1), channel(2 - Math.abs(turn - 2)), channel(2 - Math.abs(turn - 4))];
}

/** Maps each pixel of the last axis. */
function eachColour(images: HostTensor, change: (colour: Colour) => Colour): HostTensor {
  if (images.shape[images.shape.length - 1] !== 3) invalid(`input must have 3 channels but instead has ${images.shape[images.shape.length - 1]} channels.`);
  const x = numbersOf(images);
  const out = new Float64Array(x.length);
  for (let i = 0; i < x.length; i += 3) out.set(change([x[i]!, x[i + 1]!, x[i + 2]!]), i);
  return tensorOfNumbers(images.dtype, images.shape, out);
}

const colours = (change: (colour: Colour) => Colour): HostCode => host(([images]) => [eachColour(images!, change)]);

export const RGBToHSV = colours(toHsv);
export const HSVToRGB = colours(toRgb);

export const AdjustHue = host(([images, delta]) => {
  const by = scalarOf(delta!);
  return [eachColour(images!, (colour) => {
    const [h, s, v] = toHsv(colour);
    const turned = h + by;
    return toRgb([turned - Math.floor(turned), s, v]);
  })];
});

export const AdjustSaturation = host(([images, scale]) => {
  const by = scalarOf(scale!);
  return [eachColour(images!, (colour) => {
    const [h, s, v] = toHsv(colour);
    return toRgb([h, Math.min(1, Math.max(0, s * by)), v]);
  })];
});

/** Away from, or towards, each channel's mean over the image. */
export const AdjustContrastv2 = host(([images, factorArg]) => {
  const { shape, dtype } = images!;
  if (shape.length < 3) invalid(`input must be at least 3-D, got shape [${shape.join(',')}]`);
  const [height, width, channels] = shape.slice(-3) as [number, number, number];
  const factor = scalarOf(factorArg!);
  const x = numbersOf(images!);
  const out = new Float64Array(x.length);
  const image = height * width * channels;
  for (let start = 0; start < x.length; start += image) {
    for (let c = 0; c < channels; c++) {
      let mean = 0;
      for (let i = c; i < image; i += channels) mean += x[start + i]!;
      mean /= height * width;
      for (let i = c; i < image; i += channels) out[start + i] = (x[start + i]! - mean) * factor + mean;
    }
  }
  return [tensorOfNumbers(dtype, shape, out)];
});

/** Patches of an image in the depth of one pixel. */
export const ExtractImagePatches = host(([images], { attrs }) => {
  const [batch, height, width, depth] = images!.shape as [number, number, number, number];
  const [sizes, strides, rates] = [attrs.ints('ksizes'), attrs.ints('strides'), attrs.ints('rates')];
  const padding = attrs.string('padding');
  const y = windowAxis(height, sizes[1]!, strides[1]!, rates[1]!, padding);
  const x = windowAxis(width, sizes[2]!, strides[2]!, rates[2]!, padding);
  const out = zeros(images!.dtype, [batch, y.output, x.output, y.window * x.window * depth]);
  const [to, from] = [unitsOf(out), unitsOf(images!)];
  let place = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < y.output; oy++) {
      for (let ox = 0; ox < x.output; ox++) {
        for (let ky = 0; ky < y.window; ky++) {
          for (let kx = 0; kx < x.window; kx++, place += depth) {
            const iy = oy * y.stride - y.before + ky * y.dilation;
            const ix = ox * x.stride - x.before + kx * x.dilation;
            if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
            copyElements(to, place, from, ((b * height + iy) * width + ix) * depth, depth);
          }
        }
      }
    }
  }
  return [out];
});

/** TensorFlow's own colours for boxes without any: yellow, blue, red, lime, purple, olive, maroon, navy blue, aqua, fuchsia. */
const boxColours: readonly (readonly number[])[] = [
  [1, 1, 0, 1], [0, 0, 1, 1], [1, 0, 0, 1], [0, 1, 0, 1], [0.5, 0, 0.5, 1], [0.5, 0.5, 0, 1], [0.5, 0, 0, 1], [0, 0, 0.5, 1], [0, 1, 1, 1], [1, 0, 1, 1],
];

function drawBoxes(images: HostTensor, boxes: HostTensor, colourTable: HostTensor | undefined): HostTensor {
  const [batch, height, width, depth] = images.shape as [number, number, number, number];
  if (depth !== 4 && depth !== 1 && depth !== 3) invalid('Channel depth should be either 1 (GRY), 3 (RGB), or 4 (RGBA)');
  const count = boxes.shape[1]!;
  const corners = numbersOf(boxes);
  const out = cloned(images);
  const pixels = Float64Array.from(numbersOf(images));
  const given = colourTable !== undefined && colourTable.size > 0 ? Array.from(numbersOf(colourTable)) : undefined;
  const width4 = colourTable?.shape[1] ?? 4;
  const table = given === undefined ? boxColours
    : Array.from({ length: given.length / width4 }, (_, i) => given.slice(i * width4, (i + 1) * width4));
  for (let b = 0; b < batch; b++) {
    for (let box = 0; box < count; box++) {
      // A grey image has no colour table of its own: white.
      const colour = depth === 1 ? [1] : table[box % table.length]!;
      const at = (b * count + box) * 4;
      const clampTo = (value: number, limit: number): number => Math.trunc(Math.fround(value * (limit - 1)));
      const [top, left] = [clampTo(corners[at]!, height), clampTo(corners[at + 1]!, width)];
      const [bottom, right] = [clampTo(corners[at + 2]!, height), clampTo(corners[at + 3]!, width)];
      if (top > bottom || left > right || top >= height || bottom < 0 || left >= width || right < 0) continue;
      const paint = (y: number, x: number): void => {
        for (let c = 0; c < depth; c++) pixels[((b * height + y) * width + x) * depth + c] = colour[c] ?? 1;
      };
      const [y0, y1, x0, x1] = [Math.max(top, 0), Math.min(bottom, height - 1), Math.max(left, 0), Math.min(right, width - 1)];
      for (let x = x0; x <= x1; x++) {
        if (top >= 0) paint(top, x);
        if (bottom < height) paint(bottom, x);
      }
      for (let y = y0; y <= y1; y++) {
        if (left >= 0) paint(y, left);
        if (right < width) paint(y, right);
      }
    }
  }
  return tensorOfNumbers(out.dtype, out.shape, pixels);
}

export const DrawBoundingBoxes = host(([images, boxes]) => [drawBoxes(images!, boxes!, undefined)]);
export const DrawBoundingBoxesV2 = host(([images, boxes, colors]) => [drawBoxes(images!, boxes!, colors)]);
