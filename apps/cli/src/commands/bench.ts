/** `sessionflow bench`: random feeds, median and spread of the runs, time per launch with GFLOP/s and GB/s. */
import { performance } from 'node:perf_hooks';
import { Command } from 'commander';
import { HostTensor, dtypeInfo, type Graph, type Plan, type RunMetadata, type Session } from '@sessionflow/core';
import { loadModelGraph } from '../modelGraph.js';
import { openSession, type SessionFlags } from '../sessions.js';
import type { Streams } from '../streams.js';
import { tensorName } from '../tensorNames.js';
import { formatMs, median, table } from '../text.js';
import { UsageError, collect, count, deviceRequest, flagTexts, namedShape } from '../usage.js';

interface BenchFlags extends SessionFlags {
  readonly shape?: readonly string[];
  readonly device?: string;
  readonly warmup: number;
  readonly repeat: number;
  readonly json?: boolean;
}

/** One launch: how long it took (median), and how fast that is. */
interface LaunchRow {
  readonly nodes: readonly string[];
  readonly label: string;
  readonly device: string;
  readonly ms: number;
  readonly gflops: number | null;
  readonly gbps: number | null;
}

export function bench(streams: Streams): Command {
  const counted = (what: string, least: number) => (text: string): number => count(text, what, least);
  return new Command('bench')
    .description('measures a model with random feeds')
    .argument('<model>', flagTexts.model)
    .option('--shape <name=1,2,3>', 'the shape of a placeholder with unknown sizes; repeatable', collect)
    .option('--device <spec>', flagTexts.device, deviceRequest)
    .option('--soft-placement', flagTexts.softPlacement)
    .option('--config <file>', flagTexts.config)
    .option('--threads <n>', flagTexts.threads, counted('--threads', 1))
    .option('--warmup <n>', 'runs before measuring', counted('--warmup', 0), 5)
    .option('--repeat <n>', 'measured runs', counted('--repeat', 1), 20)
    .option('--json', 'print JSON')
    .action((path: string, flags: BenchFlags) => benchModel(path, flags, streams));
}

async function benchModel(path: string, flags: BenchFlags, streams: Streams): Promise<void> {
  const { model, graph } = await loadModelGraph(path, { device: flags.device, shapes: (flags.shape ?? []).map(namedShape) });
  const feeds = new Map(model.inputs.map((name) => [tensorName(name), randomFeed(graph, tensorName(name))]));
  const fetches = model.outputs.map(tensorName);
  await using session = await openSession(graph, flags, streams);
  const start = performance.now();
  const plan = await session.plan(fetches, feeds);
  const planMs = performance.now() - start;
  for (let i = 0; i < flags.warmup; i++) await session.run(fetches, feeds);
  const runMs: number[] = [];
  for (let i = 0; i < flags.repeat; i++) {
    const before = performance.now();
    await session.run(fetches, feeds);
    runMs.push(performance.now() - before);
  }
  const launches = await launchTimes(session, fetches, feeds, plan, Math.min(flags.repeat, 5));
  const sorted = [...runMs].sort((a, b) => a - b);
  const report = {
    plan_ms: planMs, median_ms: median(runMs), min_ms: sorted[0] ?? 0, p90_ms: sorted[Math.floor((sorted.length - 1) * 0.9)] ?? 0, runs: runMs.length, ops: launches,
  };
  if (flags.json === true) {
    streams.out(`${JSON.stringify(report)}\n`);
    return;
  }
  const rate = (value: number | null): string => (value === null ? '' : value.toFixed(1));
  streams.out(`plan ${formatMs(report.plan_ms)}; run median ${formatMs(report.median_ms)}, min ${formatMs(report.min_ms)}, p90 ${formatMs(report.p90_ms)} (${report.runs} runs)\n`);
  streams.out(`${table([['ms', 'GFLOP/s', 'GB/s', 'op', 'nodes'], ...launches.map((row) => [row.ms.toFixed(3), rate(row.gflops), rate(row.gbps), row.label, shortNodes(row.nodes)])])}\n`);
}

