/** Complex numbers from and to their parts; elementwise functions of two results or of dtypes that expressions do not join. */
import type { DType } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import { host, type HostCode } from './define.js';
import { broadcastStrides, advance, seek } from './evaluate/evaluate.js';
import { spaceOf } from './mapKernel.js';
import { numbersOf, tensorOfNumbers } from './tensors.js';

/** A real number from each (re, im) pair. */
const part = (of: (re: number, im: number) => number): HostCode => host(([x], { outputDtypes }) => {
  const pairs = numbersOf(x!);
  const out = new Float64Array(x!.size);
  for (let i = 0; i < out.length; i++) out[i] = of(pairs[2 * i]!, pairs[2 * i + 1]!);
  return [tensorOfNumbers(outputDtypes[0] ?? 'float32', x!.shape, out)];
});

export const Real = part((re) => re);
export const Imag = part((_, im) => im);
export const ComplexAbs = part((re, im) => Math.hypot(re, im));
export const Angle = part((re, im) => Math.atan2(im, re));

export const Conj = host(([x]) => {
  if (x!.dtype === 'variant' || (x!.dtype !== 'complex64' && x!.dtype !== 'complex128')) return [x!];
  return [tensorOfNumbers(x!.dtype, x!.shape, Float64Array.from(numbersOf(x!), (value: number, i: number) => (i % 2 === 1 ? -value : value)))];
});

export const Complex = host(([real, imaginary], { outputDtypes }) => {
  const shape = spaceOf([real!, imaginary!]);
  const [re, im] = [reader(real!, shape), reader(imaginary!, shape)];
  const size = shape.reduce((product, dim) => product * dim, 1);
  const out = new Float64Array(2 * size);
  for (let i = 0; i < size; i++) {
    out[2 * i] = re();
    out[2 * i + 1] = im();
  }
  const dtype: DType = outputDtypes[0] ?? 'complex64';
  return [tensorOfNumbers(dtype, shape, out)];
});

/** Gives the elements of a tensor broadcast to `shape`, one a call, in row-major order. */
export function reader(tensor: HostTensor, shape: readonly number[]): () => number {
  const x = numbersOf(tensor);
  const strides = broadcastStrides(tensor.shape, shape);
  const index = new Int32Array(shape.length);
  let next = seek(index, shape, strides, 0);
  return () => {
    const value = x[next]!;
    next += advance(index, shape, strides);
    return value;
  };
}
