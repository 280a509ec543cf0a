/** Random numbers. The stateful ones count on a generator of the session; the stateless ones are functions of their seed. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import type { Operation } from '../graph/operation.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { dimIs, rankIs, scalars, shapeVector, sizeValue, unchanged } from './shapes/common.js';
import type { ShapeFunction } from './opDef.js';
import { keyed, seeded } from './shapes/random.js';

/** The shape is the value of input i. */
const drawn = (i = 0): ShapeFunction => (c) => {
  rankIs(c, i, 1, 'shape');
  return [shapeVector(c, i, 'shape')];
};

/** Classes drawn for each row of logits. */
const classes: ShapeFunction = (c) => {
  const logits = rankIs(c, 0, 2, 'logits');
  rankIs(c, 1, 0, 'num_samples');
  return [[logits[0] ?? null, sizeValue(c, 1, 'num_samples')]];
};

/** Floats in [0, 1). */
export const randomUniform = defineOp<
  <D extends DType>(shape: TensorLike<'int32' | 'int64'>, dtype: D, options?: OpOptions & { seed?: number; seed2?: number }) => Tensor<D>
>({
  signature: 'RandomUniform(shape: T) -> (output: dtype) | seed: int = 0; seed2: int = 0; dtype: type in $float; T: type in ' +
    '$index | stateful',
  shape: drawn(),
});

/** Ints in [minval, maxval). */
export const randomUniformInt = defineOp<
  <Out extends DType>(
    shape: TensorLike<'int32' | 'int64'>, minval: TensorLike<Out>, maxval: TensorLike<Out>,
    options?: OpOptions & { seed?: number; seed2?: number },
  ) => Tensor<Out>
>({
  signature: 'RandomUniformInt(shape: T, minval: Tout, maxval: Tout) -> (output: Tout) | seed: int = 0; seed2: int = 0; Tout: ' +
    'type in $index; T: type in $index | stateful',
  shape: (c) => {
    scalars(c, 1, 2);
    return drawn()(c);
  },
});

/** Normally distributed floats. */
export const randomStandardNormal = defineOp<
  <D extends DType>(shape: TensorLike<'int32' | 'int64'>, dtype: D, options?: OpOptions & { seed?: number; seed2?: number }) => Tensor<D>
>({
  signature: 'RandomStandardNormal(shape: T) -> (output: dtype) | seed: int = 0; seed2: int = 0; dtype: type in $float; T: ' +
    'type in $index | stateful',
  shape: drawn(),
});

/** Normally distributed floats, drawn again beyond two standard deviations. */
export const truncatedNormal = defineOp<
  <D extends DType>(shape: TensorLike<'int32' | 'int64'>, dtype: D, options?: OpOptions & { seed?: number; seed2?: number }) => Tensor<D>
>({
  signature: 'TruncatedNormal(shape: T) -> (output: dtype) | seed: int = 0; seed2: int = 0; dtype: type in $float; T: type in ' +
    '$index | stateful',
  shape: drawn(),
});

/** Normally distributed floats between limits. */
export const parameterizedTruncatedNormal = defineOp<
  <D extends DType>(
    shape: TensorLike<'int32' | 'int64'>, means: TensorLike<D>, stdevs: TensorLike<D>, minvals: TensorLike<D>,
    maxvals: TensorLike<D>,
    options?: OpOptions & { seed?: number; seed2?: number },
  ) => Tensor<D>
>({
  signature: 'ParameterizedTruncatedNormal(shape: T, means: dtype, stdevs: dtype, minvals: dtype, maxvals: dtype) -> (output: ' +
    'dtype) | seed: int = 0; seed2: int = 0; dtype: type in $float; T: type in $index | stateful',
  shape: drawn(),
});

/** The rows in random order. */
export const randomShuffle = defineOp<
  <D extends DType>(value: TensorLike<D>, options?: OpOptions & { seed?: number; seed2?: number }) => Tensor<D>
>({
  signature: 'RandomShuffle(value: T) -> (output: T) | seed: int = 0; seed2: int = 0; T: type | stateful',
  shape: unchanged,
});

