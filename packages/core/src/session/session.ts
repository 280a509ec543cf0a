/**
 * Session: runs parts of a graph on devices. It owns its devices' streams, the state of stateful ops, and the plans it has compiled; the
 * graph stays the caller's. Names, orders of checks and texts are those of TensorFlow 1's `tf.Session`.
 */
import type { Backend } from '../device/device.js';
import { DeviceRegistry, type BackendReport } from '../device/registry.js';
import { CancelledError, DeadlineExceededError, NotFoundError, OpError, RuntimeError } from '../errors.js';
import type { RunContext } from '../execute/runContext.js';
import { Graph } from '../graph/graph.js';
import { endpointText, type Endpoint } from '../graph/graphData.js';
import type { Tensor } from '../graph/tensor.js';
import type { HostTensor } from '../hostTensor.js';
import type { Support } from '../kernels/kernel.js';
import type { ConfigProto, RunMetadata, RunOptions } from '../proto/index.js';
import { parseConfig, type ConfigInput } from '../proto/configProto.js';
import type { Placement } from '../place/solve.js';
import type { Plan } from '../plan/plan.js';
import { getDefaultGraph } from '../state/defaultGraph.js';
import { getDefaultRegistry } from '../state/defaultRegistry.js';
import { sessionConfig, type SessionConfig } from './config.js';
import { explain } from './explain.js';
import { mapFeeds, type Feeds } from './feeds.js';
import { mapFetches, type FetchMapper, type Fetched, type Fetches } from './fetches.js';
import { Resources } from './resources.js';
import { SessionRuntime } from './sessionRuntime.js';
import { StatsCollector } from './statsCollector.js';

export interface SessionOptions {
  /** `''` (the default): run in this process. */
  readonly target?: string;
  /** The graph to run; by default the current default graph. */
  readonly graph?: Graph;
  /** ConfigProto, as an object with camelCase names. */
  readonly config?: ConfigInput;
  /** Short for a registry of just these. */
  readonly backends?: readonly Backend[];
  /** Where devices come from; by default the process's registry. */
  readonly registry?: DeviceRegistry;
  /** Where `log_device_placement` writes; by default standard output, where there is one, else the console. */
  readonly log?: (text: string) => void;
}

/** What a call of `run` may have beside fetches and feeds. */
export interface RunCall {
  readonly options?: RunOptions;
  /** Filled after a successful run; untouched by a failed one. */
  readonly metadata?: RunMetadata;
  /** Cancels the run. */
  readonly signal?: AbortSignal;
}

function toStdout(text: string): void {
  const platform: { readonly process?: { readonly stdout?: { write(text: string): unknown } } } = globalThis;
  if (platform.process?.stdout === undefined) console.log(text);
  else platform.process.stdout.write(`${text}\n`);
}

export class Session implements AsyncDisposable, Disposable {
  readonly graph: Graph;
  private readonly config: SessionConfig;
  private readonly runtime: SessionRuntime;
  private readonly running = new Set<{ readonly controller: AbortController; readonly done: Promise<unknown> }>();
  private closing: Promise<void> | undefined;

  constructor(options: SessionOptions = {}) {
    const { target = '', graph, config, backends, registry, log = toStdout } = options;
    if (graph !== undefined && !(graph instanceof Graph)) throw new TypeError(`graph must be a tf.Graph, but got ${typeof graph}`);
    if (typeof target !== 'string') throw new TypeError(`target must be a string, but got ${typeof target}`);
    const proto: ConfigProto = parseConfig(config ?? {});
    if (target !== '') {
      throw new NotFoundError(`No session factory registered for the given session options: {target: "${target}" config: } Registered factories are {DIRECT_SESSION}.`);
    }
    this.graph = graph ?? getDefaultGraph();
    this.config = sessionConfig(proto);
    const devices = backends === undefined ? (registry ?? getDefaultRegistry()) : new DeviceRegistry(backends);
    this.runtime = new SessionRuntime(devices, this.config, log);
  }

  /**
   * Computes `fetches` and returns them in the same structure. Feeds replace tensors of the graph for this run.
   * RuntimeError after close; TypeError and ValueError for fetches and feeds that the graph does not have or that do not fit; an OpError
   * naming the node for what fails while it runs.
   */
  run<const F extends Fetches>(fetches: F, feeds?: Feeds, call?: RunCall): Promise<Fetched<F>>;
  async run(fetches: unknown, feeds?: Feeds, call: RunCall = {}): Promise<unknown> {
    this.checkOpen();
    if (this.graph.version === 0) throw new RuntimeError('The Session graph is empty.  Add operations to the graph before calling run().');
    const fed = mapFeeds(this.graph, feeds);
    const mapper = mapFetches(this.graph, fetches);
    const values = await this.track(call, (context) => this.execute(fed, mapper, context, call));
    return mapper.build((tensor) => values.get(tensor) as HostTensor);
  }

  /** What every backend found: its devices, or why there are none. */
  async devices(): Promise<readonly BackendReport[]> {
    this.checkOpen();
    await this.runtime.ready();
    return this.runtime.reports;
  }

