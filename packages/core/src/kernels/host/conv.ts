/** Convolutions and their gradients, two- and three-dimensional, dilated and grouped, in every data format. */
import { dtypeInfo, type DType } from '../../dtypes.js';
import type { AttrReader } from '../../graph/attrs.js';
import type { HostTensor } from '../../hostTensor.js';
import { type Shape, shapeText, sizeOf } from '../../shape.js';
import type { WindowAxis } from '../geometry/window.js';
import { host } from './define.js';
import { intsOf, invalid, type Numbers, numbersOf, reshaped, tensorOfNumbers, wrapperOf } from './tensors.js';
import {
  axesOf, fromChannelsLast, type Layout, layoutOf, needRank, shapeChannelsLast, toChannelsLast, type Triple, type WindowAxes, windowAxis,
} from './windows.js';

type Five = readonly [number, number, number, number, number];

/** A convolution with everything resolved; shapes are [N, D, H, W, C], filters [D, H, W, C / groups, K]. */
interface Convolution {
  readonly input: Five;
  readonly output: Five;
  readonly filter: Five;
  readonly axes: WindowAxes;
}

function convolutionOf(attrs: AttrReader, layout: Layout, inputShape: Shape, filterShape: Shape): Convolution {
  const input = shapeChannelsLast(inputShape, layout);
  const filter: Five = filterShape.length === 5
    ? [filterShape[0]!, filterShape[1]!, filterShape[2]!, filterShape[3]!, filterShape[4]!]
    : [1, filterShape[0]!, filterShape[1]!, filterShape[2]!, filterShape[3]!];
  const [channels, perGroup, kernels] = [input[4], filter[3], filter[4]];
  if (perGroup === 0 || channels % perGroup !== 0) {
    invalid(`input depth must be evenly divisible by filter depth: ${channels} vs ${perGroup}`);
  }
  const groups = channels / perGroup;
  if (groups > 0 && kernels % groups !== 0) invalid(`output depth must be evenly divisible by number of groups: ${kernels} vs ${groups}`);
  const spatial: Triple = [input[1], input[2], input[3]];
  const axes = axesOf(attrs, layout, spatial, [filter[0], filter[1], filter[2]]);
  return { input, filter, axes, output: [input[0], axes[0].output, axes[1].output, axes[2].output, kernels] };
}

/** Calls `each(input pixel, output pixel, filter tap)` for every pair of pixels that a tap joins; numbers are flat positions of pixels. */
function eachTap(c: Convolution, each: (inPixel: number, outPixel: number, tap: number) => void): void {
  const [ad, ah, aw] = c.axes;
  const [n, d, h, w] = c.input;
  let out = 0;
  for (let batch = 0; batch < n; batch++) {
    for (let od = 0; od < ad.output; od++) {
      for (let oh = 0; oh < ah.output; oh++) {
        for (let ow = 0; ow < aw.output; ow++, out++) {
          for (let kd = 0; kd < ad.window; kd++) {
            const id = od * ad.stride - ad.before + kd * ad.dilation;
            if (id < 0 || id >= d) continue;
            for (let kh = 0; kh < ah.window; kh++) {
              const ih = oh * ah.stride - ah.before + kh * ah.dilation;
              if (ih < 0 || ih >= h) continue;
              for (let kw = 0; kw < aw.window; kw++) {
                const iw = ow * aw.stride - aw.before + kw * aw.dilation;
                if (iw < 0 || iw >= w) continue;
                each(((batch * d + id) * h + ih) * w + iw, out, (kd * ah.window + kh) * aw.window + kw);
              }
            }
          }
        }
      }
    }
  }
}

/** Sums are kept in float64, or wrapped in int32 for integers, and stored once. */
function accumulatorFor(dtype: DType, size: number): Float64Array | Int32Array {
  return dtypeInfo[dtype].kind === 'float' ? new Float64Array(size) : new Int32Array(size);
}

/** out[to…] += x · y[from…] over `count` elements. */
function addScaled(out: Float64Array | Int32Array, to: number, x: number, y: Numbers, from: number, count: number): void {
  if (out instanceof Float64Array) for (let j = 0; j < count; j++) out[to + j]! += x * y[from + j]!;
  else for (let j = 0; j < count; j++) out[to + j]! += Math.imul(x, y[from + j]!);
}

