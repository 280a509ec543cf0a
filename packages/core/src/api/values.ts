/** Constants, placeholders, ranges: `tf.constant`, `tf.placeholder`, `tf.zeros`, … */
import type { DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { HostTensor } from '../hostTensor.js';
import type { TensorValue } from '../hostValue.js';
import type { OpOptions } from '../ops/apply.js';
import * as ops from '../ops/families.js';
import { addConst, convertToTensor, ownDType, refuseFractions, type TensorLike } from '../ops/convert.js';
import { isFullyKnown, sizeOf, type PartialShape, type Shape } from '../shape.js';
import { getDefaultGraph } from '../state/defaultGraph.js';
import { checkOptions, graphOf, inScope, isOptions, toTensor, withPositional } from './arguments.js';

/** A shape as an argument: sizes, or a tensor of them. */
export type ShapeLike = Shape | TensorLike<'int32' | 'int64'>;

export interface ConstantOptions<D extends DType = DType> extends OpOptions {
  /** Default: what the value's own type says; numbers give float32. */
  readonly dtype?: D;
  /** The elements in row-major order are laid out by it; a single value fills it. */
  readonly shape?: Shape;
}

/** The dtype that a value has without being told: numbers float32, typed arrays their own. */
export type NaturalDType<V, Depth extends readonly unknown[] = []> =
  V extends HostTensor<infer D>
    ? D
    : V extends number
      ? 'float32'
      : V extends boolean
        ? 'bool'
        : V extends string
          ? 'string'
          : V extends bigint
            ? 'int64'
            : V extends ArrayBufferView & { readonly [Symbol.toStringTag]: infer Tag extends keyof TypedArrayDType }
              ? TypedArrayDType[Tag]
              : V extends readonly (infer E)[]
                ? Depth['length'] extends 8
                  ? DType
                  : NaturalDType<E, [...Depth, unknown]>
                : DType;

interface TypedArrayDType {
  Float32Array: 'float32';
  Float64Array: 'float64';
  Int8Array: 'int8';
  Uint8Array: 'uint8';
  Uint8ClampedArray: 'uint8';
  Int16Array: 'int16';
  Uint16Array: 'uint16';
  Int32Array: 'int32';
  Uint32Array: 'uint32';
  BigInt64Array: 'int64';
  BigUint64Array: 'uint64';
}

/** A constant. Flat values are laid out by `shape`. TypeErrors and ValueErrors as of `HostTensor.from`. */
export function constant<D extends DType>(value: TensorValue | HostTensor, options: ConstantOptions<D> & { readonly dtype: D }): Tensor<D>;
export function constant<V extends TensorValue | HostTensor>(
  value: V,
  options?: OpOptions & { readonly shape?: Shape; readonly dtype?: undefined },
): Tensor<NaturalDType<V>>;
export function constant(value: TensorValue | HostTensor, options?: ConstantOptions): Tensor;
export function constant(value: TensorValue | HostTensor, options: ConstantOptions = {}): Tensor {
  checkOptions('constant', options, ['dtype', 'shape']);
  const { dtype, shape, name } = options;
  if (dtype !== undefined) refuseFractions(value, dtype);
  return addConst(getDefaultGraph(), HostTensor.from(value, { dtype, shape }), name);
}

/** A tensor that every run must feed (unless nothing needs it). `shape`: what may be fed, null for unknown sizes or an unknown rank. */
export function placeholder<D extends DType>(dtype: D, shape?: PartialShape, options?: OpOptions): Tensor<D>;
export function placeholder<D extends DType>(dtype: D, options: OpOptions & { readonly shape?: PartialShape }): Tensor<D>;
export function placeholder<D extends DType>(
  dtype: D,
  shape?: PartialShape | (OpOptions & { readonly shape?: PartialShape }),
  options?: OpOptions,
): Tensor<D> {
  return ops.placeholder(dtype, withPositional<OpOptions & { shape?: PartialShape }, 'shape'>('placeholder', ['shape'], shape ?? undefined, options));
}

/** The input, unless a run feeds this tensor. */
export function placeholderWithDefault<D extends DType>(input: TensorLike<D>, shape: PartialShape, options?: OpOptions): Tensor<D> {
  return ops.placeholderWithDefault(input, shape, options);
}

/** Zeros (false, empty strings) of a shape. */
export function zeros<D extends DType = 'float32'>(
  shape: ShapeLike,
  dtype?: D | (OpOptions & { readonly dtype?: D }),
  options?: OpOptions,
): Tensor<D> {
  return filled('zeros', shape, dtype, options, (element) => (element === 'string' ? '' : element === 'bool' ? false : 0));
}

/** Ones (true) of a shape. */
export function ones<D extends DType = 'float32'>(
  shape: ShapeLike,
  dtype?: D | (OpOptions & { readonly dtype?: D }),
  options?: OpOptions,
): Tensor<D> {
  return filled('ones', shape, dtype, options, (element) => (element === 'bool' ? true : 1));
}

/** Small known shapes become a constant, as in TensorFlow; others a Fill. */
const largestConstant = 1000;

function filled<D extends DType>(
  what: 'zeros' | 'ones',
  shape: ShapeLike,
  dtype: D | (OpOptions & { readonly dtype?: D }) | undefined,
  options: OpOptions | undefined,
  valueOf: (dtype: DType) => number | boolean | string,
): Tensor<D> {
  const all = withPositional<OpOptions & { dtype?: D }, 'dtype'>(what, ['dtype'], dtype, options);
  const element = all.dtype ?? ('float32' as D);
  const graph = graphOf(shape);
  return inScope(graph, all.name, what, (scope) => {
    const value = HostTensor.from(valueOf(element), { dtype: element });
    const known = isKnownShape(shape) ? shape : undefined;
    if (known !== undefined && known.reduce((size, dim) => size * dim, 1) < largestConstant) {
      return addConst(graph, HostTensor.full(known, valueOf(element), element), scope) as Tensor<D>;
    }
    const dims = known === undefined ? shape : HostTensor.from(known, { dtype: 'int32', shape: [known.length] });
    const sizes = convertToTensor(graph, dims, { dtype: ownDType(dims) ?? 'int32', name: 'shape_as_tensor' }) as Tensor<'int32'>;
    return ops.fill(sizes, addConst(graph, value, 'Const') as Tensor<D>, { name: scope });
  });
}

function isKnownShape(shape: ShapeLike): shape is Shape {
  return Array.isArray(shape) && shape.every((dim) => typeof dim === 'number');
}

export interface LikeOptions<D extends DType> extends OpOptions {
  readonly dtype?: D;
}

/** Zeros of the shape of x, of its dtype unless another is given. */
export function zerosLike<D extends DType>(x: TensorLike<D>, options: LikeOptions<D> = {}): Tensor<D> {
  return like<D>('zeros_like', x, options, ops.zerosLike, 0);
}

/** Ones of the shape of x, of its dtype unless another is given. */
export function onesLike<D extends DType>(x: TensorLike<D>, options: LikeOptions<D> = {}): Tensor<D> {
  return like<D>('ones_like', x, options, ops.onesLike, 1);
}

function like<D extends DType>(
  what: 'zeros_like' | 'ones_like',
  x: TensorLike<D>,
  options: LikeOptions<D>,
  op: (x: Tensor<D>, options?: OpOptions) => Tensor<D>,
  value: 0 | 1,
): Tensor<D> {
  checkOptions(value === 0 ? 'zerosLike' : 'onesLike', options, ['dtype']);
  return inScope(graphOf(x), options.name, what, (scope) => {
    const tensor = toTensor(x, 'tensor');
    const dtype = options.dtype ?? tensor.dtype;
    const known = tensor.shape;
    if (dtype !== 'variant' && isFullyKnown(known)) return (value === 0 ? zeros : ones)<D>(known, dtype, { name: scope });
    if (dtype === tensor.dtype) return op(tensor, { name: scope });
    return (value === 0 ? zeros : ones)<D>(ops.shape(tensor), dtype, { name: scope });
  });
}

/** A tensor of a shape with one value everywhere. */
export function fill<D extends DType>(dims: ShapeLike, value: TensorLike<D>, options?: OpOptions): Tensor<D> {
  return ops.fill(dims, value, options);
}

/** Whether plain numbers are all whole: then a range of them is of ints, as Python's would be. */
function wholeNumbers(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'number' && Number.isInteger(value));
}

