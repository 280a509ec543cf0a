/**
 * pow by a logarithm in two floats (fdlibm's e_powf: both halves of x's and y's products are exact). fmod by subtraction of shifted mantissas,
 * exact. lgamma and digamma: polynomials between 1 and 3 (least squares on Chebyshev nodes) that keep the zeros, recurrence up to 8, Stirling's
 * series above, reflection below ½.
 */
import { horner, number, wgsl } from './function.js';

const powTail = [2.0697501302e-1, 2.3066075146e-1, 2.7272811532e-1, 3.3333334327e-1, 4.2857143283e-1, 6.0000002384e-1];
/** lgamma(x) / ((x − 1)(x − 2)) in x − 2, for x in [1, 3]. */
const lgammaNear = [
  1.930869217e-5, -3.873418028e-5, 2.024953688e-5, -5.241951507e-5, 1.957993106e-4, -4.255713043e-4, 9.105063852e-4, -2.102061604e-3, 4.999480497e-3,
  -1.238497512e-2, 3.296494688e-2, -1.003172731e-1, 4.227843357e-1,
];
/** digamma(x) / (x − root) in x − 1.5, for x in [1, 2]. */
const digammaNear = [
  -1.638778656e-2, 2.392971515e-2, -2.5778941e-2, 3.935913539e-2, -6.205746321e-2, 9.511782044e-2, -1.48398759e-1, 2.405383737e-1, -4.236274994e-1,
  9.510558968e-1,
];
/** Bernoulli terms in 1/x², from the highest down; times 1/x, times 1/x². */
const stirling = [1 / 1260, -1 / 360, 1 / 12];
const digammaSeries = [1 / 252, -1 / 120, 1 / 12];

