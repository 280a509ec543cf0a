/**
 * Message objects → binary protobuf. Two passes: the first finds every length (lengths stand before what they measure), the second writes
 * each byte once into a buffer of the exact size. Fields with their default value are left out, as proto3 does, except members of oneofs.
 */
import { ResourceExhaustedError } from '../errors.js';
import { enumNumber, isDefault, wireTypes } from './fields.js';
import { type Field, type Int64, type MessageType, shortName } from './schema.js';

type Source = Readonly<Record<string, unknown>>;

const utf8 = new TextEncoder();

function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    if (code < 0x800) length++;
    else if (code >= 0xd800 && code < 0xdc00 && i + 1 < text.length && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      length += 2;
      i++;
    } else length += 2;
  }
  return length;
}

function varintLength(value: number): number {
  const bits = value >>> 0;
  return bits < 0x80 ? 1 : bits < 0x4000 ? 2 : bits < 0x200000 ? 3 : bits < 0x10000000 ? 4 : 5;
}

/** The lower and upper 32 bits of a 64-bit integer, two's complement. */
function splitInt64(value: Int64): [low: number, high: number] {
  if (typeof value === 'number') return [value >>> 0, Math.floor(value / 0x100000000) >>> 0];
  return [Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> 32n))];
}

function varint64Length(value: Int64): number {
  const [low, high] = splitInt64(value);
  if (high === 0) return varintLength(low);
  // 28 bits in the first four bytes, then seven a byte.
  const rest = high * 16 + (low >>> 28);
  let length = 4;
  for (let left = rest; left > 0; left = Math.floor(left / 128)) length++;
  return length;
}

const zigzag32 = (value: number): number => (value << 1) ^ (value >> 31);
const zigzag64 = (value: Int64): Int64 => {
  const wide = BigInt(value);
  return BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
};

/** Bytes that a scalar takes, without its tag. */
function scalarLength(type: Field['type'], value: unknown, field: Field): number {
  switch (type) {
    case 'double': case 'fixed64': case 'sfixed64': return 8;
    case 'float': case 'fixed32': case 'sfixed32': return 4;
    case 'bool': return 1;
    case 'int32': return (value as number) < 0 ? 10 : varintLength(value as number);
    case 'uint32': return varintLength(value as number);
    case 'sint32': return varintLength(zigzag32(value as number));
    case 'int64': case 'uint64': return varint64Length(value as Int64);
    case 'sint64': return varint64Length(zigzag64(value as Int64));
    case 'enum': { const number = enumNumber(field, value); return number < 0 ? 10 : varintLength(number); }
    case 'string': { const length = utf8Length(value as string); return varintLength(length) + length; }
    case 'bytes': { const { length } = value as Uint8Array; return varintLength(length) + length; }
    case 'message': throw new TypeError('internal: a message is no scalar');
    default: return type satisfies never;
  }
}

const isPacked = (field: Field): boolean => field.repeated && field.type !== 'string' && field.type !== 'bytes' && field.type !== 'message';

const tagLength = (field: Field): number => varintLength(field.number << 3);

/** First pass: lengths in the order in which the second pass meets them. */
class Measure {
  readonly lengths: number[] = [];

  message(type: MessageType, source: Source): number {
    let total = 0;
    for (const field of type.fields) {
      const value = source[field.key];
      if (value !== undefined && value !== null) total += this.field(field, value);
    }
    const unknown = source['unknownFields'] as readonly Uint8Array[] | undefined;
    for (const bytes of unknown ?? []) total += bytes.length;
    return total;
  }

  private delimited(measure: () => number): number {
    const index = this.lengths.push(0) - 1;
    const length = measure();
    this.lengths[index] = length;
    return varintLength(length) + length;
  }

  private field(field: Field, value: unknown): number {
    const tag = tagLength(field);
    if (field.mapKey !== undefined) {
      let total = 0;
      for (const [key, item] of value as ReadonlyMap<unknown, unknown>) total += tag + this.delimited(() => this.entry(field, field.mapKey!, key, item));
      return total;
    }
    if (!field.repeated) {
      if (field.type === 'message') return tag + this.delimited(() => this.message(field.message(), value as Source));
      return isDefault(field, value) ? 0 : tag + scalarLength(field.type, value, field);
    }
    const list = value as ArrayLike<unknown>;
    if (list.length === 0) return 0;
    if (isPacked(field)) return tag + this.delimited(() => packedLength(field, list));
    let total = 0;
    for (let i = 0; i < list.length; i++) {
      total += tag + (field.type === 'message'
        ? this.delimited(() => this.message(field.message(), list[i] as Source)) : scalarLength(field.type, list[i], field));
    }
    return total;
  }

  private entry(field: Field, keyType: Field['type'], key: unknown, value: unknown): number {
    const keyLength = 1 + scalarLength(keyType, key, field);
    return keyLength + 1 + (field.type === 'message'
      ? this.delimited(() => this.message(field.message(), value as Source)) : scalarLength(field.type, value, field));
  }
}

