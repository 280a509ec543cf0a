/**
 * Joining, cutting, indexing and reshaping by Python's names and argument orders: `tf.concat(values, axis)`,
 * `tf.split(value, 3, { axis: 1 })`.
 */
import type { DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { HostTensor } from '../hostTensor.js';
import type { OpOptions } from '../ops/apply.js';
import { convertToTensor, ownDType, tensorsIn, type TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { type Axis, checkOptions, graphOf, inScope, isOptions, toTensor, withPositional } from './arguments.js';
import { onesLike } from './values.js';

interface AxisOptions extends OpOptions {
  readonly axis?: number;
}

/** The values joined along an axis. One value is passed on. */
export function concat<D extends DType>(
  values: readonly TensorLike<D>[],
  axis: TensorLike<'int32' | 'int64'>,
  options: OpOptions = {},
): Tensor<D> {
  checkOptions('concat', options);
  if (typeof values !== 'object' || !('length' in values))
    throw new TypeError('concat takes a list of values and an axis, but values is no list.');
  const [only] = values;
  if (only !== undefined && values.length === 1) return ops.identity(only, { name: options.name ?? 'concat' });
  return ops.concatV2(values, axis, { name: options.name ?? 'concat' });
}

/** The values, of one shape, along a new axis. */
export function stack<D extends DType>(values: readonly TensorLike<D>[], axis?: number | AxisOptions, options?: AxisOptions): Tensor<D> {
  const { axis: at = 0, name = 'stack' } = withPositional<AxisOptions, 'axis'>('stack', ['axis'], axis, options);
  return ops.pack(values, { axis: at, name });
}

/** The slices along an axis, without it. `num` is needed where the axis's size is not known. */
export function unstack<D extends DType>(
  value: TensorLike<D>,
  num?: number | null | (AxisOptions & { readonly num?: number }),
  options?: AxisOptions,
): Tensor<D>[] {
  const all = withPositional<AxisOptions & { num?: number }, 'num'>('unstack', ['num', 'axis'], num ?? undefined, options);
  const { axis = 0, name = 'unstack' } = all;
  const tensor = toTensor(value, 'value');
  const size = all.num ?? tensor.shape?.at(axis);
  if (size === undefined || size === null) throw new ValueError(`Cannot infer num from shape ${tensor.toString()}`);
  return ops.unpack(tensor, size, { axis, name });
}

/** Parts along an axis: `numOrSizes` equal ones, or of the sizes given (`num` of them, where the sizes are a tensor of unknown length). */
export function split<D extends DType>(
  value: TensorLike<D>,
  numOrSizes: number | readonly number[] | Tensor<'int32' | 'int64'> | HostTensor,
  axis?: Axis | (AxisOptions & { readonly num?: number }),
  options?: OpOptions & { readonly num?: number },
): Tensor<D>[] {
  const all = withPositional<{ axis?: Axis; num?: number; name?: string }, 'axis'>('split', ['axis', 'num'], axis, options);
  const { axis: along = 0, name = 'split' } = all;
  if (typeof numOrSizes === 'number') return ops.split(along as TensorLike<'int32'>, value, numOrSizes, { name });
  const sizes = toTensor(integer(numOrSizes as TensorLike<'int32' | 'int64'>), 'Const', value);
  const num = all.num ?? sizes.shape?.[0];
  if (num === undefined || num === null) throw new ValueError(`Cannot infer num from shape ${sizes.toString()}`);
  return ops.splitV(value, sizes, along as TensorLike<'int32'>, num, { name });
}

/** Slices of params along an axis (default 0), by index. */
export function gather<D extends DType>(
  params: TensorLike<D>,
  indices: TensorLike<'int32' | 'int64'>,
  options: OpOptions & { readonly axis?: Axis; readonly batchDims?: number; readonly validateIndices?: boolean } = {},
): Tensor<D> {
  checkOptions('gather', options, ['axis', 'batchDims', 'validateIndices']);
  const { axis = 0, batchDims = 0, name } = options;
  return ops.gatherV2(params, integer(indices), axis, { batchDims, name });
}

/** Plain whole numbers as int32 tensors, where an op would otherwise take them for floats. */
function integer(value: TensorLike<'int32' | 'int64'>): TensorLike<'int32' | 'int64'> {
  return ownDType(value) === undefined ? HostTensor.from(value as readonly number[], { dtype: 'int32' }) : value;
}

/**
 * With x and y: x where the condition holds, else y, all of one shape (or the condition a vector of rows).
 * Alone: the indices of what is true.
 */
export function where<D extends DType>(
  condition: TensorLike<'bool'>,
  x?: TensorLike<D> | OpOptions | null,
  y?: TensorLike<D> | null,
  options?: OpOptions,
): Tensor<D> {
  if (x === undefined || x === null || isOptions<OpOptions>(x)) {
    if (y !== undefined && y !== null) throw new ValueError('x and y must both be non-None or both be None.');
    const indices: Tensor = ops.where(condition, isOptions<OpOptions>(x) ? x : options);
    return indices as Tensor<D>;
  }
  if (y === undefined || y === null) throw new ValueError('x and y must both be non-None or both be None.');
  return ops.select(condition, x, y, options);
}

export interface OneHotOptions<D extends DType> extends OpOptions {
  readonly onValue?: TensorLike<D>;
  readonly offValue?: TensorLike<D>;
  /** Where the new dimension stands; −1: last. */
  readonly axis?: number;
  readonly dtype?: D;
}

/** For each index a vector of `depth` with onValue (1) at it and offValue (0) elsewhere. */
export function oneHot<D extends DType = 'float32'>(
  indices: TensorLike<'int32' | 'int64' | 'uint8'>,
  depth: TensorLike<'int32'>,
  onValue?: TensorLike<D> | OneHotOptions<D>,
  offValue?: TensorLike<D> | OneHotOptions<D>,
  options?: OneHotOptions<D>,
): Tensor<D> {
  const all: OneHotOptions<D> = {
    ...(isOptions<OneHotOptions<D>>(onValue) ? onValue : onValue === undefined ? {} : { onValue }),
    ...(isOptions<OneHotOptions<D>>(offValue) ? offValue : offValue === undefined ? {} : { offValue }),
    ...options,
  };
  checkOptions('oneHot', all, ['onValue', 'offValue', 'axis', 'dtype']);
  const graph = graphOf(indices, depth, all.onValue, all.offValue);
  return inScope(graph, all.name, 'one_hot', (scope) => {
    const dtype = all.dtype ?? ownDType(all.onValue) ?? ownDType(all.offValue) ?? ('float32' as const);
    const on = convertToTensor(graph, all.onValue ?? 1, { dtype, name: 'on_value' }) as Tensor<D>;
    const off = convertToTensor(graph, all.offValue ?? 0, { dtype, name: 'off_value' }) as Tensor<D>;
    return ops.oneHot(integer(indices as TensorLike<'int32'>), depth, on, off, { axis: all.axis ?? -1, name: scope });
  });
}

/** A dimension of size 1 more, at `axis` (negative: from the end). */
export function expandDims<D extends DType>(
  input: TensorLike<D>,
  axis: TensorLike<'int32' | 'int64'> | AxisOptions,
  options?: OpOptions,
): Tensor<D> {
  const all = withPositional<{ axis?: TensorLike<'int32' | 'int64'>; name?: string }, 'axis'>('expandDims', ['axis'], axis, options);
  if (all.axis === undefined) throw new ValueError('Must specify an axis argument to tf.expand_dims()');
  return ops.expandDims(input, all.axis, { name: all.name });
}

/** Without the dimensions of size 1, or those of `axis`. */
export function squeeze<D extends DType>(
  input: TensorLike<D>,
  axis?:
    number | readonly number[] | (OpOptions & { readonly axis?: number | readonly number[]; readonly squeezeDims?: readonly number[] }),
  options?: OpOptions & { readonly axis?: number | readonly number[] },
): Tensor<D> {
  type Options = OpOptions & { axis?: number | readonly number[]; squeezeDims?: readonly number[] };
  const all = withPositional<Options, 'axis'>('squeeze', ['axis', 'squeezeDims'], axis, options);
  const dims = all.axis ?? all.squeezeDims ?? [];
  return ops.squeeze(input, { squeezeDims: typeof dims === 'number' ? [dims] : dims, name: all.name });
}

export interface TransposeOptions extends OpOptions {
  readonly perm?: TensorLike<'int32' | 'int64'> | null;
  readonly conjugate?: boolean;
}

/** Axis i of the result is axis perm[i] of a; by default the axes in reverse. */
export function transpose<D extends DType>(
  a: TensorLike<D>,
  perm?: TensorLike<'int32' | 'int64'> | null | TransposeOptions,
  options?: TransposeOptions,
): Tensor<D> {
  const all = withPositional<TransposeOptions, 'perm'>('transpose', ['perm', 'conjugate'], perm, options);
  return inScope(graphOf(a, all.perm), all.name, 'transpose', (scope) => {
    const tensor = toTensor(a, 'a', all.perm);
    const op = all.conjugate === true ? ops.conjugateTranspose : ops.transpose;
    if (all.perm !== undefined && all.perm !== null) return op(tensor, all.perm, { name: scope });
    if (tensor.shape !== null) {
      const rank = tensor.shape.length;
      return op(
        tensor,
        HostTensor.from(
          tensor.shape.map((_, i) => rank - 1 - i),
          { dtype: 'int32', shape: [rank] },
        ),
        { name: scope },
      );
    }
    const last = ops.sub(ops.rank(tensor), 1);
    return op(tensor, ops.sub(last, ops.range(0, ops.rank(tensor), 1)), { name: scope });
  });
}

/** Matrices transposed: the last two axes change places. */
export function matrixTranspose<D extends DType>(a: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  checkOptions('matrixTranspose', options);
  return inScope(graphOf(a), options.name, 'matrix_transpose', (scope) => {
    const tensor = toTensor(a, 'a');
    if (tensor.shape === null) {
      const rank = ops.rank(tensor);
      const order = ops.concatV2([ops.range(0, ops.sub(rank, 2), 1), ops.pack([ops.sub(rank, 1), ops.sub(rank, 2)])], 0);
      return ops.transpose(tensor, order, { name: scope });
    }
    const rank = tensor.shape.length;
    if (rank < 2) throw new ValueError(`Argument 'a' should be a (batch) matrix, with rank >= 2.  Found: ${tensor.toString()}`);
    const order = [...tensor.shape.keys()].slice(0, -2).concat(rank - 1, rank - 2);
    return ops.transpose(tensor, HostTensor.from(order, { dtype: 'int32' }), { name: scope });
  });
}

/** Reversal along axes. */
export function reverse<D extends DType>(tensor: TensorLike<D>, axis: Axis, options?: OpOptions): Tensor<D> {
  return ops.reverseV2(tensor, typeof axis === 'number' ? [axis] : axis, options);
}

export interface PadOptions<D extends DType> extends OpOptions {
  readonly mode?: 'CONSTANT' | 'REFLECT' | 'SYMMETRIC' | 'constant' | 'reflect' | 'symmetric';
  readonly constantValues?: TensorLike<D>;
}

/** Elements added around: paddings[i] = [before, after]. */
export function pad<D extends DType>(
  tensor: TensorLike<D>,
  paddings: TensorLike<'int32' | 'int64'>,
  options: PadOptions<D> = {},
): Tensor<D> {
  checkOptions('pad', options, ['mode', 'constantValues']);
  const mode = (options.mode ?? 'CONSTANT').toUpperCase();
  const { constantValues, name } = options;
  if (mode === 'REFLECT' || mode === 'SYMMETRIC') return ops.mirrorPad(tensor, paddings, mode, { name });
  if (mode !== 'CONSTANT') throw new ValueError(`Unknown padding mode: ${mode}`);
  return constantValues === undefined || constantValues === 0
    ? ops.pad(tensor, paddings, { name })
    : ops.padV2(tensor, paddings, constantValues, { name });
}

export interface StridedSliceOptions extends OpOptions {
  readonly beginMask?: number;
  readonly endMask?: number;
  readonly ellipsisMask?: number;
  readonly newAxisMask?: number;
  readonly shrinkAxisMask?: number;
}

/** Every strides[i]-th element from begin[i] to before end[i]; by default every element. */
export function stridedSlice<D extends DType, I extends DType>(
  input: TensorLike<D>,
  begin: TensorLike<I>,
  end: TensorLike<I>,
  strides?: TensorLike<I> | StridedSliceOptions,
  options?: StridedSliceOptions,
): Tensor<D> {
  const all = withPositional<StridedSliceOptions & { strides?: TensorLike<I> }, 'strides'>('stridedSlice', ['strides', 'beginMask', 'endMask', 'ellipsisMask', 'newAxisMask', 'shrinkAxisMask'], strides, options);
  const { strides: steps, ...rest } = all;
  const dtype = ownDType(begin) ?? ownDType(end) ?? ownDType(steps) ?? ('int32' as const);
  const from = tensorsIn(begin).length > 0 ? begin : HostTensor.from(begin as readonly number[], { dtype });
  return ops.stridedSlice(input, from as TensorLike<I>, end, steps ?? (onesLike(from) as Tensor<I>), rest);
}

/** size[i] elements from begin[i] on along each axis; −1 takes all that are left. */
export function slice<D extends DType>(
  input: TensorLike<D>,
  begin: TensorLike<'int32' | 'int64'>,
  size: TensorLike<'int32' | 'int64'>,
  options?: OpOptions,
): Tensor<D> {
  const isTyped = ownDType(begin) !== undefined || ownDType(size) !== undefined;
  return ops.slice(input, isTyped ? begin : integer(begin), size, options);
}

/** The rows whose mask is true. The mask covers the first dimensions. */
export function booleanMask<D extends DType>(tensor: TensorLike<D>, mask: TensorLike<'bool'>, options: OpOptions = {}): Tensor<D> {
  checkOptions('booleanMask', options);
  return inScope(graphOf(tensor, mask), options.name, 'boolean_mask', () => {
    const values = toTensor(tensor, 'tensor', mask);
    const flags = toTensor(mask, 'mask', tensor);
    const rank = flags.shape?.length;
    if (rank === undefined) throw new ValueError('Number of mask dimensions must be specified, even if some dimensions are None.');
    if (rank === 0) throw new ValueError('mask cannot be scalar.');
    const tail = ops.stridedSlice(ops.shape(values), int32([rank]), int32([0]), int32([1]), { endMask: 1 });
    const rows = ops.reshape(values, ops.concatV2([int32([-1]), tail], 0));
    const picked = ops.squeeze(ops.where(ops.reshape(flags, int32([-1]))), { squeezeDims: [1] });
    return ops.gatherV2(rows, picked, 0);
  });
}

function int32(values: readonly number[]): HostTensor<'int32'> {
  return HostTensor.from(values, { dtype: 'int32', shape: [values.length] });
}
