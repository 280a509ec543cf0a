/** Images: resizing, cropping, colour. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { cast, inputOf, one, reduce } from './bodies.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { OpBody } from './opDef.js';
import { rankAtLeast, rankIs, shapeVector } from './shapes/common.js';
import {
  adjusted, boxesDrawn, colours, croppedAndResized, glimpse, patches, projected, resizeGradient, resized, scaledAndTranslated, volumePatches,
} from './shapes/image.js';

/** Images resized with bilinear interpolation; the result is float32. */
export const resizeBilinear = defineOp<
  (
    images: TensorLike, size: TensorLike<'int32'>,
    options?: OpOptions & { alignCorners?: boolean; halfPixelCenters?: boolean },
  ) => Tensor<'float32'>
>({
  signature: 'ResizeBilinear(images: T, size: int32) -> (resized_images: float) | T: type in [$float, $signed, uint8, uint16]; ' +
    'align_corners: bool = false; half_pixel_centers: bool = false',
  shape: resized,
});

/** Images resized by taking the nearest pixel. */
export const resizeNearestNeighbor = defineOp<
  <D extends DType>(
    images: TensorLike<D>, size: TensorLike<'int32'>,
    options?: OpOptions & { alignCorners?: boolean; halfPixelCenters?: boolean },
  ) => Tensor<D>
>({
  signature: 'ResizeNearestNeighbor(images: T, size: int32) -> (resized_images: T) | T: type in [$float, $signed, uint8, ' +
    'uint16]; align_corners: bool = false; half_pixel_centers: bool = false',
  shape: resized,
});

/** Images resized with bicubic interpolation; the result is float32. */
export const resizeBicubic = defineOp<
  (
    images: TensorLike, size: TensorLike<'int32'>,
    options?: OpOptions & { alignCorners?: boolean; halfPixelCenters?: boolean },
  ) => Tensor<'float32'>
>({
  signature: 'ResizeBicubic(images: T, size: int32) -> (resized_images: float) | T: type in [$float, $signed, uint8, uint16]; ' +
    'align_corners: bool = false; half_pixel_centers: bool = false',
  shape: resized,
});

/** Images resized by averaging areas; the result is float32. */
export const resizeArea = defineOp<
  (images: TensorLike, size: TensorLike<'int32'>, options?: OpOptions & { alignCorners?: boolean }) => Tensor<'float32'>
>({
  signature: 'ResizeArea(images: T, size: int32) -> (resized_images: float) | T: type in [$float, $signed, uint8, uint16]; ' +
    'align_corners: bool = false',
  shape: resized,
});

/** Images scaled and moved, with a resampling kernel. */
export const scaleAndTranslate = defineOp<
  (
    images: TensorLike, size: TensorLike<'int32'>, scale: TensorLike<'float32'>, translation: TensorLike<'float32'>,
    options?: OpOptions & { kernelType?: string; antialias?: boolean },
  ) => Tensor<'float32'>
>({
  signature: "ScaleAndTranslate(images: T, size: int32, scale: float, translation: float) -> (resized_images: float) | T: type " +
    "in [$float, $signed, uint8, uint16]; kernel_type: string = 'lanczos3'; antialias: bool = true",
  shape: scaledAndTranslated,
});

/** Gradient of ScaleAndTranslate by the images. */
export const scaleAndTranslateGrad = defineOp<
  (
    grads: TensorLike<'float32'>, originalImage: TensorLike<'float32'>, scale: TensorLike<'float32'>, translation: TensorLike<'float32'>,
    options?: OpOptions & { kernelType?: string; antialias?: boolean },
  ) => Tensor<'float32'>
>({
  signature: "ScaleAndTranslateGrad(grads: T, original_image: T, scale: float, translation: float) -> (output: T) | T: type in " +
    "[float]; kernel_type: string = 'lanczos3'; antialias: bool = true",
  shape: (c) => [rankIs(c, 1, 4, 'original_image')],
});

/** Gradient of ResizeBilinear. */
export const resizeBilinearGrad = defineOp<
  <D extends DType>(
    grads: TensorLike<'float32'>, originalImage: TensorLike<D>,
    options?: OpOptions & { alignCorners?: boolean; halfPixelCenters?: boolean },
  ) => Tensor<D>
>({
  signature: 'ResizeBilinearGrad(grads: float, original_image: T) -> (output: T) | T: type in $float; align_corners: bool = ' +
    'false; half_pixel_centers: bool = false',
  shape: resizeGradient,
});

/** Gradient of ResizeBicubic. */
export const resizeBicubicGrad = defineOp<
  <D extends DType>(
    grads: TensorLike<'float32'>, originalImage: TensorLike<D>,
    options?: OpOptions & { alignCorners?: boolean; halfPixelCenters?: boolean },
  ) => Tensor<D>
