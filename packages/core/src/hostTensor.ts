/** A value that exists: what `run` returns and what you feed. */
import { inspectCustom, type Inspect } from './inspect.js';
import { type DType, type DTypeData, type DTypeElement, dtypeInfo, hasBytes, lanes } from './dtypes.js';
import { InvalidArgumentError, ValueError } from './errors.js';
import { float32FromBfloat16, float32FromFloat16, fromBfloat16, fromFloat16 } from './half.js';
import { allocateData, checkDType, checkShape, layOut, tagOf, type TensorValue } from './hostValue.js';
import { type Shape, shapeText } from './shape.js';

/** A value of rank n as nested arrays; rank 0 is the bare value. */
export type Nested<T> = T | Nested<T>[];

/** How `HostTensor.from` is to read a value. */
export interface FromOptions<D extends DType = DType> {
  /** Element type; by default what the value's own type says (numbers: float32). */
  readonly dtype?: D | undefined;
  /** Shape; by default that of the nesting. The elements, in row-major order, are laid out by it; a bare value fills it. */
  readonly shape?: Shape | undefined;
  /** Convert as numpy's arrays do: fractions are cut off and integers take the low bits of what does not fit, instead of being refused. */
  readonly wrap?: boolean | undefined;
}

/** The class of array that holds each dtype. */
const arrayTags: Readonly<Record<DType, string>> = {
  float32: 'Float32Array', float64: 'Float64Array', int32: 'Int32Array', uint8: 'Uint8Array', int16: 'Int16Array', int8: 'Int8Array',
  string: 'Array', complex64: 'Float32Array', int64: 'BigInt64Array', bool: 'Uint8Array', qint8: 'Int8Array', quint8: 'Uint8Array',
  qint32: 'Int32Array', bfloat16: 'Uint16Array', qint16: 'Int16Array', quint16: 'Uint16Array', uint16: 'Uint16Array',
  complex128: 'Float64Array', float16: 'Uint16Array', resource: 'Array', variant: 'Array', uint32: 'Uint32Array', uint64: 'BigUint64Array',
};

const decoder = new TextDecoder();

/** How an array slot of each dtype is read as an element, where that is not the slot itself. */
function elementReader(tensor: HostTensor): (index: number) => unknown {
  const data = tensor.data as ArrayLike<unknown>;
  switch (tensor.dtype) {
    case 'bool': return (i) => data[i] !== 0;
    case 'float16': return (i) => fromFloat16(data[i] as number);
    case 'bfloat16': return (i) => fromBfloat16(data[i] as number);
    case 'string': return (i) => decoder.decode(data[i] as Uint8Array);
    case 'complex64': case 'complex128': return (i) => [data[2 * i], data[2 * i + 1]];
    default: return (i) => data[i];
  }
}

/**
 * A dense tensor in host memory: dtype, shape and a row-major array (`DTypeData` says which for each dtype). Treat it as immutable:
 * neither the constructor nor `from` copies an array that already has the right type.
 */
export class HostTensor<D extends DType = DType> {
  /** Number of elements. */
  readonly size: number;

  /** Throws a ValueError where shape, dtype and array do not belong together. */
  constructor(readonly dtype: D, readonly shape: Shape, readonly data: DTypeData[D]) {
    this.size = checkShape(shape);
    if (tagOf(data) !== arrayTags[dtype]) {
      checkDType(dtype);
      throw new ValueError(`A ${dtype} tensor is held by ${arrayTags[dtype]}, but ${tagOf(data)} was given.`);
    }
    const slots = this.size * lanes(dtype);
    if (data.length !== slots) {
      throw new ValueError(`A ${dtype} tensor of shape ${shapeText(shape)} needs an array of ${slots}` +
        `${lanes(dtype) === 2 ? ' (re, im pairs)' : ''}, but one of ${data.length} was given.`);
    }
  }

