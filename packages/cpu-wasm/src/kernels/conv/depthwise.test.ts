import { binary, constant, input } from '@sessionflow/core/codegen';
import { describe, expect, it } from 'vitest';
import { convAttrs, convSizes, naiveDepthwise, type ConvCase } from '../testing/naiveConv.js';
import { randomTensor, runKernel, worstError } from '../testing/standalone.js';
import { depthwiseConv2dNative } from './depthwise.js';

const cases: ConvCase[] = [
  { strides: [1, 1], dilations: [1, 1], padding: 'SAME' },
  { strides: [1, 1], dilations: [1, 1], padding: 'VALID' },
  { strides: [2, 2], dilations: [1, 1], padding: 'SAME' },
  { strides: [2, 2], dilations: [1, 1], padding: 'VALID' },
  { strides: [1, 1], dilations: [2, 3], padding: 'SAME' },
  { strides: [3, 3], dilations: [1, 1], padding: 'SAME' },
  { strides: [2, 2], dilations: [1, 1], padding: [0, 3, 2, 1] },
  { strides: [1, 1], dilations: [2, 1], padding: [9, 8, 8, 9] },
];
const windows: [number, number][] = [[3, 3], [1, 1], [5, 5], [2, 7], [4, 1], [9, 9], [3, 12]];
const x = input(0, 'float32');
const expr = binary('add', binary('max', binary('add', x, input(1, 'float32')), constant(0, 'float32')), input(2, 'float32'));

describe('DepthwiseConv2dNative', () => {
  for (const test of cases) {
    it(`computes every window, width and channel count with ${JSON.stringify(test)}`, () => {
      for (const window of windows) for (const channels of [
        1, 3, 4, 5, 8, 14, 19,
      ]) for (const width of [3, 10, 13]) for (const multiplier of [1, 2]) {
        if (multiplier > 1 && (channels > 5 || width > 10)) continue;
        const image = randomTensor([2, 8, width, channels], 1);
        const filter = randomTensor([...window, channels, multiplier], 2);
        if (convSizes(image.shape, window, test).size.some((size) => size <= 0)) continue;
        const { shape, data } = naiveDepthwise(image, filter, test);
        const outChannels = channels * multiplier;
        const [bias, residual] = [randomTensor([outChannels], 3), randomTensor(shape, 4)];
        for (const epilogue of [undefined, { extra: 2, dtype: 'float32' as const, expr }]) {
          const { outputs } = runKernel(depthwiseConv2dNative, {
            op: 'DepthwiseConv2dNative', attrs: convAttrs(test), inputs: epilogue ? [image, filter, bias, residual] : [image, filter],
            constants: [1],
            outputs: [{ dtype: 'float32', shape }], ...(epilogue ? { epilogue } : {}),
          });
          const expected = epilogue ? data.map((value, i) => Math.max(0, value + bias.data[i % outChannels]!) + residual.data[i]!) : data;
          expect(
            worstError(outputs[0]!.data as Float32Array, expected), `${window} ${channels} ${width} x${multiplier}`,
          ).toBeLessThan(1e-6);
        }
      }
    });
  }

  it('cuts lines whose columns fall on the same places of the cache into pieces, and reads large images in order first', () => {
    const sizes: readonly (readonly [channels: number, height: number, width: number])[] = [[512, 4, 21], [256, 4, 37], [128, 66, 65]];
    for (const [channels, height, width] of sizes) for (const window of [3, 5]) for (const stride of [1, 2]) for (const padding of ['SAME', 'VALID'] as const) {
      if (height < window && padding === 'VALID') continue;
      const test: ConvCase = { strides: [stride, stride], dilations: [1, 1], padding };
      const [image, filter] = [randomTensor([1, height, width, channels], 5), randomTensor([window, window, channels, 1], 6)];
      const { shape, data } = naiveDepthwise(image, filter, test);
      const residual = randomTensor(shape, 7);
      const { outputs } = runKernel(depthwiseConv2dNative, {
        op: 'DepthwiseConv2dNative', attrs: convAttrs(test), inputs: [image, filter, residual], constants: [1], outputs: [{ dtype: 'float32', shape }],
        epilogue: { extra: 1, dtype: 'float32', expr: binary('add', x, input(1, 'float32')) },
      });
      const expected = data.map((value, i) => value + residual.data[i]!);
      expect(worstError(outputs[0]!.data as Float32Array, expected), `${channels} ${width} ${window}/${stride} ${padding}`).toBeLessThan(1e-6);
    }
  });
});
