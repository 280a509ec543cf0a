/**
 * TensorFlow 1's loops and branches (Switch, Merge, Enter, Exit, NextIteration) become functional While and If nodes, whose bodies run as
 * plans of their own. Nodes keep their names and devices inside the bodies. Outer constructs are raised first; what is nested in them is
 * raised when their bodies are compiled.
 */
import { UnimplementedError } from '../../errors.js';
import { keepNeeded } from '../../graph/stageGraph.js';
import type { PlacedGraph } from '../../graph/typedGraph.js';
import { raiseBranches } from './raiseBranches.js';
import { raiseLoops } from './raiseLoops.js';

const primitives = new Set(['Switch', 'Merge', 'Enter', 'Exit', 'NextIteration', 'LoopCond', 'RefSwitch', 'RefMerge', 'RefEnter', 'RefExit', 'RefNextIteration']);

/** UnimplementedError names a primitive whose pattern is none that these rules know. */
export function raiseControlFlow(graph: PlacedGraph): PlacedGraph {
  if (![...graph.nodes.values()].some((node) => primitives.has(node.op))) return graph;
  const raised = keepPlaced(raiseBranches(keepPlaced(raiseLoops(graph))));
  for (const node of raised.nodes.values()) {
    if (!primitives.has(node.op)) continue;
    throw new UnimplementedError(
      `${node.op} '${node.name}': this control flow is neither a loop (Enter, Merge, Switch, NextIteration, Exit) nor a branch (Switch … Merge on one predicate). Fetch a tensor behind its Merge or Exit.`,
      { node: node.name, op: node.op },
    );
  }
  return raised;
}

function keepPlaced(graph: PlacedGraph): PlacedGraph {
  return { ...graph, ...keepNeeded(graph) };
}
