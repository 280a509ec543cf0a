import { describe, expect, it } from 'vitest';
import { binary, bitcast, cast, compare, constant, type Expr, input, select, unary } from '../../../codegen/expr.js';
import type { DType } from '../../../dtypes.js';
import { InvalidArgumentError } from '../../../errors.js';
import { HostTensor } from '../../../hostTensor.js';
import { evaluate } from './evaluate.js';

type Values = Parameters<typeof HostTensor.from>[0];

/** The flat result of one expression over inputs of one dtype each. */
function run(expr: Expr, inputs: readonly [DType, Values][], shape: readonly number[]): unknown {
  const tensors = inputs.map(([dtype, values]) => HostTensor.from(values, { dtype }));
  const [out] = evaluate({ inputs: inputs.map(([dtype]) => dtype), outputs: [expr] }, tensors, shape);
  return out!.toArray();
}

const x = (dtype: DType): Expr => input(0, dtype);
const y = (dtype: DType): Expr => input(1, dtype);

describe('arithmetic', () => {
  it('rounds float32 after every operation', () => {
    const sum = binary('sub', binary('add', x('float32'), constant(16777216, 'float32')), constant(16777216, 'float32'));
    expect(run(sum, [['float32', [1, 3, 0.5]]], [3])).toEqual([0, 4, 0]);
    expect(run(sum, [['float32', [2]]], [1])).toEqual([2]);
  });

  it('rounds float16 and bfloat16 after every operation', () => {
    const twice = (dtype: DType): Expr => binary('mul', binary('add', x(dtype), constant(1, dtype)), constant(2, dtype));
    expect(run(twice('float16'), [['float16', [2048, 0.0001]]], [2])).toEqual([4096, 2]);
    expect(run(twice('bfloat16'), [['bfloat16', [256]]], [1])).toEqual([512]);
  });

  it('wraps integers at their width', () => {
    expect(run(binary('add', x('int8'), constant(1, 'int8')), [['int8', [127]]], [1])).toEqual([-128]);
    expect(run(binary('mul', x('int32'), x('int32')), [['int32', [65537, -2147483648]]], [2])).toEqual([131073, 0]);
    expect(run(binary('mul', x('uint32'), x('uint32')), [['uint32', [4294967295]]], [1])).toEqual([1]);
    expect(run(binary('add', x('int64'), constant(1n, 'int64')), [['int64', [9223372036854775807n]]], [1])).toEqual([-9223372036854775808n]);
    expect(run(binary('sub', x('uint64'), constant(1n, 'uint64')), [['uint64', [0n]]], [1])).toEqual([18446744073709551615n]);
  });

  it('divides integers toward zero and refuses zero', () => {
    const quotient = (dtype: DType): Expr => binary('div', x(dtype), y(dtype));
    expect(run(quotient('int32'), [['int32', [7, -7, -2147483648]], ['int32', [2, 2, -1]]], [3])).toEqual([3, -3, -2147483648]);
    expect(() => run(quotient('int32'), [['int32', [1]], ['int32', [0]]], [1])).toThrow(InvalidArgumentError);
    expect(() => run(quotient('int64'), [['int64', [1n]], ['int64', [0n]]], [1])).toThrow('Integer division by zero');
    expect(() => run(binary('mod', x('uint8'), y('uint8')), [['uint8', [1]], ['uint8', [0]]], [1])).toThrow('Integer division by zero');
  });

  it('clamps shifts to the width', () => {
    expect(run(binary('shl', x('int8'), y('int8')), [['int8', [1, 1, 3]], ['int8', [3, 100, -5]]], [3])).toEqual([8, -128, 3]);
    expect(run(binary('shr', x('uint32'), y('uint32')), [['uint32', [4294967295]], ['uint32', [31]]], [1])).toEqual([1]);
    expect(run(binary('shr', x('int64'), y('int64')), [['int64', [-8n]], ['int64', [1n]]], [1])).toEqual([-4n]);
  });

  it('gives NaN from min and max when either is NaN', () => {
    for (const op of ['min', 'max'] as const) {
      expect(run(binary(op, x('float32'), y('float32')), [['float32', [NaN, 1, 1]], ['float32', [1, NaN, 2]]], [3]))
        .toEqual([NaN, NaN, op === 'min' ? 1 : 2]);
    }
  });

  it('raises integers to powers, not to negative ones', () => {
    expect(run(binary('pow', x('int32'), y('int32')), [['int32', [3, -2, 7]], ['int32', [4, 3, 0]]], [3])).toEqual([81, -8, 1]);
    expect(() => run(binary('pow', x('int32'), y('int32')), [['int32', [2]], ['int32', [-1]]], [1])).toThrow('negative integer powers');
    expect(run(binary('pow', x('float64'), y('float64')), [['float64', [1, -1]], ['float64', [NaN, Infinity]]], [2])).toEqual([1, 1]);
  });

  it('computes with complex numbers', () => {
    const pairs = (...values: [number, number][]): Values => values;
    expect(run(binary('mul', x('complex64'), y('complex64')), [['complex64', pairs([1, 2])], ['complex64', pairs([3, -1])]], [1])).toEqual([[5, 5]]);
    expect(run(binary('div', x('complex128'), y('complex128')), [['complex128', pairs([-5, 10])], ['complex128', pairs([1, 2])]], [1])).toEqual([[3, 4]]);
    expect(run(compare('eq', x('complex64'), y('complex64')), [['complex64', pairs([1, 2], [1, 3])], ['complex64', pairs([1, 2], [1, 2])]], [2])).toEqual([true, false]);
  });
});

