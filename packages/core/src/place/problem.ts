/** What a placement is made from: both front doors (a session's graph, a GraphDef) turn their arguments into this. */
import type { DeviceName } from '../device/deviceName.js';
import type { NodeData } from '../graph/graphData.js';
import type { DeviceSet, SetDevice } from './deviceSet.js';
import type { PlacementLog } from './log.js';
import type { PlacerContext, PlacerGraph } from './placerGraph.js';
import type { DeviceSupport } from './support.js';

export interface PlacementOptions {
  readonly allowSoftPlacement: boolean;
  /** Stands first among a node's candidates. */
  readonly defaultDevice: SetDevice | undefined;
  /** The address of this process: ops asked for elsewhere may have kernels that are not known here. */
  readonly localAddress: DeviceName;
  /** Whether this build knows GPUs; if not, an error about one says so. */
  readonly knowsGpus: boolean;
}

/** One graph (or function body) to group. */
export interface Problem {
  readonly graph: PlacerGraph;
  readonly context: PlacerContext;
  readonly devices: DeviceSet;
  readonly options: PlacementOptions;
  readonly log: PlacementLog;
  /** What each device of the set says about a node. */
  answers(node: NodeData): readonly DeviceSupport[];
  /** One line per kernel of an op: `  device='GPU'; T in [DT_FLOAT]`. */
  kernelLines(op: string): readonly string[];
  /** Where an earlier placement put a node. */
  assigned(node: string): string | undefined;
}
