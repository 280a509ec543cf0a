/**
 * ScaleAndTranslate: images resampled at any scale and offset by a kernel, widened where it must not alias; and its gradient. Places and weights are
 * computed in float32, one rounding after the other: a box or a cut-off kernel tells neighbours apart by their last bit.
 */
import type { HostTensor } from '../../hostTensor.js';
import { shapeText, sizeOf } from '../../shape.js';
import type { HostContext } from '../hostContext.js';
import { host } from './define.js';
import { intsOf, invalid, numbersOf, tensorOfNumbers } from './tensors.js';

const f = Math.fround;

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
  const inverse = f(1 / scale);
  const moved = f(-inverse * translation);
  const widening = antialias ? Math.max(inverse, 1) : 1;
  const reach = f(kernel.radius * widening);
  const narrowing = f(1 / widening);
  return Array.from({ length: output }, (_, i) => {
    const at = f(f(f(i + 0.5) * inverse) + moved);
    if (at < 0 || at > input) return { start: 0, weights: [] };
    const clamp = (x: number): number => Math.min(Math.max(x, 0), input - 1);
    const start = clamp(Math.ceil(f(f(at - reach) - 0.5)));
    const end = clamp(Math.floor(f(f(at + reach) - 0.5))) + 1;
    const weights = Array.from({ length: end - start }, (__, k) => f(kernel.at(f(Math.abs(f(f(start + k + 0.5) - at)) * narrowing))));
    const total = weights.reduce((sum, weight) => f(sum + weight), 0);
    const share = f(1 / total);
    return { start, weights: Math.abs(total) >= 1000 * 1.1754943508222875e-38 ? weights.map((weight) => f(weight * share)) : weights.map(() => 0) };
  });
}

interface Resampling {
  readonly rows: readonly Span[];
  readonly columns: readonly Span[];
}

/** How an image of `input` becomes one of `output` (heights and widths). */
function resampling([height, width]: readonly [number, number], output: readonly [number, number], scaleArg: HostTensor, translationArg: HostTensor, { attrs }: HostContext): Resampling {
  const [scaleY = 0, scaleX = 0] = numbersOf(scaleArg);
  const [moveY = 0, moveX = 0] = numbersOf(translationArg);
  if (!(scaleY > 0 && scaleX > 0)) invalid('Scale must be greater than zero.');
  const kernel = kernels[attrs.string('kernel_type')] ?? invalid(`Unrecognized kernel type: ${attrs.string('kernel_type')}`);
  const antialias = attrs.bool('antialias');
  return { rows: spans(kernel, output[0], height, scaleY, moveY, antialias), columns: spans(kernel, output[1], width, scaleX, moveX, antialias) };
}

/** Calls `each` with the flat first channels of an output pixel and an input pixel, and the weight that joins them. */
function eachPair({ rows, columns }: Resampling, batch: number, [height, width, channels]: readonly [number, number, number], each: (to: number, from: number, weight: number) => void): void {
  let to = 0;
  for (let b = 0; b < batch; b++) {
    for (const row of rows) {
      for (const column of columns) {
        row.weights.forEach((wy, j) => column.weights.forEach((wx, i) => {
          each(to, ((b * height + row.start + j) * width + column.start + i) * channels, wy * wx);
        }));
        to += channels;
      }
    }
  }
}

export const ScaleAndTranslate = host(([images, sizeArg, scaleArg, translationArg], context) => {
  if (images!.shape.length !== 4) invalid(`images must be 4-dimensional: ${shapeText(images!.shape)}`);
  const [batch, inHeight, inWidth, channels] = images!.shape as [number, number, number, number];
  const [height = 0, width = 0] = intsOf(sizeArg!);
  if (height <= 0 || width <= 0) invalid(`output_height = ${height} and output_width = ${width} must be positive`);
  const pairs = resampling([inHeight, inWidth], [height, width], scaleArg!, translationArg!, context);
  const x = numbersOf(images!);
  const shape = [batch, height, width, channels];
  const out = new Float64Array(sizeOf(shape));
  eachPair(pairs, batch, [inHeight, inWidth, channels], (to, from, weight) => {
    for (let c = 0; c < channels; c++) out[to + c]! += weight * x[from + c]!;
  });
  return [tensorOfNumbers('float32', shape, out)];
});

/** What each pixel of the original image adds to the result, times the result's gradient. */
export const ScaleAndTranslateGrad = host(([gradient, original, scaleArg, translationArg], context) => {
  if (gradient!.shape.length !== 4) invalid(`input_grad must be 4-dimensional: ${shapeText(gradient!.shape)}`);
  if (original!.shape.length !== 4) invalid(`original_image must be 4-dimensional: ${shapeText(original!.shape)}`);
  const [batch, height, width, channels] = gradient!.shape as [number, number, number, number];
  const [, inHeight, inWidth] = original!.shape as [number, number, number, number];
  const pairs = resampling([inHeight, inWidth], [height, width], scaleArg!, translationArg!, context);
  const g = numbersOf(gradient!);
  const shape = [batch, inHeight, inWidth, channels];
  const out = new Float64Array(sizeOf(shape));
  eachPair(pairs, batch, [inHeight, inWidth, channels], (to, from, weight) => {
    for (let c = 0; c < channels; c++) out[from + c]! += weight * g[to + c]!;
  });
  return [tensorOfNumbers('float32', shape, out)];
});
