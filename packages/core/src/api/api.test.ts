import { describe, expect, it } from 'vitest';
import { ValueError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import type { Operation } from '../graph/operation.js';
import type { Tensor } from '../graph/tensor.js';
import type { HostTensor } from '../hostTensor.js';
import * as tf from './index.js';
import { Variable } from './variables.js';

function build<R>(fn: (graph: Graph) => R): R {
  return new Graph().asDefault(fn);
}
const names = (graph: Graph): string[] => graph.getOperations().map((op) => op.name);
const summary = (tensor: Tensor): unknown[] => [tensor.op.type, tensor.dtype, tensor.shape];
const value = (tensor: Tensor): unknown => (tensor.op.getAttr('value') as HostTensor).toArray();

describe('the first program', () => {
  it('builds', () => build((graph) => {
    const x = tf.placeholder('float32', [null, 2], { name: 'x' });
    const w = tf.constant([[2], [2]], { dtype: 'float32' });
    const y = tf.device('/gpu:0', () => tf.relu(tf.matMul(x, w), { name: 'y' }));
    expect(y.shape).toEqual([null, 1]);
    expect(graph.getOperations().map((op) => [op.name, op.type, op.device])).toEqual([
      ['x', 'Placeholder', ''], ['Const', 'Const', ''], ['MatMul', 'MatMul', '/device:GPU:0'], ['y', 'Relu', '/device:GPU:0'],
    ]);
  }));
});

describe('values', () => {
  it('constant', () => build(() => {
    // What numpy cuts off, `tf.constant` and the arguments of ops refuse.
    for (const given of [1.5, [1.5], [[1], [2.5]], NaN]) expect(() => tf.constant(given, { dtype: 'int32' })).toThrow(/^Expected int32, but got (1\.5|2\.5|NaN) of type 'float'\.$/);
    expect(() => tf.add(tf.constant([1, 2], { dtype: 'int64' }), [0.5, 1])).toThrow(/: Expected int64, but got 0\.5 of type 'float'\.$/);
    expect(() => new Variable([1, 2], { dtype: 'int32' }).assign([1.5, 2])).toThrow(TypeError);
    expect(() => new Variable([1, 2], { dtype: 'int32' }).countUpTo(3)).toThrow(ValueError);
    expect(value(tf.constant(new Float32Array([1.5, 2]), { dtype: 'int32' }))).toEqual([1, 2]);
    expect([...summary(tf.constant([[1, 2]])), value(tf.constant([[1, 2]]))]).toEqual(['Const', 'float32', [1, 2], [[1, 2]]]);
    expect(value(tf.constant([1, 2, 3, 4], { dtype: 'int32', shape: [2, 2] }))).toEqual([[1, 2], [3, 4]]);
    expect(value(tf.constant(7, { shape: [2], dtype: 'int64', name: 'c' }))).toEqual([7n, 7n]);
    expect(tf.constant('text', { name: 'd' }).name).toBe('d:0');
    expect(() => tf.constant([[1], [2, 3]])).toThrow(ValueError);
  }));

  it('placeholder', () => build(() => {
    expect(tf.placeholder('int32').shape).toBeNull();
    expect(tf.placeholder('int32', []).shape).toEqual([]);
    expect(tf.placeholder('int32', [2, null], { name: 'p' }).name).toBe('p:0');
    expect(summary(tf.placeholder('int32', { shape: [3], name: 'q' }))).toEqual(['Placeholder', 'int32', [3]]);
    expect(tf.placeholderWithDefault([1, 2], [null]).shape).toEqual([null]);
  }));

  it('zeros, ones and their likes', () => build(() => {
    expect([value(tf.zeros([2])), value(tf.ones([2], 'bool')), value(tf.zeros([1], { dtype: 'string', name: 'z' }))]).toEqual([[0, 0], [true, true], ['']]);
    const big = tf.zeros([100, 100], 'int32', { name: 'big' });
    expect([big.name, ...summary(big)]).toEqual(['big:0', 'Fill', 'int32', [100, 100]]);
    const x = tf.placeholder('int64', [2, null]);
    expect(summary(tf.zerosLike(x))).toEqual(['ZerosLike', 'int64', [2, null]]);
    expect(summary(tf.onesLike(x, { dtype: 'float32' }))).toEqual(['Fill', 'float32', [2, null]]);
    expect(value(tf.onesLike(tf.constant([5, 6])))).toEqual([1, 1]);
    expect(tf.ones(tf.shape(x)).shape).toEqual([2, null]);
  }));

  it('range, fill, linspace, eye', () => build(() => {
    expect(summary(tf.range(5))).toEqual(['Range', 'int32', [5]]);
    expect(summary(tf.range(1, 2, 0.25))).toEqual(['Range', 'float32', [4]]);
    expect(summary(tf.range(2, 8, { dtype: 'int64', name: 'r' }))).toEqual(['Range', 'int64', [6]]);
    expect(tf.range(2, 8, 3, { name: 's' }).name).toBe('s:0');
    expect(summary(tf.range(tf.placeholder('float64', [])))).toEqual(['Range', 'float64', [null]]);
    expect(summary(tf.fill([2, 3], 7))).toEqual(['Fill', 'float32', [2, 3]]);
    expect(tf.linspace(0, 1, 5).shape).toEqual([5]);
    expect([tf.eye(2).shape, tf.eye(2, { numColumns: 3, batchShape: [4] }).shape]).toEqual([[2, 2], [4, 2, 3]]);
    expect(() => tf.eye(-1)).toThrow(ValueError);
  }));
});

describe('arithmetic', () => {
  it('has the op types and Python\'s names', () => build(() => {
    const x = tf.placeholder('float32', [2], { name: 'x' });
    expect([tf.multiply(x, 2), tf.negative(x), tf.subtract(x, 1), tf.add(x, x), tf.mul(x, x)].map((tensor) => tensor.op.type)).toEqual(['Mul', 'Neg', 'Sub', 'Add', 'Mul']);
    expect([tf.divide(x, 2), tf.div(x, 2), tf.mod(x, 2), tf.floordiv(x, 2), tf.rawOps.mod(x, 2)].map((tensor) => tensor.op.type)).toEqual(
      ['RealDiv', 'RealDiv', 'FloorMod', 'FloorDiv', 'Mod']);
  }));

  it('divides ints as floats, or rounds down', () => build(() => {
    const i = tf.placeholder('int32', [2]);
    expect(summary(tf.truediv(i, 2))).toEqual(['RealDiv', 'float64', [2]]);
    expect(summary(tf.divide(tf.placeholder('uint8'), 2))).toEqual(['RealDiv', 'float32', null]);
    expect(summary(tf.div(i, 2))).toEqual(['FloorDiv', 'int32', [2]]);
    expect(() => tf.divide(i, tf.placeholder('int64'))).toThrow('x and y must have the same dtype, got int32 != int64');
  }));

  it('abs and cast', () => build(() => {
    expect(summary(tf.abs(tf.placeholder('complex64', [2])))).toEqual(['ComplexAbs', 'float32', [2]]);
    const x = tf.placeholder('float32', []);
    expect(tf.cast(x, 'float32')).toBe(x);
    expect(summary(tf.cast(x, 'int8'))).toEqual(['Cast', 'int8', []]);
    expect(tf.toInt64(x).name).toBe('ToInt64:0');
  }));

  it('matmul takes matrices and batches', () => build(() => {
    const [a, b] = [tf.placeholder('float32', [2, 3]), tf.placeholder('float32', [4, 3, 5])];
    expect(summary(tf.matmul(a, a, { transposeB: true }))).toEqual(['MatMul', 'float32', [2, 2]]);
    expect(summary(tf.matmul(b, b, { adjointA: true }))).toEqual(['BatchMatMulV2', 'float32', [4, 5, 5]]);
    expect(summary(tf.matmul(a, b))).toEqual(['BatchMatMulV2', 'float32', [4, 2, 5]]);
    expect(tf.matmul(a, a, { transposeA: true, name: 'm' }).name).toBe('m:0');
    expect(() => tf.matmul(a, a, { transposeA: true, adjointA: true })).toThrow('Only one of transpose_a and adjoint_a can be True.');
    expect(() => tf.matmul(a, a)).toThrow(/^MatMul '.*'/);
    const c = tf.placeholder('complex64', [2, 2]);
    expect(tf.matmul(c, c, { adjointB: true }).op.inputs[1]!.op.type).toBe('Conj');
  }));
});

describe('reductions', () => {
  it('take the axis by position, by name, or all', () => build(() => {
    const x = tf.placeholder('float32', [2, 3, 4]);
    expect(summary(tf.reduceSum(x))).toEqual(['Sum', 'float32', []]);
    expect(tf.reduceMean(x, 1).shape).toEqual([2, 4]);
    expect(tf.reduceMax(x, [0, -1]).shape).toEqual([3]);
    expect(tf.reduceMin(x, { axis: 1, keepdims: true, name: 'least' }).shape).toEqual([2, 1, 4]);
    expect(tf.reduceProd(x, 2, { keepdims: true }).shape).toEqual([2, 3, 1]);
    expect(tf.reduceSum(tf.placeholder('float32')).shape).toEqual([]);
    expect(summary(tf.reduceAll(tf.placeholder('bool', [2, 3]), 0))).toEqual(['All', 'bool', [3]]);
    expect(tf.reduceLogsumexp(x, { axis: 1 }).shape).toEqual([2, 4]);
    expect([tf.reduceVariance(x, 0).shape, tf.reduceStd(x).shape, summary(tf.countNonzero(x, 1))]).toEqual([[3, 4], [], ['Sum', 'int64', [2, 4]]]);
    expect([tf.argmax(x).shape, tf.argmin(x, 1).shape, tf.argmax(x, { axis: -1, outputType: 'int32' }).dtype]).toEqual([[3, 4], [2, 4], 'int32']);
    expect([summary(tf.cumsum(x)), tf.cumprod(x, 1, { exclusive: true }).op.getAttr('exclusive')]).toEqual([['Cumsum', 'float32', [2, 3, 4]], true]);
  }));
});

describe('arrays', () => {
  it('concat, stack, unstack, split', () => build(() => {
    const [x, y] = [tf.placeholder('float32', [2, 3]), tf.placeholder('float32', [2, 5])];
    expect([tf.concat([x, y], 1).name, tf.concat([x, y], 1).shape, tf.concat([x], 0).op.type]).toEqual(['concat:0', [2, 8], 'Identity']);
    expect([tf.stack([x, x]).shape, tf.stack([x, x], 1).shape, tf.stack([x, x], { axis: -1 }).shape, tf.stack([1, 2]).dtype]).toEqual(
      [[2, 2, 3], [2, 2, 3], [2, 3, 2], 'float32']);
    expect(tf.unstack(x).map((part) => part.shape)).toEqual([[3], [3]]);
    expect(tf.unstack(x, null, { axis: 1 })).toHaveLength(3);
    expect(() => tf.unstack(tf.placeholder('float32'))).toThrow(/^Cannot infer num from shape/);
    expect(tf.split(x, 3, 1).map((part) => part.shape)).toEqual([[2, 1], [2, 1], [2, 1]]);
    expect(tf.split(y, [1, 4], { axis: 1 }).map((part) => part.shape)).toEqual([[2, 1], [2, 4]]);
    expect(tf.split(x, 2)).toHaveLength(2);
    expect(tf.rawOps.split(0, x, 2)).toHaveLength(2);
  }));

  it('indexing', () => build(() => {
    const x = tf.placeholder('float32', [4, 3]);
    expect([summary(tf.gather(x, [0, 2])), tf.gather(x, 1, { axis: 1 }).shape]).toEqual([['GatherV2', 'float32', [2, 3]], [4]]);
    expect([tf.slice(x, [1, 0], [2, -1]).shape, tf.stridedSlice(x, [0, 1], [4, 3]).shape, tf.stridedSlice(x, [0], [4], [2]).shape]).toEqual([[2, 3], [4, 2], [2, 3]]);
    expect([summary(tf.where(tf.greater(x, 0))), summary(tf.where(tf.greater(x, 0), x, tf.zerosLike(x)))]).toEqual([['Where', 'int64', [null, 2]], ['Select', 'float32', [4, 3]]]);
    expect(() => tf.where([true], [1])).toThrow('x and y must both be non-None or both be None.');
    expect(summary(tf.oneHot([0, 2], 3))).toEqual(['OneHot', 'float32', [2, 3]]);
    expect(summary(tf.oneHot([0, 2], 3, { dtype: 'int32', axis: 0 }))).toEqual(['OneHot', 'int32', [3, 2]]);
    expect(tf.oneHot([0], 3, 5, 2, { name: 'hot' }).name).toBe('hot:0');
    expect(tf.booleanMask(x, tf.placeholder('bool', [4])).shape).toEqual([null, 3]);
  }));

  it('shapes', () => build(() => {
    const x = tf.placeholder('float32', [2, 1, 3]);
    expect([tf.expandDims(x, 0).shape, tf.expandDims(x, { axis: -1 }).shape]).toEqual([[1, 2, 1, 3], [2, 1, 3, 1]]);
    expect([tf.squeeze(x).shape, tf.squeeze(x, 1).shape, tf.squeeze(x, { axis: [1] }).shape]).toEqual([[2, 3], [2, 3], [2, 3]]);
    expect([tf.transpose(x).shape, tf.transpose(x, [1, 0, 2]).shape, tf.transpose(x, { perm: [2, 1, 0] }).shape]).toEqual([[3, 1, 2], [1, 2, 3], [3, 1, 2]]);
    expect([tf.transpose(tf.placeholder('float32')).shape, tf.matrixTranspose(x).shape]).toEqual([null, [2, 3, 1]]);
    expect([tf.pad(x, [[1, 1], [0, 0], [0, 2]]).shape, tf.pad(x, [[0, 1], [0, 0], [0, 0]], { mode: 'reflect' }).op.type, tf.pad(x, [[0, 1], [0, 0], [0, 0]], { constantValues: 3 }).op.type])
      .toEqual([[4, 1, 5], 'MirrorPad', 'PadV2']);
    expect(summary(tf.reverse(x, 0))).toEqual(['ReverseV2', 'float32', [2, 1, 3]]);
    const batch = tf.shape(tf.placeholder('float32', [null, 4]));
    expect(tf.reshape(tf.placeholder('float32', [2, 2, 3]), [tf.stridedSlice(batch, [1], [2], [1], { shrinkAxisMask: 1 }), -1]).shape).toEqual([4, 3]);
    expect(tf.tile(x, [2, 1, 1]).shape).toEqual([4, 1, 3]);
  }));
});

describe('nn', () => {
  it('convolutions and pools take windows in every form', () => build(() => {
    const [x, filter] = [tf.placeholder('float32', [1, 8, 8, 3]), tf.placeholder('float32', [3, 3, 3, 4])];
    expect(tf.nn.conv2d(x, filter, [1, 2, 2, 1], 'SAME').shape).toEqual([1, 4, 4, 4]);
    expect(tf.nn.conv2d(x, filter, 2, 'VALID').shape).toEqual([1, 3, 3, 4]);
    expect(tf.nn.conv2d(x, filter, [2, 1], [[0, 0], [1, 1], [1, 1], [0, 0]], { dilations: 1 }).shape).toEqual([1, 4, 8, 4]);
    expect(() => tf.nn.conv2d(x, filter, [1, 2, 3], 'SAME')).toThrow('strides should be of length 1, 2 or 4 but was 3');
    expect(tf.nn.conv2dTranspose(tf.placeholder('float32', [1, 4, 4, 4]), filter, [1, 8, 8, 3], 2).shape).toEqual([1, 8, 8, 3]);
    expect(tf.nn.depthwiseConv2d(x, tf.placeholder('float32', [3, 3, 3, 2]), [1, 1, 1, 1], 'SAME').shape).toEqual([1, 8, 8, 6]);
    expect(tf.nn.separableConv2d(x, tf.placeholder('float32', [3, 3, 3, 2]), tf.placeholder('float32', [1, 1, 6, 5]), 1, 'SAME').shape).toEqual([1, 8, 8, 5]);
    expect([tf.nn.maxPool(x, 2, 2, 'VALID').shape, tf.nn.avgPool(x, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME').shape]).toEqual([[1, 4, 4, 3], [1, 4, 4, 3]]);
    expect(tf.nn.conv1d(tf.placeholder('float32', [2, 9, 3]), tf.placeholder('float32', [3, 3, 5]), 2, 'SAME').shape).toEqual([2, 5, 5]);
    expect(tf.nn.conv3d(tf.placeholder('float32', [1, 4, 4, 4, 2]), tf.placeholder('float32', [2, 2, 2, 2, 3]), 2, 'SAME').shape).toEqual([1, 2, 2, 2, 3]);
  }));

  it('activations, softmax, normalisation, losses', () => build(() => {
    const x = tf.placeholder('float32', [2, 3, 4]);
    expect([tf.nn.softmax(x), tf.nn.softmax(x, -1), tf.nn.softmax(x, { axis: 1 }), tf.nn.logSoftmax(x, 0)].map((tensor) => [tensor.op.type, tensor.shape])).toEqual([
      ['Softmax', [2, 3, 4]], ['Softmax', [2, 3, 4]], ['Transpose', [2, 3, 4]], ['Transpose', [2, 3, 4]],
    ]);
    expect(() => tf.nn.softmax(x, 3)).toThrow('axis 3 must be in [-3, 3)');
    expect([tf.nn.relu(x), tf.nn.leakyRelu(x, { alpha: 0.1 }), tf.nn.swish(x), tf.nn.crelu(x), tf.nn.sigmoid(x)].map((tensor) => tensor.shape)).toEqual(
      [[2, 3, 4], [2, 3, 4], [2, 3, 4], [2, 3, 8], [2, 3, 4]]);
    const { mean, variance } = tf.nn.moments(x, [0, 1]);
    expect([mean.shape, variance.shape]).toEqual([[4], [4]]);
    expect(tf.nn.batchNormalization(x, mean, variance, tf.zeros([4]), null, 1e-3).shape).toEqual([2, 3, 4]);
    expect(tf.nn.fusedBatchNorm(tf.placeholder('float32', [1, 2, 2, 4]), tf.ones([4]), tf.zeros([4])).y.shape).toEqual([1, 2, 2, 4]);
    expect(() => tf.nn.fusedBatchNorm(tf.placeholder('float32', [1, 2, 2, 4]), tf.ones([4]), tf.zeros([4]), { isTraining: false })).toThrow("Both 'mean' and 'variance' must be given");
    expect(tf.nn.biasAdd(x, tf.zeros([4])).shape).toEqual([2, 3, 4]);
    expect(tf.nn.l2Normalize(x, 1).shape).toEqual([2, 3, 4]);
    const rows = tf.placeholder('float32', [5, 4]);
    expect(tf.nn.softmaxCrossEntropyWithLogits({ labels: rows, logits: rows }).shape).toEqual([5]);
    expect(tf.nn.softmaxCrossEntropyWithLogits({ labels: x, logits: x }).shape).toEqual([2, 3]);
    expect(tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels: tf.placeholder('int32', [5]), logits: rows }).shape).toEqual([5]);
    expect(tf.nn.sigmoidCrossEntropyWithLogits({ labels: rows, logits: rows }).shape).toEqual([5, 4]);
    expect(tf.nn.topK(rows, 2).values.shape).toEqual([5, 2]);
    expect(tf.nn.zeroFraction(x).shape).toEqual([]);
  }));
});

describe('image and strings', () => {
  it('image', () => build(() => {
    const images = tf.placeholder('uint8', [1, 4, 6, 3]);
    expect(summary(tf.image.resizeImages(images, [8, 8]))).toEqual(['ResizeBilinear', 'float32', [1, 8, 8, 3]]);
    expect(tf.image.resizeImages(tf.placeholder('uint8', [4, 6, 3]), [8, 8], { method: 'nearest' }).shape).toEqual([8, 8, 3]);
    expect(tf.image.resizeBilinear(images, [2, 2], { alignCorners: true }).shape).toEqual([1, 2, 2, 3]);
    expect(summary(tf.image.rgbToGrayscale(images))).toEqual(['Cast', 'uint8', [1, 4, 6, 1]]);
    expect(tf.image.grayscaleToRgb(tf.placeholder('float32', [2, 2, 1])).shape).toEqual([2, 2, 3]);
    expect([tf.image.cropToBoundingBox(images, 1, 2, 2, 3).shape, tf.image.padToBoundingBox(images, 1, 1, 8, 8).shape]).toEqual([[1, 2, 3, 3], [1, 8, 8, 3]]);
    expect(() => tf.image.padToBoundingBox(images, 1, 1, 4, 4)).toThrow('does not fit into 4×4');
    expect(summary(tf.image.convertImageDtype(images, 'float32'))).toEqual(['Mul', 'float32', [1, 4, 6, 3]]);
    expect(tf.image.perImageStandardization(images).shape).toEqual([1, 4, 6, 3]);
    expect(tf.image.nonMaxSuppression(tf.placeholder('float32', [9, 4]), tf.placeholder('float32', [9]), 3).op.type).toBe('NonMaxSuppressionV3');
    expect(tf.image.flipLeftRight(images).shape).toEqual([1, 4, 6, 3]);
  }));

  it('strings', () => build(() => {
    const s = tf.placeholder('string', [2, 3]);
    expect([tf.strings.join([s, 'x'], { separator: '-' }), tf.strings.substr(s, 0, 2), tf.strings.upper(s)].map(summary)).toEqual(
      [['StringJoin', 'string', [2, 3]], ['Substr', 'string', [2, 3]], ['StringUpper', 'string', [2, 3]]]);
    expect([tf.strings.toNumber(s, 'int64').dtype, tf.strings.length(s).dtype, tf.strings.reduceJoin(s).shape, tf.strings.reduceJoin(s, { axis: 0 }).shape]).toEqual(
      ['int64', 'int32', [], [3]]);
    expect(tf.strings.format('{} of {}', [1, s]).dtype).toBe('string');
  }));
});

describe('random', () => {
  const seeds = (tensor: Tensor): unknown[] => [tensor.op.getAttr('seed'), tensor.op.getAttr('seed2')];

  it('derives seeds as TensorFlow does', () => build((graph) => {
    expect(seeds(tf.rawOps.randomUniform([2], 'float32'))).toEqual([0, 0]);
    expect(seeds(tf.randomShuffle([1, 2]))).toEqual([0, 0]);
    expect(seeds(tf.randomShuffle([1, 2], { seed: 5 }))).toEqual([87654321, 5]);
    tf.setRandomSeed(7);
    expect(seeds(tf.randomShuffle([1, 2]))).toEqual([7, 6]);
    tf.setRandomSeed(0);
    expect(seeds(tf.randomShuffle([1, 2], { seed: 0 }))).toEqual([0, 2 ** 31 - 1]);
    expect(graph.seed).toBe(0);
    expect(() => tf.setRandomSeed(1.5)).toThrow(ValueError);
  }));

  it('uniform, normal, classes', () => build(() => {
    expect(summary(tf.randomUniform([2, 3], { minval: -1, maxval: 1, seed: 3 }))).toEqual(['AddV2', 'float32', [2, 3]]);
    expect(summary(tf.randomUniform([2], 'int32', { maxval: 9, name: 'dice' }))).toEqual(['RandomUniformInt', 'int32', [2]]);
    expect(() => tf.randomUniform([2], 'int64')).toThrow('Must specify maxval for integer dtype int64');
    expect(summary(tf.randomNormal([], { mean: 2, stddev: 3, dtype: 'float64' }))).toEqual(['AddV2', 'float64', []]);
    expect(tf.truncatedNormal([4]).shape).toEqual([4]);
    expect(tf.multinomial([[1, 2]], 5).shape).toEqual([1, 5]);
  }));
});

describe('functions of several ops', () => {
  it('have the right shapes', () => build(() => {
    const x = tf.placeholder('float32', [2, 3, 4]);
    expect([tf.norm(x).shape, tf.norm(x, 1, { axis: 1 }).shape, tf.norm(x, { ord: Infinity, axis: -1, keepdims: true }).shape]).toEqual([[], [2, 4], [2, 3, 1]]);
    expect(tf.clipByNorm(x, 5).shape).toEqual([2, 3, 4]);
    expect(tf.tensordot(x, tf.placeholder('float32', [4, 5]), 1).shape).toEqual([2, 3, 5]);
    expect(tf.tensordot(x, tf.placeholder('float32', [5, 3]), [[1], [1]]).shape).toEqual([2, 4, 5]);
    expect(() => tf.tensordot(x, x, 1)).toThrow('tensordot: axes [2] of [2, 3, 4] do not match axes [0] of [2, 3, 4].');
    expect(tf.meshgrid([[1, 2], [1, 2, 3]]).map((grid) => grid.shape)).toEqual([[3, 2], [3, 2]]);
    expect(tf.meshgrid([[1, 2], [1, 2, 3]], { indexing: 'ij' }).map((grid) => grid.shape)).toEqual([[2, 3], [2, 3]]);
    expect([tf.sort(x).shape, tf.sort(x, { axis: 0, direction: 'DESCENDING' }).shape, tf.argsort(x, { axis: 1 }).dtype]).toEqual([[2, 3, 4], [2, 3, 4], 'int32']);
    expect(tf.sequenceMask([1, 3], 5).shape).toEqual([2, 5]);
    expect([tf.logicalXor([true], [false]).shape, tf.saturateCast(x, 'uint8').dtype, tf.scalarMul(2, x).op.type]).toEqual([[1], 'uint8', 'Mul']);
  }));
});

describe('options', () => {
  it('that a function does not have are refused, and so is what is no object', () => build(() => {
    const x = tf.placeholder('float32', [2, 3]);
    expect(() => tf.reduceSum(x, 1, { keepDims: true } as never)).toThrow("reduceSum has no option 'keepDims'; it has axis, keepdims, name. Did you mean 'keepdims'?");
    expect(() => tf.reduceMean(x, { axes: 1 } as never)).toThrow(/^reduceMean has no option 'axes'; it has axis, keepdims, name\./);
    expect(() => tf.nn.conv2d(x, x, 1, 'SAME', { dataformat: 'NCHW' } as never)).toThrow(/^conv2d has no option 'dataformat'/);
    expect(() => tf.sequenceMask([1], 3, 'float32' as never)).toThrow('sequenceMask takes its optional arguments as one object, but string was given.');
    expect(() => tf.sort(x, 0, { direction: 'UP' as never })).toThrow("sort: unknown direction UP; it is 'ASCENDING' or 'DESCENDING'.");
    expect(() => tf.sort(x, 2)).toThrow(/^sort: axis 2 is out of range for /);
    expect(tf.reduceSum(x, { axis: undefined, nothing: undefined } as never).shape).toEqual([]);
  }));

  it('of dropout and the like are checked', () => build(() => {
    const x = tf.placeholder('float32', [2, 3]);
    expect(() => tf.nn.dropout(x, {})).toThrow('dropout: give either rate or keepProb.');
    expect(() => tf.nn.dropout(x, { rate: 1 })).toThrow('dropout: rate must be in [0, 1), but 1 was given.');
    expect(() => tf.nn.dropout(tf.cast(x, 'int32'), { rate: 0.5 })).toThrow('x has to be a floating point tensor since it will be scaled. Got a int32 tensor instead.');
    expect(() => tf.image.centralCrop(tf.placeholder('float32', [4, 4, 3]), 0)).toThrow('central_fraction must be within (0, 1]');
    expect(() => tf.image.rot90(x)).toThrow(/^rot90: an image has 3 dimensions and a batch 4/);
    expect(() => tf.globalNorm([null])).toThrow('globalNorm: there is no tensor in the list.');
  }));
});

describe('scopes and control', () => {
  it('work on the default graph', () => build((graph) => {
    const a = tf.placeholder('float32', [], { name: 'a' });
    const b = tf.nameScope('s', () => tf.controlDependencies([a], () => tf.colocateWith(a, () => tf.noOp({ name: 'b' }))));
    expect([b.name, b.controlInputs, b.colocationGroups]).toEqual(['s/b', [a.op], ['loc:@a']]);
    expect(tf.nameScope(null, { defaultName: 'd', values: [a] }, (scope) => scope)).toBe('d/');
    expect(() => tf.nameScope(null, {}, () => 0)).toThrow('At least one of name (None) and default_name (None) must be provided.');
    expect(() => tf.nameScope(null, { defaultName: [a] as never }, () => 0)).toThrow('`default_name` type (object) is not a string type. You likely meant to pass this into the `values` kwarg.');
    const foreign = build(() => tf.placeholder('float32', [], { name: 'f' }));
    expect(() => tf.nameScope(null, { defaultName: 'd', values: [a, foreign] }, () => 0)).toThrow(/must be from the same graph as/);
    tf.addToCollection('c', 1);
    expect([tf.getCollection('c'), tf.getDefaultGraph()]).toEqual([[1], graph]);
    expect(tf.convertToTensor([1, 2], { dtype: 'int32', name: 'n' }).name).toBe('n:0');
  }));

  it('group and tuple', () => build((graph) => {
    const a = tf.placeholder('float32', [], { name: 'a' });
    const waits = (op: Operation): string[] => op.controlInputs.map((each) => each.name);
    expect(waits(tf.group(a, [a, tf.noOp({ name: 'n' })], { name: 'g' }))).toEqual(['a', 'n']);
    const c = tf.device('/gpu:0', () => tf.noOp({ name: 'c' }));
    const both = tf.group(a, c);
    expect([both.name, waits(both), both.controlInputs.map((each) => each.device)]).toEqual(['group_deps', ['group_deps/NoOp', 'group_deps/NoOp_1'], ['', '/device:GPU:0']]);
    expect(tf.group().controlInputs).toEqual([]);
    const [x, y] = tf.tuple([a, a]);
    expect([x!.name, y!.name]).toEqual(['tuple/control_dependency:0', 'tuple/control_dependency_1:0']);
    expect(waits(x!.op)).toEqual(['tuple/group_deps']);
    expect(names(graph)).toContain('tuple/group_deps');
  }));
});
