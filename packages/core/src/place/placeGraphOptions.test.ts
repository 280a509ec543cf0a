/** What callers from outside of the types hand over: every spelling that means the same is taken, everything else is refused in words. */
import { describe, expect, it } from 'vitest';
import { Graph } from '../graph/graph.js';
import { placeGraph } from './placeGraph.js';
import { error, thrown } from './testing/fakes.js';

const cpu = '/job:localhost/replica:0/task:0/device:CPU:0';
const supports = { Made: true, Taken: true, PartitionedCall: true };
const device = { name: cpu, type: 'CPU', supports };
const graph = { node: [{ name: 'n', op: 'NoOp' }] };
const place = (options: unknown, given: unknown = graph): unknown => Reflect.apply(placeGraph, undefined, [given, options]);

describe('spellings of one graph', () => {
  const gpu = { name: cpu.replace('CPU', 'GPU'), type: 'GPU', supports };
  const placed = (node: readonly object[], opDefs: readonly object[], library = {}): unknown => placeGraph({ node, library }, { devices: [device, gpu], opDefs }).placement;
  const classBytes = new TextEncoder().encode('loc:@h');
  // What they have in common: the handle is asked to be on the CPU, and both others follow.
  const expected = { h: cpu, n: cpu, c: cpu };
  const defs = (arg: (resource: object) => object): readonly object[] => [
    { name: 'Made', outputArg: [arg({ name: 'o' })] }, { name: 'Taken', input_arg: [arg({ name: 'i' })], outputArg: [{ name: 'o', typeAttr: 'T' }], attr: [{ name: 'T', type: 'type', default_value: { type: 1 } }] },
  ];
  const nodes = (s: unknown, other: object = {}): readonly object[] => [
    { name: 'h', op: 'Made', device: '/cpu:0' }, { name: 'n', op: 'Taken', input: ['h:0'], device: '/gpu:0', ...other },
    { name: 'c', op: 'Taken', input: ['h'], attr: { _class: { list: { s: [s] } } } },
  ];

  it.each<[string, (resource: object) => object]>([
    ['enums by name', (arg) => ({ ...arg, type: 'DT_RESOURCE' })],
    ['enums by number', (arg) => ({ ...arg, type: 20 })],
    ['references as types', (arg) => ({ ...arg, type: 'DT_FLOAT_REF' })],
    ['references as types, by number', (arg) => ({ ...arg, type: 101 })],
    ['references by isRef', (arg) => ({ ...arg, type: 'DT_FLOAT', isRef: true })],
    ['references by is_ref', (arg) => ({ ...arg, type: 1, is_ref: true, type_attr: '', numberAttr: '' })],
  ])('%s', (_what, arg) => {
    expect(placed(nodes(btoa('loc:@h')), defs(arg))).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ['base64', btoa('loc:@h')], ['base64 without padding', btoa('loc:@h').replace(/=+$/, '')], ['bytes', classBytes], ['numbers', [...classBytes]],
  ])('bytes of a class as %s', (_what, s) => {
    const apart = [{ name: 'Made' }, { name: 'Taken', outputArg: [{ name: 'o', type: 'DT_FLOAT' }] }];
    const two = [{ name: 'h', op: 'Made', device: '/cpu:0' }, { name: 'c', op: 'Taken', attr: { _class: { list: { s: [s] } } } }];
    expect(placed(two, apart)).toEqual({ h: cpu, c: cpu });
  });

  it('a class as plain text is no bytes', () => {
    expect(thrown(() => placed(nodes('loc:@h'), defs((arg) => ({ ...arg, type: 'DT_RESOURCE' }))))).toEqual(error('InvalidArgumentError', 'GraphDef: node[2].attr["_class"].list.s[0]: expected bytes (base64), but "loc:@h" is given.'));
  });

  it('absent as null, and attributes as a Map', () => {
    const given = nodes(btoa('loc:@h'), { attr: new Map([['T', { type: 'DT_HALF', s: null }]]), experimentalDebugInfo: null });
    expect(placed(given, defs((arg) => ({ ...arg, type: 'DT_RESOURCE', typeAttr: null })))).toEqual(expected);
    expect(place({ devices: [device], assigned: null, opDefs: null, defaultDevice: null, allowSoftPlacement: null }, {})).toMatchObject({ placement: {} });
  });

  it.each<[string, unknown]>([['text', '2'], ['number', 2], ['bigint', 2n], ['Long', { low: 2, high: 0, unsigned: false }]])('64-bit integers as %s', (_what, i) => {
    const listed = [{ name: 'Made', outputArg: [{ name: 'o', type: 'DT_RESOURCE' }] }, { name: 'Taken', inputArg: [{ name: 'i', type: 'DT_RESOURCE', number_attr: 'N' }, { name: 'x', type: 'DT_FLOAT' }], attr: [{ name: 'N', type: 'int' }] }];
    // The third input is no handle where N is 2: what it reads may be elsewhere.
    const three = ['a', 'b', 'c'].map((name) => ({ name, op: 'Made', ...(name === 'b' ? {} : { device: name === 'a' ? '/cpu:0' : '/gpu:0' }) }));
    expect(placed([...three, { name: 't', op: 'Taken', input: ['a', 'b', 'c'], attr: { N: { i } } }], listed)).toEqual({ a: cpu, b: cpu, c: gpu.name, t: cpu });
  });

  it('functions in both spellings', () => {
    const make = (camel: boolean): object => {
      const args = [[{ name: 'x', type: 'DT_RESOURCE' }], [{ name: 'y', type: 20 }]];
      return camel ? { signature: { name: 'F', inputArg: args[0], outputArg: args[1] }, nodeDef: [], ret: { y: 'x' } } : { signature: { name: 'F', input_arg: args[0], output_arg: args[1] }, node_def: [], ret: { y: 'x' } };
    };
    const opDefs = defs((arg) => ({ ...arg, type: 'DT_RESOURCE' }));
    const types = { list: { type: [20] } };
    const called = [{ name: 'h', op: 'Made', device: '/cpu:0' }, { name: 'f', op: 'PartitionedCall', input: ['h'], attr: { f: { func: { name: 'F' } }, Tin: types, Tout: types } }, { name: 't', op: 'Taken', input: ['f'], device: '/gpu:0' }];
    for (const camel of [true, false]) expect(placed(called, opDefs, { function: [make(camel)] })).toEqual({ h: cpu, f: gpu.name, t: cpu });
  });
});

