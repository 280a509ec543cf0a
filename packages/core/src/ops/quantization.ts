/** Numbers of quantized dtypes and the floats that they stand for. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import type { PartialShape } from '../shape.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeContext, ShapeFunction } from './opDef.js';
import { merge, rankAtLeast, rankIs, scalarOutputs, unchanged } from './shapes/common.js';

/** The shape of input 0, which has the axis that the attribute names. */
function ranged(c: ShapeContext, ranges: readonly number[] = [1, 2]): PartialShape {
  const axis = c.attrs.int('axis');
  const input = rankAtLeast(c, 0, axis + 1, 'input');
  for (const i of ranges) {
    if (axis < 0) rankIs(c, i, 0, 'a range without an axis');
    else merge(c, rankIs(c, i, 1, 'a range for each slice'), [input?.[axis] ?? null], 'ranges and the axis');
  }
  return input;
}

/** The shape of input 0, and its range or its ranges. */
const quantizedOf: ShapeFunction = (c) => [ranged(c), c.shape(1), c.shape(2)];

/** The shape of input 0 and one range. */
const narrowed: ShapeFunction = (c) => [c.shape(0), [], []];

/** Floats as the numbers of a quantized dtype over [min_range, max_range], and the range that they have then. */
export const quantizeV2 = defineOp<
  <D extends DType>(
    input: TensorLike<'float32'>, minRange: TensorLike<'float32'>, maxRange: TensorLike<'float32'>, t: D,
    options?: OpOptions & { mode?: 'MIN_COMBINED' | 'MIN_FIRST' | 'SCALED'; roundMode?: 'HALF_AWAY_FROM_ZERO' | 'HALF_TO_EVEN';
    narrowRange?: boolean; axis?: number; ensureMinimumRange?: number },
  ) => Outputs<{ output: Tensor<D>; outputMin: Tensor<'float32'>; outputMax: Tensor<'float32'> }>
>({
  signature: "QuantizeV2(input: float, min_range: float, max_range: float) -> (output: T, output_min: float, output_max: float) | T: type " +
    "in $quantized; mode: string in [MIN_COMBINED, MIN_FIRST, SCALED] = 'MIN_COMBINED'; round_mode: string in " +
    "[HALF_AWAY_FROM_ZERO, HALF_TO_EVEN] = 'HALF_AWAY_FROM_ZERO'; narrow_range: bool = false; axis: int = -1; " +
    "ensure_minimum_range: float = 0.01",
  shape: quantizedOf,
});

/** The floats that numbers of a quantized dtype stand for. */
export const dequantize = defineOp<
  <D extends DType, Out extends DType = 'float32'>(
    input: TensorLike<D>, minRange: TensorLike<'float32'>, maxRange: TensorLike<'float32'>,
    options?: OpOptions & { mode?: 'MIN_COMBINED' | 'MIN_FIRST' | 'SCALED'; narrowRange?: boolean; axis?: number; dtype?: Out },
  ) => Tensor<Out>
>({
  signature: "Dequantize(input: T, min_range: float, max_range: float) -> (output: dtype) | T: type in $quantized; mode: string in " +
    "[MIN_COMBINED, MIN_FIRST, SCALED] = 'MIN_COMBINED'; narrow_range: bool = false; axis: int = -1; dtype: type in [bfloat16, " +
    "float] = float",
  shape: (c) => [ranged(c)],
});

/** Quantizes and dequantizes, the range in attributes: TensorFlow keeps the op but has no kernel for it. */
export const quantizeAndDequantize = defineOp<
  <D extends DType>(
    input: TensorLike<D>,
    options?: OpOptions & { signedInput?: boolean; numBits?: number; rangeGiven?: boolean; inputMin?: number; inputMax?: number },
  ) => Tensor<D>
>({
  signature: 'QuantizeAndDequantize(input: T) -> (output: T) | signed_input: bool = true; num_bits: int = 8; range_given: bool = false; ' +
    'input_min: float = 0; input_max: float = 0; T: type in $float | deprecated at 22',
  shape: unchanged,
});

/** Floats rounded to what num_bits can tell apart over the range that is given, or the range of the input. */
export const quantizeAndDequantizeV2 = defineOp<
  <D extends DType>(
    input: TensorLike<D>, inputMin: TensorLike<D>, inputMax: TensorLike<D>,
    options?: OpOptions & { signedInput?: boolean; numBits?: number; rangeGiven?: boolean; roundMode?: 'HALF_TO_EVEN' | 'HALF_UP';
    narrowRange?: boolean; axis?: number },
  ) => Tensor<D>
>({
  signature: "QuantizeAndDequantizeV2(input: T, input_min: T, input_max: T) -> (output: T) | signed_input: bool = true; num_bits: int = 8; " +
    "range_given: bool = false; T: type in $float; round_mode: string in [HALF_TO_EVEN, HALF_UP] = 'HALF_TO_EVEN'; narrow_range: " +
    "bool = false; axis: int = -1",
  shape: (c) => [ranged(c)],
});

