/** The graph rules of session.md, section 10. */
import { describe, expect, it } from 'vitest';
import { KeyError, RuntimeError, ValueError } from '../errors.js';
import { makeDefinition } from '../ops/definition.js';
import { getDefaultGraph, resetDefaultGraph } from '../state/defaultGraph.js';
import { Graph } from './graph.js';
import type { Operation } from './operation.js';
import type { Tensor } from './tensor.js';

const source = makeDefinition({ signature: 'FloatOutput() -> (a: float)', shape: () => [[2]] });
const pair = makeDefinition({ signature: 'Pair(x: float) -> (a: float, b: float)', shape: (context) => [context.shape(0), null] });
const stateful = makeDefinition({ signature: "Queue() -> (handle: resource) | container: string = '' | stateful", shape: () => [[]] });

function op(graph: Graph, name?: string, inputs: readonly Tensor[] = []): Operation {
  return graph.createOperation({ definition: inputs.length === 0 ? source : pair, inputs, attrs: {}, name });
}

describe('names', () => {
  it('are unique without regard to case', () => {
    const graph = new Graph();
    expect(['a', 'a', 'A', 'a_1', 'FloatOutput', undefined].map((name) => op(graph, name).name)).toEqual(['a', 'a_1', 'A_2', 'a_1_1', 'FloatOutput', 'FloatOutput_1']);
  });

  it('can be asked for without being taken', () => {
    const graph = new Graph();
    expect([graph.uniqueName('x', false), graph.uniqueName('x', false), graph.uniqueName('x'), graph.uniqueName('x')]).toEqual(['x', 'x', 'x', 'x_1']);
  });

  it('are prefixed by scopes', () => {
    const graph = new Graph();
    const names: string[] = [];
    graph.nameScope('s', (scope) => {
      names.push(scope, op(graph, 'a').name);
      graph.nameScope('t', (inner) => names.push(inner, op(graph, 'a').name));
      graph.nameScope('', (root) => names.push(root, op(graph, 'a').name));
      graph.nameScope(null, () => names.push(op(graph, 'b').name));
      graph.nameScope('q/', (again) => names.push(again, op(graph, 'a').name));
    });
    graph.nameScope('s', (scope) => names.push(scope));
    graph.nameScope('s/', (scope) => names.push(scope, op(graph, 'a').name));
    names.push(op(graph, 'as/it/is/').name);
    expect(names).toEqual(['s/', 's/a', 's/t/', 's/t/a', '', 'a', 'b', 'q/', 'q/a', 's_1/', 's/', 's/a_1', 'as/it/is']);
  });

  it('may open with using', () => {
    const graph = new Graph();
    {
      using scope = graph.nameScope('s');
      expect([scope.scope, op(graph, 'a').name]).toEqual(['s/', 's/a']);
    }
    expect(op(graph, 'a').name).toBe('a');
  });

  it('are checked', () => {
    const graph = new Graph();
    expect(() => op(graph, '_a')).toThrow(ValueError);
    expect(() => op(graph, '_a')).toThrow("'_a' is not a valid node name");
    expect(() => op(graph, 'a:0')).toThrow("'a:0' is not a valid node name");
    expect(() => graph.nameScope('_s', () => 0)).toThrow("'_s' is not a valid scope name");
    expect(graph.nameScope('s', () => graph.nameScope('_t', (scope) => scope))).toBe('s/_t/');
    expect(() => graph.nameScope('s', () => graph.nameScope('t?', () => 0))).toThrow("'t?' is not a valid scope name");
    expect(() => op(graph, '/')).toThrow("'/' is not a valid node name");
    op(graph, 'a');
    expect(() => op(graph, 'a/')).toThrow("Duplicate node name in graph: 'a'");
  });
});