>({
  signature: 'ResizeBicubicGrad(grads: float, original_image: T) -> (output: T) | T: type in [float, double]; align_corners: ' +
    'bool = false; half_pixel_centers: bool = false',
  shape: resizeGradient,
});

/** Gradient of ResizeNearestNeighbor for an original of the size given. */
export const resizeNearestNeighborGrad = defineOp<
  <D extends DType>(
    grads: TensorLike<D>, size: TensorLike<'int32'>,
    options?: OpOptions & { alignCorners?: boolean; halfPixelCenters?: boolean },
  ) => Tensor<D>
>({
  signature: 'ResizeNearestNeighborGrad(grads: T, size: int32) -> (output: T) | T: type in [$float, uint8, int8, int32]; ' +
    'align_corners: bool = false; half_pixel_centers: bool = false',
  shape: resized,
});

/** Crops of the images at boxes (normalised y1, x1, y2, x2), resized to one size. */
export const cropAndResize = defineOp<
  (
    image: TensorLike, boxes: TensorLike<'float32'>, boxInd: TensorLike<'int32'>, cropSize: TensorLike<'int32'>,
    options?: OpOptions & { method?: 'bilinear' | 'nearest'; extrapolationValue?: number },
  ) => Tensor<'float32'>
>({
  signature: "CropAndResize(image: T, boxes: float, box_ind: int32, crop_size: int32) -> (crops: float) | T: type in " +
    "[$oldFloat, $signed, uint8, uint16]; method: string in [bilinear, nearest] = 'bilinear'; extrapolation_value: " +
    "float = 0",
  shape: croppedAndResized,
});

/** Gradient of CropAndResize by the image. */
export const cropAndResizeGradImage = defineOp<
  <D extends DType>(
    grads: TensorLike<'float32'>, boxes: TensorLike<'float32'>, boxInd: TensorLike<'int32'>, imageSize: TensorLike<'int32'>, t: D,
    options?: OpOptions & { method?: 'bilinear' | 'nearest' },
  ) => Tensor<D>
>({
  signature: "CropAndResizeGradImage(grads: float, boxes: float, box_ind: int32, image_size: int32) -> (output: T) | T: type " +
    "in $oldFloat; method: string in [bilinear, nearest] = 'bilinear'",
  shape: (c) => [shapeVector(c, 3, 'image_size')],
});

/** Gradient of CropAndResize by the boxes. */
export const cropAndResizeGradBoxes = defineOp<
  (
    grads: TensorLike<'float32'>, image: TensorLike, boxes: TensorLike<'float32'>, boxInd: TensorLike<'int32'>,
    options?: OpOptions & { method?: 'bilinear' },
  ) => Tensor<'float32'>
>({
  signature: "CropAndResizeGradBoxes(grads: float, image: T, boxes: float, box_ind: int32) -> (output: float) | T: type in " +
    "[$oldFloat, $signed, uint8, uint16]; method: string in [bilinear] = 'bilinear'",
  shape: (c) => [rankIs(c, 2, 2, 'boxes')],
});

/** Windows of the images as vectors. */
export const extractImagePatches = defineOp<
  <D extends DType>(
    images: TensorLike<D>, ksizes: readonly number[], strides: readonly number[], rates: readonly number[],
    padding: 'SAME' | 'VALID',
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'ExtractImagePatches(images: T) -> (patches: T) | ksizes: list(int) >= 4; strides: list(int) >= 4; rates: ' +
    'list(int) >= 4; T: type in [$real, $complex, bool]; padding: string in [SAME, VALID]',
  shape: patches,
});

/** Windows of volumes as vectors. */
export const extractVolumePatches = defineOp<
  <D extends DType>(
    input: TensorLike<D>, ksizes: readonly number[], strides: readonly number[], padding: 'SAME' | 'VALID', options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'ExtractVolumePatches(input: T) -> (patches: T) | ksizes: list(int) >= 5; strides: list(int) >= 5; T: type in $real; padding: ' +
    'string in [SAME, VALID]',
  shape: volumePatches,
});

/** Crops around offsets, noise outside the image. */
export const extractGlimpse = defineOp<
  (
    input: TensorLike<'float32'>, size: TensorLike<'int32'>, offsets: TensorLike<'float32'>,
    options?: OpOptions & { centered?: boolean; normalized?: boolean; uniformNoise?: boolean; noise?: string },
  ) => Tensor<'float32'>
>({
  signature: "ExtractGlimpse(input: float, size: int32, offsets: float) -> (glimpse: float) | centered: bool = true; " +
    "normalized: bool = true; uniform_noise: bool = true; noise: string = 'uniform'",
  shape: glimpse,
});

/** Crops around offsets, noise outside the image. */
export const extractGlimpseV2 = defineOp<
  (
    input: TensorLike<'float32'>, size: TensorLike<'int32'>, offsets: TensorLike<'float32'>,
    options?: OpOptions & { centered?: boolean; normalized?: boolean; uniformNoise?: boolean; noise?: string },
  ) => Tensor<'float32'>
