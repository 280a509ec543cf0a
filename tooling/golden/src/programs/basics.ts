/** The first programs: graphs, variables, queues, scopes, feeds, fetches, default sessions. */
import * as tf from '@sessionflow/core';
import { backends, errorOf, open, type Programs } from './program.js';

export const basics: Programs = {
  async affine(say) {
    const x = tf.placeholder('float32', [null, 2], { name: 'x' });
    const w = tf.constant([[1, 2], [3, 4]], { name: 'w' });
    const b = tf.constant([0.5, -0.5], { name: 'b' });
    const y = tf.nn.relu(tf.add(tf.matmul(x, w), b, { name: 'add' }), { name: 'y' });
    say(y.name, y.op.type, y.shape, tf.getDefaultGraph().getOperations().map((op) => op.name));
    await using sess = open();
    say(await sess.run(y, new Map([[x, [[1, 1], [-1, -1]]]])), await sess.run([y, x], { 'x:0': [[0.5, 0.25]] }));
  },

  async counter(say) {
    const count = new tf.Variable(0, { name: 'count', dtype: 'int32' });
    const step = tf.assignAdd(count, 1);
    const init = tf.globalVariablesInitializer();
    say(count.name, count.op.type, init.name, step.op.name, tf.getDefaultGraph().getOperations().map((op) => op.name));
    {
      await using sess = open();
      say(await errorOf(() => sess.run(count)));
      await sess.run(init);
      say([await sess.run(step), await sess.run(step), await sess.run(step)], await sess.run(count));
    }
    await using sess = open();
    say(await errorOf(() => sess.run(step)));
  },

  async shared_variables(say) {
    const layer = (x: tf.Tensor<'float32'>): tf.Tensor<'float32'> => tf.variableScope('layer', { reuse: tf.AUTO_REUSE }, () => {
      const w = tf.getVariable('w', { shape: [2, 2], initializer: tf.constantInitializer(2) });
      return tf.matmul(x, w);
    });
    const y = layer(layer(tf.constant([[1, 2]])));
    say(tf.globalVariables().map((v) => v.name), tf.trainableVariables().map((v) => v.name), y.name);
    await using sess = open();
    await sess.run(tf.globalVariablesInitializer());
    say(await sess.run(y));
  },

  async ordered_by_control_dependencies(say) {
    const v = new tf.Variable(1, { name: 'v' });
    const double = v.assign(tf.multiply(v, 2));
    const { after, outside } = tf.controlDependencies([double], () => ({
      after: tf.identity(v.readValue(), { name: 'after' }), outside: tf.controlDependencies(null, () => tf.constant(1, { name: 'outside' })),
    }));
    say(after.op.controlInputs.map((op) => op.name), outside.op.controlInputs.map((op) => op.name));
    await using sess = open();
    await sess.run(v.initializer);
    say(await sess.run(after), await sess.run(after), await sess.run(v));
  },

  async producer_and_consumer(say) {
    const queue = new tf.FIFOQueue(3, ['float32'], { shapes: [[]], name: 'queue' });
    const put = queue.enqueueMany([[1, 2, 3, 4, 5]]);
    const take = queue.dequeue() as tf.Tensor;
    const rest = queue.dequeueUpTo(10) as tf.Tensor;
    const close = queue.close();
    say(put.name, take.name, rest.name, close.name, queue.size().name);
    await using sess = open();
    const producer = sess.run(put);
    say([await sess.run(take), await sess.run(take), await sess.run(take)]);
    await producer;
    await sess.run(close);
    say(await sess.run(rest), await errorOf(() => sess.run(take)), await errorOf(() => sess.run(put)));
  },

  async a_step_in_parts(say) {
    const a = tf.placeholder('float32', [], { name: 'a' });
    const b = tf.placeholder('float32', [], { name: 'b' });
    const c = tf.placeholder('float32', [], { name: 'c' });
    const r1 = tf.add(a, b);
    const r2 = tf.multiply(r1, c);
    await using sess = open();
    const h = await sess.partialRunSetup([r1, r2], [a, b, c]);
    const first = await sess.partialRun(h, r1, new Map([[a, 1], [b, 2]]));
    say(first, await sess.partialRun(h, r2, new Map([[c, first.item() * 17]])));
    say(await errorOf(() => sess.partialRun(h, r2, new Map([[c, 1]]))));
  },

  async scopes_of_names(say) {
    const names: string[] = [];
    const made = (options: { name?: string } = {}): void => { names.push(tf.constant(1, options).op.name); };
    const [a, b] = tf.nameScope('a', (outer) => {
      made({ name: 'x' });
      const inner = tf.nameScope('b', (scope) => {
        made();
        return scope;
      });
      tf.nameScope('b', () => { made(); });
      tf.nameScope(outer, () => { made({ name: 'x' }); });
      return [outer, inner];
    });
    tf.nameScope('a', () => { made({ name: 'x' }); });
    say(a, b, names, tf.getDefaultGraph().uniqueName('a'));
  },

  async devices_of_operations(say) {
    const made = (name: string): tf.Tensor => tf.constant(1, { name });
    const tensors = tf.device('/cpu:0', () => [
      made('a'), tf.device('/gpu:1', () => made('b')), tf.device('/job:worker', () => made('c')), tf.device(null, () => made('d')),
      ...tf.device((op) => (op.name === 'e' ? '/gpu:7' : ''), () => [made('e'), made('f')]),
    ]);
    say(tensors.map((tensor) => tensor.device));
  },

  async copied_graph(say) {
    const x = tf.placeholder('float32', [2], { name: 'x' });
    tf.add(x, 1, { name: 'y' });
    const graphDef = tf.getDefaultGraph().asGraphDef();
    const graph = new tf.Graph();
    const [y, op] = graph.asDefault(() => {
      const z = tf.constant([10, 20], { name: 'z' });
      return tf.importGraphDef(graphDef, { inputMap: { 'x:0': z }, returnElements: ['y:0', 'y'], name: 'copy' });
    }) as [tf.Tensor, tf.Operation];
    say(y.name, op.name, graph.getOperations().map(({ name }) => name));
    await using sess = open(graph);
    say(await sess.run(y), await errorOf(() => sess.run(x)));
  },

  async defaults_and_feeds(say) {
    const x = tf.placeholderWithDefault<'float32'>([1, 2], [2], { name: 'x' });
    const c = tf.constant(3);
    const y = tf.multiply(x, c);
    await using sess = open();
    const feed = (key: tf.FeedKey, value: tf.FeedValue): tf.Feeds => new Map([[key, value]]);
    say(await sess.run(y), await sess.run(y, feed(x, [5, 6])), await sess.run(y, feed(c, 10)), await sess.run([x, y], feed(x, [7, 8])));
    say(
      await errorOf(() => sess.run(y, feed(x, [1, 2, 3]))), await errorOf(() => sess.run(y, feed(x, 'a'))), await errorOf(() => sess.run(y, { 'nothing:0': 1 })),
      await errorOf(() => sess.run(y, feed(c, c as never))), await errorOf(() => sess.run('nothing:0')), await errorOf(() => sess.run(null as never)),
      await errorOf(() => sess.run(3 as never)),
    );
  },

  async conversions_of_feeds(say) {
    const kinds = ['float32', 'int32', 'uint8', 'bool', 'int64', 'float64'] as const;
    const holders = kinds.map((kind) => tf.placeholder(kind, null));
    await using sess = open();
    for (const holder of holders) {
      const line: unknown[] = [holder.dtype];
      for (const value of [1, 0, 300, [1, 0], [2.5, -1.5], true, [true, false], 2.5]) {
        const feeds: tf.Feeds = new Map([[holder, value]]);
        const error = await errorOf(() => sess.run(holder, feeds));
        line.push(error === 'none' ? await sess.run(holder, feeds) : error);
      }
      say(...line);
    }
  },

  async callables(say) {
    const a = tf.placeholder('float32', [], { name: 'a' });
    const b = tf.placeholder('float32', [], { name: 'b' });
    const c = tf.subtract(a, b);
    const d = tf.constant(4);
    const sess = open();
    const minus = sess.makeCallable(c, { feedList: [a, b] });
    say(await minus(5, 3), await sess.makeCallable([d, { d }])(), await sess.makeCallable(d.op)());
    const closed = sess.makeCallable(d);
    await sess.close();
    say(await errorOf(() => closed()), await errorOf(() => minus(1, 2)));
  },

  async named_collections(say) {
    const graph = tf.getDefaultGraph();
    const one = tf.constant(1, { name: 'scope/one' });
    const two = tf.constant(2, { name: 'other/two' });
    graph.addToCollection('mine', one);
    graph.addToCollection('mine', two);
    const names = (items: readonly unknown[]): string[] => items.map((item) => (item as tf.Tensor).name);
    say(names(graph.getCollection('mine')), names(graph.getCollection('mine', 'scope')), graph.getCollection('none'), graph.version);
    graph.finalize();
    say(await errorOf(() => tf.constant(3)), await errorOf(() => { graph.addToCollection('mine', 1); }));
  },

  async static_shapes(say) {
    const x = tf.placeholder('float32', [null, 4, 3], { name: 'x' });
    const tensors: tf.Tensor[] = [
      x, tf.reshape(x, [-1, 12]), tf.transpose(x, [0, 2, 1]), tf.reduceSum(x, 1), tf.expandDims(x, 0), tf.concat([x, x], 2),
      tf.stridedSlice(x, [0, 1], [0, 3], [1, 1], { beginMask: 1, endMask: 1 }), tf.stridedSlice(x, [0], [1], [1], { shrinkAxisMask: 1 }),
      tf.stack([x, x], 1), tf.tile(x, [1, 2, 1]), tf.shape(x),
    ];
    say(tensors.map((tensor) => tensor.shape));
    await using sess = open();
    say((await sess.run(tensors, new Map([[x, tf.HostTensor.zeros([2, 4, 3])]]))).map((value) => value.shape));
  },

  async reductions(say) {
    const x = tf.constant([[1, -2, 3], [4, 5, -6]]);
    await using sess = open();
    say(await sess.run({
      sum: tf.reduceSum(x), mean: tf.reduceMean(x, 0), max: tf.reduceMax(x, 1, { keepdims: true }), arg: tf.argmax(x, 1),
      any: tf.reduceAny(tf.greater(x, 4)), prod: tf.reduceProd(x, [0, 1]), softmax: tf.nn.softmax(x), norm: tf.norm(x),
    }));
  },

  async strings(say) {
    const words = tf.constant(['alpha', 'beta']);
    await using sess = open();
    say(await sess.run([
      tf.stringJoin([words, words], { separator: '-' }), tf.strings.length(words), tf.strings.substr(words, 1, 2), tf.asString(tf.constant([1, 2], { dtype: 'int32' })),
      tf.strings.upper(words),
    ]));
  },

  async structures(say) {
    const [a, b] = [tf.constant(1), tf.constant([2, 3])];
    await using sess = open();
    say(await sess.run([a, [b, [a]], { k: b, l: [a] }]), await sess.run([]), await sess.run({}), await sess.run([[], {}]), await sess.run(a.op), await sess.run([a.op, a, a]));
  },

  async sparse(say) {
    const holder = new tf.SparseTensor(tf.placeholder('int64', [null, null]), tf.placeholder('float32', [null]), tf.placeholder('int64', [null]));
    const fixed = new tf.SparseTensor(tf.constant([[0, 1], [2, 0]], { dtype: 'int64' }), tf.constant([5, 6]), tf.constant([3, 4], { dtype: 'int64' }));
    await using sess = open();
    const fed = await sess.run(holder, new Map([[holder, [[[0, 0]], [1], [2, 2]]]]));
    say(fed.indices, fed.values, fed.denseShape);
    const [value] = await sess.run([fixed]);
    say(value.indices, value.values, value.denseShape);
  },

  async interactive(say) {
    const sess = new tf.InteractiveSession({ backends });
    const x = tf.placeholder('float32', []);
    const y = tf.multiply(x, x);
    const v = new tf.Variable(3);
    await v.initializer.run();
    say(await y.eval({ feeds: new Map([[x, 3]]) }), await v.eval(), tf.getDefaultSession() === sess);
    await sess.close();
    say(tf.getDefaultSession() === undefined, await errorOf(() => y.eval({ feeds: new Map([[x, 1]]) })), await errorOf(() => sess.run(y, new Map([[x, 1]]))));
  },

  async default_sessions(say) {
    const a = tf.constant(1);
    const sess = open();
    say(await errorOf(() => a.eval()), await errorOf(() => a.op.run()));
    await sess.asDefault(async () => {
      say(await a.eval(), tf.getDefaultSession() === sess);
      const other = new tf.Graph().asDefault(() => tf.constant(2));
      say(await errorOf(() => other.eval()), await errorOf(() => other.eval({ session: sess })));
    });
    await sess.enter(async () => { say(await a.eval(), await errorOf(() => sess.enter(() => 1))); });
    say(await errorOf(() => sess.run(a)));
  },

  async checks(say) {
    const x = tf.placeholder('float32', [2], { name: 'x' });
    const ok = tf.assert(tf.reduceAll(tf.greater(x, 0)), [x]);
    const y = tf.controlDependencies([ok], () => tf.log(x));
    await using sess = open();
    say(await sess.run(y, new Map([[x, [1, 1]]])), await errorOf(() => sess.run(y, new Map([[x, [1, -1]]]))), await errorOf(() => sess.run(y)));
    const z = tf.gather(tf.constant([1, 2]), tf.placeholder('int32', [], { name: 'i' }));
    say(await sess.run(z, { 'i:0': 1 }), await errorOf(() => sess.run(z, { 'i:0': 2 })));
    say(
      await errorOf(() => tf.matmul(tf.zeros([2, 3]), tf.zeros([2, 3]))), await errorOf(() => tf.reshape(tf.zeros([4]), [3])),
      await errorOf(() => tf.add(tf.constant(1), tf.constant(1, { dtype: 'int32' }) as never)),
    );
  },

  async seeds(say) {
    tf.setRandomSeed(7);
    const u = tf.randomUniform([3], { seed: 3 });
    const n = tf.randomNormal([2], { seed: 1 });
    {
      await using sess = open();
      say(await sess.run(u), await sess.run(u), await sess.run(n));
    }
    await using sess = open();
    say(await sess.run(u), await sess.run(n));
  },

  async kept_on_the_device(say) {
    const a = tf.constant([1, 2]);
    const handle = tf.getSessionHandle(tf.multiply(a, 3));
    await using sess = open();
    const h = await sess.run(handle) as tf.TensorHandle;
    const [holder, value] = tf.getSessionTensor(h.handle, 'float32');
    say(await sess.run(tf.add(value, 1), new Map([[holder, h.handle]])), await h.eval());
    h.delete();
    say(await errorOf(() => sess.run(value, new Map([[holder, h.handle]]))));
  },
};
