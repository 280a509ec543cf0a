/** Loads and stores: an address, a constant byte offset, an alignment hint (log2 of bytes; the access's own size unless told). */
import { asI32, asValue, makeEffect, makeValue, type Effect, type I32, type Operands, type Value, type ValueType } from './value.js';

type Table = Readonly<Record<string, readonly [opcode: number, align: number]>>;
export type Load<T extends ValueType> = (address: I32, offset?: number, align?: number) => Value<T>;
export type Store<T extends ValueType> = (address: I32, value: Operands[T], offset?: number, align?: number) => Effect;

export function load<T extends ValueType>(type: T, opcode: number, natural: number): Load<T> {
  return (address, offset = 0, align = natural) => makeValue(type, (code) => {
    asI32(address).emit(code);
    code.opcode(opcode);
    code.u32(align);
    code.u32(offset);
  });
}

export function store<T extends ValueType>(type: T, opcode: number, natural: number): Store<T> {
  return (address, value, offset = 0, align = natural) => makeEffect((code) => {
    asI32(address).emit(code);
    asValue(type, value).emit(code);
    code.opcode(opcode);
    code.u32(align);
    code.u32(offset);
  });
}

export function loads<T extends ValueType, N extends Table>(type: T, table: N): { readonly [K in keyof N]: Load<T> } {
  return Object.fromEntries(Object.entries(table).map(([name, [opcode, align]]) => [
    name, load(type, opcode, align),
  ])) as { [K in keyof N]: Load<T> };
}

export function stores<T extends ValueType, N extends Table>(type: T, table: N): { readonly [K in keyof N]: Store<T> } {
  return Object.fromEntries(Object.entries(table).map(([name, [opcode, align]]) => [
    name, store(type, opcode, align),
  ])) as { [K in keyof N]: Store<T> };
}

/** Whole-memory instructions. */
export const memory = {
  /** memmove of `bytes` bytes. */
  copy: (to: I32, from: I32, bytes: I32): Effect => makeEffect((code) => {
    asI32(to).emit(code);
    asI32(from).emit(code);
    asI32(bytes).emit(code);
    code.opcode(0xfc000a);
    code.byte(0);
    code.byte(0);
  }),
  /** memset of `bytes` bytes. */
  fill: (to: I32, byte: I32, bytes: I32): Effect => makeEffect((code) => {
    asI32(to).emit(code);
    asI32(byte).emit(code);
    asI32(bytes).emit(code);
    code.opcode(0xfc000b);
    code.byte(0);
  }),
  /** Size in 64 KiB pages. */
  size: (): Value<'i32'> => makeValue('i32', (code) => { code.byte(0x3f); code.byte(0); }),
} as const;
