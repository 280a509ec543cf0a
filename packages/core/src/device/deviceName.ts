/**
 * Device names as the runtime reads them: `/job:J/replica:R/task:T/device:TYPE:ID`, any part of which may be missing. The `device` fields
 * of nodes, the names in a device set and everything the placer compares are these. (What `tf.device()` takes is the client's narrower
 * grammar: graph/deviceSpec.ts.)
 *
 * Names are values: no operation changes its arguments.
 */
import { InvalidArgumentError } from '../errors.js';

/** A parsed name; what is `undefined` is not said. */
export interface DeviceName {
  readonly job: string | undefined;
  readonly replica: number | undefined;
  readonly task: number | undefined;
  readonly type: string | undefined;
  readonly id: number | undefined;
}

/** A name in which nothing is said; a specification of every name. */
export const anyDevice: DeviceName = { job: undefined, replica: undefined, task: undefined, type: undefined, id: undefined };

const identifier = '[A-Za-z][A-Za-z0-9_]*';
// A part ends where the next begins, so nothing needs to follow it here; what is left over fails to match at the next round.
const part = new RegExp(
  `/job:(?<job>\\*|${identifier})|/replica:(?<replica>\\*|\\d+)|/task:(?<task>\\*|\\d+)` +
    `|/device:(?<type>\\*|${identifier})(?::(?<id>\\*|\\d+))?(?!:)|/(?<legacy>cpu|CPU|gpu|GPU):(?<legacyId>\\*|\\d+)`,
  'y',
);
const localName = new RegExp(`^(${identifier}):(\\d+)$`);

/** Parses a full or partial name: parts in any order, a later one over an earlier one. `undefined` when the grammar does not know it. */
export function parseDeviceName(text: string): DeviceName | undefined {
  if (text === '' || text === '/') return anyDevice;
  let { job, replica, task, type, id } = anyDevice;
  let malformed = false;
  const word = (given: string): string | undefined => (given === '*' ? undefined : given);
  const number = (given: string | undefined): number | undefined => {
    if (given === undefined || given === '*') return undefined;
    const value = Number(given);
    if (!Number.isSafeInteger(value)) malformed = true;
    return value;
  };
  part.lastIndex = 0;
  while (part.lastIndex < text.length) {
    const groups = part.exec(text)?.groups;
    if (groups === undefined) return undefined;
    if (groups['job'] !== undefined) job = word(groups['job']);
    else if (groups['replica'] !== undefined) replica = number(groups['replica']);
    else if (groups['task'] !== undefined) task = number(groups['task']);
    else if (groups['type'] !== undefined) {
      type = word(groups['type']);
      id = number(groups['id']);
    } else {
      type = groups['legacy']?.toUpperCase();
      id = number(groups['legacyId']);
    }
  }
  return malformed ? undefined : { job, replica, task, type, id };
}

/** The canonical text: set parts, in the order job, replica, task, device. A type without id prints `:*`, an id without type nothing. */
export function deviceNameText(name: DeviceName): string {
  let text = addressText(name);
  if (name.type !== undefined) text += `/device:${name.type}:${name.id ?? '*'}`;
  return text;
}

function addressText(name: DeviceName): string {
  let text = '';
  if (name.job !== undefined) text += `/job:${name.job}`;
  if (name.replica !== undefined) text += `/replica:${name.replica}`;
  if (name.task !== undefined) text += `/task:${name.task}`;
  return text;
}

/** The old spelling under which a device set knows a complete name too: `/job:J/replica:R/task:T/gpu:1`. */
export function legacyDeviceName(name: DeviceName): string {
  return `${addressText(name)}/${(name.type ?? '').toLowerCase()}:${name.id ?? '*'}`;
}

/** Parses a local name, `TYPE:N` without a slash. */
export function parseLocalName(text: string): DeviceName | undefined {
  const match = localName.exec(text);
  const id = Number(match?.[2]);
  return match === null || !Number.isSafeInteger(id) ? undefined : { ...anyDevice, type: match[1], id };
}

/** The task and the local name of a full name; `undefined` for one that does not say type and id. */
export function splitDeviceName(text: string): { readonly task: string; readonly device: string } | undefined {
  const name = parseDeviceName(text);
  if (name?.type === undefined || name.id === undefined) return undefined;
  return { task: addressText(name), device: `${name.type}:${name.id}` };
}

/** Whether the name says anything. */
export function hasDetails(name: DeviceName): boolean {
  return (
    name.job !== undefined || name.replica !== undefined || name.task !== undefined || name.type !== undefined || name.id !== undefined
  );
}

/** Whether all five parts are said. */
export function isComplete(name: DeviceName): boolean {
  return (
    name.job !== undefined && name.replica !== undefined && name.task !== undefined && name.type !== undefined && name.id !== undefined
  );
}

export function sameDeviceName(a: DeviceName, b: DeviceName): boolean {
  return a === b || (a.job === b.job && a.replica === b.replica && a.task === b.task && a.type === b.type && a.id === b.id);
}

