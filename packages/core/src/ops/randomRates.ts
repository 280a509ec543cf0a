/** Gamma and Poisson variates. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { joinShapes, shapeVector } from './shapes/common.js';
import { keyed, seeded } from './shapes/random.js';

/** Gamma-distributed floats, a tensor of the shape given for each alpha. */
export const randomGamma = defineOp<
  <D extends DType>(
    shape: TensorLike<'int32' | 'int64'>, alpha: TensorLike<D>,
    options?: OpOptions & { seed?: number; seed2?: number },
  ) => Tensor<D>
>({
  signature: 'RandomGamma(shape: S, alpha: T) -> (output: T) | seed: int = 0; seed2: int = 0; S: type in $index; T: type in ' +
    '$oldFloat | stateful',
  shape: (c) => [joinShapes(shapeVector(c, 0, 'shape'), c.shape(1))],
});

/** Poisson-distributed numbers, a tensor of the shape given for each rate. */
export const randomPoissonV2 = defineOp<
  <D extends DType = 'int64'>(
    shape: TensorLike<'int32' | 'int64'>, rate: TensorLike,
    options?: OpOptions & { seed?: number; seed2?: number; dtype?: D },
  ) => Tensor<D>
>({
  signature: 'RandomPoissonV2(shape: S, rate: R) -> (output: dtype) | seed: int = 0; seed2: int = 0; S: type in $index; R: ' +
    'type in [$oldFloat, $index] = double; dtype: type in [$oldFloat, $index] = int64 | stateful',
  shape: (c) => [joinShapes(shapeVector(c, 0, 'shape'), c.shape(1))],
});

/** Poisson-distributed floats, a tensor of the shape given for each rate; the older spelling of randomPoissonV2. */
export const randomPoisson = defineOp<
  <D extends DType>(shape: TensorLike<'int32' | 'int64'>, rate: TensorLike<D>, options?: OpOptions & { seed?: number; seed2?: number }) => Tensor<D>
>({
  signature: 'RandomPoisson(shape: S, rate: dtype) -> (output: dtype) | seed: int = 0; seed2: int = 0; S: type in $index; dtype: ' +
    'type in $oldFloat | stateful, deprecated at 25',
  shape: (c) => [joinShapes(shapeVector(c, 0, 'shape'), c.shape(1))],
});

/** Gamma-distributed floats of the shape given, which ends with that of alpha. */
export const statelessRandomGammaV2 = defineOp<
  <D extends DType>(shape: TensorLike<'int32' | 'int64'>, seed: TensorLike<'int32' | 'int64'>, alpha: TensorLike<D>, options?: OpOptions) => Tensor<D>
>({
  signature: 'StatelessRandomGammaV2(shape: T, seed: Tseed, alpha: dtype) -> (output: dtype) | dtype: type in $oldFloat; T: type in ' +
    '$index; Tseed: type in $index = int64',
  shape: seeded,
});

/** statelessRandomGammaV2 with a key and a counter. */
export const statelessRandomGammaV3 = defineOp<
  <D extends DType>(
    shape: TensorLike<'int32' | 'int64'>, key: TensorLike<'uint64'>, counter: TensorLike<'uint64'>, alg: TensorLike<'int32'>, alpha: TensorLike<D>,
    options?: OpOptions,
  ) => Tensor<D>
>({
  signature: 'StatelessRandomGammaV3(shape: shape_dtype, key: uint64, counter: uint64, alg: int32, alpha: dtype) -> (output: dtype) | ' +
    'dtype: type in $oldFloat; shape_dtype: type in $index = int32',
  shape: keyed,
});

/** Poisson-distributed numbers of the shape given, which ends with that of the rates. */
export const statelessRandomPoisson = defineOp<
  <D extends DType>(shape: TensorLike<'int32' | 'int64'>, seed: TensorLike<'int32' | 'int64'>, lam: TensorLike, dtype: D, options?: OpOptions) => Tensor<D>
>({
  signature: 'StatelessRandomPoisson(shape: T, seed: Tseed, lam: Rtype) -> (output: dtype) | Rtype: type in [$oldFloat, $index]; dtype: ' +
    'type in [$oldFloat, $index]; T: type in $index; Tseed: type in $index = int64',
  shape: seeded,
});
