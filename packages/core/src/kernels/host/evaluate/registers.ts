/**
 * Registers hold one block of elements of one expression node. float16 and bfloat16 are held as float32 values that were rounded to the
 * narrow type; everything else as its own host array, whose stores round or wrap exactly as the dtype does.
 */
import type { DType, DTypeData } from '../../../dtypes.js';
import { InternalError } from '../../../errors.js';
import { bfloat16FromFloat32, float16FromFloat32, float32FromBfloat16, float32FromFloat16 } from '../../../half.js';

export type NumberRegister = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;
export type BigRegister = BigInt64Array | BigUint64Array;
export type Register = NumberRegister | BigRegister;

/** How the elements of a dtype are computed with. */
export type RegisterClass = 'number' | 'bigint' | 'complex';

export function registerClass(dtype: DType): RegisterClass {
  if (dtype === 'int64' || dtype === 'uint64') return 'bigint';
  return dtype === 'complex64' || dtype === 'complex128' ? 'complex' : 'number';
}

/** A zeroed register for `count` elements of a dtype. */
export function newRegister(dtype: DType, count: number): Register {
  switch (dtype) {
    case 'float32': case 'float16': case 'bfloat16': return new Float32Array(count);
    case 'float64': return new Float64Array(count);
    case 'int8': case 'qint8': return new Int8Array(count);
    case 'uint8': case 'quint8': case 'bool': return new Uint8Array(count);
    case 'int16': case 'qint16': return new Int16Array(count);
    case 'uint16': case 'quint16': return new Uint16Array(count);
    case 'int32': case 'qint32': return new Int32Array(count);
    case 'uint32': return new Uint32Array(count);
    case 'int64': return new BigInt64Array(count);
    case 'uint64': return new BigUint64Array(count);
    case 'complex64': return new Float32Array(2 * count);
    case 'complex128': return new Float64Array(2 * count);
    case 'string': case 'resource': case 'variant':
      throw new InternalError(`internal: an expression over ${dtype} elements: they have no arithmetic.`);
    default:
      return dtype satisfies never;
  }
}

/** Rounds float32 values in place to the narrow float type they stand for; nothing to do for other dtypes. */
export function roundRegister(dtype: DType, register: Register, count: number): void {
  if (dtype === 'float16') {
    const values = (register as Float32Array).subarray(0, count);
    float32FromFloat16(float16FromFloat32(values), values);
  } else if (dtype === 'bfloat16') {
    const values = (register as Float32Array).subarray(0, count);
    float32FromBfloat16(bfloat16FromFloat32(values), values);
  }
}

/** The elements of host data as a register array (the same memory where no decoding is needed). */
export function decode(dtype: DType, data: DTypeData[DType]): Register {
  if (dtype === 'float16') return float32FromFloat16(data as Uint16Array);
  if (dtype === 'bfloat16') return float32FromBfloat16(data as Uint16Array);
  return data as Register;
}

/** The host data of a whole register (the same memory where no encoding is needed). */
export function encode(dtype: DType, register: Register): Register {
  if (dtype === 'float16') return float16FromFloat32(register as Float32Array);
  if (dtype === 'bfloat16') return bfloat16FromFloat32(register as Float32Array);
  return register;
}

/** Copies `count` array slots between registers of one dtype. */
export function copySlots(from: Register, fromStart: number, to: Register, toStart: number, count: number): void {
  if (to instanceof BigInt64Array || to instanceof BigUint64Array) to.set((from as BigRegister).subarray(fromStart, fromStart + count), toStart);
  else to.set((from as NumberRegister).subarray(fromStart, fromStart + count), toStart);
}
