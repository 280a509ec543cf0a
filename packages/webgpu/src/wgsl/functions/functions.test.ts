import { everyFloat, grid, worstUlps, erf, erfc } from '@sessionflow/config/accuracy';
import { binary, cast, compare, constant, input, select, unary, unaryPrimitives, type UnaryPrimitive } from '@sessionflow/core/codegen';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { webgpu } from '../../backend.js';
import type { WebGpuDevice } from '../../device.js';
import { isMissing, runMap } from '../../testing/onDevice.js';

const x = input(0, 'float32');
const y = input(1, 'float32');

interface Case {
  readonly truth: (x: number) => number;
  /** Largest error, in units in the last place. */
  readonly ulps: number;
  /** Where the function is most interesting. */
  readonly range: readonly [number, number];
}

const cases: Readonly<Record<Exclude<UnaryPrimitive, 'not' | 'bitNot' | 'lgamma' | 'digamma'>, Case>> = {
  neg: { truth: (v) => -v, ulps: 0, range: [-1, 1] },
  abs: { truth: Math.abs, ulps: 0, range: [-1, 1] },
  sign: { truth: Math.sign, ulps: 0, range: [-1, 1] },
  sqrt: { truth: Math.sqrt, ulps: 1, range: [0, 10] },
  rsqrt: { truth: (v) => 1 / Math.sqrt(v), ulps: 2, range: [0, 10] },
  reciprocal: { truth: (v) => 1 / v, ulps: 1, range: [-10, 10] },
  floor: { truth: Math.floor, ulps: 0, range: [-5, 5] },
  ceil: { truth: Math.ceil, ulps: 0, range: [-5, 5] },
  trunc: { truth: Math.trunc, ulps: 0, range: [-5, 5] },
  rint: { truth: (v) => (Math.abs(v) < 2 ** 23 ? (Object.is(v, -0) || (v < 0 && v >= -0.5) ? -0 : v - Math.floor(v) === 0.5 ? 2 * Math.round(v / 2) : Math.round(v)) : v), ulps: 0, range: [-5, 5] },
  exp: { truth: Math.exp, ulps: 2, range: [-105, 89] },
  expm1: { truth: Math.expm1, ulps: 3, range: [-3, 3] },
  log: { truth: Math.log, ulps: 2, range: [0, 4] },
  log1p: { truth: Math.log1p, ulps: 3, range: [-1, 4] },
  sigmoid: { truth: (v) => (v < 0 ? Math.exp(v) / (1 + Math.exp(v)) : 1 / (1 + Math.exp(-v))), ulps: 4, range: [-20, 20] },
  tanh: { truth: Math.tanh, ulps: 6, range: [-9, 9] },
  erf: { truth: erf, ulps: 7, range: [-5, 5] },
  erfc: { truth: erfc, ulps: 15, range: [-5, 10] },
  sin: { truth: Math.sin, ulps: 4, range: [-100, 100] },
  cos: { truth: Math.cos, ulps: 4, range: [-100, 100] },
  tan: { truth: Math.tan, ulps: 5, range: [-100, 100] },
  asin: { truth: Math.asin, ulps: 3, range: [-1, 1] },
  acos: { truth: Math.acos, ulps: 3, range: [-1, 1] },
  atan: { truth: Math.atan, ulps: 3, range: [-10, 10] },
  sinh: { truth: Math.sinh, ulps: 5, range: [-5, 5] },
  cosh: { truth: Math.cosh, ulps: 5, range: [-5, 5] },
  asinh: { truth: Math.asinh, ulps: 5, range: [-5, 5] },
  acosh: { truth: Math.acosh, ulps: 5, range: [1, 5] },
  atanh: { truth: Math.atanh, ulps: 5, range: [-1, 1] },
};

