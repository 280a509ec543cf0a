/**
 * A value in device memory. Its bytes never change while somebody holds it; whoever holds it counts, and the memory goes back when nobody
 * does and the last work that names it is done. All work of a session on one device goes through one stream, so work may be asked for on a
 * value that the device is still making.
 */
import type { DType } from '../dtypes.js';
import { InternalError } from '../errors.js';
import type { Shape } from '../shape.js';
import type { BufferRange, Ticket } from './device.js';

/** Memory that values share by count. */
export class DeviceMemory {
  private holders = 1;
  private last: Ticket | undefined;
  private maker: Ticket | undefined;
  private isState = false;
  private readonly dependents = new Set<() => void>();

  /** `id`: unique on its device. `free` is called once, when nobody holds it and no work names it any more. The maker holds it. */
  constructor(readonly device: string, readonly id: number, readonly range: BufferRange, private readonly free: (memory: DeviceMemory) => void) {}

  /** Whether more than one holder counts. */
  get isShared(): boolean {
    return this.holders > 1;
  }

  retain(): this {
    if (this.holders === 0) throw new InternalError(`internal: memory ${this.id} on ${this.device} is held after its release.`);
    this.holders++;
    return this;
  }

  release(): void {
    if (this.holders === 0) throw new InternalError(`internal: memory ${this.id} on ${this.device} is released twice.`);
    this.holders--;
    if (this.holders > 0) return;
    const { last } = this;
    const free = (): void => { this.free(this); };
    if (last === undefined || last.settled) free();
    else last.done.then(free, free);
  }

  /** Work that names this memory was asked for. */
  used(ticket: Ticket): void {
    this.last = ticket.settled ? undefined : ticket;
  }

  /** The work that writes it was asked for. */
  madeBy(ticket: Ticket): void {
    this.maker = ticket;
    this.used(ticket);
  }

  /** The work that wrote it last. */
  get made(): Ticket | undefined {
    return this.maker;
  }

  /** Once free it goes back to its device: it was a session's state, and nothing like it may come again. */
  leavePool(): void {
    this.isState = true;
  }

  get leavesPool(): boolean {
    return this.isState;
  }

  /** Starts a new life in a pool: one holder. */
  reuse(): this {
    this.holders = 1;
    this.last = undefined;
    this.maker = undefined;
    return this;
  }

  /** `drop` is called before the memory goes back to the device: what was bound to it is of no use then. */
  addDependent(drop: () => void): void {
    this.dependents.add(drop);
  }

  deleteDependent(drop: () => void): void {
    this.dependents.delete(drop);
  }

  dropDependents(): void {
    for (const drop of [...this.dependents]) drop();
    this.dependents.clear();
  }
}

/** A dense tensor in device memory: `storedDType` of its device says how its elements lie there. */
export class DeviceTensor {
  constructor(readonly dtype: DType, readonly shape: Shape, readonly memory: DeviceMemory) {}

  get device(): string {
    return this.memory.device;
  }

  /** The same bytes under another shape; not counted as a holder. */
  reshape(shape: Shape): DeviceTensor {
    return new DeviceTensor(this.dtype, shape, this.memory);
  }
}
