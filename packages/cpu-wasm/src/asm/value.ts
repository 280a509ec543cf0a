/**
 * Values: typed expression trees that a statement of the function builder emits when it uses them. Making one writes no code, so trees
 * nest in any order: `i32.add(a, i32.mul(b, 4))`. A tree that is used twice is computed twice; `f.let(value)` keeps it in a local.
 * Loads and reads of locals happen where the statement stands that uses the tree.
 */
import type { ByteWriter } from './byteWriter.js';

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** Encodings of the value types. */
export const typeCodes: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** Code that leaves one value of type T. */
export interface Value<T extends ValueType = ValueType> {
  readonly type: T;
  emit(code: ByteWriter): void;
}

/** Code that leaves nothing: stores, fills, fences. Run by `f.do`. */
export interface Effect {
  readonly type: 'none';
  emit(code: ByteWriter): void;
}

/** What an operand of each type may be: a value, or a number for a constant. */
export type I32 = Value<'i32'> | number;
export type I64 = Value<'i64'> | bigint;
export type F32 = Value<'f32'> | number;
export type F64 = Value<'f64'> | number;
export type V128 = Value<'v128'>;

/** The operand types by value type. */
export interface Operands {
  i32: I32;
  i64: I64;
  f32: F32;
  f64: F64;
  v128: V128;
}

/** A local variable or parameter. As a value, it is read where it is used. */
export class Local<T extends ValueType = ValueType> implements Value<T> {
  constructor(readonly type: T, readonly index: number) {}

  emit(code: ByteWriter): void {
    code.byte(0x20);
    code.u32(this.index);
  }
}

/** An i32 constant whose number can be asked, so that constant operands fold. */
class I32Constant implements Value<'i32'> {
  readonly type = 'i32';
  constructor(readonly value: number) {}
  emit(code: ByteWriter): void {
    code.byte(0x41);
    code.s32(this.value);
  }
}

export const i32Const = (value: number): Value<'i32'> => new I32Constant(value | 0);
export const i64Const = (value: bigint): Value<'i64'> => makeValue('i64', (code) => { code.byte(0x42); code.s64(value); });
export const f32Const = (value: number): Value<'f32'> => makeValue('f32', (code) => { code.byte(0x43); code.f32(value); });
export const f64Const = (value: number): Value<'f64'> => makeValue('f64', (code) => { code.byte(0x44); code.f64(value); });

/** The number behind an i32 operand that is a constant. */
export function constantOf(operand: I32): number | undefined {
  if (typeof operand === 'number') return operand | 0;
  return operand instanceof I32Constant ? operand.value : undefined;
}

export const asI32 = (x: I32): Value<'i32'> => (typeof x === 'number' ? i32Const(x) : x);
export const asI64 = (x: I64): Value<'i64'> => (typeof x === 'bigint' ? i64Const(x) : x);
export const asF32 = (x: F32): Value<'f32'> => (typeof x === 'number' ? f32Const(x) : x);
export const asF64 = (x: F64): Value<'f64'> => (typeof x === 'number' ? f64Const(x) : x);

/** The operand as a value of the given type. */
export function asValue<T extends ValueType>(type: T, x: Operands[T]): Value<T> {
  if (typeof x === 'bigint') return i64Const(x) as Value<T>;
  if (typeof x !== 'number') return x as Value<T>;
  return (type === 'i32' ? i32Const(x) : type === 'f32' ? f32Const(x) : f64Const(x)) as Value<T>;
}

export function makeValue<T extends ValueType>(type: T, emit: (code: ByteWriter) => void): Value<T> {
  return { type, emit };
}

export function makeEffect(emit: (code: ByteWriter) => void): Effect {
  return { type: 'none', emit };
}

/** Operands in order, then the opcode. */
export function operation<T extends ValueType>(type: T, opcode: number, ...args: readonly Value[]): Value<T> {
  return {
    type,
    emit(code) {
      for (const arg of args) arg.emit(code);
      code.opcode(opcode);
    },
  };
}

type Table = Readonly<Record<string, number>>;
type Methods<Names, F> = { readonly [K in keyof Names]: F };

function methods<T extends Table, F>(table: T, make: (opcode: number) => F): Methods<T, F> {
  return Object.fromEntries(Object.entries(table).map(([name, opcode]) => [name, make(opcode)])) as Methods<T, F>;
}

/** One-operand instructions by name. */
export function unaries<A extends ValueType, R extends ValueType, T extends Table>(
  from: A, to: R, table: T,
): Methods<T, (x: Operands[A]) => Value<R>> {
  return methods(table, (opcode) => (x: Operands[A]) => operation(to, opcode, asValue(from, x)));
}

/** Two-operand instructions by name. */
export function binaries<A extends ValueType, B extends ValueType, R extends ValueType, T extends Table>(
  first: A, second: B, to: R, table: T,
): Methods<T, (x: Operands[A], y: Operands[B]) => Value<R>> {
  return methods(table, (opcode) => (x: Operands[A], y: Operands[B]) => operation(to, opcode, asValue(first, x), asValue(second, y)));
}
