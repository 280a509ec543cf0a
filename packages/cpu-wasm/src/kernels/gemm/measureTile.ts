/**
 * Chooses the register tile by measuring a few on the running engine. V8's TurboFan up to Node 22 puts every load of a loop body before
 * its arithmetic, so that a 6×8 tile spills and halves, while later ones run it best; no version number tells that of other engines.
 */
import { ModuleBuilder } from '../../asm/index.js';
import type { GemmTile, WasmFeatures } from '../../info.js';
import { noEpilogue } from '../epilogue.js';
import { tileFunction } from './tile.js';

/** Rows must divide 12 (blocks.ts). The first is taken where nothing can be measured. */
const candidates: readonly GemmTile[] = [
  { rows: 3, columns: 12 }, { rows: 4, columns: 8 }, { rows: 2, columns: 16 }, { rows: 6, columns: 8 },
];

const depth = 256;
/** Multiply-adds of one sample: about 20 µs of optimised code. */
const sampleSize = 130_000;
/** Optimised code takes some milliseconds to arrive (more on a busy machine): measure at least and at most this long. */
const leastMilliseconds = 8;
const mostMilliseconds = 150;
/** Optimised code is at least this much faster than the first; optimised tiles are not further apart than this. */
const optimisedGain = 0.6;
const mostSpread = 1.6;
/** Another tile than the first must be this much faster. */
const clearGain = 0.95;
/** Stop when no tile became this much faster in as many rounds. */
const settledGain = 0.95;
const settledRounds = 6;

/** What was measured in this process: the engine does not change. */
const measured = new Map<boolean, GemmTile>();

/**
 * Products below this take some ten milliseconds at most. Where the first tile was not the fastest (Node 20 to 24) it was 2 to 5 per cent behind in
 * steady samples, so that measuring, 10 to 30 ms of the first call, would be paid back after a hundred runs or never.
 */
const smallProduct = 5e8;

/** The tile for a product of so many operations: for large ones the fastest on this engine, measured when it is first asked for. */
export function fastestTile(features: WasmFeatures, flops = Infinity): GemmTile {
  if (flops < smallProduct) return candidates[0]!;
  let tile = measured.get(features.relaxedSimd);
  if (tile === undefined) measured.set(features.relaxedSimd, tile = measureTile(features));
  return tile;
}

/** Measures. */
export function measureTile(features: WasmFeatures): GemmTile {
  const module = new ModuleBuilder();
  module.memory({ initial: 2 });
  module.export('memory', 'memory', 0);
  candidates.forEach(({ rows, columns }, i) => {
    const wrapper = module.function({ params: ['i32'], results: [] }, (f) => {
      const target = tileFunction(f, { rows, vectors: columns / 4, tail: 0 }, noEpilogue, features);
      const times = f.param('i32', 0);
      // The table is at 0, A at 1024, B at 32 KiB, C at 100 KiB.
      f.repeat(times, () => f.call(target, 0, 0, 1, depth, 32 << 10, 4 * columns, 100 << 10, 256, rows));
    });
    module.exportFunction(`tile${i}`, wrapper);
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()));
  const memory = exports['memory'] as WebAssembly.Memory;
  const table = new Int32Array(memory.buffer, 0, 6);
  table.forEach((_, row) => { table[row] = 1024 + row * 4 * depth; });
  const runs = candidates.map((_, i) => exports[`tile${i}`] as (times: number) => void);

  const best = candidates.map(() => Infinity);
  /** Costs in the second round: the first one compiles. */
  const early = candidates.map(() => 0);
  const isOptimised = (): boolean => best.every((cost, i) => cost < early[i]! * optimisedGain) && Math.max(...best) < mostSpread * Math.min(...best);
  const start = performance.now();
  for (let round = 0, settled = 0; ; round++) {
    let gained = false;
    candidates.forEach(({ rows, columns }, i) => {
      const times = Math.ceil(sampleSize / (rows * columns * depth));
      const from = performance.now();
      runs[i]!(times);
      const cost = (performance.now() - from) / (times * rows * columns);
      if (round === 1) early[i] = cost;
      if (cost < best[i]! * settledGain) gained = true;
      best[i] = Math.min(best[i]!, cost);
    });
    settled = gained ? 0 : settled + 1;
    const elapsed = performance.now() - start;
    if (elapsed > mostMilliseconds || (settled >= settledRounds && elapsed > leastMilliseconds && isOptimised())) break;
  }
  // A clock too coarse to tell (browsers may round to 100 µs or more) leaves the first, as does code that was never seen to be optimised: an
  // unoptimised 6×8 is the fastest of its kind, and half as fast as the others later.
  if (best.some((cost) => cost === 0) || !isOptimised()) return candidates[0]!;
  const fastest = best.indexOf(Math.min(...best));
  return best[fastest]! < best[0]! * clearGain ? candidates[fastest]! : candidates[0]!;
}

