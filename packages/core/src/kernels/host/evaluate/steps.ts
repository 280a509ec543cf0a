/**
 * An expression DAG as straight-line code over registers: one step per node, each a closure over its operands' registers that computes a
 * whole block. No code is made from text, so it runs under any content security policy.
 */
import type { Expr, MapFunction } from '../../../codegen/expr.js';
import { type DType, dtypeInfo, viewBytes } from '../../../dtypes.js';
import { InternalError } from '../../../errors.js';
import { castBlock } from './casts.js';
import type { Complex } from './complexMath.js';
import {
  bigBinary, bigUnary, comparisons, complexBinary, complexUnary, floatBinary, floatUnary, integerBinary, integerUnary,
} from './primitives.js';
import {
  type BigRegister, copySlots, decode, encode, newRegister, type NumberRegister, type Register, registerClass, roundRegister,
} from './registers.js';

type Step = (count: number) => void;

/** Compiled elementwise code. Fill `inputs`, call `run(count)`, read `outputs`. */
export interface BlockCode {
  readonly inputs: readonly Register[];
  readonly outputs: readonly Register[];
  run(count: number): void;
}

/** Compiles for blocks of up to `size` elements. */
export function compileBlock(fn: MapFunction, size: number): BlockCode {
  const inputs = fn.inputs.map((dtype) => newRegister(dtype, size));
  const steps: Step[] = [];
  const registers = new Map<Expr, Register>();
  const place = (expr: Expr): Register => {
    const known = registers.get(expr);
    if (known !== undefined) return known;
    let register: Register;
    if (expr.kind === 'input') register = inputs[expr.index]!;
    else {
      register = newRegister(expr.dtype, size);
      if (expr.kind === 'const') fillConstant(expr, register);
      else steps.push(stepOf(expr, register, place, size));
    }
    registers.set(expr, register);
    return register;
  };
  const outputs = fn.outputs.map(place);
  return {
    inputs,
    outputs,
    run(count) {
      for (const step of steps) step(count);
    },
  };
}

function fillConstant(expr: Extract<Expr, { kind: 'const' }>, register: Register): void {
  const { value, dtype } = expr;
  const kind = registerClass(dtype);
  if (kind === 'complex') {
    const [re, im] = typeof value === 'object' ? value : [Number(value), 0];
    const pairs = register as Float64Array;
    for (let i = 0; i < pairs.length; i += 2) {
      pairs[i] = re;
      pairs[i + 1] = im;
    }
    return;
  }
  if (typeof value === 'object') throw new InternalError(`internal: a complex constant of dtype ${dtype}.`);
  if (kind === 'bigint') (register as BigRegister).fill(BigInt(value));
  else {
    (register as NumberRegister).fill(Number(value));
    roundRegister(dtype, register, register.length);
  }
}

function missing(expr: Expr, op: string): InternalError {
  return new InternalError(`internal: '${op}' has no meaning for ${expr.dtype}.`);
}

type Operation = Exclude<Expr, { kind: 'input' | 'const' }>;

function stepOf(expr: Operation, out: Register, place: (operand: Expr) => Register, size: number): Step {
  switch (expr.kind) {
    case 'unary': return rounded(expr.dtype, out, unaryStep(expr, place(expr.x), out));
    case 'binary': {
      const x = place(expr.x);
      return rounded(expr.dtype, out, binaryStep(expr, x, place(expr.y), out));
    }
    case 'compare': {
      const x = place(expr.x);
      return compareStep(expr, x, place(expr.y), out as Uint8Array);
    }
    case 'select': {
      const condition = place(expr.condition) as Uint8Array;
      const x = place(expr.x);
      return selectStep(expr.dtype, condition, x, place(expr.y), out);
    }
    case 'cast': {
      const x = place(expr.x);
      const from = expr.x.dtype;
      return (count) => castBlock(from, expr.dtype, x, out, count);
    }
    case 'bitcast': return bitcastStep(expr, place(expr.x), out, size);
    default: return expr satisfies never;
  }
}

/** float16 and bfloat16 are rounded after every operation. */
function rounded(dtype: DType, out: Register, step: Step): Step {
  if (dtype !== 'float16' && dtype !== 'bfloat16') return step;
  return (count) => {
    step(count);
    roundRegister(dtype, out, count);
  };
}

function unaryStep(expr: Extract<Expr, { kind: 'unary' }>, x: Register, out: Register): Step {
  const { op, dtype } = expr;
  const kind = registerClass(dtype);
  if (kind === 'complex') {
    const f = complexUnary[op];
    if (f === undefined) throw missing(expr, op);
    const from = x as Float64Array;
    const to = out as Float64Array;
    return (count) => {
      for (let i = 0; i < 2 * count; i += 2) {
        const value = f([from[i]!, from[i + 1]!]);
        to[i] = value[0];
        to[i + 1] = value[1];
      }
    };
  }
  if (kind === 'bigint') {
    const f = bigUnary[op];
    if (f === undefined) throw missing(expr, op);
    const from = x as BigRegister;
    const to = out as BigRegister;
    return (count) => {
      for (let i = 0; i < count; i++) to[i] = f(from[i]!);
    };
  }
  const f = dtypeInfo[dtype].kind === 'float' ? floatUnary[op] : integerUnary[op];
  if (f === undefined) throw missing(expr, op);
  const from = x as NumberRegister;
  const to = out as NumberRegister;
  return (count) => {
    for (let i = 0; i < count; i++) to[i] = f(from[i]!);
  };
}

