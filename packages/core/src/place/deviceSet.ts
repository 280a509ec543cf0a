/** The devices that nodes may be put on, with the orders that the placer chooses by. */
import {
  deviceNameText,
  ensureSpecification,
  isComplete,
  isSpecification,
  legacyDeviceName,
  parseDeviceName,
  type DeviceName,
} from '../device/deviceName.js';
import { FailedPreconditionError, InvalidArgumentError } from '../errors.js';

/** A device as its owner names it. */
export interface NamedDevice {
  readonly name: string;
  readonly type: string;
  /** The rank of its type among types; the first device of a type decides. */
  readonly priority?: number | undefined;
}

/** A device of the set. */
export interface SetDevice {
  /** Position in the set. */
  readonly index: number;
  /** Full name. */
  readonly name: string;
  readonly parsed: DeviceName;
  readonly type: string;
}

/** The rank of a type that does not say its own: TensorFlow's, from the registration of its device factories. */
const typePriorities: Readonly<Record<string, number>> = { GPU: 210, SYCL: 200, CPU: 60 };
const unspecifiedPriority = 50;

/** What an incomplete name of a device is completed with: the address of a session in its own process. */
const localAddress: DeviceName = { job: 'localhost', replica: 0, task: 0, type: undefined, id: undefined };

/** The first of the two texts by code units: the order of device names and types, in which `GPU:10` stands before `GPU:2`. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export class DeviceSet {
  readonly devices: readonly SetDevice[];
  /** Distinct types, the preferred first. */
  readonly types: readonly string[];
  private readonly byName = new Map<string, SetDevice>();
  private readonly priorities = new Map<string, number>();

  /** FailedPreconditionError for no devices, InvalidArgumentError for a name that is malformed or given twice. */
  constructor(given: readonly NamedDevice[]) {
    if (given.length === 0) throw new FailedPreconditionError('No devices are registered');
    this.devices = given.map(({ name, type }, index) => {
      const parsed = parseDeviceName(name);
      if (parsed?.type === undefined || parsed.id === undefined) {
        throw new InvalidArgumentError(
          `Device '${name}' of the device set: expected a name like /job:localhost/replica:0/task:0/device:CPU:0.`,
        );
      }
      const full = ensureSpecification(localAddress, parsed);
      const device: SetDevice = { index, name: isComplete(parsed) ? name : deviceNameText(full), parsed: full, type };
      if (this.byName.has(device.name)) throw new InvalidArgumentError(`Device '${device.name}' stands twice in the device set.`);
      this.byName.set(device.name, device);
      return device;
    });
    for (const device of this.devices) {
      const legacy = legacyDeviceName(device.parsed);
      if (!this.byName.has(legacy)) this.byName.set(legacy, device);
      if (!this.priorities.has(device.type)) {
        this.priorities.set(device.type, given[device.index]?.priority ?? typePriorities[device.type] ?? unspecifiedPriority);
      }
    }
    this.types = [...this.priorities.keys()].sort((a, b) => this.compareTypes(a, b));
  }

  /** The device with exactly this name, full or in the old spelling. */
  find(name: string): SetDevice | undefined {
    return this.byName.get(name);
  }

  /** The devices that a name matches, in the order of the set. */
  matching(pattern: DeviceName): readonly SetDevice[] {
    return this.devices.filter((device) => isSpecification(pattern, device.parsed));
  }

  /** Orders types by rank, the highest first, then by name. A type that no device has ranks below all. */
  compareTypes(a: string, b: string): number {
    return this.priorityOf(b) - this.priorityOf(a) || compareText(a, b);
  }

  private priorityOf(type: string): number {
    return this.priorities.get(type) ?? -1;
  }
}
