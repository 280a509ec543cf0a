/** A session's ordered way into the device: one CUDA stream. */
import { InternalError, UnavailableError, type Bound, type BufferRange, type OpError, type Stream, type Ticket } from '@sessionflow/core/device';
import type { Handle } from './addon/driver.js';
import { opErrorOf } from './addon/errors.js';
import type { CudaDevice } from './device.js';
import { CudaBound, type Overrides } from './run/bound.js';
import type { StagingBlock } from './staging.js';
import { CudaTicket } from './ticket.js';

/** Copies up to this size go through one pinned buffer, filled or read on the event loop in some milliseconds. */
const atOnceBytes = 32 << 20;
/** Larger ones go through pinned buffers of this size, filled and read by the driver's thread. */
const pieceBytes = 8 << 20;

const nothing = (): undefined => undefined;

export class CudaStream implements Stream {
  /** Grows with every upload: other streams that use the memory wait for it. */
  uploads = 0;
  private readonly handle: Handle;
  /** Calls since the last time that somebody was told to listen. */
  private batch: CudaTicket[] = [];
  private readonly inFlight = new Set<CudaTicket>();
  private whenIdle: (() => void)[] = [];
  private isClosed = false;
  private seenMemory = 0;
  private readonly seenUploads = new Map<CudaStream, number>();

  constructor(private readonly device: CudaDevice, private readonly onClose: (stream: CudaStream) => void) {
    this.handle = device.driver.createStream(device.context);
  }

  upload(to: BufferRange, from: Uint8Array): Ticket {
    if (from.byteLength > to.bytes) throw new InternalError(`internal: ${from.byteLength} bytes are uploaded to a range of ${to.bytes} bytes.`);
    const address = this.device.heap.addressOf(to);
    const { driver } = this.device;
    this.uploads++;
    const pieces = from.byteLength > atOnceBytes;
    return this.transfer(`copying ${from.byteLength} bytes to the device`, pieces ? pieceBytes : from.byteLength, (staging) => {
      if (!pieces) {
        driver.writeStaging(staging.handle, from);
        driver.uploadStaging(this.handle, address, staging.handle, from.byteLength);
        return;
      }
      for (let at = 0; at < from.byteLength; at += pieceBytes) {
        const piece = from.subarray(at, at + pieceBytes);
        driver.fillStaging(this.handle, staging.handle, piece);
        driver.uploadStaging(this.handle, address + at, staging.handle, piece.byteLength);
      }
    }, nothing, from);
  }

  download(from: BufferRange, to: Uint8Array): Ticket {
    if (to.byteLength > from.bytes) throw new InternalError(`internal: ${to.byteLength} bytes are downloaded from a range of ${from.bytes} bytes.`);
    const address = this.device.heap.addressOf(from);
    const { driver } = this.device;
    const pieces = to.byteLength > atOnceBytes;
    return this.transfer(`copying ${to.byteLength} bytes from the device`, pieces ? pieceBytes : to.byteLength, (staging) => {
      if (!pieces) {
        driver.downloadStaging(this.handle, staging.handle, address, to.byteLength);
        return;
      }
      for (let at = 0; at < to.byteLength; at += pieceBytes) {
        const piece = to.subarray(at, at + pieceBytes);
        driver.downloadStaging(this.handle, staging.handle, address + at, piece.byteLength);
        driver.drainStaging(this.handle, piece, staging.handle);
      }
    }, (staging) => { if (!pieces) driver.readStaging(staging.handle, to); }, to);
  }

  copy(from: BufferRange, to: BufferRange): Ticket {
    if (from.bytes > to.bytes) throw new InternalError(`internal: ${from.bytes} bytes are copied to a range of ${to.bytes} bytes.`);
    const { driver, heap } = this.device;
    const [source, target] = [heap.addressOf(from), heap.addressOf(to)];
    return this.call([], () => {
      if (from.bytes > 0) this.guard(`copying ${from.bytes} bytes`, () => { driver.copy(this.handle, target, source, from.bytes); });
    }, nothing, nothing);
  }

  /** On this stream, between what the other was given before and what it is given afterwards. */
  receive(from: BufferRange, source: Stream, to: BufferRange): Ticket | undefined {
    if (from.bytes > to.bytes) throw new InternalError(`internal: ${from.bytes} bytes are copied to a range of ${to.bytes} bytes.`);
    if (!(source instanceof CudaStream) || source.device.isLost || this.device.isLost || !this.device.reaches(source.device)) return undefined;
    const { device } = source;
    const { driver, heap, context } = this.device;
    const [there, here] = [device.heap.addressOf(from), heap.addressOf(to)];
    return this.call([], () => {
      if (from.bytes === 0) return;
      this.guard(`copying ${from.bytes} bytes from GPU ${device.info.ordinal}`, () => {
        source.order();
        device.waitFor(this.handle, source.handle);
        driver.copyPeer(this.handle, context, here, device.context, there, from.bytes);
        this.device.waitFor(source.handle, this.handle);
      });
    }, nothing, nothing);
  }

