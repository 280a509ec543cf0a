/** The hashes that TensorFlow puts strings into buckets by: MurmurHash64A, FarmHash's Fingerprint64, SipHash-2-4. Bit for bit. */
import type { HostTensor } from '../../hostTensor.js';
import { host, type HostCode } from './define.js';
import { stringsOf } from './strings.js';
import { invalid, tensorOver, textOf } from './tensors.js';

const u64 = (x: bigint): bigint => BigInt.asUintN(64, x);
const rotate = (x: bigint, by: bigint): bigint => (by === 0n ? x : u64((x >> by) | (x << (64n - by))));
const rotateLeft = (x: bigint, by: bigint): bigint => u64((x << by) | (x >> (64n - by)));

/** `count` bytes from `at`, little-endian. */
function fetch(bytes: Uint8Array, at: number, count = 8): bigint {
  let word = 0n;
  for (let i = count - 1; i >= 0; i--) word = (word << 8n) | BigInt(bytes[at + i]!);
  return word;
}

/** MurmurHash64A with TensorFlow's seed. */
export function hash64(bytes: Uint8Array): bigint {
  const m = 0xc6a4a7935bd1e995n;
  let h = u64(0xdecafcaffen ^ u64(BigInt(bytes.length) * m));
  const whole = bytes.length - (bytes.length % 8);
  for (let i = 0; i < whole; i += 8) {
    let k = u64(fetch(bytes, i) * m);
    k = u64((k ^ (k >> 47n)) * m);
    h = u64((h ^ k) * m);
  }
  if (bytes.length > whole) h = u64((h ^ fetch(bytes, whole, bytes.length - whole)) * m);
  h = u64((h ^ (h >> 47n)) * m);
  return h ^ (h >> 47n);
}

const k0 = 0xc3a5c85c97cb3127n;
const k1 = 0xb492b66fbe98f273n;
const k2 = 0x9ae16a3b2f90404fn;

const shiftMix = (x: bigint): bigint => x ^ (x >> 47n);

function mix16(u: bigint, v: bigint, mul: bigint): bigint {
  const a = shiftMix(u64((u ^ v) * mul));
  return u64(shiftMix(u64((v ^ a) * mul)) * mul);
}

function farmShort(s: Uint8Array): bigint {
  const n = s.length;
  const length = BigInt(n);
  const mul = u64(k2 + length * 2n);
  if (n >= 8) {
    const a = u64(fetch(s, 0) + k2);
    const b = fetch(s, n - 8);
    return mix16(u64(rotate(b, 37n) * mul + a), u64((rotate(a, 25n) + b) * mul), mul);
  }
  if (n >= 4) return mix16(u64(length + (fetch(s, 0, 4) << 3n)), fetch(s, n - 4, 4), mul);
  if (n === 0) return k2;
  const y = BigInt(s[0]!) + (BigInt(s[n >> 1]!) << 8n);
  const z = length + (BigInt(s[n - 1]!) << 2n);
  return u64(shiftMix(u64(y * k2) ^ u64(z * k0)) * k2);
}

function farm17to32(s: Uint8Array): bigint {
  const n = s.length;
  const mul = u64(k2 + BigInt(n) * 2n);
  const a = u64(fetch(s, 0) * k1);
  const b = fetch(s, 8);
  const c = u64(fetch(s, n - 8) * mul);
  const d = u64(fetch(s, n - 16) * k2);
  return mix16(u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d), u64(a + rotate(u64(b + k2), 18n) + c), mul);
}

function farm33to64(s: Uint8Array): bigint {
  const n = s.length;
  const mul = u64(k2 + BigInt(n) * 2n);
  const a = u64(fetch(s, 0) * k2);
  const b = fetch(s, 8);
  const c = u64(fetch(s, n - 8) * mul);
  const d = u64(fetch(s, n - 16) * k2);
  const y = u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d);
  const z = mix16(y, u64(a + rotate(u64(b + k2), 18n) + c), mul);
  const e = u64(fetch(s, 16) * mul);
  const f = fetch(s, 24);
  const g = u64((y + fetch(s, n - 32)) * mul);
  const h = u64((z + fetch(s, n - 24)) * mul);
  return mix16(u64(rotate(u64(e + f), 43n) + rotate(g, 30n) + h), u64(e + rotate(u64(f + a), 18n) + g), mul);
}

type Pair = readonly [bigint, bigint];

function weak(s: Uint8Array, at: number, a: bigint, b: bigint): Pair {
  const [w, x, y, z] = [fetch(s, at), fetch(s, at + 8), fetch(s, at + 16), fetch(s, at + 24)];
  const first = u64(a + w);
  const second = rotate(u64(b + first + z), 21n);
  const sum = u64(first + x + y);
  return [u64(sum + z), u64(second + rotate(sum, 44n) + first)];
}

