/** What neural networks need beside convolutions and products: biases, normalisations, softmax and its losses. */
import { type DType, dtypeInfo } from '../../dtypes.js';
import type { AttrReader } from '../../graph/attrs.js';
import type { HostTensor } from '../../hostTensor.js';
import { type Shape, shapeText } from '../../shape.js';
import { foldOf } from './arithmetic.js';
import { cloned, zeros } from './copy.js';
import { host, type HostCode } from './define.js';
import { broadcastStrides } from './evaluate/evaluate.js';
import { decode, encode } from './evaluate/registers.js';
import { invalid, type Numbers, numbersOf, scalarOf, sizeBetween, tensorOfNumbers, tensorOver } from './tensors.js';
import { fromChannelsLast, layoutOf, toChannelsLast } from './windows.js';

export const BiasAdd = host(([value, bias], { attrs }) => {
  const { shape } = value!;
  if (shape.length < 2) invalid(`Input tensor must be at least 2D: ${shapeText(shape)}`);
  if (bias!.shape.length !== 1) invalid(`Biases must be 1D: ${shapeText(bias!.shape)}`);
  const format = attrs.has('data_format') ? attrs.string('data_format') : 'NHWC';
  const axis = format === 'NCHW' ? 1 : shape.length - 1;
  if (bias!.shape[0] !== shape[axis]) {
    invalid(format === 'NCHW'
      ? `Must provide as many biases as the channel dimension of the input tensor: ${shapeText(bias!.shape)} vs. ${shape[axis]} in ${shapeText(shape)}`
      : `Must provide as many biases as the last dimension of the input tensor: ${shapeText(bias!.shape)} vs. ${shapeText(shape)}`);
  }
  const out = cloned(value!);
  const data = decode(out.dtype, out.data);
  const biases = decode(bias!.dtype, bias!.data);
  const add = foldOf('add', out.dtype);
  const inner = sizeBetween(shape, axis + 1, shape.length);
  const channels = shape[axis]!;
  for (let i = 0; i < out.size; i++) add(data, i, biases, Math.floor(i / inner) % channels);
  return [tensorOver(out.dtype, shape, encode(out.dtype, data))];
});

export const BiasAddV1 = BiasAdd;

export const BiasAddGrad = host(([gradient], { attrs }) => {
  const { shape } = gradient!;
  const axis = attrs.string('data_format') === 'NCHW' ? 1 : shape.length - 1;
  const inner = sizeBetween(shape, axis + 1, shape.length);
  const channels = shape[axis]!;
  const { dtype, data, size } = gradient!;
  if (dtypeInfo[dtype].kind !== 'float') {
    const [from, sums] = [decode(dtype, data), decode(dtype, zeros(dtype, [channels]).data)];
    const add = foldOf('add', dtype);
    for (let i = 0; i < size; i++) add(sums, Math.floor(i / inner) % channels, from, i);
    return [tensorOver(dtype, [channels], encode(dtype, sums))];
  }
  const sums = new Float64Array(channels);
  numbersOf(gradient!).forEach((value: number, i: number) => (sums[Math.floor(i / inner) % channels]! += value));
  return [tensorOfNumbers(dtype, [channels], sums)];
});

/** Rows of the last axis, one after the other. */
function eachRow(x: Numbers, columns: number, each: (start: number) => void): void {
  for (let start = 0; columns > 0 && start < x.length; start += columns) each(start);
}

/** The largest of a row, and the sum of e^(x − largest). */
function exponentials(x: Numbers, start: number, columns: number): { largest: number; sum: number } {
  let largest = -Infinity;
  for (let i = start; i < start + columns; i++) if (x[i]! > largest || x[i] !== x[i]) largest = x[i]!;
  let sum = 0;
  for (let i = start; i < start + columns; i++) sum += Math.exp(x[i]! - largest);
  return { largest, sum };
}

