/**
 * TensorFlow's Cast between the dtypes that have a register form. Float to integer truncates; out of range it saturates at 32 (or 64) bits
 * and then wraps to a narrower width. Anything to bool is `!= 0`.
 */
import { f32, f32x4, f64, f64x2, i32x4, i64, i64x2, v128, type Value } from '../asm/index.js';
import { evenWords, joinLower, partCount, upperHalf, widenMask, wrap, type Simd, type SimdDType, type Vector } from './lanes.js';

const isFloat = (dtype: SimdDType): boolean => dtype === 'float32' || dtype === 'float64';
const isWide = (dtype: SimdDType): boolean => partCount(dtype) === 2;

export function renderCast(from: SimdDType, to: SimdDType, x: Simd): Simd {
  if (from === to) return x;
  if (to === 'bool') return toBool(from, x);
  if (from === 'bool') return fromBool(to, x[0]!);
  if (isFloat(from)) return isFloat(to) ? floatToFloat(to, x) : floatToInt(from, to, x);
  return isFloat(to) ? intToFloat(from, to, x) : intToInt(from, to, x);
}

function toBool(from: SimdDType, x: Simd): Simd {
  if (from === 'float32') return [f32x4.ne(x[0]!, v128.zero())];
  if (from === 'float64') return [evenWords(f64x2.ne(x[0]!, v128.zero()), f64x2.ne(x[1]!, v128.zero()))];
  if (isWide(from)) return [evenWords(i64x2.ne(x[0]!, v128.zero()), i64x2.ne(x[1]!, v128.zero()))];
  return [i32x4.ne(x[0]!, v128.zero())];
}

function fromBool(to: SimdDType, mask: Vector): Simd {
  if (to === 'float32') return [v128.and(mask, f32x4.splat(1))];
  if (!isWide(to)) return [v128.and(mask, i32x4.splat(1))];
  const one = to === 'float64' ? f64x2.const(1, 1) : i64x2.splat(1n);
  return widenMask(mask).map((part) => v128.and(part, one));
}

function floatToFloat(to: SimdDType, x: Simd): Simd {
  if (to === 'float64') return [f64x2.promoteLowF32x4(x[0]!), f64x2.promoteLowF32x4(upperHalf(x[0]!))];
  return [joinLower(f32x4.demoteF64x2Zero(x[0]!), f32x4.demoteF64x2Zero(x[1]!))];
}

function floatToInt(from: SimdDType, to: SimdDType, x: Simd): Simd {
  const unsigned = to === 'uint32';
  if (isWide(to)) {
    const convert = to === 'uint64'
      ? from === 'float32' ? (v: Vector, n: number) => i64.truncSatF32U(f32x4.extractLane(v, n)) : (v: Vector, n: number) => i64.truncSatF64U(f64x2.extractLane(v, n))
      : from === 'float32' ? (v: Vector, n: number) => i64.truncSatF32S(f32x4.extractLane(v, n)) : (v: Vector, n: number) => i64.truncSatF64S(f64x2.extractLane(v, n));
    return from === 'float32'
      ? [twoLanes(convert(x[0]!, 0), convert(x[0]!, 1)), twoLanes(convert(x[0]!, 2), convert(x[0]!, 3))]
      : x.map((part) => twoLanes(convert(part, 0), convert(part, 1)));
  }
  const words = from === 'float32'
    ? (unsigned ? i32x4.truncSatF32x4U : i32x4.truncSatF32x4S)(x[0]!)
    : joinLower(...(x.map((part) => (unsigned ? i32x4.truncSatF64x2UZero : i32x4.truncSatF64x2SZero)(part)) as [Vector, Vector]));
  return [wrap(to, words)];
}

const twoLanes = (first: Value<'i64'>, second: Value<'i64'>): Vector => i64x2.replaceLane(i64x2.splat(first), 1, second);

function intToFloat(from: SimdDType, to: SimdDType, x: Simd): Simd {
  if (isWide(from)) {
    const unsigned = from === 'uint64';
    if (to === 'float64') {
      const convert = unsigned ? f64.convertI64U : f64.convertI64S;
      return x.map((part) => f64x2.replaceLane(f64x2.splat(convert(i64x2.extractLane(part, 0))), 1, convert(i64x2.extractLane(part, 1))));
    }
    const convert = unsigned ? f32.convertI64U : f32.convertI64S;
    const lane = (n: number): Value<'f32'> => convert(i64x2.extractLane(x[n >> 1]!, n & 1));
    return [[1, 2, 3].reduce<Vector>((made, n) => f32x4.replaceLane(made, n, lane(n)), f32x4.splat(lane(0)))];
  }
  const unsigned = from === 'uint32';
  if (to === 'float32') return [(unsigned ? f32x4.convertI32x4U : f32x4.convertI32x4S)(x[0]!)];
  const convert = unsigned ? f64x2.convertLowI32x4U : f64x2.convertLowI32x4S;
  return [convert(x[0]!), convert(upperHalf(x[0]!))];
}

function intToInt(from: SimdDType, to: SimdDType, x: Simd): Simd {
  if (isWide(from)) return isWide(to) ? x : [wrap(to, evenWords(x[0]!, x[1]!))];
  if (!isWide(to)) return [wrap(to, x[0]!)];
  return from === 'uint32'
    ? [i64x2.extendLowI32x4U(x[0]!), i64x2.extendHighI32x4U(x[0]!)]
    : [i64x2.extendLowI32x4S(x[0]!), i64x2.extendHighI32x4S(x[0]!)];
}
