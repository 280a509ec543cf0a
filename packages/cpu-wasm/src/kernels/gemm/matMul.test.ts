import { constant, binary, input, select, compare } from '@sessionflow/core/codegen';
import { HostTensor, sizeOf, type Shape } from '@sessionflow/core/device';
import { describe, expect, it } from 'vitest';
import { opCall, randomTensor, runKernel, testInfo, worstError, type TestCall } from '../testing/standalone.js';
import { batchMatMulV2, batchTable, matMul } from './matMul.js';
import { planPanels } from './panels.js';
import { fewRows } from './fewRows.js';

function naive(a: HostTensor<'float32'>, b: HostTensor<'float32'>, m: number, n: number, k: number, ta = false, tb = false): Float32Array {
  const out = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let x = 0; x < k; x++) sum += a.data[ta ? x * m + i : i * k + x]! * b.data[tb ? j * k + x : x * n + j]!;
      out[i * n + j] = sum;
    }
  }
  return out;
}

const tiles = [{ rows: 4, columns: 8 }, { rows: 3, columns: 12 }, { rows: 2, columns: 16 }, { rows: 6, columns: 8 }];
const sizes: [number, number, number][] = [
  [1, 1, 1], [1, 7, 5], [1, 64, 33], [1, 100, 6], [1, 29, 17], [2, 16, 9], [2, 19, 8], [3, 12, 4], [3, 5, 40], [4, 8, 16], [5, 3, 7],
  [7, 20, 11], [12, 24, 5], [13, 28, 6],
  [25, 17, 31], [40, 50, 60], [24, 4, 3], [33, 1, 10], [64, 96, 20], [11, 40, 13], [100, 36, 7], [20, 1, 64], [13, 2, 35], [7, 3, 10],
  [1, 1, 9],
];

