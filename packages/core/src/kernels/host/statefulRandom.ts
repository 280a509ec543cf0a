/**
 * Numbers from a generator that is a variable: its state is the counter's two words and the key, in int64. Every draw moves the state on by
 * 256 results of the generator for each output.
 */
import type { DType } from '../../dtypes.js';
import { InvalidArgumentError, NotFoundError, UnimplementedError } from '../../errors.js';
import type { HostTensor } from '../../hostTensor.js';
import { shapeText, sizeOf } from '../../shape.js';
import type { HostContext } from '../hostContext.js';
import { host, type HostCode } from './define.js';
import { Philox, words } from './philox.js';
import { bounded, type Distribution, full, normal, outputs, shapeOf, truncated, uniform } from './random.js';
import { handleOf } from './resourceHandles.js';
import { initialized } from './resourceVariables.js';
import { bigintsOf, invalid, tensorOver } from './tensors.js';

const philoxWords = 3;

/** The one number of an input that names an algorithm or an amount. */
function scalar(tensor: HostTensor, what: string): bigint {
  if (tensor.shape.length !== 0) invalid(`${what} must be of shape [], not ${shapeText(tensor.shape)}`);
  return bigintsOf(tensor)[0]!;
}

/** The generator as it stands; the variable's moves on. The state before is given as well. */
function advance(handle: HostTensor, algorithm: bigint, samples: bigint, context: HostContext): { generator: Philox; before: HostTensor } {
  if (algorithm === 2n) throw new UnimplementedError(`Non-XLA devices don't support the ThreeFry algorithm.`);
  if (algorithm !== 1n && algorithm !== 3n) throw new InvalidArgumentError(`Unsupported algorithm id: ${algorithm}`);
  const { container, name } = handleOf(handle);
  if (context.session.get(container, name) === undefined) {
    throw new NotFoundError(`Container ${container} does not exist. (Could not find resource: ${container}/${name})`);
  }
  const { variable, value } = initialized(handle, context);
  if (value.dtype !== 'int64') invalid(`dtype of RNG state variable must be int64, not ${value.dtype}`);
  if (value.shape.length !== 1) invalid(`RNG state must have one and only one dimension, not ${value.shape.length}`);
  if (value.size < philoxWords) invalid(`For the Philox algorithm, the size of state must be at least ${philoxWords}; got ${value.size}`);
  const [low, high, key] = Array.from(bigintsOf(value)) as [bigint, bigint, bigint];
  const generator = new Philox(words(key), [...words(low), ...words(high)]);
  const moved = generator.copy();
  moved.skip(samples);
  const next = (value.data as BigInt64Array).slice();
  moved.counterWords.forEach((word, i) => (next[i] = BigInt.asIntN(64, word)));
  variable.set(tensorOver('int64', value.shape, next));
  return { generator, before: value };
}

const drawn = (distribution: (inputs: readonly HostTensor[], dtype: DType) => Distribution): HostCode => host((inputs, context) => {
  const [handle, algorithm, shapeArg] = inputs as [HostTensor, HostTensor, HostTensor];
  const shape = shapeOf(shapeArg);
  const { generator } = advance(handle, scalar(algorithm, 'algorithm'), outputs(sizeOf(shape)), context);
  const dtype = context.attrs.type('dtype');
  return [distribution(inputs, dtype)(generator, dtype, shape)];
});

export const StatefulUniform = drawn(() => uniform);
export const StatefulStandardNormalV2 = drawn(() => normal);
export const StatefulTruncatedNormal = drawn(() => truncated);
export const StatefulUniformFullInt = drawn(() => full);
export const StatefulUniformInt = drawn(([, , , low, high]) => (generator, _dtype, shape) => bounded(generator, shape, low!, high!));

export const RngSkip = host(([handle, algorithm, delta], context) => {
  advance(handle!, scalar(algorithm!, 'algorithm'), 256n * scalar(delta!, 'delta'), context);
  return [];
});

export const RngReadAndSkip = host(([handle, algorithm, delta], context) => {
  const { before } = advance(handle!, scalar(algorithm!, 'alg'), 256n * scalar(delta!, 'delta'), context);
  return [tensorOver('int64', [philoxWords], (before.data as BigInt64Array).slice(0, philoxWords))];
});
