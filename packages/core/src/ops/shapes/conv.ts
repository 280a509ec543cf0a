/** Shapes of convolutions: filters are [space…, in, out], depthwise ones [space…, in, multiplier]. */
import { shapeText, type PartialShape } from '../../shape.js';
import type { ShapeContext, ShapeFunction } from '../opDef.js';
import { addDims, dimIs, mergeDim, mulDims, rankIs, valuesOf, withDim, type Dim, type KnownRank } from './common.js';
import { dataFormat, explicitPaddings, perDimension, windowDim, type DataFormat } from './window.js';

/** What the attributes of a convolution say. */
interface ConvAttrs {
  readonly format: DataFormat;
  readonly padding: string;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly explicit: readonly (readonly [number, number])[];
}

/** The data format of op Conv in letters: CHANNELS_LAST of two spatial dimensions is NHWC. */
export function lettersOf(format: string, spaceRank: number): string {
  const space = 'DHW'.slice(3 - spaceRank);
  if (format === 'CHANNELS_LAST') return `N${space}C`;
  return format === 'CHANNELS_FIRST' ? `NC${space}` : format;
}

function convAttrs(c: ShapeContext, spaceRank: number): ConvAttrs {
  const letters = c.attrs.has('data_format') ? c.attrs.string('data_format') : spaceRank === 3 ? 'NDHWC' : 'NHWC';
  const format = dataFormat(lettersOf(letters, spaceRank));
  const rank = spaceRank + 2;
  const dilations = c.attrs.has('dilations') ? c.attrs.ints('dilations') : [];
  const padding = c.attrs.string('padding');
  return {
    format,
    padding,
    strides: perDimension(c, c.attrs.ints('strides'), rank, format, 'strides'),
    dilations: perDimension(c, dilations.length > 0 ? dilations : new Array<number>(rank).fill(1), rank, format, 'dilations'),
    explicit: explicitPaddings(c, padding, c.attrs.has('explicit_paddings') ? c.attrs.ints('explicit_paddings') : [], rank, format),
  };
}

/** The spatial output sizes of a convolution of `input` with `filter`. */
function spaceOf(c: ShapeContext, input: KnownRank, filter: KnownRank, attrs: ConvAttrs): Dim[] {
  return attrs.format.space.map((axis, at) =>
    windowDim(c, input[axis] ?? null, filter[at] ?? null, {
      stride: attrs.strides[axis] ?? 1, dilation: attrs.dilations[axis] ?? 1, padding: attrs.padding, explicit: attrs.explicit[axis] ?? [0, 0],
    }, `spatial dimension ${at}`));
}

/** Batch, space and channels put where the format has them. */
export function inFormat(format: DataFormat, batch: Dim, space: readonly Dim[], channel: Dim): Dim[] {
  const shape = new Array<Dim>(space.length + 2).fill(null);
  shape[format.batch] = batch;
  shape[format.channel] = channel;
  format.space.forEach((axis, at) => (shape[axis] = space[at] ?? null));
  return shape;
}

/** Input channels must be a multiple of the filter's, as often as there are groups; output channels must divide among the groups. */
function checkGroups(c: ShapeContext, channels: Dim, filter: KnownRank): void {
  const perGroup = filter.at(-2) ?? null;
  const outputs = filter.at(-1) ?? null;
  if (channels === null || perGroup === null) return;
  if (perGroup === 0 || channels % perGroup !== 0) {
    c.fail(`Depth of input (${channels}) is not a multiple of input depth of filter (${perGroup}); filter shape ${shapeText(filter)}.`);
  }
  const groups = channels / perGroup;
  if (outputs !== null && groups > 0 && outputs % groups !== 0) c.fail(`Depth of output (${outputs}) is not a multiple of the number of groups (${groups}).`);
}

/** Output shape of a convolution of an input and a filter shape. */
export function convShape(c: ShapeContext, input: KnownRank, filter: KnownRank): PartialShape {
  const attrs = convAttrs(c, input.length - 2);
  checkGroups(c, input[attrs.format.channel] ?? null, filter);
  return inFormat(attrs.format, input[attrs.format.batch] ?? null, spaceOf(c, input, filter, attrs), filter.at(-1) ?? null);
}

/** Conv2D (rank 4) and Conv3D (rank 5): input 0 with filter 1. */
export const convolution = (rank: 4 | 5): ShapeFunction => (c) => [convShape(c, rankIs(c, 0, rank, 'input'), rankIs(c, 1, rank, 'filter'))];

/** Op Conv: one to three spatial dimensions, any number of batch dimensions in front. */
export const generalConvolution: ShapeFunction = (c) => {
  const [input, filter] = [c.shape(0), c.shape(1)];
  if (input === null || filter === null) return [null];
  const batch = c.attrs.int('batch_dims');
  const spaceRank = filter.length - 2;
  if (spaceRank < 1 || spaceRank > 3) c.fail(`filter must have rank 3, 4 or 5, but has shape ${shapeText(filter)}.`);
  if (input.length !== spaceRank + 1 + batch) {
    c.fail(`input must have ${batch} batch dimensions, ${spaceRank} spatial ones and channels, but has shape ${shapeText(input)}.`);
  }
  const shape = convShape(c, input.slice(batch - 1), filter);
  return [shape === null ? null : [...input.slice(0, batch - 1), ...shape]];
};

