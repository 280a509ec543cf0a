/** Look-up tables: resources that map keys to values. */
import type { DType } from '../dtypes.js';
import type { PartialShape } from '../shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Operation } from '../graph/operation.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeFunction } from './opDef.js';
import { merge, noOutputs, scalarOutputs } from './shapes/common.js';

/** A value per key; keys may be vectors only in tables of vectors, so the keys' shape is the values'. */
const found: ShapeFunction = (c) => [c.shape(1)];

const paired: ShapeFunction = (c) => {
  merge(c, c.shape(1), c.shape(2), 'keys and values');
  return [];
};

/** A table that is filled once. */
export const hashTableV2 = defineOp<
  (
    keyDtype: DType, valueDtype: DType,
    options?: OpOptions & { container?: string; sharedName?: string; useNodeNameSharing?: boolean },
  ) => Tensor<'resource'>
>({
  signature: "HashTableV2() -> (table_handle: resource) | container: string = ''; shared_name: string = ''; " +
    "use_node_name_sharing: bool = false; key_dtype: type; value_dtype: type | stateful",
  shape: scalarOutputs,
});

/** A table that can change. */
export const mutableHashTableV2 = defineOp<
  (
    keyDtype: DType, valueDtype: DType,
    options?: OpOptions & { container?: string; sharedName?: string; useNodeNameSharing?: boolean },
  ) => Tensor<'resource'>
>({
  signature: "MutableHashTableV2() -> (table_handle: resource) | container: string = ''; shared_name: string = ''; " +
    "use_node_name_sharing: bool = false; key_dtype: type; value_dtype: type | stateful",
  shape: scalarOutputs,
});

/** A table without a name. */
export const anonymousHashTable = defineOp<(keyDtype: DType, valueDtype: DType, options?: OpOptions) => Tensor<'resource'>>({
  signature: 'AnonymousHashTable() -> (table_handle: resource) | key_dtype: type; value_dtype: type | stateful',
  shape: scalarOutputs,
});

/** The values of keys; default_value for keys that are not there. */
export const lookupTableFindV2 = defineOp<
  <Out extends DType>(
    tableHandle: TensorLike<'resource'>, keys: TensorLike, defaultValue: TensorLike<Out>,
    options?: OpOptions,
  ) => Tensor<Out>
>({
  signature: 'LookupTableFindV2(table_handle: resource, keys: Tin, default_value: Tout) -> (values: Tout) | Tin: type; Tout: type | stateful',
  shape: found,
});

/** The number of keys. */
export const lookupTableSizeV2 = defineOp<(tableHandle: TensorLike<'resource'>, options?: OpOptions) => Tensor<'int64'>>({
  signature: 'LookupTableSizeV2(table_handle: resource) -> (size: int64) | stateful',
  shape: scalarOutputs,
});

/** Replaces the contents. */
export const lookupTableImportV2 = defineOp<
  (tableHandle: TensorLike<'resource'>, keys: TensorLike, values: TensorLike, options?: OpOptions) => Operation
>({
  signature: 'LookupTableImportV2(table_handle: resource, keys: Tin, values: Tout) -> () | Tin: type; Tout: type | stateful',
  shape: noOutputs,
});

/** Adds or changes keys. */
export const lookupTableInsertV2 = defineOp<
  (tableHandle: TensorLike<'resource'>, keys: TensorLike, values: TensorLike, options?: OpOptions) => Operation
>({
  signature: 'LookupTableInsertV2(table_handle: resource, keys: Tin, values: Tout) -> () | Tin: type; Tout: type | stateful',
  shape: noOutputs,
});

/** Removes keys. */
export const lookupTableRemoveV2 = defineOp<(tableHandle: TensorLike<'resource'>, keys: TensorLike, options?: OpOptions) => Operation>({
  signature: 'LookupTableRemoveV2(table_handle: resource, keys: Tin) -> () | Tin: type | stateful',
  shape: noOutputs,
});

/** All keys and values. */
export const lookupTableExportV2 = defineOp<
  <Keys extends DType, Values extends DType>(
    tableHandle: TensorLike<'resource'>, tkeys: Keys, tvalues: Values,
    options?: OpOptions,
  ) => Outputs<{ keys: Tensor<Keys>; values: Tensor<Values> }>
>({
  signature: 'LookupTableExportV2(table_handle: resource) -> (keys: Tkeys, values: Tvalues) | Tkeys: type; Tvalues: type | stateful',
  shape: () => [[null], null],
  isDataShaped: true,
});

/** Fills a table. */
export const initializeTableV2 = defineOp<
  (tableHandle: TensorLike<'resource'>, keys: TensorLike, values: TensorLike, options?: OpOptions) => Operation
>({
  signature: 'InitializeTableV2(table_handle: resource, keys: Tkey, values: Tval) -> () | Tkey: type; Tval: type | stateful',
  shape: paired,
});

