import { describe, expect, it } from 'vitest';
import { binary, constant, input } from '../../codegen/expr.js';
import type { HostTensor } from '../../hostTensor.js';
import { sizeOf } from '../../shape.js';
import { cutGemm, plains, tiles } from './gemm.js';
import { matmulLaunch } from './matmul.js';
import { numbers, opCall, runLaunch, testTarget } from './testing/runLaunch.js';

interface Product {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** The product by its definition. All numbers are small integers: results are exact, whatever the order of the sums. */
function naive(a: HostTensor<'float32'>, b: HostTensor<'float32'>, { rows, depth, columns, transposeA = false, transposeB = false }: Product): number[] {
  return Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let k = 0; k < depth; k++) sum += a.data[transposeA ? k * rows + row : row * depth + k]! * b.data[transposeB ? column * depth + k : k * columns + column]!;
    return sum;
  });
}

function product(p: Product, change: Parameters<typeof testTarget>[0] = {}, cut?: Parameters<typeof matmulLaunch>[2]): { got: number[]; want: number[] } {
  const { rows, depth, columns, transposeA = false, transposeB = false } = p;
  const [a, b] = [numbers(transposeA ? [depth, rows] : [rows, depth], 1), numbers(transposeB ? [columns, depth] : [depth, columns], 2)];
  const outputs = [{ dtype: 'float32' as const, shape: [rows, columns] }];
  const target = testTarget(change);
  const call = opCall({ op: 'MatMul', attrs: { transpose_a: transposeA, transpose_b: transposeB }, inputs: [a, b], outputs });
  const [result] = runLaunch(matmulLaunch(call, target, cut), target, [a, b], outputs);
  return { got: [...(result as HostTensor<'float32'>).data], want: naive(a, b, p) };
}

describe('matmul as a grid program', () => {
  it.each([...Object.entries(tiles), ...Object.entries(plains)])('is right with the %s tile at every edge, alone and in parts of the depth', (_, tile) => {
    for (const [rows, depth, columns] of [[1, 1, 1], [5, 7, 3], [65, 20, 72], [33, 49, 30]] as const) {
      for (const parts of [1, 3]) {
        const { got, want } = product({ rows, depth, columns }, {}, { tile, parts });
        expect(got).toEqual(want);
      }
    }
  });

  it.each([[false, false], [false, true], [true, false], [true, true]])('takes transposed operands: %s, %s', (transposeA, transposeB) => {
    for (const [rows, depth, columns] of [[9, 12, 8], [17, 6, 21]] as const) {
      for (const vectors of [true, false]) {
        const { got, want } = product({ rows, depth, columns, transposeA, transposeB }, { vectors });
        expect(got).toEqual(want);
      }
    }
  });

  it('spreads its workgroups where a grid is short', () => {
    const { got, want } = product({ rows: 70, depth: 5, columns: 75 }, { workgroups: 2 });
    expect(got).toEqual(want);
  });

  it('gives zeros for no depth', () => {
    expect(product({ rows: 2, depth: 0, columns: 3 }).got).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('broadcasts stacks', () => {
    const [a, b] = [numbers([3, 1, 4, 5], 1), numbers([2, 5, 6], 2)];
    const outputs = [{ dtype: 'float32' as const, shape: [3, 2, 4, 6] }];
    const call = opCall({ op: 'BatchMatMulV2', attrs: { adj_x: false, adj_y: false }, inputs: [a, b], outputs });
    const [result] = runLaunch(matmulLaunch(call, testTarget()), testTarget(), [a, b], outputs);
    const want = Array.from({ length: 6 }, (_, batch) => naive(
      numbersOf(a, Math.floor(batch / 2), [4, 5]), numbersOf(b, batch % 2, [5, 6]), { rows: 4, depth: 5, columns: 6 }));
    expect([...(result as HostTensor<'float32'>).data]).toEqual(want.flat());
  });

  it.each([1, 3])('applies the epilogue once, over %i parts of the depth: bias by channel, a scalar and a whole array', (parts) => {
    const [a, b] = [numbers([6, 64], 1), numbers([64, 8], 2)];
    const [bias, scale, other] = [numbers([8], 3), numbers([], 4), numbers([6, 8], 5)];
    const outputs = [{ dtype: 'float32' as const, shape: [6, 8] }];
    const f = (i: number) => input(i, 'float32');
    const expr = binary('max', binary('add', binary('mul', binary('add', f(0), f(1)), f(2)), f(3)), constant(0, 'float32'));
    const call = opCall({ op: 'MatMul', attrs: { transpose_a: false, transpose_b: false }, inputs: [a, b, bias, scale, other], outputs, epilogue: { extra: 3, dtype: 'float32', expr } });
    const [result] = runLaunch(matmulLaunch(call, testTarget(), { tile: tiles.middle, parts }), testTarget(), [a, b, bias, scale, other], outputs);
    const plain = naive(a, b, { rows: 6, depth: 64, columns: 8 });
    expect([...(result as HostTensor<'float32'>).data]).toEqual(plain.map((sum, i) => Math.max(0, (sum + bias.data[i % 8]!) * scale.data[0]! + other.data[i]!)));
  });

  it('cuts by sizes: large tiles where there are many, parts where results are few', () => {
    expect(cutGemm({ rows: 1024, columns: 1024, depth: 1024, batches: 1 })).toEqual({ tile: tiles.large, parts: 1 });
    expect(cutGemm({ rows: 1, columns: 1000, depth: 2048, batches: 1 })).toEqual({ tile: plains.line, parts: 16 });
    expect(cutGemm({ rows: 16, columns: 1000, depth: 2048, batches: 1 })).toEqual({ tile: tiles.flat, parts: 8 });
    expect(cutGemm({ rows: 128, columns: 128, depth: 1024, batches: 1 })).toMatchObject({ tile: tiles.middle });
    expect(cutGemm({ rows: 64, columns: 64, depth: 64, batches: 1 })).toEqual({ tile: plains.line, parts: 1 });
    expect(cutGemm({ rows: 1024, columns: 1024, depth: 1024, batches: 1 }, { sharing: false })).toEqual({ tile: plains.block, parts: 1 });
  });

  it('has sizes in its params, not in its source: another size compiles nothing', () => {
    const launchOf = (rows: number) => matmulLaunch(opCall({
      op: 'MatMul', attrs: { transpose_a: false, transpose_b: false }, inputs: [numbers([rows, 8]), numbers([8, 12])], outputs: [{ dtype: 'float32', shape: [rows, 12] }],
    }), testTarget());
    expect(launchOf(100).key).toBe(launchOf(200).key);
  });
});

const numbersOf = (tensor: HostTensor<'float32'>, matrix: number, shape: readonly number[]): HostTensor<'float32'> => {
  const data = tensor.data.slice(matrix * sizeOf(shape), (matrix + 1) * sizeOf(shape));
  const HostTensorClass = tensor.constructor as new (dtype: 'float32', own: readonly number[], values: Float32Array) => HostTensor<'float32'>;
  return new HostTensorClass('float32', shape, data);
};
