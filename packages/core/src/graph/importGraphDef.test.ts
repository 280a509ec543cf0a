/** session.md, section 20. */
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError, NotFoundError, UnimplementedError, ValueError } from '../errors.js';
import { HostTensor } from '../hostTensor.js';
import { encodeGraphDef, parseGraphDefText } from '../proto/graphDef.js';
import { graphDefData, type GraphDefData, type NodeDefData } from '../proto/graphDefData.js';
import type { AttrValue, Attrs } from './attrs.js';
import { Graph } from './graph.js';
import { importGraphDef, type GraphDefInput, type ImportOptions } from './importGraphDef.js';
import type { Operation } from './operation.js';
import type { Tensor } from './tensor.js';

const float: AttrValue = { kind: 'type', value: 'float32' };
const int: AttrValue = { kind: 'type', value: 'int32' };

function node(name: string, op: string, input: readonly string[] = [], attr: Attrs = {}, device = ''): NodeDefData {
  return { name, op, input, device, attr };
}
const x = (name = 'x', dtype = float): NodeDefData => node(name, 'Placeholder', [], { dtype, shape: { kind: 'shape', value: [2] } });
const neg = (name: string, input: string, more: Attrs = {}, device = ''): NodeDefData => node(name, 'Neg', [input], { T: float, ...more }, device);
const add = (name: string, a: string, b: string): NodeDefData => node(name, 'AddV2', [a, b], { T: float });
const classOf = (...groups: string[]): Attrs => ({ _class: { kind: 'list', of: 'string', value: groups.map((group) => new TextEncoder().encode(`loc:@${group}`)) } });
const def = (...nodes: NodeDefData[]): GraphDefData => graphDefData({ nodes });

function load(data: GraphDefData, options: ImportOptions = {}): Graph {
  const graph = options.graph ?? new Graph();
  importGraphDef(data, { ...options, graph });
  return graph;
}
const names = (graph: Graph): string[] => graph.getOperations().map((op) => op.name);
const op = (graph: Graph, name: string): Operation => graph.getOperationByName(name);

