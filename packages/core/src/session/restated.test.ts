/** What TensorFlow's own tests show of sessions (session_test.py, session_partial_run_test.py, direct_session_test.cc), where no other test here does. */
import { describe, expect, it, vi } from 'vitest';
import * as tf from '../index.js';
import { AssertionError, InvalidArgumentError, OpError, RuntimeError, TensorHandle, ValueError } from '../index.js';

const quiet: tf.Logger = { info: () => undefined, warning: () => undefined, error: () => undefined };
const open = (graph: tf.Graph, options: tf.SessionOptions = {}): tf.Session => new tf.Session({ graph, backends: [tf.reference()], logger: quiet, ...options });
const scalars = (...names: readonly string[]): tf.Tensor<'float32'>[] => names.map((name) => tf.placeholder('float32', [], { name }));

describe('a graph that grows under a session', () => {
  it('is extended between runs, while runs are under way, and keeps its state', async () => {
    const graph = new tf.Graph();
    const [v, init] = graph.asDefault(() => [new tf.Variable([[4, 4, 4]], { name: 'v' }), tf.globalVariablesInitializer()]);
    await using session = open(graph);
    await session.run(init);
    const made: tf.Tensor[] = [];
    const results = await Promise.all(Array.from({ length: 30 }, async (_, i) => {
      const tensor = graph.asDefault(() => tf.add(v, i));
      made.push(tensor);
      const value = await session.run(tensor);
      expect(session.graphDef.node?.some(({ name }) => name === tensor.op.name)).toBe(true);
      return value.toArray();
    }));
    expect(results).toEqual(Array.from({ length: 30 }, (_, i) => [[4 + i, 4 + i, 4 + i]]));
    const set = graph.asDefault(() => tf.assign(v, [[6, 6, 6]]));
    expect((await session.run(v)).toArray()).toEqual([[4, 4, 4]]);
    await session.run(set.op);
    expect((await session.run([v, made[2]!])).map((value) => value.toArray())).toEqual([[[6, 6, 6]], [[8, 8, 8]]]);
  });

  it('is refused as long as it cannot be placed, and keeps what ran before', async () => {
    const graph = new tf.Graph();
    const a = graph.asDefault(() => tf.add(tf.constant(1), 1, { name: 'a' }));
    await using session = open(graph);
    expect((await session.run(a)).item()).toBe(2);
    const bad = graph.asDefault(() => tf.device('/gpu:3', () => tf.add(a, 1, { name: 'bad' })));
    for (const fetch of [bad, a, bad]) await expect(session.run(fetch)).rejects.toThrow('Cannot assign a device for operation bad');
  });

  it('belongs to nobody: two sessions run it, each with its own state', async () => {
    const graph = new tf.Graph();
    const [v, add] = graph.asDefault(() => {
      const v = new tf.Variable(0, { name: 'v' });
      return [v, v.assignAdd(1)] as const;
    });
    await using first = open(graph);
    await using second = open(graph);
    await Promise.all([first, second].map((session) => session.run(v.initializer)));
    for (let i = 0; i < 3; i++) await first.run(add);
    expect(await Promise.all([first, second].map(async (session) => (await session.run(v)).item()))).toEqual([3, 0]);
  });
});

