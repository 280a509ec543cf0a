/**
 * How elements lie in registers: always four at a time. Dtypes up to 32 bits take one v128 of 32-bit lanes (8- and 16-bit integers widened, kept
 * in their own range; bool as a mask of all ones or all zeros); 64-bit dtypes take two v128 of two lanes, lower elements first.
 */
import type { DType } from '@sessionflow/core/device';
import { i16x8, i32, i32x4, i64x2, i8x16, v128, type Effect, type FunctionBuilder, type I32, type Local, type Value } from '../asm/index.js';

export type Vector = Value<'v128'>;
/** Four elements: one v128, or two for 64-bit dtypes. */
export type Simd = readonly Vector[];

/** The dtypes that have a register form. */
export const simdDTypes = ['float32', 'float64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'bool'] as const;
export type SimdDType = (typeof simdDTypes)[number];

export function isSimdDType(dtype: DType): dtype is SimdDType {
  return (simdDTypes as readonly string[]).includes(dtype);
}

/** Bytes of an element in memory. */
export const elementBytes: Readonly<Record<SimdDType, 1 | 2 | 4 | 8>> = {
  float32: 4, float64: 8, int8: 1, int16: 2, int32: 4, int64: 8, uint8: 1, uint16: 2, uint32: 4, uint64: 8, bool: 1,
};

/** v128s that four elements take. */
export const partCount = (dtype: SimdDType): 1 | 2 => (elementBytes[dtype] === 8 ? 2 : 1);

/** Lanes 2 and 3 of a vector of four, as lanes 0 and 1. */
export const upperHalf = (x: Vector): Vector => i8x16.shuffle(x, x, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]);
/** The lower halves of two vectors, side by side. */
export const joinLower = (x: Vector, y: Vector): Vector => i8x16.shuffle(x, y, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);

const maskOfBytes = (bytes: Vector): Vector => i32x4.ne(bytes, v128.zero());

/** Loads four elements that lie side by side. */
export function loadFour(dtype: SimdDType, address: I32, offset = 0): Simd {
  switch (dtype) {
    case 'float32':
    case 'int32':
    case 'uint32':
      return [v128.load(address, offset, 2)];
    case 'float64':
    case 'int64':
    case 'uint64':
      return [v128.load(address, offset, 3), v128.load(address, offset + 16, 3)];
    case 'int16':
      return [v128.load16x4S(address, offset, 1)];
    case 'uint16':
      return [v128.load16x4U(address, offset, 1)];
    case 'int8':
      return [i32x4.extendLowI16x8S(i16x8.extendLowI8x16S(v128.load32Zero(address, offset, 0)))];
    case 'uint8':
      return [i32x4.extendLowI16x8U(i16x8.extendLowI8x16U(v128.load32Zero(address, offset, 0)))];
    case 'bool':
      return [maskOfBytes(i32x4.extendLowI16x8U(i16x8.extendLowI8x16U(v128.load32Zero(address, offset, 0))))];
    default:
      return dtype satisfies never;
  }
}

/** Loads one element into all four places. */
export function loadSplat(dtype: SimdDType, address: I32, offset = 0): Simd {
  switch (dtype) {
    case 'float32':
    case 'int32':
    case 'uint32':
      return [v128.load32Splat(address, offset, 2)];
    case 'float64':
    case 'int64':
    case 'uint64': {
      return [v128.load64Splat(address, offset, 3), v128.load64Splat(address, offset, 3)];
    }
    case 'int16':
      return [i32x4.splat(i32.load16S(address, offset))];
    case 'uint16':
      return [i32x4.splat(i32.load16U(address, offset))];
    case 'int8':
      return [i32x4.splat(i32.load8S(address, offset))];
    case 'uint8':
      return [i32x4.splat(i32.load8U(address, offset))];
    case 'bool':
      return [maskOfBytes(i32x4.splat(i32.load8U(address, offset)))];
    default:
      return dtype satisfies never;
  }
}

/** An i32 that holds four elements of an 8- or 16-bit dtype, narrowed: the bytes to store. */
function narrowed(dtype: SimdDType, x: Vector): Vector {
  switch (dtype) {
    case 'int16':
      return i16x8.narrowI32x4S(x, x);
    case 'uint16':
      return i16x8.narrowI32x4U(x, x);
    case 'int8':
    case 'uint8': {
      const words = i16x8.narrowI32x4S(x, x);
      return dtype === 'int8' ? i8x16.narrowI16x8S(words, words) : i8x16.narrowI16x8U(words, words);
    }
    case 'bool': {
      const words = i16x8.narrowI32x4S(x, x);
      return v128.and(i8x16.narrowI16x8S(words, words), i8x16.splat(1));
    }
    default:
      return x;
  }
}

