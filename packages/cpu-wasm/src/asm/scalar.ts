/** Scalar instructions: `i32.add(x, y)`, `f32.load(address, offset)`, … Names are the specification's in camelCase (`lt_s` is `ltS`). */
import { loads, stores } from './memoryAccess.js';
import {
  asI32, asValue, binaries, constantOf, f32Const, f64Const, i32Const, i64Const, makeValue, operation, unaries, type I32, type Operands,
  type Value, type ValueType,
} from './value.js';

const i32Binaries = binaries('i32', 'i32', 'i32', {
  divS: 0x6d, divU: 0x6e, remS: 0x6f, remU: 0x70, and: 0x71, or: 0x72, xor: 0x73, shl: 0x74, shrS: 0x75, shrU: 0x76, rotl: 0x77, rotr: 0x78,
  eq: 0x46, ne: 0x47, ltS: 0x48, ltU: 0x49, gtS: 0x4a, gtU: 0x4b, leS: 0x4c, leU: 0x4d, geS: 0x4e, geU: 0x4f,
});

export const i32 = {
  const: i32Const,
  /** Constants fold, and adding 0 is nothing. */
  add: (x: I32, y: I32): Value<'i32'> => {
    const a = constantOf(x);
    const b = constantOf(y);
    if (a !== undefined && b !== undefined) return i32Const(a + b);
    if (b === 0) return asI32(x);
    if (a === 0) return asI32(y);
    return operation('i32', 0x6a, asI32(x), asI32(y));
  },
  sub: (x: I32, y: I32): Value<'i32'> => {
    const a = constantOf(x);
    const b = constantOf(y);
    if (a !== undefined && b !== undefined) return i32Const(a - b);
    return b === 0 ? asI32(x) : operation('i32', 0x6b, asI32(x), asI32(y));
  },
  /** Constants fold; times a power of two is a shift. */
  mul: (x: I32, y: I32): Value<'i32'> => {
    const a = constantOf(x);
    const b = constantOf(y);
    if (a !== undefined && b !== undefined) return i32Const(Math.imul(a, b));
    if (a !== undefined) return i32.mul(y, x);
    if (b === 1) return asI32(x);
    if (b !== undefined && b > 0 && (b & (b - 1)) === 0) return i32Binaries.shl(x, 31 - Math.clz32(b));
    return operation('i32', 0x6c, asI32(x), asI32(y));
  },
  ...i32Binaries,
  ...unaries('i32', 'i32', { eqz: 0x45, clz: 0x67, ctz: 0x68, popcnt: 0x69, extend8S: 0xc0, extend16S: 0xc1 }),
  ...unaries('i64', 'i32', { wrapI64: 0xa7 }),
  ...unaries('f32', 'i32', { truncF32S: 0xa8, truncF32U: 0xa9, truncSatF32S: 0xfc0000, truncSatF32U: 0xfc0001, reinterpretF32: 0xbc }),
  ...unaries('f64', 'i32', { truncF64S: 0xaa, truncF64U: 0xab, truncSatF64S: 0xfc0002, truncSatF64U: 0xfc0003 }),
  ...loads('i32', { load: [0x28, 2], load8S: [0x2c, 0], load8U: [0x2d, 0], load16S: [0x2e, 1], load16U: [0x2f, 1] }),
  ...stores('i32', { store: [0x36, 2], store8: [0x3a, 0], store16: [0x3b, 1] }),
} as const;

