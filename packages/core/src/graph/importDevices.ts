/** Devices of imported operations: their own, merged with the open scopes; colocated ones follow the operation they name. */
import { ValueError } from '../errors.js';
import { captureStack } from './definedAt.js';
import { DeviceSpec } from './deviceSpec.js';
import type { Graph } from './graph.js';
import { classNames, type Operation } from './operation.js';
import { applyDevices, type DeviceEntry, type Stack } from './scopes.js';

/** Sets the device of each operation, whose `device` so far is the file's. */
export function applyImportDevices(graph: Graph, operations: readonly Operation[], stack: Stack<DeviceEntry> | undefined): void {
  const colocated = new Map<Operation, readonly string[]>();
  for (const op of operations) {
    const others = classNames(op.attrs)
      .filter((group) => group.startsWith('loc:@') && group !== `loc:@${op.name}`)
      .map((group) => group.slice(5));
    if (others.length > 0) {
      // The constraint overrides both the file's device and the scopes; the loop below may give one.
      colocated.set(op, others);
      op.setDevice('');
    } else {
      mergeOwnDevice(op, stack);
    }
  }
  for (const [op, others] of colocated) {
    const device = others.map((name) => graph.operationsByName.get(name)?.device ?? '').find((found) => found !== '');
    if (device !== undefined) op.setDevice(device);
  }
}

/** The node's own fields win over those of the scopes. A name that the client's grammar does not know stays as it is, for the placer to judge. */
function mergeOwnDevice(op: Operation, stack: Stack<DeviceEntry> | undefined): void {
  const own = op.device;
  if (own === '') {
    applyDevices(op, stack);
    return;
  }
  let spec: DeviceSpec;
  try {
    spec = DeviceSpec.fromString(own);
  } catch (error) {
    if (error instanceof ValueError) return;
    throw error;
  }
  op.setDevice('');
  applyDevices(op, { top: { kind: 'spec', spec, stack: captureStack() }, under: stack });
}
