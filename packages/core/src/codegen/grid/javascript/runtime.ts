/** What printed JavaScript calls: checked memory, and TensorFlow's meaning of the scalar primitives. */
import { viewBytes, type NumericTypedArray } from '../../../dtypes.js';
import { InternalError } from '../../../errors.js';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../../../half.js';
import { truncateToInt32, truncateToInt64 } from '../../../kernels/host/evaluate/casts.js';
import { floatBinary, floatUnary } from '../../../kernels/host/evaluate/primitives.js';
import type { AtomicOp } from '../program.js';
import type { StoredType, ValueType } from '../types.js';

type Half = 'float16' | 'bfloat16';
type Scalar = number | bigint;
const toHalf = (to: Half, value: number): number => (to === 'float16' ? toFloat16(value) : toBfloat16(value));
const fromHalf = (from: Half, bits: number): number => (from === 'float16' ? fromFloat16(bits) : fromBfloat16(bits));

/** A fault that a program reported. */
export class GridFault extends Error {
  constructor(readonly faultCode: number, readonly detail: number) {
    super(`fault ${faultCode}`);
  }
}

/** Memory that nobody wrote holds this in every byte. */
const poison = 0xa5;

export function newArray(type: ValueType, length: number): NumericTypedArray {
  const bytes = new Uint8Array(8 * length).fill(poison);
  return viewBytes(type, bytes.buffer, 0, length);
}

/** Device memory as the array of its stored form; a rest that is no whole element is cut off. */
export function memoryView(stored: StoredType, bytes: Uint8Array): NumericTypedArray {
  const size = viewBytes(stored, new ArrayBuffer(0), 0, 0).BYTES_PER_ELEMENT;
  return viewBytes(stored, bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / size));
}

function check(array: NumericTypedArray, first: number, count: number, name: string, verb: string): void {
  if (Number.isInteger(first) && first >= 0 && first + count <= array.length) return;
  throw new InternalError(`internal: ${verb} element ${first}${count > 1 ? ` to ${first + count - 1}` : ''} of '${name.replace(/_\d+$/, '')}', which has ${array.length}.`);
}

function put(array: NumericTypedArray, index: number, value: Scalar): void {
  if (array instanceof BigInt64Array || array instanceof BigUint64Array) array[index] = BigInt(value);
  else array[index] = Number(value);
}

const float32 = new Float32Array(1);
const float64 = new Float64Array(1);
const words: Readonly<Record<Exclude<ValueType, 'bool'>, NumericTypedArray>> = {
  float32, int32: new Int32Array(float32.buffer), uint32: new Uint32Array(float32.buffer),
  float64, int64: new BigInt64Array(float64.buffer), uint64: new BigUint64Array(float64.buffer),
};

export const runtime = {
  fround: Math.fround,
  imul: Math.imul,
  newArray,
  unary: floatUnary,
  power: floatBinary.pow,
  atan2: floatBinary.atan2,
  minimum: (x: number, y: number): number => floatBinary.min(x, y),
  maximum: (x: number, y: number): number => floatBinary.max(x, y),
  toInt32: truncateToInt32,
  toUint32: (x: number): number => Number(BigInt.asUintN(32, truncateToInt64(x))),
  toInt64: truncateToInt64,
  toUint64: (x: number): bigint => BigInt.asUintN(64, truncateToInt64(x)),
  round: (to: Half, x: number): number => fromHalf(to, toHalf(to, x)),
  bits(from: Exclude<ValueType, 'bool'>, to: Exclude<ValueType, 'bool'>, x: Scalar): Scalar {
    put(words[from], 0, x);
    return words[to][0]!;
  },
  load(array: NumericTypedArray, index: number, name: string, half?: Half): Scalar {
    check(array, index, 1, name, 'loads');
    const value = array[index]!;
    return half === undefined ? value : fromHalf(half, Number(value));
  },
  loadGroup(array: NumericTypedArray, index: number, lanes: number, name: string, half?: Half): Scalar[] {
    check(array, index * lanes, lanes, name, 'loads');
    return Array.from({ length: lanes }, (_, lane) => {
      const value = array[index * lanes + lane]!;
      return half === undefined ? value : fromHalf(half, Number(value));
    });
  },
  element(array: NumericTypedArray, index: number, name: string): Scalar {
    check(array, index, 1, name, 'reads');
    return array[index]!;
  },
  store(array: NumericTypedArray, index: number, values: readonly Scalar[], name: string, half?: Half): void {
    check(array, index * values.length, values.length, name, 'stores');
    values.forEach((value, lane) => put(array, index * values.length + lane, half === undefined ? value : toHalf(half, Number(value))));
  },
  setElement(array: NumericTypedArray, index: number, values: readonly Scalar[], name: string): void {
    check(array, index * values.length, values.length, name, 'sets');
    values.forEach((value, lane) => put(array, index * values.length + lane, value));
  },
  atomic(op: AtomicOp, array: NumericTypedArray, index: number, value: Scalar, name: string): void {
    check(array, index, 1, name, 'updates');
    const old = Number(array[index]);
    const other = Number(value);
    put(array, index, op === 'add' ? old + other : op === 'max' ? Math.max(old, other) : Math.min(old, other));
  },
  fault(code: number, detail: number): never {
    throw new GridFault(code, detail);
  },
};
