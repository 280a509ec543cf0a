/** Checkpoint files and session handles. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import type { Operation } from '../graph/operation.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { noOutputs, scalarOutputs, unknownOutputs } from './shapes/common.js';

/** Writes tensors to a checkpoint. */
export const saveV2 = defineOp<
  (
    prefix: TensorLike<'string'>, tensorNames: TensorLike<'string'>, shapeAndSlices: TensorLike<'string'>,
    tensors: readonly TensorLike[],
    options?: OpOptions,
  ) => Operation
>({
  signature: 'SaveV2(prefix: string, tensor_names: string, shape_and_slices: string, tensors: list(dtypes)) -> () | dtypes: ' +
    'list(type) >= 1 | stateful',
  shape: noOutputs,
});

/** Reads tensors from a checkpoint. */
export const restoreV2 = defineOp<
  (
    prefix: TensorLike<'string'>, tensorNames: TensorLike<'string'>, shapeAndSlices: TensorLike<'string'>, dtypes: readonly DType[],
    options?: OpOptions,
  ) => Tensor[]
>({
  signature: 'RestoreV2(prefix: string, tensor_names: string, shape_and_slices: string) -> (tensors: list(dtypes)) | dtypes: ' +
    'list(type) >= 1 | stateful',
  shape: unknownOutputs,
  isDataShaped: true,
});

/** Merges the shards of a checkpoint. */
export const mergeV2Checkpoints = defineOp<
  (
    checkpointPrefixes: TensorLike<'string'>, destinationPrefix: TensorLike<'string'>,
    options?: OpOptions & { deleteOldDirs?: boolean; allowMissingFiles?: boolean },
  ) => Operation
>({
  signature: 'MergeV2Checkpoints(checkpoint_prefixes: string, destination_prefix: string) -> () | delete_old_dirs: bool = ' +
    'true; allow_missing_files: bool = false | stateful',
  shape: noOutputs,
});

/** `basename-00001-of-00005`. */
export const shardedFilename = defineOp<
  (basename: TensorLike<'string'>, shard: TensorLike<'int32'>, numShards: TensorLike<'int32'>, options?: OpOptions) => Tensor<'string'>
>({
  signature: 'ShardedFilename(basename: string, shard: int32, num_shards: int32) -> (filename: string)',
  shape: scalarOutputs,
});

/** `basename-*****-of-00005`. */
export const shardedFilespec = defineOp<
  (basename: TensorLike<'string'>, numShards: TensorLike<'int32'>, options?: OpOptions) => Tensor<'string'>
>({
  signature: 'ShardedFilespec(basename: string, num_shards: int32) -> (filename: string)',
  shape: scalarOutputs,
});

/** Keeps a tensor in the session and gives its handle. */
export const getSessionHandle = defineOp<(value: TensorLike, options?: OpOptions) => Tensor<'string'>>({
  signature: 'GetSessionHandle(value: T) -> (handle: string) | T: type | stateful',
  shape: scalarOutputs,
});

/** Keeps a tensor in the session and gives its handle. */
export const getSessionHandleV2 = defineOp<(value: TensorLike, options?: OpOptions) => Tensor<'resource'>>({
  signature: 'GetSessionHandleV2(value: T) -> (handle: resource) | T: type | stateful',
  shape: scalarOutputs,
});

/** The tensor behind a handle. */
export const getSessionTensor = defineOp<<D extends DType>(handle: TensorLike<'string'>, dtype: D, options?: OpOptions) => Tensor<D>>({
  signature: 'GetSessionTensor(handle: string) -> (value: dtype) | dtype: type | stateful',
  shape: unknownOutputs,
  isDataShaped: true,
});

/** Gives a kept tensor back. */
export const deleteSessionTensor = defineOp<(handle: TensorLike<'string'>, options?: OpOptions) => Operation>({
  signature: 'DeleteSessionTensor(handle: string) -> () | stateful',
  shape: noOutputs,
});
