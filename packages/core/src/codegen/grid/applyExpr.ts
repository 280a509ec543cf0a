/**
 * Scalar expressions as statements of a grid program. What a dtype means beyond its value type is settled here: narrow integers wrap, 16-bit
 * floats are rounded after every operation, integer division by zero is a fault, shift counts are clamped.
 */
import { nodesOf, type Expr } from '../expr.js';
import { dtypeInfo, type DType } from '../../dtypes.js';
import { InternalError, InvalidArgumentError, type OpError } from '../../errors.js';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../../half.js';
import type { PassBuilder } from './builder.js';
import { isFloat, isInteger, narrowBits, valueType, type GridTarget, type ValueType } from './types.js';
import { int, literal, type Value } from './value.js';

/** Fault codes of expressions; kernels' own begin at `firstKernelFault`. */
export const expressionFaults = { divisionByZero: 1, negativePower: 2 } as const;
export const firstKernelFault = 16;

/** The error of a fault code of expressions. */
export function expressionFault(code: number): OpError {
  if (code === expressionFaults.divisionByZero) return new InvalidArgumentError('Integer division by zero');
  if (code === expressionFaults.negativePower) return new InvalidArgumentError('Integers to negative integer powers are not allowed');
  return new InternalError(`internal: unknown fault ${code}`);
}

const isIntegral = (dtype: DType): boolean => dtypeInfo[dtype].kind === 'int' || dtypeInfo[dtype].kind === 'uint';

/** Whether an expression may report a fault: integer division, remainder, power and reciprocal. */
export function mayFault(outputs: readonly Expr[]): boolean {
  return [...nodesOf(outputs)].some((node) => isIntegral(node.dtype) && (
    (node.kind === 'binary' && (node.op === 'div' || node.op === 'mod' || node.op === 'pow')) || (node.kind === 'unary' && node.op === 'reciprocal')
  ));
}

const integerUnary: ReadonlySet<string> = new Set(['neg', 'abs', 'sign', 'floor', 'ceil', 'trunc', 'rint', 'bitNot', 'reciprocal']);
const boolBinary: ReadonlySet<string> = new Set(['and', 'or', 'xor', 'min', 'max']);

/** Whether the target computes an expression over inputs of these dtypes, or why not, in words. */
export function supportsExpr(outputs: readonly Expr[], inputs: readonly DType[], target: GridTarget): true | string {
  const lacking = [...inputs, ...[...nodesOf(outputs)].map((node) => node.dtype)].find((dtype) => valueType(dtype, target) === undefined);
  if (lacking !== undefined) return `the device has no ${lacking} arithmetic`;
  for (const node of nodesOf(outputs)) {
    const reason = refuseNode(node);
    if (reason !== undefined) return reason;
  }
  return true;
}

function refuseNode(node: Expr): string | undefined {
  const { kind } = dtypeInfo[node.dtype];
  switch (node.kind) {
    case 'unary': {
      const isThere = kind === 'float' ? node.op !== 'not' && node.op !== 'bitNot' : kind === 'bool' ? node.op === 'not' : integerUnary.has(node.op);
      return isThere ? undefined : `${node.op} has no meaning for ${node.dtype}`;
    }
    case 'binary': {
      const isBitwise = ['and', 'or', 'xor', 'shl', 'shr'].includes(node.op);
      const isThere = kind === 'float' ? !isBitwise : kind === 'bool' ? boolBinary.has(node.op) : node.op !== 'atan2';
      return isThere ? undefined : `${node.op} has no meaning for ${node.dtype}`;
    }
    case 'bitcast': {
      const from = node.x.dtype;
      const narrow = dtypeInfo[node.dtype].bytes < 4;
      if (dtypeInfo[from].bytes !== dtypeInfo[node.dtype].bytes) return `a bitcast from ${from} to ${node.dtype} changes the width`;
      return narrow && (kind === 'float' || dtypeInfo[from].kind === 'float') ? `no bitcast from ${from} to ${node.dtype}` : undefined;
    }
    default:
      return undefined;
  }
}

export function applyExpr(pass: PassBuilder, expr: Expr, inputs: readonly (Value | undefined)[], known = new Map<Expr, Value>()): Value {
  const visit = (node: Expr): Value => {
    const done = known.get(node);
    if (done !== undefined) return done;
    const made = node.kind === 'input' || node.kind === 'const' ? leaf(pass, node, inputs) : pass.let('t', code(pass, node, visit));
    known.set(node, made);
    return made;
  };
  return visit(expr);
}

function leaf(pass: PassBuilder, node: Extract<Expr, { kind: 'input' | 'const' }>, inputs: readonly (Value | undefined)[]): Value {
  if (node.kind === 'input') {
    const value = inputs[node.index];
    if (value === undefined) throw new InternalError(`internal: the expression reads input ${node.index}, which was not given.`);
    return pass.let('x', value);
  }
  if (typeof node.value === 'object') throw new InternalError('internal: a complex constant in a grid program.');
  return constantOf(node.value, node.dtype, pass.typeOf(node.dtype));
}

const ranges: Readonly<Partial<Record<ValueType, readonly [bigint, bigint]>>> = {
  int32: [-(1n << 31n), (1n << 31n) - 1n], uint32: [0n, (1n << 32n) - 1n],
};

