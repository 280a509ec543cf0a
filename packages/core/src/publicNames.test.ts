/** What programs find under `tf`: names of TensorFlow, and options that are refused when they are misspelt. */
import { describe, expect, it } from 'vitest';
import * as tf from './index.js';

describe('tf', () => {
  it('has the dtypes under their names', () => {
    expect(Object.keys(tf.dtypeInfo).every((dtype) => Reflect.get(tf, dtype) === dtype)).toBe(true);
    expect([tf.half, tf.double]).toEqual(['float16', 'float64']);
    const x = new tf.Graph().asDefault(() => tf.placeholder(tf.int64, [null, 2]));
    expect([x.dtype, x.getShape()]).toEqual(['int64', [null, 2]]);
  });

  it('has the status numbers in errors', () => {
    expect(tf.errors.OK).toBe(0);
    for (const [name, errorClass] of Object.entries(tf.errorClasses)) {
      expect(Reflect.get(tf.errors, name)).toBe(new errorClass('').code);
    }
  });

  it('keeps collections of the default graph, and tells about the graph', () => {
    const graph = new tf.Graph();
    graph.asDefault(() => {
      tf.addToCollections(['a', 'b', 'a'], 1);
      tf.getCollectionRef('b').push(2);
      expect([tf.getCollection('a'), tf.getCollection('b')]).toEqual([[1], [1, 2]]);
    });
    expect(graph.getAllCollectionKeys()).toEqual(['a', 'b']);
    expect(graph.graphDefVersions).toEqual({ producer: tf.currentGraphVersion, minConsumer: 0, badConsumers: [] });
    expect(graph.finalized).toBe(false);
    graph.finalize();
    expect(graph.finalized).toBe(true);
  });
});

describe('options that do not exist', () => {
  const graph = new tf.Graph();
  const { x, y } = graph.asDefault(() => {
    const x = tf.placeholder('float32', [], { name: 'x' });
    return { x, y: tf.neg(x) };
  });
  const session = (): tf.Session => new tf.Session({ graph, backends: [tf.reference()] });
  // As a program without types would write them.
  const call = (target: object, method: string, ...values: unknown[]): unknown => Reflect.apply(Reflect.get(target, method) as () => unknown, target, values);
  const make = (type: new (...values: never[]) => unknown, ...values: unknown[]): unknown => graph.asDefault(() => Reflect.construct(type, values) as unknown);

  it.each<[string, (sess: tf.Session) => unknown, string]>([
    ['run', (sess) => call(sess, 'run', y, [[x, 1]], { runMetadata: {} }), "run has no option 'runMetadata'; it has options, metadata, signal. Did you mean 'metadata'?"],
    ['run, options by place', (sess) => call(sess, 'run', y, [[x, 1]], { traceLevel: 3 }), "run has no option 'traceLevel'"],
    ['makeCallable', (sess) => call(sess, 'makeCallable', y, { feed_list: [x] }), "makeCallable has no option 'feed_list'; it has feedList, acceptOptions. Did you mean 'feedList'?"],
    ['makeCallable, feeds by place', (sess) => call(sess, 'makeCallable', y, [x]), "makeCallable has no option '0'"],
    ['a callable', (sess) => call({ it: sess.makeCallable(y, { acceptOptions: true }) }, 'it', { option: {} }), "A callable has no option 'option'"],
    ['a callable with feeds', (sess) => call({ it: sess.makeCallable(y, { feedList: [x] }) }, 'it', 1, { option: {} }), "run has no option 'option'"],
    ['partialRunSetup', (sess) => call(sess, 'partialRunSetup', y, x), '`feeds` must be an array of tensors or their names.'],
    ['eval', () => call(y, 'eval', { feedDict: {} }), "eval has no option 'feedDict'; it has feeds, session."],
    ['eval, session by place', (sess) => call(y, 'eval', sess), 'eval has no option'],
    ['operation.run', () => call(y.op, 'run', { sess: 1 }), "run has no option 'sess'"],
    ['Variable', () => make(tf.Variable, 1, { useresource: true }), "Variable has no option 'useresource'"],
    ['Variable, name by place', () => make(tf.Variable, 1, 'v'), 'Variable takes its optional arguments as one object, but string was given.'],
    ['getVariable', () => graph.asDefault(() => call(tf, 'getVariable', 'v', { shp: [] })), "getVariable has no option 'shp'"],
    ['getVariable, shape by place', () => graph.asDefault(() => call(tf, 'getVariable', 'v', [1])), 'getVariable takes its optional arguments as one object'],
    ['variableScope', () => graph.asDefault(() => call(tf, 'variableScope', 'a', { reus: true }, () => 1)), "variableScope has no option 'reus'"],
    ['nameScope', () => graph.asDefault(() => call(tf, 'nameScope', 'a', { default: 'x' }, () => 1)), "nameScope has no option 'default'"],
    ['colocateWith', () => call(tf, 'colocateWith', y, { ignore: true }, () => 1), "colocateWith has no option 'ignore'"],
    ['FIFOQueue', () => make(tf.FIFOQueue, 1, ['float32'], { shape: [[]] }), "A queue has no option 'shape'"],
    ['importGraphDef', () => call(tf, 'importGraphDef', { node: [] }, { input_map: {} }), "importGraphDef has no option 'input_map'"],
    ['asGraphDef', () => call(graph, 'asGraphDef', { addShape: true }), "asGraphDef has no option 'addShape'"],
    ['a trace', () => call(new tf.Timeline({}), 'generateChromeTraceFormat', { showMemories: true }), "A trace has no option 'showMemories'"],
    ['Timeline of a run without a trace', () => make(tf.Timeline, undefined), 'Timeline takes StepStats, but got undefined. Was the run traced (traceLevel)?'],
  ])('are refused by %s', async (_, misspelt, text) => {
    await using sess = session();
    const failure: unknown = await (async () => misspelt(sess))().then(() => undefined, (error: unknown) => error);
    expect(failure).toBeInstanceOf(TypeError);
    expect((failure as Error).message).toContain(text);
  });
});
