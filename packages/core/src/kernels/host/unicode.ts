/** Text in UTF-8, UTF-16, UTF-32, ASCII and Latin-1 as code points, and the way back, with ICU's idea of what is malformed. */
import type { AttrReader } from '../../graph/attrs.js';
import type { HostTensor } from '../../hostTensor.js';
import { host, type HostCode } from './define.js';
import { intsOf, intTensor, invalid, tensorOver } from './tensors.js';
import { scriptOf } from './unicodeScripts.js';

/** A code point, or -1 for what is none, and the byte where it starts. */
interface Point {
  readonly code: number;
  readonly offset: number;
}

type Decoder = (bytes: Uint8Array) => Point[];

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff;

/** What the byte after a lead byte may be: others make the sequence overlong, a surrogate, or too large. */
function secondByte(lead: number): readonly [number, number] {
  if (lead === 0xe0) return [0xa0, 0xbf];
  if (lead === 0xed) return [0x80, 0x9f];
  if (lead === 0xf0) return [0x90, 0xbf];
  return lead === 0xf4 ? [0x80, 0x8f] : [0x80, 0xbf];
}

/** Malformed sequences end where they stop being the start of a good one. */
const utf8: Decoder = (bytes) => {
  const points: Point[] = [];
  for (let i = 0; i < bytes.length;) {
    const lead = bytes[i]!;
    const offset = i++;
    if (lead < 0x80) {
      points.push({ code: lead, offset });
      continue;
    }
    const more = lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
    let code = lead & (0x3f >> more);
    let seen = 0;
    for (let [low, high] = secondByte(lead); seen < more && i < bytes.length && bytes[i]! >= low && bytes[i]! <= high; [low, high] = [0x80, 0xbf], seen++) {
      code = (code << 6) | (bytes[i++]! & 0x3f);
    }
    points.push({ code: more === 0 || seen < more ? -1 : code, offset });
  }
  return points;
};

const utf16: Decoder = (bytes) => {
  const points: Point[] = [];
  const unit = (i: number): number => (bytes[i]! << 8) | bytes[i + 1]!;
  for (let i = 0; i < bytes.length;) {
    const offset = i;
    if (i + 1 >= bytes.length) {
      points.push({ code: -1, offset });
      break;
    }
    const code = unit(i);
    i += 2;
    if (!isSurrogate(code)) points.push({ code, offset });
    else if (code < 0xdc00 && i + 1 < bytes.length && unit(i) >= 0xdc00 && unit(i) <= 0xdfff) {
      points.push({ code: 0x10000 + ((code - 0xd800) << 10) + (unit(i) - 0xdc00), offset });
      i += 2;
    } else points.push({ code: -1, offset });
  }
  return points;
};

const utf32: Decoder = (bytes) => Array.from({ length: Math.ceil(bytes.length / 4) }, (_, i) => {
  const code = [0, 1, 2, 3].reduce((sum, k) => sum * 256 + (bytes[4 * i + k] ?? NaN), 0);
  return { code: code <= 0x10ffff && !isSurrogate(code) ? code : -1, offset: 4 * i };
});

const singleBytes = (limit: number): Decoder => (bytes) => Array.from(bytes, (code, offset) => ({ code: code < limit ? code : -1, offset }));

const decoders: Readonly<Record<string, Decoder>> = {
  utf8, utf16be: utf16, utf32be: utf32, usascii: singleBytes(128), ascii: singleBytes(128), latin1: singleBytes(256), iso88591: singleBytes(256),
};

function decoderOf(name: string): Decoder {
  return decoders[name.toLowerCase().replace(/[-_ ]/g, '')] ?? invalid(`Could not create converter for input encoding: ${name}`);
}

/** The code points that the attributes ask for: malformed and, where asked, control characters are replaced or left out. */
function pointsOf(bytes: Uint8Array, decode: Decoder, attrs: AttrReader): Point[] {
  const errors = attrs.string('errors');
  const replacement = attrs.int('replacement_char');
  const points = decode(bytes);
  return points.flatMap((point) => {
    const isReplaced = point.code < 0 || (attrs.bool('replace_control_characters') && point.code <= 0x1f);
    if (!isReplaced) return [point];
    if (errors === 'strict') return invalid('Invalid formatting on input string');
    return errors === 'ignore' ? [] : [{ ...point, code: replacement }];
  });
}

