/** Strings: bytes, in UTF-8 where characters matter. */
import type { DType } from '../dtypes.js';
import type { PartialShape } from '../shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeFunction } from './opDef.js';
import { broadcastAll, merge, rankAtLeast, rankIs, scalars, unchanged } from './shapes/common.js';
import { reduced } from './shapes/reduction.js';
import { numberedSegments } from './shapes/segment.js';

/** The parts of each string of a vector as a sparse matrix. */
const splitStrings: ShapeFunction = (c) => {
  rankIs(c, 0, 1, 'input');
  rankIs(c, 1, 0, 'the separator');
  return [[null, 2], [null], [2]];
};

/** The strings of all inputs joined, element by element; scalars are repeated. */
export const stringJoin = defineOp<
  (inputs: readonly TensorLike<'string'>[], options?: OpOptions & { separator?: string }) => Tensor<'string'>
>({
  signature: "StringJoin(inputs: N*string) -> (output: string) | N: int >= 0; separator: string = ''",
  shape: (c) => {
    let shape: PartialShape = [];
    for (let i = 0; i < c.inputCount; i++) {
      const other = c.shape(i);
      if (other?.length === 0) continue;
      shape = shape?.length === 0 ? other : merge(c, shape, other, 'the inputs that are not scalars');
    }
    return [shape];
  },
});

/** A template with its placeholders replaced by the inputs. */
export const stringFormat = defineOp<
  (
    inputs: readonly TensorLike[],
    options?: OpOptions & { template?: string; placeholder?: string; summarize?: number },
  ) => Tensor<'string'>
>({
  signature: "StringFormat(inputs: list(T)) -> (output: string) | T: list(type) >= 0; template: string = '%s'; placeholder: " +
    "string = '%s'; summarize: int = 3",
  shape: () => [[]],
});

/** The number of bytes or characters of each string. */
export const stringLength = defineOp<
  (input: TensorLike<'string'>, options?: OpOptions & { unit?: 'BYTE' | 'UTF8_CHAR' }) => Tensor<'int32'>
>({
  signature: "StringLength(input: string) -> (output: int32) | unit: string in [BYTE, UTF8_CHAR] = 'BYTE'",
  shape: unchanged,
});

/** The strings in lower case. */
export const stringLower = defineOp<(input: TensorLike<'string'>, options?: OpOptions & { encoding?: string }) => Tensor<'string'>>({
  signature: "StringLower(input: string) -> (output: string) | encoding: string = ''",
  shape: unchanged,
});

/** The strings in upper case. */
export const stringUpper = defineOp<(input: TensorLike<'string'>, options?: OpOptions & { encoding?: string }) => Tensor<'string'>>({
  signature: "StringUpper(input: string) -> (output: string) | encoding: string = ''",
  shape: unchanged,
});

/** The strings without white space at both ends. */
export const stringStrip = defineOp<(input: TensorLike<'string'>, options?: OpOptions) => Tensor<'string'>>({
  signature: 'StringStrip(input: string) -> (output: string)',
  shape: unchanged,
});

/** The parts of each string between delimiters, as a sparse matrix. */
export const stringSplit = defineOp<
  (
    input: TensorLike<'string'>, delimiter: TensorLike<'string'>,
    options?: OpOptions & { skipEmpty?: boolean },
  ) => Outputs<{ indices: Tensor<'int64'>; values: Tensor<'string'>; shape: Tensor<'int64'> }>
>({
  signature: 'StringSplit(input: string, delimiter: string) -> (indices: int64, values: string, shape: int64) | skip_empty: bool = true',
  shape: splitStrings,
  isDataShaped: true,
});

/** The parts of each string between separators, as a sparse matrix. */
export const stringSplitV2 = defineOp<
  (
    input: TensorLike<'string'>, sep: TensorLike<'string'>,
    options?: OpOptions & { maxsplit?: number },
  ) => Outputs<{ indices: Tensor<'int64'>; values: Tensor<'string'>; shape: Tensor<'int64'> }>
>({
  signature: 'StringSplitV2(input: string, sep: string) -> (indices: int64, values: string, shape: int64) | maxsplit: int = -1',
  shape: splitStrings,
  isDataShaped: true,
});

