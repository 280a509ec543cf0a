/** The open device: memory, pipelines, sequences and streams over one GPUDevice. */
import { InternalError } from '@sessionflow/core/device';
import type { Bound, BufferRange, Device, DeviceBuffer, Executable, MemoryUse, Sequence, SequenceItem, Stream } from '@sessionflow/core/device';
import type { DeviceProgram } from '@sessionflow/core/kernels';
import type { WebGpuInfo } from './info.js';
import { Memory, type Block } from './memory.js';
import { Pipelines } from './pipelines.js';
import { Readbacks } from './readback.js';
import { WebGpuBound } from './run/bound.js';
import { Line } from './run/line.js';
import { WebGpuSequence } from './run/sequence.js';
import type { WgslSource } from './source.js';
import { WebGpuStream } from './stream.js';

export class WebGpuDevice implements Device<WgslSource, WebGpuInfo> {
  readonly lost: Promise<string>;
  private readonly buffers: Memory;
  private readonly pipelines: Pipelines;
  private readonly readbacks: Readbacks;
  private readonly line: Line;
  private readonly streams = new Set<WebGpuStream>();
  private isClosed = false;

  /** `owner`: what must live as long as the device does; Dawn's instance is not kept alive by its devices. */
  constructor(readonly info: WebGpuInfo, private readonly gpu: GPUDevice, private readonly owner: object) {
    this.lost = gpu.lost.then(({ reason, message }) => (message === '' ? reason : `${reason}: ${message}`));
    this.buffers = new Memory(gpu, { memoryLimit: info.memoryLimit, bufferBytes: info.limits.bufferBytes });
    this.pipelines = new Pipelines(gpu);
    this.readbacks = new Readbacks(gpu);
    this.line = new Line(gpu, this.buffers, this.readbacks, this.lost);
  }

  allocate(bytes: number): DeviceBuffer {
    this.checkOpen();
    if (!(Number.isSafeInteger(bytes) && bytes >= 0)) throw new InternalError(`internal: a buffer of ${bytes} bytes was asked for.`);
    return this.buffers.allocate(bytes);
  }

  release(buffer: DeviceBuffer): void {
    this.buffers.release(buffer as Block);
  }

  prepare(programs: readonly DeviceProgram<WgslSource>[]): Promise<readonly Executable[]> {
    this.checkOpen();
    return this.pipelines.prepare(programs);
  }

  sequence(items: readonly SequenceItem<WgslSource>[], slots: readonly number[], { timed }: { readonly timed: boolean }): Sequence {
    this.checkOpen();
    return new WebGpuSequence(items, slots, timed, this.info);
  }

  bind(sequence: Sequence, slots: readonly BufferRange[]): Bound {
    this.checkOpen();
    if (!(sequence instanceof WebGpuSequence)) throw new InternalError('internal: a sequence of another device was bound on the WebGPU device.');
    return new WebGpuBound(this.gpu, this.buffers, sequence, slots);
  }

  /** The queue has no threads to share out, and whose a buffer is only core knows: a stream has no options here. */
  stream(): Stream {
    this.checkOpen();
    const stream = new WebGpuStream(this.gpu, this.info, this.buffers, this.line, (closed) => this.streams.delete(closed));
    this.streams.add(stream);
    return stream;
  }

  memory(): MemoryUse {
    return this.buffers.use();
  }

  /** Cancels what has not begun, waits for the rest, gives everything back. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    const streams = [...this.streams];
    for (const stream of streams) stream.cancelAll();
    await Promise.all(streams.map((stream) => stream.close()));
    this.buffers.close();
    this.readbacks.close();
    this.gpu.destroy();
  }

  private checkOpen(): void {
    if (this.isClosed) throw new InternalError('internal: the WebGPU device was used after its close.');
  }
}