export const specials = [
  wgsl('fn tf_head(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }'),
  // y·log2(x) of a finite x > 0 as a head of 12 bits and the rest.
  wgsl(`
fn tf_scaled_log2(x: f32, y: f32) -> vec2f {
  let isDenormal = x < 1.17549435e-38f;
  let bits = bitcast<i32>(select(x, x * 16777216.0f, isDenormal));
  let mantissa = (bits & 0x7fffffi) | 0x3f800000i;
  // x/2^n against 1 below √1.5, against 1.5 below √3, and against 1 of the next octave above.
  let isMiddle = mantissa > 0x3f9cc471i && mantissa < 0x3fddb3d7i;
  let isUpper = mantissa >= 0x3fddb3d7i;
  let n = f32((bits >> 23u) - select(127i, 151i, isDenormal) + select(0i, 1i, isUpper));
  let m = bitcast<f32>(select(mantissa, mantissa - 0x00800000i, isUpper));
  let base = select(1.0f, 1.5f, isMiddle);
  let u = m - base;
  let v = 1.0f / (m + base);
  let s = u * v;
  let sHead = tf_head(s);
  let sumHead = tf_head(m + base);
  let sumRest = m - (sumHead - base);
  let sRest = v * ((u - sHead * sumHead) - sHead * sumRest);
  let square = s * s;
  let tail = square * square * (${horner('square', powTail)}) + sRest * (sHead + s);
  let headSquare = sHead * sHead;
  let cubeHead = tf_head(3.0f + headSquare + tail);
  let cubeRest = tail - ((cubeHead - 3.0f) - headSquare);
  let product = sHead * cubeHead;
  let productRest = sRest * cubeHead + cubeRest * s;
  let pHead = tf_head(product + productRest);
  let pRest = productRest - (pHead - product);
  let zHead = 9.6191406250e-1f * pHead;
  let zRest = -1.1736857402e-4f * pHead + pRest * 9.6179670095e-1f + select(0.0f, 1.56322085e-6f, isMiddle);
  let baseLog = select(0.0f, 5.84960938e-1f, isMiddle);
  let logHead = tf_head(((zHead + zRest) + baseLog) + n);
  let logRest = zRest - (((logHead - n) - baseLog) - zHead);
  let yHead = tf_head(y);
  return vec2f(yHead * logHead, (y - yHead) * logHead + y * logRest);
}`),
  // |x|^y before the special cases that depend on signs.
  wgsl(`
fn tf_pow_size(a: f32, y: f32) -> f32 {
  if (a == 0.0f || !tf_is_finite(a)) { return select(0.0f, tf_infinity(), (a == 0.0f) == (y < 0.0f)); }
  if (a == 1.0f) { return 1.0f; }
  if (!tf_is_finite(y)) { return select(0.0f, tf_infinity(), (a > 1.0f) == (y > 0.0f)); }
  if (abs(y) > 1e11f) { return select(0.0f, tf_infinity(), (a > 1.0f) == (y > 0.0f)); }
  let z = tf_scaled_log2(a, y);
  let sum = z.x + z.y;
  if (sum >= 129.0f) { return tf_infinity(); }
  if (sum <= -151.0f) { return 0.0f; }
  let n = round(sum);
  let parts = tf_exp_parts(((z.x - n) + z.y) * 0.6931471805599453f);
  let whole = i32(n + parts.y);
  let half = whole >> 1u;
  return (parts.x + 1.0f) * tf_pow2(half) * tf_pow2(whole - half);
}`),
  wgsl(`
fn tf_pow(x: f32, y: f32) -> f32 {
  let a = abs(x);
  if (y == 0.0f || x == 1.0f || (a == 1.0f && abs(y) == tf_infinity())) { return 1.0f; }
  if (tf_is_nan(x) || tf_is_nan(y)) { return tf_nan(); }
  let size = tf_pow_size(a, y);
  if (!tf_is_negative(x)) { return size; }
  let isInteger = trunc(y) == y;
  let isOdd = isInteger && trunc(y * 0.5f) != y * 0.5f;
  if (x < 0.0f && tf_is_finite(x) && !isInteger) { return tf_nan(); }
  return select(size, -size, isOdd);
}`),
  // A denormal's mantissa is shifted up first, so that both have their leading bit in place 23.
  wgsl(`
fn tf_fmod(x: f32, y: f32) -> f32 {
  if (!tf_is_finite(x) || tf_is_nan(y) || y == 0.0f) { return tf_nan(); }
  let xBits = bitcast<u32>(x) & 0x7fffffffu;
  let yBits = bitcast<u32>(y) & 0x7fffffffu;
  if (xBits < yBits) { return x; }
  var xExponent = i32(xBits >> 23u);
  var yExponent = i32(yBits >> 23u);
  var rest = xBits & 0x7fffffu;
  var divisor = yBits & 0x7fffffu;
  if (xExponent == 0i) { let by = countLeadingZeros(rest) - 8u; rest <<= by; xExponent = 1i - i32(by); } else { rest |= 0x800000u; }
  if (yExponent == 0i) { let by = countLeadingZeros(divisor) - 8u; divisor <<= by; yExponent = 1i - i32(by); } else { divisor |= 0x800000u; }
  loop {
    if (rest >= divisor) { rest -= divisor; }
    if (xExponent <= yExponent || rest == 0u) { break; }
    rest <<= 1u;
    xExponent--;
  }
  if (rest == 0u) { return tf_copy_sign(0.0f, x); }
  let by = countLeadingZeros(rest) - 8u;
  rest <<= by;
  let exponent = xExponent - i32(by);
  if (exponent > 0i) { return tf_copy_sign(bitcast<f32>((rest & 0x7fffffu) | (u32(exponent) << 23u)), x); }
  return tf_copy_sign(bitcast<f32>(rest >> u32(1i - exponent)), x);
}`),
  // log Γ of x ≥ ½.
  wgsl(`
fn tf_lgamma_upper(x: f32) -> f32 {
  if (x >= 8.0f) {
    let inverse = 1.0f / x;
    let square = inverse * inverse;
    return ((x - 0.5f) * (tf_log(x) - 1.0f) + ${number(0.5 * Math.log(2 * Math.PI) - 0.5)}) + inverse * (${horner('square', stirling)});
  }
  var y = x;
  var factor = 1.0f;
  if (x < 1.0f) { y = x + 1.0f; factor = x; }
  while (y >= 3.0f) { y -= 1.0f; factor *= y; }
  let t = y - 2.0f;
  let near = (y - 1.0f) * t * (${horner('t', lgammaNear)});
  if (x < 1.0f) { return near - tf_log(factor); }
  return near + tf_log(factor);
}`),
  // sin(πx) by the distance to the nearest integer; only its size and its sign's parity matter.
  wgsl('fn tf_sin_pi(x: f32) -> f32 { return tf_sine_of((x - round(x)) * 3.141592653589793f, 0i); }'),
  wgsl(`
fn tf_lgamma(x: f32) -> f32 {
  if (tf_is_nan(x)) { return x; }
  if (!tf_is_finite(x)) { return tf_infinity(); }
  if (x >= 0.5f) { return tf_lgamma_upper(x); }
  let size = abs(tf_sin_pi(x));
  if (size == 0.0f) { return tf_infinity(); }
  return (1.1447298858494002f - tf_log(size)) - tf_lgamma_upper(1.0f - x);
}`),
  wgsl(`
fn tf_digamma_upper(x: f32) -> f32 {
  if (x >= 8.0f) {
    let inverse = 1.0f / x;
    let square = inverse * inverse;
    return tf_log(x) - 0.5f * inverse - square * (${horner('square', digammaSeries)});
  }
  var y = x;
  var sum = 0.0f;
  if (x < 1.0f) { sum = -1.0f / x; y = x + 1.0f; }
  while (y >= 2.0f) { y -= 1.0f; sum += 1.0f / y; }
  let t = y - 1.5f;
  let slope = ${horner('t', digammaNear)};
  // The root in two pieces.
  return sum + ((y - 1.4616321325302124f) * slope - 1.2438149843418955e-8f * slope);
}`),
  wgsl(`
fn tf_digamma(x: f32) -> f32 {
  if (tf_is_nan(x) || x == tf_infinity()) { return x; }
  if (!tf_is_finite(x)) { return tf_nan(); }
  if (x >= 0.5f) { return tf_digamma_upper(x); }
  // ψ(1 − x) − π / tan(πx); at 0, −1, −2, … TensorFlow gives NaN.
  let r = (x - round(x)) * 3.141592653589793f;
  if (r == 0.0f) { return tf_nan(); }
  return tf_digamma_upper(1.0f - x) - 3.141592653589793f / tf_tan(r);
}`),
];
