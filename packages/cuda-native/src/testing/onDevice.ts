/** A device on the fake driver for one test, and sequences over toy programs. Afterwards the driver must hold what it held before. */
import type { BufferRange, SequenceItem } from '@sessionflow/core/device';
import type { DeviceProgram } from '@sessionflow/core/kernels';
import { expect } from 'vitest';
import { cudaNative } from '../backend.js';
import type { CudaDevice } from '../device.js';
import type { CudaNativeOptions } from '../options.js';
import type { CudaSource } from '../source.js';
import { fakeCuda, type FakeCounts, type FakeSettings } from './fake.js';

/** What is held, without what only ever grows. */
export function held(counts: FakeCounts): Partial<FakeCounts> {
  const { kernels: _kernels, graphLaunches: _launches, graphUpdates: _updates, peerCopies: _peer, hostCopies: _host, peakBytes: _peak, refusedCalls: _refused, ...rest } = counts;
  return rest;
}

export async function withDevice(use: (device: CudaDevice) => Promise<void>, options: CudaNativeOptions = {}, settings: FakeSettings = {}): Promise<void> {
  const fake = fakeCuda();
  fake.configure(settings);
  const before = held(fake.counts());
  try {
    const backend = cudaNative({ ...fake.options, ...options });
    const { devices } = await backend.discover({});
    const device = await backend.open(devices[0]!) as CudaDevice;
    try {
      await use(device);
    } finally {
      await device.close();
    }
    expect(held(fake.counts())).toEqual(before);
  } finally {
    fake.configure({});
  }
}

export type Item = readonly [program: DeviceProgram<CudaSource>, ...slots: number[]];

export interface Prepared {
  readonly sequence: ReturnType<CudaDevice['sequence']>;
  readonly bound: ReturnType<CudaDevice['bind']>;
  readonly ranges: readonly BufferRange[];
  free(): void;
}

/** A sequence of launches over buffers of the given sizes, bound and ready. Launch i stands for node `node{i}`. */
export async function prepared(device: CudaDevice, items: readonly Item[], sizes: readonly number[], timed = false): Promise<Prepared> {
  const executables = await device.prepare(items.map(([program]) => program));
  const launches = items.map(([program, ...slots], i): SequenceItem<CudaSource> => ({ kind: 'launch', program, executable: executables[i]!, slots, nodes: [`node${i}`] }));
  const buffers = sizes.map((bytes) => device.allocate(bytes));
  const ranges = buffers.map((buffer): BufferRange => ({ buffer, offset: 0, bytes: buffer.bytes }));
  const sequence = device.sequence(launches, sizes, { timed });
  const bound = device.bind(sequence, ranges);
  return {
    sequence, bound, ranges,
    free() {
      bound.release();
      sequence.release();
      for (const buffer of buffers) device.release(buffer);
    },
  };
}

export const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
