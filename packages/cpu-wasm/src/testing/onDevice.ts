/** Runs calls on a real device, for tests: opens one, checks that nothing leaks, and takes and gives host tensors. */
import { dtypeInfo, HostTensor, newData, sizeOf, type ByteDType, type DType, type Shape } from '@sessionflow/core/device';
import type { Expr, MapFunction } from '@sessionflow/core/codegen';
import type { Call, DeviceProgram, LaunchParams } from '@sessionflow/core/kernels';
import { expect } from 'vitest';
import type { WasmSource } from '../abi.js';
import { cpuWasm, type CpuWasmOptions } from '../backend.js';
import { openDevice, type WasmDevice } from '../device.js';
import type { WasmInfo } from '../info.js';
import { wasmMap } from '../map/mapKernel.js';
import { wasmReduce } from '../reduce/reduceKernel.js';

export async function testInfo(options: CpuWasmOptions = {}, change: Partial<WasmInfo['features']> = {}): Promise<WasmInfo> {
  const { devices } = await cpuWasm(options).discover({});
  const info = devices[0]!;
  return { ...info, features: { ...info.features, ...change } };
}

/** Opens a device for `use` and closes it; nothing may be left allocated. */
export async function withDevice<R>(use: (device: WasmDevice) => Promise<R>, options: CpuWasmOptions = {}, change: Partial<WasmInfo['features']> = {}): Promise<R> {
  const device = await openDevice(await testInfo(options, change));
  try {
    const result = await use(device);
    expect(device.memory().buffers, 'buffers left').toBe(0);
    expect(device.memory().bytes, 'bytes left').toBe(0);
    return result;
  } finally {
    await device.close();
  }
}

export function bytesOf(value: HostTensor): Uint8Array {
  const { buffer, byteOffset, byteLength } = value.data as Uint8Array;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Runs one program over inputs; gives its outputs. `inputs` are those of the signature. */
export async function runProgram(
  device: WasmDevice, program: DeviceProgram<WasmSource>, inputs: readonly HostTensor[], outputs: readonly { readonly dtype: DType; readonly shape: Shape }[],
  override?: LaunchParams,
): Promise<HostTensor[]> {
  const sizes = [
    ...program.inputs.map((index) => bytesOf(inputs[index]!).byteLength),
    ...outputs.map(({ dtype, shape }) => sizeOf(shape) * dtypeInfo[dtype].bytes),
    ...(program.scratch > 0 ? [program.scratch] : []),
  ];
  const [executable] = await device.prepare([program]);
  const buffers = sizes.map((bytes) => device.allocate(bytes));
  const ranges = buffers.map((buffer) => ({ buffer, offset: 0, bytes: buffer.bytes }));
  const stream = device.stream({ threads: 0, memoryLimit: 0 });
  const sequence = device.sequence([{ kind: 'launch', program, executable: executable!, slots: sizes.map((_, slot) => slot), nodes: ['node'] }], sizes, { timed: false });
  const bound = device.bind(sequence, ranges);
  try {
    program.inputs.forEach((index, slot) => stream.upload(ranges[slot]!, bytesOf(inputs[index]!)));
    await stream.run(bound, override === undefined ? undefined : new Map([[0, override]])).done;
    const results = outputs.map(({ dtype, shape }) => new HostTensor(dtype, shape, newData(dtype as ByteDType, sizeOf(shape))));
    await Promise.all(results.map((result, o) => stream.download(ranges[program.inputs.length + o]!, bytesOf(result)).done));
    return results;
  } finally {
    await stream.close();
    bound.release();
    sequence.release();
    for (const buffer of buffers) device.release(buffer);
  }
}

function deviceProgram(call: Call, info: WasmInfo): DeviceProgram<WasmSource> {
  const program = call.kind === 'map' ? wasmMap.program(call, info) : call.kind === 'reduce' ? wasmReduce.program(call, info) : undefined;
  if (program?.kind !== 'device') throw new Error('not a device program');
  return program;
}

export function mapProgramOf(fn: MapFunction, inputs: readonly HostTensor[], space: Shape, info: WasmInfo): DeviceProgram<WasmSource> {
  expect(wasmMap.supports(fn)).toBe(true);
  const outputs = fn.outputs.map(({ dtype }) => ({ dtype, shape: space }));
  return deviceProgram({ kind: 'map', node: 'node', inputs, outputs, fn }, info);
}

/** Elementwise code on the device. */
export async function runMap(device: WasmDevice, fn: MapFunction, inputs: readonly HostTensor[], space: Shape): Promise<HostTensor[]> {
  return runProgram(device, mapProgramOf(fn, inputs, space, device.info), inputs, fn.outputs.map(({ dtype }) => ({ dtype, shape: space })));
}

export interface ReduceTest {
  readonly reducer: 'add' | 'mul' | 'min' | 'max' | 'and' | 'or';
  readonly axes: readonly number[];
  readonly before: MapFunction;
  readonly after?: Expr;
  readonly inputs: readonly HostTensor[];
  readonly space: Shape;
}

export function reduceProgramOf({ reducer, axes, before, after, inputs, space }: ReduceTest, info: WasmInfo): { readonly program: DeviceProgram<WasmSource>; readonly output: { readonly dtype: DType; readonly shape: Shape } } {
  expect(wasmReduce.supports(reducer, before, after)).toBe(true);
  const output = { dtype: (after ?? before.outputs[0]!).dtype, shape: space.filter((_, axis) => !axes.includes(axis)) };
  return { output, program: deviceProgram({ kind: 'reduce', node: 'node', inputs, outputs: [output], space, axes, reducer, before, after }, info) };
}

/** A reduction on the device. */
export async function runReduce(device: WasmDevice, test: ReduceTest): Promise<HostTensor> {
  const { program, output } = reduceProgramOf(test, device.info);
  return (await runProgram(device, program, test.inputs, [output]))[0]!;
}

/** A tensor from numbers (or bigints for 64-bit dtypes). */
export function tensorOf<D extends ByteDType>(dtype: D, shape: Shape, values: (index: number) => number): HostTensor<D> {
  const count = sizeOf(shape);
  const data = newData(dtype, count);
  for (let i = 0; i < count; i++) {
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(Math.trunc(values(i)));
    else data[i] = values(i);
  }
  return new HostTensor(dtype, shape, data);
}

