import { describe, expect, it } from 'vitest';
import { argMax, argMin, cumsum } from './scan.js';
import { logSoftmax, softmax } from './softmax.js';
import { topKV2 } from './topK.js';
import { compare, counting, int } from './testing/oracle.js';
import { randomTensor, worstError } from './testing/standalone.js';

const shapes = [[1], [3], [4], [7], [2, 5], [3, 16], [2, 3, 9], [40, 33], [5, 1]];

describe('softmax', () => {
  it('is the exponential’s share, over any row length', async () => {
    for (const kernel of [softmax, logSoftmax]) for (const shape of shapes) for (const scale of [1, 60]) {
      const logits = randomTensor(shape);
      logits.data.forEach((x, i) => { logits.data[i] = x * scale; });
      const { actual, expected } = await compare(kernel, { op: kernel.op, inputs: [logits] });
      expect(worstError(actual[0]!.data as Float32Array, expected[0]!.data as Float32Array), `${kernel.op} ${shape}`).toBeLessThan(2e-6);
    }
  });

  it('keeps NaN and infinities as TensorFlow does', async () => {
    for (const values of [[1, NaN, 2, 3, 4], [-Infinity, 0, 1], [0, 0, 0, -Infinity]]) {
      const logits = randomTensor([values.length]);
      logits.data.set(values);
      const { actual, expected } = await compare(softmax, { op: 'Softmax', inputs: [logits] });
      const rounded = (data: unknown): string[] => Array.from(data as Float32Array, (x) => x.toFixed(5));
      expect(rounded(actual[0]!.data)).toEqual(rounded(expected[0]!.data));
    }
  });
});

describe('along one dimension', () => {
  it('ArgMax, ArgMin', async () => {
    for (const kernel of [argMax, argMin]) for (const dtype of ['int32', 'int64'] as const) for (const axis of [0, 1, 2, -1]) {
      const { actual, expected } = await compare(
        kernel, { op: kernel.op, attrs: { output_type: { type: dtype } }, inputs: [randomTensor([4, 5, 6]), int(axis)], constants: [1] },
        [dtype],
      );
      expect(actual[0]!.data).toEqual(expected[0]!.data);
    }
  });

  it('Cumsum', async () => {
    for (const exclusive of [false, true]) for (const reverse of [false, true]) for (const axis of [0, 1, -1]) for (const x of [
      randomTensor([4, 5, 6]), counting('int32', [4, 5, 6]),
    ]) {
      const { actual, expected } = await compare(
        cumsum, { op: 'Cumsum', attrs: { exclusive, reverse }, inputs: [x, int(axis)], constants: [1] },
      );
      expect(worstError(actual[0]!.data as Float32Array, expected[0]!.data as Float32Array)).toBeLessThan(1e-6);
    }
  });
});

describe('TopKV2', () => {
  it('gives the largest, the first of equals first', async () => {
    for (const [shape, k] of [
      [[1], 1], [[5], 5], [[3, 40], 7], [[2, 100], 1], [[1, 1000], 50], [[4, 33], 33],
    ] as const) for (const kind of ['random', 'rising', 'equal']) {
      const x = randomTensor(shape, 5);
      x.data.forEach((value, i) => { x.data[i] = kind === 'rising' ? i : kind === 'equal' ? Math.round(value * 2) : value; });
      const { actual, expected } = await compare(
        topKV2, { op: 'TopKV2', attrs: { sorted: true }, inputs: [x, int(k)], constants: [1] }, ['float32', 'int32'],
      );
      expect(actual.map(({ data }) => data)).toEqual(expected.map(({ data }) => data));
    }
  });
});
