/** Optimiser steps on rows of variables, which are resources; the gradient has a row per index. */
import type { DType } from '../dtypes.js';
import type { Operation } from '../graph/operation.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { noOutputs } from './shapes/common.js';

/** One step of Adadelta on rows of a variable. */
export const resourceSparseApplyAdadelta = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, accum: TensorLike<'resource'>, accumUpdate: TensorLike<'resource'>, lr: TensorLike<D>,
    rho: TensorLike<D>, epsilon: TensorLike<D>, grad: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceSparseApplyAdadelta(var: resource, accum: resource, accum_update: resource, lr: T, rho: T, epsilon: T, ' +
    'grad: T, indices: Tindices) -> () | T: type in $number; Tindices: type in $index; use_locking: bool = false | ' +
    'stateful',
  shape: noOutputs,
});

/** One step of Adagrad on rows of a variable. */
export const resourceSparseApplyAdagrad = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, accum: TensorLike<'resource'>, lr: TensorLike<D>, grad: TensorLike<D>,
    indices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { useLocking?: boolean; updateSlots?: boolean },
  ) => Operation
>({
  signature: 'ResourceSparseApplyAdagrad(var: resource, accum: resource, lr: T, grad: T, indices: Tindices) -> () | T: type in ' +
    '$number; Tindices: type in $index; use_locking: bool = false; update_slots: bool = true | stateful',
  shape: noOutputs,
});

/** One step of AdagradDA on rows of a variable. */
export const resourceSparseApplyAdagradDA = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, gradientAccumulator: TensorLike<'resource'>,
    gradientSquaredAccumulator: TensorLike<'resource'>, grad: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>,
    lr: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>, globalStep: TensorLike<'int64'>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceSparseApplyAdagradDA(var: resource, gradient_accumulator: resource, gradient_squared_accumulator: ' +
    'resource, grad: T, indices: Tindices, lr: T, l1: T, l2: T, global_step: int64) -> () | T: type in $number; ' +
    'Tindices: type in $index; use_locking: bool = false | stateful',
  shape: noOutputs,
});

/** One step of Adagrad with epsilon on rows of a variable. */
export const resourceSparseApplyAdagradV2 = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, accum: TensorLike<'resource'>, lr: TensorLike<D>, epsilon: TensorLike<D>, grad: TensorLike<D>,
    indices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { useLocking?: boolean; updateSlots?: boolean },
  ) => Operation
>({
  signature: 'ResourceSparseApplyAdagradV2(var: resource, accum: resource, lr: T, epsilon: T, grad: T, indices: Tindices) -> ' +
    '() | T: type in $number; Tindices: type in $index; use_locking: bool = false; update_slots: bool = true | ' +
    'stateful',
  shape: noOutputs,
});

/** One step of centred RMSProp on rows of a variable. */
export const resourceSparseApplyCenteredRMSProp = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, mg: TensorLike<'resource'>, ms: TensorLike<'resource'>, mom: TensorLike<'resource'>,
    lr: TensorLike<D>, rho: TensorLike<D>, momentum: TensorLike<D>, epsilon: TensorLike<D>, grad: TensorLike<D>,
    indices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceSparseApplyCenteredRMSProp(var: resource, mg: resource, ms: resource, mom: resource, lr: T, rho: T, ' +
    'momentum: T, epsilon: T, grad: T, indices: Tindices) -> () | T: type in $number; Tindices: type in $index; ' +
    'use_locking: bool = false | stateful',
  shape: noOutputs,
});

/** One step of FTRL-proximal on rows of a variable. */
export const resourceSparseApplyFtrl = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, accum: TensorLike<'resource'>, linear: TensorLike<'resource'>, grad: TensorLike<D>,
    indices: TensorLike<'int32' | 'int64'>, lr: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>, lrPower: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; multiplyLinearByLr?: boolean },
  ) => Operation
>({
  signature: 'ResourceSparseApplyFtrl(var: resource, accum: resource, linear: resource, grad: T, indices: Tindices, lr: T, l1: ' +
    'T, l2: T, lr_power: T) -> () | T: type in $number; Tindices: type in $index; use_locking: bool = false; ' +
    'multiply_linear_by_lr: bool = false | stateful',
  shape: noOutputs,
});

