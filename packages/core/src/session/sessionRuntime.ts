/** What a session owns while it is open: its devices and streams, placements, plans, and the objects of its state. */
import type { AnyTensor } from '../device/anyTensor.js';
import type { BackendReport, DeviceRegistry, FoundDevice } from '../device/registry.js';
import { FailedPreconditionError, InternalError, NotFoundError } from '../errors.js';
import type { FunctionUse } from '../execute/control.js';
import type { FrameFunction } from '../execute/frames.js';
import { GraphFunction, type Runtime, type WantedArgs } from '../execute/graphFunction.js';
import { PlanCache } from '../execute/planCache.js';
import { sessionDevice, type SessionDevice } from '../execute/preparedPlan.js';
import { downloadTensor } from '../execute/transfer.js';
import type { FunctionRef } from '../graph/attrs.js';
import type { FunctionData, FunctionLibrary, GraphData } from '../graph/graphData.js';
import { functionGraph, type StageGraph } from '../graph/stageGraph.js';
import { HostTensor } from '../hostTensor.js';
import { attrsOf, constantAt, type ArgKnowledge, type PlacedGraph } from '../graph/typedGraph.js';
import type { Support, SupportQuery } from '../kernels/kernel.js';
import { opDefinition } from '../ops/registry.js';
import { infer } from '../optimize/infer.js';
import { wantsValues } from '../optimize/runsOn.js';
import type { OptimizeOptions } from '../optimize/optimize.js';
import type { PlaceBody } from '../optimize/inlineCalls.js';
import { frameGraph } from '../partition/frameGraph.js';
import { fromKernelTables } from '../place/kernelTables.js';
import type { Placement } from '../place/solve.js';
import type { Plan } from '../plan/plan.js';
import { prune, type PruneRequest } from '../prune/prune.js';
import { finish, inParts } from '../stage.js';
import { compile, compileSignature, structured, type Compilation } from './compile.js';
import { checkFound, type CallableDevices } from './callableDevices.js';
import type { SessionConfig } from './config.js';
import { withKeptResults } from './keptResults.js';
import { finalizedError } from './lazyEngine.js';
import type { Logger } from './logger.js';
import { explainSession, type ExplainSession } from './placement/explainSession.js';
import type { PlacementExplanation } from './placement/explanation.js';
import { pingPongs } from './placement/pingPong.js';
import { Placements } from './placements.js';
import { Resources } from './resources.js';
import { SessionDevices } from './sessionDevices.js';
import type { DeviceAttributes } from './session.js';

/** Plans that a session keeps: by bytes of the memory that their idle leases hold, and by number. */
const planBudget = { bytes: 1 << 30, plans: 256 } as const;

export class SessionRuntime implements Runtime {
  readonly cache = new PlanCache(planBudget);
  readonly resources = new Resources();
  private readonly signatures = new Map<string, GraphFunction>();
  private readonly functions = new Map<FunctionData, Map<string, GraphFunction>>();
  private readonly frames = new Map<FunctionData, FrameFunction>();
  private finding: Promise<SessionDevices> | undefined;
  private foundDevices: SessionDevices | undefined;
  /** Signatures that are being pruned and placed. */
  private readonly making = new Map<string, Promise<GraphFunction>>();
  /** The graph of the first run. */
  private first: GraphData | undefined;
  /** The graph of a finalized session. */
  private last: GraphData | undefined;
  readonly placements: Placements;

  constructor(private readonly registry: DeviceRegistry, private readonly config: SessionConfig, private readonly log: (line: string) => void, private readonly logger: Logger) {
    this.placements = new Placements(config, log, logger, () => this.owned.found.values());
  }

  /** Finds the devices; again only after a failure. None is opened before a plan needs it. */
  async ready(): Promise<void> {
    this.finding ??= this.find();
    try {
      this.foundDevices = await this.finding;
    } catch (error) {
      this.finding = undefined;
      throw error;
    }
  }

  get devices(): ReadonlyMap<string, SessionDevice> {
    return this.owned.open;
  }

  openDevices(names: Iterable<string>): Promise<void> {
    return this.owned.use(names);
  }

  /** What every backend found, and why some found nothing. */
  get reports(): readonly BackendReport[] {
    return this.owned.reports;
  }

  /** The devices as `listDevices` tells them: CPUs first. */
  deviceAttributes(): DeviceAttributes[] {
    const { found, incarnations } = this.owned;
    const isCpu = (name: string): boolean => name.includes('/device:CPU:');
    return [...found.values()].sort((a, b) => Number(isCpu(b.name)) - Number(isCpu(a.name))).map(({ name, info }) => {
      const incarnation = incarnations.get(name) ?? 1n;
      return {
        name, deviceType: info.deviceType, memoryLimitBytes: info.memoryLimit, incarnation,
        toString: () => `_DeviceAttributes(${name}, ${info.deviceType}, ${info.memoryLimit}, ${incarnation})`,
      };
    });
  }

  /** The value on the host: itself, or a copy of what lies on a device. */
  async toHost(value: AnyTensor): Promise<HostTensor> {
    if (value instanceof HostTensor) return value;
    const { ticket, take } = downloadTensor(value, sessionDevice(this.devices, value.device));
    if (!ticket.settled) await ticket.done;
    return take();
  }