describe('asGraphElement', () => {
  const graph = new Graph();
  const a = op(graph, 'a');
  const b = op(graph, 'scope/b', a.outputs);
  const foreign = op(new Graph(), 'foreign');
  const form = 'Tensor names must be of the form "<op_name>:<output_index>".';

  it('finds tensors and operations, by name and as they are', () => {
    expect(graph.asGraphElement('a')).toBe(a);
    expect(graph.asGraphElement('scope/b:1')).toBe(b.outputs[1]);
    expect(graph.asGraphElement(b.outputs[0])).toBe(b.outputs[0]);
    expect(graph.asGraphElement(b)).toBe(b);
    expect(graph.asGraphElement({ asGraphElement: () => b.outputs[1] })).toBe(b.outputs[1]);
    expect(graph.getOperationByName('a')).toBe(a);
    expect(graph.getTensorByName('a:0')).toBe(a.outputs[0]);
    expect(graph.getOperations()).toEqual([a, b]);
  });

  it.each<[unknown, { allowTensor?: boolean; allowOperation?: boolean }, new () => Error, string]>([
    ['a:x', {}, ValueError, `The name 'a:x' looks a like a Tensor name, but is not a valid one. ${form}`],
    ['a:0:0', {}, ValueError, `The name 'a:0:0' looks a like a Tensor name, but is not a valid one. ${form}`],
    ['zzz:0', {}, KeyError, "The name 'zzz:0' refers to a Tensor which does not exist. The operation, 'zzz', does not exist in the graph."],
    ['b:0', {}, KeyError, "The name 'b:0' refers to a Tensor which does not exist. The operation, 'b', does not exist in the graph."],
    ['a:1', {}, KeyError, "The name 'a:1' refers to a Tensor which does not exist. The operation, 'a', exists but only has 1 outputs."],
    ['a:0', { allowTensor: false }, ValueError, "Name 'a:0' appears to refer to a Tensor, not a Operation."],
    ['scope/bb', {}, KeyError, "The name 'scope/bb' refers to an Operation not in the graph. Did you mean 'scope/b'?"],
    ['nothing', {}, KeyError, "The name 'nothing' refers to an Operation not in the graph."],
    ['a', { allowOperation: false }, ValueError, `The name 'a' refers to an Operation, not a Tensor. ${form}`],
    ['nothing', { allowOperation: false }, ValueError, `The name 'nothing' looks like an (invalid) Operation name, not a Tensor. ${form}`],
    [foreign.outputs[0], {}, ValueError, 'Tensor Tensor("foreign:0", shape=(2,), dtype=float32) is not an element of this graph.'],
    [foreign, {}, ValueError, "Operation <Operation 'foreign' type=FloatOutput> is not an element of this graph."],
    [7, {}, TypeError, 'Can not convert a number into a Tensor or Operation.'],
    [[a], { allowTensor: false }, TypeError, 'Can not convert a Array into a Operation.'],
    [a, { allowOperation: false }, TypeError, 'Can not convert a Operation into a Tensor.'],
    [null, {}, TypeError, 'Can not convert a null into a Tensor or Operation.'],
  ])('refuses %s', (asked, kinds, error, message) => {
    expect(() => graph.asGraphElement(asked, kinds)).toThrow(error);
    expect(() => graph.asGraphElement(asked, kinds)).toThrow(message);
  });
});

describe('finalize', () => {
  it('refuses everything that adds', () => {
    const graph = new Graph();
    graph.addToCollection('c', 1);
    graph.finalize();
    const message = 'Graph is finalized and cannot be modified.';
    for (const change of [() => op(graph), () => graph.addToCollection('c', 1), () => graph.addToCollections(['c'], 1), () => graph.clearCollection('c')]) {
      expect(change).toThrow(RuntimeError);
      expect(change).toThrow(message);
    }
    graph.getCollectionRef('c').push(2);
    expect(graph.getCollection('c')).toEqual([1, 2]);
  });
});

describe('version', () => {
  it('is the highest id; since() tells what is new', () => {
    const graph = new Graph();
    expect(graph.version).toBe(0);
    const a = op(graph, 'a');
    const b = op(graph, 'b', a.outputs);
    expect([graph.version, a.id, b.id]).toEqual([2, 1, 2]);
    expect(graph.since(1)).toEqual([{
      name: 'b', op: 'Pair', inputs: [{ node: 'a', index: 0 }], controls: [], device: '', attrs: {}, outputs: ['float32', 'float32'],
    }]);
    expect(graph.since(2)).toEqual([]);
  });

  it('keeps the same data until something changes', () => {
    const graph = new Graph();
    const a = op(graph, 'a');
    const first = graph.toGraphData();
    expect([...first.nodes.keys()]).toEqual(['a']);
    expect(graph.toGraphData()).toBe(first);
    a.setDevice('/device:GPU:0');
    expect(graph.toGraphData().nodes.get('a')?.device).toBe('/device:GPU:0');
    expect(first.nodes.get('a')?.device).toBe('');
    op(graph, 'b');
    expect(graph.toGraphData().nodes.size).toBe(2);
  });
});

describe('controlDependencies', () => {
  const controls = (made: Operation): string[] => made.controlInputs.map((each) => each.name);

  it('adds operations and tensors, of all open blocks, innermost first', () => {
    const graph = new Graph();
    const [a, b, c] = [op(graph, 'a'), op(graph, 'b'), op(graph, 'c')];
    graph.controlDependencies([a, b.outputs[0]!], () => {
      expect(controls(op(graph))).toEqual(['a', 'b']);
      graph.controlDependencies([c, a], () => expect(controls(op(graph))).toEqual(['c', 'a', 'b']));
      graph.controlDependencies(null, () => expect(controls(op(graph))).toEqual([]));
      graph.controlDependencies(null, () => graph.controlDependencies([c], () => expect(controls(op(graph))).toEqual(['c'])));
    });
    expect(controls(op(graph))).toEqual([]);
  });

  it('skips data inputs, and blocks that an input waited for', () => {
    const graph = new Graph();
    const [a, b] = [op(graph, 'a'), op(graph, 'b')];
    graph.controlDependencies([a, b], () => {
      const c = op(graph, 'c');
      expect(controls(op(graph, 'd', a.outputs))).toEqual(['b']);
      expect(controls(op(graph, 'e', c.outputs))).toEqual([]);
      graph.controlDependencies([c], () => {
        const f = op(graph, 'f');
        expect(controls(f)).toEqual(['c', 'a', 'b']);
        expect(controls(op(graph, 'g', c.outputs))).toEqual([]);
        expect(controls(op(graph, 'h', f.outputs.slice(0, 1)))).toEqual([]);
      });
    });
  });

  it('refuses what is no operation', () => {
    const graph = new Graph();
    expect(() => graph.controlDependencies([7 as never], () => 0)).toThrow(TypeError);
    expect(() => graph.controlDependencies([7 as never], () => 0)).toThrow('Control input must be Operation or Tensor: 7');
    expect(() => graph.controlDependencies([op(new Graph())], () => 0)).toThrow('is not an element of this graph.');
  });
});