describe('casts', () => {
  it('cuts floats off, and gives the smallest integer for what does not fit', () => {
    expect(run(cast(x('float32'), 'int32'), [['float32', [1.9, -1.9, 3e9, NaN, -Infinity]]], [5])).toEqual([1, -1, -2147483648, -2147483648, -2147483648]);
    expect(run(cast(x('float64'), 'int64'), [['float64', [1e18, NaN]]], [2])).toEqual([1000000000000000000n, -9223372036854775808n]);
    expect(run(cast(x('float32'), 'uint8'), [['float32', [255, 256, -1]]], [3])).toEqual([255, 0, 255]);
  });

  it('rounds 64-bit integers to float32 once', () => {
    // 2^53 + 2^29 + 1: through float64 it would first become the tie 2^53 + 2^29.
    expect(run(cast(x('int64'), 'float32'), [['int64', [9007199791611905n]]], [1])).toEqual([9007200328482816]);
  });

  it('makes booleans of what is not 0', () => {
    expect(run(cast(x('float32'), 'bool'), [['float32', [0, -0, 0.5, NaN]]], [4])).toEqual([false, false, true, true]);
    expect(run(cast(x('bool'), 'float16'), [['bool', [true, false]]], [2])).toEqual([1, 0]);
  });

  it('takes the real part of complex numbers', () => {
    expect(run(cast(x('complex64'), 'float32'), [['complex64', [[1.5, 7]]]], [1])).toEqual([1.5]);
    expect(run(cast(x('float32'), 'complex128'), [['float32', [2]]], [1])).toEqual([[2, 0]]);
  });

  it('keeps the bits in a bitcast', () => {
    expect(run(bitcast(x('float32'), 'int32'), [['float32', [1, -0]]], [2])).toEqual([1065353216, -2147483648]);
    expect(run(bitcast(x('int16'), 'float16'), [['int16', [0x3c00]]], [1])).toEqual([1]);
    expect(run(bitcast(x('float64'), 'int64'), [['float64', [1]]], [1])).toEqual([4607182418800017408n]);
  });
});

describe('shapes', () => {
  it('broadcasts as NumPy does', () => {
    const sum = binary('add', x('int32'), y('int32'));
    expect(run(sum, [['int32', [[1], [2]]], ['int32', [10, 20, 30]]], [2, 3])).toEqual([[11, 21, 31], [12, 22, 32]]);
    expect(run(sum, [['int32', [[[1, 2]], [[3, 4]]]], ['int32', [[10], [20]]]], [2, 2, 2])).toEqual([[[11, 12], [21, 22]], [[13, 14], [23, 24]]]);
    expect(run(sum, [['int32', []], ['int32', [1]]], [0])).toEqual([]);
  });

  it('goes on across blocks', () => {
    const n = 10_000;
    const rows = HostTensor.from(Float32Array.from({ length: n * 3 }, (_, i) => i), { shape: [n, 3] });
    const scale = HostTensor.from(Float32Array.of(1, 2, 3));
    const [out] = evaluate({ inputs: ['float32', 'float32'], outputs: [binary('mul', x('float32'), y('float32'))] }, [rows, scale], [n, 3]);
    const data = out!.data as Float32Array;
    expect(data.every((value, i) => value === i * ((i % 3) + 1))).toBe(true);
  });

  it('shares common parts and gives several outputs', () => {
    const root = unary('sqrt', x('float32'));
    const fn = { inputs: ['float32' as const], outputs: [binary('add', root, root), select(compare('gt', root, constant(1, 'float32')), root, constant(-1, 'float32'))] };
    const [a, b] = evaluate(fn, [HostTensor.from([0.25, 4], { dtype: 'float32' })], [2]);
    expect(a!.toArray()).toEqual([1, 4]);
    expect(b!.toArray()).toEqual([-1, 2]);
  });
});