describe('MatMul', () => {
  for (const gemmTile of tiles) {
    for (const relaxedSimd of [true, false]) {
      it(`multiplies every size with tile ${gemmTile.rows}x${gemmTile.columns}, relaxed SIMD ${relaxedSimd}`, () => {
        const base = testInfo({ gemmTile: () => gemmTile });
        const info = { ...base, features: { ...base.features, relaxedSimd: base.features.relaxedSimd && relaxedSimd } };
        for (const [m, n, k] of sizes) {
          for (const mode of ['constant', 'buffer']) {
            for (const [ta, tb] of [[false, false], [true, false], [false, true], [true, true]] as const) {
              const a = randomTensor(ta ? [k, m] : [m, k], 3);
              const b = randomTensor(tb ? [n, k] : [k, n], 4);
              const test: TestCall = {
                op: 'MatMul', attrs: { transpose_a: ta, transpose_b: tb }, inputs: [a, b], constants: mode === 'constant' ? [1] : [],
                outputs: [{ dtype: 'float32', shape: [m, n] }],
              };
              const { outputs } = runKernel(matMul, test, info);
              expect(
                worstError(outputs[0]!.data as Float32Array, naive(a, b, m, n, k, ta, tb)), `${m}x${n}x${k} ${mode} ${ta} ${tb}`,
              ).toBeLessThan(1e-6);
            }
          }
        }
      });
    }
  }

  it('packs the B of each entry of a batch where it is multiplied', () => {
    for (const [batch, m, n, k] of [[8, 72, 97, 100], [9, 30, 21, 14], [7, 26, 40, 33]] as const) for (const [ta, tb] of [[false, false], [true, false], [false, true], [true, true]] as const) {
      const a = randomTensor([batch, ...(ta ? [k, m] : [m, k])], 5);
      const b = randomTensor([batch, ...(tb ? [n, k] : [k, n])], 6);
      const { outputs, program } = runKernel(batchMatMulV2, {
        op: 'BatchMatMulV2', attrs: { adj_x: ta, adj_y: tb }, inputs: [a, b], outputs: [{ dtype: 'float32', shape: [batch, m, n] }],
      });
      expect(program.launch.grid.slice(-2)).toEqual([batch, 1]);
      for (let i = 0; i < batch; i++) {
        const part = (of: HostTensor<'float32'>, size: number): HostTensor<'float32'> => new HostTensor('float32', [size], of.data.subarray(i * size, (i + 1) * size));
        const own = (outputs[0]!.data as Float32Array).subarray(i * m * n, (i + 1) * m * n);
        expect(worstError(own, naive(part(a, m * k), part(b, k * n), m, n, k, ta, tb)), `${i} of ${batch}×${m}×${n}×${k} ${ta} ${tb}`).toBeLessThan(1e-6);
      }
    }
  });

  it('cuts large problems into items for two threads', () => {
    const [m, n, k] = [200, 300, 700];
    const a = randomTensor([m, k], 1);
    const b = randomTensor([k, n], 2);
    for (const constants of [[1], []]) {
      const { outputs, program } = runKernel(matMul, {
        op: 'MatMul', attrs: { transpose_a: false, transpose_b: false }, inputs: [a, b], constants,
        outputs: [{ dtype: 'float32', shape: [m, n] }],
      });
      expect(program.launch.grid.at(-2)).toBeGreaterThanOrEqual(6);
      expect(worstError(outputs[0]!.data as Float32Array, naive(a, b, m, n, k))).toBeLessThan(3e-6);
    }
  });

  it('streams a matrix past a few rows', () => {
    const kernel = fewRows[0]!;
    for (const m of [1, 2, 3, 4]) for (const [n, k] of [[64, 4101], [1000, 263], [132, 2000], ...(m === 1 ? [[3004, 1101] as const] : [])] as const) {
      const [a, b, bias, scale] = [randomTensor([m, k], 1), randomTensor([k, n], 2), randomTensor([n], 3), randomTensor([], 4)];
      for (const threads of [1, 2]) for (const fused of [false, true]) {
        const expr = binary('mul', binary('add', input(0, 'float32'), input(1, 'float32')), input(2, 'float32'));
        const { outputs } = runKernel(kernel, {
          op: 'MatMul', attrs: { transpose_a: false, transpose_b: false }, inputs: fused ? [a, b, bias, scale] : [a, b],
          outputs: [{ dtype: 'float32', shape: [m, n] }], ...(fused ? { epilogue: { extra: 2, dtype: 'float32', expr } } : {}),
        }, testInfo({ threads }));
        const expected = naive(a, b, m, n, k).map((v, i) => (fused ? (v + bias.data[i % n]!) * scale.data[0]! : v));
        expect(worstError(outputs[0]!.data as Float32Array, expected)).toBeLessThan(3e-6);
      }
    }
  });

  it('streams past rows that lie in order alone, and past few', () => {
    const takes = (rows: number, transposeA: boolean): boolean => fewRows[0]!.accepts!(opCall({
      op: 'MatMul', attrs: { transpose_a: transposeA, transpose_b: false },
      inputs: [randomTensor(transposeA ? [1024, rows] : [rows, 1024], 1), randomTensor([1024, 512], 2)], outputs: [{ dtype: 'float32', shape: [rows, 512] }],
    }), testInfo());
    expect([1, 2, 4, 5].map((rows) => takes(rows, false))).toEqual([true, true, true, false]);
    expect([1, 2, 4].map((rows) => takes(rows, true))).toEqual([true, false, false]);
  });

  it('streams each matrix of a batch', () => {
    const [a, b] = [randomTensor([3, 2, 3700], 1), randomTensor([3, 3700, 72], 2)];
    const { outputs } = runKernel(fewRows[2]!, {
      op: 'BatchMatMulV2', attrs: { adj_x: false, adj_y: false }, inputs: [a, b], outputs: [{ dtype: 'float32', shape: [3, 2, 72] }],
    });
    const part = (t: HostTensor<'float32'>, i: number, size: number) => new HostTensor(
      'float32', [size], t.data.subarray(i * size, (i + 1) * size),
    );
    const expected = [0, 1, 2].flatMap((i) => [...naive(part(a, i, 2 * 3700), part(b, i, 3700 * 72), 2, 72, 3700)]);
    expect(worstError(outputs[0]!.data as Float32Array, expected)).toBeLessThan(3e-6);
  });

  it('cuts a long k into parts', () => {
    for (const [m, n, k] of [[30, 21, 1500], [25, 12, 701], [48, 5, 1024]] as const) {
      const [a, b, bias] = [randomTensor([m, k], 1), randomTensor([k, n], 2), randomTensor([n], 3)];
      const { outputs, program } = runKernel(matMul, {
        op: 'MatMul', attrs: { transpose_a: false, transpose_b: false }, inputs: [a, b, bias], constants: [1],
        outputs: [{ dtype: 'float32', shape: [m, n] }],
        epilogue: { extra: 1, dtype: 'float32', expr: binary('mul', input(0, 'float32'), input(1, 'float32')) },
      });
      expect(program.key).toContain('/cut/');
      expect(worstError(outputs[0]!.data as Float32Array, naive(a, b, m, n, k).map((v, i) => v * bias.data[i % n]!))).toBeLessThan(3e-6);
    }
  });

  it('applies an epilogue with channel, scalar and full arguments', () => {
    for (const [m, n, k] of [[1, 9, 5], [10, 22, 6], [30, 32, 8], [5, 3, 4]] as const) {
      const [a, b, bias, residual, scale] = [
        randomTensor([m, k], 1), randomTensor([k, n], 2), randomTensor([n], 3), randomTensor([m, n], 4), randomTensor([], 5),
      ];
      const x = (i: number) => input(i, 'float32');
      const sum = binary('add', binary('mul', binary('add', x(0), x(1)), x(3)), x(2));
      const relu = select(compare('gt', sum, constant(0, 'float32')), sum, constant(0, 'float32'));
      const { outputs } = runKernel(matMul, {
        op: 'MatMul', attrs: { transpose_a: false, transpose_b: false }, inputs: [a, b, bias, residual, scale], constants: [1],
        outputs: [{ dtype: 'float32', shape: [m, n] }], epilogue: { extra: 3, dtype: 'float32', expr: relu },
      });
      const expected = naive(a, b, m, n, k).map((v, i) => Math.max(0, (v + bias.data[i % n]!) * scale.data[0]! + residual.data[i]!));
      expect(worstError(outputs[0]!.data as Float32Array, expected)).toBeLessThan(1e-6);
    }
  });
});

