/** Non-maximum suppression: the best of many boxes, without those that overlap a better one too much. */
import { limitsOf, type DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { attr, inputOf, number, one } from './bodies.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { OpBody } from './opDef.js';
import { rankIs, scalarOf } from './shapes/common.js';
import { combinedSuppressed, suppressed, suppressedByOverlaps } from './shapes/image.js';

/**
 * What all versions are made of where boxes do not come to the host: indices and scores of the kept boxes, best first and then zeros, one place per
 * box or `size` places, and how many are kept. The least score is one that no kept box has.
 */
export const suppression = defineOp<
  <D extends DType>(
    boxes: TensorLike<D>, scores: TensorLike<D>, maxOutputSize: TensorLike<'int32'>, iouThreshold: TensorLike, scoreThreshold: TensorLike, softNmsSigma: TensorLike,
    options?: OpOptions & { size?: number },
  ) => Outputs<{ selectedIndices: Tensor<'int32'>; selectedScores: Tensor<D>; validOutputs: Tensor<'int32'> }>
>({
  signature: '_Suppression(boxes: T, scores: T, max_output_size: int32, iou_threshold: Ti, score_threshold: Ts, soft_nms_sigma: Tg) -> ' +
    '(selected_indices: int32, selected_scores: T, valid_outputs: int32) | T: type in [half, float]; Ti: type in [half, float]; ' +
    'Ts: type in [half, float]; Tg: type in [half, float]; size: int = -1',
  shape: (c) => {
    const size = c.attrs.int('size');
    const places = size < 0 ? (rankIs(c, 1, 1, 'scores')[0] ?? null) : size;
    return [[places], [places], []];
  },
});

/** The first `count` elements of a vector, where it lies: what is born from data by a number alone. */
export const leading = defineOp<<D extends DType>(input: TensorLike<D>, count: TensorLike<'int32'>, options?: OpOptions) => Tensor<D>>({
  signature: '_Leading(input: T, count: int32) -> (output: T) | T: type',
  shape: (c) => [[scalarOf(c, 1, false) ?? null]],
  isDataShaped: true,
});

/**
 * Selection on the device, then the first of its results. `score` and `sigma` tell which inputs those are, of versions that have them. Where results
 * are padded to a number that the graph does not tell, there is no body: memory is laid out when a plan is made.
 */
function suppressionBody({ score, sigma }: { readonly score?: number; readonly sigma?: number }): OpBody {
  return (b, inputs) => {
    const [boxes, scores, limit] = [inputOf(inputs, 0), inputOf(inputs, 1), inputOf(inputs, 2)];
    const iou = b.attrs.has('iou_threshold') ? number(b, b.attrs.float('iou_threshold'), 'float32') : inputOf(inputs, 3);
    const lowest = score === undefined ? number(b, limitsOf(scores.dtype).lowest as number, 'float32') : inputOf(inputs, score);
    const isCounted = b.attrs.has('pad_to_max_output_size');
    const isPadded = isCounted && b.attrs.bool('pad_to_max_output_size');
    const size = b.valueOf(limit);
    if (isPadded && size === undefined) return undefined;
    const count = isPadded ? Number(size!.data[0]) : -1;
    const [places, kept, valid] = b.op('_Suppression', [boxes, scores, limit, iou, lowest, sigma === undefined ? number(b, 0, 'float32') : inputOf(inputs, sigma)], {
      size: attr.int(isPadded ? Math.max(0, count) : -1),
    });
    const results = [places!, ...(sigma === undefined ? [] : [kept!])].map((value) => (isPadded ? value : one(b, '_Leading', [value, valid!])));
    return isCounted ? [...results, valid!] : results;
  };
}

/** The best boxes that do not overlap too much. */
export const nonMaxSuppression = defineOp<
  (
    boxes: TensorLike<'float32'>, scores: TensorLike<'float32'>, maxOutputSize: TensorLike<'int32'>,
    options?: OpOptions & { iouThreshold?: number },
  ) => Tensor<'int32'>
>({
  signature: 'NonMaxSuppression(boxes: float, scores: float, max_output_size: int32) -> (selected_indices: int32) | ' +
    'iou_threshold: float = 0.5',
  shape: suppressed,
  body: suppressionBody({}),
  isDataShaped: true,
});

/** The best boxes that do not overlap too much; the threshold is an input. */
export const nonMaxSuppressionV2 = defineOp<
  <D extends DType>(
    boxes: TensorLike<D>, scores: TensorLike<D>, maxOutputSize: TensorLike<'int32'>, iouThreshold: TensorLike<'float16' | 'float32'>,
    options?: OpOptions,
  ) => Tensor<'int32'>
>({
  signature: 'NonMaxSuppressionV2(boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold) -> ' +
    '(selected_indices: int32) | T: type in [half, float] = float; T_threshold: type in [half, float] = float',
  shape: suppressed,
  body: suppressionBody({}),
  isDataShaped: true,
});

/** NonMaxSuppressionV2 without boxes of too low a score. */
export const nonMaxSuppressionV3 = defineOp<
  <D extends DType, _threshold extends DType>(
    boxes: TensorLike<D>, scores: TensorLike<D>, maxOutputSize: TensorLike<'int32'>, iouThreshold: TensorLike<_threshold>,
    scoreThreshold: TensorLike<_threshold>,
    options?: OpOptions,
  ) => Tensor<'int32'>
>({
  signature: 'NonMaxSuppressionV3(boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold, score_threshold: ' +
    'T_threshold) -> (selected_indices: int32) | T: type in [half, float] = float; T_threshold: type in [half, float] ' +
    '= float',
  shape: suppressed,
  body: suppressionBody({ score: 4 }),
  isDataShaped: true,
});

/** NonMaxSuppressionV3, padded to max_output_size if asked, and the number of valid boxes. */
export const nonMaxSuppressionV4 = defineOp<
  <D extends DType, _threshold extends DType>(
    boxes: TensorLike<D>, scores: TensorLike<D>, maxOutputSize: TensorLike<'int32'>, iouThreshold: TensorLike<_threshold>,
    scoreThreshold: TensorLike<_threshold>,
    options?: OpOptions & { padToMaxOutputSize?: boolean },
  ) => Outputs<{ selectedIndices: Tensor<'int32'>; validOutputs: Tensor<'int32'> }>
>({
  signature: 'NonMaxSuppressionV4(boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold, score_threshold: ' +
    'T_threshold) -> (selected_indices: int32, valid_outputs: int32) | T: type in [half, float] = float; T_threshold: ' +
    'type in [half, float] = float; pad_to_max_output_size: bool = false',
  shape: suppressed,
  body: suppressionBody({ score: 4 }),
  isDataShaped: true,
});

/** NonMaxSuppressionV4 with soft suppression: scores fall with the overlap, and are given out. */
export const nonMaxSuppressionV5 = defineOp<
  <D extends DType>(
    boxes: TensorLike<D>, scores: TensorLike<D>, maxOutputSize: TensorLike<'int32'>, iouThreshold: TensorLike<D>,
    scoreThreshold: TensorLike<D>, softNmsSigma: TensorLike<D>,
    options?: OpOptions & { padToMaxOutputSize?: boolean },
  ) => Outputs<{ selectedIndices: Tensor<'int32'>; selectedScores: Tensor<D>; validOutputs: Tensor<'int32'> }>
>({
  signature: 'NonMaxSuppressionV5(boxes: T, scores: T, max_output_size: int32, iou_threshold: T, score_threshold: T, ' +
    'soft_nms_sigma: T) -> (selected_indices: int32, selected_scores: T, valid_outputs: int32) | T: type in [half, ' +
    'float] = float; pad_to_max_output_size: bool = false',
  shape: suppressed,
  body: suppressionBody({ score: 4, sigma: 5 }),
  isDataShaped: true,
});

/** The best boxes by a matrix of overlaps. */
export const nonMaxSuppressionWithOverlaps = defineOp<
  (
    overlaps: TensorLike<'float32'>, scores: TensorLike<'float32'>, maxOutputSize: TensorLike<'int32'>,
    overlapThreshold: TensorLike<'float32'>, scoreThreshold: TensorLike<'float32'>,
    options?: OpOptions,
  ) => Tensor<'int32'>
>({
  signature: 'NonMaxSuppressionWithOverlaps(overlaps: float, scores: float, max_output_size: int32, overlap_threshold: float, ' +
    'score_threshold: float) -> (selected_indices: int32)',
  shape: suppressedByOverlaps,
  isDataShaped: true,
});

/** Non-max suppression per class and image. */
export const combinedNonMaxSuppression = defineOp<
  (
    boxes: TensorLike<'float32'>, scores: TensorLike<'float32'>, maxOutputSizePerClass: TensorLike<'int32'>,
    maxTotalSize: TensorLike<'int32'>, iouThreshold: TensorLike<'float32'>, scoreThreshold: TensorLike<'float32'>,
    options?: OpOptions & { padPerClass?: boolean; clipBoxes?: boolean },
  ) => Outputs<{ nmsedBoxes: Tensor<'float32'>; nmsedScores: Tensor<'float32'>; nmsedClasses: Tensor<'float32'>; validDetections: Tensor<'int32'> }>
>({
  signature: 'CombinedNonMaxSuppression(boxes: float, scores: float, max_output_size_per_class: int32, max_total_size: int32, ' +
    'iou_threshold: float, score_threshold: float) -> (nmsed_boxes: float, nmsed_scores: float, nmsed_classes: float, ' +
    'valid_detections: int32) | pad_per_class: bool = false; clip_boxes: bool = true',
  shape: combinedSuppressed,
});
