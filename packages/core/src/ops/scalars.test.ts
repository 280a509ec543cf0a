/** Scalar meanings where formulae go wrong: NaN, signed zeros, infinities, int limits. The expected values are TensorFlow 2.21's. */
import { describe, expect, it } from 'vitest';
import { input } from '../codegen/expr.js';
import type { DType } from '../dtypes.js';
import { AttrReader } from '../graph/attrs.js';
import { HostTensor } from '../hostTensor.js';
import { evaluate } from '../kernels/host/evaluate/evaluate.js';
import { numbersOf } from './shapes/common.js';
import { definitionOf, nodeOf } from './testing/opCase.js';

const nan = NaN;
const inf = Infinity;
const lowest = -2147483648;

/** The op on vectors; bools come back as 0 and 1. */
function run(op: string, columns: readonly (readonly number[])[], dtype: DType = 'float32', attrs: Readonly<Record<string, unknown>> = {}): number[] {
  const inputs = columns.map((values) => HostTensor.from(values, { dtype, shape: [values.length] }));
  const node = nodeOf(op, attrs, inputs);
  const { scalar } = definitionOf(op);
  if (scalar === undefined) throw new Error(`${op} has no scalar meaning`);
  const output = scalar(inputs.map((tensor, i) => input(i, tensor.dtype)), new AttrReader(node.attrs, op), node.outputs[0] ?? dtype);
  const [result] = evaluate({ inputs: inputs.map((tensor) => tensor.dtype), outputs: [output] }, inputs, [columns[0]?.length ?? 0]);
  return result === undefined ? [] : numbersOf(result);
}

type Case = readonly [op: string, columns: readonly (readonly number[])[], expected: readonly number[], dtype?: DType, attrs?: Readonly<Record<string, unknown>>];

const floats = [[7, -7, 7, -7, 5.5, -5.5, 1, 0, -0, 1, nan], [3, 3, -3, -3, 2, 2, 0, 0, 3, -inf, 1]] as const;
const ints = [[7, -7, 7, -7, lowest], [3, 3, -3, -3, -1]] as const;

