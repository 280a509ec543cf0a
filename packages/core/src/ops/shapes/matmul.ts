/** Shapes of matrix products. */
import { broadcastShapes, shapeText } from '../../shape.js';
import type { ShapeContext, ShapeFunction } from '../opDef.js';
import { rankAtLeast, rankIs, type Dim, type KnownRank } from './common.js';

/** Rows, columns of a matrix that may be transposed. */
const oriented = (shape: KnownRank, transposed: boolean): readonly [Dim, Dim] => {
  const [rows, columns] = [shape.at(-2) ?? null, shape.at(-1) ?? null];
  return transposed ? [columns, rows] : [rows, columns];
};

function checkInner(c: ShapeContext, a: KnownRank, b: KnownRank, inner: Dim, other: Dim): void {
  if (inner !== null && other !== null && inner !== other) {
    c.fail(`Matrix size-incompatible: In[0]: ${shapeText(a)}, In[1]: ${shapeText(b)}. Inner sizes differ: ${inner} and ${other}.`);
  }
}

/** Matrices of rank 2. */
export const matrixProduct: ShapeFunction = (c) => {
  const a = rankIs(c, 0, 2, 'a');
  const b = rankIs(c, 1, 2, 'b');
  const [rows, inner] = oriented(a, c.attrs.bool('transpose_a'));
  const [other, columns] = oriented(b, c.attrs.bool('transpose_b'));
  checkInner(c, a, b, inner, other);
  return [[rows, columns]];
};

/** Matrices in the last two dimensions; the others broadcast, or must be equal. */
export const batchProduct = (broadcasts: boolean): ShapeFunction => (c) => {
  const x = rankAtLeast(c, 0, 2, 'x');
  const y = rankAtLeast(c, 1, 2, 'y');
  if (x === null || y === null) return [null];
  const [rows, inner] = oriented(x, c.attrs.bool('adj_x'));
  const [other, columns] = oriented(y, c.attrs.bool('adj_y'));
  checkInner(c, x, y, inner, other);
  const [left, right] = [x.slice(0, -2), y.slice(0, -2)];
  const batch = broadcastShapes(left, right);
  const differs = left.length !== right.length || left.some((dim, i) => dim !== null && right[i] !== null && dim !== right[i]);
  if (!batch || (!broadcasts && differs)) {
    return c.fail(`batch dimensions must ${broadcasts ? 'broadcast' : 'be the same'}: In[0]: ${shapeText(x)}, In[1]: ${shapeText(y)}.`);
  }
  return [[...batch, rows, columns]];
};
