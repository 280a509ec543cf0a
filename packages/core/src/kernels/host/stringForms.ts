/** Numbers as text and text as numbers, base 64, raw bytes, regular expressions, and tensors printed as TensorFlow prints them. */
import { dtypeInfo, hasBytes, lanes, viewBytes, type DType } from '../../dtypes.js';
import { InvalidArgumentError } from '../../errors.js';
import type { HostTensor } from '../../hostTensor.js';
import type { AttrReader } from '../../graph/attrs.js';
import { shapeText, sizeOf } from '../../shape.js';
import { host, type HostCode } from './define.js';
import { stringsOf, stringTensor } from './strings.js';
import { bytesOf, invalid, numbersOf, tensorOfBigints, tensorOfNumbers, tensorOver, textOf } from './tensors.js';

/** C's `%.*f`. toFixed is exact below 1e21; above, every float64 is a whole number. */
function fixed(x: number, digits: number): string {
  if (!Number.isFinite(x)) return special(x);
  const sign = x < 0 || Object.is(x, -0) ? '-' : '';
  const size = Math.abs(x);
  if (size < 1e21) return sign + size.toFixed(digits);
  return `${sign}${BigInt(size)}${digits > 0 ? `.${'0'.repeat(digits)}` : ''}`;
}

const special = (x: number): string => (Number.isNaN(x) ? 'nan' : x > 0 ? 'inf' : '-inf');

