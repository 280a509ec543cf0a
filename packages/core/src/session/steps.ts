/**
 * Steps: one run of a signature, from its options to its metadata. A step has its own cancellation (by signal, timeout, or the session's
 * close), its own objects and its own trace; however it ends, it ends only when everything that it started has.
 */
import { releaseAll, retained, type AnyTensor } from '../device/anyTensor.js';
import { CancelledError, DeadlineExceededError, InternalError, InvalidArgumentError, OpError, ResourceExhaustedError } from '../errors.js';
import type { GraphFunction } from '../execute/graphFunction.js';
import { Cancellation } from '../execute/cancellation.js';
import { runStep } from '../execute/runStep.js';
import { endpointText, type GraphData } from '../graph/graphData.js';
import { HostTensor } from '../hostTensor.js';
import type { RunMetadata, RunOptions, RunOptionsInput } from '../proto/index.js';
import type { PruneRequest } from '../prune/prune.js';
import { startProfiler } from '../state/profiler.js';
import type { CallableSignature } from './callable.js';
import type { SessionConfig } from './config.js';
import { costGraph } from './costGraph.js';
import { closedError } from './lazyEngine.js';
import { partitionGraphs } from './partitionGraphs.js';
import { Resources } from './resources.js';
import type { SessionRuntime } from './sessionRuntime.js';
import { StatsCollector } from './statsCollector.js';

/** What a call of `run` may have beside fetches and feeds. */
export interface RunCall {
  readonly options?: RunOptionsInput;
  /** Replaced by what a successful run reports; untouched by a failed one. */
  readonly metadata?: RunMetadata;
  /** Cancels the run. */
  readonly signal?: AbortSignal;
}

/** What a step runs. */
export interface StepTarget {
  readonly data: GraphData;
  /** Names feeds, fetches and targets. */
  readonly key: string;
  /** The compiled signature; called when the devices are open. */
  readonly resolve: () => GraphFunction | Promise<GraphFunction>;
}

const traceLevels: readonly string[] = ['NO_TRACE', 'SOFTWARE_TRACE', 'HARDWARE_TRACE', 'FULL_TRACE'];

function traceLevelOf({ traceLevel = 'NO_TRACE' }: RunOptions): number {
  return typeof traceLevel === 'number' ? traceLevel : traceLevels.indexOf(traceLevel);
}

/** What one step is to report beside its results. */
interface Reports {
  readonly stats: StatsCollector | undefined;
  readonly costs: boolean;
  readonly partitions: boolean;
}

export class Steps {
  private readonly running = new Set<{ readonly cancel: (text: string) => void; readonly done: Promise<unknown> }>();
  /** Runs of each signature, where cost graphs are made. */
  private readonly counts = new Map<string, number>();
  private closed = false;

  constructor(private readonly runtime: SessionRuntime, private readonly config: SessionConfig) {}

  /** One run. Results in the order of the fetches. */
  async run(target: StepTarget, args: readonly AnyTensor[], options: RunOptions, call: Omit<RunCall, 'options'>): Promise<readonly HostTensor[]> {
    const pool = options.interOpThreadPool ?? 0;
    if (pool < -1 || pool >= this.config.threadPools) throw new InvalidArgumentError(`Invalid inter_op_thread_pool: ${pool}`);
    if (options.outputPartitionGraphs === true && !this.config.tellsPartitions) {
      throw new InvalidArgumentError('RunOptions.output_partition_graphs() is not supported when disable_output_partition_graphs is true.');
    }
    const level = traceLevelOf(options);
    const costs = this.isCostStep(target.key);
    const stats = level > 0 || costs || options.reportTensorAllocationsUponOom === true ? new StatsCollector() : undefined;
    const reports: Reports = { stats, costs, partitions: options.outputPartitionGraphs === true };
    const profiler = level >= 2 ? startProfiler() : undefined;
    const held = args.map(retained);
    try {
      return await this.track(options, call.signal, async (cancellation) => {
        await this.runtime.ready();
        if (cancellation.cancelled) throw new CancelledError('Run call was cancelled');
        const resolved = target.resolve();
        const fn = resolved instanceof Promise ? await resolved : resolved;
        stats?.begin(this.runtime.clientDevice());
        const results = await runStep({ cancellation, session: this.runtime.resources, step: new Resources(), stats }, (context) => fn.run(args, context));
        if (call.metadata !== undefined) await this.report(call.metadata, reports, target.data, fn, args);
        return results.map(onHost);
      });
    } catch (error) {
      if (error instanceof ResourceExhaustedError) explainMemory(error, this.runtime, options.reportTensorAllocationsUponOom === true);
      throw error;
    } finally {
      releaseAll(held);
      profiler?.[Symbol.dispose]();
    }
  }