/** The n-grams of ragged rows of tokens. */
export const stringNGrams = defineOp<
  <Splits extends DType>(
    data: TensorLike<'string'>, dataSplits: TensorLike<Splits>, separator: string, ngramWidths: readonly number[], leftPad: string,
    rightPad: string, padWidth: number, preserveShortSequences: boolean,
    options?: OpOptions,
  ) => Outputs<{ ngrams: Tensor<'string'>; ngramsSplits: Tensor<Splits> }>
>({
  signature: 'StringNGrams(data: string, data_splits: Tsplits) -> (ngrams: string, ngrams_splits: Tsplits) | separator: ' +
    'string; ngram_widths: list(int) >= 0; left_pad: string; right_pad: string; pad_width: int; ' +
    'preserve_short_sequences: bool; Tsplits: type in $index = int64',
  shape: (c) => {
    rankIs(c, 0, 1, 'data');
    return [[null], rankIs(c, 1, 1, 'data_splits')];
  },
  isDataShaped: true,
});

/** The numbers that strings spell. */
export const stringToNumber = defineOp<
  <Out extends DType = 'float32'>(stringTensor: TensorLike<'string'>, options?: OpOptions & { outType?: Out }) => Tensor<Out>
>({
  signature: 'StringToNumber(string_tensor: string) -> (output: out_type) | out_type: type in [$index, float, double, uint32, ' +
    'uint64] = float',
  shape: unchanged,
});

/** A hash of each string, modulo num_buckets. */
export const stringToHashBucket = defineOp<
  (stringTensor: TensorLike<'string'>, numBuckets: number, options?: OpOptions) => Tensor<'int64'>
>({
  signature: 'StringToHashBucket(string_tensor: string) -> (output: int64) | num_buckets: int >= 1',
  shape: unchanged,
});

/** FarmHash's fingerprint of each string, modulo num_buckets. */
export const stringToHashBucketFast = defineOp<(input: TensorLike<'string'>, numBuckets: number, options?: OpOptions) => Tensor<'int64'>>({
  signature: 'StringToHashBucketFast(input: string) -> (output: int64) | num_buckets: int >= 1',
  shape: unchanged,
});

/** SipHash of each string under a key, modulo num_buckets. */
export const stringToHashBucketStrong = defineOp<
  (input: TensorLike<'string'>, numBuckets: number, key: readonly number[], options?: OpOptions) => Tensor<'int64'>
>({
  signature: 'StringToHashBucketStrong(input: string) -> (output: int64) | num_buckets: int >= 1; key: list(int)',
  shape: unchanged,
});

/** Each element as text. */
export const asString = defineOp<
  (
    input: TensorLike,
    options?: OpOptions & { precision?: number; scientific?: boolean; shortest?: boolean; width?: number; fill?: string },
  ) => Tensor<'string'>
>({
  signature: "AsString(input: T) -> (output: string) | T: type in [$real, $complex, bool, variant, string]; precision: int = " +
    "-1; scientific: bool = false; shortest: bool = false; width: int = -1; fill: string = ''",
  shape: unchanged,
});

/** Parts of strings, from pos on, of length len. */
export const substr = defineOp<
  <D extends DType>(
    input: TensorLike<'string'>, pos: TensorLike<D>, len: TensorLike<D>,
    options?: OpOptions & { unit?: 'BYTE' | 'UTF8_CHAR' },
  ) => Tensor<'string'>
>({
  signature: "Substr(input: string, pos: T, len: T) -> (output: string) | T: type in $index; unit: string in [BYTE, UTF8_CHAR] = 'BYTE'",
  shape: (c) => [broadcastAll(c, [c.shape(0), merge(c, c.shape(1), c.shape(2), 'pos and len')])],
});

/** The strings with what matches a pattern replaced. */
export const regexReplace = defineOp<
  (
    input: TensorLike<'string'>, pattern: TensorLike<'string'>, rewrite: TensorLike<'string'>,
    options?: OpOptions & { replaceGlobal?: boolean },
  ) => Tensor<'string'>
>({
  signature: 'RegexReplace(input: string, pattern: string, rewrite: string) -> (output: string) | replace_global: bool = true',
  shape: (c) => {
    scalars(c, 1, 2);
    return [c.shape(0)];
  },
});

/** RegexReplace with the pattern as an attribute. */
export const staticRegexReplace = defineOp<
  (input: TensorLike<'string'>, pattern: string, rewrite: string, options?: OpOptions & { replaceGlobal?: boolean }) => Tensor<'string'>
