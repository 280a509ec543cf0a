import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as tf from '@sessionflow/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadAddon } from './addon/load.js';
import { cudaNative } from './backend.js';
import type { CudaInfo } from './info.js';
import { fakeCuda, fakeFolder, whyNoFake, type FakeSettings } from './testing/fake.js';
import { held } from './testing/onDevice.js';

const reason = whyNoFake();

describe('discovery', () => {
  it('refuses nonsense', () => {
    expect(() => cudaNative({ workspaceLimit: -1 })).toThrow(/workspaceLimit is -1/);
    // @ts-expect-error: a precision that is none
    expect(() => cudaNative({ float32Math: 'fast' })).toThrow(/float32Math is 'fast'\. Give one of exact, tf32, float16, bfloat16/);
  });

  it('comes before other GPUs and takes device_count', async () => {
    const backend = cudaNative();
    expect(backend).toMatchObject({ name: 'cuda-native', deviceType: 'GPU', priority: 20 });
    expect(await backend.discover({ deviceCount: 0 })).toEqual({ devices: [], reason: 'device_count allows no GPU' });
  });

  it('says that the addon is not there', async () => {
    vi.stubEnv('SESSIONFLOW_CUDA_ADDON', '/nowhere/addon.node');
    try {
      expect(loadAddon()).toMatchObject({ reason: expect.stringContaining("Cannot find module '/nowhere/addon.node'") as string });
      expect(await cudaNative().discover({})).toMatchObject({ devices: [], reason: expect.stringContaining('/nowhere/addon.node') as string });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe.skipIf(reason !== undefined)(`discovery on the fake driver${reason === undefined ? '' : `: ${reason}`}`, () => {
  const found = (settings: FakeSettings, config = {}) => {
    fakeCuda().configure(settings);
    return cudaNative(fakeCuda().options).discover(config);
  };
  afterEach(() => { if (reason === undefined) fakeCuda().configure({}); });

  it('says what is missing', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'sessionflow-no-cuda-'));
    try {
      expect(await cudaNative({ libraryPath: empty }).discover({})).toMatchObject({ devices: [], reason: expect.stringMatching(/^no NVIDIA driver: .*libcuda\.so\.1/) as string });
      writeFileSync(join(empty, 'libcuda.so.1'), 'no library');
      expect((await cudaNative({ libraryPath: empty }).discover({})).reason).toContain('libcuda.so.1: file too short');
    } finally {
      rmSync(empty, { recursive: true });
    }
    expect(await found({ version: 11030 })).toEqual({ devices: [], reason: 'driver too old: it speaks CUDA 11.3, and 11.4 is needed' });
    expect(await found({ devices: 0 })).toEqual({ devices: [], reason: 'no device: the driver is here but finds no GPU' });
    // A driver that is older than the only NVRTC cannot load what that makes.
    expect(await found({ version: 12080 })).toMatchObject({ devices: [], reason: expect.stringMatching(/^NVRTC missing: .*libnvrtc\.so\.12/) as string });
  });

  it('describes each GPU', async () => {
    const { devices } = await found({ devices: 2, memory: 1 << 28 });
    expect(devices.map(({ ordinal, physical }) => [ordinal, physical])).toEqual([[0, 0], [1, 1]]);
    expect(devices[1]).toMatchObject({
      deviceType: 'GPU', memoryLimit: 1 << 28, capability: 80, controlFlow: false,
      description: 'device: 1, name: Fake GPU, pci bus id: 0000:02:00.0, compute capability: 8.0',
      details: { 'compute capability': '8.0', driver: '13.0', NVRTC: '13.0', 'memory pools': true },
    });
    expect(devices[0]!.storage).toMatchObject({ bool: { as: 'bool' }, bfloat16: { as: 'bfloat16' } });
    expect(devices[0]!.storage.string).toBeUndefined();
  });

  it('takes the part of memory that gpu_options give', async () => {
    const { devices } = await found({ memory: 1 << 28 }, { memoryFraction: 0.25 });
    expect(devices[0]!.memoryLimit).toBe(1 << 26);
  });

  it('takes a named part at once, unless it may grow; what others hold is left out', async () => {
    const megabytes = async (config: tf.ConfigProto, settings: FakeSettings): Promise<number> => {
      fakeCuda().configure({ memory: 1 << 28, ...settings });
      const graph = new tf.Graph();
      const [x, y] = graph.asDefault(() => graph.device('/gpu:0', () => {
        const fed = tf.placeholder('float32', [2]);
        return [fed, tf.add(fed, tf.constant(1))] as const;
      }));
      const session = new tf.Session({ graph, backends: [tf.reference(), cudaNative(fakeCuda().options)], config });
      expect((await session.run(y, [[x, [1, 2]]])).toArray()).toEqual([2, 3]);
      const { peakBytes } = fakeCuda().counts();
      await session.close();
      return peakBytes / 2 ** 20;
    };
    const half = { perProcessGpuMemoryFraction: 0.5 };
    expect(await megabytes({ gpuOptions: half }, {})).toBeGreaterThanOrEqual(128);
    expect(await megabytes({ gpuOptions: half }, { failAllocation: 1 })).toBeCloseTo(128 * 0.9, 0);
    expect(await megabytes({ gpuOptions: { ...half, allowGrowth: true } }, {})).toBeLessThan(1);
    expect(await megabytes({ gpuOptions: half }, { hasPools: false })).toBeLessThan(1);
    expect(await megabytes({}, {})).toBeLessThan(1);
  });

  it('opens the logical devices of one GPU beside each other, each with its own memory', async () => {
    fakeCuda().configure({ devices: 3, memory: 1 << 28 });
    const registry = new tf.DeviceRegistry([cudaNative(fakeCuda().options)]);
    const [report] = await registry.discover({ deviceCount: {}, visibleDeviceList: '2,0', virtualDevices: [{ memoryLimitMb: [64, 32] }, { memoryLimitMb: [] }] });
    const infos = report!.devices.map(({ info }) => info as CudaInfo);
    expect(infos.map(({ physical, memoryLimit }) => [physical, memoryLimit >> 20])).toEqual([[2, 64], [2, 32], [0, 256]]);
    const [a, b] = await Promise.all(infos.slice(0, 2).map((info) => report!.backend.open(info)));
    const buffer = a!.allocate(60 << 20);
    expect(() => b!.allocate(60 << 20)).toThrow('OOM when allocating');
    a!.release(buffer);
    await Promise.all([a!.close(), b!.close()]);
  });
});

describe.skipIf(reason !== undefined)('sessions on the fake driver', () => {
  const chain = () => {
    const graph = new tf.Graph();
    return graph.asDefault(() => {
      const x = tf.placeholder('float32', { shape: [4], name: 'x' });
      const y = tf.add(tf.mul(x, 2, { name: 'twice' }), 1, { name: 'more' });
      return { graph, x, y, z: tf.floorDiv(tf.placeholder('int32', { shape: [2], name: 'n' }), tf.placeholder('int32', { shape: [2], name: 'd' }), { name: 'whole' }) };
    });
  };
  const backend = () => cudaNative(fakeCuda().options);
  const untouched = async (run: () => Promise<void>): Promise<void> => {
    const before = held(fakeCuda().counts());
    try {
      await run();
      expect(held(fakeCuda().counts())).toEqual(before);
    } finally {
      fakeCuda().configure({});
    }
  };

  it.each([
    ['an allocation fails', { failAllocation: 1 }, tf.ResourceExhaustedError, /OOM when allocating/],
    ['a launch is refused', { failLaunch: 1 }, tf.InternalError, /node (twice|more)/],
    ['a kernel reads where it must not', { faultKernel: 1 }, tf.UnavailableError, /ILLEGAL_ADDRESS[^]*node (twice|more)/],
    ['the device disappears', { loseDevice: 1 }, tf.UnavailableError, /DEVICE_UNAVAILABLE[^]*node (twice|more)/],
  ])('when %s: the run says so, nothing leaks, the next session works', (_, settings, kind, message) => untouched(async () => {
    const one = backend();
    const { graph, x, y } = chain();
    {
      await using session = new tf.Session({ graph, backends: [one] });
      await session.plan([y], { [x.name]: [1, 2, 3, 4] }).catch(() => undefined);
      fakeCuda().configure(settings);
      const error: unknown = await session.run(y, { [x.name]: [1, 2, 3, 4] }).then(() => undefined, (caught: unknown) => caught);
      if (error !== undefined) {
        expect(error).toBeInstanceOf(kind);
        expect((error as Error).message).toMatch(message);
      } else expect(settings).toHaveProperty('failAllocation');
    }
    fakeCuda().configure({});
    await using session = new tf.Session({ graph, backends: [one] });
    expect((await session.run(y, { [x.name]: [1, 2, 3, 4] })).toArray()).toEqual([3, 5, 7, 9]);
  }));

  it('says why, where the driver does not let a process open a failed device anew', () => untouched(async () => {
    const one = backend();
    const { graph, x, y } = chain();
    const fed = { [x.name]: [1, 2, 3, 4] };
    fakeCuda().configure({ faultKernel: 1, staysBroken: true });
    for (const [turn, message] of [/ILLEGAL_ADDRESS[^]*node (twice|more)/, /GPU 0 failed while opening the device: .*ILLEGAL_ADDRESS/].entries()) {
      await using session = new tf.Session({ graph, backends: [one] });
      const error: unknown = await session.run(y, fed).then(() => undefined, (caught: unknown) => caught);
      expect(error, `session ${turn}`).toBeInstanceOf(tf.UnavailableError);
      expect((error as Error).message).toMatch(message);
    }
  }));

  it("gives TensorFlow's error for an integer division by zero, with its node", () => untouched(async () => {
    const { graph, z } = chain();
    await using session = new tf.Session({ graph, backends: [backend()] });
    await expect(session.run(z, { 'n:0': [7, -7], 'd:0': [2, 0] })).rejects.toThrow(/Integer division by zero[^]*node whole/);
    expect((await session.run(z, { 'n:0': [7, -7], 'd:0': [2, 2] })).toArray()).toEqual([3, -4]);
  }));

  it('runs in a worker thread, which frees everything when it is ended', () => untouched(async () => {
    const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      const { Driver } = require(workerData.addon);
      const driver = new Driver({ folders: [workerData.folder] }, () => undefined);
      const context = driver.openContext(0);
      const stream = driver.createStream(context);
      const address = driver.allocate(context, driver.createPool(context, 0), stream, 1000);
      driver.clear(stream, address, 1000);
      driver.createGraph(context);
      driver.createStaging(context, 100);
      driver.notify(stream, 1);
      parentPort.postMessage('ready');
      setInterval(() => undefined, 1000);`;
    const worker = new Worker(code, { eval: true, workerData: { folder: fakeFolder, addon: join(fakeFolder, '../sessionflow_cuda.node') } });
    await new Promise((resolve, reject) => { worker.once('message', resolve).once('error', reject); });
    expect(fakeCuda().counts().allocations).toBeGreaterThan(0);
    await worker.terminate();
  }));
});
