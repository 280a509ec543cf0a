/** Convolutions with padding, resizing or an epilogue built in, and the general Conv. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { attr, cast, inputOf, one } from './bodies.js';
import { convAttrs } from './convAttrs.js';
import { applyFused } from './fused.js';
import { convolution, generalConvolution, lettersOf, paddedConvolution } from './shapes/conv.js';

/** Convolution over one to three spatial dimensions. */
export const conv = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filter: TensorLike<D>, strides: readonly number[], padding: 'SAME' | 'VALID' | 'EXPLICIT',
    options?: OpOptions & {
      explicitPaddings?: readonly number[]; dataFormat?: 'CHANNELS_FIRST' | 'CHANNELS_LAST'; dilations?: readonly number[];
      batchDims?: number; groups?: number;
    },
  ) => Tensor<D>
>({
  signature: "Conv(input: T, filter: T) -> (output: T) | T: type in [$float, int32]; strides: list(int); padding: string in " +
    "[SAME, VALID, EXPLICIT]; explicit_paddings: list(int) = []; data_format: string in [CHANNELS_FIRST, " +
    "CHANNELS_LAST] = 'CHANNELS_LAST'; dilations: list(int) = []; batch_dims: int = 1; groups: int = 1",
  shape: generalConvolution,
  body: (b, inputs) => {
    const [input, filter] = [inputOf(inputs, 0), inputOf(inputs, 1)];
    const spaceRank = (filter.shape?.length ?? 0) - 2;
    if (b.attrs.int('batch_dims') !== 1 || (spaceRank !== 2 && spaceRank !== 3)) return undefined;
    const dilations = b.attrs.ints('dilations');
    const attrs = {
      strides: attr.ints(b.attrs.ints('strides')), padding: attr.string(b.attrs.string('padding')),
      dilations: attr.ints(dilations.length > 0 ? dilations : new Array<number>(spaceRank + 2).fill(1)),
      data_format: attr.string(lettersOf(b.attrs.string('data_format'), spaceRank)),
    };
    if (spaceRank === 3) return b.attrs.string('padding') === 'EXPLICIT' ? undefined : b.op('Conv3D', [input, filter], attrs);
    return b.op('Conv2D', [input, filter], { ...attrs, explicit_paddings: attr.ints(b.attrs.ints('explicit_paddings')) });
  },
});

/** Conv3D followed by the ops that `fused_ops` names, which take their arguments from `args`. */
export const fusedConv3D = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filter: TensorLike<D>, args: readonly TensorLike<D>[], strides: readonly number[],
    padding: 'SAME' | 'VALID',
    options?: OpOptions & {
      dataFormat?: 'NDHWC' | 'NCDHW'; dilations?: readonly number[]; paddingList?: readonly number[]; fusedOps?: readonly string[];
      epsilon?: number; leakyreluAlpha?: number;
    },
  ) => Tensor<D>
>({
  signature: "_FusedConv3D(input: T, filter: T, args: num_args*T) -> (output: T) | T: type in [bfloat16, float, half]; " +
    "num_args: int >= 0; strides: list(int) >= 5; padding: string in [SAME, VALID]; data_format: string in [NDHWC, " +
    "NCDHW] = 'NDHWC'; dilations: list(int) = [1, 1, 1, 1, 1]; padding_list: list(int) = []; fused_ops: list(string) " +
    "= []; epsilon: float = 0.0001; leakyrelu_alpha: float = 0.2",
  shape: convolution(5),
  body: (b, inputs) => {
    const product = one(b, 'Conv3D', inputs.slice(0, 2), convAttrs(b.attrs.attrs));
    const format = b.attrs.string('data_format') === 'NCDHW' ? 'NCHW' : 'NHWC';
    const value = applyFused(b, product, inputs.slice(2), format);
    return value === undefined ? undefined : [value];
  },
});

/** Conv2D of the input padded with its mirror image. */
export const fusedPadConv2D = defineOp<
  <D extends DType>(
    input: TensorLike<D>, paddings: TensorLike<'int32'>, filter: TensorLike<D>, mode: 'REFLECT' | 'SYMMETRIC',
    strides: readonly number[], padding: 'SAME' | 'VALID',
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'FusedPadConv2D(input: T, paddings: int32, filter: T) -> (output: T) | T: type in $float; mode: string in ' +
    '[REFLECT, SYMMETRIC]; strides: list(int); padding: string in [SAME, VALID]',
  shape: paddedConvolution(1, false),
  body: (b, inputs) => {
    const padded = one(b, 'MirrorPad', [inputOf(inputs, 0), inputOf(inputs, 1)], { mode: attr.string(b.attrs.string('mode')) });
    return b.op('Conv2D', [padded, inputOf(inputs, 2)], convAttrs(b.attrs.attrs));
  },
});

/** Conv2D of the input resized (bilinearly) and padded with its mirror image. */
export const fusedResizeAndPadConv2D = defineOp<
  <D extends DType>(
    input: TensorLike<D>, size: TensorLike<'int32'>, paddings: TensorLike<'int32'>, filter: TensorLike<D>,
    mode: 'REFLECT' | 'SYMMETRIC', strides: readonly number[], padding: 'SAME' | 'VALID',
    options?: OpOptions & { resizeAlignCorners?: boolean },
  ) => Tensor<D>
>({
  signature: 'FusedResizeAndPadConv2D(input: T, size: int32, paddings: int32, filter: T) -> (output: T) | T: type in ' +
    '$oldFloat; resize_align_corners: bool = false; mode: string in [REFLECT, SYMMETRIC]; strides: list(int); ' +
    'padding: string in [SAME, VALID]',
  shape: paddedConvolution(2, true),
  body: (b, inputs) => {
    const input = inputOf(inputs, 0);
    const size = one(b, 'ResizeBilinear', [input, inputOf(inputs, 1)], { align_corners: attr.bool(b.attrs.bool('resize_align_corners')) });
    const padded = one(b, 'MirrorPad', [cast(b, size, input.dtype), inputOf(inputs, 2)], { mode: attr.string(b.attrs.string('mode')) });
    return b.op('Conv2D', [padded, inputOf(inputs, 3)], convAttrs(b.attrs.attrs));
  },
});
