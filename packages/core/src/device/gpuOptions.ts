/** `gpu_options` that choose among the GPUs that are found, with TensorFlow's checks and texts. */
import { InvalidArgumentError, UnknownError } from '../errors.js';
import type { Candidate, DeviceConfig } from './registry.js';

/** One entry of `virtual_devices`: the logical devices that one visible GPU is split into. */
export interface VirtualDevices {
  /** `memory_limit_mb` of each, in MiB; none: one device with all of the memory. */
  readonly memoryLimitMb: readonly number[];
  /** `priority` of the streams of each. Streams here have none: it is checked, and said to do nothing. */
  readonly priority?: readonly number[];
}

const megabyte = 2 ** 20;

/** The numbers that `visible_device_list` lists. InvalidArgumentError for what is no list of different numbers. */
export function parseVisibleDevices(list: string): number[] {
  if (list === '') return [];
  const ids = list.split(',');
  for (const id of ids) {
    if (!/^\s*\d+\s*$/.test(id)) throw new InvalidArgumentError(`Could not parse entry in 'visible_device_list': '${id}'. visible_device_list = ${list}`);
  }
  const numbers = ids.map(Number);
  if (new Set(numbers).size < ids.length) throw new InvalidArgumentError(`visible_device_list contained a duplicate entry: ${list}`);
  return numbers;
}

/**
 * The logical GPUs: those of the list in its order, each split as its entry of `virtual_devices` says; GPUs beyond the entries are left out.
 * InvalidArgumentError for a number that is not there (not on a machine without GPUs, as in TensorFlow), UnknownError for more entries than GPUs.
 */
export function chooseGpus<C extends Candidate>(found: readonly C[], { visibleDeviceList, virtualDevices = [], deviceCount }: DeviceConfig): C[] {
  const visible = found.length === 0 || visibleDeviceList === '' ? [...found] : parseVisibleDevices(visibleDeviceList).map((id) => {
    const gpu = found[id];
    if (gpu === undefined) throw new InvalidArgumentError(`'visible_device_list' listed an invalid GPU id '${id}' but visible device count is ${found.length}`);
    return gpu;
  });
  if (virtualDevices.length === 0) return visible;
  const usable = Math.min(visible.length, deviceCount['GPU'] ?? visible.length);
  if (usable < virtualDevices.length) {
    throw new UnknownError(`Not enough GPUs to create virtual devices. num_gpus_to_use: ${usable} #virtual_devices: ${virtualDevices.length}`);
  }
  return virtualDevices.flatMap(({ memoryLimitMb, priority = [] }, i) => {
    if (priority.length > 0 && priority.length !== memoryLimitMb.length) {
      throw new InvalidArgumentError(
        `Number of virtual device priorities specified doesn't match with number of memory_limit_mb specified for GPU# ${i} memory_limit_mb size: ` +
          `${memoryLimitMb.length} and priority size: ${priority.length}`,
      );
    }
    return split(visible[i]!, memoryLimitMb);
  });
}

/** Logical devices of one GPU, with a part of its memory each. */
function split<C extends Candidate>(gpu: C, limits: readonly number[]): C[] {
  if (limits.length === 0) return [gpu];
  return limits.map((limit, logical) => {
    const memoryLimit = Math.floor(limit * megabyte);
    if (!(memoryLimit > 0 && memoryLimit <= gpu.info.memoryLimit)) {
      throw new InvalidArgumentError(
        `virtual_devices: memory_limit_mb is ${limit}, but ${gpu.info.description} has ${Math.floor(gpu.info.memoryLimit / megabyte)} MB. Expected more than 0, and at most that.`,
      );
    }
    const { info } = gpu;
    return { ...gpu, info: { ...info, memoryLimit, logical, limits: { ...info.limits, bufferBytes: Math.min(info.limits.bufferBytes, memoryLimit) } } };
  });
}
