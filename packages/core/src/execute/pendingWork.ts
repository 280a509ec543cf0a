/**
 * Device work of one step that is not known to be done. Plans of a step (bodies of loops, branches, later parts) hand over what they asked for
 * and go on; the step ends only when all of it has.
 */
import type { Ticket } from '../device/device.js';
import { TimeSlice } from '../state/loopTurn.js';
import type { StepErrors } from './stepErrors.js';

/** Plans of one step whose work may be under way at once. Each holds a lease; a loop that is ahead of its device waits. */
const maxAhead = 4;

/** Milliseconds that the host's part of a step holds the event loop at a time: timers must fire, or nobody could cancel a long loop. */
const hostMilliseconds = 4;

export class PendingWork {
  private readonly tickets = new Set<Ticket>();
  /** Plans that have handed over their work, oldest first. */
  private readonly plans = new Set<Promise<void>>();
  private readonly slice = new TimeSlice(hostMilliseconds);
  private failure: { readonly error: unknown } | undefined;

  constructor(private readonly errors: StepErrors) {}

  /** What a device failed at comes before what the host made of its remains. */
  get hasFailed(): boolean {
    return this.failure !== undefined;
  }

  /** Keeps a ticket until its work is done. Its error is that of the step. */
  track(ticket: Ticket): void {
    if (ticket.settled) return;
    this.tickets.add(ticket);
    ticket.done.then(() => { this.tickets.delete(ticket); }, (error: unknown) => {
      this.tickets.delete(ticket);
      this.failure ??= { error };
      this.errors.add(error);
    });
  }

  /** Calls `release` when the work behind these tickets is over, well or not. */
  handOver(tickets: readonly Ticket[], release: () => void): void {
    const plan = Promise.allSettled(tickets.map(({ done }) => done)).then(() => {
      this.plans.delete(plan);
      release();
    });
    this.plans.add(plan);
  }

  /** Between two parts of the host's work: a turn of the event loop to wait for, now and then. */
  turn(): Promise<void> | undefined {
    return this.slice.turn();
  }

  /** Waits while the host is too far ahead of its devices, and gives the event loop its turn; throws what has failed by then. */
  async room(): Promise<void> {
    while (this.plans.size >= maxAhead) {
      const [oldest] = this.plans;
      await oldest;
    }
    const turn = this.turn();
    if (turn !== undefined) await turn;
    if (this.failure !== undefined) throw this.failure.error;
  }

  cancel(): void {
    for (const ticket of this.tickets) ticket.cancel();
  }

  /** Waits for all of it, whatever becomes of it. */
  async settle(): Promise<void> {
    while (this.tickets.size > 0) {
      const [ticket] = this.tickets;
      await ticket?.done.catch(() => undefined);
    }
    while (this.plans.size > 0) {
      const [plan] = this.plans;
      await plan;
    }
  }
}
