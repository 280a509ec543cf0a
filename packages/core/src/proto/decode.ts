/**
 * Binary protobuf → message objects. Bytes fields are views of the input, nothing is copied that need not be. Safe on any bytes: nesting is
 * bounded, nothing is allocated ahead of the bytes that pay for it, and every error is a DataLossError with the path and the offset.
 */
import { DataLossError } from '../errors.js';
import { defaultOf, wireTypes } from './fields.js';
import { Reader } from './reader.js';
import { type Field, type MessageType, shortName } from './schema.js';

/** How deep messages may be nested: protobuf's own limit. */
export const maxDepth = 100;

type Target = Record<string, unknown>;

function readScalar(reader: Reader, type: Field['type'], field: Field): unknown {
  switch (type) {
    case 'double': return reader.double();
    case 'float': return reader.float();
    case 'int32': return reader.int32();
    case 'int64': return reader.int64(true);
    case 'uint32': return reader.uint32();
    case 'uint64': return reader.int64(false);
    case 'sint32': return reader.sint32();
    case 'sint64': return reader.sint64();
    case 'fixed32': return reader.fixed32();
    case 'sfixed32': return reader.fixed32() | 0;
    case 'fixed64': return reader.fixed64(false);
    case 'sfixed64': return reader.fixed64(true);
    case 'bool': return reader.bool();
    case 'string': return reader.string();
    case 'bytes': return reader.delimited();
    case 'enum': return field.enum().nameOf(reader.int32());
    case 'message': throw new TypeError('internal: a message is no scalar');
    default: return type satisfies never;
  }
}

/** A packed run of floats or doubles as a typed array. */
function readFloats(reader: Reader, end: number, bytes: 4 | 8): Float32Array | Float64Array {
  const length = end - reader.pos;
  if (length % bytes !== 0) reader.fail(`${length} bytes of packed values are no multiple of ${bytes}`);
  const copy = reader.bytes.slice(reader.pos, end);
  reader.pos = end;
  return bytes === 4 ? new Float32Array(copy.buffer, copy.byteOffset, length / 4) : new Float64Array(copy.buffer, copy.byteOffset, length / 8);
}

/** Where the decoder is: one entry per nested message, for error texts. */
interface Frame {
  readonly target: Target;
  readonly field: Field;
}

class Decoder {
  private readonly frames: Frame[] = [];

  constructor(readonly reader: Reader) {}

  /** The path of what is being read: `GraphDef.node[3].attr`. */
  path(type: MessageType): string {
    const parts = this.frames.map(({ target, field }) => {
      const list = target[field.key];
      return field.repeated ? `${field.name}[${Array.isArray(list) ? list.length : 0}]` : field.name;
    });
    return [shortName(type), ...parts].join('.');
  }

  /** Reads fields up to `end` into `target`. */
  message(type: MessageType, target: Target, end: number): void {
    const { reader } = this;
    const outer = reader.end;
    reader.end = end;
    let unknown: Uint8Array[] | undefined;
    while (reader.pos < end) {
      const start = reader.pos;
      const tag = reader.uint32();
      const number = tag >>> 3;
      if (number === 0) {
        reader.pos = start;
        reader.fail('field number 0 does not exist');
      }
      const field = type.byNumber.get(number);
      if (field === undefined || !this.field(field, tag & 7, target)) {
        reader.skip(tag & 7, number, maxDepth - this.frames.length);
        (unknown ??= []).push(reader.bytes.subarray(start, reader.pos));
      }
    }
    if (unknown !== undefined) target['unknownFields'] = unknown;
    reader.end = outer;
  }

