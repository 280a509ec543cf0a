import { expect, test } from 'vitest';
import { search, read } from './reading.js';
import { bytesOf, formatBytes, readExplanation, shortDevice } from './report.js';
import { cpu, explanationOf, gpu } from './testing/explanations.js';

test('edges come to the nodes that they enter, with the copy that carries them', () => {
  const { nodes, copies } = readExplanation('m', explanationOf({ x: ['Placeholder', 'cpu'], c: ['Const', 'cpu'], y: ['Mul', 'gpu', 'x', 'c'], z: ['NoOp', 'cpu', '^y', 'y'] }));
  expect(copies.map(({ tensor, node, from, to, bytes }) => [tensor, node, from, to, bytes])).toEqual([['x:0', 'x', cpu, gpu, 4], ['y:0', 'y', gpu, cpu, 4]]);
  expect(nodes[2]!.inputs).toEqual([{ node: 'x', tensor: 'x:0', isControl: false, copy: copies[0] }, { node: 'c', tensor: 'c:0', isControl: false, copy: undefined }]);
  expect(nodes[3]!.inputs.map(({ tensor, isControl, copy }) => [tensor, isControl, copy])).toEqual([['^y', true, undefined], ['y:0', false, copies[1]]]);
});

test('a function stands beside the main graph, under its own name', () => {
  const { nodes, edges, copies, hostCopies } = explanationOf({ x: ['Placeholder', 'cpu'], y: ['Relu', 'gpu', 'x'] });
  const report = readExplanation('m', explanationOf({ x: ['Placeholder', 'cpu'] }, { functions: [{ name: 'body', device: cpu, callers: ['while'], nodes, edges, copies, hostCopies }] }));
  expect(report.nodes.map(({ name }) => name)).toEqual(['x', 'function body on CPU:0/x', 'function body on CPU:0/y']);
  expect(report.nodes[2]!.inputs[0]).toMatchObject({ node: 'function body on CPU:0/x', tensor: 'function body on CPU:0/x:0', copy: report.copies[0] });
});

test('search wants every word, in name, op, device or rule; ops and last names come first, constants last', () => {
  const reading = read(readExplanation('m', explanationOf({ 'conv/w': ['Const', 'cpu'], 'conv/add': ['Add', 'gpu', 'conv/w'], 'block/conv': ['Conv2D', 'gpu', 'conv/add'], out: ['Relu', 'cpu', 'block/conv'] })));
  const found = (query: string): string[] => search(reading, query).map(({ name }) => name);
  expect(found('CONV')).toEqual(['block/conv', 'conv/add', 'conv/w']);
  expect(found('gpu:0 add')).toEqual(['conv/add']);
  expect(found('soft relu')).toEqual(['out']);
  expect(found('nothing')).toEqual([]);
  expect(found('  ')).toEqual([]);
});

test('texts', () => {
  expect([0, 1, 1023, 1024, 1536, 442368, 5 * 2 ** 20, 3 * 2 ** 31].map(formatBytes)).toEqual(['0 B', '1 B', '1023 B', '1.00 KiB', '1.50 KiB', '432 KiB', '5.00 MiB', '6.00 GiB']);
  expect(bytesOf([{ bytes: 1024 }, { bytes: null }])).toBe('1.00 KiB + 1 of unknown size');
  expect(bytesOf([{ bytes: null }])).toBe('size known at run time');
  expect(shortDevice(gpu)).toBe('GPU:0');
});
