import { describe, expect, it } from 'vitest';
import * as tf from '../../index.js';
import { whileGraph } from '../../execute/loopGraphs.fixture.js';
import { partialGpu } from '../testing/partialGpu.js';

const cpu = '/job:localhost/replica:0/task:0/device:CPU:0';
const gpu = '/job:localhost/replica:0/task:0/device:GPU:0';
const fed = [[1, 2], [3, 4], [5, 6], [7, 8]];
const quiet: tf.Logger = { info: () => undefined, warning: () => undefined, error: () => undefined };

/** x → layer/product on the GPU → unique on the CPU → y on the GPU. */
function backAndForth() {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const x = tf.placeholder('float32', [4, 2], { name: 'x' });
    const product = tf.matMul(x, tf.constant([[1, 0], [0, 1]], { dtype: 'float32', name: 'w' }), { name: 'layer/product' });
    const { y: values } = tf.unique(tf.reshape(product, [-1], { name: 'flat' }), { name: 'unique' });
    const column = tf.reshape(values, [-1, 1], { name: 'column' });
    const y = tf.matMul(column, tf.constant([[2]], { dtype: 'float32', name: 'two' }), { name: 'y' });
    return { graph, x, y };
  });
}

describe('explainPlacement', () => {
  it('tells of each node what it asked for, who can run it, and what decided', async () => {
    const { graph, x, y } = backAndForth();
    await using session = new tf.Session({ graph, backends: [partialGpu(['MatMul', 'Reshape']), tf.reference()], logger: quiet });
    const told = await session.explainPlacement(y, new Map([[x, fed]]));
    expect(told.devices).toMatchObject([
      { name: cpu, type: 'CPU', backend: 'reference', description: '' }, { name: gpu, type: 'GPU', backend: 'partial GPU', description: 'made-up GPU 0' },
    ]);
    const byName = new Map(told.nodes.map((node) => [node.name, node]));
    expect(byName.get('layer/product')).toEqual({
      name: 'layer/product', op: 'MatMul', scope: 'layer', device: gpu, requested: '', rule: 'preferred', decidedBy: null,
      candidates: [{ device: cpu, refusal: null }, { device: gpu, refusal: null }],
      reason: 'it is the preferred of 2 devices that can run it',
    });
    expect(byName.get('unique')).toMatchObject({ device: cpu, rule: 'only', candidates: [{ device: cpu, refusal: null }, { device: gpu, refusal: 'no kernel for Unique' }] });
    expect(byName.get('_arg_x_0')).toMatchObject({ op: '_Arg', device: cpu, rule: 'client', decidedBy: null });
    expect(byName.has('x')).toBe(false);
  });

  it('tells of each copy what it carries, from where to where, and for whom', async () => {
    const { graph, x, y } = backAndForth();
    await using session = new tf.Session({ graph, backends: [partialGpu(['MatMul', 'Reshape']), tf.reference()], logger: quiet });
    const told = await session.explainPlacement(y, new Map([[x, fed]]));
    expect(told.copies).toEqual([
      { tensor: '_arg_x_0:0', dtype: 'float32', shape: [4, 2], bytes: 32, from: cpu, to: gpu, consumers: ['layer/product'], isFetched: false },
      { tensor: 'flat:0', dtype: 'float32', shape: [8], bytes: 32, from: gpu, to: cpu, consumers: ['unique'], isFetched: false },
      { tensor: 'unique:0', dtype: 'float32', shape: [null], bytes: null, from: cpu, to: gpu, consumers: ['column'], isFetched: false },
      { tensor: 'y:0', dtype: 'float32', shape: [null, 1], bytes: null, from: gpu, to: cpu, consumers: [], isFetched: true },
    ]);
    expect(told.edges).toContainEqual({ kind: 'data', from: 'flat', output: 0, to: 'unique', input: 0, copy: 1 });
    expect(told.edges).toContainEqual({ kind: 'data', from: 'w', output: 0, to: 'layer/product', input: 1, copy: null });
  });

  it('warns of values that leave an accelerator and come back, naming the edges', async () => {
    const { graph, x, y } = backAndForth();
    await using session = new tf.Session({ graph, backends: [partialGpu(['MatMul', 'Reshape']), tf.reference()], logger: quiet });
    const { warnings } = await session.explainPlacement(y, new Map([[x, fed]]));
    expect(warnings).toEqual([{
      kind: 'ping-pong', device: gpu, via: [cpu], leave: [{ tensor: 'flat:0', to: 'unique' }], come: [{ tensor: 'unique:0', to: 'column' }],
      text: 'The graph ping-pongs between GPU:0 and CPU:0: values leave GPU:0 (flat:0 → unique) and come back (unique:0 → column) in every run.',
    }]);
  });

  it('does not warn of a graph that goes to an accelerator and returns', async () => {
    const { graph, x } = backAndForth();
    await using session = new tf.Session({ graph, backends: [partialGpu(['MatMul', 'Reshape']), tf.reference()], logger: quiet });
    const told = await session.explainPlacement('flat:0', new Map([[x, fed]]));
    expect(told.warnings).toEqual([]);
    expect(told.copies.map(({ tensor, isFetched }) => [tensor, isFetched])).toEqual([['_arg_x_0:0', false], ['flat:0', true]]);
  });

  it('takes the whole graph without fetches, and shapes from the graph without feeds', async () => {
    const { graph } = backAndForth();
    await using session = new tf.Session({ graph, backends: [partialGpu(['MatMul', 'Reshape']), tf.reference()], logger: quiet });
    const told = await session.explainPlacement();
    expect(told.nodes.map(({ name }) => name)).toEqual(graph.getOperations().map(({ name }) => name));
    expect(told.copies).toContainEqual({ tensor: 'x:0', dtype: 'float32', shape: [4, 2], bytes: 32, from: cpu, to: gpu, consumers: ['layer/product'], isFetched: false });
  });

  it('tells the same of nodes inside functions: what they asked for, the kernels’ words, the rule', async () => {
    const { graph, result } = whileGraph(3, { device: '/gpu:0', size: 2 });
    await using session = new tf.Session({ graph, backends: [partialGpu(['Mul']), tf.reference()], logger: quiet, config: { allowSoftPlacement: true } });
    const { functions } = await session.explainPlacement(result);
    const [cond, body] = functions;
    expect(functions.map(({ name, device, callers }) => [name, device, callers])).toEqual([['cond', cpu, ['loop']], ['body', cpu, ['loop']]]);
    expect(body?.nodes.find(({ name }) => name === 'double')).toEqual({
      name: 'double', op: 'AddV2', scope: '', device: cpu, requested: '/gpu:0', rule: 'soft', decidedBy: null,
      candidates: [{ device: cpu, refusal: null }, { device: gpu, refusal: 'no kernel for AddV2' }],
      reason: 'soft placement: /gpu:0 was asked for, but cannot run it: no kernel for AddV2',
    });
    expect(body?.nodes.find(({ name }) => name === 'next')).toMatchObject({ device: cpu, requested: '', rule: 'only', reason: `no other device can run it (${gpu}: no kernel for AddV2)` });
    expect(cond?.nodes.find(({ name }) => name === 'limit')).toMatchObject({
      device: cpu, rule: 'consumers', decidedBy: 'less', candidates: [{ device: cpu, refusal: null }, { device: gpu, refusal: 'no kernel for Const' }],
    });
  });

  it('is JSON', async () => {
    const { graph, y } = backAndForth();
    await using session = new tf.Session({ graph, backends: [partialGpu(['MatMul']), tf.reference()], logger: quiet });
    const told = await session.explainPlacement(y);
    expect(JSON.parse(JSON.stringify(told))).toEqual(told);
  });
});
