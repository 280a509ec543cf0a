/** Logical ops and choosing between tensors. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { mergeShapes, shapeText } from '../shape.js';
import { inputOf, known, one, reshape } from './bodies.js';
import * as e from './expressions.js';
import { broadcastAll, merge } from './shapes/common.js';

/** x and y. */
export const logicalAnd = defineOp<(x: TensorLike<'bool'>, y: TensorLike<'bool'>, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'LogicalAnd(x: bool, y: bool) -> (z: bool) | commutative',
  scalar: e.prim2('and'),
});

/** x or y. */
export const logicalOr = defineOp<(x: TensorLike<'bool'>, y: TensorLike<'bool'>, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'LogicalOr(x: bool, y: bool) -> (z: bool) | commutative',
  scalar: e.prim2('or'),
});

/** not x. */
export const logicalNot = defineOp<(x: TensorLike<'bool'>, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'LogicalNot(x: bool) -> (y: bool)',
  scalar: e.prim1('not'),
});

/** Elements of `t` where `condition` holds, of `e` elsewhere; all three broadcast. */
export const selectV2 = defineOp<
  <D extends DType>(condition: TensorLike<'bool'>, t: TensorLike<D>, e: TensorLike<D>, options?: OpOptions) => Tensor<D>
>({
  signature: 'SelectV2(condition: bool, t: T, e: T) -> (output: T) | T: type',
  shape: (c) => [broadcastAll(c, [c.shape(0), c.shape(1), c.shape(2)])],
  scalar: e.of3((condition, x, y) => e.select(condition, x, y)),
});

/**
 * Elements of `t` where `condition` holds, of `e` elsewhere. `t` and `e` have one shape; `condition` has it too, or is a scalar, or a
 * vector that chooses rows (slices of dimension 0).
 */
export const select = defineOp<
  <D extends DType>(condition: TensorLike<'bool'>, t: TensorLike<D>, e: TensorLike<D>, options?: OpOptions) => Tensor<D>
>({
  signature: 'Select(condition: bool, t: T, e: T) -> (output: T) | T: type',
  shape: (c) => {
    const data = merge(c, c.shape(1), c.shape(2), 't and e');
    const condition = c.shape(0);
    if (condition === null || condition.length === 0) return [data];
    if (condition.length === 1) {
      if (data === null) return [data];
      const rows = data[0];
      if (rows === undefined) return c.fail(`condition is a vector, ${shapeText(condition)}, but t and e are scalars.`);
      if (rows !== null && condition[0] !== null && rows !== condition[0]) {
        c.fail(`condition chooses among ${condition[0]} rows, but t and e have ${rows}: ${shapeText(data)}.`);
      }
      return [data];
    }
    const whole = mergeShapes(condition, data);
    if (whole === undefined) return c.fail(`condition must be a scalar, a vector or of the shape of t and e, ${shapeText(data)}; given ${shapeText(condition)}.`);
    return [whole];
  },
  body: (b, inputs) => {
    const [condition, x, y] = [inputOf(inputs, 0), inputOf(inputs, 1), inputOf(inputs, 2)];
    if (condition.shape?.length !== 1) return [one(b, 'SelectV2', [condition, x, y])];
    if (x.shape === null) return undefined;
    if (x.shape.length === 1) return [one(b, 'SelectV2', [condition, x, y])];
    const rows = known(condition);
    if (rows === undefined) return undefined;
    const column = reshape(b, condition, [...rows, ...x.shape.slice(1).map(() => 1)]);
    return [one(b, 'SelectV2', [column, x, y])];
  },
});
