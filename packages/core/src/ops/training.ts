/** Optimiser steps on variables, which are resources. */
import type { DType } from '../dtypes.js';
import type { Operation } from '../graph/operation.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { noOutputs } from './shapes/common.js';

/** One step of AdaMax on a variable. */
export const resourceApplyAdaMax = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, m: TensorLike<'resource'>, v: TensorLike<'resource'>, beta1Power: TensorLike<D>,
    lr: TensorLike<D>, beta1: TensorLike<D>, beta2: TensorLike<D>, epsilon: TensorLike<D>, grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyAdaMax(var: resource, m: resource, v: resource, beta1_power: T, lr: T, beta1: T, beta2: T, epsilon: ' +
    'T, grad: T) -> () | T: type in $number; use_locking: bool = false | stateful',
  shape: noOutputs,
});

/** One step of Adadelta on a variable. */
export const resourceApplyAdadelta = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, accum: TensorLike<'resource'>, accumUpdate: TensorLike<'resource'>, lr: TensorLike<D>,
    rho: TensorLike<D>, epsilon: TensorLike<D>, grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyAdadelta(var: resource, accum: resource, accum_update: resource, lr: T, rho: T, epsilon: T, grad: ' +
    'T) -> () | T: type in $number; use_locking: bool = false | stateful',
  shape: noOutputs,
});

/** One step of Adagrad on a variable. */
export const resourceApplyAdagrad = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, accum: TensorLike<'resource'>, lr: TensorLike<D>, grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; updateSlots?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyAdagrad(var: resource, accum: resource, lr: T, grad: T) -> () | T: type in $number; use_locking: ' +
    'bool = false; update_slots: bool = true | stateful',
  shape: noOutputs,
});

/** One step of AdagradDA on a variable. */
export const resourceApplyAdagradDA = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, gradientAccumulator: TensorLike<'resource'>,
    gradientSquaredAccumulator: TensorLike<'resource'>, grad: TensorLike<D>, lr: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>,
    globalStep: TensorLike<'int64'>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyAdagradDA(var: resource, gradient_accumulator: resource, gradient_squared_accumulator: resource, ' +
    'grad: T, lr: T, l1: T, l2: T, global_step: int64) -> () | T: type in $number; use_locking: bool = false | ' +
    'stateful',
  shape: noOutputs,
});

/** One step of Adagrad with epsilon on a variable. */
export const resourceApplyAdagradV2 = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, accum: TensorLike<'resource'>, lr: TensorLike<D>, epsilon: TensorLike<D>, grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; updateSlots?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyAdagradV2(var: resource, accum: resource, lr: T, epsilon: T, grad: T) -> () | T: type in $number; ' +
    'use_locking: bool = false; update_slots: bool = true | stateful',
  shape: noOutputs,
});

/** One step of Adam on a variable. */
export const resourceApplyAdam = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, m: TensorLike<'resource'>, v: TensorLike<'resource'>, beta1Power: TensorLike<D>,
    beta2Power: TensorLike<D>, lr: TensorLike<D>, beta1: TensorLike<D>, beta2: TensorLike<D>, epsilon: TensorLike<D>,
    grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; useNesterov?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyAdam(var: resource, m: resource, v: resource, beta1_power: T, beta2_power: T, lr: T, beta1: T, ' +
    'beta2: T, epsilon: T, grad: T) -> () | T: type in $number; use_locking: bool = false; use_nesterov: bool = false ' +
    '| stateful',
  shape: noOutputs,
});

/** One step of Adam with AMSGrad on a variable. */
export const resourceApplyAdamWithAmsgrad = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, m: TensorLike<'resource'>, v: TensorLike<'resource'>, vhat: TensorLike<'resource'>,
    beta1Power: TensorLike<D>, beta2Power: TensorLike<D>, lr: TensorLike<D>, beta1: TensorLike<D>, beta2: TensorLike<D>,
    epsilon: TensorLike<D>, grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyAdamWithAmsgrad(var: resource, m: resource, v: resource, vhat: resource, beta1_power: T, ' +
    'beta2_power: T, lr: T, beta1: T, beta2: T, epsilon: T, grad: T) -> () | T: type in $number; use_locking: bool = ' +
    'false | stateful',
  shape: noOutputs,
});

/** One step of AddSign on a variable. */
export const resourceApplyAddSign = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, m: TensorLike<'resource'>, lr: TensorLike<D>, alpha: TensorLike<D>, signDecay: TensorLike<D>,
    beta: TensorLike<D>, grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyAddSign(var: resource, m: resource, lr: T, alpha: T, sign_decay: T, beta: T, grad: T) -> () | T: ' +
    'type in $number; use_locking: bool = false | stateful',
  shape: noOutputs,
});

