import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../errors.js';
import { HostTensor } from '../hostTensor.js';
import { attrFromProto } from './attrValue.js';
import { decode } from './decode.js';
import { encode } from './encode.js';
import { GraphDef } from './generated/graph.js';
import { decodeGraphDef, encodeGraphDef, graphDefFromJson, graphDefToJson, graphDefToProto, parseGraphDefText, printGraphDefText } from './graphDef.js';
import { graphDefData } from './graphDefData.js';

const read = (name: string): Buffer => readFileSync(fileURLToPath(new URL(`../../proto/testdata/${name}`, import.meta.url)));

describe('GraphDef', () => {
  const graph = decodeGraphDef(read('attributes.pb'));

  it('has every kind of attribute', () => {
    const node = graph.nodes.find(({ name }) => name === 'all');
    expect(node).toMatchObject({ op: 'Any', device: '/job:localhost/device:CPU:0', input: ['x', 'x:1', '^x'] });
    expect({ ...node?.attr }).toEqual({
      s: { kind: 'string', value: Uint8Array.of(98, 121, 116, 101, 115, 255) },
      i: { kind: 'int', value: 2n ** 53n + 1n }, negative: { kind: 'int', value: -1 },
      f: { kind: 'float', value: Math.fround(0.1) }, b: { kind: 'bool', value: false },
      type: { kind: 'type', value: 'float16' }, ref: { kind: 'type', value: 'float32' },
      shape: { kind: 'shape', value: [null, 3] }, unknown_shape: { kind: 'shape', value: null }, scalar_shape: { kind: 'shape', value: [] },
      tensor: { kind: 'tensor', value: HostTensor.from([0, 1, 2], { dtype: 'int32' }) },
      func: { kind: 'func', value: { name: 'f', attrs: { T: { kind: 'type', value: 'int64' } } } },
      placeholder: { kind: 'placeholder', value: 'N' },
      empty_list: { kind: 'list', of: 'int', value: [] },
      list_s: { kind: 'list', of: 'string', value: [Uint8Array.of(97), new Uint8Array(0)] },
      list_i: { kind: 'list', of: 'int', value: [0, -2, 2n ** 62n] },
      list_f: { kind: 'list', of: 'float', value: [0.5, -Infinity] },
      list_b: { kind: 'list', of: 'bool', value: [true, false] },
      list_type: { kind: 'list', of: 'type', value: ['float32', 'string'] },
      list_shape: { kind: 'list', of: 'shape', value: [[2], null] },
      list_tensor: { kind: 'list', of: 'tensor', value: [HostTensor.from(1)] },
      list_func: { kind: 'list', of: 'func', value: [{ name: 'g', attrs: {} }] },
    });
  });

  it('has the function library and the versions', () => {
    expect(graph.functions.length).toBe(2);
    const branch = graph.functions[0]!;
    expect(branch.name).toBe(branch.signature.name);
    expect([...branch.ret.keys()]).toEqual(branch.signature.outputArg?.map(({ name }) => name));
    expect(branch.nodes.length).toBeGreaterThan(0);
    expect(graph.versions.producer).toBeGreaterThan(1000);
    expect(graph.versions.badConsumers).toEqual([3, 5]);
  });

  it('goes through every form unchanged', () => {
    for (const name of ['attributes', 'constants']) {
      const data = decodeGraphDef(read(`${name}.pb`));
      expect(decodeGraphDef(encodeGraphDef(data))).toEqual(data);
      expect(parseGraphDefText(printGraphDefText(data))).toEqual(data);
      expect(graphDefFromJson(JSON.parse(JSON.stringify(graphDefToJson(data))))).toEqual(data);
      expect(parseGraphDefText(read(`${name}.pbtxt`).toString())).toEqual(data);
      expect(graphDefFromJson(JSON.parse(read(`${name}.json`).toString()))).toEqual(data);
    }
  });

  it("reads JSON as tfjs's converter writes it", () => {
    const data = graphDefFromJson({
      node: [
        { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: [{ size: '-1' }, { size: 3, name: 'c' }] } } } },
        { name: 'c', op: 'Conv2D', input: ['x'], attr: { padding: { s: 'U0FNRQ==' }, strides: { list: { i: ['1', '2', '2', '1'] } }, explicit_paddings: { list: {} }, T: { type: 1 }, data_format: { s: [78, 72, 87, 67] } }, newField: 1 },
        { name: 'r', op: 'Relu', attr: { a: { shape: { unknown_rank: true } }, b: { b: false }, nothing: {} } },
      ],
      library: {},
      versions: { producer: 1395, min_consumer: 12 },
    });
    expect(data.versions).toEqual({ producer: 1395, minConsumer: 12, badConsumers: [] });
    expect(data.nodes.map(({ attr }) => ({ ...attr }))).toEqual([
      { dtype: { kind: 'type', value: 'float32' }, shape: { kind: 'shape', value: [null, 3] } },
      {
        padding: { kind: 'string', value: new TextEncoder().encode('SAME') }, strides: { kind: 'list', of: 'int', value: [1, 2, 2, 1] },
        explicit_paddings: { kind: 'list', of: 'int', value: [] }, T: { kind: 'type', value: 'float32' }, data_format: { kind: 'string', value: new TextEncoder().encode('NHWC') },
      },
      { a: { kind: 'shape', value: null }, b: { kind: 'bool', value: false } },
    ]);
  });

  it('names the node and the attribute in errors', () => {
    const json = (attr: unknown): unknown => ({ node: [{ name: 'n', op: 'Op', attr: { a: attr } }] });
    const cases: [unknown, string][] = [
      [{ type: 'DT_INVALID' }, "m.json: node 'n' (Op): attribute 'a': no dtype (DT_INVALID) is given"],
      [{ shape: { dim: [{ size: -2 }] } }, "m.json: node 'n' (Op): attribute 'a': size -2 of dimension 0 is not a size"],
      [{ list: { i: [1], f: [1] } }, 'a list attribute holds values of one type, but has i and f'],
      [{ tensor: { dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: 3 }] }, tensorContent: 'AAAA' } }, 'tensor_content has 3 bytes, but float32 of shape [3] takes 12'],
      [{ type: 'DT_FLOT' }, "m.json: node[0].attr[\"a\"].type: expected a DataType (DT_INVALID, DT_FLOAT, DT_DOUBLE, DT_INT32, DT_UINT8, DT_INT16, DT_INT8, DT_STRING, …), but \"DT_FLOT\" is given. Did you mean 'DT_FLOAT'"],
      [{ i: 1.5 }, 'node[0].attr["a"].i: expected an integer from -9223372036854775808 to 9223372036854775807 (int64), but 1.5 is given.'],
      [{ s: '***' }, 'expected bytes (base64), but "***" is given'],
      [{ i: 1, f: 2 }, "both 'i' and 'f' are given"],
      ['x', 'expected an object (AttrValue), but "x" is given'],
    ];
    for (const [attr, message] of cases) {
      expect(() => graphDefFromJson(json(attr), 'm.json')).toThrow(InvalidArgumentError);
      expect(() => graphDefFromJson(json(attr), 'm.json')).toThrow(message);
    }
    expect(() => graphDefFromJson(null)).toThrow('expected a GraphDef object, but null is given');
    expect(() => graphDefFromJson([])).toThrow('expected an object (GraphDef), but an array is given');
  });

  it('takes the deprecated version field', () => {
    expect(graphDefFromJson({ version: 7 }).versions.producer).toBe(7);
    expect(decodeGraphDef(encodeGraphDef(graphDefData({})))).toEqual(graphDefData({}));
  });

  it('keeps hostile attribute names as names', () => {
    const data = graphDefData({ nodes: [{ name: 'a', op: 'B', input: [], device: '', attr: Object.fromEntries([['__proto__', { kind: 'int', value: 1 }]]) }] });
    const back = decodeGraphDef(encodeGraphDef(data));
    expect(Object.keys(back.nodes[0]!.attr)).toEqual(['__proto__']);
    expect(attrFromProto({}, '')).toBeUndefined();
  });

  it('keeps fields that the schema does not know', () => {
    // Field 999 = 7, in the graph, a node, a function and a node of it.
    const unknownFields = [Uint8Array.from([0xb8, 0x3e, 7])];
    const node = { name: 'a', op: 'NoOp', unknownFields };
    const bytes = encode(GraphDef, { node: [node], library: { function: [{ signature: { name: 'f' }, nodeDef: [node], unknownFields }] }, versions: { producer: 9 }, unknownFields });
    const again = encodeGraphDef(decodeGraphDef(bytes));
    const read = decode(GraphDef, again);
    expect([read.unknownFields, read.node?.[0]?.unknownFields, read.library?.function?.[0]?.unknownFields, read.library?.function?.[0]?.nodeDef?.[0]?.unknownFields])
      .toEqual([unknownFields, unknownFields, unknownFields, unknownFields]);
    expect(graphDefToProto(decodeGraphDef(bytes))).toEqual(graphDefToProto(decodeGraphDef(again)));
  });
});
