/** Pools and their gradients, two- and three-dimensional. */
import { type DType, limitsOf } from '../../dtypes.js';
import type { AttrReader } from '../../graph/attrs.js';
import type { HostTensor } from '../../hostTensor.js';
import { sameShape, type Shape, shapeText, sizeOf } from '../../shape.js';
import type { WindowAxis } from '../geometry/window.js';
import { copyElements, filled, zeros } from './copy.js';
import { host, type HostCode } from './define.js';
import { bigintsOf, intTensor, intsOf, invalid, numbersOf, tensorOfBigints, tensorOfNumbers, unitsOf } from './tensors.js';
import {
  fromChannelsLast, type Layout, layoutOf, needRank, shapeChannelsLast, spatialOf, toChannelsLast, type Triple, type WindowAxes, windowAxis,
} from './windows.js';

type Five = readonly [number, number, number, number, number];

interface Pooling {
  readonly input: Five;
  readonly output: Five;
  readonly axes: WindowAxes;
}

/** Windows and strides from attributes, or from the two inputs that V2 ops have. */
function poolingOf(attrs: AttrReader, layout: Layout, shape: Shape, sizes?: { ksize: readonly number[]; strides: readonly number[] }): Pooling {
  const input = shapeChannelsLast(shape, layout);
  const ksize = sizes?.ksize ?? attrs.ints('ksize');
  const strides = sizes?.strides ?? attrs.ints('strides');
  if (ksize[0] !== 1 || strides[0] !== 1) invalid('Pooling is not yet supported on the batch dimension.');
  if (ksize[layout.channel] !== 1) invalid('MaxPooling supports exactly one of pooling across depth or pooling across width/height.');
  const window: Triple = spatialOf(ksize, layout);
  const step: Triple = spatialOf(strides, layout);
  const padding = attrs.string('padding');
  const explicit = attrs.has('explicit_paddings') ? attrs.ints('explicit_paddings') : [];
  const pairs = layout.spatial.map((axis): [number, number] => [explicit[2 * axis] ?? 0, explicit[2 * axis + 1] ?? 0]);
  while (pairs.length < 3) pairs.unshift([0, 0]);
  const axis = (i: 0 | 1 | 2): WindowAxis => windowAxis(input[i + 1]!, window[i], step[i], 1, padding, pairs[i]);
  const axes: WindowAxes = [axis(0), axis(1), axis(2)];
  return { input, axes, output: [input[0], axes[0].output, axes[1].output, axes[2].output, input[4]] };
}

/** Calls `each` for every output pixel with the flat positions of the input pixels in its window. */
function eachWindow(p: Pooling, each: (outPixel: number, pixels: readonly number[]) => void): void {
  const [ad, ah, aw] = p.axes;
  const [n, d, h, w] = p.input;
  const range = (axis: WindowAxis, at: number, limit: number): [number, number] => {
    const start = at * axis.stride - axis.before;
    return [Math.max(start, 0), Math.min(start + axis.window, limit)];
  };
  const pixels: number[] = [];
  let out = 0;
  for (let batch = 0; batch < n; batch++) {
    for (let od = 0; od < ad.output; od++) {
      const [d0, d1] = range(ad, od, d);
      for (let oh = 0; oh < ah.output; oh++) {
        const [h0, h1] = range(ah, oh, h);
        for (let ow = 0; ow < aw.output; ow++, out++) {
          const [w0, w1] = range(aw, ow, w);
          pixels.length = 0;
          for (let id = d0; id < d1; id++) {
            for (let ih = h0; ih < h1; ih++) {
              for (let iw = w0; iw < w1; iw++) pixels.push(((batch * d + id) * h + ih) * w + iw);
            }
          }
          each(out, pixels);
        }
      }
    }
  }
}

/** The elements as what compares exactly. */
function comparable(input: HostTensor): ArrayLike<number | bigint> {
  return input.dtype === 'int64' || input.dtype === 'uint64' ? bigintsOf(input) : numbersOf(input);
}

/**
 * Position (among all input elements) of each window's maximum, the first of equals, of those elements that count; −1 where none does. A first
 * element that is NaN stays, as in TensorFlow.
 */
function argMaxima(p: Pooling, input: HostTensor, counts: (value: number | bigint) => boolean = () => true): Float64Array {
  const x = comparable(input);
  const channels = p.input[4];
  const best = new Float64Array(sizeOf(p.output)).fill(-1);
  eachWindow(p, (out, pixels) => {
    for (let channel = 0; channel < channels; channel++) {
      let at = -1;
      for (const pixel of pixels) {
        const place = pixel * channels + channel;
        if ((at < 0 && counts(x[place]!)) || x[place]! > x[at]!) at = place;
      }
      best[out * channels + channel] = at;
    }
  });
  return best;
}

