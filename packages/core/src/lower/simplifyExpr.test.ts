import { describe, expect, it } from 'vitest';
import { binary, cast, compare, constant, exprKey, input, select, unary, type Expr } from '../codegen/expr.js';
import { simplifyMap } from './simplifyExpr.js';

const x = input(0, 'int32');
const key = (expr: Expr): string => exprKey(simplifyMap({ inputs: ['int32', 'bool'], outputs: [expr] }).outputs);
const int = (value: number): Expr => constant(value, 'int32');

describe('simplifyMap', () => {
  it('works out constants in the dtype\'s own arithmetic', () => {
    expect(key(binary('add', x, binary('mul', int(2 ** 30), int(4))))).toBe(exprKey([binary('add', x, int(0))]));
    expect(key(cast(unary('sqrt', constant(2, 'float32')), 'float32'))).toBe(exprKey([constant(Math.fround(Math.SQRT2), 'float32')]));
  });

  it('decides what a known bool decides', () => {
    const flag = input(1, 'bool');
    const low = compare('lt', int(128), int(0));
    expect(key(binary('and', flag, low))).toBe(exprKey([constant(false, 'bool')]));
    expect(key(binary('xor', flag, low))).toBe(exprKey([flag]));
    expect(key(select(low, x, int(7)))).toBe(exprKey([int(7)]));
  });

  it('leaves a division by zero to the run', () => {
    const division = binary('div', int(1), int(0));
    expect(key(division)).toBe(exprKey([division]));
  });
});
