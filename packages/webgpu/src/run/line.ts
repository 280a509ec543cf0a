/**
 * The device's line: calls of all streams in the order in which they were made. They are gathered until the caller's turn of the event loop
 * is over, then go to the queue, those of one stream together. A group's calls end together. Runs that have nothing to do with each other may
 * be of one group, so an error is that of its own call: the line waits until the GPU has answered for all that a call touches (new buffers and
 * bindings only), and a call that cannot work fails without going to the queue. What the GPU still refuses then is a mistake of this package;
 * it takes the whole group.
 */
import { attachNode, CancelledError, InternalError, OpError, PendingTicket, UnavailableError } from '@sessionflow/core/device';
import type { Memory } from '../memory.js';
import type { Readbacks } from '../readback.js';
import { firstError } from '../scopes.js';
import { fromGpu } from './bound.js';
import { Group } from './group.js';

/** Whether a call can work. */
export interface Soundness {
  /** Waits for the GPU's answers beside those about buffers; undefined where they are there. */
  readonly known?: () => Promise<void> | undefined;
  /** Why the call cannot work, once the answers are there. */
  readonly failure: () => OpError | undefined;
}

interface NewCall extends Soundness {
  readonly stream: object;
  /** Whom the call serves. */
  readonly node?: string | undefined;
  /** Encodes the call. Runs inside an error scope. */
  readonly encode: (group: Group) => void;
}

interface Call extends NewCall {
  readonly ticket: PendingTicket;
}

export class Line {
  private waiting: Call[] = [];
  /** Ends when the GPU has answered for what the waiting calls touch. */
  private answers: Promise<void> | undefined;
  private readonly underWay = new Map<Promise<void>, object>();
  private lostReason: string | undefined;
  /** Those who give up waiting when the device is lost. */
  private readonly givers = new Set<() => void>();

  constructor(private readonly device: GPUDevice, private readonly memory: Memory, private readonly readbacks: Readbacks, lost: Promise<string>) {
    void lost.then((reason) => {
      this.lostReason = reason;
      for (const give of this.givers) give();
    });
  }

  add(call: NewCall): PendingTicket {
    const ticket = new PendingTicket();
    if (this.waiting.length === 0) queueMicrotask(() => this.flush());
    this.waiting.push({ ...call, ticket });
    return ticket;
  }

  /** When nothing of the stream is waiting or under way. */
  async idle(stream: object): Promise<void> {
    this.flush();
    while (this.answers !== undefined) await this.answers;
    await Promise.all([...this.underWay].filter(([, owner]) => owner === stream).map(([end]) => end));
  }

  /** Ends what has not begun. What the queue has cannot be called back: its tickets tell of the cancellation when it is over. */
  cancel(stream: object): void {
    for (const { stream: owner, ticket } of this.waiting) if (owner === stream) ticket.cancel();
  }

  private flush(): void {
    if (this.answers !== undefined) return;
    const unknown = this.unknown();
    if (unknown.length > 0) {
      this.answers = this.unlessLost(Promise.all(unknown)).then(() => {
        this.answers = undefined;
        this.flush();
      });
      return;
    }
    const calls = this.waiting.filter(({ ticket }) => !ticket.isOver);
    this.waiting = [];
    while (calls.length > 0) {
      const { stream } = calls[0]!;
      const next = calls.findIndex((call) => call.stream !== stream);
      const end = this.send(calls.splice(0, next < 0 ? calls.length : next)).finally(() => this.underWay.delete(end));
      this.underWay.set(end, stream);
    }
  }

  private unknown(): Promise<unknown>[] {
    if (this.lostReason !== undefined) return [];
    const own = this.waiting.flatMap(({ ticket, known }) => (ticket.isOver ? [] : known?.() ?? []));
    return this.memory.isSettled ? own : [...own, this.memory.settled()];
  }

  /** Encodes and submits before it returns; the promise is for the end, and never rejects. */
  private send(all: readonly Call[]): Promise<void> {
    for (const { ticket, failure } of all) {
      const why = this.lostReason === undefined ? failure() : undefined;
      if (why !== undefined) ticket.finish(why);
    }
    const calls = all.filter(({ ticket }) => !ticket.isOver);
    if (calls.length === 0) return Promise.resolve();
    const group = new Group(this.device, this.readbacks);
    const cancelled = new Set<PendingTicket>();
    for (const { ticket } of calls) ticket.stop = () => { cancelled.add(ticket); };
    const work = this.lostReason === undefined ? this.submit(calls, group) : Promise.resolve(undefined);
    return work
      .catch((error: unknown) => (error instanceof OpError ? error : new InternalError(`internal: WebGPU says: ${error instanceof Error ? error.message : String(error)}`, { cause: error })))
      .then((failure) => {
        for (const ending of group.endings) ending();
        const first = calls.find(({ node }) => node !== undefined)?.node;
        for (const { ticket, node = first } of calls) {
          const error = this.lostReason === undefined ? failure ?? group.faults.get(ticket) : this.lostError(node);
          ticket.finish(error ?? (cancelled.has(ticket) ? new CancelledError('The run was cancelled.') : undefined));
        }
      });
  }

  private async submit(calls: readonly Call[], group: Group): Promise<OpError | undefined> {
    const answer = firstError(this.device, () => {
      for (const { encode, ticket } of calls) {
        try {
          encode(group);
        } catch (error) {
          if (!(error instanceof OpError)) throw error;
          group.faults.set(ticket, error);
        }
      }
      group.submit();
    });
    // A readback ends after all that was submitted before it; without one, the queue has to say when it is done.
    const ends = group.waits.length > 0 ? group.waits.map((wait) => wait()) : [this.device.queue.onSubmittedWorkDone()];
    const ended = Promise.allSettled(ends);
    const outcome = await this.unlessLost(Promise.all([answer, ended]));
    if (outcome === undefined) return undefined;
    const [error, ending] = outcome;
    if (error !== undefined) return this.explain(error, group);
    const broken = ending.find((end) => end.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    return undefined;
  }

  /**
   * The end of `work`, or undefined once the device is lost: then nothing more is heard of it. Not Promise.race, which would leave a listener
   * at the device's loss with every run.
   */
  private unlessLost<T>(work: Promise<T>): Promise<T | undefined> {
    if (this.lostReason !== undefined) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const give = (): void => { resolve(undefined); };
      this.givers.add(give);
      work.finally(() => this.givers.delete(give)).then(resolve, reject);
    });
  }

  /** The error of a group that the GPU has refused, with the node of the first launch that fails alone. */
  private async explain(error: GPUError, { runs }: Group): Promise<OpError> {
    for (const run of runs) {
      const culprit = await run.culprit();
      if (culprit !== undefined) return culprit;
    }
    return await runs[0]?.explain(error) ?? fromGpu(error);
  }

  private lostError(node: string | undefined): OpError {
    const error = new UnavailableError(`The WebGPU device was lost: ${this.lostReason ?? 'no reason was given'}. A new session opens it again.`);
    return node === undefined ? error : attachNode(error, node);
  }
}
