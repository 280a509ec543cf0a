/** Tensor arrays: TensorFlow 1's lists, resources that a float called flow orders the accesses to. */
import type { DType } from '../dtypes.js';
import type { PartialShape } from '../shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Operation } from '../graph/operation.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeFunction } from './opDef.js';
import { joinShapes, noOutputs, rankIs, scalarOutputs } from './shapes/common.js';
import { gathered } from './shapes/lists.js';

/** The joined elements, and the length of each. */
const concatenated: ShapeFunction = (c) => [joinShapes([null], c.attrs.shape('element_shape_except0')), [null]];

/** One row per index in input 1. */
const gatheredElements = gathered(1, (c) => c.attrs.shape('element_shape'));

/** A scalar index in input 1; the element's shape is known to the array only. */
const read: ShapeFunction = (c) => {
  rankIs(c, 1, 0, 'index');
  return [null];
};

/** A new array. */
export const tensorArrayV3 = defineOp<
  (
    size: TensorLike<'int32'>, dtype: DType,
    options?: OpOptions & {
      elementShape?: PartialShape; dynamicSize?: boolean; clearAfterRead?: boolean; identicalElementShapes?: boolean;
      tensorArrayName?: string;
    },
  ) => Outputs<{ handle: Tensor<'resource'>; flow: Tensor<'float32'> }>
>({
  signature: "TensorArrayV3(size: int32) -> (handle: resource, flow: float) | dtype: type; element_shape: shape = ?; " +
    "dynamic_size: bool = false; clear_after_read: bool = true; identical_element_shapes: bool = false; " +
    "tensor_array_name: string = '' | stateful",
  shape: (c) => {
    rankIs(c, 0, 0, 'size');
    return [[], []];
  },
});

/** The array of gradients of an array. */
export const tensorArrayGradV3 = defineOp<
  (
    handle: TensorLike<'resource'>, flowIn: TensorLike<'float32'>, source: string,
    options?: OpOptions,
  ) => Outputs<{ gradHandle: Tensor<'resource'>; flowOut: Tensor<'float32'> }>
>({
  signature: 'TensorArrayGradV3(handle: resource, flow_in: float) -> (grad_handle: resource, flow_out: float) | source: string | stateful',
  shape: scalarOutputs,
});

/** The array of gradients, with dimensions in front of the elements' shapes. */
export const tensorArrayGradWithShape = defineOp<
  (
    handle: TensorLike<'resource'>, flowIn: TensorLike<'float32'>, shapeToPrepend: TensorLike<'int32'>, source: string,
    options?: OpOptions,
  ) => Outputs<{ gradHandle: Tensor<'resource'>; flowOut: Tensor<'float32'> }>
>({
  signature: 'TensorArrayGradWithShape(handle: resource, flow_in: float, shape_to_prepend: int32) -> (grad_handle: resource, ' +
    'flow_out: float) | source: string | stateful',
  shape: scalarOutputs,
});

/** Sets the element at an index. */
export const tensorArrayWriteV3 = defineOp<
  (
    handle: TensorLike<'resource'>, index: TensorLike<'int32'>, value: TensorLike, flowIn: TensorLike<'float32'>,
    options?: OpOptions,
  ) => Tensor<'float32'>
>({
  signature: 'TensorArrayWriteV3(handle: resource, index: int32, value: T, flow_in: float) -> (flow_out: float) | T: type | stateful',
  shape: scalarOutputs,
});

/** The element at an index. */
export const tensorArrayReadV3 = defineOp<
  <D extends DType>(
    handle: TensorLike<'resource'>, index: TensorLike<'int32'>, flowIn: TensorLike<'float32'>, dtype: D,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'TensorArrayReadV3(handle: resource, index: int32, flow_in: float) -> (value: dtype) | dtype: type | stateful',
  shape: read,
  isDataShaped: true,
});

/** The elements at indices as rows of a tensor. */
export const tensorArrayGatherV3 = defineOp<
  <D extends DType>(
    handle: TensorLike<'resource'>, indices: TensorLike<'int32'>, flowIn: TensorLike<'float32'>, dtype: D,
    options?: OpOptions & { elementShape?: PartialShape },
  ) => Tensor<D>
