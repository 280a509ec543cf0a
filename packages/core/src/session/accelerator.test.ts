/** Queues, session handles and partial runs of values that are on an accelerator. */
import { describe, expect, it } from 'vitest';
import * as tf from '../index.js';
import { counted } from '../execute/counted.fixture.js';

const cpu = '/cpu:0';
const gpu = '/gpu:0';
const size = 400;
const bytes = size * 4;
const ones = tf.HostTensor.full([size], 1, 'float32');
const all = (value: tf.HostTensor): unknown[] => [...new Set(value.flat())];

/** A session on a CPU and an accelerator, and what goes to and from the accelerator that is as large as a value. */
function opened(graph: tf.Graph) {
  const accelerator = counted(tf.simulated());
  const session = new tf.Session({ graph, backends: [tf.reference(), accelerator.backend], config: { allowSoftPlacement: true } });
  const large = (list: readonly number[]): number => list.filter((moved) => moved >= bytes).length;
  return {
    session,
    moved: () => ({ up: large(accelerator.uploads), down: large(accelerator.downloads) }),
    forget: () => { accelerator.uploads.length = 0; accelerator.downloads.length = 0; },
    held: () => accelerator.devices.reduce((sum, device) => sum + device.memory().bytes, 0),
  };
}

describe('queues', () => {
  it('take elements from an accelerator and give them to one, in order', async () => {
    const graph = new tf.Graph();
    const { put, take, many, size: length } = graph.asDefault(() => {
      const queue = new tf.FIFOQueue(10, 'float32', { shapes: [[size]] });
      const x = tf.placeholder('float32', [size], { name: 'x' });
      return tf.device(gpu, () => ({
        put: queue.enqueue(tf.multiply(x, 2)), take: tf.square(queue.dequeue() as tf.Tensor<'float32'>), many: tf.reduceSum(queue.dequeueMany(2) as tf.Tensor<'float32'>), size: queue.size(),
      }));
    });
    const { session } = opened(graph);
    await using _session = session;
    const { placement } = await session.placement();
    expect([placement.get(take.op.name), placement.get(many.op.name)].every((device) => device?.endsWith('GPU:0'))).toBe(true);
    for (const value of [1, 2, 3]) await session.run(put, { 'x:0': tf.HostTensor.full([size], value, 'float32') });
    expect((await session.run(length)).item()).toBe(3);
    expect(all(await session.run(take))).toEqual([4]);
    expect((await session.run(many)).item()).toBe(size * (4 + 6));
    // A run whose accelerator work waits for another run's element.
    const waiting = session.run(take);
    await session.run(put, { 'x:0': ones });
    expect(all(await waiting)).toEqual([4]);
  });

  it('end what waits on an accelerator by timeout, signal and close', async () => {
    const graph = new tf.Graph();
    const [waits, runs] = graph.asDefault(() => tf.device(gpu, () => {
      const element = new tf.FIFOQueue(1, 'float32', { shapes: [[size]] }).dequeue() as tf.Tensor<'float32'>;
      return [tf.square(tf.add(element, tf.constant(ones))), tf.square(tf.constant(ones))] as const;
    }));
    const { session, held } = opened(graph);
    await expect(session.run(waits, {}, { options: { timeoutInMs: 10 } })).rejects.toThrow(tf.errors.DeadlineExceededError);
    const controller = new AbortController();
    const cancelled = expect(session.run(waits, {}, { signal: controller.signal })).rejects.toThrow(tf.errors.CancelledError);
    controller.abort();
    await cancelled;
    expect(all(await session.run(runs))).toEqual([1]);
    const closed = expect(session.run(waits)).rejects.toThrow(tf.errors.CancelledError);
    await session.listDevices();
    await session.close();
    await closed;
    expect(held()).toBe(0);
  });
});

