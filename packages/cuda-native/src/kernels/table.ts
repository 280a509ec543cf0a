/** What a CUDA device runs: the structural ops over what it holds, and core's grid kernels in CUDA C. */
import { combineTables, gridTable, structuralOver, type KernelTable } from '@sessionflow/core/kernels';
import type { CudaInfo } from '../info.js';
import { printProgram } from '../print/printProgram.js';
import type { CudaSource } from '../source.js';
import { convolutionCalls } from './convolution.js';
import { matmulCalls } from './matmul.js';
import { cudaTarget, storage } from './target.js';

const gridKernels = gridTable<CudaSource, CudaInfo>({ target: cudaTarget, render: printProgram });

const libraryCalls: KernelTable<CudaSource, CudaInfo> = { ops: { ...matmulCalls(gridKernels), ...convolutionCalls(gridKernels) }, map: [], reduce: [] };

export const cudaTable: KernelTable<CudaSource, CudaInfo> = combineTables(combineTables<CudaSource, CudaInfo>(structuralOver(storage), libraryCalls), gridKernels);
