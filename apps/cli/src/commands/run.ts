/** `sessionflow run`: feeds from .npy files, fetches to .npy files. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Command } from 'commander';
import { InvalidArgumentError, Timeline, type HostTensor, type Plan, type RunMetadata } from '@sessionflow/core';
import { readNpyFile, writeNpy } from '@sessionflow/io/node';
import { loadModelGraph } from '../modelGraph.js';
import { openSession, type SessionFlags } from '../sessions.js';
import type { Streams } from '../streams.js';
import { fileOf, tensorName } from '../tensorNames.js';
import { formatMs, median } from '../text.js';
import { UsageError, collect, count, deviceRequest, flagTexts, namedShape, splitAssignment } from '../usage.js';

interface RunFlags extends SessionFlags {
  readonly feed?: readonly string[];
  readonly fetch?: readonly string[];
  readonly shape?: readonly string[];
  readonly out?: string;
  readonly trace?: string;
  readonly device?: string;
  readonly repeat: number;
  readonly json?: boolean;
}

export function run(streams: Streams): Command {
  return new Command('run')
    .description('runs a model')
    .argument('<model>', flagTexts.model)
    .option('--feed <name=file.npy>', 'a value for an input, from a NumPy file; repeatable', collect)
    .option('--fetch <name>', 'a tensor to compute (default: all outputs); repeatable', collect)
    .option('--shape <name=1,2,3>', 'the shape of a placeholder; repeatable', collect)
    .option('--out <dir>', 'write each result to a .npy file in this folder')
    .option('--trace <file>', 'write a trace of the last run: for chrome://tracing or Perfetto')
    .option('--device <spec>', flagTexts.device, deviceRequest)
    .option('--soft-placement', flagTexts.softPlacement)
    .option('--log-device-placement', flagTexts.logDevicePlacement)
    .option('--config <file>', flagTexts.config)
    .option('--threads <n>', flagTexts.threads, (text: string) => count(text, '--threads'))
    .option('--repeat <n>', 'how often to run', (text: string) => count(text, '--repeat'), 1)
    .option('--json', 'print one JSON object on stdout; everything else goes to stderr')
    .action((path: string, flags: RunFlags) => runModel(path, flags, streams));
}

async function runModel(path: string, flags: RunFlags, streams: Streams): Promise<void> {
  const json = flags.json === true;
  const say = (text: string): void => { streams[json ? 'err' : 'out'](`${text}\n`); };
  const { model, graph } = await loadModelGraph(path, { device: flags.device, shapes: (flags.shape ?? []).map(namedShape) });
  const feeds = new Map<string, HostTensor>();
  for (const feed of flags.feed ?? []) {
    const [name, file] = splitAssignment(feed, '--feed');
    if (feeds.has(tensorName(name))) throw new UsageError(`--feed names '${tensorName(name)}' twice`);
    feeds.set(tensorName(name), await readNpyFile(file));
  }
  const asked = flags.fetch ?? model.outputs;
  if (asked.length === 0) throw new InvalidArgumentError(`${path}: no outputs are known; name what to fetch with --fetch`);
  if (flags.out !== undefined) checkFiles(asked);
  const fetches = asked.map(tensorName);
  await using session = await openSession(graph, flags, streams, json ? 'err' : 'out');
  const planStart = performance.now();
  const hinted = (error: unknown): never => { throw withHint(error, model.inputs); };
  const plan = await session.plan(fetches, feeds).catch(hinted);
  const planMs = performance.now() - planStart;
  const runMs: number[] = [];
  const metadata: RunMetadata = {};
  let results: readonly HostTensor[] = [];
  for (let i = 0; i < flags.repeat; i++) {
    const start = performance.now();
    const traced = flags.trace !== undefined && i === flags.repeat - 1;
    results = (await session.run(fetches, feeds, traced ? { options: { traceLevel: 'FULL_TRACE' }, metadata } : {}).catch(hinted)) as readonly HostTensor[];
    runMs.push(performance.now() - start);
  }
  if (flags.trace !== undefined) await writeFile(flags.trace, new Timeline(metadata.stepStats ?? {}).generateChromeTraceFormat({ showMemory: true }));
  const report: Record<string, { dtype: string; shape: readonly number[]; file: string | null }> = {};
  if (flags.out !== undefined) await mkdir(flags.out, { recursive: true });
  for (const [i, name] of asked.entries()) {
    const value = results[i];
    if (value === undefined) continue;
    const file = flags.out === undefined ? null : fileOf(name);
    if (flags.out !== undefined && file !== null) await writeFile(join(flags.out, file), writeNpy(value));
    report[name] = { dtype: value.dtype, shape: value.shape, file };
    if (!json) say(`${name}: ${value.dtype} [${value.shape.join(', ')}] ${summary(value)}${file === null ? '' : ` → ${join(flags.out ?? '', file)}`}`);
  }
  const devices = nodesByDevice(plan);
  if (json) streams.out(`${JSON.stringify({ fetches: report, plan_ms: planMs, run_ms: runMs, devices })}\n`);
  else {
    say(`plan ${formatMs(planMs)}, run ${formatMs(median(runMs))}${runMs.length > 1 ? ` (median of ${runMs.length})` : ''}`);
    for (const [device, nodes] of Object.entries(devices)) say(`${device}: ${nodes} nodes`);
  }
}

/** The error about a missing feed, with how to give one. */
function withHint(error: unknown, inputs: readonly string[]): unknown {
  if (!(error instanceof InvalidArgumentError) || !error.message.startsWith('You must feed')) return error;
  return new InvalidArgumentError(`${error.message.trim()}. Give it with --feed NAME=FILE.npy (inputs of the model: ${inputs.join(', ')}), or let \`sessionflow bench\` fill them with random numbers`, { cause: error });
}

