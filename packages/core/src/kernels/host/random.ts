/**
 * Random ops, by the generator and in the order of TensorFlow's CPU kernels: equal seeds give equal numbers. A stateful op's generator lives
 * in the session under its node; seeds of 0 and 0 mean a generator that nobody can foresee.
 */
import type { DType } from '../../dtypes.js';
import type { AttrReader } from '../../graph/attrs.js';
import type { HostTensor } from '../../hostTensor.js';
import { type Shape, shapeText, sizeOf } from '../../shape.js';
import type { HostContext } from '../hostContext.js';
import { copyElements, zeros } from './copy.js';
import { host, type HostCode } from './define.js';
import { boxMuller, boxMullerDouble, Philox, statelessPhilox, toBrain, toDouble, toFloat, toHalf, words } from './philox.js';
import { bigintsOf, intsOf, invalid, numbersOf, scalarOf, sizeBetween, tensorOfNumbers, tensorOver, unitsOf } from './tensors.js';

/** Fills a tensor from a generator. */
export type Distribution = (generator: Philox, dtype: DType, shape: Shape) => HostTensor;

/** Groups of results, one per call of the generator. */
function inGroups(generator: Philox, count: number, perGroup: number, make: (sample: readonly [number, number, number, number]) => readonly number[]): Float64Array {
  const out = new Float64Array(count);
  for (let start = 0; start < count; start += perGroup) {
    const group = make(generator.next());
    for (let i = 0; i < perGroup && start + i < count; i++) out[start + i] = group[i]!;
  }
  return out;
}

export const uniform: Distribution = (generator, dtype, shape) => {
  const count = sizeOf(shape);
  if (dtype === 'float64') {
    return tensorOfNumbers(dtype, shape, inGroups(generator, count, 2, ([a, b, c, d]) => [toDouble(a, b), toDouble(c, d)]));
  }
  const unit = dtype === 'float16' ? toHalf : dtype === 'bfloat16' ? toBrain : toFloat;
  return tensorOfNumbers(dtype, shape, inGroups(generator, count, 4, (sample) => sample.map(unit)));
};

export const normal: Distribution = (generator, dtype, shape) => {
  const count = sizeOf(shape);
  if (dtype === 'float64') return tensorOfNumbers(dtype, shape, inGroups(generator, count, 2, ([a, b, c, d]) => boxMullerDouble(a, b, c, d)));
  return tensorOfNumbers(dtype, shape, inGroups(generator, count, 4, ([a, b, c, d]) => [...boxMuller(a, b), ...boxMuller(c, d)]));
};

/** Normals beyond two deviations are drawn again; each group of results has 256 samples a result to draw from. */
export const truncated: Distribution = (generator, dtype, shape) => {
  const count = sizeOf(shape);
  const perGroup = dtype === 'float64' ? 2 : 4;
  const out = new Float64Array(count);
  for (let start = 0; start < count; start += perGroup) {
    const own = generator.copy();
    own.skip(BigInt((start / perGroup) * ((perGroup * 256) / 4)));
    const next = own.singles();
    for (let filled = 0; filled < perGroup;) {
      const pair = dtype === 'float64' ? boxMullerDouble(next(), next(), next(), next()) : boxMuller(next(), next());
      for (const value of pair) {
        if (Math.abs(value) < 2 && filled < perGroup) {
          if (start + filled < count) out[start + filled] = value;
          filled++;
        }
      }
    }
  }
  return tensorOfNumbers(dtype, shape, out);
};

const pairOf = (low: number, high: number): bigint => (BigInt(high) << 32n) | BigInt(low);

/** Integers from `low`, `range` of them; a range of 0 means all there are. */
function integers(generator: Philox, dtype: DType, shape: Shape, low: bigint, range: bigint): HostTensor {
  const count = sizeOf(shape);
  const isWide = dtype === 'int64' || dtype === 'uint64';
  const out = isWide ? (dtype === 'int64' ? new BigInt64Array(count) : new BigUint64Array(count)) : dtype === 'int32' ? new Int32Array(count) : new Uint32Array(count);
  const perGroup = isWide ? 2 : 4;
  for (let start = 0; start < count; start += perGroup) {
    const [a, b, c, d] = generator.next();
    const bits = isWide ? [pairOf(a, b), pairOf(c, d)] : [a, b, c, d].map(BigInt);
    for (let i = 0; i < perGroup && start + i < count; i++) {
      const value = range === 0n ? bits[i]! : low + (bits[i]! % range);
      if (out instanceof BigInt64Array || out instanceof BigUint64Array) out[start + i] = value;
      else out[start + i] = Number(BigInt.asIntN(32, value));
    }
  }
  return tensorOver(dtype, shape, out);
}

