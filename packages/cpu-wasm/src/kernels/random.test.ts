/** Random problems against plain loops: sizes, strides, dilations, paddings, groups, tiles, threads and epilogues in any combination. */
import { binary, constant, input, type Expr } from '@sessionflow/core/codegen';
import { HostTensor, sizeOf, type Shape } from '@sessionflow/core/device';
import type { Kernel } from '@sessionflow/core/kernels';
import { expect, it } from 'vitest';
import type { WasmSource } from '../abi.js';
import type { WasmInfo } from '../info.js';
import { conv2D } from './conv/conv2d.js';
import { depthwiseConv2dNative } from './conv/depthwise.js';
import { conv2DBackpropInput } from './conv/transposed.js';
import { matMul } from './gemm/matMul.js';
import { convAttrs, convSizes, naiveConv, naiveConvBackward, naiveDepthwise, type ConvCase } from './testing/naiveConv.js';
import { randomTensor, runKernel, testInfo, worstError, type TestCall } from './testing/standalone.js';

const rounds = 150;

class Dice {
  constructor(private state: number) {}

  /** A whole number in [low, high]. */
  roll(low: number, high: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return low + Math.floor((this.state / 2 ** 32) * (high - low + 1));
  }

  pick<T>(list: readonly T[]): T {
    return list[this.roll(0, list.length - 1)]!;
  }
}

const tiles = [{ rows: 3, columns: 12 }, { rows: 4, columns: 8 }, { rows: 2, columns: 16 }, { rows: 6, columns: 8 }];

function randomInfo(dice: Dice): WasmInfo {
  const tile = dice.pick(tiles);
  const info = testInfo({ gemmTile: () => tile, threads: dice.roll(1, 3) });
  return { ...info, features: { ...info.features, relaxedSimd: info.features.relaxedSimd && dice.roll(0, 1) === 1 } };
}

/** Runs the kernel with a random epilogue and compares with `expected`, to which the same is done. */
function check(
  dice: Dice, kernel: Kernel<WasmSource, WasmInfo>, test: Omit<TestCall, 'outputs'>, shape: Shape, expected: ArrayLike<number>,
): void {
  const channels = shape.at(-1)!;
  const kinds = Array.from({ length: dice.roll(0, 3) }, () => dice.pick(['channel', 'full', 'scalar'] as const));
  const extras = kinds.map((kind, i) => randomTensor(kind === 'channel' ? [channels] : kind === 'full' ? shape : [], 50 + i));
  let expr: Expr = input(0, 'float32');
  let values = Array.from(expected);
  kinds.forEach((kind, i) => {
    const op = dice.pick(['add', 'mul', 'max'] as const);
    expr = binary(op, expr, input(i + 1, 'float32'));
    const data = extras[i]!.data;
    values = values.map((value, at) => {
      const other = data[kind === 'channel' ? at % channels : kind === 'full' ? at : 0]!;
      return op === 'add' ? value + other : op === 'mul' ? value * other : Math.max(value, other);
    });
  });
  if (dice.roll(0, 1) === 1) {
    expr = binary('max', expr, constant(0, 'float32'));
    values = values.map((value) => Math.max(0, value));
  }
  const call: TestCall = {
    ...test, inputs: [...test.inputs, ...extras], outputs: [{ dtype: 'float32', shape }], epilogue: { extra: extras.length, dtype: 'float32', expr },
  };
  const info = randomInfo(dice);
  const { outputs, program } = runKernel(kernel, call, info);
  const text = `${program.key} ${JSON.stringify({ ...test.attrs, shapes: call.inputs.map((one) => one.shape), threads: info.threads })}`;
  expect(worstError(outputs[0]!.data as Float32Array, values), text).toBeLessThan(5e-6);
}

