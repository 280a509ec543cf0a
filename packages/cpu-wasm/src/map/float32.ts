/** float32 primitives on four lanes. */
import { f32x4, i32x4, v128 } from '../asm/index.js';
import type { BinaryTable, CompareTable, Render, UnaryTable } from './renderExpr.js';
import type { Simd, Vector } from './lanes.js';
import {
  acos, acosh, asin, asinh, atan, atan2, atanh, cos, cosh, digamma, erf, erfc, exp, expm1, fmod, lgamma, log, log1p, pow, sigmoid, sin, sinh, tan, tanh,
} from './math/index.js';

type One = (render: Render, x: Vector) => Vector;
type Two = (render: Render, x: Vector, y: Vector) => Vector;
const lift = (code: One) => (render: Render, x: Simd): Simd => [code(render, x[0]!)];
const lift2 = (code: Two) => (render: Render, x: Simd, y: Simd): Simd => [code(render, x[0]!, y[0]!)];
const one = f32x4.splat(1);

export const float32Unary: UnaryTable = {
  neg: lift((_, x) => f32x4.neg(x)),
  abs: lift((_, x) => f32x4.abs(x)),
  // ±1 with x's sign, but x itself where it is a zero or NaN.
  sign: lift((_, x) => v128.bitselect(v128.bitselect(one, x, i32x4.splat(0x7fffffff)), x, f32x4.gt(f32x4.abs(x), f32x4.splat(0)))),
  sqrt: lift((_, x) => f32x4.sqrt(x)),
  rsqrt: lift((_, x) => f32x4.div(one, f32x4.sqrt(x))),
  reciprocal: lift((_, x) => f32x4.div(one, x)),
  floor: lift((_, x) => f32x4.floor(x)),
  ceil: lift((_, x) => f32x4.ceil(x)),
  trunc: lift((_, x) => f32x4.trunc(x)),
  rint: lift((_, x) => f32x4.nearest(x)),
  exp: lift(exp), expm1: lift(expm1), log: lift(log), log1p: lift(log1p), sigmoid: lift(sigmoid), tanh: lift(tanh),
  sin: lift(sin), cos: lift(cos), tan: lift(tan), asin: lift(asin), acos: lift(acos), atan: lift(atan),
  sinh: lift(sinh), cosh: lift(cosh), asinh: lift(asinh), acosh: lift(acosh), atanh: lift(atanh), erf: lift(erf), erfc: lift(erfc),
  lgamma: lift(lgamma), digamma: lift(digamma),
};

export const float32Binary: BinaryTable = {
  add: lift2((_, x, y) => f32x4.add(x, y)),
  sub: lift2((_, x, y) => f32x4.sub(x, y)),
  mul: lift2((_, x, y) => f32x4.mul(x, y)),
  div: lift2((_, x, y) => f32x4.div(x, y)),
  min: lift2((_, x, y) => f32x4.min(x, y)),
  max: lift2((_, x, y) => f32x4.max(x, y)),
  mod: lift2(fmod), pow: lift2(pow), atan2: lift2(atan2),
};

export const float32Compare: CompareTable = { eq: f32x4.eq, ne: f32x4.ne, lt: f32x4.lt, le: f32x4.le, gt: f32x4.gt, ge: f32x4.ge };
