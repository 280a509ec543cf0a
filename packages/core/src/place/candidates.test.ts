import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../errors.js';
import type { PlaceGraphOptions } from './placeGraphOptions.js';
import { devices, error, full, node, placed, task, thrown, typed, where } from './testing/fakes.js';

const soft = { allowSoftPlacement: true };
const cpu0 = '/device:FakeCPU:0';
const gpu0 = '/device:FakeGPU:0';

describe('a node that asks for nothing', () => {
  it('goes to the preferred type that has a kernel, first device by name as text', () => {
    expect(
      where([node('in', 'Input'), node('both', 'Relu', ['in']), node('cpu', 'ReluOnCpu', ['in:1']), node('gpu', 'ReluOnGpu', ['in'])]),
    ).toEqual({ in: 'CPU:0', both: 'GPU:0', cpu: 'CPU:0', gpu: 'GPU:0' });
  });

  it('takes GPU:10 before GPU:2', () => {
    const two = devices.filter(({ name }) => name !== full('GPU:0'));
    expect(where([node('in', 'Input'), node('n', 'Relu', ['in'])], { devices: two })).toMatchObject({ n: 'GPU:10' });
  });

  it('follows kernel priorities before types', () => {
    expect(
      where([
        node('in', 'Input'),
        node('cpu', 'ReluPrefersCpu', ['in']),
        node('gpu', 'ReluPrefersGpu', ['in']),
        node('both', 'ReluWithPriorities', ['in']),
      ]),
    ).toEqual({ in: 'CPU:0', cpu: 'CPU:0', gpu: 'GPU:0', both: 'CPU:0' });
  });

  it('prefers types of equal rank by name, and types by their rank', () => {
    const ranked = (cpu: number, gpu: number): PlaceGraphOptions['devices'] =>
      devices.map((device) => ({ ...device, priority: device.type === 'FakeCPU' ? cpu : gpu }));
    const nodes = [node('in', 'Input'), node('n', 'Relu', ['in'])];
    expect(where(nodes, { devices: ranked(1, 1) })).toMatchObject({ n: 'CPU:0' });
    expect(where(nodes, { devices: ranked(2, 1) })).toMatchObject({ n: 'CPU:0' });
    expect(where(nodes, { devices: ranked(1, 2) })).toMatchObject({ n: 'GPU:0' });
  });

  it('prefers GPU to CPU to other types where no rank is said', () => {
    const set = ['Other', 'CPU', 'GPU'].map((type) => ({
      name: `${task}/device:${type}:0`,
      type,
      supports: { Generator: true as const, Relu: true as const },
    }));
    const nodes = [node('g', 'Generator'), node('n', 'Relu', ['g'])];
    expect(placed(nodes, { devices: set }).placement['n']).toBe(`${task}/device:GPU:0`);
    expect(placed(nodes, { devices: set.slice(0, 2) }).placement['n']).toBe(`${task}/device:CPU:0`);
  });

  it('goes to the default device where that can run it', () => {
    const nodes = [
      node('in', 'Input'),
      node('both', 'Relu', ['in']),
      node('gpu', 'ReluOnGpu', ['in']),
      node('other', 'Relu', ['in'], { device: '/device:FakeGPU:2' }),
    ];
    expect(where(nodes, { defaultDevice: full('CPU:1') })).toEqual({ in: 'CPU:1', both: 'CPU:1', gpu: 'GPU:0', other: 'GPU:2' });
  });
});

