/** Batches of small matrices in float64: real and complex alike as (re, im) pairs. */
import { dtypeInfo } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import { sizeOf } from '../../shape.js';
import { add, mul, type Complex } from './evaluate/complexMath.js';
import { invalid, numbersOf, tensorOfNumbers } from './tensors.js';

export type Matrix = Complex[][];
export const isComplex = (tensor: HostTensor): boolean => dtypeInfo[tensor.dtype].kind === 'complex';

/** The matrices of a batch. */
export function matricesOf(tensor: HostTensor): Matrix[] {
  const [rows, columns] = tensor.shape.slice(-2) as [number, number];
  const x = numbersOf(tensor);
  const pairs = isComplex(tensor);
  return Array.from({ length: sizeOf(tensor.shape.slice(0, -2)) }, (_, batch) => Array.from({ length: rows }, (__, row) =>
    Array.from({ length: columns }, (___, column): Complex => {
      const at = (batch * rows + row) * columns + column;
      return pairs ? [x[2 * at]!, x[2 * at + 1]!] : [x[at]!, 0];
    })));
}

export function tensorOfMatrices(like: HostTensor, shape: readonly number[], matrices: readonly Matrix[]): HostTensor {
  const flat = matrices.flat(2);
  return tensorOfNumbers(like.dtype, shape, isComplex(like) ? flat.flatMap(([re, im]) => [re, im]) : flat.map(([re]) => re));
}

export function needSquare(tensor: HostTensor): void {
  const { shape } = tensor;
  if (shape.length < 2) invalid(`Input tensor 0 must have rank >= 2, got ${shape.length}`);
  if (shape[shape.length - 1] !== shape[shape.length - 2]) invalid('Input matrix must be square.');
}

/** The adjoint: conjugated and transposed. */
export const adjointOf = (a: Matrix): Matrix => (a[0] ?? []).map((_, column) => a.map((row): Complex => [row[column]![0], -row[column]![1]]));

export const identity = (n: number): Matrix => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j): Complex => [i === j ? 1 : 0, 0]));

export const product = (a: Matrix, b: Matrix): Matrix => a.map((row) => (b[0] ?? []).map((_, column) =>
  row.reduce<Complex>((sum, x, k) => add(sum, mul(x, b[k]![column]!)), [0, 0])));
