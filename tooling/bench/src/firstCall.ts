/**
 * One first call in a process of its own: loads the model's file, compiles what there is to compile, runs once from and to host arrays, and
 * prints what it took. An entry per program makes a process load that program's modules alone.
 */
import { processorClock } from './measure.js';
import { benchModels, type BenchModel } from './models.js';
import type { Program } from './programs/program.js';

export interface FirstCall {
  /** Milliseconds of starting Node and loading the modules. */
  readonly modules: number;
  /** Milliseconds of what follows, to the first result. */
  readonly first: number;
  /** The same in processor time of all threads. */
  readonly firstProcessor: number;
}

/** `call` makes the program and runs it once. */
export async function firstCall(call: (model: BenchModel) => Promise<Program>): Promise<void> {
  const name = process.argv[2];
  const model = benchModels(['models', 'zoo'], [name!]).find((one) => one.name === name)!;
  const [modules, processor] = [performance.now(), processorClock()];
  const program = await call(model);
  const took: FirstCall = { modules, first: performance.now() - modules, firstProcessor: processorClock() - processor };
  process.stdout.write(JSON.stringify(took));
  await program.close();
}
