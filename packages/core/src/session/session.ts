/**
 * Session: runs parts of a graph on devices. It owns its devices' streams, the state of stateful ops, and the plans it has compiled (all
 * of that is its engine's, engine.ts); the graph stays the caller's. Names, orders of checks and texts are those of TensorFlow 1's `tf.Session`.
 */
import type { Backend } from '../device/device.js';
import type { AnyTensor } from '../device/anyTensor.js';
import { DeviceRegistry, type BackendReport } from '../device/registry.js';
import { FailedPreconditionError, NotFoundError, OpError, RuntimeError } from '../errors.js';
import type { GraphFunction } from '../execute/graphFunction.js';
import { Graph } from '../graph/graph.js';
import type { Endpoint } from '../graph/graphData.js';
import type { Tensor } from '../graph/tensor.js';
import { typeName } from '../graph/elements.js';
import { HostTensor } from '../hostTensor.js';
import type { Support } from '../kernels/kernel.js';
import type { Placement } from '../place/solve.js';
import type { Plan } from '../plan/plan.js';
import { ConfigProto, parseConfig, parseRunOptions, type ConfigInput, type GraphDef, type RunMetadata, RunOptions, type RunOptionsInput } from '../proto/index.js';
import { checkKeys } from '../options.js';
import { graphDefToProto } from '../proto/graphDef.js';
import type { PruneRequest } from '../prune/prune.js';
import type { PartialShape } from '../shape.js';
import { getDefaultGraph, withDefaultGraph } from '../state/defaultGraph.js';
import { getDefaultRegistry } from '../state/defaultRegistry.js';
import { enterDefaultSession, withDefaultSession } from '../state/defaultSession.js';
import { enterLive, leaveLive, liveSessions, type LiveSession } from '../state/liveSessions.js';
import { callableFrom, callableFromOptions, checkRunCall, runCallAt, type Callable, type CallableInput, type CallableRun, type RunCallable } from './callable.js';
import { sameIdentity, sessionConfig, type SessionConfig } from './config.js';
import type { SessionEngine } from './engine.js';
import { mapFeeds, type FeedKey, type Feeds } from './feeds.js';
import { endpointsOf, mapFetches, type Fetched, type Fetches } from './fetches.js';
import { actingRunOptions, idleFields } from './idleFields.js';
import { closedError, finalizedError, LazyEngine } from './lazyEngine.js';
import { stderrLogger, toStdout, type Logger } from './logger.js';
import type { PlacementExplanation } from './placement/explanation.js';
import type { RunCall, StepTarget } from './steps.js';

export interface SessionOptions {
  /** `''` (the default): run in this process. */
  readonly target?: string | null;
  /** The graph to run; by default the current default graph. */
  readonly graph?: Graph | null;
  /** ConfigProto: an object with camelCase names, a message, JSON, text format, or bytes. */
  readonly config?: ConfigInput | string | Uint8Array | null;
  /** Short for a registry of just these. */
  readonly backends?: readonly Backend[];
  /** Where devices come from; by default the process's registry. */
  readonly registry?: DeviceRegistry;
  /** Where the lines of `log_device_placement` go; by default standard output, where there is one, else the console. */
  readonly log?: (text: string) => void;
  /** Where infos, warnings and errors go; by default standard error. `TF_CPP_MIN_LOG_LEVEL` holds for that default. */
  readonly logger?: Logger;
}

/** A device as `listDevices` tells it. */
export interface DeviceAttributes {
  readonly name: string;
  readonly deviceType: string;
  readonly memoryLimitBytes: number;
  /** Random, not 0, new for every session. */
  readonly incarnation: bigint;
  toString(): string;
}

/** How long a session that is left because of an exception may take to close before the exception goes on its way. */
const closeTimeoutMs = 30_000;

