/** Images in other sizes. Positions and weights are computed in float32 as TensorFlow does, so that a pixel falls on the same side of a border. */
import { OutOfRangeError } from '../../errors.js';
import { type Shape, shapeText, sizeOf } from '../../shape.js';
import { copyElements, zeros } from './copy.js';
import { host } from './define.js';
import type { HostContext } from '../hostContext.js';
import { intsOf, invalid, numbersOf, tensorOfNumbers, unitsOf } from './tensors.js';

const f = Math.fround;

interface Resizing {
  readonly batch: number;
  readonly channels: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly height: number;
  readonly width: number;
  readonly halfPixels: boolean;
  readonly alignCorners: boolean;
  readonly scaleY: number;
  readonly scaleX: number;
}

function scaleOf(input: number, output: number, alignCorners: boolean): number {
  return alignCorners && output > 1 ? f((input - 1) / (output - 1)) : f(input / output);
}

function resizingOf(shape: Shape, size: readonly number[], { attrs }: Pick<HostContext, 'attrs'>): Resizing {
  if (shape.length !== 4) invalid(`input must be 4-dimensional${shapeText(shape)}`);
  if (size.length !== 2) invalid(`shape_t must have two elements[${size.length}]`);
  const [batch, inHeight, inWidth, channels] = shape as [number, number, number, number];
  const [height, width] = size as [number, number];
  if (height <= 0 || width <= 0) invalid('output dimensions must be positive');
  if (inHeight <= 0 || inWidth <= 0) invalid('input image must be of non-zero size');
  const alignCorners = attrs.bool('align_corners');
  const halfPixels = attrs.has('half_pixel_centers') && attrs.bool('half_pixel_centers');
  if (alignCorners && halfPixels) invalid('If half_pixel_centers is True, align_corners must be False.');
  return {
    batch, channels, inHeight, inWidth, height, width, alignCorners, halfPixels,
    scaleY: scaleOf(inHeight, height, alignCorners), scaleX: scaleOf(inWidth, width, alignCorners),
  };
}

/** Where output position i lies in the input. */
function position(i: number, scale: number, halfPixels: boolean): number {
  return halfPixels ? f(f(f(i + 0.5) * scale) - 0.5) : f(i * scale);
}

interface Interpolation {
  readonly low: number;
  readonly high: number;
  readonly weight: number;
}

function interpolations(count: number, limit: number, scale: number, halfPixels: boolean): Interpolation[] {
  return Array.from({ length: count }, (_, i) => {
    const at = position(i, scale, halfPixels);
    const below = Math.floor(at);
    return { low: Math.max(below, 0), high: Math.min(Math.ceil(at), limit - 1), weight: f(at - below) };
  });
}

export const ResizeBilinear = host(([images, size], context) => {
  const r = resizingOf(images!.shape, intsOf(size!), context);
  const x = numbersOf(images!);
  const out = new Float32Array(r.batch * r.height * r.width * r.channels);
  const ys = interpolations(r.height, r.inHeight, r.scaleY, r.halfPixels);
  const xs = interpolations(r.width, r.inWidth, r.scaleX, r.halfPixels);
  let to = 0;
  for (let b = 0; b < r.batch; b++) {
    for (const y of ys) {
      const top = (b * r.inHeight + y.low) * r.inWidth;
      const bottom = (b * r.inHeight + y.high) * r.inWidth;
      for (const column of xs) {
        for (let c = 0; c < r.channels; c++, to++) {
          const tl = f(x[(top + column.low) * r.channels + c]!);
          const tr = f(x[(top + column.high) * r.channels + c]!);
          const bl = f(x[(bottom + column.low) * r.channels + c]!);
          const br = f(x[(bottom + column.high) * r.channels + c]!);
          const above = f(tl + f(f(tr - tl) * column.weight));
          const below = f(bl + f(f(br - bl) * column.weight));
          out[to] = above + f(f(below - above) * y.weight);
        }
      }
    }
  }
  return [tensorOfNumbers('float32', [r.batch, r.height, r.width, r.channels], out)];
});

