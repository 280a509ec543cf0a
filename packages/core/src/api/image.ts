/** `tf.image`: images are [batch, height, width, channels], or without batch where a function says so. */
import type { DType } from '../dtypes.js';
import { dtypeInfo } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import { HostTensor } from '../hostTensor.js';
import type { OpOptions } from '../ops/apply.js';
import { addConst, convertToTensor, type TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { graphOf, inScope, toTensor } from './arguments.js';
import { reduceMean } from './reductions.js';

export * from '../ops/image.js';
export { rgbToHSV as rgbToHsv, hsvToRGB as hsvToRgb, cropAndResize } from '../ops/families.js';

/** How an image is resized. */
export type ResizeMethod = 'bilinear' | 'nearest' | 'bicubic' | 'area';

export interface ResizeOptions extends OpOptions {
  readonly method?: ResizeMethod;
  readonly alignCorners?: boolean;
}

/** Images, or one image, in another size [height, width]. Results are float32, but of 'nearest' of the images' dtype. */
export function resizeImages(images: TensorLike, size: TensorLike<'int32'>, options: ResizeOptions = {}): Tensor {
  const { method = 'bilinear', alignCorners = false, name } = options;
  return inScope(graphOf(images, size), name, 'resize', () =>
    batched(images, (batch) => {
      const sizes = convertToTensor(batch.graph, size, { dtype: 'int32', name: 'size' }) as Tensor<'int32'>;
      switch (method) {
        case 'bilinear':
          return ops.resizeBilinear(batch, sizes, { alignCorners });
        case 'nearest':
          return ops.resizeNearestNeighbor(batch, sizes, { alignCorners });
        case 'bicubic':
          return ops.resizeBicubic(batch, sizes, { alignCorners });
        case 'area':
          return ops.resizeArea(batch, sizes, { alignCorners });
        default:
          throw new ValueError(`Resize method is not implemented: ${String(method satisfies never)}`);
      }
    }),
  );
}

/** Applies a function of batches to a batch, or to one image as a batch of one. */
function batched(images: TensorLike, apply: (batch: Tensor) => Tensor): Tensor {
  const tensor = toTensor(images, 'images');
  const rank = tensor.shape?.length ?? 4;
  if (rank === 4) return apply(tensor);
  if (rank !== 3) throw new ValueError(`'images' must have either 3 or 4 dimensions, but ${tensor.toString()} was given.`);
  return ops.squeeze(apply(ops.expandDims(tensor, 0)), { squeezeDims: [0] });
}

export interface SuppressionOptions extends OpOptions {
  /** Boxes that overlap a better one by more are left out. */
  readonly iouThreshold?: number;
  /** Boxes of lower scores are left out. */
  readonly scoreThreshold?: number;
}

/** Indices of the best boxes [y1, x1, y2, x2] that do not overlap better ones, best first. */
export function nonMaxSuppression<D extends 'float16' | 'float32'>(
  boxes: TensorLike<D>,
  scores: TensorLike<D>,
  maxOutputSize: TensorLike<'int32'>,
  options: SuppressionOptions = {},
): Tensor<'int32'> {
  const { iouThreshold = 0.5, scoreThreshold = -Infinity, name } = options;
  return inScope(graphOf(boxes, scores), name, 'non_max_suppression', () => {
    const [iou, score] = thresholds(graphOf(boxes, scores), iouThreshold, scoreThreshold);
    return ops.nonMaxSuppressionV3(boxes, scores, maxOutputSize, iou, score);
  });
}

/** nonMaxSuppression, filled up with zeros to the full size; `validOutputs` says how many are real. */
export function nonMaxSuppressionPadded<D extends 'float16' | 'float32'>(
  boxes: TensorLike<D>,
  scores: TensorLike<D>,
  maxOutputSize: TensorLike<'int32'>,
  options: SuppressionOptions & { readonly padToMaxOutputSize?: boolean } = {},
): { selectedIndices: Tensor<'int32'>; validOutputs: Tensor<'int32'> } {
  const { iouThreshold = 0.5, scoreThreshold = -Infinity, padToMaxOutputSize = false, name } = options;
  return inScope(graphOf(boxes, scores), name, 'non_max_suppression_padded', () => {
    const [iou, score] = thresholds(graphOf(boxes, scores), iouThreshold, scoreThreshold);
    return ops.nonMaxSuppressionV4(boxes, scores, maxOutputSize, iou, score, { padToMaxOutputSize });
  });
}

function thresholds(graph: Graph, iou: number, score: number): [Tensor<'float32'>, Tensor<'float32'>] {
  const constant = (value: number, name: string): Tensor<'float32'> =>
    addConst(graph, HostTensor.from(value, { dtype: 'float32' }), name) as Tensor<'float32'>;
  return [constant(iou, 'iou_threshold'), constant(score, 'score_threshold')];
}

/** Mirror images: columns in reverse. */
export function flipLeftRight<D extends DType>(image: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  return ops.reverseV2(image, [-2], { name: options.name ?? 'flip_left_right' });
}

/** Rows in reverse. */
export function flipUpDown<D extends DType>(image: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  return ops.reverseV2(image, [-3], { name: options.name ?? 'flip_up_down' });
}

/** Of the last dimension red, green, blue the brightness. Keeps the dtype. */
export function rgbToGrayscale<D extends DType>(images: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  return inScope(graphOf(images), options.name, 'rgb_to_grayscale', (scope) => {
    const tensor = toTensor(images, 'images');
    const floats = convertImageDtype(tensor, 'float32');
    // The weights are those of ITU-R 601 as TensorFlow has them.
    const weights = HostTensor.from([[0.2989], [0.587], [0.114]], { dtype: 'float32' });
    const channels = ops.reshape(floats, HostTensor.from([-1, 3], { dtype: 'int32' }));
    const shape = ops.shape(tensor);
    const gray = ops.reshape(
      ops.matMul(channels, weights),
      ops.concatV2([ops.stridedSlice(shape, [0], [-1], [1], { beginMask: 1 }), HostTensor.from([1], { dtype: 'int32' })], 0),
    );
    const result = convertImageDtype(gray, tensor.dtype, { name: scope });
    if (tensor.shape !== null) result.setShape([...tensor.shape.slice(0, -1), 1]);
    return result;
  });
}

/** The one channel three times. */
export function grayscaleToRgb<D extends DType>(images: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  return inScope(graphOf(images), options.name, 'grayscale_to_rgb', (scope) => {
    const tensor = toTensor(images, 'images');
    return ops.concatV2([tensor, tensor, tensor], -1, { name: scope });
  });
}

/** Another dtype, scaled: ints stand for 0 to their largest value, floats for 0 to 1. */
export function convertImageDtype<D extends DType>(
  image: TensorLike,
  dtype: D,
  options: OpOptions & { readonly saturate?: boolean } = {},
): Tensor<D> {
  return inScope(graphOf(image), options.name, 'convert_image', (scope) => {
    const tensor = toTensor(image, 'image');
    if (tensor.dtype === dtype) return ops.identity(tensor as Tensor<D>, { name: scope });
    const [from, to] = [largest(tensor.dtype), largest(dtype)];
    if (from !== undefined && to !== undefined) {
      if (from > to) {
        const scale = Math.floor((from + 1) / (to + 1));
        return ops.cast(ops.floorDiv(tensor, HostTensor.from(scale, { dtype: tensor.dtype })), dtype, { name: scope });
      }
      const scale = Math.floor((to + 1) / (from + 1));
      return ops.mul(ops.cast(tensor, dtype), HostTensor.from(scale, { dtype }), { name: scope });
    }
    if (from === undefined && to === undefined) return ops.cast(tensor, dtype, { name: scope });
    if (from !== undefined) return ops.mul(ops.cast(tensor, dtype), HostTensor.from(1 / from, { dtype }), { name: scope });
    // 0.5 in the last place keeps the largest float from wrapping over the largest int.
    const scaled = ops.mul(tensor, HostTensor.from(to! + 0.5, { dtype: tensor.dtype }));
    const limited =
      options.saturate === true
        ? ops.clipByValue(scaled, HostTensor.from(0, { dtype: tensor.dtype }), HostTensor.from(to!, { dtype: tensor.dtype }))
        : scaled;
    return ops.cast(limited, dtype, { name: scope });
  });
}

/** The largest value of an integer dtype. */
function largest(dtype: DType): number | undefined {
  const { kind, bytes } = dtypeInfo[dtype];
  if (kind === 'int') return 2 ** (8 * bytes - 1) - 1;
  return kind === 'uint' ? 2 ** (8 * bytes) - 1 : undefined;
}

/** Each image less its mean, over its standard deviation (but at least 1/√size). One image [height, width, channels] or a batch. */
export function perImageStandardization(image: TensorLike, options: OpOptions = {}): Tensor<'float32'> {
  return inScope(graphOf(image), options.name, 'per_image_standardization', (scope) => {
    const tensor = ops.cast(toTensor(image, 'image'), 'float32');
    const axis = [-3, -2, -1];
    const mean = reduceMean(tensor, { axis, keepdims: true });
    const squares = reduceMean(ops.square(ops.sub(tensor, mean)), { axis, keepdims: true });
    const count = ops.cast(ops.prod(ops.stridedSlice(ops.shape(tensor), [-3], [0], [1], { endMask: 1 }), 0), 'float32');
    const deviation = ops.maximum(ops.sqrt(squares), ops.rsqrt(count));
    return ops.realDiv(ops.sub(tensor, mean), deviation, { name: scope });
  });
}

/** The rectangle from (offsetHeight, offsetWidth) of the size given, out of an image or a batch of images. */
export function cropToBoundingBox<D extends DType>(
  image: TensorLike<D>,
  offsetHeight: number,
  offsetWidth: number,
  targetHeight: number,
  targetWidth: number,
  options: OpOptions = {},
): Tensor<D> {
  return inScope(graphOf(image), options.name, 'crop_to_bounding_box', (scope) => {
    const tensor = toTensor(image, 'image');
    const isBatch = tensor.shape?.length !== 3;
    const begin = [...(isBatch ? [0] : []), offsetHeight, offsetWidth, 0];
    const size = [...(isBatch ? [-1] : []), targetHeight, targetWidth, -1];
    return ops.slice(tensor, HostTensor.from(begin, { dtype: 'int32' }), HostTensor.from(size, { dtype: 'int32' }), { name: scope });
  });
}

/** An image or a batch, at (offsetHeight, offsetWidth) in zeros of the size given. */
export function padToBoundingBox<D extends DType>(
  image: TensorLike<D>,
  offsetHeight: number,
  offsetWidth: number,
  targetHeight: number,
  targetWidth: number,
  options: OpOptions = {},
): Tensor<D> {
  return inScope(graphOf(image), options.name, 'pad_to_bounding_box', (scope) => {
    const tensor = toTensor(image, 'image');
    const shape = tensor.shape;
    if (shape === null) throw new ValueError(`pad_to_bounding_box: the rank of ${tensor.toString()} must be known.`);
    const [height, width] = [shape.at(-3), shape.at(-2)];
    if (typeof height !== 'number' || typeof width !== 'number') {
      throw new ValueError(`pad_to_bounding_box: height and width of ${tensor.toString()} must be known.`);
    }
    const after = [targetHeight - offsetHeight - height, targetWidth - offsetWidth - width];
    if (offsetHeight < 0 || offsetWidth < 0 || after.some((amount) => amount < 0)) {
      throw new ValueError(
        `pad_to_bounding_box: ${height}×${width} at (${offsetHeight}, ${offsetWidth}) does not fit into ${targetHeight}×${targetWidth}.`,
      );
    }
    const paddings = [...(shape.length === 3 ? [] : [[0, 0]]), [offsetHeight, after[0]!], [offsetWidth, after[1]!], [0, 0]];
    return ops.pad(tensor, HostTensor.from(paddings, { dtype: 'int32' }), { name: scope });
  });
}