describe('a session that closes', () => {
  it('ends a program that runs until it is told', async () => {
    const graph = new tf.Graph();
    const c = graph.asDefault(() => tf.add(tf.constant(5), 0));
    const session = open(graph);
    let count = 0;
    let enough = (): void => undefined;
    const often = new Promise<void>((resolve) => { enough = resolve; });
    const program = (async () => {
      for (;;) {
        await session.run(c);
        if (++count === 20) enough();
      }
    })();
    const outcome = expect(program).rejects.toThrow(/^(Attempted to use a closed Session\.|Run call was cancelled|Session has been closed\.)/);
    await often;
    await session.close();
    await outcome;
    expect(count).toBeGreaterThanOrEqual(20);
  });

  it('never ran, and that is well', async () => {
    await open(new tf.Graph()).close();
    await new tf.Session({ graph: new tf.Graph(), backends: [] }).close();
  });

  it('may hold an exception up for 30 seconds at most, and says so; one that is exactly an OpError is told', async () => {
    vi.useFakeTimers();
    try {
      const errors: string[] = [];
      const session = open(new tf.Graph(), { logger: { ...quiet, error: (text) => errors.push(text) } });
      let release = (): void => undefined;
      const close = session.close.bind(session);
      session.close = () => new Promise<void>((resolve) => { release = resolve; }).then(close);
      const outcome = expect(session.enter(() => { throw new OpError('INTERNAL', 'mine'); })).rejects.toThrow('mine');
      await vi.advanceTimersByTimeAsync(29_999);
      expect(errors).toEqual(['Session closing due to OpError: mine']);
      await vi.advanceTimersByTimeAsync(1);
      await outcome;
      expect(errors[1]).toBe('Session failed to close after 30 seconds. Continuing after this point may leave your program in an undefined state.');
      release();
      await close();
    } finally {
      vi.useRealTimers();
    }
  });

  it('clears containers, and leaves other sessions nothing to find, by Session.reset', async () => {
    const graph = new tf.Graph();
    const [v, w] = graph.asDefault(() => [graph.container('mine', () => new tf.Variable(1, { name: 'v' })), new tf.Variable(2, { name: 'w' })]);
    const session = open(graph);
    await session.run([v.initializer, w.initializer]);
    await expect(tf.Session.reset('grpc://nowhere:1')).rejects.toThrow(tf.errors.NotFoundError);
    await expect(tf.Session.reset('', [], { nothing: 1 } as object)).rejects.toThrow(/nothing/);
    expect((await session.run(v)).item()).toBe(1);
    await tf.Session.reset('', ['mine']);
    await expect(session.run(w)).rejects.toThrow(new RuntimeError('Attempted to use a closed Session.'));
  });
});

describe('default graphs and sessions', () => {
  it('belong to each of many tasks that interleave', async () => {
    const values = await Promise.all(Array.from({ length: 10 }, (_, i) => new tf.Graph().asDefault(async (graph) => {
      const session = open(graph);
      return session.enter(async () => {
        const v = new tf.Variable([1, 1], { name: `var_${i}` });
        await Promise.resolve();
        expect(tf.getDefaultGraph()).toBe(graph);
        await v.initializer.run();
        const set = v.assign([i, i]);
        await set.eval();
        expect(tf.getDefaultSession()).toBe(session);
        return (await v.eval()).toArray();
      });
    })));
    expect(values).toEqual(Array.from({ length: 10 }, (_, i) => [i, i]));
    expect(tf.getDefaultSession()).toBeUndefined();
  });

  it('of InteractiveSessions nest among others, warn while another is open, and place what a run needs only', async () => {
    const graph = new tf.Graph();
    const x = graph.asDefault(() => tf.constant(2, { name: 'x' }));
    graph.asDefault(() => tf.device('/gpu:9', () => tf.neg(x, { name: 'elsewhere' })));
    const warnings: string[] = [];
    const logger: tf.Logger = { ...quiet, warning: (text) => warnings.push(text) };
    const shell = (options: tf.SessionOptions = {}): tf.InteractiveSession => new tf.InteractiveSession({ graph, backends: [tf.reference()], logger, ...options });
    const plain = shell();
    expect([plain.configProto.gpuOptions?.allowGrowth, plain.configProto.graphOptions?.placePrunedGraph, warnings.length]).toEqual([true, true, 0]);
    expect((await x.eval()).item()).toBe(2);
    const given = Object.freeze({ graphOptions: Object.freeze({ inferShapes: true }) });
    const inner = shell({ config: given });
    expect(inner.configProto).toMatchObject({ graphOptions: { inferShapes: true, placePrunedGraph: true } });
    expect([inner.configProto.gpuOptions, given]).toEqual([undefined, { graphOptions: { inferShapes: true } }]);
    expect(warnings).toHaveLength(1);
    const own = {};
    const nested = { graphOptions: { inferShapes: true } };
    const { graphOptions } = nested;
    for (const config of [own, nested]) await shell({ config }).close();
    expect([own, nested]).toEqual([{ graphOptions: { placePrunedGraph: true } }, { graphOptions: { inferShapes: true, placePrunedGraph: true } }]);
    expect(nested.graphOptions).toBe(graphOptions);
    {
      await using session = open(graph);
      using _scope = session.asDefault();
      expect(tf.getDefaultSession()).toBe(session);
      await expect(inner.close()).rejects.toThrow(new AssertionError('Nesting violated for default stack of InteractiveSession objects'));
    }
    expect(tf.getDefaultSession()).toBe(inner);
    await expect(inner.run(x)).rejects.toThrow('Attempted to use a closed Session.');
  });
});