export class Session implements AsyncDisposable, Disposable, LiveSession {
  readonly graph: Graph;
  /** The target as bytes. */
  readonly sessStr: Uint8Array;
  /** `name: … version: …` of `experimental.session_metadata`. */
  readonly identity: string | undefined;
  /** The configuration as it was given, every field of it: what acts, what does not, and what the schema does not know. */
  readonly configProto: ConfigProto;
  private readonly config: SessionConfig;
  /** What was said of run options, once each. */
  private readonly said = new Set<string>();
  private readonly engine: LazyEngine;
  private readonly logger: Logger;
  /** How many were made of options. */
  private callables = 0;
  private entered = false;
  private closing: Promise<void> | undefined;

  constructor(options: SessionOptions = {}) {
    checkKeys('Session', options, ['target', 'graph', 'config', 'backends', 'registry', 'log', 'logger']);
    const { graph, config, backends, registry, log = toStdout, logger = stderrLogger } = options;
    if (graph != null && !(graph instanceof Graph)) throw new TypeError(`graph must be a tf.Graph, but got ${typeName(graph)}`);
    const target = options.target ?? '';
    if (typeof target !== 'string') {
      const hint = typeof target === 'object' ? '. Did you do "Session(config)" instead of "Session(config=config)"?' : '';
      throw new TypeError(`target must be a string, but got ${typeName(target)}${hint}`);
    }
    const proto = parseConfig(config ?? {});
    if (target !== '') {
      throw new NotFoundError(`No session factory registered for the given session options: {target: "${target}" config: } Registered factories are {DIRECT_SESSION}.`);
    }
    this.graph = graph ?? getDefaultGraph();
    this.sessStr = new TextEncoder().encode(target);
    this.logger = logger;
    this.configProto = proto;
    this.config = sessionConfig(proto);
    for (const line of idleFields(ConfigProto, proto, 'ConfigProto')) logger.warning(line);
    const { identity } = this.config;
    this.identity = identity;
    if (identity !== undefined && liveSessions().some((other) => other.identity === identity)) throw sameIdentity(identity);
    const devices = backends === undefined ? (registry ?? getDefaultRegistry()) : new DeviceRegistry(backends);
    const engine = new LazyEngine({ devices, config: this.config, log, logger });
    this.engine = engine;
    enterLive(this, () => {
      logger.warning('A session was forgotten open. It is released now; call close(), or declare it with `await using`, to release it in time.');
      engine.close().catch((error: unknown) => { logger.error(`Closing a forgotten session failed: ${String(error)}`); });
    });
  }

  /**
   * For every open session of the process: clears the named containers (none named: the default one) and closes it. Only `''` is a target.
   */
  static async reset(target: string, containers: readonly string[] = [], config?: ConfigInput): Promise<void> {
    parseConfig(config ?? {});
    if (target !== '') throw new NotFoundError(`No session factory registered for the given session options: {target: "${target}" config: } Registered factories are {DIRECT_SESSION}.`);
    await Promise.all(liveSessions().map((session) => session.reset(containers)));
  }

  /** For `Session.reset`. */
  async reset(containers: readonly string[]): Promise<void> {
    for (const container of containers.length === 0 ? ['localhost'] : containers) this.engine.there?.runtime.resources.clearContainer(container);
    await this.close();
  }

  /**
   * Computes `fetches` and returns them in the same structure. Feeds replace tensors of the graph for this run.
   * RuntimeError after close; TypeError and ValueError for fetches and feeds that the graph does not have or that do not fit; an OpError
   * naming the node for what fails while it runs.
   */
  run<const F extends Fetches>(fetches: F, feeds?: Feeds, call?: RunCall): Promise<Fetched<F>>;
  run(fetches: unknown, feeds?: Feeds, call?: RunCall): Promise<unknown> {
    return this.runStructure(fetches, feeds, call);
  }

