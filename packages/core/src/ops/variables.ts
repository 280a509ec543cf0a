/** Variables by resource handle. Their shapes are the session's to know: a read has the shape of the cell. */
import type { DType } from '../dtypes.js';
import type { PartialShape } from '../shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Operation } from '../graph/operation.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { sumOf, differenceOf } from './variableBodies.js';
import { noOutputs, scalarOutputs } from './shapes/common.js';

/** The handle of a variable. */
export const varHandleOp = defineOp<
  (
    dtype: DType, shape: PartialShape,
    options?: OpOptions & { container?: string; sharedName?: string; debugName?: string; allowedDevices?: readonly string[] },
  ) => Tensor<'resource'>
>({
  signature: "VarHandleOp() -> (resource: resource) | container: string = ''; shared_name: string = ''; debug_name: string = " +
    "''; dtype: type; shape: shape; allowed_devices: list(string) = [] | stateful",
  shape: scalarOutputs,
});

/** The value of a variable. */
export const readVariableOp = defineOp<<D extends DType>(resource: TensorLike<'resource'>, dtype: D, options?: OpOptions) => Tensor<D>>({
  signature: 'ReadVariableOp(resource: resource) -> (value: dtype) | dtype: type | stateful',
  // The compiler writes down what the variable declares.
  shape: (c) => [c.attrs.has('_shape') ? c.attrs.shape('_shape') : null],
  isDataShaped: true,
});

/** Gives a variable a new value. */
export const assignVariableOp = defineOp<
  (resource: TensorLike<'resource'>, value: TensorLike, options?: OpOptions & { validateShape?: boolean }) => Operation
>({
  signature: 'AssignVariableOp(resource: resource, value: dtype) -> () | dtype: type; validate_shape: bool = false | stateful',
  shape: noOutputs,
});

/** Adds to a variable. */
export const assignAddVariableOp = defineOp<(resource: TensorLike<'resource'>, value: TensorLike, options?: OpOptions) => Operation>({
  signature: 'AssignAddVariableOp(resource: resource, value: dtype) -> () | dtype: type | stateful',
  shape: noOutputs,
  update: sumOf,
});

/** Subtracts from a variable. */
export const assignSubVariableOp = defineOp<(resource: TensorLike<'resource'>, value: TensorLike, options?: OpOptions) => Operation>({
  signature: 'AssignSubVariableOp(resource: resource, value: dtype) -> () | dtype: type | stateful',
  shape: noOutputs,
  update: differenceOf,
});

/** Whether a variable has a value. */
export const varIsInitializedOp = defineOp<(resource: TensorLike<'resource'>, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'VarIsInitializedOp(resource: resource) -> (is_initialized: bool) | stateful',
  shape: scalarOutputs,
});

/** The shape of a variable. */
export const variableShape = defineOp<
  <Out extends DType = 'int32'>(input: TensorLike<'resource'>, options?: OpOptions & { outType?: Out }) => Tensor<Out>
>({
  signature: 'VariableShape(input: resource) -> (output: out_type) | out_type: type in $index = int32 | stateful',
  shape: () => [[null]],
});

/** Gives a resource back. */
export const destroyResourceOp = defineOp<
  (resource: TensorLike<'resource'>, options?: OpOptions & { ignoreLookupError?: boolean }) => Operation
>({
  signature: 'DestroyResourceOp(resource: resource) -> () | ignore_lookup_error: bool = true | stateful',
  shape: noOutputs,
});

/** Increments a variable, and gives its value before; an error when it has reached `limit`. */
export const resourceCountUpTo = defineOp<
  <D extends DType>(resource: TensorLike<'resource'>, limit: number, t: D, options?: OpOptions) => Tensor<D>
>({
  signature: 'ResourceCountUpTo(resource: resource) -> (output: T) | limit: int; T: type in $index | stateful',
  shape: scalarOutputs,
});

/** Rows of a variable, by index. */
export const resourceGather = defineOp<
  <D extends DType>(
    resource: TensorLike<'resource'>, indices: TensorLike<'int32' | 'int64'>, dtype: D,
    options?: OpOptions & { batchDims?: number; validateIndices?: boolean },
  ) => Tensor<D>
>({
  signature: 'ResourceGather(resource: resource, indices: Tindices) -> (output: dtype) | batch_dims: int = 0; ' +
    'validate_indices: bool = true; dtype: type; Tindices: type in $index | stateful',
  shape: () => [null],
});

/** Slices of a variable, by index vectors. */
export const resourceGatherNd = defineOp<
  <D extends DType>(resource: TensorLike<'resource'>, indices: TensorLike<'int32' | 'int64'>, dtype: D, options?: OpOptions) => Tensor<D>
>({
  signature: 'ResourceGatherNd(resource: resource, indices: Tindices) -> (output: dtype) | dtype: type; Tindices: type in $index | stateful',
  shape: () => [null],
});

/** Sets rows of a variable. */
export const resourceScatterUpdate = defineOp<
  (resource: TensorLike<'resource'>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike, options?: OpOptions) => Operation
>({
  signature: 'ResourceScatterUpdate(resource: resource, indices: Tindices, updates: dtype) -> () | dtype: type; Tindices: type ' +
    'in $index | stateful',
  shape: noOutputs,
});

/** Adds to rows of a variable. */
export const resourceScatterAdd = defineOp<
  (resource: TensorLike<'resource'>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike, options?: OpOptions) => Operation
>({
  signature: 'ResourceScatterAdd(resource: resource, indices: Tindices, updates: dtype) -> () | dtype: type in $number; ' +
    'Tindices: type in $index | stateful',
  shape: noOutputs,
});

