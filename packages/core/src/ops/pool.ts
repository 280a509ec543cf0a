/** Pooling and its gradients. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { attr, inputOf, one } from './bodies.js';
import { channelsFirst } from './channelsFirst.js';
import { numbersOf, unchanged } from './shapes/common.js';
import { pool, poolByInputs, sizesInInput } from './shapes/pool.js';

/** The largest element of each window. */
export const maxPool = defineOp<
  <D extends DType>(
    input: TensorLike<D>, ksize: readonly number[], strides: readonly number[], padding: 'SAME' | 'VALID' | 'EXPLICIT',
    options?: OpOptions & { explicitPaddings?: readonly number[]; dataFormat?: 'NHWC' | 'NCHW' | 'NCHW_VECT_C' },
  ) => Tensor<D>
>({
  signature: "MaxPool(input: T) -> (output: T) | T: type in [$float, $signed, uint8, uint16, qint8] = float; ksize: list(int) " +
    ">= 4; strides: list(int) >= 4; padding: string in [SAME, VALID, EXPLICIT]; explicit_paddings: list(int) = []; " +
    "data_format: string in [NHWC, NCHW, NCHW_VECT_C] = 'NHWC'",
  shape: pool(4),
  body: channelsFirst('MaxPool', 4, { images: [0] }),
});

/** MaxPool with ksize and strides as inputs. */
export const maxPoolV2 = defineOp<
  <D extends DType>(
    input: TensorLike<D>, ksize: TensorLike<'int32'>, strides: TensorLike<'int32'>, padding: 'SAME' | 'VALID',
    options?: OpOptions & { dataFormat?: 'NHWC' | 'NCHW' | 'NCHW_VECT_C' },
  ) => Tensor<D>
>({
  signature: "MaxPoolV2(input: T, ksize: int32, strides: int32) -> (output: T) | T: type in [$float, $signed, uint8, uint16, " +
    "qint8] = float; padding: string in [SAME, VALID]; data_format: string in [NHWC, NCHW, NCHW_VECT_C] = 'NHWC'",
  shape: poolByInputs,
  body: (b, inputs) => {
    const [ksize, strides] = [b.valueOf(inputOf(inputs, 1)), b.valueOf(inputOf(inputs, 2))];
    if (ksize === undefined || strides === undefined) return undefined;
    const attrs = {
      ksize: attr.ints(numbersOf(ksize)), strides: attr.ints(numbersOf(strides)), padding: attr.string(b.attrs.string('padding')),
      data_format: attr.string(b.attrs.string('data_format')),
    };
    return [one(b, 'MaxPool', [inputOf(inputs, 0)], attrs)];
  },
});

/** The mean of each window, of the elements that are not padding. */
export const avgPool = defineOp<
  <D extends DType>(
    value: TensorLike<D>, ksize: readonly number[], strides: readonly number[], padding: 'SAME' | 'VALID',
    options?: OpOptions & { dataFormat?: 'NHWC' | 'NCHW' },
  ) => Tensor<D>
>({
  signature: "AvgPool(value: T) -> (output: T) | ksize: list(int) >= 4; strides: list(int) >= 4; padding: string in [SAME, " +
    "VALID]; data_format: string in [NHWC, NCHW] = 'NHWC'; T: type in $float",
  shape: pool(4),
  body: channelsFirst('AvgPool', 4, { images: [0] }),
});

/** The largest element of each window of a volume. */
export const maxPool3D = defineOp<
  <D extends DType>(
    input: TensorLike<D>, ksize: readonly number[], strides: readonly number[], padding: 'SAME' | 'VALID',
    options?: OpOptions & { dataFormat?: 'NDHWC' | 'NCDHW' },
  ) => Tensor<D>
>({
  signature: "MaxPool3D(input: T) -> (output: T) | ksize: list(int) >= 5; strides: list(int) >= 5; padding: string in [SAME, " +
    "VALID]; data_format: string in [NDHWC, NCDHW] = 'NDHWC'; T: type in [half, bfloat16, float]",
  shape: pool(5),
  body: channelsFirst('MaxPool3D', 5, { images: [0] }),
});

/** The mean of each window of a volume, of the elements that are not padding. */
export const avgPool3D = defineOp<
  <D extends DType>(
    input: TensorLike<D>, ksize: readonly number[], strides: readonly number[], padding: 'SAME' | 'VALID',
    options?: OpOptions & { dataFormat?: 'NDHWC' | 'NCDHW' },
  ) => Tensor<D>
>({
  signature: "AvgPool3D(input: T) -> (output: T) | ksize: list(int) >= 5; strides: list(int) >= 5; padding: string in [SAME, " +
    "VALID]; data_format: string in [NDHWC, NCDHW] = 'NDHWC'; T: type in $float",
  shape: pool(5),
  body: channelsFirst('AvgPool3D', 5, { images: [0] }),
});

/** MaxPool, and the flat index of each largest element: (y · width + x) · channels + c, with the batch in front if asked. */
export const maxPoolWithArgmax = defineOp<
  <D extends DType, Argmax extends DType = 'int64'>(
    input: TensorLike<D>, ksize: readonly number[], strides: readonly number[], padding: 'SAME' | 'VALID',
    options?: OpOptions & { targmax?: Argmax; includeBatchInIndex?: boolean },
  ) => Outputs<{ output: Tensor<D>; argmax: Tensor<Argmax> }>