  /**
   * Makes a tensor of a nested array, flat array, typed array or bare value. Without `dtype`: numbers give float32, booleans bool, strings
   * (and Uint8Arrays inside an array) string, bigints int64, typed arrays their own type. Values are converted as numpy does it (fractions
   * are cut off where an array goes into an integer dtype); what does not fit its dtype is refused. A complex element is a pair `[re, im]`;
   * float16 and bfloat16 are given as numbers, never as bits (the constructor takes bits).
   * Throws TypeError for a wrong kind of value, ValueError for ragged nesting, a wrong element count or a value out of range.
   */
  static from<D extends DType>(value: TensorValue | HostTensor, options: FromOptions<D> & { readonly dtype: D }): HostTensor<D>;
  static from(value: TensorValue | HostTensor, options?: FromOptions): HostTensor;
  static from(value: TensorValue | HostTensor, options: FromOptions = {}): HostTensor {
    if (value instanceof HostTensor) {
      const { dtype = value.dtype, shape = value.shape, wrap } = options;
      if (dtype === value.dtype) return shape === value.shape ? value : value.reshape(shape);
      if (dtype === 'float32' && value.dtype === 'float16') return new HostTensor(dtype, value.shape, float32FromFloat16(value.data as Uint16Array)).reshape(shape);
      if (dtype === 'float32' && value.dtype === 'bfloat16') return new HostTensor(dtype, value.shape, float32FromBfloat16(value.data as Uint16Array)).reshape(shape);
      const elements = layOut(value.flat(), dtype, dtypeInfo[dtype].kind === 'complex' ? value.shape : shape, wrap);
      return new HostTensor(dtype, shape, elements.data);
    }
    const { dtype, shape, data } = layOut(value, options.dtype, options.shape, options.wrap);
    return new HostTensor(dtype, shape, data);
  }

  /** A tensor of zeros (false, empty strings). */
  static zeros(shape: Shape): HostTensor<'float32'>;
  static zeros<D extends DType>(shape: Shape, dtype: D): HostTensor<D>;
  static zeros(shape: Shape, dtype: DType = 'float32'): HostTensor {
    checkDType(dtype);
    checkShape(shape);
    return new HostTensor(dtype, shape, allocateData(dtype, shape));
  }

  /** A tensor filled with one value, converted as by `from`. */
  static full(shape: Shape, value: TensorValue): HostTensor;
  static full<D extends DType>(shape: Shape, value: TensorValue, dtype: D): HostTensor<D>;
  static full(shape: Shape, value: TensorValue, dtype?: DType): HostTensor {
    const one = HostTensor.from(value, { dtype });
    if (one.size !== 1) throw new ValueError(`HostTensor.full takes one value, but one of shape ${shapeText(one.shape)} was given.`);
    checkShape(shape);
    const data = allocateData(one.dtype, shape);
    const slots = data as { [index: number]: unknown; readonly length: number };
    const step = lanes(one.dtype);
    for (let i = 0; i < slots.length; i++) slots[i] = one.data[i % step];
    return new HostTensor(one.dtype, shape, data);
  }

  get rank(): number {
    return this.shape.length;
  }

  /** Bytes that the elements take; for strings the sum of their lengths. Resources and variants count as 0. */
  get byteLength(): number {
    if (this.dtype !== 'string') return this.size * dtypeInfo[this.dtype].bytes;
    return (this.data as Uint8Array[]).reduce((sum, bytes) => sum + bytes.length, 0);
  }

  /** The elements' bytes, as a view of `data`; a ValueError for dtypes that are not bytes (string, resource, variant). */
  bytes(): Uint8Array {
    if (!ArrayBuffer.isView(this.data)) throw new ValueError(`A ${this.dtype} tensor has no bytes of its own.`);
    return new Uint8Array(this.data.buffer, this.data.byteOffset, this.data.byteLength);
  }

  /** The elements in row-major order, as `toArray` gives them. */
  flat(): DTypeElement[D][] {
    const read = elementReader(this);
    return Array.from({ length: this.size }, (_, i) => read(i)) as DTypeElement[D][];
  }

