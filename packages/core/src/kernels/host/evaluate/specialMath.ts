/**
 * Functions that Math lacks, in float64. Series and continued fractions whose terms have one sign are used where a cancellation would cost
 * digits; each is good to a few units in the last place of float64 away from its zeros.
 */

const SQRT_PI = Math.sqrt(Math.PI);
const HALF_LOG_2PI = 0.9189385332046727;

/** erf by its all-positive series: 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·5…(2n+1)). */
function erfSeries(x: number): number {
  const twice = 2 * x * x;
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= twice / (2 * n + 1);
    sum += term;
    if (Math.abs(term) < 1e-17 * Math.abs(sum)) break;
  }
  return (2 / SQRT_PI) * Math.exp(-x * x) * sum;
}

/** erfc for x ≥ 2 by its continued fraction, evaluated from the far end. */
function erfcFraction(x: number): number {
  const depth = Math.ceil(30 + 200 / (x * x));
  let tail = x;
  for (let k = depth; k > 0; k--) tail = x + k / 2 / tail;
  return Math.exp(-x * x) / (SQRT_PI * tail);
}

export function erf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const size = Math.abs(x);
  if (size < 2) return erfSeries(x);
  return Math.sign(x) * (size > 6 ? 1 : 1 - erfcFraction(size));
}

export function erfc(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x < 2) return x < -2 ? 2 - erfcOfLarge(-x) : 1 - erfSeries(x);
  return erfcOfLarge(x);
}

function erfcOfLarge(x: number): number {
  return x > 27.3 ? 0 : erfcFraction(x);
}

/** Coefficients of Stirling's series: B(2k) / (2k (2k−1)). */
const stirling: readonly number[] = [
  1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400,
];

/** log |Γ(x)|. */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (!Number.isFinite(x)) return Infinity;
  if (x <= 0) {
    if (Number.isInteger(x)) return Infinity;
    if (x < 0.5) return Math.log(Math.PI / Math.abs(sinPi(x))) - lgamma(1 - x);
  }
  if (x === 1 || x === 2) return 0;
  // Γ(x) = Γ(x + n) / (x (x+1) … (x+n−1)); from 12 on Stirling's series has full precision.
  let product = 1;
  let shifted = x;
  while (shifted < 12) {
    product *= shifted;
    shifted++;
  }
  const inverse = 1 / shifted;
  const square = inverse * inverse;
  let series = 0;
  for (let k = stirling.length - 1; k >= 0; k--) series = series * square + stirling[k]!;
  return (shifted - 0.5) * Math.log(shifted) - shifted + HALF_LOG_2PI + series * inverse - Math.log(product);
}

function sinPi(x: number): number {
  const rest = x - 2 * Math.floor(x / 2);
  return Math.sin(Math.PI * rest);
}

/** Coefficients of the digamma's asymptotic series: B(2k) / 2k. */
const psiSeries: readonly number[] = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12];

/** ψ(x) = d/dx log Γ(x). TensorFlow gives NaN at the poles below 0 and −∞ at 0. */
export function digamma(x: number): number {
  if (Number.isNaN(x) || x === -Infinity) return NaN;
  if (x === Infinity) return Infinity;
  if (x === 0) return Object.is(x, -0) ? Infinity : -Infinity;
  if (x < 0) {
    if (Number.isInteger(x)) return NaN;
    const rest = x - Math.floor(x);
    return digamma(1 - x) - Math.PI / Math.tan(Math.PI * rest);
  }
  let shifted = x;
  let sum = 0;
  while (shifted < 10) {
    sum -= 1 / shifted;
    shifted++;
  }
  const square = 1 / (shifted * shifted);
  let series = 0;
  for (let k = psiSeries.length - 1; k >= 0; k--) series = series * square + psiSeries[k]!;
  return sum + Math.log(shifted) - 0.5 / shifted - series * square;
}

/** C's pow: 1 to any power is 1, and ±1 to an infinite power is 1; JavaScript says NaN. */
export function pow(x: number, y: number): number {
  if (x === 1 || (x === -1 && (y === Infinity || y === -Infinity))) return 1;
  return Math.pow(x, y);
}

/** To the nearest integer, halves to even. */
export function rint(x: number): number {
  if (!(Math.abs(x) < 4503599627370496)) return x;
  const below = Math.floor(x);
  const rest = x - below;
  let rounded = below;
  if (rest > 0.5 || (rest === 0.5 && below % 2 !== 0)) rounded = below + 1;
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded;
}

/** 1 / (1 + e^(−x)), without overflow. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** The inverse of the normal distribution's cumulative function, refined by one Halley step over a rational start. */
export function ndtri(p: number): number {
  if (p === 0) return -Infinity;
  if (p === 1) return Infinity;
  if (!(p > 0 && p < 1)) return NaN;
  let x: number;
  const tail = Math.min(p, 1 - p);
  // Abramowitz and Stegun 26.2.23, good to 4.5e-4.
  const t = Math.sqrt(-2 * Math.log(tail));
  x = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let step = 0; step < 3; step++) {
    const error = 0.5 * erfc(x / Math.SQRT2) - tail;
    const slope = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    const newton = error / slope;
    x += newton / (1 - 0.5 * x * newton);
  }
  return p < 0.5 ? -x : x;
}
