import { describe, expect, it } from 'vitest';
import { InvalidArgumentError, NotFoundError } from '../errors.js';
import type { Endpoint, GraphData, NodeData } from '../graph/graphData.js';
import { finish } from '../stage.js';
import { prune } from './prune.js';

function node(name: string, op: string, inputs: readonly string[] = [], controls: readonly string[] = [], outputs = 1): NodeData {
  const endpoints = inputs.map((text): Endpoint => {
    const [source = '', index = '0'] = text.split(':');
    return { node: source, index: Number(index) };
  });
  return { name, op, inputs: endpoints, controls, device: '', attrs: {}, outputs: new Array<'float32'>(outputs).fill('float32') };
}

function graph(...nodes: NodeData[]): GraphData {
  return { nodes: new Map(nodes.map((entry) => [entry.name, entry])), library: new Map() };
}

const at = (text: string): Endpoint => ({ node: text.split(':')[0] ?? '', index: Number(text.split(':')[1] ?? 0) });
const chain = graph(node('x', 'Placeholder'), node('a', 'Relu', ['x']), node('b', 'Neg', ['a']), node('c', 'Abs', ['a']), node('noop', 'NoOp', [], ['c'], 0));

describe('prune', () => {
  it('keeps what fetches and targets need, and nothing else', () => {
    const pruned = finish(prune(chain, { feeds: [at('x')], fetches: [at('b')], targets: [] }));
    expect([...pruned.nodes.keys()].sort()).toEqual(['_arg_x_0', 'a', 'b']);
    expect(pruned.nodes.get('a')?.inputs).toEqual([{ node: '_arg_x_0', index: 0 }]);
    expect([...finish(prune(chain, { feeds: [], fetches: [], targets: ['noop'] })).nodes.keys()].sort()).toEqual(['a', 'c', 'noop', 'x']);
  });

  it('feeds an inner tensor: what made it is not needed', () => {
    const pruned = finish(prune(chain, { feeds: [at('a')], fetches: [at('b'), at('c')], targets: [] }));
    expect([...pruned.nodes.keys()].sort()).toEqual(['_arg_a_0', 'b', 'c']);
  });

  it('moves the control edges of a fed placeholder to the feed, and leaves those of other fed nodes', () => {
    const g = graph(node('p', 'Placeholder'), node('q', 'Relu', ['p']), node('r', 'Const', [], ['p', 'q']));
    expect(finish(prune(g, { feeds: [at('p'), at('q')], fetches: [at('r')], targets: [] })).nodes.get('r')?.controls).toEqual(['_arg_p_0', 'q']);
  });

  it.each([
    [{ feeds: [], fetches: [], targets: [] }, InvalidArgumentError, 'Must specify at least one target to fetch or execute.'],
    [{ feeds: [at('x'), at('x')], fetches: [at('b')], targets: [] }, InvalidArgumentError, 'Endpoint "x:0" fed more than once.'],
    [{ feeds: [at('x')], fetches: [at('x')], targets: [] }, InvalidArgumentError, 'x:0 is both fed and fetched.'],
    [{ feeds: [at('y')], fetches: [at('b')], targets: [] }, NotFoundError, 'FeedInputs: unable to find feed output y:0'],
    [{ feeds: [at('x:1')], fetches: [at('b')], targets: [] }, InvalidArgumentError, 'FeedInputs: x:1 should have output index < 1'],
    [{ feeds: [], fetches: [at('y')], targets: [] }, NotFoundError, 'FetchOutputs node y:0: not found'],
    [{ feeds: [], fetches: [at('b:2')], targets: [] }, InvalidArgumentError, 'FetchOutputs b:2: output index too large, must be < 1'],
    [{ feeds: [], fetches: [at('b')], targets: ['y', 'z'] }, NotFoundError, 'PruneForTargets: Some target nodes not found: y z '],
  ])('refuses %j', (request, kind, text) => {
    expect(() => finish(prune(chain, request))).toThrow(kind);
    expect(() => finish(prune(chain, request))).toThrow(text);
  });
});
