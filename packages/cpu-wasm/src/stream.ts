/** A session's ordered way into the device. Calls whose turn it is and that take no time are done before they return; others wait in line. */
import { InternalError, OpError } from '@sessionflow/core/device';
import type { Bound, BufferRange, Stream, Ticket } from '@sessionflow/core/device';
import type { LaunchParams } from '@sessionflow/core/kernels';
import type { Heap } from './memory.js';
import { addressOf, WasmBound } from './run/bound.js';
import type { Engine } from './run/engine.js';
import { WasmTicket } from './ticket.js';

/** One call in line. `start` calls `finish` when it is over, maybe at once. */
interface Call {
  readonly ticket: WasmTicket;
  readonly start: (finish: (error?: OpError) => void) => void;
}

export class WasmStream implements Stream {
  private readonly line: Call[] = [];
  private current: WasmTicket | undefined;
  private whenIdle: (() => void)[] = [];
  private isClosed = false;

  constructor(private readonly heap: Heap, private readonly engine: Engine, private readonly threads: number, private readonly onClose: (stream: WasmStream) => void) {}

  upload(to: BufferRange, from: Uint8Array): Ticket {
    if (from.byteLength > to.bytes) throw new InternalError(`internal: ${from.byteLength} bytes are uploaded to a range of ${to.bytes} bytes.`);
    return this.now(() => this.heap.u8.set(from, addressOf(to)));
  }

  download(from: BufferRange, to: Uint8Array): Ticket {
    if (to.byteLength > from.bytes) throw new InternalError(`internal: ${to.byteLength} bytes are downloaded from a range of ${from.bytes} bytes.`);
    return this.now(() => {
      const address = addressOf(from);
      to.set(this.heap.u8.subarray(address, address + to.byteLength));
    });
  }

  copy(from: BufferRange, to: BufferRange): Ticket {
    if (from.bytes > to.bytes) throw new InternalError(`internal: ${from.bytes} bytes are copied to a range of ${to.bytes} bytes.`);
    return this.now(() => {
      const address = addressOf(from);
      this.heap.u8.copyWithin(addressOf(to), address, address + from.bytes);
    });
  }

  run(bound: Bound, overrides?: ReadonlyMap<number, LaunchParams>): Ticket {
    if (!(bound instanceof WasmBound)) throw new InternalError('internal: a sequence of another device was run on the wasm CPU device.');
    const ticket = new WasmTicket();
    const over = (error?: OpError): OpError | undefined => {
      if (error === undefined && bound.sequence.timed) ticket.times = bound.times();
      return error;
    };
    return this.call(ticket, (finish) => {
      if (this.engine.isShort(bound)) {
        finish(over(this.engine.runInline(bound, overrides)));
        return;
      }
      const onStart = (): boolean => {
        ticket.stop = () => bound.cancel();
        return !ticket.isOver;
      };
      this.engine.run(bound, overrides, this.threads, onStart, (error) => finish(over(error)));
    });
  }

  /** Later calls wait until that ticket is over, well or not. */
  wait(ticket: Ticket): void {
    if (ticket.settled) return;
    this.call(new WasmTicket(), (finish) => {
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

  private now(copy: () => void): Ticket {
    return this.call(new WasmTicket(), (finish) => {
      copy();
      finish();
    });
  }

  private call(ticket: WasmTicket, start: Call['start']): Ticket {
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
        finish(error instanceof OpError ? error : new InternalError(`internal: ${String(error)}`, { cause: error }));
      }
      if (!isOver) {
        isLate = true;
        return;
      }
    }
    for (const resolve of this.whenIdle.splice(0)) resolve();
  }
}
