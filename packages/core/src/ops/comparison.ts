/** Elementwise comparisons and tests; all give bool. */
import type { DType } from '../dtypes.js';
import type { PartialShape } from '../shape.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { inputOf, known } from './bodies.js';
import * as e from './expressions.js';
import { HostTensor } from '../hostTensor.js';
import { broadcastShapes } from '../shape.js';
import type { OpBody, ShapeFunction } from './opDef.js';
import { broadcastAll, sameShapes } from './shapes/common.js';

/** Whether shapes broadcast, whatever their unknown dimensions turn out to be; `undefined` while that depends on them. */
function surelyBroadcast(x: PartialShape, y: PartialShape): boolean | undefined {
  if (broadcastShapes(x, y) === undefined) return false;
  if (x === null || y === null) return undefined;
  for (let i = 1; i <= Math.min(x.length, y.length); i++) {
    const [a, b] = [x.at(-i), y.at(-i)];
    if (a !== 1 && b !== 1 && (a === null || b === null)) return undefined;
  }
  return true;
}

/** With `incompatible_shape_error = false`, shapes that do not broadcast make one scalar: not equal. */
const equalityShape: ShapeFunction = (c) => {
  const [x, y] = [c.shape(0), c.shape(1)];
  const isFine = c.attrs.bool('incompatible_shape_error') ? true : surelyBroadcast(x, y);
  if (isFine === undefined) return [null];
  return [isFine ? broadcastAll(c, [x, y]) : []];
};

/** The constant answer for shapes that do not broadcast. */
const equalityBody = (answer: boolean): OpBody => (b, inputs) => {
  const [x, y] = [known(inputOf(inputs, 0)), known(inputOf(inputs, 1))];
  if (x === undefined || y === undefined || broadcastShapes(x, y) !== undefined) return undefined;
  return [b.constant(HostTensor.from(answer, { dtype: 'bool', shape: [] }))];
};

/** x = y. */
export const equal = defineOp<
  <D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions & { incompatibleShapeError?: boolean }) => Tensor<'bool'>
>({
  signature: 'Equal(x: T, y: T) -> (z: bool) | T: type; incompatible_shape_error: bool = true | commutative',
  shape: equalityShape,
  scalar: e.comparison('eq'),
  body: equalityBody(false),
});

/** x ≠ y. */
export const notEqual = defineOp<
  <D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions & { incompatibleShapeError?: boolean }) => Tensor<'bool'>
>({
  signature: 'NotEqual(x: T, y: T) -> (z: bool) | T: type; incompatible_shape_error: bool = true | commutative',
  shape: equalityShape,
  scalar: e.comparison('ne'),
  body: equalityBody(true),
});

/** x < y. */
export const less = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'Less(x: T, y: T) -> (z: bool) | T: type in $real',
  scalar: e.comparison('lt'),
});

/** x ≤ y. */
export const lessEqual = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'LessEqual(x: T, y: T) -> (z: bool) | T: type in $real',
  scalar: e.comparison('le'),
});

/** x > y. */
export const greater = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'Greater(x: T, y: T) -> (z: bool) | T: type in $real',
  scalar: e.comparison('gt'),
});

/** x ≥ y. */
export const greaterEqual = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'GreaterEqual(x: T, y: T) -> (z: bool) | T: type in $real',
  scalar: e.comparison('ge'),
});

/** Whether x and y, of one shape, differ by less than `tolerance`. */
export const approximateEqual = defineOp<
  <D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions & { tolerance?: number }) => Tensor<'bool'>
>({
  signature: 'ApproximateEqual(x: T, y: T) -> (z: bool) | T: type in $number; tolerance: float = 1e-05 | commutative',
  shape: sameShapes,
  scalar: e.of2((x, y, attrs) => e.le(e.abs(e.sub(x, y)), e.like(attrs.float('tolerance'), x))),
});

/** Whether an element is NaN. */
export const isNan = defineOp<(x: TensorLike<'bfloat16' | 'float16' | 'float32' | 'float64'>, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'IsNan(x: T) -> (y: bool) | T: type in $float',
  scalar: e.of1((x) => e.ne(x, x)),
});

/** Whether an element is infinite. */
export const isInf = defineOp<(x: TensorLike<'bfloat16' | 'float16' | 'float32' | 'float64'>, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'IsInf(x: T) -> (y: bool) | T: type in $float',
  scalar: e.of1((x) => e.eq(e.abs(x), e.like(Infinity, x))),
});

/** Whether an element is neither infinite nor NaN. */
export const isFinite = defineOp<(x: TensorLike<'bfloat16' | 'float16' | 'float32' | 'float64'>, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'IsFinite(x: T) -> (y: bool) | T: type in $float',
  scalar: e.of1((x) => e.lt(e.abs(x), e.like(Infinity, x))),
});