/** Classes drawn with the probabilities softmax(logits). */
export const multinomial = defineOp<
  <D extends DType = 'int64'>(
    logits: TensorLike, numSamples: TensorLike<'int32'>,
    options?: OpOptions & { seed?: number; seed2?: number; outputDtype?: D },
  ) => Tensor<D>
>({
  signature: 'Multinomial(logits: T, num_samples: int32) -> (output: output_dtype) | seed: int = 0; seed2: int = 0; T: type in ' +
    '$real; output_dtype: type in $index = int64 | stateful',
  shape: classes,
});

/** Multinomial as a function of its seed. */
export const statelessMultinomial = defineOp<
  <D extends DType = 'int64'>(
    logits: TensorLike, numSamples: TensorLike<'int32'>, seed: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { outputDtype?: D },
  ) => Tensor<D>
>({
  signature: 'StatelessMultinomial(logits: T, num_samples: int32, seed: Tseed) -> (output: output_dtype) | T: type in $real; ' +
    'Tseed: type in $index = int64; output_dtype: type in $index = int64',
  shape: classes,
});

/** Floats in [0, 1), by seed. */
export const statelessRandomUniform = defineOp<
  <D extends DType = 'float32'>(
    shape: TensorLike<'int32' | 'int64'>, seed: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { dtype?: D },
  ) => Tensor<D>
>({
  signature: 'StatelessRandomUniform(shape: T, seed: Tseed) -> (output: dtype) | dtype: type in $float = float; T: type in ' +
    '$index = int32; Tseed: type in $index = int64',
  shape: seeded,
});

/** Normally distributed floats, by seed. */
export const statelessRandomNormal = defineOp<
  <D extends DType = 'float32'>(
    shape: TensorLike<'int32' | 'int64'>, seed: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { dtype?: D },
  ) => Tensor<D>
>({
  signature: 'StatelessRandomNormal(shape: T, seed: Tseed) -> (output: dtype) | dtype: type in $float = float; T: type in ' +
    '$index = int32; Tseed: type in $index = int64',
  shape: seeded,
});

/** Normally distributed floats within two standard deviations, by seed. */
export const statelessTruncatedNormal = defineOp<
  <D extends DType = 'float32'>(
    shape: TensorLike<'int32' | 'int64'>, seed: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { dtype?: D },
  ) => Tensor<D>
>({
  signature: 'StatelessTruncatedNormal(shape: T, seed: Tseed) -> (output: dtype) | dtype: type in $float = float; T: type in ' +
    '$index = int32; Tseed: type in $index = int64',
  shape: seeded,
});

/** Ints in [minval, maxval), by seed. */
export const statelessRandomUniformInt = defineOp<
  <D extends DType>(
    shape: TensorLike<'int32' | 'int64'>, seed: TensorLike<'int32' | 'int64'>, minval: TensorLike<D>, maxval: TensorLike<D>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'StatelessRandomUniformInt(shape: T, seed: Tseed, minval: dtype, maxval: dtype) -> (output: dtype) | dtype: type ' +
    'in $index; T: type in $index; Tseed: type in $index = int64',
  shape: seeded,
});

/** Ints of the whole range, by seed. */
export const statelessRandomUniformFullInt = defineOp<
  <D extends DType = 'uint64'>(
    shape: TensorLike<'int32' | 'int64'>, seed: TensorLike<'int32' | 'int64' | 'uint32' | 'uint64'>,
    options?: OpOptions & { dtype?: D },
  ) => Tensor<D>
>({
  signature: 'StatelessRandomUniformFullInt(shape: T, seed: Tseed) -> (output: dtype) | dtype: type in [$index, uint32, ' +
    'uint64] = uint64; T: type in $index = int32; Tseed: type in [$index, uint32, uint64] = int64',
  shape: seeded,
});

/** Floats in [0, 1), by key and counter. */
export const statelessRandomUniformV2 = defineOp<
  <D extends DType = 'float32'>(
    shape: TensorLike<'int32' | 'int64'>, key: TensorLike<'uint64'>, counter: TensorLike<'uint64'>, alg: TensorLike<'int32'>,
    options?: OpOptions & { dtype?: D },
  ) => Tensor<D>
