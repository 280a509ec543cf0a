/** The open device: memory, programs, sequences and streams over one engine. */
import { InternalError } from '@sessionflow/core/device';
import type {
  Bound, BufferRange, Device, DeviceBuffer, MemoryUse, Sequence, SequenceItem, Stream, StreamOptions,
} from '@sessionflow/core/device';
import type { DeviceProgram } from '@sessionflow/core/kernels';
import type { WasmSource } from './abi.js';
import type { WasmInfo } from './info.js';
import { Heap, type Block } from './memory.js';
import { Programs, type WasmExecutable } from './programs.js';
import { addressOf, WasmBound } from './run/bound.js';
import { Engine } from './run/engine.js';
import { flopsPerMicro, WasmSequence } from './run/sequence.js';
import { walkerModule } from './run/walker.js';
import { WasmStream } from './stream.js';
import { WorkerPool } from './workers/pool.js';

/** Opens a device: reserves its memory and compiles the walker. Workers start when work for them comes; there are none over a memory that is not shared. */
export async function openDevice(info: WasmInfo): Promise<WasmDevice> {
  const heap = new Heap({ shared: info.features.sharedMemory, limit: info.memoryLimit });
  const memory = { pages: heap.pages, shared: heap.shared };
  const walker = await WebAssembly.compile(walkerModule(memory));
  const pool = heap.shared ? new WorkerPool(heap, walker, info.threads) : undefined;
  return new WasmDevice(info, heap, walker, pool);
}

export class WasmDevice implements Device<WasmSource, WasmInfo> {
  private readonly engine: Engine;
  private readonly programs: Programs;
  private readonly streams = new Set<WasmStream>();
  private isClosed = false;

  constructor(private currentInfo: WasmInfo, private readonly heap: Heap, walker: WebAssembly.Module, pool: WorkerPool | undefined) {
    this.engine = new Engine(heap, walker, pool, (reason) => {
      this.currentInfo = { ...currentInfo, details: { ...currentInfo.details, threads: 1, 'no workers because': reason } };
    });
    this.programs = new Programs({ pages: heap.pages, shared: heap.shared }, (module) => this.engine.load(module));
  }

  /** As discovered; `details` also tells if workers turned out to be impossible. */
  get info(): WasmInfo {
    return this.currentInfo;
  }

  allocate(bytes: number): DeviceBuffer {
    this.checkOpen();
    if (!(Number.isSafeInteger(bytes) && bytes >= 0)) throw new InternalError(`internal: a buffer of ${bytes} bytes was asked for.`);
    return this.heap.allocate(bytes);
  }

  release(buffer: DeviceBuffer): void {
    this.heap.release(buffer as Block);
  }

  async prepare(programs: readonly DeviceProgram<WasmSource>[]): Promise<readonly WasmExecutable[]> {
    this.checkOpen();
    // Workers start while the code is compiled.
    this.engine.warm(programs.reduce((sum, { flops }) => sum + flops, 0) / flopsPerMicro);
    return this.programs.prepare(programs);
  }

  sequence(items: readonly SequenceItem<WasmSource>[], slots: readonly number[], { timed }: { readonly timed: boolean }): Sequence {
    this.checkOpen();
    const sequence = new WasmSequence(items, slots, timed);
    this.engine.warm(sequence.estimate);
    return sequence;
  }

  bind(sequence: Sequence, slots: readonly BufferRange[]): Bound {
    this.checkOpen();
    if (!(sequence instanceof WasmSequence)) throw new InternalError('internal: a sequence of another device was bound on the wasm CPU device.');
    return new WasmBound(this.heap, sequence, slots, (block) => this.engine.retire(block));
  }

  /** `memoryLimit` of a stream is core's to keep: only core knows whose a buffer is. */
  stream({ threads }: StreamOptions): Stream {
    this.checkOpen();
    const most = this.currentInfo.threads;
    const used = threads > 0 ? Math.min(threads, most) : most;
    this.engine.expect(used);
    const stream = new WasmStream(this.heap, this.engine, used, (closed) => this.streams.delete(closed));
    this.streams.add(stream);
    return stream;
  }

  view(range: BufferRange): Uint8Array {
    return new Uint8Array(this.heap.memory.buffer, addressOf(range), range.bytes);
  }

  memory(): MemoryUse {
    return this.heap.use();
  }

  /** Cancels what is in flight, waits until it has stopped, ends the workers. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    const streams = [...this.streams];
    for (const stream of streams) stream.cancelAll();
    await Promise.all(streams.map((stream) => stream.close()));
    await this.engine.close();
  }

  private checkOpen(): void {
    if (this.isClosed) throw new InternalError('internal: the wasm CPU device was used after its close.');
  }
}
