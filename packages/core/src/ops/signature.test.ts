import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InternalError } from '../errors.js';
import { makeDefinition } from './definition.js';
import { parseSignature, signatureType } from './signature.js';
import { typeSets } from './typeSets.js';

const facts = readFileSync(new URL('facts/ops.txt', import.meta.url), 'utf8').split('\n').slice(1).filter((line) => /^\w+\(/.test(line));

describe('parseSignature', () => {
  it('reads arguments, attributes, defaults and flags', () => {
    const matMul = parseSignature('MatMul(a: T, b: T) -> (product: T) | transpose_a: bool = false; T: type in [half, float] | stateful, commutative');
    expect(matMul).toEqual({
      type: 'MatMul',
      inputs: [{ name: 'a', typeAttr: 'T', isRef: false }, { name: 'b', typeAttr: 'T', isRef: false }],
      outputs: [{ name: 'product', typeAttr: 'T', isRef: false }],
      attrs: [
        { name: 'transpose_a', kind: 'bool', isList: false, default: { kind: 'bool', value: false } },
        { name: 'T', kind: 'type', isList: false, allowedTypes: ['float16', 'float32'] },
      ],
      isStateful: true, isCommutative: true, isAggregate: false, allowsUninitializedInput: false,
    });
  });

  it('reads repeated, listed and reference arguments', () => {
    const { inputs, outputs } = parseSignature('X(a: N*T, b: list(Tin), c: ref T, d: n_a*int32, e: resource) -> (f: ref float) | N: int >= 1');
    expect(inputs).toEqual([
      { name: 'a', typeAttr: 'T', numberAttr: 'N', isRef: false },
      { name: 'b', typeListAttr: 'Tin', isRef: false },
      { name: 'c', typeAttr: 'T', isRef: true },
      { name: 'd', dtype: 'int32', numberAttr: 'n_a', isRef: false },
      { name: 'e', dtype: 'resource', isRef: false },
    ]);
    expect(outputs).toEqual([{ name: 'f', dtype: 'float32', isRef: true }]);
  });

  it.each([
    ["string = ''", { kind: 'string', value: new Uint8Array(0) }],
    ["string = '\\t'", { kind: 'string', value: new TextEncoder().encode('\t') }],
    ["string in [NHWC, NCHW] = 'NHWC'", { kind: 'string', value: new TextEncoder().encode('NHWC') }],
    ['int >= -1 = -1', { kind: 'int', value: -1 }],
    ['float = 1e-05', { kind: 'float', value: 1e-5 }],
    ['bool = true', { kind: 'bool', value: true }],
    ['type in [int32, int64] = int64', { kind: 'type', value: 'int64' }],
    ['shape = ?', { kind: 'shape', value: null }],
    ['shape = []', { kind: 'shape', value: [] }],
    ['shape = [2, ?]', { kind: 'shape', value: [2, null] }],
    ['list(int) = [1, 1]', { kind: 'list', of: 'int', value: [1, 1] }],
    ['list(float) = [0.75, 1.3300000429153442]', { kind: 'list', of: 'float', value: [0.75, 1.3300000429153442] }],
    ['list(bool) = [True, False]', { kind: 'list', of: 'bool', value: [true, false] }],
    ['list(type) >= 0 in [int32, int64] = []', { kind: 'list', of: 'type', value: [] }],
    ['list(type) = [int32, float]', { kind: 'list', of: 'type', value: ['int32', 'float32'] }],
    ['list(shape) >= 0 = []', { kind: 'list', of: 'shape', value: [] }],
    ['list(string) = [abc, ]', { kind: 'list', of: 'string', value: [new TextEncoder().encode('abc'), new Uint8Array(0)] }],
    ['list(tensor) = []', { kind: 'list', of: 'tensor', value: [] }],
  ])('reads the default of `%s`', (attr, expected) => {
    expect(parseSignature(`X() -> () | a: ${attr}`).attrs[0]?.default).toEqual(expected);
  });

  it('reads minimums and allowed strings', () => {
    expect(parseSignature("X() -> () | a: int >= 2; b: list(int) >= 4; c: string in [SAME, VALID]").attrs).toEqual([
      { name: 'a', kind: 'int', isList: false, minimum: 2 },
      { name: 'b', kind: 'int', isList: true, minimum: 4 },
      { name: 'c', kind: 'string', isList: false, allowedStrings: ['SAME', 'VALID'] },
    ]);
  });

  it('expands named type sets', () => {
    const [attr] = parseSignature('X(a: T) -> () | T: type in [$float, int32]').attrs;
    expect(attr?.allowedTypes).toEqual([...typeSets.float, 'int32']);
    expect(parseSignature('X(a: T) -> () | T: type in $index = int32').attrs[0]).toMatchObject({ allowedTypes: ['int32', 'int64'], default: { value: 'int32' } });
  });

  it('reads flags without attributes, and deprecation', () => {
    expect(parseSignature('X() -> (a: float) | stateful, deprecated at 16')).toMatchObject({ isStateful: true, deprecatedAt: 16, attrs: [] });
    expect(parseSignature('X(a: T) -> () | T: type | aggregate, uninitialized input ok')).toMatchObject({ isAggregate: true, allowsUninitializedInput: true });
  });

  it.each(['X(a: T -> ()', 'X(a: T) -> () | T: typo', 'X(a: T) -> () | T: type in $nothing', 'X() -> () | a: int = x', 'X() -> () | stately', 'X() -> () junk'])(
    'refuses `%s`', (text) => {
      expect(() => parseSignature(text)).toThrow(InternalError);
    });

  it('reads every op of TensorFlow', () => {
    expect(facts.length).toBeGreaterThan(1000);
    const unread = facts.filter((line) => !line.startsWith('TestAttr') && !line.includes('tensor = tensor')).filter((line) => {
      const { type, inputs, outputs } = parseSignature(line);
      return type !== signatureType(line) || inputs.length + outputs.length !== (/^(.*?)( \||$)/.exec(line)![1]!.match(/\w+: /g) ?? []).length;
    });
    expect(unread).toEqual([]);
  });
});

describe('makeDefinition', () => {
  it('parses at first use only', () => {
    const definition = makeDefinition({ signature: 'Broken(a: ' });
    expect(definition.type).toBe('Broken');
    expect(() => definition.inputs).toThrow(InternalError);
  });
});