function checkReplacement(attrs: AttrReader): void {
  const code = attrs.int('replacement_char');
  if (code < 0 || code > 0x10ffff) invalid('replacement_char out of unicode codepoint range');
}

const decoded = (withOffsets: boolean): HostCode => host(([input], { attrs }) => {
  checkReplacement(attrs);
  const decode = decoderOf(attrs.string('input_encoding'));
  const splits = [0];
  const all: Point[] = [];
  for (const bytes of input!.data as Uint8Array[]) {
    all.push(...pointsOf(bytes, decode, attrs));
    splits.push(all.length);
  }
  const outputs = [intTensor(attrs.type('Tsplits'), splits), intTensor('int32', all.map(({ code }) => code))];
  return withOffsets ? [...outputs, intTensor('int64', all.map(({ offset }) => offset))] : outputs;
});

export const UnicodeDecode = decoded(false);
export const UnicodeDecodeWithOffsets = decoded(true);

type Encoder = (codes: readonly number[]) => Uint8Array;

const encoders: Readonly<Record<string, Encoder>> = {
  'UTF-8': (codes) => new TextEncoder().encode(codes.map((code) => String.fromCodePoint(code)).join('')),
  'UTF-16-BE': (codes) => {
    const text = codes.map((code) => String.fromCodePoint(code)).join('');
    return Uint8Array.from({ length: 2 * text.length }, (_, i) => (text.charCodeAt(i >> 1) >> (i % 2 === 0 ? 8 : 0)) & 255);
  },
  'UTF-32-BE': (codes) => Uint8Array.from({ length: 4 * codes.length }, (_, i) => (codes[i >> 2]! >> (24 - 8 * (i % 4))) & 255),
};

function encoderOf(name: string): Encoder {
  return encoders[name] ?? invalid(`Unrecognized output encoding: ${name}`);
}

export const UnicodeEncode = host(([input, splitsArg], { attrs }) => {
  checkReplacement(attrs);
  const encode = encoderOf(attrs.string('output_encoding'));
  const errors = attrs.string('errors');
  const codes = intsOf(input!);
  const splits = intsOf(splitsArg!);
  if (splits.length === 0) invalid('Input_splits should contain elements, but was given empty values.');
  if (splits[0] !== 0) invalid('First value in input_splits must be zero.');
  splits.forEach((split, i) => i > 0 && split < splits[i - 1]! && invalid('Values in input_splits must be equal or in ascending order.'));
  if (splits.at(-1) !== codes.length) invalid('Last value in input_splits must be equal to length of input_tensor.');
  const good = (code: number): boolean => code >= 0 && code <= 0x10ffff && !isSurrogate(code);
  if (errors === 'strict' && !codes.every(good)) invalid('Code point is out of range for Unicode, or is a surrogate.');
  const texts = splits.slice(1).map((end, row) => encode(codes.slice(splits[row], end).flatMap((code) => {
    if (good(code)) return [code];
    return errors === 'ignore' ? [] : [attrs.int('replacement_char')];
  })));
  return [tensorOver('string', [texts.length], texts)];
});

export const UnicodeTranscode = host(([input], { attrs }) => {
  checkReplacement(attrs);
  const decode = decoderOf(attrs.string('input_encoding'));
  const encode = encoderOf(attrs.string('output_encoding'));
  const texts = (input!.data as Uint8Array[]).map((bytes) => encode(pointsOf(bytes, decode, attrs).map(({ code }) => code)));
  return [tensorOver('string', input!.shape, texts)];
});

/** ICU's number of each code point's script; -1 for what is no code point. */
export const UnicodeScript = host(([input]) => [tensorOf(input!, intsOf(input!).map(scriptOf))]);

function tensorOf(like: HostTensor, values: readonly number[]): HostTensor {
  return intTensor('int32', values, like.shape);
}