describe('importGraphDef', () => {
  it('prefixes names, makes the prefix unique, returns null or the elements asked for', () => {
    const graph = new Graph();
    const data = def(x(), neg('y', 'x'));
    expect(importGraphDef(data, { graph })).toBeNull();
    const [y, tensor] = importGraphDef(data, { graph, returnElements: ['y', 'x:0'] });
    expect([y, tensor]).toEqual([op(graph, 'import_1/y'), graph.getTensorByName('import_1/x:0')]);
    importGraphDef(data, { graph, name: 'mine' });
    expect(names(graph)).toEqual(['import/x', 'import/y', 'import_1/x', 'import_1/y', 'mine/x', 'mine/y']);
    expect(op(graph, 'mine/y').inputs[0]!.name).toBe('mine/x:0');
    expect(op(graph, 'mine/y').outputs[0]!.shape).toEqual([2]);
  });

  it('gives no node the name of a scope that the graph has', () => {
    const graph = load(def(x('outer/inner/c')), { name: '' });
    load(def(...['outer', 'inner', 'c', 'outer/inner', 'outer/inner/c'].map((name) => x(name))), { graph, name: '' });
    expect(names(graph).slice(1)).toEqual(['outer_1', 'inner', 'c', 'outer/inner_1', 'outer/inner/c_1']);
  });

  it('makes names unique without a prefix, and inside a reopened scope', () => {
    const graph = new Graph();
    const data = def(x(), x('x_1'), neg('y', 'x', classOf('x')));
    load(data, { graph, name: '' });
    load(data, { graph, name: '' });
    expect(names(graph)).toEqual(['x', 'x_1', 'y', 'x_2', 'x_1_1', 'y_1']);
    expect(op(graph, 'y_1').inputs[0]!.name).toBe('x_2:0');
    expect(op(graph, 'y_1').colocationGroups).toEqual(['loc:@x_2']);
    load(def(x()), { graph, name: 'scope/' });
    load(def(x()), { graph, name: 'scope/' });
    expect(names(graph).slice(-2)).toEqual(['scope/x', 'scope/x_1']);
    graph.nameScope('outer', () => load(def(x()), { graph }));
    expect(names(graph).at(-1)).toBe('outer/import/x');
    expect(graph.uniqueName('SCOPE/X')).toBe('SCOPE/X_2');
  });

  it('takes bytes, messages, data', () => {
    const data = def(x(), neg('y', 'x'));
    const expected = ['import/x', 'import/y'];
    expect(names(load(data))).toEqual(expected);
    const graph = new Graph();
    importGraphDef(encodeGraphDef(data), { graph });
    expect(names(graph)).toEqual(expected);
    const other = new Graph();
    importGraphDef({ node: [{ name: 'a', op: 'NoOp' }] }, { graph: other });
    importGraphDef({}, { graph: other });
    expect(names(other)).toEqual(['import/a']);
    const json = new Graph();
    const text = '{"node":[{"name":"x","op":"Placeholder","attr":{"dtype":{"type":"DT_FLOAT"},"shape":{"shape":{"dim":[{"size":"2"}]}},"_class":{"list":{"s":["bG9jOkB4"]}}}}]}';
    const parsed = (json: string): GraphDefInput => JSON.parse(json) as GraphDefInput;
    importGraphDef(parsed(text), { graph: json });
    expect([op(json, 'import/x').outputs[0]!.dtype, op(json, 'import/x').outputs[0]!.shape, op(json, 'import/x').colocationGroups]).toEqual(['float32', [2], ['loc:@import/x']]);
    expect(() => importGraphDef(parsed(text.replace('FLOAT', 'FLOT')), { graph: json })).toThrow(InvalidArgumentError);
    const mixed: object = { node: [{ name: 'a', op: 'NoOp', attr: new Map() }, { name: 'b', op: 'NoOp', attr: 3 }] };
    expect(() => importGraphDef(mixed, { graph: json })).toThrow(InvalidArgumentError);
  });

  it('adds to the default graph', () => {
    new Graph().asDefault((graph) => {
      importGraphDef(def(x()));
      expect(names(graph)).toEqual(['import/x']);
    });
  });

  it('orders nodes: inputs first, else as in the file', () => {
    expect(names(load(def(neg('c', 'b'), x('z'), neg('b', 'a'), x('a'), node('d', 'NoOp', ['^c'])), { name: '' }))).toEqual(['z', 'a', 'b', 'c', 'd']);
  });

  it('reads outputs by index and control inputs', () => {
    const graph = load(def(
      x(), node('split', 'Split', ['axis', 'x'], { T: float, num_split: { kind: 'int', value: 2 } }),
      node('axis', 'Const', [], { dtype: int, value: { kind: 'tensor', value: HostTensor.from(0, { dtype: 'int32' }) } }),
      add('sum', 'split:1', 'split'), neg('late', 'sum'), node('done', 'NoOp', ['^late', '^x', '^late']),
    ), { name: '' });
    expect(op(graph, 'sum').inputs.map((tensor) => tensor.name)).toEqual(['split:1', 'split:0']);
    expect(op(graph, 'done').controlInputs.map((each) => each.name)).toEqual(['late', 'x']);
  });

  it('fills in defaults', () => {
    const graph = load(def(node('a', 'Placeholder', [], { dtype: float }), node('m', 'MatMul', ['a', 'a'], { T: float })), { name: '' });
    expect(op(graph, 'm').attrs).toMatchObject({ transpose_a: { kind: 'bool', value: false }, transpose_b: { kind: 'bool', value: false } });
    expect(op(graph, 'a').outputs[0]!.shape).toBeNull();
  });

  it('leaves out attributes that only the producer knew, at its default', () => {
    const data = def(x(), neg('y', 'x', { fancy: { kind: 'int', value: 3 } }));
    const producerOpList = [{ name: 'Neg', attr: [{ name: 'fancy', type: 'int', defaultValue: { i: 3 } }] }];
    expect(op(load(data, { producerOpList }), 'import/y').attrs['fancy']).toBeUndefined();
    expect(op(load(data, { producerOpList: { op: producerOpList } }), 'import/y').attrs['fancy']).toBeUndefined();
    expect(() => load(data)).toThrow(/NodeDef mentions attr 'fancy' not in Op<name=Neg;/);
    expect(() => load(def(x(), neg('y', 'x', { fancy: { kind: 'int', value: 4 } })), { producerOpList })).toThrow(/mentions attr 'fancy'/);
  });

  it('keeps attributes that begin with an underscore', () => {
    expect(op(load(def(x(), neg('y', 'x', { _mine: { kind: 'int', value: 2 } }))), 'import/y').getAttr('_mine')).toBe(2);
  });

  it('merges versions', () => {
    const graph = load(graphDefData({ versions: { producer: 20, minConsumer: 12, badConsumers: [3, 1] } }));
    expect(graph.graphDefVersions).toEqual({ producer: 20, minConsumer: 12, badConsumers: [1, 3] });
    load(graphDefData({ versions: { producer: 30, minConsumer: 5, badConsumers: [2] } }), { graph });
    expect(graph.graphDefVersions).toEqual({ producer: 20, minConsumer: 12, badConsumers: [1, 2, 3] });
  });
});

