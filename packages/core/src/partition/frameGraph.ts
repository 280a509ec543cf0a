/**
 * The body of a `_Frames` node, cut for the executor: its primitives (Switch, Merge, Enter, Exit, NextIteration, LoopCond, ControlTrigger) one by one, and
 * between them *regions*, the largest sets of ordinary nodes that live and die together. A region is a graph of its own that is planned and
 * run as one.
 *
 * Nodes are of one region when the same outputs of primitives stand right behind them (by data or control edges, through ordinary nodes): then they are
 * in one frame, and all dead or all alive. Whatever a node reads has no more of them behind it than the node itself, so that regions
 * never wait for each other in a circle. A node that may wait (a queue's) is a region by itself, and for those behind it like a primitive.
 */
import { endpointText, type Endpoint, type NodeData } from '../graph/graphData.js';
import { topologicalOrder, withoutBackEdges } from '../graph/stageGraph.js';
import { staticFrames } from '../graph/staticFrames.js';
import type { PlacedGraph } from '../graph/typedGraph.js';
import { framePrimitives } from '../ops/controlFlowOps.js';
import { waitingNodes } from '../ops/waitingOps.js';
import { opDefinition } from '../ops/registry.js';

/** Where a unit hears of a value: input `input` of unit `unit`. */
export interface FrameReader {
  readonly unit: number;
  readonly input: number;
}

export interface FrameUnit {
  readonly name: string;
  /** A primitive, or the graph of a region. */
  readonly node?: NodeData | undefined;
  readonly region?: PlacedGraph | undefined;
  readonly inputs: number;
  /** Control edges that come in. */
  readonly waits: number;
  /** By output: who reads it. A region's outputs are its graph's results. */
  readonly readers: readonly (readonly FrameReader[])[];
  /** By output: whether the host will ask for the value (a Switch's predicate). */
  readonly isAsked: readonly boolean[];
  /** Units that wait for this one. */
  readonly waiters: readonly number[];
}

export interface FrameGraph {
  readonly units: readonly FrameUnit[];
  /** By argument of the body: who reads it. */
  readonly args: readonly (readonly FrameReader[])[];
  /** By result of the body: where it comes from. */
  readonly results: readonly ({ readonly unit: number; readonly output: number } | { readonly arg: number })[];
  /** By frame_name: how many Enter units lead into the frame, and which Exit units out of it. */
  readonly frames: ReadonlyMap<string, { readonly enters: number; readonly exits: readonly number[] }>;
}

/** What is neither dead nor alive with all that it reads: a unit by itself. A ControlTrigger is alive whatever it waits for. */
const isPrimitive = ({ op }: NodeData): boolean => framePrimitives.has(op) || op === 'ControlTrigger';

/** A unit while it is put together. */
interface Draft {
  readonly name: string;
  readonly members: NodeData[];
  readonly isRegion: boolean;
  readonly inputs: Endpoint[];
  readonly outputs: Endpoint[];
  readonly waits: Set<number>;
}

