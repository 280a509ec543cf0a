import { describe, expect, it, vi } from 'vitest';
import { cpuWasm } from './backend.js';

describe('discovery', () => {
  it('finds one CPU, or as many as device_count says', async () => {
    const backend = cpuWasm();
    expect(backend).toMatchObject({ name: 'cpu-wasm', deviceType: 'CPU' });
    const { devices, reason } = await backend.discover({});
    expect(reason).toBeUndefined();
    expect(devices).toHaveLength(1);
    expect(devices[0]).toMatchObject({ deviceType: 'CPU', ordinal: 0, controlFlow: true, features: { sharedMemory: true } });
    expect(devices[0]!.storage.float32).toEqual({ as: 'float32', grade: 'arithmetic' });
    expect(devices[0]!.storage.string).toBeUndefined();
    expect((await backend.discover({ deviceCount: 3 })).devices.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2]);
    expect(await backend.discover({ deviceCount: 0 })).toMatchObject({ devices: [], reason: expect.stringMatching('device_count') as string });
  });

  it('takes threads and memory from its options, and refuses nonsense', async () => {
    const { devices } = await cpuWasm({ threads: 3, memoryLimit: 1 << 20 }).discover({});
    expect(devices[0]).toMatchObject({ threads: 3, memoryLimit: 1 << 20, details: { threads: 3 } });
    expect(() => cpuWasm({ threads: -1 })).toThrow(/threads is -1/);
    expect(() => cpuWasm({ threads: 1.5 })).toThrow(/threads is 1\.5/);
    expect(() => cpuWasm({ memoryLimit: NaN })).toThrow(/memoryLimit is NaN/);
  });

  it('says why there is nothing, or but one thread', async () => {
    const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    expect(await cpuWasm().discover({})).toMatchObject({ devices: [], reason: expect.stringMatching('no WebAssembly SIMD') as string });
    validate.mockRestore();
    vi.stubGlobal('SharedArrayBuffer', undefined);
    try {
      const { devices } = await cpuWasm({ threads: 4 }).discover({});
      expect(devices[0]).toMatchObject({ threads: 1, features: { sharedMemory: false } });
      expect(devices[0]!.details['no threads because']).toMatch('Cross-Origin-Opener-Policy');
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
