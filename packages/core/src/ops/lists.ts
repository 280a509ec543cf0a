/** Tensor lists: values of dtype variant that hold tensors. */
import type { DType } from '../dtypes.js';
import type { PartialShape } from '../shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeContext } from './opDef.js';
import { rankAtLeast, rankIs, scalarOutputs, valuesOf, type Dim } from './shapes/common.js';
import { elementShape, gathered, listFromRows, stacked } from './shapes/lists.js';

/** Rows joined: the first dimension is a sum. */
const joined = (element: PartialShape): PartialShape => (element === null || element.length === 0 ? null : [null, ...element.slice(1)]);

/** Rows cut by lengths in input i. */
function checkLengths(c: ShapeContext, i: number): void {
  const tensor = rankAtLeast(c, 0, 1, 'tensor');
  const lengths = valuesOf(c, i, false);
  rankIs(c, i, 1, 'lengths');
  const rows: Dim = tensor?.[0] ?? null;
  const total = lengths?.reduce((sum, length) => sum + length, 0);
  if (rows !== null && total !== undefined && rows !== total) c.fail(`lengths must add up to the ${rows} rows of the tensor, but add up to ${total}.`);
}

/** A list without elements. */
export const emptyTensorList = defineOp<
  (
    elementShape: TensorLike<'int32' | 'int64'>, maxNumElements: TensorLike<'int32'>, elementDtype: DType,
    options?: OpOptions,
  ) => Tensor<'variant'>
>({
  signature: 'EmptyTensorList(element_shape: shape_type, max_num_elements: int32) -> (handle: variant) | element_dtype: type; ' +
    'shape_type: type in $index',
  shape: scalarOutputs,
});

/** A list of num_elements elements that are not set. */
export const tensorListReserve = defineOp<
  (
    elementShape: TensorLike<'int32' | 'int64'>, numElements: TensorLike<'int32'>, elementDtype: DType,
    options?: OpOptions,
  ) => Tensor<'variant'>
>({
  signature: 'TensorListReserve(element_shape: shape_type, num_elements: int32) -> (handle: variant) | element_dtype: type; ' +
    'shape_type: type in $index',
  shape: scalarOutputs,
});

/** The rows of a tensor as a list. */
export const tensorListFromTensor = defineOp<
  (tensor: TensorLike, elementShape: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Tensor<'variant'>
>({
  signature: 'TensorListFromTensor(tensor: element_dtype, element_shape: shape_type) -> (output_handle: variant) | ' +
    'element_dtype: type; shape_type: type in $index',
  shape: listFromRows(1),
});

/** The elements as rows of a tensor. */
export const tensorListStack = defineOp<
  <D extends DType>(
    inputHandle: TensorLike<'variant'>, elementShape: TensorLike<'int32'>, elementDtype: D,
    options?: OpOptions & { numElements?: number },
  ) => Tensor<D>
>({
  signature: 'TensorListStack(input_handle: variant, element_shape: int32) -> (tensor: element_dtype) | element_dtype: type; ' +
    'num_elements: int = -1',
  shape: (c) => {
    const count = c.attrs.int('num_elements');
    return [stacked(count < 0 ? null : count, elementShape(c, 1))];
  },
  isDataShaped: true,
});

/** The elements at indices as rows of a tensor. */
export const tensorListGather = defineOp<
  <D extends DType>(
    inputHandle: TensorLike<'variant'>, indices: TensorLike<'int32'>, elementShape: TensorLike<'int32'>, elementDtype: D,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'TensorListGather(input_handle: variant, indices: int32, element_shape: int32) -> (values: element_dtype) | element_dtype: type',
  shape: gathered(1, (c) => elementShape(c, 2)),
  isDataShaped: true,
});

/** A list with the rows of a tensor at indices. */
export const tensorListScatter = defineOp<
  (
    tensor: TensorLike, indices: TensorLike<'int32'>, elementShape: TensorLike<'int32' | 'int64'>,
    options?: OpOptions,
  ) => Tensor<'variant'>
>({
  signature: 'TensorListScatter(tensor: element_dtype, indices: int32, element_shape: shape_type) -> (output_handle: variant) ' +
    '| element_dtype: type; shape_type: type in $index',
  shape: listFromRows(2),
});

/** A list of num_elements (-1: as needed) with the rows of a tensor at indices. */
export const tensorListScatterV2 = defineOp<
  (
    tensor: TensorLike, indices: TensorLike<'int32'>, elementShape: TensorLike<'int32' | 'int64'>, numElements: TensorLike<'int32'>,
    options?: OpOptions,
  ) => Tensor<'variant'>
>({
  signature: 'TensorListScatterV2(tensor: element_dtype, indices: int32, element_shape: shape_type, num_elements: int32) -> ' +
    '(output_handle: variant) | element_dtype: type; shape_type: type in $index',
  shape: listFromRows(2),
});

/** The list with the rows of a tensor at indices. */
export const tensorListScatterIntoExistingList = defineOp<
  (inputHandle: TensorLike<'variant'>, tensor: TensorLike, indices: TensorLike<'int32'>, options?: OpOptions) => Tensor<'variant'>
>({
  signature: 'TensorListScatterIntoExistingList(input_handle: variant, tensor: element_dtype, indices: int32) -> ' +
    '(output_handle: variant) | element_dtype: type',
  shape: scalarOutputs,
});

/** The element at an index. */
export const tensorListGetItem = defineOp<
  <D extends DType>(
    inputHandle: TensorLike<'variant'>, index: TensorLike<'int32'>, elementShape: TensorLike<'int32' | 'int64'>, elementDtype: D,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'TensorListGetItem(input_handle: variant, index: int32, element_shape: Tshape) -> (item: element_dtype) | ' +
    'element_dtype: type; Tshape: type in $index = int32',
  shape: (c) => [elementShape(c, 2)],
  isDataShaped: true,
});