describe('input_map', () => {
  it('puts tensors and operations of the graph in the place of inputs', () => {
    const graph = load(def(x('a'), x('b')), { name: '' });
    const data = def(x(), x('other'), add('sum', 'x', 'other'), node('done', 'NoOp', ['^other', '^x']));
    const [a, b] = [graph.getTensorByName('a:0'), op(graph, 'b')];
    importGraphDef(data, { graph, inputMap: { 'x:0': a, '^x': b } });
    expect(op(graph, 'import/sum').inputs.map((tensor) => tensor.name)).toEqual(['a:0', 'import/other:0']);
    expect(op(graph, 'import/done').controlInputs.map((each) => each.name)).toEqual(['import/other', 'b']);
    const [sum, mapped] = importGraphDef(def(add('sum', 'missing', 'missing:1')), {
      graph, inputMap: new Map([['missing', a], ['missing:1', a]]), returnElements: ['sum:0', 'missing:1'],
    });
    expect((sum as Tensor).op.inputs).toEqual([a, a]);
    expect(mapped).toBe(a);
  });

  it('turns values into constants', () => {
    const graph = load(def(add('sum', 'a', 'b')), { inputMap: { a: [1, 2], b: 3 } });
    expect(op(graph, 'import/sum').inputs.map((tensor) => tensor.op.name)).toEqual(['import/_inputs/Const', 'import/_inputs/Const_1']);
  });

  it('may name inputs that nothing uses, if they exist', () => {
    const graph = load(def(x('a')), { name: '' });
    load(def(x()), { graph, inputMap: { x: graph.getTensorByName('a:0') } });
    expect(() => load(def(x()), { graph, inputMap: { 'B:0': graph.getTensorByName('a:0'), 'x:1': graph.getTensorByName('a:0') } }))
      .toThrow('Attempted to map inputs that were not found in graph_def: [B:0, x:1]');
  });
});

describe('loops', () => {
  const ints: Attrs = { T: int };
  const frame: Attrs = { T: int, frame_name: { kind: 'string', value: new TextEncoder().encode('loop') } };
  const loop = [
    x('start', int), x('limit', int),
    node('enter', 'Enter', ['start'], frame), node('enterLimit', 'Enter', ['limit'], { ...frame, is_constant: { kind: 'bool', value: true } }),
    node('merge', 'Merge', ['enter', 'next'], { ...ints, N: { kind: 'int', value: 2 } }),
    node('less', 'Less', ['merge', 'enterLimit'], ints), node('all', 'All', ['less', 'axes'], {}),
    node('axes', 'Const', [], { dtype: int, value: { kind: 'tensor', value: HostTensor.from([0], { dtype: 'int32' }) } }),
    node('cond', 'LoopCond', ['all']),
    node('switch', 'Switch', ['merge', 'cond'], ints), node('exit', 'Exit', ['switch'], ints), node('body', 'Neg', ['switch:1'], ints),
    node('next', 'NextIteration', ['body'], ints),
  ];

  it('close from NextIteration to Merge', () => {
    const graph = load(def(...loop), { name: '' });
    expect(op(graph, 'merge').inputs.map((tensor) => tensor.name)).toEqual(['enter:0', 'next:0']);
    expect(op(graph, 'next').outputs[0]!.consumers()).toEqual([op(graph, 'merge')]);
    expect(op(graph, 'merge').outputs[0]!.shape).toBeNull();
    expect(graph.toGraphData().nodes.get('merge')?.inputs).toEqual([{ node: 'enter', index: 0 }, { node: 'next', index: 0 }]);
  });

  it('survive a round trip', () => {
    const graph = load(def(...loop), { name: '' });
    const again = load(graph.asGraphDef(), { name: '' });
    expect(again.asGraphDef()).toEqual(graph.asGraphDef());
  });

  it('close with the right type only', () => {
    const wrong = loop.map((each) => (each.name === 'next' ? node('next', 'NextIteration', ['f'], { T: float }) : each));
    expect(() => load(def(...wrong, x('f')), { name: '' })).toThrow('Input 1 of node merge was passed float from next:0 incompatible with expected int32.');
  });

  it('of any other kind are refused', () => {
    const fail = (...nodes: NodeDefData[]) => () => load(def(...nodes));
    expect(fail(x(), neg('a', 'b'), neg('b', 'a'), neg('c', 'a'))).toThrow(InvalidArgumentError);
    expect(fail(x(), neg('a', 'b'), neg('b', 'a'), neg('c', 'a'))).toThrow('Graph is invalid, contains a cycle with 3 nodes, including: a, b, c');
    expect(fail(neg('a', 'a'))).toThrow('Graph is invalid, contains a cycle with 1 nodes, including: a');
    expect(fail(node('a', 'NoOp', ['^b']), node('b', 'NoOp', ['^a']))).toThrow('contains a cycle with 2 nodes, including: a, b');
  });
});

