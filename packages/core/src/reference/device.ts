/**
 * The reference device: plain TypeScript over host byte arrays, by the verbs of the contract and nothing else. Work is always asynchronous
 * (no ticket of a run is settled when the call returns), so that whoever forgets to wait finds out here.
 */
import type {
  Bound, BufferRange, Device, DeviceBuffer, Executable, Launch, LaunchTime, MemoryUse, Sequence, SequenceItem, Stream, StreamOptions, Ticket,
} from '../device/device.js';
import type { DeviceInfo } from '../device/info.js';
import { attachNode, InternalError, OpError } from '../errors.js';
import type { DeviceProgram, LaunchParams } from '../kernels/program.js';
import { TimeSlice } from '../state/loopTurn.js';
import type { ReferenceSource } from './code.js';
import { ReferenceMemory } from './memory.js';
import { PlainTicket } from './ticket.js';

class ReferenceExecutable implements Executable {
  constructor(readonly key: string, readonly source: ReferenceSource) {}
}

class ReferenceSequence implements Sequence {
  isReleased = false;
  /** Number of each launch: by order of their first statement, loops' conditions and bodies in their place. */
  readonly numbers = new Map<Launch<ReferenceSource>, number>();

  constructor(
    readonly device: ReferenceDevice, readonly items: readonly SequenceItem<ReferenceSource>[], readonly slots: readonly number[], readonly timed: boolean,
  ) {
    this.check(items);
  }

  release(): void {
    this.isReleased = true;
  }

  private check(items: readonly SequenceItem<ReferenceSource>[]): void {
    for (const item of items) {
      if (item.kind === 'loop') {
        this.check(item.condition);
        this.check(item.body);
        continue;
      }
      if (!(item.executable instanceof ReferenceExecutable)) throw new InternalError('internal: an executable of another device is launched.');
      const { inputs, outputs } = item.executable.source;
      const expected = inputs + outputs + (item.program.scratch > 0 ? 1 : 0);
      if (item.slots.length !== expected) {
        throw new InternalError(`internal: ${item.nodes.join()} is launched with ${item.slots.length} slots, but has ${expected}.`);
      }
      for (const slot of item.slots) if (this.slots[slot] === undefined) throw new InternalError(`internal: slot ${slot} of ${this.slots.length}.`);
      this.numbers.set(item, this.numbers.size);
    }
  }
}

class ReferenceBound implements Bound {
  isRunning = false;
  isReleased = false;

  constructor(readonly sequence: ReferenceSequence, readonly ranges: readonly BufferRange[]) {}

  release(): void {
    this.isReleased = true;
  }
}

/** Work runs at most this long before the event loop gets its turn, in milliseconds. */
const SLICE = 8;

export class ReferenceDevice implements Device<ReferenceSource> {
  private readonly heap: ReferenceMemory;
  private readonly executables = new Map<string, ReferenceExecutable>();
  private readonly streams = new Set<ReferenceStream>();
  private isClosed = false;

  constructor(readonly info: DeviceInfo) {
    this.heap = new ReferenceMemory(info.memoryLimit);
  }

  allocate(bytes: number): DeviceBuffer {
    this.checkOpen();
    return this.heap.allocate(bytes);
  }

  release(buffer: DeviceBuffer): void {
    this.heap.release(buffer);
  }

  async prepare(programs: readonly DeviceProgram<ReferenceSource>[]): Promise<readonly Executable[]> {
    this.checkOpen();
    return programs.map((program) => {
      let executable = this.executables.get(program.key);
      if (executable === undefined) {
        executable = new ReferenceExecutable(program.key, program.source());
        this.executables.set(program.key, executable);
      }
      return executable;
    });
  }

  sequence(items: readonly SequenceItem<ReferenceSource>[], slots: readonly number[], { timed }: { readonly timed: boolean }): Sequence {
    this.checkOpen();
    return new ReferenceSequence(this, items, slots, timed);
  }

  bind(sequence: Sequence, slots: readonly BufferRange[]): Bound {
    this.checkOpen();
    if (!(sequence instanceof ReferenceSequence) || sequence.device !== this) throw new InternalError('internal: a sequence of another device is bound.');
    if (sequence.isReleased) throw new InternalError('internal: a sequence was bound after its release.');
    sequence.slots.forEach((bytes, slot) => {
      const range = slots[slot];
      // An empty value's slot may be planned with one byte and bound to none.
      if (range === undefined || range.bytes < (bytes === 1 ? 0 : bytes)) throw new InternalError(`internal: slot ${slot} needs ${bytes} bytes and is bound to ${range?.bytes ?? 'nothing'}.`);
      if (range.offset % this.info.limits.alignment !== 0) throw new InternalError(`internal: slot ${slot} is bound at offset ${range.offset}, not a multiple of ${this.info.limits.alignment}.`);
      this.heap.view(range);
    });
    return new ReferenceBound(sequence, slots);
  }

  stream(_options: StreamOptions): Stream {
    this.checkOpen();
    const stream = new ReferenceStream(this, this.heap, (closed) => this.streams.delete(closed));
    this.streams.add(stream);
    return stream;
  }

  view(range: BufferRange): Uint8Array {
    return this.heap.view(range);
  }