/** Whether everything that `less` says, `more` says too. */
export function isSpecification(less: DeviceName, more: DeviceName): boolean {
  return (
    (less.job === undefined || less.job === more.job) &&
    (less.replica === undefined || less.replica === more.replica) &&
    (less.task === undefined || less.task === more.task) &&
    (less.type === undefined || less.type === more.type) &&
    (less.id === undefined || less.id === more.id)
  );
}

/** Whether the device with the complete name `full` matches `pattern`. */
export function isCompleteSpecification(pattern: DeviceName, full: DeviceName): boolean {
  return isComplete(full) && isSpecification(pattern, full);
}

/** Whether one name specifies the other. Two names that could be merged may still be incompatible: `/job:a` and `/device:GPU:0`. */
export function areCompatible(a: DeviceName, b: DeviceName): boolean {
  return isSpecification(a, b) || isSpecification(b, a);
}

/** `more` with every part that `less` says. */
export function ensureSpecification(more: DeviceName, less: DeviceName): DeviceName {
  if (!hasDetails(less)) return more;
  return {
    job: less.job ?? more.job,
    replica: less.replica ?? more.replica,
    task: less.task ?? more.task,
    type: less.type ?? more.type,
    id: less.id ?? more.id,
  };
}

/** What a merge does with a type or an id that both names say differently: fail, drop the target's, or take the other's. */
type OnConflict = 'error' | 'clear' | 'override';

/** Like `mergeDeviceNames`, but gives the error's text instead of throwing. */
export function tryMergeDeviceNames(target: DeviceName, other: DeviceName, onConflict: OnConflict = 'error'): DeviceName | string {
  if (target === other || !hasDetails(other)) return target;
  // Parts are merged in this order, and an error shows the target with what was merged before.
  const merged: { -readonly [K in keyof DeviceName]: DeviceName[K] } = { ...target };
  const conflict = (word: string): string =>
    `Cannot merge devices with incompatible ${word}: '${deviceNameText(merged)}' and '${deviceNameText(other)}'`;
  if (differ(merged.job, other.job)) return conflict('jobs');
  merged.job ??= other.job;
  if (differ(merged.replica, other.replica)) return conflict('replicas');
  merged.replica ??= other.replica;
  if (differ(merged.task, other.task)) return conflict('tasks');
  merged.task ??= other.task;
  if (differ(merged.type, other.type)) {
    if (onConflict === 'error') return conflict('types');
    if (onConflict === 'clear') return { ...merged, type: undefined, id: undefined };
    merged.type = other.type;
  }
  merged.type ??= other.type;
  if (differ(merged.id, other.id)) {
    if (onConflict === 'error') return conflict('ids');
    if (onConflict === 'clear') return { ...merged, id: undefined };
    merged.id = other.id;
  }
  merged.id ??= other.id;
  return merged;
}

function differ<T>(target: T | undefined, other: T | undefined): boolean {
  return target !== undefined && other !== undefined && target !== other;
}

function orThrow(merged: DeviceName | string): DeviceName {
  if (typeof merged === 'string') throw new InvalidArgumentError(merged);
  return merged;
}

/**
 * `target` with what `other` says. InvalidArgumentError where they say different things; with `soft`, a type or id on which they differ is
 * dropped instead (a type together with its id). Jobs, replicas and tasks never give way.
 */
export function mergeDeviceNames(target: DeviceName, other: DeviceName, options: { readonly soft?: boolean } = {}): DeviceName {
  return orThrow(tryMergeDeviceNames(target, other, options.soft === true ? 'clear' : 'error'));
}

/** Like a merge, but where types or ids differ, `other`'s wins. */
export function mergeOverrideDeviceNames(target: DeviceName, other: DeviceName): DeviceName {
  return orThrow(tryMergeDeviceNames(target, other, 'override'));
}

/** Job, replica and task alone. */
export function addressSpace(name: DeviceName): DeviceName {
  return { ...name, type: undefined, id: undefined };
}

/** Whether both names say job, replica and task, and say the same. */
export function isSameAddressSpace(a: DeviceName, b: DeviceName): boolean {
  return (
    a.job !== undefined &&
    a.replica !== undefined &&
    a.task !== undefined &&
    a.job === b.job &&
    a.replica === b.replica &&
    a.task === b.task
  );
}

/** Whether the names differ in a part of the address that both say. */
export function isDifferentAddressSpace(a: DeviceName, b: DeviceName): boolean {
  return differ(a.job, b.job) || differ(a.replica, b.replica) || differ(a.task, b.task);
}

/** The complete text of a local or full name, missing parts taken from `base`. InvalidArgumentError for a name or base that will not do. */
export function canonicalizeDeviceName(name: string, base: string): string {
  const parsedBase = parseDeviceName(base);
  if (parsedBase === undefined) throw new InvalidArgumentError(`Could not parse basename: ${base} into a device specification.`);
  if (!isComplete(parsedBase)) throw new InvalidArgumentError(`Basename: ${base} should be fully specified.`);
  const parsed = parseLocalName(name) ?? parseDeviceName(name);
  if (parsed === undefined) throw new InvalidArgumentError(`Could not parse ${name} into a device specification.`);
  return deviceNameText(ensureSpecification(parsedBase, parsed));
}
