import { describe, expect, it } from 'vitest';
import { digamma, erf, erfc, lgamma, ndtri, rint, sigmoid } from './specialMath.js';

/** Values of mpmath, as float64. */
const table: readonly [(x: number) => number, number, number][] = [
  [erf, 0.5, 0.5204998778130465], [erf, -1.7, -0.9837904585907745], [erf, 2.5, 0.999593047982555], [erf, 1e-10, 1.1283791670955126e-10],
  [erfc, 0.5, 0.4795001221869535], [erfc, 3, 2.209049699858544e-5], [erfc, 10, 2.088487583762545e-45], [erfc, -2, 1.9953222650189528],
  [lgamma, 0.5, 0.5723649429247001], [lgamma, 10.5, 13.940625219403763], [lgamma, -1.5, 0.860047015376481], [lgamma, 1e10, 220258509288.8114],
  [digamma, 1, -0.5772156649015329], [digamma, 0.1, -10.423754940411076], [digamma, -0.5, 0.03648997397857652], [digamma, 100, 4.600161852738087],
  [ndtri, 0.975, 1.9599639845400543], [ndtri, 1e-10, -6.361340902404057], [ndtri, 0.5, 0],
];

describe('special functions', () => {
  it.each(table.map(([f, x, want]) => ({ name: f.name, f, x, want })))('$name($x)', ({ f, x, want }) => {
    expect(Math.abs(f(x) - want)).toBeLessThanOrEqual(4e-14 * Math.max(Math.abs(want), 1e-300) + (f === ndtri || f === digamma ? 1e-15 : 0));
  });

  it('keeps its ends', () => {
    expect([erf(Infinity), erf(-Infinity), erfc(40), lgamma(0), lgamma(-3), lgamma(1), lgamma(2)]).toEqual([1, -1, 0, Infinity, Infinity, 0, 0]);
    expect([digamma(0), digamma(-1), ndtri(0), ndtri(1), ndtri(2)]).toEqual([-Infinity, NaN, -Infinity, Infinity, NaN]);
    expect([sigmoid(-1000), sigmoid(1000), sigmoid(0)]).toEqual([0, 1, 0.5]);
  });

  it('rounds halves to even and keeps the sign of zero', () => {
    expect([0.5, 1.5, 2.5, -1.5, -2.5, 3.7, -3.2].map(rint)).toEqual([0, 2, 2, -2, -2, 4, -3]);
    expect(Object.is(rint(-0.5), -0)).toBe(true);
    expect(rint(4503599627370497)).toBe(4503599627370497);
  });
});
