/** Branches and loops. */
import * as tf from '@sessionflow/core';
import { errorOf, nodes, open, type Programs } from './program.js';

const int = (value: number, name?: string): tf.Tensor<'int32'> => tf.constant(value, { dtype: 'int32', ...(name === undefined ? {} : { name }) });
const flag = (name: string): tf.Tensor<'bool'> => tf.placeholder('bool', [], { name });

export const controlFlow: Programs = {
  async branches(say) {
    const p = flag('p');
    const x = tf.placeholder('float32', [2], { name: 'x' });
    const c = tf.constant(10, { name: 'c' });
    const y = tf.cond(p, () => tf.add(x, c, { name: 'plus' }), () => tf.constant([1, 2], { name: 'other' }));
    say(y.name, y.shape, nodes());
    await using sess = open();
    const feeds = (value: boolean): tf.Feeds => new Map<tf.Tensor, tf.FeedValue>([[p, value], [x, [1, 2]]]);
    say(await sess.run(y, feeds(true)), await sess.run(y, feeds(false)));
    say(await errorOf(() => sess.run('cond/plus:0', feeds(true))), await errorOf(() => sess.run(y.op.inputs[1]!, feeds(true))));
  },

  async branches_of_structures(say) {
    const p = flag('p');
    const x = tf.placeholder('float32', [], { name: 'x' });
    const pair = tf.cond(p, () => [x, { b: tf.add(x, 1), a: tf.neg(x) }], () => [tf.mul(x, 2), { b: x, a: tf.constant(7) }]);
    const single = tf.cond(p, () => [x], () => [tf.add(x, 1)]);
    const strict = tf.cond(p, () => [x], () => [tf.add(x, 1)], { strict: true, name: 'strict' });
    const passed = tf.cond(p, () => x, () => 5);
    say(pair[0].name, pair[1].a.name, pair[1].b.name, single.name, strict.map((t) => t.name), passed.name);
    await using sess = open();
    for (const value of [true, false]) say(await sess.run([pair[0], pair[1], single, strict, passed], new Map<tf.Tensor, tf.FeedValue>([[p, value], [x, 3]])));
  },

  async branches_with_effects(say) {
    const p = flag('p');
    const v = new tf.Variable(1, { name: 'v' });
    const w = new tf.Variable(1, { name: 'w', useResource: true });
    const changed = tf.cond(p, () => v.assignAdd(10), () => v.assign(tf.constant(-1)));
    const grouped = tf.cond(p, () => tf.group(w.assignAdd(5)), () => tf.noOp());
    const reads = tf.cond(p, () => tf.mul(v, 2), () => tf.mul(w, 3));
    await using sess = open();
    await sess.run(tf.globalVariablesInitializer());
    const yes: tf.Feeds = { 'p:0': true };
    const no: tf.Feeds = { 'p:0': false };
    say(await sess.run(changed, yes), await sess.run(v), await sess.run(changed, no), await sess.run(v));
    say(await sess.run(grouped, yes), await sess.run(w), await sess.run(grouped, no), await sess.run(w));
    say(await sess.run(reads, yes), await sess.run(reads, no));
  },

  async branches_in_branches(say) {
    const p = flag('p');
    const q = flag('q');
    const x = tf.placeholder('float32', [], { name: 'x' });
    const inner = (): tf.Tensor => tf.cond(q, () => tf.mul(x, 2, { name: 'mul' }), () => tf.add(x, tf.constant(100), { name: 'add' }));
    const y = tf.cond(p, inner, () => tf.neg(x));
    say(nodes());
    await using sess = open();
    const results: unknown[] = [];
    for (const a of [true, false]) for (const b of [true, false]) results.push(await sess.run(y, { 'p:0': a, 'q:0': b, 'x:0': 3 }));
    say(results);
  },

  async branches_that_do_not_fit(say) {
    const p = flag('p');
    const x = tf.constant(1);
    say(
      await errorOf(() => tf.cond(true, () => x, () => x)), await errorOf(() => tf.cond(p, x as never, () => x)), await errorOf(() => tf.cond(p, () => null as never, () => x)),
      await errorOf(() => tf.cond(p, () => [x, x], () => [x, x, x])), await errorOf(() => tf.cond(p, () => x, () => int(1))),
      await errorOf(() => tf.cond(p, () => [], () => [])), await errorOf(() => tf.cond(x as never, () => x, () => x)),
    );
  },

  async loops(say) {
    const n = tf.placeholder('int32', [], { name: 'n' });
    const step = tf.constant(2, { name: 'step' });
    const [i, total] = tf.whileLoop(
      (at) => tf.less(at, n, { name: 'below' }), (at, sum) => [tf.add(at, 1, { name: 'next' }), tf.add(sum, step, { name: 'more' })], [int(0, 'i0'), tf.constant(0, { name: 't0' })],
    );
    say(i.name, total.name, nodes());
    const enters = tf.getDefaultGraph().getOperations().filter((op) => op.type === 'Enter');
    const text = (value: unknown): unknown => (value instanceof Uint8Array ? new TextDecoder().decode(value) : value);
    say(enters.map((op) => [op.name, text(op.getAttr('frame_name')), op.getAttr('is_constant'), op.getAttr('parallel_iterations')]));
    await using sess = open();
    say(await sess.run([i, total], { 'n:0': 5 }), await sess.run([i, total], { 'n:0': 0 }));
    say(await errorOf(() => sess.run('while/more:0', { 'n:0': 5 })), await errorOf(() => sess.run(total, { 'n:0': 5, 'while/more:0': 1 })));
  },

  async loops_of_structures(say) {
    const x = tf.placeholder('float32', [null, 2], { name: 'x' });
    const single = tf.whileLoop((a) => tf.less(tf.reduceSum(a), 100), (a) => tf.mul(a, 2), [x]);
    const same = tf.whileLoop((a) => tf.less(tf.reduceSum(a), 100), (a) => [tf.mul(a, 3)], [x], { returnSameStructure: true });
    const nested = tf.whileLoop((i) => tf.less(i, 3), (i, s) => [tf.add(i, 1), { a: tf.add(s.a, s.b), b: s.b }], [int(0), { a: x, b: tf.onesLike(x) }]);
    const grows = tf.whileLoop(
      (i) => tf.less(i, 3), (i, a) => [tf.add(i, 1), tf.concat([a, a], 0)], [int(0), x], { shapeInvariants: [[], [null, 2]], parallelIterations: 1 },
    );
    const capped = tf.whileLoop(() => true, (i) => tf.add(i, 1), [int(0)], { maximumIterations: 4 });
    say(single.shape, same.length, grows[1].shape, capped.name);
    await using sess = open();
    say(await sess.run([single, same, nested[0], nested[1], capped], new Map([[x, [[1, 2], [3, 4]]]])));
    say(await sess.run(grows, new Map([[x, [[1, 2]]]])));
  },

  async loops_in_loops(say) {
    const n = tf.placeholder('int32', [], { name: 'n' });
    const result = tf.whileLoop((i) => tf.less(i, n), (i, total) => {
      const row = tf.whileLoop((j) => tf.less(j, i), (j, t) => [tf.add(j, 1), tf.add(t, tf.cast(tf.mul(i, j), 'float32'))], [int(0), total]);
      return [tf.add(i, 1), row[1]];
    }, [int(0), tf.constant(0)]);
    const withBranch = tf.whileLoop(
      (i) => tf.less(i, n), (i, a) => [tf.add(i, 1), tf.cond(tf.equal(tf.mod(i, 2), 0), () => tf.add(a, 10), () => tf.mul(a, 2))], [int(0), tf.constant(1)],
    );
    const inBranch = tf.cond(tf.greater(n, 2), () => tf.whileLoop((i) => tf.less(i, tf.mul(n, 2)), (i) => tf.add(i, n), [int(0)]), () => int(-1));
    await using sess = open();
    for (const value of [0, 1, 2, 5]) say(await sess.run([result, withBranch, inBranch], new Map([[n, value]])));
  },

  async loops_over_variables(say) {
    const v = new tf.Variable(0, { name: 'v' });
    const w = new tf.Variable([1, 1], { name: 'w', useResource: true });
    const loop = tf.whileLoop((i) => tf.less(i, 4), (i) => tf.controlDependencies([v.assignAdd(2), w.assignAdd([1, 2])], () => tf.add(i, 1)), [int(0)]);
    const reads = tf.whileLoop((i) => tf.less(i, 3), (i, s) => [tf.add(i, 1), tf.add(tf.add(s, v), w)], [int(0), tf.zeros([2])]);
    await using sess = open();
    await sess.run(tf.globalVariablesInitializer());
    say(await sess.run(loop), await sess.run(v), await sess.run(w), await sess.run(reads));
  },

  async loops_that_wait(say) {
    const a = new tf.Variable(1, { name: 'a' });
    const setA = a.assign(5);
    const first = tf.controlDependencies([setA], () => tf.whileLoop((i) => tf.less(i, 2), (i, s) => [tf.add(i, 1), tf.add(s, tf.constant(1))], [int(0), tf.constant(0)]));
    const controls = (ops: readonly tf.Operation[]): unknown[] => ops.map((op) => [op.name, op.controlInputs.map(({ name }) => name)]);
    say(controls(tf.getDefaultGraph().getOperations().filter((op) => op.type === 'Enter')));
    {
      await using sess = open();
      await sess.run(a.initializer);
      say(await sess.run(first), await sess.run(a));
    }
    const outside = tf.constant(3, { name: 'outside' });
    const inside: tf.Tensor[] = [];
    const second = tf.whileLoop((i) => tf.less(i, 2), (i) => {
      const kept = tf.controlDependencies([outside.op, setA.op], () => tf.identity(i, { name: 'kept' }));
      inside.push(kept);
      return tf.add(kept, 1);
    }, [int(0)], { name: 'again' });
    say((inside[0]?.op.controlInputs ?? []).map((op) => [op.name, op.type, op.controlInputs.map(({ name }) => name)]));
    await using sess = open();
    await sess.run(a.initializer);
    say(await sess.run(second), await sess.run(a));
  },

  async loops_that_do_not_fit(say) {
    const zero = int(0);
    tf.placeholder('float32', [null], { name: 'x' });
    const below = (i: tf.Tensor<'int32'>): tf.Tensor<'bool'> => tf.less(i, 1);
    const pair = (): [tf.Tensor<'int32'>, tf.Tensor<'float32'>] => [zero, tf.zeros([2])];
    say(
      await errorOf(() => tf.whileLoop(() => true, () => 1, [])), await errorOf(() => tf.whileLoop(zero as never, (i) => i, [zero])),
      await errorOf(() => tf.whileLoop(below, zero as never, [zero])), await errorOf(() => tf.whileLoop(below, (i) => i, [zero], { parallelIterations: 0 })),
      await errorOf(() => tf.whileLoop(below, (i) => [i, i], [zero])),
      await errorOf(() => tf.whileLoop(below, (i, a) => [tf.add(i, 1), tf.concat([a, a], 0)], pair())),
      await errorOf(() => tf.whileLoop(below, (i, a) => [tf.add(i, 1), a], pair(), { shapeInvariants: [[], [3]] })),
      await errorOf(() => tf.whileLoop(below, (i) => i, [zero], { maximumIterations: tf.constant([1, 2], { dtype: 'int32' }) })),
    );
    const kept: tf.Tensor<'int32'>[] = [];
    tf.whileLoop(below, (i) => {
      kept.push(tf.add(i, 1));
      return kept;
    }, [zero]);
    say(await errorOf(() => tf.add(kept[0]!, 1)), await errorOf(() => tf.whileLoop(below, (i) => tf.add(i, kept[0]!), [zero])));
    say(await errorOf(() => tf.whileLoop(below, (i) => tf.add(i, new tf.Variable(i)), [zero])));
  },

  async an_imported_loop(say) {
    const n = tf.placeholder('int32', [], { name: 'n' });
    tf.whileLoop(
      (i) => tf.less(i, n), (i, s) => [tf.add(i, 1), tf.cond(tf.greater(i, 1), () => tf.mul(s, 2), () => tf.add(s, 1))], [int(0), tf.constant(0)], { name: 'loop' },
    );
    const graph = new tf.Graph();
    const [size] = tf.importGraphDef(tf.getDefaultGraph().asGraphDef(), { graph, returnElements: ['loop/Exit_1:0'] });
    await using sess = open(graph);
    const results: unknown[] = [];
    for (const value of [0, 1, 4]) results.push(await sess.run(size as tf.Tensor, { 'import/n:0': value }));
    say(results);
  },
};
