/** Convolutions and their gradients. Filters are [space…, in, out]; in formats with channels first, the bodies transpose around the others. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { channelsFirst } from './channelsFirst.js';
import { applyFused } from './fused.js';
import { convFilterGradient, convInputGradient, convolution, depthwise, depthwiseShape, dilation } from './shapes/conv.js';
import { inputOf, int32s, known, one } from './bodies.js';
import type { OpBody } from './opDef.js';
import { convAttrs } from './convAttrs.js';

/** A gradient that uses only the shape of an input is the one that takes sizes there. */
const bySizes = (type: string, input: number): OpBody => (b, inputs) => {
  const shape = known(inputOf(inputs, input));
  if (shape === undefined) return undefined;
  return b.op(type, inputs.map((value, i) => (i === input ? int32s(b, shape) : value)), convAttrs(b.attrs.attrs));
};

/**
 * Convolution of images [batch, height, width, channels] with a filter [height, width, in, out]. in may divide the channels: then they
 * are in groups.
 */
export const conv2D = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filter: TensorLike<D>, strides: readonly number[], padding: 'SAME' | 'VALID' | 'EXPLICIT',
    options?: OpOptions & {
      useCudnnOnGpu?: boolean; explicitPaddings?: readonly number[]; dataFormat?: 'NHWC' | 'NCHW'; dilations?: readonly number[];
    },
  ) => Tensor<D>
>({
  signature: "Conv2D(input: T, filter: T) -> (output: T) | T: type in [$float, int32]; strides: list(int); use_cudnn_on_gpu: " +
    "bool = true; padding: string in [SAME, VALID, EXPLICIT]; explicit_paddings: list(int) = []; data_format: string " +
    "in [NHWC, NCHW] = 'NHWC'; dilations: list(int) = [1, 1, 1, 1]",
  shape: convolution(4),
  body: channelsFirst('Conv2D', 4, { images: [0] }),
});

/** Convolution of every channel by itself with a filter [height, width, channels, multiplier]. */
export const depthwiseConv2dNative = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filter: TensorLike<D>, strides: readonly number[], padding: 'SAME' | 'VALID' | 'EXPLICIT',
    options?: OpOptions & { explicitPaddings?: readonly number[]; dataFormat?: 'NHWC' | 'NCHW'; dilations?: readonly number[] },
  ) => Tensor<D>
>({
  signature: "DepthwiseConv2dNative(input: T, filter: T) -> (output: T) | T: type in $float; strides: list(int); padding: " +
    "string in [SAME, VALID, EXPLICIT]; explicit_paddings: list(int) = []; data_format: string in [NHWC, NCHW] = " +
    "'NHWC'; dilations: list(int) = [1, 1, 1, 1]",
  shape: depthwise,
  body: channelsFirst('DepthwiseConv2dNative', 4, { images: [0] }),
});

/** Gradient of Conv2D by its input: the transposed convolution. input_sizes has 4 numbers, or 2 (height and width). */
export const conv2DBackpropInput = defineOp<
  <D extends DType>(
    inputSizes: TensorLike<'int32'>, filter: TensorLike<D>, outBackprop: TensorLike<D>, strides: readonly number[],
    padding: 'SAME' | 'VALID' | 'EXPLICIT',
    options?: OpOptions & {
      useCudnnOnGpu?: boolean; explicitPaddings?: readonly number[]; dataFormat?: 'NHWC' | 'NCHW'; dilations?: readonly number[];
    },
  ) => Tensor<D>
>({
  signature: "Conv2DBackpropInput(input_sizes: int32, filter: T, out_backprop: T) -> (output: T) | T: type in [$float, int32]; " +
    "strides: list(int); use_cudnn_on_gpu: bool = true; padding: string in [SAME, VALID, EXPLICIT]; " +
    "explicit_paddings: list(int) = []; data_format: string in [NHWC, NCHW] = 'NHWC'; dilations: list(int) = [1, 1, " +
    "1, 1]",
  shape: convInputGradient(4),
  body: channelsFirst('Conv2DBackpropInput', 4, { images: [2], sizes: [0] }),
});

/** Gradient of Conv2D by its input, of which only the shape is used. */
export const conv2DBackpropInputV2 = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filter: TensorLike<D>, outBackprop: TensorLike<D>, strides: readonly number[],
    padding: 'SAME' | 'VALID' | 'EXPLICIT',
    options?: OpOptions & {
      useCudnnOnGpu?: boolean; explicitPaddings?: readonly number[]; dataFormat?: 'NHWC' | 'NCHW'; dilations?: readonly number[];
    },
  ) => Tensor<D>
