/**
 * Control flow that is neither a plain loop nor a plain branch: its Switches, Merges and the rest, with all that may be dead because of them,
 * become the body of one `_Frames` node, which is run by TensorFlow's rules of frames, iterations and dead values.
 */
import type { DType } from '../../dtypes.js';
import { endpointText, type Endpoint, type NodeData } from '../../graph/graphData.js';
import type { PlacedGraph } from '../../graph/typedGraph.js';
import { framePrimitives } from '../../ops/controlFlowOps.js';
import { cutFunction } from './bodyFunction.js';
import { functionAttr, uniqueName } from './raiseLoops.js';

/** The graph with these nodes, and whatever needs one of them, inside one node. */
export function cutFrames(graph: PlacedGraph, inside: ReadonlySet<string>): PlacedGraph {
  const [first] = inside;
  if (first === undefined) return graph;
  const captures = new Map<string, Endpoint>();
  const waits = new Set<string>();
  for (const name of inside) {
    const node = graph.nodes.get(name);
    for (const endpoint of node?.inputs ?? []) if (!inside.has(endpoint.node)) captures.set(endpointText(endpoint), endpoint);
    for (const control of node?.controls ?? []) if (!inside.has(control)) waits.add(control);
  }
  const fetches = graph.results.map((_, index) => index).filter((index) => inside.has(graph.results[index]?.node ?? ''));
  const results = fetches.flatMap((index) => graph.results[index] ?? []);
  const dtypeOf = (endpoint: Endpoint): DType => graph.nodes.get(endpoint.node)?.outputs[endpoint.index] ?? 'float32';
  const name = uniqueName(graph, `${firstPrimitive(graph, inside) ?? first}/Frames`);
  const body = cutFunction(graph, {
    name: `${name}/body`,
    args: [...captures.values()].map((endpoint) => ({ dtype: dtypeOf(endpoint), endpoints: [endpoint] })),
    results, effects: graph.targets.filter((target) => inside.has(target)), ownsControl: (control) => inside.has(control),
  });
  const nodes = new Map([...graph.nodes].filter(([node]) => !inside.has(node)));
  const placement = new Map(graph.placement).set(name, graph.placement.get(first) ?? '');
  nodes.set(name, framesNode(name, [...captures.values()], [...waits], {
    f: functionAttr(body), fetches: { kind: 'list', of: 'int', value: fetches },
    Tin: { kind: 'list', of: 'type', value: [...captures.values()].map(dtypeOf) }, Tout: { kind: 'list', of: 'type', value: results.map(dtypeOf) },
  }, results.map(dtypeOf)));
  return {
    ...graph, nodes, placement, library: new Map(graph.library).set(body.name, body),
    results: graph.results.map((result, index) => (inside.has(result.node) ? { node: name, index: fetches.indexOf(index) } : result)),
    targets: [...new Set(graph.targets.map((target) => (inside.has(target) ? name : target)))],
  };
}

function firstPrimitive(graph: PlacedGraph, inside: ReadonlySet<string>): string | undefined {
  return [...graph.nodes.values()].find((node) => inside.has(node.name) && framePrimitives.has(node.op))?.name;
}

function framesNode(name: string, inputs: readonly Endpoint[], controls: readonly string[], attrs: NodeData['attrs'], outputs: readonly DType[]): NodeData {
  return { name, op: '_Frames', inputs, controls, device: '', attrs, outputs };
}
