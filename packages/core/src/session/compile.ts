/**
 * The road of a call, in order. A signature (feeds, fetches, targets) is pruned and placed once; a plan is compiled from that for each set
 * of argument shapes. Read the stages in the order of the calls. Those that take long are generators that may pause (stage.ts).
 */
import type { CompileDevice } from '../device/compileDevice.js';
import type { GraphData } from '../graph/graphData.js';
import type { StageGraph } from '../graph/stageGraph.js';
import type { ArgKnowledge, PlacedGraph, TypedGraph } from '../graph/typedGraph.js';
import { lower, type LoweredGraph } from '../lower/lower.js';
import type { LoopBodies } from '../lower/recordLoop.js';
import { dereference } from '../optimize/dereference.js';
import { inlineCalls, type PlaceBody } from '../optimize/inlineCalls.js';
import { optimize, type OptimizeOptions } from '../optimize/optimize.js';
import { runsOn, wantsValues } from '../optimize/runsOn.js';
import { raiseControlFlow } from '../optimize/raise/raiseControlFlow.js';
import { partition, type PartitionedGraph } from '../partition/partition.js';
import { plan } from '../plan/buildPlan.js';
import type { Plan } from '../plan/plan.js';
import { prune, type PruneRequest } from '../prune/prune.js';
import { inParts, type Stage } from '../stage.js';

/** prune ─► place: what a signature needs, each node on its device. */
export async function compileSignature(
  graph: GraphData, request: PruneRequest, place: (pruned: StageGraph) => Promise<PlacedGraph>, placeBody: PlaceBody,
): Promise<PlacedGraph> {
  const placed = await place(await inParts(prune(graph, request)));
  return inParts(structured(placed, placeBody));
}

/** A placed graph, or the body of a function, with its calls inlined, its references as handles, its loops and branches as functions. */
export function* structured(placed: PlacedGraph, placeBody: PlaceBody): Stage<PlacedGraph> {
  const inlined = yield* inlineCalls(placed, placeBody);
  yield;
  const dereferenced = yield* dereference(inlined);
  yield;
  return yield* raiseControlFlow(dereferenced);
}

/** What each later stage made of a placed graph. */
export interface Compilation {
  readonly optimized: TypedGraph;
  readonly partitioned: PartitionedGraph;
  readonly lowered: LoweredGraph;
  readonly plan: Plan;
}

/** optimize ─► partition ─► lower ─► plan: for arguments of these shapes, in these places. `keeps`: results that may stay on their device. */
export function* compile(
  placed: PlacedGraph, args: readonly ArgKnowledge[], keeps: (result: number) => boolean, devices: ReadonlyMap<string, CompileDevice>, options: OptimizeOptions,
  bodyOf: LoopBodies['graph'],
): Stage<Compilation> {
  function* front(graph: PlacedGraph, known: readonly ArgKnowledge[]): Stage<{ optimized: TypedGraph; partitioned: PartitionedGraph }> {
    const optimized = yield* optimize(graph, known, options, runsOn(devices), wantsValues(devices));
    return { optimized, partitioned: yield* partition(optimized) };
  }
  const { optimized, partitioned } = yield* front(placed, args);
  yield;
  const lowered = yield* lower(partitioned, devices, { graph: bodyOf, *compile(graph, known) { return (yield* front(graph, known)).partitioned; } });
  return { optimized, partitioned, lowered, plan: yield* plan(partitioned, lowered, devices, { argDevices: args.map(({ device }) => device), keeps }) };
}
