/**
 * The element types. One row per dtype of TensorFlow's `DataType` enum that a tensor can hold; everything else about a dtype
 * (its enum number, the size of an element, the array that holds it on the host) is looked up here and stated nowhere else.
 */

interface DTypeRow {
  /** The number in TensorFlow's `DataType` enum. */
  readonly enum: number;
  /** The name that TensorFlow's C++ prints in error texts (`float`, `half`, …). */
  readonly tfName: string;
  /** Bytes of one element in row-major storage; 0: not bytes (strings, resources, variants). */
  readonly bytes: number;
  readonly kind: 'float' | 'int' | 'uint' | 'bool' | 'complex' | 'object';
}

const rows = {
  float32: { enum: 1, tfName: 'float', bytes: 4, kind: 'float' },
  float64: { enum: 2, tfName: 'double', bytes: 8, kind: 'float' },
  int32: { enum: 3, tfName: 'int32', bytes: 4, kind: 'int' },
  uint8: { enum: 4, tfName: 'uint8', bytes: 1, kind: 'uint' },
  int16: { enum: 5, tfName: 'int16', bytes: 2, kind: 'int' },
  int8: { enum: 6, tfName: 'int8', bytes: 1, kind: 'int' },
  string: { enum: 7, tfName: 'string', bytes: 0, kind: 'object' },
  complex64: { enum: 8, tfName: 'complex64', bytes: 8, kind: 'complex' },
  int64: { enum: 9, tfName: 'int64', bytes: 8, kind: 'int' },
  bool: { enum: 10, tfName: 'bool', bytes: 1, kind: 'bool' },
  qint8: { enum: 11, tfName: 'qint8', bytes: 1, kind: 'int' },
  quint8: { enum: 12, tfName: 'quint8', bytes: 1, kind: 'uint' },
  qint32: { enum: 13, tfName: 'qint32', bytes: 4, kind: 'int' },
  bfloat16: { enum: 14, tfName: 'bfloat16', bytes: 2, kind: 'float' },
  qint16: { enum: 15, tfName: 'qint16', bytes: 2, kind: 'int' },
  quint16: { enum: 16, tfName: 'quint16', bytes: 2, kind: 'uint' },
  uint16: { enum: 17, tfName: 'uint16', bytes: 2, kind: 'uint' },
  complex128: { enum: 18, tfName: 'complex128', bytes: 16, kind: 'complex' },
  float16: { enum: 19, tfName: 'half', bytes: 2, kind: 'float' },
  resource: { enum: 20, tfName: 'resource', bytes: 0, kind: 'object' },
  variant: { enum: 21, tfName: 'variant', bytes: 0, kind: 'object' },
  uint32: { enum: 22, tfName: 'uint32', bytes: 4, kind: 'uint' },
  uint64: { enum: 23, tfName: 'uint64', bytes: 8, kind: 'uint' },
} as const satisfies Record<string, DTypeRow>;

/** A dtype as the public API spells it. */
export type DType = keyof typeof rows;

/** Facts about each dtype. */
export const dtypeInfo: Readonly<Record<DType, DTypeRow>> = rows;

/** All dtypes, in the order of TensorFlow's enum. */
export const allDTypes = Object.keys(rows) as readonly DType[];

/** The host array of each dtype. float16 and bfloat16 hold bit patterns; complex ones hold (re, im) pairs; bool holds 0 or 1. */
export interface DTypeData {
  float32: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
  uint8: Uint8Array;
  int16: Int16Array;
  int8: Int8Array;
  string: Uint8Array[];
  complex64: Float32Array;
  int64: BigInt64Array;
  bool: Uint8Array;
  qint8: Int8Array;
  quint8: Uint8Array;
  qint32: Int32Array;
  bfloat16: Uint16Array;
  qint16: Int16Array;
  quint16: Uint16Array;
  uint16: Uint16Array;
  complex128: Float64Array;
  float16: Uint16Array;
  resource: ResourceHandle[];
  variant: unknown[];
  uint32: Uint32Array;
  uint64: BigUint64Array;
}

/** A reference to state that a session owns: TensorFlow's `ResourceHandleProto`. */
export interface ResourceHandle {
  readonly device: string;
  readonly container: string;
  readonly name: string;
  readonly hashCode: bigint;
  readonly typeName: string;
}

/** A dtype's element as `toArray()` and `item()` give it. */
export interface DTypeElement {
  float32: number;
  float64: number;
  int32: number;
  uint8: number;
  int16: number;
  int8: number;
  string: string;
  complex64: readonly [number, number];
  int64: bigint;
  bool: boolean;
  qint8: number;
  quint8: number;
  qint32: number;
  bfloat16: number;
  qint16: number;
  quint16: number;
  uint16: number;
  complex128: readonly [number, number];
  float16: number;
  resource: ResourceHandle;
  variant: unknown;
  uint32: number;
  uint64: bigint;
}

