/**
 * The open device: memory, and sequences of programs over it. It works at once, in the call that asks, so every ticket that it gives is over
 * when it is given. Lifetimes, pools and copies between devices are core's.
 */
import {
  InternalError, OpError, PendingTicket, ResourceExhaustedError,
  type Bound, type BufferRange, type Device, type DeviceBuffer, type DeviceInfo, type Executable, type Launch, type LaunchTime, type MemoryUse, type Sequence,
  type SequenceItem, type Stream, type Ticket,
} from '@sessionflow/core/device';
import type { DeviceProgram } from '@sessionflow/core/kernels';

/** What a program is here: code over the numbers of its inputs and outputs. */
export type AbacusCode = (inputs: readonly Float32Array[], outputs: readonly Float32Array[]) => void;

class Buffer implements DeviceBuffer {
  readonly memory: ArrayBuffer;

  constructor(readonly bytes: number) {
    this.memory = new ArrayBuffer(bytes);
  }
}

function bytesOf({ buffer, offset, bytes }: BufferRange): Uint8Array {
  if (!(buffer instanceof Buffer)) throw new InternalError('internal: a buffer of another device is used.');
  return new Uint8Array(buffer.memory, offset, bytes);
}

class AbacusExecutable implements Executable {
  constructor(readonly key: string, readonly code: AbacusCode) {}
}

class AbacusSequence implements Sequence {
  constructor(readonly launches: readonly Launch<AbacusCode>[], readonly slots: readonly number[], readonly isTimed: boolean) {}

  release(): void { /* Nothing is held. */ }
}

class AbacusBound implements Bound {
  constructor(readonly sequence: AbacusSequence, readonly ranges: readonly BufferRange[]) {}

  release(): void { /* Nothing is held. */ }
}

export class AbacusDevice implements Device<AbacusCode> {
  private readonly buffers = new Set<DeviceBuffer>();
  private readonly executables = new Map<string, AbacusExecutable>();
  private bytes = 0;
  private peakBytes = 0;

  constructor(readonly info: DeviceInfo) {}

  allocate(bytes: number): DeviceBuffer {
    if (this.bytes + bytes > this.info.memoryLimit) {
      throw new ResourceExhaustedError(`The abacus has no room for ${bytes} bytes: ${this.bytes} of ${this.info.memoryLimit} are taken.`);
    }
    const buffer = new Buffer(bytes);
    this.buffers.add(buffer);
    this.bytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
    return buffer;
  }

  release(buffer: DeviceBuffer): void {
    if (this.buffers.delete(buffer)) this.bytes -= buffer.bytes;
  }

  async prepare(programs: readonly DeviceProgram<AbacusCode>[]): Promise<readonly Executable[]> {
    return programs.map(({ key, source }) => {
      const executable = this.executables.get(key) ?? new AbacusExecutable(key, source());
      this.executables.set(key, executable);
      return executable;
    });
  }

  sequence(items: readonly SequenceItem<AbacusCode>[], slots: readonly number[], { timed }: { readonly timed: boolean }): Sequence {
    // `info.controlFlow` is false, so there are no loops among them.
    return new AbacusSequence(items.filter((item) => item.kind === 'launch'), slots, timed);
  }

  bind(sequence: Sequence, ranges: readonly BufferRange[]): Bound {
    if (!(sequence instanceof AbacusSequence)) throw new InternalError('internal: a sequence of another device is bound.');
    return new AbacusBound(sequence, ranges);
  }

  stream(): Stream {
    return {
      upload: (to, from) => at(() => { bytesOf(to).set(from); }),
      download: (from, to) => at(() => { to.set(bytesOf(from).subarray(0, to.byteLength)); }),
      copy: (from, to) => at(() => { bytesOf(to).set(bytesOf(from)); }),
      run: (bound) => at((ticket) => { ticket.times = run(bound); }),
      close: () => Promise.resolve(),
    };
  }

  memory(): MemoryUse {
    return { buffers: this.buffers.size, bytes: this.bytes, peakBytes: this.peakBytes };
  }

  async close(): Promise<void> {
    this.executables.clear();
  }
}

/** Does the work now; the ticket brings its error. */
function at(work: (ticket: PendingTicket) => void): Ticket {
  const ticket = new PendingTicket();
  try {
    work(ticket);
    ticket.finish();
  } catch (error) {
    ticket.finish(error instanceof OpError ? error : new InternalError(`internal: ${String(error)}`, { cause: error }));
  }
  return ticket;
}

function run(bound: Bound): LaunchTime[] | undefined {
  if (!(bound instanceof AbacusBound)) throw new InternalError('internal: a sequence of another device is run.');
  const times: LaunchTime[] = [];
  for (const { program, executable, slots, nodes } of bound.sequence.launches) {
    if (!(executable instanceof AbacusExecutable)) throw new InternalError('internal: an executable of another device is launched.');
    const numbers = slots.map((slot) => {
      const bytes = bytesOf(bound.ranges[slot]!);
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    });
    const start = performance.now() * 1000;
    executable.code(numbers.slice(0, program.inputs.length), numbers.slice(program.inputs.length));
    times.push({ nodes, start, end: performance.now() * 1000 });
  }
  return bound.sequence.isTimed ? times : undefined;
}