describe('options that are refused', () => {
  const invalid = (message: string): unknown => error('InvalidArgumentError', message);
  const names = 'devices, opDefs, assigned, defaultDevice, allowSoftPlacement, logDevicePlacement, isolateFunctionResources, hasGpuSupport';

  it.each<[string, unknown, string]>([
    ['none', undefined, 'placeGraph: expected options with a list of devices, but undefined is given.'],
    ['no devices', {}, 'devices: expected an array of { name, type, supports }, but undefined is given.'],
    ['devices by name', { devices: { cpu: device } }, 'devices: expected an array, but an object is given.'],
    ['a misspelt option', { devices: [device], allowSoftPlacment: true }, `placeGraph has no option 'allowSoftPlacment'; it has ${names}. Did you mean 'allowSoftPlacement'?`],
    ['an option as in a .proto file', { devices: [device], allow_soft_placement: true }, `placeGraph has no option 'allow_soft_placement'; it has ${names}. Did you mean 'allowSoftPlacement'?`],
    ['a flag as text', { devices: [device], allowSoftPlacement: 'yes' }, 'allowSoftPlacement: expected true or false, but "yes" is given.'],
    ['a default device by number', { devices: [device], defaultDevice: 3 }, 'defaultDevice: expected a device name, but 3 is given.'],
    ['assigned as a Map', { devices: [device], assigned: new Map() }, 'assigned: expected an object, but a Map is given.'],
    ['assigned by number', { devices: [device], assigned: { n: 0 } }, "assigned['n']: expected the full name of a device, but 0 is given."],
    ['opDefs as a message', { devices: [device], opDefs: { op: [] } }, 'opDefs: expected an array, but an object is given.'],
    ['an opDef without name', { devices: [device], opDefs: [{ op: 'Foo' }] }, 'opDefs[0]: no name. Expected an OpDef, with the op type as its name.'],
  ])('%s', (_what, options, message) => {
    expect(thrown(() => place(options))).toEqual(invalid(message));
  });

  it.each<[string, unknown, string]>([
    ['a name', '/cpu:0', 'devices[0]: expected an object { name, type, supports }, but "/cpu:0" is given.'],
    ['no name', { ...device, name: undefined }, 'devices[0].name: expected a full device name, but undefined is given.'],
    ['no type', { ...device, type: '' }, 'devices[0].type: expected a device type, like GPU, but "" is given.'],
    ['a rank that is none', { ...device, priority: NaN }, 'devices[0].priority: expected a number, but NaN is given.'],
    ['a misspelt key', { ...device, suports: {} }, "devices[0] has no option 'suports'; it has name, type, priority, supports. Did you mean 'supports'?"],
    ['ops as a list', { ...device, supports: ['Made'] }, 'devices[0].supports: expected an object { [op]: true or { priority, dtypes } }, but an array is given.'],
    ['a kernel as text', { ...device, supports: { Made: 'yes' } }, 'devices[0].supports.Made: expected true, or an object { priority, dtypes }, but "yes" is given.'],
    ['a priority as text', { ...device, supports: { Made: { priority: '1' } } }, 'devices[0].supports.Made.priority: expected a number, but "1" is given.'],
    ['one dtype', { ...device, supports: { Made: { dtypes: 'float32' } } }, 'devices[0].supports.Made.dtypes: expected an array of dtypes, but "float32" is given.'],
    ['a misspelt dtypes', { ...device, supports: { Made: { dtype: ['float32'] } } }, "devices[0].supports.Made has no option 'dtype'; it has priority, dtypes. Did you mean 'dtypes'?"],
  ])('a device: %s', (_what, given, message) => {
    expect(thrown(() => place({ devices: [given] }))).toEqual(invalid(message));
  });

  it('a dtype that nobody has, with one that may have been meant', () => {
    expect(thrown(() => place({ devices: [{ ...device, supports: { Made: { dtypes: ['flaot32'] } } }] }))?.message).toMatch(/^devices\[0\]\.supports\.Made\.dtypes: 'flaot32' is no dtype\. .* Did you mean 'float32'\?$/);
  });

  it('graphs that are none', () => {
    expect(thrown(() => place({ devices: [device] }, new Graph()))).toEqual(invalid('GraphDef: a Graph is given. Expected its GraphDef, graph.asGraphDef().'));
    expect(thrown(() => place({ devices: [device] }, new Uint8Array(2)))).toEqual(invalid('GraphDef: expected an object (GraphDef), but a Uint8Array is given.'));
  });
});