  /** A signature of the graph as `data` says it; the session's own, which later calls share. */
  target(data: GraphData, request: PruneRequest): StepTarget {
    const key = signatureKey(request);
    return { data, key, resolve: () => this.runtime.signature(key, data, request) };
  }

  /** The same, resolved once for a callable. One that names devices is compiled for itself: the same call without them is another. */
  fixedTarget({ data, request, devices }: CallableSignature): StepTarget {
    const key = signatureKey(request);
    let made: GraphFunction | Promise<GraphFunction> | undefined;
    return { data, key, resolve: () => (made ??= devices === undefined ? this.runtime.signature(key, data, request, true) : this.runtime.signatureOn(data, request, devices)) };
  }

  /** Runs `step` under a cancellation of its own; close() waits for it. */
  async track<T>(options: RunOptions, signal: AbortSignal | undefined, step: (cancellation: Cancellation) => Promise<T>): Promise<T> {
    if (this.closed) throw closedError();
    if (signal?.aborted === true) throw new CancelledError('Run call was cancelled');
    const cancellation = new Cancellation();
    const cancel = (): void => { cancellation.cancel(); };
    signal?.addEventListener('abort', cancel);
    const asked = Number(options.timeoutInMs ?? 0);
    const timeout = asked > 0 ? asked : this.config.timeout;
    let timedOut = false;
    const timer = timeout > 0 ? setTimeout(() => { timedOut = true; cancellation.cancel(); }, timeout) : undefined;
    const done = step(cancellation);
    const entry = { cancel, done };
    this.running.add(entry);
    try {
      return await done;
    } catch (error) {
      if (timedOut && error instanceof OpError && error.codeName === 'CANCELLED') throw new DeadlineExceededError('Timed out waiting for notification', { cause: error });
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      this.running.delete(entry);
    }
  }

  /** Cancels what runs, refuses what comes, and waits for the end of it all. */
  async close(): Promise<void> {
    this.closed = true;
    const steps = [...this.running];
    for (const step of steps) step.cancel('Session has been closed.');
    await Promise.all(steps.map(({ done }) => done.catch(() => undefined)));
  }

  /** Every `build_cost_model`-th run of a signature, from number `build_cost_model_after` on. */
  private isCostStep(key: string): boolean {
    const { every, after } = this.config.costModel;
    if (every <= 0) return false;
    const count = this.counts.get(key) ?? 0;
    this.counts.set(key, count + 1);
    return count >= after && (count - after + 1) % every === 0;
  }

  private async report(metadata: RunMetadata, { stats, costs, partitions }: Reports, data: GraphData, fn: GraphFunction, args: readonly AnyTensor[]): Promise<void> {
    delete metadata.stepStats;
    delete metadata.costGraph;
    delete metadata.partitionGraphs;
    delete metadata.functionGraphs;
    delete metadata.sessionMetadata;
    if (this.config.metadata !== undefined) metadata.sessionMetadata = this.config.metadata;
    const stepStats = stats?.stepStats((name) => data.nodes.get(name) ?? fn.graph.nodes.get(name));
    if (stepStats !== undefined) metadata.stepStats = stepStats;
    if (!costs && !partitions) return;
    const { partitioned } = await this.runtime.compilation(fn.graph, await fn.knowledgeOf(args));
    if (partitions) metadata.partitionGraphs = partitionGraphs(partitioned);
    if (costs) metadata.costGraph = costGraph(partitioned, stepStats ?? {});
  }
}

/** A result of a function that keeps none on devices. */
export function onHost(value: AnyTensor): HostTensor {
  if (value instanceof HostTensor) return value;
  throw new InternalError(`internal: a fetched value is on ${value.device}`);
}

function signatureKey({ feeds, fetches, targets, connections = [] }: PruneRequest): string {
  const connected = connections.map(({ from, to }) => `/${endpointText(from)}→${endpointText(to)}`);
  return `${feeds.map(endpointText).join()}→${fetches.map(endpointText).join()}/${targets.join()}${connected.join('')}`;
}

/** TensorFlow's hint, or what it hints at: who holds the memory. */
function explainMemory(error: ResourceExhaustedError, runtime: SessionRuntime, report: boolean): void {
  error.message += report
    ? `\n\nCurrent usage by device:\n${runtime.memoryLines().map((line) => `  ${line}`).join('\n')}\n`
    : '\nHint: If you want to see a list of allocated tensors when OOM happens, add report_tensor_allocations_upon_oom to RunOptions for current allocation info.\n';
}