export const i64 = {
  const: i64Const,
  ...binaries('i64', 'i64', 'i64', {
    add: 0x7c, sub: 0x7d, mul: 0x7e, divS: 0x7f, divU: 0x80, remS: 0x81, remU: 0x82, and: 0x83, or: 0x84, xor: 0x85,
    shl: 0x86, shrS: 0x87, shrU: 0x88, rotl: 0x89, rotr: 0x8a,
  }),
  ...binaries('i64', 'i64', 'i32', {
    eq: 0x51, ne: 0x52, ltS: 0x53, ltU: 0x54, gtS: 0x55, gtU: 0x56, leS: 0x57, leU: 0x58, geS: 0x59, geU: 0x5a,
  }),
  ...unaries('i64', 'i32', { eqz: 0x50 }),
  ...unaries('i64', 'i64', { clz: 0x79, ctz: 0x7a, popcnt: 0x7b, extend8S: 0xc2, extend16S: 0xc3, extend32S: 0xc4 }),
  ...unaries('i32', 'i64', { extendI32S: 0xac, extendI32U: 0xad }),
  ...unaries('f32', 'i64', { truncF32S: 0xae, truncF32U: 0xaf, truncSatF32S: 0xfc0004, truncSatF32U: 0xfc0005 }),
  ...unaries('f64', 'i64', { truncF64S: 0xb0, truncF64U: 0xb1, truncSatF64S: 0xfc0006, truncSatF64U: 0xfc0007, reinterpretF64: 0xbd }),
  ...loads('i64', {
    load: [0x29, 3], load8S: [0x30, 0], load8U: [0x31, 0], load16S: [0x32, 1], load16U: [0x33, 1], load32S: [0x34, 2], load32U: [0x35, 2],
  }),
  ...stores('i64', { store: [0x37, 3], store8: [0x3c, 0], store16: [0x3d, 1], store32: [0x3e, 2] }),
} as const;

export const f32 = {
  const: f32Const,
  ...binaries('f32', 'f32', 'f32', { add: 0x92, sub: 0x93, mul: 0x94, div: 0x95, min: 0x96, max: 0x97, copysign: 0x98 }),
  ...binaries('f32', 'f32', 'i32', { eq: 0x5b, ne: 0x5c, lt: 0x5d, gt: 0x5e, le: 0x5f, ge: 0x60 }),
  ...unaries('f32', 'f32', { abs: 0x8b, neg: 0x8c, ceil: 0x8d, floor: 0x8e, trunc: 0x8f, nearest: 0x90, sqrt: 0x91 }),
  ...unaries('i32', 'f32', { convertI32S: 0xb2, convertI32U: 0xb3, reinterpretI32: 0xbe }),
  ...unaries('i64', 'f32', { convertI64S: 0xb4, convertI64U: 0xb5 }),
  ...unaries('f64', 'f32', { demoteF64: 0xb6 }),
  ...loads('f32', { load: [0x2a, 2] }),
  ...stores('f32', { store: [0x38, 2] }),
} as const;

export const f64 = {
  const: f64Const,
  ...binaries('f64', 'f64', 'f64', { add: 0xa0, sub: 0xa1, mul: 0xa2, div: 0xa3, min: 0xa4, max: 0xa5, copysign: 0xa6 }),
  ...binaries('f64', 'f64', 'i32', { eq: 0x61, ne: 0x62, lt: 0x63, gt: 0x64, le: 0x65, ge: 0x66 }),
  ...unaries('f64', 'f64', { abs: 0x99, neg: 0x9a, ceil: 0x9b, floor: 0x9c, trunc: 0x9d, nearest: 0x9e, sqrt: 0x9f }),
  ...unaries('i32', 'f64', { convertI32S: 0xb7, convertI32U: 0xb8 }),
  ...unaries('i64', 'f64', { convertI64S: 0xb9, convertI64U: 0xba, reinterpretI64: 0xbf }),
  ...unaries('f32', 'f64', { promoteF32: 0xbb }),
  ...loads('f64', { load: [0x2b, 3] }),
  ...stores('f64', { store: [0x39, 3] }),
} as const;

/** `condition ? x : y`, both computed. */
export function select<T extends ValueType>(type: T, x: Operands[T], y: Operands[T], condition: I32): Value<T> {
  return makeValue(type, (code) => {
    asValue(type, x).emit(code);
    asValue(type, y).emit(code);
    asI32(condition).emit(code);
    code.byte(type === 'v128' ? 0x1c : 0x1b);
    if (type === 'v128') {
      code.byte(1);
      code.byte(0x7b);
    }
  });
}
