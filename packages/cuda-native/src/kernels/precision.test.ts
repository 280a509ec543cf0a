/** How float32Math rounds factors, in products and convolutions, and the epilogues of the library, by values. */
import * as tf from '@sessionflow/core';
import { describe, expect, it } from 'vitest';
import { cudaNative } from '../backend.js';
import type { Float32Math } from '../info.js';
import type { CudaNativeOptions } from '../options.js';
import { fakeCuda, whyNoFake, type FakeSettings } from '../testing/fake.js';
import { held } from '../testing/onDevice.js';

const reason = whyNoFake();

/** The values of what `build` makes of a fed [2, 2], and how many kernels ran. */
async function valuesOf(build: (x: tf.Tensor<'float32'>) => tf.Tensor, fed: readonly number[], options: CudaNativeOptions = {}, settings: FakeSettings = {}) {
  const fake = fakeCuda();
  fake.configure(settings);
  const before = held(fake.counts());
  try {
    const graph = new tf.Graph();
    const [x, y] = graph.asDefault(() => {
      const given = tf.placeholder('float32', { shape: [2, 2] });
      return [given, build(given)] as const;
    });
    const session = new tf.Session({ graph, backends: [cudaNative({ ...fake.options, ...options })] });
    const kernels = fake.counts().kernels;
    const result = await session.run(y, { [x.name]: tf.HostTensor.from([...fed], { dtype: 'float32', shape: [2, 2] }) });
    const ran = fake.counts().kernels - kernels;
    await session.close();
    expect(held(fake.counts())).toEqual(before);
    return { values: [...(result as tf.HostTensor<'float32'>).data], kernels: ran };
  } finally {
    fake.configure({});
  }
}

// 1 + 2⁻¹² is a float32, and 1 in every narrower form; 1 + 2⁻⁹ has a place in TF32 and float16, and none in bfloat16.
const [fine, middling] = [1 + 2 ** -12, 1 + 2 ** -9];
const fed = [fine, 0, middling, 0];
const rounded: readonly (readonly [Float32Math, product: readonly number[], convolution: readonly number[]])[] = [
  ['exact', [fine, middling], [fine, middling]],
  ['tf32', [1, middling], [1, middling]],
  ['float16', [1, middling], [1, middling]],
  // cuDNN takes TF32 for it.
  ['bfloat16', [1, 1], [1, middling]],
];

describe.skipIf(reason !== undefined)(`float32Math${reason === undefined ? '' : `: ${reason}`}`, () => {
  it.each(rounded)('%s', async (float32Math, product, convolution) => {
    const [one, filter] = [[[1], [0]], [[[[1], [0]]]]];
    expect((await valuesOf((x) => tf.matMul(x, tf.constant(one)), fed, { float32Math })).values).toEqual(product);
    expect((await valuesOf((x) => tf.conv2D(tf.reshape(x, [1, 2, 1, 2]), tf.constant(filter), [1, 1, 1, 1], 'VALID'), fed, { float32Math })).values).toEqual(convolution);
  });

  it('is of no concern to the kernels that stand in for the libraries', async () => {
    expect((await valuesOf((x) => tf.matMul(x, tf.constant([[1], [0]])), fed, { float32Math: 'bfloat16', libraries: false })).values).toEqual([fine, middling]);
  });
});

describe.skipIf(reason !== undefined)('epilogues on the fake library', () => {
  const weights = [[1, -2], [3, 0.5]];
  const product = (x: tf.Tensor<'float32'>): tf.Tensor<'float32'> => tf.matMul(x, tf.constant(weights));
  const biased = (x: tf.Tensor<'float32'>): tf.Tensor<'float32'> => tf.add(product(x), tf.constant([0.5, -1]));
  const gelu = (x: tf.Tensor<'float32'>): tf.Tensor<'float32'> => tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.pow(x, 3)))))));

  it.each<[string, (x: tf.Tensor<'float32'>) => tf.Tensor]>([
    ['relu', (x) => tf.relu(product(x))], ['bias', biased], ['bias and relu', (x) => tf.relu(biased(x))], ['gelu', (x) => gelu(product(x))], ['bias and gelu', (x) => gelu(biased(x))],
  ])('%s is part of the call', async (_, build) => {
    const { values, kernels } = await valuesOf(build, [1, -2, 0.25, 3]);
    const plain = await valuesOf(build, [1, -2, 0.25, 3], { libraries: false });
    expect(kernels).toBe(0);
    values.forEach((value, i) => { expect(value).toBeCloseTo(plain.values[i]!, 5); });
  });

  it('a graph whose library call takes no other memory is made anew', async () => {
    const twice = (x: tf.Tensor<'float32'>): tf.Tensor => tf.matMul(tf.relu(product(x)), tf.constant(weights));
    const { values } = await valuesOf(twice, [1, -2, 0.25, 3], {}, { failUpdate: 1 });
    expect(values).toEqual((await valuesOf(twice, [1, -2, 0.25, 3])).values);
  });
});

it.skipIf(reason !== undefined).each([
  [103, 'PTX of the newest that it knows'], [86, 'machine code of an earlier device of its generation'],
])('a device of compute capability %s/10, which the compiler does not know, runs %s', async (capability) => {
  const { values } = await valuesOf((x) => tf.mul(tf.exp(x), 2), [0, 1, 2, 3], {}, { capability });
  expect(values).toEqual([0, 1, 2, 3].map((x) => expect.closeTo(2 * Math.exp(x), 4) as number));
});
