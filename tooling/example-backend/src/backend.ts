/** The backend: what there is, what it can run, how it opens. */
import type { Backend, DeviceInfo } from '@sessionflow/core/device';
import { combineTables, structuralOver } from '@sessionflow/core/kernels';
import { AbacusDevice, type AbacusCode } from './device.js';
import { abacusKernels } from './kernels.js';

/** float32 numbers, as they are. What is not listed cannot be on the device. */
const storage: DeviceInfo['storage'] = { float32: { as: 'float32', grade: 'arithmetic' } };

const bytes = 64 * 2 ** 20;

const info: DeviceInfo = {
  deviceType: 'ABACUS',
  ordinal: 0,
  description: 'an abacus of 16 million beads',
  memoryLimit: bytes,
  storage,
  limits: { alignment: 4, bufferBytes: bytes, bindings: 3, sharedBuffers: true },
  controlFlow: false,
  hostVisible: false,
  details: { beads: bytes / 4 },
};

/** A device of type ABACUS: three ops of its own, and those that only pass values on. Soft placement puts everything else elsewhere. */
export function abacus(): Backend<AbacusCode> {
  return {
    name: 'abacus',
    deviceType: 'ABACUS',
    priority: 0,
    kernels: combineTables<AbacusCode, DeviceInfo>({ ops: abacusKernels, map: [], reduce: [] }, structuralOver(storage)),
    // A real backend looks for hardware here, and says in `reason` why there is none: it never throws for that.
    discover: async ({ deviceCount }) => (deviceCount === 0 ? { devices: [], reason: 'device_count allows no ABACUS' } : { devices: [info] }),
    open: async (found) => new AbacusDevice(found),
  };
}
