/** log, log1p and the inverse hyperbolic functions. x = m·2^e with m in [√½, √2); the polynomial is that of Cephes (logf). */
import { f32x4, i32x4, v128 } from '../../asm/index.js';
import type { Vector } from '../lanes.js';
import type { Render } from '../renderExpr.js';
import { copySign, horner, infinity, madd, notANumber, one, splat } from './parts.js';

const polynomial = [
  7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1,
  3.3333331174e-1,
];
const rootHalfBits = 0x3f3504f3;
const ln2 = 0.6931471805599453;

export function log(render: Render, x: Vector): Vector {
  const { f } = render;
  const denormal = f.let(f32x4.lt(x, splat(1.17549435e-38)));
  const normal = f.let(v128.bitselect(f32x4.mul(x, splat(8388608)), x, denormal));
  const exponent = f.let(i32x4.shrS(i32x4.sub(normal, i32x4.splat(rootHalfBits)), 23));
  const z = f.let(f32x4.sub(i32x4.sub(normal, i32x4.shl(exponent, 23)), one));
  const e = f.let(f32x4.convertI32x4S(i32x4.sub(exponent, v128.and(denormal, i32x4.splat(23)))));
  const square = f.let(f32x4.mul(z, z));
  const series = f32x4.mul(f32x4.mul(horner(render, z, polynomial), z), square);
  const low = madd(render, e, splat(-2.12194440e-4), series);
  const sum = f.let(madd(render, e, splat(0.693359375), f32x4.add(z, madd(render, square, splat(-0.5), low))));
  // Outside (0, ∞): NaN and negatives give NaN, zeros −∞, ∞ itself.
  const atEnd = v128.bitselect(splat(-Infinity), v128.bitselect(x, notANumber, f32x4.eq(x, infinity)), f32x4.eq(x, splat(0)));
  const inside = v128.and(f32x4.gt(x, splat(0)), f32x4.lt(x, infinity));
  return f.let(v128.bitselect(sum, atEnd, inside));
}

/** log(u) + (x − (u − 1)) / u for u = 1 + x: the second term is what rounding took from u. */
export function log1p(render: Render, x: Vector): Vector {
  const { f } = render;
  const u = f.let(f32x4.add(x, one));
  const main = log(render, u);
  const lost = f.let(f32x4.sub(x, f32x4.sub(u, one)));
  const ordinary = v128.and(f32x4.gt(u, splat(0)), f32x4.lt(u, infinity));
  const corrected = v128.bitselect(f32x4.add(main, f32x4.div(lost, u)), main, ordinary);
  return f.let(copySign(corrected, v128.bitselect(x, corrected, f32x4.eq(corrected, splat(0)))));
}

/** log(2x), for x whose square would overflow. */
const logTwice = (render: Render, x: Vector): Vector => f32x4.add(log(render, x), splat(ln2));

export function asinh(render: Render, x: Vector): Vector {
  const { f } = render;
  const a = f.let(f32x4.abs(x));
  const square = f.let(f32x4.mul(a, a));
  const small = log1p(render, f.let(f32x4.add(a, f32x4.div(square, f32x4.add(one, f32x4.sqrt(f32x4.add(square, one)))))));
  return copySign(v128.bitselect(logTwice(render, a), small, f32x4.gt(a, splat(1e10))), x);
}

export function acosh(render: Render, x: Vector): Vector {
  const { f } = render;
  const t = f.let(f32x4.sub(x, one));
  const small = log1p(render, f.let(f32x4.add(t, f32x4.sqrt(f32x4.add(f32x4.add(t, t), f32x4.mul(t, t))))));
  const either = f.let(v128.bitselect(logTwice(render, x), small, f32x4.gt(x, splat(1e10))));
  return v128.bitselect(either, notANumber, f32x4.ge(x, one));
}

export function atanh(render: Render, x: Vector): Vector {
  const { f } = render;
  const a = f.let(f32x4.abs(x));
  const argument = f.let(f32x4.div(f32x4.add(a, a), f32x4.sub(one, a)));
  // 2a is exact for the small ones, where 1 − a may round to 1.
  const result = f.let(f32x4.mul(log1p(render, argument), splat(0.5)));
  return copySign(v128.bitselect(infinity, result, f32x4.eq(a, one)), x);
}
