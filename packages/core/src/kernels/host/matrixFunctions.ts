/**
 * Functions of square matrices by the Schur form, and least squares. The form comes from QR steps with Wilkinson's shifts (Golub and Van
 * Loan, Matrix Computations, chapter 7); roots by Björck and Hammarling, logarithms by inverse scaling and squaring, exponentials by scaling
 * and squaring (Higham, Functions of Matrices).
 */
import { zeros } from './copy.js';
import { host, type HostCode } from './define.js';
import * as complex from './evaluate/complexMath.js';
import type { Complex } from './evaluate/complexMath.js';
import { adjointOf, identity, isComplex, matricesOf, needSquare, product, tensorOfMatrices, type Matrix } from './matrices.js';
import { invalid } from './tensors.js';

const conj = ([re, im]: Complex): Complex => [re, -im];
const scaled = ([re, im]: Complex, by: number): Complex => [re * by, im * by];
const isFinite = (a: Matrix): boolean => a.every((row) => row.every(([re, im]) => Number.isFinite(re) && Number.isFinite(im)));
const norm = (a: Matrix): number => Math.max(0, ...a.map((row) => row.reduce((sum, x) => sum + complex.abs(x), 0)));
const map = (a: Matrix, f: (x: Complex, row: number, column: number) => Complex): Matrix => a.map((row, i) => row.map((x, j) => f(x, i, j)));

/** The rotation [[c, s], [-s̄, c]] that turns (a, b) into (r, 0). */
function givens(a: Complex, b: Complex): { c: number; s: Complex } {
  const [sizeA, sizeB] = [complex.abs(a), complex.abs(b)];
  const r = Math.hypot(sizeA, sizeB);
  if (r === 0) return { c: 1, s: [0, 0] };
  if (sizeA === 0) return { c: 0, s: scaled(conj(b), 1 / sizeB) };
  return { c: sizeA / r, s: complex.mul(scaled(a, 1 / sizeA), scaled(conj(b), 1 / r)) };
}

function turnRows(a: Matrix, p: number, { c, s }: { c: number; s: Complex }): void {
  const [above, below] = [a[p]!, a[p + 1]!];
  a[p] = above.map((x, i) => complex.add(scaled(x, c), complex.mul(s, below[i]!)));
  a[p + 1] = above.map((x, i) => complex.sub(scaled(below[i]!, c), complex.mul(conj(s), x)));
}

function turnColumns(a: Matrix, p: number, { c, s }: { c: number; s: Complex }): void {
  for (const row of a) {
    const [x, y] = [row[p]!, row[p + 1]!];
    row[p] = complex.add(scaled(x, c), complex.mul(conj(s), y));
    row[p + 1] = complex.sub(scaled(y, c), complex.mul(s, x));
  }
}

/** The eigenvalue of the last two rows and columns up to `end` that is nearer to the last entry. */
function shiftOf(t: Matrix, end: number): Complex {
  const [a, b, c, d] = [t[end - 1]![end - 1]!, t[end - 1]![end]!, t[end]![end - 1]!, t[end]![end]!];
  const half = scaled(complex.sub(a, d), 0.5);
  const root = complex.sqrt(complex.add(complex.mul(half, half), complex.mul(b, c)));
  const [one, other] = [complex.add(half, root), complex.sub(half, root)];
  return complex.add(d, complex.abs(one) < complex.abs(other) ? one : other);
}

