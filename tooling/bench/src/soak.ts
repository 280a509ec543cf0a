/**
 * `node dist/soak.js [runs] [sessions]`: whether a long life leaves anything behind, what a call costs beside its work, and how long the
 * event loop waits while a long run is under way. Needs `--expose-gc` for the heap's figures. Prints one JSON object.
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import * as tf from '@sessionflow/core';
import type { Device } from '@sessionflow/core/device';
import { cpuWasm } from '@sessionflow/cpu-wasm';

const runs = Number(process.argv[2] ?? 100_000);
const sessions = Number(process.argv[3] ?? 2_000);
const quiet = { info: () => undefined, warning: () => undefined, error: () => undefined };
/** The device that was opened last; sessions come one after the other, so there is no other open one. */
let latest: Device | undefined;
const backends = [watched(cpuWasm())];

/** The backend, with its open device remembered: what lies on it must not grow. */
function watched(backend: tf.Backend): tf.Backend {
  return {
    ...backend,
    discover: (config) => backend.discover(config),
    open: async (info) => {
      latest = await backend.open(info);
      return latest;
    },
  };
}

/** Buffers on that device. */
function buffers(): number {
  return latest?.memory().buffers ?? 0;
}

/** After some collections: what a WeakRef was asked for lives to the end of its turn, and finalizers have turns of their own. */
async function heapMegabytes(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
  return process.memoryUsage().heapUsed / 1e6;
}

function chain(length: number): { graph: tf.Graph; x: tf.Tensor<'float32'>; y: tf.Tensor } {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const x = tf.placeholder('float32', [4], { name: 'x' });
    // Matrix products do not fuse into one launch, as elementwise ops would.
    const w = tf.constant([[0.5, 0, 0, 0], [0, 0.5, 0, 0], [0, 0, 0.5, 0], [0, 0, 0, 0.5]]);
    let y: tf.Tensor = tf.reshape(x, [1, 4]);
    for (let i = 0; i < length; i++) y = tf.matMul(y, w);
    return { graph, x, y };
  });
}

async function soakRuns(): Promise<object> {
  const { graph, x, y } = chain(2);
  await using session = new tf.Session({ graph, backends, logger: quiet });
  const feeds = new Map([[x, tf.HostTensor.from([1, 2, 3, 4])]]);
  const some = async (count: number): Promise<void> => { for (let i = 0; i < count; i++) await session.run(y, feeds); };
  await some(Math.min(2000, runs));
  const before = await heapMegabytes();
  const buffersBefore = buffers();
  const start = performance.now();
  await some(runs);
  const ms = performance.now() - start;
  return { runs, microsecondsPerRun: (ms * 1000) / runs, heapBeforeMB: before, heapAfterMB: await heapMegabytes(), buffersBefore, buffersAfter: buffers() };
}

async function soakSessions(): Promise<object> {
  const { graph, x, y } = chain(2);
  const some = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await using session = new tf.Session({ graph, backends, logger: quiet });
      await session.run(y, new Map([[x, [1, 2, 3, 4]]]));
    }
  };
  await some(Math.min(20, sessions));
  const before = await heapMegabytes();
  const start = performance.now();
  await some(sessions);
  const ms = performance.now() - start;
  return { sessions, millisecondsPerSession: ms / sessions, heapBeforeMB: before, heapAfterMB: await heapMegabytes(), buffersLeft: buffers(), rssMB: process.memoryUsage().rss / 1e6 };
}

async function overhead(length: number): Promise<object> {
  const { graph, x, y } = chain(length);
  await using session = new tf.Session({ graph, backends, logger: quiet });
  const value = tf.HostTensor.from([1, 2, 3, 4]);
  const feeds = new Map([[x, value]]);
  const callable = session.makeCallableFromOptions({ feed: [x.name], fetch: [y.name] });
  const time = async (call: () => Promise<unknown>): Promise<number> => {
    for (let i = 0; i < 200; i++) await call();
    const count = 1000;
    const start = performance.now();
    for (let i = 0; i < count; i++) await call();
    return ((performance.now() - start) * 1000) / count;
  };
  return { ops: length, runMicroseconds: await time(() => session.run(y, feeds)), callableMicroseconds: await time(() => callable([value])) };
}

async function eventLoopDelay(): Promise<object> {
  const graph = new tf.Graph();
  const { x, y } = graph.asDefault(() => {
    const x = tf.placeholder('float32', [1024, 1024]);
    let y: tf.Tensor = x;
    for (let i = 0; i < 16; i++) y = tf.matMul(y, x);
    return { x, y };
  });
  await using session = new tf.Session({ graph, backends, logger: quiet });
  const feeds = new Map([[x, tf.HostTensor.full([1024, 1024], 0.001, 'float32')]]);
  await session.run(y, feeds);
  return await delayDuring(() => session.run(y, feeds));
}

/** The first run of 1,500 ops, which compiles their plan. */
async function delayOfCompiling(): Promise<object> {
  const graph = new tf.Graph();
  const { x, y } = graph.asDefault(() => {
    const x = tf.placeholder('float32', [16, 16]);
    let y: tf.Tensor = x;
    for (let i = 0; i < 500; i++) y = tf.nn.relu(tf.add(tf.matmul(y, x), tf.constant(i)));
    return { x, y };
  });
  await using session = new tf.Session({ graph, backends, logger: quiet });
  await session.listDevices();
  return await delayDuring(() => session.run(y, new Map([[x, tf.HostTensor.full([16, 16], 0.01, 'float32')]])));
}

async function delayDuring(work: () => Promise<unknown>): Promise<object> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  histogram.disable();
  return { milliseconds: ms, delayP99Milliseconds: histogram.percentile(99) / 1e6, delayMaxMilliseconds: histogram.max / 1e6 };
}

const report = {
  runs: await soakRuns(), sessions: await soakSessions(), overhead: [await overhead(0), await overhead(1000)], eventLoop: await eventLoopDelay(), eventLoopWhileCompiling: await delayOfCompiling(),
};
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
