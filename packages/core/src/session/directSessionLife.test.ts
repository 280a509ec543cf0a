/** Names, threads, state and the end of sessions, as TensorFlow's direct_session_test.cc shows them; docs/restated-tests.md says which test of it is shown where. */
import { describe, expect, it } from 'vitest';
import * as tf from '../index.js';
import { GraphDef, parseText, type RunMetadata } from '../proto/index.js';

const silent: tf.Logger = { info: () => undefined, warning: () => undefined, error: () => undefined };
const open = (graph: tf.Graph, config: NonNullable<tf.SessionOptions['config']> = {}): tf.Session => new tf.Session({ graph, backends: [tf.reference()], config, logger: silent });

/** (x + y) of two constants that can be fed. */
function sum() {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const [x, y] = [tf.constant(3, { name: 'x' }), tf.constant(4, { name: 'y' })];
    const [one, two] = [tf.identity(x, { name: 'one' }), tf.identity(y, { name: 'two' })];
    return { graph, x, y, one, two, total: tf.identity(tf.add(one, two), { name: 'total' }) };
  });
}

describe('session_metadata', () => {
  const named = (version: number): NonNullable<tf.SessionOptions['config']> => ({ experimental: { sessionMetadata: { name: 'a model', version } } });

  it('is in the metadata of every run that asks for some, and of no session without it', async () => {
    const { graph, total } = sum();
    for (const [config, told] of [[named(3), { name: 'a model', version: 3 }], [{}, undefined]] as const) {
      await using session = open(graph, config);
      const runs: RunMetadata[] = [{}, {}, {}];
      await session.run(total, undefined, { metadata: runs[0]! });
      await session.makeCallable(total, { acceptOptions: true })({ options: { traceLevel: 1 }, metadata: runs[1]! });
      await session.makeCallableFromOptions({ fetch: ['total:0'] })([], { metadata: runs[2]! });
      expect(runs.map(({ sessionMetadata }) => sessionMetadata)).toEqual([told, told, told]);
      expect(runs.map(({ stepStats }) => stepStats !== undefined)).toEqual([false, true, false]);
    }
  });

  it('is that of one session at a time, where there is any', async () => {
    const { graph } = sum();
    const first = open(graph, named(0));
    expect(() => open(graph, named(0))).toThrow(tf.errors.InvalidArgumentError);
    expect(() => open(graph, named(0))).toThrow('A session with the same name and version has already been created: name: "a model" version: 0');
    const second = open(graph, named(1));
    await first.close();
    const again = open(graph, named(0));
    const unnamed = [open(graph), open(graph)];
    for (const session of [second, again, ...unnamed]) await session.close();
  });

  it('has no negative version', () => {
    expect(() => open(sum().graph, named(-1))).toThrow(tf.errors.InvalidArgumentError);
  });
});

