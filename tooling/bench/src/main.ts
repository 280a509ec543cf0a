/** `pnpm bench [section…]`: Sessionflow beside tfjs-wasm and ONNX Runtime in one process. Progress goes to stderr, tables (or JSON) to stdout. */
import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { machine } from './machine.js';
import { processorClock, wallClock } from './measure.js';
import { printSection, type Section } from './report.js';
import { elementwiseSections } from './sections/elementwise.js';
import { firstSections } from './sections/first.js';
import { kernelSections } from './sections/kernels.js';
import { matmulSections } from './sections/matmul.js';
import { modelsSections, zooSections } from './sections/models.js';
import { overheadSections } from './sections/overhead.js';
import { placementSections } from './sections/placement.js';
import { rowsSections } from './sections/rows.js';
import { threadsSections } from './sections/threads.js';
import { webgpuModelsSections, webgpuSections } from './sections/webgpu.js';
import type { Settings } from './settings.js';

const sections: Readonly<Record<string, (settings: Settings) => AsyncIterable<Section>>> = {
  matmul: matmulSections,
  kernels: kernelSections,
  elementwise: elementwiseSections,
  rows: rowsSections,
  threads: threadsSections,
  models: modelsSections,
  zoo: zooSections,
  first: firstSections,
  overhead: overheadSections,
  placement: placementSections,
  webgpu: webgpuSections,
  'webgpu-models': webgpuModelsSections,
};

/** Those that take minutes are run when they are asked for. */
const apart: ReadonlySet<string> = new Set(['zoo', 'first', 'webgpu', 'webgpu-models']);

interface Flags {
  readonly threads: number;
  readonly repeat: number;
  readonly warmup: number;
  readonly model?: string;
  readonly onnx?: string;
  readonly tensorflow?: string;
  readonly cpu?: boolean;
  readonly softwareGpu?: boolean;
  /** true: to standard output; else a file. */
  readonly json?: boolean | string;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number from 1 on.');
  return value;
}

async function bench(names: readonly string[], { threads, repeat, warmup, model, onnx, tensorflow, cpu = false, softwareGpu = false, json }: Flags): Promise<void> {
  const chosen = names.length === 0 || names.includes('all') ? Object.keys(sections).filter((name) => !apart.has(name)) : names;
  const unknown = chosen.find((name) => !Object.hasOwn(sections, name));
  if (unknown !== undefined) throw new Error(`there is no section '${unknown}'. There are: ${Object.keys(sections).join(', ')}, all`);
  const log = (line: string): void => { process.stderr.write(`… ${line}\n`); };
  const settings: Settings = { threads, repeat, warmupMs: warmup, sampleMs: 5, clock: cpu ? processorClock : wallClock, models: model?.split(',') ?? [], onnx, tensorflow, softwareGpu, log };
  const prints = json !== true;
  if (prints) process.stdout.write(`${machine()}${cpu ? '; all times are processor time of all threads' : ''}\n\n`);
  const done: Section[] = [];
  for (const name of chosen) {
    for await (const section of sections[name]!(settings)) {
      done.push(section);
      if (prints) process.stdout.write(`${printSection(section)}\n`);
    }
  }
  const report = `${JSON.stringify({ machine: machine(), clock: cpu ? 'processor' : 'wall', sections: done }, null, 2)}\n`;
  if (json === true) process.stdout.write(report);
  else if (typeof json === 'string') await writeFile(json, report);
}

await new Command('bench')
  .description('Sessionflow beside tfjs-wasm and ONNX Runtime, measured in turn in one process')
  .argument('[sections...]', `${Object.keys(sections).join(', ')}; all but ${[...apart].join(', ')} when none is given`)
  .option('--threads <n>', 'threads of the second Sessionflow column', count, 2)
  .option('--repeat <n>', 'samples of each program', count, 15)
  .option('--warmup <ms>', 'each program first runs this long', count, 300)
  .option('--model <name>', 'only models, or kernels, whose name holds this (or one of these: a,b)')
  .option('--onnx <dir>', 'zoo: also measure <dir>/<model>.onnx in ONNX Runtime native (see native/zoo_native.py)')
  .option('--tensorflow <file>', 'zoo: also print what native/zoo_native.py measured')
  .option('--cpu', 'compare processor time, not the clock: for a machine that is busy with other work')
  .option('--software-gpu', 'webgpu: on Chromium\'s own adapter that computes on the CPU')
  .option('--json [file]', 'write JSON: to the file, else to standard output instead of the tables')
  .action(bench)
  .parseAsync();