describe('partial runs', () => {
  it('take many parts, which give what one run gives', async () => {
    const graph = new tf.Graph();
    const { inputs, outputs } = graph.asDefault(() => {
      const inputs = Array.from({ length: 60 }, () => tf.placeholder('float32', []));
      let product: tf.Tensor<'float32'> = tf.constant(2);
      return { inputs, outputs: inputs.map((input) => (product = tf.multiply(product, input))) };
    });
    await using session = open(graph);
    const handle = await session.partialRunSetup(outputs, inputs);
    const parts: unknown[] = [];
    for (const [i, input] of inputs.entries()) parts.push((await session.partialRun(handle, outputs[i]!, [[input, i % 2 === 0 ? 2 : 0.5]])).item());
    const whole = await session.run(outputs, inputs.map((input, i) => [input, i % 2 === 0 ? 2 : 0.5] as const));
    expect(parts).toEqual(whole.map((value) => value.item()));
    expect(parts.at(-1)).toBe(2);
  });

  it('feed outputs of one node apart, need no feeds, miss placeholders in words, and end with the session', async () => {
    const graph = new tf.Graph();
    const { first, second, sum, constants, missing } = graph.asDefault(() => {
      const [first, second] = tf.split(tf.constant([1, 2]), 2) as [tf.Tensor<'float32'>, tf.Tensor<'float32'>];
      const two = tf.multiply(tf.constant(2), 2);
      const [x] = scalars('x');
      return { first, second, sum: tf.add(first, second), constants: [two, tf.multiply(two, 3)], missing: [tf.multiply(x!, 2), tf.multiply(x!, 3)] };
    });
    const session = open(graph);
    const fed = await session.partialRunSetup([sum], [first, second]);
    expect(await session.partialRun(fed, [], [[first, [10]]])).toEqual([]);
    expect((await session.partialRun(fed, sum, [[second, [20]]])).toArray()).toEqual([30]);
    const bare = await session.partialRunSetup(constants);
    expect((await session.partialRun(bare, constants)).map((value) => value.item())).toEqual([4, 12]);
    expect((await session.run(constants)).map((value) => value.item())).toEqual([4, 12]);
    const incomplete = await session.partialRunSetup(missing, []);
    await expect(session.partialRun(incomplete, missing[0]!)).rejects.toThrow(/^You must feed a value for placeholder tensor 'x' with dtype float/);
    const [queue] = graph.asDefault(() => [new tf.FIFOQueue(1, 'float32', { shapes: [[]] })]);
    const waits = graph.asDefault(() => queue.dequeue() as tf.Tensor);
    const waiting = session.partialRun(await session.partialRunSetup([waits]), waits);
    const outcome = expect(waiting).rejects.toThrow(new tf.errors.CancelledError('PRun cancellation'));
    await session.listDevices();
    await session.close();
    await outcome;
  });
});