describe('options that are taken', () => {
  const made = { node: [{ name: 'n', op: 'Made' }] };
  const opDefs = [{ name: 'Made', outputArg: [{ name: 'o', typeAttr: 'T' }], attr: [{ name: 'T', type: 'type', defaultValue: { type: 'DT_FLOAT' } }] }];

  it('dtypes that TensorFlow has and no tensor here can have', () => {
    const dtypes = ['DT_INT4', 'float8_e5m2', 'DT_FLOAT_REF', 'float'];
    expect(place({ devices: [{ ...device, supports: { Made: { dtypes } } }], opDefs }, made)).toMatchObject({ placement: { n: cpu } });
    expect(() => place({ devices: [{ ...device, supports: { Made: { dtypes: dtypes.slice(0, 2) } } }], opDefs }, made)).toThrow("device='CPU'; T in [DT_INT4, DT_FLOAT8_E5M2]");
  });

  it('no kernel as false, no device as an empty text, and notes beside them', () => {
    expect(() => place({ devices: [{ ...device, supports: { Made: false } }], opDefs }, made)).toThrow('<no registered kernels>');
    expect(place({ devices: [{ ...device, memory: 7 }], opDefs, assigned: { n: '' }, defaultDevice: '', title: 'a case' }, made)).toMatchObject({ placement: { n: cpu } });
  });
});