/** Each output gradient flows to the four pixels it was mixed from. */
export const ResizeBilinearGrad = host(([gradient, original], context) => {
  const [batch, height, width, channels] = gradient!.shape as [number, number, number, number];
  const shape = [batch, original!.shape[1]!, original!.shape[2]!, channels];
  const r = resizingOf(shape, [height, width], context);
  const g = numbersOf(gradient!);
  const out = new Float64Array(sizeOf(shape));
  const ys = interpolations(r.height, r.inHeight, r.scaleY, r.halfPixels);
  const xs = interpolations(r.width, r.inWidth, r.scaleX, r.halfPixels);
  let from = 0;
  for (let b = 0; b < r.batch; b++) {
    for (const y of ys) {
      for (const column of xs) {
        for (let c = 0; c < r.channels; c++, from++) {
          const add = (row: number, col: number, weight: number): void => {
            out[((b * r.inHeight + row) * r.inWidth + col) * r.channels + c]! += g[from]! * weight;
          };
          add(y.low, column.low, (1 - y.weight) * (1 - column.weight));
          add(y.low, column.high, (1 - y.weight) * column.weight);
          add(y.high, column.low, y.weight * (1 - column.weight));
          add(y.high, column.high, y.weight * column.weight);
        }
      }
    }
  }
  return [tensorOfNumbers(original!.dtype, shape, out)];
});

function nearest(count: number, limit: number, scale: number, r: Pick<Resizing, 'alignCorners' | 'halfPixels'>): number[] {
  return Array.from({ length: count }, (_, i) => {
    const at = r.halfPixels ? f(f(i + 0.5) * scale) : f(i * scale);
    const rounded = r.alignCorners ? Math.floor(at + 0.5) : Math.floor(at);
    return Math.max(Math.min(rounded, limit - 1), 0);
  });
}

export const ResizeNearestNeighbor = host(([images, size], context) => {
  const r = resizingOf(images!.shape, intsOf(size!), context);
  const out = zeros(images!.dtype, [r.batch, r.height, r.width, r.channels]);
  const [to, from] = [unitsOf(out), unitsOf(images!)];
  const ys = nearest(r.height, r.inHeight, r.scaleY, r);
  const xs = nearest(r.width, r.inWidth, r.scaleX, r);
  let place = 0;
  for (let b = 0; b < r.batch; b++) {
    for (const y of ys) {
      for (const x of xs) {
        copyElements(to, place, from, ((b * r.inHeight + y) * r.inWidth + x) * r.channels, r.channels);
        place += r.channels;
      }
    }
  }
  return [out];
});

export const ResizeNearestNeighborGrad = host(([gradient, size], context) => {
  const [batch, height, width, channels] = gradient!.shape as [number, number, number, number];
  const [inHeight, inWidth] = intsOf(size!) as [number, number];
  const r = resizingOf([batch, inHeight, inWidth, channels], [height, width], context);
  const g = numbersOf(gradient!);
  const shape = [batch, inHeight, inWidth, channels];
  const out = new Float64Array(sizeOf(shape));
  const ys = nearest(height, inHeight, r.scaleY, r);
  const xs = nearest(width, inWidth, r.scaleX, r);
  let from = 0;
  for (let b = 0; b < batch; b++) {
    for (const y of ys) {
      for (const x of xs) {
        for (let c = 0; c < channels; c++) out[((b * inHeight + y) * inWidth + x) * channels + c]! += g[from++]!;
      }
    }
  }
  return [tensorOfNumbers(gradient!.dtype, shape, out)];
});

const TABLE = 1024;

/** The cubic kernel at distance i/1024 and 1 + i/1024, with TensorFlow's table resolution. */
function cubic(i: number, a: number): [number, number] {
  const x = i / TABLE;
  const near = f(((a + 2) * x - (a + 3)) * x * x + 1);
  const y = x + 1;
  return [near, f(((a * y - 5 * a) * y + 8 * a) * y - 4 * a)];
}

interface Taps {
  readonly indices: readonly number[];
  readonly weights: readonly number[];
}

