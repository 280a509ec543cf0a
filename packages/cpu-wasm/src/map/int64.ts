/** int64 and uint64, in two vectors of two lanes. What SIMD lacks (division, unsigned order, shifts by differing counts) goes lane by lane or by flipping signs. */
import { i32, i64, i64x2, select, v128, type FunctionBuilder, type Value } from '../asm/index.js';
import { divisionByZero, negativePower, noteZeros } from './int32.js';
import type { Simd, SimdDType, Vector } from './lanes.js';
import type { BinaryTable, CompareTable, Render, UnaryTable } from './renderExpr.js';

const isUnsigned = (dtype: SimdDType): boolean => dtype === 'uint64';
const splat = (value: bigint): Vector => v128.const(new Uint8Array(new BigInt64Array(2).fill(value).buffer));
const zero = v128.zero();
const signBit = splat(-(1n << 63n));

const each = (code: (render: Render, x: Vector, dtype: SimdDType) => Vector) =>
  (render: Render, x: Simd, dtype: SimdDType): Simd => x.map((part) => code(render, part, dtype));
const pairs = (code: (render: Render, x: Vector, y: Vector, dtype: SimdDType) => Vector) =>
  (render: Render, x: Simd, y: Simd, dtype: SimdDType): Simd => x.map((part, i) => code(render, part, y[i]!, dtype));

const flip = (x: Vector): Vector => v128.xor(x, signBit);
const less = (x: Vector, y: Vector, dtype: SimdDType): Vector => (isUnsigned(dtype) ? i64x2.ltS(flip(x), flip(y)) : i64x2.ltS(x, y));

export const int64Unary: UnaryTable = {
  neg: each((_, x) => i64x2.neg(x)),
  abs: each((_, x, dtype) => (isUnsigned(dtype) ? x : i64x2.abs(x))),
  sign: each((_, x, dtype) => (isUnsigned(dtype) ? i64x2.sub(zero, i64x2.ne(x, zero)) : i64x2.sub(i64x2.ltS(x, zero), i64x2.gtS(x, zero)))),
  bitNot: each((_, x) => v128.not(x)),
  floor: each((_, x) => x), ceil: each((_, x) => x), trunc: each((_, x) => x), rint: each((_, x) => x),
};

function byLane(x: Vector, y: Vector, code: (x: Value<'i64'>, y: Value<'i64'>) => Value<'i64'>): Vector {
  const lane = (n: number): Value<'i64'> => code(i64x2.extractLane(x, n), i64x2.extractLane(y, n));
  return i64x2.replaceLane(i64x2.splat(lane(0)), 1, lane(1));
}

/** Division that neither traps on zero (the caller has noted it) nor on −2^63 / −1 (it wraps). */
function divideHelper(f: FunctionBuilder, unsigned: boolean, remainder: boolean): (x: Value<'i64'>, y: Value<'i64'>) => Value<'i64'> {
  const name = `${remainder ? 'rem' : 'div'}_${unsigned ? 'u64' : 'i64'}`;
  const ref = f.helper(name, { params: ['i64', 'i64'], results: ['i64'] }, (g) => {
    const x = g.param('i64', 0);
    const y = g.param('i64', 1);
    g.if(i64.eqz(y), () => g.return(i64.const(0n)));
    if (unsigned) {
      g.result(remainder ? i64.remU(x, y) : i64.divU(x, y));
      return;
    }
    g.if(i64.eq(y, -1n), () => g.return(remainder ? i64.const(0n) : i64.sub(0n, x)));
    g.result(remainder ? i64.remS(x, y) : i64.divS(x, y));
  });
  return (x, y) => f.callValue('i64', ref, x, y);
}

function powerHelper(f: FunctionBuilder): (x: Value<'i64'>, y: Value<'i64'>) => Value<'i64'> {
  const ref = f.helper('pow_i64', { params: ['i64', 'i64'], results: ['i64'] }, (g) => {
    const base = g.param('i64', 0);
    const power = g.param('i64', 1);
    const result = g.let(i64.const(1n));
    g.while(() => i64.ne(power, 0n), () => {
      g.if(i32.wrapI64(i64.and(power, 1n)), () => g.set(result, i64.mul(result, base)));
      g.set(base, i64.mul(base, base));
      g.set(power, i64.shrU(power, 1n));
    });
    g.result(result);
  });
  return (x, y) => f.callValue('i64', ref, x, select('i64', 0n, y, i64.ltS(y, 0n)));
}

function divide(remainder: boolean) {
  return pairs((render, x, y, dtype) => {
    noteZeros(render, v128.anyTrue(i64x2.eq(y, zero)), divisionByZero);
    return byLane(x, y, divideHelper(render.f, isUnsigned(dtype), remainder));
  });
}

const clampedCount = (dtype: SimdDType, y: Value<'i64'>): Value<'i64'> => {
  const upper = (v: Value<'i64'>): Value<'i64'> => select('i64', 63n, v, i64.gtU(v, 63n));
  return isUnsigned(dtype) ? upper(y) : upper(select('i64', 0n, y, i64.ltS(y, 0n)));
};

export const int64Binary: BinaryTable = {
  add: pairs((_, x, y) => i64x2.add(x, y)),
  sub: pairs((_, x, y) => i64x2.sub(x, y)),
  mul: pairs((_, x, y) => i64x2.mul(x, y)),
  div: divide(false),
  mod: divide(true),
  min: pairs((_, x, y, dtype) => v128.bitselect(x, y, less(x, y, dtype))),
  max: pairs((_, x, y, dtype) => v128.bitselect(y, x, less(x, y, dtype))),
  pow: pairs((render, x, y, dtype) => {
    if (!isUnsigned(dtype)) noteZeros(render, v128.anyTrue(i64x2.ltS(y, zero)), negativePower);
    return byLane(x, y, powerHelper(render.f));
  }),
  and: pairs((_, x, y) => v128.and(x, y)),
  or: pairs((_, x, y) => v128.or(x, y)),
  xor: pairs((_, x, y) => v128.xor(x, y)),
  shl: pairs((_, x, y, dtype) => byLane(x, y, (a, b) => i64.shl(a, clampedCount(dtype, b)))),
  shr: pairs((_, x, y, dtype) => byLane(x, y, (a, b) => (isUnsigned(dtype) ? i64.shrU : i64.shrS)(a, clampedCount(dtype, b)))),
};

const signed: CompareTable = { eq: i64x2.eq, ne: i64x2.ne, lt: i64x2.ltS, le: i64x2.leS, gt: i64x2.gtS, ge: i64x2.geS };
const unsigned: CompareTable = {
  eq: i64x2.eq,
  ne: i64x2.ne,
  lt: (x, y) => i64x2.ltS(flip(x), flip(y)),
  le: (x, y) => i64x2.leS(flip(x), flip(y)),
  gt: (x, y) => i64x2.gtS(flip(x), flip(y)),
  ge: (x, y) => i64x2.geS(flip(x), flip(y)),
};

export const int64Compare = (dtype: SimdDType): CompareTable => (isUnsigned(dtype) ? unsigned : signed);
