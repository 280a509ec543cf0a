/** Identity-like nodes vanish: their readers read what they read. Nodes with control edges in or out stay where those matter. */
import type { Endpoint, NodeData } from '../graph/graphData.js';
import { endpointText } from '../graph/graphData.js';
import type { TypedGraph } from '../graph/typedGraph.js';

const forwarding: ReadonlySet<string> = new Set(['Identity', 'IdentityN', 'StopGradient', 'PreventGradient', 'Snapshot']);

export function forwardIdentity(graph: TypedGraph): TypedGraph {
  const forwarded = new Map<string, Endpoint>();
  const controlled = new Set([...graph.nodes.values()].flatMap((node) => node.controls));
  const targets = new Set(graph.targets);
  const resolve = (endpoint: Endpoint): Endpoint => forwarded.get(endpointText(endpoint)) ?? endpoint;
  const nodes = new Map<string, NodeData>();
  for (const node of graph.nodes.values()) {
    const inputs = node.inputs.map(resolve);
    const vanishes = forwarding.has(node.op) && node.controls.length === 0 && !controlled.has(node.name) && !targets.has(node.name)
      && inputs.every((input) => sameDevice(graph, input.node, node.name));
    if (vanishes) inputs.forEach((input, index) => forwarded.set(endpointText({ node: node.name, index }), input));
    else nodes.set(node.name, inputs.some((input, i) => input !== node.inputs[i]) ? { ...node, inputs } : node);
  }
  return { ...graph, nodes, results: graph.results.map(resolve) };
}

/** Removing a node must not remove a copy that was asked for: an Identity on another device stays. */
function sameDevice(graph: TypedGraph, a: string, b: string): boolean {
  return graph.placement.get(a) === graph.placement.get(b);
}
