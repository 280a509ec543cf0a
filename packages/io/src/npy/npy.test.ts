import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { allDTypes, DataLossError, hasBytes, HostTensor, InvalidArgumentError, UnimplementedError } from '@sessionflow/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNpy } from './readNpy.js';
import { writeNpy } from './writeNpy.js';

interface Fixture {
  readonly read: readonly { readonly name: string; readonly file: string; readonly shape: readonly number[]; readonly values: unknown }[];
  readonly refused: readonly { readonly name: string; readonly file: string; readonly says: string }[];
}

/** Made by NumPy: testdata/make.py. */
const fixture = JSON.parse(readFileSync(fileURLToPath(new URL('../../testdata/arrays.json', import.meta.url)), 'utf8')) as Fixture;

/** 64-bit integers as strings, as the fixture has them. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? String(item) : item)));

/** A .npy file with this header and these elements. */
function file(header: string, content: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(header);
  return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8, ...text, ...content]);
}

describe('readNpy', () => {
  it.each(fixture.read.map((one) => [one.name, one] as const))("reads NumPy's %s", (_, { file: base64, shape, values }) => {
    const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
    const tensor = readNpy(bytes);
    expect(tensor.shape).toEqual(shape);
    expect(plain(tensor.toArray())).toEqual(values);
    // At any alignment.
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(readNpy(shifted.subarray(3))).toEqual(tensor);
  });

  it.each(fixture.refused.map((one) => [one.name, one] as const))('refuses %s in words', (_, { file: base64, says }) => {
    expect(() => readNpy(Buffer.from(base64, 'base64'), 'x.npy')).toThrow(UnimplementedError);
    expect(() => readNpy(Buffer.from(base64, 'base64'), 'x.npy')).toThrow(says);
  });

  it('reads what other writers spell differently', () => {
    const tensor = readNpy(file('{"shape":(2L,), "fortran_order":False, "descr":"=i2"}', Uint8Array.of(1, 0, 255, 255)));
    expect(tensor.toArray()).toEqual([1, -1]);
    expect(readNpy(file("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}", Uint8Array.of(0, 9))).data).toEqual(Uint8Array.of(0, 1));
  });

  const header = (shape: string, descriptor = '<f4'): string => `{'descr': '${descriptor}', 'fortran_order': False, 'shape': ${shape}, }`;

  it.each<[string, Uint8Array, string, new (message: string) => Error]>([
    ['no magic', Uint8Array.of(1, 2, 3), 'x.npy: not a .npy file', DataLossError],
    ['an unknown version', Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 9, 0, 0, 0), 'version 9.0; expected 1, 2 or 3', UnimplementedError],
    ['a cut-off prefix', file('').subarray(0, 9), 'cut off within the first 10 bytes', DataLossError],
    ['a cut-off header', file(header('(2,)')).subarray(0, 30), 'the header is to have', DataLossError],
    ['too few elements', file(header('(3,)'), new Uint8Array(8)), 'x.npy: shape [3] of 4-byte elements takes 12 bytes, but the file holds 8.', DataLossError],
    ['too many bytes', file(header('(1,)'), new Uint8Array(8)), 'takes 4 bytes, but the file holds 8', DataLossError],
    ['2^40 elements', file(header('(1048576, 1048576)')), 'takes 4398046511104 bytes, but the file holds 0', DataLossError],
    ['2^70 elements', file(header('(34359738368, 34359738368)')), 'but the file holds 0', DataLossError],
    ['an absurd size', file(header('(99999999999999999999,)')), 'no whole numbers', InvalidArgumentError],
    ['many empty strings', file(header('(4611686018427,)', '|S0')), 'more elements than any file needs', InvalidArgumentError],
    ['no shape', file("{'descr': '<f4', 'fortran_order': False}"), "no readable 'shape'", DataLossError],
    ['a negative size', file(header('(-1,)')), "no readable 'shape'", DataLossError],
    ['an unknown dtype', file(header('(1,)', '<f3')), "dtype '<f3' has no counterpart here", UnimplementedError],
    ['a wild character', file(header('(1,)', '<U1'), new Uint8Array(4).fill(255)), 'which is no character', DataLossError],
  ])('refuses %s', (_, bytes, message, type) => {
    expect(() => readNpy(bytes, 'x.npy')).toThrow(message);
    expect(() => readNpy(bytes, 'x.npy')).toThrow(type);
  });
});

describe('writeNpy', () => {
  const numpyDtypes = allDTypes.filter((dtype) => hasBytes(dtype) && dtype !== 'bfloat16' && !/^q/.test(dtype));

  it('is read back the same, whatever dtype and shape', () => {
    fc.assert(fc.property(fc.constantFrom(...numpyDtypes), fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 }), fc.integer(), (dtype, shape, seed) => {
      const tensor = HostTensor.zeros(shape, dtype);
      tensor.bytes().forEach((_, i, bytes) => { bytes[i] = dtype === 'bool' ? (seed + i) & 1 : Math.imul(seed + i, 0x9e3779b1) >>> 24; });
      const bytes = writeNpy(tensor);
      const back = readNpy(bytes);
      expect([back.dtype, back.shape]).toEqual([dtype, shape]);
      expect(back.bytes()).toEqual(tensor.bytes());
      expect((bytes.length - tensor.byteLength) % 64).toBe(0);
    }), { seed: 1 });
  });

  it('writes what NumPy writes', () => {
    for (const { name, file: base64 } of fixture.read) {
      if (/Fortran|version|text/.test(name)) continue;
      const bytes = Buffer.from(base64, 'base64');
      expect(Buffer.from(writeNpy(readNpy(bytes))).toString('latin1')).toBe(bytes.toString('latin1'));
    }
  });

  it('finds a form for the dtypes that NumPy has not', () => {
    expect(readNpy(writeNpy(HostTensor.from([0.1], { dtype: 'bfloat16' })))).toEqual(HostTensor.from([0.10009765625]));
    expect(readNpy(writeNpy(HostTensor.from([-1], { dtype: 'qint8' })))).toEqual(HostTensor.from([-1], { dtype: 'int8' }));
    expect(readNpy(writeNpy(HostTensor.from(['a', 'é'])))).toEqual(HostTensor.from(['a', 'é']));
    expect(readNpy(writeNpy(HostTensor.from([''])))).toEqual(HostTensor.from(['']));
    expect(() => writeNpy(HostTensor.from(['a\0']))).toThrow('zero byte');
    expect(() => writeNpy(HostTensor.zeros([1], 'variant'))).toThrow(UnimplementedError);
  });
});
