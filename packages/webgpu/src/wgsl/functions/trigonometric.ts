/**
 * sin, cos, tan and their inverses. Angles up to 2^12 are reduced with π/2 in four pieces, of which the products with n are exact or nearly so;
 * larger ones through an exact reduction with 160 bits of 2/π (Payne and Hanek's method) in 32-bit integers. Polynomials: Cephes' float ones.
 */
import { horner, wgsl } from './function.js';

const sinTail = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1];
const cosTail = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2];
const asinTail = [4.2163199048e-2, 2.4181311049e-2, 4.5470025998e-2, 7.4953002686e-2, 1.6666752422e-1];
const atanTail = [8.05374449538e-2, -1.38776856032e-1, 1.99777106478e-1, -3.33329491539e-1];

export const trigonometric = [
  wgsl(`
fn tf_multiply_wide(x: u32, y: u32) -> vec2u {
  let low = (x & 0xffffu) * (y & 0xffffu);
  let first = (x >> 16u) * (y & 0xffffu) + (low >> 16u);
  let second = (x & 0xffffu) * (y >> 16u) + (first & 0xffffu);
  return vec2u((x >> 16u) * (y >> 16u) + (first >> 16u) + (second >> 16u), (second << 16u) | (low & 0xffffu));
}`),
  // r in [−π/4, π/4] and the quadrant, of a finite |x| ≥ 2^12. Bits of 2/π above the window only add multiples of 4 to the quadrant.
  wgsl(`
fn tf_reduce_large(x: f32) -> vec2f {
  var digits = array<u32, 8>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu);
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  let mantissa = (bits & 0x7fffffu) | 0x800000u;
  let shift = (bits >> 23u) - 120u;
  let at = shift >> 5u;
  let by = shift & 31u;
  var window = vec3u(digits[at], digits[at + 1u], digits[at + 2u]);
  if (by > 0u) {
    window = (window << vec3u(by)) | (vec3u(digits[at + 1u], digits[at + 2u], digits[at + 3u]) >> vec3u(32u - by));
  }
  // mantissa · window mod 2^96, without its lowest word: 2 bits of quadrant, 62 of fraction.
  let middle = tf_multiply_wide(mantissa, window.y);
  let low = middle.y + tf_multiply_wide(mantissa, window.z).x;
  let high = mantissa * window.x + middle.x + select(0u, 1u, low < middle.y);
  let quadrant = (high + 0x20000000u) >> 30u;
  var fraction = vec2u(high - (quadrant << 30u), low);
  let isBelow = bitcast<i32>(fraction.x) < 0i;
  if (isBelow) { fraction = vec2u(~fraction.x + select(0u, 1u, fraction.y == 0u), ~fraction.y + 1u); }
  let angle = (f32(fraction.x) + f32(fraction.y) * 2.3283064365386963e-10f) * 1.4629180792671596e-9f;
  let turned = select(angle, -angle, isBelow);
  let isNegative = tf_is_negative(x);
  return vec2f(select(turned, -turned, isNegative), f32(select(quadrant, (4u - quadrant) & 3u, isNegative)));
}`),
  wgsl(`
fn tf_reduce(x: f32) -> vec2f {
  if (abs(x) >= 4096.0f) { return tf_reduce_large(x); }
  let n = round(x * 0.63661977236758134f);
  let r = (((x - n * 1.5703125f) - n * 4.837512969970703125e-4f) - n * 7.549533620476723e-08f) - n * 2.5633440682570896e-12f;
  return vec2f(r, n - 4.0f * floor(n * 0.25f));
}`),
  wgsl(`fn tf_sin_core(r: f32) -> f32 {
  let square = r * r;
  return (${horner('square', sinTail)}) * square * r + r;
}`),
  wgsl(`fn tf_cos_core(r: f32) -> f32 {
  let square = r * r;
  return ((${horner('square', cosTail)}) * square * square - 0.5f * square) + 1.0f;
}`),
  wgsl(`
fn tf_sine_of(x: f32, turn: i32) -> f32 {
  if (!tf_is_finite(x)) { return tf_nan(); }
  let reduced = tf_reduce(x);
  let quadrant = (i32(reduced.y) + turn) & 3i;
  let size = select(tf_sin_core(reduced.x), tf_cos_core(reduced.x), (quadrant & 1i) == 1i);
  return select(size, -size, quadrant >= 2i);
}`),
  // x itself where it is so small that the next term vanishes: keeps −0 and denormals.
  wgsl('fn tf_sin(x: f32) -> f32 { return select(tf_sine_of(x, 0i), x, abs(x) < 0.000244140625f); }'),
  wgsl('fn tf_cos(x: f32) -> f32 { return tf_sine_of(x, 1i); }'),
  wgsl(`
fn tf_tan(x: f32) -> f32 {
  if (!tf_is_finite(x)) { return tf_nan(); }
  if (abs(x) < 0.000244140625f) { return x; }
  let reduced = tf_reduce(x);
  let sine = tf_sin_core(reduced.x);
  let cosine = tf_cos_core(reduced.x);
  if ((i32(reduced.y) & 1i) == 1i) { return -cosine / sine; }
  return sine / cosine;
}`),
  // asin(s) for s in [0, ½], given its square.
  wgsl(`fn tf_asin_core(s: f32, square: f32) -> f32 { return (${horner('square', asinTail)}) * square * s + s; }`),
  // asin and acos of a in [0, 1] by asin(√((1 − a) / 2)) above ½; NaN above 1.
  wgsl(`
fn tf_asin(x: f32) -> f32 {
  let a = abs(x);
  if (a > 0.5f) {
    if (a > 1.0f) { return tf_nan(); }
    let square = 0.5f * (1.0f - a);
    let core = tf_asin_core(sqrt(square), square);
    return tf_copy_sign(1.5707963267948966f - (core + core), x);
  }
  return tf_copy_sign(tf_asin_core(a, a * a), x);
}`),
  wgsl(`
fn tf_acos(x: f32) -> f32 {
  let a = abs(x);
  if (a > 0.5f) {
    if (a > 1.0f) { return tf_nan(); }
    let square = 0.5f * (1.0f - a);
    let core = tf_asin_core(sqrt(square), square);
    return select(core + core, 3.141592653589793f - (core + core), x < 0.0f);
  }
  return 1.5707963267948966f - tf_copy_sign(tf_asin_core(a, a * a), x);
}`),
  // Of a ≥ 0.
  wgsl(`
fn tf_atan_core(a: f32) -> f32 {
  let isFar = a > 2.414213562373095f;
  let isMiddle = a > 0.4142135623730950f;
  let base = select(select(0.0f, 0.7853981633974483f, isMiddle), 1.5707963267948966f, isFar);
  let t = select(select(a, (a - 1.0f) / (a + 1.0f), isMiddle), -1.0f / a, isFar);
  let square = t * t;
  return base + ((${horner('square', atanTail)}) * square * t + t);
}`),
  wgsl('fn tf_atan(x: f32) -> f32 { return tf_copy_sign(tf_atan_core(abs(x)), x); }'),
  wgsl(`
fn tf_atan2(y: f32, x: f32) -> f32 {
  if (tf_is_nan(x) || tf_is_nan(y)) { return tf_nan(); }
  let ax = abs(x);
  let ay = abs(y);
  let isSteep = ay > ax;
  let larger = select(ax, ay, isSteep);
  let smaller = select(ay, ax, isSteep);
  // 0/0 counts as 0 and ∞/∞ as 1.
  var ratio = 1.0f;
  if (larger == 0.0f) { ratio = 0.0f; } else if (tf_is_finite(smaller)) { ratio = smaller / larger; }
  let angle = tf_atan_core(ratio);
  let folded = select(angle, 1.5707963267948966f - angle, isSteep);
  return tf_copy_sign(select(folded, 3.141592653589793f - folded, tf_is_negative(x)), y);
}`),
];