>({
  signature: 'TensorArrayGatherV3(handle: resource, indices: int32, flow_in: float) -> (value: dtype) | dtype: type; ' +
    'element_shape: shape = ? | stateful',
  shape: gatheredElements,
  isDataShaped: true,
});

/** Sets the elements at indices to the rows of a tensor. */
export const tensorArrayScatterV3 = defineOp<
  (
    handle: TensorLike<'resource'>, indices: TensorLike<'int32'>, value: TensorLike, flowIn: TensorLike<'float32'>,
    options?: OpOptions,
  ) => Tensor<'float32'>
>({
  signature: 'TensorArrayScatterV3(handle: resource, indices: int32, value: T, flow_in: float) -> (flow_out: float) | T: type | stateful',
  shape: scalarOutputs,
});

/** The elements joined along their first dimension, and their lengths there. */
export const tensorArrayConcatV3 = defineOp<
  <D extends DType>(
    handle: TensorLike<'resource'>, flowIn: TensorLike<'float32'>, dtype: D,
    options?: OpOptions & { elementShapeExcept0?: PartialShape },
  ) => Outputs<{ value: Tensor<D>; lengths: Tensor<'int64'> }>
>({
  signature: 'TensorArrayConcatV3(handle: resource, flow_in: float) -> (value: dtype, lengths: int64) | dtype: type; ' +
    'element_shape_except0: shape = ? | stateful',
  shape: concatenated,
  isDataShaped: true,
});

/** Sets the elements to groups of rows, of the lengths given. */
export const tensorArraySplitV3 = defineOp<
  (
    handle: TensorLike<'resource'>, value: TensorLike, lengths: TensorLike<'int64'>, flowIn: TensorLike<'float32'>,
    options?: OpOptions,
  ) => Tensor<'float32'>
>({
  signature: 'TensorArraySplitV3(handle: resource, value: T, lengths: int64, flow_in: float) -> (flow_out: float) | T: type | stateful',
  shape: scalarOutputs,
});

/** The number of elements. */
export const tensorArraySizeV3 = defineOp<
  (handle: TensorLike<'resource'>, flowIn: TensorLike<'float32'>, options?: OpOptions) => Tensor<'int32'>
>({
  signature: 'TensorArraySizeV3(handle: resource, flow_in: float) -> (size: int32) | stateful',
  shape: scalarOutputs,
});

/** Gives the array's memory back. */
export const tensorArrayCloseV3 = defineOp<(handle: TensorLike<'resource'>, options?: OpOptions) => Operation>({
  signature: 'TensorArrayCloseV3(handle: resource) -> () | stateful',
  shape: noOutputs,
});

/** A new array. */
export const tensorArrayV2 = defineOp<
  (
    size: TensorLike<'int32'>, dtype: DType,
    options?: OpOptions & { elementShape?: PartialShape; dynamicSize?: boolean; clearAfterRead?: boolean; tensorArrayName?: string },
  ) => Tensor<'string'>
>({
  signature: "TensorArrayV2(size: int32) -> (handle: string) | dtype: type; element_shape: shape = ?; dynamic_size: bool = " +
    "false; clear_after_read: bool = true; tensor_array_name: string = '' | stateful, deprecated at 26",
  shape: scalarOutputs,
});

/** Sets the element at an index. */
export const tensorArrayWriteV2 = defineOp<
  (
    handle: TensorLike<'string'>, index: TensorLike<'int32'>, value: TensorLike, flowIn: TensorLike<'float32'>,
    options?: OpOptions,
  ) => Tensor<'float32'>
>({
  signature: 'TensorArrayWriteV2(handle: string, index: int32, value: T, flow_in: float) -> (flow_out: float) | T: type | deprecated at 26',
  shape: scalarOutputs,
});

/** The element at an index. */
export const tensorArrayReadV2 = defineOp<
  <D extends DType>(
    handle: TensorLike<'string'>, index: TensorLike<'int32'>, flowIn: TensorLike<'float32'>, dtype: D,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'TensorArrayReadV2(handle: string, index: int32, flow_in: float) -> (value: dtype) | dtype: type | deprecated at 26',
  shape: read,
  isDataShaped: true,
});

/** The elements at indices as rows of a tensor. */
export const tensorArrayGatherV2 = defineOp<
  <D extends DType>(
    handle: TensorLike<'string'>, indices: TensorLike<'int32'>, flowIn: TensorLike<'float32'>, dtype: D,
    options?: OpOptions & { elementShape?: PartialShape },
  ) => Tensor<D>