/** As QuantizeAndDequantizeV2, with the number of bits as an input. */
export const quantizeAndDequantizeV3 = defineOp<
  <D extends DType>(
    input: TensorLike<D>, inputMin: TensorLike<D>, inputMax: TensorLike<D>, numBits: TensorLike<'int32'>,
    options?: OpOptions & { signedInput?: boolean; rangeGiven?: boolean; narrowRange?: boolean; axis?: number },
  ) => Tensor<D>
>({
  signature: 'QuantizeAndDequantizeV3(input: T, input_min: T, input_max: T, num_bits: int32) -> (output: T) | signed_input: bool = true; ' +
    'range_given: bool = true; T: type in $float; narrow_range: bool = false; axis: int = -1',
  shape: (c) => [ranged(c)],
});

/** As QuantizeAndDequantizeV2, with a gradient of its own. */
export const quantizeAndDequantizeV4 = defineOp<
  <D extends DType>(
    input: TensorLike<D>, inputMin: TensorLike<D>, inputMax: TensorLike<D>,
    options?: OpOptions & { signedInput?: boolean; numBits?: number; rangeGiven?: boolean; roundMode?: 'HALF_TO_EVEN' | 'HALF_UP';
    narrowRange?: boolean; axis?: number },
  ) => Tensor<D>
>({
  signature: "QuantizeAndDequantizeV4(input: T, input_min: T, input_max: T) -> (output: T) | signed_input: bool = true; num_bits: int = 8; " +
    "range_given: bool = false; T: type in $float; round_mode: string in [HALF_TO_EVEN, HALF_UP] = 'HALF_TO_EVEN'; narrow_range: " +
    "bool = false; axis: int = -1",
  shape: (c) => [ranged(c)],
});

/** Gradient of QuantizeAndDequantizeV4: what lies within the range passes, the range itself gets none. */
export const quantizeAndDequantizeV4Grad = defineOp<
  <D extends DType>(
    gradients: TensorLike<D>, input: TensorLike<D>, inputMin: TensorLike<D>, inputMax: TensorLike<D>,
    options?: OpOptions & { axis?: number },
  ) => Outputs<{ inputBackprop: Tensor<D>; inputMinBackprop: Tensor<D>; inputMaxBackprop: Tensor<D> }>
>({
  signature: 'QuantizeAndDequantizeV4Grad(gradients: T, input: T, input_min: T, input_max: T) -> (input_backprop: T, input_min_backprop: T, ' +
    'input_max_backprop: T) | T: type in $float; axis: int = -1',
  shape: (c) => [merge(c, c.shape(0), c.shape(1), 'gradients and input'), c.shape(2), c.shape(3)],
});

/** A quantized tensor in a narrower dtype, over the range that its values have. */
export const quantizeDownAndShrinkRange = defineOp<
  <Input extends DType, Out extends DType>(
    input: TensorLike<Input>, inputMin: TensorLike<'float32'>, inputMax: TensorLike<'float32'>, outType: Out,
    options?: OpOptions,
  ) => Outputs<{ output: Tensor<Out>; outputMin: Tensor<'float32'>; outputMax: Tensor<'float32'> }>
>({
  signature: 'QuantizeDownAndShrinkRange(input: Tinput, input_min: float, input_max: float) -> (output: out_type, output_min: float, ' +
    'output_max: float) | Tinput: type in $quantized; out_type: type in $quantized',
  shape: narrowed,
});

/** A quantized tensor in a narrower dtype, over another range. */
export const requantize = defineOp<
  <Input extends DType, Out extends DType>(
    input: TensorLike<Input>, inputMin: TensorLike<'float32'>, inputMax: TensorLike<'float32'>, requestedOutputMin:
    TensorLike<'float32'>, requestedOutputMax: TensorLike<'float32'>, outType: Out,
    options?: OpOptions,
  ) => Outputs<{ output: Tensor<Out>; outputMin: Tensor<'float32'>; outputMax: Tensor<'float32'> }>
>({
  signature: 'Requantize(input: Tinput, input_min: float, input_max: float, requested_output_min: float, requested_output_max: float) -> ' +
    '(output: out_type, output_min: float, output_max: float) | Tinput: type in $quantized; out_type: type in $quantized',
  shape: narrowed,
});

/** The range that the values of a quantized tensor have. */
export const requantizationRange = defineOp<
  <Input extends DType>(
    input: TensorLike<Input>, inputMin: TensorLike<'float32'>, inputMax: TensorLike<'float32'>,
    options?: OpOptions,
  ) => Outputs<{ outputMin: Tensor<'float32'>; outputMax: Tensor<'float32'> }>
>({
  signature: 'RequantizationRange(input: Tinput, input_min: float, input_max: float) -> (output_min: float, output_max: float) | Tinput: ' +
    'type in $quantized',
  shape: scalarOutputs,
});
