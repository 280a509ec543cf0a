import { binary, constant, input } from '@sessionflow/core/codegen';
import { describe, expect, it } from 'vitest';
import { resizeBilinear, resizeNearestNeighbor } from './resize.js';
import { compare, counting, hostResult, ints } from './testing/oracle.js';
import { randomTensor, runKernel, worstError } from './testing/standalone.js';

const options = [[false, false], [true, false], [false, true]] as const;
const sizes = [[5, 7, 10, 14], [5, 7, 3, 4], [1, 1, 4, 5], [8, 6, 8, 6], [4, 4, 1, 1], [3, 9, 7, 2]] as const;

describe('resizing', () => {
  it('bilinear', async () => {
    for (const [alignCorners, halfPixels] of options) for (const [h, w, oh, ow] of sizes) for (const channels of [1, 3, 4, 7, 12]) {
      const test = {
        op: 'ResizeBilinear', attrs: { align_corners: alignCorners, half_pixel_centers: halfPixels },
        inputs: [randomTensor([2, h, w, channels]), ints(oh, ow)], constants: [1],
      };
      const { actual, expected } = await compare(resizeBilinear, test, ['float32']);
      expect(
        worstError(actual[0]!.data as Float32Array, expected[0]!.data as Float32Array), JSON.stringify([h, w, oh, ow, channels]),
      ).toBeLessThan(1e-6);
    }
  });

  it('bilinear with an epilogue', async () => {
    const test = {
      op: 'ResizeBilinear', attrs: { align_corners: false, half_pixel_centers: true }, inputs: [randomTensor([1, 3, 3, 5]), ints(6, 6)],
      constants: [1],
    };
    const [expected] = await hostResult({ ...test, outputs: [{ dtype: 'float32' }] });
    const { outputs } = runKernel(resizeBilinear, {
      ...test, outputs: [expected!], epilogue: { extra: 0, dtype: 'float32', expr: binary('mul', input(0, 'float32'), constant(2, 'float32')) },
    });
    expect(worstError(outputs[0]!.data as Float32Array, (expected!.data as Float32Array).map((x) => 2 * x))).toBeLessThan(1e-6);
  });

  it('nearest', async () => {
    for (const dtype of ['uint8', 'float32', 'int64'] as const) for (const [
      alignCorners, halfPixels,
    ] of options) for (const [h, w, oh, ow] of sizes) for (const channels of [1, 3, 5, 20]) {
      const test = {
        op: 'ResizeNearestNeighbor', attrs: { align_corners: alignCorners, half_pixel_centers: halfPixels },
        inputs: [counting(dtype, [2, h, w, channels]), ints(oh, ow)], constants: [1],
      };
      const { actual, expected } = await compare(resizeNearestNeighbor, test);
      expect(actual[0]!.data).toEqual(expected[0]!.data);
    }
  });
});
