/** A session's ordered way into the device. Calls whose turn it is and that take no time are done before they return; others wait in line. */
import { CancelledError, InternalError, OpError, PendingTicket } from '@sessionflow/core/device';
import type { Bound, BufferRange, Stream, Ticket } from '@sessionflow/core/device';
import type { LaunchParams } from '@sessionflow/core/kernels';
import type { Heap } from './memory.js';
import { addressOf, WasmBound } from './run/bound.js';
import type { Engine } from './run/engine.js';
import { soon } from './soon.js';

/** One call in line. `start` calls `finish` when it is over, maybe at once. */
interface Call {
  readonly ticket: PendingTicket;
  readonly start: (finish: (error?: OpError) => void) => void;
}

/** Copies up to this size are made in one go: some milliseconds. */
const atOnceBytes = 24 << 20;
const pieceBytes = 8 << 20;

const opError = (error: unknown): OpError => (error instanceof OpError ? error : new InternalError(`internal: ${String(error)}`, { cause: error }));

export class WasmStream implements Stream {
  private readonly line: Call[] = [];
  private current: PendingTicket | undefined;
  private whenIdle: (() => void)[] = [];
  private isClosed = false;

  constructor(private readonly heap: Heap, private readonly engine: Engine, private readonly threads: number, private readonly onClose: (stream: WasmStream) => void) {}

  upload(to: BufferRange, from: Uint8Array): Ticket {
    if (from.byteLength > to.bytes) throw new InternalError(`internal: ${from.byteLength} bytes are uploaded to a range of ${to.bytes} bytes.`);
    const address = addressOf(to);
    return this.transfer(from.byteLength, (begin, end) => this.heap.u8.set(from.subarray(begin, end), address + begin));
  }

  download(from: BufferRange, to: Uint8Array): Ticket {
    if (to.byteLength > from.bytes) throw new InternalError(`internal: ${to.byteLength} bytes are downloaded from a range of ${from.bytes} bytes.`);
    const address = addressOf(from);
    return this.transfer(to.byteLength, (begin, end) => to.set(this.heap.u8.subarray(address + begin, address + end), begin));
  }

  copy(from: BufferRange, to: BufferRange): Ticket {
    if (from.bytes > to.bytes) throw new InternalError(`internal: ${from.bytes} bytes are copied to a range of ${to.bytes} bytes.`);
    const source = addressOf(from);
    const target = addressOf(to);
    const overlap = Math.abs(source - target) < from.bytes;
    return this.transfer(from.bytes, (begin, end) => this.heap.u8.copyWithin(target + begin, source + begin, source + end), overlap);
  }

  run(bound: Bound, overrides?: ReadonlyMap<number, LaunchParams>): Ticket {
    if (!(bound instanceof WasmBound)) throw new InternalError('internal: a sequence of another device was run on the wasm CPU device.');
    const ticket = new PendingTicket();
    const over = (error?: OpError): OpError | undefined => {
      if (error === undefined && bound.sequence.timed) ticket.times = bound.times();
      return error;
    };
    const elsewhere = (finish: (error?: OpError) => void): void => {
      const onStart = (): boolean => {
        ticket.stop = () => bound.cancel();
        return !ticket.isOver;
      };
      this.engine.run(bound, overrides, this.threads, onStart, (error) => finish(over(error)));
    };
    return this.call(ticket, (finish) => {
      const { sequence } = bound;
      const isShort = sequence.isShort(this.threads);
      if (isShort || (this.threads > 1 && sequence.isModest)) {
        this.engine.inTurn(() => {
          try {
            if (ticket.isOver) finish();
            else if (isShort) finish(over(this.engine.runInline(bound, overrides)));
            else if (!this.engine.runAlong(bound, overrides, this.threads, (error) => finish(over(error)))) elsewhere(finish);
            // Workers are in it still: a cancel asks them to stop, and the run is over when they have.
            else if (!ticket.isOver) ticket.stop = () => bound.cancel();
          } catch (error) {
            finish(opError(error));
          }
        });
      } else elsewhere(finish);
    });
  }

  /** Later calls wait until that ticket is over, well or not. */
  wait(ticket: Ticket): void {
    if (ticket.settled) return;
    this.call(new PendingTicket(), (finish) => {
      ticket.done.then(() => finish(), () => finish());
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    if (this.current !== undefined) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
    this.onClose(this);
  }

  /** Ends all that is in line and asks what runs to stop. */
  cancelAll(): void {
    for (const { ticket } of this.line) ticket.cancel();
    this.current?.cancel();
  }

  /** Copies when its turn comes: at once, or in pieces with the event loop between them where it would hold that up. */
  private transfer(bytes: number, copy: (begin: number, end: number) => void, whole = false): Ticket {
    const ticket = new PendingTicket();
    return this.call(ticket, (finish) => {
      const piece = whole || bytes <= atOnceBytes ? bytes : pieceBytes;
      let isStopped = false;
      let begin = 0;
      ticket.stop = () => { isStopped = true; };
      const next = (): void => {
        const end = Math.min(bytes, begin + piece);
        copy(begin, end);
        begin = end;
        if (begin === bytes) finish();
        else if (isStopped) finish(new CancelledError('The copy was cancelled.'));
        else soon(next);
      };
      next();
    });
  }

  private call(ticket: PendingTicket, start: Call['start']): Ticket {
    if (this.isClosed) throw new InternalError('internal: a stream was used after its close.');
    this.line.push({ ticket, start });
    if (this.current === undefined) this.advance();
    return ticket;
  }

  /** Starts calls until one takes time. */
  private advance(): void {
    for (;;) {
      const call = this.line.shift();
      if (call === undefined) break;
      const { ticket, start } = call;
      if (ticket.isOver) continue;
      this.current = ticket;
      let isOver = false;
      let isLate = false;
      const finish = (error?: OpError): void => {
        isOver = true;
        this.current = undefined;
        ticket.finish(error);
        if (isLate) this.advance();
      };
      try {
        start(finish);
      } catch (error) {
        finish(opError(error));
      }
      if (!isOver) {
        isLate = true;
        return;
      }
    }
    for (const resolve of this.whenIdle.splice(0)) resolve();
  }
}
