/**
 * The devices that a session can use: backends in order, what each discovered, and the names that TensorFlow's grammar gives them. Several
 * backends may offer one device type; they are numbered by priority, then in the order they were registered. A physical device that two of
 * them see is offered once, by the first.
 */
import { AlreadyExistsError } from '../errors.js';
import { checkKeys, shownValue } from '../options.js';
import { isBackend, notBackend } from './backendShape.js';
import type { Backend, DiscoverConfig } from './device.js';
import { chooseGpus, type VirtualDevices } from './gpuOptions.js';
import type { DeviceInfo } from './info.js';
import { isSamePhysical } from './physical.js';

/** The part of a ConfigProto that says which devices there are. */
export interface DeviceConfig {
  /** `device_count`: how many CPUs there are, and the most devices of any other type; absent types have no limit. */
  readonly deviceCount: Readonly<Record<string, number>>;
  /** `gpu_options.visible_device_list`: which of the GPUs that are found, in which order. */
  readonly visibleDeviceList: string;
  /** `gpu_options.per_process_gpu_memory_fraction`; 0 or absent: all of a device's memory. */
  readonly memoryFraction?: number;
  /** `gpu_options.allow_growth`: memory is taken as it is needed, even where a fraction is named. */
  readonly allowGrowth?: boolean;
  /** `gpu_options.experimental.virtual_devices`: an entry splits one visible GPU into several logical devices. */
  readonly virtualDevices?: readonly VirtualDevices[];
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
  /** Why it offers no device. */
  readonly reason: string | undefined;
  readonly devices: readonly FoundDevice[];
}

export interface RegistryOptions {
  /** Offers a physical device that several backends see once by each of them. */
  readonly allowDuplicates?: boolean;
}

const prefix = '/job:localhost/replica:0/task:0';

/** A device before it has a number. */
export interface Candidate {
  readonly backend: Backend;
  readonly info: DeviceInfo;
}

/** What one backend answered, before devices are chosen among. */
interface Answer {
  readonly backend: Backend;
  readonly reason: string | undefined;
}

export class DeviceRegistry {
  private readonly list: Backend[] = [];

  /** TypeError for what is no list of backends, and for options that a registry does not have. */
  constructor(backends: readonly Backend[] = [], private readonly options: RegistryOptions = {}) {
    if (!Array.isArray(backends)) throw new TypeError(`DeviceRegistry: expected an array of backends, but ${shownValue(backends)} is given.`);
    checkKeys('DeviceRegistry', options, ['allowDuplicates']);
    for (const backend of backends as readonly Backend[]) this.register(backend);
  }

  /** Adds a backend. TypeError for what is none; AlreadyExistsError for another backend of the same name; the same value again changes nothing. */
  register(backend: Backend): void {
    if (!isBackend(backend)) throw new TypeError(notBackend(backend));
    const known = this.list.find((other) => other.name === backend.name);
    if (known === backend) return;
    if (known !== undefined) throw new AlreadyExistsError(`A backend named '${backend.name}' is registered already. Give one of the two sessions its own registry.`);
    this.list.push(backend);
  }

  get backends(): readonly Backend[] {
    return this.list;
  }

  /**
   * Asks every backend, anew each time: CPUs first, as TensorFlow lists them, and the best of each type before the others. A backend that
   * throws is one that found nothing, with its message as the reason; only a failure to load its code is thrown, as that tells nothing of
   * devices. TensorFlow's errors for GPU options that the GPUs found do not allow.
   */
  async discover(config: DeviceConfig): Promise<readonly BackendReport[]> {
    const rank = ({ deviceType }: Backend): number => (deviceType === 'CPU' ? 0 : 1);
    const order = [...this.list].sort((a, b) => rank(a) - rank(b) || b.priority - a.priority);
    const answers: Answer[] = [];
    const byType = new Map<string, Candidate[]>();
    for (const backend of order) {
      const found = byType.get(backend.deviceType) ?? [];
      byType.set(backend.deviceType, found);
      const { devices, reason } = await this.ask(backend, config, found);
      answers.push({ backend, reason: reason ?? `${backend.name} found no device` });
      found.push(...devices);
    }
    const chosen = new Map<string, readonly Candidate[]>();
    for (const [type, found] of byType) {
      const all = type === 'GPU' ? chooseGpus(found, config) : found;
      chosen.set(type, all.slice(0, config.deviceCount[type] ?? all.length));
    }
    return answers.map(({ backend, reason }) => {
      const { deviceType } = backend;
      const devices = (chosen.get(deviceType) ?? []).flatMap(({ backend: owner, info }, number): FoundDevice[] =>
        owner === backend ? [{ name: `${prefix}/device:${deviceType}:${number}`, backend, info }] : []);
      const hadSome = byType.get(deviceType)?.some(({ backend: owner }) => owner === backend) === true;
      return { backend, devices, reason: devices.length > 0 ? undefined : hadSome ? `device_count or gpu_options leave out its devices of type ${deviceType}` : reason };
    });
  }

  /** What a backend finds beside what those before it have found. */
  private async ask(backend: Backend, config: DeviceConfig, before: readonly Candidate[]): Promise<{ devices: readonly Candidate[]; reason?: string | undefined }> {
    const { deviceType: type } = backend;
    // A list and virtual devices are about all GPUs; the count holds for what comes of them.
    const isChosenLater = type === 'GPU' && (config.visibleDeviceList !== '' || (config.virtualDevices?.length ?? 0) > 0);
    const limit = config.deviceCount[type];
    const left = limit === undefined || (isChosenLater && limit > 0) ? undefined : limit - before.length;
    if (left !== undefined && left <= 0) return { devices: [], reason: `device_count allows no more devices of type ${type}` };
    const { devices, reason } = await discoverOne(backend, config, left);
    if (this.options.allowDuplicates === true) return { devices: devices.map((info) => ({ backend, info })), reason };
    const taken = new Set<Candidate>();
    const twice: string[] = [];
    const own = devices.filter((info) => {
      const twin = before.find((other) => !taken.has(other) && isSamePhysical(other.info.identity, info.identity));
      if (twin === undefined) return true;
      taken.add(twin);
      twice.push(`${info.identity?.name ?? ''} is offered by ${twin.backend.name}`);
      return false;
    });
    return { devices: own.slice(0, left).map((info) => ({ backend, info })), reason: twice.length > 0 ? twice.join('; ') : reason };
  }
}

async function discoverOne(backend: Backend, { memoryFraction = 0, allowGrowth = false }: DeviceConfig, left: number | undefined): Promise<{ devices: readonly DeviceInfo[]; reason?: string | undefined }> {
  const request: DiscoverConfig = { ...(left === undefined ? {} : { deviceCount: left }), ...(memoryFraction === 0 ? {} : { memoryFraction, reserve: !allowGrowth }) };
  await backend.load?.();
  try {
    return await backend.discover(request);
  } catch (error) {
    return { devices: [], reason: error instanceof Error ? error.message : String(error) };
  }
}
