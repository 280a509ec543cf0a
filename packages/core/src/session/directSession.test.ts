/** Runs, as TensorFlow's direct_session_test.cc shows them; docs/restated-tests.md says which test of it is shown where. */
import { describe, expect, it } from 'vitest';
import * as tf from '../index.js';
import type { Kernel } from '../kernels/kernel.js';
import { GraphDef, parseText, type RunMetadata, type RunOptionsInput } from '../proto/index.js';

const silent: tf.Logger = { info: () => undefined, warning: () => undefined, error: () => undefined };
const twoCpus = { deviceCount: { CPU: 2 } } as const;
const cpu = (id: number): string => `/job:localhost/replica:0/task:0/device:CPU:${id}`;

function open(graph: tf.Graph, config: NonNullable<tf.SessionOptions['config']> = twoCpus, backends: readonly tf.Backend[] = [tf.reference()]): tf.Session {
  return new tf.Session({ graph, backends, config, logger: silent, log: () => undefined });
}

/** The weights and their product on one CPU, the column and what comes after on the other. */
function network() {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const weights = tf.device('/cpu:0', () => tf.constant([[2, 1], [0, -3]], { name: 'weights' }));
    const column = tf.device('/cpu:1', () => tf.constant([[4], [5]], { name: 'column' }));
    const product = tf.device('/cpu:0', () => tf.matMul(weights, column, { name: 'product' }));
    const flipped = tf.device('/cpu:1', () => tf.neg(product, { name: 'flipped' }));
    return { graph, weights, column, product, flipped, out: tf.device('/cpu:1', () => tf.identity(flipped, { name: 'out' })) };
  });
}

/** The error of a call that is to fail. */
async function failure(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('the call went well');
}

describe('a graph over two devices', () => {
  it.each<[string, tf.SessionOptions['config'], RunOptionsInput]>([
    ['no options', {}, {}],
    ['optimize_for_static_graph', { experimental: { optimizeForStaticGraph: true } }, {}],
    ['disable_output_partition_graphs', { experimental: { disableOutputPartitionGraphs: true } }, {}],
    ['use_per_session_threads', { usePerSessionThreads: true }, {}],
    ['inter_op_parallelism_threads of -1', { interOpParallelismThreads: -1 }, {}],
    ['the run handler pool', {}, { experimental: { useRunHandlerPool: true } }],
    ['the pool of the caller', {}, { interOpThreadPool: -1 }],
    ['the single threaded executor', { experimental: { executorType: 'SINGLE_THREADED_EXECUTOR' } }, {}],
  ])('gives what is fetched, and runs what is a target, with %s', async (_what, config, options) => {
    const { graph, product, flipped } = network();
    await using session = open(graph, { ...twoCpus, ...config as object });
    expect((await session.run([product, flipped.op], undefined, { options })).map((value) => value?.toArray())).toEqual([[[13], [-15]], undefined]);
  });

  it('reports one part per device, to `run` and to a callable', async () => {
    const { graph, column, product, flipped } = network();
    await using session = open(graph);
    const value = tf.HostTensor.from([[1], [1]]);
    const [metadata, ofCallable]: RunMetadata[] = [{}, {}];
    await session.run([product, flipped.op], [[column, value]], { options: { traceLevel: 'SOFTWARE_TRACE' }, metadata: metadata! });
    const call = session.makeCallableFromOptions({ feed: ['column'], fetch: ['product:0'], target: ['flipped'], runOptions: { traceLevel: 'SOFTWARE_TRACE' } });
    await call([value], { metadata: ofCallable! });
    for (const { stepStats } of [metadata!, ofCallable!]) expect(stepStats?.devStats?.map(({ device }) => device)).toEqual([cpu(0), cpu(1)]);
  });

  it('takes a feed for what is on the other device, by `run` and by a callable', async () => {
    const { graph, column, product } = network();
    await using session = open(graph);
    expect((await session.run(product, [[column, [[1], [2]]]])).toArray()).toEqual([[4], [-6]]);
    const call = session.makeCallableFromOptions({ feed: ['column'], fetch: ['product:0'] });
    expect((await call([tf.HostTensor.from([[1], [2]])]))[0]?.toArray()).toEqual([[4], [-6]]);
  });

  it.each([['shared threads', {}], ['threads of its own', { usePerSessionThreads: true }]])('runs 4 × 100 times at once, with %s', async (_what, config) => {
    const { graph, product } = network();
    await using session = open(graph, { ...twoCpus, ...config });
    const call = session.makeCallableFromOptions({ fetch: ['product:0'] });
    const values = await Promise.all(Array.from({ length: 4 }, async () => {
      const seen = new Set<unknown>();
      for (let i = 0; i < 100; i++) {
        seen.add(JSON.stringify((await session.run(product)).toArray()));
        seen.add(JSON.stringify((await call())[0]?.toArray()));
      }
      return [...seen];
    }));
    expect(values).toEqual(Array.from({ length: 4 }, () => ['[[13],[-15]]']));
  });

  it('may be as deep as it likes', async () => {
    const graph = new tf.Graph();
    const [left, right] = graph.asDefault(() => {
      let last = tf.noOp();
      for (let i = 0; i < 3000; i++) last = graph.controlDependencies([last], () => tf.noOp());
      return [0, 1].map(() => graph.controlDependencies([last], () => tf.noOp()));
    });
    await using session = open(graph);
    expect(await session.run([left!, right!], undefined, { options: { interOpThreadPool: -1 } })).toEqual([null, null]);
  });

  it('is refused as a whole when a device is not there, and runs in a session that has it', async () => {
    const { graph, product } = network();
    const third = graph.asDefault(() => tf.device('/cpu:2', () => tf.matMul(graph.getTensorByName('weights:0'), graph.getTensorByName('column:0'), { name: 'third' })));
    const small = open(graph);
    const error = await failure(() => small.run(product));
    expect(error).toBeInstanceOf(tf.errors.InvalidArgumentError);
    expect(error).toMatchObject({ message: expect.stringContaining('Cannot assign a device for operation third') as unknown });
    await small.close();
    await using large = open(graph, { deviceCount: { CPU: 3 } });
    expect((await large.run(third)).toArray()).toEqual([[13], [-15]]);
  });

  it('is refused as a whole when an op has no kernel there, and pruned first where that is asked for', async () => {
    const graph = new tf.Graph();
    const x = graph.asDefault(() => {
      const x = tf.constant(1, { name: 'x' });
      tf.device('/gpu:0', () => tf.neg(x, { name: 'elsewhere' }));
      return x;
    });
    const whole = open(graph, {});
    expect(await failure(() => whole.run(x))).toBeInstanceOf(tf.errors.InvalidArgumentError);
    await whole.close();
    await using pruned = open(graph, { graphOptions: { placePrunedGraph: true } });
    expect((await pruned.run(x)).item()).toBe(1);
  });
});

