import { expect, test } from 'vitest';
import { entry, exit } from './ends.js';
import { layout, layoutInput, type PlacedBox } from './layout.js';
import { readExplanation } from './report.js';
import { sceneOf, standIn, type SceneLevel } from './scene.js';
import { groupByScope } from './scopes.js';
import { explanationOf } from './testing/explanations.js';

const report = readExplanation('m', explanationOf({
  x: ['Placeholder', 'cpu'],
  'net/w': ['Const', 'cpu'],
  'net/conv': ['Conv2D', 'gpu', 'x', 'net/w'],
  'net/head/relu': ['Relu', 'gpu', 'net/conv'],
  'net/head/where': ['Where', 'cpu', 'net/head/relu'],
  y: ['Identity', 'cpu', 'net/head/where', 'net/head/relu', '^x'],
}));
const scopes = groupByScope(report.nodes.filter(({ op }) => op !== 'Const'));
const edgesOf = ({ edges }: SceneLevel): unknown[] => edges.map(({ from, to, tensors, isControl, copies }) => [from, to, tensors, isControl, copies.map(({ tensor }) => tensor)]);

test('edges join the boxes that stand for their ends, and count each tensor and copy once', () => {
  const scene = sceneOf(report, scopes, new Set());
  expect(scene.boxes.map(({ id }) => id)).toEqual(['x', 'net/', 'y']);
  expect(edgesOf(scene)).toEqual([['x', 'net/', 1, false, ['x:0']], ['net/', 'y', 2, false, ['net/head/relu:0']], ['x', 'y', 0, true, []]]);
});

test('inside an open group they go on from its border', () => {
  const scene = sceneOf(report, scopes, new Set(['net/', 'net/head/']));
  const net = scene.boxes[1]!.inside!;
  expect(edgesOf(net)).toEqual([[entry, 'net/conv', 1, false, ['x:0']], ['net/conv', 'net/head/', 1, false, []], ['net/head/', exit, 2, false, ['net/head/relu:0']]]);
  // One copy serves both readers on the CPU.
  expect(edgesOf(net.boxes[1]!.inside!)).toEqual([
    [entry, 'net/head/relu', 1, false, []], ['net/head/relu', 'net/head/where', 1, false, ['net/head/relu:0']],
    ['net/head/where', exit, 1, false, []], ['net/head/relu', exit, 1, false, ['net/head/relu:0']],
  ]);
});

test('a node is stood for by the outermost closed group around it', () => {
  expect(standIn(scopes, new Set(), 'net/head/relu')).toBe('net/');
  expect(standIn(scopes, new Set(['net/']), 'net/head/relu')).toBe('net/head/');
  expect(standIn(scopes, new Set(['net/', 'net/head/']), 'net/head/relu')).toBe('net/head/relu');
  expect(standIn(scopes, new Set(), 'net/w')).toBeUndefined();
});

test('a layout has every box and edge; boxes lie in their group and over no other', () => {
  const scene = sceneOf(report, scopes, new Set(['net/', 'net/head/']));
  const { boxes, edges, width, height } = layout(layoutInput(scene));
  expect(boxes.map(({ id }) => id)).toEqual(['x', 'net/', 'net/conv', 'net/head/', 'net/head/relu', 'net/head/where', 'y']);
  expect(['', 'net/', 'net/head/'].map((group) => edges.filter(({ level }) => level === group).length)).toEqual([3, 3, 4]);
  const at = new Map(boxes.map((box) => [box.id, box]));
  const isIn = (inner: PlacedBox, outer: PlacedBox): boolean => inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width && inner.y + inner.height <= outer.y + outer.height;
  for (const [inner, outer] of [['net/conv', 'net/'], ['net/head/', 'net/'], ['net/head/relu', 'net/head/']]) expect(isIn(at.get(inner!)!, at.get(outer!)!)).toBe(true);
  for (const box of boxes) expect(box.x + box.width <= width && box.y + box.height <= height).toBe(true);
  const bottom = (id: string): number => at.get(id)!.y + at.get(id)!.height;
  expect(bottom('x')).toBeLessThan(at.get('net/')!.y);
  expect(bottom('net/conv')).toBeLessThan(at.get('net/head/')!.y);
  expect(bottom('net/')).toBeLessThan(at.get('y')!.y);
  // The edge from outside and the one inside meet on the border of the group.
  const outside = edges.find((edge) => edge.level === '' && scene.edges[edge.index]?.to === 'net/')!.points.at(-1)!;
  const inside = edges.find((edge) => edge.level === 'net/' && scene.boxes[1]!.inside!.edges[edge.index]?.from === entry)!.points[0]!;
  expect(outside.y).toBeCloseTo(at.get('net/')!.y);
  expect(inside.y).toBeCloseTo(outside.y);
  expect(inside.x).toBeCloseTo(outside.x);
});
