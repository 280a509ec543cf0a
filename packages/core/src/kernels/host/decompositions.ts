/**
 * Factors of small matrices: LU with row pivots, QR by Householder reflections, eigenvalues and singular values by Jacobi rotations
 * (Golub and Van Loan, Matrix Computations, chapters 3, 5 and 8). Signs and orders are those of TensorFlow's CPU kernels where they are determined.
 */
import type { HostTensor } from '../../hostTensor.js';
import { zeros } from './copy.js';
import { host } from './define.js';
import * as complex from './evaluate/complexMath.js';
import type { Complex } from './evaluate/complexMath.js';
import { adjointOf, identity, matricesOf, needSquare, tensorOfMatrices, type Matrix } from './matrices.js';
import { invalid, tensorOfNumbers } from './tensors.js';

const conj = ([re, im]: Complex): Complex => [re, -im];
const scaled = ([re, im]: Complex, by: number): Complex => [re * by, im * by];
const square = ([re, im]: Complex): number => re * re + im * im;

/** Rows above, factors and pivots in one matrix; `order[i]` is the row of the input that row i came from. */
export const Lu = host(([input], { attrs }) => {
  needSquare(input!);
  const orders: number[] = [];
  const factors = matricesOf(input!).map((a) => {
    const order = a.map((_, row) => row);
    for (let k = 0; k < a.length; k++) {
      let pivot = k;
      for (let row = k + 1; row < a.length; row++) if (square(a[row]![k]!) > square(a[pivot]![k]!)) pivot = row;
      const value = a[pivot]![k]!;
      if (square(value) === 0) invalid('Input is not invertible.');
      [a[pivot], a[k]] = [a[k]!, a[pivot]!];
      [order[pivot], order[k]] = [order[k]!, order[pivot]!];
      for (let row = k + 1; row < a.length; row++) {
        const factor = complex.div(a[row]![k]!, value);
        a[row]![k] = factor;
        for (let c = k + 1; c < a.length; c++) a[row]![c] = complex.sub(a[row]![c]!, complex.mul(factor, a[k]![c]!));
      }
    }
    orders.push(...order);
    return a;
  });
  return [tensorOfMatrices(input!, input!.shape, factors), tensorOfNumbers(attrs.type('output_idx_type'), input!.shape.slice(0, -1), orders)];
});

/** Reflects rows `from` and below of `a` by I - tau v vᴴ, where v starts with 1. */
function reflect(a: Matrix, from: number, v: readonly Complex[], tau: Complex, firstColumn = 0): void {
  for (let c = firstColumn; c < (a[0]?.length ?? 0); c++) {
    let sum: Complex = [0, 0];
    v.forEach((x, i) => { sum = complex.add(sum, complex.mul(conj(x), a[from + i]![c]!)); });
    const by = complex.mul(tau, sum);
    v.forEach((x, i) => { a[from + i]![c] = complex.sub(a[from + i]![c]!, complex.mul(by, x)); });
  }
}

/** Q (square) and R of a matrix. */
function qrOf(a: Matrix): { q: Matrix; r: Matrix } {
  const rows = a.length;
  const reflections: { v: Complex[]; tau: Complex }[] = [];
  for (let k = 0; k < Math.min(rows, a[0]?.length ?? 0); k++) {
    const first = a[k]![k]!;
    let tail = 0;
    for (let row = k + 1; row < rows; row++) tail += square(a[row]![k]!);
    let [v, tau]: [Complex[], Complex] = [[[1, 0]], [0, 0]];
    if (tail > 0 || first[1] !== 0) {
      const length = Math.sqrt(square(first) + tail);
      const beta = first[0] >= 0 ? -length : length;
      const by = complex.sub(first, [beta, 0]);
      v = [[1, 0], ...a.slice(k + 1).map((row) => complex.div(row[k]!, by))];
      tau = conj(scaled(complex.sub([beta, 0], first), 1 / beta));
      reflect(a, k, v, tau, k);
    }
    reflections.push({ v, tau });
  }
  const q = identity(rows);
  for (let k = reflections.length - 1; k >= 0; k--) reflect(q, k, reflections[k]!.v, conj(reflections[k]!.tau));
  return { q, r: a.map((row, i) => row.map((x, c): Complex => (c < i ? [0, 0] : x))) };
}

const columnsOf = (a: Matrix, count: number): Matrix => a.map((row) => row.slice(0, count));

export const Qr = host(([input], { attrs }) => {
  const { shape } = input!;
  if (shape.length < 2) invalid(`Input tensor 0 must have rank >= 2, got ${shape.length}`);
  const [rows, columns] = shape.slice(-2) as [number, number];
  const inner = attrs.bool('full_matrices') ? rows : Math.min(rows, columns);
  const parts = matricesOf(input!).map(qrOf);
  const batch = shape.slice(0, -2);
  return [
    tensorOfMatrices(input!, [...batch, rows, inner], parts.map(({ q }) => columnsOf(q, inner))),
    tensorOfMatrices(input!, [...batch, inner, columns], parts.map(({ r }) => r.slice(0, inner))),
  ];
});

/** The rotation that makes two columns orthogonal whose Gram matrix is [[alpha, g], [conj g, beta]]: col p ← c·p − s·conj(phase)·q, col q ← s·phase·p + c·q. */
function rotation(alpha: number, beta: number, g: Complex): { c: number; s: Complex } {
  const size = complex.abs(g);
  const zeta = (beta - alpha) / (2 * size);
  const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const c = 1 / Math.sqrt(1 + t * t);
  return { c, s: scaled(g, (c * t) / size) };
}

