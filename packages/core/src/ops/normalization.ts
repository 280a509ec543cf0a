/** Batch normalisation. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { mergeShapes, shapeText } from '../shape.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { attr, inputOf, number, one } from './bodies.js';
import { batchNormBody, batchNormGradientBody } from './nnBodies.js';
import type { BodyValue, OpBody, ShapeFunction } from './opDef.js';
import { mergeDim, rankIs, withDim } from './shapes/common.js';
import { dataFormat } from './shapes/window.js';

/** x keeps its shape; everything else is a vector of channels (and, in V3, an empty reserve). */
const batchNorm: ShapeFunction = (c) => {
  const text = c.attrs.string('data_format');
  const format = dataFormat(text);
  const x = rankIs(c, 0, text.length, 'x');
  let channels = x[format.channel] ?? null;
  const moments = c.attrs.bool('is_training') ? [] : [3, 4];
  for (const i of [1, 2, ...moments]) channels = mergeDim(c, channels, rankIs(c, i, 1)[0] ?? null, `channels of x and input ${i}`);
  const vectors = c.outputDtypes.slice(1).map((_, i) => (i === 4 ? [0] : [channels]));
  return [withDim(x, format.channel, channels), ...vectors];
};

/** Gradients by x, scale and offset, and two reserves, which are scalars. */
const batchNormGradient: ShapeFunction = (c) => {
  const text = c.attrs.string('data_format');
  const format = dataFormat(text);
  const x = rankIs(c, 1, text.length, 'x');
  const gradient = rankIs(c, 0, text.length, 'y_backprop');
  if (mergeShapes(x, gradient) === undefined) c.fail(`x and y_backprop must have same shape, but x has shape ${shapeText(x)} and y_backprop has shape ${shapeText(gradient)}`);
  const channels = mergeDim(c, x[format.channel] ?? null, rankIs(c, 2, 1, 'scale')[0] ?? null, 'channels of x and scale');
  for (const i of [3, 4]) mergeDim(c, rankIs(c, i, 1, `reserve_space_${i - 2}`)[0] ?? null, channels, `channels of x and reserve_space_${i - 2}`);
  return [withDim(x, format.channel, channels), [channels], [channels], [], []];
};

/** (x - mean) · scale / √(variance + epsilon) + offset per channel; in training with the batch's own moments, which are given out. */
export const fusedBatchNorm = defineOp<
  <D extends DType>(
    x: TensorLike<D>, scale: TensorLike<D>, offset: TensorLike<D>, mean: TensorLike<D>, variance: TensorLike<D>,
    options?: OpOptions & { epsilon?: number; exponentialAvgFactor?: number; dataFormat?: 'NHWC' | 'NCHW'; isTraining?: boolean },
  ) => Outputs<{ y: Tensor<D>; batchMean: Tensor<D>; batchVariance: Tensor<D>; reserveSpace1: Tensor<D>; reserveSpace2: Tensor<D> }>
>({
  signature: "FusedBatchNorm(x: T, scale: T, offset: T, mean: T, variance: T) -> (y: T, batch_mean: T, batch_variance: T, " +
    "reserve_space_1: T, reserve_space_2: T) | T: type in [float]; epsilon: float = 0.0001; exponential_avg_factor: " +
    "float = 1; data_format: string in [NHWC, NCHW] = 'NHWC'; is_training: bool = true",
  shape: batchNorm,
  body: batchNormBody(5),
});

/** FusedBatchNorm for 16-bit images with float32 moments. */
export const fusedBatchNormV2 = defineOp<
  <D extends DType, U extends DType>(
    x: TensorLike<D>, scale: TensorLike<U>, offset: TensorLike<U>, mean: TensorLike<U>, variance: TensorLike<U>,
    options?: OpOptions & { epsilon?: number; exponentialAvgFactor?: number; dataFormat?: 'NHWC' | 'NCHW'; isTraining?: boolean },
  ) => Outputs<{ y: Tensor<D>; batchMean: Tensor<U>; batchVariance: Tensor<U>; reserveSpace1: Tensor<U>; reserveSpace2: Tensor<U> }>
>({
  signature: "FusedBatchNormV2(x: T, scale: U, offset: U, mean: U, variance: U) -> (y: T, batch_mean: U, batch_variance: U, " +
    "reserve_space_1: U, reserve_space_2: U) | T: type in [half, bfloat16, float]; U: type in [float]; epsilon: float " +
    "= 0.0001; exponential_avg_factor: float = 1; data_format: string in [NHWC, NCHW] = 'NHWC'; is_training: bool = " +
    "true",
  shape: batchNorm,
  body: batchNormBody(5),
});

