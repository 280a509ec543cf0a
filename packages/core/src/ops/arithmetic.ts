/** Elementwise arithmetic of two and more arguments. */
import type { DType } from '../dtypes.js';
import type { PartialShape } from '../shape.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import * as e from './expressions.js';
import { compatible, shapeText } from '../shape.js';
import { mergeInputs, sameShapes } from './shapes/common.js';
import { foldBody } from './bodies.js';

/** x + y. */
export const addV2 = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'AddV2(x: T, y: T) -> (z: T) | T: type in [$real, $complex] | commutative, aggregate',
  scalar: e.prim2('add'),
});

/** x + y; strings are joined. */
export const add = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Add(x: T, y: T) -> (z: T) | T: type in [$inexact, $signed, uint8, string]',
  scalar: e.prim2('add'),
});

/** x - y. */
export const sub = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Sub(x: T, y: T) -> (z: T) | T: type in [$real, $complex]',
  scalar: e.prim2('sub'),
});

/** x · y. */
export const mul = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Mul(x: T, y: T) -> (z: T) | T: type in [$real, $complex] | commutative',
  scalar: e.prim2('mul'),
});

/** x · y, and 0 where y is 0, even if x is infinite or NaN. */
export const mulNoNan = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'MulNoNan(x: T, y: T) -> (z: T) | T: type in $inexact',
  scalar: e.of2((x, y) => e.select(e.isZero(y), e.like(0, x), e.mul(x, y))),
});

/** x / y. */
export const realDiv = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'RealDiv(x: T, y: T) -> (z: T) | T: type in [$real, $complex]',
  scalar: e.prim2('div'),
});

/** x / y; on ints C's division, truncating, an error for y = 0. */
export const div = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Div(x: T, y: T) -> (z: T) | T: type in [$real, $complex]',
  scalar: e.prim2('div'),
});

/** x / y, and 0 where y is 0. */
export const divNoNan = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'DivNoNan(x: T, y: T) -> (z: T) | T: type in $inexact',
  scalar: e.of2((x, y) => e.select(e.isZero(y), e.like(0, x), e.div(x, y))),
});

/** x / y rounded towards zero. */
export const truncateDiv = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'TruncateDiv(x: T, y: T) -> (z: T) | T: type in [$real, $complex]',
  scalar: e.of2((x, y) => (e.isFloat(x.dtype) ? e.trunc(e.div(x, y)) : e.div(x, y))),
});

/** x / y rounded down (Python's `//`); an error for an int y = 0. */
export const floorDiv = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'FloorDiv(x: T, y: T) -> (z: T) | T: type in [$real, $complex]',
  scalar: e.of2((x, y) => floorDivision(x, y)),
});

/** x - floor(x / y) · y (Python's `%`): takes the sign of y. */
export const floorMod = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'FloorMod(x: T, y: T) -> (z: T) | T: type in $real',
  scalar: e.of2((x, y) => floorRemainder(x, y)),
});

/** C's remainder: takes the sign of x. */
export const mod = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Mod(x: T, y: T) -> (z: T) | T: type in [$float, $index]',
  scalar: e.prim2('mod'),
});

/** C's remainder: takes the sign of x. */
export const truncateMod = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'TruncateMod(x: T, y: T) -> (z: T) | T: type in [$float, $index]',
  scalar: e.prim2('mod'),
});

/** The larger one; NaN if either is NaN. */
export const maximum = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Maximum(x: T, y: T) -> (z: T) | T: type in $real',
  scalar: e.prim2('max'),
});

/** The smaller one; NaN if either is NaN. */
export const minimum = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Minimum(x: T, y: T) -> (z: T) | T: type in $real',
  scalar: e.prim2('min'),
});

/** x to the y. Ints wrap; a negative exponent of ints is an error, for bases 1 and -1 too. */
export const pow = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Pow(x: T, y: T) -> (z: T) | T: type in [$inexact, $signed]',
  scalar: e.prim2('pow'),
});

/** The angle of the point (x, y): arc tangent of y / x in the right quadrant. */
export const atan2 = defineOp<<D extends DType>(y: TensorLike<D>, x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Atan2(y: T, x: T) -> (z: T) | T: type in $float',
  scalar: e.prim2('atan2'),
});

/** conj(x - y) · (x - y). */
export const squaredDifference = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'SquaredDifference(x: T, y: T) -> (z: T) | T: type in [$inexact, $index] | commutative',
  scalar: e.of2((x, y) => {
    const difference = e.sub(x, y);
    if (!e.isComplex(x.dtype)) return e.mul(difference, difference);
    const magnitude = e.abs(difference);
    return e.mul(magnitude, magnitude);
  }),
});

