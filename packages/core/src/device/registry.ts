/**
 * The devices that a session can use: backends in order, what each discovered, and the names that TensorFlow's grammar gives them. Several
 * backends may offer one device type; they are numbered by priority, then in the order they were registered.
 */
import { AlreadyExistsError } from '../errors.js';
import type { Backend, DiscoverConfig } from './device.js';
import type { DeviceInfo } from './info.js';

/** The part of a ConfigProto that says which devices there are. */
export interface DeviceConfig {
  /** `device_count`: most devices of a type; absent types have no limit. */
  readonly deviceCount: Readonly<Record<string, number>>;
  /** `gpu_options.visible_device_list`. */
  readonly visibleDeviceList: string;
  /** `gpu_options.per_process_gpu_memory_fraction`; 0 or absent: all of a device's memory. */
  readonly memoryFraction?: number;
}

/** A device that was found, with its full name. */
export interface FoundDevice {
  /** `/job:localhost/replica:0/task:0/device:GPU:0` */
  readonly name: string;
  readonly backend: Backend;
  readonly info: DeviceInfo;
}

/** What each backend answered. */
export interface BackendReport {
  readonly backend: Backend;
  readonly reason: string | undefined;
  readonly devices: readonly FoundDevice[];
}

const prefix = '/job:localhost/replica:0/task:0';

export class DeviceRegistry {
  private readonly list: Backend[] = [];

  constructor(backends: readonly Backend[] = []) {
    for (const backend of backends) this.register(backend);
  }

  /** Adds a backend. AlreadyExistsError for another backend of the same name; the same value again changes nothing. */
  register(backend: Backend): void {
    const known = this.list.find((other) => other.name === backend.name);
    if (known === backend) return;
    if (known !== undefined) throw new AlreadyExistsError(`A backend named '${backend.name}' is registered already. Give one of the two sessions its own registry.`);
    this.list.push(backend);
  }

  get backends(): readonly Backend[] {
    return this.list;
  }

  /** Asks every backend: CPUs first, as TensorFlow lists them, and the best of each type before the others. A backend that throws is one that found nothing, with its message as the reason. */
  async discover(config: DeviceConfig): Promise<readonly BackendReport[]> {
    const rank = ({ deviceType }: Backend): number => (deviceType === 'CPU' ? 0 : 1);
    const order = [...this.list].sort((a, b) => rank(a) - rank(b) || b.priority - a.priority);
    const used = new Map<string, number>();
    const reports: BackendReport[] = [];
    for (const backend of order) {
      const type = backend.deviceType;
      const left = (config.deviceCount[type] ?? Infinity) - (used.get(type) ?? 0);
      const { devices, reason } = await discoverOne(backend, config, left);
      const named = devices.slice(0, Math.max(0, left)).map((info): FoundDevice => {
        const number = used.get(type) ?? 0;
        used.set(type, number + 1);
        return { name: `${prefix}/device:${type}:${number}`, backend, info };
      });
      const why = named.length > 0 ? undefined : left <= 0 ? `device_count allows no more devices of type ${type}` : (reason ?? `${backend.name} found no device`);
      reports.push({ backend, reason: why, devices: named });
    }
    return reports;
  }
}

async function discoverOne(backend: Backend, config: DeviceConfig, left: number): Promise<{ devices: readonly DeviceInfo[]; reason?: string | undefined }> {
  if (left <= 0) return { devices: [] };
  const request: DiscoverConfig = {
    ...(left === Infinity ? {} : { deviceCount: left }),
    ...(config.visibleDeviceList === '' ? {} : { visibleDeviceList: config.visibleDeviceList }),
    ...((config.memoryFraction ?? 0) === 0 ? {} : { memoryFraction: config.memoryFraction }),
  };
  try {
    return await backend.discover(request);
  } catch (error) {
    return { devices: [], reason: error instanceof Error ? error.message : String(error) };
  }
}
