/** Parts of images and volumes, and gradients by where they were taken. */
import { OutOfRangeError } from '../../errors.js';
import { shapeText, sizeOf } from '../../shape.js';
import { copyElements, zeros } from './copy.js';
import { host, type HostCode } from './define.js';
import { boxMuller, Philox, toFloat } from './philox.js';
import { freshSeed } from './random.js';
import { intsOf, invalid, numbersOf, tensorOfNumbers, unitsOf, wrapperOf } from './tensors.js';
import { windowAxis } from './windows.js';

/** Patches of a volume in the depth of one element. */
export const ExtractVolumePatches = host(([input], { attrs }) => {
  const [batch, planes, rows, columns, depth] = input!.shape as [number, number, number, number, number];
  const [sizes, strides] = [attrs.ints('ksizes'), attrs.ints('strides')];
  const axis = (length: number, at: number): ReturnType<typeof windowAxis> => windowAxis(length, sizes[at]!, strides[at]!, 1, attrs.string('padding'));
  const [z, y, x] = [axis(planes, 1), axis(rows, 2), axis(columns, 3)];
  const out = zeros(input!.dtype, [batch, z.output, y.output, x.output, z.window * y.window * x.window * depth]);
  const [to, from] = [unitsOf(out), unitsOf(input!)];
  const taps = Array.from({ length: z.window * y.window * x.window }, (_, i) => (
    [Math.floor(i / (y.window * x.window)), Math.floor(i / x.window) % y.window, i % x.window] as const));
  let place = 0;
  for (let at = 0; at < batch * z.output * y.output * x.output; at++) {
    const ox = at % x.output;
    const oy = Math.floor(at / x.output) % y.output;
    const oz = Math.floor(at / (x.output * y.output)) % z.output;
    const b = Math.floor(at / (x.output * y.output * z.output));
    for (const [kz, ky, kx] of taps) {
      const [iz, iy, ix] = [oz * z.stride - z.before + kz, oy * y.stride - y.before + ky, ox * x.stride - x.before + kx];
      if (iz >= 0 && iz < planes && iy >= 0 && iy < rows && ix >= 0 && ix < columns) {
        copyElements(to, place, from, (((b * planes + iz) * rows + iy) * columns + ix) * depth, depth);
      }
      place += depth;
    }
  }
  return [out];
});

/** A fill for what lies outside: zeros, or noise like the image. */
function noiseOf(kind: string, image: Float32Array, random: () => number, normal: () => number): () => number {
  if (kind === 'zero') return () => 0;
  const mean = image.reduce((sum, x) => sum + x, 0) / image.length;
  if (kind === 'gaussian') {
    const sigma = Math.sqrt(image.reduce((sum, x) => sum + (x - mean) ** 2, 0) / image.length);
    return () => mean + sigma * normal();
  }
  const [low, high] = image.reduce(([least, most], x) => [Math.min(least, x), Math.max(most, x)], [Infinity, -Infinity]);
  return () => low + (high - low) * random();
}

/** Where a glimpse starts, from an offset of the attributes' kind. The first version takes half the window off whatever the offset is. */
function startOf(version: 1 | 2, offset: number, input: number, window: number, centered: boolean, normalized: boolean): number {
  const f = Math.fround;
  if (version === 1) {
    const scaled = normalized ? f(offset * input) : offset;
    return Math.trunc(f((centered ? f(f(scaled / 2) + input / 2) : scaled) - window / 2));
  }
  if (!normalized) return Math.trunc(centered ? f(offset + input / 2) : offset);
  const scaled = f(offset * input);
  return Math.trunc(centered ? f(f(f(scaled / 2) + input / 2) - window / 2) : scaled);
}

const glimpse = (version: 1 | 2): HostCode => host(([input, sizeArg, offsets], { attrs }) => {
  const [batch, rows, columns, channels] = input!.shape as [number, number, number, number];
  const [height, width] = intsOf(sizeArg!) as [number, number];
  const kind = attrs.bool('uniform_noise') ? 'uniform' : attrs.string('noise');
  if (!['uniform', 'gaussian', 'zero'].includes(kind)) invalid(`The noise could only be uniform, gaussian, or zero, got${kind}`);
  const next = Philox.ofSeeds(freshSeed(), freshSeed()).singles();
  const [centered, normalized] = [attrs.bool('centered'), attrs.bool('normalized')];
  const [x, at] = [numbersOf(input!) as Float32Array, numbersOf(offsets!)];
  const out = new Float32Array(batch * height * width * channels);
  let to = 0;
  for (let b = 0; b < batch; b++) {
    const top = startOf(version, at[2 * b]!, rows, height, centered, normalized);
    const left = startOf(version, at[2 * b + 1]!, columns, width, centered, normalized);
    const image = x.subarray(b * rows * columns * channels, (b + 1) * rows * columns * channels);
    const noise = noiseOf(kind, image, () => toFloat(next()), () => boxMuller(next(), next())[0]);
    for (let i = 0; i < height * width * channels; i++, to++) {
      const [row, column] = [top + Math.floor(i / (width * channels)), left + Math.floor(i / channels) % width];
      const isInside = row >= 0 && row < rows && column >= 0 && column < columns;
      out[to] = isInside ? image[(row * columns + column) * channels + (i % channels)]! : noise();
    }
  }
  return [tensorOfNumbers('float32', [batch, height, width, channels], out)];
});

export const ExtractGlimpse = glimpse(1);
export const ExtractGlimpseV2 = glimpse(2);

