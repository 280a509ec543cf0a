/** 128-bit SIMD: `f32x4.add(x, y)`, `v128.load(address)`, … and relaxed SIMD, which only engines that validate it may be given. */
import { loads, stores } from './memoryAccess.js';
import {
  asF32, asF64, asI32, asI64, asValue, binaries, makeEffect, makeValue, operation, unaries,
  type Effect, type F32, type F64, type I32, type I64, type Operands, type V128, type Value, type ValueType,
} from './value.js';

const simd = (opcode: number): number => 0xfd0000 + opcode;
type Table = Readonly<Record<string, number>>;
const shift = <T extends Table>(table: T): T => Object.fromEntries(Object.entries(table).map(([name, opcode]) => [
  name, simd(opcode),
])) as T;

const one = <T extends Table>(table: T) => unaries('v128', 'v128', shift(table));
const two = <T extends Table>(table: T) => binaries('v128', 'v128', 'v128', shift(table));
const test = <T extends Table>(table: T) => unaries('v128', 'i32', shift(table));
const shifts = <T extends Table>(table: T) => binaries('v128', 'i32', 'v128', shift(table));
const three = (opcode: number) => (x: V128, y: V128, z: V128): Value<'v128'> => operation('v128', simd(opcode), x, y, z);

const extract = <T extends ValueType>(type: T, opcode: number) => (x: V128, lane: number): Value<T> =>
  makeValue(type, (code) => { x.emit(code); code.opcode(simd(opcode)); code.byte(lane); });
const replace = <T extends ValueType>(type: T, opcode: number) => (x: V128, lane: number, value: Operands[T]): Value<'v128'> =>
  makeValue('v128', (code) => { x.emit(code); asValue(type, value).emit(code); code.opcode(simd(opcode)); code.byte(lane); });
const loadLane = (opcode: number, align: number) => (address: I32, x: V128, lane: number, offset = 0): Value<'v128'> =>
  makeValue('v128', (code) => {
    asI32(address).emit(code);
    x.emit(code);
    code.opcode(simd(opcode));
    code.u32(align);
    code.u32(offset);
    code.byte(lane);
  });
const storeLane = (opcode: number, align: number) => (address: I32, x: V128, lane: number, offset = 0): Effect =>
  makeEffect((code) => {
    asI32(address).emit(code);
    x.emit(code);
    code.opcode(simd(opcode));
    code.u32(align);
    code.u32(offset);
    code.byte(lane);
  });

/** A constant of 16 bytes. */
function bytesConst(bytes: Uint8Array): Value<'v128'> {
  return makeValue('v128', (code) => { code.opcode(simd(0x0c)); code.append(bytes); });
}
const constant = (array: ArrayBufferView): Value<'v128'> => bytesConst(new Uint8Array(array.buffer, array.byteOffset, 16));

export const v128 = {
  const: bytesConst,
  zero: (): Value<'v128'> => bytesConst(new Uint8Array(16)),
  ...loads('v128', {
    load: [simd(0), 4], load8x8S: [simd(1), 3], load8x8U: [simd(2), 3], load16x4S: [simd(3), 3], load16x4U: [simd(4), 3],
    load32x2S: [simd(5), 3], load32x2U: [simd(6), 3], load8Splat: [simd(7), 0], load16Splat: [simd(8), 1], load32Splat: [simd(9), 2],
    load64Splat: [simd(10), 3], load32Zero: [simd(0x5c), 2], load64Zero: [simd(0x5d), 3],
  }),
  ...stores('v128', { store: [simd(0x0b), 4] }),
  load8Lane: loadLane(0x54, 0), load16Lane: loadLane(0x55, 1), load32Lane: loadLane(0x56, 2), load64Lane: loadLane(0x57, 3),
  store8Lane: storeLane(0x58, 0), store16Lane: storeLane(0x59, 1), store32Lane: storeLane(0x5a, 2), store64Lane: storeLane(0x5b, 3),
  ...one({ not: 0x4d }),
  /** `andnot(x, y)` is x & ~y. */
  ...two({ and: 0x4e, andnot: 0x4f, or: 0x50, xor: 0x51 }),
  /** Bits of x where the mask has ones, else of y. */
  bitselect: (x: V128, y: V128, mask: V128): Value<'v128'> => operation('v128', simd(0x52), x, y, mask),
  ...test({ anyTrue: 0x53 }),
} as const;

