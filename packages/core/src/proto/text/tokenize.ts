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
    name.lastIndex = number.lastIndex = start;
    if (first === undefined) this.token('end', start);
    else if (first === '"' || first === "'") this.token('string', this.endOfString(start, first));
    else if (name.exec(source) !== null) this.token('name', name.lastIndex);
    else if (number.exec(source) !== null) {
      const after = source[number.lastIndex];
      if (after !== undefined && /[A-Za-z0-9_.]/.test(after)) this.fail('a number ends in something that is no number.', number.lastIndex);
      this.token('number', number.lastIndex);
    } else this.token('mark', start + 1);
  }

  private token(kind: TokenKind, end: number): void {
    this.kind = kind;
    this.text = this.source.slice(this.start, end);
    this.next = end;
  }

  private endOfString(start: number, quote: string): number {
    const { source } = this;
    const close = quote.charCodeAt(0);
    for (let i = start + 1; i < source.length; i++) {
      const code = source.charCodeAt(i);
      if (code === close) return i + 1;
      if (code === 10) break;
      if (code === 92) i++;
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
    for (let i = 0; i < text.length;) {
      const code = text.charCodeAt(i);
      if (code !== 92) {
        if (code < 0x80) {
          out[at++] = code;
          i++;
          continue;
        }
        const slash = text.indexOf('\\', i);
        const end = slash < 0 ? text.length : slash;
        at += utf8.encodeInto(text.slice(i, end), out.subarray(at)).written;
        i = end;
        continue;
      }
      const letter = text[i + 1] ?? '';
      let value = escapes[letter];
      if (value !== undefined) {
        out[at++] = value;
        i += 2;
      } else if (letter === 'u' || letter === 'U') {
        [value, i] = this.unicode(text, i);
        at += utf8.encodeInto(String.fromCodePoint(value), out.subarray(at)).written;
      } else {
        const isHex = letter === 'x' || letter === 'X';
        const first = isHex ? i + 2 : i + 1;
        const end = isHex ? digits(text, first, 2, 16) : digits(text, first, 3, 8);
        value = end === first ? 256 : parseInt(text.slice(first, end), isHex ? 16 : 8);
        if (value > 255) this.fail(`unknown escape \\${letter}.`, this.start + 1 + i);
        out[at++] = value;
        i = end;
      }
    }
    return out.slice(0, at);
  }

  /** The character of `\uXXXX` (two of them for a pair of surrogates) or `\UXXXXXXXX` at `i`, and where the escape ends. */
  private unicode(text: string, i: number): [value: number, end: number] {
    const read = (from: number, count: number): number => (digits(text, from, count, 16) === from + count ? parseInt(text.slice(from, from + count), 16) : NaN);
    const count = text[i + 1] === 'u' ? 4 : 8;
    const value = read(i + 2, count);
    const end = i + 2 + count;
    if (!(value <= 0x10ffff)) this.fail(`\\${text[i + 1]} wants ${count} hexadecimal digits of a character.`, this.start + 1 + i);
    if (count === 4 && value >= 0xd800 && value < 0xdc00 && text.startsWith('\\u', end)) {
      const low = read(end + 2, 4);
      if (low >= 0xdc00 && low < 0xe000) return [0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00), end + 6];
    }
    return [value, end];
  }
}

/** Where a run of at most `most` digits that begins at `from` ends. */
function digits(text: string, from: number, most: number, radix: 8 | 16): number {
  let end = from;
  while (end < from + most && end < text.length) {
    const code = text.charCodeAt(end);
    const isDigit = code >= 48 && code < 48 + Math.min(radix, 10);
    const isHexLetter = radix === 16 && ((code >= 65 && code <= 70) || (code >= 97 && code <= 102));
    if (!isDigit && !isHexLetter) break;
    end++;
  }
  return end;
}
