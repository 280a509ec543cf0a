/** Buffers that the host reads from, kept for the next readback of about their size. */
import { classOf } from './memory.js';
import { bufferUsage, mapMode } from './flags.js';

/** Idle staging buffers take no more than this. */
const keptBytes = 64 << 20;

export class Readbacks {
  private readonly idle: GPUBuffer[] = [];
  private idleBytes = 0;

  constructor(private readonly device: GPUDevice) {}

  /** A buffer of at least `bytes`; of the idle ones, the smallest that is not more than twice as large. */
  take(bytes: number): GPUBuffer {
    const size = classOf(bytes);
    let best = -1;
    for (const [index, buffer] of this.idle.entries()) {
      if (buffer.size >= size && buffer.size <= 2 * size && (best < 0 || buffer.size < this.idle[best]!.size)) best = index;
    }
    if (best < 0) return this.device.createBuffer({ size, usage: bufferUsage.mapRead | bufferUsage.copyTarget });
    const [buffer] = this.idle.splice(best, 1);
    this.idleBytes -= buffer!.size;
    return buffer!;
  }

  /** Waits for the copy into the buffer, lets `use` see it, and keeps the buffer. Rejects when the device is lost meanwhile. */
  async read(buffer: GPUBuffer, bytes: number, use: (bytes: Uint8Array) => void): Promise<void> {
    const size = Math.ceil(bytes / 8) * 8;
    try {
      await buffer.mapAsync(mapMode.read, 0, size);
      use(new Uint8Array(buffer.getMappedRange(0, size), 0, bytes));
      buffer.unmap();
    } catch (error) {
      buffer.destroy();
      throw error;
    }
    this.idle.push(buffer);
    this.idleBytes += buffer.size;
    while (this.idleBytes > keptBytes) {
      const oldest = this.idle.shift()!;
      this.idleBytes -= oldest.size;
      oldest.destroy();
    }
  }

  close(): void {
    for (const buffer of this.idle.splice(0)) buffer.destroy();
    this.idleBytes = 0;
  }
}
