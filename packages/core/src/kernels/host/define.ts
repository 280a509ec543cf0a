/**
 * How a host kernel is written: a function from host tensors to host tensors. Families export one definition per op, named by the op; the tables
 * are built from the families' namespaces, so no list repeats a name.
 */
import type { HostTensor } from '../../hostTensor.js';
import type { HostContext } from '../hostContext.js';
import type { Kernel, OpCall, Support, SupportQuery } from '../kernel.js';

export type HostRun = (inputs: readonly HostTensor[], context: HostContext) => readonly HostTensor[] | Promise<readonly HostTensor[]>;

export interface HostOptions {
  readonly supports?: (query: SupportQuery) => Support;
  /**
   * What the op is beside a function of its inputs: `state` (it reads or changes session or step objects, or waits), `data` (its output's
   * shape depends on data). Such an op stays a host program everywhere; a `pure` one can be run by a device over its own memory.
   */
  readonly nature?: 'pure' | 'state' | 'data';
}

export interface HostDefinition extends HostOptions {
  readonly run: HostRun;
}

/** Defines a host kernel. */
export function host(run: HostRun, options: HostOptions = {}): HostDefinition {
  return { run, ...options };
}

/** A kernel of a host table, with what the reference device needs to know to run it over its own memory. */
export interface HostKernel extends Kernel<never> {
  readonly isHost: true;
  readonly nature: 'pure' | 'state' | 'data';
  readonly run: HostRun;
}

/** A function that a family exports for other families; a name may be exported as well. */
type Helper = (...args: never[]) => unknown;

/** The kernels of some families, by op. A family's namespace may export helpers beside definitions; those are not functions of ops. */
export function kernelsOf(...families: readonly Readonly<Record<string, HostDefinition | Helper | string>>[]): Readonly<Record<string, readonly HostKernel[]>> {
  const kernels: Record<string, readonly HostKernel[]> = {};
  for (const family of families) {
    for (const [op, definition] of Object.entries(family)) {
      if (typeof definition !== 'object') continue;
      const { run, supports, nature = 'pure' } = definition;
      kernels[op] = [{
        op, isHost: true, nature, run,
        ...(supports === undefined ? {} : { supports }),
        accepts: (call: OpCall) => call.epilogue === undefined,
        program: () => ({ kind: 'host', run }),
      }];
    }
  }
  return kernels;
}