describe('devices and colocation', () => {
  it('merge with the open scopes, the node winning', () => {
    const graph = new Graph();
    const data = def(x(), neg('a', 'x', {}, '/device:CPU:0'), neg('b', 'x', {}, '/job:ps'), neg('c', 'x', {}, 'no device/'));
    graph.device('/job:worker/device:GPU:1', () => load(data, { graph, name: '' }));
    expect(graph.getOperations().map((each) => each.device)).toEqual(
      ['/job:worker/device:GPU:1', '/job:worker/device:CPU:0', '/job:ps/device:GPU:1', 'no device/']);
    graph.device((each) => (each.type === 'Neg' ? '/device:GPU:0' : null), () => load(data, { graph, name: 'f' }));
    expect(['f/x', 'f/a'].map((name) => op(graph, name).device)).toEqual(['', '/device:GPU:0']);
  });

  it('colocated nodes take the device of the first that has one', () => {
    const data = def(x('a'), neg('b', 'a', {}, '/device:GPU:1'), neg('c', 'a', classOf('a', 'b'), '/device:CPU:0'), neg('d', 'a', classOf('d'), '/device:CPU:7'));
    const graph = new Graph();
    graph.device('/job:worker', () => load(data, { graph }));
    expect(['a', 'b', 'c', 'd'].map((name) => op(graph, `import/${name}`).device)).toEqual(
      ['/job:worker', '/job:worker/device:GPU:1', '/job:worker', '/job:worker/device:CPU:7']);
    expect(op(graph, 'import/c').colocationGroups).toEqual(['loc:@import/a', 'loc:@import/b']);
    const bare = load(data);
    expect(op(bare, 'import/c').device).toBe('/device:GPU:1');
  });

  it('open control dependencies hold for what is imported', () => {
    const graph = load(def(x('first')), { name: '' });
    graph.controlDependencies([op(graph, 'first')], () => load(def(x(), neg('y', 'x')), { graph }));
    expect(op(graph, 'import/x').controlInputs).toEqual([op(graph, 'first')]);
  });
});