function farmLong(s: Uint8Array): bigint {
  const n = s.length;
  let [x, y] = [81n, u64(81n * k1 + 113n)];
  let z = u64(shiftMix(u64(y * k2 + 113n)) * k2);
  let v: Pair = [0n, 0n];
  let w: Pair = [0n, 0n];
  x = u64(x * k2 + fetch(s, 0));
  const end = Math.floor((n - 1) / 64) * 64;
  const last = end + ((n - 1) & 63) - 63;
  const round = (at: number, mul: bigint, isLast: boolean): void => {
    x = u64(rotate(u64(x + y + v[0] + fetch(s, at + 8)), 37n) * mul);
    y = u64(rotate(u64(y + v[1] + fetch(s, at + 48)), 42n) * mul);
    x ^= isLast ? u64(w[1] * 9n) : w[1];
    y = u64(y + (isLast ? v[0] * 9n : v[0]) + fetch(s, at + 40));
    z = u64(rotate(u64(z + w[0]), 33n) * mul);
    v = weak(s, at, u64(v[1] * mul), u64(x + w[0]));
    w = weak(s, at + 32, u64(z + w[1]), u64(y + fetch(s, at + 16)));
    [z, x] = [x, z];
  };
  for (let at = 0; at < end; at += 64) round(at, k1, false);
  const mul = u64(k1 + ((z & 0xffn) << 1n));
  w = [u64(w[0] + BigInt((n - 1) & 63)), w[1]];
  v = [u64(v[0] + w[0]), v[1]];
  w = [u64(w[0] + v[0]), w[1]];
  round(last, mul, true);
  return mix16(u64(mix16(v[0], w[0], mul) + u64(shiftMix(y) * k0) + z), u64(mix16(v[1], w[1], mul) + x), mul);
}

/** FarmHash's Fingerprint64. */
export function fingerprint64(bytes: Uint8Array): bigint {
  if (bytes.length <= 16) return farmShort(bytes);
  if (bytes.length <= 32) return farm17to32(bytes);
  return bytes.length <= 64 ? farm33to64(bytes) : farmLong(bytes);
}

/** SipHash-2-4. */
export function sipHash(bytes: Uint8Array, key: readonly [bigint, bigint]): bigint {
  let v0 = key[0] ^ 0x736f6d6570736575n;
  let v1 = key[1] ^ 0x646f72616e646f6dn;
  let v2 = key[0] ^ 0x6c7967656e657261n;
  let v3 = key[1] ^ 0x7465646279746573n;
  const round = (): void => {
    v0 = u64(v0 + v1);
    v1 = rotateLeft(v1, 13n) ^ v0;
    v0 = rotateLeft(v0, 32n);
    v2 = u64(v2 + v3);
    v3 = rotateLeft(v3, 16n) ^ v2;
    v0 = u64(v0 + v3);
    v3 = rotateLeft(v3, 21n) ^ v0;
    v2 = u64(v2 + v1);
    v1 = rotateLeft(v1, 17n) ^ v2;
    v2 = rotateLeft(v2, 32n);
  };
  const take = (word: bigint): void => {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  };
  const whole = bytes.length - (bytes.length % 8);
  for (let i = 0; i < whole; i += 8) take(fetch(bytes, i));
  take((BigInt(bytes.length & 255) << 56n) | fetch(bytes, whole, bytes.length - whole));
  v2 ^= 0xffn;
  for (let i = 0; i < 4; i++) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

const buckets = (hashOf: (bytes: Uint8Array) => bigint, input: HostTensor, count: bigint): HostTensor =>
  tensorOver('int64', input.shape, BigInt64Array.from(stringsOf(input), (bytes) => hashOf(bytes) % count));

const bucketOp = (hashOf: (bytes: Uint8Array) => bigint): HostCode =>
  host(([input], { attrs }) => [buckets(hashOf, input!, attrs.bigint('num_buckets'))]);

export const StringToHashBucket = bucketOp(hash64);
export const StringToHashBucketFast = bucketOp(fingerprint64);
export const StringToHashBucketStrong = host(([input], { attrs }) => {
  const key = attrs.ints('key').map(BigInt);
  if (key.length !== 2) invalid(`Key must have 2 elements`);
  return [buckets((bytes) => sipHash(bytes, [u64(key[0]!), u64(key[1]!)]), input!, attrs.bigint('num_buckets'))];
});

/** Eight bytes of Fingerprint64 for the bytes of each row; rows of strings are hashed by their strings' fingerprints. */
export const Fingerprint = host(([input, method]) => {
  const name = textOf(stringsOf(method!)[0]!);
  if (name !== 'farmhash64') invalid(`Unsupported fingerprint method: ${name}`);
  const rows = input!.shape[0] ?? invalid('data must have at least one dimension');
  const out = new Uint8Array(rows * 8);
  const put = (row: number, hash: bigint): void => new DataView(out.buffer).setBigUint64(8 * row, hash, true);
  if (input!.dtype === 'string') {
    const hashes = BigUint64Array.from(stringsOf(input!), fingerprint64);
    const perRow = rows === 0 ? 0 : hashes.length / rows;
    for (let row = 0; row < rows; row++) {
      const own = hashes.slice(row * perRow, (row + 1) * perRow);
      put(row, input!.shape.length > 1 ? fingerprint64(new Uint8Array(own.buffer)) : own[0]!);
    }
  } else {
    const data = input!.data as Uint8Array;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const perRow = rows === 0 ? 0 : bytes.length / rows;
    for (let row = 0; row < rows; row++) put(row, fingerprint64(bytes.subarray(row * perRow, (row + 1) * perRow)));
  }
  return [tensorOver('uint8', [rows, 8], out)];
});
