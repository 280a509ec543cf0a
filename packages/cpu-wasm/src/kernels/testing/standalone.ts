/**
 * Runs a kernel's program with no device: one plain memory, one thread that plays several. Phases are cut into uneven pieces, given to the
 * playing threads in turn, and every buffer stands between guard bytes, so that a kernel that writes past an end or leans on one thread
 * fails.
 */
import { dtypeInfo, HostTensor, newData, sizeOf, viewBytes, type ByteDType, type DType, type Shape } from '@sessionflow/core/device';
import { AttrReader, type Arg, type Attrs, type DeviceProgram, type Epilogue, type Kernel, type OpCall } from '@sessionflow/core/kernels';
import type { WasmSource } from '../../abi.js';
import { ModuleBuilder } from '../../asm/index.js';
import { hasRelaxedSimd } from '../../features.js';
import type { WasmInfo } from '../../info.js';

export function testInfo(change: Partial<WasmInfo> = {}): WasmInfo {
  const relaxedSimd = hasRelaxedSimd();
  return {
    deviceType: 'CPU', ordinal: 0, description: '', memoryLimit: 1 << 30, storage: {},
    limits: { alignment: 64, bufferBytes: 1 << 30, bindings: 64, sharedBuffers: true }, controlFlow: true, hostVisible: true, details: {},
    features: { relaxedSimd, sharedMemory: false }, threads: 2, gemmTile: () => ({ rows: 4, columns: 8 }), ...change,
  };
}

type AttrInput = number | boolean | string | readonly number[] | readonly string[] | { readonly type: DType };

/** Attributes from plain values: whole numbers are ints, arrays are lists, `{ type }` is a dtype. */
export function attrs(values: Readonly<Record<string, AttrInput>>): AttrReader {
  const utf8 = new TextEncoder();
  const out: Record<string, Attrs[string]> = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'number') out[name] = Number.isInteger(value) ? { kind: 'int', value } : { kind: 'float', value };
    else if (typeof value === 'boolean') out[name] = { kind: 'bool', value };
    else if (typeof value === 'string') out[name] = { kind: 'string', value: utf8.encode(value) };
    else if ('type' in value) out[name] = { kind: 'type', value: value.type };
    else if (value.length > 0 && typeof value[0] === 'string') out[name] = {
      kind: 'list', of: 'string', value: (value as string[]).map((text) => utf8.encode(text)),
    };
    else out[name] = { kind: 'list', of: 'int', value: value as number[] };
  }
  return new AttrReader(out, 'test');
}

export interface TestCall {
  readonly op: string;
  readonly attrs?: Readonly<Record<string, AttrInput>>;
  readonly inputs: readonly HostTensor[];
  /** Inputs whose value the plan knows. */
  readonly constants?: readonly number[];
  readonly outputs: readonly { readonly dtype: DType; readonly shape: Shape }[];
  readonly epilogue?: Epilogue;
}

export function opCall(test: TestCall): OpCall {
  const inputs: Arg[] = test.inputs.map((value, i) => ({
    dtype: value.dtype, shape: value.shape, ...(test.constants?.includes(i) ? { constant: value } : {}),
  }));
  return { kind: 'op', op: test.op, node: 'test', attrs: attrs(test.attrs ?? {}), inputs, outputs: test.outputs, epilogue: test.epilogue };
}

const guard = 64;
const guardByte = 0xa5;

export interface Standalone {
  readonly outputs: readonly HostTensor[];
  /** Runs the program again (for benches); throws its fault. */
  readonly run: () => void;
  readonly program: DeviceProgram<WasmSource>;
}

