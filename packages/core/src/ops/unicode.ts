/** Strings in an encoding, and their code points. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { rankIs, unchanged } from './shapes/common.js';

/** What becomes of what is malformed. */
interface UnicodeOptions extends OpOptions {
  readonly errors?: 'strict' | 'replace' | 'ignore';
  readonly replacementChar?: number;
}

/** The code points of each string, as ragged rows. */
export const unicodeDecode = defineOp<
  <Splits extends DType = 'int64'>(
    input: TensorLike<'string'>, inputEncoding: string,
    options?: UnicodeOptions & { replaceControlCharacters?: boolean; tsplits?: Splits },
  ) => Outputs<{ rowSplits: Tensor<Splits>; charValues: Tensor<'int32'> }>
>({
  signature: "UnicodeDecode(input: string) -> (row_splits: Tsplits, char_values: int32) | input_encoding: string; errors: " +
    "string in [strict, replace, ignore] = 'replace'; replacement_char: int = 65533; replace_control_characters: bool " +
    "= false; Tsplits: type in $index = int64",
  shape: () => [[null], [null]],
  isDataShaped: true,
});

/** The code points of each string, as ragged rows, and the byte at which each starts. */
export const unicodeDecodeWithOffsets = defineOp<
  <Splits extends DType = 'int64'>(
    input: TensorLike<'string'>, inputEncoding: string,
    options?: UnicodeOptions & { replaceControlCharacters?: boolean; tsplits?: Splits },
  ) => Outputs<{ rowSplits: Tensor<Splits>; charValues: Tensor<'int32'>; charToByteStarts: Tensor<'int64'> }>
>({
  signature: "UnicodeDecodeWithOffsets(input: string) -> (row_splits: Tsplits, char_values: int32, char_to_byte_starts: int64) | " +
    "input_encoding: string; errors: string in [strict, replace, ignore] = 'replace'; replacement_char: int = 65533; " +
    "replace_control_characters: bool = false; Tsplits: type in $index = int64",
  shape: () => [[null], [null], [null]],
  isDataShaped: true,
});

/** Rows of code points as strings. */
export const unicodeEncode = defineOp<
  <Splits extends DType = 'int64'>(
    inputValues: TensorLike<'int32'>, inputSplits: TensorLike<Splits>, outputEncoding: 'UTF-8' | 'UTF-16-BE' | 'UTF-32-BE',
    options?: UnicodeOptions,
  ) => Tensor<'string'>
>({
  signature: "UnicodeEncode(input_values: int32, input_splits: Tsplits) -> (output: string) | errors: string in [ignore, replace, " +
    "strict] = 'replace'; output_encoding: string in [UTF-8, UTF-16-BE, UTF-32-BE]; replacement_char: int = 65533; Tsplits: type " +
    "in $index = int64",
  shape: (c) => {
    rankIs(c, 0, 1, 'input_values');
    const [splits = null] = rankIs(c, 1, 1, 'input_splits');
    if (splits === 0) c.fail('input_splits must hold one number more than there are rows, but is empty.');
    return [[splits === null ? null : splits - 1]];
  },
});

/** ICU's numbers of the code points' scripts; -1 for what is no code point. */
export const unicodeScript = defineOp<(input: TensorLike<'int32'>, options?: OpOptions) => Tensor<'int32'>>({
  signature: 'UnicodeScript(input: int32) -> (output: int32)',
  shape: unchanged,
});

/** Strings in another encoding. */
export const unicodeTranscode = defineOp<
  (
    input: TensorLike<'string'>, inputEncoding: string, outputEncoding: 'UTF-8' | 'UTF-16-BE' | 'UTF-32-BE',
    options?: UnicodeOptions & { replaceControlCharacters?: boolean },
  ) => Tensor<'string'>
>({
  signature: "UnicodeTranscode(input: string) -> (output: string) | input_encoding: string; output_encoding: string in [UTF-8, UTF-16-BE, " +
    "UTF-32-BE]; errors: string in [strict, replace, ignore] = 'replace'; replacement_char: int = 65533; replace_control_characters: bool " +
    "= false",
  shape: unchanged,
});