/** Output shape of a depthwise convolution. */
export function depthwiseShape(c: ShapeContext, input: KnownRank, filter: KnownRank): PartialShape {
  const attrs = convAttrs(c, 2);
  const channels = mergeDim(c, input[attrs.format.channel] ?? null, filter[2] ?? null, 'input depth and filter.shape[2]');
  const outputs = mulDims(channels, filter[3] ?? null);
  return inFormat(attrs.format, input[attrs.format.batch] ?? null, spaceOf(c, input, filter, attrs), outputs);
}

export const depthwise: ShapeFunction = (c) => [depthwiseShape(c, rankIs(c, 0, 4, 'input'), rankIs(c, 1, 4, 'filter'))];

/** The sizes in input i: all of `rank`, or only the spatial ones, which `complete` fills up. */
function sizesOf(c: ShapeContext, i: number, rank: number, what: string, complete: (space: readonly Dim[]) => KnownRank): KnownRank {
  const vector = rankIs(c, i, 1, what);
  const sizes = c.shapeValue(i);
  if (sizes === null) return complete(new Array<Dim>(rank - 2).fill(null));
  if (sizes.length === rank) return sizes;
  if (sizes.length === rank - 2) return complete(sizes);
  return c.fail(`${what} must have ${rank - 2} or ${rank} numbers, but has ${vector[0]}.`);
}

/** Fails when the gradient's shape is not what the forward convolution gives. */
function checkBackprop(c: ShapeContext, forward: PartialShape, given: KnownRank): void {
  forward?.forEach((dim, axis) => {
    const actual = given[axis] ?? null;
    if (dim !== null && actual !== null && dim !== actual) {
      c.fail(`Size of out_backprop doesn't match computed: actual = ${actual}, computed = ${dim} in dimension ${axis}: ` +
        `given ${shapeText(given)}, the forward convolution gives ${shapeText(forward)}.`);
    }
  });
}

type Forward = (c: ShapeContext, input: KnownRank, filter: KnownRank) => PartialShape;

/** Gradient by the input (transposed convolution): sizes in input 0 (or the shape of input 0), filter 1, out_backprop 2. */
export const convInputGradient = (rank: 4 | 5, forward: Forward = convShape, sizesAreValues = true): ShapeFunction => (c) => {
  const filter = rankIs(c, 1, rank, 'filter');
  const gradient = rankIs(c, 2, rank, 'out_backprop');
  const { format } = convAttrs(c, rank - 2);
  const shape = sizesAreValues
    ? sizesOf(c, 0, rank, 'input_sizes', (space) => inFormat(format, gradient[format.batch] ?? null, space, forward === depthwiseShape ? (filter[2] ?? null) : (filter.at(-2) ?? null)))
    : rankIs(c, 0, rank, 'input');
  checkBackprop(c, forward(c, shape, filter), gradient);
  return [shape];
};

/** Gradient by the filter: input 0, sizes in input 1 (or the shape of input 1), out_backprop 2. */
export const convFilterGradient = (rank: 4 | 5, forward: Forward = convShape, sizesAreValues = true): ShapeFunction => (c) => {
  const input = rankIs(c, 0, rank, 'input');
  const gradient = rankIs(c, 2, rank, 'out_backprop');
  const shape = sizesAreValues
    ? sizesOf(c, 1, rank, 'filter_sizes', (space) => [...space, null, null])
    : rankIs(c, 1, rank, 'filter');
  if (sizesAreValues && valuesOf(c, 1) === undefined) return [shape];
  checkBackprop(c, forward(c, input, shape), gradient);
  return [shape];
};

/** A Conv2D of the padded (and first resized) input: paddings in input `paddings`, filter in the next one. */
export const paddedConvolution = (paddings: number, sized: boolean): ShapeFunction => (c) => {
  const input = rankIs(c, 0, 4, 'input');
  const filter = rankIs(c, paddings + 1, 4, 'filter');
  const rows = rankIs(c, paddings, 2, 'paddings');
  dimIs(c, rows[0] ?? null, 4, 'paddings.shape[0]');
  dimIs(c, rows[1] ?? null, 2, 'paddings.shape[1]');
  const values = valuesOf(c, paddings);
  if (sized) dimIs(c, rankIs(c, 1, 1, 'size')[0] ?? null, 2, 'size.shape[0]');
  if (input.includes(0)) c.fail(`Input tensor can't be empty: ${shapeText(input)}.`);
  const sizes = sized ? valuesOf(c, 1) : undefined;
  const resized = sized ? withDim(withDim(input, 1, sizes?.[0] ?? null), 2, sizes?.[1] ?? null) : input;
  const padded = resized.map((dim, axis) => (values === undefined ? null : addDims(dim, (values[2 * axis] ?? 0) + (values[2 * axis + 1] ?? 0))));
  return [convShape(c, padded, filter)];
};

/** Dilation2D: [batch, height, width, depth] with filter [height, width, depth]. */
export const dilation: ShapeFunction = (c) => {
  const input = rankIs(c, 0, 4, 'input');
  const filter = rankIs(c, 1, 3, 'filter');
  const format = dataFormat('NHWC');
  const strides = perDimension(c, c.attrs.ints('strides'), 4, format, 'strides');
  const rates = perDimension(c, c.attrs.ints('rates'), 4, format, 'rates');
  const padding = c.attrs.string('padding');
  const space = [0, 1].map((at) => windowDim(c, input[at + 1] ?? null, filter[at] ?? null, {
    stride: strides[at + 1] ?? 1, dilation: rates[at + 1] ?? 1, padding, explicit: [0, 0],
  }, `spatial dimension ${at}`));
  return [[input[0] ?? null, ...space, mergeDim(c, input[3] ?? null, filter[2] ?? null, 'input depth and filter.shape[2]')]];
};
