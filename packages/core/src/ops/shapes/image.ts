/** Shapes of image ops: images are [batch, height, width, channels]. */
import { shapeText, type PartialShape } from '../../shape.js';
import type { ShapeContext, ShapeFunction } from '../opDef.js';
import { windowDim } from './window.js';
import { dimIs, mergeDim, mulDims, product, rankAtLeast, rankIs, scalars, sizeValue, valuesOf, type Dim } from './common.js';

/** Height and width in input i. */
export function sizeInput(c: ShapeContext, i: number, what = 'size'): readonly [Dim, Dim] {
  mergeDim(c, rankIs(c, i, 1, what)[0] ?? null, 2, `${what}.shape[0] and 2`);
  const sizes = valuesOf(c, i);
  if (sizes === undefined) return [null, null];
  const [height = 0, width = 0] = sizes;
  if (height <= 0 || width <= 0) c.fail(`${what} must be positive, but is [${height}, ${width}].`);
  return [height, width];
}

/** Images of three dimensions or more and one number. */
export const adjusted: ShapeFunction = (c) => {
  rankIs(c, 1, 0, 'the factor');
  return [rankAtLeast(c, 0, 3, 'images')];
};

/** Images and, for each of them, boxes [number, 4]. */
export const boxesDrawn: ShapeFunction = (c) => {
  const images = rankIs(c, 0, 4, 'images');
  const boxes = rankIs(c, 1, 3, 'boxes');
  dimIs(c, boxes[2] ?? null, 4, 'boxes.shape[2]');
  mergeDim(c, images[0] ?? null, boxes[0] ?? null, 'The batch sizes should be the same');
  return [images];
};

/** Images of the size in input 1. */
export const resized: ShapeFunction = (c) => {
  const images = rankIs(c, 0, 4, 'images');
  const size = sizeInput(c, 1);
  if (images[1] === 0 || images[2] === 0) c.fail(`images must not be empty, but have shape ${shapeText(images)}.`);
  return [[images[0] ?? null, ...size, images[3] ?? null]];
};

/** Images of the size in input 1; two scales and two translations. */
export const scaledAndTranslated: ShapeFunction = (c) => {
  dimIs(c, rankIs(c, 2, 1, 'scale')[0] ?? null, 2, 'scale.shape[0]');
  dimIs(c, rankIs(c, 3, 1, 'translation')[0] ?? null, 2, 'translation.shape[0]');
  return resized(c);
};

/** Gradients of a resize: the size of the original image (input 1). */
export const resizeGradient: ShapeFunction = (c) => {
  const grads = rankIs(c, 0, 4, 'grads');
  const original = rankIs(c, 1, 4, 'original_image');
  return [[grads[0] ?? null, original[1] ?? null, original[2] ?? null, grads[3] ?? null]];
};

export const croppedAndResized: ShapeFunction = (c) => {
  const image = rankIs(c, 0, 4, 'image');
  const boxes = rankIs(c, 1, 2, 'boxes');
  dimIs(c, boxes[1] ?? null, 4, 'boxes.shape[1]');
  const count = mergeDim(c, boxes[0] ?? null, rankIs(c, 2, 1, 'box_ind')[0] ?? null, 'boxes and box_ind');
  return [[count, ...sizeInput(c, 3, 'crop_size'), image[3] ?? null]];
};

/** Boxes [n, 4] and scores [n] with scalar limits in the inputs from 2 on; gives the number of boxes. */
function checkBoxes(c: ShapeContext): Dim {
  const boxes = rankIs(c, 0, 2, 'boxes');
  dimIs(c, boxes[1] ?? null, 4, 'boxes.shape[1]');
  scalars(c, ...Array.from({ length: c.inputCount - 2 }, (_, i) => i + 2));
  return mergeDim(c, boxes[0] ?? null, rankIs(c, 1, 1, 'scores')[0] ?? null, 'boxes and scores');
}

/** NonMaxSuppression: indices of unknown number (max_output_size when padded to it), scores alike, and the number that is valid. */
export const suppressed: ShapeFunction = (c) => {
  checkBoxes(c);
  const padded = c.attrs.has('pad_to_max_output_size') && c.attrs.bool('pad_to_max_output_size');
  const limit = sizeValue(c, 2, 'max_output_size', padded);
  const selected: PartialShape = [padded || limit === 0 ? limit : null];
  const isPadding = c.attrs.has('pad_to_max_output_size');
  return c.outputDtypes.map((_, i) => (isPadding && i === c.outputDtypes.length - 1 ? [] : selected));
};

export const suppressedByOverlaps: ShapeFunction = (c) => {
  const overlaps = rankIs(c, 0, 2, 'overlaps');
  const count = mergeDim(c, overlaps[0] ?? null, overlaps[1] ?? null, 'rows and columns of overlaps');
  mergeDim(c, count, rankIs(c, 1, 1, 'scores')[0] ?? null, 'overlaps and scores');
  scalars(c, 2, 3, 4);
  return [[null]];
};

