/** Sequences of symbols: distances, decoding, sets. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import type { PartialShape } from '../shape.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeFunction } from './opDef.js';
import { mergeDim, rankIs } from './shapes/common.js';

/** The larger of both shapes but for the last dimension. */
const distances: ShapeFunction = (c) => {
  const [hypothesis, truth] = [c.shapeValue(2), c.shapeValue(5)];
  if (hypothesis === null || truth === null) return [null];
  return [hypothesis.slice(0, -1).map((dim, axis) => {
    const other = truth[axis] ?? null;
    return dim === null || other === null ? null : Math.max(dim, other);
  })];
};

/** The Levenshtein distance of each two rows of sparse tensors, over the length of the true one unless `normalize` is false. */
export const editDistance = defineOp<
  <D extends DType>(
    hypothesisIndices: TensorLike<'int64'>, hypothesisValues: TensorLike<D>, hypothesisShape: TensorLike<'int64'>, truthIndices:
    TensorLike<'int64'>, truthValues: TensorLike<D>, truthShape: TensorLike<'int64'>,
    options?: OpOptions & { normalize?: boolean },
  ) => Tensor<'float32'>
>({
  signature: 'EditDistance(hypothesis_indices: int64, hypothesis_values: T, hypothesis_shape: int64, truth_indices: int64, truth_values: T, ' +
    'truth_shape: int64) -> (output: float) | normalize: bool = true; T: type',
  shape: distances,
});

/** The likeliest class of each step, without blanks, and what it costs. */
export const ctcGreedyDecoder = defineOp<
  <D extends DType>(
    inputs: TensorLike<D>, sequenceLength: TensorLike<'int32'>,
    options?: OpOptions & { mergeRepeated?: boolean; blankIndex?: number },
  ) => Outputs<{ decodedIndices: Tensor<'int64'>; decodedValues: Tensor<'int64'>; decodedShape: Tensor<'int64'>; logProbability: Tensor<D> }>
>({
  signature: 'CTCGreedyDecoder(inputs: T, sequence_length: int32) -> (decoded_indices: int64, decoded_values: int64, decoded_shape: int64, ' +
    'log_probability: T) | merge_repeated: bool = false; blank_index: int = -1; T: type in [float, double] = float',
  shape: (c) => {
    const batch = rankIs(c, 0, 3, 'inputs')[1] ?? null;
    // Whether there is a length for each of the batch is asked by the kernel, which has a class of error of its own for it.
    const [lengths = null] = rankIs(c, 1, 1, 'sequence_length');
    return [[null, 2], [null], [2], [batch ?? lengths, 1]];
  },
  isDataShaped: true,
});

/** The likeliest label sequences, each summed over its alignments, as sparse tensors, and the logarithms of their probabilities. */
export const ctcBeamSearchDecoder = defineOp<
  <D extends DType>(
    inputs: TensorLike<D>, sequenceLength: TensorLike<'int32'>,
    options: OpOptions & { beamWidth: number; topPaths: number; mergeRepeated?: boolean },
  ) => Outputs<{ decodedIndices: Tensor<'int64'>[]; decodedValues: Tensor<'int64'>[]; decodedShape: Tensor<'int64'>[]; logProbability: Tensor<D> }>
>({
  signature: 'CTCBeamSearchDecoder(inputs: T, sequence_length: int32) -> (decoded_indices: top_paths*int64, decoded_values: top_paths*int64, ' +
    'decoded_shape: top_paths*int64, log_probability: T) | beam_width: int >= 1; top_paths: int >= 1; merge_repeated: bool = true; ' +
    'T: type in [float, double] = float',
  shape: (c) => {
    const paths = c.attrs.int('top_paths');
    const of = (shape: PartialShape): PartialShape[] => new Array<PartialShape>(paths).fill(shape);
    return [...of([null, 2]), ...of([null]), ...of([2]), [rankIs(c, 0, 3, 'inputs')[1] ?? null, paths]];
  },
  isDataShaped: true,
});

/** The number of different values in each row of a sparse tensor. */
export const setSize = defineOp<
  <D extends DType>(
    setIndices: TensorLike<'int64'>, setValues: TensorLike<D>, setShape: TensorLike<'int64'>,
    options?: OpOptions & { validateIndices?: boolean },
  ) => Tensor<'int32'>
>({
  signature: 'SetSize(set_indices: int64, set_values: T, set_shape: int64) -> (size: int32) | validate_indices: bool = true; T: type in ' +
    '[$index, int8, int16, uint8, uint16, string]',
  shape: (c) => [c.shapeValue(2)?.slice(0, -1) ?? null],
});

/** The loss of connectionist temporal classification for each batch, and its gradient by the inputs [time, batch, classes]. */
export const ctcLoss = defineOp<
  <D extends DType>(
    inputs: TensorLike<D>, labelsIndices: TensorLike<'int64'>, labelsValues: TensorLike<'int32'>, sequenceLength: TensorLike<'int32'>,
    options?: OpOptions & { preprocessCollapseRepeated?: boolean; ctcMergeRepeated?: boolean; ignoreLongerOutputsThanInputs?: boolean },
  ) => Outputs<{ loss: Tensor<D>; gradient: Tensor<D> }>
>({
  signature: 'CTCLoss(inputs: T, labels_indices: int64, labels_values: int32, sequence_length: int32) -> (loss: T, gradient: T) | ' +
    'preprocess_collapse_repeated: bool = false; ctc_merge_repeated: bool = true; ignore_longer_outputs_than_inputs: bool = false; T: type in ' +
    '[float, double] = float',
  shape: (c) => {
    const inputs = rankIs(c, 0, 3, 'inputs');
    mergeDim(c, rankIs(c, 1, 2, 'labels_indices')[0] ?? null, rankIs(c, 2, 1, 'labels_values')[0] ?? null, 'labels_indices and labels_values');
    const batch = mergeDim(c, inputs[1] ?? null, rankIs(c, 3, 1, 'sequence_length')[0] ?? null, 'batch of inputs and sequence_length');
    return [[batch], [inputs[0] ?? null, batch, inputs[2] ?? null]];
  },
});
