/** exp, expm1 and what is made of them. x = n·ln 2 + r with |r| ≤ ln 2 / 2; the polynomials are those of Cephes (expf). */
import { f32x4, i32x4, v128 } from '../../asm/index.js';
import type { Vector } from '../lanes.js';
import type { Render } from '../renderExpr.js';
import { copySign, horner, madd, nmadd, one, signBits, splat } from './parts.js';

/** 1.5·2^23: adding it leaves the nearest integer in the low bits. */
const magic = 12582912;
const magicBits = 0x4b400000;
const tail = [1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1];

interface Reduced {
  /** n as an integer. */
  readonly n: Vector;
  /** exp(r) − 1. */
  readonly p: Vector;
}

/** NaN stays NaN in p: pmin and pmax give their first operand when a comparison fails. */
function reduce(render: Render, x: Vector, low: number, high: number): Reduced {
  const { f } = render;
  const clamped = f.let(f32x4.pmax(f32x4.pmin(x, splat(high)), splat(low)));
  const shifted = f.let(madd(render, clamped, splat(1.4426950408889634), splat(magic)));
  const n = f.let(f32x4.sub(shifted, splat(magic)));
  const r = f.let(nmadd(render, n, splat(-2.12194440e-4), nmadd(render, n, splat(0.693359375), clamped)));
  const p = f.let(madd(render, f32x4.mul(r, r), horner(render, r, tail), r));
  return { n: f.let(i32x4.sub(shifted, i32x4.splat(magicBits))), p };
}

/** 2^n for n in [−126, 127]. */
const power = (n: Vector): Vector => i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);

/** The scale is applied in two halves, so that results may be denormal or infinite. */
export function exp(render: Render, x: Vector): Vector {
  const { f } = render;
  const { n, p } = reduce(render, x, -104, 89);
  const half = f.let(i32x4.shrS(n, 1));
  return f.let(f32x4.mul(f32x4.mul(f32x4.add(p, one), power(half)), power(i32x4.sub(n, half))));
}

/** 2^n is computed 2^25 times as large, so that it is a normal number for every n that counts; the last product makes denormals. */
const lifted = 25;
/** Rounds as `magic` does, and leaves the biased exponent of the lifted 2^n in the low bits. */
const exponentMagic = magic + 127 + lifted;
/** Its exponential rounds to 0. */
const lowest = -104;
/** (exp(r) − 1) / r where |r| ≤ ln 2 / 2: least largest error of exp(r), 9.3e-8 of it (fitted for this, by reweighted least squares). */
const slope = [0.00829058327, 0.0418983102, 0.166676342, 0.499991477, 0.999999702];

/** exp(x) of x ≤ 0, at half the price of `exp`. */
export function expOfNegative(render: Render, x: Vector): Vector {
  const { f } = render;
  const clamped = f.let(f32x4.pmax(x, splat(lowest)));
  const shifted = f.let(madd(render, clamped, splat(1.4426950408889634), splat(exponentMagic)));
  const n = f.let(f32x4.sub(shifted, splat(exponentMagic)));
  const r = f.let(nmadd(render, n, splat(-2.12194440e-4), nmadd(render, n, splat(0.693359375), clamped)));
  const scale = f.let(i32x4.shl(shifted, 23));
  return f32x4.mul(madd(render, f32x4.mul(r, scale), horner(render, r, slope), scale), splat(2 ** -lifted));
}

export function expm1(render: Render, x: Vector): Vector {
  const { f } = render;
  const { n, p } = reduce(render, x, -20, 89);
  // 2^n·p + (2^n − 1), at half size since 2^128 is no float32; exact p where n = 0, for denormals.
  const half = f.let(power(i32x4.sub(n, i32x4.splat(1))));
  const sum = f.let(madd(render, half, p, f32x4.sub(half, splat(0.5))));
  const result = v128.bitselect(p, f32x4.add(sum, sum), i32x4.eq(n, v128.zero()));
  return copySign(result, x);
}

/** From exp(−|x|), which neither overflows nor loses small results. */
export function sigmoid(render: Render, x: Vector): Vector {
  const { f } = render;
  const e = f.let(expOfNegative(render, f.let(v128.or(x, signBits))));
  const upper = f.let(f32x4.div(one, f32x4.add(one, e)));
  return v128.bitselect(f32x4.mul(e, upper), upper, f32x4.lt(x, splat(0)));
}

/** exp(|x|) / 2, by the square of exp(|x| / 2): finite wherever sinh and cosh are. */
function halfExp(render: Render, x: Vector): Vector {
  const root = render.f.let(exp(render, render.f.let(f32x4.mul(f32x4.abs(x), splat(0.5)))));
  return render.f.let(f32x4.mul(f32x4.mul(root, splat(0.5)), root));
}

export function cosh(render: Render, x: Vector): Vector {
  const half = halfExp(render, x);
  return f32x4.add(half, f32x4.div(splat(0.25), half));
}

export function sinh(render: Render, x: Vector): Vector {
  const { f } = render;
  const half = halfExp(render, x);
  const large = f32x4.sub(half, f32x4.div(splat(0.25), half));
  const square = f.let(f32x4.mul(x, x));
  const small = madd(render, f32x4.mul(square, horner(render, square, [2.03721912945e-4, 8.33028376239e-3, 1.66667160211e-1])), x, x);
  return copySign(v128.bitselect(large, small, f32x4.ge(f32x4.abs(x), one)), x);
}
