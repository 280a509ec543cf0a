import { describe, expect, it } from 'vitest';
import { InvalidArgumentError, NotFoundError } from '../errors.js';
import { encodeGraphDef, graphDefFromJson } from '../proto/graphDef.js';
import { decode } from '../proto/decode.js';
import { GraphDef } from '../proto/generated/graph.js';
import { placeGraph } from './placeGraph.js';
import { call, devices, full, functionDef, node, opDefs, placed, typed } from './testing/fakes.js';

const options = { devices, opDefs };
const same = functionDef(
  'Same',
  ['x: DT_RESOURCE'],
  ['y: DT_RESOURCE'],
  [node('i', 'Identity', ['x'], { attr: typed('T', 'DT_RESOURCE') })],
  ['i:output:0'],
);
const json = {
  node: [
    node('h', 'Handle', [], { device: '/device:FakeCPU:1' }),
    call('y', 'Same', ['h'], ['DT_RESOURCE'], ['DT_RESOURCE']),
    node('r', 'Read', ['y']),
    node('n', 'Relu', ['r', '^h'], { classes: ['loc:@r'] }),
  ],
  library: { function: [same] },
};
const expected = { h: full('CPU:1'), y: full('GPU:0'), r: full('CPU:1'), n: full('CPU:1') };

describe('what is placed', () => {
  it('is a GraphDef in JSON, as a message or as data', () => {
    expect(placeGraph(json, options).placement).toEqual(expected);
    const data = graphDefFromJson(json);
    expect(placeGraph(data, options).placement).toEqual(expected);
    expect(placeGraph(decode(GraphDef, encodeGraphDef(data)), options).placement).toEqual(expected);
  });

  it('may be spelled as in the .proto files, with fields that nobody knows', () => {
    const snake = {
      node: [{ ...node('h', 'Make'), unknown: 1 }, node('u', 'Use', ['h'], { device: '/device:FakeCPU:0' })],
      versions: { producer: 27 },
    };
    const defs = [
      { name: 'Make', output_arg: [{ name: 'o', type: 'DT_FLOAT_REF' }] },
      { name: 'Use', input_arg: [{ name: 'i', type_attr: 'T', is_ref: true }], attr: [{ name: 'T', type: 'type' }] },
    ];
    const set = devices.map((device) => ({ ...device, supports: { Make: true as const, Use: true as const } }));
    expect(placeGraph(snake, { devices: set, opDefs: defs }).placement).toEqual({ h: full('CPU:0'), u: full('CPU:0') });
  });

  it('may have nodes of any name', () => {
    expect(placed([node('__proto__', 'Input'), node('constructor', 'Relu', ['__proto__'])]).placement).toMatchObject({
      constructor: full('GPU:0'),
    });
    expect(Object.keys(placed([node('__proto__', 'Input')]).placement)).toEqual(['__proto__']);
  });

  it('need not have attributes that placement has no use for', () => {
    const c = {
      name: 'c',
      op: 'Const',
      attr: { value: { tensor: { dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '-5' }] }, tensorContent: 'AAA=' } } },
    };
    const set = devices.map((device) => ({ ...device, supports: { ...device.supports, Const: true as const } }));
    expect(placeGraph({ node: [c, { name: 'n', op: 'Relu', input: ['c'] }] }, { devices: set, opDefs }).placement).toEqual({
      c: full('GPU:0'),
      n: full('GPU:0'),
    });
  });

  it('may take ops from the registry', () => {
    const set = devices.map((device) => ({ ...device, supports: { Placeholder: true as const, Neg: true as const } }));
    const nodes = [
      { name: 'p', op: 'Placeholder', attr: typed('dtype', 'DT_FLOAT') },
      { name: 'n', op: 'Neg', input: ['p:0'], attr: typed('T', 'DT_FLOAT') },
    ];
    expect(placeGraph({ node: nodes }, { devices: set }).placement).toEqual({ p: full('GPU:0'), n: full('GPU:0') });
  });

  it('refuses ops that are neither registered nor functions', () => {
    expect(() => placed([node('n', 'Nonsuch')])).toThrow(NotFoundError);
    expect(() => placed([node('n', 'Nonsuch')])).toThrow("Op type not registered 'Nonsuch' in binary running on");
    const calls = functionDef('Calls', ['x: DT_RESOURCE'], ['y: DT_RESOURCE'], [node('n', 'Nonsuch')], ['x']);
    expect(() => placed([node('h', 'Handle'), call('y', 'Calls', ['h'], ['DT_RESOURCE'], ['DT_RESOURCE'])], {}, [calls])).toThrow(
      NotFoundError,
    );
    expect(placed([node('h', 'Handle'), node('y', 'Calls', ['h'])], {}, [calls]).placement).toMatchObject({ y: full('GPU:0') });
  });

  it('has lists of arguments in functions too', () => {
    const many = functionDef(
      'Many',
      ['x: DT_RESOURCE'],
      ['y: DT_RESOURCE'],
      [
        call('c', 'Two', ['x'], ['DT_RESOURCE'], ['DT_FLOAT', 'DT_RESOURCE']),
        node('i', 'Identity', ['c:output:1'], { attr: typed('T', 'DT_RESOURCE') }),
      ],
      ['i:output:0'],
    );
    const two = functionDef('Two', ['x: DT_RESOURCE'], ['v: DT_FLOAT', 'y: DT_RESOURCE'], [node('r', 'Read', ['x'])], ['r:o:0', 'x']);
    const nodes = [
      node('h', 'Handle', [], { device: '/device:FakeCPU:1' }),
      call('y', 'Many', ['h'], ['DT_RESOURCE'], ['DT_RESOURCE']),
      node('r', 'Read', ['y']),
    ];
    expect(placed(nodes, {}, [many, two]).placement).toMatchObject({ r: full('CPU:1') });
    const wrong = functionDef(
      'Many',
      ['x: DT_RESOURCE'],
      ['y: DT_RESOURCE'],
      [node('i', 'Identity', ['x'], { attr: typed('T', 'DT_RESOURCE') })],
      ['i:nonsense:0'],
    );
    expect(() => placed(nodes, {}, [wrong, two])).toThrow("Node 'i' (Identity) has no output 'nonsense'. Expected one of: output.");
  });
});

