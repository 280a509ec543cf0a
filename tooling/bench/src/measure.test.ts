import { describe, expect, it } from 'vitest';
import { geometricMean, measure, median, processorClock, speedup } from './measure.js';

describe('measure', () => {
  it('lets every program run in every round, first another one each time, once untimed before its sample', async () => {
    const order: string[] = [];
    let now = 0;
    const contender = (name: string, cost: number): { name: string; run: () => unknown } => ({
      name,
      run: () => {
        order.push(name);
        now += cost;
        return name === 'b' ? Promise.resolve() : undefined;
      },
    });
    const measured = await measure([contender('a', 2), contender('b', 4)], { repeat: 2, warmupMs: 0, sampleMs: 0, clock: () => now });
    expect(measured).toEqual([{ name: 'a', times: [2, 2] }, { name: 'b', times: [4, 4] }]);
    expect(order.slice(-8).join('')).toBe('aabbbbaa');
    expect(speedup(measured[0]!, measured[1]!)).toBe(2);
  });

  it('reads the processor time of the process', () => {
    const start = processorClock();
    while (processorClock() === start);
    expect(processorClock()).toBeGreaterThan(start);
  });
});

it('medians and means', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(geometricMean([2, 8])).toBeCloseTo(4);
});
