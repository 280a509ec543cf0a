/** Queues of tuples of tensors. */
import type { DType } from '../dtypes.js';
import type { PartialShape } from '../shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Operation } from '../graph/operation.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { noOutputs, scalarOutputs, unknownOutputs } from './shapes/common.js';

/** A queue, first in, first out. */
export const fifoQueueV2 = defineOp<
  (
    componentTypes: readonly DType[],
    options?: OpOptions & { shapes?: readonly PartialShape[]; capacity?: number; container?: string; sharedName?: string },
  ) => Tensor<'resource'>
>({
  signature: "FIFOQueueV2() -> (handle: resource) | component_types: list(type) >= 1; shapes: list(shape) >= 0 = []; capacity: " +
    "int = -1; container: string = ''; shared_name: string = '' | stateful",
  shape: scalarOutputs,
});

/** A queue whose batches are padded to one shape. */
export const paddingFIFOQueueV2 = defineOp<
  (
    componentTypes: readonly DType[],
    options?: OpOptions & { shapes?: readonly PartialShape[]; capacity?: number; container?: string; sharedName?: string },
  ) => Tensor<'resource'>
>({
  signature: "PaddingFIFOQueueV2() -> (handle: resource) | component_types: list(type) >= 1; shapes: list(shape) >= 0 = []; " +
    "capacity: int = -1; container: string = ''; shared_name: string = '' | stateful",
  shape: scalarOutputs,
});

/** A queue that gives its elements out in random order. */
export const randomShuffleQueueV2 = defineOp<
  (
    componentTypes: readonly DType[],
    options?: OpOptions & {
      shapes?: readonly PartialShape[]; capacity?: number; minAfterDequeue?: number; seed?: number; seed2?: number; container?: string;
      sharedName?: string;
    },
  ) => Tensor<'resource'>
>({
  signature: "RandomShuffleQueueV2() -> (handle: resource) | component_types: list(type) >= 1; shapes: list(shape) >= 0 = []; " +
    "capacity: int = -1; min_after_dequeue: int = 0; seed: int = 0; seed2: int = 0; container: string = ''; " +
    "shared_name: string = '' | stateful",
  shape: scalarOutputs,
});

/** Puts one element in. */
export const queueEnqueueV2 = defineOp<
  (handle: TensorLike<'resource'>, components: readonly TensorLike[], options?: OpOptions & { timeoutMs?: number }) => Operation
>({
  signature: 'QueueEnqueueV2(handle: resource, components: list(Tcomponents)) -> () | Tcomponents: list(type) >= 1; ' +
    'timeout_ms: int = -1 | stateful',
  shape: noOutputs,
});

/** Puts the slices of the first dimension in. */
export const queueEnqueueManyV2 = defineOp<
  (handle: TensorLike<'resource'>, components: readonly TensorLike[], options?: OpOptions & { timeoutMs?: number }) => Operation
>({
  signature: 'QueueEnqueueManyV2(handle: resource, components: list(Tcomponents)) -> () | Tcomponents: list(type) >= 1; ' +
    'timeout_ms: int = -1 | stateful',
  shape: noOutputs,
});

/** Takes one element out. */
export const queueDequeueV2 = defineOp<
  (handle: TensorLike<'resource'>, componentTypes: readonly DType[], options?: OpOptions & { timeoutMs?: number }) => Tensor[]
>({
  signature: 'QueueDequeueV2(handle: resource) -> (components: list(component_types)) | component_types: list(type) >= 1; ' +
    'timeout_ms: int = -1 | stateful',
  shape: unknownOutputs,
  isDataShaped: true,
});

/** Takes n elements out, as one batch. */
export const queueDequeueManyV2 = defineOp<
  (
    handle: TensorLike<'resource'>, n: TensorLike<'int32'>, componentTypes: readonly DType[],
    options?: OpOptions & { timeoutMs?: number },
  ) => Tensor[]
>({
  signature: 'QueueDequeueManyV2(handle: resource, n: int32) -> (components: list(component_types)) | component_types: ' +
    'list(type) >= 1; timeout_ms: int = -1 | stateful',
  shape: unknownOutputs,
  isDataShaped: true,
});

/** Takes n elements out, or what is left when the queue is closed. */
export const queueDequeueUpToV2 = defineOp<
  (
    handle: TensorLike<'resource'>, n: TensorLike<'int32'>, componentTypes: readonly DType[],
    options?: OpOptions & { timeoutMs?: number },
  ) => Tensor[]
>({
  signature: 'QueueDequeueUpToV2(handle: resource, n: int32) -> (components: list(component_types)) | component_types: ' +
    'list(type) >= 1; timeout_ms: int = -1 | stateful',
  shape: unknownOutputs,
  isDataShaped: true,
});

/** Lets nothing in any more. */
export const queueCloseV2 = defineOp<
  (handle: TensorLike<'resource'>, options?: OpOptions & { cancelPendingEnqueues?: boolean }) => Operation
>({
  signature: 'QueueCloseV2(handle: resource) -> () | cancel_pending_enqueues: bool = false | stateful',
  shape: noOutputs,
});

/** Whether the queue is closed. */
export const queueIsClosedV2 = defineOp<(handle: TensorLike<'resource'>, options?: OpOptions) => Tensor<'bool'>>({
  signature: 'QueueIsClosedV2(handle: resource) -> (is_closed: bool) | stateful',
  shape: scalarOutputs,
});

