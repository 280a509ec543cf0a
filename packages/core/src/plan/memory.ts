/**
 * Memory of one device in one plan: every value has a lifetime (first to last use, in launch order), and values whose lifetimes do not
 * meet share bytes. Each is placed at the lowest offset that is free during its life: the largest first, and where that leaves much more
 * than is ever alive at once, in some other orders, of which the best is taken.
 */
import type { DeviceLimits } from '../device/info.js';
import type { Stage } from '../stage.js';

export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  last: number;
}

export interface ArenaLayout {
  readonly arenas: readonly number[];
  /** By lifetime: which arena and where in it. */
  readonly places: readonly { readonly arena: number; readonly offset: number }[];
}

interface Placed {
  readonly offset: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Layouts this close to what is alive at once are good enough. */
const goodEnough = 1.05;

/** Orders in which values are placed; those that come earlier are tried earlier. */
const orders: readonly ((a: Lifetime, b: Lifetime) => number)[] = [
  (a, b) => b.bytes - a.bytes,
  (a, b) => b.bytes * (b.last - b.first + 1) - a.bytes * (a.last - a.first + 1),
  (a, b) => a.first - b.first || b.bytes - a.bytes,
  (a, b) => (b.last - b.first) - (a.last - a.first) || b.bytes - a.bytes,
];

export function* layOut(lifetimes: readonly Lifetime[], limits: DeviceLimits): Stage<ArenaLayout> {
  const least = goodEnough * mostAlive(lifetimes, limits.alignment);
  let best: ArenaLayout | undefined;
  let bestBytes = Infinity;
  for (const order of orders) {
    const layout = yield* layOutInOrder(lifetimes, limits, order);
    const bytes = layout.arenas.reduce((sum, size) => sum + size, 0);
    if (bytes < bestBytes) [best, bestBytes] = [layout, bytes];
    // Whole buffers of one value each are compared no further: an order hardly matters there.
    if (bestBytes <= least || !limits.sharedBuffers) break;
  }
  return best ?? { arenas: [], places: [] };
}

/** Bytes of the values that are alive at the worst moment. */
function mostAlive(lifetimes: readonly Lifetime[], alignment: number): number {
  const changes = new Map<number, number>();
  const change = (time: number, bytes: number): void => { changes.set(time, (changes.get(time) ?? 0) + bytes); };
  for (const { bytes, first, last } of lifetimes) {
    change(first, aligned(bytes, alignment));
    change(last + 1, -aligned(bytes, alignment));
  }
  let alive = 0;
  let most = 0;
  for (const [, bytes] of [...changes].sort(([a], [b]) => a - b)) most = Math.max(most, alive += bytes);
  return most;
}

function* layOutInOrder(lifetimes: readonly Lifetime[], limits: DeviceLimits, compare: (a: Lifetime, b: Lifetime) => number): Stage<ArenaLayout> {
  const order = [...lifetimes.entries()].sort(([, a], [, b]) => compare(a, b)).map(([index]) => index);
  const arenas: { size: number; placed: Placed[] }[] = [];
  const places = new Array<{ arena: number; offset: number }>(lifetimes.length);
  for (const index of order) {
    yield;
    const life = lifetimes[index];
    if (life === undefined) continue;
    let found: { arena: number; offset: number } | undefined;
    for (const [arena, { placed }] of arenas.entries()) {
      const offset = freeOffset(placed, life, limits);
      if (offset === undefined) continue;
      found = { arena, offset };
      break;
    }
    if (found === undefined) {
      arenas.push({ size: 0, placed: [] });
      found = { arena: arenas.length - 1, offset: 0 };
    }
    const target = arenas[found.arena];
    if (target !== undefined) {
      target.size = Math.max(target.size, found.offset + life.bytes);
      insert(target.placed, { offset: found.offset, bytes: life.bytes, first: life.first, last: life.last });
    }
    places[index] = found;
  }
  return { arenas: arenas.map(({ size }) => aligned(size, limits.alignment)), places };
}

/** Keeps the list in the order of offsets: sorting it anew for every value would take most of the time of a large plan. */
function insert(placed: Placed[], value: Placed): void {
  let [low, high] = [0, placed.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((placed[middle]?.offset ?? 0) <= value.offset) low = middle + 1;
    else high = middle;
  }
  placed.splice(low, 0, value);
}

/** The lowest offset where the value fits beside those alive with it; undefined when this arena has no room for it. */
function freeOffset(placed: readonly Placed[], { bytes, first, last }: Lifetime, limits: DeviceLimits): number | undefined {
  let offset = 0;
  for (const other of placed) {
    if (other.first > last || first > other.last) continue;
    // Where a launch may not read and write parts of one buffer, a buffer holds one value at a time.
    if (!limits.sharedBuffers) return undefined;
    if (other.offset >= offset + bytes) break;
    offset = Math.max(offset, aligned(other.offset + other.bytes, limits.alignment));
  }
  return !limits.sharedBuffers || offset + bytes <= limits.bufferBytes ? offset : undefined;
}

export function aligned(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