>({
  signature: 'TensorArrayGatherV2(handle: string, indices: int32, flow_in: float) -> (value: dtype) | dtype: type; ' +
    'element_shape: shape = ? | deprecated at 26',
  shape: gatheredElements,
  isDataShaped: true,
});

/** Sets the elements at indices to the rows of a tensor. */
export const tensorArrayScatterV2 = defineOp<
  (
    handle: TensorLike<'string'>, indices: TensorLike<'int32'>, value: TensorLike, flowIn: TensorLike<'float32'>,
    options?: OpOptions,
  ) => Tensor<'float32'>
>({
  signature: 'TensorArrayScatterV2(handle: string, indices: int32, value: T, flow_in: float) -> (flow_out: float) | T: type | ' +
    'deprecated at 26',
  shape: scalarOutputs,
});

/** The elements joined along their first dimension, and their lengths there. */
export const tensorArrayConcatV2 = defineOp<
  <D extends DType>(
    handle: TensorLike<'string'>, flowIn: TensorLike<'float32'>, dtype: D,
    options?: OpOptions & { elementShapeExcept0?: PartialShape },
  ) => Outputs<{ value: Tensor<D>; lengths: Tensor<'int64'> }>
>({
  signature: 'TensorArrayConcatV2(handle: string, flow_in: float) -> (value: dtype, lengths: int64) | dtype: type; ' +
    'element_shape_except0: shape = ?',
  shape: concatenated,
  isDataShaped: true,
});

/** Sets the elements to groups of rows, of the lengths given. */
export const tensorArraySplitV2 = defineOp<
  (
    handle: TensorLike<'string'>, value: TensorLike, lengths: TensorLike<'int64'>, flowIn: TensorLike<'float32'>,
    options?: OpOptions,
  ) => Tensor<'float32'>
>({
  signature: 'TensorArraySplitV2(handle: string, value: T, lengths: int64, flow_in: float) -> (flow_out: float) | T: type | deprecated at 26',
  shape: scalarOutputs,
});

/** The number of elements. */
export const tensorArraySizeV2 = defineOp<
  (handle: TensorLike<'string'>, flowIn: TensorLike<'float32'>, options?: OpOptions) => Tensor<'int32'>
>({
  signature: 'TensorArraySizeV2(handle: string, flow_in: float) -> (size: int32) | deprecated at 26',
  shape: scalarOutputs,
});

/** Gives the array's memory back. */
export const tensorArrayCloseV2 = defineOp<(handle: TensorLike<'string'>, options?: OpOptions) => Operation>({
  signature: 'TensorArrayCloseV2(handle: string) -> () | deprecated at 26',
  shape: noOutputs,
});

/** A new stack of at most max_size elements (negative: any number). */
export const stackV2 = defineOp<
  (maxSize: TensorLike<'int32'>, elemType: DType, options?: OpOptions & { stackName?: string }) => Tensor<'resource'>
>({
  signature: "StackV2(max_size: int32) -> (handle: resource) | elem_type: type; stack_name: string = '' | stateful",
  shape: scalarOutputs,
});

/** Puts the element on the stack and gives it out. */
export const stackPushV2 = defineOp<
  <D extends DType>(handle: TensorLike<'resource'>, elem: TensorLike<D>, options?: OpOptions & { swapMemory?: boolean }) => Tensor<D>
>({
  signature: 'StackPushV2(handle: resource, elem: T) -> (output: T) | T: type; swap_memory: bool = false | stateful',
  shape: (c) => [c.shape(1)],
});

/** Takes the last element off the stack. */
export const stackPopV2 = defineOp<<D extends DType>(handle: TensorLike<'resource'>, elemType: D, options?: OpOptions) => Tensor<D>>({
  signature: 'StackPopV2(handle: resource) -> (elem: elem_type) | elem_type: type | stateful',
  shape: () => [null],
  isDataShaped: true,
});

/** Gives the stack's memory back. */
export const stackCloseV2 = defineOp<(handle: TensorLike<'resource'>, options?: OpOptions) => Operation>({
  signature: 'StackCloseV2(handle: resource) -> () | stateful',
  shape: noOutputs,
});