/** Upper triangular T and unitary Q with given = Q·T·Qᴴ; undefined where the steps do not come to an end. */
function schur(given: Matrix): { t: Matrix; q: Matrix } | undefined {
  const n = given.length;
  const t = given.map((row) => [...row]);
  const q = identity(n);
  if (!isFinite(given)) return undefined;
  const turn = (p: number, rotation: { c: number; s: Complex }): void => {
    turnRows(t, p, rotation);
    turnColumns(t, p, rotation);
    turnColumns(q, p, rotation);
  };
  for (let column = 0; column < n - 2; column++) {
    for (let row = n - 1; row > column + 1; row--) turn(row - 1, givens(t[row - 1]![column]!, t[row]![column]!));
  }
  const scale = norm(t);
  for (let end = n - 1, steps = 0; end > 0; steps++) {
    let start = end;
    while (start > 0) {
      const nearby = complex.abs(t[start - 1]![start - 1]!) + complex.abs(t[start]![start]!);
      if (complex.abs(t[start]![start - 1]!) <= Number.EPSILON * (nearby === 0 ? scale : nearby)) break;
      start--;
    }
    if (start > 0) t[start]![start - 1] = [0, 0];
    if (start === end) {
      end--;
      steps = 0;
      continue;
    }
    if (steps > 60) return undefined;
    const shift: Complex = steps % 10 === 9 ? [complex.abs(t[end]![end - 1]!), 0] : shiftOf(t, end);
    for (let i = 0; i < n; i++) t[i]![i] = complex.sub(t[i]![i]!, shift);
    const rotations = [];
    for (let k = start; k < end; k++) {
      const rotation = givens(t[k]![k]!, t[k + 1]![k]!);
      turnRows(t, k, rotation);
      rotations.push(rotation);
    }
    rotations.forEach((rotation, i) => {
      turnColumns(t, start + i, rotation);
      turnColumns(q, start + i, rotation);
    });
    for (let i = 0; i < n; i++) t[i]![i] = complex.add(t[i]![i]!, shift);
  }
  return { t: map(t, (x, i, j) => (i > j ? [0, 0] : x)), q };
}

/** The eigenvector of column k of an upper triangular matrix. */
function eigenvector(t: Matrix, k: number): Complex[] {
  const x = t.map((_, i): Complex => (i === k ? [1, 0] : [0, 0]));
  const least = Number.EPSILON * norm(t);
  for (let i = k - 1; i >= 0; i--) {
    let sum: Complex = [0, 0];
    for (let j = i + 1; j <= k; j++) sum = complex.add(sum, complex.mul(t[i]![j]!, x[j]!));
    const gap = complex.sub(t[i]![i]!, t[k]![k]!);
    x[i] = complex.neg(complex.div(sum, complex.abs(gap) === 0 ? [least, 0] : gap));
  }
  return x;
}

/** Unit length; real where it is real but for a factor. */
function normalized(x: readonly Complex[]): Complex[] {
  const length = Math.sqrt(x.reduce((sum, [re, im]) => sum + re * re + im * im, 0));
  const largest = x.reduce((most, value) => (complex.abs(value) > complex.abs(most) ? value : most), [0, 0]);
  const phase = scaled(conj(largest), 1 / complex.abs(largest));
  const turned = x.map((value) => complex.mul(value, phase));
  const isReal = turned.every(([re, im]) => Math.abs(im) <= 1e-12 * Math.max(1, Math.abs(re)));
  return isReal ? turned.map(([re]): Complex => [re / length, 0]) : x.map((value) => scaled(value, 1 / length));
}

/** Eigenvalues by ascending magnitude, and their vectors. */
export const Eig = host(([input], { attrs, outputDtypes }) => {
  needSquare(input!);
  const like = zeros(outputDtypes[0] ?? 'complex64', []);
  const parts = matricesOf(input!).map((a) => {
    const form = schur(a);
    if (form === undefined) return invalid('Eigen decomposition was not successful. The input might not be valid.');
    const { t, q } = form;
    const order = t.map((_, i) => i);
    if (isComplex(input!)) order.sort((x, y) => complex.abs(t[x]![x]!) - complex.abs(t[y]![y]!));
    const columns = order.map((k) => normalized(product(q, eigenvector(t, k).map((x) => [x])).map(([x]) => x!)));
    return { values: order.map((k) => t[k]![k]!), vectors: a.map((_, row) => columns.map((column) => column[row]!)) };
  });
  const values = tensorOfMatrices(like, input!.shape.slice(0, -1), [parts.map((part) => part.values)]);
  return [values, attrs.bool('compute_v') ? tensorOfMatrices(like, input!.shape, parts.map(({ vectors }) => vectors)) : zeros(like.dtype, [])];
});

/** The principal root of an upper triangular matrix. */
function triangularRoot(t: Matrix): Matrix {
  const n = t.length;
  const r = map(t, (x, i, j) => (i === j ? complex.sqrt(x) : [0, 0]));
  for (let j = 1; j < n; j++) {
    for (let i = j - 1; i >= 0; i--) {
      let sum = t[i]![j]!;
      for (let k = i + 1; k < j; k++) sum = complex.sub(sum, complex.mul(r[i]![k]!, r[k]![j]!));
      r[i]![j] = complex.div(sum, complex.add(r[i]![i]!, r[j]![j]!));
    }
  }
  return r;
}

