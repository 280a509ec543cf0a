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
import { checkOptions, graphOf, inScope, toTensor } from './arguments.js';
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
  checkOptions('resizeImages', options, ['method', 'alignCorners']);
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
  checkOptions('nonMaxSuppression', options, ['iouThreshold', 'scoreThreshold']);
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
  checkOptions('nonMaxSuppressionPadded', options, ['iouThreshold', 'scoreThreshold', 'padToMaxOutputSize']);
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
  checkOptions('flipLeftRight', options);
  return ops.reverseV2(image, [-2], { name: options.name ?? 'flip_left_right' });
}

/** Rows in reverse. */
export function flipUpDown<D extends DType>(image: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  checkOptions('flipUpDown', options);
  return ops.reverseV2(image, [-3], { name: options.name ?? 'flip_up_down' });
}

/** Of the last dimension red, green, blue the brightness. Keeps the dtype. */
export function rgbToGrayscale<D extends DType>(images: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  checkOptions('rgbToGrayscale', options);
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
  checkOptions('grayscaleToRgb', options);
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
  checkOptions('convertImageDtype', options, ['saturate']);
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
  checkOptions('perImageStandardization', options);
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
  checkOptions('cropToBoundingBox', options);
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
  checkOptions('padToBoundingBox', options);
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

/** Each value and `delta` more; of ints in their range of 0 to 1, cut off where it overflows. */
export function adjustBrightness<D extends DType>(image: TensorLike<D>, delta: number, options: OpOptions = {}): Tensor<D> {
  checkOptions('adjustBrightness', options);
  return inScope(graphOf(image), options.name, 'adjust_brightness', () =>
    inFloats(image, (floats) => ops.addV2(floats, HostTensor.from(delta, { dtype: floats.dtype }))));
}

/** (x − mean) · contrastFactor + mean, with the mean of each channel of each image. */
export function adjustContrast<D extends DType>(images: TensorLike<D>, contrastFactor: TensorLike<'float32'>, options: OpOptions = {}): Tensor<D> {
  checkOptions('adjustContrast', options);
  return inScope(graphOf(images, contrastFactor), options.name, 'adjust_contrast', () =>
    inFloats(images, (floats) => ops.adjustContrastv2(floats, contrastFactor)));
}

/** Applies a function to the image as floats, and gives it back in its own dtype, limited to what that holds. */
function inFloats<D extends DType>(image: TensorLike<D>, apply: (floats: Tensor) => Tensor): Tensor<D> {
  const tensor = toTensor(image, 'image');
  const floats: Tensor = dtypeInfo[tensor.dtype].kind === 'float' ? tensor : convertImageDtype(tensor, 'float32');
  return convertImageDtype(apply(floats), tensor.dtype, { saturate: true });
}

/** The middle of an image or a batch: `centralFraction` of its height and width, which must be known. */
export function centralCrop<D extends DType>(image: TensorLike<D>, centralFraction: number, options: OpOptions = {}): Tensor<D> {
  checkOptions('centralCrop', options);
  if (!(centralFraction > 0 && centralFraction <= 1)) throw new ValueError('central_fraction must be within (0, 1]');
  return inScope(graphOf(image), options.name, 'central_crop', () => {
    const tensor = toTensor(image, 'image');
    const [height, width] = [tensor.shape?.at(-3), tensor.shape?.at(-2)];
    if (typeof height !== 'number' || typeof width !== 'number') throw new ValueError(`centralCrop: height and width of ${tensor.toString()} must be known.`);
    // Rounded so that what is left out on both sides is the same.
    const [top, left] = [height, width].map((size) => Math.trunc((size - size * centralFraction) / 2)) as [number, number];
    return cropToBoundingBox(tensor, top, left, height - 2 * top, width - 2 * left);
  });
}

/** Height and width change places, in an image or a batch. */
export function transposeImage<D extends DType>(image: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  checkOptions('transposeImage', options);
  return inScope(graphOf(image), options.name, 'transpose', (scope) => {
    const tensor = toTensor(image, 'image');
    return ops.transpose(tensor, HostTensor.from(imageAxes(tensor, 'transposeImage', [1, 0, 2]), { dtype: 'int32' }), { name: scope });
  });
}

/** Turned counter-clockwise by k quarters, an image or a batch. */
export function rot90<D extends DType>(image: TensorLike<D>, k = 1, options: OpOptions = {}): Tensor<D> {
  checkOptions('rot90', options);
  if (!Number.isInteger(k)) throw new ValueError(`rot90: k must be an integer, but is ${k}.`);
  return inScope(graphOf(image), options.name, 'rot90', (scope) => {
    const tensor = toTensor(image, 'image');
    const turned = (): Tensor<D> => ops.transpose(tensor, HostTensor.from(imageAxes(tensor, 'rot90', [1, 0, 2]), { dtype: 'int32' }));
    switch (((k % 4) + 4) % 4) {
      case 1:
        return ops.reverseV2(turned(), [-3], { name: scope });
      case 2:
        return ops.reverseV2(tensor, [-3, -2], { name: scope });
      case 3:
        return ops.reverseV2(turned(), [-2], { name: scope });
      default:
        return ops.identity(tensor, { name: scope });
    }
  });
}

/** An order of an image's three axes, behind the batch if there is one. */
function imageAxes(tensor: Tensor, what: string, order: readonly [number, number, number]): number[] {
  const rank = tensor.shape?.length;
  if (rank === 3) return [...order];
  if (rank === 4) return [0, ...order.map((axis) => axis + 1)];
  throw new ValueError(`${what}: an image has 3 dimensions and a batch 4, but ${tensor.toString()} was given.`);
}
