/**
 * Functions given by integrals and series: Bessel, Fresnel, Dawson, exponential integral, incomplete gamma and beta, zeta. Integrals are summed
 * by Gauss-Legendre panels or, where the integrand is periodic or falls doubly exponentially, by the trapezoidal rule.
 */
import { digamma, erf, erfc, lgamma, ndtri } from './specialMath.js';

/** Nodes and weights of 20 points on [−1, 1], by Newton's method on the Legendre polynomial. */
const gauss: readonly { readonly node: number; readonly weight: number }[] = Array.from({ length: 20 }, (_, i) => {
  const n = 20;
  let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
  let slope = 1;
  for (let step = 0; step < 100; step++) {
    let [previous, value] = [1, x];
    for (let k = 2; k <= n; k++) [previous, value] = [value, ((2 * k - 1) * x * value - (k - 1) * previous) / k];
    slope = (n * (x * value - previous)) / (x * x - 1);
    const change = value / slope;
    x -= change;
    if (Math.abs(change) < 1e-16) break;
  }
  return { node: x, weight: 2 / ((1 - x * x) * slope * slope) };
});

function integral(f: (t: number) => number, from: number, to: number, panels: number): number {
  const width = (to - from) / panels;
  let sum = 0;
  for (let panel = 0; panel < panels; panel++) {
    const middle = from + (panel + 0.5) * width;
    for (const { node, weight } of gauss) sum += weight * f(middle + (node * width) / 2);
  }
  return (sum * width) / 2;
}

/** The mean of an even periodic function over [0, π]. */
function mean(f: (angle: number) => number, points: number): number {
  let sum = (f(0) + f(Math.PI)) / 2;
  for (let i = 1; i < points; i++) sum += f((Math.PI * i) / points);
  return sum / points;
}

/** e^(−|x|) Iₙ(x). */
export function besselIe(order: 0 | 1, x: number): number {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? NaN : 0;
  const size = Math.abs(x);
  const points = Math.ceil(40 + 12 * Math.sqrt(size) + Math.min(size, 40));
  const value = mean((angle) => Math.exp(size * (Math.cos(angle) - 1)) * (order === 0 ? 1 : Math.cos(angle)), Math.min(points, 20000));
  return order === 1 && x < 0 ? -value : value;
}

export function besselI(order: 0 | 1, x: number): number {
  const scaled = besselIe(order, x);
  return Number.isFinite(x) ? Math.exp(Math.abs(x)) * scaled : order === 1 && x < 0 ? -Infinity : Number.isNaN(x) ? NaN : Infinity;
}

export function besselJ(order: 0 | 1, x: number): number {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? NaN : 0;
  const points = Math.min(Math.ceil(Math.abs(x)) + 60, 200_000);
  return mean((angle) => Math.cos(order * angle - x * Math.sin(angle)), points);
}

/** e^x Kₙ(x), by ∫ e^(−x (cosh t − 1)) cosh(n t) dt: the trapezoidal rule converges exponentially. */
export function besselKe(order: 0 | 1, x: number): number {
  if (Number.isNaN(x) || x < 0) return NaN;
  if (x === 0) return Infinity;
  if (x === Infinity) return 0;
  const end = Math.acosh(1 + 745 / x);
  const steps = Math.max(200, Math.ceil(end * 40));
  const h = end / steps;
  let sum = 0.5;
  for (let i = 1; i <= steps; i++) {
    const t = i * h;
    sum += Math.exp(-2 * x * Math.sinh(t / 2) ** 2) * (order === 0 ? 1 : Math.cosh(t));
  }
  return sum * h;
}

export function besselK(order: 0 | 1, x: number): number {
  return x === Infinity ? 0 : Math.exp(-x) * besselKe(order, x);
}

export function besselY(order: 0 | 1, x: number): number {
  if (Number.isNaN(x) || x < 0) return NaN;
  if (x === 0) return -Infinity;
  if (x === Infinity) return 0;
  const waves = integral((angle) => Math.sin(x * Math.sin(angle) - order * angle), 0, Math.PI, Math.ceil(2 + x / 10));
  const end = Math.asinh(750 / x);
  const tail = integral((t) => (order === 0 ? 2 : Math.exp(t) - Math.exp(-t)) * Math.exp(-x * Math.sinh(t)), 0, end, Math.ceil(20 + 8 * end));
  return (waves - tail) / Math.PI;
}

/** e^(−x²) ∫₀ˣ e^(t²) dt. */
export function dawson(x: number): number {
  const size = Math.abs(x);
  if (!Number.isFinite(x)) return Number.isNaN(x) ? NaN : 0;
  // Only the last stretch counts: (x − s)² − x² = s (s − 2x).
  const reach = Math.min(size, 40 / Math.max(size, 1));
  const value = size > 1e4 ? 1 / (2 * size) : integral((s) => Math.exp(s * (s - 2 * size)), 0, reach, 16);
  return x < 0 ? -value : value;
}

const EULER = 0.5772156649015329;

/** Ei(x) for x > 0; −E₁(−x) below. */
export function expint(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x === 0) return -Infinity;
  if (x > 40) {
    if (x > 710) return Infinity;
    let [term, sum] = [1, 1];
    for (let k = 1; k < x && Math.abs(term) > 1e-17; k++) {
      term *= k / x;
      sum += term;
    }
    return (Math.exp(x) / x) * sum;
  }
  if (x < -1) {
    let tail = 0;
    for (let k = 200; k > 0; k--) tail = k / (1 + k / (-x + tail));
    return -Math.exp(x) / (-x + tail);
  }
  let [term, sum] = [1, 0];
  for (let k = 1; k < 400; k++) {
    term *= x / k;
    sum += term / k;
    if (Math.abs(term) < 1e-18 * Math.abs(sum)) break;
  }
  return EULER + Math.log(Math.abs(x)) + sum;
}