describe('a node that asks for a device', () => {
  it('gets it', () => {
    expect(
      where([
        node('in', 'Input', [], { device: '/device:FakeCPU:1' }),
        node('n', 'Relu', ['in'], { device: '/device:FakeGPU:2' }),
        node('wide', 'Relu', ['in'], { device: '/job:a' }),
        node('type', 'Relu', ['in'], { device: '/device:FakeCPU:*' }),
      ]),
    ).toEqual({ in: 'CPU:1', n: 'GPU:2', wide: 'GPU:0', type: 'CPU:0' });
  });

  it('is refused where there is no such device', () => {
    const names = [...devices]
      .map(({ name }) => name)
      .sort()
      .join(', ');
    expect(thrown(() => placed([node('in', 'Input', [], { device: '/job:a/device:FakeCPU:11' })]))).toEqual(
      error(
        'InvalidArgumentError',
        `Cannot assign a device for operation in: {{node in}} was explicitly assigned to /job:a/device:FakeCPU:11 but available devices are [ ${names} ]. ` +
          'Make sure the device specification refers to a valid device.\n\t [[in]]',
      ),
    );
  });

  it('hears about a build without GPUs when it asks for one', () => {
    const message = (options: Partial<PlaceGraphOptions>): string => {
      try {
        placed([node('g', 'Generator', [], { device: '/gpu:0' })], options);
      } catch (error) {
        return error instanceof InvalidArgumentError ? error.message : String(error);
      }
      return '';
    };
    const hint = ' The requested device appears to be a GPU, but CUDA is not enabled.';
    expect(message({})).toContain(`refers to a valid device.${hint}\n\t [[g]]`);
    expect(message({ hasGpuSupport: true })).not.toContain(hint);
    const withGpu = [...devices, { name: `${task}/device:GPU:7`, type: 'GPU', supports: {} }];
    expect(message({ devices: withGpu })).toContain('available devices are [');
    expect(message({ devices: withGpu })).not.toContain(hint);
  });

  it('is refused where the device has no kernel, with the group and the kernels', () => {
    expect(thrown(() => placed([node('in', 'Input', [], { device: gpu0, attr: typed('T', 'DT_FLOAT') })]))).toEqual(
      error(
        'InvalidArgumentError',
        "Cannot assign a device for operation in: Could not satisfy explicit device specification '/device:FakeGPU:0' because no supported kernel for FakeGPU " +
          'devices is available.\nColocation Debug Info:\nColocation group had the following types and supported devices: \n' +
          "Root Member(assigned_device_name_index_=-1 requested_device_name_='/device:FakeGPU:0' assigned_device_name_='' resource_device_name_='' " +
          'supported_device_types_=[FakeCPU] possible_devices_=[])\nInput: FakeCPU \n\n' +
          'Colocation members, user-requested devices, and framework assigned devices, if any:\n  in (Input) /device:FakeGPU:0\n\n' +
          "Op: Input\nNode attrs: T=DT_FLOAT\nRegistered kernels:\n  device='FakeCPU'\n\n\t [[{{node in}}]]",
      ),
    );
  });

  it('is refused without the type where it asks for none', () => {
    const noCpu = devices.filter(({ type }) => type === 'FakeGPU');
    expect(() => placed([node('in', 'Input', [], { device: '/task:0' })], { devices: noCpu })).toThrow(
      /No OpKernel was registered to support Op 'Input'/,
    );
    const elsewhere = [...devices.slice(2), { ...devices[0]!, name: '/job:b/replica:0/task:0/device:FakeCPU:0' }];
    expect(() => placed([node('in', 'Input', [], { device: '/job:a' })], { devices: elsewhere })).toThrow(
      "Could not satisfy explicit device specification '/job:a\nColocation Debug Info:",
    );
  });

  it('is refused, and told where, when its name is malformed', () => {
    expect(thrown(() => placed([node('in', 'Input', [], { device: '/job:foo/nonsense', attr: typed('T', 'DT_FLOAT') })]))).toEqual(
      error(
        'InvalidArgumentError',
        "Malformed device specification '/job:foo/nonsense' in node: {name:'in' id:2 op device:{} def:{{{node in}} = Input[T=DT_FLOAT, " +
          '_device="/job:foo/nonsense"]()}}\n\t [[in]]',
      ),
    );
  });
});