/** The lowest number and how many there are, checked. `isEmpty`: nothing is drawn. */
export function boundsOf(low: HostTensor, high: HostTensor, isEmpty: boolean): { low: bigint; range: bigint } {
  if (low.size !== 1 || low.shape.length !== 0) invalid(`minval must be 0-D, got shape ${shapeText(low.shape)}`);
  if (high.size !== 1 || high.shape.length !== 0) invalid(`maxval must be 0-D, got shape ${shapeText(high.shape)}`);
  const [from, to] = [bigintsOf(low)[0]!, bigintsOf(high)[0]!];
  if (!isEmpty && from >= to) invalid(`Need minval < maxval, got ${from} >= ${to}`);
  return { low: from, range: to - from };
}

export function bounded(generator: Philox, shape: Shape, minimum: HostTensor, maximum: HostTensor): HostTensor {
  const { low, range } = boundsOf(minimum, maximum, sizeOf(shape) === 0);
  return integers(generator, minimum.dtype, shape, low, range);
}

// ---- stateful ---------------------------------------------------------------------------------------------------------------------


export function freshSeed(): bigint {
  return crypto.getRandomValues(new BigUint64Array(1))[0]!;
}

/** The node's generator, moved past what this call may use; the copy starts where it stood. */
export function reserve({ attrs, node, session }: Pick<HostContext, 'attrs' | 'node' | 'session'>, samples: bigint): Philox {
  const generator = session.getOrCreate('', `random/${node}`, () => newGenerator(attrs));
  const own = generator.copy();
  generator.skip(samples);
  return own;
}

function newGenerator(attrs: AttrReader): Philox {
  let [seed, seed2] = [attrs.bigint('seed'), attrs.bigint('seed2')];
  if (seed === 0n && seed2 === 0n) [seed, seed2] = [freshSeed(), freshSeed()];
  return Philox.ofSeeds(seed, seed2);
}

/** TensorFlow reserves 256 groups of four samples per output for every distribution. */
export const outputs = (count: number): bigint => BigInt(count) * 256n;

export function shapeOf(arg: HostTensor): number[] {
  const shape = intsOf(arg);
  shape.forEach((dim) => dim < 0 && invalid(`Dimension ${dim} must be >= 0`));
  return shape;
}

const stateful = (distribution: Distribution): HostCode => host(([shapeArg], context) => {
  const shape = shapeOf(shapeArg!);
  return [distribution(reserve(context, outputs(sizeOf(shape))), context.attrs.type('dtype'), shape)];
});

export const RandomUniform = stateful(uniform);
export const RandomStandardNormal = stateful(normal);
export const TruncatedNormal = stateful(truncated);

export const RandomUniformInt = host(([shapeArg, low, high], context) => {
  const shape = shapeOf(shapeArg!);
  return [bounded(reserve(context, outputs(sizeOf(shape))), shape, low!, high!)];
});

/** The order of `count` rows after a shuffle. */
export function shuffledOrder(count: number, next: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = 0; i < count - 1; i++) {
    const j = i + (next() % (count - i));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** The rows of a tensor in random order. */
function shuffled(value: HostTensor, generator: (samples: bigint) => Philox): HostTensor {
  const { shape, dtype } = value;
  const count = shape[0] ?? 1;
  if (shape.length === 0 || count < 2 || value.size === 0) return value;
  const order = shuffledOrder(count, generator(BigInt(Math.floor((count - 1 + 3) / 4))).singles());
  const out = zeros(dtype, shape);
  const [to, from] = [unitsOf(out), unitsOf(value)];
  const inner = sizeBetween(shape, 1, shape.length);
  order.forEach((row, i) => copyElements(to, i * inner, from, row * inner, inner));
  return out;
}

export const RandomShuffle = host(([value], context) => [shuffled(value!, (samples) => reserve(context, samples))]);
export const StatelessShuffle = host(([value, key, counter, alg]) => [shuffled(value!, () => keyed(key!, counter!, alg!))]);

/** Draws classes by their logits. */
function classes(generator: Philox, logits: HostTensor, samples: number, dtype: DType): HostTensor {
  if (logits.shape.length !== 2) invalid(`logits should be a matrix, got shape ${shapeText(logits.shape)}`);
  if (samples < 0) invalid(`num_samples should be nonnegative, got ${samples}`);
  const [rows, columns] = logits.shape as [number, number];
  if (columns <= 0) invalid(`num_classes should be positive, got ${columns}`);
  const x = numbersOf(logits);
  const next = generator.singles();
  const out = new Float64Array(rows * samples);
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const own = x.subarray(row * columns, (row + 1) * columns);
    let largest = -Infinity;
    for (const value of own) if (Number.isFinite(value)) largest = Math.max(largest, value);
    let total = 0;
    own.forEach((value: number, c: number) => {
      if (Number.isFinite(value)) total += Math.exp(value - largest);
      sums[c] = total;
    });
    for (let s = 0; s < samples; s++) {
      const wanted = toDouble(next(), next()) * total;
      let found = 0;
      while (found < columns && sums[found]! <= wanted) found++;
      out[row * samples + s] = found;
    }
  }
  return tensorOfNumbers(dtype, [rows, samples], out);
}

