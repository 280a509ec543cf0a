/** Variables by reference, as TensorFlow 1 has them. */
import type { DType } from '../dtypes.js';
import type { PartialShape } from '../shape.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeFunction } from './opDef.js';
import { differenceOf, sumOf } from './variableBodies.js';
import { merge, scalarOutputs, unchanged } from './shapes/common.js';
import { scatterUpdateShape } from './shapes/gather.js';
import { checkRowUpdates } from './shapes/segment.js';

const declared: ShapeFunction = (c) => [c.attrs.shape('shape')];

/** A value of the reference's shape is put into it. */
const updated: ShapeFunction = (c) => [merge(c, c.shape(0), c.shape(1), 'the variable and the value')];

/** Rows of a reference. */
const rowsUpdated: ShapeFunction = (c) => {
  checkRowUpdates(c, c.shape(0), c.shape(1), c.shape(2));
  return [c.shape(0)];
};

/** A variable, as a reference. */
export const variableV2 = defineOp<
  <D extends DType>(shape: PartialShape, dtype: D, options?: OpOptions & { container?: string; sharedName?: string }) => Tensor<D>
>({
  signature: "VariableV2() -> (ref: ref dtype) | shape: shape; dtype: type; container: string = ''; shared_name: string = '' | stateful",
  shape: declared,
});

/** A variable, as a reference; an empty shape means that it is not known. */
export const variable = defineOp<
  <D extends DType>(shape: PartialShape, dtype: D, options?: OpOptions & { container?: string; sharedName?: string }) => Tensor<D>
>({
  signature: "Variable() -> (ref: ref dtype) | shape: shape; dtype: type; container: string = ''; shared_name: string = '' | stateful",
  shape: (c) => {
    const shape = c.attrs.shape('shape');
    return [shape?.length === 0 ? null : shape];
  },
});

/** A variable that lives within one run. */
export const temporaryVariable = defineOp<
  <D extends DType>(shape: PartialShape, dtype: D, options?: OpOptions & { varName?: string }) => Tensor<D>
>({
  signature: "TemporaryVariable() -> (ref: ref dtype) | shape: shape; dtype: type; var_name: string = '' | stateful",
  shape: declared,
});

/** The last value of a temporary variable, which is gone afterwards. */
export const destroyTemporaryVariable = defineOp<<D extends DType>(ref: Tensor<D>, varName: string, options?: OpOptions) => Tensor<D>>({
  signature: 'DestroyTemporaryVariable(ref: ref T) -> (value: T) | T: type; var_name: string',
  shape: unchanged,
});

/** Whether a reference has a value. */
export const isVariableInitialized = defineOp<(ref: Tensor, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'IsVariableInitialized(ref: ref dtype) -> (is_initialized: bool) | dtype: type | uninitialized input ok',
  shape: scalarOutputs,
});

/** Gives a reference a new value; without validate_shape also a new shape. */
export const assign = defineOp<
  <D extends DType>(
    ref: Tensor<D>, value: TensorLike<D>,
    options?: OpOptions & { validateShape?: boolean; useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'Assign(ref: ref T, value: T) -> (output_ref: ref T) | T: type; validate_shape: bool = true; use_locking: bool = ' +
    'true | uninitialized input ok',
  shape: (c) => [c.attrs.bool('validate_shape') ? merge(c, c.shape(0), c.shape(1), 'the variable and the value') : c.shape(1)],
});

/** Adds to a reference. */
export const assignAdd = defineOp<
  <D extends DType>(ref: Tensor<D>, value: TensorLike<D>, options?: OpOptions & { useLocking?: boolean }) => Tensor<D>
>({
  signature: 'AssignAdd(ref: ref T, value: T) -> (output_ref: ref T) | T: type in $number; use_locking: bool = false',
  shape: updated,
  update: sumOf,
});

/** Subtracts from a reference. */
export const assignSub = defineOp<
  <D extends DType>(ref: Tensor<D>, value: TensorLike<D>, options?: OpOptions & { useLocking?: boolean }) => Tensor<D>
>({
  signature: 'AssignSub(ref: ref T, value: T) -> (output_ref: ref T) | T: type in $number; use_locking: bool = false',
  shape: updated,
  update: differenceOf,
});

/** Increments a reference, and gives its value before; an error when it has reached `limit`. */
export const countUpTo = defineOp<<D extends DType>(ref: Tensor<D>, limit: number, options?: OpOptions) => Tensor<D>>({
  signature: 'CountUpTo(ref: ref T) -> (output: T) | limit: int; T: type in $index',
  shape: (c) => [merge(c, c.shape(0), [], 'the counter and a scalar')],
});

/** Sets rows of a reference. */
export const scatterUpdate = defineOp<
  <D extends DType>(
    ref: Tensor<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ScatterUpdate(ref: ref T, indices: Tindices, updates: T) -> (output_ref: ref T) | T: type; Tindices: type in ' +
    '$index; use_locking: bool = true',
  shape: rowsUpdated,
});

/** Adds to rows of a reference. */
export const scatterAdd = defineOp<
  <D extends DType>(
    ref: Tensor<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ScatterAdd(ref: ref T, indices: Tindices, updates: T) -> (output_ref: ref T) | T: type in $number; Tindices: ' +
    'type in $index; use_locking: bool = false',
  shape: rowsUpdated,
});