export const i8x16 = {
  splat: (x: I32): Value<'v128'> => operation('v128', simd(0x0f), asI32(x)),
  /** `lanes`: 16 byte numbers, 0–15 of x, 16–31 of y. */
  shuffle: (x: V128, y: V128, lanes: readonly number[]): Value<'v128'> => makeValue('v128', (code) => {
    x.emit(code);
    y.emit(code);
    code.opcode(simd(0x0d));
    for (const lane of lanes) code.byte(lane);
  }),
  extractLaneS: extract('i32', 0x15), extractLaneU: extract('i32', 0x16), replaceLane: replace('i32', 0x17),
  ...two({
    swizzle: 0x0e, eq: 0x23, ne: 0x24, ltS: 0x25, ltU: 0x26, gtS: 0x27, gtU: 0x28, leS: 0x29, leU: 0x2a, geS: 0x2b, geU: 0x2c,
    narrowI16x8S: 0x65, narrowI16x8U: 0x66, add: 0x6e, addSatS: 0x6f, addSatU: 0x70, sub: 0x71, subSatS: 0x72, subSatU: 0x73,
    minS: 0x76, minU: 0x77, maxS: 0x78, maxU: 0x79, avgrU: 0x7b, relaxedSwizzle: 0x100,
  }),
  ...one({ abs: 0x60, neg: 0x61, popcnt: 0x62 }),
  ...test({ allTrue: 0x63, bitmask: 0x64 }),
  ...shifts({ shl: 0x6b, shrS: 0x6c, shrU: 0x6d }),
  relaxedLaneselect: three(0x109),
} as const;

export const i16x8 = {
  splat: (x: I32): Value<'v128'> => operation('v128', simd(0x10), asI32(x)),
  extractLaneS: extract('i32', 0x18), extractLaneU: extract('i32', 0x19), replaceLane: replace('i32', 0x1a),
  ...two({
    eq: 0x2d, ne: 0x2e, ltS: 0x2f, ltU: 0x30, gtS: 0x31, gtU: 0x32, leS: 0x33, leU: 0x34, geS: 0x35, geU: 0x36, q15mulrSatS: 0x82,
    narrowI32x4S: 0x85, narrowI32x4U: 0x86, add: 0x8e, addSatS: 0x8f, addSatU: 0x90, sub: 0x91, subSatS: 0x92, subSatU: 0x93, mul: 0x95,
    minS: 0x96, minU: 0x97, maxS: 0x98, maxU: 0x99, avgrU: 0x9b,
    extmulLowI8x16S: 0x9c, extmulHighI8x16S: 0x9d, extmulLowI8x16U: 0x9e, extmulHighI8x16U: 0x9f,
    relaxedQ15mulrS: 0x111, relaxedDotI8x16I7x16S: 0x112,
  }),
  ...one({
    extaddPairwiseI8x16S: 0x7c, extaddPairwiseI8x16U: 0x7d, abs: 0x80, neg: 0x81,
    extendLowI8x16S: 0x87, extendHighI8x16S: 0x88, extendLowI8x16U: 0x89, extendHighI8x16U: 0x8a,
  }),
  ...test({ allTrue: 0x83, bitmask: 0x84 }),
  ...shifts({ shl: 0x8b, shrS: 0x8c, shrU: 0x8d }),
  relaxedLaneselect: three(0x10a),
} as const;

export const i32x4 = {
  const: (a: number, b: number, c: number, d: number): Value<'v128'> => constant(new Int32Array([a, b, c, d])),
  splat: (x: I32): Value<'v128'> => (typeof x === 'number' ? constant(new Int32Array(4).fill(x)) : operation('v128', simd(0x11), x)),
  extractLane: extract('i32', 0x1b), replaceLane: replace('i32', 0x1c),
  ...two({
    eq: 0x37, ne: 0x38, ltS: 0x39, ltU: 0x3a, gtS: 0x3b, gtU: 0x3c, leS: 0x3d, leU: 0x3e, geS: 0x3f, geU: 0x40,
    add: 0xae, sub: 0xb1, mul: 0xb5, minS: 0xb6, minU: 0xb7, maxS: 0xb8, maxU: 0xb9, dotI16x8S: 0xba,
    extmulLowI16x8S: 0xbc, extmulHighI16x8S: 0xbd, extmulLowI16x8U: 0xbe, extmulHighI16x8U: 0xbf,
  }),
  ...one({
    extaddPairwiseI16x8S: 0x7e, extaddPairwiseI16x8U: 0x7f, abs: 0xa0, neg: 0xa1,
    extendLowI16x8S: 0xa7, extendHighI16x8S: 0xa8, extendLowI16x8U: 0xa9, extendHighI16x8U: 0xaa,
    truncSatF32x4S: 0xf8, truncSatF32x4U: 0xf9, truncSatF64x2SZero: 0xfc, truncSatF64x2UZero: 0xfd,
    relaxedTruncF32x4S: 0x101, relaxedTruncF32x4U: 0x102, relaxedTruncF64x2SZero: 0x103, relaxedTruncF64x2UZero: 0x104,
  }),
  ...test({ allTrue: 0xa3, bitmask: 0xa4 }),
  ...shifts({ shl: 0xab, shrS: 0xac, shrU: 0xad }),
  relaxedLaneselect: three(0x10b), relaxedDotI8x16I7x16AddS: three(0x113),
} as const;

