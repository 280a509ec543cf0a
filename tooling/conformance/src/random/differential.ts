/** One random graph on several sessions, held against the reference device alone. */
import { expect } from 'vitest';
import type { HostTensor} from '@sessionflow/core';
import { Session, type Backend } from '@sessionflow/core';
import { difference } from '../judge.js';
import { build, feedsOf, type GraphSpec } from './graphSpec.js';
import { runsPerGraph } from './generate.js';

/** Devices and options of a session. */
export interface Setting {
  readonly name: string;
  readonly backends: readonly Backend[];
  readonly isOptimized: boolean;
  readonly threads: number;
}

export interface Failure {
  readonly setting: Setting;
  readonly message: string;
  /** The first lines say what; used to tell whether a smaller graph fails likewise. */
  readonly kind: 'error' | 'values' | 'leak' | 'reference';
}

type Results = readonly (readonly HostTensor[])[];

export function sessionFor(spec: GraphSpec, setting: Setting): { session: Session; fetches: ReturnType<typeof build>['fetches'] } {
  const { graph, fetches } = build(spec);
  const config = {
    allowSoftPlacement: true, intraOpParallelismThreads: setting.threads,
    graphOptions: { optimizerOptions: { optLevel: setting.isOptimized ? 'L1' as const : 'L0' as const } },
  };
  return { fetches, session: new Session({ graph, backends: setting.backends, config, logger: quiet }) };
}

/** Placement has warnings of its own; they are other tests' business. */
const quiet = { info: () => undefined, warning: () => undefined, error: (line: string) => { throw new Error(line); } };

/** All runs of the graph, one after the other; then, if asked, all at once. */
async function resultsOf(spec: GraphSpec, setting: Setting, together: boolean): Promise<{ alone: Results; together: Results }> {
  const { session, fetches } = sessionFor(spec, setting);
  try {
    const run = async (index: number): Promise<readonly HostTensor[]> => session.run([...fetches], feedsOf(spec, index));
    const alone: (readonly HostTensor[])[] = [];
    for (let i = 0; i < runsPerGraph; i++) alone.push(await run(i));
    const atOnce = together ? await Promise.all(Array.from({ length: runsPerGraph + 1 }, (_, i) => run(i % runsPerGraph))) : [];
    return { alone, together: atOnce };
  } finally {
    await session.close();
  }
}

function compare(spec: GraphSpec, got: Results, want: Results, when: string): string | undefined {
  for (const [index, results] of got.entries()) {
    for (const [i, ref] of spec.fetches.entries()) {
      const [result, right] = [results[i], want[index % runsPerGraph]?.[i]];
      if (result === undefined || right === undefined) return `${when}, run ${index}: nothing came of s${ref.step}:${ref.out}`;
      const abs = spec.steps.find(({ id }) => id === ref.step)?.tolerance[ref.out] ?? 0;
      const wrong = difference(result, right, abs === 0 ? undefined : { abs, rel: 2e-5 });
      if (wrong !== undefined) return `${when}, run ${index}: s${ref.step}:${ref.out}: ${wrong}`;
    }
  }
  return undefined;
}

/** What goes wrong with the graph under these settings, or undefined. The first setting is the right one. */
export async function check(spec: GraphSpec, settings: readonly Setting[], leftovers: () => readonly string[]): Promise<Failure | undefined> {
  const [right, ...others] = settings;
  if (right === undefined) return undefined;
  const fail = (setting: Setting, kind: Failure['kind'], message: string): Failure => ({ setting, kind, message: `${setting.name}: ${message}` });
  let want: Results;
  try {
    want = (await resultsOf(spec, right, false)).alone;
  } catch (error) {
    return fail(right, 'reference', text(error));
  }
  for (const setting of others) {
    try {
      const { alone, together } = await resultsOf(spec, setting, spec.steps.every(({ isStateful }) => isStateful !== true));
      const wrong = compare(spec, alone, want, 'alone') ?? compare(spec, together, want, 'at once');
      if (wrong !== undefined) return fail(setting, 'values', wrong);
    } catch (error) {
      return fail(setting, 'error', text(error));
    }
    const [left] = leftovers();
    if (left !== undefined) return fail(setting, 'leak', left);
  }
  return undefined;
}

function text(error: unknown): string {
  return error instanceof Error ? `${error.stack ?? error.message}${error.cause instanceof Error ? `\ncaused by ${error.cause.stack ?? ''}` : ''}` : String(error);
}

/** Values of every step on the first run, for the shrinker. */
export async function everyValue(spec: GraphSpec, setting: Setting): Promise<ReadonlyMap<number, readonly (readonly HostTensor[])[]>> {
  const steps = spec.steps.map(({ id, tolerance }) => ({ id, outputs: tolerance.length }));
  const fetches = steps.flatMap(({ id, outputs }) => Array.from({ length: outputs }, (_, out) => ({ step: id, out })));
  const { alone } = await resultsOf({ ...spec, fetches }, setting, false);
  const values = new Map<number, (readonly HostTensor[])[]>();
  for (const results of alone) {
    let at = 0;
    for (const { id, outputs } of steps) {
      values.set(id, [...(values.get(id) ?? []), results.slice(at, at + outputs)]);
      at += outputs;
    }
  }
  expect(values.size).toBe(steps.length);
  return values;
}
