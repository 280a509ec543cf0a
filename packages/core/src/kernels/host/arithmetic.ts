/** Element-by-element arithmetic on decoded arrays of any numeric dtype: what scatters, segments and scans fold with. */
import { type DType, dtypeInfo } from '../../dtypes.js';
import { InternalError } from '../../errors.js';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../../half.js';
import { div as divideComplex } from './evaluate/complexMath.js';
import { type BigRegister, type NumberRegister, type Register, registerClass } from './evaluate/registers.js';

export type Folding = 'update' | 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max';

/** `to[i] = to[i] (op) from[j]`, on the elements' positions. */
export type Fold = (to: Register, i: number, from: Register, j: number) => void;

/** What a store into a decoded array must still round to. */
export function rounder(dtype: DType): (x: number) => number {
  if (dtype === 'float16') return (x) => fromFloat16(toFloat16(x));
  if (dtype === 'bfloat16') return (x) => fromBfloat16(toBfloat16(x));
  return (x) => x;
}

function numberFunction(op: Folding, dtype: DType): (x: number, y: number) => number {
  const isFloat = dtypeInfo[dtype].kind === 'float';
  switch (op) {
    case 'update': return (_, y) => y;
    case 'add': return (x, y) => x + y;
    case 'sub': return (x, y) => x - y;
    case 'mul': return isFloat ? (x, y) => x * y : Math.imul;
    case 'div': return isFloat ? (x, y) => x / y : (x, y) => Math.trunc(x / y);
    case 'min': return (x, y) => (x < y || x !== x ? x : y);
    case 'max': return (x, y) => (x > y || x !== x ? x : y);
    default: return op satisfies never;
  }
}

const bigFunctions: Readonly<Record<Folding, (x: bigint, y: bigint) => bigint>> = {
  update: (_, y) => y, add: (x, y) => x + y, sub: (x, y) => x - y, mul: (x, y) => x * y, div: (x, y) => x / y,
  min: (x, y) => (x < y ? x : y), max: (x, y) => (x > y ? x : y),
};

function complexFold(op: Folding): Fold {
  return (to, i, from, j) => {
    const [target, source] = [to as Float64Array, from as Float64Array];
    const [a, b, c, d] = [target[2 * i]!, target[2 * i + 1]!, source[2 * j]!, source[2 * j + 1]!];
    let result: readonly [number, number];
    switch (op) {
      case 'update': result = [c, d]; break;
      case 'add': result = [a + c, b + d]; break;
      case 'sub': result = [a - c, b - d]; break;
      case 'mul': result = [a * c - b * d, a * d + b * c]; break;
      case 'div': result = divideComplex([a, b], [c, d]); break;
      default: throw new InternalError(`internal: '${op}' has no meaning for complex numbers.`);
    }
    target[2 * i] = result[0];
    target[2 * i + 1] = result[1];
  };
}

/** The fold of a numeric dtype. */
export function foldOf(op: Folding, dtype: DType): Fold {
  switch (registerClass(dtype)) {
    case 'complex': return complexFold(op);
    case 'bigint': {
      const f = bigFunctions[op];
      return (to, i, from, j) => {
        (to as BigRegister)[i] = f((to as BigRegister)[i]!, (from as BigRegister)[j]!);
      };
    }
    case 'number': {
      const f = numberFunction(op, dtype);
      const round = rounder(dtype);
      return (to, i, from, j) => {
        (to as NumberRegister)[i] = round(f((to as NumberRegister)[i]!, (from as NumberRegister)[j]!));
      };
    }
  }
}

/** Fills a decoded array with a value of its dtype. */
export function fillRegister(register: Register, value: number | bigint): void {
  if (register instanceof BigInt64Array || register instanceof BigUint64Array) register.fill(BigInt(value));
  else register.fill(Number(value));
}
