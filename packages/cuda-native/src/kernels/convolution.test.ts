import * as tf from '@sessionflow/core';
import { describe, expect, it } from 'vitest';
import { cudaNative } from '../backend.js';
import type { CudaNativeOptions } from '../options.js';
import { fakeCuda, whyNoFake, type FakeSettings } from '../testing/fake.js';

const reason = whyNoFake();

/** A number for each place, neither sorted nor symmetric. */
const filled = (shape: readonly number[], seed: number): tf.HostTensor => {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return new tf.HostTensor('float32', shape, Float32Array.from({ length: size }, (_, i) => ((i * 37 + seed) % 19) - 9));
};

interface Conv {
  readonly image: readonly number[];
  readonly filter: readonly number[];
  readonly strides?: readonly number[];
  readonly padding?: 'SAME' | 'VALID';
  readonly dilations?: readonly number[];
  /** Bias and relu. */
  readonly isLayer?: boolean;
}

/** The result, and how many kernels ran: one that lays the filter out for a library call. */
async function convolve({ image, filter, strides = [1, 1, 1, 1], padding = 'SAME', dilations = [1, 1, 1, 1], isLayer = false }: Conv, options: CudaNativeOptions = {}, settings: FakeSettings = {}) {
  const fake = fakeCuda();
  fake.configure(settings);
  try {
    const graph = new tf.Graph();
    const [x, y] = graph.asDefault(() => {
      const given = tf.placeholder('float32', { shape: [...image] });
      const conv = tf.conv2D(given, tf.constant(filled(filter, 5)), [...strides], padding, { dilations: [...dilations] });
      return [given, isLayer ? tf.relu(tf.add(conv, tf.constant(filled([filter[3]!], 11)))) : conv] as const;
    });
    await using session = new tf.Session({ graph, backends: [cudaNative({ ...fake.options, ...options })] });
    const before = fake.counts().kernels;
    const result = await session.run(y, { [x.name]: filled(image, 2) });
    return { values: [...result.data as Float32Array], kernels: fake.counts().kernels - before };
  } finally {
    fake.configure({});
  }
}

const cases: readonly (readonly [string, Conv, isLibrary: boolean])[] = [
  ['3×3, padded', { image: [2, 5, 6, 3], filter: [3, 3, 3, 4] }, true],
  ['1×1', { image: [1, 4, 4, 8], filter: [1, 1, 8, 5] }, true],
  ['strides and no padding', { image: [1, 7, 9, 2], filter: [3, 2, 2, 3], strides: [1, 2, 3, 1], padding: 'VALID' }, true],
  ['dilated', { image: [1, 9, 9, 2], filter: [3, 3, 2, 2], dilations: [1, 2, 2, 1] }, true],
  ['groups', { image: [1, 5, 5, 4], filter: [3, 3, 2, 6] }, true],
  ['bias and relu', { image: [1, 5, 5, 3], filter: [3, 3, 3, 4], isLayer: true }, true],
  // One row and one column of padding, and only at the end: cuDNN pads both sides alike.
  ['uneven padding', { image: [1, 6, 6, 3], filter: [3, 3, 3, 4], strides: [1, 2, 2, 1] }, false],
];

describe.skipIf(reason !== undefined)(`convolutions on the fake library${reason === undefined ? '' : `: ${reason}`}`, () => {
  it.each(cases)('%s', async (_, conv, isLibrary) => {
    const { values, kernels } = await convolve(conv);
    const plain = await convolve(conv, { libraries: false });
    expect(values).toEqual(plain.values);
    if (isLibrary) expect(kernels).toBe(1);
    // What cuDNN finds no algorithm for, or none that is exact within the workspace, the kernel does.
    expect((await convolve(conv, {}, { failLibrary: 1 })).values).toEqual(plain.values);
    expect((await convolve(conv, {}, { failLibraryRun: 1 })).values).toEqual(plain.values);
    expect((await convolve(conv, { workspaceLimit: 0 })).values).toEqual(plain.values);
  });
});
