/** Neural-network ops beside convolution, pooling, normalisation and activations. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { shapeText } from '../shape.js';
import { biasAddBody, biasGradBody, l2LossBody, logSoftmaxBody, softmaxBody, softmaxCrossEntropyBody } from './nnBodies.js';
import type { ShapeContext } from './opDef.js';
import { broadcastAll, mergeDim, rankAtLeast, rankIs, sameShapes, scalarOutputs, type Dim } from './shapes/common.js';
import { dataFormat } from './shapes/window.js';

/** The size of a shape's channel dimension. */
function channelsOf(c: ShapeContext, shape: readonly Dim[]): Dim {
  const first = c.attrs.has('data_format') && c.attrs.string('data_format').startsWith('NC');
  return shape[first ? dataFormat('NCHW').channel : shape.length - 1] ?? null;
}

/** value + bias along the channels: the last dimension, or dimension 1 for NCHW. */
export const biasAdd = defineOp<
  <D extends DType>(value: TensorLike<D>, bias: TensorLike<D>, options?: OpOptions & { dataFormat?: 'NHWC' | 'NCHW' }) => Tensor<D>
>({
  signature: "BiasAdd(value: T, bias: T) -> (output: T) | T: type in $number; data_format: string in [NHWC, NCHW] = 'NHWC'",
  shape: (c) => {
    const value = rankAtLeast(c, 0, 2, 'value');
    const [size] = rankIs(c, 1, 1, 'bias');
    if (value === null) return [null];
    const channels = channelsOf(c, value);
    if (channels !== null && size !== null && size !== channels) {
      c.fail(`Must provide as many biases as the channel dimension of the input tensor: [${size}] vs. ${shapeText(value)}.`);
    }
    return [value];
  },
  body: biasAddBody,
});

/** value + bias along the last dimension. */
export const biasAddV1 = defineOp<<D extends DType>(value: TensorLike<D>, bias: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BiasAddV1(value: T, bias: T) -> (output: T) | T: type in $number',
  shape: (c) => {
    const value = rankAtLeast(c, 0, 2, 'value');
    const [size] = rankIs(c, 1, 1, 'bias');
    if (value !== null) mergeDim(c, value.at(-1) ?? null, size ?? null, 'channels and biases');
    return [value];
  },
  body: biasAddBody,
});

/** The sum of out_backprop over everything but the channels. */
export const biasAddGrad = defineOp<
  <D extends DType>(outBackprop: TensorLike<D>, options?: OpOptions & { dataFormat?: 'NHWC' | 'NCHW' }) => Tensor<D>
>({
  signature: "BiasAddGrad(out_backprop: T) -> (output: T) | T: type in $number; data_format: string in [NHWC, NCHW] = 'NHWC'",
  shape: (c) => {
    const gradient = rankAtLeast(c, 0, 2, 'out_backprop');
    return [[gradient === null ? null : channelsOf(c, gradient)]];
  },
  body: biasGradBody,
});

/** exp(x) / Σ exp(x) along the last dimension. */
export const softmax = defineOp<<D extends DType>(logits: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Softmax(logits: T) -> (softmax: T) | T: type in $float',
  shape: (c) => [rankAtLeast(c, 0, 1, 'logits')],
  body: softmaxBody,
});

/** x - log Σ exp(x) along the last dimension. */
export const logSoftmax = defineOp<<D extends DType>(logits: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'LogSoftmax(logits: T) -> (logsoftmax: T) | T: type in $float',
  shape: (c) => [rankAtLeast(c, 0, 1, 'logits')],
  body: logSoftmaxBody,
});

/** Cross entropy of rows of labels (probabilities) and logits, and its gradient. The matrices broadcast. */
export const softmaxCrossEntropyWithLogits = defineOp<
  <D extends DType>(
    features: TensorLike<D>, labels: TensorLike<D>,
    options?: OpOptions,
  ) => Outputs<{ loss: Tensor<D>; backprop: Tensor<D> }>