function cubicTaps(count: number, limit: number, scale: number, halfPixels: boolean): Taps[] {
  const a = halfPixels ? -0.5 : -0.75;
  const bound = (i: number): number => Math.min(Math.max(i, 0), limit - 1);
  return Array.from({ length: count }, (_, i) => {
    const at = position(i, scale, halfPixels);
    const below = Math.floor(at);
    const offset = Math.round(f(f(at - below) * TABLE));
    const [near, far] = cubic(offset, a);
    const [nearAfter, farAfter] = cubic(TABLE - offset, a);
    const indices = [below - 1, below, below + 1, below + 2].map(bound);
    let weights = [far, near, nearAfter, farAfter];
    if (halfPixels) {
      // Taps outside the image do not count; the others share their weight.
      weights = weights.map((weight, k) => (indices[k] === below - 1 + k ? weight : 0));
      const sum = weights.reduce((total, weight) => f(total + weight), 0);
      if (Math.abs(sum) >= 1000 * 1.1754943508222875e-38) weights = weights.map((weight) => f(weight / sum));
    }
    return { indices, weights };
  });
}

export const ResizeBicubic = host(([images, size], context) => {
  const r = resizingOf(images!.shape, intsOf(size!), context);
  const x = numbersOf(images!);
  const out = new Float32Array(r.batch * r.height * r.width * r.channels);
  const ys = cubicTaps(r.height, r.inHeight, r.scaleY, r.halfPixels);
  const xs = cubicTaps(r.width, r.inWidth, r.scaleX, r.halfPixels);
  let to = 0;
  for (let b = 0; b < r.batch; b++) {
    for (const row of ys) {
      for (const column of xs) {
        for (let c = 0; c < r.channels; c++) {
          let sum = 0;
          for (let j = 0; j < 4; j++) {
            const start = (b * r.inHeight + row.indices[j]!) * r.inWidth;
            let line = 0;
            for (let i = 0; i < 4; i++) line += x[(start + column.indices[i]!) * r.channels + c]! * column.weights[i]!;
            sum += line * row.weights[j]!;
          }
          out[to++] = sum;
        }
      }
    }
  }
  return [tensorOfNumbers('float32', [r.batch, r.height, r.width, r.channels], out)];
});

/** How much of each input position an output position covers. */
function coverage(count: number, limit: number, scale: number): Taps[] {
  return Array.from({ length: count }, (_, i) => {
    const [start, end] = [f(i * scale), f((i + 1) * scale)];
    const indices: number[] = [];
    const weights: number[] = [];
    for (let at = Math.floor(start); at < Math.ceil(end); at++) {
      indices.push(Math.min(Math.max(at, 0), limit - 1));
      weights.push(at < start ? (at + 1 > end ? scale : at + 1 - start) : at + 1 > end ? end - at : 1);
    }
    return { indices, weights };
  });
}

export const ResizeArea = host(([images, size], context) => {
  const r = resizingOf(images!.shape, intsOf(size!), context);
  const x = numbersOf(images!);
  const out = new Float32Array(r.batch * r.height * r.width * r.channels);
  const ys = coverage(r.height, r.inHeight, r.scaleY);
  const xs = coverage(r.width, r.inWidth, r.scaleX);
  let to = 0;
  for (let b = 0; b < r.batch; b++) {
    for (const row of ys) {
      for (const column of xs) {
        for (let c = 0; c < r.channels; c++) {
          let sum = 0;
          row.indices.forEach((y, j) => column.indices.forEach((at, i) => {
            sum += x[((b * r.inHeight + y) * r.inWidth + at) * r.channels + c]! * row.weights[j]! * column.weights[i]!;
          }));
          out[to++] = sum / (r.scaleY * r.scaleX);
        }
      }
    }
  }
  return [tensorOfNumbers('float32', [r.batch, r.height, r.width, r.channels], out)];
});

