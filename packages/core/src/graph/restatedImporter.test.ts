/** What TensorFlow's importer_test.py shows and no other test here does; docs/restated-tests.md says for each of its tests where it is shown. */
import { describe, expect, it } from 'vitest';
import * as tf from '../index.js';
import { ValueError } from '../index.js';
import { parseGraphDefText } from '../proto/graphDef.js';

const quiet: tf.Logger = { info: () => undefined, warning: () => undefined, error: () => undefined };
const open = (graph: tf.Graph): tf.Session => new tf.Session({ graph, backends: [tf.reference()], logger: quiet });
/** Imports the text of a GraphDef; operations by the names that are asked for. */
function load(graph: tf.Graph, text: string, names: readonly string[] = [], options: Omit<tf.ImportOptions, 'graph' | 'returnElements'> = {}): tf.Operation[] {
  return (tf.importGraphDef(parseGraphDefText(text), { ...options, graph, returnElements: names }) ?? []) as tf.Operation[];
}
const type = (name: string, dtype = 'DT_FLOAT'): string => `attr { key: "${name}" value { type: ${dtype} } }`;
const group = (...names: readonly string[]): string => `attr { key: "_class" value { list { ${names.map((name) => `s: "loc:@${name}"`).join(' ')} } } }`;
const none = (name: string, ...more: readonly string[]): string => `node { name: "${name}" op: "NoOp" ${more.join(' ')} }`;
const shapes = (...each: readonly string[]): string => `attr { key: "_output_shapes" value { list { ${each.join(' ')} } } }`;
const versions = (producer: number, minConsumer: number): string => `versions { producer: ${producer} min_consumer: ${minConsumer} } `;