describe('a session without a graph, or with one that may not grow', () => {
  it('runs nothing, and makes no callable', async () => {
    await using session = open(new tf.Graph());
    await expect(session.run('product:0')).rejects.toThrow(new tf.RuntimeError('The Session graph is empty.  Add operations to the graph before calling run().'));
    expect(() => session.makeCallableFromOptions({ fetch: ['product:0'] })).toThrow(new tf.errors.InvalidArgumentError('Session was not created with a graph before MakeCallable()!'));
    await expect(session.partialRunSetup([], [])).rejects.toThrow(tf.RuntimeError);
  });

  it('refuses callables on what was added to a static graph', async () => {
    const { graph, product } = network();
    await using session = open(graph, { ...twoCpus, experimental: { optimizeForStaticGraph: true } });
    const before = session.makeCallableFromOptions({ fetch: ['out:0'] });
    await session.run(product);
    graph.asDefault(() => tf.neg(product, { name: 'more' }));
    const after = session.makeCallableFromOptions({ fetch: ['more:0'] });
    expect((await before())[0]?.toArray()).toEqual([[-13], [15]]);
    const error = await failure(() => after());
    expect(error).toBeInstanceOf(tf.errors.FailedPreconditionError);
    expect(error).toMatchObject({ message: expect.stringContaining('`optimize_for_static_graph`') as unknown });
  });
});

