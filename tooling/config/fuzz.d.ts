/** How many mutations a fuzz test makes: SESSIONFLOW_FUZZ, else 10,000 in CI and 3,000 elsewhere. */
export function fuzzCount(): number;

/** A small seeded generator of numbers from 0 to 1. */
export function random(seed: number): () => number;

/** The bytes with up to four edits: changed, removed, repeated, inserted, cut off. */
export function mutate(bytes: Uint8Array, next: () => number): Uint8Array<ArrayBuffer>;