function forward(c: Convolution, input: HostTensor, filter: HostTensor): HostTensor {
  const [x, f] = [numbersOf(input), numbersOf(filter)];
  const [channels, perGroup, kernels] = [c.input[4], c.filter[3], c.filter[4]];
  const perOut = kernels / Math.max(channels / perGroup, 1);
  const out = accumulatorFor(input.dtype, sizeOf(c.output));
  eachTap(c, (inPixel, outPixel, tap) => {
    for (let channel = 0; channel < channels; channel++) {
      const group = Math.floor(channel / perGroup);
      const value = x[inPixel * channels + channel]!;
      addScaled(out, outPixel * kernels + group * perOut, value, f, (tap * perGroup + (channel % perGroup)) * kernels + group * perOut, perOut);
    }
  });
  return tensorOfNumbers(input.dtype, c.output, out);
}

function backToInput(c: Convolution, filter: HostTensor, gradient: HostTensor): HostTensor {
  const [f, g] = [numbersOf(filter), numbersOf(gradient)];
  const [channels, perGroup, kernels] = [c.input[4], c.filter[3], c.filter[4]];
  const perOut = kernels / Math.max(channels / perGroup, 1);
  const out = new Float64Array(sizeOf(c.input));
  eachTap(c, (inPixel, outPixel, tap) => {
    for (let channel = 0; channel < channels; channel++) {
      const start = Math.floor(channel / perGroup) * perOut;
      const row = (tap * perGroup + (channel % perGroup)) * kernels;
      let sum = 0;
      for (let k = start; k < start + perOut; k++) sum += f[row + k]! * g[outPixel * kernels + k]!;
      out[inPixel * channels + channel]! += sum;
    }
  });
  return tensorOfNumbers(gradient.dtype, c.input, out);
}

function backToFilter(c: Convolution, input: HostTensor, gradient: HostTensor): Float64Array {
  const [x, g] = [numbersOf(input), numbersOf(gradient)];
  const [channels, perGroup, kernels] = [c.input[4], c.filter[3], c.filter[4]];
  const perOut = kernels / Math.max(channels / perGroup, 1);
  const out = new Float64Array(sizeOf(c.filter));
  eachTap(c, (inPixel, outPixel, tap) => {
    for (let channel = 0; channel < channels; channel++) {
      const start = Math.floor(channel / perGroup) * perOut;
      const to = (tap * perGroup + (channel % perGroup)) * kernels + start;
      addScaled(out, to, x[inPixel * channels + channel]!, g, outPixel * kernels + start, perOut);
    }
  });
  return out;
}

const conv = (rank: number) => host(([input, filter], { attrs }) => {
  needRank(input!, rank, 'input');
  needRank(filter!, rank, 'filter');
  const layout = layoutOf(attrs, rank);
  const c = convolutionOf(attrs, layout, input!.shape, filter!.shape);
  return [fromChannelsLast(forward(c, toChannelsLast(input!, layout), filter!), layout)];
});

const convBackpropInput = (rank: number) => host(([sizes, filter, gradient], { attrs }) => {
  const layout = layoutOf(attrs, rank);
  let shape = intsOf(sizes!);
  // Conv2DBackpropInput takes the two spatial sizes alone as well.
  if (shape.length === rank - 2) shape = withSpatial(gradient!.shape, layout, shape, filter!.shape[rank - 2]!);
  const c = convolutionOf(attrs, layout, shape, filter!.shape);
  checkGradient(c, layout, gradient!);
  return [fromChannelsLast(backToInput(c, filter!, toChannelsLast(gradient!, layout)), layout)];
});

function withSpatial(shape: Shape, layout: Layout, spatial: readonly number[], channels: number): number[] {
  const full = [...shape];
  layout.spatial.forEach((axis, i) => (full[axis] = spatial[i]!));
  full[layout.channel] = channels;
  return full;
}

const convBackpropFilter = (rank: number) => host(([input, sizes, gradient], { attrs }) => {
  const layout = layoutOf(attrs, rank);
  const shape = intsOf(sizes!);
  const c = convolutionOf(attrs, layout, input!.shape, shape);
  checkGradient(c, layout, gradient!);
  return [tensorOfNumbers(gradient!.dtype, shape, backToFilter(c, toChannelsLast(input!, layout), toChannelsLast(gradient!, layout)))];
});

