/**
 * What a protobuf message looks like, as data. The generated files state every message of proto/*.proto as a `MessageType`; one decoder, one
 * encoder, one JSON and one text codec work on all of them. Messages are plain objects: a field that was not set is absent, repeated fields
 * are arrays, maps are Maps, enums are their names (numbers where the name is not known), 64-bit integers are numbers, or bigints beyond 2^53.
 */

/** A 64-bit integer: a number where it is a safe one, else a bigint. Encoders take either. */
export type Int64 = number | bigint;

/** The values of a repeated float or double field; a packed one is decoded into the typed array. */
export type Floats = readonly number[] | Float32Array | Float64Array;

/** What every message may carry beside its fields. */
export interface Message {
  /** Fields that this schema does not know, tag and value, in the order of arrival; they are written back by `encode`. */
  unknownFields?: readonly Uint8Array[];
}

export type ScalarType =
  | 'double' | 'float' | 'int32' | 'int64' | 'uint32' | 'uint64' | 'sint32' | 'sint64' | 'fixed32' | 'fixed64' | 'sfixed32' | 'sfixed64'
  | 'bool' | 'string' | 'bytes';

/** An enum: its names and numbers. */
export interface EnumType<Name extends string = string> {
  readonly kind: 'enum';
  readonly fullName: string;
  readonly numbers: Readonly<Record<Name, number>>;
  /** The name of a number; the number itself where it has none. */
  nameOf(number: number): Name | number;
}

/** One field of a message. */
export interface Field {
  readonly number: number;
  /** As in the .proto file. */
  readonly name: string;
  /** The property of the message object: the name in camelCase. */
  readonly key: string;
  /** The scalar type; `enum` and `message` have more in `of`. For a map this is the type of its values. */
  readonly type: FieldType;
  readonly message: () => MessageType;
  readonly enum: () => EnumType;
  readonly repeated: boolean;
  /** The key type of a map field. */
  readonly mapKey: ScalarType | undefined;
  /** The oneof that the field belongs to. */
  readonly oneof: string | undefined;
  /** The keys of the oneof's other members: setting this field clears them. */
  readonly rivals: readonly string[];
}

declare const shape: unique symbol;

/** A message type whose objects are `T`. */
export interface MessageType<T extends object = object> {
  readonly kind: 'message';
  readonly fullName: string;
  /** By number: the order in which they are written. */
  readonly fields: readonly Field[];
  readonly byNumber: ReadonlyMap<number, Field>;
  /** By name, both as in the .proto file and in camelCase. */
  readonly byName: ReadonlyMap<string, Field>;
  /** Only a type: what the message's objects look like. */
  readonly [shape]?: T;
}

export type FieldType = ScalarType | 'enum' | 'message';

/** A field as the generated files write it; `mode` is `[]`, `map:KEY` or `oneof:NAME`, `of` a thunk since messages hold each other. */
type FieldRow = readonly [number: number, name: string, type: FieldType, mode?: string, of?: () => MessageType | EnumType];

/** `allow_soft_placement` → `allowSoftPlacement`, as proto3's JSON names are made. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9A-Z])/g, (_, letter: string) => letter.toUpperCase());
}

function fieldOf([number, name, type, mode = '', of]: FieldRow, fullName: string, rows: readonly FieldRow[]): Field {
  const mistake = (kind: string): never => { throw new TypeError(`internal: field ${fullName}.${name} is no ${kind}.`); };
  return {
    number, name, type,
    key: camelCase(name),
    repeated: mode === '[]',
    mapKey: mode.startsWith('map:') ? (mode.slice(4) as ScalarType) : undefined,
    oneof: mode.startsWith('oneof:') ? mode.slice(6) : undefined,
    rivals: mode.startsWith('oneof:') ? rows.filter((row) => row[3] === mode && row[0] !== number).map((row) => camelCase(row[1])) : [],
    message: () => { const target = of?.(); return target?.kind === 'message' ? target : mistake('message'); },
    enum: () => { const target = of?.(); return target?.kind === 'enum' ? target : mistake('enum'); },
  };
}

/** Declares a message type. */
export function message<T extends object>(fullName: string, rows: readonly FieldRow[]): MessageType<T> {
  const fields = rows.map((row) => fieldOf(row, fullName, rows)).sort((a, b) => a.number - b.number);
  return {
    kind: 'message',
    fullName,
    fields,
    byNumber: new Map(fields.map((field) => [field.number, field])),
    byName: new Map(fields.flatMap((field) => [[field.key, field], [field.name, field]])),
  };
}

/** Declares an enum. */
export function enumeration<Name extends string>(fullName: string, numbers: Readonly<Record<Name, number>>): EnumType<Name> {
  const names = new Map((Object.keys(numbers) as Name[]).map((name) => [numbers[name], name]));
  return { kind: 'enum', fullName, numbers, nameOf: (number) => names.get(number) ?? number };
}

/** The name without its package. */
export function shortName(type: MessageType | EnumType): string {
  return type.fullName.replace(/^(tensorflow|google\.protobuf)\./, '');
}
