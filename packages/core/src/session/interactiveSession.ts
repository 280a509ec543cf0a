/** A session for a shell: the default one from its making to its close. */
import type { ConfigProto } from '../proto/index.js';
import { type ConfigInput, parseConfig } from '../proto/configProto.js';
import { enterDefaultGraph } from '../state/defaultGraph.js';
import { enterDefaultSession } from '../state/defaultSession.js';
import { countInteractive } from '../state/interactiveSessions.js';
import { stderrLogger } from './logger.js';
import { Session, type SessionOptions } from './session.js';

const warning = 'An interactive session is already active. This can cause out-of-memory errors in some cases. You must explicitly call `InteractiveSession.close()` to release resources held by the other session(s).';

/**
 * Becomes the default session when it is made (and its graph the default graph, if one was given), so that `tensor.eval()` needs no `using`:
 * here, and wherever there is no other default.
 * It places what a run needs only (`place_pruned_graph`, which it sets in the config object that it is given), so that a graph with unfinished
 * parts can be tried out.
 * AssertionError when it is closed while a session or graph that was made the default later still is.
 */
export class InteractiveSession extends Session {
  private readonly scopes: Disposable[];
  private readonly leave: () => void;

  constructor(options: SessionOptions = {}) {
    super({ ...options, config: interactiveConfig(options.config) });
    const { others, leave } = countInteractive();
    this.leave = leave;
    if (others > 0) (options.logger ?? stderrLogger).warning(warning);
    // Before the session on the stack of sessions: the two are closed in the other order.
    const { graph } = options;
    this.scopes = [...(graph == null ? [] : [enterDefaultGraph(graph, true)]), enterDefaultSession(this, true)];
  }

  /** After an AssertionError the session is closed, but still a default: close it again when those made later are closed. */
  override async close(): Promise<void> {
    try {
      this.leave();
      for (let scope = this.scopes.at(-1); scope !== undefined; scope = this.scopes.at(-1)) {
        scope[Symbol.dispose]();
        this.scopes.pop();
      }
    } finally {
      await super.close();
    }
  }
}

function interactiveConfig(given: SessionOptions['config']): ConfigProto {
  const config = given == null ? { gpuOptions: { allowGrowth: true } } : parseConfig(given);
  if (typeof given === 'object' && given !== null && !(given instanceof Uint8Array)) placePruned(given);
  return { ...config, graphOptions: { ...config.graphOptions, placePrunedGraph: true } };
}

/** The caller's own object says it afterwards, as in TensorFlow: it may be given to another session. One that is frozen stays as it is. */
function placePruned(config: ConfigInput): void {
  const { graphOptions } = config;
  if (graphOptions == null || !Reflect.set(graphOptions, 'placePrunedGraph', true)) {
    Reflect.set(config, 'graphOptions', { ...graphOptions, placePrunedGraph: true });
  }
}
