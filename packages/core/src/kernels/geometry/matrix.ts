/** What the matmul ops multiply. */
import { broadcastShapes, type Shape } from '../../shape.js';
import type { OpCall } from '../kernel.js';

/** Names of the two transpose attributes (adjoint on real numbers is transpose). */
const transposeAttrs: Readonly<Record<string, readonly [string, string]>> = {
  MatMul: ['transpose_a', 'transpose_b'], BatchMatMul: ['adj_x', 'adj_y'], BatchMatMulV2: ['adj_x', 'adj_y'],
  BatchMatMulV3: ['adj_x', 'adj_y'],
};

/** A product of matrices, or of stacks of them. */
export interface MatrixSizes {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly batch: Shape;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

export function matrixSizes(call: OpCall): MatrixSizes {
  const a = call.inputs[0]!.shape;
  const b = call.inputs[1]!.shape;
  const [nameA, nameB] = transposeAttrs[call.op] as readonly [string, string];
  const transposeA = call.attrs.bool(nameA);
  const transposeB = call.attrs.bool(nameB);
  return {
    rows: a.at(transposeA ? -1 : -2)!, depth: a.at(transposeA ? -2 : -1)!, columns: b.at(transposeB ? -2 : -1)!,
    batch: broadcastShapes(a.slice(0, -2), b.slice(0, -2)) as Shape, transposeA, transposeB,
  };
}
