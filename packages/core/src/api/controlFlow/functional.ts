/** `tf.mapFn`, `tf.scan`, `tf.foldl`, `tf.foldr`: a function of one element, applied to all slices along the first axis, one after the other. */
import type { DType } from '../../dtypes.js';
import { ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { convertToTensor } from '../../ops/convert.js';
import type { OpOptions } from '../../ops/apply.js';
import * as ops from '../../ops/families.js';
import { checkOptions, graphOf, inScope } from '../arguments.js';
import { checkFunction } from './cond.js';
import { builtNow, checkSameStructure, flatten, pack, type Structure, type Tensors } from './structure.js';
import { TensorArray } from './tensorArray.js';
import { whileLoop } from './whileLoop.js';

interface LoopOptions extends OpOptions {
  /** How many elements may be under way at once. */
  readonly parallelIterations?: number;
  /** For gradients, as in TensorFlow: the graph is the same either way. */
  readonly backProp?: boolean;
  readonly swapMemory?: boolean;
}

const loopKeys = ['parallelIterations', 'backProp', 'swapMemory'] as const;

export interface MapOptions extends LoopOptions {
  /** The dtypes of the results, in their structure; by default those of the elements, whose structure the results then have. */
  readonly dtype?: unknown;
  /** All results have one shape. Default true. */
  readonly inferShape?: boolean;
}

export interface FoldOptions<A> extends LoopOptions {
  /** The accumulator at first; by default the first element (foldr: the last). */
  readonly initializer?: A;
}

export interface ScanOptions<A> extends FoldOptions<A> {
  readonly inferShape?: boolean;
  /** From the last element to the first. */
  readonly reverse?: boolean;
}

/** The slices of tensors as arrays of elements. */
interface Slices {
  readonly arrays: readonly TensorArray[];
  readonly count: Tensor<'int32'>;
  /** Where it is known. */
  readonly length: number | null;
  readonly tensors: readonly Tensor[];
}

function slicesOf(elems: unknown, what: string, areAlike = true): Slices {
  const graph = graphOf(flatten(elems));
  const tensors = flatten(elems).map((value) => convertToTensor(graph, value, { name: 'elem' }));
  const [first] = tensors;
  if (first === undefined) throw new ValueError(`${what}: there are no elements.`);
  for (const tensor of tensors) {
    if (tensor.shape?.length === 0) throw new ValueError(`${what}: elements in elems must be at least 1 dimensional Tensors, not scalars.  Found scalar Tensor: ${tensor.toString()}.`);
  }
  const lengths = tensors.map((tensor) => tensor.shape?.[0] ?? null);
  const length = lengths.find((size) => size !== null) ?? null;
  if (lengths.some((size) => size !== null && size !== length)) throw new ValueError(`${what}: elements must have one first dimension, but have ${lengths.map((size) => size ?? '?').join(', ')}.`);
  const count = length === null ? ops.stridedSlice(ops.shape(first), [0], [1], [1], { shrinkAxisMask: 1 }) : (convertToTensor(graph, length, { dtype: 'int32', name: 'n' }) as Tensor<'int32'>);
  const arrays = tensors.map((tensor) => new TensorArray(tensor.dtype, { size: count, dynamicSize: false, inferShape: areAlike }).unstack(tensor));
  return { arrays, count, length, tensors };
}

const elementAt = (elems: unknown, { arrays }: Slices, index: Tensor<'int32'>): unknown => pack(elems, arrays.map((array) => array.read(index)));

/** Results along a new first axis, of known length where it is known. */
function stacked(arrays: readonly TensorArray[], length: number | null): Tensor[] {
  return arrays.map((array) => {
    const result = array.stack();
    if (length !== null && array.elementShape !== null) result.setShape([length, ...array.elementShape]);
    return result;
  });
}

const counter = (like: Tensor, value: number): Tensor<'int32'> => convertToTensor(like.graph, value, { dtype: 'int32', name: 'i' }) as Tensor<'int32'>;

/**
 * `fn` of each slice of `elems` (one tensor or a structure of tensors of one length), stacked. ValueError where there are no slices, and where
 * the results do not have the structure or the dtypes that were told.
 */
export function mapFn<const E extends Structure, const R = Tensors<E>>(fn: (element: Tensors<E>) => R, elems: E, options?: MapOptions): R;
export function mapFn(fn: unknown, elems: unknown, options: MapOptions = {}): unknown {
  checkFunction(fn, 'fn');
  checkOptions('mapFn', options, ['dtype', 'inferShape', ...loopKeys]);
  const { dtype, inferShape = true, parallelIterations = 10, name } = options;
  return inScope(graphOf(flatten(elems)), name, 'map', () => {
    const slices = slicesOf(elems, 'mapFn');
    const shape = dtype ?? elems;
    const dtypes = flatten(shape).map((leaf, i) => (dtype === undefined ? slices.tensors[i]!.dtype : (leaf as DType)));
    const results = dtypes.map((element) => new TensorArray(element, { size: slices.count, dynamicSize: false, inferShape }));
    const [, filled] = whileLoop((i: Tensor<'int32'>) => ops.less(i, slices.count), (i: Tensor<'int32'>, arrays: readonly TensorArray[]) => {
      const given = builtNow(fn(elementAt(elems, slices, i)), 'fn');
      checkSameStructure(shape, given, 'mapFn: fn must return the structure of dtype');
      return [ops.add(i, 1), flatten(given).map((value, at) => arrays[at]!.write(i, value as Tensor))];
    }, [counter(slices.count, 0), results], { parallelIterations, maximumIterations: slices.count }) as readonly [Tensor, readonly TensorArray[]];
    return pack(shape, stacked(filled, slices.length));
  });
}

/** `fn` of the accumulator and each slice in turn: the last accumulator. */
export function foldl<const E extends Structure, const A extends Structure = E>(
  fn: (accumulator: Tensors<A>, element: Tensors<E>) => unknown, elems: E, options: FoldOptions<A> = {},
): Tensors<A> {
  return fold('foldl', fn as Fold, elems, options, false) as Tensors<A>;
}

/** `foldl` from the last slice to the first. */
export function foldr<const E extends Structure, const A extends Structure = E>(
  fn: (accumulator: Tensors<A>, element: Tensors<E>) => unknown, elems: E, options: FoldOptions<A> = {},
): Tensors<A> {
  return fold('foldr', fn as Fold, elems, options, true) as Tensors<A>;
}

type Fold = (accumulator: unknown, element: unknown) => unknown;

function fold(what: string, fn: Fold, elems: unknown, options: FoldOptions<unknown>, isReverse: boolean): unknown {
  checkFunction(fn, 'fn');
  checkOptions(what, options, ['initializer', ...loopKeys]);
  return inScope(graphOf(flatten(elems)), options.name, what, () => {
    const walk = walkOf(what, elems, options, isReverse);
    const [, last] = whileLoop(walk.goesOn, (i: Tensor<'int32'>, accumulator: unknown) => [ops.add(i, walk.step), builtNow(fn(accumulator, elementAt(elems, walk.slices, i)), 'fn') as object],
      [walk.start, walk.initial] as readonly [Tensor<'int32'>, Structure], { parallelIterations: options.parallelIterations ?? 10 }) as readonly [Tensor, unknown];
    return last;
  });
}

interface Walk {
  readonly slices: Slices;
  readonly initial: unknown;
  readonly start: Tensor<'int32'>;
  readonly step: 1 | -1;
  readonly goesOn: (i: Tensor<'int32'>) => Tensor<'bool'>;
}

/** Which elements come in which order. Without an initializer the first one is where it begins. */
function walkOf(what: string, elems: unknown, options: FoldOptions<unknown>, isReverse: boolean): Walk {
  const slices = slicesOf(elems, what);
  const { count } = slices;
  const last = ops.sub(count, 1);
  const isGiven = options.initializer !== undefined;
  if (!isGiven && slices.length === 0) throw new ValueError(`${what}: there is no element to begin with; give an initializer.`);
  const start = isReverse ? (isGiven ? last : ops.sub(count, 2)) : counter(count, isGiven ? 0 : 1);
  // What an array gives once it need not give again: the first element is read from the tensors.
  const first = isReverse ? last : counter(count, 0);
  const initial = isGiven
    ? pack(options.initializer, flatten(options.initializer).map((value) => convertToTensor(count.graph, value, { name: 'initializer' })))
    : pack(elems, slices.tensors.map((tensor) => ops.gatherV2(tensor, first, 0)));
  return { slices, initial, start, step: isReverse ? -1 : 1, goesOn: (i) => (isReverse ? ops.greaterEqual(i, 0) : ops.less(i, count)) };
}

/**
 * As `foldl` (or, with `reverse`, as `foldr`), but all accumulators, stacked: number i is what came of slice i. Without an initializer the first
 * of them is the first slice itself.
 */
export function scan<const E extends Structure, const A extends Structure = E>(
  fn: (accumulator: Tensors<A>, element: Tensors<E>) => unknown, elems: E, options: ScanOptions<A> = {},
): Tensors<A> {
  checkFunction(fn, 'fn');
  checkOptions('scan', options, ['initializer', 'inferShape', 'reverse', ...loopKeys]);
  const { reverse: isReverse = false, inferShape = true, parallelIterations = 10, name } = options;
  return inScope(graphOf(flatten(elems)), name, 'scan', () => {
    const walk = walkOf('scan', elems, options, isReverse);
    const { slices } = walk;
    const begun = flatten(walk.initial) as readonly Tensor[];
    const empty = begun.map((tensor) => new TensorArray(tensor.dtype, { size: slices.count, dynamicSize: false, inferShape, elementShape: inferShape ? tensor.shape : null }));
    const at = isReverse ? ops.sub(slices.count, 1) : counter(slices.count, 0);
    const results = options.initializer === undefined ? empty.map((array, i) => array.write(at, begun[i]!)) : empty;
    const [, , filled] = whileLoop(walk.goesOn, (i: Tensor<'int32'>, accumulator: unknown, arrays: readonly TensorArray[]) => {
      const next = builtNow((fn)(accumulator, elementAt(elems, slices, i)), 'fn');
      checkSameStructure(walk.initial, next, 'scan: fn must return the structure of the accumulator');
      return [ops.add(i, walk.step), next as object, flatten(next).map((value, k) => arrays[k]!.write(i, value as Tensor))];
    }, [walk.start, walk.initial, results] as readonly [Tensor<'int32'>, Structure, readonly TensorArray[]], { parallelIterations }) as readonly [Tensor, unknown, readonly TensorArray[]];
    return pack(walk.initial, stacked(filled, slices.length)) as Tensors<A>;
  });
}
