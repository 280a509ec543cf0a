import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allDTypes, type DType, dtypeInfo, hasBytes } from '../dtypes.js';
import { InvalidArgumentError } from '../errors.js';
import { fromBfloat16, toBfloat16 } from '../half.js';
import { HostTensor } from '../hostTensor.js';
import { decode } from './decode.js';
import { encode } from './encode.js';
import { TensorProto } from './generated/tensor.js';
import { decodeGraphDef } from './graphDef.js';
import { dtypeFromProto, dtypeToProto, shapeFromProto } from './shapeProto.js';
import { expansionBudget, tensorFromProto, tensorToProto } from './tensorProto.js';

const dims = (...sizes: (number | bigint)[]): TensorProto['tensorShape'] => ({ dim: sizes.map((size) => ({ size })) });
const numeric = allDTypes.filter(hasBytes);

describe('tensorFromProto', () => {
  const wanted: Partial<Record<DType, unknown[]>> = {
    float32: [1.5, Math.fround(-0.1), Infinity], float64: [1.5, -0.1, NaN], float16: [1.5, -0.0999755859375, 65504],
    bfloat16: [1.5, -0.10009765625, fromBfloat16(toBfloat16(3e38))], int8: [-128, 0, 127], uint8: [0, 7, 255], int16: [-32768, 0, 32767], uint16: [0, 7, 65535],
    int32: [-(2 ** 31), 0, 2 ** 31 - 1], uint32: [0, 7, 2 ** 32 - 1], int64: [-(2n ** 63n), 2n ** 53n + 1n, 2n ** 63n - 1n], uint64: [0n, 7n, 2n ** 64n - 1n],
    bool: [true, false, true], complex64: [[1, 2], [0, 3], [-1, 0]], complex128: [[1, 2], [0, 3], [0.1, 0]], string: ['', 'text', '\ufffd\0\n"\''],
  };
  const nodes = new Map(decodeGraphDef(readFileSync(fileURLToPath(new URL('../../proto/testdata/constants.pb', import.meta.url)))).nodes
    .map(({ name, attr }) => [name, attr['value']?.kind === 'tensor' ? attr['value'].value : undefined]));

  it.each(Object.entries(wanted))("reads TensorFlow's %s", (dtype, three) => {
    expect(nodes.get(`${dtype}_three`)?.dtype).toBe(dtype);
    expect(nodes.get(`${dtype}_three`)?.flat()).toEqual(three);
    expect(nodes.get(`${dtype}_one`)?.toArray()).toEqual(three[1]);
    const splat = nodes.get(`${dtype}_splat`);
    expect(splat?.shape).toEqual([2, 3]);
    expect(splat?.flat()).toEqual(new Array(6).fill(three[2]));
    const zero = dtype === 'string' ? '' : dtype === 'bool' ? false : dtype.startsWith('complex') ? [0, 0] : /int64$/.test(dtype) ? 0n : 0;
    expect(nodes.get(`${dtype}_zeros`)?.toArray()).toEqual([zero, zero]);
  });

  it('repeats the last value, ignores what is too much', () => {
    expect(tensorFromProto({ dtype: 'DT_INT32', tensorShape: dims(4), intVal: [1, 2] }).toArray()).toEqual([1, 2, 2, 2]);
    expect(tensorFromProto({ dtype: 'DT_INT32', tensorShape: dims(1), intVal: [1, 2] }).toArray()).toEqual([1]);
    expect(tensorFromProto({ dtype: 'DT_COMPLEX64', tensorShape: dims(3), scomplexVal: [1, 2, 3, 4] }).toArray()).toEqual([[1, 2], [3, 4], [3, 4]]);
    expect(tensorFromProto({ dtype: 'DT_STRING', tensorShape: dims(2), stringVal: [Uint8Array.of(65)] }).toArray()).toEqual(['A', 'A']);
    expect(tensorFromProto({ dtype: 'DT_FLOAT', tensorShape: dims(0, 3), floatVal: [1] }).toArray()).toEqual([]);
    expect(tensorFromProto({ dtype: 'DT_FLOAT' }).toArray()).toBe(0);
    expect(tensorFromProto({ dtype: 'DT_RESOURCE', tensorShape: dims(1) }).toArray()).toEqual([{ device: '', container: '', name: '', hashCode: 0n, typeName: '' }]);
  });

  it('reads strings from tensor_content', () => {
    const content = Uint8Array.of(1, 0, 2, 65, 66, 67);
    expect(tensorFromProto({ dtype: 'DT_STRING', tensorShape: dims(3), tensorContent: content }).toArray()).toEqual(['A', '', 'BC']);
    expect(() => tensorFromProto({ dtype: 'DT_STRING', tensorShape: dims(2), tensorContent: content })).toThrow(InvalidArgumentError);
    expect(() => tensorFromProto({ dtype: 'DT_STRING', tensorShape: dims(7), tensorContent: content })).toThrow('cannot hold 7 strings');
    expect(() => tensorFromProto({ dtype: 'DT_STRING', tensorShape: dims(1), tensorContent: Uint8Array.of(0xff) })).toThrow('ends within');
  });

  it('takes tensor_content as a view where it is aligned', () => {
    const buffer = new ArrayBuffer(16);
    const aligned = tensorFromProto({ dtype: 'DT_FLOAT', tensorShape: dims(2), tensorContent: new Uint8Array(buffer, 4, 8) });
    expect((aligned.data as Float32Array).buffer).toBe(buffer);
    expect(tensorFromProto({ dtype: 'DT_FLOAT', tensorShape: dims(2), tensorContent: new Uint8Array(buffer, 3, 8) }).toArray()).toEqual([0, 0]);
    expect(tensorFromProto({ dtype: 'DT_BOOL', tensorShape: dims(2), tensorContent: Uint8Array.of(0, 7) }).data).toEqual(Uint8Array.of(0, 1));
  });

  it.each<[string, TensorProto, string]>([
    ['wrong length', { dtype: 'DT_FLOAT', tensorShape: dims(2), tensorContent: new Uint8Array(7) }, 'x: tensor_content has 7 bytes, but float32 of shape [2] takes 8.'],
    ['unknown rank', { dtype: 'DT_FLOAT', tensorShape: { unknownRank: true } }, 'x: a tensor\'s shape must be fully known, but <unknown> is given.'],
    ['unknown size', { dtype: 'DT_FLOAT', tensorShape: dims(2, -1) }, 'must be fully known, but [2,?] is given'],
    ['negative size', { dtype: 'DT_FLOAT', tensorShape: dims(-2) }, 'x: size -2 of dimension 0 is not a size'],
    ['2^40 elements', { dtype: 'DT_FLOAT', tensorShape: dims(2 ** 20, 2 ** 20), floatVal: [1] }, 'but only 1 of 1099511627776 values are given'],
    ['2^62 elements', { dtype: 'DT_INT8', tensorShape: dims(2 ** 31, 2 ** 31) }, 'more elements than can be held'],
    ['2^60', { dtype: 'DT_INT8', tensorShape: dims(2n ** 60n) }, 'is not a size'],
    ['content too short', { dtype: 'DT_FLOAT', tensorShape: dims(2 ** 20, 2 ** 20), tensorContent: new Uint8Array(8) }, 'takes 4398046511104'],
    ['many strings', { dtype: 'DT_STRING', tensorShape: dims(2 ** 30) }, 'takes 8589934592 bytes'],
    ['no dtype', { tensorShape: dims(1) }, 'no dtype (DT_INVALID)'],
    ['a float8', { dtype: 'DT_FLOAT8_E5M2' }, 'DT_FLOAT8_E5M2'],
    ['half a complex', { dtype: 'DT_COMPLEX64', scomplexVal: [1] }, '(re, im) pairs'],
    ['resource content', { dtype: 'DT_RESOURCE', tensorContent: Uint8Array.of(1) }, 'cannot hold resource'],
    ['rank 300', { dtype: 'DT_FLOAT', tensorShape: dims(...new Array<number>(300).fill(1)) }, '300 dimensions'],
  ])('refuses %s', (_, proto, message) => {
    expect(() => tensorFromProto(proto, 'x')).toThrow(InvalidArgumentError);
    expect(() => tensorFromProto(proto, 'x')).toThrow(message);
  });

  it('counts what a file makes larger than itself', () => {
    const budget = expansionBudget(1000);
    const proto: TensorProto = { dtype: 'DT_FLOAT', tensorShape: dims(101), floatVal: [1] };
    tensorFromProto(proto, 'a', budget);
    tensorFromProto(proto, 'b', budget);
    expect(() => tensorFromProto(proto, 'c', budget)).toThrow('only 1 of 101 values are given and 200 bytes may be filled up');
  });
});

