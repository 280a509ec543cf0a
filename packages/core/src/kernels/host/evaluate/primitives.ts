/**
 * The scalar primitives, one table per class of register. Each works on a whole block; the store into the result's typed array does the
 * rounding (float32) or wrapping (integers) of the dtype.
 */
import type { BinaryPrimitive, ComparePrimitive, UnaryPrimitive } from '../../../codegen/expr.js';
import { dtypeInfo, type DType } from '../../../dtypes.js';
import { InvalidArgumentError } from '../../../errors.js';
import * as complex from './complexMath.js';
import * as special from './specialMath.js';

/** float: in float64, rounded by the store. */
export const floatUnary: Readonly<Record<UnaryPrimitive, (x: number) => number>> = {
  neg: (x) => -x, abs: Math.abs, sign: Math.sign, exp: Math.exp, expm1: Math.expm1, log: Math.log, log1p: Math.log1p, sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x), reciprocal: (x) => 1 / x, sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos,
  atan: Math.atan, sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh, asinh: Math.asinh, acosh: Math.acosh, atanh: Math.atanh,
  erf: special.erf, erfc: special.erfc, lgamma: special.lgamma, digamma: special.digamma, floor: Math.floor, ceil: Math.ceil,
  trunc: Math.trunc, rint: special.rint, sigmoid: special.sigmoid, not: (x) => (x === 0 ? 1 : 0), bitNot: (x) => ~x,
};

/** Integers of up to 32 bits and bool. What is not here has no meaning for them. */
export const integerUnary: Readonly<Partial<Record<UnaryPrimitive, (x: number) => number>>> = {
  neg: (x) => -x, abs: Math.abs, sign: Math.sign, reciprocal: (x) => divideIntegers(1, x), floor: (x) => x, ceil: (x) => x,
  trunc: (x) => x, rint: (x) => x, not: (x) => (x === 0 ? 1 : 0), bitNot: (x) => ~x,
};

export const bigUnary: Readonly<Partial<Record<UnaryPrimitive, (x: bigint) => bigint>>> = {
  neg: (x) => -x, abs: (x) => (x < 0n ? -x : x), sign: (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n), reciprocal: (x) => divideBigs(1n, x),
  floor: (x) => x, ceil: (x) => x, trunc: (x) => x, rint: (x) => x, bitNot: (x) => ~x,
};

export const complexUnary: Readonly<Partial<Record<UnaryPrimitive, (x: complex.Complex) => complex.Complex>>> = {
  neg: complex.neg, abs: (x) => [complex.abs(x), 0], sign: complex.sign, exp: complex.exp, expm1: complex.expm1, log: complex.log,
  log1p: complex.log1p, sqrt: complex.sqrt, rsqrt: complex.rsqrt, reciprocal: complex.reciprocal, sin: complex.sin, cos: complex.cos,
  tan: complex.tan, asin: complex.asin, acos: complex.acos, atan: complex.atan, sinh: complex.sinh, cosh: complex.cosh,
  tanh: complex.tanh, asinh: complex.asinh, acosh: complex.acosh, atanh: complex.atanh, sigmoid: complex.sigmoid,
};

function divisionByZero(): InvalidArgumentError {
  return new InvalidArgumentError('Integer division by zero');
}

function divideIntegers(x: number, y: number): number {
  if (y === 0) throw divisionByZero();
  return Math.trunc(x / y);
}

function remainderOfIntegers(x: number, y: number): number {
  if (y === 0) throw divisionByZero();
  return x % y;
}

function divideBigs(x: bigint, y: bigint): bigint {
  if (y === 0n) throw divisionByZero();
  return x / y;
}

const minimum = (x: number, y: number): number => (x < y || x !== x ? x : y);
const maximum = (x: number, y: number): number => (x > y || x !== x ? x : y);

export const floatBinary: Readonly<Record<BinaryPrimitive, (x: number, y: number) => number>> = {
  add: (x, y) => x + y, sub: (x, y) => x - y, mul: (x, y) => x * y, div: (x, y) => x / y, mod: (x, y) => x % y, min: minimum, max: maximum,
  pow: special.pow, atan2: Math.atan2, and: (x, y) => x & y, or: (x, y) => x | y, xor: (x, y) => x ^ y, shl: (x, y) => x << y, shr: (x, y) => x >> y,
};

/** The power of integers by squaring, wrapped to 32 bits at each step: its low bits are right for every narrower type. */
function powerOfIntegers(x: number, y: number): number {
  if (y < 0) throw new InvalidArgumentError('Integers to negative integer powers are not allowed');
  let result = 1;
  let square = x;
  for (let rest = y; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = Math.imul(result, square);
    square = Math.imul(square, square);
  }
  return result;
}

function powerOfBigs(x: bigint, y: bigint): bigint {
  if (y < 0n) throw new InvalidArgumentError('Integers to negative integer powers are not allowed');
  let result = 1n;
  let square = BigInt.asUintN(64, x);
  for (let rest = y; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = BigInt.asUintN(64, result * square);
    square = BigInt.asUintN(64, square * square);
  }
  return result;
}

/** Integers of up to 32 bits and bool. Shifts are clamped to the width, as TensorFlow's are. */
export function integerBinary(op: BinaryPrimitive, dtype: DType): ((x: number, y: number) => number) | undefined {
  const last = 8 * dtypeInfo[dtype].bytes - 1;
  const clamp = (y: number): number => Math.min(Math.max(y, 0), last);
  switch (op) {
    case 'add': return (x, y) => x + y;
    case 'sub': return (x, y) => x - y;
    case 'mul': return Math.imul;
    case 'div': return divideIntegers;
    case 'mod': return remainderOfIntegers;
    case 'min': return Math.min;
    case 'max': return Math.max;
    case 'pow': return powerOfIntegers;
    case 'and': return (x, y) => x & y;
    case 'or': return (x, y) => x | y;
    case 'xor': return (x, y) => x ^ y;
    case 'shl': return (x, y) => x << clamp(y);
    case 'shr': return dtypeInfo[dtype].kind === 'uint' ? (x, y) => x >>> clamp(y) : (x, y) => x >> clamp(y);
    case 'atan2': return undefined;
    default: return op satisfies never;
  }
}

const clampBig = (y: bigint): bigint => (y < 0n ? 0n : y > 63n ? 63n : y);

export const bigBinary: Readonly<Partial<Record<BinaryPrimitive, (x: bigint, y: bigint) => bigint>>> = {
  add: (x, y) => x + y, sub: (x, y) => x - y, mul: (x, y) => x * y, div: divideBigs,
  mod: (x, y) => {
    if (y === 0n) throw divisionByZero();
    return x % y;
  },
  min: (x, y) => (x < y ? x : y), max: (x, y) => (x > y ? x : y), pow: powerOfBigs,
  and: (x, y) => x & y, or: (x, y) => x | y, xor: (x, y) => x ^ y, shl: (x, y) => x << clampBig(y), shr: (x, y) => x >> clampBig(y),
};

export const complexBinary: Readonly<Partial<Record<BinaryPrimitive, (x: complex.Complex, y: complex.Complex) => complex.Complex>>> = {
  add: complex.add, sub: complex.sub, mul: complex.mul, div: complex.div, pow: complex.pow,
};

/** Of numbers and of bigints alike. */
export const comparisons: Readonly<Record<ComparePrimitive, <T extends number | bigint>(x: T, y: T) => boolean>> = {
  eq: (x, y) => x === y, ne: (x, y) => x !== y, lt: (x, y) => x < y, le: (x, y) => x <= y, gt: (x, y) => x > y, ge: (x, y) => x >= y,
};
