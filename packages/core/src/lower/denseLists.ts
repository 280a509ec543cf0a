/**
 * Lists as tensors. A TensorList whose length and element shape are known is one tensor with its elements as rows, for as long as only ops read
 * it that have a meaning on tensors: then a loop over lists consists of launches alone. Where something else reads the list, it is made after all.
 */
import type { DType } from '../dtypes.js';
import type { NodeData } from '../graph/graphData.js';
import { HostTensor, toNumbers } from '../hostTensor.js';
import { hasBytes } from '../dtypes.js';
import { sizeOf, type Shape } from '../shape.js';
import { newValue, viewOf, type Value } from './value.js';

export interface DenseList {
  /** [length, …elementShape]. */
  readonly tensor: Value;
  readonly elementShape: Shape;
}

export function lengthOf({ tensor }: DenseList): number {
  return tensor.shape[0] ?? 0;
}

/** The list that a node makes, as a tensor; undefined when it does not say enough. */
export function madeList(node: NodeData, inputs: readonly Value[]): DenseList | undefined {
  const dtype = node.attrs['element_dtype'];
  if (dtype?.kind !== 'type' || !hasBytes(dtype.value)) return undefined;
  const [first, second] = inputs;
  if (node.op === 'TensorListFromTensor') {
    const shape = first?.shape;
    if (first === undefined || shape === undefined || shape.length === 0 || shape.includes(-1)) return undefined;
    return { tensor: first, elementShape: shape.slice(1) };
  }
  if (node.op !== 'TensorListReserve') return undefined;
  const elementShape = shapeOf(first?.constant);
  const [length] = second?.constant === undefined ? [] : toNumbers(second.constant);
  if (elementShape === undefined || length === undefined || length < 0) return undefined;
  const shape = [length, ...elementShape];
  return { tensor: newValue(`${node.name}/rows`, dtype.value, shape, zeros(dtype.value, shape)), elementShape };
}

function shapeOf(value: HostTensor | undefined): Shape | undefined {
  if (value?.shape.length !== 1) return undefined;
  const dims = toNumbers(value);
  return dims.some((dim) => dim < 0) ? undefined : dims;
}

function zeros(dtype: DType, shape: Shape): HostTensor {
  return HostTensor.zeros(shape, dtype);
}

/** All rows, under the shape of a TensorListStack's output. */
export function stacked(list: DenseList, output: Value): Value | undefined {
  if (output.shape.includes(-1) || sizeOf(output.shape) !== sizeOf(list.tensor.shape) || output.dtype !== list.tensor.dtype) return undefined;
  return viewOf(list.tensor, output.name, output.dtype, output.shape);
}
