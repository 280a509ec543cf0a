/**
 * What is known of an integer tensor's value while a graph is built: constants, shapes of tensors with known dimensions, and the small
 * arithmetic that programs do on them (Pack, StridedSlice, Concat, Cast, Mul…). This is what makes `reshape(x, stack([shape(x)[0], -1]))`
 * have a static shape. Only ranks 0 and 1 with few elements, through few operations.
 */
import { newData, type DType } from '../dtypes.js';
import { HostTensor } from '../hostTensor.js';
import type { PartialShape } from '../shape.js';
import { AttrReader } from './attrs.js';
import type { Operation } from './operation.js';
import type { Tensor } from './tensor.js';

/** An integer scalar or vector of which some elements may be unknown (null). */
export interface PartialValue {
  readonly rank: 0 | 1;
  readonly elements: readonly (number | null)[];
}

const maxElements = 1024;
const maxDepth = 64;
/** Operations looked at for one value: a bound on what a made-up graph can cost. */
const maxVisits = 1000;

type Known = PartialValue | undefined;
type Seen = Map<Tensor, Known>;

/** A constant's value; also that of a small int32 or int64 tensor that can be computed from what is known. */
export function constantValue(tensor: Tensor): HostTensor | undefined {
  let source = tensor;
  for (let depth = 0; source.op.type === 'Identity' && depth < maxDepth; depth++) source = source.op.inputs[0]!;
  if (source.op.type === 'Const') {
    const attr = source.op.attrs['value'];
    return attr?.kind === 'tensor' ? attr.value : undefined;
  }
  const partial = partialValue(tensor);
  if (partial === undefined || partial.elements.includes(null)) return undefined;
  return intTensor(tensor.dtype, partial);
}

/** What is known of an int32 or int64 scalar or vector; `undefined`: nothing. */
export function partialValue(tensor: Tensor): PartialValue | undefined {
  return evaluate(tensor, new Map(), 0);
}

/** A partial value as a shape vector: −1 and unknown elements are unknown dimensions; an unknown vector may still have a known length. */
export function shapeFromValue(tensor: Tensor, value: PartialValue | undefined): PartialShape {
  if (value !== undefined) return value.rank === 1 ? value.elements.map((dim) => (dim === null || dim < 0 ? null : dim)) : null;
  const length = tensor.shape?.length === 1 ? tensor.shape[0] : null;
  return typeof length === 'number' && length <= maxElements ? new Array<null>(length).fill(null) : null;
}

function intTensor(dtype: DType, value: PartialValue): HostTensor | undefined {
  const shape = value.rank === 0 ? [] : [value.elements.length];
  if (dtype === 'int32') {
    const data = newData('int32', value.elements.length);
    value.elements.forEach((element, i) => (data[i] = element ?? 0));
    return new HostTensor('int32', shape, data);
  }
  if (dtype === 'int64') {
    const data = newData('int64', value.elements.length);
    value.elements.forEach((element, i) => (data[i] = BigInt(element ?? 0)));
    return new HostTensor('int64', shape, data);
  }
  return undefined;
}

function evaluate(tensor: Tensor, seen: Seen, depth: number): Known {
  if (tensor.dtype !== 'int32' && tensor.dtype !== 'int64') return undefined;
  if (seen.has(tensor)) return seen.get(tensor);
  const rule = rules[tensor.op.type];
  if (rule === undefined || depth > maxDepth || seen.size > maxVisits) return undefined;
  seen.set(tensor, undefined);
  const value = rule(
    tensor.op,
    (i) => {
      const input = tensor.op.inputs[i];
      return input === undefined ? undefined : evaluate(input, seen, depth + 1);
    },
    tensor,
  );
  const checked =
    value !== undefined && value.elements.length <= maxElements && value.elements.every((element) => fits(element, tensor.dtype))
      ? value
      : undefined;
  seen.set(tensor, checked);
  return checked;
}

