/**
 * What surrounds an operation when it is made: names, devices, colocation, control dependencies, container. The state is immutable; each
 * scope makes a new one from the one outside, so that async tasks can hold different ones.
 */
import { RuntimeError } from '../errors.js';
import type { ControlFlowContext } from './controlFlow.js';
import { captureStack, type StackHolder } from './definedAt.js';
import { DeviceSpec } from './deviceSpec.js';
import type { Operation } from './operation.js';

/** Chooses an operation's device by looking at it; what it returns replaces the operation's device (null: none). */
export type DeviceFunction = (op: Operation) => string | DeviceSpec | null;

/** One device scope, as `graph.device` takes it. */
export type DeviceScope = string | DeviceSpec | DeviceFunction | null;

/** A stack as a linked list: the top entry and what is under it. */
export interface Stack<T> {
  readonly top: T;
  readonly under: Stack<T> | undefined;
}

/** A scope knows where the program opened it, for error texts. */
export interface Scoped {
  readonly stack: StackHolder;
}

export type DeviceEntry = Scoped & (
  | { readonly kind: 'clear' }
  | { readonly kind: 'spec'; readonly spec: DeviceSpec }
  | { readonly kind: 'function'; readonly choose: DeviceFunction });

/** One `colocateWith` block. */
export interface ColocationEntry extends Scoped {
  readonly op: Operation;
}

/** The state of one graph's scopes at one place of the program. */
export interface Scopes {
  /** Prefix of new names: empty or ending in `/`. */
  readonly prefix: string;
  readonly devices: Stack<DeviceEntry> | undefined;
  readonly colocation: Stack<ColocationEntry> | undefined;
  readonly controls: Stack<ControlScope> | undefined;
  /** Default container of stateful operations. */
  readonly container: string;
  /** The branch or loop that is being built. */
  readonly controlFlow: ControlFlowContext | undefined;
}

export const rootScopes: Scopes = { prefix: '', devices: undefined, colocation: undefined, controls: undefined, container: '', controlFlow: undefined };

/** One `controlDependencies` block: what everything made inside waits for, and what was made inside. */
export class ControlScope {
  readonly #made = new Set<Operation>();

  constructor(readonly inputs: readonly Operation[]) {}

  add(op: Operation): void {
    this.#made.add(op);
  }

  has(op: Operation): boolean {
    return this.#made.has(op);
  }
}

export function* entries<T>(stack: Stack<T> | undefined): Generator<T> {
  for (let at = stack; at !== undefined; at = at.under) yield at.top;
}

const mergedSpec = Symbol('mergedSpec');

interface MergeDeviceFunction extends DeviceFunction {
  readonly [mergedSpec]: DeviceSpec | null;
}

/** A device function that merges `device` with what the operation has already, as a string scope does; null changes nothing. */
export function mergeDevice(device: string | DeviceSpec | null): DeviceFunction {
  const spec = typeof device === 'string' ? DeviceSpec.fromString(device) : device;
  const choose = (op: Operation): string | DeviceSpec | null =>
    spec === null ? op.device : spec.makeMergedSpec(DeviceSpec.fromString(op.device));
  return Object.assign(choose, { [mergedSpec]: spec });
}

function isMergeDevice(choose: DeviceFunction): choose is MergeDeviceFunction {
  return mergedSpec in choose;
}

/** A device scope as a stack entry; ValueError for a malformed name. */
export function deviceEntry(device: DeviceScope): DeviceEntry {
  const stack = captureStack();
  if (device === null) return { kind: 'clear', stack };
  if (typeof device === 'string') return { kind: 'spec', spec: DeviceSpec.fromString(device), stack };
  if (device instanceof DeviceSpec) return { kind: 'spec', spec: device.replace({}), stack };
  if (typeof device !== 'function') {
    throw new TypeError(`A device scope is a name, a DeviceSpec, a function of an operation, or null; given: ${typeof device}.`);
  }
  if (isMergeDevice(device)) return { kind: 'spec', spec: device[mergedSpec] ?? new DeviceSpec(), stack };
  return { kind: 'function', choose: device, stack };
}

/** Applies device scopes to an operation, innermost first: fields that are set already win, functions replace, null ends it. */
export function applyDevices(op: Operation, stack: Stack<DeviceEntry> | undefined): void {
  for (const entry of entries(stack)) {
    if (entry.kind === 'clear') return;
    if (entry.kind === 'function') op.setDevice(deviceText(entry.choose(op)));
    else {
      const merged = op.device === '' ? entry.spec : entry.spec.makeMergedSpec(DeviceSpec.fromString(op.device));
      op.setDevice(merged.toString());
    }
  }
}

function deviceText(device: string | DeviceSpec | null): string {
  return device === null ? '' : device.toString();
}

/** Applies `colocateWith` blocks: the groups of all of them, and the device of the outermost one that has one. */
export function applyColocation(op: Operation, stack: Stack<ColocationEntry> | undefined): void {
  if (stack === undefined) return;
  const groups = new Set<string>();
  for (const { op: other } of entries(stack)) {
    for (const group of other.colocationGroups) groups.add(group);
    if (other.device !== '') op.setDevice(other.device);
  }
  const utf8 = new TextEncoder();
  op.setAttr('_class', { kind: 'list', of: 'string', value: [...groups].sort().map((group) => utf8.encode(group)) });
}

/**
 * The control inputs that open blocks give to an operation with these data inputs: all but its own inputs, skipping a block when an
 * input was made inside it (that input waits already).
 */
export function controlInputsFor(inputs: ReadonlySet<Operation>, stack: Stack<ControlScope> | undefined): Operation[] {
  const controls: Operation[] = [];
  for (const scope of entries(stack)) {
    let isDominated = false;
    for (const input of inputs) {
      if (scope.has(input)) {
        isDominated = true;
        break;
      }
    }
    if (!isDominated) controls.push(...scope.inputs.filter((control) => !inputs.has(control)));
  }
  return controls;
}

/** Which field of the state a scope belongs to: the error of leaving it out of order says so. */
export function nestingError(what: 'device' | 'name' | 'colocation' | 'control dependency' | 'container'): RuntimeError {
  return new RuntimeError(`Exiting ${what} scope without proper scope nesting.`);
}
