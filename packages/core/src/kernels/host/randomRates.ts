/**
 * Gamma and Poisson variates, drawn as TensorFlow's CPU kernels draw them: each output has 256 results of the generator to itself, and
 * double uniforms are taken from a pair last first. Methods: Marsaglia and Tsang, A simple method for generating gamma variables (2000); Knuth's
 * product of uniforms; Hörmann, The transformed rejection method for generating Poisson random variables (1993).
 */
import type { DType } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import { type Shape, shapeText, sizeOf } from '../../shape.js';
import { host, type HostCode } from './define.js';
import { lgamma } from './evaluate/specialMath.js';
import { boxMullerDouble, type Philox, toDouble } from './philox.js';
import { keyed, reserve, seeded, shapeOf } from './random.js';
import { invalid, numbersOf, tensorOfNumbers } from './tensors.js';

const perOutput = 256;

/** One variate of a distribution with one parameter. */
type Variate = (generator: Philox, parameter: number) => number;

/** Uniforms in [0, 1) of one output. */
function uniforms(generator: Philox): () => number {
  const left: number[] = [];
  return () => {
    if (left.length === 0) {
      const [a, b, c, d] = generator.next();
      left.push(toDouble(a, b), toDouble(c, d));
    }
    return left.pop() ?? 0;
  };
}

const gamma: Variate = (generator, alpha) => {
  const uniform = uniforms(generator);
  if (alpha === 1) return -Math.log1p(-uniform());
  const isSmall = alpha < 1;
  const d = alpha + (isSmall ? 2 / 3 : -1 / 3);
  const c = 1 / 3 / Math.sqrt(d);
  const normals: number[] = [];
  for (;;) {
    if (normals.length === 0) normals.push(...boxMullerDouble(...generator.next()));
    const x = normals.pop() ?? 0;
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root ** 3;
    const u = uniform();
    if (u >= 1 - 0.0331 * x ** 4 && Math.log(u) >= 0.5 * x * x + d * (1 - v + Math.log(v))) continue;
    return isSmall ? d * v * uniform() ** (1 / alpha) : d * v;
  }
};

const poisson: Variate = (generator, rate) => {
  const uniform = uniforms(generator);
  if (!Number.isFinite(rate) || rate < 0) return NaN;
  if (rate < 10) {
    const end = Math.exp(-rate);
    for (let [x, product] = [0, uniform()]; ; x++, product *= uniform()) if (product <= end) return x;
  }
  const logRate = Math.log(rate);
  const b = 0.931 + 2.53 * Math.sqrt(rate);
  const a = -0.059 + 0.02483 * b;
  const inverse = 1.1239 + 1.1328 / (b - 3.4);
  for (;;) {
    const u = uniform() - 0.5;
    const v = uniform();
    const shifted = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / shifted + b) * u + rate + 0.43);
    if (shifted >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2)) return k;
    if (k < 0 || (shifted < 0.013 && v > shifted)) continue;
    if (Math.log((v * inverse) / (a / (shifted * shifted) + b)) <= -rate + k * logRate - lgamma(k + 1)) return k;
  }
};

/** `count` variates of each parameter; a parameter's stand one row apart in the result, but follow each other in the generator. */
function drawn(variate: Variate, generator: Philox, parameters: HostTensor, count: number, dtype: DType, shape: Shape): HostTensor {
  const given = numbersOf(parameters);
  const out = new Float64Array(count * given.length);
  for (let p = 0; p < given.length; p++) {
    for (let sample = 0; sample < count; sample++) {
      const own = generator.copy();
      own.skip(BigInt(perOutput * (p * count + sample)));
      out[sample * given.length + p] = variate(own, given[p]!);
    }
  }
  return tensorOfNumbers(dtype, shape, out);
}

/** Of shape `shape` + that of the parameters. */
const stateful = (variate: Variate): HostCode => host(([shapeArg, parameters], context) => {
  const shape = shapeOf(shapeArg!);
  const count = sizeOf(shape);
  const generator = reserve(context, BigInt(count) * BigInt(parameters!.size) * BigInt(perOutput));
  return [drawn(variate, generator, parameters!, count, context.outputDtypes[0] ?? parameters!.dtype, [...shape, ...parameters!.shape])];
});

/** Of shape `shape`, whose last dimensions are those of the parameters. */
function stateless(variate: Variate, generator: Philox, shapeArg: HostTensor, parameters: HostTensor, dtype: DType): readonly HostTensor[] {
  const shape = shapeOf(shapeArg);
  const tail = shape.slice(shape.length - parameters.shape.length);
  if (parameters.shape.length > shape.length || parameters.shape.some((dim, i) => dim !== tail[i])) {
    invalid(`Shape passed in must end with the shape of the parameters ${shapeText(parameters.shape)}, but is ${shapeText(shape)}`);
  }
  return [drawn(variate, generator, parameters, parameters.size === 0 ? 0 : sizeOf(shape) / parameters.size, dtype, shape)];
}

export const RandomGamma = stateful(gamma);
export const RandomPoisson = stateful(poisson);
export const RandomPoissonV2 = stateful(poisson);
export const StatelessRandomGammaV2 = host(([shape, seed, alpha]) => stateless(gamma, seeded(seed!), shape!, alpha!, alpha!.dtype));
export const StatelessRandomGammaV3 = host(([shape, key, counter, alg, alpha]) => stateless(gamma, keyed(key!, counter!, alg!), shape!, alpha!, alpha!.dtype));
export const StatelessRandomPoisson = host(([shape, seed, rate], { attrs }) => stateless(poisson, seeded(seed!), shape!, rate!, attrs.type('dtype')));