/** Runs the call on the kernel and gives the outputs. */
export function runKernel(
  kernel: Kernel<WasmSource, WasmInfo>, test: TestCall, info = testInfo(), options: { readonly whole?: boolean } = {},
): Standalone {
  const call = opCall(test);
  if (kernel.accepts !== undefined && !kernel.accepts(call, info)) throw new Error(`The ${kernel.op} kernel does not accept this call.`);
  const program = kernel.program(call, info);
  if (program.kind !== 'device') throw new Error('A host program cannot be run here.');
  const values = test.inputs.map((value, i): Uint8Array => {
    const pack = program.packs.find((one) => one.input === i);
    const bytes = pack ? pack.pack(value) : bytesOf(value);
    if (pack && bytes.length !== pack.bytes) throw new Error(`The pack of input ${i} has ${bytes.length} bytes, but said ${pack.bytes}.`);
    return bytes;
  });
  const sizes = [
    ...program.inputs.map((i) => values[i]!.length), ...test.outputs.map(({ dtype, shape }) => sizeOf(shape) * dtypeInfo[dtype].bytes),
    ...(program.scratch > 0 ? [program.scratch] : []),
  ];
  const addresses: number[] = [];
  let end = 1024 + guard;
  for (const size of sizes) {
    addresses.push(end);
    end = Math.ceil((end + size + guard) / 64) * 64;
  }
  const launch = program.launchFor?.(test.inputs) ?? program.launch;
  const params = end + 64;
  const total = params + 4 * (addresses.length + launch.words.length) + 64;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(total / 65536), maximum: 65536 });
  const bytes = new Uint8Array(memory.buffer);
  bytes.fill(guardByte);
  program.inputs.forEach((input, slot) => bytes.set(values[input]!, addresses[slot]));
  const words = new Int32Array(memory.buffer, params, addresses.length + launch.words.length);
  words.set(addresses);
  words.set(launch.words, addresses.length);

  const module = new ModuleBuilder();
  module.importMemory('env', 'memory', { initial: 1, maximum: 65536 });
  const phases = program.source().assemble(module);
  phases.forEach((phase, i) => module.exportFunction(`phase${i}`, phase));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), { env: { memory } });
  if (launch.grid.length !== 2 * phases.length) throw new Error(`${phases.length} phases, but a grid of ${launch.grid.length} numbers.`);
  const calls = phases.map((_, i) => instance.exports[`phase${i}`] as (
    params: number, begin: number, end: number, thread: number,
  ) => number);

  const run = (): void => {
    calls.forEach((phase, i) => {
      const [items, grain] = [launch.grid[2 * i]!, launch.grid[2 * i + 1]!];
      let turn = 0;
      for (let begin = 0; begin < items;) {
        const count = options.whole ? grain : 1 + ((turn * 7 + 3) % grain);
        const until = Math.min(items, begin + count);
        const code = phase(params, begin, until, options.whole ? 0 : turn % info.threads);
        if (code !== 0) throw program.fault?.(
          code, new Int32Array(memory.buffer, params - 4, 1)[0]!,
        ) ?? new Error(`fault ${code} without words`);
        begin = until;
        turn++;
      }
    });
  };
  run();
  addresses.forEach((address, slot) => {
    for (let i = 1; i <= guard; i++) {
      if (bytes[address - i] !== guardByte && i <= guard / 2) throw new Error(`The program wrote before buffer ${slot}.`);
    }
    const after = address + sizes[slot]!;
    for (let i = 0; i < 32; i++) if (bytes[after + i] !== guardByte) throw new Error(`The program wrote past buffer ${slot}.`);
  });
  const outputs = test.outputs.map(({ dtype, shape }, i) => {
    const count = sizeOf(shape);
    const data = viewBytes(dtype as ByteDType, memory.buffer, addresses[program.inputs.length + i]!, count);
    return new HostTensor(dtype, shape, options.whole ? data : data.slice());
  });
  return { outputs, run, program };
}

export function bytesOf(value: HostTensor): Uint8Array {
  const data = value.data as Float32Array;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A tensor of numbers in [-1, 1) that depend on the seed alone. */
export function randomTensor(shape: Shape, seed = 1): HostTensor<'float32'> {
  let state = seed * 0x9e3779b9;
  const data = newData('float32', sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    state ^= state >>> 13;
    data[i] = ((state >>> 0) / 2 ** 32) * 2 - 1;
  }
  return new HostTensor('float32', shape, data);
}

/**
 * Largest difference, against the size of the expected values (of inputs around 1, so that a sum that cancels is not held to its own size).
 */
export function worstError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let worst = actual.length === expected.length ? 0 : Infinity;
  let scale = 0.1;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]!));
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
  }
  return worst / scale;
}