function rotateColumns(a: Matrix, p: number, q: number, { c, s }: { c: number; s: Complex }): void {
  for (const row of a) {
    const [x, y] = [row[p]!, row[q]!];
    row[p] = complex.sub(scaled(x, c), complex.mul(conj(s), y));
    row[q] = complex.add(complex.mul(s, x), scaled(y, c));
  }
}

const maxSweeps = 60;

/** Singular values (descending) with left and right vectors, of a matrix with at least as many rows as columns; `a` becomes U·S. */
function tallSvd(a: Matrix): { s: number[]; u: Matrix; v: Matrix } {
  const columns = a[0]?.length ?? 0;
  const v = identity(columns);
  for (let sweep = 0, turned = true; turned && sweep < maxSweeps; sweep++) {
    turned = false;
    for (let p = 0; p < columns; p++) {
      for (let q = p + 1; q < columns; q++) {
        let [alpha, beta, g]: [number, number, Complex] = [0, 0, [0, 0]];
        for (const row of a) {
          alpha += square(row[p]!);
          beta += square(row[q]!);
          g = complex.add(g, complex.mul(conj(row[p]!), row[q]!));
        }
        if (complex.abs(g) <= 1e-15 * Math.sqrt(alpha * beta)) continue;
        turned = true;
        const turn = rotation(alpha, beta, g);
        rotateColumns(a, p, q, turn);
        rotateColumns(v, p, q, turn);
      }
    }
  }
  const lengths = Array.from({ length: columns }, (_, c) => Math.sqrt(a.reduce((sum, row) => sum + square(row[c]!), 0)));
  const order = lengths.map((_, c) => c).sort((x, y) => lengths[y]! - lengths[x]!);
  const s = order.map((c) => lengths[c]!);
  const negligible = (s[0] ?? 0) * 1e-14;
  // The left vectors of what is zero are any that complete the others: QR gives such.
  const spanned = a.map((row) => order.map((c, i): Complex => (s[i]! > negligible ? scaled(row[c]!, 1 / lengths[c]!) : [0, 0])));
  const rank = s.filter((value) => value > negligible).length;
  const { q } = qrOf(columnsOf(spanned, rank).map((row) => [...row]));
  const u = q.map((row, i) => row.map((x, c) => (c < rank ? spanned[i]![c]! : x)));
  return { s, u, v: v.map((row) => order.map((c) => row[c]!)) };
}

export const Svd = host(([input], { attrs }) => {
  const { shape } = input!;
  if (shape.length < 2) invalid(`Input tensor 0 must have rank >= 2, got ${shape.length}`);
  const [rows, columns] = shape.slice(-2) as [number, number];
  const isFull = attrs.bool('full_matrices');
  const small = Math.min(rows, columns);
  const batch = shape.slice(0, -2);
  const parts = matricesOf(input!).map((a) => {
    if (rows >= columns) return tallSvd(a);
    const { s, u, v } = tallSvd(adjointOf(a));
    return { s, u: v, v: u };
  });
  const values = tensorOfMatrices(input!, [...batch, small], [parts.map(({ s }) => s.map((x): Complex => [x, 0]))]);
  if (!attrs.bool('compute_uv')) return [values, zeros(input!.dtype, []), zeros(input!.dtype, [])];
  const vectors = (which: 'u' | 'v', size: number): HostTensor => {
    const count = isFull ? size : small;
    return tensorOfMatrices(input!, [...batch, size, count], parts.map((part) => columnsOf(part[which], count)));
  };
  return [values, vectors('u', rows), vectors('v', columns)];
});

/** Eigenvalues (ascending) and eigenvectors of a self-adjoint matrix, of which the lower triangle is read. */
function eigenOf(given: Matrix): { values: number[]; vectors: Matrix } {
  const n = given.length;
  const isFinite = given.every((row) => row.every(([re, im]) => Number.isFinite(re) && Number.isFinite(im)));
  if (!isFinite) invalid('Self-adjoint eigen decomposition was not successful. The input might not be valid.');
  const a = given.map((row, i) => row.map((x, c): Complex => (c > i ? conj(given[c]![i]!) : c === i ? [x[0], 0] : x)));
  const v = identity(n);
  for (let sweep = 0, turned = true; turned && sweep < maxSweeps; sweep++) {
    turned = false;
    const scale = Math.sqrt(a.flat().reduce((sum, x) => sum + square(x), 0));
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const g = a[p]![q]!;
        if (complex.abs(g) <= 1e-16 * scale) continue;
        turned = true;
        const turn = rotation(a[p]![p]![0], a[q]![q]![0], g);
        rotateColumns(a, p, q, turn);
        rotateRows(a, p, q, turn);
        rotateColumns(v, p, q, turn);
      }
    }
  }
  const order = a.map((_, i) => i).sort((x, y) => a[x]![x]![0] - a[y]![y]![0]);
  return { values: order.map((i) => a[i]![i]![0]), vectors: v.map((row) => order.map((i) => row[i]!)) };
}

/** The adjoint of rotateColumns, from the left. */
function rotateRows(a: Matrix, p: number, q: number, { c, s }: { c: number; s: Complex }): void {
  const [above, below] = [a[p]!, a[q]!];
  a[p] = above.map((x, i) => complex.sub(scaled(x, c), complex.mul(s, below[i]!)));
  a[q] = above.map((x, i) => complex.add(complex.mul(conj(s), x), scaled(below[i]!, c)));
}

export const SelfAdjointEigV2 = host(([input], { attrs }) => {
  needSquare(input!);
  const parts = matricesOf(input!).map(eigenOf);
  const values = tensorOfMatrices(input!, input!.shape.slice(0, -1), [parts.map((part) => part.values.map((x): Complex => [x, 0]))]);
  if (!attrs.bool('compute_v')) return [values, zeros(input!.dtype, [])];
  return [values, tensorOfMatrices(input!, input!.shape, parts.map(({ vectors }) => vectors))];
});
