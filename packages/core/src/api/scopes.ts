/** The default graph and its scopes as functions: `tf.device('/gpu:0', () => …)`. */
import type { ControlInput } from '../graph/scopedGraph.js';
import type { Operation } from '../graph/operation.js';
import type { DeviceScope } from '../graph/scopes.js';
import type { Tensor } from '../graph/tensor.js';
import type { DType } from '../dtypes.js';
import { convertToTensor as convert, type ConvertOptions, type TensorLike } from '../ops/convert.js';
import { getDefaultGraph } from '../state/defaultGraph.js';
import { graphOf } from './arguments.js';
import { ValueError } from '../errors.js';
import { checkKeys } from '../options.js';
import { tensorsIn } from '../ops/convert.js';

export { getDefaultGraph, resetDefaultGraph } from '../state/defaultGraph.js';
export { DeviceSpec } from '../graph/deviceSpec.js';
export { mergeDevice } from '../graph/scopes.js';
export type { DeviceFunction, DeviceScope } from '../graph/scopes.js';

/** Requests a device for what `fn` makes in the default graph: `graph.device`. Without `fn`: until the result is disposed of. */
export function device(device: DeviceScope): Disposable;
export function device<R>(device: DeviceScope, fn: () => R): R;
export function device<R>(device: DeviceScope, fn?: () => R): R | Disposable {
  const graph = getDefaultGraph();
  return fn === undefined ? graph.device(device) : graph.device(device, fn);
}

/** Options of `nameScope`. */
export interface NameScopeOptions {
  /** The name when none is given. */
  readonly defaultName?: string;
  /** Tensors that tell the graph; all must be of one. */
  readonly values?: readonly TensorLike[];
}

/**
 * Prefixes the names of what `fn` makes by `name/`, made unique: `graph.nameScope`, in the graph of `values` (which becomes the default), else
 * in the default graph. ValueError when neither name nor default name is given, or the values are of two graphs.
 */
export function nameScope<R>(name: string | null, options: NameScopeOptions, fn: (scope: string) => R): R;
export function nameScope<R>(name: string | null, fn: (scope: string) => R): R;
export function nameScope<R>(name: string | null, options: NameScopeOptions | ((scope: string) => R), fn?: (scope: string) => R): R {
  const { defaultName, values = [] } = typeof options === 'function' ? {} : options;
  const body = typeof options === 'function' ? options : fn!;
  if (typeof options !== 'function') checkKeys('nameScope', options, ['defaultName', 'values']);
  if (defaultName !== undefined && typeof defaultName !== 'string') {
    throw new TypeError(
      `\`default_name\` type (${typeof defaultName}) is not a string type. You likely meant to pass this into the \`values\` kwarg.`,
    );
  }
  if (name === null && defaultName === undefined && typeof options !== 'function') {
    throw new ValueError('At least one of name (None) and default_name (None) must be provided.');
  }
  const tensors = tensorsIn(values);
  for (const tensor of tensors) {
    if (tensor.graph !== tensors[0]!.graph)
      throw new ValueError(`${tensor.toString()} must be from the same graph as ${tensors[0]!.toString()}.`);
  }
  const graph = tensors[0]?.graph ?? getDefaultGraph();
  return graph.asDefault(() => graph.nameScope(name ?? defaultName ?? null, body));
}

/** What `fn` makes in the default graph waits for `inputs`; null forgets the blocks around: `graph.controlDependencies`. */
export function controlDependencies<R>(inputs: readonly ControlInput[] | null, fn: () => R): R {
  return getDefaultGraph().controlDependencies(inputs, fn);
}

/** Places what `fn` makes with an operation: `graph.colocateWith`. */
export function colocateWith<R>(op: Operation | Tensor | null, options: { readonly ignoreExisting?: boolean }, fn: () => R): R;
export function colocateWith<R>(op: Operation | Tensor | null, fn: () => R): R;
export function colocateWith<R>(
  op: Operation | Tensor | null,
  options: { readonly ignoreExisting?: boolean } | (() => R),
  fn?: () => R,
): R {
  const graph = op?.graph ?? getDefaultGraph();
  return typeof options === 'function' ? graph.colocateWith(op, options) : graph.colocateWith(op, options, fn!);
}

/** Gives stateful operations that `fn` makes this resource container: `graph.container`. */
export function container<R>(name: string, fn: () => R): R {
  return getDefaultGraph().container(name, fn);
}

/** Adds a value to a collection of the default graph. */
export function addToCollection(name: string, value: unknown): void {
  getDefaultGraph().addToCollection(name, value);
}

/** Adds a value to collections of the default graph, to each once. */
export function addToCollections(names: string | readonly string[], value: unknown): void {
  getDefaultGraph().addToCollections(names, value);
}

/** The live list of a collection of the default graph. */
export function getCollectionRef(name: string): unknown[] {
  return getDefaultGraph().getCollectionRef(name);
}

/** A copy of a collection of the default graph. */
export function getCollection(name: string, scope?: string): unknown[] {
  return getDefaultGraph().getCollection(name, scope);
}

/** The tensor that a value stands for, as op functions convert their arguments. */
export function convertToTensor<D extends DType>(value: TensorLike<D>, options: ConvertOptions & { readonly dtype?: D } = {}): Tensor<D> {
  return convert(graphOf(value), value, options) as Tensor<D>;
}
