/** Elementwise functions of one argument, and the gradients that TensorFlow has ops for. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import * as e from './expressions.js';
import { inputOf, known, one, reshape } from './bodies.js';
import type { OpBody, ShapeFunction } from './opDef.js';
import { unchanged } from './shapes/common.js';
import { shapeText, sizeOf, isFullyKnown } from '../shape.js';

/** Two arguments of as many elements; the result has the first one's shape. */
const asManyElements: ShapeFunction = (c) => {
  const [y, dy] = [c.shape(0), c.shape(1)];
  if (y !== null && dy !== null && isFullyKnown(y) && isFullyKnown(dy) && sizeOf(y) !== sizeOf(dy)) {
    c.fail(`The two arguments to a cwise op must have same number of elements, got ${sizeOf(y)} and ${sizeOf(dy)}: ${shapeText(y)} and ${shapeText(dy)}.`);
  }
  return [y];
};

/** The op with the second argument in the first one's shape, where that is not its own. */
const inShapeOfFirst = (type: string): OpBody => (b, inputs) => {
  const [y, dy] = [inputOf(inputs, 0), inputOf(inputs, 1)];
  const [shape, other] = [known(y), known(dy)];
  if (shape === undefined || other === undefined || shapeText(shape) === shapeText(other)) return undefined;
  return [one(b, type, [y, reshape(b, dy, shape)])];
};

/** The magnitude of each element; the smallest int stays itself, as in two's complement. */
export const abs = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Abs(x: T) -> (y: T) | T: type in [$float, $signed]',
  scalar: e.prim1('abs'),
});

/** The negation of each element; ints wrap. */
export const neg = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Neg(x: T) -> (y: T) | T: type in [$inexact, $signed]',
  scalar: e.prim1('neg'),
});

/** -1, 0 or 1 by the sign of each element; NaN stays NaN. Of a complex number x/|x|, 0 for 0. */
export const sign = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Sign(x: T) -> (y: T) | T: type in [$inexact, $signed]',
  scalar: e.prim1('sign'),
});

/** Each element times itself. */
export const square = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Square(x: T) -> (y: T) | T: type in [$real, $complex]',
  scalar: e.of1((x) => e.mul(x, x)),
});

/** Square root. */
export const sqrt = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Sqrt(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('sqrt'),
});

/** 1/√x. */
export const rsqrt = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Rsqrt(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('rsqrt'),
});

/** 1/x. */
export const reciprocal = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Reciprocal(x: T) -> (y: T) | T: type in [$inexact, $signed]',
  scalar: e.prim1('reciprocal'),
});

/** 1/x, under its first name. */
export const inv = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Inv(x: T) -> (y: T) | T: type in [$inexact, $signed]',
  scalar: e.prim1('reciprocal'),
});

/** e to the x. */
export const exp = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Exp(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('exp'),
});

/** e to the x, minus 1, exact near 0. */
export const expm1 = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Expm1(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('expm1'),
});

/** Natural logarithm. */
export const log = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Log(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('log'),
});

/** Natural logarithm of 1 + x, exact near 0. */
export const log1p = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Log1p(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('log1p'),
});

/** Sine. */
export const sin = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Sin(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('sin'),
});

/** Cosine. */
export const cos = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Cos(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('cos'),
});

/** Tangent. */
export const tan = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Tan(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('tan'),
});

/** Arc sine. */
export const asin = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Asin(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('asin'),
});

/** Arc cosine. */
export const acos = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Acos(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('acos'),
});

/** Arc tangent. */
export const atan = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Atan(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('atan'),
});

/** Hyperbolic sine. */
export const sinh = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Sinh(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('sinh'),
});

/** Hyperbolic cosine. */
export const cosh = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Cosh(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('cosh'),
});

/** Hyperbolic tangent. */
export const tanh = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Tanh(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('tanh'),
});

/** Inverse hyperbolic sine. */
export const asinh = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Asinh(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('asinh'),
});

/** Inverse hyperbolic cosine. */
export const acosh = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Acosh(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('acosh'),
});

/** Inverse hyperbolic tangent. */
export const atanh = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Atanh(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('atanh'),
});

/** 1/(1 + exp(-x)). */
export const sigmoid = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Sigmoid(x: T) -> (y: T) | T: type in $inexact',
  scalar: e.prim1('sigmoid'),
});