describe('what is imported', () => {
  it('has its own tensors, connected as the file says, each with its op and dtype', () => {
    const graph = new tf.Graph();
    const [a, b, c, d] = load(graph, `
      node { name: "A" op: "Unique" input: "in" ${type('T')} ${type('out_idx', 'DT_INT32')} }
      node { name: "B" op: "IdentityN" input: "A:1" input: "A" attr { key: "T" value { list { type: DT_INT32 type: DT_FLOAT } } } }
      node { name: "C" op: "AddN" input: "A:1" input: "B" attr { key: "N" value { i: 2 } } ${type('T', 'DT_INT32')} }
      node { name: "D" op: "AddN" input: "A" input: "B:1" attr { key: "N" value { i: 2 } } ${type('T')} }`,
    ['A', 'B', 'C', 'D'], { inputMap: { in: [1, 1, 2] } }) as [tf.Operation, tf.Operation, tf.Operation, tf.Operation];
    expect(new Set([...a.outputs, ...b.outputs].map(({ name }) => name)).size).toBe(4);
    expect([c.inputs, d.inputs]).toEqual([[a.outputs[1], b.outputs[0]], [a.outputs[0], b.outputs[1]]]);
    expect([a, b, c, d].map((op) => [op.name, op.type, ...op.outputs.map(({ dtype }) => dtype)])).toEqual([
      ['import/A', 'Unique', 'float32', 'int32'], ['import/B', 'IdentityN', 'int32', 'float32'], ['import/C', 'AddN', 'int32'], ['import/D', 'AddN', 'float32'],
    ]);
  });

  it('has the shapes that the file says, where the op does not know them, and no attribute that says so', () => {
    const [a] = load(new tf.Graph(), `node { name: "A" op: "Placeholder" ${type('dtype')} attr { key: "shape" value { shape { unknown_rank: true } } } ${shapes('shape { dim { size: 3 } dim { size: -1 } }', 'shape {}')} }`, ['A']);
    expect(a!.outputs[0]!.shape).toEqual([3, null]);
    expect(Object.keys(a!.attrs).sort()).toEqual(['dtype', 'shape']);
  });

  it('takes the names that are free: repeated, in the scope of a name that is used, and after scopes without operations', () => {
    const graph = new tf.Graph();
    const text = `node { name: "A" op: "Placeholder" ${type('dtype')} } node { name: "B" op: "Neg" input: "A" ${type('T')} }`;
    const names = (name: string): string[] => load(graph, text, ['A', 'B'], { name }).map((op) => op.name);
    expect([names(''), names(''), names(''), names('A'), names('A/'), names('A/')]).toEqual([['A', 'B'], ['A_1', 'B_1'], ['A_2', 'B_2'], ['A_3/A', 'A_3/B'], ['A/A', 'A/B'], ['A/A_1', 'A/B_1']]);
    expect(load(graph, none('A_1'), ['A_1'], { name: '' })[0]!.name).toBe('A_1_1');
    graph.asDefault(() => { graph.nameScope('empty', () => undefined); graph.nameScope('full', () => tf.constant(1)); });
    expect(['empty', 'full'].map((name) => load(graph, none(name), [name], { name: '' })[0]!.name)).toEqual(['empty', 'full_1']);
  });

  it('may read a reference as a value, or as a reference', () => {
    const graph = new tf.Graph();
    const [v, sum, set] = load(graph, `
      node { name: "v" op: "VariableV2" attr { key: "shape" value { shape {} } } ${type('dtype', 'DT_INT32')} }
      node { name: "x" op: "Placeholder" ${type('dtype', 'DT_INT32')} attr { key: "shape" value { shape {} } } }
      node { name: "sum" op: "AddV2" input: "v" input: "x" ${type('T', 'DT_INT32')} }
      node { name: "set" op: "Assign" input: "v" input: "x" ${type('T', 'DT_INT32')} }`, ['v', 'sum', 'set']) as [tf.Operation, tf.Operation, tf.Operation];
    expect([sum.inputs[0], set.inputs[0]]).toEqual([v.outputs[0], v.outputs[0]]);
    expect([v.outputs[0]!.isRef, sum.outputs[0]!.isRef, set.outputs[0]!.isRef]).toEqual([true, false, true]);
  });

  it('runs: variables behind handles, and what is packed', async () => {
    const source = new tf.Graph();
    const { init, set } = source.asDefault(() => {
      const v = new tf.Variable(1, { name: 'v', useResource: true });
      return { set: v.assign(2), init: v.initializer };
    });
    const packed = source.asDefault(() => { const c = tf.constant(5, { name: 'c' }); return tf.stack([c, c], { name: 'pack' }); });
    const graph = new tf.Graph();
    const [handle, begin, next, pack] = tf.importGraphDef(source.asGraphDef(), { graph, returnElements: ['v:0', init.name, set.op.name, packed.name] }) as [tf.Tensor<'resource'>, tf.Operation, tf.Operation, tf.Tensor];
    const read = graph.asDefault(() => tf.rawOps.readVariableOp(handle, 'float32'));
    await using session = open(graph);
    await session.run(begin);
    expect((await session.run(read)).item()).toBe(1);
    await session.run(next);
    expect((await session.run(read)).item()).toBe(2);
    expect((await session.run(pack)).toArray()).toEqual([5, 5]);
  });

  it('may be a loop, alone and within a branch', async () => {
    const source = new tf.Graph();
    const loop = source.asDefault(() => tf.whileLoop((i) => tf.less(i, 10), (i) => tf.add(i, 1), [tf.constant(0, { dtype: 'int32' })]));
    const def = source.asGraphDef();
    const graph = new tf.Graph();
    const { alone, taken, branch } = graph.asDefault(() => {
      const [alone] = tf.importGraphDef(def, { returnElements: [loop.name] }) as [tf.Tensor<'int32'>];
      const taken = tf.placeholder('bool', []);
      const inside = (): tf.Tensor<'int32'> => (tf.importGraphDef(def, { returnElements: [loop.name] }) as [tf.Tensor<'int32'>])[0];
      return { alone, taken, branch: tf.cond(taken, inside, () => tf.constant(1, { dtype: 'int32' })) };
    });
    expect(alone.name).toBe(`import/${loop.name}`);
    await using session = open(graph);
    expect((await session.run(alone)).item()).toBe(10);
    for (const [given, expected] of [[true, 10], [false, 1]] as const) expect((await session.run(branch, [[taken, given]])).item()).toBe(expected);
  });

  it('takes variables in the place of inputs, and gradients go through it', () => {
    const source = new tf.Graph();
    source.asDefault(() => {
      const input = tf.placeholder('float32', [null, 100], { name: 'input' });
      const weights = tf.placeholder('float32', [100, 10], { name: 'weights' });
      const sum = tf.add(tf.matmul(input, weights), tf.placeholder('float32', [10], { name: 'biases' }));
      tf.reduceMean(tf.nn.relu(sum, { name: 'activations' }), { name: 'loss' });
    });
    const graph = new tf.Graph();
    const [activations, loss] = graph.asDefault(() => tf.importGraphDef(source.asGraphDef(), {
      inputMap: { 'input:0': tf.placeholder('float32', [32, 100]), 'weights:0': new tf.Variable(tf.zeros([100, 10])), 'biases:0': new tf.Variable(tf.zeros([10])) },
      returnElements: ['activations:0', 'loss:0'],
    })) as [tf.Tensor, tf.Tensor];
    expect([activations.shape, loss.shape]).toEqual([[32, 10], []]);
    const text = `node { name: "a" op: "Placeholder" ${type('dtype')} } node { name: "id" op: "Identity" input: "a" ${type('T')} }`;
    expect(() => graph.asDefault(() => load(graph, text, [], { name: '', inputMap: { 'a:0': new tf.Variable(5) } }))).toThrow(/^tf\.import_graph_def\(\) requires a non-empty `name` if `input_map` contains non-Tensor values\./);
  });

  it('is a function that is called, also twice with the same inputs', async () => {
    const call = `
      node { name: "x" op: "Placeholder" ${type('dtype')} } node { name: "y" op: "Placeholder" ${type('dtype')} } node { name: "z" op: "Add2" input: "x" input: "y" }
      library { function { signature { name: "Add2" input_arg { name: "a" type: DT_FLOAT } input_arg { name: "b" type: DT_FLOAT } output_arg { name: "r" type: DT_FLOAT } }
        node_def { name: "sum" op: "AddV2" input: "a" input: "b" ${type('T')} } ret { key: "r" value: "sum:z:0" } } }`;
    const graph = new tf.Graph();
    const [first, second] = graph.asDefault(() => {
      const inputMap = { 'x:0': tf.randomUniform([]), 'y:0': tf.randomUniform([]) };
      return ['first', 'second'].map((scope) => graph.nameScope(scope, () => (tf.importGraphDef(parseGraphDefText(call), { inputMap, returnElements: ['z:0'] }) as [tf.Tensor<'float32'>])[0]));
    }) as [tf.Tensor<'float32'>, tf.Tensor<'float32'>];
    expect([first.name, second.name]).toEqual(['first/import/z:0', 'second/import/z:0']);
    await using session = open(graph);
    const [a, b] = await session.run([first, second]);
    expect(a.item()).toBe(b.item());
    const again = new tf.Graph();
    const [x, y, z] = tf.importGraphDef(graph.asGraphDef(), { graph: again, name: '', returnElements: ['random_uniform:0', 'random_uniform_1:0', 'second/import/z:0'] }) as [tf.Tensor, tf.Tensor, tf.Tensor];
    await using other = open(again);
    expect((await other.run(z, [[x, 1], [y, 2]])).item()).toBe(3);
  });
});