describe('feeds and fetches', () => {
  /** Two constants, each behind an identity. */
  function pair() {
    const graph = new tf.Graph();
    return graph.asDefault(() => {
      const [first, second] = [tf.constant(3, { name: 'first' }), tf.constant(4, { name: 'second' })];
      return { graph, first, second, one: tf.identity(first, { name: 'one' }), two: tf.identity(second, { name: 'two' }) };
    });
  }

  it.each([['the threads of the session', 0], ['that of the caller', -1]])('come in the order in which they are asked for, on %s', async (_what, interOpThreadPool) => {
    const { graph, first, second, one, two } = pair();
    await using session = open(graph);
    const run = async (fetches: readonly tf.Tensor[], feeds?: tf.Feeds): Promise<unknown[]> => (await session.run(fetches, feeds, { options: { interOpThreadPool } })).map((value) => value.item());
    expect(await run([one, two])).toEqual([3, 4]);
    expect(await run([two, one])).toEqual([4, 3]);
    expect(await run([one, two], [[first, 30], [second, 40]])).toEqual([30, 40]);
    expect(await run([one, two], [[second, 40], [first, 30]])).toEqual([30, 40]);
    expect(await run([one, one, two, one])).toEqual([3, 3, 4, 3]);
    await expect(run([one], [[first, 1], [first, 2]])).rejects.toThrow(/^Could not flatten dictionary: key .*first:0.* is not unique\.$/);
  });

  it('come in the order of a callable’s options, each feed once', async () => {
    const { graph } = pair();
    await using session = open(graph);
    const [thirty, forty] = [30, 40].map((value) => tf.HostTensor.from(value));
    const items = async (options: tf.CallableInput, values: readonly tf.HostTensor[] = []): Promise<unknown[]> => (await session.makeCallableFromOptions(options)(values)).map((value) => value.item());
    expect(await items({ fetch: ['one:0', 'two:0'] })).toEqual([3, 4]);
    expect(await items({ fetch: ['two:0', 'one:0', 'two'] })).toEqual([4, 3, 4]);
    expect(await items({ feed: ['first', 'second'], fetch: ['one:0', 'two:0'] }, [thirty!, forty!])).toEqual([30, 40]);
    expect(await items({ feed: ['second', 'first'], fetch: ['one:0', 'two:0'] }, [forty!, thirty!])).toEqual([30, 40]);
    for (const [feed, text] of [[['first', 'first'], 'Endpoint "first:0" fed more than once.'], [['one'], 'one:0 is both fed and fetched.']] as const) {
      expect(await failure(() => session.makeCallableFromOptions({ feed, fetch: ['one:0'] }))).toMatchObject({ name: 'InvalidArgumentError', message: text });
    }
  });

  it('of a step in parts may be one output of a node', async () => {
    const graph = new tf.Graph();
    graph.asDefault(() => {
      tf.importGraphDef(parseText(GraphDef, `
        node { name: "taken" op: "Const" attr { key: "dtype" value { type: DT_BOOL } } attr { key: "value" value { tensor { dtype: DT_BOOL tensor_shape { } bool_val: true } } } }
        node { name: "switch" op: "Switch" input: "taken" input: "taken" attr { key: "T" value { type: DT_BOOL } } }
        node { name: "out" op: "Identity" input: "switch:1" attr { key: "T" value { type: DT_BOOL } } } versions { producer: 26 }`), { name: '' });
    });
    await using session = open(graph);
    const handle = await session.partialRunSetup(['out:0'], ['switch:1']);
    await expect(session.partialRun(handle, 'out:0')).rejects.toThrow(new tf.errors.InvalidArgumentError("Fetch switch:1 can't be computed from the feeds that have been fed so far."));
    expect((await session.partialRun(handle, 'out:0', { 'switch:1': true }))?.item()).toBe(true);
  });

  it('take any of the outputs of one stateful node', async () => {
    const graph = new tf.Graph();
    const { put, taken } = graph.asDefault(() => {
      const q = new tf.FIFOQueue(9, ['int32', 'int32', 'int32'], { shapes: [[], [], []] });
      return { put: q.enqueue([1, 2, 3]), taken: q.dequeue() as tf.Tensor[] };
    });
    await using session = open(graph);
    for (let count = 1; count <= 3; count++) {
      await session.run(put);
      expect((await session.run(taken.slice(0, count))).map((value) => value.item())).toEqual([1, 2, 3].slice(0, count));
    }
  });
});

describe('kernels that break their word', () => {
  /** The reference device with another kernel for one op. */
  function withKernel(op: string, run: (signal: AbortSignal) => tf.HostTensor[] | Promise<tf.HostTensor[]>): tf.Backend {
    const inner = tf.reference();
    const kernel: Kernel<never> = { op, isHost: true, program: () => ({ kind: 'host', run: (_inputs, { signal }) => run(signal) }) };
    return { ...inner, kernels: { ...inner.kernels, ops: { ...inner.kernels.ops, [op]: [kernel] } } };
  }

  function inverted() {
    const graph = new tf.Graph();
    return graph.asDefault(() => {
      const x = tf.placeholder('int32', [2], { name: 'x' });
      const y = tf.invertPermutation(x, { name: 'y' });
      return { graph, x, y, after: tf.add(y, 1, { name: 'after' }) };
    });
  }

  it.each(['y', 'after'] as const)('by giving nothing are an InternalError that names the node, when %s is fetched', async (fetch) => {
    const nodes = inverted();
    await using session = open(nodes.graph, {}, [withKernel('InvertPermutation', () => [])]);
    const error = await failure(() => session.run(nodes[fetch], [[nodes.x, [1, 0]]]));
    expect(error).toBeInstanceOf(tf.errors.InternalError);
    expect(error).toMatchObject({ message: expect.stringMatching(/^Missing 0-th output from node y /) as unknown });
  });

  it('by ending late hold up the DEADLINE_EXCEEDED of their run until they have ended', async () => {
    const { graph, x, y } = inverted();
    const ended: string[] = [];
    let isReached = false;
    const slow = withKernel('InvertPermutation', async (signal) => {
      isReached = true;
      await new Promise<void>((resolve) => { signal.addEventListener('abort', () => { setTimeout(resolve, 5); }); });
      ended.push('the kernel');
      throw new tf.errors.CancelledError('as it was told');
    });
    await using session = open(graph, {}, [slow]);
    // A busy machine may need longer than the timeout to come to the kernel.
    for (let timeoutInMs = 20; !isReached; timeoutInMs *= 2) {
      ended.length = 0;
      const error = await failure(() => session.run(y, [[x, [1, 0]]], { options: { timeoutInMs } }).finally(() => { ended.push('the run'); }));
      expect(error).toBeInstanceOf(tf.errors.DeadlineExceededError);
    }
    expect(ended).toEqual(['the kernel', 'the run']);
  });
});
