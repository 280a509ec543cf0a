/** What the type checker knows of tensors. */
import { expectTypeOf, test } from 'vitest';
import type { Tensor } from '../graph/tensor.js';
import type { HostTensor } from '../hostTensor.js';
import * as tf from './index.js';

test('dtypes follow from arguments', () => {
  const x = tf.placeholder('float32', [null, 2]);
  const i = tf.placeholder('int64');
  expectTypeOf(x).toEqualTypeOf<Tensor<'float32'>>();
  expectTypeOf(x.dtype).toEqualTypeOf<'float32'>();
  expectTypeOf(tf.matMul(x, [[1], [2]])).toEqualTypeOf<Tensor<'float32'>>();
  expectTypeOf(tf.matmul(x, x)).toEqualTypeOf<Tensor<'float32'>>();
  expectTypeOf(tf.less(i, 3)).toEqualTypeOf<Tensor<'bool'>>();
  expectTypeOf(tf.cast(i, 'float16')).toEqualTypeOf<Tensor<'float16'>>();
  expectTypeOf(tf.reduceSum(i, 0)).toEqualTypeOf<Tensor<'int64'>>();
  expectTypeOf(tf.argmax(x, 1)).toEqualTypeOf<Tensor<'int64'>>();
  expectTypeOf(tf.zeros([2])).toEqualTypeOf<Tensor<'float32'>>();
  expectTypeOf(tf.zeros([2], 'bool')).toEqualTypeOf<Tensor<'bool'>>();
  expectTypeOf(tf.split(x, 2)).toEqualTypeOf<Tensor<'float32'>[]>();
  expectTypeOf(tf.nn.topK(x).indices).toEqualTypeOf<Tensor<'int32'>>();
  expectTypeOf(tf.device('/gpu:0', () => tf.relu(x))).toEqualTypeOf<Tensor<'float32'>>();
});

test('constants have the dtype of their value', () => {
  expectTypeOf(tf.constant([[1, 2]])).toEqualTypeOf<Tensor<'float32'>>();
  expectTypeOf(tf.constant(true)).toEqualTypeOf<Tensor<'bool'>>();
  expectTypeOf(tf.constant(['a', 'b'])).toEqualTypeOf<Tensor<'string'>>();
  expectTypeOf(tf.constant(1n)).toEqualTypeOf<Tensor<'int64'>>();
  expectTypeOf(tf.constant(new Int32Array(2))).toEqualTypeOf<Tensor<'int32'>>();
  expectTypeOf(tf.constant([1, 2], { dtype: 'int8' })).toEqualTypeOf<Tensor<'int8'>>();
  expectTypeOf(tf.constant({} as HostTensor<'uint16'>)).toEqualTypeOf<Tensor<'uint16'>>();
});

test('a tensor of one dtype is a tensor, not the other way round', () => {
  expectTypeOf<Tensor<'float32'>>().toExtend<Tensor>();
  expectTypeOf<Tensor>().not.toExtend<Tensor<'float32'>>();
  expectTypeOf<Tensor<'float32'>>().not.toExtend<Tensor<'int32'>>();
});

test('dtypes that do not fit are refused', () => {
  const x = tf.placeholder('float32');
  // @ts-expect-error only bool is logical
  tf.logicalAnd(x, x);
  // @ts-expect-error there is no such padding
  tf.nn.conv2d(x, x, 1, 'FULL');
  // @ts-expect-error there is no such dtype
  tf.placeholder('float');
  // @ts-expect-error there is no such option
  tf.matmul(x, x, { transpose: true });
});
