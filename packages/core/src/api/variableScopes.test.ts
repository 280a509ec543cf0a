import { describe, expect, it } from 'vitest';
import { UnimplementedError, ValueError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import * as ops from '../ops/families.js';
import { reference } from '../reference/reference.js';
import { Session } from '../session/session.js';
import { assign, assignAdd, assignSub, countUpTo, isVariableInitialized, reportUninitializedVariables, scatterAdd, scatterSub, scatterUpdate } from './variableFunctions.js';
import { AUTO_REUSE, constantInitializer, getVariable, getVariableScope, onesInitializer, variableScope, type VariableScope, type VariableScopeOptions } from './variableScopes.js';
import { globalVariablesInitializer, localVariables, localVariablesInitializer, trainableVariables, Variable } from './variables.js';
import { constant } from './values.js';

const open = (graph: Graph): Session => new Session({ graph, backends: [reference()] });

function inGraph<R>(fn: () => R): R {
  return new Graph().asDefault(fn);
}

describe('variable scopes', () => {
  it('name variables and ops, and share as `reuse` says', () => {
    inGraph(() => {
      const names = (reuse: boolean): string[] => variableScope('foo', { reuse }, () => variableScope('bar', () => [getVariable('v', { shape: [1] }).name, constant(1, { name: 'c' }).name]));
      expect(names(false)).toEqual(['foo/bar/v:0', 'foo/bar/c:0']);
      expect(() => names(false)).toThrow('Variable foo/bar/v already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope?');
      expect(names(true)).toEqual(['foo/bar/v:0', 'foo_2/bar/c:0']);
      expect(() => variableScope('foo', { reuse: true }, () => getVariable('gone', { shape: [1] }))).toThrow('Variable foo/gone does not exist, or was not created with tf.get_variable().');
      const [first, second] = variableScope('auto', { reuse: AUTO_REUSE }, () => [getVariable('v', { shape: [1] }), getVariable('v', { shape: [1] })]);
      expect(first).toBe(second);
      expect(() => variableScope('foo/bar', { reuse: true }, () => getVariable('v', { shape: [2] }))).toThrow('Trying to share variable foo/bar/v, but specified shape (2,) and found shape (1,).');
      expect(() => variableScope('foo/bar', { reuse: true }, () => getVariable('v', { shape: [1], dtype: 'int32' }))).toThrow('but specified dtype int32 and found dtype float32_ref.');
    });
  });

  it('open again when they are given, and reuse from a call on', () => {
    inGraph(() => {
      let kept: VariableScope | undefined;
      variableScope('outer', (scope) => { kept = scope; });
      variableScope('elsewhere', () => variableScope(kept as VariableScope, () => {
        expect(getVariable('v', { shape: [] }).name).toBe('outer/v:0');
        expect(getVariableScope().name).toBe('outer');
        getVariableScope().reuseVariables();
        expect(getVariable('v').name).toBe('outer/v:0');
      }));
      getVariable('root', { shape: [] });
      expect(getVariableScope().reuse).toBe(false);
      getVariableScope().reuseVariables();
      expect(getVariable('root').name).toBe('root:0');
    });
  });

  it('have default names, made unique', () => {
    inGraph(() => {
      const name = (): string => variableScope(null, { defaultName: 'layer' }, () => getVariable('w', { shape: [] }).name);
      expect([name(), name(), name()]).toEqual(['layer/w:0', 'layer_1/w:0', 'layer_2/w:0']);
      expect(() => variableScope(null, {}, () => 1)).toThrow(new TypeError('If default_name is None then name_or_scope is required'));
      expect(() => variableScope(null, { defaultName: 'layer', reuse: true }, () => 1)).toThrow(new ValueError('reuse=True cannot be used without a name_or_scope'));
    });
  });

  it('give initializers, dtypes, resource variables and regularizers to those inside', async () => {
    const graph = new Graph();
    const { v, w, init } = graph.asDefault(() => variableScope('s', {
      initializer: constantInitializer(3), dtype: 'float64', useResource: true, regularizer: (value) => ops.sum(value, constant([0], { dtype: 'int32' })),
    }, () => ({ v: getVariable('v', { shape: [2] }), w: getVariable('w', { shape: [1], initializer: onesInitializer(), dtype: 'int32', regularizer: () => null }), init: globalVariablesInitializer() })));
    expect([v.dtype, v.isResource, w.dtype]).toEqual(['float64', true, 'int32']);
    await using session = open(graph);
    await session.run(init);
    expect((await session.run(v)).toArray()).toEqual([3, 3]);
    expect((await session.run(w)).toArray()).toEqual([1]);
    const losses = graph.getCollection('regularization_losses') as Tensor[];
    expect(losses.map((loss) => loss.op.name.startsWith('s/v/Regularizer/'))).toEqual([true]);
    expect((await session.run(losses)).map((loss) => loss.item())).toEqual([6]);
  });

  it('ask custom getters, the innermost first', () => {
    inGraph(() => {
      const asked: string[] = [];
      const made = variableScope('a', { customGetter: (getter, name, options) => { asked.push(`outer ${name}`); return getter(`${name}_kept`, options); } }, () =>
        variableScope('b', { customGetter: (getter, name, options) => { asked.push(`inner ${name}`); return getter(name, options); } }, () => getVariable('v', { shape: [1] })));
      expect(made.name).toBe('a/b/v_kept:0');
      expect(asked).toEqual(['inner a/b/v', 'outer a/b/v']);
    });
  });

  it('refuse in words what there is not', () => {
    inGraph(() => {
      const partitioned: VariableScopeOptions & { partitioner: () => number[] } = { partitioner: () => [2] };
      expect(() => variableScope('s', partitioned, () => 1)).toThrow(UnimplementedError);
      expect(() => getVariable('v', { shape: [4], ...partitioned })).toThrow('partitioner is not supported');
    });
  });
});

describe.each([['by reference', false], ['by handle', true]])('functions of variables %s', (_how, useResource) => {
  it('update, count and ask', async () => {
    const graph = new Graph();
    const { v, count, calls } = graph.asDefault(() => {
      const v = new Variable([1, 2, 3], { name: 'v', useResource });
      const count = new Variable(0, { name: 'count', dtype: 'int32', trainable: false, useResource });
      return {
        v, count,
        calls: {
          ready: isVariableInitialized(v), left: reportUninitializedVariables(), assigned: assign(v, [4, 5, 6]), added: assignAdd(v, [1, 1, 1]), taken: assignSub(v, [0, 0, 1]),
          replaced: scatterUpdate(v, [0, 2], [10, 30]), more: scatterAdd(v, [0, 0], [1, 1]), less: scatterSub(v, [1], [1]), counted: countUpTo(count, 1),
        },
      };
    });
    expect(graph.asDefault(() => trainableVariables().map((variable) => variable.name))).toEqual(['v:0']);
    await using session = open(graph);
    expect((await session.run(calls.ready)).item()).toBe(false);
    expect((await session.run(calls.left)).toArray()).toEqual(['v', 'count']);
    await session.run([v.initializer, count.initializer]);
    expect((await session.run(calls.left)).shape).toEqual([0]);
    for (const [call, expected] of [
      ['assigned', [4, 5, 6]], ['added', [5, 6, 7]], ['taken', [5, 6, 6]], ['replaced', [10, 6, 30]], ['more', [12, 6, 30]], ['less', [12, 5, 30]],
    ] as const) expect((await session.run(calls[call])).toArray()).toEqual(expected);
    expect((await session.run(calls.counted)).item()).toBe(0);
    await expect(session.run(calls.counted)).rejects.toThrow('Reached limit of 1');
    await v.load([7, 8, 9], session);
    expect((await session.run(v)).toArray()).toEqual([7, 8, 9]);
    await expect(v.load([1, 2, 3])).rejects.toThrow('Either session argument should be provided or default session should be established');
  });

  it('wait for the variable, not for a read of it, where it is a control input', async () => {
    const graph = new Graph();
    const { v, init } = graph.asDefault(() => {
      const v = new Variable(5, { name: 'v', useResource });
      const gate = graph.controlDependencies([v], () => ops.noOp());
      expect(gate.controlInputs).toEqual([v.op]);
      return { v, init: graph.controlDependencies([gate], () => ops.noOp()) };
    });
    await using session = open(graph);
    await session.run(init);
    await expect(session.run(v)).rejects.toThrow(useResource ? 'Error while reading resource variable v from Container: localhost.' : 'Attempting to use uninitialized value v\n\t [[{{node _retval_v_0_0}}]]');
  });
});

it('keeps local variables apart', async () => {
  const graph = new Graph();
  const { v, init, all } = graph.asDefault(() => {
    const v = new Variable(1, { name: 'local', collections: ['local_variables'], trainable: false });
    return { v, init: localVariablesInitializer(), all: localVariables() };
  });
  expect(all).toEqual([v]);
  await using session = open(graph);
  await session.run(init);
  expect((await session.run(v)).item()).toBe(1);
  expect(() => graph.asDefault(() => new Variable(undefined as never))).toThrow(new ValueError('initial_value must be specified.'));
});
