/** float64 primitives, in two vectors of two lanes. Transcendental functions are left to the host kernels, which have them in full precision. */
import { f64x2, i64x2, v128 } from '../asm/index.js';
import type { Simd, Vector } from './lanes.js';
import type { BinaryTable, CompareTable, Render, UnaryTable } from './renderExpr.js';

const each = (code: (x: Vector) => Vector) => (_: Render, x: Simd): Simd => x.map(code);
const pairs = (code: (x: Vector, y: Vector) => Vector) => (_: Render, x: Simd, y: Simd): Simd => x.map((part, i) => code(part, y[i]!));
const one = f64x2.const(1, 1);
const magnitude = i64x2.splat((1n << 63n) - 1n);

export const float64Unary: UnaryTable = {
  neg: each((x) => f64x2.neg(x)),
  abs: each((x) => f64x2.abs(x)),
  sign: each((x) => v128.bitselect(v128.bitselect(one, x, magnitude), x, f64x2.gt(f64x2.abs(x), f64x2.const(0, 0)))),
  sqrt: each((x) => f64x2.sqrt(x)),
  rsqrt: each((x) => f64x2.div(one, f64x2.sqrt(x))),
  reciprocal: each((x) => f64x2.div(one, x)),
  floor: each((x) => f64x2.floor(x)),
  ceil: each((x) => f64x2.ceil(x)),
  trunc: each((x) => f64x2.trunc(x)),
  rint: each((x) => f64x2.nearest(x)),
};

export const float64Binary: BinaryTable = {
  add: pairs((x, y) => f64x2.add(x, y)),
  sub: pairs((x, y) => f64x2.sub(x, y)),
  mul: pairs((x, y) => f64x2.mul(x, y)),
  div: pairs((x, y) => f64x2.div(x, y)),
  min: pairs((x, y) => f64x2.min(x, y)),
  max: pairs((x, y) => f64x2.max(x, y)),
};

export const float64Compare: CompareTable = { eq: f64x2.eq, ne: f64x2.ne, lt: f64x2.lt, le: f64x2.le, gt: f64x2.gt, ge: f64x2.ge };