/** A limit of a dtype as a tensor. */
function scalarOfLimit(dtype: DType, limit: number | bigint): HostTensor {
  return typeof limit === 'bigint' ? tensorOfBigints(dtype, [], [limit]) : tensorOfNumbers(dtype, [], [limit]);
}

function maxPool(attrs: AttrReader, input: HostTensor, rank: number, sizes?: { ksize: readonly number[]; strides: readonly number[] }): HostTensor {
  needRank(input, rank, 'tensor_in');
  const layout = layoutOf(attrs, rank);
  const last = toChannelsLast(input, layout);
  const ksize = sizes?.ksize ?? attrs.ints('ksize');
  if (ksize[layout.channel] !== 1) return maxPoolDepth(attrs, last, layout, ksize, sizes?.strides ?? attrs.ints('strides'));
  const p = poolingOf(attrs, layout, input.shape, sizes);
  // The least number is where TensorFlow starts: NaN and -Infinity are not above it.
  const { lowest } = limitsOf(input.dtype);
  const x = comparable(last);
  const out = filled(scalarOfLimit(input.dtype, lowest), p.output);
  const [to, from] = [unitsOf(out), unitsOf(last)];
  argMaxima(p, last, (value) => value > lowest).forEach((at, i) => {
    if (at >= 0 && x[at]! > lowest) copyElements(to, i, from, at, 1);
  });
  return fromChannelsLast(out, layout);
}

/** Pooling over channels, which TensorFlow has where windows do not overlap. */
function maxPoolDepth(attrs: AttrReader, input: HostTensor, layout: Layout, ksize: readonly number[], strides: readonly number[]): HostTensor {
  const [window, stride] = [ksize[layout.channel]!, strides[layout.channel]!];
  if (spatialOf(ksize, layout).some((k) => k !== 1)) invalid('MaxPooling supports exactly one of pooling across depth or pooling across width/height.');
  if (window !== stride) invalid('Depthwise max pooling requires the depth window to equal the depth stride.');
  const channels = input.shape[4]!;
  if (channels % window !== 0) invalid('Depthwise max pooling requires the depth window to evenly divide the input depth.');
  const x = numbersOf(input);
  const out = new Float64Array(x.length / window).fill(-Infinity);
  for (let i = 0; i < x.length; i++) out[Math.floor(i / window)] = Math.max(out[Math.floor(i / window)]!, x[i]!);
  return fromChannelsLast(tensorOfNumbers(input.dtype, [...input.shape.slice(0, 4), channels / window], out), layout);
}

export const MaxPool = host(([input], { attrs }) => [maxPool(attrs, input!, 4)]);
export const MaxPool3D = host(([input], { attrs }) => [maxPool(attrs, input!, 5)]);
export const MaxPoolV2 = host(([input, ksize, strides], { attrs }) => [
  maxPool(attrs, input!, 4, { ksize: intsOf(ksize!), strides: intsOf(strides!) }),
]);

/** TensorFlow numbers an argmax as ((n·)H + y)·W + x)·C + c, with the batch only where asked. */
export const MaxPoolWithArgmax = host(([input], { attrs, outputDtypes }) => {
  needRank(input!, 4, 'tensor_in');
  const layout = layoutOf(attrs, 4);
  if (input!.size === 0) invalid('tensor_in must not be empty (2)');
  const p = poolingOf(attrs, layout, input!.shape);
  const best = argMaxima(p, input!);
  const perImage = attrs.bool('include_batch_in_index') ? Infinity : sizeOf(input!.shape.slice(1));
  const shape = [p.output[0], p.output[2], p.output[3], p.output[4]];
  const out = zeros(input!.dtype, shape);
  const [to, from] = [unitsOf(out), unitsOf(input!)];
  best.forEach((at, i) => copyElements(to, i, from, at, 1));
  return [
    out,
    intTensor(outputDtypes[1] ?? 'int64', Array.from(best, (at) => (perImage === Infinity ? at : at % perImage)), shape),
  ];
});

function averagePool(attrs: AttrReader, input: HostTensor, rank: number): HostTensor {
  needRank(input, rank, 'tensor_in');
  const layout = layoutOf(attrs, rank);
  const p = poolingOf(attrs, layout, input.shape);
  const x = numbersOf(toChannelsLast(input, layout));
  const channels = p.input[4];
  const out = new Float64Array(sizeOf(p.output));
  eachWindow(p, (at, pixels) => {
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (const pixel of pixels) sum += x[pixel * channels + channel]!;
      out[at * channels + channel] = sum / pixels.length;
    }
  });
  return fromChannelsLast(tensorOfNumbers(input.dtype, p.output, out), layout);
}

export const AvgPool = host(([input], { attrs }) => [averagePool(attrs, input!, 4)]);
export const AvgPool3D = host(([input], { attrs }) => [averagePool(attrs, input!, 5)]);

