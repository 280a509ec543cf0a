/** `tf.nn`: layers' arithmetic by Python's names and argument orders. */
import { dtypeInfo, type DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import { Tensor } from '../graph/tensor.js';
import { HostTensor } from '../hostTensor.js';
import type { OpOptions } from '../ops/apply.js';
import { ownDType, type TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { type Axis, checkOptions, graphOf, inScope, toTensor, withPositional } from './arguments.js';
import { matmul } from './arithmetic.js';
import { randomUniform } from './random.js';
import { reduceMean, reduceSum, type ReduceOptions } from './reductions.js';
import { shape, type ShapeLike } from './values.js';

export {
  biasAdd,
  elu,
  l2Loss,
  leakyRelu,
  lrn as localResponseNormalization,
  lrn,
  relu,
  relu6,
  selu,
  sigmoid,
  softplus,
  softsign,
  tanh,
  depthwiseConv2dNative,
  depthwiseConv2dNativeBackpropFilter,
  depthwiseConv2dNativeBackpropInput,
  maxPoolWithArgmax,
  topKV2,
  dilation2D,
} from '../ops/families.js';

export * from './convolutions.js';

interface SoftmaxOptions extends OpOptions {
  /** The dimension along which the results sum to 1; −1: the last. */
  readonly axis?: number;
}

/** Applies an op on the last dimension to another one, by moving it there and back. */
function alongAxis<D extends DType>(
  op: (logits: TensorLike<D>, options?: OpOptions) => Tensor<D>,
  what: string,
  logits: TensorLike<D>,
  options: SoftmaxOptions,
): Tensor<D> {
  const { axis = -1, name } = options;
  return inScope(graphOf(logits), name, what, (scope) => {
    const tensor = toTensor(logits, 'logits');
    const rank = tensor.shape?.length;
    if (axis === -1 || (rank !== undefined && axis === rank - 1)) return op(tensor, { name: scope });
    if (rank === undefined) throw new ValueError(`${what}: axis ${axis} needs logits of known rank, but ${tensor.toString()} was given.`);
    if (axis < -rank || axis >= rank)
      throw new ValueError(`${what}: axis ${axis} must be in [${-rank}, ${rank}) where ${rank} is the number of dimensions in the input.`);
    const at = axis < 0 ? axis + rank : axis;
    const order = Array.from({ length: rank }, (_, i) => (i === at ? rank - 1 : i === rank - 1 ? at : i));
    const perm = HostTensor.from(order, { dtype: 'int32' });
    return ops.transpose(op(ops.transpose(tensor, perm)), perm, { name: scope });
  });
}

/** exp(x) / Σ exp(x) along an axis. */
export function softmax<D extends DType>(logits: TensorLike<D>, axis?: number | SoftmaxOptions, options?: SoftmaxOptions): Tensor<D> {
  return alongAxis<D>(ops.softmax, 'Softmax', logits, withPositional<SoftmaxOptions, 'axis'>('softmax', ['axis'], axis, options));
}

/** x − log Σ exp(x) along an axis. */
export function logSoftmax<D extends DType>(logits: TensorLike<D>, axis?: number | SoftmaxOptions, options?: SoftmaxOptions): Tensor<D> {
  return alongAxis<D>(ops.logSoftmax, 'LogSoftmax', logits, withPositional<SoftmaxOptions, 'axis'>('logSoftmax', ['axis'], axis, options));
}

/** Cross entropy of rows of probabilities and logits (last dimension). */
export function softmaxCrossEntropyWithLogits<D extends DType>(
  given: OpOptions & { readonly labels: TensorLike<D>; readonly logits: TensorLike<D> },
): Tensor<D> {
  checkOptions('softmaxCrossEntropyWithLogits', given, ['labels', 'logits']);
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
  checkOptions('sparseSoftmaxCrossEntropyWithLogits', given, ['labels', 'logits']);
  const { labels, logits, name } = given;
  return inScope(graphOf(labels, logits), name, 'SparseSoftmaxCrossEntropyWithLogits', (scope) => {
    const x = toTensor(logits, 'logits', labels);
    const y = toTensor(labels, 'labels', logits);
    if (x.shape?.length === 2) return ops.sparseSoftmaxCrossEntropyWithLogits(x, y).loss;
    const columns = ops.stridedSlice(ops.shape(x), [-1], [0], [1], { endMask: 1 });
    const rows = ops.reshape(x, ops.concatV2([HostTensor.from([-1], { dtype: 'int32' }), columns], 0));
    const { loss } = ops.sparseSoftmaxCrossEntropyWithLogits(rows, ops.reshape(y, HostTensor.from([-1], { dtype: 'int32' })));
    return ops.reshape(loss, ops.shape(y), { name: scope });
  });
}

/** max(x, 0) − x·z + log(1 + exp(−|x|)): the cross entropy of independent probabilities z and logits x. */
export function sigmoidCrossEntropyWithLogits<D extends DType>(
  given: OpOptions & { readonly labels: TensorLike<D>; readonly logits: TensorLike<D> },
): Tensor<D> {
  checkOptions('sigmoidCrossEntropyWithLogits', given, ['labels', 'logits']);
  const { labels, logits, name } = given;
  return inScope(graphOf(labels, logits), name, 'logistic_loss', (scope) => {
    const x = toTensor(logits, 'logits', labels);
    const z = toTensor(labels, 'labels', logits);
    return ops.addV2(ops.sub(ops.relu(x), ops.mul(x, z)), ops.log1p(ops.exp(ops.neg(ops.abs(x)))), { name: scope });
  });
}

/** relu of x and of −x, side by side along an axis. */
export function crelu<D extends DType>(features: TensorLike<D>, options: OpOptions & { readonly axis?: number } = {}): Tensor<D> {
  checkOptions('crelu', options, ['axis']);
  return inScope(graphOf(features), options.name, 'CRelu', (scope) => {
    const x = toTensor(features, 'features');
    return ops.relu(ops.concatV2([x, ops.neg(x)], options.axis ?? -1, { name: scope }));
  });
}

/** x · sigmoid(x). */
export function swish<D extends DType>(features: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  checkOptions('swish', options);
  return inScope(graphOf(features), options.name, 'swish', (scope) => {
    const x = toTensor(features, 'features');
    return ops.mul(x, ops.sigmoid(x), { name: scope });
  });
}

/** x · weights + biases. */
export function xwPlusB<D extends DType>(
  x: TensorLike<D>,
  weights: TensorLike<D>,
  biases: TensorLike<D>,
  options: OpOptions = {},
): Tensor<D> {
  checkOptions('xwPlusB', options);
  return inScope(graphOf(x, weights, biases), options.name, 'xw_plus_b', (scope) =>
    ops.biasAdd(matmul(x, weights), biases, { name: scope }),
  );
}

/** Mean and variance over axes. */
export function moments<D extends DType>(
  x: TensorLike<D>,
  axes: Axis,
  options: OpOptions & { readonly keepdims?: boolean } = {},
): { mean: Tensor<D>; variance: Tensor<D> } {
  checkOptions('moments', options, ['keepdims']);
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
  x: TensorLike<D>,
  mean: TensorLike<D>,
  variance: TensorLike<D>,
  offset: TensorLike<D> | null,
  scale: TensorLike<D> | null,
  varianceEpsilon: number,
  options: OpOptions = {},
): Tensor<D> {
  checkOptions('batchNormalization', options);
  return inScope(graphOf(x, mean, variance, offset, scale), options.name, 'batchnorm', () => {
    const input = toTensor(x, 'x', mean, variance);
    const inverse = ops.rsqrt(ops.addV2(toTensor(variance, 'variance', input), varianceEpsilon, { name: 'add' }));
    const factor = scale === null ? inverse : ops.mul(inverse, scale, { name: 'mul' });
    const scaled = ops.mul(input, factor, { name: 'mul' });
    const shift = ops.mul(toTensor(mean, 'mean', input), factor, { name: 'mul' });
    return ops.addV2(scaled, offset === null ? ops.neg(shift) : ops.sub(offset, shift, { name: 'sub' }), { name: 'add' });
  });
}

/** Batch normalisation of images by the op that does it at once; outputs y and the batch's mean and variance. */
export function fusedBatchNorm<D extends DType>(
  x: TensorLike<D>,
  scale: TensorLike<'float32'>,
  offset: TensorLike<'float32'>,
  options: OpOptions & {
    readonly mean?: TensorLike<'float32'> | null;
    readonly variance?: TensorLike<'float32'> | null;
    readonly epsilon?: number;
    readonly dataFormat?: 'NHWC' | 'NCHW';
    readonly isTraining?: boolean;
  } = {},
): { y: Tensor<D>; batchMean: Tensor<'float32'>; batchVar: Tensor<'float32'> } {
  checkOptions('fusedBatchNorm', options, ['mean', 'variance', 'epsilon', 'dataFormat', 'isTraining']);
  const { mean, variance, epsilon = 0.001, dataFormat = 'NHWC', isTraining = true, name } = options;
  if (isTraining && (mean != null || variance != null))
    throw new ValueError("Both 'mean' and 'variance' must be None if is_training is True.");
  if (!isTraining && (mean == null || variance == null))
    throw new ValueError("Both 'mean' and 'variance' must be given if is_training is False.");
  const none = HostTensor.zeros([0]);
  const { y, batchMean, batchVariance } = ops.fusedBatchNormV3(x, scale, offset, mean ?? none, variance ?? none, {
    epsilon: Math.max(epsilon, 1.001e-5),
    dataFormat,
    isTraining,
    name: name ?? 'FusedBatchNorm',
  });
  return { y, batchMean, batchVar: batchVariance };
}

/** x scaled to length 1 along axes; `epsilon` is the least squared length. */
export function l2Normalize<D extends DType>(
  x: TensorLike<D>,
  axis?: Axis | ReduceOptions,
  options?: OpOptions & { readonly axis?: Axis; readonly epsilon?: number },
): Tensor<D> {
  const all = withPositional<OpOptions & { axis?: Axis | null; epsilon?: number }, 'axis'>('l2Normalize', ['axis', 'epsilon'], axis, options);
  return inScope(graphOf(x, all.axis), all.name, 'l2_normalize', (scope) => {
    const input = toTensor(x, 'x', all.axis);
    const squares = reduceSum(ops.square(input), { axis: all.axis, keepdims: true });
    return ops.mul(input, ops.rsqrt(ops.maximum(squares, all.epsilon ?? 1e-12)), { name: scope });
  });
}

/** The share of elements that are 0. */
export function zeroFraction(value: TensorLike, options: OpOptions = {}): Tensor<'float32'> {
  checkOptions('zeroFraction', options);
  return inScope(graphOf(value), options.name, 'zero_fraction', (scope) => {
    const input = toTensor(value, 'value');
    const isZero = ops.equal(input, HostTensor.from(0, { dtype: input.dtype }));
    return ops.identity(reduceMean(ops.cast(isZero, 'float32')), { name: scope });
  });
}

/** The k largest elements along the last dimension, largest first, and their indices. */
export function topK<D extends DType>(
  input: TensorLike<D>,
  k: TensorLike<'int32'> = 1,
  options: OpOptions & { readonly sorted?: boolean } = {},
): ReturnType<typeof ops.topKV2<D>> {
  return ops.topKV2<D>(input, k, options);
}

/** Whether each row's target is among its k largest predictions. */
export function inTopK(predictions: TensorLike<'float32'>, targets: TensorLike<'int32' | 'int64'>, k: TensorLike<'int32' | 'int64'>, options: OpOptions = {}): Tensor<'bool'> {
  checkOptions('inTopK', options);
  return inScope(graphOf(predictions, targets, k), options.name, 'in_top_k', () => {
    const classes = ownDType(targets) === undefined ? HostTensor.from(targets as readonly number[], { dtype: 'int32' }) : targets;
    return ops.inTopKV2(predictions, classes, k);
  });
}

export interface DropoutOptions extends OpOptions {
  /** The probability of dropping an element; or 1 − keepProb, TensorFlow 1's older form. */
  readonly rate?: TensorLike;
  readonly keepProb?: TensorLike;
  /** Broadcast against x: dimensions of size 1 are dropped or kept as a whole. */
  readonly noiseShape?: ShapeLike;
  readonly seed?: number;
}

/** Drops elements at random and scales the others by 1 / (1 − rate), which keeps the expected sum. */
export function dropout<D extends DType>(x: TensorLike<D>, options: DropoutOptions): Tensor<D> {
  checkOptions('dropout', options, ['rate', 'keepProb', 'noiseShape', 'seed']);
  const { rate, keepProb, noiseShape, seed, name } = options;
  if ((rate === undefined) === (keepProb === undefined)) throw new ValueError('dropout: give either rate or keepProb.');
  const plain = typeof rate === 'number' ? rate : typeof keepProb === 'number' ? 1 - keepProb : undefined;
  if (plain !== undefined && !(plain >= 0 && plain < 1)) throw new ValueError(`dropout: rate must be in [0, 1), but ${plain} was given.`);
  return inScope(graphOf(x, rate, keepProb), name, 'dropout', (scope) => {
    const input = toTensor(x, 'x');
    const { dtype } = input;
    if (!isFloating(dtype)) throw new ValueError(`x has to be a floating point tensor since it will be scaled. Got a ${dtype} tensor instead.`);
    if (plain === 0) return ops.identity(input, { name: scope });
    const one = HostTensor.from(1, { dtype });
    const kept = keepProb === undefined ? ops.sub(one, rate! as TensorLike<D>) : toTensor(typeof keepProb === 'number' ? HostTensor.from(keepProb, { dtype }) : (keepProb as Tensor<D>), 'keep_prob', input);
    const drawn = randomUniform<D>(noiseShape ?? shape(input), { dtype, seed });
    // In [0, 1): at least the rate with probability 1 − rate.
    const isKept = ops.greaterEqual(drawn, ops.sub(one, kept));
    return ops.mul(ops.realDiv(input, kept), ops.cast(isKept, dtype), { name: scope });
  });
}

const isFloating = (dtype: DType): boolean => dtypeInfo[dtype].kind === 'float';

/** Rows of a table, by their numbers; over several tables the rows go round: row i is row ⌊i / n⌋ of table i mod n. */
export function embeddingLookup<D extends DType>(
  params: TensorLike<D> | readonly Tensor<D>[], ids: TensorLike<'int32' | 'int64'>, options: OpOptions = {},
): Tensor<D> {
  checkOptions('embeddingLookup', options);
  const tables = Array.isArray(params) && params.every((table) => table instanceof Tensor) ? (params as readonly Tensor<D>[]) : undefined;
  const numbers = ownDType(ids) === undefined ? HostTensor.from(ids as readonly number[], { dtype: 'int32' }) : ids;
  if (tables === undefined || tables.length === 1) {
    return inScope(graphOf(params, ids), options.name, 'embedding_lookup', (scope) => ops.identity(ops.gatherV2(tables?.[0] ?? (params as TensorLike<D>), numbers, 0, { name: scope })));
  }
  return inScope(tables[0]!.graph, options.name, 'embedding_lookup', (scope) => {
    const flat = ops.reshape(toTensor(numbers, 'ids', params), HostTensor.from([-1], { dtype: 'int32' }));
    const count = HostTensor.from(tables.length, { dtype: flat.dtype });
    const owner = ops.cast(ops.floorMod(flat, count), 'int32');
    const places = ops.dynamicPartition(ops.range(0, ops.size(flat), 1), owner, tables.length);
    const rows = ops.dynamicPartition(ops.floorDiv(flat, count), owner, tables.length);
    const parts = tables.map((table, i) => ops.gatherV2(table, rows[i]!, 0));
    const found = ops.dynamicStitch(places, parts);
    const tail = ops.stridedSlice(ops.shape(tables[0]!), [1], [0], [1], { endMask: 1 });
    return ops.reshape(found, ops.concatV2([ops.shape(toTensor(numbers, 'ids', params)), tail], 0), { name: scope });
  });
}

/** relu(x · weights + biases). */
export function reluLayer<D extends DType>(x: TensorLike<D>, weights: TensorLike<D>, biases: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  checkOptions('reluLayer', options);
  return inScope(graphOf(x, weights, biases), options.name, 'relu_layer', (scope) => ops.relu(ops.biasAdd(matmul(x, weights), biases), { name: scope }));
}

/** exp(c) − z·c, for the logarithm c of a rate; with Stirling's approximation of log z! where computeFullLoss is set. */
export function logPoissonLoss<D extends DType>(
  targets: TensorLike<D>, logInput: TensorLike<D>, options: OpOptions & { readonly computeFullLoss?: boolean } = {},
): Tensor<D> {
  checkOptions('logPoissonLoss', options, ['computeFullLoss']);
  return inScope(graphOf(targets, logInput), options.name, 'log_poisson_loss', () => {
    const c = toTensor(logInput, 'log_input', targets);
    const z = toTensor(targets, 'targets', logInput);
    const loss = ops.sub(ops.exp(c), ops.mul(c, z));
    if (options.computeFullLoss !== true) return loss;
    const of = (value: number): HostTensor<D> => HostTensor.from(value, { dtype: z.dtype });
    const stirling = ops.addV2(ops.sub(ops.mul(z, ops.log(z)), z), ops.mul(of(0.5), ops.log(ops.mul(of(2 * Math.PI), z))));
    const isSmall = ops.logicalAnd(ops.greaterEqual(z, of(0)), ops.lessEqual(z, of(1)));
    return ops.addV2(loss, ops.selectV2(isSmall, ops.zerosLike(z), stirling));
  });
}
