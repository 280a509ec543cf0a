/**
 * float16 (IEEE binary16) and bfloat16 as bit patterns in 16 bits. Every conversion to them rounds to nearest, ties to even, once:
 * from float32 directly, from a JS number by way of a float32 that keeps a sticky bit, so that no value is rounded twice.
 * Subnormals, signed zeros, infinities and NaNs (quiet, sign and payload's top bits kept) go both ways.
 */

// One word seen as float32 and as bits; written and read within one call.
const word = new Float32Array(1);
const wordBits = new Uint32Array(word.buffer);

/** float32 bits → float16 bits. */
function float16OfFloat32Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x38800000) { // at least 2^-14: a normal float16, or too large
    if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff);
    if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 is half way from the largest (65504) to 65536
    return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  if (magnitude <= 0x33000000) return sign; // 2^-25 is half of the smallest subnormal, and a tie goes to the even 0
  const shift = 126 - (magnitude >>> 23);
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const kept = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept);
}

/** float16 bits → float32 bits. */
function float32BitsOfFloat16(bits: number): number {
  const sign = (bits & 0x8000) << 16;
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (mantissa << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (mantissa << 13);
  if (mantissa === 0) return sign;
  const top = 31 - Math.clz32(mantissa); // the subnormal's leading bit, worth 2^(top - 24)
  return sign | ((top + 103) << 23) | ((mantissa << (23 - top)) & 0x7fffff);
}

/** float32 bits → bfloat16 bits. */
function bfloat16OfFloat32Bits(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** A number's float32 bits, the lowest one set when bits were lost ("round to odd"): rounding it once more rounds right. */
function stickyFloat32Bits(value: number): number {
  word[0] = value;
  const rounded = word[0];
  let bits = wordBits[0]!;
  if (rounded !== value && value === value) {
    if (Math.abs(rounded) > Math.abs(value)) bits--;
    bits |= 1;
  }
  return bits;
}

/** The float16 nearest to a number, as bits. */
export function toFloat16(value: number): number {
  return float16OfFloat32Bits(stickyFloat32Bits(value));
}

/** The number that float16 bits stand for. */
export function fromFloat16(bits: number): number {
  wordBits[0] = float32BitsOfFloat16(bits);
  return word[0]!;
}

/** The bfloat16 nearest to a number, as bits. */
export function toBfloat16(value: number): number {
  return bfloat16OfFloat32Bits(stickyFloat32Bits(value));
}

/** The number that bfloat16 bits stand for. */
export function fromBfloat16(bits: number): number {
  wordBits[0] = bits << 16;
  return word[0]!;
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** Converts an array; `out` may be given to be filled. */
export function float16FromFloat32(values: Float32Array, out: Uint16Array = new Uint16Array(values.length)): Uint16Array {
  const bits = bitsOf(values);
  for (let i = 0; i < bits.length; i++) out[i] = float16OfFloat32Bits(bits[i]!);
  return out;
}

/** Converts an array of float16 bits; exact. */
export function float32FromFloat16(values: Uint16Array, out: Float32Array = new Float32Array(values.length)): Float32Array {
  const bits = bitsOf(out);
  for (let i = 0; i < values.length; i++) bits[i] = float32BitsOfFloat16(values[i]!);
  return out;
}

/** Converts an array; `out` may be given to be filled. */
export function bfloat16FromFloat32(values: Float32Array, out: Uint16Array = new Uint16Array(values.length)): Uint16Array {
  const bits = bitsOf(values);
  for (let i = 0; i < bits.length; i++) out[i] = bfloat16OfFloat32Bits(bits[i]!);
  return out;
}

/** Converts an array of bfloat16 bits; exact. */
export function float32FromBfloat16(values: Uint16Array, out: Float32Array = new Float32Array(values.length)): Float32Array {
  const bits = bitsOf(out);
  for (let i = 0; i < values.length; i++) bits[i] = values[i]! << 16;
  return out;
}