>({
  signature: "Conv2DBackpropInputV2(input: T, filter: T, out_backprop: T) -> (output: T) | T: type in [$float, int32]; " +
    "strides: list(int); use_cudnn_on_gpu: bool = true; padding: string in [SAME, VALID, EXPLICIT]; " +
    "explicit_paddings: list(int) = []; data_format: string in [NHWC, NCHW] = 'NHWC'; dilations: list(int) = [1, 1, " +
    "1, 1]",
  shape: convInputGradient(4, undefined, false),
  body: bySizes('Conv2DBackpropInput', 0),
});

/** Gradient of Conv2D by its filter. */
export const conv2DBackpropFilter = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filterSizes: TensorLike<'int32'>, outBackprop: TensorLike<D>, strides: readonly number[],
    padding: 'SAME' | 'VALID' | 'EXPLICIT',
    options?: OpOptions & {
      useCudnnOnGpu?: boolean; explicitPaddings?: readonly number[]; dataFormat?: 'NHWC' | 'NCHW'; dilations?: readonly number[];
    },
  ) => Tensor<D>
>({
  signature: "Conv2DBackpropFilter(input: T, filter_sizes: int32, out_backprop: T) -> (output: T) | T: type in $float; " +
    "strides: list(int); use_cudnn_on_gpu: bool = true; padding: string in [SAME, VALID, EXPLICIT]; " +
    "explicit_paddings: list(int) = []; data_format: string in [NHWC, NCHW] = 'NHWC'; dilations: list(int) = [1, 1, " +
    "1, 1]",
  shape: convFilterGradient(4),
});

/** Gradient of Conv2D by its filter, of which only the shape is used. */
export const conv2DBackpropFilterV2 = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filter: TensorLike<D>, outBackprop: TensorLike<D>, strides: readonly number[],
    padding: 'SAME' | 'VALID' | 'EXPLICIT',
    options?: OpOptions & {
      useCudnnOnGpu?: boolean; explicitPaddings?: readonly number[]; dataFormat?: 'NHWC' | 'NCHW'; dilations?: readonly number[];
    },
  ) => Tensor<D>
>({
  signature: "Conv2DBackpropFilterV2(input: T, filter: T, out_backprop: T) -> (output: T) | T: type in $float; strides: " +
    "list(int); use_cudnn_on_gpu: bool = true; padding: string in [SAME, VALID, EXPLICIT]; explicit_paddings: " +
    "list(int) = []; data_format: string in [NHWC, NCHW] = 'NHWC'; dilations: list(int) = [1, 1, 1, 1]",
  shape: convFilterGradient(4, undefined, false),
  body: bySizes('Conv2DBackpropFilter', 1),
});

/** Gradient of DepthwiseConv2dNative by its input. */
export const depthwiseConv2dNativeBackpropInput = defineOp<
  <D extends DType>(
    inputSizes: TensorLike<'int32'>, filter: TensorLike<D>, outBackprop: TensorLike<D>, strides: readonly number[],
    padding: 'SAME' | 'VALID' | 'EXPLICIT',
    options?: OpOptions & { explicitPaddings?: readonly number[]; dataFormat?: 'NHWC' | 'NCHW'; dilations?: readonly number[] },
  ) => Tensor<D>
>({
  signature: "DepthwiseConv2dNativeBackpropInput(input_sizes: int32, filter: T, out_backprop: T) -> (output: T) | T: type in " +
    "$float; strides: list(int); padding: string in [SAME, VALID, EXPLICIT]; explicit_paddings: list(int) = []; " +
    "data_format: string in [NHWC, NCHW] = 'NHWC'; dilations: list(int) = [1, 1, 1, 1]",
  shape: convInputGradient(4, depthwiseShape),
  body: channelsFirst('DepthwiseConv2dNativeBackpropInput', 4, { images: [2], sizes: [0] }),
});

/** Gradient of DepthwiseConv2dNative by its filter. */
export const depthwiseConv2dNativeBackpropFilter = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filterSizes: TensorLike<'int32'>, outBackprop: TensorLike<D>, strides: readonly number[],
    padding: 'SAME' | 'VALID' | 'EXPLICIT',
    options?: OpOptions & { explicitPaddings?: readonly number[]; dataFormat?: 'NHWC' | 'NCHW'; dilations?: readonly number[] },
  ) => Tensor<D>
>({
  signature: "DepthwiseConv2dNativeBackpropFilter(input: T, filter_sizes: int32, out_backprop: T) -> (output: T) | T: type in " +
    "$float; strides: list(int); padding: string in [SAME, VALID, EXPLICIT]; explicit_paddings: list(int) = []; " +
    "data_format: string in [NHWC, NCHW] = 'NHWC'; dilations: list(int) = [1, 1, 1, 1]",
  shape: convFilterGradient(4, depthwiseShape),
});