/** Subtracts from rows of a reference. */
export const scatterSub = defineOp<
  <D extends DType>(
    ref: Tensor<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ScatterSub(ref: ref T, indices: Tindices, updates: T) -> (output_ref: ref T) | T: type in $number; Tindices: ' +
    'type in $index; use_locking: bool = false',
  shape: rowsUpdated,
});

/** Multiplies rows of a reference. */
export const scatterMul = defineOp<
  <D extends DType>(
    ref: Tensor<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ScatterMul(ref: ref T, indices: Tindices, updates: T) -> (output_ref: ref T) | T: type in $number; Tindices: ' +
    'type in $index; use_locking: bool = false',
  shape: rowsUpdated,
});

/** Divides rows of a reference. */
export const scatterDiv = defineOp<
  <D extends DType>(
    ref: Tensor<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ScatterDiv(ref: ref T, indices: Tindices, updates: T) -> (output_ref: ref T) | T: type in $number; Tindices: ' +
    'type in $index; use_locking: bool = false',
  shape: rowsUpdated,
});

/** The smaller of rows of a reference and updates. */
export const scatterMin = defineOp<
  <D extends DType>(
    ref: Tensor<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ScatterMin(ref: ref T, indices: Tindices, updates: T) -> (output_ref: ref T) | T: type in [$float, $index]; ' +
    'Tindices: type in $index; use_locking: bool = false',
  shape: rowsUpdated,
});

/** The larger of rows of a reference and updates. */
export const scatterMax = defineOp<
  <D extends DType>(
    ref: Tensor<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean },
  ) => Tensor<D>
>({
  signature: 'ScatterMax(ref: ref T, indices: Tindices, updates: T) -> (output_ref: ref T) | T: type in [$float, $index]; ' +
    'Tindices: type in $index; use_locking: bool = false',
  shape: rowsUpdated,
});

/** Sets slices of a reference, by index vectors. */
export const scatterNdUpdate = defineOp<
  <D extends DType>(
    ref: Tensor<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; badIndicesPolicy?: string },
  ) => Tensor<D>
>({
  signature: "ScatterNdUpdate(ref: ref T, indices: Tindices, updates: T) -> (output_ref: ref T) | T: type; Tindices: type in " +
    "$index; use_locking: bool = true; bad_indices_policy: string = ''",
  shape: scatterUpdateShape,
});

/** Adds to slices of a reference, by index vectors. */
export const scatterNdAdd = defineOp<
  <D extends DType>(
    ref: Tensor<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; badIndicesPolicy?: string },
  ) => Tensor<D>
>({
  signature: "ScatterNdAdd(ref: ref T, indices: Tindices, updates: T) -> (output_ref: ref T) | T: type in $number; Tindices: " +
    "type in $index; use_locking: bool = false; bad_indices_policy: string = ''",
  shape: scatterUpdateShape,
});

/** Subtracts from slices of a reference, by index vectors. */
export const scatterNdSub = defineOp<
  <D extends DType>(
    ref: Tensor<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; badIndicesPolicy?: string },
  ) => Tensor<D>
>({
  signature: "ScatterNdSub(ref: ref T, indices: Tindices, updates: T) -> (output_ref: ref T) | T: type in $number; Tindices: " +
    "type in $index; use_locking: bool = false; bad_indices_policy: string = ''",
  shape: scatterUpdateShape,
});

/** Sets a strided slice of a reference. */
export const stridedSliceAssign = defineOp<
  <D extends DType, D2 extends DType>(
    ref: Tensor<D>, begin: TensorLike<D2>, end: TensorLike<D2>, strides: TensorLike<D2>, value: TensorLike<D>,
    options?: OpOptions & { beginMask?: number; endMask?: number; ellipsisMask?: number; newAxisMask?: number; shrinkAxisMask?: number },
  ) => Tensor<D>
>({
  signature: 'StridedSliceAssign(ref: ref T, begin: Index, end: Index, strides: Index, value: T) -> (output_ref: ref T) | T: ' +
    'type; Index: type in $index; begin_mask: int = 0; end_mask: int = 0; ellipsis_mask: int = 0; new_axis_mask: int ' +
    '= 0; shrink_axis_mask: int = 0',
  shape: unchanged,
});

/** The larger of slices of a reference and updates, by index vectors. */
export const scatterNdMax = defineOp<
  <D extends DType>(
    ref: Tensor<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; badIndicesPolicy?: string },
  ) => Tensor<D>
>({
  signature: "ScatterNdMax(ref: ref T, indices: Tindices, updates: T) -> (output_ref: ref T) | T: type in $number; Tindices: " +
    "type in $index; use_locking: bool = false; bad_indices_policy: string = ''",
  shape: scatterUpdateShape,
});

/** The smaller of slices of a reference and updates, by index vectors. */
export const scatterNdMin = defineOp<
  <D extends DType>(
    ref: Tensor<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { useLocking?: boolean; badIndicesPolicy?: string },
  ) => Tensor<D>
>({
  signature: "ScatterNdMin(ref: ref T, indices: Tindices, updates: T) -> (output_ref: ref T) | T: type in $number; Tindices: " +
    "type in $index; use_locking: bool = false; bad_indices_policy: string = ''",
  shape: scatterUpdateShape,
});
