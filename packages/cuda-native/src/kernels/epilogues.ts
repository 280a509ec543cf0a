/** Which epilogues the libraries have: a bias over the last dimension, relu, and gelu by tanh. Told by the form of the expression. */
import { binary, constant, input, operands, unary, type Expr } from '@sessionflow/core/codegen';
import type { DType } from '@sessionflow/core/device';
import { extraKind, type OpCall } from '@sessionflow/core/kernels';

export interface LibraryEpilogue {
  readonly bias: boolean;
  readonly activation: 'none' | 'relu' | 'gelu';
}

const commutative: ReadonlySet<string> = new Set(['add', 'mul', 'max', 'min']);

/** Equal but for the order of operands that may be swapped, and for the last digit of constants. */
function same(a: Expr, b: Expr): boolean {
  if (a.kind !== b.kind || a.dtype !== b.dtype) return false;
  if (a.kind === 'input' && b.kind === 'input') return a.index === b.index;
  if (a.kind === 'const' && b.kind === 'const') return Math.abs(Number(a.value) - Number(b.value)) <= 1e-6 * Math.abs(Number(b.value));
  const [op, other] = ['op' in a ? a.op : '', 'op' in b ? b.op : ''];
  if (op !== other) return false;
  const [x, y] = [operands(a), operands(b)];
  const inOrder = x.every((operand, i) => same(operand, y[i]!));
  return inOrder || (commutative.has(op) && same(x[0]!, y[1]!) && same(x[1]!, y[0]!));
}

/** 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), in the ways in which it is written. */
function gelus(x: Expr, dtype: DType): Expr[] {
  const number = (value: number): Expr => constant(value, dtype);
  const mul = (a: Expr, b: Expr): Expr => binary('mul', a, b);
  const cubes = [binary('pow', x, number(3)), mul(x, mul(x, x))];
  return cubes.flatMap((cube) => {
    const inner = binary('add', x, mul(number(0.044715), cube));
    const gate = binary('add', number(1), unary('tanh', mul(number(Math.sqrt(2 / Math.PI)), inner)));
    return [mul(mul(number(0.5), x), gate), mul(x, mul(number(0.5), gate)), mul(number(0.5), mul(x, gate))];
  });
}

/** Undefined: the libraries have no such epilogue. */
export function libraryEpilogue({ epilogue, inputs, outputs }: OpCall): LibraryEpilogue | undefined {
  if (epilogue === undefined) return { bias: false, activation: 'none' };
  const output = outputs[0]!;
  const { dtype } = output;
  const bias = epilogue.extra === 1;
  if (epilogue.extra > 1) return undefined;
  const added = inputs.at(-1)!;
  if (bias && (added.dtype !== dtype || extraKind(added.shape, output.shape) !== 'channel')) return undefined;
  const result = input(0, dtype);
  const x = bias ? binary('add', result, input(1, dtype)) : result;
  if (same(epilogue.expr, x)) return { bias, activation: 'none' };
  if (same(epilogue.expr, binary('max', x, constant(0, dtype)))) return { bias, activation: 'relu' };
  return gelus(x, dtype).some((gelu) => same(epilogue.expr, gelu)) ? { bias, activation: 'gelu' } : undefined;
}
