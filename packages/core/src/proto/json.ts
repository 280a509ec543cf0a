/**
 * Message objects ⇄ proto3's JSON form, as values (`JSON.parse` and `JSON.stringify` are the caller's). Reading is generous in spelling
 * (field names as in the .proto file or in camelCase, enums by name or number, 64-bit integers as numbers, strings, bigints or Longs, bytes as
 * base64, arrays of numbers or Uint8Array, maps as objects or Maps) and strict in everything else; errors carry the path.
 */
import { InvalidArgumentError } from '../errors.js';
import { didYouMean } from '../graph/names.js';
import { shownValue } from '../options.js';
import { maxDepth } from './decode.js';
import { shortestFloat } from './fields.js';
import { type Field, type Int64, type MessageType, type ScalarType, shortName } from './schema.js';

export interface FromJsonOptions {
  /** Names the value in errors: a file's name, `config`. */
  readonly what?: string | undefined;
  /** Whether fields that the schema does not know are passed over instead of refused. */
  readonly ignoreUnknown?: boolean | undefined;
}

const ranges: Readonly<Partial<Record<ScalarType, readonly [bigint, bigint]>>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n], sint32: [-(2n ** 31n), 2n ** 31n - 1n], sfixed32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n], fixed32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n], sint64: [-(2n ** 63n), 2n ** 63n - 1n], sfixed64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n], fixed64: [0n, 2n ** 64n - 1n],
};

/** A bigint as a number where that is exact. */
export function narrowInt64(value: bigint): Int64 {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** base64 (either alphabet, padding optional) → bytes; undefined where it is none. */
export function fromBase64(text: string): Uint8Array | undefined {
  let binary: string;
  try {
    binary = atob(/[-_]/.test(text) ? text.replaceAll('-', '+').replaceAll('_', '/') : text);
  } catch {
    return undefined;
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Bytes → base64. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

/** The halves of a 64-bit integer, as protobuf libraries give it that have no bigint (`Long`). */
function fromLong(value: unknown): bigint | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { low, high, unsigned } = value as Readonly<Record<string, unknown>>;
  if (typeof low !== 'number' || typeof high !== 'number') return undefined;
  const bits = (BigInt(high) << 32n) | BigInt(low >>> 0);
  return unsigned === true ? BigInt.asUintN(64, bits) : BigInt.asIntN(64, bits);
}

/** Where a map's value stands: its key, as the error shows it. */
class MapKey {
  constructor(readonly key: unknown) {}
}

class JsonReader {
  /** The way from the top to what is read: keys of fields, places in arrays, keys of maps. Text is made of it when something is wrong. */
  private readonly way: (string | number | MapKey)[] = [];

  constructor(private readonly options: FromJsonOptions) {}

  private fail(problem: string): never {
    let path = this.options.what === undefined ? this.start : '';
    for (const part of this.way) {
      if (typeof part === 'string') path += path === '' ? part : `.${part}`;
      else path += `[${part instanceof MapKey ? shownValue(part.key) : part}]`;
    }
    throw new InvalidArgumentError([this.options.what, path, problem].filter((part) => part !== undefined && part !== '').join(': '));
  }

  /** Names the top where nobody else does. */
  private start = '';

  read(type: MessageType, value: unknown): object {
    this.start = shortName(type);
    return this.message(type, value, 0);
  }

  /** A message of a repeated field of the top. */
  item(type: MessageType, key: string, index: number, value: unknown): object {
    this.way.length = 0;
    this.way.push(key, index);
    return this.message(type, value, 1);
  }

  private message(type: MessageType, value: unknown, depth: number): object {
    if (depth > maxDepth) this.fail(`messages are nested deeper than ${maxDepth}.`);
    if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
      this.fail(`expected an object (${shortName(type)}), but ${shownValue(value)} is given.`);
    }
    const out: Record<string, unknown> = {};
    for (const name of Object.keys(value)) {
      const item = (value as Readonly<Record<string, unknown>>)[name];
      if (item === undefined || item === null) continue;
      const field = type.byName.get(name);
      if (field === undefined) {
        if (name === 'unknownFields' && Array.isArray(item) && item.every((bytes) => bytes instanceof Uint8Array)) {
          out[name] = item;
          continue;
        }
        if (this.options.ignoreUnknown === true) continue;
        this.fail(`unknown field '${name.slice(0, 80)}' of ${shortName(type)}.${didYouMean(name.slice(0, 80), type.byName.keys())}`);
      }
      const rival = field.rivals.find((key) => out[key] !== undefined);
      if (rival !== undefined) this.fail(`both '${rival}' and '${field.key}' are given; only one of them may be.`);
      if (out[field.key] !== undefined) this.fail(`'${field.key}' is given twice.`);
      this.way.push(field.key);
      out[field.key] = this.field(field, item, depth);
      this.way.pop();
    }
    return out;
  }

  private field(field: Field, value: unknown, depth: number): unknown {
    if (field.mapKey !== undefined) return this.map(field, field.mapKey, value, depth);
    if (!field.repeated) return this.value(field, value, depth);
    if (!Array.isArray(value) && !ArrayBuffer.isView(value)) this.fail(`expected an array, but ${shownValue(value)} is given.`);
    const list = value as ArrayLike<unknown>;
    const out: unknown[] = [];
    const { way } = this;
    way.push(0);
    for (let i = 0; i < list.length; i++) {
      way[way.length - 1] = i;
      out.push(this.value(field, list[i], depth));
    }
    way.pop();
    return out;
  }

  private map(field: Field, keyType: ScalarType, value: unknown, depth: number): Map<unknown, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail(`expected an object, but ${shownValue(value)} is given.`);
    const out = new Map<unknown, unknown>();
    const isMap = value instanceof Map;
    for (const key of isMap ? (value as ReadonlyMap<unknown, unknown>).keys() : Object.keys(value)) {
      const item = isMap ? (value as ReadonlyMap<unknown, unknown>).get(key) : (value as Readonly<Record<string, unknown>>)[key as string];
      this.way.push(new MapKey(key));
      const name = keyType === 'bool' ? key === 'true' || key === true : this.scalar(keyType, key);
      if (item !== undefined) out.set(name, this.value(field, item, depth));
      this.way.pop();
    }
    return out;
  }

  private value(field: Field, value: unknown, depth: number): unknown {
    if (field.type === 'message') return this.message(field.message(), value, depth + 1);
    if (field.type !== 'enum') return this.scalar(field.type, value);
    const type = field.enum();
    if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 2 ** 31) return type.nameOf(value);
    if (typeof value === 'string' && Object.hasOwn(type.numbers, value)) return value;
    const names = Object.keys(type.numbers);
    const near = typeof value === 'string' ? didYouMean(value.slice(0, 80), names) : '';
    return this.fail(`expected a ${shortName(type)} (${names.length > 12 ? `${names.slice(0, 8).join(', ')}, …` : names.join(', ')}), ` +
      `but ${shownValue(value)} is given.${near}`);
  }

  private scalar(type: ScalarType, value: unknown): unknown {
    switch (type) {
      case 'string':
        if (typeof value === 'string') return value;
        break;
      case 'bool':
        if (typeof value === 'boolean') return value;
        break;
      case 'bytes': {
        if (value instanceof Uint8Array) return value;
        if (Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256)) return Uint8Array.from(value as number[]);
        const bytes = typeof value === 'string' ? fromBase64(value) : undefined;
        if (bytes !== undefined) return bytes;
        break;
      }
      case 'float': case 'double': {
        const number = typeof value === 'string' && /^(-?(\d|\.\d)[\d.eE+-]*|-?Infinity|NaN)$/.test(value) ? Number(value) : value;
        if (typeof number === 'number' && (!Number.isNaN(number) || value === 'NaN' || Number.isNaN(value))) return type === 'float' ? Math.fround(number) : number;
        break;
      }
      default: {
        const [low, high] = ranges[type] ?? [0n, 0n];
        const integer = typeof value === 'bigint' ? value
          : typeof value === 'number' && Number.isInteger(value) ? BigInt(value)
            : typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : fromLong(value);
        if (integer !== undefined && integer >= low && integer <= high) return narrowInt64(integer);
        return this.fail(`expected an integer from ${low} to ${high} (${type}), but ${shownValue(value)} is given.`);
      }
    }
    return this.fail(`expected ${type === 'bytes' ? 'bytes (base64)' : type}, but ${shownValue(value)} is given.`);
  }
}

