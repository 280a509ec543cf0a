/**
 * First calls, each in a process of its own: loading the file, everything that is compiled, and the first run. This and tfjs-wasm in turn, so
 * that a machine that slows down for a while slows both.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { FirstCall } from '../firstCall.js';
import { geometricMean, median } from '../measure.js';
import { benchModels, type ModelSet } from '../models.js';
import type { Cell, Section } from '../report.js';
import type { Settings } from '../settings.js';

const execute = promisify(execFile);

async function call(program: 'sessionflow' | 'tfjs', model: string): Promise<FirstCall> {
  const script = fileURLToPath(new URL(`firstCall.${program}.js`, import.meta.url));
  const { stdout } = await execute(process.execPath, [...process.execArgv, script, model, '1']);
  return JSON.parse(stdout) as FirstCall;
}

export async function* firstSections(settings: Settings): AsyncGenerator<Section> {
  const sets: ModelSet[] = ['models', 'zoo'];
  const rows: Cell[][] = [];
  const absent: string[] = [];
  const ratios: (readonly [number, number])[] = [];
  for (const { name } of benchModels(sets, settings.models)) {
    settings.log(`first call of ${name}`);
    try {
      const [ours, theirs]: [FirstCall[], FirstCall[]] = [[], []];
      for (let round = 0; round < settings.repeat; round++) {
        ours.push(await call('sessionflow', name));
        theirs.push(await call('tfjs', name));
      }
      const of = (calls: readonly FirstCall[], part: keyof FirstCall): number => median(calls.map((one) => one[part]));
      const ratio = (part: keyof FirstCall): number => median(ours.map((one, i) => theirs[i]![part] / one[part]));
      ratios.push([ratio('first'), ratio('firstProcessor')]);
      rows.push([name, of(ours, 'first'), of(theirs, 'first'), ...ratios.at(-1)!, of(ours, 'modules'), of(theirs, 'modules')]);
    } catch (error) {
      absent.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const mean = (i: 0 | 1): Cell => (ratios.length === 0 ? null : geometricMean(ratios.map((pair) => pair[i])));
  yield {
    title: 'First calls, one thread, a process each',
    notes: ['Medians in ms: loading the file, everything that is compiled, the first run. × is how many times faster than tfjs-wasm. By processor: the same in processor time of all threads, which other work on the machine changes less. modules: starting Node and loading the program, before.'],
    columns: ['model', 'first', 'tfjs first', '×', '× by processor', 'modules', 'tfjs modules'],
    rows: [...rows, ['geometric mean', null, null, mean(0), mean(1), null, null]],
    absent,
  };
}
