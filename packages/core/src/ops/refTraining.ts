/** Optimiser steps on variables by reference: the variable and its slots are updated, the variable is given out. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { unchanged } from './shapes/common.js';

/** One step of AdaMax on a reference. */
export const applyAdaMax = defineOp<
  <D extends DType>(
    variable: Tensor<D>, m: Tensor<D>, v: Tensor<D>, beta1Power: TensorLike<D>, lr: TensorLike<D>, beta1: TensorLike<D>,
    beta2: TensorLike<D>, epsilon: TensorLike<D>, grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ApplyAdaMax(var: ref T, m: ref T, v: ref T, beta1_power: T, lr: T, beta1: T, beta2: T, epsilon: T, grad: T) -> ' +
    '(out: ref T) | T: type in $number; use_locking: bool = false',
  shape: unchanged,
});

/** One step of Adadelta on a reference. */
export const applyAdadelta = defineOp<
  <D extends DType>(
    variable: Tensor<D>, accum: Tensor<D>, accumUpdate: Tensor<D>, lr: TensorLike<D>, rho: TensorLike<D>, epsilon: TensorLike<D>,
    grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ApplyAdadelta(var: ref T, accum: ref T, accum_update: ref T, lr: T, rho: T, epsilon: T, grad: T) -> (out: ref T) ' +
    '| T: type in $number; use_locking: bool = false',
  shape: unchanged,
});

/** One step of Adagrad on a reference. */
export const applyAdagrad = defineOp<
  <D extends DType>(
    variable: Tensor<D>, accum: Tensor<D>, lr: TensorLike<D>, grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; updateSlots?: boolean },
  ) => Tensor<D>
>({
  signature: 'ApplyAdagrad(var: ref T, accum: ref T, lr: T, grad: T) -> (out: ref T) | T: type in $number; use_locking: bool = ' +
    'false; update_slots: bool = true',
  shape: unchanged,
});

/** One step of AdagradDA on a reference. */
export const applyAdagradDA = defineOp<
  <D extends DType>(
    variable: Tensor<D>, gradientAccumulator: Tensor<D>, gradientSquaredAccumulator: Tensor<D>, grad: TensorLike<D>,
    lr: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>, globalStep: TensorLike<'int64'>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ApplyAdagradDA(var: ref T, gradient_accumulator: ref T, gradient_squared_accumulator: ref T, grad: T, lr: T, l1: ' +
    'T, l2: T, global_step: int64) -> (out: ref T) | T: type in $number; use_locking: bool = false',
  shape: unchanged,
});

/** One step of Adagrad with epsilon on a reference. */
export const applyAdagradV2 = defineOp<
  <D extends DType>(
    variable: Tensor<D>, accum: Tensor<D>, lr: TensorLike<D>, epsilon: TensorLike<D>, grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; updateSlots?: boolean },
  ) => Tensor<D>
>({
  signature: 'ApplyAdagradV2(var: ref T, accum: ref T, lr: T, epsilon: T, grad: T) -> (out: ref T) | T: type in $number; ' +
    'use_locking: bool = false; update_slots: bool = true',
  shape: unchanged,
});

/** One step of Adam on a reference. */
export const applyAdam = defineOp<
  <D extends DType>(
    variable: Tensor<D>, m: Tensor<D>, v: Tensor<D>, beta1Power: TensorLike<D>, beta2Power: TensorLike<D>, lr: TensorLike<D>,
    beta1: TensorLike<D>, beta2: TensorLike<D>, epsilon: TensorLike<D>, grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; useNesterov?: boolean },
  ) => Tensor<D>
>({
  signature: 'ApplyAdam(var: ref T, m: ref T, v: ref T, beta1_power: T, beta2_power: T, lr: T, beta1: T, beta2: T, epsilon: T, ' +
    'grad: T) -> (out: ref T) | T: type in $number; use_locking: bool = false; use_nesterov: bool = false',
  shape: unchanged,
});

