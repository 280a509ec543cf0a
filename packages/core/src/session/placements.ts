/** Placements of a session's graph: made anew when the graph has grown, logged, and never moving what has state. */
import type { CompileDevice } from '../device/compileDevice.js';
import { InternalError } from '../errors.js';
import type { GraphData } from '../graph/graphData.js';
import { opDefinition } from '../ops/registry.js';
import { fromKernelTables } from '../place/kernelTables.js';
import { place } from '../place/place.js';
import type { Placement } from '../place/solve.js';
import { inParts, type Stage } from '../stage.js';
import type { SessionConfig } from './config.js';
import type { Logger } from './logger.js';

interface Placed {
  readonly data: GraphData;
  readonly done: Promise<Placement>;
  /** Once it is done. */
  placement: Placement | undefined;
}

export class Placements {
  private latest: Placed | undefined;
  /** The end of the placement that comes last so far. */
  private turn: Promise<unknown> = Promise.resolve();
  /** Devices of stateful nodes, which later placements keep. */
  private readonly assigned = new Map<string, string>();

  constructor(
    private readonly config: SessionConfig, private readonly log: (line: string) => void, private readonly logger: Logger,
    private readonly devices: () => Iterable<CompileDevice>,
  ) {}

  /** The placement of the graph as it is, if it is made. */
  known(data: GraphData): Placement | undefined {
    return this.latest?.data === data ? this.latest.placement : undefined;
  }

  /** Where every node of the graph is, and why. */
  of(data: GraphData): Promise<Placement> {
    if (this.latest?.data === data) return this.latest.done;
    const done = this.inTurn(data);
    const placed: Placed = { data, done, placement: undefined };
    this.latest = placed;
    done.then((placement) => { placed.placement = placement; }, () => { if (this.latest === placed) this.latest = undefined; });
    return done;
  }

  /** Where the nodes that a call needs are, where only those are placed. */
  ofPruned(graph: GraphData): Promise<Placement> {
    return this.inTurn(graph);
  }

  /** One after the other: a placement keeps what the ones before have assigned. */
  private inTurn(graph: GraphData): Promise<Placement> {
    const done = this.turn.then(async () => {
      const placement = await inParts(this.stage(graph, undefined));
      this.note(graph, placement);
      return placement;
    });
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** Logs a placement, and remembers where stateful nodes are: nothing may move them. */
  note(data: GraphData, placement: Placement): void {
    for (const { kind, text } of placement.entries) {
      if (kind === 'placement') this.log(text);
      if (kind === 'warning') this.logger.warning(text);
      else this.logger.info(text);
    }
    for (const node of data.nodes.values()) {
      const device = placement.placement.get(node.name);
      if (device === undefined || opDefinition(node.op)?.isStateful !== true) continue;
      const before = this.assigned.get(node.name);
      if (before !== undefined && before !== device) {
        throw new InternalError(`Stateful placement mismatch. Current assignment of ${node.name} to ${before} does not match ${device}`, { node: node.name, op: node.op });
      }
      this.assigned.set(node.name, device);
    }
  }

  /** Places a graph: the body of a function for a call on `defaultDevice`, or (undefined) one whose stateful nodes are the session's. */
  stage(graph: GraphData, defaultDevice: string | undefined): Stage<Placement> {
    return place(graph, {
      devices: fromKernelTables([...this.devices()], opDefinition),
      opSignatures: opDefinition,
      // Nodes of a function's body have names of their own.
      assigned: defaultDevice === undefined ? this.assigned : undefined,
      defaultDevice,
      allowSoftPlacement: this.config.allowSoftPlacement,
      logDevicePlacement: this.config.logDevicePlacement,
      isolateFunctionResources: true,
    });
  }
}
