/** Protobuf's text format → message objects, for any schema. Errors are InvalidArgumentErrors that begin with `file:line:column`. */
import { didYouMean } from '../../graph/names.js';
import { maxDepth } from '../decode.js';
import { defaultOf } from '../fields.js';
import { narrowInt64 } from '../json.js';
import { type Field, type MessageType, type ScalarType, shortName } from '../schema.js';
import { Tokenizer } from './tokenize.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

const bits: Readonly<Partial<Record<Field['type'], readonly [low: bigint, high: bigint]>>> = {
  int32: [-(1n << 31n), (1n << 31n) - 1n], sint32: [-(1n << 31n), (1n << 31n) - 1n], sfixed32: [-(1n << 31n), (1n << 31n) - 1n],
  uint32: [0n, (1n << 32n) - 1n], fixed32: [0n, (1n << 32n) - 1n],
  int64: [-(1n << 63n), (1n << 63n) - 1n], sint64: [-(1n << 63n), (1n << 63n) - 1n], sfixed64: [-(1n << 63n), (1n << 63n) - 1n],
  uint64: [0n, (1n << 64n) - 1n], fixed64: [0n, (1n << 64n) - 1n],
};

type Target = Record<string, unknown>;

class TextParser {
  private readonly tokens: Tokenizer;

  constructor(source: string, what: string | undefined) {
    this.tokens = new Tokenizer(source, what);
  }

  whole(type: MessageType): object {
    const target: Target = {};
    this.fields(type, target, undefined, 0);
    return target;
  }

  /** Reads fields up to the closing mark, or to the end of the text. */
  private fields(type: MessageType, target: Target, close: string | undefined, depth: number): void {
    const { tokens } = this;
    for (;;) {
      if (tokens.kind === 'end') {
        if (close !== undefined) tokens.expected(`'${close}' to end ${shortName(type)}`);
        return;
      }
      if (close !== undefined && tokens.accept(close)) return;
      if (tokens.kind !== 'name') {
        if (tokens.kind === 'mark' && tokens.text === '[') tokens.fail('extensions and expanded Any messages are not supported.');
        tokens.expected(`a field of ${shortName(type)}${close === undefined ? '' : ` or '${close}'`}`);
      }
      const field = type.byName.get(tokens.text);
      if (field === undefined) return tokens.fail(`${shortName(type)} has no field '${tokens.text.slice(0, 80)}'.${didYouMean(tokens.text.slice(0, 80), type.byName.keys())}`);
      const at = tokens.start;
      tokens.advance();
      this.field(type, field, target, at, depth);
      if (!tokens.accept(';')) tokens.accept(',');
    }
  }

  private field(type: MessageType, field: Field, target: Target, at: number, depth: number): void {
    const { tokens } = this;
    const colon = tokens.accept(':');
    const isMessage = field.type === 'message' || field.mapKey !== undefined;
    if (!colon && !isMessage) tokens.expected(`':' after '${field.name}'`);
    const isList = field.repeated || field.mapKey !== undefined;
    if (!isList) {
      if (target[field.key] !== undefined) tokens.fail(`${shortName(type)} may have only one '${field.name}'.`, at);
      const rival = type.fields.find((other) => field.rivals.includes(other.key) && target[other.key] !== undefined);
      if (rival !== undefined) tokens.fail(`'${field.name}' and '${rival.name}' exclude each other (oneof ${field.oneof}).`, at);
      target[field.key] = this.value(field, depth);
      return;
    }
    const add = (): void => {
      if (field.mapKey !== undefined) this.mapEntry(field, field.mapKey, target, depth);
      else {
        const list = (target[field.key] ??= []) as unknown[];
        list.push(this.value(field, depth));
      }
    };
    if (!tokens.accept('[')) {
      add();
      return;
    }
    if (field.mapKey === undefined) target[field.key] ??= [];
    if (tokens.accept(']')) return;
    do add(); while (tokens.accept(','));
    if (!tokens.accept(']')) tokens.expected("',' or ']'");
  }

  /** The mark that closes a message; its opening one is passed. */
  private open(field: Field, depth: number): string {
    const { tokens } = this;
    if (depth >= maxDepth) tokens.fail(`messages are nested deeper than ${maxDepth}.`);
    if (tokens.accept('{')) return '}';
    if (tokens.accept('<')) return '>';
    return tokens.expected(`'{' to begin '${field.name}'`);
  }

