/** `tf.signal` and `tf.spectral`: Fourier transforms of the last one, two or three dimensions. */
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { HostTensor } from '../hostTensor.js';
import type { OpOptions } from '../ops/apply.js';
import { ownDType, type TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { graphOf, inScope, toTensor, withPositional } from './arguments.js';

export { fft, fft2D as fft2d, fft3D as fft3d, ifft, ifft2D as ifft2d, ifft3D as ifft3d } from '../ops/families.js';

interface LengthOptions extends OpOptions {
  /** How many values of the signal each dimension has: cut, or filled up with zeros. */
  readonly fftLength?: TensorLike<'int32'>;
}

type Real = 'float32' | 'float64';
type Complex = 'complex64' | 'complex128';
type ToComplex = (input: TensorLike<Real>, fftLength: TensorLike<'int32'>, options?: OpOptions & { tcomplex?: Complex }) => Tensor;
type ToReal = (input: TensorLike<Complex>, fftLength: TensorLike<'int32'>, options?: OpOptions & { treal?: Real }) => Tensor;

/** The sizes of the last `rank` dimensions; of an inverse transform's input, those of the signal that it came from. */
function lengthsOf(tensor: Tensor, rank: number, isInverse: boolean, what: string): TensorLike<'int32'> {
  const dims = tensor.shape?.slice(-rank);
  if (dims !== undefined && dims.length < rank) throw new ValueError(`${what}: the input must have at least ${rank} dimensions, but is ${tensor.toString()}.`);
  if (dims?.every((dim) => dim !== null) === true) {
    const sizes = dims.map((dim, i) => (isInverse && i === rank - 1 ? Math.max(0, 2 * (dim - 1)) : dim));
    return HostTensor.from(sizes, { dtype: 'int32', shape: [rank] });
  }
  const sizes = ops.stridedSlice(ops.shape(tensor), [-rank], [0], [1], { endMask: 1 });
  if (!isInverse) return sizes;
  const last = HostTensor.from(Array.from({ length: rank }, (_, i) => (i === rank - 1 ? 1 : 0)), { dtype: 'int32' });
  // 2 · (size − 1), but only of the last one.
  return ops.maximum(ops.mul(ops.sub(sizes, last), ops.addV2(last, 1)), 0);
}

/** The signal with zeros after it where a dimension is shorter than the transform; null: the transform is as long as the signal. */
function filledUp<D extends Tensor>(tensor: D, fftLength: TensorLike<'int32'> | null, rank: number, isInverse: boolean, what: string): D {
  if (fftLength === null) return tensor;
  if (tensor.shape === null) throw new ValueError(`${what}: fftLength needs an input of known rank, but ${tensor.toString()} was given.`);
  const lead = tensor.shape.length - rank;
  const isLast = HostTensor.from(Array.from({ length: rank }, (_, i) => (i === rank - 1 ? 1 : 0)), { dtype: 'int32' });
  const lengths = toTensor(ownDType(fftLength) === undefined ? HostTensor.from(fftLength as readonly number[], { dtype: 'int32' }) : fftLength, 'fft_length', tensor);
  // Of an inverse transform's input the last dimension has half as many and one.
  const wanted = isInverse ? ops.select(ops.equal(isLast, 1), ops.addV2(ops.floorDiv(lengths, 2), 1), lengths) : lengths;
  const missing = ops.maximum(ops.sub(wanted, ops.stridedSlice(ops.shape(tensor), [-rank], [0], [1], { endMask: 1 })), 0);
  const after = ops.concatV2([HostTensor.zeros([lead], 'int32'), missing], 0);
  return ops.pad(tensor, ops.pack([ops.zerosLike(after), after], { axis: 1 })) as D;
}

interface Transform {
  readonly what: string;
  readonly rank: number;
}

function realToComplex(
  { what, rank }: Transform, op: ToComplex, input: TensorLike<Real>, length: Length | undefined, options: LengthOptions | undefined,
): Tensor<Complex> {
  const { fftLength, name } = withPositional<LengthOptions, 'fftLength'>(what, ['fftLength'], length, options);
  return inScope(graphOf(input, fftLength), name, what, (scope) => {
    const tensor = filledUp(toTensor(input, 'input'), fftLength ?? null, rank, false, what);
    const tcomplex = tensor.dtype === 'float64' ? 'complex128' : 'complex64';
    return op(tensor, fftLength ?? lengthsOf(tensor, rank, false, what), { tcomplex, name: scope }) as Tensor<Complex>;
  });
}

function complexToReal(
  { what, rank }: Transform, op: ToReal, input: TensorLike<Complex>, length: Length | undefined, options: LengthOptions | undefined,
): Tensor<Real> {
  const { fftLength, name } = withPositional<LengthOptions, 'fftLength'>(what, ['fftLength'], length, options);
  return inScope(graphOf(input, fftLength), name, what, (scope) => {
    const tensor = filledUp(toTensor(input, 'input'), fftLength ?? null, rank, true, what);
    const treal = tensor.dtype === 'complex128' ? 'float64' : 'float32';
    return op(tensor, fftLength ?? lengthsOf(tensor, rank, true, what), { treal, name: scope }) as Tensor<Real>;
  });
}

type Length = TensorLike<'int32'> | LengthOptions;

const real = (what: string, rank: number, op: unknown) =>
  (input: TensorLike<Real>, fftLength?: Length, options?: LengthOptions): Tensor<Complex> => realToComplex({ what, rank }, op as ToComplex, input, fftLength, options);
const inverse = (what: string, rank: number, op: unknown) =>
  (input: TensorLike<Complex>, fftLength?: Length, options?: LengthOptions): Tensor<Real> => complexToReal({ what, rank }, op as ToReal, input, fftLength, options);

/** Transforms of real signals; the second half of the last dimension, which mirrors the first, is left out. */
export const rfft = real('rfft', 1, ops.rfft);
export const rfft2d = real('rfft2d', 2, ops.rfft2D);
export const rfft3d = real('rfft3d', 3, ops.rfft3D);

/** Real signals back from such transforms; by default of an even length. */
export const irfft = inverse('irfft', 1, ops.irfft);
export const irfft2d = inverse('irfft2d', 2, ops.irfft2D);
export const irfft3d = inverse('irfft3d', 3, ops.irfft3D);
