/**
 * TensorProto ⇄ HostTensor. Decoding follows TensorFlow: `tensor_content` must have exactly the tensor's bytes; of a typed field, values
 * beyond the tensor's elements are ignored, missing ones repeat the last, and no value at all means zeros. Sizes are checked before anything
 * is allocated, and what a file makes larger than itself is limited.
 */
import { type ByteDType, type DType, type DTypeData, type NumericTypedArray, type ResourceHandle, dtypeInfo, hasBytes, lanes, newData, viewBytes } from '../dtypes.js';
import { InvalidArgumentError } from '../errors.js';
import { HostTensor } from '../hostTensor.js';
import { isFullyKnown, type Shape, shapeText } from '../shape.js';
import type { ResourceHandleProto, TensorProto, VariantTensorDataProto } from './generated/tensor.js';
import { Reader } from './reader.js';
import { dtypeFromProto, dtypeToProto, shapeFromProto, shapeToProto } from './shapeProto.js';

/** How many bytes the tensors of one file may take beyond what the file itself holds (splats: few values standing for many elements). */
export interface ExpansionBudget {
  bytes: number;
}

/** A budget of 1 GiB. */
export function expansionBudget(bytes = 2 ** 30): ExpansionBudget {
  return { bytes };
}

type Slots = { [index: number]: unknown; readonly length: number };

/** The repeated field that holds a dtype's values. */
function valuesOf(proto: TensorProto, dtype: DType): ArrayLike<unknown> | undefined {
  switch (dtype) {
    case 'float32': return proto.floatVal;
    case 'float64': return proto.doubleVal;
    case 'complex64': return proto.scomplexVal;
    case 'complex128': return proto.dcomplexVal;
    case 'int64': return proto.int64Val;
    case 'uint64': return proto.uint64Val;
    case 'uint32': return proto.uint32Val;
    case 'bool': return proto.boolVal;
    case 'float16': case 'bfloat16': return proto.halfVal;
    case 'string': return proto.stringVal;
    case 'resource': return proto.resourceHandleVal;
    case 'variant': return proto.variantVal;
    case 'int32': case 'int16': case 'int8': case 'uint8': case 'uint16':
    case 'qint8': case 'quint8': case 'qint16': case 'quint16': case 'qint32': return proto.intVal;
    default: return dtype satisfies never;
  }
}

function handleFromProto(proto: ResourceHandleProto): ResourceHandle {
  const { device = '', container = '', name = '', hashCode = 0, maybeTypeName = '' } = proto;
  return { device, container, name, hashCode: BigInt(hashCode), typeName: maybeTypeName };
}

/** How a value of the typed field becomes an array slot. */
function slotOf(dtype: DType): (value: unknown) => unknown {
  switch (dtype) {
    case 'int64': case 'uint64': return (value) => BigInt(value as number | bigint);
    case 'bool': return Number;
    case 'resource': return (value) => handleFromProto(value as ResourceHandleProto);
    default: return (value) => value;
  }
}

function content<D extends ByteDType>(dtype: D, count: number, bytes: Uint8Array, what: string, shape: Shape): DTypeData[D] {
  const width = dtypeInfo[dtype].bytes;
  if (bytes.length !== count * width) {
    throw new InvalidArgumentError(`${what}: tensor_content has ${bytes.length} bytes, but ${dtype} of shape ${shapeText(shape)} takes ${count * width}.`);
  }
  const step = width / lanes(dtype);
  // TypedArrays want aligned offsets; protobuf gives any.
  const at = bytes.byteOffset % step === 0 ? bytes : bytes.slice();
  if (dtype === 'bool' && bytes.some((byte) => byte > 1)) return Uint8Array.from(bytes, (byte) => Number(byte !== 0)) as DTypeData[D];
  return viewBytes(dtype, at.buffer, at.byteOffset, count);
}

/** Strings in tensor_content: the lengths of all as varints, then their bytes one after another. */
function contentStrings(count: number, bytes: Uint8Array, what: string): Uint8Array[] {
  if (bytes.length < count) throw new InvalidArgumentError(`${what}: tensor_content of ${bytes.length} bytes cannot hold ${count} strings.`);
  const reader = new Reader(bytes);
  const lengths: number[] = [];
  try {
    for (let i = 0; i < count; i++) lengths.push(reader.uint32());
  } catch (cause) {
    throw new InvalidArgumentError(`${what}: tensor_content ends within the lengths of its ${count} strings.`, { cause });
  }
  const total = lengths.reduce((sum, length) => sum + length, reader.pos);
  if (total !== bytes.length) throw new InvalidArgumentError(`${what}: the strings of tensor_content take ${total} bytes, but it has ${bytes.length}.`);
  return lengths.map((length) => {
    const at = reader.take(length);
    return bytes.subarray(at, at + length);
  });
}

