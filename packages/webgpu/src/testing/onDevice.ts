/** Opens a real device for tests, and runs programs on it. */
import type { BufferRange, Sequence } from '@sessionflow/core/device';
import type { DeviceProgram } from '@sessionflow/core/kernels';
import { skipWithout } from '@sessionflow/config/softwareVulkan';
import { expect } from 'vitest';
import { webgpu } from '../backend.js';
import type { WebGpuDevice } from '../device.js';
import type { WebGpuInfo } from '../info.js';
import type { WgslSource } from '../source.js';

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
