/**
 * From JavaScript values to the elements of a tensor: which dtype a value means, how nesting becomes a shape, and how each element is
 * converted. `HostTensor.from` is the door to it.
 */
import { type ByteDType, type DType, type DTypeData, type NumericTypedArray, allDTypes, dtypeInfo, hasBytes, lanes, newData } from './dtypes.js';
import { ResourceExhaustedError, ValueError } from './errors.js';
import { toBfloat16, toFloat16 } from './half.js';
import { type Shape, shapeText, sizeOf } from './shape.js';

/** One element as a program writes it. */
export type ScalarValue = number | bigint | boolean | string;

/** An array of numbers of one type. */
export type NumericArray = NumericTypedArray | Uint8ClampedArray;

/** What `HostTensor.from` reads: a bare value, a typed array, or arrays of these nested evenly. */
export type TensorValue = ScalarValue | NumericArray | readonly TensorValue[];

/** The dtype that each typed array stands for. */
const dtypeOfTag: Readonly<Record<string, DType>> = {
  Float32Array: 'float32', Float64Array: 'float64', Int8Array: 'int8', Uint8Array: 'uint8', Uint8ClampedArray: 'uint8', Int16Array: 'int16',
  Uint16Array: 'uint16', Int32Array: 'int32', Uint32Array: 'uint32', BigInt64Array: 'int64', BigUint64Array: 'uint64',
};

/** The name of a value's type as `Object.prototype.toString` has it: the same in every realm. */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** Throws a TypeError for something that is no dtype. */
export function checkDType(dtype: unknown): asserts dtype is DType {
  if (typeof dtype === 'string' && Object.hasOwn(dtypeInfo, dtype)) return;
  const close = typeof dtype === 'string'
    ? allDTypes.find((name) => dtypeInfo[name].tfName === dtype || name === dtype.toLowerCase().replace(/^(dt_|tf\.)/, '')) : undefined;
  throw new TypeError(`Unknown dtype ${typeof dtype === 'string' ? `'${dtype}'` : describe(dtype)}; expected one of ${allDTypes.join(', ')}.` +
    (close === undefined ? '' : ` Did you mean '${close}'?`));
}

/** Number of elements of a shape; throws a ValueError when it is not a list of sizes with a product that a number can hold. */
export function checkShape(shape: Shape): number {
  if (!Array.isArray(shape)) throw new TypeError(`A shape is an array of sizes, but ${describe(shape)} was given.`);
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) {
    const dim: unknown = shape[axis];
    if (!Number.isSafeInteger(dim) || (dim as number) < 0) {
      throw new ValueError(`Shape ${shapeText(shape)}: size ${String(dim)} of axis ${axis} is not a non-negative integer.`);
    }
    size *= dim as number;
  }
  // A zero beside sizes whose product is not finite gives NaN: that shape is refused as well.
  if (!(size <= Number.MAX_SAFE_INTEGER)) throw new ValueError(`Shape ${shapeText(shape)} has more elements than can be counted (2^53).`);
  return size;
}

/** A zeroed array for a shape; ResourceExhaustedError when there is no memory for it. */
export function allocateData<D extends DType>(dtype: D, shape: Shape): DTypeData[D] {
  try {
    return newData(dtype, sizeOf(shape));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ResourceExhaustedError(`OOM when allocating tensor with shape${shapeText(shape)} and type ${dtypeInfo[dtype].tfName} on the host.`, { cause });
  }
}

/** A value named for an error text: short, with its type. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return `string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return `${typeof value} ${value}`;
  return typeof value === 'object' ? `a value of type ${tagOf(value)}` : `a value of type ${typeof value}`;
}

function isNumericArray(value: unknown): value is NumericArray {
  return ArrayBuffer.isView(value) && Object.hasOwn(dtypeOfTag, tagOf(value));
}

type Leaf = ScalarValue | Uint8Array;

/** The elements of a value in row-major order, and the shape that its nesting has. */
interface Laid {
  readonly elements: ArrayLike<Leaf>;
  readonly shape: Shape;
  /** The typed array's dtype where all elements come from typed arrays. */
  readonly arrayDType: DType | undefined;
}