/** Results that would wrap around are left to the run. */
function fits(element: number | null, dtype: DType): boolean {
  return element === null || (dtype === 'int32' ? element === (element | 0) : Number.isSafeInteger(element));
}

type Rule = (op: Operation, input: (i: number) => Known, tensor: Tensor) => Known;

const rules: Readonly<Record<string, Rule>> = {
  Const: (op) => {
    const attr = op.attrs['value'];
    return attr?.kind === 'tensor' ? fromTensor(attr.value) : undefined;
  },
  Shape: (op) => vectorOf(op.inputs[0]!.shape),
  ShapeN: (op, _, tensor) => vectorOf(op.inputs[tensor.index]!.shape),
  Rank: (op) => (op.inputs[0]!.shape === null ? undefined : scalar(op.inputs[0]!.shape.length)),
  Size: (op) => {
    const shape = op.inputs[0]!.shape;
    return shape === null ? undefined : scalar(product(shape));
  },
  Identity: (_, input) => input(0),
  StopGradient: (_, input) => input(0),
  Cast: (op, input) => (isInteger(op.inputs[0]!.dtype) ? input(0) : undefined),
  Pack: (op, input) => {
    const elements = op.inputs.map((_, i) => input(i));
    // Unknown elements are only known to be scalars when their tensors say so.
    if (op.inputs.some((tensor, i) => (elements[i]?.rank ?? tensor.shape?.length) !== 0)) return undefined;
    return vector(elements.map((element) => element?.elements[0] ?? null));
  },
  ConcatV2: (op, input) => concat(op.inputs.slice(0, -1).map((tensor, i) => part(tensor, input(i)))),
  Concat: (op, input) => concat(op.inputs.slice(1).map((tensor, i) => part(tensor, input(i + 1)))),
  StridedSlice: stridedSlice,
  Slice: (_, input) => {
    const value = input(0);
    const begin = input(1)?.elements[0];
    const size = input(2)?.elements[0];
    if (value?.rank !== 1 || begin == null || size == null) return undefined;
    return vector(value.elements.slice(begin, size === -1 ? undefined : begin + size));
  },
  GatherV2: (_, input) => {
    const value = input(0);
    const indices = input(1);
    if (value?.rank !== 1 || indices === undefined) return undefined;
    return { rank: indices.rank, elements: indices.elements.map((i) => (i === null ? null : (value.elements[i] ?? null))) };
  },
  ExpandDims: (_, input) => {
    const value = input(0);
    return value?.rank === 0 ? vector(value.elements) : undefined;
  },
  Squeeze: (_, input) => {
    const value = input(0);
    return value?.elements.length === 1 ? scalar(value.elements[0]!) : undefined;
  },
  Reshape: (op, input, tensor) => {
    const value = input(0);
    const rank = op.inputs[1]?.shape?.[0] ?? tensor.shape?.length;
    if (value === undefined || (rank !== 0 && rank !== 1)) return undefined;
    return { rank, elements: value.elements };
  },
  Range: (_, input) => {
    const [start, limit, delta] = [input(0)?.elements[0], input(1)?.elements[0], input(2)?.elements[0]];
    if (start == null || limit == null || delta == null || delta === 0) return undefined;
    const count = Math.max(0, Math.ceil((limit - start) / delta));
    return count > maxElements ? undefined : vector(Array.from({ length: count }, (_unused, i) => start + i * delta));
  },
  Prod: (_, input) => {
    const value = input(0);
    return value?.rank === 1 && input(1)?.elements.length === 1 ? scalar(product(value.elements)) : undefined;
  },
  Add: binary((a, b) => a + b),
  AddV2: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Maximum: binary(Math.max),
  Minimum: binary(Math.min),
  FloorDiv: binary((a, b) => (b === 0 ? null : Math.floor(a / b))),
  FloorMod: binary((a, b) => (b === 0 ? null : a - b * Math.floor(a / b))),
};

function isInteger(dtype: DType): boolean {
  return dtype === 'int32' || dtype === 'int64';
}

