/** The tokens of protobuf's text format, one at a time, with their places. */
import { InvalidArgumentError } from '../../errors.js';

export type TokenKind = 'name' | 'number' | 'string' | 'mark' | 'end';

const blank = /\s*/y;
const comment = /#[^\n]*/y;
const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const number = /0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fF]?/y;

const escapes: Readonly<Record<string, number>> = {
  a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92, "'": 39, '"': 34, '?': 63,
};

const utf8 = new TextEncoder();

export class Tokenizer {
  kind: TokenKind = 'end';
  /** The token's text; for strings the literal with its quotes. */
  text = '';
  /** Where it begins. */
  start = 0;
  private next = 0;

  constructor(private readonly source: string, private readonly what: string | undefined) {
    this.advance();
  }

  /** An InvalidArgumentError at the current token, or at an offset. */
  fail(problem: string, at = this.start): never {
    const before = this.source.slice(0, at);
    const line = before.split('\n').length;
    throw new InvalidArgumentError(`${this.what === undefined ? '' : `${this.what}:`}${line}:${at - before.lastIndexOf('\n')}: ${problem}`);
  }

  /** The current token as errors show it. */
  get shown(): string {
    if (this.kind === 'end') return 'the end';
    return JSON.stringify(this.text.length > 40 ? `${this.text.slice(0, 40)}…` : this.text);
  }

  expected(what: string): never {
    this.fail(`expected ${what}, but found ${this.shown}.`);
  }

  advance(): void {
    const { source } = this;
    let start = this.next;
    do {
      blank.lastIndex = start;
      blank.exec(source);
      start = comment.lastIndex = blank.lastIndex;
      if (comment.exec(source) !== null) start = comment.lastIndex;
    } while (start > blank.lastIndex);
    this.start = start;
    const first = source[start];
    if (first === undefined) return this.token('end', start);
    if (first === '"' || first === "'") return this.token('string', this.endOfString(start, first));
    name.lastIndex = number.lastIndex = start;
    if (name.exec(source) !== null) return this.token('name', name.lastIndex);
    if (number.exec(source) !== null) {
      const after = source[number.lastIndex];
      if (after !== undefined && /[A-Za-z0-9_.]/.test(after)) this.fail('a number ends in something that is no number.', number.lastIndex);
      return this.token('number', number.lastIndex);
    }
    this.token('mark', start + 1);
  }

  private token(kind: TokenKind, end: number): void {
    this.kind = kind;
    this.text = this.source.slice(this.start, end);
    this.next = end;
  }

  private endOfString(start: number, quote: string): number {
    for (let i = start + 1; i < this.source.length; i++) {
      const letter = this.source[i];
      if (letter === quote) return i + 1;
      if (letter === '\n') break;
      if (letter === '\\') i++;
    }
    return this.fail('a string has no end on its line.', start);
  }

  /** Whether the current token is this mark; if so it is passed. */
  accept(mark: string): boolean {
    if (this.kind !== 'mark' || this.text !== mark) return false;
    this.advance();
    return true;
  }

  /** The bytes of adjacent string literals, which are passed. */
  bytes(): Uint8Array {
    const parts: Uint8Array[] = [];
    while (this.kind === 'string') {
      parts.push(this.unescape());
      this.advance();
    }
    if (parts.length === 1) return parts[0]!;
    const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  private unescape(): Uint8Array {
    const text = this.text.slice(1, -1);
    if (!text.includes('\\')) return utf8.encode(text);
    const out = new Uint8Array(text.length * 3);
    let at = 0;
    const code = (i: number, digits: RegExp, radix: number, most: number): [value: number, end: number] => {
      let end = i;
      while (end < i + most && end < text.length && digits.test(text[end]!)) end++;
      return [end === i ? NaN : parseInt(text.slice(i, end), radix), end];
    };
    for (let i = 0; i < text.length;) {
      const slash = text.indexOf('\\', i);
      const plain = text.slice(i, slash < 0 ? text.length : slash);
      at += utf8.encodeInto(plain, out.subarray(at)).written;
      if (slash < 0) break;
      const letter = text[slash + 1] ?? '';
      let value: number;
      i = slash + 2;
      if (letter >= '0' && letter <= '7') [value, i] = code(slash + 1, /[0-7]/, 8, 3);
      else if (letter === 'x' || letter === 'X') [value, i] = code(i, /[0-9a-fA-F]/, 16, 2);
      else if (letter === 'u' || letter === 'U') {
        const digits = letter === 'u' ? 4 : 8;
        let end: number;
        [value, end] = code(i, /[0-9a-fA-F]/, 16, digits);
        if (end !== i + digits || !(value <= 0x10ffff)) this.fail(`\\${letter} wants ${digits} hexadecimal digits of a character.`, this.start + 1 + slash);
        i = end;
        if (value >= 0xd800 && value < 0xdc00 && letter === 'u') {
          // A pair of surrogates is one character.
          const [low, after] = text.startsWith('\\u', i) ? code(i + 2, /[0-9a-fA-F]/, 16, 4) : [NaN, i];
          if (low >= 0xdc00 && low < 0xe000) {
            value = 0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00);
            i = after;
          }
        }
        at += utf8.encodeInto(String.fromCodePoint(value), out.subarray(at)).written;
        continue;
      } else value = escapes[letter] ?? NaN;
      if (!(value <= 255)) this.fail(`unknown escape \\${letter}.`, this.start + 1 + slash);
      out[at++] = value;
    }
    return out.slice(0, at);
  }
}
