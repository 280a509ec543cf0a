/**
 * TensorFlow's Cast on its CPU: C++ conversions as x86-64 does them. A float that does not fit an integer gives what `cvttss2si` gives
 * (the smallest integer of 32 or 64 bits, of which narrower types keep the low bits).
 */
import { dtypeInfo, type DType } from '../../../dtypes.js';
import { type BigRegister, type NumberRegister, type Register, registerClass, roundRegister } from './registers.js';

/** float → int32 with the platform's result for what does not fit. */
export function truncateToInt32(x: number): number {
  return x > -2147483649 && x < 2147483648 ? Math.trunc(x) : -2147483648;
}

const INT64_LIMIT = 2 ** 63;

/** float → int64 with the platform's result for what does not fit. */
export function truncateToInt64(x: number): bigint {
  return x >= -INT64_LIMIT && x < INT64_LIMIT ? BigInt(Math.trunc(x)) : -(1n << 63n);
}

/** float → uint64: the upper half of the range is reached by subtracting 2^63 first, as compilers do it. */
function truncateToUint64(x: number): bigint {
  if (x >= INT64_LIMIT) return BigInt.asUintN(64, truncateToInt64(x - INT64_LIMIT) + (1n << 63n));
  return BigInt.asUintN(64, truncateToInt64(x));
}

/** A 64-bit integer as the nearest float32: one rounding, by keeping a sticky bit below float64's precision. */
function bigToFloat32(x: bigint): number {
  if (x >= -9007199254740992n && x <= 9007199254740992n) return Math.fround(Number(x));
  const high = x >> 12n;
  const odd = (x & 4095n) === 0n ? high : high | 1n;
  return Math.fround(Number(odd) * 4096);
}

function castNumbers(from: DType, to: DType, x: NumberRegister, out: NumberRegister, count: number): void {
  if (to === 'bool') {
    for (let i = 0; i < count; i++) out[i] = x[i] === 0 ? 0 : 1;
  } else if (dtypeInfo[from].kind === 'float' && dtypeInfo[to].kind !== 'float') {
    if (to === 'uint32') for (let i = 0; i < count; i++) out[i] = Number(BigInt.asUintN(32, truncateToInt64(x[i]!)));
    else for (let i = 0; i < count; i++) out[i] = truncateToInt32(x[i]!);
  } else {
    for (let i = 0; i < count; i++) out[i] = x[i]!;
  }
}

function castBigs(to: DType, x: BigRegister, out: NumberRegister, count: number): void {
  const kind = dtypeInfo[to].kind;
  if (to === 'bool') for (let i = 0; i < count; i++) out[i] = x[i] === 0n ? 0 : 1;
  else if (to === 'float64') for (let i = 0; i < count; i++) out[i] = Number(x[i]);
  else if (kind === 'float') for (let i = 0; i < count; i++) out[i] = bigToFloat32(x[i]!);
  else for (let i = 0; i < count; i++) out[i] = Number(BigInt.asIntN(32, x[i]!));
}

function castToBig(from: DType, to: DType, x: NumberRegister, out: BigRegister, count: number): void {
  if (dtypeInfo[from].kind !== 'float') for (let i = 0; i < count; i++) out[i] = BigInt(x[i]!);
  else if (to === 'uint64') for (let i = 0; i < count; i++) out[i] = truncateToUint64(x[i]!);
  else for (let i = 0; i < count; i++) out[i] = truncateToInt64(x[i]!);
}

/** Converts `count` elements of `x` into `out`. */
export function castBlock(from: DType, to: DType, x: Register, out: Register, count: number): void {
  const source = registerClass(from);
  const target = registerClass(to);
  if (source === 'complex') {
    const pairs = x as Float64Array;
    if (target === 'complex') {
      for (let i = 0; i < 2 * count; i++) (out as Float64Array)[i] = pairs[i]!;
    } else {
      // What is not complex gets the real part, bool included.
      const real = new Float64Array(count);
      for (let i = 0; i < count; i++) real[i] = pairs[2 * i]!;
      castBlock('float64', to, real, out, count);
    }
    return;
  }
  if (target === 'complex') {
    const pairs = out as Float64Array;
    for (let i = 0; i < count; i++) {
      pairs[2 * i] = Number(x[i]);
      pairs[2 * i + 1] = 0;
    }
  } else if (source === 'number' && target === 'number') castNumbers(from, to, x as NumberRegister, out as NumberRegister, count);
  else if (source === 'bigint' && target === 'number') castBigs(to, x as BigRegister, out as NumberRegister, count);
  else if (source === 'number') castToBig(from, to, x as NumberRegister, out as BigRegister, count);
  else for (let i = 0; i < count; i++) (out as BigRegister)[i] = (x as BigRegister)[i]!;
  roundRegister(to, out, count);
}
