import { expect, it } from 'vitest';
import { testInfo } from '../testing/standalone.js';
import { measureTile } from './measureTile.js';

it('gives a tile whose rows cut row blocks evenly, within its time', () => {
  const start = performance.now();
  const { rows, columns } = measureTile(testInfo().features);
  expect([12 % rows, columns % 4]).toEqual([0, 0]);
  expect(performance.now() - start).toBeLessThan(1000);
});