>({
  signature: 'SoftmaxCrossEntropyWithLogits(features: T, labels: T) -> (loss: T, backprop: T) | T: type in $float',
  shape: (c) => {
    const rows = broadcastAll(c, [rankIs(c, 0, 2, 'features'), rankIs(c, 1, 2, 'labels')]);
    return [rows === null ? null : rows.slice(0, 1), rows];
  },
  body: softmaxCrossEntropyBody,
});

/** Cross entropy of class indices and rows of logits, and its gradient. */
export const sparseSoftmaxCrossEntropyWithLogits = defineOp<
  <D extends DType>(
    features: TensorLike<D>, labels: TensorLike<'int32' | 'int64'>,
    options?: OpOptions,
  ) => Outputs<{ loss: Tensor<D>; backprop: Tensor<D> }>
>({
  signature: 'SparseSoftmaxCrossEntropyWithLogits(features: T, labels: Tlabels) -> (loss: T, backprop: T) | T: type in $float; ' +
    'Tlabels: type in $index = int64',
  shape: (c) => {
    const features = rankIs(c, 0, 2, 'features');
    const labels = rankIs(c, 1, 1, 'labels');
    const batch = mergeDim(c, features[0] ?? null, labels[0] ?? null, 'rows of features and labels');
    return [[batch], [batch, features[1] ?? null]];
  },
});

/** Half the sum of squares. */
export const l2Loss = defineOp<<D extends DType>(t: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'L2Loss(t: T) -> (output: T) | T: type in $float',
  shape: scalarOutputs,
  body: l2LossBody,
});

/** Whether the prediction for the target class of each row is among the k largest. */
export const inTopK = defineOp<
  (predictions: TensorLike<'float32'>, targets: TensorLike<'int32' | 'int64'>, k: number, options?: OpOptions) => Tensor<'bool'>
>({
  signature: 'InTopK(predictions: float, targets: T) -> (precision: bool) | k: int; T: type in $index = int32',
  shape: (c) => {
    const rows = mergeDim(c, rankIs(c, 0, 2, 'predictions')[0] ?? null, rankIs(c, 1, 1, 'targets')[0] ?? null, 'rows of predictions and targets');
    return [[rows]];
  },
});

/** Whether the prediction for the target class of each row is among the k largest; k is an input. */
export const inTopKV2 = defineOp<
  <D extends DType>(predictions: TensorLike<'float32'>, targets: TensorLike<D>, k: TensorLike<D>, options?: OpOptions) => Tensor<'bool'>
>({
  signature: 'InTopKV2(predictions: float, targets: T, k: T) -> (precision: bool) | T: type in $index = int32',
  shape: (c) => {
    rankIs(c, 2, 0, 'k');
    const rows = mergeDim(c, rankIs(c, 0, 2, 'predictions')[0] ?? null, rankIs(c, 1, 1, 'targets')[0] ?? null, 'rows of predictions and targets');
    return [[rows]];
  },
});

/** Local response normalisation: x / (bias + alpha · Σ x²)^beta, summed over channels at most depth_radius away. */
export const lrn = defineOp<
  <D extends DType>(
    input: TensorLike<D>,
    options?: OpOptions & { depthRadius?: number; bias?: number; alpha?: number; beta?: number },
  ) => Tensor<D>
>({
  signature: 'LRN(input: T) -> (output: T) | depth_radius: int = 5; bias: float = 1; alpha: float = 1; beta: float = 0.5; T: ' +
    'type in [half, bfloat16, float] = float',
  shape: (c) => [rankIs(c, 0, 4, 'input')],
});

/** The gradient of LRN by its input. */
export const lrnGrad = defineOp<
  <D extends DType>(
    inputGrads: TensorLike<D>, inputImage: TensorLike<D>, outputImage: TensorLike<D>,
    options?: OpOptions & { depthRadius?: number; bias?: number; alpha?: number; beta?: number },
  ) => Tensor<D>
>({
  signature: 'LRNGrad(input_grads: T, input_image: T, output_image: T) -> (output: T) | depth_radius: int = 5; bias: float = ' +
    '1; alpha: float = 1; beta: float = 0.5; T: type in [half, bfloat16, float] = float',
  shape: (c) => {
    for (const [i, name] of ['input_grads', 'input_image', 'output_image'].entries()) rankIs(c, i, 4, name);
    return sameShapes(c);
  },
});
