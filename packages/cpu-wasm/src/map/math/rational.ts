/** tanh, erf and erfc. tanh and erf are odd rational functions on the interval where they differ from ±1 (the ones of Eigen); erfc is Cephes' (erfcf). */
import { f32x4, i32x4, v128 } from '../../asm/index.js';
import type { Vector } from '../lanes.js';
import type { Render } from '../renderExpr.js';
import { exp } from './exp.js';
import { horner, outOfLine, one, splat } from './parts.js';

const tanhAbove = [
  -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8, 1.48572235717979e-5, 6.37261928875436e-4, 4.89352455891786e-3,
];
const tanhBelow = [1.19825839466702e-6, 1.18534705686654e-4, 2.26843463243900e-3, 4.89352518554385e-3];
const erfAbove = [
  -2.72614225801306e-10, 2.77068142495902e-8, -2.10102402082508e-6, -5.69250639462346e-5, -7.34990630326855e-4, -2.95459980854025e-3, -1.60960333262415e-2,
];
const erfBelow = [-1.45660718464996e-5, -2.13374055278905e-4, -1.68282697438203e-3, -7.37332916720468e-3, -1.42647390514189e-2];

/** pmin and pmax give x when x is NaN. */
const clamp = (x: Vector, limit: number): Vector => f32x4.pmax(f32x4.pmin(x, splat(limit)), splat(-limit));

function oddRational(render: Render, x: Vector, above: readonly number[], below: readonly number[]): Vector {
  const { f } = render;
  const square = f.let(f32x4.mul(x, x));
  return f.let(f32x4.mul(x, f32x4.div(horner(render, square, above), horner(render, square, below))));
}

/** Rounding may leave a result just above 1: cut it there, NaN staying NaN. */
const atMostOne = (x: Vector): Vector => clamp(x, 1);

export function tanh(render: Render, x: Vector): Vector {
  const inside = render.f.let(clamp(x, 7.90531110763549805));
  const curve = atMostOne(oddRational(render, inside, tanhAbove, tanhBelow));
  return v128.bitselect(x, curve, f32x4.lt(f32x4.abs(x), splat(0.0004)));
}

export function erf(render: Render, x: Vector): Vector {
  return atMostOne(oddRational(render, render.f.let(clamp(x, 4)), erfAbove, erfBelow));
}

const erfcNear = [
  2.326819970068386e-2, -1.387039388740657e-1, 3.687424674597105e-1, -5.824733027278666e-1, 6.210004621745983e-1, -4.944515323274145e-1,
  3.404879937665872e-1, -2.741127028184656e-1, 5.638259427386472e-1,
];
const erfcFar = [
  -1.047766399936249e1, 1.297719955372516e1, -7.495518717768503, 2.921019019210786, -1.015265279202700, 4.218463358204948e-1, -2.820767439740514e-1,
  5.641895067754075e-1,
];

export const erfc = outOfLine('erfc', 1, (render: Render, x: Vector): Vector => {
  const { f } = render;
  const a = f.let(f32x4.pmin(f32x4.abs(x), splat(12)));
  // exp(−a²) with a² in two pieces, since one rounding of a² would cost ten bits of the result.
  const head = f.let(v128.and(a, i32x4.splat(-4096)));
  const e = f.let(f32x4.mul(
    exp(render, f.let(f32x4.neg(f32x4.mul(head, head)))),
    exp(render, f.let(f32x4.mul(f32x4.sub(head, a), f32x4.add(head, a)))),
  ));
  const q = f.let(f32x4.div(one, a));
  const y = f.let(f32x4.mul(q, q));
  const p = v128.bitselect(horner(render, y, erfcNear), horner(render, y, erfcFar), f32x4.lt(a, splat(2)));
  const outer = f.let(f32x4.mul(f32x4.mul(e, q), p));
  const mirrored = v128.bitselect(f32x4.sub(splat(2), outer), outer, f32x4.lt(x, splat(0)));
  const result = f.let(v128.bitselect(f32x4.sub(one, erf(render, x)), mirrored, f32x4.lt(a, one)));
  return v128.bitselect(result, x, f32x4.eq(x, x));
});
