/** Tickets: made for every call, so they are cheap; a promise exists only where somebody asks for it. */
import { CancelledError, type LaunchTime, type OpError, type Ticket } from '@sessionflow/core/device';

const resolved = Promise.resolve();

export class CudaTicket implements Ticket {
  times: readonly LaunchTime[] | undefined;
  /** What went wrong when the work was enqueued; heard when what was enqueued before it is over. */
  failure: OpError | undefined;
  private state: 'open' | 'done' | 'failed' = 'open';
  private isCancelled = false;
  private promise: Promise<void> | undefined;
  private ends: { readonly resolve: () => void; readonly reject: (error: OpError) => void } | undefined;

  /** `arrive` is called once the work is over and may find that it failed; `leave` is called however it ended. */
  constructor(readonly nodes: readonly string[], readonly arrive: (ticket: CudaTicket) => OpError | undefined, readonly leave: () => void) {}

  get settled(): boolean {
    return this.state === 'done';
  }

  get done(): Promise<void> {
    if (this.state === 'done') return resolved;
    this.promise ??= this.state === 'failed'
      ? Promise.reject(this.failure!)
      : new Promise<void>((resolve, reject) => { this.ends = { resolve, reject }; });
    return this.promise;
  }

  /** The device is through with the work, or failed. */
  finish(error?: OpError): void {
    if (this.state !== 'open') return;
    this.failure ??= error ?? this.arrive(this);
    if (this.failure === undefined && this.isCancelled) this.failure = new CancelledError('The run was cancelled.');
    this.leave();
    if (this.failure === undefined) {
      this.state = 'done';
      this.ends?.resolve();
    } else {
      this.state = 'failed';
      this.ends?.reject(this.failure);
    }
  }

  /** What a GPU has been given it finishes: the ticket then rejects all the same. */
  cancel(): void {
    this.isCancelled = true;
  }
}
