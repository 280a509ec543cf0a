/** Shapes of pooling. */
import type { PartialShape } from '../../shape.js';
import type { ShapeContext, ShapeFunction } from '../opDef.js';
import { divideDim, merge, rankIs, unknownDims, valuesOf, type Dim, type KnownRank } from './common.js';
import { dataFormat, explicitPaddings, perDimension, windowDim } from './window.js';

function pooled(c: ShapeContext, rank: 4 | 5, ksize: readonly number[], strides: readonly number[]): PartialShape {
  return pooledShape(c, rankIs(c, 0, rank, 'input'), rank, ksize, strides);
}

function pooledShape(c: ShapeContext, input: KnownRank, rank: 4 | 5, ksize: readonly number[], strides: readonly number[]): PartialShape {
  const format = dataFormat(c.attrs.has('data_format') ? c.attrs.string('data_format') : 'NHWC');
  perDimension(c, ksize, rank, format, 'ksize', false);
  perDimension(c, strides, rank, format, 'strides', false);
  if (ksize.some((size) => size <= 0)) c.fail(`ksize must be positive: [${ksize.join(', ')}].`);
  const padding = c.attrs.string('padding');
  const explicit = explicitPaddings(c, padding, c.attrs.has('explicit_paddings') ? c.attrs.ints('explicit_paddings') : [], rank, format);
  return input.map((dim, axis): Dim => {
    if (axis === format.batch) return dim;
    if (axis === format.channel) return ksize[axis] === 1 ? dim : divideDim(c, dim, ksize[axis] ?? 1, 'depth by the depth window');
    const window = { stride: strides[axis] ?? 1, dilation: 1, padding, explicit: explicit[axis] ?? ([0, 0] as const) };
    return windowDim(c, dim, ksize[axis] ?? 1, window, `dimension ${axis}`);
  });
}

/** Pooling with windows in attributes; all outputs have one shape. */
export const pool = (rank: 4 | 5): ShapeFunction => (c) => {
  const shape = pooled(c, rank, c.attrs.ints('ksize'), c.attrs.ints('strides'));
  return c.outputDtypes.map(() => shape);
};

/** Pooling with windows in inputs 1 and 2. */
export const poolByInputs: ShapeFunction = (c) => {
  rankIs(c, 1, 1, 'ksize');
  rankIs(c, 2, 1, 'strides');
  const ksize = valuesOf(c, 1);
  const strides = valuesOf(c, 2);
  if (ksize === undefined || strides === undefined) {
    rankIs(c, 0, 4, 'input');
    return [unknownDims(4)];
  }
  return [pooled(c, 4, ksize, strides)];
};

/** The shape that input 0 holds as a vector of `rank` sizes. */
export const sizesInInput = (rank: 4 | 5): ShapeFunction => (c) => {
  const sizes = c.shapeValue(0) ?? unknownDims(rank);
  if (sizes.length !== rank) c.fail(`orig_input_shape must have ${rank} numbers, but has ${sizes.length}.`);
  const gradient = rankIs(c, 1, rank, 'out_backprop');
  merge(c, pooledShape(c, sizes, rank, c.attrs.ints('ksize'), c.attrs.ints('strides')), gradient, 'what the forward pool gives, and its gradient');
  return [sizes];
};
