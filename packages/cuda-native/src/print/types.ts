/** CUDA C's names of the types that grid programs have. */
import type { Lanes, StoredType, ValueType } from '@sessionflow/core/codegen';

export const valueTypes: Readonly<Record<ValueType, string>> = {
  bool: 'bool', int32: 'int', uint32: 'unsigned', int64: 'long long', uint64: 'unsigned long long', float32: 'float', float64: 'double',
};

/** Elements in memory. Half, Brain and Bool are structs of the helpers: their bits are not numbers. */
export const storedTypes: Readonly<Record<StoredType, string>> = {
  ...valueTypes, bool: 'Bool', int8: 'signed char', uint8: 'unsigned char', int16: 'short', uint16: 'unsigned short', float16: 'Half', bfloat16: 'Brain',
};

/** Several values that are moved together. */
export const groupType = (type: ValueType, lanes: Lanes): string => (lanes === 1 ? valueTypes[type] : `Group<${valueTypes[type]}, ${lanes}>`);
