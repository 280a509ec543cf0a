/** Conversions between dtypes, and complex numbers from and to their parts. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { dtypeInfo } from '../dtypes.js';
import { shapeText } from '../shape.js';
import * as e from './expressions.js';
import { broadcast, unchanged } from './shapes/common.js';
import type { ShapeFunction } from './opDef.js';

/** A real number for each complex one, of the same precision. */
const partOf: ShapeFunction = (c) => {
  const [from, to] = [c.inputDtypes[0], c.outputDtypes[0]];
  if (from !== undefined && to !== undefined && (from === 'complex128') !== (to === 'float64')) {
    c.fail(`Signature mismatch, have: ${from}->${to} expected: ${from}->${from === 'complex128' ? 'float64' : 'float32'}`);
  }
  return unchanged(c);
};

/** Bits of the fraction of each float type. */
const fractionBits: Readonly<Record<string, number>> = { float64: 52, float32: 23, float16: 10, bfloat16: 7 };
const bitsType = { 8: 'uint64', 4: 'uint32', 2: 'uint16' } as const;

/**
 * x as another dtype. Float to int truncates, anything to bool asks `≠ 0`, complex to real drops the imaginary part. `Truncate` cuts the
 * fraction off instead of rounding it where a float becomes a narrower float.
 */
export const cast = defineOp<<Out extends DType>(x: TensorLike, dstT: Out, options?: OpOptions & { truncate?: boolean }) => Tensor<Out>>({
  signature: 'Cast(x: SrcT) -> (y: DstT) | SrcT: type; DstT: type; Truncate: bool = false',
  scalar: e.of1((x, attrs, dtype) => e.cast(attrs.bool('Truncate') ? truncated(x, dtype) : x, dtype)),
});

/**
 * The same bytes read as another dtype. A narrower dtype adds a last dimension; for a wider one the last dimension must be the ratio and
 * goes away.
 */
export const bitcast = defineOp<<D extends DType>(input: TensorLike, type: D, options?: OpOptions) => Tensor<D>>({
  signature: 'Bitcast(input: T) -> (output: type) | T: type in $number; type: type in $number',
  shape: (c) => {
    const shape = c.shape(0);
    const from = dtypeInfo[c.attrs.type('T')].bytes;
    const to = dtypeInfo[c.attrs.type('type')].bytes;
    if (shape === null || from === to) return [shape];
    if (from > to) return [[...shape, from / to]];
    const last = shape.at(-1);
    if (last === undefined || (last !== null && last !== to / from)) {
      c.fail(`cannot bitcast ${c.attrs.type('T')} to ${c.attrs.type('type')}: the last dimension must be ${to / from}; given ${shapeText(shape)}.`);
    }
    return [shape.slice(0, -1)];
  },
  isView: true,
});

/** The complex number real + i·imag. */
export const complex = defineOp<
  <D extends DType, Out extends DType = 'complex64'>(
    real: TensorLike<D>, imag: TensorLike<D>,
    options?: OpOptions & { tout?: Out },
  ) => Tensor<Out>
>({
  signature: 'Complex(real: T, imag: T) -> (out: Tout) | T: type in [float, double] = float; Tout: type in $complex = complex64',
  shape: broadcast,
});

/** The magnitude of complex numbers. */
export const complexAbs = defineOp<
  <Out extends DType = 'float32'>(x: TensorLike<'complex64' | 'complex128'>, options?: OpOptions & { tout?: Out }) => Tensor<Out>
>({
  signature: 'ComplexAbs(x: T) -> (y: Tout) | T: type in $complex = complex64; Tout: type in [float, double] = float',
  shape: partOf,
});

/** The real part. */
export const real = defineOp<
  <Out extends DType = 'float32'>(input: TensorLike<'complex64' | 'complex128'>, options?: OpOptions & { tout?: Out }) => Tensor<Out>
>({
  signature: 'Real(input: T) -> (output: Tout) | T: type in $complex = complex64; Tout: type in [float, double] = float',
  shape: partOf,
});

/** The imaginary part. */
export const imag = defineOp<
  <Out extends DType = 'float32'>(input: TensorLike<'complex64' | 'complex128'>, options?: OpOptions & { tout?: Out }) => Tensor<Out>
>({
  signature: 'Imag(input: T) -> (output: Tout) | T: type in $complex = complex64; Tout: type in [float, double] = float',
  shape: partOf,
});

/** The complex conjugate. */
export const conj = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Conj(input: T) -> (output: T) | T: type in [$complex, variant] = complex64',
  shape: unchanged,
});

/** The argument: atan2(imag, real). */
export const angle = defineOp<
  <Out extends DType = 'float32'>(input: TensorLike<'complex64' | 'complex128'>, options?: OpOptions & { tout?: Out }) => Tensor<Out>
>({
  signature: 'Angle(input: T) -> (output: Tout) | T: type in $complex = complex64; Tout: type in [float, double] = float',
  shape: partOf,
});

/** x with those bits of its fraction cleared that the narrower float type lacks; NaN as it is. */
function truncated(x: e.Expr, dtype: string): e.Expr {
  const from = fractionBits[x.dtype];
  const to = fractionBits[dtype];
  if (from === undefined || to === undefined || to >= from) return x;
  const bytes = dtypeInfo[x.dtype].bytes;
  if (bytes !== 8 && bytes !== 4 && bytes !== 2) return x;
  const bits = bitsType[bytes];
  const mask = BigInt.asUintN(bytes * 8, -1n << BigInt(from - to));
  const kept: e.Expr = { kind: 'const', value: bits === 'uint64' ? mask : Number(mask), dtype: bits };
  return e.select(e.ne(x, x), x, e.bitcast(e.and(e.bitcast(x, bits), kept), x.dtype));
}