>({
  signature: "ExtractGlimpseV2(input: float, size: int32, offsets: float) -> (glimpse: float) | centered: bool = true; " +
    "normalized: bool = true; uniform_noise: bool = true; noise: string = 'uniform'",
  shape: glimpse,
});

/** Images under projective transforms (8 numbers each). */
export const imageProjectiveTransformV2 = defineOp<
  <D extends DType>(
    images: TensorLike<D>, transforms: TensorLike<'float32'>, outputShape: TensorLike<'int32'>, interpolation: string,
    options?: OpOptions & { fillMode?: string },
  ) => Tensor<D>
>({
  signature: "ImageProjectiveTransformV2(images: dtype, transforms: float, output_shape: int32) -> (transformed_images: dtype) " +
    "| dtype: type in [$float, $index, uint8]; interpolation: string; fill_mode: string = 'CONSTANT'",
  shape: projected,
});

/** Images under projective transforms, with a fill value. */
export const imageProjectiveTransformV3 = defineOp<
  <D extends DType>(
    images: TensorLike<D>, transforms: TensorLike<'float32'>, outputShape: TensorLike<'int32'>, fillValue: TensorLike<'float32'>,
    interpolation: string,
    options?: OpOptions & { fillMode?: string },
  ) => Tensor<D>
>({
  signature: "ImageProjectiveTransformV3(images: dtype, transforms: float, output_shape: int32, fill_value: float) -> " +
    "(transformed_images: dtype) | dtype: type in [$float, $index, uint8]; interpolation: string; fill_mode: string = " +
    "'CONSTANT'",
  shape: projected,
});

/** Colours from red, green, blue to hue, saturation, value. */
export const rgbToHSV = defineOp<<D extends DType>(images: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'RGBToHSV(images: T) -> (output: T) | T: type in $float = float',
  shape: colours,
});

/** Colours from hue, saturation, value to red, green, blue. */
export const hsvToRGB = defineOp<<D extends DType>(images: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'HSVToRGB(images: T) -> (output: T) | T: type in $float = float',
  shape: colours,
});

/** In float32, over height and width. */
const contrastBody: OpBody = (b, inputs) => {
  const x = cast(b, inputOf(inputs, 0), 'float32');
  const mean = reduce(b, 'Mean', x, [-3, -2], true);
  const y = one(b, 'AddV2', [one(b, 'Mul', [one(b, 'Sub', [x, mean]), inputOf(inputs, 1)]), mean]);
  return [cast(b, y, inputOf(inputs, 0).dtype)];
};

/** (x - mean) · factor + mean, with the mean of each channel of an image. */
export const adjustContrastv2 = defineOp<
  <D extends DType>(images: TensorLike<D>, contrastFactor: TensorLike<'float32'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'AdjustContrastv2(images: T, contrast_factor: float) -> (output: T) | T: type in [half, float] = float',
  shape: adjusted,
  body: contrastBody,
});

/** (x - mean) · factor + mean, limited to [min_value, max_value]. */
export const adjustContrast = defineOp<
  (
    images: TensorLike, contrastFactor: TensorLike<'float32'>, minValue: TensorLike<'float32'>, maxValue: TensorLike<'float32'>,
    options?: OpOptions,
  ) => Tensor<'float32'>
>({
  signature: 'AdjustContrast(images: T, contrast_factor: float, min_value: float, max_value: float) -> (output: float) | T: ' +
    'type in [$signed, uint8, float, double] | deprecated at 2',
  shape: (c) => [rankAtLeast(c, 0, 3, 'images')],
});

/** Images with the hue turned by delta. */
export const adjustHue = defineOp<
  <D extends DType>(images: TensorLike<D>, delta: TensorLike<'float32'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'AdjustHue(images: T, delta: float) -> (output: T) | T: type in [half, float] = float',
  shape: adjusted,
});

/** Images with the saturation scaled. */
export const adjustSaturation = defineOp<
  <D extends DType>(images: TensorLike<D>, scale: TensorLike<'float32'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'AdjustSaturation(images: T, scale: float) -> (output: T) | T: type in [half, float] = float',
  shape: adjusted,
});

/** Images with boxes drawn into them. */
export const drawBoundingBoxes = defineOp<
  <D extends DType>(images: TensorLike<D>, boxes: TensorLike<'float32'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'DrawBoundingBoxes(images: T, boxes: float) -> (output: T) | T: type in [float, half] = float',
  shape: boxesDrawn,
});

/** Images with boxes drawn into them, in the colours given. */
export const drawBoundingBoxesV2 = defineOp<
  <D extends DType>(images: TensorLike<D>, boxes: TensorLike<'float32'>, colors: TensorLike<'float32'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'DrawBoundingBoxesV2(images: T, boxes: float, colors: float) -> (output: T) | T: type in [float, half] = float',
  shape: boxesDrawn,
});
