/** Gradients that no body in smaller ops gives, and updates of rows in place of a copy. */
import type { HostTensor } from '../../hostTensor.js';
import { shapeText, sizeOf, stridesOf } from '../../shape.js';
import { type Folding, foldOf } from './arithmetic.js';
import { cloned, copyElements, zeros } from './copy.js';
import { host, type HostCode } from './define.js';
import { decode, encode } from './evaluate/registers.js';
import { intsOf, invalid, numbersOf, tensorOfNumbers, tensorOver, unitsOf } from './tensors.js';
import { fromChannelsLast, layoutOf, toChannelsLast } from './windows.js';

/** The gradient of LRN: how each output of a neighbourhood depends on each input of it. */
export const LRNGrad = host(([gradients, image, output], { attrs }) => {
  const { shape, dtype } = image!;
  const channels = shape[3]!;
  const [radius, bias, alpha, beta] = [attrs.int('depth_radius'), attrs.float('bias'), attrs.float('alpha'), attrs.float('beta')];
  const [g, x, y] = [numbersOf(gradients!), numbersOf(image!), numbersOf(output!)];
  const out = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += channels) {
    for (let j = 0; j < channels; j++) {
      const [from, to] = [Math.max(0, j - radius), Math.min(channels, j + radius + 1)];
      let norm = 0;
      for (let k = from; k < to; k++) norm += x[start + k]! ** 2;
      norm = alpha * norm + bias;
      for (let k = from; k < to; k++) {
        let slope = (-2 * alpha * beta * x[start + k]! * y[start + j]!) / norm;
        if (k === j) slope += norm ** -beta;
        out[start + k]! += slope * g[start + j]!;
      }
    }
  }
  return [tensorOfNumbers(dtype, shape, out)];
});

/** Folds the mirrored margins of a gradient back into the middle. */
export const MirrorPadGrad = host(([gradient, paddings], { attrs }) => {
  const reflect = attrs.string('mode') === 'REFLECT' ? 1 : 0;
  const pairs = intsOf(paddings!);
  const { shape, dtype } = gradient!;
  const out = shape.map((dim, axis) => dim - pairs[2 * axis]! - pairs[2 * axis + 1]!);
  if (out.some((dim) => dim < 0)) invalid(`Expected a gradient at least as large as its paddings, got ${shapeText(shape)}`);
  const [g, sums] = [decode(dtype, gradient!.data), decode(dtype, zeros(dtype, out).data)];
  const add = foldOf('add', dtype);
  const [from, to] = [stridesOf(shape), stridesOf(out)];
  for (let i = 0; i < gradient!.size; i++) {
    let place = 0;
    shape.forEach((dim, axis) => {
      const size = out[axis]!;
      let at = (Math.floor(i / from[axis]!) % dim) - pairs[2 * axis]!;
      if (at < 0) at = -at - 1 + reflect;
      else if (at >= size) at = 2 * size - 1 - at - reflect;
      place += at * to[axis]!;
    });
    add(sums, place, g, i);
  }
  return [tensorOver(dtype, out, encode(dtype, sums))];
});

/** Gradients of batch normalisation: through the batch's own statistics in training, past constant ones in inference. */
const batchNormGradient = (): HostCode => host(([gradient, x, scale, mean, variance], { attrs }) => {
  const layout = layoutOf(attrs, x!.shape.length);
  const last = toChannelsLast(x!, layout);
  const channels = x!.shape[layout.channel]!;
  const [g, values] = [numbersOf(toChannelsLast(gradient!, layout)), numbersOf(last)];
  const [gamma, mu, v] = [numbersOf(scale!), numbersOf(mean!), numbersOf(variance!)];
  const epsilon = attrs.float('epsilon');
  const count = values.length / Math.max(channels, 1);
  const [shift, slope] = [new Float64Array(channels), new Float64Array(channels)];
  for (let i = 0; i < g.length; i++) {
    const c = i % channels;
    shift[c]! += g[i]!;
    slope[c]! += (g[i]! * (values[i]! - mu[c]!)) / Math.sqrt(v[c]! + epsilon);
  }
  const isTraining = attrs.bool('is_training');
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const c = i % channels;
    const inverse = 1 / Math.sqrt(v[c]! + epsilon);
    const normal = (values[i]! - mu[c]!) * inverse;
    const through = isTraining ? g[i]! - shift[c]! / count - (normal * slope[c]!) / count : g[i]!;
    out[i] = gamma[c]! * inverse * through;
  }
  const statistic = (data: ArrayLike<number>): HostTensor => tensorOfNumbers(scale!.dtype, [channels], data);
  // The reserves of the gradient are scalars in TensorFlow.
  const nothing = tensorOfNumbers(scale!.dtype, [], [0]);
  return [fromChannelsLast(tensorOfNumbers(x!.dtype, last.shape, out), layout), statistic(slope), statistic(shift), nothing, nothing];
});

