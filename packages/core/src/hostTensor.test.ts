import { describe, expect, it } from 'vitest';
import { allDTypes, hasBytes } from './dtypes.js';
import { ValueError } from './errors.js';
import { HostTensor, shapeFromTensor, toNumbers } from './hostTensor.js';

describe('HostTensor.from', () => {
  it('takes the dtype from the value', () => {
    expect(HostTensor.from([1, 2.5]).dtype).toBe('float32');
    expect(HostTensor.from(true).dtype).toBe('bool');
    expect(HostTensor.from([1n]).dtype).toBe('int64');
    expect(HostTensor.from(['a', 'b']).dtype).toBe('string');
    expect(HostTensor.from([[new Uint8Array([1, 2])]])).toMatchObject({ dtype: 'string', shape: [1, 1] });
    expect(HostTensor.from([]).dtype).toBe('float32');
    const arrays = [
      [new Float32Array(1), 'float32'], [new Float64Array(1), 'float64'], [new Int8Array(1), 'int8'], [new Uint8Array(1), 'uint8'],
      [new Int16Array(1), 'int16'], [new Uint16Array(1), 'uint16'], [new Int32Array(1), 'int32'], [new Uint32Array(1), 'uint32'],
      [new BigInt64Array(1), 'int64'], [new BigUint64Array(1), 'uint64'], [new Uint8ClampedArray(1), 'uint8'],
    ] as const;
    for (const [array, dtype] of arrays) expect(HostTensor.from(array)).toMatchObject({ dtype, shape: [1] });
  });

  it('takes the shape from the nesting, or lays flat data out by the one given', () => {
    expect(HostTensor.from([[1, 2, 3], [4, 5, 6]]).shape).toEqual([2, 3]);
    expect(HostTensor.from([[], []]).shape).toEqual([2, 0]);
    expect(HostTensor.from(5).shape).toEqual([]);
    expect(HostTensor.from([new Float64Array([1, 2]), new Float64Array([3, 4])])).toMatchObject({ dtype: 'float64', shape: [2, 2] });
    expect(HostTensor.from([1, 2, 3, 4], { shape: [2, 2] }).toArray()).toEqual([[1, 2], [3, 4]]);
    expect(HostTensor.from(7, { shape: [2, 2] }).toArray()).toEqual([[7, 7], [7, 7]]);
  });

  it('does not copy a typed array of the right type', () => {
    const array = new Float32Array([1, 2]);
    expect(HostTensor.from(array, { shape: [2, 1] }).data).toBe(array);
  });

  it.each([
    [[[1, 2], [3]], /1 elements at \[1\], but 2 elements/],
    [[1, [2]], /at \[1\], but a bare value/],
    [[[1], 2], /number 2 at \[1\]/],
  ])('refuses ragged %j', (value, message) => {
    expect(() => HostTensor.from(value)).toThrow(ValueError);
    expect(() => HostTensor.from(value)).toThrow(message);
  });

  it('refuses what does not fit, naming given and expected', () => {
    expect(() => HostTensor.from([1, 2, 3], { shape: [2, 2] })).toThrow('3 float32 values were given, but shape [2,2] needs 4.');
    expect(() => HostTensor.from([[1, 300]], { dtype: 'uint8' })).toThrow('Element [0][1]: 300 does not fit uint8 (0 to 255).');
    expect(() => HostTensor.from(1.5, { dtype: 'int32' })).toThrow('1.5 is not an integer');
    expect(() => HostTensor.from([NaN], { dtype: 'int32' })).toThrow('does not fit int32');
    expect(() => HostTensor.from([2n ** 63n])).toThrow('does not fit int64');
    expect(() => HostTensor.from(['1'], { dtype: 'float32' })).toThrow('Expected float32 at [0], but string "1" was given.');
    expect(() => HostTensor.from([1], { dtype: 'string' })).toThrow(TypeError);
    expect(() => HostTensor.from([1, true])).toThrow('Mixed types: number 1 at [0], boolean true at [1]');
    // @ts-expect-error: not a dtype
    expect(() => HostTensor.from([1], { dtype: 'half' })).toThrow("Did you mean 'float16'?");
    // @ts-expect-error: not a value
    expect(() => HostTensor.from({ a: 1 })).toThrow(TypeError);
    expect(() => HostTensor.from([1], { shape: [-1] })).toThrow(ValueError);
    expect(() => HostTensor.from(0, { shape: [2 ** 31, 2 ** 31] })).toThrow('2^53');
    const loop: never[] = [];
    loop.push(loop as never);
    expect(() => HostTensor.from(loop)).toThrow('254');
  });

  it('cuts fractions in arrays, as numpy does', () => {
    expect(HostTensor.from([1.9, -1.9], { dtype: 'int32' }).toArray()).toEqual([1, -1]);
    expect(HostTensor.from([1.9, -1.9], { dtype: 'int64' }).toArray()).toEqual([1n, -1n]);
    expect(HostTensor.from([0, 2, NaN], { dtype: 'bool' }).toArray()).toEqual([false, true, true]);
    expect(HostTensor.from([true, false], { dtype: 'float32' }).toArray()).toEqual([1, 0]);
  });

  it('reads complex pairs, and reals laid out by a shape', () => {
    const pairs = HostTensor.from([[[1, 2], [3, 4]]], { dtype: 'complex64' });
    expect(pairs).toMatchObject({ shape: [1, 2], data: new Float32Array([1, 2, 3, 4]) });
    expect(HostTensor.from(pairs.toArray(), { dtype: 'complex64' })).toEqual(pairs);
    expect(HostTensor.from([1, 2], { dtype: 'complex128', shape: [2] }).toArray()).toEqual([[1, 0], [2, 0]]);
    expect(HostTensor.from(3, { dtype: 'complex64' }).item()).toEqual([3, 0]);
    expect(HostTensor.from(new Float32Array([1, 2, 3, 4]), { dtype: 'complex64' }).shape).toEqual([2]);
    expect(() => HostTensor.from([1, 2, 3], { dtype: 'complex64' })).toThrow('pair [re, im]');
  });

  it('converts a tensor', () => {
    const tensor = HostTensor.from([[1.5, 2]]);
    expect(HostTensor.from(tensor)).toBe(tensor);
    expect(HostTensor.from(tensor, { dtype: 'int32', shape: [2] })).toMatchObject({ dtype: 'int32', shape: [2], data: new Int32Array([1, 2]) });
    expect(HostTensor.from(tensor, { dtype: 'complex64' }).toArray()).toEqual([[[1.5, 0], [2, 0]]]);
  });
});

