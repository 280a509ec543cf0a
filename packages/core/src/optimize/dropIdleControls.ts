/**
 * Control edges that order nothing go: those from nodes without an effect, and without one behind them. Graph optimisers leave such edges on
 * constants; each would keep a node where it is and out of fusion.
 */
import type { NodeData } from '../graph/graphData.js';
import { topologicalOrder } from '../graph/stageGraph.js';
import type { PlacedGraph } from '../graph/typedGraph.js';
import { opDefinition } from '../ops/registry.js';

/** Stateless ops that are there to fail: waiting for one matters. */
const checks: ReadonlySet<string> = new Set(['CheckNumerics', 'CheckNumericsV2', 'EnsureShape']);
/** Ops that TensorFlow marks as stateful, or that are not in the registry, though running one changes nothing. */
const harmless: ReadonlySet<string> = new Set(['_Arg', 'Placeholder', 'PlaceholderWithDefault', 'Const']);

export function dropIdleControls<G extends PlacedGraph>(graph: G): G {
  if ([...graph.nodes.values()].every((node) => node.controls.length === 0)) return graph;
  const effects = new Set<string>();
  const nodes = new Map(graph.nodes);
  for (const node of topologicalOrder(graph.nodes)) {
    const controls = node.controls.filter((name) => effects.has(name));
    if (hasEffect(node) || controls.length > 0 || node.inputs.some((endpoint) => effects.has(endpoint.node))) effects.add(node.name);
    if (controls.length < node.controls.length) nodes.set(node.name, { ...node, controls });
  }
  return { ...graph, nodes };
}

function hasEffect(node: NodeData): boolean {
  if (harmless.has(node.op)) return false;
  return checks.has(node.op) || opDefinition(node.op)?.isStateful !== false;
}
