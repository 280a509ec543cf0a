import { describe, expect, it } from 'vitest';
import { InvalidArgumentError, RuntimeError, UnavailableError, ValueError } from '../errors.js';
import { constant, placeholder } from '../api/values.js';
import { Variable, globalVariablesInitializer } from '../api/variables.js';
import { Graph } from '../graph/graph.js';
import { HostTensor } from '../hostTensor.js';
import * as ops from '../ops/families.js';
import type { RunMetadata } from '../proto/index.js';
import { reference } from '../reference/reference.js';
import { getSessionHandle, getSessionTensor, TensorHandle } from './handles.js';
import { Session } from './session.js';
import { IndexedSlices, registerSessionRunConversionFunctions, SparseTensor, SparseTensorValue } from './sparse.js';
import { Timeline } from './timeline.js';

const quiet = { info: () => undefined, warning: () => undefined, error: () => undefined };
const open = (graph: Graph): Session => new Session({ graph, backends: [reference()], logger: quiet });

describe('partial runs', () => {
  function sum() {
    const graph = new Graph();
    return graph.asDefault(() => {
      const [a, b, c] = ['a', 'b', 'c'].map((name) => placeholder('float32', [], { name })) as [ReturnType<typeof placeholder>, ReturnType<typeof placeholder>, ReturnType<typeof placeholder>];
      const r1 = ops.add(a, b);
      const r2 = ops.mul(r1, c);
      return { graph, a, b, c, r1, r2 };
    });
  }

  it('goes on where it was', async () => {
    const { graph, a, b, c, r1, r2 } = sum();
    await using session = open(graph);
    const h = await session.partialRunSetup([r1, r2], [a, b, c]);
    expect((await session.partialRun(h, r1, [[a, 1], [b, 2]])).item()).toBe(3);
    const temp = 3 * 17;
    expect((await session.partialRun(h, r2, [[c, temp]])).item()).toBe(153);
    await expect(session.partialRun(h, r2, [[c, 1]])).rejects.toThrow("Must run 'setup' before performing partial runs!");
  });

  it('refuses what was not set up, and stays alive', async () => {
    const { graph, a, b, c, r1, r2 } = sum();
    await using session = open(graph);
    const h = await session.partialRunSetup([r1, r2], [a, b, c]);
    await expect(session.partialRun(h, r2, [[a, 1]])).rejects.toThrow(new InvalidArgumentError("Fetch c:0 can't be computed from the feeds that have been fed so far."));
    await expect(session.partialRun(h, r1.op)).rejects.toThrow(new RuntimeError('partial_run() requires empty target_list.'));
    await session.partialRun(h, r1, [[a, 1], [b, 2]]);
    await expect(session.partialRun(h, [], [[a, 1]])).rejects.toThrow('The feed a:0 has already been fed.');
    await expect(session.partialRun(h, r1)).rejects.toThrow('The fetch Add:0 has already been fetched.');
    expect(await session.partialRun(h, [])).toEqual([]);
    await session.partialRun(h, [], [[c, 5]]);
    expect((await session.partialRun(h, r2)).item()).toBe(15);
    const other = await session.partialRunSetup([r1], [a]);
    await expect(session.partialRun(other, r1, [[b, 1]])).rejects.toThrow('The feed b:0 was not specified in partial_run_setup.');
    await expect(session.partialRun(other, r2, [[a, 1]])).rejects.toThrow('The fetch Mul:0 was not specified in partial_run_setup.');
    await expect(session.partialRunSetup([], [a])).rejects.toThrow('Must specify at least one target to fetch or execute.');
    await expect(session.partialRunSetup([r1], ['nothing:0'])).rejects.toThrow(/^Cannot interpret feed_list key as Tensor: /);
  });

  it('runs each node once', async () => {
    const { graph, a, c, init, first, second, count } = (() => {
      const graph = new Graph();
      return graph.asDefault(() => {
        const a = placeholder('float32', [], { name: 'a' });
        const c = placeholder('float32', [], { name: 'c' });
        const counter = new Variable(0, { name: 'counter', useResource: true });
        const first = ops.add(counter.assignAdd(1), a);
        return { graph, a, c, init: globalVariablesInitializer(), first, second: ops.mul(first, c), count: counter };
      });
    })();
    await using session = open(graph);
    await session.run(init);
    const h = await session.partialRunSetup([first, second], [a, c]);
    expect((await session.partialRun(h, first, [[a, 10]])).item()).toBe(11);
    expect((await session.partialRun(h, second, [[c, 2]])).item()).toBe(22);
    expect((await session.run(count)).item()).toBe(1);
  });

  it('holds many steps at once', async () => {
    const { graph, a, b, c, r1, r2 } = sum();
    await using session = open(graph);
    const handles = await Promise.all(Array.from({ length: 20 }, () => session.partialRunSetup([r1, r2], [a, b, c])));
    await Promise.all(handles.map((h, i) => session.partialRun(h, r1, [[a, i], [b, 1]])));
    const out = await Promise.all(handles.map((h) => session.partialRun(h, r2, [[c, 2]])));
    expect(out.map((value) => value.item())).toEqual(handles.map((_, i) => 2 * (i + 1)));
  });
});

