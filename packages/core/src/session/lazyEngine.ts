/** The engine of a session, whose code is on its way while the program goes on: a page can show itself, and build or read graphs, before it is there. */
import type { AnyTensor } from '../device/anyTensor.js';
import { CancelledError, FailedPreconditionError, InternalError } from '../errors.js';
import type { HostTensor } from '../hostTensor.js';
import type { ResourceManager } from '../kernels/hostContext.js';
import { LazyModule } from '../state/lazyModule.js';
import type { EngineParts, SessionEngine } from './engine.js';
import type { HandleStore } from './handles.js';

const code = new LazyModule('the session runtime', () => import('./engine.js'));

/** What the runtime of a closed session answers. */
export function closedError(): CancelledError {
  return new CancelledError('Session has been closed.');
}

/** What a finalized session answers to what is new. */
export function finalizedError(): FailedPreconditionError {
  return new FailedPreconditionError('Session has been finalized.');
}

export class LazyEngine implements HandleStore {
  private made: SessionEngine | undefined;
  private closed = false;
  private readonly coming: Promise<unknown>;

  /** Begins to load the engine, and beside it what the backends load. Who needs either hears of a failure, and tries anew. */
  constructor(private readonly parts: EngineParts) {
    this.coming = code.load().catch(() => undefined);
    for (const backend of parts.devices.backends) backend.load?.().catch(() => undefined);
  }

  /** Undefined until somebody has waited for it. */
  get there(): SessionEngine | undefined {
    return this.made;
  }

  /** UnavailableError if its code cannot be loaded; the next call tries anew. CancelledError if the session is closed meanwhile. */
  async load(): Promise<SessionEngine> {
    const { SessionEngine } = code.code ?? await code.load();
    if (this.closed && this.made === undefined) throw closedError();
    return (this.made ??= new SessionEngine(this.parts));
  }

  /** For handles: they come from runs, so the engine is there. */
  get resources(): ResourceManager {
    return this.whenRun().runtime.resources;
  }

  async toHost(value: AnyTensor): Promise<HostTensor> {
    return this.whenRun().runtime.toHost(value);
  }

  /** Ends when nothing of the session is under way. */
  async close(): Promise<void> {
    this.closed = true;
    await this.coming;
    await this.made?.close();
  }

  private whenRun(): SessionEngine {
    if (this.made === undefined) throw new InternalError('internal: a handle of a session that has not run');
    return this.made;
  }
}
