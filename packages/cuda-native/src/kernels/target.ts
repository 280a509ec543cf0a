/** What CUDA devices offer to grid programs. */
import type { GridTarget, ValueType } from '@sessionflow/core/codegen';
import type { DType, StorageForm } from '@sessionflow/core/device';
import type { CudaInfo } from '../info.js';

const dtypes = [
  'float32', 'float64', 'float16', 'bfloat16', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'bool',
] as const satisfies readonly DType[];

/** Every dtype lies in device memory as it does on the host. */
export const storage: CudaInfo['storage'] = Object.fromEntries(dtypes.map((as): [DType, StorageForm] => [as, { as, grade: 'arithmetic' }]));

/** Most buffers of one launch: their addresses and its words are parameters, which take 4096 bytes at most. */
export const bindings = 64;

/** What every GPU since compute capability 5.0 has. */
export const cudaTarget: GridTarget = {
  storage,
  values: new Set<ValueType>(['bool', 'int32', 'uint32', 'int64', 'uint64', 'float32', 'float64']),
  workgroupThreads: 1024,
  workgroupBytes: 48 << 10,
  // Along x; so grids have one row, and no thread's number wraps.
  workgroups: 2 ** 31 - 1,
  bindings,
  vectors: true,
  inPlace: true,
  floatAtomics: true,
  faults: true,
};
