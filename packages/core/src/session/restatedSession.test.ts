/** What TensorFlow's session_test.py shows and no other test here does; docs/restated-tests.md says for each of its tests where it is shown. */
import { describe, expect, it } from 'vitest';
import * as tf from '../index.js';
import { HostTensor, InvalidArgumentError, RuntimeError, ValueError } from '../index.js';
import type { DType } from '../dtypes.js';

const quiet: tf.Logger = { info: () => undefined, warning: () => undefined, error: () => undefined };
const open = (graph: tf.Graph, options: tf.SessionOptions = {}): tf.Session => new tf.Session({ graph, backends: [tf.reference()], logger: quiet, ...options });
const inGraph = <T>(make: (graph: tf.Graph) => T): T & { readonly graph: tf.Graph } => {
  const graph = new tf.Graph();
  return { ...graph.asDefault(() => make(graph)), graph };
};
/** Tensors as nested arrays, sparse values and the like as their parts. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof HostTensor) return plain(value.shape.length === 0 ? value.item() : value.toArray());
  if (value instanceof tf.SparseTensorValue) return { indices: plain(value.indices), values: plain(value.values), denseShape: plain(value.denseShape) };
  if (value instanceof tf.IndexedSlicesValue) return { values: plain(value.values), indices: plain(value.indices), denseShape: plain(value.denseShape) };
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, plain(item)]));
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  return value;
}

describe('fetches', () => {
  it('have their structure, from run and from a callable: operations are null, the order of keys stays', async () => {
    const { graph, a, b, c, set } = inGraph(() => {
      const v = new tf.Variable([54], { name: 'v' });
      return { a: tf.constant(42, { name: 'a' }), b: tf.noOp(), c: tf.constant(44), set: v.assign([63]) };
    });
    await using session = open(graph);
    const cases = [
      [a, 42], [a.op, null], ['a:0', 42], [[a, b, c, 'a:0', set.op], [42, null, 44, 42, null]], [{ a, b, c }, { a: 42, b: null, c: 44 }],
      [new Map<unknown, unknown>([[3, a], [2, b], [1, c]]), new Map<unknown, unknown>([[3, 42], [2, null], [1, 44]])],
      [{ d: [a, b, c], e: [[a], []], f: { a: 'a:0', c, b }, g: {} }, { d: [42, null, 44], e: [[42], []], f: { a: 42, c: 44, b: null }, g: {} }],
      [[[[a, b], b], a, [a, b]], [[[42, null], null], 42, [42, null]]], [[[], {}, new Map(), a], [[], {}, new Map(), 42]],
    ] as const;
    expect(plain(await session.run([[], {}, new Map()] as never))).toEqual([[], {}, new Map()]);
    for (const [fetches, expected] of cases) {
      const results = [await session.run(fetches as never), await session.makeCallable(fetches as never)()];
      for (const result of results) {
        expect(plain(result)).toEqual(expected);
        if (expected instanceof Map) expect([...new Map(Object(result) as Map<unknown, unknown>).keys()]).toEqual([...expected.keys()]);
      }
    }
  });

  it('keep their dtypes as scalars, alone and within structures', async () => {
    for (const dtype of ['int32', 'int64', 'float16', 'float32', 'float64'] as const) {
      const { graph, sum } = inGraph(() => ({ sum: tf.add(tf.constant(7, { dtype, shape: [] }), tf.constant(8, { dtype })) }));
      await using session = open(graph);
      const { one, list } = await session.run({ one: sum, list: [[[sum]], sum] });
      for (const value of [one, list[0][0][0], list[1]]) expect([value.dtype, value.shape, Number(value.item())]).toEqual([dtype, [], 15]);
    }
  });

  it('of another graph are refused, as tensors and as operations, though the names are known', async () => {
    const first = inGraph(() => ({ c: tf.constant(1, { name: 'c' }) }));
    const second = inGraph(() => ({ c: tf.constant(2, { name: 'c' }) }));
    await using session = open(first.graph);
    for (const fetch of [second.c, second.c.op]) {
      await expect(session.run(fetch)).rejects.toThrow(ValueError);
      await expect(session.run(fetch)).rejects.toThrow(/is not an element of this graph/);
    }
    expect(plain(await session.run(['c:0', first.c]))).toEqual([1, 1]);
  });

  it('of an empty graph are refused in every form of none', async () => {
    await using session = open(new tf.Graph());
    for (const none of [[], {}, new Map()]) await expect(session.run(none as never)).rejects.toThrow(new RuntimeError('The Session graph is empty.  Add operations to the graph before calling run().'));
  });
});

describe('sparse tensors and slices', () => {
  const indices = [[3, 2, 0], [4, 5, 1]];
  const [values, shape] = [[1, 2], [7, 9, 2]];
  const whole = { indices, values, denseShape: shape };

  it('are fetched wherever they stand, and fed as tuples and as values', async () => {
    const { graph, constant, sp, parts, again } = inGraph(() => {
      const int64 = { dtype: 'int64' } as const;
      const sp = new tf.SparseTensor(tf.placeholder('int64', [2, 3]), tf.placeholder('float32', [2]), tf.placeholder('int64', [3]));
      const parts = [tf.identity(sp.indices), tf.identity(sp.values), tf.identity(sp.denseShape)] as const;
      return { constant: new tf.SparseTensor(tf.constant(indices, int64), tf.constant(values), tf.constant(shape, int64)), sp, parts, again: new tf.SparseTensor(...parts) };
    });
    await using session = open(graph);
    expect(plain(await session.run([[[constant]], constant, { sp: [constant] }]))).toEqual([[[whole]], whole, { sp: [whole] }]);
    const value = await session.run(constant);
    for (const feed of [[indices, values, shape], value] as const) {
      expect(plain(await session.run(parts, new Map([[sp, feed]])))).toEqual([indices, values, shape]);
      for (const fetch of [sp, again]) expect(plain(await session.run(fetch, new Map([[sp, feed]])))).toEqual(whole);
    }
  });

  it('have placeholders of unknown, partly known and constant shapes; a constant one need not be fed', async () => {
    const { graph, sps } = inGraph(() => ({
      sps: [tf.sparsePlaceholder('float32', null, { name: 'open' }), tf.sparsePlaceholder('float32', [null, 9, 2], { name: 'part' }), tf.sparsePlaceholder('float32', shape, { name: 'whole' })] as const,
    }));
    await using session = open(graph);
    expect(sps.map((sp) => [sp.indices.name, sp.indices.shape, sp.denseShape.shape])).toEqual([
      ['open/indices:0', [null, null], [null]], ['part/indices:0', [null, 3], [3]], ['whole/indices:0', [null, 3], [3]],
    ]);
    for (const sp of sps) expect(plain(await session.run(sp, new Map([[sp, [indices, values, shape]]])))).toEqual(whole);
    expect(plain(await session.run(sps[2].denseShape))).toEqual(shape);
    expect(plain(await session.run(sps[2], new Map([[sps[2], [indices, values]]])))).toEqual(whole);
  });

  it.each([true, false])('are slices with a dense shape (%s), fetched and fed', async (hasShape) => {
    const { graph, constant, slices, again } = inGraph(() => {
      const [i, v, s] = [tf.placeholder('int64', [2, 3]), tf.placeholder('float32', [2]), hasShape ? tf.placeholder('int64', [3]) : undefined] as const;
      const int64 = { dtype: 'int64' } as const;
      return {
        constant: new tf.IndexedSlices(tf.constant(values), tf.constant(indices, int64), ...(hasShape ? [tf.constant(shape, int64)] : [])),
        slices: new tf.IndexedSlices(v, i, ...(s === undefined ? [] : [s])),
        again: new tf.IndexedSlices(tf.identity(v), tf.identity(i), ...(s === undefined ? [] : [tf.identity(s)])),
      };
    });
    const expected = { values, indices, denseShape: hasShape ? shape : null };
    await using session = open(graph);
    expect(plain(await session.run({ one: constant, list: [constant] }))).toEqual({ one: expected, list: [expected] });
    const value = await session.run(constant);
    for (const feed of [hasShape ? [values, indices, shape] : [values, indices], value]) {
      for (const fetch of [again, slices]) expect(plain(await session.run(fetch, [[slices, feed as never]]))).toEqual(expected);
    }
  });
});

describe('feeds', () => {
  const numbers = ['float16', 'float32', 'float64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'bool', 'complex64', 'complex128'] as const;

  it('of every dtype and of empty shapes come back as they are: through an op, by themselves, and from a callable', async () => {
    for (const dtype of numbers) {
      for (const shape of [[3, 4, 2], [37], [2, 0, 6], [0, 0, 0], []]) {
        const { graph, x, y } = inGraph(() => {
          const x = tf.placeholder<DType>(dtype, shape);
          return { x, y: tf.identity(x) };
        });
        await using session = open(graph);
        const size = shape.reduce((product, dim) => product * dim, 1);
        const fed = HostTensor.from(Array.from({ length: size }, (_, i) => (dtype === 'bool' ? i % 3 === 0 : (i * 7) % 11)), { dtype, shape: [size] }).reshape(shape);
        const both = session.makeCallable([y, x], { feedList: [x] });
        for (const result of [await session.run(y, [[x, fed]]), await session.run(x, [[x, fed]]), ...await session.run([y, x], [[x, fed]]), ...await both(fed)]) {
          expect([result.dtype, result.shape]).toEqual([dtype, shape]);
          expect(result.bytes()).toEqual(fed.bytes());
        }
      }
    }
  });

  it('of texts keep null characters and all of Unicode, in every shape', async () => {
    const { graph, x, y } = inGraph(() => {
      const x = tf.placeholder('string', null);
      return { x, y: tf.identity(x) };
    });
    await using session = open(graph);
    const texts = ['\n\x01\x00', '\n\x00\x01', '\u26a3 unicode', '\u{1f60e} deal with it'];
    for (const value of [texts, [[texts[2]!], [texts[3]!]], [], texts[0]!]) expect(plain(await session.run([y, x], [[x, value]]))).toEqual([value, value]);
    const empty = HostTensor.full([2, 0, 6], '', 'string');
    expect((await session.run(y, [[x, empty]])).shape).toEqual([2, 0, 6]);
  });

  it('are no tensors, fit their dtype and their shape, and have names of tensors', async () => {
    const { graph, x, y, text, wide, shape, reshaped } = inGraph(() => {
      const x = tf.placeholder('float32', null);
      const wide = tf.constant([2, 2, 2, 2]);
      const shape = tf.constant([2, 2], { dtype: 'int32' });
      return { x, y: tf.identity(x), text: tf.placeholder('string', null), wide, shape, reshaped: tf.reshape(wide, shape) };
    });
    await using session = open(graph);
    await session.asDefault(async () => {
      const feeds = [[x, wide as never]] as const;
      for (const run of [() => session.run(y, feeds), () => y.eval({ feeds }), () => y.op.run({ feeds })]) {
        await expect(run()).rejects.toThrow(TypeError);
        await expect(run()).rejects.toThrow(/^The value of a feed cannot be a tf\.Tensor object\./);
      }
    });
    await expect(session.run(text, [[text, 1]])).rejects.toThrow(/^Type of feed value 1 with type .* is not compatible with Tensor type/);
    await expect(session.run(reshaped, [[wide, [1, 2, 3]]])).rejects.toThrow(/^Cannot feed value of shape \(3,\) for Tensor/);
    await expect(session.run(reshaped, [[shape, [3, 7]]])).rejects.toThrow(InvalidArgumentError);
    await expect(session.run(reshaped, [[shape, [3, 7]]])).rejects.toThrow(/Input to reshape is a tensor with 4 values.*, but the requested shape has 21/);
    await expect(session.run(y, { [x.op.name]: [2] })).rejects.toThrow(/^Cannot interpret feed_dict key as Tensor: /);
  });
});

describe('errors', () => {
  it('name the operation that failed, or none where there is none', async () => {
    const { graph, x, y } = inGraph(() => {
      const x = tf.placeholder('float32', [], { name: 'x' });
      return { x, y: tf.add(x, 1) };
    });
    await using session = open(graph);
    await expect(session.run(y)).rejects.toMatchObject({ op: x.op, codeName: 'INVALID_ARGUMENT' });
    const bogus = session.partialRun('foo', y, [[x, 1]]);
    await expect(bogus).rejects.toThrow("Must run 'setup' before performing partial runs!");
    await expect(bogus).rejects.toMatchObject({ op: undefined, nodeDef: undefined, code: 3 });
  });

  it('tell of inputs from different frames', async () => {
    const { graph, x, sum } = inGraph(() => {
      const x = tf.placeholder('float32', []);
      return { x, sum: tf.add(tf.rawOps.enter(x, 'first'), tf.rawOps.enter(x, 'second'), { name: 'sum' }) };
    });
    await using session = open(graph);
    await expect(session.run(sum, [[x, 1]])).rejects.toThrow(InvalidArgumentError);
    await expect(session.run(sum, [[x, 1]])).rejects.toThrow(/^node sum .*has inputs from different frames\. The input node Enter_1 .*is in frame 'second'\. The input node Enter .*is in frame 'first'\./);
  });
});

describe('what a run reports', () => {
  it('comes with options and metadata together only, from run and from every callable', async () => {
    const { graph, x, y, v, add } = inGraph(() => {
      const x = tf.placeholder('float32', null, { name: 'x' });
      const v = new tf.Variable(42, { name: 'v' });
      return { x, y: tf.add(x, 1, { name: 'y' }), v, add: v.assignAdd(1) };
    });
    await using session = open(graph);
    await session.run(v.initializer);
    const options = { traceLevel: 'FULL_TRACE' } as const;
    const metadata: tf.RunMetadata = {};
    for (const call of [{}, { metadata }, { options }]) {
      expect(plain(await session.run(y, [[x, 41]], call))).toBe(42);
      expect(metadata.stepStats).toBeUndefined();
    }
    await session.run(y, [[x, 41]], { options, metadata });
    expect(metadata.stepStats?.devStats).toHaveLength(1);
    const calls: readonly ((metadata: tf.RunMetadata) => Promise<unknown>)[] = [
      (into) => session.makeCallable(v, { acceptOptions: true })({ options, metadata: into }),
      (into) => session.makeCallable(add.op, { acceptOptions: true })({ options, metadata: into }),
      (into) => session.makeCallable(y, { feedList: ['x:0'], acceptOptions: true })(41, { options, metadata: into }),
      (into) => session.makeCallableFromOptions({ feed: ['x:0'], fetch: ['y:0'], runOptions: options })([HostTensor.from(41)], { metadata: into }),
    ];
    const results: unknown[] = [];
    for (const call of calls) {
      const into: tf.RunMetadata = {};
      results.push(plain(await call(into)));
      expect(into.stepStats?.devStats?.length).toBeGreaterThan(0);
    }
    expect(results).toEqual([42, null, 42, [42]]);
    expect(plain(await session.run(v))).toBe(43);
  });

  it('is what this run reports: what an earlier one put there goes', async () => {
    const { graph, a } = inGraph(() => ({ a: tf.constant(1) }));
    await using session = open(graph);
    const metadata: tf.RunMetadata = {};
    await session.run(a, undefined, { options: { outputPartitionGraphs: true }, metadata });
    expect(metadata.partitionGraphs?.length).toBeGreaterThan(0);
    await session.run(a, undefined, { metadata });
    expect(metadata.partitionGraphs ?? []).toHaveLength(0);
  });

  it('has a cost graph at the step that is asked for, and at no other', async () => {
    const { graph, a, d } = inGraph(() => tf.device('/device:GPU:0', () => {
      const a = tf.placeholder('float32', []);
      const c = tf.identity(tf.add(a, a));
      return { a, d: tf.multiply(c, c) };
    }));
    await using session = open(graph, { config: { allowSoftPlacement: true, graphOptions: { buildCostModel: 100 } } });
    const told: number[] = [];
    for (let step = 0; step < 120; step++) {
      const metadata: tf.RunMetadata = {};
      expect(plain(await session.run(d, [[a, 1]], { metadata }))).toBe(4);
      if (metadata.costGraph !== undefined) told.push(step);
    }
    expect(told).toEqual([99]);
  });
});

describe('a session', () => {
  it('runs in the pool that a run names, and refuses one that it has not', async () => {
    const { graph, x } = inGraph(() => ({ x: tf.constant(30) }));
    for (const pools of [[{}], [{}, { numThreads: 1 }], [{}, { numThreads: 1 }, { numThreads: 1, globalName: 't1' }]]) {
      await using session = open(graph, { config: { sessionInterOpThreadPool: pools } });
      const last = pools.length - 1;
      expect(plain(await session.run([x], undefined, { options: { interOpThreadPool: last } }))).toEqual([30]);
      await expect(session.run(x, undefined, { options: { interOpThreadPool: last + 1 } })).rejects.toThrow(`Invalid inter_op_thread_pool: ${last + 1}`);
    }
  });

  it('has the versions of its graph, and each node as soon as it is made', async () => {
    const graph = new tf.Graph();
    await using session = open(graph);
    const { producer, minConsumer } = graph.graphDefVersions;
    expect(session.graphDef.node ?? []).toEqual([]);
    expect(session.graphDef.versions).toMatchObject({ producer, minConsumer });
    for (const [i, name] of ['c', 'd', 'e'].entries()) {
      const made = graph.asDefault(() => tf.constant(i + 5, { name }));
      expect(session.graphDef.node?.map((node) => node.name)).toEqual(['c', 'd', 'e'].slice(0, i + 1));
      expect(plain(await session.run(made))).toBe(i + 5);
    }
  });

  it('runs functions that its graph gets after a run', async () => {
    const graph = new tf.Graph();
    const x = graph.asDefault(() => tf.constant(1, { name: 'x' }));
    await using session = open(graph);
    expect(plain(await session.run(x))).toBe(1);
    const type = { type: 'DT_FLOAT' } as const;
    const body = {
      signature: { name: 'foo', inputArg: [{ name: 'a', type: 'DT_FLOAT' }], outputArg: [{ name: 'r', type: 'DT_FLOAT' }] },
      nodeDef: [{ name: 'twice', op: 'AddV2', input: ['a', 'a'], attr: new Map([['T', type]]) }], ret: new Map([['r', 'twice:z:0']]),
    } as const;
    const [call] = tf.importGraphDef({ node: [{ name: 'call', op: 'foo', input: ['in'] }], library: { function: [body] } }, { graph, inputMap: { in: x }, returnElements: ['call:0'] });
    expect(plain(await session.run(call as tf.Tensor))).toBe(2);
  });

  it('goes on with its runs while graphs are built: loops, branches, gradients and copies of themselves', async () => {
    const { graph, c } = inGraph(() => ({ c: tf.add(tf.constant(5), 0) }));
    await using session = open(graph);
    let isBuilt = false;
    const runs = Array.from({ length: 10 }, async () => {
      let count = 0;
      do {
        expect(plain(await session.run(c))).toBe(5);
        count++;
        await new Promise((resolve) => { setImmediate(resolve); });
      } while (!isBuilt);
      return count;
    });
    const build = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) {
        await new Promise((resolve) => { setImmediate(resolve); });
        graph.asDefault(() => {
          const x = tf.placeholder('float32', []);
          const y = graph.colocateWith(x, () => tf.placeholder('float32', []));
          const [, product] = tf.device('/cpu:0', () => tf.whileLoop((a) => tf.less(a, 10), (a, b) => [tf.add(a, 1), tf.multiply(a, b)], [x, y]));
          expect(product?.dtype).toBe('float32');
          if (i === 2) tf.importGraphDef(graph.asGraphDef(), { name: 'copy' });
        });
      }
    };
    await Promise.all(Array.from({ length: 3 }, build));
    isBuilt = true;
    for (const count of await Promise.all(runs)) expect(count).toBeGreaterThan(0);
  });

  it('that is interactive warns of another open one, not of one that has closed', async () => {
    const { graph, x } = inGraph(() => ({ x: tf.constant(4) }));
    const warnings: string[] = [];
    const shell = (): tf.InteractiveSession => new tf.InteractiveSession({ graph, backends: [tf.reference()], logger: { ...quiet, warning: (text) => warnings.push(text) } });
    const first = shell();
    expect(plain(await first.run(x))).toBe(4);
    await first.close();
    const second = shell();
    await second.close();
    expect(warnings).toEqual([]);
    const third = shell();
    const fourth = shell();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('An interactive session is already active. This can cause out-of-memory errors in some cases.');
    await fourth.close();
    await third.close();
  });

  it('with a timeout lets operations that do not block through', async () => {
    const { graph, put, size } = inGraph(() => {
      const queue = new tf.FIFOQueue(50, 'int32', { shapes: [[]] });
      return { put: queue.enqueueMany(tf.constant([1, 2], { dtype: 'int32' })), size: queue.size() };
    });
    await using session = open(graph, { config: { operationTimeoutInMs: 600_000 } });
    for (let epoch = 0; epoch < 5; epoch++) await session.run(put);
    expect(plain(await session.run(size))).toBe(10);
  });

  it('needs no name of its own to be the default', async () => {
    const { graph, c } = inGraph(() => ({ c: tf.constant(37) }));
    const kept = open(graph);
    {
      using _scope = kept.asDefault();
      expect(plain(await c.eval())).toBe(37);
    }
    await kept.close();
    expect(plain(await open(graph).enter(() => c.eval()))).toBe(37);
  });
});