describe('mistakes', () => {
  const a = x('A', int);
  const b = (...input: string[]): NodeDefData => node('B', 'AddV2', input, { T: float });
  it.each<[string, unknown, ImportOptions, new (message: string) => Error, string]>([
    ['no GraphDef', 'text', {}, TypeError, 'graph_def must be a GraphDef proto.'],
    ['no GraphDef at all', null, {}, TypeError, 'graph_def must be a GraphDef proto.'],
    ['input map', def(a), { inputMap: [1] as never }, TypeError, 'input_map must be a dictionary mapping strings to Tensor objects.'],
    ['input map key', def(a), { inputMap: new Map([[1, 1]]) as never }, TypeError, 'input_map must be a dictionary mapping strings to Tensor objects.'],
    ['return elements', def(a), { returnElements: 'A' as never }, TypeError, 'return_elements must be a list of strings.'],
    ['return element', def(a), { returnElements: [7] as never }, TypeError, 'return_elements must be a list of strings.'],
    ['values without name', def(a), { name: '', inputMap: { 'A:0': 1 } }, ValueError, 'tf.import_graph_def() requires a non-empty `name` if `input_map` ' +
      'contains non-Tensor values. Try calling tf.convert_to_tensor() on `input_map` values before calling tf.import_graph_def().'],
    ['unknown mapped input', def(a), { inputMap: { 'B:0': 1 } }, ValueError, 'Attempted to map inputs that were not found in graph_def: [B:0]'],
    ['mapped name', def(a), { inputMap: { 'B:0:0': 1 } }, ValueError, "Cannot convert 'B:0:0' to a tensor name."],
    ['returned name', def(a), { returnElements: ['A:B'] }, ValueError, "Cannot convert 'A:B' to a tensor name."],
    ['returned node', def(a), { returnElements: ['B'] }, ValueError, "Requested return node 'B' not found in graph def"],
    ['returned tensor', def(a), { returnElements: ['B:0'] }, ValueError, "Requested return tensor 'B:0' not found in graph def"],
    ['returned output', def(a), { returnElements: ['A:1'] }, ValueError, "Invalid return output 1 of node 'A', which has 1 output(s)"],
    ['unknown input', def(b('A:0', 'A:0')), {}, ValueError, "Node 'B': Unknown input node 'A:0'"],
    ['unknown control', def(node('B', 'NoOp', ['^A'])), {}, ValueError, "Node 'B': Unknown input node '^A'"],
    ['no such output', def(x('A'), b('A', 'A:1')), {}, ValueError, "Node 'B': Connecting to invalid output 1 of source node A which has 1 outputs"],
    ['twice', def(a, a), {}, ValueError, "Node 'A' is not unique"],
    ['name', def(x('a b')), {}, ValueError, "Node 'a b': Node name contains invalid characters"],
    ['empty name', def(x('')), {}, ValueError, "Node '': Node name contains invalid characters"],
    ['no op', def(node('B', '')), {}, ValueError, "Node 'B' does not specify an operation"],
    ['order of inputs', def(x('A'), b('A', '^A', 'A')), {}, ValueError, "Node 'B': Control dependencies must come after regular dependencies"],
    ['colocation', def(x('B'), neg('C', 'B', classOf('A'))), {}, ValueError, "Node 'C' expects to be colocated with unknown node 'A'"],
    ['too few inputs', def(x('A'), b('A')), {}, ValueError, "NodeDef expected inputs 'float, float' do not match 1 inputs specified"],
    ['input type', def(a, b('A', 'A')), {}, ValueError, 'Input 0 of node import/B was passed int32 from import/A:0 incompatible with expected float.'],
    ['missing attribute', def(x('A'), node('B', 'Neg', ['A'])), {}, ValueError, "NodeDef missing attr 'T' from Op<name=Neg; attr=T:type>"],
    ['attribute kind', def(x('A'), node('B', 'Neg', ['A'], { T: { kind: 'int', value: 1 } })), {}, ValueError, "AttrValue had value with type 'int' when 'type' expected"],
    ['attribute value', def(x('A'), node('B', 'Neg', ['A'], { T: { kind: 'type', value: 'string' } })), {}, ValueError,
      "Value for attr 'T' of string is not in the list of allowed values: bfloat16, half"],
    ['attribute minimum', def(node('B', 'AddN', [], { T: float, N: { kind: 'int', value: 0 } })), {}, ValueError, "Value for attr 'N' of 0 must be at least minimum 1"],
    ['placeholder', def(node('B', 'Neg', ['B'], { T: { kind: 'placeholder', value: 'T' } })), {}, ValueError, "AttrValue had value with unexpected type 'placeholder' for attr 'T'"],
    ['min consumer', graphDefData({ versions: { producer: 1, minConsumer: 1_000_000, badConsumers: [] } }), {}, ValueError,
      /^GraphDef min consumer version 1000000 above current version \d+ for TensorFlow .*\. {2}Please upgrade TensorFlow\.$/ as never],
    ['producer', graphDefData({ versions: { producer: -1, minConsumer: 0, badConsumers: [] } }), {}, ValueError,
      /^GraphDef producer version -1 below min producer 0 supported by TensorFlow .*\. {2}Please regenerate your graph\.$/ as never],
  ])('%s', (_, data, options, error, message) => {
    const graph = new Graph();
    expect(() => importGraphDef(data as GraphDefData, { ...options, graph })).toThrow(error);
    expect(() => importGraphDef(data as GraphDefData, { ...options, graph: new Graph() })).toThrow(message);
    expect(graph.version).toBe(0);
  });

  it('unknown ops, with all of them and near names', () => {
    const fail = (): Graph => load(def(x('A'), node('B', 'Negg', ['A']), node('C', 'MyOp', ['B'])));
    expect(fail).toThrow(NotFoundError);
    expect(fail).toThrow(/^Op type not registered 'Negg' in binary running on this host \(node 'B'\)\..*Did you mean 'Neg'.*not registered either: MyOp\.$/);
  });

  it('take back what was added', () => {
    const graph = load(def(x()), { name: '' });
    const tensor = graph.getTensorByName('x:0');
    expect(() => load(def(neg('y', 'in'), neg('z', 'y'), node('w', 'AddV2', ['z', 'in'], { T: int })), { graph, inputMap: { in: tensor } })).toThrow(ValueError);
    expect(names(graph)).toEqual(['x']);
    expect(tensor.consumers()).toEqual([]);
    expect(graph.toGraphData().nodes.size).toBe(1);
    load(def(neg('y', 'in')), { graph, inputMap: { in: tensor } });
    expect(op(graph, 'import_1/y').id).toBe(2);
  });

  it('shapes that do not fit', () => {
    const fail = (): Graph => load(def(x('A'), node('P', 'Placeholder', [], { dtype: float, shape: { kind: 'shape', value: [3] } }), add('S', 'A', 'P')));
    expect(fail).toThrow(ValueError);
    expect(fail).toThrow(/^AddV2 'import\/S': /);
  });
});

