/** Activation functions and their gradients, in the formulae of TensorFlow's CPU kernels (NaN included). */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import * as e from './expressions.js';
import { sameShapes } from './shapes/common.js';

/** Klambauer et al., Self-Normalizing Neural Networks; the digits are those of TensorFlow's kernel. */
const seluScale = 1.0507009873554805;
const seluScaleAlpha = 1.7580993408473768;

/** log(machine epsilon) + 2: beyond it softplus is x, or exp(x), to the last bit. */
const softplusThreshold: Readonly<Record<string, number>> = {
  float32: Math.log(2 ** -23) + 2,
  float64: Math.log(2 ** -52) + 2,
  float16: Math.log(2 ** -10) + 2,
  bfloat16: Math.log(2 ** -7) + 2,
};

/** max(x, 0); NaN stays NaN. */
export const relu = defineOp<<D extends DType>(features: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Relu(features: T) -> (activations: T) | T: type in [$real, qint8]',
  scalar: e.of1((x) => e.max(x, e.like(0, x))),
});

/** min(max(x, 0), 6); NaN stays NaN. */
export const relu6 = defineOp<<D extends DType>(features: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Relu6(features: T) -> (activations: T) | T: type in $real',
  scalar: e.of1((x) => e.min(e.max(x, e.like(0, x)), e.like(6, x))),
});

/** x where it is positive, else alpha · x. */
export const leakyRelu = defineOp<<D extends DType>(features: TensorLike<D>, options?: OpOptions & { alpha?: number }) => Tensor<D>>({
  signature: 'LeakyRelu(features: T) -> (activations: T) | alpha: float = 0.2; T: type in $float = float',
  scalar: e.of1((x, attrs) => e.select(e.gt(x, e.like(0, x)), x, e.mul(x, e.like(attrs.float('alpha'), x)))),
});

/** x, or exp(x) - 1 where x is negative. */
export const elu = defineOp<<D extends DType>(features: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Elu(features: T) -> (activations: T) | T: type in $float',
  scalar: e.of1((x) => e.select(e.lt(x, e.like(0, x)), e.expm1(x), x)),
});

/** scale · x, or scale · alpha · (exp(x) - 1) where x is negative. */
export const selu = defineOp<<D extends DType>(features: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Selu(features: T) -> (activations: T) | T: type in $float',
  scalar: e.of1((x) => e.select(e.lt(x, e.like(0, x)), e.mul(e.like(seluScaleAlpha, x), e.expm1(x)), e.mul(e.like(seluScale, x), x))),
});

/** log(1 + exp(x)). */
export const softplus = defineOp<<D extends DType>(features: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Softplus(features: T) -> (activations: T) | T: type in $float',
  scalar: e.of1((x) => {
    const threshold = softplusThreshold[x.dtype] ?? Infinity;
    const exp = e.exp(x);
    const rising = e.select(e.lt(x, e.like(threshold, x)), exp, e.log1p(exp));
    return e.select(e.gt(x, e.like(-threshold, x)), x, rising);
  }),
});

/** x / (|x| + 1). */
export const softsign = defineOp<<D extends DType>(features: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Softsign(features: T) -> (activations: T) | T: type in $float',
  scalar: e.of1((x) => e.div(x, e.add(e.abs(x), e.like(1, x)))),
});

/** gradients where features are positive, else 0 (as a product: a NaN gradient stays NaN). */
export const reluGrad = defineOp<<D extends DType>(gradients: TensorLike<D>, features: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'ReluGrad(gradients: T, features: T) -> (backprops: T) | T: type in $real',
  shape: sameShapes,
  scalar: e.of2((g, x) => e.mul(g, e.cast(e.gt(x, e.like(0, x)), g.dtype))),
});

/** gradients where features are in (0, 6), else 0 (as a product: a NaN gradient stays NaN). */
export const relu6Grad = defineOp<<D extends DType>(gradients: TensorLike<D>, features: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Relu6Grad(gradients: T, features: T) -> (backprops: T) | T: type in $real',
  shape: sameShapes,
  scalar: e.of2((g, x) => e.mul(g, e.cast(e.and(e.gt(x, e.like(0, x)), e.lt(x, e.like(6, x))), g.dtype))),
});

/** gradients where features are positive, else alpha · gradients. */
export const leakyReluGrad = defineOp<
  <D extends DType>(gradients: TensorLike<D>, features: TensorLike<D>, options?: OpOptions & { alpha?: number }) => Tensor<D>
>({
  signature: 'LeakyReluGrad(gradients: T, features: T) -> (backprops: T) | alpha: float = 0.2; T: type in $float = float',
  shape: sameShapes,
  scalar: e.of2((g, x, attrs) => e.select(e.gt(x, e.like(0, x)), g, e.mul(g, e.like(attrs.float('alpha'), g)))),
});

/** gradients · (outputs + 1) where outputs are negative, else gradients. */
export const eluGrad = defineOp<<D extends DType>(gradients: TensorLike<D>, outputs: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'EluGrad(gradients: T, outputs: T) -> (backprops: T) | T: type in $float',
  shape: sameShapes,
  scalar: e.of2((g, y) => e.select(e.lt(y, e.like(0, y)), e.mul(e.add(y, e.like(1, y)), g), g)),
});

/** gradients · (outputs + scale · alpha) where outputs are negative, else gradients · scale. */
export const seluGrad = defineOp<<D extends DType>(gradients: TensorLike<D>, outputs: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'SeluGrad(gradients: T, outputs: T) -> (backprops: T) | T: type in $float',
  shape: sameShapes,
  scalar: e.of2((g, y) =>
    e.select(e.lt(y, e.like(0, y)), e.mul(g, e.add(y, e.like(seluScaleAlpha, y))), e.mul(g, e.like(seluScale, g))),
  ),
});

/** gradients / (exp(-features) + 1). */
export const softplusGrad = defineOp<
  <D extends DType>(gradients: TensorLike<D>, features: TensorLike<D>, options?: OpOptions) => Tensor<D>
>({
  signature: 'SoftplusGrad(gradients: T, features: T) -> (backprops: T) | T: type in $float',
  shape: sameShapes,
  scalar: e.of2((g, x) => e.div(g, e.add(e.exp(e.neg(x)), e.like(1, x)))),
});

/** gradients / (1 + |features|)². */
export const softsignGrad = defineOp<
  <D extends DType>(gradients: TensorLike<D>, features: TensorLike<D>, options?: OpOptions) => Tensor<D>
>({
  signature: 'SoftsignGrad(gradients: T, features: T) -> (backprops: T) | T: type in $float',
  shape: sameShapes,
  scalar: e.of2((g, x) => {
    const base = e.add(e.like(1, x), e.abs(x));
    return e.div(g, e.mul(base, base));
  }),
});
