/** Devices for the placer, from the kernel tables that run: what a table says, the placer believes. */
import { supportOf } from '../kernels/findKernel.js';
import type { KernelTable, SupportQuery } from '../kernels/kernel.js';
import type { OpDefinition } from '../ops/opDef.js';
import type { PlacerDevice } from './place.js';
import type { DeviceSupport } from './support.js';

/** A device with its kernels, as the session has them open. */
export interface DeviceWithKernels {
  /** Full name. */
  readonly name: string;
  readonly info: { readonly deviceType: string };
  readonly kernels: KernelTable;
}

/** Turns open devices into the placer's. `definition` is the op registry. */
export function fromKernelTables(
  devices: readonly DeviceWithKernels[],
  definition: (op: string) => OpDefinition | undefined,
): PlacerDevice[] {
  return devices.map(({ name, info, kernels }) => ({
    name,
    type: info.deviceType,
    supports: (query): DeviceSupport => ask(kernels, definition(query.op), query),
    kernelLines: (op) => (hasKernel(kernels, definition(op), op) ? [`  device='${info.deviceType}'`] : []),
  }));
}

function ask(kernels: KernelTable, definition: OpDefinition | undefined, query: SupportQuery): DeviceSupport {
  if (definition === undefined) return { supported: false, reason: `no kernel for ${query.op}`, isAttributeMismatch: false };
  const answer = supportOf(kernels, definition, query);
  if (answer === true) return { supported: true, priority: 0 };
  return { supported: false, reason: answer, isAttributeMismatch: hasKernel(kernels, definition, query.op) };
}

/** Whether the table has anything that runs the op for some attributes. */
function hasKernel(kernels: KernelTable, definition: OpDefinition | undefined, op: string): boolean {
  if ((kernels.ops[op]?.length ?? 0) > 0) return true;
  return (
    (definition?.scalar !== undefined && kernels.map.length > 0) || (definition?.reduction !== undefined && kernels.reduce.length > 0)
  );
}
