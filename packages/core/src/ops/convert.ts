/** From what a program passes as a tensor to a tensor of the graph. */
import { dtypeInfo, type DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import { Operation } from '../graph/operation.js';
import { Tensor } from '../graph/tensor.js';
import { HostTensor } from '../hostTensor.js';
import { tagOf, type TensorValue } from '../hostValue.js';
import { constDefinition, packDefinition } from './literals.js';

/**
 * What op functions take for a tensor: a tensor, a value (number, bigint, boolean, string, typed array, HostTensor), or nested arrays of
 * these. Values become Const operations; an array with tensors inside is packed along a new first axis.
 */
export type TensorLike<D extends DType = DType> = Tensor<D> | TensorStandIn<D> | HostTensor<D> | TensorValue | readonly TensorLike<D>[];

/** What stands for a tensor, as a variable does for its value. */
export interface TensorStandIn<D extends DType = DType> {
  asGraphElement(): Tensor<D>;
  /** The tensor for an op that takes it as an input, which may be made anew; by default the graph element. */
  asInput?(): Tensor<D>;
}

/** How a value is to be converted. */
export interface ConvertOptions {
  /** The dtype it must have. */
  readonly dtype?: DType | undefined;
  /** The dtype it gets if its kind allows, when `dtype` is not given. */
  readonly preferred?: DType | undefined;
  /** Name of the Const (or Pack) operation. */
  readonly name?: string | undefined;
}

/** The tensors inside a value, nested arrays included. */
export function tensorsIn(value: unknown): Tensor[] {
  const found: Tensor[] = [];
  const visit = (item: unknown): void => {
    const element = graphElement(item);
    if (isTensor(element)) found.push(element);
    else if (isList(item)) item.forEach(visit);
  };
  visit(value);
  return found;
}

// `instanceof` alone would give `Tensor<any>`.
function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}

function isHostTensor(value: unknown): value is HostTensor {
  return value instanceof HostTensor;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** Objects like variables stand for a tensor. */
function graphElement(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && 'asGraphElement' in value && typeof value.asGraphElement === 'function') {
    return (value as { asGraphElement(): unknown }).asGraphElement();
  }
  return value;
}

function hasInput(value: unknown): value is { asInput(): unknown } {
  return typeof value === 'object' && value !== null && 'asInput' in value && typeof value.asInput === 'function';
}

/**
 * The dtype that a value brings with it: a tensor's, a HostTensor's or typed array's, that of a tensor inside an array.
 * `undefined` for plain numbers, booleans and strings, which take the dtype asked for.
 */
export function ownDType(value: unknown): DType | undefined {
  const element = graphElement(value);
  if (isTensor(element) || isHostTensor(element)) return element.dtype;
  if (ArrayBuffer.isView(element)) return typedArrayDType(element);
  if (!isList(element)) return undefined;
  for (const inner of element) {
    const dtype = ownDType(inner);
    if (dtype !== undefined && !ArrayBuffer.isView(inner)) return dtype;
  }
  return undefined;
}

const dtypeOfArray: Readonly<Record<string, DType>> = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Int8Array: 'int8',
  Uint8Array: 'uint8',
  Uint8ClampedArray: 'uint8',
  Int16Array: 'int16',
  Uint16Array: 'uint16',
  Int32Array: 'int32',
  Uint32Array: 'uint32',
  BigInt64Array: 'int64',
  BigUint64Array: 'uint64',
};

function typedArrayDType(value: ArrayBufferView): DType | undefined {
  return dtypeOfArray[tagOf(value)];
}

/** The kinds of plain value that a dtype can take: what keeps a boolean out of a float argument. */
export function literalKind(value: unknown): 'number' | 'bigint' | 'boolean' | 'string' | 'empty' | undefined {
  if (isList(value)) {
    for (const inner of value) {
      const kind = literalKind(inner);
      if (kind !== undefined && kind !== 'empty') return kind;
    }
    return 'empty';
  }
  const kind = typeof value;
  return kind === 'number' || kind === 'bigint' || kind === 'boolean' || kind === 'string' ? kind : undefined;
}

/**
 * The tensor of `graph` that `value` stands for, made if need be.
 * TypeError or ValueError when it is not of the dtype, or no tensor at all.
 */
export function convertToTensor(graph: Graph, value: unknown, options: ConvertOptions = {}): Tensor {
  const element = hasInput(value) ? value.asInput() : graphElement(value);
  if (isTensor(element)) return checked(graph, element, options.dtype);
  if (element instanceof Operation) {
    throw new TypeError(`Can't convert Operation '${element.name}' to Tensor`);
  }
  if (isList(element) && tensorsIn(element).length > 0) return pack(graph, element, options);
  const dtype = options.dtype ?? (ownDType(element) === undefined ? options.preferred : undefined);
  const host = hostValue(element, dtype);
  if (options.dtype !== undefined && host.dtype !== options.dtype) {
    throw new TypeError(`Expected a tensor of dtype ${options.dtype}, but the value given is ${host.dtype}.`);
  }
  return addConst(graph, host, options.name);
}

/** TypeError for a plain number with a fraction where whole ones are wanted; typed arrays are converted as numpy's are. */
export function refuseFractions(value: unknown, dtype: DType): void {
  const { kind } = dtypeInfo[dtype];
  if (kind !== 'int' && kind !== 'uint') return;
  if (typeof value === 'number' && !Number.isInteger(value)) throw new TypeError(`Expected ${dtype}, but got ${value} of type 'float'.`);
  if (isList(value)) for (const inner of value) refuseFractions(inner, dtype);
}

/** Adds a Const of a value to the graph. */
export function addConst(graph: Graph, value: HostTensor, name: string | undefined): Tensor {
  const op = graph.createOperation({
    definition: constDefinition,
    inputs: [],
    attrs: { value: { kind: 'tensor', value }, dtype: { kind: 'type', value: value.dtype } },
    name: name ?? 'Const',
  });
  return op.outputs[0]!;
}

function checked(graph: Graph, tensor: Tensor, dtype: DType | undefined): Tensor {
  if (dtype !== undefined && tensor.dtype !== dtype) {
    throw new ValueError(`Tensor conversion requested dtype ${dtype} for Tensor with dtype ${tensor.dtype}: '${tensor.toString()}'`);
  }
  return graph.asGraphElement(tensor, { allowOperation: false }) as Tensor;
}

function hostValue(value: unknown, dtype: DType | undefined): HostTensor {
  if (isHostTensor(value)) return value;
  if (value === null || value === undefined) throw new ValueError('None values not supported.');
  const isTyped = ArrayBuffer.isView(value);
  // A typed array says its dtype; that another was asked for is the caller's error, unless it is a flat list in an untyped place.
  if (isTyped) return HostTensor.from(value as TensorValue);
  if (dtype !== undefined) refuseFractions(value, dtype);
  return HostTensor.from(value as TensorValue, dtype === undefined ? {} : { dtype });
}

/** `[t, 1, [..]]`: each element converted, then Pack. */
function pack(graph: Graph, values: readonly unknown[], options: ConvertOptions): Tensor {
  const dtype = options.dtype ?? ownDType(values);
  const name = options.name ?? 'packed';
  return graph.nameScope(name, (scope) => {
    const elements = values.map((value, i) => convertToTensor(graph, value, { dtype, name: String(i) }));
    const op = graph.createOperation({
      definition: packDefinition,
      inputs: elements,
      attrs: {
        N: { kind: 'int', value: elements.length },
        T: { kind: 'type', value: elements[0]!.dtype },
        axis: { kind: 'int', value: 0 },
      },
      name: scope,
    });
    return op.outputs[0]!;
  });
}
