import { describe, expect, it } from 'vitest';
import { AssertionError, CancelledError, InvalidArgumentError, RuntimeError, ValueError } from '../errors.js';
import { constant, placeholder } from '../api/values.js';
import { Graph } from '../graph/graph.js';
import * as ops from '../ops/families.js';
import type { ConfigInput } from '../proto/index.js';
import { recording } from '../recording/recording.js';
import { reference } from '../reference/reference.js';
import { getDefaultGraph } from '../state/defaultGraph.js';
import { getDefaultSession } from './defaults.js';
import { InteractiveSession } from './interactiveSession.js';
import type { Logger } from './logger.js';
import { Session } from './session.js';

function small() {
  const graph = new Graph();
  const { x, y } = graph.asDefault(() => {
    const x = placeholder('float32', [], { name: 'x' });
    return { x, y: ops.neg(x, { name: 'y' }) };
  });
  return { graph, x, y };
}

const quiet: Logger = { info: () => undefined, warning: () => undefined, error: () => undefined };
const open = (graph: Graph): Session => new Session({ graph, backends: [reference()], logger: quiet });

describe('default sessions', () => {
  it('holds across await, and not between tasks', async () => {
    const a = small();
    const b = small();
    await using first = open(a.graph);
    await using second = open(b.graph);
    const task = (session: Session, { x, y }: typeof a, value: number): Promise<unknown> => session.asDefault(async () => {
      await new Promise((resolve) => { setTimeout(resolve, 5 - value); });
      expect(getDefaultSession()).toBe(session);
      return (await y.eval({ feeds: new Map([[x, value]]) })).item();
    });
    expect(await Promise.all([task(first, a, 1), task(second, b, 2)])).toEqual([-1, -2]);
    expect(getDefaultSession()).toBeUndefined();
  });

  it('is a using scope that must nest', async () => {
    const { graph, x, y } = small();
    await using session = open(graph);
    {
      using _scope = session.asDefault();
      expect(getDefaultSession()).toBe(session);
      expect(getDefaultGraph()).not.toBe(graph);
      await y.op.run({ feeds: [[x, 1]] });
    }
    expect(getDefaultSession()).toBeUndefined();
    const outer = session.asDefault();
    const inner = session.asDefault();
    expect(() => { outer[Symbol.dispose](); }).toThrow(new AssertionError('Nesting violated for default stack of Session objects'));
    inner[Symbol.dispose]();
    outer[Symbol.dispose]();
  });

  it('ends with its using scope for the caller of an async function too', async () => {
    const { graph, y } = small();
    await using session = open(graph);
    const task = async (): Promise<void> => {
      using _default = session.asDefault();
      using _graph = graph.asDefault();
      using _scope = graph.nameScope('inside');
      using _device = graph.device('/cpu:0');
      await new Promise((resolve) => { setTimeout(resolve, 1); });
      expect(getDefaultSession()).toBe(session);
      expect(ops.neg(y, { name: 'z' }).op).toMatchObject({ name: 'inside/z', device: '/device:CPU:0' });
    };
    await task();
    expect(getDefaultSession()).toBeUndefined();
    expect(getDefaultGraph()).not.toBe(graph);
    expect(graph.asDefault(() => ops.neg(y, { name: 'z' }).op)).toMatchObject({ name: 'z', device: '' });
  });

  it('says what is wrong with eval and run', async () => {
    const { graph, y } = small();
    await using session = open(graph);
    const other = small();
    await expect(y.eval()).rejects.toThrow(new ValueError('Cannot evaluate tensor using `eval()`: No default session is registered. Use `with sess.as_default()` or pass an explicit session to `eval(session=sess)`'));
    await expect(y.op.run()).rejects.toThrow('Cannot execute operation using `run()`: No default session is registered.');
    await session.asDefault(async () => {
      await expect(other.y.eval()).rejects.toThrow("Cannot use the default session to evaluate tensor: the tensor's graph is different from the session's graph.");
      await expect(other.y.op.run()).rejects.toThrow("Cannot use the default session to execute operation: the operation's graph is different");
    });
    await expect(other.y.eval({ session })).rejects.toThrow("Cannot use the given session to evaluate tensor: the tensor's graph is different from the session's graph.");
  });
});

