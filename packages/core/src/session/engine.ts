/**
 * What a session runs with: its runtime, its steps, its partial runs, and with them the compiler and the executor. `Session` is the front of
 * it and holds what must answer at once; this module is loaded when a session is made (lazyEngine.ts).
 */
import type { DeviceRegistry } from '../device/registry.js';
import type { AnyTensor } from '../device/anyTensor.js';
import { OpError, outOfMemory } from '../errors.js';
import type { GraphFunction } from '../execute/graphFunction.js';
import type { Graph } from '../graph/graph.js';
import type { SessionConfig } from './config.js';
import { explain } from './explain.js';
import { interpolateError } from './interpolate.js';
import type { Logger } from './logger.js';
import { PartialRuns } from './partialRun.js';
import { SessionRuntime } from './sessionRuntime.js';
import { Steps } from './steps.js';

/** What a session is made of. */
export interface EngineParts {
  readonly devices: DeviceRegistry;
  readonly config: SessionConfig;
  /** Takes the lines of `log_device_placement`. */
  readonly log: (line: string) => void;
  readonly logger: Logger;
}

export class SessionEngine {
  readonly runtime: SessionRuntime;
  readonly steps: Steps;
  readonly partialRuns: PartialRuns;

  constructor({ devices, config, log, logger }: EngineParts) {
    this.runtime = new SessionRuntime(devices, config, log, logger);
    this.steps = new Steps(this.runtime, config);
    this.partialRuns = new PartialRuns(this.runtime, this.steps);
  }

  /** What every stage makes of a signature for these arguments, as text. */
  async explain(fn: GraphFunction, args: readonly AnyTensor[]): Promise<string> {
    return explain(fn.current().graph, await fn.knowledgeOf(args), (graph, known) => this.runtime.compilation(graph, known));
  }

  /** Errors of the runtime tell the operation of the graph, and where the program made it. */
  async told<T>(result: Promise<T>, graph: Graph): Promise<T> {
    try {
      return await result;
    } catch (thrown) {
      const error = outOfMemory(thrown);
      throw error instanceof OpError ? interpolateError(error, graph) : error;
    }
  }

  /** Cancels running steps, waits until they have returned, and releases everything. */
  async close(): Promise<void> {
    this.partialRuns.close();
    await this.steps.close();
    await this.runtime.close();
  }
}