function scalar(element: number | null): PartialValue {
  return { rank: 0, elements: [element] };
}

function vector(elements: readonly (number | null)[]): PartialValue {
  return { rank: 1, elements };
}

function vectorOf(shape: PartialShape): Known {
  return shape === null ? undefined : vector(shape);
}

function product(elements: readonly (number | null)[]): number | null {
  let result = 1;
  for (const element of elements) {
    if (element === null) return null;
    result *= element;
  }
  return result;
}

function fromTensor(value: HostTensor): Known {
  if (value.shape.length > 1 || value.data.length > maxElements) return undefined;
  const rank = value.shape.length === 0 ? 0 : 1;
  if (value.dtype !== 'int32' && value.dtype !== 'int64') return undefined;
  return { rank, elements: Array.from(value.data as Iterable<number | bigint>, Number) };
}

/** A concatenated part; when its value is unknown its length may still be known. */
function part(tensor: Tensor, value: Known): Known {
  if (value !== undefined) return value;
  const length = tensor.shape?.length === 1 ? tensor.shape[0] : null;
  return typeof length === 'number' && length <= maxElements ? vector(new Array<null>(length).fill(null)) : undefined;
}

function concat(parts: readonly Known[]): Known {
  const elements: (number | null)[] = [];
  for (const piece of parts) {
    if (piece?.rank !== 1) return undefined;
    elements.push(...piece.elements);
  }
  return vector(elements);
}

/** `value[begin:end:stride]` or `value[i]` of a vector. */
function stridedSlice(op: Operation, input: (i: number) => Known): Known {
  const value = input(0);
  const [begin, end, stride] = [input(1), input(2), input(3)];
  if (value?.rank !== 1 || begin?.elements.length !== 1 || stride?.elements.length !== 1 || begin.elements[0] == null) return undefined;
  const attrs = new AttrReader(op.attrs, op.name);
  if (attrs.int('ellipsis_mask') !== 0 || attrs.int('new_axis_mask') !== 0) return undefined;
  const length = value.elements.length;
  const step = stride.elements[0];
  if (attrs.int('shrink_axis_mask') !== 0) {
    const at = begin.elements[0] < 0 ? begin.elements[0] + length : begin.elements[0];
    return at < 0 || at >= length ? undefined : scalar(value.elements[at]!);
  }
  if (step == null || step === 0) return undefined;
  const clamp = (index: number): number => {
    const at = index < 0 ? index + length : index;
    return step > 0 ? Math.min(Math.max(at, 0), length) : Math.min(Math.max(at, -1), length - 1);
  };
  const first = attrs.int('begin_mask') !== 0 ? (step > 0 ? 0 : length - 1) : clamp(begin.elements[0]);
  const endElement = end?.elements[0];
  const openEnd = attrs.int('end_mask') !== 0;
  if (!openEnd && endElement == null) return undefined;
  const last = openEnd ? (step > 0 ? length : -1) : clamp(endElement!);
  const elements: (number | null)[] = [];
  for (let at = first; step > 0 ? at < last : at > last; at += step) elements.push(value.elements[at] ?? null);
  return vector(elements);
}

function binary(combine: (a: number, b: number) => number | null): Rule {
  return (_, input) => {
    const [a, b] = [input(0), input(1)];
    if (a === undefined || b === undefined) return undefined;
    const rank = a.rank === 1 || b.rank === 1 ? 1 : 0;
    const length = Math.max(a.elements.length, b.elements.length);
    if (a.elements.length === 0 || b.elements.length === 0) return undefined;
    const at = (value: PartialValue, i: number): number | null => value.elements[value.elements.length === 1 ? 0 : i] ?? null;
    if (a.elements.length !== 1 && b.elements.length !== 1 && a.elements.length !== b.elements.length) return undefined;
    const elements = Array.from({ length }, (_unused, i) => {
      const [x, y] = [at(a, i), at(b, i)];
      return x === null || y === null ? null : combine(x, y);
    });
    return { rank, elements };
  };
}
