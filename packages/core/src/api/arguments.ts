/**
 * Helpers for functions that take their optional arguments the two ways that programs write them: Python's positional order
 * (`reduceSum(x, 1)`), or in the options object (`reduceSum(x, { axis: 1 })`).
 */
import type { DType } from '../dtypes.js';
import { typeName } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import { convertToTensor, tensorsIn, type TensorLike } from '../ops/convert.js';
import { checkKeys } from '../options.js';
import { isPlainObject } from '../plainObject.js';
import { getDefaultGraph } from '../state/defaultGraph.js';

/** Which elements along which axes: one number, several, or a tensor of them. */
export type Axis = TensorLike<'int32' | 'int64'>;

/** Whether an argument is an options object rather than a value. */
export function isOptions<O extends object>(value: unknown): value is O {
  return isPlainObject(value) && !('asGraphElement' in value);
}

/** Refuses options that the function `what` does not have. TypeError; it names what was given and what there is. */
export function checkOptions(what: string, options: object | undefined, keys: readonly string[] = []): void {
  if (options === undefined) return;
  if (!isOptions<object>(options)) throw new TypeError(`${what} takes its optional arguments as one object, but ${typeName(options)} was given.`);
  checkKeys(what, options, [...keys, 'name']);
}

/** Puts a positional argument, if it is one, into the options under its name, the first of `keys`; the others may only be options. */
export function withPositional<O extends object, K extends string & keyof O>(
  what: string, keys: readonly [K, ...(string & keyof O)[]], value: O[K] | O | undefined, options: O | undefined,
): O {
  checkOptions(what, options, keys);
  if (!isOptions<O>(value)) return (value === undefined ? { ...options } : { ...options, [keys[0]]: value }) as O;
  checkOptions(what, value, keys);
  return { ...value, ...options };
}

/** The graph of the tensors among some values, else the default graph. */
export function graphOf(...values: readonly unknown[]): Graph {
  return tensorsIn(values)[0]?.graph ?? getDefaultGraph();
}

/** The tensor that a value stands for, in the graph of the tensors beside it. */
export function toTensor<D extends DType>(value: TensorLike<D>, name: string, ...beside: readonly unknown[]): Tensor<D> {
  return convertToTensor(graphOf(value, ...beside), value, { name }) as Tensor<D>;
}

/** Runs `fn` inside a name scope of the graph; `fn` gets the name that the result should have. */
export function inScope<R>(graph: Graph, name: string | undefined, fallback: string, fn: (scope: string) => R): R {
  return graph.asDefault(() => graph.nameScope(name ?? fallback, fn));
}
