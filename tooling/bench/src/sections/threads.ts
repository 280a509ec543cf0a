/** What threads are worth: large products and convolutions, and models so small that there is little to share, on one thread and on more. */
import { loadModel } from '@sessionflow/io/node';
import { kernelCases } from '../kernelCases.js';
import { geometricMean, measure, median, speedup } from '../measure.js';
import { benchModels } from '../models.js';
import { kernelProgram } from '../programs/kernel.js';
import type { Program } from '../programs/program.js';
import { sessionflow } from '../programs/sessionflow.js';
import type { Cell, Section } from '../report.js';
import type { Settings } from '../settings.js';

/** Products and convolutions of a millisecond and more on one thread. */
const kernels = [
  'matmul 1024x1024x1024', 'matmul 512x512x512', 'matmul 512x512x512 weights', 'matmul 128x128x128 batch 16', 'conv 3x3/2 192x192x3->32', 'conv 1x1/1 96x96x16->96',
  'conv 3x3/1 48x48x64->64', 'conv 3x3/1 24x24x128->128',
] as const;

/** Those of the zoo that take up to some five milliseconds. */
const smallModels = ['liveness', 'gender', 'age', 'blazeface-front', 'facemesh-detection-short', 'emotion', 'iris', 'facemesh', 'meet'] as const;

/** Closes the programs. */
async function rowOf(name: string, programs: readonly Program[], settings: Settings): Promise<{ readonly cells: Cell[]; readonly ratio: number }> {
  settings.log(name);
  try {
    // Whatever is made for the first run (plans, workers) is there before the clock starts.
    for (const program of programs) await program.results();
    const [one, more] = await measure(programs, settings);
    const ratio = speedup(more!, one!);
    return { cells: [name, median(one!.times), median(more!.times), ratio], ratio };
  } finally {
    for (const program of programs) await program.close();
  }
}

const isChosen = (name: string, { models }: Settings): boolean => models.length === 0 || models.some((part) => name.includes(part));

export async function* threadsSections(settings: Settings): AsyncGenerator<Section> {
  const { threads } = settings;
  const counts = [1, threads];
  const columns = ['', '1 thread', `${threads} threads`, `${threads} : 1`];
  const rows: Cell[][] = [];
  const ratios: number[] = [];
  const add = ({ cells, ratio }: { readonly cells: Cell[]; readonly ratio: number }): void => {
    rows.push(cells);
    ratios.push(ratio);
  };
  const take = (what: string): { readonly rows: Cell[][] } => {
    const all = ratios.splice(0);
    const summary: Cell[][] = all.length === 0 ? [] : [[`${what}: geometric mean`, null, null, geometricMean(all)], [`${what}: least`, null, null, Math.min(...all)]];
    return { rows: [...rows.splice(0), ...summary] };
  };
  for (const name of kernels.filter((one) => isChosen(one, settings))) {
    const test = kernelCases.find((one) => one.name === name);
    if (test === undefined) throw new Error(`there is no kernel '${name}'`);
    const programs: Program[] = [];
    for (const count of counts) programs.push(await kernelProgram(test, count));
    add(await rowOf(name, programs, settings));
  }
  yield { title: 'Threads: products and convolutions', notes: ['Operands in memory; medians in ms. The last column is the median of the ratios within a round.'], columns, ...take('kernels') };
  for (const { name, path, feeds, outputs } of benchModels(['models', 'zoo'], smallModels).filter((model) => smallModels.some((small) => small === model.name))) {
    if (!isChosen(name, settings)) continue;
    const { graphDef } = await loadModel(path);
    const programs: Program[] = [];
    for (const count of counts) programs.push(await sessionflow({ graphDef, fetches: outputs, feeds, threads: count }));
    add(await rowOf(name, programs, settings));
  }
  yield { title: 'Threads: small models', notes: ['From and to host arrays; medians in ms.'], columns, ...take('models') };
}
