/** What `placeGraph` is given beside the graph, and what it refuses of that. */
import { InvalidArgumentError } from '../errors.js';
import { isPlainObject } from '../plainObject.js';
import { checkSpelling, shownValue } from '../options.js';
import { checkDTypes, type DeviceSpec } from './kernelSpecs.js';
import type { CommonOptions } from './solve.js';

export interface PlaceGraphOptions extends CommonOptions {
  readonly devices: readonly DeviceSpec[];
  /** OpDefs (messages or proto3 JSON) of ops outside the registry. They go before the registry's. */
  readonly opDefs?: readonly object[] | undefined;
  /** Node → device where an earlier placement put it. */
  readonly assigned?: Readonly<Record<string, string>> | undefined;
}

const optionTypes: Readonly<Record<keyof PlaceGraphOptions, 'list' | 'object' | 'text' | 'flag'>> = {
  devices: 'list', opDefs: 'list', assigned: 'object', defaultDevice: 'text', allowSoftPlacement: 'flag', logDevicePlacement: 'flag', isolateFunctionResources: 'flag',
  hasGpuSupport: 'flag',
};
const deviceKeys: readonly (keyof DeviceSpec)[] = ['name', 'type', 'priority', 'supports'];
const kernelKeys = ['priority', 'dtypes'] as const;

/** The options, without those that are null or empty texts. InvalidArgumentError for misspelt ones and values of the wrong type; it says where. */
export function checkPlaceGraphOptions(given: unknown): PlaceGraphOptions {
  if (!isPlainObject(given)) refuse('placeGraph', 'options with a list of devices', given);
  checkSpelling('placeGraph', given, Object.keys(optionTypes), InvalidArgumentError);
  const entries = Object.entries(optionTypes).flatMap(([key, type]): (readonly [string, unknown])[] => {
    const value = given[key];
    if (value === undefined || value === null || value === '') return [];
    if (type === 'list' ? !Array.isArray(value) : type === 'object' ? !isPlainObject(value) : typeof value !== (type === 'text' ? 'string' : 'boolean')) {
      refuse(key, { list: 'an array', object: 'an object', text: 'a device name', flag: 'true or false' }[type], value);
    }
    return [[key, value]];
  });
  const { devices, assigned = {}, ...others } = Object.fromEntries(entries) as Partial<PlaceGraphOptions>;
  if (devices === undefined) refuse('devices', 'an array of { name, type, supports }', undefined);
  devices.forEach((device, at) => { checkDevice(device, `devices[${at}]`); });
  for (const [node, device] of Object.entries<unknown>(assigned)) if (typeof device !== 'string') refuse(`assigned['${node}']`, 'the full name of a device', device);
  return { devices, assigned, ...others };
}

function checkDevice(device: unknown, what: string): void {
  if (!isPlainObject(device)) refuse(what, 'an object { name, type, supports }', device);
  checkSpelling(what, device, deviceKeys, InvalidArgumentError);
  const { name, type, priority, supports } = device;
  if (typeof name !== 'string') refuse(`${what}.name`, 'a full device name', name);
  if (typeof type !== 'string' || type === '') refuse(`${what}.type`, 'a device type, like GPU', type);
  checkPriority(priority, `${what}.priority`);
  if (!isPlainObject(supports)) refuse(`${what}.supports`, 'an object { [op]: true or { priority, dtypes } }', supports);
  for (const [op, kernel] of Object.entries(supports)) if (kernel !== true) checkKernel(kernel, `${what}.supports.${op}`);
}

function checkKernel(kernel: unknown, what: string): void {
  if (kernel === undefined || kernel === null || kernel === false) return;
  if (!isPlainObject(kernel)) refuse(what, 'true, or an object { priority, dtypes }', kernel);
  checkSpelling(what, kernel, kernelKeys, InvalidArgumentError);
  const { priority, dtypes } = kernel;
  checkPriority(priority, `${what}.priority`);
  if (dtypes === undefined) return;
  if (!Array.isArray(dtypes)) refuse(`${what}.dtypes`, 'an array of dtypes', dtypes);
  checkDTypes(dtypes, `${what}.dtypes`);
}

function checkPriority(priority: unknown, what: string): void {
  if (priority !== undefined && (typeof priority !== 'number' || !Number.isFinite(priority))) refuse(what, 'a number', priority);
}

function refuse(what: string, expected: string, given: unknown): never {
  throw new InvalidArgumentError(`${what}: expected ${expected}, but ${shownValue(given)} is given.`);
}