/** start, start + delta, … up to before limit; with one argument 0, 1, … up to before it. Whole numbers give int32. */
export function range<D extends DType = 'int32'>(
  start: TensorLike<D>,
  limit?: TensorLike<D> | (OpOptions & { readonly dtype?: D }),
  delta?: TensorLike<D> | (OpOptions & { readonly dtype?: D }),
  options?: OpOptions & { readonly dtype?: D },
): Tensor<D> {
  type Options = OpOptions & { readonly dtype?: D };
  const given = [start, limit, delta].filter((value) => value !== undefined && !isOptions(value)) as TensorLike<D>[];
  const all: Options = [limit, delta, options].find((value) => isOptions<Options>(value)) ?? {};
  checkOptions('range', all, ['dtype']);
  const [from, to, step] = given.length === 1 ? [0, given[0]!, 1] : [given[0]!, given[1]!, given[2] ?? 1];
  const graph = graphOf(...given);
  return inScope(graph, all.name, 'range', (scope) => {
    const dtype = all.dtype ?? given.map(ownDType).find((own) => own !== undefined) ?? (wholeNumbers(given) ? 'int32' : 'float32');
    const parts = [from, to, step].map((part) => (typeof part === 'number' ? HostTensor.from(part, { dtype }) : part));
    return ops.range(parts[0] as TensorLike<D>, parts[1] as TensorLike<D>, parts[2] as TensorLike<D>, { name: scope });
  });
}