/** Reads a message of a parsed JSON value (or of any plain object like it). Throws InvalidArgumentError saying where and what was expected. */
export function fromJson<T extends object>(type: MessageType<T>, value: unknown, options: FromJsonOptions = {}): T {
  return new JsonReader(options).read(type, value) as T;
}

/**
 * The messages of the repeated field `key` of a value like that, one by one: who keeps none of them need not have room for all. Not a list: none.
 */
export function* itemsFromJson<T extends object>(type: MessageType<T>, key: string, list: unknown, options: FromJsonOptions): Generator<T> {
  if (!Array.isArray(list)) return;
  const reader = new JsonReader(options);
  for (let i = 0; i < list.length; i++) yield reader.item(type, key, i, list[i]) as T;
}

function scalarToJson(field: Field, type: Field['type'], value: unknown): unknown {
  switch (type) {
    case 'message': return toJson(field.message(), value as object);
    case 'bytes': return toBase64(value as Uint8Array);
    case 'float': return Number.isFinite(value) ? shortestFloat(value as number) : String(value);
    case 'double': return Number.isFinite(value) ? value : String(value);
    case 'int64': case 'uint64': case 'sint64': case 'fixed64': case 'sfixed64': return String(value);
    default: return value;
  }
}

/** A message in proto3's JSON form: camelCase names, 64-bit integers as strings, bytes as base64, enums by name. Fields without a value are absent. */
export function toJson<T extends object>(type: MessageType<T>, message: T): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  const source = message as Readonly<Record<string, unknown>>;
  for (const field of type.fields) {
    const value = source[field.key];
    if (value === undefined || value === null) continue;
    if (field.mapKey !== undefined) {
      // fromEntries defines own properties, whatever their names are.
      out[field.key] = Object.fromEntries(
        Array.from(value as ReadonlyMap<unknown, unknown>, ([key, item]) => [String(key), scalarToJson(field, field.type, item)]));
    } else if (field.repeated) out[field.key] = Array.from(value as ArrayLike<unknown>, (item) => scalarToJson(field, field.type, item));
    else out[field.key] = scalarToJson(field, field.type, value);
  }
  return out;
}
