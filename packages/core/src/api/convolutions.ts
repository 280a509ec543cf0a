/** Convolutions and pools of `tf.nn`: windows in every form that Python takes. */
import type { DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import type { OpOptions } from '../ops/apply.js';
import type { TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { checkOptions, graphOf, inScope, toTensor } from './arguments.js';

/** One number for both directions of an image, or one for each, or one for each dimension of the tensor. */
export type Window = number | readonly number[];

export interface WindowOptions extends OpOptions {
  readonly dataFormat?: string;
}

/** A window's numbers for all dimensions: spatial ones as given, 1 for batch and channels. */
function windowOf(value: Window, rank: number, dataFormat: string, what: string): readonly number[] {
  const given = typeof value === 'number' ? [value] : value;
  const spatial = rank - 2;
  if (given.length === rank) return given;
  if (given.length !== 1 && given.length !== spatial) {
    throw new ValueError(`${what} should be of length 1, ${spatial} or ${rank} but was ${given.length}`);
  }
  const sizes = given.length === 1 ? new Array<number>(spatial).fill(given[0]!) : given;
  return dataFormat.startsWith('NC') ? [1, 1, ...sizes] : [1, ...sizes, 1];
}

/** 'SAME', 'VALID', or amounts [[before, after], …] for each dimension. */
export type Padding = 'SAME' | 'VALID' | readonly (readonly [number, number])[];

function paddingOf(padding: Padding, rank: number): { padding: 'SAME' | 'VALID' | 'EXPLICIT'; explicitPaddings?: readonly number[] } {
  if (padding === 'SAME' || padding === 'VALID') return { padding };
  if (!Array.isArray(padding) || padding.length !== rank) {
    throw new ValueError(`padding must be 'SAME', 'VALID' or a list of ${rank} pairs, but ${JSON.stringify(padding)} was given.`);
  }
  return { padding: 'EXPLICIT', explicitPaddings: padding.flat() as number[] };
}

export interface ConvOptions extends WindowOptions {
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: Window;
  readonly useCudnnOnGpu?: boolean;
}

/** Convolution of images with a filter [height, width, in, out]. */
export function conv2d<D extends DType>(
  input: TensorLike<D>,
  filter: TensorLike<D>,
  strides: Window,
  padding: Padding,
  options: ConvOptions = {},
): Tensor<D> {
  checkOptions('conv2d', options, ['dataFormat', 'dilations', 'useCudnnOnGpu']);
  const { dataFormat = 'NHWC', dilations = 1, useCudnnOnGpu, name } = options;
  const { padding: mode, explicitPaddings } = paddingOf(padding, 4);
  return ops.conv2D(input, filter, windowOf(strides, 4, dataFormat, 'strides'), mode, {
    explicitPaddings,
    dataFormat,
    dilations: windowOf(dilations, 4, dataFormat, 'dilations'),
    useCudnnOnGpu,
    name,
  });
}

/** The gradient of conv2d by its input: transposed convolution. The filter is [height, width, out, in]. */
export function conv2dTranspose<D extends DType>(
  value: TensorLike<D>,
  filter: TensorLike<D>,
  outputShape: TensorLike<'int32'>,
  strides: Window,
  options: ConvOptions & { readonly padding?: Padding } = {},
): Tensor<D> {
  checkOptions('conv2dTranspose', options, ['dataFormat', 'dilations', 'useCudnnOnGpu', 'padding']);
  const { dataFormat = 'NHWC', dilations = 1, padding = 'SAME', name = 'conv2d_transpose' } = options;
  const { padding: mode, explicitPaddings } = paddingOf(padding, 4);
  return ops.conv2DBackpropInput(outputShape, filter, value, windowOf(strides, 4, dataFormat, 'strides'), mode, {
    explicitPaddings,
    dataFormat,
    dilations: windowOf(dilations, 4, dataFormat, 'dilations'),
    name,
  });
}

/** Convolution with holes of `rate` − 1 between the filter's elements. */
export function atrousConv2d<D extends DType>(
  value: TensorLike<D>,
  filters: TensorLike<D>,
  rate: number,
  padding: 'SAME' | 'VALID',
  options?: OpOptions,
): Tensor<D> {
  checkOptions('atrousConv2d', options);
  return conv2d(value, filters, 1, padding, { dilations: rate, ...options });
}

/** Convolution of every channel by itself, with a filter [height, width, channels, multiplier]. */
export function depthwiseConv2d<D extends DType>(
  input: TensorLike<D>,
  filter: TensorLike<D>,
  strides: Window,
  padding: Padding,
  options: WindowOptions & { readonly rate?: Window; readonly dataFormat?: 'NHWC' | 'NCHW' } = {},
): Tensor<D> {
  checkOptions('depthwiseConv2d', options, ['dataFormat', 'rate']);
  const { dataFormat = 'NHWC', rate = 1, name = 'depthwise' } = options;
  const { padding: mode, explicitPaddings } = paddingOf(padding, 4);
  return ops.depthwiseConv2dNative(input, filter, windowOf(strides, 4, dataFormat, 'strides'), mode, {
    explicitPaddings,
    dataFormat,
    dilations: windowOf(rate, 4, dataFormat, 'rate'),
    name,
  });
}

/** depthwiseConv2d, then conv2d with a filter [1, 1, channels · multiplier, out]. */
export function separableConv2d<D extends DType>(
  input: TensorLike<D>,
  depthwiseFilter: TensorLike<D>,
  pointwiseFilter: TensorLike<D>,
  strides: Window,
  padding: Padding,
  options: WindowOptions & { readonly rate?: Window; readonly dataFormat?: 'NHWC' | 'NCHW' } = {},
): Tensor<D> {
  checkOptions('separableConv2d', options, ['dataFormat', 'rate']);
  const { dataFormat = 'NHWC', rate = 1, name } = options;
  return inScope(graphOf(input, depthwiseFilter, pointwiseFilter), name, 'separable_conv2d', (scope) => {
    const depthwise = depthwiseConv2d(input, depthwiseFilter, strides, padding, { rate, dataFormat });
    return conv2d(depthwise, pointwiseFilter, 1, 'VALID', { dataFormat, name: scope });
  });
}

/** Convolution of volumes with a filter [depth, height, width, in, out]. */
export function conv3d<D extends DType>(
  input: TensorLike<D>,
  filter: TensorLike<D>,
  strides: Window,
  padding: 'SAME' | 'VALID',
  options: OpOptions & { readonly dataFormat?: 'NDHWC' | 'NCDHW'; readonly dilations?: Window } = {},
): Tensor<D> {
  checkOptions('conv3d', options, ['dataFormat', 'dilations']);
  const { dataFormat = 'NDHWC', dilations = 1, name } = options;
  return ops.conv3D(input, filter, windowOf(strides, 5, dataFormat, 'strides'), padding, {
    dataFormat,
    dilations: windowOf(dilations, 5, dataFormat, 'dilations'),
    name,
  });
}

/** Convolution of sequences [batch, width, channels] with a filter [width, in, out]: conv2d of height 1. */
export function conv1d<D extends DType>(
  value: TensorLike<D>,
  filters: TensorLike<D>,
  stride: number,
  padding: 'SAME' | 'VALID',
  options: OpOptions & { readonly dataFormat?: 'NWC' | 'NCW' | 'NHWC' | 'NCHW'; readonly dilations?: number } = {},
): Tensor<D> {
  checkOptions('conv1d', options, ['dataFormat', 'dilations']);
  const { dataFormat = 'NWC', dilations = 1, name } = options;
  return inScope(graphOf(value, filters), name, 'conv1d', (scope) => {
    const isFirst = dataFormat.startsWith('NC');
    const axis = isFirst ? 2 : 1;
    const image = ops.expandDims(toTensor(value, 'value', filters), axis);
    const kernel = ops.expandDims(toTensor(filters, 'filters', value), 0);
    const wide = ops.conv2D(image, kernel, isFirst ? [1, 1, 1, stride] : [1, 1, stride, 1], padding, {
      dataFormat: isFirst ? 'NCHW' : 'NHWC',
      dilations: isFirst ? [1, 1, 1, dilations] : [1, 1, dilations, 1],
      name: scope,
    });
    return ops.squeeze(wide, { squeezeDims: [axis] });
  });
}

/** The largest element of each window. */
export function maxPool<D extends DType>(
  value: TensorLike<D>,
  ksize: Window,
  strides: Window,
  padding: Padding,
  options: WindowOptions & { readonly dataFormat?: 'NHWC' | 'NCHW' | 'NCHW_VECT_C' } = {},
): Tensor<D> {
  checkOptions('maxPool', options, ['dataFormat']);
  const { dataFormat = 'NHWC', name } = options;
  const { padding: mode, explicitPaddings } = paddingOf(padding, 4);
  return ops.maxPool(value, windowOf(ksize, 4, dataFormat, 'ksize'), windowOf(strides, 4, dataFormat, 'strides'), mode, {
    explicitPaddings,
    dataFormat,
    name,
  });
}

/** The mean of each window. */
export function avgPool<D extends DType>(
  value: TensorLike<D>,
  ksize: Window,
  strides: Window,
  padding: 'SAME' | 'VALID',
  options: WindowOptions & { readonly dataFormat?: 'NHWC' | 'NCHW' } = {},
): Tensor<D> {
  checkOptions('avgPool', options, ['dataFormat']);
  const { dataFormat = 'NHWC', name } = options;
  return ops.avgPool(value, windowOf(ksize, 4, dataFormat, 'ksize'), windowOf(strides, 4, dataFormat, 'strides'), padding, {
    dataFormat,
    name,
  });
}

/** The largest element of each window of a volume. */
export function maxPool3d<D extends DType>(
  input: TensorLike<D>,
  ksize: Window,
  strides: Window,
  padding: 'SAME' | 'VALID',
  options: OpOptions & { readonly dataFormat?: 'NDHWC' | 'NCDHW' } = {},
): Tensor<D> {
  checkOptions('maxPool3d', options, ['dataFormat']);
  const { dataFormat = 'NDHWC', name } = options;
  return ops.maxPool3D(input, windowOf(ksize, 5, dataFormat, 'ksize'), windowOf(strides, 5, dataFormat, 'strides'), padding, {
    dataFormat,
    name,
  });
}

/** The mean of each window of a volume. */
export function avgPool3d<D extends DType>(
  input: TensorLike<D>,
  ksize: Window,
  strides: Window,
  padding: 'SAME' | 'VALID',
  options: OpOptions & { readonly dataFormat?: 'NDHWC' | 'NCDHW' } = {},
): Tensor<D> {
  checkOptions('avgPool3d', options, ['dataFormat']);
  const { dataFormat = 'NDHWC', name } = options;
  return ops.avgPool3D(input, windowOf(ksize, 5, dataFormat, 'ksize'), windowOf(strides, 5, dataFormat, 'strides'), padding, {
    dataFormat,
    name,
  });
}