/** `num` evenly spaced values from start to stop, both included. */
export function linspace<D extends DType>(
  start: TensorLike<D>,
  stop: TensorLike<D>,
  num: TensorLike<'int32' | 'int64'> = 50,
  options?: OpOptions,
): Tensor<D> {
  return ops.linSpace(start, stop, num, options);
}

export interface EyeOptions<D extends DType> extends OpOptions {
  /** Default: as many as rows. */
  readonly numColumns?: number;
  /** Leading dimensions. */
  readonly batchShape?: Shape;
  readonly dtype?: D;
}

/** Identity matrices: [...batchShape, numRows, numColumns]. */
export function eye<D extends DType = 'float32'>(numRows: number, options: EyeOptions<D> = {}): Tensor<D> {
  checkOptions('eye', options, ['numColumns', 'batchShape', 'dtype']);
  const { numColumns = numRows, batchShape = [], dtype = 'float32' as D, name = 'eye' } = options;
  if (!Number.isInteger(numRows) || numRows < 0 || !Number.isInteger(numColumns) || numColumns < 0) {
    throw new ValueError(`eye: numRows and numColumns must be non-negative integers, but ${numRows} and ${numColumns} were given.`);
  }
  return inScope(getDefaultGraph(), name, 'eye', () => {
    const diagonal = ones<D>([...batchShape, Math.min(numRows, numColumns)], dtype);
    if (numRows === numColumns) return ops.matrixDiag(diagonal);
    return ops.matrixSetDiag(zeros<D>([...batchShape, numRows, numColumns], dtype), diagonal);
  });
}

export interface SizeOptions<Out extends 'int32' | 'int64'> extends OpOptions {
  readonly outType?: Out;
}

/** The shape as a vector; a constant where it is known already. */
export function shape<Out extends 'int32' | 'int64' = 'int32'>(input: TensorLike, options: SizeOptions<Out> = {}): Tensor<Out> {
  const tensor = toTensor(input, 'input');
  if (!isFullyKnown(tensor.shape)) return ops.shape(tensor, options);
  return known(tensor, tensor.shape, [tensor.shape.length], 'Shape', options);
}

/** The number of elements; a constant where it is known already. */
export function size<Out extends 'int32' | 'int64' = 'int32'>(input: TensorLike, options: SizeOptions<Out> = {}): Tensor<Out> {
  const tensor = toTensor(input, 'input');
  if (!isFullyKnown(tensor.shape)) return ops.size(tensor, options);
  return known(tensor, sizeOf(tensor.shape), [], 'Size', options);
}

/** The number of dimensions; a constant where it is known already. */
export function rank(input: TensorLike, options: OpOptions = {}): Tensor<'int32'> {
  const tensor = toTensor(input, 'input');
  return tensor.shape === null ? ops.rank(tensor, options) : known(tensor, tensor.shape.length, [], 'Rank', options);
}

function known<Out extends 'int32' | 'int64'>(
  tensor: Tensor,
  value: number | Shape,
  shapeOfValue: Shape,
  what: string,
  options: SizeOptions<Out>,
): Tensor<Out> {
  checkOptions(what.toLowerCase(), options, ['outType']);
  const constantValue = HostTensor.from(value, { dtype: options.outType ?? 'int32', shape: shapeOfValue });
  return addConst(tensor.graph, constantValue, options.name ?? what) as Tensor<Out>;
}
