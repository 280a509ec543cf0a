/** Arrays of tensors, and functions applied to element after element. */
import * as tf from '@sessionflow/core';
import { errorOf, open, type Programs } from './program.js';

export const elements: Programs = {
  async arrays_of_tensors(say) {
    const x = tf.placeholder('float32', [3, 2], { name: 'x' });
    const row = (i: number): tf.Tensor<'float32'> => tf.stridedSlice(x, [i], [i + 1], [1], { shrinkAxisMask: 1 });
    const rows = new tf.TensorArray('float32', { size: 3, clearAfterRead: false }).unstack(x);
    const first = rows.read(0);
    const growing = new tf.TensorArray('float32', { size: 0, dynamicSize: true }).write(0, row(0)).write(3, row(1));
    const parts = new tf.TensorArray('float32', { size: 2, inferShape: false, clearAfterRead: false }).split(tf.reshape(x, [6]), [2, 4]);
    const placed = new tf.TensorArray('float32', { size: 4, elementShape: [2] }).scatter([3, 1, 0, 2], tf.concat([x, tf.slice(x, [0, 0], [1, -1])], 0));
    say(rows.stack().shape, first.shape, growing.size().name, placed.gather([1, 3]).shape, placed.dtype);
    await using sess = open();
    const feeds = new Map([[x, [[1, 2], [3, 4], [5, 6]]]]);
    say(await sess.run([rows.stack(), first, rows.gather([2, 0]), growing.size(), growing.read(3), growing.read(1)], feeds));
    say(await sess.run([parts.concat(), parts.read(1), placed.stack(), placed.size()], feeds));
    say(await errorOf(() => new tf.TensorArray('float32', { size: 2 }).write(0, [1, 2]).write(1, [1])), await errorOf(() => sess.run(rows.read(7), feeds)));
  },

  async arrays_in_loops(say) {
    const n = tf.placeholder('int32', [], { name: 'n' });
    const start = new tf.TensorArray('int32', { size: n, clearAfterRead: false });
    const once = new tf.TensorArray('int32', { size: 1 }).write(0, 4);
    const [, squares] = tf.whileLoop((i) => tf.less(i, n), (i, array) => [tf.add(i, 1), array.write(i, tf.mul(i, i))], [tf.constant(0, { dtype: 'int32' }), start]);
    const picked = tf.cond(tf.greater(n, 3), () => squares.stack(), () => tf.neg(squares.stack()));
    await using sess = open();
    const at = (value: number): tf.Feeds => new Map([[n, value]]);
    say(await sess.run([squares.stack(), picked], at(5)), await sess.run([squares.stack(), picked], at(2)), await sess.run(squares.size(), at(0)));
    say(await errorOf(() => sess.run([once.read(0), once.stack()])));
  },

  async mapped(say) {
    const x = tf.placeholder('float32', [null, 2], { name: 'x' });
    const i = tf.constant([3, 1, 2], { dtype: 'int32' });
    const doubled = tf.mapFn((row) => tf.mul(row, 2), x);
    const sums = tf.mapFn((row) => tf.reduceSum(row), x);
    const pairs = tf.mapFn(([a, b]) => [tf.add(a, 1), tf.mul(b, 2)], [i, tf.constant([1, 2, 3])]);
    const typed = tf.mapFn((row) => ({ sum: tf.reduceSum(row), positive: tf.greater(tf.gather(row, 0), 0) }), x, { dtype: { sum: 'float32', positive: 'bool' } });
    const nested = tf.mapFn((row) => tf.mapFn((value) => tf.mul(value, value), row), x);
    say(doubled.shape, sums.shape, pairs[0].shape, nested.shape);
    await using sess = open();
    say(await sess.run([doubled, sums, pairs, typed, nested], new Map([[x, [[1, 2], [-3, 4], [5, 6]]]])));
    say(await sess.run([doubled, sums], new Map([[x, [[7, 8]]]])));
    say(await errorOf(() => tf.mapFn((value) => value, tf.constant(1))), await errorOf(() => tf.mapFn((value) => [value, value], i)));
  },

  async folded(say) {
    const x = tf.placeholder('float32', [null], { name: 'x' });
    const digits = (a: tf.Tensor<'float32'>, v: tf.Tensor<'float32'>): tf.Tensor<'float32'> => tf.add(tf.mul(a, 10), v);
    const texts = [tf.foldl(digits, x), tf.foldr(digits, x)];
    const begun = [tf.foldl((a, v) => tf.sub(a, v), x, { initializer: 100 }), tf.foldr((a, v) => tf.sub(a, v), x, { initializer: tf.constant(100) })];
    const two = tf.foldl((a, v) => [tf.add(a[0], v[0]), tf.maximum(a[1], v[1])], [x, tf.neg(x)], { initializer: [0, -9] });
    await using sess = open();
    const at = (...values: number[]): tf.Feeds => new Map([[x, values]]);
    say(await sess.run([texts, begun, two], at(1, 2, 3)), await sess.run([texts, begun], at(4)), await sess.run(begun, at()));
  },

  async scanned(say) {
    const x = tf.placeholder('float32', [4], { name: 'x' });
    const add = (a: tf.Tensor<'float32'>, v: tf.Tensor<'float32'>): tf.Tensor<'float32'> => tf.add(a, v);
    const sums = tf.scan(add, x);
    const backwards = tf.scan(add, x, { reverse: true });
    const begun = tf.scan((a, v) => tf.mul(a, v), x, { initializer: 2 });
    const int = (value: number): tf.Tensor<'int32'> => tf.constant(value, { dtype: 'int32' });
    const fibonacci = tf.scan((a) => [a[1], tf.add(a[0], a[1])], tf.zeros([6]), { initializer: [int(0), int(1)] });
    const rows = tf.scan((a, row) => tf.add(tf.mul(a, 0.5), row), tf.reshape(x, [2, 2]), { reverse: true });
    say(sums.shape, begun.shape, fibonacci[0].shape);
    await using sess = open();
    say(await sess.run([sums, backwards, begun, fibonacci, rows], new Map([[x, [1, 2, 3, 4]]])));
  },
};
