import { binary, constant, input } from '@sessionflow/core/codegen';
import { HostTensor } from '@sessionflow/core/device';
import { describe, expect, it } from 'vitest';
import { convAttrs, convSizes, naiveConv, naiveConvBackward, type ConvCase } from '../testing/naiveConv.js';
import { randomTensor, runKernel, testInfo, worstError } from '../testing/standalone.js';
import { conv2D } from './conv2d.js';
import { conv2DBackpropInput } from './transposed.js';

const cases: ConvCase[] = [
  { strides: [1, 1], dilations: [1, 1], padding: 'SAME' },
  { strides: [1, 1], dilations: [1, 1], padding: 'VALID' },
  { strides: [2, 2], dilations: [1, 1], padding: 'SAME' },
  { strides: [2, 1], dilations: [1, 1], padding: 'VALID' },
  { strides: [1, 2], dilations: [1, 1], padding: 'SAME' },
  { strides: [1, 1], dilations: [2, 2], padding: 'SAME' },
  { strides: [1, 1], dilations: [1, 3], padding: 'SAME' },
  { strides: [3, 3], dilations: [1, 1], padding: 'SAME' },
  { strides: [2, 2], dilations: [1, 1], padding: [1, 2, 0, 3] },
  { strides: [1, 1], dilations: [2, 1], padding: [4, 0, 2, 2] },
];
const windows: [number, number][] = [[1, 1], [3, 3], [2, 2], [1, 5], [5, 1], [5, 4]];
const channels: [number, number][] = [
  [1, 1], [3, 16], [3, 5], [4, 8], [7, 12], [8, 9], [16, 24], [13, 20], [12, 1], [9, 3], [50, 2], [3, 1],
];
/** A long window over one channel: dot products along a merged line. */
const lineCase: [number, number] = [1, 31];

describe('Conv2D', () => {
  for (const test of cases) {
    it(`computes every window and channel count with ${JSON.stringify(test)}`, () => {
      for (const window of windows) for (const [depth, columns] of channels) for (const isConstant of [true, false]) {
        const image = randomTensor([2, 9, 8, depth], 1);
        const filter = randomTensor([...window, depth, columns], 2);
        if (convSizes(image.shape, window, test).size.some((size) => size <= 0)) continue;
        const { shape, data } = naiveConv(image, filter, test);
        const { outputs } = runKernel(conv2D, {
          op: 'Conv2D', attrs: convAttrs(test), inputs: [image, filter], constants: isConstant ? [1] : [],
          outputs: [{ dtype: 'float32', shape }],
        });
        expect(worstError(outputs[0]!.data as Float32Array, data), `${window} ${depth}→${columns} ${isConstant}`).toBeLessThan(3e-6);
      }
    });
  }

  it('transforms tiles of 3×3 windows: odd sizes, wide paddings, few and many tiles, any channels, an epilogue', () => {
    const x = input(0, 'float32');
    const expr = binary('add', binary('max', binary('add', x, input(1, 'float32')), constant(0, 'float32')), input(2, 'float32'));
    const paddings: readonly ConvCase['padding'][] = ['SAME', 'VALID', [2, 1, 3, 0], [0, 5, 0, 6]];
    for (const padding of paddings) for (const [height, width] of [[10, 11], [7, 26], [31, 12]] as const) for (const [depth, columns] of [[16, 16], [18, 21], [17, 64], [40, 19]] as const) {
      const test: ConvCase = { strides: [1, 1], dilations: [1, 1], padding };
      const [image, filter] = [randomTensor([2, height, width, depth], 1), randomTensor([3, 3, depth, columns], 2)];
      const { shape, data } = naiveConv(image, filter, test);
      const [bias, residual] = [randomTensor([columns], 3), randomTensor(shape, 4)];
      const { outputs, program } = runKernel(conv2D, {
        op: 'Conv2D', attrs: convAttrs(test), inputs: [image, filter, bias, residual], constants: [1], outputs: [{ dtype: 'float32', shape }],
        epilogue: { extra: 2, dtype: 'float32', expr },
      });
      expect(program.key).toContain('winograd');
      const expected = data.map((value, i) => Math.max(0, value + bias.data[i % columns]!) + residual.data[i]!);
      expect(worstError(outputs[0]!.data as Float32Array, expected), `${height}×${width} ${depth}→${columns} ${String(padding)}`).toBeLessThan(1e-6);
    }
  });

  it('merges long lines', () => {
    for (const test of cases.slice(0, 5)) for (const [depth, columns] of [[1, 1], [1, 2], [2, 9], [8, 8]] as const) {
      const image = randomTensor([2, 3, 70, depth], 1);
      const filter = randomTensor([...lineCase, depth, columns], 2);
      const { shape, data } = naiveConv(image, filter, test);
      const { outputs } = runKernel(
        conv2D, { op: 'Conv2D', attrs: convAttrs(test), inputs: [image, filter], constants: [1], outputs: [{ dtype: 'float32', shape }] },
      );
      expect(worstError(outputs[0]!.data as Float32Array, data)).toBeLessThan(3e-6);
    }
  });

  it('has groups', () => {
    for (const [groups, depth, columns] of [[2, 4, 6], [3, 8, 8], [4, 1, 2], [5, 2, 1]] as const) for (const isConstant of [true, false]) {
      const image = randomTensor([1, 6, 7, groups * depth], 1);
      const filter = randomTensor([3, 3, depth, groups * columns], 2);
      const { shape, data } = naiveConv(image, filter, cases[0]!);
      const bias = randomTensor([groups * columns], 3);
      const x = input(0, 'float32');
      const expr = binary('max', binary('add', x, input(1, 'float32')), constant(0, 'float32'));
      const { outputs } = runKernel(conv2D, {
        op: 'Conv2D', attrs: convAttrs(cases[0]!), inputs: [image, filter, bias], constants: isConstant ? [1] : [],
        outputs: [{ dtype: 'float32', shape }],
        epilogue: { extra: 1, dtype: 'float32', expr },
      });
      const expected = data.map((value, i) => Math.max(0, value + bias.data[i % (groups * columns)]!));
      expect(worstError(outputs[0]!.data as Float32Array, expected)).toBeLessThan(3e-6);
    }
  });

  it('cuts large images into items', () => {
    const image = randomTensor([1, 48, 48, 24], 1);
    const filter = randomTensor([3, 3, 24, 40], 2);
    const { shape, data } = naiveConv(image, filter, cases[0]!);
    const { outputs, program } = runKernel(
      conv2D,
      { op: 'Conv2D', attrs: convAttrs(cases[0]!), inputs: [image, filter], constants: [1], outputs: [{ dtype: 'float32', shape }] },
    );
    expect(program.launch.grid[0]).toBeGreaterThan(5);
    expect(worstError(outputs[0]!.data as Float32Array, data)).toBeLessThan(2e-6);
  });

  it('leaves what it has no form for to others', () => {
    const call = {
      inputs: [randomTensor([1, 4, 4, 4]), randomTensor([3, 3, 4, 4])], outputs: [{ dtype: 'float32', shape: [1, 4, 4, 4] }],
    } as const;
    const info = testInfo();
    const run = (attrs: Record<string, string | readonly number[]>) => () => runKernel(
      conv2D, { op: 'Conv2D', attrs: { ...convAttrs(cases[0]!), ...attrs }, ...call }, info,
    );
    expect(run({ data_format: 'NCHW' })).toThrow('does not accept');
    expect(run({ strides: [1, 1, 1, 2] })).toThrow('does not accept');
    expect(run({})).not.toThrow();
  });
});