const softmax = (inLog: boolean): HostCode => host(([logits]) => {
  const { shape } = logits!;
  if (shape.length < 1) invalid('logits must have >= 1 dimension, got []');
  const columns = shape[shape.length - 1]!;
  const x = numbersOf(logits!);
  const out = new Float64Array(x.length);
  eachRow(x, columns, (start) => {
    const { largest, sum } = exponentials(x, start, columns);
    const logSum = Math.log(sum);
    for (let i = start; i < start + columns; i++) out[i] = inLog ? x[i]! - largest - logSum : Math.exp(x[i]! - largest) / sum;
  });
  return [tensorOfNumbers(logits!.dtype, shape, out)];
});

export const Softmax = softmax(false);
export const LogSoftmax = softmax(true);

/** Row and column strides of [batch, classes] inputs that may broadcast against each other. */
function matrixReader(tensor: HostTensor, shape: Shape): (row: number, column: number) => number {
  const [rowStride, columnStride] = broadcastStrides(tensor.shape, shape) as [number, number];
  const x = numbersOf(tensor);
  return (row, column) => x[row * rowStride + column * columnStride]!;
}

export const SoftmaxCrossEntropyWithLogits = host(([features, labels]) => {
  const [a, b] = [features!.shape, labels!.shape];
  if (a.length !== 2 && b.length !== 2) invalid(`logits and labels must be either 2-dimensional, or broadcasted to be 2-dimensional`);
  const [rows, columns] = [Math.max(a[0]!, b[0]!), Math.max(a[1]!, b[1]!)];
  if ([...a, ...b].some((dim, i) => dim !== 1 && dim !== (i % 2 === 0 ? rows : columns))) {
    invalid(`logits and labels must be broadcastable: logits_size=${shapeText(a)} labels_size=${shapeText(b)}`);
  }
  const [x, y] = [matrixReader(features!, [rows, columns]), matrixReader(labels!, [rows, columns])];
  const loss = new Float64Array(rows);
  const gradient = new Float64Array(rows * columns);
  const row = new Float64Array(columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) row[c] = x(r, c);
    const { largest, sum } = exponentials(row, 0, columns);
    const logSum = Math.log(sum);
    for (let c = 0; c < columns; c++) {
      const label = y(r, c);
      const logit = row[c]! - largest;
      if (label !== 0) loss[r]! += label * (logSum - logit);
      gradient[r * columns + c] = Math.exp(logit) / sum - label;
    }
  }
  return [tensorOfNumbers(features!.dtype, [rows], loss), tensorOfNumbers(features!.dtype, [rows, columns], gradient)];
});

export const SparseSoftmaxCrossEntropyWithLogits = host(([features, labels]) => {
  const { shape, dtype } = features!;
  if (shape.length !== 2) invalid(`logits must be 2-D, but got shape ${shapeText(shape)}`);
  if (labels!.shape.length !== 1) invalid(`labels must be 1-D, but got shape ${shapeText(labels!.shape)}`);
  if (shape[0] !== labels!.shape[0]) {
    invalid(`logits and labels must have the same first dimension, got logits shape ${shapeText(shape)} and labels shape ${shapeText(labels!.shape)}`);
  }
  const [rows, columns] = shape as [number, number];
  if (columns === 0) invalid(`Must have at least one class, but got logits shape ${shapeText(shape)}`);
  const [x, y] = [numbersOf(features!), numbersOf(labels!)];
  const loss = new Float64Array(rows);
  const gradient = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    const label = y[r]!;
    if (label < 0 || label >= columns) {
      const values = Array.from(y).join(' ');
      invalid(`Received a label value of ${label} which is outside the valid range of [0, ${columns}).  Label values: ${values}`);
    }
    const { largest, sum } = exponentials(x, r * columns, columns);
    loss[r] = Math.log(sum) - (x[r * columns + label]! - largest);
    for (let c = 0; c < columns; c++) {
      gradient[r * columns + c] = Math.exp(x[r * columns + c]! - largest) / sum - (c === label ? 1 : 0);
    }
  }
  return [tensorOfNumbers(dtype, [rows], loss), tensorOfNumbers(dtype, shape, gradient)];
});

