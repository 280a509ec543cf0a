import { describe, expect, it } from 'vitest';
import { FIFOQueue } from '../api/queues.js';
import { placeholder } from '../api/values.js';
import type { Backend, Ticket } from '../device/device.js';
import { CancelledError, InternalError, InvalidArgumentError, OutOfRangeError, ResourceExhaustedError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import * as ops from '../ops/families.js';
import { reference } from '../reference/reference.js';
import { Session } from '../session/session.js';
import { StepErrors } from './stepErrors.js';

describe('several errors of a step', () => {
  it('are told together, without those that only followed', () => {
    const errors = new StepErrors();
    const first = new InvalidArgumentError('bad x\n\t [[{{node x}}]]');
    errors.add(first);
    errors.add(new CancelledError('Dequeue operation was cancelled'));
    errors.add(first);
    expect(errors.merged()).toBe(first);
    errors.add(new InternalError('broken'));
    errors.addSuccess();
    expect(errors.merged()).toBeInstanceOf(InvalidArgumentError);
    expect(errors.merged()).toMatchObject({
      message: '2 root error(s) found.\n  (0) Invalid argument: bad x\n\t [[{{node x}}]]\n  (1) Internal: broken\n1 successful operations.\n1 derived errors ignored.',
    });
  });

  it('are cut at 8192 characters, and a cancellation that comes first is one itself', () => {
    const errors = new StepErrors();
    errors.add(new CancelledError('Run call was cancelled'));
    errors.add(new CancelledError('Enqueue operation was cancelled'));
    expect(errors.merged()).toMatchObject({ message: 'Run call was cancelled' });
    errors.add(new InternalError('x'.repeat(9000)));
    expect((errors.merged() as Error).message).toHaveLength(8192);
  });

  it('come from what waits', async () => {
    const graph = new Graph();
    const { fill, close, takes } = graph.asDefault(() => {
      const queues = ['a', 'b'].map((name) => new FIFOQueue(1, 'float32', { shapes: [[]], name }));
      return { fill: queues.map((q) => q.enqueue(1)), close: queues.map((q) => q.close()), takes: queues.map((q) => q.dequeue() as Tensor) };
    });
    await using session = new Session({ graph, backends: [reference()] });
    await session.run(fill);
    // Both have run once: neither is still being compiled when the other fails.
    await session.run(takes);
    await session.run(close);
    const error = await session.run(takes).catch((thrown: unknown) => thrown) as OutOfRangeError;
    expect(error).toBeInstanceOf(OutOfRangeError);
    const lines = error.message.split('\n').filter((line) => !line.startsWith('\t'));
    expect([lines[0], ...lines.slice(3, 5)]).toEqual(['2 root error(s) found.', '1 successful operations.', '0 derived errors ignored.']);
    const said = / {2}\(\d\) Out of range: FIFOQueue '_\d_(.)' is closed and has insufficient elements \(requested 1, current size 0\)$/;
    const failed = lines.slice(1, 3).map((line) => said.exec(line)?.[1]);
    expect([...failed].sort()).toEqual(['a', 'b']);
    expect(error.op?.name).toBe(`${failed[0] ?? ''}_Dequeue`);
  });

  it('come from devices that fail for themselves', async () => {
    /** A GPU whose sequences fail after some time. */
    const failing = (name: string): Backend => {
      const inner = reference({ name, deviceType: 'GPU' });
      return {
        ...inner, discover: (config) => inner.discover(config),
        open: async (info) => {
          const device = await inner.open(info);
          const make = device.stream.bind(device);
          device.stream = (options) => {
            const stream = make(options);
            const run = stream.run.bind(stream);
            stream.run = (...args): Ticket => {
              const done = run(...args).done.then(() => { throw new ResourceExhaustedError(`no room on ${name}`); });
              done.catch(() => undefined);
              return { settled: false, done, cancel: () => undefined };
            };
            return stream;
          };
          return device;
        },
      };
    };
    const graph = new Graph();
    const [y, z] = graph.asDefault(() => {
      const x = placeholder('float32', [], { name: 'x' });
      return [graph.device('/gpu:0', () => ops.neg(x)), graph.device('/gpu:1', () => ops.exp(x))];
    });
    await using session = new Session({ graph, backends: [reference(), failing('one'), failing('two')] });
    const error = await session.run([y, z], { 'x:0': 1 }).catch((thrown: unknown) => thrown) as ResourceExhaustedError;
    expect(error).toBeInstanceOf(ResourceExhaustedError);
    expect(error.message.split('\n').slice(0, 5)).toEqual([
      '2 root error(s) found.', '  (0) Resource exhausted: no room on one', '  (1) Resource exhausted: no room on two', '0 successful operations.', '0 derived errors ignored.',
    ]);
    const alone = await session.run(y, { 'x:0': 1 }).catch((thrown: unknown) => thrown) as ResourceExhaustedError;
    expect(alone.message.split('\n')[0]).toBe('no room on one');
  });
});
