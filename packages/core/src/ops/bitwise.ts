/** Bit operations on ints. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { dtypeInfo } from '../dtypes.js';
import * as e from './expressions.js';
import { unchanged } from './shapes/common.js';

/** x & y. */
export const bitwiseAnd = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BitwiseAnd(x: T, y: T) -> (z: T) | T: type in $int | commutative',
  scalar: e.prim2('and'),
});

/** x or y, bit by bit. */
export const bitwiseOr = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BitwiseOr(x: T, y: T) -> (z: T) | T: type in $int | commutative',
  scalar: e.prim2('or'),
});

/** x ^ y. */
export const bitwiseXor = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BitwiseXor(x: T, y: T) -> (z: T) | T: type in $int | commutative',
  scalar: e.prim2('xor'),
});

/** ~x. */
export const invert = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Invert(x: T) -> (y: T) | T: type in $int',
  scalar: e.prim1('bitNot'),
});

/** x << y. A y below 0 shifts by 0, one of the width or more by width - 1, as TensorFlow's CPU kernel does. */
export const leftShift = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'LeftShift(x: T, y: T) -> (z: T) | T: type in $int',
  scalar: e.of2((x, y) => e.shl(x, shiftCount(y))),
});

/** x >> y, arithmetic on signed ints. y is limited as by LeftShift. */
export const rightShift = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'RightShift(x: T, y: T) -> (z: T) | T: type in $int',
  scalar: e.of2((x, y) => e.shr(x, shiftCount(y))),
});

/** The number of bits that are 1. */
export const populationCount = defineOp<(x: TensorLike, options?: OpOptions) => Tensor<'uint8'>>({
  signature: 'PopulationCount(x: T) -> (y: uint8) | T: type in $int',
  shape: unchanged,
});

function shiftCount(y: e.Expr): e.Expr {
  const capped = e.min(y, e.like(dtypeInfo[y.dtype].bytes * 8 - 1, y));
  return e.isSigned(y.dtype) ? e.max(capped, e.like(0, y)) : capped;
}
