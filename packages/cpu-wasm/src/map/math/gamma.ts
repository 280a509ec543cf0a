/**
 * lgamma and digamma, in float64, two lanes at a time: Stirling's series for x ≥ 8, smaller arguments shifted up by 8, negative ones reflected.
 */
import { f32x4, f64x2, i64x2, v128, type FunctionBuilder } from '../../asm/index.js';
import { joinLower, upperHalf, type Vector } from '../lanes.js';
import type { Render } from '../renderExpr.js';
import { horner64, outOfLine, splat64 } from './parts.js';

const rootHalfBits = 0x3fe6a09e667f3bcdn;
/** 1.5·2^52: adding it leaves the nearest integer in the low bits. */
const magic = 6755399441055744;
const magicBits = 0x4338000000000000n;
/** 2·(1, 1/3, 1/5, …): log((1+z)/(1−z)) for |z| ≤ 0.1716, to float64's last digits. */
const logSeries = Array.from({ length: 12 }, (_, i) => 2 / (23 - 2 * i));
/** Bernoulli terms of log Γ in 1/x², from the highest down; times 1/x. */
const stirling = [-691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12];
/** Those of ψ in 1/x²; times 1/x². */
const digammaSeries = [-691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12];
/** sin(πr)/(πr) and cos(πr) by Taylor in (πr)², |r| ≤ ½. */
const sinSeries = taylor(1);
const cosSeries = taylor(0);
const shift = 8;

function taylor(first: number): number[] {
  const terms = [1];
  for (let n = 1; n <= 10; n++) terms.unshift(-terms[0]! / ((2 * n - 1 + first) * (2 * n + first)));
  return terms;
}

/** log of positive finite lanes that are not denormal. */
function log64(f: FunctionBuilder, x: Vector): Vector {
  const exponent = f.let(i64x2.shrS(i64x2.sub(x, i64x2.splat(rootHalfBits)), 52));
  const m = f.let(i64x2.sub(x, i64x2.shl(exponent, 52)));
  const e = f64x2.sub(i64x2.add(exponent, i64x2.splat(magicBits)), splat64(magic));
  const z = f.let(f64x2.div(f64x2.sub(m, splat64(1)), f64x2.add(m, splat64(1))));
  return f.let(f64x2.add(f64x2.mul(e, splat64(Math.LN2)), f64x2.mul(z, horner64(f.let(f64x2.mul(z, z)), logSeries))));
}

/** What both functions need of x: |x| or 1 − x where x < ½, shifted to 8 or more, and its sine and cosine. */
interface Reduced {
  readonly isReflected: Vector;
  /** The argument of the series. */
  readonly large: Vector;
  readonly isShifted: Vector;
  /** The argument before the shift. */
  readonly positive: Vector;
  readonly sine: Vector;
  readonly cosine: Vector;
}

function reduce(f: FunctionBuilder, x: Vector): Reduced {
  const isReflected = f.let(f64x2.lt(x, splat64(0.5)));
  const positive = f.let(v128.bitselect(f64x2.sub(splat64(1), x), x, isReflected));
  const isShifted = f.let(f64x2.lt(positive, splat64(shift)));
  const large = f.let(v128.bitselect(f64x2.add(positive, splat64(shift)), positive, isShifted));
  const r = f.let(f64x2.mul(f64x2.sub(x, f64x2.nearest(x)), splat64(Math.PI)));
  const square = f.let(f64x2.mul(r, r));
  return {
    isReflected, large, isShifted, positive,
    sine: f.let(f64x2.mul(r, horner64(square, sinSeries))),
    cosine: f.let(horner64(square, cosSeries)),
  };
}

/** log Γ of float64 lanes that came from float32. */
function lgammaHalf(f: FunctionBuilder, x: Vector): Vector {
  const { isReflected, large, isShifted, positive, sine } = reduce(f, x);
  const inverse = f.let(f64x2.div(splat64(1), large));
  const logarithm = log64(f, large);
  const tail = f64x2.mul(inverse, horner64(f.let(f64x2.mul(inverse, inverse)), stirling));
  const series = f64x2.add(f64x2.sub(f64x2.mul(f64x2.sub(large, splat64(0.5)), logarithm), large), f64x2.add(splat64(0.5 * Math.log(2 * Math.PI)), tail));
  let product: Vector = positive;
  for (let i = 1; i < shift; i++) product = f64x2.mul(product, f64x2.add(positive, splat64(i)));
  const shifted = log64(f, f.let(v128.bitselect(product, splat64(1), isShifted)));
  const upper = f.let(f64x2.sub(series, shifted));
  // log(π / |sin πx|) − log Γ(1 − x); a sine of 0 is a pole.
  const size = f.let(f64x2.abs(sine));
  const isPole = f64x2.eq(size, splat64(0));
  const reflected = f64x2.sub(f64x2.sub(splat64(Math.log(Math.PI)), log64(f, size)), upper);
  const either = v128.bitselect(v128.bitselect(splat64(Infinity), reflected, isPole), upper, isReflected);
  const isInfinite = f64x2.eq(f64x2.abs(x), splat64(Infinity));
  // The exact zeros.
  const isRoot = v128.or(f64x2.eq(x, splat64(1)), f64x2.eq(x, splat64(2)));
  const finite = v128.andnot(v128.bitselect(either, x, f64x2.eq(x, x)), isRoot);
  return v128.bitselect(splat64(Infinity), finite, isInfinite);
}

/** ψ of float64 lanes that came from float32. */
function digammaHalf(f: FunctionBuilder, x: Vector): Vector {
  const { isReflected, large, isShifted, positive, sine, cosine } = reduce(f, x);
  const inverse = f.let(f64x2.div(splat64(1), large));
  const square = f.let(f64x2.mul(inverse, inverse));
  const series = f64x2.sub(f64x2.sub(log64(f, large), f64x2.mul(inverse, splat64(0.5))), f64x2.mul(square, horner64(square, digammaSeries)));
  let steps: Vector = f64x2.div(splat64(1), positive);
  for (let i = 1; i < shift; i++) steps = f64x2.add(steps, f64x2.div(splat64(1), f64x2.add(positive, splat64(i))));
  const upper = f.let(f64x2.sub(series, v128.and(steps, isShifted)));
  const reflected = f64x2.sub(upper, f64x2.div(f64x2.mul(splat64(Math.PI), cosine), sine));
  // At 0, −1, −2, … TensorFlow gives NaN.
  const isPole = f64x2.eq(sine, splat64(0));
  const either = v128.bitselect(v128.bitselect(splat64(NaN), reflected, isPole), upper, isReflected);
  const known = v128.bitselect(either, x, f64x2.eq(x, x));
  return v128.bitselect(x, v128.bitselect(splat64(NaN), known, f64x2.eq(x, splat64(-Infinity))), f64x2.eq(x, splat64(Infinity)));
}

const both = (name: string, half: (f: FunctionBuilder, x: Vector) => Vector) => outOfLine(name, 1, (render: Render, x: Vector): Vector => {
  const { f } = render;
  return joinLower(
    f.let(f32x4.demoteF64x2Zero(half(f, f.let(f64x2.promoteLowF32x4(x))))),
    f.let(f32x4.demoteF64x2Zero(half(f, f.let(f64x2.promoteLowF32x4(upperHalf(x)))))),
  );
});

export const lgamma = both('lgamma', lgammaHalf);
export const digamma = both('digamma', digammaHalf);
