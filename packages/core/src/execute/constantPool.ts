/**
 * Constants on one device: each (tensor, layout) is there once, counted by the plans that use it, whichever session they belong to.
 * Tensors of some size are told apart by what they hold, so that constants which folding made anew for another plan, and weights of a file
 * that was imported twice, are there once, too.
 */
import type { BufferRange, Device, Stream } from '../device/device.js';
import { storedDType } from '../device/device.js';
import type { HostTensor } from '../hostTensor.js';
import type { Pack } from '../kernels/program.js';
import { toStored } from '../device/storage.js';
import { ContentIndex } from './contentIndex.js';

interface Entry {
  readonly range: BufferRange;
  readonly ready: Promise<void> | undefined;
  users: number;
}

export interface HeldConstant {
  readonly range: BufferRange;
  /** Rejects if the bytes do not get to the device; absent where they are there. */
  readonly ready: Promise<void> | undefined;
  release(): void;
}

export class ConstantPool {
  private readonly entries = new Map<HostTensor, Map<string, Entry>>();
  private readonly contents = new ContentIndex();

  constructor(private readonly device: Device) {}

  /** The constant's bytes on the device, uploaded through `stream` if they are not there yet. */
  acquire(wanted: HostTensor, pack: Pack | undefined, stream: Stream): HeldConstant {
    const value = this.entries.has(wanted) ? wanted : this.contents.find(wanted) ?? wanted;
    const key = pack?.key ?? '';
    const forms = this.entries.get(value) ?? new Map<string, Entry>();
    const entry = forms.get(key) ?? this.upload(value, pack, stream);
    forms.set(key, entry);
    if (!this.entries.has(value)) {
      this.entries.set(value, forms);
      this.contents.add(value);
    }
    entry.users++;
    let released = false;
    return {
      range: entry.range,
      ready: entry.ready,
      release: () => {
        if (released) return;
        released = true;
        entry.users--;
        if (entry.users > 0) return;
        forms.delete(key);
        if (forms.size === 0) {
          this.entries.delete(value);
          this.contents.delete(value);
        }
        this.device.release(entry.range.buffer);
      },
    };
  }

  private upload(value: HostTensor, pack: Pack | undefined, stream: Stream): Entry {
    const bytes = pack === undefined ? toStored(value, storedDType(this.device.info, value.dtype) ?? value.dtype) : pack.pack(value);
    // An empty tensor still has a place to point at.
    const held = Math.max(bytes.byteLength, 1);
    const range = { buffer: this.device.allocate(held), offset: 0, bytes: held };
    const ticket = bytes.byteLength > 0 ? stream.upload({ ...range, bytes: bytes.byteLength }, bytes) : undefined;
    if (ticket === undefined || ticket.settled) return { range, ready: undefined, users: 0 };
    // Whoever waits hears of a failure; nobody need be waiting by then.
    ticket.done.catch(() => undefined);
    return { range, ready: ticket.done, users: 0 };
  }

  close(): void {
    for (const forms of this.entries.values()) for (const entry of forms.values()) this.device.release(entry.range.buffer);
    this.entries.clear();
  }
}
