/**
 * The isolation pass: Identity nodes around every function call that the placer looks into, so that the call's neighbours are glued to each
 * other only where the function's body says so.
 */
import { InvalidArgumentError } from '../errors.js';
import type { FunctionRef } from '../graph/attrs.js';
import type { FunctionData, NodeData } from '../graph/graphData.js';
import type { Edge, PlacerContext, PlacerGraph } from './placerGraph.js';

/** The function that a node calls through its `f` attribute; undefined for nodes that are no such calls. */
export function calledFunction(node: NodeData): FunctionRef | undefined {
  if (node.op !== 'PartitionedCall' && node.op !== 'StatefulPartitionedCall') return undefined;
  const attr = node.attrs['f'];
  if (attr?.kind !== 'func') {
    throw new InvalidArgumentError(`No attr named 'f' in NodeDef '${node.name}' (${node.op}). Expected the function to call.`, {
      node: node.name,
      op: node.op,
    });
  }
  return attr.value;
}

/** The body of a call that the placer must look into: its function returns a resource. InvalidArgumentError for an unknown function. */
export function inspectedBody(node: NodeData, context: PlacerContext): FunctionData | undefined {
  const called = calledFunction(node);
  if (called === undefined) return undefined;
  const body = context.instantiate(called.name, called.attrs);
  if (body === undefined) {
    throw new InvalidArgumentError(`Failed to find function "${called.name}" in function library: ${context.libraryText()}`, {
      node: node.name,
      op: node.op,
    });
  }
  return body.results.some((result) => result.dtype === 'resource') ? body : undefined;
}

/** Inserts the Identities into `graph`; gives the ids of the calls. */
export function isolate(graph: PlacerGraph, context: PlacerContext): readonly number[] {
  const calls: number[] = [];
  for (const [id, node] of graph.nodes.entries()) if (inspectedBody(node, context) !== undefined) calls.push(id);
  if (calls.length === 0) return calls;
  const isolator = new Isolator(graph, context, new Set(calls));
  for (const id of calls) isolator.isolate(id);
  return calls;
}

class Isolator {
  private readonly names: Set<string>;
  /** Edge numbers at each call, ascending. */
  private readonly into = new Map<number, number[]>();
  private readonly from = new Map<number, number[]>();

  constructor(
    private readonly graph: PlacerGraph,
    private readonly context: PlacerContext,
    private readonly calls: ReadonlySet<number>,
  ) {
    this.names = new Set([...graph.ids.keys(), '_SOURCE', '_SINK']);
    graph.edges.forEach((edge, number) => {
      if (edge !== undefined) this.note(edge, number);
    });
    for (const id of calls) if (!this.from.has(id)) graph.sunk.add(id);
  }

  isolate(id: number): void {
    const call = this.graph.node(id);
    const inputs = (this.into.get(id) ?? []).slice().sort((a, b) => this.edge(a).input - this.edge(b).input);
    for (const number of inputs) {
      const edge = this.live(number);
      if (edge === undefined || edge.input < 0) continue;
      const source = this.graph.node(edge.from);
      const identity = this.addIdentity(`${source.name}_${call.name}`, edge.from, edge.output);
      this.replace(number, { from: identity, output: 0, to: id, input: edge.input });
    }
    const used = new Set<number>();
    for (const number of (this.from.get(id) ?? []).slice()) {
      const edge = this.live(number);
      if (edge === undefined || edge.input < 0) continue;
      used.add(edge.output);
      const identity = this.addIdentity(`${call.name}_${this.graph.node(edge.to).name}`, id, edge.output);
      this.replace(number, { from: identity, output: 0, to: edge.to, input: edge.input });
    }
    for (let output = 0; output < this.context.outputTypes(call).length; output++) {
      if (!used.has(output)) this.addIdentity(call.name, id, output);
    }
  }

  private addIdentity(wanted: string, from: number, output: number): number {
    const source = this.graph.node(from);
    const dtype = this.context.outputTypes(source)[output]?.dtype;
    const name = this.unique(wanted);
    this.graph.inserted.add(name);
    const identity = this.graph.addNode({
      name,
      op: 'Identity',
      inputs: [{ node: source.name, index: output }],
      controls: [],
      device: '',
      attrs: dtype === undefined ? {} : { T: { kind: 'type', value: dtype } },
      outputs: dtype === undefined ? [] : [dtype],
    });
    this.add({ from, output, to: identity, input: 0 });
    return identity;
  }

  /** The edge that replaces another gets a new number, and the node at its end reads from its new source. */
  private replace(number: number, edge: Edge): void {
    this.graph.edges[number] = undefined;
    this.add(edge);
    const node = this.graph.node(edge.to);
    const inputs = node.inputs.with(edge.input, { node: this.graph.node(edge.from).name, index: edge.output });
    this.graph.nodes[edge.to] = { ...node, inputs };
  }

  private add(edge: Edge): void {
    this.note(edge, this.graph.addEdge(edge));
  }

  private note(edge: Edge, number: number): void {
    if (this.calls.has(edge.to)) append(this.into, edge.to, number);
    if (this.calls.has(edge.from)) append(this.from, edge.from, number);
  }

  private live(number: number): Edge | undefined {
    return this.graph.edges[number];
  }

  private edge(number: number): Edge {
    return this.live(number) ?? { from: -1, output: -1, to: -1, input: -1 };
  }

  private unique(wanted: string): string {
    let name = wanted;
    for (let counter = 0; this.names.has(name); counter++) name = `${wanted}_${counter}`;
    this.names.add(name);
    return name;
  }
}

function append(lists: Map<number, number[]>, id: number, number: number): void {
  const list = lists.get(id);
  if (list === undefined) lists.set(id, [number]);
  else list.push(number);
}
