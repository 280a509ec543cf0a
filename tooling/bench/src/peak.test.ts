import { expect, it } from 'vitest';
import { peakFlops, peakLoop } from './peak.js';

it('runs its loop on this engine', () => {
  const { run } = peakLoop();
  expect(run()).toBeGreaterThan(0);
  expect(peakFlops).toBe(1_920_000);
});