export const L2Loss = host(([t]) => {
  let sum = 0;
  for (const x of numbersOf(t!)) sum += x * x;
  return [tensorOfNumbers(t!.dtype, [], [sum / 2])];
});

/** Local response normalisation over `depth_radius` channels on either side. */
export const LRN = host(([input], { attrs }) => {
  const { shape, dtype } = input!;
  if (shape.length !== 4) invalid('in must be 4-dimensional');
  const [radius, bias, alpha, beta] = [attrs.int('depth_radius'), attrs.float('bias'), attrs.float('alpha'), attrs.float('beta')];
  const channels = shape[3]!;
  const x = numbersOf(input!);
  const out = new Float64Array(x.length);
  eachRow(x, channels, (start) => {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let k = Math.max(0, c - radius); k <= Math.min(channels - 1, c + radius); k++) sum += x[start + k]! ** 2;
      out[start + c] = x[start + c]! * (bias + alpha * sum) ** -beta;
    }
  });
  return [tensorOfNumbers(dtype, shape, out)];
});

/** Per-channel statistics of [N, D, H, W, C]. */
function moments(x: Numbers, channels: number): { mean: Float64Array; variance: Float64Array; count: number } {
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  const count = channels === 0 ? 0 : x.length / channels;
  for (let i = 0; i < x.length; i++) mean[i % channels]! += x[i]!;
  for (let c = 0; c < channels; c++) mean[c]! /= count;
  for (let i = 0; i < x.length; i++) variance[i % channels]! += (x[i]! - mean[i % channels]!) ** 2;
  for (let c = 0; c < channels; c++) variance[c]! /= count;
  return { mean, variance, count };
}

/** What TensorFlow gives for moments of nothing. */
const noValues = (channels: number): Float64Array => new Float64Array(channels).fill(NaN);

function fusedBatchNorm(inputs: readonly (HostTensor | undefined)[], attrs: AttrReader, statisticsDtype: DType): HostTensor[] {
  const [x, scale, offset, givenMean, givenVariance] = inputs;
  const { shape } = x!;
  if (shape.length !== 4 && shape.length !== 5) invalid(`input must be 4 or 5-dimensional${shapeText(shape)}`);
  const layout = layoutOf(attrs, shape.length);
  const channels = shape[layout.channel]!;
  for (const [name, arg] of [['scale', scale], ['offset', offset]] as const) {
    if (arg!.size !== channels) invalid(`${name} must have the same number of elements as the channels of x, got ${arg!.size} and ${channels}`);
  }
  const last = toChannelsLast(x!, layout);
  const values = numbersOf(last);
  const [gamma, beta, epsilon] = [numbersOf(scale!), numbersOf(offset!), attrs.float('epsilon')];
  let [mean, variance]: [Numbers, Numbers] = [numbersOf(givenMean!), numbersOf(givenVariance!)];
  let running: [Numbers, Numbers] = [mean, variance];
  if (attrs.bool('is_training')) {
    const batch = moments(values, channels);
    const factor = attrs.has('exponential_avg_factor') ? attrs.float('exponential_avg_factor') : 1;
    // The variance that goes into the moving average is the unbiased one.
    const unbiased = batch.variance.map((v) => (batch.count > 1 ? (v * batch.count) / (batch.count - 1) : v));
    const [oldMean, oldVariance] = [mean, variance];
    running = factor === 1
      ? [batch.mean, unbiased]
      : [batch.mean.map((m, c) => (1 - factor) * oldMean[c]! + factor * m), unbiased.map((v, c) => (1 - factor) * oldVariance[c]! + factor * v)];
    [mean, variance] = [batch.mean, batch.variance];
  } else if (mean.length !== channels || variance.length !== channels) {
    invalid(`mean and variance must have the same number of elements as the channels of x, got ${mean.length}, ${variance.length} and ${channels}`);
  }
  if (x!.size === 0) {
    [mean, variance] = [noValues(channels), noValues(channels)];
    running = [mean, variance];
  }
  const factors = Float64Array.from(gamma, (g, c) => g / Math.sqrt(variance[c]! + epsilon));
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const c = i % channels;
    out[i] = (values[i]! - mean[c]!) * factors[c]! + beta[c]!;
  }
  const statistic = (data: ArrayLike<number>): HostTensor => tensorOfNumbers(statisticsDtype, [channels], data);
  return [
    fromChannelsLast(tensorOfNumbers(x!.dtype, last.shape, out), layout),
    statistic(running[0]), statistic(running[1]), statistic(mean), statistic(variance),
  ];
}

