/** Special functions. They have no scalar form in the primitives; the host kernels compute them. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import type { PartialShape } from '../shape.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { broadcast, merge, unchanged } from './shapes/common.js';

/** Modified Bessel function of the first kind, order 0. */
export const besselI0 = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BesselI0(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** exp(-|x|) · I0(x). */
export const besselI0e = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BesselI0e(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** Modified Bessel function of the first kind, order 1. */
export const besselI1 = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BesselI1(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** exp(-|x|) · I1(x). */
export const besselI1e = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BesselI1e(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** Bessel function of the first kind, order 0. */
export const besselJ0 = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BesselJ0(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** Bessel function of the first kind, order 1. */
export const besselJ1 = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BesselJ1(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** Modified Bessel function of the second kind, order 0. */
export const besselK0 = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BesselK0(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** exp(x) · K0(x). */
export const besselK0e = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BesselK0e(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** Modified Bessel function of the second kind, order 1. */
export const besselK1 = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BesselK1(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** exp(x) · K1(x). */
export const besselK1e = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BesselK1e(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** Bessel function of the second kind, order 0. */
export const besselY0 = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BesselY0(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** Bessel function of the second kind, order 1. */
export const besselY1 = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BesselY1(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** Dawson's integral. */
export const dawsn = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Dawsn(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** The exponential integral Ei. */
export const expint = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Expint(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** Fresnel's cosine integral. */
export const fresnelCos = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'FresnelCos(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** Fresnel's sine integral. */
export const fresnelSin = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'FresnelSin(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** Spence's integral (the dilogarithm). */
export const spence = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Spence(x: T) -> (y: T) | T: type in $float',
  shape: unchanged,
});

/** Lower regularised incomplete gamma function P(a, x). */
export const igamma = defineOp<<D extends DType>(a: TensorLike<D>, x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Igamma(a: T, x: T) -> (z: T) | T: type in $float',
  shape: broadcast,
});

/** Upper regularised incomplete gamma function Q(a, x). */
export const igammac = defineOp<<D extends DType>(a: TensorLike<D>, x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Igammac(a: T, x: T) -> (z: T) | T: type in $float',
  shape: broadcast,
});

/** The gradient of Igamma by `a`. */
export const igammaGradA = defineOp<<D extends DType>(a: TensorLike<D>, x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'IgammaGradA(a: T, x: T) -> (z: T) | T: type in [float, double]',
  shape: broadcast,
});

/** Hurwitz zeta function ζ(x, q). */
export const zeta = defineOp<<D extends DType>(x: TensorLike<D>, q: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Zeta(x: T, q: T) -> (z: T) | T: type in [float, double]',
  shape: broadcast,
});

/** The polygamma function ψ⁽ᵃ⁾(x). */
export const polygamma = defineOp<<D extends DType>(a: TensorLike<D>, x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Polygamma(a: T, x: T) -> (z: T) | T: type in [float, double]',
  shape: broadcast,
});

/** The next float after x1 in the direction of x2. */
export const nextAfter = defineOp<<D extends DType>(x1: TensorLike<D>, x2: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'NextAfter(x1: T, x2: T) -> (output: T) | T: type in [double, float] = float',
  shape: broadcast,
});

/** Regularised incomplete beta function I_x(a, b). Scalars broadcast against the others, which must have one shape. */
export const betainc = defineOp<<D extends DType>(a: TensorLike<D>, b: TensorLike<D>, x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Betainc(a: T, b: T, x: T) -> (z: T) | T: type in [float, double]',
  shape: (c) => {
    // Scalars go with everything; what is no scalar must have one shape.
    const shapes = [0, 1, 2].map((i) => c.shape(i)).filter((shape) => shape === null || shape.length > 0);
    return [shapes.reduce<PartialShape>((a, b) => merge(c, a, b, 'a, b and x'), shapes.length === 0 ? [] : null)];
  },
});
