/**
 * Buffers by size classes: eight to an octave above 256 bytes, so that at most an eighth is unused. What is released is kept for the next
 * request of its class and destroyed only when room is needed. Everything that is alive or kept counts against the device's limit.
 */
import { InternalError, ResourceExhaustedError, type DeviceBuffer, type MemoryUse, type OpError } from '@sessionflow/core/device';
import { bufferUsage } from './flags.js';
import { firstError } from './scopes.js';

/** A buffer of core's, over a GPU buffer of its class. */
export interface Block extends DeviceBuffer {
  readonly gpu: GPUBuffer;
  /** Size of `gpu`, a multiple of 256. */
  readonly capacity: number;
  /** Set when the GPU turns out to have had no room for it: what uses the block fails with this. */
  failure?: OpError;
}

const smallest = 256;
const usage = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyTarget;

const noRoom = 'Use smaller batches, close sessions that are not needed, or raise gpu_options.per_process_gpu_memory_fraction where it is set.';
const tooLarge = 'Use smaller batches, or put the node on another device: no tensor here can be larger.';

function full(bytes: number, why: string, advice = noRoom): ResourceExhaustedError {
  return new ResourceExhaustedError(`OOM when allocating ${bytes} bytes on the WebGPU device: ${why}. ${advice}`);
}

/** The size of the class that holds `bytes`. */
export function classOf(bytes: number): number {
  if (bytes <= smallest * 8) return Math.max(smallest, Math.ceil(bytes / smallest) * smallest);
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 3);
  return Math.ceil(bytes / step) * step;
}

export class Memory {
  private readonly kept = new Map<number, GPUBuffer[]>();
  private readonly taken = new Set<Block>();
  /** Answers of the GPU about new buffers that are still on their way. */
  private readonly answers = new Set<Promise<void>>();
  private keptBytes = 0;
  private takenBytes = 0;
  private bytes = 0;
  private peakBytes = 0;

  constructor(private readonly device: GPUDevice, private readonly limits: { readonly memoryLimit: number; readonly bufferBytes: number }) {}

  allocate(bytes: number): Block {
    const capacity = classOf(bytes);
    const { memoryLimit, bufferBytes } = this.limits;
    // gpu_options may make them the same: then it is the budget that is too small.
    if (bytes > bufferBytes && bufferBytes !== memoryLimit) throw full(bytes, `a buffer of this adapter holds at most ${bufferBytes} bytes`, tooLarge);
    const size = Math.min(capacity, Math.floor(bufferBytes / 4) * 4);
    if (this.takenBytes + size > memoryLimit) throw full(bytes, `${this.takenBytes} of ${memoryLimit} bytes are in use by ${this.taken.size} buffers`);
    const block = this.reuse(bytes, size) ?? this.create(bytes, size);
    this.taken.add(block);
    this.takenBytes += size;
    this.bytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
    return block;
  }

  release(block: Block): void {
    if (!this.taken.delete(block)) throw new InternalError(`internal: a buffer of ${block.bytes} bytes was released twice, or belongs to another device.`);
    this.takenBytes -= block.capacity;
    this.bytes -= block.bytes;
    if (block.failure !== undefined) {
      block.gpu.destroy();
      return;
    }
    const list = this.kept.get(block.capacity) ?? [];
    this.kept.set(block.capacity, list);
    list.push(block.gpu);
    this.keptBytes += block.capacity;
  }

  /** Whether a buffer is one of this device's, and alive. */
  holds(buffer: DeviceBuffer): buffer is Block {
    return this.taken.has(buffer as Block);
  }

  use(): MemoryUse {
    return { buffers: this.taken.size, bytes: this.bytes, peakBytes: this.peakBytes };
  }

  /** When the GPU has answered for every buffer made so far: failures are known then. */
  async settled(): Promise<void> {
    while (this.answers.size > 0) await Promise.all(this.answers);
  }

  get isSettled(): boolean {
    return this.answers.size === 0;
  }

  /** Destroys what is kept, and what was never released. */
  close(): void {
    this.trim(0);
    for (const { gpu } of this.taken) gpu.destroy();
    this.taken.clear();
  }

  private reuse(bytes: number, size: number): Block | undefined {
    const gpu = this.kept.get(size)?.pop();
    if (gpu === undefined) return undefined;
    this.keptBytes -= size;
    return { bytes, gpu, capacity: size };
  }

  private create(bytes: number, size: number): Block {
    this.trim(this.limits.memoryLimit - this.takenBytes - size);
    let gpu: GPUBuffer | undefined;
    const answer = firstError(this.device, () => { gpu = this.device.createBuffer({ size, usage }); });
    if (gpu === undefined) throw new InternalError('internal: WebGPU made no buffer.');
    const block: Block = { bytes, gpu, capacity: size };
    const heard = answer.then((error) => {
      this.answers.delete(heard);
      if (error === undefined) return;
      block.failure = full(bytes, `the GPU says: ${error.message}`);
    });
    this.answers.add(heard);
    return block;
  }

  /** Destroys kept buffers, the largest first, until they take no more than `bytes`. */
  private trim(bytes: number): void {
    if (this.keptBytes <= bytes) return;
    for (const size of [...this.kept.keys()].sort((a, b) => b - a)) {
      const list = this.kept.get(size) ?? [];
      while (list.length > 0 && this.keptBytes > bytes) {
        list.pop()?.destroy();
        this.keptBytes -= size;
      }
      if (list.length === 0) this.kept.delete(size);
    }
  }
}
