/** Atomic instructions on shared (and, but for wait, unshared) memory. Addresses must be naturally aligned. */
import { load, store } from './memoryAccess.js';
import { asI32, asI64, asValue, makeEffect, makeValue, type Effect, type I32, type I64, type Operands, type Value } from './value.js';

const readModifyWrite = <T extends 'i32' | 'i64'>(type: T, opcode: number) => (address: I32, value: Operands[T], offset = 0): Value<T> =>
  makeValue(type, (code) => {
    asI32(address).emit(code);
    asValue(type, value).emit(code);
    code.opcode(opcode);
    code.u32(type === 'i32' ? 2 : 3);
    code.u32(offset);
  });

const compareExchange = <T extends 'i32' | 'i64'>(type: T, opcode: number) =>
  (address: I32, expected: Operands[T], replacement: Operands[T], offset = 0): Value<T> => makeValue(type, (code) => {
    asI32(address).emit(code);
    asValue(type, expected).emit(code);
    asValue(type, replacement).emit(code);
    code.opcode(opcode);
    code.u32(type === 'i32' ? 2 : 3);
    code.u32(offset);
  });

const family = <T extends 'i32' | 'i64'>(type: T, align: number, wide: number) => ({
  load: load(type, 0xfe0010 + wide, align),
  store: store(type, 0xfe0017 + wide, align),
  /** All of these give the old value. */
  add: readModifyWrite(type, 0xfe001e + wide),
  sub: readModifyWrite(type, 0xfe0025 + wide),
  and: readModifyWrite(type, 0xfe002c + wide),
  or: readModifyWrite(type, 0xfe0033 + wide),
  xor: readModifyWrite(type, 0xfe003a + wide),
  exchange: readModifyWrite(type, 0xfe0041 + wide),
  compareExchange: compareExchange(type, 0xfe0048 + wide),
});

export const atomic = {
  i32: family('i32', 2, 0),
  i64: family('i64', 3, 1),
  /** Wakes up to `count` waiters; gives how many. */
  notify: (address: I32, count: I32, offset = 0): Value<'i32'> => makeValue('i32', (code) => {
    asI32(address).emit(code);
    asI32(count).emit(code);
    code.opcode(0xfe0000);
    code.u32(2);
    code.u32(offset);
  }),
  /**
   * Sleeps while the i32 is `expected`, at most `timeout` nanoseconds (negative: for ever). 0 woken, 1 not equal, 2 timed out. Traps on
   * memory that is not shared.
   */
  wait32: (address: I32, expected: I32, timeout: I64, offset = 0): Value<'i32'> => makeValue('i32', (code) => {
    asI32(address).emit(code);
    asI32(expected).emit(code);
    asI64(timeout).emit(code);
    code.opcode(0xfe0001);
    code.u32(2);
    code.u32(offset);
  }),
  fence: (): Effect => makeEffect((code) => { code.opcode(0xfe0003); code.byte(0); }),
} as const;