/** The typed field's values, the last repeated; zeros when there is none. */
function expand(proto: TensorProto, dtype: DType, count: number, what: string): DTypeData[DType] {
  const values = valuesOf(proto, dtype) ?? [];
  const slots = count * lanes(dtype);
  if (values.length % lanes(dtype) !== 0) throw new InvalidArgumentError(`${what}: ${values.length} parts of complex values; expected (re, im) pairs.`);
  if (values.length === slots && (dtype === 'float32' || dtype === 'complex64') && values instanceof Float32Array) return values;
  if (values.length === slots && (dtype === 'float64' || dtype === 'complex128') && values instanceof Float64Array) return values;
  const data: Slots = newData(dtype, count);
  const slot = slotOf(dtype);
  const given = Math.min(values.length, slots);
  for (let i = 0; i < given; i++) data[i] = slot(values[i]);
  if (given === 0) {
    const empty = dtype === 'resource' ? handleFromProto({}) : dtype === 'variant' ? {} : undefined;
    if (empty !== undefined) for (let i = 0; i < slots; i++) data[i] = empty;
  } else if (lanes(dtype) === 2) {
    for (let i = given; i < slots; i++) data[i] = data[i - 2];
  } else if (hasBytes(dtype)) (data as NumericTypedArray).fill(data[given - 1] as never, given);
  else for (let i = given; i < slots; i++) data[i] = data[given - 1];
  return data as DTypeData[DType];
}

/** The dtype, shape and element count that a proto claims, checked. */
function claim(proto: TensorProto, what: string, budget: ExpansionBudget): { dtype: DType; shape: Shape; count: number } {
  const dtype = dtypeFromProto(proto.dtype ?? 'DT_INVALID', what);
  const shape = shapeFromProto(proto.tensorShape ?? {}, what);
  if (!isFullyKnown(shape)) throw new InvalidArgumentError(`${what}: a tensor's shape must be fully known, but ${shapeText(shape)} is given.`);
  let count = 1;
  for (const dim of shape) count *= dim;
  const width = dtypeInfo[dtype].bytes || 8;
  if (!(count * width <= Number.MAX_SAFE_INTEGER)) {
    throw new InvalidArgumentError(`${what}: ${dtype} of shape ${shapeText(shape)} has more elements than can be held.`);
  }
  const isContent = (proto.tensorContent?.length ?? 0) > 0;
  const held = isContent ? count : Math.min(count, (valuesOf(proto, dtype)?.length ?? 0) / lanes(dtype));
  const extra = (count - held) * width;
  if (extra > budget.bytes) {
    throw new InvalidArgumentError(`${what}: ${dtype} of shape ${shapeText(shape)} takes ${count * width} bytes, but only ${held} of ${count} values are given ` +
      `and ${budget.bytes} bytes may be filled up.`);
  }
  budget.bytes -= extra;
  return { dtype, shape, count };
}

/** The tensor of a proto. `what` names it in errors. InvalidArgumentError for whatever does not make a tensor. */
export function tensorFromProto(proto: TensorProto, what = 'TensorProto', budget: ExpansionBudget = expansionBudget()): HostTensor {
  const { dtype, shape, count } = claim(proto, what, budget);
  const bytes = proto.tensorContent;
  if (bytes === undefined || bytes.length === 0) return new HostTensor(dtype, shape, expand(proto, dtype, count, what));
  if (hasBytes(dtype)) return new HostTensor<DType>(dtype, shape, content(dtype, count, bytes, what, shape));
  if (dtype === 'string') return new HostTensor<DType>(dtype, shape, contentStrings(count, bytes, what));
  throw new InvalidArgumentError(`${what}: tensor_content cannot hold ${dtype} values.`);
}

function handleToProto({ device, container, name, hashCode, typeName }: ResourceHandle): ResourceHandleProto {
  return { device, container, name, hashCode, maybeTypeName: typeName };
}

/** The field of one value of each dtype; `tensor_content` takes more than one. */
function typedField(tensor: HostTensor): TensorProto {
  const { dtype } = tensor;
  const numbers = tensor.data as ArrayLike<number>;
  switch (dtype) {
    case 'float32': return { floatVal: tensor.data as Float32Array };
    case 'float64': return { doubleVal: tensor.data as Float64Array };
    case 'complex64': return { scomplexVal: tensor.data as Float32Array };
    case 'complex128': return { dcomplexVal: tensor.data as Float64Array };
    case 'int64': return { int64Val: Array.from(tensor.data as BigInt64Array) };
    case 'uint64': return { uint64Val: Array.from(tensor.data as BigUint64Array) };
    case 'uint32': return { uint32Val: Array.from(numbers) };
    case 'bool': return { boolVal: Array.from(numbers, (value) => value !== 0) };
    case 'float16': case 'bfloat16': return { halfVal: Array.from(numbers) };
    case 'string': return { stringVal: tensor.data as Uint8Array[] };
    case 'resource': return { resourceHandleVal: (tensor.data as ResourceHandle[]).map(handleToProto) };
    case 'variant': return { variantVal: tensor.data as VariantTensorDataProto[] };
    case 'int32': case 'int16': case 'int8': case 'uint8': case 'uint16':
    case 'qint8': case 'quint8': case 'qint16': case 'quint16': case 'qint32': return { intVal: Array.from(numbers) };
    default: return dtype satisfies never;
  }
}

/** The proto of a tensor, as TensorFlow's client writes it: a typed field for one value and for strings, else `tensor_content` (a view). */
export function tensorToProto(tensor: HostTensor): TensorProto {
  const head: TensorProto = { dtype: dtypeToProto(tensor.dtype), tensorShape: shapeToProto(tensor.shape) };
  if (tensor.size === 0) return head;
  return { ...head, ...(hasBytes(tensor.dtype) && tensor.size > 1 ? { tensorContent: tensor.bytes() } : typedField(tensor)) };
}
