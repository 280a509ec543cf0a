/** Callables of options, as TensorFlow's direct_session_test.cc shows them; docs/restated-tests.md says which test of it is shown where. */
import { describe, expect, it } from 'vitest';
import * as tf from '../index.js';
import { counted } from '../execute/counted.fixture.js';

const silent: tf.Logger = { info: () => undefined, warning: () => undefined, error: () => undefined };

/** a is 2 × 2, and z = −(a · b); `parts` are the rows of a. */
function chain() {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const a = tf.constant([[2, 1], [0, -3]], { name: 'a' });
    const y = tf.matMul(a, tf.constant([[4], [5]], { name: 'b' }), { name: 'y' });
    const z = tf.identity(tf.neg(y, { name: 'negated' }), { name: 'z' });
    const parts = tf.split(a, 2, { name: 'parts' });
    return { graph, z, y, sum: tf.add(parts[0]!, parts[1]!, { name: 'sum' }), count: tf.constant(3, { dtype: 'int32', name: 'count' }) };
  });
}

const open = (graph: tf.Graph): tf.Session => new tf.Session({ graph, backends: [tf.reference()], logger: silent });

function refused(call: () => unknown): { readonly name: string; readonly message: string } {
  try {
    call();
  } catch (error) {
    if (error instanceof Error) return { name: error.name, message: error.message };
  }
  throw new Error('the call went well');
}

describe('a callable', () => {
  it('is made, called and released again and again, and has a number', async () => {
    await using session = open(chain().graph);
    for (let round = 0; round < 2; round++) {
      const call = session.makeCallableFromOptions({ fetch: ['y:0'], target: ['negated'] });
      for (let i = 0; i < 2; i++) expect((await call()).map((value) => value.toArray())).toEqual([[[13], [-15]]]);
      call.release();
      await expect(call()).rejects.toThrow(tf.errors.InvalidArgumentError);
      await expect(call()).rejects.toThrow(`Attempted to run callable after handle was released: ${round}`);
    }
  });

  it('gives nothing where only targets are run, and says what is fed wrongly', async () => {
    await using session = open(chain().graph);
    expect(await session.makeCallableFromOptions({ target: ['z'] })()).toEqual([]);
    const call = session.makeCallableFromOptions({ feed: ['y'], fetch: ['z:0'] });
    expect((await call([tf.HostTensor.from([7])]))[0]?.toArray()).toEqual([-7]);
    await expect(call()).rejects.toThrow('Expected 1 feed tensors, but got 0');
    await expect(call([tf.HostTensor.from(1), tf.HostTensor.from(1)])).rejects.toThrow('Expected 1 feed tensors, but got 2');
    await expect(call([tf.HostTensor.from(1, { dtype: 'int32' })])).rejects.toThrow('Expects arg[0] to be float but int32 is provided');
  });

  it('has run options of its own, of which those that do nothing are said', async () => {
    const graph = new tf.Graph();
    const take = graph.asDefault(() => new tf.FIFOQueue(1, 'float32').dequeue() as tf.Tensor);
    const warnings: string[] = [];
    await using session = new tf.Session({ graph, backends: [tf.reference()], logger: { ...silent, warning: (line) => warnings.push(line) } });
    for (let i = 0; i < 2; i++) {
      const call = session.makeCallableFromOptions({ fetch: [take.name], runOptions: { timeoutInMs: 20, experimental: { useRunHandlerPool: true } } });
      await expect(call()).rejects.toThrow(new tf.errors.DeadlineExceededError('Timed out waiting for notification'));
    }
    expect(warnings).toEqual([expect.stringMatching(/^RunOptions: experimental\.use_run_handler_pool has no effect/)]);
    await expect(session.makeCallableFromOptions({ fetch: [take.name], runOptions: { interOpThreadPool: 4 } })()).rejects.toThrow('Invalid inter_op_thread_pool: 4');
  });

  it('fails as cancelled once its session is closed, whether it was released or not', async () => {
    const session = open(chain().graph);
    const [kept, released, unused] = [1, 2, 3].map(() => session.makeCallableFromOptions({ fetch: ['y:0'] }));
    await kept!();
    released!.release();
    await session.close();
    for (const call of [kept!, released!, unused!]) await expect(call()).rejects.toThrow(new tf.errors.CancelledError('Session has been closed.'));
    expect(() => session.makeCallableFromOptions({ fetch: ['y:0'] })).toThrow(new tf.errors.CancelledError('Session has been closed.'));
  });

  it.each<[tf.CallableInput, string, string]>([
    [{}, 'InvalidArgumentError', 'Must specify at least one target to fetch or execute.'],
    [{ fetch: ['gone:0'] }, 'InvalidArgumentError', 'Tensor gone:0, specified in either feed_devices or fetch_devices was not found in the Graph'],
    [{ feed: ['gone'], fetch: ['z'] }, 'InvalidArgumentError', 'Tensor gone:0, specified in either feed_devices or fetch_devices was not found in the Graph'],
    [{ fetch: ['a:3'] }, 'OutOfRangeError', "Node 'a' (type: 'Const', num of outputs: 1) does not have output 3"],
    [{ target: ['z', 'gone', 'away'] }, 'NotFoundError', 'PruneForTargets: Some target nodes not found: gone away '],
  ])('of %j is refused', async (options, name, message) => {
    await using session = open(chain().graph);
    expect(refused(() => session.makeCallableFromOptions(options))).toEqual({ name, message });
  });
});