const cases: readonly Case[] = [
  ['FloorDiv', floats, [2, -3, -3, 2, 2, -3, inf, nan, -0, -0, nan]],
  ['FloorMod', floats, [1, 2, -2, -1, 1.5, 0.5, nan, nan, -0, -inf, nan]],
  ['Mod', floats, [1, -1, 1, -1, 1.5, -1.5, nan, nan, -0, 1, nan]],
  ['TruncateDiv', floats, [2, -2, -2, 2, 2, -2, inf, nan, -0, -0, nan]],
  ['FloorDiv', ints, [2, -3, -3, 2, lowest], 'int32'],
  ['FloorMod', ints, [1, 2, -2, -1, 0], 'int32'],
  ['TruncateMod', ints, [1, -1, 1, -1, 0], 'int32'],
  ['TruncateDiv', ints, [2, -2, -2, 2, lowest], 'int32'],
  ['FloorDiv', [[7, 250, 7], [3, 3, 200]], [2, 83, 0], 'uint8'],
  ['DivNoNan', [[1, nan, inf, 3], [0, 0, -0, 2]], [0, 0, 0, 1.5]],
  ['MulNoNan', [[1, nan, inf, 3], [0, 0, -0, 2]], [0, 0, 0, 6]],
  ['Xlogy', [[0, 0, 1, 0], [0, nan, 0, inf]], [0, 0, -inf, 0]],
  ['Xdivy', [[0, 0, 1], [0, nan, 0]], [0, 0, inf]],
  ['Maximum', [[nan, 1, -inf], [1, nan, -5]], [nan, nan, -5]],
  ['Minimum', [[nan, 1, -inf], [1, nan, -5]], [nan, nan, -inf]],
  ['Pow', [[2, 3, 0, 1, 3], [3, 0, 0, 5, 41]], [8, 1, 1, 1, 2069870691], 'int32'],
  ['SquaredDifference', [[5, -3], [2, 1]], [9, 16], 'int32'],
  ['Relu', [[nan, -inf, -1.5, 0.5, inf]], [nan, 0, 0, 0.5, inf]],
  ['Relu6', [[nan, -inf, 6.5, 0.5]], [nan, 0, 6, 0.5]],
  ['LeakyRelu', [[nan, -2, 3]], [nan, -0.5, 3], 'float32', { alpha: 0.25 }],
  ['Elu', [[nan, -inf, 2]], [nan, -1, 2]],
  ['Softplus', [[nan, -inf, inf, 100, -200]], [nan, 0, inf, 100, 0]],
  ['Softsign', [[nan, inf, 1]], [nan, nan, 0.5]],
  ['Sign', [[nan, -inf, -0.5, 0, 2]], [nan, -1, -1, 0, 1]],
  ['Round', [[0.5, 1.5, 2.5, -0.5, -1.5]], [0, 2, 2, -0, -2]],
  ['Round', [[7, -7]], [7, -7], 'int32'],
  ['ReluGrad', [[1, 1, 1, nan], [0, 2, nan, 0]], [0, 1, 0, nan]],
  ['Relu6Grad', [[1, 1, 1, 1], [0, 2, 6, nan]], [0, 1, 0, 0]],
  ['EluGrad', [[1, 1, 1], [-0.5, 0, nan]], [0.5, 1, 1]],
  ['TanhGrad', [[-1, 0, nan], [1, 1, 1]], [0, 1, nan]],
  ['ClipByValue', [[nan, 1, 5, -3], [0, 0, 0, 0], [2, 2, 2, 2]], [nan, 1, 2, 0]],
  ['ClipByValue', [[1, 5, 1], [3, nan, 0], [2, 2, nan]], [3, 2, 1]],
  ['LeftShift', [[1, 1, 1, 5], [1, 32, 100, -1]], [2, lowest, lowest, 5], 'int32'],
  ['RightShift', [[100, lowest, -5], [1, 100, -1]], [50, -1, -5], 'int32'],
  ['LeftShift', [[1, 1], [8, 100]], [128, 128], 'uint8'],
  ['Abs', [[lowest, -7]], [lowest, 7], 'int32'],
  ['IsNan', [[nan, 1, inf]], [1, 0, 0]],
  ['IsInf', [[nan, 1, -inf]], [0, 0, 1]],
  ['IsFinite', [[nan, 1, -inf]], [0, 1, 0]],
  ['ApproximateEqual', [[1, nan, inf, 1], [1.000001, nan, inf, 2]], [1, 0, 0, 0]],
  ['Cast', [[1.5, -1.5, 255.9]], [1, -1, 255], 'float32', { DstT: 'int32' }],
  ['Cast', [[0.1, nan, 0]], [1, 1, 0], 'float32', { DstT: 'bool' }],
  ['Cast', [[1.0009, 65519, 1e6]], [1, 65504, inf], 'float32', { DstT: 'float16', Truncate: true }],
  ['Cast', [[1.0009, 65519, 65520]], [1.0009765625, 65504, inf], 'float32', { DstT: 'float16' }],
  ['ZerosLike', [[nan, 1]], [0, 0]],
  ['FakeQuantWithMinMaxArgs', [[0.1, 7, -9]], [0.09411764889955521, 5.976470470428467, -6.023529529571533]],
];

describe('scalar meanings', () => {
  it.each(cases.map((fact) => [`${fact[0]} of ${fact[1].join(' and ')}`, fact] as const))('%s', (_, [op, columns, expected, dtype, attrs]) => {
    const result = run(op, columns, dtype, attrs);
    expect(result).toHaveLength(expected.length);
    result.forEach((value, i) => {
      const wanted = expected[i] ?? nan;
      if (Number.isFinite(wanted) && !Number.isInteger(wanted)) expect(value).toBeCloseTo(wanted, 6);
      else expect(value).toBe(wanted);
    });
  });
});