  /** `run` without its types, which follow the fetches. */
  private async runStructure(fetches: unknown, feeds?: unknown, call: RunCall = {}): Promise<unknown> {
    this.checkOpen();
    checkRunCall('run', call);
    const options = call.options === undefined ? {} : this.runOptions(call.options);
    this.checkNotEmpty();
    const fed = mapFeeds(this.graph, feeds);
    const mapper = mapFetches(this.graph, fetches, this.engine);
    const values = new Map<Tensor, HostTensor>();
    for (const tensor of mapper.tensors) {
      const value = fed.get(tensor);
      if (value !== undefined) values.set(tensor, value instanceof HostTensor ? value : await this.engine.toHost(value));
    }
    const wanted = mapper.tensors.filter((tensor) => !fed.has(tensor));
    if (wanted.length + mapper.targets.length > 0) {
      const request = { feeds: endpointsOf(fed.keys()), fetches: endpointsOf(wanted), targets: mapper.targets.map((op) => op.name) };
      const data = this.graph.toGraphData();
      const engine = this.engine.there ?? await this.engine.load();
      const results = await engine.told(engine.steps.run(engine.steps.target(data, request), [...fed.values()], options, call), this.graph);
      wanted.forEach((tensor, i) => { values.set(tensor, results[i] as HostTensor); });
    }
    return mapper.build((tensor) => values.get(tensor) as HostTensor);
  }

  /**
   * `run` with its fetches resolved once. With a feed list: call the result with the values of its keys, in order, and with a RunCall after
   * them. Without one it takes nothing but a RunCall (`options` and `metadata` with `acceptOptions` only), does not see what the graph becomes,
   * and after close fails with CancelledError.
   */
  makeCallable<const F extends Fetches, const K extends readonly FeedKey[]>(fetches: F, options: { readonly feedList: K; readonly acceptOptions?: boolean }): RunCallable<Fetched<F>, K>;
  makeCallable<const F extends Fetches>(fetches: F, options?: { readonly feedList?: undefined; readonly acceptOptions?: boolean }): (call?: RunCall) => Promise<Fetched<F>>;
  makeCallable(fetches: Fetches, options: { readonly feedList?: readonly FeedKey[] | undefined; readonly acceptOptions?: boolean } = {}): (...values: never[]) => Promise<unknown> {
    checkKeys('makeCallable', options, ['feedList', 'acceptOptions']);
    const { feedList, acceptOptions = false } = options;
    if (feedList !== undefined) {
      if (!Array.isArray(feedList)) throw new TypeError('`feed_list` must be a list or tuple.');
      const keys: readonly FeedKey[] = feedList;
      // As Python's zip: the shorter of the two lists counts.
      return (...given: readonly unknown[]) => this.runStructure(fetches, given.slice(0, keys.length).map((value, i) => [keys[i], value]), runCallAt(given, keys.length));
    }
    this.checkNotEmpty();
    if (this.engine.there?.runtime.isFinal === true) throw finalizedError();
    return callableFrom({ graph: this.graph, run: this.callableRun, mapper: mapFetches(this.graph, fetches, this.engine), acceptOptions, options: (input) => this.runOptions(input) });
  }

  /**
   * A callable by CallableOptions: takes HostTensors in the order of `feed`, gives them in the order of `fetch`. What `fetch_devices` names a GPU
   * for stays there: a TensorHandle is given, to be fed here or into `run` without a copy; `delete` it, or the session's close does.
   */
  makeCallableFromOptions(options: CallableInput): Callable {
    const checkOpen = (): void => { if (this.closing !== undefined) throw closedError(); };
    checkOpen();
    if (this.engine.there?.runtime.isFinal === true) throw finalizedError();
    return callableFromOptions({
      graph: this.graph, run: this.callableRun, input: options, options: (given) => this.runOptions(given), number: () => this.callables++, store: this.engine, checkOpen,
    });
  }

  /** Declares a run that is made in parts: what will be fetched and fed. Gives the handle for `partialRun`. */
  async partialRunSetup(fetches: Fetches, feeds: readonly FeedKey[] = []): Promise<string> {
    this.checkOpen();
    this.checkNotEmpty();
    if (!Array.isArray(feeds)) throw new TypeError('`feeds` must be an array of tensors or their names.');
    const mapper = mapFetches(this.graph, fetches, this.engine);
    return (await this.engine.load()).partialRuns.setup(this.graph, mapper, feeds);
  }