  /** Reads one value of a field; false where the wire type is not the field's, which makes it an unknown field. */
  private field(field: Field, wireType: number, target: Target): boolean {
    const { reader } = this;
    if (wireType !== wireTypes[field.type] && !(wireType === 2 && (field.repeated || field.mapKey !== undefined))) return false;
    if (field.mapKey !== undefined) {
      this.nested(field, target, (end) => this.mapEntry(field, field.mapKey!, target, end));
    } else if (field.type === 'message') {
      this.nested(field, target, (end) => {
        const before = field.repeated ? undefined : target[field.key];
        const value: Target = before === undefined ? {} : (before as Target);
        this.message(field.message(), value, end);
        set(field, target, value);
      });
    } else if (wireType === 2 && wireTypes[field.type] !== 2) this.packed(field, target);
    else set(field, target, readScalar(reader, field.type, field));
    return true;
  }

  private nested(field: Field, target: Target, read: (end: number) => void): void {
    const { reader, frames } = this;
    if (frames.length >= maxDepth) reader.fail(`messages are nested deeper than ${maxDepth}`);
    const length = reader.uint32();
    const end = reader.pos + length;
    if (end > reader.end) reader.fail(`truncated: field '${field.name}' is to have ${length} bytes, ${reader.end - reader.pos} are left`);
    frames.push({ target, field });
    read(end);
    frames.pop();
  }

  private packed(field: Field, target: Target): void {
    const { reader } = this;
    const length = reader.uint32();
    const end = reader.take(length) + length;
    reader.pos = end - length;
    const before = target[field.key] as unknown[] | Float32Array | Float64Array | undefined;
    if (field.type === 'float' || field.type === 'double') {
      const values = readFloats(reader, end, field.type === 'float' ? 4 : 8);
      if (before === undefined) target[field.key] = values;
      else {
        const list = asList(before);
        for (const value of values) list.push(value);
        target[field.key] = list;
      }
      return;
    }
    const list = asList(before ?? []);
    const outer = reader.end;
    reader.end = end;
    while (reader.pos < end) list.push(readScalar(reader, field.type, field));
    reader.end = outer;
    target[field.key] = list;
  }

  private mapEntry(field: Field, keyType: Field['type'], target: Target, end: number): void {
    const { reader } = this;
    const outer = reader.end;
    reader.end = end;
    let key: unknown = keyType === 'string' ? '' : keyType === 'bool' ? false : 0;
    let value: unknown;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === (8 | wireTypes[keyType])) key = readScalar(reader, keyType, field);
      else if (tag === (16 | wireTypes[field.type])) {
        if (field.type === 'message') {
          const inner: Target = {};
          this.nested({ ...field, name: String(key) }, inner, (innerEnd) => this.message(field.message(), inner, innerEnd));
          value = inner;
        } else value = readScalar(reader, field.type, field);
      } else reader.skip(tag & 7, tag >>> 3, maxDepth - this.frames.length);
    }
    reader.end = outer;
    const map = (target[field.key] ?? new Map()) as Map<unknown, unknown>;
    map.set(key, value ?? defaultOf(field));
    target[field.key] = map;
  }
}

function asList(values: unknown): unknown[] {
  return Array.isArray(values) ? values : Array.from(values as Iterable<unknown>);
}

/** Stores a value: appended where the field is repeated; the other members of its oneof are cleared. */
function set(field: Field, target: Target, value: unknown): void {
  if (field.repeated) {
    const list = asList(target[field.key] ?? []);
    list.push(value);
    target[field.key] = list;
    return;
  }
  for (const rival of field.rivals) if (rival in target) target[rival] = undefined;
  target[field.key] = value;
}

/** Reads a message. `what` names the bytes in errors (a file's name, say). */
export function decode<T extends object>(type: MessageType<T>, bytes: Uint8Array, what?: string): T {
  const reader = new Reader(bytes);
  const decoder = new Decoder(reader);
  const target: Target = {};
  try {
    decoder.message(type, target, bytes.length);
  } catch (error) {
    if (!(error instanceof DataLossError)) throw error;
    throw new DataLossError(`${what === undefined ? '' : `${what}: `}not a binary ${shortName(type)}: ${error.message} of ${bytes.length}, ` +
      `in ${decoder.path(type)}.`, { cause: error });
  }
  return target as T;
}