  memory(): MemoryUse {
    return this.heap.use();
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const stream of this.streams) stream.cancelAll();
    await Promise.all([...this.streams].map((stream) => stream.close()));
    this.executables.clear();
  }

  private checkOpen(): void {
    if (this.isClosed) throw new InternalError('internal: the reference device was used after its close.');
  }
}

class ReferenceStream implements Stream {
  /** Settles when everything asked so far is over. Never rejects. */
  private last: Promise<void> = Promise.resolve();
  private readonly open = new Set<PlainTicket>();
  private isClosed = false;

  constructor(private readonly device: ReferenceDevice, private readonly heap: ReferenceMemory, private readonly onClose: (stream: ReferenceStream) => void) {}

  upload(to: BufferRange, from: Uint8Array): Ticket {
    if (from.byteLength > to.bytes) throw new InternalError(`internal: ${from.byteLength} bytes are uploaded to a range of ${to.bytes} bytes.`);
    // The caller may change its array once the call has returned, as it may on any device that copies at once.
    const bytes = from.slice();
    return this.enqueue(() => this.heap.view(to).set(bytes));
  }

  download(from: BufferRange, to: Uint8Array): Ticket {
    if (to.byteLength > from.bytes) throw new InternalError(`internal: ${to.byteLength} bytes are downloaded from a range of ${from.bytes} bytes.`);
    return this.enqueue(() => to.set(this.heap.view(from).subarray(0, to.byteLength)));
  }

  copy(from: BufferRange, to: BufferRange): Ticket {
    if (from.bytes > to.bytes) throw new InternalError(`internal: ${from.bytes} bytes are copied to a range of ${to.bytes} bytes.`);
    return this.enqueue(() => this.heap.view(to).set(this.heap.view(from)));
  }

  run(bound: Bound, overrides?: ReadonlyMap<number, LaunchParams>): Ticket {
    if (!(bound instanceof ReferenceBound) || bound.sequence.device !== this.device) throw new InternalError('internal: a sequence of another device is run.');
    return this.enqueue(async (ticket) => {
      if (bound.isRunning) throw new InternalError('internal: a bound sequence was run twice at the same time.');
      if (bound.isReleased || bound.sequence.isReleased) throw new InternalError('internal: a sequence was run after its release.');
      bound.isRunning = true;
      try {
        await new SequenceRun(bound, this.heap, ticket, overrides).items(bound.sequence.items);
      } finally {
        bound.isRunning = false;
      }
    });
  }

  wait(ticket: Ticket): void {
    this.enqueue(() => ticket.done.catch(() => undefined));
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.last;
    this.onClose(this);
  }

  cancelAll(): void {
    for (const ticket of this.open) ticket.cancel();
  }

  private enqueue(work: (ticket: PlainTicket) => void | Promise<void>): Ticket {
    if (this.isClosed) throw new InternalError('internal: a stream was used after its close.');
    const ticket = new PlainTicket();
    this.open.add(ticket);
    this.last = this.last.then(async () => {
      try {
        ticket.check();
        await work(ticket);
        ticket.finish();
      } catch (error) {
        ticket.fail(error);
      } finally {
        this.open.delete(ticket);
      }
    });
    return ticket;
  }
}

/** One run of a bound sequence. */
class SequenceRun {
  private readonly times: LaunchTime[] = [];
  private readonly slice = new TimeSlice(SLICE);

  constructor(
    private readonly bound: ReferenceBound, private readonly heap: ReferenceMemory, private readonly ticket: PlainTicket,
    private readonly overrides: ReadonlyMap<number, LaunchParams> | undefined,
  ) {
    if (bound.sequence.timed) ticket.times = this.times;
  }

  async items(items: readonly SequenceItem<ReferenceSource>[]): Promise<void> {
    for (const item of items) {
      this.ticket.check();
      const turn = this.slice.turn();
      if (turn !== undefined) {
        await turn;
        this.ticket.check();
      }
      if (item.kind === 'launch') await this.launch(item);
      else {
        for (;;) {
          await this.items(item.condition);
          if (this.slot(item.test)[0] === 0) break;
          await this.items(item.body);
        }
      }
    }
  }

  private slot(slot: number): Uint8Array {
    const range = this.bound.ranges[slot]!;
    return this.heap.view({ ...range, bytes: Math.min(range.bytes, Math.max(this.bound.sequence.slots[slot]!, 0)) });
  }

  private async launch(launch: Launch<ReferenceSource>): Promise<void> {
    const executable = launch.executable;
    if (!(executable instanceof ReferenceExecutable)) throw new InternalError('internal: an executable of another device is launched.');
    const { inputs, outputs, code } = executable.source;
    const params = this.overrides?.get(this.bound.sequence.numbers.get(launch) ?? -1) ?? launch.program.launch;
    const slots = launch.slots.map((slot) => this.slot(slot));
    const start = performance.now() * 1000;
    try {
      const pending = code(slots.slice(0, inputs), slots.slice(inputs, inputs + outputs), { ...params, scratch: slots[inputs + outputs] ?? new Uint8Array(0) });
      if (pending !== undefined) await pending;
    } catch (error) {
      const failure = error instanceof OpError ? error : new InternalError(`internal: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      throw attachNode(failure, launch.nodes[0] ?? '?');
    }
    if (this.bound.sequence.timed) this.times.push({ nodes: launch.nodes, start, end: performance.now() * 1000 });
  }
}