const where = (index: readonly number[]): string => index.map((i) => `[${i}]`).join('');

/**
 * Flattens nested arrays. A Uint8Array is a bare value (bytes of a string) where strings are wanted, and, inside an array, where nothing
 * says that numbers are.
 */
function flatten(value: unknown, dtype: DType | undefined): Laid {
  const isBytes = (item: unknown, depth: number): boolean =>
    tagOf(item) === 'Uint8Array' && (dtype === 'string' || (dtype === undefined && depth > 0));
  if (isNumericArray(value) && !isBytes(value, 0)) return { elements: value, shape: [value.length], arrayDType: dtypeOfTag[tagOf(value)] };
  if (!Array.isArray(value)) return { elements: [value as Leaf], shape: [], arrayDType: undefined };
  if (value.length > 0 && value.every((item) => typeof item !== 'object')) {
    return { elements: value as Leaf[], shape: [value.length], arrayDType: undefined };
  }
  const shape: number[] = [];
  for (let item: unknown = value; (Array.isArray(item) || isNumericArray(item)) && !isBytes(item, shape.length);) {
    if (shape.length > 254) throw new ValueError('Nested arrays are deeper than 254 levels (or contain themselves).');
    shape.push(item.length);
    item = item[0];
  }
  const elements: Leaf[] = [];
  let arrayDType: DType | undefined;
  const index = new Array<number>(shape.length).fill(0);
  const ragged = (item: unknown, isArray: boolean, depth: number): never => {
    const expected = depth === shape.length ? 'a bare value' : `${shape[depth]} elements`;
    throw new ValueError(`Ragged nested array: ${isArray ? `${(item as ArrayLike<unknown>).length} elements` : describe(item)} at ` +
      `${where(index.slice(0, depth))}, but ${expected} expected, as at ${where(index.slice(0, depth).map(() => 0))}.`);
  };
  const walk = (item: unknown, depth: number): void => {
    const isArray = (Array.isArray(item) || isNumericArray(item)) && !isBytes(item, depth);
    if (depth === shape.length ? isArray : !isArray || item.length !== shape[depth]) ragged(item, isArray, depth);
    if (!isArray) elements.push(item as Leaf);
    else if (Array.isArray(item)) {
      const isLast = depth === shape.length - 1;
      for (let i = 0; i < item.length; i++) {
        const inner: unknown = item[i];
        if (isLast && typeof inner !== 'object') elements.push(inner as Leaf);
        else {
          index[depth] = i;
          walk(inner, depth + 1);
        }
      }
    } else {
      arrayDType ??= dtypeOfTag[tagOf(item)];
      for (const element of item) elements.push(element);
    }
  };
  walk(value, 0);
  return { elements, shape, arrayDType };
}

/** The dtype that the first element means. */
function inferDType(elements: ArrayLike<Leaf>): DType {
  const first = elements[0];
  switch (typeof first) {
    case 'boolean': return 'bool';
    case 'string': return 'string';
    case 'bigint': return 'int64';
    case 'number': case 'undefined': return 'float32';
    default:
      if (tagOf(first) === 'Uint8Array') return 'string';
      throw new TypeError(`A tensor holds numbers, bigints, booleans or strings, but ${describe(first)} was given.`);
  }
}

/** [lowest, highest] of each integer dtype. */
const ranges: Readonly<Partial<Record<DType, readonly [number, number]>>> = {
  int8: [-128, 127], qint8: [-128, 127], uint8: [0, 255], quint8: [0, 255], int16: [-32768, 32767], qint16: [-32768, 32767],
  uint16: [0, 65535], quint16: [0, 65535], int32: [-2147483648, 2147483647], qint32: [-2147483648, 2147483647], uint32: [0, 4294967295],
};

const encoder = new TextEncoder();