/** Convolution of volumes [batch, depth, height, width, channels] with a filter [depth, height, width, in, out]. */
export const conv3D = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filter: TensorLike<D>, strides: readonly number[], padding: 'SAME' | 'VALID',
    options?: OpOptions & { dataFormat?: 'NDHWC' | 'NCDHW'; dilations?: readonly number[] },
  ) => Tensor<D>
>({
  signature: "Conv3D(input: T, filter: T) -> (output: T) | T: type in $float; strides: list(int) >= 5; padding: string in " +
    "[SAME, VALID]; data_format: string in [NDHWC, NCDHW] = 'NDHWC'; dilations: list(int) = [1, 1, 1, 1, 1]",
  shape: convolution(5),
  body: channelsFirst('Conv3D', 5, { images: [0] }),
});

/** Gradient of Conv3D by its input: the transposed convolution. */
export const conv3DBackpropInputV2 = defineOp<
  <D extends DType>(
    inputSizes: TensorLike<'int32' | 'int64'>, filter: TensorLike<D>, outBackprop: TensorLike<D>, strides: readonly number[],
    padding: 'SAME' | 'VALID',
    options?: OpOptions & { dataFormat?: 'NDHWC' | 'NCDHW'; dilations?: readonly number[] },
  ) => Tensor<D>
>({
  signature: "Conv3DBackpropInputV2(input_sizes: Tshape, filter: T, out_backprop: T) -> (output: T) | T: type in $float; " +
    "strides: list(int) >= 5; padding: string in [SAME, VALID]; data_format: string in [NDHWC, NCDHW] = 'NDHWC'; " +
    "dilations: list(int) = [1, 1, 1, 1, 1]; Tshape: type in $index = int32",
  shape: convInputGradient(5),
  body: channelsFirst('Conv3DBackpropInputV2', 5, { images: [2], sizes: [0] }),
});

/** Gradient of Conv3D by its filter. */
export const conv3DBackpropFilterV2 = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filterSizes: TensorLike<'int32'>, outBackprop: TensorLike<D>, strides: readonly number[],
    padding: 'SAME' | 'VALID',
    options?: OpOptions & { dataFormat?: 'NDHWC' | 'NCDHW'; dilations?: readonly number[] },
  ) => Tensor<D>
>({
  signature: "Conv3DBackpropFilterV2(input: T, filter_sizes: int32, out_backprop: T) -> (output: T) | T: type in $float; " +
    "strides: list(int) >= 5; padding: string in [SAME, VALID]; data_format: string in [NDHWC, NCDHW] = 'NDHWC'; " +
    "dilations: list(int) = [1, 1, 1, 1, 1]",
  shape: convFilterGradient(5),
});

/** Gradient of Conv3D by its input, of which only the shape is used. */
export const conv3DBackpropInput = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filter: TensorLike<D>, outBackprop: TensorLike<D>, strides: readonly number[], padding: 'SAME' | 'VALID',
    options?: OpOptions & { dilations?: readonly number[] },
  ) => Tensor<D>
>({
  signature: 'Conv3DBackpropInput(input: T, filter: T, out_backprop: T) -> (output: T) | T: type in $oldFloat; strides: ' +
    'list(int) >= 5; padding: string in [SAME, VALID]; dilations: list(int) = [1, 1, 1, 1, 1] | deprecated at 10',
  shape: convInputGradient(5, undefined, false),
  body: bySizes('Conv3DBackpropInputV2', 0),
});

/** Gradient of Conv3D by its filter, of which only the shape is used. */
export const conv3DBackpropFilter = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filter: TensorLike<D>, outBackprop: TensorLike<D>, strides: readonly number[], padding: 'SAME' | 'VALID',
    options?: OpOptions & { dilations?: readonly number[] },
  ) => Tensor<D>
>({
  signature: 'Conv3DBackpropFilter(input: T, filter: T, out_backprop: T) -> (output: T) | T: type in $oldFloat; strides: ' +
    'list(int) >= 5; padding: string in [SAME, VALID]; dilations: list(int) = [1, 1, 1, 1, 1] | deprecated at 10',
  shape: convFilterGradient(5, undefined, false),
  body: bySizes('Conv3DBackpropFilterV2', 1),
});

/** Greyscale dilation: the largest of input + filter in each window. */
export const dilation2D = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filter: TensorLike<D>, strides: readonly number[], rates: readonly number[], padding: 'SAME' | 'VALID',
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'Dilation2D(input: T, filter: T) -> (output: T) | T: type in $real; strides: list(int) >= 4; rates: list(int) >= ' +
    '4; padding: string in [SAME, VALID]',
  shape: dilation,
});

