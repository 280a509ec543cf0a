/** What a program sees: sessions on WebGPU whose device is lost, full, or refuses a call; and what `gpu_options` say of it. */
import * as tf from '@sessionflow/core';
import { Graph, HostTensor, InternalError, ResourceExhaustedError, Session, UnavailableError, constant, device, placeholder, type Backend, type OpError } from '@sessionflow/core';
import { describe, expect, it } from 'vitest';
import { webgpu } from './backend.js';
import type { WebGpuDevice } from './device.js';
import { findGpu } from './gpu.js';
import { isMissing } from './testing/onDevice.js';

interface Watched {
  readonly backend: Backend;
  /** What the backend has opened so far, and the GPUDevice behind each. */
  readonly opened: { readonly own: WebGpuDevice; readonly gpu: GPUDevice }[];
}

/** A backend that lets the test see its devices; `limits` are what the adapter says instead of its own. */
async function watched(limits: Readonly<Partial<Record<keyof GPUSupportedLimits, number>>> = {}): Promise<Watched> {
  const found = await findGpu(undefined);
  if ('reason' in found) throw new Error(found.reason);
  const gpus: GPUDevice[] = [];
  const gpu = {
    requestAdapter: async (options?: GPURequestAdapterOptions) => {
      const adapter = await found.gpu.requestAdapter(options);
      if (adapter === null) return null;
      const requestDevice = adapter.requestDevice.bind(adapter);
      const own = adapter.limits;
      Object.defineProperty(adapter, 'limits', { value: new Proxy(own, { get: (_, name) => (Reflect.get(limits, name) ?? Reflect.get(own, name)) as unknown }) });
      return Object.defineProperty(adapter, 'requestDevice', {
        value: async (descriptor: GPUDeviceDescriptor) => {
          const made = await requestDevice(descriptor);
          gpus.push(made);
          return made;
        },
      });
    },
  } as GPU;
  const backend = webgpu({ gpu });
  const opened: Watched['opened'] = [];
  return {
    opened,
    backend: {
      ...backend,
      open: async (info) => {
        const own = await backend.open(info as never) as WebGpuDevice;
        opened.push({ own, gpu: gpus.at(-1)! });
        return own;
      },
    },
  };
}

/** A product of 256 × 256, some times over, in a graph of its own. */
function products(count: number) {
  const graph = new Graph();
  return graph.asDefault(() => {
    const x = placeholder('float32', [256, 256], { name: 'x' });
    let y = x;
    for (let i = 0; i < count; i++) y = tf.matMul(y, x, { name: `layer_${i}/product` });
    return { graph, y, feeds: { 'x:0': HostTensor.full([256, 256], 1 / 256, 'float32') } };
  });
}

const failed = async (call: Promise<unknown>): Promise<unknown> => call.then(() => undefined, (error: unknown) => error);

describe.skipIf(isMissing)('a run of a plan that is there', () => {
  it('is one submission, with everything that it needs made before', async () => {
    const { backend, opened } = await watched();
    const { graph, y, feeds } = products(8);
    await using session = new Session({ graph, backends: [backend] });
    await session.run(y, feeds);
    const { gpu } = opened[0]!;
    const calls: string[] = [];
    const spy = (owner: object, name: string): void => {
      const plain = Reflect.get(owner, name) as (...args: unknown[]) => unknown;
      Object.defineProperty(owner, name, { configurable: true, value: (...args: unknown[]) => {
        calls.push(name);
        return plain.apply(owner, args);
      } });
    };
    spy(gpu.queue, 'submit');
    for (const name of ['createBuffer', 'createBindGroup', 'createComputePipeline', 'createComputePipelineAsync', 'createShaderModule']) spy(gpu, name);
    for (let i = 0; i < 3; i++) {
      expect((await session.run(y, feeds)).data.every((value) => Math.abs(value - 1 / 256) < 1e-6)).toBe(true);
      expect(calls.splice(0)).toEqual(['submit']);
    }
  });
});

