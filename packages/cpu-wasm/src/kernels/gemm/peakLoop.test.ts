import { expect, it } from 'vitest';
import { testInfo } from '../testing/standalone.js';
import { peakLoop } from './peakLoop.js';

it.each([true, false])('runs on this engine (relaxed SIMD if there is any: %s)', (relaxed) => {
  const { features } = testInfo();
  const { flops, run } = peakLoop({ ...features, relaxedSimd: relaxed && features.relaxedSimd });
  expect(() => run()).not.toThrow();
  expect(flops).toBe(1_920_000);
});