describe('tensor_connection', () => {
  const options = (connections: Readonly<Record<string, string>>, fetch: readonly string[], feed: readonly string[] = []): tf.CallableInput =>
    ({ feed, fetch, tensorConnection: Object.entries(connections).map(([toTensor, fromTensor]) => ({ fromTensor, toTensor })) });
  const a = [[2, 1], [0, -3]];
  const negated = [[-2, -1], [-0, 3]];

  it.each<[string, Readonly<Record<string, string>>, readonly string[], readonly unknown[]]>([
    ['in the place of what is computed', { 'y:0': 'a:0' }, ['z:0'], [negated]],
    ['and is fetched itself', { 'y:0': 'a:0' }, ['a:0', 'negated:0'], [a, negated]],
    ['named by its node', { y: 'a' }, ['z'], [negated]],
    ['in several places', { 'parts:0': 'a:0', 'parts:1': 'a:0' }, ['sum:0'], [[[4, 2], [0, -6]]]],
    ['in the place of one output of a node', { 'parts:1': 'b:0' }, ['sum:0'], [[[6, 5], [7, 6]]]],
    ['though it is replaced itself', { 'y:0': 'a:0', 'negated:0': 'y:0' }, ['z:0'], [[[13], [-15]]]],
  ])('puts a tensor %s', async (_what, connections, fetch, expected) => {
    await using session = open(chain().graph);
    const call = session.makeCallableFromOptions(options(connections, fetch));
    for (let i = 0; i < 2; i++) expect((await call()).map((value) => value.toArray())).toEqual(expected);
    // The graph itself is as it was.
    expect((await session.run('z:0'))?.toArray()).toEqual([[-13], [15]]);
    call.release();
  });

  it('takes what is computed from a feed; a placeholder that is fed has no value of its own', async () => {
    const graph = new tf.Graph();
    graph.asDefault(() => {
      const [p, q] = [tf.placeholder('float32', [], { name: 'p' }), tf.placeholder('float32', [], { name: 'q' })];
      tf.multiply(p, 10, { name: 'tenfold' });
      tf.add(p, q, { name: 'both' });
    });
    await using session = open(graph);
    const call = session.makeCallableFromOptions(options({ 'q:0': 'tenfold:0' }, ['both:0'], ['p:0']));
    expect((await call([tf.HostTensor.from(4)]))[0]?.item()).toBe(44);
    await expect(session.makeCallableFromOptions(options({ 'q:0': 'p:0' }, ['both:0'], ['p:0']))([tf.HostTensor.from(4)])).rejects.toThrow("You must feed a value for placeholder tensor 'p' with dtype float");
  });

  it('may go against the graph where a feed cuts it', async () => {
    await using session = open(chain().graph);
    const call = session.makeCallableFromOptions(options({ 'a:0': 'negated:0' }, ['z:0'], ['y:0']));
    expect((await call([tf.HostTensor.from([8])]))[0]?.toArray()).toEqual([-8]);
  });

  it.each<[string, tf.CallableInput, string, string]>([
    ['a cycle', options({ 'a:0': 'y:0' }, ['z:0']), 'InvalidArgumentError', 'Requested Tensor connection between nodes "a" and "y" would create a cycle.'],
    ['a cycle of one node', options({ 'parts:0': 'parts:1' }, ['sum:0']), 'InvalidArgumentError', 'Requested Tensor connection between nodes "parts" and "parts" would create a cycle.'],
    ['what is not there', options({ 'y:0': 'gone:0' }, ['y:0']), 'InvalidArgumentError', 'Requested tensor connection from unknown node: "y:0".'],
    ['an output that is not there', options({ 'y:0': 'a:17' }, ['y:0']), 'InvalidArgumentError', 'Requested tensor connection from unknown edge: "y:0" (actual number of outputs = 1).'],
    ['to nothing', options({ 'gone:0': 'a:0' }, ['y:0']), 'NotFoundError', 'FeedInputs: unable to find feed output gone:0'],
    ['to an output that is not there', options({ 'y:3': 'a:0' }, ['z:0']), 'InvalidArgumentError', 'FeedInputs: y:3 should have output index < 1'],
    ['two for one', { fetch: ['z:0'], tensorConnection: [{ fromTensor: 'a:0', toTensor: 'negated:0' }, { fromTensor: 'b:0', toTensor: 'negated:0' }] }, 'InvalidArgumentError', 'Endpoint "negated:0" fed more than once.'],
    ['what is fed', options({ 'y:0': 'a:0' }, ['z:0'], ['y:0']), 'InvalidArgumentError', 'Endpoint "y:0" fed more than once.'],
    ['what is fetched', options({ 'y:0': 'a:0' }, ['y:0']), 'InvalidArgumentError', 'y:0 is both fed and fetched.'],
    ['another dtype', options({ 'negated:0': 'count:0' }, ['z:0']), 'InvalidArgumentError', 'Input 0 of node z was passed int32 from _identity_negated_0:0 incompatible with expected float.'],
    ['nothing to run', options({ 'y:0': 'a:0' }, []), 'InvalidArgumentError', 'Must specify at least one target to fetch or execute.'],
  ])('refuses %s', async (_what, given, name, message) => {
    await using session = open(chain().graph);
    expect(refused(() => session.makeCallableFromOptions(given))).toEqual({ name, message });
  });
});

