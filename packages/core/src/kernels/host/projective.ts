/** Images under projective transforms: every output pixel reads the input where its transform points. In float32, as TensorFlow computes them. */
import type { HostTensor } from '../../hostTensor.js';
import { shapeText } from '../../shape.js';
import { host, type HostCode } from './define.js';
import { intsOf, invalid, numbersOf, scalarOf, tensorOfNumbers } from './tensors.js';

const f = Math.fround;
const clamp = (x: number, size: number): number => Math.min(Math.max(x, 0), size - 1);

/** Where a coordinate outside of [0, size) is read: TensorFlow's fill modes. */
const modes: Readonly<Record<string, (x: number, size: number) => number>> = {
  CONSTANT: (x) => x,
  NEAREST: clamp,
  REFLECT: (x, size) => {
    const period = 2 * size;
    let at = x;
    if (x < 0) {
      if (size <= 1) return 0;
      if (at < -period) at = f(period * Math.trunc(f(-at / period)) + at);
      at = at < -size ? f(at + period) : f(-at - 1);
    } else if (x > size - 1) {
      if (size <= 1) return 0;
      at = f(at - period * Math.trunc(f(at / period)));
      if (at >= size) at = f(period - at - 1);
    }
    return clamp(at, size);
  },
  WRAP: (x, size) => {
    let at = x;
    if (x < 0) at = size <= 1 ? 0 : f(at + size * (Math.trunc(f(-at / (size - 1))) + 1));
    else if (x > size - 1) at = size <= 1 ? 0 : f(at - size * Math.trunc(f(at / (size - 1))));
    return clamp(at, size);
  },
};

/** Half away from zero, as C's round. */
const rounded = (x: number): number => Math.sign(x) * Math.floor(Math.abs(x) + 0.5);

function transformed(images: HostTensor, transforms: HostTensor, size: HostTensor, fill: number, interpolation: string, fillMode: string): HostTensor {
  if (images.shape.length !== 4) invalid('Input images must have rank 4');
  const [batch, height, width, channels] = images.shape as [number, number, number, number];
  if (transforms.shape.length !== 2 || transforms.shape[1] !== 8 || (transforms.shape[0] !== batch && transforms.shape[0] !== 1)) {
    invalid(`Input transform should be num_images x 8 or 1 x 8, but is ${shapeText(transforms.shape)} for ${batch} images`);
  }
  if (size.shape.length !== 1 || size.size !== 2) invalid(`output shape must be 1-dimensional of 2 elements, got shape ${shapeText(size.shape)}`);
  const [outHeight, outWidth] = intsOf(size) as [number, number];
  if (outHeight <= 0 || outWidth <= 0) invalid(`new dimensions must be positive, got ${outHeight} x ${outWidth}`);
  const mapped = modes[fillMode];
  if (mapped === undefined) invalid(`Invalid mode ${fillMode}. Supported types: ${Object.keys(modes).join(', ')}`);
  if (interpolation !== 'NEAREST' && interpolation !== 'BILINEAR') invalid(`Invalid interpolation ${interpolation}. Supported types: NEAREST, BILINEAR`);
  const x = numbersOf(images);
  const t = numbersOf(transforms);
  const out = new Float64Array(batch * outHeight * outWidth * channels);
  const read = (image: number, row: number, column: number, channel: number): number =>
    (row >= 0 && row < height && column >= 0 && column < width ? x[((image * height + row) * width + column) * channels + channel]! : fill);
  let at = 0;
  for (let image = 0; image < batch; image++) {
    const m = t.subarray(transforms.shape[0] === 1 ? 0 : image * 8);
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++, at += channels) {
        const scale = f(f(m[6]! * column) + f(m[7]! * row) + 1);
        if (scale === 0) {
          out.fill(fill, at, at + channels);
          continue;
        }
        const toX = mapped(f(f(f(m[0]! * column) + f(m[1]! * row) + m[2]!) / scale), width);
        const toY = mapped(f(f(f(m[3]! * column) + f(m[4]! * row) + m[5]!) / scale), height);
        for (let c = 0; c < channels; c++) {
          if (interpolation === 'NEAREST') out[at + c] = read(image, rounded(toY), rounded(toX), c);
          else {
            const [top, left] = [Math.floor(toY), Math.floor(toX)];
            const across = (line: number): number => f(f(f(left + 1 - toX) * read(image, line, left, c)) + f(f(toX - left) * read(image, line, left + 1, c)));
            out[at + c] = f(f(f(top + 1 - toY) * across(top)) + f(f(toY - top) * across(top + 1)));
          }
        }
      }
    }
  }
  return tensorOfNumbers(images.dtype, [batch, outHeight, outWidth, channels], out);
}

export const ImageProjectiveTransformV2: HostCode = host(([images, transforms, size], { attrs }) => [
  transformed(images!, transforms!, size!, 0, attrs.string('interpolation').toUpperCase(), attrs.string('fill_mode').toUpperCase()),
]);

export const ImageProjectiveTransformV3: HostCode = host(([images, transforms, size, fill], { attrs }) => {
  if (fill!.shape.length !== 0) invalid(`fill_value must be a scalar, got shape ${shapeText(fill!.shape)}`);
  return [transformed(images!, transforms!, size!, scalarOf(fill!), attrs.string('interpolation').toUpperCase(), attrs.string('fill_mode').toUpperCase())];
});
