/** What the codecs ask of a field: its wire type, its default value, the number of an enum's name. */
import { InvalidArgumentError } from '../errors.js';
import { type Field, shortName } from './schema.js';

/** The wire type of one value of each field type. */
export const wireTypes: Readonly<Record<Field['type'], number>> = {
  double: 1, float: 5, int32: 0, int64: 0, uint32: 0, uint64: 0, sint32: 0, sint64: 0, fixed32: 5, fixed64: 1, sfixed32: 5, sfixed64: 1,
  bool: 0, string: 2, bytes: 2, enum: 0, message: 2,
};

const defaults: Readonly<Partial<Record<Field['type'], unknown>>> = { bool: false, string: '', bytes: new Uint8Array(0) };

/** The value of a field that is not on the wire, as map entries need it. */
export function defaultOf(field: Field): unknown {
  if (field.type === 'message') return {};
  return field.type === 'enum' ? field.enum().nameOf(0) : (defaults[field.type] ?? 0);
}

/** The number of an enum's name; a number stands for itself. */
export function enumNumber(field: Field, value: unknown): number {
  const { numbers } = field.enum();
  const number = typeof value === 'number' ? value : Object.hasOwn(numbers, String(value)) ? numbers[String(value)] : undefined;
  if (number === undefined) throw new InvalidArgumentError(`${shortName(field.enum())} has no value ${JSON.stringify(value)} (field ${field.name}).`);
  return number;
}

/** Whether proto3 leaves the value out on the wire. */
export function isDefault(field: Field, value: unknown): boolean {
  if (field.oneof !== undefined) return false;
  switch (field.type) {
    case 'string': return value === '';
    case 'bytes': return (value as Uint8Array).length === 0;
    case 'bool': return value === false;
    case 'enum': return enumNumber(field, value) === 0;
    case 'float': case 'double': return Object.is(value, 0);
    default: return value === 0 || value === 0n;
  }
}

/** The number of the fewest digits that gives the same float32. */
export function shortestFloat(value: number): number {
  const single = Math.fround(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return short;
  }
  return Number(single.toPrecision(9));
}

/** A float or double as text format has it. */
export function floatText(value: number, isSingle: boolean): string {
  const number = isSingle ? Math.fround(value) : value;
  if (Number.isNaN(number)) return 'nan';
  if (!Number.isFinite(number)) return number > 0 ? 'inf' : '-inf';
  if (Object.is(number, -0)) return '-0.0';
  const text = String(isSingle ? shortestFloat(number) : number);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