describe.skipIf(isMissing)('float32 functions', () => {
  let device: WebGpuDevice;
  beforeAll(async () => {
    const backend = webgpu();
    const { devices } = await backend.discover({});
    device = await backend.open(devices[0]!) as WebGpuDevice;
  });
  afterAll(() => device.close());

  it('cover every primitive of floats', () => {
    expect(unaryPrimitives.filter((op) => !(op in cases)).sort()).toEqual(['bitNot', 'digamma', 'lgamma', 'not']);
  });

  it.each(Object.entries(cases))('%s', async (op, { truth, ulps, range }) => {
    // WGSL may take denormals for zeros.
    const isDenormal = (v: number): boolean => v !== 0 && Math.abs(v) < 1.17549435e-38;
    const values = new Float32Array([...everyFloat(), ...grid(...range)]).filter((v) => !isDenormal(v) && !isDenormal(Math.fround(truth(v))));
    const [out] = await runMap(device, { inputs: ['float32'], outputs: [unary(op as UnaryPrimitive, x)] }, [values]);
    const worst = worstUlps(out!, (i) => truth(values[i]!), (i) => `${op}(${values[i]})`);
    expect(worst.ulps, worst.text).toBeLessThanOrEqual(ulps);
  });

  const edges = [
    0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 1.5, -1.5, 0.1, -0.1, 10, -10, 127.5, 100, -100, 1e-3, 1e-30, -1e-30, 1e30, -1e30, 3.4e38, -3.4e38,
    16777215, 16777216, 33554433, Infinity, -Infinity, NaN, 0.99999994, 1.0000001, 7, -7, 1e10, 0.75,
  ].map(Math.fround);
  const numbers = [...edges, ...grid(-4, 4, 60), ...grid(0.01, 30, 60)];
  const a = Float32Array.from(numbers.flatMap((one) => numbers.map(() => one)));
  const b = Float32Array.from(numbers.flatMap(() => numbers));
  const binaries = {
    pow: { truth: (u: number, v: number) => (Math.abs(u) === 1 && Math.abs(v) === Infinity) || (u === 1 && Number.isNaN(v)) ? 1 : u ** v, ulps: 2 },
    atan2: { truth: Math.atan2, ulps: 4 },
    mod: { truth: (u: number, v: number) => u % v, ulps: 0 },
    min: { truth: (u: number, v: number) => (Number.isNaN(u) || u < v ? u : v), ulps: 0 },
    max: { truth: (u: number, v: number) => (Number.isNaN(u) || u > v ? u : v), ulps: 0 },
    div: { truth: (u: number, v: number) => u / v, ulps: 2.5 },
  } as const;
  it.each(Object.entries(binaries))('%s', async (op, { truth, ulps }) => {
    const fn = { inputs: ['float32', 'float32'] as const, outputs: [binary(op as keyof typeof binaries, x, y)] };
    const [out] = await runMap(device, fn, [a, b]);
    const isDenormal = (v: number): boolean => v !== 0 && Math.abs(v) < 1.18e-38;
    const worst = worstUlps(out!, (i) => (isDenormal(truth(a[i]!, b[i]!)) ? out![i]! : truth(a[i]!, b[i]!)), (i) => `${op}(${a[i]}, ${b[i]})`);
    expect(worst.ulps, worst.text).toBeLessThanOrEqual(ulps);
  });

  it('comparisons and casts know NaN, infinities and what does not fit', async () => {
    const one = constant(1, 'float32');
    const asNumber = (condition: ReturnType<typeof compare>) => select(condition, one, constant(0, 'float32'));
    const outputs = [
      ...(['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const).map((op) => asNumber(compare(op, x, y))), asNumber(compare('ne', x, x)), asNumber(cast(x, 'bool')),
    ];
    const truths: readonly ((u: number, v: number) => boolean)[] = [
      (u, v) => u === v, (u, v) => u !== v, (u, v) => u < v, (u, v) => u <= v, (u, v) => u > v, (u, v) => u >= v, (u) => Number.isNaN(u), (u) => u !== 0,
    ];
    for (const [index, output] of outputs.entries()) {
      const [out] = await runMap(device, { inputs: ['float32', 'float32'], outputs: [output] }, [a, b]);
      expect(worstUlps(out!, (i) => Number(truths[index]!(a[i]!, b[i]!)), (i) => `${index}(${a[i]}, ${b[i]})`)).toEqual({ ulps: 0, text: '' });
    }
    const values = Float32Array.of(NaN, Infinity, -Infinity, 2147483648, -2147483648, -2147483904, 2147483520, -1.9, 1.9, -0.5);
    const [whole] = await runMap(device, { inputs: ['float32'], outputs: [cast(cast(x, 'int32'), 'float32')] }, [values]);
    expect([...whole!]).toEqual([-2147483648, -2147483648, -2147483648, -2147483648, -2147483648, -2147483648, 2147483520, -1, 1, 0]);
    const [halves] = await runMap(device, { inputs: ['float32'], outputs: [cast(cast(x, 'float16'), 'float32')] }, [Float32Array.of(1.0004883, 1.0014649, 65519, 65520, -1e-8, 5.9604645e-8, 8.9406967e-8, 0.1, NaN, -Infinity)]);
    expect([...halves!]).toEqual([1, 1.001953125, 65504, Infinity, -0, 5.960464477539063e-8, 1.1920928955078125e-7, 0.0999755859375, NaN, -Infinity]);
  });

  it('lgamma and digamma have their poles and roots where TensorFlow has them', async () => {
    const values = Float32Array.of(0, -1, -2, Infinity, -Infinity, NaN, 3e37, -3e38, 1, 2, 0.5, -0.5, -1.5, -1e10, 100, 1.4616321, 2.9, 7.9, 8.1, 0.01, 1e-20);
    const [logs] = await runMap(device, { inputs: ['float32'], outputs: [unary('lgamma', x)] }, [values]);
    const [derivatives] = await runMap(device, { inputs: ['float32'], outputs: [unary('digamma', x)] }, [values]);
    const lgamma = [
      Infinity, Infinity, Infinity, Infinity, Infinity, NaN, 2.5633089e39, Infinity, 0, 0, 0.5723649429247001, 1.265512123484645, 0.8600470153764808, Infinity, 359.1342053695754,
      -0.12148629053584958, 0.602869694411067, 8.32426605895715, 8.727389037383563, 4.599479900519132, 46.051701859880914,
    ];
    const digamma = [
      NaN, NaN, NaN, Infinity, NaN, NaN, 86.29420, NaN, -0.5772156649015329, 0.42278433509846713, -1.9635100260214235, 0.03648997397857652, 0.7031566406452432, NaN, 4.600161852738087,
      -1.2036052393654293e-08, 0.8824999898303005, 2.0022385004315733, 2.0288675072019813, -100.56088769340526, -1e+20,
    ];
    for (const [name, got, want] of [['lgamma', logs!, lgamma], ['digamma', derivatives!, digamma]] as const) {
      got.forEach((value, i) => {
        const truth = Math.fround(want[i]!);
        if (!Number.isFinite(truth)) expect(value, `${name}(${values[i]})`).toBe(truth);
        else expect(Math.abs(value - truth), `${name}(${values[i]}) = ${value}, truly ${truth}`).toBeLessThanOrEqual(1e-6 * Math.abs(truth) + 2e-7);
      });
    }
  });
});
