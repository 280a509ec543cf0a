/** Philox 4×32-10, TensorFlow's counter-based generator, and the way its bits become numbers. */

const u32 = (x: number): number => x >>> 0;

/** The upper 32 bits of a product of two 32-bit numbers, in exact float64 steps. */
function high(a: number, b: number): number {
  const low = a * (b & 0xffff);
  return Math.floor((a * (b >>> 16) + Math.floor(low / 65536)) / 65536);
}

export class Philox {
  private readonly counter: Uint32Array;

  /** A key of two and a counter of four 32-bit words. */
  constructor(private readonly key: readonly [number, number], counter: readonly number[]) {
    this.counter = Uint32Array.from(counter);
  }

  /** The generator of a pair of 64-bit seeds. */
  static ofSeeds(seed: bigint, seed2: bigint): Philox {
    const [lo, hi] = words(seed);
    const [lo2, hi2] = words(seed2);
    return new Philox([lo, hi], [0, 0, lo2, hi2]);
  }

  copy(): Philox {
    return new Philox(this.key, Array.from(this.counter));
  }

  /** Leaves out `count` results. */
  skip(count: bigint): void {
    let carry = BigInt.asUintN(128, count);
    for (let i = 0; i < 4; i++) {
      carry += BigInt(this.counter[i]!);
      this.counter[i] = Number(carry & 0xffffffffn);
      carry >>= 32n;
    }
  }

  /** The next four words. */
  next(): readonly [number, number, number, number] {
    let [c0, c1, c2, c3] = [this.counter[0]!, this.counter[1]!, this.counter[2]!, this.counter[3]!];
    let [k0, k1] = this.key;
    for (let round = 0; round < 10; round++) {
      const [hi0, lo0] = [high(0xd2511f53, c0), u32(Math.imul(0xd2511f53, c0))];
      const [hi1, lo1] = [high(0xcd9e8d57, c2), u32(Math.imul(0xcd9e8d57, c2))];
      [c0, c1, c2, c3] = [u32(hi1 ^ c1 ^ k0), lo1, u32(hi0 ^ c3 ^ k1), lo0];
      k0 = u32(k0 + 0x9e3779b9);
      k1 = u32(k1 + 0xbb67ae85);
    }
    for (let i = 0; i < 4; i++) {
      this.counter[i] = this.counter[i]! + 1;
      if (this.counter[i] !== 0) break;
    }
    return [c0, c1, c2, c3];
  }

  /** Words one at a time. */
  singles(): () => number {
    let group: readonly number[] = [];
    let used = 4;
    return () => {
      if (used === 4) {
        group = this.next();
        used = 0;
      }
      return group[used++]!;
    };
  }

  /** The key's two words and the counter's four. */
  get state(): readonly number[] {
    return [...this.key, ...this.counter];
  }

  get keyWord(): bigint {
    return (BigInt(this.key[1]) << 32n) | BigInt(this.key[0]);
  }

  get counterWords(): readonly [bigint, bigint] {
    const [a, b, c, d] = Array.from(this.counter, BigInt) as [bigint, bigint, bigint, bigint];
    return [(b << 32n) | a, (d << 32n) | c];
  }
}

/** Low and high word of a 64-bit number. */
export function words(x: bigint): [number, number] {
  const bits = BigInt.asUintN(64, x);
  return [Number(bits & 0xffffffffn), Number(bits >> 32n)];
}

/** The generator that a stateless op makes of its two seeds: scrambled, so that no part of a seed needs to be strong. */
export function statelessPhilox(seed: bigint, seed2: bigint): Philox {
  const [a, b] = words(seed);
  const [c, d] = words(seed2);
  const mix = new Philox([0x3ec8f720, 0x02461e29], [a, b, c, d]).next();
  return new Philox([mix[0], mix[1]], [0, 0, mix[2], mix[3]]);
}

/** 23 random bits as a float32 in [0, 1). */
export const toFloat = (x: number): number => (x & 0x7fffff) / 8388608;
/** 52 random bits as a float64 in [0, 1). */
export const toDouble = (x0: number, x1: number): number => ((x0 & 0xfffff) * 4294967296 + x1) / 4503599627370496;
/** 10 random bits as a float16 in [0, 1). */
export const toHalf = (x: number): number => (x & 0x3ff) / 1024;
/** 7 random bits as a bfloat16 in [0, 1). */
export const toBrain = (x: number): number => (x & 0x7f) / 128;

const f = Math.fround;

/** Two float32 normals of two words. */
export function boxMuller(x0: number, x1: number): [number, number] {
  const u = Math.max(toFloat(x0), f(1e-7));
  const angle = f(2 * Math.PI * toFloat(x1));
  const radius = f(Math.sqrt(f(-2 * f(Math.log(u)))));
  return [f(f(Math.sin(angle)) * radius), f(f(Math.cos(angle)) * radius)];
}

/** Two float64 normals of four words. */
export function boxMullerDouble(x0: number, x1: number, x2: number, x3: number): [number, number] {
  const u = Math.max(toDouble(x0, x1), 1e-7);
  const angle = 2 * Math.PI * toDouble(x2, x3);
  const radius = Math.sqrt(-2 * Math.log(u));
  return [Math.sin(angle) * radius, Math.cos(angle) * radius];
}