describe('versions', () => {
  it('are those of the file, until another one has lower or higher ones', () => {
    const current = new tf.Graph().graphDefVersions.producer;
    for (const producer of [0, Math.floor(current / 2), current]) {
      for (const minConsumer of [0, Math.floor(current / 2), current]) {
        const graph = new tf.Graph();
        const [a] = load(graph, versions(producer, minConsumer) + none('A'), ['A']);
        expect(a!.graph.graphDefVersions).toEqual({ producer, minConsumer, badConsumers: [] });
      }
    }
  });

  it('decide which ops there are', () => {
    const old = `node { name: "x" op: "Placeholder" ${type('dtype')} } node { name: "B" op: "BatchNormWithGlobalNormalization" input: "x" input: "x" input: "x" input: "x" input: "x" ${type('T')}
      attr { key: "variance_epsilon" value { f: 0.1 } } attr { key: "scale_after_normalization" value { b: true } } }`;
    expect(load(new tf.Graph(), versions(8, 0) + old, ['B'])[0]!.type).toBe('BatchNormWithGlobalNormalization');
    expect(() => load(new tf.Graph(), versions(9, 0) + old)).toThrow('Op BatchNormWithGlobalNormalization is not available in GraphDef version 9. It has been removed in version 9.');
  });

  it('of an empty graph change no operation', () => {
    const graph = new tf.Graph();
    load(graph, versions(10, 2));
    expect([graph.version, graph.graphDefVersions.producer]).toEqual([0, 10]);
  });
});

