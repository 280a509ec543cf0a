/**
 * Scalar expressions: the meaning of an elementwise op on one element, given once in core and rendered by every backend. An expression
 * is a DAG of plain frozen nodes; sharing is by identity, so renderers should memoise by node.
 *
 * Types are TensorFlow's dtypes with the arithmetic TensorFlow gives them: integers wrap at their width, integer division truncates
 * and fails on zero, float16 and bfloat16 are rounded after every operation, comparisons give bool.
 */
import type { DType } from '../dtypes.js';

/** One operand, result of the operand's dtype. */
export const unaryPrimitives = [
  'neg', 'abs', 'sign', 'exp', 'expm1', 'log', 'log1p', 'sqrt', 'rsqrt', 'reciprocal', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh',
  'tanh', 'asinh', 'acosh', 'atanh', 'erf', 'erfc', 'lgamma', 'digamma', 'floor', 'ceil', 'trunc', 'rint', 'sigmoid', 'not', 'bitNot',
] as const;
/** Two operands of one dtype, result of the same dtype. `min`/`max` give NaN when either is NaN; `mod` is C's remainder (sign of the dividend). `and`/`or`/`xor` are logical on bool, bitwise on ints. */
export const binaryPrimitives = ['add', 'sub', 'mul', 'div', 'mod', 'min', 'max', 'pow', 'atan2', 'and', 'or', 'xor', 'shl', 'shr'] as const;
/** Two operands of one dtype, result bool. Any comparison with NaN is false but `ne`. */
export const comparePrimitives = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const;

export type UnaryPrimitive = (typeof unaryPrimitives)[number];
export type BinaryPrimitive = (typeof binaryPrimitives)[number];
export type ComparePrimitive = (typeof comparePrimitives)[number];

/** Every kind of expression node. */
export type Expr =
  | { readonly kind: 'input'; readonly index: number; readonly dtype: DType }
  /** A constant; complex ones are (re, im). */
  | { readonly kind: 'const'; readonly value: number | bigint | boolean | readonly [number, number]; readonly dtype: DType }
  | { readonly kind: 'unary'; readonly op: UnaryPrimitive; readonly x: Expr; readonly dtype: DType }
  | { readonly kind: 'binary'; readonly op: BinaryPrimitive; readonly x: Expr; readonly y: Expr; readonly dtype: DType }
  | { readonly kind: 'compare'; readonly op: ComparePrimitive; readonly x: Expr; readonly y: Expr; readonly dtype: 'bool' }
  | { readonly kind: 'select'; readonly condition: Expr; readonly x: Expr; readonly y: Expr; readonly dtype: DType }
  /** TensorFlow's Cast: float → int truncates (out of range: the platform's result), anything → bool is `!= 0`. */
  | { readonly kind: 'cast'; readonly x: Expr; readonly dtype: DType }
  /** The same bits as another dtype of equal width. */
  | { readonly kind: 'bitcast'; readonly x: Expr; readonly dtype: DType };

/** Elementwise code: `inputs` say what each input element is; every output is an expression over them. */
export interface MapFunction {
  readonly inputs: readonly DType[];
  readonly outputs: readonly Expr[];
}

export const input = (index: number, dtype: DType): Expr => ({ kind: 'input', index, dtype });
export const constant = (value: number | bigint | boolean | readonly [number, number], dtype: DType): Expr => ({ kind: 'const', value, dtype });
export const unary = (op: UnaryPrimitive, x: Expr): Expr => ({ kind: 'unary', op, x, dtype: x.dtype });
export const binary = (op: BinaryPrimitive, x: Expr, y: Expr): Expr => ({ kind: 'binary', op, x, y, dtype: x.dtype });
export const compare = (op: ComparePrimitive, x: Expr, y: Expr): Expr => ({ kind: 'compare', op, x, y, dtype: 'bool' });
export const select = (condition: Expr, x: Expr, y: Expr): Expr => ({ kind: 'select', condition, x, y, dtype: x.dtype });
export const cast = (x: Expr, dtype: DType): Expr => (x.dtype === dtype ? x : { kind: 'cast', x, dtype });
export const bitcast = (x: Expr, dtype: DType): Expr => (x.dtype === dtype ? x : { kind: 'bitcast', x, dtype });

/** The operands of a node, in order. */
export function operands(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'input':
    case 'const':
      return [];
    case 'unary':
    case 'cast':
    case 'bitcast':
      return [expr.x];
    case 'binary':
    case 'compare':
      return [expr.x, expr.y];
    case 'select':
      return [expr.condition, expr.x, expr.y];
    default:
      return expr satisfies never;
  }
}

/** Every node of a DAG once, operands first. */
export function nodesOf(outputs: readonly Expr[]): Set<Expr> {
  const seen = new Set<Expr>();
  const visit = (node: Expr): void => {
    if (seen.has(node)) return;
    operands(node).forEach(visit);
    seen.add(node);
  };
  outputs.forEach(visit);
  return seen;
}

/** Which inputs the code reads, in order. */
export function usedInputs(outputs: readonly Expr[]): number[] {
  const used = new Set<number>();
  for (const node of nodesOf(outputs)) if (node.kind === 'input') used.add(node.index);
  return [...used].sort((a, b) => a - b);
}

/** Rewrites bottom-up; `change` sees a node whose operands are rewritten already. Shared nodes stay shared. */
export function rewrite(expr: Expr, change: (node: Expr) => Expr, seen = new Map<Expr, Expr>()): Expr {
  const known = seen.get(expr);
  if (known !== undefined) return known;
  const on = (operand: Expr): Expr => rewrite(operand, change, seen);
  let node = expr;
  switch (expr.kind) {
    case 'input':
    case 'const':
      break;
    case 'unary':
    case 'cast':
    case 'bitcast':
      node = { ...expr, x: on(expr.x) };
      break;
    case 'binary':
    case 'compare':
      node = { ...expr, x: on(expr.x), y: on(expr.y) };
      break;
    case 'select':
      node = { ...expr, condition: on(expr.condition), x: on(expr.x), y: on(expr.y) };
      break;
    default:
      expr satisfies never;
  }
  const result = change(node);
  seen.set(expr, result);
  return result;
}

/** Canonical text of a DAG, usable as (part of) a program's key: `t2=add(i0,c:1:float32)…`. Equal text means equal code. */
export function exprKey(outputs: readonly Expr[]): string {
  const names = new Map<Expr, string>();
  const lines: string[] = [];
  const name = (expr: Expr): string => {
    const known = names.get(expr);
    if (known !== undefined) return known;
    const args = operands(expr).map(name).join(',');
    let text: string;
    if (expr.kind === 'input') text = `i${expr.index}:${expr.dtype}`;
    else if (expr.kind === 'const') text = `c:${Object.is(expr.value, -0) ? '-0' : String(expr.value)}:${expr.dtype}`;
    else {
      const op = 'op' in expr ? expr.op : expr.kind;
      text = `t${lines.length}`;
      lines.push(`${text}=${op}:${expr.dtype}(${args})`);
    }
    names.set(expr, text);
    return text;
  };
  const results = outputs.map(name);
  return `${lines.join(';')}->${results.join(',')}`;
}