/** The nodes of a launch for a narrow column: last parts of their names, and how many more there are. */
function shortNodes(nodes: readonly string[]): string {
  const shown = nodes.slice(0, 2).map((name) => clip(name.slice(name.lastIndexOf('/') + 1)));
  return nodes.length > shown.length ? `${shown.join(' ')} … ${nodes.length - shown.length} more` : shown.join(' ');
}

function clip(name: string): string {
  return name.length <= 32 ? name : `${name.slice(0, 31)}…`;
}

/** Uniform values in the natural range of the dtype. Sizes that the model leaves open must be given. */
function randomFeed(graph: Graph, name: string): HostTensor {
  const { shape, dtype } = graph.getTensorByName(name);
  if (shape === null || shape.slice(1).includes(null)) {
    throw new UsageError(`placeholder ${name} has shape ${shape === null ? 'unknown' : `[${shape.map((dim) => dim ?? '?').join(',')}]`}: give one with --shape ${name.replace(/:0$/, '')}=…`);
  }
  const known = shape.map((dim) => dim ?? 1);
  const size = known.reduce((product, dim) => product * dim, 1);
  const kind = dtypeInfo[dtype].kind;
  if (kind === 'object' || kind === 'complex') throw new UsageError(`placeholder ${name} is ${dtype}: bench makes no random values of that dtype`);
  const values = Array.from({ length: size }, () => (kind === 'float' ? Math.random() : kind === 'bool' ? Number(Math.random() < 0.5) : Math.floor(Math.random() * 256)));
  return HostTensor.from(kind === 'bool' ? values.map((value) => value === 1) : values, { dtype: dtype, shape: known });
}

async function launchTimes(session: Session, fetches: readonly string[], feeds: ReadonlyMap<string, HostTensor>, plan: Plan, repeat: number): Promise<LaunchRow[]> {
  const times = new Map<string, { device: string; label: string; micros: number[] }>();
  for (let i = 0; i < repeat; i++) {
    const metadata: RunMetadata = {};
    await session.run(fetches, feeds, { options: { traceLevel: 'FULL_TRACE' }, metadata });
    for (const { device = '', nodeStats = [] } of metadata.stepStats?.devStats ?? []) {
      for (const stats of nodeStats) {
        const name = stats.nodeName ?? '';
        const entry = times.get(name) ?? { device, label: /= (.*)\(/.exec(stats.timelineLabel ?? '')?.[1] ?? '', micros: [] };
        times.set(name, entry);
        entry.micros.push(Number(stats.opEndRelNanos ?? 0) / 1000);
      }
    }
  }
  const work = workOf(plan);
  return [...times].map(([name, { device, label, micros }]): LaunchRow => {
    const us = median(micros);
    const known = work.get(name);
    return {
      nodes: known?.nodes ?? [name], label, device, ms: us / 1000,
      gflops: known === undefined || known.flops === 0 || us === 0 ? null : known.flops / us / 1000,
      gbps: known === undefined || us === 0 ? null : known.bytes / us / 1000,
    };
  });
}

/** Floating-point operations and bytes of every launch, by its root node. */
function workOf(plan: Plan): Map<string, { nodes: readonly string[]; flops: number; bytes: number }> {
  const work = new Map<string, { nodes: readonly string[]; flops: number; bytes: number }>();
  for (const step of plan.steps) {
    if (step.kind !== 'run') continue;
    const slots = plan.devices.find((device) => device.device === step.device)?.slots ?? [];
    for (const { nodes, program, slots: used } of step.launches) {
      work.set(nodes[0] ?? '', { nodes, flops: program.flops, bytes: used.reduce((sum, slot) => sum + (slots[slot]?.bytes ?? 0), 0) });
    }
  }
  return work;
}