describe('inter-op thread pools', () => {
  it('are chosen by number', async () => {
    const { graph, total } = sum();
    await using session = open(graph, { sessionInterOpThreadPool: [{}] });
    const on = (interOpThreadPool: number): Promise<tf.HostTensor> => session.run(total, undefined, { options: { interOpThreadPool } });
    for (const pool of [-2, 1]) await expect(on(pool)).rejects.toThrow(new tf.errors.InvalidArgumentError(`Invalid inter_op_thread_pool: ${pool}`));
    for (const pool of [-1, 0]) expect((await on(pool)).item()).toBe(7);
  });

  it('of one name have one size, though the sessions that had it are gone', async () => {
    const { graph } = sum();
    const config = (numThreads: number): NonNullable<tf.SessionOptions['config']> => ({ sessionInterOpThreadPool: [{ globalName: 'of direct_session', numThreads }] });
    const sessions = [open(graph, config(0)), open(graph, config(0))];
    for (let pass = 0; pass < 2; pass++) {
      for (let threads = 1; threads < 128; threads++) {
        expect(() => open(graph, config(threads))).toThrow(`Pool of direct_session configured previously with num_threads=0; cannot re-configure with num_threads=${threads}`);
      }
      for (const session of sessions.splice(0)) await session.close();
    }
  });

  const called = 'library { function { signature { name: "Taken" input_arg { name: "q" type: DT_RESOURCE } output_arg { name: "value" type: DT_FLOAT } } '
    + 'node_def { name: "take" op: "QueueDequeueV2" input: "q" attr { key: "component_types" value { list { type: DT_FLOAT } } } } ret { key: "value" value: "take:components:0" } } }';

  // There is nothing that a run could use up: however many wait, in whatever pool, the next one goes on.
  it.each(['of the graph', 'in a function'])('hold no run up for others that wait, in the same pool or in another, for an op %s', async (where) => {
    const graph = new tf.Graph();
    const { put, taken, x } = graph.asDefault(() => {
      const queue = new tf.FIFOQueue(8, 'float32', { shapes: [[]] });
      if (where === 'of the graph') return { put: queue.enqueue(1.25), taken: queue.dequeue() as tf.Tensor, x: tf.constant(7) };
      const text = `node { name: "queue" op: "Placeholder" attr { key: "dtype" value { type: DT_RESOURCE } } } node { name: "call" op: "Taken" input: "queue" } versions { producer: 26 } ${called}`;
      const [taken] = tf.importGraphDef(parseText(GraphDef, text), { inputMap: { queue: queue.queueRef }, returnElements: ['call:0'] }) as [tf.Tensor];
      return { put: queue.enqueue(1.25), taken, x: tf.constant(7) };
    });
    await using session = open(graph, { sessionInterOpThreadPool: [{}, { numThreads: 1 }], graphOptions: { optimizerOptions: { optLevel: 'L0' } } });
    const on = (interOpThreadPool: number, fetch: tf.Tensor): Promise<tf.HostTensor> => session.run(fetch, undefined, { options: { interOpThreadPool } });
    const done: string[] = [];
    const waiting = [1, 1, 0].map(async (pool) => {
      expect((await on(pool, taken)).item()).toBe(1.25);
      done.push('waited');
    });
    for (const pool of [1, 1, 0, 0, -1]) expect((await on(pool, x)).item()).toBe(7);
    expect(done).toEqual([]);
    for (const _ of waiting) await session.run(put);
    await Promise.all(waiting);
  });
});

describe('values that stay in the session', () => {
  it('are known by the text of their handle, which any string may be', async () => {
    const graph = new tf.Graph();
    const { handle, text, after, drop } = graph.asDefault(() => {
      const text = tf.constant('', { name: 'text' });
      return {
        handle: tf.getSessionHandle(tf.add(tf.identity(tf.constant(1)), 2)), text,
        after: tf.add(tf.rawOps.getSessionTensor(text, 'float32'), 2), drop: tf.rawOps.deleteSessionTensor(text),
      };
    });
    await using session = open(graph);
    const kept = await session.run(handle) as tf.TensorHandle;
    expect((await session.run(after, [[text, kept.handle]])).item()).toBe(5);
    expect(await session.run(drop, [[text, kept.handle]])).toBeNull();
    const [use, deleteIt] = [session.makeCallableFromOptions({ feed: ['text'], fetch: [after.name] }), session.makeCallableFromOptions({ feed: ['text'], target: [drop.name] })];
    await expect(use([tf.HostTensor.from(kept.handle)])).rejects.toThrow(`The tensor with handle '${kept.handle}' is not in the session store.`);
    const [second] = await session.makeCallableFromOptions({ fetch: [handle.name] })();
    expect((await use([second!]))[0]?.item()).toBe(5);
    expect(await deleteIt([second!])).toEqual([]);
    await expect(deleteIt([second!])).rejects.toThrow(tf.errors.InvalidArgumentError);
  });

  it('are variables, from run to run', async () => {
    const graph = new tf.Graph();
    const v = graph.asDefault(() => new tf.Variable(tf.fill([10], 20), { name: 'v' }));
    await using session = open(graph, { deviceCount: { CPU: 2 } });
    await session.run(v.initializer);
    expect((await session.run('v:0'))?.toArray()).toEqual(new Array(10).fill(20));
  });
});

describe('a run that waits for nothing', () => {
  const graph = new tf.Graph();
  const take = graph.asDefault(() => tf.device('/cpu:0', () => new tf.FIFOQueue(10, 'float32').dequeue() as tf.Tensor));

  it.each<[string, NonNullable<tf.SessionOptions['config']>, object]>([
    ['of the session', { operationTimeoutInMs: 50, deviceCount: { CPU: 2 } }, {}],
    ['of the run', {}, { timeoutInMs: 20 }],
    ['of the run, which counts more', { operationTimeoutInMs: 600_000 }, { timeoutInMs: 20 }],
  ])('ends by the timeout %s', async (_whose, config, options) => {
    await using session = open(graph, config);
    await expect(session.run(take.op, undefined, { options })).rejects.toThrow(new tf.errors.DeadlineExceededError('Timed out waiting for notification'));
  });
});