describe('enter', () => {
  it('makes graph and session the defaults, and closes on every exit', async () => {
    const { graph, x, y } = small();
    const session = open(graph);
    const value = await session.enter(async () => {
      expect(getDefaultGraph()).toBe(graph);
      await expect(session.enter(() => 1)).rejects.toThrow(new RuntimeError('Session context managers are not re-entrant. Use `Session.as_default()` if you want to enter a session multiple times.'));
      return (await y.eval({ feeds: new Map([[x, 3]]) })).item();
    });
    expect(value).toBe(-3);
    await expect(session.run(y)).rejects.toThrow('Attempted to use a closed Session.');
    const failing = open(graph);
    await expect(failing.enter(() => { throw new Error('mine'); })).rejects.toThrow('mine');
    await expect(failing.run(y)).rejects.toThrow(RuntimeError);
    await expect(session.enter((inner) => inner.run(y))).rejects.toThrow('Attempted to use a closed Session.');
  });
});

describe('interactive sessions', () => {
  it('are the default until they close, and warn about each other', async () => {
    const { graph, x, y } = small();
    graph.asDefault(() => ops.identity(y, { name: 'elsewhere' }));
    const warnings: string[] = [];
    const logger: Logger = { ...quiet, warning: (text) => warnings.push(text) };
    const first = new InteractiveSession({ graph, backends: [reference()], logger });
    expect((await y.eval({ feeds: new Map([[x, 2]]) })).item()).toBe(-2);
    expect(getDefaultGraph()).toBe(graph);
    const second = new InteractiveSession({ graph, backends: [reference()], logger });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('An interactive session is already active.');
    await second.close();
    await first.close();
    expect(getDefaultSession()).toBeUndefined();
  });
});

describe('an interactive session', () => {
  // Made in one flow, used and closed in others: what a test runner does with its hooks, and a shell with its lines.
  const elsewhere = async <R>(fn: () => R): Promise<R> => {
    await new Promise((resolve) => { setTimeout(resolve, 1); });
    return fn();
  };

  it('is the default of every flow that has none', async () => {
    const { graph, x, y } = small();
    await using other = open(graph);
    
    const session = await elsewhere(() => new InteractiveSession({ graph, backends: [reference()], logger: quiet }));
    expect(await elsewhere(() => [getDefaultSession() === session, getDefaultGraph() === graph])).toEqual([true, true]);
    expect((await y.eval({ feeds: new Map([[x, 2]]) })).item()).toBe(-2);
    other.asDefault(() => { expect(getDefaultSession()).toBe(other); });
    await elsewhere(() => session.close());
    expect(getDefaultSession()).toBeUndefined();
    expect(getDefaultGraph()).not.toBe(graph);
  });

  it('closed before a later one fails, and is the default until it is closed again', async () => {
    const { graph, y } = small();
    const [first, second] = [0, 1].map(() => new InteractiveSession({ graph, backends: [reference()], logger: quiet }));
    await expect(first!.close()).rejects.toThrow(new AssertionError('Nesting violated for default stack of InteractiveSession objects'));
    await expect(first!.run(y)).rejects.toThrow(RuntimeError);
    await second!.close();
    expect(getDefaultSession()).toBe(first);
    await first!.close();
    expect(getDefaultSession()).toBeUndefined();
  });
});

describe('reset and close', () => {
  it('closes every session of the process', async () => {
    const { graph, y } = small();
    const sessions = [open(graph), open(graph)];
    await Session.reset('');
    for (const session of sessions) await expect(session.run(y)).rejects.toThrow(RuntimeError);
  });

  it('leaves a callable with CancelledError, a callable with feeds with RuntimeError', async () => {
    const { graph, x, y } = small();
    const c = graph.asDefault(() => constant(4));
    const session = open(graph);
    const plain = session.makeCallable(c);
    const fed = session.makeCallable(y, { feedList: [x] });
    expect((await plain()).item()).toBe(4);
    expect((await fed(3)).item()).toBe(-3);
    await session.close();
    await expect(plain()).rejects.toThrow(new CancelledError('Session has been closed.'));
    await expect(fed(3)).rejects.toThrow(RuntimeError);
  });
});