>({
  signature: 'StatelessRandomUniformV2(shape: Tshape, key: uint64, counter: uint64, alg: int32) -> (output: dtype) | dtype: ' +
    'type in $float = float; Tshape: type in $index = int32',
  shape: keyed,
});

/** Normally distributed floats, by key and counter. */
export const statelessRandomNormalV2 = defineOp<
  <D extends DType = 'float32'>(
    shape: TensorLike<'int32' | 'int64'>, key: TensorLike<'uint64'>, counter: TensorLike<'uint64'>, alg: TensorLike<'int32'>,
    options?: OpOptions & { dtype?: D },
  ) => Tensor<D>
>({
  signature: 'StatelessRandomNormalV2(shape: Tshape, key: uint64, counter: uint64, alg: int32) -> (output: dtype) | dtype: ' +
    'type in $float = float; Tshape: type in $index = int32',
  shape: keyed,
});

/** Normally distributed floats within two standard deviations, by key and counter. */
export const statelessTruncatedNormalV2 = defineOp<
  <D extends DType = 'float32'>(
    shape: TensorLike<'int32' | 'int64'>, key: TensorLike<'uint64'>, counter: TensorLike<'uint64'>, alg: TensorLike<'int32'>,
    options?: OpOptions & { dtype?: D },
  ) => Tensor<D>
>({
  signature: 'StatelessTruncatedNormalV2(shape: Tshape, key: uint64, counter: uint64, alg: int32) -> (output: dtype) | dtype: ' +
    'type in $float = float; Tshape: type in $index = int32',
  shape: keyed,
});

/** Ints in [minval, maxval), by key and counter. */
export const statelessRandomUniformIntV2 = defineOp<
  <D extends DType>(
    shape: TensorLike<'int32' | 'int64'>, key: TensorLike<'uint64'>, counter: TensorLike<'uint64'>, alg: TensorLike<'int32'>,
    minval: TensorLike<D>, maxval: TensorLike<D>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'StatelessRandomUniformIntV2(shape: Tshape, key: uint64, counter: uint64, alg: int32, minval: dtype, maxval: ' +
    'dtype) -> (output: dtype) | dtype: type in [$index, uint32, uint64]; Tshape: type in $index = int32',
  shape: keyed,
});

/** Ints of the whole range, by key and counter. */
export const statelessRandomUniformFullIntV2 = defineOp<
  <D extends DType = 'uint64'>(
    shape: TensorLike<'int32' | 'int64'>, key: TensorLike<'uint64'>, counter: TensorLike<'uint64'>, alg: TensorLike<'int32'>,
    options?: OpOptions & { dtype?: D },
  ) => Tensor<D>
>({
  signature: 'StatelessRandomUniformFullIntV2(shape: Tshape, key: uint64, counter: uint64, alg: int32) -> (output: dtype) | ' +
    'dtype: type in [$index, uint32, uint64] = uint64; Tshape: type in $index = int32',
  shape: keyed,
});

/** The rows in random order, by key and counter. */
export const statelessShuffle = defineOp<
  <D extends DType>(
    value: TensorLike<D>, key: TensorLike<'uint64'>, counter: TensorLike<'uint64'>, alg: TensorLike<'int32'>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'StatelessShuffle(value: T, key: uint64, counter: uint64, alg: int32) -> (output: T) | T: type',
  shape: unchanged,
});

