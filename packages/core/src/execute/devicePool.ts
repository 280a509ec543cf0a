/**
 * Memory of values that outlive a lease: results that stay on their device, loop variables, variables. What is given back is kept for the
 * next value of its size, up to a bound, so that a loop does not ask the device for memory in every iteration.
 */
import type { BufferRange, Device } from '../device/device.js';
import { DeviceMemory } from '../device/deviceTensor.js';
import { ResourceExhaustedError } from '../errors.js';

/** What idle memory may take, per session and device. */
const keptBytes = 64 << 20;
const keptBuffers = 64;

export class DevicePool {
  /** Idle memory, by size; the oldest first. */
  private readonly idle = new Set<DeviceMemory>();
  private readonly live = new Set<DeviceMemory>();
  private idleBytes = 0;
  private nextId = 0;
  private isClosed = false;

  constructor(private readonly name: string, private readonly device: Device) {}

  /** Memory of at least one byte, held once. ResourceExhaustedError when the device has no room. */
  take(bytes: number): DeviceMemory {
    const size = Math.max(bytes, 1);
    for (const memory of this.idle) {
      if (memory.range.bytes !== size) continue;
      this.idle.delete(memory);
      this.idleBytes -= size;
      this.live.add(memory);
      return memory.reuse();
    }
    const memory = new DeviceMemory(this.name, this.nextId++, this.allocate(size), (freed) => { this.putBack(freed); });
    this.live.add(memory);
    return memory;
  }

  /** Gives all memory back to the device, once no work names it. Returns how much of it somebody still held: with no run and no state left, none. */
  close(): number {
    const held = this.live.size;
    this.isClosed = true;
    for (const memory of [...this.idle, ...this.live]) this.discard(memory);
    this.idle.clear();
    this.live.clear();
    this.idleBytes = 0;
    return held;
  }

  private allocate(bytes: number): BufferRange {
    try {
      return { buffer: this.device.allocate(bytes), offset: 0, bytes };
    } catch (error) {
      if (!(error instanceof ResourceExhaustedError) || this.idle.size === 0) throw error;
      this.trim(0, 0);
      return { buffer: this.device.allocate(bytes), offset: 0, bytes };
    }
  }

  private putBack(memory: DeviceMemory): void {
    if (this.isClosed) return;
    this.live.delete(memory);
    if (memory.leavesPool) {
      this.discard(memory);
      return;
    }
    this.idle.add(memory);
    this.idleBytes += memory.range.bytes;
    this.trim(keptBytes, keptBuffers);
  }

  private trim(bytes: number, buffers: number): void {
    for (const memory of this.idle) {
      if (this.idleBytes <= bytes && this.idle.size <= buffers) return;
      this.idle.delete(memory);
      this.idleBytes -= memory.range.bytes;
      this.discard(memory);
    }
  }

  private discard(memory: DeviceMemory): void {
    memory.dropDependents();
    this.device.release(memory.range.buffer);
  }
}
