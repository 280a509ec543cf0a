/**
 * Random graphs over several devices: placed, cut, fused and planned in every way, they give what the reference device alone gives. 300
 * graphs; 2,000 where CI is set; SESSIONFLOW_SEED=7 runs one, SESSIONFLOW_SEED=0-99 each of
 * these as a test of its own.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { reference, type Backend } from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { keptOpen } from './keptOpen.js';
import { check, everyValue, sessionFor, type Failure, type Setting } from './random/differential.js';
import { randomGraph } from './random/generate.js';
import { feedsOf, printSpec, type GraphSpec } from './random/graphSpec.js';
import { Random } from './random/random.js';
import { shrink } from './random/shrink.js';
import { accelerator, gridAccelerator, knownOps } from './random/simulated.js';

const count = process.env['CI'] === undefined ? 300 : 2000;
const only = process.env['SESSIONFLOW_SEED'];
const perTest = 50;

const cpu = keptOpen(cpuWasm({ threads: 2 }));
const oracle = keptOpen(reference({ name: 'oracle' }));
const second = keptOpen(reference({ name: 'second CPU' }));

afterAll(async () => { await Promise.all([cpu, oracle, second].map(({ close }) => close())); });

/** Two accelerators with kernel tables of their own for each seed. */
function acceleratorsFor(seed: number): { backends: readonly Backend[]; leftovers: () => string[]; close: () => Promise<unknown> } {
  const random = new Random(seed ^ 0x5eed);
  const ops = [0.8, 0.7].map((share) => new Set(knownOps.filter(() => random.chance(share))));
  const made = ops.map((some, i) => keptOpen((i === 0 ? accelerator : gridAccelerator)({
    name: `accelerator ${i}`, priority: 60 - i, hasOp: (op) => some.has(op), map: random.chance(0.9), reduce: random.chance(0.8),
  })));
  return {
    backends: made.map(({ backend }) => backend),
    leftovers: () => made.flatMap(({ leftovers }) => leftovers()),
    close: () => Promise.all(made.map(({ close }) => close())),
  };
}

async function checkSeed(seed: number): Promise<void> {
  const spec = randomGraph(seed);
  const accelerators = acceleratorsFor(seed);
  const all = [...accelerators.backends, cpu.backend, second.backend];
  const settings: readonly Setting[] = [
    { name: 'reference, optimizer off', backends: [oracle.backend], isOptimized: false, threads: 1 },
    { name: 'four devices', backends: all, isOptimized: true, threads: 1 + (seed % 2) },
    { name: 'four devices, optimizer off', backends: all, isOptimized: false, threads: 2 - (seed % 2) },
    { name: 'cpu-wasm', backends: [cpu.backend], isOptimized: seed % 3 > 0, threads: 1 + (seed % 2) },
  ];
  const leftovers = (): string[] => [cpu, oracle, second, accelerators].flatMap(({ leftovers: left }) => left());
  try {
    const failure = await check(spec, settings, leftovers);
    if (failure !== undefined) throw new Error(await report(spec, failure, settings, leftovers));
  } finally {
    await accelerators.close();
  }
}

/** The seed, the smallest graph that still fails, and its stages. */
async function report(spec: GraphSpec, failure: Failure, settings: readonly Setting[], leftovers: () => string[]): Promise<string> {
  const [right] = settings;
  const pair = right === undefined || right === failure.setting ? settings : [right, failure.setting];
  const failsAlike = async (candidate: GraphSpec): Promise<boolean> => (await check(candidate, pair, leftovers))?.kind === failure.kind;
  const values = right === undefined ? undefined : await everyValue(spec, right).catch(() => undefined);
  const small = values === undefined || failure.kind === 'leak' ? spec : await shrink(spec, values, failsAlike);
  const again = await check(small, pair, leftovers);
  const { session, fetches } = sessionFor(small, failure.setting);
  const stages = await session.explain([...fetches], feedsOf(small, 0)).catch((error: unknown) => `explain fails: ${String(error)}`);
  await session.close();
  return `seed ${spec.seed}: ${(again ?? failure).message}\n\n${printSpec(small)}\n\n${stages}`;
}

describe('random graphs', () => {
  if (only !== undefined) {
    const [first = 0, last = first] = only.split('-').map(Number);
    for (let seed = first; seed <= last; seed++) it(`seed ${seed}`, () => checkSeed(seed), 600_000);
    return;
  }
  for (let first = 0; first < count; first += perTest) {
    it(`seeds ${first} to ${first + perTest - 1}`, async () => {
      for (let seed = first; seed < first + perTest; seed++) await checkSeed(seed);
    }, 600_000);
  }

  it('are the same for the same seed, and different for different ones', () => {
    expect(printSpec(randomGraph(7))).toBe(printSpec(randomGraph(7)));
    expect(printSpec(randomGraph(8))).not.toBe(printSpec(randomGraph(7)));
  });
});