describe('the runtime', () => {
  it('takes feeds and fetches in any order, a tensor many times, and many runs at once', async () => {
    const graph = new tf.Graph();
    const { a, b, difference, double } = graph.asDefault(() => {
      const [a, b] = scalars('a', 'b') as [tf.Tensor<'float32'>, tf.Tensor<'float32'>];
      return { a, b, difference: tf.subtract(a, b), double: tf.multiply(a, 2) };
    });
    await using session = open(graph);
    const feeds = [[a, 7], [b, 3]] as const;
    for (const pairs of [feeds, [...feeds].reverse()]) {
      expect((await session.run([difference, double, difference], pairs)).map((value) => value.item())).toEqual([4, 14, 4]);
      expect((await session.run([double, b, difference], pairs)).map((value) => value.item())).toEqual([14, 3, 4]);
    }
    const results = await Promise.all(Array.from({ length: 200 }, (_, i) => session.run(difference, [[a, i], [b, 1]])));
    expect(results.map((value) => value.item())).toEqual(Array.from({ length: 200 }, (_, i) => i - 1));
  });

  it('hands the error of an op on, with its node, and goes on', async () => {
    const graph = new tf.Graph();
    const { i, picked, fine } = graph.asDefault(() => {
      const i = tf.placeholder('int32', [], { name: 'i' });
      return { i, picked: tf.gather(tf.constant([1, 2]), i, { name: 'picked' }), fine: tf.add(i, 1) };
    });
    await using session = open(graph);
    const error = await session.run([fine, picked], [[i, 7]]).then(() => undefined, (thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({ code: 3, codeName: 'INVALID_ARGUMENT', op: picked.op });
    expect((await session.run([fine, picked], [[i, 1]])).map((value) => value.item())).toEqual([2, 2]);
  });

  it('keeps handles for callables, too', async () => {
    const graph = new tf.Graph();
    const { handle, y, twice } = graph.asDefault(() => {
      const [x, y] = scalars('x', 'y') as [tf.Tensor<'float32'>, tf.Tensor<'float32'>];
      return { handle: tf.getSessionHandle(tf.multiply(x, 2)), y, twice: tf.add(y, y) };
    });
    await using session = open(graph);
    const keep = session.makeCallable(handle, { feedList: ['x:0'] });
    const use = session.makeCallable(twice, { feedList: [y] });
    const kept = await keep(3);
    expect(kept).toBeInstanceOf(TensorHandle);
    expect((await use(kept)).item()).toBe(12);
  });
});

describe('types that a program registers', () => {
  it('go from the latest to the first, and may not hide one that is there', async () => {
    class Pair { constructor(readonly left: tf.Tensor, readonly right: tf.Tensor) {} }
    class Twins extends Pair {}
    tf.registerSessionRunConversionFunctions(
      Pair, ({ left, right }) => [[left, right], (values) => ({ pair: values })], ({ left, right }, value) => { const [l, r] = value as readonly number[]; return [[left, l], [right, r]]; },
      ({ left, right }) => [left, right],
    );
    tf.registerSessionRunConversionFunctions(Twins, ({ left }) => [[left], ([value]) => ({ twin: value })]);
    for (const taken of [Pair, Twins, Object, tf.SparseTensor, tf.IndexedSlices]) {
      expect(() => { tf.registerSessionRunConversionFunctions(taken as typeof Pair, () => [[], () => null]); }).toThrow(new ValueError(`${taken.name} has already been registered so ignore it.`));
    }
    const graph = new tf.Graph();
    const { pair, twins, sum } = graph.asDefault(() => {
      const [a, b] = scalars('a', 'b') as [tf.Tensor<'float32'>, tf.Tensor<'float32'>];
      return { pair: new Pair(a, b), twins: new Twins(a, b), sum: tf.add(a, b) };
    });
    await using session = open(graph);
    const plain = (value: unknown): unknown => (value instanceof tf.HostTensor ? value.item() : value);
    const out: unknown = await session.run([pair, twins, sum] as never, [[pair as never, [3, 4]]]);
    expect(JSON.parse(JSON.stringify(out, (_key, value: unknown) => plain(value)))).toEqual([{ pair: [3, 4] }, { twin: 3 }, 7]);
    const handle = await session.partialRunSetup([sum], [pair as never]);
    expect((await session.partialRun(handle, sum, [[pair as never, [5, 6]]])).item()).toBe(11);
  });
});