export function frameGraph(body: PlacedGraph): FrameGraph {
  const args = new Map(body.args.map((name, index) => [name, index]));
  const drafts: Draft[] = [];
  const unitOf = new Map<string, number>();
  const regions = new Map<string, number>();
  const behind = new Map<string, ReadonlySet<string>>();
  const waiting = waitingNodes(body.nodes, body.library);
  const newUnit = (name: string, isRegion: boolean): number => drafts.push({ name, members: [], isRegion, inputs: [], outputs: [], waits: new Set() }) - 1;
  for (const { name } of topologicalOrder(withoutBackEdges(body.nodes))) {
    const node = body.nodes.get(name);
    if (node === undefined || args.has(name)) continue;
    let unit: number | undefined;
    if (isPrimitive(node) || waiting.has(name)) {
      unit = newUnit(name, !isPrimitive(node));
    } else {
      // By output: of a Switch, one lives and the other does not.
      const sources = [...node.inputs, ...node.controls.map((control): Endpoint => ({ node: control, index: -1 }))];
      const primitives = new Set(sources.flatMap((source) => [...(behind.get(source.node) ?? (args.has(source.node) ? [] : [endpointText(source)]))]));
      behind.set(name, primitives);
      const key = [...primitives].sort().join(' ');
      unit = regions.get(key) ?? newUnit(name, true);
      regions.set(key, unit);
    }
    drafts[unit]?.members.push(node);
    unitOf.set(name, unit);
  }
  for (const [index, draft] of drafts.entries()) {
    const read = new Set<string>();
    for (const node of draft.members) {
      for (const endpoint of node.inputs) {
        const text = endpointText(endpoint);
        if (unitOf.get(endpoint.node) === index && draft.isRegion) continue;
        // A primitive's inputs keep their places; a region reads a value once.
        if (draft.isRegion && read.has(text)) continue;
        read.add(text);
        draft.inputs.push(endpoint);
      }
      for (const control of node.controls) {
        const source = unitOf.get(control);
        if (source !== undefined && source !== index) draft.waits.add(source);
      }
    }
  }
  const ask = (endpoint: Endpoint): void => {
    const draft = drafts[unitOf.get(endpoint.node) ?? -1];
    if (draft?.isRegion === true && !draft.outputs.some((output) => endpointText(output) === endpointText(endpoint))) draft.outputs.push(endpoint);
  };
  for (const draft of drafts) draft.inputs.forEach(ask);
  body.results.forEach(ask);
  const sourceOf = (endpoint: Endpoint): { unit: number; output: number } | { arg: number } => {
    const arg = args.get(endpoint.node);
    if (arg !== undefined) return { arg };
    const unit = unitOf.get(endpoint.node) ?? -1;
    const draft = drafts[unit];
    const output = draft?.isRegion === true ? draft.outputs.findIndex((own) => endpointText(own) === endpointText(endpoint)) : endpoint.index;
    return { unit, output };
  };
  const argReaders = body.args.map((): FrameReader[] => []);
  const readers = drafts.map((draft) => outputsOf(draft).map((): FrameReader[] => []));
  const asked = drafts.map((draft) => outputsOf(draft).map(() => false));
  const waiters = drafts.map((): number[] => []);
  for (const [unit, draft] of drafts.entries()) {
    draft.inputs.forEach((endpoint, input) => {
      const source = sourceOf(endpoint);
      if ('arg' in source) argReaders[source.arg]?.push({ unit, input });
      else {
        readers[source.unit]?.[source.output]?.push({ unit, input });
        const op = draft.isRegion ? '' : draft.members[0]?.op;
        const outputs = asked[source.unit];
        if (outputs !== undefined && (op === 'LoopCond' || ((op === 'Switch' || op === '_SwitchN') && input === 1))) outputs[source.output] = true;
      }
    });
    for (const source of draft.waits) waiters[source]?.push(unit);
  }
  const waitedFor = new Set(body.targets);
  for (const node of body.nodes.values()) for (const control of node.controls) if (unitOf.get(control) !== unitOf.get(node.name)) waitedFor.add(control);
  const units = drafts.map((draft, unit): FrameUnit => ({
    name: draft.name, inputs: draft.inputs.length, waits: draft.waits.size,
    readers: readers[unit] ?? [], isAsked: asked[unit] ?? [], waiters: waiters[unit] ?? [],
    ...(draft.isRegion ? { region: regionGraph(body, draft, (name) => waitedFor.has(name)) } : { node: draft.members[0] }),
  }));
  const frames = new Map([...staticFrames(body.nodes)].map(([name, { enters, exits }]) => [name, { enters: enters.length, exits: exits.map((node) => unitOf.get(node.name) ?? -1) }]));
  return { units, args: argReaders, results: body.results.map(sourceOf), frames };
}

function outputsOf(draft: Draft): readonly unknown[] {
  return draft.isRegion ? draft.outputs : (draft.members[0]?.outputs ?? []);
}

/** A region as a graph: what it reads are its arguments, what is read of it its results. What has an effect runs, and what others wait for. */
function regionGraph(body: PlacedGraph, { members, inputs, outputs }: Draft, isWaitedFor: (name: string) => boolean): PlacedGraph {
  const nodes = new Map<string, NodeData>();
  const placement = new Map<string, string>();
  const argOf = new Map<string, Endpoint>();
  const args = inputs.map((endpoint, index) => {
    const name = `_arg_${endpoint.node}_${endpoint.index}`;
    const dtype = body.nodes.get(endpoint.node)?.outputs[endpoint.index] ?? 'float32';
    nodes.set(name, {
      name, op: '_Arg', inputs: [], controls: [], device: '', outputs: [dtype],
      attrs: { T: { kind: 'type', value: dtype }, index: { kind: 'int', value: index } },
    });
    placement.set(name, body.placement.get(endpoint.node) ?? '');
    argOf.set(endpointText(endpoint), { node: name, index: 0 });
    return name;
  });
  const own = new Set(members.map(({ name }) => name));
  for (const node of members) {
    nodes.set(node.name, {
      ...node, inputs: node.inputs.map((endpoint) => argOf.get(endpointText(endpoint)) ?? endpoint), controls: node.controls.filter((control) => own.has(control)),
    });
    placement.set(node.name, body.placement.get(node.name) ?? '');
  }
  const targets = [...own].filter((name) => isWaitedFor(name) || opDefinition(body.nodes.get(name)?.op ?? '')?.isStateful !== false);
  return { nodes, placement, library: body.library, args, results: outputs, targets };
}
