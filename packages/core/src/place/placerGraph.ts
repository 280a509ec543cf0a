/**
 * A graph as the placer walks it: nodes numbered in TensorFlow's order, edges numbered in the order in which TensorFlow's graph constructor
 * makes them. Every "for each node" and "for each edge" of the algorithm is in these orders, so results, errors and logs come out the same.
 */
import type { DType } from '../dtypes.js';
import { InvalidArgumentError } from '../errors.js';
import type { Attrs } from '../graph/attrs.js';
import type { FunctionData, NodeData } from '../graph/graphData.js';
import type { OpSignature } from '../ops/opDef.js';

/** The declared type of an input or output; no dtype where the node does not tell it. */
export interface TensorType {
  readonly dtype: DType | undefined;
  readonly isRef: boolean;
}

/** What stands around a graph: the op registry and the function library. */
export interface PlacerContext {
  /** The signature of a registered op. */
  signature(op: string): OpSignature | undefined;
  /** A function of the library, its type attributes replaced by those of the call. */
  instantiate(name: string, attrs: Attrs): FunctionData | undefined;
  /** Declared types of a node's flattened inputs. */
  inputTypes(node: NodeData): readonly TensorType[];
  /** Declared types of a node's flattened outputs. */
  outputTypes(node: NodeData): readonly TensorType[];
  /** All attributes, for error texts. */
  attrsOf(node: NodeData): Attrs;
  /** The library, for the error about a function that is not in it. */
  libraryText(): string;
}

/** An edge; its number is its place in the list. `output` and `input` are -1 for a control edge. */
export interface Edge {
  readonly from: number;
  readonly output: number;
  readonly to: number;
  readonly input: number;
}

export class PlacerGraph {
  /** By id. (TensorFlow's ids are two higher: it numbers source and sink first.) */
  readonly nodes: NodeData[];
  readonly ids: Map<string, number>;
  /** Names of the Identities that the isolation pass put in. */
  readonly inserted = new Set<string>();
  /** Nodes that fed nothing before that pass: each keeps the edge to the graph's sink that such a node has, which is never on a device. */
  readonly sunk = new Set<number>();
  /** Removed edges are undefined. */
  readonly edges: (Edge | undefined)[] = [];

  /** InvalidArgumentError for inputs that are not there, names that are there twice, and cycles that are not loops. */
  constructor(given: Iterable<NodeData>) {
    this.nodes = [...given];
    this.ids = positions(this.nodes);
    if (!this.addEdges()) {
      this.nodes = sortNodes(this.nodes, this.ids);
      this.ids = positions(this.nodes);
      this.addEdges();
    }
  }

  /** Adds a node and gives its id. */
  addNode(node: NodeData): number {
    const id = this.nodes.length;
    this.nodes.push(node);
    this.ids.set(node.name, id);
    return id;
  }

  addEdge(edge: Edge): number {
    return this.edges.push(edge) - 1;
  }

  node(id: number): NodeData {
    const node = this.nodes[id];
    if (node === undefined) throw new RangeError(`internal: no node ${id}`);
    return node;
  }

  /** In-edges of some nodes, in edge order. */
  edgesInto(ids: ReadonlySet<number>): Map<number, Edge[]> {
    return this.collect(ids, 'to');
  }

  edgesFrom(ids: ReadonlySet<number>): Map<number, Edge[]> {
    return this.collect(ids, 'from');
  }

  private collect(ids: ReadonlySet<number>, end: 'from' | 'to'): Map<number, Edge[]> {
    const found = new Map<number, Edge[]>();
    if (ids.size === 0) return found;
    for (const edge of this.edges) {
      if (edge === undefined || !ids.has(edge[end])) continue;
      const list = found.get(edge[end]);
      if (list === undefined) found.set(edge[end], [edge]);
      else list.push(edge);
    }
    return found;
  }

  /**
   * A node's edges are made when it is: inputs first, then controls; those from nodes that come later (loops) after all others. Whether no
   * edge was late.
   */
  private addEdges(): boolean {
    const { nodes, ids } = this;
    this.edges.length = 0;
    const late: Edge[] = [];
    for (let to = 0; to < nodes.length; to++) {
      const node = this.node(to);
      for (let input = 0; input < node.inputs.length; input++) {
        const endpoint = node.inputs[input]!;
        const edge = { from: positionOf(ids, endpoint.node, node), output: endpoint.index, to, input };
        (edge.from < to ? this.edges : late).push(edge);
      }
      for (const control of node.controls) {
        const edge = { from: positionOf(ids, control, node), output: -1, to, input: -1 };
        (edge.from < to ? this.edges : late).push(edge);
      }
    }
    for (const edge of late) this.edges.push(edge);
    return late.length === 0;
  }
}

function positions(nodes: readonly NodeData[]): Map<string, number> {
  const found = new Map<string, number>();
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    if (found.has(node.name)) throw new InvalidArgumentError(`Node '${node.name}' is not unique`, { node: node.name, op: node.op });
    found.set(node.name, i);
  }
  return found;
}

function positionOf(positions: ReadonlyMap<string, number>, name: string, user: NodeData): number {
  const found = positions.get(name);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`Node '${user.name}': Unknown input node '${name}'`, { node: user.name, op: user.op });
}

/**
 * Nodes in the order in which TensorFlow's graph constructor takes them: always the ready one that comes first in the list. The Merge of a
 * loop is ready with its controls and one input.
 */
function sortNodes(nodes: readonly NodeData[], position: ReadonlyMap<string, number>): NodeData[] {
  const consumers: number[][] = nodes.map(() => []);
  const pending = nodes.map((node, i) => {
    for (const { node: from } of node.inputs) consumers[position.get(from)!]?.push(i);
    for (const from of node.controls) consumers[position.get(from)!]?.push(i);
    const isLoop = isMerge(node) && node.inputs.some(({ node: from }) => isNextIteration(nodes[position.get(from)!]));
    return isLoop ? 1 + node.controls.length : node.inputs.length + node.controls.length;
  });
  const ready = new MinHeap();
  for (const [i, count] of pending.entries()) if (count === 0) ready.push(i);
  const order: NodeData[] = [];
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    order.push(nodes[next]!);
    // A loop's Merge goes on below zero with its other inputs; it is ready once.
    for (const consumer of consumers[next] ?? []) if (--pending[consumer]! === 0) ready.push(consumer);
  }
  if (order.length < nodes.length) {
    const left = nodes.length - order.length;
    const stuck = nodes.filter((_, i) => pending[i]! > 0).map((node) => node.name);
    throw new InvalidArgumentError(`Graph is invalid, contains a cycle with ${left} nodes, including: ${stuck.slice(0, 3).join(', ')}`, {
      node: stuck[0],
    });
  }
  return order;
}

function isMerge(node: NodeData): boolean {
  return node.op === 'Merge' || node.op === 'RefMerge';
}

function isNextIteration(node: NodeData | undefined): boolean {
  return node?.op === 'NextIteration' || node?.op === 'RefNextIteration';
}

/** A heap of numbers, the smallest first. */
class MinHeap {
  private readonly items: number[] = [];

  push(item: number): void {
    const { items } = this;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent]! <= item) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  pop(): number | undefined {
    const { items } = this;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child + 1 < items.length && items[child + 1]! < items[child]!) child++;
      if (child >= items.length || items[child]! >= last) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
