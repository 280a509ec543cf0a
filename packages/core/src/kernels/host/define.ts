/**
 * How a host kernel is written: a function from host tensors to host tensors. Families export one definition per op, named by the op; the tables
 * are built from the families' namespaces, so no list repeats a name.
 */
import type { AnyTensor } from '../../device/anyTensor.js';
import { InternalError } from '../../errors.js';
import { HostTensor } from '../../hostTensor.js';
import type { HostContext } from '../hostContext.js';
import type { Kernel, OpCall, Support, SupportQuery } from '../kernel.js';
import type { LazyModule } from '../../state/lazyModule.js';
import type { HostProgram, PlacelessProgram } from '../program.js';

export type HostRun = (inputs: readonly HostTensor[], context: HostContext) => readonly HostTensor[] | Promise<readonly HostTensor[]>;

export interface HostOptions {
  readonly supports?: (query: SupportQuery) => Support;
  /**
   * What the op is beside a function of its inputs: `state` (it reads or changes session or step objects, or waits), `data` (its output's
   * shape depends on data). Such an op stays a host program everywhere; a `pure` one can be run by a device over its own memory.
   */
  readonly nature?: 'pure' | 'state' | 'data';
}

/** What a host kernel does. */
export interface HostCode {
  readonly run: HostRun;
}

export interface HostDefinition extends HostCode, HostOptions {}

/** Defines a host kernel. In a family that is loaded when it is needed, the options stand in lazyFamilies.ts: they are asked before. */
export function host(run: HostRun): HostCode;
export function host(run: HostRun, options: HostOptions): HostDefinition;
export function host(run: HostRun, options: HostOptions = {}): HostDefinition {
  return { run, ...options };
}

/** A kernel that moves values without looking into them. */
export interface PlacelessDefinition extends HostOptions {
  readonly program: PlacelessProgram;
}

/** Defines a kernel that keeps values, or gives kept ones back, wherever they lie. */
export function placeless(run: PlacelessProgram['run'], { takes = [], gives = 'host' }: Partial<Pick<PlacelessProgram, 'takes' | 'gives'>> = {}): PlacelessDefinition {
  return { program: { takes, gives, run }, nature: 'state' };
}

/** A kernel of a host table, with what the reference device needs to know to run it over its own memory. */
export interface HostKernel extends Kernel<never> {
  readonly isHost: true;
  readonly nature: 'pure' | 'state' | 'data';
  readonly run: HostRun;
  /** Of a kernel whose code may not be there yet: see `HostProgram.load`. */
  readonly load?: HostProgram['load'];
}

/** Of one kernel: what the table says of it, beside how it runs. */
function kernelBase(op: string, { supports, nature = 'pure' }: HostOptions): Pick<HostKernel, 'op' | 'isHost' | 'nature' | 'supports' | 'accepts'> {
  return { op, isHost: true, nature, ...(supports === undefined ? {} : { supports }), accepts: (call: OpCall) => call.epilogue === undefined };
}

/** A placeless program where all values are on the host. */
function overHostValues({ run }: PlacelessProgram): HostRun {
  const checked = (values: readonly AnyTensor[]): readonly HostTensor[] => values.map((value) => {
    if (value instanceof HostTensor) return value;
    throw new InternalError(`internal: a value is on ${value.device}, where only host values are known`);
  });
  return (inputs, context) => {
    const results = run(inputs, context);
    return 'then' in results ? results.then(checked) : checked(results);
  };
}

function placelessKernel(program: PlacelessProgram): Pick<HostKernel, 'run' | 'program'> {
  const run = overHostValues(program);
  return { run, program: () => ({ kind: 'host', run, placeless: program }) };
}

/** A function that a family exports for other families; a name may be exported as well. */
type Helper = (...args: never[]) => unknown;

/** The kernels of some families, by op. A family's namespace may export helpers beside definitions; those are not functions of ops. */
export function kernelsOf(...families: readonly Readonly<Record<string, HostDefinition | PlacelessDefinition | Helper | string>>[]): Readonly<Record<string, readonly HostKernel[]>> {
  const kernels: Record<string, readonly HostKernel[]> = {};
  for (const family of families) {
    for (const [op, definition] of Object.entries(family)) {
      if (typeof definition !== 'object') continue;
      const base = kernelBase(op, definition);
      kernels[op] = 'program' in definition ? [{ ...base, ...placelessKernel(definition.program) }]
        : [{ ...base, run: definition.run, program: () => ({ kind: 'host', run: definition.run }) }];
    }
  }
  return kernels;
}

/** The names of a family's kernels. */
type KernelNames<M> = { [K in keyof M]: M[K] extends HostCode ? K : never }[keyof M];

/** Of every kernel of a family, what is known of it before its code is there. */
export type FamilyOptions<M> = Readonly<Record<KernelNames<M> & string, HostOptions>>;

/** The kernels of a family whose code is loaded when a plan or a constant needs it. */
export function lazyKernels<M extends object>(family: LazyModule<M>, options: FamilyOptions<M>): Readonly<Record<string, readonly HostKernel[]>> {
  const load = (): Promise<unknown> | undefined => (family.code === undefined ? family.load() : undefined);
  const codeOf = (module: M, op: string): HostCode => (module as Readonly<Record<string, HostCode>>)[op]!;
  return Object.fromEntries(Object.entries<HostOptions>(options).map(([op, own]) => {
    const run: HostRun = (inputs, context) => {
      const { code } = family;
      return code === undefined ? family.load().then((module) => codeOf(module, op).run(inputs, context)) : codeOf(code, op).run(inputs, context);
    };
    return [op, [{ ...kernelBase(op, own), run, load, program: () => ({ kind: 'host', run, load }) }]];
  }));
}
