/**
 * exp, log and what is made of them, to a few units in the last place. exp: x = n·ln 2 + r, |r| ≤ ln 2 / 2. log: x = m·2^e, m in [√½, √2). The
 * polynomials are those of Cephes (expf, logf, sinhf). tanh, erf: odd rational functions where they differ from ±1 (Eigen's); erfc: Cephes' erfcf.
 */
import { horner, wgsl } from './function.js';

const expTail = [1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1];
const logTail = [
  7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1,
  3.3333331174e-1,
];
const sinhTail = [2.03721912945e-4, 8.33028376239e-3, 1.66667160211e-1];
const tanhAbove = [
  -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8, 1.48572235717979e-5, 6.37261928875436e-4, 4.89352455891786e-3,
];
const tanhBelow = [1.19825839466702e-6, 1.18534705686654e-4, 2.26843463243900e-3, 4.89352518554385e-3];
const erfAbove = [
  -2.72614225801306e-10, 2.77068142495902e-8, -2.10102402082508e-6, -5.69250639462346e-5, -7.34990630326855e-4, -2.95459980854025e-3, -1.60960333262415e-2,
];
const erfBelow = [-1.45660718464996e-5, -2.13374055278905e-4, -1.68282697438203e-3, -7.37332916720468e-3, -1.42647390514189e-2];
const erfcNear = [
  2.326819970068386e-2, -1.387039388740657e-1, 3.687424674597105e-1, -5.824733027278666e-1, 6.210004621745983e-1, -4.944515323274145e-1,
  3.404879937665872e-1, -2.741127028184656e-1, 5.638259427386472e-1,
];
const erfcFar = [
  -1.047766399936249e1, 1.297719955372516e1, -7.495518717768503, 2.921019019210786, -1.015265279202700, 4.218463358204948e-1, -2.820767439740514e-1,
  5.641895067754075e-1,
];

