/** Every op in plain TypeScript over host tensors: the table of the reference device, and what a CPU device falls back on. */
import type { KernelTable } from '../kernel.js';
import * as basics from './basics.js';
import { type HostKernel, kernelsOf } from './define.js';
import * as gather from './gather.js';
import { lazyFamilies } from './lazyFamilies.js';
import { hostMap, hostReduce } from './mapKernel.js';
import * as movement from './movement.js';
import * as references from './references.js';
import * as resourceVariables from './resourceVariables.js';
import * as sessionTensors from './sessionTensors.js';
import * as slicing from './slicing.js';
import { structuralKernels } from './structural.js';

export { type HostKernel } from './define.js';
export { evaluate } from './evaluate/evaluate.js';
export { hostMap, hostReduce } from './mapKernel.js';
export { structural, structuralOver } from './structural.js';

/** The kernels by op. Those that work out shapes and keep state are always there; the code of the others comes when it is needed. */
export const hostKernels: Readonly<Record<string, readonly HostKernel[]>> = {
  ...structuralKernels, ...kernelsOf(basics, gather, movement, references, resourceVariables, sessionTensors, slicing), ...lazyFamilies,
};

/** All of them as a table; elementwise ops and reductions go through their expressions. */
export const hostTable: KernelTable<never> = { ops: hostKernels, map: [hostMap], reduce: [hostReduce] };