/** FusedBatchNormV2 with one reserve more (empty here), and for volumes too. */
export const fusedBatchNormV3 = defineOp<
  <D extends DType, U extends DType>(
    x: TensorLike<D>, scale: TensorLike<U>, offset: TensorLike<U>, mean: TensorLike<U>, variance: TensorLike<U>,
    options?: OpOptions & {
      epsilon?: number; exponentialAvgFactor?: number; dataFormat?: 'NHWC' | 'NCHW' | 'NDHWC' | 'NCDHW'; isTraining?: boolean;
    },
  ) => Outputs<{ y: Tensor<D>; batchMean: Tensor<U>; batchVariance: Tensor<U>; reserveSpace1: Tensor<U>; reserveSpace2: Tensor<U>; reserveSpace3: Tensor<U> }>
>({
  signature: "FusedBatchNormV3(x: T, scale: U, offset: U, mean: U, variance: U) -> (y: T, batch_mean: U, batch_variance: U, " +
    "reserve_space_1: U, reserve_space_2: U, reserve_space_3: U) | T: type in [half, bfloat16, float]; U: type in " +
    "[bfloat16, float]; epsilon: float = 0.0001; exponential_avg_factor: float = 1; data_format: string in [NHWC, " +
    "NCHW, NDHWC, NCDHW] = 'NHWC'; is_training: bool = true",
  shape: batchNorm,
  body: batchNormBody(6),
});

/** FusedBatchNormV3, then a side input added, then an activation. */
export const fusedBatchNormEx = defineOp<
  <D extends DType, U extends DType>(
    x: TensorLike<D>, scale: TensorLike<U>, offset: TensorLike<U>, mean: TensorLike<U>, variance: TensorLike<U>,
    sideInput: readonly TensorLike<D>[],
    options?: OpOptions & {
      epsilon?: number; exponentialAvgFactor?: number; activationMode?: string; dataFormat?: 'NHWC' | 'NCHW'; isTraining?: boolean;
    },
  ) => Outputs<{ y: Tensor<D>; batchMean: Tensor<U>; batchVariance: Tensor<U>; reserveSpace1: Tensor<U>; reserveSpace2: Tensor<U>; reserveSpace3: Tensor<U> }>
>({
  signature: "_FusedBatchNormEx(x: T, scale: U, offset: U, mean: U, variance: U, side_input: num_side_inputs*T) -> (y: T, " +
    "batch_mean: U, batch_variance: U, reserve_space_1: U, reserve_space_2: U, reserve_space_3: U) | T: type in " +
    "[half, float, bfloat16]; U: type in [float]; epsilon: float = 0.0001; exponential_avg_factor: float = 1; " +
    "num_side_inputs: int >= 0 = 0; activation_mode: string = 'Identity'; data_format: string in [NHWC, NCHW] = " +
    "'NHWC'; is_training: bool = true",
  shape: batchNorm,
  body: (b, inputs) => activatedBatchNorm(b, inputs),
});

/** Gradient of FusedBatchNorm. */
export const fusedBatchNormGrad = defineOp<
  <D extends DType>(
    yBackprop: TensorLike<D>, x: TensorLike<D>, scale: TensorLike<D>, reserveSpace1: TensorLike<D>, reserveSpace2: TensorLike<D>,
    options?: OpOptions & { epsilon?: number; dataFormat?: 'NHWC' | 'NCHW'; isTraining?: boolean },
  ) => Outputs<{ xBackprop: Tensor<D>; scaleBackprop: Tensor<D>; offsetBackprop: Tensor<D>; reserveSpace3: Tensor<D>; reserveSpace4: Tensor<D> }>
>({
  signature: "FusedBatchNormGrad(y_backprop: T, x: T, scale: T, reserve_space_1: T, reserve_space_2: T) -> (x_backprop: T, " +
    "scale_backprop: T, offset_backprop: T, reserve_space_3: T, reserve_space_4: T) | T: type in [float]; epsilon: " +
    "float = 0.0001; data_format: string in [NHWC, NCHW] = 'NHWC'; is_training: bool = true",
  shape: batchNormGradient,
  body: batchNormGradientBody,
});

/** Gradient of FusedBatchNormV2. */
export const fusedBatchNormGradV2 = defineOp<
  <D extends DType, U extends DType>(
    yBackprop: TensorLike<D>, x: TensorLike<D>, scale: TensorLike<'float32'>, reserveSpace1: TensorLike<U>,
    reserveSpace2: TensorLike<U>,
    options?: OpOptions & { epsilon?: number; dataFormat?: 'NHWC' | 'NCHW'; isTraining?: boolean },
  ) => Outputs<{ xBackprop: Tensor<D>; scaleBackprop: Tensor<U>; offsetBackprop: Tensor<U>; reserveSpace3: Tensor<U>; reserveSpace4: Tensor<U> }>