function binaryStep(expr: Extract<Expr, { kind: 'binary' }>, x: Register, y: Register, out: Register): Step {
  const { op, dtype } = expr;
  const kind = registerClass(dtype);
  if (kind === 'complex') {
    const f = complexBinary[op];
    if (f === undefined) throw missing(expr, op);
    const [a, b, to] = [x as Float64Array, y as Float64Array, out as Float64Array];
    return (count) => {
      for (let i = 0; i < 2 * count; i += 2) {
        const value: Complex = f([a[i]!, a[i + 1]!], [b[i]!, b[i + 1]!]);
        to[i] = value[0];
        to[i + 1] = value[1];
      }
    };
  }
  if (kind === 'bigint') {
    const f = bigBinary[op];
    if (f === undefined) throw missing(expr, op);
    const [a, b, to] = [x as BigRegister, y as BigRegister, out as BigRegister];
    return (count) => {
      for (let i = 0; i < count; i++) to[i] = f(a[i]!, b[i]!);
    };
  }
  const [a, b, to] = [x as NumberRegister, y as NumberRegister, out as NumberRegister];
  if (dtypeInfo[dtype].kind === 'float') return floatStep(op, a, b, to);
  const f = integerBinary(op, dtype);
  if (f === undefined) throw missing(expr, op);
  return (count) => {
    for (let i = 0; i < count; i++) to[i] = f(a[i]!, b[i]!);
  };
}

/** The commonest ones have loops of their own: a call per element costs more than the arithmetic. */
function floatStep(op: Extract<Expr, { kind: 'binary' }>['op'], a: NumberRegister, b: NumberRegister, to: NumberRegister): Step {
  switch (op) {
    case 'add':
      return (count) => {
        for (let i = 0; i < count; i++) to[i] = a[i]! + b[i]!;
      };
    case 'sub':
      return (count) => {
        for (let i = 0; i < count; i++) to[i] = a[i]! - b[i]!;
      };
    case 'mul':
      return (count) => {
        for (let i = 0; i < count; i++) to[i] = a[i]! * b[i]!;
      };
    default: {
      const f = floatBinary[op];
      return (count) => {
        for (let i = 0; i < count; i++) to[i] = f(a[i]!, b[i]!);
      };
    }
  }
}

function compareStep(expr: Extract<Expr, { kind: 'compare' }>, x: Register, y: Register, out: Uint8Array): Step {
  const dtype = expr.x.dtype;
  if (registerClass(dtype) === 'complex') {
    if (expr.op !== 'eq' && expr.op !== 'ne') throw missing(expr.x, expr.op);
    const [a, b] = [x as Float64Array, y as Float64Array];
    const equal = expr.op === 'eq' ? 1 : 0;
    return (count) => {
      for (let i = 0; i < count; i++) out[i] = a[2 * i] === b[2 * i] && a[2 * i + 1] === b[2 * i + 1] ? equal : 1 - equal;
    };
  }
  const f = comparisons[expr.op];
  return (count) => {
    for (let i = 0; i < count; i++) out[i] = f(x[i]!, y[i]!) ? 1 : 0;
  };
}

function selectStep(dtype: DType, condition: Uint8Array, x: Register, y: Register, result: Register): Step {
  const pairs = registerClass(dtype) === 'complex';
  // Elements are only moved, so numbers and bigints are handled alike.
  const [whenTrue, whenFalse, out] = [x as NumberRegister, y as NumberRegister, result as NumberRegister];
  return (count) => {
    for (let i = 0; i < count; i++) {
      const from = condition[i] === 0 ? whenFalse : whenTrue;
      if (pairs) {
        out[2 * i] = from[2 * i]!;
        out[2 * i + 1] = from[2 * i + 1]!;
      } else out[i] = from[i]!;
    }
  };
}

function bitcastStep(expr: Extract<Expr, { kind: 'bitcast' }>, x: Register, out: Register, size: number): Step {
  const { dtype } = expr;
  const from = expr.x.dtype;
  if (dtypeInfo[from].bytes !== dtypeInfo[dtype].bytes || dtype === 'string' || dtype === 'resource' || dtype === 'variant') {
    throw missing(expr, `bitcast of ${from}`);
  }
  return () => {
    const bits = encode(from, x);
    copySlots(decode(dtype, viewBytes(dtype, bits.buffer, bits.byteOffset, size)), 0, out, 0, out.length);
  };
}
