/** The placer for GraphDefs: `@sessionflow/core/placer`. */
import { InvalidArgumentError } from '../errors.js';
import type { OpSignature } from '../ops/opDef.js';
import { opDefinition } from '../ops/registry.js';
import type { GraphDef } from '../proto/generated/graph.js';
import { graphDefToProto } from '../proto/graphDef.js';
import type { GraphDefData } from '../proto/graphDefData.js';
import { finish } from '../stage.js';
import { ownSignatures } from './declaredTypes.js';
import { DeviceSet } from './deviceSet.js';
import { readGraphDef } from './fromGraphDef.js';
import { KernelSpecs } from './kernelSpecs.js';
import { PlacementLog } from './log.js';
import { readOpDefs } from './opDefs.js';
import { checkPlaceGraphOptions, type PlaceGraphOptions } from './placeGraphOptions.js';
import { PlacerGraph } from './placerGraph.js';
import type { Reason } from './reasons.js';
import { placementOptions, solve } from './solve.js';

export interface GraphPlacement {
  /** Node → full device name. */
  readonly placement: Readonly<Record<string, string>>;
  readonly log: readonly string[];
  readonly reasons: Readonly<Record<string, Reason>>;
}

/**
 * Places a GraphDef (a message, proto3's JSON form or GraphDefData) with its function library. Throws TensorFlow's placement errors, with
 * its texts: see `place`.
 */
export function placeGraph(graphDef: GraphDef | GraphDefData | object, options: PlaceGraphOptions): GraphPlacement {
  const { asGraphDef } = Object(graphDef) as { readonly asGraphDef?: unknown };
  if (typeof asGraphDef === 'function') throw new InvalidArgumentError('GraphDef: a Graph is given. Expected its GraphDef, graph.asGraphDef().');
  return placeChecked(graphDef, checkPlaceGraphOptions(options));
}

function placeChecked(graphDef: object, options: PlaceGraphOptions): GraphPlacement {
  const given = readOpDefs(options.opDefs ?? []);
  const signature = (op: string): OpSignature | undefined => given.get(op) ?? opDefinition(op) ?? ownSignatures.get(op);
  const devices = new DeviceSet(options.devices);
  const kernels = new KernelSpecs(options.devices, signature);
  const { nodes, context } = readGraphDef(isGraphDefData(graphDef) ? graphDefToProto(graphDef) : graphDef, signature);
  const assigned = new Map(Object.entries(options.assigned ?? {}));
  const solved = finish(solve(
    {
      graph: new PlacerGraph(nodes),
      context,
      devices,
      options: placementOptions(options, devices),
      log: new PlacementLog(options.logDevicePlacement ?? false),
      answers: (node) => kernels.answers(node),
      kernelLines: (op) => kernels.lines(op),
      // As in a graph, no text is no device.
      assigned: (node) => assigned.get(node) || undefined,
    },
    options.isolateFunctionResources ?? false,
  ));
  const placement: Record<string, string> = {};
  const reasons: Record<string, Reason> = {};
  for (const [id, reason] of solved.reasons.entries()) {
    const { name } = solved.nodes[id]!;
    define(placement, name, reason.device);
    define(reasons, name, reason);
  }
  return { placement, log: solved.entries.map(({ text }) => text), reasons };
}

/** A node may have any name, `__proto__` too. */
function define<T>(record: Record<string, T>, name: string, value: T): void {
  if (name === '__proto__') Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
  else record[name] = value;
}

function isGraphDefData(given: object): given is GraphDefData {
  const known = Object(given) as object;
  return 'nodes' in known && 'functions' in known;
}

