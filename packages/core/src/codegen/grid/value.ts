/** Values under construction: expressions with methods, so that index arithmetic reads like arithmetic. Integer constants fold. */
import { InternalError } from '../../errors.js';
import type { BinaryPrimitive, ComparePrimitive, UnaryPrimitive } from '../expr.js';
import type { GridExpr } from './program.js';
import { isFloat, type ValueType } from './types.js';

/** A value, or a number that takes the other operand's type. */
export type Operand = Value | number | bigint | boolean;

export class Value {
  constructor(readonly node: GridExpr) {}

  get type(): ValueType {
    return this.node.type;
  }

  add(y: Operand): Value { return binaryValue('add', this, y); }
  sub(y: Operand): Value { return binaryValue('sub', this, y); }
  mul(y: Operand): Value { return binaryValue('mul', this, y); }
  /** Integers truncate; y must not be 0. */
  div(y: Operand): Value { return binaryValue('div', this, y); }
  /** The remainder with x's sign; y must not be 0. */
  mod(y: Operand): Value { return binaryValue('mod', this, y); }
  min(y: Operand): Value { return binaryValue('min', this, y); }
  max(y: Operand): Value { return binaryValue('max', this, y); }
  and(y: Operand): Value { return binaryValue('and', this, y); }
  or(y: Operand): Value { return binaryValue('or', this, y); }
  xor(y: Operand): Value { return binaryValue('xor', this, y); }
  shl(y: Operand): Value { return binaryValue('shl', this, y); }
  shr(y: Operand): Value { return binaryValue('shr', this, y); }
  eq(y: Operand): Value { return compareValue('eq', this, y); }
  ne(y: Operand): Value { return compareValue('ne', this, y); }
  lt(y: Operand): Value { return compareValue('lt', this, y); }
  le(y: Operand): Value { return compareValue('le', this, y); }
  gt(y: Operand): Value { return compareValue('gt', this, y); }
  ge(y: Operand): Value { return compareValue('ge', this, y); }
  neg(): Value { return this.unary('neg'); }
  not(): Value { return this.unary('not'); }

  unary(op: UnaryPrimitive): Value {
    return new Value({ kind: 'unary', type: this.type, op, x: this.node });
  }

  binary(op: BinaryPrimitive, y: Operand): Value {
    return binaryValue(op, this, y);
  }

  compare(op: ComparePrimitive, y: Operand): Value {
    return compareValue(op, this, y);
  }

  /** x where this (a bool) is true, else y. */
  select(x: Value, y: Operand): Value {
    const other = operandOf(y, x.type);
    return new Value({ kind: 'select', type: x.type, condition: this.node, x: x.node, y: other.node });
  }

  cast(type: ValueType): Value {
    if (type === this.type) return this;
    if (this.node.kind === 'literal' && typeof this.node.value === 'number' && this.type === 'int32' && isFloat(type)) return literal(this.node.value, type);
    return new Value({ kind: 'cast', type, x: this.node });
  }

  bitcast(type: ValueType): Value {
    return type === this.type ? this : new Value({ kind: 'bitcast', type, x: this.node });
  }

  /** this·y + z */
  fma(y: Value, z: Value): Value {
    if (!isFloat(this.type)) return this.mul(y).add(z);
    return new Value({ kind: 'fma', type: this.type, x: this.node, y: y.node, z: z.node });
  }

  /** The nearest value that a narrow float type has. */
  round(to: 'float16' | 'bfloat16'): Value {
    return new Value({ kind: 'round', type: 'float32', to, x: this.node });
  }
}

/** A constant; 64-bit integers are bigints inside. */
export function literal(value: number | bigint | boolean, type: ValueType): Value {
  if (type.includes('int') && typeof value === 'number' && !Number.isInteger(value)) throw new InternalError(`internal: ${value} as a constant of ${type}.`);
  const is64 = type === 'int64' || type === 'uint64';
  const own = type === 'bool' ? Boolean(value) : is64 ? BigInt(value) : Number(value);
  return new Value({ kind: 'literal', type, value: own });
}

export const int = (value: number): Value => literal(value, 'int32');

export function operandOf(operand: Operand, type: ValueType): Value {
  return operand instanceof Value ? operand : literal(operand, type);
}

/** A constant int32's value. */
function known(value: Value): number | undefined {
  const { node } = value;
  return node.kind === 'literal' && node.type === 'int32' ? Number(node.value) : undefined;
}

function binaryValue(op: BinaryPrimitive, x: Value, operand: Operand): Value {
  const y = operandOf(operand, x.type);
  if (y.type !== x.type) throw new InternalError(`internal: ${op} of ${x.type} and ${y.type}.`);
  if (x.type === 'int32') {
    const folded = fold(op, x, y);
    if (folded !== undefined) return folded;
  }
  return new Value({ kind: 'binary', type: x.type, op, x: x.node, y: y.node });
}

function fold(op: BinaryPrimitive, x: Value, y: Value): Value | undefined {
  const [a, b] = [known(x), known(y)];
  if (a !== undefined && b !== undefined) {
    if (op === 'add') return int((a + b) | 0);
    if (op === 'sub') return int((a - b) | 0);
    if (op === 'mul') return int(Math.imul(a, b));
    if (op === 'div' && b !== 0) return int(Math.trunc(a / b));
    if (op === 'mod' && b !== 0) return int(a % b);
    if (op === 'min') return int(Math.min(a, b));
    if (op === 'max') return int(Math.max(a, b));
  }
  if (op === 'add') return a === 0 ? y : b === 0 ? x : undefined;
  if (op === 'sub') return b === 0 ? x : undefined;
  if (op === 'mul') return a === 1 ? y : b === 1 ? x : a === 0 || b === 0 ? int(0) : undefined;
  if (op === 'div') return b === 1 ? x : undefined;
  return op === 'mod' && b === 1 ? int(0) : undefined;
}

function compareValue(op: ComparePrimitive, x: Value, operand: Operand): Value {
  const y = operandOf(operand, x.type);
  if (y.type !== x.type) throw new InternalError(`internal: ${op} of ${x.type} and ${y.type}.`);
  return new Value({ kind: 'compare', type: 'bool', op, x: x.node, y: y.node });
}