/**
 * What becomes of a number that an integer dtype does not hold: it is refused (`exact`), its fraction is cut off and it is refused if it is out
 * of range (`cut`), or its fraction is cut off and its low bits are taken, as numpy converts arrays (`wrap`).
 */
type Fit = 'exact' | 'cut' | 'wrap';

/** How one element becomes one slot of the dtype's array; `undefined` for a value of the wrong kind. */
function converter(dtype: DType, fit: Fit): (value: Leaf) => number | bigint | Uint8Array | undefined {
  const number = (value: Leaf): number | undefined => {
    switch (typeof value) {
      case 'number': return value;
      case 'bigint': case 'boolean': return Number(value);
      default: return undefined;
    }
  };
  const tooLarge = (value: Leaf, low: number | bigint, high: number | bigint): ValueError =>
    new ValueError(`${String(value)} does not fit ${dtype} (${low} to ${high}).`);
  const cut = (value: number): number => {
    if (fit === 'wrap' && !Number.isFinite(value)) throw new ValueError(`cannot convert float ${value} to integer`);
    if (fit === 'exact' && !Number.isInteger(value)) throw new ValueError(`${value} is not an integer, but ${dtype} holds only integers.`);
    return Math.trunc(value);
  };
  switch (dtype) {
    case 'bool': return (value) => { const n = number(value); return n === undefined ? undefined : Number(n !== 0); };
    case 'float16': return (value) => { const n = number(value); return n === undefined ? undefined : toFloat16(n); };
    case 'bfloat16': return (value) => { const n = number(value); return n === undefined ? undefined : toBfloat16(n); };
    case 'string': return (value) => (typeof value === 'string' ? encoder.encode(value) : tagOf(value) === 'Uint8Array' ? value as Uint8Array : undefined);
    case 'int64': case 'uint64': {
      const [low, high] = dtype === 'int64' ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n];
      return (value) => {
        const n = typeof value === 'bigint' ? value : number(value);
        if (typeof n === 'number' && !Number.isFinite(n) && fit !== 'wrap') throw tooLarge(value, low, high);
        const wide = typeof n === 'number' ? BigInt(cut(n)) : n;
        if (wide === undefined || (wide >= low && wide <= high)) return wide;
        if (fit !== 'wrap') throw tooLarge(value, low, high);
        return dtype === 'int64' ? BigInt.asIntN(64, wide) : BigInt.asUintN(64, wide);
      };
    }
    case 'resource': case 'variant':
      throw new TypeError(`A ${dtype} tensor cannot be made of values; it comes from operations.`);
    default: {
      const range = ranges[dtype];
      if (range === undefined) return number;
      const [low, high] = range;
      return (value) => {
        const n = number(value);
        if (n === undefined) return undefined;
        const whole = cut(n);
        if (whole >= low && whole <= high) return whole;
        if (fit !== 'wrap') throw tooLarge(value, low, high);
        const count = high - low + 1;
        return whole - count * Math.floor((whole - low) / count);
      };
    }
  }
}

