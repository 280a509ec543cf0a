/** Fake quantisation: floats rounded to what a quantised tensor could hold. */
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import * as e from './expressions.js';
import type { AttrReader } from '../graph/attrs.js';
import { broadcast, rankIs } from './shapes/common.js';

/** x rounded to a grid of 2^num_bits points over [min, max], which is moved so that 0 is a point of it (FakeQuantize's nudging). */
function quantized(x: e.Expr, min: e.Expr, max: e.Expr, attrs: AttrReader): e.Expr {
  const lowest = e.like(attrs.bool('narrow_range') ? 1 : 0, x);
  const highest = e.like(2 ** attrs.int('num_bits') - 1, x);
  const half = e.like(0.5, x);
  const scale = e.div(e.sub(max, min), e.sub(highest, lowest));
  const zeroPoint = e.sub(lowest, e.div(min, scale));
  // Within the limits the zero point is positive, so adding a half and flooring rounds halves away from zero.
  const nudged = e.min(e.max(e.floor(e.add(zeroPoint, half)), lowest), highest);
  const [low, high] = [e.mul(e.sub(lowest, nudged), scale), e.mul(e.sub(highest, nudged), scale)];
  const steps = e.floor(e.add(e.mul(e.sub(e.min(e.max(x, low), high), low), e.div(e.like(1, x), scale)), half));
  const isEmpty = e.and(e.isZero(min), e.isZero(max));
  return e.select(isEmpty, e.like(0, x), e.add(e.mul(steps, scale), low));
}

/** Inputs rounded to a grid over [min, max]. */
export const fakeQuantWithMinMaxArgs = defineOp<
  (
    inputs: TensorLike<'float32'>,
    options?: OpOptions & { min?: number; max?: number; numBits?: number; narrowRange?: boolean },
  ) => Tensor<'float32'>
>({
  signature: 'FakeQuantWithMinMaxArgs(inputs: float) -> (outputs: float) | min: float = -6; max: float = 6; num_bits: int = 8; ' +
    'narrow_range: bool = false',
  scalar: e.of1((x, attrs) => quantized(x, e.like(attrs.float('min'), x), e.like(attrs.float('max'), x), attrs)),
});

/** Inputs rounded to a grid over [min, max], two scalar inputs. */
export const fakeQuantWithMinMaxVars = defineOp<
  (
    inputs: TensorLike<'float32'>, min: TensorLike<'float32'>, max: TensorLike<'float32'>,
    options?: OpOptions & { numBits?: number; narrowRange?: boolean },
  ) => Tensor<'float32'>
>({
  signature: 'FakeQuantWithMinMaxVars(inputs: float, min: float, max: float) -> (outputs: float) | num_bits: int = 8; ' +
    'narrow_range: bool = false',
  shape: (c) => {
    rankIs(c, 1, 0, 'min');
    rankIs(c, 2, 0, 'max');
    return [c.shape(0)];
  },
  scalar: e.of3((x, min, max, attrs) => quantized(x, min, max, attrs)),
});

/** Inputs rounded to a grid over [min, max] of each channel, the last dimension. */
export const fakeQuantWithMinMaxVarsPerChannel = defineOp<
  (
    inputs: TensorLike<'float32'>, min: TensorLike<'float32'>, max: TensorLike<'float32'>,
    options?: OpOptions & { numBits?: number; narrowRange?: boolean },
  ) => Tensor<'float32'>
>({
  signature: 'FakeQuantWithMinMaxVarsPerChannel(inputs: float, min: float, max: float) -> (outputs: float) | num_bits: int = ' +
    '8; narrow_range: bool = false',
  shape: (c) => {
    rankIs(c, 1, 1, 'min');
    rankIs(c, 2, 1, 'max');
    return broadcast(c);
  },
  scalar: e.of3((x, min, max, attrs) => quantized(x, min, max, attrs)),
});
