/** Optional values: what gradients of functional branches hand from the branch that was taken. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import type { PartialShape } from '../shape.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { scalarOutputs } from './shapes/common.js';

/** An optional that has these values. */
export const optionalFromValue = defineOp<(components: readonly TensorLike[], options?: OpOptions) => Tensor<'variant'>>({
  signature: 'OptionalFromValue(components: list(Toutput_types)) -> (optional: variant) | Toutput_types: list(type) >= 1',
  shape: scalarOutputs,
});

/** An optional without a value. */
export const optionalNone = defineOp<(options?: OpOptions) => Tensor<'variant'>>({
  signature: 'OptionalNone() -> (optional: variant)',
  shape: scalarOutputs,
});

/** Whether an optional has a value. */
export const optionalHasValue = defineOp<(optional: TensorLike<'variant'>, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'OptionalHasValue(optional: variant) -> (has_value: bool)',
  shape: scalarOutputs,
});

/** The values of an optional; InvalidArgumentError of the run where there is none. */
export const optionalGetValue = defineOp<
  (
    optional: TensorLike<'variant'>, outputTypes: readonly DType[], outputShapes: readonly PartialShape[],
    options?: OpOptions,
  ) => Tensor[]
>({
  signature: 'OptionalGetValue(optional: variant) -> (components: list(output_types)) | output_types: list(type) >= 1; output_shapes: ' +
    'list(shape) >= 1',
  shape: (c) => c.attrs.shapes('output_shapes'),
  isDataShaped: true,
});