export const FusedBatchNormGrad = batchNormGradient();
export const FusedBatchNormGradV2 = batchNormGradient();
export const FusedBatchNormGradV3 = batchNormGradient();

/** How a box's crop reads an image axis: two neighbours and a weight, or nothing outside. */
function samples(low: number, high: number, count: number, limit: number): ({ below: number; above: number; weight: number; at: number } | undefined)[] {
  return Array.from({ length: count }, (_, i) => {
    const at = count > 1 ? low * (limit - 1) + (i * (high - low) * (limit - 1)) / (count - 1) : 0.5 * (low + high) * (limit - 1);
    if (!(at >= 0 && at <= limit - 1)) return undefined;
    return { below: Math.floor(at), above: Math.ceil(at), weight: at - Math.floor(at), at };
  });
}

export const CropAndResizeGradImage = host(([gradients, boxes, owners, sizeArg], { attrs, outputDtypes }) => {
  const [, cropHeight, cropWidth, channels] = gradients!.shape as [number, number, number, number];
  const [batch, height, width, depth] = intsOf(sizeArg!) as [number, number, number, number];
  if (depth !== channels) invalid(`image_size depth ${depth} must be the gradients' ${channels}`);
  const [g, corners] = [numbersOf(gradients!), numbersOf(boxes!)];
  const isNearest = attrs.string('method') === 'nearest';
  const out = new Float64Array(batch * height * width * channels);
  intsOf(owners!).forEach((owner, box) => {
    if (owner < 0 || owner >= batch) invalid('box_index has values outside [0, batch_size)');
    const ys = samples(corners[4 * box]!, corners[4 * box + 2]!, cropHeight, height);
    const xs = samples(corners[4 * box + 1]!, corners[4 * box + 3]!, cropWidth, width);
    ys.forEach((y, row) => xs.forEach((x, column) => {
      if (y === undefined || x === undefined) return;
      for (let c = 0; c < channels; c++) {
        const value = g[((box * cropHeight + row) * cropWidth + column) * channels + c]!;
        const add = (py: number, px: number, weight: number): void => {
          out[((owner * height + py) * width + px) * channels + c]! += value * weight;
        };
        if (isNearest) {
          add(Math.round(y.at), Math.round(x.at), 1);
          continue;
        }
        add(y.below, x.below, (1 - y.weight) * (1 - x.weight));
        add(y.below, x.above, (1 - y.weight) * x.weight);
        add(y.above, x.below, y.weight * (1 - x.weight));
        add(y.above, x.above, y.weight * x.weight);
      }
    }));
  });
  return [tensorOfNumbers(outputDtypes[0] ?? 'float32', [batch, height, width, channels], out)];
});

/** Replaces, or adds to, the rows `i` of a copy of x; without indices all of x. */
const rowUpdate = (op: Folding): HostCode => host(([x, rows, v]) => {
  const { shape, dtype } = x!;
  const inner = sizeOf(shape.slice(1));
  const places = rows!.shape.length === 0 ? [intsOf(rows!)[0]!] : intsOf(rows!);
  const count = shape[0] ?? 1;
  if (v!.size !== places.length * inner) invalid(`v and x must have the same rows: ${shapeText(v!.shape)} for ${places.length} rows of ${shapeText(shape)}`);
  const out = cloned(x!);
  if (op === 'update') {
    places.forEach((place, i) => copyElements(unitsOf(out), (((place % count) + count) % count) * inner, unitsOf(v!), i * inner, inner));
    return [out];
  }
  const to = decode(dtype, out.data);
  const from = decode(dtype, v!.data);
  const fold = foldOf(op, dtype);
  places.forEach((place, row) => {
    for (let i = 0; i < inner; i++) fold(to, (((place % count) + count) % count) * inner + i, from, row * inner + i);
  });
  return [tensorOver(dtype, shape, encode(dtype, to))];
});

export const InplaceUpdate = rowUpdate('update');
export const InplaceAdd = rowUpdate('add');
export const InplaceSub = rowUpdate('sub');