describe('arguments', () => {
  it('takes null for what Python takes None for', async () => {
    await using session = new Session({ target: null, graph: null, config: null });
    expect(session.graph).toBe(getDefaultGraph());
    await new InteractiveSession({ graph: null, config: null, logger: quiet }).close();
  });

  it.each([
    [{ graph: {} }, 'graph must be a tf.Graph, but got Object'],
    [{ graph: 3, target: 3, config: 3 }, 'graph must be a tf.Graph, but got number'],
    [{ target: 3, config: 3 }, 'target must be a string, but got number'],
    [{ target: { allowSoftPlacement: true } }, 'target must be a string, but got Object. Did you do "Session(config)" instead of "Session(config=config)"?'],
    [{ config: 3 }, 'config must be a tf.ConfigProto, but got number'],
    ['', 'Session takes its options as one object (target, graph, config, backends, registry, log, logger), but got ""'],
    [{ grap: null }, "Session has no option 'grap'"],
  ])('are checked in order: %j', (options, text) => {
    expect(() => { Reflect.construct(Session, [options]); }).toThrow(TypeError);
    expect(() => { Reflect.construct(Session, [options]); }).toThrow(text);
  });
});

describe('configuration', () => {
  const made = (config: ConfigInput | string): string[] => {
    const warnings: string[] = [];
    const session = new Session({ graph: new Graph(), backends: [], config, logger: { ...quiet, warning: (text) => warnings.push(text) } });
    void session.close();
    return warnings;
  };

  it('says what does nothing, once, by its proto name', () => {
    expect(made({ allowSoftPlacement: true, intraOpParallelismThreads: 2, gpuOptions: { allowGrowth: true } })).toEqual([]);
    const warnings = made({ interOpParallelismThreads: 2, gpuOptions: { allocatorType: 'BFC' }, deviceFilters: ['/job:ps'] });
    expect(warnings).toHaveLength(3);
    expect(warnings.join('\n')).toMatch(/^ConfigProto: inter_op_parallelism_threads has no effect: /m);
    expect(warnings.join('\n')).toMatch(/^ConfigProto: gpu_options\.allocator_type has no effect: /m);
    expect(made('device_filters: "/job:ps"')).toEqual(['ConfigProto: device_filters has no effect: it acts in distributed sessions only.']);
  });

  it.each<[ConfigInput, string]>([
    [{ gpuOptions: { visibleDeviceList: '0,x' } }, "Could not parse entry in 'visible_device_list': 'x'. visible_device_list = 0,x"],
    [{ gpuOptions: { visibleDeviceList: '1,1' } }, 'visible_device_list contained a duplicate entry: 1,1'],
    [{ gpuOptions: { perProcessGpuMemoryFraction: 1.5 } }, 'gpu_options.per_process_gpu_memory_fraction is 1.5. Give a part of the memory: more than 0, at most 1.'],
    [{ gpuOptions: { perProcessGpuMemoryFraction: 0.5, experimental: { virtualDevices: [{ memoryLimitMb: [10] }] } } }, "It's invalid to set per_process_gpu_memory_fraction when virtual_devices is set."],
    [{ experimental: { executorType: 'NONE' } }, 'No executor factory registered for the given executor type: NONE'],
    [{ experimental: { sessionMetadata: { name: 'a', version: -1 } } }, "Session version shouldn't be negative"],
    [{ deviceCount: { CPU: 0 } }, 'No CPU devices are available in this process'],
  ])('refuses %j', (config, text) => {
    expect(() => made(config)).toThrow(text);
  });

  it('lets no two live sessions have the same metadata, nor pools of one name differ', async () => {
    const config = { experimental: { sessionMetadata: { name: 'twin', version: 1 } } };
    const session = new Session({ graph: new Graph(), backends: [], config, logger: quiet });
    expect(() => new Session({ graph: new Graph(), backends: [], config, logger: quiet })).toThrow('A session with the same name and version has already been created');
    await session.close();
    await new Session({ graph: new Graph(), backends: [], config, logger: quiet }).close();
    made({ sessionInterOpThreadPool: [{ globalName: 'pool', numThreads: 2 }] });
    expect(() => made({ sessionInterOpThreadPool: [{ globalName: 'pool', numThreads: 3 }] })).toThrow('Pool pool configured previously with num_threads=2; cannot re-configure with num_threads=3');
  });

  it('logs placements to `log`, and refuses to extend a static graph', async () => {
    const { graph, x, y } = small();
    const lines: string[] = [];
    const config = { logDevicePlacement: true, experimental: { optimizeForStaticGraph: true } };
    await using session = new Session({ graph, backends: [reference()], config, log: (text) => lines.push(text), logger: quiet });
    await session.run(y, new Map([[x, 1]]));
    expect(lines[0]).toBe('Device mapping: no known devices.');
    expect(lines.slice(1)).toEqual(expect.arrayContaining(['y: (Neg): /job:localhost/replica:0/task:0/device:CPU:0']));
    const z = graph.asDefault(() => ops.neg(y));
    await expect(session.run(z, new Map([[x, 1]]))).rejects.toThrow('Extending the graph is not supported when `optimize_for_static_graph` is true.');
  });

  it('has graphDef and listDevices', async () => {
    const { graph } = small();
    await using session = new Session({ graph, backends: [reference()], config: { deviceCount: { CPU: 2 }, graphOptions: { inferShapes: true } }, logger: quiet });
    expect(session.graphDef.node?.map(({ name }) => name)).toEqual(['x', 'y']);
    expect(session.graphDef.node?.[1]?.attr?.has('_output_shapes')).toBe(true);
    const devices = await session.listDevices();
    expect(devices[0]).toMatchObject({ name: '/job:localhost/replica:0/task:0/device:CPU:0', deviceType: 'CPU' });
    expect(devices[0]?.incarnation).not.toBe(0n);
    expect(String(devices[0])).toMatch(/^_DeviceAttributes\(.*CPU:0, CPU, \d+, \d+\)$/);
    await expect(session.run('y:0', { 'x:0': 1 }, { options: { interOpThreadPool: 1 } })).rejects.toThrow(new InvalidArgumentError('Invalid inter_op_thread_pool: 1'));
  });
});

