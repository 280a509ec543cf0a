/** Reads the golden vectors of a model (see README.md for the format), makes their feeds, and judges results. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { HostTensor, type DType } from '@sessionflow/core';

interface Section {
  readonly dtype: string;
  readonly offset: number;
  readonly count: number;
}

type Feed = { readonly dtype: DType; readonly shape: readonly number[] } & (
  | { readonly kind: 'mulberry32'; readonly seed: number; readonly lo: number; readonly hi: number }
  | { readonly kind: 'pixels'; readonly multiplier: number; readonly add: number; readonly binary: Section }
  | { readonly kind: 'sines'; readonly rate: number; readonly noise: { readonly seed: number; readonly amplitude: number }; readonly tones: readonly Tone[] }
  | { readonly kind: 'scalar'; readonly value: number }
);

interface Tone {
  readonly frequency: number;
  readonly amplitude: number;
  readonly start: number;
  readonly end: number;
}

interface Output {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly scale: number;
  readonly spread: number | null;
  readonly data?: Section;
  readonly sample?: Section & { readonly seed: number };
  readonly blocks?: Section & { readonly size: number };
}

interface VectorFile {
  readonly model: string;
  readonly binary: string;
  readonly source: { readonly package: string };
  readonly outputs: readonly string[];
  readonly cases: readonly { readonly name: string; readonly feeds: Readonly<Record<string, Feed>>; readonly outputs: Readonly<Record<string, Output>> }[];
}

const arrays = {
  float32: Float32Array, float64: Float64Array, int32: Int32Array, int64: BigInt64Array, uint8: Uint8Array, bool: Uint8Array, int16: Int16Array, int8: Int8Array,
} as const;

/** The project's generator of repeatable draws in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** One case of a model: its feeds, and for each output how far from TensorFlow a value is. */
export interface ModelCase {
  readonly name: string;
  readonly feeds: ReadonlyMap<string, HostTensor>;
  readonly outputs: readonly string[];
  /** Largest difference from TensorFlow's result, and the largest allowed. Infinity for another dtype or shape. */
  readonly deviation: (output: string, value: HostTensor) => { readonly difference: number; readonly allowed: number };
}

export interface ModelVectors {
  readonly model: string;
  /** The npm package that holds the model's file. */
  readonly package: string;
  readonly outputs: readonly string[];
  readonly cases: readonly ModelCase[];
}

/** The model's file in its npm package; `root` is this package's folder, which depends on all of them. */
export function modelFile(root: URL, { package: packageName, model }: Pick<ModelVectors, 'package' | 'model'>): string {
  const found = [`models/${model}.json`, 'model/model.json'].map((path) => fileURLToPath(new URL(`node_modules/${packageName}/${path}`, root))).find(existsSync);
  if (found === undefined) throw new Error(`${packageName} has no model ${model}`);
  return found;
}

export function readModelVectors(file: URL): ModelVectors {
  const description = JSON.parse(readFileSync(file, 'utf8')) as VectorFile;
  const binary = gunzipSync(readFileSync(new URL(description.binary, file)));
  const section = ({ dtype, offset, count }: Section): number[] => {
    const Constructor = arrays[dtype as keyof typeof arrays];
    const bytes = binary.subarray(offset, offset + count * Constructor.BYTES_PER_ELEMENT);
    return Array.from(new Constructor(new Uint8Array(bytes).buffer), Number);
  };
  return {
    model: description.model,
    package: description.source.package,
    outputs: description.outputs,
    cases: description.cases.map(({ name, feeds, outputs }) => ({
      name,
      feeds: new Map(Object.entries(feeds).map(([key, feed]) => [key, feedValue(feed, section)])),
      outputs: Object.keys(outputs),
      deviation: (output, value) => deviation(outputs[output]!, value, section),
    })),
  };
}

function feedValue(feed: Feed, section: (where: Section) => number[]): HostTensor {
  const size = feed.shape.reduce((product, dim) => product * dim, 1);
  const values = feedNumbers(feed, size, section);
  return HostTensor.from(feed.dtype === 'bool' ? values.map((value) => value !== 0) : values, { dtype: feed.dtype, shape: feed.shape });
}

function feedNumbers(feed: Feed, size: number, section: (where: Section) => number[]): number[] {
  switch (feed.kind) {
    case 'mulberry32': {
      const next = mulberry32(feed.seed);
      const isFloat = feed.dtype.startsWith('float');
      return Array.from({ length: size }, () => (isFloat ? feed.lo + (feed.hi - feed.lo) * next() : feed.lo + Math.floor((feed.hi - feed.lo + 1) * next())));
    }
    case 'pixels':
      return section(feed.binary).map((pixel) => pixel * feed.multiplier + feed.add);
    case 'sines': {
      const next = mulberry32(feed.noise.seed);
      return Array.from({ length: size }, (_, n) => {
        let value = feed.noise.amplitude * (2 * next() - 1);
        for (const tone of feed.tones) if (n >= tone.start && n < tone.end) value += tone.amplitude * Math.sin((2 * Math.PI * tone.frequency * n) / feed.rate);
        return value;
      });
    }
    case 'scalar':
      return [feed.value];
    default:
      return feed satisfies never;
  }
}

function deviation(expected: Output, value: HostTensor, section: (where: Section) => number[]): { difference: number; allowed: number } {
  const allowed = Math.max(1e-4 * expected.scale, 3 * (expected.spread ?? 0));
  if (value.dtype !== expected.dtype || value.shape.join() !== expected.shape.join()) return { difference: Infinity, allowed };
  const flat = Array.from(value.data as ArrayLike<number | bigint>, Number);
  if (expected.data !== undefined) return { difference: largest(flat, section(expected.data)), allowed };
  const { sample, blocks } = expected;
  if (sample === undefined || blocks === undefined) throw new Error('an output has neither data nor a sample');
  const next = mulberry32(sample.seed);
  const picked = Array.from({ length: sample.count }, () => flat[Math.floor(flat.length * next())]!);
  const sums = Array.from({ length: Math.ceil(flat.length / blocks.size) }, (_, block) =>
    flat.slice(block * blocks.size, (block + 1) * blocks.size).reduce((sum, element) => sum + element, 0));
  return { difference: Math.max(largest(picked, section(sample)), largest(sums, section(blocks)) / blocks.size), allowed };
}

/** Largest |a - b|; a NaN on either side alone is infinitely far. */
function largest(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  a.forEach((x, i) => {
    const difference = Math.abs(x - b[i]!);
    if (Number.isNaN(difference)) most = Number.isNaN(x) && Number.isNaN(b[i]) ? most : Infinity;
    else most = Math.max(most, difference);
  });
  return most;
}
