/** Whatever a session did and however it is left, nothing of it stays on any device: counted on a CPU and on an accelerator. */
import { describe, expect, it } from 'vitest';
import * as tf from '../index.js';
import { counted } from '../execute/counted.fixture.js';

const cpu = '/cpu:0';
const gpu = '/gpu:0';
const fed = { 'x:0': [1, 2] };

/** Ops on both devices: arithmetic with values between them, a variable on each, a queue, something that fails, something that waits. */
function workload() {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const x = tf.placeholder('float32', [2], { name: 'x' });
    const n = tf.placeholder('int32', [], { name: 'n' });
    const far = tf.device(gpu, () => tf.multiply(x, tf.constant([3, 4])));
    const near = tf.device(cpu, () => tf.add(far, 1));
    const back = tf.device(gpu, () => tf.square(near));
    const variables = [cpu, gpu].map((device) => tf.device(device, () => new tf.Variable([1, 2])));
    const queue = new tf.FIFOQueue(4, 'float32', { shapes: [[2]] });
    return {
      graph, x, far, back, variables, init: tf.globalVariablesInitializer(), handles: [tf.getSessionHandle(back), tf.getSessionHandle(near)],
      updates: variables.map((v) => tf.device(v.device, () => v.assignAdd(back)).op),
      fails: tf.add(back, tf.cast(tf.device(cpu, () => tf.floordiv(tf.constant(1, { dtype: 'int32' }), n)), 'float32')),
      put: queue.enqueue(back), waits: tf.add(queue.dequeue() as tf.Tensor<'float32'>, back),
    };
  });
}
type Work = ReturnType<typeof workload>;

/** The error of what is to fail. */
const failure = (run: Promise<unknown>): Promise<unknown> => run.then(() => { throw new Error('it went well'); }, (error: unknown) => error);

/** What a session does before it is left; `underWay` is still to be settled then. */
const events: Readonly<Record<string, (session: tf.Session, work: Work, underWay: Promise<unknown>[]) => Promise<void>>> = {
  nothing: async () => undefined,
  'successful runs': async (session, { back, far, init, updates, variables }) => {
    await session.run(init);
    const results = await Promise.all(Array.from({ length: 5 }, () => session.run([back, far, updates], fed)));
    expect(results.map(([value]) => value.toArray())).toEqual(Array.from({ length: 5 }, () => [16, 81]));
    expect((await session.run(variables)).map((value) => value.toArray())).toEqual([[81, 407], [81, 407]]);
  },
  'a failed run': async (session, { fails }) => {
    expect(await failure(session.run(fails, { ...fed, 'n:0': 0 }))).toBeInstanceOf(tf.errors.InvalidArgumentError);
  },
  'a cancelled run': async (session, { waits }) => {
    const controller = new AbortController();
    const run = failure(session.run(waits, fed, { signal: controller.signal }));
    controller.abort();
    expect(await run).toBeInstanceOf(tf.errors.CancelledError);
  },
  'a run that timed out': async (session, { waits }) => {
    expect(await failure(session.run(waits, fed, { options: { timeoutInMs: 10 } }))).toBeInstanceOf(tf.errors.DeadlineExceededError);
  },
  'runs under way': async (session, { waits, back }, underWay) => {
    underWay.push(failure(session.run(waits, fed)), failure(session.run(waits, fed)), session.run(back, fed).catch(() => undefined));
    await session.listDevices();
  },
  'elements in a queue': async (session, { put }) => {
    await Promise.all([session.run(put, fed), session.run(put, fed)]);
  },
  'handles that nobody deleted': async (session, { handles }) => {
    const kept: readonly tf.HostTensor[] = await session.run(handles, fed);
    expect(await Promise.all(kept.map(async (handle) => (handle instanceof tf.TensorHandle ? (await handle.eval()).toArray() : undefined)))).toEqual([[16, 81], [4, 9]]);
  },
  'a partial run that was left': async (session, { far, back, x }) => {
    const handle = await session.partialRunSetup([far, back], [x]);
    expect((await session.partialRun(handle, far, fed)).toArray()).toEqual([3, 8]);
    await session.partialRunSetup([back], [x]);
  },
  'a partial run that failed': async (session, { back, fails, x }) => {
    const handle = await session.partialRunSetup([back, fails], [x, 'n:0']);
    await session.partialRun(handle, back, fed);
    expect(await failure(session.partialRun(handle, fails, { 'n:0': 0 }))).toBeInstanceOf(tf.errors.InvalidArgumentError);
  },
  'callables that are kept': async (session, { back, x }) => {
    const call = session.makeCallable(back, { feedList: [x] });
    expect((await call([1, 2])).toArray()).toEqual([16, 81]);
    const own = session.makeCallableFromOptions({ feed: ['x:0'], fetch: [back.name] });
    expect((await own([tf.HostTensor.from([1, 2])]))[0]?.toArray()).toEqual([16, 81]);
  },
};

type Act = (session: tf.Session) => Promise<void>;

/** How a session is left, around what it does. */
const exits: Readonly<Record<string, (options: tf.SessionOptions, act: Act) => Promise<void>>> = {
  'close()': async (options, act) => {
    const session = new tf.Session(options);
    await act(session);
    await session.close();
  },
  'the end of `await using`': async (options, act) => {
    await using session = new tf.Session(options);
    await act(session);
  },
  'the end of `using`': async (options, act) => {
    let left: tf.Session | undefined;
    {
      using session = new tf.Session(options);
      left = session;
      await act(session);
    }
    expect(() => left.makeCallableFromOptions({})).toThrow(tf.errors.CancelledError);
    await left.close();
  },
  'the end of `enter`': (options, act) => new tf.Session(options).enter(act),
  'an exception in `enter`': async (options, act) => {
    expect(await failure(new tf.Session(options).enter(async (session) => {
      await act(session);
      throw new Error('mine');
    }))).toMatchObject({ message: 'mine' });
  },
  '`asDefault` and close()': async (options, act) => {
    const session = new tf.Session(options);
    await session.asDefault(act);
    await session.close();
  },
  'the close of an InteractiveSession': async (options, act) => {
    const session = new tf.InteractiveSession(options);
    await act(session);
    await session.close();
  },
  'Session.reset': async (options, act) => {
    await act(new tf.Session(options));
    await tf.Session.reset('');
  },
};

describe.each(Object.keys(exits))('%s', (exit) => {
  it.each(Object.keys(events))('releases everything after %s', async (event) => {
    const work = workload();
    const [near, far] = [counted(tf.reference()), counted(tf.simulated())];
    const wrong = (text: string): void => { throw new Error(text); };
    const logger: tf.Logger = { info: () => undefined, warning: wrong, error: wrong };
    const underWay: Promise<unknown>[] = [];
    await exits[exit]!({ graph: work.graph, backends: [near.backend, far.backend], config: { allowSoftPlacement: true }, logger }, (session) => events[event]!(session, work, underWay));
    await Promise.all(underWay);
    const devices = [...near.devices, ...far.devices];
    if (event !== 'nothing' && event !== 'runs under way' && event !== 'a cancelled run') expect(devices).toHaveLength(2);
    expect(devices.map((device) => device.memory()).map(({ buffers, bytes }) => ({ buffers, bytes }))).toEqual(devices.map(() => ({ buffers: 0, bytes: 0 })));
  });
});
