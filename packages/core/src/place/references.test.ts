import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../errors.js';
import { placeGraph } from './placeGraph.js';
import { devices, error, full, node, placed, thrown, where } from './testing/fakes.js';

const soft = { allowSoftPlacement: true };
const cpu0 = '/device:FakeCPU:0';
const gpu0 = '/device:FakeGPU:0';
const both = [{}, soft];

describe('reference edges', () => {
  it.each(both)('put an op beside the variable that it writes, whatever it asks for (%j)', (options) => {
    const nodes = [node('v', 'Variable', [], { device: cpu0 }), node('in', 'Input'), node('a', 'Assign', ['v', 'in'], { device: gpu0 })];
    expect(where(nodes, options)).toEqual({ v: 'CPU:0', in: 'CPU:0', a: 'CPU:0' });
    expect(placed(nodes, { ...options, logDevicePlacement: true }).log).toContain(
      "Ignoring device specification /device:FakeGPU:0 for node 'a' because the input edge from 'v' is a reference connection and already has a device field " +
        'set to /device:FakeCPU:0',
    );
  });

  it.each(both)('bring a variable that asks for nothing to the op that does (%j)', (options) => {
    expect(
      where([node('v', 'Variable'), node('in', 'Input'), node('a', 'Assign', ['v', 'in'], { device: '/device:FakeGPU:2' })], options),
    ).toMatchObject({ v: 'GPU:2', a: 'GPU:2' });
  });

  it.each(both)('leave only the devices that can run both (%j)', (options) => {
    const chain = (variable: string, assign: string): Record<string, string> =>
      where([node('v', variable), node('in', 'Input'), node('a', assign, ['v', 'in'])], options);
    expect(chain('Variable', 'AssignOnCpu')).toMatchObject({ v: 'CPU:0', a: 'CPU:0' });
    expect(chain('VariableOnCpu', 'Assign')).toMatchObject({ v: 'CPU:0', a: 'CPU:0' });
    expect(chain('VariableOnGpu', 'Assign')).toMatchObject({ v: 'GPU:0', a: 'GPU:0' });
    expect(() => chain('VariableOnCpu', 'AssignOnGpu')).toThrow(InvalidArgumentError);
  });

  it('say so, with both groups, where nothing can run both; soft placement or not', () => {
    const member = (id: string): string =>
      `Root Member(assigned_device_name_index_=-1 requested_device_name_='' assigned_device_name_='' resource_device_name_='' supported_device_types_=[${id}] possible_devices_=[])`;
    const nodes = [node('v', 'VariableOnGpu'), node('in', 'Input'), node('a', 'AssignOnCpu', ['v', 'in'])];
    for (const options of both) {
      expect(thrown(() => placed(nodes, options))).toEqual(
        error(
          'InvalidArgumentError',
          'Nodes were connected by a reference connection (requiring them to be on the same device), but the two nodes were assigned two different devices: ' +
            'Cannot colocate nodes {{colocation_node v}} and {{colocation_node a}} because no device type supports both of those nodes and the other nodes colocated ' +
            'with them.\nColocation Debug Info:\nColocation group had the following types and supported devices: \n' +
            `${member('FakeGPU')}\nVariableOnGpu: FakeGPU \n\nColocation members, user-requested devices, and framework assigned devices, if any:\n  v (VariableOnGpu) \n` +
            `\nColocation Debug Info:\nColocation group had the following types and supported devices: \n${member('FakeCPU')}\nAssignOnCpu: FakeCPU \n\n` +
            'Colocation members, user-requested devices, and framework assigned devices, if any:\n  a (AssignOnCpu) \n\n\t [[{{node a}}]]',
        ),
      );
    }
  });

  it.each(both)('do not tie a reference to an op that takes a value (%j)', (options) => {
    expect(where([node('v', 'Variable', [], { device: cpu0 }), node('n', 'Relu', ['v'], { device: gpu0 })], options)).toEqual({
      v: 'CPU:0',
      n: 'GPU:0',
    });
  });

  it.each(both)('carry on through the chain of references (%j)', (options) => {
    expect(
      where(
        [
          node('v', 'Variable', [], { device: '/device:FakeCPU:1' }),
          node('in', 'Input'),
          node('a', 'Assign', ['v', 'in'], { device: gpu0 }),
          node('b', 'Assign', ['a', 'in'], { device: gpu0 }),
        ],
        options,
      ),
    ).toMatchObject({ a: 'CPU:1', b: 'CPU:1' });
  });

  it.each(both)('override the whole group of the destination (%j)', (options) => {
    expect(
      where(
        [
          node('v', 'Variable', [], { device: cpu0 }),
          node('w', 'Handle'),
          node('r', 'TwoHandles', ['w', 'h'], { device: gpu0 }),
          node('h', 'Handle', [], { device: cpu0 }),
        ],
        options,
      ),
    ).toMatchObject({ w: 'CPU:0', r: 'CPU:0', h: 'CPU:0' });
  });

  it('are merged where one name does not specify the other but could', () => {
    // '/job:a' and '/device:FakeGPU:0' are not compatible, so the source's wins.
    expect(
      where([
        node('v', 'Variable', [], { device: '/job:a' }),
        node('in', 'Input'),
        node('a', 'Assign', ['v', 'in'], { device: '/device:FakeCPU:1' }),
      ]),
    ).toMatchObject({ v: 'GPU:0', a: 'GPU:0' });
    expect(
      where([
        node('v', 'Variable', [], { device: '/job:a' }),
        node('in', 'Input'),
        node('a', 'Assign', ['v', 'in'], { device: '/job:a/device:FakeCPU:1' }),
      ]),
    ).toMatchObject({ v: 'CPU:1', a: 'CPU:1' });
  });

  it('fail, by a device that contradicts what its group was put on before', () => {
    const nodes = [node('v', 'Variable', [], { device: '/device:FakeCPU:*' }), node('in', 'Input'), node('a', 'Assign', ['v', 'in'])];
    expect(thrown(() => placed(nodes, { ...soft, assigned: { a: full('GPU:0') } }))).toEqual(
      error(
        'InternalError',
        `Constraining by assigned device should not cause an error. Original root's assigned device name: ${full('GPU:0')} node's assigned device name ` +
          `"${full('CPU:0')}. Error: Cannot merge devices with incompatible types: '${full('GPU:0')}' and '${full('CPU:0')}'`,
      ),
    );
  });

  it('fail between variables that have been placed apart', () => {
    const nodes = [node('a', 'Handle'), node('b', 'Handle'), node('r', 'TwoHandles', ['a', 'b'])];
    for (const options of both) {
      expect(thrown(() => placed(nodes, { ...options, assigned: { a: full('CPU:0'), b: full('GPU:0') } }))).toEqual(
        error(
          'InvalidArgumentError',
          'Cannot place the graph because a reference or resource edge connects colocation groups with incompatible assigned devices: ' +
            `${full('GPU:0')} vs ${full('CPU:0')}. The edge src node is b , and the dst node is r`,
        ),
      );
    }
  });
});