export const FusedBatchNorm = host((inputs, { attrs }) => fusedBatchNorm(inputs, attrs, inputs[1]!.dtype));
export const FusedBatchNormV2 = FusedBatchNorm;
/** The last output is for what a GPU keeps for the gradient: nothing on a CPU. */
export const FusedBatchNormV3 = host((inputs, { attrs }) => [
  ...fusedBatchNorm(inputs, attrs, inputs[1]!.dtype), tensorOfNumbers(inputs[1]!.dtype, [0], []),
]);

export const BatchNormWithGlobalNormalization = host(([t, m, v, beta, gamma], { attrs }) => {
  const channels = t!.shape[3]!;
  const [x, mean, variance, shift, scale] = [t, m, v, beta, gamma].map((arg) => numbersOf(arg!));
  const epsilon = attrs.float('variance_epsilon');
  const scales = attrs.bool('scale_after_normalization');
  const out = Float64Array.from(x!, (value: number, i: number) => {
    const c = i % channels;
    return ((value - mean![c]!) / Math.sqrt(variance![c]! + epsilon)) * (scales ? scale![c]! : 1) + shift![c]!;
  });
  return [tensorOfNumbers(t!.dtype, t!.shape, out)];
});

/** Whether the target's score is among the k largest of its row; false when it or any score above is not finite. */
function inTopK(predictions: HostTensor, targets: HostTensor, k: number): HostTensor {
  const [rows, columns] = predictions.shape as [number, number];
  if (targets.shape[0] !== rows) invalid(`First dimension of predictions ${rows} must match length of targets ${targets.shape[0]}`);
  const [x, at] = [numbersOf(predictions), numbersOf(targets)];
  const out = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const target = at[row]!;
    let fails = !(target >= 0 && target < columns);
    const score = fails ? NaN : x[row * columns + target]!;
    fails ||= !Number.isFinite(score);
    let above = 0;
    for (let c = 0; !fails && c < columns; c++) {
      const value = x[row * columns + c]!;
      if (!Number.isFinite(value)) fails = true;
      else if (value > score && ++above > k) break;
    }
    out[row] = !fails && above < k ? 1 : 0;
  }
  return tensorOver('bool', [rows], out);
}

export const InTopK = host(([predictions, targets], { attrs }) => [inTopK(predictions!, targets!, attrs.int('k'))]);
export const InTopKV2 = host(([predictions, targets, k]) => [inTopK(predictions!, targets!, scalarOf(k!))]);

/** The cross product of 3-vectors along the last axis. */
export const Cross = host(([a, b]) => {
  const { shape, dtype } = a!;
  if (shape[shape.length - 1] !== 3) invalid(`Cross-products are only defined for 3-element vectors: ${shapeText(shape)}`);
  const [x, y] = [decode(dtype, a!.data), decode(dtype, b!.data)];
  const [out, other] = [decode(dtype, zeros(dtype, shape).data), decode(dtype, zeros(dtype, shape).data)];
  const [copy, multiply, subtract] = [foldOf('update', dtype), foldOf('mul', dtype), foldOf('sub', dtype)];
  for (let i = 0; i < a!.size; i += 3) {
    for (let c = 0; c < 3; c++) {
      const [p, q] = [i + ((c + 1) % 3), i + ((c + 2) % 3)];
      copy(out, i + c, x, p);
      multiply(out, i + c, y, q);
      copy(other, i + c, x, q);
      multiply(other, i + c, y, p);
      subtract(out, i + c, other, i + c);
    }
  }
  return [tensorOver(dtype, shape, encode(dtype, out))];
});
