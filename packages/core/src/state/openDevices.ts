/** Open devices: one per process for each device of a backend value, counted by its users, closed when the last one lets go. */
import type { Backend, Device } from '../device/device.js';
import type { FoundDevice } from '../device/registry.js';
import { ConstantPool } from '../execute/constantPool.js';

/** A device in use. */
export interface SharedDevice {
  readonly device: Device;
  /** Constants that plans of all sessions share on this device. */
  readonly constants: ConstantPool;
  /** Lets go; the device closes when nobody holds it any more. */
  release(): Promise<void>;
}

interface Entry {
  readonly opened: Promise<{ device: Device; constants: ConstantPool }>;
  users: number;
}

const open = new WeakMap<Backend, Map<string, Entry>>();

export async function openDevice(found: FoundDevice): Promise<SharedDevice> {
  const { backend, info } = found;
  const ofBackend = open.get(backend) ?? new Map<string, Entry>();
  open.set(backend, ofBackend);
  // Logical devices of one physical device have memory of their own.
  const key = `${info.ordinal}${info.logical === undefined ? '' : `.${info.logical}`}`;
  let entry = ofBackend.get(key);
  if (entry === undefined) {
    entry = { opened: backend.open(info).then((device) => ({ device, constants: new ConstantPool(device) })), users: 0 };
    ofBackend.set(key, entry);
    forgetWhenLost(ofBackend, key, entry);
  }
  const held = entry;
  held.users++;
  const letGo = async (): Promise<void> => {
    held.users--;
    if (held.users > 0) return;
    forget(ofBackend, key, held);
    const { device, constants } = await held.opened;
    constants.close();
    await device.close();
  };
  try {
    const { device, constants } = await held.opened;
    let released = false;
    return {
      device,
      constants,
      release: async () => {
        if (released) return;
        released = true;
        await letGo();
      },
    };
  } catch (error) {
    held.users--;
    forget(ofBackend, key, held);
    throw error;
  }
}

/** The next session opens the device anew; those that hold this one keep it until they let go. */
function forget(ofBackend: Map<string, Entry>, key: string, entry: Entry): void {
  if (ofBackend.get(key) === entry) ofBackend.delete(key);
}

function forgetWhenLost(ofBackend: Map<string, Entry>, key: string, entry: Entry): void {
  const watch = async (): Promise<void> => {
    const { device } = await entry.opened;
    if (device.lost === undefined) return;
    await device.lost;
    forget(ofBackend, key, entry);
  };
  // A device that does not open has no loss to tell of; its error is heard by who opens it.
  watch().catch(() => undefined);
}
