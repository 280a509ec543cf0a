/**
 * Simulated accelerators with part of the kernel table: the reference device under another type, without strings and 64-bit integers; and core's
 * simulated device, whose kernels are the grid library.
 */
import { reference, simulated, type Backend } from '@sessionflow/core';
import { allDTypes, type DeviceInfo, type DType, type StorageForm } from '@sessionflow/core/device';
import { hostTable, structuralOver, type Kernel, type KernelTable, type Support } from '@sessionflow/core/kernels';

type SourceOf<B> = B extends Backend<infer S> ? S : never;
type Source = SourceOf<ReturnType<typeof reference>>;

export interface AcceleratorOptions {
  readonly name: string;
  readonly priority: number;
  /** Ops it has kernels for, of those that have any. */
  readonly hasOp: (op: string) => boolean;
  /** Fused code and reductions. */
  readonly map: boolean;
  readonly reduce: boolean;
}

const lacking: ReadonlySet<DType> = new Set<DType>(['string', 'int64', 'uint64', 'float64', 'resource', 'variant']);

const held: readonly DType[] = allDTypes.filter((dtype) => !lacking.has(dtype));

function refuses(dtypes: readonly DType[]): Support {
  const found = dtypes.find((dtype) => lacking.has(dtype));
  return found === undefined ? true : `this accelerator has no ${found}`;
}

/** The library's kernels on a device whose bools are int32, which binds no buffer twice and checks every access. */
export function gridAccelerator(options: AcceleratorOptions): Backend<Source> {
  const base = simulated({ name: options.name, priority: options.priority });
  const isStructural = (op: string): boolean => Object.hasOwn(structuralOver({}).ops, op);
  return {
    ...base,
    kernels: {
      ops: Object.fromEntries(Object.entries(base.kernels.ops).filter(([op]) => isStructural(op) || options.hasOp(op))),
      map: options.map ? base.kernels.map : [],
      reduce: options.reduce ? base.kernels.reduce : [],
    },
  };
}

/** The reference device as a backend of device type GPU. */
export function accelerator(options: AcceleratorOptions): Backend<Source> {
  const { name, priority } = options;
  const base = reference({ name, deviceType: 'GPU', priority });
  const infoOf = (info: DeviceInfo): DeviceInfo => ({
    ...info,
    description: `simulated accelerator ${name}`,
    storage: Object.fromEntries(Object.entries(info.storage).filter(([dtype]) => !lacking.has(dtype as DType))),
    limits: { ...info.limits, alignment: 32 },
  });
  return {
    ...base,
    kernels: tableOf(base.kernels, options),
    discover: async (config) => {
      const found = await base.discover(config);
      return { ...found, devices: found.devices.map(infoOf) };
    },
  };
}

function tableOf(table: KernelTable<Source>, { hasOp, map, reduce }: AcceleratorOptions): KernelTable<Source> {
  const ops: Record<string, readonly Kernel<Source>[]> = {};
  for (const [op, kernels] of Object.entries(table.ops)) {
    const own = kernels.filter((kernel) => kernel.isHost !== true).map((kernel): Kernel<Source> => ({
      ...kernel,
      supports: (query) => {
        const answer = refuses([...query.inputDtypes, ...query.outputDtypes]);
        return answer === true ? (kernel.supports?.(query) ?? true) : answer;
      },
    }));
    if (own.length > 0 && hasOp(op)) ops[op] = own;
  }
  Object.assign(ops, structuralOver(Object.fromEntries(held.map((as): [DType, StorageForm] => [as, { as, grade: 'arithmetic' }]))).ops);
  return {
    ops,
    map: map ? table.map.filter((kernel) => kernel.isHost !== true).map((kernel) => ({
      ...kernel,
      supports: (fn) => {
        const answer = refuses([...fn.inputs, ...fn.outputs.map((output) => output.dtype)]);
        return answer === true ? kernel.supports(fn) : answer;
      },
    })) : [],
    reduce: reduce ? table.reduce.filter((kernel) => kernel.isHost !== true).map((kernel) => ({
      ...kernel,
      supports: (reducer, before, after) => {
        const answer = refuses([...before.inputs, ...(after === undefined ? [] : [after.dtype])]);
        return answer === true ? kernel.supports(reducer, before, after) : answer;
      },
    })) : [],
  };
}

/** Every op with a kernel of its own, for choosing some of them. */
export const knownOps: readonly string[] = Object.keys(hostTable.ops).sort();