describe('feed_devices and fetch_devices', () => {
  const gpu = '/job:localhost/replica:0/task:0/device:GPU:0';
  const cpu = '/job:localhost/replica:0/task:0/device:CPU:0';

  function through(dtype: tf.DType) {
    const graph = new tf.Graph();
    graph.asDefault(() => {
      const x = tf.placeholder(dtype, null, { name: 'x' });
      tf.identity(x, { name: 'y' });
    });
    return graph;
  }

  /** A session with a GPU, and what went up to it and down. By default one whose memory the host does not see, and which holds 32-bit numbers. */
  function onGpu(graph: tf.Graph, config: NonNullable<tf.SessionOptions['config']> = {}, backend: tf.Backend = tf.simulated()) {
    const far = counted(backend);
    return { session: new tf.Session({ graph, backends: [tf.reference(), far.backend], config, logger: silent }), ...far };
  }

  it('leave a value in the memory of a GPU, and take it from there into calls and runs, without a copy', async () => {
    const graph = new tf.Graph();
    const { x, y } = graph.asDefault(() => {
      const x = tf.placeholder('float32', null, { name: 'x' });
      return { x, y: tf.square(x, { name: 'y' }) };
    });
    const { session, uploads, downloads, devices } = onGpu(graph);
    const toGpu = session.makeCallableFromOptions({ feed: ['x:0'], fetch: ['y:0'], fetchDevices: new Map([['y:0', gpu]]), fetchSkipSync: true });
    const [kept] = await toGpu([tf.HostTensor.from([2, 3])]);
    expect(kept).toBeInstanceOf(tf.TensorHandle);
    expect(String(kept)).toMatch(/;\/job:localhost\/replica:0\/task:0\/device:GPU:0$/);
    expect([uploads, downloads]).toEqual([[8], []]);
    const fromGpu = session.makeCallableFromOptions({ feed: ['x:0'], fetch: ['y:0'], feedDevices: new Map([['x:0', gpu]]) });
    expect((await fromGpu([kept!]))[0]?.toArray()).toEqual([16, 81]);
    expect((await session.run(y, [[x, kept as tf.TensorHandle]])).toArray()).toEqual([16, 81]);
    expect([uploads, downloads]).toEqual([[8], [8, 8]]);
    expect((await (kept as tf.TensorHandle).eval()).toArray()).toEqual([4, 9]);
    (kept as tf.TensorHandle).delete();
    await expect(fromGpu([kept!])).rejects.toThrow('is not in the session store.');
    await session.close();
    expect(devices.map((device) => device.memory().buffers)).toEqual([0]);
  });

  it('bring to the GPU what is computed elsewhere', async () => {
    const graph = new tf.Graph();
    graph.asDefault(() => { tf.device('/cpu:0', () => tf.neg(tf.placeholder('float32', [2], { name: 'x' }), { name: 'y' })); });
    const { session, uploads } = onGpu(graph);
    const [kept, plain] = await session.makeCallableFromOptions({ feed: ['x:0'], fetch: ['y:0', 'y:0'], fetchDevices: new Map([['y:0', gpu]]), fetchSkipSync: true })([tf.HostTensor.from([2, 3])]);
    expect(uploads).toEqual([8]);
    for (const value of [kept, plain]) expect((await (value as tf.TensorHandle).eval()).toArray()).toEqual([-2, -3]);
    await session.close();
  });

  const known = ['bfloat16', 'bool', 'complex128', 'complex64', 'float64', 'float32', 'float16', 'int16', 'int64', 'int8', 'uint16', 'uint8'] as const;
  it.each([false, true].flatMap((soft) => known.map((dtype) => [dtype, soft] as const)))('hold for %s, with soft placement: %s', async (dtype, allowSoftPlacement) => {
    const { session } = onGpu(through(dtype), { allowSoftPlacement }, tf.reference({ name: 'gpu', deviceType: 'GPU' }));
    const value = tf.HostTensor.from([1, 0, 1, 1], { dtype, shape: [2, 2] });
    const [kept] = await session.makeCallableFromOptions({ feed: ['x:0'], fetch: ['y:0'], fetchDevices: new Map([['y:0', gpu]]), fetchSkipSync: true })([value]);
    const [back] = await session.makeCallableFromOptions({ feed: ['x:0'], fetch: ['y:0'], feedDevices: new Map([['x:0', gpu]]) })([kept!]);
    expect(back?.dtype).toBe(dtype);
    expect(back?.bytes()).toEqual(value.bytes());
    await session.close();
  });

  it.each([['int32', 'int32'], ['string', 'string'], ['uint32', 'uint32'], ['uint64', 'uint64'], ['resource', 'resource'], ['variant', 'variant'], ['qint8', 'qint8']] as const)('are refused for %s', async (dtype, text) => {
    const { session } = onGpu(through(dtype));
    const words = (tensor: string): object => ({
      name: 'UnimplementedError', message: `Cannot feed or fetch tensor '${tensor}' from device ${gpu} as feeding/fetching from GPU devices is not yet supported for ${text} tensors`,
    });
    expect(refused(() => session.makeCallableFromOptions({ feed: ['x:0'], fetch: ['y:0'], fetchDevices: new Map([['y:0', gpu]]), fetchSkipSync: true }))).toEqual(words('y:0'));
    expect(refused(() => session.makeCallableFromOptions({ feed: ['x:0'], fetch: ['y:0'], feedDevices: new Map([['x:0', gpu]]) }))).toEqual(words('x:0'));
    await session.close();
  });

  it('are refused for what the device does not hold', async () => {
    const { session } = onGpu(through('int64'));
    const call = session.makeCallableFromOptions({ feed: ['x:0'], fetch: ['y:0'], fetchDevices: new Map([['y:0', gpu]]), fetchSkipSync: true });
    await expect(call([tf.HostTensor.from([1], { dtype: 'int64' })])).rejects.toThrow(`from device ${gpu} as feeding/fetching from GPU devices is not yet supported for int64 tensors: the device holds no int64`);
    await session.close();
  });

  it.each<[string, tf.CallableInput, string, string]>([
    ['a fetch that is to wait for the device', { fetchDevices: new Map([['y:0', gpu]]) }, 'UnimplementedError', "CallableOptions.fetch_skip_sync = false is not yet implemented. You can set it to true instead, but MUST ensure that Device::Sync() is invoked on the Device corresponding to the fetched tensor before dereferencing the Tensor's memory."],
    ['what is no name', { feedDevices: new Map([['x:0', 'bad']]) }, 'InvalidArgumentError', "Invalid device name ('bad') provided for the tensor 'x:0' in CallableOptions"],
    ['a type of device that is neither CPU nor GPU', { feedDevices: new Map([['x:0', '/job:localhost/replica:0/task:0/device:TPU:0']]) }, 'UnimplementedError', "Cannot feed or fetch tensor 'x:0' from device /job:localhost/replica:0/task:0/device:TPU:0 as feeding/fetching from TPU devices is not yet supported for float tensors"],
  ])('refuse %s', async (_what, devices, name, message) => {
    const { session } = onGpu(through('float32'));
    expect(refused(() => session.makeCallableFromOptions({ feed: ['x:0'], fetch: ['y:0'], ...devices as object }))).toEqual({ name, message });
    await session.close();
  });

  it('must be devices of the session, by their full names; what is neither fed nor fetched is not looked at', async () => {
    const { session } = onGpu(through('float32'));
    const call = (feedDevices: ReadonlyMap<string, string>): Promise<tf.HostTensor[]> => session.makeCallableFromOptions({ feed: ['x:0'], fetch: ['y:0'], feedDevices })([tf.HostTensor.from([5])]);
    for (const name of ['/cpu:0', gpu.replace('GPU:0', 'GPU:1')]) {
      await expect(call(new Map([['x:0', name]]))).rejects.toThrow(tf.errors.InvalidArgumentError);
      await expect(call(new Map([['x:0', name]]))).rejects.toThrow(`Device '${name}' specified for tensor 'x:0' in CallableOptions does not exist`);
    }
    for (const devices of [[['x:0', cpu]], [['x:0', cpu.replace('device:CPU', 'cpu')]], [['gone:0', 'bad']]] as const) expect((await call(new Map(devices)))[0]?.toArray()).toEqual([5]);
    await session.close();
  });
});
