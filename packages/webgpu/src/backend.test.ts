import fs from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { webgpu } from './backend.js';
import { isMissing } from './testing/onDevice.js';

/** An entry point that offers no adapter, or fails. */
const entry = (requestAdapter: () => Promise<GPUAdapter | null>): GPU => ({ requestAdapter } as GPU);

describe('discovery without an adapter gives a reason', () => {
  it('where the platform has none, or fails to say', async () => {
    expect(await webgpu({ gpu: entry(async () => null) }).discover({})).toMatchObject({ devices: [], reason: expect.stringMatching('found no adapter') as string });
    const broken = webgpu({ gpu: entry(() => Promise.reject(new TypeError('driver crashed'))) });
    expect(await broken.discover({})).toMatchObject({ devices: [], reason: 'WebGPU gave no adapter: driver crashed' });
  });

  it('where the configuration allows none', async () => {
    const backend = webgpu({ gpu: entry(async () => { throw new Error('nobody should ask'); }) });
    expect(await backend.discover({ deviceCount: 0 })).toMatchObject({ devices: [], reason: 'device_count allows no GPU device' });
  });

  it('where Linux has no Vulkan driver', async () => {
    if (process.platform !== 'linux') return;
    for (const name of ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'VK_ADD_DRIVER_FILES']) vi.stubEnv(name, '');
    for (const name of ['HOME', 'XDG_DATA_DIRS', 'XDG_CONFIG_DIRS']) vi.stubEnv(name, '/nowhere');
    vi.spyOn(fs, 'existsSync').mockReturnValue(false);
    try {
      expect(await webgpu().discover({})).toMatchObject({ devices: [], reason: expect.stringMatching('no Vulkan driver is installed') as string });
    } finally {
      vi.unstubAllEnvs();
      vi.restoreAllMocks();
    }
  });

  it('where Linux is told of a Vulkan driver that is not there', async () => {
    if (process.platform !== 'linux') return;
    vi.stubEnv('VK_ADD_DRIVER_FILES', '');
    vi.stubEnv('VK_DRIVER_FILES', '/nowhere/driver.json');
    try {
      expect(await webgpu().discover({})).toMatchObject({ devices: [], reason: "VK_DRIVER_FILES names no Vulkan driver that is there (it is '/nowhere/driver.json')" });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('in a browser that has no WebGPU', async () => {
    vi.stubGlobal('process', undefined);
    try {
      expect(await webgpu().discover({})).toMatchObject({ devices: [], reason: expect.stringMatching('no navigator.gpu') as string });
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe.skipIf(isMissing)('discovery', () => {
  it('tells limits, features and memory', async () => {
    const { devices, reason } = await webgpu().discover({});
    expect(reason).toBeUndefined();
    const [info] = devices;
    expect(devices).toHaveLength(1);
    expect(info).toMatchObject({ deviceType: 'GPU', ordinal: 0, controlFlow: false, limits: { alignment: 256, sharedBuffers: false } });
    expect(info!.description).toMatch(/^device: 0, name: \S.*, type: WebGPU$/);
    expect(info!.limits.bufferBytes).toBeGreaterThanOrEqual(128 << 20);
    expect(info!.storage.int64).toBeUndefined();
    expect(info!.storage.bool).toEqual({ as: 'int32', grade: 'arithmetic' });
    expect(info!.details).toMatchObject({ f16: info!.features.f16, 'timestamp queries': info!.features.timestamps });
    const half = await webgpu().discover({ memoryFraction: 0.5, deviceCount: 3 });
    expect(half.devices[0]!.memoryLimit).toBe(Math.floor(info!.memoryLimit / 2));
    expect(half.devices).toHaveLength(1);
  });
});
