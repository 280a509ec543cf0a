// Factors whose signs are free: what they multiply to, and that their vectors are orthonormal. TensorFlow's values are in the conformance cases.
import { expect, test } from 'vitest';
import type { DType } from '../../dtypes.js';
import { constant } from '../../api/values.js';
import { Graph } from '../../graph/graph.js';
import type { Tensor } from '../../graph/tensor.js';
import * as ops from '../../ops/families.js';
import { reference } from '../../reference/reference.js';
import { Session } from '../../session/session.js';

/** The largest magnitude of each tensor that `build` makes. */
async function sizes(build: () => readonly Tensor[]): Promise<number[]> {
  const graph = new Graph();
  const tensors = graph.asDefault(build);
  await using session = new Session({ graph, backends: [reference()] });
  return (await session.run([...tensors])).map((value) => Math.max(0, ...Array.from(value.data as Float64Array, Math.abs)));
}

const identityLike = (columns: number): Tensor => ops.cast(ops.matrixDiag(constant(new Array<number>(columns).fill(1), { dtype: 'float64' })), 'float64');
const adjointProduct = (a: Tensor): Tensor => ops.batchMatMulV2(a, a, { adjX: true });

function matrix(rows: number, columns: number, dtype: DType, rank = Math.min(rows, columns)): Tensor {
  const part = (count: number, seed: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(seed + 1.7 * i) * 3);
  const left = constant(part(rows * rank, 1), { dtype: 'float64', shape: [rows, rank] });
  const right = constant(part(rank * columns, 2), { dtype: 'float64', shape: [rank, columns] });
  return ops.cast(ops.matMul(left, right), dtype);
}

test.each([[3, 3, 3], [5, 2, 2], [2, 5, 2], [4, 4, 2], [3, 4, 1], [1, 1, 1]])('singular vectors of %i×%i of rank %i', async (rows, columns, rank) => {
  for (const fullMatrices of [false, true]) {
    const found = await sizes(() => {
      const a = matrix(rows, columns, 'float64', rank);
      const { s, u, v } = ops.svd(a, { fullMatrices });
      const small = Math.min(rows, columns);
      const cut = (x: Tensor, size: number): Tensor => ops.slice(x, constant([0, 0], { dtype: 'int32' }), constant([size, small], { dtype: 'int32' }));
      const product = ops.matMul(ops.mul(cut(u, rows), s), cut(v, columns), { transposeB: true });
      return [
        ops.sub(product, a), ops.sub(adjointProduct(u), identityLike(fullMatrices ? rows : small)),
        ops.sub(adjointProduct(v), identityLike(fullMatrices ? columns : small)),
      ];
    });
    for (const size of found) expect(size).toBeLessThan(1e-12);
  }
});

test('eigenvectors of a self-adjoint matrix', async () => {
  const found = await sizes(() => {
    const half = matrix(5, 5, 'float64');
    const a = ops.addV2(half, ops.transpose(half, constant([1, 0], { dtype: 'int32' })));
    const { e, v } = ops.selfAdjointEigV2(a);
    return [ops.sub(ops.matMul(a, v), ops.mul(v, e)), ops.sub(adjointProduct(v), identityLike(5))];
  });
  for (const size of found) expect(size).toBeLessThan(1e-12);
});

test('eigenvectors of a Hermitian matrix', async () => {
  const found = await sizes(() => {
    const half = ops.cast(ops.complex(matrix(4, 4, 'float64') as Tensor<'float64'>, ops.sin(matrix(4, 4, 'float64', 3)) as Tensor<'float64'>, { tout: 'complex128' }), 'complex128');
    const a = ops.addV2(half, ops.conjugateTranspose(half, constant([1, 0], { dtype: 'int32' })));
    const { e, v } = ops.selfAdjointEigV2(a);
    const apart = ops.sub(ops.batchMatMulV2(a, v), ops.mul(v, e));
    return [apart, ops.sub(adjointProduct(v), ops.cast(identityLike(4), 'complex128'))];
  });
  for (const size of found) expect(size).toBeLessThan(1e-12);
});
