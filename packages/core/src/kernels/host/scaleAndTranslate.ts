/** ScaleAndTranslate: images resampled at any scale and offset by a kernel, widened where it must not alias. */
import { shapeText, sizeOf } from '../../shape.js';
import { host } from './define.js';
import { intsOf, invalid, numbersOf, tensorOfNumbers } from './tensors.js';

interface Kernel {
  readonly radius: number;
  readonly at: (distance: number) => number;
}

function lanczos(radius: number): Kernel {
  return {
    radius,
    at: (x) => (x > radius ? 0 : x <= 1e-3 ? 1 : (radius * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / radius)) / (Math.PI * Math.PI * x * x)),
  };
}

/** Kernels of the distance, which is never negative. */
const kernels: Readonly<Record<string, Kernel>> = {
  lanczos1: lanczos(1), lanczos3: lanczos(3), lanczos5: lanczos(5),
  gaussian: { radius: 1.5, at: (x) => (x >= 1.5 ? 0 : Math.exp(-2 * x * x)) },
  box: { radius: 1, at: (x) => (x < 0.5 ? 1 : x === 0.5 ? 0.5 : 0) },
  triangle: { radius: 1, at: (x) => (x < 1 ? 1 - x : 0) },
  keyscubic: { radius: 2, at: (x) => (x >= 2 ? 0 : x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1) },
  mitchellcubic: {
    radius: 2,
    at: (x) => (x >= 2 ? 0 : x >= 1 ? (((-7 / 18) * x + 2) * x - 10 / 3) * x + 16 / 9 : ((7 / 6) * x - 2) * x * x + 8 / 9),
  },
};

interface Span {
  readonly start: number;
  readonly weights: readonly number[];
}

/** For every output position, which inputs it is mixed from. One that lies outside the image is mixed from none. */
function spans(kernel: Kernel, output: number, input: number, scale: number, translation: number, antialias: boolean): Span[] {
  const inverse = 1 / scale;
  const widening = antialias ? Math.max(inverse, 1) : 1;
  const reach = kernel.radius * widening;
  return Array.from({ length: output }, (_, i) => {
    const at = (i + 0.5) * inverse - inverse * translation;
    if (at < 0 || at > input) return { start: 0, weights: [] };
    const clamp = (x: number): number => Math.min(Math.max(x, 0), input - 1);
    const start = clamp(Math.ceil(at - reach - 0.5));
    const end = clamp(Math.floor(at + reach - 0.5)) + 1;
    const weights = Array.from({ length: end - start }, (__, k) => kernel.at(Math.abs(start + k + 0.5 - at) / widening));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { start, weights: Math.abs(total) >= 1000 * 1.1754943508222875e-38 ? weights.map((weight) => weight / total) : weights };
  });
}

export const ScaleAndTranslate = host(([images, sizeArg, scaleArg, translationArg], { attrs }) => {
  if (images!.shape.length !== 4) invalid(`images must be 4-dimensional: ${shapeText(images!.shape)}`);
  const [batch, inHeight, inWidth, channels] = images!.shape as [number, number, number, number];
  const [height = 0, width = 0] = intsOf(sizeArg!);
  const [scaleY = 0, scaleX = 0] = numbersOf(scaleArg!);
  const [moveY = 0, moveX = 0] = numbersOf(translationArg!);
  if (height <= 0 || width <= 0) invalid(`output_height = ${height} and output_width = ${width} must be positive`);
  if (!(scaleY > 0 && scaleX > 0)) invalid('Scale must be greater than zero.');
  const kernel = kernels[attrs.string('kernel_type')] ?? invalid(`Unrecognized kernel type: ${attrs.string('kernel_type')}`);
  const antialias = attrs.bool('antialias');
  const ys = spans(kernel, height, inHeight, scaleY, moveY, antialias);
  const xs = spans(kernel, width, inWidth, scaleX, moveX, antialias);
  const x = numbersOf(images!);
  const shape = [batch, height, width, channels];
  const out = new Float64Array(sizeOf(shape));
  let to = 0;
  for (let b = 0; b < batch; b++) {
    for (const row of ys) {
      for (const column of xs) {
        for (let c = 0; c < channels; c++, to++) {
          let sum = 0;
          row.weights.forEach((wy, j) => column.weights.forEach((wx, i) => {
            sum += wy * wx * x[((b * inHeight + row.start + j) * inWidth + column.start + i) * channels + c]!;
          }));
          out[to] = sum;
        }
      }
    }
  }
  return [tensorOfNumbers('float32', shape, out)];
});