/** One step of AddSign on a reference. */
export const applyAddSign = defineOp<
  <D extends DType>(
    variable: Tensor<D>, m: Tensor<D>, lr: TensorLike<D>, alpha: TensorLike<D>, signDecay: TensorLike<D>, beta: TensorLike<D>,
    grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ApplyAddSign(var: ref T, m: ref T, lr: T, alpha: T, sign_decay: T, beta: T, grad: T) -> (out: ref T) | T: type ' +
    'in $number; use_locking: bool = false',
  shape: unchanged,
});

/** One step of centred RMSProp on a reference. */
export const applyCenteredRMSProp = defineOp<
  <D extends DType>(
    variable: Tensor<D>, mg: Tensor<D>, ms: Tensor<D>, mom: Tensor<D>, lr: TensorLike<D>, rho: TensorLike<D>,
    momentum: TensorLike<D>, epsilon: TensorLike<D>, grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ApplyCenteredRMSProp(var: ref T, mg: ref T, ms: ref T, mom: ref T, lr: T, rho: T, momentum: T, epsilon: T, grad: ' +
    'T) -> (out: ref T) | T: type in $number; use_locking: bool = false',
  shape: unchanged,
});

/** One step of FTRL-proximal on a reference. */
export const applyFtrl = defineOp<
  <D extends DType>(
    variable: Tensor<D>, accum: Tensor<D>, linear: Tensor<D>, grad: TensorLike<D>, lr: TensorLike<D>, l1: TensorLike<D>,
    l2: TensorLike<D>, lrPower: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; multiplyLinearByLr?: boolean },
  ) => Tensor<D>
>({
  signature: 'ApplyFtrl(var: ref T, accum: ref T, linear: ref T, grad: T, lr: T, l1: T, l2: T, lr_power: T) -> (out: ref T) | ' +
    'T: type in $number; use_locking: bool = false; multiply_linear_by_lr: bool = false',
  shape: unchanged,
});

/** One step of FTRL-proximal with L2 shrinkage on a reference. */
export const applyFtrlV2 = defineOp<
  <D extends DType>(
    variable: Tensor<D>, accum: Tensor<D>, linear: Tensor<D>, grad: TensorLike<D>, lr: TensorLike<D>, l1: TensorLike<D>,
    l2: TensorLike<D>, l2Shrinkage: TensorLike<D>, lrPower: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; multiplyLinearByLr?: boolean },
  ) => Tensor<D>
>({
  signature: 'ApplyFtrlV2(var: ref T, accum: ref T, linear: ref T, grad: T, lr: T, l1: T, l2: T, l2_shrinkage: T, lr_power: T) ' +
    '-> (out: ref T) | T: type in $number; use_locking: bool = false; multiply_linear_by_lr: bool = false',
  shape: unchanged,
});

/** One step of gradient descent on a reference. */
export const applyGradientDescent = defineOp<
  <D extends DType>(
    variable: Tensor<D>, alpha: TensorLike<D>, delta: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ApplyGradientDescent(var: ref T, alpha: T, delta: T) -> (out: ref T) | T: type in $number; use_locking: bool = false',
  shape: unchanged,
});

/** One step of momentum on a reference. */
export const applyMomentum = defineOp<
  <D extends DType>(
    variable: Tensor<D>, accum: Tensor<D>, lr: TensorLike<D>, grad: TensorLike<D>, momentum: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; useNesterov?: boolean },
  ) => Tensor<D>
>({
  signature: 'ApplyMomentum(var: ref T, accum: ref T, lr: T, grad: T, momentum: T) -> (out: ref T) | T: type in $number; ' +
    'use_locking: bool = false; use_nesterov: bool = false',
  shape: unchanged,
});

/** One step of PowerSign on a reference. */
export const applyPowerSign = defineOp<
  <D extends DType>(
    variable: Tensor<D>, m: Tensor<D>, lr: TensorLike<D>, logbase: TensorLike<D>, signDecay: TensorLike<D>, beta: TensorLike<D>,
    grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ApplyPowerSign(var: ref T, m: ref T, lr: T, logbase: T, sign_decay: T, beta: T, grad: T) -> (out: ref T) | T: ' +
    'type in $number; use_locking: bool = false',
  shape: unchanged,
});