  private value(field: Field, depth: number): unknown {
    if (field.type === 'message') {
      const close = this.open(field, depth);
      const inner: Target = {};
      this.fields(field.message(), inner, close, depth + 1);
      return inner;
    }
    return field.type === 'enum' ? this.enum(field) : this.scalar(field.type, field);
  }

  private mapEntry(field: Field, keyType: ScalarType, target: Target, depth: number): void {
    const { tokens } = this;
    const close = this.open(field, depth);
    let key: unknown;
    let value: unknown;
    while (!tokens.accept(close)) {
      const part = tokens.text;
      if (tokens.kind !== 'name' || (part !== 'key' && part !== 'value')) tokens.expected(`'key', 'value' or '${close}' in '${field.name}'`);
      if ((part === 'key' ? key : value) !== undefined) tokens.fail(`an entry of '${field.name}' may have only one '${part}'.`);
      tokens.advance();
      if (!tokens.accept(':') && (part === 'key' || field.type !== 'message')) tokens.expected(`':' after '${part}'`);
      if (part === 'key') key = this.scalar(keyType, field);
      else value = this.value(field, depth + 1);
      if (!tokens.accept(';')) tokens.accept(',');
    }
    const map = (target[field.key] ??= new Map()) as Map<unknown, unknown>;
    map.set(key ?? (keyType === 'string' ? '' : keyType === 'bool' ? false : 0), value ?? defaultOf(field));
  }

  private enum(field: Field): unknown {
    const { tokens } = this;
    const type = field.enum();
    if (tokens.kind === 'name') {
      const { text } = tokens;
      if (!Object.hasOwn(type.numbers, text)) tokens.fail(`${shortName(type)} has no value '${text.slice(0, 80)}'.${didYouMean(text.slice(0, 80), Object.keys(type.numbers))}`);
      tokens.advance();
      return text;
    }
    return type.nameOf(Number(this.integer('int32', `a ${shortName(type)}`)));
  }

  private integer(type: Field['type'], what: string): bigint {
    const { tokens } = this;
    const at = tokens.start;
    const minus = tokens.accept('-');
    if (tokens.kind !== 'number' || !/^(0[xX][0-9a-fA-F]+|\d+)$/.test(tokens.text) || tokens.text.length > 40) tokens.expected(what);
    const octal = /^0[0-7]+$/.test(tokens.text);
    const size = BigInt(octal ? `0o${tokens.text.slice(1)}` : /^0\d/.test(tokens.text) ? tokens.expected(what) : tokens.text);
    const value = minus ? -size : size;
    const [low, high] = bits[type] ?? [0n, 0n];
    if (value < low || value > high) tokens.fail(`${value} is out of range; expected ${low} to ${high}.`, at);
    tokens.advance();
    return value;
  }

  private float(field: Field): number {
    const { tokens } = this;
    const minus = tokens.accept('-');
    const text = tokens.text.toLowerCase();
    let value: number;
    if (tokens.kind === 'number') value = /^0x/.test(text) ? Number(text) : parseFloat(text);
    else if (tokens.kind === 'name' && /^(inf|infinity|nan)$/.test(text)) value = text === 'nan' ? NaN : Infinity;
    else return tokens.expected(`a number for '${field.name}'`);
    tokens.advance();
    if (field.type === 'float') value = Math.fround(value);
    return minus ? -value : value;
  }

  private scalar(type: ScalarType, field: Field): unknown {
    const { tokens } = this;
    switch (type) {
      case 'bytes': case 'string': {
        if (tokens.kind !== 'string') tokens.expected(`a string for '${field.name}'`);
        const at = tokens.start;
        const bytes = tokens.bytes();
        if (type === 'bytes') return bytes;
        try {
          return utf8.decode(bytes);
        } catch {
          return tokens.fail(`the string of '${field.name}' is not UTF-8.`, at);
        }
      }
      case 'bool': {
        const isTrue = /^(true|t|True|1)$/.test(tokens.text);
        if (!isTrue && !/^(false|f|False|0)$/.test(tokens.text)) tokens.expected(`true or false for '${field.name}'`);
        tokens.advance();
        return isTrue;
      }
      case 'float': case 'double': return this.float(field);
      default: return narrowInt64(this.integer(type, `an integer for '${field.name}'`));
    }
  }
}

/** Reads a message in text form. `what` is the file's name in errors. */
export function parseText<T extends object>(type: MessageType<T>, source: string, what?: string): T {
  return new TextParser(source, what).whole(type) as T;
}
