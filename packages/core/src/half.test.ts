import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bfloat16FromFloat32, float16FromFloat32, float32FromBfloat16, float32FromFloat16, fromBfloat16, fromFloat16, toBfloat16, toFloat16,
} from './half.js';

/** Every finite non-negative value of a 16-bit format, in the order of its bits. */
function values(from: (bits: number) => number, inf: number): number[] {
  return Array.from({ length: inf }, (_, bits) => from(bits));
}

const formats = [
  { name: 'float16', to: toFloat16, from: fromFloat16, inf: 0x7c00, mantissa: 10, bias: 15 },
  { name: 'bfloat16', to: toBfloat16, from: fromBfloat16, inf: 0x7f80, mantissa: 7, bias: 127 },
];

describe.each(formats)('$name', ({ to, from, inf, mantissa, bias }) => {
  it('decodes every bit pattern as the definition says', () => {
    for (let bits = 0; bits < inf; bits++) {
      const exponent = bits >>> mantissa;
      const fraction = bits & ((1 << mantissa) - 1);
      const expected = exponent === 0
        ? fraction * 2 ** (1 - bias - mantissa)
        : (1 + fraction / 2 ** mantissa) * 2 ** (exponent - bias);
      if (from(bits) !== expected || from(bits | 0x8000) !== -expected) expect([bits, from(bits)]).toEqual([bits, expected]);
    }
    expect(from(inf)).toBe(Infinity);
    expect(from(inf | 0x8000)).toBe(-Infinity);
    expect(from(inf | 1)).toBeNaN();
    expect(Object.is(from(0x8000), -0)).toBe(true);
  });

  it('encodes every value back to its bits, NaN to a NaN', () => {
    for (let bits = 0; bits <= inf; bits++) {
      if (to(from(bits)) !== bits || to(from(bits | 0x8000)) !== (bits | 0x8000)) expect(bits).toBe(to(from(bits)));
    }
    expect(from(to(NaN))).toBeNaN();
  });

  it('rounds to nearest, ties to even, subnormals included', () => {
    const all = values(from, inf);
    for (let bits = 0; bits + 1 < inf; bits += 7) {
      const low = all[bits]!;
      const high = all[bits + 1]!;
      const middle = (low + high) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      expect(to(middle)).toBe(even);
      // One float64 step beside the tie: a float32 in between would round it onto the tie.
      expect(to(middle * (1 + 2 ** -52))).toBe(bits + 1);
      expect(to(middle * (1 - 2 ** -52))).toBe(bits);
    }
  });

  it('goes to infinity from half a step above the largest value on', () => {
    const largest = from(inf - 1);
    const step = largest - from(inf - 2);
    expect(to(largest + step / 2)).toBe(inf);
    expect(to((largest + step / 2) * (1 - 2 ** -52))).toBe(inf - 1);
    expect(to(-1e300)).toBe(inf | 0x8000);
    expect(to(1e-300)).toBe(0);
    expect(to(-1e-300)).toBe(0x8000);
  });
});

describe('arrays', () => {
  it('agree with the single conversions', () => {
    fc.assert(fc.property(fc.float32Array({ minLength: 1 }), (array) => {
      expect([...float16FromFloat32(array)]).toEqual([...array].map(toFloat16));
      expect([...bfloat16FromFloat32(array)]).toEqual([...array].map(toBfloat16));
    }));
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
    expect(float32FromFloat16(bits)).toEqual(Float32Array.from(bits, fromFloat16));
    expect(float32FromBfloat16(bits)).toEqual(Float32Array.from(bits, fromBfloat16));
  });
});