describe('BatchMatMul', () => {
  it('broadcasts batches', () => {
    const cases: [Shape, Shape, Shape][] = [
      [[2, 3], [2, 3], [2, 3]], [[2, 1], [3], [2, 3]], [[], [4], [4]], [[4], [], [4]], [[2, 1, 2], [3, 1], [2, 3, 2]],
    ];
    for (const [batchA, batchB, batch] of cases) {
      for (const [m, n, k] of [[5, 6, 7], [13, 12, 8], [30, 40, 9]] as const) {
        for (const constants of [[1], []]) {
          for (const adjY of [false, true]) {
            const a = randomTensor([...batchA, m, k], 1);
            const b = randomTensor(adjY ? [...batchB, n, k] : [...batchB, k, n], 2);
            const { outputs } = runKernel(batchMatMulV2, {
              op: 'BatchMatMulV2', attrs: { adj_x: false, adj_y: adjY }, inputs: [a, b], constants,
              outputs: [{ dtype: 'float32', shape: [...batch, m, n] }],
            });
            const [ia, ib] = [batchTable(batchA, batch), batchTable(batchB, batch)];
            const expected = Array.from({ length: sizeOf(batch) }, (_, i) => {
              const part = (t: HostTensor<'float32'>, index: number, size: number) => new HostTensor(
                'float32', [size], t.data.subarray(index * size, (index + 1) * size),
              );
              return [...naive(part(a, ia[i]!, m * k), part(b, ib[i]!, n * k), m, n, k, false, adjY)];
            }).flat();
            expect(worstError(outputs[0]!.data as Float32Array, expected)).toBeLessThan(1e-6);
          }
        }
      }
    }
  });
});

describe('panels', () => {
  it('cover all columns', () => {
    for (const tile of tiles) {
      for (let columns = 1; columns < 80; columns++) for (const rows of [1, 2, 3, 100]) {
        const { groups, packedColumns } = planPanels(columns, rows, tile);
        expect(groups.reduce((sum, { count, tile: { vectors } }) => sum + count * vectors * 4, 0)).toBe(packedColumns);
        expect(packedColumns - columns).toBeLessThan(4);
        for (const { tile: { rows } } of groups) expect(12 % rows).toBe(0);
      }
    }
  });
});
