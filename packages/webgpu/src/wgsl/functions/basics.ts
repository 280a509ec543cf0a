/**
 * What WGSL leaves open: it may assume that no float is NaN or infinite, so these are told by their bits, and made from bits that no compiler
 * knows.
 */
import { wgsl } from './function.js';

export const basics = [
  wgsl(`
fn tf_infinity() -> f32 {
  var bits = 0x7f800000u;
  return bitcast<f32>(bits);
}`),
  wgsl(`
fn tf_nan() -> f32 {
  var bits = 0x7fc00000u;
  return bitcast<f32>(bits);
}`),
  wgsl('fn tf_is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }'),
  wgsl('fn tf_is_finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }'),
  wgsl('fn tf_is_negative(x: f32) -> bool { return bitcast<i32>(x) < 0i; }'),
  wgsl('fn tf_copy_sign(size: f32, sign: f32) -> f32 { return bitcast<f32>((bitcast<u32>(size) & 0x7fffffffu) | (bitcast<u32>(sign) & 0x80000000u)); }'),
  // The first operand where it is NaN; a NaN second operand fails the comparison.
  wgsl('fn tf_min(x: f32, y: f32) -> f32 { return select(y, x, x < y || tf_is_nan(x)); }'),
  wgsl('fn tf_max(x: f32, y: f32) -> f32 { return select(y, x, x > y || tf_is_nan(x)); }'),
  // x itself where it is a zero or NaN.
  wgsl('fn tf_sign(x: f32) -> f32 { return select(x, select(-1.0f, 1.0f, x > 0.0f), abs(x) > 0.0f); }'),
  // What does not fit becomes the smallest int32, as on x86.
  wgsl('fn tf_to_i32(x: f32) -> i32 { return select(i32(-2147483648), i32(x), x >= -2147483648.0f && x < 2147483648.0f); }'),
  // The low bits of the 64-bit integer: float32 holds multiples of 2^32 exactly.
  wgsl(`
fn tf_to_u32(x: f32) -> u32 {
  let low = x - floor(x * 2.3283064365386963e-10f) * 4294967296.0f;
  return select(0u, u32(low), x >= 0.0f && x < 9223372036854775808.0f);
}`),
  wgsl(`
fn tf_round_f16(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let size = bits & 0x7fffffffu;
  let normal = bitcast<f32>((size + 0xfffu + ((size >> 13u) & 1u)) & 0xffffe000u);
  let small = round(bitcast<f32>(size) * 16777216.0f) * 5.9604644775390625e-8f;
  let rounded = select(select(normal, tf_infinity(), size >= 0x477ff000u), small, size < 0x38800000u);
  return select(tf_copy_sign(rounded, x), x, size >= 0x7f800000u);
}`),
  wgsl(`
fn tf_round_bf16(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  return select(bitcast<f32>((bits + 0x7fffu + ((bits >> 16u) & 1u)) & 0xffff0000u), x, (bits & 0x7fffffffu) >= 0x7f800000u);
}`),
];
