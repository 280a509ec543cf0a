/** Whether programs computed the same before anybody looks at how fast they did. */

export type Values = ArrayLike<number>;

/** The largest difference of any element, as a part of the largest magnitude in `expected`; Infinity where sizes or NaNs differ. */
export function deviation(actual: Values, expected: Values): number {
  if (actual.length !== expected.length) return Infinity;
  let most = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [actual[i]!, expected[i]!];
    if (Number.isNaN(a) !== Number.isNaN(b)) return Infinity;
    if (Number.isFinite(b)) scale = Math.max(scale, Math.abs(b));
    if (!Number.isNaN(a) && a !== b) most = Math.max(most, Math.abs(a - b));
  }
  return most === 0 ? 0 : most / scale;
}

/** Throws where a result is further from the first one's than `tolerance`. */
export function checkAgreement(results: readonly (readonly [name: string, values: Values])[], tolerance: number): void {
  const [first, ...others] = results;
  for (const [name, values] of others) {
    const difference = deviation(values, first![1]);
    if (!(difference <= tolerance)) throw new Error(`${name} and ${first![0]} differ by ${difference.toExponential(1)} of the largest value (${tolerance} is allowed)`);
  }
}
