/**
 * Structures of tensors as branches give and loops carry them: arrays, objects and Maps, nested; sparse tensors and indexed slices count as
 * their parts, a TensorArray as its flow. Objects are taken in the order of their sorted keys, so that two with the same keys correspond.
 */
import type { DType } from '../../dtypes.js';
import { ValueError } from '../../errors.js';
import { typeName } from '../../graph/elements.js';
import type { Operation } from '../../graph/operation.js';
import type { Tensor } from '../../graph/tensor.js';
import type { HostTensor } from '../../hostTensor.js';
import type { NumericArray, ScalarValue } from '../../hostValue.js';
import type { TensorStandIn } from '../../ops/convert.js';
import { IndexedSlices, SparseTensor } from '../../session/sparse.js';
import { isOptions } from '../arguments.js';
import type { NaturalDType } from '../values.js';
import { TensorArray } from './tensorArray.js';

/** One value of a structure: what op functions take for a tensor, arrays excepted. */
export type Leaf = Tensor | TensorStandIn | HostTensor | ScalarValue | NumericArray | SparseTensor | IndexedSlices | TensorArray;

/** Values in arrays, objects and Maps. `More`: further kinds of leaf. */
export type Structure<More = never> = Leaf | More | readonly Structure<More>[] | ReadonlyMap<unknown, Structure<More>> | { readonly [key: string]: Structure<More> };

/**
 * The same structure with a tensor for every leaf. An operation gives a bool, which is there when the operation has run. Of structures that are
 * nested without end (`Structure` itself) the types are known six levels down.
 */
export type Tensors<T, Depth extends readonly unknown[] = []> =
  Depth['length'] extends 6 ? unknown
  : T extends Tensor<infer D> ? Tensor<D>
  : T extends SparseTensor<infer D> ? SparseTensor<D>
  : T extends IndexedSlices<infer D> ? IndexedSlices<D>
  : T extends TensorArray<infer D> ? TensorArray<D>
  : T extends Operation ? Tensor<'bool'>
  : T extends TensorStandIn<infer D> ? Tensor<D>
  : T extends HostTensor | ScalarValue | NumericArray ? Tensor<NaturalDType<T> extends infer D extends DType ? D : DType>
  : T extends ReadonlyMap<infer K, infer V> ? Map<K, Tensors<V, [...Depth, 0]>>
  : T extends readonly unknown[] ? { -readonly [I in keyof T]: Tensors<T[I], [...Depth, 0]> }
  : T extends object ? { -readonly [K in keyof T]: Tensors<T[K], [...Depth, 0]> }
  : never;

/** An array of one is its element. */
export type Unpacked<T> = T extends readonly [infer Only] ? Only : T;

/** How a value that holds others is taken apart and put together. */
interface Node {
  readonly kind: string;
  readonly keys: readonly unknown[];
  readonly children: readonly unknown[];
  build(children: readonly unknown[]): unknown;
}

/** Undefined for a leaf. */
export function nodeOf(value: unknown): Node | undefined {
  if (Array.isArray(value)) return { kind: 'array', keys: value.map((_, i) => i), children: value, build: (children) => [...children] };
  if (value instanceof Map) {
    const keys: readonly unknown[] = [...value.keys()];
    return { kind: 'Map', keys, children: [...value.values()], build: (children) => new Map(keys.map((key, i) => [key, children[i]])) };
  }
  if (value instanceof SparseTensor) {
    return {
      kind: 'SparseTensor', keys: [0, 1, 2], children: [value.indices, value.values, value.denseShape],
      build: ([indices, values, denseShape]) => new SparseTensor(indices as Tensor<'int64'>, values as Tensor, denseShape as Tensor<'int64'>),
    };
  }
  if (value instanceof IndexedSlices) {
    const children = [value.values, value.indices, ...(value.denseShape === null ? [] : [value.denseShape])];
    return {
      kind: 'IndexedSlices', keys: children.map((_, i) => i), children,
      build: ([values, indices, denseShape = null]) => new IndexedSlices(values as Tensor, indices as Tensor, denseShape as Tensor | null),
    };
  }
  // Of an array the flow is what changes; the handle stays.
  if (value instanceof TensorArray) return { kind: 'TensorArray', keys: [0], children: [value.flow], build: ([flow]) => value.withFlow(flow as Tensor<'float32'>) };
  if (!isOptions<Readonly<Record<string, unknown>>>(value)) return undefined;
  const keys = Object.keys(value).sort();
  return { kind: 'object', keys, children: keys.map((key) => value[key]), build: (children) => Object.fromEntries(keys.map((key, i) => [key, children[i]])) };
}

/** The leaves in order. */
export function flatten(structure: unknown): unknown[] {
  const node = nodeOf(structure);
  return node === undefined ? [structure] : node.children.flatMap(flatten);
}

/** The same structure with other leaves, in the order of `flatten`. */
export function pack(structure: unknown, leaves: readonly unknown[]): unknown {
  let at = 0;
  const build = (value: unknown): unknown => {
    const node = nodeOf(value);
    return node === undefined ? leaves[at++] : node.build(node.children.map(build));
  };
  return build(structure);
}

/** The same structure with each leaf put through `fn`. */
export function mapLeaves(structure: unknown, fn: (leaf: unknown) => unknown): unknown {
  const node = nodeOf(structure);
  return node === undefined ? fn(structure) : node.build(node.children.map((child) => mapLeaves(child, fn)));
}

/** TypeError for another kind of structure, ValueError for another number of elements or other keys; `what` begins the text. */
export function checkSameStructure(first: unknown, second: unknown, what: string): void {
  const [a, b] = [nodeOf(first), nodeOf(second)];
  const kinds = [a?.kind ?? 'tensor', b?.kind ?? 'tensor'];
  if (kinds[0] !== kinds[1]) {
    const message = `${what}: The two structures don't have the same nested structure: ${describe(first, a)} and ${describe(second, b)}.`;
    throw a === undefined || b === undefined ? new ValueError(message) : new TypeError(message);
  }
  if (a === undefined || b === undefined) return;
  if (a.keys.length !== b.keys.length || a.keys.some((key, i) => key !== b.keys[i])) {
    throw new ValueError(`${what}: The two structures don't have the same nested structure: ${describe(first, a)} and ${describe(second, b)}.`);
  }
  a.children.forEach((child, i) => { checkSameStructure(child, b.children[i], what); });
}

function describe(value: unknown, node: Node | undefined): string {
  if (node === undefined) return typeName(value);
  if (node.kind === 'array') return `an array of ${node.keys.length}`;
  return node.kind === 'object' || node.kind === 'Map' ? `${node.kind} with ${node.keys.map(String).join(', ') || 'no keys'}` : node.kind;
}

/** What a function of the program gave, which builds a graph and so cannot be waited for. TypeError for a promise. */
export function builtNow<R>(result: R, what: string): R {
  if (result instanceof Promise) throw new TypeError(`${what} must give its results at once: it builds a graph. It gave a promise.`);
  return result;
}
