/** Message objects → protobuf's text format, two blanks a level, as protobuf's own printers write it. */
import { floatText, isDefault } from '../fields.js';
import type { Field, MessageType } from '../schema.js';

const named: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 34: '\\"', 39: "\\'", 92: '\\\\' };

/** Every byte's spelling inside a string literal: octal unless it is printable ASCII. */
const spellings: readonly Uint8Array[] = Array.from({ length: 256 }, (_, byte) => new TextEncoder().encode(
  named[byte] ?? (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`)));

const utf8 = new TextEncoder();
const ascii = new TextDecoder();

function quote(bytes: Uint8Array): string {
  const out = new Uint8Array(bytes.length * 4);
  let at = 0;
  for (const byte of bytes) {
    const spelling = spellings[byte]!;
    for (let i = 0; i < spelling.length; i++) out[at++] = spelling[i]!;
  }
  return `"${ascii.decode(out.subarray(0, at))}"`;
}

function scalarText(type: Field['type'], value: unknown): string {
  switch (type) {
    case 'string': return quote(utf8.encode(value as string));
    case 'bytes': return quote(value as Uint8Array);
    case 'float': case 'double': return floatText(value as number, type === 'float');
    default: return String(value);
  }
}

function printMessage(type: MessageType, message: object, indent: string, out: string[]): void {
  const source = message as Readonly<Record<string, unknown>>;
  const printValue = (field: Field, name: string, value: unknown, pad: string): void => {
    if (field.type !== 'message') {
      out.push(`${pad}${name}: ${scalarText(field.type, value)}`);
      return;
    }
    out.push(`${pad}${name} {`);
    printMessage(field.message(), value as object, `${pad}  `, out);
    out.push(`${pad}}`);
  };
  for (const field of type.fields) {
    const value = source[field.key];
    if (value === undefined || value === null) continue;
    if (field.mapKey !== undefined) {
      for (const [key, item] of value as ReadonlyMap<unknown, unknown>) {
        out.push(`${indent}${field.name} {`);
        if (key !== 0 && key !== '' && key !== false) out.push(`${indent}  key: ${scalarText(field.mapKey, key)}`);
        if (field.type === 'message' || !isDefault(field, item)) printValue(field, 'value', item, `${indent}  `);
        out.push(`${indent}}`);
      }
    } else if (field.repeated) {
      const list = value as ArrayLike<unknown>;
      for (let i = 0; i < list.length; i++) printValue(field, field.name, list[i], indent);
    } else if (field.type === 'message' || !isDefault(field, value)) printValue(field, field.name, value, indent);
  }
}

/** A message in text form, with a newline at its end (an empty message is the empty text). Unknown fields have no names and are left out. */
export function printText<T extends object>(type: MessageType<T>, message: T): string {
  const out: string[] = [];
  printMessage(type, message, '', out);
  return out.length === 0 ? '' : `${out.join('\n')}\n`;
}
