import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../errors.js';
import { AttrValue } from '../generated/attrValue.js';
import { ConfigProto } from '../generated/config.js';
import { GraphDef, NodeDef } from '../generated/graph.js';
import { StructuredValue } from '../generated/savedModel.js';
import { TensorProto } from '../generated/tensor.js';
import { parseText } from './parse.js';
import { printText } from './print.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('parseText', () => {
  it('reads every spelling', () => {
    const text = `
      # a comment
      node { name: 'a' op: "B" "C" # two literals
        "D", input: ["x", 'y:1'] ; input: "^z" device: ""
        attr { key: "T" value { type: DT_FLOAT } }
        attr: < key: 'n', value: < i: -0x10 > >;
        attr { value { b: t } key: "flag" }
      }
      node: [ { name: "second" }, < name: "third" > ]
      library <>
      versions { producer: 027 bad_consumers: [1, 2] bad_consumers: 3 bad_consumers: [] }
    `;
    expect(parseText(GraphDef, text)).toEqual({
      node: [
        { name: 'a', op: 'BCD', input: ['x', 'y:1', '^z'], device: '', attr: new Map<string, AttrValue>([['T', { type: 'DT_FLOAT' }], ['n', { i: -16 }], ['flag', { b: true }]]) },
        { name: 'second' }, { name: 'third' },
      ],
      library: {},
      versions: { producer: 23, badConsumers: [1, 2, 3] },
    });
  });

  it('reads escapes', () => {
    expect(parseText(AttrValue, String.raw`s: "\a\b\f\n\r\t\v\\\'\"\?\1\12\0011\x4\x41B\u00e9\U0001F600é"`)).toEqual({
      s: Uint8Array.from([7, 8, 12, 10, 13, 9, 11, 92, 39, 34, 63, 1, 10, 1, 49, 4, 0x41, 0x42, ...bytes('é😀é')]),
    });
    expect(parseText(AttrValue, String.raw`s: "\ud83d\ude00"`)).toEqual({ s: bytes('😀') });
    expect(parseText(NodeDef, String.raw`name: "\303\251"`)).toEqual({ name: 'é' });
  });

  it.each([
    ['f: inf', Infinity], ['f: -Infinity', -Infinity], ['f: nan', NaN], ['f: 1.5f', 1.5], ['f: .5', 0.5], ['f: 1.', 1], ['f: 1e3', 1000],
    ['f: 7', 7], ['f: -0', -0], ['f: 1e999', Infinity], ['f: 0.1', Math.fround(0.1)],
  ])('reads %s', (text, value) => {
    expect(parseText(AttrValue, text)).toEqual({ f: value });
  });

  it('reads 64-bit integers exactly', () => {
    expect(parseText(AttrValue, 'i: -9223372036854775808')).toEqual({ i: -(2n ** 63n) });
    expect(parseText(TensorProto, 'uint64_val: 18446744073709551615')).toEqual({ uint64Val: [2n ** 64n - 1n] });
    expect(parseText(AttrValue, 'type: 77')).toEqual({ type: 77 });
  });

  it.each<[string, string]>([
    ['name: 1', 'x.pbtxt:1:7: expected a string for \'name\', but found "1".'],
    ['\n  nam: "x"', "x.pbtxt:2:3: NodeDef has no field 'nam'. Did you mean 'name'?"],
    ['name "x"', "expected ':' after 'name', but found \"\\\"x\\\"\""],
    ['name: "x', 'x.pbtxt:1:7: a string has no end on its line.'],
    ['name: "x\n"', 'a string has no end on its line'],
    ['name: "a" name: "b"', "x.pbtxt:1:11: NodeDef may have only one 'name'."],
    ['attr { key: "a" value { i: 1', "expected '}' to end AttrValue, but found the end."],
    ['attr { key: "a" value { i: 1 > }', "expected a field of AttrValue or '}', but found \">\"."],
    ['attr { key: "a" value { i: 1 f: 2 } }', "'f' and 'i' exclude each other (oneof value)."],
    ['attr { key: "a" value { i: 9223372036854775808 } }', 'out of range'],
    ['attr { key: "a" value { i: 1.5 } }', "expected an integer for 'i', but found \"1.5\"."],
    ['attr { key: "a" value { i: 09 } }', "expected an integer for 'i'"],
    ['attr { key: "a" value { b: yes } }', "expected true or false for 'b', but found \"yes\"."],
    ['attr { key: "a" value { type: DT_FLOT } }', "DataType has no value 'DT_FLOT'. Did you mean 'DT_FLOAT'"],
    ['attr { key: "a" value { type: toString } }', "DataType has no value 'toString'."],
    ['attr { key: "a" other: 1 }', "expected 'key', 'value' or '}' in 'attr'"],
    ['attr { key: "a" key: "b" }', "an entry of 'attr' may have only one 'key'."],
    ['input: ["a" "b", 3]', "x.pbtxt:1:18: expected a string for 'input', but found \"3\"."],
    ['input: ["a"', "expected ',' or ']', but found the end."],
    [String.raw`name: "\q"`, 'x.pbtxt:1:8: unknown escape \\q.'],
    [String.raw`name: "\777"`, 'unknown escape \\7'],
    [String.raw`name: "\u12"`, '\\u wants 4 hexadecimal digits'],
    [String.raw`name: "\377"`, "the string of 'name' is not UTF-8."],
    ['name: "x" }', 'expected a field of NodeDef, but found "}".'],
    ['[type.googleapis.com/x] {}', 'expanded Any messages are not supported'],
    ['name: 12x', 'a number ends in something that is no number'],
  ])('refuses %j', (text, message) => {
    expect(() => parseText(NodeDef, text, 'x.pbtxt')).toThrow(InvalidArgumentError);
    expect(() => parseText(NodeDef, text, 'x.pbtxt')).toThrow(message);
  });

  it('takes long texts in linear time', () => {
    const start = performance.now();
    expect(parseText(NodeDef, `${' \n'.repeat(1e6)}${'#\n'.repeat(1e6)}name: "${'x'.repeat(1e6)}"`).name).toHaveLength(1e6);
    expect(() => parseText(NodeDef, 'a'.repeat(1e6))).toThrow('has no field');
    expect(() => parseText(NodeDef, 'attr {'.repeat(1e5))).toThrow(InvalidArgumentError);
    expect(() => parseText(StructuredValue, 'list_value { values {'.repeat(1e4))).toThrow('nested deeper than 100');
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('printText', () => {
  it('prints what it reads', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(parseText(AttrValue, printText(AttrValue, { s: all }))).toEqual({ s: all });
    for (const value of [0.1, 1 / 3, 3.4028234663852886e38, 1e-45, 16777217, -0, Infinity, -Infinity, NaN]) {
      expect(parseText(AttrValue, printText(AttrValue, { f: value }))).toEqual({ f: Math.fround(value) });
      expect(parseText(StructuredValue, printText(StructuredValue, { float64Value: value }))).toEqual({ float64Value: value });
    }
    expect(printText(ConfigProto, {})).toBe('');
    expect(printText(ConfigProto, { deviceCount: new Map([['CPU', 0]]), graphOptions: {}, allowSoftPlacement: false }))
      .toBe('device_count {\n  key: "CPU"\n}\ngraph_options {\n}\n');
    expect(printText(AttrValue, { b: false })).toBe('b: false\n');
    expect(printText(NodeDef, { name: 'é"\n' })).toBe('name: "\\303\\251\\"\\n"\n');
  });
});