describe('HostTensor', () => {
  it('gives each dtype as it is read', () => {
    expect(HostTensor.from([[1, 2]], { dtype: 'float16' }).toArray()).toEqual([[1, 2]]);
    expect(HostTensor.from([0.1], { dtype: 'bfloat16' }).item()).toBe(0.10009765625);
    expect(HostTensor.from([5], { dtype: 'uint64' }).toArray()).toEqual([5n]);
    const text = HostTensor.from(['é']);
    expect(text.data).toEqual([new Uint8Array([0xc3, 0xa9])]);
    expect(text.item()).toBe('é');
    expect(text.byteLength).toBe(2);
    expect(HostTensor.from(3).toArray()).toBe(3);
    expect(HostTensor.zeros([2, 0]).toArray()).toEqual([[], []]);
    expect(HostTensor.zeros([1], 'string').toArray()).toEqual(['']);
    expect(() => HostTensor.zeros([2]).item()).toThrow('[2]');
  });

  it('fills', () => {
    expect(HostTensor.full([2, 2], 7, 'int64').toArray()).toEqual([[7n, 7n], [7n, 7n]]);
    expect(HostTensor.full([2], [1, 2], 'complex64').toArray()).toEqual([[1, 2], [1, 2]]);
    expect(HostTensor.full([2], true).dtype).toBe('bool');
  });

  it('checks itself', () => {
    expect(() => new HostTensor('float32', [2], new Float32Array(3))).toThrow('needs an array of 2, but one of 3 was given');
    expect(() => new HostTensor('float16', [2], new Float32Array(2) as never)).toThrow('held by Uint16Array, but Float32Array');
    expect(() => new HostTensor('float32', [0.5], new Float32Array(1))).toThrow('0.5');
    expect(() => new HostTensor('complex64', [1], new Float32Array(1))).toThrow('(re, im pairs)');
    for (const dtype of allDTypes) {
      const tensor = HostTensor.zeros([2, 3], dtype);
      expect(tensor.size).toBe(6);
      if (hasBytes(dtype)) expect(tensor.bytes().length).toBe(tensor.byteLength);
      else expect(() => tensor.bytes()).toThrow(ValueError);
    }
  });

  it('reshapes without a copy', () => {
    const tensor = HostTensor.from([1, 2, 3, 4]);
    expect(tensor.reshape([2, -1]).shape).toEqual([2, 2]);
    expect(tensor.reshape([2, 2]).data).toBe(tensor.data);
    expect(() => tensor.reshape([3])).toThrow('[4] (4 elements) cannot take shape [3]');
    expect(() => tensor.reshape([3, -1])).toThrow(ValueError);
    expect(HostTensor.zeros([0]).reshape([-1, 3]).shape).toEqual([0, 3]);
    expect(() => tensor.reshape([-1, -1])).toThrow(ValueError);
  });

  it('gives sizes and numbers to kernels', () => {
    expect(toNumbers(HostTensor.from([[1n], [2n]]))).toEqual([1, 2]);
    expect(() => toNumbers(HostTensor.from([2n ** 60n]))).toThrow('2^53');
    expect(shapeFromTensor(HostTensor.from([1, 2], { dtype: 'int32' }))).toEqual([1, 2]);
    expect(shapeFromTensor(HostTensor.from([-1n]), 'shape', -1)).toEqual([-1]);
    expect(() => shapeFromTensor(HostTensor.from([-1n]), "Fill 'f': dims")).toThrow("Fill 'f': dims: size -1 of axis 0 must be >= 0.");
    expect(() => shapeFromTensor(HostTensor.from([1]))).toThrow('int32 or int64');
    expect(() => shapeFromTensor(HostTensor.from(1n))).toThrow('vector');
  });
});