  /** Goes on with such a run: feeds some, fetches some; each tensor once. What is computed stays computed. */
  partialRun<const F extends Fetches>(handle: string, fetches: F, feeds?: Feeds): Promise<Fetched<F>>;
  async partialRun(handle: string, fetches: Fetches, feeds?: Feeds): Promise<unknown> {
    this.checkOpen();
    this.checkNotEmpty();
    const fed = mapFeeds(this.graph, feeds);
    const mapper = mapFetches(this.graph, fetches, this.engine);
    if (mapper.targets.length > 0) throw new RuntimeError('partial_run() requires empty target_list.');
    if (mapper.tensors.length + fed.size === 0) return mapper.build(() => { throw new RuntimeError('nothing is fetched'); });
    const engine = await this.engine.load();
    const values = await engine.told(engine.partialRuns.run(handle, mapper.tensors, fed), this.graph);
    return mapper.build((tensor) => values.get(tensor) as HostTensor);
  }

  /** The graph as it is now, as a GraphDef message; with `graph_options.infer_shapes`, `_output_shapes` on every node. */
  get graphDef(): GraphDef {
    return graphDefToProto(this.graph.asGraphDef({ addShapes: this.config.inferShapes }));
  }

  /** The session's devices, CPUs first. */
  async listDevices(): Promise<readonly DeviceAttributes[]> {
    if (this.closing !== undefined) throw closedError();
    return (await this.ready()).runtime.deviceAttributes();
  }

  /** What every backend found: its devices, or why there are none. */
  async devices(): Promise<readonly BackendReport[]> {
    this.checkOpen();
    return (await this.ready()).runtime.reports;
  }

  /** Where each node of the graph is placed, and why; runs nothing. */
  async placement(): Promise<Placement> {
    this.checkOpen();
    return (await this.ready()).runtime.placements.of(this.graph.toGraphData());
  }

  /**
   * Where a call would run, as plain JSON: each node of the pruned graph with what it asked for, which devices can run it, why the others
   * cannot and the rule that decided; each edge; each tensor that goes from device to device, with its bytes where the shapes of feeds and
   * graph tell them. Without fetches, the whole graph. Runs nothing. The errors are those of `run` before it runs.
   */
  async explainPlacement(fetches?: Fetches, feeds?: Feeds): Promise<PlacementExplanation> {
    this.checkOpen();
    const { graph } = this;
    const fed = fetches === undefined ? new Map<never, never>() : mapFeeds(graph, feeds);
    const request = fetches === undefined ? undefined : this.requestOf(fetches, fed);
    const { runtime } = await this.ready();
    const staticShape = ({ node, index }: Endpoint): PartialShape => graph.getOperationByName(node).outputs[index]?.shape ?? null;
    return runtime.explainPlacement(graph.toGraphData(), request, Array.from(fed.values(), ({ shape }) => ({ shape })), staticShape);
  }

  /** For each node of the graph: true if some device has a kernel for it, else why none has. */
  async support(): Promise<ReadonlyMap<string, Support>> {
    this.checkOpen();
    return (await this.ready()).runtime.supportOf(this.graph.toGraphData());
  }

  /** The plan of a call, compiled but not run. */
  async plan(fetches: Fetches, feeds?: Feeds): Promise<Plan> {
    const { fn, args } = await this.lookUp(fetches, feeds);
    return fn.planFor(args);
  }

  /**
   * What every stage makes of a call, as text: prune and place, optimize, partition, lower, plan; and the same of the later part, where its
   * shapes are known without a run. Runs nothing.
   */
  async explain(fetches: Fetches, feeds?: Feeds): Promise<string> {
    const { engine, fn, args } = await this.lookUp(fetches, feeds);
    return engine.explain(fn, args);
  }

  /** Makes this session (not its graph) the default: around `fn`, across its awaits, or until disposal (`using`). Does not close it. */
  asDefault(): Disposable;
  asDefault<R>(fn: (session: this) => R): R;
  asDefault<R>(fn?: (session: this) => R): R | Disposable {
    return fn === undefined ? enterDefaultSession(this) : withDefaultSession(this, () => fn(this));
  }