/** The number of elements. */
export const queueSizeV2 = defineOp<(handle: TensorLike<'resource'>, options?: OpOptions) => Tensor<'int32'>>({
  signature: 'QueueSizeV2(handle: resource) -> (size: int32) | stateful',
  shape: scalarOutputs,
});

/** A queue, first in, first out, by reference. */
export const fifoQueue = defineOp<
  (
    componentTypes: readonly DType[],
    options?: OpOptions & { shapes?: readonly PartialShape[]; capacity?: number; container?: string; sharedName?: string },
  ) => Tensor<'string'>
>({
  signature: "FIFOQueue() -> (handle: ref string) | component_types: list(type) >= 1; shapes: list(shape) >= 0 = []; capacity: " +
    "int = -1; container: string = ''; shared_name: string = '' | stateful",
  shape: () => [[2]],
});

/** A queue whose batches are padded to one shape, by reference. */
export const paddingFIFOQueue = defineOp<
  (
    componentTypes: readonly DType[],
    options?: OpOptions & { shapes?: readonly PartialShape[]; capacity?: number; container?: string; sharedName?: string },
  ) => Tensor<'string'>
>({
  signature: "PaddingFIFOQueue() -> (handle: ref string) | component_types: list(type) >= 1; shapes: list(shape) >= 0 = []; " +
    "capacity: int = -1; container: string = ''; shared_name: string = '' | stateful",
  shape: () => [[2]],
});

/** A queue that gives its elements out in random order, by reference. */
export const randomShuffleQueue = defineOp<
  (
    componentTypes: readonly DType[],
    options?: OpOptions & {
      shapes?: readonly PartialShape[]; capacity?: number; minAfterDequeue?: number; seed?: number; seed2?: number; container?: string;
      sharedName?: string;
    },
  ) => Tensor<'string'>
>({
  signature: "RandomShuffleQueue() -> (handle: ref string) | component_types: list(type) >= 1; shapes: list(shape) >= 0 = []; " +
    "capacity: int = -1; min_after_dequeue: int = 0; seed: int = 0; seed2: int = 0; container: string = ''; " +
    "shared_name: string = '' | stateful",
  shape: () => [[2]],
});

/** Puts one element in. */
export const queueEnqueue = defineOp<
  (handle: Tensor<'string'>, components: readonly TensorLike[], options?: OpOptions & { timeoutMs?: number }) => Operation
>({
  signature: 'QueueEnqueue(handle: ref string, components: list(Tcomponents)) -> () | Tcomponents: list(type) >= 1; timeout_ms: int = -1',
  shape: noOutputs,
});

/** Puts the slices of the first dimension in. */
export const queueEnqueueMany = defineOp<
  (handle: Tensor<'string'>, components: readonly TensorLike[], options?: OpOptions & { timeoutMs?: number }) => Operation
>({
  signature: 'QueueEnqueueMany(handle: ref string, components: list(Tcomponents)) -> () | Tcomponents: list(type) >= 1; timeout_ms: int = -1',
  shape: noOutputs,
});

/** Takes one element out. */
export const queueDequeue = defineOp<
  (handle: Tensor<'string'>, componentTypes: readonly DType[], options?: OpOptions & { timeoutMs?: number }) => Tensor[]
>({
  signature: 'QueueDequeue(handle: ref string) -> (components: list(component_types)) | component_types: list(type) >= 1; ' +
    'timeout_ms: int = -1',
  shape: unknownOutputs,
  isDataShaped: true,
});

/** Takes n elements out, as one batch. */
export const queueDequeueMany = defineOp<
  (
    handle: Tensor<'string'>, n: TensorLike<'int32'>, componentTypes: readonly DType[],
    options?: OpOptions & { timeoutMs?: number },
  ) => Tensor[]
>({
  signature: 'QueueDequeueMany(handle: ref string, n: int32) -> (components: list(component_types)) | component_types: ' +
    'list(type) >= 1; timeout_ms: int = -1',
  shape: unknownOutputs,
  isDataShaped: true,
});

/** Takes n elements out, or what is left when the queue is closed. */
export const queueDequeueUpTo = defineOp<
  (
    handle: Tensor<'string'>, n: TensorLike<'int32'>, componentTypes: readonly DType[],
    options?: OpOptions & { timeoutMs?: number },
  ) => Tensor[]
>({
  signature: 'QueueDequeueUpTo(handle: ref string, n: int32) -> (components: list(component_types)) | component_types: ' +
    'list(type) >= 1; timeout_ms: int = -1',
  shape: unknownOutputs,
  isDataShaped: true,
});

/** Lets nothing in any more. */
export const queueClose = defineOp<(handle: Tensor<'string'>, options?: OpOptions & { cancelPendingEnqueues?: boolean }) => Operation>({
  signature: 'QueueClose(handle: ref string) -> () | cancel_pending_enqueues: bool = false',
  shape: noOutputs,
});

/** The number of elements. */
export const queueSize = defineOp<(handle: Tensor<'string'>, options?: OpOptions) => Tensor<'int32'>>({
  signature: 'QueueSize(handle: ref string) -> (size: int32)',
  shape: scalarOutputs,
});
