/**
 * sin, cos and tan. Angles are reduced and the polynomials evaluated in float64, two lanes at a time, so results are rounded almost correctly;
 * angles from 2^28 up go lane by lane through an exact reduction with 192 bits of 2/π (Payne and Hanek's method).
 */
import { f32, f32x4, f64, f64x2, i32, i32x4, i64, i64x2, select, v128, type FunctionBuilder, type Value } from '../../asm/index.js';
import { joinLower, upperHalf, type Vector } from '../lanes.js';
import type { Render } from '../renderExpr.js';
import { horner64, infinity, outOfLine, splat, splat64 } from './parts.js';

type Kind = 'sin' | 'cos' | 'tan';

// π/2 in three pieces; products of the first two with integers below 2^29 are exact.
const firstPiece = 1.570796251296997;
const secondPiece = 7.549789415861596e-8;
const thirdPiece = 5.390302858158119e-15;
/** 1.5·2^52: adding it leaves the nearest integer in the low bits. */
const magic = 6755399441055744;
// Least-squares odd and even polynomials of the fdlibm float kernels.
const sinTail = [2.718311493989822e-6, -1.9839334836096632e-4, 8.333329385889463e-3, -1.6666666641626524e-1];
const cosTail = [2.439044879627741e-5, -1.388676377460993e-3, 4.1666623323739063e-2, -4.99999997251031e-1];

const sine = (r: Vector, square: Vector): Vector => f64x2.add(r, f64x2.mul(f64x2.mul(r, square), horner64(square, sinTail)));
const cosine = (square: Vector): Vector => f64x2.add(splat64(1), f64x2.mul(square, horner64(square, cosTail)));

/** From r in [−π/4, π/4] and the quadrant n (in the low bits of 64-bit lanes). */
function combine(f: FunctionBuilder, kind: Kind, r: Vector, n: Vector): Vector {
  const square = f.let(f64x2.mul(r, r));
  const s = f.let(sine(r, square));
  const c = f.let(cosine(square));
  // All ones in lanes with an odd quadrant.
  const odd = f.let(i64x2.neg(v128.and(n, i64x2.splat(1n))));
  if (kind === 'tan') return f64x2.div(v128.bitselect(f64x2.neg(c), s, odd), v128.bitselect(s, c, odd));
  const value = kind === 'sin' ? v128.bitselect(c, s, odd) : v128.bitselect(s, c, odd);
  const turned = kind === 'sin' ? n : i64x2.add(n, i64x2.splat(1n));
  return v128.xor(value, i64x2.shl(i64x2.shrU(turned, 1), 63));
}

function half(f: FunctionBuilder, kind: Kind, x: Vector): Vector {
  const shifted = f.let(f64x2.add(f64x2.mul(x, splat64(2 / Math.PI)), splat64(magic)));
  const n = f.let(f64x2.sub(shifted, splat64(magic)));
  const r = f.let([firstPiece, secondPiece, thirdPiece].reduce<Vector>((rest, piece) => f64x2.sub(rest, f64x2.mul(n, splat64(piece))), x));
  return f32x4.demoteF64x2Zero(combine(f, kind, r, shifted));
}

/** Bits of 2/π after the point, 32 at a time. */
const twoOverPi = [0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041];

/** The function of one finite |x| ≥ 2^28, as a float32. */
function large(render: Render, kind: Kind): (x: Value<'f32'>) => Value<'f32'> {
  const ref = render.f.helper(`${kind}_large`, { params: ['f32'], results: ['f32'] }, (f) => {
    const bits = f.let(i32.reinterpretF32(f.param('f32', 0)));
    const mantissa = f.let(i64.extendI32U(i32.or(i32.and(bits, 0x7fffff), 0x800000)));
    // |x| = mantissa · 2^shift, shift in [5, 104]. Bits of 2/π above 2^(2−shift) only add multiples of 4 to the quadrant.
    const shift = f.let(i32.sub(i32.and(i32.shrU(bits, 23), 0xff), 150));
    const word = (from: Value<'i32'>): Value<'i64'> => twoOverPi.reduce<Value<'i64'>>(
      (chosen, value, index) => select('i64', i64.const(BigInt(value)), chosen, i32.eq(from, index)), i64.const(0n));
    const at = f.let(i32.shrU(i32.sub(shift, 2), 5));
    const by = f.let(i64.extendI32U(i32.and(i32.sub(shift, 2), 31)));
    const a = f.let(word(at));
    const b = f.let(word(i32.add(at, 1)));
    const c = f.let(word(i32.add(at, 2)));
    const d = f.let(word(i32.add(at, 3)));
    // 96 bits of 2/π from bit shift−2 on, in words of 32.
    const cut = (upper: Value<'i64'>, lower: Value<'i64'>): Value<'i64'> =>
      i64.and(i64.shrU(i64.shl(i64.or(i64.shl(upper, 32n), lower), by), 32n), 0xffffffffn);
    const w0 = f.let(cut(a, b));
    const w1 = f.let(cut(b, c));
    const w2 = f.let(cut(c, d));
    // mantissa · window mod 2^96, kept as its upper 64 bits: 2 of quadrant (times 2^62), 62 of fraction.
    const sum = f.let(i64.add(
      i64.add(i64.shl(i64.mul(mantissa, w0), 32n), i64.mul(mantissa, w1)),
      i64.shrU(i64.mul(mantissa, w2), 32n),
    ));
    // Rounded to the nearest quadrant; what remains is a signed fraction.
    const quadrant = f.let(i64.shrU(i64.add(sum, 1n << 61n), 62n));
    const fraction = f.let(i64.sub(sum, i64.shl(quadrant, 62n)));
    const angle = f.let(f64.mul(f64.convertI64S(fraction), (Math.PI / 2) * 2 ** -62));
    const negative = f.let(i32.ltS(bits, 0));
    const r = f.let(f64x2.splat(select('f64', f64.neg(angle), angle, negative)));
    const n = f.let(i64x2.splat(select('i64', i64.sub(0n, quadrant), quadrant, negative)));
    f.result(f32.demoteF64(f64x2.extractLane(combine(f, kind, r, n), 0)));
  });
  return (x) => render.f.callValue('f32', ref, x);
}

const trigonometric = (kind: Kind) => outOfLine(kind, 1, (render: Render, x: Vector): Vector => {
  const { f } = render;
  const result = f.let(joinLower(half(f, kind, f.let(f64x2.promoteLowF32x4(x))), half(f, kind, f.let(f64x2.promoteLowF32x4(upperHalf(x))))));
  const size = f.let(f32x4.abs(x));
  const far = f.let(i32x4.bitmask(v128.and(f32x4.ge(size, splat(268435456)), f32x4.lt(size, infinity))));
  f.if(far, () => {
    const exact = large(render, kind);
    for (let lane = 0; lane < 4; lane++) {
      f.if(i32.and(far, 1 << lane), () => f.set(result, f32x4.replaceLane(result, lane, exact(f32x4.extractLane(x, lane)))));
    }
  });
  // x itself where it is so small that the next term vanishes: keeps −0 and denormals.
  return kind === 'cos' ? result : v128.bitselect(x, result, f32x4.lt(size, splat(2 ** -12)));
});

export const sin = trigonometric('sin');
export const cos = trigonometric('cos');
export const tan = trigonometric('tan');