/** C's `%.*e`: at least two digits of exponent. */
function scientific(x: number, digits: number): string {
  if (!Number.isFinite(x)) return special(x);
  const text = (Object.is(x, -0) ? '-' : '') + x.toExponential(Math.min(digits, 100));
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** C's `%.*g`. */
export function shortest(x: number, digits: number): string {
  if (!Number.isFinite(x)) return special(x);
  if (x === 0) return Object.is(x, -0) ? '-0' : '0';
  const precision = Math.max(digits, 1);
  const exponent = Number(x.toExponential(precision - 1).split('e')[1]);
  const cut = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (exponent < -4 || exponent >= precision) {
    const [mantissa, power] = scientific(x, precision - 1).split('e') as [string, string];
    return `${cut(mantissa)}e${power}`;
  }
  return cut(fixed(x, precision - 1 - exponent));
}

/** printf's width and fill. */
function filled(text: string, width: number, fill: string): string {
  if (text.length >= width) return fill === '+' && !text.startsWith('-') ? `+${text}` : text;
  if (fill === '-') return text.padEnd(width);
  if (fill === '+') return (text.startsWith('-') ? text : `+${text}`).padStart(width);
  if (fill === '0' && /^-?\d/.test(text)) {
    const sign = text.startsWith('-') ? '-' : '';
    return sign + text.slice(sign.length).padStart(width - sign.length, '0');
  }
  return text.padStart(width);
}

function numberFormat(attrs: AttrReader): (x: number) => string {
  const precision = attrs.int('precision');
  const digits = precision < 0 ? 6 : precision;
  const [isScientific, isShortest] = [attrs.bool('scientific'), attrs.bool('shortest')];
  if (isScientific && isShortest) invalid('Cannot select both scientific and shortest notation');
  return (x) => (isScientific ? scientific(x, digits) : isShortest ? shortest(x, digits) : fixed(x, digits));
}

export const AsString = host(([input], { attrs }) => {
  const { dtype, shape, data } = input!;
  const [width, fill] = [attrs.int('width'), attrs.string('fill')];
  if (fill.length > 1) invalid(`Fill string must be one or fewer characters, got ${fill}`);
  const { kind } = dtypeInfo[dtype];
  const pad = (text: string): string => filled(text, width, fill);
  let texts: string[];
  if (dtype === 'string') return [stringTensor(shape, stringsOf(input!).map((bytes) => bytesOf(pad(textOf(bytes)))))];
  if (kind === 'bool') texts = Array.from(data as Uint8Array, (x) => pad(x === 0 ? 'false' : 'true'));
  else if (kind === 'complex') {
    const format = numberFormat(attrs);
    const pairs = numbersOf(input!);
    texts = Array.from({ length: input!.size }, (_, i) => `(${pad(format(pairs[2 * i]!))},${pad(format(pairs[2 * i + 1]!))})`);
  } else if (kind === 'float') texts = Array.from(numbersOf(input!), numberFormat(attrs)).map(pad);
  else {
    if (attrs.int('precision') >= 0) invalid('Cannot specify precision for integer types');
    texts = Array.from(data as Int32Array, (x) => pad(String(x)));
  }
  return [stringTensor(shape, texts.map(bytesOf))];
});

export const StringToNumber = host(([input], { attrs }) => {
  const dtype = attrs.type('out_type');
  const fail = (text: string): never => invalid(`StringToNumberOp could not correctly convert string: ${text}`);
  const texts = stringsOf(input!).map(textOf);
  if (dtypeInfo[dtype].kind === 'float') {
    const values = texts.map((text) => {
      const bare = text.trim().toLowerCase();
      const match = /^([+-]?)(inf|infinity|nan)$/.exec(bare);
      if (match !== null) return match[2] === 'nan' ? NaN : match[1] === '-' ? -Infinity : Infinity;
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(bare) ? Number(bare) : fail(text);
    });
    return [tensorOfNumbers(dtype, input!.shape, values)];
  }
  const bits = BigInt(8 * dtypeInfo[dtype].bytes);
  const isUnsigned = dtypeInfo[dtype].kind === 'uint';
  const [lowest, highest] = isUnsigned ? [0n, (1n << bits) - 1n] : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
  const values = texts.map((text) => {
    if (!/^[+-]?\d+$/.test(text.trim())) fail(text);
    const value = BigInt(text.trim().replace(/^\+/, ''));
    return value < lowest || value > highest ? fail(text) : value;
  });
  return [tensorOfBigints(dtype, input!.shape, values)];
});

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export const EncodeBase64 = host(([input], { attrs }) => {
  const pads = attrs.bool('pad');
  return [stringTensor(input!.shape, stringsOf(input!).map((bytes) => {
    let text = '';
    for (let i = 0; i < bytes.length; i += 3) {
      const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
      const letters = [18, 12, 6, 0].map((shift) => alphabet[(word >> shift) & 63]!);
      const used = Math.min(bytes.length - i, 3) + 1;
      text += letters.slice(0, used).join('') + (pads ? '='.repeat(4 - used) : '');
    }
    return bytesOf(text);
  }))];
});

export const DecodeBase64 = host(([input]) => [stringTensor(input!.shape, stringsOf(input!).map((bytes) => {
  const text = textOf(bytes).replace(/=+$/, '');
  if (text.length % 4 === 1) invalid('Invalid length of base64 string');
  const out: number[] = [];
  let [word, bits] = [0, 0];
  for (const letter of text) {
    const value = alphabet.indexOf(letter);
    if (value < 0) invalid('Invalid character found in base64.');
    word = ((word << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push((word >> bits) & 255);
    }
  }
  return Uint8Array.from(out);
}))]);

/** Strings of equal length as elements of a dtype. */
export const DecodeRaw = host(([input], { attrs }) => {
  const dtype: DType = attrs.type('out_type');
  if (!hasBytes(dtype)) invalid(`DecodeRaw cannot make ${dtype} elements`);
  const strings = stringsOf(input!);
  const length = strings[0]?.length ?? 0;
  strings.forEach((bytes, i) => {
    if (bytes.length !== length) {
      invalid(`DecodeRaw requires input strings to all be the same size, but element ${i} has size ${bytes.length} != ${length}`);
    }
  });
  const size = dtypeInfo[dtype].bytes;
  if (length % size !== 0) {
    invalid(`Input to DecodeRaw has length ${length} that is not a multiple of ${size}, the size of ${dtypeInfo[dtype].tfName}`);
  }
  const bytes = new Uint8Array(strings.length * length);
  strings.forEach((string, i) => bytes.set(string, i * length));
  const word = size / lanes(dtype);
  if (!attrs.bool('little_endian')) for (let i = 0; i < bytes.length; i += word) bytes.subarray(i, i + word).reverse();
  const count = bytes.length / size;
  return [tensorOver(dtype, [...input!.shape, length / size], viewBytes(dtype, bytes.buffer, 0, count))];
});

/** RE2's syntax in JavaScript's: named groups, POSIX classes, anchors, leading flags. */
function regexOf(pattern: string, flags: string): RegExp {
  let source = pattern.replaceAll('(?P<', '(?<').replaceAll('\\A', '^').replaceAll('\\z', '$').replaceAll('\\C', '[\\s\\S]');
  const classes: Readonly<Record<string, string>> = {
    alpha: 'a-zA-Z', digit: '0-9', alnum: 'a-zA-Z0-9', upper: 'A-Z', lower: 'a-z', space: '\\s', punct: '!-\\/:-@\\[-`{-~', xdigit: '0-9A-Fa-f', word: '\\w',
    blank: ' \\t', cntrl: '\\x00-\\x1f\\x7f', print: ' -~', graph: '!-~',
  };
  source = source.replace(/\[:(\w+):\]/g, (whole, name: string) => classes[name] ?? whole);
  const leading = /^\(\?([ims]+)\)/.exec(source);
  const all = flags + (leading?.[1] ?? '');
  if (leading !== null) source = source.slice(leading[0].length);
  try {
    return new RegExp(source, `${all}u`);
  } catch {
    try {
      // Escapes that JavaScript's strict mode refuses.
      return new RegExp(source, all);
    } catch (error) {
      const reason = /Unterminated group/.test(String(error)) ? `missing ): ${pattern}` : error instanceof Error ? error.message : String(error);
      throw new InvalidArgumentError(`Invalid pattern: ${pattern}, error: ${reason}`);
    }
  }
}

/** `\1` in a rewrite is a group, `\0` the whole match, `\\` a backslash. */
function rewritten(rewrite: string, groups: readonly (string | undefined)[]): string {
  return rewrite.replace(/\\(.)/g, (_, letter: string) => {
    if (letter === '\\') return '\\';
    if (/\d/.test(letter)) return groups[Number(letter)] ?? '';
    return invalid(`Invalid rewrite string: ${rewrite}`);
  });
}

function replaced(input: HostTensor, pattern: string, rewrite: string, isGlobal: boolean): HostTensor {
  const regex = regexOf(pattern, isGlobal ? 'g' : '');
  return stringTensor(input.shape, stringsOf(input).map((bytes) => bytesOf(textOf(bytes).replace(regex, (...match: unknown[]) => {
    const groups = match.slice(0, match.findIndex((part) => typeof part === 'number')) as (string | undefined)[];
    return rewritten(rewrite, groups);
  }))));
}

const scalarText = (tensor: HostTensor, what: string): string => {
  if (tensor.shape.length !== 0) invalid(`${what} must be scalar, but received ${shapeText(tensor.shape)}`);
  return textOf(stringsOf(tensor)[0]!);
};

export const RegexReplace = host(([input, pattern, rewrite], { attrs }) => [
  replaced(input!, scalarText(pattern!, 'Pattern'), scalarText(rewrite!, 'Rewrite'), attrs.bool('replace_global')),
]);
export const StaticRegexReplace = host(([input], { attrs }) => [
  replaced(input!, attrs.string('pattern'), attrs.string('rewrite'), attrs.bool('replace_global')),
]);

function fullMatch(input: HostTensor, pattern: string): HostTensor {
  const regex = regexOf(`^(?:${pattern})$`, '');
  return tensorOver('bool', input.shape, Uint8Array.from(stringsOf(input), (bytes) => (regex.test(textOf(bytes)) ? 1 : 0)));
}

export const RegexFullMatch = host(([input, pattern]) => [fullMatch(input!, scalarText(pattern!, 'Pattern'))]);
export const StaticRegexFullMatch = host(([input], { attrs }) => [fullMatch(input!, attrs.string('pattern'))]);

/** One element as TensorFlow prints it. */
function elementText(tensor: HostTensor, i: number, quotes: boolean): string {
  const { dtype, data } = tensor;
  switch (dtypeInfo[dtype].kind) {
    case 'float': return shortest(numbersOf(tensor)[i]!, 6);
    case 'bool': return (data as Uint8Array)[i] === 0 ? '0' : '1';
    case 'complex': return quotes ? '?' : `(${shortest((data as Float64Array)[2 * i]!, 6)},${shortest((data as Float64Array)[2 * i + 1]!, 6)})`;
    case 'object': return dtype === 'string' ? (quotes ? `"${escaped(stringsOf(tensor)[i]!)}"` : textOf(stringsOf(tensor)[i]!)) : `<${dtype}>`;
    default: return String((data as Int32Array)[i]);
  }
}

const escapes: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 34: '\\"', 39: "\\'", 92: '\\\\' };

/** Bytes as C writes them between quotes: control characters escaped, others beyond ASCII as they are (UTF-8). */
function escaped(bytes: Uint8Array): string {
  return Array.from(textOf(bytes), (character) => {
    const code = character.codePointAt(0)!;
    return escapes[code] ?? (code < 32 || code === 127 ? `\\${code.toString(8).padStart(3, '0')}` : character);
  }).join('');
}

/** Tensor::SummarizeValue: the first `most` elements, rows in brackets; −1 means all. */
export function summarized(tensor: HostTensor, most: number): string {
  const limit = most === -1 ? tensor.size : Math.min(most, tensor.size);
  const { shape } = tensor;
  if (shape.length === 0) return limit === 0 ? '...' : elementText(tensor, 0, false);
  let next = 0;
  let text = '';
  const print = (axis: number): void => {
    if (next >= limit) return;
    for (let i = 0; i < shape[axis]!; i++) {
      if (axis === shape.length - 1) {
        if (next >= limit) {
          if (axis !== 0) text += '...';
          return;
        }
        text += (i > 0 ? ' ' : '') + elementText(tensor, next++, false);
      } else if (next < limit) {
        text += '[';
        print(axis + 1);
        text += ']';
      }
    }
  };
  print(0);
  return tensor.size > limit ? `${text}...` : text;
}

/** SummarizeValue with print_v2: all brackets, first and last `most` of each axis. */
export function printed(tensor: HostTensor, most: number): string {
  const { shape } = tensor;
  const print = (axis: number, start: number): string => {
    if (axis === shape.length) return elementText(tensor, start, true);
    const dim = shape[axis]!;
    const stride = sizeOf(shape.slice(axis + 1));
    const all = most < 0 || 2 * most >= dim;
    const places = all ? Array.from({ length: dim }, (_, i) => i) : [...Array.from({ length: most }, (_, i) => i), -1, ...Array.from({ length: most }, (_, i) => dim - most + i)];
    const separator = axis === shape.length - 1 ? ' ' : '\n'.repeat(shape.length - axis - 1) + ' '.repeat(axis + 1);
    return `[${places.map((i) => (i < 0 ? '...' : print(axis + 1, start + i * stride))).join(separator)}]`;
  };
  return print(0, 0);
}

export const StringFormat: HostCode = host((inputs, { attrs }) => {
  const parts = attrs.string('template').split(attrs.string('placeholder'));
  if (parts.length - 1 !== inputs.length) {
    invalid(`num placeholders in template and num inputs must match: ${parts.length - 1} vs. ${inputs.length}`);
  }
  const text = parts.map((part, i) => (i === 0 ? part : `${printed(inputs[i - 1]!, attrs.int('summarize'))}${part}`)).join('');
  return [stringTensor([], [bytesOf(text)])];
});
