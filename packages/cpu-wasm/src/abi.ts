/**
 * How code and device meet. A program is one wasm function per phase (almost always one phase):
 *
 *     (params: i32, begin: i32, end: i32, thread: i32) -> i32 fault
 *
 * `params` is the address (multiple of 16) of the launch's block of int32 words: first the addresses of the program's bound inputs, then of
 * its outputs, then of its scratch if `scratch > 0`, then the launch's `words`. Memories reach 4 GiB, so an address is unsigned.
 * [begin, end) are items, never empty, and no more than the phase's grain where that leaves no more than 32,767 calls. Calls of one phase may come from several threads at once and in any
 * order, so they write apart from each other; between phases every thread waits for all others. `thread` is below `info.threads`.
 * The result is 0, or a fault code that goes to the program's `fault(code, detail)`; the code may store one detail word at `params - 4` before.
 *
 * A launch's grid is [items, grain] for each phase in turn. Choose the grain so that a call takes 20–200 µs: it is what threads share work by,
 * and what a cancelled or time-sliced run waits for.
 */
import type { FunctionRef, FunctionType, ModuleBuilder } from './asm/index.js';

/** Code of one program: adds its functions to the module that is being assembled, and returns the function of each phase. */
export interface WasmSource {
  readonly assemble: (module: ModuleBuilder) => readonly FunctionRef[];
}

/** Where the detail word of a fault lies, from `params`. */
export const detailOffset = -4;

/** The type of every phase function. */
export const phaseType: FunctionType = { params: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] };
