/** Random tensors by Python's names: `tf.randomUniform(shape, { minval, maxval })`; seeds as TensorFlow derives them. */
import type { DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import { HostTensor } from '../hostTensor.js';
import type { OpOptions } from '../ops/apply.js';
import { convertToTensor, ownDType, type TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { getDefaultGraph } from '../state/defaultGraph.js';
import { checkOptions, graphOf, inScope, toTensor, withPositional } from './arguments.js';
import type { ShapeLike } from './values.js';

/** What the seeds of an op are when only the op has one. */
const defaultGraphSeed = 87654321;
const largestSeed = 2 ** 31 - 1;

/**
 * The two seeds of a new random op. Without any the results differ from run to run; with a graph seed each op takes its place in the graph as
 * its own, so that the same program gives the same numbers.
 */
export function seedsOf(graph: Graph, opSeed: number | undefined): { readonly seed: number; readonly seed2: number } {
  if (graph.seed === null && opSeed === undefined) return { seed: 0, seed2: 0 };
  const seed = (graph.seed ?? defaultGraphSeed) % largestSeed;
  const seed2 = (opSeed ?? graph.version) % largestSeed;
  // Both zero would mean "no seed".
  return seed === 0 && seed2 === 0 ? { seed: 0, seed2: largestSeed } : { seed, seed2 };
}

/** Sets the seed of the default graph; null: none. */
export function setRandomSeed(seed: number | null): void {
  if (seed !== null && !Number.isSafeInteger(seed)) throw new ValueError(`A seed is an integer or null, but ${seed} was given.`);
  getDefaultGraph().seed = seed;
}

interface SeedOptions extends OpOptions {
  readonly seed?: number;
}

export interface UniformOptions<D extends DType> extends SeedOptions {
  readonly minval?: TensorLike<D>;
  /** Required for ints; 1 for floats. */
  readonly maxval?: TensorLike<D>;
  readonly dtype?: D;
}

/** Evenly distributed in [minval, maxval). */
export function randomUniform<D extends DType = 'float32'>(
  shape: ShapeLike,
  dtype?: D | UniformOptions<D>,
  options?: UniformOptions<D>,
): Tensor<D> {
  const {
    minval = 0,
    maxval,
    seed,
    name,
    dtype: element = 'float32' as D,
  } = withPositional<UniformOptions<D>, 'dtype'>('randomUniform', ['dtype', 'minval', 'maxval', 'seed'], dtype, options);
  const graph = graphOf(shape, minval, maxval);
  return inScope(graph, name, 'random_uniform', (scope) => {
    const isInteger = element === 'int32' || element === 'int64';
    if (isInteger && maxval === undefined) throw new ValueError(`Must specify maxval for integer dtype ${element}`);
    // The arguments come first: an op's own seed is the number of operations before it.
    const sizes = shapeTensor(graph, shape);
    const low = convertToTensor(graph, minval, { dtype: element, name: 'min' }) as Tensor<D>;
    const high = convertToTensor(graph, maxval ?? 1, { dtype: element, name: 'max' }) as Tensor<D>;
    const seeds = seedsOf(graph, seed);
    if (isInteger) return ops.randomUniformInt(sizes, low, high, { ...seeds, name: scope });
    const unit = ops.randomUniform(sizes, element, seeds);
    return ops.addV2(ops.mul(unit, ops.sub(high, low, { name: 'sub' }), { name: 'mul' }), low, { name: scope });
  });
}

export interface NormalOptions<D extends DType> extends SeedOptions {
  readonly mean?: TensorLike<D>;
  readonly stddev?: TensorLike<D>;
  readonly dtype?: D;
}

/** Normally distributed. */
export function randomNormal<D extends DType = 'float32'>(shape: ShapeLike, options: NormalOptions<D> = {}): Tensor<D> {
  return normal('random_normal', ops.randomStandardNormal, shape, options);
}

/** Normally distributed, drawn again beyond two standard deviations. */
export function truncatedNormal<D extends DType = 'float32'>(
  shape: ShapeLike,
  dtype?: D | NormalOptions<D>,
  options?: NormalOptions<D>,
): Tensor<D> {
  const all = withPositional<NormalOptions<D>, 'dtype'>('truncatedNormal', ['dtype', 'mean', 'stddev', 'seed'], dtype, options);
  return normal('truncated_normal', ops.truncatedNormal, shape, all);
}

function normal<D extends DType>(
  what: string,
  op: typeof ops.randomStandardNormal,
  shape: ShapeLike,
  options: NormalOptions<D>,
): Tensor<D> {
  checkOptions(what === 'random_normal' ? 'randomNormal' : 'truncatedNormal', options, ['mean', 'stddev', 'dtype', 'seed']);
  const { mean = 0, stddev = 1, seed, name, dtype = 'float32' as D } = options;
  const graph = graphOf(shape, mean, stddev);
  return inScope(graph, name, what, (scope) => {
    const sizes = shapeTensor(graph, shape);
    const center = convertToTensor(graph, mean, { dtype, name: 'mean' }) as Tensor<D>;
    const width = convertToTensor(graph, stddev, { dtype, name: 'stddev' }) as Tensor<D>;
    const drawn = op(sizes, dtype, seedsOf(graph, seed));
    return ops.addV2(ops.mul(drawn, width, { name: 'mul' }), center, { name: scope });
  });
}

/** The shape as a tensor; plain sizes are int32, even when there are none. */
function shapeTensor(graph: Graph, shape: ShapeLike): Tensor<'int32'> {
  const value = Array.isArray(shape) && shape.length === 0 ? HostTensor.from([], { dtype: 'int32', shape: [0] }) : shape;
  const tensor = convertToTensor(graph, value, { dtype: ownDType(value) ?? 'int32', name: 'shape' });
  return tensor as Tensor<'int32'>;
}

/** The slices along axis 0 in random order. */
export function randomShuffle<D extends DType>(value: TensorLike<D>, options: SeedOptions = {}): Tensor<D> {
  checkOptions('randomShuffle', options, ['seed']);
  const { seed, name } = options;
  return ops.randomShuffle(value, { ...seedsOf(graphOf(value), seed), name });
}

/** Classes drawn with the probabilities softmax(logits), numSamples for each row. */
export function multinomial<D extends DType = 'int64'>(
  logits: TensorLike,
  numSamples: TensorLike<'int32'>,
  options: SeedOptions & { readonly outputDtype?: D } = {},
): Tensor<D> {
  checkOptions('multinomial', options, ['seed', 'outputDtype']);
  const { seed, outputDtype, name } = options;
  return inScope(graphOf(logits, numSamples), name, 'multinomial', () => {
    const classes = toTensor(logits, 'logits', numSamples);
    return ops.multinomial<D>(classes, numSamples, { ...seedsOf(classes.graph, seed), outputDtype });
  });
}

export interface GammaOptions<D extends DType> extends SeedOptions {
  /** The inverse scale; default 1. */
  readonly beta?: TensorLike<D>;
  readonly dtype?: D;
}

/** Gamma variates: `shape` of them for each pair of alpha and beta. */
export function randomGamma<D extends DType = 'float32'>(shape: ShapeLike, alpha: TensorLike<D>, options: GammaOptions<D> = {}): Tensor<D> {
  checkOptions('randomGamma', options, ['beta', 'dtype', 'seed']);
  const { beta = 1, seed, name, dtype } = options;
  const graph = graphOf(shape, alpha, beta);
  return inScope(graph, name, 'random_gamma', () => {
    const sizes = shapeTensor(graph, shape);
    const element = dtype ?? ownDType(alpha) ?? ownDType(beta) ?? 'float32';
    const form = convertToTensor(graph, alpha, { dtype: element, name: 'alpha' }) as Tensor<D>;
    const rate = convertToTensor(graph, beta, { dtype: element, name: 'beta' }) as Tensor<D>;
    const each = ops.broadcastTo(form, ops.broadcastArgs(ops.shape(form), ops.shape(rate)));
    const drawn = ops.randomGamma(sizes, each, seedsOf(graph, seed));
    // Never 0, which rounding would make of very small ones.
    return ops.maximum(HostTensor.from(smallest(element), { dtype: element }) as TensorLike<D>, ops.realDiv(drawn, rate));
  });
}

/** The least positive normal number. */
const smallest = (dtype: DType): number => (dtype === 'float64' ? 2 ** -1022 : dtype === 'float16' ? 2 ** -14 : 2 ** -126);

/** Poisson variates: `shape` of them for each rate. */
export function randomPoisson<D extends DType = 'float32'>(lam: TensorLike, shape: ShapeLike, options: SeedOptions & { readonly dtype?: D } = {}): Tensor<D> {
  checkOptions('randomPoisson', options, ['dtype', 'seed']);
  const { seed, name, dtype = 'float32' as D } = options;
  const graph = graphOf(lam, shape);
  return inScope(graph, name, 'random_poisson', () => ops.randomPoissonV2<D>(shapeTensor(graph, shape), lam, { dtype, ...seedsOf(graph, seed) }));
}