describe('the function library', () => {
  const text = (signatureType: string): string => `
    node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
    node { name: "call" op: "PartitionedCall" input: "x" attr { key: "Tin" value { list { type: DT_FLOAT } } }
      attr { key: "Tout" value { list { type: DT_FLOAT type: DT_FLOAT } } } attr { key: "f" value { func { name: "F" } } } }
    library { function {
      signature { name: "F" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "r" type: ${signatureType} } output_arg { name: "s" type: DT_FLOAT } is_stateful: true }
      node_def { name: "twice" op: "AddV2" input: "parts:output:1" input: "a" attr { key: "T" value { type: DT_FLOAT } } }
      node_def { name: "axis" op: "Const" attr { key: "dtype" value { type: DT_INT32 } } attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape {} int_val: 0 } } } }
      node_def { name: "parts" op: "Split" input: "axis:output:0" input: "a" attr { key: "T" value { type: DT_FLOAT } } attr { key: "num_split" value { i: 2 } } }
      node_def { name: "done" op: "NoOp" input: "^twice" }
      ret { key: "r" value: "twice:z:0" } ret { key: "s" value: "a" } control_ret { key: "c" value: "done" } } }`;
  const data = parseGraphDefText(text('DT_FLOAT'));

  it('becomes graphs', () => {
    const graph = load(data, { name: '' });
    const f = graph.functions.get('F')!;
    expect(f).toMatchObject({
      name: 'F', isStateful: true, args: [{ name: 'a', dtype: 'float32' }], controlResults: ['done'],
      results: [{ name: 'r', dtype: 'float32', from: { node: 'twice', index: 0 } }, { name: 's', dtype: 'float32', from: { node: 'a', index: 0 } }],
    });
    expect([...f.nodes.keys()]).toEqual(['a', 'axis', 'parts', 'twice', 'done']);
    expect(f.nodes.get('a')).toMatchObject({ op: '_Arg', outputs: ['float32'], attrs: { index: { value: 0 } } });
    expect(f.nodes.get('twice')).toMatchObject({ inputs: [{ node: 'parts', index: 1 }, { node: 'a', index: 0 }], outputs: ['float32'] });
    expect(f.nodes.get('done')).toMatchObject({ inputs: [], controls: ['twice'] });
    expect(graph.toGraphData().library.get('F')).toBe(f);
    expect(op(graph, 'call').outputs.map((tensor) => tensor.dtype)).toEqual(['float32', 'float32']);
  });

  it('can be imported twice, and exported', () => {
    const graph = load(data);
    load(parseGraphDefText(text('DT_FLOAT')), { graph });
    expect(graph.functions.size).toBe(1);
    expect(graph.asGraphDef().functions).toEqual(data.functions);
    const changed = { ...data, functions: data.functions.map((each) => ({ ...each, nodes: each.nodes.slice(0, 3) })) };
    expect(() => load(changed, { graph })).toThrow("Cannot add function 'F' because a different function with the same name already exists.");
  });

  it('may be called by name', () => {
    const graph = load({ ...data, nodes: [x(), node('direct', 'F', ['x'])] }, { name: '' });
    expect(op(graph, 'direct').outputs.map((tensor) => tensor.dtype)).toEqual(['float32', 'float32']);
    expect(op(graph, 'direct').definition.isStateful).toBe(true);
  });

  it.each([
    ['DT_INT32', (t: string) => t, "Function 'F': result 'r' is float ('twice:z:0'), but its signature says int32."],
    ['DT_FLOAT', (t: string) => t.replace('"twice:z:0"', '"twice:y:0"'), "result 'r' is 'twice:y:0', but the outputs of 'twice' are z (1)"],
    ['DT_FLOAT', (t: string) => t.replace('"parts:output:1"', '"parts:output:2"'), "input of node 'twice' is 'parts:output:2', but the outputs of 'parts' are output (2)"],
    ['DT_FLOAT', (t: string) => t.replace('"parts:output:1"', '"part:output:1"'), "input of node 'twice' is 'part:output:1', but there is no node or argument 'part'"],
    ['DT_FLOAT', (t: string) => t.replace('"parts:output:1"', '"axis:output:0"'), 'Input 0 of node twice was passed int32 from axis:output:0 incompatible with expected float.'],
    ['DT_FLOAT', (t: string) => t.replace('value: "done"', 'value: "did"'), "control result is 'did', but there is no such node"],
    ['DT_FLOAT', (t: string) => t.replace('ret { key: "s" value: "a" }', ''), "does not say which tensor its result 's' is"],
    ['DT_FLOAT', (t: string) => t.replace('name: "axis"', 'name: "a"'), "Node 'a' is not unique"],
    ['DT_FLOAT', (t: string) => t.replace('"axis:output:0" input: "a"', '"axis:output:0" input: "twice:z:0"'), 'contains a cycle with 3 nodes, including: twice, parts, done'],
  ])('is checked (%#)', (type, change, message) => {
    const graph = new Graph();
    expect(() => load(parseGraphDefText(change(text(type))), { graph })).toThrow(message);
    expect([graph.version, graph.functions.size]).toEqual([0, 0]);
  });

  it('refuses functions whose types depend on the call', () => {
    const generic = text('DT_FLOAT').replace('name: "a" type: DT_FLOAT', 'name: "a" type_attr: "T"');
    expect(() => load(parseGraphDefText(generic))).toThrow(UnimplementedError);
  });
});