>({
  signature: 'MaxPoolWithArgmax(input: T) -> (output: T, argmax: Targmax) | ksize: list(int) >= 4; strides: list(int) >= 4; ' +
    'Targmax: type in $index = int64; padding: string in [SAME, VALID]; include_batch_in_index: bool = false; T: type ' +
    'in $real',
  shape: pool(4),
});

/** Gradient of MaxPool. */
export const maxPoolGrad = defineOp<
  <D extends DType>(
    origInput: TensorLike<D>, origOutput: TensorLike<D>, grad: TensorLike<D>, ksize: readonly number[], strides: readonly number[],
    padding: 'SAME' | 'VALID' | 'EXPLICIT',
    options?: OpOptions & { explicitPaddings?: readonly number[]; dataFormat?: 'NHWC' | 'NCHW' },
  ) => Tensor<D>
>({
  signature: "MaxPoolGrad(orig_input: T, orig_output: T, grad: T) -> (output: T) | ksize: list(int) >= 4; strides: list(int) " +
    ">= 4; padding: string in [SAME, VALID, EXPLICIT]; explicit_paddings: list(int) = []; data_format: string in " +
    "[NHWC, NCHW] = 'NHWC'; T: type in $real = float",
  shape: unchanged,
});

/** Gradient of MaxPoolV2. */
export const maxPoolGradV2 = defineOp<
  <D extends DType>(
    origInput: TensorLike<D>, origOutput: TensorLike<D>, grad: TensorLike<D>, ksize: TensorLike<'int32'>,
    strides: TensorLike<'int32'>, padding: 'SAME' | 'VALID',
    options?: OpOptions & { dataFormat?: 'NHWC' | 'NCHW' },
  ) => Tensor<D>
>({
  signature: "MaxPoolGradV2(orig_input: T, orig_output: T, grad: T, ksize: int32, strides: int32) -> (output: T) | padding: " +
    "string in [SAME, VALID]; data_format: string in [NHWC, NCHW] = 'NHWC'; T: type in $real = float",
  shape: unchanged,
});

/** Gradient of MaxPoolWithArgmax. */
export const maxPoolGradWithArgmax = defineOp<
  <D extends DType>(
    input: TensorLike<D>, grad: TensorLike<D>, argmax: TensorLike<'int32' | 'int64'>, ksize: readonly number[],
    strides: readonly number[], padding: 'SAME' | 'VALID',
    options?: OpOptions & { includeBatchInIndex?: boolean },
  ) => Tensor<D>
>({
  signature: 'MaxPoolGradWithArgmax(input: T, grad: T, argmax: Targmax) -> (output: T) | ksize: list(int) >= 4; strides: ' +
    'list(int) >= 4; padding: string in [SAME, VALID]; include_batch_in_index: bool = false; Targmax: type in $index; ' +
    'T: type in $real',
  shape: unchanged,
});

/** Gradient of MaxPool3D. */
export const maxPool3DGrad = defineOp<
  <D extends DType, Input extends DType>(
    origInput: TensorLike<Input>, origOutput: TensorLike<Input>, grad: TensorLike<D>, ksize: readonly number[],
    strides: readonly number[], padding: 'SAME' | 'VALID',
    options?: OpOptions & { dataFormat?: 'NDHWC' | 'NCDHW' },
  ) => Tensor<D>
>({
  signature: "MaxPool3DGrad(orig_input: TInput, orig_output: TInput, grad: T) -> (output: T) | ksize: list(int) >= 5; strides: " +
    "list(int) >= 5; padding: string in [SAME, VALID]; data_format: string in [NDHWC, NCDHW] = 'NDHWC'; T: type in " +
    "[half, bfloat16, float] = float; TInput: type in [half, bfloat16, float] = float",
  shape: unchanged,
});

/** Gradient of AvgPool for an input of the shape given. */
export const avgPoolGrad = defineOp<
  <D extends DType>(
    origInputShape: TensorLike<'int32'>, grad: TensorLike<D>, ksize: readonly number[], strides: readonly number[],
    padding: 'SAME' | 'VALID',
    options?: OpOptions & { dataFormat?: 'NHWC' | 'NCHW' },
  ) => Tensor<D>
>({
  signature: "AvgPoolGrad(orig_input_shape: int32, grad: T) -> (output: T) | ksize: list(int) >= 4; strides: list(int) >= 4; " +
    "padding: string in [SAME, VALID]; data_format: string in [NHWC, NCHW] = 'NHWC'; T: type in $float",
  shape: sizesInInput(4),
});

/** Gradient of AvgPool3D for an input of the shape given. */
export const avgPool3DGrad = defineOp<
  <D extends DType>(
    origInputShape: TensorLike<'int32'>, grad: TensorLike<D>, ksize: readonly number[], strides: readonly number[],
    padding: 'SAME' | 'VALID',
    options?: OpOptions & { dataFormat?: 'NDHWC' | 'NCDHW' },
  ) => Tensor<D>
>({
  signature: "AvgPool3DGrad(orig_input_shape: int32, grad: T) -> (output: T) | ksize: list(int) >= 5; strides: list(int) >= 5; " +
    "padding: string in [SAME, VALID]; data_format: string in [NDHWC, NCDHW] = 'NDHWC'; T: type in $float",
  shape: sizesInInput(5),
});
