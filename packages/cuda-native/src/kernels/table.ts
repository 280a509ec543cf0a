/** What a CUDA device runs: the structural ops over what it holds, and core's grid kernels in CUDA C. */
import type { GridTarget, ValueType } from '@sessionflow/core/codegen';
import type { DType, StorageForm } from '@sessionflow/core/device';
import { combineTables, gridTable, structuralOver, type KernelTable } from '@sessionflow/core/kernels';
import type { CudaInfo } from '../info.js';
import { printProgram } from '../print/printProgram.js';
import type { CudaSource } from '../source.js';
import { matmulCalls } from './matmul.js';

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
  workgroups: 65535,
  bindings,
  vectors: true,
  inPlace: true,
  floatAtomics: true,
  faults: true,
};

const gridKernels = gridTable<CudaSource, CudaInfo>({ target: cudaTarget, render: printProgram });

const libraryCalls: KernelTable<CudaSource, CudaInfo> = { ops: matmulCalls(gridKernels), map: [], reduce: [] };

export const cudaTable: KernelTable<CudaSource, CudaInfo> = combineTables(combineTables<CudaSource, CudaInfo>(structuralOver(storage), libraryCalls), gridKernels);
