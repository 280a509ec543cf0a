/**
 * TensorFlow 1's loops and branches (Switch, Merge, Enter, Exit, NextIteration) become functional While and If nodes, whose bodies run as
 * plans of their own. Nodes keep their names and devices inside the bodies. Outer constructs are raised first; what is nested in them is
 * raised when their bodies are compiled.
 */
import { UnimplementedError } from '../../errors.js';
import type { Endpoint, NodeData } from '../../graph/graphData.js';
import { keepNeeded } from '../../graph/stageGraph.js';
import type { PlacedGraph } from '../../graph/typedGraph.js';
import { closure } from './bodyFunction.js';
import { raiseBranches } from './raiseBranches.js';
import { raiseLoops } from './raiseLoops.js';

const primitives: ReadonlySet<string> = new Set(['Switch', 'Merge', 'Enter', 'Exit', 'NextIteration', 'LoopCond', '_SwitchN', 'RefSwitch', 'RefMerge', 'RefEnter', 'RefExit', 'RefNextIteration']);

/** UnimplementedError names a primitive whose pattern is none that these rules know. */
export function raiseControlFlow(graph: PlacedGraph): PlacedGraph {
  if (![...graph.nodes.values()].some((node) => primitives.has(node.op))) return graph;
  const merged = keepPlaced(raiseBranches(keepPlaced(raiseLoops(graph))));
  const raised = keepPlaced(raiseBranches(withDeadSides(merged)));
  for (const node of raised.nodes.values()) {
    if (!primitives.has(node.op)) continue;
    throw new UnimplementedError(
      `${node.op} '${node.name}': this control flow is neither a loop (Enter, Merge, Switch, NextIteration, Exit) nor a branch (Switch … Merge on one predicate). Fetch a tensor behind its Merge or Exit.`,
      { node: node.name, op: node.op },
    );
  }
  return raised;
}

/**
 * A fetch behind a Switch without a Merge has a value only if its side is taken. It gets a Merge whose other side fails, with the text of
 * TensorFlow's runtime.
 */
function withDeadSides(graph: PlacedGraph): PlacedGraph {
  const nodes = new Map(graph.nodes);
  const placement = new Map(graph.placement);
  const results = graph.results.map((result, index): Endpoint => {
    const device = graph.placement.get(result.node) ?? '';
    const dtype = graph.nodes.get(result.node)?.outputs[result.index];
    if (dtype === undefined || !isGuarded(graph, result)) return result;
    const type = { kind: 'type', value: dtype } as const;
    const dead: NodeData = {
      name: `_dead_${index}`, op: '_Dead', inputs: [], controls: [], device: '', outputs: [dtype], attrs: { T: type, index: { kind: 'int', value: index } },
    };
    const merge: NodeData = {
      name: `_alive_${index}`, op: 'Merge', inputs: [result, { node: dead.name, index: 0 }], controls: [], device: '', outputs: [dtype, 'int32'],
      attrs: { T: type, N: { kind: 'int', value: 2 } },
    };
    for (const node of [dead, merge]) {
      nodes.set(node.name, node);
      placement.set(node.name, device);
    }
    return { node: merge.name, index: 0 };
  });
  return { ...graph, nodes, placement, results };
}

/** Whether a Switch stands somewhere behind the endpoint. */
function isGuarded(graph: PlacedGraph, endpoint: Endpoint): boolean {
  return [...closure(graph, [endpoint], new Set())].some((name) => graph.nodes.get(name)?.op === 'Switch');
}

function keepPlaced(graph: PlacedGraph): PlacedGraph {
  return { ...graph, ...keepNeeded(graph) };
}
