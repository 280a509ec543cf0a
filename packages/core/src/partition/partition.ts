/**
 * Partition: one subgraph per device, joined by Send/Recv pairs at the cuts, for the part of the graph that can be planned now. What needs
 * a shape that only the run will know (a dimension born from data) is left for later: it becomes a graph of its own whose arguments are the
 * values that cross over, and is planned when the run has got there.
 */
import type { DType } from '../dtypes.js';
import { endpointText, type Endpoint, type NodeData } from '../graph/graphData.js';
import { opDefinition } from '../ops/registry.js';
import { controlFlowOps } from '../ops/controlFlowOps.js';
import type { PlacedGraph, TypedGraph } from '../graph/typedGraph.js';
import { isFullyKnown } from '../shape.js';
import type { Stage } from '../stage.js';

/** A value that a device gets from another one: a `_Send` on the one and a `_Recv` on the other. */
export interface Transfer {
  readonly endpoint: Endpoint;
  readonly dtype: DType;
  readonly from: string;
  readonly to: string;
}

/** The rest of the graph, planned when the values it starts from exist. */
export interface LaterGraph {
  readonly graph: PlacedGraph;
  /** What each of the graph's arguments is, in terms of the part planned now. */
  readonly captures: readonly Endpoint[];
}

/** Where a result comes from: a value of the part planned now, or a result of the rest. */
export type ResultSource = { readonly kind: 'now'; readonly endpoint: Endpoint } | { readonly kind: 'later'; readonly index: number };

export interface PartitionedGraph {
  /** The part planned now, in topological order over all devices. */
  readonly graph: TypedGraph;
  /** Its nodes by device, in the same order. Constants stand on every device that reads them. */
  readonly devices: ReadonlyMap<string, readonly NodeData[]>;
  readonly transfers: readonly Transfer[];
  readonly results: readonly ResultSource[];
  readonly later: LaterGraph | undefined;
}

export function* partition(graph: TypedGraph): Stage<PartitionedGraph> {
  const later = yield* nodesForLater(graph);
  const now = later.size === 0 ? graph : { ...graph, nodes: new Map([...graph.nodes].filter(([name]) => !later.has(name))) };
  const rest = later.size === 0 ? undefined : laterGraph(graph, later);
  return {
    graph: now,
    ...yield* cut(now),
    results: graph.results.map((endpoint) => {
      if (!later.has(endpoint.node)) return { kind: 'now', endpoint };
      const text = endpointText(endpoint);
      return { kind: 'later', index: rest?.graph.results.findIndex((result) => endpointText(result) === text) ?? -1 };
    }),
    later: rest,
  };
}

/** Nodes that cannot be planned yet, and all that depends on them. */
function* nodesForLater(graph: TypedGraph): Stage<Set<string>> {
  const later = new Set<string>();
  const isGiven = (endpoint: Endpoint): boolean => {
    const op = graph.nodes.get(endpoint.node)?.op;
    return op === 'Const' || op === '_Arg';
  };
  for (const node of graph.nodes.values()) {
    yield;
    const waits = node.inputs.some((endpoint) => later.has(endpoint.node)) || node.controls.some((name) => later.has(name));
    const unknownInput = node.inputs.some((endpoint) => !isPlannable(graph, endpoint));
    const bornHere = opDefinition(node.op)?.isDataShaped === true || controlFlowOps.has(node.op);
    const unknownOutput = !bornHere && node.outputs.some((_, index) => !isPlannable(graph, { node: node.name, index }));
    // With all inputs given and the output's shape still unknown, waiting would teach nothing: a host kernel finds the shape.
    if (waits || unknownInput || ((unknownOutput || graph.unready.has(node.name)) && !node.inputs.every(isGiven))) later.add(node.name);
  }
  return later;
}

function isPlannable(graph: TypedGraph, endpoint: Endpoint): boolean {
  const dtype = graph.nodes.get(endpoint.node)?.outputs[endpoint.index];
  return dtype === 'variant' || dtype === 'resource' || isFullyKnown(graph.shapes.get(endpoint.node)?.[endpoint.index] ?? null);
}

function laterGraph(graph: TypedGraph, later: ReadonlySet<string>): LaterGraph {
  const nodes = new Map<string, NodeData>();
  const placement = new Map<string, string>();
  const captures = new Map<string, Endpoint>();
  const capture = (endpoint: Endpoint): Endpoint => {
    const source = graph.nodes.get(endpoint.node);
    if (source === undefined || later.has(endpoint.node)) return endpoint;
    if (source.op === 'Const' || source.op === 'VarHandleOp') {
      nodes.set(source.name, { ...source, controls: [] });
      placement.set(source.name, graph.placement.get(source.name) ?? '');
      return endpoint;
    }
    const name = `_arg_${endpoint.node}_${endpoint.index}`;
    if (!captures.has(name)) {
      const dtype = source.outputs[endpoint.index] ?? 'float32';
      nodes.set(name, {
        name, op: '_Arg', inputs: [], controls: [], device: '', outputs: [dtype],
        attrs: { T: { kind: 'type', value: dtype }, index: { kind: 'int', value: captures.size } },
      });
      placement.set(name, graph.placement.get(endpoint.node) ?? '');
      captures.set(name, endpoint);
    }
    return { node: name, index: 0 };
  };
  for (const node of graph.nodes.values()) {
    if (!later.has(node.name)) continue;
    nodes.set(node.name, { ...node, inputs: node.inputs.map(capture), controls: node.controls.filter((name) => later.has(name)) });
    placement.set(node.name, graph.placement.get(node.name) ?? '');
  }
  const results = new Map(graph.results.filter((endpoint) => later.has(endpoint.node)).map((endpoint) => [endpointText(endpoint), endpoint]));
  const rest: PlacedGraph = {
    nodes, placement, library: graph.library,
    args: [...captures.keys()],
    results: [...results.values()],
    targets: graph.targets.filter((name) => later.has(name)),
  };
  return { graph: rest, captures: [...captures.values()] };
}

/** The cuts between devices. A constant is put on every device that reads it instead of being sent at every run. */
function* cut(graph: TypedGraph): Stage<Pick<PartitionedGraph, 'devices' | 'transfers'>> {
  const devices = new Map<string, NodeData[]>();
  const transfers = new Map<string, Transfer>();
  const onDevice = (device: string): NodeData[] => {
    const list = devices.get(device) ?? [];
    devices.set(device, list);
    return list;
  };
  const copied = new Set<string>();
  for (const node of graph.nodes.values()) {
    yield;
    const to = graph.placement.get(node.name) ?? '';
    for (const endpoint of node.inputs) {
      const source = graph.nodes.get(endpoint.node);
      const from = graph.placement.get(endpoint.node) ?? '';
      if (source === undefined || from === to) continue;
      const key = `${endpointText(endpoint)} ${to}`;
      if (source.op === 'Const') {
        if (!copied.has(key)) onDevice(to).push(source);
        copied.add(key);
      } else transfers.set(key, { endpoint, dtype: source.outputs[endpoint.index] ?? 'float32', from, to });
    }
    onDevice(to).push(node);
  }
  return { devices, transfers: [...transfers.values()] };
}
