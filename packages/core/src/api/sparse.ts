/** `tf.sparsePlaceholder`. */
import type { DType } from '../dtypes.js';
import type { OpOptions } from '../ops/apply.js';
import { type PartialShape } from '../shape.js';
import { SparseTensor } from '../session/sparse.js';
import { constant, placeholder, placeholderWithDefault } from './values.js';

/**
 * A sparse tensor that a run feeds: with a SparseTensorValue, or with [indices, values, shape]; the shape may be left out where `shape` tells
 * it (null for a size that the feed brings).
 */
export function sparsePlaceholder<D extends DType>(dtype: D, shape: PartialShape = null, options: OpOptions = {}): SparseTensor<D> {
  const part = (what: string): OpOptions => (options.name === undefined ? {} : { name: `${options.name}/${what}` });
  const rank = shape === null ? null : shape.length;
  const denseShape = shape === null
    ? placeholder('int64', [null], part('shape'))
    : placeholderWithDefault(constant(shape.map((dim) => dim ?? -1), { dtype: 'int64', shape: [shape.length], ...part('shape_default') }), [shape.length], part('shape'));
  const values = placeholder(dtype, [null], part('values'));
  return new SparseTensor(placeholder('int64', [null, rank], part('indices')), values, denseShape);
}
