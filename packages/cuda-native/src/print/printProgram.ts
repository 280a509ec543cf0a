/**
 * A grid program as CUDA C: one kernel per pass. All kernels of a program take the same parameters, so that a launch packs them once: a pointer per
 * buffer in the order of the slots, a pointer to the fault words (null if nobody reads them), and the words as one struct.
 */
import { factsOf, hasFaults, printBody, type GridArray, type GridPass, type GridProgram } from '@sessionflow/core/codegen';
import type { CudaKernels } from '../source.js';
import { cudaDialect } from './dialect.js';
import { helpersFor } from './helpers.js';
import { groupType, storedTypes } from './types.js';

const identifier = (text: string): string => text.replace(/\W/g, '_');

export function printProgram(program: GridProgram): CudaKernels {
  const words = program.params.reduce((most, { word }) => Math.max(most, word + 1), 0);
  const entries = program.passes.map(({ name }, i) => `${identifier(program.name)}_${identifier(name)}${i}`);
  const kernels = program.passes.map((pass, i) => printPass(program, pass, entries[i]!, words)).join('\n\n');
  const struct = words === 0 ? '' : `struct Words { int w[${words}]; };`;
  return {
    kind: 'kernels',
    text: `${[helpersFor(kernels), struct, kernels].filter((part) => part !== '').join('\n')}\n`,
    passes: program.passes.map(({ workgroup }, i) => ({ entry: entries[i]!, block: workgroup })),
    buffers: program.buffers.length,
    words,
    hasFault: hasFaults(program),
  };
}

function printPass(program: GridProgram, pass: GridPass, entry: string, words: number): string {
  const uses = new Map(factsOf(pass).buffers.map((use) => [use.buffer, use]));
  const pointers = program.buffers.map((buffer) => {
    const use = uses.get(buffer);
    const isConstant = use === undefined || !(use.isWritten || use.isAtomic);
    return `${isConstant ? 'const ' : ''}${storedTypes[buffer.stored]}* ${buffer.name}`;
  });
  const [x, y, z] = pass.workgroup;
  const params = [...pointers, 'int* fault', ...(words === 0 ? [] : ['const Words words'])];
  return [
    `extern "C" __global__ void __launch_bounds__(${x * y * z}) ${entry}(${params.join(', ')}) {`,
    ...pass.arrays.map(printArray),
    printBody(pass, cudaDialect),
    '}',
  ].join('\n');
}

const printArray = ({ name, space, type, lanes, length }: GridArray): string => `  ${space === 'shared' ? '__shared__ ' : ''}${groupType(type, lanes)} ${name}[${length}];`;
