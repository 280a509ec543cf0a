/** Fourier transforms over the last dimensions. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeFunction } from './opDef.js';
import { dimIs, rankAtLeast, rankIs, valuesOf, type Dim } from './shapes/common.js';

/** Complex to complex over `rank` dimensions. */
const complexTransform = (rank: number): ShapeFunction => (c) => [rankAtLeast(c, 0, rank, 'input')];

/** Real to complex (or back) with the lengths in input 1; the last dimension of the complex side is half as long, plus one. */
const realTransform = (rank: number, isForward: boolean): ShapeFunction => (c) => {
  const input = rankAtLeast(c, 0, rank, 'input');
  dimIs(c, rankIs(c, 1, 1, 'fft_length')[0] ?? null, rank, 'fft_length.shape[0]');
  const [from, to] = [c.inputDtypes[0] ?? 'float32', c.outputDtypes[0] ?? 'complex64'];
  const isWide = (dtype: DType): boolean => dtype === 'float64' || dtype === 'complex128';
  if (isWide(from) !== isWide(to)) c.fail(`Wrong types for ${isForward ? 'forward' : 'backward'} real FFT: in=${from} out=${to}`);
  if (input === null) return [null];
  const lengths = valuesOf(c, 1);
  lengths?.forEach((length, i) => length < 0 && c.fail(`fft_length[${i}] must >= 0, but got: ${length}`));
  const sizes = Array.from({ length: rank }, (_, i): Dim => {
    const length = lengths?.[i];
    if (length === undefined) return null;
    return isForward && i === rank - 1 ? (length === 0 ? 0 : Math.floor(length / 2) + 1) : length;
  });
  return [[...input.slice(0, -rank), ...sizes]];
};

/** Fourier transform over the last dimension. */
export const fft = defineOp<<Complex extends DType>(input: TensorLike<Complex>, options?: OpOptions) => Tensor<Complex>>({
  signature: 'FFT(input: Tcomplex) -> (output: Tcomplex) | Tcomplex: type in $complex = complex64',
  shape: complexTransform(1),
});

/** Inverse Fourier transform over the last dimension. */
export const ifft = defineOp<<Complex extends DType>(input: TensorLike<Complex>, options?: OpOptions) => Tensor<Complex>>({
  signature: 'IFFT(input: Tcomplex) -> (output: Tcomplex) | Tcomplex: type in $complex = complex64',
  shape: complexTransform(1),
});

/** Fourier transform over the last 2 dimensions. */
export const fft2D = defineOp<<Complex extends DType>(input: TensorLike<Complex>, options?: OpOptions) => Tensor<Complex>>({
  signature: 'FFT2D(input: Tcomplex) -> (output: Tcomplex) | Tcomplex: type in $complex = complex64',
  shape: complexTransform(2),
});

/** Inverse Fourier transform over the last 2 dimensions. */
export const ifft2D = defineOp<<Complex extends DType>(input: TensorLike<Complex>, options?: OpOptions) => Tensor<Complex>>({
  signature: 'IFFT2D(input: Tcomplex) -> (output: Tcomplex) | Tcomplex: type in $complex = complex64',
  shape: complexTransform(2),
});

/** Fourier transform over the last 3 dimensions. */
export const fft3D = defineOp<<Complex extends DType>(input: TensorLike<Complex>, options?: OpOptions) => Tensor<Complex>>({
  signature: 'FFT3D(input: Tcomplex) -> (output: Tcomplex) | Tcomplex: type in $complex = complex64',
  shape: complexTransform(3),
});

/** Inverse Fourier transform over the last 3 dimensions. */
export const ifft3D = defineOp<<Complex extends DType>(input: TensorLike<Complex>, options?: OpOptions) => Tensor<Complex>>({
  signature: 'IFFT3D(input: Tcomplex) -> (output: Tcomplex) | Tcomplex: type in $complex = complex64',
  shape: complexTransform(3),
});

/** Fourier transform of reals over the last dimension. */
export const rfft = defineOp<
  <Complex extends DType = 'complex64'>(
    input: TensorLike<'float32' | 'float64'>, fftLength: TensorLike<'int32'>,
    options?: OpOptions & { tcomplex?: Complex },
  ) => Tensor<Complex>
>({
  signature: 'RFFT(input: Treal, fft_length: int32) -> (output: Tcomplex) | Treal: type in [float, double] = float; Tcomplex: ' +
    'type in $complex = complex64',
  shape: realTransform(1, true),
});

/** Fourier transform of reals over the last 2 dimensions. */
export const rfft2D = defineOp<
  <Complex extends DType = 'complex64'>(
    input: TensorLike<'float32' | 'float64'>, fftLength: TensorLike<'int32'>,
    options?: OpOptions & { tcomplex?: Complex },
  ) => Tensor<Complex>
>({
  signature: 'RFFT2D(input: Treal, fft_length: int32) -> (output: Tcomplex) | Treal: type in [float, double] = float; ' +
    'Tcomplex: type in $complex = complex64',
  shape: realTransform(2, true),
});

/** Fourier transform of reals over the last 3 dimensions. */
export const rfft3D = defineOp<
  <Complex extends DType = 'complex64'>(
    input: TensorLike<'float32' | 'float64'>, fftLength: TensorLike<'int32'>,
    options?: OpOptions & { tcomplex?: Complex },
  ) => Tensor<Complex>
>({
  signature: 'RFFT3D(input: Treal, fft_length: int32) -> (output: Tcomplex) | Treal: type in [float, double] = float; ' +
    'Tcomplex: type in $complex = complex64',
  shape: realTransform(3, true),
});

/** Inverse of RFFT. */
export const irfft = defineOp<
  <Real extends DType = 'float32'>(
    input: TensorLike<'complex64' | 'complex128'>, fftLength: TensorLike<'int32'>,
    options?: OpOptions & { treal?: Real },
  ) => Tensor<Real>
>({
  signature: 'IRFFT(input: Tcomplex, fft_length: int32) -> (output: Treal) | Treal: type in [float, double] = float; Tcomplex: ' +
    'type in $complex = complex64',
  shape: realTransform(1, false),
});

/** Inverse of RFFT2D. */
export const irfft2D = defineOp<
  <Real extends DType = 'float32'>(
    input: TensorLike<'complex64' | 'complex128'>, fftLength: TensorLike<'int32'>,
    options?: OpOptions & { treal?: Real },
  ) => Tensor<Real>
>({
  signature: 'IRFFT2D(input: Tcomplex, fft_length: int32) -> (output: Treal) | Treal: type in [float, double] = float; ' +
    'Tcomplex: type in $complex = complex64',
  shape: realTransform(2, false),
});

/** Inverse of RFFT3D. */
export const irfft3D = defineOp<
  <Real extends DType = 'float32'>(
    input: TensorLike<'complex64' | 'complex128'>, fftLength: TensorLike<'int32'>,
    options?: OpOptions & { treal?: Real },
  ) => Tensor<Real>
>({
  signature: 'IRFFT3D(input: Tcomplex, fft_length: int32) -> (output: Treal) | Treal: type in [float, double] = float; ' +
    'Tcomplex: type in $complex = complex64',
  shape: realTransform(3, false),
});
