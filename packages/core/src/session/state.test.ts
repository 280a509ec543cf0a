import { describe, expect, it } from 'vitest';
import { FailedPreconditionError, OutOfRangeError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import * as ops from '../ops/families.js';
import { constant, placeholder } from '../api/values.js';
import { constantInitializer, getVariable, variableScope } from '../api/variableScopes.js';
import { globalVariablesInitializer, Variable } from '../api/variables.js';
import { reference } from '../reference/reference.js';
import { Session } from './session.js';

const open = (graph: Graph): Session => new Session({ graph, backends: [reference()] });

describe.each([['by reference', false], ['by handle', true]])('variables %s', (_how, useResource) => {
  it('live in the session, from run to run', async () => {
    const graph = new Graph();
    const { v, init, add, doubled } = graph.asDefault(() => {
      const v = new Variable([1, 2], { name: 'v', useResource });
      return { v, init: globalVariablesInitializer(), add: v.assignAdd([10, 20]), doubled: ops.mul(v.value(), constant(2)) };
    });
    expect(v.name).toBe('v:0');
    await using session = open(graph);
    await expect(session.run(v)).rejects.toThrow(FailedPreconditionError);
    await session.run(init);
    expect((await session.run(v)).toArray()).toEqual([1, 2]);
    expect((await session.run(add)).toArray()).toEqual([11, 22]);
    expect((await session.run(doubled)).toArray()).toEqual([22, 44]);
    await using other = open(graph);
    await expect(other.run(v)).rejects.toThrow(FailedPreconditionError);
  });

  it('are read when what reads them would run', async () => {
    const graph = new Graph();
    const { init, before, after } = graph.asDefault(() => {
      const v = new Variable(1, { name: 'v', useResource });
      const before = v.readValue();
      const assigned = graph.controlDependencies([before], () => v.assign(5));
      const after = graph.controlDependencies([assigned], () => ops.add(v.readValue(), constant(100)));
      return { init: globalVariablesInitializer(), before, after };
    });
    await using session = open(graph);
    await session.run(init);
    expect((await session.run([before, after])).map((value) => value.item())).toEqual([1, 105]);
  });

  it('count, scatter, and know whether they are initialized', async () => {
    const graph = new Graph();
    const { init, count, rows, known } = graph.asDefault(() => {
      const counter = new Variable(constant(0, { dtype: 'int32' }), { name: 'counter', useResource });
      const table = new Variable([[1, 1], [2, 2], [3, 3]], { name: 'table', useResource });
      return { init: globalVariablesInitializer(), count: counter.countUpTo(2), rows: table.scatterUpdate(constant([2], { dtype: 'int32' }), [[9, 9]]), known: counter.isInitialized() };
    });
    await using session = open(graph);
    expect((await session.run(known)).item()).toBe(false);
    await session.run(init);
    expect((await session.run(known)).item()).toBe(true);
    expect((await session.run(count)).item()).toBe(0);
    expect((await session.run(count)).item()).toBe(1);
    await expect(session.run(count)).rejects.toThrow(OutOfRangeError);
    expect((await session.run(rows)).toArray()).toEqual([[1, 1], [2, 2], [9, 9]]);
  });

  it('add up under concurrent runs', async () => {
    const graph = new Graph();
    const { v, init, add } = graph.asDefault(() => {
      const v = new Variable(0, { name: 'v', useResource });
      return { v, init: globalVariablesInitializer(), add: v.assignAdd(placeholder('float32', [], { name: 'x' })) };
    });
    await using session = open(graph);
    await session.run(init);
    await Promise.all(Array.from({ length: 50 }, (_, i) => session.run(add.op, { 'x:0': i })));
    expect((await session.run(v)).item()).toBe(1225);
  });
});

describe('getVariable', () => {
  it('shares by name as scopes say', async () => {
    const graph = new Graph();
    const make = (): Variable => getVariable('w', { shape: [2], initializer: constantInitializer(3) });
    const [first, again] = graph.asDefault(() => [variableScope('layer', make), variableScope('layer', { reuse: true }, make)]);
    expect(again).toBe(first);
    expect(first.name).toBe('layer/w:0');
    graph.asDefault(() => {
      expect(() => variableScope('layer', make)).toThrow('Variable layer/w already exists, disallowed.');
      expect(() => variableScope('other', { reuse: true }, make)).toThrow('Variable other/w does not exist, or was not created with tf.get_variable().');
      expect(() => variableScope('layer', { reuse: 'auto' }, () => getVariable('w', { shape: [3] }))).toThrow('Trying to share variable layer/w, but specified shape (3,) and found shape (2,).');
    });
    await using session = open(graph);
    await session.run(graph.asDefault(globalVariablesInitializer));
    expect((await session.run(first)).toArray()).toEqual([3, 3]);
  });

  it('has initial values of its own', async () => {
    const graph = new Graph();
    const { weights, steps, init } = graph.asDefault(() => {
      const weights = getVariable('weights', { shape: [4, 4] });
      const steps = getVariable('steps', { shape: [], dtype: 'int32' });
      return { weights, steps, init: globalVariablesInitializer() };
    });
    await using session = open(graph);
    await session.run(init);
    const limit = Math.sqrt(6 / 8);
    expect((await session.run(weights)).flat().every((value) => Math.abs(value) <= limit)).toBe(true);
    expect((await session.run(steps)).item()).toBe(0);
  });
});