/** CombinedNonMaxSuppression: boxes [batch, n, classes or 1, 4], scores [batch, n, classes]. */
export const combinedSuppressed: ShapeFunction = (c) => {
  const boxes = rankIs(c, 0, 4, 'boxes');
  const scores = rankIs(c, 1, 3, 'scores');
  dimIs(c, boxes[3] ?? null, 4, 'boxes.shape[3]');
  mergeDim(c, boxes[1] ?? null, scores[1] ?? null, 'boxes of boxes and scores');
  const batch = mergeDim(c, boxes[0] ?? null, scores[0] ?? null, 'batch of boxes and scores');
  scalars(c, 2, 3, 4, 5);
  const perClass = sizeValue(c, 2, 'max_output_size_per_class');
  const total = sizeValue(c, 3, 'max_total_size');
  const classes = scores[2] ?? null;
  let count: Dim = total;
  if (c.attrs.bool('pad_per_class')) count = perClass === null || classes === null || total === null ? null : Math.min(total, perClass * classes);
  return [[batch, count, 4], [batch, count], [batch, count], [batch]];
};

/** Images whose last dimension is colour: 3 channels. */
export const colours: ShapeFunction = (c) => {
  const images = rankAtLeast(c, 0, 1, 'images');
  if (images === null) return [null];
  dimIs(c, images.at(-1) ?? null, 3, 'the last dimension of images');
  return [images];
};

/** Patches [batch, rows, columns, size·size·channels] of windows in attributes ksizes, strides, rates. */
export const patches: ShapeFunction = (c) => {
  const images = rankIs(c, 0, 4, 'images');
  const [ksizes, strides, rates] = [c.attrs.ints('ksizes'), c.attrs.ints('strides'), c.attrs.ints('rates')];
  const space = [1, 2].map((axis): Dim => {
    const dim = images[axis] ?? null;
    if (dim === null) return null;
    const [size = 1, stride = 1, rate = 1] = [ksizes[axis], strides[axis], rates[axis]];
    if (c.attrs.string('padding') === 'SAME') return Math.ceil(dim / stride);
    return Math.max(0, Math.trunc((dim + stride - ((size - 1) * rate + 1)) / stride));
  });
  const depth = images[3] === null || images[3] === undefined ? null : images[3] * (ksizes[1] ?? 1) * (ksizes[2] ?? 1);
  return [[images[0] ?? null, ...space, depth]];
};

/** Patches [batch, planes, rows, columns, size·size·size·channels] of windows in attributes ksizes and strides. */
export const volumePatches: ShapeFunction = (c) => {
  const input = rankIs(c, 0, 5, 'input');
  const [ksizes, strides] = [c.attrs.ints('ksizes'), c.attrs.ints('strides')];
  if (ksizes.length !== 5) c.fail('ExtractVolumePatches requires the ksizes attribute to contain 5 values, but got: ' + String(ksizes.length));
  if (strides.length !== 5) c.fail('ExtractVolumePatches requires the stride attribute to contain 5 values, but got: ' + String(strides.length));
  const space = [1, 2, 3].map((axis): Dim => windowDim(c, input[axis] ?? null, ksizes[axis] ?? 1, {
    stride: strides[axis] ?? 1, dilation: 1, padding: c.attrs.string('padding'), explicit: [0, 0],
  }, `dimension ${axis}`));
  return [[input[0] ?? null, ...space, mulDims(input[4] ?? null, product([ksizes[1] ?? 1, ksizes[2] ?? 1, ksizes[3] ?? 1]))]];
};

/** A crop of the size in input 1 with offsets in input 2. */
export const glimpse: ShapeFunction = (c) => {
  const input = rankIs(c, 0, 4, 'input');
  const offsets = rankIs(c, 2, 2, 'offsets');
  dimIs(c, offsets[1] ?? null, 2, 'offsets.shape[1]');
  const batch = mergeDim(c, input[0] ?? null, offsets[0] ?? null, 'batch of input and offsets');
  return [[batch, ...sizeInput(c, 1), input[3] ?? null]];
};

/** Images transformed to the shape in input 2. */
export const projected: ShapeFunction = (c) => {
  const images = rankIs(c, 0, 4, 'images');
  const transforms = rankIs(c, 1, 2, 'transforms');
  dimIs(c, transforms[1] ?? null, 8, 'transforms.shape[1]');
  if (transforms[0] !== 1) mergeDim(c, transforms[0] ?? null, images[0] ?? null, 'transforms and images');
  return [[images[0] ?? null, ...sizeInput(c, 2, 'output_shape'), images[3] ?? null]];
};
