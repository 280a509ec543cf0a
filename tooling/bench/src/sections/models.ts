/** Whole models from and to host arrays: Sessionflow on one and more threads against tfjs-wasm, the same files and the same random feeds. */
import { HostTensor } from '@sessionflow/core';
import { loadModel } from '@sessionflow/io/node';
import { deviation } from '../agree.js';
import { geometricMean, measure, median, speedup, type Measured } from '../measure.js';
import { benchModels, type BenchModel } from '../models.js';
import { attempt, isProgram, type Program, type ProgramOrReason } from '../programs/program.js';
import { sessionflow } from '../programs/sessionflow.js';
import { tfjsModel } from '../programs/tfjsModel.js';
import { randomFloats } from '../random.js';
import type { Cell, Section } from '../report.js';
import type { Settings } from '../settings.js';

/** Two correct programs differ by this part of an output's largest value at most: float32 sums in another order, over dozens of layers. */
const tolerance = 1e-3;

interface ModelOutcome {
  readonly name: string;
  readonly planMs: number;
  /** One thread, then `settings.threads`. */
  readonly ours: readonly Measured[];
  readonly theirs: Measured | undefined;
  readonly difference: number | undefined;
}

export async function* modelsSections(settings: Settings): AsyncGenerator<Section> {
  const { threads } = settings;
  const chosen = benchModels.filter(({ name }) => name.includes(settings.model ?? ''));
  if (chosen.length === 0) throw new Error(`no model is named like '${settings.model}'. There are: ${benchModels.map(({ name }) => name).join(', ')}`);
  const outcomes: ModelOutcome[] = [];
  const absent: string[] = [];
  for (const model of chosen) {
    settings.log(`model ${model.name}`);
    try {
      outcomes.push(await measureModel(model, settings, absent));
    } catch (error) {
      absent.push(`${model.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const speedups = (thread: number): number[] => outcomes.flatMap(({ ours, theirs }) => (theirs === undefined || ours[thread] === undefined ? [] : [speedup(ours[thread], theirs)]));
  const mean = (thread: number): Cell => (speedups(thread).length === 0 ? null : geometricMean(speedups(thread)));
  yield {
    title: 'Models, from and to host arrays',
    notes: [
      `Medians in ms; × is how many times faster than tfjs-wasm. plan: the first call of a session, with all that is compiled for it.`,
      `differs: largest difference from tfjs-wasm, as a part of the output's largest value; above ${tolerance} it is marked with !.`,
    ],
    columns: ['model', 'plan', '1 thread', ...(threads > 1 ? [`${threads} threads`] : []), 'tfjs-wasm', '× on 1', ...(threads > 1 ? [`× on ${threads}`, `${threads} : 1`] : []), 'differs'],
    rows: [
      ...outcomes.map(({ name, planMs, ours, theirs, difference }): Cell[] => [
        name, planMs, ...ours.map(({ times }) => median(times)), theirs === undefined ? null : median(theirs.times),
        ...ours.map((measured) => (theirs === undefined ? null : speedup(measured, theirs))), ...(ours[1] === undefined ? [] : [speedup(ours[1], ours[0]!)]),
        difference === undefined ? null : `${difference > tolerance ? '! ' : ''}${difference.toExponential(0)}`,
      ]),
      ['geometric mean', null, null, ...(threads > 1 ? [null] : []), null, mean(0), ...(threads > 1 ? [mean(1), geometricMean(outcomes.map(({ ours }) => speedup(ours[1]!, ours[0]!)))] : []), null],
    ],
    absent,
  };
}

async function measureModel(model: BenchModel, settings: Settings, absent: string[]): Promise<ModelOutcome> {
  const { graphDef, outputs } = await loadModel(model.path);
  const feed = randomFeed(model);
  const names = outputs.map((name) => (name.includes(':') ? name : `${name}:0`));
  const feeds = { [`${model.input.name}:0`]: new HostTensor(model.input.dtype, [...model.input.shape], feed) };
  const ours: Program[] = [];
  let theirs: ProgramOrReason | undefined;
  try {
    for (const count of new Set([1, settings.threads])) ours.push(await sessionflow({ graphDef, fetches: names, feeds, threads: count }));
    const start = performance.now();
    const results = await ours[0]!.results();
    const planMs = performance.now() - start;
    theirs = await attempt(`tfjs-wasm on ${model.name}`, () => tfjsModel(model, feed, names));
    if (!isProgram(theirs)) {
      absent.push(`${theirs.name}: ${theirs.reason}`);
      return { name: model.name, planMs, ours: await measure(ours, settings), theirs: undefined, difference: undefined };
    }
    const expected = await theirs.results();
    const compared = names.map((name) => model.compared?.includes(name) ?? true);
    const difference = Math.max(...results.map((values, i) => (compared[i] === true ? deviation(values, expected[i]!) : 0)));
    const measured = await measure([...ours, theirs], settings);
    return { name: model.name, planMs, ours: measured.slice(0, -1), theirs: measured.at(-1), difference };
  } finally {
    for (const program of ours) await program.close();
    if (theirs !== undefined && isProgram(theirs)) await theirs.close();
  }
}

function randomFeed({ input: { dtype, shape, range: [low, high] } }: BenchModel): Float32Array | Int32Array | Uint8Array {
  const values = randomFloats(shape.reduce((product, dim) => product * dim, 1), 1, low, high);
  switch (dtype) {
    case 'float32':
      return values;
    case 'int32':
      return Int32Array.from(values);
    case 'uint8':
      return Uint8Array.from(values);
    default:
      return dtype satisfies never;
  }
}
