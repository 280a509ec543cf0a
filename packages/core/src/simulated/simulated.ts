/**
 * A simulated accelerator: grid kernels run in TypeScript on a device with an accelerator's manners. Its memory cannot be seen by the host,
 * nothing is ready when a call returns, it has few dtypes and no strings, no launch may bind one buffer twice, a bool takes four bytes. Kernels
 * that read or write out of bounds, or whose threads part at a barrier, fail the run.
 */
import { compileProgram, checkLimits } from '../codegen/grid/javascript/runProgram.js';
import { GridFault } from '../codegen/grid/javascript/runtime.js';
import type { GridTarget, ValueType } from '../codegen/grid/types.js';
import type { Backend, BufferRange, Device, Discovery, SequenceItem } from '../device/device.js';
import type { DeviceInfo, StorageForm } from '../device/info.js';
import type { DType } from '../dtypes.js';
import { InternalError } from '../errors.js';
import { gridTable } from '../kernels/grid/table.js';
import { structuralOver } from '../kernels/host/index.js';
import { combineTables, type KernelTable } from '../kernels/kernel.js';
import type { ReferenceSource } from '../reference/code.js';
import { ReferenceDevice } from '../reference/device.js';

/** What a simulated accelerator may pretend to be. */
export interface SimulatedOptions {
  /** 'simulated' by default; a registry takes each name once. */
  readonly name?: string;
  /** 'GPU' by default. */
  readonly deviceType?: string;
  /** Below any real backend by default. */
  readonly priority?: number;
  /** How many devices it finds where `device_count` says nothing; 1 by default. */
  readonly devices?: number;
  /** Bytes that one device may hold; 1 GiB by default. */
  readonly memoryLimit?: number;
  /** How each dtype lies in memory; those not named are not there. By default float32, int32, uint32, and bool as int32. */
  readonly storage?: Readonly<Partial<Record<DType, DType>>>;
  /** Whether input and output of a launch may share a buffer; false by default. */
  readonly sharedBuffers?: boolean;
  /** Changes of the target that kernels are made for: by default that of WebGPU's default limits. */
  readonly target?: Partial<GridTarget>;
}

/** What every WebGPU device has. */
const few: Readonly<Partial<Record<DType, DType>>> = { float32: 'float32', int32: 'int32', uint32: 'uint32', bool: 'int32' };

/** A backend whose devices run grid kernels in TypeScript. */
export function simulated(options: SimulatedOptions = {}): Backend<ReferenceSource> {
  const {
    name = 'simulated', deviceType = 'GPU', priority = -200, devices = 1, memoryLimit = 2 ** 30, storage: forms = few, sharedBuffers = false,
  } = options;
  const storage: DeviceInfo['storage'] = Object.fromEntries(Object.entries(forms).map(([dtype, as]): [string, StorageForm] => [dtype, { as, grade: 'arithmetic' }]));
  const wide: readonly ValueType[] = ['float64', 'int64', 'uint64'];
  const target: GridTarget = {
    storage, values: new Set<ValueType>(['bool', 'int32', 'uint32', 'float32', ...wide.filter((type) => forms[type] === type)]),
    workgroupThreads: 256, workgroupBytes: 16384, workgroups: 65535, bindings: 8, vectors: true, inPlace: sharedBuffers, floatAtomics: false,
    faults: true, ...options.target,
  };
  const infoOf = (ordinal: number): DeviceInfo => ({
    deviceType, ordinal, description: 'simulated accelerator', memoryLimit, storage,
    limits: { alignment: 256, bufferBytes: memoryLimit, bindings: target.bindings, sharedBuffers },
    controlFlow: false, hostVisible: false, details: { language: 'TypeScript' },
  });
  return {
    name,
    deviceType,
    priority,
    kernels: simulatedTable(target),
    async discover({ deviceCount }): Promise<Discovery> {
      const count = deviceCount ?? devices;
      return count > 0
        ? { devices: Array.from({ length: count }, (_, ordinal) => infoOf(ordinal)) }
        : { devices: [], reason: `device_count allows no ${deviceType} device` };
    },
    open: async (info) => withoutView(new ReferenceDevice(info)),
  };
}

/** The library's kernels, and the structural ops over what the device holds. */
function simulatedTable(target: GridTarget): KernelTable<ReferenceSource> {
  const own = gridTable<ReferenceSource>({ target, render: (program) => {
    checkLimits(program, target);
    const run = compileProgram(program);
    const count = (role: 'input' | 'output'): number => program.buffers.filter((buffer) => buffer.role === role).length;
    return {
      inputs: count('input'),
      outputs: count('output'),
      code: (from, to, { words, grid, scratch }) => {
        run([...from, ...to, scratch], words, grid);
        return undefined;
      },
    };
  } });
  return combineTables<ReferenceSource, DeviceInfo>(structuralOver(target.storage), withFaults(own));
}

/** Programs whose faults are the errors that the kernel gives them. */
function withFaults(table: KernelTable<ReferenceSource>): KernelTable<ReferenceSource> {
  type Make<C> = (call: C, info: DeviceInfo) => ReturnType<KernelTable<ReferenceSource>['map'][number]['program']>;
  const guarded = <C>(make: Make<C>): Make<C> => (call: C, info: DeviceInfo) => {
    const program = make(call, info);
    if (program.kind === 'host') return program;
    return { ...program, source: () => {
      const source = program.source();
      return { ...source, code: (from, to, launch) => {
        try {
          return source.code(from, to, launch);
        } catch (error) {
          throw error instanceof GridFault && program.fault !== undefined ? program.fault(error.faultCode, error.detail) : error;
        }
      } };
    } };
  };
  return {
    ops: Object.fromEntries(Object.entries(table.ops).map(([op, kernels]) => [op, kernels.map((kernel) => ({ ...kernel, program: guarded((call, info) => kernel.program(call, info)) }))])),
    map: table.map.map((kernel) => ({ ...kernel, program: guarded((call, info) => kernel.program(call, info)) })),
    reduce: table.reduce.map((kernel) => ({ ...kernel, program: guarded((call, info) => kernel.program(call, info)) })),
  };
}

/** The device without its view of memory, and with its promise about shared buffers checked whenever memory is bound. */
function withoutView(device: ReferenceDevice): Device<ReferenceSource> {
  const items = new WeakMap<object, readonly SequenceItem<ReferenceSource>[]>();
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
    bind: (sequence, slots) => {
      if (!device.info.limits.sharedBuffers) for (const item of items.get(sequence) ?? []) checkBuffers(item, slots);
      return device.bind(sequence, slots);
    },
    stream: (options) => device.stream(options),
    memory: () => device.memory(),
    close: () => device.close(),
  };
}

/** No buffer is bound as what a launch writes and as anything else. */
function checkBuffers(item: SequenceItem<ReferenceSource>, ranges: readonly BufferRange[]): void {
  if (item.kind === 'loop') {
    for (const inner of [...item.condition, ...item.body]) checkBuffers(inner, ranges);
    return;
  }
  const count = item.program.inputs.length;
  item.slots.forEach((written, position) => {
    if (position < count) return;
    item.slots.forEach((other, at) => {
      if (at !== position && ranges[other]?.buffer === ranges[written]?.buffer) {
        throw new InternalError(`internal: ${item.nodes.join()}: slots ${other} and ${written} of one launch lie in one buffer, on a device without shared buffers.`);
      }
    });
  });
}
