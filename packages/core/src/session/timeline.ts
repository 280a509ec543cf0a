/** Step stats as a Chrome trace: open the text in `chrome://tracing` or Perfetto. */
import type { AllocationDescription, NodeExecStats, StepStats } from '../proto/index.js';

export interface TraceOptions {
  /** Arrows from producers to consumers. */
  readonly showDataflow?: boolean;
  /** Tensors as objects and allocators as counters. */
  readonly showMemory?: boolean;
}

/** The most that an allocator held. */
export interface AllocatorMaximum {
  readonly timestamp: number;
  readonly numBytes: number;
  readonly tensors: ReadonlySet<string>;
}

interface TraceEvent {
  [key: string]: unknown;
}

interface TensorInfo {
  readonly name: string;
  readonly pid: number;
  readonly id: number;
  readonly allocator: string;
  readonly bytes: number;
  readonly created: number;
  lastUse: number;
}

interface Placed {
  readonly pid: number;
  readonly tid: number;
  readonly stats: NodeExecStats;
}

/** Reads a `StepStats` message as `run` puts it into its metadata. */
export class Timeline {
  private events: TraceEvent[] = [];
  private metadata: TraceEvent[] = [];
  private nextId = 0;

  constructor(private readonly stepStats: StepStats) {}

  /** JSON text, indented by 4. */
  generateChromeTraceFormat({ showDataflow = true, showMemory = false }: TraceOptions = {}): string {
    return this.analyzeStepStats({ showDataflow, showMemory }).chromeTrace;
  }

  /** The trace, and the most that each allocator held. */
  analyzeStepStats({ showDataflow = true, showMemory = true }: TraceOptions = {}): { chromeTrace: string; allocatorMaximums: ReadonlyMap<string, AllocatorMaximum> } {
    this.events = [];
    this.metadata = [];
    this.nextId = 0;
    const devices = (this.stepStats.devStats ?? []).map((dev, i) => ({ ...dev, device: dev.device ?? '', computePid: 1 + 2 * i, tensorPid: 2 + 2 * i }));
    this.processName('Allocators', 0);
    for (const { device, computePid, tensorPid } of devices) {
      this.processName(`${device} Compute`, computePid);
      this.processName(`${device} Tensors`, tensorPid);
    }
    const tensors = this.tensorsOf(devices);
    const maximums = allocations(tensors, (event) => { if (showMemory) this.events.push(event); });
    const nodes = new Map<string, Placed>();
    for (const { device, nodeStats = [], computePid } of devices) {
      const lanes: number[] = [0];
      for (const stats of nodeStats) {
        const start = Number(stats.allStartMicros ?? 0);
        const end = start + Number(stats.allEndRelMicros ?? 0);
        let tid = lanes.findIndex((last) => last < start);
        if (tid < 0) tid = lanes.length;
        lanes[tid] = end;
        nodes.set(stats.nodeName ?? '', { pid: computePid, tid, stats });
        this.events.push(opEvent(stats, device, computePid, tid));
      }
    }
    for (const { device, nodeStats = [] } of devices) {
      if (isPseudo(device)) continue;
      for (const stats of nodeStats) this.showInputs(stats, nodes, tensors, showDataflow);
    }
    if (showMemory) this.showTensors(tensors);
    return { chromeTrace: JSON.stringify({ traceEvents: [...this.metadata, ...this.events] }, null, 4), allocatorMaximums: maximums };
  }

  private processName(name: string, pid: number): void {
    this.metadata.push({ name: 'process_name', ph: 'M', pid, args: { name } });
  }

  private tensorsOf(devices: readonly { readonly nodeStats?: readonly NodeExecStats[]; readonly device: string; readonly tensorPid: number }[]): Map<string, TensorInfo> {
    const tensors = new Map<string, TensorInfo>();
    for (const { nodeStats = [], device, tensorPid } of devices) {
      if (isPseudo(device)) continue;
      for (const stats of nodeStats) {
        const created = Number(stats.allStartMicros ?? 0);
        const end = created + Number(stats.allEndRelMicros ?? 0);
        for (const { slot = 0, tensorDescription } of stats.output ?? []) {
          const description: AllocationDescription = tensorDescription?.allocationDescription ?? {};
          const bytes = Number(description.requestedBytes ?? 0);
          if (bytes <= 0) continue;
          const name = slot === 0 ? (stats.nodeName ?? '') : `${stats.nodeName ?? ''}:${slot}`;
          tensors.set(name, { name, pid: tensorPid, id: this.nextId++, allocator: description.allocatorName ?? '', bytes, created, lastUse: end });
        }
      }
    }
    return tensors;
  }

