/** Whole models from and to host arrays: Sessionflow on one and more threads against tfjs-wasm, the same files and the same feeds. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel } from '@sessionflow/io/node';

import { deviation, type Values } from '../agree.js';
import { geometricMean, measure, median, speedup, type Measured } from '../measure.js';
import { benchModels, type BenchModel, type ModelSet } from '../models.js';
import { ortNode } from '../programs/ort.js';
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
  /** How many times faster than tfjs-wasm native ONNX Runtime is, on one thread and `settings.threads`. */
  readonly onnx: readonly (number | null)[];
}

type TensorflowTimes = Readonly<Record<string, Readonly<Record<string, number>>>>;

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
  const counts = threads > 1 ? [1, threads] : [1];
  const native = nativeColumns(counts, outcomes, settings);
  yield {
    title,
    notes: [
      'Medians in ms; × is how many times faster than tfjs-wasm. first: loading the file, making the session, and its first call.',
      `differs: largest difference from tfjs-wasm, as a part of the output's largest value; above ${tolerance} it is marked with !.`,
    ],
    columns: ['model', 'first', 'tfjs first', '1 thread', ...more(`${threads} threads`), 'tfjs-wasm', '× on 1', ...more(`× on ${threads}`, `${threads} : 1`), ...native.map(({ title: name }) => name), 'differs'],
    rows: [
      ...outcomes.map(({ name, firstMs, theirFirstMs, ours, theirs, difference }, i): Cell[] => [
        name, firstMs, theirFirstMs ?? null, ...ours.map(({ times }) => median(times)), theirs === undefined ? null : median(theirs.times),
        ...ours.map((measured) => (theirs === undefined ? null : speedup(measured, theirs))), ...(ours[1] === undefined ? [] : [speedup(ours[1], ours[0]!)]),
        ...native.map(({ ratios }) => ratios[i] ?? null), difference === undefined ? null : `${difference > tolerance ? '! ' : ''}${difference.toExponential(0)}`,
      ]),
      [
        'geometric mean', null, null, null, ...more(null), null, mean(0),
        ...more(mean(1), geometricMean(outcomes.map(({ ours }) => speedup(ours[1]!, ours[0]!)))),
        ...native.map(({ ratios }): Cell => meanOf(ratios)), null,
      ],
    ],
    absent,
  };
}

/** Ratios to tfjs-wasm by model, for each native program and thread count. TensorFlow's come from another process, at another time. */
function nativeColumns(counts: readonly number[], outcomes: readonly ModelOutcome[], { onnx, tensorflow }: Settings): { title: string; ratios: (number | null)[] }[] {
  const times = tensorflow === undefined ? undefined : (JSON.parse(readFileSync(tensorflow, 'utf8')) as { readonly tensorflow: TensorflowTimes }).tensorflow;
  return counts.flatMap((count, i) => [
    ...(times === undefined ? [] : [{
      title: `TF × on ${count}`,
      ratios: outcomes.map(({ name, theirs }) => {
        const ms = times[name]?.[count];
        return ms === undefined || theirs === undefined ? null : median(theirs.times) / ms;
      }),
    }]),
    ...(onnx === undefined ? [] : [{ title: `ORT × on ${count}`, ratios: outcomes.map((outcome) => outcome.onnx[i] ?? null) }]),
  ]);
}

function meanOf(ratios: readonly (number | null)[]): number | null {
  const known = ratios.filter((ratio) => ratio !== null);
  return known.length === 0 ? null : geometricMean(known);
}

/** In turn with tfjs-wasm alone: for a while after its turn others run at a third of their speed. */
async function measureOnnx({ name, feeds, outputs }: BenchModel, theirs: Program, settings: Settings, absent: string[]): Promise<(number | null)[]> {
  const file = settings.onnx === undefined ? undefined : join(settings.onnx, `${name}.onnx`);
  if (file === undefined) return [];
  if (!existsSync(file)) {
    absent.push(`ONNX Runtime on ${name}: there is no ${name}.onnx`);
    return [];
  }
  const programs: Program[] = [];
  try {
    for (const count of settings.threads > 1 ? [1, settings.threads] : [1]) programs.push(await ortNode({ model: readFileSync(file), feeds, outputs }, count));
    const [base, ...measured] = await measure([theirs, ...programs], settings);
    return measured.map((one) => speedup(one, base!));
  } catch (error) {
    absent.push(`ONNX Runtime on ${name}: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  } finally {
    for (const program of programs) await program.close();
  }
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
      return { name, firstMs, theirFirstMs: undefined, ours: await measure(ours, settings), theirs: undefined, difference: undefined, onnx: [] };
    }
    const difference = mostDifferent(model, results, await theirs.results());
    const measured = await measure([...ours, theirs], settings);
    const onnx = await measureOnnx(model, theirs, settings, absent);
    return { name, firstMs, theirFirstMs, ours: measured.slice(0, -1), theirs: measured.at(-1), difference, onnx };
  } finally {
    for (const program of ours) await program.close();
    if (theirs !== undefined && isProgram(theirs)) await theirs.close();
  }
}

function mostDifferent({ outputs, compared }: BenchModel, results: readonly Values[], expected: readonly Values[]): number {
  return Math.max(...outputs.map((name, i) => (compared.includes(name) ? deviation(results[i]!, expected[i]!) : 0)));
}