export const exponentials = [
  // n in [−126, 127].
  wgsl('fn tf_pow2(n: i32) -> f32 { return bitcast<f32>((n + 127i) << 23u); }'),
  // exp(r) − 1 in x, n in y.
  wgsl(`
fn tf_exp_parts(x: f32) -> vec2f {
  let n = round(x * 1.4426950408889634f);
  let r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  return vec2f((${horner('r', expTail)}) * (r * r) + r, n);
}`),
  // The scale is applied in two halves, so that results may be denormal or infinite.
  wgsl(`
fn tf_exp(x: f32) -> f32 {
  let parts = tf_exp_parts(clamp(x, -104.0f, 89.0f));
  let n = i32(parts.y);
  let half = n >> 1u;
  return select((parts.x + 1.0f) * tf_pow2(half) * tf_pow2(n - half), x, tf_is_nan(x));
}`),
  wgsl(`
fn tf_expm1(x: f32) -> f32 {
  let parts = tf_exp_parts(clamp(x, -20.0f, 89.0f));
  let n = i32(parts.y);
  let half = tf_pow2(n - 1i);
  let sum = half * parts.x + (half - 0.5f);
  let result = tf_copy_sign(select(sum + sum, parts.x, n == 0i), x);
  return select(result, x, tf_is_nan(x) || abs(x) < 1e-20f);
}`),
  wgsl(`
fn tf_log(x: f32) -> f32 {
  let isDenormal = x < 1.17549435e-38f;
  let bits = bitcast<i32>(select(x, x * 8388608.0f, isDenormal));
  let exponent = (bits - 0x3f3504f3i) >> 23u;
  let z = bitcast<f32>(bits - (exponent << 23u)) - 1.0f;
  let e = f32(exponent - select(0i, 23i, isDenormal));
  let square = z * z;
  let low = (${horner('z', logTail)}) * z * square - e * 2.12194440e-4f;
  let sum = e * 0.693359375f + (z + (low - square * 0.5f));
  // Outside (0, ∞): NaN and negatives give NaN, zeros −∞, ∞ itself.
  if (x > 0.0f && x < tf_infinity()) { return sum; }
  return select(select(tf_nan(), x, x > 0.0f), -tf_infinity(), x == 0.0f);
}`),
  // The series of log near 1, in x itself: what rounding takes from 1 + x never enters. (Taking it back by u − 1 is what compilers simplify away.)
  wgsl(`
fn tf_log1p(x: f32) -> f32 {
  if (x > -0.29f && x < 0.41f) {
    let square = x * x;
    return x + ((${horner('x', logTail)}) * x * square - square * 0.5f);
  }
  return tf_log(1.0f + x);
}`),
  wgsl(`
fn tf_sigmoid(x: f32) -> f32 {
  let e = tf_exp(-abs(x));
  let upper = 1.0f / (1.0f + e);
  return select(upper, e * upper, x < 0.0f);
}`),
  // exp(|x|) / 2, by the square of exp(|x| / 2): finite wherever sinh and cosh are.
  wgsl(`
fn tf_half_exp(x: f32) -> f32 {
  let root = tf_exp(abs(x) * 0.5f);
  return (root * 0.5f) * root;
}`),
  wgsl(`
fn tf_cosh(x: f32) -> f32 {
  let half = tf_half_exp(x);
  return half + 0.25f / half;
}`),
  wgsl(`
fn tf_sinh(x: f32) -> f32 {
  let half = tf_half_exp(x);
  let square = x * x;
  let small = (${horner('square', sinhTail)}) * square * x + x;
  return tf_copy_sign(select(small, half - 0.25f / half, abs(x) >= 1.0f), x);
}`),
  wgsl(`
fn tf_asinh(x: f32) -> f32 {
  let a = abs(x);
  if (a > 4096.0f) { return tf_copy_sign(tf_log(a) + 0.6931471805599453f, x); }
  return tf_copy_sign(tf_log1p(a + a * a / (1.0f + sqrt(1.0f + a * a))), x);
}`),
  wgsl(`
fn tf_acosh(x: f32) -> f32 {
  if (x > 4096.0f) { return tf_log(x) + 0.6931471805599453f; }
  let t = x - 1.0f;
  if (t >= 0.0f) { return tf_log1p(t + sqrt(t + t + t * t)); }
  return tf_nan();
}`),
  wgsl(`
fn tf_atanh(x: f32) -> f32 {
  let a = abs(x);
  if (a == 1.0f) { return tf_copy_sign(tf_infinity(), x); }
  if (a < 1.0f) { return tf_copy_sign(0.5f * tf_log1p((a + a) / (1.0f - a)), x); }
  return tf_nan();
}`),
  wgsl(`
fn tf_tanh(x: f32) -> f32 {
  let inside = clamp(x, -7.90531110763549805f, 7.90531110763549805f);
  let square = inside * inside;
  let curve = clamp(inside * ((${horner('square', tanhAbove)}) / (${horner('square', tanhBelow)})), -1.0f, 1.0f);
  return select(curve, x, abs(x) < 0.0004f || tf_is_nan(x));
}`),
  wgsl(`
fn tf_erf(x: f32) -> f32 {
  let inside = clamp(x, -4.0f, 4.0f);
  let square = inside * inside;
  let curve = clamp(inside * ((${horner('square', erfAbove)}) / (${horner('square', erfBelow)})), -1.0f, 1.0f);
  return select(curve, x, tf_is_nan(x));
}`),
  // exp(−a²) with a² in two pieces, since one rounding of a² would cost ten bits of the result.
  wgsl(`
fn tf_erfc(x: f32) -> f32 {
  let a = min(abs(x), 12.0f);
  if (tf_is_nan(x)) { return x; }
  if (a < 1.0f) { return 1.0f - tf_erf(x); }
  let head = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
  let e = tf_exp(-(head * head)) * tf_exp((head - a) * (head + a));
  let q = 1.0f / a;
  let y = q * q;
  let outer = (e * q) * select(${horner('y', erfcNear)}, ${horner('y', erfcFar)}, a >= 2.0f);
  return select(outer, 2.0f - outer, x < 0.0f);
}`),
];