/** A seed scrambled into key and counter. */
export const statelessRandomGetKeyCounter = defineOp<
  (seed: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Outputs<{ key: Tensor<'uint64'>; counter: Tensor<'uint64'> }>
>({
  signature: 'StatelessRandomGetKeyCounter(seed: Tseed) -> (key: uint64, counter: uint64) | Tseed: type in $index = int64',
  shape: (c) => {
    dimIs(c, rankIs(c, 0, 1, 'seed')[0] ?? null, 2, 'seed.shape[0]');
    return [[1], [2]];
  },
});

/** A seed scrambled into key and counter, and the algorithm. */
export const statelessRandomGetKeyCounterAlg = defineOp<
  (
    seed: TensorLike<'int32' | 'int64'>,
    options?: OpOptions,
  ) => Outputs<{ key: Tensor<'uint64'>; counter: Tensor<'uint64'>; alg: Tensor<'int32'> }>
>({
  signature: 'StatelessRandomGetKeyCounterAlg(seed: Tseed) -> (key: uint64, counter: uint64, alg: int32) | Tseed: type in $index = int64',
  shape: () => [[1], [2], []],
});

/** The algorithm that the device prefers. */
export const statelessRandomGetAlg = defineOp<(options?: OpOptions) => Tensor<'int32'>>({
  signature: 'StatelessRandomGetAlg() -> (alg: int32) | stateful',
  shape: () => [[]],
});

/** Floats in [0, 1), from a generator. */
export const statefulUniform = defineOp<
  <D extends DType = 'float32'>(
    resource: TensorLike<'resource'>, algorithm: TensorLike<'int64'>, shape: TensorLike,
    options?: OpOptions & { dtype?: D },
  ) => Tensor<D>
>({
  signature: 'StatefulUniform(resource: resource, algorithm: int64, shape: shape_dtype) -> (output: dtype) | dtype: type = ' +
    'float; shape_dtype: type = int64 | stateful',
  shape: drawn(2),
});

/** Ints in [minval, maxval), from a generator. */
export const statefulUniformInt = defineOp<
  <D extends DType>(
    resource: TensorLike<'resource'>, algorithm: TensorLike<'int64'>, shape: TensorLike, minval: TensorLike<D>,
    maxval: TensorLike<D>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'StatefulUniformInt(resource: resource, algorithm: int64, shape: shape_dtype, minval: dtype, maxval: dtype) -> ' +
    '(output: dtype) | dtype: type = int64; shape_dtype: type = int64 | stateful',
  shape: drawn(2),
});

/** Ints of the whole range, from a generator. */
export const statefulUniformFullInt = defineOp<
  <D extends DType = 'uint64'>(
    resource: TensorLike<'resource'>, algorithm: TensorLike<'int64'>, shape: TensorLike,
    options?: OpOptions & { dtype?: D },
  ) => Tensor<D>
>({
  signature: 'StatefulUniformFullInt(resource: resource, algorithm: int64, shape: shape_dtype) -> (output: dtype) | dtype: ' +
    'type = uint64; shape_dtype: type = int64 | stateful',
  shape: drawn(2),
});

/** Normally distributed floats, from a generator. */
export const statefulStandardNormalV2 = defineOp<
  <D extends DType = 'float32'>(
    resource: TensorLike<'resource'>, algorithm: TensorLike<'int64'>, shape: TensorLike,
    options?: OpOptions & { dtype?: D },
  ) => Tensor<D>
>({
  signature: 'StatefulStandardNormalV2(resource: resource, algorithm: int64, shape: shape_dtype) -> (output: dtype) | dtype: ' +
    'type = float; shape_dtype: type = int64 | stateful',
  shape: drawn(2),
});

/** Normally distributed floats within two standard deviations, from a generator. */
export const statefulTruncatedNormal = defineOp<
  <D extends DType = 'float32'>(
    resource: TensorLike<'resource'>, algorithm: TensorLike<'int64'>, shape: TensorLike,
    options?: OpOptions & { dtype?: D },
  ) => Tensor<D>
>({
  signature: 'StatefulTruncatedNormal(resource: resource, algorithm: int64, shape: shape_dtype) -> (output: dtype) | dtype: ' +
    'type = float; shape_dtype: type = int64 | stateful',
  shape: drawn(2),
});

/** Moves a generator on. */
export const rngSkip = defineOp<
  (resource: TensorLike<'resource'>, algorithm: TensorLike<'int64'>, delta: TensorLike<'int64'>, options?: OpOptions) => Operation
>({
  signature: 'RngSkip(resource: resource, algorithm: int64, delta: int64) -> () | stateful',
  shape: () => [],
});

/** The state of a generator, which moves on. */
export const rngReadAndSkip = defineOp<
  (resource: TensorLike<'resource'>, alg: TensorLike<'int32'>, delta: TensorLike<'uint64'>, options?: OpOptions) => Tensor<'int64'>
>({
  signature: 'RngReadAndSkip(resource: resource, alg: int32, delta: uint64) -> (value: int64) | stateful',
  shape: () => [[3]],
});
