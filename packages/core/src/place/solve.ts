/** The algorithm in its four steps. Everything goes through here, whichever door it came in by. */
import { addressSpace, anyDevice, parseDeviceName, type DeviceName } from '../device/deviceName.js';
import { InvalidArgumentError } from '../errors.js';
import type { NodeData } from '../graph/graphData.js';
import type { Stage } from '../stage.js';
import { assignDevices } from './assign.js';
import { ColocationGraph } from './colocation.js';
import type { DeviceSet } from './deviceSet.js';
import { FunctionStack } from './functions.js';
import { isolate } from './isolate.js';
import type { LogEntry } from './log.js';
import type { PlacementOptions, Problem } from './problem.js';
import { explain, type Reason } from './reasons.js';

/** Where everything goes. */
export interface Placement {
  /** Node → full device name, in the order of ids. */
  readonly placement: ReadonlyMap<string, string>;
  /** All entries as texts, in the order in which they fell. */
  readonly log: readonly string[];
  /** The same with their kinds: only placements belong on stdout. */
  readonly entries: readonly LogEntry[];
  readonly reasons: ReadonlyMap<string, Reason>;
}

/** Where every node goes, by id; each door gives it the form that it promises. */
export interface Solution {
  readonly nodes: readonly NodeData[];
  readonly reasons: readonly Reason[];
  readonly entries: readonly LogEntry[];
}

/** Places a graph. `isolateCalls`: put Identities around inspected calls first, as a session does; they are in the result. */
export function* solve(problem: Problem, isolateCalls: boolean): Stage<Solution> {
  if (isolateCalls) isolate(problem.graph, problem.context);
  yield;
  const groups = new ColocationGraph(problem, new FunctionStack(''));
  yield* groups.initialize();
  const reasons = yield* explain(groups, yield* assignDevices(groups));
  return { nodes: problem.graph.nodes, reasons, entries: problem.log.entries };
}

/** What both doors offer. */
export interface CommonOptions {
  /** A device that stands first among the candidates of a node that may go there. Also gives the local address; without it, CPU:0 does. */
  readonly defaultDevice?: string | undefined;
  readonly allowSoftPlacement?: boolean | undefined;
  readonly logDevicePlacement?: boolean | undefined;
  /** Whether to put Identities around function calls that return resources, as a session does before it places its graph. */
  readonly isolateFunctionResources?: boolean | undefined;
  /** Whether this build knows GPUs; if not, the error about a missing one says so. Left out: whether the set has one. */
  readonly hasGpuSupport?: boolean | undefined;
}

/** Reads the options. InvalidArgumentError for a default device whose name is malformed. */
export function placementOptions(options: CommonOptions, devices: DeviceSet): PlacementOptions {
  const named = options.defaultDevice;
  const parsed = named === undefined ? undefined : parseDeviceName(named);
  if (named !== undefined && parsed === undefined)
    throw new InvalidArgumentError(`defaultDevice '${named}': expected a device name, like ${devices.devices[0]?.name}.`);
  const found = named === undefined || parsed === undefined ? undefined : (devices.find(named) ?? devices.matching(parsed)[0]);
  return {
    allowSoftPlacement: options.allowSoftPlacement ?? false,
    defaultDevice: found,
    localAddress: addressSpace(found?.parsed ?? parsed ?? clientDevice(devices)),
    knowsGpus: options.hasGpuSupport ?? devices.types.includes('GPU'),
  };
}

/** CPU:0, where feeds and fetches live. */
function clientDevice(devices: DeviceSet): DeviceName {
  return devices.devices.find(({ type, parsed }) => type === 'CPU' && parsed.id === 0)?.parsed ?? anyDevice;
}
