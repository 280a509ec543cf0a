/** State on devices: what is moved, what is held, and what runs beside each other see. */
import { describe, expect, it } from 'vitest';
import { constant, placeholder, placeholderWithDefault } from '../api/values.js';
import { globalVariablesInitializer, Variable } from '../api/variables.js';
import { FailedPreconditionError, InvalidArgumentError } from '../errors.js';
import { counted } from '../execute/counted.fixture.js';
import { Graph } from '../graph/graph.js';
import { HostTensor } from '../hostTensor.js';
import type { Tensor } from '../graph/tensor.js';
import * as ops from '../ops/families.js';
import { reference } from '../reference/reference.js';
import { simulated } from '../simulated/simulated.js';
import { getSessionHandle, getSessionTensor, TensorHandle } from './handles.js';
import { Session } from './session.js';

const size = 200;
const bytes = size * size * 4;

/** A variable of 160 kB on `device`, and what reads and changes it. */
function weights(useResource: boolean, device = '') {
  const graph = new Graph();
  return graph.asDefault(() => graph.device(device, () => {
    const start = placeholder('float32', [size, size], { name: 'start' });
    const x = placeholder('float32', [size, 1], { name: 'x' });
    const w = new Variable(constant(HostTensor.full([size, size], 1, 'float32')), { name: 'w', useResource });
    return {
      graph, w, init: globalVariablesInitializer(), set: w.assign(start), product: ops.sum(ops.mul(w.value(), x), constant([0, 1], { dtype: 'int32' })),
      add: w.assignAdd(constant(HostTensor.full([size, size], 0.5, 'float32'))),
    };
  }));
}

/** A session on a CPU, and on an accelerator if `device` asks for one; what it moved and holds there. */
function opened(graph: Graph, device: string) {
  const cpu = counted(reference());
  const accelerator = counted(simulated());
  const session = new Session({ graph, backends: device === '' ? [cpu.backend] : [cpu.backend, accelerator.backend] });
  return { session, ...(device === '' ? cpu : accelerator) };
}

