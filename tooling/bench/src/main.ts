/** `pnpm bench [section…]`: Sessionflow beside tfjs-wasm and ONNX Runtime in one process. Progress goes to stderr, tables (or JSON) to stdout. */
import { Command, InvalidArgumentError } from 'commander';
import { machine } from './machine.js';
import { processorClock, wallClock } from './measure.js';
import { printSection, type Section } from './report.js';
import { elementwiseSections } from './sections/elementwise.js';
import { matmulSections } from './sections/matmul.js';
import { modelsSections } from './sections/models.js';
import { overheadSections } from './sections/overhead.js';
import type { Settings } from './settings.js';

const sections: Readonly<Record<string, (settings: Settings) => AsyncIterable<Section>>> = {
  matmul: matmulSections,
  elementwise: elementwiseSections,
  models: modelsSections,
  overhead: overheadSections,
};

interface Flags {
  readonly threads: number;
  readonly repeat: number;
  readonly warmup: number;
  readonly model?: string;
  readonly cpu?: boolean;
  readonly json?: boolean;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number from 1 on.');
  return value;
}

async function bench(names: readonly string[], { threads, repeat, warmup, model, cpu = false, json = false }: Flags): Promise<void> {
  const chosen = names.length === 0 || names.includes('all') ? Object.keys(sections) : names;
  const unknown = chosen.find((name) => !Object.hasOwn(sections, name));
  if (unknown !== undefined) throw new Error(`there is no section '${unknown}'. There are: ${Object.keys(sections).join(', ')}, all`);
  const log = (line: string): void => { process.stderr.write(`… ${line}\n`); };
  const settings: Settings = { threads, repeat, warmupMs: warmup, sampleMs: 2, clock: cpu ? processorClock : wallClock, model, log };
  if (!json) process.stdout.write(`${machine()}${cpu ? '; all times are processor time of all threads' : ''}\n\n`);
  const done: Section[] = [];
  for (const name of chosen) {
    for await (const section of sections[name]!(settings)) {
      done.push(section);
      if (!json) process.stdout.write(`${printSection(section)}\n`);
    }
  }
  if (json) process.stdout.write(`${JSON.stringify({ machine: machine(), clock: cpu ? 'processor' : 'wall', sections: done }, null, 2)}\n`);
}

await new Command('bench')
  .description('Sessionflow beside tfjs-wasm and ONNX Runtime, measured in turn in one process')
  .argument('[sections...]', `${Object.keys(sections).join(', ')} or all`)
  .option('--threads <n>', 'threads of the second Sessionflow column', count, 2)
  .option('--repeat <n>', 'samples of each program', count, 15)
  .option('--warmup <ms>', 'each program first runs this long', count, 300)
  .option('--model <name>', 'only models whose name holds this')
  .option('--cpu', 'compare processor time, not the clock: for a machine that is busy with other work')
  .option('--json', 'print JSON')
  .action(bench)
  .parseAsync();
