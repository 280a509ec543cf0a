/** Tickets of the reference and the recording device. */
import type { LaunchTime, Ticket } from '../device/device.js';
import { CancelledError, InternalError, OpError } from '../errors.js';

export class PlainTicket implements Ticket {
  readonly done: Promise<void>;
  /** Only work that went well is settled: an error is heard by `done`. */
  settled = false;
  isCancelled = false;
  times?: readonly LaunchTime[];
  private readonly ends: { resolve: () => void; reject: (error: OpError) => void };

  constructor() {
    const { promise, resolve, reject } = withResolvers();
    this.done = promise;
    this.ends = { resolve, reject };
    // A caller that only looks at other tickets must not be told twice of this one.
    promise.catch(() => undefined);
  }

  finish(): void {
    this.settled = true;
    this.ends.resolve();
  }

  fail(error: unknown): void {
    this.ends.reject(error instanceof OpError ? error : new InternalError(`internal: ${error instanceof Error ? error.message : String(error)}`, { cause: error }));
  }

  cancel(): void {
    this.isCancelled = true;
  }

  /** Throws when somebody cancelled. */
  check(): void {
    if (this.isCancelled) throw new CancelledError('The run was cancelled.');
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: OpError) => void } {
  let resolve: () => void = () => undefined;
  let reject: (error: OpError) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
