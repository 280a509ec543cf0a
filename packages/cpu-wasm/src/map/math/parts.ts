/** What the approximations share: fused multiply-add where the engine has it, Horner's rule, sign handling, functions made once per module. */
import { f32x4, f64x2, i32x4, v128, type FunctionBuilder, type Value } from '../../asm/index.js';
import type { Vector } from '../lanes.js';
import type { Render } from '../renderExpr.js';

export const splat = (value: number): Vector => f32x4.splat(value);
export const signBits: Vector = i32x4.splat(-2147483648);
export const one: Vector = splat(1);
export const infinity: Vector = splat(Infinity);
export const notANumber: Vector = splat(NaN);

/** x·y + z. */
export function madd(render: Render, x: Vector, y: Vector, z: Vector): Vector {
  return render.features.relaxedSimd ? f32x4.relaxedMadd(x, y, z) : f32x4.add(f32x4.mul(x, y), z);
}

/** z − x·y. */
export function nmadd(render: Render, x: Vector, y: Vector, z: Vector): Vector {
  return render.features.relaxedSimd ? f32x4.relaxedNmadd(x, y, z) : f32x4.sub(z, f32x4.mul(x, y));
}

/** A polynomial in x, coefficients from the highest power down. */
export function horner(render: Render, x: Vector, coefficients: readonly number[]): Vector {
  const [first, ...rest] = coefficients;
  return rest.reduce<Vector>((sum, c) => madd(render, sum, x, splat(c)), splat(first!));
}

/** The same on two float64 lanes, never fused: the results must not depend on the engine. */
export function horner64(x: Vector, coefficients: readonly number[]): Vector {
  const [first, ...rest] = coefficients;
  return rest.reduce<Vector>((sum, c) => f64x2.add(f64x2.mul(sum, x), splat64(c)), splat64(first!));
}

export const splat64 = (value: number): Vector => f64x2.const(value, value);

/** x with its sign replaced by that of `sign`. */
export const copySign = (x: Vector, sign: Vector): Vector => v128.bitselect(sign, x, signBits);

type Code = (render: Render, ...args: Vector[]) => Vector;

/** Wraps code that is too long to stand in every loop as a function of the module, called with vectors. */
export function outOfLine<C extends Code>(name: string, arity: number, code: C): C {
  const call = (render: Render, ...args: Vector[]): Vector => {
    const key = `${name}:${render.features.relaxedSimd ? 'relaxed' : 'plain'}`;
    const params = Array.from({ length: arity }, () => 'v128' as const);
    const ref = render.f.helper(key, { params, results: ['v128'] }, (f: FunctionBuilder) => {
      f.result(code({ f, features: render.features }, ...params.map((_, i): Value<'v128'> => f.param('v128', i))));
    });
    return render.f.callValue('v128', ref, ...args);
  };
  return call as C;
}
