/**
 * The device's line: calls of all streams in the order in which they were made. They are gathered until the caller's turn of the event loop
 * is over, then go to the queue, those of one stream together. A group's calls end together; an error of one is the error of all.
 */
import { attachNode, CancelledError, InternalError, OpError, PendingTicket, UnavailableError } from '@sessionflow/core/device';
import type { Memory } from '../memory.js';
import type { Readbacks } from '../readback.js';
import { firstError } from '../scopes.js';
import { fromGpu } from './bound.js';
import { Group } from './group.js';

interface Call {
  readonly stream: object;
  readonly ticket: PendingTicket;
  /** Encodes the call. Runs inside an error scope. */
  readonly encode: (group: Group) => void;
}

export class Line {
  private waiting: Call[] = [];
  private readonly underWay = new Map<Promise<void>, object>();
  private lostReason: string | undefined;

  constructor(private readonly device: GPUDevice, private readonly memory: Memory, private readonly readbacks: Readbacks, private readonly lost: Promise<string>) {
    void lost.then((reason) => { this.lostReason = reason; });
  }

  add(stream: object, encode: Call['encode']): PendingTicket {
    const ticket = new PendingTicket();
    if (this.waiting.length === 0) queueMicrotask(() => this.flush());
    this.waiting.push({ stream, ticket, encode });
    return ticket;
  }

  /** When nothing of the stream is waiting or under way. */
  async idle(stream: object): Promise<void> {
    this.flush();
    await Promise.all([...this.underWay].filter(([, owner]) => owner === stream).map(([end]) => end));
  }

  /** Ends what has not begun. What the queue has cannot be called back: its tickets tell of the cancellation when it is over. */
  cancel(stream: object): void {
    for (const { stream: owner, ticket } of this.waiting) if (owner === stream) ticket.cancel();
  }

  private flush(): void {
    const calls = this.waiting.filter(({ ticket }) => !ticket.isOver);
    this.waiting = [];
    while (calls.length > 0) {
      const { stream } = calls[0]!;
      const next = calls.findIndex((call) => call.stream !== stream);
      const end = this.send(calls.splice(0, next < 0 ? calls.length : next)).finally(() => this.underWay.delete(end));
      this.underWay.set(end, stream);
    }
  }

  /** Encodes and submits before it returns; the promise is for the end, and never rejects. */
  private send(calls: readonly Call[]): Promise<void> {
    const group = new Group(this.device, this.readbacks);
    const cancelled = new Set<PendingTicket>();
    for (const { ticket } of calls) ticket.stop = () => { cancelled.add(ticket); };
    const work = this.lostReason === undefined ? this.submit(calls, group) : Promise.resolve(undefined);
    return work
      .catch((error: unknown) => (error instanceof OpError ? error : new InternalError(`internal: WebGPU says: ${error instanceof Error ? error.message : String(error)}`, { cause: error })))
      .then((failure) => {
        for (const ending of group.endings) ending();
        const error = this.lostReason === undefined ? failure : this.lostError(group);
        for (const { ticket } of calls) ticket.finish(error ?? (cancelled.has(ticket) ? new CancelledError('The run was cancelled.') : undefined));
      });
  }

  private async submit(calls: readonly Call[], group: Group): Promise<OpError | undefined> {
    const answer = firstError(this.device, () => {
      for (const { encode } of calls) encode(group);
      group.submit();
    });
    // A readback ends after all that was submitted before it; without one, the queue has to say when it is done.
    const ends = group.waits.length > 0 ? group.waits.map((wait) => wait()) : [this.device.queue.onSubmittedWorkDone()];
    const ended = Promise.allSettled(ends);
    const outcome = await Promise.race([Promise.all([answer, ended]), this.lost]);
    if (typeof outcome === 'string') return this.lostError(group);
    const [error, ending] = outcome;
    for (const run of group.runs) {
      const failure = await run.failure(this.memory);
      if (failure !== undefined) return failure;
    }
    if (error !== undefined) return group.runs[0]?.explain(error) ?? fromGpu(error);
    const broken = ending.find((end) => end.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    return group.fault;
  }

  private lostError(group: Group): OpError {
    const error = new UnavailableError(`The WebGPU device was lost: ${this.lostReason ?? 'no reason was given'}. A new session opens it again.`);
    const node = group.runs[0]?.sequence.launches[0]?.nodes[0];
    return node === undefined ? error : attachNode(error, node);
  }
}
