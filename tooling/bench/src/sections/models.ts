/** Whole models from and to host arrays: Sessionflow on one and more threads against tfjs-wasm, the same files and the same feeds. */
import { loadModel } from '@sessionflow/io/node';
import { deviation, type Values } from '../agree.js';
import { geometricMean, measure, median, speedup, type Measured } from '../measure.js';
import { benchModels, type BenchModel, type ModelSet } from '../models.js';
import { attempt, isProgram, type Program, type ProgramOrReason } from '../programs/program.js';
import { sessionflow } from '../programs/sessionflow.js';
import { tfjsModel } from '../programs/tfjsModel.js';
import type { Cell, Section } from '../report.js';
import type { Settings } from '../settings.js';

/** Two correct programs differ by this part of an output's largest value at most: float32 sums in another order, over dozens of layers. */
const tolerance = 1e-3;

interface ModelOutcome {
  readonly name: string;
  /** Loading, and the first call with all that is compiled for it: this and tfjs-wasm. */
  readonly firstMs: number;
  readonly theirFirstMs: number | undefined;
  /** One thread, then `settings.threads`. */
  readonly ours: readonly Measured[];
  readonly theirs: Measured | undefined;
  readonly difference: number | undefined;
}

export const modelsSections = (settings: Settings): AsyncGenerator<Section> => sectionOf('Models, from and to host arrays', ['models'], settings);
export const zooSections = (settings: Settings): AsyncGenerator<Section> => sectionOf('The zoo, from and to host arrays', ['models', 'zoo'], settings);

async function* sectionOf(title: string, sets: readonly ModelSet[], settings: Settings): AsyncGenerator<Section> {
  const { threads } = settings;
  const outcomes: ModelOutcome[] = [];
  const absent: string[] = [];
  for (const model of benchModels(sets, settings.models)) {
    settings.log(`model ${model.name}`);
    try {
      outcomes.push(await measureModel(model, settings, absent));
    } catch (error) {
      absent.push(`${model.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const speedups = (thread: number): number[] => outcomes.flatMap(({ ours, theirs }) => (theirs === undefined || ours[thread] === undefined ? [] : [speedup(ours[thread], theirs)]));
  const mean = (thread: number): Cell => (speedups(thread).length === 0 ? null : geometricMean(speedups(thread)));
  const more = <C>(...cells: C[]): C[] => (threads > 1 ? cells : []);
  yield {
    title,
    notes: [
      'Medians in ms; × is how many times faster than tfjs-wasm. first: loading the file, making the session, and its first call.',
      `differs: largest difference from tfjs-wasm, as a part of the output's largest value; above ${tolerance} it is marked with !.`,
    ],
    columns: ['model', 'first', 'tfjs first', '1 thread', ...more(`${threads} threads`), 'tfjs-wasm', '× on 1', ...more(`× on ${threads}`, `${threads} : 1`), 'differs'],
    rows: [
      ...outcomes.map(({ name, firstMs, theirFirstMs, ours, theirs, difference }): Cell[] => [
        name, firstMs, theirFirstMs ?? null, ...ours.map(({ times }) => median(times)), theirs === undefined ? null : median(theirs.times),
        ...ours.map((measured) => (theirs === undefined ? null : speedup(measured, theirs))), ...(ours[1] === undefined ? [] : [speedup(ours[1], ours[0]!)]),
        difference === undefined ? null : `${difference > tolerance ? '! ' : ''}${difference.toExponential(0)}`,
      ]),
      [
        'geometric mean', null, null, null, ...more(null), null, mean(0),
        ...more(mean(1), geometricMean(outcomes.map(({ ours }) => speedup(ours[1]!, ours[0]!)))), null,
      ],
    ],
    absent,
  };
}

async function measureModel(model: BenchModel, settings: Settings, absent: string[]): Promise<ModelOutcome> {
  const { name, outputs, feeds } = model;
  const ours: Program[] = [];
  let theirs: ProgramOrReason | undefined;
  try {
    const start = performance.now();
    const { graphDef } = await loadModel(model.path);
    ours.push(await sessionflow({ graphDef, fetches: outputs, feeds, threads: 1 }));
    const results = await ours[0]!.results();
    const firstMs = performance.now() - start;
    if (settings.threads > 1) ours.push(await sessionflow({ graphDef, fetches: outputs, feeds, threads: settings.threads }));
    const theirStart = performance.now();
    theirs = await attempt(`tfjs-wasm on ${name}`, () => tfjsModel(model));
    const theirFirstMs = performance.now() - theirStart;
    if (!isProgram(theirs)) {
      absent.push(`${theirs.name}: ${theirs.reason}`);
      return { name, firstMs, theirFirstMs: undefined, ours: await measure(ours, settings), theirs: undefined, difference: undefined };
    }
    const difference = mostDifferent(model, results, await theirs.results());
    const measured = await measure([...ours, theirs], settings);
    return { name, firstMs, theirFirstMs, ours: measured.slice(0, -1), theirs: measured.at(-1), difference };
  } finally {
    for (const program of ours) await program.close();
    if (theirs !== undefined && isProgram(theirs)) await theirs.close();
  }
}

function mostDifferent({ outputs, compared }: BenchModel, results: readonly Values[], expected: readonly Values[]): number {
  return Math.max(...outputs.map((name, i) => (compared.includes(name) ? deviation(results[i]!, expected[i]!) : 0)));
}