export const Multinomial = host(([logits, samplesArg], context) => {
  const samples = scalarOf(samplesArg!);
  const rounded = Math.ceil(samples / 4) * 4 * 2;
  return [classes(reserve(context, outputs((logits!.shape[0] ?? 0) * rounded)), logits!, samples, context.outputDtypes[0] ?? 'int64')];
});

// ---- stateless --------------------------------------------------------------------------------------------------------------------

export function seeded(seed: HostTensor): Philox {
  if (seed.size !== 2) invalid(`seed must have shape [2], not ${shapeText(seed.shape)}`);
  const [a, b] = [bigintsOf(seed)[0]!, bigintsOf(seed)[1]!];
  return statelessPhilox(a, b);
}

/** The generator of a key and a counter; algorithms: 1 Philox, 3 what the device likes best, which is Philox. */
export function keyed(key: HostTensor, counter: HostTensor, algorithm: HostTensor): Philox {
  const alg = scalarOf(algorithm);
  if (alg !== 1 && alg !== 3) invalid(`Unsupported algorithm id: ${alg}. Only Philox (1) is implemented.`);
  const [k, c] = [bigintsOf(key), bigintsOf(counter)];
  if (k.length < 1 || c.length < 2) invalid(`key and counter must have at least 1 and 2 elements, got ${k.length} and ${c.length}`);
  return new Philox(words(k[0]!), [...words(c[0]!), ...words(c[1]!)]);
}

const stateless = (distribution: Distribution): HostCode =>
  host(([shape, seed], { attrs }) => [distribution(seeded(seed!), attrs.type('dtype'), shapeOf(shape!))]);
const statelessV2 = (distribution: Distribution): HostCode =>
  host(([shape, key, counter, alg], { attrs }) => [distribution(keyed(key!, counter!, alg!), attrs.type('dtype'), shapeOf(shape!))]);

export const full: Distribution = (generator, dtype, shape) => integers(generator, dtype, shape, 0n, 0n);

export const StatelessRandomUniform = stateless(uniform);
export const StatelessRandomNormal = stateless(normal);
export const StatelessTruncatedNormal = stateless(truncated);
export const StatelessRandomUniformFullInt = stateless(full);
export const StatelessRandomUniformInt = host(([shape, seed, low, high]) => [bounded(seeded(seed!), shapeOf(shape!), low!, high!)]);
export const StatelessRandomUniformV2 = statelessV2(uniform);
export const StatelessRandomNormalV2 = statelessV2(normal);
export const StatelessTruncatedNormalV2 = statelessV2(truncated);
export const StatelessRandomUniformFullIntV2 = statelessV2(full);
export const StatelessRandomUniformIntV2 = host(([shape, key, counter, alg, low, high]) => [
  bounded(keyed(key!, counter!, alg!), shapeOf(shape!), low!, high!),
]);

export const StatelessMultinomial = host(([logits, samples, seed], { outputDtypes }) => [
  classes(seeded(seed!), logits!, scalarOf(samples!), outputDtypes[0] ?? 'int64'),
]);

function keyAndCounter(generator: Philox): HostTensor[] {
  return [
    tensorOver('uint64', [1], BigUint64Array.of(generator.keyWord)),
    tensorOver('uint64', [2], BigUint64Array.from(generator.counterWords)),
  ];
}

export const StatelessRandomGetKeyCounter = host(([seed]) => keyAndCounter(seeded(seed!)));
export const StatelessRandomGetAlg = host(() => [tensorOver('int32', [], Int32Array.of(1))]);
export const StatelessRandomGetKeyCounterAlg = host(([seed]) => [...keyAndCounter(seeded(seed!)), tensorOver('int32', [], Int32Array.of(1))]);