/** Fills a table from the lines of a file. */
export const initializeTableFromTextFileV2 = defineOp<
  (
    tableHandle: TensorLike<'resource'>, filename: TensorLike<'string'>, keyIndex: number, valueIndex: number,
    options?: OpOptions & { vocabSize?: number; delimiter?: string; offset?: number },
  ) => Operation
>({
  signature: "InitializeTableFromTextFileV2(table_handle: resource, filename: string) -> () | key_index: int >= -2; " +
    "value_index: int >= -2; vocab_size: int >= -1 = -1; delimiter: string = '\\t'; offset: int = 0 | stateful",
  shape: noOutputs,
});

/** A table that is filled once, by reference. */
export const hashTable = defineOp<
  (
    keyDtype: DType, valueDtype: DType,
    options?: OpOptions & { container?: string; sharedName?: string; useNodeNameSharing?: boolean },
  ) => Tensor<'string'>
>({
  signature: "HashTable() -> (table_handle: ref string) | container: string = ''; shared_name: string = ''; " +
    "use_node_name_sharing: bool = false; key_dtype: type; value_dtype: type | stateful",
  shape: () => [[2]],
});

/** A table that can change, by reference. */
export const mutableHashTable = defineOp<
  (
    keyDtype: DType, valueDtype: DType,
    options?: OpOptions & { container?: string; sharedName?: string; useNodeNameSharing?: boolean },
  ) => Tensor<'string'>
>({
  signature: "MutableHashTable() -> (table_handle: ref string) | container: string = ''; shared_name: string = ''; " +
    "use_node_name_sharing: bool = false; key_dtype: type; value_dtype: type | stateful",
  shape: () => [[2]],
});

/** The values of keys; default_value for keys that are not there. */
export const lookupTableFind = defineOp<
  <Out extends DType>(tableHandle: Tensor<'string'>, keys: TensorLike, defaultValue: TensorLike<Out>, options?: OpOptions) => Tensor<Out>
>({
  signature: 'LookupTableFind(table_handle: ref string, keys: Tin, default_value: Tout) -> (values: Tout) | Tin: type; Tout: type',
  shape: found,
});

/** The number of keys. */
export const lookupTableSize = defineOp<(tableHandle: Tensor<'string'>, options?: OpOptions) => Tensor<'int64'>>({
  signature: 'LookupTableSize(table_handle: ref string) -> (size: int64)',
  shape: scalarOutputs,
});

/** Replaces the contents. */
export const lookupTableImport = defineOp<
  (tableHandle: Tensor<'string'>, keys: TensorLike, values: TensorLike, options?: OpOptions) => Operation
>({
  signature: 'LookupTableImport(table_handle: ref string, keys: Tin, values: Tout) -> () | Tin: type; Tout: type',
  shape: noOutputs,
});

/** Fills a table. */
export const initializeTable = defineOp<
  (tableHandle: Tensor<'string'>, keys: TensorLike, values: TensorLike, options?: OpOptions) => Operation
>({
  signature: 'InitializeTable(table_handle: ref string, keys: Tkey, values: Tval) -> () | Tkey: type; Tval: type',
  shape: paired,
});

/** Fills a table from the lines of a file. */
export const initializeTableFromTextFile = defineOp<
  (
    tableHandle: Tensor<'string'>, filename: TensorLike<'string'>, keyIndex: number, valueIndex: number,
    options?: OpOptions & { vocabSize?: number; delimiter?: string; offset?: number },
  ) => Operation
>({
  signature: "InitializeTableFromTextFile(table_handle: ref string, filename: string) -> () | key_index: int >= -2; " +
    "value_index: int >= -2; vocab_size: int >= -1 = -1; delimiter: string = '\\t'; offset: int = 0",
  shape: noOutputs,
});

/** A table that can change, whose values are tensors of one shape. */
export const mutableHashTableOfTensorsV2 = defineOp<
  (
    keyDtype: DType, valueDtype: DType,
    options?: OpOptions & { container?: string; sharedName?: string; useNodeNameSharing?: boolean; valueShape?: PartialShape },
  ) => Tensor<'resource'>
>({
  signature: "MutableHashTableOfTensorsV2() -> (table_handle: resource) | container: string = ''; shared_name: string = ''; " +
    "use_node_name_sharing: bool = false; key_dtype: type; value_dtype: type; value_shape: shape = [] | stateful",
  shape: scalarOutputs,
});

/** A table that can change, without a name. */
export const anonymousMutableHashTable = defineOp<(keyDtype: DType, valueDtype: DType, options?: OpOptions) => Tensor<'resource'>>({
  signature: 'AnonymousMutableHashTable() -> (table_handle: resource) | key_dtype: type; value_dtype: type | stateful',
  shape: scalarOutputs,
});
