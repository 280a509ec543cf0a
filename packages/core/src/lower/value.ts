/** A value of a plan while it is lowered: an output of a node (or of a body's inner op) with a known dtype and shape. */
import type { DType } from '../dtypes.js';
import { HostTensor } from '../hostTensor.js';
import type { Arg } from '../kernels/kernel.js';
import type { PartialShape, Shape } from '../shape.js';

/** A static shape as values have it: unknown sizes are -1, and so is an unknown rank, as a whole. */
export function valueShape(shape: PartialShape): Shape {
  return shape === null ? [-1] : shape.map((dim) => dim ?? -1);
}

export interface Value {
  /** `node:index`, for people. */
  readonly name: string;
  readonly dtype: DType;
  /** A dimension of -1 is born from data: only host programs make such values, and only host programs, results and later graphs read them. */
  readonly shape: Shape;
  readonly constant?: HostTensor | undefined;
  /** The value whose bytes these are: itself, or for a view what it views. */
  readonly root: Value;
}

export function newValue(name: string, dtype: DType, shape: Shape, constant?: HostTensor): Value {
  const value: { name: string; dtype: DType; shape: Shape; constant?: HostTensor | undefined; root: Value | undefined } = { name, dtype, shape, constant, root: undefined };
  value.root = value as Value;
  return value as Value;
}

/** The same bytes under another shape or dtype. Of a constant it is a constant: without constant folding a Reshape of one gets here. */
export function viewOf(source: Value, name: string, dtype: DType, shape: Shape): Value {
  const { constant } = source;
  if (constant !== undefined) return newValue(name, dtype, shape, new HostTensor<DType>(dtype, shape, constant.data));
  return { name, dtype, shape, root: source.root };
}

export function argOf(value: Value): Arg {
  return { dtype: value.dtype, shape: value.shape, constant: value.constant };
}