  /**
   * Nested arrays; rank 0 gives the bare value. int64 and uint64 give bigints, bool booleans, float16 and bfloat16 numbers, strings are
   * decoded as UTF-8 (their bytes stay in `data`), complex numbers are pairs [re, im].
   */
  toArray(): Nested<DTypeElement[D]> {
    const read = elementReader(this);
    let next = 0;
    const nest = (axis: number): unknown => {
      if (axis === this.shape.length) return read(next++);
      return Array.from({ length: this.shape[axis]! }, () => nest(axis + 1));
    };
    return nest(0) as Nested<DTypeElement[D]>;
  }

  /** The only element; a ValueError when there are more or none. */
  item(): DTypeElement[D] {
    if (this.size !== 1) throw new ValueError(`item() needs a tensor of one element, but this one has shape ${shapeText(this.shape)}.`);
    return elementReader(this)(0) as DTypeElement[D];
  }

  /** The same elements under another shape; one size may be -1 and is then worked out. No copy. */
  reshape(shape: Shape): HostTensor<D> {
    const unknown = shape.indexOf(-1);
    const known = unknown < 0 ? shape : shape.with(unknown, 1);
    const count = checkShape(known);
    const rest = unknown < 0 ? 1 : count === 0 ? 0 : this.size / count;
    if (count * rest !== this.size || !Number.isInteger(rest)) {
      throw new ValueError(`A tensor of shape ${shapeText(this.shape)} (${this.size} elements) cannot take shape ${shapeText(shape)}.`);
    }
    return new HostTensor(this.dtype, unknown < 0 ? shape : shape.with(unknown, rest), this.data);
  }

  /** In Node's console: dtype, shape and elements; of a large tensor its first elements. */
  [inspectCustom](_depth: number, options: object, inspect: Inspect): string {
    if (this.size <= mostShown) return `${this.toString()} ${inspect(this.toArray(), options)}`;
    const read = elementReader(this);
    const first = Array.from({ length: 20 }, (_, i) => read(i));
    return `${this.toString()} ${inspect(first, options)} … ${this.size - first.length} more elements`;
  }

  toString(): string {
    return `HostTensor(${this.dtype} ${shapeText(this.shape)})`;
  }
}

/** Elements of a tensor that a console is shown in their places. */
const mostShown = 1000;

/** The elements of a numeric tensor of any rank as numbers; an int64 beyond ±2^53 is an InvalidArgumentError, as it would lose digits. */
export function toNumbers(tensor: HostTensor): number[] {
  if (!hasBytes(tensor.dtype) || lanes(tensor.dtype) === 2) {
    throw new InvalidArgumentError(`Expected numbers, but a tensor of dtype ${tensor.dtype} was given.`);
  }
  const wide = tensor.dtype === 'int64' || tensor.dtype === 'uint64';
  return (tensor.flat() as (number | bigint | boolean)[]).map((value) => {
    const number = Number(value);
    if (wide && !Number.isSafeInteger(number)) throw new InvalidArgumentError(`${dtypeInfo[tensor.dtype].tfName} value ${value} is beyond ±2^53.`);
    return number;
  });
}

/**
 * A tensor of sizes (int32 or int64, rank 1) as a shape. `what` names it in errors, as in "Reshape 'r': shape". InvalidArgumentError for
 * another dtype or rank, and for a size below `lowest` (0; -1 where a size may be left open).
 */
export function shapeFromTensor(tensor: HostTensor, what = 'shape', lowest = 0): number[] {
  if (tensor.dtype !== 'int32' && tensor.dtype !== 'int64') {
    throw new InvalidArgumentError(`${what} must be int32 or int64, but is ${tensor.dtype}.`);
  }
  if (tensor.shape.length !== 1) throw new InvalidArgumentError(`${what} must be a vector, but has shape ${shapeText(tensor.shape)}.`);
  const dims = toNumbers(tensor);
  const bad = dims.findIndex((dim) => dim < lowest);
  if (bad >= 0) throw new InvalidArgumentError(`${what}: size ${dims[bad]} of axis ${bad} must be >= ${lowest}.`);
  return dims;
}
