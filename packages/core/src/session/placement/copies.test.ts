import { describe, expect, it } from 'vitest';
import * as tf from '../../index.js';
import { whileGraph } from '../../execute/loopGraphs.fixture.js';
import { parseGraphDefText } from '../../proto/graphDef.js';
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

  it('to the host inside bodies: a loop’s condition, sizes in it, and none for values that are passed on', async () => {
    const { graph, result } = whileGraph(3, { device: '/gpu:0', size: 2 });
    await using session = await sessionFor(graph, [], { backends: [tf.reference(), tf.simulated()], config: { allowSoftPlacement: true } });
    const { hostCopies, functions } = await session.explainPlacement(result);
    expect(hostCopies).toEqual([]);
    expect(functions.map((fn) => [fn.name, fn.hostCopies])).toEqual([
      ['cond', [{ tensor: 'less:0', dtype: 'bool', shape: [], bytes: 1, device: gpu, consumers: [] }]], ['body', []],
    ]);
    const { steps } = await session.plan(result, { 'x:0': [1, 2] });
    expect(steps.map(({ kind }) => kind)).toEqual(['control', 'fetch']);
  });

  it('to the host for what an op of smaller ops reads, and for what decides on a branch', async () => {
    const text = (op: string, attrs: string, inputs = ''): string => `node { name: "${op.toLowerCase()}" op: "${op}" ${inputs} device: "/gpu:0" ${attrs} }`;
    const graph = new tf.Graph();
    tf.importGraphDef(parseGraphDefText(`
      node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "shape" value { shape { dim { size: 1 } dim { size: 2 } dim { size: 2 } dim { size: 1 } } } } }
      node { name: "p" op: "Placeholder" attr { key: "dtype" value { type: DT_INT32 } } attr { key: "shape" value { shape { dim { size: 2 } dim { size: 2 } } } } }
      ${text('Neg', 'attr { key: "T" value { type: DT_INT32 } }', 'input: "p"')}
      ${text('SpaceToBatch', 'attr { key: "T" value { type: DT_FLOAT } } attr { key: "Tpaddings" value { type: DT_INT32 } } attr { key: "block_size" value { i: 2 } }', 'input: "x" input: "neg"')}
      ${text('Sum', 'attr { key: "T" value { type: DT_INT32 } } attr { key: "Tidx" value { type: DT_INT32 } }', 'input: "neg" input: "axes"')}
      node { name: "axes" op: "Const" attr { key: "dtype" value { type: DT_INT32 } } attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape { dim { size: 2 } } int_val: 0 int_val: 1 } } } }
      ${text('If', `attr { key: "Tcond" value { type: DT_INT32 } } attr { key: "Tin" value { list { type: DT_FLOAT } } } attr { key: "Tout" value { list { type: DT_FLOAT } } }
        attr { key: "then_branch" value { func { name: "same" } } } attr { key: "else_branch" value { func { name: "same" } } }`, 'input: "sum" input: "spacetobatch"')}
      library { function {
        signature { name: "same" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "b" type: DT_FLOAT } }
        node_def { name: "relu" op: "Relu" input: "a" attr { key: "T" value { type: DT_FLOAT } } }
        ret { key: "b" value: "relu:activations:0" }
      } }`), { graph, name: '' });
    await using session = await sessionFor(graph, [], { backends: [tf.reference(), tf.simulated()], config: { allowSoftPlacement: true } });
    const feeds = { 'x:0': [[[[1], [2]], [[3], [4]]]], 'p:0': [[0, 0], [0, 0]] };
    const { hostCopies, nodes } = await session.explainPlacement('if:0', feeds);
    expect(nodes.filter(({ device }) => device === gpu).map(({ name }) => name)).toEqual(expect.arrayContaining(['neg', 'spacetobatch', 'sum', 'if']));
    expect(hostCopies.map(({ tensor, bytes, consumers }) => [tensor, bytes, consumers])).toEqual([['neg:0', 16, ['spacetobatch']], ['sum:0', 4, ['if']]]);
    expect((await session.run('if:0', feeds)).toArray()).toEqual([[[[1]]], [[[2]]], [[[3]]], [[[4]]]]);
  });
});
