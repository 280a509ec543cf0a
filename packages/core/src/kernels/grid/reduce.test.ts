import { describe, expect, it } from 'vitest';
import { binary, cast, constant, input, unary, type Expr } from '../../codegen/expr.js';
import type { HostTensor } from '../../hostTensor.js';
import type { Shape } from '../../shape.js';
import { runReduce } from '../host/mapKernel.js';
import type { ReduceCall } from '../kernel.js';
import { cutReduction, reduceLaunch, supportsReduce } from './reduce.js';
import { numbers, runLaunch, testTarget } from './testing/runLaunch.js';

const x = input(0, 'float32');

interface Case {
  readonly shapes: readonly Shape[];
  readonly space: Shape;
  readonly axes: readonly number[];
  readonly reducer?: ReduceCall['reducer'];
  readonly before?: Expr;
  readonly after?: Expr;
}

/** The grid's results and the host's; small integers, so equal to the bit. */
function both({ shapes, space, axes, reducer = 'add', before = x, after }: Case, change: Parameters<typeof testTarget>[0] = {}): [unknown[], unknown[]] {
  const inputs = shapes.map((shape, i) => numbers(shape, i + 1));
  const output = { dtype: (after ?? before).dtype, shape: space.filter((_, axis) => !axes.includes(axis)) };
  const call: ReduceCall = {
    kind: 'reduce', node: 'test', inputs: inputs.map(({ dtype, shape }) => ({ dtype, shape })), outputs: [output], space, axes, reducer,
    before: { inputs: inputs.map(({ dtype }) => dtype), outputs: [before] }, after,
  };
  const target = testTarget(change);
  const [got] = runLaunch(reduceLaunch(call, target), target, inputs, [output]) as [HostTensor];
  return [[...(got.data as Iterable<unknown>)], [...(runReduce(call, inputs).data as Iterable<unknown>)]];
}

describe('reductions as grid programs', () => {
  const cases: Readonly<Record<string, Case>> = {
    'short rows': { shapes: [[70, 5]], space: [70, 5], axes: [1] },
    'rows that threads share': { shapes: [[5, 130]], space: [5, 130], axes: [1] },
    'one long row in parts': { shapes: [[30000]], space: [30000], axes: [0] },
    'few columns': { shapes: [[70, 7]], space: [70, 7], axes: [0] },
    'few columns in parts': { shapes: [[1000, 40]], space: [1000, 40], axes: [0] },
    'axes apart': { shapes: [[4, 3, 5, 6]], space: [4, 3, 5, 6], axes: [0, 2] },
    'axes apart, innermost reduced': { shapes: [[4, 3, 5, 6]], space: [4, 3, 5, 6], axes: [1, 3] },
    'nothing to reduce': { shapes: [[3, 0]], space: [3, 0], axes: [1] },
    'no axes': { shapes: [[3, 4]], space: [3, 4], axes: [] },
    'code over broadcast inputs': { shapes: [[6, 1, 9], [5, 1]], space: [6, 5, 9], axes: [0, 2], before: binary('mul', x, input(1, 'float32')), after: unary('neg', x) },
    'the least': { shapes: [[9, 300]], space: [9, 300], axes: [1], reducer: 'min' },
    'all of bools, in parts': { shapes: [[20000]], space: [20000], axes: [0], reducer: 'and', before: { kind: 'compare', op: 'lt', x, y: constant(99, 'float32'), dtype: 'bool' } },
    'bytes that wrap': { shapes: [[4, 50]], space: [4, 50], axes: [1], before: cast(x, 'uint8') },
  };
  it.each(Object.entries(cases))('%s', (_, test) => {
    for (const change of [{}, { workgroups: 3 }]) {
      const [got, want] = both(test, change);
      expect(got).toEqual(want);
    }
  });

  it('cut by sizes alone', () => {
    expect(cutReduction(1, 1 << 22, true)).toEqual({ columns: 1, rows: 256, byRows: true, parts: 64 });
    expect(cutReduction(100000, 8, true)).toEqual({ columns: 64, rows: 1, byRows: true, parts: 1 });
    expect(cutReduction(1000, 1000, true)).toMatchObject({ rows: 128, parts: 1 });
    expect(cutReduction(1280, 49, false)).toMatchObject({ columns: 64, rows: 1, parts: 1 });
    expect(cutReduction(1280, 490, false)).toMatchObject({ columns: 32, rows: 8, parts: 3 });
  });

  it('say what the device lacks', () => {
    const target = testTarget({ values: new Set(['bool', 'int32', 'uint32', 'float32']) });
    expect(supportsReduce('add', { inputs: ['int32'], outputs: [cast(input(0, 'int32'), 'int64')] }, undefined, target)).toBe('the device has no int64 arithmetic');
    expect(supportsReduce('add', { inputs: ['float32'], outputs: [x] }, undefined, target)).toBe(true);
  });
});
