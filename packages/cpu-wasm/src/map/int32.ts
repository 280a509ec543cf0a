/**
 * bool and the integers up to 32 bits, on four 32-bit lanes. Narrow integers are computed wide and wrapped. Division goes through float64,
 * which holds every quotient of 32-bit integers exactly; shifts by differing counts and powers go lane by lane.
 */
import { f64x2, i32, i32x4, v128, type FunctionBuilder, type Value } from '../asm/index.js';
import { joinLower, upperHalf, wrap, type Simd, type SimdDType, type Vector } from './lanes.js';
import type { BinaryTable, CompareTable, Render, UnaryTable } from './renderExpr.js';

const zero = v128.zero();
const isUnsigned = (dtype: SimdDType): boolean => dtype.startsWith('u');
/** Fault codes that `RenderOptions.fault` is set to. */
export const divisionByZero = 1;
export const negativePower = 2;

type One = (render: Render, x: Vector, dtype: SimdDType) => Vector;
type Two = (render: Render, x: Vector, y: Vector, dtype: SimdDType) => Vector;
const lift = (code: One) => (render: Render, x: Simd, dtype: SimdDType): Simd => [wrap(dtype, code(render, x[0]!, dtype))];
const lift2 = (code: Two) => (render: Render, x: Simd, y: Simd, dtype: SimdDType): Simd => [wrap(dtype, code(render, x[0]!, y[0]!, dtype))];

const integerUnary: UnaryTable = {
  neg: lift((_, x) => i32x4.neg(x)),
  abs: lift((_, x, dtype) => (isUnsigned(dtype) ? x : i32x4.abs(x))),
  sign: lift((_, x, dtype) => (isUnsigned(dtype)
    ? v128.and(i32x4.ne(x, zero), i32x4.splat(1))
    : i32x4.sub(i32x4.ltS(x, zero), i32x4.gtS(x, zero)))),
  bitNot: lift((_, x) => v128.not(x)),
  floor: lift((_, x) => x), ceil: lift((_, x) => x), trunc: lift((_, x) => x), rint: lift((_, x) => x),
};

/** x with ones where y is zero, so that a division has a value; the fault is noted. */
export function noteZeros(render: Render, mask: Value<'i32'>, code: number): void {
  const { f, fault } = render;
  if (fault === undefined) throw new Error('internal: integer division was rendered without a place for its fault.');
  f.if(mask, () => f.set(fault, code));
}

function safeDivisor(render: Render, y: Vector): Vector {
  const zeros = render.f.let(i32x4.eq(y, zero));
  noteZeros(render, v128.anyTrue(zeros), divisionByZero);
  return render.f.let(i32x4.sub(y, zeros));
}

function quotient(render: Render, x: Vector, y: Vector, dtype: SimdDType): Vector {
  const unsigned = dtype === 'uint32';
  const toDouble = unsigned ? f64x2.convertLowI32x4U : f64x2.convertLowI32x4S;
  const toInt = unsigned ? i32x4.truncSatF64x2UZero : i32x4.truncSatF64x2SZero;
  const low = toInt(f64x2.div(toDouble(x), toDouble(y)));
  const high = toInt(f64x2.div(toDouble(upperHalf(x)), toDouble(upperHalf(y))));
  const result = render.f.let(joinLower(low, high));
  // −2^31 / −1 saturated; two's complement wraps it.
  return unsigned ? result : v128.bitselect(i32x4.neg(x), result, i32x4.eq(y, i32x4.splat(-1)));
}

/** A function of two scalars on every lane: for what has no vector instruction. */
function byLane(render: Render, x: Vector, y: Vector, code: (x: Value<'i32'>, y: Value<'i32'>) => Value<'i32'>): Vector {
  const lane = (n: number): Value<'i32'> => code(i32x4.extractLane(x, n), i32x4.extractLane(y, n));
  return [1, 2, 3].reduce<Vector>((made, n) => i32x4.replaceLane(made, n, lane(n)), i32x4.splat(lane(0)));
}

