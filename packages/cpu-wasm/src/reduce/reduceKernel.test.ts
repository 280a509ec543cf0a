import { binary, cast, constant, input, unary, type MapFunction } from '@sessionflow/core/codegen';
import type { HostTensor} from '@sessionflow/core/device';
import { type Shape } from '@sessionflow/core/device';
import { describe, expect, it } from 'vitest';
import { simdDTypes, type SimdDType } from '../map/lanes.js';
import { edgy, expectClose } from '../testing/values.js';
import { hostReduce } from '../testing/hostOracle.js';
import { runReduce, tensorOf, withDevice, type ReduceTest } from '../testing/onDevice.js';
import { planReduction } from './plan.js';
import { wasmReduce } from './reduceKernel.js';

const identity = (dtype: SimdDType): MapFunction => ({ inputs: [dtype], outputs: [input(0, dtype)] });

/** Spaces and axes: everything, rows, columns, both, the middle, none, of size 1, of size 0. */
const cases: readonly (readonly [space: Shape, axes: readonly number[]])[] = [
  [[37], [0]], [[3], [0]], [[1], [0]], [[5, 7], [1]], [[5, 7], [0]], [[5, 7], [0, 1]], [[3, 70], [1]], [[70, 3], [0]], [[9, 67], [0]], [[2, 3, 4, 5], [1, 3]], [[2, 3, 4, 5], [0, 2]],
  [[2, 33, 5], [1]], [[4, 1, 6], [1]], [[4, 6], []], [[0, 4], [0]], [[4, 0], [1]], [[4, 0], [0]], [[2, 3, 2, 3, 2], [0, 2, 4]], [[], []], [[6, 5, 37], [0, 2]], [[6, 36, 5], [0, 1]],
];

describe.each(simdDTypes)('%s', (dtype) => {
  const reducers = (['add', 'mul', 'min', 'max', 'and', 'or'] as const).filter((reducer) => wasmReduce.supports(reducer, identity(dtype)) === true);
  it.each(reducers)('%s', (reducer) => withDevice(async (device) => {
    for (const [space, axes] of cases) {
      const value = edgy(dtype, space, 17);
      // Sums of infinities, NaN and the like depend on nothing but being there; sizes that overflow depend on the order.
      if ((value.data instanceof Float32Array || value.data instanceof Float64Array) && (reducer === 'add' || reducer === 'mul')) {
        const { data } = value;
        data.forEach((x, i) => { data[i] = Number.isFinite(x) && Math.abs(x) < 100 ? x : 0.75; });
      }
      const test: ReduceTest = { reducer, axes, before: identity(dtype), inputs: [value], space };
      const tolerance = dtype === 'float32' ? 1e-5 : dtype === 'float64' ? 1e-13 : 0;
      const expected = await hostReduce(test);
      const actual = await runReduce(device, test);
      if (reducer === 'add' && tolerance > 0) {
        const [a, b] = [actual.data as Float32Array, expected.data as Float32Array];
        a.forEach((x, i) => { expect(Math.abs(x - b[i]!), `${dtype} sum over ${axes} of ${space}`).toBeLessThanOrEqual(tolerance * 100); });
      } else expectClose(actual, expected, tolerance, `${reducer} of ${dtype} over ${axes} of ${space}`);
    }
  }));
});

describe('large reductions', () => {
  const x = input(0, 'float32');
  const plain = identity('float32');
  const spaces: readonly (readonly [Shape, readonly number[]])[] = [
    [[1_000_003], [0]], [[3, 400_001], [1]], [[100_001, 7], [0]], [[30_000, 30], [0]], [[4, 300, 300], [0, 2]], [[50, 70, 90], [0, 1, 2]], [[5000, 64], [1]], [[2, 90_000, 2], [1]],
  ];

  it('are as exact as pairwise sums, and the same on any number of threads', async () => {
    const results: HostTensor[][] = [];
    for (const threads of [1, 2, 4]) {
      results.push(await withDevice(async (device) => {
        const made: HostTensor[] = [];
        for (const [space, axes] of spaces) {
          const value = tensorOf('float32', space, (i) => ((i * 2654435761) % 1000) / 1000);
          made.push(await runReduce(device, { reducer: 'add', axes, before: plain, inputs: [value], space }));
        }
        return made;
      }, { threads }));
    }
    for (const [index, [space, axes]] of spaces.entries()) {
      const value = tensorOf('float64', space, (i) => Math.fround(((i * 2654435761) % 1000) / 1000));
      const exact = await hostReduce({ reducer: 'add', axes, before: identity('float64'), inputs: [value], space });
      const first = results[0]![index]!.data as Float32Array;
      first.forEach((sum, i) => { expect(Math.abs(sum / (exact.data as Float64Array)[i]! - 1), `${axes} of ${space}`).toBeLessThan(1e-6); });
      for (const other of results) expect(other[index]!.data).toEqual(first);
    }
  });

  it('find a NaN anywhere', () => withDevice(async (device) => {
    for (const at of [0, 5, 70_000, 99_999]) {
      const value = tensorOf('float32', [100_000], (i) => (i === at ? NaN : i));
      for (const reducer of ['max', 'min', 'add'] as const) {
        expect((await runReduce(device, { reducer, axes: [0], before: plain, inputs: [value], space: [100_000] })).data).toEqual(Float32Array.of(NaN));
      }
    }
  }));

  it('have code before and after', () => withDevice(async (device) => {
    for (const [space, axes] of [...cases, ...spaces.slice(0, 4)]) {
      const lastDim = space.at(-1) ?? 1;
      const before: MapFunction = { inputs: ['float32', 'float32'], outputs: [unary('abs', binary('sub', x, input(1, 'float32')))] };
      const after = cast(binary('mul', x, constant(0.5, 'float32')), 'float64');
      const test: ReduceTest = {
        reducer: 'max', axes, before, after, space,
        inputs: [tensorOf('float32', space, (i) => (i * 37) % 101), tensorOf('float32', space.length > 1 ? [lastDim] : [], (i) => i % 5)],
      };
      expectClose(await runReduce(device, test), await hostReduce(test), 0, `over ${axes} of ${space}`);
    }
  }));

  it('are cut by what there is to do alone', () => {
    expect(planReduction([1 << 22], [0], [[1 << 22]])).toMatchObject({ byRows: true, outputs: 1, parts: 64 });
    expect(planReduction([1000, 1000], [1], [[1000, 1000]])).toMatchObject({ byRows: true, outputs: 1000, parts: 1 });
    expect(planReduction([49, 1280], [0], [[49, 1280]])).toMatchObject({ byRows: false, outputs: 1280, units: 20, parts: 1 });
  });
});
