/** Joining, cutting, padding and repeating. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import {
  bandPartBody, batchToSpaceBody, depthToSpaceBody, packBody, reverseBody, reverseV2Body, rollBody, spaceToBatchBody, spaceToDepthBody, splitBody,
  splitVBody, stridedSliceBody, tileBody, unpackBody, withBlockShape,
} from './arrayBodies.js';
import { inputOf, one } from './bodies.js';
import { packDefinition } from './literals.js';
import {
  concatShape, mirrorLimit, padShape, reverseShape, sliceShape, splitShape, splitVShape, tileShape, unpackShape,
} from './shapes/array.js';
import { addDims, axisIn, dimIs, merge, mergeDim, rankAtLeast, rankAtMost, rankIs, scalarOf, scalars, valuesOf } from './shapes/common.js';
import { spaceAndBatch, spaceAndBatch2d, spaceAndDepth } from './shapes/space.js';
import { slicedUpdateShape, stridedSliceGradShape, stridedSliceShape } from './shapes/stridedSlice.js';

/** The values joined along an axis. */
export const concatV2 = defineOp<
  <D extends DType>(values: readonly TensorLike<D>[], axis: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'ConcatV2(values: N*T, axis: Tidx) -> (output: T) | N: int >= 2; T: type; Tidx: type in $index = int32',
  shape: (c) => {
    const count = c.inputCount - 1;
    rankIs(c, count, 0, 'axis');
    return [concatShape(c, Array.from({ length: count }, (_, i) => c.shape(i)), scalarOf(c, count))];
  },
});

/** The values joined along an axis, which comes first. */
export const concat = defineOp<
  <D extends DType>(concatDim: TensorLike<'int32'>, values: readonly TensorLike<D>[], options?: OpOptions) => Tensor<D>
>({
  signature: 'Concat(concat_dim: int32, values: N*T) -> (output: T) | N: int >= 2; T: type',
  shape: (c) => {
    rankIs(c, 0, 0, 'concat_dim');
    return [concatShape(c, Array.from({ length: c.inputCount - 1 }, (_, i) => c.shape(i + 1)), scalarOf(c, 0))];
  },
  body: (b, inputs) => [one(b, 'ConcatV2', [...inputs.slice(1), inputOf(inputs, 0)])],
});

/** Where each of the shapes begins in their concatenation. */
export const concatOffset = defineOp<
  <D extends DType>(concatDim: TensorLike<'int32'>, shape: readonly TensorLike<D>[], options?: OpOptions) => Tensor<D>[]
>({
  signature: 'ConcatOffset(concat_dim: int32, shape: N*shape_type) -> (offset: N*shape_type) | N: int >= 2; shape_type: type ' +
    'in $index = int32',
  shape: (c) => {
    rankIs(c, 0, 0, 'concat_dim');
    return c.outputDtypes.map((_, i) => rankIs(c, i + 1, 1, `shape ${i}`));
  },
});

/** The values, of one shape, along a new axis. */
export const pack = defineOp<<D extends DType>(values: readonly TensorLike<D>[], options?: OpOptions & { axis?: number }) => Tensor<D>>({
  signature: 'Pack(values: N*T) -> (output: T) | N: int >= 1; T: type; axis: int = 0',
  shape: packDefinition.shape,
  body: packBody,
});

/** The slices along an axis, without it. */
export const unpack = defineOp<
  <D extends DType>(value: TensorLike<D>, num: number, options?: OpOptions & { axis?: number }) => Tensor<D>[]
>({
  signature: 'Unpack(value: T) -> (output: num*T) | num: int >= 0; T: type; axis: int = 0',
  shape: unpackShape,
  body: unpackBody,
});

/** `num_split` equal parts along an axis. */
export const split = defineOp<
  <D extends DType>(splitDim: TensorLike<'int32'>, value: TensorLike<D>, numSplit: number, options?: OpOptions) => Tensor<D>[]
>({
  signature: 'Split(split_dim: int32, value: T) -> (output: num_split*T) | num_split: int >= 1; T: type',
  shape: splitShape,
  body: splitBody,
});

/** Parts of the sizes given along an axis; one size may be -1. */
export const splitV = defineOp<
  <D extends DType>(
    value: TensorLike<D>, sizeSplits: TensorLike<'int8' | 'int32' | 'int64'>, splitDim: TensorLike<'int32'>, numSplit: number,
    options?: OpOptions,
  ) => Tensor<D>[]