function checkGradient(c: Convolution, layout: Layout, gradient: HostTensor): void {
  const given = shapeChannelsLast(gradient.shape, layout);
  if (given.some((dim, i) => dim !== c.output[i])) {
    invalid(`Size of out_backprop doesn't match computed: actual = ${shapeText(given)}, computed = ${shapeText(c.output)}`);
  }
}

export const Conv2D = conv(4);
export const Conv3D = conv(5);
export const Conv2DBackpropInput = convBackpropInput(4);
export const Conv3DBackpropInputV2 = convBackpropInput(5);
export const Conv2DBackpropFilter = convBackpropFilter(4);
export const Conv3DBackpropFilterV2 = convBackpropFilter(5);

/** A depthwise filter [H, W, C, M] as the filter of a convolution with C groups: [H, W, 1, C·M]. */
function grouped(shape: Shape): number[] {
  return [shape[0]!, shape[1]!, 1, shape[2]! * shape[3]!];
}

export const DepthwiseConv2dNative = host(([input, filter], { attrs }) => {
  needRank(input!, 4, 'input');
  needRank(filter!, 4, 'filter');
  const layout = layoutOf(attrs, 4);
  if (input!.shape[layout.channel] !== filter!.shape[2]) {
    invalid(`input and filter must have the same depth: ${input!.shape[layout.channel]} vs ${filter!.shape[2]}`);
  }
  const c = convolutionOf(attrs, layout, input!.shape, grouped(filter!.shape));
  return [fromChannelsLast(forward(c, toChannelsLast(input!, layout), reshaped(filter!, grouped(filter!.shape))), layout)];
});

export const DepthwiseConv2dNativeBackpropInput = host(([sizes, filter, gradient], { attrs }) => {
  const layout = layoutOf(attrs, 4);
  const c = convolutionOf(attrs, layout, intsOf(sizes!), grouped(filter!.shape));
  checkGradient(c, layout, gradient!);
  return [fromChannelsLast(backToInput(c, reshaped(filter!, grouped(filter!.shape)), toChannelsLast(gradient!, layout)), layout)];
});

export const DepthwiseConv2dNativeBackpropFilter = host(([input, sizes, gradient], { attrs }) => {
  const layout = layoutOf(attrs, 4);
  const shape = intsOf(sizes!);
  const c = convolutionOf(attrs, layout, input!.shape, grouped(shape));
  checkGradient(c, layout, gradient!);
  return [tensorOfNumbers(gradient!.dtype, shape, backToFilter(c, toChannelsLast(input!, layout), toChannelsLast(gradient!, layout)))];
});

/** Greyscale dilation: the maximum of input plus filter over a window. */
export const Dilation2D = host(([input, filter], { attrs }) => {
  const [n, h, w, c] = input!.shape as [number, number, number, number];
  const rates = attrs.ints('rates');
  const strides = attrs.ints('strides');
  const padding = attrs.string('padding');
  const axis = (size: number, i: 1 | 2): WindowAxis => windowAxis(size, filter!.shape[i - 1]!, strides[i]!, rates[i]!, padding);
  const axes: WindowAxes = [windowAxis(1, 1, 1, 1, 'VALID'), axis(h, 1), axis(w, 2)];
  const [x, f] = [numbersOf(input!), numbersOf(filter!)];
  const shape = [n, axes[1].output, axes[2].output, c];
  const out = new Float64Array(sizeOf(shape)).fill(-Infinity);
  // Sums of integers wrap before they are compared.
  const wrapped = wrapperOf(input!.dtype);
  eachTap({ input: [n, 1, h, w, c], output: [n, 1, axes[1].output, axes[2].output, c], filter: [1, filter!.shape[0]!, filter!.shape[1]!, c, 1], axes },
    (inPixel, outPixel, tap) => {
      for (let channel = 0; channel < c; channel++) {
        const value = wrapped(x[inPixel * c + channel]! + f[tap * c + channel]!);
        if (value > out[outPixel * c + channel]!) out[outPixel * c + channel] = value;
      }
    });
  return [tensorOfNumbers(input!.dtype, shape, out)];
});
