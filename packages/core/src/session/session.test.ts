import { describe, expect, it } from 'vitest';
import type { Backend, Device } from '../device/device.js';
import { CancelledError, InvalidArgumentError, RuntimeError, ValueError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import { HostTensor } from '../hostTensor.js';
import * as ops from '../ops/families.js';
import { constant, placeholder } from '../api/values.js';
import { recording } from '../recording/recording.js';
import { reference } from '../reference/reference.js';
import { Session } from './session.js';

/** A backend that remembers the devices it opened, so that a test can count what is left on them. */
function watched(backend: Backend): { backend: Backend; devices: Device[] } {
  const devices: Device[] = [];
  return {
    devices,
    backend: {
      ...backend,
      discover: (config) => backend.discover(config),
      open: async (info) => {
        const device = await backend.open(info);
        devices.push(device);
        return device;
      },
    },
  };
}

/** y = relu(x · w), with w = [[2], [2]]. */
function smallGraph() {
  const graph = new Graph();
  return graph.asDefault(() => {
    const x = placeholder('float32', [null, 2], { name: 'x' });
    const w = constant([[2], [2]], { dtype: 'float32', name: 'w' });
    const y = ops.relu(ops.matMul(x, w), { name: 'y' });
    return { graph, x, w, y };
  });
}

describe('run', () => {
  it('computes fetches from feeds', async () => {
    const { graph, x, y } = smallGraph();
    await using session = new Session({ graph, backends: [reference()] });
    const out = await session.run(y, new Map([[x, [[3, 3]]]]));
    expect(out.toArray()).toEqual([[12]]);
    expect((await session.run('y:0', { 'x:0': [[1, 1], [-5, 2]] }))?.toArray()).toEqual([[4], [0]]);
  });

  it('gives results in the structure of the fetches', async () => {
    const { graph, x, w, y } = smallGraph();
    await using session = new Session({ graph, backends: [reference()] });
    const out = await session.run({ list: [y, w], op: y.op, same: y, map: new Map([['k', w]]), empty: [] }, [[x, [[1, 2]]]]);
    expect(out.list[0].toArray()).toEqual([[6]]);
    expect(out.list[1].toArray()).toEqual([[2], [2]]);
    expect(out.op).toBeNull();
    expect(out.same.toArray()).toEqual([[6]]);
    expect(out.map.get('k')?.toArray()).toEqual([[2], [2]]);
    expect(out.empty).toEqual([]);
  });

  it('gives a fed tensor back converted, and asks no device for it', async () => {
    const { graph, x } = smallGraph();
    await using session = new Session({ graph, backends: [] });
    const out = await session.run(x, new Map([[x, [[1, 2]]]]));
    expect(out.dtype).toBe('float32');
    expect(out.toArray()).toEqual([[1, 2]]);
  });

  it('feeds any tensor of the graph', async () => {
    const { graph, y } = smallGraph();
    await using session = new Session({ graph, backends: [reference()] });
    expect((await session.run(y, new Map([[graph.getTensorByName('MatMul:0'), [[-1], [5]]]]))).toArray()).toEqual([[0], [5]]);
  });

  it('takes new shapes and a growing graph', async () => {
    const { graph, x, y } = smallGraph();
    await using session = new Session({ graph, backends: [reference()] });
    for (const rows of [1, 3, 1, 7]) {
      const out = await session.run(y, new Map([[x, HostTensor.full([rows, 2], 1)]]));
      expect(out.shape).toEqual([rows, 1]);
    }
    const z = graph.asDefault(() => ops.neg(y));
    expect((await session.run(z, new Map([[x, [[1, 1]]]]))).toArray()).toEqual([[-4]]);
  });

  it('gives concurrent runs the results they would give alone', async () => {
    const { graph, x, y } = smallGraph();
    await using session = new Session({ graph, backends: [reference()] });
    const outs = await Promise.all(Array.from({ length: 24 }, (_, i) => session.run(y, new Map([[x, [[i, i]]]]))));
    expect(outs.map((out) => out.toArray())).toEqual(Array.from({ length: 24 }, (_, i) => [[4 * i]]));
  });

  it('runs targets for their control dependencies, and values only TypeScript has', async () => {
    const graph = new Graph();
    const { joined, asserted } = graph.asDefault(() => {
      const wrong = ops.assert(placeholder('bool', [], { name: 'ok' }), [constant('the reason')]);
      const asserted = graph.controlDependencies([wrong], () => ops.identity(constant(1)));
      return { joined: ops.stringJoin([constant(['a', 'b'], { dtype: 'string' }), constant(['c', 'd'], { dtype: 'string' })]), asserted };
    });
    await using session = new Session({ graph, backends: [reference()] });
    expect((await session.run(joined)).toArray()).toEqual(['ac', 'bd']);
    expect((await session.run(asserted, { 'ok:0': true })).item()).toBe(1);
    await expect(session.run(asserted, { 'ok:0': false })).rejects.toThrow(InvalidArgumentError);
    await expect(session.run(asserted, { 'ok:0': false })).rejects.toThrow(/the reason/);
  });
});

describe('shapes born from data', () => {
  it('plans the rest of the graph when the sizes are known', async () => {
    const graph = new Graph();
    const { x, total, picked } = graph.asDefault(() => {
      const x = placeholder('float32', [null], { name: 'x' });
      const where = ops.where(ops.greater(x, constant(2)));
      const picked = ops.gatherNd(x, where);
      return { x, picked, total: ops.sum(ops.mul(picked, constant(10)), constant([0], { dtype: 'int32' })) };
    });
    await using session = new Session({ graph, backends: [reference()] });
    for (const [feed, expected] of [[[1, 2, 3, 4], [3, 4]], [[5, 0], [5]], [[0], []], [[9, 8, 7], [9, 8, 7]]] as const) {
      const out = await session.run([picked, total], new Map([[x, feed]]));
      expect(out[0].toArray()).toEqual(expected);
      expect(out[1].item()).toBe(10 * expected.reduce((sum: number, value) => sum + value, 0));
    }
  });

  it('takes a fed shape as part of the plan, and falls back to host kernels after many', async () => {
    const graph = new Graph();
    const { shape, y } = graph.asDefault(() => {
      const shape = placeholder('int32', [2], { name: 'shape' });
      return { shape, y: ops.neg(ops.fill(shape, constant(1))) };
    });
    await using session = new Session({ graph, backends: [reference()] });
    for (let rows = 1; rows <= 20; rows++) {
      const out = await session.run(y, new Map([[shape, [rows, 2]]]));
      expect(out.shape).toEqual([rows, 2]);
      expect(out.toArray()).toEqual(Array.from({ length: rows }, () => [-1, -1]));
    }
  });
});

describe('devices', () => {
  it('runs a graph over two devices, with the copies in the plan', async () => {
    const graph = new Graph();
    const { x, z } = graph.asDefault(() => {
      const x = placeholder('float32', [null, 2], { name: 'x' });
      const y = graph.device('/cpu:0', () => ops.relu(ops.matMul(x, constant([[2], [2]], { dtype: 'float32' })), { name: 'y' }));
      return { x, z: graph.device('/gpu:0', () => ops.neg(y, { name: 'z' })) };
    });
    const gpu = reference({ name: 'reference-gpu', deviceType: 'GPU' });
    await using session = new Session({ graph, backends: [reference(), gpu] });
    expect((await session.run(z, new Map([[x, [[3, 3]]]]))).toArray()).toEqual([[-12]]);
    const text = await session.explain(z, new Map([[x, [[3, 3]]]]));
    expect(text).toContain('_Send(y) → GPU:0');
    expect(text).toContain('_Recv(y) ← CPU:0');
    const { placement } = await session.placement();
    expect(placement.get('z')).toBe('/job:localhost/replica:0/task:0/device:GPU:0');
    expect(placement.get('y')).toBe('/job:localhost/replica:0/task:0/device:CPU:0');
  });

  it('asks a device for what the plan says, and releases it all', async () => {
    const { graph, x, y } = smallGraph();
    const backend = recording({ deviceType: 'CPU' });
    const session = new Session({ graph, backends: [backend] });
    await session.run(y, new Map([[x, [[3, 3]]]]));
    await session.run(y, new Map([[x, [[4, 4]]]]));
    await session.close();
    const verbs = backend.log.map(({ verb }) => verb);
    expect(verbs.filter((verb) => verb === 'prepare').length).toBe(1);
    expect(verbs.filter((verb) => verb === 'run').length).toBe(2);
    expect(verbs.filter((verb) => verb === 'allocate').length).toBe(verbs.filter((verb) => verb === 'release').length);
    expect(verbs.at(-1)).toBe('close');
  });

  it('says why there is no device', async () => {
    const { graph, y } = smallGraph();
    const absent: Backend = { ...reference(), name: 'absent', discover: async () => ({ devices: [], reason: 'no driver' }) };
    await using session = new Session({ graph, backends: [absent] });
    await expect(session.run(y, { 'x:0': [[1, 1]] })).rejects.toThrow('absent: no driver');
  });
});

describe('life', () => {
  it('leaves nothing on a device after success and failure', async () => {
    const { graph, x, y } = smallGraph();
    const bad = graph.asDefault(() => ops.floorDiv(constant(1, { dtype: 'int32' }), ops.cast(ops.size(ops.where(ops.less(x, constant(0)))), 'int32')));
    const { backend, devices } = watched(reference());
    const session = new Session({ graph, backends: [backend] });
    await session.run(y, new Map([[x, [[3, 3]]]]));
    await expect(session.run(bad, new Map([[x, [[3, 3]]]]))).rejects.toThrow(InvalidArgumentError);
    await expect(session.run(bad, new Map([[x, [[3, 3]]]]))).rejects.toThrow(/Integer division by zero/);
    expect((await session.run(y, new Map([[x, [[1, 3]]]]))).toArray()).toEqual([[8]]);
    await session.close();
    expect(devices).toHaveLength(1);
    expect(devices[0]?.memory()).toMatchObject({ buffers: 0, bytes: 0 });
  });

  it('refuses use after close, and closes once', async () => {
    const { graph, x, y } = smallGraph();
    const session = new Session({ graph, backends: [reference()] });
    await session.close();
    await session.close();
    await expect(session.run(y, new Map([[x, [[1, 1]]]]))).rejects.toThrow(new RuntimeError('Attempted to use a closed Session.'));
  });

  it('closes at the end of a block', async () => {
    const { graph, x, y } = smallGraph();
    let kept: Session | undefined;
    {
      await using session = new Session({ graph, backends: [reference()] });
      kept = session;
      await session.run(y, new Map([[x, [[1, 1]]]]));
    }
    await expect(kept.run(y, new Map([[x, [[1, 1]]]]))).rejects.toThrow(RuntimeError);
  });

  it('cancels by signal', async () => {
    const { graph, x, y } = smallGraph();
    await using session = new Session({ graph, backends: [reference()] });
    await expect(session.run(y, new Map([[x, [[1, 1]]]]), { signal: AbortSignal.abort() })).rejects.toThrow(CancelledError);
    expect((await session.run(y, new Map([[x, [[1, 1]]]]))).toArray()).toEqual([[4]]);
  });

  it('opens one device for sessions that share a backend', async () => {
    const { graph, x, y } = smallGraph();
    const { backend, devices } = watched(reference());
    const first = new Session({ graph, backends: [backend] });
    const second = new Session({ graph, backends: [backend] });
    await Promise.all([first, second].map((session) => session.run(y, new Map([[x, [[1, 1]]]]))));
    expect(devices).toHaveLength(1);
    await first.close();
    expect((await second.run(y, new Map([[x, [[1, 1]]]]))).toArray()).toEqual([[4]]);
    await second.close();
    expect(devices[0]?.memory()).toMatchObject({ buffers: 0, bytes: 0 });
  });
});

describe('mistakes', () => {
  it.each([
    ['an empty graph', () => new Graph(), 'y:0', {}, 'The Session graph is empty.  Add operations to the graph before calling run().'],
    ['an unknown fetch', () => smallGraph().graph, 'yy:0', {}, "Fetch argument 'yy:0' cannot be interpreted as a Tensor. (The name 'yy:0' refers to a Tensor which does not exist. The operation, 'yy', does not exist in the graph."],
    ['an operation as a feed key', () => smallGraph().graph, 'y:0', { x: [[1, 1]] }, "Cannot interpret feed_dict key as Tensor: The name 'x' refers to an Operation, not a Tensor."],
    ['a feed of another shape', () => smallGraph().graph, 'y:0', { 'x:0': [[1, 2, 3]] }, "Cannot feed value of shape (1, 3) for Tensor 'x:0', which has shape '(?, 2)'"],
    ['a missing feed', () => smallGraph().graph, 'y:0', {}, "You must feed a value for placeholder tensor 'x' with dtype float and shape [?,2]"],
  ])('names what is wrong with %s', async (_what, make, fetch, feeds, text) => {
    await using session = new Session({ graph: make(), backends: [reference()] });
    await expect(session.run(fetch, feeds)).rejects.toThrow(text);
  });

  it('checks the constructor', () => {
    expect(() => new Session({ target: 'grpc://nowhere:1' })).toThrow(/No session factory registered/);
    expect(() => new Session({ config: { allowSoftPlacment: true } as object })).toThrow(/allowSoftPlacement/);
  });

  it('refuses a fetch that was marked', async () => {
    const { graph, y } = smallGraph();
    graph.preventFetching(y.op);
    await using session = new Session({ graph, backends: [reference()] });
    await expect(session.run(y)).rejects.toThrow(ValueError);
  });
});
