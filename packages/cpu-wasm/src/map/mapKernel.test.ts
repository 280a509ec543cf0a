import {
  binary, binaryPrimitives, cast, compare, comparePrimitives, constant, input, select, unary, unaryPrimitives, type Expr, type MapFunction,
} from '@sessionflow/core/codegen';
import { HostTensor, InvalidArgumentError, type Shape } from '@sessionflow/core/device';
import { describe, expect, it } from 'vitest';
import { hostMap } from '../testing/hostOracle.js';
import { runMap, withDevice } from '../testing/onDevice.js';
import { edgy, expectClose } from '../testing/values.js';
import { isSimdDType, simdDTypes, type SimdDType } from './lanes.js';
import { wasmMap } from './mapKernel.js';

const transcendental = new Set([
  'exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'erf', 'erfc', 'sigmoid', 'pow', 'atan2', 'rsqrt', 'lgamma',
  'digamma',
]);
const toleranceOf = (op: string, dtype: SimdDType): number => (dtype === 'float32' && transcendental.has(op) ? 2e-6 : dtype === 'float64' && op === 'rsqrt' ? 1e-15 : 0);

/** Space and shapes of two inputs: contiguous, scalars, rows, columns, both ways at once, odd sizes, nothing at all. */
const broadcasts: readonly (readonly [space: Shape, a: Shape, b: Shape])[] = [
  [[37], [37], [37]], [[3], [3], [3]], [[], [], []], [[5, 7], [5, 7], [7]], [[5, 7], [5, 1], [7]], [[6, 35], [6, 35], [6, 1]], [[2, 3, 4, 5], [2, 1, 4, 1], [3, 1, 5]],
  [[4, 1, 9], [9], [4, 1, 1]], [[3, 2500], [3, 2500], [2500]], [[0, 4], [0, 4], [4]], [[2, 3, 2, 3, 2, 3], [2, 1, 2, 1, 2, 1], [3, 1, 3, 1, 3]], [[1, 1], [1, 1], []], [[41], [41], []],
];

describe.each(simdDTypes)('%s', (dtype) => {
  const x = input(0, dtype);
  const y = input(1, dtype);

  it.each(unaryPrimitives.filter((op) => wasmMap.supports({ inputs: [dtype], outputs: [unary(op, x)] }) === true))('%s', (op) => withDevice(async (device) => {
    const fn: MapFunction = { inputs: [dtype], outputs: [unary(op, x)] };
    for (const shape of [[1], [4], [63], [257]]) {
      const a = edgy(dtype, shape, 3);
      // At the pole at 0 this is TensorFlow's NaN; see the test of poles in math.test.ts.
      if (op === 'digamma') (a.data as Float32Array).forEach((value, i, all) => { all[i] = value === 0 ? 1 : value; });
      const [out] = await runMap(device, fn, [a], shape);
      const [expected] = await hostMap(fn, [a], shape);
      expectClose(out!, expected!, toleranceOf(op, dtype), `${op} ${dtype}`);
    }
  }));

  const binaries = binaryPrimitives.filter((op) => wasmMap.supports({ inputs: [dtype, dtype], outputs: [binary(op, x, y)] }) === true);
  it.each(binaries)('%s', (op) => withDevice(async (device) => {
    const fn: MapFunction = { inputs: [dtype, dtype], outputs: [binary(op, x, y)] };
    const positive = dtype !== 'float32' && dtype !== 'float64' && (op === 'div' || op === 'mod' || op === 'pow');
    for (const [space, a, b] of broadcasts) {
      const inputs = [edgy(dtype, a, 5), edgy(dtype, b, 7, positive ? 1 : -Infinity)];
      const [out] = await runMap(device, fn, inputs, space);
      const [expected] = await hostMap(fn, inputs, space);
      expectClose(out!, expected!, toleranceOf(op, dtype), `${op} ${dtype} over ${space}`);
    }
  }));

  it('compares, selects and casts', () => withDevice(async (device) => {
    const outputs: Expr[] = [
      ...comparePrimitives.map((op) => compare(op, x, y)),
      ...(dtype === 'bool' ? [] : [select(compare('lt', x, y), x, y)]),
    ];
    const fn: MapFunction = { inputs: [dtype, dtype], outputs };
    for (const [space, a, b] of broadcasts) {
      const inputs = [edgy(dtype, a, 5), edgy(dtype, b, 9)];
      const out = await runMap(device, fn, inputs, space);
      const expected = await hostMap(fn, inputs, space);
      out.forEach((one, i) => expectClose(one, expected[i]!, 0, `${i} of ${dtype} over ${space}`));
    }
    for (const to of simdDTypes) {
      const cases: MapFunction = { inputs: [dtype], outputs: [cast(x, to)] };
      expect(wasmMap.supports(cases)).toBe(true);
      const a = edgy(dtype, [67], 11);
      // Out of range, a conversion from floats gives what the platform gives.
      if ((a.data instanceof Float32Array || a.data instanceof Float64Array) && to !== 'bool' && to !== 'float32' && to !== 'float64') {
        const { data } = a;
        data.forEach((value, i) => { data[i] = Number.isFinite(value) && Math.abs(value) < 100 ? (to.startsWith('u') ? Math.abs(value) : value) : 3.7; });
      }
      const [out] = await runMap(device, cases, [a], [67]);
      const [expected] = await hostMap(cases, [a], [67]);
      expectClose(out!, expected!, 0, `${dtype} to ${to}`);
    }
  }));
});

