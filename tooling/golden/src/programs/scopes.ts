/** What surrounds the making of operations: names, devices, control dependencies, collections, variable scopes. */
import * as tf from '@sessionflow/core';
import { errorOf, errorsOf, nodes, open, textOf, type Programs } from './program.js';

/** A value that the types of the call would refuse. */
const wrong = (value: unknown): never => value as never;
/** A scope that is not meant to open. */
const opening = (make: () => unknown) => (): unknown => make();
const made = (name = 'c'): string => tf.constant(1, { name }).op.name;
const names = (...variables: readonly tf.Variable[]): string[] => variables.map((v) => v.name);
const scalar = (name: string, options: tf.GetVariableOptions = {}): tf.Variable => tf.getVariable(name, { shape: [], ...options });

export const scopes: Programs = {
  async names_of_operations(say) {
    const graph = tf.getDefaultGraph();
    for (const name of ['a', 'a', 'A', 'a_1', 'b/c', 'b/c', 'b', 'x.y-z', '9', '.dot', 'trailing/']) say(name, await textOf(() => { say(made(name)); }));
    for (const name of ['_a', '-a', 'a b', 'a:0', '', '/', 'é', 'a//b', 'a$']) say(name, await errorOf(() => made(name)));
    say(graph.uniqueName('a'), graph.uniqueName('a', false), graph.uniqueName('a'), graph.uniqueName('fresh', false), graph.uniqueName('fresh'), graph.uniqueName('B/C'));
    say(graph.version === graph.getOperations().length, graph.getOperations().map((op) => op.name));
  },

  async name_scopes_in_all_forms(say) {
    const graph = tf.getDefaultGraph();
    tf.nameScope('s', (s) => {
      say(s, made(), made('d/e'));
      tf.nameScope('', (root) => { say(root, made()); });
      tf.nameScope('s', (inner) => { say(inner, made()); });
      tf.nameScope('other/', (other) => { say(other, made()); });
      tf.nameScope('deep/er', (deeper) => { say(deeper, made(), graph.getNameScope()); });
      tf.nameScope(s, () => { say(made()); });
    });
    for (const name of ['s', 'S', 's/']) tf.nameScope(name, (s) => { say(s, made()); });
    const entered = (list: readonly string[]): Promise<string[]> => errorsOf(...list.map((name) => opening(() => tf.nameScope(name, () => 1))));
    say(await entered(['_x', 'a b', '-', 'a:b', 'x?']));
    await tf.nameScope('ok', async () => { say(await entered(['a b', 'x?'])); });
    tf.nameScope(null, { defaultName: 'fallback' }, (s) => { say(s, made()); });
    tf.nameScope(null, { defaultName: 'fallback', values: [tf.constant(1)] }, (s) => { say(s, made()); });
    say(...await errorsOf(() => tf.nameScope(null, { values: [1] }, () => 1), () => tf.nameScope(null, { defaultName: wrong(3) }, () => 1)), graph.getNameScope());
  },

  async names_of_functions(say) {
    const x = tf.placeholder('float32', [2, 2], { name: 'x' });
    const w = tf.nameScope('layer', () => {
      const y = tf.nn.softmax(tf.add(tf.matmul(x, x), tf.constant(1, { name: 'add/y' }), { name: 'add' }));
      const z = tf.reduceMean(y, 0);
      return tf.reduceSum(tf.square(tf.subtract(z, tf.reduceMax(z), { name: 'sub' })), { name: 'loss' });
    });
    tf.stack([w, w]);
    tf.concat([x, x], 0);
    tf.zeros([2]);
    tf.expandDims(x, 0);
    tf.identity(x, { name: 'layer/extra' });
    say(tf.getDefaultGraph().getOperations().map((op) => op.name));
  },

  async waits_in_all_forms(say) {
    const graph = tf.getDefaultGraph();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => tf.constant(1, { name })) as [tf.Tensor<'float32'>, tf.Tensor<'float32'>, tf.Tensor<'float32'>];
    const v = new tf.Variable(1, { name: 'v' });
    const noOp = (name: string): tf.Operation => tf.noOp({ name });
    const ops: tf.Operation[] = tf.controlDependencies([a, b.op, v.op], () => {
      const one = noOp('one');
      const inner = tf.controlDependencies([c, a], () => {
        const [two, three] = [noOp('two'), tf.add(c, 1, { name: 'three' })];
        const inside = tf.identity(c, { name: 'inside' });
        const four = tf.add(inside, 1, { name: 'four' });
        const [five, six] = tf.controlDependencies(null, () => [noOp('five'), tf.controlDependencies([two], () => noOp('six'))]);
        return [two, three.op, four.op, inside.op, five, six, noOp('seven')];
      });
      return [one, ...inner, tf.controlDependencies([], () => noOp('eight'))];
    });
    for (const op of [...ops, tf.add(a, b, { name: 'nine' }).op]) say(op.name, op.controlInputs.map(({ name }) => name).sort());
    const entered = (inputs: unknown) => (): unknown => graph.controlDependencies(wrong(inputs), () => 1);
    const other = new tf.Graph();
    say(await errorsOf(entered([3]), entered([null]), entered(['gone']), entered(5)), await errorOf(entered([other])));
    say(await errorOf(entered([other.asDefault(() => tf.constant(1))])));
  },

  async groups_and_tuples(say) {
    const a = tf.constant(1, { name: 'a' });
    const b = tf.constant([2], { name: 'b' });
    const c = tf.device('/cpu:1', () => tf.constant(3, { name: 'c' }));
    say(tf.group(a, b).name, tf.group().name, tf.group(a, [b, [a.op]], { name: 'mine' }).name, tf.group(a, c, { name: 'apart' }).name);
    const [x, y]: readonly [tf.Tensor, tf.Tensor] = tf.tuple([a, b], { controlInputs: [c], name: 'both' });
    say(x.name, y.name, tf.tuple([a, null])[1] === null, ...await errorsOf(() => tf.tuple([]), () => tf.tuple([null]), () => tf.group(wrong(3))));
    say(nodes());
  },

  async devices_in_all_forms(say) {
    const tensors: tf.Tensor[] = [];
    const make = (name: string): void => { tensors.push(tf.constant(1, { name })); };
    tf.device('/job:worker/task:1', () => {
      make('a');
      tf.device('/device:GPU:1', () => {
        make('b');
        tf.device('/cpu:0', () => { make('c'); });
        tf.device('/job:ps', () => { make('d'); });
        tf.device('', () => { make('e'); });
        tf.device(null, () => {
          make('f');
          tf.device('/gpu:2', () => { make('g'); });
        });
      });
      tf.device(() => '/gpu:3', () => {
        make('h');
        tf.device('/cpu:0', () => { make('i'); });
      });
      tf.device('/device:TPU:*', () => { make('j'); });
    });
    say(tensors.map((tensor) => [tensor.op.name, tensor.device]));
    say(await errorsOf(...['/cpu:x', 'gpu:0', '/foo:1', '/job:a/job:b', '/device:GPU', '/replica:0', 'cpu'].map((name) => opening(() => tf.device(name, () => 1)))));
    const x = tf.colocateWith(tensors[1]!.op, () => tf.device('/cpu:0', () => tf.constant(1, { name: 'x' })));
    const y = tf.constant(1, { name: 'y' });
    const [z, w] = tf.device('/cpu:0', () => [
      tf.colocateWith(y.op, { ignoreExisting: true }, () => tf.constant(1, { name: 'z' })), tf.colocateWith(x.op, () => tf.colocateWith(y.op, () => tf.constant(1, { name: 'w' }))),
    ]);
    say([x, y, z, w].map((tensor) => [tensor.op.name, tensor.device, [...tensor.op.colocationGroups].sort()]));
  },

  async collections_in_all_forms(say) {
    const graph = tf.getDefaultGraph();
    const a = tf.constant(1, { name: 'scope/a' });
    const b = tf.constant(1, { name: 'other/b' });
    graph.addToCollections(['one', 'two', 'one'], a);
    graph.addToCollections('three', 7);
    graph.addToCollection('one', b);
    graph.addToCollection('one', 'text');
    const copy = graph.getCollection('one');
    copy.push(1);
    const namesOf = (list: readonly unknown[]): string[] => list.map((item) => (item as { name: string }).name);
    say(graph.getCollection('one').length, namesOf(graph.getCollection('one', 'scope')), namesOf(graph.getCollection('one', 'cope')), graph.getCollection('one', '.*').length, graph.getCollection('three'));
    graph.getCollectionRef('one').push(9);
    graph.getCollectionRef('fresh').push(1);
    say(graph.getCollection('one').length, graph.getCollection('fresh'), [...graph.collections].sort(), true);
    graph.clearCollection('one');
    graph.clearCollection('never');
    say(graph.getCollection('one'), [...graph.collections].sort());
    new tf.Variable(1, { name: 'v' });
    new tf.Variable(2, { name: 'w', trainable: false });
    scalar('x', { collections: ['mine', tf.GraphKeys.localVariables] });
    say(['variables', 'trainable_variables', 'local_variables', 'mine'].map((name) => [name, namesOf(tf.getCollection(name))]));
    say([tf.globalVariables(), tf.trainableVariables(), tf.localVariables(), tf.globalVariables('w'), tf.trainableVariables('x')].map((list) => names(...list)));
    graph.finalize();
    graph.finalize();
    say(
      ...await errorsOf(() => { graph.addToCollection('one', 1); }, () => { graph.addToCollections(['one'], 1); }, () => { graph.clearCollection('one'); }, () => graph.getCollectionRef('one').push(1)),
      graph.getCollection('one'), graph.finalized,
    );
    await using sess = open();
    say(await textOf(() => tf.constant(1)), await sess.run(a), await textOf(() => tf.add(a, b)));
  },

  async elements_by_name(say) {
    const graph = tf.getDefaultGraph();
    const a = tf.constant(1, { name: 's/a' });
    const parts = tf.split(tf.constant([1, 2]), 2, { name: 'parts' });
    say(graph.getTensorByName('parts:1') === parts[1], graph.getOperationByName('s/a') === a.op, graph.asGraphElement('s/a') === a.op, graph.asGraphElement('s/a:0') === a, graph.asGraphElement(a) === a);
    for (const asked of ['gone', 'gone:0', 'parts:2', 's/a:x', 's/a:0:0', 's/a:', '', ':']) {
      say(asked, ...await errorsOf(() => graph.getTensorByName(asked), () => graph.getOperationByName(asked), () => graph.asGraphElement(asked), () => graph.asGraphElement(asked, { allowTensor: false })));
    }
    say(...await errorsOf(
      () => graph.getTensorByName(wrong(a)), () => graph.getOperationByName(wrong(3)), () => graph.asGraphElement(3), () => graph.asGraphElement(a, { allowTensor: false }),
      () => graph.asGraphElement(a.op, { allowOperation: false }), () => graph.asGraphElement(a, { allowTensor: false, allowOperation: false }),
    ));
    const other = new tf.Graph();
    const b = other.asDefault(() => tf.constant(1, { name: 'b' }));
    say(...await errorsOf(() => graph.asGraphElement(b), () => graph.asGraphElement(b.op), () => tf.add(a, b), () => other.getTensorByName('s/a:0')));
  },

  async default_graphs(say) {
    const outer = tf.getDefaultGraph();
    const graph = new tf.Graph();
    await graph.asDefault(async (same) => {
      say(same === graph, tf.getDefaultGraph() === graph, await errorOf(() => { tf.resetDefaultGraph(); }));
      outer.asDefault(() => { say(tf.getDefaultGraph() === outer); });
      say(tf.getDefaultGraph() === graph);
    });
    say(tf.getDefaultGraph() === outer);
  },

  async containers(say) {
    const graph = tf.getDefaultGraph();
    const variable = (name: string): tf.Operation => new tf.Variable(1, { name }).op;
    const { v, q, plain, w, x } = graph.container('c1', () => ({
      v: variable('v'), q: new tf.FIFOQueue(2, ['float32'], { shapes: [[]], name: 'q' }).queueRef.op, plain: tf.constant(1).op,
      w: graph.container('c2', () => variable('w')), x: graph.container('', () => variable('x')),
    }));
    say([v, q, w, x].map((op) => new TextDecoder().decode(op.getAttr('container') as Uint8Array)), plain.nodeDef.attr?.has('container') === true);
  },

  async variables_by_scope(say) {
    let kept: tf.VariableScope | undefined;
    const pair = (): tf.Variable => tf.getVariable('w', { shape: [2] });
    const [v, w] = tf.variableScope('a', (a) => {
      kept = a;
      const v = scalar('v');
      const c = tf.constant(1, { name: 'c' });
      const [w, again, b] = tf.variableScope('b', { reuse: tf.AUTO_REUSE }, (b) => {
        const found = [pair(), pair(), b] as const;
        tf.variableScope('inner', (inner) => { say(inner.name, inner.originalNameScope, inner.reuse === tf.AUTO_REUSE); });
        return found;
      });
      say(names(v, w), c.name, w === again, a.name, a.originalNameScope, b.originalNameScope, a.reuse);
      return [v, w];
    });
    const a = kept!;
    await tf.variableScope('a', { reuse: true }, async (again) => {
      say(tf.getVariable('v') === v, scalar('v') === v, again.originalNameScope, tf.constant(1, { name: 'c' }).name, await textOf(() => scalar('gone')));
      tf.variableScope('b', { reuse: false }, () => { say(tf.getVariableScope().reuse, tf.getVariable('w') === w); });
      await tf.variableScope('auto', { reuse: tf.AUTO_REUSE }, async () => { say(tf.getVariableScope().reuse === tf.AUTO_REUSE, await errorOf(() => scalar('new'))); });
    });
    await tf.variableScope(a, async () => { say(await errorOf(() => scalar('v')), tf.constant(1, { name: 'd' }).name); });
    tf.variableScope('x', () => {
      tf.variableScope(a, { reuse: true }, (jumped) => { say(jumped.name, jumped.originalNameScope, tf.getVariable('v') === v, tf.constant(1, { name: 'e' }).name); });
    });
    tf.variableScope(a, { auxiliaryNameScope: false }, () => { say(tf.constant(1, { name: 'f' }).name); });
    tf.nameScope('outside', () => {
      say(names(scalar('plain'), new tf.Variable(1, { name: 'old' })));
      tf.variableScope('vs', () => { say(names(scalar('plain'), new tf.Variable(1, { name: 'old' })), tf.constant(1, { name: 'op' }).name); });
      tf.variableScope('', () => { say(names(scalar('bare')), tf.constant(1, { name: 'in_bare' }).name); });
    });
    tf.variableScope('', () => { say(names(scalar('empty')), tf.constant(1, { name: 'in_empty' }).name); });
    say(tf.getDefaultGraph().getOperations().filter((op) => op.type === 'VariableV2').map((op) => op.name));
  },

  async mistakes_with_variables(say) {
    const get = (name: string, options: tf.GetVariableOptions = {}) => (): tf.Variable => tf.getVariable(name, options);
    const v = tf.getVariable('v', { shape: [2], dtype: 'float32' });
    await tf.variableScope(tf.getVariableScope(), { reuse: true }, async () => {
      say(...await errorsOf(get('v', { shape: [3] }), get('v', { shape: [2], dtype: 'int32' }), get('V', { shape: [2] })), tf.getVariable('v', { shape: wrong([null]) }) === v, tf.getVariable('v') === v);
      say(await textOf(get('v', { shape: [3] })), await textOf(get('gone', { shape: [2] })));
    });
    say(...await errorsOf(get('v', { shape: [2] }), get('w'), get('w', { shape: wrong([null]) }), get('w', { shape: [2], initializer: tf.constant([1, 2]) })));
    say(...await errorsOf(get('a b', { shape: [2] }), () => tf.variableScope(null, {}, () => 1), () => tf.variableScope('a b', () => 1), get('s', { shape: [], dtype: 'string' })));
    say(...await errorsOf(
      () => new tf.Variable(wrong(null)), () => new tf.Variable(tf.placeholder('float32')), () => new tf.Variable(wrong([1, 2]), { dtype: 'string' }), () => v.assign([1, 2, 3]),
      () => v.assignAdd(1),
    ));
    const constant = tf.getVariable('constant', { initializer: tf.constant([1, 2], { dtype: 'int32' }) });
    const number = tf.getVariable('number', { initializer: 3 });
    say(constant.dtype, constant.shape, number.dtype, number.shape, tf.getVariable('ints', { shape: [2], dtype: 'int32' }).initialValue.op.type);
    say(tf.getDefaultGraph().getOperations().map((op) => op.name).filter((name) => /^(v|w|constant|number|ints)/.test(name)));
  },

  async default_names_of_variable_scopes(say) {
    const layer = (name: string | null = null, defaultName = 'layer', options: tf.VariableScopeOptions = {}): readonly string[] =>
      tf.variableScope(name, { defaultName, ...options }, (scope) => [scope.name, scalar('w').name, tf.constant(1, { name: 'c' }).name]);
    say(layer(), layer(), layer(null, 'other'), layer('layer_2'), layer(), layer('given'));
    tf.variableScope('outer', () => { say(layer(), layer()); });
    tf.variableScope('outer', { reuse: tf.AUTO_REUSE }, (outer) => {
      say(layer(), layer());
      tf.variableScope(outer, () => { say(layer()); });
      say(layer());
    });
    await tf.variableScope('outer', { reuse: tf.AUTO_REUSE }, async () => { say(layer()); });
    say(await errorOf(() => layer(null, 'layer', { reuse: true })));
  },

  async shapes_of_assignments(say) {
    const v = new tf.Variable([1, 2], { name: 'v' });
    const r = new tf.Variable([1, 2], { name: 'r', useResource: true });
    const free = tf.placeholder('float32');
    const sets = [v.assign(free), r.assign(free), tf.assign(v, free, { validateShape: false })] as const;
    say(sets.map((set) => set.shape === null), v.shape, r.shape);
    await using sess = open();
    await sess.run([v.initializer, r.initializer]);
    const run = (set: tf.Tensor, value: readonly number[]): Promise<unknown> => sess.run(set, new Map([[free, value]]));
    say(await run(sets[0], [3, 4]), await run(sets[1], [5, 6]), ...await errorsOf(() => run(sets[0], [1]), () => run(sets[1], [1])), await sess.run([v, r]));
    say(await run(sets[2], [1, 2, 3]), await sess.run(v), await sess.run(tf.isVariableInitialized(v)), await sess.run(tf.reportUninitializedVariables()));
  },

  async imports_into_scopes(say) {
    const source = new tf.Graph();
    source.asDefault(() => {
      const a = tf.placeholder('float32', [], { name: 'a' });
      const b = tf.device('/gpu:0', () => tf.add(a, tf.constant(1, { name: 's/b/y' }), { name: 's/b' }));
      tf.controlDependencies([a], () => tf.multiply(b, tf.constant(2, { name: 'c/y' }), { name: 'c' }));
    });
    const graphDef = source.asGraphDef();
    const graph = tf.getDefaultGraph();
    const [c, again] = tf.nameScope('outer', () => tf.device('/job:worker', () => tf.controlDependencies([tf.constant(1, { name: 'first' })], () =>
      tf.importGraphDef(graphDef, { returnElements: ['c:0', 'c'], name: 'copy' })))) as [tf.Tensor, tf.Operation];
    say(c.name, again === c.op, graph.getOperations().map((op) => [op.name, op.device, op.controlInputs.map(({ name }) => name).sort()]));
    say(tf.importGraphDef(graphDef), tf.importGraphDef(graphDef, { name: 'copy2', returnElements: [] }), graph.getOperations().map((op) => op.name).filter((name) => name.endsWith('/c')));
    const x = tf.constant(5, { name: 'x' });
    const [out] = tf.importGraphDef(graphDef, { inputMap: { a: x }, returnElements: ['c:0'], name: 'mapped' }) as [tf.Tensor];
    tf.importGraphDef(graphDef, { inputMap: { 's/b:0': x }, returnElements: ['c:0'], name: 'inner' });
    {
      await using sess = open();
      say(await errorOf(() => sess.run(out)));
    }
    const imported = (input: unknown, options: tf.ImportOptions = {}) => (): unknown => tf.importGraphDef(wrong(input), options);
    say(...await errorsOf(
      imported(graphDef, { inputMap: { 'gone:0': x } }), imported(graphDef, { inputMap: { 'a:1': x } }), imported(graphDef, { returnElements: ['gone'] }), imported('text'),
      imported(graphDef, { inputMap: { a: tf.constant(1, { dtype: 'int32' }) } }),
    ));
  },
};