>({
  signature: 'StaticRegexReplace(input: string) -> (output: string) | pattern: string; rewrite: string; replace_global: bool = true',
  shape: unchanged,
});

/** Whether a pattern matches each string as a whole. */
export const regexFullMatch = defineOp<
  (input: TensorLike<'string'>, pattern: TensorLike<'string'>, options?: OpOptions) => Tensor<'bool'>
>({
  signature: 'RegexFullMatch(input: string, pattern: string) -> (output: bool)',
  shape: (c) => {
    scalars(c, 1);
    return [c.shape(0)];
  },
});

/** RegexFullMatch with the pattern as an attribute. */
export const staticRegexFullMatch = defineOp<(input: TensorLike<'string'>, pattern: string, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'StaticRegexFullMatch(input: string) -> (output: bool) | pattern: string',
  shape: unchanged,
});

/** The strings joined over axes. */
export const reduceJoin = defineOp<
  (
    inputs: TensorLike<'string'>, reductionIndices: TensorLike<'int32'>,
    options?: OpOptions & { keepDims?: boolean; separator?: string },
  ) => Tensor<'string'>
>({
  signature: "ReduceJoin(inputs: string, reduction_indices: int32) -> (output: string) | keep_dims: bool = false; separator: string = ''",
  shape: reduced,
});

/** The strings with equal ids joined. */
export const unsortedSegmentJoin = defineOp<
  (
    inputs: TensorLike<'string'>, segmentIds: TensorLike<'int32' | 'int64'>, numSegments: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { separator?: string },
  ) => Tensor<'string'>
>({
  signature: "UnsortedSegmentJoin(inputs: string, segment_ids: Tindices, num_segments: Tnumsegments) -> (output: string) | " +
    "separator: string = ''; Tindices: type in $index; Tnumsegments: type in $index = int32",
  shape: numberedSegments,
});

/** The bytes of strings of one length as elements of a dtype, in a last dimension. */
export const decodeRaw = defineOp<
  <Out extends DType>(bytes: TensorLike<'string'>, outType: Out, options?: OpOptions & { littleEndian?: boolean }) => Tensor<Out>
>({
  signature: 'DecodeRaw(bytes: string) -> (output: out_type) | out_type: type in [$inexact, $signed, uint16, uint8, bool]; ' +
    'little_endian: bool = true',
  shape: (c) => {
    const bytes = c.shape(0);
    return [bytes === null ? null : [...bytes, null]];
  },
  isDataShaped: true,
});

/** The bytes that web-safe base64 spells. */
export const decodeBase64 = defineOp<(input: TensorLike<'string'>, options?: OpOptions) => Tensor<'string'>>({
  signature: 'DecodeBase64(input: string) -> (output: string)',
  shape: unchanged,
});

/** Web-safe base64 of strings. */
export const encodeBase64 = defineOp<(input: TensorLike<'string'>, options?: OpOptions & { pad?: boolean }) => Tensor<'string'>>({
  signature: 'EncodeBase64(input: string) -> (output: string) | pad: bool = false',
  shape: unchanged,
});

/** The tensor in a serialized TensorProto. */
export const parseTensor = defineOp<
  <Out extends DType>(serialized: TensorLike<'string'>, outType: Out, options?: OpOptions) => Tensor<Out>
>({
  signature: 'ParseTensor(serialized: string) -> (output: out_type) | out_type: type',
  shape: () => [null],
  isDataShaped: true,
});

/** A tensor as a serialized TensorProto. */
export const serializeTensor = defineOp<(tensor: TensorLike, options?: OpOptions) => Tensor<'string'>>({
  signature: 'SerializeTensor(tensor: T) -> (serialized: string) | T: type',
  shape: () => [[]],
});

/** A fingerprint of 8 bytes for each row. */
export const fingerprint = defineOp<(data: TensorLike, method: TensorLike<'string'>, options?: OpOptions) => Tensor<'uint8'>>({
  signature: 'Fingerprint(data: T, method: string) -> (fingerprint: uint8) | T: type',
  shape: (c) => {
    rankIs(c, 1, 0, 'method');
    return [[rankAtLeast(c, 0, 1, 'data')?.[0] ?? null, 8]];
  },
});
