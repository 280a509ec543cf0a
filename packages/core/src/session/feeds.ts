/** Feeds: from what a caller gives to tensors of the fed tensors' dtypes (a handle: the kept value where it lies), checked in TensorFlow's order. */
import type { AnyTensor } from '../device/anyTensor.js';
import { dtypeInfo } from '../dtypes.js';
import { InvalidArgumentError, ValueError } from '../errors.js';
import type { GraphElementLike } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import { Tensor, tupleText } from '../graph/tensor.js';
import { HostTensor } from '../hostTensor.js';
import type { TensorValue } from '../hostValue.js';
import { isPlainObject } from '../plainObject.js';
import { compatible } from '../shape.js';
import { TensorHandle } from './handles.js';
import { conversionOf, type IndexedSlices, type IndexedSlicesValue, type SparseTensor, type SparseTensorValue } from './sparse.js';

/** What a tensor may be fed with. */
export type FeedValue = TensorValue | HostTensor | SparseTensorValue | IndexedSlicesValue | readonly (TensorValue | HostTensor | null)[];
/** A tensor or its name, or what stands for tensors: a sparse tensor, indexed slices, an object of a registered type. */
export type FeedKey = Tensor | string | SparseTensor | IndexedSlices | GraphElementLike | readonly FeedKey[];
/** Feeds as a Map, as pairs, or by name. */
export type Feeds = ReadonlyMap<FeedKey, FeedValue> | readonly (readonly [FeedKey, FeedValue])[] | { readonly [name: string]: FeedValue };

export function mapFeeds(graph: Graph, feeds: unknown): Map<Tensor, AnyTensor> {
  const result = new Map<Tensor, AnyTensor>();
  if (feeds === undefined || feeds === null) return result;
  for (const [key, value] of flattened(entriesOf(feeds))) {
    const conversion = conversionOf(key);
    if (conversion?.feed === undefined) {
      const tensor = feedTensor(graph, key);
      result.set(tensor, feedValue(graph, tensor, key, value));
      continue;
    }
    for (const [part, partValue] of conversion.feed(key as object, value)) {
      const tensor = feedTensor(graph, part);
      result.set(tensor, feedValue(graph, tensor, part, partValue));
    }
  }
  return result;
}

/** The tensors that keys allow to be fed, for partial runs. */
export function feedTensors(graph: Graph, keys: readonly unknown[]): Tensor[] {
  return keys.flatMap((key) => {
    const conversion = conversionOf(key);
    const parts: readonly unknown[] = conversion?.feedForPartialRun?.(key as object) ?? [key];
    return parts.map((part) => feedTensor(graph, part, 'feed_list'));
  });
}

/** Keys that are arrays are taken apart together with their values, which must nest alike. */
function* flattened(entries: Iterable<readonly [unknown, unknown]>): Generator<readonly [unknown, unknown]> {
  const seen = new Set<unknown>();
  const walk = function* (key: unknown, value: unknown): Generator<readonly [unknown, unknown]> {
    if (!Array.isArray(key)) {
      if (seen.has(key)) throw new ValueError(`Could not flatten dictionary: key ${keyText(key)} is not unique.`);
      seen.add(key);
      yield [key, value];
      return;
    }
    const values: unknown[] = Array.isArray(value) ? value : [value];
    if (values.length !== key.length) {
      throw new ValueError(`Could not flatten dictionary. Key had ${key.length} elements, but value had ${values.length} elements. Key: ${key.map(keyText).join(', ')}, value: ${values.map(String).join(', ')}.`);
    }
    for (const [i, part] of key.entries()) yield* walk(part, values[i]);
  };
  for (const [key, value] of entries) yield* walk(key, value);
}

function keyText(key: unknown): string {
  return typeof key === 'string' || key instanceof Tensor ? String(key) : Object.prototype.toString.call(key);
}

function entriesOf(feeds: unknown): Iterable<readonly [unknown, unknown]> {
  if (feeds instanceof Map) return feeds as ReadonlyMap<unknown, unknown>;
  if (Array.isArray(feeds)) {
    return feeds.map((pair: unknown) => {
      if (!Array.isArray(pair) || pair.length !== 2) throw new TypeError('feeds given as an array must hold [tensor, value] pairs');
      return pair as [unknown, unknown];
    });
  }
  if (isPlainObject(feeds)) return Object.entries(feeds);
  throw new TypeError('input must be a dictionary: a Map, an array of [tensor, value] pairs, or an object by tensor name');
}

