import { describe, expect, it } from 'vitest';
import * as tf from '../index.js';
import type { Backend } from '../device/device.js';
import { counted } from '../execute/counted.fixture.js';
import { whileGraph } from '../execute/loopGraphs.fixture.js';
import { partialGpu } from './testing/partialGpu.js';

const quiet: tf.Logger = { info: () => undefined, warning: () => undefined, error: (line) => { throw new Error(line); } };

/** x + x on the CPU, (x + x) squared on the GPU. */
function sumAndSquare() {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const x = tf.placeholder('float32', [2], { name: 'x' });
    const sum = graph.device('/cpu:0', () => tf.add(x, x, { name: 'sum' }));
    return { graph, sum, square: graph.device('/gpu:0', () => tf.square(sum, { name: 'square' })) };
  });
}

const fed = { 'x:0': [1, 2] };

/** A session on a CPU and a GPU, and how many devices of each are open or were. */
function opened(graph: tf.Graph, gpuOf: (backend: Backend) => Backend = (backend) => backend, config: NonNullable<tf.SessionOptions['config']> = {}) {
  const [cpu, gpu] = [counted(tf.reference()), counted(partialGpu(['map', 'reduce', 'AddV2']))];
  const session = new tf.Session({ graph, backends: [cpu.backend, gpuOf(gpu.backend)], config, logger: quiet, log: () => undefined });
  return { session, opens: () => ({ cpu: cpu.devices.length, gpu: gpu.devices.length }), held: () => [...cpu.devices, ...gpu.devices].map((device) => device.memory().buffers) };
}

describe('devices are opened when a plan needs them', () => {
  it('questions about devices and placement open none', async () => {
    const { graph, square } = sumAndSquare();
    const { session, opens } = opened(graph, undefined, { logDevicePlacement: true });
    const devices = await session.listDevices();
    expect(devices.map(({ name, memoryLimitBytes }) => [name.slice(-5), memoryLimitBytes])).toEqual([['CPU:0', 2 ** 32], ['GPU:0', 2 ** 32]]);
    expect(new Set(devices.map(({ incarnation }) => incarnation)).size).toBe(2);
    expect((await session.listDevices()).map(({ incarnation }) => incarnation)).toEqual(devices.map(({ incarnation }) => incarnation));
    await session.devices();
    expect((await session.placement()).placement.get('square')).toMatch(/GPU:0$/);
    expect((await session.explainPlacement(square)).copies).toHaveLength(2);
    expect([...(await session.support()).values()].every((answer) => answer === true)).toBe(true);
    expect(await session.explain(square, fed)).toContain('GPU:0');
    expect(opens()).toEqual({ cpu: 0, gpu: 0 });
    await session.close();
  });

  it('a session that places everything on the CPU never opens the GPU', async () => {
    const { graph, sum } = sumAndSquare();
    const { session, opens } = opened(graph);
    expect((await session.run(sum, fed)).toArray()).toEqual([2, 4]);
    expect((await session.run(sum, fed)).toArray()).toEqual([2, 4]);
    await session.close();
    expect(opens()).toEqual({ cpu: 1, gpu: 0 });
  });

  it('a graph that is on the GPU alone opens no CPU', async () => {
    const graph = new tf.Graph();
    const y = graph.asDefault(() => tf.square(tf.placeholder('float32', [2], { name: 'x' }), { name: 'y' }));
    const { session, opens } = opened(graph);
    expect((await session.run(y, fed)).toArray()).toEqual([1, 4]);
    await session.close();
    expect(opens()).toEqual({ cpu: 0, gpu: 1 });
  });

  it('once, at the first run that needs it, however many come at once', async () => {
    const { graph, sum, square } = sumAndSquare();
    const { session, opens, held } = opened(graph);
    await session.run(sum, fed);
    expect(opens()).toEqual({ cpu: 1, gpu: 0 });
    const results = await Promise.all([1, 2, 3].map((n) => session.run(n === 2 ? sum : [sum, square], fed)));
    expect(results.flat().map((value) => value.toArray())).toEqual([[2, 4], [4, 16], [2, 4], [2, 4], [4, 16]]);
    expect(opens()).toEqual({ cpu: 1, gpu: 1 });
    await session.close();
    expect(held()).toEqual([0, 0]);
  });

  it('for a loop’s body when the loop is run', async () => {
    const { graph, result } = whileGraph(3, { device: '/gpu:0', size: 2, knownShapes: false });
    const other = graph.asDefault(() => graph.device('/cpu:0', () => tf.neg(graph.getTensorByName('x:0'))));
    const { session, opens } = opened(graph, undefined, { allowSoftPlacement: true });
    await session.run(other, { 'x:0': [1, 2] });
    expect(opens()).toEqual({ cpu: 1, gpu: 0 });
    expect((await session.run(result, { 'x:0': [1, 2] })).toArray()).toEqual([8, 16]);
    expect(opens()).toEqual({ cpu: 1, gpu: 1 });
    await session.close();
  });
});

describe('a device that does not open', () => {
  /** The GPU fails to open as long as `broken` says so. */
  function failing(state: { broken: boolean }): (backend: Backend) => Backend {
    return (backend) => ({
      ...backend,
      open: (info) => (state.broken ? Promise.reject(new tf.errors.UnavailableError('The GPU is taken by somebody else.')) : backend.open(info)),
    });
  }

  it('fails the runs that need it, and no others; the next one tries again', async () => {
    const { graph, sum, square } = sumAndSquare();
    const state = { broken: true };
    const { session, opens } = opened(graph, failing(state));
    await expect(session.run(square, fed)).rejects.toThrow(tf.errors.UnavailableError);
    await expect(session.run(square, fed)).rejects.toThrow('The GPU is taken by somebody else.');
    expect((await session.run(sum, fed)).toArray()).toEqual([2, 4]);
    state.broken = false;
    expect((await session.run(square, fed)).toArray()).toEqual([4, 16]);
    expect(opens()).toEqual({ cpu: 1, gpu: 1 });
    await session.close();
  });
});

describe('a session that closes while a device opens', () => {
  it('waits for it, lets go of it, and fails the run', async () => {
    const { graph, square } = sumAndSquare();
    let isClosed = false;
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => { open = resolve; });
    let isAsked = (): void => undefined;
    const asked = new Promise<void>((resolve) => { isAsked = resolve; });
    const { session } = opened(graph, (backend) => ({
      ...backend,
      open: async (info) => {
        isAsked();
        await gate;
        const device = await backend.open(info);
        const close = device.close.bind(device);
        device.close = () => { isClosed = true; return close(); };
        return device;
      },
    }));
    const outcome = session.run(square, fed).then(() => 'ran', (error: unknown) => error);
    await asked;
    const closing = session.close();
    open();
    await closing;
    expect(await outcome).toBeInstanceOf(tf.errors.CancelledError);
    expect(isClosed).toBe(true);
  });
});
