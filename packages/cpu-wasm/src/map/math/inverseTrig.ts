/** asin, acos, atan and atan2, after Cephes' float versions. */
import { f32x4, v128 } from '../../asm/index.js';
import type { Vector } from '../lanes.js';
import type { Render } from '../renderExpr.js';
import { copySign, horner, infinity, madd, one, outOfLine, signBits, splat } from './parts.js';

const quarterTurn = Math.PI / 2;
const asinTail = [4.2163199048e-2, 2.4181311049e-2, 4.5470025998e-2, 7.4953002686e-2, 1.6666752422e-1];
const atanTail = [8.05374449538e-2, -1.38776856032e-1, 1.99777106478e-1, -3.33329491539e-1];

/** asin(s) for s in [0, ½], given its square. */
const asinCore = (render: Render, s: Vector, square: Vector): Vector => madd(render, f32x4.mul(horner(render, square, asinTail), square), s, s);

export const asin = outOfLine('asin', 1, (render: Render, x: Vector): Vector => {
  const { f } = render;
  const a = f.let(f32x4.abs(x));
  const isLarge = f.let(f32x4.gt(a, splat(0.5)));
  const square = f.let(v128.bitselect(f32x4.mul(splat(0.5), f32x4.sub(one, a)), f32x4.mul(a, a), isLarge));
  const core = f.let(asinCore(render, f.let(v128.bitselect(f32x4.sqrt(square), a, isLarge)), square));
  return copySign(v128.bitselect(f32x4.sub(splat(quarterTurn), f32x4.add(core, core)), core, isLarge), x);
});

export const acos = outOfLine('acos', 1, (render: Render, x: Vector): Vector => {
  const { f } = render;
  const a = f.let(f32x4.abs(x));
  const isLarge = f.let(f32x4.gt(a, splat(0.5)));
  const square = f.let(v128.bitselect(f32x4.mul(splat(0.5), f32x4.sub(one, a)), f32x4.mul(a, a), isLarge));
  const core = f.let(asinCore(render, f.let(v128.bitselect(f32x4.sqrt(square), a, isLarge)), square));
  const twice = f.let(f32x4.add(core, core));
  const outer = v128.bitselect(f32x4.sub(splat(Math.PI), twice), twice, f32x4.lt(x, splat(0)));
  return v128.bitselect(outer, f32x4.sub(splat(quarterTurn), copySign(core, x)), isLarge);
});

/** atan of a ≥ 0. */
function atanCore(render: Render, a: Vector): Vector {
  const { f } = render;
  const far = f.let(f32x4.gt(a, splat(2.414213562373095)));
  const middle = f.let(f32x4.gt(a, splat(0.4142135623730950)));
  const base = v128.bitselect(splat(quarterTurn), v128.and(middle, splat(Math.PI / 4)), far);
  const above = v128.bitselect(splat(-1), f32x4.sub(a, one), far);
  const below = v128.bitselect(a, f32x4.add(a, one), far);
  const t = f.let(v128.bitselect(f32x4.div(above, below), a, middle));
  const square = f.let(f32x4.mul(t, t));
  return f.let(f32x4.add(base, madd(render, f32x4.mul(horner(render, square, atanTail), square), t, t)));
}

export const atan = outOfLine('atan', 1, (render: Render, x: Vector): Vector => copySign(atanCore(render, render.f.let(f32x4.abs(x))), x));

export const atan2 = outOfLine('atan2', 2, (render: Render, y: Vector, x: Vector): Vector => {
  const { f } = render;
  const ax = f.let(f32x4.abs(x));
  const ay = f.let(f32x4.abs(y));
  const steep = f.let(f32x4.gt(ay, ax));
  const larger = f.let(v128.bitselect(ay, ax, steep));
  const smaller = f.let(v128.bitselect(ax, ay, steep));
  // 0/0 counts as 0 and ∞/∞ as 1; NaN stays.
  const ratio = v128.bitselect(one, f32x4.div(smaller, larger), f32x4.eq(smaller, infinity));
  const angle = atanCore(render, f.let(v128.bitselect(splat(0), ratio, f32x4.eq(larger, splat(0)))));
  const folded = f.let(v128.bitselect(f32x4.sub(splat(quarterTurn), angle), angle, steep));
  const isNegative = f32x4.lt(v128.or(v128.and(x, signBits), one), splat(0));
  const turned = f.let(copySign(v128.bitselect(f32x4.sub(splat(Math.PI), folded), folded, isNegative), y));
  return v128.bitselect(turned, f32x4.add(x, y), v128.and(f32x4.eq(x, x), f32x4.eq(y, y)));
});