/** Two names may stand for one file (`a/b` and `a_b`): neither may silently win. */
function checkFiles(names: readonly string[]): void {
  const byFile = new Map<string, string>();
  for (const name of new Set(names)) {
    const other = byFile.get(fileOf(name));
    if (other !== undefined) throw new InvalidArgumentError(`'${other}' and '${name}' would both be written to ${fileOf(name)}: fetch them in two calls`);
    byFile.set(fileOf(name), name);
  }
}

/** Nodes that each device runs. */
function nodesByDevice(plan: Plan): Record<string, number> {
  const nodes = new Map<string, Set<string>>();
  const add = (device: string, names: readonly string[]): void => {
    const set = nodes.get(device) ?? new Set<string>();
    nodes.set(device, set);
    for (const name of names) set.add(name);
  };
  for (const step of plan.steps) {
    if (step.kind === 'run') for (const launch of step.launches) add(step.device, launch.nodes);
    else if (step.kind === 'host') add(step.device, step.nodes);
    else if (step.kind === 'control') add(step.device, [step.node.name]);
  }
  for (const [name, device] of plan.later?.graph.placement ?? []) {
    if (plan.later?.graph.nodes.get(name)?.op !== '_Arg' && plan.later?.graph.nodes.get(name)?.op !== 'Const') add(device, [name]);
  }
  return Object.fromEntries([...nodes].map(([device, names]) => [device, names.size]));
}

/** First values of small tensors, range and mean of others. */
function summary(value: HostTensor): string {
  if (value.size <= 8) return `= ${JSON.stringify(value.toArray(), (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item))}`;
  if (value.dtype === 'string' || value.dtype === 'resource' || value.dtype === 'variant') return '';
  let low = Infinity;
  let high = -Infinity;
  let sum = 0;
  for (const item of value.flat()) {
    const number = Number(item);
    low = Math.min(low, number);
    high = Math.max(high, number);
    sum += number;
  }
  return `min ${low.toPrecision(6)} max ${high.toPrecision(6)} mean ${(sum / value.size).toPrecision(6)}`;
}