/** x to the power of y ≥ 0 by squaring, wrapping. */
function powerHelper(f: FunctionBuilder): (x: Value<'i32'>, y: Value<'i32'>) => Value<'i32'> {
  const ref = f.helper('pow_i32', { params: ['i32', 'i32'], results: ['i32'] }, (g) => {
    const base = g.param('i32', 0);
    const power = g.param('i32', 1);
    const result = g.let(i32.const(1));
    g.while(() => power, () => {
      g.if(i32.and(power, 1), () => g.set(result, i32.mul(result, base)));
      g.set(base, i32.mul(base, base));
      g.set(power, i32.shrU(power, 1));
    });
    g.result(result);
  });
  return (x, y) => f.callValue('i32', ref, x, y);
}

/** Shift counts as TensorFlow takes them: below 0 is 0, past the width is the width − 1. */
function clampedCount(dtype: SimdDType, y: Vector): Vector {
  const bits = dtype.endsWith('8') ? 8 : dtype.endsWith('16') ? 16 : 32;
  return isUnsigned(dtype) ? i32x4.minU(y, i32x4.splat(bits - 1)) : i32x4.minS(i32x4.maxS(y, zero), i32x4.splat(bits - 1));
}

const integerBinary: BinaryTable = {
  add: lift2((_, x, y) => i32x4.add(x, y)),
  sub: lift2((_, x, y) => i32x4.sub(x, y)),
  mul: lift2((_, x, y) => i32x4.mul(x, y)),
  div: lift2((render, x, y, dtype) => quotient(render, x, safeDivisor(render, y), dtype)),
  mod: lift2((render, x, y, dtype) => {
    const divisor = safeDivisor(render, y);
    return i32x4.sub(x, i32x4.mul(quotient(render, x, divisor, dtype), divisor));
  }),
  min: lift2((_, x, y, dtype) => (isUnsigned(dtype) ? i32x4.minU(x, y) : i32x4.minS(x, y))),
  max: lift2((_, x, y, dtype) => (isUnsigned(dtype) ? i32x4.maxU(x, y) : i32x4.maxS(x, y))),
  pow: lift2((render, x, y, dtype) => {
    if (!isUnsigned(dtype)) noteZeros(render, v128.anyTrue(i32x4.ltS(y, zero)), negativePower);
    return byLane(render, x, y, powerHelper(render.f));
  }),
  and: lift2((_, x, y) => v128.and(x, y)),
  or: lift2((_, x, y) => v128.or(x, y)),
  xor: lift2((_, x, y) => v128.xor(x, y)),
  shl: lift2((render, x, y, dtype) => byLane(render, x, render.f.let(clampedCount(dtype, y)), (a, b) => i32.shl(a, b))),
  shr: lift2((render, x, y, dtype) => byLane(render, x, render.f.let(clampedCount(dtype, y)), (a, b) => (isUnsigned(dtype) ? i32.shrU(a, b) : i32.shrS(a, b)))),
};

const boolUnary: UnaryTable = { not: lift((_, x) => v128.not(x)) };
const boolBinary: BinaryTable = {
  and: lift2((_, x, y) => v128.and(x, y)),
  or: lift2((_, x, y) => v128.or(x, y)),
  xor: lift2((_, x, y) => v128.xor(x, y)),
  min: lift2((_, x, y) => v128.and(x, y)),
  max: lift2((_, x, y) => v128.or(x, y)),
};

export const int32Unary = (dtype: SimdDType): UnaryTable => (dtype === 'bool' ? boolUnary : integerUnary);
export const int32Binary = (dtype: SimdDType): BinaryTable => (dtype === 'bool' ? boolBinary : integerBinary);

const signedCompare: CompareTable = { eq: i32x4.eq, ne: i32x4.ne, lt: i32x4.ltS, le: i32x4.leS, gt: i32x4.gtS, ge: i32x4.geS };
const unsignedCompare: CompareTable = { eq: i32x4.eq, ne: i32x4.ne, lt: i32x4.ltU, le: i32x4.leU, gt: i32x4.gtU, ge: i32x4.geU };

/** A true mask is −1, so as unsigned numbers masks compare as bools do. */
export const int32Compare = (dtype: SimdDType): CompareTable => (dtype === 'uint32' || dtype === 'bool' ? unsignedCompare : signedCompare);