function randomWindow(dice: Dice): { test: ConvCase; window: [number, number] } {
  const side = (): [number, number] => [dice.roll(1, 3), dice.roll(1, 3)];
  const padding = dice.pick(['SAME', 'VALID', [dice.roll(0, 3), dice.roll(0, 3), dice.roll(0, 3), dice.roll(0, 3)] as const] as const);
  const plain = dice.roll(0, 1) === 0;
  return { test: { strides: side(), dilations: plain ? [1, 1] : side(), padding }, window: [dice.roll(1, 5), dice.roll(1, 6)] };
}

it('multiplies matrices', () => {
  const dice = new Dice(1);
  for (let round = 0; round < rounds; round++) {
    const [m, n, k] = [dice.roll(1, 40), dice.roll(1, 50), dice.pick([dice.roll(1, 30), dice.roll(30, 300), dice.roll(700, 1100)])];
    const [ta, tb] = [dice.roll(0, 1) === 1, dice.roll(0, 1) === 1];
    const [a, b] = [randomTensor(ta ? [k, m] : [m, k], round), randomTensor(tb ? [n, k] : [k, n], round + 1)];
    const expected = new Float64Array(m * n);
    for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) {
      for (let x = 0; x < k; x++) expected[i * n + j]! += a.data[ta ? x * m + i : i * k + x]! * b.data[tb ? j * k + x : x * n + j]!;
    }
    const constants = dice.pick([[], [1]]);
    check(dice, matMul, { op: 'MatMul', attrs: { transpose_a: ta, transpose_b: tb }, inputs: [a, b], constants }, [m, n], expected);
  }
});

it('convolves', () => {
  const dice = new Dice(2);
  for (let round = 0; round < rounds; round++) {
    const { test, window } = randomWindow(dice);
    const groups = dice.pick([1, 1, 1, 2, 3]);
    const [depth, columns] = [dice.roll(1, 20), dice.roll(1, 30)];
    const image = randomTensor([dice.roll(1, 2), dice.roll(1, 12), dice.roll(1, 20), groups * depth], round);
    if (convSizes(image.shape, window, test).size.some((size) => size <= 0)) continue;
    const filter = randomTensor([...window, depth, groups * columns], round + 1);
    const { shape, data } = naiveConv(image, filter, test);
    check(dice, conv2D, { op: 'Conv2D', attrs: convAttrs(test), inputs: [image, filter], constants: dice.pick([[], [1]]) }, shape, data);
  }
});

it('convolves each channel', () => {
  const dice = new Dice(3);
  for (let round = 0; round < rounds; round++) {
    const { test, window } = randomWindow(dice);
    const image = randomTensor([dice.roll(1, 2), dice.roll(1, 12), dice.roll(1, 20), dice.roll(1, 30)], round);
    if (convSizes(image.shape, window, test).size.some((size) => size <= 0)) continue;
    const filter = randomTensor([...window, image.shape[3]!, dice.pick([1, 1, 2, 3])], round + 1);
    const { shape, data } = naiveDepthwise(image, filter, test);
    const call = { op: 'DepthwiseConv2dNative', attrs: convAttrs(test), inputs: [image, filter], constants: dice.pick([[], [1]]) };
    check(dice, depthwiseConv2dNative, call, shape, data);
  }
});

it('convolves backward', () => {
  const dice = new Dice(4);
  for (let round = 0; round < rounds; round++) {
    const { test, window } = randomWindow(dice);
    const shape = [dice.roll(1, 2), dice.roll(1, 14), dice.roll(1, 20), dice.roll(1, 20)];
    const { size } = convSizes(shape, window, test);
    if (size.some((one) => one <= 0)) continue;
    const filter = randomTensor([...window, shape[3]!, dice.roll(1, 24)], round);
    const gradient = randomTensor([shape[0]!, ...size, filter.shape[3]!], round + 1);
    const sizes = new HostTensor('int32', [4], Int32Array.from(shape));
    const expected = naiveConvBackward(shape, gradient, filter, test);
    expect(expected.length).toBe(sizeOf(shape));
    const call = { op: 'Conv2DBackpropInput', attrs: convAttrs(test), inputs: [sizes, filter, gradient], constants: [0, 1] };
    check(dice, conv2DBackpropInput, call, shape, expected);
  }
});