>({
  signature: 'SplitV(value: T, size_splits: Tlen, split_dim: int32) -> (output: num_split*T) | num_split: int >= 1; T: type; ' +
    'Tlen: type in [$index, int8] = int64',
  shape: splitVShape,
  body: splitVBody,
});

/** size[i] elements from begin[i] on along each axis; -1 takes all that are left. */
export const slice = defineOp<
  <D extends DType, D2 extends DType>(input: TensorLike<D>, begin: TensorLike<D2>, size: TensorLike<D2>, options?: OpOptions) => Tensor<D>
>({
  signature: 'Slice(input: T, begin: Index, size: Index) -> (output: T) | T: type; Index: type in $index',
  shape: sliceShape,
});

/**
 * Every strides[i]-th element from begin[i] to before end[i]; the bits of the masks mean: from the start, to the end, all axes between,
 * a new axis, a single index.
 */
export const stridedSlice = defineOp<
  <D extends DType, D2 extends DType>(
    input: TensorLike<D>, begin: TensorLike<D2>, end: TensorLike<D2>, strides: TensorLike<D2>,
    options?: OpOptions & { beginMask?: number; endMask?: number; ellipsisMask?: number; newAxisMask?: number; shrinkAxisMask?: number },
  ) => Tensor<D>
>({
  signature: 'StridedSlice(input: T, begin: Index, end: Index, strides: Index) -> (output: T) | T: type; Index: type in ' +
    '[$index, int16]; begin_mask: int = 0; end_mask: int = 0; ellipsis_mask: int = 0; new_axis_mask: int = 0; ' +
    'shrink_axis_mask: int = 0',
  shape: stridedSliceShape,
  body: stridedSliceBody,
});

/** Zeros of the shape given, with dy in the places that the strided slice takes. */
export const stridedSliceGrad = defineOp<
  <D extends DType, D2 extends DType>(
    shape: TensorLike<D2>, begin: TensorLike<D2>, end: TensorLike<D2>, strides: TensorLike<D2>, dy: TensorLike<D>,
    options?: OpOptions & { beginMask?: number; endMask?: number; ellipsisMask?: number; newAxisMask?: number; shrinkAxisMask?: number },
  ) => Tensor<D>
>({
  signature: 'StridedSliceGrad(shape: Index, begin: Index, end: Index, strides: Index, dy: T) -> (output: T) | T: type; Index: ' +
    'type in $index; begin_mask: int = 0; end_mask: int = 0; ellipsis_mask: int = 0; new_axis_mask: int = 0; ' +
    'shrink_axis_mask: int = 0',
  shape: stridedSliceGradShape,
});

/** The input with a strided slice of it replaced. */
export const tensorStridedSliceUpdate = defineOp<
  <D extends DType, D2 extends DType>(
    input: TensorLike<D>, begin: TensorLike<D2>, end: TensorLike<D2>, strides: TensorLike<D2>, value: TensorLike<D>,
    options?: OpOptions & { beginMask?: number; endMask?: number; ellipsisMask?: number; newAxisMask?: number; shrinkAxisMask?: number },
  ) => Tensor<D>
>({
  signature: 'TensorStridedSliceUpdate(input: T, begin: Index, end: Index, strides: Index, value: T) -> (output: T) | T: type; ' +
    'Index: type in $index; begin_mask: int = 0; end_mask: int = 0; ellipsis_mask: int = 0; new_axis_mask: int = 0; ' +
    'shrink_axis_mask: int = 0',
  shape: slicedUpdateShape,
});

/** The input with zeros around it, paddings[i] = [before, after]. */
export const pad = defineOp<
  <D extends DType>(input: TensorLike<D>, paddings: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'Pad(input: T, paddings: Tpaddings) -> (output: T) | T: type; Tpaddings: type in $index = int32',
  shape: padShape(),
});

/** The input with a constant around it. */
export const padV2 = defineOp<
  <D extends DType>(
    input: TensorLike<D>, paddings: TensorLike<'int32' | 'int64'>, constantValues: TensorLike<D>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'PadV2(input: T, paddings: Tpaddings, constant_values: T) -> (output: T) | T: type; Tpaddings: type in $index = int32',
  shape: (c) => {
    rankIs(c, 2, 0, 'constant_values');
    return padShape()(c);
  },
});

