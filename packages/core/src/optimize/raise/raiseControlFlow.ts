/**
 * TensorFlow 1's loops and branches (Switch, Merge, Enter, Exit, NextIteration) become functional While and If nodes, whose bodies run as
 * plans of their own. Nodes keep their names and devices inside the bodies. Outer constructs are raised first; what is nested in them is
 * raised when their bodies are compiled. What has another form is left to the rules of frames.
 */
import { keepNeeded } from '../../graph/stageGraph.js';
import type { PlacedGraph } from '../../graph/typedGraph.js';
import { framePrimitives } from '../../ops/controlFlowOps.js';
import { cutFrames } from './frames.js';
import { raiseBranches } from './raiseBranches.js';
import { raiseLoops } from './raiseLoops.js';

export function raiseControlFlow(graph: PlacedGraph): PlacedGraph {
  if (![...graph.nodes.values()].some((node) => framePrimitives.has(node.op))) return graph;
  return cutFrames(keepPlaced(raiseBranches(keepPlaced(raiseLoops(graph)))));
}

function keepPlaced(graph: PlacedGraph): PlacedGraph {
  return { ...graph, ...keepNeeded(graph) };
}