/** One step of proximal Adagrad on a reference. */
export const applyProximalAdagrad = defineOp<
  <D extends DType>(
    variable: Tensor<D>, accum: Tensor<D>, lr: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>, grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ApplyProximalAdagrad(var: ref T, accum: ref T, lr: T, l1: T, l2: T, grad: T) -> (out: ref T) | T: type in ' +
    '$number; use_locking: bool = false',
  shape: unchanged,
});

/** One step of proximal gradient descent on a reference. */
export const applyProximalGradientDescent = defineOp<
  <D extends DType>(
    variable: Tensor<D>, alpha: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>, delta: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ApplyProximalGradientDescent(var: ref T, alpha: T, l1: T, l2: T, delta: T) -> (out: ref T) | T: type in $number; ' +
    'use_locking: bool = false',
  shape: unchanged,
});

/** One step of RMSProp on a reference. */
export const applyRMSProp = defineOp<
  <D extends DType>(
    variable: Tensor<D>, ms: Tensor<D>, mom: Tensor<D>, lr: TensorLike<D>, rho: TensorLike<D>, momentum: TensorLike<D>,
    epsilon: TensorLike<D>, grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ApplyRMSProp(var: ref T, ms: ref T, mom: ref T, lr: T, rho: T, momentum: T, epsilon: T, grad: T) -> (out: ref T) ' +
    '| T: type in $number; use_locking: bool = false',
  shape: unchanged,
});

/** One step of Adadelta on rows of a reference. */
export const sparseApplyAdadelta = defineOp<
  <D extends DType>(
    variable: Tensor<D>, accum: Tensor<D>, accumUpdate: Tensor<D>, lr: TensorLike<D>, rho: TensorLike<D>, epsilon: TensorLike<D>,
    grad: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseApplyAdadelta(var: ref T, accum: ref T, accum_update: ref T, lr: T, rho: T, epsilon: T, grad: T, indices: ' +
    'Tindices) -> (out: ref T) | T: type in $number; Tindices: type in $index; use_locking: bool = false',
  shape: unchanged,
});

/** One step of Adagrad on rows of a reference. */
export const sparseApplyAdagrad = defineOp<
  <D extends DType>(
    variable: Tensor<D>, accum: Tensor<D>, lr: TensorLike<D>, grad: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { useLocking?: boolean; updateSlots?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseApplyAdagrad(var: ref T, accum: ref T, lr: T, grad: T, indices: Tindices) -> (out: ref T) | T: type in ' +
    '$number; Tindices: type in $index; use_locking: bool = false; update_slots: bool = true',
  shape: unchanged,
});

/** One step of AdagradDA on rows of a reference. */
export const sparseApplyAdagradDA = defineOp<
  <D extends DType>(
    variable: Tensor<D>, gradientAccumulator: Tensor<D>, gradientSquaredAccumulator: Tensor<D>, grad: TensorLike<D>,
    indices: TensorLike<'int32' | 'int64'>, lr: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>, globalStep: TensorLike<'int64'>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseApplyAdagradDA(var: ref T, gradient_accumulator: ref T, gradient_squared_accumulator: ref T, grad: T, ' +
    'indices: Tindices, lr: T, l1: T, l2: T, global_step: int64) -> (out: ref T) | T: type in $number; Tindices: type ' +
    'in $index; use_locking: bool = false',
  shape: unchanged,
});

/** One step of Adagrad with epsilon on rows of a reference. */
export const sparseApplyAdagradV2 = defineOp<
  <D extends DType>(
    variable: Tensor<D>, accum: Tensor<D>, lr: TensorLike<D>, epsilon: TensorLike<D>, grad: TensorLike<D>,
    indices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { useLocking?: boolean; updateSlots?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseApplyAdagradV2(var: ref T, accum: ref T, lr: T, epsilon: T, grad: T, indices: Tindices) -> (out: ref T) | ' +
    'T: type in $number; Tindices: type in $index; use_locking: bool = false; update_slots: bool = true',
  shape: unchanged,
});

