/** A ticket for devices to give out: made for every call, so it is cheap; a promise exists only where somebody asks for it. */
import { CancelledError, type OpError } from '../errors.js';
import type { LaunchTime, Ticket } from './device.js';

const resolved = Promise.resolve();

export class PendingTicket implements Ticket {
  times: readonly LaunchTime[] | undefined;
  /** Stops the work, once it is under way. */
  stop: (() => void) | undefined;
  private state: 'open' | 'done' | 'failed' = 'open';
  private error: OpError | undefined;
  private promise: Promise<void> | undefined;
  private ends: { readonly resolve: () => void; readonly reject: (error: OpError) => void } | undefined;

  get settled(): boolean {
    return this.state === 'done';
  }

  /** Whether work on it has ended, well or not. */
  get isOver(): boolean {
    return this.state !== 'open';
  }

  get done(): Promise<void> {
    if (this.state === 'done') return resolved;
    this.promise ??= this.state === 'failed'
      ? Promise.reject(this.error!)
      : new Promise<void>((resolve, reject) => { this.ends = { resolve, reject }; });
    return this.promise;
  }

  finish(error?: OpError): void {
    if (this.isOver) return;
    this.state = error === undefined ? 'done' : 'failed';
    this.error = error;
    this.stop = undefined;
    if (error === undefined) this.ends?.resolve();
    else this.ends?.reject(error);
  }

  /** Work that has not begun ends here; work under way is asked to stop. */
  cancel(): void {
    if (this.isOver) return;
    if (this.stop !== undefined) this.stop();
    else this.finish(new CancelledError('The run was cancelled before it began.'));
  }
}