/** The input with its mirror image around it; REFLECT does not repeat the border. */
export const mirrorPad = defineOp<
  <D extends DType>(
    input: TensorLike<D>, paddings: TensorLike<'int32' | 'int64'>, mode: 'REFLECT' | 'SYMMETRIC',
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'MirrorPad(input: T, paddings: Tpaddings) -> (output: T) | T: type; Tpaddings: type in $index = int32; mode: ' +
    'string in [REFLECT, SYMMETRIC]',
  shape: padShape(mirrorLimit),
});

/** Gradient of MirrorPad: the mirror images are added to what they show, and cut off. */
export const mirrorPadGrad = defineOp<
  <D extends DType>(
    input: TensorLike<D>, paddings: TensorLike<'int32' | 'int64'>, mode: 'REFLECT' | 'SYMMETRIC',
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'MirrorPadGrad(input: T, paddings: Tpaddings) -> (output: T) | T: type; Tpaddings: type in $index = int32; mode: ' +
    'string in [REFLECT, SYMMETRIC]',
  shape: (c) => {
    const rows = rankIs(c, 1, 2, 'paddings');
    dimIs(c, rows[1] ?? null, 2, 'paddings.shape[1]');
    const input = rows[0] === null || rows[0] === undefined ? c.shape(0) : rankIs(c, 0, rows[0], 'input');
    const paddings = valuesOf(c, 1);
    return [input === null ? null : input.map((dim, axis) => (paddings === undefined ? null : addDims(dim, -((paddings[2 * axis] ?? 0) + (paddings[2 * axis + 1] ?? 0)))))];
  },
});

/** The input repeated multiples[i] times along each axis. */
export const tile = defineOp<
  <D extends DType>(input: TensorLike<D>, multiples: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'Tile(input: T, multiples: Tmultiples) -> (output: T) | T: type; Tmultiples: type in $index = int32',
  shape: tileShape,
  body: tileBody,
});

/** Reversal along the axes whose flag is set. */
export const reverse = defineOp<<D extends DType>(tensor: TensorLike<D>, dims: TensorLike<'bool'>, options?: OpOptions) => Tensor<D>>({
  signature: 'Reverse(tensor: T, dims: bool) -> (output: T) | T: type in [$real, $complex, bool, string]',
  shape: (c) => {
    const [flags] = rankIs(c, 1, 1, 'dims');
    const tensor = c.shape(0);
    if (tensor !== null) mergeDim(c, flags ?? null, tensor.length, 'dims and the rank of tensor');
    return [tensor];
  },
  body: reverseBody,
});

/** Reversal along axes. */
export const reverseV2 = defineOp<
  <D extends DType>(tensor: TensorLike<D>, axis: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'ReverseV2(tensor: T, axis: Tidx) -> (output: T) | Tidx: type in $index = int32; T: type in [$real, $complex, bool, string]',
  shape: reverseShape,
  body: reverseV2Body,
});

/** For each slice of batch_dim, the first seq_lengths of seq_dim reversed. */
export const reverseSequence = defineOp<
  <D extends DType>(
    input: TensorLike<D>, seqLengths: TensorLike<'int32' | 'int64'>, seqDim: number,
    options?: OpOptions & { batchDim?: number },
  ) => Tensor<D>
>({
  signature: 'ReverseSequence(input: T, seq_lengths: Tlen) -> (output: T) | seq_dim: int; batch_dim: int = 0; T: type; Tlen: ' +
    'type in $index = int64',
  shape: (c) => {
    const [lengths] = rankIs(c, 1, 1, 'seq_lengths');
    const input = rankAtLeast(c, 0, 1, 'input');
    if (input === null) return [null];
    const batch = axisIn(c, c.attrs.int('batch_dim'), input.length, 'batch_dim');
    if (batch === axisIn(c, c.attrs.int('seq_dim'), input.length, 'seq_dim')) c.fail(`batch_dim and seq_dim must differ, but both are ${batch}.`);
    mergeDim(c, lengths ?? null, input[batch] ?? null, 'seq_lengths and the batch dimension');
    return [input];
  },
});

