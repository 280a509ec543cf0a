/** Test values of every dtype, and comparison of tensors. */
import { HostTensor, newData, sizeOf, type Shape } from '@sessionflow/core/device';
import { expect } from 'vitest';
import type { SimdDType } from '../map/lanes.js';
import { random } from './hostOracle.js';

/** Values of all sizes, with the edges of the dtype among them. */
export function edgy(dtype: SimdDType, shape: Shape, seed: number, low = -Infinity): HostTensor {
  const next = random(seed);
  const data = newData(dtype, sizeOf(shape));
  const floatEdges = [0, -0, 1, -1, NaN, Infinity, -Infinity, 0.5, 2.5, -1.5, 1e-40, 3e38];
  for (let i = 0; i < sizeOf(shape); i++) {
    const pick = next();
    if (data instanceof Float32Array || data instanceof Float64Array) data[i] = Math.max(low, pick < 0.3 ? floatEdges[Math.floor(next() * floatEdges.length)]! : (next() - 0.5) * 20);
    else if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
      const value = pick < 0.2 ? BigInt.asIntN(64, BigInt(Math.floor((next() - 0.5) * 2 ** 53)) << 11n) : BigInt(Math.floor(next() * 40) - 20);
      data[i] = low === 1 && value < 1n ? 1n : value;
    } else if (dtype === 'bool') data[i] = pick < 0.5 ? 1 : 0;
    else {
      data[i] = pick < 0.2 ? Math.floor((next() - 0.5) * 2 ** 32) : Math.floor(next() * 40) - 20;
      if (low === 1 && data[i]! < 1) data[i] = 1;
    }
  }
  return new HostTensor(dtype, shape, data);
}


/** Equal, or both NaN, or within a relative tolerance. */
export function expectClose(actual: HostTensor, expected: HostTensor, tolerance: number, text: string): void {
  expect(actual.dtype).toBe(expected.dtype);
  const a = actual.data as Float32Array;
  const b = expected.data as Float32Array;
  expect(a.length, text).toBe(b.length);
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    if (tolerance > 0 && Math.abs(x - y) <= tolerance * Math.max(Math.abs(y), 1e-37)) continue;
    expect.unreachable(`${text}: element ${i} is ${x}, should be ${y}`);
  }
}
