/** Small helpers over host tensors that every family of host kernels uses. */
import { type DType, type DTypeData, dtypeInfo, hasBytes } from '../../dtypes.js';
import { InternalError, InvalidArgumentError } from '../../errors.js';
import { bfloat16FromFloat32, float16FromFloat32, float32FromBfloat16, float32FromFloat16 } from '../../half.js';
import { HostTensor } from '../../hostTensor.js';
import { type Shape, shapeText, sizeOf } from '../../shape.js';

/** Throws InvalidArgumentError with TensorFlow's text. */
export function invalid(message: string): never {
  throw new InvalidArgumentError(message);
}

/** A tensor over data that is known to be of `dtype` although the compiler cannot tell. The constructor checks it. */
export function tensorOver(dtype: DType, shape: Shape, data: DTypeData[DType]): HostTensor {
  return new HostTensor<DType>(dtype, shape, data);
}

/** The same elements in another shape (and dtype of the same array). */
export function reshaped(tensor: HostTensor, shape: Shape): HostTensor {
  return tensorOver(tensor.dtype, shape, tensor.data);
}

/** Numbers as arrays of any numeric typed array but the 64-bit integers. */
export type Numbers = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

/**
 * The elements as numbers. float16 and bfloat16 are decoded, 64-bit integers become float64 (exact up to 2^53: meant for sizes, axes and indices);
 * complex ones are (re, im) pairs. No copy where none is needed: do not write.
 */
export function numbersOf(tensor: HostTensor): Numbers {
  const { dtype, data } = tensor;
  switch (dtype) {
    case 'float16': return float32FromFloat16(data as Uint16Array);
    case 'bfloat16': return float32FromBfloat16(data as Uint16Array);
    case 'int64': case 'uint64': return Float64Array.from(data as BigInt64Array, Number);
    case 'string': case 'resource': case 'variant':
      throw new InternalError(`internal: a ${dtype} tensor was read as numbers.`);
    default: return data as Numbers;
  }
}

/** Cut off to an integer; what is none is the least one, as in C on x86. */
const bigintOf = (value: number): bigint => (Number.isFinite(value) ? BigInt(Math.trunc(value)) : -(2n ** 63n));

/** Float64 values as a tensor of `dtype`: rounded to a float dtype once; wrapped into an integer dtype. */
export function tensorOfNumbers(dtype: DType, shape: Shape, values: ArrayLike<number>): HostTensor {
  switch (dtype) {
    case 'float32': case 'complex64':
      return tensorOver(dtype, shape, values instanceof Float32Array ? values : Float32Array.from(values));
    case 'float64': case 'complex128':
      return tensorOver(dtype, shape, values instanceof Float64Array ? values : Float64Array.from(values));
    case 'float16': return tensorOver(dtype, shape, float16FromFloat32(Float32Array.from(values)));
    case 'bfloat16': return tensorOver(dtype, shape, bfloat16FromFloat32(Float32Array.from(values)));
    case 'int64': return tensorOver(dtype, shape, BigInt64Array.from(values as Iterable<number> & ArrayLike<number>, bigintOf));
    case 'uint64': return tensorOver(dtype, shape, BigUint64Array.from(values as Iterable<number> & ArrayLike<number>, bigintOf));
    case 'int32': case 'qint32': return tensorOver(dtype, shape, Int32Array.from(values));
    case 'uint32': return tensorOver(dtype, shape, Uint32Array.from(values));
    case 'int16': case 'qint16': return tensorOver(dtype, shape, Int16Array.from(values));
    case 'uint16': case 'quint16': return tensorOver(dtype, shape, Uint16Array.from(values));
    case 'int8': case 'qint8': return tensorOver(dtype, shape, Int8Array.from(values));
    case 'uint8': case 'quint8': case 'bool': return tensorOver(dtype, shape, Uint8Array.from(values));
    case 'string': case 'resource': case 'variant':
      throw new InternalError(`internal: a ${dtype} tensor was made of numbers.`);
    default: return dtype satisfies never;
  }
}

