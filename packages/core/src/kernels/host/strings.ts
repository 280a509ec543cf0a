/** Strings: joined, split, cut, compared, changed in case. An element is bytes; text is UTF-8. */
import type { HostTensor } from '../../hostTensor.js';
import { broadcastShapes, shapeText, sizeOf, stridesOf } from '../../shape.js';
import { gathered } from './copy.js';
import { host, type HostCode } from './define.js';
import { broadcastStrides } from './evaluate/evaluate.js';
import { spaceOf } from './mapKernel.js';
import { bytesOf, intsOf, intTensor, invalid, scalarOf, textOf, tensorOver } from './tensors.js';

export const stringsOf = (tensor: HostTensor): readonly Uint8Array[] => tensor.data as Uint8Array[];
export const stringTensor = (shape: readonly number[], values: readonly Uint8Array[]): HostTensor => tensorOver('string', shape, [...values]);

/** Bytes one after the other. */
export function joined(parts: readonly Uint8Array[], separator: Uint8Array = new Uint8Array(0)): Uint8Array {
  const total = parts.reduce((sum, part) => sum + part.length, 0) + separator.length * Math.max(0, parts.length - 1);
  const out = new Uint8Array(total);
  let at = 0;
  parts.forEach((part, i) => {
    if (i > 0) {
      out.set(separator, at);
      at += separator.length;
    }
    out.set(part, at);
    at += part.length;
  });
  return out;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function broadcast(tensor: HostTensor, shape: readonly number[]): HostTensor {
  return gathered(tensor, shape, 0, broadcastStrides(tensor.shape, shape));
}

export const Add = host(([x, y]) => {
  const shape = spaceOf([x!, y!]);
  const right = stringsOf(broadcast(y!, shape));
  return [stringTensor(shape, stringsOf(broadcast(x!, shape)).map((left, i) => joined([left, right[i]!])))];
});

/** Equality of strings; and of shapes that do not broadcast, where the node says that these are unequal rather than an error. */
const equality = (whenEqual: 0 | 1): HostCode => host(([x, y], { attrs }) => {
  const both = broadcastShapes(x!.shape, y!.shape);
  if (both == null) {
    if (!attrs.bool('incompatible_shape_error')) return [tensorOver('bool', [], Uint8Array.of(1 - whenEqual))];
    invalid(`Incompatible shapes: ${shapeText(x!.shape)} vs. ${shapeText(y!.shape)}`);
  }
  const shape = both.map((dim) => dim ?? 0);
  const [left, right] = [broadcast(x!, shape).data, broadcast(y!, shape).data];
  const isEqual = (i: number): boolean => {
    if (x!.dtype === 'string') return sameBytes((left as Uint8Array[])[i]!, (right as Uint8Array[])[i]!);
    return (left as Float64Array)[i] === (right as Float64Array)[i];
  };
  return [tensorOver('bool', shape, Uint8Array.from({ length: sizeOf(shape) }, (_, i) => (isEqual(i) ? whenEqual : 1 - whenEqual)))];
});

export const Equal = equality(1);
export const NotEqual = equality(0);

export const StringJoin = host((inputs, { attrs }) => {
  const separator = bytesOf(attrs.string('separator'));
  const shape = inputs.find((input) => input.shape.length > 0)?.shape ?? [];
  for (const input of inputs) {
    if (input.shape.length > 0 && input.shape.join() !== shape.join()) {
      invalid(`Input shapes do not match: ${shapeText(shape)} vs. ${shapeText(input.shape)}`);
    }
  }
  const columns = inputs.map((input) => stringsOf(broadcast(input, shape)));
  return [stringTensor(shape, Array.from({ length: sizeOf(shape) }, (_, i) => joined(columns.map((column) => column[i]!), separator)))];
});

/** Positions where characters start: all bytes that continue none. */
function characterStarts(bytes: Uint8Array): number[] {
  const starts: number[] = [];
  bytes.forEach((byte, i) => {
    if ((byte & 0xc0) !== 0x80) starts.push(i);
  });
  return starts;
}

export const StringLength = host(([input], { attrs }) => {
  const isText = attrs.string('unit') === 'UTF8_CHAR';
  return [intTensor('int32', stringsOf(input!).map((bytes) => (isText ? characterStarts(bytes).length : bytes.length)), input!.shape)];
});

export const Substr = host(([input, posArg, lenArg], { attrs }) => {
  const isText = attrs.string('unit') === 'UTF8_CHAR';
  const shape = spaceOf([input!, posArg!, lenArg!]);
  const [positions, lengths] = [intsOf(broadcast(posArg!, shape)), intsOf(broadcast(lenArg!, shape))];
  return [stringTensor(shape, stringsOf(broadcast(input!, shape)).map((bytes, i) => {
    const starts = isText ? [...characterStarts(bytes), bytes.length] : undefined;
    const size = starts === undefined ? bytes.length : starts.length - 1;
    const given = positions[i]!;
    const from = given < 0 ? given + size : given;
    if (from < 0 || from > size) invalid(`pos ${given} out of range for string b'${textOf(bytes)}' at index ${i}`);
    // A negative length is a huge one to TensorFlow.
    const to = lengths[i]! < 0 ? size : Math.min(size, from + lengths[i]!);
    return starts === undefined ? bytes.slice(from, to) : bytes.slice(starts[from], starts[to]);
  }))];
});

const asciiCase = (low: number, high: number, by: number) => (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte) => (byte >= low && byte <= high ? byte + by : byte));

