/**
 * What stands for several tensors in a fetch or as a key of feeds: sparse tensors and indexed slices, and types that a program registers.
 * The latest registration that an object is an instance of counts.
 */
import type { DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { Operation } from '../graph/operation.js';
import type { Tensor } from '../graph/tensor.js';
import type { HostTensor } from '../hostTensor.js';
import { conversions, type AnyClass, type Conversion } from '../state/conversions.js';

/** The value of a SparseTensor. */
export class SparseTensorValue<D extends DType = DType> {
  constructor(readonly indices: HostTensor<'int64'>, readonly values: HostTensor<D>, readonly denseShape: HostTensor<'int64'>) {}
}

/** A sparse tensor as three dense ones: places [n, rank], values [n], and the shape of the whole. */
export class SparseTensor<D extends DType = DType> {
  constructor(readonly indices: Tensor<'int64'>, readonly values: Tensor<D>, readonly denseShape: Tensor<'int64'>) {}
  /** The operation that makes the values. */
  get op(): Operation {
    return this.values.op;
  }
  get dtype(): D {
    return this.values.dtype;
  }
}

/** The value of IndexedSlices. */
export class IndexedSlicesValue<D extends DType = DType> {
  constructor(readonly values: HostTensor<D>, readonly indices: HostTensor, readonly denseShape: HostTensor | null) {}
}

/** Slices of a larger tensor: `values[i]` stands at `indices[i]` of its first dimension. */
export class IndexedSlices<D extends DType = DType> {
  constructor(readonly values: Tensor<D>, readonly indices: Tensor, readonly denseShape: Tensor | null = null) {}
  /** The operation that makes the values. */
  get op(): Operation {
    return this.values.op;
  }
  get dtype(): D {
    return this.values.dtype;
  }
}

/** What a registered type fetches: tensors or operations, and how their values make its value. */
export type FetchConversion<T> = (object: T) => readonly [elements: readonly (Tensor | Operation)[], build: (values: readonly unknown[]) => unknown];
/** What feeding a registered type feeds. */
export type FeedConversion<T> = (object: T, value: unknown) => Iterable<readonly [Tensor, unknown]>;

/**
 * Teaches sessions a type of the program's own. ValueError when the type, or one that it is a base of, is registered already; a subclass of
 * a registered type may be registered, and counts first. `feedForPartialRun` gives the tensors that `partialRunSetup` is to allow.
 */
export function registerSessionRunConversionFunctions<T extends object>(
  type: abstract new (...args: never[]) => T, fetch: FetchConversion<T>, feed?: FeedConversion<T>, feedForPartialRun?: (object: T) => readonly Tensor[],
): void {
  const taken = [...conversions.map((entry) => entry.type), SparseTensor, IndexedSlices].some((known) => known === type || isBase(type, known));
  if (taken) throw new ValueError(`${type.name} has already been registered so ignore it.`);
  // Checked by `conversionOf`: these are called with instances of the type only.
  conversions.unshift({
    type,
    fetch: (object) => fetch(object as T),
    feed: feed === undefined ? undefined : (object, value) => feed(object as T, value),
    feedForPartialRun: feedForPartialRun === undefined ? undefined : (object) => feedForPartialRun(object as T),
  });
}

function isBase(type: AnyClass, known: AnyClass): boolean {
  const prototype: unknown = type.prototype;
  return typeof prototype === 'object' && prototype !== null && Object.prototype.isPrototypeOf.call(prototype, known.prototype as object);
}

const sparse: Conversion = {
  type: SparseTensor,
  fetch: (object) => {
    const { indices, values, denseShape } = object as SparseTensor;
    return [[indices, values, denseShape], ([i, v, s]) => new SparseTensorValue(i as HostTensor<'int64'>, v as HostTensor, s as HostTensor<'int64'>)];
  },
  feed: (object, value) => {
    const { indices, values, denseShape } = object as SparseTensor;
    const parts = value instanceof SparseTensorValue ? [value.indices, value.values, value.denseShape] : partsOf(value, 'SparseTensor', 2, 3);
    return [[indices, parts[0]], [values, parts[1]], ...(parts.length > 2 ? [[denseShape, parts[2]] as const] : [])];
  },
  feedForPartialRun: (object) => {
    const { indices, values, denseShape } = object as SparseTensor;
    return [indices, values, denseShape];
  },
};

const slices: Conversion = {
  type: IndexedSlices,
  fetch: (object) => {
    const { values, indices, denseShape } = object as IndexedSlices;
    return [
      [values, indices, ...(denseShape === null ? [] : [denseShape])],
      ([v, i, s]) => new IndexedSlicesValue(v as HostTensor, i as HostTensor, (s as HostTensor | undefined) ?? null),
    ];
  },
  feed: (object, value) => {
    const { values, indices, denseShape } = object as IndexedSlices;
    const parts = value instanceof IndexedSlicesValue ? [value.values, value.indices, value.denseShape] : partsOf(value, 'IndexedSlices', 2, 3);
    return [[values, parts[0]], [indices, parts[1]], ...(denseShape === null ? [] : [[denseShape, parts[2]] as const])];
  },
  feedForPartialRun: (object) => {
    const { values, indices, denseShape } = object as IndexedSlices;
    return [values, indices, ...(denseShape === null ? [] : [denseShape])];
  },
};

function partsOf(value: unknown, what: string, least: number, most: number): readonly unknown[] {
  if (Array.isArray(value) && value.length >= least && value.length <= most) return value;
  throw new TypeError(`A ${what} is fed with a ${what}Value or an array of its ${least} or ${most} parts.`);
}

/** How an object is taken apart; undefined for what is itself. */
export function conversionOf(object: unknown): Conversion | undefined {
  if (typeof object !== 'object' || object === null) return undefined;
  return conversions.find(({ type }) => object instanceof type) ?? (object instanceof SparseTensor ? sparse : object instanceof IndexedSlices ? slices : undefined);
}
