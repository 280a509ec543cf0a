/** Variables and queues. */
import * as tf from '@sessionflow/core';
import { errorOf, nodes, open, textOf, type Programs } from './program.js';

const int = (value: number): tf.Tensor<'int32'> => tf.constant(value, { dtype: 'int32' });
const operationNames = (): string[] => tf.getDefaultGraph().getOperations().map((op) => op.name);

export const variables: Programs = {
  async reads_of_resource_variables(say) {
    const v = new tf.Variable<'float32'>([1, 2], { name: 'v', useResource: true });
    const change = v.assignAdd([1, 1]);
    const { product, value } = tf.controlDependencies([change.op.controlInputs[0] ?? change.op], () => ({ product: tf.multiply(v, 2, { name: 'product' }), value: tf.identity(v, { name: 'value' }) }));
    const before = tf.multiply(v, 2, { name: 'before' });
    say(product.op.controlInputs.map((op) => op.name), product.op.inputs[0]?.name, value.op.inputs[0]?.name, before.op.inputs[0]?.name, v.value().name, v.value().name);
    await using sess = open();
    await sess.run(v.initializer);
    say(await sess.run(before), await sess.run(product), await sess.run(value), await sess.run(v));
  },

  async initialized_values(say) {
    const v = new tf.Variable(3, { name: 'v' });
    const w = new tf.Variable(tf.mul(v.initializedValue(), 2, { name: 'mul' }), { name: 'w' });
    say(nodes());
    await using sess = open();
    await sess.run(w.initializer);
    say(await sess.run(w), await errorOf(() => sess.run(v)));
    await sess.run(v.initializer);
    await sess.run(v.assign(10));
    await sess.run(w.initializer);
    say(await sess.run(w));
  },

  async initial_values_from_variables(say) {
    const v = new tf.Variable(3, { name: 'v' });
    const w = new tf.Variable(tf.add(tf.multiply(v, 2, { name: 'twice' }), 1, { name: 'more' }), { name: 'w' });
    say(operationNames(), w.initializer.inputs[1]?.name, w.initialValue.name);
    {
      await using sess = open();
      await sess.run(tf.globalVariablesInitializer());
      say(await sess.run([v, w]));
    }
    await using sess = open();
    await sess.run(w.initializer);
    say(await sess.run(w), await errorOf(() => sess.run(v)));
  },

  async variables_in_branches(say) {
    const p = tf.placeholder('bool', [], { name: 'p' });
    const kept: tf.Variable<'float32'>[] = [];
    const y = tf.cond(p, () => {
      const inner = new tf.Variable(() => tf.constant(4), { name: 'inner' });
      kept.push(inner);
      return tf.add(inner, 1);
    }, () => tf.constant(0));
    const [inner] = kept as [tf.Variable];
    say(inner.name, inner.initializer.name, inner.op.controlInputs.length === 0);
    await using sess = open();
    await sess.run(tf.globalVariablesInitializer());
    say(await sess.run(y, { 'p:0': true }), await sess.run(y, { 'p:0': false }), await sess.run(inner));
    const x = tf.constant(1);
    say(await textOf(() => tf.whileLoop((i) => tf.less(i, 1), (i) => tf.add(i, new tf.Variable(tf.add(i, 1), { name: 'bad' })), [x])));
  },

  async named_components(say) {
    const queue = new tf.FIFOQueue(4, ['int32', 'float32'], { shapes: [[], [2]], names: ['number', 'pair'], name: 'queue' });
    const put = queue.enqueue({ pair: [1, 2], number: 7 });
    const many = queue.enqueueMany({ number: [8, 9], pair: [[3, 4], [5, 6]] });
    const one = queue.dequeue();
    const rest = queue.dequeueMany(2);
    say(Object.keys(one).sort(), one.pair.name, one.number.name, rest.pair.shape, queue.names);
    const plainQueue = new tf.FIFOQueue(4, ['int32']);
    say(
      await errorOf(() => new tf.FIFOQueue(4, ['int32'], { names: ['a', 'b'] })), await errorOf(() => queue.enqueue([1, [1, 2]] as never)),
      await errorOf(() => queue.enqueue({ number: 1 } as never)), await errorOf(() => queue.enqueue({ number: 1, pair: [1, 2], more: 1 } as never)),
      await errorOf(() => plainQueue.enqueue({ a: 1 } as never)),
    );
    await using sess = open();
    await sess.run([put]);
    await sess.run(many);
    say(await sess.run(one), await sess.run(rest));
  },

  async queues_in_loops(say) {
    const queue = new tf.FIFOQueue(10, ['float32'], { shapes: [[]], name: 'queue' });
    const dequeue = (): tf.Tensor<'float32'> => queue.dequeue() as tf.Tensor<'float32'>;
    const fill = queue.enqueueMany([[1, 2, 3, 4]]);
    const total = tf.whileLoop((i) => tf.less(i, 4), (i, s) => [tf.add(i, 1), tf.add(s, dequeue())], [int(0), tf.constant(0)]);
    const puts = tf.whileLoop(
      (i) => tf.less(i, 3), (i) => tf.controlDependencies([queue.enqueue(tf.mul(tf.cast(i, 'float32'), 10))], () => tf.add(i, 1)), [int(0)],
    );
    const size = tf.controlDependencies([puts], () => queue.size());
    await using sess = open();
    await sess.run(fill);
    say(await sess.run(total), await sess.run(size), [await sess.run(dequeue()), await sess.run(dequeue()), await sess.run(dequeue())]);
  },

  async a_loop_fed_by_its_own_run(say) {
    const queue = new tf.FIFOQueue(1, ['float32'], { shapes: [[]], name: 'queue' });
    const total = tf.whileLoop((i) => tf.less(i, 4), (i, s) => [tf.add(i, 1), tf.add(s, queue.dequeue() as tf.Tensor<'float32'>)], [int(0), tf.constant(0)]);
    const puts = tf.whileLoop((i) => tf.less(i, 4), (i) => tf.controlDependencies([queue.enqueue(tf.cast(i, 'float32'))], () => tf.add(i, 1)), [int(0)]);
    const single = queue.dequeue() as tf.Tensor;
    const later = queue.enqueue(5);
    await using sess = open();
    say(await sess.run([total, puts]), await sess.run([puts, total]));
    say(await sess.run([single, later]), await sess.run([later, single]));
  },
};
