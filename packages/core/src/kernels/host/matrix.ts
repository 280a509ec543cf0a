/** Diagonals and bands of matrices. */
import type { AttrReader } from '../../graph/attrs.js';
import type { HostTensor } from '../../hostTensor.js';
import { type Shape, shapeText, sizeOf } from '../../shape.js';
import { cloned, copyElements, filled, zeros } from './copy.js';
import { host } from './define.js';
import { intsOf, invalid, scalarOf, unitsOf } from './tensors.js';

export const Diag = host(([diagonal]) => {
  const { shape, dtype } = diagonal!;
  if (shape.length < 1) invalid('Input must be at least rank 1, got 0');
  const out = zeros(dtype, [...shape, ...shape]);
  const size = sizeOf(shape);
  const [to, from] = [unitsOf(out), unitsOf(diagonal!)];
  for (let i = 0; i < size; i++) copyElements(to, i * (size + 1), from, i, 1);
  return [out];
});

export const DiagPart = host(([input]) => {
  const { shape, dtype } = input!;
  const half = shape.length / 2;
  if (!Number.isInteger(half) || half === 0) invalid(`The rank of the tensor should be even and positive, got shape ${shapeText(shape)}`);
  for (let axis = 0; axis < half; axis++) {
    if (shape[axis] !== shape[axis + half]) invalid(`Invalid shape ${shapeText(shape)}: dimensions ${axis} and ${axis + half} do not match.`);
  }
  const out = zeros(dtype, shape.slice(0, half));
  const [to, from] = [unitsOf(out), unitsOf(input!)];
  for (let i = 0; i < out.size; i++) copyElements(to, i, from, i * (out.size + 1), 1);
  return [out];
});

/** The diagonals [lower, upper] of matrices, and where each lies in a compact [diagonals, longest] array. */
interface Band {
  readonly lower: number;
  readonly upper: number;
  readonly rows: number;
  readonly columns: number;
  /** Longest diagonal. */
  readonly longest: number;
  /** Calls back for every element of every diagonal: row and column in the matrix, diagonal and position in the compact form. */
  each(callback: (row: number, column: number, diagonal: number, position: number) => void): void;
}

const lengthOf = (d: number, rows: number, columns: number): number => Math.min(rows + Math.min(0, d), columns - Math.max(0, d));

/** `align` is 'LEFT' or 'RIGHT' for the superdiagonals, then for the subdiagonals: where shorter diagonals stand in their rows. */
function bandOf(rows: number, columns: number, lower: number, upper: number, align: string): Band {
  const longest = Math.min(rows + Math.min(upper, 0), columns - Math.max(lower, 0));
  const [superAlign, subAlign] = align.split('_');
  return {
    lower, upper, rows, columns, longest,
    each(callback) {
      for (let d = upper; d >= lower; d--) {
        const length = lengthOf(d, rows, columns);
        const isRight = (d >= 0 ? superAlign : subAlign) === 'RIGHT';
        const shift = isRight ? longest - length : 0;
        for (let i = 0; i < length; i++) callback(i + Math.max(0, -d), i + Math.max(0, d), upper - d, i + shift);
      }
    },
  };
}

function limitsOf(k: HostTensor | undefined): [lower: number, upper: number] {
  const values = k === undefined ? [0] : intsOf(k);
  if (values.length === 0 || values.length > 2) invalid(`diag_index must have only one or two elements, received ${values.length} elements.`);
  const [lower, upper = lower] = values as [number, number?];
  if (lower > upper) invalid(`lower_diag_index must not be larger than upper_diag_index: ${lower} > ${upper}`);
  return [lower, upper];
}

const alignOf = (attrs: AttrReader): string => (attrs.has('align') ? attrs.string('align') : 'LEFT_LEFT');

function checkLimits(lower: number, upper: number, rows: number, columns: number): void {
  if (!((-rows < lower && lower < columns) || lower === 0)) {
    invalid(`lower_diag_index is out of bound: ${lower} It must be between ${-rows} and ${columns}`);
  }
  if (!((-rows < upper && upper < columns) || upper === 0)) {
    invalid(`upper_diag_index is out of bound: ${upper} It must be between ${-rows} and ${columns}`);
  }
}

/** The compact form's shape: one diagonal has no axis of its own. */
const compactShape = (lead: Shape, band: Band): number[] =>
  [...lead, ...(band.lower === band.upper ? [] : [band.upper - band.lower + 1]), band.longest];

function diagonalPart(input: HostTensor, k: HostTensor | undefined, padding: HostTensor | undefined, align: string): HostTensor {
  const { shape, dtype } = input;
  if (shape.length < 2) invalid(`input must be at least 2-dim, received shape: ${shapeText(shape)}`);
  const [rows, columns] = shape.slice(-2) as [number, number];
  const [lower, upper] = limitsOf(k);
  checkLimits(lower, upper, rows, columns);
  const band = bandOf(rows, columns, lower, upper, align);
  const lead = shape.slice(0, -2);
  const outShape = compactShape(lead, band);
  const out = padding === undefined ? zeros(dtype, outShape) : filled(padding, outShape);
  const [to, from] = [unitsOf(out), unitsOf(input)];
  const compact = (upper - lower + 1) * band.longest;
  for (let batch = 0; batch < sizeOf(lead); batch++) {
    band.each((row, column, diagonal, position) =>
      copyElements(to, batch * compact + diagonal * band.longest + position, from, (batch * rows + row) * columns + column, 1));
  }
  return out;
}