function packedLength(field: Field, list: ArrayLike<unknown>): number {
  const { type } = field;
  if (type === 'float' || type === 'double') return list.length * (type === 'float' ? 4 : 8);
  let total = 0;
  for (let i = 0; i < list.length; i++) total += scalarLength(type, list[i], field);
  return total;
}

/** Second pass. */
class Writer {
  private pos = 0;
  private next = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array, private readonly lengths: readonly number[]) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  message(type: MessageType, source: Source): void {
    for (const field of type.fields) {
      const value = source[field.key];
      if (value !== undefined && value !== null) this.field(field, value);
    }
    const unknown = source['unknownFields'] as readonly Uint8Array[] | undefined;
    for (const bytes of unknown ?? []) this.raw(bytes);
  }

  private raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.pos);
    this.pos += bytes.length;
  }

  private varint(value: number): void {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.bytes[this.pos++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.pos++] = rest;
  }

  /** Negative ones are sign-extended to 64 bits. */
  private int32(value: number): void {
    if (value < 0) this.varint64(value);
    else this.varint(value);
  }

  private varint64(value: Int64): void {
    let [low, high] = splitInt64(value);
    while (high > 0 || low >= 0x80) {
      this.bytes[this.pos++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.bytes[this.pos++] = low;
  }

  private length(): void {
    this.varint(this.lengths[this.next++]!);
  }

  private tag(field: Field, wireType: number): void {
    this.varint((field.number << 3) | wireType);
  }

  private field(field: Field, value: unknown): void {
    if (field.mapKey !== undefined) {
      for (const [key, item] of value as ReadonlyMap<unknown, unknown>) {
        this.tag(field, 2);
        this.length();
        this.varint(8 | wireTypes[field.mapKey]);
        this.scalar(field.mapKey, key, field);
        this.varint(16 | wireTypes[field.type]);
        this.value(field, item);
      }
      return;
    }
    if (!field.repeated) {
      if (field.type !== 'message' && isDefault(field, value)) return;
      this.tag(field, wireTypes[field.type]);
      this.value(field, value);
      return;
    }
    const list = value as ArrayLike<unknown>;
    if (list.length === 0) return;
    if (isPacked(field)) {
      this.tag(field, 2);
      this.length();
      if (list instanceof Float32Array && field.type === 'float') this.raw(new Uint8Array(list.buffer, list.byteOffset, list.byteLength));
      else for (let i = 0; i < list.length; i++) this.scalar(field.type, list[i], field);
      return;
    }
    for (let i = 0; i < list.length; i++) {
      this.tag(field, wireTypes[field.type]);
      this.value(field, list[i]);
    }
  }

  private value(field: Field, value: unknown): void {
    if (field.type === 'message') {
      this.length();
      this.message(field.message(), value as Source);
    } else this.scalar(field.type, value, field);
  }

  private scalar(type: Field['type'], value: unknown, field: Field): void {
    switch (type) {
      case 'double': this.view.setFloat64(this.pos, value as number, true); this.pos += 8; return;
      case 'float': this.view.setFloat32(this.pos, value as number, true); this.pos += 4; return;
      case 'int32': this.int32(value as number); return;
      case 'uint32': this.varint(value as number); return;
      case 'sint32': this.varint(zigzag32(value as number)); return;
      case 'int64': case 'uint64': this.varint64(value as Int64); return;
      case 'sint64': this.varint64(zigzag64(value as Int64)); return;
      case 'fixed32': case 'sfixed32': this.view.setUint32(this.pos, value as number, true); this.pos += 4; return;
      case 'fixed64': case 'sfixed64': {
        const [low, high] = splitInt64(value as Int64);
        this.view.setUint32(this.pos, low, true);
        this.view.setUint32(this.pos + 4, high, true);
        this.pos += 8;
        return;
      }
      case 'bool': this.bytes[this.pos++] = value === true ? 1 : 0; return;
      case 'enum': this.int32(enumNumber(field, value)); return;
      case 'string': {
        const text = value as string;
        const length = utf8Length(text);
        this.varint(length);
        utf8.encodeInto(text, this.bytes.subarray(this.pos, this.pos + length));
        this.pos += length;
        return;
      }
      case 'bytes': this.varint((value as Uint8Array).length); this.raw(value as Uint8Array); return;
      case 'message': throw new TypeError('internal: a message is no scalar');
      default: return type satisfies never;
    }
  }
}

/** Writes a message. Throws InvalidArgumentError for an enum name that does not exist, ResourceExhaustedError beyond protobuf's 2 GiB. */
export function encode<T extends object>(type: MessageType<T>, value: T): Uint8Array {
  const measure = new Measure();
  const size = measure.message(type, value as Source);
  if (size > 0x7fffffff) throw new ResourceExhaustedError(`${shortName(type)} takes ${size} bytes; a protobuf message holds at most 2147483647.`);
  const bytes = new Uint8Array(size);
  new Writer(bytes, measure.lengths).message(type, value as Source);
  return bytes;
}