/** Stores four elements side by side. `x` is used once per part. */
export function storeFour(f: FunctionBuilder, dtype: SimdDType, address: I32, x: Simd, offset = 0): void {
  const first = x[0]!;
  switch (elementBytes[dtype]) {
    case 4:
      f.do(v128.store(address, first, offset, 2));
      return;
    case 8:
      f.do(v128.store(address, first, offset, 3));
      f.do(v128.store(address, x[1]!, offset + 16, 3));
      return;
    case 2:
      f.do(v128.store64Lane(address, narrowed(dtype, f.let(first)), 0, offset));
      return;
    case 1:
      f.do(v128.store32Lane(address, narrowed(dtype, f.let(first)), 0, offset));
      return;
    default:
      return elementBytes[dtype] satisfies never;
  }
}

const storeLane = (bytes: 1 | 2 | 4, address: I32, x: Vector, lane: number): Effect => {
  const offset = lane * bytes;
  if (bytes === 4) return v128.store32Lane(address, x, lane, offset);
  return bytes === 2 ? v128.store16Lane(address, x, lane, offset) : v128.store8Lane(address, x, lane, offset);
};

/** Loads 1–3 elements; the places past `count` repeat the first one, so that no lane holds what is not an element. */
export function loadSome(f: FunctionBuilder, dtype: SimdDType, address: I32, count: Local<'i32'>): Simd {
  const at = typeof address === 'number' ? i32.const(address) : address;
  const bytes = elementBytes[dtype];
  if (bytes === 8) {
    const second = i32.mul(i32.geS(count, 2), 8);
    const third = i32.mul(i32.eq(count, 3), 16);
    return [
      v128.load64Lane(i32.add(at, second), v128.load64Splat(at, 0, 3), 1),
      v128.load64Lane(i32.add(at, third), v128.load64Splat(at, 0, 3), 0),
    ];
  }
  // Addresses instead of branches: a missing element is read from the first one's place.
  const second = i32.add(at, i32.mul(i32.geS(count, 2), bytes));
  const third = i32.add(at, i32.mul(i32.eq(count, 3), 2 * bytes));
  if (bytes === 4) return [v128.load32Lane(third, v128.load32Lane(second, v128.load32Splat(at, 0, 2), 1), 2)];
  const load = dtype === 'int8' ? i32.load8S : dtype === 'int16' ? i32.load16S : dtype === 'uint16' ? i32.load16U : i32.load8U;
  const four = i32x4.replaceLane(i32x4.replaceLane(i32x4.splat(load(at)), 1, load(second)), 2, load(third));
  return [dtype === 'bool' ? maskOfBytes(four) : four];
}

/** Stores the first `count` (1–3) elements. */
export function storeSome(f: FunctionBuilder, dtype: SimdDType, address: I32, x: Simd, count: Local<'i32'>): void {
  const bytes = elementBytes[dtype];
  if (bytes === 8) {
    const first = f.let(x[0]!);
    f.do(v128.store64Lane(address, first, 0, 0));
    f.if(i32.geS(count, 2), () => f.do(v128.store64Lane(address, first, 1, 8)));
    f.if(i32.eq(count, 3), () => f.do(v128.store64Lane(address, x[1]!, 0, 16)));
    return;
  }
  const packed = f.let(narrowed(dtype, f.let(x[0]!)));
  f.do(storeLane(bytes, address, packed, 0));
  f.if(i32.geS(count, 2), () => f.do(storeLane(bytes, address, packed, 1)));
  f.if(i32.eq(count, 3), () => f.do(storeLane(bytes, address, packed, 2)));
}

/** Brings 32-bit lanes back into the range of an 8- or 16-bit integer dtype, as its arithmetic wraps. */
export function wrap(dtype: SimdDType, x: Vector): Vector {
  switch (dtype) {
    case 'int8':
      return i32x4.shrS(i32x4.shl(x, 24), 24);
    case 'int16':
      return i32x4.shrS(i32x4.shl(x, 16), 16);
    case 'uint8':
      return v128.and(x, i32x4.splat(0xff));
    case 'uint16':
      return v128.and(x, i32x4.splat(0xffff));
    default:
      return x;
  }
}

/** The low words of two vectors of 64-bit lanes, as one vector of 32-bit lanes. */
export const evenWords = (x: Vector, y: Vector): Vector => i8x16.shuffle(x, y, [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]);

/** A mask of 32-bit lanes as the two parts of a 64-bit dtype. */
export const widenMask = (mask: Vector): Simd => [i64x2.extendLowI32x4S(mask), i64x2.extendHighI32x4S(mask)];

/** Stores the element in place 0. */
export function storeFirst(f: FunctionBuilder, dtype: SimdDType, address: I32, x: Simd): void {
  const bytes = elementBytes[dtype];
  if (bytes === 8) f.do(v128.store64Lane(address, x[0]!, 0, 0));
  else f.do(storeLane(bytes, address, narrowed(dtype, f.let(x[0]!)), 0));
}