describe.each([['by reference', false], ['by handle', true]])('variables %s', (_how, useResource) => {
  describe.each([['a CPU', ''], ['an accelerator', '/gpu:0']])('on %s', (_what, device) => {
    it('are read and changed where they lie', async () => {
      const { graph, init, product, add } = weights(useResource, device);
      const { session, uploads, downloads, devices } = opened(graph, device);
      const feeds = { 'x:0': HostTensor.full([size, 1], 1, 'float32') };
      await session.run(init);
      await session.run(add.op);
      await session.run(product, feeds);
      uploads.length = 0;
      downloads.length = 0;
      const held = devices[0]?.memory();
      for (let i = 0; i < 4; i++) {
        expect((await session.run(product, feeds)).item()).toBe(size * size * (1.5 + 0.5 * i));
        await session.run(add.op);
      }
      expect([...uploads, ...downloads].filter((moved) => moved >= bytes)).toEqual([]);
      expect(devices[0]?.memory()).toEqual(held);
      await session.close();
      expect(devices[0]?.memory().buffers).toBe(0);
    });

    it('have plans without copies', async () => {
      const { graph, init, product, add } = weights(useResource, device);
      const { session } = opened(graph, device);
      await session.run(init);
      const text = await session.explain([product, add.op], { 'x:0': HostTensor.full([size, 1], 1, 'float32') });
      expect(text).toMatch(/bring \S+ h\d+ → \S+ s\d+ \(no copy if it is there\)/);
      expect(text).not.toMatch(/: (up|down)load w/);
      expect(text).toMatch(/AssignAddVariableOp 'AssignAdd(VariableOp)?': s\d+ → s\d+/);
      await session.close();
    });

    it('are changed together in one sequence, by one value and after one another’s', async () => {
      const graph = new Graph();
      const { init, all } = graph.asDefault(() => graph.device(device, () => {
        const by = ops.mul(placeholder('float32', [2], { name: 'by' }), constant([1, 1]));
        const [v, w] = ['v', 'w'].map((name) => new Variable(constant([1, 2]), { name, useResource }));
        const set = [v!.assign(by), w!.assign(by)];
        const added = graph.controlDependencies(set, () => [v!.assignAdd(by), w!.assignAdd(by)]);
        return { init: globalVariablesInitializer(), all: graph.controlDependencies(added, () => [v!.readValue(), w!.readValue(), ops.add(v!.readValue(), w!.readValue())]) };
      }));
      const { session } = opened(graph, device);
      await session.run(init);
      for (const _ of [1, 2]) expect((await session.run(all, { 'by:0': [3, 4] })).map((value) => value.toArray())).toEqual([[6, 8], [6, 8], [12, 16]]);
      await session.close();
    });

    it('are what they were when they were read, whatever comes later', async () => {
      const graph = new Graph();
      const { init, all } = graph.asDefault(() => graph.device(device, () => {
        const v = new Variable(constant([1, 2]), { name: 'v', useResource });
        const before = v.readValue();
        const once = graph.controlDependencies([before], () => v.assignAdd([10, 10]));
        const between = graph.controlDependencies([once], () => v.readValue());
        const twice = graph.controlDependencies([between], () => v.assignSub([1, 1]));
        const after = graph.controlDependencies([twice], () => v.readValue());
        return { init: globalVariablesInitializer(), all: [before, between, after, ops.add(before, after)] };
      }));
      const { session } = opened(graph, device);
      await session.run(init);
      expect((await session.run(all)).map((value) => value.toArray())).toEqual([[1, 2], [11, 12], [10, 11], [11, 13]]);
      await session.close();
    });

    it('count every update and tear no read, with many runs at once', async () => {
      const graph = new Graph();
      const { v, init, add, read } = graph.asDefault(() => graph.device(device, () => {
        const v = new Variable(constant(HostTensor.zeros([64])), { name: 'v', useResource });
        return { v, init: globalVariablesInitializer(), add: v.assignAdd(constant(HostTensor.full([64], 1, 'float32'))), read: ops.mul(v.value(), constant(1)) };
      }));
      const { session } = opened(graph, device);
      await session.run(init);
      const results = await Promise.all(Array.from({ length: 60 }, async (_, i) => (i % 3 === 0 ? session.run(read) : session.run(add.op).then(() => undefined))));
      for (const result of results) if (result !== undefined) expect(new Set(result.flat()).size).toBe(1);
      expect(new Set((await session.run(v)).flat())).toEqual(new Set([40]));
      await session.close();
    });

    it('say what is wrong', async () => {
      const { graph, product, add, set, init } = weights(useResource, device);
      const { session } = opened(graph, device);
      await expect(session.run(product, { 'x:0': HostTensor.zeros([size, 1]) })).rejects.toThrow(FailedPreconditionError);
      await expect(session.run(add.op)).rejects.toThrow(useResource ? 'Error while reading resource variable w from Container: localhost.' : 'Attempting to use uninitialized value w');
      await session.run(init);
      await session.run(set.op, { 'start:0': HostTensor.zeros([size, size]) });
      expect((await session.run(product, { 'x:0': HostTensor.full([size, 1], 1, 'float32') })).item()).toBe(0);
      await session.close();
    });
  });

  it('keep their value when what was to change them fails', async () => {
    const graph = new Graph();
    const { v, init, set, add } = graph.asDefault(() => {
      const by = placeholder('int32', [2], { name: 'by' });
      const v = new Variable(constant([7, 8], { dtype: 'int32' }), { name: 'v', useResource });
      const quotient = ops.floorDiv(constant([4, 4], { dtype: 'int32' }), by);
      return { v, init: globalVariablesInitializer(), set: v.assign(quotient), add: v.assignAdd(quotient) };
    });
    const { session } = opened(graph, '');
    await session.run(init);
    for (const op of [set.op, add.op]) await expect(session.run(op, { 'by:0': [1, 0] })).rejects.toThrow(InvalidArgumentError);
    expect((await session.run(v)).toArray()).toEqual([7, 8]);
    await session.run(add.op, { 'by:0': [1, 2] });
    expect((await session.run(v)).toArray()).toEqual([11, 10]);
    await session.close();
  });

  it('work through host programs where no device has a kernel for the change', async () => {
    const graph = new Graph();
    const { v, init, scatter, add } = graph.asDefault(() => {
      const v = new Variable([[1, 1], [2, 2]], { name: 'v', useResource });
      return { v, init: globalVariablesInitializer(), scatter: v.scatterUpdate(constant([1], { dtype: 'int32' }), [[5, 6]]), add: v.assignAdd([[1, 1], [1, 1]]) };
    });
    const { session } = opened(graph, '');
    await session.run(init);
    await Promise.all([session.run(add.op), session.run(add.op), session.run(scatter), session.run(add.op)]);
    const [first] = (await session.run(v)).toArray() as number[][];
    expect(first).toEqual([4, 4]);
    await session.close();
  });
});

