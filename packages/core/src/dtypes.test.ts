import { describe, expect, it, vi } from 'vitest';
import { allDTypes, hasBytes, newData, newUnclearedData, type ByteDType } from './dtypes.js';

describe('newUnclearedData', () => {
  const cases = allDTypes.filter(hasBytes).flatMap((dtype) => [0, 3, 100_003].map((count) => [dtype, count] as const));

  it.each(cases)('makes an array like newData for %s, %i elements', (dtype, count) => {
    const made = newUnclearedData<ByteDType>(dtype, count);
    const cleared = newData<ByteDType>(dtype, count);
    expect(made.constructor).toBe(cleared.constructor);
    expect([made.length, made.byteOffset, made.buffer.byteLength]).toEqual([cleared.length, 0, cleared.byteLength]);
    expect(made.buffer).toBeInstanceOf(ArrayBuffer);
  });

  it('does without Node', () => {
    vi.stubGlobal('Buffer', undefined);
    try {
      expect(newUnclearedData('float32', 100_000)).toEqual(new Float32Array(100_000));
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
