/** Device memory as host byte arrays, every one counted. */
import type { BufferRange, DeviceBuffer, MemoryUse } from '../device/device.js';
import { InternalError, ResourceExhaustedError } from '../errors.js';

/** New memory holds this in every byte, so that reading what was never written shows (as floats: tiny negative numbers, as NaN nowhere). */
const POISON = 0xa5;

export class ReferenceBuffer implements DeviceBuffer {
  isReleased = false;
  readonly data: Uint8Array;

  constructor(readonly owner: ReferenceMemory, readonly bytes: number) {
    this.data = new Uint8Array(bytes).fill(POISON);
  }
}

export class ReferenceMemory {
  private readonly live = new Set<ReferenceBuffer>();
  private bytes = 0;
  private peakBytes = 0;

  /** `limit` in bytes. */
  constructor(private readonly limit: number) {}

  allocate(bytes: number): ReferenceBuffer {
    if (!(Number.isSafeInteger(bytes) && bytes >= 0)) throw new InternalError(`internal: a buffer of ${bytes} bytes was asked for.`);
    if (this.bytes + bytes > this.limit) {
      throw new ResourceExhaustedError(`OOM when allocating ${bytes} bytes on the reference device: ${this.bytes} of ${this.limit} bytes are in use.`);
    }
    const buffer = new ReferenceBuffer(this, bytes);
    this.live.add(buffer);
    this.bytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
    return buffer;
  }

  release(buffer: DeviceBuffer): void {
    const own = this.own(buffer);
    own.isReleased = true;
    this.live.delete(own);
    this.bytes -= own.bytes;
  }

  /** The bytes of a range of a live buffer of this device. */
  view({ buffer, offset, bytes }: BufferRange): Uint8Array {
    const own = this.own(buffer);
    if (offset < 0 || bytes < 0 || offset + bytes > own.bytes) {
      throw new InternalError(`internal: bytes ${offset} to ${offset + bytes} of a buffer of ${own.bytes} bytes.`);
    }
    return own.data.subarray(offset, offset + bytes);
  }

  use(): MemoryUse {
    return { buffers: this.live.size, bytes: this.bytes, peakBytes: this.peakBytes };
  }

  private own(buffer: DeviceBuffer): ReferenceBuffer {
    if (!(buffer instanceof ReferenceBuffer) || buffer.owner !== this) throw new InternalError('internal: a buffer of another device.');
    if (buffer.isReleased) throw new InternalError('internal: a buffer was used after its release.');
    return buffer;
  }
}