  /** Where each node of the graph is placed, and why; runs nothing. */
  async placement(): Promise<Placement> {
    this.checkOpen();
    await this.runtime.ready();
    return this.runtime.placementOf(this.graph.toGraphData());
  }

  /** For each node of the graph: true if some device has a kernel for it, else why none has. */
  async support(): Promise<ReadonlyMap<string, Support>> {
    this.checkOpen();
    await this.runtime.ready();
    return this.runtime.supportOf(this.graph.toGraphData());
  }

  /** The plan of a call, compiled but not run. */
  async plan(fetches: Fetches, feeds?: Feeds): Promise<Plan> {
    this.checkOpen();
    const fed = mapFeeds(this.graph, feeds);
    const mapper = mapFetches(this.graph, fetches);
    await this.runtime.ready();
    const { fn, args } = this.lookUp(fed, mapper);
    return fn.planFor(args);
  }

  /** What every stage makes of a call, as text: prune and place, optimize, partition, lower, plan. Runs nothing. */
  async explain(fetches: Fetches, feeds?: Feeds): Promise<string> {
    this.checkOpen();
    const fed = mapFeeds(this.graph, feeds);
    const mapper = mapFetches(this.graph, fetches);
    await this.runtime.ready();
    const { fn, args } = this.lookUp(fed, mapper);
    return explain(fn.graph, this.runtime.compilation(fn.graph, args.map(({ shape }) => ({ shape }))));
  }

  /** Cancels running steps, waits until they have returned, and releases everything the session holds. Idempotent. */
  close(): Promise<void> {
    this.closing ??= (async () => {
      const steps = [...this.running];
      for (const { controller } of steps) controller.abort();
      await Promise.all(steps.map(({ done }) => done.catch(() => undefined)));
      await this.runtime.close();
    })();
    return this.closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Starts closing; use `await using` to wait for it. */
  [Symbol.dispose](): void {
    void this.close();
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw new RuntimeError('Attempted to use a closed Session.');
  }

  private async execute(fed: ReadonlyMap<Tensor, HostTensor>, mapper: FetchMapper, context: RunContext, call: RunCall): Promise<ReadonlyMap<Tensor, HostTensor>> {
    const values = new Map<Tensor, HostTensor>(fed);
    const wanted = mapper.tensors.filter((tensor) => !fed.has(tensor));
    if (wanted.length + mapper.targets.length === 0) return values;
    await this.runtime.ready();
    if (context.signal.aborted) throw new CancelledError('Run call was cancelled');
    const { fn, args } = this.lookUp(fed, mapper);
    const results = await fn.run(args, context);
    wanted.forEach((tensor, i) => {
      const value = results[i];
      if (value !== undefined) values.set(tensor, value);
    });
    if (call.metadata !== undefined && context.stats instanceof StatsCollector) call.metadata.stepStats = context.stats.stepStats();
    return values;
  }

  private lookUp(fed: ReadonlyMap<Tensor, HostTensor>, mapper: FetchMapper): { fn: ReturnType<SessionRuntime['signature']>; args: readonly HostTensor[] } {
    const feeds: Endpoint[] = [];
    const args: HostTensor[] = [];
    for (const [tensor, value] of fed) {
      feeds.push({ node: tensor.op.name, index: tensor.index });
      args.push(value);
    }
    const fetches = mapper.tensors.filter((tensor) => !fed.has(tensor)).map((tensor): Endpoint => ({ node: tensor.op.name, index: tensor.index }));
    const targets = mapper.targets.map((op) => op.name);
    const key = `${feeds.map(endpointText).join()}→${fetches.map(endpointText).join()}/${targets.join()}`;
    return { fn: this.runtime.signature(key, this.graph.toGraphData(), { feeds, fetches, targets }), args };
  }

  /** Runs one step under its own cancellation, timeout and trace; close() waits for it. */
  private async track<T>(call: RunCall, step: (context: RunContext) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const cancel = (): void => { controller.abort(); };
    if (call.signal?.aborted === true) throw new CancelledError('Run call was cancelled');
    call.signal?.addEventListener('abort', cancel);
    const timeout = Number(call.options?.timeoutInMs ?? 0) > 0 ? Number(call.options?.timeoutInMs) : this.config.timeout;
    let timedOut = false;
    const timer = timeout > 0 ? setTimeout(() => { timedOut = true; controller.abort(); }, timeout) : undefined;
    const traced = call.options?.traceLevel !== undefined && call.options.traceLevel !== 'NO_TRACE';
    const context: RunContext = { signal: controller.signal, session: this.runtime.resources, step: new Resources(), stats: traced ? new StatsCollector() : undefined };
    const done = step(context);
    const entry = { controller, done };
    this.running.add(entry);
    try {
      return await done;
    } catch (error) {
      if (timedOut && error instanceof OpError && error.codeName === 'CANCELLED') throw new DeadlineExceededError('Timed out waiting for notification', { cause: error });
      throw error;
    } finally {
      clearTimeout(timer);
      call.signal?.removeEventListener('abort', cancel);
      this.running.delete(entry);
    }
  }
}