/** One step of centred RMSProp on a variable. */
export const resourceApplyCenteredRMSProp = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, mg: TensorLike<'resource'>, ms: TensorLike<'resource'>, mom: TensorLike<'resource'>,
    lr: TensorLike<D>, rho: TensorLike<D>, momentum: TensorLike<D>, epsilon: TensorLike<D>, grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyCenteredRMSProp(var: resource, mg: resource, ms: resource, mom: resource, lr: T, rho: T, momentum: ' +
    'T, epsilon: T, grad: T) -> () | T: type in $number; use_locking: bool = false | stateful',
  shape: noOutputs,
});

/** One step of FTRL-proximal on a variable. */
export const resourceApplyFtrl = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, accum: TensorLike<'resource'>, linear: TensorLike<'resource'>, grad: TensorLike<D>,
    lr: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>, lrPower: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; multiplyLinearByLr?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyFtrl(var: resource, accum: resource, linear: resource, grad: T, lr: T, l1: T, l2: T, lr_power: T) ' +
    '-> () | T: type in $number; use_locking: bool = false; multiply_linear_by_lr: bool = false | stateful',
  shape: noOutputs,
});

/** One step of FTRL-proximal with L2 shrinkage on a variable. */
export const resourceApplyFtrlV2 = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, accum: TensorLike<'resource'>, linear: TensorLike<'resource'>, grad: TensorLike<D>,
    lr: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>, l2Shrinkage: TensorLike<D>, lrPower: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; multiplyLinearByLr?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyFtrlV2(var: resource, accum: resource, linear: resource, grad: T, lr: T, l1: T, l2: T, ' +
    'l2_shrinkage: T, lr_power: T) -> () | T: type in $number; use_locking: bool = false; multiply_linear_by_lr: bool ' +
    '= false | stateful',
  shape: noOutputs,
});

/** One step of gradient descent on a variable. */
export const resourceApplyGradientDescent = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, alpha: TensorLike<D>, delta: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyGradientDescent(var: resource, alpha: T, delta: T) -> () | T: type in $number; use_locking: bool = ' +
    'false | stateful',
  shape: noOutputs,
});

/** One step of Keras's momentum on a variable. */
export const resourceApplyKerasMomentum = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, accum: TensorLike<'resource'>, lr: TensorLike<D>, grad: TensorLike<D>, momentum: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; useNesterov?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyKerasMomentum(var: resource, accum: resource, lr: T, grad: T, momentum: T) -> () | T: type in ' +
    '$number; use_locking: bool = false; use_nesterov: bool = false | stateful',
  shape: noOutputs,
});

/** One step of momentum on a variable. */
export const resourceApplyMomentum = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, accum: TensorLike<'resource'>, lr: TensorLike<D>, grad: TensorLike<D>, momentum: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; useNesterov?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyMomentum(var: resource, accum: resource, lr: T, grad: T, momentum: T) -> () | T: type in $number; ' +
    'use_locking: bool = false; use_nesterov: bool = false | stateful',
  shape: noOutputs,
});

/** One step of PowerSign on a variable. */
export const resourceApplyPowerSign = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, m: TensorLike<'resource'>, lr: TensorLike<D>, logbase: TensorLike<D>, signDecay: TensorLike<D>,
    beta: TensorLike<D>, grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyPowerSign(var: resource, m: resource, lr: T, logbase: T, sign_decay: T, beta: T, grad: T) -> () | ' +
    'T: type in $number; use_locking: bool = false | stateful',
  shape: noOutputs,
});

/** One step of proximal Adagrad on a variable. */
export const resourceApplyProximalAdagrad = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, accum: TensorLike<'resource'>, lr: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>,
    grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyProximalAdagrad(var: resource, accum: resource, lr: T, l1: T, l2: T, grad: T) -> () | T: type in ' +
    '$number; use_locking: bool = false | stateful',
  shape: noOutputs,
});

/** One step of proximal gradient descent on a variable. */
export const resourceApplyProximalGradientDescent = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, alpha: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>, delta: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyProximalGradientDescent(var: resource, alpha: T, l1: T, l2: T, delta: T) -> () | T: type in ' +
    '$number; use_locking: bool = false | stateful',
  shape: noOutputs,
});

/** One step of RMSProp on a variable. */
export const resourceApplyRMSProp = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, ms: TensorLike<'resource'>, mom: TensorLike<'resource'>, lr: TensorLike<D>, rho: TensorLike<D>,
    momentum: TensorLike<D>, epsilon: TensorLike<D>, grad: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceApplyRMSProp(var: resource, ms: resource, mom: resource, lr: T, rho: T, momentum: T, epsilon: T, grad: ' +
    'T) -> () | T: type in $number; use_locking: bool = false | stateful',
  shape: noOutputs,
});
