/** The six reducers on vectors: what they start from, how two values become one, how the places of a vector do. */
import { binary, input, type Expr } from '@sessionflow/core/codegen';
import type { ReduceCall } from '@sessionflow/core/kernels';
import { f32x4, i32x4, i8x16, type FunctionBuilder, type Local } from '../asm/index.js';
import type { WasmFeatures } from '../info.js';
import { type Simd, type SimdDType, type Vector } from '../map/lanes.js';
import { constantSimd, renderSimd } from '../map/renderExpr.js';

export type Reducer = ReduceCall['reducer'];

const ranges: Readonly<Partial<Record<SimdDType, readonly [lowest: number | bigint, highest: number | bigint]>>> = {
  float32: [-Infinity, Infinity], float64: [-Infinity, Infinity],
  int8: [-128, 127], int16: [-32768, 32767], int32: [-2147483648, 2147483647], int64: [-(1n << 63n), (1n << 63n) - 1n],
  uint8: [0, 255], uint16: [0, 65535], uint32: [0, 4294967295], uint64: [0n, (1n << 64n) - 1n],
};

/** The value that changes nothing: the result over no elements. */
export function identity(reducer: Reducer, dtype: SimdDType): Simd {
  switch (reducer) {
    case 'add':
      // −0 + x is x for every x, but TensorFlow's empty sum is 0.
      return constantSimd(dtype === 'bool' ? false : 0, dtype);
    case 'mul':
      return constantSimd(dtype === 'bool' ? true : 1, dtype);
    case 'min':
      return constantSimd(ranges[dtype]?.[1] ?? true, dtype);
    case 'max':
      return constantSimd(ranges[dtype]?.[0] ?? false, dtype);
    case 'and':
      // All ones, in the dtype's own range.
      return constantSimd(dtype === 'bool' ? true : dtype.startsWith('u') ? ranges[dtype]![1] : -1, dtype);
    case 'or':
      return constantSimd(dtype === 'bool' ? false : 0, dtype);
    default:
      return reducer satisfies never;
  }
}

/** The reducer as an expression of two elements. */
export const combination = (reducer: Reducer, dtype: SimdDType): Expr => binary(reducer, input(0, dtype), input(1, dtype));

/** into = into ∘ x, part by part. */
export function accumulate(f: FunctionBuilder, reducer: Reducer, dtype: SimdDType, into: readonly Local<'v128'>[], x: Simd, features: WasmFeatures): void {
  if (reducer === 'add' && dtype === 'float32') {
    f.set(into[0]!, f32x4.add(into[0]!, x[0]!));
    return;
  }
  f.scope(() => {
    const sum = renderSimd(f, combination(reducer, dtype), [into, x.map((part) => f.let(part))], { features });
    into.forEach((part, i) => f.set(part, sum[i]!));
  });
}

const rotate = (x: Vector, bytes: number): Vector => i8x16.shuffle(x, x, Array.from({ length: 16 }, (_, i) => (i + bytes) % 16));

/** Leaves the reduction of all four places in each of them. */
export function foldPlaces(f: FunctionBuilder, reducer: Reducer, dtype: SimdDType, sum: readonly Local<'v128'>[], features: WasmFeatures): void {
  const fold = (x: Simd): void => accumulate(f, reducer, dtype, sum, x, features);
  if (sum.length === 2) {
    fold([sum[1]!, sum[0]!]);
    fold(sum.map((part) => rotate(part, 8)));
    return;
  }
  fold([rotate(sum[0]!, 8)]);
  fold([rotate(sum[0]!, 4)]);
}

/** Ones in the first `count` (1–3) places, for masking what lies beyond the end. */
export const firstPlaces = (count: Local<'i32'>): Vector => i32x4.gtS(i32x4.splat(count), i32x4.const(0, 1, 2, 3));