>({
  signature: "FusedBatchNormGradV2(y_backprop: T, x: T, scale: float, reserve_space_1: U, reserve_space_2: U) -> (x_backprop: " +
    "T, scale_backprop: U, offset_backprop: U, reserve_space_3: U, reserve_space_4: U) | T: type in [half, bfloat16, " +
    "float]; U: type in [float]; epsilon: float = 0.0001; data_format: string in [NHWC, NCHW] = 'NHWC'; is_training: " +
    "bool = true",
  shape: batchNormGradient,
  body: batchNormGradientBody,
});

/** Gradient of FusedBatchNormV3. */
export const fusedBatchNormGradV3 = defineOp<
  <D extends DType, U extends DType>(
    yBackprop: TensorLike<D>, x: TensorLike<D>, scale: TensorLike<'float32'>, reserveSpace1: TensorLike<U>,
    reserveSpace2: TensorLike<U>, reserveSpace3: TensorLike<U>,
    options?: OpOptions & { epsilon?: number; dataFormat?: 'NHWC' | 'NCHW' | 'NDHWC' | 'NCDHW'; isTraining?: boolean },
  ) => Outputs<{ xBackprop: Tensor<D>; scaleBackprop: Tensor<U>; offsetBackprop: Tensor<U>; reserveSpace4: Tensor<U>; reserveSpace5: Tensor<U> }>
>({
  signature: "FusedBatchNormGradV3(y_backprop: T, x: T, scale: float, reserve_space_1: U, reserve_space_2: U, reserve_space_3: " +
    "U) -> (x_backprop: T, scale_backprop: U, offset_backprop: U, reserve_space_4: U, reserve_space_5: U) | T: type " +
    "in [half, bfloat16, float]; U: type in [float]; epsilon: float = 0.0001; data_format: string in [NHWC, NCHW, " +
    "NDHWC, NCDHW] = 'NHWC'; is_training: bool = true",
  shape: batchNormGradient,
  body: batchNormGradientBody,
});

/** Batch normalisation of images with given moments, the first form of the op. */
export const batchNormWithGlobalNormalization = defineOp<
  <D extends DType>(
    t: TensorLike<D>, m: TensorLike<D>, v: TensorLike<D>, beta: TensorLike<D>, gamma: TensorLike<D>, varianceEpsilon: number,
    scaleAfterNormalization: boolean,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'BatchNormWithGlobalNormalization(t: T, m: T, v: T, beta: T, gamma: T) -> (result: T) | T: type in $number; ' +
    'variance_epsilon: float; scale_after_normalization: bool | deprecated at 9',
  shape: (c) => {
    const t = rankIs(c, 0, 4, 't');
    let channels = t[3] ?? null;
    for (const i of [1, 2, 3, 4]) channels = mergeDim(c, channels, rankIs(c, i, 1)[0] ?? null, `channels of t and input ${i}`);
    return [withDim(t, 3, channels)];
  },
  body: (b, inputs) => {
    const [t, mean, variance, beta, gamma] = [0, 1, 2, 3, 4].map((i) => inputOf(inputs, i)) as [BodyValue, BodyValue, BodyValue, BodyValue, BodyValue];
    const root = one(b, 'Rsqrt', [one(b, 'AddV2', [variance, number(b, b.attrs.float('variance_epsilon'), variance.dtype)])]);
    const factor = b.attrs.bool('scale_after_normalization') ? one(b, 'Mul', [root, gamma]) : root;
    return [one(b, 'AddV2', [one(b, 'Mul', [one(b, 'Sub', [t, mean]), factor]), beta])];
  },
});

const activatedBatchNorm: OpBody = (b, inputs) => {
  const attrs = {
    epsilon: attr.float(b.attrs.float('epsilon')), exponential_avg_factor: attr.float(b.attrs.float('exponential_avg_factor')),
    data_format: attr.string(b.attrs.string('data_format')), is_training: attr.bool(b.attrs.bool('is_training')),
  };
  const [y, ...rest] = b.op('FusedBatchNormV3', inputs.slice(0, 5), attrs);
  if (y === undefined) return undefined;
  const side = inputs[5];
  const sum = side === undefined ? y : one(b, 'AddV2', [y, side]);
  const activation = b.attrs.string('activation_mode');
  return [activation === 'Identity' ? sum : one(b, activation, [sum]), ...rest];
};