describe('soft placement', () => {
  it('moves a node whose device cannot run it; without it, that is an error', () => {
    const nodes = [node('in', 'Input', [], { device: gpu0 }), node('n', 'ReluOnGpu', ['in'], { device: '/device:FakeCPU:1' })];
    expect(where(nodes, soft)).toEqual({ in: 'CPU:0', n: 'GPU:0' });
    expect(() => placed(nodes)).toThrow(InvalidArgumentError);
  });

  it('moves a node whose device does not exist; without it, that is an error', () => {
    const nodes = [node('in', 'Input', [], { device: '/device:FakeCPU:9' }), node('n', 'Relu', ['in'], { device: '/device:NoSuch:0' })];
    expect(where(nodes, soft)).toEqual({ in: 'CPU:0', n: 'GPU:0' });
    expect(() => placed(nodes)).toThrow(InvalidArgumentError);
  });

  it('keeps job, replica and task', () => {
    expect(() => placed([node('in', 'Input', [], { device: '/job:nosuch' })], soft)).toThrow(
      /{{node in}} was explicitly assigned to \/job:nosuch but/,
    );
    expect(() => placed([node('in', 'Input', [], { device: `/job:a/replica:1${gpu0}` })], soft)).toThrow(InvalidArgumentError);
    const two = [...devices, ...devices.map((device) => ({ ...device, name: device.name.replace('/task:0', '/task:1') }))];
    expect(placed([node('in', 'Input', [], { device: `/task:1${gpu0}` })], { ...soft, devices: two }).placement['in']).toBe(
      '/job:a/replica:0/task:1/device:FakeCPU:0',
    );
  });

  it('does not invent kernels', () => {
    expect(() => placed([node('v', 'NoKernels')], soft)).toThrow(InvalidArgumentError);
  });

  it('takes the preferred device of all that remain, not one like the asked', () => {
    expect(where([node('in', 'Input'), node('n', 'Relu', ['in'], { device: '/device:FakeGPU:9' })], soft)).toMatchObject({ n: 'GPU:0' });
    expect(where([node('in', 'Input'), node('n', 'Relu', ['in'], { device: '/device:FakeCPU:9' })], soft)).toMatchObject({ n: 'GPU:0' });
  });
});

describe('kernels', () => {
  it('no kernel anywhere', () => {
    expect(thrown(() => placed([node('v', 'NoKernels', [], { attr: { ...typed('b', 'DT_FLOAT'), a: { i: '3' } } })]))).toEqual(
      error(
        'InvalidArgumentError',
        "No OpKernel was registered to support Op 'NoKernels' used by {{node v}}with these attrs: [a=3, b=DT_FLOAT]\n" +
          'Registered devices: [FakeCPU, FakeGPU]\nRegistered kernels:\n  <no registered kernels>\n\n\t [[v]]',
      ),
    );
  });

  it('attributes that the node leaves out are shown with their defaults', () => {
    const defaulted = { name: 'Defaulted', attr: [{ name: 'T', type: 'type', defaultValue: { type: 'DT_HALF' } }, { name: 'N', type: 'int' }, { name: 'A', type: 'int', defaultValue: { i: '2' } }] };
    expect(() => placed([node('v', 'Defaulted', [], { attr: { A: { i: '5' } } })], { opDefs: [defaulted] })).toThrow(
      "No OpKernel was registered to support Op 'Defaulted' used by {{node v}}with these attrs: [A=5, T=DT_HALF]\n",
    );
  });

  it('a kernel for other dtypes', () => {
    const nodes = (dtype: string): object[] => [
      node('in', 'Input'),
      node('n', 'Typed', ['in'], { attr: typed('T', dtype), device: gpu0 }),
    ];
    expect(where(nodes('DT_FLOAT'))).toMatchObject({ n: 'GPU:0' });
    expect(where(nodes('DT_INT32'), soft)).toMatchObject({ n: 'CPU:0' });
    expect(() => placed(nodes('DT_INT32'))).toThrow(
      "Registered kernels:\n  device='FakeCPU'\n  device='FakeGPU'; T in [DT_FLOAT, DT_HALF]\n\n\t [[{{node n}}]]",
    );
    expect(() => placed([node('in', 'Input'), node('n', 'OnlyHalf', ['in'], { attr: typed('T', 'DT_FLOAT') })])).toThrow(
      "with these attrs: [T=DT_FLOAT]\nRegistered devices: [FakeCPU, FakeGPU]\nRegistered kernels:\n  device='FakeGPU'; T in [DT_HALF]\n\n\t [[n]]",
    );
  });

  it('an op that is asked for in another process may have kernels there', () => {
    const other = [...devices, { name: '/job:b/replica:0/task:0/device:FakeGPU:0', type: 'FakeGPU', priority: 51, supports: {} }];
    const remote = (device: string, defaultDevice?: string): string | undefined =>
      placed([node('v', 'NoKernels', [], { device })], { devices: other, defaultDevice }).placement['v'];
    expect(remote('/job:b/device:FakeGPU:0', full('CPU:0'))).toBe('/job:b/replica:0/task:0/device:FakeGPU:0');
    expect(remote('/job:b', full('CPU:0'))).toBe('/job:b/replica:0/task:0/device:FakeGPU:0');
    expect(() => remote('/job:a/device:FakeGPU:0', full('CPU:0'))).toThrow(/No OpKernel/);
    // Nobody says where here is.
    expect(() => remote('/job:b/device:FakeGPU:0')).toThrow(/No OpKernel/);
    // There are kernels, but not for these attributes: that is known here.
    expect(() =>
      placed([node('in', 'Input'), node('n', 'OnlyHalf', ['in'], { attr: typed('T', 'DT_FLOAT'), device: '/job:b' })], {
        devices: other,
        defaultDevice: full('CPU:0'),
      }),
    ).toThrow(/No OpKernel/);
  });

  it('two devices of one type may differ', () => {
    const differing = devices.map((device) =>
      device.name === full('GPU:0') ? { ...device, supports: { Relu: true as const } } : device,
    );
    const nodes = [
      node('in', 'Input'),
      node('a', 'Relu', ['in']),
      node('b', 'ReluOnGpu', ['a']),
      node('c', 'ReluOnGpu', ['a'], { device: gpu0 }),
    ];
    expect(where(nodes.slice(0, 3), { devices: differing })).toMatchObject({ a: 'GPU:0', b: 'GPU:10' });
    expect(where(nodes, { devices: differing, ...soft })).toMatchObject({ c: 'GPU:10' });
    expect(() => placed(nodes, { devices: differing })).toThrow(/no supported kernel for FakeGPU devices/);
    expect(
      where([node('in', 'Input'), node('a', 'Relu', ['in']), node('b', 'ReluOnGpu', ['a'], { classes: ['loc:@a'] })], {
        devices: differing,
      }),
    ).toMatchObject({ a: 'GPU:10', b: 'GPU:10' });
  });
});

