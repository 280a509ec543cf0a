/** Complex arithmetic on (re, im) pairs, in float64. */

export type Complex = readonly [re: number, im: number];

export const add = (a: Complex, b: Complex): Complex => [a[0] + b[0], a[1] + b[1]];
export const sub = (a: Complex, b: Complex): Complex => [a[0] - b[0], a[1] - b[1]];
export const mul = (a: Complex, b: Complex): Complex => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];

/** Smith's division: scaled so that nothing overflows early. */
export function div(a: Complex, b: Complex): Complex {
  if (b[0] === 0 && b[1] === 0) return [a[0] / b[0], a[1] / b[0]];
  if (Math.abs(b[0]) >= Math.abs(b[1])) {
    const ratio = b[1] / b[0];
    const scale = b[0] + b[1] * ratio;
    return [(a[0] + a[1] * ratio) / scale, (a[1] - a[0] * ratio) / scale];
  }
  const ratio = b[0] / b[1];
  const scale = b[0] * ratio + b[1];
  return [(a[0] * ratio + a[1]) / scale, (a[1] * ratio - a[0]) / scale];
}

export const neg = (a: Complex): Complex => [-a[0], -a[1]];
export const abs = (a: Complex): number => Math.hypot(a[0], a[1]);
export const angle = (a: Complex): number => Math.atan2(a[1], a[0]);
export const reciprocal = (a: Complex): Complex => div([1, 0], a);

/** e^re · cis(im), with 0 where the magnitude is 0 although the angle is not a number. */
export function exp(a: Complex): Complex {
  const size = Math.exp(a[0]);
  if (a[1] === 0) return [size, a[1]];
  return size === 0 ? [0, 0] : [size * Math.cos(a[1]), size * Math.sin(a[1])];
}

export const log = (a: Complex): Complex => [Math.log(abs(a)), angle(a)];

export function sqrt(a: Complex): Complex {
  if (a[0] === 0 && a[1] === 0) return [0, a[1]];
  const size = Math.sqrt((Math.abs(a[0]) + abs(a)) / 2);
  if (a[0] >= 0) return [size, a[1] / (2 * size)];
  return [Math.abs(a[1]) / (2 * size), a[1] < 0 || Object.is(a[1], -0) ? -size : size];
}

export const rsqrt = (a: Complex): Complex => reciprocal(sqrt(a));

export function pow(a: Complex, b: Complex): Complex {
  if (b[0] === 0 && b[1] === 0) return [1, 0];
  if (a[0] === 0 && a[1] === 0) return b[0] > 0 ? [0, 0] : [NaN, NaN];
  return exp(mul(b, log(a)));
}

export const sinh = (a: Complex): Complex => [Math.sinh(a[0]) * Math.cos(a[1]), Math.cosh(a[0]) * Math.sin(a[1])];
export const cosh = (a: Complex): Complex => [Math.cosh(a[0]) * Math.cos(a[1]), Math.sinh(a[0]) * Math.sin(a[1])];

export function tanh(a: Complex): Complex {
  if (Math.abs(a[0]) > 20) return [Math.sign(a[0]), 0];
  const scale = Math.cosh(2 * a[0]) + Math.cos(2 * a[1]);
  return [Math.sinh(2 * a[0]) / scale, Math.sin(2 * a[1]) / scale];
}

const turn = (a: Complex): Complex => [-a[1], a[0]];
const turnBack = (a: Complex): Complex => [a[1], -a[0]];

export const sin = (a: Complex): Complex => turnBack(sinh(turn(a)));
export const cos = (a: Complex): Complex => cosh(turn(a));
export const tan = (a: Complex): Complex => turnBack(tanh(turn(a)));

export function asinh(a: Complex): Complex {
  // The branch with the larger argument of the logarithm, by asinh(−a) = −asinh(a).
  if (a[0] < 0 || Object.is(a[0], -0)) return neg(asinh(neg(a)));
  return log(add(a, sqrt(add(mul(a, a), [1, 0]))));
}

/** log(a + √(a+1) √(a−1)). */
export const acosh = (a: Complex): Complex => log(add(a, mul(sqrt(add(a, [1, 0])), sqrt(sub(a, [1, 0])))));

/** ½ (log(1+a) − log(1−a)). */
export function atanh(a: Complex): Complex {
  // −im keeps the sign of a zero, which tells the side of the cut.
  const both = sub(log(add([1, 0], a)), log([1 - a[0], -a[1]]));
  return [both[0] / 2, both[1] / 2];
}

export const asin = (a: Complex): Complex => turnBack(asinh(turn(a)));
export const acos = (a: Complex): Complex => sub([Math.PI / 2, 0], asin(a));
export const atan = (a: Complex): Complex => turnBack(atanh(turn(a)));

export function expm1(a: Complex): Complex {
  const half = Math.sin(a[1] / 2);
  return [Math.expm1(a[0]) * Math.cos(a[1]) - 2 * half * half, Math.exp(a[0]) * Math.sin(a[1])];
}

/** log(1 + a); the real part by log1p of |1+a|² − 1, which keeps small arguments. */
export const log1p = (a: Complex): Complex => [0.5 * Math.log1p(a[0] * (2 + a[0]) + a[1] * a[1]), Math.atan2(a[1], 1 + a[0])];

export const sigmoid = (a: Complex): Complex => reciprocal(add([1, 0], exp(neg(a))));

/** a / |a|, 0 at 0. */
export function sign(a: Complex): Complex {
  const size = abs(a);
  return size === 0 ? [0, 0] : [a[0] / size, a[1] / size];
}