describe('options', () => {
  it('dtypes may have any of their names', () => {
    for (const name of ['float32', 'float', 'DT_FLOAT']) {
      const set = devices.map((device) => ({ ...device, supports: { ...device.supports, Typed: { dtypes: [name] } } }));
      expect(
        placed([node('in', 'Input'), node('n', 'Typed', ['in'], { attr: typed('T', 'DT_FLOAT') })], { devices: set }).placement,
      ).toMatchObject({ n: full('GPU:0') });
    }
    const set = devices.map((device) => ({ ...device, supports: { ...device.supports, Typed: { dtypes: ['flaot'] } } }));
    expect(() => placed([node('in', 'Input'), node('n', 'Typed', ['in'], { attr: typed('T', 'DT_FLOAT') })], { devices: set })).toThrow(
      "'flaot' is no dtype",
    );
  });

  it('a kernel for some dtypes needs the type of a node', () => {
    expect(() =>
      placed([
        { name: 'i', op: 'Input' },
        { name: 'n', op: 'Typed', input: [] },
      ]),
    ).toThrow("OpKernel 'Typed' has constraint on attr 'T' not in NodeDef 'n'");
  });

  it('the default device may be named in part, or be elsewhere', () => {
    const nodes = [node('in', 'Input'), node('n', 'Relu', ['in'])];
    expect(placed(nodes, { defaultDevice: '/device:FakeCPU:1' }).placement).toEqual({ in: full('CPU:1'), n: full('CPU:1') });
    expect(placed(nodes, { defaultDevice: '/job:b/replica:0/task:0/device:FakeCPU:0' }).placement).toEqual({
      in: full('CPU:0'),
      n: full('GPU:0'),
    });
    expect(() => placed(nodes, { defaultDevice: 'CPU zero' })).toThrow(InvalidArgumentError);
  });
});
