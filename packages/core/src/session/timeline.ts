/** Step stats as a Chrome trace: open the text in `chrome://tracing` or Perfetto. */
import { checkKeys, shownValue } from '../options.js';
import { printText, TensorDescription, type DeviceStepStats, type NodeExecStats, type NodeOutput, type StepStats } from '../proto/index.js';

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

/** A tensor that a node gave, while it is alive. */
interface TrackedTensor {
  readonly name: string;
  readonly pid: number;
  readonly id: number;
  readonly allocator: string;
  readonly bytes: number;
  readonly created: number;
  /** Where and when it was made: an arrow begins there. */
  readonly end: number;
  readonly lane: Lane;
  lastUse: number;
}

interface Lane {
  readonly pid: number;
  readonly tid: number;
}

/** One node of one device, and where it is drawn. */
interface PlacedNode {
  readonly stats: NodeExecStats;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly lane: Lane;
}

interface PlacedDevice {
  readonly device: string;
  readonly tensorPid: number;
  readonly nodes: readonly PlacedNode[];
}

/** Reads a `StepStats` message as `run` puts it into its metadata. What it writes is what TensorFlow 1's `timeline.Timeline` writes. */
export class Timeline {
  /** TypeError for what is no StepStats: the metadata of a run that was not traced has none. */
  constructor(private readonly stepStats: StepStats) {
    if (Object(stepStats) !== stepStats) throw new TypeError(`Timeline takes StepStats, but got ${shownValue(stepStats)}. Was the run traced (traceLevel)?`);
  }

  /** JSON text, indented by 4. */
  generateChromeTraceFormat(options: TraceOptions = {}): string {
    return this.analyzeStepStats({ showMemory: false, ...options }).chromeTrace;
  }

  /** The trace, and (with `showMemory`) the most that each allocator held. */
  analyzeStepStats(options: TraceOptions = {}): { chromeTrace: string; allocatorMaximums: ReadonlyMap<string, AllocatorMaximum> } {
    checkKeys('A trace', options, ['showDataflow', 'showMemory']);
    const { showDataflow = true, showMemory = true } = options;
    const events: TraceEvent[] = [];
    const emit = (event: TraceEvent): void => { events.push(event); };
    const devices = (this.stepStats.devStats ?? []).map(placedDevice);
    const processes = [['Allocators', 0], ...devices.flatMap(({ device, tensorPid }) => [[`${device} Compute`, tensorPid - 1], [`${device} Tensors`, tensorPid]])];
    const tensors = trackedTensors(devices, showMemory ? emit : () => undefined);
    let flows = 0;
    for (const { device, nodes } of devices) {
      for (const node of nodes) {
        emit(operationEvent(node, device));
        for (const [name, tensor] of usedTensors(node, device, tensors)) {
          tensor.lastUse = Math.max(tensor.lastUse, node.end - 1);
          if (!showDataflow || isSame(tensor.lane, node.lane)) continue;
          const id = flows++;
          emit({ ...event('s', 'DataFlow', name, tensor.lane, tensor.end), id });
          emit({ ...event('t', 'DataFlow', name, node.lane, node.start), id });
        }
      }
    }
    const allocatorMaximums = showMemory ? memoryCounters(tensors, emit) : new Map<string, AllocatorMaximum>();
    const metadata = processes.map(([name, pid]) => ({ name: 'process_name', ph: 'M', pid, args: { name } }));
    return { chromeTrace: JSON.stringify({ traceEvents: [...metadata, ...events] }, null, 4), allocatorMaximums };
  }
}

function event(ph: string, cat: string, name: string, { pid, tid }: Lane, ts: number): TraceEvent {
  return { ph, cat, name, pid, tid, ts };
}

function isSame(a: Lane, b: Lane): boolean {
  return a.pid === b.pid && a.tid === b.tid;
}

/** The nodes of a device in lanes: each in the first lane whose last node ended before it began. */
function placedDevice({ device = '', nodeStats = [] }: DeviceStepStats, index: number): PlacedDevice {
  const pid = 1 + 2 * index;
  const lanes: number[] = [0];
  const nodes = nodeStats.map((stats): PlacedNode => {
    const start = Number(stats.allStartMicros ?? 0);
    const end = start + Number(stats.allEndRelMicros ?? 0);
    let tid = lanes.findIndex((last) => last < start);
    if (tid < 0) tid = lanes.length;
    lanes[tid] = end;
    return { stats, name: stats.nodeName ?? '', start, end, lane: { pid, tid } };
  });
  return { device, tensorPid: pid + 1, nodes };
}