describe('session handles', () => {
  function handles() {
    const graph = new tf.Graph();
    return graph.asDefault(() => {
      const x = tf.placeholder('float32', [size], { name: 'x' });
      const keep = (device: string): tf.Tensor<'string'> => tf.device(device, () => tf.getSessionHandle(tf.multiply(x, 3)));
      const use = (device: string): tf.Tensor => tf.device(device, () => tf.reduceSum(tf.multiply(x, 2)));
      return { graph, x, onGpu: keep(gpu), onCpu: keep(cpu), useGpu: use(gpu), useCpu: use(cpu), step: tf.device(gpu, () => tf.getSessionHandle(tf.add(x, 1))) };
    });
  }

  it('feed values that lie elsewhere, which are moved for the run', async () => {
    const { graph, x, onGpu, onCpu, useGpu, useCpu } = handles();
    const { session, moved, forget } = opened(graph);
    await using _session = session;
    const [far, near] = await session.run([onGpu, onCpu], new Map([[x, ones]]));
    forget();
    for (const kept of [far, near]) for (const use of [useGpu, useCpu]) expect((await session.run(use, new Map([[x, kept]]))).item()).toBe(size * 6);
    // Only the two that cross: near → accelerator, far → host.
    expect(moved()).toEqual({ up: 1, down: 1 });
  });

  it('go from step to step without leaving the device, and give their memory back', async () => {
    const { graph, x, step } = handles();
    const { session, moved, forget, held } = opened(graph);
    await using _session = session;
    let kept = await session.run(step, new Map([[x, ones]])) as tf.TensorHandle;
    const next = async (): Promise<void> => {
      const before = kept;
      kept = await session.run(step, new Map([[x, before as tf.HostTensor]])) as tf.TensorHandle;
      before.delete();
    };
    await next();
    const steady = held();
    forget();
    for (let i = 0; i < 8; i++) await next();
    expect(moved()).toEqual({ up: 0, down: 0 });
    expect(held()).toBe(steady);
    expect(all(await kept.eval())).toEqual([11]);
    const [holder, deleter] = graph.asDefault(() => tf.deleteSessionTensor(kept));
    await session.run(deleter, new Map([[holder, kept.handle]]));
    await expect(session.run(deleter, new Map([[holder, kept.handle]]))).rejects.toThrow(tf.errors.InvalidArgumentError);
    expect(() => { kept.delete(); }).toThrow(`The tensor with handle '${kept.handle}' is not in the session store.`);
  });
});

describe('partial runs', () => {
  it('leave what later parts read where it is, and run each node once', async () => {
    const graph = new tf.Graph();
    const { x, scale, init, counted: first, later, steps } = graph.asDefault(() => {
      const x = tf.placeholder('float32', [size], { name: 'x' });
      const scale = tf.placeholder('float32', [], { name: 'scale' });
      return tf.device(gpu, () => {
        const steps = new tf.Variable(0, { name: 'steps' });
        const hidden = tf.controlDependencies([steps.assignAdd(1)], () => tf.square(tf.add(x, 1)));
        return { x, scale, init: steps.initializer, counted: tf.reduceSum(hidden), later: tf.multiply(hidden, scale), steps };
      });
    });
    const { session, moved, forget, held } = opened(graph);
    await session.run(init);
    const run = async (): Promise<void> => {
      const handle = await session.partialRunSetup([first, later], [x, scale]);
      forget();
      expect((await session.partialRun(handle, first, new Map([[x, ones]]))).item()).toBe(4 * size);
      expect(moved()).toEqual({ up: 1, down: 0 });
      expect(all(await session.partialRun(handle, later, new Map([[scale, 3]])))).toEqual([12]);
      expect(moved()).toEqual({ up: 1, down: 1 });
    };
    await run();
    const steady = held();
    await run();
    expect(held()).toBe(steady);
    expect((await session.run(steps)).item()).toBe(2);
    const handles = await Promise.all(Array.from({ length: 6 }, () => session.partialRunSetup([first, later], [x, scale])));
    await Promise.all(handles.map((handle, i) => session.partialRun(handle, first, new Map([[x, tf.HostTensor.full([size], i, 'float32')]]))));
    const results = await Promise.all(handles.map((handle) => session.partialRun(handle, later, new Map([[scale, 1]]))));
    expect(results.map(all)).toEqual([[1], [4], [9], [16], [25], [36]]);
    await session.close();
    expect(held()).toBe(0);
  });
});