export type NumericTypedArray =
  | Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array
  | BigInt64Array | BigUint64Array;

/** Typed-array constructors of the dtypes whose elements are bytes. */
const constructors = {
  float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array, int16: Int16Array, int8: Int8Array,
  complex64: Float32Array, int64: BigInt64Array, bool: Uint8Array, qint8: Int8Array, quint8: Uint8Array, qint32: Int32Array,
  bfloat16: Uint16Array, qint16: Int16Array, quint16: Uint16Array, uint16: Uint16Array, complex128: Float64Array,
  float16: Uint16Array, uint32: Uint32Array, uint64: BigUint64Array,
} as const;

/** A dtype whose elements are plain bytes. */
export type ByteDType = keyof typeof constructors;

/** Whether the elements of a dtype are plain bytes (everything but string, resource, variant). */
export function hasBytes(dtype: DType): dtype is ByteDType {
  return dtypeInfo[dtype].bytes > 0;
}

/** Array slots per element: 2 for complex dtypes, else 1. */
export function lanes(dtype: DType): number {
  return dtypeInfo[dtype].kind === 'complex' ? 2 : 1;
}

/** A view of `count` elements of `dtype` at `byteOffset` of `buffer` (which must be aligned to the array's element). */
export function viewBytes<D extends ByteDType>(dtype: D, buffer: ArrayBufferLike, byteOffset: number, count: number): DTypeData[D] {
  const Constructor = constructors[dtype] as new (buffer: ArrayBufferLike, byteOffset: number, length: number) => NumericTypedArray;
  return new Constructor(buffer, byteOffset, count * lanes(dtype)) as DTypeData[D];
}

/** A new zeroed array for `count` elements of any dtype (empty strings; resources and variants start `undefined`). */
export function newData<D extends DType>(dtype: D, count: number): DTypeData[D] {
  if (!hasBytes(dtype)) {
    const empty = dtype === 'string' ? new Uint8Array(0) : undefined;
    return Array.from({ length: count }, () => empty) as DTypeData[D];
  }
  const Constructor = constructors[dtype] as new (length: number) => NumericTypedArray;
  return new Constructor(count * lanes(dtype)) as DTypeData[D];
}

/** What Node adds to the platform: memory that nobody clears. */
interface UnclearedMemory {
  readonly Buffer?: { allocUnsafeSlow?(bytes: number): { readonly buffer: ArrayBuffer; readonly byteOffset: number } };
}

/** Smaller arrays are made faster than memory is asked for. */
const largeBytes = 64 << 10;

/**
 * As `newData`, for elements that will all be written before anybody reads them. Clearing a large array, and touching fresh pages for it,
 * takes several times as long as filling one whose memory was used before.
 */
export function newUnclearedData<D extends ByteDType>(dtype: D, count: number): DTypeData[D] {
  const bytes = count * rows[dtype].bytes;
  const memory = bytes < largeBytes ? undefined : (globalThis as UnclearedMemory).Buffer?.allocUnsafeSlow?.(bytes);
  if (memory === undefined || memory.byteOffset !== 0 || memory.buffer.byteLength !== bytes) return newData(dtype, count);
  const Constructor = constructors[dtype] as new (buffer: ArrayBuffer) => NumericTypedArray;
  return new Constructor(memory.buffer) as DTypeData[D];
}

/** The dtype with this number in TensorFlow's enum; reference types (100 higher) give their base type. */
export function dtypeFromEnum(value: number): DType | undefined {
  const base = value > 100 ? value - 100 : value;
  return allDTypes.find((name) => rows[name].enum === base);
}

/** Smallest and largest finite value of an integer or float dtype. */
export function limitsOf(dtype: DType): { lowest: number | bigint; highest: number | bigint } {
  const { kind, bytes } = dtypeInfo[dtype];
  const bits = 8 * bytes;
  if (kind === 'float') {
    const highest = { float16: 65504, bfloat16: 3.3895313892515355e38, float32: 3.4028234663852886e38 }[dtype as 'float16'] ?? Number.MAX_VALUE;
    return { lowest: -highest, highest };
  }
  if (bits === 64) return kind === 'uint' ? { lowest: 0n, highest: (1n << 64n) - 1n } : { lowest: -(1n << 63n), highest: (1n << 63n) - 1n };
  return kind === 'int' ? { lowest: -(2 ** (bits - 1)), highest: 2 ** (bits - 1) - 1 } : { lowest: 0, highest: kind === 'bool' ? 1 : 2 ** bits - 1 };
}
