import { describe, expect, it } from 'vitest';
import type { Device } from '../device/device.js';
import { HostTensor } from '../hostTensor.js';
import type { Pack } from '../kernels/program.js';
import { reference } from '../reference/reference.js';
import { ConstantPool } from './constantPool.js';

async function withDevice(use: (device: Device) => void): Promise<void> {
  const backend = reference();
  const { devices } = await backend.discover({});
  const device = await backend.open(devices[0]!);
  try {
    use(device);
    expect(device.memory?.().buffers).toBe(0);
  } finally {
    await device.close();
  }
}

const weights = (change = 0, shape: readonly number[] = [40, 50]): HostTensor =>
  new HostTensor('float32', [...shape], Float32Array.from({ length: 2000 }, (_, i) => (i === 1999 ? change : i / 7)));

describe('ConstantPool', () => {
  it('holds tensors of the same content once, until the last user is gone', () => withDevice((device) => {
    const pool = new ConstantPool(device);
    const stream = device.stream({ threads: 1, memoryLimit: 0 });
    const first = pool.acquire(weights(), undefined, stream);
    const second = pool.acquire(weights(), undefined, stream);
    expect(second.range).toBe(first.range);
    const others = [weights(1), weights(0, [50, 40])].map((value) => pool.acquire(value, undefined, stream));
    expect(new Set([first, ...others].map(({ range }) => range)).size).toBe(3);
    first.release();
    first.release();
    const third = pool.acquire(weights(), undefined, stream);
    expect(third.range).toBe(second.range);
    for (const held of [second, third, ...others]) held.release();
    expect(pool.acquire(weights(), undefined, stream).range).not.toBe(first.range);
    pool.close();
  }));

  it('packs what is the same once for each layout', () => withDevice((device) => {
    const pool = new ConstantPool(device);
    const stream = device.stream({ threads: 1, memoryLimit: 0 });
    let packed = 0;
    const pack = (key: string): Pack => ({ input: 1, key, bytes: 8, pack: () => { packed++; return new Uint8Array(8); } });
    const held = [pack('a'), pack('a'), pack('b'), undefined].map((form) => pool.acquire(weights(), form, stream));
    expect(new Set(held.map(({ range }) => range)).size).toBe(3);
    expect(packed).toBe(2);
    for (const one of held) one.release();
  }));

  it('leaves nothing behind when a layout cannot be made', () => withDevice((device) => {
    const pool = new ConstantPool(device);
    const stream = device.stream({ threads: 1, memoryLimit: 0 });
    const broken: Pack = { input: 1, key: 'broken', bytes: 8, pack: () => { throw new Error('no'); } };
    expect(() => pool.acquire(weights(), broken, stream)).toThrow('no');
    pool.acquire(weights(), undefined, stream).release();
  }));
});
