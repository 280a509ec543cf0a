/** Public functions of several ops, run on the reference device. The expected values are TensorFlow 2.21's for the same inputs. */
import { afterAll, describe, expect, it } from 'vitest';
import { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import { reference } from '../reference/reference.js';
import { Session } from '../session/session.js';
import * as tf from './index.js';

interface Inputs {
  readonly x: Tensor<'float32'>;
  readonly i: Tensor<'int32'>;
  readonly image: Tensor<'uint8'>;
}

function normalized(x: Tensor<'float32'>): Tensor {
  const { mean, variance } = tf.nn.moments(x, [0]);
  return tf.nn.batchNormalization(x, mean, variance, [0.1, 0.2, 0.3, 0.4], null, 1e-3);
}

const cases: Readonly<Record<string, readonly [program: (inputs: Inputs) => Tensor, expected: unknown]>> = {
  sort: [({ x }) => tf.sort(x), [[-1.5, 0.5, 2.25, 3], [-2, -0.75, 0, 1], [-0.5, 0.125, 1.75, 4]]],
  sortDown: [({ x }) => tf.sort(x, { axis: 0, direction: 'DESCENDING' }), [[4, 0, 2.25, 3], [0.5, -0.5, 1, 1.75], [-0.75, -1.5, 0.125, -2]]],
  argsort: [({ x }) => tf.argsort(x, { axis: 1 }), [[1, 0, 2, 3], [3, 0, 1, 2], [1, 2, 3, 0]]],
  meshX: [() => tf.meshgrid([[1, 2], [3, 4, 5]])[0]!, [[1, 2], [1, 2], [1, 2]]],
  meshY: [() => tf.meshgrid([[1, 2], [3, 4, 5]])[1]!, [[3, 3], [4, 4], [5, 5]]],
  tensordot: [({ x }) => tf.tensordot(x, x, [[1], [1]]), [[16.5625, -4.125, 8.28125], [-4.125, 5.5625, -6.375], [8.28125, -6.375, 19.32812]]],
  norm1: [({ x }) => tf.norm(x, 1, { axis: 1 }), [7.25, 3.75, 6.375]],
  norm3: [({ x }) => tf.norm(x, 3, { axis: 0 }), [4.011361, 1.518294, 2.314127, 3.430164]],
  clip: [({ x }) => tf.clipByNorm(x, 2, { axes: [1] }), [[0.2457181, -0.7371542, 1.105731, 1.474308], [-0.6359987, 0, 0.8479983, -1.695997], [1.819681, -0.2274601, 0.05686502, 0.7961102]]],
  lse: [({ x }) => tf.reduceLogsumexp(x, 1), [3.448244, 1.46464, 4.128624]],
  std: [({ x }) => tf.reduceStd(x, 0), [2.01039, 0.6236095, 0.8720188, 2.124591]],
  nonzero: [({ x }) => tf.countNonzero(x, 1), [4, 3, 4]],
  mean: [({ x }) => tf.nn.moments(x, [0]).mean, [1.25, -0.6666667, 1.125, 0.9166667]],
  variance: [({ x }) => tf.nn.moments(x, [0]).variance, [4.041667, 0.3888889, 0.7604167, 4.513889]],
  bn: [({ x }) => normalized(x), [[-0.2730159, -1.134591, 1.589262, 1.380472], [-0.894709, 1.267673, 0.1567486, -0.972661], [1.467725, 0.4669183, -0.8460112, 0.7921889]]],
  softmax0: [({ x }) => tf.nn.softmax(x, 0), [[0.02906811, 0.1219516, 0.7112691, 0.77325], [0.008328153, 0.5465494, 0.203782, 0.005210117], [0.9626037, 0.3314989, 0.08494898, 0.2215398]]],
  l2: [({ x }) => tf.nn.l2Normalize(x, 1), [[0.122859, -0.3685771, 0.5528656, 0.7371542], [-0.3179994, 0, 0.4239992, -0.8479983], [0.9098403, -0.11373, 0.02843251, 0.3980551]]],
  sce: [({ x }) => tf.nn.sigmoidCrossEntropyWithLogits({ labels: tf.sigmoid(x), logits: x }), [[0.6628473, 0.4750516, 0.314743, 0.1908651], [0.6274869, 0.6931472, 0.5822031, 0.3653339], [0.09009488, 0.6628473, 0.6911979, 0.4193067]]],
  xent: [({ x }) => tf.nn.softmaxCrossEntropyWithLogits({ labels: tf.nn.softmax(x), logits: x }), [0.8375472, 0.9807411, 0.4518228]],
  sparse: [({ x }) => tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels: tf.constant([3, 1, 0], { dtype: 'int32' }), logits: x }), [0.4482439, 1.46464, 0.1286241]],
  truediv: [({ i }) => tf.truediv(i, 2), [3.5, -3.5, 2.5]],
  floordiv: [({ i }) => tf.floordiv(i, 2), [3, -4, 2]],
  mod: [({ i }) => tf.mod(i, 3), [1, 2, 2]],
  pad: [({ i }) => tf.pad(i, [[1, 2]], { constantValues: 9 }), [9, 7, -7, 5, 9, 9]],
  reflect: [({ i }) => tf.pad(i, [[1, 2]], { mode: 'REFLECT' }), [-7, 7, -7, 5, -7, 7]],
  oneHot: [() => tf.oneHot([2, 0], 3, 5, -1), [[-1, -1, 5], [5, -1, -1]]],
  transpose: [({ x }) => tf.transpose(x), [[0.5, -0.75, 4], [-1.5, 0, -0.5], [2.25, 1, 0.125], [3, -2, 1.75]]],
  mask: [({ x }) => tf.booleanMask(x, [true, false, true]), [[0.5, -1.5, 2.25, 3], [4, -0.5, 0.125, 1.75]]],
  seq: [() => tf.sequenceMask([1, 3], 4), [[true, false, false, false], [true, true, true, false]]],
  gray: [({ image }) => tf.image.rgbToGrayscale(image), [[[[10], [49], [88]], [[127], [166], [205]]]]],
  floats: [({ image }) => tf.image.convertImageDtype(image, 'float32'), [[[[0, 0.0509804, 0.1019608], [0.1529412, 0.2039216, 0.254902], [0.3058824, 0.3568628, 0.4078432]], [[0.4588236, 0.509804, 0.5607843], [0.6117647, 0.6627451, 0.7137255], [0.764706, 0.8156863, 0.8666667]]]]],
  back: [({ image }) => tf.image.convertImageDtype(tf.image.convertImageDtype(image, 'float32'), 'int16'), [[[[0, 1670, 3341], [5011, 6682, 8352], [10023, 11693, 13364]], [[15034, 16705, 18375], [20046, 21716, 23387], [25057, 26728, 28398]]]]],
  standard: [({ image }) => tf.image.perImageStandardization(image), [[[[-1.638356, -1.445608, -1.252861], [-1.060113, -0.867365, -0.6746172], [-0.4818694, -0.2891217, -0.09637389]], [[0.09637389, 0.2891217, 0.4818694], [0.6746172, 0.867365, 1.060113], [1.252861, 1.445608, 1.638356]]]]],
  saturate: [({ x }) => tf.saturateCast(tf.mul(x, 100), 'int8'), [[50, -128, 127, 127], [-75, 0, 100, -128], [127, -50, 12, 127]]],
  split: [({ x }) => tf.split(x, [1, 3], 1)[1]!, [[-1.5, 2.25, 3], [0, 1, -2], [-0.5, 0.125, 1.75]]],
  unstack: [({ x }) => tf.unstack(x, null, { axis: 1 })[2]!, [2.25, 1, 0.125]],
  eye: [() => tf.eye(2, { numColumns: 3 }), [[1, 0, 0], [0, 1, 0]]],
  zeroFraction: [({ x }) => tf.nn.zeroFraction(x), 0.08333334],
  join: [() => tf.strings.reduceJoin([['a', 'b'], ['c', 'd']], { axis: 0 }), ['ac', 'bd']],
  where: [({ x }) => tf.where(tf.greater(x, 1)), [[0, 2], [0, 3], [2, 0], [2, 3]]],
  argmax: [({ x }) => tf.argmax(x, 1), [3, 2, 0]],
  cumsum: [({ x }) => tf.cumsum(x, 1, { exclusive: true, reverse: true }), [[3.75, 5.25, 3, 0], [-1, -1, -2, 0], [1.375, 1.875, 1.75, 0]]],
  matmul: [({ x }) => tf.matmul(x, x, { transposeB: true }), [[16.5625, -4.125, 8.28125], [-4.125, 5.5625, -6.375], [8.28125, -6.375, 19.32812]]],
  einsum: [({ x }) => tf.einsum('ij,kj->ik', x, x), [[16.5625, -4.125, 8.28125], [-4.125, 5.5625, -6.375], [8.28125, -6.375, 19.32812]]],
  range: [() => tf.range(1, 2, 0.25), [1, 1.25, 1.5, 1.75]],
  linspace: [() => tf.linspace(0, 1, 5), [0, 0.25, 0.5, 0.75, 1]],
  crop: [({ image }) => tf.image.cropToBoundingBox(image, 0, 1, 2, 2), [[[[39, 52, 65], [78, 91, 104]], [[156, 169, 182], [195, 208, 221]]]]],
  resize: [({ image }) => tf.image.resizeImages(image, [4, 2]), [[[[0, 13, 26], [58.5, 71.5, 84.5]], [[58.5, 71.5, 84.5], [117, 130, 143]], [[117, 130, 143], [175.5, 188.5, 201.5]], [[117, 130, 143], [175.5, 188.5, 201.5]]]]],
};

