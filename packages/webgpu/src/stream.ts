/** A session's ordered way into the device: calls join the device's line. */
import { InternalError, type Bound, type BufferRange, type PendingTicket, type Stream, type Ticket } from '@sessionflow/core/device';
import type { LaunchParams } from '@sessionflow/core/kernels';
import type { WebGpuInfo } from './info.js';
import type { Block, Memory } from './memory.js';
import { blockOf, WebGpuBound, type Overrides } from './run/bound.js';
import type { Group } from './run/group.js';
import type { Line, Soundness } from './run/line.js';
import { QueryTiming, SubmissionTiming } from './run/timing.js';

/** Calls that touch memory which the GPU had no room for fail with that. */
const failureOf = (...blocks: readonly Block[]): Soundness => ({ failure: () => blocks.find(({ failure }) => failure !== undefined)?.failure });

/** Buffers are written and copied in words. */
const padded = (bytes: number): number => Math.ceil(bytes / 4) * 4;

export class WebGpuStream implements Stream {
  private isClosed = false;

  constructor(
    private readonly device: GPUDevice, private readonly info: WebGpuInfo, private readonly memory: Memory, private readonly line: Line,
    private readonly onClose: (stream: WebGpuStream) => void,
  ) {}

  /** WebGPU stages the bytes itself, in memory that it pools. */
  upload(to: BufferRange, from: Uint8Array): Ticket {
    if (from.byteLength > to.bytes) throw new InternalError(`internal: ${from.byteLength} bytes are uploaded to a range of ${to.bytes} bytes.`);
    const block = blockOf(this.memory, to);
    return this.call(failureOf(block), (group) => {
      group.submit();
      const size = padded(from.byteLength);
      let bytes = from;
      if (size !== from.byteLength) {
        bytes = new Uint8Array(size);
        bytes.set(from);
      }
      if (size > 0) this.device.queue.writeBuffer(block.gpu, to.offset, bytes as Uint8Array<ArrayBuffer>);
    });
  }

  download(from: BufferRange, to: Uint8Array): Ticket {
    if (to.byteLength > from.bytes) throw new InternalError(`internal: ${to.byteLength} bytes are downloaded from a range of ${from.bytes} bytes.`);
    const block = blockOf(this.memory, from);
    const size = padded(to.byteLength);
    return this.call(failureOf(block), (group) => {
      if (size === 0) return;
      const staging = group.read(size, (bytes) => to.set(bytes.subarray(0, to.byteLength)));
      group.encoder.copyBufferToBuffer(block.gpu, from.offset, staging, 0, size);
    });
  }

  copy(from: BufferRange, to: BufferRange): Ticket {
    if (from.bytes > to.bytes) throw new InternalError(`internal: ${from.bytes} bytes are copied to a range of ${to.bytes} bytes.`);
    const source = blockOf(this.memory, from);
    const target = blockOf(this.memory, to);
    const size = padded(from.bytes);
    return this.call(failureOf(source, target), (group) => {
      if (size === 0) return;
      if (source !== target) {
        group.encoder.copyBufferToBuffer(source.gpu, from.offset, target.gpu, to.offset, size);
        return;
      }
      // WebGPU copies between two buffers only.
      const between = this.memory.allocate(size);
      group.endings.push(() => this.memory.release(between));
      group.encoder.copyBufferToBuffer(source.gpu, from.offset, between.gpu, 0, size);
      group.encoder.copyBufferToBuffer(between.gpu, 0, target.gpu, to.offset, size);
    });
  }

  run(bound: Bound, overrides?: ReadonlyMap<number, LaunchParams>): Ticket {
    if (!(bound instanceof WebGpuBound)) throw new InternalError('internal: a sequence of another device was run on the WebGPU device.');
    const ticket: PendingTicket = this.call({ node: bound.node, known: () => bound.known(this.memory), failure: () => bound.failure }, (group) => {
      if (bound.writesWords(overrides)) group.submit();
      bound.begin(overrides);
      group.endings.push(() => bound.end());
      group.runs.push(bound);
      if (bound.sequence.timed) this.encodeTimed(group, bound, overrides, ticket);
      else bound.encode(group.encoder, overrides);
      const { faults } = bound;
      if (faults === undefined) return;
      const staging = group.read(faults.size, (bytes) => {
        const fault = bound.faultIn(new Int32Array(bytes.slice().buffer));
        if (fault !== undefined) group.faults.set(ticket, fault);
      });
      group.encoder.copyBufferToBuffer(faults, 0, staging, 0, faults.size);
    });
    return ticket;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.line.idle(this);
    this.onClose(this);
  }

  /** Ends all that has not begun. */
  cancelAll(): void {
    this.line.cancel(this);
  }

  private encodeTimed(group: Group, bound: WebGpuBound, overrides: Overrides | undefined, ticket: PendingTicket): void {
    const { launches } = bound.sequence;
    if (launches.length === 0) return;
    if (!this.info.features.timestamps) {
      const timing = new SubmissionTiming(this.device, launches);
      bound.encodeApart(overrides, () => group.encoder, () => {
        group.submit();
        timing.submitted();
      });
      group.waits.push(async () => { ticket.times = await timing.times(); });
      return;
    }
    const timing = new QueryTiming(this.device, launches);
    group.endings.push(() => timing.release());
    bound.encode(group.encoder, overrides, timing.writes);
    timing.encode(group.encoder, group.read(timing.bytes, (bytes) => { ticket.times = timing.times(bytes); }));
  }

  private call(about: Soundness & { readonly node?: string | undefined }, encode: (group: Group) => void): PendingTicket {
    if (this.isClosed) throw new InternalError('internal: a stream was used after its close.');
    return this.line.add({ stream: this, ...about, encode });
  }
}