describe('options', () => {
  it.each<[string, unknown, string]>([
    ['a misspelt one', { backend: [] }, "Session has no option 'backend'; it has target, graph, config, backends, registry, log, logger. Did you mean 'backends'?"],
    ['a configuration in their place', { allowSoftPlacement: true }, "Session has no option 'allowSoftPlacement'; it has target, graph, config, backends, registry, log, logger."],
    ['a backend that is none', { backends: [3] }, '3 is no Backend. Expected an object with name, deviceType, priority, kernels, discover and open.'],
    ['a graph that is none', { graph: {} }, 'graph must be a tf.Graph, but got Object'],
    ['a target that is no text', { target: {} }, 'target must be a string, but got Object. Did you do "Session(config)" instead of "Session(config=config)"?'],
  ])('%s', (_what, options, message) => {
    expect(() => { Reflect.construct(Session, [options]); }).toThrow(new TypeError(message));
  });
});

describe('release', () => {
  it('leaves nothing behind after success, cancellation and a partial run', async () => {
    const { graph, x, y } = small();
    const backend = recording({ deviceType: 'CPU' });
    const session = new Session({ graph, backends: [backend], logger: quiet });
    await session.run(y, new Map([[x, 1]]));
    const controller = new AbortController();
    const cancelled = session.run(y, new Map([[x, 1]]), { signal: controller.signal }).catch((error: unknown) => error);
    controller.abort();
    await cancelled;
    const h = await session.partialRunSetup([y], [x]);
    expect((await session.partialRun(h, y, { 'x:0': 1 })).dtype).toBe('float32');
    await session.close();
    const verbs = backend.log.map(({ verb }) => verb);
    expect(verbs.filter((verb) => verb === 'allocate')).toHaveLength(verbs.filter((verb) => verb === 'release').length);
    expect(verbs.at(-1)).toBe('close');
  });
});