function feedTensor(graph: Graph, key: unknown, what: 'feed_dict' | 'feed_list' = 'feed_dict'): Tensor {
  try {
    return graph.asGraphElement(key, { allowOperation: false }) as Tensor;
  } catch (error) {
    throw new TypeError(`Cannot interpret ${what} key as Tensor: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function feedValue(graph: Graph, tensor: Tensor, key: unknown, value: unknown): AnyTensor {
  const text = typeof key === 'string' ? key : tensor.toString();
  if (value instanceof Tensor) {
    throw new TypeError(
      `The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python scalars, strings, lists, numpy ndarrays, or TensorHandles. For reference, the tensor object was ${value.toString()} which was passed to the feed with key ${text}.`,
    );
  }
  if (value instanceof TensorHandle && tensor.dtype !== 'string') {
    // The kept value itself; a handle's shape is not checked.
    const { kept } = value;
    if (kept.dtype !== tensor.dtype) throw new InvalidArgumentError(`Expects arg to be ${dtypeInfo[tensor.dtype].tfName} but ${dtypeInfo[kept.dtype].tfName} is provided: the handle ${value.handle} fed for ${tensor.name}.`);
    if (!graph.isFeedable(tensor)) throw new ValueError(`Tensor ${tensor.toString()} may not be fed.`);
    return kept;
  }
  checkInteger(tensor, value);
  const array = convert(tensor, value as TensorValue | HostTensor);
  if (!compatible(tensor.shape, array.shape)) {
    throw new ValueError(`Cannot feed value of shape ${tupleText(array.shape)} for Tensor '${tensor.name}', which has shape '${tupleText(tensor.shape)}'`);
  }
  if (!graph.isFeedable(tensor)) throw new ValueError(`Tensor ${tensor.toString()} may not be fed.`);
  return array;
}

function convert(tensor: Tensor, value: TensorValue | HostTensor): HostTensor {
  try {
    return HostTensor.from(value, { dtype: tensor.dtype, wrap: true });
  } catch (error) {
    if (error instanceof ValueError) throw new ValueError(`Feed for Tensor '${tensor.name}' (${tensor.dtype}): ${error.message}`, { cause: error });
    const text = textIn(value);
    if (error instanceof TypeError && text !== undefined) throw new ValueError(`Feed for Tensor '${tensor.name}' (${tensor.dtype}): could not convert string to ${tensor.dtype}: '${text}'`, { cause: error });
    if (error instanceof TypeError) throw new TypeError(`Feed for Tensor '${tensor.name}' (${tensor.dtype}): ${error.message}`, { cause: error });
    throw error;
  }
}

/** The first string in a value, where numbers were wanted. */
function textIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  for (const part of value as readonly unknown[]) {
    const text = textIn(part);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** A bare integer must survive the conversion; arrays are converted as they are. */
function checkInteger(tensor: Tensor, value: unknown): void {
  const integer = typeof value === 'bigint' ? value : typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : undefined;
  if (integer === undefined) return;
  if (survives(tensor, integer)) return;
  throw new TypeError(
    `Type of feed value ${integer} with type int is not compatible with Tensor type ${tensor.dtype}. Try explicitly setting the type of the feed tensor to a larger type (e.g. int64).`,
  );
}

function survives(tensor: Tensor, value: bigint): boolean {
  const { kind, bytes } = dtypeInfo[tensor.dtype];
  const bits = bytes * 8;
  switch (kind) {
    case 'int':
      return BigInt.asIntN(bits, value) === value;
    case 'uint':
      return BigInt.asUintN(bits, value) === value;
    case 'bool':
      return value === 0n || value === 1n;
    case 'float':
    case 'complex': {
      const array = HostTensor.from(Number(value), { dtype: kind === 'complex' ? 'float64' : tensor.dtype });
      const kept = Number(array.item());
      return Number.isFinite(kept) && BigInt(Math.trunc(kept)) === value;
    }
    case 'object':
      return false;
    default:
      return kind satisfies never;
  }
}
