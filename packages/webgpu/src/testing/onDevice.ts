/** Opens a real device for tests, and runs programs on it. */
import type { MapFunction } from '@sessionflow/core/codegen';
import type { BufferRange, Sequence } from '@sessionflow/core/device';
import type { DeviceProgram } from '@sessionflow/core/kernels';
import { skipWithout } from '@sessionflow/config/softwareVulkan';
import { expect } from 'vitest';
import { webgpu } from '../backend.js';
import type { WebGpuDevice } from '../device.js';
import type { WebGpuInfo } from '../info.js';
import type { WgslSource } from '../source.js';
import { webgpuTable } from '../table.js';

const backend = webgpu();
const { devices, reason } = await backend.discover({});

/** Whether there is no adapter; printed with its reason. */
export const isMissing = skipWithout(reason);

/** Opens a device for `use` and closes it; nothing may be left allocated. */
export async function withDevice<R>(use: (device: WebGpuDevice) => Promise<R>, change: Partial<WebGpuInfo> = {}): Promise<R> {
  const device = await backend.open({ ...devices[0]!, ...change }) as WebGpuDevice;
  try {
    const result = await use(device);
    expect(device.memory(), 'buffers left').toMatchObject({ buffers: 0, bytes: 0 });
    return result;
  } finally {
    await device.close();
  }
}

/** A buffer for the length of a block. */
export function held(device: WebGpuDevice, bytes: number): BufferRange & Disposable {
  const buffer = device.allocate(bytes);
  return { buffer, offset: 0, bytes, [Symbol.dispose]: () => device.release(buffer) };
}

/** A sequence of programs, each with its slots. */
export async function recorded(
  device: WebGpuDevice, launches: readonly { readonly program: DeviceProgram<WgslSource>; readonly slots: readonly number[]; readonly node?: string }[], slots: readonly number[], timed = false,
): Promise<Sequence> {
  const executables = await device.prepare(launches.map(({ program }) => program));
  return device.sequence(launches.map(({ program, slots: bound, node }, i) => ({
    kind: 'launch', program, executable: executables[i]!, slots: bound, nodes: [node ?? `node${i}`],
  })), slots, { timed });
}

export const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
export const asFloats = (bytes: Uint8Array): number[] => [...new Float32Array(bytes.slice().buffer)];

/** Elementwise code over float32 vectors of one length, on the device. */
export async function runMap(device: WebGpuDevice, fn: MapFunction, inputs: readonly Float32Array[]): Promise<Float32Array[]> {
  const shape = [inputs[0]!.length];
  const args = inputs.map((data) => ({ dtype: 'float32' as const, shape, data }));
  const outputs = fn.outputs.map(({ dtype }) => ({ dtype, shape }));
  const program = webgpuTable.map[0]!.program({ kind: 'map', node: 'node', inputs: args, outputs, fn }, device.info);
  if (program.kind !== 'device') throw new Error('no device program');
  const ranges = [...program.inputs, ...outputs].map(() => held(device, 4 * shape[0]!));
  const stream = device.stream();
  const bound = device.bind(await recorded(device, [{ program, slots: ranges.map((_, slot) => slot) }], ranges.map(({ bytes }) => bytes)), ranges);
  program.inputs.forEach((input, slot) => stream.upload(ranges[slot]!, new Uint8Array(inputs[input]!.buffer)));
  stream.run(bound);
  const results = outputs.map(() => new Float32Array(shape[0]!));
  await Promise.all(results.map((result, o) => stream.download(ranges[program.inputs.length + o]!, new Uint8Array(result.buffer)).done));
  await stream.close();
  bound.release();
  for (const range of ranges) range[Symbol.dispose]();
  return results;
}
