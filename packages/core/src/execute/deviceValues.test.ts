import { describe, expect, it } from 'vitest';
import { device } from '../api/scopes.js';
import { constant, placeholder } from '../api/values.js';
import { CancelledError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import { HostTensor } from '../hostTensor.js';
import * as ops from '../ops/families.js';
import { reference } from '../reference/reference.js';
import type { RunMetadata } from '../proto/index.js';
import { Session } from '../session/session.js';
import { Timeline } from '../session/timeline.js';
import { simulated } from '../simulated/simulated.js';
import { openDevice } from '../state/openDevices.js';
import { counted } from './counted.fixture.js';
import { fibonacciGraph, whileGraph } from './loopGraphs.fixture.js';

describe('values that stay on their device', () => {
  it('loop variables do not pass through the host', async () => {
    const { graph, result } = whileGraph(10);
    const { backend, uploads, downloads } = counted(reference());
    await using session = new Session({ graph, backends: [backend] });
    const x = HostTensor.full([500], 1, 'float32');
    for (const _ of [1, 2]) {
      uploads.length = 0;
      downloads.length = 0;
      const value = await session.run(result, { 'x:0': x });
      expect(value.flat().every((element) => element === 1024)).toBe(true);
      expect(uploads.filter((bytes) => bytes === 2000).length).toBe(1);
      expect(downloads.filter((bytes) => bytes === 2000).length).toBe(1);
    }
  });

  it('memory is the same after every run, and none is left at the end', async () => {
    const { graph, result } = whileGraph(5);
    const { backend, devices } = counted(reference());
    const { devices: [info] } = await backend.discover({});
    const holder = await openDevice({ name: '/device:CPU:0', backend, info: info! });
    const [device] = devices;
    {
      await using session = new Session({ graph, backends: [backend] });
      const run = (): Promise<unknown> => session.run(result, { 'x:0': HostTensor.full([500], 1, 'float32') });
      await run();
      const before = device?.memory().bytes;
      for (let i = 0; i < 20; i++) await run();
      expect(device?.memory().bytes).toBe(before);
      await Promise.all(Array.from({ length: 6 }, run));
    }
    expect(device?.memory().buffers).toBe(0);
    await holder.release();
  });

  it('the later part of a graph gets its arguments where they are', async () => {
    const graph = new Graph();
    const sum = graph.asDefault(() => {
      const x = placeholder('float32', [600], { name: 'x' });
      const big = ops.mul(x, constant(2));
      // How many indices there are is known only when they are.
      const found = ops.gather(big, ops.reshape(ops.where(ops.greater(big, constant(1))), constant([-1], { dtype: 'int32' })));
      return ops.add(ops.sum(found, constant([0], { dtype: 'int32' })), ops.sum(big, constant([0], { dtype: 'int32' })));
    });
    const { backend, uploads } = counted(reference());
    await using session = new Session({ graph, backends: [backend] });
    expect((await session.run(sum, { 'x:0': HostTensor.full([600], 1, 'float32') })).item()).toBe(2400);
    expect(uploads.filter((bytes) => bytes === 2400).length).toBe(1);
  });
});

describe.each([['inside a sequence', true], ['by the host', false]])('loops %s', (_how, controlFlow) => {
  it('give what their iterations make of their variables', async () => {
    const { graph, results } = fibonacciGraph();
    await using session = new Session({ graph, backends: [reference({ controlFlow })] });
    const feeds = (n: number): Record<string, number> => ({ 'i:0': 0, 'a:0': 0, 'b:0': 1, 'n:0': n });
    for (const [n, a, b] of [[0, 0, 1], [1, 1, 1], [2, 1, 2], [10, 55, 89]] as const) {
      expect((await session.run([...results], feeds(n))).map((value) => value.item())).toEqual([n, a, b, n]);
    }
    const together = await Promise.all([3, 4, 5, 6].map((n) => session.run(results[1]!, feeds(n))));
    expect(together.map((value) => value.item())).toEqual([2, 3, 5, 8]);
    const text = await session.explain([...results], feeds(3));
    if (controlFlow) expect(text).toMatch(/loop 'loop': while s\d+ after \d/);
    else expect(text).toMatch(/control While 'loop'/);
  });

  it('leave alone what was uploaded for the launches around them', async () => {
    const { graph, result } = whileGraph(3, { size: 4 });
    const fetches = graph.asDefault(() => {
      const [x, early, late] = [graph.getTensorByName('x:0'), placeholder('float32', [4, 4], { name: 'early' }), placeholder('float32', [4], { name: 'late' })];
      return [ops.add(result, late), ops.matMul(early, early), ops.add(ops.neg(x), late)];
    });
    await using session = new Session({ graph, backends: [reference({ controlFlow })] });
    const early = [[1, 2, 3, 4], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];
    const values = await session.run(fetches, { 'x:0': [1, 2, 3, 4], 'early:0': early, 'late:0': [10, 20, 30, 40] });
    expect(values.map((value) => value.toArray())).toEqual([[18, 36, 54, 72], [[1, 4, 6, 8], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], [9, 18, 27, 36]]);
  });

  it('can be cancelled', async () => {
    const { graph, results } = fibonacciGraph();
    await using session = new Session({ graph, backends: [reference({ controlFlow })] });
    const controller = new AbortController();
    setTimeout(() => { controller.abort(); }, 30);
    await expect(session.run(results[0]!, { 'i:0': 0, 'a:0': 0, 'b:0': 1, 'n:0': 2_000_000_000 }, { signal: controller.signal })).rejects.toThrow(CancelledError);
    expect((await session.run(results[1]!, { 'i:0': 0, 'a:0': 0, 'b:0': 1, 'n:0': 5 })).item()).toBe(5);
  });

  it('report their launches when they are traced', async () => {
    const { graph, result } = whileGraph(3);
    await using session = new Session({ graph, backends: [reference({ controlFlow })] });
    const metadata: RunMetadata = {};
    await session.run(result, { 'x:0': HostTensor.full([500], 1, 'float32') }, { options: { traceLevel: 'FULL_TRACE' }, metadata });
    const names = (metadata.stepStats?.devStats ?? []).flatMap((device) => (device.nodeStats ?? []).map((stats) => stats.nodeName ?? ''));
    expect(names.filter((name) => name.includes('double')).length).toBeGreaterThan(0);
  });
});

describe('copies between the host and an accelerator', () => {
  it('are told by a traced run on a device of their own, as TensorFlow names it', async () => {
    const graph = new Graph();
    const y = graph.asDefault(() => {
      const x = placeholder('float32', [3], { name: 'x' });
      return device('/cpu:0', () => ops.neg(device('/gpu:0', () => ops.exp(x, { name: 'exp' })), { name: 'neg' }));
    });
    await using session = new Session({ graph, backends: [reference(), simulated()] });
    const metadata: RunMetadata = {};
    await session.run(y, { 'x:0': [0, 0, 0] }, { options: { traceLevel: 'FULL_TRACE' }, metadata });
    const told = (metadata.stepStats?.devStats ?? []).filter(({ device: name }) => name?.endsWith('/memcpy') === true);
    expect(told.map(({ device: name }) => name)).toEqual(['/job:localhost/replica:0/task:0/device:GPU:0/memcpy']);
    const copies = told[0]!.nodeStats!;
    expect(copies.map(({ nodeName }) => nodeName)).toEqual(['_arg_x_0:MEMCPYHtoD', 'exp:MEMCPYDtoH']);
    expect(copies.map(({ memory }) => Number(memory?.[0]?.totalBytes))).toEqual([12, 12]);
    // A copy's time is its own: it ends before the launches that come after it, and begins after those before it.
    const [exp] = metadata.stepStats!.devStats!.find(({ device: name }) => name?.endsWith('GPU:0') === true)!.nodeStats!;
    const ends = (stats: (typeof copies)[number]): number => Number(stats.allStartNanos ?? 0n) / 1000 + Number(stats.allEndRelNanos ?? 0) / 1000;
    expect(ends(copies[0]!)).toBeLessThanOrEqual(Number(exp!.allStartNanos) / 1000 + 1);
    expect(Number(copies[1]!.allStartNanos) / 1000).toBeGreaterThanOrEqual(ends(exp!) - 1);
    const { traceEvents } = JSON.parse(new Timeline(metadata.stepStats!).generateChromeTraceFormat()) as { traceEvents: { name: string; ph: string; args?: { name?: string } }[] };
    expect(traceEvents.filter(({ ph, name }) => ph === 'X' && name.startsWith('MEMCPY')).map(({ name, args }) => [args?.name, name])).toEqual([['_arg_x_0', 'MEMCPYHtoD'], ['exp', 'MEMCPYDtoH']]);
  });
});
