/** Picking and placing elements by index. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import type { ShapeFunction } from './opDef.js';
import { shapeText } from '../shape.js';
import { inputOf, int32, one } from './bodies.js';
import { oneHotBody, rowsBody } from './arrayBodies.js';
import { oneHotShape } from './shapes/array.js';
import { merge, mergeDim, rankIs } from './shapes/common.js';
import { gatherNdShape, gatherShape, gatherV2Shape, scatterNdShape, scatterUpdateShape, sparseToDenseShape } from './shapes/gather.js';

/** Slices of params along an axis, by index; the first batch_dims dimensions of both run in step. */
export const gatherV2 = defineOp<
  <Params extends DType>(
    params: TensorLike<Params>, indices: TensorLike<'int16' | 'int32' | 'int64'>, axis: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { batchDims?: number },
  ) => Tensor<Params>
>({
  signature: 'GatherV2(params: Tparams, indices: Tindices, axis: Taxis) -> (output: Tparams) | batch_dims: int = 0; Tparams: ' +
    'type; Tindices: type in [$index, int16]; Taxis: type in $index',
  shape: gatherV2Shape,
});

/** Slices of params along axis 0, by index. */
export const gather = defineOp<
  <Params extends DType>(
    params: TensorLike<Params>, indices: TensorLike<'int32' | 'int64'>,
    options?: OpOptions & { validateIndices?: boolean },
  ) => Tensor<Params>
>({
  signature: 'Gather(params: Tparams, indices: Tindices) -> (output: Tparams) | validate_indices: bool = true; Tparams: type; ' +
    'Tindices: type in $index',
  shape: gatherShape,
  body: (b, inputs) => [one(b, 'GatherV2', [inputOf(inputs, 0), inputOf(inputs, 1), int32(b, 0)])],
});

/** Slices of params by index vectors: the last dimension of indices. */
export const gatherNd = defineOp<
  <Params extends DType>(
    params: TensorLike<Params>, indices: TensorLike<'int16' | 'int32' | 'int64'>,
    options?: OpOptions & { badIndicesPolicy?: string },
  ) => Tensor<Params>
>({
  signature: "GatherNd(params: Tparams, indices: Tindices) -> (output: Tparams) | Tparams: type; Tindices: type in [$index, " +
    "int16]; bad_indices_policy: string = ''",
  shape: gatherNdShape,
});

/** Zeros of the shape given, with updates added at indices. */
export const scatterNd = defineOp<
  <D extends DType, Indices extends DType>(
    indices: TensorLike<Indices>, updates: TensorLike<D>, shape: TensorLike<Indices>,
    options?: OpOptions & { badIndicesPolicy?: string },
  ) => Tensor<D>
>({
  signature: "ScatterNd(indices: Tindices, updates: T, shape: Tindices) -> (output: T) | T: type; Tindices: type in [$index, " +
    "int16]; bad_indices_policy: string = ''",
  shape: scatterNdShape,
});

/** The input with updates added at indices. */
export const scatterNdNonAliasingAdd = defineOp<
  <D extends DType>(
    input: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { badIndicesPolicy?: string },
  ) => Tensor<D>
>({
  signature: "ScatterNdNonAliasingAdd(input: T, indices: Tindices, updates: T) -> (output: T) | T: type in [$number, bool]; " +
    "Tindices: type in $index; bad_indices_policy: string = ''",
  shape: scatterUpdateShape,
});

/** The tensor with updates put at indices. */
export const tensorScatterUpdate = defineOp<
  <D extends DType>(
    tensor: TensorLike<D>, indices: TensorLike<'int16' | 'int32' | 'int64' | 'uint16'>, updates: TensorLike<D>,
    options?: OpOptions & { badIndicesPolicy?: string },
  ) => Tensor<D>
>({
  signature: "TensorScatterUpdate(tensor: T, indices: Tindices, updates: T) -> (output: T) | T: type; Tindices: type in " +
    "[$index, int16, uint16]; bad_indices_policy: string = ''",
  shape: scatterUpdateShape,
});

/** The tensor with updates added at indices. */
export const tensorScatterAdd = defineOp<
  <D extends DType>(
    tensor: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { badIndicesPolicy?: string },
  ) => Tensor<D>
>({
  signature: "TensorScatterAdd(tensor: T, indices: Tindices, updates: T) -> (output: T) | T: type; Tindices: type in $index; " +
    "bad_indices_policy: string = ''",
  shape: scatterUpdateShape,
});

/** The tensor with updates subtracted at indices. */
export const tensorScatterSub = defineOp<
  <D extends DType>(
    tensor: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { badIndicesPolicy?: string },
  ) => Tensor<D>
>({
  signature: "TensorScatterSub(tensor: T, indices: Tindices, updates: T) -> (output: T) | T: type; Tindices: type in $index; " +
    "bad_indices_policy: string = ''",
  shape: scatterUpdateShape,
});

