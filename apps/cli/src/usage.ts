/** What the options of the command line may say. */
import { DeviceSpec } from '@sessionflow/core';

/** Errors of the command line itself: exit code 2, where everything else that fails is 1. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** `NAME=VALUE`, split at the last `=` (tensor names have none, file names may). */
export function splitAssignment(text: string, what: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0 || at === text.length - 1) throw new UsageError(`${what} must be NAME=VALUE, but '${text}' was given`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** A count from 1 (or `least`) on. */
export function count(text: string, what: string, least = 1): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) throw new UsageError(`${what} must be an integer >= ${least}, but '${text}' was given`);
  return value;
}

/** `NAME=1,224,224,3` → the name and the sizes. */
export function namedShape(text: string): [string, number[]] {
  const [name, sizes] = splitAssignment(text, '--shape');
  return [name, sizes.split(',').map((size) => count(size.trim(), `--shape ${name}: each size`, 0))];
}

/** The device request of `--device`, in the client's grammar (`/gpu:0`, `cpu`); `/device:GPU`, which graphs may hold, is taken too. */
export function deviceRequest(text: string): string {
  try {
    return DeviceSpec.fromString(text.replace(/\/device:([A-Za-z]\w*)(?=\/|$)/, '/device:$1:*')).toString();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--device '${text}' is no device name: ${why}. Expected one like /cpu:0, /gpu:1 or /job:localhost/replica:0/task:0/device:CPU:0`);
  }
}

/** Commander's way to let an option repeat. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** What the flags say that several commands have: in words, with TensorFlow's name for it. */
export const flagTexts = {
  model: 'a .pb, .pbtxt or tfjs model.json',
  device: 'the device that nodes without one ask for: /cpu:0, /gpu:0',
  softPlacement: 'run a node elsewhere if there is no such device, or it cannot (allow_soft_placement)',
  logDevicePlacement: 'print the device of each node (log_device_placement)',
  config: 'settings of the session: a ConfigProto as .json, .pbtxt or .pb',
  threads: 'threads of the CPU device (intra_op_parallelism_threads)',
} as const;