const cased = (ascii: (bytes: Uint8Array) => Uint8Array, text: (value: string) => string): HostCode => host(([input], { attrs }) => {
  const encoding = attrs.has('encoding') ? attrs.string('encoding') : '';
  if (encoding !== '' && encoding !== 'utf-8') invalid(`only utf-8 or '' (no encoding) is supported, received ${encoding}`);
  return [stringTensor(input!.shape, stringsOf(input!).map((bytes) => (encoding === '' ? ascii(bytes) : bytesOf(text(textOf(bytes))))))];
});

export const StringLower = cased(asciiCase(65, 90, 32), (text) => text.toLowerCase());
export const StringUpper = cased(asciiCase(97, 122, -32), (text) => text.toUpperCase());

const isSpace = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13);

function stripped(bytes: Uint8Array): Uint8Array {
  let [start, end] = [0, bytes.length];
  while (start < end && isSpace(bytes[start]!)) start++;
  while (end > start && isSpace(bytes[end - 1]!)) end--;
  return bytes.slice(start, end);
}

export const StringStrip = host(([input]) => [stringTensor(input!.shape, stringsOf(input!).map(stripped))]);

export const ReduceJoin = host(([input, axesArg], { attrs }) => {
  const { shape } = input!;
  const separator = bytesOf(attrs.string('separator'));
  const keeps = attrs.bool('keep_dims');
  const axes: number[] = [];
  for (const given of intsOf(axesArg!)) {
    if (given < -shape.length || given >= shape.length) invalid(`Invalid reduction dimension ${given} for input with ${shape.length} dimension(s)`);
    const axis = given < 0 ? given + shape.length : given;
    if (axes.includes(axis)) invalid(`Duplicate reduction dimension ${axis}`);
    axes.push(axis);
  }
  const strides = stridesOf(shape);
  const strings = stringsOf(input!);
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  // Of the reduced axes the one that is named first runs fastest.
  const offsets = (order: readonly number[]): number[] => order.reduce(
    (all, axis) => all.flatMap((offset) => Array.from({ length: shape[axis]! }, (_, i) => offset + i * strides[axis]!)), [0]);
  const within = offsets([...axes].reverse());
  const out = offsets(kept).map((start) => joined(within.map((offset) => strings[start + offset]!), separator));
  return [stringTensor(keeps ? shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)) : kept.map((axis) => shape[axis]!), out)];
});

export const UnsortedSegmentJoin = host(([input, ids, countArg], { attrs }) => {
  const count = scalarOf(countArg!);
  const lead = ids!.shape.length;
  if (lead === 0) invalid('Segment_id cannot have rank 0');
  if (ids!.shape.some((dim, axis) => dim !== input!.shape[axis])) {
    invalid(`data.shape = ${shapeText(input!.shape)} does not start with segment_ids.shape = ${shapeText(ids!.shape)}`);
  }
  const inner = sizeOf(input!.shape.slice(lead));
  const groups = Array.from({ length: count * inner }, (): Uint8Array[] => []);
  const strings = stringsOf(input!);
  intsOf(ids!).forEach((id, row) => {
    if (id >= count) invalid(`segment_ids[${row}] = ${id} is out of range [0, ${count})`);
    for (let i = 0; id >= 0 && i < inner; i++) groups[id * inner + i]!.push(strings[row * inner + i]!);
  });
  const separator = bytesOf(attrs.string('separator'));
  // Nothing separates what comes after nothing.
  const startOf = (group: readonly Uint8Array[]): number => Math.max(0, group.findIndex((part) => part.length > 0));
  return [stringTensor([count, ...input!.shape.slice(lead)], groups.map((group) => joined(group.slice(startOf(group)), separator)))];
});

