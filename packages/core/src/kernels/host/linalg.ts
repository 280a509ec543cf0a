/** Factorisations, inverses and solutions of small matrices, in float64, by elimination with row pivots. Real and complex alike as (re, im) pairs. */
import { dtypeInfo } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import { shapeText, sizeOf } from '../../shape.js';
import { host } from './define.js';
import * as complex from './evaluate/complexMath.js';
import type { Complex } from './evaluate/complexMath.js';
import { invalid, numbersOf, tensorOfNumbers } from './tensors.js';

type Matrix = Complex[][];
const isComplex = (tensor: HostTensor): boolean => dtypeInfo[tensor.dtype].kind === 'complex';

/** The matrices of a batch. */
function matricesOf(tensor: HostTensor): Matrix[] {
  const [rows, columns] = tensor.shape.slice(-2) as [number, number];
  const x = numbersOf(tensor);
  const pairs = isComplex(tensor);
  return Array.from({ length: sizeOf(tensor.shape.slice(0, -2)) }, (_, batch) => Array.from({ length: rows }, (__, row) =>
    Array.from({ length: columns }, (___, column): Complex => {
      const at = (batch * rows + row) * columns + column;
      return pairs ? [x[2 * at]!, x[2 * at + 1]!] : [x[at]!, 0];
    })));
}

function tensorOfMatrices(like: HostTensor, shape: readonly number[], matrices: readonly Matrix[]): HostTensor {
  const flat = matrices.flat(2);
  return tensorOfNumbers(like.dtype, shape, isComplex(like) ? flat.flatMap(([re, im]) => [re, im]) : flat.map(([re]) => re));
}

function needSquare(tensor: HostTensor): void {
  const { shape } = tensor;
  if (shape.length < 2) invalid(`Input tensor 0 must have rank >= 2, got ${shape.length}`);
  if (shape[shape.length - 1] !== shape[shape.length - 2]) invalid('Input matrix must be square.');
}

/** The adjoint: conjugated and transposed. */
const adjointOf = (a: Matrix): Matrix => (a[0] ?? []).map((_, column) => a.map((row): Complex => [row[column]![0], -row[column]![1]]));

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

const identity = (n: number): Matrix => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j): Complex => [i === j ? 1 : 0, 0]));

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

export const MatrixTriangularSolve = host(([a, b], { attrs }) => {
  needSquare(a!);
  const isLower = attrs.bool('lower');
  const rights = matricesOf(b!);
  const lefts = matricesOf(a!);
  const batches = Math.max(rights.length, lefts.length);
  const solved = Array.from({ length: batches }, (_, i) => {
    const left = lefts[lefts.length === 1 ? 0 : i]!;
    const cut = left.map((row, r) => row.map((x, c): Complex => ((isLower ? c > r : c < r) ? [0, 0] : x)));
    const right = rights[rights.length === 1 ? 0 : i]!.map((row) => [...row]);
    const [re, im] = eliminate(attrs.bool('adjoint') ? adjointOf(cut) : cut, right);
    if (re === 0 && im === 0 && left.length > 0) invalid('Input matrix is not invertible.');
    return right;
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
          if (!(sum[0] > 0)) invalid('Cholesky decomposition was not successful. The input might not be valid.');
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
