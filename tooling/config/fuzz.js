// What the fuzz tests of the packages share: a seeded random generator and mutations of bytes.

/** How many mutations a fuzz test makes: SESSIONFLOW_FUZZ, else 10,000 in CI and 3,000 elsewhere. */
export function fuzzCount() {
  return Number(process.env.SESSIONFLOW_FUZZ ?? (process.env.CI ? 10_000 : 3_000));
}

/** A small seeded generator of numbers from 0 to 1 (mulberry32). */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Bytes that formats trip over. */
const nasty = [0, 1, 0x7f, 0x80, 0xff, 0x22, 0x5c, 0x7b, 0x7d, 0x3c, 0x3a, 0x0a, 0x2d, 0x39];

/** The bytes with up to four edits: changed, removed, repeated, inserted, cut off. */
export function mutate(bytes, next) {
  let out = Uint8Array.from(bytes);
  const below = (n) => Math.floor(next() * n);
  const splice = (at, remove, insert) => {
    const end = Math.min(at + remove, out.length);
    const joined = new Uint8Array(out.length - (end - at) + insert.length);
    joined.set(out.subarray(0, at));
    joined.set(insert, at);
    joined.set(out.subarray(end), at + insert.length);
    out = joined;
  };
  for (let edits = 1 + below(4); edits > 0; edits--) {
    const at = below(out.length);
    switch (below(6)) {
      case 0: out[at] = below(256); break;
      case 1: out[at] = nasty[below(nasty.length)]; break;
      case 2: splice(at, 1 + below(20), []); break;
      case 3: {
        const from = below(out.length);
        splice(at, 0, out.slice(from, from + below(40)));
        break;
      }
      case 4: out = out.slice(0, at); break;
      default: splice(at, 0, new Array(1 + below(9)).fill(nasty[below(nasty.length)])); break;
    }
    if (out.length === 0) out = Uint8Array.of(0);
  }
  return out;
}