/** Gradient of Dilation2D by its input. */
export const dilation2DBackpropInput = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filter: TensorLike<D>, outBackprop: TensorLike<D>, strides: readonly number[], rates: readonly number[],
    padding: 'SAME' | 'VALID',
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'Dilation2DBackpropInput(input: T, filter: T, out_backprop: T) -> (in_backprop: T) | T: type in $real; strides: ' +
    'list(int) >= 4; rates: list(int) >= 4; padding: string in [SAME, VALID]',
  shape: (c) => [c.shape(0)],
});

/** Gradient of Dilation2D by its filter. */
export const dilation2DBackpropFilter = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filter: TensorLike<D>, outBackprop: TensorLike<D>, strides: readonly number[], rates: readonly number[],
    padding: 'SAME' | 'VALID',
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'Dilation2DBackpropFilter(input: T, filter: T, out_backprop: T) -> (filter_backprop: T) | T: type in $real; ' +
    'strides: list(int) >= 4; rates: list(int) >= 4; padding: string in [SAME, VALID]',
  shape: (c) => [c.shape(1)],
});

/** Conv2D followed by the ops that `fused_ops` names, which take their arguments from `args`. */
export const fusedConv2D = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filter: TensorLike<D>, args: readonly TensorLike[], hostArgs: readonly TensorLike<'float32'>[],
    numArgs: number, strides: readonly number[], padding: 'SAME' | 'VALID' | 'EXPLICIT',
    options?: OpOptions & {
      explicitPaddings?: readonly number[]; dataFormat?: 'NHWC' | 'NCHW' | 'NCHW_VECT_C';
      filterFormat?: 'HWIO' | 'OIHW' | 'OIHW_VECT_I'; dilations?: readonly number[]; useCudnnOnGpu?: boolean;
      fusedOps?: readonly string[]; epsilon?: number; leakyreluAlpha?: number;
    },
  ) => Tensor<D>
>({
  signature: "_FusedConv2D(input: T, filter: T, args: list(TArgs), host_args: num_host_args*float) -> (output: T) | T: type in " +
    "[$oldFloat, int8, qint8]; TArgs: list(type) >= 1; num_args: int >= 0; num_host_args: int >= 0 = 0; strides: " +
    "list(int); padding: string in [SAME, VALID, EXPLICIT]; explicit_paddings: list(int) = []; data_format: string in " +
    "[NHWC, NCHW, NCHW_VECT_C] = 'NHWC'; filter_format: string in [HWIO, OIHW, OIHW_VECT_I] = 'HWIO'; dilations: " +
    "list(int) = [1, 1, 1, 1]; use_cudnn_on_gpu: bool = true; fused_ops: list(string) = []; epsilon: float = 0.0001; " +
    "leakyrelu_alpha: float = 0.2",
  shape: convolution(4),
  body: (b, inputs) => {
    if (b.attrs.has('filter_format') && b.attrs.string('filter_format') !== 'HWIO') return undefined;
    const count = b.attrs.int('num_args');
    const product = one(b, 'Conv2D', inputs.slice(0, 2), convAttrs(b.attrs.attrs));
    const value = applyFused(b, product, inputs.slice(2, 2 + count), b.attrs.string('data_format'));
    return value === undefined ? undefined : [value];
  },
});

/** DepthwiseConv2dNative followed by the ops that `fused_ops` names, which take their arguments from `args`. */
export const fusedDepthwiseConv2dNative = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filter: TensorLike<D>, args: readonly TensorLike<D>[], strides: readonly number[],
    padding: 'SAME' | 'VALID',
    options?: OpOptions & {
      dataFormat?: 'NHWC' | 'NCHW'; dilations?: readonly number[]; fusedOps?: readonly string[]; epsilon?: number;
      leakyreluAlpha?: number;
    },
  ) => Tensor<D>
>({
  signature: "_FusedDepthwiseConv2dNative(input: T, filter: T, args: num_args*T) -> (output: T) | T: type in $float; num_args: " +
    "int >= 0; strides: list(int); padding: string in [SAME, VALID]; data_format: string in [NHWC, NCHW] = 'NHWC'; " +
    "dilations: list(int) = [1, 1, 1, 1]; fused_ops: list(string) = []; epsilon: float = 0.0001; leakyrelu_alpha: " +
    "float = 0.2",
  shape: depthwise,
  body: (b, inputs) => {
    const product = one(b, 'DepthwiseConv2dNative', inputs.slice(0, 2), convAttrs(b.attrs.attrs));
    const value = applyFused(b, product, inputs.slice(2), b.attrs.string('data_format'));
    return value === undefined ? undefined : [value];
  },
});