describe('the device set', () => {
  it('must not be empty', () => {
    expect(thrown(() => placed([], { devices: [] }))).toEqual(error('FailedPreconditionError', 'No devices are registered'));
  });

  it('refuses malformed and repeated names', () => {
    expect(() => placed([], { devices: [{ ...devices[0]!, name: 'CPU zero' }] })).toThrow(
      /Device 'CPU zero' of the device set: expected/,
    );
    expect(() => placed([], { devices: [devices[0]!, devices[0]!] })).toThrow(/stands twice/);
  });

  it('completes short names with the local address', () => {
    expect(placed([node('g', 'Generator')], { devices: [{ ...devices[0]!, name: '/device:FakeCPU:0' }] }).placement).toEqual({
      g: '/job:localhost/replica:0/task:0/device:FakeCPU:0',
    });
  });
});

describe('nodes that have been placed before', () => {
  const nodes = [node('in', 'Input', [], { device: cpu0 }), node('n', 'Relu', ['in'], { device: gpu0 })];

  it('stay, whatever they ask for now', () => {
    expect(where(nodes, { assigned: { in: full('CPU:1'), n: full('CPU:0') } })).toEqual({ in: 'CPU:1', n: 'CPU:0' });
  });

  it('may be named in the old spelling', () => {
    const set = [
      { name: `${task}/device:CPU:0`, type: 'CPU', supports: { Generator: true as const } },
      { name: `${task}/device:GPU:0`, type: 'GPU', supports: { Generator: true as const } },
    ];
    const { placement } = placed([node('g', 'Generator')], { devices: set, assigned: { g: `${task}/cpu:0` } });
    expect(placement).toEqual({ g: `${task}/cpu:0` });
  });

  it('draw their groups along', () => {
    expect(
      where([node('v', 'Variable'), node('in', 'Input'), node('a', 'Assign', ['v', 'in'])], { assigned: { v: full('GPU:2') } }),
    ).toMatchObject({ v: 'GPU:2', a: 'GPU:2' });
  });

  it.each([
    ['nonsense', "Malformed assigned device 'nonsense'\n\t [[{{node in}}]]"],
    [
      '/job:a',
      "Assigned device '/job:a' does not match any device. This error can happen when one attempts to run a tf.function with resource inputs residing " +
        'on remote devices. This use case is currently not supported. Here are the devices available on this machine: ' +
        `[${devices.map(({ name }) => name).join(', ')}].If you are seeing this error when running using a tf.Session, set ` +
        'experimental.share_cluster_devices_in_session to true in the tf.ConfigProto.\n\t [[{{node in}}]]',
    ],
    [full('GPU:0'), `Assigned device '${full('GPU:0')}' does not have registered OpKernel support for Input\n\t [[{{node in}}]]`],
  ])('at %s: an internal error', (device, message) => {
    expect(thrown(() => placed(nodes, { assigned: { in: device } }))).toEqual(error('InternalError', message));
  });
});