/** The index of flat position `i`, as `[1][0]`. */
function indexText(i: number, shape: Shape): string {
  const index: number[] = [];
  for (let axis = shape.length - 1, rest = i; axis >= 0; axis--) {
    const dim = shape[axis] || 1;
    index.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  return where(index);
}

function convertAll<D extends DType>(laid: Laid, dtype: D, shape: Shape, wrap: boolean): DTypeData[D] {
  const { elements } = laid;
  const out = allocateData(dtype, shape) as { [index: number]: unknown; readonly length: number };
  const convert = converter(dtype, wrap ? 'wrap' : laid.shape.length === 0 ? 'exact' : 'cut');
  const fill = laid.shape.length === 0 && elements.length === 1;
  for (let i = 0; i < elements.length; i++) {
    let slot: number | bigint | Uint8Array | undefined;
    try {
      slot = convert(elements[i]!);
    } catch (error) {
      if (error instanceof ValueError && laid.shape.length > 0) error.message = `Element ${indexText(i, laid.shape)}: ${error.message}`;
      throw error;
    }
    if (slot === undefined) {
      throw new TypeError(`Expected ${dtype}${laid.shape.length > 0 ? ` at ${indexText(i, laid.shape)}` : ''}, but ${describe(elements[i])} was given.`);
    }
    out[i] = slot;
  }
  if (fill) for (let i = 1; i < out.length; i++) out[i] = out[0];
  return out as DTypeData[D];
}

/** Complex values: the innermost pair is (re, im), or, with no nesting at all, a real number. */
function layOutComplex(laid: Laid, dtype: 'complex64' | 'complex128', wanted: Shape | undefined): { shape: Shape; data: Float32Array | Float64Array } {
  const part = dtype === 'complex64' ? 'float32' : 'float64';
  if (laid.shape.length === 0) {
    const shape = wanted ?? [];
    const data = allocateData(dtype, shape);
    const [re] = convertAll(laid, part, [], false);
    for (let i = 0; i < data.length; i += 2) data[i] = re!;
    return { shape, data };
  }
  const count = wanted === undefined ? undefined : checkShape(wanted);
  const values = convertAll(laid, part, [laid.elements.length], false);
  if (wanted !== undefined && values.length === count) {
    const data = allocateData(dtype, wanted);
    values.forEach((value, i) => { data[2 * i] = value; });
    return { shape: wanted, data };
  }
  const flat = laid.arrayDType !== undefined && laid.shape.length === 1;
  if (!flat && wanted === undefined && laid.shape.at(-1) !== 2) {
    throw new ValueError(`A ${dtype} element is a pair [re, im], but the innermost arrays have ${laid.shape.at(-1)} elements. Give real numbers with a shape, or pairs.`);
  }
  const shape = wanted ?? (flat ? [values.length / 2] : laid.shape.slice(0, -1));
  if (values.length !== 2 * sizeOf(shape)) throw wrongCount(values.length, 2 * sizeOf(shape), shape, `${dtype} values (re, im pairs)`);
  return { shape, data: values };
}

function wrongCount(given: number, expected: number, shape: Shape, what: string): ValueError {
  return new ValueError(`${given} ${what} were given, but shape ${shapeText(shape)} needs ${expected}.`);
}

/** Reads a value as dtype, shape and array. A typed array that already is the dtype's own is taken as it is. `wrap`: see `FromOptions`. */
export function layOut(value: unknown, dtype: DType | undefined, wanted: Shape | undefined, wrap = false): { dtype: DType; shape: Shape; data: DTypeData[DType] } {
  if (dtype !== undefined) checkDType(dtype);
  const count = wanted === undefined ? undefined : checkShape(wanted);
  const laid = flatten(value, dtype);
  const target = dtype ?? laid.arrayDType ?? inferDType(laid.elements);
  if (target === 'complex64' || target === 'complex128') return { dtype: target, ...layOutComplex(laid, target, wanted) };
  const given = laid.elements.length;
  if (count !== undefined && given !== count && laid.shape.length > 0) throw wrongCount(given, count, wanted ?? [], `${target} values`);
  if (dtype === undefined && laid.arrayDType === undefined) checkOneKind(laid);
  const shape = wanted ?? laid.shape;
  const own = isNumericArray(value) && tagOf(value) !== 'Uint8ClampedArray' && laid.arrayDType === target && hasBytes(target) && lanes(target) === 1;
  return { dtype: target, shape, data: own ? value as DTypeData[ByteDType] : convertAll(laid, target, shape, wrap) };
}

/** Where the dtype is inferred, all elements must mean the same. */
function checkOneKind(laid: Laid): void {
  const { elements } = laid;
  const kind = typeof elements[0];
  for (let i = 1; i < elements.length; i++) {
    if (typeof elements[i] !== kind && inferDType([elements[i]!]) !== inferDType(elements)) {
      throw new TypeError(`Mixed types: ${describe(elements[0])} at ${indexText(0, laid.shape)}, ${describe(elements[i])} at ${indexText(i, laid.shape)}. ` +
        'Say which dtype is meant.');
    }
  }
}