/** ∫₀ˣ cos or sin (π t² / 2) dt. */
export function fresnel(wave: (angle: number) => number, x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return NaN;
  let value = 0.5;
  if (size > 60) {
    const angle = (Math.PI / 2) * (size * size % 4);
    value += (wave === Math.cos ? Math.sin(angle) : -Math.cos(angle)) / (Math.PI * size);
    if (!Number.isFinite(size)) value = 0.5;
  } else value = integral((t) => wave((Math.PI / 2) * t * t), 0, size, Math.ceil(1 + size * size));
  return x < 0 ? -value : value;
}

/** Li₂(y) for y ≤ 1. */
function dilogarithm(y: number): number {
  const sixth = (Math.PI * Math.PI) / 6;
  if (y === 1) return sixth;
  if (y < -1) return -sixth - 0.5 * Math.log(-y) ** 2 - dilogarithm(1 / y);
  if (y < -0.5) return 0.5 * dilogarithm(y * y) - dilogarithm(-y);
  if (y > 0.5) return sixth - Math.log(y) * Math.log1p(-y) - dilogarithm(1 - y);
  let [power, sum] = [1, 0];
  for (let k = 1; k < 100; k++) {
    power *= y;
    sum += power / (k * k);
  }
  return sum;
}

/** ∫₁ˣ log t / (1 − t) dt. */
export function spence(x: number): number {
  return x < 0 || Number.isNaN(x) ? NaN : dilogarithm(1 - x);
}

/** The inverse of erf: Halley's steps from a start that is right to a few digits. */
export function erfinv(x: number): number {
  if (!(Math.abs(x) < 1)) return x === 1 ? Infinity : x === -1 ? -Infinity : NaN;
  let y = Math.abs(x) < 0.5 ? (x * Math.sqrt(Math.PI)) / 2 : ndtri((x + 1) / 2) / Math.SQRT2;
  for (let step = 0; step < 4; step++) {
    // erf(y) − x, by the complements where these keep the digits.
    const error = x > 0.5 ? 1 - x - erfc(y) : x < -0.5 ? erfc(-y) - (1 + x) : erf(y) - x;
    const newton = error / ((2 / Math.sqrt(Math.PI)) * Math.exp(-y * y));
    y -= newton / (1 + y * newton);
  }
  return y;
}

/** P(a, x), the lower regularised incomplete gamma function; its complement Q where `upper`. */
export function incompleteGamma(a: number, x: number, upper: boolean): number {
  if (Number.isNaN(a) || Number.isNaN(x) || x < 0 || a <= 0) return NaN;
  if (x === 0) return upper ? 1 : 0;
  if (x === Infinity) return upper ? 0 : 1;
  const front = Math.exp(a * Math.log(x) - x - lgamma(a));
  if (x < a + 1) {
    let [term, sum] = [1 / a, 1 / a];
    for (let n = 1; n < 10_000 && Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= x / (a + n);
      sum += term;
    }
    return upper ? 1 - front * sum : front * sum;
  }
  let tail = 0;
  for (let n = 2000; n > 0; n--) tail = (n * (n - a)) / (x + 2 * n + 1 - a - tail);
  const complement = front / (x + 1 - a - tail);
  return upper ? complement : 1 - complement;
}

/** The regularised incomplete beta function, by its continued fraction. */
export function incompleteBeta(a: number, b: number, x: number): number {
  if (Number.isNaN(a + b + x) || a <= 0 || b <= 0 || x < 0 || x > 1) return NaN;
  if (x === 0 || x === 1) return x;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, 1 - x);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b)) / a;
  let tail = 1;
  for (let m = 500; m > 0; m--) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    tail = 1 + even / (1 + odd / tail);
  }
  const first = (-(a + b) * x) / (a + 1);
  return front / (1 + first / tail);
}

/** Bernoulli numbers B₂ … B₂₀ over their factorials' places in the Euler-Maclaurin formula. */
const bernoulli: readonly number[] = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330];

/** Hurwitz's ζ(s, q) = Σ (q + n)^(−s), by Euler and Maclaurin. */
export function zeta(s: number, q: number): number {
  if (s === 1) return Infinity;
  if (Number.isNaN(s) || Number.isNaN(q) || s < 1) return NaN;
  if (q <= 0 && Math.floor(q) === q) return s % 2 === 0 ? Infinity : NaN;
  if (q <= 0) return Number.isInteger(s) ? shiftedZeta(s, q) : NaN;
  return shiftedZeta(s, q);
}

function shiftedZeta(s: number, q: number): number {
  let sum = 0;
  let at = q;
  while (at < 15) {
    sum += at ** -s;
    at++;
  }
  sum += at ** (1 - s) / (s - 1) + 0.5 * at ** -s;
  let factor = s;
  let factorial = 2;
  bernoulli.forEach((b, i) => {
    const k = 2 * (i + 1);
    sum += (b / factorial) * factor * at ** (-s - k + 1);
    factor *= (s + k - 1) * (s + k);
    factorial *= (k + 1) * (k + 2);
  });
  return sum;
}

/** The derivative of order n of digamma. */
export function polygamma(n: number, x: number): number {
  if (n < 0 || !Number.isInteger(n)) return NaN;
  if (n === 0) return digamma(x);
  return (n % 2 === 0 ? -1 : 1) * Math.exp(lgamma(n + 1)) * zeta(n + 1, x);
}
