/** A placed graph with what shape inference knows: the form that the optimize passes rewrite and that partition and lower read. */
import type { Endpoint, NodeData } from './graphData.js';
import { AttrReader } from './attrs.js';
import type { HostTensor } from '../hostTensor.js';
import { InternalError } from '../errors.js';
import type { StageGraph } from './stageGraph.js';
import type { PartialShape } from '../shape.js';

/** A graph whose nodes have devices (full names). */
export interface PlacedGraph extends StageGraph {
  readonly placement: ReadonlyMap<string, string>;
}

/** What is known of an argument when a plan is made. */
export interface ArgKnowledge {
  readonly shape: PartialShape;
  /** The value, when the plan is made for this very value. */
  readonly value?: HostTensor | undefined;
  /** The device that it lies on; left out: the host. */
  readonly device?: string | undefined;
}

export interface TypedGraph extends PlacedGraph {
  /** Static shape of every output of every node. `nodes` is in topological order. */
  readonly shapes: ReadonlyMap<string, readonly PartialShape[]>;
  /** Arguments (by index) whose value, if it were known, would tell shapes. */
  readonly wantedArgs: ReadonlySet<number>;
  /** Nodes that lack a value which every kernel of their device wants when a plan is made. */
  readonly unready: ReadonlySet<string>;
}

export function shapeOf(graph: TypedGraph, endpoint: Endpoint): PartialShape {
  const shapes = graph.shapes.get(endpoint.node);
  const shape = shapes?.[endpoint.index];
  if (shape === undefined) throw new InternalError(`internal: no shape inferred for ${endpoint.node}:${endpoint.index}`, { node: endpoint.node });
  return shape;
}

/** The value of a Const node's output, undefined for every other endpoint. */
export function constantAt(nodes: ReadonlyMap<string, NodeData>, endpoint: Endpoint): HostTensor | undefined {
  const node = nodes.get(endpoint.node);
  if (node?.op !== 'Const' || endpoint.index !== 0) return undefined;
  const attr = node.attrs['value'];
  return attr?.kind === 'tensor' ? attr.value : undefined;
}

/** As constantAt, for a constant that waits for nothing: one that a rewrite may take into another node. */
export function freeConstantAt(nodes: ReadonlyMap<string, NodeData>, endpoint: Endpoint): HostTensor | undefined {
  return (nodes.get(endpoint.node)?.controls.length ?? 0) > 0 ? undefined : constantAt(nodes, endpoint);
}

/** A Const node that holds `value`. */
export function constNode(name: string, value: HostTensor, controls: readonly string[] = [], device = ''): NodeData {
  return {
    name, op: 'Const', inputs: [], controls, device, outputs: [value.dtype],
    attrs: { dtype: { kind: 'type', value: value.dtype }, value: { kind: 'tensor', value } },
  };
}

export function attrsOf(node: NodeData): AttrReader {
  return new AttrReader(node.attrs, `${node.op} '${node.name}'`);
}

/** Nodes that read each endpoint's node, by data edge. */
export function consumersOf(graph: StageGraph): Map<string, NodeData[]> {
  const consumers = new Map<string, NodeData[]>();
  for (const node of graph.nodes.values()) {
    for (const { node: source } of node.inputs) {
      const list = consumers.get(source);
      if (list === undefined) consumers.set(source, [node]);
      else if (list.at(-1) !== node) list.push(node);
    }
  }
  return consumers;
}