/** The error function. */
export const erf = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Erf(x: T) -> (y: T) | T: type in $float',
  scalar: e.prim1('erf'),
});

/** 1 - erf(x), exact where erf is near 1. */
export const erfc = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Erfc(x: T) -> (y: T) | T: type in $float',
  scalar: e.prim1('erfc'),
});

/** Logarithm of |Γ(x)|. */
export const lgamma = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Lgamma(x: T) -> (y: T) | T: type in $float',
  scalar: e.prim1('lgamma'),
});

/** The derivative of lgamma. */
export const digamma = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Digamma(x: T) -> (y: T) | T: type in $float',
  scalar: e.prim1('digamma'),
});

/** The largest integer that is not above x. */
export const floor = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Floor(x: T) -> (y: T) | T: type in $float',
  scalar: e.prim1('floor'),
});

/** The smallest integer that is not below x. */
export const ceil = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Ceil(x: T) -> (y: T) | T: type in $float',
  scalar: e.prim1('ceil'),
});

/** The nearest integer, halves to even. */
export const rint = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Rint(x: T) -> (y: T) | T: type in $float',
  scalar: e.prim1('rint'),
});

/**
 * The nearest integer, halves to even. Integers are returned as they are (TensorFlow's vectorised CPU kernel gives 0 for them, a defect
 * that its other devices and tf.round do not share).
 */
export const round = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Round(x: T) -> (y: T) | T: type in [$inexact, $signed]',
  shape: unchanged,
  scalar: e.of1((x) => (e.isInteger(x.dtype) ? x : e.unary('rint', x))),
});

/** The inverse of erf. */
export const erfinv = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Erfinv(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** The quantile function of the normal distribution. */
export const ndtri = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Ndtri(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** dy · (1 - y²), with y = tanh(x). */
export const tanhGrad = defineOp<<D extends DType>(y: TensorLike<D>, dy: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'TanhGrad(y: T, dy: T) -> (z: T) | T: type in $inexact',
  shape: asManyElements,
  body: inShapeOfFirst('TanhGrad'),
  scalar: e.of2((y, dy) => e.mul(dy, e.sub(e.like(1, y), e.mul(y, y)))),
});

/** dy · y · (1 - y), with y = sigmoid(x). */
export const sigmoidGrad = defineOp<<D extends DType>(y: TensorLike<D>, dy: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'SigmoidGrad(y: T, dy: T) -> (z: T) | T: type in $inexact',
  shape: asManyElements,
  body: inShapeOfFirst('SigmoidGrad'),
  scalar: e.of2((y, dy) => e.mul(e.mul(dy, y), e.sub(e.like(1, y), y))),
});

/** dy / 2y, with y = √x. */
export const sqrtGrad = defineOp<<D extends DType>(y: TensorLike<D>, dy: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'SqrtGrad(y: T, dy: T) -> (z: T) | T: type in $inexact',
  shape: asManyElements,
  body: inShapeOfFirst('SqrtGrad'),
  scalar: e.of2((y, dy) => e.div(e.mul(dy, e.like(0.5, y)), y)),
});

/** -dy · y³ / 2, with y = 1/√x. */
export const rsqrtGrad = defineOp<<D extends DType>(y: TensorLike<D>, dy: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'RsqrtGrad(y: T, dy: T) -> (z: T) | T: type in $inexact',
  shape: asManyElements,
  body: inShapeOfFirst('RsqrtGrad'),
  scalar: e.of2((y, dy) => e.mul(e.mul(e.like(-0.5, y), dy), e.mul(y, e.mul(y, y)))),
});

/** -dy · y², with y = 1/x. */
export const reciprocalGrad = defineOp<<D extends DType>(y: TensorLike<D>, dy: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'ReciprocalGrad(y: T, dy: T) -> (z: T) | T: type in $inexact',
  shape: asManyElements,
  body: inShapeOfFirst('ReciprocalGrad'),
  scalar: e.of2((y, dy) => e.mul(e.neg(dy), e.mul(y, y))),
});

/** -dy · y², with y = 1/x. */
export const invGrad = defineOp<<D extends DType>(y: TensorLike<D>, dy: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'InvGrad(y: T, dy: T) -> (z: T) | T: type in $inexact',
  shape: asManyElements,
  body: inShapeOfFirst('InvGrad'),
  scalar: e.of2((y, dy) => e.mul(e.neg(dy), e.mul(y, y))),
});
