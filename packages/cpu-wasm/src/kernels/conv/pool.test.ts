import { describe, expect, it } from 'vitest';
import { convAttrs, convSizes, naivePool, type ConvCase } from '../testing/naiveConv.js';
import { randomTensor, runKernel, worstError } from '../testing/standalone.js';
import { avgPool, maxPool } from './pool.js';

const cases: ConvCase[] = [
  { strides: [1, 1], dilations: [1, 1], padding: 'SAME' },
  { strides: [2, 2], dilations: [1, 1], padding: 'VALID' },
  { strides: [2, 3], dilations: [1, 1], padding: 'SAME' },
];
const windows: [number, number][] = [[2, 2], [3, 3], [1, 4], [7, 2]];

describe('pooling', () => {
  for (const test of [...cases, { strides: [2, 1], dilations: [1, 1], padding: [1, 1, 0, 1] } satisfies ConvCase]) {
    it(`computes every window and channel count with ${JSON.stringify(test)}`, () => {
      for (const window of windows) for (const channels of [1, 3, 4, 6, 8, 21]) {
        const image = randomTensor([2, 9, 10, channels], 1);
        if (convSizes(image.shape, window, test).size.some((size) => size <= 0)) continue;
        const { strides, padding, explicit_paddings } = convAttrs(test) as Record<string, string | number[]>;
        const attrs = {
          strides: strides!, padding: padding!, data_format: 'NHWC', ksize: [1, ...window, 1], explicit_paddings: explicit_paddings!,
        };
        for (const [kernel, kind] of [[maxPool, 'max'], [avgPool, 'mean']] as const) {
          if (kind === 'mean' && padding === 'EXPLICIT') continue;
          const { shape, data } = naivePool(image, window, test, kind);
          const { outputs } = runKernel(kernel, { op: kernel.op, attrs, inputs: [image], outputs: [{ dtype: 'float32', shape }] });
          expect(worstError(outputs[0]!.data as Float32Array, data), `${kind} ${window} ${channels}`).toBeLessThan(1e-6);
        }
      }
    });
  }
});
