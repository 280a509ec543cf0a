/** Device memory of one device: counted here, taken from a stream-ordered pool where the driver has them. */
import { InternalError, ResourceExhaustedError, type BufferRange, type DeviceBuffer, type MemoryUse } from '@sessionflow/core/device';
import { isOutOfMemory, opErrorOf } from './addon/errors.js';
import type { Driver, Handle } from './addon/driver.js';
import type { CudaInfo } from './info.js';

export class CudaBuffer implements DeviceBuffer {
  isReleased = false;

  /** An empty buffer has an address, too. */
  constructor(readonly owner: CudaMemory, readonly address: number, readonly bytes: number) {}
}

/** Less is not worth taking in advance. */
const leastReserve = 1 << 20;

export class CudaMemory {
  /** Grows with every allocation: streams use memory only after they waited for the pool's stream since. */
  serial = 0;
  /** 0: the driver has none. */
  readonly pool: Handle;
  private use: MemoryUse = { buffers: 0, bytes: 0, peakBytes: 0 };
  private isLost = false;
  private readonly addresses = new Set<number>();

  /** `stream` orders the pool. */
  constructor(private readonly driver: Driver, private readonly context: Handle, readonly stream: Handle, private readonly info: CudaInfo) {
    // What the process has once taken it keeps, as TensorFlow's allocator does: giving memory back and forth is slow.
    this.pool = info.hasPools ? driver.createPool(context, info.memoryLimit) : 0;
    if (!info.reserves) return;
    try {
      this.reserve();
    } catch (error) {
      this.close(false);
      throw error;
    }
  }

  /** Fills the pool: what is released stays in it. Where others hold memory, as much as there is, in TensorFlow's steps of a tenth. */
  private reserve(): void {
    for (let bytes = this.info.memoryLimit; bytes >= leastReserve; bytes = Math.floor(bytes * 0.9)) {
      try {
        this.driver.release(this.driver.allocate(this.context, this.pool, this.stream, bytes), this.stream);
        return;
      } catch (error) {
        if (!isOutOfMemory(error)) throw error;
      }
    }
  }

  allocate(bytes: number): CudaBuffer {
    if (!(Number.isSafeInteger(bytes) && bytes >= 0)) throw new InternalError(`internal: a buffer of ${bytes} bytes was asked for.`);
    const limit = this.info.memoryLimit;
    if (this.use.bytes + bytes > limit) {
      throw new ResourceExhaustedError(`OOM when allocating ${bytes} bytes on GPU ${this.info.ordinal}: ${this.use.bytes} of ${limit} bytes are in use.`);
    }
    const address = this.raw(bytes, `allocating ${bytes} bytes`);
    const total = this.use.bytes + bytes;
    this.use = { buffers: this.use.buffers + 1, bytes: total, peakBytes: Math.max(this.use.peakBytes, total) };
    return new CudaBuffer(this, address, bytes);
  }

  release(buffer: DeviceBuffer): void {
    if (!(buffer instanceof CudaBuffer) || buffer.owner !== this) throw new InternalError('internal: a buffer of another device was released.');
    if (buffer.isReleased) throw new InternalError('internal: a buffer was released twice.');
    buffer.isReleased = true;
    this.use = { ...this.use, buffers: this.use.buffers - 1, bytes: this.use.bytes - buffer.bytes };
    this.rawRelease(buffer.address);
  }

  /** Memory that is the backend's own and not counted. */
  raw(bytes: number, doing: string): number {
    try {
      const address = this.driver.allocate(this.context, this.pool, this.stream, Math.max(bytes, 1));
      this.serial++;
      this.addresses.add(address);
      return address;
    } catch (error) {
      throw opErrorOf(error, this.info, doing);
    }
  }

  rawRelease(address: number): void {
    if (this.isLost) return;
    this.addresses.delete(address);
    this.driver.release(address, this.stream);
  }

  /** The address of a range, checked. */
  addressOf({ buffer, offset, bytes }: BufferRange): number {
    if (!(buffer instanceof CudaBuffer) || buffer.owner !== this) throw new InternalError('internal: a buffer of another device is used.');
    if (buffer.isReleased) throw new InternalError('internal: a buffer is used after its release.');
    if (offset < 0 || offset + bytes > Math.max(buffer.bytes, 1)) throw new InternalError(`internal: bytes ${offset}…${offset + bytes} of a buffer of ${buffer.bytes} bytes are used.`);
    return buffer.address + offset;
  }

  used(): MemoryUse {
    return this.use;
  }

  /** Gives the pool back; with `isLost`, everything that was in it, too, since nobody else can any more. */
  close(isLost: boolean): void {
    if (isLost) {
      this.isLost = true;
      for (const address of this.addresses) {
        try {
          this.driver.release(address, this.stream);
        } catch {
          // The memory went with the device.
        }
      }
      this.addresses.clear();
    }
    if (this.pool !== 0) this.driver.destroyPool(this.pool);
  }
}