  /**
   * Python's `with session:`. Graph and session are the defaults while `fn` runs, across its awaits; then the session closes, whatever
   * became of `fn`. RuntimeError when it is entered within itself.
   */
  async enter<R>(fn: (session: this) => R | Promise<R>): Promise<R> {
    if (this.entered) throw new RuntimeError('Session context managers are not re-entrant. Use `Session.as_default()` if you want to enter a session multiple times.');
    this.entered = true;
    try {
      const result = await withDefaultGraph(this.graph, () => withDefaultSession(this, () => Promise.resolve(fn(this))));
      await this.close();
      return result;
    } catch (error) {
      if (error instanceof OpError && error.constructor === OpError) this.logger.error(`Session closing due to OpError: ${error.message}`);
      await this.closeInTime();
      throw error;
    } finally {
      this.entered = false;
    }
  }

  /**
   * The session takes nothing new: signatures that ran, and callables that were made, go on (with other shapes, too); another signature, or a graph
   * that has grown, is a FailedPreconditionError. As in TensorFlow's C++ Session.
   */
  async finalize(): Promise<void> {
    this.checkOpen();
    this.checkNotEmpty();
    const { runtime } = await this.engine.load();
    if (runtime.isFinal) throw new FailedPreconditionError('Session already finalized.');
    runtime.finalize(this.graph.toGraphData());
  }

  /** Cancels running steps, waits until they have returned, and releases everything the session holds. Idempotent. */
  close(): Promise<void> {
    this.closing ??= (async () => {
      leaveLive(this);
      await this.engine.close();
    })();
    return this.closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Starts closing; use `await using` to wait for it. */
  [Symbol.dispose](): void {
    this.close().catch((error: unknown) => { this.logger.error(`Closing a session failed: ${String(error)}`); });
  }

  /** A session that is left because of an exception holds that up for 30 s at most. */
  private async closeInTime(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<'late'>((resolve) => { timer = setTimeout(() => { resolve('late'); }, closeTimeoutMs); });
    const outcome = await Promise.race([this.close().catch(() => undefined), late]);
    clearTimeout(timer);
    if (outcome === 'late') this.logger.error('Session failed to close after 30 seconds. Continuing after this point may leave your program in an undefined state.');
  }

  /** The engine, with its devices found. */
  private async ready(): Promise<SessionEngine> {
    const engine = await this.engine.load();
    await engine.runtime.ready();
    return engine;
  }

  /** How callables run their signature. */
  private readonly callableRun: CallableRun = (signature) => {
    let target: StepTarget | undefined;
    return async (args, options, call) => {
      const { steps } = this.engine.there ?? await this.engine.load();
      target ??= steps.fixedTarget(signature);
      return steps.run(target, args, options, call);
    };
  };

  private runOptions(input: RunOptionsInput): RunOptions {
    const options = parseRunOptions(input);
    for (const line of idleFields(RunOptions, options, 'RunOptions', actingRunOptions)) {
      if (!this.said.has(line)) this.logger.warning(line);
      this.said.add(line);
    }
    return options;
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw new RuntimeError('Attempted to use a closed Session.');
  }

  private checkNotEmpty(): void {
    if (this.graph.version === 0) throw new RuntimeError('The Session graph is empty.  Add operations to the graph before calling run().');
  }

  private async lookUp(fetches: Fetches, feeds: Feeds | undefined): Promise<{ engine: SessionEngine; fn: GraphFunction; args: readonly AnyTensor[] }> {
    this.checkOpen();
    const fed = mapFeeds(this.graph, feeds);
    const request = this.requestOf(fetches, fed);
    const engine = await this.ready();
    return { engine, fn: await engine.steps.target(this.graph.toGraphData(), request).resolve(), args: [...fed.values()] };
  }

  private requestOf(fetches: Fetches, fed: ReadonlyMap<Tensor, AnyTensor>): PruneRequest {
    const mapper = mapFetches(this.graph, fetches, this.engine);
    return { feeds: endpointsOf(fed.keys()), fetches: endpointsOf(mapper.tensors.filter((tensor) => !fed.has(tensor))), targets: mapper.targets.map((op) => op.name) };
  }
}

export type { RunCall, RunMetadata };
