/** Gathers what a traced run reports into a StepStats message. */
import type { LaunchTime } from '../device/device.js';
import type { StepStatsSink } from '../execute/runContext.js';
import type { NodeData } from '../graph/graphData.js';
import type { AllocationDescription, NodeExecStats, StepStats } from '../proto/index.js';
import { TraceNames } from './traceNames.js';

/** TensorFlow keeps no more. */
const maxNodes = 1 << 20;

interface Entry {
  readonly time: LaunchTime;
  readonly label: string;
  readonly bytes: number;
  /** When it was asked of its device's stream. */
  readonly turn?: number | undefined;
}

export class StatsCollector implements StepStatsSink {
  private readonly byDevice = new Map<string, Entry[]>();
  /** Copies, by their device. */
  private readonly copies = new Map<string, Entry[]>();
  private count = 0;
  private turns = 0;

  /** The step begins: TensorFlow's `_SOURCE` node, on the client's device. */
  begin(device: string): void {
    const now = performance.now() * 1000;
    this.add(device, { nodes: ['_SOURCE'], start: now, end: now }, 'NoOp', 0);
  }

  add(device: string, time: LaunchTime, label: string, bytes: number, turn?: number): void {
    this.keep(this.byDevice, device, { time, label, bytes, turn });
  }

  addCopy(device: string, time: LaunchTime, label: string, bytes: number, turn: number): void {
    this.keep(this.copies, device, { time, label, bytes, turn });
  }

  turn(): number {
    return this.turns++;
  }

  private keep(lists: Map<string, Entry[]>, device: string, entry: Entry): void {
    if (this.count >= maxNodes) return;
    this.count++;
    const list = lists.get(device) ?? [];
    lists.set(device, list);
    list.push(entry);
  }

  /** `nodeOf` tells the inputs of those that ran, for the labels. */
  stepStats(nodeOf: (name: string) => NodeData | undefined): StepStats {
    const names = new TraceNames(nodeOf, [...this.byDevice.values()].flat().map(({ time }) => time.nodes));
    const copies = [...this.copies].map(([device, list]) => [`${device}/memcpy`, betweenLaunches(list, this.byDevice.get(device) ?? [])] as const);
    return {
      devStats: [...this.byDevice, ...copies].sort(([a], [b]) => (a < b ? -1 : 1)).map(([device, entries]) => ({
        device,
        nodeStats: entries.sort((a, b) => a.time.start - b.time.start).map((entry) => nodeStats(entry, device, names)),
      })),
    };
  }
}

/**
 * Copies with the time that they can have taken: a stream does one thing after another, so a copy begins after the launches that were asked for
 * before it, and ends before those that were asked for after it. A queue that is heard of only as a whole would else stretch its copies over all of it.
 */
function betweenLaunches(copies: readonly Entry[], launches: readonly Entry[]): Entry[] {
  return copies.map((copy) => {
    let { start, end } = copy.time;
    for (const { time, turn } of launches) {
      if (turn === undefined || copy.turn === undefined) continue;
      if (turn < copy.turn) start = Math.max(start, Math.min(time.end, end));
      else end = Math.min(end, Math.max(time.start, start));
    }
    return { ...copy, time: { ...copy.time, start, end } };
  });
}

/** Devices and host tell time as `performance.now` does; StepStats want it absolute. */
function nodeStats({ time, label, bytes }: Entry, device: string, names: TraceNames): NodeExecStats {
  const { name, node } = names.root(time.nodes);
  const start = performance.timeOrigin * 1000 + time.start;
  const length = Math.max(0, time.end - time.start);
  const micros = Math.round(length);
  const nanos = Math.round(length * 1000);
  const memory = bytes === 0 ? '' : `[${allocatorOf(device)} ${megabytes(bytes)} ${megabytes(bytes)}] `;
  return {
    nodeName: name,
    timelineLabel: memory + names.label(time.nodes, label),
    allStartMicros: Math.round(start), opStartRelMicros: 0, opEndRelMicros: micros, allEndRelMicros: micros,
    allStartNanos: BigInt(Math.round(start)) * 1000n, opStartRelNanos: 0, opEndRelNanos: nanos, allEndRelNanos: nanos,
    scheduledMicros: Math.round(start), scheduledNanos: BigInt(Math.round(start)) * 1000n,
    ...(bytes === 0 ? {} : { memory: [{ allocatorName: allocatorOf(device), totalBytes: bytes, peakBytes: bytes }] }),
    output: (node?.outputs ?? (bytes === 0 ? [] : ['']))
      .map((_, slot) => ({ slot, tensorDescription: { allocationDescription: allocation(device, slot === 0 ? bytes : 0) } })),
  };
}

/** The bytes of a launch are known as a whole: its first output stands for all. */
function allocation(device: string, bytes: number): AllocationDescription {
  return { requestedBytes: bytes, allocatedBytes: bytes, allocatorName: allocatorOf(device) };
}

function allocatorOf(device: string): string {
  return device.includes('/device:CPU:') ? 'cpu' : device.replace(/^.*\/device:/, '').replace(':', '_').toLowerCase();
}

function megabytes(bytes: number): string {
  return `${(bytes / 1048576).toFixed(1)}MB`;
}