/** The larger of the tensor and updates at indices. */
export const tensorScatterMax = defineOp<
  <D extends DType>(
    tensor: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { badIndicesPolicy?: string },
  ) => Tensor<D>
>({
  signature: "TensorScatterMax(tensor: T, indices: Tindices, updates: T) -> (output: T) | T: type; Tindices: type in $index; " +
    "bad_indices_policy: string = ''",
  shape: scatterUpdateShape,
});

/** The smaller of the tensor and updates at indices. */
export const tensorScatterMin = defineOp<
  <D extends DType>(
    tensor: TensorLike<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>,
    options?: OpOptions & { badIndicesPolicy?: string },
  ) => Tensor<D>
>({
  signature: "TensorScatterMin(tensor: T, indices: Tindices, updates: T) -> (output: T) | T: type; Tindices: type in $index; " +
    "bad_indices_policy: string = ''",
  shape: scatterUpdateShape,
});

/** on_value where the position along the new axis is the index, off_value elsewhere. */
export const oneHot = defineOp<
  <D extends DType>(
    indices: TensorLike<'uint8' | 'int8' | 'int32' | 'int64'>, depth: TensorLike<'int32'>, onValue: TensorLike<D>,
    offValue: TensorLike<D>,
    options?: OpOptions & { axis?: number },
  ) => Tensor<D>
>({
  signature: 'OneHot(indices: TI, depth: int32, on_value: T, off_value: T) -> (output: T) | axis: int = -1; T: type; TI: type ' +
    'in [$index, uint8, int8] = int64',
  shape: oneHotShape,
  body: oneHotBody,
});

/** A dense tensor of default_value with sparse_values at sparse_indices. */
export const sparseToDense = defineOp<
  <D extends DType, Indices extends DType>(
    sparseIndices: TensorLike<Indices>, outputShape: TensorLike<Indices>, sparseValues: TensorLike<D>, defaultValue: TensorLike<D>,
    options?: OpOptions & { validateIndices?: boolean },
  ) => Tensor<D>
>({
  signature: 'SparseToDense(sparse_indices: Tindices, output_shape: Tindices, sparse_values: T, default_value: T) -> (dense: ' +
    'T) | validate_indices: bool = true; T: type; Tindices: type in $index',
  shape: sparseToDenseShape,
});

/** Flat indices as index vectors, one column each. */
export const unravelIndex = defineOp<
  <Idx extends DType>(indices: TensorLike<Idx>, dims: TensorLike<Idx>, options?: OpOptions) => Tensor<Idx>
>({
  signature: 'UnravelIndex(indices: Tidx, dims: Tidx) -> (output: Tidx) | Tidx: type in $index = int32',
  shape: (c) => {
    const indices = c.shape(0);
    const [rank] = rankIs(c, 1, 1, 'dims');
    if (indices === null) return [null];
    if (indices.length > 1) c.fail('indices must be a scalar or a vector.');
    return [indices.length === 0 ? [rank ?? null] : [rank ?? null, indices[0] ?? null]];
  },
});

/** x, rows i of it and a row of v for each of them. */
const rowsIn: ShapeFunction = (c) => {
  const [x, v] = [c.shape(0), c.shape(2)];
  const [count] = rankIs(c, 1, 1, 'i');
  if (x === null || v === null) return [x];
  if (x.length !== v.length) c.fail(`x and v shape doesn't match (ranks differ): ${shapeText(x)} vs. ${shapeText(v)}`);
  mergeDim(c, count ?? null, v[0] ?? null, "i and x shape doesn't match at index 0");
  merge(c, x.slice(1), v.slice(1), 'rows of x and of v');
  return [x];
};

/** x with rows i replaced by v. */
export const inplaceUpdate = defineOp<
  <D extends DType>(x: TensorLike<D>, i: TensorLike<'int32'>, v: TensorLike<D>, options?: OpOptions) => Tensor<D>
>({
  signature: 'InplaceUpdate(x: T, i: int32, v: T) -> (y: T) | T: type',
  shape: rowsIn,
  body: rowsBody('TensorScatterUpdate'),
});

/** x with v added to rows i. */
export const inplaceAdd = defineOp<
  <D extends DType>(x: TensorLike<D>, i: TensorLike<'int32'>, v: TensorLike<D>, options?: OpOptions) => Tensor<D>
>({
  signature: 'InplaceAdd(x: T, i: int32, v: T) -> (y: T) | T: type',
  shape: rowsIn,
  body: rowsBody('TensorScatterAdd'),
});

/** x with v subtracted from rows i. */
export const inplaceSub = defineOp<
  <D extends DType>(x: TensorLike<D>, i: TensorLike<'int32'>, v: TensorLike<D>, options?: OpOptions) => Tensor<D>
>({
  signature: 'InplaceSub(x: T, i: int32, v: T) -> (y: T) | T: type',
  shape: rowsIn,
  body: rowsBody('TensorScatterSub'),
});