/** The elements shifted along axes, those that leave entering at the other side. */
export const roll = defineOp<
  <D extends DType>(
    input: TensorLike<D>, shift: TensorLike<'int32' | 'int64'>, axis: TensorLike<'int32' | 'int64'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'Roll(input: T, shift: Tshift, axis: Taxis) -> (output: T) | T: type; Tshift: type in $index; Taxis: type in $index',
  shape: (c) => {
    const input = rankAtLeast(c, 0, 1, 'input');
    merge(c, rankAtMost(c, 1, 1, 'shift'), rankAtMost(c, 2, 1, 'axis'), 'shift and axis');
    return [input];
  },
  body: rollBody,
});

/** Blocks of space to the batch: each offset in a block becomes an image of its own. */
export const spaceToBatchND = defineOp<
  <D extends DType>(
    input: TensorLike<D>, blockShape: TensorLike<'int32' | 'int64'>, paddings: TensorLike<'int32' | 'int64'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'SpaceToBatchND(input: T, block_shape: Tblock_shape, paddings: Tpaddings) -> (output: T) | T: type; Tblock_shape: ' +
    'type in $index = int32; Tpaddings: type in $index = int32',
  shape: spaceAndBatch(true),
  body: spaceToBatchBody,
});

/** The inverse of SpaceToBatchND. */
export const batchToSpaceND = defineOp<
  <D extends DType>(
    input: TensorLike<D>, blockShape: TensorLike<'int32' | 'int64'>, crops: TensorLike<'int32' | 'int64'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'BatchToSpaceND(input: T, block_shape: Tblock_shape, crops: Tcrops) -> (output: T) | T: type; Tblock_shape: type ' +
    'in $index = int32; Tcrops: type in $index = int32',
  shape: spaceAndBatch(false),
  body: batchToSpaceBody,
});

/** SpaceToBatchND with square blocks. */
export const spaceToBatch = defineOp<
  <D extends DType>(input: TensorLike<D>, paddings: TensorLike<'int32' | 'int64'>, blockSize: number, options?: OpOptions) => Tensor<D>
>({
  signature: 'SpaceToBatch(input: T, paddings: Tpaddings) -> (output: T) | T: type; Tpaddings: type in $index = int32; block_size: int >= 2',
  shape: spaceAndBatch2d(true),
  body: withBlockShape('SpaceToBatchND'),
});

/** BatchToSpaceND with square blocks. */
export const batchToSpace = defineOp<
  <D extends DType>(input: TensorLike<D>, crops: TensorLike<'int32' | 'int64'>, blockSize: number, options?: OpOptions) => Tensor<D>
>({
  signature: 'BatchToSpace(input: T, crops: Tidx) -> (output: T) | T: type; block_size: int >= 2; Tidx: type in $index = int32',
  shape: spaceAndBatch2d(false),
  body: withBlockShape('BatchToSpaceND'),
});

/** Blocks of space to channels. */
export const spaceToDepth = defineOp<
  <D extends DType>(
    input: TensorLike<D>, blockSize: number,
    options?: OpOptions & { dataFormat?: 'NHWC' | 'NCHW' | 'NCHW_VECT_C' },
  ) => Tensor<D>
>({
  signature: "SpaceToDepth(input: T) -> (output: T) | T: type; block_size: int >= 2; data_format: string in [NHWC, NCHW, " +
    "NCHW_VECT_C] = 'NHWC'",
  shape: spaceAndDepth(true),
  body: spaceToDepthBody,
});

/** Channels to blocks of space. */
export const depthToSpace = defineOp<
  <D extends DType>(
    input: TensorLike<D>, blockSize: number,
    options?: OpOptions & { dataFormat?: 'NHWC' | 'NCHW' | 'NCHW_VECT_C' },
  ) => Tensor<D>
>({
  signature: "DepthToSpace(input: T) -> (output: T) | T: type; block_size: int >= 2; data_format: string in [NHWC, NCHW, " +
    "NCHW_VECT_C] = 'NHWC'",
  shape: spaceAndDepth(false),
  body: depthToSpaceBody,
});

/** The matrices with everything outside a band around the main diagonal set to 0. */
export const matrixBandPart = defineOp<
  <D extends DType, Index extends DType>(
    input: TensorLike<D>, numLower: TensorLike<Index>, numUpper: TensorLike<Index>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'MatrixBandPart(input: T, num_lower: Tindex, num_upper: Tindex) -> (band: T) | T: type; Tindex: type in $index = int64',
  shape: (c) => {
    scalars(c, 1, 2);
    return [rankAtLeast(c, 0, 2, 'input')];
  },
  body: bandPartBody,
});
