/** What branches and loops refuse, and in which words. Their graphs and results are judged by TensorFlow in tooling/golden. */
import { describe, expect, it } from 'vitest';
import { ValueError } from '../../errors.js';
import { Graph } from '../../graph/graph.js';
import type { Tensor } from '../../graph/tensor.js';
import { reference } from '../../reference/reference.js';
import { Session } from '../../session/session.js';
import { SparseTensor } from '../../session/sparse.js';
import * as tf from '../index.js';

const inGraph = (fn: (graph: Graph) => void | Promise<void>) => (): void | Promise<void> => new Graph().asDefault(fn);
const int = (value: number): Tensor<'int32'> => tf.constant(value, { dtype: 'int32' });
const below = (i: Tensor<'int32'>): Tensor<'bool'> => tf.less(i, 3);

describe('cond', () => {
  it('refuses branches that do not correspond', inGraph(() => {
    const p = tf.placeholder('bool', []);
    const x = tf.constant(1);
    expect(() => tf.cond(p, () => [x, x], () => [x])).toThrow(new ValueError(
      "Incompatible return values of trueFn and falseFn: The two structures don't have the same nested structure: an array of 2 and Tensor."));
    expect(() => tf.cond(p, () => ({ a: x }), () => ({ b: x }))).toThrow('object with a and object with b');
    expect(() => tf.cond(p, () => [x, x], () => ({ a: x, b: x }))).toThrow(TypeError);
    expect(() => tf.cond(p, () => x, () => int(1))).toThrow(new ValueError(
      'Outputs of trueFn and falseFn must have the same type(s). Received float32 from trueFn and int32 from falseFn.'));
    expect(() => tf.cond(true, () => x, () => x)).toThrow(new TypeError('pred must not be a boolean of the program: it is known when the graph is built.'));
    const later = (async () => x) as () => never;
    expect(() => tf.cond(p, later, () => x)).toThrow(new TypeError('trueFn must give its results at once: it builds a graph. It gave a promise.'));
  }));

  it('leaves no scope open when a branch fails', inGraph((graph) => {
    const p = tf.placeholder('bool', [], { name: 'p' });
    expect(() => tf.cond<Tensor>(p, () => { throw new RangeError('mine'); }, () => tf.constant(1))).toThrow('mine');
    const after = tf.constant(1, { name: 'after' });
    expect([after.name, after.op.controlFlow, after.op.controlInputs, graph.isFetchable(after)]).toEqual(['after:0', undefined, [], true]);
  }));

  it('takes sparse tensors and Maps', inGraph(async () => {
    const p = tf.placeholder('bool', [], { name: 'p' });
    const sparse = (value: number): SparseTensor<'float32'> =>
      new SparseTensor(tf.constant([[0n]], { dtype: 'int64' }), tf.constant([value]), tf.constant([2], { dtype: 'int64' }));
    const both = tf.cond(p, () => new Map([['s', sparse(1)]]), () => new Map([['s', sparse(2)]]));
    await using session = new Session({ backends: [reference()] });
    expect((await session.run(both, { 'p:0': false })).get('s')?.values.toArray()).toEqual([2]);
  }));
});

describe('whileLoop', () => {
  it('refuses values of another structure, dtype or shape', inGraph(() => {
    expect(() => tf.whileLoop(below, (i) => [i, i], [int(0)])).toThrow("body must return the structure of the loop variables: The two structures don't have the same nested structure: an array of 1 and an array of 2.");
    const start = tf.constant(0, { dtype: 'int32', name: 'start' });
    expect(() => tf.whileLoop(below, (i) => tf.cast(i, 'float32'), [start])).toThrow(new ValueError(
      "Input tensor 'start:0' enters the loop with dtype int32, but has dtype float32 after one iteration."));
    const rows = tf.zeros([2], 'float32', { name: 'rows' });
    expect(() => tf.whileLoop(below, (i, a) => [tf.add(i, 1), tf.concat([a, a], 0)], [int(0), rows])).toThrow(new ValueError(
      "Input tensor 'rows:0' enters the loop with shape (2,), but has shape (4,) after one iteration. To allow the shape to vary across iterations, " +
        'use the `shapeInvariants` option of tf.whileLoop to specify a less-specific shape.'));
    expect(() => tf.whileLoop(below, (i, a) => [tf.add(i, 1), a], [int(0), rows], { shapeInvariants: [[], [3]] })).toThrow(new ValueError(
      'The shape invariant specified for rows:0 is not compatible with the initial shape of the loop variable. It enters the loop with shape (2,), but the specified shape invariant is (3,).'));
    expect(() => tf.whileLoop(below, (i, a) => [tf.add(i, 1), a], [int(0), rows], { shapeInvariants: [[]] })).toThrow('in the structure of the loop variables');
    expect(() => tf.whileLoop(() => true, () => 1, [])).toThrow(new ValueError('No loop variables provided'));
  }));

  it('keeps what is inside to itself', inGraph((graph) => {
    let inner: Tensor<'int32'> | undefined;
    const out = tf.whileLoop(below, (i) => (inner = tf.add(i, 1, { name: 'inner' })), [int(0)]);
    expect(() => tf.add(inner!, 1, { name: 'outside' })).toThrow(new ValueError("Cannot use 'while/inner' as input to 'outside' because 'while/inner' is in a while loop."));
    expect(() => tf.whileLoop(below, (i) => tf.add(i, inner!, { name: 'sum' }), [int(0)])).toThrow(/^Cannot use 'while\/inner' as input to 'while_1\/sum.*' because/);
    expect([graph.isFetchable(inner!), graph.isFeedable(inner!), graph.isFetchable(out)]).toEqual([false, false, true]);
  }));
});

describe('control dependencies as blocks', () => {
  it('of null leave the branch for their length', inGraph((graph) => {
    const p = tf.placeholder('bool', []);
    const found: unknown[] = [];
    tf.cond(p, () => {
      {
        using _outside = graph.controlDependencies(null);
        found.push(tf.constant(1, { name: 'outside' }).op.controlFlow);
      }
      const inside = tf.constant(1, { name: 'inside' });
      found.push(inside.op.controlFlow === undefined, inside.op.controlInputs.map((op) => op.name));
      return inside;
    }, () => tf.constant(2));
    expect(found).toEqual([undefined, false, ['cond/switch_t']]);
  }));
});
