import { describe, expect, it } from 'vitest';
import { AlreadyExistsError, InvalidArgumentError, ResourceExhaustedError, UnknownError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import * as ops from '../ops/families.js';
import { constant, placeholder } from '../api/values.js';
import { HostTensor } from '../hostTensor.js';
import { reference } from '../reference/reference.js';
import { Session } from '../session/session.js';
import type { Backend } from './device.js';
import type { PhysicalIdentity } from './physical.js';
import { DeviceRegistry, type DeviceConfig } from './registry.js';

const megabyte = 2 ** 20;
const quiet = { info: () => undefined, warning: () => undefined, error: () => undefined };

/** A backend of GPUs with these identities; none: why. */
function gpus(name: string, priority: number, identities: readonly (PhysicalIdentity | undefined)[], reason?: string): Backend {
  const inner = reference({ name, deviceType: 'GPU', priority, devices: Math.max(1, identities.length), memoryLimit: 8 * megabyte });
  return {
    ...inner,
    discover: async (config) => {
      if (identities.length === 0) return { devices: [], reason: reason ?? 'no driver' };
      const { devices } = await inner.discover({ ...config, deviceCount: Math.min(config.deviceCount ?? Infinity, identities.length) });
      return { devices: devices.map((info, i) => ({ ...info, description: `${name} ${i}`, ...(identities[i] === undefined ? {} : { identity: identities[i] }) })) };
    },
  };
}

const unnamed = [undefined, undefined];

async function found(backends: readonly Backend[], config: Partial<DeviceConfig> = {}, allowDuplicates = false): Promise<string[]> {
  const reports = await new DeviceRegistry(backends, { allowDuplicates }).discover({ deviceCount: {}, visibleDeviceList: '', ...config });
  return reports.flatMap(({ backend, devices, reason }) =>
    (devices.length === 0 ? [`${backend.name}: ${reason}`] : devices.map(({ name, info }) => `${name.replace(/^.*device:/, '')} ${info.description || backend.name}`)));
}

describe('discovery', () => {
  it('lists CPUs first, and backends of one type by their priority', async () => {
    expect(await found([gpus('slow', 1, unnamed), reference({ name: 'cpu' }), gpus('fast', 2, [undefined])])).toEqual(['CPU:0 cpu', 'GPU:0 fast 0', 'GPU:1 slow 0', 'GPU:2 slow 1']);
  });

  it('explains absences', async () => {
    const broken: Backend = { ...gpus('broken', 3, []), discover: () => Promise.reject(new Error('the driver crashed')) };
    expect(await found([gpus('none', 1, []), broken])).toEqual(['broken: the driver crashed', 'none: no driver']);
  });

  it('makes as many CPUs as device_count says, and takes no more GPUs than that', async () => {
    const backends = [reference({ name: 'cpu' }), gpus('a', 2, unnamed), gpus('b', 1, unnamed)];
    expect(await found(backends, { deviceCount: { CPU: 4, GPU: 3 } })).toEqual(['CPU:0 cpu', 'CPU:1 cpu', 'CPU:2 cpu', 'CPU:3 cpu', 'GPU:0 a 0', 'GPU:1 a 1', 'GPU:2 b 0']);
    expect(await found(backends, { deviceCount: { GPU: 0 } })).toEqual(['CPU:0 cpu', 'a: device_count allows no more devices of type GPU', 'b: device_count allows no more devices of type GPU']);
  });

  it('asks anew each time: a device may come and go between sessions', async () => {
    let isThere = true;
    const inner = gpus('plugged', 1, [undefined]);
    const backend: Backend = { ...inner, discover: (config) => (isThere ? inner.discover(config) : Promise.resolve({ devices: [], reason: 'unplugged' })) };
    const registry = new DeviceRegistry([reference(), backend]);
    const graph = new Graph();
    const y = graph.asDefault(() => ops.neg(constant(3, { dtype: 'float32' }), { name: 'y' }));
    const where = async (): Promise<string | undefined> => {
      await using session = new Session({ graph, registry, logger: quiet });
      expect((await session.run(y)).toArray()).toBe(-3);
      return (await session.placement()).placement.get('y')?.replace(/^.*device:/, '');
    };
    expect(await where()).toBe('GPU:0');
    isThere = false;
    expect(await where()).toBe('CPU:0');
    isThere = true;
    expect(await where()).toBe('GPU:0');
  });
});

describe('what a registry refuses', () => {
  const registry = (...args: unknown[]): unknown => Reflect.construct(DeviceRegistry, args);
  const shape = 'Expected an object with name, deviceType, priority, kernels, discover and open.';

  it.each<[string, unknown[], string]>([
    ['no list', [reference()], 'DeviceRegistry: expected an array of backends, but an object is given.'],
    ['what is no object', [[3]], `3 is no Backend. ${shape}`],
    ['a backend that is not called', [[reference]], "A function is given for a Backend. Expected what it gives: call it, 'reference()'."],
    ['half a backend', [[{ ...reference(), open: undefined, priority: 'high' }]], `'reference' is no Backend: its priority is "high", its open is undefined. ${shape}`],
    ['a misspelt option', [[], { allowDuplicate: true }], "DeviceRegistry has no option 'allowDuplicate'; it has allowDuplicates. Did you mean 'allowDuplicates'?"],
  ])('%s', (_what, args, message) => {
    expect(() => registry(...args)).toThrow(new TypeError(message));
  });

  it('another backend of one name, and takes the same one twice', () => {
    const first = reference();
    const own = new DeviceRegistry([first, first]);
    expect(own.backends).toEqual([first]);
    expect(() => { own.register(reference()); }).toThrow(new AlreadyExistsError("A backend named 'reference' is registered already. Give one of the two sessions its own registry."));
  });
});

describe('a physical device that two backends see', () => {
  const card = (bus: string): PhysicalIdentity => ({ name: 'NVIDIA H100 80GB', bus });

  it('is offered once, by the first', async () => {
    const first = gpus('first', 2, [card('0000:01:00.0'), card('0000:02:00.0')]);
    expect(await found([first, gpus('second', 1, [{ name: 'nvidia h100-80gb' }])])).toEqual(['GPU:0 first 0', 'GPU:1 first 1', 'second: nvidia h100-80gb is offered by first']);
    expect(await found([first, gpus('second', 1, [card('0000:02:00.0'), card('0000:03:00.0')])])).toEqual(['GPU:0 first 0', 'GPU:1 first 1', 'GPU:2 second 1']);
  });

  it('is not taken for another of its name twice, nor for one that is not known', async () => {
    const three = [{ name: 'RTX' }, { name: 'RTX' }, { name: 'RTX' }, undefined];
    expect(await found([gpus('first', 2, [{ name: 'RTX' }, { name: 'rtx' }, undefined]), gpus('second', 1, three)])).toEqual([
      'GPU:0 first 0', 'GPU:1 first 1', 'GPU:2 first 2', 'GPU:3 second 2', 'GPU:4 second 3',
    ]);
  });

  it('is offered by both where a registry is told so', async () => {
    expect(await found([gpus('first', 2, [card('1')]), gpus('second', 1, [card('1')])], {}, true)).toEqual(['GPU:0 first 0', 'GPU:1 second 0']);
  });
});

describe('visible_device_list', () => {
  const backends = [gpus('a', 2, unnamed), gpus('b', 1, [undefined])];

  it('chooses among the GPUs of all backends, in its order, before device_count', async () => {
    const chosen = async (visibleDeviceList: string, deviceCount = {}): Promise<string[]> => (await found(backends, { visibleDeviceList, deviceCount })).sort();
    expect(await chosen('2,0')).toEqual(['GPU:0 b 0', 'GPU:1 a 0']);
    expect(await chosen('1')).toEqual(['GPU:0 a 1', 'b: device_count or gpu_options leave out its devices of type GPU']);
    expect(await chosen('2,1,0', { GPU: 2 })).toEqual(['GPU:0 b 0', 'GPU:1 a 1']);
  });

  it('has TensorFlow’s errors', async () => {
    await expect(found(backends, { visibleDeviceList: '0,3' })).rejects.toThrow(new InvalidArgumentError("'visible_device_list' listed an invalid GPU id '3' but visible device count is 3"));
    await expect(found(backends, { visibleDeviceList: '0,x' })).rejects.toThrow(new InvalidArgumentError("Could not parse entry in 'visible_device_list': 'x'. visible_device_list = 0,x"));
    await expect(found(backends, { visibleDeviceList: '-1' })).rejects.toThrow(new InvalidArgumentError("Could not parse entry in 'visible_device_list': '-1'. visible_device_list = -1"));
    await expect(found(backends, { visibleDeviceList: '1,0,1' })).rejects.toThrow(new InvalidArgumentError('visible_device_list contained a duplicate entry: 1,0,1'));
  });

  it('does nothing where there are no GPUs', async () => {
    expect(await found([reference({ name: 'cpu' }), gpus('a', 1, [])], { visibleDeviceList: '5' })).toEqual(['CPU:0 cpu', 'a: no driver']);
  });
});

describe('virtual_devices', () => {
  const backends = [reference(), gpus('a', 2, unnamed)];

  it('split a GPU into logical ones with memory of their own', async () => {
    const reports = await new DeviceRegistry(backends).discover({ deviceCount: {}, visibleDeviceList: '', virtualDevices: [{ memoryLimitMb: [1, 2] }, { memoryLimitMb: [] }] });
    expect(reports[1]?.devices.map(({ name, info }) => [name.slice(-5), info.description, info.memoryLimit / megabyte, info.logical, info.limits.bufferBytes / megabyte])).toEqual([
      ['GPU:0', 'a 0', 1, 0, 1], ['GPU:1', 'a 0', 2, 1, 2], ['GPU:2', 'a 1', 8, undefined, 8],
    ]);
  });

  it('are devices of a session, each with its own limit', async () => {
    const graph = new Graph();
    const x = graph.asDefault(() => placeholder('float32', [null], { name: 'x' }));
    const on = (device: string) => graph.asDefault(() => graph.device(device, () => ops.neg(x)));
    const [small, large] = [on('/gpu:0'), on('/gpu:1')];
    const config = { gpuOptions: { experimental: { virtualDevices: [{ memoryLimitMb: [1, 7] }] } } };
    await using session = new Session({ graph, backends, config, logger: quiet });
    const fed = (size: number) => new Map([[x, HostTensor.full([size], 1)]]);
    expect((await session.run(small, fed(1000))).size).toBe(1000);
    expect((await session.run(large, fed(500_000))).size).toBe(500_000);
    await expect(session.run(small, fed(500_000))).rejects.toThrow(ResourceExhaustedError);
  });

  it('leave out GPUs beyond their entries, and have TensorFlow’s errors', async () => {
    expect(await found(backends, { virtualDevices: [{ memoryLimitMb: [4] }] })).toEqual(['CPU:0 reference', 'GPU:0 a 0']);
    const entry = { memoryLimitMb: [1] };
    await expect(found(backends, { virtualDevices: [entry, entry, entry] })).rejects.toThrow(new UnknownError('Not enough GPUs to create virtual devices. num_gpus_to_use: 2 #virtual_devices: 3'));
    await expect(found(backends, { virtualDevices: [entry, entry], deviceCount: { GPU: 1 } })).rejects.toThrow('num_gpus_to_use: 1 #virtual_devices: 2');
    await expect(found(backends, { virtualDevices: [{ memoryLimitMb: [0] }] })).rejects.toThrow('virtual_devices: memory_limit_mb is 0, but a 0 has 8 MB. Expected more than 0, and at most that.');
    await expect(found(backends, { virtualDevices: [{ memoryLimitMb: [1, 2], priority: [0] }] })).rejects.toThrow(
      "Number of virtual device priorities specified doesn't match with number of memory_limit_mb specified for GPU# 0 memory_limit_mb size: 2 and priority size: 1",
    );
  });
});
