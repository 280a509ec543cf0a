/**
 * pow: 2^(y·log2 |x|) in float64, two lanes at a time, so that the one rounding that counts is the last; then C's special cases.
 * fmod: exact, lane by lane.
 */
import { f32, f32x4, f64, f64x2, i64x2, v128, type FunctionBuilder } from '../../asm/index.js';
import { joinLower, upperHalf, widenMask, type Vector } from '../lanes.js';
import type { Render } from '../renderExpr.js';
import { horner64, infinity, notANumber, one, outOfLine, signBits, splat, splat64 } from './parts.js';

const rootHalfBits = 0x3fe6a09e667f3bcdn;
/** 1.5·2^52: adding it leaves the nearest integer in the low bits. */
const magic = 6755399441055744;
const magicBits = 0x4338000000000000n;
/** 2/ln 2 · (1, 1/3, 1/5, …): log2((1+z)/(1−z)) for |z| ≤ 0.1716. */
const logSeries = [15, 13, 11, 9, 7, 5, 3, 1].map((n) => 2 / Math.LN2 / n);
/** Taylor's 2^r for |r| ≤ ½. */
const expSeries = Array.from({ length: 11 }, (_, i) => 10 - i).map((n) => Math.LN2 ** n / factorial(n));

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

/** log2 of positive finite float64 lanes that came from float32: never denormal. */
function log2(f: FunctionBuilder, x: Vector): Vector {
  const exponent = f.let(i64x2.shrS(i64x2.sub(x, i64x2.splat(rootHalfBits)), 52));
  const m = f.let(i64x2.sub(x, i64x2.shl(exponent, 52)));
  const e = f64x2.sub(i64x2.add(exponent, i64x2.splat(magicBits)), splat64(magic));
  const z = f.let(f64x2.div(f64x2.sub(m, splat64(1)), f64x2.add(m, splat64(1))));
  return f.let(f64x2.add(e, f64x2.mul(z, horner64(f.let(f64x2.mul(z, z)), logSeries))));
}

/** 2^x, as far as float32 can show it. */
function exp2(f: FunctionBuilder, x: Vector): Vector {
  const inside = f.let(f64x2.pmax(f64x2.pmin(x, splat64(160)), splat64(-160)));
  const shifted = f.let(f64x2.add(inside, splat64(magic)));
  const r = f.let(f64x2.sub(inside, f64x2.sub(shifted, splat64(magic))));
  const scale = i64x2.shl(i64x2.add(shifted, i64x2.splat(1023n)), 52);
  return f64x2.mul(horner64(r, expSeries), scale);
}

/** |x|^y before the special cases that depend on signs. `atEdge` gives log2 where x is 0 or ∞. */
function magnitude(f: FunctionBuilder, ax: Vector, y: Vector, isEdge: Vector): Vector {
  const x = f.let(f64x2.promoteLowF32x4(ax));
  const edge = v128.bitselect(splat64(Infinity), splat64(-Infinity), f64x2.gt(x, splat64(1)));
  const logarithm = v128.bitselect(edge, log2(f, x), isEdge);
  return f32x4.demoteF64x2Zero(exp2(f, f.let(f64x2.mul(f64x2.promoteLowF32x4(y), logarithm))));
}

export const pow = outOfLine('pow', 2, (render: Render, x: Vector, y: Vector): Vector => {
  const { f } = render;
  const ax = f.let(f32x4.abs(x));
  const ay = f.let(f32x4.abs(y));
  const isZero = f32x4.eq(ax, splat(0));
  const isInfinite = f.let(f32x4.eq(ax, infinity));
  const edges = widenMask(f.let(v128.or(isZero, isInfinite)));
  const size = f.let(joinLower(
    magnitude(f, ax, y, f.let(edges[0]!)),
    magnitude(f, f.let(upperHalf(ax)), f.let(upperHalf(y)), f.let(edges[1]!)),
  ));
  const halfY = f.let(f32x4.mul(y, splat(0.5)));
  const isInteger = f.let(f32x4.eq(f32x4.trunc(y), y));
  const isOdd = v128.and(isInteger, f32x4.ne(f32x4.trunc(halfY), halfY));
  const signed = f.let(v128.xor(size, v128.and(v128.and(x, signBits), isOdd)));
  // A finite negative base has no real power that is not whole.
  const isVoid = v128.andnot(v128.andnot(f32x4.lt(x, splat(0)), isInteger), isInfinite);
  // A NaN base has no logarithm; its bits would pass as some exponent.
  const isNaN = v128.or(f32x4.ne(x, x), isVoid);
  const general = f.let(v128.bitselect(notANumber, signed, isNaN));
  const isOne = v128.or(
    v128.or(f32x4.eq(y, splat(0)), f32x4.eq(x, one)),
    v128.and(f32x4.eq(ax, one), f32x4.eq(ay, infinity)),
  );
  return v128.bitselect(one, general, isOne);
});

/** The remainder of |x| / |y|, both finite, y not 0: float64 holds every product of y with 2^29 and less, so each step is exact. */
function remainderHelper(render: Render) {
  return render.f.helper('fmod_lane', { params: ['f32', 'f32'], results: ['f32'] }, (f) => {
    const x = f.param('f32', 0);
    const y = f.let(f64.abs(f64.promoteF32(f.param('f32', 1))));
    const rest = f.let(f64.abs(f64.promoteF32(x)));
    // NaN operands, infinite x and y = 0 give NaN; infinite y gives x.
    f.if(f64.eq(y, Infinity), () => f.if(f64.lt(rest, Infinity), () => f.return(x)));
    f.if(f64.lt(rest, Infinity), () => undefined, () => f.return(f32.const(NaN)));
    f.if(f64.gt(y, 0), () => undefined, () => f.return(f32.const(NaN)));
    const step = f.local('f64');
    f.while(() => f64.ge(rest, y), () => {
      f.set(step, y);
      // Scale y up by 2^28 at a time, so that a quotient stays below 2^29.
      f.while(() => f64.gt(rest, f64.mul(step, 2 ** 28)), () => f.set(step, f64.mul(step, 2 ** 28)));
      f.set(rest, f64.sub(rest, f64.mul(step, f64.floor(f64.div(rest, step)))));
      // A quotient rounded up leaves a negative rest.
      f.if(f64.lt(rest, 0), () => f.set(rest, f64.add(rest, step)));
    });
    f.result(f32.copysign(f32.demoteF64(rest), x));
  });
}

export function fmod(render: Render, x: Vector, y: Vector): Vector {
  const ref = remainderHelper(render);
  const lane = (n: number) => render.f.callValue('f32', ref, f32x4.extractLane(x, n), f32x4.extractLane(y, n));
  return [1, 2, 3].reduce<Vector>((made, n) => f32x4.replaceLane(made, n, lane(n)), f32x4.splat(lane(0)));
}
