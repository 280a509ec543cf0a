/**
 * Optimize: what each shape and constant is, and a simpler graph that computes the same. A pass never moves a node to another device: what
 * it adds stands where the node stood that it serves. Options are those of `graph_options.optimizer_options`.
 */
import { keepNeeded } from '../graph/stageGraph.js';
import { dropIdleControls } from './dropIdleControls.js';
import { foldAffine } from './foldAffine.js';
import { forwardIdentity } from './forwardIdentity.js';
import { infer } from './infer.js';
import type { RunsOn, WantsValues } from './runsOn.js';
import { shareNodes } from './shareNodes.js';
import { simplify } from './simplify.js';
import type { Stage } from '../stage.js';
import type { ArgKnowledge, PlacedGraph, TypedGraph } from '../graph/typedGraph.js';

export interface OptimizeOptions {
  readonly constantFolding: boolean;
  readonly commonSubexpressions: boolean;
}

/** `runs` says what a device can run: a rewrite that its device cannot run is left out. `wants` says which values a device must be told. */
export function* optimize(graph: PlacedGraph, args: readonly ArgKnowledge[], options: OptimizeOptions, runs: RunsOn = () => true, wants?: WantsValues): Stage<TypedGraph> {
  const typed = (current: PlacedGraph): Stage<TypedGraph> => infer(current, args, { fold: options.constantFolding, wants });
  const needed = (current: TypedGraph): TypedGraph => ({ ...current, ...keepNeeded(current) });
  // Folding leaves control edges to what it took the place of; those that order nothing go at once.
  let current = yield* typed(dropIdleControls(graph));
  yield;
  current = dropIdleControls(current);
  yield;
  current = forwardIdentity(current);
  yield;
  current = needed(current);
  yield;
  if (options.constantFolding) {
    const simplified = yield* simplify(current, runs);
    // What an argument's value was wanted for may be gone by now: then it is asked once more.
    let isInferred = simplified === current && current.wantedArgs.size === 0 && current.unready.size === 0;
    current = simplified === current ? current : needed(simplified);
    // (conv + bias) · s + t takes three rounds: past the bias, into the weights, into one bias. A round that finds nothing is the last.
    for (let round = 0; round < 3; round++) {
      const folded = yield* foldAffine(current, runs);
      if (folded === current && isInferred) break;
      current = needed(yield* typed(folded));
      isInferred = true;
      yield;
    }
  }
  if (options.commonSubexpressions) current = needed(yield* shareNodes(current));
  yield;
  return current;
}
