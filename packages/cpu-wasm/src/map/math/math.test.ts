import { binary, input, unary, type UnaryPrimitive } from '@sessionflow/core/codegen';
import { HostTensor } from '@sessionflow/core/device';
import { describe, expect, it } from 'vitest';
import { hasRelaxedSimd } from '../../features.js';
import { erf, erfc, everyFloat, grid, worstUlps } from '@sessionflow/config/accuracy';
import { runMap, withDevice } from '../../testing/onDevice.js';

const x = input(0, 'float32');
const y = input(1, 'float32');

interface Case {
  readonly truth: (x: number) => number;
  /** Largest error, in units in the last place. */
  readonly ulps: number;
  /** Where the function is most interesting. */
  readonly range: readonly [number, number];
}

const sign = Math.sign;
const cases: Readonly<Partial<Record<UnaryPrimitive, Case>>> = {
  neg: { truth: (v) => -v, ulps: 0, range: [-1, 1] },
  abs: { truth: Math.abs, ulps: 0, range: [-1, 1] },
  sign: { truth: sign, ulps: 0, range: [-1, 1] },
  sqrt: { truth: Math.sqrt, ulps: 0.5, range: [0, 10] },
  rsqrt: { truth: (v) => 1 / Math.sqrt(v), ulps: 1.5, range: [0, 10] },
  reciprocal: { truth: (v) => 1 / v, ulps: 0.5, range: [-10, 10] },
  floor: { truth: Math.floor, ulps: 0, range: [-5, 5] },
  ceil: { truth: Math.ceil, ulps: 0, range: [-5, 5] },
  trunc: { truth: Math.trunc, ulps: 0, range: [-5, 5] },
  exp: { truth: Math.exp, ulps: 2, range: [-105, 89] },
  expm1: { truth: Math.expm1, ulps: 3, range: [-3, 3] },
  log: { truth: Math.log, ulps: 2, range: [0, 4] },
  log1p: { truth: Math.log1p, ulps: 3, range: [-1, 4] },
  sigmoid: { truth: (v) => (v < 0 ? Math.exp(v) / (1 + Math.exp(v)) : 1 / (1 + Math.exp(-v))), ulps: 4, range: [-20, 20] },
  tanh: { truth: Math.tanh, ulps: 6, range: [-9, 9] },
  erf: { truth: erf, ulps: 7, range: [-5, 5] },
  erfc: { truth: erfc, ulps: 12, range: [-5, 10] },
  sin: { truth: Math.sin, ulps: 1, range: [-100, 100] },
  cos: { truth: Math.cos, ulps: 1, range: [-100, 100] },
  tan: { truth: Math.tan, ulps: 1, range: [-100, 100] },
  asin: { truth: Math.asin, ulps: 3, range: [-1, 1] },
  acos: { truth: Math.acos, ulps: 3, range: [-1, 1] },
  atan: { truth: Math.atan, ulps: 3, range: [-10, 10] },
  sinh: { truth: Math.sinh, ulps: 4, range: [-5, 5] },
  cosh: { truth: Math.cosh, ulps: 4, range: [-5, 5] },
  asinh: { truth: Math.asinh, ulps: 4, range: [-5, 5] },
  acosh: { truth: Math.acosh, ulps: 4, range: [1, 5] },
  atanh: { truth: Math.atanh, ulps: 4, range: [-1, 1] },
};

const modes = hasRelaxedSimd() ? [true, false] : [false];

