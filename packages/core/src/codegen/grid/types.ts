/**
 * What grid programs compute with. Values have few types, memory has many: narrow integers, halves and bools are forms of storage, turned into
 * values by loads and back by stores. So a printer spells arithmetic for seven types, and a kernel never asks how a device keeps a dtype.
 */
import { dtypeInfo, type DType } from '../../dtypes.js';
import type { DeviceInfo } from '../../device/info.js';

/** The type of a value in a register. */
export type ValueType = 'bool' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'float32' | 'float64';

/** The dtype of an element in memory. */
export type StoredType = ValueType | 'int8' | 'uint8' | 'int16' | 'uint16' | 'float16' | 'bfloat16';

/** Elements that one load or store moves. */
export type Lanes = 1 | 2 | 4;

/** What a device offers to grid programs. Kernels choose their shape by it; it never changes what they compute. */
export interface GridTarget {
  /** How dtypes lie in memory: `DeviceInfo.storage`. */
  readonly storage: DeviceInfo['storage'];
  /** The types that the device's language has. bool, int32, uint32 and float32 are always there. */
  readonly values: ReadonlySet<ValueType>;
  /** Most threads in a workgroup, at least 64. */
  readonly workgroupThreads: number;
  /** Bytes that the shared arrays of a workgroup may take. */
  readonly workgroupBytes: number;
  /** Most workgroups along one dimension of the grid. */
  readonly workgroups: number;
  /** Most buffers that one launch binds. */
  readonly bindings: number;
  /** Whether loads and stores of several elements are there and gain anything. */
  readonly vectors: boolean;
  /** Whether an input and an output of a launch may be the same memory. */
  readonly inPlace: boolean;
  /** Whether atomic additions to float32 memory are there. */
  readonly floatAtomics: boolean;
  /** Most results of a product that a thread may keep; 64 by default. Compilers of software devices take minutes over that many. */
  readonly threadResults?: number;
  /**
   * Whether threads of a workgroup gain by sharing work in shared memory; yes by default. Software devices pay more for a barrier than it saves:
   * there a thread has its row, or its results, for itself.
   */
  readonly sharing?: boolean;
  /** Whether a program's `fault` statements reach the host as the error of the run. Without, kernels clamp as TensorFlow's GPU kernels do. */
  readonly faults: boolean;
}

const storedTypes: ReadonlySet<DType> = new Set<DType>([
  'bool', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float16', 'bfloat16', 'float32', 'float64',
] satisfies StoredType[]);

const isStored = (dtype: DType): dtype is StoredType => storedTypes.has(dtype);

/** The value that an element of this form is loaded as. */
export function loadedType(stored: StoredType): ValueType {
  switch (stored) {
    case 'int8': case 'int16': return 'int32';
    case 'uint8': case 'uint16': return 'uint32';
    case 'float16': case 'bfloat16': return 'float32';
    default: return stored;
  }
}

/** The form that a dtype has in the target's memory; undefined where it has none that grid programs know. */
export function storedType(dtype: DType, target: GridTarget): StoredType | undefined {
  const as = target.storage[dtype]?.as;
  return as !== undefined && isStored(as) ? as : undefined;
}

/**
 * The type in which a dtype is computed: bool as bool, narrow integers in 32 bits (and wrapped), float16 and bfloat16 in float32 (and rounded).
 * A dtype that is stored as a narrower one is computed as that one. Undefined where the target has no such arithmetic.
 */
export function valueType(dtype: DType, target: GridTarget): ValueType | undefined {
  if (dtype === 'bool') return 'bool';
  const unsigned = dtype === 'uint8' || dtype === 'uint16';
  const stored = target.storage[dtype]?.as ?? dtype;
  if (!isStored(stored) || !isStored(dtype)) return undefined;
  const type = unsigned ? 'uint32' : dtype === 'int8' || dtype === 'int16' ? 'int32' : loadedType(stored);
  return target.values.has(type) ? type : undefined;
}

/** Why a dtype cannot be an input or output of a grid program on the target, in words; undefined if it can. */
export function refuseDtype(dtype: DType, target: GridTarget): string | undefined {
  if (target.storage[dtype] === undefined) return `the device holds no ${dtype}`;
  return storedType(dtype, target) === undefined || valueType(dtype, target) === undefined ? `the device has no ${dtype} arithmetic` : undefined;
}

/** Bytes of an element in the target's memory. */
export function storedBytes(dtype: DType, target: GridTarget): number {
  return dtypeInfo[target.storage[dtype]?.as ?? dtype].bytes;
}

/** Bits that an integer dtype narrower than its value type keeps; undefined where nothing needs wrapping. */
export function narrowBits(dtype: DType): number | undefined {
  if (dtype === 'int8' || dtype === 'uint8') return 8;
  return dtype === 'int16' || dtype === 'uint16' ? 16 : undefined;
}

export const isFloat = (type: ValueType): type is 'float32' | 'float64' => type === 'float32' || type === 'float64';
export const isInteger = (type: ValueType): boolean => type !== 'bool' && !isFloat(type);