describe('round trips', () => {
  it('keep every dtype, shape and bit', () => {
    fc.assert(fc.property(fc.constantFrom(...numeric), fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }), fc.infiniteStream(fc.integer({ min: 0, max: 255 })), (dtype, shape, stream) => {
      const tensor = HostTensor.zeros(shape, dtype);
      const bytes = tensor.bytes();
      const limit = dtype === 'bool' ? 2 : 256;
      for (let i = 0; i < bytes.length; i++) bytes[i] = (stream.next().value as number) % limit;
      const back = tensorFromProto(decode(TensorProto, encode(TensorProto, tensorToProto(tensor))));
      expect([back.dtype, back.shape]).toEqual([dtype, shape]);
      // A single float may lose a NaN's payload in JavaScript's hands.
      if (dtypeInfo[dtype].kind === 'float' || dtypeInfo[dtype].kind === 'complex') expect(back.toArray()).toEqual(tensor.toArray());
      else expect(back.bytes()).toEqual(bytes);
    }), { seed: 1 });
  });

  it('keep strings and handles', () => {
    const strings = HostTensor.from([['a', ''], ['é', '😀']]);
    expect(tensorFromProto(decode(TensorProto, encode(TensorProto, tensorToProto(strings))))).toEqual(strings);
    const handle = { device: '/cpu:0', container: 'c', name: 'n', hashCode: 2n ** 64n - 1n, typeName: 't' };
    const resource = new HostTensor('resource', [], [handle]);
    expect(tensorFromProto(decode(TensorProto, encode(TensorProto, tensorToProto(resource))))).toEqual(resource);
    const variant = new HostTensor('variant', [1], [{ typeName: 'x', metadata: Uint8Array.of(1), tensors: [tensorToProto(strings)] }]);
    expect(tensorFromProto(decode(TensorProto, encode(TensorProto, tensorToProto(variant))))).toEqual(variant);
  });

  it('go through every DataType', () => {
    for (const dtype of allDTypes) expect(dtypeFromProto(dtypeToProto(dtype), '')).toBe(dtype);
    expect(dtypeFromProto('DT_STRING_REF', '')).toBe('string');
    expect(shapeFromProto({ dim: [{}, { size: -1, name: 'n' }] }, '')).toEqual([0, null]);
  });
});