describe('a session that is finalized', () => {
  const refused = new tf.errors.FailedPreconditionError('Session has been finalized.');

  it('runs what it ran, with other values and shapes, and nothing else', async () => {
    const { graph, x, total } = sum();
    const wide = graph.asDefault(() => tf.neg(tf.placeholder('float32', null, { name: 'any' }), { name: 'wide' }));
    await using session = open(graph);
    await session.run(total, [[x, 1]]);
    await session.run([wide], { 'any:0': 1 });
    await session.finalize();
    await expect(session.finalize()).rejects.toThrow(new tf.errors.FailedPreconditionError('Session already finalized.'));
    expect((await session.run(total, [[x, 5]])).item()).toBe(9);
    expect((await session.run([wide], { 'any:0': [1, 2] }))[0].toArray()).toEqual([-1, -2]);
    for (const run of [() => session.run(total), () => session.run('one:0'), () => session.run([total.op]), () => session.partialRunSetup(['one:0']), () => session.explain(total)]) await expect(run()).rejects.toThrow(refused);
    graph.asDefault(() => tf.neg(total));
    await expect(session.run(total, [[x, 5]])).rejects.toThrow(refused);
  });

  it('calls the callables that it has, whether they were called before, and goes on with steps in parts', async () => {
    const { graph, total } = sum();
    await using session = open(graph);
    const made = [session.makeCallableFromOptions({ fetch: ['total:0'], target: ['one'] }), session.makeCallableFromOptions({ feed: ['x'], fetch: ['one:0'] })] as const;
    const plain = session.makeCallable(total);
    const handle = await session.partialRunSetup(['one:0', 'total:0'], ['x:0', 'y:0']);
    await made[0]();
    await session.finalize();
    expect((await made[0]())[0]?.item()).toBe(7);
    expect((await made[1]([tf.HostTensor.from(8)]))[0]?.item()).toBe(8);
    expect((await plain()).item()).toBe(7);
    expect((await session.partialRun(handle, ['one:0', 'total:0'], { 'x:0': 1, 'y:0': 2 })).map((value) => value.item())).toEqual([1, 3]);
    made[0].release();
    for (const make of [() => session.makeCallableFromOptions({ fetch: ['total:0'] }), () => session.makeCallable(total)]) expect(make).toThrow(refused);
    await expect(session.makeCallable(total, { feedList: ['x:0'] })(1)).rejects.toThrow(refused);
  });

  it('must have a graph, and be open', async () => {
    await expect(open(new tf.Graph()).finalize()).rejects.toThrow(tf.RuntimeError);
    const session = open(sum().graph);
    await session.close();
    await expect(session.finalize()).rejects.toThrow('Attempted to use a closed Session.');
  });
});

describe('after the end of its session', () => {
  /** A variable that was set, a callable that sets it, and a step in parts that has begun. */
  async function used(session: tf.Session, { set, v }: { readonly set: tf.Tensor; readonly v: tf.Variable }) {
    await session.run(set.op);
    expect((await session.run(v)).item()).toBe(1.25);
    const handle = await session.partialRunSetup(['one:0', 'total:0'], ['x:0', 'y:0']);
    expect((await session.partialRun(handle, 'one:0', { 'x:0': 30 }))?.item()).toBe(30);
    return { call: session.makeCallableFromOptions({ target: [set.op.name] }), handle };
  }

  it.each<[string, (session: tf.Session) => Promise<void>]>([['close', (session) => session.close()], ['Session.reset', () => tf.Session.reset('', [])]])('by %s nothing runs', async (_how, end) => {
    const { graph } = sum();
    const nodes = graph.asDefault(() => {
      const v = new tf.Variable(0, { name: 'v' });
      return { v, set: v.assign(1.25) };
    });
    const session = open(graph, { deviceCount: { CPU: 2 } });
    const { call, handle } = await used(session, nodes);
    await end(session);
    await expect(call()).rejects.toThrow(new tf.errors.CancelledError('Session has been closed.'));
    for (const run of [() => session.run(nodes.set.op), () => session.partialRun(handle, 'total:0', { 'y:0': 1 }), () => session.partialRunSetup(['one:0'])]) {
      await expect(run()).rejects.toThrow(new tf.RuntimeError('Attempted to use a closed Session.'));
    }
    await expect(session.listDevices()).rejects.toThrow(new tf.errors.CancelledError('Session has been closed.'));
  });
});