describe('fused code', () => {
  const f = (index: number): Expr => input(index, 'float32');

  it('shares nodes, mixes dtypes and has several outputs', () => withDevice(async (device) => {
    const sum = binary('add', f(0), f(1));
    const isLarge = compare('gt', sum, constant(0, 'float32'));
    const fn: MapFunction = {
      inputs: ['float32', 'float32', 'int64', 'uint8'],
      outputs: [
        select(isLarge, binary('mul', sum, sum), unary('neg', sum)), isLarge, cast(sum, 'float64'), binary('add', cast(f(0), 'int64'), input(2, 'int64')),
        binary('add', input(3, 'uint8'), constant(200, 'uint8')), select(isLarge, input(2, 'int64'), constant(5, 'int64')),
      ],
    };
    for (const [space, a, b] of broadcasts) {
      const small = edgy('float32', a, 1);
      (small.data as Float32Array).forEach((value, i, all) => { all[i] = Number.isFinite(value) ? Math.min(1000, value) : 1; });
      const inputs = [small, edgy('float32', b, 2), edgy('int64', b, 3), edgy('uint8', a, 4)];
      const out = await runMap(device, fn, inputs, space);
      const expected = await hostMap(fn, inputs, space);
      out.forEach((one, i) => expectClose(one, expected[i]!, 0, `output ${i} over ${space}`));
    }
  }));

  it('propagates NaN through a bound by a constant', () => withDevice(async (device) => {
    const fn: MapFunction = { inputs: ['float32'], outputs: [binary('min', binary('max', f(0), constant(0, 'float32')), constant(6, 'float32')), binary('max', constant(1, 'float32'), f(0))] };
    const a = new HostTensor('float32', [6], Float32Array.of(NaN, -1, 3, 9, Infinity, -Infinity));
    const [relu6, above] = await runMap(device, fn, [a], [6]);
    expect([...relu6!.data as Float32Array]).toEqual([NaN, 0, 3, 6, 6, 0]);
    expect([...above!.data as Float32Array]).toEqual([NaN, 1, 3, 9, Infinity, 1]);
  }));

  it.each(['int8', 'uint8', 'int32', 'uint32', 'int64', 'uint64'] as const)('reports integer division by zero of %s', (dtype) => withDevice(async (device) => {
    for (const op of ['div', 'mod'] as const) {
      for (const size of [1, 6, 100]) {
        const fn: MapFunction = { inputs: [dtype, dtype], outputs: [binary(op, input(0, dtype), input(1, dtype))] };
        const ones = edgy(dtype, [size], 3, 1);
        await runMap(device, fn, [ones, ones], [size]);
        const holed = new HostTensor(dtype, [size], (ones.data as Int8Array).slice());
        (holed.data as Int8Array).fill((typeof (ones.data as Int8Array)[0] === 'bigint' ? 0n : 0) as never, size - 1);
        const run = runMap(device, fn, [ones, holed], [size]);
        await expect(run).rejects.toThrow(InvalidArgumentError);
        await expect(run).rejects.toThrow('Integer division by zero');
      }
    }
  }));

  it('refuses what it has no form for, in words', () => {
    expect(wasmMap.supports({ inputs: ['float16'], outputs: [input(0, 'float16')] })).toMatch('float16');
    expect(wasmMap.supports({ inputs: ['float64'], outputs: [unary('sin', input(0, 'float64'))] })).toMatch('sin on float64');
    expect(isSimdDType('complex64')).toBe(false);
  });

  it('shares the work of large spaces', () => withDevice(async (device) => {
    for (const [space, a, b] of [[[700_001], [700_001], []], [[300, 2001], [300, 2001], [2001]], [[2, 150_000], [2, 1], [2, 150_000]]] as const) {
      const fn: MapFunction = { inputs: ['float32', 'float32'], outputs: [binary('add', binary('mul', f(0), constant(3, 'float32')), f(1))] };
      const inputs = [edgy('float32', a, 1), edgy('float32', b, 2)];
      const [out] = await runMap(device, fn, inputs, space);
      const [expected] = await hostMap(fn, inputs, space);
      expectClose(out!, expected!, 0, `over ${space}`);
    }
  }, { threads: 3 }));
});