export const i64x2 = {
  splat: (x: I64): Value<'v128'> => operation('v128', simd(0x12), asI64(x)),
  extractLane: extract('i64', 0x1d), replaceLane: replace('i64', 0x1e),
  ...two({
    add: 0xce, sub: 0xd1, mul: 0xd5, eq: 0xd6, ne: 0xd7, ltS: 0xd8, gtS: 0xd9, leS: 0xda, geS: 0xdb,
    extmulLowI32x4S: 0xdc, extmulHighI32x4S: 0xdd, extmulLowI32x4U: 0xde, extmulHighI32x4U: 0xdf,
  }),
  ...one({ abs: 0xc0, neg: 0xc1, extendLowI32x4S: 0xc7, extendHighI32x4S: 0xc8, extendLowI32x4U: 0xc9, extendHighI32x4U: 0xca }),
  ...test({ allTrue: 0xc3, bitmask: 0xc4 }),
  ...shifts({ shl: 0xcb, shrS: 0xcc, shrU: 0xcd }),
  relaxedLaneselect: three(0x10c),
} as const;

export const f32x4 = {
  const: (a: number, b: number, c: number, d: number): Value<'v128'> => constant(new Float32Array([a, b, c, d])),
  splat: (x: F32): Value<'v128'> => (typeof x === 'number' ? constant(new Float32Array(4).fill(x)) : operation(
    'v128', simd(0x13), asF32(x),
  )),
  extractLane: extract('f32', 0x1f), replaceLane: replace('f32', 0x20),
  ...two({
    eq: 0x41, ne: 0x42, lt: 0x43, gt: 0x44, le: 0x45, ge: 0x46,
    add: 0xe4, sub: 0xe5, mul: 0xe6, div: 0xe7, min: 0xe8, max: 0xe9, pmin: 0xea, pmax: 0xeb, relaxedMin: 0x10d, relaxedMax: 0x10e,
  }),
  ...one({
    demoteF64x2Zero: 0x5e, ceil: 0x67, floor: 0x68, trunc: 0x69, nearest: 0x6a, abs: 0xe0, neg: 0xe1, sqrt: 0xe3,
    convertI32x4S: 0xfa, convertI32x4U: 0xfb,
  }),
  /** x·y + z, rounded once or twice as the engine likes. */
  relaxedMadd: three(0x105),
  /** z − x·y. */
  relaxedNmadd: three(0x106),
} as const;

export const f64x2 = {
  const: (a: number, b: number): Value<'v128'> => constant(new Float64Array([a, b])),
  splat: (x: F64): Value<'v128'> => (typeof x === 'number' ? constant(new Float64Array(2).fill(x)) : operation(
    'v128', simd(0x14), asF64(x),
  )),
  extractLane: extract('f64', 0x21), replaceLane: replace('f64', 0x22),
  ...two({
    eq: 0x47, ne: 0x48, lt: 0x49, gt: 0x4a, le: 0x4b, ge: 0x4c,
    add: 0xf0, sub: 0xf1, mul: 0xf2, div: 0xf3, min: 0xf4, max: 0xf5, pmin: 0xf6, pmax: 0xf7, relaxedMin: 0x10f, relaxedMax: 0x110,
  }),
  ...one({
    promoteLowF32x4: 0x5f, ceil: 0x74, floor: 0x75, trunc: 0x7a, nearest: 0x94, abs: 0xec, neg: 0xed, sqrt: 0xef,
    convertLowI32x4S: 0xfe, convertLowI32x4U: 0xff,
  }),
  relaxedMadd: three(0x107),
  relaxedNmadd: three(0x108),
} as const;
