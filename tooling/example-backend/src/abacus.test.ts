import { describe, expect, it } from 'vitest';
import * as tf from '@sessionflow/core';
import { discoverBackends } from '@sessionflow/core/node';

const task = '/job:localhost/replica:0/task:0/device:';
const quiet: tf.Logger = { info: () => undefined, warning: () => undefined, error: () => undefined };

/** y = relu((x · x)²), of which the abacus knows two thirds. */
function graphWithRelu() {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const x = tf.placeholder('float32', [2, 2], { name: 'x' });
    return { graph, x, y: graph.device('/device:ABACUS:0', () => tf.relu(tf.square(tf.matMul(x, x, { name: 'product' }), { name: 'square' }), { name: 'y' })) };
  });
}

describe('a backend of one’s own', () => {
  it('is found by what its package.json says', async () => {
    const names = (await discoverBackends({ from: import.meta.dirname })).map(({ name }) => name);
    expect(names[0]).toBe('abacus');
    expect(names).toContain('cpu-wasm');
  });

  it('runs what it can, and soft placement puts the rest on the CPU', async () => {
    const { graph, x, y } = graphWithRelu();
    const registry = new tf.DeviceRegistry(await discoverBackends({ from: import.meta.dirname }));
    await using session = new tf.Session({ graph, registry, config: { allowSoftPlacement: true }, logger: quiet });
    expect((await session.run(y, new Map([[x, [[1, 2], [3, 4]]]]))).toArray()).toEqual([[49, 100], [225, 484]]);
    const { nodes } = await session.explainPlacement(y, new Map([[x, [[1, 2], [3, 4]]]]));
    const byName = new Map(nodes.map((node) => [node.name, node]));
    expect(byName.get('product')).toMatchObject({ device: `${task}ABACUS:0`, rule: 'requested' });
    expect(byName.get('y')).toMatchObject({
      device: `${task}CPU:0`, rule: 'soft', reason: 'soft placement: /device:ABACUS:0 was asked for, but cannot run it: no kernel for Relu',
    });
  });

  it('is refused without soft placement, in its own words', async () => {
    const { graph, x, y } = graphWithRelu();
    await using session = new tf.Session({ graph, registry: new tf.DeviceRegistry([...await discoverBackends({ from: import.meta.dirname })]), logger: quiet });
    await expect(session.run(y, new Map([[x, [[1, 2], [3, 4]]]]))).rejects.toThrow('no supported kernel for ABACUS devices is available');
  });
});
