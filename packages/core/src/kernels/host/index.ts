/** Every op in plain TypeScript over host tensors: the table of the reference device, and what a CPU device falls back on. */
import type { KernelTable } from '../kernel.js';
import * as basics from './basics.js';
import * as boxes from './boxes.js';
import * as checks from './checks.js';
import * as complexOps from './complexOps.js';
import * as conv from './conv.js';
import * as decompositions from './decompositions.js';
import { type HostKernel, kernelsOf } from './define.js';
import * as einsum from './einsum.js';
import * as fourier from './fourier.js';
import * as gather from './gather.js';
import * as gradients from './gradients.js';
import * as hashes from './hashes.js';
import * as image from './image.js';
import * as linalg from './linalg.js';
import * as lists from './lists.js';
import { hostMap, hostReduce } from './mapKernel.js';
import * as matmul from './matmul.js';
import * as matrix from './matrix.js';
import * as movement from './movement.js';
import * as nn from './nn.js';
import * as order from './order.js';
import * as pool from './pool.js';
import * as projective from './projective.js';
import * as queues from './queues.js';
import * as random from './random.js';
import * as randomRates from './randomRates.js';
import * as recurrent from './recurrent.js';
import * as reductions from './reductions.js';
import * as references from './references.js';
import * as resize from './resize.js';
import * as resourceVariables from './resourceVariables.js';
import * as runtimeOps from './runtimeOps.js';
import * as scaleAndTranslate from './scaleAndTranslate.js';
import * as scan from './scan.js';
import * as sessionTensors from './sessionTensors.js';
import * as slicing from './slicing.js';
import * as sparse from './sparse.js';
import * as special from './special.js';
import * as stringForms from './stringForms.js';
import * as strings from './strings.js';
import { structuralKernels } from './structural.js';
import * as tables from './tables.js';
import * as tensorArrays from './tensorArrays.js';

export { type HostKernel } from './define.js';
export { evaluate } from './evaluate/evaluate.js';
export { hostMap, hostReduce } from './mapKernel.js';
export { structural, structuralOver } from './structural.js';

/** The kernels by op. */
export const hostKernels: Readonly<Record<string, readonly HostKernel[]>> = {
  ...structuralKernels,
  ...kernelsOf(
    basics, boxes, checks, complexOps, conv, decompositions, einsum, fourier, gather, gradients, hashes, image, linalg, lists, matmul, matrix, movement, nn, order, pool,
    projective, queues, random, randomRates, recurrent, reductions, references, resize, resourceVariables, runtimeOps, scaleAndTranslate, scan, sessionTensors,
    slicing, sparse, special, stringForms, strings, tables, tensorArrays,
  ),
};

/** All of them as a table; elementwise ops and reductions go through their expressions. */
export const hostTable: KernelTable<never> = { ops: hostKernels, map: [hostMap], reduce: [hostReduce] };