/** Upper triangular x with x·b = a. */
function dividedBy(a: Matrix, b: Matrix): Matrix {
  const n = a.length;
  const x = map(a, () => [0, 0]);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = a[i]![j]!;
      for (let k = 0; k < j; k++) sum = complex.sub(sum, complex.mul(x[i]![k]!, b[k]![j]!));
      x[i]![j] = complex.div(sum, b[j]![j]!);
    }
  }
  return x;
}

const plus = (a: Matrix, b: Matrix): Matrix => map(a, (x, i, j) => complex.add(x, b[i]![j]!));
const less = (a: Matrix, b: Matrix): Matrix => map(a, (x, i, j) => complex.sub(x, b[i]![j]!));

function triangularLog(given: Matrix): Matrix {
  const one = identity(given.length);
  let [t, roots] = [given, 0];
  for (; norm(less(t, one)) > 0.25 && roots < 80; roots++) t = triangularRoot(t);
  // log t = 2 artanh((t - 1)/(t + 1)).
  const x = dividedBy(less(t, one), plus(t, one));
  const square = product(x, x);
  let [power, sum] = [x, x];
  for (let k = 3; k < 40; k += 2) {
    power = product(power, square);
    sum = map(sum, (value, i, j) => complex.add(value, scaled(power[i]![j]!, 1 / k)));
  }
  return map(sum, (value) => scaled(value, 2 * 2 ** roots));
}

const notNumbers = (a: Matrix): Matrix => map(a, () => [NaN, NaN]);

/** A function of the Schur form; not a number where a real matrix has no real result. */
const bySchur = (f: (t: Matrix) => Matrix): HostCode => host(([input]) => {
  needSquare(input!);
  const results = matricesOf(input!).map((a) => {
    const form = schur(a);
    if (form === undefined) return notNumbers(a);
    const isOffTheLine = form.t.some((row, i) => row[i]![0] < 0 && Math.abs(row[i]![1]) <= 1e-14 * Math.abs(row[i]![0]));
    if (!isComplex(input!) && isOffTheLine) return notNumbers(a);
    return product(product(form.q, f(form.t)), adjointOf(form.q));
  });
  return [tensorOfMatrices(input!, input!.shape, results)];
});

export const MatrixSquareRoot = bySchur(triangularRoot);
export const MatrixLogarithm = bySchur(triangularLog);

export const MatrixExponential = host(([input]) => {
  needSquare(input!);
  const results = matricesOf(input!).map((a) => {
    if (!isFinite(a)) return notNumbers(a);
    const squarings = Math.max(0, Math.ceil(Math.log2(Math.max(norm(a), 1e-300))) + 2);
    const small = map(a, (x) => scaled(x, 2 ** -squarings));
    let sum = identity(a.length);
    for (let k = 18; k >= 1; k--) sum = plus(identity(a.length), map(product(small, sum), (x) => scaled(x, 1 / k)));
    for (let i = 0; i < squarings; i++) sum = product(sum, sum);
    return sum;
  });
  return [tensorOfMatrices(input!, input!.shape, results)];
});

/** Solves left·x = right for a lower triangular left. */
function forward(left: Matrix, right: Matrix): Matrix {
  const x = right.map((row) => [...row]);
  x.forEach((row, i) => row.forEach((_, column) => {
    let sum = row[column]!;
    for (let k = 0; k < i; k++) sum = complex.sub(sum, complex.mul(left[i]![k]!, x[k]![column]!));
    row[column] = complex.div(sum, left[i]![i]!);
  }));
  return x;
}