describe('asGraphDef', () => {
  it('gives what was imported, complete', () => {
    const graph = load(def(x(), neg('y', 'x', {}, '/device:CPU:0'), node('z', 'NoOp', ['^y'])), { name: '' });
    expect(graph.asGraphDef().nodes).toEqual([
      { name: 'x', op: 'Placeholder', input: [], device: '', attr: { dtype: float, shape: { kind: 'shape', value: [2] } } },
      { name: 'y', op: 'Neg', input: ['x'], device: '/device:CPU:0', attr: { T: float } },
      { name: 'z', op: 'NoOp', input: ['^y'], device: '', attr: {} },
    ]);
    expect(graph.asGraphDef({ fromVersion: 2 }).nodes.map((each) => each.name)).toEqual(['z']);
    expect(graph.asGraphDef({ addShapes: true }).nodes[1]!.attr['_output_shapes']).toEqual({ kind: 'list', of: 'shape', value: [[2]] });
    const again = new Graph();
    importGraphDef(encodeGraphDef(graph.asGraphDef()), { graph: again, name: '' });
    expect(again.asGraphDef().nodes).toEqual(graph.asGraphDef().nodes);
  });
});

describe('large graphs', () => {
  it('take time in proportion', () => {
    const nodes = [x()];
    for (let i = 0; i < 50_000; i++) nodes.push(add(`layer/n${i}`, i === 0 ? 'x' : `layer/n${i - 1}`, 'x'));
    const start = performance.now();
    const graph = load(def(...nodes.reverse()), { name: '' });
    expect(graph.version).toBe(50_001);
    expect(graph.toGraphData().nodes.size).toBe(50_001);
    expect(performance.now() - start).toBeLessThan(6_000);
  });
});
