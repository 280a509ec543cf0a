/** Values that come from nowhere: constants, placeholders, ranges. */
import type { DType } from '../dtypes.js';
import type { PartialShape } from '../shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { AttrTensor } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { fillBody } from './arrayBodies.js';
import * as e from './expressions.js';
import { constDefinition } from './literals.js';
import { mergeShapes, shapeText } from '../shape.js';
import { filled, linSpaceShape, rangeShape } from './shapes/array.js';
import { rankIs, unchanged } from './shapes/common.js';

/** A constant tensor. */
const constOp = defineOp<<D extends DType>(value: AttrTensor, dtype: D, options?: OpOptions) => Tensor<D>>({
  signature: 'Const() -> (output: dtype) | value: tensor; dtype: type',
  shape: constDefinition.shape,
});
export { constOp as const };

/** A constant that stays in host memory. */
export const hostConst = defineOp<<D extends DType>(value: AttrTensor, dtype: D, options?: OpOptions) => Tensor<D>>({
  signature: 'HostConst() -> (output: dtype) | value: tensor; dtype: type',
  shape: constDefinition.shape,
});

/** A constant in a named memory region. */
export const immutableConst = defineOp<
  <D extends DType>(dtype: D, shape: PartialShape, memoryRegionName: string, options?: OpOptions) => Tensor<D>
>({
  signature: 'ImmutableConst() -> (tensor: dtype) | dtype: type; shape: shape; memory_region_name: string',
  shape: (c) => [c.attrs.shape('shape')],
});

/** A tensor that every run must feed. */
export const placeholder = defineOp<<D extends DType>(dtype: D, options?: OpOptions & { shape?: PartialShape }) => Tensor<D>>({
  signature: 'Placeholder() -> (output: dtype) | dtype: type; shape: shape = ?',
  shape: (c) => [c.attrs.shape('shape')],
});

/** A tensor that every run must feed. */
export const placeholderV2 = defineOp<<D extends DType>(dtype: D, shape: PartialShape, options?: OpOptions) => Tensor<D>>({
  signature: 'PlaceholderV2() -> (output: dtype) | dtype: type; shape: shape | deprecated at 23',
  shape: (c) => [c.attrs.shape('shape')],
});

/** The input, unless a run feeds this tensor; `shape` says what may be fed. */
export const placeholderWithDefault = defineOp<
  <D extends DType>(input: TensorLike<D>, shape: PartialShape, options?: OpOptions) => Tensor<D>
>({
  signature: 'PlaceholderWithDefault(input: dtype) -> (output: dtype) | dtype: type; shape: shape',
  shape: (c) => {
    const shape = c.attrs.shape('shape');
    const input = c.shape(0);
    if (mergeShapes(input, shape) === undefined) c.fail(`the default has shape ${shapeText(input)}, which does not fit ${shapeText(shape)}.`);
    return [shape];
  },
  isView: true,
});

/** A tensor of the shape given with one value everywhere. */
export const fill = defineOp<
  <D extends DType>(dims: TensorLike<'int32' | 'int64'>, value: TensorLike<D>, options?: OpOptions) => Tensor<D>
>({
  signature: 'Fill(dims: index_type, value: T) -> (output: T) | T: type; index_type: type in $index = int32',
  shape: (c) => {
    rankIs(c, 1, 0, 'value');
    return filled(0)(c);
  },
  body: fillBody(1, 0),
});

/** A tensor of the shape given with no particular contents (zeros if `init`). */
export const empty = defineOp<
  <D extends DType>(shape: TensorLike<'int32'>, dtype: D, options?: OpOptions & { init?: boolean }) => Tensor<D>
>({
  signature: 'Empty(shape: int32) -> (output: dtype) | dtype: type; init: bool = false | stateful',
  shape: filled(0),
});

/** Zeros of the shape of x. */
export const zerosLike = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'ZerosLike(x: T) -> (y: T) | T: type',
  shape: unchanged,
  scalar: e.of1((x) => e.like(0, x)),
});

/** Ones of the shape of x. */
export const onesLike = defineOp<<D extends DType>(x: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'OnesLike(x: T) -> (y: T) | T: type in [$real, $complex, bool]',
  shape: unchanged,
  scalar: e.of1((x) => e.like(1, x)),
});

/** start, start + delta, … up to before limit. */
export const range = defineOp<
  <Idx extends DType>(start: TensorLike<Idx>, limit: TensorLike<Idx>, delta: TensorLike<Idx>, options?: OpOptions) => Tensor<Idx>
>({
  signature: 'Range(start: Tidx, limit: Tidx, delta: Tidx) -> (output: Tidx) | Tidx: type in [$float, $signed, uint16, uint32, ' +
    'uint64] = int32',
  shape: rangeShape,
});

/** `num` evenly spaced values from start to stop, both included. */
export const linSpace = defineOp<
  <D extends DType>(start: TensorLike<D>, stop: TensorLike<D>, num: TensorLike<'int32' | 'int64'>, options?: OpOptions) => Tensor<D>
>({
  signature: 'LinSpace(start: T, stop: T, num: Tidx) -> (output: T) | T: type in $float; Tidx: type in $index = int32',
  shape: linSpaceShape,
});