/** Crops boxes, given in fractions of the image, and resizes each to one size. */
export const CropAndResize = host(([image, boxes, boxInd, cropSize], { attrs }) => {
  const [batch, inHeight, inWidth, channels] = image!.shape as [number, number, number, number];
  if (image!.shape.length !== 4) invalid(`input image must be 4-D${shapeText(image!.shape)}`);
  if (boxes!.shape.length !== 2 || boxes!.shape[1] !== 4) invalid(`boxes must have 4 columns${shapeText(boxes!.shape)}`);
  if (boxInd!.size !== boxes!.shape[0]) invalid('box_ind has incompatible shape');
  const [height, width] = intsOf(cropSize!) as [number, number];
  if (height <= 0 || width <= 0) invalid('crop dimensions must be positive');
  const isNearest = attrs.string('method') === 'nearest';
  const outside = attrs.float('extrapolation_value');
  const [x, corners] = [numbersOf(image!), numbersOf(boxes!)];
  const owners = intsOf(boxInd!);
  for (const owner of owners) if (owner < 0 || owner >= batch) throw new OutOfRangeError('box_index has values outside [0, batch_size)');
  const shape = [owners.length, height, width, channels];
  const out = new Float32Array(sizeOf(shape)).fill(outside);
  const positions = (low: number, high: number, count: number, limit: number): number[] => Array.from({ length: count }, (_, i) => (count > 1
    ? f(f(low * (limit - 1)) + f(i * f(f(f(high - low) * (limit - 1)) / (count - 1))))
    : f(0.5 * f(low + high) * (limit - 1))));
  owners.forEach((owner, box) => {
    const [y1, x1, y2, x2] = [corners[4 * box]!, corners[4 * box + 1]!, corners[4 * box + 2]!, corners[4 * box + 3]!];
    const ys = positions(y1, y2, height, inHeight);
    const xs = positions(x1, x2, width, inWidth);
    ys.forEach((y, row) => {
      if (!(y >= 0 && y <= inHeight - 1)) return;
      xs.forEach((at, column) => {
        if (!(at >= 0 && at <= inWidth - 1)) return;
        const to = ((box * height + row) * width + column) * channels;
        for (let c = 0; c < channels; c++) {
          const pixel = (py: number, px: number): number => f(x[((owner * inHeight + py) * inWidth + px) * channels + c]!);
          if (isNearest) out[to + c] = pixel(Math.round(y), Math.round(at));
          else {
            const [top, left] = [Math.floor(y), Math.floor(at)];
            const [bottom, right] = [Math.ceil(y), Math.ceil(at)];
            const [yWeight, xWeight] = [f(y - top), f(at - left)];
            const above = f(pixel(top, left) + f(f(pixel(top, right) - pixel(top, left)) * xWeight));
            const below = f(pixel(bottom, left) + f(f(pixel(bottom, right) - pixel(bottom, left)) * xWeight));
            out[to + c] = above + f(f(below - above) * yWeight);
          }
        }
      });
    });
  });
  return [tensorOfNumbers('float32', shape, out)];
});

/** Each output gradient flows to its sixteen pixels. */
export const ResizeBicubicGrad = host(([gradient, original], context) => {
  const [batch, height, width, channels] = gradient!.shape as [number, number, number, number];
  const shape = [batch, original!.shape[1]!, original!.shape[2]!, channels];
  const r = resizingOf(shape, [height, width], context);
  const g = numbersOf(gradient!);
  const out = new Float64Array(sizeOf(shape));
  const ys = cubicTaps(r.height, r.inHeight, r.scaleY, r.halfPixels);
  const xs = cubicTaps(r.width, r.inWidth, r.scaleX, r.halfPixels);
  let from = 0;
  for (let b = 0; b < r.batch; b++) {
    for (const row of ys) {
      for (const column of xs) {
        for (let c = 0; c < r.channels; c++, from++) {
          row.indices.forEach((y, j) => column.indices.forEach((x, i) => {
            out[((b * r.inHeight + y) * r.inWidth + x) * r.channels + c]! += g[from]! * row.weights[j]! * column.weights[i]!;
          }));
        }
      }
    }
  }
  return [tensorOfNumbers(original!.dtype, shape, out)];
});
