/** Inverses, determinants and solutions of small matrices, by elimination with row pivots. */
import { shapeText } from '../../shape.js';
import { host } from './define.js';
import * as complex from './evaluate/complexMath.js';
import type { Complex } from './evaluate/complexMath.js';
import { adjointOf, identity, isComplex, matricesOf, needSquare, tensorOfMatrices, type Matrix } from './matrices.js';
import { invalid } from './tensors.js';

/** Elimination with pivots in place; `right` is carried along and becomes the solution. Returns the determinant. */
function eliminate(a: Matrix, right: Matrix): Complex {
  const n = a.length;
  let determinant: Complex = [1, 0];
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) if (complex.abs(a[row]![column]!) > complex.abs(a[pivot]![column]!)) pivot = row;
    const value = a[pivot]![column]!;
    if (value[0] === 0 && value[1] === 0) return [0, 0];
    if (pivot !== column) {
      [a[pivot], a[column]] = [a[column]!, a[pivot]!];
      [right[pivot], right[column]] = [right[column] ?? [], right[pivot] ?? []];
      determinant = complex.neg(determinant);
    }
    determinant = complex.mul(determinant, value);
    for (let row = 0; row < n; row++) {
      if (row === column) continue;
      const factor = complex.div(a[row]![column]!, value);
      if (factor[0] === 0 && factor[1] === 0) continue;
      for (let c = column; c < n; c++) a[row]![c] = complex.sub(a[row]![c]!, complex.mul(factor, a[column]![c]!));
      right[row]?.forEach((x, c) => (right[row]![c] = complex.sub(x, complex.mul(factor, right[column]![c]!))));
    }
  }
  for (let row = 0; row < n; row++) right[row]?.forEach((x, c) => (right[row]![c] = complex.div(x, a[row]![row]!)));
  return determinant;
}

export const MatrixDeterminant = host(([input]) => {
  needSquare(input!);
  return [tensorOfMatrices(input!, input!.shape.slice(0, -2), [[matricesOf(input!).map((a) => eliminate(a, []))]])];
});

export const LogMatrixDeterminant = host(([input]) => {
  needSquare(input!);
  const determinants = matricesOf(input!).map((a) => eliminate(a, []));
  const shape = input!.shape.slice(0, -2);
  return [
    tensorOfMatrices(input!, shape, [[determinants.map(complex.sign)]]),
    tensorOfMatrices(input!, shape, [[determinants.map((d): Complex => [Math.log(complex.abs(d)), 0])]]),
  ];
});

export const MatrixInverse = host(([input], { attrs }) => {
  needSquare(input!);
  const inverses = matricesOf(input!).map((given) => {
    const right = identity(given.length);
    const [re, im] = eliminate(attrs.bool('adjoint') ? adjointOf(given) : given, right);
    if (re === 0 && im === 0 && given.length > 0) invalid('Input is not invertible.');
    return right;
  });
  return [tensorOfMatrices(input!, input!.shape, inverses)];
});

export const MatrixSolve = host(([a, b], { attrs }) => {
  needSquare(a!);
  if (b!.shape[b!.shape.length - 2] !== a!.shape[a!.shape.length - 1]) {
    invalid(`Input matrix and rhs are incompatible: ${shapeText(a!.shape)} ${shapeText(b!.shape)}`);
  }
  const rights = matricesOf(b!);
  matricesOf(a!).forEach((given, i) => {
    const [re, im] = eliminate(attrs.bool('adjoint') ? adjointOf(given) : given, rights[i]!);
    if (re === 0 && im === 0 && given.length > 0) invalid('Input matrix is not invertible.');
  });
  return [tensorOfMatrices(b!, b!.shape, rights)];
});

/** The solution of a triangular system, row by row; a zero on the diagonal divides as any number. */
function substituted(left: Matrix, right: Matrix, isLower: boolean): Matrix {
  const n = left.length;
  const x = right.map((row) => [...row]);
  for (let step = 0; step < n; step++) {
    const row = isLower ? step : n - 1 - step;
    x[row]!.forEach((_, column) => {
      let sum = x[row]![column]!;
      for (let k = isLower ? 0 : row + 1; k < (isLower ? row : n); k++) sum = complex.sub(sum, complex.mul(left[row]![k]!, x[k]![column]!));
      x[row]![column] = complex.div(sum, left[row]![row]!);
    });
  }
  return x;
}

export const MatrixTriangularSolve = host(([a, b], { attrs }) => {
  needSquare(a!);
  const isLower = attrs.bool('lower');
  const rights = matricesOf(b!);
  const lefts = matricesOf(a!);
  const batches = Math.max(rights.length, lefts.length);
  const solved = Array.from({ length: batches }, (_, i) => {
    const left = lefts[lefts.length === 1 ? 0 : i]!;
    const turned = attrs.bool('adjoint') ? adjointOf(left) : left;
    return substituted(turned, rights[rights.length === 1 ? 0 : i]!, isLower !== attrs.bool('adjoint'));
  });
  const lead = a!.shape.length > b!.shape.length ? a!.shape.slice(0, -2) : b!.shape.slice(0, -2);
  return [tensorOfMatrices(b!, [...lead, ...b!.shape.slice(-2)], solved)];
});

export const Cholesky = host(([input]) => {
  needSquare(input!);
  const factors = matricesOf(input!).map((a) => {
    const n = a.length;
    const lower = Array.from({ length: n }, () => Array.from({ length: n }, (): Complex => [0, 0]));
    for (let j = 0; j < n; j++) {
      for (let i = j; i < n; i++) {
        let sum = a[i]![j]!;
        for (let k = 0; k < j; k++) sum = complex.sub(sum, complex.mul(lower[i]![k]!, [lower[j]![k]![0], -lower[j]![k]![1]]));
        if (i === j) {
          if (!(sum[0] > 0)) return lower.map((row, r) => row.map((_, c): Complex => (c > r ? [0, 0] : [NaN, isComplex(input!) ? NaN : 0])));
          lower[i]![j] = [Math.sqrt(sum[0]), 0];
        } else lower[i]![j] = complex.div(sum, lower[j]![j]!);
      }
    }
    return lower;
  });
  return [tensorOfMatrices(input!, input!.shape, factors)];
});

/** Three diagonals (above, on, below) times x = rhs. */
export const TridiagonalSolve = host(([diagonals, rhs], { attrs }) => {
  const { shape } = diagonals!;
  const n = shape[shape.length - 1]!;
  const rights = matricesOf(rhs!);
  matricesOf(diagonals!).forEach((d, batch) => {
    const full = Array.from({ length: n }, (_, row) => Array.from({ length: n }, (__, column): Complex =>
      (column === row + 1 ? d[0]![row]! : column === row ? d[1]![row]! : column === row - 1 ? d[2]![row]! : [0, 0])));
    const [re, im] = eliminate(full, rights[batch]!);
    if (re === 0 && im === 0 && n > 0) invalid('The first element of diagonal is zero or the matrix is not invertible.');
  });
  if (attrs.has('perturb_singular') && attrs.bool('perturb_singular')) invalid('perturb_singular is not implemented.');
  return [tensorOfMatrices(rhs!, rhs!.shape, rights)];
});
