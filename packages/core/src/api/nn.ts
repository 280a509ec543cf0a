/** `tf.nn`: layers' arithmetic by Python's names and argument orders. */
import type { DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { HostTensor } from '../hostTensor.js';
import type { OpOptions } from '../ops/apply.js';
import type { TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { graphOf, inScope, toTensor, withPositional, type Axis } from './arguments.js';
import { matmul } from './arithmetic.js';
import { reduceMean, reduceSum, type ReduceOptions } from './reductions.js';

export {
  biasAdd, elu, l2Loss, leakyRelu, lrn as localResponseNormalization, lrn, relu, relu6, selu, sigmoid, softplus, softsign, tanh, inTopK,
  depthwiseConv2dNative, depthwiseConv2dNativeBackpropFilter, depthwiseConv2dNativeBackpropInput, maxPoolWithArgmax, topKV2, dilation2D,
} from '../ops/families.js';

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
export function conv2d<D extends DType>(input: TensorLike<D>, filter: TensorLike<D>, strides: Window, padding: Padding, options: ConvOptions = {}): Tensor<D> {
  const { dataFormat = 'NHWC', dilations = 1, useCudnnOnGpu, name } = options;
  const { padding: mode, explicitPaddings } = paddingOf(padding, 4);
  return ops.conv2D(input, filter, windowOf(strides, 4, dataFormat, 'strides'), mode, {
    explicitPaddings, dataFormat, dilations: windowOf(dilations, 4, dataFormat, 'dilations'), useCudnnOnGpu, name,
  });
}

/** The gradient of conv2d by its input: transposed convolution. The filter is [height, width, out, in]. */
export function conv2dTranspose<D extends DType>(
  value: TensorLike<D>, filter: TensorLike<D>, outputShape: TensorLike<'int32'>, strides: Window, options: ConvOptions & { readonly padding?: Padding } = {},
): Tensor<D> {
  const { dataFormat = 'NHWC', dilations = 1, padding = 'SAME', name = 'conv2d_transpose' } = options;
  const { padding: mode, explicitPaddings } = paddingOf(padding, 4);
  return ops.conv2DBackpropInput(outputShape, filter, value, windowOf(strides, 4, dataFormat, 'strides'), mode, {
    explicitPaddings, dataFormat, dilations: windowOf(dilations, 4, dataFormat, 'dilations'), name,
  });
}

/** Convolution with holes of `rate` − 1 between the filter's elements. */
export function atrousConv2d<D extends DType>(value: TensorLike<D>, filters: TensorLike<D>, rate: number, padding: 'SAME' | 'VALID', options?: OpOptions): Tensor<D> {
  return conv2d(value, filters, 1, padding, { dilations: rate, ...options });
}

/** Convolution of every channel by itself, with a filter [height, width, channels, multiplier]. */
export function depthwiseConv2d<D extends DType>(
  input: TensorLike<D>, filter: TensorLike<D>, strides: Window, padding: Padding,
  options: WindowOptions & { readonly rate?: Window; readonly dataFormat?: 'NHWC' | 'NCHW' } = {},
): Tensor<D> {
  const { dataFormat = 'NHWC', rate = 1, name = 'depthwise' } = options;
  const { padding: mode, explicitPaddings } = paddingOf(padding, 4);
  return ops.depthwiseConv2dNative(input, filter, windowOf(strides, 4, dataFormat, 'strides'), mode, {
    explicitPaddings, dataFormat, dilations: windowOf(rate, 4, dataFormat, 'rate'), name,
  });
}

/** depthwiseConv2d, then conv2d with a filter [1, 1, channels · multiplier, out]. */
export function separableConv2d<D extends DType>(
  input: TensorLike<D>, depthwiseFilter: TensorLike<D>, pointwiseFilter: TensorLike<D>, strides: Window, padding: Padding,
  options: WindowOptions & { readonly rate?: Window; readonly dataFormat?: 'NHWC' | 'NCHW' } = {},
): Tensor<D> {
  const { dataFormat = 'NHWC', rate = 1, name } = options;
  return inScope(graphOf(input, depthwiseFilter, pointwiseFilter), name, 'separable_conv2d', (scope) => {
    const depthwise = depthwiseConv2d(input, depthwiseFilter, strides, padding, { rate, dataFormat });
    return conv2d(depthwise, pointwiseFilter, 1, 'VALID', { dataFormat, name: scope });
  });
}

/** Convolution of volumes with a filter [depth, height, width, in, out]. */
export function conv3d<D extends DType>(
  input: TensorLike<D>, filter: TensorLike<D>, strides: Window, padding: 'SAME' | 'VALID',
  options: OpOptions & { readonly dataFormat?: 'NDHWC' | 'NCDHW'; readonly dilations?: Window } = {},
): Tensor<D> {
  const { dataFormat = 'NDHWC', dilations = 1, name } = options;
  return ops.conv3D(input, filter, windowOf(strides, 5, dataFormat, 'strides'), padding, {
    dataFormat, dilations: windowOf(dilations, 5, dataFormat, 'dilations'), name,
  });
}

/** Convolution of sequences [batch, width, channels] with a filter [width, in, out]: conv2d of height 1. */
export function conv1d<D extends DType>(
  value: TensorLike<D>, filters: TensorLike<D>, stride: number, padding: 'SAME' | 'VALID',
  options: OpOptions & { readonly dataFormat?: 'NWC' | 'NCW' | 'NHWC' | 'NCHW'; readonly dilations?: number } = {},
): Tensor<D> {
  const { dataFormat = 'NWC', dilations = 1, name } = options;
  return inScope(graphOf(value, filters), name, 'conv1d', (scope) => {
    const isFirst = dataFormat.startsWith('NC');
    const axis = isFirst ? 2 : 1;
    const image = ops.expandDims(toTensor(value, 'value', filters), axis);
    const kernel = ops.expandDims(toTensor(filters, 'filters', value), 0);
    const wide = ops.conv2D(image, kernel, isFirst ? [1, 1, 1, stride] : [1, 1, stride, 1], padding, {
      dataFormat: isFirst ? 'NCHW' : 'NHWC', dilations: isFirst ? [1, 1, 1, dilations] : [1, 1, dilations, 1],
    });
    return ops.squeeze(wide, { squeezeDims: [axis], name: scope });
  });
}

/** The largest element of each window. */
export function maxPool<D extends DType>(
  value: TensorLike<D>, ksize: Window, strides: Window, padding: Padding, options: WindowOptions & { readonly dataFormat?: 'NHWC' | 'NCHW' | 'NCHW_VECT_C' } = {},
): Tensor<D> {
  const { dataFormat = 'NHWC', name } = options;
  const { padding: mode, explicitPaddings } = paddingOf(padding, 4);
  return ops.maxPool(value, windowOf(ksize, 4, dataFormat, 'ksize'), windowOf(strides, 4, dataFormat, 'strides'), mode, { explicitPaddings, dataFormat, name });
}

/** The mean of each window. */
export function avgPool<D extends DType>(
  value: TensorLike<D>, ksize: Window, strides: Window, padding: 'SAME' | 'VALID', options: WindowOptions & { readonly dataFormat?: 'NHWC' | 'NCHW' } = {},
): Tensor<D> {
  const { dataFormat = 'NHWC', name } = options;
  return ops.avgPool(value, windowOf(ksize, 4, dataFormat, 'ksize'), windowOf(strides, 4, dataFormat, 'strides'), padding, { dataFormat, name });
}

/** The largest element of each window of a volume. */
export function maxPool3d<D extends DType>(
  input: TensorLike<D>, ksize: Window, strides: Window, padding: 'SAME' | 'VALID', options: OpOptions & { readonly dataFormat?: 'NDHWC' | 'NCDHW' } = {},
): Tensor<D> {
  const { dataFormat = 'NDHWC', name } = options;
  return ops.maxPool3D(input, windowOf(ksize, 5, dataFormat, 'ksize'), windowOf(strides, 5, dataFormat, 'strides'), padding, { dataFormat, name });
}

/** The mean of each window of a volume. */
export function avgPool3d<D extends DType>(
  input: TensorLike<D>, ksize: Window, strides: Window, padding: 'SAME' | 'VALID', options: OpOptions & { readonly dataFormat?: 'NDHWC' | 'NCDHW' } = {},
): Tensor<D> {
  const { dataFormat = 'NDHWC', name } = options;
  return ops.avgPool3D(input, windowOf(ksize, 5, dataFormat, 'ksize'), windowOf(strides, 5, dataFormat, 'strides'), padding, { dataFormat, name });
}

interface SoftmaxOptions extends OpOptions {
  /** The dimension along which the results sum to 1; −1: the last. */
  readonly axis?: number;
}

/** Applies an op on the last dimension to another one, by moving it there and back. */
function alongAxis<D extends DType>(
  op: (logits: TensorLike<D>, options?: OpOptions) => Tensor<D>, what: string, logits: TensorLike<D>, options: SoftmaxOptions,
): Tensor<D> {
  const { axis = -1, name } = options;
  return inScope(graphOf(logits), name, what, (scope) => {
    const tensor = toTensor(logits, 'logits');
    const rank = tensor.shape?.length;
    if (axis === -1 || (rank !== undefined && axis === rank - 1)) return op(tensor, { name: scope });
    if (rank === undefined) throw new ValueError(`${what}: axis ${axis} needs logits of known rank, but ${tensor.toString()} was given.`);
    if (axis < -rank || axis >= rank) throw new ValueError(`${what}: axis ${axis} must be in [${-rank}, ${rank}) where ${rank} is the number of dimensions in the input.`);
    const at = axis < 0 ? axis + rank : axis;
    const order = Array.from({ length: rank }, (_, i) => (i === at ? rank - 1 : i === rank - 1 ? at : i));
    const perm = HostTensor.from(order, { dtype: 'int32' });
    return ops.transpose(op(ops.transpose(tensor, perm)), perm, { name: scope });
  });
}

/** exp(x) / Σ exp(x) along an axis. */
export function softmax<D extends DType>(logits: TensorLike<D>, axis?: number | SoftmaxOptions, options?: SoftmaxOptions): Tensor<D> {
  return alongAxis<D>(ops.softmax, 'Softmax', logits, withPositional<SoftmaxOptions, 'axis'>('axis', axis, options));
}

/** x − log Σ exp(x) along an axis. */
export function logSoftmax<D extends DType>(logits: TensorLike<D>, axis?: number | SoftmaxOptions, options?: SoftmaxOptions): Tensor<D> {
  return alongAxis<D>(ops.logSoftmax, 'LogSoftmax', logits, withPositional<SoftmaxOptions, 'axis'>('axis', axis, options));
}

/** Cross entropy of rows of probabilities and logits (last dimension). */
export function softmaxCrossEntropyWithLogits<D extends DType>(given: OpOptions & { readonly labels: TensorLike<D>; readonly logits: TensorLike<D> }): Tensor<D> {
  const { labels, logits, name } = given;
  return inScope(graphOf(labels, logits), name, 'softmax_cross_entropy_with_logits', (scope) => {
    const x = toTensor(logits, 'logits', labels);
    const y = toTensor(labels, 'labels', logits);
    if (x.shape?.length === 2) return ops.softmaxCrossEntropyWithLogits(x, y, { name: scope }).loss;
    const rows = (tensor: Tensor<D>): Tensor<D> => {
      const columns = ops.stridedSlice(ops.shape(tensor), [-1], [0], [1], { endMask: 1 });
      return ops.reshape(tensor, ops.concatV2([HostTensor.from([-1], { dtype: 'int32' }), columns], 0));
    };
    const { loss } = ops.softmaxCrossEntropyWithLogits(rows(x), rows(y));
    return ops.reshape(loss, ops.stridedSlice(ops.shape(x), [0], [-1], [1], { beginMask: 1 }), { name: scope });
  });
}

/** Cross entropy of class numbers and logits (last dimension). */
export function sparseSoftmaxCrossEntropyWithLogits<D extends DType>(
  given: OpOptions & { readonly labels: TensorLike<'int32' | 'int64'>; readonly logits: TensorLike<D> },
): Tensor<D> {
  const { labels, logits, name } = given;
  return inScope(graphOf(labels, logits), name, 'SparseSoftmaxCrossEntropyWithLogits', (scope) => {
    const x = toTensor(logits, 'logits', labels);
    const y = toTensor(labels, 'labels', logits);
    if (x.shape?.length === 2) return ops.sparseSoftmaxCrossEntropyWithLogits(x, y, { name: scope }).loss;
    const columns = ops.stridedSlice(ops.shape(x), [-1], [0], [1], { endMask: 1 });
    const rows = ops.reshape(x, ops.concatV2([HostTensor.from([-1], { dtype: 'int32' }), columns], 0));
    const { loss } = ops.sparseSoftmaxCrossEntropyWithLogits(rows, ops.reshape(y, HostTensor.from([-1], { dtype: 'int32' })));
    return ops.reshape(loss, ops.shape(y), { name: scope });
  });
}

/** max(x, 0) − x·z + log(1 + exp(−|x|)): the cross entropy of independent probabilities z and logits x. */
export function sigmoidCrossEntropyWithLogits<D extends DType>(given: OpOptions & { readonly labels: TensorLike<D>; readonly logits: TensorLike<D> }): Tensor<D> {
  const { labels, logits, name } = given;
  return inScope(graphOf(labels, logits), name, 'logistic_loss', (scope) => {
    const x = toTensor(logits, 'logits', labels);
    const z = toTensor(labels, 'labels', logits);
    return ops.addV2(ops.sub(ops.relu(x), ops.mul(x, z)), ops.log1p(ops.exp(ops.neg(ops.abs(x)))), { name: scope });
  });
}

/** relu of x and of −x, side by side along an axis. */
export function crelu<D extends DType>(features: TensorLike<D>, options: OpOptions & { readonly axis?: number } = {}): Tensor<D> {
  return inScope(graphOf(features), options.name, 'CRelu', (scope) => {
    const x = toTensor(features, 'features');
    return ops.relu(ops.concatV2([x, ops.neg(x)], options.axis ?? -1), { name: scope });
  });
}

/** x · sigmoid(x). */
export function swish<D extends DType>(features: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  return inScope(graphOf(features), options.name, 'swish', (scope) => {
    const x = toTensor(features, 'features');
    return ops.mul(x, ops.sigmoid(x), { name: scope });
  });
}

/** x · weights + biases. */
export function xwPlusB<D extends DType>(x: TensorLike<D>, weights: TensorLike<D>, biases: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  return inScope(graphOf(x, weights, biases), options.name, 'xw_plus_b', (scope) => ops.biasAdd(matmul(x, weights), biases, { name: scope }));
}

/** Mean and variance over axes. */
export function moments<D extends DType>(x: TensorLike<D>, axes: Axis, options: OpOptions & { readonly keepdims?: boolean } = {}): { mean: Tensor<D>; variance: Tensor<D> } {
  return inScope(graphOf(x, axes), options.name, 'moments', () => {
    const input = toTensor(x, 'x', axes);
    const mean = reduceMean(input, { axis: axes, keepdims: true, name: 'mean' });
    const variance = reduceMean(ops.squaredDifference(input, ops.stopGradient(mean)), { axis: axes, keepdims: true, name: 'variance' });
    if (options.keepdims === true) return { mean, variance };
    const dims = typeof axes === 'number' ? [axes] : axes;
    if (!Array.isArray(dims)) throw new ValueError('moments: axes must be numbers unless keepdims is true.');
    const squeezeDims = dims as readonly number[];
    return { mean: ops.squeeze(mean, { squeezeDims }), variance: ops.squeeze(variance, { squeezeDims }) };
  });
}

/** (x − mean) / √(variance + varianceEpsilon) · scale + offset; scale and offset may be null. */
export function batchNormalization<D extends DType>(
  x: TensorLike<D>, mean: TensorLike<D>, variance: TensorLike<D>, offset: TensorLike<D> | null, scale: TensorLike<D> | null, varianceEpsilon: number,
  options: OpOptions = {},
): Tensor<D> {
  return inScope(graphOf(x, mean, variance, offset, scale), options.name, 'batchnorm', (scope) => {
    const input = toTensor(x, 'x', mean, variance);
    const inverse = ops.rsqrt(ops.addV2(toTensor(variance, 'variance', input), varianceEpsilon));
    const factor = scale === null ? inverse : ops.mul(inverse, scale);
    const shift = ops.mul(toTensor(mean, 'mean', input), factor);
    return ops.addV2(ops.mul(input, factor), offset === null ? ops.neg(shift) : ops.sub(offset, shift), { name: scope });
  });
}

/** Batch normalisation of images by the op that does it at once; outputs y and the batch's mean and variance. */
export function fusedBatchNorm<D extends DType>(
  x: TensorLike<D>, scale: TensorLike<'float32'>, offset: TensorLike<'float32'>,
  options: OpOptions & {
    readonly mean?: TensorLike<'float32'> | null; readonly variance?: TensorLike<'float32'> | null; readonly epsilon?: number;
    readonly dataFormat?: 'NHWC' | 'NCHW'; readonly isTraining?: boolean;
  } = {},
): { y: Tensor<D>; batchMean: Tensor<'float32'>; batchVar: Tensor<'float32'> } {
  const { mean, variance, epsilon = 0.001, dataFormat = 'NHWC', isTraining = true, name } = options;
  if (isTraining && (mean != null || variance != null)) throw new ValueError("Both 'mean' and 'variance' must be None if is_training is True.");
  if (!isTraining && (mean == null || variance == null)) throw new ValueError("Both 'mean' and 'variance' must be given if is_training is False.");
  const none = HostTensor.zeros([0]);
  const { y, batchMean, batchVariance } = ops.fusedBatchNormV3(x, scale, offset, mean ?? none, variance ?? none, {
    epsilon: Math.max(epsilon, 1.001e-5), dataFormat, isTraining, name: name ?? 'FusedBatchNorm',
  });
  return { y, batchMean, batchVar: batchVariance };
}

/** x scaled to length 1 along axes; `epsilon` is the least squared length. */
export function l2Normalize<D extends DType>(
  x: TensorLike<D>, axis?: Axis | ReduceOptions, options?: OpOptions & { readonly axis?: Axis; readonly epsilon?: number },
): Tensor<D> {
  const all = withPositional<OpOptions & { axis?: Axis | null; epsilon?: number }, 'axis'>('axis', axis, options);
  return inScope(graphOf(x, all.axis), all.name, 'l2_normalize', (scope) => {
    const input = toTensor(x, 'x', all.axis);
    const squares = reduceSum(ops.square(input), { axis: all.axis, keepdims: true });
    return ops.mul(input, ops.rsqrt(ops.maximum(squares, all.epsilon ?? 1e-12)), { name: scope });
  });
}

/** The share of elements that are 0. */
export function zeroFraction(value: TensorLike, options: OpOptions = {}): Tensor<'float32'> {
  return inScope(graphOf(value), options.name, 'zero_fraction', (scope) => {
    const input = toTensor(value, 'value');
    const isZero = ops.equal(input, HostTensor.from(0, { dtype: input.dtype }));
    return ops.identity(reduceMean(ops.cast(isZero, 'float32')), { name: scope });
  });
}

/** The k largest elements along the last dimension, largest first, and their indices. */
export function topK<D extends DType>(
  input: TensorLike<D>, k: TensorLike<'int32'> = 1, options: OpOptions & { readonly sorted?: boolean } = {},
): ReturnType<typeof ops.topKV2<D>> {
  return ops.topKV2<D>(input, k, options);
}