describe.skipIf(isMissing)('a session on WebGPU', () => {
  it('fails a run whose device is lost, with the right error; the next session works, and nothing is left allocated', async () => {
    const { backend, opened } = await watched();
    const { graph, y, feeds } = products(12);
    {
      await using session = new Session({ graph, backends: [backend] });
      await session.run(y, feeds);
      const running = failed(session.run(y, feeds));
      // The run is under way when the device goes.
      await new Promise((resolve) => setTimeout(resolve, 5));
      opened[0]!.gpu.destroy();
      const error = await running;
      expect(error).toBeInstanceOf(UnavailableError);
      expect((error as OpError).message).toMatch(/The WebGPU device was lost: /);
      expect((error as OpError).message).toMatch(/layer_\d+\/product/);
      expect(await failed(session.run(y, feeds)), 'the session has lost its device for good').toBeInstanceOf(UnavailableError);
    }
    await using next = new Session({ graph, backends: [backend] });
    expect((await next.run(y, feeds)).data[0]).toBeCloseTo(1 / 256, 6);
    await next.close();
    expect(opened.length).toBe(2);
    for (const { own } of opened) expect(own.memory()).toMatchObject({ buffers: 0, bytes: 0 });
  });

  it('fails only the run that needs more memory than gpu_options allow, and goes on', async () => {
    const { backend, opened } = await watched();
    const graph = new Graph();
    const { y } = graph.asDefault(() => ({ y: tf.exp(placeholder('float32', [null], { name: 'x' }), { name: 'layer/exp' }) }));
    const config = { gpuOptions: { experimental: { virtualDevices: [{ memoryLimitMb: [1] }] } } };
    {
      await using session = new Session({ graph, backends: [backend], config });
      const error = await failed(session.run(y, { 'x:0': HostTensor.full([1 << 19], 1, 'float32') }));
      expect(error).toBeInstanceOf(ResourceExhaustedError);
      expect((error as OpError).message).toMatch(/OOM when allocating/);
      expect((await session.run(y, { 'x:0': HostTensor.full([1 << 10], 0, 'float32') })).data[7]).toBe(1);
    }
    expect(opened[0]!.own.memory()).toMatchObject({ buffers: 0, bytes: 0 });
  });

  it.each([
    { title: 'a value', make: (x: tf.Tensor) => tf.tile(x, [1024], { name: 'layer/large' }) },
    { title: 'a value inside', make: (x: tf.Tensor) => tf.reduceSum(tf.cumsum(tf.tile(x, [1024], { name: 'layer/large' }))) },
    { title: 'a constant', make: (x: tf.Tensor) => tf.mul(x, constant(new Float32Array(1 << 20), { dtype: 'float32', shape: [1024, 1024] }), { name: 'layer/large' }) },
  ])('refuses $title that is larger than a binding of the adapter, with the node and the sizes, and goes on', async ({ make }) => {
    const { backend, opened } = await watched({ maxBufferSize: 1 << 22, maxStorageBufferBindingSize: 1 << 20 });
    const graph = new Graph();
    const [large, small] = graph.asDefault(() => {
      const x = placeholder('float32', [1024], { name: 'x' });
      return [make(x), tf.exp(x)];
    });
    const feeds = { 'x:0': HostTensor.full([1024], 0, 'float32') };
    {
      await using session = new Session({ graph, backends: [backend] });
      const error = await failed(session.run(large, feeds));
      expect(error).toBeInstanceOf(ResourceExhaustedError);
      expect((error as OpError).message).toMatch(/OOM when allocating 4194304 bytes on the WebGPU device: a buffer of this adapter holds at most 1048576 bytes\..*node layer\/large /s);
      expect((error as OpError).op?.name).toBe('layer/large');
      expect((await session.run(small, feeds)).data[1023]).toBe(1);
    }
    expect(opened[0]!.own.memory()).toMatchObject({ buffers: 0, bytes: 0 });
  });

  it('obeys an adapter that has little: bindings, threads and memory of a workgroup', async () => {
    const little = { maxStorageBuffersPerShaderStage: 4, maxComputeInvocationsPerWorkgroup: 64, maxComputeWorkgroupSizeX: 64, maxComputeWorkgroupStorageSize: 4096 };
    const { backend, opened } = await watched(little);
    const graph = new Graph();
    const results = graph.asDefault(() => {
      const x = placeholder('float32', [64, 64], { name: 'x' });
      const many = Array.from({ length: 9 }, (_, i) => tf.mul(tf.add(x, i), x));
      return [tf.matMul(x, x), tf.nn.softmax(x), tf.cumsum(x, { axis: 1 }), tf.reduceSum(x), tf.addN(many), tf.concat(many, 1)];
    });
    const feeds = { 'x:0': HostTensor.full([64, 64], 0.5, 'float32') };
    await using session = new Session({ graph, backends: [backend] });
    const last = (await session.run(results, feeds)).map(({ data }) => Number(data.at(-1)));
    [16, 1 / 64, 32, 2048, 20.25, 4.25].forEach((value, i) => expect(last[i]).toBeCloseTo(value, 4));
    expect(opened[0]!.own.info).toMatchObject({ limits: { bindings: 3 }, workgroupThreads: 64, workgroupBytes: 4096 });
  });

  it('gives an error of the values to the run that has them, and to none of those that run beside it', async () => {
    const graph = new Graph();
    const picked = graph.asDefault(() => tf.gather(tf.mul(placeholder('float32', [3], { name: 'x' }), 2), placeholder('int32', [1], { name: 'i' }), { name: 'layer/pick' }));
    await using session = new Session({ graph, backends: [webgpu()] });
    const pick = async (i: number): Promise<unknown> => session.run(picked, { 'x:0': [1, 2, 3], 'i:0': [i] }).then(({ data }) => data[0], (error: unknown) => (error as OpError).op?.name);
    for (let round = 0; round < 3; round++) expect(await Promise.all([0, 9, 2, -1, 1].map(pick))).toEqual([2, 'layer/pick', 6, 'layer/pick', 4]);
  });

  it('fails the run that WebGPU refuses, naming a node, and goes on', async () => {
    const { backend, opened } = await watched();
    const { graph, y, feeds } = products(2);
    {
      await using session = new Session({ graph, backends: [backend] });
      await session.run(y, feeds);
      const { gpu } = opened[0]!;
      // A bind group as no dispatch accepts it: with the first of its buffers in the place of every other.
      const createBindGroup = gpu.createBindGroup.bind(gpu);
      gpu.createBindGroup = (descriptor) => {
        const entries = [...descriptor.entries];
        return createBindGroup({ ...descriptor, entries: entries.map((entry) => ({ ...entry, resource: entries[0]!.resource })) });
      };
      const bigger = { 'x:0': HostTensor.full([256, 256], 1, 'float32') };
      const other = graph.asDefault(() => tf.matMul(tf.neg(y), y, { name: 'refused/product' }));
      const error = await failed(session.run(other, bigger));
      expect(error).toBeInstanceOf(InternalError);
      expect((error as OpError).message).toMatch(/WebGPU says: /);
      expect((error as OpError).message).toMatch(/\/product/);
      gpu.createBindGroup = createBindGroup;
      expect((await session.run(y, feeds)).data[0]).toBeCloseTo(1 / 256, 6);
    }
    expect(opened[0]!.own.memory()).toMatchObject({ buffers: 0, bytes: 0 });
  });
});

