import { HostTensor } from '@sessionflow/core';
import { expect, test } from 'vitest';
import { planeOf, summarize } from './summaries.js';

test('statistics leave out what is not finite, and count it', () => {
  const { statistics, text } = summarize('x:0', HostTensor.from([1, 3, NaN, Infinity], { dtype: 'float32' }));
  expect(statistics).toEqual({ min: 1, max: 3, mean: 2, notFinite: 2 });
  expect(text).toBe('[1,3,null,null]');
});

test('the largest values of a long vector, with their places', () => {
  const values = Array.from({ length: 100 }, (_, i) => (i * 37) % 100);
  const { largest, plane } = summarize('y:0', HostTensor.from(values, { dtype: 'int32', shape: [1, 100] }));
  expect(largest).toHaveLength(8);
  expect(largest[0]).toEqual({ index: values.indexOf(99), value: 99 });
  expect(plane).toBeNull();
});

test('planes of [n, h, w, c] are channels, in order', () => {
  const tensor = HostTensor.from(Array.from({ length: 2 * 2 * 3 * 2 }, (_, i) => i), { dtype: 'float32', shape: [2, 2, 3, 2] });
  expect(planeOf(tensor, 0)).toMatchObject({ rows: 2, columns: 3, count: 4, title: '[0, :, :, 0]', values: Float32Array.of(0, 2, 4, 6, 8, 10) });
  expect(planeOf(tensor, 3)).toMatchObject({ title: '[1, :, :, 1]', values: Float32Array.of(13, 15, 17, 19, 21, 23) });
});

test('a matrix is one plane; a large one is thinned out', () => {
  expect(planeOf(HostTensor.from([[1, 2], [3, 4]], { dtype: 'float32' }), 0)).toMatchObject({ title: '[:, :]', count: 1, values: Float32Array.of(1, 2, 3, 4) });
  expect(planeOf(HostTensor.zeros([1000, 512], 'float32'), 0)).toMatchObject({ rows: 256, columns: 256 });
});

test('64-bit integers and strings', () => {
  expect(summarize('n:0', HostTensor.from([2n ** 40n], { dtype: 'int64' }))).toMatchObject({ statistics: { min: 2 ** 40 }, text: '["1099511627776"]' });
  expect(summarize('s:0', HostTensor.from(['a'], { dtype: 'string' })).statistics).toBeNull();
});
