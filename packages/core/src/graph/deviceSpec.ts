/**
 * Device names as the client reads them (`tf.device('/gpu:0')`): the grammar of Python's DeviceSpec, which is narrower than the runtime's.
 * A malformed name fails here, when its scope opens; names in imported graphs meet the runtime's grammar, in the placer.
 */
import { ValueError } from '../errors.js';
import { checkKeys, shownValue } from '../options.js';
import { isPlainObject } from '../plainObject.js';

/** The parts of a device name; what is `undefined` is not said. */
export interface DeviceFields {
  job?: string | undefined;
  replica?: number | undefined;
  task?: number | undefined;
  deviceType?: string | undefined;
  deviceIndex?: number | undefined;
}

/** A possibly partial device name, as TensorFlow 1's mutable DeviceSpec. */
export class DeviceSpec {
  job: string | undefined;
  replica: number | undefined;
  task: number | undefined;
  deviceIndex: number | undefined;
  #deviceType: string | undefined;

  /** TypeError for parts that a device name does not have, and for values that are none. */
  constructor(fields: DeviceFields = {}) {
    checkFields(fields);
    this.job = fields.job;
    this.replica = fields.replica;
    this.task = fields.task;
    this.deviceType = fields.deviceType;
    this.deviceIndex = fields.deviceIndex;
  }

  /** Exactly `cpu` and `gpu` are upper-cased when set; other types stay as they are. */
  get deviceType(): string | undefined {
    return this.#deviceType;
  }
  set deviceType(type: string | undefined) {
    this.#deviceType = type === 'cpu' || type === 'gpu' ? type.toUpperCase() : type;
  }

  /** Parses a name; ValueError for one that the client's grammar does not know. */
  static fromString(text: string): DeviceSpec {
    return new DeviceSpec(parse(text));
  }

  /** Replaces all five parts by those of `text`; returns itself. */
  parseFromString(text: string): this {
    return this.assign({ job: undefined, replica: undefined, task: undefined, deviceType: undefined, deviceIndex: undefined, ...parse(text) });
  }

  /** Takes over every part that `other` sets. */
  mergeFrom(other: DeviceSpec): void {
    if (!((other as unknown) instanceof DeviceSpec)) throw new TypeError(`DeviceSpec: expected another DeviceSpec, but ${shownValue(other)} is given.`);
    this.job = other.job ?? this.job;
    this.replica = other.replica ?? this.replica;
    this.task = other.task ?? this.task;
    this.deviceType = other.deviceType ?? this.deviceType;
    this.deviceIndex = other.deviceIndex ?? this.deviceIndex;
  }

  /** A new spec: this one with every part that `other` sets. */
  makeMergedSpec(other: DeviceSpec): DeviceSpec {
    const merged = this.replace({});
    merged.mergeFrom(other);
    return merged;
  }

  /** A copy with some parts replaced. */
  replace(fields: DeviceFields): DeviceSpec {
    return new DeviceSpec({
      job: this.job, replica: this.replica, task: this.task, deviceType: this.deviceType, deviceIndex: this.deviceIndex, ...fields,
    });
  }

  /** `/job:j/replica:0/task:1/device:CPU:2`, set parts only; a type without index prints `:*`, an index without type nothing. */
  toString(): string {
    let text = '';
    if (this.job !== undefined) text += `/job:${this.job}`;
    if (this.replica !== undefined) text += `/replica:${this.replica}`;
    if (this.task !== undefined) text += `/task:${this.task}`;
    if (this.deviceType !== undefined) text += `/device:${this.deviceType}:${this.deviceIndex ?? '*'}`;
    return text;
  }

  equals(other: DeviceSpec): boolean {
    return this.toString() === other.toString();
  }

  private assign(fields: DeviceFields): this {
    this.job = fields.job;
    this.replica = fields.replica;
    this.task = fields.task;
    this.deviceType = fields.deviceType;
    this.deviceIndex = fields.deviceIndex;
    return this;
  }
}

const fieldTypes: Readonly<Record<keyof DeviceFields, 'text' | 'number'>> = { job: 'text', replica: 'number', task: 'number', deviceType: 'text', deviceIndex: 'number' };

function checkFields(fields: DeviceFields): void {
  if (!isPlainObject(fields)) {
    const hint = typeof fields === 'string' ? ' A name is read by DeviceSpec.fromString.' : '';
    throw new TypeError(`DeviceSpec: expected an object with some of ${Object.keys(fieldTypes).join(', ')}, but ${shownValue(fields)} is given.${hint}`);
  }
  checkKeys('DeviceSpec', fields, Object.keys(fieldTypes));
  for (const [key, type] of Object.entries(fieldTypes)) {
    const value = fields[key];
    if (value === undefined || value === null || (type === 'text' ? typeof value === 'string' : Number.isInteger(value))) continue;
    throw new TypeError(`DeviceSpec: ${key} is ${shownValue(value)}. Expected ${type === 'text' ? 'a string' : 'an integer'}.`);
  }
}

function parse(text: string): DeviceFields {
  if (typeof (text as unknown) !== 'string') throw new TypeError(`DeviceSpec: expected a device name, but ${shownValue(text)} is given.`);
  const fields: DeviceFields = {};
  const setType = (type: string, index: string | undefined): void => {
    if (fields.deviceType !== undefined) throw new ValueError(`Cannot specify multiple device types: ${text}`);
    fields.deviceType = type;
    if (index !== undefined && index !== '*') fields.deviceIndex = integer(index);
  };
  for (const part of text.split('/')) {
    const [head = '', second, third, ...rest] = part.split(':');
    const count = part.split(':').length;
    const type = head.toUpperCase();
    if (count === 2 && head === 'job') fields.job = second;
    else if (count === 2 && head === 'replica') fields.replica = integer(second!);
    else if (count === 2 && head === 'task') fields.task = integer(second!);
    else if (count <= 2 && (type === 'CPU' || type === 'GPU')) setType(type, second);
    else if (count === 3 && head === 'device' && rest.length === 0) setType(second!, third);
    else if (head !== '') throw new ValueError(`Unknown attribute: '${head}' in '${text}'`);
  }
  return fields;
}

/** Python's `int()`. */
function integer(text: string): number {
  if (!/^\s*[-+]?\d+(_\d+)*\s*$/.test(text)) throw new ValueError(`invalid literal for int() with base 10: '${text}'`);
  return Number(text.replaceAll('_', ''));
}

/** The canonical form of a name or spec; `''` for null. */
export function canonicalName(device: string | DeviceSpec | null): string {
  if (device === null) return '';
  return (typeof device === 'string' ? DeviceSpec.fromString(device) : device).toString();
}

/** Throws the ValueError that opening a scope with this name would throw. */
export function checkValidDevice(device: string): void {
  DeviceSpec.fromString(device);
}