  /** What lies on each open device, for texts. */
  memoryLines(): string[] {
    return [...this.devices.values()].map(({ name, device }) => {
      const { buffers, bytes, peakBytes } = device.memory();
      return `${name}: ${bytes} bytes in ${buffers} allocations (peak ${peakBytes} bytes)`;
    });
  }

  /** Where the nodes of a call (of the whole graph, without a request) are placed, and all that is to be told of it; runs nothing. */
  async explainPlacement(data: GraphData, request: PruneRequest | undefined, args: readonly ArgKnowledge[], staticShape: ExplainSession['staticShape']): Promise<PlacementExplanation> {
    const { found, reports } = this.owned;
    const pruned: StageGraph = request === undefined ? { ...data, args: [], results: [], targets: [] } : await inParts(prune(data, request));
    const placement = await (this.config.placePrunedGraph ? inParts(this.placements.stage(pruned, undefined)) : this.placements.of(data));
    return explainSession(pruned, placement, args, {
      reports, devices: found, staticShape,
      client: this.clientDevice(),
      constantFolding: this.optimizeOptions.constantFolding,
      placeBody: (body, device) => finish(this.placements.stage(body, device)),
    });
  }

  /** For each node: true if some device runs it, else what the devices answer. */
  supportOf(data: GraphData): ReadonlyMap<string, Support> {
    const devices = fromKernelTables([...this.owned.found.values()], opDefinition);
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

  /** From now on signatures are those that are there, of this graph. */
  finalize(data: GraphData): void {
    this.last = data;
  }

  get isFinal(): boolean {
    return this.last !== undefined;
  }

  /** The function that runs a signature; made once. `key` names feeds, fetches and targets. `isPromised`: it was asked for before the session was finalized. */
  signature(key: string, data: GraphData, request: PruneRequest, isPromised = false): GraphFunction | Promise<GraphFunction> {
    if (this.last !== undefined && !isPromised && (data !== this.last || !this.signatures.has(key))) throw finalizedError();
    this.checkExtended(data);
    const known = this.signatures.get(key);
    // A graph that has grown is placed anew and logged anew, though signatures that are there stay as they are.
    if (known !== undefined && (this.config.placePrunedGraph || this.placements.known(data) !== undefined)) return known;
    const making = this.making.get(key) ?? this.newSignature(key, data, request).finally(() => { this.making.delete(key); });
    this.making.set(key, making);
    return making;
  }

  /** FailedPreconditionError where a static graph has grown. */
  private checkExtended(data: GraphData): void {
    this.first ??= data;
    if (this.config.isStatic && this.first !== data) throw new FailedPreconditionError('Extending the graph is not supported when `optimize_for_static_graph` is true.');
  }

  private async newSignature(key: string, data: GraphData, request: PruneRequest): Promise<GraphFunction> {
    const placement = this.config.placePrunedGraph ? undefined : await this.placements.of(data);
    const made = this.signatures.get(key) ?? await this.placedSignature(data, request, placement);
    this.signatures.set(key, made);
    return made;
  }

  /** A signature with feeds and fetches on devices: compiled apart. InvalidArgumentError for a device that the session does not have. */
  async signatureOn(data: GraphData, request: PruneRequest, devices: CallableDevices): Promise<GraphFunction> {
    this.checkExtended(data);
    checkFound(devices, this.owned.found);
    const placement = this.config.placePrunedGraph ? undefined : await this.placements.of(data);
    return this.placedSignature(data, request, placement, (placed) => withKeptResults(placed, devices.keeps));
  }

  private async placedSignature(
    data: GraphData, request: PruneRequest, placement: Placement | undefined, finished: (placed: PlacedGraph) => PlacedGraph = (placed) => placed,
  ): Promise<GraphFunction> {
    const placed = await compileSignature(data, request, async (pruned) => finished(await this.placedGraph(pruned, placement)), this.bodyPlacer(data.library));
    // Where placements are logged, so is what they cost; `explainPlacement` says it always.
    if (this.config.logDevicePlacement) for (const { text } of pingPongs(placed.nodes, placed.placement, this.clientDevice())) this.logger.warning(text);
    return new GraphFunction(placed, this);
  }

  async compile(graph: PlacedGraph, args: readonly ArgKnowledge[], keeps: (result: number) => boolean): Promise<Plan> {
    return (await this.compilation(graph, args, keeps)).plan;
  }

  /** Every stage's output for these arguments; what explain prints. */
  compilation(graph: PlacedGraph, args: readonly ArgKnowledge[], keeps: (result: number) => boolean = () => false): Promise<Compilation> {
    return inParts(compile(graph, args, keeps, this.owned.found, this.optimizeOptions, (ref, caller, device) =>
      (caller.library.has(ref.name) ? this.functionFor(ref, caller, device, 'values').graph : undefined)));
  }

  async wantedArgs(graph: PlacedGraph, args: readonly ArgKnowledge[]): Promise<WantedArgs> {
    const mayTellShapes = graph.args.some((name) => ['int32', 'int64', 'bool'].includes(graph.nodes.get(name)?.outputs[0] ?? ''));
    if (!mayTellShapes) return { wantedArgs: new Set(), unready: new Set() };
    return inParts(infer(graph, args, { fold: this.optimizeOptions.constantFolding, wants: wantsValues(this.owned.found) }));
  }

  functionFor(ref: FunctionRef, graph: PlacedGraph, device: string, use: FunctionUse): GraphFunction {
    const definition = graph.library.get(ref.name);
    if (definition === undefined) throw new NotFoundError(`Function ${ref.name} is not defined.`);
    // By identity: loops that were raised for two signatures may have functions of one name.
    const byDevice = this.functions.get(definition) ?? new Map<string, GraphFunction>();
    this.functions.set(definition, byDevice);
    const key = `${use} on ${device}`;
    const known = byDevice.get(key);
    if (known !== undefined) return known;
    const placeBody = this.bodyPlacer(graph.library);
    const placed: PlacedGraph = { ...functionGraph(definition, graph.library), placement: finish(placeBody(definition, device)) };
    const made = new GraphFunction(finish(structured(placed, placeBody)), this, () => use === 'values');
    byDevice.set(key, made);
    return made;
  }

  framesFor(ref: FunctionRef, graph: PlacedGraph, device: string): FrameFunction {
    const definition = graph.library.get(ref.name);
    if (definition === undefined) throw new InternalError(`internal: function ${ref.name} is not defined`);
    const known = this.frames.get(definition);
    if (known !== undefined) return known;
    // Its nodes were placed with the graph that it was cut from.
    const placement = new Map([...definition.nodes].map(([name, node]) => [name, node.device === '' ? device : node.device]));
    const frames = frameGraph({ ...functionGraph(definition, graph.library), placement });
    const regions = frames.units.map(({ region, isAsked }) => (region === undefined ? undefined : new GraphFunction(region, this, (result) => isAsked[result] !== true)));
    const made: FrameFunction = { graph: frames, regions, devices: this.devices };
    this.frames.set(definition, made);
    return made;
  }

  /** Releases plans, streams and devices. */
  async close(): Promise<void> {
    this.cache.close();
    this.resources.clear();
    const devices = await this.finding?.catch(() => undefined);
    this.finding = undefined;
    this.foundDevices = undefined;
    for (const { name, held } of await devices?.close() ?? []) {
      this.logger.error(`internal: ${held} values on ${name} were still held when the session closed`);
    }
  }

  private get owned(): SessionDevices {
    if (this.foundDevices === undefined) throw new InternalError('internal: the session has no devices yet');
    return this.foundDevices;
  }

  private get optimizeOptions(): OptimizeOptions {
    return this.config.optimize;
  }

  private async placedGraph(pruned: StageGraph, whole: Placement | undefined): Promise<PlacedGraph> {
    const client = this.clientDevice();
    if (whole === undefined) return { ...pruned, placement: (await this.placements.ofPruned(pruned)).placement };
    const placement = new Map(whole.placement);
    for (const arg of pruned.args) placement.set(arg, client);
    return { ...pruned, placement };
  }

  private bodyPlacer(library: FunctionLibrary): PlaceBody {
    const { placements } = this;
    return function* placeBody(body, device) {
      return (yield* placements.stage(functionGraph(body, library), device)).placement;
    };
  }

  /** Where feeds and fetches live: the first CPU, or the first device of a session without one. */
  clientDevice(): string {
    const names = [...this.owned.found.keys()];
    return names.find((name) => name.endsWith('/device:CPU:0')) ?? names[0] ?? '';
  }

  private async find(): Promise<SessionDevices> {
    const reports = await this.registry.discover(this.config.devices);
    const found = reports.flatMap((report) => report.devices);
    if (found.length === 0) {
      const reasons = reports.map((report) => `${report.backend.name}: ${report.reason ?? 'nothing found'}`).join('; ');
      throw new NotFoundError(`No devices are available to this session. ${reasons === '' ? 'No backend was given: pass one in `backends`, or import a backend\'s /register.' : reasons}`);
    }
    this.checkFound(found);
    if (this.config.logDevicePlacement) this.logMapping(found);
    return new SessionDevices(reports, this.config.intraOpThreads);
  }

  private logMapping(devices: readonly FoundDevice[]): void {
    const described = devices.filter(({ info }) => info.description !== '');
    const lines = described.map(({ name, info }) => `${name} -> ${info.description}`);
    this.log(lines.length === 0 ? 'Device mapping: no known devices.' : ['Device mapping:', ...lines].join('\n'));
    this.logger.info(['Device mapping:', ...lines].join('\n'));
  }

  /** What the configuration asks of devices that only the found ones can tell. */
  private checkFound(found: readonly FoundDevice[]): void {
    const count = (type: string): number => found.filter(({ info }) => info.deviceType === type).length;
    for (const [type, asked] of Object.entries(this.config.devices.deviceCount)) {
      const there = count(type);
      if (asked > there) this.logger.warning(`ConfigProto: device_count allows ${asked} devices of type ${type}; there are ${there}.`);
    }
  }
}
