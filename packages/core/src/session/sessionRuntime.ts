/** What a session owns while it is open: its devices and streams, placements, plans, and the objects of its state. */
import type { CompileDevice } from '../device/compileDevice.js';
import type { BackendReport, DeviceRegistry } from '../device/registry.js';
import { InternalError, NotFoundError } from '../errors.js';
import { GraphFunction, type Runtime } from '../execute/graphFunction.js';
import { PlanCache } from '../execute/planCache.js';
import type { SessionDevice } from '../execute/preparedPlan.js';
import type { FunctionRef } from '../graph/attrs.js';
import type { GraphData } from '../graph/graphData.js';
import { functionGraph, type StageGraph } from '../graph/stageGraph.js';
import { attrsOf, constantAt, type ArgKnowledge, type PlacedGraph } from '../graph/typedGraph.js';
import type { Support, SupportQuery } from '../kernels/kernel.js';
import { opDefinition } from '../ops/registry.js';
import { infer } from '../optimize/infer.js';
import type { OptimizeOptions } from '../optimize/optimize.js';
import { raiseControlFlow } from '../optimize/raise/raiseControlFlow.js';
import { fromKernelTables } from '../place/kernelTables.js';
import { place } from '../place/place.js';
import type { Placement } from '../place/solve.js';
import type { Plan } from '../plan/plan.js';
import type { PruneRequest } from '../prune/prune.js';
import { openDevice, type SharedDevice } from '../state/openDevices.js';
import { compile, compileSignature, type Compilation } from './compile.js';
import type { SessionConfig } from './config.js';
import { Resources } from './resources.js';

/** Plans that a session keeps: by bytes of the memory that their idle leases hold, and by number. */
const planBudget = { bytes: 1 << 30, plans: 256 } as const;

interface Opened {
  readonly reports: readonly BackendReport[];
  readonly shared: readonly SharedDevice[];
  readonly devices: ReadonlyMap<string, SessionDevice>;
  readonly compileDevices: ReadonlyMap<string, CompileDevice>;
}

export class SessionRuntime implements Runtime {
  readonly cache = new PlanCache(planBudget);
  readonly resources = new Resources();
  private readonly signatures = new Map<string, GraphFunction>();
  private readonly functions = new Map<string, GraphFunction>();
  private opening: Promise<Opened> | undefined;
  private opened: Opened | undefined;
  private placed: { readonly data: GraphData; readonly placement: Placement } | undefined;
  /** Devices of stateful nodes, which later placements keep. */
  private readonly assigned = new Map<string, string>();

  constructor(private readonly registry: DeviceRegistry, private readonly config: SessionConfig, private readonly log: (line: string) => void) {}

  /** Discovers and opens the devices; again only after a failure. */
  async ready(): Promise<void> {
    this.opening ??= this.open();
    try {
      this.opened = await this.opening;
    } catch (error) {
      this.opening = undefined;
      throw error;
    }
  }

  get devices(): ReadonlyMap<string, SessionDevice> {
    return this.state.devices;
  }

  /** What every backend found, and why some found nothing. */
  get reports(): readonly BackendReport[] {
    return this.state.reports;
  }

  /** Where every node of the graph is, and why; placed anew when the graph has grown. */
  placementOf(data: GraphData): Placement {
    if (this.placed?.data !== data) {
      const placement = this.place(data, undefined);
      for (const line of placement.log) this.log(line);
      for (const node of data.nodes.values()) {
        const device = placement.placement.get(node.name);
        if (device !== undefined && opDefinition(node.op)?.isStateful === true) this.assigned.set(node.name, device);
      }
      this.placed = { data, placement };
    }
    return this.placed.placement;
  }

  /** For each node: true if some device runs it, else what the devices answer. */
  supportOf(data: GraphData): ReadonlyMap<string, Support> {
    const devices = fromKernelTables([...this.state.compileDevices.values()], opDefinition);
    return new Map([...data.nodes.values()].map((node) => {
      const query: SupportQuery = {
        op: node.op, attrs: attrsOf(node), outputDtypes: node.outputs,
        inputDtypes: node.inputs.map((endpoint) => data.nodes.get(endpoint.node)?.outputs[endpoint.index] ?? 'variant'),
        constants: node.inputs.map((endpoint) => constantAt(data.nodes, endpoint)),
      };
      const answers = devices.map((device) => device.supports(query));
      return [node.name, answers.some((answer) => answer.supported) || answers.map((answer) => (answer.supported ? '' : answer.reason)).join('; ')];
    }));
  }

  /** The function that runs a signature; made once. `key` names feeds, fetches and targets. */
  signature(key: string, data: GraphData, request: PruneRequest): GraphFunction {
    const pruning = this.config.placePrunedGraph;
    const placement = pruning ? undefined : this.placementOf(data);
    const known = this.signatures.get(key);
    if (known !== undefined) return known;
    const placed = compileSignature(data, request, (pruned) => this.placedGraph(pruned, placement));
    const made = new GraphFunction(placed, this);
    this.signatures.set(key, made);
    return made;
  }

