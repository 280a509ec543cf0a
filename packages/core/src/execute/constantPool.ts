/**
 * Constants on one device: each (tensor, layout) is there once, counted by the plans that use it, whichever session they belong to.
 * Tensors are told apart by identity: importing a file twice gives two sets of weights, two sessions of one Graph share theirs.
 */
import type { BufferRange, Device, Stream } from '../device/device.js';
import { storedDType } from '../device/device.js';
import type { HostTensor } from '../hostTensor.js';
import type { Pack } from '../kernels/program.js';
import { toStored } from '../device/storage.js';

interface Entry {
  readonly range: BufferRange;
  users: number;
}

export interface HeldConstant {
  readonly range: BufferRange;
  release(): void;
}

export class ConstantPool {
  private readonly entries = new Map<HostTensor, Map<string, Entry>>();

  constructor(private readonly device: Device) {}

  /** The constant's bytes on the device, uploaded through `stream` if they are not there yet. */
  acquire(value: HostTensor, pack: Pack | undefined, stream: Stream): HeldConstant {
    const forms = this.entries.get(value) ?? new Map<string, Entry>();
    this.entries.set(value, forms);
    const key = pack?.key ?? '';
    let entry = forms.get(key);
    if (entry === undefined) {
      const bytes = pack === undefined ? toStored(value, storedDType(this.device.info, value.dtype) ?? value.dtype) : pack.pack(value);
      // An empty tensor still has a place to point at.
      const held = Math.max(bytes.byteLength, 1);
      const range = { buffer: this.device.allocate(held), offset: 0, bytes: held };
      entry = { range, users: 0 };
      forms.set(key, entry);
      // A failing upload shows when the plan that waits for the stream runs.
      if (bytes.byteLength > 0) stream.upload({ ...range, bytes: bytes.byteLength }, bytes).done.catch(() => undefined);
    }
    const held = entry;
    held.users++;
    let released = false;
    return {
      range: held.range,
      release: () => {
        if (released) return;
        released = true;
        held.users--;
        if (held.users > 0) return;
        forms.delete(key);
        if (forms.size === 0) this.entries.delete(value);
        this.device.release(held.range.buffer);
      },
    };
  }

  close(): void {
    for (const forms of this.entries.values()) for (const entry of forms.values()) this.device.release(entry.range.buffer);
    this.entries.clear();
  }
}
