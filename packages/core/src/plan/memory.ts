/**
 * Memory of one device in one plan: every value has a lifetime (first to last use, in launch order), and values whose lifetimes do not
 * meet share bytes. The largest are placed first, each at the lowest offset that is free during its life.
 */
import type { DeviceLimits } from '../device/info.js';

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

interface Placed extends Lifetime {
  readonly offset: number;
}

export function layOut(lifetimes: readonly Lifetime[], limits: DeviceLimits): ArenaLayout {
  const order = lifetimes.map((_, i) => i).sort((a, b) => (lifetimes[b]?.bytes ?? 0) - (lifetimes[a]?.bytes ?? 0));
  const arenas: { size: number; placed: Placed[] }[] = [];
  const places = new Array<{ arena: number; offset: number }>(lifetimes.length);
  for (const index of order) {
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
      target.placed.push({ ...life, offset: found.offset });
      target.placed.sort((a, b) => a.offset - b.offset);
    }
    places[index] = found;
  }
  return { arenas: arenas.map(({ size }) => aligned(size, limits.alignment)), places };
}

/** The lowest offset where the value fits beside those alive with it; undefined when this arena has no room for it. */
function freeOffset(placed: readonly Placed[], life: Lifetime, limits: DeviceLimits): number | undefined {
  const alive = placed.filter((other) => other.first <= life.last && life.first <= other.last);
  // Where a launch may not read and write parts of one buffer, a buffer holds one value at a time.
  if (!limits.sharedBuffers) return alive.length === 0 ? 0 : undefined;
  let offset = 0;
  for (const other of alive) {
    if (other.offset >= offset + life.bytes) break;
    offset = Math.max(offset, aligned(other.offset + other.bytes, limits.alignment));
  }
  return offset + life.bytes <= limits.bufferBytes ? offset : undefined;
}

export function aligned(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
