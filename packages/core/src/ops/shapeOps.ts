/** Ops on shapes, and those that pass elements on as they are. */
import type { DType } from '../dtypes.js';
import type { PartialShape } from '../shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { attr, inputOf, one } from './bodies.js';
import * as e from './expressions.js';
import { fillBody } from './arrayBodies.js';
import { broadcastArgsShape, broadcastToShape, ensuredShape, expandDimsShape, reshapeShape, squeezeShape, transposeShape } from './shapes/array.js';
import { scalarOutputs, unchanged, rankIs } from './shapes/common.js';

/** The same elements, row by row, in another shape; one size may be -1. */
export const reshape = defineOp<
  <D extends DType>(tensor: TensorLike<D>, shape: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'Reshape(tensor: T, shape: Tshape) -> (output: T) | T: type; Tshape: type in $index = int32',
  shape: reshapeShape,
  isView: true,
});

/** The same elements without the dimensions of size 1 (or those named in squeeze_dims). */
export const squeeze = defineOp<
  <D extends DType>(input: TensorLike<D>, options?: OpOptions & { squeezeDims?: readonly number[] }) => Tensor<D>
>({
  signature: 'Squeeze(input: T) -> (output: T) | T: type; squeeze_dims: list(int) >= 0 = []',
  shape: squeezeShape,
  isView: true,
});

/** The same elements with a dimension of size 1 more, at `dim` (negative: from the end). */
export const expandDims = defineOp<
  <D extends DType>(input: TensorLike<D>, dim: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'ExpandDims(input: T, dim: Tdim) -> (output: T) | T: type; Tdim: type in $index = int32',
  shape: expandDimsShape,
  isView: true,
});

/** Axis i of the output is axis perm[i] of x. */
export const transpose = defineOp<
  <D extends DType>(x: TensorLike<D>, perm: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'Transpose(x: T, perm: Tperm) -> (y: T) | T: type; Tperm: type in $index = int32',
  shape: transposeShape,
});

/** The complex conjugate of Transpose. */
export const conjugateTranspose = defineOp<
  <D extends DType>(x: TensorLike<D>, perm: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'ConjugateTranspose(x: T, perm: Tperm) -> (y: T) | T: type; Tperm: type in $index = int32',
  shape: transposeShape,
  body: (b, inputs) => {
    const x = inputOf(inputs, 0);
    const turned = one(b, 'Transpose', inputs);
    return [x.dtype === 'complex64' || x.dtype === 'complex128' ? one(b, 'Conj', [turned]) : turned];
  },
});

/** The input. */
export const identity = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Identity(input: T) -> (output: T) | T: type',
  shape: unchanged,
  isView: true,
});

/** The input, still a reference. */
export const refIdentity = defineOp<<D extends DType>(input: Tensor<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'RefIdentity(input: ref T) -> (output: ref T) | T: type | uninitialized input ok',
  shape: unchanged,
  isView: true,
});

/** The input (a copy, where it could change). */
export const snapshot = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Snapshot(input: T) -> (output: T) | T: type',
  shape: unchanged,
  isView: true,
});

/** The input; gradients stop here. */
export const stopGradient = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'StopGradient(input: T) -> (output: T) | T: type',
  shape: unchanged,
  isView: true,
});

/** The input; asking for a gradient through it is an error. */
export const preventGradient = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions & { message?: string }) => Tensor<D>>({
  signature: "PreventGradient(input: T) -> (output: T) | T: type; message: string = ''",
  shape: unchanged,
  isView: true,
});

/** The input, which promises to be constant. */
export const guaranteeConst = defineOp<<D extends DType>(input: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'GuaranteeConst(input: T) -> (output: T) | T: type | stateful',
  shape: unchanged,
  isView: true,
});

/** A copy of the input. */
export const deepCopy = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'DeepCopy(x: T) -> (y: T) | T: type | stateful',
  shape: unchanged,
});

/** The inputs. */
export const identityN = defineOp<(input: readonly TensorLike[], options?: OpOptions) => Tensor[]>({
  signature: 'IdentityN(input: list(T)) -> (output: list(T)) | T: list(type) >= 1',
  shape: (c) => c.outputDtypes.map((_, i) => c.shape(i)),
  body: (b, inputs) => inputs.map((input) => one(b, 'Identity', [input])),
});

