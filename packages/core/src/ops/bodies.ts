/**
 * Small words for writing bodies: one-output ops, constants and attributes. A body sees static shapes; `known` narrows them, as most
 * bodies exist only once every size is known.
 */
import { dtypeInfo, type DType } from '../dtypes.js';
import type { Attrs, AttrValue } from '../graph/attrs.js';
import { HostTensor } from '../hostTensor.js';
import { isFullyKnown, type PartialShape, type Shape } from '../shape.js';
import { InternalError } from '../errors.js';
import type { BodyBuilder, BodyValue } from './opDef.js';

const utf8 = new TextEncoder();

export const attr = {
  int: (value: number): AttrValue => ({ kind: 'int', value }),
  float: (value: number): AttrValue => ({ kind: 'float', value }),
  bool: (value: boolean): AttrValue => ({ kind: 'bool', value }),
  string: (value: string): AttrValue => ({ kind: 'string', value: utf8.encode(value) }),
  type: (value: DType): AttrValue => ({ kind: 'type', value }),
  shape: (value: PartialShape): AttrValue => ({ kind: 'shape', value }),
  ints: (value: readonly number[]): AttrValue => ({ kind: 'list', of: 'int', value }),
  types: (value: readonly DType[]): AttrValue => ({ kind: 'list', of: 'type', value }),
} as const;

/** The only or first output of a new op. */
export function one(b: BodyBuilder, type: string, inputs: readonly BodyValue[], attrs?: Attrs): BodyValue {
  const output = b.op(type, inputs, attrs)[0];
  if (output === undefined) throw new InternalError(`internal: a body made a ${type} op and wanted its output, but it has none.`);
  return output;
}

/** Input i of the op whose body is being built. */
export function inputOf(inputs: readonly BodyValue[], i: number): BodyValue {
  const value = inputs[i];
  if (value === undefined) throw new InternalError(`internal: a body wanted input ${i} of ${inputs.length}.`);
  return value;
}

/** The shape when every size of it is known (-1 is one that only the run knows). */
export function known(value: BodyValue): Shape | undefined {
  return isFullyKnown(value.shape) && value.shape.every((dim) => dim >= 0) ? value.shape : undefined;
}

/** A constant vector of int32: axes, sizes, permutations. */
export function int32s(b: BodyBuilder, values: readonly number[]): BodyValue {
  return b.constant(new HostTensor('int32', [values.length], Int32Array.from(values)));
}

/** A constant int32 scalar. */
export function int32(b: BodyBuilder, value: number): BodyValue {
  return b.constant(new HostTensor('int32', [], Int32Array.of(value)));
}

/** A constant scalar of any numeric dtype, or bool. */
export function number(b: BodyBuilder, value: number, dtype: DType): BodyValue {
  if (dtypeInfo[dtype].kind === 'complex') return b.constant(HostTensor.from([value, 0], { dtype, shape: [] }));
  if (dtype === 'bool') return b.constant(HostTensor.from(value !== 0, { dtype, shape: [] }));
  return b.constant(HostTensor.from(dtype === 'int64' || dtype === 'uint64' ? BigInt(value) : value, { dtype, shape: [] }));
}

/** A constant matrix of int32, row by row: paddings, crops. */
export function int32Matrix(b: BodyBuilder, rows: readonly (readonly number[])[], columns: number): BodyValue {
  return b.constant(new HostTensor('int32', [rows.length, columns], Int32Array.from(rows.flat())));
}

export function reshape(b: BodyBuilder, x: BodyValue, shape: Shape): BodyValue {
  return one(b, 'Reshape', [x, int32s(b, shape)]);
}

export function transpose(b: BodyBuilder, x: BodyValue, permutation: readonly number[]): BodyValue {
  return permutation.every((axis, at) => axis === at) ? x : one(b, 'Transpose', [x, int32s(b, permutation)]);
}

export function cast(b: BodyBuilder, x: BodyValue, dtype: DType): BodyValue {
  return x.dtype === dtype ? x : one(b, 'Cast', [x], { DstT: attr.type(dtype) });
}

/** Sum, Max, Mean… over these axes. */
export function reduce(b: BodyBuilder, type: string, x: BodyValue, axes: readonly number[], keepDims: boolean): BodyValue {
  return one(b, type, [x, int32s(b, axes)], { keep_dims: attr.bool(keepDims) });
}

/** An associative op of two arguments over a list. */
export function foldBody(b: BodyBuilder, inputs: readonly BodyValue[], type: string): readonly BodyValue[] | undefined {
  if (inputs.some(({ dtype }) => dtype === 'variant')) return undefined;
  if (inputs.length === 1) return b.op('Identity', inputs);
  return [inputs.reduce((sum, next) => one(b, type, [sum, next]))];
}
