/**
 * Simulated accelerators: the reference device under another type, with part of the kernel table, no strings and no 64-bit integers, and the
 * limits that real accelerators have. They check what the contract promises them: no launch on a device without shared buffers binds one
 * buffer as an input and as another output.
 */
import { reference, type Backend } from '@sessionflow/core';
import { allDTypes, sizeOf, type Bound, type BufferRange, type Device, type DeviceInfo, type DType, type SequenceItem, type StorageForm } from '@sessionflow/core/device';
import { hostTable, structuralOver, type Arg, type DeviceProgram, type Kernel, type KernelTable, type Program, type Support } from '@sessionflow/core/kernels';

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
  /** A bool lies in device memory as an int32, and a launch may not read and write parts of one buffer. */
  readonly isStrict: boolean;
}

const lacking: ReadonlySet<DType> = new Set<DType>(['string', 'int64', 'uint64', 'float64', 'resource', 'variant']);

const held: readonly DType[] = allDTypes.filter((dtype) => !lacking.has(dtype));

function refuses(dtypes: readonly DType[]): Support {
  const found = dtypes.find((dtype) => lacking.has(dtype));
  return found === undefined ? true : `this accelerator has no ${found}`;
}

/** A backend of device type GPU with one device. */
export function accelerator(options: AcceleratorOptions): Backend<Source> {
  const { name, priority, isStrict } = options;
  const base = reference({ name, deviceType: 'GPU', priority });
  const kernels = tableOf(base.kernels, options);
  const formOf = (form: StorageForm): StorageForm => (isStrict && form.as === 'bool' ? { as: 'int32', grade: 'arithmetic' } : form);
  const infoOf = (info: DeviceInfo): DeviceInfo => ({
    ...info,
    description: `simulated accelerator ${name}`,
    storage: Object.fromEntries(Object.entries(info.storage).flatMap(([dtype, form]) => (lacking.has(dtype as DType) ? [] : [[dtype, formOf(form)]]))),
    limits: { ...info.limits, alignment: isStrict ? 256 : 32, sharedBuffers: !isStrict },
  });
  return {
    ...base,
    kernels,
    discover: async (config) => {
      const found = await base.discover(config);
      return { ...found, devices: found.devices.map(infoOf) };
    },
    open: async (info) => checked(await base.open(info)),
  };
}

function tableOf(table: KernelTable<Source>, { hasOp, map, reduce, isStrict }: AcceleratorOptions): KernelTable<Source> {
  const stored = isStrict ? withStoredBools : (_args: readonly Arg[], _outputs: readonly Arg[], program: Program<Source>): Program<Source> => program;
  const ops: Record<string, readonly Kernel<Source>[]> = {};
  for (const [op, kernels] of Object.entries(table.ops)) {
    const own = kernels.filter((kernel) => kernel.isHost !== true).map((kernel): Kernel<Source> => ({
      ...kernel,
      supports: (query) => {
        const answer = refuses([...query.inputDtypes, ...query.outputDtypes]);
        return answer === true ? (kernel.supports?.(query) ?? true) : answer;
      },
      program: (call, info) => stored(call.inputs, call.outputs, kernel.program(call, info)),
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
      program: (call, info) => stored(call.inputs, call.outputs, kernel.program(call, info)),
    })) : [],
    reduce: reduce ? table.reduce.filter((kernel) => kernel.isHost !== true).map((kernel) => ({
      ...kernel,
      supports: (reducer, before, after) => {
        const answer = refuses([...before.inputs, ...(after === undefined ? [] : [after.dtype])]);
        return answer === true ? kernel.supports(reducer, before, after) : answer;
      },
      program: (call, info) => stored(call.inputs, call.outputs, kernel.program(call, info)),
    })) : [],
  };
}

/** Every op with a kernel of its own, for choosing some of them. */
export const knownOps: readonly string[] = Object.keys(hostTable.ops).sort();

/** The program with its bools read from and written to int32 elements. */
function withStoredBools(inputs: readonly Arg[], outputs: readonly Arg[], program: Program<Source>): Program<Source> {
  if (program.kind === 'host') return program;
  const bound = program.inputs.map((i) => inputs[i]);
  if (![...bound, ...outputs].some((arg) => arg?.dtype === 'bool')) return program;
  const source = (): Source => {
    const plain = program.source();
    return {
      ...plain,
      code: (from, to, launch) => {
        const ins = from.map((bytes, i) => (bound[i]?.dtype === 'bool' ? narrowed(bytes, sizeOf(bound[i].shape)) : bytes));
        const outs = to.map((bytes, i) => (outputs[i]?.dtype === 'bool' ? new Uint8Array(sizeOf(outputs[i].shape)) : bytes));
        const finish = (): void => {
          outs.forEach((bytes, i) => {
            const target = to[i];
            if (target !== undefined && target !== bytes && bytes.length > 0) target.set(new Uint8Array(Int32Array.from(bytes).buffer));
          });
        };
        const pending = plain.code(ins, outs, launch);
        if (pending !== undefined) return pending.then(finish);
        finish();
        return undefined;
      },
    };
  };
  return { ...program, key: `bool32 ${program.key}`, source } satisfies DeviceProgram<Source>;
}

function narrowed(bytes: Uint8Array, size: number): Uint8Array {
  return Uint8Array.from(new Int32Array(bytes.buffer, bytes.byteOffset, size));
}

/** The device with the promise about shared buffers checked whenever memory is bound. */
function checked(device: Device<Source>): Device<Source> {
  if (device.info.limits.sharedBuffers) return device;
  const items = new WeakMap<object, readonly SequenceItem<Source>[]>();
  return {
    info: device.info,
    allocate: (bytes) => device.allocate(bytes),
    release: (buffer) => { device.release(buffer); },
    prepare: (programs) => device.prepare(programs),
    sequence: (list, slots, options) => {
      const sequence = device.sequence(list, slots, options);
      items.set(sequence, list);
      return sequence;
    },
    bind: (sequence, slots): Bound => {
      for (const item of items.get(sequence) ?? []) checkBuffers(item, slots);
      return device.bind(sequence, slots);
    },
    stream: (options) => device.stream(options),
    memory: () => device.memory(),
    close: () => device.close(),
  };
}

function checkBuffers(item: SequenceItem<Source>, ranges: readonly BufferRange[]): void {
  if (item.kind === 'loop') {
    for (const inner of [...item.condition, ...item.body]) checkBuffers(inner, ranges);
    return;
  }
  const count = item.program.inputs.length;
  item.slots.forEach((out, position) => {
    if (position < count) return;
    item.slots.forEach((other, at) => {
      if (at !== position && other !== out && ranges[other]?.buffer === ranges[out]?.buffer) {
        throw new Error(`${item.nodes.join()}: slots ${other} and ${out} of one launch lie in one buffer, on a device without shared buffers.`);
      }
    });
  });
}