describe('devices and groups', () => {
  const anchor = none('A', group('A')) + none('B', group('A'));
  const by = (choose: (name: string) => string, text: string, names: readonly string[]): tf.Operation[] => {
    const graph = new tf.Graph();
    return graph.device((op) => choose(op.name), () => load(graph, text, names, { name: 'i' }));
  };

  it('the group of a node goes with its prefix, and its device comes from the first of the group', () => {
    const where = (choose: (name: string) => string): string[] => by(choose, anchor, ['A', 'B']).map((op) => op.device);
    expect(where((name) => (name.includes('A') ? '/device:A:0' : '/device:B:0'))).toEqual(['/device:A:0', '/device:A:0']);
    expect(where((name) => (name.includes('B') ? '/device:B:0' : ''))).toEqual(['', '']);
    expect(where((name) => (name.includes('A') ? '/device:A:0' : ''))).toEqual(['/device:A:0', '/device:A:0']);
    expect(by(() => '', anchor, ['A', 'B']).map((op) => op.colocationGroups)).toEqual([['loc:@i/A'], ['loc:@i/A']]);
    const three = by((name) => (name.includes('B') ? '/device:B:0' : ''), none('A') + none('B') + none('C', group('A', 'B')), ['A', 'B', 'C']);
    expect(three.map((op) => op.device)).toEqual(['', '/device:B:0', '/device:B:0']);
    expect(three.map((op) => op.colocationGroups)).toEqual([['loc:@i/A'], ['loc:@i/B'], ['loc:@i/A', 'loc:@i/B']]);
  });

  it('a device in the file counts on the first of a group, and not on another', () => {
    const graph = new tf.Graph();
    const at = 'device: "/device:CPU:0"';
    expect(load(graph, none('A', at, group('A')) + none('B', group('A')), ['A', 'B'], { name: 'x' }).map((op) => op.device)).toEqual(['/device:CPU:0', '/device:CPU:0']);
    expect(load(graph, none('A', group('A')) + none('B', at, group('A')), ['A', 'B'], { name: 'y' }).map((op) => op.device)).toEqual(['', '']);
  });

  it('merge with what is open around, the file winning', () => {
    const source = new tf.Graph();
    source.asDefault(() => {
      tf.constant(3, { name: 'a' });
      tf.device('/cpu:0', () => tf.constant(4, { name: 'b' }));
      tf.device('/job:worker', () => tf.constant(5, { name: 'c' }));
    });
    const under = (device: string): string[] => {
      const graph = new tf.Graph();
      return graph.device(device, () => tf.importGraphDef(source.asGraphDef(), { graph, returnElements: ['a', 'b', 'c'] }) as tf.Operation[]).map((op) => op.device);
    };
    expect(under('')).toEqual(source.getOperations().map((op) => op.device));
    expect(under('/task:0')).toEqual(['/task:0', '/task:0/device:CPU:0', '/job:worker/task:0']);
    expect(under('/job:ps')).toEqual(['/job:ps', '/job:ps/device:CPU:0', '/job:worker']);
    expect(under('/device:GPU:0')).toEqual(['/device:GPU:0', '/device:CPU:0', '/job:worker/device:GPU:0']);
  });

  it('a function of devices sees each node with its inputs', () => {
    const source = new tf.Graph();
    source.asDefault(() => {
      const [a, b] = [tf.constant(1), tf.constant(1)];
      tf.add(a, b);
      tf.subtract(a, b);
      tf.identity(a);
    });
    const graph = new tf.Graph();
    const seen: string[] = [];
    graph.device((op) => { if (op.inputs.length === 2) seen.push(op.type); return ''; }, () => tf.importGraphDef(source.asGraphDef(), { graph }));
    expect(seen.sort()).toEqual(['Add', 'Sub']);
  });
});

describe('refused', () => {
  const a = `node { name: "A" op: "Placeholder" ${type('dtype')} attr { key: "shape" value { shape {} } } }`;

  it.each([
    ['inputs that an op does not take', `${a} node { name: "B" op: "NoOp" input: "A" }`, "NodeDef expected inputs '' do not match 1 inputs specified"],
    ['names with too many colons', 'node { name: "B" op: "NoOp" input: "A:B:0" }', "Node 'B': Unknown input node 'A:B:0'"],
    ['names of no output', 'node { name: "B" op: "NoOp" input: "A:B" }', "Node 'B': Unknown input node 'A:B'"],
    ['a rank that is not that of the op', `${a} node { name: "B" op: "L2Loss" input: "A" ${type('T')} ${shapes('shape { dim { size: 43 } }')} }`,
      "Node 'import/B' has an _output_shapes attribute inconsistent with the GraphDef for output #0: Shapes must be equal rank, but are 0 and 1"],
    ['another size', `node { name: "B" op: "Placeholder" ${type('dtype')} attr { key: "shape" value { shape { dim { size: 2 } } } } ${shapes('shape { dim { size: 4 } }')} }`,
      'for output #0: Dimension 0 in both shapes must be equal, but are 2 and 4. Shapes are [2] and [4].'],
    ['too few shapes', `node { name: "B" op: "Placeholder" ${type('dtype')} ${shapes()} }`, "Node 'import/B' has 1 outputs but the _output_shapes attribute specifies shapes for 0 outputs"],
  ])('%s', (_what, text, message) => {
    const graph = new tf.Graph();
    expect(() => load(graph, text)).toThrow(ValueError);
    expect(graph.version).toBe(0);
    expect(() => load(new tf.Graph(), text)).toThrow(message);
  });

  it('an attribute that is not there, once the producer’s default was left out', () => {
    const graph = new tf.Graph();
    const [op] = tf.importGraphDef(parseGraphDefText('node { name: "A" op: "NoOp" attr { key: "future" value { i: 456 } } }'), {
      graph, returnElements: ['A'], producerOpList: [{ name: 'NoOp', attr: [{ name: 'future', type: 'int', defaultValue: { i: 456 } }] }],
    }) as [tf.Operation];
    expect(() => op.getAttr('future')).toThrow("Operation 'import/A' has no attr named 'future'.");
  });
});
