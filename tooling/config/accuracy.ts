/** Measuring how far float32 results are from the truth, in units in the last place. */

/** float32 numbers of every size and sign, thinned out, with all edges: 64 Ki of them. */
export function everyFloat(step = 65521): Float32Array {
  const edges = [0, -0, 1, -1, 0.5, -0.5, Infinity, -Infinity, NaN, 1.17549435e-38, -1.17549435e-38, 1e-45, -1e-45, 3.4028235e38, -3.4028235e38, 2 ** 28, 1e10, 1e22];
  const count = Math.floor(2 ** 32 / step);
  const words = new Uint32Array(count + edges.length);
  const floats = new Float32Array(words.buffer);
  for (let i = 0; i < count; i++) words[i] = i * step;
  floats.set(edges, count);
  return floats;
}

/** `count` numbers evenly from `low` to `high`. */
export function grid(low: number, high: number, count = 20000): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
}

const word = new Int32Array(1);
const float = new Float32Array(word.buffer);

function unitOf(value: number): number {
  float[0] = Math.abs(value);
  return Math.max(2 ** -149, 2 ** (((word[0]! >> 23) & 0xff) - 150));
}

export interface Worst {
  readonly ulps: number;
  readonly text: string;
}

/** The largest distance from `truth` (in float64), NaN and infinities having to be just that; a wrong sign of zero counts as 1000. */
export function worstUlps(actual: ArrayLike<number>, truth: (index: number) => number, name: (index: number) => string): Worst {
  let worst: Worst = { ulps: 0, text: '' };
  for (let i = 0; i < actual.length; i++) {
    const exact = truth(i);
    const rounded = Math.fround(exact);
    const given = actual[i]!;
    let ulps: number;
    if (Object.is(given, rounded)) continue;
    if (Number.isNaN(rounded) || Number.isNaN(given)) ulps = Infinity;
    else if (rounded === 0 && given === 0) ulps = exact === 0 ? 1000 : 0;
    else if (!Number.isFinite(rounded)) ulps = Math.abs(given) >= 3.4028e38 && Math.sign(given) === Math.sign(rounded) ? 1 : Infinity;
    else if (!Number.isFinite(given)) ulps = Math.abs(rounded) > 3.40282e38 ? 1 : Infinity;
    else ulps = Math.abs(given - exact) / unitOf(rounded);
    if (ulps > worst.ulps) worst = { ulps, text: `${name(i)}: ${given}, truly ${exact} (${ulps.toFixed(2)} ulp)` };
  }
  return worst;
}

/** erf by its series, and erfc by a continued fraction where erf is near 1: full float64 accuracy up to some last digits. */
export function erf(x: number): number {
  if (Number.isNaN(x) || x === 0) return x;
  if (Math.abs(x) > 2.5) return Math.sign(x) * (1 - erfc(Math.abs(x)));
  let term = x;
  let sum = x;
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

export function erfc(x: number): number {
  if (x < 1.5) return x < -6 ? 2 : 1 - erf(x);
  if (x > 30) return 0;
  let fraction = 0;
  for (let n = 120; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}
