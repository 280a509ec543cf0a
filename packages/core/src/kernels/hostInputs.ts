/** Which inputs of a node must be values of the host where a device runs it: the kernel's word, as lower will choose it. */
import type { OpDefinition } from '../ops/opDef.js';
import { hostArgsOf, kernelsFor, mapKernelFor, scalarOf } from './findKernel.js';
import type { HostArgs, KernelTable, SupportQuery } from './kernel.js';

export function hostInputsOf(table: KernelTable, definition: OpDefinition, query: SupportQuery): HostArgs {
  const { own, host } = kernelsFor(table, query);
  const [kernel] = own;
  if (kernel !== undefined) return hostArgsOf(kernel, query);
  const fn = scalarOf(definition, query);
  if (fn !== undefined && mapKernelFor(table, fn, false) !== undefined) return [];
  // A reduction's axes shape its code.
  if (definition.reduction !== undefined && table.reduce.length > 0) return [undefined, 'compile'];
  return host.length > 0 && definition.body === undefined ? query.inputDtypes.map(() => 'value') : [];
}
