import { describe, expect, it } from 'vitest';
import type { DeviceLimits } from '../device/info.js';
import { finish } from '../stage.js';
import { layOut as layOutStage, type ArenaLayout, type Lifetime } from './memory.js';

const limits: DeviceLimits = { alignment: 64, bufferBytes: 1 << 30, bindings: 8, sharedBuffers: true };
const layOut = (lives: readonly Lifetime[], given: DeviceLimits): ArenaLayout => finish(layOutStage(lives, given));

/** A small generator with a fixed sequence, so that a failure repeats. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function randomLifetimes(seed: number, count: number): Lifetime[] {
  const next = sequence(seed);
  return Array.from({ length: count }, () => {
    const first = Math.floor(next() * 100);
    return { bytes: 1 + Math.floor(next() * 5000), first, last: first + Math.floor(next() * 10) };
  });
}

function overlaps(a: Lifetime, b: Lifetime): boolean {
  return a.first <= b.last && b.first <= a.last;
}

describe('layOut', () => {
  it('gives values that live at the same time different, aligned bytes', () => {
    for (let seed = 0; seed < 20; seed++) {
      const lives = randomLifetimes(seed, 60);
      const { arenas, places } = layOut(lives, limits);
      lives.forEach((life, i) => {
        const place = places[i]!;
        expect(place.offset % 64).toBe(0);
        expect(place.offset + life.bytes).toBeLessThanOrEqual(arenas[place.arena]!);
        for (let j = 0; j < i; j++) {
          const other = places[j]!;
          if (!overlaps(life, lives[j]!) || other.arena !== place.arena) continue;
          const apart = place.offset >= other.offset + lives[j]!.bytes || other.offset >= place.offset + life.bytes;
          expect(apart, `seed ${seed}: ${i} and ${j}`).toBe(true);
        }
      });
    }
  });

  it('lets values share bytes when their lives do not meet', () => {
    const lives = [{ bytes: 1000, first: 0, last: 1 }, { bytes: 1000, first: 2, last: 3 }, { bytes: 500, first: 4, last: 4 }];
    expect(layOut(lives, limits).arenas).toEqual([1024]);
  });

  it('puts one value at a time into a buffer where a launch may not share one', () => {
    const lives = [{ bytes: 100, first: 0, last: 1 }, { bytes: 100, first: 1, last: 2 }, { bytes: 100, first: 3, last: 3 }];
    const { arenas, places } = layOut(lives, { ...limits, sharedBuffers: false });
    expect(arenas).toEqual([128, 128]);
    expect(places[0]!.arena).not.toBe(places[1]!.arena);
    expect(places.every(({ offset }) => offset === 0)).toBe(true);
  });

  it('opens another arena when a buffer would be too large', () => {
    const lives = [{ bytes: 600, first: 0, last: 1 }, { bytes: 600, first: 0, last: 1 }];
    expect(layOut(lives, { ...limits, bufferBytes: 1000 }).arenas).toEqual([640, 640]);
  });
});
