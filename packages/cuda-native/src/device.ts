/** The open device: memory, programs, sequences and streams in one context. */
import { InternalError, type Bound, type BufferRange, type Device, type DeviceBuffer, type MemoryUse, type Sequence, type SequenceItem, type Stream, type StreamOptions } from '@sessionflow/core/device';
import type { DeviceProgram } from '@sessionflow/core/kernels';
import type { Driver, Handle } from './addon/driver.js';
import { isFatal, opErrorOf } from './addon/errors.js';
import type { Completions } from './completions.js';
import type { CudaInfo } from './info.js';
import type { KernelCache } from './kernelCache.js';
import { CudaMemory } from './memory.js';
import { Programs, type CudaExecutable } from './programs.js';
import { CudaBound } from './run/bound.js';
import { CudaSequence } from './run/sequence.js';
import type { CudaSource } from './source.js';
import { StagingPool } from './staging.js';
import { takeAll } from './steps.js';
import { CudaStream } from './stream.js';

/** What all devices of a backend share. */
export interface DeviceParts {
  readonly driver: Driver;
  readonly completions: Completions;
  readonly cache: KernelCache;
  /** Whether sequences become CUDA graphs. */
  readonly graphs: boolean;
}

export class CudaDevice implements Device<CudaSource, CudaInfo> {
  readonly driver: Driver;
  readonly completions: Completions;
  readonly context: Handle;
  /** Nothing ever runs on it: library calls are recorded here. */
  readonly captureStream: Handle;
  readonly heap: CudaMemory;
  readonly staging: StagingPool;
  readonly programs: Programs;
  readonly streams = new Set<CudaStream>();
  /** What holds graphs and events of the driver. */
  readonly holders = new Set<{ dispose(): void }>();
  readonly lost: Promise<string>;
  isLost = false;
  lostReason = '';
  private readonly memoryStream: Handle;
  private readonly fence: Handle;
  private readonly peers = new WeakMap<CudaDevice, boolean>();
  private tellLost: (reason: string) => void = () => undefined;
  private isClosed = false;

  constructor(readonly info: CudaInfo, readonly options: DeviceParts) {
    const { driver } = options;
    this.driver = driver;
    this.completions = options.completions;
    this.lost = new Promise((resolve) => { this.tellLost = resolve; });
    // What was made goes again, last first, when something that follows is refused.
    const undo: (() => void)[] = [];
    try {
      this.context = driver.openContext(info.physical);
      undo.unshift(() => driver.closeContext(this.context));
      this.memoryStream = driver.createStream(this.context);
      undo.unshift(() => driver.destroyStream(this.memoryStream));
      this.captureStream = driver.createStream(this.context);
      undo.unshift(() => driver.destroyStream(this.captureStream));
      this.fence = driver.createEvent(this.context, false);
      undo.unshift(() => driver.destroyEvent(this.fence));
      this.heap = new CudaMemory(driver, this.context, this.memoryStream, info);
    } catch (error) {
      try {
        takeAll(undo);
      } catch {
        // The first error says more.
      }
      throw opErrorOf(error, info, 'opening the device');
    }
    this.staging = new StagingPool(driver, this.context);
    this.programs = new Programs(driver, this.context, info, options.cache, this.heap, this.captureStream);
  }

  allocate(bytes: number): DeviceBuffer {
    this.checkOpen();
    return this.heap.allocate(bytes);
  }

  release(buffer: DeviceBuffer): void {
    this.giveBack([() => { this.heap.release(buffer); }]);
  }

  async prepare(programs: readonly DeviceProgram<CudaSource>[]): Promise<readonly CudaExecutable[]> {
    this.checkOpen();
    return this.programs.prepare(programs);
  }

  sequence(items: readonly SequenceItem<CudaSource>[], slots: readonly number[], { timed }: { readonly timed: boolean }): Sequence {
    this.checkOpen();
    return new CudaSequence(this, items, slots, timed);
  }

  bind(sequence: Sequence, slots: readonly BufferRange[]): Bound {
    this.checkOpen();
    if (!(sequence instanceof CudaSequence) || sequence.owner !== this.programs) throw new InternalError('internal: a sequence of another device was bound on a CUDA device.');
    return new CudaBound(this, sequence, slots);
  }

  /** A GPU has no threads to share out; `memoryLimit` of a stream is core's to keep: only core knows whose a buffer is. */
  stream(_options: StreamOptions): Stream {
    this.checkOpen();
    try {
      const stream = new CudaStream(this, (closed) => this.streams.delete(closed));
      this.streams.add(stream);
      return stream;
    } catch (error) {
      this.noticed(error);
      throw opErrorOf(error, this.info, 'making a stream');
    }
  }

  memory(): MemoryUse {
    return this.heap.used();
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const stream of this.streams) stream.cancelAll();
    await Promise.all([...this.streams].map((stream) => stream.close()));
    if (!this.isLost) this.free(false);
  }

  /** Makes what `stream` does next wait for all that `other` was given so far. */
  waitFor(stream: Handle, other: Handle): void {
    this.driver.recordEvent(this.fence, other);
    this.driver.waitEvent(stream, this.fence);
  }

  /** Whether this device reaches the other's memory without the host. Asked once of each. */
  reaches(other: CudaDevice): boolean {
    const known = this.peers.get(other);
    if (known !== undefined) return known;
    try {
      const isSame = other.info.physical === this.info.physical;
      const answer = other.driver === this.driver && (isSame || this.driver.enablePeer(this.context, other.context, other.heap.pool));
      this.peers.set(other, answer);
      return answer;
    } catch (error) {
      this.noticed(error);
      throw opErrorOf(error, this.info, `reaching GPU ${other.info.ordinal}`);
    }
  }

  /** An error of the driver was seen. After some of them, and after any that came from running work (`isCertain`), the context is of no use. */
  noticed(error: unknown, isCertain = false): void {
    if (this.isLost || !(isCertain || isFatal(error))) return;
    this.isLost = true;
    const reason = opErrorOf(error, this.info, 'running');
    this.lostReason = reason.message;
    for (const stream of this.streams) stream.lose(reason);
    this.streams.clear();
    this.free(true);
    this.tellLost(reason.message);
  }

  /** Takes all of these steps. That the device is lost may be heard of here first: what is lost need not be given back. */
  giveBack(steps: readonly (() => void)[]): void {
    try {
      takeAll(steps);
    } catch (error) {
      this.noticed(error);
      if (!this.isLost) throw error;
    }
  }

  /** Gives everything back. The primary context is made anew once its last user has let go of it, so a lost one must go, too. */
  private free(isLost: boolean): void {
    const { driver } = this;
    const steps = [
      ...[...this.holders].map((holder) => () => { holder.dispose(); }),
      () => { this.programs.close(); },
      () => this.staging.close(),
      () => this.heap.close(isLost),
      () => driver.destroyEvent(this.fence),
      () => driver.destroyStream(this.captureStream),
      () => driver.destroyStream(this.memoryStream),
      () => driver.closeContext(this.context),
    ];
    try {
      takeAll(steps);
    } catch (error) {
      // What is lost is lost: the driver says so at every step.
      if (!isLost) throw error;
    }
  }

  private checkOpen(): void {
    if (this.isClosed) throw new InternalError('internal: a CUDA device was used after its close.');
  }
}
