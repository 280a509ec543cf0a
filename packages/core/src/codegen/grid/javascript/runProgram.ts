/** Runs a grid program's passes over host bytes, workgroup by workgroup. */
import { InternalError, OpError } from '../../../errors.js';
import { sharedBytes, factsOf } from '../walk.js';
import type { GridPass, GridProgram } from '../program.js';
import type { GridTarget } from '../types.js';
import { printJavaScript } from './printJavaScript.js';
import { GridFault, memoryView, newArray, runtime } from './runtime.js';

/** One pass over workgroups x, y, z. `memory`: the bytes of each binding. */
export type GridCode = (memory: readonly Uint8Array[], words: Int32Array, grid: readonly number[]) => void;

type Thread = (...args: unknown[]) => Generator<undefined, void> | undefined;

/** Compiles a program: one function for all its passes; `grid` has three numbers for each. */
export function compileProgram(program: GridProgram): GridCode {
  const passes = program.passes.map((pass) => compilePass(program, pass));
  return (memory, words, grid) => {
    if (grid.length !== 3 * passes.length) throw new InternalError(`internal: ${program.name} has ${passes.length} passes and a grid of ${grid.length} numbers.`);
    passes.forEach((run, i) => { run(memory, words, grid.slice(3 * i, 3 * i + 3)); });
  };
}

function compilePass(program: GridProgram, pass: GridPass): GridCode {
  const text = printJavaScript(pass);
  // Code from text, because a tree of closures is a hundred times slower; the text is this module's own, never a user's.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const make = new Function('buffers', 'words', 'floats', 'runtime', text) as (
    buffers: readonly unknown[], words: Int32Array, floats: Float32Array, functions: typeof runtime) => Thread;
  const { hasBarrier } = factsOf(pass);
  const shared = pass.arrays.filter(({ space }) => space === 'shared');
  const where = `${program.name}, pass ${pass.name}`;
  return (memory, words, grid) => {
    const buffers = program.buffers.map(({ binding, stored }) => memoryView(stored, memory[binding] ?? new Uint8Array(0)));
    const own = words.slice();
    const thread = make(buffers, own, new Float32Array(own.buffer), runtime);
    const [columns = 1, rows = 1, layers = 1] = grid;
    try {
      for (let z = 0; z < layers; z++) for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) {
        const arrays = shared.map(({ type, lanes, length }) => newArray(type, lanes * length));
        runWorkgroup(pass, hasBarrier, (ids) => thread(x, y, z, ...ids, columns, rows, layers, ...arrays));
      }
    } catch (error) {
      if (error instanceof GridFault || !(error instanceof OpError || error instanceof Error)) throw error;
      const message = error.message.replace('internal: ', '');
      throw new InternalError(`internal: kernel ${where}: ${message}`, { cause: error });
    }
  };
}

function runWorkgroup({ workgroup: [width, height, depth] }: GridPass, hasBarrier: boolean, start: (ids: readonly number[]) => Generator<undefined, void> | undefined): void {
  const threads: Generator<undefined, void>[] = [];
  for (let z = 0; z < depth; z++) for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
    const running = start([x, y, z]);
    if (hasBarrier && running !== undefined) threads.push(running);
  }
  for (let live = threads.length > 0; live;) {
    const ended = threads.filter((thread) => thread.next().done === true).length;
    if (ended > 0 && ended < threads.length) throw new InternalError(`internal: ${ended} of ${threads.length} threads end where the others wait at a barrier.`);
    live = ended === 0;
  }
}

/** Throws what a real device would refuse when it makes a pipeline. */
export function checkLimits(program: GridProgram, target: GridTarget): void {
  for (const pass of program.passes) {
    const { name, workgroup: [x, y, z], arrays } = pass;
    const refuse = (what: string, most: number): never => {
      throw new InternalError(`internal: kernel ${program.name}, pass ${name}: ${what}; the device allows ${most}.`);
    };
    const buffers = factsOf(pass).buffers.length;
    if (buffers > target.bindings) refuse(`${buffers} buffers are bound`, target.bindings);
    if (x * y * z > target.workgroupThreads) refuse(`a workgroup of ${x * y * z} threads`, target.workgroupThreads);
    if (sharedBytes(arrays) > target.workgroupBytes) refuse(`${sharedBytes(arrays)} bytes of shared memory`, target.workgroupBytes);
  }
}
