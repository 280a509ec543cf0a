/** Matrix products. MatMul and BatchMatMulV2 are primitive; the others are made of them. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { attr, cast, inputOf, one } from './bodies.js';
import { einsumBody, einsumShapes } from './einsumBody.js';
import { applyFused } from './fused.js';
import { einsumShape } from './shapes/einsum.js';
import { batchProduct, matrixProduct } from './shapes/matmul.js';

/** a · b for matrices, either transposed first if asked. */
export const matMul = defineOp<
  <D extends DType>(
    a: TensorLike<D>, b: TensorLike<D>,
    options?: OpOptions & { transposeA?: boolean; transposeB?: boolean; gradA?: boolean; gradB?: boolean },
  ) => Tensor<D>
>({
  signature: 'MatMul(a: T, b: T) -> (product: T) | transpose_a: bool = false; transpose_b: bool = false; T: type in [$inexact, ' +
    '$unsigned, $index]; grad_a: bool = false; grad_b: bool = false',
  shape: matrixProduct,
});

/** Products of matrices in the last two dimensions; the other dimensions broadcast. adj_x and adj_y take the (conjugate) transpose. */
export const batchMatMulV2 = defineOp<
  <D extends DType>(
    x: TensorLike<D>, y: TensorLike<D>,
    options?: OpOptions & { adjX?: boolean; adjY?: boolean; gradX?: boolean; gradY?: boolean },
  ) => Tensor<D>
>({
  signature: 'BatchMatMulV2(x: T, y: T) -> (output: T) | T: type in [$inexact, $unsigned, $index, int16]; adj_x: bool = false; ' +
    'adj_y: bool = false; grad_x: bool = false; grad_y: bool = false',
  shape: batchProduct(true),
});

/** Products of matrices in the last two dimensions; the other dimensions must be the same. */
export const batchMatMul = defineOp<
  <D extends DType>(
    x: TensorLike<D>, y: TensorLike<D>,
    options?: OpOptions & { adjX?: boolean; adjY?: boolean; gradX?: boolean; gradY?: boolean },
  ) => Tensor<D>
>({
  signature: 'BatchMatMul(x: T, y: T) -> (output: T) | T: type in [$inexact, $index]; adj_x: bool = false; adj_y: bool = ' +
    'false; grad_x: bool = false; grad_y: bool = false',
  shape: batchProduct(false),
  body: (b, inputs) => b.op('BatchMatMulV2', inputs, { adj_x: attr.bool(b.attrs.bool('adj_x')), adj_y: attr.bool(b.attrs.bool('adj_y')) }),
});

/** BatchMatMulV2 for arguments of different dtypes, computed in the dtype of the result. */
export const batchMatMulV3 = defineOp<
  <Out extends DType>(
    x: TensorLike, y: TensorLike, tout: Out,
    options?: OpOptions & { adjX?: boolean; adjY?: boolean; gradX?: boolean; gradY?: boolean },
  ) => Tensor<Out>
>({
  signature: 'BatchMatMulV3(x: Ta, y: Tb) -> (output: Tout) | Ta: type in [$inexact, $signed, uint8]; Tb: type in [$inexact, ' +
    '$signed, uint8]; Tout: type in [$inexact, $index, int16]; adj_x: bool = false; adj_y: bool = false; grad_x: bool ' +
    '= false; grad_y: bool = false',
  shape: batchProduct(true),
  body: (b, inputs) => {
    const dtype = b.attrs.type('Tout');
    const [x, y] = [cast(b, inputOf(inputs, 0), dtype), cast(b, inputOf(inputs, 1), dtype)];
    return b.op('BatchMatMulV2', [x, y], { adj_x: attr.bool(b.attrs.bool('adj_x')), adj_y: attr.bool(b.attrs.bool('adj_y')) });
  },
});

/** a · b, where the arguments may hold many zeros; the result is float32. */
export const sparseMatMul = defineOp<
  (
    a: TensorLike<'float32' | 'bfloat16'>, b: TensorLike<'float32' | 'bfloat16'>,
    options?: OpOptions & { transposeA?: boolean; transposeB?: boolean; aIsSparse?: boolean; bIsSparse?: boolean },
  ) => Tensor<'float32'>
>({
  signature: 'SparseMatMul(a: Ta, b: Tb) -> (product: float) | transpose_a: bool = false; transpose_b: bool = false; ' +
    'a_is_sparse: bool = false; b_is_sparse: bool = false; Ta: type in [float, bfloat16] = float; Tb: type in [float, ' +
    'bfloat16] = float',
  shape: matrixProduct,
  body: (b, inputs) => {
    const [a, other] = [cast(b, inputOf(inputs, 0), 'float32'), cast(b, inputOf(inputs, 1), 'float32')];
    const attrs = { transpose_a: attr.bool(b.attrs.bool('transpose_a')), transpose_b: attr.bool(b.attrs.bool('transpose_b')) };
    return b.op('MatMul', [a, other], attrs);
  },
});

/** The tensor product that an equation like `bij,bjk->bik` spells; `...` stands for dimensions that broadcast. */
export const einsum = defineOp<<D extends DType>(inputs: readonly TensorLike<D>[], equation: string, options?: OpOptions) => Tensor<D>>({
  signature: 'Einsum(inputs: N*T) -> (output: T) | equation: string; N: int >= 1; T: type',
  shape: einsumShape,
  body: einsumBody,
  bodyShapes: einsumShapes,
});

/** MatMul followed by the ops that `fused_ops` names, which take their arguments from `args`. */
export const fusedMatMul = defineOp<
  <D extends DType>(
    a: TensorLike<D>, b: TensorLike<D>, args: readonly TensorLike<D>[],
    options?: OpOptions & {
      transposeA?: boolean; transposeB?: boolean; fusedOps?: readonly string[]; epsilon?: number; leakyreluAlpha?: number;
    },
  ) => Tensor<D>
>({
  signature: '_FusedMatMul(a: T, b: T, args: num_args*T) -> (product: T) | transpose_a: bool = false; transpose_b: bool = ' +
    'false; T: type in [bfloat16, half, float]; num_args: int >= 0; fused_ops: list(string) = []; epsilon: float = ' +
    '0.0001; leakyrelu_alpha: float = 0.2',
  shape: matrixProduct,
  body: (b, inputs) => {
    const attrs = { transpose_a: attr.bool(b.attrs.bool('transpose_a')), transpose_b: attr.bool(b.attrs.bool('transpose_b')) };
    const value = applyFused(b, one(b, 'MatMul', inputs.slice(0, 2), attrs), inputs.slice(2), 'NHWC');
    return value === undefined ? undefined : [value];
  },
});