  private showInputs(stats: NodeExecStats, nodes: ReadonlyMap<string, Placed>, tensors: ReadonlyMap<string, TensorInfo>, showDataflow: boolean): void {
    const to = nodes.get(stats.nodeName ?? '');
    if (to === undefined) return;
    const start = Number(stats.allStartMicros ?? 0);
    for (const input of parseLabel(stats).inputs) {
      const tensor = tensors.get(input);
      if (tensor !== undefined) tensor.lastUse = Math.max(tensor.lastUse, start);
      const name = input.replace(/:\d+$/, '').replace(/^\^/, '');
      // A node that was copied for another device is named after its original.
      const from = nodes.get(name) ?? nodes.get(name.slice(0, Math.max(0, name.lastIndexOf('/_'))));
      if (!showDataflow || from === undefined || (from.pid === to.pid && from.tid === to.tid)) continue;
      const id = this.nextId++;
      const ended = Number(from.stats.allStartMicros ?? 0) + Number(from.stats.allEndRelMicros ?? 0);
      this.events.push({ name: input, cat: 'DataFlow', ph: 's', pid: from.pid, tid: from.tid, ts: ended, id });
      this.events.push({ name: input, cat: 'DataFlow', ph: 't', pid: to.pid, tid: to.tid, ts: start, id });
    }
  }

  private showTensors(tensors: ReadonlyMap<string, TensorInfo>): void {
    for (const { name, pid, id, created, lastUse, bytes, allocator } of tensors.values()) {
      const base = { cat: 'Tensor', name, pid, tid: 0, id };
      this.events.push({ ...base, ph: 'N', ts: created });
      this.events.push({ ...base, ph: 'O', ts: lastUse - 1, args: { snapshot: { tensor_description: `${bytes} bytes by ${allocator}` } } });
      this.events.push({ ...base, ph: 'D', ts: lastUse });
    }
  }
}

/** Devices that only repeat what others did. */
function isPseudo(device: string): boolean {
  return device.includes('/stream:') || device.includes('/memcpy');
}

function parseLabel(stats: NodeExecStats): { op: string; inputs: readonly string[] } {
  if (stats.nodeName === 'RecvTensor') return { op: 'RecvTensor', inputs: [] };
  const match = /(.*) = (.*)\((.*)\)/.exec(stats.timelineLabel ?? '');
  if (match === null) return { op: 'unknown', inputs: [] };
  const inputs = match[3] ?? '';
  return { op: match[2] ?? '', inputs: inputs === '' ? [] : inputs.split(', ') };
}

function opEvent(stats: NodeExecStats, device: string, pid: number, tid: number): TraceEvent {
  let name = stats.nodeName ?? '';
  let { op } = parseLabel(stats);
  const args: Record<string, string> = {};
  if (isPseudo(device)) {
    const [node = '', kind = 'unknown'] = name.split(':');
    name = node;
    op = kind;
  } else parseLabel(stats).inputs.forEach((input, i) => { args[`input${i}`] = input; });
  return {
    name: op, cat: 'Op', ph: 'X', pid, tid, ts: Number(stats.allStartMicros ?? 0), dur: Number(stats.allEndRelMicros ?? 0),
    args: { name, op, ...args },
  };
}

/** Walks creations and last uses in time: a counter per allocator, and what each held at most. */
function allocations(tensors: ReadonlyMap<string, TensorInfo>, emit: (event: TraceEvent) => void): Map<string, AllocatorMaximum> {
  const maximums = new Map<string, AllocatorMaximum>();
  const all = [...tensors.values()];
  for (const allocator of new Set(all.map((tensor) => tensor.allocator))) {
    const list = all.filter((tensor) => tensor.allocator === allocator);
    const changes = list.flatMap((tensor) => [{ at: tensor.created, tensor, sign: 1 }, { at: tensor.lastUse, tensor, sign: -1 }]).sort((a, b) => a.at - b.at || b.sign - a.sign);
    const live = new Set<string>();
    let bytes = 0;
    for (const { at, tensor, sign } of changes) {
      bytes += sign * tensor.bytes;
      if (sign > 0) live.add(tensor.name);
      else live.delete(tensor.name);
      if (bytes > (maximums.get(allocator)?.numBytes ?? 0)) maximums.set(allocator, { timestamp: at, numBytes: bytes, tensors: new Set(live) });
      emit({ name: allocator, cat: 'Memory', ph: 'C', pid: 0, ts: at, args: { [allocator]: bytes } });
    }
  }
  return maximums;
}
