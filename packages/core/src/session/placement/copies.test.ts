import { describe, expect, it } from 'vitest';
import * as tf from '../../index.js';
import { partialGpu } from '../testing/partialGpu.js';

const cpu = '/job:localhost/replica:0/task:0/device:CPU:0';
const gpu = '/job:localhost/replica:0/task:0/device:GPU:0';

/** A product on the GPU that three ops of the CPU read, made of a feed that two ops of the GPU read. */
function manyReaders() {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const x = tf.placeholder('float32', [2, 2], { name: 'x' });
    const [product, other] = graph.device('/gpu:0', () => [tf.matMul(x, x, { name: 'product' }), tf.matMul(x, x, { name: 'other', transposeA: true })]);
    const fetches = graph.device('/cpu:0', () => [tf.cumsum(product, 0, { name: 'a' }), tf.cumsum(product, 1, { name: 'b' }), tf.cumprod(product, 0, { name: 'c' }), other]);
    return { graph, x, fetches };
  });
}

async function sessionFor(graph: tf.Graph, ops: readonly string[], options: Partial<tf.SessionOptions> = {}): Promise<tf.Session> {
  const logger: tf.Logger = { info: () => undefined, warning: () => undefined, error: () => undefined };
  return new tf.Session({ graph, backends: [partialGpu(ops), tf.reference()], logger, log: () => undefined, ...options });
}

describe('copies between devices', () => {
  it('are one Send and one Recv for each tensor and pair of devices, however many read it', async () => {
    const { graph, x, fetches } = manyReaders();
    await using session = await sessionFor(graph, ['MatMul']);
    const metadata: tf.RunMetadata = {};
    await session.run(fetches, new Map([[x, [[1, 2], [3, 4]]]]), { options: { outputPartitionGraphs: true }, metadata });
    const transfers = (metadata.partitionGraphs ?? []).flatMap(({ node = [] }) => node).filter(({ op }) => op === '_Send' || op === '_Recv').map(({ op, attr }) =>
      `${op} ${new TextDecoder().decode(attr?.get('tensor_name')?.s)}`);
    expect(transfers.filter((text) => text.includes('product'))).toHaveLength(2);
    expect(transfers.filter((text) => text.includes('_arg_x'))).toHaveLength(2);
    const { copies } = await session.explainPlacement(fetches, new Map([[x, [[1, 2], [3, 4]]]]));
    expect(copies.map(({ tensor, from, to, bytes, consumers, isFetched }) => [tensor, from, to, bytes, consumers, isFetched])).toEqual([
      ['_arg_x_0:0', cpu, gpu, 16, ['product', 'other'], false],
      ['product:0', gpu, cpu, 16, ['a', 'b', 'c'], false],
      ['other:0', gpu, cpu, 16, [], true],
    ]);
  });

  it('are made once in a run: one upload and one download of each', async () => {
    const { graph, x, fetches } = manyReaders();
    await using session = await sessionFor(graph, ['MatMul']);
    const { steps } = await session.plan(fetches, new Map([[x, [[1, 2], [3, 4]]]]));
    const count = (kind: tf.Step['kind'], device: string, name: string): number =>
      steps.filter((step) => step.kind === kind && 'device' in step && step.device === device && 'name' in step && step.name.includes(name)).length;
    expect([count('upload', gpu, 'x'), count('download', gpu, 'product'), count('download', gpu, 'other')]).toEqual([1, 1, 1]);
  });

  it('to the host are counted where a kernel must know a small value before it starts', async () => {
    const graph = new tf.Graph();
    const { x, start, y } = graph.asDefault(() => graph.device('/gpu:0', () => {
      const fed = tf.placeholder('float32', [4], { name: 'x' });
      const at = tf.placeholder('int32', [1], { name: 'start' });
      return { x: fed, start: at, y: tf.slice(fed, tf.neg(at, { name: 'begin' }), [2], { name: 'y' }) };
    }));
    await using session = await sessionFor(graph, ['Slice', 'map'], { config: { allowSoftPlacement: true } });
    const feeds = new Map<tf.Tensor, tf.HostTensor>([[x, tf.HostTensor.from([1, 2, 3, 4], { dtype: 'float32' })], [start, tf.HostTensor.from([-1], { dtype: 'int32' })]]);
    const { hostCopies } = await session.explainPlacement(y, feeds);
    expect(hostCopies).toEqual([{ tensor: 'begin:0', dtype: 'int32', shape: [1], bytes: 4, device: gpu, consumers: ['y'] }]);
    expect((await session.run(y, feeds)).toArray()).toEqual([2, 3]);
  });
});

describe('a graph that goes back and forth', () => {
  it('is warned of, with its edges, where placements are logged', async () => {
    const graph = new tf.Graph();
    const { x, y } = graph.asDefault(() => {
      const fed = tf.placeholder('float32', [2, 2], { name: 'x' });
      return { x: fed, y: tf.matMul(tf.cumsum(tf.matMul(fed, fed, { name: 'first' }), 0, { name: 'between' }), fed, { name: 'last' }) };
    });
    const warnings: string[] = [];
    const logger: tf.Logger = { info: () => undefined, warning: (text) => warnings.push(text), error: () => undefined };
    await using session = await sessionFor(graph, ['MatMul'], { logger, config: { logDevicePlacement: true } });
    for (let i = 0; i < 2; i++) await session.run(y, new Map([[x, [[1, 2], [3, 4]]]]));
    expect(warnings).toEqual([
      'The graph ping-pongs between GPU:0 and CPU:0: values leave GPU:0 (first:0 → between) and come back (between:0 → last) in every run.',
    ]);
  });
});