describe('session handles', () => {
  it('keep a value for later runs', async () => {
    const graph = new Graph();
    const { x, handle, y } = graph.asDefault(() => {
      const x = placeholder('float32', [2], { name: 'x' });
      return { x, handle: getSessionHandle(ops.neg(x)), y: ops.mul(x, constant(10)) };
    });
    await using session = open(graph);
    const kept = await session.run(handle, new Map([[x, [1, 2]]]));
    expect(kept).toBeInstanceOf(TensorHandle);
    const tensorHandle = kept as TensorHandle;
    expect(tensorHandle.handle).toMatch(/^GetSessionHandle:0;\d+;/);
    expect((await session.run(y, new Map([[x, tensorHandle]]))).toArray()).toEqual([-10, -20]);
    const [holder, value] = graph.asDefault(() => getSessionTensor(tensorHandle, 'float32'));
    expect((await session.run(value, new Map([[holder, tensorHandle]]))).toArray()).toEqual([-1, -2]);
    expect((await tensorHandle.eval()).toArray()).toEqual((await tensorHandle.eval()).toArray());
    tensorHandle.delete();
    await expect(session.run(y, new Map([[x, tensorHandle]]))).rejects.toThrow(/is not in the session store/);
  });
});

describe('what stands for several tensors', () => {
  it('is fetched and fed as a whole', async () => {
    const graph = new Graph();
    const { sparse, slices, twice } = graph.asDefault(() => {
      const sparse = new SparseTensor(placeholder('int64', [null, 2]), placeholder('float32', [null]), placeholder('int64', [2]));
      return { sparse, slices: new IndexedSlices(constant([[1], [2]]), constant([0, 3], { dtype: 'int32' })), twice: ops.mul(sparse.values, constant(2)) };
    });
    await using session = open(graph);
    const feed = new Map([[sparse, [[[0, 1], [2, 3]], [7, 8], [4, 4]]]] as const);
    const out = await session.run({ sparse, twice }, feed);
    expect(out.sparse).toBeInstanceOf(SparseTensorValue);
    expect(out.sparse.values.toArray()).toEqual([7, 8]);
    expect(out.twice.toArray()).toEqual([14, 16]);
    expect((await session.run(twice, new Map([[sparse, out.sparse]]))).toArray()).toEqual([14, 16]);
    const rows = await session.run(slices);
    expect(rows.indices.toArray()).toEqual([0, 3]);
    expect(rows.denseShape).toBeNull();
  });

  it('may be a type of the program', async () => {
    class Squared { constructor(readonly tensor: ReturnType<typeof placeholder>) {} }
    registerSessionRunConversionFunctions(Squared, ({ tensor }) => [[tensor], ([value]) => (value as HostTensor<'float32'>).item() ** 2], ({ tensor }, value) => [[tensor, value]]);
    expect(() => { registerSessionRunConversionFunctions(Squared, () => [[], () => null]); }).toThrow(new ValueError('Squared has already been registered so ignore it.'));
    const graph = new Graph();
    const squared = graph.asDefault(() => new Squared(placeholder('float32', [])));
    await using session = open(graph);
    expect(await session.run(squared as never, [[squared as never, 4]])).toBe(16);
  });

  it('may be keys in a structure', async () => {
    const graph = new Graph();
    const { a, b, sum } = graph.asDefault(() => {
      const [a, b] = [placeholder('float32', []), placeholder('float32', [])];
      return { a, b, sum: ops.add(a, b) };
    });
    await using session = open(graph);
    expect((await session.run(sum, [[[a, b], [1, 2]]])).item()).toBe(3);
    await expect(session.run(sum, [[[a, b], [1]]])).rejects.toThrow(/^Could not flatten dictionary. Key had 2 elements, but value had 1 elements./);
    await expect(session.run(sum, [[[a, a], [1, 2]]])).rejects.toThrow(/is not unique\.$/);
  });
});

