import { describe, expect, it } from 'vitest';
import { FIFOQueue, PaddingFIFOQueue, type QueueOptions } from '../api/queues.js';
import { whileLoop } from '../api/controlFlow/whileLoop.js';
import { constant, placeholder } from '../api/values.js';
import { CancelledError, DeadlineExceededError, InvalidArgumentError, OutOfRangeError, ValueError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import * as ops from '../ops/families.js';
import { reference } from '../reference/reference.js';
import { Session } from './session.js';

const open = (graph: Graph): Session => new Session({ graph, backends: [reference()] });

/** A queue of floats, with what can be done to it. */
function floats(capacity: number, options: QueueOptions = { shapes: [[]] }) {
  const graph = new Graph();
  return graph.asDefault(() => {
    const q = new FIFOQueue(capacity, 'float32', { name: 'q', ...options });
    const x = placeholder('float32', [], { name: 'x' });
    const many = placeholder('float32', [null], { name: 'many' });
    const n = placeholder('int32', [], { name: 'n' });
    return {
      graph, q, seven: constant(7), put: q.enqueue(x), putMany: q.enqueueMany(many), take: q.dequeue() as Tensor, takeMany: q.dequeueMany(n) as Tensor,
      takeUpTo: q.dequeueUpTo(n) as Tensor, size: q.size(), close: q.close(), cancel: q.close({ cancelPendingEnqueues: true }), isClosed: q.isClosed(),
    };
  });
}

/** Lets what was started get as far as it can. */
async function settle(session: Session): Promise<void> {
  await session.listDevices();
  await new Promise((resolve) => { setTimeout(resolve, 200); });
}

/** The error of a run that is to fail; heard from now on. */
function failure(run: Promise<unknown>): Promise<unknown> {
  return run.then(() => { throw new Error('the run went well'); }, (error: unknown) => error);
}

describe('queues', () => {
  it('fill elements of different sizes up to one batch', async () => {
    const graph = new Graph();
    const { put, take, batch } = graph.asDefault(() => {
      const q = new PaddingFIFOQueue(9, 'int32', [[null]]);
      return { put: q.enqueue(placeholder('int32', [null], { name: 'x' })), take: q.dequeue() as Tensor, batch: q.dequeueMany(2) as Tensor };
    });
    expect([batch.op.inputs[0]?.name, batch.shape, take.shape]).toEqual(['padding_fifo_queue:0', [2, null], [null]]);
    await using session = open(graph);
    for (const x of [[1], [2, 3, 4], [5, 6]]) await session.run(put, { 'x:0': x });
    expect((await session.run(batch)).toArray()).toEqual([[1, 0, 0], [2, 3, 4]]);
    expect((await session.run(take)).toArray()).toEqual([5, 6]);
  });

  it('give out what was put in, in order', async () => {
    const { graph, put, take, takeMany, size } = floats(2);
    await using session = open(graph);
    await session.run(put, { 'x:0': 1 });
    await session.run(put, { 'x:0': 2 });
    expect((await session.run(size)).item()).toBe(2);
    expect((await session.run(take)).item()).toBe(1);
    await session.run(put, { 'x:0': 3 });
    expect((await session.run(takeMany, { 'n:0': 2 })).toArray()).toEqual([2, 3]);
  });

  it('have several components, and names as TensorFlow gives them', async () => {
    const graph = new Graph();
    const { q, put, both, one } = graph.asDefault(() => {
      const q = new FIFOQueue(10, ['int32', 'float32'], { shapes: [[], [2]], name: 'pairs' });
      return { q, put: q.enqueueMany([[1, 2, 3], [[1, 1], [2, 2], [3, 3]]]), both: q.dequeueMany(2) as Tensor[], one: q.dequeue() as Tensor[] };
    });
    expect([q.name, q.queueRef.op.type, put.name, put.inputs[1]?.name]).toEqual(['pairs', 'FIFOQueueV2', 'pairs_EnqueueMany', 'pairs_EnqueueMany/component_0:0']);
    await using session = open(graph);
    await session.run(put);
    expect((await session.run(both)).map((value) => value.toArray())).toEqual([[1, 2], [[1, 1], [2, 2]]]);
    expect((await session.run(one)).map((value) => value.toArray())).toEqual([3, [3, 3]]);
  });

  it('refuse what does not fit when the graph is built, and batches of unknown shapes when it runs', async () => {
    const graph = new Graph();
    const many = graph.asDefault(() => {
      const q = new FIFOQueue(10, ['int32', 'float32'], { shapes: [[], [2]] });
      expect(() => q.enqueue([1, [1, 2, 3]])).toThrow(new ValueError('Shapes (3,) and (2,) are incompatible'));
      expect(() => q.enqueueMany([[1], [[1, 2, 3]]])).toThrow(ValueError);
      expect(() => q.enqueue([1])).toThrow(ValueError);
      expect(() => new FIFOQueue(1, ['int32'], { shapes: [[], []] })).toThrow('Queue shapes must have the same length as dtypes');
      return new FIFOQueue(1, 'float32').dequeueMany(2) as Tensor;
    });
    await using session = open(graph);
    await expect(session.run(many)).rejects.toThrow("FIFOQueue's DequeueMany and DequeueUpTo require the components to have specified shapes.");
    await expect(session.run(many)).rejects.toThrow(InvalidArgumentError);
  });

  it('wait without holding up other runs', async () => {
    const { graph, put, take, seven } = floats(2);
    await using session = open(graph);
    const waiting = session.run(take);
    expect((await session.run(seven)).item()).toBe(7);
    await session.run(put, { 'x:0': 5 });
    expect((await waiting).item()).toBe(5);
  });

  it('wait without holding up the rest of their own run', async () => {
    const { graph, q, put, take } = floats(1);
    const { next, later } = graph.asDefault(() => ({ next: ops.neg(take), later: q.enqueue(ops.neg(take)) }));
    await using session = open(graph);
    const [value, negated] = await session.run([take, next, put], { 'x:0': 4 });
    expect([value.item(), negated.item()]).toEqual([4, -4]);
    // What it gives goes in again: the second enqueue waits for the dequeue, which waits for the first.
    await session.run([later, put], { 'x:0': 6 });
    expect((await session.run(take)).item()).toBe(-6);
  });

  it('fail with the first error of a run, which ends what else waits', async () => {
    const { graph, take } = floats(2);
    const { wrong, other } = graph.asDefault(() => ({
      wrong: ops.assert(placeholder('bool', [], { name: 'ok' }), [constant('the reason')]), other: new FIFOQueue(1, 'float32').dequeue() as Tensor,
    }));
    await using session = open(graph);
    await expect(session.run([take, other, wrong], { 'ok:0': false })).rejects.toThrow(InvalidArgumentError);
    await expect(session.run([take, other, wrong], { 'ok:0': false })).rejects.toThrow('the reason');
  });

  it('stop waiting by timeout, signal, and the close of the session', async () => {
    const { graph, take, put } = floats(1);
    const session = open(graph);
    await expect(session.run(take, undefined, { options: { timeoutInMs: 20 } })).rejects.toThrow(new DeadlineExceededError('Timed out waiting for notification'));
    const controller = new AbortController();
    const cancelled = failure(session.run(take, undefined, { signal: controller.signal }));
    setTimeout(() => { controller.abort(); }, 5);
    expect(await cancelled).toMatchObject({ name: 'CancelledError', message: expect.stringMatching(/^Dequeue operation was cancelled/) as unknown });
    await session.run(put, { 'x:0': 1 });
    const full = failure(session.run(put, { 'x:0': 2 }));
    await settle(session);
    await session.close();
    expect(await full).toMatchObject({ name: 'CancelledError', message: expect.stringMatching(/^Enqueue operation was cancelled/) as unknown });
  });
});

describe('queues whose ops wait for each other within a run', () => {
  /** Two queues of floats without shapes, so that what reads them is planned when they have come. */
  function pair() {
    const graph = new Graph();
    return graph.asDefault(() => {
      const [first, second] = [new FIFOQueue(1, 'float32', { name: 'first' }), new FIFOQueue(1, 'float32', { name: 'second' })];
      const x = placeholder('float32', [], { name: 'x' });
      const a = first.dequeue() as Tensor<'float32'>;
      const b = second.dequeue() as Tensor<'float32'>;
      const handOn = second.enqueue(ops.mul(a, 10));
      return { graph, first, second, x, a, b, put: first.enqueue(x), handOn, sum: ops.add(a, b), double: ops.mul(b, 2) };
    });
  }

  it('go on when what they wait for comes later in the run', async () => {
    const { graph, put, handOn, sum, double, b } = pair();
    await using session = open(graph);
    // first → a → second → b: every link waits for the one before.
    expect((await session.run([double, handOn, put], { 'x:0': 3 }))[0].item()).toBe(60);
    expect((await session.run([sum, double, b, handOn, put], { 'x:0': 2 })).slice(0, 3).map((value) => value?.item())).toEqual([22, 40, 20]);
  });

  it('go on beside sizes that are born from data', async () => {
    const graph = new Graph();
    const { q, put, got } = graph.asDefault(() => {
      const values = placeholder('float32', [null], { name: 'values' });
      const q = new FIFOQueue(1, 'float32', { name: 'q' });
      const picked = ops.gatherNd(values, ops.where(ops.greater(values, constant(2))));
      return { q, put: q.enqueue(picked), got: ops.neg(q.dequeue() as Tensor<'float32'>) };
    });
    await using session = open(graph);
    expect((await session.run([got, put], { 'values:0': [1, 2, 3, 4] }))[0].toArray()).toEqual([-3, -4]);
    expect(q.name).toBe('q');
  });

  it('fail with the first error, wherever it comes from, and leave nothing waiting', async () => {
    const { graph, first, second, handOn, double } = pair();
    const wrong = graph.asDefault(() => {
      const values = placeholder('float32', [null], { name: 'values' });
      const picked = ops.gatherNd(values, ops.where(ops.greater(values, constant(2))));
      return ops.assert(ops.less(ops.sum(picked, constant([0], { dtype: 'int32' })), constant(5)), [constant('too much')]);
    });
    await using session = open(graph);
    await expect(session.run([double, handOn, wrong], { 'values:0': [4, 4] })).rejects.toThrow('too much');
    await expect(session.run([first.dequeue() as Tensor, wrong], { 'values:0': [4, 4] })).rejects.toThrow('too much');
    // What waited is gone: the next element goes to the next run.
    await session.run(second.enqueue(1));
    expect((await session.run(second.size())).item()).toBe(1);
  });

  it('stop waiting by timeout, signal and close', async () => {
    const { graph, handOn, double } = pair();
    const session = open(graph);
    await expect(session.run([double, handOn], {}, { options: { timeoutInMs: 20 } })).rejects.toThrow(new DeadlineExceededError('Timed out waiting for notification'));
    const controller = new AbortController();
    const cancelled = failure(session.run([double, handOn], {}, { signal: controller.signal }));
    setTimeout(() => { controller.abort(); }, 5);
    expect(await cancelled).toMatchObject({ name: 'CancelledError', message: expect.stringMatching(/^Dequeue operation was cancelled/) as unknown });
    const closed = failure(session.run([double, handOn]));
    await settle(session);
    await session.close();
    expect(await closed).toBeInstanceOf(CancelledError);
  });

  it('go on in loops', async () => {
    const graph = new Graph();
    const { total, puts } = graph.asDefault(() => {
      const q = new FIFOQueue(1, 'float32', { shapes: [[]], name: 'q' });
      const zero = (): Tensor<'int32'> => constant(0, { dtype: 'int32' });
      const total = whileLoop((i) => ops.less(i, 3), (i, sum) => [ops.add(i, 1), ops.add(sum, q.dequeue() as Tensor<'float32'>)], [zero(), constant(0)]);
      const puts = whileLoop((i) => ops.less(i, 3), (i) => graph.controlDependencies([q.enqueue(ops.cast(i, 'float32'))], () => ops.add(i, 1)), [zero()]);
      return { total, puts };
    });
    for (const fetches of [[total[1], puts], [puts, total[1]]]) {
      await using session = open(graph);
      expect((await session.run(fetches)).map((value) => value.item())).toEqual([3, 3]);
    }
  });
});

describe('closing a queue', () => {
  it('ends what waits for elements, and refuses new ones', async () => {
    const { graph, take, put, close, isClosed } = floats(2);
    await using session = open(graph);
    const waiting = failure(session.run(take));
    await settle(session);
    expect((await session.run(isClosed)).item()).toBe(false);
    await session.run(close);
    expect(await waiting).toBeInstanceOf(OutOfRangeError);
    await expect(session.run(take)).rejects.toThrow("FIFOQueue '_0_q' is closed and has insufficient elements (requested 1, current size 0)");
    await expect(session.run(put, { 'x:0': 1 })).rejects.toThrow("FIFOQueue '_0_q' is closed.");
    await expect(session.run(put, { 'x:0': 1 })).rejects.toThrow(CancelledError);
    await expect(session.run(close)).rejects.toThrow("Queue '_0_q' is already closed.");
    expect((await session.run(isClosed)).item()).toBe(true);
  });

  it('leaves what is in it, gives back what a large batch took, and gives the rest to `dequeueUpTo`', async () => {
    const { graph, putMany, takeMany, takeUpTo, take, size, close } = floats(10);
    await using session = open(graph);
    await session.run(putMany, { 'many:0': [1, 2, 3] });
    const waiting = failure(session.run(takeMany, { 'n:0': 4 }));
    await settle(session);
    await session.run(close);
    expect(await waiting).toMatchObject({ message: expect.stringContaining('(requested 1, current size 0)') as unknown });
    expect((await session.run(size)).item()).toBe(3);
    expect((await session.run(take)).item()).toBe(1);
    expect((await session.run(takeUpTo, { 'n:0': 5 })).toArray()).toEqual([2, 3]);
    await expect(session.run(takeUpTo, { 'n:0': 5 })).rejects.toThrow(OutOfRangeError);
    expect((await session.run(takeMany, { 'n:0': 0 })).shape).toEqual([0]);
  });

  it('waits for the enqueues before it, and the ones after it fail', async () => {
    const { graph, put, take, close } = floats(1);
    await using session = open(graph);
    await session.run(put, { 'x:0': 1 });
    const before = session.run(put, { 'x:0': 2 });
    await settle(session);
    const closing = session.run(close);
    await settle(session);
    const after = failure(session.run(put, { 'x:0': 3 }));
    expect((await session.run(take)).item()).toBe(1);
    await before;
    await closing;
    expect(await after).toMatchObject({ message: expect.stringContaining("FIFOQueue '_0_q' is closed.") as unknown });
    expect((await session.run(take)).item()).toBe(2);
  });

  it('can cancel the enqueues that wait', async () => {
    const { graph, put, take, cancel } = floats(1);
    await using session = open(graph);
    await session.run(put, { 'x:0': 1 });
    const waiting = failure(session.run(put, { 'x:0': 2 }));
    await settle(session);
    await session.run(cancel);
    expect(await waiting).toMatchObject({ name: 'CancelledError', message: expect.stringMatching(/^Enqueue operation was cancelled/) as unknown });
    expect((await session.run(take)).item()).toBe(1);
  });

  it('lets a large batch go in piece by piece', async () => {
    const { graph, putMany, takeMany } = floats(2);
    await using session = open(graph);
    const waiting = session.run(putMany, { 'many:0': [1, 2, 3, 4, 5] });
    expect((await session.run(takeMany, { 'n:0': 5 })).toArray()).toEqual([1, 2, 3, 4, 5]);
    await waiting;
  });
});