/** Numbers within 1e-6 of the largest; the rest exactly. */
function expectClose(actual: unknown, expected: unknown): void {
  const flat = (value: unknown): unknown[] => (Array.isArray(value) ? value.flatMap(flat) : [typeof value === 'bigint' ? Number(value) : value]);
  const [a, e] = [flat(actual), flat(expected)];
  expect(a).toHaveLength(e.length);
  const scale = Math.max(1, ...e.filter((value) => typeof value === 'number').map(Math.abs));
  e.forEach((value, at) => {
    if (typeof value === 'number') expect(Math.abs((a[at] as number) - value), `element ${at}`).toBeLessThan(1e-6 * scale);
    else expect(a[at]).toBe(value);
  });
}

describe('public functions', () => {
  const graph = new Graph();
  const inputs = graph.asDefault((): Inputs => ({
    x: tf.constant([[0.5, -1.5, 2.25, 3], [-0.75, 0, 1, -2], [4, -0.5, 0.125, 1.75]]),
    i: tf.constant([7, -7, 5], { dtype: 'int32' }),
    image: tf.constant(Array.from({ length: 18 }, (_, at) => (at * 13) % 256), { dtype: 'uint8', shape: [1, 2, 3, 3] }),
  }));
  const session = new Session({ graph, backends: [reference()] });
  afterAll(async () => { await session.close(); });

  it.each(Object.keys(cases))('%s', async (name) => {
    const [program, expected] = cases[name]!;
    const fetch = graph.asDefault(() => program(inputs));
    const result = await session.run(fetch);
    expect(result.dtype).toBe(fetch.dtype);
    expectClose(result.toArray(), expected);
  });
});