describe('collections', () => {
  it('are lists by name', () => {
    const graph = new Graph();
    const a = op(graph, 'first/a');
    graph.addToCollection('c', a);
    graph.addToCollections(['c', 'd', 'd'], 'no name');
    expect(graph.getCollection('c')).toEqual([a, 'no name']);
    expect(graph.getCollection('c')).not.toBe(graph.getCollection('c'));
    expect(graph.getCollection('c', 'first')).toEqual([a]);
    expect(graph.getCollection('c', 'a')).toEqual([]);
    expect(graph.getCollection('d')).toEqual(['no name']);
    expect(graph.getCollectionRef('d')).toBe(graph.getCollectionRef('d'));
    expect(graph.collections).toEqual(['c', 'd']);
    graph.clearCollection('c');
    expect(graph.getCollection('c')).toEqual([]);
  });
});

describe('container', () => {
  it('names the container of stateful operations that name none', () => {
    const graph = new Graph();
    const make = (container: string): Operation => graph.createOperation({
      definition: stateful, inputs: [], attrs: { container: { kind: 'string', value: new TextEncoder().encode(container) } },
    });
    const text = (made: Operation): string => new TextDecoder().decode(made.getAttr('container') as Uint8Array);
    graph.container('box', () => {
      expect([text(make('')), text(make('own'))]).toEqual(['box', 'own']);
      expect(op(graph).attrs['container']).toBeUndefined();
    });
    expect(text(make(''))).toBe('');
  });
});

describe('feeding and fetching', () => {
  it('can be prevented', () => {
    const graph = new Graph();
    const a = op(graph, 'a');
    expect([graph.isFeedable(a.outputs[0]!), graph.isFetchable(a)]).toEqual([true, true]);
    graph.preventFeeding(a.outputs[0]!);
    graph.preventFetching(a);
    expect([graph.isFeedable(a.outputs[0]!), graph.isFetchable(a.outputs[0]!), graph.isFetchable(a)]).toEqual([false, false, false]);
  });
});

describe('the default graph', () => {
  it('is the innermost asDefault, across await, else one for the process', async () => {
    const outer = getDefaultGraph();
    const graph = new Graph();
    const seen = await graph.asDefault(async () => {
      const first = getDefaultGraph();
      await Promise.resolve();
      return [first, getDefaultGraph(), new Graph().asDefault((inner) => getDefaultGraph() === inner)];
    });
    expect(seen).toEqual([graph, graph, true]);
    expect(getDefaultGraph()).toBe(outer);
  });

  it('can be entered with using', () => {
    const outer = getDefaultGraph();
    const graph = new Graph();
    {
      using _scope = graph.asDefault();
      expect(getDefaultGraph()).toBe(graph);
    }
    expect(getDefaultGraph()).toBe(outer);
    const first = graph.asDefault();
    const second = new Graph().asDefault();
    expect(() => first[Symbol.dispose]()).toThrow('Nesting violated for default stack of Graph objects');
    second[Symbol.dispose]();
    first[Symbol.dispose]();
  });

  it('can be reset outside of asDefault only', () => {
    const before = getDefaultGraph();
    expect(() => new Graph().asDefault(() => resetDefaultGraph())).toThrow('Do not use tf.reset_default_graph() to clear nested graphs.');
    resetDefaultGraph();
    expect(getDefaultGraph()).not.toBe(before);
  });
});

describe('tensors', () => {
  it('know their consumers and merge shapes', () => {
    const graph = new Graph();
    const a = op(graph, 'a');
    const b = op(graph, 'b', a.outputs);
    expect(a.outputs[0]!.consumers()).toEqual([b]);
    expect(b.outputs.map((tensor) => tensor.shape)).toEqual([[2], null]);
    b.outputs[1]!.setShape([null, 3]);
    b.outputs[1]!.setShape([4, null]);
    expect(b.outputs[1]!.shape).toEqual([4, 3]);
    expect(() => b.outputs[1]!.setShape([5, 3])).toThrow(ValueError);
  });
});