  compile(graph: PlacedGraph, args: readonly ArgKnowledge[]): Plan {
    return this.compilation(graph, args).plan;
  }

  /** Every stage's output for these arguments; what explain prints. */
  compilation(graph: PlacedGraph, args: readonly ArgKnowledge[]): Compilation {
    return compile(graph, args, this.state.compileDevices, this.optimizeOptions);
  }

  wantedArgs(graph: PlacedGraph, args: readonly ArgKnowledge[]): ReadonlySet<number> {
    const mayTellShapes = graph.args.some((name) => ['int32', 'int64', 'bool'].includes(graph.nodes.get(name)?.outputs[0] ?? ''));
    if (!mayTellShapes) return new Set();
    return infer(graph, args, { fold: this.optimizeOptions.constantFolding }).wantedArgs;
  }

  functionFor(ref: FunctionRef, graph: PlacedGraph, device: string): GraphFunction {
    const key = `${ref.name} ${device}`;
    const known = this.functions.get(key);
    if (known !== undefined) return known;
    const definition = graph.library.get(ref.name);
    if (definition === undefined) throw new NotFoundError(`Function ${ref.name} is not defined.`);
    const body = functionGraph(definition, graph.library);
    const { placement } = this.place(body, device);
    const made = new GraphFunction(raiseControlFlow({ ...body, placement }), this);
    this.functions.set(key, made);
    return made;
  }

  /** Releases plans, streams and devices. */
  async close(): Promise<void> {
    this.cache.close();
    this.resources.clear();
    const opened = await this.opening?.catch(() => undefined);
    this.opening = undefined;
    this.opened = undefined;
    if (opened === undefined) return;
    await Promise.all([...opened.devices.values()].map(({ stream }) => stream.close()));
    await Promise.all(opened.shared.map((shared) => shared.release()));
  }

  private get state(): Opened {
    if (this.opened === undefined) throw new InternalError('internal: the session has no devices yet');
    return this.opened;
  }

  private get optimizeOptions(): OptimizeOptions {
    return this.config.optimize;
  }

  private placedGraph(pruned: StageGraph, whole: Placement | undefined): PlacedGraph {
    const client = this.clientDevice();
    if (whole === undefined) {
      const own = this.place(pruned, undefined);
      for (const line of own.log) this.log(line);
      return { ...pruned, placement: own.placement };
    }
    const placement = new Map(whole.placement);
    for (const arg of pruned.args) placement.set(arg, client);
    return { ...pruned, placement };
  }

  private place(graph: GraphData, defaultDevice: string | undefined): Placement {
    return place(graph, {
      devices: fromKernelTables([...this.state.compileDevices.values()], opDefinition),
      opSignatures: opDefinition,
      assigned: this.assigned,
      defaultDevice,
      allowSoftPlacement: this.config.allowSoftPlacement,
      logDevicePlacement: this.config.logDevicePlacement,
    });
  }

  /** Where feeds and fetches live: the first CPU, or the first device of a session without one. */
  private clientDevice(): string {
    const names = [...this.state.devices.keys()];
    return names.find((name) => name.endsWith('/device:CPU:0')) ?? names[0] ?? '';
  }

  private async open(): Promise<Opened> {
    const reports = await this.registry.discover(this.config.devices);
    const found = reports.flatMap((report) => report.devices);
    if (found.length === 0) {
      const reasons = reports.map((report) => `${report.backend.name}: ${report.reason ?? 'nothing found'}`).join('; ');
      throw new NotFoundError(`No devices are available to this session. ${reasons === '' ? 'No backend was given: pass one in `backends`, or import a backend\'s /register.' : reasons}`);
    }
    const shared: SharedDevice[] = [];
    try {
      const devices = new Map<string, SessionDevice>();
      const compileDevices = new Map<string, CompileDevice>();
      for (const { name, backend, info } of found) {
        const open = await openDevice({ name, backend, info });
        shared.push(open);
        const stream = open.device.stream({ threads: this.config.intraOpThreads, memoryLimit: 0 });
        devices.set(name, { name, device: open.device, constants: open.constants, stream });
        compileDevices.set(name, { name, info: open.device.info, kernels: backend.kernels });
      }
      if (this.config.logDevicePlacement) this.logMapping(compileDevices);
      return { reports, shared, devices, compileDevices };
    } catch (error) {
      await Promise.all(shared.map((device) => device.release()));
      throw error;
    }
  }

  private logMapping(devices: ReadonlyMap<string, CompileDevice>): void {
    const described = [...devices.values()].filter(({ info }) => info.description !== '');
    if (described.length === 0) this.log('Device mapping: no known devices.');
    else this.log(['Device mapping:', ...described.map(({ name, info }) => `${name} -> ${info.description}`)].join('\n'));
  }
}