describe.each(modes)('float32 functions, relaxed SIMD: %s', (relaxedSimd) => {
  it.each(Object.entries(cases))('%s', async (op, { truth, ulps, range }) => withDevice(async (device) => {
    const values = new Float32Array([...everyFloat(), ...grid(...range)]);
    const [out] = await runMap(device, { inputs: ['float32'], outputs: [unary(op as UnaryPrimitive, x)] }, [new HostTensor('float32', [values.length], values)], [values.length]);
    const worst = worstUlps(out!.data as Float32Array, (i) => truth(values[i]!), (i) => `${op}(${values[i]})`);
    expect(worst.ulps, worst.text).toBeLessThanOrEqual(ulps);
  }, {}, { relaxedSimd }));

  it('rint rounds halves to even', async () => withDevice(async (device) => {
    const values = Float32Array.of(0.5, 1.5, 2.5, -0.5, -1.5, 0.49999997, 8388609, NaN, Infinity);
    const [out] = await runMap(device, { inputs: ['float32'], outputs: [unary('rint', x)] }, [new HostTensor('float32', [9], values)], [9]);
    expect(out!.data).toEqual(Float32Array.of(0, 2, 2, -0, -2, 0, 8388609, NaN, Infinity));
  }, {}, { relaxedSimd }));

  /** Every pair of some numbers. */
  const pairs = (numbers: readonly number[]): { readonly a: Float32Array; readonly b: Float32Array } => ({
    a: Float32Array.from(numbers.flatMap((a) => numbers.map(() => a))),
    b: Float32Array.from(numbers.flatMap(() => [...numbers])),
  });
  const edges = [
    0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 1.5, -1.5, 0.1, -0.1, 10, -10, 127.5, 100, -100, 1e-3, 1e-30, -1e-30, 1e30, -1e30, 1e-45, -1e-45, 3.4e38, -3.4e38,
    16777215, 16777216, 33554433, Infinity, -Infinity, NaN, 0.99999994, 1.0000001, 7, -7, 1e10, 0.75,
  ].map(Math.fround);
  const binaries = {
    pow: { truth: (a: number, b: number) => (Math.abs(a) === 1 && Math.abs(b) === Infinity) || (a === 1 && Number.isNaN(b)) ? 1 : a ** b, ulps: 1 },
    atan2: { truth: Math.atan2, ulps: 4 },
    mod: { truth: (a: number, b: number) => a % b, ulps: 0 },
    min: { truth: (a: number, b: number) => Math.min(a, b), ulps: 0 },
    max: { truth: (a: number, b: number) => Math.max(a, b), ulps: 0 },
    div: { truth: (a: number, b: number) => a / b, ulps: 0.5 },
  } as const;
  it.each(Object.entries(binaries))('%s', async (op, { truth, ulps }) => withDevice(async (device) => {
    const { a, b } = pairs([...edges, ...grid(-4, 4, 60), ...grid(0.01, 30, 60)]);
    const space = [a.length];
    const fn = { inputs: ['float32', 'float32'] as const, outputs: [binary(op as keyof typeof binaries, x, y)] };
    const [out] = await runMap(device, fn, [new HostTensor('float32', space, a), new HostTensor('float32', space, b)], space);
    const worst = worstUlps(out!.data as Float32Array, (i) => truth(a[i]!, b[i]!), (i) => `${op}(${a[i]}, ${b[i]})`);
    expect(worst.ulps, worst.text).toBeLessThanOrEqual(ulps);
  }, {}, { relaxedSimd }));
});

it('lgamma and digamma have their poles and roots where TensorFlow has them', async () => withDevice(async (device) => {
  const values = Float32Array.of(0, -1, -2, Infinity, -Infinity, NaN, 1e-40, 3e38, -3e38, 1, 2, 0.5, -0.5, -1.5, -1e10, 100);
  const [logs, derivatives] = await runMap(device, { inputs: ['float32'], outputs: [unary('lgamma', x), unary('digamma', x)] }, [new HostTensor('float32', [16], values)], [16]);
  const lgamma = [Infinity, Infinity, Infinity, Infinity, Infinity, NaN, 92.10340371976183, Infinity, Infinity, 0, 0, 0.5723649429247001, 1.265512123484645, 0.8600470153764808, Infinity, 359.1342053695754];
  const digamma = [NaN, NaN, NaN, Infinity, NaN, NaN, -Infinity, 88.59684754, NaN, -0.5772156649015329, 0.42278433509846713, -1.9635100260214235, 0.03648997397857652, 0.7031566406452432, NaN, 4.600161852738087];
  lgamma[6] = -Math.log(values[6]!);
  expect(worstUlps(logs!.data as Float32Array, (i) => lgamma[i]!, (i) => `lgamma(${values[i]})`).ulps).toBeLessThanOrEqual(1);
  expect(worstUlps(derivatives!.data as Float32Array, (i) => digamma[i]!, (i) => `digamma(${values[i]})`).ulps).toBeLessThanOrEqual(2);
}));
