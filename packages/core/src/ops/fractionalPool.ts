/** Pools over windows of alternating sizes, and gradients of gradients of pools. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeFunction } from './opDef.js';
import { rankIs } from './shapes/common.js';

/** The pool's output, and where its windows start along rows and columns. */
const alternating: ShapeFunction = (c) => {
  const ratios = c.attrs.floats('pooling_ratio');
  const shape = rankIs(c, 0, 4, 'value').map((dim, axis) => (dim === null ? null : Math.floor(dim / (ratios[axis] ?? 1))));
  const sequence = (axis: number): readonly (number | null)[] => [shape[axis] === null ? null : (shape[axis] ?? 0) + 1];
  return [shape, sequence(1), sequence(2)];
};

/** MaxPool over windows of alternating sizes, which shrink rows and columns by fractional ratios. */
export const fractionalMaxPool = defineOp<
  <D extends DType>(
    value: TensorLike<D>, poolingRatio: readonly number[],
    options?: OpOptions & { pseudoRandom?: boolean; overlapping?: boolean; deterministic?: boolean; seed?: number; seed2?: number },
  ) => Outputs<{ output: Tensor<D>; rowPoolingSequence: Tensor<'int64'>; colPoolingSequence: Tensor<'int64'> }>
>({
  signature: 'FractionalMaxPool(value: T) -> (output: T, row_pooling_sequence: int64, col_pooling_sequence: int64) | ' +
    'pooling_ratio: list(float) >= 4; pseudo_random: bool = false; overlapping: bool = false; deterministic: bool = ' +
    'false; seed: int = 0; seed2: int = 0; T: type in [$index, float, double]',
  shape: alternating,
});

/** AvgPool over windows of alternating sizes. */
export const fractionalAvgPool = defineOp<
  <D extends DType>(
    value: TensorLike<D>, poolingRatio: readonly number[],
    options?: OpOptions & { pseudoRandom?: boolean; overlapping?: boolean; deterministic?: boolean; seed?: number; seed2?: number },
  ) => Outputs<{ output: Tensor<D>; rowPoolingSequence: Tensor<'int64'>; colPoolingSequence: Tensor<'int64'> }>
>({
  signature: 'FractionalAvgPool(value: T) -> (output: T, row_pooling_sequence: int64, col_pooling_sequence: int64) | ' +
    'pooling_ratio: list(float) >= 4; pseudo_random: bool = false; overlapping: bool = false; deterministic: bool = ' +
    'false; seed: int = 0; seed2: int = 0; T: type in [$index, float, double]',
  shape: alternating,
});

/** Gradient of FractionalMaxPool. */
export const fractionalMaxPoolGrad = defineOp<
  <D extends DType>(
    origInput: TensorLike<D>, origOutput: TensorLike<D>, outBackprop: TensorLike<D>, rowPoolingSequence: TensorLike<'int64'>,
    colPoolingSequence: TensorLike<'int64'>,
    options?: OpOptions & { overlapping?: boolean },
  ) => Tensor<D>
>({
  signature: 'FractionalMaxPoolGrad(orig_input: T, orig_output: T, out_backprop: T, row_pooling_sequence: int64, ' +
    'col_pooling_sequence: int64) -> (output: T) | overlapping: bool = false; T: type in [$index, float, double]',
  shape: (c) => [rankIs(c, 0, 4, 'orig_input')],
});

/** Gradient of FractionalAvgPool for an input of the shape given. */
export const fractionalAvgPoolGrad = defineOp<
  <D extends DType>(
    origInputTensorShape: TensorLike<'int64'>, outBackprop: TensorLike<D>, rowPoolingSequence: TensorLike<'int64'>,
    colPoolingSequence: TensorLike<'int64'>,
    options?: OpOptions & { overlapping?: boolean },
  ) => Tensor<D>
>({
  signature: 'FractionalAvgPoolGrad(orig_input_tensor_shape: int64, out_backprop: T, row_pooling_sequence: int64, ' +
    'col_pooling_sequence: int64) -> (output: T) | overlapping: bool = false; T: type in [$index, float, double]',
  shape: (c) => {
    rankIs(c, 0, 1, 'orig_input_tensor_shape');
    return [c.shapeValue(0)];
  },
});

/** What the gradient's gradient is: of the forward output's shape. */
const likeOutput = (rank: 4 | 5): ShapeFunction => (c) => {
  rankIs(c, 0, rank, 'orig_input');
  rankIs(c, 2, rank, 'grad');
  return [rankIs(c, 1, rank, 'orig_output')];
};

/** Gradient of MaxPoolGrad. */
export const maxPoolGradGrad = defineOp<
  <D extends DType>(
    origInput: TensorLike<D>, origOutput: TensorLike<D>, grad: TensorLike<D>, ksize: readonly number[], strides: readonly number[],
    padding: 'SAME' | 'VALID',
    options?: OpOptions & { dataFormat?: 'NHWC' | 'NCHW' },
  ) => Tensor<D>
>({
  signature: "MaxPoolGradGrad(orig_input: T, orig_output: T, grad: T) -> (output: T) | ksize: list(int) >= 4; strides: list(int) >= 4; " +
    "padding: string in [SAME, VALID]; data_format: string in [NHWC, NCHW] = 'NHWC'; T: type in $real",
  shape: likeOutput(4),
});

/** Gradient of MaxPoolGradV2. */
export const maxPoolGradGradV2 = defineOp<
  <D extends DType>(
    origInput: TensorLike<D>, origOutput: TensorLike<D>, grad: TensorLike<D>, ksize: TensorLike<'int32'>, strides: TensorLike<'int32'>,
    padding: 'SAME' | 'VALID',
    options?: OpOptions & { dataFormat?: 'NHWC' | 'NCHW' },
  ) => Tensor<D>
>({
  signature: "MaxPoolGradGradV2(orig_input: T, orig_output: T, grad: T, ksize: int32, strides: int32) -> (output: T) | padding: string in " +
    "[SAME, VALID]; data_format: string in [NHWC, NCHW] = 'NHWC'; T: type in $real",
  shape: likeOutput(4),
});

/** Gradient of MaxPool3DGrad. */
export const maxPool3DGradGrad = defineOp<
  <D extends DType>(
    origInput: TensorLike<D>, origOutput: TensorLike<D>, grad: TensorLike<D>, ksize: readonly number[], strides: readonly number[],
    padding: 'SAME' | 'VALID',
    options?: OpOptions & { dataFormat?: 'NDHWC' | 'NCDHW' },
  ) => Tensor<D>
>({
  signature: "MaxPool3DGradGrad(orig_input: T, orig_output: T, grad: T) -> (output: T) | ksize: list(int) >= 5; strides: list(int) >= 5; " +
    "padding: string in [SAME, VALID]; data_format: string in [NDHWC, NCDHW] = 'NDHWC'; T: type in $real",
  shape: likeOutput(5),
});
