/** The graph between prune and lower: nodes with their feeds as `_Arg` nodes, and what must come out. */
import type { Endpoint, FunctionData, FunctionLibrary, GraphData, NodeData } from './graphData.js';
import { InvalidArgumentError } from '../errors.js';

export interface StageGraph extends GraphData {
  readonly nodes: ReadonlyMap<string, NodeData>;
  readonly library: FunctionLibrary;
  /** The `_Arg` nodes, in the order of the feeds (or of a function's arguments). */
  readonly args: readonly string[];
  /** What is fetched, in order. */
  readonly results: readonly Endpoint[];
  /** Nodes that must run though nothing is fetched from them. */
  readonly targets: readonly string[];
}

/** A function's body as a stage graph. */
export function functionGraph(fn: FunctionData, library: FunctionLibrary): StageGraph {
  return {
    nodes: fn.nodes,
    library,
    args: fn.args.map((arg) => arg.name),
    results: fn.results.map((result) => result.from),
    targets: fn.controlResults,
  };
}

/** The nodes that `results` and `targets` need, with everything else dropped. Arguments stay, needed or not. */
export function keepNeeded(graph: StageGraph): StageGraph {
  const needed = new Set<string>();
  const stack = [...graph.targets, ...graph.results.map((endpoint) => endpoint.node), ...graph.args];
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    const node = graph.nodes.get(name);
    if (node === undefined) continue;
    for (const endpoint of node.inputs) stack.push(endpoint.node);
    stack.push(...node.controls);
  }
  if (needed.size === graph.nodes.size) return graph;
  const nodes = new Map([...graph.nodes].filter(([name]) => needed.has(name)));
  return { ...graph, nodes };
}

/** Loops of TensorFlow 1 go round; where one turns back is no edge here: what is left has an order. */
export function withoutBackEdges(nodes: ReadonlyMap<string, NodeData>): ReadonlyMap<string, NodeData> {
  const isBack = (name: string): boolean => nodes.get(name)?.op.endsWith('NextIteration') === true;
  if (![...nodes.keys()].some(isBack)) return nodes;
  return new Map([...nodes].map(([name, node]) => [name, { ...node, inputs: node.inputs.filter(({ node: from }) => !isBack(from)) }]));
}

/** Nodes so that each stands after its inputs and controls; among free ones, insertion order. A cycle is InvalidArgumentError. */
export function topologicalOrder(nodes: ReadonlyMap<string, NodeData>): NodeData[] {
  const order: NodeData[] = [];
  const state = new Map<string, 'open' | 'done'>();
  for (const root of nodes.keys()) {
    const stack: { name: string; next: number }[] = [{ name: root, next: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const node = nodes.get(top.name);
      if (node === undefined || state.get(top.name) === 'done') {
        stack.pop();
        continue;
      }
      state.set(top.name, 'open');
      const count = node.inputs.length;
      const next = top.next < count ? node.inputs[top.next]?.node : node.controls[top.next - count];
      top.next++;
      if (next === undefined) {
        state.set(top.name, 'done');
        order.push(node);
        stack.pop();
      } else if (state.get(next) === 'open') {
        const cycle = stack.slice(stack.findIndex((entry) => entry.name === next)).map((entry) => entry.name);
        throw new InvalidArgumentError(`Graph is invalid, contains a cycle with ${cycle.length} nodes, including: ${cycle.slice(0, 3).join(', ')}`, { node: next });
      } else if (state.get(next) === undefined) stack.push({ name: next, next: 0 });
    }
  }
  return order;
}
