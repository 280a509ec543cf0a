/**
 * Calls of functions become the functions' nodes, named `call/node`, so that what is in them fuses and plans with what is around. A body
 * starts when what the call waits for has run: nodes without inputs, and nodes with an effect, take over its control edges. What waits for
 * the call waits for the body's results and effects.
 */
import type { Endpoint, FunctionData, NodeData } from '../graph/graphData.js';
import { endpointText } from '../graph/graphData.js';
import { attrsOf, type PlacedGraph } from '../graph/typedGraph.js';
import { opDefinition } from '../ops/registry.js';
import type { Stage } from '../stage.js';

const calls: ReadonlySet<string> = new Set(['PartitionedCall', 'StatefulPartitionedCall']);

/** Functions called inside functions are inlined this deep; a recursion goes on as calls at run time. */
const maxDepth = 32;

/** Where a body's nodes go when the call stands on a device. */
export type PlaceBody = (body: FunctionData, device: string) => Stage<ReadonlyMap<string, string>>;

export function* inlineCalls(graph: PlacedGraph, placeBody: PlaceBody): Stage<PlacedGraph> {
  let current = spelledOut(graph);
  for (let depth = 0; depth < maxDepth; depth++) {
    const inlinable = [...current.nodes.values()].filter((node) => calls.has(node.op) && current.library.has(attrsOf(node).func('f').name));
    if (inlinable.length === 0) return current;
    current = spelledOut(yield* inlineAll(current, inlinable, placeBody));
    yield;
  }
  return current;
}

/** Nodes whose op is a function's name are calls of it. */
function spelledOut(graph: PlacedGraph): PlacedGraph {
  const isDirect = ({ op }: NodeData): boolean => graph.library.has(op) && opDefinition(op) === undefined;
  if (![...graph.nodes.values()].some(isDirect)) return graph;
  const called = (node: NodeData): NodeData => {
    const op = graph.library.get(node.op)?.isStateful === true ? 'StatefulPartitionedCall' : 'PartitionedCall';
    return { ...node, op, attrs: { f: { kind: 'func', value: { name: node.op, attrs: node.attrs } } } };
  };
  return { ...graph, nodes: new Map([...graph.nodes].map(([name, node]) => [name, isDirect(node) ? called(node) : node])) };
}

function* inlineAll(graph: PlacedGraph, inlined: readonly NodeData[], placeBody: PlaceBody): Stage<PlacedGraph> {
  const nodes = new Map(graph.nodes);
  const placement = new Map(graph.placement);
  /** What stands for each output of each call, and for its having run. */
  const outputs = new Map<string, Endpoint>();
  const done = new Map<string, readonly string[]>();
  /** What runs though no result needs it, because the call runs. */
  const targets: string[] = [...graph.targets];
  for (const call of inlined) {
    const body = graph.library.get(attrsOf(call).func('f').name);
    if (body === undefined) continue;
    const device = graph.placement.get(call.name) ?? '';
    const devices = yield* placeBody(body, device);
    const inside = (name: string): string => `${call.name}/${name}`;
    const args = new Map(body.args.map((arg, i) => [arg.name, call.inputs[i]]));
    const mapped = ({ node, index }: Endpoint): Endpoint => args.get(node) ?? { node: inside(node), index };
    const effects: string[] = [];
    for (const node of body.nodes.values()) {
      yield;
      if (args.has(node.name)) continue;
      const hasEffect = opDefinition(node.op)?.isStateful !== false;
      if (hasEffect) effects.push(inside(node.name));
      const own = node.controls.flatMap((name) => (args.has(name) ? [] : [inside(name)]));
      const waits = hasEffect || node.inputs.length === 0 ? call.controls : [];
      nodes.set(inside(node.name), { ...node, name: inside(node.name), inputs: node.inputs.map(mapped), controls: [...new Set([...own, ...waits])] });
      placement.set(inside(node.name), devices.get(node.name) ?? device);
    }
    body.results.forEach((result, index) => { outputs.set(endpointText({ node: call.name, index }), mapped(result.from)); });
    const last = [...body.results.map((result) => mapped(result.from).node), ...body.controlResults.map(inside), ...effects];
    done.set(call.name, [...new Set(last)]);
    targets.push(...body.controlResults.map(inside), ...effects);
    nodes.delete(call.name);
    placement.delete(call.name);
  }
  return redirected({ ...graph, nodes, placement, targets: [...new Set(targets)] }, outputs, done);
}

/** Readers of the calls read what stands for them; one call's output may be another's, so names are followed to the end. */
function redirected(graph: PlacedGraph, outputs: ReadonlyMap<string, Endpoint>, done: ReadonlyMap<string, readonly string[]>): PlacedGraph {
  const follow = (endpoint: Endpoint): Endpoint => {
    const next = outputs.get(endpointText(endpoint));
    return next === undefined ? endpoint : follow(next);
  };
  const waits = (name: string): readonly string[] => done.get(name)?.flatMap(waits) ?? [name];
  const nodes = new Map<string, NodeData>();
  for (const node of graph.nodes.values()) {
    nodes.set(node.name, { ...node, inputs: node.inputs.map(follow), controls: [...new Set(node.controls.flatMap(waits))] });
  }
  return { ...graph, nodes, results: graph.results.map(follow), targets: [...new Set(graph.targets.flatMap(waits))] };
}
