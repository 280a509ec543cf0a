/** A placement as the view reads it: the explanation of core, its functions' bodies beside the main graph, edges at the nodes that they enter. */
import type { ExplainedCopy, ExplainedDevice, ExplainedHostCopy, ExplainedNode, GraphExplanation, PlacementExplanation } from '@sessionflow/core';

export interface PlacementReport {
  /** What was placed: a model's name. */
  readonly title: string;
  readonly devices: readonly ExplainedDevice[];
  readonly absent: PlacementExplanation['absent'];
  readonly warnings: PlacementExplanation['warnings'];
  readonly nodes: readonly ReportNode[];
  readonly copies: readonly ReportCopy[];
  readonly hostCopies: readonly ReportHostCopy[];
}

/** A node; in a function's body, its name, scope and decider begin with the function's. */
export interface ReportNode extends Pick<ExplainedNode, 'name' | 'op' | 'device' | 'requested' | 'candidates' | 'rule' | 'reason' | 'decidedBy'> {
  readonly inputs: readonly ReportInput[];
}

export interface ReportInput {
  readonly node: string;
  /** `producer:0`; of a control dependency `^producer`. */
  readonly tensor: string;
  readonly isControl: boolean;
  readonly copy: ReportCopy | undefined;
}

/** A tensor that goes from one device to another. */
export interface ReportCopy extends Pick<ExplainedCopy, 'tensor' | 'from' | 'to' | 'bytes' | 'dtype' | 'shape' | 'isFetched'> {
  /** The node that makes it. */
  readonly node: string;
}

/** A tensor that an accelerator makes and that the host must know. */
export interface ReportHostCopy extends Pick<ExplainedHostCopy, 'tensor' | 'bytes' | 'dtype' | 'shape' | 'device'> {
  readonly node: string;
  readonly consumers: readonly string[];
}

export function readExplanation(title: string, explanation: PlacementExplanation): PlacementReport {
  const { devices, absent, warnings, functions } = explanation;
  const graphs = [graphOf(explanation, ''), ...functions.map((fn) => graphOf(fn, `function ${fn.name} on ${shortDevice(fn.device)}/`))];
  return {
    title, devices, absent, warnings,
    nodes: graphs.flatMap(({ nodes }) => nodes), copies: graphs.flatMap(({ copies }) => copies), hostCopies: graphs.flatMap(({ hostCopies }) => hostCopies),
  };
}

function graphOf({ nodes, edges, copies, hostCopies }: GraphExplanation, prefix: string): Pick<PlacementReport, 'nodes' | 'copies' | 'hostCopies'> {
  const made = copies.map((copy): ReportCopy => ({ ...copy, tensor: prefix + copy.tensor, node: prefix + producerOf(copy.tensor) }));
  const inputs = new Map<string, ReportInput[]>();
  for (const { kind, from, output, to, copy } of edges) {
    const list = inputs.get(to) ?? [];
    inputs.set(to, list);
    const isControl = kind === 'control';
    list.push({ node: prefix + from, tensor: isControl ? `^${prefix}${from}` : `${prefix}${from}:${output}`, isControl, copy: copy === null ? undefined : made[copy] });
  }
  return {
    nodes: nodes.map((node): ReportNode => ({ ...node, name: prefix + node.name, decidedBy: node.decidedBy === null ? null : prefix + node.decidedBy, inputs: inputs.get(node.name) ?? [] })),
    copies: made,
    hostCopies: hostCopies.map((copy): ReportHostCopy => ({ ...copy, tensor: prefix + copy.tensor, node: prefix + producerOf(copy.tensor), consumers: copy.consumers.map((name) => prefix + name) })),
  };
}

function producerOf(tensor: string): string {
  return tensor.replace(/:\d+$/, '');
}

/** `/job:localhost/replica:0/task:0/device:GPU:0` → `GPU:0`: enough wherever one process owns all devices. */
export function shortDevice(device: string): string {
  return /\/device:([^/]+)$/.exec(device)?.[1] ?? device;
}

/** Bytes for people, in powers of 1024. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const unit = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** unit;
  return `${unit === 0 || value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${units[unit]}`;
}

/** The sum of what is known, and how many sizes are not: `1.2 MiB + 3 of unknown size`. */
export function bytesOf(copies: readonly { readonly bytes: number | null }[]): string {
  const known = copies.filter(({ bytes }) => bytes !== null);
  const unknown = copies.length - known.length;
  const sum = formatBytes(known.reduce((total, { bytes }) => total + (bytes ?? 0), 0));
  if (unknown === 0) return sum;
  return known.length === 0 ? 'size known at run time' : `${sum} + ${unknown} of unknown size`;
}