/** Where a crop's line i is taken, in float32 as the crop itself does, and how that moves with the box's two edges. */
function lineOf(i: number, count: number, low: number, high: number, limit: number): { at: number; byLow: number; byHigh: number } {
  const f = Math.fround;
  if (count <= 1) return { at: f(f(0.5 * f(low + high)) * (limit - 1)), byLow: 0.5 * (limit - 1), byHigh: 0.5 * (limit - 1) };
  const ratio = f((limit - 1) / (count - 1));
  return { at: f(f(low * (limit - 1)) + f(i * f(f(high - low) * ratio))), byLow: limit - 1 - i * ratio, byHigh: i * ratio };
}

export const CropAndResizeGradBoxes = host(([gradients, image, boxes, boxInd]) => {
  const [count, height, width, depth] = gradients!.shape as [number, number, number, number];
  const [batch, rows, columns] = image!.shape as [number, number, number, number];
  if (gradients!.shape.length !== 4) invalid(`grads image must be 4-D${shapeText(gradients!.shape)}`);
  if (image!.shape.length !== 4) invalid(`input image must be 4-D${shapeText(image!.shape)}`);
  if (image!.shape[3] !== depth) invalid('image, grads depth differ');
  const owners = intsOf(boxInd!);
  if (owners.length !== count || boxes!.shape[0] !== count) invalid('boxes and grads have incompatible shape');
  const [g, x, corners] = [numbersOf(gradients!), numbersOf(image!), numbersOf(boxes!)];
  const out = new Float64Array(4 * count);
  owners.forEach((owner, box) => {
    if (owner < 0 || owner >= batch) throw new OutOfRangeError('box_index has values outside [0, batch_size)');
    const [y1, x1, y2, x2] = [0, 1, 2, 3].map((i) => corners[4 * box + i]!) as [number, number, number, number];
    for (let i = 0; i < height; i++) {
      const y = lineOf(i, height, y1, y2, rows);
      if (!(y.at >= 0 && y.at <= rows - 1)) continue;
      for (let j = 0; j < width; j++) {
        const column = lineOf(j, width, x1, x2, columns);
        if (!(column.at >= 0 && column.at <= columns - 1)) continue;
        const [top, bottom, left, right] = [Math.floor(y.at), Math.ceil(y.at), Math.floor(column.at), Math.ceil(column.at)];
        const [dy, dx] = [y.at - top, column.at - left];
        for (let c = 0; c < depth; c++) {
          const pixel = (row: number, at: number): number => x[((owner * rows + row) * columns + at) * depth + c]!;
          const down = (1 - dx) * (pixel(bottom, left) - pixel(top, left)) + dx * (pixel(bottom, right) - pixel(top, right));
          const across = (1 - dy) * (pixel(top, right) - pixel(top, left)) + dy * (pixel(bottom, right) - pixel(bottom, left));
          const by = g[((box * height + i) * width + j) * depth + c]!;
          out[4 * box]! += down * by * y.byLow;
          out[4 * box + 1]! += across * by * column.byLow;
          out[4 * box + 2]! += down * by * y.byHigh;
          out[4 * box + 3]! += across * by * column.byHigh;
        }
      }
    }
  });
  return [tensorOfNumbers('float32', boxes!.shape, out)];
});

/** The output gradient goes to the input element and to the filter tap whose sum was the largest in its window. */
const dilationGradient = (by: 'input' | 'filter'): HostCode => host(([input, filter, gradient], { attrs }) => {
  const [batch, rows, columns, depth] = input!.shape as [number, number, number, number];
  const [strides, rates, padding] = [attrs.ints('strides'), attrs.ints('rates'), attrs.string('padding')];
  const [taps, across] = filter!.shape as [number, number, number];
  const [y, x] = [windowAxis(rows, taps, strides[1]!, rates[1]!, padding), windowAxis(columns, across, strides[2]!, rates[2]!, padding)];
  const wanted = [batch, y.output, x.output, depth];
  if (shapeText(gradient!.shape) !== shapeText(wanted)) invalid(`out_backprop has incompatible size: ${shapeText(gradient!.shape)}, expected ${shapeText(wanted)}.`);
  const [a, f, g] = [numbersOf(input!), numbersOf(filter!), numbersOf(gradient!)];
  const wrapped = wrapperOf(input!.dtype);
  const like = by === 'input' ? input! : filter!;
  const out = new Float64Array(like.size);
  for (let to = 0; to < sizeOf(wanted); to++) {
    const c = to % depth;
    const [left, top] = [(Math.floor(to / depth) % x.output) * x.stride - x.before, (Math.floor(to / (depth * x.output)) % y.output) * y.stride - y.before];
    const b = Math.floor(to / (depth * x.output * y.output));
    let [best, place, tap] = [-Infinity, ((b * rows + Math.max(top, 0)) * columns + Math.max(left, 0)) * depth + c, c];
    for (let i = 0; i < taps; i++) {
      const row = top + i * y.dilation;
      for (let j = 0; j < across; j++) {
        const column = left + j * x.dilation;
        if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
        const [from, weight] = [((b * rows + row) * columns + column) * depth + c, (i * across + j) * depth + c];
        const sum = wrapped(a[from]! + f[weight]!);
        if (sum > best) [best, place, tap] = [sum, from, weight];
      }
    }
    out[by === 'input' ? place : tap]! += g[to]!;
  }
  return [tensorOfNumbers(like.dtype, like.shape, out)];
});

export const Dilation2DBackpropInput = dilationGradient('input');
export const Dilation2DBackpropFilter = dilationGradient('filter');
