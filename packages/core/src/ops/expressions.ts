/**
 * Short names for writing scalar meanings: the primitives of codegen/expr.ts as functions, literals of any dtype, and `of1`…`of3`, which
 * turn a function of expressions into an op's `scalar`. Imported as a namespace (`e.add`), as op functions have the same names.
 */
import {
  binary, bitcast, cast, compare, constant, select, unary, type BinaryPrimitive, type ComparePrimitive, type Expr, type UnaryPrimitive,
} from '../codegen/expr.js';
import { dtypeInfo, type DType } from '../dtypes.js';
import { InternalError } from '../errors.js';
import type { AttrReader } from '../graph/attrs.js';
import type { ScalarFunction } from './opDef.js';

export { bitcast, cast, select, unary };
export type { Expr };

const at = (inputs: readonly Expr[], i: number): Expr => {
  const input = inputs[i];
  if (input === undefined) throw new InternalError(`internal: a scalar meaning was asked for with ${inputs.length} inputs, but reads input ${i}.`);
  return input;
};

type Of1 = (x: Expr, attrs: AttrReader, dtype: DType) => Expr;
type Of2 = (x: Expr, y: Expr, attrs: AttrReader, dtype: DType) => Expr;
type Of3 = (x: Expr, y: Expr, z: Expr, attrs: AttrReader, dtype: DType) => Expr;

export const of1 = (f: Of1): ScalarFunction => (inputs, attrs, dtype) => f(at(inputs, 0), attrs, dtype);
export const of2 = (f: Of2): ScalarFunction => (inputs, attrs, dtype) => f(at(inputs, 0), at(inputs, 1), attrs, dtype);
export const of3 = (f: Of3): ScalarFunction => (inputs, attrs, dtype) => f(at(inputs, 0), at(inputs, 1), at(inputs, 2), attrs, dtype);
/** The meaning of an op that is one primitive. */
export const prim1 = (op: UnaryPrimitive): ScalarFunction => of1((x) => unary(op, x));
export const prim2 = (op: BinaryPrimitive): ScalarFunction => of2((x, y) => binary(op, x, y));
export const comparison = (op: ComparePrimitive): ScalarFunction => of2((x, y) => compare(op, x, y));

/** A literal of this dtype, truncated for an integer one. 64-bit ints are bigints, complex ones (re, im). */
export function literal(value: number, dtype: DType): Expr {
  const { kind } = dtypeInfo[dtype];
  if (kind === 'complex') return constant([value, 0], dtype);
  if (dtype === 'int64' || dtype === 'uint64') return constant(BigInt(Math.trunc(value)), dtype);
  if (kind === 'int' || kind === 'uint') return constant(Math.trunc(value), dtype);
  return dtype === 'bool' ? constant(value !== 0, dtype) : constant(value, dtype);
}
/** A literal of the same dtype as `x`. */
export const like = (value: number, x: Expr): Expr => literal(value, x.dtype);

export const isFloat = (dtype: DType): boolean => dtypeInfo[dtype].kind === 'float';
export const isComplex = (dtype: DType): boolean => dtypeInfo[dtype].kind === 'complex';
export const isInteger = (dtype: DType): boolean => dtypeInfo[dtype].kind === 'int' || dtypeInfo[dtype].kind === 'uint';
export const isSigned = (dtype: DType): boolean => dtypeInfo[dtype].kind === 'int';

export const add = (x: Expr, y: Expr): Expr => binary('add', x, y);
export const sub = (x: Expr, y: Expr): Expr => binary('sub', x, y);
export const mul = (x: Expr, y: Expr): Expr => binary('mul', x, y);
export const div = (x: Expr, y: Expr): Expr => binary('div', x, y);
/** C's remainder. */
export const rem = (x: Expr, y: Expr): Expr => binary('mod', x, y);
export const min = (x: Expr, y: Expr): Expr => binary('min', x, y);
export const max = (x: Expr, y: Expr): Expr => binary('max', x, y);
export const and = (x: Expr, y: Expr): Expr => binary('and', x, y);
export const or = (x: Expr, y: Expr): Expr => binary('or', x, y);
export const xor = (x: Expr, y: Expr): Expr => binary('xor', x, y);
export const shl = (x: Expr, y: Expr): Expr => binary('shl', x, y);
export const shr = (x: Expr, y: Expr): Expr => binary('shr', x, y);

export const eq = (x: Expr, y: Expr): Expr => compare('eq', x, y);
export const ne = (x: Expr, y: Expr): Expr => compare('ne', x, y);
export const lt = (x: Expr, y: Expr): Expr => compare('lt', x, y);
export const le = (x: Expr, y: Expr): Expr => compare('le', x, y);
export const gt = (x: Expr, y: Expr): Expr => compare('gt', x, y);
export const ge = (x: Expr, y: Expr): Expr => compare('ge', x, y);
export const not = (x: Expr): Expr => unary('not', x);

export const neg = (x: Expr): Expr => unary('neg', x);
export const abs = (x: Expr): Expr => unary('abs', x);
export const exp = (x: Expr): Expr => unary('exp', x);
export const expm1 = (x: Expr): Expr => unary('expm1', x);
export const log = (x: Expr): Expr => unary('log', x);
export const log1p = (x: Expr): Expr => unary('log1p', x);
export const sqrt = (x: Expr): Expr => unary('sqrt', x);
export const reciprocal = (x: Expr): Expr => unary('reciprocal', x);
export const floor = (x: Expr): Expr => unary('floor', x);
export const trunc = (x: Expr): Expr => unary('trunc', x);

export const isZero = (x: Expr): Expr => eq(x, like(0, x));
