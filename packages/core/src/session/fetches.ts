/** Fetches: from any structure of tensors, operations and names to what the runtime is asked for, and back to that structure with values. */
import { InaccessibleTensorError, KeyError, ValueError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import type { Endpoint } from '../graph/graphData.js';
import { Operation } from '../graph/operation.js';
import { Tensor } from '../graph/tensor.js';
import type { HostTensor } from '../hostTensor.js';
import { isPlainObject } from '../plainObject.js';
import { givesHandle, TensorHandle, type HandleStore } from './handles.js';
import { conversionOf, type IndexedSlices, type IndexedSlicesValue, type SparseTensor, type SparseTensorValue } from './sparse.js';

/** What one leaf of a fetch structure may be. */
export type FetchLeaf = Tensor | Operation | SparseTensor | IndexedSlices | string | { asGraphElement(): Tensor | Operation };
/** A leaf, or arrays, objects and Maps of them, nested. */
export type Fetches = FetchLeaf | readonly Fetches[] | ReadonlyMap<unknown, Fetches> | { readonly [key: string]: Fetches };

/** The result of fetching `F`: the same structure, tensors replaced by their values and operations by null. A name with `:` is a tensor's. */
export type Fetched<F> =
  F extends Tensor<infer D> ? HostTensor<D>
  : F extends SparseTensor<infer D> ? SparseTensorValue<D>
  : F extends IndexedSlices<infer D> ? IndexedSlicesValue<D>
  : F extends Operation ? null
  : F extends `${string}:${string}` ? HostTensor
  : F extends string ? HostTensor | null
  : F extends { asGraphElement(): infer E } ? Fetched<E>
  : F extends ReadonlyMap<infer K, infer V> ? Map<K, Fetched<V>>
  : F extends readonly unknown[] ? { -readonly [I in keyof F]: Fetched<F[I]> }
  : F extends object ? { -readonly [K in keyof F]: Fetched<F[K]> }
  : never;

export interface FetchMapper {
  /** Tensors to fetch, each once, in the order of first mention. */
  readonly tensors: readonly Tensor[];
  /** Operations to run. */
  readonly targets: readonly Operation[];
  /** Puts values into the structure. */
  build(valueOf: (tensor: Tensor) => HostTensor): unknown;
}

/** `store`: where the values of session handles are kept. */
export function mapFetches(graph: Graph, fetches: unknown, store: HandleStore): FetchMapper {
  const tensors = new Set<Tensor>();
  const targets = new Set<Operation>();
  const build = mapOne({ graph, store }, fetches, (element) => {
    if (element instanceof Tensor) tensors.add(element);
    else targets.add(element);
  });
  return { tensors: [...tensors], targets: [...targets], build };
}

interface Source {
  readonly graph: Graph;
  readonly store: HandleStore;
}

type Builder = (valueOf: (tensor: Tensor) => HostTensor) => unknown;

function mapOne(source: Source, fetch: unknown, found: (element: Tensor | Operation) => void): Builder {
  const { graph, store } = source;
  if (Array.isArray(fetch)) {
    const parts = fetch.map((part: unknown) => mapOne(source, part, found));
    return (valueOf) => parts.map((part) => part(valueOf));
  }
  if (fetch instanceof Map) {
    const parts = [...fetch].map(([key, part]: [unknown, unknown]) => [key, mapOne(source, part, found)] as const);
    return (valueOf) => new Map(parts.map(([key, part]) => [key, part(valueOf)]));
  }
  if (isPlainObject(fetch)) {
    const parts = Object.entries(fetch).map(([key, part]) => [key, mapOne(source, part, found)] as const);
    return (valueOf) => Object.fromEntries(parts.map(([key, part]) => [key, part(valueOf)]));
  }
  const conversion = conversionOf(fetch);
  if (conversion !== undefined) {
    const [elements, build] = conversion.fetch(fetch as object);
    const parts = elements.map((part) => mapOne(source, part, found));
    return (valueOf) => build(parts.map((part) => part(valueOf)));
  }
  const element = elementOf(graph, fetch);
  const operation = element instanceof Tensor ? element.op : element;
  if (!graph.isFetchable(operation)) {
    throw new InaccessibleTensorError(`Operation '${operation.name}' has been marked as not fetchable. Typically this happens when it is defined in another function or code block. Use return values,explicit Python locals or TensorFlow collections to access it.`);
  }
  found(element);
  if (!(element instanceof Tensor)) return () => null;
  if (!givesHandle(element)) return (valueOf) => valueOf(element);
  return (valueOf) => handleOf(valueOf(element), store);
}

function elementOf(graph: Graph, fetch: unknown): Tensor | Operation {
  if (fetch === null || fetch === undefined) throw new TypeError(`Fetch argument ${String(fetch)} has invalid type ${fetch === null ? 'null' : 'undefined'}`);
  try {
    return graph.asGraphElement(fetch);
  } catch (error) {
    if (error instanceof TypeError) {
      throw new TypeError(`Fetch argument ${describe(fetch)} has invalid type ${typeof fetch}, must be a string or Tensor. (${error.message})`, { cause: error });
    }
    if (error instanceof ValueError || error instanceof KeyError) {
      throw new ValueError(`Fetch argument ${describe(fetch)} cannot be interpreted as a Tensor. (${error.message})`, { cause: error });
    }
    throw error;
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (value instanceof Tensor || value instanceof Operation) return value.toString();
  return typeof value === 'object' ? Object.prototype.toString.call(value) : JSON.stringify(value) ?? typeof value;
}

/** A handle as the program gets it; a fed one may be anything. */
function handleOf(value: HostTensor, store: HandleStore): HostTensor {
  const item: unknown = value.size === 1 ? value.item() : undefined;
  if (typeof item === 'string') return new TensorHandle(item, store);
  if (typeof item === 'object' && item !== null && 'name' in item && typeof item.name === 'string') return new TensorHandle(item.name, store);
  return value;
}

/** Tensors as endpoints. */
export function endpointsOf(tensors: Iterable<Tensor>): Endpoint[] {
  return Array.from(tensors, (tensor) => ({ node: tensor.op.name, index: tensor.index }));
}