/** x · log(y), and 0 where x is 0, even if y is NaN. */
export const xlogy = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Xlogy(x: T, y: T) -> (z: T) | T: type in $inexact',
  scalar: e.of2((x, y) => e.select(e.isZero(x), e.like(0, x), e.mul(x, e.log(y)))),
});

/** x · log(1 + y), and 0 where x is 0. */
export const xlog1py = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Xlog1py(x: T, y: T) -> (z: T) | T: type in $inexact',
  scalar: e.of2((x, y) => e.select(e.isZero(x), e.like(0, x), e.mul(x, e.log1p(y)))),
});

/** x / y, and 0 where x is 0. */
export const xdivy = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Xdivy(x: T, y: T) -> (z: T) | T: type in $inexact',
  scalar: e.of2((x, y) => e.select(e.isZero(x), e.like(0, x), e.div(x, y))),
});

/** The sum of tensors of one shape. */
export const addN = defineOp<<D extends DType>(inputs: readonly TensorLike<D>[], options?: OpOptions) => Tensor<D>>({
  signature: 'AddN(inputs: N*T) -> (sum: T) | N: int >= 1; T: type in [$number, variant] | commutative, aggregate',
  shape: sameShapes,
  body: (b, inputs) => foldBody(b, inputs, 'AddV2'),
});

/** The sum of tensors of one shape, which must fit `shape`. */
export const accumulateNV2 = defineOp<
  <D extends DType>(inputs: readonly TensorLike<D>[], shape: PartialShape, options?: OpOptions) => Tensor<D>
>({
  signature: 'AccumulateNV2(inputs: N*T) -> (sum: T) | N: int >= 1; T: type in $number; shape: shape | commutative, aggregate',
  shape: (c) => [c.outputDtypes.length === 0 ? null : mergeInputs(c, Array.from({ length: c.inputCount }, (_, i) => i))],
  body: (b, inputs) => foldBody(b, inputs, 'AddV2'),
});

/** t limited to [clip_value_min, clip_value_max], each a scalar or of t's shape. A NaN element stays NaN, a NaN limit is none. */
export const clipByValue = defineOp<
  <D extends DType>(t: TensorLike<D>, clipValueMin: TensorLike<D>, clipValueMax: TensorLike<D>, options?: OpOptions) => Tensor<D>
>({
  signature: 'ClipByValue(t: T, clip_value_min: T, clip_value_max: T) -> (output: T) | T: type in $number',
  shape: (c) => {
    for (const i of [1, 2]) {
      const limit = c.shape(i);
      if (limit !== null && limit.length > 0 && !compatible(limit, c.shape(0))) {
        c.fail(`clip_value_min and clip_value_max must be scalars or of the shape of t, ${shapeText(c.shape(0))}; given ${shapeText(limit)}.`);
      }
    }
    return [c.shape(0)];
  },
  scalar: e.of3((x, low, high) => {
    const capped = e.select(e.gt(x, high), high, x);
    return e.select(e.lt(capped, low), low, capped);
  }),
});

/** The cross product of vectors of 3, over the last dimension. */
export const cross = defineOp<<D extends DType>(a: TensorLike<D>, b: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Cross(a: T, b: T) -> (product: T) | T: type in $real',
  shape: (c) => {
    const shape = mergeInputs(c, [0, 1]);
    if (shape === null) return [null];
    const last = shape.at(-1);
    if (last === undefined) return c.fail('inputs must have rank 1 or more.');
    if (last !== null && last !== 3) c.fail(`the last dimension must be 3, but is ${last}.`);
    return [[...shape.slice(0, -1), 3]];
  },
});

/** Whether a remainder and the divisor have opposite signs, so that flooring differs from truncating. */
function differsFromFloor(remainder: e.Expr, y: e.Expr): e.Expr {
  const zero = e.like(0, y);
  return e.and(e.ne(remainder, zero), e.xor(e.lt(remainder, zero), e.lt(y, zero)));
}

function floorDivision(x: e.Expr, y: e.Expr): e.Expr {
  if (e.isFloat(x.dtype)) return e.floor(e.div(x, y));
  const quotient = e.div(x, y);
  if (!e.isSigned(x.dtype)) return quotient;
  return e.select(differsFromFloor(e.rem(x, y), y), e.sub(quotient, e.like(1, x)), quotient);
}

function floorRemainder(x: e.Expr, y: e.Expr): e.Expr {
  const remainder = e.rem(x, y);
  if (e.isInteger(x.dtype) && !e.isSigned(x.dtype)) return remainder;
  return e.select(differsFromFloor(remainder, y), e.add(remainder, y), remainder);
}