/** (row, place) indices, values and the dense shape of rows of different lengths. */
function sparseRows(rows: readonly (readonly Uint8Array[])[]): HostTensor[] {
  const indices = rows.flatMap((row, i) => row.flatMap((_, place) => [i, place]));
  const values = rows.flat();
  return [
    intTensor('int64', indices, [values.length, 2]), stringTensor([values.length], values),
    intTensor('int64', [rows.length, rows.reduce((most, row) => Math.max(most, row.length), 0)]),
  ];
}


/** Splits at every byte of the delimiter; into single bytes when it is empty. */
export const StringSplit = host(([input, delimiterArg], { attrs }) => {
  const skips = attrs.bool('skip_empty');
  if (delimiterArg!.size !== 1) invalid(`delimiter must be a scalar, got shape: ${shapeText(delimiterArg!.shape)}`);
  const delimiter = stringsOf(delimiterArg!)[0]!;
  return sparseRows(stringsOf(input!).map((bytes) => {
    if (bytes.length === 0) return [];
    if (delimiter.length === 0) return Array.from(bytes, (byte) => Uint8Array.of(byte));
    const parts: Uint8Array[] = [];
    let start = 0;
    for (let i = 0; i <= bytes.length; i++) {
      if (i < bytes.length && !delimiter.includes(bytes[i]!)) continue;
      if (!skips || i > start) parts.push(bytes.slice(start, i));
      start = i + 1;
    }
    return parts;
  }));
});

/** Splits at a separator as Python does: an empty one means runs of white space. */
export const StringSplitV2 = host(([input, separatorArg], { attrs }) => {
  const most = attrs.int('maxsplit');
  if (input!.shape.length !== 1) invalid(`input must be a vector, got shape: ${shapeText(input!.shape)}`);
  const separator = stringsOf(separatorArg!)[0]!;
  return sparseRows(stringsOf(input!).map((bytes) => (separator.length === 0 ? splitSpaces(bytes, most) : splitAt(bytes, separator, most))));
});

function splitSpaces(bytes: Uint8Array, most: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (;;) {
    while (at < bytes.length && isSpace(bytes[at]!)) at++;
    if (at >= bytes.length) return parts;
    if (most >= 0 && parts.length === most) return [...parts, bytes.slice(at)];
    const start = at;
    while (at < bytes.length && !isSpace(bytes[at]!)) at++;
    parts.push(bytes.slice(start, at));
  }
}

function splitAt(bytes: Uint8Array, separator: Uint8Array, most: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let i = 0; i + separator.length <= bytes.length && (most < 0 || parts.length < most);) {
    if (sameBytes(bytes.subarray(i, i + separator.length), separator)) {
      parts.push(bytes.slice(start, i));
      i += separator.length;
      start = i;
    } else i++;
  }
  return [...parts, bytes.slice(start)];
}

/** N-grams of ragged rows. */
export const StringNGrams = host(([input, splitsArg], { attrs, outputDtypes }) => {
  const separator = bytesOf(attrs.string('separator'));
  const [left, right] = [bytesOf(attrs.string('left_pad')), bytesOf(attrs.string('right_pad'))];
  const widths = attrs.ints('ngram_widths');
  const padWidth = attrs.int('pad_width');
  const preserves = attrs.bool('preserve_short_sequences');
  const [tokens, splits] = [stringsOf(input!), intsOf(splitsArg!)];
  if (splits.length > 0) {
    if (splits[0] !== 0) invalid(`First split value must be 0, got ${splits[0]}`);
    splits.forEach((split, i) => i > 0 && (split < splits[i - 1]! || split > tokens.length) &&
      invalid(`Invalid split value ${split}, must be in [${splits[i - 1]}, ${tokens.length}]`));
    if (splits.at(-1) !== tokens.length) invalid(`Last split value must be data size. Expected ${tokens.length}, got ${splits.at(-1)}`);
  }
  const out: Uint8Array[] = [];
  const ends = splits.length > 0 ? [0] : [];
  splits.slice(1).forEach((end, row) => {
    const words = tokens.slice(splits[row], end);
    const before = out.length;
    for (const width of widths) {
      const pad = Math.min(padWidth < 0 ? width - 1 : padWidth, width - 1);
      const padded = [...new Array<Uint8Array>(pad).fill(left), ...words, ...new Array<Uint8Array>(pad).fill(right)];
      for (let i = 0; i + width <= padded.length; i++) out.push(joined(padded.slice(i, i + width), separator));
    }
    if (preserves && out.length === before && words.length > 0) {
      const pad = padWidth < 0 ? 0 : Math.max(0, padWidth);
      out.push(joined([...new Array<Uint8Array>(pad).fill(left), ...words, ...new Array<Uint8Array>(pad).fill(right)], separator));
    }
    ends.push(out.length);
  });
  return [stringTensor([out.length], out), intTensor(outputDtypes[1] ?? 'int64', ends)];
});