function matrixDiagonal(
  diagonal: HostTensor, k: HostTensor | undefined, sizes: readonly number[], padding: HostTensor | undefined, align: string,
): HostTensor {
  const { shape, dtype } = diagonal;
  if (shape.length < 1) invalid(`diagonal must be at least 1-dim, received shape: ${shapeText(shape)}`);
  const [lower, upper] = limitsOf(k);
  const count = upper - lower + 1;
  const longest = shape[shape.length - 1]!;
  const lead = shape.slice(0, lower === upper ? -1 : -2);
  if (count > 1 && shape[shape.length - 2] !== count) {
    invalid(`The number of diagonals provided in the input does not match the lower_diag_index and upper_diag_index range.`);
  }
  const leastRows = longest - Math.min(upper, 0);
  const leastColumns = longest + Math.max(lower, 0);
  let [rows, columns] = [sizes[0] ?? -1, sizes[1] ?? -1];
  if (rows === -1 && columns === -1) rows = columns = Math.max(leastRows, leastColumns);
  else if (rows === -1) rows = leastRows;
  else if (columns === -1) columns = leastColumns;
  if (rows < leastRows) invalid('The number of rows is too small.');
  if (columns < leastColumns) invalid('The number of columns is too small.');
  if (rows !== leastRows && columns !== leastColumns) invalid('The number of rows or columns is not consistent with the specified d_lower, d_upper, and diagonal.');
  const band = bandOf(rows, columns, lower, upper, align);
  const outShape = [...lead, rows, columns];
  const out = padding === undefined ? zeros(dtype, outShape) : filled(padding, outShape);
  const [to, from] = [unitsOf(out), unitsOf(diagonal)];
  for (let batch = 0; batch < sizeOf(lead); batch++) {
    band.each((row, column, d, position) =>
      copyElements(to, (batch * rows + row) * columns + column, from, (batch * count + d) * longest + position, 1));
  }
  return out;
}

function setDiagonal(input: HostTensor, diagonal: HostTensor, k: HostTensor | undefined, align: string): HostTensor {
  const { shape } = input;
  if (shape.length < 2) invalid(`input must be at least 2-dim, received shape: ${shapeText(shape)}`);
  const [rows, columns] = shape.slice(-2) as [number, number];
  const [lower, upper] = limitsOf(k);
  checkLimits(lower, upper, rows, columns);
  const band = bandOf(rows, columns, lower, upper, align);
  const lead = shape.slice(0, -2);
  const expected = compactShape(lead, band);
  if (expected.join() !== diagonal.shape.join()) {
    invalid(`Either first dimensions of diagonal don't match input.shape[:-2], or diagonal.shape[-1] is not the longest diagonal: ` +
      `${shapeText(diagonal.shape)}, expected ${shapeText(expected)} for input ${shapeText(shape)}`);
  }
  const out = cloned(input);
  const [to, from] = [unitsOf(out), unitsOf(diagonal)];
  const compact = (upper - lower + 1) * band.longest;
  for (let batch = 0; batch < sizeOf(lead); batch++) {
    band.each((row, column, d, position) =>
      copyElements(to, (batch * rows + row) * columns + column, from, batch * compact + d * band.longest + position, 1));
  }
  return out;
}

export const MatrixDiag = host(([diagonal]) => [matrixDiagonal(diagonal!, undefined, [], undefined, 'LEFT_LEFT')]);
export const MatrixDiagV2 = host(([diagonal, k, rows, columns, padding], { attrs }) => [
  matrixDiagonal(diagonal!, k, [scalarOf(rows!), scalarOf(columns!)], padding, alignOf(attrs)),
]);
export const MatrixDiagV3 = MatrixDiagV2;
export const MatrixDiagPart = host(([input]) => [diagonalPart(input!, undefined, undefined, 'LEFT_LEFT')]);
export const MatrixDiagPartV2 = host(([input, k, padding], { attrs }) => [diagonalPart(input!, k, padding, alignOf(attrs))]);
export const MatrixDiagPartV3 = MatrixDiagPartV2;
export const MatrixSetDiag = host(([input, diagonal]) => [setDiagonal(input!, diagonal!, undefined, 'LEFT_LEFT')]);
export const MatrixSetDiagV2 = host(([input, diagonal, k], { attrs }) => [setDiagonal(input!, diagonal!, k, alignOf(attrs))]);
export const MatrixSetDiagV3 = MatrixSetDiagV2;
export const BatchMatrixDiag = MatrixDiag;
export const BatchMatrixDiagPart = MatrixDiagPart;
export const BatchMatrixSetDiag = MatrixSetDiag;

export const MatrixBandPart = host(([input, lowerArg, upperArg]) => {
  const { shape, dtype } = input!;
  if (shape.length < 2) invalid(`input must be at least 2-dim, received shape: ${shapeText(shape)}`);
  const [rows, columns] = shape.slice(-2) as [number, number];
  const [lower, upper] = [scalarOf(lowerArg!), scalarOf(upperArg!)];
  if (lower > rows) invalid(`num_lower must be negative or less or equal to number of rows (${rows}) got: ${lower}`);
  if (upper > columns) invalid(`num_upper must be negative or less or equal to number of columns (${columns}) got: ${upper}`);
  const out = zeros(dtype, shape);
  const [to, from] = [unitsOf(out), unitsOf(input!)];
  for (let row = 0; row < sizeOf(shape.slice(0, -1)); row++) {
    const i = row % rows;
    const start = lower < 0 ? 0 : Math.max(0, i - lower);
    const end = upper < 0 ? columns : Math.min(columns, i + upper + 1);
    if (end > start) copyElements(to, row * columns + start, from, row * columns + start, end - start);
  }
  return [out];
});
export const BatchMatrixBandPart = MatrixBandPart;