describe('resource edges', () => {
  it.each(both)('bring an op to the handle (%j)', (options) => {
    const nodes = [node('h', 'Handle', [], { device: cpu0 }), node('r', 'Read', ['h'], { device: gpu0 })];
    expect(where(nodes, options)).toEqual({ h: 'CPU:0', r: 'CPU:0' });
  });

  it.each(both)('fail where two handles ask for different devices (%j)', (options) => {
    const nodes = [
      node('a', 'Handle', [], { device: cpu0 }),
      node('b', 'Handle', [], { device: gpu0 }),
      node('r', 'TwoHandles', ['a', 'b']),
    ];
    expect(thrown(() => placed(nodes, options))).toEqual(
      error(
        'InvalidArgumentError',
        'Cannot place the graph because a reference or resource edge connects colocation groups with incompatible resource devices: ' +
          '/device:FakeGPU:0 vs /device:FakeCPU:0. The edge src node is b , and the dst node is r',
      ),
    );
  });

  it('fail where no device can run both ends, soft placement or not', () => {
    const nodes = [node('h', 'HandleOnGpu', [], { device: gpu0 }), node('r', 'ReadOnCpu', ['h'])];
    for (const options of both) expect(() => placed(nodes, options)).toThrow(/because no device type supports both of those nodes/);
  });

  it('move the resource, with a warning, only at the very last', () => {
    const nodes = [node('h', 'Handle', [], { device: gpu0 }), node('r', 'ReadOnCpu', ['h'])];
    expect(() => placed(nodes)).toThrow(
      "Cannot assign a device for operation r: Could not satisfy explicit device specification '' because the node {{colocation_node r}} was colocated with a " +
        "group of nodes that required incompatible device '/device:FakeGPU:0'. All available devices " +
        `[${devices.map(({ name }) => name).join(', ')}]. \nColocation Debug Info:`,
    );
    const { placement, log } = placed(nodes, soft);
    expect(placement).toEqual({ h: full('CPU:0'), r: full('CPU:0') });
    expect(log).toEqual([
      'Failed to place the graph without changing the devices of some resources. Some of the operations (that had to be colocated with resource generating ' +
        "operations) are not supported on the resources' devices. Current candidate devices are [\n  " +
        `${full('CPU:0')}\n  ${full('CPU:1')}].\nSee below for details of this colocation group:\nColocation Debug Info:\nColocation group had the following types ` +
        "and supported devices: \nRoot Member(assigned_device_name_index_=-1 requested_device_name_='/device:FakeGPU:0' assigned_device_name_='' " +
        "resource_device_name_='/device:FakeGPU:0' supported_device_types_=[FakeCPU] possible_devices_=[])\nHandle: FakeGPU FakeCPU \nReadOnCpu: FakeCPU \n\n" +
        'Colocation members, user-requested devices, and framework assigned devices, if any:\n  h (Handle) /device:FakeGPU:0\n  r (ReadOnCpu) \n',
    ]);
  });

  it('do not hold exempt ops', () => {
    const identities = {
      name: 'IdentityN',
      inputArg: [{ name: 'input', typeListAttr: 'T' }],
      outputArg: [{ name: 'output', typeListAttr: 'T' }],
      attr: [{ name: 'T', type: 'list(type)' }],
    };
    const set = devices.map((device) => ({ ...device, supports: { ...device.supports, IdentityN: true as const } }));
    const nodes = [
      node('a', 'Handle', [], { device: cpu0 }),
      node('b', 'Handle', [], { device: gpu0 }),
      node('i', 'IdentityN', ['a', 'b'], {
        device: '/device:FakeGPU:2',
        attr: { T: { list: { type: ['DT_RESOURCE', 'DT_RESOURCE'] } } },
      }),
    ];
    const { placement } = placed(nodes, { devices: set, opDefs: [identities, ...handles] });
    expect(placement).toEqual({ a: full('CPU:0'), b: full('GPU:0'), i: full('GPU:2') });
  });

  it.each([
    ...['MapDataset', 'FlatMapDataset', 'FilterDataset', 'InterleaveDataset', 'ParallelInterleaveDataset', 'ParallelInterleaveDatasetV2', 'ParallelMapDataset', 'ReduceDataset', 'MapAndBatchDataset',
      'GroupByReducerDataset', 'GroupByWindowDataset', 'ScanDataset', 'TakeWhileDataset'].flatMap((name) => [name, `Experimental${name}`]),
    'IdentityN', 'PartitionedCall', 'StatefulPartitionedCall', 'DeleteMultiDeviceIterator',
  ])('do not hold %s, which is exempt', (op) => {
    const takes = { name: op, inputArg: [{ name: 'h', type: 'DT_RESOURCE' }], attr: [{ name: 'f', type: 'func' }] };
    const nothing = { function: [{ signature: { name: 'nothing', inputArg: [{ name: 'h', type: 'DT_RESOURCE' }] } }] };
    const set = devices.map((device) => ({ ...device, supports: { Handle: true, [op]: true, Held: true } }));
    const place = (type: string): unknown => placeGraph(
      { node: [node('h', 'Handle', [], { device: cpu0 }), node('n', type, ['h'], { device: gpu0, attr: { f: { func: { name: 'nothing' } } } })], library: nothing },
      { devices: set, opDefs: [takes, { ...takes, name: 'Held' }, ...handles] },
    ).placement;
    expect(place(op)).toEqual({ h: full('CPU:0'), n: full('GPU:0') });
    expect(place('Held')).toEqual({ h: full('CPU:0'), n: full('CPU:0') });
  });

  it('come out of type attributes too, also where the node leaves the attribute out', () => {
    const identity = (attr: object): object[] => [
      node('h', 'Handle', [], { device: cpu0 }),
      { name: 'i', op: 'Identity', input: ['h'], device: gpu0, ...attr },
    ];
    expect(where(identity({ attr: { T: { type: 'DT_RESOURCE' } } }))).toEqual({ h: 'CPU:0', i: 'CPU:0' });
    expect(where(identity({}))).toEqual({ h: 'CPU:0', i: 'CPU:0' });
    expect(where([node('g', 'Generator', [], { device: cpu0 }), node('i', 'Identity', ['g'], { device: gpu0 })])).toEqual({
      g: 'CPU:0',
      i: 'GPU:0',
    });
  });
});

const handles = [{ name: 'Handle', outputArg: [{ name: 'o', type: 'DT_RESOURCE' }] }];
