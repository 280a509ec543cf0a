/** A small WebAssembly assembler: modules and functions built in TypeScript, straight into bytes. */
export { atomic } from './atomics.js';
export { ByteWriter } from './byteWriter.js';
export { FunctionBuilder, type Label } from './functionBuilder.js';
export { memory } from './memoryAccess.js';
export {
  ModuleBuilder, type FunctionRef, type FunctionType, type GlobalRef, type MemoryLimits, type TableLimits,
} from './moduleBuilder.js';
export { f32, f64, i32, i64, select } from './scalar.js';
export { f32x4, f64x2, i16x8, i32x4, i64x2, i8x16, v128 } from './simd.js';
export {
  Local, type Effect, type F32, type F64, type I32, type I64, type Operands, type V128, type Value, type ValueType,
} from './value.js';
