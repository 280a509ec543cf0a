import { describe, expect, it } from 'vitest';
import { binary, cast, compare, input, select, type Expr } from '../../codegen/expr.js';
import type { HostTensor } from '../../hostTensor.js';
import type { Shape } from '../../shape.js';
import { evaluate } from '../host/evaluate/evaluate.js';
import type { MapCall } from '../kernel.js';
import { spread } from './launch.js';
import { mapLaunch, supportsMap } from './map.js';
import { numbers, runLaunch, testTarget } from './testing/runLaunch.js';

const [x, y, z] = [0, 1, 2].map((i) => input(i, 'float32')) as [Expr, Expr, Expr];

function callOf(shapes: readonly Shape[], space: Shape, outputs: readonly Expr[]): MapCall {
  return {
    kind: 'map', node: 'test', inputs: shapes.map((shape) => ({ dtype: 'float32', shape })), outputs: outputs.map(({ dtype }) => ({ dtype, shape: space })),
    fn: { inputs: shapes.map(() => 'float32' as const), outputs },
  };
}

describe('maps as grid programs', () => {
  const code = [binary('add', binary('mul', x, y), z), compare('lt', x, y)];
  it.each<[string, readonly Shape[], Shape]>([
    ['of one shape, in groups of four', [[4, 6], [4, 6], [4, 6]], [4, 6]],
    ['of one shape, one by one', [[3, 5], [3, 5], [3, 5]], [3, 5]],
    ['with a channel and a scalar', [[2, 3, 8], [8], []], [2, 3, 8]],
    ['broadcast crosswise', [[5, 1, 4], [1, 3, 1], [3, 1]], [5, 3, 4]],
    ['of nothing', [[0, 4], [4], [4]], [0, 4]],
    ['of scalars', [[], [], []], []],
  ])('%s', (_, shapes, space) => {
    const inputs = shapes.map((shape, i) => numbers(shape, i + 1));
    const call = callOf(shapes, space, code);
    for (const change of [{}, { vectors: false }, { workgroups: 1 }]) {
      const target = testTarget(change);
      const got = runLaunch(mapLaunch(call, target), target, inputs, call.outputs);
      const want = evaluate(call.fn, inputs, space);
      got.forEach((result, i) => { expect([...(result.data as Iterable<number>)]).toEqual([...(want[i]!.data as Iterable<number>)]); });
    }
  });

  it('read and write eight bytes in pairs', () => {
    const call = callOf([[6]], [6], [cast(x, 'float64')]);
    const input6 = numbers([6]);
    const [got] = runLaunch(mapLaunch(call, testTarget()), testTarget(), [input6], call.outputs) as [HostTensor];
    expect([...(got.data as Float64Array)]).toEqual([...input6.data]);
    expect(mapLaunch(call, testTarget()).key).toContain(':2:');
  });

  it('may take an input\'s place where the target lets them', () => {
    const call = callOf([[4, 6], [6]], [4, 6], [binary('add', x, y)]);
    expect(mapLaunch(call, testTarget()).inPlace).toEqual([{ output: 0, input: 0 }]);
  });

  it('have one key for all sizes of one form', () => {
    const key = (rows: number): string => mapLaunch(callOf([[rows, 8], [8]], [rows, 8], [binary('add', x, y)]), testTarget()).key;
    expect(key(3)).toBe(key(500));
  });

  it('say what the device lacks', () => {
    const target = testTarget({ bindings: 3 });
    expect(supportsMap({ inputs: ['float32', 'float32', 'float32'], outputs: [binary('add', binary('mul', x, y), z)] }, target))
      .toBe('the code reads and writes 4 buffers; the device binds 3');
    expect(supportsMap({ inputs: ['string'], outputs: [input(0, 'string')] }, target)).toBe('the device holds no string');
    expect(supportsMap({ inputs: ['complex64'], outputs: [input(0, 'complex64')] }, target)).toBe('the device has no complex64 arithmetic');
    expect(supportsMap({ inputs: ['float32', 'float32'], outputs: [select(compare('lt', x, y), x, y)] }, target)).toBe(true);
  });

  it('lay more workgroups than a row holds in rows', () => {
    expect(spread(65535, testTarget())).toEqual([65535, 1, 1]);
    expect(spread(65536, testTarget())).toEqual([32768, 2, 1]);
    expect(spread(0, testTarget())).toEqual([0, 1, 1]);
  });
});
