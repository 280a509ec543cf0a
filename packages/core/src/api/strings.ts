/** `tf.strings`. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { HostTensor } from '../hostTensor.js';
import type { OpOptions } from '../ops/apply.js';
import { ownDType, type TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { withPositional } from './arguments.js';

export {
  asString,
  decodeRaw,
  regexFullMatch,
  regexReplace,
  stringLength as length,
  stringLower as lower,
  stringNGrams as ngrams,
  stringStrip as strip,
  stringToHashBucket as toHashBucket,
  stringToHashBucketFast as toHashBucketFast,
  stringToHashBucketStrong as toHashBucketStrong,
  stringUpper as upper,
  unsortedSegmentJoin,
} from '../ops/families.js';

/** The strings joined, one from each input. */
export function join(inputs: readonly TensorLike<'string'>[], options: OpOptions & { readonly separator?: string } = {}): Tensor<'string'> {
  return ops.stringJoin(inputs, options);
}

/** Parts of the strings: `len` bytes (or characters) from `pos` on. */
export function substr(
  input: TensorLike<'string'>,
  pos: TensorLike<'int32' | 'int64'>,
  len: TensorLike<'int32' | 'int64'>,
  options?: OpOptions & { readonly unit?: 'BYTE' | 'UTF8_CHAR' },
): Tensor<'string'> {
  return ops.substr(input, pos, len, options);
}

/** The strings as numbers. */
export function toNumber<D extends DType = 'float32'>(strings: TensorLike<'string'>, outType?: D, options: OpOptions = {}): Tensor<D> {
  return ops.stringToNumber<D>(strings, { outType, ...options });
}

/** The inputs' values put into a template in the places of `{}`. */
export function format(
  template: string,
  inputs: TensorLike | readonly TensorLike[],
  options: OpOptions & { readonly placeholder?: string; readonly summarize?: number } = {},
): Tensor<'string'> {
  const list = Array.isArray(inputs) ? (inputs as readonly TensorLike[]) : [inputs];
  return ops.stringFormat(list, { template, placeholder: '{}', summarize: 3, ...options });
}

interface ReduceJoinOptions extends OpOptions {
  readonly axis?: TensorLike<'int32'> | null;
  readonly keepdims?: boolean;
  readonly separator?: string;
}

/** The strings joined over axes: the first axis named is joined first. By default over all, which keeps their row-major order. */
export function reduceJoin(
  inputs: TensorLike<'string'>,
  axis?: TensorLike<'int32'> | null | ReduceJoinOptions,
  options?: ReduceJoinOptions,
): Tensor<'string'> {
  const all = withPositional<ReduceJoinOptions, 'axis'>('reduceJoin', ['axis', 'keepdims', 'separator'], axis, options);
  const input = ownDType(inputs) === undefined ? HostTensor.from(inputs as readonly string[], { dtype: 'string' }) : inputs;
  const rank = (input as { readonly shape?: readonly unknown[] | null }).shape?.length;
  const every =
    rank === undefined
      ? ops.range(ops.sub(ops.rank(input), 1), -1, -1)
      : HostTensor.from(
          Array.from({ length: rank }, (_, i) => rank - 1 - i),
          { dtype: 'int32', shape: [rank] },
        );
  return ops.reduceJoin(input, all.axis ?? every, { keepDims: all.keepdims, separator: all.separator, name: all.name });
}