  run(bound: Bound, overrides?: Overrides): Ticket {
    if (!(bound instanceof CudaBound) || bound.sequence.owner !== this.device.programs) throw new InternalError('internal: a sequence of another device was run on a CUDA device.');
    if (bound.isRunning) throw new InternalError('internal: a bound sequence was run twice at the same time.');
    bound.isRunning = true;
    return this.call(bound.sequence.nodes, () => { bound.enqueue(this.handle, overrides); }, (ticket) => {
      const fault = bound.fault();
      if (fault === undefined && bound.sequence.timed) ticket.times = bound.times();
      return fault;
    }, () => { bound.isRunning = false; });
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.inFlight.size > 0) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
    this.onClose(this);
    if (!this.device.isLost) this.device.driver.destroyStream(this.handle);
  }

  /** The device is gone: everything in flight fails. What was running is to blame, so copies around it name its node, too. */
  lose(reason: OpError): void {
    const tickets = [...this.inFlight];
    const errorOf = (nodes: readonly string[]): OpError => opErrorOf(reason.cause ?? reason, this.device.info, 'running', nodes);
    const first = errorOf(tickets.find(({ nodes }) => nodes.length > 0)?.nodes ?? []);
    for (const ticket of tickets) ticket.finish(ticket.nodes.length === 0 ? first : errorOf(ticket.nodes));
    this.batch = [];
    try {
      this.device.driver.destroyStream(this.handle);
    } catch {
      // The driver says once more that the device is gone.
    }
  }

  cancelAll(): void {
    for (const ticket of this.inFlight) ticket.cancel();
  }

  /** A copy by way of pinned memory. `memory` is kept alive until it is over. */
  private transfer(
    doing: string, bytes: number, enqueue: (staging: StagingBlock) => void, arrive: (staging: StagingBlock) => void, memory: Uint8Array,
  ): Ticket {
    const { staging: pool } = this.device;
    let staging: StagingBlock | undefined;
    return this.call([], () => {
      if (memory.byteLength === 0) return;
      this.guard(doing, () => {
        staging = pool.take(bytes);
        enqueue(staging);
      });
    }, () => {
      if (staging !== undefined) arrive(staging);
      return undefined;
    }, () => {
      if (staging !== undefined) pool.give(staging);
    });
  }

  private guard(doing: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.device.noticed(error);
      throw opErrorOf(error, this.device.info, doing);
    }
  }

  private call(nodes: readonly string[], enqueue: () => void, arrive: (ticket: CudaTicket) => OpError | undefined, leave: () => void): Ticket {
    if (this.isClosed) throw new InternalError('internal: a stream was used after its close.');
    const ticket = new CudaTicket(nodes, arrive, () => {
      leave();
      this.inFlight.delete(ticket);
      if (this.inFlight.size === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
    });
    this.inFlight.add(ticket);
    if (this.device.isLost) {
      ticket.finish(new UnavailableError(this.device.lostReason));
      return ticket;
    }
    try {
      this.order();
      enqueue();
    } catch (error) {
      ticket.failure ??= opErrorOf(error, this.device.info, 'enqueuing work', nodes);
    }
    // Calls that are made together are heard of together.
    this.batch.push(ticket);
    if (this.batch.length === 1) queueMicrotask(() => { this.listen(); });
    return ticket;
  }

  private listen(): void {
    const tickets = this.batch.splice(0).filter((ticket) => this.inFlight.has(ticket));
    if (tickets.length === 0) return;
    const { device } = this;
    try {
      device.completions.after(device.driver, this.handle, (error) => {
        if (error !== undefined) device.noticed(error, true);
        else for (const ticket of tickets) this.arrived(ticket);
      });
    } catch (error) {
      device.noticed(error);
      for (const ticket of tickets) ticket.finish(opErrorOf(error, device.info, 'waiting for the device', ticket.nodes));
    }
  }

  private arrived(ticket: CudaTicket): void {
    if (!this.inFlight.has(ticket)) return;
    try {
      ticket.finish();
    } catch (error) {
      ticket.finish(opErrorOf(error, this.device.info, 'finishing a run', ticket.nodes));
    }
  }

  /** Waits, on the device, for memory that is new and for what other streams uploaded. */
  private order(): void {
    const { heap } = this.device;
    if (this.seenMemory !== heap.serial) {
      this.device.waitFor(this.handle, heap.stream);
      this.seenMemory = heap.serial;
    }
    for (const other of this.device.streams) {
      if (other === this || other.uploads === (this.seenUploads.get(other) ?? 0)) continue;
      this.device.waitFor(this.handle, other.handle);
      this.seenUploads.set(other, other.uploads);
    }
    for (const other of this.seenUploads.keys()) if (!this.device.streams.has(other)) this.seenUploads.delete(other);
  }
}
