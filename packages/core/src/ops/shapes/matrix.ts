/** Shapes of ops on diagonals of matrices (in the last two dimensions). */
import { shapeText } from '../../shape.js';
import type { ShapeContext, ShapeFunction } from '../opDef.js';
import { merge, rankAtLeast, rankIs, scalarOf, unknownDims, valuesOf, type Dim, type KnownRank } from './common.js';

/** Lowest and highest diagonal in input i (one number or two); 0 is the main one, positive ones are above. */
function diagonals(c: ShapeContext, i: number): readonly [number, number] | undefined {
  const k = c.shape(i);
  if (k !== null && k.length > 1) c.fail(`k must be a scalar or a vector of 1 or 2, but has shape ${shapeText(k)}.`);
  const values = valuesOf(c, i);
  if (values === undefined) return undefined;
  if (values.length < 1 || values.length > 2) c.fail(`k must hold one or two diagonals, but holds ${values.length}.`);
  const low = values[0] ?? 0;
  const high = values[1] ?? low;
  if (low > high) c.fail(`k[0] must not be larger than k[1]: ${low}, ${high}.`);
  return [low, high];
}

/** The longest diagonal between `low` and `high` of a matrix. */
const longest = (rows: number, columns: number, low: number, high: number): number =>
  Math.min(rows + Math.min(high, 0), columns - Math.max(low, 0));

/** Number of diagonals (left out for one) and their length. */
function diagonalDims(c: ShapeContext, input: KnownRank, k: readonly [number, number] | undefined): Dim[] | null {
  if (k === undefined) return null;
  const [low, high] = k;
  const [rows, columns] = [input.at(-2) ?? null, input.at(-1) ?? null];
  const outside = (d: number): boolean => (rows !== null && d <= -rows && d !== 0) || (columns !== null && d >= columns && d !== 0);
  if (outside(low) || outside(high)) c.fail(`diagonal index out of bound: k = [${low}, ${high}], matrix ${shapeText(input)}.`);
  const length = rows === null || columns === null ? null : longest(rows, columns, low, high);
  return low === high ? [length] : [high - low + 1, length];
}

export const matrixDiagPart = (hasK: boolean): ShapeFunction => (c) => {
  const input = rankAtLeast(c, 0, 2, 'input');
  const k = hasK ? diagonals(c, 1) : ([0, 0] as const);
  if (hasK) rankIs(c, 2, 0, 'padding_value');
  if (input === null) return [null];
  const dims = diagonalDims(c, input, k);
  return [dims === null ? null : [...input.slice(0, -2), ...dims]];
};

export const matrixSetDiag = (hasK: boolean): ShapeFunction => (c) => {
  const input = rankAtLeast(c, 0, 2, 'input');
  rankAtLeast(c, 1, 1, 'diagonal');
  const k = hasK ? diagonals(c, 2) : ([0, 0] as const);
  if (input === null) return [null];
  const dims = diagonalDims(c, input, k);
  if (dims !== null) merge(c, [...input.slice(0, -2), ...dims], c.shape(1), 'the diagonal and its place in the matrix');
  return [input];
};

/** MatrixDiag: a square matrix from its main diagonal. */
export const matrixDiag: ShapeFunction = (c) => {
  const diagonal = rankAtLeast(c, 0, 1, 'diagonal');
  return [diagonal === null ? null : [...diagonal, diagonal.at(-1) ?? null]];
};

/** MatrixDiagV2 and V3: diagonals, k, rows and columns (-1: as small as possible). */
export const matrixDiagV2: ShapeFunction = (c) => {
  const diagonal = rankAtLeast(c, 0, 1, 'diagonal');
  const k = diagonals(c, 1);
  rankIs(c, 2, 0, 'num_rows');
  rankIs(c, 3, 0, 'num_cols');
  rankIs(c, 4, 0, 'padding_value');
  if (diagonal === null || k === undefined) return [null];
  const [low, high] = k;
  const isBand = low !== high;
  if (isBand && diagonal.length < 2) c.fail(`diagonal must have rank 2 or more for a band, but has shape ${shapeText(diagonal)}.`);
  const count = isBand ? (diagonal.at(-2) ?? null) : 1;
  if (count !== null && count !== high - low + 1) c.fail(`k asks for ${high - low + 1} diagonals, but ${count} are given: ${shapeText(diagonal)}.`);
  const batch = diagonal.slice(0, isBand ? -2 : -1);
  const length = diagonal.at(-1) ?? null;
  const [rows, columns] = [scalarOf(c, 2), scalarOf(c, 3)];
  if (rows === undefined || columns === undefined || length === null) return [[...batch, ...unknownDims(2)]];
  const [leastRows, leastColumns] = [length - Math.min(high, 0), length + Math.max(low, 0)];
  const shape = rows === -1 && columns === -1
    ? [Math.max(leastRows, leastColumns), Math.max(leastRows, leastColumns)]
    : [rows === -1 ? leastRows : rows, columns === -1 ? leastColumns : columns];
  const [height = 0, width = 0] = shape;
  if (height < leastRows || width < leastColumns) c.fail(`num_rows and num_cols must be at least ${leastRows} and ${leastColumns}, but are ${rows} and ${columns}.`);
  if (height !== leastRows && width !== leastColumns) {
    c.fail(`The number of rows or columns is not consistent with the diagonals: ${height} × ${width}, diagonals of ${length}.`);
  }
  return [[...batch, height, width]];
};

/** Diag: [d…] becomes [d…, d…]. */
export const diag: ShapeFunction = (c) => {
  const diagonal = rankAtLeast(c, 0, 1, 'diagonal');
  return [diagonal === null ? null : [...diagonal, ...diagonal]];
};

export const diagPart: ShapeFunction = (c) => {
  const input = c.shape(0);
  if (input === null) return [null];
  if (input.length === 0 || input.length % 2 !== 0) c.fail(`input must have even and non-zero rank, but has shape ${shapeText(input)}.`);
  const half = input.length / 2;
  return [merge(c, input.slice(0, half), input.slice(half), 'the two halves of the input shape')];
};

/** Square matrices in the last two dimensions. */
export function squareMatrices(c: ShapeContext, i: number): KnownRank | null {
  const input = rankAtLeast(c, i, 2, `input ${i}`);
  if (input === null) return null;
  const [rows, columns] = [input.at(-2) ?? null, input.at(-1) ?? null];
  if (rows !== null && columns !== null && rows !== columns) c.fail(`matrices must be square, but are ${shapeText(input)}.`);
  const size = rows ?? columns;
  return [...input.slice(0, -2), size, size];
}
