/**
 * What printers share: the walk, names, indentation, parentheses. A language is a `Dialect`; leaving a member out is a type error, and a new kind of
 * node is one here.
 */
import type { BinaryPrimitive, ComparePrimitive, UnaryPrimitive } from '../expr.js';
import type { AtomicOp, BuiltinName, GridArray, GridBuffer, GridExpr, GridParam, GridPass, GridStatement } from './program.js';
import type { Lanes, ValueType } from './types.js';
import { factsOf, type BufferUse } from './walk.js';

/**
 * How a language spells expressions and statements. Operands are texts that bind as tightly as a call: names, calls, or in parentheses. An
 * expression that is an infix (`a + b`) is wrapped by `infix`; what is a call or a name goes out as it is. An operand may be long, so code that
 * needs it twice should call a helper function. Statements are whole lines without indentation.
 */
export interface Dialect {
  literal(value: number | bigint | boolean, type: ValueType): string;
  param(param: GridParam): string;
  builtin(name: BuiltinName): string;
  /** An element (or group) in memory as a value of `loadedType(buffer.stored)`. */
  load(use: BufferUse, index: string): string;
  element(array: GridArray, index: string): string;
  lane(group: string, lane: number, lanes: Lanes): string;
  unary(op: UnaryPrimitive, type: ValueType, x: string): string;
  binary(op: BinaryPrimitive, type: ValueType, x: string, y: string): string;
  compare(op: ComparePrimitive, type: ValueType, x: string, y: string): string;
  select(type: ValueType, condition: string, x: string, y: string): string;
  cast(from: ValueType, to: ValueType, x: string): string;
  bitcast(from: ValueType, to: ValueType, x: string): string;
  fma(type: ValueType, x: string, y: string, z: string): string;
  round(to: 'float16' | 'bfloat16', x: string): string;

  declare(name: string, type: ValueType, lanes: Lanes, isMutable: boolean, value: string): string;
  assign(name: string, value: string): string;
  /** `values`: one for each lane. */
  store(buffer: GridBuffer, use: BufferUse, index: string, values: readonly string[]): string;
  setElement(array: GridArray, index: string, values: readonly string[]): string;
  atomic(op: AtomicOp, use: BufferUse, type: ValueType, index: string, value: string): string;
  /** `if (…) {`, and so on: the line before a block. Blocks end in `}`. */
  if(condition: string): string;
  for(name: string, start: string, end: string, step: string): string;
  while(condition: string): string;
  barrier(): string;
  fault(code: number, detail: string): string;
}

/** An infix expression: stands in parentheses wherever it is an operand. */
export const infix = (x: string, operator: string, y: string): string => `(${x} ${operator} ${y})`;

/** The body of a pass as lines. */
export function printBody(pass: GridPass, dialect: Dialect, indent = '  '): string {
  const uses = new Map(factsOf(pass).buffers.map((use) => [use.buffer, use]));
  const useOf = (buffer: GridBuffer): BufferUse => uses.get(buffer)!;
  const text = (expr: GridExpr): string => printExpr(expr, dialect, useOf);
  /** Without the parentheses of the outermost infix: where nothing binds tighter. */
  const open = (expr: GridExpr): string => withoutParentheses(text(expr));
  const lines: string[] = [];
  const block = (statements: readonly GridStatement[], depth: number): void => {
    for (const statement of statements) line(statement, depth);
  };
  const put = (code: string, depth: number): void => {
    lines.push(indent.repeat(depth) + code);
  };
  const line = (statement: GridStatement, depth: number): void => {
    switch (statement.kind) {
      case 'declare': put(dialect.declare(statement.name, statement.type, statement.lanes, statement.isMutable, open(statement.value)), depth); return;
      case 'assign': put(dialect.assign(statement.name, open(statement.value)), depth); return;
      case 'store': put(dialect.store(statement.buffer, useOf(statement.buffer), open(statement.index), statement.values.map(open)), depth); return;
      case 'setElement': put(dialect.setElement(statement.array, open(statement.index), statement.values.map(open)), depth); return;
      case 'atomic': put(dialect.atomic(statement.op, useOf(statement.buffer), statement.value.type, open(statement.index), open(statement.value)), depth); return;
      case 'if':
        put(dialect.if(open(statement.condition)), depth);
        block(statement.then, depth + 1);
        if (statement.otherwise.length > 0) {
          put('} else {', depth);
          block(statement.otherwise, depth + 1);
        }
        put('}', depth);
        return;
      case 'for':
        put(dialect.for(statement.name, open(statement.start), text(statement.end), text(statement.step)), depth);
        block(statement.body, depth + 1);
        put('}', depth);
        return;
      case 'while':
        put(dialect.while(open(statement.condition)), depth);
        block(statement.body, depth + 1);
        put('}', depth);
        return;
      case 'break': put('break;', depth); return;
      case 'barrier': put(dialect.barrier(), depth); return;
      case 'fault': put(dialect.fault(statement.code, open(statement.detail)), depth); return;
      default: statement satisfies never;
    }
  };
  block(pass.body, 1);
  return lines.join('\n');
}

function printExpr(expr: GridExpr, dialect: Dialect, useOf: (buffer: GridBuffer) => BufferUse): string {
  const text = (operand: GridExpr): string => printExpr(operand, dialect, useOf);
  switch (expr.kind) {
    case 'literal': return dialect.literal(expr.value, expr.type);
    case 'param': return dialect.param(expr.param);
    case 'builtin': return dialect.builtin(expr.name);
    case 'name': return expr.name;
    case 'load': return dialect.load(useOf(expr.buffer), withoutParentheses(text(expr.index)));
    case 'element': return dialect.element(expr.array, withoutParentheses(text(expr.index)));
    case 'lane': return dialect.lane(text(expr.of), expr.lane, expr.of.kind === 'name' ? expr.of.lanes : 1);
    case 'unary': return dialect.unary(expr.op, expr.type, text(expr.x));
    case 'binary': return dialect.binary(expr.op, expr.type, text(expr.x), text(expr.y));
    case 'compare': return dialect.compare(expr.op, expr.x.type, text(expr.x), text(expr.y));
    case 'select': return dialect.select(expr.type, text(expr.condition), text(expr.x), text(expr.y));
    case 'cast': return dialect.cast(expr.x.type, expr.type, text(expr.x));
    case 'bitcast': return dialect.bitcast(expr.x.type, expr.type, text(expr.x));
    case 'fma': return dialect.fma(expr.type, text(expr.x), text(expr.y), text(expr.z));
    case 'round': return dialect.round(expr.to, text(expr.x));
    default: return expr satisfies never;
  }
}

/** `(a + b)` → `a + b`, if the first parenthesis closes at the very end. */
export function withoutParentheses(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text;
  let depth = 0;
  for (let i = 0; i < text.length - 1; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')') depth--;
    if (depth === 0) return text;
  }
  return text.slice(1, -1);
}
