import { expect, it } from 'vitest';
import { checkAgreement, deviation } from './agree.js';

it('measures differences against the largest value', () => {
  expect(deviation([1, 2, 4], [1, 2, 4])).toBe(0);
  expect(deviation([1, 2.5, 4], [1, 2, 4])).toBe(0.125);
  expect(deviation([NaN, 1], [NaN, 1])).toBe(0);
  expect(deviation([NaN, 1], [2, 1])).toBe(Infinity);
  expect(deviation([1], [1, 2])).toBe(Infinity);
});

it('names the programs that differ', () => {
  expect(() => checkAgreement([['ours', [1, 2]], ['theirs', [1, 2.0001]]], 1e-3)).not.toThrow();
  expect(() => checkAgreement([['ours', [1, 2]], ['theirs', [1, 3]]], 1e-3)).toThrow('theirs and ours differ by 5.0e-1');
});