/** One step of FTRL-proximal with L2 shrinkage on rows of a variable. */
export const resourceSparseApplyFtrlV2 = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, accum: TensorLike<'resource'>, linear: TensorLike<'resource'>, grad: TensorLike<D>,
    indices: TensorLike<'int32' | 'int64'>, lr: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>, l2Shrinkage: TensorLike<D>,
    lrPower: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; multiplyLinearByLr?: boolean },
  ) => Operation
>({
  signature: 'ResourceSparseApplyFtrlV2(var: resource, accum: resource, linear: resource, grad: T, indices: Tindices, lr: T, ' +
    'l1: T, l2: T, l2_shrinkage: T, lr_power: T) -> () | T: type in $number; Tindices: type in $index; use_locking: ' +
    'bool = false; multiply_linear_by_lr: bool = false | stateful',
  shape: noOutputs,
});

/** One step of Keras's momentum on rows of a variable. */
export const resourceSparseApplyKerasMomentum = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, accum: TensorLike<'resource'>, lr: TensorLike<D>, grad: TensorLike<D>,
    indices: TensorLike<'int32' | 'int64'>, momentum: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; useNesterov?: boolean },
  ) => Operation
>({
  signature: 'ResourceSparseApplyKerasMomentum(var: resource, accum: resource, lr: T, grad: T, indices: Tindices, momentum: T) ' +
    '-> () | T: type in $number; Tindices: type in $index; use_locking: bool = false; use_nesterov: bool = false | ' +
    'stateful',
  shape: noOutputs,
});

/** One step of momentum on rows of a variable. */
export const resourceSparseApplyMomentum = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, accum: TensorLike<'resource'>, lr: TensorLike<D>, grad: TensorLike<D>,
    indices: TensorLike<'int32' | 'int64'>, momentum: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; useNesterov?: boolean },
  ) => Operation
>({
  signature: 'ResourceSparseApplyMomentum(var: resource, accum: resource, lr: T, grad: T, indices: Tindices, momentum: T) -> ' +
    '() | T: type in $number; Tindices: type in $index; use_locking: bool = false; use_nesterov: bool = false | ' +
    'stateful',
  shape: noOutputs,
});

/** One step of proximal Adagrad on rows of a variable. */
export const resourceSparseApplyProximalAdagrad = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, accum: TensorLike<'resource'>, lr: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>,
    grad: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceSparseApplyProximalAdagrad(var: resource, accum: resource, lr: T, l1: T, l2: T, grad: T, indices: ' +
    'Tindices) -> () | T: type in $number; Tindices: type in $index; use_locking: bool = false | stateful',
  shape: noOutputs,
});

/** One step of proximal gradient descent on rows of a variable. */
export const resourceSparseApplyProximalGradientDescent = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, alpha: TensorLike<D>, l1: TensorLike<D>, l2: TensorLike<D>, grad: TensorLike<D>,
    indices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceSparseApplyProximalGradientDescent(var: resource, alpha: T, l1: T, l2: T, grad: T, indices: Tindices) -> ' +
    '() | T: type in $number; Tindices: type in $index; use_locking: bool = false | stateful',
  shape: noOutputs,
});

/** One step of RMSProp on rows of a variable. */
export const resourceSparseApplyRMSProp = defineOp<
  <D extends DType>(
    variable: TensorLike<'resource'>, ms: TensorLike<'resource'>, mom: TensorLike<'resource'>, lr: TensorLike<D>, rho: TensorLike<D>,
    momentum: TensorLike<D>, epsilon: TensorLike<D>, grad: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Operation
>({
  signature: 'ResourceSparseApplyRMSProp(var: resource, ms: resource, mom: resource, lr: T, rho: T, momentum: T, epsilon: T, ' +
    'grad: T, indices: Tindices) -> () | T: type in $number; Tindices: type in $index; use_locking: bool = false | ' +
    'stateful',
  shape: noOutputs,
});