/** An output of the pool, or its gradient, has the pool's shape. */
function checkOutput({ shape }: HostTensor, { output }: Pooling, layout: Layout): void {
  const wanted = fromChannelsLast(zeros('bool', output), layout).shape;
  if (!sameShape(shape, wanted)) invalid(`Expected orig_output shape to be ${shapeText(wanted)}, but got ${shapeText(shape)}`);
}

/** The gradient goes to each window's maximum. */
function maxPoolGrad(attrs: AttrReader, input: HostTensor, gradient: HostTensor, rank: number, sizes?: { ksize: readonly number[]; strides: readonly number[] }): HostTensor {
  if (gradient.shape.length !== rank) invalid(`out_backprop must be ${rank}-dimensional`);
  const layout = layoutOf(attrs, rank);
  const p = poolingOf(attrs, layout, input.shape, sizes);
  checkOutput(gradient, p, layout);
  const g = numbersOf(toChannelsLast(gradient, layout));
  const out = new Float64Array(sizeOf(p.input));
  argMaxima(p, toChannelsLast(input, layout)).forEach((at, i) => {
    if (at >= 0) out[at]! += g[i]!;
  });
  return fromChannelsLast(tensorOfNumbers(gradient.dtype, p.input, out), layout);
}

export const MaxPoolGrad = host(([input, , gradient], { attrs }) => [maxPoolGrad(attrs, input!, gradient!, 4)]);
export const MaxPool3DGrad = host(([input, , gradient], { attrs }) => [maxPoolGrad(attrs, input!, gradient!, 5)]);
export const MaxPoolGradV2 = host(([input, , gradient, ksize, strides], { attrs }) => [
  maxPoolGrad(attrs, input!, gradient!, 4, { ksize: intsOf(ksize!), strides: intsOf(strides!) }),
]);

/** The gradient of a gradient: what the first element of each window was given that equals the pool's output, and zero where none does. */
function maxPoolGradGrad(attrs: AttrReader, [input, output, gradient]: readonly HostTensor[], rank: number, sizes?: { ksize: readonly number[]; strides: readonly number[] }): HostTensor {
  if (rank === 5 && input!.size === 0) invalid(`received empty tensor tensor_in: ${shapeText(input!.shape)}`);
  const layout = layoutOf(attrs, rank);
  const p = poolingOf(attrs, layout, input!.shape, sizes);
  checkOutput(output!, p, layout);
  const channels = p.input[4];
  const [x, y, g] = [comparable(toChannelsLast(input!, layout)), comparable(toChannelsLast(output!, layout)), unitsOf(toChannelsLast(gradient!, layout))];
  const out = zeros(gradient!.dtype, p.output);
  const to = unitsOf(out);
  eachWindow(p, (at, pixels) => {
    for (let channel = 0; channel < channels; channel++) {
      const pixel = pixels.find((place) => x[place * channels + channel] === y[at * channels + channel]);
      if (pixel !== undefined) copyElements(to, at * channels + channel, g, pixel * channels + channel, 1);
    }
  });
  return fromChannelsLast(out, layout);
}

export const MaxPoolGradGrad = host((inputs, { attrs }) => [maxPoolGradGrad(attrs, inputs, 4)]);
export const MaxPool3DGradGrad = host((inputs, { attrs }) => [maxPoolGradGrad(attrs, inputs, 5)]);
export const MaxPoolGradGradV2 = host(([input, output, gradient, ksize, strides], { attrs }) => [
  maxPoolGradGrad(attrs, [input!, output!, gradient!], 4, { ksize: intsOf(ksize!), strides: intsOf(strides!) }),
]);

export const MaxPoolGradWithArgmax = host(([input, gradient, argmax], { attrs }) => {
  const out = new Float64Array(input!.size);
  const perImage = attrs.bool('include_batch_in_index') ? 0 : sizeOf(input!.shape.slice(1));
  const perGradient = sizeOf(gradient!.shape.slice(1));
  const g = numbersOf(gradient!);
  numbersOf(argmax!).forEach((at: number, i: number) => {
    out[at + Math.floor(i / perGradient) * perImage]! += g[i]!;
  });
  return [tensorOfNumbers(gradient!.dtype, input!.shape, out)];
});

const averagePoolGrad = (rank: number): HostCode => host(([shapeArg, gradient], { attrs }) => {
  const layout = layoutOf(attrs, rank);
  const p = poolingOf(attrs, layout, intsOf(shapeArg!));
  const g = numbersOf(toChannelsLast(gradient!, layout));
  const channels = p.input[4];
  const out = new Float64Array(sizeOf(p.input));
  eachWindow(p, (at, pixels) => {
    for (const pixel of pixels) {
      for (let channel = 0; channel < channels; channel++) out[pixel * channels + channel]! += g[at * channels + channel]! / pixels.length;
    }
  });
  return [fromChannelsLast(tensorOfNumbers(gradient!.dtype, p.input, out), layout)];
});

export const AvgPoolGrad = averagePoolGrad(4);
export const AvgPool3DGrad = averagePoolGrad(5);