/** The input, whose shape must fit attribute `shape`. */
export const ensureShape = defineOp<<D extends DType>(input: TensorLike<D>, shape: PartialShape, options?: OpOptions) => Tensor<D>>({
  signature: 'EnsureShape(input: T) -> (output: T) | shape: shape; T: type',
  shape: ensuredShape,
  isView: true,
});

/** The input; an error with `message` if there is a NaN or an infinity in it. */
export const checkNumerics = defineOp<<D extends DType>(tensor: TensorLike<D>, message: string, options?: OpOptions) => Tensor<D>>({
  signature: 'CheckNumerics(tensor: T) -> (output: T) | T: type in $float; message: string | stateful',
  shape: unchanged,
});

/** The input; an error with `message`, which tells -inf, inf and NaN apart, if there is one in it. */
export const checkNumericsV2 = defineOp<<D extends DType>(tensor: TensorLike<D>, message: string, options?: OpOptions) => Tensor<D>>({
  signature: 'CheckNumericsV2(tensor: T) -> (output: T) | T: type in $float; message: string | stateful',
  shape: unchanged,
});

/** The sizes of the dimensions, as a vector. */
export const shape = defineOp<<Out extends DType = 'int32'>(input: TensorLike, options?: OpOptions & { outType?: Out }) => Tensor<Out>>({
  signature: 'Shape(input: T) -> (output: out_type) | T: type; out_type: type in $index = int32',
  shape: (c) => [[c.shape(0)?.length ?? null]],
});

/** Shape of each input. */
export const shapeN = defineOp<
  <Out extends DType = 'int32'>(input: readonly TensorLike[], options?: OpOptions & { outType?: Out }) => Tensor<Out>[]
>({
  signature: 'ShapeN(input: N*T) -> (output: N*out_type) | N: int >= 1; T: type; out_type: type in $index = int32',
  shape: (c) => c.outputDtypes.map((_, i) => [c.shape(i)?.length ?? null]),
  body: (b, inputs) => inputs.map((input) => one(b, 'Shape', [input], { out_type: attr.type(b.attrs.type('out_type')) })),
});

/** The number of elements. */
export const size = defineOp<<Out extends DType = 'int32'>(input: TensorLike, options?: OpOptions & { outType?: Out }) => Tensor<Out>>({
  signature: 'Size(input: T) -> (output: out_type) | T: type; out_type: type in $index = int32',
  shape: scalarOutputs,
});

/** The number of dimensions. */
export const rank = defineOp<(input: TensorLike, options?: OpOptions) => Tensor<'int32'>>({
  signature: 'Rank(input: T) -> (output: int32) | T: type',
  shape: scalarOutputs,
});

/** The input repeated along dimensions of size 1 and new leading ones, to exactly this shape. */
export const broadcastTo = defineOp<
  <D extends DType>(input: TensorLike<D>, shape: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'BroadcastTo(input: T, shape: Tidx) -> (output: T) | T: type; Tidx: type in $index = int32',
  shape: broadcastToShape,
  body: fillBody(0, 1),
});

/** The shape that two shapes broadcast to. */
export const broadcastArgs = defineOp<<D extends DType>(s0: TensorLike<D>, s1: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'BroadcastArgs(s0: T, s1: T) -> (r0: T) | T: type in $index = int32',
  shape: broadcastArgsShape,
});

/** The axes over which the gradients of two broadcast arguments are to be summed. */
export const broadcastGradientArgs = defineOp<
  <D extends DType>(s0: TensorLike<D>, s1: TensorLike<D>, options?: OpOptions) => Outputs<{ r0: Tensor<D>; r1: Tensor<D> }>
>({
  signature: 'BroadcastGradientArgs(s0: T, s1: T) -> (r0: T, r1: T) | T: type in $index = int32',
  shape: (c) => {
    rankIs(c, 0, 1, 's0');
    rankIs(c, 1, 1, 's1');
    return [[null], [null]];
  },
  isDataShaped: true,
});

/** The input broadcast to attribute `shape`; what Fill, Tile, BroadcastTo become where code is fused. */
export const broadcast = defineOp<<D extends DType>(input: TensorLike<D>, shape: PartialShape, options?: OpOptions) => Tensor<D>>({
  signature: '_Broadcast(input: T) -> (output: T) | T: type; shape: shape',
  shape: (c) => [c.attrs.shape('shape')],
  scalar: e.of1((x) => x),
});