/** The gradient of A by that of its Cholesky factor (Murray, Differentiation of the Cholesky decomposition, equation 8). */
export const CholeskyGrad = host(([factor, gradient]) => {
  needSquare(factor!);
  const gradients = matricesOf(gradient!);
  const results = matricesOf(factor!).map((given, batch) => {
    const l = map(given, (x, i, j) => (j > i ? [0, 0] : x));
    const g = map(gradients[batch]!, (x, i, j) => (j > i ? [0, 0] : x));
    const inner = map(product(adjointOf(l), g), (x, i, j) => (j > i ? [0, 0] : i === j ? scaled(x, 0.5) : x));
    // L⁻ᵀ · inner · L⁻¹, by two triangular inverses.
    const inverse = forward(l, identity(l.length));
    const s = product(product(adjointOf(inverse), inner), inverse);
    return map(s, (x, i, j) => scaled(complex.add(x, s[j]![i]!), 0.5));
  });
  return [tensorOfMatrices(factor!, factor!.shape, results)];
});

/** The lower factor of a positive definite matrix, or undefined. */
function choleskyOf(a: Matrix): Matrix | undefined {
  const lower = map(a, () => [0, 0]);
  for (let j = 0; j < a.length; j++) {
    for (let i = j; i < a.length; i++) {
      let sum = a[i]![j]!;
      for (let k = 0; k < j; k++) sum = complex.sub(sum, complex.mul(lower[i]![k]!, conj(lower[j]![k]!)));
      if (i === j && !(sum[0] > 0)) return undefined;
      lower[i]![j] = i === j ? [Math.sqrt(sum[0]), 0] : complex.div(sum, lower[j]![j]!);
    }
  }
  return lower;
}

/** Solves (gram + λ)·x = right for a Gram matrix. */
function regularized(gram: Matrix, lambda: number, right: Matrix): Matrix {
  const factor = choleskyOf(map(gram, (x, i, j) => (i === j ? [x[0] + lambda, x[1]] : x)));
  if (factor === undefined) return invalid('Input matrix was rank deficient or ill-conditioned. Try setting fast=False or provide a larger l2_regularizer > 0.');
  const flipped = (rows: Matrix): Matrix => [...rows].reverse();
  const upper = adjointOf(factor);
  // Rows and columns in reverse make the upper triangle a lower one.
  return flipped(forward(flipped(upper).map((row) => [...row].reverse()), flipped(forward(factor, right))));
}

/** The least norm solution, by the singular values that count. */
function leastNorm(a: Matrix, right: Matrix): Matrix {
  const isTall = a.length >= (a[0]?.length ?? 0);
  const gram = isTall ? product(adjointOf(a), a) : product(a, adjointOf(a));
  const { t, q } = schur(gram) ?? { t: notNumbers(gram), q: notNumbers(gram) };
  const largest = Math.max(0, ...t.map((row, i) => row[i]![0]));
  const inverse = map(t, (_, i, j) => (i === j && t[i]![i]![0] > largest * 1e-13 ? [1 / t[i]![i]![0], 0] : [0, 0]));
  const solved = product(product(q, inverse), adjointOf(q));
  return isTall ? product(solved, product(adjointOf(a), right)) : product(adjointOf(a), product(solved, right));
}

/** x with least ‖a·x − b‖² + λ‖x‖² (fast: by the normal equations), or of least norm without λ. */
export const MatrixSolveLs = host(([a, b, lambdaArg], { attrs }) => {
  const lambda = (lambdaArg!.data as Float64Array)[0] ?? 0;
  if (!(lambda >= 0)) invalid(`l2_regularizer must be >= 0.`);
  const rights = matricesOf(b!);
  const solve = (given: Matrix, right: Matrix): Matrix => {
    if (given.length === 0 || (given[0]?.length ?? 0) === 0 || (right[0]?.length ?? 0) === 0) return map(Array.from({ length: a!.shape.at(-1)! }, () => new Array<Complex>(b!.shape.at(-1)!).fill([0, 0])), (x) => x);
    if (!attrs.bool('fast')) return leastNorm(given, right);
    const adjoint = adjointOf(given);
    if (given.length >= given[0]!.length) return regularized(product(adjoint, given), lambda, product(adjoint, right));
    return product(adjoint, regularized(product(given, adjoint), lambda, right));
  };
  const shape: readonly number[] = [...a!.shape.slice(0, -2), a!.shape.at(-1)!, b!.shape.at(-1)!];
  const results: Matrix[] = matricesOf(a!).map((given, i) => solve(given, rights[i]!));
  return [tensorOfMatrices(b!, shape, results)];
});
