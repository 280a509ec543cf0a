/** Sessions: what may be fetched and fed, in which order it is checked, steps in parts, callables, misuse. */
import * as tf from '@sessionflow/core';
import { backends, errorOf, errorsOf, open, textOf, type Programs } from './program.js';

const scalar = (name: string): tf.Tensor<'float32'> => tf.placeholder('float32', [], { name });

/** A value that the types of the call would refuse. */
const wrong = (value: unknown): never => value as never;

export const sessions: Programs = {
  async names_as_fetches(say) {
    const [, b] = tf.split(tf.constant([1, 2], { name: 'values' }), 2, { name: 'parts' });
    await using sess = open();
    say(await sess.run('parts:1'), await sess.run(['parts:0', 'values', 'values:0']), await sess.run({ op: 'parts', again: ['parts:0', b!] }));
    for (const name of ['gone', 'gone:0', 'parts:2', 'parts:-1', 'parts:x', 'parts:0:0', '^values', '', ':0', 'parts:']) say(name, await errorOf(() => sess.run(name)));
  },

  async fetches_that_are_none(say) {
    const a = tf.constant(1, { name: 'a' });
    const other = new tf.Graph().asDefault(() => tf.constant(2, { name: 'other' }));
    await using sess = open();
    say(await errorsOf(...[null, [null], { k: null }, 3, 2.5, [a, 3], other, other.op, [a, [other]]].map((fetch) => () => sess.run(wrong(fetch)))));
    say(await sess.run([]), (await sess.run([])).length === 0, await sess.run({}), await sess.run([[], {}, [{}]]), await sess.run([a.op]), await sess.run({ a: a.op, b: [a.op, a] }));
  },

  async orders_of_checks(say) {
    const graph = tf.getDefaultGraph();
    {
      await using sess = open();
      say(...await errorsOf(() => sess.run([]), () => sess.run(wrong(null)), () => sess.run('a:0', { 'b:0': 1 })));
    }
    const x = tf.placeholder('float32', [2], { name: 'x' });
    const y = tf.multiply(x, 2, { name: 'y' });
    graph.preventFeeding(y);
    const sess = open();
    const run = (fetch: tf.Fetches, ...feeds: (readonly [tf.FeedKey | tf.Operation, unknown])[]) => (): Promise<unknown> => sess.run(fetch, wrong(feeds));
    say(...await errorsOf(run('gone:0', ['also_gone:0', 1]), run('gone:0', [x, [1, 2, 3]]), run('gone:0', [x, [1, 2]])));
    say(...await errorsOf(run(y, [x, 'text']), run(y, [x, ['a', 'b', 'c']]), run(y, [x, [1, 2]], [y, [1, 2, 3]])));
    say(...await errorsOf(run(y, [y, [1, 2]]), run(y, [x, x]), run(y, ['x', [1, 2]]), run(y, [y.op, [1, 2]])));
    say(await textOf(run(y, ['x', [1, 2]])), await textOf(run(y, ['gone:0', 1])), (await textOf(run(y, [x.op, 1]))).slice(0, 50));
    await sess.close();
    say(await textOf(run(wrong(null))), await textOf(run('gone:0', ['gone', 1])), await textOf(() => sess.partialRunSetup([y], [x])), await textOf(() => sess.partialRun('h', y)));
  },

  async integers_as_feeds(say) {
    await using sess = open();
    for (const [kind, values] of [
      ['int8', [127, 128, -128, -129]], ['uint8', [255, 256, -1]], ['int16', [32767, 40000]], ['uint16', [65535, 65536]], ['int32', [2 ** 31 - 1, 2 ** 31]],
      ['int64', [2 ** 53, -(2n ** 63n)]], ['float32', [16777216, 2 ** 31]], ['float16', [2048, 65504]], ['float64', [2 ** 53]], ['bool', [0, 1, 2]],
      ['string', [1]], ['complex64', [3]],
    ] as const) {
      const x = tf.placeholder(kind, []);
      const y = tf.identity(x);
      for (const value of values) say(kind, String(value), await errorOf(() => sess.run(y, new Map([[x, value]]))));
    }
  },

  async feeds_are_converted(say) {
    const [f, i, b] = [tf.placeholder('float32'), tf.placeholder('int32'), tf.placeholder('bool')];
    const outs = { f: tf.add(f, 0), i: tf.add(i, 0), b: tf.logicalNot(b) };
    await using sess = open();
    const of = <D extends tf.DType>(out: tf.Tensor<D>, key: tf.Tensor, value: unknown): Promise<tf.HostTensor<D>> => sess.run(out, new Map([[key, wrong(value)]]));
    say(await of(outs.i, i, 2.75), await of(outs.i, i, [-2.75, 2.75]), await of(outs.i, i, true), await of(outs.f, f, [true, false]));
    say(await of(outs.f, f, [[1], [2]]), await of(outs.f, f, []), (await of(outs.f, f, [[], []])).shape.join() === '2,0', await of(outs.b, b, [0, 3]), await of(outs.b, b, 0.5));
    say(...await errorsOf(() => of(outs.f, f, [[1, 2], [3]]), () => of(outs.f, f, [1, [2]]), () => of(outs.i, i, 'a')));
    const ints = tf.HostTensor.from([[0, 1], [2, 3]], { dtype: 'int32' });
    say(await of(outs.f, f, ints), await of(outs.i, i, tf.HostTensor.from(3.9, { dtype: 'float64' })), await of(outs.f, f, tf.HostTensor.from(3, { dtype: 'int64' })));
    say((await sess.run([f, f], new Map([[f, 7]])))[1].dtype, await of(f, f, [1, 2]), await sess.run({ x: f, y: outs.f }, new Map([[f, 4]])));
  },

  async strings_as_feeds(say) {
    const s = tf.placeholder('string');
    const y = tf.stringJoin([s, '!']);
    const fixed = tf.placeholder('string', [2]);
    const length = tf.strings.length(s);
    await using sess = open();
    const of = (value: tf.FeedValue): Promise<tf.HostTensor> => sess.run(y, new Map([[s, value]]));
    say(await of('a'), await of(['a', 'bc']), await of([['x'], ['é']]), await of(tf.HostTensor.from(new TextEncoder().encode('bytes'), { dtype: 'string' })), await of(''));
    say(await sess.run(length, new Map([[s, ['\x00\x01', 'é', '']]])), await sess.run(s, new Map([[s, ['a\x00', 'b']]])));
    say(await errorOf(() => of(1)), await errorOf(() => sess.run(fixed, new Map([[fixed, ['a']]]))), await sess.run(tf.identity(fixed), new Map([[fixed, ['a', 'b']]])));
  },

  async shapes_of_feeds(say) {
    const some = tf.placeholder('float32', [null, 3], { name: 'some' });
    const single = scalar('scalar');
    const anything = tf.placeholder('float32', { name: 'anything' });
    const known = tf.constant([1, 2], { name: 'known' });
    const outs = new Map([some, single, anything, known].map((tensor) => [tensor, tf.add(tensor, 0)]));
    await using sess = open();
    for (const [key, value] of [
      [some, [[1, 2, 3]]], [some, [1, 2, 3]], [some, tf.HostTensor.zeros([0, 3])], [some, tf.HostTensor.zeros([2, 2])], [single, [1]], [single, 1], [anything, [[[1]]]],
      [known, [3, 4]], [known, [3, 4, 5]], [known, 3],
    ] as const) say(key.op.name, tf.HostTensor.from(value).shape, await errorOf(() => sess.run(outs.get(key)!, new Map([[key, value]]))));
    const reshaped = tf.reshape(anything, [2, -1]);
    const more = tf.add(reshaped, 1);
    say(reshaped.shape, await sess.run(reshaped, new Map([[anything, [1, 2, 3, 4]]])), await errorOf(() => sess.run(reshaped, new Map([[anything, [1, 2, 3]]]))), await sess.run(more, new Map([[reshaped, [[5], [6]]]])));
  },

  async inner_tensors_as_feeds(say) {
    const x = scalar('x');
    const a = tf.multiply(x, 2, { name: 'a' });
    const parts = tf.split(tf.fill([2], a), 2, { name: 'parts' });
    const total = tf.addN([parts[0]!, parts[1]!, tf.reshape(a, [1])], { name: 'total' });
    const v = new tf.Variable(5, { name: 'v' });
    const read = tf.add(v, 1);
    await using sess = open();
    say(await sess.run(total, new Map([[a, 10]])), await sess.run(total, [[parts[0]!, [100]], [x, 1]]), await sess.run(total, { 'parts:1': [7], 'parts:0': [8], 'a:0': 1 }));
    say(await sess.run(read, new Map([[v, 4]])), await errorOf(() => sess.run(read)), await sess.run(total, new Map([[total, [3]]])), await sess.run([total, a], [[total, [3]], [x, 2]]));
    say(...await errorsOf(() => sess.run(total, new Map([[parts[0]!, [1]]])), () => sess.run([a, total], new Map([[total, [0]]]))));
  },

  async control_dependencies_of_fed_nodes(say) {
    const counter = new tf.Variable(0, { name: 'counter', dtype: 'int32' });
    const bump = tf.assignAdd(counter, 1);
    const a = tf.controlDependencies([bump], () => tf.identity(tf.constant(1), { name: 'a' }));
    const b = tf.add(a, 1, { name: 'b' });
    const c = tf.controlDependencies([a], () => tf.constant(9, { name: 'c' }));
    await using sess = open();
    await sess.run(counter.initializer);
    say(
      await sess.run(b), await sess.run(counter), await sess.run(b, new Map([[a, 5]])), await sess.run(counter), await sess.run(c, new Map([[a, 5]])), await sess.run(counter),
      await sess.run(a, new Map([[a, 3]])), await sess.run(counter),
    );
  },

  async structures_of_all_kinds(say) {
    const a = tf.constant(1, { name: 'a', dtype: 'int32' });
    const b = tf.constant([true, false], { name: 'b' });
    const s = new tf.SparseTensor(tf.constant([[0]], { dtype: 'int64' }), tf.constant([2]), tf.constant([3], { dtype: 'int64' }));
    await using sess = open();
    const pair = await sess.run({ left: a, right: { b, list: [a, { left: b, right: a.op }] } });
    say(pair.left, pair.right.b, pair.right.list[0], pair.right.list[1].left, pair.right.list[1].right);
    const map = await sess.run(new Map<string, tf.Fetches>([['z', a], ['a', [s, [a, b]]]])) as Map<string, readonly [tf.SparseTensorValue, unknown]>;
    const [sparse, list] = map.get('a')!;
    say([...map.keys()], sparse.values, sparse.denseShape, list);
    say(await sess.run([a, a, [a]]), await sess.run({ x: 'a:0', y: 'a' }), await sess.run([a, [b]]));
  },

  async sparse_feeds(say) {
    const free = tf.sparsePlaceholder('float32');
    const fixed = tf.sparsePlaceholder('float32', [2, 3]);
    const partly = tf.sparsePlaceholder('float32', [null, 3]);
    const value = new tf.SparseTensorValue(tf.HostTensor.from([[0, 1]], { dtype: 'int64' }), tf.HostTensor.from([5]), tf.HostTensor.from([2, 3], { dtype: 'int64' }));
    await using sess = open();
    for (const holder of [free, fixed, partly]) {
      const out = await sess.run(holder, new Map([[holder, value]]));
      say(out.indices, out.values, out.denseShape, holder.denseShape.op.type);
      const dense = tf.sparseToDense(holder.indices, holder.denseShape, holder.values, 0);
      say(await sess.run(dense, new Map([[holder, value]])), await sess.run(dense, new Map([[holder, [[[1, 2]], [4], [2, 3]]]])));
    }
    say((await sess.run(fixed, new Map([[fixed, [[[1, 1]], [1]]]]))).values, ...await errorsOf(() => sess.run(free, new Map([[free, 1]])), () => sess.run(free, new Map([[free, [[[1, 1]], [1]]]]))));
    const slices = new tf.IndexedSlices(tf.placeholder('float32', [null, 2]), tf.placeholder('int32', [null]), tf.placeholder('int32', [2]));
    const full = await sess.run(slices, new Map([[slices, [[[1, 2]], [3], [5, 2]]]]));
    say(full.values, full.indices, full.denseShape);
    const bare = new tf.IndexedSlices(tf.placeholder('float32', [null, 2]), tf.placeholder('int32', [null]));
    const out = await sess.run(bare, new Map([[bare, [[[1, 2]], [3]]]]));
    say(out.values, out.indices, out.denseShape === null);
  },

  async keys_that_nest(say) {
    const [a, b, c] = [scalar('a'), scalar('b'), scalar('c')];
    const y = tf.add(tf.add(a, tf.multiply(10, b)), tf.multiply(100, c));
    await using sess = open();
    const run = (...feeds: readonly (readonly [unknown, unknown])[]): Promise<unknown> => sess.run(y, wrong(feeds));
    say(await run([[a, b], [1, 2]], [c, 3]), await run([[a, [b, c]], [1, [2, 3]]]), await run([[a, b, c], [4, 5, 6]]));
    say(...await errorsOf(() => run([[a, b], [1]], [c, 3]), () => run([[a, b], [1, 2]], [a, 3]), () => run([[a, 'gone:0'], [1, 2]]), () => sess.run(y, wrong([1]))));
    say(await run([a, 1], [b, 1], [c, 1], ['a:0', 2]));
  },

  async callables_of_all_kinds(say) {
    const [x, y] = [scalar('x'), scalar('y')];
    const c = tf.constant(3, { name: 'c' });
    const v = new tf.Variable(1, { name: 'v' });
    const bump = v.assignAdd(2);
    await using sess = open();
    await sess.run(v.initializer);
    say(
      await sess.makeCallable(c)(), await sess.makeCallable([c, 'c:0'])(), await sess.makeCallable({ k: c, op: bump.op })(), await sess.makeCallable(bump.op)(), await sess.run(v),
      await sess.makeCallable(v)(),
    );
    say(...await errorsOf(sess.makeCallable([]), () => sess.makeCallable('gone:0'), () => sess.makeCallable(wrong(null)), () => sess.makeCallable(c, wrong({ feedList: 3 }))));
    const both = sess.makeCallable([tf.subtract(x, y), x], { feedList: [x, y] });
    const loose = both as (...values: readonly unknown[]) => Promise<unknown>;
    say(await both(5, 3), await loose(5, 3, 99), ...await errorsOf(() => loose(5), () => both(5, 'a'), () => both([1, 2], 3)));
    const double = tf.multiply(x, 2);
    const unknown = sess.makeCallable(c, { feedList: ['gone:0'] });
    say(
      await sess.makeCallable(c, { feedList: [] })(), await sess.makeCallable(double, { feedList: ['x:0'] })(4),
      ...await errorsOf(() => sess.makeCallable(double)(), () => (unknown as () => Promise<unknown>)(), () => unknown(1)),
    );
    const options = { traceLevel: 'SOFTWARE_TRACE' } as const;
    const metadata: tf.RunMetadata = {};
    await sess.makeCallable(tf.add(c, 1), { acceptOptions: true })({ options, metadata });
    say((metadata.stepStats?.devStats?.length ?? 0) > 0);
    const more: tf.RunMetadata = {};
    say(await sess.makeCallable(tf.multiply(x, 3), { feedList: [x] })(2, { options, metadata: more }), (more.stepStats?.devStats?.length ?? 0) > 0);
  },

  async callables_and_a_growing_graph(say) {
    const c = tf.constant(3, { name: 'c' });
    await using sess = open();
    const call = sess.makeCallable(c);
    const d = tf.multiply(c, 2);
    say(await call(), await sess.run(d), await call(), await sess.makeCallable(d)());
    const feed = tf.placeholder('float32', []);
    const later = sess.makeCallable('later:0', { feedList: [feed] });
    say(await errorOf(() => later(1)));
    tf.add(feed, 1, { name: 'later' });
    say(await later(1));
  },

  async parts_of_steps(say) {
    const [x, y] = [scalar('x'), scalar('y')];
    const counter = new tf.Variable(0, { name: 'counter' });
    const a = tf.add(counter.assignAdd(1), x, { name: 'a' });
    const b = tf.multiply(a, y, { name: 'b' });
    await using sess = open();
    await sess.run(counter.initializer);
    let h = await sess.partialRunSetup([a, b, b.op], [x, y]);
    say(
      await errorOf(() => sess.partialRun(h, b, new Map([[x, 1]]))), await sess.partialRun(h, a, new Map([[x, 10]])), await sess.partialRun(h, [], new Map([[y, 3]])), await sess.partialRun(h, [b]),
      await sess.run(counter),
    );
    say(...await errorsOf(() => sess.partialRun(h, b), () => sess.partialRun('nothing', b)));
    h = await sess.partialRunSetup([a, b], [x, y]);
    say(await sess.partialRun(h, { b, l: [a] }, [[x, 1], [y, 2]]), await errorOf(() => sess.partialRun(h, a)));
    h = await sess.partialRunSetup([b], ['a:0', y]);
    say(await sess.partialRun(h, b, [['a:0', 5], [y, 5]]));
    say(...await errorsOf(() => sess.partialRunSetup([], [x]), () => sess.partialRunSetup(wrong(null), [x])));
    h = await sess.partialRunSetup([a, b], [x, y]);
    say(...await errorsOf(() => sess.partialRun(h, a.op), () => sess.partialRun(h, 'a')), Number((await sess.partialRun(h, a, new Map([[x, 1]]))).item()) > 0, await sess.partialRun(h, []));
    h = await sess.partialRunSetup([b], []);
    say(...await errorsOf(() => sess.partialRun(h, b), () => sess.partialRun(h, b)));
  },

  async sessions_left_and_entered(say) {
    const a = tf.constant(1);
    const sess = open();
    await sess.enter(async () => { say(tf.getDefaultSession() === sess, sess.graph === tf.getDefaultGraph(), await textOf(() => sess.enter(() => 1))); });
    say(await textOf(() => sess.run(a)), tf.getDefaultSession() === undefined);
    await sess.asDefault(async () => { say(await textOf(() => a.eval()), await textOf(() => a.op.run())); });
    await sess.close();
    const kept = open();
    say(await textOf(() => kept.enter(() => { throw new tf.ValueError('mine'); })), await errorOf(() => kept.run(a)));
    const [first, second] = [open(), open()];
    await first.enter(async () => {
      await second.enter(async () => { say(tf.getDefaultSession() === second, await a.eval(), await a.eval({ session: first })); });
      say(tf.getDefaultSession() === first, await errorOf(() => a.eval({ session: second })), await a.eval());
    });
  },

  async graphs_of_sessions(say) {
    const graph = new tf.Graph();
    const inside = graph.asDefault(() => tf.constant(2, { name: 'c' }));
    const outside = tf.constant(3, { name: 'c' });
    await open(graph).enter(async (sess) => {
      const made = tf.constant(4, { name: 'made' });
      say(made.graph === graph, await inside.eval(), await errorOf(() => outside.eval()), await sess.run('c:0'), await sess.run('made:0'));
    });
    await open().enter(async (sess) => {
      const names = (): unknown[] => sess.graphDef.node!.map(({ name }) => name);
      say(await sess.run('c:0'), await errorOf(() => sess.run(inside)), names());
      tf.constant(5, { name: 'later' });
      say(names(), await sess.run('later:0'));
    });
    const bad = (options: unknown) => (): unknown => new tf.Session(wrong(options));
    say((await textOf(bad({ target: 'nowhere' }))).slice(0, 45), ...await errorsOf(bad({ graph: 3 }), bad({ target: 3 }), bad({ config: 3 })));
    await using session = open(graph);
    say(await textOf(() => outside.eval({ session })), await textOf(() => outside.op.run({ session })));
  },

  async interactive_sessions(say) {
    const x = scalar('x');
    const y = tf.multiply(x, 2, { name: 'y' });
    const unplaceable = tf.device('/gpu:7', () => tf.constant(1, { name: 'unplaceable' }));
    const fed = { 'x:0': 1 };
    {
      await using sess = open();
      say(await errorOf(() => sess.run(y, fed)));
    }
    const shell = new tf.InteractiveSession({ backends, config: { logDevicePlacement: false } });
    say(shell.configProto.graphOptions?.placePrunedGraph, await y.eval({ feeds: { 'x:0': 4 } }), await errorOf(() => unplaceable.eval()));
    await new tf.Graph().asDefault(async () => {
      const z = tf.constant(1);
      say(await errorOf(() => z.eval()), tf.getDefaultSession() === shell);
    });
    await shell.close();
    await shell.close();
    say(tf.getDefaultSession() === undefined, await textOf(() => shell.run(y, fed)));
  },

  async interactive_sessions_closed_in_the_wrong_order(say) {
    tf.constant(1);
    const logger: tf.Logger = { info: () => undefined, warning: () => undefined, error: () => undefined };
    const first = new tf.InteractiveSession({ backends, logger });
    const second = new tf.InteractiveSession({ backends, logger });
    say(
      tf.getDefaultSession() === second, await errorOf(() => first.close()), tf.getDefaultSession() === second, await errorOf(() => first.run([])), await errorOf(() => second.close()),
      tf.getDefaultSession() === first,
    );
    say(await errorOf(() => first.close()));
  },

  async marked_operations(say) {
    const graph = tf.getDefaultGraph();
    const x = tf.constant(1, { name: 'x' });
    const parts = tf.split(tf.constant([1, 2]), 2, { name: 'parts' });
    const y = tf.add(x, 1, { name: 'y' });
    graph.preventFetching(y.op);
    graph.preventFetching(parts[0]!.op);
    graph.preventFeeding(x);
    await using sess = open();
    say(...await errorsOf(() => sess.run(y), () => sess.run(y.op), () => sess.run({ k: [parts[1]!] })), await sess.run(tf.identity(y)));
    say(
      ...await errorsOf(() => sess.run(x, new Map([[x, 1]])), () => sess.run(x, new Map([[x, [1, 2]]]))),
      graph.isFeedable(x), graph.isFeedable(y), graph.isFetchable(y), graph.isFetchable(parts[1]!), graph.isFetchable(x),
    );
    say(...await errorsOf(() => sess.makeCallable(y), () => sess.partialRunSetup([y])));
  },

  async errors_name_their_operation(say) {
    const x = tf.placeholder('float32', [2, 3], { name: 'in/x' });
    const i = tf.placeholder('int32', [], { name: 'i' });
    const picked = tf.gather(tf.constant([1, 2]), i, { name: 'picked' });
    const other = new tf.Variable(1, { name: 'handle', useResource: true });
    await using sess = open();
    for (const [fetch, feeds] of [
      [tf.add(x, 1), {}], [picked, { 'i:0': 5 }], [other, {}], [tf.floordiv(i, 0, { name: 'quotient' }), { 'i:0': 1 }],
      [tf.reshape(x, tf.stack([i, 3]), { name: 'shaped' }), { 'in/x:0': tf.HostTensor.zeros([2, 3]), 'i:0': 3 }],
    ] as const) {
      try {
        await sess.run(fetch, feeds);
      } catch (error) {
        if (!(error instanceof tf.OpError)) throw error;
        say(error.name, error.errorCode, error.op?.name ?? null, error.op?.type ?? null, error.nodeDef?.name ?? null);
      }
    }
  },

  async assigning_what_is_fed(say) {
    const v = new tf.Variable(1, { name: 'v' });
    const w = new tf.Variable(1, { name: 'w', useResource: true });
    const sets = [v.assign(2), v.assignAdd(1), w.assign(2)];
    await using sess = open();
    await sess.run(tf.globalVariablesInitializer());
    say(await errorsOf(...sets.map((set) => () => sess.run(set, new Map([[v, 5]])))), await sess.run([v, w]));
    const [more, read] = [tf.add(v, 1), w.value()];
    say(await sess.run(v, new Map([[v, 5]])), await sess.run(more, new Map([[v, 5]])), await sess.run(tf.add(read, 1), new Map([[read, 5]])), await sess.run([v, w]));
  },
};