describe('Conv2DBackpropInput', () => {
  it('takes an epilogue', () => {
    const shape = [1, 12, 14, 6];
    const [filter, gradient, bias, residual] = [
      randomTensor([4, 4, 6, 16], 2), randomTensor([1, 6, 7, 16], 3), randomTensor([6], 4), randomTensor(shape, 5),
    ];
    const data = naiveConvBackward(shape, gradient, filter, cases[2]!);
    const sizes = new HostTensor('int32', [4], Int32Array.from(shape));
    const expr = binary(
      'add', binary('max', binary('add', input(0, 'float32'), input(1, 'float32')), constant(0, 'float32')), input(2, 'float32'),
    );
    const { outputs } = runKernel(conv2DBackpropInput, {
      op: 'Conv2DBackpropInput', attrs: convAttrs(cases[2]!), inputs: [sizes, filter, gradient, bias, residual], constants: [0, 1],
      outputs: [{ dtype: 'float32', shape }], epilogue: { extra: 2, dtype: 'float32', expr },
    });
    const expected = data.map((value, i) => Math.max(0, value + bias.data[i % 6]!) + residual.data[i]!);
    expect(worstError(outputs[0]!.data as Float32Array, expected)).toBeLessThan(3e-6);
  });

  for (const test of cases) {
    it(`is the transposed convolution with ${JSON.stringify(test)}`, () => {
      for (const window of windows) for (const [inner, outer] of channels) {
        const shape = [2, 9, 8, inner];
        const { size } = convSizes(shape, window, test);
        if (size.some((one) => one <= 0)) continue;
        const filter = randomTensor([...window, inner, outer], 2);
        const gradient = randomTensor([2, ...size, outer], 3);
        const expected = naiveConvBackward(shape, gradient, filter, test);
        const sizes = new HostTensor('int32', [4], Int32Array.from(shape));
        const { outputs } = runKernel(conv2DBackpropInput, {
          op: 'Conv2DBackpropInput', attrs: convAttrs(test), inputs: [sizes, filter, gradient], constants: [0, 1],
          outputs: [{ dtype: 'float32', shape }],
        });
        expect(worstError(outputs[0]!.data as Float32Array, expected), `${window} ${inner}←${outer}`).toBeLessThan(3e-6);
      }
    });
  }
});