/** A constant as the dtype rounds it; one that a narrower form lacks becomes the nearest that it has. */
function constantOf(value: number | bigint | boolean, dtype: DType, type: ValueType): Value {
  if (dtype === 'float16') return literal(fromFloat16(toFloat16(Number(value))), type);
  if (dtype === 'bfloat16') return literal(fromBfloat16(toBfloat16(Number(value))), type);
  const range = ranges[type];
  if (range === undefined) return literal(value, type);
  const whole = BigInt(value);
  return literal(whole < range[0] ? range[0] : whole > range[1] ? range[1] : whole, type);
}

function code(pass: PassBuilder, node: Exclude<Expr, { kind: 'input' | 'const' }>, visit: (operand: Expr) => Value): Value {
  switch (node.kind) {
    case 'unary': return pass.wrap(node.dtype, unaryCode(pass, node, visit(node.x)));
    case 'binary': {
      const x = visit(node.x);
      return pass.wrap(node.dtype, binaryCode(pass, node, x, visit(node.y)));
    }
    case 'compare': {
      const [x, y] = [visit(node.x), visit(node.y)];
      return x.type === 'bool' && node.op !== 'eq' && node.op !== 'ne' ? x.cast('int32').compare(node.op, y.cast('int32')) : x.compare(node.op, y);
    }
    case 'select': {
      const condition = visit(node.condition);
      const x = visit(node.x);
      return condition.select(x, visit(node.y));
    }
    case 'cast': return castCode(pass, node.dtype, visit(node.x));
    case 'bitcast': {
      const x = visit(node.x);
      const type = pass.typeOf(node.dtype);
      return narrowBits(node.dtype) === undefined ? x.bitcast(type) : pass.wrap(node.dtype, x.cast(type));
    }
    default: return node satisfies never;
  }
}

function unaryCode(pass: PassBuilder, { op, dtype }: Extract<Expr, { kind: 'unary' }>, x: Value): Value {
  if (!isIntegral(dtype)) return x.unary(op);
  const unsigned = x.type === 'uint32' || x.type === 'uint64';
  switch (op) {
    case 'floor': case 'ceil': case 'trunc': case 'rint': return x;
    case 'abs': return unsigned ? x : x.unary('abs');
    case 'sign': return x.gt(0).select(literal(1, x.type), unsigned ? 0 : x.lt(0).select(literal(-1, x.type), 0));
    case 'neg': return unsigned ? literal(0, x.type).sub(x) : x.neg();
    case 'reciprocal': return literal(1, x.type).div(divisor(pass, x));
    default: return x.unary(op);
  }
}

/** y, or 1 where it is 0, which is a fault. */
function divisor(pass: PassBuilder, y: Value): Value {
  if (pass.target.faults) pass.if(y.eq(0), () => pass.fault(expressionFaults.divisionByZero, 0));
  return y.eq(0).select(literal(1, y.type), y);
}

function binaryCode(pass: PassBuilder, { op, dtype }: Extract<Expr, { kind: 'binary' }>, x: Value, y: Value): Value {
  if (dtype === 'bool') return op === 'min' ? x.and(y) : op === 'max' ? x.or(y) : x.binary(op, y);
  if (!isIntegral(dtype)) return x.binary(op, y);
  switch (op) {
    case 'div': case 'mod': return x.binary(op, divisor(pass, y));
    case 'pow': return integerPower(pass, x, y);
    case 'shl': case 'shr': {
      const last = 8 * dtypeInfo[dtype].bytes - 1;
      const count = y.max(0).min(Math.min(last, x.type === 'int64' || x.type === 'uint64' ? 63 : 31));
      return x.binary(op, count);
    }
    default: return x.binary(op, y);
  }
}

/** By squaring, wrapped at the value's width: the low bits are right for every narrower dtype. */
function integerPower(pass: PassBuilder, x: Value, y: Value): Value {
  const signed = y.type === 'int32' || y.type === 'int64';
  if (signed && pass.target.faults) pass.if(y.lt(0), () => pass.fault(expressionFaults.negativePower, 0));
  const result = pass.var('power', literal(1, x.type));
  const square = pass.var('square', x);
  const rest = pass.var('rest', y.max(0));
  pass.while(rest.gt(0), () => {
    pass.if(rest.and(1).ne(0), () => pass.assign(result, result.mul(square)));
    pass.assign(square, square.mul(square));
    pass.assign(rest, rest.shr(1));
  });
  return result;
}

function castCode(pass: PassBuilder, to: DType, x: Value): Value {
  const type = pass.typeOf(to);
  if (type === 'bool') return x.type === 'bool' ? x : x.ne(0);
  if (isFloat(x.type) && isInteger(type) && type !== 'int64' && type !== 'int32') {
    // A negative float wraps around, as on TensorFlow's CPU.
    const wide = type === 'uint64' ? 'int64' : 'int32';
    const negative = x.cast(wide).cast(type);
    return pass.wrap(to, narrowBits(to) === undefined ? x.lt(0).select(negative, x.cast(type)) : negative);
  }
  return pass.wrap(to, x.cast(type));
}

/** The int32 that stands for a bool: what shape arithmetic wants. */
export const asInt = (condition: Value): Value => condition.select(int(1), 0);