/** Every output of every node by the name that labels have for it: the node's own, for those after the first with `:index`. */
function trackedTensors(devices: readonly PlacedDevice[], emit: (event: TraceEvent) => void): Map<string, TrackedTensor> {
  const tensors = new Map<string, TrackedTensor>();
  for (const { tensorPid, nodes } of devices) {
    for (const { stats, name: node, start, end, lane } of nodes) {
      for (const [index, output] of (stats.output ?? []).entries()) {
        const name = index === 0 ? node : `${node}:${index}`;
        const { requestedBytes = 0, allocatorName = '' } = output.tensorDescription?.allocationDescription ?? {};
        const tensor: TrackedTensor = { name, pid: tensorPid, id: tensors.size, allocator: allocatorName, bytes: Number(requestedBytes), created: start, end, lane, lastUse: end };
        tensors.set(name, tensor);
        const place = { pid: tensorPid, tid: lane.tid };
        emit({ ...event('N', 'Tensor', name, place, start), id: tensor.id });
        emit({ ...event('O', 'Tensor', name, place, end - 1), id: tensor.id, args: { snapshot: { tensor_description: descriptionOf(output) } } });
      }
    }
  }
  return tensors;
}

function descriptionOf({ tensorDescription = {} }: NodeOutput): string {
  return printText(TensorDescription, tensorDescription).replaceAll('"', '');
}

/** What a node read, as far as it is known who made it, by name. */
function usedTensors({ stats, name: node }: PlacedNode, device: string, tensors: ReadonlyMap<string, TrackedTensor>): (readonly [string, TrackedTensor])[] {
  if (isPseudo(device) || node === 'RecvTensor') return [];
  return parseLabel(stats).inputs.flatMap((input) => {
    // What came from another device has the name of its Recv: that of the tensor, and a number.
    const cut = input.lastIndexOf('/_');
    const name = tensors.has(input) || cut <= 0 ? input : input.slice(0, cut);
    const tensor = tensors.get(name);
    return tensor === undefined ? [] : [[name, tensor] as const];
  });
}

/** Devices that only repeat what others did. */
function isPseudo(device: string): boolean {
  return device.includes('/stream:') || device.includes('/memcpy');
}

function parseLabel({ nodeName, timelineLabel = '' }: NodeExecStats): { op: string; inputs: readonly string[] } {
  if (nodeName === 'RecvTensor') return { op: 'RecvTensor', inputs: [] };
  const [, , op = '', inputs = ''] = /^(.*) = (.*)\((.*)\)/.exec(timelineLabel) ?? ['', '', 'unknown'];
  return { op, inputs: inputs === '' ? [] : inputs.split(', ') };
}

function operationEvent({ stats, name, start, end, lane }: PlacedNode, device: string): TraceEvent {
  const { op, inputs } = parseLabel(stats);
  const [node = '', kind = 'unknown'] = name.split(':');
  const args = isPseudo(device) ? { name: node, op: kind } : { name, op, ...Object.fromEntries(inputs.map((input, i) => [`input${i}`, input])) };
  return { ...event('X', 'Op', args.op, lane, start), dur: end - start, args };
}

/** Tells the end of every tensor, and how much each allocator held from change to change; the most of each. */
function memoryCounters(tensors: ReadonlyMap<string, TrackedTensor>, emit: (event: TraceEvent) => void): Map<string, AllocatorMaximum> {
  const changes = new Map<string, { readonly at: number; readonly bytes: number; readonly name: string }[]>();
  for (const { name, pid, id, allocator, bytes, created, lastUse } of tensors.values()) {
    emit({ ...event('D', 'Tensor', name, { pid, tid: 0 }, lastUse), id });
    const list = changes.get(allocator) ?? [];
    changes.set(allocator, list);
    list.push({ at: created, bytes, name }, { at: lastUse, bytes: -bytes, name });
  }
  const maximums = new Map<string, AllocatorMaximum>();
  for (const [allocator, list] of changes) {
    let total = 0;
    const live = new Set<string>();
    let most: AllocatorMaximum = { timestamp: 0, numBytes: 0, tensors: new Set() };
    list.sort((a, b) => a.at - b.at || a.bytes - b.bytes || (a.name < b.name ? -1 : Number(a.name > b.name)));
    for (const { at, bytes, name } of list) {
      total += bytes;
      if (bytes < 0) live.delete(name);
      else live.add(name);
      if (total > most.numBytes) most = { timestamp: at, numBytes: total, tensors: new Set(live) };
      emit({ ...event('C', 'Memory', allocator, { pid: 0, tid: 0 }, at), args: { [allocator]: total } });
    }
    maximums.set(allocator, most);
  }
  return maximums;
}