/** The list with another element at an index. */
export const tensorListSetItem = defineOp<
  (
    inputHandle: TensorLike<'variant'>, index: TensorLike<'int32'>, item: TensorLike,
    options?: OpOptions & { resizeIfIndexOutOfBounds?: boolean },
  ) => Tensor<'variant'>
>({
  signature: 'TensorListSetItem(input_handle: variant, index: int32, item: element_dtype) -> (output_handle: variant) | ' +
    'element_dtype: type; resize_if_index_out_of_bounds: bool = false',
  shape: scalarOutputs,
});

/** The number of elements. */
export const tensorListLength = defineOp<(inputHandle: TensorLike<'variant'>, options?: OpOptions) => Tensor<'int32'>>({
  signature: 'TensorListLength(input_handle: variant) -> (length: int32)',
  shape: scalarOutputs,
});

/** The list cut or extended to a number of elements. */
export const tensorListResize = defineOp<
  (inputHandle: TensorLike<'variant'>, size: TensorLike<'int32'>, options?: OpOptions) => Tensor<'variant'>
>({
  signature: 'TensorListResize(input_handle: variant, size: int32) -> (output_handle: variant)',
  shape: scalarOutputs,
});

/** The shape that every element has, -1 where they differ. */
export const tensorListElementShape = defineOp<
  <D extends DType>(inputHandle: TensorLike<'variant'>, shapeType: D, options?: OpOptions) => Tensor<D>
>({
  signature: 'TensorListElementShape(input_handle: variant) -> (element_shape: shape_type) | shape_type: type in $index',
  shape: () => [null],
  isDataShaped: true,
});

/** The list with one element more. */
export const tensorListPushBack = defineOp<
  (inputHandle: TensorLike<'variant'>, tensor: TensorLike, options?: OpOptions) => Tensor<'variant'>
>({
  signature: 'TensorListPushBack(input_handle: variant, tensor: element_dtype) -> (output_handle: variant) | element_dtype: type',
  shape: scalarOutputs,
});

/** Lists with one element more each. */
export const tensorListPushBackBatch = defineOp<
  (inputHandles: TensorLike<'variant'>, tensor: TensorLike, options?: OpOptions) => Tensor<'variant'>
>({
  signature: 'TensorListPushBackBatch(input_handles: variant, tensor: element_dtype) -> (output_handles: variant) | element_dtype: type',
  shape: (c) => [c.shape(0)],
});

/** The list without its last element, and that element. */
export const tensorListPopBack = defineOp<
  <D extends DType>(
    inputHandle: TensorLike<'variant'>, elementShape: TensorLike<'int32'>, elementDtype: D,
    options?: OpOptions,
  ) => Outputs<{ outputHandle: Tensor<'variant'>; tensor: Tensor<D> }>
>({
  signature: 'TensorListPopBack(input_handle: variant, element_shape: int32) -> (output_handle: variant, tensor: ' +
    'element_dtype) | element_dtype: type',
  shape: (c) => [[], elementShape(c, 1)],
  isDataShaped: true,
});

/** The elements joined along their first dimension, and their lengths there. */
export const tensorListConcat = defineOp<
  <D extends DType>(
    inputHandle: TensorLike<'variant'>, elementDtype: D,
    options?: OpOptions & { elementShape?: PartialShape },
  ) => Outputs<{ tensor: Tensor<D>; lengths: Tensor<'int64'> }>
>({
  signature: 'TensorListConcat(input_handle: variant) -> (tensor: element_dtype, lengths: int64) | element_dtype: type; ' +
    'element_shape: shape = ?',
  shape: (c) => [joined(c.attrs.shape('element_shape')), [null]],
  isDataShaped: true,
});

/** The elements joined along their first dimension, and their lengths there; leading_dims for elements that are not set. */
export const tensorListConcatV2 = defineOp<
  <D extends DType>(
    inputHandle: TensorLike<'variant'>, elementShape: TensorLike<'int32' | 'int64'>, leadingDims: TensorLike<'int64'>,
    elementDtype: D,
    options?: OpOptions,
  ) => Outputs<{ tensor: Tensor<D>; lengths: Tensor<'int64'> }>
>({
  signature: 'TensorListConcatV2(input_handle: variant, element_shape: shape_type, leading_dims: int64) -> (tensor: ' +
    'element_dtype, lengths: int64) | element_dtype: type; shape_type: type in $index',
  shape: (c) => {
    const element = elementShape(c, 1);
    return [joined(element), [null]];
  },
  isDataShaped: true,
});

/** A list of the rows of a tensor, in groups of the lengths given. */
export const tensorListSplit = defineOp<
  (
    tensor: TensorLike, elementShape: TensorLike<'int32' | 'int64'>, lengths: TensorLike<'int64'>,
    options?: OpOptions,
  ) => Tensor<'variant'>
>({
  signature: 'TensorListSplit(tensor: element_dtype, element_shape: shape_type, lengths: int64) -> (output_handle: variant) | ' +
    'element_dtype: type; shape_type: type in $index',
  shape: (c) => {
    checkLengths(c, 2);
    return [[]];
  },
});

/** The elements of both lists. */
export const tensorListConcatLists = defineOp<
  (inputA: TensorLike<'variant'>, inputB: TensorLike<'variant'>, elementDtype: DType, options?: OpOptions) => Tensor<'variant'>
>({
  signature: 'TensorListConcatLists(input_a: variant, input_b: variant) -> (output: variant) | element_dtype: type',
  shape: (c) => [c.shape(0)],
});
