import { expect, test } from 'vitest';
import { readExplanation, type ReportNode } from './report.js';
import { firstOpen, groupByScope, topologicalOrder, type Group, type Leaf } from './scopes.js';
import { explanationOf, type Notation } from './testing/explanations.js';

const nodesOf = (notation: Notation): readonly ReportNode[] => readExplanation('m', explanationOf(notation)).nodes;
type Outline = string | readonly [string, readonly Outline[]];
const outline = (child: Leaf | Group): Outline => (child.kind === 'leaf' ? child.label : [child.label, child.children.map(outline)]);

test('scopes nest, producers first; a scope with one thing in it is that thing', () => {
  const { root, ancestors } = groupByScope(nodesOf({
    'm/b/conv': ['Conv2D', 'gpu', 'm/a/x'], 'm/b/bias': ['BiasAdd', 'gpu', 'm/b/conv'], 'm/a/x': ['Placeholder', 'cpu'], 'n/deep/only': ['Relu', 'cpu', 'm/b/bias'],
  }));
  expect(root.children.map(outline)).toEqual([['m', ['a/x', ['b', ['conv', 'bias']]]], 'n/deep/only']);
  expect(ancestors.get('m/b/conv')?.map(({ id }) => id)).toEqual(['m/', 'm/b/']);
  expect(ancestors.get('n/deep/only')).toEqual([]);
});

test('a node and a scope of the same name are two things', () => {
  const { root, groups } = groupByScope(nodesOf({ a: ['Relu', 'cpu'], 'a/b': ['Relu', 'cpu'], 'a/c': ['Relu', 'cpu'] }));
  expect(root.children.map(({ id }) => id)).toEqual(['a', 'a/']);
  expect(groups.get('a/')?.leaves.map(({ name }) => name)).toEqual(['a/b', 'a/c']);
});

test('a graph of 2,000 nodes without scopes is cut into runs, and no node is lost', () => {
  const notation: Record<string, readonly [string, 'cpu' | 'gpu', ...string[]]> = {};
  for (let i = 0; i < 2000; i++) notation[`n${i}`] = i === 0 ? ['Placeholder', 'cpu'] : ['Relu', 'gpu', `n${i - 1}`];
  const { root, ancestors } = groupByScope(nodesOf(notation));
  expect(root.children).toHaveLength(50);
  expect(root.children.every((child) => child.kind === 'group' && child.children.length === 40)).toBe(true);
  expect(root.leaves).toHaveLength(2000);
  expect(ancestors.size).toBe(2000);
  expect(root.children[1]!.label).toBe('n40 … n79');
});

test('the topological order survives cycles', () => {
  const order = topologicalOrder(nodesOf({ merge: ['Merge', 'cpu', 'enter', 'next'], next: ['NextIteration', 'cpu', 'merge'], enter: ['Enter', 'cpu'] }));
  expect(order.size).toBe(3);
  expect(order.get('enter')).toBeLessThan(order.get('merge')!);
});

test('at first the largest groups are open, within the budget', () => {
  const scopes = groupByScope(nodesOf({ 'big/a': ['Relu', 'cpu'], 'big/b': ['Relu', 'cpu'], 'big/c': ['Relu', 'cpu'], 'small/a': ['Relu', 'cpu'], 'small/b': ['Relu', 'cpu'] }));
  expect([...firstOpen(scopes, 5)]).toEqual(['big/']);
  expect([...firstOpen(scopes, 7)]).toEqual(['big/', 'small/']);
  expect([...firstOpen(scopes, 4)]).toEqual(['small/']);
});