describe.skipIf(isMissing)('gpu_options', () => {
  const limits = async (config: NonNullable<tf.SessionOptions['config']>): Promise<number[]> => {
    await using session = new Session({ graph: new Graph(), backends: [webgpu()], config });
    return (await session.listDevices()).filter(({ deviceType }) => deviceType === 'GPU').map(({ memoryLimitBytes }) => memoryLimitBytes);
  };

  it('are honoured: a fraction of the memory, the visible devices, virtual devices', async () => {
    const [all] = await limits({});
    expect(await limits({ gpuOptions: { perProcessGpuMemoryFraction: 0.25 } })).toEqual([Math.floor(all! / 4)]);
    expect(await limits({ gpuOptions: { visibleDeviceList: '0' } })).toEqual([all]);
    await expect(limits({ gpuOptions: { visibleDeviceList: '1' } })).rejects.toThrow("'visible_device_list' listed an invalid GPU id '1' but visible device count is 1");
    expect(await limits({ gpuOptions: { experimental: { virtualDevices: [{ memoryLimitMb: [16, 32] }] } } })).toEqual([16 << 20, 32 << 20]);
  });

  it('make virtual devices that work side by side, each under its own limit', async () => {
    const graph = new Graph();
    const sum = graph.asDefault(() => {
      const ones = constant(Array.from({ length: 64 }, () => 1), { dtype: 'float32' });
      const parts = [0, 1].map((i) => device(`/gpu:${i}`, () => tf.exp(tf.mul(ones, constant(i, { dtype: 'float32' })), { name: `part_${i}` })));
      return device('/gpu:1', () => tf.add(parts[0]!, parts[1]!, { name: 'sum' }));
    });
    await using session = new Session({ graph, backends: [webgpu()], config: { gpuOptions: { experimental: { virtualDevices: [{ memoryLimitMb: [1, 1] }] } }, graphOptions: { optimizerOptions: { optLevel: 'L0' } } } });
    expect((await session.run(sum)).data[9]).toBeCloseTo(1 + Math.E, 5);
    const { nodes } = await session.explainPlacement(sum);
    expect(new Set(nodes.map(({ device: where }) => where.slice(-5)))).toEqual(new Set(['GPU:0', 'GPU:1']));
  });
});
