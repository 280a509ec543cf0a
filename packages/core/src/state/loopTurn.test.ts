import { describe, expect, it } from 'vitest';
import { TimeSlice } from './loopTurn.js';

function work(milliseconds: number): void {
  const start = performance.now();
  while (performance.now() - start < milliseconds) { /* holds the event loop */ }
}

describe('a slice of time', () => {
  it('ends after its milliseconds of work, and then lets what waits for the event loop have its chance', async () => {
    const slice = new TimeSlice(5);
    let fired = false;
    setTimeout(() => { fired = true; }, 0);
    work(6);
    const turn = slice.turn();
    expect(turn).toBeInstanceOf(Promise);
    await turn;
    // A timer may be due a turn later.
    while (!fired) {
      work(6);
      await slice.turn();
    }
    expect(new TimeSlice(1e6).turn()).toBeUndefined();
  });
});
