/**
 * Ops of TensorFlow.js graph models that TensorFlow itself does not have. `convert` spells them in TensorFlow's own ops: their bodies.
 */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { one } from './bodies.js';
import { convAttrs } from './convAttrs.js';
import * as e from './expressions.js';
import { applyFused } from './fused.js';
import { broadcast } from './shapes/common.js';
import { depthwise } from './shapes/conv.js';

/** x where it is positive, else alpha · x; alpha broadcasts against x. */
export const prelu = defineOp<<D extends DType>(x: TensorLike<D>, alpha: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Prelu(x: T, alpha: T) -> (activations: T) | T: type in $float = float',
  shape: broadcast,
  scalar: e.of2((x, alpha) => e.select(e.gt(x, e.like(0, x)), x, e.mul(alpha, x))),
});

/** DepthwiseConv2dNative followed by the ops that `fused_ops` names, which take their arguments from `args`. */
export const fusedDepthwiseConv2dNative = defineOp<
  <D extends DType>(
    input: TensorLike<D>, filter: TensorLike<D>, args: readonly TensorLike<D>[], strides: readonly number[],
    padding: 'SAME' | 'VALID' | 'EXPLICIT',
    options?: OpOptions & {
      explicitPaddings?: readonly number[]; dataFormat?: 'NHWC' | 'NCHW'; dilations?: readonly number[]; fusedOps?: readonly string[];
      epsilon?: number; leakyreluAlpha?: number;
    },
  ) => Tensor<D>
>({
  signature: "FusedDepthwiseConv2dNative(input: T, filter: T, args: num_args*T) -> (output: T) | T: type in $float = float; " +
    "num_args: int >= 0; strides: list(int); padding: string in [SAME, VALID, EXPLICIT]; explicit_paddings: list(int) " +
    "= []; data_format: string in [NHWC, NCHW] = 'NHWC'; dilations: list(int) = [1, 1, 1, 1]; fused_ops: list(string) " +
    "= []; epsilon: float = 0.0001; leakyrelu_alpha: float = 0.2",
  shape: depthwise,
  body: (b, inputs) => {
    const product = one(b, 'DepthwiseConv2dNative', inputs.slice(0, 2), convAttrs(b.attrs.attrs));
    const value = applyFused(b, product, inputs.slice(2), b.attrs.string('data_format'));
    return value === undefined ? undefined : [value];
  },
});
