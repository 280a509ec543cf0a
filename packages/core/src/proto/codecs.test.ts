/** The codecs against what TensorFlow's own protobuf wrote (proto/testdata, made by its make.py). */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DataLossError, InvalidArgumentError } from '../errors.js';
import { decode } from './decode.js';
import { encode } from './encode.js';
import { ConfigProto, RunOptions } from './generated/config.js';
import { GraphDef, NodeDef } from './generated/graph.js';
import { MetaGraphDef, StructuredValue } from './generated/savedModel.js';
import { TensorProto } from './generated/tensor.js';
import { fromBase64, fromJson, toBase64, toJson } from './json.js';
import type { MessageType } from './schema.js';
import { parseText } from './text/parse.js';
import { printText } from './text/print.js';

const read = (name: string): Buffer => readFileSync(fileURLToPath(new URL(`../../proto/testdata/${name}`, import.meta.url)));

const files: [name: string, type: MessageType][] = [['constants', GraphDef], ['attributes', GraphDef], ['config', ConfigProto], ['metaGraph', MetaGraphDef]];

describe.each(files)('%s', (name, type) => {
  const bytes = read(`${name}.pb`);
  const message = decode(type, bytes);

  it('is written back byte for byte', () => {
    expect(Buffer.from(encode(type, message)).equals(bytes)).toBe(true);
  });

  it('is the same in text form', () => {
    expect(decode(type, encode(type, parseText(type, read(`${name}.pbtxt`).toString())))).toEqual(message);
    // Line by line: the order of map entries is the printer's choice.
    const lines = (text: string): string[] => text.split('\n').sort();
    expect(lines(printText(type, message))).toEqual(lines(read(`${name}.pbtxt`).toString()));
    expect(parseText(type, printText(type, message))).toEqual(parseText(type, read(`${name}.pbtxt`).toString()));
  });

  it('is the same in JSON form', () => {
    const json = JSON.parse(read(`${name}.json`).toString()) as unknown;
    expect(decode(type, encode(type, fromJson(type, json)))).toEqual(message);
    expect(JSON.parse(JSON.stringify(toJson(type, message)))).toEqual(json);
  });
});

describe('binary', () => {
  it('keeps fields that it does not know', () => {
    const newer = Buffer.concat([encode(RunOptions, { timeoutInMs: 5 }), Buffer.from([0xfa, 0x3f, 2, 1, 2, 0xf0, 0x3f, 7])]);
    const message = decode(RunOptions, newer);
    expect(message.unknownFields).toHaveLength(2);
    expect(Buffer.from(encode(RunOptions, message)).equals(newer)).toBe(true);
    expect(Buffer.from(encode(RunOptions, fromJson(RunOptions, message))).equals(newer)).toBe(true);
  });

  it('gives 64-bit integers without loss', () => {
    for (const value of [0, -1, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, -(2 ** 53 - 1), 2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(decode(RunOptions, encode(RunOptions, { timeoutInMs: value })).timeoutInMs ?? 0).toBe(value);
      expect(decode(StructuredValue, encode(StructuredValue, { int64Value: value })).int64Value).toBe(value);
    }
    for (const value of [2 ** 53 - 1, 2n ** 53n, 2n ** 64n - 1n]) {
      expect(decode(TensorProto, encode(TensorProto, { uint64Val: [value] })).uint64Val).toEqual([value]);
    }
  });

  it('takes packed and single values of a repeated field, and the last member of a oneof', () => {
    expect(decode(TensorProto, Uint8Array.of(0x38, 1, 0x3a, 2, 2, 3, 0x38, 4)).intVal).toEqual([1, 2, 3, 4]);
    const floats = (...values: number[]): number[] => [...new Uint8Array(Float32Array.from(values).buffer)];
    expect([...decode(TensorProto, Uint8Array.of(0x2a, 8, ...floats(1, 2), 0x2d, ...floats(3), 0x2a, 4, ...floats(4))).floatVal!]).toEqual([1, 2, 3, 4]);
    expect(decode(StructuredValue, Uint8Array.of(0x60, 2, 0x70, 1))).toEqual({ int64Value: undefined, boolValue: true });
  });

  it('merges a message that comes in pieces', () => {
    expect(decode(GraphDef, Uint8Array.of(0x22, 2, 8, 7, 0x22, 2, 16, 9)).versions).toEqual({ producer: 7, minConsumer: 9 });
  });

  it('says what was read and where it broke', () => {
    const bytes = encode(GraphDef, { node: [{ name: 'a', op: 'B' }, { name: 'c', op: 'D', attr: new Map([['T', { type: 'DT_FLOAT' as const }]]) }] });
    expect(() => decode(GraphDef, bytes.subarray(0, bytes.length - 1), 'x.pb')).toThrow(DataLossError);
    expect(() => decode(GraphDef, bytes.subarray(0, bytes.length - 1), 'x.pb'))
      .toThrow(`x.pb: not a binary GraphDef: truncated: field 'node' is to have 15 bytes, 14 are left at byte 10 of 24, in GraphDef.`);
    const broken = bytes.slice();
    broken[bytes.length - 2] = 0x1b; // a group where `type` stood
    expect(() => decode(GraphDef, broken)).toThrow(/in GraphDef\.node\[1\]\.attr\.T\.$/);
    expect(() => decode(NodeDef, Uint8Array.of(0x0a, 1, 0xff))).toThrow('not UTF-8 at byte 2');
    expect(() => decode(NodeDef, Uint8Array.of(0x00))).toThrow('field number 0');
    expect(() => decode(NodeDef, new Uint8Array(11).fill(0xff))).toThrow('longer than 10 bytes');
  });

  it('bounds nesting', () => {
    const deep = (count: number): StructuredValue => (count === 0 ? {} : { listValue: { values: [deep(count - 1)] } });
    expect(decode(StructuredValue, encode(StructuredValue, deep(50)))).toEqual(deep(50));
    expect(() => decode(StructuredValue, encode(StructuredValue, deep(51)))).toThrow('nested deeper than 100');
    expect(() => decode(NodeDef, new Uint8Array(10_000).fill(0x4b))).toThrow(DataLossError);
    expect(() => fromJson(StructuredValue, deep(51))).toThrow('nested deeper than 100');
    expect(() => parseText(StructuredValue, printText(StructuredValue, deep(51)))).toThrow('nested deeper than 100');
  });

  it('refuses enum names that do not exist', () => {
    expect(() => encode(RunOptions, { traceLevel: 'ALL' as never })).toThrow(InvalidArgumentError);
    expect(() => encode(RunOptions, { traceLevel: 'toString' as never })).toThrow('RunOptions.TraceLevel has no value "toString"');
    expect(decode(RunOptions, encode(RunOptions, { traceLevel: 77 })).traceLevel).toBe(77);
  });

  it('has base64', () => {
    const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => i * 7);
    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
    expect(fromBase64('-_8')).toEqual(Uint8Array.of(0xfb, 0xff));
    expect(fromBase64('*')).toBeUndefined();
  });
});

describe('maps', () => {
  it('take any name for a name', () => {
    const message: NodeDef = { attr: new Map([['__proto__', { i: 1 }], ['constructor', { i: 2 }]]) };
    expect(decode(NodeDef, encode(NodeDef, message))).toEqual(message);
    expect(fromJson(NodeDef, JSON.parse(JSON.stringify(toJson(NodeDef, message))))).toEqual({ attr: new Map([['__proto__', { i: 1 }], ['constructor', { i: 2 }]]) });
    expect(() => fromJson(NodeDef, JSON.parse('{"__proto__": 1}'))).toThrow("unknown field '__proto__'");
  });
});