/** One step of centred RMSProp on rows of a reference. */
export const sparseApplyCenteredRMSProp = defineOp<
  <D extends DType>(
    variable: Tensor<D>, mg: Tensor<D>, ms: Tensor<D>, mom: Tensor<D>, lr: TensorLike<D>, rho: TensorLike<D>,
    momentum: TensorLike<D>, epsilon: TensorLike<D>, grad: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseApplyCenteredRMSProp(var: ref T, mg: ref T, ms: ref T, mom: ref T, lr: T, rho: T, momentum: T, epsilon: T, ' +
    'grad: T, indices: Tindices) -> (out: ref T) | T: type in $number; Tindices: type in $index; use_locking: bool = ' +
    'false',
  shape: unchanged,
});

/** One step of FTRL-proximal on rows of a reference. */
export const sparseApplyFtrl = defineOp<
  <D extends DType>(
    variable: Tensor<D>, accum: Tensor<D>, linear: Tensor<D>, grad: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>,
    lr: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>, lrPower: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; multiplyLinearByLr?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseApplyFtrl(var: ref T, accum: ref T, linear: ref T, grad: T, indices: Tindices, lr: T, l1: T, l2: T, ' +
    'lr_power: T) -> (out: ref T) | T: type in $number; Tindices: type in $index; use_locking: bool = false; ' +
    'multiply_linear_by_lr: bool = false',
  shape: unchanged,
});

/** One step of FTRL-proximal with L2 shrinkage on rows of a reference. */
export const sparseApplyFtrlV2 = defineOp<
  <D extends DType>(
    variable: Tensor<D>, accum: Tensor<D>, linear: Tensor<D>, grad: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>,
    lr: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>, l2Shrinkage: TensorLike<D>, lrPower: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; multiplyLinearByLr?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseApplyFtrlV2(var: ref T, accum: ref T, linear: ref T, grad: T, indices: Tindices, lr: T, l1: T, l2: T, ' +
    'l2_shrinkage: T, lr_power: T) -> (out: ref T) | T: type in $number; Tindices: type in $index; use_locking: bool ' +
    '= false; multiply_linear_by_lr: bool = false',
  shape: unchanged,
});

/** One step of momentum on rows of a reference. */
export const sparseApplyMomentum = defineOp<
  <D extends DType>(
    variable: Tensor<D>, accum: Tensor<D>, lr: TensorLike<D>, grad: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>,
    momentum: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; useNesterov?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseApplyMomentum(var: ref T, accum: ref T, lr: T, grad: T, indices: Tindices, momentum: T) -> (out: ref T) | ' +
    'T: type in $number; Tindices: type in $index; use_locking: bool = false; use_nesterov: bool = false',
  shape: unchanged,
});

/** One step of proximal Adagrad on rows of a reference. */
export const sparseApplyProximalAdagrad = defineOp<
  <D extends DType>(
    variable: Tensor<D>, accum: Tensor<D>, lr: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>, grad: TensorLike<D>,
    indices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseApplyProximalAdagrad(var: ref T, accum: ref T, lr: T, l1: T, l2: T, grad: T, indices: Tindices) -> (out: ' +
    'ref T) | T: type in $number; Tindices: type in $index; use_locking: bool = false',
  shape: unchanged,
});

/** One step of proximal gradient descent on rows of a reference. */
export const sparseApplyProximalGradientDescent = defineOp<
  <D extends DType>(
    variable: Tensor<D>, alpha: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>, grad: TensorLike<D>,
    indices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseApplyProximalGradientDescent(var: ref T, alpha: T, l1: T, l2: T, grad: T, indices: Tindices) -> (out: ref ' +
    'T) | T: type in $number; Tindices: type in $index; use_locking: bool = false',
  shape: unchanged,
});

/** One step of RMSProp on rows of a reference. */
export const sparseApplyRMSProp = defineOp<
  <D extends DType>(
    variable: Tensor<D>, ms: Tensor<D>, mom: Tensor<D>, lr: TensorLike<D>, rho: TensorLike<D>, momentum: TensorLike<D>,
    epsilon: TensorLike<D>, grad: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseApplyRMSProp(var: ref T, ms: ref T, mom: ref T, lr: T, rho: T, momentum: T, epsilon: T, grad: T, indices: ' +
    'Tindices) -> (out: ref T) | T: type in $number; Tindices: type in $index; use_locking: bool = false',
  shape: unchanged,
});
