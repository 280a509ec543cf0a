import { describe, expect, it } from 'vitest';
import type { Backend, Device } from '../device/device.js';
import type { DeviceInfo } from '../device/info.js';
import { recording } from '../recording/recording.js';
import { openDevice } from './openDevices.js';

/** A backend whose devices can be lost. */
async function losable(): Promise<{ backend: Backend; info: DeviceInfo; opened: Device[]; lose: (index: number) => void }> {
  const inner = recording();
  const opened: Device[] = [];
  const ends: ((reason: string) => void)[] = [];
  const backend: Backend = {
    name: 'losable', deviceType: 'GPU', priority: 1, kernels: inner.kernels,
    discover: (config) => inner.discover(config),
    open: async (info) => {
      const device = await inner.open(info);
      const lost = new Promise<string>((resolve) => { ends.push(resolve); });
      const losableDevice = new Proxy(device, { get: (target, key) => (key === 'lost' ? lost : bound(target, key)) });
      opened.push(losableDevice);
      return losableDevice;
    },
  };
  const { devices } = await inner.discover({});
  return { backend, info: devices[0]!, opened, lose: (index) => { ends[index]?.('unplugged'); } };
}

function bound(target: Device, key: string | symbol): unknown {
  const value: unknown = Reflect.get(target, key, target);
  return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
}

describe('open devices', () => {
  it('are one per process, closed by the last user', async () => {
    const { backend, info, opened } = await losable();
    const found = { name: '/device:GPU:0', backend, info };
    const [first, second] = await Promise.all([openDevice(found), openDevice(found)]);
    expect(first.device).toBe(second.device);
    await first.release();
    await first.release();
    const third = await openDevice(found);
    expect(third.device).toBe(second.device);
    await second.release();
    await third.release();
    await (await openDevice(found)).release();
    expect(opened).toHaveLength(2);
  });

  it('are forgotten when lost: the next session opens anew, and those that let go late close only their own', async () => {
    const { backend, info, opened, lose } = await losable();
    const found = { name: '/device:GPU:0', backend, info };
    const before = await openDevice(found);
    lose(0);
    await Promise.resolve();
    await Promise.resolve();
    const after = await openDevice(found);
    expect(after.device).not.toBe(before.device);
    await before.release();
    const beside = await openDevice(found);
    expect(beside.device).toBe(after.device);
    await beside.release();
    await after.release();
    expect(opened).toHaveLength(2);
  });
});