/** Subtracts from rows of a variable. */
export const resourceScatterSub = defineOp<
  (resource: TensorLike<'resource'>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike, options?: OpOptions) => Operation
>({
  signature: 'ResourceScatterSub(resource: resource, indices: Tindices, updates: dtype) -> () | dtype: type in $number; ' +
    'Tindices: type in $index | stateful',
  shape: noOutputs,
});

/** Multiplies rows of a variable. */
export const resourceScatterMul = defineOp<
  (resource: TensorLike<'resource'>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike, options?: OpOptions) => Operation
>({
  signature: 'ResourceScatterMul(resource: resource, indices: Tindices, updates: dtype) -> () | dtype: type in $number; ' +
    'Tindices: type in $index | stateful',
  shape: noOutputs,
});

/** Divides rows of a variable. */
export const resourceScatterDiv = defineOp<
  (resource: TensorLike<'resource'>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike, options?: OpOptions) => Operation
>({
  signature: 'ResourceScatterDiv(resource: resource, indices: Tindices, updates: dtype) -> () | dtype: type in $number; ' +
    'Tindices: type in $index | stateful',
  shape: noOutputs,
});

/** The smaller of rows of a variable and updates. */
export const resourceScatterMin = defineOp<
  (resource: TensorLike<'resource'>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike, options?: OpOptions) => Operation
>({
  signature: 'ResourceScatterMin(resource: resource, indices: Tindices, updates: dtype) -> () | dtype: type in $number; ' +
    'Tindices: type in $index | stateful',
  shape: noOutputs,
});

/** The larger of rows of a variable and updates. */
export const resourceScatterMax = defineOp<
  (resource: TensorLike<'resource'>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike, options?: OpOptions) => Operation
>({
  signature: 'ResourceScatterMax(resource: resource, indices: Tindices, updates: dtype) -> () | dtype: type in $number; ' +
    'Tindices: type in $index | stateful',
  shape: noOutputs,
});

/** Sets slices of a variable, by index vectors. */
export const resourceScatterNdUpdate = defineOp<
  (
    ref: TensorLike<'resource'>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike,
    options?: OpOptions & { useLocking?: boolean; badIndicesPolicy?: string },
  ) => Operation
>({
  signature: "ResourceScatterNdUpdate(ref: resource, indices: Tindices, updates: T) -> () | T: type; Tindices: type in $index; " +
    "use_locking: bool = true; bad_indices_policy: string = '' | stateful",
  shape: noOutputs,
});

/** Adds to slices of a variable, by index vectors. */
export const resourceScatterNdAdd = defineOp<
  (
    ref: TensorLike<'resource'>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike,
    options?: OpOptions & { useLocking?: boolean; badIndicesPolicy?: string },
  ) => Operation
>({
  signature: "ResourceScatterNdAdd(ref: resource, indices: Tindices, updates: T) -> () | T: type; Tindices: type in $index; " +
    "use_locking: bool = true; bad_indices_policy: string = '' | stateful",
  shape: noOutputs,
});

/** Subtracts from slices of a variable, by index vectors. */
export const resourceScatterNdSub = defineOp<
  (
    ref: TensorLike<'resource'>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike,
    options?: OpOptions & { useLocking?: boolean; badIndicesPolicy?: string },
  ) => Operation
>({
  signature: "ResourceScatterNdSub(ref: resource, indices: Tindices, updates: T) -> () | T: type; Tindices: type in $index; " +
    "use_locking: bool = true; bad_indices_policy: string = '' | stateful",
  shape: noOutputs,
});

/** Sets a strided slice of a variable. */
export const resourceStridedSliceAssign = defineOp<
  <D extends DType>(
    ref: TensorLike<'resource'>, begin: TensorLike<D>, end: TensorLike<D>, strides: TensorLike<D>, value: TensorLike,
    options?: OpOptions & { beginMask?: number; endMask?: number; ellipsisMask?: number; newAxisMask?: number; shrinkAxisMask?: number },
  ) => Operation
>({
  signature: 'ResourceStridedSliceAssign(ref: resource, begin: Index, end: Index, strides: Index, value: T) -> () | T: type; ' +
    'Index: type in $index; begin_mask: int = 0; end_mask: int = 0; ellipsis_mask: int = 0; new_axis_mask: int = 0; ' +
    'shrink_axis_mask: int = 0 | stateful',
  shape: noOutputs,
});

/** The larger of slices of a variable and updates, by index vectors. */
export const resourceScatterNdMax = defineOp<
  (
    ref: TensorLike<'resource'>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike,
    options?: OpOptions & { useLocking?: boolean; badIndicesPolicy?: string },
  ) => Operation
>({
  signature: "ResourceScatterNdMax(ref: resource, indices: Tindices, updates: T) -> () | T: type; Tindices: type in $index; " +
    "use_locking: bool = true; bad_indices_policy: string = '' | stateful",
  shape: noOutputs,
});

/** The smaller of slices of a variable and updates, by index vectors. */
export const resourceScatterNdMin = defineOp<
  (
    ref: TensorLike<'resource'>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike,
    options?: OpOptions & { useLocking?: boolean; badIndicesPolicy?: string },
  ) => Operation
>({
  signature: "ResourceScatterNdMin(ref: resource, indices: Tindices, updates: T) -> () | T: type; Tindices: type in $index; " +
    "use_locking: bool = true; bad_indices_policy: string = '' | stateful",
  shape: noOutputs,
});