describe('session handles', () => {
  it.each([['a CPU', ''], ['an accelerator', '/gpu:0']])('keep values on %s', async (_what, device) => {
    const graph = new Graph();
    const { handle, holder, sum } = graph.asDefault(() => graph.device(device, () => {
      const x = placeholder('float32', [300], { name: 'x' });
      const handle = getSessionHandle(ops.mul(x, constant(2)));
      const [holder, value] = graph.device(null, () => getSessionTensor('', 'float32'));
      return { handle, holder, sum: ops.sum(value, constant([0], { dtype: 'int32' })) };
    }));
    const { session, uploads, downloads, devices } = opened(graph, device);
    const empty = devices[0]?.memory().bytes ?? 0;
    const kept: HostTensor = await session.run(handle, { 'x:0': HostTensor.full([300], 1, 'float32') });
    if (!(kept instanceof TensorHandle)) throw new TypeError('no handle');
    expect(kept.handle.endsWith(device === '' ? '/device:CPU:0' : '/device:GPU:0')).toBe(true);
    uploads.length = 0;
    downloads.length = 0;
    expect((await session.run(sum, new Map([[holder, kept]]))).item()).toBe(600);
    expect([...uploads, ...downloads].filter((moved) => moved >= 1200)).toEqual([]);
    expect((await kept.eval()).flat().every((value) => value === 2)).toBe(true);
    const before = devices[0]?.memory().bytes ?? 0;
    kept.delete();
    expect(before - (devices[0]?.memory().bytes ?? 0)).toBe(1200);
    expect(empty).toBeLessThanOrEqual(before);
    await expect(kept.eval()).rejects.toThrow(InvalidArgumentError);
    await session.close();
  });

  it('are fed in place of values without a copy', async () => {
    const graph = new Graph();
    const { handle, x, sum } = graph.asDefault(() => {
      const x = placeholder('float32', [300], { name: 'x' });
      return { handle: getSessionHandle(ops.mul(x, constant(2))), x, sum: ops.sum(ops.mul(x, constant(3)), constant([0], { dtype: 'int32' })) };
    });
    const { session, uploads, downloads } = opened(graph, '');
    const kept = await session.run(handle, new Map([[x, HostTensor.full([300], 1, 'float32')]]));
    uploads.length = 0;
    downloads.length = 0;
    expect((await session.run(sum, new Map([[x, kept]]))).item()).toBe(1800);
    expect([...uploads, ...downloads].filter((moved) => moved >= 1200)).toEqual([]);
    // Fetching what was fed gives its value.
    expect((await session.run([x, sum], new Map([[x, kept]]))).map((value) => value.flat()[0])).toEqual([2, 1800]);
    const text = await session.explain(sum, new Map([[x, kept]]));
    expect(text).toMatch(/arguments: CPU:0 s\d+ /);
    expect(text).not.toMatch(/: upload /);
    await session.close();
  });
});

describe('a variable that changes its shape', () => {
  it('is read with the shape that it has', async () => {
    const graph = new Graph();
    const { init, grow, sum, both } = graph.asDefault(() => {
      const v = new Variable([1, 2], { name: 'v', useResource: false });
      const grow = ops.assign(graph.getOperationByName('v').outputs[0] as Tensor, constant([1, 2, 3]), { validateShape: false });
      return { init: globalVariablesInitializer(), grow, sum: ops.sum(ops.mul(v.value(), constant(2)), constant([0], { dtype: 'int32' })), both: ops.add(grow, constant(1)) };
    });
    const { session } = opened(graph, '');
    await session.run(init);
    expect((await session.run(sum)).item()).toBe(6);
    expect((await session.run(both)).toArray()).toEqual([2, 3, 4]);
    expect((await session.run(sum)).item()).toBe(12);
    await session.run(grow.op);
    expect((await session.run(sum)).item()).toBe(12);
    await session.run(init).catch(() => undefined);
    await session.close();
  });

  it.each([['the handle itself', [2], 'v'], ['another handle', null, 'other']] as const)('is read with it in the run that changes it, through %s', async (_what, shape, name) => {
    const graph = new Graph();
    const { init, read, total } = graph.asDefault(() => {
      const v = ops.varHandleOp('float32', [2], { sharedName: 'v', name: 'v' });
      const target = name === 'v' ? v : ops.varHandleOp('float32', shape, { sharedName: 'v', name });
      const grow = ops.assignVariableOp(target, placeholderWithDefault(constant([1, 2, 3]), null));
      const read = graph.controlDependencies([grow], () => ops.readVariableOp(v, 'float32'));
      return { init: ops.assignVariableOp(v, constant([1, 2])), read, total: ops.sum(ops.mul(read, constant(2)), constant([0], { dtype: 'int32' })) };
    });
    const { session } = opened(graph, '');
    for (const fetches of [[read], [total], [read, total]]) {
      await session.run(init);
      expect((await session.run(fetches)).map((value) => value.toArray())).toEqual(fetches.map((fetch) => (fetch === read ? [1, 2, 3] : 12)));
    }
    await session.close();
  });
});