describe('callables of options', () => {
  it('take and give in the order of the options', async () => {
    const graph = new Graph();
    graph.asDefault(() => {
      const x = placeholder('float32', [], { name: 'x' });
      const y = placeholder('float32', [], { name: 'y' });
      ops.sub(x, y, { name: 'difference' });
      ops.add(x, y, { name: 'sum' });
    });
    await using session = open(graph);
    const call = session.makeCallableFromOptions({ feed: ['y:0', 'x:0'], fetch: ['sum:0', 'difference:0'] });
    expect((await call([HostTensor.from(1), HostTensor.from(5)])).map((value) => value.item())).toEqual([6, 4]);
    await expect(call([HostTensor.from(1)])).rejects.toThrow('Expected 2 feed tensors, but got 1');
    await expect(call([HostTensor.from(1, { dtype: 'int32' }), HostTensor.from(5)])).rejects.toThrow('Expects arg[0] to be float but int32 is provided');
    call.release();
    await expect(call([])).rejects.toThrow('Attempted to run callable after handle was released');
  });
});

describe('what a run reports', () => {
  function product() {
    const graph = new Graph();
    return graph.asDefault(() => {
      const x = placeholder('float32', [2, 2], { name: 'x' });
      return { graph, x, y: ops.relu(ops.matMul(x, constant([[1, 2], [3, 4]]), { name: 'product' }), { name: 'y' }) };
    });
  }

  it('is put into the metadata, and only after success', async () => {
    const { graph, x, y } = product();
    await using session = new Session({ graph, backends: [reference()], config: { graphOptions: { buildCostModel: 1 } }, logger: quiet });
    const metadata: RunMetadata = {};
    await session.run(y, new Map([[x, [[1, 0], [0, 1]]]]), { options: { traceLevel: 'FULL_TRACE', outputPartitionGraphs: true }, metadata });
    expect(metadata.stepStats?.devStats?.[0]?.device).toBe('/job:localhost/replica:0/task:0/device:CPU:0');
    const names = metadata.stepStats?.devStats?.[0]?.nodeStats?.map(({ nodeName }) => nodeName) ?? [];
    expect(names[0]).toBe('_SOURCE');
    expect(names).toEqual(expect.arrayContaining(['y']));
    const [partition] = metadata.partitionGraphs ?? [];
    expect(partition?.node?.map(({ op }) => op)).toEqual(expect.arrayContaining(['_Arg', '_Retval']));
    expect(metadata.costGraph?.node?.some(({ isFinal }) => isFinal)).toBe(true);
    const trace = JSON.parse(new Timeline(metadata.stepStats ?? {}).generateChromeTraceFormat({ showMemory: true })) as { traceEvents: { ph: string; name: string; cat?: string }[] };
    expect(trace.traceEvents.filter(({ ph }) => ph === 'M').map(({ name }) => name)).toEqual(['process_name', 'process_name', 'process_name']);
    expect(trace.traceEvents.some(({ ph, cat, name }) => ph === 'X' && cat === 'Op' && name === 'Relu')).toBe(true);
    expect(trace.traceEvents.some(({ ph }) => ph === 'C')).toBe(true);
    const before = metadata.stepStats;
    await expect(session.run(y, undefined, { metadata })).rejects.toThrow();
    expect(metadata.stepStats).toBe(before);
    const both = await Promise.allSettled([1, 2].map(() => session.run(y, new Map([[x, [[1, 0], [0, 1]]]]), { options: { traceLevel: 3 } })));
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(both[1]).toMatchObject({ reason: new UnavailableError('Another profiler session is active.') });
    expect((await session.run(y, new Map([[x, [[1, 0], [0, 1]]]]), { options: { traceLevel: 3 } })).toArray()).toEqual([[1, 2], [3, 4]]);
  });

  it('has a graph per device, with the copies between them', async () => {
    const graph = new Graph();
    const { x, z } = graph.asDefault(() => {
      const x = placeholder('float32', [2], { name: 'x' });
      const y = graph.device('/cpu:0', () => ops.neg(x, { name: 'y' }));
      return { x, z: graph.device('/gpu:0', () => ops.neg(y, { name: 'z' })) };
    });
    await using session = new Session({ graph, backends: [reference(), reference({ name: 'gpu', deviceType: 'GPU' })], logger: quiet });
    const metadata: RunMetadata = {};
    await session.run(z, new Map([[x, [1, 2]]]), { options: { outputPartitionGraphs: true }, metadata });
    const opsByGraph = metadata.partitionGraphs?.map(({ node }) => (node ?? []).map(({ op }) => op));
    expect(opsByGraph).toHaveLength(2);
    expect(opsByGraph?.flat()).toEqual(expect.arrayContaining(['_Send', '_Recv', '_Arg', '_Retval']));
    expect(metadata.stepStats).toBeUndefined();
  });
});
