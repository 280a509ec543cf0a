/**
 * TensorFlow 1's loops and branches (Switch, Merge, Enter, Exit, NextIteration) become functional While and If nodes, whose bodies run as
 * plans of their own. Nodes keep their names and devices inside the bodies. Outer constructs are raised first; what is nested in them is
 * raised when their bodies are compiled. What has another form is left to the rules of frames.
 */
import { keepNeeded } from '../../graph/stageGraph.js';
import type { PlacedGraph } from '../../graph/typedGraph.js';
import { waitingNodes } from '../../ops/waitingOps.js';
import { controlFlowOps, framePrimitives } from '../../ops/controlFlowOps.js';
import { opDefinition } from '../../ops/registry.js';
import type { Stage } from '../../stage.js';
import { dependents } from './bodyFunction.js';
import { cutFrames } from './frames.js';
import { raiseBranches } from './raiseBranches.js';
import { raiseLoops } from './raiseLoops.js';

export function* raiseControlFlow(graph: PlacedGraph): Stage<PlacedGraph> {
  const waiting = waitingNodes(graph.nodes, graph.library);
  if (needsPieces(graph, waiting)) return cutFrames(graph, new Set([...graph.nodes.keys()].filter((name) => !graph.args.includes(name))));
  if (![...graph.nodes.values()].some((node) => framePrimitives.has(node.op))) return graph;
  const raised = keepPlaced(yield* raiseBranches(keepPlaced(yield* raiseLoops(graph))));
  yield;
  return cutFrames(raised, dependents(raised, [...raised.nodes.values()].filter((node) => framePrimitives.has(node.op)).map(({ name }) => name)));
}

/**
 * Whether a graph must run in pieces, each as soon as what it needs has come. Where several nodes may wait (queues), one may wait for what another
 * does only after a third; beside a single one, what is planned late (data-born shapes, loops) would wait with it.
 */
function needsPieces(graph: PlacedGraph, waiting: ReadonlySet<string>): boolean {
  if (waiting.size !== 1) return waiting.size > 1;
  const behind = dependents(graph, [...waiting]);
  return [...graph.nodes.values()].some(({ name, op }) => !behind.has(name) && (controlFlowOps.has(op) || framePrimitives.has(op) || opDefinition(op)?.isDataShaped === true));
}

function keepPlaced(graph: PlacedGraph): PlacedGraph {
  return { ...graph, ...keepNeeded(graph) };
}