/** The elements of an integer dtype as bigints, exactly. */
export function bigintsOf(tensor: HostTensor): ArrayLike<bigint> {
  if (tensor.dtype === 'int64' || tensor.dtype === 'uint64') return tensor.data as BigInt64Array;
  return Array.from(numbersOf(tensor), BigInt);
}

/** What a number becomes when it is stored in an integer dtype of 32 bits or fewer; other dtypes keep it. */
export function wrapperOf(dtype: DType): (x: number) => number {
  const { kind, bytes } = dtypeInfo[dtype];
  if ((kind !== 'int' && kind !== 'uint') || bytes > 4) return (x) => x;
  const free = 32 - 8 * bytes;
  return kind === 'int' ? (x) => (x << free) >> free : (x) => (x << free) >>> free;
}

/** Bigints as a tensor of an integer dtype, wrapped to its width. */
export function tensorOfBigints(dtype: DType, shape: Shape, values: readonly bigint[]): HostTensor {
  if (dtype === 'int64') return tensorOver(dtype, shape, BigInt64Array.from(values));
  if (dtype === 'uint64') return tensorOver(dtype, shape, BigUint64Array.from(values));
  return tensorOfNumbers(dtype, shape, values.map((x) => Number(BigInt.asIntN(32, x))));
}

/** Whether an op computes with this dtype in integers (bool not counted). */
export function isInteger(dtype: DType): boolean {
  const { kind } = dtypeInfo[dtype];
  return kind === 'int' || kind === 'uint';
}

/** An int32/int64 tensor as plain numbers: a shape, axes, sizes, indices. */
export function intsOf(tensor: HostTensor): number[] {
  return Array.from(numbersOf(tensor));
}

/** The one element of a scalar (or one-element) tensor as a number. */
export function scalarOf(tensor: HostTensor): number {
  const [value] = numbersOf(tensor);
  if (value === undefined) invalid(`a scalar was expected, not an empty tensor of shape ${shapeText(tensor.shape)}`);
  return value;
}

/** A rank-0 tensor. */
export function scalarTensor(dtype: DType, value: number): HostTensor {
  return tensorOfNumbers(dtype, [], [value]);
}

/** An int32 or int64 tensor of whole numbers. */
export function intTensor(dtype: DType, values: readonly number[], shape: Shape = [values.length]): HostTensor {
  return tensorOfNumbers(dtype, shape, values);
}

/** An axis counted from the end where it is negative; TensorFlow's error where it is out of range. */
export function axisOf(axis: number, rank: number, what = 'axis'): number {
  if (axis < -rank || axis >= rank) invalid(`${what} must be in the range [${-rank}, ${rank}) but got ${axis}`);
  return axis < 0 ? axis + rank : axis;
}

/** Array slots to move elements by: byte dtypes as unsigned words of at most 32 bits, objects as they are. */
export interface Units {
  readonly array: Uint8Array | Uint16Array | Uint32Array | unknown[];
  /** Slots per element. */
  readonly width: number;
}

export function unitsOf(tensor: HostTensor): Units {
  const { dtype, data } = tensor;
  if (!hasBytes(dtype) || Array.isArray(data)) return { array: data as unknown[], width: 1 };
  const bytes = dtypeInfo[dtype].bytes;
  const { buffer, byteOffset, byteLength } = data;
  if (bytes === 1) return { array: new Uint8Array(buffer, byteOffset, byteLength), width: 1 };
  if (bytes === 2) return { array: new Uint16Array(buffer, byteOffset, byteLength / 2), width: 1 };
  return { array: new Uint32Array(buffer, byteOffset, byteLength / 4), width: bytes / 4 };
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** A string element as text. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Text as a string element. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Size of `shape` from axis `start` up to, not including, `end`. */
export function sizeBetween(shape: Shape, start: number, end: number): number {
  return sizeOf(shape.slice(start, end));
}
